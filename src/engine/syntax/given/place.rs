//! A literal in its place: what stands before it and behind it, without what only converts it.

use super::{last_name, opening};
use crate::engine::locate::words::is_ident;
use crate::engine::parse::only_wraps;
use crate::part::start_in;

/// How much of a call around a literal is looked at, bytes, and most conversions of one.
const LONGEST_HEAD: usize = 64;
const MOST: usize = 3;

/// A literal, or an expression that is no more than that.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place<'t> {
    pub(super) text: &'t [u8],
    pub(super) open: usize,
    pub(super) end: usize,
}

impl<'t> Place<'t> {
    /// What stands before it, without the blanks there.
    pub(super) fn before(&self) -> &'t [u8] {
        super::before(self.text, self.open).trim_ascii_end()
    }

    /// What stands behind it.
    pub(super) fn behind(&self) -> &'t [u8] {
        super::behind(self.text, self.end)
    }

    /// What stands behind it, without blanks and the sign that ends a statement.
    pub(super) fn next(&self) -> &'t [u8] {
        let rest = self.behind().trim_ascii_start();
        rest.strip_prefix(b";").unwrap_or(rest).trim_ascii_start()
    }

    /// Whether it stands on another line than what comes before.
    pub(super) fn is_below(&self) -> bool {
        let lead = super::before(self.text, self.open);
        lead[lead.trim_ascii_end().len()..].contains(&b'\n')
    }

    /// Whether a statement ends behind it, with a comment or without.
    pub(super) fn ends_statement(&self) -> bool {
        const COMMENTS: [&[u8]; 4] = [b"//", b"/*", b"#", b"--"];
        let next = self.behind();
        let next = &next[next.iter().take_while(|b| matches!(b, b' ' | b'\t')).count()..];
        let is_commented = || COMMENTS.iter().any(|sign| next.starts_with(sign));
        next.first().is_none_or(|b| matches!(b, b';' | b'}' | b'\n' | b'\r')) || is_commented()
    }

    /// Where a part of the text begins.
    pub(super) fn offset(&self, part: &[u8]) -> usize {
        start_in(self.text, part)
    }

    /// Without the calls that only make another type of it: `String::from("…")`, `"…".to_string()`.
    pub(super) fn unconverted(mut self) -> Place<'t> {
        for _ in 0..MOST {
            let behind = self.behind();
            if let Some(rest) = behind.strip_prefix(b".") {
                let name = rest.iter().take_while(|b| is_ident(**b)).count();
                let (_, behind) = rest.split_at(name);
                let call = if behind.starts_with(b"()") { 2 } else { 0 };
                if name == 0 || call == 0 && behind.starts_with(b"(") {
                    return self;
                }
                self.end += 1 + name + call;
                continue;
            }
            let lead = self.before();
            if !lead.ends_with(b"(") || !behind.starts_with(b")") {
                return self;
            }
            let head = &lead[lead.len().saturating_sub(LONGEST_HEAD)..lead.len() - 1];
            let is_path = |b: &&u8| is_ident(**b) || matches!(b, b'.' | b':');
            let path = head.iter().rev().take_while(is_path).count();
            if path == 0 {
                // `(() => "…")()`
                if !behind.starts_with(b")()") {
                    return self;
                }
                (self.open, self.end) = (self.offset(lead) + lead.len() - 1, self.end + 3);
                continue;
            }
            if !only_wraps(&lead[lead.len() - 1 - path..]) {
                return self;
            }
            (self.open, self.end) = (self.offset(lead) + lead.len() - 1 - path, self.end + 1);
        }
        self
    }

    /// The name that it is assigned to: `NAME =`, `let NAME: T =`, `NAME:`, `NAME <-`, `val NAME by`.
    pub(super) fn assigned(&self) -> Option<&'t [u8]> {
        let lead = self.before();
        const SIGNS: [&[u8]; 7] = [b":=", b"||=", b"??=", b"=", b"=>", b"<-", b":"];
        let bare = SIGNS.iter().find_map(|sign| lead.strip_suffix(*sign)).or(lead.strip_suffix(b" by"))?;
        let bare = bare.trim_ascii_end();
        if bare.last().is_some_and(|b| matches!(b, b'=' | b'!' | b'<' | b'>' | b'?')) {
            return None;
        }
        let bare = match bare.last()? {
            b'"' | b'\'' => return quoted_key(bare),
            _ => without_type(bare),
        };
        last_name(bare)
    }
}

/// A name without the type behind it: `NAME: String`.
pub(super) fn without_type(named: &[u8]) -> &[u8] {
    const LONGEST: usize = 60;
    let is_type = |b: &&u8| is_ident(**b) || b"<>[]?.&*'| ".contains(b);
    let kind = named.iter().rev().take(LONGEST).take_while(is_type).count();
    match named[..named.len() - kind].strip_suffix(b":") {
        Some(bare) if kind > 0 && !bare.ends_with(b":") => bare.trim_ascii_end(),
        _ => named,
    }
}

/// The key in the quotes that end a text.
fn quoted_key(text: &[u8]) -> Option<&[u8]> {
    let (quote, rest) = text.split_last()?;
    let key = &rest[memchr::memrchr(*quote, rest)? + 1..];
    (!key.is_empty() && !key.contains(&b'\n')).then_some(key)
}

/// Whether a literal may open behind a text so that one of the forms gives it a name: in most places none does. A call
/// that takes both names it only where the name `is_spelt`.
pub(super) fn may_open(before: &[u8], is_spelt: bool) -> bool {
    let bare = before.trim_ascii_end();
    match bare.last() {
        // Prefixes of literals, and the words before a value.
        Some(byte) if byte.is_ascii_alphabetic() => true,
        Some(b',') => is_spelt,
        Some(b'{' | b'(' | b'=' | b'>' | b':' | b'|' | b']' | b')' | b';' | b'"' | b'\'' | b'\\') => true,
        _ => bare.len() < before.len() && before[bare.len()..].contains(&b'\n'),
    }
}

/// What stands before the brackets that end a text, and within them: `NAME(…)`.
pub(super) fn bracketed(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let open = text.ends_with(b")").then(|| opening(text)).flatten()?;
    Some((&text[..open], &text[open + 1..text.len() - 1]))
}

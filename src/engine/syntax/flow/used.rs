//! A place where a name stands for its literal, alone or put together with others.

use std::ops::Range;

use super::{LONGEST_LINE, LONGEST_NAME, REACH, opens_line, template};
use crate::engine::hint::{LISTED, SPACED};
use crate::engine::names::{self, Role};
use crate::engine::shape::confirm::is_word;
use crate::engine::syntax::literal::{self, is_quote};
use crate::engine::syntax::neighbour::line_before;
use crate::engine::{FileHint, Syntax};
use crate::part::start_in;

/// Most names that are put together with one, on each side of it.
const MOST_BESIDE: usize = 3;
/// Most places of a name that are looked at to find its literal, and longest such literal, bytes.
const MOST_PLACES: usize = 16;
const LONGEST_LITERAL: usize = 256;
/// How names are put into texts.
const BRACKETS: [(&[u8], &[u8]); 9] = [
    (b"${", b"}"),
    (b"#{", b"}"),
    (b"%{", b"}"),
    (b"{{", b"}}"),
    (b"$(", b")"),
    (b"\\(", b")"),
    (b"%", b"%"),
    (b"!", b"!"),
    (b"{", b"}"),
];
/// What a name may be a member of without being another's.
pub(super) const OWNERS: [&[u8]; 10] = [
    b"self::",
    b"static::",
    b"this->",
    b"self.",
    b"this.",
    b"cls.",
    b"@",
    b"Config.",
    b"script:",
    b"global:",
];

/// A part of what a use reads as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// What the use lacks.
    Sign(&'static [u8]),
    /// Text as it is written somewhere.
    Copy(Range<usize>),
    /// What a literal says.
    Literal(Range<usize>),
}

/// A place where a literal stands for something.
#[derive(Debug)]
pub(super) struct Use {
    /// What the parts take the place of.
    pub(super) range: Range<usize>,
    pub(super) parts: Vec<Part>,
}

impl Use {
    /// The place of a name, with its literal `value`.
    pub(super) fn at(
        text: &[u8],
        name: Range<usize>,
        value: &Range<usize>,
        hint: FileHint<'_>,
    ) -> Option<Use> {
        if let Some(instead) = of_environment(text, &name, value) {
            return Some(instead);
        }
        let quoted = open_quote(text, name.start);
        let (before, behind) = (&text[..name.start], &text[name.end..]);
        let bracket =
            BRACKETS.iter().find(|(open, close)| before.ends_with(open) && behind.starts_with(close));
        let own = Part::Literal(value.clone());
        // `{k}` outside of a literal is a member of an object.
        if let Some((open, close)) = bracket.filter(|(open, _)| *open != b"{" || quoted.is_some()) {
            let range = name.start - open.len()..name.end + close.len();
            return Some(inserted(text, range, own, (*open, *close)));
        }
        let owner = OWNERS.iter().find(|owner| before.ends_with(owner)).map_or(0, |owner| owner.len());
        let sigil = usize::from(before[..before.len() - owner].ends_with(b"$"));
        let lead = &before[..before.len() - owner - sigil];
        let reference = usize::from(quoted.is_none() && lead.ends_with(b"&") && !lead.ends_with(b"&&"));
        let range = name.start - owner - sigil - reference..name.end;
        if quoted.is_some() {
            return (sigil == 1).then(|| inserted(text, range, own, (b"$", b"")));
        }
        // The same name in another section of settings, or as another call's argument, is given something of its own.
        let given = behind.trim_ascii_start().strip_prefix(b"=");
        let is_own = || {
            let lead = text[..range.start].trim_ascii_end();
            matches!(lead.last(), Some(b'(' | b',')) || opens_line(&text[..range.start])
        };
        if given.is_some_and(|rest| !matches!(rest.first(), Some(b'=' | b'>' | b'~'))) && is_own() {
            return None;
        }
        if sigil == 1 && owner == 0 && hint.syntax() == Syntax::Bare {
            return Some(inserted(text, range, own, (b"$", b"")));
        }
        template::filled(text, range.clone(), value).or_else(|| Some(glued(text, range, own, hint)))
    }

    /// The literals that it reads as, in order.
    pub(super) fn literals(&self) -> impl Iterator<Item = &Range<usize>> {
        self.parts.iter().filter_map(|part| match part {
            Part::Literal(value) => Some(value),
            _ => None,
        })
    }
}

/// The place where the same variable is asked of the environment, as what the literal stands in for there:
/// `t = os.environ["ACME_TOKEN"]`, and `t = "…"` where that is not set.
fn of_environment(text: &[u8], name: &Range<usize>, value: &Range<usize>) -> Option<Use> {
    const LONGEST: usize = 120;
    let rest = &text[name.end..text.len().min(name.end + LONGEST)];
    let given = rest.trim_ascii_start();
    let given = given.strip_prefix(b":").unwrap_or(given).strip_prefix(b"=")?;
    let given = &given[..memchr::memchr(b'\n', given).unwrap_or(given.len())];
    let is_env = |three: &[u8]| three.eq_ignore_ascii_case(b"env");
    let asked = &given[given.windows(3).position(is_env)? + 3..];
    let is_of_setting = |b: &u8| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_';
    let setting = asked.split(|b| !is_of_setting(b)).find(|word| names::role(word) == Role::Secret)?;
    let start = start_in(text, setting);
    let parts = vec![
        Part::Copy(start..start + setting.len()),
        Part::Sign(b" = \""),
        Part::Literal(value.clone()),
        Part::Sign(b"\""),
    ];
    Some(Use { range: name.start..start_in(text, given) + given.len(), parts })
}

/// A use within a text, together with those that touch it there: `"${a}${b}"`.
fn inserted(text: &[u8], range: Range<usize>, own: Part, (open, close): (&[u8], &[u8])) -> Use {
    let mut placed = Use { range, parts: vec![own] };
    let is_name = |b: &&u8| is_word(**b);
    for _ in 0..MOST_BESIDE {
        let Some(lead) = text[..placed.range.start].strip_suffix(close) else { break };
        let length = lead.iter().rev().take(LONGEST_NAME).take_while(is_name).count();
        let name = lead.len() - length..lead.len();
        let Some(value) = text[..name.start].strip_suffix(open).and_then(|_| resolved(text, &name)) else {
            break;
        };
        placed.range.start = name.start - open.len();
        placed.parts.insert(0, Part::Literal(value));
    }
    for _ in 0..MOST_BESIDE {
        let Some(rest) = text[placed.range.end..].strip_prefix(open) else { break };
        let start = placed.range.end + open.len();
        let name = start..start + rest.iter().take(LONGEST_NAME).take_while(is_name).count();
        let Some(value) = text[name.end..].strip_prefix(close).and_then(|_| resolved(text, &name)) else {
            break;
        };
        placed.range.end = name.end + close.len();
        placed.parts.push(Part::Literal(value));
    }
    placed
}

/// A use outside of literals, together with those that a sign puts it together with: `"Bearer " + k`, `a + b`.
fn glued(text: &[u8], range: Range<usize>, own: Part, hint: FileHint<'_>) -> Use {
    let signs = || hint.joins().iter().filter(|sign| !sign.is_empty() && ![LISTED, SPACED].contains(sign));
    let before = |at: usize| {
        let before = text[..at].trim_ascii_end();
        signs().find_map(|sign| Some(before.strip_suffix(*sign)?.trim_ascii_end()))
    };
    let behind = |at: usize| {
        let behind = text[at..].trim_ascii_start();
        signs().find_map(|sign| Some(behind.strip_prefix(*sign)?.trim_ascii_start()))
    };
    let (mut start, mut end) = (range.start, range.end);
    let mut parts = vec![own];
    for _ in 0..MOST_BESIDE {
        let Some((name, value)) = before(start).and_then(|lead| operand(text, lead.len(), true)) else {
            break;
        };
        start = name.start;
        parts.insert(0, Part::Literal(value));
    }
    for _ in 0..MOST_BESIDE {
        let next = behind(end).and_then(|rest| operand(text, text.len() - rest.len(), false));
        let Some((name, value)) = next else { break };
        end = name.end;
        parts.push(Part::Literal(value));
    }
    let lead = before(start).filter(|lead| lead.last().is_some_and(is_quote));
    let tail = behind(end).filter(|tail| tail.first().is_some_and(is_quote));
    let quote = |b: Option<&u8>| match b {
        Some(b'\'') => &b"'"[..],
        Some(b'`') => b"`",
        _ => b"\"",
    };
    let (of_lead, of_tail) = (lead.and_then(|l| l.last()), tail.and_then(|t| t.first()));
    match lead {
        Some(lead) => start = lead.len() - 1,
        None => parts.insert(0, Part::Sign(quote(of_tail))),
    }
    match tail {
        Some(tail) => end = text.len() - tail.len() + 1,
        None => parts.push(Part::Sign(quote(of_lead))),
    }
    Use { range: start..end, parts }
}

/// A name that ends or starts at a place, and its literal.
fn operand(text: &[u8], at: usize, ends: bool) -> Option<(Range<usize>, Range<usize>)> {
    let is_name = |b: &&u8| is_word(**b);
    if ends {
        let length = text[..at].iter().rev().take(LONGEST_NAME).take_while(is_name).count();
        let name = at - length..at;
        let value = resolved(text, &name)?;
        let before = &text[..name.start];
        let owner = OWNERS.iter().find(|owner| before.ends_with(owner)).map_or(0, |owner| owner.len());
        let sigil = usize::from(before[..before.len() - owner].ends_with(b"$"));
        return Some((name.start - owner - sigil..at, value));
    }
    let rest = &text[at..];
    let sigil = usize::from(rest.starts_with(b"$"));
    let owner = OWNERS.iter().find(|owner| rest[sigil..].starts_with(owner)).map_or(0, |owner| owner.len());
    let start = at + sigil + owner;
    let name = start..start + text[start..].iter().take(LONGEST_NAME).take_while(is_name).count();
    // What is called, or of which a member is taken, is no literal.
    if matches!(text.get(name.end), Some(b'(' | b'.' | b'[')) && !text[name.end..].starts_with(b". ") {
        return None;
    }
    resolved(text, &name).map(|value| (at..name.end, value))
}

/// The literal that a name is given near a place where it stands.
pub(in crate::engine) fn resolved(text: &[u8], name: &Range<usize>) -> Option<Range<usize>> {
    let named = &text[name.clone()];
    if named.is_empty() || named[0].is_ascii_digit() {
        return None;
    }
    let from = name.start.saturating_sub(REACH);
    let window = &text[from..text.len().min(name.end + REACH)];
    let is_free = |b: Option<&u8>| !b.is_some_and(|b| is_word(*b));
    let given = |end: usize| {
        let rest = &text[end..text.len().min(end + LONGEST_NAME)];
        let sign = memchr::memchr(b'=', rest)?;
        // A type may stand between, `: &str`.
        let between = rest[..sign].trim_ascii();
        let is_type = |b: &u8| is_word(*b) || b"&' :[]*<>".contains(b);
        let is_given =
            between.is_empty() || between == b":" || between[0] == b':' && between.iter().all(is_type);
        let next = end + sign + 1;
        if !is_given || matches!(text.get(next), Some(b'=' | b'>' | b'~')) || rest[..sign].contains(&b'\n') {
            return None;
        }
        let open = next + text[next..].iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
        let value = literal::at(text, open)?.value;
        let is_plain = |b: &u8| b.is_ascii_graphic();
        (value.len() <= LONGEST_LITERAL && text[value.clone()].iter().all(is_plain)).then_some(value)
    };
    memchr::memmem::find_iter(window, named)
        .map(|at| from + at..from + at + named.len())
        .filter(|at| is_free(text[..at.start].last()) && is_free(text.get(at.end)))
        .take(MOST_PLACES)
        .find_map(|at| given(at.end))
}

/// The quote of the literal that is open at a place of its line.
fn open_quote(text: &[u8], at: usize) -> Option<u8> {
    let mut open = None;
    let mut escaped = false;
    for &byte in line_before(text, at, LONGEST_LINE) {
        match (open, byte) {
            _ if escaped => escaped = false,
            (_, b'\\') => escaped = true,
            (Some(quote), _) if quote == byte => open = None,
            (None, b'"' | b'\'' | b'`') => open = Some(byte),
            _ => {}
        }
    }
    open
}

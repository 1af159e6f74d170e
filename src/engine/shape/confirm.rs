//! Shapes: the automata of the rules, loaded when first needed, and the boundaries around a match.

use std::collections::HashMap;
use std::ops::Range;

use foldhash::fast::FixedState;
use regex_automata::dfa::{Automaton, sparse};
use regex_automata::{Anchored, Input};

use crate::catalogue::Shape;

/// Most bytes one match may take: an automaton without an upper bound stops here.
const LONGEST_MATCH: usize = 8 * 1024;

/// How far around a match base64 is looked for, bytes; how much of it has to be there; how many
/// characters of each class that has to hold. Of 40 random base64 characters one in 20 has fewer than
/// three digits; with 160 none does.
const BASE64_REACH: usize = 160;
const BASE64_AROUND: usize = 40;
const BASE64_EACH: usize = 3;
/// Shortest line of a wrapped block: OpenPGP and MIME break at 60 to 76 characters. And shortest one below a line that goes
/// on the list which it then is.
const WRAPPED_LINE: usize = 60;
const SHORTEST_LINE: usize = 16;

/// The automata used so far. Checking and loading one costs 20–40 µs, so each is loaded once a scanner.
#[derive(Debug, Default)]
pub(in crate::engine) struct Shapes {
    loaded: HashMap<usize, Option<sparse::DFA<&'static [u8]>>, FixedState>,
}

impl Shapes {
    /// The longest match that starts at `at`, whatever stands around it.
    pub(in crate::engine) fn end(&mut self, shape: &'static Shape, text: &[u8], at: usize) -> Option<usize> {
        let limit = text.len().min(at + LONGEST_MATCH.min(shape.max as usize));
        if shape.sign.is_some_and(|sign| memchr::memchr(sign, &text[at..limit]).is_none()) {
            return None;
        }
        let dfa = self
            .loaded
            .entry(shape.dfa.id())
            .or_insert_with(|| sparse::DFA::from_bytes(shape.dfa.bytes()).ok().map(|(dfa, _)| dfa))
            .as_ref()?;
        let input = Input::new(text).span(at..limit).anchored(Anchored::Yes);
        dfa.try_search_fwd(&input).ok().flatten().map(|half| half.offset())
    }

    /// The match that starts at `at` and has a boundary on both sides.
    pub(in crate::engine) fn token(
        &mut self,
        shape: &'static Shape,
        text: &[u8],
        at: usize,
    ) -> Option<Range<usize>> {
        if starts_token(text, at) { self.token_from(shape, text, at) } else { None }
    }

    /// The same where it is known that a token may start.
    pub(in crate::engine) fn token_from(
        &mut self,
        shape: &'static Shape,
        text: &[u8],
        at: usize,
    ) -> Option<Range<usize>> {
        let end = self.end(shape, text, at)?;
        let whole = ends_token(text, end, shape) && !touches_plus(text, at..end);
        (whole && !is_slice_of_base64(text, at..end, shape)).then_some(at..end)
    }

    /// The match that starts behind the hyphen of a name: `backup-ghp_…`, a branch or a file.
    pub(in crate::engine) fn hyphenated(
        &mut self,
        shape: &'static Shape,
        text: &[u8],
        at: usize,
    ) -> Option<Range<usize>> {
        if follows_hyphen(text, at) { self.token_from(shape, text, at) } else { None }
    }

    /// Whether the shape matches all of `text`.
    pub(in crate::engine) fn whole(&mut self, shape: &'static Shape, text: &[u8]) -> bool {
        let lengths = shape.min as usize..=shape.max as usize;
        lengths.contains(&text.len()) && self.end(shape, text, 0) == Some(text.len())
    }
}

/// Whether a plus sign stands at a match: base64 that the shape does not know goes on there. At the start
/// of a line it marks what a patch adds.
fn touches_plus(text: &[u8], value: Range<usize>) -> bool {
    let before = text[..value.start].strip_suffix(b"+");
    text.get(value.end) == Some(&b'+')
        || before.is_some_and(|before| !matches!(before.last(), None | Some(b'\n' | b' ' | b'+')))
}

/// Whether what matched is a piece of a longer run of base64: an image in a notebook, a wrapped certificate.
///
/// The signs `+` and `/` are boundaries for most shapes, but part of base64, and so are line breaks
/// within it. A path is no such run: its parts read like words, or lack one of the character classes.
fn is_slice_of_base64(text: &[u8], value: Range<usize>, shape: &Shape) -> bool {
    let before = &text[value.start.saturating_sub(BASE64_REACH)..value.start];
    let after = &text[value.end..text.len().min(value.end + BASE64_REACH)];
    let is_sign = |byte: Option<&u8>| matches!(byte, Some(b'+' | b'/'));
    let is_broken = || {
        before.ends_with(b"\n")
            || before.ends_with(b"\\n")
            || matches!(after.first(), Some(b'\n' | b'\r'))
            || after.starts_with(b"\\n")
    };
    let is_glued = is_sign(before.last()) || is_sign(after.first());
    if !(is_glued || is_broken() && may_be_wrapped(before, &text[value.clone()], after, shape)) {
        return false;
    }
    let mut around = base64_before(before);
    around.extend(base64_after(after));
    let count = |class: fn(&u8) -> bool| around.iter().filter(|b| class(b)).count();
    around.len() >= BASE64_AROUND
        && count(u8::is_ascii_uppercase) >= BASE64_EACH
        && count(u8::is_ascii_lowercase) >= BASE64_EACH
        && count(u8::is_ascii_digit) >= BASE64_EACH
        && !crate::engine::value::words::reads_like_words(&around)
}

/// Whether what stands at an end of its line may be part of wrapped base64. Of that all lines are as long as the first, but
/// for the last, and hold nothing else; that the last one is a secret by chance, a known start and all, happens to none.
fn may_be_wrapped(before: &[u8], value: &[u8], after: &[u8], shape: &Shape) -> bool {
    let in_line = |b: &u8| is_base64(*b) || *b == b'=';
    if !value.iter().all(in_line) {
        return false;
    }
    // The rest of the line, and the lines above and below.
    let is_escape = |lead: usize| before[..before.len() - lead].ends_with(b"\\");
    let lead = before.iter().rev().take_while(|b| is_base64(**b)).count();
    let lead = lead - usize::from(lead > 0 && is_escape(lead));
    let tail = after.iter().take_while(|b| in_line(b)).count();
    let above = cut_end(&before[..before.len() - lead]);
    let above = above.map_or(0, |line| line.iter().rev().take_while(|b| is_base64(**b)).count());
    let below = cut_start(&after[tail..]);
    let below = below.map_or(0, |line| line.iter().take_while(|b| is_base64(**b)).count());
    let length = lead + value.len() + tail;
    let is_known = lead + tail == 0 && shape.has_fixed_part;
    match (above >= WRAPPED_LINE, below >= WRAPPED_LINE) {
        (true, _) if length < above => below < SHORTEST_LINE && !is_known,
        (true, _) => length == above,
        (false, true) => length >= below,
        (false, false) => true,
    }
}

/// What stands before the line break that a text ends in, as written or escaped.
fn cut_end(text: &[u8]) -> Option<&[u8]> {
    text.strip_suffix(b"\\n").or(text.strip_suffix(b"\r\n")).or(text.strip_suffix(b"\n"))
}

/// What stands behind the line break that a text starts with, as written or escaped.
fn cut_start(text: &[u8]) -> Option<&[u8]> {
    text.strip_prefix(b"\\n").or(text.strip_prefix(b"\r\n")).or(text.strip_prefix(b"\n"))
}

/// The base64 that ends at the end of `text`, backwards; line breaks count as nothing where a line of
/// a wrapped block (60 characters or more) stands before them.
fn base64_before(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some((&last, head)) = rest.split_last() {
        if let Some(line) = cut_end(rest) {
            if line.len() < WRAPPED_LINE || !line[line.len() - WRAPPED_LINE..].iter().all(|b| is_base64(*b)) {
                break;
            }
            rest = line;
        } else if is_base64(last) {
            out.push(last);
            rest = head;
        } else {
            break;
        }
    }
    out
}

/// The base64 that `text` starts with, over line breaks that a line of base64 follows.
fn base64_after(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some((&first, tail)) = rest.split_first() {
        if let Some(line) = cut_start(rest) {
            if line.len() < WRAPPED_LINE || !line[..WRAPPED_LINE].iter().all(|b| is_base64(*b)) {
                break;
            }
            rest = line;
        } else if is_base64(first) {
            out.push(first);
            rest = tail;
        } else {
            break;
        }
    }
    out
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/')
}

/// A letter, a digit or an underscore.
#[inline]
pub(in crate::engine) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Whether a token can start at `at`: nothing word-like before it, except an escape (`\n`, `%3D`).
/// A dash counts as a boundary only when no letter or digit stands before it.
#[inline]
pub(in crate::engine) fn starts_token(text: &[u8], at: usize) -> bool {
    let before = |by: usize| at.checked_sub(by).map(|i| text[i]);
    match before(1) {
        None => true,
        Some(b'-') => !before(2).is_some_and(is_word),
        Some(b'n' | b'r' | b't' | b'b' | b'f') if before(2) == Some(b'\\') => true,
        // Telegram's addresses: `/bot1234567:AA…`.
        Some(b't') if text[..at].ends_with(b"/bot") => true,
        Some(c) if is_word(c) => {
            let hex = c.is_ascii_hexdigit() && before(2).is_some_and(|b| b.is_ascii_hexdigit());
            hex && before(3) == Some(b'%')
        }
        Some(_) => true,
    }
}

/// How many bytes from `at` on belong to an escape that begins right before: the `n` of `\nghp_…`, the `3D` of `%3Dghp_…`.
pub(in crate::engine) fn escaped(text: &[u8], at: usize) -> usize {
    let is_hex = |pair: &[u8]| pair.iter().all(u8::is_ascii_hexdigit);
    match (text[..at].last(), text.get(at), text.get(at..at + 2)) {
        (Some(b'\\'), Some(b'n' | b'r' | b't' | b'b' | b'f'), _) => 1,
        (Some(b'%'), _, Some(pair)) if is_hex(pair) => 2,
        _ => 0,
    }
}

/// How many bytes from `at` on belong to a line break or a tab that a literal writes as an escape: the `n` of `\nApikey: …`.
/// What a folder of Windows is called begins there as well, so that a tab counts behind a quote or another escape only.
pub(in crate::engine) fn broken_before(text: &[u8], at: usize) -> usize {
    let Some(before) = text[..at].strip_suffix(b"\\") else { return 0 };
    let ends_escape =
        || ends_in_break(before) || matches!(before.last(), None | Some(b'"' | b'\'' | b'`' | b' '));
    match text.get(at) {
        Some(b'n') => 1,
        Some(b'r' | b't') if ends_escape() => 1,
        _ => 0,
    }
}

/// Whether a text ends in a line break that is written as an escape.
pub(in crate::engine) fn ends_in_break(text: &[u8]) -> bool {
    text.ends_with(b"\\n") || text.ends_with(b"\\r")
}

/// Whether a word and a hyphen stand before `at`.
pub(in crate::engine) fn follows_hyphen(text: &[u8], at: usize) -> bool {
    text[..at].strip_suffix(b"-").and_then(|before| before.last()).is_some_and(|b| is_word(*b))
}

/// Whether a token of this shape can end at `end`: no word character and none of its own alphabet
/// follows, except a full stop that ends a sentence.
pub(in crate::engine) fn ends_token(text: &[u8], end: usize, shape: &Shape) -> bool {
    let Some(&next) = text.get(end) else { return true };
    if next == b'.' || next == b'-' {
        let after = text.get(end + 1).copied().unwrap_or(b' ');
        return !(is_word(after) && shape.alphabet[usize::from(next >> 6)] >> (next & 63) & 1 == 1);
    }
    !is_word(next) && shape.alphabet[usize::from(next >> 6)] >> (next & 63) & 1 == 0
}

//! The function that a value stands in, or the part of a page under its own heading: each is about one thing.

use std::ops::Range;

use crate::engine::syntax::neighbour::indent;
use crate::engine::{FileHint, Syntax};

/// How far around a value the edges of its function are looked for, bytes.
const REACH: usize = 2048;

/// What is about the same thing as a value: from the nearest line above that is not indented to the first such line below, in
/// code where functions stand beside each other; from its heading on in Markdown.
pub(super) fn around(text: &[u8], value: &Range<usize>, hint: FileHint<'_>) -> Option<Range<usize>> {
    if hint.is_markdown() {
        let is_heading = |line: &[u8]| {
            let signs = line.iter().take_while(|b| **b == b'#').count();
            (1..=6).contains(&signs) && line.get(signs) == Some(&b' ')
        };
        return Some(above(text, value.start, is_heading)?..text.len());
    }
    // A file of settings has sections, and a class is one thing.
    let is_outermost = |line: &[u8]| !matches!(line.trim_ascii(), b"" | b"{") && indent(line) == 0;
    let is_code = hint.syntax() != Syntax::Bare;
    let start = if is_code { above(text, value.start, is_outermost)? } else { return None };
    let is_function = |line: &[u8]| DECLARES.iter().any(|word| line.starts_with(word));
    let first = &text[start..];
    let first = &first[..memchr::memchr(b'\n', first)?];
    if !is_function(first) || start + first.len() >= value.start {
        return None;
    }
    let behind = &text[value.end..text.len().min(value.end + REACH)];
    let mut breaks = memchr::memchr_iter(b'\n', behind);
    let end =
        breaks.find(|at| is_outermost(behind[at + 1..].split(|b| *b == b'\n').next().unwrap_or_default()));
    Some(start..value.end + end.unwrap_or(behind.len()))
}

/// What the first line of a function begins with, in the languages that have them outside of classes.
#[rustfmt::skip]
const DECLARES: [&[u8]; 12] = [
    b"function ", b"def ", b"func ", b"fn ", b"pub fn ", b"async ", b"export ", b"sub ", b"defp ", b"fun ", b"static ", b"defn ",
];

/// Where the nearest line above a place starts that counts.
fn above(text: &[u8], at: usize, counts: impl Fn(&[u8]) -> bool) -> Option<usize> {
    let floor = at.saturating_sub(REACH);
    let mut end = at;
    for found in memchr::memrchr_iter(b'\n', &text[floor..at]) {
        let start = floor + found + 1;
        if counts(text[start..end].split(|b| *b == b'\n').next().unwrap_or_default()) {
            return Some(start);
        }
        end = start;
    }
    (floor == 0 && counts(text[..end].split(|b| *b == b'\n').next().unwrap_or_default())).then_some(0)
}

//! Literals that a name is compared with: `password.equals("…")`, `strcmp(password, "…")`, `"…".equals(password)`.

use std::ops::Range;

use super::operand::Literal;
use crate::engine::names;
use crate::engine::shape::confirm::is_word;
use crate::engine::syntax::{literal, trivia};

/// How far before a name the literal opens that it is compared with, bytes.
const LONGEST_LITERAL: usize = 240;

/// Methods that compare what they are called of with their argument.
const COMPARES: [&[u8]; 4] = [b".equals", b".equalsIgnoreCase", b".contentEquals", b".eq"];

/// The length of the call of such a method that a text begins with, with its bracket.
pub(super) fn call(text: &[u8]) -> Option<usize> {
    let is_called = |method: &&&[u8]| text.strip_prefix(**method).is_some_and(|rest| rest.starts_with(b"("));
    COMPARES.iter().find(is_called).map(|method| method.len() + 1)
}

/// How many bytes of a path are the method that compares what stands before: `password.equals("…")`.
pub(super) fn method(path: &[u8], length: usize) -> usize {
    let is_called = |method: &&&[u8]| path[..length].ends_with(method) && path[length..].starts_with(b"(");
    COMPARES.iter().find(is_called).map_or(0, |method| method.len())
}

/// Whether a text ends in the bracket of a call that compares its two arguments: `strcmp(`, `hmac.compare_digest(`.
pub(super) fn is_call(before: &[u8]) -> bool {
    const LONGEST: usize = 24;
    #[rustfmt::skip]
    const CALLS: [&str; 9] = [
        "strcmp", "strncmp", "strcasecmp", "streq", "comparedigest", "securecompare", "hashequals", "consteq", "equals",
    ];
    let Some(callee) = before.strip_suffix(b"(") else { return false };
    let near = &callee[callee.len().saturating_sub(LONGEST)..];
    let name = near.rsplit(|b| !is_word(*b)).next().unwrap_or_default();
    let is_member = near[..near.len() - name.len()].ends_with(b".");
    let name = names::normalized(name);
    CALLS.contains(&name.as_str()) && (is_member || name != "equals")
}

/// The literal that is compared with the name behind it: `"…".equals(password)`, `'…' === apiKey`.
pub(super) fn literal_before(text: &[u8], name: &Range<usize>) -> Option<Literal> {
    let lead = text[..name.start].strip_suffix(b"(").and_then(|lead| lead.strip_suffix(b".equals")).or_else(
        || {
            let sign = text[..name.start].strip_suffix(b" ").unwrap_or(&text[..name.start]);
            sign.strip_suffix(b"==").map(|lead| lead.strip_suffix(b"=").unwrap_or(lead).trim_ascii_end())
        },
    )?;
    let close = lead.len().checked_sub(1).filter(|at| matches!(lead[*at], b'"' | b'\''))?;
    let open = trivia::literal_start(text, close.saturating_sub(LONGEST_LITERAL), close)?;
    literal::at(text, open).filter(|found| found.value.end == close).map(|found| (found.value, true))
}

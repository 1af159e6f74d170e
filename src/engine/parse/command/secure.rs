//! What PowerShell makes secure strings of: a literal, a variable that holds one, the entries of a table of accounts.

use std::ops::Range;

use super::super::{Parsed, list};
use super::{LONGEST_COMMAND, find_ignoring_case, judged};
use crate::catalogue::Confidence;
use crate::engine::syntax::literal::{self, is_plain_quote};

/// The command, and how far before it a variable may be set, bytes.
const COMMAND: &[u8] = b"ConvertTo-SecureString";
const REACH: usize = 4096;

/// `ConvertTo-SecureString "…" -AsPlainText -Force` and `"…" | ConvertTo-SecureString -AsPlainText -Force`, with a literal, with
/// `$pin` below `$pin = "…"`, with `$accounts[$name]` below `$accounts = @{ 'svc-app' = "…" }`.
pub(super) fn strings(text: &[u8], at: usize, end: usize) -> Vec<Parsed> {
    let command = &text[at..end];
    if find_ignoring_case(command, b"-asplaintext").is_none() {
        return Vec::new();
    }
    let judge = |value| judged(text, value, "ConvertTo-SecureString");
    match variable(text, at, &command[COMMAND.len()..]) {
        // What was set elsewhere may be made into something else before it comes here.
        Some(variable) => {
            let found = held(text, at, &variable).into_iter().filter_map(judge);
            found.filter(|found| found.confidence > Confidence::Low).collect()
        }
        None => given(text, at, command).and_then(judge).into_iter().collect(),
    }
}

/// The literal behind the command, or before the pipe.
fn given(text: &[u8], at: usize, command: &[u8]) -> Option<Range<usize>> {
    if let Some(open) = command.iter().position(is_plain_quote) {
        let close = command[open + 1..].iter().position(|b| *b == command[open])?;
        return Some(at + open + 1..at + open + 1 + close);
    }
    let head = text[at.saturating_sub(LONGEST_COMMAND)..at].trim_ascii_end().strip_suffix(b"|")?;
    let close = head.trim_ascii_end();
    let quote = close.last().filter(|b| is_plain_quote(b))?;
    let inner = &close[..close.len() - 1];
    let open = inner.iter().rposition(|b| b == quote)?;
    let from = at.saturating_sub(LONGEST_COMMAND) + open + 1;
    Some(from..from + inner.len() - open - 1)
}

/// A variable that the command is given.
struct Variable<'t> {
    /// With its sign: `$accounts`.
    name: &'t [u8],
    /// What is taken of it, if anything: `[$name]`, `.Value`.
    part: &'t [u8],
}

/// The variable behind the command, or before the pipe.
fn variable<'t>(text: &'t [u8], at: usize, arguments: &'t [u8]) -> Option<Variable<'t>> {
    let behind = arguments.trim_ascii_start();
    let behind = match behind.get(..8) {
        Some(option) if option.eq_ignore_ascii_case(b"-string ") => behind[8..].trim_ascii_start(),
        _ => behind,
    };
    let behind = behind.strip_prefix(b"(").unwrap_or(behind);
    let piped = || {
        let head = text[at.saturating_sub(LONGEST_COMMAND)..at].trim_ascii_end().strip_suffix(b"|")?;
        let line = &head[memchr::memrchr(b'\n', head).map_or(0, |at| at + 1)..];
        let line = line.trim_ascii_end();
        let word = line.iter().rposition(|b| b.is_ascii_whitespace() || *b == b'(').map_or(0, |at| at + 1);
        line[word..].starts_with(b"$").then_some(&line[word..])
    };
    let written = if behind.starts_with(b"$") { behind } else { piped()? };
    let (name, part) = written.split_at(1 + word(&written[1..]));
    Some(Variable { name, part })
}

/// The literals that a variable was last set to before the command.
fn held(text: &[u8], at: usize, variable: &Variable<'_>) -> Vec<Range<usize>> {
    let from = at.saturating_sub(REACH);
    let near = &text[from..at];
    // What is taken of an entry belongs to the table whose entries are gone through.
    let walks = &b".GetEnumerator()"[..];
    let name = match memchr::memmem::rfind(near, walks) {
        Some(end) if variable.part.starts_with(b".Value") => {
            let start = memchr::memrchr(b'$', &near[..end]).unwrap_or(end);
            &near[start..end]
        }
        _ => variable.name,
    };
    let is_table = variable.part.starts_with(b"[") || variable.part.starts_with(b".");
    let sets = |start: usize| {
        let rest = &near[start..];
        let own = rest.get(..name.len()).filter(|own| own.eq_ignore_ascii_case(name))?;
        let behind = rest[own.len()..].trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
        Some(from + near.len() - behind.len())
    };
    let Some(value) = memchr::memrchr_iter(b'$', near).find_map(sets) else { return Vec::new() };
    match is_table {
        true if text[value..].starts_with(b"@{") => list::table(&text[..at], value + 2).collect(),
        true => Vec::new(),
        false if matches!(text[value], b'"' | b'\'') => {
            literal::at(text, value).map(|found| found.value).into_iter().collect()
        }
        false => Vec::new(),
    }
}

/// Length of a name: `script:accounts`.
fn word(text: &[u8]) -> usize {
    text.iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b':')).count()
}

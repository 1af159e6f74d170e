//! Values in the rows of an `INSERT`: what a column holds, and what the cell before it names.

use std::ops::Range;

use super::operand::Literal;
use crate::engine::locate::words::is_carrier;
use crate::engine::syntax::lexer::{Kind, Lexer};
use crate::engine::syntax::{lexer, literal, row, trivia};

/// How far from a column its statement is looked at, and from a value its row, bytes.
const LONGEST_BLOCK: usize = 400;
/// How much of the rows of an `INSERT` is looked at, bytes, and most values of a column.
const LONGEST_ROWS: usize = 256 * 1024;
const MOST_ROWS: usize = 5000;
/// How far behind a name its value may stand, bytes.
const LONGEST_STEP: usize = 80;

/// The values of a column: `INSERT INTO users (email, password) VALUES ('kim@corp.io', '…'), ('lee@corp.io', '…')`. What
/// a function makes is none.
pub(super) fn columns(text: &[u8], name: &Range<usize>) -> Vec<Range<usize>> {
    let Some((nth, start)) = rows(text, name) else { return Vec::new() };
    let mut values = Vec::new();
    let (mut depth, mut cell, mut from, mut over) = (0_usize, 0, 0, start);
    for token in Lexer::new(text, start..text.len().min(start + LONGEST_ROWS)) {
        match token.kind {
            // Behind the rows another clause begins, or another statement.
            Kind::Open if depth == 0 && trivia::behind(text, over, |_| false) < token.start => break,
            Kind::Literal | Kind::Semicolon if depth == 0 => break,
            Kind::Open => {
                depth += 1;
                if depth == 1 {
                    (cell, from) = (0, token.end);
                }
            }
            Kind::Comma | Kind::Close if depth == 1 => {
                if cell == nth {
                    values.extend(written(text, from..token.start));
                }
                (cell, from) = (cell + 1, token.end);
                depth -= usize::from(token.kind == Kind::Close);
            }
            Kind::Close => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            over = token.end;
        }
        if values.len() >= MOST_ROWS {
            break;
        }
    }
    values
}

/// The number of the column at `name` in an `INSERT`, and where its rows start.
fn rows(text: &[u8], name: &Range<usize>) -> Option<(usize, usize)> {
    let is_end = |b: &u8| matches!(b, b'`' | b'"' | b']' | b' ' | b',' | b')');
    text.get(name.end).filter(|b| is_end(b))?;
    let window = &text[name.end..text.len().min(name.end + LONGEST_BLOCK)];
    let close = memchr::memchr(b')', window)?;
    let behind = window[close + 1..].trim_ascii_start();
    let behind = behind.get(..6).filter(|word| word.eq_ignore_ascii_case(b"values")).map(|_| &behind[6..])?;
    let from = name.start.saturating_sub(LONGEST_BLOCK);
    let open = from + memchr::memrchr(b'(', &text[from..name.start])?;
    memchr::memmem::rfind(&text[from..open].to_ascii_lowercase(), b"insert into")?;
    let nth = text[open..name.start].iter().filter(|b| **b == b',').count();
    Some((nth, name.end + window.len() - behind.len()))
}

/// The literal that a cell of a row is.
fn written(text: &[u8], cell: Range<usize>) -> Option<Range<usize>> {
    let bytes = &text[cell.clone()];
    let lead = bytes.len() - bytes.trim_ascii_start().len();
    let bytes = bytes.trim_ascii();
    let start = cell.start + lead;
    if bytes.first() == Some(&b'$') {
        return literal::at(text, start).filter(|found| found.end <= cell.end).map(|found| found.value);
    }
    let marked = bytes.strip_prefix(b"N").or(bytes.strip_prefix(b"E")).unwrap_or(bytes);
    let inner = marked.strip_prefix(b"'")?.strip_suffix(b"'")?;
    let start = start + (bytes.len() - marked.len()) + 1;
    (!inner.is_empty() && !inner.contains(&b'$')).then_some(start..start + inner.len())
}

/// The value of a row whose column of values only carries what the column before it names: `INSERT INTO settings (name, value)
/// VALUES ('smtp_pass', '…')`. `comma` is behind the name.
pub(super) fn setting(text: &[u8], name: &Range<usize>, comma: usize) -> Option<Literal> {
    let found = next_cell(text, name, comma)?;
    let floor = name.start.saturating_sub(LONGEST_BLOCK);
    let open = lexer::list_before(text, floor, name.start - 1).open?;
    row::column_of(text, open, comma).filter(|column| is_carrier(column))?;
    Some((found.value, true))
}

/// The value behind a name in a row of settings whose columns nobody names, `(4, 'smtp_password', '…')`, of which only numbers
/// stand before the name. `comma` is behind the name.
pub(super) fn numbered(text: &[u8], name: &Range<usize>, comma: usize) -> Option<Literal> {
    const MOST_CELLS: usize = 3;
    let found = next_cell(text, name, comma)?;
    let before = text[name.start.saturating_sub(LONGEST_STEP)..name.start].strip_suffix(b"'")?;
    let open = memchr::memrchr(b'(', before)?;
    let cells = before[open + 1..].trim_ascii_end().strip_suffix(b",")?;
    let is_number = |cell: &[u8]| {
        let cell = cell.trim_ascii();
        !cell.is_empty() && cell.iter().all(u8::is_ascii_digit) || cell.eq_ignore_ascii_case(b"null")
    };
    let are_numbers =
        cells.split(|b| *b == b',').all(is_number) && memchr::memchr_iter(b',', cells).count() < MOST_CELLS;
    let lead = before[..open].trim_ascii_end();
    let is_behind_row = lead.strip_suffix(b",").is_some_and(|row| row.trim_ascii_end().ends_with(b")"));
    let is_first = lead.len() >= 6 && lead[lead.len() - 6..].eq_ignore_ascii_case(b"values");
    let behind = text[found.end..].iter().take(LONGEST_STEP).find(|b| !b.is_ascii_whitespace());
    let is_cell = are_numbers && (is_behind_row || is_first) && matches!(behind, Some(b',' | b')'));
    is_cell.then_some((found.value, true))
}

/// The literal of the cell behind a quoted name and its comma.
fn next_cell(text: &[u8], name: &Range<usize>, comma: usize) -> Option<literal::Literal> {
    let is_quoted = text[..name.start].ends_with(b"'") && text[name.end..].starts_with(b"'");
    text.get(comma).filter(|b| is_quoted && **b == b',')?;
    let blanks = text[comma + 1..].iter().take(LONGEST_STEP).take_while(|b| b.is_ascii_whitespace()).count();
    literal::at(text, comma + 1 + blanks)
}

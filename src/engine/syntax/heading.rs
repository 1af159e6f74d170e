//! Tables in Markdown and files of CSV and TSV: the heading of the column that a value stands in, and the first value
//! below a heading.

use std::ops::Range;

use crate::engine::names::{self, Role};

/// Longest line that is read, bytes, and most rows between a value and the heading of a table in Markdown.
const LONGEST_LINE: usize = 4096;
const MOST_ROWS: usize = 200;
/// Longest heading, bytes, and most words of one.
const LONGEST: usize = 40;
const MOST_WORDS: usize = 3;
/// How much of a table is looked at for values below a heading, and how much of the heading's line before it, bytes.
const LONGEST_TABLE: usize = 1024 * 1024;
const LONGEST_LEAD: usize = 400;
/// How many rows are looked at for them, and the shortest value, bytes.
const MOST_BELOW: usize = 5000;
const SHORTEST_CELL: usize = 6;
/// Columns of a table that are looked for secrets: each that is called one reads the whole table.
const MOST_COLUMNS: usize = 64;

/// What the column of a value is called, where that says something of its values: `session_id`, `auth_token`.
pub(in crate::engine) fn of<'t>(text: &'t [u8], value: &Range<usize>) -> Option<&'t [u8]> {
    let is_edge = |b: &u8| matches!(b, b' ' | b'"' | b'\'' | b'`');
    let line = line_around(text, value)?;
    let before = &text[line.start..value.start];
    let before = &before[..before.len() - before.iter().rev().take(3).take_while(|b| is_edge(b)).count()];
    let behind = &text[value.end..line.end];
    let behind = &behind[behind.iter().take(3).take_while(|b| is_edge(b)).count()..];
    let sign = match (before.last(), behind.first()) {
        (Some(sign @ (b',' | b';' | b'\t' | b'|')), next) if next.is_none_or(|next| next == sign) => *sign,
        (None, Some(sign @ (b',' | b';' | b'\t'))) => *sign,
        _ => return None,
    };
    let count = |line: &[u8]| line.iter().filter(|b| **b == sign).count();
    let row = count(&text[line.clone()]);
    let heading = match sign {
        b'|' => above_rule(&text[..line.start])?,
        _ if line.start == 0 => return None,
        _ => &text[..memchr::memchr(b'\n', &text[..LONGEST_LINE.min(line.start)])?],
    };
    // The row above is one too: in code nothing but chance makes two lines alike.
    let above = text[..line.start].strip_suffix(b"\n")?;
    let above = &above[memchr::memrchr(b'\n', above).map_or(0, |at| at + 1)..];
    if [heading, above].iter().any(|line| count(line) != row) {
        return None;
    }
    let mut cells = heading.split(|b| *b == sign).map(|cell| &cell[bare(cell)]);
    let is_name = |cell: &[u8]| {
        cell.len() <= LONGEST
            && cell.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b' ' | b'.' | b'*'))
            && cell.split(|b| *b == b' ').count() <= MOST_WORDS
    };
    let named = cells.clone().nth(count(before))?;
    (cells.all(is_name) && !named.is_empty() && names::role(named) != Role::Neutral).then_some(named)
}

/// The row of a table that a value stands in, without its ends of line. Other rows are about other things.
pub(in crate::engine) fn row(text: &[u8], value: &Range<usize>) -> Option<Range<usize>> {
    of(text, value).and_then(|_| line_around(text, value))
}

/// The line that a range stands on, where it is short enough.
fn line_around(text: &[u8], value: &Range<usize>) -> Option<Range<usize>> {
    let floor = value.start.saturating_sub(LONGEST_LINE);
    let start = match memchr::memrchr(b'\n', &text[floor..value.start]) {
        Some(at) => floor + at + 1,
        None => (floor == 0).then_some(0)?,
    };
    let near = &text[value.end..text.len().min(value.end + LONGEST_LINE)];
    let end = memchr::memchr(b'\n', near).unwrap_or(near.len());
    Some(start..value.end + near[..end].trim_ascii_end().len())
}

/// The values of the column that the name at `name` is the heading of: on the first line of a CSV file, or of a table in
/// Markdown.
pub(in crate::engine) fn values_below(text: &[u8], name: &Range<usize>) -> Vec<Range<usize>> {
    below(text, name).unwrap_or_default()
}

fn below(text: &[u8], name: &Range<usize>) -> Option<Vec<Range<usize>>> {
    let floor = name.start.saturating_sub(LONGEST_LEAD);
    let start = memchr::memrchr(b'\n', &text[floor..name.start]).map(|at| floor + at + 1);
    let start = start.or((floor == 0).then_some(0))?;
    let window = &text[start..text.len().min(name.end + LONGEST_TABLE)];
    let length = memchr::memchr(b'\n', window).unwrap_or(window.len());
    let heading = window[..length].trim_ascii_end();
    let is_marked = heading.trim_ascii_start().starts_with(b"|");
    let is_first = start == 0 && !heading.contains(&b'(') && !heading.contains(&b'=');
    let sign = match is_marked {
        true => b'|',
        false => [b',', b';', b'\t'].into_iter().find(|sign| is_first && heading.contains(sign))?,
    };
    let count = |line: &[u8]| line.iter().filter(|b| **b == sign).count();
    let nth = count(&text[start..name.start]);
    if nth >= MOST_COLUMNS {
        return None;
    }
    let named = heading.split(|b| *b == sign).nth(nth)?;
    if !named[bare(named)].ends_with(&text[name.clone()]) {
        return None;
    }
    let mut at = length + 1;
    let mut lines = window.get(at..)?.split(|b| *b == b'\n').map(|line| {
        let from = at;
        at += line.len() + 1;
        (from, line.trim_ascii_end())
    });
    if is_marked && !is_rule(lines.next()?.1) {
        return None;
    }
    let columns = count(heading);
    let rows = lines.take(MOST_BELOW).take_while(|(_, row)| count(row) == columns);
    let values = rows.filter_map(|(at, row)| {
        let from = if nth == 0 { 0 } else { memchr::memchr_iter(sign, row).nth(nth - 1)? + 1 };
        let value = bare(row[from..].split(|b| *b == sign).next()?);
        let at = start + at + from;
        Some(at + value.start..at + value.end)
    });
    Some(values.filter(|value| value.len() >= SHORTEST_CELL).collect())
}

/// Whether a line is the rule below the headings of a table in Markdown.
fn is_rule(line: &[u8]) -> bool {
    line.contains(&b'-') && line.iter().all(|b| matches!(b, b'|' | b'-' | b':' | b' ' | b'\r'))
}

/// The line above the rule of a table in Markdown that goes on down to the end of a text.
fn above_rule(text: &[u8]) -> Option<&[u8]> {
    let mut lines = text.strip_suffix(b"\n")?.rsplit(|b| *b == b'\n').take(MOST_ROWS);
    lines.by_ref().take_while(|line| line.contains(&b'|')).find(|line| is_rule(line))?;
    lines.next()
}

/// What of a cell is no sign or blank around it.
fn bare(cell: &[u8]) -> Range<usize> {
    let is_edge = |b: &u8| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'`' | b'*');
    let lead = cell.iter().take_while(|b| is_edge(b)).count();
    lead..cell.len() - cell[lead..].iter().rev().take_while(|b| is_edge(b)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_by_their_heading() {
        for (text, heading) in [
            ("session_id,account_sid\nabc,AC1\nVALUE7,AC2\n", Some("session_id")),
            ("account_sid,\"Auth Token\"\nAC1,\"abc\"\nAC2,\"VALUE7\"\n", Some("Auth Token")),
            ("account_sid\tetag\nAC1\tabc\nAC2\tVALUE7\n", Some("etag")),
            ("x\n\n| account | checksum |\n|---|---|\n| a | b |\n| c | VALUE7 |\n", Some("checksum")),
            ("a,token\nb,VALUE7", Some("token")),
            ("name,notes\nb,VALUE7", None),
            ("f(a, token)\ng(b, \"VALUE7\")\n", None),
            ("a,token\nb,c,d\nb,VALUE7\n", None),
            ("token,b\nx = VALUE7\n", None),
        ] {
            let at = text.find("VALUE7").unwrap();
            let found = of(text.as_bytes(), &(at..at + 6));
            assert_eq!(found, heading.map(str::as_bytes), "{text}");
        }
    }
}

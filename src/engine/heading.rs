//! The heading of the column that a value stands in: of a CSV or TSV file, of a table in Markdown.

use std::ops::Range;

use super::names::{self, Role};

/// Longest line that is read, bytes, and most rows between a value and the heading of a table in Markdown.
const LONGEST_LINE: usize = 4096;
const MOST_ROWS: usize = 200;
/// Longest heading, bytes, and most words of one.
const LONGEST: usize = 40;
const MOST_WORDS: usize = 3;

/// What the column of a value is called, where that says something of its values: `session_id`, `auth_token`.
pub(super) fn of<'t>(text: &'t [u8], value: &Range<usize>) -> Option<&'t [u8]> {
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
    let mut cells = heading.split(|b| *b == sign).map(|cell| bare(cell.trim_ascii()));
    let is_name = |cell: &[u8]| {
        cell.len() <= LONGEST
            && cell.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b' ' | b'.' | b'*'))
            && cell.split(|b| *b == b' ').count() <= MOST_WORDS
    };
    let named = cells.clone().nth(count(before))?;
    (cells.all(is_name) && !named.is_empty() && names::role(named) != Role::Neutral).then_some(named)
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

/// The line above the rule of a table in Markdown that goes on down to the end of a text.
fn above_rule(text: &[u8]) -> Option<&[u8]> {
    let is_rule = |line: &[u8]| {
        line.contains(&b'-') && line.iter().all(|b| matches!(b, b'|' | b'-' | b':' | b' ' | b'\r'))
    };
    let mut lines = text.strip_suffix(b"\n")?.rsplit(|b| *b == b'\n').take(MOST_ROWS);
    lines.by_ref().take_while(|line| line.contains(&b'|')).find(|line| is_rule(line))?;
    lines.next()
}

/// A cell without the signs around it.
fn bare(cell: &[u8]) -> &[u8] {
    let is_sign = |b: &u8| matches!(b, b'"' | b'\'' | b'`' | b'*');
    let lead = cell.iter().take_while(|b| is_sign(b)).count();
    let tail = cell[lead..].iter().rev().take_while(|b| is_sign(b)).count();
    &cell[lead..cell.len() - tail]
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

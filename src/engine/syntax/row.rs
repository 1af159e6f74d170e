//! Rows of values in SQL: the columns that their values stand in.

use std::ops::Range;

use crate::engine::shape::confirm::is_word;
use crate::engine::syntax::{lexer, trivia};
use crate::part::start_in;

/// What rows stand behind.
const VALUES: &[u8] = b"values";
/// How far before a row its statement is looked for, bytes.
const REACH: usize = 4096;
/// How far before a statement without columns its table is looked for, bytes, at how many places, and how
/// long it is at most.
const TABLE_REACH: usize = 64 * 1024;
const MOST_PLACES: usize = 200;
const LONGEST_TABLE: usize = 4096;

/// The column of the value behind the comma at `comma`, in the row whose bracket opens at `open`:
/// `INSERT INTO a (name, token) VALUES ('x', '…'), ('y', '…')`.
pub(in crate::engine) fn column_of(text: &[u8], open: usize, comma: usize) -> Option<&[u8]> {
    let columns = columns(text, open)?;
    columns.into_iter().nth(lexer::items(text, open + 1..comma).count()).flatten()
}

/// The values of the row between the brackets at the ends of `row`, each with its column.
pub(in crate::engine) fn cells(text: &[u8], row: Range<usize>) -> Vec<(&[u8], &[u8])> {
    let Some(columns) = columns(text, row.start) else { return Vec::new() };
    let values = lexer::items(text, row.start + 1..row.end).map(|cell| {
        let value = text[cell].trim_ascii();
        value.strip_prefix(b"'").and_then(|value| value.strip_suffix(b"'")).unwrap_or(value)
    });
    columns.into_iter().zip(values).filter_map(|(column, value)| Some((column?, value))).collect()
}

/// The columns of the rows of which one opens at `open`, a nameless one as none.
fn columns(text: &[u8], open: usize) -> Option<Vec<Option<&[u8]>>> {
    let floor = open.saturating_sub(REACH);
    let before = &text[floor..trivia::before(text, floor, open)];
    let before = match before.strip_suffix(b",") {
        Some(rows) => before_rows(rows)?,
        None => before
            .get(..before.len().checked_sub(VALUES.len())?)
            .filter(|lead| is_values(&before[lead.len()..]))?,
    };
    let before = before.trim_ascii_end();
    let Some(columns) = before.strip_suffix(b")") else {
        let named = before.rsplit(u8::is_ascii_whitespace).next()?;
        let table = bare(named.rsplit(|b| *b == b'.').next()?)?;
        let at = start_in(text, table);
        return declared(&text[..at], table);
    };
    let start = lexer::list_before(columns, 0, columns.len()).open?;
    let line = columns[start.saturating_sub(120)..start].to_ascii_lowercase();
    memchr::memmem::rfind(&line, b" into ")?;
    let names = lexer::items(columns, start + 1..columns.len());
    Some(names.map(|name| bare(columns[name].trim_ascii())).collect())
}

fn is_values(word: &[u8]) -> bool {
    word.eq_ignore_ascii_case(VALUES)
}

/// What stands before `VALUES`, if nothing but rows follow it up to the end.
fn before_rows(text: &[u8]) -> Option<&[u8]> {
    const MOST_TRIED: usize = 4;
    text.trim_ascii_end().ends_with(b")").then_some(())?;
    let places = memchr::memrchr2_iter(b'v', b'V', text);
    let places = places.filter(|at| {
        let behind = text.get(at + VALUES.len()..).unwrap_or_default();
        is_values(&text[*at..text.len() - behind.len()])
            && behind[trivia::behind(behind, 0, |_| false)..].starts_with(b"(")
    });
    let at = places.take(MOST_TRIED).find(|at| are_rows(&text[at + VALUES.len()..]))?;
    Some(&text[..at])
}

/// Whether a text is rows in brackets, and commas between them.
fn are_rows(text: &[u8]) -> bool {
    lexer::items(text, 0..text.len()).all(|row| {
        let row = &text[trivia::behind(text, row.start, |_| false).min(row.end)..row.end];
        row.starts_with(b"(") && row.trim_ascii_end().ends_with(b")")
    })
}

/// The columns of a table by the statement that makes it: `CREATE TABLE a (name text, token char(32))`.
fn declared<'t>(before: &'t [u8], table: &[u8]) -> Option<Vec<Option<&'t [u8]>>> {
    const MAKES: &[u8] = b" table ";
    let near = &before[before.len().saturating_sub(TABLE_REACH)..];
    let makes = |open: usize| {
        let head = near[open.saturating_sub(160)..open].to_ascii_lowercase();
        let at = memchr::memmem::rfind(&head, MAKES)?;
        let named = head[at + MAKES.len()..].trim_ascii();
        let own = bare(named.rsplit(|b| b.is_ascii_whitespace() || *b == b'.').next()?)?;
        (own.eq_ignore_ascii_case(table) && head[..at].ends_with(b"create")).then_some(open)
    };
    // The name stands right before the bracket, in signs or not.
    let places = memchr::memmem::rfind_iter(near, table).take(MOST_PLACES);
    let open = places.into_iter().find_map(|at| {
        let behind = &near[at + table.len()..];
        let signs = behind.iter().take_while(|b| is_sign(b) || b.is_ascii_whitespace()).count();
        behind.get(signs).filter(|b| **b == b'(').and_then(|_| makes(at + table.len() + signs))
    })?;
    let mut columns = lexer::items(near, open + 1..near.len().min(open + LONGEST_TABLE));
    let ranges: Vec<_> = columns.by_ref().collect();
    let is_closed = columns.is_closed;
    // The comment of a column stands behind its comma.
    let columns = ranges
        .into_iter()
        .map(|column| &near[trivia::behind(near, column.start, |_| false).min(column.end)..column.end]);
    let named = |column: &'t [u8]| bare(column.trim_ascii().split(u8::is_ascii_whitespace).next()?);
    is_closed.then(|| columns.map(named).collect())
}

/// A name without the signs around it.
fn bare(name: &[u8]) -> Option<&[u8]> {
    let lead = name.iter().take_while(|b| is_sign(b)).count();
    let tail = name.iter().rev().take_while(|b| is_sign(b)).count();
    let bare = name.get(lead..name.len().saturating_sub(tail)).filter(|bare| !bare.is_empty())?;
    bare.iter().any(|b| is_word(*b)).then_some(bare)
}

fn is_sign(byte: &u8) -> bool {
    matches!(byte, b'"' | b'`' | b'[' | b']' | b'\'')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(text: &str) -> Option<&str> {
        let value = text.find("VALUE1").unwrap();
        let open = text[..value].rfind('(').unwrap();
        let comma = text[..value].rfind(',').unwrap();
        column_of(text.as_bytes(), open, comma).map(|column| std::str::from_utf8(column).unwrap())
    }

    #[test]
    fn cells_by_their_columns() {
        let text = "INSERT INTO a (id, kind, `token`) VALUES\n (1, 'x', ''),\n (2, 'a, b', 'VALUE1');";
        let open = text.rfind('(').unwrap();
        let cells = cells(text.as_bytes(), open..text.rfind(')').unwrap());
        let cells: Vec<_> =
            cells.iter().map(|(a, b)| [*a, *b].map(|part| part.escape_ascii().to_string())).collect();
        assert_eq!(cells, [["id", "2"], ["kind", "a, b"], ["token", "VALUE1"]]);
        assert!(super::cells(b"f(a, 'b')", 1..8).is_empty());
        assert!(super::cells(b"x, (a, 'b')", 3..10).is_empty());
    }

    #[test]
    fn columns_of_rows() {
        for text in [
            "INSERT INTO a (name, token) VALUES ('x', 'VALUE1')",
            "insert into a (`name`, `token`) values\n  ('x', 'y'),\n  ('a (b', 'c'),\n  ('', 'VALUE1');",
            "INSERT INTO a (\"name\", \"token\", x) VALUES ('a, b', 'VALUE1', 1)",
            "INSERT INTO a (name, token) VALUES ('it\\'s, so', 'VALUE1')",
            "INSERT INTO a (name, token) VALUES ('it''s; so (', 'y'), ('x', 'VALUE1')",
            "INSERT INTO a (name, token) VALUES ('the values (a)', 'y'), ('C:\\', 'VALUE1')",
            "INSERT INTO a (name, token) VALUES\n -- it's (b), c\n ('x', 'y'), /* a, b */\n ('x', 'VALUE1')",
        ] {
            assert_eq!(column(text), Some("token"), "{text}");
        }
        for text in [
            "CREATE TABLE a (name text, token char(32));\nINSERT INTO a VALUES ('x', 'VALUE1');",
            "CREATE TABLE public.a (name text, token text);\nINSERT INTO public.a VALUES ('x', 'VALUE1');",
            "CREATE TABLE a (name text default 'a, b)', -- it's (c\n token text);\nINSERT INTO a VALUES ('x', 'VALUE1');",
            "create table if not exists s.`a` (\n  `name` decimal(3, 2),\n  `token` text);\ninsert into `a` values ('y', 'VALUE1');",
        ] {
            assert_eq!(column(text), Some("token"), "{text}");
        }
        for text in ["f(('x', 'VALUE1'))", "x = [('a', 'b'), ('x', 'VALUE1')]", "VALUES ('x', 'VALUE1')"] {
            assert_eq!(column(text), None, "{text}");
        }
    }
}

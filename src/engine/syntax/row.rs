//! Rows of values in SQL: the columns that their values stand in.

use std::ops::Range;

use crate::engine::shape::confirm::is_word;
use crate::engine::syntax::bracket::close_behind;
use crate::part::start_in;

/// What rows stand behind.
const VALUES: &[u8] = b"values";
/// How far before a row its statement is looked for, bytes, and most rows before it.
const REACH: usize = 4096;
const MOST_ROWS: usize = 200;
/// How far before a statement without columns its table is looked for, bytes, and how long that is at most.
const TABLE_REACH: usize = 64 * 1024;
const LONGEST_TABLE: usize = 4096;

/// The column of the value behind the comma at `comma`, in the row whose bracket opens at `open`:
/// `INSERT INTO a (name, token) VALUES ('x', '…'), ('y', '…')`.
pub(in crate::engine) fn column_of(text: &[u8], open: usize, comma: usize) -> Option<&[u8]> {
    let nth = commas(&text[open + 1..comma]).count() + 1;
    columns(text, open)?.into_iter().nth(nth).flatten()
}

/// The values of the row between the brackets at the ends of `row`, each with its column.
pub(in crate::engine) fn cells(text: &[u8], row: Range<usize>) -> Vec<(&[u8], &[u8])> {
    let lead = text[..row.start].trim_ascii_end();
    let is_row = lead.ends_with(b",")
        || lead.len() > VALUES.len() && lead[lead.len() - VALUES.len()..].eq_ignore_ascii_case(VALUES);
    let inner = &text[row.start + 1..row.end];
    let Some(columns) = is_row.then(|| columns(text, row.start)).flatten() else { return Vec::new() };
    let mut from = 0;
    let ends = commas(inner).chain(std::iter::once(inner.len()));
    let values = ends.map(|end| {
        let value = inner[from..end].trim_ascii();
        from = end + 1;
        value.strip_prefix(b"'").and_then(|value| value.strip_suffix(b"'")).unwrap_or(value)
    });
    columns.into_iter().zip(values).filter_map(|(column, value)| Some((column?, value))).collect()
}

/// The columns of the rows of which one opens at `open`, a nameless one as none.
fn columns(text: &[u8], open: usize) -> Option<Vec<Option<&[u8]>>> {
    let mut before = text[open.saturating_sub(REACH)..open].trim_ascii_end();
    for _ in 0..MOST_ROWS {
        let Some(row) = before.strip_suffix(b",") else { break };
        let row = row.trim_ascii_end().strip_suffix(b")")?;
        before = row[..opening(row)?].trim_ascii_end();
    }
    let (before, word) = before.split_at(before.len().checked_sub(VALUES.len())?);
    let before = before.trim_ascii_end();
    if !word.eq_ignore_ascii_case(VALUES) {
        return None;
    }
    let Some(columns) = before.strip_suffix(b")") else {
        let named = before.rsplit(u8::is_ascii_whitespace).next()?;
        let table = bare(named.rsplit(|b| *b == b'.').next()?)?;
        let at = start_in(text, table);
        return declared(&text[..at], table);
    };
    let start = memchr::memrchr(b'(', columns)?;
    let line = columns[start.saturating_sub(120)..start].to_ascii_lowercase();
    memchr::memmem::rfind(&line, b" into ")?;
    Some(columns[start + 1..].split(|b| *b == b',').map(|column| bare(column.trim_ascii())).collect())
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
    let places = memchr::memmem::rfind_iter(near, table).take(MOST_ROWS);
    let open = places.into_iter().find_map(|at| {
        let behind = &near[at + table.len()..];
        let signs = behind.iter().take_while(|b| is_sign(b) || b.is_ascii_whitespace()).count();
        behind.get(signs).filter(|b| **b == b'(').and_then(|_| makes(at + table.len() + signs))
    })?;
    let body = &near[open + 1..near.len().min(open + LONGEST_TABLE)];
    let body = &body[..close_behind(body, b"(", b")")?];
    let mut depth = 0_usize;
    let columns = body.split(|b| {
        match b {
            b'(' => depth += 1,
            b')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        *b == b',' && depth == 0
    });
    let named = |column: &'t [u8]| bare(column.trim_ascii().split(u8::is_ascii_whitespace).next()?);
    Some(columns.map(named).collect())
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

/// Where the commas between literals stand.
fn commas(row: &[u8]) -> impl Iterator<Item = usize> {
    let mut is_open = false;
    row.iter().enumerate().filter_map(move |(at, b)| {
        is_open ^= *b == b'\'';
        (*b == b',' && !is_open).then_some(at)
    })
}

/// Where the bracket opens that the end of `row` closes, brackets in literals aside.
fn opening(row: &[u8]) -> Option<usize> {
    let (mut is_open, mut depth) = (false, 0_usize);
    for (at, byte) in row.iter().enumerate().rev() {
        match byte {
            b'\'' => is_open = !is_open,
            b')' if !is_open => depth += 1,
            b'(' if !is_open && depth == 0 => return Some(at),
            b'(' if !is_open => depth -= 1,
            b';' if !is_open => return None,
            _ => {}
        }
    }
    None
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
        ] {
            assert_eq!(column(text), Some("token"), "{text}");
        }
        for text in [
            "CREATE TABLE a (name text, token char(32));\nINSERT INTO a VALUES ('x', 'VALUE1');",
            "CREATE TABLE public.a (name text, token text);\nINSERT INTO public.a VALUES ('x', 'VALUE1');",
            "create table if not exists s.`a` (\n  `name` decimal(3, 2),\n  `token` text);\ninsert into `a` values ('y', 'VALUE1');",
        ] {
            assert_eq!(column(text), Some("token"), "{text}");
        }
        for text in ["f(('x', 'VALUE1'))", "x = [('a', 'b'), ('x', 'VALUE1')]", "VALUES ('x', 'VALUE1')"] {
            assert_eq!(column(text), None, "{text}");
        }
    }
}

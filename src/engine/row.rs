//! Rows of values in SQL: the column that a value stands in.

/// How far before a row its statement is looked for, bytes, and most rows before it.
const REACH: usize = 4096;
const MOST_ROWS: usize = 200;

/// The column of the value behind the comma at `comma`, in the row whose bracket opens at `open`:
/// `INSERT INTO a (name, token) VALUES ('x', '…'), ('y', '…')`.
pub(super) fn column_of(text: &[u8], open: usize, comma: usize) -> Option<&[u8]> {
    let nth = commas(&text[open + 1..comma]) + 1;
    let mut before = text[open.saturating_sub(REACH)..open].trim_ascii_end();
    for _ in 0..MOST_ROWS {
        let Some(row) = before.strip_suffix(b",") else { break };
        let row = row.trim_ascii_end().strip_suffix(b")")?;
        before = row[..opening(row)?].trim_ascii_end();
    }
    let (before, word) = before.split_at(before.len().checked_sub(b"values".len())?);
    let columns =
        before.trim_ascii_end().strip_suffix(b")").filter(|_| word.eq_ignore_ascii_case(b"values"))?;
    let start = memchr::memrchr(b'(', columns)?;
    let line = columns[start.saturating_sub(120)..start].to_ascii_lowercase();
    memchr::memmem::rfind(&line, b" into ")?;
    let column = columns[start + 1..].split(|b| *b == b',').nth(nth)?.trim_ascii();
    let is_quote = |b: &u8| matches!(b, b'"' | b'`' | b'[' | b']' | b'\'');
    let lead = column.iter().take_while(|b| is_quote(b)).count();
    let tail = column.iter().rev().take_while(|b| is_quote(b)).count();
    column.get(lead..column.len().saturating_sub(tail)).filter(|column| !column.is_empty())
}

/// The commas between literals.
fn commas(row: &[u8]) -> usize {
    let mut is_open = false;
    row.iter()
        .filter(|b| {
            is_open ^= **b == b'\'';
            **b == b',' && !is_open
        })
        .count()
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
    fn columns_of_rows() {
        for text in [
            "INSERT INTO a (name, token) VALUES ('x', 'VALUE1')",
            "insert into a (`name`, `token`) values\n  ('x', 'y'),\n  ('a (b', 'c'),\n  ('', 'VALUE1');",
            "INSERT INTO a (\"name\", \"token\", x) VALUES ('a, b', 'VALUE1', 1)",
        ] {
            assert_eq!(column(text), Some("token"), "{text}");
        }
        for text in ["f(('x', 'VALUE1'))", "x = [('a', 'b'), ('x', 'VALUE1')]", "VALUES ('x', 'VALUE1')"] {
            assert_eq!(column(text), None, "{text}");
        }
    }
}

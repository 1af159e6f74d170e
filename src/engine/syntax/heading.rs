//! Tables in Markdown, wikis and HTML, files of CSV and TSV, rows that PostgreSQL copies: the heading of the column that a
//! value stands in, and the values below a heading.

use std::ops::Range;

use crate::engine::names::{self, Role};
use crate::part::start_in;

/// Longest line that is read, bytes, and most rows between a value and the heading of a table in Markdown.
const LONGEST_LINE: usize = 4096;
const MOST_ROWS: usize = 200;
/// Longest heading, bytes, most words of one, and of a name in a cell.
const LONGEST: usize = 40;
const MOST_WORDS: usize = 3;
const MOST_OF_LABEL: usize = 5;
/// How much of a table is looked at for values below a heading, and how much of the heading's line before it, bytes.
const LONGEST_TABLE: usize = 1024 * 1024;
const LONGEST_LEAD: usize = 400;
/// How many rows are looked at for them, and the shortest value, bytes.
const MOST_BELOW: usize = 5000;
const SHORTEST_CELL: usize = 6;
/// Columns of a table that are looked for secrets: each that is called one reads the whole table.
const MOST_COLUMNS: usize = 64;

/// What a value is called in its table, where that says something of it: by the heading of its column, `session_id`,
/// `auth_token`, or by the cell before it, `Twilio Auth Token;…`.
pub(in crate::engine) fn of<'t>(text: &'t [u8], value: &Range<usize>) -> Option<&'t [u8]> {
    let cell = Cell::at(text, value)?;
    cell.heading().or_else(|| cell.label())
}

/// The other cells of a value's row, where its column has a heading.
pub(in crate::engine) fn beside<'t>(
    text: &'t [u8],
    value: &Range<usize>,
) -> impl Iterator<Item = &'t [u8]> + use<'t> {
    let cell = Cell::at(text, value).filter(|cell| cell.heading().is_some());
    let others = cell.map(|cell| {
        let all = cells(cell.line, cell.form).take(MOST_COLUMNS).enumerate();
        all.filter(move |(nth, _)| *nth != cell.nth).map(move |(_, at)| inner(&cell.line[at]))
    });
    others.into_iter().flatten()
}

/// The other cells of a value's row, each with the heading of its column.
pub(in crate::engine) fn cells_beside<'t>(text: &'t [u8], value: &Range<usize>) -> Vec<(&'t [u8], &'t [u8])> {
    let Some(cell) = Cell::at(text, value) else { return Vec::new() };
    let Some((heading, form)) = cell.headings() else { return Vec::new() };
    let named = cells(heading, form).map(|at| inner(&heading[at]));
    let all = named.zip(cells(cell.line, cell.form).map(|at| inner(&cell.line[at]))).enumerate();
    all.take(MOST_COLUMNS).filter(|(nth, _)| *nth != cell.nth).map(|(_, pair)| pair).collect()
}

/// A value that fills the cell of a row.
struct Cell<'t> {
    text: &'t [u8],
    line: &'t [u8],
    /// Where the line starts, and the value in it.
    start: usize,
    value: usize,
    form: Line,
    /// How many cells stand before the value's.
    nth: usize,
}

impl<'t> Cell<'t> {
    fn at(text: &'t [u8], value: &Range<usize>) -> Option<Cell<'t>> {
        let is_edge = |b: &u8| matches!(b, b' ' | b'"' | b'\'' | b'`');
        let place = line_around(text, value)?;
        let before = &text[place.start..value.start];
        let before = &before[..before.len() - before.iter().rev().take(3).take_while(|b| is_edge(b)).count()];
        let behind = &text[value.end..place.end];
        let behind = &behind[behind.iter().take(3).take_while(|b| is_edge(b)).count()..];
        // A wiki marks up what stands in its cells.
        let before = before.strip_suffix(b"<code>").map_or(before, <[u8]>::trim_ascii_end);
        let behind = behind.strip_prefix(b"</code>").map_or(behind, <[u8]>::trim_ascii_start);
        let form: Line = match (before.last(), behind.first()) {
            (Some(b'|'), None | Some(b'|')) if before.ends_with(b"||") || behind.starts_with(b"||") => {
                (b"|", b"||")
            }
            (Some(b'|'), None | Some(b'|')) => (b"|", b"|"),
            (Some(b','), None | Some(b',')) | (None, Some(b',')) => (b"", b","),
            (Some(b';'), None | Some(b';')) | (None, Some(b';')) => (b"", b";"),
            (Some(b'\t'), None | Some(b'\t')) | (None, Some(b'\t')) => (b"", b"\t"),
            _ => return None,
        };
        let (line, at) = (&text[place.clone()], value.start - place.start);
        let nth = cells(line, form).take(MOST_COLUMNS).position(|cell| cell.contains(&at))?;
        Some(Cell { text, line, start: place.start, value: at, form, nth })
    }

    /// The line of headings above the row, and how it is written.
    fn headings(&self) -> Option<(&'t [u8], Line)> {
        let above = &self.text[..self.start];
        let (heading, form) = match self.form {
            (b"|", b"||") => (wiki_heading(above, b"!")?, (&b"!"[..], &b"!!"[..])),
            (b"|", _) => match above_rule(above) {
                Some(line) => (line, self.form),
                None => match wiki_heading(above, b"||") {
                    Some(line) => (line, (&b"||"[..], &b"||"[..])),
                    None => (asciidoc_heading(above)?, self.form),
                },
            },
            _ if above.is_empty() => return None,
            form => (&above[..memchr::memchr(b'\n', &above[..LONGEST_LINE.min(above.len())])?], form),
        };
        let columns = cells(self.line, self.form).count();
        // The row above is one too: in code nothing but chance makes two lines alike.
        let is_row = || {
            let above = above.strip_suffix(b"\n").unwrap_or(above);
            let line = &above[memchr::memrchr(b'\n', above).map_or(0, |at| at + 1)..];
            // That of AsciiDoc stands apart.
            line.is_empty() && !form.0.is_empty() || cells(line, form).count() == columns
        };
        if cells(heading, form).count() != columns || form == self.form && !is_row() {
            return None;
        }
        let mut names = cells(heading, form).map(|cell| inner(&heading[cell]));
        names.all(|cell| is_name(cell, MOST_WORDS)).then_some((heading, form))
    }

    /// The heading of the column.
    fn heading(&self) -> Option<&'t [u8]> {
        let (heading, form) = self.headings()?;
        let named = cells(heading, form).nth(self.nth).map(|cell| inner(&heading[cell]))?;
        (!named.is_empty() && names::role(named) != Role::Neutral).then_some(named)
    }

    /// What the cell before says of the value: a secret's name of several words. Without bars the line is nothing but cells,
    /// and no code.
    fn label(&self) -> Option<&'t [u8]> {
        let cell = cells(self.line, self.form).nth(self.nth.checked_sub(1)?)?;
        let named = inner(&self.line[cell]);
        let is_plain = || {
            let is_of_code =
                |b: &u8| matches!(b, b'(' | b')' | b'{' | b'}' | b'[' | b']' | b'=' | b'<' | b'>');
            let lead = &self.line[..self.value];
            (lead.ends_with(self.form.1) || lead.ends_with(b"\""))
                && !self.line[0].is_ascii_whitespace()
                && !self.line.iter().any(is_of_code)
        };
        let is_told = names::role(named) == Role::Secret && names::words(named).len() > 1;
        let is_barred = !self.form.0.is_empty() && self.line.trim_ascii_start().starts_with(self.form.0);
        let is_bound = is_barred || self.form.0.is_empty() && is_plain();
        (is_name(named, MOST_OF_LABEL) && is_told && is_bound).then_some(named)
    }
}

/// The text of a cell.
fn inner(cell: &[u8]) -> &[u8] {
    &cell[bare(cell)]
}

/// The nearest line above the rows of a wiki's table that begins as its headings do.
fn wiki_heading<'t>(above: &'t [u8], mark: &[u8]) -> Option<&'t [u8]> {
    let lines = above.strip_suffix(b"\n")?.rsplit(|b| *b == b'\n').take(MOST_ROWS);
    lines.take_while(|line| matches!(line.first(), Some(b'|' | b'!'))).find(|line| line.starts_with(mark))
}

/// The first row of a table of AsciiDoc, which begins with `|===`, where an empty line sets it apart from those below.
fn asciidoc_heading(above: &[u8]) -> Option<&[u8]> {
    let is_inside = |line: &&[u8]| line.is_empty() || line.starts_with(b"|");
    let mut lines = above.strip_suffix(b"\n")?.rsplit(|b| *b == b'\n').take(MOST_ROWS).take_while(is_inside);
    let [mut first, mut second]: [&[u8]; 2] = [b"", b""];
    lines.find(|line| {
        let is_edge = line.trim_ascii_end() == b"|===";
        if !is_edge {
            (second, first) = (first, line);
        }
        is_edge
    })?;
    (!first.is_empty() && second.is_empty()).then_some(first)
}

/// Whether a cell is a name of so many words.
fn is_name(cell: &[u8], most_words: usize) -> bool {
    let is_of_name = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b' ' | b'.' | b'*');
    cell.len() <= LONGEST && cell.iter().all(is_of_name) && cell.split(|b| *b == b' ').count() <= most_words
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

/// The values of the column that the name at `name` is the heading of: on the first line of a CSV file where that `may_be_bare`,
/// of a table in Markdown, org, a wiki or HTML, of rows that PostgreSQL copies.
pub(in crate::engine) fn values_below(
    text: &[u8],
    name: &Range<usize>,
    may_be_bare: bool,
) -> Vec<Range<usize>> {
    let is_element = text[name.end..].iter().take(2).any(|b| *b == b'<');
    let found = if is_element { in_elements(text, name) } else { below(text, name, may_be_bare) };
    let mut values = found.unwrap_or_default();
    values.retain(|value| value.len() >= SHORTEST_CELL);
    values
}

/// What a line of a table begins with, and what divides its cells.
type Line = (&'static [u8], &'static [u8]);

/// How a table is written.
struct Form {
    heading: Line,
    row: Line,
    /// Whether a rule stands below the heading.
    is_ruled: bool,
}

/// How the table is written that a line is the heading of, if it is that of one. `COPY t (a, b) FROM stdin;` is what
/// `pg_dump` writes; `||a||b||` are headings of Confluence, Jira and Trac, `! a !! b` of MediaWiki.
fn form_of(line: &[u8], may_be_bare: bool) -> Option<Form> {
    const BARS: Line = (b"|", b"|");
    let form = |heading: Line, row: Line, is_ruled| Some(Form { heading, row, is_ruled });
    match line.trim_ascii_start() {
        [b'|', b'|', ..] => form((b"||", b"||"), BARS, false),
        // A row of MediaWiki, whose headings begin otherwise.
        row @ [b'|', ..] if !row.ends_with(b"|") && crate::memmem::find(row, b"||").is_some() => None,
        [b'|', ..] => form(BARS, BARS, true),
        [b'!', ..] => form((b"!", b"!!"), (b"|", b"||"), false),
        copy if copy.starts_with(b"COPY ") && copy.ends_with(b") FROM stdin;") => {
            form((b"", b","), (b"", b"\t"), false)
        }
        // What ends in a semicolon is a statement: `import 'package:app/locale_keys.dart';`.
        _ if !may_be_bare || line.contains(&b'(') || line.contains(&b'=') || line.ends_with(b";") => None,
        _ => {
            let signs: [&'static [u8]; 3] = [b",", b";", b"\t"];
            let sign = signs.into_iter().find(|sign| line.contains(&sign[0]))?;
            form((b"", sign), (b"", sign), false)
        }
    }
}

/// Where the cells of a line are, quotes and blanks with them. In quotes no sign divides cells, where nothing else says where
/// a line begins.
fn cells<'t>(line: &'t [u8], (edge, sign): Line) -> impl Iterator<Item = Range<usize>> + 't {
    let is_edged = !edge.is_empty();
    let line = if is_edged { line.trim_ascii_end() } else { line.strip_suffix(b"\r").unwrap_or(line) };
    let indent = if is_edged { line.len() - line.trim_ascii_start().len() } else { 0 };
    let start = indent + usize::from(line[indent..].starts_with(edge)) * edge.len();
    let end = line.len() - usize::from(is_edged && line[start..].ends_with(edge)) * edge.len();
    let (mut from, mut counted, mut is_open) = (start, start, false);
    let signs = memchr::memmem::find_iter(&line[start..end], sign).map(move |at| start + at);
    let ends = signs.filter(move |at| {
        is_open ^= !is_edged && memchr::memchr_iter(b'"', &line[counted..*at]).count() % 2 == 1;
        counted = *at;
        !is_open
    });
    ends.chain(std::iter::once(end)).map(move |end| {
        let cell = from..end;
        from = end + sign.len();
        cell
    })
}

fn below(text: &[u8], name: &Range<usize>, may_be_bare: bool) -> Option<Vec<Range<usize>>> {
    Column::of(text, name, may_be_bare)?.values()
}

/// A column of a table that is written in lines.
struct Column<'t> {
    form: Form,
    /// The text from the heading's line on, where that starts in the whole text, and where the line ends.
    window: &'t [u8],
    start: usize,
    length: usize,
    /// Which column it is, and how many there are.
    nth: usize,
    columns: usize,
    /// Rows of `COPY`.
    is_copy: bool,
    is_asciidoc: bool,
}

impl<'t> Column<'t> {
    /// The one that the name at `name` is the heading of.
    fn of(text: &'t [u8], name: &Range<usize>, may_be_bare: bool) -> Option<Self> {
        let floor = name.start.saturating_sub(LONGEST_LEAD);
        let start = memchr::memrchr(b'\n', &text[floor..name.start]).map(|at| floor + at + 1);
        let start = start.or((floor == 0).then_some(0))?;
        let window = &text[start..text.len().min(name.end + LONGEST_TABLE)];
        let length = memchr::memchr(b'\n', window).unwrap_or(window.len());
        let line = window[..length].trim_ascii_end();
        let form = form_of(line, may_be_bare && start == 0)?;
        // Rows of such a table may be written as its heading is.
        let above = text[..start].strip_suffix(b"\n").unwrap_or_default();
        let above = &above[memchr::memrchr(b'\n', above).map_or(0, |at| at + 1)..];
        if form.heading.0 == b"||" && above.starts_with(b"||") {
            return None;
        }
        let is_copy = form.heading.1 != form.row.1 && form.heading.0.is_empty();
        let lead = if is_copy { memchr::memchr(b'(', line)? + 1 } else { 0 };
        let heading = &line[lead..line.len() - if is_copy { b") FROM stdin;".len() } else { 0 }];
        let end = (name.end - start).checked_sub(lead)?;
        let nth = cells(heading, form.heading).take(MOST_COLUMNS).position(|cell| end <= cell.end)?;
        let columns = cells(heading, form.heading).count();
        let named = &heading[cells(heading, form.heading).nth(nth)?];
        // `Password / key`, `Password (shared)`.
        let said = named[bare(named)].split(|b| matches!(b, b'/' | b'(' | b',')).map(<[u8]>::trim_ascii_end);
        let is_named = columns >= 2 && said.into_iter().any(|part| part.ends_with(&text[name.clone()]));
        // A blank line divides the heading from the rows.
        let is_asciidoc = above.starts_with(b"|===");
        is_named.then_some(Column { form, window, start, length, nth, columns, is_copy, is_asciidoc })
    }

    /// What its cells hold; `None` where no rule stands below the heading that should have one.
    fn values(&self) -> Option<Vec<Range<usize>>> {
        let mut at = self.length + 1;
        let mut lines = self.window.get(at..)?.split(|b| *b == b'\n').take(MOST_BELOW).map(|line| {
            let from = at;
            at += line.len() + 1;
            (from, line)
        });
        let rule = if self.form.is_ruled { lines.next()?.1 } else { b"" };
        if self.form.is_ruled && !is_rule(rule) && !(self.is_asciidoc && rule.trim_ascii().is_empty()) {
            return None;
        }
        let mut is_table = self.is_edged() || self.is_copy;
        let mut values = Vec::new();
        for (at, line) in lines.take_while(|(_, line)| self.is_row(line)) {
            let how = self.cells_of(line);
            if cells(line, how).count() == self.columns {
                let cell = cells(line, how).nth(self.nth)?;
                let (at, value) = (self.start + at + cell.start, said_in(&line[cell]));
                values.push(at + value.start..at + value.end);
            } else if !is_table {
                break;
            }
            is_table = true;
        }
        Some(values)
    }

    fn is_edged(&self) -> bool {
        !self.form.row.0.is_empty()
    }

    fn is_row(&self, line: &[u8]) -> bool {
        match self.is_edged() {
            true => line.trim_ascii_start().starts_with(b"|") || line.starts_with(b"+") && is_rule(line),
            false => line != b"\\.",
        }
    }

    fn cells_of(&self, line: &[u8]) -> Line {
        match line.starts_with(b"||") && self.form.heading.0 == b"||" {
            true => self.form.heading,
            false => self.form.row,
        }
    }
}

/// Where in a cell its value is: without quotes and blanks, or within `<code>…</code>`.
fn said_in(cell: &[u8]) -> Range<usize> {
    let marked = content(&cell[bare(cell)]).filter(|_| cell[bare(cell)].starts_with(b"<"));
    marked.map_or(bare(cell), |marked| {
        let from = start_in(cell, marked);
        from..from + marked.len()
    })
}

/// The same of a table in HTML: a heading in `<th>`, above its column or beside its value.
fn in_elements(text: &[u8], name: &Range<usize>) -> Option<Vec<Range<usize>>> {
    let lead = &text[name.start.saturating_sub(LONGEST_LEAD)..name.start];
    let row = &lead[memchr::memmem::rfind(lead, b"<tr")?..];
    let nth = openings(row).count().checked_sub(1)?;
    let inner = &row[openings(row).last()?..];
    if !inner.starts_with(b"<th") || crate::memmem::find(inner, b"</th").is_some() {
        return None;
    }
    let window = &text[name.end..text.len().min(name.end + LONGEST_TABLE)];
    let (over, next) = (crate::memmem::find(window, b"</th>")?, openings(window).next()?);
    let place = |cell: &[u8]| {
        let at = start_in(text, cell);
        at..at + cell.len()
    };
    let is_beside = window[next..].starts_with(b"<td")
        && window.get(over + b"</th>".len()..next).is_some_and(|gap| gap.trim_ascii().is_empty());
    if is_beside {
        return Some(content(&window[next..]).map(place).into_iter().collect());
    }
    let table = &window[..crate::memmem::find(window, b"</table").unwrap_or(window.len())];
    let starts = memchr::memmem::find_iter(table, b"<tr").take(MOST_BELOW);
    let rows = starts.map(|at| {
        let row = &table[at..];
        &row[..crate::memmem::find(row, b"</tr").unwrap_or(row.len())]
    });
    // A row of headings alone is that of another table.
    let rows = rows.take_while(|row| crate::memmem::find(row, b"<td").is_some());
    let cells = rows.filter_map(|row| content(&row[openings(row).nth(nth)?..]));
    Some(cells.map(place).collect())
}

/// Where cells open in HTML.
fn openings(row: &[u8]) -> impl Iterator<Item = usize> + '_ {
    memchr::memmem::find_iter(row, b"<t")
        .filter(|at| matches!(row.get(at + 2..at + 4), Some([b'd' | b'h', b'>' | b' ' | b'\n'])))
}

/// The text of a cell, within whatever marks it up.
fn content(cell: &[u8]) -> Option<&[u8]> {
    let mut rest = cell;
    while rest.starts_with(b"<") {
        rest = rest[memchr::memchr(b'>', rest)? + 1..].trim_ascii_start();
    }
    Some(rest[..memchr::memchr(b'<', rest)?].trim_ascii_end())
}

/// Whether a line is the rule below the headings of a table in Markdown or org, or between the rows of a grid.
fn is_rule(line: &[u8]) -> bool {
    let is_of_rule = |b: &u8| matches!(b, b'|' | b'-' | b'+' | b'=' | b':' | b' ' | b'\r');
    (line.contains(&b'-') || line.contains(&b'=')) && line.iter().all(is_of_rule)
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
            ("Acme Auth Token,VALUE7\n", Some("Acme Auth Token")),
            ("name;value\n\"Acme API key\";\"VALUE7\"\n", Some("Acme API key")),
            ("| Acme API key | `VALUE7` |\n", Some("Acme API key")),
            (
                "{|\n! host !! auth token\n|-\n| a || b\n|-\n| c || <code>VALUE7</code>\n|}\n",
                Some("auth token"),
            ),
            ("| Acme API key || VALUE7\n", Some("Acme API key")),
            ("||host||auth token||\n|a|VALUE7|\n", Some("auth token")),
            ("id,\"auth token\"\n1,b\n\"a, b\",VALUE7\n", Some("auth token")),
            ("  authToken,VALUE7\n", None),
            ("the auth token, VALUE7\n", None),
            ("f(auth token,VALUE7)\n", None),
            ("last commit,VALUE7\n", None),
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

//! What encloses a value, from the inside: the call's brackets, the object, the list's item, the element, the section and
//! the blocks around them, each with its own entries: `type: acme` of the same item, `url: https://api.acme.com` of the
//! same section.
//!
//! What stands in a sibling, another receiver of a list or another server of a file, belongs to that one alone.

use std::ops::Range;

use crate::engine::syntax::element;
use crate::engine::syntax::heading;
use crate::engine::syntax::lexer::{self, Lexer};
use crate::engine::syntax::neighbour::{indent, is_anybodys, is_bracketed, is_header, is_of_settings, opens};
use crate::engine::syntax::row;
use crate::engine::{FileHint, Syntax, names};
use crate::part::start_in;

mod entry;

use entry::entry;
pub(in crate::engine) use entry::{Entry, Tells};

/// How far to each side of a value its enclosures are looked for, bytes, and how many of them.
const REACH: usize = 3072;
const DEEPEST: usize = 8;
/// How much of a line is searched for brackets on each side of a value, bytes.
const LONGEST_LINE: usize = 800;
/// Longest entry that is read, with what is nested in it, bytes.
const LONGEST_ENTRY: usize = 400;

/// What a level of the enclosure is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) enum Kind {
    /// An object, an item, an element, a section, the arguments of a call.
    Inner,
    /// Lines of settings between empty ones, with nothing above them.
    Paragraph,
    /// The whole file or document.
    Outermost,
}

/// One structure that a value stands in.
#[derive(Debug)]
pub(in crate::engine) struct Level<'t> {
    pub(in crate::engine) kind: Kind,
    /// What opens it: `acme:`, `"acme": {`, `<acme>`, `[acme]`, `acme {`.
    pub(in crate::engine) header: Option<&'t [u8]>,
    /// Its own entries, without the one that leads to the value.
    pub(in crate::engine) entries: Vec<Entry<'t>>,
}

/// What a value stands in.
#[derive(Debug)]
pub(in crate::engine) struct Enclosure<'t> {
    text: &'t [u8],
    /// The nearest first.
    pub(in crate::engine) levels: Vec<Level<'t>>,
    /// The lines that are its own or of all levels around it, in order, and the outermost part that they are taken of.
    own: Vec<Range<usize>>,
    outermost: Range<usize>,
}

impl<'t> Enclosure<'t> {
    /// The enclosure of `value`.
    pub(in crate::engine) fn of(text: &'t [u8], value: &Range<usize>) -> Self {
        let mut walk = Walk {
            text,
            window: value.start.saturating_sub(REACH)..text.len().min(value.end + REACH),
            value: value.clone(),
            out: Enclosure { text, levels: Vec::new(), own: Vec::new(), outermost: value.clone() },
        };
        walk.run();
        walk.out.own.sort_by_key(|part| part.start);
        walk.out
    }

    /// Whether the nearest structure that says what it is for says something else than these words know.
    pub(in crate::engine) fn is_of_stranger(&self, is_known: impl Fn(&Entry<'t>) -> bool) -> bool {
        const OWN: [&str; 6] = ["platform", "provider", "plugin", "connector", "vendor", "integration"];
        let says = |level: &Level<'t>| {
            let mut kinds = level.entries.iter().filter(|entry| {
                let name = names::normalized(entry.name);
                let told = names::words(entry.given);
                let tells = !told.is_empty() && !told.iter().all(|word| is_anybodys(word));
                level.kind == Kind::Inner && OWN.contains(&name.as_str()) && tells
            });
            kinds.next().map(&is_known)
        };
        self.levels.iter().find_map(says).is_some_and(|is_known| !is_known)
    }

    /// What of `part` is no sibling's.
    pub(in crate::engine) fn without_siblings(
        &self,
        part: Range<usize>,
        hint: FileHint<'_>,
    ) -> Vec<&'t [u8]> {
        // In code, other calls and blocks speak of what all of it is about.
        let is_settings = hint.syntax() == Syntax::Bare;
        let is_list = self.levels.iter().any(|level| level.header.is_some_and(is_of_settings));
        if self.own.is_empty() || !(is_settings || is_list) {
            return vec![&self.text[part]];
        }
        let Range { start, end } = self.outermost;
        let outside = [part.start..part.end.min(start), part.start.max(end)..part.end];
        let clipped = |own: &Range<usize>| part.start.max(own.start)..part.end.min(own.end);
        let all = outside.into_iter().chain(self.own.iter().map(clipped));
        all.filter(|part| part.start < part.end).map(|part| &self.text[part]).collect()
    }
}

/// A line, and where what it says begins: behind its indent and the marks of items.
#[derive(Debug, Clone)]
struct Line {
    range: Range<usize>,
    indent: usize,
    column: usize,
}

impl Line {
    fn new(text: &[u8], range: Range<usize>) -> Line {
        let line = &text[range.clone()];
        let indent = indent(line);
        let mut column = indent;
        while line[column..].starts_with(b"- ") {
            column += 1 + line[column + 1..].iter().take_while(|b| **b == b' ').count();
        }
        Line { range, indent, column }
    }

    fn is_item(&self) -> bool {
        self.column > self.indent
    }

    /// What stands behind the indent and the marks.
    fn said<'t>(&self, text: &'t [u8]) -> &'t [u8] {
        text[self.range.clone()][self.column..].trim_ascii_end()
    }
}

/// The lines of a level that stand at its column, without the one it was found from, the first and the last of what it
/// spans, and the line that opens it.
struct Body {
    column: usize,
    lines: Vec<Line>,
    first: Line,
    last: Line,
    opener: Option<Line>,
}

struct Walk<'t> {
    text: &'t [u8],
    window: Range<usize>,
    value: Range<usize>,
    out: Enclosure<'t>,
}

impl<'t> Walk<'t> {
    fn run(&mut self) {
        let before = &self.text[self.window.start..self.value.start];
        let start = memchr::memrchr(b'\n', before).map_or(self.window.start, |at| self.window.start + at + 1);
        self.record(start);
        self.on_line(start);
        let mut from = self.line(start);
        self.out.outermost = from.range.clone();
        for depth in 0..DEEPEST {
            let Some(next) = self.level(&from, depth == 0) else { return };
            from = next;
        }
    }

    fn line(&self, start: usize) -> Line {
        let end = memchr::memchr(b'\n', &self.text[start..self.window.end]);
        Line::new(self.text, start..end.map_or(self.window.end, |at| start + at))
    }

    fn above(&self, line: &Line) -> Option<Line> {
        let end = line.range.start.checked_sub(1).filter(|end| *end >= self.window.start)?;
        let start = memchr::memrchr(b'\n', &self.text[self.window.start..end]);
        // What stands at the edge may be cut.
        let start = start.map(|at| self.window.start + at + 1).or((self.window.start == 0).then_some(0))?;
        Some(Line::new(self.text, start..end))
    }

    fn below(&self, line: &Line) -> Option<Line> {
        (line.range.end + 1 < self.window.end).then(|| self.line(line.range.end + 1))
    }

    /// The element that the value is an attribute of or that holds its own on the line which starts at `start`, or the
    /// row of a table by the headings of its columns.
    fn record(&mut self, start: usize) {
        if let Some(range) = element::around(self.text, &self.value) {
            return self.element(&self.text[range]);
        }
        let line = &self.text[start.max(self.value.start.saturating_sub(LONGEST_LINE))..self.value.start];
        if let Some(element) = line.ends_with(b">").then(|| element::holding(line)).flatten() {
            return self.element(element);
        }
        let cells = heading::cells_beside(self.text, &self.value);
        if !cells.is_empty() {
            let entries = cells.into_iter().map(|(name, given)| Entry { name, given }).collect();
            self.push(Kind::Inner, None, entries);
        }
    }

    fn element(&mut self, element: &'t [u8]) {
        let attributes = element::attributes(element).into_iter();
        let entries = attributes.map(|at| Entry { name: at.name, given: at.given });
        let entries = entries.filter(|entry| !self.is_value(entry.given)).collect();
        self.push(Kind::Inner, Some(element::tag(element)), entries);
    }

    /// Whether a part of the text is the value, or holds it.
    fn is_value(&self, part: &[u8]) -> bool {
        let start = start_in(self.text, part);
        (start..=start + part.len()).contains(&self.value.start)
    }

    /// The brackets around the value that open on its own line.
    fn on_line(&mut self, start: usize) {
        let start = start.max(self.value.start.saturating_sub(LONGEST_LINE));
        let (mut depth, mut nested) = (0_usize, 0_usize);
        for at in (start..self.value.start).rev() {
            match self.text[at] {
                b')' | b']' | b'}' => depth += 1,
                b'(' | b'[' | b'{' if depth > 0 => depth -= 1,
                // `${NAME:-value}`.
                b'{' if at > start && matches!(self.text[at - 1], b'$' | b'{') => {}
                b'(' | b'[' | b'{' => {
                    nested += 1;
                    let end = self.closed(nested);
                    let header = lead(&self.text[start..at]).filter(|_| self.text[at] != b'(');
                    // A row of values in SQL has the names of its columns elsewhere.
                    let cells =
                        if self.text[at] == b'(' { row::cells(self.text, at..end) } else { Vec::new() };
                    let cells = cells.into_iter().map(|(name, given)| Entry { name, given });
                    let mut entries: Vec<_> = cells.filter(|entry| !self.is_value(entry.given)).collect();
                    if entries.is_empty() {
                        entries = self.parts(at + 1..end);
                    }
                    self.push(Kind::Inner, header, entries);
                }
                _ => {}
            }
        }
    }

    /// Where the bracket closes that is so many brackets around the value.
    fn closed(&self, nested: usize) -> usize {
        let ceiling = self.text.len().min(self.value.end + LONGEST_LINE);
        let mut depth = 0_usize;
        let closes = (self.value.end..ceiling).filter(|at| {
            match self.text[*at] {
                b'(' | b'[' | b'{' => depth += 1,
                b')' | b']' | b'}' if depth > 0 => depth -= 1,
                b')' | b']' | b'}' => return true,
                _ => {}
            }
            false
        });
        closes.take(nested).last().unwrap_or(ceiling)
    }

    /// The entries between brackets.
    fn parts(&self, inside: Range<usize>) -> Vec<Entry<'t>> {
        let (mut depth, mut start) = (0_usize, inside.start);
        let mut parts = Vec::new();
        for token in Lexer::new(self.text, inside.clone()) {
            match token.kind {
                lexer::Kind::Open => depth += 1,
                lexer::Kind::Close => depth = depth.saturating_sub(1),
                lexer::Kind::Comma | lexer::Kind::Semicolon | lexer::Kind::Break if depth == 0 => {
                    parts.push(start..token.start);
                    start = token.end;
                }
                _ => {}
            }
        }
        parts.push(start..inside.end);
        let leads = |part: &Range<usize>| part.start <= self.value.start && self.value.end <= part.end;
        parts.into_iter().filter(|part| !leads(part)).filter_map(|part| entry(&self.text[part])).collect()
    }

    fn push(&mut self, kind: Kind, header: Option<&'t [u8]>, entries: Vec<Entry<'t>>) {
        self.out.levels.push(Level { kind, header, entries });
    }

    /// The level that a line belongs to; gives the line that opens it.
    fn level(&mut self, from: &Line, is_first: bool) -> Option<Line> {
        let body = self.body(from, is_first);
        self.take_own(&body, is_first);
        let entries: Vec<Entry<'t>> = body.lines.iter().filter_map(|line| self.entry_of(line)).collect();
        let said = body.opener.as_ref().map(|line| line.said(self.text));
        let header = said.filter(|said| is_header(said) && !is_declared(said));
        let is_section = body.opener.as_ref().is_some_and(|line| self.is_section(line));
        let kind = match (body.column == 0 && !is_section, is_first) {
            (true, true) => Kind::Paragraph,
            (true, false) => Kind::Outermost,
            _ => Kind::Inner,
        };
        // Entries between empty lines that say what they are of stand for themselves.
        let tells_kind = |entry: &Entry<'_>| entry.is_request() || entry.tells() == Some(Tells::Kind);
        if kind == Kind::Paragraph && entries.iter().any(tells_kind) {
            self.out.outermost = self.window.clone();
        }
        self.push(kind, header, entries);
        let opener = body.opener.filter(|line| !is_section && line.indent < body.column)?;
        let goes_on = header.is_some() || opens(opener.said(self.text));
        self.out.own.push(opener.range.clone());
        self.out.outermost.start = self.out.outermost.start.min(opener.range.start);
        goes_on.then_some(opener)
    }

    /// The lines of the level that a line belongs to, and what opens them.
    fn body(&self, from: &Line, is_first: bool) -> Body {
        let column = from.column;
        let mut body =
            Body { column, lines: Vec::new(), first: from.clone(), last: from.clone(), opener: None };
        // Items of one line are rows of one thing: `- service: acme`, `- token: …`.
        if from.is_item() && self.is_short(from) {
            self.rows(from, &mut body);
        } else {
            let ends = |line: &Line| self.ends(line, column == 0 && is_first);
            self.upwards(from, &mut body, ends);
            self.downwards(from, &mut body, ends);
        }
        if body.first.is_item() && body.first.indent < column && body.opener.is_none() {
            body.opener = self.parent(&body.first);
        }
        body
    }

    /// The other items of one line above and below an item.
    fn rows(&self, from: &Line, body: &mut Body) {
        let is_beside = |line: &Line| line.is_item() && line.indent == from.indent;
        let above = std::iter::successors(self.above(from), |line| self.above(line));
        body.lines.extend(above.take_while(is_beside));
        body.first = body.lines.last().unwrap_or(from).clone();
        let below = std::iter::successors(self.below(from), |line| self.below(line));
        body.lines.extend(below.take_while(|line| is_beside(line) && self.is_short(line)));
        body.last =
            body.lines.last().filter(|line| line.range.start > from.range.start).unwrap_or(from).clone();
    }

    /// What stands above a line up to what opens it, or to the first line of its item.
    fn upwards(&self, from: &Line, body: &mut Body, ends: impl Fn(&Line) -> bool) {
        let mut cursor = from.clone();
        while !body.first.is_item() || body.first.indent >= body.column {
            let Some(line) = self.above(&cursor).filter(|line| !ends(line)) else { break };
            cursor = line.clone();
            if self.is_empty(&line) {
                continue;
            }
            let is_mark = line.is_item() && line.column == body.column;
            if self.is_section(&line) || line.indent < body.column && !is_mark {
                body.opener = Some(line);
                break;
            }
            if line.column == body.column {
                body.lines.push(line.clone());
            }
            body.first = line;
        }
    }

    /// What stands below a line and is indented no less.
    fn downwards(&self, from: &Line, body: &mut Body, ends: impl Fn(&Line) -> bool) {
        let mut cursor = from.clone();
        while let Some(line) = self.below(&cursor).filter(|line| !ends(line)) {
            cursor = line.clone();
            if self.is_empty(&line) {
                continue;
            }
            if line.indent < body.column || self.is_section(&line) {
                break;
            }
            if line.column == body.column {
                body.lines.push(line.clone());
            }
            body.last = line;
        }
    }

    /// Whether a document ends at a line, or a paragraph where it is one.
    fn ends(&self, line: &Line, is_paragraph: bool) -> bool {
        let bare = self.text[line.range.clone()].trim_ascii();
        bare.is_empty() && is_paragraph || line.indent == 0 && matches!(bare, b"---" | b"...")
    }

    fn is_empty(&self, line: &Line) -> bool {
        self.text[line.range.clone()].trim_ascii().is_empty()
    }

    fn is_section(&self, line: &Line) -> bool {
        is_bracketed(&self.text[line.range.clone()])
    }

    /// Notes what of a level is the value's own: all of the first; of those around it what tells of them, as what else is
    /// set there is its siblings'.
    fn take_own(&mut self, body: &Body, is_first: bool) {
        let is_own = |line: &&Line| {
            let entry = entry(line.said(self.text));
            entry.is_none_or(|entry| entry.tells().is_some() || entry.name == b"image")
        };
        // The first section of a document may say which program's it is.
        let is_outer = body.column == 0 && !is_first;
        let top = body.lines.iter().filter(|_| is_outer).min_by_key(|line| line.range.start);
        let top = top.filter(|line| entry(line.said(self.text)).is_some_and(|entry| entry.given.is_empty()));
        let own = body.lines.iter().filter(is_own).chain(top).map(|line| line.range.clone());
        match is_first {
            true => self.out.own.push(body.first.range.start..body.last.range.end),
            false => self.out.own.extend(own),
        }
        self.out.outermost.start = self.out.outermost.start.min(body.first.range.start);
        self.out.outermost.end = self.out.outermost.end.max(body.last.range.end);
    }

    /// Whether nothing belongs to an item but its own line.
    fn is_short(&self, item: &Line) -> bool {
        self.below(item).is_none_or(|line| line.indent <= item.indent || self.is_empty(&line))
    }

    /// The line that opens the list of an item: one that is indented less, or as much and no item itself.
    fn parent(&self, item: &Line) -> Option<Line> {
        let mut lines = std::iter::successors(self.above(item), |line| self.above(line));
        lines.find(|line| {
            let said = line.said(self.text);
            let is_around = line.indent < item.indent || line.indent == item.indent && !line.is_item();
            is_around && !said.is_empty() && !said.starts_with(b"#")
        })
    }

    /// The entry on a line, with what is nested in it.
    fn entry_of(&self, line: &Line) -> Option<Entry<'t>> {
        let found = entry(line.said(self.text))?;
        if !matches!(found.given, b"" | b"{" | b"[" | b"[{") {
            return Some(found);
        }
        let nested = std::iter::successors(self.below(line), |line| self.below(line))
            .take_while(|other| {
                other.indent > line.column && other.range.end < line.range.end + LONGEST_ENTRY
            })
            .last()?;
        let inside = line.range.end..nested.range.end;
        (!inside.contains(&self.value.start)).then(|| Entry { given: &self.text[inside], ..found })
    }
}

/// What stands before a bracket and behind what stood before that.
fn lead(line: &[u8]) -> Option<&[u8]> {
    let line = line.trim_ascii_end();
    let start =
        line.iter().rposition(|b| matches!(b, b',' | b'{' | b'[' | b'(' | b';')).map_or(0, |at| at + 1);
    let lead = line[start..].trim_ascii();
    let lead = lead.strip_prefix(b"- ").unwrap_or(lead);
    (!lead.is_empty()).then_some(lead)
}

/// Whether a line declares something: what follows is no structure of it.
fn is_declared(said: &[u8]) -> bool {
    #[rustfmt::skip]
    const DECLARE: [&[u8]; 13] = [
        b"class ", b"def ", b"func ", b"fun ", b"fn ", b"function ", b"interface ", b"if ", b"else", b"try", b"for ",
        b"while ", b"switch ",
    ];
    DECLARE.iter().any(|word| said.starts_with(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The levels around `VALUE`, each as its header and its entries.
    fn levels(text: &str) -> Vec<String> {
        let at = text.find("VALUE").unwrap();
        let found = Enclosure::of(text.as_bytes(), &(at..at + 5));
        let told = |level: &Level<'_>| {
            let header = String::from_utf8_lossy(level.header.unwrap_or_default()).into_owned();
            level.entries.iter().fold(header, |told, entry| {
                let (name, given) =
                    (String::from_utf8_lossy(entry.name), String::from_utf8_lossy(entry.given));
                format!("{told} {name}={}", given.trim())
            })
        };
        found.levels.iter().map(told).collect()
    }

    #[test]
    fn structures_of_every_format() {
        for (text, expected) in [
            ("a:\n  - type: x\n    set:\n      url: VALUE\n  - type: y", vec!["set:", "a: type=x", ""]),
            ("a:\n- type: x\n  key: VALUE\n- type: y", vec!["a: type=x", ""]),
            ("a:\n- key: VALUE\n  type: x", vec!["a: type=x", ""]),
            ("s: {\n  node: 'u',\n  auth: { key: 'VALUE' },\n},", vec!["auth:", "s: { node=u", ""]),
            ("<s>\n  <id>x</id>\n  <p>VALUE</p>\n</s>", vec!["<s> id=x", ""]),
            ("[a]\ntype = x\nk = VALUE\n\n[b]\ntype = y", vec!["[a] type=x"]),
            ("p=x\nk=VALUE\n\np=y", vec![" p=x"]),
            ("provider \"x\" {\n  k = \"VALUE\"\n}", vec!["provider \"x\" {", ""]),
            ("<match **>\n  @type x\n  k VALUE\n</match>", vec!["<match **> @type=x", ""]),
            ("f({ id: 'x', k: 'VALUE' })", vec![" id=x", "", ""]),
            ("a:\n  u:\n    raw: x\n  h: [ { k: VALUE } ]", vec!["", "h:", "a: u=raw: x", ""]),
        ] {
            assert_eq!(levels(text), expected, "{text}");
        }
    }

    #[test]
    fn siblings_are_left_out() {
        let text = "# top\na:\n  - type: x\n    k: VALUE\n    m:\n      n: 1\n  - type: y\nb:\n  c: 1\n";
        let at = text.find("VALUE").unwrap();
        let enclosure = Enclosure::of(text.as_bytes(), &(at..at + 5));
        let left = enclosure.without_siblings(0..text.len(), FileHint::new(b"a.yml")).concat();
        let left = String::from_utf8(left).unwrap();
        assert!(!left.contains("type: y") && !left.contains("c: 1"), "{left}");
        assert!(left.contains("x") && left.contains("n: 1") && left.contains("# top"), "{left}");
    }
}

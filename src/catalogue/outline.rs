//! Where the parts of a YAML text stand: keys and items by their indentation, or between brackets.
//!
//! serde tells the line of its first error and of nothing else. What stands behind an alias is not known here; a caller
//! takes the line of what holds it.

use std::collections::HashMap;

/// The lines of a text.
pub(crate) struct Outline<'t>(Vec<&'t str>);

/// Where a value stands: the line (from 0) of its key or dash, its own first line, the column its entries start at,
/// and the line behind it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Block {
    pub(crate) opened: usize,
    line: usize,
    column: usize,
    end: usize,
}

impl<'t> Outline<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Outline(text.lines().collect())
    }

    /// The whole text.
    pub(crate) fn root(&self) -> Block {
        let end = self.0.len();
        let line = (0..end).find(|at| self.indent(*at).is_some()).unwrap_or(0);
        Block { opened: line, line, column: self.indent(line).unwrap_or(0), end }
    }

    /// The value of a key of a map.
    pub(super) fn key(&self, of: Block, key: &str) -> Option<Block> {
        self.keys(of).remove(key)
    }

    /// The values of all keys of a map; of one that stands twice the first. Linear in the map's text.
    pub(crate) fn keys(&self, of: Block) -> HashMap<&'t str, Block> {
        let mut keys = HashMap::new();
        for (line, column) in self.entries(of) {
            if let Some((key, length)) = self.0[line].get(column..).and_then(opened_key) {
                keys.entry(key).or_insert_with(|| self.behind(line, column + length, of, true));
            }
        }
        keys
    }

    /// The items of a list. Linear in its text.
    pub(crate) fn items(&self, of: Block) -> Vec<Block> {
        let entries = self.entries(of).into_iter();
        if self.is_bracketed(of) {
            return entries.map(|(line, column)| Block { opened: line, line, column, end: of.end }).collect();
        }
        let is_item = |(line, column): &(usize, usize)| self.0[*line].get(*column..).is_some_and(opens_item);
        entries.filter(is_item).map(|(line, column)| self.behind(line, column + 1, of, false)).collect()
    }

    /// Where entries start: the line and the column.
    fn entries(&self, of: Block) -> Vec<(usize, usize)> {
        if self.is_bracketed(of) {
            return self.between_brackets(of);
        }
        let is_entry = |line: &usize| *line == of.line || self.indent(*line) == Some(of.column);
        (of.line..of.end).filter(is_entry).map(|line| (line, of.column)).collect()
    }

    fn is_bracketed(&self, of: Block) -> bool {
        let text = self.0.get(of.line).and_then(|line| line.get(of.column..));
        text.is_some_and(|text| text.starts_with(['[', '{']))
    }

    /// Where the entries of the list or map start whose bracket opens at the block. A comma or bracket in quotes, in a
    /// comment or in an inner list parts nothing.
    fn between_brackets(&self, of: Block) -> Vec<(usize, usize)> {
        let mut starts = Vec::new();
        let (mut depth, mut awaited, mut quote) = (0, Awaited::Entry, None);
        for line in of.line..of.end {
            let text = self.0[line].as_bytes();
            let mut at = if line == of.line { of.column } else { 0 };
            while let Some(&byte) = text.get(at) {
                match (quote, byte) {
                    (Some(b'"'), b'\\') => at += 1,
                    (Some(b'\''), b'\'') if text.get(at + 1) == Some(&b'\'') => at += 1,
                    (Some(open), _) if open == byte => quote = None,
                    (Some(_), _) | (None, b' ' | b'\t') => {}
                    (None, b'#') if at == 0 || text[at - 1].is_ascii_whitespace() => break,
                    (None, b',') => awaited = Awaited::Entry,
                    (None, b':') => awaited = Awaited::Value,
                    (None, b']' | b'}') if depth == 1 => return starts,
                    (None, b']' | b'}') => (depth, awaited) = (depth - 1, Awaited::End),
                    (None, _) => {
                        if depth == 1 && awaited == Awaited::Entry {
                            starts.push((line, at));
                        }
                        let opens = matches!(byte, b'[' | b'{');
                        depth += usize::from(opens);
                        quote = Some(byte).filter(|b| awaited != Awaited::End && matches!(b, b'"' | b'\''));
                        awaited = if opens { Awaited::Entry } else { Awaited::End };
                    }
                }
                at += 1;
            }
        }
        starts
    }

    /// What stands behind a key or a dash, on its line from `from` on or below.
    fn behind(&self, line: usize, from: usize, of: Block, is_key: bool) -> Block {
        let ends = |at: &usize| {
            self.indent(*at).is_some_and(|indent| {
                // The dashes of a list may stand right below the key.
                let is_own = is_key && indent == of.column && opens_item(&self.0[*at][indent..]);
                indent < of.column || indent == of.column && !is_own
            })
        };
        let rest = &self.0[line][from..];
        let text = rest.trim_start();
        // Between brackets indentation says nothing.
        let is_free = self.is_bracketed(of) || text.starts_with(['[', '{']);
        let end = if is_free { None } else { (line + 1..of.end).find(ends) }.unwrap_or(of.end);
        if !text.is_empty() && !text.starts_with('#') {
            return Block { opened: line, line, column: from + rest.len() - text.len(), end };
        }
        match (line + 1..end).find_map(|at| Some((at, self.indent(at)?))) {
            Some((at, column)) => Block { opened: line, line: at, column, end },
            None => Block { opened: line, line, column: from, end: line + 1 },
        }
    }

    /// Where the text of a line starts; `None` where there is none.
    fn indent(&self, line: usize) -> Option<usize> {
        let text = self.0.get(line)?;
        let start = text.trim_start();
        let is_text = !start.is_empty() && !start.starts_with('#') && start != "---";
        is_text.then(|| text.len() - start.len())
    }
}

/// What may come next between brackets.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Awaited {
    /// An item, or a key.
    Entry,
    /// What a key has.
    Value,
    /// A comma or a bracket; a quote is a part of the text.
    End,
}

/// The key that a text opens with, without its quotes, and where its value may start.
fn opened_key(text: &str) -> Option<(&str, usize)> {
    if let Some(quote) = text.chars().next().filter(|c| matches!(c, '"' | '\'')) {
        let (key, rest) = text[1..].split_once(quote)?;
        let behind = rest.trim_start().strip_prefix(':')?;
        return Some((key, text.len() - behind.len()));
    }
    let is_end = |at: &usize| text[at + 1..].chars().next().is_none_or(|next| next == ' ' || next == '\t');
    let colon = memchr::memchr_iter(b':', text.as_bytes()).find(is_end)?;
    Some((text[..colon].trim_end(), colon + 1))
}

fn opens_item(text: &str) -> bool {
    text == "-" || text.starts_with("- ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_part_has_its_line() {
        let text = "# x\nrules:\n  vendors:\n  - vendor: a\n    rules:\n      - id: b\n        docs:\n\n        - x\n        \
                    - y\n      -\n        id: c\n        'name': d\n    name: e\n";
        let outline = Outline::new(text);
        let vendors = outline.key(outline.key(outline.root(), "rules").unwrap(), "vendors").unwrap();
        let vendor = outline.items(vendors)[0];
        let rules = outline.key(vendor, "rules").unwrap();
        let (first, second) = (outline.items(rules)[0], outline.items(rules)[1]);
        let docs = outline.key(first, "docs").unwrap();
        let lines = [
            vendors,
            vendor,
            outline.key(vendor, "name").unwrap(),
            first,
            outline.items(docs)[1],
            second,
            outline.key(second, "name").unwrap(),
        ];
        assert_eq!(lines.map(|block| block.opened + 1), [3, 4, 14, 6, 10, 11, 13]);
        assert_eq!(second.line + 1, 12);
        assert!(outline.items(rules).get(2).is_none() && outline.key(first, "name").is_none());
    }

    #[test]
    fn between_brackets_too() {
        let text = "a: [x, 'it''s, y', # , z\n  {k: \"a,\\\",b\", l:\n   [1, 2]},\nit's, w\n ]\n\"b\" : {c: d,\n e: f}\n";
        let outline = Outline::new(text);
        let keys = outline.keys(outline.root());
        let lines = |blocks: &[Block]| blocks.iter().map(|block| block.opened + 1).collect::<Vec<_>>();
        let items = outline.items(keys["a"]);
        assert_eq!(lines(&items), [1, 1, 2, 4, 4]);
        let inner = outline.keys(items[2]);
        assert_eq!(lines(&[inner["k"], inner["l"]]), [2, 2]);
        assert_eq!(lines(&outline.items(inner["l"])), [3, 3]);
        assert_eq!(lines(&[keys["b"], outline.keys(keys["b"])["e"]]), [6, 7]);
        for hostile in ["[", "{", "[[", "a: [", "[]]", "'", "{':", "- [\"\\", "é: [é", "-\u{a0}x"] {
            let outline = Outline::new(hostile);
            let root = outline.root();
            outline.keys(root).values().for_each(|block| drop(outline.items(*block)));
            outline.items(root).iter().for_each(|block| drop(outline.keys(*block)));
        }
    }
}

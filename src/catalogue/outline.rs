//! Where the parts of a YAML text stand: its keys and items by their indentation.
//!
//! serde tells the line of its first error and of nothing else. What is written between brackets stands, for all we
//! know, on the line of what holds it.

/// The lines of a text.
pub(super) struct Outline<'t>(Vec<&'t str>);

/// Where a value stands: the line (from 0) of its key or dash, its own first line, the column its entries start at,
/// and the line behind it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Block {
    pub(super) opened: usize,
    line: usize,
    column: usize,
    end: usize,
}

impl<'t> Outline<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Outline(text.lines().collect())
    }

    /// The whole text.
    pub(super) fn root(&self) -> Block {
        let end = self.0.len();
        let line = (0..end).find(|at| self.indent(*at).is_some()).unwrap_or(0);
        Block { opened: line, line, column: self.indent(line).unwrap_or(0), end }
    }

    /// The value of a key of a map.
    pub(super) fn key(&self, of: Block, key: &str) -> Option<Block> {
        self.entries(of).find_map(|line| {
            let text = self.0[line].get(of.column..)?;
            let quote = text.chars().next().filter(|c| matches!(c, '"' | '\''));
            let mark = usize::from(quote.is_some());
            let rest = text[mark..].strip_prefix(key)?;
            let rest = quote.map_or(Some(rest), |quote| rest.strip_prefix(quote))?;
            let behind = rest.trim_start().strip_prefix(':')?;
            if !(behind.is_empty() || behind.starts_with([' ', '\t'])) {
                return None;
            }
            Some(self.behind(line, self.0[line].len() - behind.len(), of, true))
        })
    }

    /// The items of a list.
    pub(super) fn items(&self, of: Block) -> Vec<Block> {
        let is_item = |line: &usize| self.0[*line].get(of.column..).is_some_and(opens_item);
        self.entries(of).filter(is_item).map(|line| self.behind(line, of.column + 1, of, false)).collect()
    }

    /// The lines on which entries start.
    fn entries(&self, of: Block) -> impl Iterator<Item = usize> {
        (of.line..of.end).filter(move |line| *line == of.line || self.indent(*line) == Some(of.column))
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
        let end = (line + 1..of.end).find(ends).unwrap_or(of.end);
        let rest = &self.0[line][from..];
        let text = rest.trim_start();
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
}

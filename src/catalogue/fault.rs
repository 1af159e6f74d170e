//! What is wrong with a rule file, and on which line.

use std::collections::HashMap;
use std::fmt;

use super::by_name::SUFFIX;

/// One thing that is wrong: `rules.yaml:412: acme-api-key: shape can match nothing: …`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// The file, as it was named.
    pub file: String,
    /// Line, from 1.
    pub line: usize,
    /// Id of the rule, key of the vendor, or empty when the whole file is meant.
    pub subject: String,
    /// What is wrong and what to write instead.
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.file, self.line)?;
        if !self.subject.is_empty() {
            write!(f, "{}: ", self.subject)?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for Fault {}

/// Collects faults and finds their lines: serde knows the line of a syntax error only, so the text is
/// searched for `id: X` and `vendor: X`.
pub struct Faults<'a> {
    file: &'a str,
    lines: Vec<&'a str>,
    /// Lines (from 0) at which a subject opens, the second time an id is taken included.
    opens: HashMap<&'a str, Vec<usize>>,
    all: Vec<Fault>,
}

impl<'a> Faults<'a> {
    /// For the file named `file` with this text.
    pub fn new(file: &'a str, text: &'a str) -> Self {
        let lines: Vec<&str> = text.lines().collect();
        let mut opens: HashMap<&str, Vec<usize>> = HashMap::new();
        for (at, line) in lines.iter().enumerate() {
            if let Some(subject) = opened(line) {
                opens.entry(subject).or_default().push(at);
            }
        }
        Faults { file, lines, opens, all: Vec::new() }
    }

    /// Records a fault of a rule or vendor, at the line of `field` where that can be found. An empty
    /// `field` means the line that opens the subject.
    pub fn add(&mut self, subject: &str, field: &str, message: impl Into<String>) {
        self.add_nth(subject, 0, field, message);
    }

    /// The same for the `nth` (from 0) subject of that name.
    pub fn add_nth(&mut self, subject: &str, nth: usize, field: &str, message: impl Into<String>) {
        // A rule by name is its vendor's and not written anywhere.
        let opens = self.opens.get(subject).or_else(|| self.opens.get(subject.strip_suffix(SUFFIX)?));
        let opens = opens.map_or(&[][..], Vec::as_slice);
        let start = opens.get(nth).or(opens.last()).copied();
        let line = start.map_or(1, |start| self.field_line(start, field) + 1);
        self.add_at(line, subject, message);
    }

    /// Records a fault at a known line (from 1).
    pub fn add_at(&mut self, line: usize, subject: &str, message: impl Into<String>) {
        self.all.push(Fault {
            file: self.file.to_owned(),
            line,
            subject: subject.to_owned(),
            message: message.into(),
        });
    }

    /// The line of `field` in the block that opens at `start`, or in that of its vendor, from which most
    /// texts are inherited; `start` when it stands in neither.
    fn field_line(&self, start: usize, field: &str) -> usize {
        if field.is_empty() {
            return start;
        }
        let vendor = (0..start).rev().find(|at| unlisted(self.lines[*at]).starts_with("vendor:"));
        let holds = |line: &str| {
            line.match_indices(field).any(|(at, _)| {
                line[at + field.len()..].starts_with(':')
                    && !line[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_')
            })
        };
        [Some(start), vendor]
            .into_iter()
            .flatten()
            .find_map(|start| self.block(start).find(|at| holds(self.lines[*at])))
            .unwrap_or(start)
    }

    /// The lines from `start` up to the next rule or vendor.
    fn block(&self, start: usize) -> std::ops::Range<usize> {
        let rest = start + 1..self.lines.len();
        start..rest.clone().find(|at| opened(self.lines[*at]).is_some()).unwrap_or(rest.end)
    }

    /// All faults by line.
    pub fn into_sorted(mut self) -> Vec<Fault> {
        self.all.sort_by(|a, b| (a.line, &a.message).cmp(&(b.line, &b.message)));
        self.all.dedup();
        self.all
    }

    /// Whether nothing was wrong so far.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }
}

/// The rule or vendor that a line opens: `- id: acme-api-key`.
fn opened(line: &str) -> Option<&str> {
    let line = unlisted(line);
    let value = line.strip_prefix("id:").or_else(|| line.strip_prefix("vendor:"))?;
    let value = value.split(" #").next().unwrap_or(value).split(',').next().unwrap_or(value);
    Some(value.trim().trim_matches(['"', '\'']))
}

/// The line without the dash or brace that opens an item.
fn unlisted(line: &str) -> &str {
    let line = line.trim_start();
    line.strip_prefix("- ").unwrap_or(line).trim_start().trim_start_matches('{').trim_start()
}

//! What is wrong with a rule file, and on which line.

use std::collections::{HashMap, HashSet};
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
    /// The subject that is looked at now, and which of that name it is.
    turn: (String, usize),
    /// Fields of subjects whose form is wrong: what follows from that is not told.
    hushed: HashSet<(String, String)>,
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
        Faults { file, lines, opens, turn: (String::new(), 0), hushed: HashSet::new(), all: Vec::new() }
    }

    /// Records a fault of a rule or vendor, at the line of `field` where that can be found. An empty
    /// `field` means the line that opens the subject.
    pub fn add(&mut self, subject: &str, field: &str, message: impl Into<String>) {
        self.add_item(subject, field, "", message);
    }

    /// The same, at the line of the item of `field` that has this text.
    pub fn add_item(&mut self, subject: &str, field: &str, item: &str, message: impl Into<String>) {
        let nth = if self.turn.0 == subject { self.turn.1 } else { 0 };
        self.add_to(subject, nth, (field, item), message.into());
    }

    /// From now on the `nth` (from 0) subject of that name is meant.
    pub fn turn_to(&mut self, subject: &str, nth: usize) {
        self.turn = (subject.to_owned(), nth);
    }

    /// No more faults of this field.
    pub fn hush(&mut self, subject: &str, field: &str) {
        self.hushed.insert((subject.to_owned(), field.to_owned()));
    }

    /// The same for the `nth` (from 0) subject of that name.
    pub fn add_nth(&mut self, subject: &str, nth: usize, field: &str, message: impl Into<String>) {
        self.add_to(subject, nth, (field, ""), message.into());
    }

    fn add_to(&mut self, subject: &str, nth: usize, (field, item): (&str, &str), message: String) {
        if self.hushed.contains(&(subject.to_owned(), field.to_owned())) {
            return;
        }
        // A rule by name is its vendor's and not written anywhere.
        let opens = self.opens.get(subject).or_else(|| self.opens.get(subject.strip_suffix(SUFFIX)?));
        let opens = opens.map_or(&[][..], Vec::as_slice);
        let start = opens.get(nth).or(opens.last()).copied();
        let Some(start) = start else { return self.add_at(1, subject, message) };
        let (line, holder) = self.field_line(start, field);
        // What rules inherit is told once, of their vendor.
        let subject = holder.and_then(|at| opened(self.lines[at])).unwrap_or(subject).to_owned();
        if self.hushed.contains(&(subject.clone(), field.to_owned())) {
            return;
        }
        let line = self.item_line(line, item);
        self.add_at(line + 1, &subject, message);
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
    /// texts are inherited, and then where that opens; `start` when it stands in neither.
    fn field_line(&self, start: usize, field: &str) -> (usize, Option<usize>) {
        if field.is_empty() {
            return (start, None);
        }
        let vendor = (0..start).rev().find(|at| unlisted(self.lines[*at]).starts_with("vendor:"));
        let holds = |line: &str| {
            line.match_indices(field).any(|(at, _)| {
                line[at + field.len()..].starts_with(':')
                    && !line[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_')
            })
        };
        let in_block = |start| self.block(start).find(|at| holds(self.lines[*at]));
        match (in_block(start), vendor) {
            (Some(line), _) => (line, None),
            (None, Some(vendor)) => in_block(vendor).map_or((start, None), |line| (line, Some(vendor))),
            (None, None) => (start, None),
        }
    }

    /// The line of an item of the field that opens at `line`; that itself where it cannot be told.
    fn item_line(&self, line: usize, item: &str) -> usize {
        // As far as it is written the same whatever the quotes.
        let sought = item.split(['\'', '"', '\\', '\n']).max_by_key(|part| part.len()).unwrap_or_default();
        let sought: String = sought.chars().take(30).collect();
        if sought.trim().is_empty() {
            return line;
        }
        let end = self.block(line).end;
        (line..end).find(|at| self.lines[*at].contains(sought.trim())).unwrap_or(line)
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

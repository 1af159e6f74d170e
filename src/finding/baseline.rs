//! The baseline: what was in an old repository when stanch came, by value.
//!
//! A file of sorted lines `FINGERPRINT RULE [NOTE]`: no line numbers and no dates, so it changes only
//! when what is known changes, and additions of two branches join by lines. Only new secrets block.
//! Looking up reads nothing but the lines it meets: 10,000 entries cost microseconds, and a commit
//! without findings does not open the file at all.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use super::Finding;
use crate::order;

/// The file's first lines; `#` sorts before every fingerprint.
const HEADER: &str = "# Secrets that were here before, by value: they do not stop a commit, each is still to be revoked.\n\
                      # stanch baseline update|audit keeps this file; one line is FINGERPRINT RULE [ANSWER NOTE].\n";

/// The line of a baseline that looks beyond the files of one commit.
const HISTORY: &str = "# what any commit has: an update looks at all of history.\n";

/// Whether the baseline is one of all history.
pub fn holds_history(bytes: &[u8]) -> bool {
    crate::memmem::find(bytes, HISTORY.trim_end().as_bytes()).is_some()
}

/// The same baseline, as one of all history.
pub fn with_history(text: &str) -> String {
    text.replacen(HEADER, &format!("{HEADER}{HISTORY}"), 1)
}

/// What a person said about an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// A live secret, still to be revoked.
    Real,
    /// No secret.
    FalseAlarm,
    /// Was one, is dead.
    Rotated,
}

impl Answer {
    const ALL: [(Answer, &'static str); 3] =
        [(Answer::Real, "real"), (Answer::FalseAlarm, "false-alarm"), (Answer::Rotated, "rotated")];

    /// The word in the file.
    pub fn word(self) -> &'static str {
        Answer::ALL.iter().find(|(answer, _)| *answer == self).map_or("", |(_, word)| word)
    }

    /// The answer of that word.
    pub fn from_word(word: &str) -> Option<Answer> {
        Answer::ALL.iter().find(|(_, known)| *known == word).map(|(answer, _)| *answer)
    }
}

/// One known secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known<'a> {
    /// Its fingerprint.
    pub fingerprint: &'a str,
    /// Its rule.
    pub rule: &'a str,
    /// What a person said, and more words.
    pub note: &'a str,
}

impl Known<'_> {
    /// The answer at the start of the note.
    pub fn answer(&self) -> Option<Answer> {
        Answer::from_word(self.note.split_whitespace().next().unwrap_or_default())
    }
}

/// A baseline file's bytes, ready to be asked.
#[derive(Debug, Clone, Default)]
pub struct Baseline<'a> {
    bytes: &'a [u8],
    /// Only where the lines are out of order, as a merge may leave them.
    sorted: Option<Vec<&'a [u8]>>,
}

impl<'a> Baseline<'a> {
    /// Takes the content of the file. One pass over it, to see that it is in order.
    pub fn new(bytes: &'a [u8]) -> Baseline<'a> {
        let mut last: &[u8] = b"";
        let mut in_order = true;
        let mut at = 0;
        for end in memchr::memchr_iter(b'\n', bytes).chain([bytes.len()]) {
            let line = &bytes[at..end];
            // An empty last line is only the end of the file.
            in_order &= line >= last || at == bytes.len();
            last = line;
            at = (end + 1).min(bytes.len());
        }
        let sorted = (!in_order).then(|| {
            let mut lines: Vec<&[u8]> = bytes.split(|&b| b == b'\n').collect();
            order::all(&mut lines);
            lines
        });
        Baseline { bytes, sorted }
    }

    /// Whether there is none, or an empty file.
    pub fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// The entry of this value under this rule.
    pub fn find(&self, fingerprint: &str, rule: &str) -> Option<Known<'a>> {
        let key = format!("{fingerprint} {rule}");
        let line = match &self.sorted {
            None => search(self.bytes, key.as_bytes())?,
            Some(lines) => lines.get(lines.partition_point(|line| *line < key.as_bytes())).copied()?,
        };
        parse(line).filter(|known| known.fingerprint == fingerprint && known.rule == rule)
    }

    /// Every entry, in the file's order. Lines that are none are passed over; see [`Baseline::faults`].
    pub fn entries(&self) -> impl Iterator<Item = Known<'a>> {
        self.bytes.split(|&b| b == b'\n').filter_map(parse)
    }

    /// Line and text of what is neither entry nor comment: conflict marks, cut lines.
    pub fn faults(&self) -> Vec<(u32, String)> {
        (1u32..)
            .zip(self.bytes.split(|&b| b == b'\n'))
            .filter(|(_, line)| {
                !line.trim_ascii().is_empty() && !line.starts_with(b"#") && parse(line).is_none()
            })
            .map(|(line, text)| (line, String::from_utf8_lossy(text).chars().take(60).collect()))
            .collect()
    }
}

/// The first line that is not less than `key`, by halving the bytes.
fn search<'a>(bytes: &'a [u8], key: &[u8]) -> Option<&'a [u8]> {
    // `low` and `high` are starts of lines (or the end); the answer starts in between.
    let (mut low, mut high) = (0, bytes.len());
    while low < high {
        let middle = low + (high - low) / 2;
        let start = memchr::memrchr(b'\n', &bytes[low..middle]).map_or(low, |found| low + found + 1);
        let end = memchr::memchr(b'\n', &bytes[start..]).map_or(bytes.len(), |found| start + found);
        if &bytes[start..end] < key {
            low = (end + 1).min(bytes.len());
        } else {
            high = start;
        }
    }
    bytes.get(low..).and_then(|rest| rest.split(|&b| b == b'\n').next())
}

fn parse(line: &[u8]) -> Option<Known<'_>> {
    let line = std::str::from_utf8(line).ok()?.trim_end();
    let (fingerprint, rest) = line.split_once(' ')?;
    let (rule, note) = rest.split_once(' ').unwrap_or((rest, ""));
    let is_id = fingerprint.len() == 19
        && fingerprint
            .bytes()
            .enumerate()
            .all(|(at, b)| (b == b'-') == (at % 5 == 4) && (b == b'-' || b.is_ascii_alphanumeric()));
    let is_rule =
        !rule.is_empty() && rule.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
    (is_id && is_rule).then(|| Known { fingerprint, rule, note: note.trim() })
}

/// The text of a baseline of these findings.
pub fn create(findings: &[Finding]) -> String {
    update(b"", findings, Prune::No).text
}

/// Whether entries that were not found again go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Prune {
    /// They stay: not everything was looked at.
    No,
    /// They go: the whole tree was looked at.
    Yes,
}

/// A baseline brought up to date.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Updated {
    /// The new content.
    pub text: String,
    /// Entries that came.
    pub added: usize,
    /// Entries that went.
    pub pruned: usize,
}

/// Adds the findings, keeps notes, and drops what is gone if the caller has looked everywhere.
pub fn update(old: &[u8], findings: &[Finding], prune: Prune) -> Updated {
    let old = Baseline::new(old);
    let mut lines: BTreeMap<(&str, &str), &str> = BTreeMap::new();
    for known in old.entries() {
        let note = lines.entry((known.fingerprint, known.rule)).or_insert(known.note);
        // Two branches may have kept the line with and without an answer.
        if note.is_empty() {
            *note = known.note;
        }
    }
    let before = lines.len();
    if prune == Prune::Yes {
        let found: std::collections::HashSet<(&str, &str)> =
            findings.iter().map(|finding| (finding.fingerprint.as_str(), finding.rule.id)).collect();
        lines.retain(|key, _| found.contains(key));
    }
    let kept = lines.len();
    for finding in findings {
        lines.entry((&finding.fingerprint, finding.rule.id)).or_default();
    }
    let text = write(&lines, holds_history(old.bytes));
    Updated { added: lines.len() - kept, pruned: before - kept, text }
}

/// The content with a person's answer to an entry.
pub fn annotate(old: &[u8], fingerprint: &str, answer: Answer, note: &str) -> String {
    let note: String = note.chars().map(|c| if c.is_control() { ' ' } else { c }).take(200).collect();
    let said = format!("{} {}", answer.word(), note.trim());
    let old = Baseline::new(old);
    let mut lines: BTreeMap<(&str, &str), &str> = BTreeMap::new();
    for known in old.entries() {
        let is_meant = known.fingerprint == fingerprint;
        lines.insert((known.fingerprint, known.rule), if is_meant { said.trim() } else { known.note });
    }
    write(&lines, holds_history(old.bytes))
}

fn write(lines: &BTreeMap<(&str, &str), &str>, is_history: bool) -> String {
    let mut text = HEADER.to_owned();
    if is_history {
        text.push_str(HISTORY);
    }
    // Sorted as whole lines, as the search reads them: a map's order of pairs differs at the space.
    let mut rows: Vec<String> = lines
        .iter()
        .map(|((fingerprint, rule), note)| format!("{fingerprint} {rule} {note}").trim_end().to_owned())
        .collect();
    order::all(&mut rows);
    for row in rows {
        let _infallible = writeln!(text, "{row}");
    }
    text
}

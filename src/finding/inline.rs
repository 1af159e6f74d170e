//! Markers in comments: `stanch:allow RULE reason`, and what people have from other tools.
//!
//! A marker counts only in a real comment of that kind of file, as a word of its own. Ours names a rule
//! (or vendor); `RULE#k7f3-2q9x` binds it to one value too. Which finding it hides is decided in
//! `suppress`: exactly one, or none.

use std::ops::{Range, RangeInclusive};

use super::comment::comments;
use crate::order;

/// A marker as found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Marker {
    /// Where its words start in the text.
    pub at: usize,
    /// Where it stands, 1-based.
    pub line: u32,
    /// The lines it speaks of.
    pub applies_to: RangeInclusive<u32>,
    /// Rule id or vendor key; `None` for other tools' markers, which name none that we know.
    pub rule: Option<String>,
    /// Start of the fingerprint it is bound to.
    pub bound: Option<String>,
    /// Why, in the words of the author; may be empty.
    pub reason: String,
    /// Which marker.
    pub kind: Kind,
    /// As written, to be looked for in an older version.
    pub text: Vec<u8>,
    /// Which end of a block it is, until the other is known.
    pub edge: Option<Edge>,
}

/// One end of a block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edge {
    /// It opens the block.
    Start,
    /// It closes the block.
    End,
}

impl Marker {
    fn is_foreign(&self) -> bool {
        matches!(self.kind, Kind::Foreign(_))
    }

    /// Ends the block that it opens.
    fn close(&mut self, line: u32) {
        self.applies_to = self.line..=line;
        self.edge = None;
        if self.kind == NO_END {
            self.kind = Kind::Own;
        }
    }
}

/// Which marker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// One of ours.
    Own,
    /// Another tool's, as it is called.
    Foreign(&'static str),
    /// Meant to be one of ours, but hides nothing; why, for a person.
    Faulty(&'static str),
}

const NO_START: Kind = Kind::Faulty("has no stanch:allow-start");
const NO_END: Kind = Kind::Faulty("has no stanch:allow-end");

#[derive(Clone, Copy, PartialEq, Eq)]
enum Reach {
    Line,
    Next,
    Start,
    End,
}

/// Other tools' words. Longer ones first where one starts another.
const FOREIGN: &[(&str, Reach)] = &[
    ("pragma: allowlist nextline secret", Reach::Next),
    ("pragma: whitelist nextline secret", Reach::Next),
    ("pragma: allowlist secret", Reach::Line),
    ("pragma: whitelist secret", Reach::Line),
    ("gitleaks:allow", Reach::Line),
    ("betterleaks:allow", Reach::Line),
    ("trufflehog:ignore", Reach::Line),
    ("kingfisher:ignore", Reach::Line),
    ("kingfisher:allow", Reach::Line),
    ("gitguardian:ignore", Reach::Line),
    ("ggignore", Reach::Line),
    ("secretlint-disable-next-line", Reach::Next),
    ("secretlint-disable-line", Reach::Line),
    ("secretlint-disable", Reach::Start),
    ("secretlint-enable", Reach::End),
];

/// Ours.
const OWN: &[(&str, Reach)] = &[
    ("stanch:allow-next-line", Reach::Next),
    ("stanch:allow-start", Reach::Start),
    ("stanch:allow-end", Reach::End),
    ("stanch:allow", Reach::Line),
];

/// One of these stands in every text with a marker.
const HINTS: &[&[u8]] = &[
    b"stanch:allow",
    b"list secret",
    b"list nextline",
    b"leaks:allow",
    b"hog:ignore",
    b"fisher:ignore",
    b"guardian:ignore",
    b"fisher:allow",
    b"ggignore",
    b"secretlint-",
];

/// One of these stands in every text with an end of a block.
const BLOCK_HINTS: &[&[u8]] = &[b"stanch:allow-", b"secretlint-"];

fn has_any(text: &[u8], hints: &[&[u8]]) -> bool {
    hints.iter().any(|hint| crate::memmem::find(text, hint).is_some())
}

/// Whether a text may hold the start or the end of a block.
pub fn may_hold_block(text: &[u8]) -> bool {
    has_any(text, BLOCK_HINTS)
}

/// All markers of a file, in order. Call it for files with findings; a file without marker words costs a
/// search for them.
pub fn markers(text: &[u8], path: &[u8]) -> Vec<Marker> {
    let (mut blocks, mut found) = (Blocks::default(), Vec::new());
    for marker in markers_of_part(text, path, 0..text.len()) {
        blocks.add(&mut found, marker);
    }
    found
}

/// The markers of a window that start in `own`, in order; the ends of blocks each for itself: [`Blocks`] puts them
/// together over all windows.
pub fn markers_of_part(text: &[u8], path: &[u8], own: Range<usize>) -> Vec<Marker> {
    if !has_any(text, HINTS) {
        return Vec::new();
    }
    let mut reader = Reader { text, own, line: 1, counted: 0, found: Vec::new() };
    for comment in comments(text, path) {
        reader.comment(comment);
    }
    reader.finish()
}

/// The blocks of a file that have no end yet, as places in the list of its markers.
#[derive(Debug, Default)]
pub struct Blocks {
    own: Vec<usize>,
    foreign: Vec<usize>,
}

impl Blocks {
    /// Adds the next marker to those of the file; whether it is one more. What ends a block is none.
    pub fn add(&mut self, markers: &mut Vec<Marker>, marker: Marker) -> bool {
        let is_foreign = marker.is_foreign();
        match (marker.edge, is_foreign) {
            (None, _) => {}
            (Some(Edge::Start), true) => self.foreign.push(markers.len()),
            (Some(Edge::Start), false) => self.own.push(markers.len()),
            (Some(Edge::End), true) => {
                // What it turns on again was turned off once, however often.
                self.foreign.drain(..).for_each(|at| markers[at].close(marker.line));
                return false;
            }
            (Some(Edge::End), false) => {
                if let Some(start) = self.own.pop() {
                    markers[start].close(marker.line);
                    return false;
                }
            }
        }
        markers.push(marker);
        true
    }
}

struct Reader<'t> {
    text: &'t [u8],
    /// Where markers start that count.
    own: Range<usize>,
    /// Line of the offset `counted`.
    line: u32,
    counted: usize,
    found: Vec<Marker>,
}

impl Reader<'_> {
    fn comment(&mut self, comment: Range<usize>) {
        // Once a comment, not once a marker: one comment may be the whole file.
        let mut below = None;
        let mut at = comment.start;
        while at < comment.end {
            let end =
                memchr::memchr(b'\n', &self.text[at..comment.end]).map_or(comment.end, |found| at + found);
            self.comment_line(at..end, comment.end, &mut below);
            at = end + 1;
        }
    }

    /// One line of a comment; several markers may stand on it.
    fn comment_line(&mut self, span: Range<usize>, comment_end: usize, below: &mut Option<u32>) {
        let text = &self.text[span.clone()];
        let mut words: Vec<(usize, &'static str, Reach, bool)> = Vec::new();
        for (list, is_own) in [(OWN, true), (FOREIGN, false)] {
            for (word, reach) in list {
                words.extend(
                    memchr::memmem::find_iter(text, word.as_bytes())
                        .filter(|&at| is_word(text, at, word.len()))
                        .map(|at| (at, *word, *reach, is_own)),
                );
            }
        }
        order::by_key(&mut words, |(at, word, ..)| (*at, usize::MAX - word.len()));
        words.dedup_by_key(|(at, ..)| *at);
        for (index, (at, word, reach, is_own)) in words.iter().enumerate() {
            let until = words.get(index + 1).map_or(text.len(), |next| next.0);
            let rest = &text[at + word.len()..until];
            let line = self.line_at(span.start + at);
            let mut marker = match is_own {
                true => own(line, *reach, rest),
                false => foreign(line, word, rest),
            };
            marker.at = span.start + at;
            if !self.own.contains(&marker.at) {
                continue;
            }
            marker.text = text[*at..until].trim_ascii_end().to_vec();
            if *reach == Reach::Next && below.is_none() {
                *below = Some(self.line_below(comment_end, line));
            }
            self.place(marker, *reach, *is_own, below.unwrap_or(line));
        }
    }

    fn place(&mut self, mut marker: Marker, reach: Reach, is_own: bool, below: u32) {
        match reach {
            Reach::Line => {}
            Reach::Next => marker.applies_to = below..=below,
            Reach::Start => {
                marker.edge = Some(Edge::Start);
                if marker.kind == Kind::Own {
                    marker.kind = NO_END;
                }
                if !is_own {
                    // Without an end this one goes on to the end of the file.
                    marker.applies_to = marker.line..=u32::MAX;
                }
            }
            Reach::End => {
                marker.edge = Some(Edge::End);
                if is_own {
                    marker.kind = NO_START;
                }
            }
        }
        self.found.push(marker);
    }

    /// The line below the comment. Lines that hold nothing but a marker for the next line are passed over,
    /// so that two can stand above one line.
    fn line_below(&self, comment_end: usize, line: u32) -> u32 {
        let breaks =
            |span: &[u8]| u32::try_from(memchr::memchr_iter(b'\n', span).count()).unwrap_or(u32::MAX);
        let mut next = line.saturating_add(1);
        if let Some(span) = self.text.get(self.counted..comment_end) {
            next = next.saturating_add(breaks(span));
        }
        let from = memchr::memchr(b'\n', &self.text[comment_end.min(self.text.len())..])
            .map_or(self.text.len(), |found| comment_end + found + 1);
        for text in self.text[from..].split(|&b| b == b'\n').take(8) {
            let opens = text.trim_ascii_start().first().is_some_and(|b| !b.is_ascii_alphanumeric());
            let is_marker = ["stanch:allow-next-line", "allowlist nextline secret"]
                .iter()
                .any(|word| crate::memmem::find(text, word.as_bytes()).is_some_and(|at| at < 20));
            if !(opens && is_marker) {
                break;
            }
            next = next.saturating_add(1);
        }
        next
    }

    fn line_at(&mut self, offset: usize) -> u32 {
        let span = &self.text[self.counted..offset];
        let breaks = u32::try_from(memchr::memchr_iter(b'\n', span).count()).unwrap_or(u32::MAX);
        self.line = self.line.saturating_add(breaks);
        self.counted = offset;
        self.line
    }

    fn finish(mut self) -> Vec<Marker> {
        order::by_key(&mut self.found, |marker| marker.at);
        self.found
    }
}

/// `RULE reason`, `RULE#k7f3-2q9x reason`.
fn own(line: u32, reach: Reach, rest: &[u8]) -> Marker {
    let rest = String::from_utf8_lossy(rest);
    let rest = rest.trim();
    let id = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let (rule, rest) = rest.split_at(rest.find(|c| !id(c)).unwrap_or(rest.len()));
    let (bound, rest) = match rest.strip_prefix('#') {
        None => (None, rest),
        Some(rest) => {
            let (bound, rest) = rest.split_at(rest.find(|c| !id(c)).unwrap_or(rest.len()));
            (Some(bound.to_owned()), rest)
        }
    };
    let names_rule =
        !rule.is_empty() && (rest.is_empty() || rest.starts_with([' ', '\t', ',', ':', ';', ')', '*', '-']));
    let is_short = bound.as_ref().is_some_and(|bound| bound.chars().filter(|c| *c != '-').count() < 8);
    let kind = match (names_rule || reach == Reach::End, is_short) {
        (false, _) => Kind::Faulty("names no rule; write stanch:allow RULE reason"),
        (_, true) => Kind::Faulty("is bound to too short a fingerprint; write its first eight signs"),
        _ => Kind::Own,
    };
    let rule = names_rule.then(|| rule.to_owned());
    let text = Vec::new();
    Marker { at: 0, line, applies_to: line..=line, rule, bound, reason: reason(rest), kind, text, edge: None }
}

fn foreign(line: u32, word: &'static str, rest: &[u8]) -> Marker {
    let reason = reason(&String::from_utf8_lossy(rest));
    let (kind, text) = (Kind::Foreign(word), Vec::new());
    Marker { at: 0, line, applies_to: line..=line, rule: None, bound: None, reason, kind, text, edge: None }
}

fn reason(rest: &str) -> String {
    let rest = rest.trim().trim_start_matches(['-', ':', ',', ';', '—', '–', '(', ' ']);
    rest.trim_end_matches(['*', '/', ')', ' ', ',', ';']).chars().take(200).collect()
}

/// A word of its own: behind white space, an opening bracket or the signs that open the comment; not
/// inside a URL or a longer word.
fn is_word(text: &[u8], at: usize, len: usize) -> bool {
    let opener = text[..at].iter().all(|b| !b.is_ascii_alphanumeric() && *b != b'.');
    let before = at.checked_sub(1).map(|last| text[last]);
    let starts = opener || before.is_some_and(|b| b.is_ascii_whitespace() || b"([{,;".contains(&b));
    let after = text.get(at + len);
    starts && after.is_none_or(|b| !b.is_ascii_alphanumeric() && !b"-_/.".contains(b))
}

#[cfg(test)]
#[path = "inline_tests.rs"]
mod tests;

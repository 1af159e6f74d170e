//! The names that stand beside a value or above it: the tag and the attributes of its element, its siblings, the headers and
//! keys that it stands under.

use crate::engine::locate::words::{is_carrier, is_ident, is_name};
use crate::engine::locate::{How, MOST, Walk};
use crate::engine::names::{self, Role};
use crate::engine::syntax::{neighbour, siblings};

impl<'t> Walk<'t> {
    /// `<name attribute="x">value`: the tag, and attributes that carry a name.
    pub(in crate::engine) fn element(&mut self, at: usize) -> Option<usize> {
        let open = self.skip_back(at - 1, |b| b != b'<' && b != b'\n');
        if self.before(open) != b'<' {
            return None;
        }
        self.how(How::Assigned);
        let tag = &self.text[open..at - 1];
        let end = tag.iter().position(|b| b.is_ascii_whitespace()).unwrap_or(tag.len());
        let labels = self.labels(open, at - 1);
        // `<field name="value">` beside `<field name="key">NAME</field>`.
        let is_labelled = end > 0 && labels.iter().any(|name| is_carrier(name));
        let carries = is_labelled || is_carrier(&tag[..end]) && end > 0;
        if !carries && end > 0 {
            self.out.names.push(&tag[..end]);
        }
        let room = MOST.saturating_sub(self.out.names.len());
        self.out.names.extend(labels.into_iter().take(if is_labelled { 0 } else { room }));
        if carries {
            self.sibling_names(open);
        }
        None
    }

    /// Before the tag that ends at `at`, where it only marks up what a sentence gives: `the token: <code>VALUE</code>`.
    pub(in crate::engine) fn marked_up(&self, at: usize) -> Option<usize> {
        const MARKS: [&[u8]; 5] = [b"<code", b"<tt", b"<kbd", b"<b", b"<strong"];
        let lead = &self.text[self.floor..at - 1];
        let mark = MARKS.iter().find(|mark| lead.ends_with(mark))?;
        let before = &lead[..lead.len() - mark.len()];
        before.ends_with(b" ").then_some(self.floor + before.len())
    }

    /// What words such as `name`, `key` or `variable` are followed by in `start..end`: names.
    fn labels(&self, start: usize, end: usize) -> Vec<&'t [u8]> {
        const LABELS: [&[u8]; 7] = [b"name", b"key", b"variable", b"id", b"field", b"param", b"header"];
        let (mut at, mut found) = (start, Vec::new());
        let region = &self.text[..end];
        while at < end {
            if !region[at].is_ascii_alphabetic() || at > 0 && is_ident(region[at - 1]) {
                at += 1;
                continue;
            }
            let word_end = at + region[at..].iter().position(|&b| !is_ident(b)).unwrap_or(end - at);
            if LABELS.iter().any(|label| region[at..word_end].eq_ignore_ascii_case(label)) {
                let skip = |b: &u8| matches!(b, b' ' | b'\t' | b':' | b'=' | b'"' | b'\'' | b'\\' | b'>');
                let from = word_end + region[word_end..].iter().take_while(|b| skip(b)).count();
                let is_path = |b: u8| is_name(b) || b == b'/';
                let to = from + region[from..].iter().take_while(|&&b| is_path(b)).count();
                if from > word_end && to > from {
                    found.push(&self.text[from..to]);
                }
            }
            at = word_end.max(at + 1);
        }
        found
    }

    /// The name that a sibling of a carrier gives, or else the header above it.
    pub(in crate::engine) fn sibling_names(&mut self, at: usize) {
        let before = self.out.names.len();
        match siblings::name_of(self.text, &self.value) {
            Some(name) => self.out.names.push(name),
            None => self.names_before(at),
        }
        let is_secret = |name: &&[u8]| names::role(name) == Role::Secret;
        if !self.out.names[before..].iter().any(is_secret) {
            let above = neighbour::headers_above(self.text, self.value.start).next();
            self.out.names.extend(above.and_then(key_of).filter(is_secret));
        }
    }

    /// The nearest name that a label gives, up to three lines and 200 bytes before `at`.
    fn names_before(&mut self, at: usize) {
        let mut start = at;
        let mut lines = 0;
        while start > self.floor && at - start < 200 {
            if self.text[start - 1] == b'\n' {
                lines += 1;
                if lines > 4 {
                    break;
                }
            }
            start -= 1;
        }
        // The nearest one is the last in the text.
        self.out.names.extend(self.labels(start, at).pop());
    }

    /// A YAML list item: the key it belongs to is the nearest line above that ends in a colon.
    pub(in crate::engine) fn list_item(&mut self, at: usize) -> Option<usize> {
        if !matches!(self.before(self.skip_blanks(at)), b'\n' | 0) {
            return None;
        }
        self.how(How::Listed);
        let mut end = self.skip_blanks(at);
        for _ in 0..8 {
            end = self.skip_back(end, |b| b.is_ascii_whitespace());
            let start = self.skip_back(end, |b| b != b'\n');
            let line = self.text[start..end].trim_ascii();
            if let Some(key) = line.strip_suffix(b":") {
                self.out.names.push(key.trim_ascii_start().trim_ascii());
                return None;
            }
            if !line.starts_with(b"-") && !line.starts_with(b"#") {
                return None;
            }
            end = start;
        }
        None
    }
}

/// The key or the label that a header gives to what stands under it: `AuthToken:`, `resource "type" "auth_token" {`.
fn key_of(header: &[u8]) -> Option<&[u8]> {
    let bare = header.trim_ascii();
    let bare = bare.strip_suffix(b"{").unwrap_or(bare).trim_ascii_end();
    let bare = bare.strip_suffix(b":").unwrap_or(bare).trim_ascii_end();
    let bare = bare.strip_suffix(b"\"").unwrap_or(bare);
    let start = bare.iter().rposition(|b| !is_name(*b)).map_or(0, |at| at + 1);
    (start < bare.len()).then_some(&bare[start..])
}

//! The name that ends before a sign: bare, in quotes, in the brackets of an index or a call.

use std::ops::Range;

use super::Walk;
use super::words::{is_ident, is_name};
use crate::engine::names;
use crate::engine::shape::confirm::broken_before;
use crate::engine::syntax::trivia;

/// Longest name in quotes, bytes.
const LONGEST_NAME: usize = 120;

impl<'t> Walk<'t> {
    /// The name that ends at `at`: an identifier, a quoted key, or the key of an index expression; and where it starts.
    pub(in crate::engine) fn name(&self, at: usize) -> Option<(&'t [u8], usize)> {
        let end = self.skip_back(at, |b| b == b'\\');
        match self.before(end) {
            quote @ (b'"' | b'\'' | b'`') => self.quoted_name(end - 1, quote),
            b']' => self.index(end - 1),
            b')' => self.name_in_brackets(end - 1),
            byte if is_name(byte) || byte == b'/' => {
                let start = self.line_start(self.skip_back(end, is_name), end);
                let name = &self.text[start..end];
                (!name.is_empty()).then_some((name, start))
            }
            _ => None,
        }
    }

    /// The name in quotes that ends before the one at `close`.
    fn quoted_name(&self, close: usize, quote: u8) -> Option<(&'t [u8], usize)> {
        let end = self.skip_back(close, |b| b == b'\\');
        let start = self.skip_back(end, |b| b != quote && b != b'\n');
        let name = self.text[start..end].trim_ascii();
        let is_name = !name.is_empty() && name.len() <= LONGEST_NAME;
        is_name.then(|| (name, self.skip_back(start.saturating_sub(1).max(self.floor), |b| b == b'\\')))
    }

    /// The key between the brackets of an index, the last of which stands at `close`.
    fn index(&self, close: usize) -> Option<(&'t [u8], usize)> {
        let open = self.skip_back(close, |b| b != b'[' && b != b'\n');
        let key = self.text[open..close].trim_ascii();
        let lead = [&b"'"[..], b"\"", b":"].into_iter().find_map(|lead| key.strip_prefix(lead));
        let key = lead.unwrap_or(key);
        let key = key.strip_suffix(b"'").or(key.strip_suffix(b"\"")).unwrap_or(key);
        let end = open.saturating_sub(1).max(self.floor);
        let start = self.skip_back(end, is_name);
        // `char key[33]`: a size, or the place of one among many.
        if key.iter().all(u8::is_ascii_digit) {
            return (start < end).then(|| (&self.text[start..end], start));
        }
        Some((self.of_sums(start..end).unwrap_or(key), start))
    }

    /// The name within or before brackets that close at `close`: `setProperty("x") =` and casts have it inside.
    fn name_in_brackets(&self, close: usize) -> Option<(&'t [u8], usize)> {
        let open = self.skip_back(close, |b| b != b'(' && b != b'\n');
        let inner = self.literal_or_name(open, close)?;
        // A remark: `API key (live): …`.
        let lead = self.text[self.floor..open].strip_suffix(b" (").map(|lead| self.floor + lead.len());
        let is_remark =
            |lead: &usize| is_ident(self.before(*lead)) && !matches!(self.text[open], b'"' | b'\'');
        if let Some(lead) = lead.filter(is_remark) {
            return self.name(lead);
        }
        let end = open.saturating_sub(1).max(self.floor);
        let callee = self.of_sums(self.skip_back(end, is_name)..end);
        Some((callee.unwrap_or(inner), open))
    }

    /// Where in `start..end` the last line begins, behind a line break that a literal writes as an escape: `a\r\nApikey`.
    pub(super) fn line_start(&self, start: usize, end: usize) -> usize {
        let behind = |at: usize| start + at + 1 + broken_before(self.text, start + at + 1);
        let signs = memchr::memrchr_iter(b'\\', &self.text[start..end]);
        signs
            .map(|at| (start + at + 1, behind(at)))
            .find(|(sign, name)| sign < name)
            .map_or(start, |(_, name)| name.min(end))
    }

    /// The name at `place`, where it is of something that makes or keeps sums and ids: `digest("acme") == `,
    /// `UUIDS["acme"] = `.
    fn of_sums(&self, place: Range<usize>) -> Option<&'t [u8]> {
        Some(&self.text[place]).filter(|name| names::is_of_sums(name))
    }

    /// The text of a quoted literal or an identifier in `start..end`.
    pub(super) fn literal_or_name(&self, start: usize, end: usize) -> Option<&'t [u8]> {
        let start = trivia::behind(self.text, start, |_| false).min(end);
        let inner = self.text.get(start..end)?.trim_ascii();
        let inner = inner.strip_prefix(b"\"").or(inner.strip_prefix(b"'")).unwrap_or(inner);
        let inner = inner.strip_suffix(b"\"").or(inner.strip_suffix(b"'")).unwrap_or(inner);
        (!inner.is_empty()
            && inner.len() <= 80
            && inner.iter().all(|&b| is_name(b) || b == b':' || b == b'/'))
        .then_some(inner)
    }
}

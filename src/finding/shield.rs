//! The one guard of names: a file, branch or author that is named like a secret is not named whole, in no report and
//! no message.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use bstr::{BString, ByteSlice};

use super::excerpt::disjoint;
use super::secret::redact;
use super::suppress::{Allowed, Reason};
use super::{Finding, Trace};
use crate::catalogue::Catalogue;
use crate::engine::{FileHint, Scanner};
use crate::source::{Coverage, InImage, Inside, Place, SEPARATOR, Why};

/// Shorter values are passwords as often as words, and a path without its words helps nobody.
const SHORTEST: usize = 16;

/// Masks what is secret in names: what the engine finds in the name itself, and what a run has found elsewhere.
#[derive(Debug)]
pub struct Shield<'c> {
    scanner: Scanner<'c>,
    found: Option<AhoCorasick>,
    /// Names with a secret, masked; `None` for the others.
    known: HashMap<Vec<u8>, Option<Vec<u8>>>,
}

impl<'c> Shield<'c> {
    /// For names of which nothing is known.
    pub fn new(catalogue: &'c Catalogue) -> Self {
        Shield { scanner: Scanner::new(catalogue), found: None, known: HashMap::new() }
    }

    /// The same, and what these findings hold is masked too.
    pub fn of<'f>(catalogue: &'c Catalogue, findings: impl Iterator<Item = &'f Finding>) -> Self {
        let all = findings.flat_map(|finding| {
            std::iter::once(&finding.secret).chain(finding.parts.iter().map(|(_, part)| part))
        });
        let secrets: Vec<&[u8]> =
            all.map(|secret| secret.expose()).filter(|bytes| bytes.len() >= SHORTEST).collect();
        let finder = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .kind(Some(AhoCorasickKind::ContiguousNFA))
            .build(&secrets);
        Shield { found: finder.ok().filter(|_| !secrets.is_empty()), ..Shield::new(catalogue) }
    }

    /// Masks in a name, which may be of any encoding.
    pub fn bytes(&mut self, name: &mut BString) {
        if !self.known.contains_key(name.as_slice()) {
            let masked = self.masked(name);
            self.known.insert(name.to_vec(), masked);
        }
        if let Some(Some(masked)) = self.known.get(name.as_slice()) {
            *name = masked.as_slice().into();
        }
    }

    /// Masks in a name, or in a line that holds names.
    pub fn text(&mut self, text: &mut String) {
        let mut bytes = BString::from(std::mem::take(text));
        self.bytes(&mut bytes);
        *text = bytes.to_string();
    }

    /// The name without its secrets; `None` when it has none. What an archive holds is masked by itself, so that
    /// the name of the archive is the same in all of its members.
    fn masked(&mut self, name: &[u8]) -> Option<Vec<u8>> {
        let parts: Vec<&[u8]> = name.split_str(SEPARATOR).collect();
        let masked: Vec<Option<Vec<u8>>> = parts.iter().map(|part| self.without(part)).collect();
        masked.iter().any(Option::is_some).then(|| {
            let shown = parts.iter().zip(&masked).map(|(part, masked)| masked.as_deref().unwrap_or(part));
            shown.collect::<Vec<_>>().join(SEPARATOR)
        })
    }

    fn without(&mut self, name: &[u8]) -> Option<Vec<u8>> {
        let mut ranges = self.secrets(name, 0);
        let mut from = 0;
        for part in name.split(|byte| *byte == b'/') {
            if part.len() < name.len() {
                ranges.extend(self.secrets(part, from));
            }
            // What is glued to a secret, `old_` or `my`, makes it no less one.
            for at in starts(part) {
                for end in ends(part, at) {
                    ranges.extend(self.secrets(&part[at..end], from + at));
                }
            }
            from += part.len() + 1;
        }
        if let Some(found) = &self.found {
            ranges.extend(found.find_iter(name).map(|at| at.range()));
        }
        if ranges.is_empty() {
            return None;
        }
        let mut shown = Vec::new();
        let mut at = 0;
        for range in disjoint(ranges) {
            shown.extend_from_slice(&name[at..range.start]);
            shown.extend_from_slice(redact(&name[range.clone()]).as_bytes());
            at = range.end;
        }
        shown.extend_from_slice(&name[at..]);
        Some(shown)
    }

    /// What the engine finds in a text that stands at `from` in a name.
    fn secrets(&mut self, text: &[u8], from: usize) -> Vec<Range<usize>> {
        let found = self.scanner.scan(text, FileHint::default());
        let ranges = found
            .into_iter()
            .flat_map(|one| std::iter::once(one.range).chain(one.parts.into_iter().map(|(_, range)| range)));
        ranges.map(|range| from + range.start..from + range.end).collect()
    }
}

/// Most places of a name at which a secret is looked for, and most of its ends.
const MOST_STARTS: usize = 256;
const MOST_ENDS: usize = 4;

/// Where a secret may start within a name.
fn starts(name: &[u8]) -> impl Iterator<Item = usize> + '_ {
    let last = (name.len() + 1).saturating_sub(SHORTEST);
    (0..last).filter(|at| name[*at].is_ascii_alphanumeric()).take(MOST_STARTS)
}

/// Where one that starts at `start` may end: before signs, and with the name.
fn ends(name: &[u8], start: usize) -> impl Iterator<Item = usize> + '_ {
    let signs = (start + SHORTEST..name.len()).filter(|at| !name[*at].is_ascii_alphanumeric());
    signs.take(MOST_ENDS).chain([name.len()])
}

impl Shield<'_> {
    /// Masks in all that is told of findings.
    pub fn findings<'f>(&mut self, findings: impl Iterator<Item = &'f mut Finding>) {
        for finding in findings {
            for location in &mut finding.locations {
                self.bytes(&mut location.path);
                self.place(&mut location.place);
            }
            finding.why.iter_mut().for_each(|why| self.text(why));
            if let Some(trace) = &mut finding.trace {
                self.trace(trace);
            }
        }
    }

    /// The same of what is allowed, and why.
    pub fn allowed(&mut self, allowed: &mut [Allowed]) {
        self.findings(allowed.iter_mut().map(|one| &mut one.finding));
        for one in allowed {
            match &mut one.reason {
                Reason::AllowList { file, reason, .. } => {
                    self.text(file);
                    self.text(reason);
                }
                Reason::Inline { reason, .. } | Reason::Baseline(reason) | Reason::Skip(reason) => {
                    self.text(reason);
                }
            }
        }
    }

    /// The same of what was looked at, and what was not.
    pub fn coverage(&mut self, coverage: &mut Coverage) {
        for skipped in coverage.skipped.iter_mut().chain(&mut coverage.failed) {
            self.bytes(&mut skipped.path);
            if let Why::Said(why) = &mut skipped.why {
                self.text(why);
            }
        }
        coverage.notes.iter_mut().for_each(|note| self.text(note));
    }

    fn trace(&mut self, trace: &mut Trace) {
        let marks = trace.first.iter_mut().chain(&mut trace.removed);
        marks.for_each(|mark| self.text(&mut mark.author));
        // Every list by its name, so that none is forgotten.
        let Trace { first: _, removed: _, in_head: _, live, branches, tags, remotes, elsewhere, joint } =
            trace;
        [live, branches, tags, remotes, elsewhere, &mut joint.passing]
            .into_iter()
            .flatten()
            .for_each(|name| self.text(name));
    }

    fn place(&mut self, place: &mut Place) {
        let Place::Inside(inside) = place else { return };
        let Inside { of, outer, in_image, .. } = Arc::make_mut(inside);
        self.place(of);
        self.bytes(outer);
        match in_image {
            Some(InImage::Config { image }) => self.text(image),
            Some(InImage::Layer(layer)) => {
                self.text(&mut layer.image);
                self.text(&mut layer.made_by);
            }
            None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BString, Shield};
    use crate::catalogue::{embedded, sample};

    fn shown(name: &str) -> String {
        let mut name = BString::from(name);
        Shield::new(embedded()).bytes(&mut name);
        name.to_string()
    }

    #[test]
    fn a_name_is_shown_without_the_secret() {
        let secret = format!("sk_live_{}", sample::expand("{b62:24}", "a name"));
        for (name, expected) in [
            (format!("keys/{secret}/a.env"), "keys/sk_l••••••/a.env"),
            (format!("feature/old_{secret}_x"), "feature/old_sk_l••••••_x"),
            (format!("my{secret}"), "mysk_l••••••"),
            (format!("{secret}!/{secret}.txt"), "sk_l••••••!/sk_l••••••.txt"),
            (format!("cannot read `keys/{secret}`"), "cannot read `keys/sk_l••••••`"),
        ] {
            assert_eq!(shown(&name), expected);
        }
    }

    #[test]
    fn other_names_stay_as_they_are() {
        for name in ["src/token/password.rs", "refs/heads/main", "Jo Doe <jo@example.com>"] {
            assert_eq!(shown(name), name);
        }
    }
}

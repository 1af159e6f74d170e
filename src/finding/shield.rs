//! The last guard before a report: a file, branch or author that is named like a secret is not named whole.

use aho_corasick::AhoCorasick;
use bstr::BString;

use super::secret::redact;
use super::suppress::Allowed;
use super::{Finding, Trace};
use crate::source::Coverage;

/// Shorter values are passwords as often as words, and a path without its words helps nobody.
const SHORTEST: usize = 16;

/// Hides the secrets of `findings` and `allowed` in all that is told beside them.
pub fn shield(
    findings: &mut [Finding],
    allowed: &mut [Allowed],
    coverage: &mut Coverage,
    told: &mut [String],
) {
    let all = || findings.iter().chain(allowed.iter().map(|one| &one.finding));
    let Some(shield) = Shield::of(all()) else { return };
    for finding in findings.iter_mut().chain(allowed.iter_mut().map(|one| &mut one.finding)) {
        for location in &mut finding.locations {
            shield.bytes(&mut location.path);
        }
        finding.why.iter_mut().for_each(|why| shield.text(why));
        if let Some(trace) = &mut finding.trace {
            shield.trace(trace);
        }
    }
    for skipped in coverage.skipped.iter_mut().chain(&mut coverage.failed) {
        shield.bytes(&mut skipped.path);
        shield.text(&mut skipped.why);
    }
    coverage.notes.iter_mut().chain(told).for_each(|line| shield.text(line));
}

struct Shield {
    secrets: Vec<Vec<u8>>,
    finder: AhoCorasick,
}

impl Shield {
    /// `None` when there is nothing to hide.
    fn of<'f>(findings: impl Iterator<Item = &'f Finding>) -> Option<Shield> {
        let all = findings.flat_map(|finding| {
            std::iter::once(&finding.secret).chain(finding.parts.iter().map(|(_, part)| part))
        });
        let secrets: Vec<Vec<u8>> = all
            .map(|secret| secret.expose())
            .filter(|bytes| bytes.len() >= SHORTEST)
            .map(<[u8]>::to_vec)
            .collect();
        let builder = AhoCorasick::builder()
            .match_kind(aho_corasick::MatchKind::LeftmostLongest)
            .kind(Some(aho_corasick::AhoCorasickKind::ContiguousNFA))
            .build(&secrets);
        let finder = builder.ok().filter(|_| !secrets.is_empty())?;
        Some(Shield { secrets, finder })
    }

    fn bytes(&self, bytes: &mut BString) {
        if self.finder.is_match(bytes.as_slice()) {
            let mut hidden = Vec::new();
            self.finder.replace_all_with_bytes(bytes, &mut hidden, |found, _, out| {
                out.extend_from_slice(redact(&self.secrets[found.pattern().as_usize()]).as_bytes());
                true
            });
            *bytes = hidden.into();
        }
    }

    fn text(&self, text: &mut String) {
        if self.finder.is_match(text.as_str()) {
            let mut hidden = BString::from(std::mem::take(text));
            self.bytes(&mut hidden);
            *text = hidden.to_string();
        }
    }

    fn trace(&self, trace: &mut Trace) {
        let marks = trace.first.iter_mut().chain(&mut trace.removed);
        marks.for_each(|mark| self.text(&mut mark.author));
        let Trace { branches, tags, remotes, elsewhere, .. } = trace;
        [branches, tags, remotes, elsewhere].into_iter().flatten().for_each(|name| self.text(name));
    }
}

//! The one guard of what is told beside the secrets themselves. A file, branch or author that is named like a secret is
//! not named whole, in no report and no message; and a line that is shown of one secret holds none that the run has
//! found elsewhere.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use aho_corasick::{AhoCorasick, AhoCorasickKind, MatchKind};
use bstr::{BString, ByteSlice};

use super::excerpt::disjoint;
use super::secret::redact;
use super::spelling;
use super::suppress::{Allowed, Reason};
use super::tally::is_alone;
use super::{Excerpt, Finding, Location, Secret, Trace};
use crate::catalogue::Catalogue;
use crate::engine::{FileHint, Scanner};
use crate::part::start_in;
use crate::source::{Coverage, InImage, Inside, Place, SEPARATOR, Why};

/// Shorter values are passwords as often as words, and a path without its words helps nobody: of those only what is more
/// than letters is known again, where it stands alone.
const SHORTEST: usize = 16;
/// Still shorter ones stand everywhere.
const SHORT: usize = 6;

/// Masks what is secret in names: what the engine finds in the name itself, and what a run has found elsewhere.
#[derive(Debug)]
pub struct Shield<'c> {
    scanner: Scanner<'c>,
    found: Found,
    /// Names with a secret, masked; `None` for the others.
    known: HashMap<Vec<u8>, Option<Vec<u8>>>,
    /// Words of sentences that hold none.
    clean: HashSet<Vec<u8>>,
}

impl<'c> Shield<'c> {
    /// For names of which nothing is known.
    pub fn new(catalogue: &'c Catalogue) -> Self {
        Shield {
            scanner: Scanner::new(catalogue),
            found: Found::default(),
            known: HashMap::new(),
            clean: HashSet::new(),
        }
    }

    /// The same, and these secrets are masked too.
    pub fn of<'f>(catalogue: &'c Catalogue, secrets: impl Iterator<Item = &'f Secret>) -> Self {
        Shield { found: Found::of(secrets.map(Secret::expose)), ..Shield::new(catalogue) }
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

    /// The same of a name that is text.
    pub fn name(&mut self, name: &mut String) {
        let mut bytes = BString::from(std::mem::take(name));
        self.bytes(&mut bytes);
        *name = bytes.to_string();
    }

    /// Masks in a sentence, which may hold names.
    pub fn text(&mut self, text: &mut String) {
        let bytes = text.as_bytes();
        let mut ranges = self.secrets(bytes, 0);
        ranges.extend(self.found.in_text(bytes));
        for word in words(text) {
            ranges.extend(self.in_word(&bytes[word.clone()], word.start));
        }
        if !ranges.is_empty() {
            *text = String::from_utf8_lossy(&without(bytes, ranges)).into_owned();
        }
    }

    /// The name without its secrets; `None` when it has none. What an archive holds is masked by itself, so that
    /// the name of the archive is the same in all of its members.
    fn masked(&mut self, name: &[u8]) -> Option<Vec<u8>> {
        let parts: Vec<&[u8]> = name.split_str(SEPARATOR).collect();
        let masked: Vec<Option<Vec<u8>>> = parts.iter().map(|part| self.masked_part(part)).collect();
        masked.iter().any(Option::is_some).then(|| {
            let shown = parts.iter().zip(&masked).map(|(part, masked)| masked.as_deref().unwrap_or(part));
            shown.collect::<Vec<_>>().join(SEPARATOR)
        })
    }

    fn masked_part(&mut self, name: &[u8]) -> Option<Vec<u8>> {
        let mut ranges = self.secrets(name, 0);
        ranges.extend(self.in_name(name, 0));
        ranges.extend(self.found.in_text(name));
        (!ranges.is_empty()).then(|| without(name, ranges))
    }

    /// What is secret in a word of a sentence that stands at `from`. Sentences share most of theirs.
    fn in_word(&mut self, word: &[u8], from: usize) -> Vec<Range<usize>> {
        if word.len() < SHORTEST || self.clean.contains(word) {
            return Vec::new();
        }
        let ranges = self.in_name(word, from);
        if ranges.is_empty() {
            self.clean.insert(word.to_vec());
        }
        ranges
    }

    /// What is secret in the parts of a name that stands at `from`.
    fn in_name(&mut self, name: &[u8], mut from: usize) -> Vec<Range<usize>> {
        let mut ranges = Vec::new();
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
        ranges
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

/// A text with `ranges` of it masked.
fn without(text: &[u8], ranges: Vec<Range<usize>>) -> Vec<u8> {
    let mut shown = Vec::new();
    let mut at = 0;
    for range in disjoint(ranges) {
        shown.extend_from_slice(&text[at..range.start]);
        shown.extend_from_slice(redact(&text[range.clone()]).as_bytes());
        at = range.end;
    }
    shown.extend_from_slice(&text[at..]);
    shown
}

/// Where the words of a sentence stand, names among them.
fn words(text: &str) -> impl Iterator<Item = Range<usize>> + '_ {
    let is_between = |sign: char| sign.is_whitespace() || "`'\"()[],;:".contains(sign);
    text.split(is_between).map(|word| start_in(text, word)..start_in(text, word) + word.len())
}

/// The secrets of a run, to be known again.
#[derive(Debug, Default)]
struct Found {
    long: Option<AhoCorasick>,
    short: Option<AhoCorasick>,
}

impl Found {
    fn of<'f>(secrets: impl Iterator<Item = &'f [u8]>) -> Found {
        let all: HashSet<Vec<u8>> = spelling::with_clear(secrets);
        let (long, mut short): (Vec<&[u8]>, Vec<&[u8]>) = all
            .iter()
            .map(Vec::as_slice)
            .filter(|secret| secret.len() >= SHORT)
            .partition(|secret| secret.len() >= SHORTEST);
        short.retain(|secret| {
            let letters = secret.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
            letters > 0 && letters < secret.len()
        });
        let finder = |secrets: &[&[u8]], kind| {
            let mut all = AhoCorasick::builder();
            all.match_kind(kind).kind(Some(AhoCorasickKind::ContiguousNFA));
            (!secrets.is_empty()).then(|| all.build(secrets)).and_then(Result::ok)
        };
        Found {
            long: finder(&long, MatchKind::LeftmostLongest),
            // One that stands alone may reach over one that does not.
            short: finder(&short, MatchKind::Standard),
        }
    }

    /// Where any of them stands, in any spelling.
    fn in_text(&self, text: &[u8]) -> Vec<Range<usize>> {
        if self.long.is_none() && self.short.is_none() {
            return Vec::new();
        }
        spelling::any(text, &|text| self.as_written(text))
    }

    fn as_written(&self, text: &[u8]) -> Vec<Range<usize>> {
        let long = self.long.iter().flat_map(|all| all.find_iter(text)).map(|found| found.range());
        let short = self.short.iter().flat_map(|all| all.find_overlapping_iter(text));
        long.chain(short.map(|found| found.range()).filter(|range| is_alone(text, range))).collect()
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
                self.line(location);
                self.bytes(&mut location.path);
                self.place(&mut location.place);
            }
            finding.why.iter_mut().for_each(|why| self.text(why));
            if let Some(trace) = &mut finding.trace {
                self.trace(trace);
            }
        }
    }

    /// Masks in the line that is shown of a place what was found elsewhere. What stands beside it in the same text was
    /// known when the line was taken.
    fn line(&self, location: &mut Location) {
        let hide = |excerpt: &mut Excerpt| {
            let ranges = self.found.in_text(excerpt.text.as_bytes());
            let is_any = !ranges.is_empty();
            if is_any {
                excerpt.hide(ranges);
            }
            is_any
        };
        match &mut location.setting.line {
            // What is cut off a secret at the end would be known no more.
            Some(wide) => {
                if hide(wide) {
                    location.excerpt = wide.narrowed(&location.excerpt);
                }
            }
            None => {
                hide(&mut location.excerpt);
            }
        }
    }

    /// The same of what is allowed, and why.
    pub fn allowed(&mut self, allowed: &mut [Allowed]) {
        self.findings(allowed.iter_mut().map(|one| &mut one.finding));
        for one in allowed {
            match &mut one.reason {
                Reason::AllowList { file, reason, .. } => {
                    self.name(file);
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
        marks.for_each(|mark| self.name(&mut mark.author));
        // Every list by its name, so that none is forgotten.
        let Trace { first: _, removed: _, in_head: _, live, branches, tags, remotes, elsewhere, joint } =
            trace;
        [live, branches, tags, remotes, elsewhere, &mut joint.passing]
            .into_iter()
            .flatten()
            .for_each(|name| self.name(name));
    }

    fn place(&mut self, place: &mut Place) {
        let Place::Inside(inside) = place else { return };
        let mut masked = Inside::clone(inside);
        self.place(&mut masked.of);
        self.bytes(&mut masked.outer);
        match &mut masked.in_image {
            Some(InImage::Config { image }) => self.name(image),
            Some(InImage::Layer(layer)) => {
                self.name(&mut layer.image);
                self.name(&mut layer.made_by);
            }
            None => {}
        }
        // What holds no secret stays shared.
        if masked != **inside {
            *inside = Arc::new(masked);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Arc, BString, Excerpt, Inside, Place, Secret, Shield};
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
    fn a_sentence_is_told_without_the_secret_of_a_name_in_it() {
        let secret = format!("sk_live_{}", sample::expand("{b62:24}", "a sentence"));
        let mut shield = Shield::new(embedded());
        for (said, expected) in [
            (format!("cannot read `a b/old_{secret}_x`: gone"), "cannot read `a b/old_sk_l••••••_x`: gone"),
            (format!("1 secret in a.zip!/my{secret}:3 (rule)"), "1 secret in a.zip!/mysk_l••••••:3 (rule)"),
            (format!("{secret}, and {secret} again"), "sk_l••••••, and sk_l•••••• again"),
        ] {
            let mut shown = said.clone();
            shield.text(&mut shown);
            assert_eq!(shown, expected);
        }
        let plain = "the marker on line 1 could mean any of 30 findings of github-personal-token-classic";
        let mut shown = plain.to_owned();
        shield.text(&mut shown);
        assert_eq!(shown, plain);
        assert!(shield.clean.contains(&b"github-personal-token-classic"[..]), "it is looked at once");
        assert!(shield.known.is_empty(), "a sentence is no name");
    }

    #[test]
    fn places_without_a_secret_stay_shared() {
        let secret = format!("sk_live_{}", sample::expand("{b62:24}", "a place"));
        let of = |name: &str| {
            let (outer, cells) = (BString::from(name), Vec::new().into());
            Place::Inside(Arc::new(Inside { of: Place::Staged, outer, in_image: None, cells }))
        };
        let mut shield = Shield::new(embedded());
        let plain = of("src/a.ipynb");
        let mut shown = plain.clone();
        shield.place(&mut shown);
        let (Place::Inside(was), Place::Inside(is)) = (&plain, &shown) else { panic!("{shown:?}") };
        assert!(Arc::ptr_eq(was, is));
        let mut shown = of(&format!("src/{secret}.ipynb"));
        shield.place(&mut shown);
        assert_eq!(shown, of("src/sk_l••••••.ipynb"));
    }

    #[test]
    fn a_short_value_is_known_again_where_it_stands_alone() {
        let found = [b"hunter2x".as_slice(), b"password", b"12345678"].map(Secret::new);
        let mut shield = Shield::of(embedded(), found.iter());
        for (name, expected) in [
            ("dump-hunter2x.sql", "dump-••••••.sql"),
            ("src/password.rs", "src/password.rs"),
            ("hunter2x1/12345678.log", "hunter2x1/12345678.log"),
        ] {
            let mut shown = BString::from(name);
            shield.bytes(&mut shown);
            assert_eq!(shown, expected);
        }
    }

    #[test]
    fn what_was_found_elsewhere_is_masked_in_a_line_and_the_mark_moves_along() {
        let other = sample::expand("{hex:32}", "elsewhere");
        let shield = Shield::of(embedded(), std::iter::once(&Secret::new(other.as_bytes())));
        for (text, expected) in
            [(format!("ä {other} k = \"••••••\""), "ä"), (format!("k = \"••••••\" # {other} ä"), "k")]
        {
            let start = text.chars().position(|c| c == '•').unwrap();
            let mut excerpt = Excerpt { text, start, end: start + 6 };
            excerpt.hide(shield.found.in_text(excerpt.text.as_bytes()));
            assert!(!excerpt.text.contains(&other[4..]) && excerpt.text.starts_with(expected), "{excerpt:?}");
            let marked: String =
                excerpt.text.chars().skip(excerpt.start).take(excerpt.end - excerpt.start).collect();
            assert_eq!(marked, "••••••");
        }
    }

    #[test]
    fn other_names_stay_as_they_are() {
        for name in ["src/token/password.rs", "refs/heads/main", "Jo Doe <jo@example.com>"] {
            assert_eq!(shown(name), name);
        }
    }
}

//! Candidates become hits, hits become findings: one secret, one finding, all its places.
//!
//! [`hits`] works on one text while it is at hand and keeps what a report needs of it, redacted;
//! [`merge`] puts the hits of a whole run together.

use std::cmp::Ordering;
use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::ops::Range;

use bstr::{BStr, BString};

use super::excerpt::{Needles, disjoint, excerpt};
use super::setting::Surroundings;
use super::{Content, Finding, Location, Secret, Utf16, fingerprint, fixture, severity_at};
use crate::catalogue::{Confidence, Rule, RuleIx};
use crate::engine::Candidate;
use crate::order;
use crate::source::Place;

/// One secret at one place.
#[derive(Debug, Clone)]
pub struct Hit {
    /// What kind of secret.
    pub rule: &'static Rule,
    /// The secret, decoded.
    pub secret: Secret,
    /// The same as it is written in the text; to be looked for in an older version.
    pub raw: Secret,
    /// Where it stands in the text, bytes.
    pub range: Range<usize>,
    /// How sure.
    pub confidence: Confidence,
    /// The evidence in words, strongest first.
    pub why: Vec<String>,
    /// Other parts of the credential.
    pub parts: Vec<(&'static str, Secret)>,
    /// The place, with the redacted line.
    pub location: Location,
}

impl Hit {
    /// All that must not be shown of it.
    pub fn into_secrets(self) -> impl Iterator<Item = Secret> {
        let parts = self.parts.into_iter().map(|(_, part)| part);
        [self.secret, self.raw].into_iter().chain(parts)
    }
}

/// More secrets than this in one text, and an excerpt hides at first only those on its own line; what the run has found
/// is hidden in all lines at its end (see [`super::shield`]).
const NEEDLES: usize = 64;

/// The hits of one text. Give all its candidates, allowed ones too: what is not given is not masked.
pub fn hits(
    text: &[u8],
    path: &BStr,
    place: &Place,
    candidates: &[Candidate],
    rule: impl Fn(RuleIx) -> &'static Rule,
) -> Vec<Hit> {
    let mut candidates: Vec<&Candidate> = candidates.iter().collect();
    order::by_key(&mut candidates, |candidate| candidate.range.start);
    let Some(last) = candidates.last() else { return Vec::new() };
    let ranges = candidates.iter().flat_map(|candidate| {
        std::iter::once(&candidate.range).chain(candidate.parts.iter().map(|(_, range)| range)).cloned()
    });
    let masks = disjoint(ranges.collect());
    let all = (candidates.len() <= NEEDLES).then(|| {
        let written = masks.iter().map(|mask| &text[mask.clone()]);
        Needles::of(written.chain(candidates.iter().filter_map(|candidate| candidate.decoded.as_deref())))
    });

    let content = Content::of(text);
    let mut lines = Lines::new(text);
    let mut around = Surroundings::of(text, last.range.end, path);
    let mut found = Vec::with_capacity(candidates.len());
    for candidate in candidates {
        let range = candidate.range.clone();
        let raw = &text[range.clone()];
        let own = || Needles::of([raw].into_iter().chain(candidate.decoded.as_deref()));
        let (line, column, column_utf16) = lines.position(range.start);
        let (end_line, end_column) = end(line, column, raw);
        let (excerpt, wide) = match &all {
            Some(all) => excerpt(text, &range, &masks, all),
            None => excerpt(text, &range, &masks, &own()),
        };
        let setting = around.at(&range, wide);
        let utf16 = Utf16 { column: column_utf16, end_column: end_utf16(column_utf16, raw) };
        found.push(Hit {
            rule: rule(candidate.rule),
            secret: Secret::new(candidate.decoded.as_deref().unwrap_or(raw)),
            raw: Secret::new(raw),
            confidence: fixture::confidence(rule(candidate.rule), path, candidate.confidence),
            why: candidate.why.iter().map(|why| why.clone().into_owned()).collect(),
            parts: candidate.parts.iter().map(|(name, at)| (*name, Secret::new(&text[at.clone()]))).collect(),
            location: Location {
                path: BString::from(path.to_vec()),
                place: place.clone(),
                line,
                column,
                end_line,
                end_column,
                utf16,
                excerpt,
                content,
                setting,
                rank: 0,
            },
            range,
        });
    }
    found
}

/// Puts the hits of a run together. The worst comes first, then by path and line; the places of a
/// finding keep the order in which they came.
pub fn merge(mut hits: Vec<Hit>) -> Vec<Finding> {
    name_alike(&mut hits);
    let mut findings: Vec<Finding> = Vec::new();
    let mut known: HashMap<(&'static str, Secret), usize> = HashMap::new();
    let mut places: HashSet<(usize, u64)> = HashSet::new();
    for hit in hits {
        let at = known.get(&(hit.rule.id, hit.secret.clone())).copied();
        let written = Some(hit.raw.clone()).filter(|raw| *raw != hit.secret);
        let is_new_place = places.insert((at.unwrap_or(findings.len()), place_of(&hit.location)));
        match at {
            Some(at) => {
                let known = &mut findings[at].written;
                known.extend(written.filter(|raw| !known.contains(raw)));
                join(&mut findings[at], hit, is_new_place);
            }
            None => {
                known.insert((hit.rule.id, hit.secret.clone()), findings.len());
                findings.push(Finding {
                    fingerprint: fingerprint::fingerprint(hit.rule.id, hit.secret.expose()),
                    severity: severity_at(hit.rule, &hit.location.path),
                    rule: hit.rule,
                    secret: hit.secret,
                    confidence: hit.confidence,
                    why: hit.why,
                    locations: vec![hit.location],
                    parts: hit.parts,
                    written: written.into_iter().collect(),
                    trace: None,
                });
            }
        }
    }
    for finding in findings.iter_mut().filter(|finding| finding.severity < finding.rule.severity) {
        finding.why.push(fixture::WHY.to_owned());
    }
    order::by(&mut findings, |a, b| {
        let (first, second) = (&a.locations[0], &b.locations[0]);
        (b.severity, b.confidence)
            .cmp(&(a.severity, a.confidence))
            .then_with(|| as_people_count(&first.path, &second.path))
            .then_with(|| (first.line, first.column).cmp(&(second.line, second.column)))
            .then_with(|| a.rule.id.cmp(b.rule.id))
    });
    findings
}

/// Orders paths by their text and by the numbers in them: `s2` before `s10`.
pub fn as_people_count(left: &[u8], right: &[u8]) -> Ordering {
    let (mut a, mut b) = (left, right);
    loop {
        let (a_digits, b_digits) = (digits(a), digits(b));
        let order = if a_digits > 0 && b_digits > 0 {
            let (number, other) = (without_zeros(&a[..a_digits]), without_zeros(&b[..b_digits]));
            (a, b) = (&a[a_digits..], &b[b_digits..]);
            number.len().cmp(&other.len()).then_with(|| number.cmp(other))
        } else {
            let (Some((first, rest)), Some((other, others))) = (a.split_first(), b.split_first()) else {
                return a.len().cmp(&b.len()).then_with(|| left.cmp(right));
            };
            (a, b) = (rest, others);
            first.cmp(other)
        };
        if order.is_ne() {
            return order;
        }
    }
}

fn digits(text: &[u8]) -> usize {
    text.iter().take_while(|byte| byte.is_ascii_digit()).count()
}

fn without_zeros(digits: &[u8]) -> &[u8] {
    let zeros = digits.iter().take_while(|&&digit| digit == b'0').count();
    &digits[zeros..]
}

/// A secret that one place gives to a vendor is that vendor's at the places that name nobody.
fn name_alike(hits: &mut [Hit]) {
    let mut owners: HashMap<&Secret, Option<&'static Rule>> = HashMap::new();
    for hit in hits.iter().filter(|hit| !hit.rule.vendor.is_generic()) {
        let owner = owners.entry(&hit.secret).or_insert(Some(hit.rule));
        *owner = owner.filter(|other| other.id == hit.rule.id);
    }
    let owner = |hit: &Hit| owners.get(&hit.secret).copied().flatten();
    let renamed: Vec<(usize, &'static Rule)> = hits
        .iter()
        .enumerate()
        .filter(|(_, hit)| hit.rule.vendor.is_generic())
        .filter_map(|(at, hit)| Some((at, owner(hit)?)))
        .collect();
    renamed.into_iter().for_each(|(at, rule)| hits[at].rule = rule);
}

/// A number for the place, which two places hardly ever share.
fn place_of(location: &Location) -> u64 {
    let mut hasher = DefaultHasher::new();
    (&location.path, &location.place, location.line, location.column).hash(&mut hasher);
    hasher.finish()
}

/// Adds another place of the same secret; the stronger evidence speaks for the finding. A place that is surely
/// new is not looked for among those that are known.
fn join(finding: &mut Finding, hit: Hit, is_new_place: bool) {
    if hit.confidence > finding.confidence {
        finding.confidence = hit.confidence;
        finding.why = hit.why;
    }
    // One place outside the tests, and it is no key of a test.
    finding.severity = finding.severity.max(severity_at(hit.rule, &hit.location.path));
    for part in hit.parts {
        if !finding.parts.contains(&part) {
            finding.parts.push(part);
        }
    }
    let same = |known: &Location| {
        (&known.path, &known.place, known.line, known.column)
            == (&hit.location.path, &hit.location.place, hit.location.line, hit.location.column)
    };
    if is_new_place || !finding.locations.iter().rev().any(same) {
        finding.locations.push(hit.location);
    }
}

/// Finds lines and columns of ascending offsets, reading the text once.
struct Lines<'t> {
    text: &'t [u8],
    line: u32,
    line_start: usize,
    /// How far UTF-16 units of the current line were counted, and how many there are.
    counted: usize,
    units: u32,
}

impl<'t> Lines<'t> {
    fn new(text: &'t [u8]) -> Self {
        Lines { text, line: 1, line_start: 0, counted: 0, units: 0 }
    }

    /// Line, column in bytes and column in UTF-16 units.
    fn position(&mut self, offset: usize) -> (u32, u32, u32) {
        let from = self.line_start;
        for at in memchr::memchr_iter(b'\n', &self.text[from..offset]) {
            self.line = self.line.saturating_add(1);
            self.line_start = from + at + 1;
        }
        if self.counted < self.line_start {
            (self.counted, self.units) = (self.line_start, 0);
        }
        // From where the last secret of the line stood: a minified file is one line with many.
        self.units = self.units.saturating_add(utf16_units(&self.text[self.counted..offset]));
        self.counted = offset;
        (self.line, one_based(offset - self.line_start), self.units.saturating_add(1))
    }
}

/// Where a secret that starts at `line`, `column` ends.
fn end(line: u32, column: u32, raw: &[u8]) -> (u32, u32) {
    match memchr::memrchr(b'\n', raw) {
        None => (line, column.saturating_add(u32::try_from(raw.len()).unwrap_or(u32::MAX))),
        Some(last) => {
            let breaks = memchr::memchr_iter(b'\n', raw).count();
            (line.saturating_add(u32::try_from(breaks).unwrap_or(u32::MAX)), one_based(raw.len() - last - 1))
        }
    }
}

/// The column in UTF-16 units after a secret that starts at `column`.
fn end_utf16(column: u32, raw: &[u8]) -> u32 {
    match memchr::memrchr(b'\n', raw) {
        None => column.saturating_add(utf16_units(raw)),
        Some(last) => utf16_units(&raw[last + 1..]).saturating_add(1),
    }
}

/// UTF-16 code units of UTF-8 text: one a character, two beyond the basic plane. A byte that is no
/// part of a character counts as what it looks like.
fn utf16_units(text: &[u8]) -> u32 {
    let units: usize = text.iter().map(|&b| usize::from(b & 0xc0 != 0x80) + usize::from(b >= 0xf0)).sum();
    u32::try_from(units).unwrap_or(u32::MAX)
}

fn one_based(offset: usize) -> u32 {
    u32::try_from(offset).unwrap_or(u32::MAX).saturating_add(1)
}

#[cfg(test)]
#[path = "merge_tests.rs"]
mod tests;

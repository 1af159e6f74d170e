//! What is allowed and what blocks, place by place.
//!
//! In: the new findings, everything that was seen in their files (old secrets too: a marker that speaks
//! for an old one must not hide a new one beside it), markers, allow list, baseline and a one-time skip.
//! Out: a [`Split`]. A finding with two places of which one is allowed keeps the other.

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};
use std::fmt;
use std::sync::OnceLock;

use bstr::BString;

use super::allowlist::{AllowList, Listed};
use super::baseline::Baseline;
use super::date::Date;
use super::fingerprint::{self, matches_prefix};
use super::hint::{Allow, Hint, Hints};
use super::inline::{Kind, Marker};
use super::marked::speaks_of;
use super::sights::{self, CROWDED, MarkerAt, Marks, Sights};
use super::{Finding, Hit, Location};
use crate::catalogue::{Confidence, GENERIC_VENDOR, Rule, embedded};
use crate::config::{PolicyRules, Rooted, Skip};
use crate::source::Place;

/// Something the engine found in a file, new or old.
#[derive(Debug, Clone)]
pub struct Seen {
    pub(super) path: BString,
    pub(super) place: Place,
    /// A number for the place.
    version: u64,
    pub(super) line: u32,
    pub(super) end_line: u32,
    pub(super) rule: &'static Rule,
    pub(super) fingerprint: String,
    pub(super) blocks: bool,
}

impl Seen {
    /// Of a hit, before old ones are set aside. `fingerprint` as `finding::fingerprint` makes it.
    pub fn of(hit: &Hit) -> Seen {
        let fingerprint = fingerprint::fingerprint(hit.rule.id, hit.secret.expose());
        Seen::at(&hit.location, hit.rule, fingerprint, hit.confidence)
    }

    fn at(location: &Location, rule: &'static Rule, fingerprint: String, confidence: Confidence) -> Seen {
        Seen {
            path: location.path.clone(),
            place: location.place.clone(),
            version: sights::version(&location.place),
            line: location.line,
            end_line: location.end_line.max(location.line),
            rule,
            fingerprint,
            blocks: confidence.blocks(),
        }
    }

    /// What is seen is in the order of file, version and line.
    pub(super) fn key(&self) -> (&BString, u64, u32) {
        (&self.path, self.version, self.line)
    }
}

/// The markers of one version of a file.
#[derive(Debug, Clone)]
pub struct FileMarkers {
    /// Its path.
    pub path: BString,
    /// Which version.
    pub place: Place,
    /// As [`markers`](super::inline::markers) gave them.
    pub markers: Vec<Marker>,
    /// For each, how many of its wording the change adds to this file. A marker that was there before the
    /// value was written for another one.
    pub added: Vec<usize>,
}

/// Everything that may allow something.
#[derive(Debug, Clone, Copy)]
pub struct Allowances<'a> {
    /// Of the files with findings.
    pub markers: &'a [FileMarkers],
    /// All that was found in those files, old secrets too.
    pub seen: &'a [Seen],
    /// From `.stanch.yaml`.
    pub allow: &'a AllowList,
    /// What was known before.
    pub baseline: &'a Baseline<'a>,
    /// `STANCH_SKIP`.
    pub skip: Option<&'a Skip>,
    /// What may be allowed, and how.
    pub policy: &'a PolicyRules,
    /// For expiry.
    pub today: Date,
    /// How paths are to be read.
    pub rooted: &'a Rooted,
}

impl Allowances<'_> {
    /// Whether an entry holds at a place. Only a file has a path.
    fn covers(&self, listed: &Listed, path: &[u8], place: &Place) -> bool {
        listed.covers(place.is_file().then(|| self.rooted.path(path)).as_deref())
    }

    /// Why an entry that names a value does not hold at a place.
    fn doubt(&self, listed: &Listed, location: &Location) -> Option<String> {
        if !self.policy.allow_list.value {
            return Some(format!("does not count: {} turns allow lists off", self.policy.allow_list.origin));
        }
        let why = listed.entry.void(self.policy, self.today);
        why.or_else(|| {
            (!self.covers(listed, &location.path, &location.place))
                .then(|| format!("holds only below {}", listed.entry.path))
        })
    }
}

/// Why something does not block.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Reason {
    /// A marker in a comment.
    Inline {
        /// The marker: `stanch:allow` or another tool's.
        marker: &'static str,
        /// Its line.
        line: u32,
        /// Its reason; may be empty.
        reason: String,
    },
    /// An entry of the allow list.
    AllowList {
        /// File of the list.
        file: String,
        /// Its line there.
        line: u32,
        /// Its reason; may be empty.
        reason: String,
    },
    /// Known from before; the note of the audit.
    Baseline(String),
    /// Skipped this once, and why; may be empty.
    Skip(String),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let because = match self {
            Reason::Inline { marker, line, reason } => {
                write!(f, "allowed by {marker} on line {line}")?;
                reason
            }
            Reason::AllowList { file, line, reason } => {
                write!(f, "allowed by {file}:{line}")?;
                reason
            }
            Reason::Baseline(note) => {
                write!(f, "in the baseline")?;
                note
            }
            Reason::Skip(reason) => {
                write!(f, "skipped by STANCH_SKIP")?;
                reason
            }
        };
        if because.is_empty() { Ok(()) } else { write!(f, ": {because}") }
    }
}

/// A finding, reduced to the places that one reason allows.
#[derive(Debug, Clone)]
pub struct Allowed {
    /// With only those places.
    pub finding: Finding,
    /// Why.
    pub reason: Reason,
}

/// An allow that does nothing, or not what its author meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stale {
    /// Where it stands.
    pub file: BString,
    /// 1-based.
    pub line: u32,
    /// For a person.
    pub why: String,
    /// Only means something after a look at everything: the entry was not needed.
    pub is_unused: bool,
    /// An entry that `stanch allow --prune` takes out of the settings; anything else is for its author to correct.
    pub is_pruned: bool,
}

/// What is left, and what is not.
#[derive(Debug, Default)]
pub struct Split {
    /// With the places that nothing allows.
    pub blocking: Vec<Finding>,
    /// What is allowed, and why.
    pub allowed: Vec<Allowed>,
    /// For `doctor` and `--strict`.
    pub stale: Vec<Stale>,
    /// Why allows that were meant for findings do not count, each once.
    pub hints: Vec<Hint>,
    /// Said once a run.
    pub notes: Vec<String>,
}

/// Holds the findings against all that may allow them.
pub fn apply(findings: Vec<Finding>, with: &Allowances<'_>) -> Split {
    let mut judge = Judge::new(with, &findings);
    for finding in findings {
        judge.finding(finding);
    }
    judge.finish()
}

pub(super) struct Judge<'a> {
    pub(super) with: &'a Allowances<'a>,
    /// What was seen, and the findings, should the caller have left them out.
    pub(super) seen: Sights,
    /// The findings' places.
    pub(super) new: Sights,
    /// The markers, by line.
    pub(super) marks: Marks<'a>,
    split: Split,
    used_entries: HashSet<usize>,
    pub(super) hints: Hints,
    pub(super) used_markers: HashSet<MarkerAt>,
    /// How many values a marker could mean.
    pub(super) meant: HashMap<MarkerAt, usize>,
    /// By file and wording: how many new values the markers of that wording could mean.
    pub(super) values_of: HashMap<usize, HashMap<&'a [u8], usize>>,
    /// By value and path: the marker that a later commit put to it.
    pub(super) later: HashMap<(String, BString), Option<MarkerAt>>,
    used_skips: HashSet<usize>,
}

/// The rules and fingerprints by which a finding may have been allowed: its own, and those it had before the text around
/// it, or another place of it, came to name whose it is.
struct Names<'f> {
    finding: &'f Finding,
    /// Made only when somebody asks beyond its own: a fingerprint for each generic rule.
    earlier: OnceCell<Vec<(&'static str, String)>>,
}

impl<'f> Names<'f> {
    fn of(finding: &'f Finding) -> Self {
        Names { finding, earlier: OnceCell::new() }
    }

    fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        let own = (self.finding.rule.id, self.finding.fingerprint.as_str());
        let earlier = std::iter::once_with(|| self.earlier()).flatten();
        std::iter::once(own).chain(earlier.map(|(rule, name)| (*rule, name.as_str())))
    }

    fn earlier(&self) -> &[(&'static str, String)] {
        let rule = self.finding.rule;
        self.earlier.get_or_init(|| {
            let may_have_been = !rule.vendor.is_generic() || rule.detect.origin.is_name();
            let rules = generic_ids().iter().filter(|id| may_have_been && **id != rule.id);
            rules.map(|id| (*id, fingerprint::fingerprint(id, self.finding.secret.expose()))).collect()
        })
    }
}

/// The ids of the rules that name no vendor.
fn generic_ids() -> &'static [&'static str] {
    static IDS: OnceLock<Vec<&str>> = OnceLock::new();
    IDS.get_or_init(|| {
        let ids = embedded().indexes().map(|at| embedded().id(at));
        ids.filter(|id| id.split('-').next() == Some(GENERIC_VENDOR)).collect()
    })
}

impl<'a> Judge<'a> {
    fn new(with: &'a Allowances<'a>, findings: &[Finding]) -> Self {
        let mut new = Vec::new();
        for finding in findings {
            new.extend(finding.locations.iter().map(|location| {
                Seen::at(location, finding.rule, finding.fingerprint.clone(), finding.confidence)
            }));
        }
        let mut judge = Judge {
            with,
            seen: Sights::new(with.seen.iter().chain(&new).cloned().collect()),
            new: Sights::new(new),
            marks: Marks::new(with.markers),
            split: Split::default(),
            used_entries: HashSet::new(),
            hints: Hints::default(),
            used_markers: HashSet::new(),
            meant: HashMap::new(),
            values_of: HashMap::new(),
            later: HashMap::new(),
            used_skips: HashSet::new(),
        };
        judge.mark_used();
        judge
    }

    /// What speaks of something seen is not unused, even when what was seen is old.
    fn mark_used(&mut self) {
        for seen in self.seen.iter() {
            let naming = self.with.allow.naming(seen.rule.id, &seen.fingerprint);
            self.used_entries.extend(
                naming
                    .filter(|(_, listed)| self.with.covers(listed, &seen.path, &seen.place))
                    .map(|(at, _)| at),
            );
        }
    }

    fn finding(&mut self, mut finding: Finding) {
        let mut kept = Vec::new();
        let mut gone: Vec<(Reason, Vec<Location>)> = Vec::new();
        let mut known: HashMap<Reason, usize> = HashMap::new();
        let locations = std::mem::take(&mut finding.locations);
        let names = Names::of(&finding);
        for location in locations {
            match self.reason(&names, &location) {
                None => kept.push(location),
                Some(reason) => match known.get(&reason) {
                    Some(&at) => gone[at].1.push(location),
                    None => {
                        known.insert(reason.clone(), gone.len());
                        gone.push((reason, vec![location]));
                    }
                },
            }
        }
        for (reason, locations) in gone {
            let finding = Finding { locations, ..finding.clone() };
            self.split.allowed.push(Allowed { finding, reason });
        }
        if !kept.is_empty() {
            finding.locations = kept;
            self.split.blocking.push(finding);
        }
    }

    fn reason(&mut self, names: &Names<'_>, location: &Location) -> Option<Reason> {
        self.inline(names.finding, location)
            .or_else(|| self.listed(names, location))
            .or_else(|| self.known(names))
            .or_else(|| self.skipped(names.finding))
    }

    fn listed(&mut self, names: &Names<'_>, location: &Location) -> Option<Reason> {
        let (with, finding) = (self.with, names.finding);
        if with.allow.entries().is_empty() {
            return None;
        }
        for (at, listed) in names.iter().flat_map(|(rule, name)| with.allow.naming(rule, name)) {
            if let Some(why) = with.doubt(listed, location) {
                let told = || format!("the allow entry at {}:{} {why}", listed.file, listed.line);
                self.hints.add(Allow::Entry(at), finding, told);
                continue;
            }
            self.used_entries.insert(at);
            let reason = listed.entry.reason.clone();
            return Some(Reason::AllowList { file: listed.file.clone(), line: listed.line, reason });
        }
        None
    }

    fn known(&self, names: &Names<'_>) -> Option<Reason> {
        if !self.with.policy.baseline.value || self.with.baseline.is_empty() {
            return None;
        }
        let known = names.iter().find_map(|(rule, name)| self.with.baseline.find(name, rule))?;
        Some(Reason::Baseline(known.note.into()))
    }

    fn skipped(&mut self, finding: &Finding) -> Option<Reason> {
        let skip = self.with.skip?;
        let at = skip
            .items
            .iter()
            .position(|item| finding.rule.is_meant_by(item) || matches_prefix(&finding.fingerprint, item))?;
        self.used_skips.insert(at);
        let policy = self.with.policy;
        let why = match (policy.skip.value, policy.require_reason.value && skip.reason.is_empty()) {
            (false, _) => format!("STANCH_SKIP does not count: {} turns it off", policy.skip.origin),
            (_, true) => {
                format!("STANCH_SKIP gives no reason, which {} requires", policy.require_reason.origin)
            }
            _ => return Some(Reason::Skip(skip.reason.clone())),
        };
        self.hints.add(Allow::Skip, finding, || why);
        None
    }

    fn finish(mut self) -> Split {
        self.stale_entries();
        self.stale_markers();
        if let Some(skip) = self.with.skip {
            let idle = skip.items.iter().enumerate().filter(|(at, _)| !self.used_skips.contains(at));
            self.split
                .notes
                .extend(idle.map(|(_, item)| format!("STANCH_SKIP names {item}, which was not found")));
            let told = self.split.allowed.iter().filter(|one| matches!(one.reason, Reason::Skip(_)));
            let told: Vec<String> = told
                .map(|one| {
                    let first = one.finding.locations.first();
                    let place = first.map(|at| format!("{}:{}", at.path, at.line)).unwrap_or_default();
                    format!("{} at {place} {}", one.finding.rule.id, one.reason)
                })
                .collect();
            self.split.notes.extend(told);
        }
        Split { hints: self.hints.into_list(), ..self.split }
    }

    fn stale_entries(&mut self) {
        let with = self.with;
        let mut stale = |file: &str, line, why: String, is_unused, is_pruned| {
            self.split.stale.push(Stale { file: file.into(), line, why, is_unused, is_pruned });
        };
        for (at, listed) in with.allow.entries().iter().enumerate() {
            if let Some(why) = listed.entry.void(with.policy, with.today) {
                let is_over = listed.entry.until.is_some_and(|until| until < with.today);
                let why = format!("allow entry {} {why}", listed.entry.id);
                stale(&listed.file, listed.line, why, false, is_over);
            } else if !self.used_entries.contains(&at) {
                let why = format!("allow entry {} ({}) allows nothing", listed.entry.id, listed.entry.rule);
                stale(&listed.file, listed.line, why, true, true);
            }
        }
        for (twice, first) in with.allow.duplicates() {
            let why = format!("allow entry {} says again what line {} says", twice.entry.id, first.line);
            stale(&twice.file, twice.line, why, false, true);
        }
    }

    fn stale_markers(&mut self) {
        for (file_at, file) in self.with.markers.iter().enumerate() {
            for (at, marker) in file.markers.iter().enumerate() {
                let is_asked = self.marks.is_asked((file_at, at));
                let is_used = self.used_markers.contains(&(file_at, at))
                    || is_asked
                        && self.seen.on(file, &marker.applies_to).any(|seen| speaks_of(marker, seen.rule));
                let why = match marker.kind {
                    Kind::Faulty(why) => format!("the stanch:allow marker {why}"),
                    // Another tool may well see something here that we do not.
                    Kind::Foreign(_) => continue,
                    Kind::Own if !is_asked => format!("the stanch:allow marker {CROWDED}"),
                    Kind::Own if is_used => continue,
                    Kind::Own => match &marker.rule {
                        Some(rule) => format!("stanch:allow {rule} hides nothing"),
                        None => continue,
                    },
                };
                let is_unused = marker.kind == Kind::Own && is_asked;
                let (file, line) = (file.path.clone(), marker.line);
                self.split.stale.push(Stale { file, line, why, is_unused, is_pruned: false });
            }
        }
    }
}

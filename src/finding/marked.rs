//! Which finding a marker hides: exactly one, or none.
//!
//! A marker that names no value must be alone with its finding, and must have come with it. What cannot
//! be decided stays, and the reason becomes a hint.

use std::collections::{HashMap, HashSet};

use super::fingerprint::{matches_prefix, short};
use super::hint::Allow;
use super::inline::{Kind, Marker};
use super::sights::{MarkerAt, Sights};
use super::suppress::{FileMarkers, Judge, Reason, Seen};
use super::{Finding, Location};
use crate::catalogue::Rule;
use crate::config::{InlineMode, PolicyRules};
use crate::source::Place;

impl<'a> Judge<'a> {
    pub(super) fn inline(&mut self, finding: &Finding, location: &Location) -> Option<Reason> {
        let with = self.with;
        for of in self.marks.on(&location.path, &location.place, location.line, location.end_line) {
            let marker = self.marker(of);
            if !speaks_of(marker, finding.rule) {
                continue;
            }
            match self.counts(of, finding).and_then(|()| self.is_of_this_value(of)) {
                Ok(()) => return Some(self.marked(of)),
                Err(doubt) => self.hints.add(Allow::Marker(of.0, of.1), finding, || {
                    format!("the marker on line {} {}", marker.line, doubt.told(with.policy, finding))
                }),
            }
        }
        self.marked_later(finding, location)
    }

    fn marked(&mut self, of: MarkerAt) -> Reason {
        self.used_markers.insert(of);
        let marker = self.marker(of);
        let name = match marker.kind {
            Kind::Foreign(name) => name,
            _ => "stanch:allow",
        };
        Reason::Inline { marker: name, line: marker.line, reason: marker.reason.clone() }
    }

    /// A later commit of the same run put a marker to this very value: what was pushed without it would
    /// otherwise have to be rewritten.
    fn marked_later(&mut self, finding: &Finding, location: &Location) -> Option<Reason> {
        if self.with.markers.is_empty() || !matches!(location.place, Place::Commit { .. }) {
            return None;
        }
        // The same for all places of a value in a file.
        let value = (finding.fingerprint.clone(), location.path.clone());
        let later = match self.later.get(&value) {
            Some(known) => *known,
            None => {
                let later = self.later_marker(finding, location);
                self.later.insert(value, later);
                later
            }
        };
        later.map(|of| self.marked(of))
    }

    fn later_marker(&mut self, finding: &Finding, location: &Location) -> Option<MarkerAt> {
        let is_same = |seen: &&Seen| seen.rule.id == finding.rule.id && seen.path == location.path;
        let all = self.seen.of_value(&finding.fingerprint).filter(is_same);
        let all: Vec<_> = all
            .flat_map(|seen| self.marks.on(&seen.path, &seen.place, seen.line, seen.end_line))
            .filter(|&(file, at)| self.with.markers[file].added.get(at).is_some_and(|added| *added > 0))
            .collect();
        all.into_iter()
            .find(|of| speaks_of(self.marker(*of), finding.rule) && self.counts(*of, finding).is_ok())
    }

    /// Whether a marker that speaks of a place and rule may hide this finding there.
    fn counts(&mut self, of: MarkerAt, finding: &Finding) -> Result<(), Doubt> {
        let (policy, marker) = (self.with.policy, self.marker(of));
        let is_own = match marker.kind {
            Kind::Faulty(why) => return Err(Doubt::Faulty(why)),
            Kind::Own => true,
            Kind::Foreign(_) => false,
        };
        if policy.inline.value == InlineMode::Forbid {
            return Err(Doubt::Forbidden);
        }
        if policy.inline.value == InlineMode::Bound && marker.bound.is_none() {
            return Err(Doubt::Unbound);
        }
        if !is_own && !policy.foreign_markers.value {
            return Err(Doubt::Foreign);
        }
        if policy.require_reason.value && marker.reason.is_empty() {
            return Err(Doubt::NoReason);
        }
        match &marker.bound {
            Some(bound) if matches_prefix(&finding.fingerprint, bound) => Ok(()),
            Some(_) => Err(Doubt::OtherValue),
            None => match self.meant_by(of) {
                0 | 1 => Ok(()),
                many => Err(Doubt::Many(many)),
            },
        }
    }

    /// How many values a marker could mean. It hides one finding: where it could mean two, it hides none.
    fn meant_by(&mut self, of: MarkerAt) -> usize {
        let with = self.with;
        let seen = &self.seen;
        *self.meant.entry(of).or_insert_with(|| {
            let file = &with.markers[of.0];
            at_stake(&values(covered(seen, file, &file.markers[of.1])))
        })
    }

    /// A marker without a value was written for the one that came with it. Each that the change adds
    /// speaks for one new value; one that stood there before speaks for none.
    fn is_of_this_value(&mut self, (file_at, at): MarkerAt) -> Result<(), Doubt> {
        let with = self.with;
        let file = &with.markers[file_at];
        let marker = &file.markers[at];
        let Some(added) = file.added.get(at).filter(|_| marker.bound.is_none()) else { return Ok(()) };
        let (new, marks) = (&self.new, &self.marks);
        let of_wording = self.values_of.entry(file_at).or_insert_with(|| {
            let mut of_wording: HashMap<&[u8], HashSet<(&str, bool)>> = HashMap::new();
            for marker in marks.asked(file_at) {
                let values = values(covered(new, file, marker));
                of_wording.entry(&marker.text).or_default().extend(values);
            }
            of_wording.into_iter().map(|(text, values)| (text, at_stake(&values))).collect()
        });
        match *added < of_wording.get(marker.text.as_slice()).copied().unwrap_or(0) {
            true => Err(Doubt::Before),
            false => Ok(()),
        }
    }

    fn marker(&self, (file, at): MarkerAt) -> &'a Marker {
        &self.with.markers[file].markers[at]
    }
}

/// Why a marker that speaks of a finding does not hide it.
#[derive(Debug, Clone, Copy)]
enum Doubt {
    /// It is none; why.
    Faulty(&'static str),
    /// The policy wants none.
    Forbidden,
    /// The policy wants it to name the value.
    Unbound,
    /// The policy wants none of other tools.
    Foreign,
    /// The policy wants a reason.
    NoReason,
    /// It names another value.
    OtherValue,
    /// It could mean so many.
    Many(usize),
    /// It stood there before.
    Before,
}

impl Doubt {
    fn told(self, policy: &PolicyRules, finding: &Finding) -> String {
        let bound = |why: String| {
            let id = short(&finding.fingerprint);
            format!(
                "{why}; if this value is fine, write stanch:allow {}#{id} and the reason",
                finding.rule.id
            )
        };
        match self {
            Doubt::Faulty(why) => why.to_owned(),
            Doubt::Forbidden => format!("does not count: {} forbids inline markers", policy.inline.origin),
            Doubt::Unbound => bound(format!("does not count: {} asks for the value", policy.inline.origin)),
            Doubt::Foreign => {
                format!("does not count: {} turns other tools' off", policy.foreign_markers.origin)
            }
            Doubt::NoReason => format!("gives no reason, which {} requires", policy.require_reason.origin),
            Doubt::OtherValue => bound("is bound to another value".to_owned()),
            Doubt::Many(many) => {
                format!("could mean any of {many} findings and so hides none; allow the value instead")
            }
            Doubt::Before => bound("was there before this value and speaks for another".to_owned()),
        }
    }
}

/// The values of what was seen, and whether each blocks.
fn values<'s>(seen: impl Iterator<Item = &'s Seen>) -> HashSet<(&'s str, bool)> {
    seen.map(|seen| (seen.fingerprint.as_str(), seen.blocks)).collect()
}

/// How many values a marker could mean. Notes never block: they count only among themselves.
fn at_stake(values: &HashSet<(&str, bool)>) -> usize {
    let blocking = values.iter().filter(|(_, blocks)| *blocks).count();
    if blocking > 0 { blocking } else { values.len() }
}

/// What of `seen` a marker speaks of.
fn covered<'s>(
    seen: &'s Sights,
    file: &'s FileMarkers,
    marker: &'s Marker,
) -> impl Iterator<Item = &'s Seen> {
    seen.on(file, &marker.applies_to).filter(|seen| speaks_of(marker, seen.rule))
}

pub(super) fn overlaps(marker: &Marker, line: u32, end_line: u32) -> bool {
    *marker.applies_to.start() <= end_line.max(line) && line <= *marker.applies_to.end()
}

/// Whether a marker means findings of this rule. One of another tool names no rule of ours: it means any.
pub(super) fn speaks_of(marker: &Marker, rule: &Rule) -> bool {
    marker.rule.as_deref().is_none_or(|id| rule.is_meant_by(id))
}

//! Which finding a marker hides: exactly one, or none.
//!
//! A marker that names no value must be alone with its finding, and must have come with it. What cannot
//! be decided stays, and the reason becomes a hint.

use std::collections::HashSet;

use super::fingerprint::{matches_prefix, short};
use super::inline::{Kind, Marker};
use super::sights::Sights;
use super::suppress::{FileMarkers, Judge, Reason, Seen};
use super::{Finding, Location};
use crate::catalogue::Rule;
use crate::config::InlineMode;
use crate::source::Place;

impl Judge<'_> {
    pub(super) fn inline(&mut self, finding: &Finding, location: &Location) -> Option<Reason> {
        let with = self.with;
        for (file_at, at) in self.marks.on(&location.path, &location.place, location.line, location.end_line)
        {
            let file = &with.markers[file_at];
            let marker = &file.markers[at];
            if !speaks_of(marker, finding.rule) {
                continue;
            }
            let counts = self.counts(file, marker, finding);
            match counts.and_then(|()| self.is_of_this_value(file_at, at)) {
                Ok(()) => return Some(self.marked(file_at, at)),
                Err(why) => {
                    let hint = format!("the marker on line {} {}", marker.line, why.told(finding));
                    self.hint(finding, hint);
                }
            }
        }
        self.marked_later(finding, location)
    }

    fn marked(&mut self, file_at: usize, at: usize) -> Reason {
        self.used_markers.insert((file_at, at));
        let marker = &self.with.markers[file_at].markers[at];
        let name = match marker.kind {
            Kind::Foreign(name) => name,
            _ => "stanch:allow",
        };
        Reason::Inline { marker: name, line: marker.line, reason: marker.reason.clone() }
    }

    /// A later commit of the same run put a marker to this very value: what was pushed without it would
    /// otherwise have to be rewritten.
    fn marked_later(&mut self, finding: &Finding, location: &Location) -> Option<Reason> {
        let with = self.with;
        if with.markers.is_empty() || !matches!(location.place, Place::Commit { .. }) {
            return None;
        }
        let is_same = |seen: &&Seen| seen.rule.id == finding.rule.id && seen.path == location.path;
        let found = self.seen.of_value(&finding.fingerprint).filter(is_same).find_map(|seen| {
            let all = self.marks.on(&seen.path, &seen.place, seen.line, seen.end_line);
            all.into_iter().find(|&(file_at, at)| {
                let file = &with.markers[file_at];
                let marker = &file.markers[at];
                speaks_of(marker, finding.rule)
                    && file.added.get(at).is_some_and(|added| *added > 0)
                    && self.counts(file, marker, finding).is_ok()
            })
        })?;
        Some(self.marked(found.0, found.1))
    }

    /// Whether a marker that speaks of a place and rule may hide this finding there.
    fn counts(&self, file: &FileMarkers, marker: &Marker, finding: &Finding) -> Result<(), Doubt> {
        let policy = self.with.policy;
        let is_own = match marker.kind {
            Kind::Faulty(why) => return Err(Doubt::Said(why.into())),
            Kind::Own => true,
            Kind::Foreign(_) => false,
        };
        let said = |why: String| Err(Doubt::Said(why));
        if policy.inline.value == InlineMode::Forbid {
            return said(format!("does not count: {} forbids inline markers", policy.inline.origin));
        }
        if policy.inline.value == InlineMode::Bound && marker.bound.is_none() {
            return Err(Doubt::Unbound(format!(
                "does not count: {} asks for the value",
                policy.inline.origin
            )));
        }
        if !is_own && !policy.foreign_markers.value {
            return said(format!("does not count: {} turns other tools' off", policy.foreign_markers.origin));
        }
        if policy.require_reason.value && marker.reason.is_empty() {
            return said(format!("gives no reason, which {} requires", policy.require_reason.origin));
        }
        match &marker.bound {
            Some(bound) if matches_prefix(&finding.fingerprint, bound) => Ok(()),
            Some(_) => Err(Doubt::Unbound("is bound to another value".into())),
            None => self.is_alone(file, marker),
        }
    }

    /// A marker hides one finding. Where it could mean two, it hides none.
    fn is_alone(&self, file: &FileMarkers, marker: &Marker) -> Result<(), Doubt> {
        let meant: HashSet<(&str, bool)> =
            covered(&self.seen, file, marker).map(|seen| (seen.fingerprint.as_str(), seen.blocks)).collect();
        match at_stake(&meant) {
            0 | 1 => Ok(()),
            many => Err(Doubt::Said(format!(
                "could mean any of {many} findings and so hides none; allow the value instead"
            ))),
        }
    }

    /// A marker without a value was written for the one that came with it. Each that the change adds
    /// speaks for one new value; one that stood there before speaks for none.
    fn is_of_this_value(&mut self, file_at: usize, at: usize) -> Result<(), Doubt> {
        let with = self.with;
        let file = &with.markers[file_at];
        let marker = &file.markers[at];
        let Some(added) = file.added.get(at).filter(|_| marker.bound.is_none()) else { return Ok(()) };
        let new = &self.new;
        let values = *self.values_of.entry((file_at, &marker.text)).or_insert_with(|| {
            let alike = file.markers.iter().filter(|other| other.text == marker.text);
            let values: HashSet<(&str, bool)> = alike
                .flat_map(|marker| covered(new, file, marker))
                .map(|seen| (seen.fingerprint.as_str(), seen.blocks))
                .collect();
            at_stake(&values)
        });
        match *added < values {
            true => Err(Doubt::Unbound("was there before this value and speaks for another".into())),
            false => Ok(()),
        }
    }
}

/// Why a marker that speaks of a finding does not hide it.
enum Doubt {
    /// In words.
    Said(String),
    /// The same, and one that names the value would.
    Unbound(String),
}

impl Doubt {
    fn told(self, finding: &Finding) -> String {
        match self {
            Doubt::Said(why) => why,
            Doubt::Unbound(why) => {
                let id = short(&finding.fingerprint);
                format!(
                    "{why}; if this value is fine, write stanch:allow {}#{id} and the reason",
                    finding.rule.id
                )
            }
        }
    }
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

//! Why an allow that was meant for a finding does not hide it: told once for each allow, however many findings it was
//! meant for.

use std::collections::HashMap;
use std::fmt;

use super::Finding;
use super::fingerprint::short;

/// What does not hide a finding that it was meant for. For each there is one reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Allow {
    /// A marker: the number of its file, and its own there.
    Marker(usize, usize),
    /// An entry of the allow list, by number.
    Entry(usize),
    /// `STANCH_SKIP`.
    Skip,
}

/// An allow that does not count. Reads as a line for a person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hint {
    /// Fingerprint of the first finding that it was meant for.
    pub first: String,
    /// Of how many findings it speaks.
    pub findings: usize,
    /// Which allow, and why.
    pub why: String,
    /// Fingerprint of the last of the findings, which come one after the other.
    last: String,
}

impl fmt::Display for Hint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", short(&self.first))?;
        if self.findings > 1 {
            write!(f, " and {} more", self.findings - 1)?;
        }
        write!(f, ": {}", self.why)
    }
}

/// Lines that are told of hints at most: each finding has its own way out in its card.
const TOLD: usize = 10;

/// What is told of the hints of a run.
pub fn told(hints: &[Hint]) -> impl Iterator<Item = String> + '_ {
    let more = hints.len().saturating_sub(TOLD);
    let rest = (more > 0).then(|| format!("{more} more allows do not count for what they were meant for"));
    hints.iter().take(TOLD).map(Hint::to_string).chain(rest)
}

/// The hints of a run, in the order of what they were first meant for.
#[derive(Debug, Default)]
pub(super) struct Hints {
    list: Vec<Hint>,
    known: HashMap<Allow, usize>,
}

impl Hints {
    /// Notes that `allow` does not hide `finding`. Findings come one after the other; `why` is asked once for an allow.
    pub(super) fn add(&mut self, allow: Allow, finding: &Finding, why: impl FnOnce() -> String) {
        let id = &finding.fingerprint;
        match self.known.get(&allow) {
            Some(&at) => {
                let hint = &mut self.list[at];
                if hint.last != *id {
                    hint.findings += 1;
                    hint.last.clone_from(id);
                }
            }
            None => {
                self.known.insert(allow, self.list.len());
                self.list.push(Hint { first: id.clone(), findings: 1, why: why(), last: id.clone() });
            }
        }
    }

    pub(super) fn into_list(self) -> Vec<Hint> {
        self.list
    }
}

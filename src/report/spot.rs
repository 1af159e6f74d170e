//! What the formats that list places have in common: each place with a name of its own, and words.

use std::collections::HashMap;

use super::{Card, Run};
use crate::escape::visible_bytes;
use crate::finding::{Excerpt, Finding, Location, fingerprint};
use crate::source::Place;

/// One place of one finding.
pub(super) struct Spot<'r> {
    /// The finding.
    pub(super) card: &'r Card<'r>,
    /// The place.
    pub(super) place: &'r Location,
    /// Names the place within its file, see [`Names`].
    pub(super) name: String,
    /// Whether the finding blocks.
    pub(super) blocks: bool,
}

impl Spot<'_> {
    /// A UUID for the place.
    pub(super) fn uuid(&self) -> String {
        fingerprint::uuid(&format!("{}\0{}", self.name, visible_bytes(&self.place.path)))
    }
}

/// Every place of every finding, worst finding first.
pub(super) fn spots<'r>(run: &'r Run<'_>) -> Vec<Spot<'r>> {
    let mut names = Names::default();
    let cards =
        run.blocking.iter().map(|card| (card, true)).chain(run.notes.iter().map(|card| (card, false)));
    let mut spots = Vec::new();
    for (card, blocks) in cards {
        for place in &card.finding.locations {
            spots.push(Spot { card, place, name: names.name(card.finding, place), blocks });
        }
    }
    spots
}

/// Gives places names that do not move with the lines and say nothing of the secret: a digest of the
/// rule and the redacted line, and a running number for lines of a file that are the same.
#[derive(Default)]
pub(super) struct Names(HashMap<(Vec<u8>, String), u32>);

impl Names {
    pub(super) fn name(&mut self, finding: &Finding, place: &Location) -> String {
        let line = fingerprint::of_line(finding.rule.id, &place.excerpt);
        let number = self.0.entry((place.path.to_vec(), line.clone())).or_insert(0);
        *number += 1;
        format!("{line}:{number}")
    }
}

/// What was found and why, in one sentence or two; for one line of text.
pub(super) fn message(finding: &Finding) -> String {
    let why = finding.why.join("; ");
    if why.is_empty() { finding.rule.name.to_owned() } else { format!("{}: {why}", finding.rule.name) }
}

/// How to revoke, as numbered lines.
pub(super) fn revoke(card: &Card<'_>) -> String {
    let steps = card.advice.revoke.iter().enumerate();
    steps.map(|(at, step)| format!("{}. {step}", at + 1)).collect::<Vec<_>>().join("\n")
}

/// The excerpt, or the redacted secret where there is none.
pub(super) fn extract(finding: &Finding, excerpt: &Excerpt) -> String {
    if excerpt.text.is_empty() { finding.secret.redacted() } else { excerpt.text.clone() }
}

/// The commit that a place is in.
pub(super) fn commit(place: &Place) -> Option<&str> {
    match place.root() {
        Place::Commit { id } | Place::Message { id } if !id.is_empty() => Some(id),
        _ => None,
    }
}

/// Whether a place is in no file: a message, the name of a reference, a content that has no name, standard input
/// without a name.
pub(super) fn is_nowhere(place: &Location) -> bool {
    match place.place.root() {
        Place::Message { .. } => true,
        Place::GitFile => place.file().starts_with(b"refs/"),
        Place::Object { .. } => place.file().starts_with(b"blob "),
        Place::Stdin => *place.file() == b"stdin",
        _ => false,
    }
}

/// At most `most` characters, for platforms that refuse more.
pub(super) fn shortened(text: &str, most: usize) -> String {
    match text.char_indices().nth(most - 1) {
        Some((at, _)) if text.chars().count() > most => format!("{}…", &text[..at]),
        _ => text.to_owned(),
    }
}

/// A path as web platforms want it: from the root of the repository, no `./` before it.
pub(super) fn relative(path: &[u8]) -> String {
    visible_bytes(path.strip_prefix(b"./").unwrap_or(path))
}

/// A time in seconds since 1970 as `2026-11-25T22:05:09`, UTC.
pub(super) fn time(unix: u64) -> String {
    let (hours, minutes, seconds) = (unix / 3600 % 24, unix / 60 % 60, unix % 60);
    format!("{}T{hours:02}:{minutes:02}:{seconds:02}", crate::finding::date::Date::from_unix(unix))
}

#[cfg(test)]
mod tests {
    use super::{relative, time};

    #[test]
    fn times_are_written_in_full() {
        assert_eq!(time(0), "1970-01-01T00:00:00");
        assert_eq!(time(1_800_000_000), "2027-01-15T08:00:00");
    }

    #[test]
    fn paths_start_at_the_root() {
        assert_eq!(relative(b"./a/b.py"), "a/b.py");
        assert_eq!(relative(b".env"), ".env");
    }
}

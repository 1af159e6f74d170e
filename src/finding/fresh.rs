//! Is a secret new? It is when the change adds to the number of places it stands in.
//!
//! Counting instead of comparing lines makes the answer independent of diff algorithms and of their
//! configuration: an old secret on an untouched line, on a line that moved or was edited elsewhere, or
//! in a renamed file stays old; a second copy is new. In a merge a secret is new only if it is new
//! against every parent.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use anyhow::Result;
use bstr::{BStr, BString, ByteSlice};

use super::tally::Tally;
use crate::engine;
use crate::source::{Flow, Place, SEPARATOR, Source};

/// A secret, or a marker, that was seen in the new version of a file.
#[derive(Debug, Clone)]
pub struct Sighting {
    /// In which change.
    pub place: Place,
    /// In which file.
    pub path: BString,
    /// What to count, see [`needle`].
    pub needle: Vec<u8>,
    /// How often that stands in the new version and in its name.
    pub count: usize,
}

/// The part of a secret as written that is counted: its longest stretch without white space, so that
/// line endings and indentation do not matter.
pub fn needle(raw: &[u8]) -> &[u8] {
    raw.split(|b| b.is_ascii_whitespace()).max_by_key(|part| part.len()).unwrap_or(raw)
}

/// How often `needle` stands in `text`.
pub fn count(text: &[u8], needle: &[u8]) -> usize {
    if needle.is_empty() { 0 } else { memchr::memmem::find_iter(text, needle).count() }
}

/// The part of a path that names the file itself: of a member of an archive, what stands behind the archive's name.
pub fn own_name(path: &BStr) -> Range<usize> {
    path.rfind(SEPARATOR).map_or(0, |at| at + SEPARATOR.len())..path.len()
}

/// How often each needle stands in a file and in its name; those that do.
pub fn in_file(needles: &Tally<'_>, path: &BStr, text: &[u8]) -> HashMap<Vec<u8>, usize> {
    let mut counts: HashMap<Vec<u8>, usize> = HashMap::new();
    for (needle, count) in needles.count(text).into_iter().chain(needles.count(&path[own_name(path)])) {
        *counts.entry(needle.to_vec()).or_default() += count;
    }
    counts
}

/// What a change adds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Added {
    /// For each secret that was seen, whether the change adds it.
    pub secrets: Vec<bool>,
    /// For each marker that was seen, how often its file has it more than before; all of them count where
    /// there is no before.
    pub markers: Vec<usize>,
}

/// What of the sightings their changes add. Reads old versions, and only of changes with sightings.
///
/// # Errors
/// When an old version cannot be read.
pub fn added(source: &mut dyn Source, secrets: &[Sighting], markers: &[Sighting]) -> Result<Added> {
    // A secret may move between a text and an archive of the same change.
    let mut places: Vec<&Place> = Vec::new();
    let mut by_place: HashMap<&Place, (Vec<usize>, Vec<usize>)> = HashMap::new();
    for (at, sighting) in secrets.iter().enumerate() {
        let place = sighting.place.root();
        let (here, _) = by_place.entry(place).or_insert_with(|| {
            places.push(place);
            Default::default()
        });
        here.push(at);
    }
    for (at, marker) in markers.iter().enumerate() {
        if let Some((_, marked)) = by_place.get_mut(marker.place.root()) {
            marked.push(at);
        }
    }
    let mut added =
        Added { secrets: vec![true; secrets.len()], markers: markers.iter().map(|one| one.count).collect() };
    for place in places {
        let Some((here, marked)) = by_place.remove(place) else { continue };
        for parent in 0..source.parents(place) {
            let seen = here.iter().map(|&i| &secrets[i]).chain(marked.iter().map(|&i| &markers[i]));
            let old = old_counts(source, place, parent, seen)?;
            for (&at, fresh) in here.iter().zip(against(&old, &here, secrets)) {
                added.secrets[at] &= fresh;
            }
            for &at in &marked {
                let more = markers[at].count.saturating_sub(old.in_file_or_its_namesake(&markers[at]));
                added.markers[at] = added.markers[at].min(more);
            }
        }
    }
    Ok(added)
}

/// Occurrences in old versions.
#[derive(Default)]
struct Counts {
    /// Of each needle in all.
    total: HashMap<Vec<u8>, usize>,
    /// Of each needle in each path.
    by_path: HashMap<(Vec<u8>, BString), usize>,
    /// Every path that has an old version.
    paths: HashSet<BString>,
}

impl Counts {
    /// Occurrences in the old version of the file. One that has none may have come from another folder:
    /// then those of a file with its name count.
    fn in_file_or_its_namesake(&self, sighting: &Sighting) -> usize {
        if self.paths.contains(&sighting.path) {
            let key = (sighting.needle.clone(), sighting.path.clone());
            return self.by_path.get(&key).copied().unwrap_or(0);
        }
        let name = |path: &BString| path.rsplit(|&b| b == b'/').next().map(<[u8]>::to_vec);
        let own = name(&sighting.path);
        let alike = self.by_path.iter();
        let alike = alike.filter(|((needle, path), _)| *needle == sighting.needle && name(path) == own);
        alike.map(|(_, count)| *count).max().unwrap_or(0)
    }
}

fn old_counts<'s>(
    source: &mut dyn Source,
    place: &Place,
    parent: usize,
    sightings: impl Iterator<Item = &'s Sighting>,
) -> Result<Counts> {
    let needles = Tally::new(sightings.map(|s| &*s.needle));
    let mut counts = Counts::default();
    source.replaced(place, parent, &mut |path: &BStr, bytes: &[u8]| {
        let text = engine::as_text(bytes);
        counts.paths.insert(path.to_owned());
        for (needle, found) in in_file(&needles, path, &text) {
            *counts.total.entry(needle.clone()).or_default() += found;
            *counts.by_path.entry((needle, path.to_owned())).or_default() += found;
        }
        Ok(Flow::Continue)
    })?;
    Ok(counts)
}

fn against(old: &Counts, here: &[usize], sightings: &[Sighting]) -> Vec<bool> {
    let mut total: HashMap<&[u8], usize> = HashMap::new();
    let mut counted: HashSet<(&[u8], &BString)> = HashSet::new();
    for &at in here {
        let sighting = &sightings[at];
        // Several findings may share a needle and a file; the file's occurrences count once.
        if counted.insert((&sighting.needle, &sighting.path)) {
            *total.entry(&sighting.needle).or_default() += sighting.count;
        }
    }
    let grows = |at: &usize| {
        let sighting = &sightings[*at];
        let before = old.total.get(&sighting.needle).copied().unwrap_or(0);
        let in_file =
            old.by_path.get(&(sighting.needle.clone(), sighting.path.clone())).copied().unwrap_or(0);
        total[&*sighting.needle] > before && sighting.count > in_file
    };
    here.iter().map(grows).collect()
}

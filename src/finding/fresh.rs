//! Is a secret new? It is when the change adds to the number of places it stands in.
//!
//! Counting instead of comparing lines makes the answer independent of diff algorithms and of their
//! configuration: an old secret on an untouched line, on a line that moved or was edited elsewhere, or
//! in a renamed file stays old; a second copy is new. In a merge a secret is new only if it is new
//! against every parent.

use std::collections::HashMap;

use anyhow::Result;
use bstr::{BStr, BString};

use crate::engine;
use crate::source::{Flow, Place, Source};

/// A secret that was seen in the new version of a file.
#[derive(Debug, Clone)]
pub struct Sighting {
    /// In which change.
    pub place: Place,
    /// In which file.
    pub path: BString,
    /// What to count, see [`needle`].
    pub needle: Vec<u8>,
    /// How often that stands in the new version.
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

/// For each sighting, whether its change adds it. Reads old versions, and only of changes with sightings.
///
/// # Errors
/// When an old version cannot be read.
pub fn added(source: &mut dyn Source, sightings: &[Sighting]) -> Result<Vec<bool>> {
    let mut places: Vec<&Place> = Vec::new();
    for sighting in sightings {
        if !places.contains(&&sighting.place) {
            places.push(&sighting.place);
        }
    }
    let mut new = vec![true; sightings.len()];
    for place in places {
        let here: Vec<usize> = (0..sightings.len()).filter(|&i| sightings[i].place == *place).collect();
        for parent in 0..source.parents(place) {
            let old = old_counts(source, place, parent, here.iter().map(|&i| &sightings[i]))?;
            for (&at, fresh) in here.iter().zip(against(&old, &here, sightings)) {
                new[at] &= fresh;
            }
        }
    }
    Ok(new)
}

/// Occurrences in old versions: of each needle in all, and in each path.
type Counts = (HashMap<Vec<u8>, usize>, HashMap<(Vec<u8>, BString), usize>);

fn old_counts<'s>(
    source: &mut dyn Source,
    place: &Place,
    parent: usize,
    sightings: impl Iterator<Item = &'s Sighting>,
) -> Result<Counts> {
    let mut needles: Vec<&[u8]> = sightings.map(|s| &*s.needle).collect();
    needles.sort_unstable();
    needles.dedup();
    let mut counts = Counts::default();
    source.replaced(place, parent, &mut |path: &BStr, bytes: &[u8]| {
        let text = engine::as_text(bytes);
        for needle in &needles {
            let found = count(&text, needle);
            if found > 0 {
                *counts.0.entry(needle.to_vec()).or_default() += found;
                *counts.1.entry((needle.to_vec(), path.to_owned())).or_default() += found;
            }
        }
        Ok(Flow::Continue)
    })?;
    Ok(counts)
}

fn against(old: &Counts, here: &[usize], sightings: &[Sighting]) -> Vec<bool> {
    let mut total: HashMap<&[u8], usize> = HashMap::new();
    let mut counted: Vec<(&[u8], &BString)> = Vec::new();
    for &at in here {
        let sighting = &sightings[at];
        // Several findings may share a needle and a file; the file's occurrences count once.
        if !counted.contains(&(&*sighting.needle, &sighting.path)) {
            counted.push((&sighting.needle, &sighting.path));
            *total.entry(&sighting.needle).or_default() += sighting.count;
        }
    }
    let grows = |at: &usize| {
        let sighting = &sightings[*at];
        let before = old.0.get(&sighting.needle).copied().unwrap_or(0);
        let in_file = old.1.get(&(sighting.needle.clone(), sighting.path.clone())).copied().unwrap_or(0);
        total[&*sighting.needle] > before && sighting.count > in_file
    };
    here.iter().map(grows).collect()
}

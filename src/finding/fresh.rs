//! Is a secret new? It is when the change adds to the number of places it stands in.
//!
//! Counting instead of comparing lines makes the answer independent of diff algorithms and of their
//! configuration: an old secret on an untouched line, on a line that moved or was edited elsewhere, or
//! in a renamed file stays old; a second copy is new. In a merge a secret is new only if it is new
//! against every parent.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

use anyhow::Result;
use bstr::{BStr, BString, ByteSlice};

use super::frame::Frame;
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

/// A marker that was seen in the new version of a file.
#[derive(Debug, Clone)]
pub struct Marking {
    /// Its words, and where.
    pub sighting: Sighting,
    /// What it is known again by in another file, and what to count of the secrets there.
    pub frames: Vec<(Frame, Vec<u8>)>,
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
    /// For each marker that was seen, how often its file has it more than before, without those that came with their
    /// lines from another file; all of them count where there is no before.
    pub markers: Vec<usize>,
}

/// What of the sightings their changes add. Reads old versions, and only of changes with sightings.
///
/// # Errors
/// When an old version cannot be read.
pub fn added(source: &mut dyn Source, secrets: &[Sighting], markers: &[Marking]) -> Result<Added> {
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
        if let Some((_, marked)) = by_place.get_mut(marker.sighting.place.root()) {
            marked.push(at);
        }
    }
    let mut added = Added {
        secrets: vec![true; secrets.len()],
        markers: markers.iter().map(|one| one.sighting.count).collect(),
    };
    for place in places {
        let Some((here, marked)) = by_place.remove(place) else { continue };
        for parent in 0..source.parents(place) {
            let frames = Framed::new(marked.iter().map(|&i| &markers[i]));
            let seen = here.iter().map(|&i| &secrets[i]).chain(marked.iter().map(|&i| &markers[i].sighting));
            let old = old_counts(source, place, parent, seen, &frames)?;
            let fresh = against(&old, &here, secrets);
            let second = here.iter().zip(&fresh).filter(|(at, fresh)| {
                // The value was there before, and so was its marker.
                **fresh && old.total.contains_key(&secrets[**at].needle)
            });
            let copies = second.map(|(&at, _)| (&*secrets[at].needle, &secrets[at].path)).collect();
            let lost = frames.lost(source, place, &old)?;
            let came = frames.came(marked.iter().map(|&i| &markers[i]), &lost, &copies);
            for (&at, fresh) in here.iter().zip(fresh) {
                added.secrets[at] &= fresh;
            }
            for &at in &marked {
                let marker = &markers[at].sighting;
                let came = came[&(marker.needle.as_slice(), &marker.path)];
                let more = marker.count.saturating_sub(old.of_marker(marker, came));
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
    /// Of each frame in each path that has some.
    framed: HashMap<BString, Vec<usize>>,
}

impl Counts {
    /// How many markers in these words a file had before or got from others, `came` of them with their lines. A file
    /// without an old version may have come from another folder: then those of a file with its name count.
    fn of_marker(&self, sighting: &Sighting, came: usize) -> usize {
        if self.paths.contains(&sighting.path) {
            let key = (sighting.needle.clone(), sighting.path.clone());
            return self.by_path.get(&key).copied().unwrap_or(0) + came;
        }
        let name = |path: &BString| path.rsplit(|&b| b == b'/').next().map(<[u8]>::to_vec);
        let own = name(&sighting.path);
        let alike = self.by_path.iter();
        let alike = alike.filter(|((needle, path), _)| *needle == sighting.needle && name(path) == own);
        alike.map(|(_, count)| *count).max().unwrap_or(0).max(came)
    }
}

/// The frames of all markers of a change.
struct Framed<'m> {
    frames: Vec<&'m Frame>,
    at: HashMap<&'m Frame, usize>,
    /// The words of the markers: without any of them no old version has a marked line.
    words: HashSet<&'m [u8]>,
}

impl<'m> Framed<'m> {
    fn new(markers: impl Iterator<Item = &'m Marking>) -> Framed<'m> {
        let mut framed = Framed { frames: Vec::new(), at: HashMap::new(), words: HashSet::new() };
        for Marking { sighting, frames } in markers {
            framed.words.insert(&sighting.needle);
            for (frame, _) in frames {
                if let Entry::Vacant(entry) = framed.at.entry(frame) {
                    entry.insert(framed.frames.len());
                    framed.frames.push(frame);
                }
            }
        }
        framed
    }

    fn count(&self, text: &[u8]) -> Vec<usize> {
        self.frames.iter().map(|frame| frame.count(text)).collect()
    }

    /// By words and file, how many markers came with their lines from files that have `lost` those. Of a secret among
    /// `copies` there is more than before, and its marker is as new as the copy.
    fn came(
        &self,
        markers: impl Iterator<Item = &'m Marking>,
        lost: &HashMap<BString, Vec<usize>>,
        copies: &HashSet<(&[u8], &BString)>,
    ) -> HashMap<(&'m [u8], &'m BString), usize> {
        let mut came: HashMap<(&[u8], &BString), usize> = HashMap::new();
        let mut taken: HashMap<(usize, &BString), usize> = HashMap::new();
        for Marking { sighting, frames } in markers {
            let to = &sighting.path;
            let mut others = frames.iter().filter(|(_, of)| !copies.contains(&(of.as_slice(), to)));
            let has_come = others.any(|(frame, _)| {
                let at = self.at[frame];
                let from = lost.iter().filter(|(from, _)| *from != to);
                let taken = taken.entry((at, to)).or_default();
                let is_left = *taken < from.map(|(_, counts)| counts[at]).sum();
                *taken += usize::from(is_left);
                is_left
            });
            *came.entry((&sighting.needle, to)).or_default() += usize::from(has_come);
        }
        came
    }

    /// How often each frame stood in a file which has it no more.
    fn lost(
        &self,
        source: &mut dyn Source,
        place: &Place,
        old: &Counts,
    ) -> Result<HashMap<BString, Vec<usize>>> {
        let mut lost = old.framed.clone();
        for (path, counts) in &mut lost {
            source.left_at(place, path.as_ref(), &mut |_, bytes| {
                let now = self.count(&engine::as_text(bytes));
                counts.iter_mut().zip(now).for_each(|(lost, now)| *lost = lost.saturating_sub(now));
                Ok(Flow::Continue)
            })?;
        }
        Ok(lost)
    }
}

fn old_counts<'s>(
    source: &mut dyn Source,
    place: &Place,
    parent: usize,
    sightings: impl Iterator<Item = &'s Sighting>,
    frames: &Framed<'_>,
) -> Result<Counts> {
    let needles = Tally::new(sightings.map(|s| &*s.needle));
    let mut counts = Counts::default();
    source.replaced(place, parent, &mut |path: &BStr, bytes: &[u8]| {
        let text = engine::as_text(bytes);
        counts.paths.insert(path.to_owned());
        let found = in_file(&needles, path, &text);
        if found.keys().any(|needle| frames.words.contains(needle.as_slice())) {
            // A large one comes in windows.
            let framed = counts.framed.entry(path.to_owned()).or_insert_with(|| vec![0; frames.frames.len()]);
            framed.iter_mut().zip(frames.count(&text)).for_each(|(sum, more)| *sum += more);
        }
        for (needle, found) in found {
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

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

use super::frame::{Counted, Frame};
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
            let seen = here.iter().map(|&i| &secrets[i]).chain(marked.iter().map(|&i| &markers[i].sighting));
            let old = old_counts(source, place, parent, seen)?;
            let fresh = against(&old, &here, secrets);
            let second = here.iter().zip(&fresh).filter(|(at, fresh)| {
                // The value was there before, and so was its marker.
                **fresh && old.total.contains_key(&secrets[**at].needle)
            });
            let copies = second.map(|(&at, _)| (&*secrets[at].needle, &secrets[at].path)).collect();
            // Most were there before, or are known to be old already.
            let may_be_new = |at: &&usize| {
                let sighting = &markers[**at].sighting;
                added.markers[**at] > 0 && sighting.count > old.of_marker(sighting, 0)
            };
            let open: Vec<&Marking> = marked.iter().filter(may_be_new).map(|&at| &markers[at]).collect();
            let came = match open.as_slice() {
                [] => HashMap::new(),
                open => came(open, source, (place, parent), &old, &copies)?,
            };
            for (&at, fresh) in here.iter().zip(fresh) {
                added.secrets[at] &= fresh;
            }
            for &at in &marked {
                let marker = &markers[at].sighting;
                let came = came.get(&(marker.needle.as_slice(), &marker.path)).copied().unwrap_or(0);
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

/// By words and file, how many of the markers came with their lines from files that the change took those from. Of a secret
/// among `copies` there is more than before, and its marker is as new as the copy.
fn came<'m>(
    markers: &[&'m Marking],
    source: &mut dyn Source,
    (place, parent): (&Place, usize),
    old: &Counts,
    copies: &HashSet<(&[u8], &BString)>,
) -> Result<HashMap<(&'m [u8], &'m BString), usize>> {
    let mut frames = Counted::default();
    let numbers: Vec<Vec<usize>> = markers
        .iter()
        .map(|marker| marker.frames.iter().map(|(frame, _)| frames.add(frame)).collect())
        .collect();
    let lost = lost(markers, &frames, source, (place, parent), old)?;
    let mut came: HashMap<(&[u8], &BString), usize> = HashMap::new();
    let mut taken: HashMap<(usize, &BString), usize> = HashMap::new();
    for (Marking { sighting, frames }, numbers) in markers.iter().zip(&numbers) {
        let to = &sighting.path;
        let others = frames.iter().zip(numbers).filter(|((_, of), _)| !copies.contains(&(of.as_slice(), to)));
        let has_come = others.map(|(_, at)| *at).any(|at| {
            let from = lost.iter().filter(|(from, _)| *from != to);
            let taken = taken.entry((at, to)).or_default();
            let is_left = *taken < from.map(|(_, counts)| counts[at]).sum();
            *taken += usize::from(is_left);
            is_left
        });
        *came.entry((&sighting.needle, to)).or_default() += usize::from(has_come);
    }
    Ok(came)
}

/// How often each frame stood in a file which has it no more, by file: without the words of a marker no file has a marked
/// line, and what stands in its own file comes from no other.
fn lost(
    markers: &[&Marking],
    frames: &Counted<'_>,
    source: &mut dyn Source,
    (place, parent): (&Place, usize),
    old: &Counts,
) -> Result<HashMap<BString, Vec<usize>>> {
    let words: HashSet<&[u8]> = markers.iter().map(|marker| marker.sighting.needle.as_slice()).collect();
    let is_anothers = |from: &BString| markers.iter().any(|marker| marker.sighting.path != *from);
    let marked =
        old.by_path.keys().filter(|(needle, from)| words.contains(needle.as_slice()) && is_anothers(from));
    let mut lost: HashMap<BString, Vec<usize>> =
        marked.map(|(_, from)| (from.clone(), vec![0; frames.len()])).collect();
    if lost.is_empty() {
        return Ok(lost);
    }
    source.replaced(place, parent, &mut |path, bytes| {
        // A large one comes in windows.
        if let Some(counts) = lost.get_mut(path) {
            let stood = frames.count(&engine::as_text(bytes));
            counts.iter_mut().zip(stood).for_each(|(lost, more)| *lost += more);
        }
        Ok(Flow::Continue)
    })?;
    for (path, counts) in &mut lost {
        source.left_at(place, path.as_ref(), &mut |_, bytes| {
            let now = frames.count(&engine::as_text(bytes));
            counts.iter_mut().zip(now).for_each(|(lost, now)| *lost = lost.saturating_sub(now));
            Ok(Flow::Continue)
        })?;
    }
    Ok(lost)
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
        let found = in_file(&needles, path, &text);
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

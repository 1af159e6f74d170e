//! Is a secret new? It is when the change adds to the number of places it stands in.
//!
//! Counting instead of comparing lines makes the answer independent of diff algorithms and of their
//! configuration: an old secret on an untouched line, on a line that moved or was edited elsewhere, or
//! in a renamed file stays old; a second copy is new. It has moved where other files of the change lost it as
//! often as it was added: what only stands in them, seen or unseen, before and after, brings nothing. But where it would
//! not have been told it was tolerated, and nothing moves from there. In a merge a secret is new only if it is new
//! against every parent.

use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

use anyhow::Result;
use bstr::{BStr, BString, ByteSlice};

use super::frame::{Counted, Frame};
use super::tally::Tally;
use crate::engine;
use crate::order;
use crate::source::{Flow, Place, SEPARATOR, Source, VisitOld};

/// Values of fewer bytes stand in long files by chance, as part of words.
const CHANCE: usize = 16;

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
    /// Whether only a window of the file was counted, which has others.
    pub is_part: bool,
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

/// How often each needle stands in a file and in its name; those that do. Of several windows, one has the name.
pub fn in_file(needles: &Tally<'_>, name: &BStr, text: &[u8]) -> HashMap<Vec<u8>, usize> {
    let mut counts: HashMap<Vec<u8>, usize> = HashMap::new();
    for (needle, count) in needles.count(text).into_iter().chain(needles.count(&name[own_name(name)])) {
        *counts.entry(needle.to_vec()).or_default() += count;
    }
    counts
}

/// What a change adds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Added {
    /// For each secret that was seen, whether the change adds it.
    pub secrets: Vec<bool>,
    /// For each marker that was seen, how often its file has it more than before, without those that came from another
    /// file; without bound where there is no before.
    pub markers: Vec<usize>,
}

/// Says of a secret, by its number, whether it would be told of at a path.
pub type IsTold<'t> = dyn Fn(usize, &[u8]) -> bool + 't;

/// What of the sightings their changes add. Reads old versions, and only of changes with sightings.
///
/// # Errors
/// When an old version cannot be read.
pub fn added(
    source: &mut dyn Source,
    mut secrets: Vec<Sighting>,
    mut markers: Vec<Marking>,
    is_told: &IsTold<'_>,
) -> Result<Added> {
    let all = secrets.iter_mut().chain(markers.iter_mut().map(|marker| &mut marker.sighting));
    count_whole(source, all.filter(|sighting| sighting.is_part).collect())?;
    let (secrets, markers) = (secrets, markers);
    let mut added = Added { secrets: vec![true; secrets.len()], markers: vec![usize::MAX; markers.len()] };
    for (place, here, marked) in by_change(&secrets, &markers) {
        for parent in 0..source.parents(place) {
            let seen = here.iter().map(|&i| &secrets[i]).chain(marked.iter().map(|&i| &markers[i].sighting));
            let needles = Tally::new(seen.map(|sighting| sighting.needle.as_slice()));
            let old = Counts::of(&needles, |each| source.replaced(place, parent, each))?;
            let fresh =
                against(&old, &here, &secrets, is_told, |paths, each| source.left_at(place, paths, each))?;
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

/// The secrets and the markers of each change that has secrets, by their numbers. A secret may move between a text and an
/// archive of the same change.
fn by_change<'s>(secrets: &'s [Sighting], markers: &[Marking]) -> Vec<(&'s Place, Vec<usize>, Vec<usize>)> {
    let mut changes: Vec<(&Place, Vec<usize>, Vec<usize>)> = Vec::new();
    let mut known: HashMap<&Place, usize> = HashMap::new();
    for (at, sighting) in secrets.iter().enumerate() {
        let place = sighting.place.root();
        let change = *known.entry(place).or_insert_with(|| {
            changes.push((place, Vec::new(), Vec::new()));
            changes.len() - 1
        });
        changes[change].1.push(at);
    }
    for (at, marker) in markers.iter().enumerate() {
        if let Some(change) = known.get(marker.sighting.place.root()) {
            changes[*change].2.push(at);
        }
    }
    changes
}

/// Counts in whole files, of changes that have a before, what was counted in windows of them.
fn count_whole(source: &mut dyn Source, mut sightings: Vec<&mut Sighting>) -> Result<()> {
    let mut by_place: HashMap<Place, Vec<usize>> = HashMap::new();
    for (at, sighting) in sightings.iter().enumerate() {
        by_place.entry(sighting.place.root().clone()).or_default().push(at);
    }
    by_place.retain(|place, _| source.parents(place) > 0);
    for (place, here) in by_place {
        let mut paths: Vec<BString> = here.iter().map(|&at| sightings[at].path.clone()).collect();
        order::all(&mut paths);
        paths.dedup();
        let needles = Tally::new(here.iter().map(|&at| sightings[at].needle.as_slice()));
        let counts = Counts::of(&needles, |each| source.left_at(&place, &paths, each))?;
        for at in here {
            let sighting = &mut sightings[at];
            sighting.count = sighting.count.max(counts.in_path(&sighting.needle, &sighting.path));
        }
    }
    Ok(())
}

/// Occurrences of a needle in files of a name.
type ByName = HashMap<(Vec<u8>, Vec<u8>), usize>;

/// Occurrences in versions of files.
#[derive(Default)]
struct Counts {
    /// Of each needle in all.
    total: HashMap<Vec<u8>, usize>,
    /// Of each needle in each path.
    by_path: HashMap<(Vec<u8>, BString), usize>,
    /// Of each short needle in each path, where it is no part of a longer word.
    alone: HashMap<(Vec<u8>, BString), usize>,
    /// Every path that has such a version.
    paths: HashSet<BString>,
    /// The most of each needle that a file of a name has, whatever its folder; made when the first is asked for.
    by_name: OnceCell<ByName>,
}

impl Counts {
    /// Of the needles in all that `visit` hands over.
    fn of(needles: &Tally<'_>, visit: impl FnOnce(&mut VisitOld<'_>) -> Result<()>) -> Result<Counts> {
        let mut counts = Counts::default();
        let short = needles.of_less_than(CHANCE);
        visit(&mut |path, bytes| {
            // A large one comes in windows.
            let name = if counts.paths.insert(path.to_owned()) { path } else { BStr::new("") };
            let text = engine::as_text(bytes);
            for (needle, found) in in_file(needles, name, &text) {
                *counts.total.entry(needle.clone()).or_default() += found;
                *counts.by_path.entry((needle, path.to_owned())).or_default() += found;
            }
            for (needle, found) in short.count_alone(&text) {
                *counts.alone.entry((needle.to_vec(), path.to_owned())).or_default() += found;
            }
            Ok(Flow::Continue)
        })?;
        Ok(counts)
    }

    fn in_path(&self, needle: &[u8], path: &BString) -> usize {
        self.by_path.get(&(needle.to_vec(), path.clone())).copied().unwrap_or(0)
    }

    /// How often a value stands in a path where nothing says that it is a secret: a short one is part of many words.
    fn unseen(&self, needle: &[u8], path: &BString) -> usize {
        let counts = if needle.len() < CHANCE { &self.alone } else { &self.by_path };
        counts.get(&(needle.to_vec(), path.clone())).copied().unwrap_or(0)
    }

    /// How many markers in these words a file had before or got from others, `came` of them by what is known of those. A
    /// file without an old version may have come from another folder: then those of a file with its name count.
    fn of_marker(&self, sighting: &Sighting, came: usize) -> usize {
        if self.paths.contains(&sighting.path) {
            return self.in_path(&sighting.needle, &sighting.path) + came;
        }
        let name = |path: &BString| path.rsplit(|&b| b == b'/').next().unwrap_or_default().to_vec();
        let by_name = self.by_name.get_or_init(|| {
            let mut by_name = ByName::new();
            for ((needle, path), count) in &self.by_path {
                let most = by_name.entry((needle.clone(), name(path))).or_default();
                *most = (*most).max(*count);
            }
            by_name
        });
        let alike = by_name.get(&(sighting.needle.clone(), name(&sighting.path)));
        alike.copied().unwrap_or(0).max(came)
    }
}

/// By words and file, how many of the markers came with their lines from files that the change took those from, or with
/// all of a file that is gone, where theirs is in the place of one. Of a secret among `copies` there is more than before,
/// and its marker is as new as the copy.
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
    let (lost, gone) = lost(markers, &frames, source, (place, parent), old)?;
    let mut of_gone: HashMap<&[u8], usize> = HashMap::new();
    for ((words, _), count) in old.by_path.iter().filter(|((_, from), _)| gone.contains(from)) {
        let most = of_gone.entry(words).or_default();
        *most = (*most).max(*count);
    }
    let mut came: HashMap<(&[u8], &BString), usize> = HashMap::new();
    let mut renamed: HashMap<(&[u8], &BString), usize> = HashMap::new();
    let mut taken: HashMap<(usize, &BString), usize> = HashMap::new();
    for (Marking { sighting, frames }, numbers) in markers.iter().zip(&numbers) {
        let to = &sighting.path;
        let is_copy = |of: &[u8]| copies.contains(&(of, to));
        // Whatever else was changed in a file that was renamed.
        if !old.paths.contains(to) && !frames.iter().all(|(_, of)| is_copy(of)) {
            let most = of_gone.get(sighting.needle.as_slice()).copied().unwrap_or(0);
            renamed.insert((&sighting.needle, to), most);
        }
        let others = frames.iter().zip(numbers).filter(|((_, of), _)| !is_copy(of));
        let has_come = others.map(|(_, at)| *at).any(|at| {
            let from = lost.iter().filter(|(from, _)| *from != to);
            let taken = taken.entry((at, to)).or_default();
            let is_left = *taken < from.map(|(_, counts)| counts[at]).sum();
            *taken += usize::from(is_left);
            is_left
        });
        *came.entry((&sighting.needle, to)).or_default() += usize::from(has_come);
    }
    for (key, most) in renamed {
        let came = came.entry(key).or_default();
        *came = (*came).max(most);
    }
    Ok(came)
}

/// By file, how often it lost each frame.
type Lost = HashMap<BString, Vec<usize>>;

/// How often each frame stood in a file which has it no more, by file, and which of the files are gone: without the words
/// of a marker no file has a marked line, and what stands in its own file comes from no other.
fn lost(
    markers: &[&Marking],
    frames: &Counted<'_>,
    source: &mut dyn Source,
    (place, parent): (&Place, usize),
    old: &Counts,
) -> Result<(Lost, HashSet<BString>)> {
    let words: HashSet<&[u8]> = markers.iter().map(|marker| marker.sighting.needle.as_slice()).collect();
    let own: HashSet<&BString> = markers.iter().map(|marker| &marker.sighting.path).collect();
    let is_anothers = |from: &BString| own.len() > 1 || !own.contains(from);
    let marked =
        old.by_path.keys().filter(|(needle, from)| words.contains(needle.as_slice()) && is_anothers(from));
    let mut lost: Lost = marked.map(|(_, from)| (from.clone(), vec![0; frames.len()])).collect();
    let paths: Vec<BString> = lost.keys().cloned().collect();
    let mut gone: HashSet<BString> = paths.iter().cloned().collect();
    if lost.is_empty() {
        return Ok((lost, gone));
    }
    source.replaced(place, parent, &mut |path, bytes| {
        // A large one comes in windows.
        if let Some(counts) = lost.get_mut(path) {
            let stood = frames.count(&engine::as_text(bytes));
            counts.iter_mut().zip(stood).for_each(|(lost, more)| *lost += more);
        }
        Ok(Flow::Continue)
    })?;
    source.left_at(place, &paths, &mut |path, bytes| {
        gone.remove::<BStr>(path);
        if let Some(counts) = lost.get_mut(path) {
            let now = frames.count(&engine::as_text(bytes));
            counts.iter_mut().zip(now).for_each(|(lost, now)| *lost = lost.saturating_sub(now));
        }
        Ok(Flow::Continue)
    })?;
    Ok((lost, gone))
}

/// Which of the sightings are new against a parent: those in a file that has the value more often than before, unless
/// the files of the change lost it as often as all of them together gained it. `left` hands over what the change leaves
/// at paths.
fn against(
    old: &Counts,
    here: &[usize],
    sightings: &[Sighting],
    is_told: &IsTold<'_>,
    left: impl FnOnce(&[BString], &mut VisitOld<'_>) -> Result<()>,
) -> Result<Vec<bool>> {
    // Several findings may share a needle and a file; the file's occurrences count once.
    let seen: HashMap<(&[u8], &BString), usize> = here
        .iter()
        .map(|&at| ((sightings[at].needle.as_slice(), &sightings[at].path), sightings[at].count))
        .collect();
    let (mut gained, mut lost) = (HashMap::<&[u8], usize>::new(), HashMap::<&[u8], Vec<_>>::new());
    for ((needle, path), count) in &seen {
        let before = old.in_path(needle, path);
        *gained.entry(needle).or_default() += count.saturating_sub(before);
        if before > *count {
            lost.entry(needle).or_default().push((*path, before - count));
        }
    }
    let is_origin = |needle: &[u8], path: &BString| {
        gained.get(needle).is_some_and(|gained| *gained > 0) && !seen.contains_key(&(needle, path))
    };
    let origins = old.by_path.keys().map(|(needle, path)| (needle.as_slice(), path));
    let origins: Vec<(&[u8], &BString)> =
        origins.filter(|(needle, path)| is_origin(needle, path) && old.unseen(needle, path) > 0).collect();
    if !origins.is_empty() {
        let mut paths: Vec<BString> = origins.iter().map(|(_, path)| (*path).clone()).collect();
        order::all(&mut paths);
        paths.dedup();
        let needles = Tally::new(origins.iter().map(|(needle, _)| *needle));
        let now = Counts::of(&needles, |each| left(&paths, each))?;
        for (needle, path) in origins {
            let less = old.unseen(needle, path).saturating_sub(now.unseen(needle, path));
            lost.entry(needle).or_default().push((path, less));
        }
    }
    let is_new = |&at: &usize| {
        let Sighting { needle, path, count, .. } = &sightings[at];
        let lost = lost.get(needle.as_slice()).into_iter().flatten();
        // Within one file nothing has moved.
        let lost = lost.filter(|(from, _)| *from == path || is_told(at, from)).map(|(_, less)| less);
        *count > old.in_path(needle, path) && gained[needle.as_slice()] > lost.sum()
    };
    Ok(here.iter().map(is_new).collect())
}

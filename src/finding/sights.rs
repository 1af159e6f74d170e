//! What was found, by place and by value, and markers, by line: a file may have a hundred thousand of each, and
//! to compare each with each would take the square of it.

use std::collections::HashMap;
use std::ops::RangeInclusive;

use bstr::BString;

use super::inline::Marker;
use super::marked::overlaps;
use super::suppress::{FileMarkers, Seen};
use crate::order;
use crate::source::Place;

/// Everything that was seen.
pub(super) struct Sights {
    all: Vec<Seen>,
    /// Where each stands in `all`, by file, version and line.
    order: Vec<usize>,
    /// Lines of the longest, less one.
    longest: u32,
    /// By fingerprint.
    by_value: HashMap<String, Vec<usize>>,
}

impl Sights {
    pub(super) fn new(all: Vec<Seen>) -> Sights {
        let mut order: Vec<usize> = (0..all.len()).collect();
        order::by(&mut order, |a, b| all[*a].key().cmp(&all[*b].key()));
        let longest = all.iter().map(|seen| seen.end_line.saturating_sub(seen.line)).max().unwrap_or(0);
        let mut by_value: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, seen) in all.iter().enumerate() {
            by_value.entry(seen.fingerprint.clone()).or_default().push(at);
        }
        Sights { all, order, longest, by_value }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Seen> {
        self.all.iter()
    }

    /// What touches these lines of a version of a file.
    pub(super) fn on<'s>(
        &'s self,
        file: &'s FileMarkers,
        lines: &'s RangeInclusive<u32>,
    ) -> impl Iterator<Item = &'s Seen> {
        let version = version(&file.place);
        let first = (&file.path, version, lines.start().saturating_sub(self.longest));
        let from = self.order.partition_point(|&at| self.all[at].key() < first);
        self.order[from..]
            .iter()
            .map(|&at| &self.all[at])
            .take_while(move |seen| seen.key() <= (&file.path, version, *lines.end()))
            .filter(move |seen| seen.place == file.place && seen.end_line >= *lines.start())
    }

    /// Every place of a value.
    pub(super) fn of_value(&self, fingerprint: &str) -> impl Iterator<Item = &Seen> {
        self.by_value.get(fingerprint).into_iter().flatten().map(|&at| &self.all[at])
    }
}

/// A number for a version of a file, which two hardly ever share.
pub(super) fn version(place: &Place) -> u64 {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let mut hasher = DefaultHasher::new();
    place.hash(&mut hasher);
    hasher.finish()
}

/// Which marker: the number of its file, and its own there.
pub(super) type MarkerAt = (usize, usize);

/// Markers that may speak of the same line. A person writes one or two.
const MOST: usize = 16;

/// What is said of the others.
pub(super) const CROWDED: &str = "is one of more than 16 that speak of the same line, and counts for nothing";

/// Markers by file and line.
pub(super) struct Marks<'a> {
    files: HashMap<(&'a BString, &'a Place), Vec<usize>>,
    lines: Vec<Lines>,
    markers: &'a [FileMarkers],
}

/// The markers of one version of a file, or of a window of it.
#[derive(Default)]
struct Lines {
    /// From which line on which markers speak, up to the line of the next.
    spans: Vec<(u32, Vec<usize>)>,
    /// For each marker, whether anybody asks it.
    is_asked: Vec<bool>,
}

impl Lines {
    fn new(markers: &[Marker]) -> Lines {
        // Those that end come before those that begin.
        let mut edges: Vec<(u32, bool, usize)> = Vec::with_capacity(2 * markers.len());
        for (at, marker) in markers.iter().enumerate() {
            edges.push((*marker.applies_to.start(), true, at));
            edges.extend(marker.applies_to.end().checked_add(1).map(|line| (line, false, at)));
        }
        order::all(&mut edges);
        let (mut spans, mut is_asked) = (Vec::new(), vec![false; markers.len()]);
        let mut now: Vec<usize> = Vec::new();
        for same in edges.chunk_by(|one, next| one.0 == next.0) {
            for &(_, begins, at) in same {
                match begins {
                    true if now.len() < MOST => {
                        now.push(at);
                        is_asked[at] = true;
                    }
                    true => {}
                    false => now.retain(|known| *known != at),
                }
            }
            spans.push((same[0].0, now.clone()));
        }
        Lines { spans, is_asked }
    }

    /// The markers that speak of these lines, in order.
    fn on(&self, line: u32, end_line: u32) -> Vec<usize> {
        let first = self.spans.partition_point(|(from, _)| *from <= line).saturating_sub(1);
        let spans = self.spans[first..].iter().take_while(|(from, _)| *from <= end_line.max(line));
        let mut found: Vec<usize> = spans.flat_map(|(_, markers)| markers).copied().collect();
        order::all(&mut found);
        found.dedup();
        found
    }
}

impl<'a> Marks<'a> {
    pub(super) fn new(markers: &'a [FileMarkers]) -> Marks<'a> {
        let mut files: HashMap<_, Vec<usize>> = HashMap::new();
        for (file_at, file) in markers.iter().enumerate() {
            files.entry((&file.path, &file.place)).or_default().push(file_at);
        }
        let lines = markers.iter().map(|file| Lines::new(&file.markers)).collect();
        Marks { files, lines, markers }
    }

    /// Whether a marker counts among those of its lines.
    pub(super) fn is_asked(&self, (file_at, at): MarkerAt) -> bool {
        self.lines[file_at].is_asked[at]
    }

    /// The markers of a file that count among those of their lines.
    pub(super) fn asked(&self, file_at: usize) -> impl Iterator<Item = &'a Marker> + '_ {
        let all = self.markers[file_at].markers.iter().zip(&self.lines[file_at].is_asked);
        all.filter(|(_, is_asked)| **is_asked).map(|(marker, _)| marker)
    }

    /// The markers of a version of a file that speak of these lines, in order.
    pub(super) fn on(&self, path: &BString, place: &Place, line: u32, end_line: u32) -> Vec<MarkerAt> {
        let files = self.files.get(&(path, place)).into_iter().flatten();
        files
            .flat_map(|&file_at| {
                self.lines[file_at].on(line, end_line).into_iter().map(move |at| (file_at, at))
            })
            .filter(|&(file_at, at)| overlaps(&self.markers[file_at].markers[at], line, end_line))
            .collect()
    }
}

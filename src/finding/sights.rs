//! What was found, by place and by value, and markers, by line: a file may have a hundred thousand of each, and
//! to compare each with each would take the square of it.

use std::collections::HashMap;
use std::ops::RangeInclusive;

use bstr::BString;

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

/// Markers by file and line.
pub(super) struct Marks<'a> {
    files: HashMap<(&'a BString, &'a Place), Vec<usize>>,
    lines: Vec<Lines>,
    markers: &'a [FileMarkers],
}

/// The markers of one version of a file, or of a window of it.
#[derive(Default)]
struct Lines {
    /// Those that speak of a line or two, by each.
    narrow: HashMap<u32, Vec<usize>>,
    /// Those that speak of more.
    wide: Vec<usize>,
}

impl<'a> Marks<'a> {
    pub(super) fn new(markers: &'a [FileMarkers]) -> Marks<'a> {
        let mut files: HashMap<_, Vec<usize>> = HashMap::new();
        let mut lines = Vec::new();
        for (file_at, file) in markers.iter().enumerate() {
            files.entry((&file.path, &file.place)).or_default().push(file_at);
            let mut here = Lines::default();
            for (at, marker) in file.markers.iter().enumerate() {
                let (start, end) = (*marker.applies_to.start(), *marker.applies_to.end());
                if end.saturating_sub(start) > 1 {
                    here.wide.push(at);
                } else {
                    (start..=end).for_each(|line| here.narrow.entry(line).or_default().push(at));
                }
            }
            lines.push(here);
        }
        Marks { files, lines, markers }
    }

    /// The markers of a version of a file that speak of these lines: the file and the marker, in order.
    pub(super) fn on(&self, path: &BString, place: &Place, line: u32, end_line: u32) -> Vec<(usize, usize)> {
        let mut found = Vec::new();
        for &file_at in self.files.get(&(path, place)).into_iter().flatten() {
            let (here, markers) = (&self.lines[file_at], &self.markers[file_at].markers);
            let touches = |at: &usize| overlaps(&markers[*at], line, end_line);
            let is_short = ((end_line.saturating_sub(line)) as usize) < markers.len();
            let mut of_file: Vec<usize> = if is_short {
                let narrow = (line..=end_line.max(line)).filter_map(|line| here.narrow.get(&line)).flatten();
                narrow.chain(&here.wide).copied().filter(touches).collect()
            } else {
                (0..markers.len()).filter(touches).collect()
            };
            order::all(&mut of_file);
            of_file.dedup();
            found.extend(of_file.into_iter().map(|at| (file_at, at)));
        }
        found
    }
}

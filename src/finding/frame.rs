//! A marked line, told by what stands around the secrets on it: known again where it stood before, with other values.
//!
//! A file that is renamed, split or joined takes its markers along. Who wrote them has seen the values that stood
//! there then, and no other.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::ops::Range;
use std::sync::Arc;

use super::excerpt::disjoint;
use super::inline::Marker;
use super::marked::{overlaps, speaks_of};
use super::{Hit, fresh};

/// Most frames of one marker: one that speaks of a whole file is known again by the first of its lines.
const MOST: usize = 8;

/// The text of a line, cut where secrets stood. Lines of one text that are cut alike share it.
type Pieces = Arc<Vec<Vec<u8>>>;

/// A line with a marked secret, and the line of the marker where that is another.
#[derive(Debug, Clone)]
pub struct Frame {
    line: Pieces,
    marker: Option<Pieces>,
}

/// Frames that are counted together, in one pass over a text.
#[derive(Debug, Default)]
pub(super) struct Counted<'f> {
    /// Each way in which a line is cut, once.
    cuts: Vec<&'f [Vec<u8>]>,
    /// By the first and the last piece, and the lengths that these have.
    ends: HashMap<(&'f [u8], &'f [u8]), Vec<usize>>,
    lengths: BTreeSet<(usize, usize)>,
    /// Each frame once: the cuts of its line and of its marker's.
    frames: Vec<(usize, Option<usize>)>,
    known: HashMap<(usize, Option<usize>), usize>,
}

impl<'f> Counted<'f> {
    /// The number of a frame; the same for frames whose lines read alike.
    pub(super) fn add(&mut self, frame: &'f Frame) -> usize {
        let key = (self.cut(&frame.line), frame.marker.as_ref().map(|marker| self.cut(marker)));
        *self.known.entry(key).or_insert_with(|| {
            self.frames.push(key);
            self.frames.len() - 1
        })
    }

    fn cut(&mut self, pieces: &'f [Vec<u8>]) -> usize {
        let (first, last) = ends(pieces);
        let alike = self.ends.entry((first, last)).or_default();
        if let Some(number) = alike.iter().find(|number| self.cuts[**number] == pieces) {
            return *number;
        }
        let number = self.cuts.len();
        alike.push(number);
        self.lengths.insert((first.len(), last.len()));
        self.cuts.push(pieces);
        number
    }

    /// How many frames there are.
    pub(super) fn len(&self) -> usize {
        self.frames.len()
    }

    /// How often the lines of each frame stand in a text, with whatever values.
    pub(super) fn count(&self, text: &[u8]) -> Vec<usize> {
        let mut lines = vec![0_usize; self.cuts.len()];
        for line in text.split(|&b| b == b'\n').map(<[u8]>::trim_ascii) {
            for (first, last) in self.lengths.iter().filter(|(first, last)| first + last <= line.len()) {
                let ends = (&line[..*first], &line[line.len() - last..]);
                for &number in self.ends.get(&ends).into_iter().flatten() {
                    lines[number] += usize::from(fits(line, self.cuts[number]));
                }
            }
        }
        let of = |(line, marker): &(usize, Option<usize>)| {
            marker.map_or(lines[*line], |marker| lines[*line].min(lines[marker]))
        };
        self.frames.iter().map(of).collect()
    }
}

/// What a line begins with and what it ends in; one that was not cut ends in nothing more.
fn ends(pieces: &[Vec<u8>]) -> (&[u8], &[u8]) {
    match pieces {
        [first, .., last] => (first, last),
        [whole] => (whole, b""),
        [] => (b"", b""),
    }
}

/// Whether a line without the blanks around it is the one that was cut.
fn fits(line: &[u8], pieces: &[Vec<u8>]) -> bool {
    let [first, between @ ..] = pieces else { return false };
    let [between @ .., last] = between else { return line == first };
    let inner = line.strip_prefix(first.as_slice()).and_then(|rest| rest.strip_suffix(last.as_slice()));
    let Some(mut rest) = inner else { return false };
    between.iter().all(|piece| match crate::memmem::find(rest, piece) {
        Some(at) => {
            rest = &rest[at + piece.len()..];
            true
        }
        None => false,
    })
}

/// The frames of the markers of one text.
pub struct Frames<'t> {
    text: &'t [u8],
    /// By where they start.
    hits: &'t [Hit],
    /// Lines of the longest hit, less one.
    longest: u32,
    /// Where secrets stand, and the other parts of a credential beside them.
    masks: Vec<Range<usize>>,
    /// Where each line starts.
    starts: Vec<usize>,
    cut: HashMap<usize, Pieces>,
    known: HashSet<Pieces>,
}

impl<'t> Frames<'t> {
    /// Of a text and what was found in it, by where it starts.
    pub fn new(text: &'t [u8], hits: &'t [Hit]) -> Frames<'t> {
        let starts: Vec<usize> =
            std::iter::once(0).chain(memchr::memchr_iter(b'\n', text).map(|at| at + 1)).collect();
        let mut masks: Vec<Range<usize>> = hits.iter().map(|hit| hit.range.clone()).collect();
        for hit in hits {
            let line = line_of(&starts, hit.range.start, text.len());
            for (_, part) in &hit.parts {
                let found = crate::memmem::find(&text[line.clone()], part.expose());
                masks.extend(found.map(|at| line.start + at..line.start + at + part.expose().len()));
            }
        }
        let longest = hits.iter().map(|hit| hit.location.end_line.saturating_sub(hit.location.line)).max();
        Frames {
            text,
            hits,
            longest: longest.unwrap_or(0),
            masks: disjoint(masks),
            starts,
            cut: HashMap::new(),
            known: HashSet::new(),
        }
    }

    /// Those of one marker: of each line that it hides something on, with what to count of that (see
    /// [`fresh::needle`]), or else of its own.
    pub fn of(&mut self, marker: &Marker) -> Vec<(Frame, Vec<u8>)> {
        let own = self.starts.get(marker.line.saturating_sub(1) as usize).copied().unwrap_or(0);
        let own = self.pieces(own);
        let first = marker.applies_to.start().saturating_sub(self.longest);
        let from = self.hits.partition_point(|hit| hit.location.line < first);
        let hits: Vec<&Hit> = self.hits[from..]
            .iter()
            .take_while(|hit| hit.location.line <= *marker.applies_to.end())
            .filter(|hit| overlaps(marker, hit.location.line, hit.location.end_line))
            .filter(|hit| speaks_of(marker, hit.rule))
            .take(MOST)
            .collect();
        let mut frames: Vec<(Frame, Vec<u8>)> = hits
            .into_iter()
            .map(|hit| {
                let line = self.pieces(hit.range.start);
                let marker = (!Arc::ptr_eq(&line, &own)).then(|| Arc::clone(&own));
                (Frame { line, marker }, fresh::needle(hit.raw.expose()).to_vec())
            })
            .collect();
        if frames.is_empty() {
            frames.push((Frame { line: own, marker: None }, Vec::new()));
        }
        frames
    }

    /// The line at an offset, without what is secret on it.
    fn pieces(&mut self, at: usize) -> Pieces {
        let line = line_of(&self.starts, at, self.text.len());
        if let Some(known) = self.cut.get(&line.start) {
            return Arc::clone(known);
        }
        let (mut pieces, mut done) = (Vec::new(), line.start);
        let first = self.masks.partition_point(|mask| mask.end <= line.start);
        for mask in self.masks[first..].iter().take_while(|mask| mask.start < line.end) {
            if mask.start >= done {
                pieces.push(self.text[done..mask.start].to_vec());
            }
            done = done.max(mask.end.min(line.end));
        }
        pieces.push(self.text[done..line.end].to_vec());
        if let Some(first) = pieces.first_mut() {
            *first = first.trim_ascii_start().to_vec();
        }
        if let Some(last) = pieces.last_mut() {
            *last = last.trim_ascii_end().to_vec();
        }
        let pieces = self.known.get(&pieces).cloned().unwrap_or_else(|| Arc::new(pieces));
        self.known.insert(Arc::clone(&pieces));
        self.cut.insert(line.start, Arc::clone(&pieces));
        pieces
    }
}

/// The line that holds an offset, without its end.
fn line_of(starts: &[usize], at: usize, length: usize) -> Range<usize> {
    let next = starts.partition_point(|start| *start <= at);
    let start = starts.get(next.saturating_sub(1)).copied().unwrap_or(0);
    start..starts.get(next).map_or(length, |next| next - 1)
}

//! A marked line, told by what stands around the secrets on it: known again where it stood before, with other values.
//!
//! A file that is renamed, split or joined takes its markers along. Who wrote them has seen the values that stood
//! there then, and no other.

use std::collections::{HashMap, HashSet};
use std::hash::{Hash, Hasher};
use std::ops::Range;
use std::sync::Arc;

use super::inline::Marker;
use super::marked::{overlaps, speaks_of};
use super::{Hit, fresh};
use crate::order;

/// Most frames of one marker: one that speaks of a whole file is known again by the first of its lines.
const MOST: usize = 8;

/// The text of a line, cut where secrets stood. Lines of one text that are cut alike share it.
type Pieces = Arc<Vec<Vec<u8>>>;

/// A line with a marked secret, and the line of the marker where that is another. Two of one text are the same where
/// the lines are.
#[derive(Debug, Clone)]
pub struct Frame {
    line: Pieces,
    marker: Option<Pieces>,
}

impl PartialEq for Frame {
    fn eq(&self, other: &Frame) -> bool {
        self.place() == other.place()
    }
}

impl Eq for Frame {}

impl Hash for Frame {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.place().hash(state);
    }
}

impl Frame {
    /// Where its lines are kept, which is cheaper to compare than they are.
    fn place(&self) -> (*const Vec<Vec<u8>>, Option<*const Vec<Vec<u8>>>) {
        (Arc::as_ptr(&self.line), self.marker.as_ref().map(Arc::as_ptr))
    }

    /// How often the lines stand in a text, with whatever values.
    pub(super) fn count(&self, text: &[u8]) -> usize {
        let of = |pieces: &Pieces| text.split(|&b| b == b'\n').filter(|line| fits(line, pieces)).count();
        let lines = of(&self.line);
        match &self.marker {
            Some(marker) if lines > 0 => lines.min(of(marker)),
            _ => lines,
        }
    }
}

/// Whether a line is the one that was cut.
fn fits(line: &[u8], pieces: &[Vec<u8>]) -> bool {
    let (line, [first, between @ ..]) = (line.trim_ascii(), pieces) else { return false };
    let [between @ .., last] = between else { return line == first };
    let inner = line.strip_prefix(first.as_slice()).and_then(|rest| rest.strip_suffix(last.as_slice()));
    let Some(mut rest) = inner else { return false };
    between.iter().all(|piece| match memchr::memmem::find(rest, piece) {
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
    /// In the text itself, not in its name; by their lines.
    hits: Vec<&'t Hit>,
    /// Where secrets stand, and the other parts of a credential beside them.
    masks: Vec<Range<usize>>,
    /// Where each line starts.
    starts: Vec<usize>,
    cut: HashMap<usize, Pieces>,
    known: HashSet<Pieces>,
}

impl<'t> Frames<'t> {
    /// Of a text and what was found in it.
    pub fn new(text: &'t [u8], hits: &'t [Hit]) -> Frames<'t> {
        let mut hits: Vec<&Hit> = hits.iter().filter(|hit| !hit.location.is_name()).collect();
        order::by_key(&mut hits, |hit| hit.location.line);
        let starts: Vec<usize> =
            std::iter::once(0).chain(memchr::memchr_iter(b'\n', text).map(|at| at + 1)).collect();
        let mut masks: Vec<Range<usize>> = hits.iter().map(|hit| hit.range.clone()).collect();
        for hit in &hits {
            let line = line_of(&starts, hit.range.start, text.len());
            for (_, part) in &hit.parts {
                let found = memchr::memmem::find(&text[line.clone()], part.expose());
                masks.extend(found.map(|at| line.start + at..line.start + at + part.expose().len()));
            }
        }
        order::by_key(&mut masks, |mask| mask.start);
        Frames { text, hits, masks, starts, cut: HashMap::new(), known: HashSet::new() }
    }

    /// Those of one marker: of each line that it hides something on, with what to count of that (see
    /// [`fresh::needle`]), or else of its own.
    pub fn of(&mut self, marker: &Marker) -> Vec<(Frame, Vec<u8>)> {
        let own = self.starts.get(marker.line.saturating_sub(1) as usize).copied().unwrap_or(0);
        let own = self.pieces(own);
        let from = self.hits.partition_point(|hit| hit.location.end_line < *marker.applies_to.start());
        let hits: Vec<&Hit> = self.hits[from..]
            .iter()
            .take_while(|hit| hit.location.line <= *marker.applies_to.end())
            .filter(|hit| overlaps(marker, hit.location.line, hit.location.end_line))
            .filter(|hit| speaks_of(marker, hit.rule))
            .take(MOST)
            .copied()
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

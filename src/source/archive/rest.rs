//! What of an archive belongs to none of its members: headers, comments, what stands before, between and behind.
//!
//! Such bytes are scanned as those of any file are, at their own place in the archive.

use std::{
    io::{self, Read},
    ops::Range,
};

use bstr::BStr;
use rawzip::ReaderAt;

use super::{Slice, Walk, tar::Cursor};
use crate::order;
use crate::source::{
    Coverage, Flow, Place,
    window::{self, Before, Failure, Input},
};

/// Bytes read at once where only lines are counted.
const STEP: usize = 64 << 10;

/// The parts of a file that were looked into.
#[derive(Default)]
pub(super) struct Seen(Vec<Range<u64>>);

impl Seen {
    /// Takes note of a part.
    pub(super) fn add(&mut self, start: u64, length: u64) {
        self.0.push(start..start.saturating_add(length));
    }

    /// The other parts of a file of this length, in order.
    pub(super) fn gaps(&mut self, length: u64) -> Vec<Range<u64>> {
        order::by_key(&mut self.0, |part| part.start);
        let (mut gaps, mut at) = (Vec::new(), 0);
        for part in &self.0 {
            if at < part.start {
                gaps.push(at..part.start.min(length));
            }
            at = at.max(part.end);
        }
        if at < length {
            gaps.push(at..length);
        }
        gaps
    }
}

impl Walk<'_, '_> {
    /// Hands over what of `file` was not looked into. It does not count as one more file.
    pub(super) fn rest(
        &mut self,
        (name, place): (&BStr, &Place),
        file: Slice<'_>,
        mut seen: Seen,
    ) -> Result<Flow, Failure> {
        let mut uncounted = Coverage::default();
        let (mut before, mut at) = (Before::default(), 0);
        for gap in seen.gaps(file.length) {
            pass(&file, at..gap.start, &mut before).map_err(Failure::Read)?;
            // Nobody knows how long an unpacked file is.
            let length = gap.end - gap.start;
            let expected = if gap.end == u64::MAX { 0 } else { length };
            let part = file.part(gap.start, length).map_err(Failure::Read)?;
            let input = Input { reader: &mut Cursor { file: part, at: 0 }, file: None, expected, before };
            let flow = window::stream(input, (name, place), self.buffer, self.each, &mut uncounted)?;
            if flow == Flow::Stop {
                return Ok(Flow::Stop);
            }
            at = gap.start;
        }
        Ok(Flow::Continue)
    }

    /// Hands over bytes that stood beside the members, without a place of their own.
    pub(super) fn beside(&mut self, name: &BStr, place: &Place, mut bytes: &[u8]) -> Result<Flow, Failure> {
        if bytes.is_empty() {
            return Ok(Flow::Continue);
        }
        let expected = bytes.len() as u64;
        let input = Input { reader: &mut bytes, file: None, expected, before: Before::default() };
        window::stream(input, (name, place), self.buffer, self.each, &mut Coverage::default())
    }

    /// Hands over what stands behind the last member in a stream.
    pub(super) fn behind_end(
        &mut self,
        name: &BStr,
        place: &Place,
        reader: &mut dyn Read,
    ) -> Result<Flow, Failure> {
        let input = Input { reader, file: None, expected: 0, before: Before::default() };
        window::stream(input, (name, place), self.buffer, self.each, &mut Coverage::default())
    }

    /// The place of an archive's own bytes: that of the file, when the archive is the file.
    pub(super) fn place_at(&self, depth: u32) -> Place {
        if depth == 1 { self.outside.clone() } else { self.place.clone() }
    }
}

/// Counts the lines of a part.
fn pass(file: &Slice<'_>, part: Range<u64>, before: &mut Before) -> io::Result<()> {
    let mut buffer = [0; STEP];
    let mut at = part.start;
    while at < part.end {
        let most = usize::try_from(part.end - at).unwrap_or(STEP).min(STEP);
        let read = file.read_at(&mut buffer[..most], at)?;
        if read == 0 {
            return Ok(());
        }
        before.pass(&buffer[..read]);
        at += read as u64;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::Seen;

    #[test]
    fn gaps_are_what_is_left() {
        let mut seen = Seen::default();
        for (start, length) in [(40, 10), (10, 20), (15, 5), (30, 10)] {
            seen.add(start, length);
        }
        assert_eq!(seen.gaps(60), [0..10, 50..60]);
        assert_eq!(seen.gaps(55), [0..10, 50..55]);
        assert_eq!(Seen::default().gaps(0), []);
    }
}

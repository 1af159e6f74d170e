//! Reads a stream of any length through one buffer.
//!
//! In: a reader. Out: one blob when all of it fits, else windows that overlap, so that memory stays
//! the same for two kilobytes and two gigabytes.

use std::{
    cell::RefCell,
    fs::File,
    io::{self, Read},
    path::Path,
};

use anyhow::Result;
use bstr::BStr;

use super::{Blob, Coverage, Flow, Part, Place, Visit};

/// Bytes read at once.
pub(super) const WINDOW: usize = 8 << 20;
/// Fewest bytes asked for at once.
const SHORTEST_READ: usize = 4 << 10;
/// Bytes of a window that the next one repeats; a multiple of four, for text in UTF-32. Half of it on each side of
/// the border is more than the longest secret and what is looked at around it.
const OVERLAP: usize = 64 << 10;
/// A byte order mark, whose loss would change how the next window is read: its length. That of UTF-32 is the longer one
/// that UTF-16's starts.
fn mark_of(bytes: &[u8]) -> usize {
    match bytes {
        [0xFF, 0xFE, 0, 0, ..] | [0, 0, 0xFE, 0xFF, ..] => 4,
        [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] => 2,
        _ => 0,
    }
}

/// Why a stream could not be read to its end.
pub(super) enum Failure {
    /// The reader's fault: it concerns this stream alone.
    Read(io::Error),
    /// The callback's fault, or its wish.
    Call(anyhow::Error),
}

impl Failure {
    /// Either fault.
    pub(super) fn into_inner(self) -> anyhow::Error {
        match self {
            Failure::Read(err) => err.into(),
            Failure::Call(err) => err,
        }
    }
}

/// What is read into, file after file: bytes that were read once are not cleared before others take their place.
#[derive(Debug, Default)]
pub(super) struct Buffer {
    bytes: Vec<u8>,
    filled: usize,
}

impl Buffer {
    fn read(&self) -> &[u8] {
        &self.bytes[..self.filled]
    }

    /// Puts the bytes from `cut` on behind the first `mark` ones and forgets the others.
    fn keep(&mut self, mark: usize, cut: usize) {
        self.bytes.copy_within(cut..self.filled, mark);
        self.filled = mark + self.filled - cut;
    }

    /// Fills the buffer up to a whole window, or to the end of the stream. A file of the expected size takes one call.
    fn fill(&mut self, reader: &mut dyn Read, expected: u64) -> io::Result<()> {
        // One byte more than expected: a read of nothing then tells the end without growing the buffer.
        let mut step = usize::try_from(expected).unwrap_or(WINDOW).saturating_add(1).max(SHORTEST_READ);
        while self.filled < WINDOW {
            let end = WINDOW.min(self.filled.saturating_add(step));
            if self.bytes.len() < end {
                self.bytes.resize(end, 0);
            }
            match reader.read(&mut self.bytes[self.filled..end]) {
                Ok(0) => return Ok(()),
                Ok(more) => {
                    // A pipe gives what it has.
                    let is_all = self.filled + more == end;
                    self.filled += more;
                    step = if is_all { step.max(self.filled) } else { more.max(SHORTEST_READ) };
                }
                Err(err) if err.kind() == io::ErrorKind::Interrupted => {}
                Err(err) => return Err(err),
            }
        }
        Ok(())
    }
}

/// A stream, and the file it comes from where there is one.
pub(super) struct Input<'i> {
    pub(super) reader: &'i mut dyn Read,
    pub(super) file: Option<&'i File>,
    /// Its length in bytes, as far as is known.
    pub(super) expected: u64,
    /// What stands before it, when it is a piece of a file.
    pub(super) before: Before,
}

/// Where in its file a piece starts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Before {
    /// Lines that end before it.
    pub(super) lines: u32,
    /// Bytes of its first line that stand before it.
    pub(super) columns: usize,
}

impl Before {
    /// Goes on by `bytes`.
    pub(super) fn pass(&mut self, bytes: &[u8]) {
        let lines = u32::try_from(memchr::memchr_iter(b'\n', bytes).count()).unwrap_or(u32::MAX);
        self.lines = self.lines.saturating_add(lines);
        self.columns = match memchr::memrchr(b'\n', bytes) {
            Some(last) => bytes.len() - last - 1,
            None => self.columns.saturating_add(bytes.len()),
        };
    }
}

/// What stands behind the first window.
pub struct Rest<'r> {
    reader: RefCell<&'r mut dyn Read>,
    file: Option<&'r File>,
    layout: Option<&'r Path>,
}

impl<'r> Rest<'r> {
    /// Instead of anything: the directory of a container image, which is read as one thing.
    pub(super) fn of_layout(directory: &'r Path, nothing: &'r mut dyn Read) -> Self {
        Rest { reader: RefCell::new(nothing), file: None, layout: Some(directory) }
    }

    /// The directory of a container image.
    pub(super) fn layout(&self) -> Option<&'r Path> {
        self.layout
    }

    /// The stream, at the end of the window. What is read from it comes in no other window.
    pub(super) fn reader(&self) -> std::cell::RefMut<'_, &'r mut dyn Read> {
        self.reader.borrow_mut()
    }

    /// The whole file, where it is one that can be read at any place.
    pub(super) fn file(&self) -> Option<&'r File> {
        self.file
    }
}

impl std::fmt::Debug for Rest<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Rest")
    }
}

/// Hands over all that the input gives.
pub(super) fn stream(
    input: Input<'_>,
    (path, place): (&BStr, &Place),
    buffer: &mut Buffer,
    each: &mut Visit<'_>,
    coverage: &mut Coverage,
) -> Result<Flow, Failure> {
    let Input { reader, file, expected, mut before } = input;
    buffer.filled = 0;
    // What came before a fault is looked at as well.
    let mut fault = buffer.fill(reader, expected).err();
    if buffer.filled == 0
        && let Some(err) = fault
    {
        return Err(Failure::Read(err));
    }
    coverage.blobs += 1;
    coverage.bytes += buffer.filled as u64;
    if buffer.filled < WINDOW && before == Before::default() {
        let flow = each(&Blob { bytes: buffer.read(), path, place, part: None }).map_err(Failure::Call)?;
        return end(flow, fault);
    }
    let mark = mark_of(buffer.read());
    let mut first = true;
    loop {
        let bytes = buffer.read();
        let ended = bytes.len() < WINDOW || fault.is_some();
        let own = if first { 0 } else { mark + OVERLAP / 2 }..if ended {
            bytes.len()
        } else {
            bytes.len() - OVERLAP / 2
        };
        let rest = Rest { reader: RefCell::new(reader), file, layout: None };
        let part = Part {
            lines_before: before.lines,
            columns_before: u32::try_from(before.columns).unwrap_or(u32::MAX),
            own,
            whole: expected.max(bytes.len() as u64),
            rest: first.then_some(&rest),
        };
        let flow = each(&Blob { bytes, path, place, part: Some(part) }).map_err(Failure::Call)?;
        if ended || flow != Flow::Continue {
            return end(flow, fault);
        }
        let cut = bytes.len() - OVERLAP;
        // The mark was put in front of all windows but the first.
        before.pass(&bytes[if first { 0 } else { mark }..cut]);
        first = false;
        buffer.keep(mark, cut);
        let filled = buffer.filled;
        fault = buffer.fill(reader, WINDOW as u64).err();
        coverage.bytes += (buffer.filled - filled) as u64;
    }
}

/// What is told after the last window.
fn end(flow: Flow, fault: Option<io::Error>) -> Result<Flow, Failure> {
    match (flow, fault) {
        (Flow::Continue, Some(err)) => Err(Failure::Read(err)),
        (Flow::Skip, _) => Ok(Flow::Continue),
        (flow, _) => Ok(flow),
    }
}

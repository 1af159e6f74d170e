//! Reads a stream of any length through one buffer.
//!
//! In: a reader. Out: one blob when all of it fits, else windows that overlap, so that memory stays
//! the same for two kilobytes and two gigabytes.

use std::io::{self, Read};

use anyhow::Result;
use bstr::BStr;

use super::{Blob, Coverage, Flow, Part, Place, Visit};

/// Bytes read at once.
const WINDOW: usize = 8 << 20;
/// Bytes of a window that the next one repeats; even, for text in UTF-16. Half of it on each side of
/// the border is more than the longest secret and what is looked at around it.
const OVERLAP: usize = 64 << 10;
/// The longest byte order mark whose loss would change how the next window is read.
const MARK: usize = 2;

/// Why a stream could not be read to its end.
pub(super) enum Failure {
    /// The reader's fault: it concerns this stream alone.
    Read(io::Error),
    /// The callback's fault, or its wish.
    Call(anyhow::Error),
}

/// Hands over all that `reader` gives, `expected` bytes as far as is known.
pub(super) fn stream(
    reader: &mut dyn Read,
    expected: u64,
    (path, place): (&BStr, &Place),
    buffer: &mut Vec<u8>,
    each: &mut Visit<'_>,
    coverage: &mut Coverage,
) -> Result<Flow, Failure> {
    buffer.clear();
    fill(reader, buffer, expected).map_err(Failure::Read)?;
    coverage.blobs += 1;
    coverage.bytes += buffer.len() as u64;
    if buffer.len() < WINDOW {
        return each(&Blob { bytes: buffer, path, place, part: None }).map_err(Failure::Call);
    }
    let mark = if matches!(buffer[..MARK], [0xFF, 0xFE] | [0xFE, 0xFF]) { MARK } else { 0 };
    let (mut lines, mut columns, mut first) = (0u32, 0usize, true);
    loop {
        let ended = buffer.len() < WINDOW;
        let own = if first { 0 } else { mark + OVERLAP / 2 }..if ended {
            buffer.len()
        } else {
            buffer.len() - OVERLAP / 2
        };
        let columns_before = u32::try_from(columns).unwrap_or(u32::MAX);
        let part =
            Part { lines_before: lines, columns_before, own, whole: expected.max(buffer.len() as u64) };
        let flow = each(&Blob { bytes: buffer, path, place, part: Some(part) }).map_err(Failure::Call)?;
        if ended || flow == Flow::Stop {
            return Ok(flow);
        }
        let cut = buffer.len() - OVERLAP;
        // The mark was put in front of all windows but the first.
        let passed = &buffer[if first { 0 } else { mark }..cut];
        lines = lines
            .saturating_add(u32::try_from(memchr::memchr_iter(b'\n', passed).count()).unwrap_or(u32::MAX));
        columns = match memchr::memrchr(b'\n', passed) {
            Some(last) => passed.len() - last - 1,
            None => columns.saturating_add(passed.len()),
        };
        first = false;
        buffer.copy_within(cut.., mark);
        buffer.truncate(mark + OVERLAP);
        let before = buffer.len();
        fill(reader, buffer, WINDOW as u64).map_err(Failure::Read)?;
        coverage.bytes += (buffer.len() - before) as u64;
    }
}

/// Fills the buffer up to a whole window, or to the end of the stream.
fn fill(reader: &mut dyn Read, buffer: &mut Vec<u8>, expected: u64) -> io::Result<()> {
    let room = WINDOW - buffer.len();
    // One byte more than expected: a read of nothing then tells the end without growing the buffer.
    buffer.reserve(room.min(usize::try_from(expected).unwrap_or(usize::MAX).saturating_add(1)));
    reader.take(room as u64).read_to_end(buffer).map(drop)
}

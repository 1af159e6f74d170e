//! What a thread does with what it reads, and when it need not look again.

use bstr::{BStr, ByteSlice as _};

use crate::source::{Blob, Flow, SEPARATOR};

/// What a thread does with a blob.
pub(super) trait Look {
    /// Whether a blob of piece `rank` is to be opened and looked at. A piece is one content, at each path that it goes by.
    fn begins(&mut self, rank: usize, blob: &Blob<'_>) -> bool;

    /// Scans one blob of piece `rank`, or what it holds.
    fn at(&mut self, rank: usize, blob: &Blob<'_>) -> Flow;

    /// Ends the piece before; `is_whole` when nothing of it was skipped, failed or late.
    fn end(&mut self, _is_whole: bool) {}
}

/// The content that was looked at last, for when it comes again in another folder.
#[derive(Default)]
pub(super) struct Last {
    rank: usize,
    name: Vec<u8>,
    /// What was said of it holds in every folder.
    is_settled: bool,
    /// It holds other files, which are chosen by their whole path.
    is_opened: bool,
}

impl Last {
    /// Whether this is the content that was looked at last, under the same name, and all that was said of it holds here.
    pub(super) fn is_again(&self, rank: usize, blob: &Blob<'_>) -> bool {
        self.is_settled && blob.is_start() && self.rank == rank && self.name == name(blob.path)
    }

    /// Begins with another.
    pub(super) fn begin(&mut self, rank: usize, blob: &Blob<'_>) {
        if blob.is_start() {
            (self.rank, self.is_settled, self.is_opened) = (rank, false, false);
            self.name.clear();
            self.name.extend_from_slice(name(blob.path));
        }
    }

    /// Notes whether what was said of a blob or a window of it holds in every folder.
    pub(super) fn end(&mut self, blob: &Blob<'_>, is_settled: bool) {
        self.is_opened |= blob.path.contains_str(SEPARATOR);
        self.is_settled = is_settled && !self.is_opened && (blob.is_start() || self.is_settled);
    }
}

/// The last part of a path.
pub(super) fn name(path: &BStr) -> &[u8] {
    path.rsplit(|byte| *byte == b'/').next().unwrap_or_default()
}

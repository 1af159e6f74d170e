//! One stream of bytes, such as standard input.
//!
//! In: a reader. Out: one blob under the name it was given. The whole stream is held in memory, up
//! to a limit.

use std::io::Read;

use anyhow::{Context as _, Result};
use bstr::{BStr, BString};

use super::{Blob, Coverage, Place, Skipped, Source, Visit, VisitOld, staged::too_large};

/// A stream to be read to its end.
pub struct Stream<R> {
    reader: R,
    name: BString,
    max_bytes: u64,
}

impl<R: Read> Stream<R> {
    /// Reads at most `max_bytes` of `reader`; findings name the file `name`.
    pub fn new(reader: R, name: impl Into<BString>, max_bytes: u64) -> Self {
        Stream { reader, name: name.into(), max_bytes }
    }
}

impl<R: Read> Source for Stream<R> {
    fn visit(&mut self, each: &mut Visit<'_>) -> Result<Coverage> {
        let mut bytes = Vec::new();
        let limit = self.max_bytes.saturating_add(1);
        (&mut self.reader).take(limit).read_to_end(&mut bytes).context("cannot read standard input")?;
        let mut coverage = Coverage::default();
        if bytes.len() as u64 > self.max_bytes {
            bytes.truncate(usize::try_from(self.max_bytes).unwrap_or(usize::MAX));
            let why = format!("{}: only the beginning was read", too_large(self.max_bytes));
            coverage.skipped.push(Skipped { path: self.name.clone(), why });
        }
        coverage.blobs = 1;
        coverage.bytes = bytes.len() as u64;
        each(&Blob { bytes: &bytes, path: BStr::new(&self.name), place: &Place::Stdin })?;
        Ok(coverage)
    }

    fn parents(&self, _place: &Place) -> usize {
        0
    }

    fn replaced(&mut self, _place: &Place, _parent: usize, _each: &mut VisitOld<'_>) -> Result<()> {
        Ok(())
    }
}

//! One stream of bytes, such as standard input.
//!
//! In: a reader. Out: its bytes under the name it was given, in windows when there are many, so that
//! memory does not grow with the stream; no more than a limit is read.

use std::io::Read;

use anyhow::{Context as _, Result};
use bstr::{BStr, BString};

use super::{
    Coverage, Place, Skipped, Source, Visit, VisitOld,
    staged::too_large,
    window::{self, Before, Buffer, Failure, Input},
};

/// A stream to be read to its end.
pub struct Stream<R> {
    reader: R,
    name: BString,
    place: Place,
    max_bytes: u64,
}

impl<R: Read> Stream<R> {
    /// Reads at most `max_bytes` of `reader`; findings call it `name`, which is the name of no file.
    pub fn new(reader: R, name: impl Into<BString>, max_bytes: u64) -> Self {
        Stream { reader, name: name.into(), place: Place::Stdin, max_bytes }
    }

    /// The same of what the file `name` has: what is said of its path is said of this.
    pub fn of_file(reader: R, name: impl Into<BString>, max_bytes: u64) -> Self {
        Stream { place: Place::File, ..Stream::new(reader, name, max_bytes) }
    }
}

impl<R: Read> Source for Stream<R> {
    fn visit(&mut self, each: &mut Visit<'_>) -> Result<Coverage> {
        let mut coverage = Coverage::default();
        let mut limited = (&mut self.reader).take(self.max_bytes);
        let about = (BStr::new(&self.name), &self.place);
        let input = Input { reader: &mut limited, file: None, expected: 0, before: Before::default() };
        let done = window::stream(input, about, &mut Buffer::default(), each, &mut coverage);
        match done {
            Ok(_) => {}
            Err(Failure::Call(err)) => return Err(err),
            Err(Failure::Read(err)) => return Err(err).context("cannot read standard input"),
        }
        if limited.limit() == 0 && self.reader.read(&mut [0]).context("cannot read standard input")? > 0 {
            let why = format!("{}: only the beginning was read", too_large(self.max_bytes));
            coverage.skipped.push(Skipped { path: self.name.clone(), why: why.into() });
        }
        if coverage.bytes == 0 {
            coverage.notes.push("standard input held nothing: nothing was looked at".to_owned());
        }
        Ok(coverage)
    }

    fn parents(&self, _place: &Place) -> usize {
        0
    }

    fn replaced(&mut self, _place: &Place, _parent: usize, _each: &mut VisitOld<'_>) -> Result<()> {
        Ok(())
    }

    fn left_at(&mut self, _place: &Place, _paths: &[BString], _each: &mut VisitOld<'_>) -> Result<()> {
        Ok(())
    }
}

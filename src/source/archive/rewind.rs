//! A compressed file that can be read at any place, with nothing kept of it: what lies behind is unpacked
//! again from the start.
//!
//! For images only, of which a few documents and then each layer are read. What is unpacked again does not
//! count once more towards the limit of bytes; towards that of time it does.

use std::{
    cell::{Cell, RefCell},
    io::{self, Read},
    rc::Rc,
};

use rawzip::ReaderAt;

use super::{
    Slice,
    budget::{Budget, Counted},
    kind::Kind,
    packed::{self, Aside},
    tar::Cursor,
};

/// The unpacked content of a compressed file.
pub(super) struct Rewind<'r> {
    kind: Kind,
    file: Slice<'r>,
    budget: Rc<Budget>,
    state: RefCell<State<'r>>,
}

struct State<'r> {
    reader: Box<dyn Read + 'r>,
    aside: Aside,
    /// Bytes that went into the decoder.
    packed: Rc<Cell<u64>>,
    /// Bytes that came out of it.
    at: u64,
    furthest: u64,
}

impl<'r> Rewind<'r> {
    /// `None` for what is no compressed stream.
    pub(super) fn new(kind: Kind, file: Slice<'r>, budget: Rc<Budget>) -> Option<Rewind<'r>> {
        let state = RefCell::new(State::new(kind, file, &budget)?);
        Some(Rewind { kind, file, budget, state })
    }

    /// What stood beside the compressed bytes, up to where it was read.
    pub(super) fn aside(&self) -> Aside {
        self.state.borrow().aside.clone()
    }

    /// All of it; nobody knows how long it is.
    pub(super) fn slice(&self) -> Slice<'_> {
        Slice { file: self, start: 0, length: u64::MAX }
    }
}

impl<'r> State<'r> {
    fn new(kind: Kind, file: Slice<'r>, budget: &Rc<Budget>) -> Option<State<'r>> {
        let packed = Rc::new(Cell::new(0));
        let (inner, budget) = (Cursor { file, at: 0 }, Rc::clone(budget));
        let input = Counted { inner, count: Rc::clone(&packed), budget };
        let aside = Aside::default();
        Some(State {
            reader: packed::decoder(kind, Box::new(input), &aside)?,
            aside,
            packed,
            at: 0,
            furthest: 0,
        })
    }

    fn read(&mut self, buf: &mut [u8], budget: &Budget) -> io::Result<usize> {
        let read = self.reader.read(buf)?;
        self.at += read as u64;
        budget.bytes(self.at.saturating_sub(self.furthest))?;
        budget.ratio(self.at, self.packed.get())?;
        self.furthest = self.furthest.max(self.at);
        Ok(read)
    }
}

impl ReaderAt for Rewind<'_> {
    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut state = self.state.borrow_mut();
        if offset < state.at {
            let start = State::new(self.kind, self.file, &self.budget).ok_or(io::ErrorKind::InvalidInput)?;
            *state = State { furthest: state.furthest, ..start };
        }
        let mut passed = [0; 16 << 10];
        while state.at < offset {
            let most = (offset - state.at).min(passed.len() as u64) as usize;
            if state.read(&mut passed[..most], &self.budget)? == 0 {
                return Ok(0);
            }
        }
        state.read(buf, &self.budget)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;
    use crate::source::archive::Limits;

    /// Packed by each kind of decoder.
    fn packed(kind: Kind, whole: &[u8]) -> Vec<u8> {
        let fast = flate2::Compression::fast();
        match kind {
            Kind::Gzip => {
                let mut out = flate2::write::GzEncoder::new(Vec::new(), fast);
                out.write_all(whole).unwrap();
                out.finish().unwrap()
            }
            Kind::Zlib => {
                let mut out = flate2::write::ZlibEncoder::new(Vec::new(), fast);
                out.write_all(whole).unwrap();
                out.finish().unwrap()
            }
            Kind::Bzip2 => {
                let mut out = bzip2::write::BzEncoder::new(Vec::new(), bzip2::Compression::fast());
                out.write_all(whole).unwrap();
                out.finish().unwrap()
            }
            Kind::Xz => {
                let options = lzma_rust2::XzOptions::with_preset(0);
                let mut out = lzma_rust2::XzWriter::new(Vec::new(), options).unwrap();
                out.write_all(whole).unwrap();
                out.finish().unwrap()
            }
            Kind::Lzma => {
                let options = lzma_rust2::LzmaOptions::with_preset(0);
                let mut out = lzma_rust2::LzmaWriter::new_use_header(Vec::new(), &options, None).unwrap();
                out.write_all(whole).unwrap();
                out.finish().unwrap()
            }
            Kind::Zstd => {
                ruzstd::encoding::compress_to_vec(whole, ruzstd::encoding::CompressionLevel::Fastest)
            }
            other => panic!("{other:?} is not compressed"),
        }
    }

    const KINDS: [Kind; 6] = [Kind::Gzip, Kind::Zlib, Kind::Bzip2, Kind::Xz, Kind::Lzma, Kind::Zstd];

    #[test]
    fn any_place_can_be_read_in_any_order() {
        let whole: Vec<u8> = (0..300_000_u32).flat_map(|at| (at / 7).to_le_bytes()).collect();
        for kind in KINDS {
            let packed = packed(kind, &whole);
            let file = Slice { file: &packed, start: 0, length: packed.len() as u64 };
            let rewind = Rewind::new(kind, file, Budget::new(Limits::SCAN)).unwrap();
            for at in [0, 900_000, 1_000, 1_000, whole.len() - 5, 70_000] {
                assert_eq!(rewind.read_at(&mut [], at as u64).unwrap(), 0, "nothing was asked for");
                let mut bytes = [0; 5];
                rewind.read_exact_at(&mut bytes, at as u64).unwrap();
                assert_eq!(bytes, whole[at..at + 5], "{kind:?} at {at}");
                assert_eq!(rewind.read_at(&mut [], at as u64 + 5).unwrap(), 0, "nothing was asked for");
            }
            assert_eq!(rewind.read_at(&mut [0], whole.len() as u64).unwrap(), 0, "{kind:?}");
            let small = Limits { max_bytes: 500_000, ..Limits::SCAN };
            let rewind = Rewind::new(kind, file, Budget::new(small)).unwrap();
            for _ in 0..3 {
                assert!(rewind.read_at(&mut [0], 400_000).is_ok(), "what is unpacked again counts once");
            }
            assert!(rewind.read_at(&mut [0], 600_000).is_err());
        }
    }

    #[test]
    fn a_fault_comes_behind_the_bytes_before_it() {
        let whole: Vec<u8> = (0..9_000_u32).flat_map(|at| format!("{} ", at * 7919).into_bytes()).collect();
        for kind in KINDS {
            let packed = packed(kind, &whole);
            for cut in [packed.len() / 2, packed.len() * 9 / 10] {
                let mut reader = packed::decoder(kind, Box::new(&packed[..cut]), &Aside::default()).unwrap();
                let mut out = Vec::new();
                assert!(reader.read_to_end(&mut out).is_err(), "{kind:?} cut at {cut}");
                assert!(whole.starts_with(&out), "{kind:?} cut at {cut}");
                // These make nothing of a block or chunk before all of it is there.
                assert!(
                    matches!(kind, Kind::Bzip2 | Kind::Xz | Kind::Zstd) || out.len() > whole.len() / 4,
                    "{kind:?}: {}",
                    out.len()
                );
                assert_eq!(reader.read(&mut [0]).unwrap(), 0, "it is told once");
            }
            if !matches!(kind, Kind::Lzma | Kind::Zstd) {
                let mut wrong = packed.clone();
                let at = wrong.len() - if kind == Kind::Xz { 60 } else { 5 };
                wrong[at] ^= 0xFF;
                let mut reader = packed::decoder(kind, Box::new(&wrong[..]), &Aside::default()).unwrap();
                let mut out = Vec::new();
                assert!(reader.read_to_end(&mut out).is_err(), "{kind:?} with a wrong end");
                assert!(out.len() + 4096 > whole.len(), "{kind:?}: {} of {}", out.len(), whole.len());
            }
        }
    }
}

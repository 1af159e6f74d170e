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

    #[test]
    fn any_place_can_be_read_in_any_order() {
        let whole: Vec<u8> = (0..300_000_u32).flat_map(|at| (at / 7).to_le_bytes()).collect();
        let mut out = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        out.write_all(&whole).unwrap();
        let packed = out.finish().unwrap();
        let file = Slice { file: &packed, start: 0, length: packed.len() as u64 };
        let rewind = Rewind::new(Kind::Gzip, file, Budget::new(Limits::SCAN)).unwrap();
        for at in [0, 900_000, 1_000, 1_000, whole.len() - 5, 70_000] {
            let mut bytes = [0; 5];
            rewind.read_exact_at(&mut bytes, at as u64).unwrap();
            assert_eq!(bytes, whole[at..at + 5], "at {at}");
        }
        assert_eq!(rewind.read_at(&mut [0], whole.len() as u64).unwrap(), 0);
        let small = Limits { max_bytes: 500_000, ..Limits::SCAN };
        let rewind = Rewind::new(Kind::Gzip, file, Budget::new(small)).unwrap();
        for _ in 0..3 {
            assert!(rewind.read_at(&mut [0], 400_000).is_ok(), "what is unpacked again counts once");
        }
        assert!(rewind.read_at(&mut [0], 600_000).is_err());
    }
}

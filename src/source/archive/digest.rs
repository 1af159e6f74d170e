//! Whether a blob of an image is what its name says, where that is a SHA-256: an engine refuses another.
//!
//! It is hashed while it is read for what it holds, so that nothing has to be read twice for it.

use std::{cell::RefCell, io};

use rawzip::ReaderAt;
use sha2::{Digest as _, Sha256};

use super::Slice;

/// Bytes read at once of what nobody else reads.
const STEP: usize = 64 << 10;

/// The digest that the name of a blob holds.
fn of_name(name: &str) -> Option<&str> {
    name.strip_prefix("blobs/sha256/")
}

fn hex(hasher: Sha256) -> String {
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What is wrong with the whole content of a blob.
pub(super) fn fault(name: &str, bytes: &[u8]) -> Option<String> {
    let expected = of_name(name)?;
    (hex(Sha256::new().chain_update(bytes)) != expected).then(|| other(name))
}

fn other(name: &str) -> String {
    format!("the content of {name} has another digest: it was damaged or exchanged, and scanned as it is")
}

/// A blob that is hashed from its start to its end as it is read, wherever that is done first.
pub(super) struct Digested<'d> {
    name: &'d str,
    file: Slice<'d>,
    /// `None` where the name holds no digest.
    state: Option<RefCell<State>>,
}

struct State {
    hasher: Sha256,
    /// How much went into it.
    at: u64,
}

impl State {
    fn add(&mut self, bytes: &[u8]) {
        self.hasher.update(bytes);
        self.at += bytes.len() as u64;
    }
}

impl<'d> Digested<'d> {
    pub(super) fn new(name: &'d str, file: Slice<'d>) -> Digested<'d> {
        let state = of_name(name).map(|_| RefCell::new(State { hasher: Sha256::new(), at: 0 }));
        Digested { name, file, state }
    }

    pub(super) fn slice(&self) -> Slice<'_> {
        Slice { file: self, start: 0, length: self.file.length }
    }

    /// Reads what was passed over up to `end`.
    fn reach(&self, state: &mut State, end: u64) -> io::Result<()> {
        let mut buffer = [0; STEP];
        while state.at < end {
            let most = usize::try_from(end - state.at).unwrap_or(STEP).min(STEP);
            match self.file.read_at(&mut buffer[..most], state.at)? {
                0 => break,
                read => state.add(&buffer[..read]),
            }
        }
        Ok(())
    }

    /// What is wrong with the blob, once it was read; reads what nobody has.
    pub(super) fn fault(self) -> io::Result<Option<String>> {
        let (Some(expected), Some(state)) = (of_name(self.name), &self.state) else { return Ok(None) };
        self.reach(&mut state.borrow_mut(), self.file.length)?;
        let own = hex(state.borrow().hasher.clone());
        Ok((own != expected).then(|| other(self.name)))
    }
}

impl ReaderAt for Digested<'_> {
    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        let Some(state) = &self.state else { return self.file.read_at(buf, offset) };
        let state = &mut *state.borrow_mut();
        // A stream that is unpacked as it is read gives all in this order at no cost.
        self.reach(state, offset.min(self.file.length))?;
        let read = self.file.read_at(buf, offset)?;
        let known = usize::try_from(state.at.saturating_sub(offset)).unwrap_or(usize::MAX);
        if let Some(new) = buf[..read].get(known..).filter(|_| offset <= state.at) {
            state.add(new);
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_blob_is_hashed_once_however_it_is_read() {
        let bytes: Vec<u8> = (0..300_000_u32).map(|at| (at % 251) as u8).collect();
        let name = format!("blobs/sha256/{}", hex(Sha256::new().chain_update(&bytes)));
        let file = Slice { file: &bytes, start: 0, length: bytes.len() as u64 };
        for offsets in [&[][..], &[0], &[10, 0, 5], &[200_000, 0, 199_990, 299_999], &[400_000]] {
            let digested = Digested::new(&name, file);
            for offset in offsets {
                let mut buffer = [0; 1_000];
                let read = digested.read_at(&mut buffer, *offset).unwrap();
                assert_eq!(buffer[..read], bytes[bytes.len().min(*offset as usize)..][..read]);
            }
            assert_eq!(digested.fault().unwrap(), None, "{offsets:?}");
        }
        let shorter = Slice { length: file.length - 1, ..file };
        assert!(Digested::new(&name, shorter).fault().unwrap().is_some());
        assert!(fault(&name, &bytes[1..]).is_some() && fault(&name, &bytes).is_none());
        assert!(fault("manifest.json", &bytes).is_none());
    }
}

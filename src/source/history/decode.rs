//! Decodes objects by number, each base once as long as its deltas come close behind it.
//!
//! In: a number. Out: the content, or a stream for what is too large to be held: inflated here where it stands whole in
//! a pack, through git elsewhere. The delta format is git's `Documentation/gitformat-pack.txt`, "Deltified
//! representation". No size in a pack is trusted.

use std::{collections::HashMap, fs::File, io, ops::Range, rc::Rc};

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use gix::odb::pack::data;
use gix::zlib::{Decompress, Inflate, Status, stream};

use super::{
    store::{LONGEST_CHAIN, Number, Store},
    through::read_at,
};
use crate::source::plumbing::BlobStream;

/// Bytes that one thread keeps of bases.
const CACHE: usize = 14 << 20;
/// A small file may be a delta against a large one; git makes none against files of more than twice this, unless told
/// (`core.bigFileThreshold`).
const LARGEST_BASE: u64 = 256 << 20;
/// What is larger and no delta is handed over as a stream.
const STREAMED_FROM: u64 = 4 << 20;

/// What became of a request.
pub(super) enum Content {
    Bytes(Rc<Vec<u8>>),
    /// To be read through [`Decoder::stream`]; its size, or that of what it is a delta against.
    Streamed(u64),
}

/// Which objects are kept for what comes next.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    /// Those that others are deltas against.
    Bases,
    /// All.
    All,
}

/// Decodes for one thread.
pub(super) struct Decoder<'s> {
    store: &'s Store,
    keep: Keep,
    cache: Cache,
    /// The start of the entry that was looked at last, as it stands in its pack; all of one that is inflated.
    packed: Vec<u8>,
    inflate: Inflate,
    delta: Vec<u8>,
    /// What was handed over last; its memory is used again when nobody holds it.
    spare: Rc<Vec<u8>>,
}

impl<'s> Decoder<'s> {
    pub(super) fn new(store: &'s Store, keep: Keep) -> Self {
        Decoder {
            store,
            keep,
            cache: Cache::default(),
            packed: Vec::new(),
            spare: Rc::default(),
            inflate: Inflate::default(),
            delta: Vec::new(),
        }
    }

    /// The content of an object; one that is larger than `max_bytes` comes as a stream.
    pub(super) fn read(&mut self, number: Number, max_bytes: u64) -> Result<Content> {
        let id = || self.store.id(number);
        let read = match self.store.place(number) {
            Some(_) => self.packed(number, max_bytes),
            None => self.loose(number, max_bytes),
        };
        read.with_context(|| format!("object {} cannot be read; run `git fsck`", id()))
    }

    /// As [`Decoder::read`], for what must be held whole.
    pub(super) fn whole(&mut self, number: Number, max_bytes: u64) -> Result<Rc<Vec<u8>>> {
        match self.read(number, max_bytes)? {
            Content::Bytes(bytes) => Ok(bytes),
            Content::Streamed(size) if size > max_bytes => {
                bail!("object {} has {size} bytes", self.store.id(number))
            }
            Content::Streamed(size) => {
                let mut bytes = Vec::new();
                io::copy(&mut io::Read::take(self.stream(number)?, size), &mut bytes)?;
                Ok(Rc::new(bytes))
            }
        }
    }

    fn loose(&mut self, number: Number, max_bytes: u64) -> Result<Content> {
        let (store, id) = self.store.loose(number).context("there is no such object")?;
        let (size, _) = store.try_header(&id).map_err(wrong)?.context("it is missing")?;
        if size > max_bytes {
            return Ok(Content::Streamed(size));
        }
        let mut buffer = Vec::new();
        let found = store.try_find(&id, &mut buffer).map_err(wrong)?.context("it is missing")?;
        let length = found.data.len();
        let start = (found.data.as_ptr() as usize).saturating_sub(buffer.as_ptr() as usize);
        ensure!(start + length <= buffer.len(), "it lies outside its buffer");
        buffer.copy_within(start..start + length, 0);
        buffer.truncate(length);
        Ok(Content::Bytes(Rc::new(buffer)))
    }

    fn packed(&mut self, number: Number, max_bytes: u64) -> Result<Content> {
        let mut chain = Vec::new();
        let mut at = number;
        let largest = max_bytes.max(LARGEST_BASE);
        let limit = |at: Number| if at == number { max_bytes } else { largest };
        let mut base = loop {
            if let Some(known) = self.cache.get(at) {
                break known;
            }
            if let Some(base) = self.store.base(at) {
                ensure!(chain.len() < LONGEST_CHAIN, "its deltas lead in a circle");
                chain.push(at);
                at = base;
                continue;
            }
            if self.store.place(at).is_none() {
                match self.loose(at, limit(at))? {
                    Content::Bytes(bytes) => break bytes,
                    large @ Content::Streamed(_) => return Ok(large),
                }
            }
            let entry = self.entry(at)?;
            ensure!(!entry.header.is_delta(), "the object it is a delta against is missing");
            let size = entry.decompressed_size;
            // A base is held when its deltas come, and read as it is until then.
            if at == number && size >= STREAMED_FROM && (!self.store.is_base(at) || size > max_bytes) {
                return Ok(Content::Streamed(size));
            }
            if size > limit(at) {
                return Ok(Content::Streamed(size));
            }
            let mut bytes = self.room(at);
            self.inflate(at, &entry, &mut bytes)?;
            break self.made(at, bytes);
        };
        while let Some(at) = chain.pop() {
            let entry = self.entry(at)?;
            let mut delta = std::mem::take(&mut self.delta);
            if entry.decompressed_size > largest {
                self.delta = delta;
                return Ok(Content::Streamed(entry.decompressed_size));
            }
            let inflated = self.inflate(at, &entry, &mut delta);
            let mut bytes = self.room(at);
            let made = inflated.and_then(|()| apply(&base, &delta, limit(at), &mut bytes));
            self.delta = delta;
            if let Made::TooLarge(size) = made? {
                return Ok(Content::Streamed(size));
            }
            base = self.made(at, bytes);
        }
        // A delta that is the base of another may be known as that. What is none would come as a stream.
        let size = base.len() as u64;
        if size > max_bytes && self.store.base(number).is_some() {
            return Ok(Content::Streamed(size));
        }
        Ok(Content::Bytes(base))
    }

    fn is_kept(&self, number: Number) -> bool {
        self.keep == Keep::All || self.store.is_base(number)
    }

    /// Where a content goes. One that is not kept gets the memory of the last such, when nobody holds it.
    fn room(&mut self, number: Number) -> Vec<u8> {
        if self.is_kept(number) {
            return Vec::new();
        }
        let mut room = Rc::try_unwrap(std::mem::take(&mut self.spare)).unwrap_or_default();
        room.clear();
        room
    }

    fn made(&mut self, number: Number, bytes: Vec<u8>) -> Rc<Vec<u8>> {
        let bytes = Rc::new(bytes);
        if self.is_kept(number) {
            self.cache.put(number, &bytes);
        } else {
            self.spare = bytes.clone();
        }
        bytes
    }

    /// The header of an entry, which is read with what fits beside it.
    fn entry(&mut self, number: Number) -> Result<data::Entry> {
        let (file, span) = self.place(number)?;
        self.fetch(file, &span, READ)?;
        data::Entry::from_bytes(&self.packed, span.start, self.store.hash).map_err(wrong)
    }

    /// Where an entry stands: its pack, and the bytes there.
    fn place(&self, number: Number) -> Result<(&'s File, Range<u64>)> {
        let (at, place) = self.store.place(number).context("there is no such object")?;
        let pack = self.store.pack(at);
        Ok((&pack.file, pack.span(place)))
    }

    /// Reads at most so many bytes of an entry. Most are small, and their neighbours are asked for much later.
    fn fetch(&mut self, file: &File, span: &Range<u64>, most: usize) -> Result<()> {
        self.packed.resize(usize::try_from(span.end - span.start)?.min(most), 0);
        let read = read_at(file, &mut self.packed, span.start)?;
        ensure!(read == self.packed.len(), "the pack is cut short");
        Ok(())
    }

    /// Inflates the entry that was looked at last.
    fn inflate(&mut self, number: Number, entry: &data::Entry, out: &mut Vec<u8>) -> Result<()> {
        let (file, span) = self.place(number)?;
        let length = span.end.checked_sub(entry.data_offset).context("the pack is cut short")?;
        let size = usize::try_from(entry.decompressed_size)?;
        // A header may claim anything; zlib makes at most 1,032 bytes of one.
        ensure!(size as u64 / 1100 <= length, "its size is not true");
        if span.end - span.start > self.packed.len() as u64 {
            self.fetch(file, &span, usize::MAX)?;
        }
        let header = usize::try_from(entry.data_offset - span.start)?;
        let packed = self.packed.get(header..).context("the pack is cut short")?;
        out.clear();
        out.resize(size, 0);
        self.inflate.reset();
        let (status, _, made) = self.inflate.once(packed, out).map_err(wrong)?;
        ensure!(status == Status::StreamEnd && made == size, "its data ends early");
        Ok(())
    }

    /// Reads what [`Content::Streamed`] stands for, from its start.
    pub(super) fn stream(&mut self, number: Number) -> Result<Stream<'s>> {
        let whole = match self.store.place(number) {
            Some(place) => Some((place, self.entry(number)?)),
            None => None,
        };
        let Some(((pack, place), entry)) = whole.filter(|(_, entry)| !entry.header.is_delta()) else {
            return Ok(Stream::OfGit(self.store.git.stream(&self.store.id(number))?));
        };
        let pack = self.store.pack(pack);
        let packed = Section { file: &pack.file, at: entry.data_offset, end: pack.span(place).end };
        Ok(Stream::Packed(Inflating {
            packed: io::BufReader::with_capacity(64 << 10, packed),
            state: Decompress::default(),
            left: entry.decompressed_size,
        }))
    }
}

/// Bytes of an entry that are read with its header.
const READ: usize = 16 << 10;

fn wrong(err: impl std::fmt::Display) -> anyhow::Error {
    anyhow!("{err}")
}

/// A part of a file.
struct Section<'f> {
    file: &'f File,
    at: u64,
    end: u64,
}

impl io::Read for Section<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let room = usize::try_from(self.end.saturating_sub(self.at)).unwrap_or(usize::MAX).min(buffer.len());
        let read = read_at(self.file, &mut buffer[..room], self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

/// A content that is not held whole.
pub(super) enum Stream<'f> {
    Packed(Inflating<'f>),
    /// A delta, or an object that stands in a file of its own.
    OfGit(BlobStream),
}

impl io::Read for Stream<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Stream::Packed(stream) => stream.read(buffer),
            Stream::OfGit(stream) => stream.read(buffer),
        }
    }
}

/// The content of a packed object, as it is inflated.
pub(super) struct Inflating<'f> {
    packed: io::BufReader<Section<'f>>,
    state: Decompress,
    left: u64,
}

impl io::Read for Inflating<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let room = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        if room == 0 {
            return Ok(0);
        }
        let read = stream::inflate::read(&mut self.packed, &mut self.state, &mut buffer[..room])?;
        if read == 0 {
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "its data ends early"));
        }
        self.left -= read as u64;
        Ok(read)
    }
}

/// What a delta made.
#[derive(Debug, PartialEq, Eq)]
enum Made {
    All,
    TooLarge(u64),
}

/// Applies a delta, two sizes, then copies from the base and bytes to insert, to an empty `out`.
fn apply(base: &[u8], delta: &[u8], max_bytes: u64, out: &mut Vec<u8>) -> Result<Made> {
    let mut rest = delta;
    let (base_size, size) = (size(&mut rest)?, size(&mut rest)?);
    ensure!(base_size == base.len() as u64, "its delta is for another object");
    if size > max_bytes {
        return Ok(Made::TooLarge(size));
    }
    let size = usize::try_from(size)?;
    out.reserve(size.min(base.len().saturating_add(delta.len()).saturating_mul(8)));
    while let Some((&op, after)) = rest.split_first() {
        rest = after;
        let piece = if op & 0x80 != 0 {
            let from = little(&mut rest, op & 0x0f, 4)?;
            let length = little(&mut rest, op >> 4 & 0x07, 3)?;
            let length = if length == 0 { 0x10000 } else { length };
            base.get(from..from.saturating_add(length)).context("its delta copies what is not there")?
        } else {
            ensure!(op != 0, "its delta holds an unknown instruction");
            let (piece, after) = rest.split_at_checked(usize::from(op)).context("its delta is cut short")?;
            rest = after;
            piece
        };
        ensure!(out.len() + piece.len() <= size, "its delta makes more than it says");
        out.extend_from_slice(piece);
    }
    ensure!(out.len() == size, "its delta makes less than it says");
    Ok(Made::All)
}

/// Seven bits a byte, the lowest first.
fn size(rest: &mut &[u8]) -> Result<u64> {
    let mut size = 0u64;
    for shift in (0..63).step_by(7) {
        let (&byte, after) = rest.split_first().context("its delta is cut short")?;
        *rest = after;
        size |= u64::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(size);
        }
    }
    bail!("its delta holds a size that no object has")
}

/// The bytes that `which` says are there, the lowest first.
fn little(rest: &mut &[u8], which: u8, most: u32) -> Result<usize> {
    let mut value = 0;
    for bit in (0..most).filter(|bit| which >> bit & 1 != 0) {
        let (&byte, after) = rest.split_first().context("its delta is cut short")?;
        *rest = after;
        value |= usize::from(byte) << (8 * bit);
    }
    Ok(value)
}

/// The objects that were used last. Two halves: what is not asked for while one fills up is dropped.
#[derive(Default)]
struct Cache {
    young: HashMap<Number, Rc<Vec<u8>>>,
    old: HashMap<Number, Rc<Vec<u8>>>,
    bytes: usize,
}

impl Cache {
    fn get(&mut self, number: Number) -> Option<Rc<Vec<u8>>> {
        if let Some(known) = self.young.get(&number) {
            return Some(known.clone());
        }
        let known = self.old.remove(&number)?;
        self.put(number, &known);
        Some(known)
    }

    fn put(&mut self, number: Number, bytes: &Rc<Vec<u8>>) {
        // One that would drop all others is not worth it.
        if bytes.len() > CACHE / 4 {
            return;
        }
        self.bytes += bytes.len() + 64;
        self.young.insert(number, bytes.clone());
        if self.bytes > CACHE / 2 {
            self.old = std::mem::take(&mut self.young);
            self.bytes = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Made, apply};

    fn applied(base: &[u8], delta: &[u8], max_bytes: u64) -> anyhow::Result<(Made, Vec<u8>)> {
        let mut out = Vec::new();
        apply(base, delta, max_bytes, &mut out).map(|made| (made, out))
    }

    #[test]
    fn a_delta_copies_and_inserts() {
        // Sizes 6 and 7; copy 4 bytes from 2; insert "xyz".
        let delta = [6, 7, 0x91, 2, 4, 3, b'x', b'y', b'z'];
        assert_eq!(applied(b"abcdef", &delta, 100).unwrap(), (Made::All, b"cdefxyz".to_vec()));
        assert_eq!(applied(b"abcdef", &delta, 6).unwrap().0, Made::TooLarge(7));
    }

    #[test]
    fn a_damaged_delta_is_an_error() {
        let whole = [6, 7, 0x91, 2, 4, 3, b'x', b'y', b'z'];
        for end in 0..whole.len() {
            assert!(applied(b"abcdef", &whole[..end], 100).is_err(), "{end}");
        }
        assert!(applied(b"abcde", &whole, 100).is_err(), "another base");
        assert!(applied(b"abcdef", &[6, 1, 0], 100).is_err(), "no such instruction");
        assert!(applied(b"abcdef", &[6, 9, 0x91, 4, 9], 100).is_err(), "past the end");
        assert!(applied(b"abcdef", &[0xff; 12], 100).is_err(), "no size");
    }
}

//! Members of a zip that its directory does not name: what was deleted, replaced, or put before another zip.

use std::{
    cell::Cell,
    io::{self, Read},
    ops::Range,
    rc::Rc,
};

use rawzip::CompressionMethod;

use super::{
    Content, Holder, Slice, Walk, Why,
    budget::{self, Counted, Metered},
    packed,
    rest::Seen,
    tar::Cursor,
    zip::END_MARK,
};
use crate::source::{Flow, inside::join, window::Failure};

/// Bytes read at once.
const STEP: u64 = 64 << 10;
/// Bytes of a local header before the name (APPNOTE 6.3.10, 4.3.7).
const HEADER: usize = 30;
/// Longest name that is believed: programs that read zips hold the signature too.
const LONGEST_NAME: usize = 1024;
/// Highest version of the format there is, with room.
const NEWEST: u16 = 99;
const LOCAL: &[u8] = b"PK\x03\x04";
/// What may follow a member whose header does not tell its size: its sizes, the next one, the directory.
const NEXT: [&[u8]; 3] = [b"PK\x07\x08", LOCAL, b"PK\x01\x02"];

/// What a local header tells.
struct Local {
    name: Vec<u8>,
    method: CompressionMethod,
    is_encrypted: bool,
    /// Bytes that it unpacks to, where that is told and its data has no mark at its end.
    unpacked: Option<u64>,
    data: Range<u64>,
}

impl Walk<'_, '_> {
    /// Looks into the members that stand in the gaps of a zip; `listed` are the headers of the others, in order.
    pub(super) fn unlisted(
        &mut self,
        of: Holder<'_>,
        file: &Slice<'_>,
        listed: &[u64],
        seen: &mut Seen,
    ) -> Result<Flow, Failure> {
        let mut bytes = Near { file: *file, at: 0, bytes: Vec::new() };
        for gap in seen.gaps(file.length) {
            let mut at = gap.start;
            while let Some(start) = bytes.find(at..gap.end, &[LOCAL]).map_err(Failure::Read)? {
                at = start + LOCAL.len() as u64;
                // What looks like a header may be none, two million times.
                self.budget.time().map_err(Failure::Read)?;
                if listed.binary_search(&start).is_ok() {
                    continue;
                }
                let Some(local) = Local::read(&mut bytes, start, gap.end).map_err(Failure::Read)? else {
                    continue;
                };
                self.budget.member().map_err(Failure::Read)?;
                let end = local.data.end;
                if self.unlisted_member(of, file, &local, seen)? == Flow::Stop {
                    return Ok(Flow::Stop);
                }
                if self.budget.is_spent() {
                    return Ok(Flow::Continue);
                }
                at = at.max(end);
            }
        }
        Ok(Flow::Continue)
    }

    fn unlisted_member(
        &mut self,
        of: Holder<'_>,
        file: &Slice<'_>,
        local: &Local,
        seen: &mut Seen,
    ) -> Result<Flow, Failure> {
        let path = join(of.path, &local.name);
        let name = path.as_ref();
        let length = local.data.end - local.data.start;
        if local.is_encrypted {
            self.unread(path, Why::Closed("encrypted".to_owned()));
            return Ok(Flow::Continue);
        }
        let inner = file.part(local.data.start, length).map_err(Failure::Read)?;
        if local.method == CompressionMethod::STORE {
            self.budget.bytes(length).map_err(Failure::Read)?;
            seen.add(local.data.start, length);
            let flow = self.item(name, name, Content::At(inner), of.depth);
            return self.settled(name, flow);
        }
        let count = Rc::new(Cell::new(0));
        let (cursor, budget) = (Cursor { file: inner, at: 0 }, Rc::clone(&self.budget));
        let input = Counted { inner: cursor, count: Rc::clone(&count), budget };
        let Some(decoder) = packed::method(local.method, Box::new(input), local.unpacked) else {
            self.unread(path, Why::Closed(format!("packed by method {}", local.method.as_u16())));
            return Ok(Flow::Continue);
        };
        let mut metered = Metered::new(decoder, count, Rc::clone(&self.budget));
        match self.item(name, name, Content::Stream(&mut metered), of.depth) {
            // The zip is sound without it, and its bytes are scanned as they are.
            Err(Failure::Read(err)) if budget::limit_of(&err).is_none() => {
                let why = format!("not in the directory of the zip, and damaged: {}", budget::in_words(&err));
                self.unread(path, Why::Closed(why));
                Ok(Flow::Continue)
            }
            Err(err) => self.settled(name, Err(err)),
            flow => {
                seen.add(local.data.start, length);
                flow
            }
        }
    }
}

impl Local {
    /// The header at `start`; `None` when what stands there is none, or does not tell where its data ends.
    fn read(bytes: &mut Near<'_>, start: u64, end: u64) -> io::Result<Option<Local>> {
        let Some(header) = bytes.at(start, HEADER, end)? else { return Ok(None) };
        let short = |at: usize| u16::from_le_bytes([header[at], header[at + 1]]);
        let (version, flags, method) = (short(4), short(6), CompressionMethod::new(short(8)));
        let long =
            |at: usize| u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]]);
        let (size, unpacked) = (long(18), long(22));
        let (name, extra) = (usize::from(short(26)), u64::from(short(28)));
        if version > NEWEST || name == 0 || name > LONGEST_NAME {
            return Ok(None);
        }
        let names_at = start + HEADER as u64;
        let data = names_at + name as u64 + extra;
        let name = match bytes.at(names_at, name, end)? {
            Some(name) if data <= end && !name.contains(&0) => name.to_vec(),
            _ => return Ok(None),
        };
        let is_told = size != u32::MAX && (size > 0 || flags & 8 == 0);
        let data = match is_told {
            true => data..data + u64::from(size),
            false => data..bytes.find(data..end, &NEXT)?.unwrap_or(end),
        };
        let is_stored_anyhow = method == CompressionMethod::STORE && !is_told;
        if data.end > bytes.file.length || data.is_empty() || is_stored_anyhow {
            return Ok(None);
        }
        let is_encrypted = flags & 1 != 0 || method == CompressionMethod::AES;
        let unpacked = (is_told && flags & END_MARK == 0).then_some(u64::from(unpacked));
        Ok(Some(Local { name, method, is_encrypted, unpacked, data }))
    }
}

/// A file that is searched, and what was read of it last: what looks like a header may stand side by side.
struct Near<'f> {
    file: Slice<'f>,
    /// Where `bytes` start.
    at: u64,
    bytes: Vec<u8>,
}

impl Near<'_> {
    /// What stands at `at`, before `end`: at least `least` bytes, where there are so many.
    fn from(&mut self, at: u64, least: usize, end: u64) -> io::Result<&[u8]> {
        let most = end.saturating_sub(at);
        let wanted = most.min(least as u64);
        let is_here = self.at <= at && at + wanted <= self.at + self.bytes.len() as u64;
        if !is_here {
            self.bytes.clear();
            self.at = at;
            Cursor { file: self.file, at }.take(STEP).read_to_end(&mut self.bytes)?;
        }
        let known = &self.bytes[(at - self.at) as usize..];
        Ok(&known[..known.len().min(usize::try_from(most).unwrap_or(usize::MAX))])
    }

    /// The `length` bytes at `at`, where all stand before `end`.
    fn at(&mut self, at: u64, length: usize, end: u64) -> io::Result<Option<&[u8]>> {
        Ok(self.from(at, length, end)?.get(..length))
    }

    /// Where in a part one of `needles` stands first. All are as long as a mark.
    fn find(&mut self, part: Range<u64>, needles: &[&[u8]]) -> io::Result<Option<u64>> {
        let mut at = part.start;
        loop {
            let bytes = self.from(at, LOCAL.len(), part.end)?;
            let first = needles.iter().filter_map(|needle| crate::memmem::find(bytes, needle)).min();
            if let Some(first) = first {
                return Ok(Some(at + first as u64));
            }
            if bytes.len() < LOCAL.len() {
                return Ok(None);
            }
            at += (bytes.len() - LOCAL.len() + 1) as u64;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Reads {
        bytes: Vec<u8>,
        count: Cell<usize>,
    }

    impl rawzip::ReaderAt for Reads {
        fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
            self.count.set(self.count.get() + 1);
            self.bytes.as_slice().read_at(buf, offset)
        }
    }

    /// For each of them 64 KiB were read anew.
    #[test]
    fn headers_side_by_side_are_read_together() {
        let marks = 100_000;
        let reads = Reads { bytes: LOCAL.repeat(marks), count: Cell::new(0) };
        let length = reads.bytes.len() as u64;
        let mut near = Near { file: Slice { file: &reads, start: 0, length }, at: 0, bytes: Vec::new() };
        let (mut at, mut found) = (0, 0);
        while let Some(start) = near.find(at..length, &[LOCAL]).unwrap() {
            assert!(Local::read(&mut near, start, length).unwrap().is_none());
            (at, found) = (start + LOCAL.len() as u64, found + 1);
        }
        assert_eq!(found, marks);
        assert!(reads.count.get() < 100, "{} reads", reads.count.get());
    }

    #[test]
    fn what_stands_across_two_reads_is_found() {
        for before in [0, STEP - 2, STEP, 2 * STEP - 5] {
            let bytes = [vec![b'P'; before as usize], LOCAL.to_vec(), b"rest".to_vec()].concat();
            let length = bytes.len() as u64;
            let mut near =
                Near { file: Slice { file: &bytes.as_slice(), start: 0, length }, at: 0, bytes: Vec::new() };
            assert_eq!(near.find(0..length, &[LOCAL]).unwrap(), Some(before));
            assert_eq!(near.find(before + 1..length, &[LOCAL]).unwrap(), None);
            assert_eq!(near.find(0..before + 3, &[LOCAL]).unwrap(), None, "it ends outside of the part");
        }
    }
}

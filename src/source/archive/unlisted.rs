//! Members of a zip that its directory does not name: what was deleted, replaced, or put before another zip.

use std::{
    cell::Cell,
    io::{self, Read},
    ops::Range,
    rc::Rc,
};

use rawzip::{CompressionMethod, ReaderAt};

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
        for gap in seen.gaps(file.length) {
            let mut at = gap.start;
            while let Some(start) = find(file, at..gap.end, &[LOCAL]).map_err(Failure::Read)? {
                at = start + LOCAL.len() as u64;
                if listed.binary_search(&start).is_ok() {
                    continue;
                }
                let Some(local) = Local::read(file, start, gap.end).map_err(Failure::Read)? else { continue };
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
    fn read(file: &Slice<'_>, start: u64, end: u64) -> io::Result<Option<Local>> {
        let mut header = [0; HEADER];
        if end - start < HEADER as u64 || file.read_exact_at(&mut header, start).is_err() {
            return Ok(None);
        }
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
        let mut name = vec![0; name];
        if data > end || file.read_exact_at(&mut name, names_at).is_err() || name.contains(&0) {
            return Ok(None);
        }
        let is_told = size != u32::MAX && (size > 0 || flags & 8 == 0);
        let data = match is_told {
            true => data..data + u64::from(size),
            false => data..find(file, data..end, &NEXT)?.unwrap_or(end),
        };
        let is_stored_anyhow = method == CompressionMethod::STORE && !is_told;
        if data.end > file.length || data.is_empty() || is_stored_anyhow {
            return Ok(None);
        }
        let is_encrypted = flags & 1 != 0 || method == CompressionMethod::AES;
        let unpacked = (is_told && flags & END_MARK == 0).then_some(u64::from(unpacked));
        Ok(Some(Local { name, method, is_encrypted, unpacked, data }))
    }
}

/// Where in a part one of `needles` stands first. All are of one length.
fn find(file: &Slice<'_>, part: Range<u64>, needles: &[&[u8]]) -> io::Result<Option<u64>> {
    let mut bytes = Vec::new();
    let mut at = part.start;
    loop {
        bytes.clear();
        let most = part.end.saturating_sub(at).min(STEP);
        Cursor { file: *file, at }.take(most).read_to_end(&mut bytes)?;
        let first = needles.iter().filter_map(|needle| crate::memmem::find(&bytes, needle)).min();
        if let Some(first) = first {
            return Ok(Some(at + first as u64));
        }
        if (bytes.len() as u64) < STEP {
            return Ok(None);
        }
        at += STEP - LOCAL.len() as u64 + 1;
    }
}

//! Members of a tar, one after the other, and of the tars behind it.

use std::{
    cell::{Cell, RefCell},
    io::{self, Read, Seek, SeekFrom},
    rc::Rc,
};

use bstr::{BStr, BString, ByteSlice as _};
use rawzip::ReaderAt;
use tar::{Archive, Entry, EntryType};

use super::{
    Content, Holder, Slice, Walk,
    budget::{self, Metered},
    kind::{self, Kind},
    rest::Seen,
};
use crate::source::{Flow, inside::join, window::Failure};

/// Most bytes that the headers of one member may take: long names, pax records, the map of a sparse file.
/// The tar library reads them into memory.
const MAX_HEADERS: u64 = 1 << 20;
/// Where the header of a member has what a link leads to, and how long that may be (POSIX.1-2024, pax, "ustar
/// Interchange Format").
const LINK: (u64, u64) = (157, 100);
/// Shortest target of a link that can hold a secret.
const SHORTEST_LINK: usize = 12;
/// Bytes that all parts of a tar are a multiple of.
const BLOCK: u64 = 512;
/// Bytes read at once behind the end.
const STEP: usize = 8 << 10;

impl Walk<'_, '_> {
    /// Looks into a tar that can be read at any place; what of it was looked into is added to `seen`.
    pub(super) fn tar(&mut self, of: Holder<'_>, file: &Slice<'_>, seen: &mut Seen) -> Result<Flow, Failure> {
        self.open_layer(of.depth);
        let mut start = 0;
        loop {
            let part = file.part(start, file.length - start).map_err(Failure::Read)?;
            let headers = Headers::default();
            let mut archive = Archive::new(Gate { inner: Cursor { file: part, at: 0 }, headers: &headers });
            let entries = archive.entries_with_seek().map_err(Failure::Read)?;
            let flow = self.entries(of, entries, &headers, Some(Parts { file: part, start, seen }))?;
            if flow != Flow::Continue || self.budget.is_spent() {
                return Ok(flow);
            }
            let end = start.saturating_add(headers.at.get());
            let Some(next) = behind_zeros(file, end).map_err(Failure::Read)? else { return Ok(flow) };
            let rest = file.part(next, file.length - next).map_err(Failure::Read)?;
            let mut head = Vec::with_capacity(kind::HEAD);
            Cursor { file: rest, at: 0 }
                .take(kind::HEAD as u64)
                .read_to_end(&mut head)
                .map_err(Failure::Read)?;
            self.budget.member().map_err(Failure::Read)?;
            match kind::of(&head) {
                Some(Kind::Tar) => start = next,
                None | Some(Kind::Raw(_)) => return Ok(flow),
                kind => {
                    seen.add(next, rest.length);
                    return self.known(kind, of.path, of.name, Content::At(rest), of.depth);
                }
            }
        }
    }

    /// Looks into a tar that comes in a stream, and into what comes behind it.
    pub(super) fn tar_stream(&mut self, of: Holder<'_>, reader: &mut dyn Read) -> Result<Flow, Failure> {
        self.open_layer(of.depth);
        let (place, outside) = (self.place.clone(), self.place_at(of.depth));
        let mut input = Ahead { head: Vec::new(), at: 0, inner: reader };
        loop {
            let headers = Headers { kept: Some(RefCell::default()), ..Headers::default() };
            let mut archive = Archive::new(Gate { inner: &mut input, headers: &headers });
            let entries = archive.entries().map_err(Failure::Read)?;
            let flow = self.entries(of, entries, &headers, None);
            self.place = place.clone();
            if let Err(Failure::Call(_)) | Ok(Flow::Stop) = flow {
                return flow;
            }
            if self.beside(of.name, &outside, &headers.take())? == Flow::Stop {
                return Ok(Flow::Stop);
            }
            if let Err(Failure::Read(err)) = flow {
                return self.no_tar(of, &mut input, err);
            }
            if matches!(flow, Ok(Flow::Skip)) || self.budget.is_spent() {
                return Ok(Flow::Continue);
            }
            let kind = match input.behind_zeros().map_err(Failure::Read)? {
                [] => return Ok(Flow::Continue),
                head => kind::of(head),
            };
            self.budget.member().map_err(Failure::Read)?;
            if kind != Some(Kind::Tar) {
                return self.known(kind, of.path, of.name, Content::Stream(&mut input), of.depth);
            }
        }
    }

    /// What is left of a stream that goes on as something else than a tar: bytes.
    fn no_tar(&mut self, of: Holder<'_>, input: &mut dyn Read, err: io::Error) -> Result<Flow, Failure> {
        if budget::limit_of(&err).is_some() {
            return Err(Failure::Read(err));
        }
        match self.plain(of.name, Content::Stream(input)) {
            Ok(Flow::Stop) => Ok(Flow::Stop),
            Err(Failure::Call(err)) => Err(Failure::Call(err)),
            Ok(_) | Err(Failure::Read(_)) => Err(Failure::Read(err)),
        }
    }

    fn open_layer(&mut self, depth: u32) {
        if let Some(overlay) = &mut self.overlay {
            overlay.open(depth);
        }
    }

    /// [`Flow::Skip`] when the stream ended within a member, of which that was said.
    fn entries<'e, R: Read + 'e>(
        &mut self,
        of: Holder<'_>,
        mut entries: impl Iterator<Item = io::Result<Entry<'e, R>>>,
        headers: &Headers,
        mut parts: Option<Parts<'_>>,
    ) -> Result<Flow, Failure> {
        loop {
            headers.allowed.set(MAX_HEADERS);
            let Some(entry) = entries.next() else { return Ok(Flow::Continue) };
            let mut entry = entry.map_err(Failure::Read)?;
            let kind = entry.header().entry_type();
            // Its records are read as a header is.
            if !kind.is_pax_global_extensions() {
                headers.allowed.set(u64::MAX);
            }
            self.budget.member().map_err(Failure::Read)?;
            let own_name = name_of(&mut entry);
            let is_mark = self.is_mark(own_name.as_ref(), of.depth, !kind.is_dir());
            if (kind.is_symlink() || kind.is_hard_link()) && !is_mark {
                let name = join(of.path, &own_name);
                if self.link(BStr::new(&name), &entry, headers, parts.as_mut())? == Flow::Stop {
                    return Ok(Flow::Stop);
                }
            }
            if has_content(kind, entry.size()) && (!is_mark || entry.size() > 0) {
                let name = join(of.path, &own_name);
                let flow = self.entry(BStr::new(&name), &mut entry, headers, parts.as_mut(), of.depth);
                if self.settled(BStr::new(&name), flow)? == Flow::Stop {
                    return Ok(Flow::Stop);
                }
            }
            if self.budget.is_spent() {
                return Ok(Flow::Continue);
            }
            // The library would count what is left of the member as headers of the next.
            if parts.is_none() && io::copy(&mut entry, &mut io::sink()).is_err() {
                return Ok(Flow::Skip);
            }
            if headers.is_much() {
                let place = self.place_at(of.depth);
                if self.beside(of.name, &place, &headers.take())? == Flow::Stop {
                    return Ok(Flow::Stop);
                }
            }
        }
    }

    /// Hands over what a link leads to, under its name.
    fn link<R: Read>(
        &mut self,
        name: &BStr,
        entry: &Entry<'_, R>,
        headers: &Headers,
        parts: Option<&mut Parts<'_>>,
    ) -> Result<Flow, Failure> {
        let target = entry.link_name_bytes().unwrap_or_default();
        if target.len() < SHORTEST_LINK {
            return Ok(Flow::Continue);
        }
        if let Some(parts) = parts {
            parts.add(entry.raw_header_position().saturating_add(LINK.0), LINK.1);
        }
        headers.blank(&target);
        let place = self.place.clone();
        self.beside(name, &place, &target)
    }

    /// Takes note of a member of an image's layer; whether it is a mark and no file.
    fn is_mark(&mut self, name: &BStr, depth: u32, is_file: bool) -> bool {
        let Some(overlay) = &mut self.overlay else { return false };
        match overlay.place(name, depth, is_file) {
            Some(place) => self.place = place,
            None => return true,
        }
        false
    }

    fn entry<R: Read>(
        &mut self,
        name: &BStr,
        entry: &mut Entry<'_, R>,
        headers: &Headers,
        parts: Option<&mut Parts<'_>>,
        depth: u32,
    ) -> Result<Flow, Failure> {
        if entry.header().entry_type().is_gnu_sparse() {
            // The holes are not in the file, so no decoder has counted them. Its blocks are its packed size.
            let packed = entry.header().entry_size().unwrap_or(0);
            let start = entry.raw_file_position();
            let mut metered = Metered::new(entry, Rc::new(Cell::new(packed)), Rc::clone(&self.budget));
            let flow = self.item(name, name, Content::Stream(&mut metered), depth);
            if let Some(parts) = parts {
                // A map that did not fit the header stands before the blocks.
                parts.add(start, headers.at.get().saturating_sub(start));
            }
            return flow;
        }
        let (start, length) = (entry.raw_file_position(), entry.size());
        let mut head = Vec::new();
        let map = match record(entry, b"GNU.sparse.major") {
            Some(major) if major == "1" => map(entry, &mut head).map_err(Failure::Read)?,
            _ => 0,
        };
        match parts {
            Some(parts) => {
                let (from, left) = (start.saturating_add(map), length.saturating_sub(map));
                let inner = parts.file.part(from, left).map_err(Failure::Read)?;
                parts.add(start, length);
                self.item(name, name, Content::At(inner), depth)
            }
            None => {
                let head = &head[map as usize..];
                self.item(name, name, Content::Stream(&mut head.chain(entry)), depth)
            }
        }
    }
}

/// A tar in a file, and what of that file was looked into.
struct Parts<'p> {
    file: Slice<'p>,
    /// Where in the file it starts.
    start: u64,
    seen: &'p mut Seen,
}

impl Parts<'_> {
    fn add(&mut self, start: u64, length: u64) {
        self.seen.add(self.start.saturating_add(start), length);
    }
}

/// The first byte from `at` on that is not zero.
fn behind_zeros(file: &Slice<'_>, mut at: u64) -> io::Result<Option<u64>> {
    let mut buffer = [0; STEP];
    loop {
        let read = file.read_at(&mut buffer, at)?;
        if let Some(first) = buffer[..read].iter().position(|byte| *byte != 0) {
            return Ok(Some(at + first as u64));
        }
        if read == 0 {
            return Ok(None);
        }
        at += read as u64;
    }
}

/// Whether a member has bytes of its own. Directories, links and devices should have none; a kind that nobody
/// knows is a file (POSIX.1-2024, pax, "ustar Interchange Format").
fn has_content(kind: EntryType, size: u64) -> bool {
    if kind.is_pax_global_extensions() {
        return false;
    }
    let is_bare = kind.is_dir()
        || kind.is_symlink()
        || kind.is_hard_link()
        || kind.is_character_special()
        || kind.is_block_special()
        || kind.is_fifo();
    size > 0 || !is_bare
}

/// The member's path; that of a sparse file in pax form stands in a record of its own.
fn name_of<R: Read>(entry: &mut Entry<'_, R>) -> BString {
    record(entry, b"GNU.sparse.name").unwrap_or_else(|| {
        let name = entry.path_bytes();
        name.strip_prefix(b"./").unwrap_or(&name).into()
    })
}

/// What a pax record of the member holds.
fn record<R: Read>(entry: &mut Entry<'_, R>, key: &[u8]) -> Option<BString> {
    let records = entry.pax_extensions().ok()??;
    let found = records.flatten().find(|record| record.key_bytes() == key);
    found.map(|record| record.value_bytes().into())
}

/// Bytes of the map that stands before the content of a sparse file in pax form, version 1 (GNU tar manual, "PAX Format,
/// Version 1.0"): how many pieces there are, place and size of each, a number a line, then zeros up to the end of a block.
/// 0 where there is no such map. What was read is added to `head`.
fn map(reader: &mut dyn Read, head: &mut Vec<u8>) -> io::Result<u64> {
    let (mut lines, mut wanted) = (0, None);
    while (head.len() as u64) < MAX_HEADERS {
        let from = head.len();
        (&mut *reader).take(BLOCK).read_to_end(head)?;
        let block = &head[from..];
        if block.len() as u64 != BLOCK || !block.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'\n' | 0)) {
            break;
        }
        lines += memchr::memchr_iter(b'\n', block).count();
        if wanted.is_none() {
            let first = block.lines().next().and_then(|line| line.to_str().ok()?.parse::<usize>().ok());
            let Some(pieces) = first else { break };
            wanted = Some(pieces.saturating_mul(2).saturating_add(1));
        }
        if wanted.is_some_and(|wanted| lines >= wanted) {
            return Ok(head.len() as u64);
        }
    }
    Ok(0)
}

/// What stands before and between the members.
struct Headers {
    /// Bytes that may still be read of them; all of a member's.
    allowed: Cell<u64>,
    /// How far the tar was read.
    at: Cell<u64>,
    /// Their bytes, when they can be read but once.
    kept: Option<RefCell<Vec<u8>>>,
}

impl Default for Headers {
    fn default() -> Self {
        Headers { allowed: Cell::new(MAX_HEADERS), at: Cell::new(0), kept: None }
    }
}

impl Headers {
    fn take(&self) -> Vec<u8> {
        self.kept.as_ref().map(RefCell::take).unwrap_or_default()
    }

    /// Takes out what was handed over under a name of its own.
    fn blank(&self, text: &[u8]) {
        let Some(kept) = &self.kept else { return };
        let mut kept = kept.borrow_mut();
        if let Some(at) = memchr::memmem::rfind(&kept, text) {
            kept[at..at + text.len()].fill(b' ');
        }
    }

    fn is_much(&self) -> bool {
        self.kept.as_ref().is_some_and(|kept| kept.borrow().len() as u64 >= MAX_HEADERS)
    }

    fn read(&self, bytes: &[u8]) -> io::Result<()> {
        self.at.set(self.at.get().saturating_add(bytes.len() as u64));
        if self.allowed.get() == u64::MAX {
            return Ok(());
        }
        if let Some(kept) = &self.kept {
            kept.borrow_mut().extend_from_slice(bytes);
        }
        match self.allowed.get().checked_sub(bytes.len() as u64) {
            Some(left) => self.allowed.set(left),
            None => return Err(budget::limit("limit: headers of more than 1 MiB".to_owned())),
        }
        Ok(())
    }
}

/// Lets only so many bytes of headers through.
struct Gate<'g, R> {
    inner: R,
    headers: &'g Headers,
}

impl<R: Read> Read for Gate<'_, R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buf)?;
        self.headers.read(&buf[..read])?;
        Ok(read)
    }
}

impl<R: Seek> Seek for Gate<'_, R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = self.inner.seek(to)?;
        self.headers.at.set(at);
        Ok(at)
    }
}

/// A stream of which a piece may be read ahead.
struct Ahead<'r> {
    head: Vec<u8>,
    at: usize,
    inner: &'r mut dyn Read,
}

impl Ahead<'_> {
    /// Skips zeros. What follows, at least enough of it to tell what it is; nothing at the end.
    fn behind_zeros(&mut self) -> io::Result<&[u8]> {
        let mut block = Vec::new();
        loop {
            block.clear();
            self.take(STEP as u64).read_to_end(&mut block)?;
            if block.is_empty() {
                return Ok(&[]);
            }
            if let Some(first) = block.iter().position(|byte| *byte != 0) {
                block.drain(..first);
                self.take(kind::HEAD as u64).read_to_end(&mut block)?;
                block.extend_from_slice(&self.head[self.at..]);
                (self.head, self.at) = (block, 0);
                return Ok(&self.head);
            }
        }
    }
}

impl Read for Ahead<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.at == self.head.len() {
            return self.inner.read(buf);
        }
        let read = (&self.head[self.at..]).read(buf)?;
        self.at += read;
        Ok(read)
    }
}

/// A stream over a file that can be read at any place.
pub(super) struct Cursor<'f> {
    pub(super) file: Slice<'f>,
    pub(super) at: u64,
}

impl Read for Cursor<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(buf, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

impl Seek for Cursor<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
            SeekFrom::End(by) => self.file.length.checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

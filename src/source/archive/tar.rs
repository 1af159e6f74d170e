//! Members of a tar, one after the other.

use std::{
    cell::Cell,
    io::{self, Read, Seek, SeekFrom},
    rc::Rc,
};

use bstr::{BStr, BString};
use rawzip::ReaderAt;
use tar::{Archive, Entry, EntryType};

use super::{Content, Slice, Walk, budget::Metered};
use crate::source::{Flow, inside::join, window::Failure};

/// Most bytes that the headers of one member may take: long names, pax records, the map of a sparse file.
/// The tar library reads them into memory.
const MAX_HEADERS: u64 = 1 << 20;

impl Walk<'_, '_> {
    /// Looks into a tar; what stands in a file can be read at any place, what comes in a stream cannot.
    pub(super) fn tar(&mut self, path: &BStr, content: Content<'_>, depth: u32) -> Result<Flow, Failure> {
        if let Some(overlay) = &mut self.overlay {
            overlay.open(depth);
        }
        let allowed = Rc::new(Cell::new(MAX_HEADERS));
        match content {
            Content::Stream(reader) => {
                let mut archive = Archive::new(Gate { inner: reader, allowed: Rc::clone(&allowed) });
                let entries = archive.entries().map_err(Failure::Read)?;
                self.entries(path, entries, &allowed, None, depth)
            }
            Content::At(file) => {
                let gate = Gate { inner: Cursor { file, at: 0 }, allowed: Rc::clone(&allowed) };
                let mut archive = Archive::new(gate);
                let entries = archive.entries_with_seek().map_err(Failure::Read)?;
                self.entries(path, entries, &allowed, Some(&file), depth)
            }
        }
    }

    fn entries<'e, R: Read + 'e>(
        &mut self,
        path: &BStr,
        mut entries: impl Iterator<Item = io::Result<Entry<'e, R>>>,
        allowed: &Cell<u64>,
        file: Option<&Slice<'_>>,
        depth: u32,
    ) -> Result<Flow, Failure> {
        loop {
            allowed.set(MAX_HEADERS);
            let Some(entry) = entries.next() else { return Ok(Flow::Continue) };
            let mut entry = entry.map_err(Failure::Read)?;
            allowed.set(u64::MAX);
            self.budget.member().map_err(Failure::Read)?;
            let kind = entry.header().entry_type();
            let own_name = name_of(&mut entry);
            let is_mark = self.is_mark(own_name.as_ref(), depth, !kind.is_dir());
            if has_content(kind) && !is_mark {
                let name = join(path, &own_name);
                let flow = self.entry(BStr::new(&name), &mut entry, file, depth);
                if self.settled(BStr::new(&name), flow)? == Flow::Stop {
                    return Ok(Flow::Stop);
                }
            }
            if self.budget.is_spent() {
                return Ok(Flow::Continue);
            }
            // The library would count what is left of the member as headers of the next.
            if file.is_none() && io::copy(&mut entry, &mut io::sink()).is_err() {
                // What is wrong was said of the member.
                return Ok(Flow::Continue);
            }
        }
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
        file: Option<&Slice<'_>>,
        depth: u32,
    ) -> Result<Flow, Failure> {
        let is_sparse = entry.header().entry_type().is_gnu_sparse();
        if let Some(file) = file.filter(|_| !is_sparse) {
            let inner = file.part(entry.raw_file_position(), entry.size()).map_err(Failure::Read)?;
            return self.item(name, name, Content::At(inner), depth);
        }
        if is_sparse {
            // The holes are not in the file, so no decoder has counted them. Its blocks are its packed size.
            let packed = entry.header().entry_size().unwrap_or(0);
            let mut metered = Metered::new(entry, Rc::new(Cell::new(packed)), Rc::clone(&self.budget));
            return self.item(name, name, Content::Stream(&mut metered), depth);
        }
        self.item(name, name, Content::Stream(entry), depth)
    }
}

/// Whether a member has bytes of its own. Directories, links and devices have none; a kind that nobody
/// knows is a file (POSIX.1-2024, pax, "ustar Interchange Format").
fn has_content(kind: EntryType) -> bool {
    !(kind.is_dir()
        || kind.is_symlink()
        || kind.is_hard_link()
        || kind.is_character_special()
        || kind.is_block_special()
        || kind.is_fifo()
        || kind.is_pax_global_extensions())
}

/// The member's path; that of a sparse file in pax form stands in a record of its own.
fn name_of<R: Read>(entry: &mut Entry<'_, R>) -> BString {
    if let Ok(Some(records)) = entry.pax_extensions() {
        for record in records.flatten() {
            if record.key_bytes() == b"GNU.sparse.name" {
                return record.value_bytes().into();
            }
        }
    }
    let name = entry.path_bytes();
    name.strip_prefix(b"./").unwrap_or(&name).into()
}

/// Lets only so many bytes through.
struct Gate<R> {
    inner: R,
    allowed: Rc<Cell<u64>>,
}

impl<R: Read> Read for Gate<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buf)?;
        match self.allowed.get().checked_sub(read as u64) {
            Some(left) => self.allowed.set(left),
            None => return Err(super::budget::limit("limit: headers of more than 1 MiB".to_owned())),
        }
        Ok(read)
    }
}

impl<R: Seek> Seek for Gate<R> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
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

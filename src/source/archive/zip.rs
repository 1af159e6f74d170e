//! Members of a zip, as its central directory lists them, and then those that it does not list.

use std::{cell::Cell, io, rc::Rc};

use bstr::BStr;
use rawzip::{
    CompressionMethod, Crc32, RECOMMENDED_BUFFER_SIZE, ReaderAt, ZipArchiveEntryWayfinder, ZipLocator,
    ZipVerification,
};

use super::{
    Content, Holder, Slice, Walk, Why,
    budget::{Counted, Metered},
    packed,
    rest::Seen,
};
use crate::order;
use crate::source::{Flow, inside::join, window::Failure};

/// Room for the largest record of the directory there can be: three fields of 64 KiB.
const BUFFER: usize = RECOMMENDED_BUFFER_SIZE * 3 + 46;

/// The flag of a member whose LZMA stream has a mark at its end (APPNOTE 6.3.10, 4.4.4, bit 1).
pub(super) const END_MARK: u16 = 1 << 1;

/// What is read of a member before its content.
struct Member {
    name: Vec<u8>,
    method: CompressionMethod,
    /// LZMA: the stream says itself where it ends.
    has_mark: bool,
    at: ZipArchiveEntryWayfinder,
}

/// The content of a member.
struct Packed<'p> {
    method: CompressionMethod,
    has_mark: bool,
    entry: &'p rawzip::ZipEntry<'p, &'p Slice<'p>>,
    file: &'p Slice<'p>,
}

impl Walk<'_, '_> {
    /// Looks into a zip; what of it was looked into is added to `seen`.
    pub(super) fn zip(&mut self, of: Holder<'_>, file: &Slice<'_>, seen: &mut Seen) -> Result<Flow, Failure> {
        let mut listed = Vec::new();
        let flow = self.listed(of, file, &mut listed, seen)?;
        if flow == Flow::Stop || self.budget.is_spent() {
            return Ok(flow);
        }
        order::all(&mut listed);
        self.unlisted(of, file, &listed, seen)
    }

    /// Looks into the members of the directory, whose headers are added to `listed`.
    fn listed(
        &mut self,
        of: Holder<'_>,
        file: &Slice<'_>,
        listed: &mut Vec<u64>,
        seen: &mut Seen,
    ) -> Result<Flow, Failure> {
        let mut buffer = vec![0; BUFFER];
        let archive = match ZipLocator::new().locate_in_reader(file, &mut buffer, file.length) {
            Ok(archive) => archive,
            Err((_, err)) => return Err(Failure::Read(io::Error::other(err))),
        };
        let mut entries = archive.entries(&mut buffer);
        loop {
            let member = match entries.next_entry() {
                Ok(None) => return Ok(Flow::Continue),
                Err(err) => return Err(Failure::Read(io::Error::other(err))),
                Ok(Some(entry)) => {
                    self.budget.member().map_err(Failure::Read)?;
                    listed.push(entry.local_header_offset());
                    let name = entry.file_path().as_ref().to_vec();
                    // A folder has no content; a file may be called like one.
                    if entry.is_dir() && entry.compressed_size_hint() == 0 {
                        continue;
                    }
                    if entry.flags().is_encrypted() || entry.compression_method() == CompressionMethod::AES {
                        self.unread(join(of.path, &name), Why::Closed("encrypted".to_owned()));
                        continue;
                    }
                    let has_mark = entry.flags().bits() & END_MARK != 0;
                    Member { name, method: entry.compression_method(), has_mark, at: entry.wayfinder() }
                }
            };
            let name = join(of.path, &member.name);
            let flow = match archive.get_entry(member.at) {
                Err(err) => Err(Failure::Read(io::Error::other(err))),
                Ok(entry) => {
                    let Member { method, has_mark, .. } = member;
                    let content = Packed { method, has_mark, entry: &entry, file };
                    self.zip_member(BStr::new(&name), content, of.depth, seen)
                }
            };
            if self.settled(BStr::new(&name), flow)? == Flow::Stop {
                return Ok(Flow::Stop);
            }
            if self.budget.is_spent() {
                return Ok(Flow::Continue);
            }
        }
    }

    fn zip_member(
        &mut self,
        name: &BStr,
        Packed { method, has_mark, entry, file }: Packed<'_>,
        depth: u32,
        seen: &mut Seen,
    ) -> Result<Flow, Failure> {
        let (start, end) = entry.compressed_data_range();
        if method == CompressionMethod::STORE {
            let inner = file.part(start, end - start).map_err(Failure::Read)?;
            // Members may overlap: without this a small file holds any number of large ones.
            self.budget.bytes(inner.length).map_err(Failure::Read)?;
            seen.add(start, inner.length);
            return self.item(name, name, Content::At(inner), depth);
        }
        let count = Rc::new(Cell::new(0));
        let budget = Rc::clone(&self.budget);
        let inner = entry.reader();
        let told = inner.claim_verifier();
        let input = Counted { inner, count: Rc::clone(&count), budget };
        let size = (!has_mark).then_some(told.uncompressed_size);
        let Some(decoder) = packed::method(method, Box::new(input), size) else {
            self.unread(name.to_owned(), Why::Closed(format!("packed by method {}", method.as_u16())));
            return Ok(Flow::Continue);
        };
        let metered = Metered::new(decoder, count, Rc::clone(&self.budget));
        let mut verified = Verified { inner: metered, crc: Crc32::new(), size: 0, told };
        let flow = self.item(name, name, Content::Stream(&mut verified), depth)?;
        seen.add(start, end - start);
        Ok(flow)
    }
}

/// What a member unpacks to, held against size and checksum when all of it was read: it is content whatever they say.
struct Verified<R> {
    inner: R,
    crc: Crc32,
    size: u64,
    told: ZipVerification,
}

impl<R: io::Read> io::Read for Verified<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buf)?;
        self.crc.update(&buf[..read]);
        self.size += read as u64;
        if read == 0 && !buf.is_empty() {
            let is = ZipVerification { crc: self.crc.checksum(), uncompressed_size: self.size };
            self.told.valid(is).map_err(io::Error::other)?;
        }
        Ok(read)
    }
}

impl ReaderAt for Slice<'_> {
    fn read_at(&self, buf: &mut [u8], offset: u64) -> io::Result<usize> {
        let left = self.length.saturating_sub(offset);
        let most = usize::try_from(left).unwrap_or(usize::MAX).min(buf.len());
        self.file.read_at(&mut buf[..most], self.start + offset)
    }
}

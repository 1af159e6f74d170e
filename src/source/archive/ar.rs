//! Members of what `ar` writes: sixty bytes of header in ASCII before each, two bytes aligned. Long names stand in a table
//! of their own (GNU) or before the content (BSD).

use std::io::{self, Read};

use bstr::ByteSlice;

use super::{Content, Holder, Slice, Walk, rest::Seen, tar::Cursor};
use crate::source::{Flow, inside::join, window::Failure};

const MAGIC: u64 = 8;
const HEADER: usize = 60;
/// Bytes of a name or of the table of names that are read.
const MAX_NAMES: u64 = 1 << 20;

/// What the header of a member tells.
struct Header {
    name: Vec<u8>,
    size: u64,
}

impl Header {
    /// `None` at the end.
    fn read(reader: &mut dyn Read) -> io::Result<Option<Header>> {
        let mut bytes = Vec::with_capacity(HEADER);
        reader.take(HEADER as u64).read_to_end(&mut bytes)?;
        if bytes.trim_ascii().is_empty() {
            return Ok(None);
        }
        let size = bytes.get(48..58).and_then(|size| size.trim_ascii().to_str().ok()?.parse().ok());
        match size {
            Some(size) if bytes.ends_with(b"`\n") => {
                Ok(Some(Header { name: bytes[..16].trim_end().to_vec(), size }))
            }
            _ => Err(io::Error::new(io::ErrorKind::InvalidData, "a member has no header")),
        }
    }

    /// Bytes of the name that stand before the content.
    fn name_before(&self) -> u64 {
        let told = self.name.strip_prefix(b"#1/").and_then(|length| length.to_str().ok()?.parse().ok());
        told.unwrap_or(0).min(self.size).min(MAX_NAMES)
    }

    /// The name: what stands before the content, or else in the table or here.
    fn read_name(&self, table: &[u8], content: &mut dyn Read) -> io::Result<Vec<u8>> {
        let mut name = Vec::new();
        match self.name_before() {
            0 => name = self.named(table),
            before => drop(content.take(before).read_to_end(&mut name)?),
        }
        Ok(name.trim_end_with(|end| end == '\0').to_vec())
    }

    /// The name, with the help of the table.
    fn named(&self, table: &[u8]) -> Vec<u8> {
        let at = self.name.strip_prefix(b"/").and_then(|at| at.to_str().ok()?.parse::<usize>().ok());
        let name = match at.and_then(|at| table.get(at..)) {
            Some(rest) => rest.lines().next().unwrap_or_default(),
            None => &self.name,
        };
        name.strip_suffix(b"/").unwrap_or(name).to_vec()
    }
}

impl Walk<'_, '_> {
    /// Looks into one that can be read at any place; what of it was looked into is added to `seen`.
    pub(super) fn ar(&mut self, of: Holder<'_>, file: &Slice<'_>, seen: &mut Seen) -> Result<Flow, Failure> {
        let (mut at, mut table) = (MAGIC, Vec::new());
        while at < file.length {
            let mut cursor = Cursor { file: *file, at };
            let Some(header) = Header::read(&mut cursor).map_err(Failure::Read)? else { break };
            self.budget.member().map_err(Failure::Read)?;
            let name = header.read_name(&table, &mut cursor).map_err(Failure::Read)?;
            let before = header.name_before();
            let start = at + HEADER as u64 + before;
            let inner = file.part(start, header.size - before).map_err(Failure::Read)?;
            at = start + inner.length + (header.size & 1);
            if header.name == b"//" {
                table.clear();
                Cursor { file: inner, at: 0 }
                    .take(MAX_NAMES)
                    .read_to_end(&mut table)
                    .map_err(Failure::Read)?;
                continue;
            }
            self.budget.bytes(inner.length).map_err(Failure::Read)?;
            seen.add(start, inner.length);
            let path = join(of.path, &name);
            let flow = self.item(path.as_ref(), path.as_ref(), Content::At(inner), of.depth);
            if self.settled(path.as_ref(), flow)? == Flow::Stop {
                return Ok(Flow::Stop);
            }
            if self.budget.is_spent() {
                break;
            }
        }
        Ok(Flow::Continue)
    }

    /// Looks into one that comes in a stream.
    pub(super) fn ar_stream(&mut self, of: Holder<'_>, reader: &mut dyn Read) -> Result<Flow, Failure> {
        let place = self.place_at(of.depth);
        let mut table = Vec::new();
        io::copy(&mut reader.take(MAGIC), &mut io::sink()).map_err(Failure::Read)?;
        while let Some(header) = Header::read(reader).map_err(Failure::Read)? {
            self.budget.member().map_err(Failure::Read)?;
            let name = header.read_name(&table, reader).map_err(Failure::Read)?;
            let mut content = reader.take(header.size - header.name_before());
            if header.name == b"//" {
                table.clear();
                (&mut content).take(MAX_NAMES).read_to_end(&mut table).map_err(Failure::Read)?;
                if self.beside(of.name, &place, &table)? == Flow::Stop {
                    return Ok(Flow::Stop);
                }
            } else {
                let path = join(of.path, &name);
                let flow = self.item(path.as_ref(), path.as_ref(), Content::Stream(&mut content), of.depth);
                if self.settled(path.as_ref(), flow)? == Flow::Stop {
                    return Ok(Flow::Stop);
                }
            }
            if self.budget.is_spent() {
                break;
            }
            io::copy(&mut content, &mut io::sink()).map_err(Failure::Read)?;
            io::copy(&mut reader.take(header.size & 1), &mut io::sink()).map_err(Failure::Read)?;
        }
        if self.budget.is_spent() {
            return Ok(Flow::Continue);
        }
        self.behind_end(of.name, &place, reader)
    }
}

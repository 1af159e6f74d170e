//! What is to be scanned, as pieces that several threads read.
//!
//! Blobs come in the order in which their deltas were made, each read once and handed over at every path that it goes by,
//! those of one name after each other: the name tells how a file is written, and folders may tell more. Then messages,
//! names, and git's own files.

use std::fs::File;

use anyhow::Result;
use bstr::{BStr, BString, ByteSlice};
use gix::objs::Kind;

use super::{
    decode::{Content, Decoder, Keep},
    extent::Selection,
    graph::Graph,
    meter::Meter,
    store::{Number, Store},
    tips::Text,
    way::{Read, Sight},
};
use crate::order;
use crate::source::{
    Blob, Coverage, Flow, Place, Plan, Reader, Skipped, Visit,
    headers::written,
    paths::PathId,
    window::{self, Before, Buffer, Failure, Input},
};

/// Names that are scanned as one text.
pub(super) const NAMES: usize = 2_000;
/// Commit and tag messages beyond this are an attack.
const LARGEST_MESSAGE: u64 = 32 << 20;

/// Something that is still to be scanned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Piece {
    Blob(Number),
    /// Message, people and further headers of a commit or tag.
    Message(Number),
    /// Names of files and directories, from this one on, a line each.
    Names(u32),
    /// Names of references, a line each.
    Refs,
    /// One of git's own files.
    File(u32),
}

/// What it costs to read anything, in bytes that are scanned meanwhile.
pub(super) const ANY: u64 = 2 << 10;

impl Piece {
    /// What there is to scan, in bytes, or about.
    pub(super) fn work(self, store: &Store) -> u64 {
        ANY + match self {
            Piece::Blob(number) | Piece::Message(number) => store.size(number).into(),
            Piece::Names(_) | Piece::Refs | Piece::File(_) => 32 << 10,
        }
    }
}

/// The pieces of a history.
pub(super) struct Pieces {
    pub list: Vec<Piece>,
    /// Blobs and their paths, sorted.
    hints: Vec<(Number, PathId)>,
    pub known: Coverage,
}

/// Whether this content at this path was scanned before and held nothing.
pub type IsKnown<'k> = dyn Fn(&str, &BStr) -> bool + Sync + 'k;

impl Pieces {
    pub(super) fn empty() -> Pieces {
        Pieces { list: Vec::new(), hints: Vec::new(), known: Coverage::default() }
    }

    /// `used` are all blobs with a path that is looked at; `unused` those that have only others.
    pub(super) fn list(
        store: &Store,
        graph: &Graph,
        mut used: Vec<(Number, PathId)>,
        unused: &dyn Fn(Number) -> bool,
        files: usize,
    ) -> Pieces {
        let paths = &graph.paths;
        used.sort_unstable_by_key(|(blob, path)| (*blob, paths.last(*path), *path));
        used.dedup();
        used.shrink_to_fit();
        let blobs = store.in_delta_order(Some(Kind::Blob));
        let has_path = |blob: &Number| used.binary_search_by_key(blob, |(blob, _)| *blob).is_ok();
        let mut known = Coverage::default();
        let mut list: Vec<Piece> = Vec::with_capacity(blobs.len());
        for blob in blobs {
            if has_path(&blob) || !unused(blob) {
                list.push(Piece::Blob(blob));
            }
        }
        for kind in [Kind::Commit, Kind::Tag] {
            list.extend(store.in_delta_order(Some(kind)).into_iter().map(Piece::Message));
        }
        list.extend((0..paths.names().len() as u32).step_by(NAMES).map(Piece::Names));
        list.push(Piece::Refs);
        list.extend((0..files as u32).map(Piece::File));
        for number in store.in_delta_order(None) {
            let why = "its kind cannot be read; run `git fsck`".to_owned();
            known
                .failed
                .push(Skipped { path: format!("object {}", store.id(number)).into(), why: why.into() });
        }
        Pieces { list, hints: used, known }
    }

    /// The paths that a blob goes by, those of one name after each other.
    pub(super) fn hints(&self, blob: Number) -> impl Iterator<Item = PathId> + '_ {
        let from = self.hints.partition_point(|(known, _)| *known < blob);
        self.hints[from..].iter().take_while(move |(known, _)| *known == blob).map(|(_, path)| *path)
    }
}

/// Everything that reading needs.
pub(super) struct PieceReading<'h> {
    pub store: &'h Store,
    pub graph: &'h Graph,
    pub pieces: &'h Pieces,
    pub refs: &'h [BString],
    pub files: &'h [(BString, Text)],
    pub max_bytes: u64,
    pub meter: &'h Meter,
    pub is_known: &'h IsKnown<'h>,
    pub selection: &'h Selection,
    /// Which of the pieces, in order.
    pub part: &'h [u32],
}

impl Plan for PieceReading<'_> {
    fn len(&self) -> usize {
        self.part.len()
    }

    fn rank(&self, at: usize) -> usize {
        self.part[at] as usize
    }

    fn known(&self) -> Coverage {
        Coverage::default()
    }

    fn reader(&self) -> Result<Box<dyn Reader + '_>> {
        Ok(Box::new(self.pieces()))
    }
}

impl PieceReading<'_> {
    fn pieces(&self) -> PieceReader<'_> {
        PieceReader { of: self, decoder: Decoder::new(self.store, Keep::Bases), buffer: Buffer::default() }
    }
}

/// Versions that are read again, each under the path and at the place where it was seen.
pub(super) struct Showing<'h> {
    reading: PieceReading<'h>,
    sights: &'h [Sight],
    /// Neighbours in a pack, next to each other.
    order: Vec<usize>,
}

impl<'h> Showing<'h> {
    pub(super) fn new(reading: PieceReading<'h>, sights: &'h [Sight]) -> Self {
        let mut order: Vec<usize> = (0..sights.len()).collect();
        order::by_key(&mut order, |at| match sights[*at].read {
            Read::Piece(piece) => Some(piece),
            Read::Name(_) => None,
        });
        Showing { reading, sights, order }
    }
}

impl Plan for Showing<'_> {
    fn len(&self) -> usize {
        self.sights.len()
    }

    fn is_heavy(&self) -> bool {
        true
    }

    fn rank(&self, at: usize) -> usize {
        self.order[at]
    }

    fn known(&self) -> Coverage {
        Coverage::default()
    }

    fn reader(&self) -> Result<Box<dyn Reader + '_>> {
        Ok(Box::new(SightReader { of: self, pieces: self.reading.pieces() }))
    }
}

struct SightReader<'p> {
    of: &'p Showing<'p>,
    pieces: PieceReader<'p>,
}

impl Reader for SightReader<'_> {
    fn read(&mut self, at: usize, each: &mut Visit<'_>, coverage: &mut Coverage) -> Result<Flow> {
        let sight = &self.of.sights[self.of.rank(at)];
        match &sight.read {
            Read::Name(name) => {
                let blob =
                    Blob { bytes: name, path: BStr::new(&sight.path), place: &sight.place, part: None };
                each(&blob)?;
            }
            Read::Piece(piece) => self.pieces.piece(*piece, Some(sight), each, coverage)?,
        }
        Ok(Flow::Continue)
    }
}

struct PieceReader<'p> {
    of: &'p PieceReading<'p>,
    decoder: Decoder<'p>,
    buffer: Buffer,
}

impl Reader for PieceReader<'_> {
    fn read(&mut self, at: usize, each: &mut Visit<'_>, coverage: &mut Coverage) -> Result<Flow> {
        if self.of.meter.is_stopped() {
            return Ok(Flow::Stop);
        }
        let before = coverage.bytes;
        let piece = self.of.part[at];
        self.piece(piece, None, each, coverage)?;
        let work = self.of.pieces.list[piece as usize].work(self.of.store);
        self.of.meter.add_of(1, work, coverage.bytes - before);
        Ok(Flow::Continue)
    }
}

impl PieceReader<'_> {
    /// Reads a piece; a blob for `sight` alone, where there is one, else at all paths that it goes by.
    fn piece(
        &mut self,
        piece: u32,
        sight: Option<&Sight>,
        each: &mut Visit<'_>,
        coverage: &mut Coverage,
    ) -> Result<()> {
        match self.of.pieces.list[piece as usize] {
            Piece::Blob(number) => self.blob(number, sight, each, coverage),
            Piece::Message(number) => self.message(number, each, coverage),
            Piece::Names(from) => self.names(from, each, coverage),
            Piece::Refs => {
                let text = lines(self.of.refs.iter());
                hand_over(&text, "names of references", &Place::GitFile, each, coverage)
            }
            Piece::File(at) => self.file(at, each, coverage),
        }
    }

    fn blob(
        &mut self,
        number: Number,
        sight: Option<&Sight>,
        each: &mut Visit<'_>,
        coverage: &mut Coverage,
    ) -> Result<()> {
        let id = self.of.store.id(number).to_string();
        let (paths, place) = match sight {
            Some(sight) => (vec![sight.path.clone()], sight.place.clone()),
            None => (self.paths(number, &id), Place::Object { id }),
        };
        let Some(first) = paths.first() else { return Ok(()) };
        match self.decoder.read(number, self.of.max_bytes) {
            Ok(Content::Bytes(bytes)) => {
                coverage.blobs += 1;
                coverage.bytes += bytes.len() as u64;
                for path in &paths {
                    each(&Blob { bytes: &bytes, path: path.as_bstr(), place: &place, part: None })?;
                }
            }
            Ok(Content::Streamed(size)) => {
                for path in &paths {
                    let mut stream = self.decoder.stream(number)?;
                    let at = (path.as_bstr(), &place);
                    let input =
                        Input { reader: &mut stream, file: None, expected: size, before: Before::default() };
                    let done = window::stream(input, at, &mut self.buffer, each, coverage);
                    match done {
                        Ok(_) => {}
                        Err(Failure::Call(err)) => return Err(err),
                        Err(Failure::Read(err)) => fail(coverage, path.as_bstr(), err.to_string()),
                    }
                }
            }
            Err(err) => fail(coverage, first.as_bstr(), format!("{err:#}")),
        }
        Ok(())
    }

    /// The paths of a blob at which it is not known yet.
    fn paths(&self, number: Number, id: &str) -> Vec<BString> {
        let hints = self.of.pieces.hints(number);
        let mut paths: Vec<BString> = hints.map(|path| self.of.graph.paths.name(path)).collect();
        if paths.is_empty() {
            paths.push(unnamed(id));
        }
        paths.retain(|path| !(self.of.is_known)(id, path.as_bstr()));
        paths
    }

    fn message(&mut self, number: Number, each: &mut Visit<'_>, coverage: &mut Coverage) -> Result<()> {
        let id = self.of.store.id(number).to_string();
        let is_tag = self.of.store.kind(number) == Some(Kind::Tag);
        let name = if is_tag { "tag message" } else { "commit message" };
        if (self.of.is_known)(&id, BStr::new(name)) {
            return Ok(());
        }
        match self.decoder.whole(number, LARGEST_MESSAGE) {
            Ok(bytes) => {
                let text = written(&bytes);
                hand_over(&text, name, &Place::Message { id }, each, coverage)
            }
            Err(err) => {
                fail(coverage, BStr::new(name), format!("{err:#}"));
                Ok(())
            }
        }
    }

    fn names(&mut self, from: u32, each: &mut Visit<'_>, coverage: &mut Coverage) -> Result<()> {
        let names = self.of.graph.paths.names();
        let from = from as usize;
        let (selection, none) = (self.of.selection, BString::default());
        // One that does not count keeps its line, by which the others are known.
        let named = names[from..names.len().min(from + NAMES)].iter().enumerate();
        let text =
            lines(named.map(|(at, name)| if selection.has_name((from + at) as u32) { name } else { &none }));
        hand_over(&text, "names of files", &Place::GitFile, each, coverage)
    }

    fn file(&mut self, at: u32, each: &mut Visit<'_>, coverage: &mut Coverage) -> Result<()> {
        let (name, text) = &self.of.files[at as usize];
        let path = match text {
            Text::Here(text) => return hand_over(text, name, &Place::GitFile, each, coverage),
            Text::File(path) => path,
        };
        let opened = File::open(path).and_then(|file| Ok((file.metadata()?.len(), file)));
        let done = match opened {
            Ok((size, file)) => {
                let at = (name.as_bstr(), &Place::GitFile);
                let input = Input {
                    reader: &mut &file,
                    file: Some(&file),
                    expected: size,
                    before: Before::default(),
                };
                window::stream(input, at, &mut self.buffer, each, coverage)
            }
            // git removes such files at any time.
            Err(err) if err.kind() == std::io::ErrorKind::NotFound => return Ok(()),
            Err(err) => Err(Failure::Read(err)),
        };
        match done {
            Err(Failure::Call(err)) => Err(err),
            Err(Failure::Read(err)) => {
                fail(coverage, name.as_bstr(), err.to_string());
                Ok(())
            }
            Ok(_) => Ok(()),
        }
    }
}

/// What a blob is called that no directory names.
pub(super) fn unnamed(id: &str) -> BString {
    format!("blob {}", &id[..id.len().min(12)]).into()
}

fn hand_over(
    text: &[u8],
    name: impl AsRef<[u8]>,
    place: &Place,
    each: &mut Visit<'_>,
    coverage: &mut Coverage,
) -> Result<()> {
    if text.is_empty() {
        return Ok(());
    }
    coverage.blobs += 1;
    coverage.bytes += text.len() as u64;
    each(&Blob { bytes: text, path: BStr::new(&name), place, part: None }).map(drop)
}

fn fail(coverage: &mut Coverage, path: &BStr, why: String) {
    coverage.failed.push(Skipped { path: path.to_owned(), why: why.into() });
}

/// One a line; a line break within a name would shift the others.
fn lines<'n>(names: impl Iterator<Item = &'n BString>) -> Vec<u8> {
    let mut text = Vec::new();
    for name in names {
        text.extend(name.iter().map(|byte| if *byte == b'\n' { b' ' } else { *byte }));
        text.push(b'\n');
    }
    text
}

//! One file, while it is looked into: what each thing in it is, and what becomes of it.

use std::{
    cell::Cell,
    io::{self, Read},
    rc::Rc,
    sync::Arc,
};

use anyhow::Result;
use bstr::{BStr, BString};
use rawzip::ReaderAt;

use super::{
    budget::{self, Budget, Counted, Metered},
    kind::{self, Kind},
    layers::Overlay,
    packed::{self, Aside},
    png,
    rest::Seen,
    tar,
};
use crate::source::{
    Blob, Coverage, Flow, Inside, Place, Skipped, Visit,
    inside::join,
    notebook,
    window::{self, Before, Buffer, Failure, Input},
};

/// Whether all of an archive could be read, or else its bytes were scanned as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whole {
    Yes,
    No,
}

/// A part of a file that can be read at any place.
#[derive(Clone, Copy)]
pub(super) struct Slice<'f> {
    pub(super) file: &'f dyn ReaderAt,
    pub(super) start: u64,
    pub(super) length: u64,
}

impl<'f> Slice<'f> {
    /// A part of this part.
    pub(super) fn part(&self, start: u64, length: u64) -> io::Result<Slice<'f>> {
        match start.checked_add(length) {
            Some(end) if end <= self.length => {
                Ok(Slice { file: self.file, start: self.start + start, length })
            }
            _ => Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it ends before its last member")),
        }
    }

    /// Whether a zip stands at its end.
    pub(super) fn ends_zip(&self) -> io::Result<bool> {
        let mut tail = vec![0; usize::try_from(self.length).unwrap_or(kind::TAIL).min(kind::TAIL)];
        let start = self.length - tail.len() as u64;
        self.read_exact_at(&mut tail, start)?;
        Ok(kind::ends_zip(&tail))
    }
}

/// Bytes to look at.
pub(super) enum Content<'c> {
    Stream(&'c mut dyn Read),
    At(Slice<'c>),
}

/// An archive that is being looked into.
#[derive(Clone, Copy)]
pub(super) struct Holder<'h> {
    /// What the paths of its members start with.
    pub(super) path: &'h BStr,
    /// What it is called itself; not the same when it stands in a compressed file.
    pub(super) name: &'h BStr,
    /// How many archives deep, from 1.
    pub(super) depth: u32,
}

impl<'h> Holder<'h> {
    /// A whole file.
    pub(super) fn outermost(path: &'h BStr) -> Self {
        Holder { path, name: path, depth: 1 }
    }
}

/// Why something was not looked into.
pub(super) enum Why {
    /// It cannot be read.
    Damaged(io::Error),
    /// It is not there.
    Missing(String),
    /// It is not meant to be read.
    Closed(String),
}

/// The way on from a version that nobody can mend.
pub(super) const LEAVE_OUT: &str = "; `exclude` in .stanch.yaml leaves its path out";

/// A zip is read from its end, which comes when the start of a long stream is gone.
pub(super) const ZIP_IN_STREAM: &str =
    "limit: a zip behind 8 MiB or more of a stream; `stanch scan` looks into it in a file";

/// One outermost file, while it is looked into.
pub(super) struct Walk<'w, 'v> {
    pub(super) budget: Rc<Budget>,
    /// Somebody asked for this very file.
    pub(super) is_on_disk: bool,
    /// Somebody asked for all that a repository holds.
    pub(super) is_in_history: bool,
    /// Where the file itself is.
    pub(super) outside: Place,
    /// Where what is being read is.
    pub(super) place: Place,
    pub(super) each: &'w mut Visit<'v>,
    pub(super) coverage: &'w mut Coverage,
    pub(super) buffer: &'w mut Buffer,
    pub(super) whole: Whole,
    /// The layer that is being read, in an image.
    pub(super) overlay: Option<Overlay>,
}

impl Walk<'_, '_> {
    /// A whole file: the one place where the tar of an image, compressed or not, is known as one.
    pub(super) fn outermost(&mut self, kind: Kind, path: &BStr, file: Slice<'_>) -> Result<Flow, Failure> {
        if self.is_on_disk
            && let Some(done) = self.image_file(kind, path, file)
        {
            return done;
        }
        self.archive(kind, Holder::outermost(path), Content::At(file))
    }

    /// Looks at `content`, which is called `name`, or when it is an archive, `path`.
    pub(super) fn item(
        &mut self,
        path: &BStr,
        name: &BStr,
        content: Content<'_>,
        depth: u32,
    ) -> Result<Flow, Failure> {
        let mut head = Vec::with_capacity(kind::HEAD);
        match content {
            Content::Stream(reader) => {
                if let Err(err) = reader.take(kind::HEAD as u64).read_to_end(&mut head) {
                    self.plain(name, Content::Stream(&mut head.as_slice()))?;
                    return Err(Failure::Read(err));
                }
                let kind = kind::of(&head);
                if kind.is_none() && head.starts_with(b"#!") {
                    let more = (packed::SCRIPT - kind::HEAD) as u64;
                    if let Err(err) = (&mut *reader).take(more).read_to_end(&mut head) {
                        self.plain(name, Content::Stream(&mut head.as_slice()))?;
                        return Err(Failure::Read(err));
                    }
                    if let Some((from, kind)) = self.behind_script(&head, name) {
                        let (script, start) = head.split_at(from);
                        let mut content = start.chain(reader);
                        return self.installer(kind, (path, name), script, &mut content, depth);
                    }
                }
                self.known(kind, path, name, Content::Stream(&mut head.as_slice().chain(reader)), depth)
            }
            Content::At(file) => {
                let start = tar::Cursor { file, at: 0 };
                start.take(kind::HEAD as u64).read_to_end(&mut head).map_err(Failure::Read)?;
                let kind = kind::of(&head);
                if kind.is_none() && head.starts_with(b"#!") {
                    let more = (packed::SCRIPT - kind::HEAD) as u64;
                    let next = tar::Cursor { file, at: kind::HEAD as u64 };
                    next.take(more).read_to_end(&mut head).map_err(Failure::Read)?;
                    if let Some((from, kind)) = self.behind_script(&head, name) {
                        let mut content = tar::Cursor { file, at: from as u64 };
                        return self.installer(kind, (path, name), &head[..from], &mut content, depth);
                    }
                }
                self.known(kind, path, name, Content::At(file), depth)
            }
        }
    }

    /// What is packed behind a script; where that cannot be told, it is noted.
    fn behind_script(&mut self, head: &[u8], name: &BStr) -> Option<(usize, Kind)> {
        packed::behind_script(head).unwrap_or_else(|err| {
            self.unread(name.to_owned(), Why::Damaged(err));
            None
        })
    }

    /// A script, and what is packed behind it.
    fn installer(
        &mut self,
        kind: Kind,
        (path, name): (&BStr, &BStr),
        mut script: &[u8],
        content: &mut dyn Read,
        depth: u32,
    ) -> Result<Flow, Failure> {
        match self.plain(name, Content::Stream(&mut script))? {
            Flow::Continue => self.known(Some(kind), path, name, Content::Stream(content), depth),
            other => Ok(other),
        }
    }

    pub(super) fn known(
        &mut self,
        kind: Option<Kind>,
        path: &BStr,
        name: &BStr,
        content: Content<'_>,
        depth: u32,
    ) -> Result<Flow, Failure> {
        match kind {
            None => self.unknown((path, name), content, depth),
            Some(Kind::Raw(kind)) => {
                *self.coverage.raw.entry(kind).or_default() += 1;
                self.plain(name, content)
            }
            Some(Kind::Pointer) => self.plain(name, content),
            Some(Kind::Png) => self.picture(name, content),
            Some(Kind::Closed(kind)) => {
                self.unread(name.to_owned(), Why::Closed(format!("{kind}: not looked into")));
                self.plain(name, content)
            }
            Some(_) if depth >= self.budget.limits.max_depth => {
                let most = self.budget.limits.max_depth;
                self.unread(
                    name.to_owned(),
                    Why::Damaged(budget::limit(format!("limit: more than {most} archives deep"))),
                );
                self.plain(name, content)
            }
            Some(kind) => self.archive(kind, Holder { path, name, depth: depth + 1 }, content),
        }
    }

    /// What its start does not tell: a zip stands at the end, or it is no archive.
    fn unknown(
        &mut self,
        (path, name): (&BStr, &BStr),
        content: Content<'_>,
        depth: u32,
    ) -> Result<Flow, Failure> {
        if let Content::At(file) = content
            // Nobody knows how long an unpacked file is.
            && (window::WINDOW as u64..u64::MAX).contains(&file.length)
        {
            return match file.ends_zip() {
                Ok(true) => self.known(Some(Kind::Zip), path, name, content, depth),
                // What cannot be read is said when it comes to it.
                Ok(false) | Err(_) => self.plain(name, content),
            };
        }
        let (mut held, mut is_unread) = (None, false);
        let flow = self.handed(name, content, &mut |blob| {
            let is_end = blob.part.as_ref().is_none_or(|part| part.own.end == blob.bytes.len());
            let is_zip = is_end && kind::ends_zip(blob.bytes);
            let is_whole = blob.part.is_none();
            if is_zip && is_whole {
                held = Some(blob.bytes.to_vec());
            }
            is_unread |= is_zip && !is_whole;
            is_zip && is_whole
        });
        if is_unread {
            self.unread(name.to_owned(), Why::Damaged(budget::limit(ZIP_IN_STREAM.to_owned())));
        }
        let Some(held) = held else { return flow };
        let size = held.len() as u64;
        let zip = Content::At(Slice { file: &held, start: 0, length: size });
        if let Err(err) = self.budget.hold(size) {
            self.unread(name.to_owned(), Why::Damaged(err));
            return self.plain(name, zip);
        }
        let done = self.known(Some(Kind::Zip), path, name, zip, depth);
        self.budget.release(size);
        // A fault of the stream came behind what was held.
        flow.and(done)
    }

    pub(super) fn archive(
        &mut self,
        kind: Kind,
        of: Holder<'_>,
        content: Content<'_>,
    ) -> Result<Flow, Failure> {
        match (kind, content) {
            (kind, Content::At(file)) => self.at(kind, of, file),
            (Kind::Zip, Content::Stream(reader)) => self.held_zip(of, reader),
            (Kind::Tar, Content::Stream(reader)) => self.tar_stream(of, reader),
            (Kind::Ar, Content::Stream(reader)) => self.ar_stream(of, reader),
            (kind, Content::Stream(reader)) => self.packed(kind, of, reader),
        }
    }

    /// What can be read at any place: its members, then what of it belongs to none.
    fn at(&mut self, kind: Kind, of: Holder<'_>, file: Slice<'_>) -> Result<Flow, Failure> {
        let (place, whole) = (self.place.clone(), std::mem::replace(&mut self.whole, Whole::Yes));
        let mut seen = Seen::default();
        let done = match kind {
            Kind::Zip => self.zip(of, &file, &mut seen),
            Kind::Tar => self.tar(of, &file, &mut seen),
            Kind::Ar => self.ar(of, &file, &mut seen),
            kind => {
                let done = self.packed(kind, of, &mut tar::Cursor { file, at: 0 });
                if matches!(done, Ok(Flow::Continue)) && self.whole == Whole::Yes {
                    seen.add(0, file.length);
                }
                done
            }
        };
        self.place = place;
        let done = self.with_rest(done, of, file, seen);
        self.whole = whole;
        done
    }

    /// What became of an archive, once the rest of its bytes was scanned as well.
    pub(super) fn with_rest(
        &mut self,
        done: Result<Flow, Failure>,
        of: Holder<'_>,
        file: Slice<'_>,
        seen: Seen,
    ) -> Result<Flow, Failure> {
        // Whatever a limit says, the bytes of a file are looked at.
        let is_wanted = of.depth == 1 || !self.budget.is_spent();
        if matches!(done, Ok(Flow::Continue) | Err(Failure::Read(_))) && is_wanted {
            let place = self.place_at(of.depth);
            if self.rest((of.name, &place), file, seen)? == Flow::Stop {
                return Ok(Flow::Stop);
            }
        }
        done
    }

    /// A zip is read from its end, so one that comes in a stream is held in memory.
    fn held_zip(&mut self, of: Holder<'_>, reader: &mut dyn Read) -> Result<Flow, Failure> {
        let mut bytes = Vec::new();
        reader.take(self.budget.may_hold() + 1).read_to_end(&mut bytes).map_err(Failure::Read)?;
        let size = bytes.len() as u64;
        self.budget.hold(size).map_err(Failure::Read)?;
        let flow = self.at(Kind::Zip, of, Slice { file: &bytes, start: 0, length: size });
        self.budget.release(size);
        flow
    }

    /// One compressed stream. It has one member; an archive in it takes the place of that.
    fn packed(&mut self, kind: Kind, of: Holder<'_>, reader: &mut dyn Read) -> Result<Flow, Failure> {
        let (count, aside) = (Rc::new(Cell::new(0)), Aside::default());
        let budget = Rc::clone(&self.budget);
        let input = Counted { inner: &mut *reader, count: Rc::clone(&count), budget };
        let Some(decoder) = packed::decoder(kind, Box::new(input), &aside) else {
            return self.plain(of.name, Content::Stream(reader));
        };
        let mut metered = Metered::new(decoder, count, Rc::clone(&self.budget));
        let (name, place) = (join(of.path, stem(of.path)), self.place_at(of.depth));
        let flow = self.item(of.path, BStr::new(&name), Content::Stream(&mut metered), of.depth);
        let beside = self.aside(of.name, &place, &aside)?;
        if beside == Flow::Stop { Ok(Flow::Stop) } else { flow }
    }

    /// The text of a picture, then its bytes.
    fn picture(&mut self, name: &BStr, content: Content<'_>) -> Result<Flow, Failure> {
        let mut head = Vec::new();
        let content = match content {
            Content::At(file) => {
                let start = tar::Cursor { file, at: 0 };
                start.take(png::HEAD).read_to_end(&mut head).map_err(Failure::Read)?;
                Content::At(file)
            }
            Content::Stream(reader) => {
                reader.take(png::HEAD).read_to_end(&mut head).map_err(Failure::Read)?;
                Content::Stream(&mut head.chain(reader))
            }
        };
        let (place, path) = (self.place.clone(), join(name, png::TEXT));
        let text = png::text(&head);
        if png::has_more(&text) {
            self.unread(name.to_owned(), Why::Closed(png::MORE.to_owned()));
        }
        if self.beside(path.as_ref(), &place, &text)? == Flow::Stop {
            return Ok(Flow::Stop);
        }
        self.plain(name, content)
    }

    /// What stood beside the compressed bytes.
    pub(super) fn aside(&mut self, name: &BStr, place: &Place, aside: &Aside) -> Result<Flow, Failure> {
        let (text, is_cut) = aside.take();
        if is_cut {
            let why =
                "limit: more than 1 MiB beside what is packed: names, comments, frames to skip".to_owned();
            self.unread(name.to_owned(), Why::Closed(why));
            self.whole = Whole::No;
        }
        self.beside(name, place, &text)
    }

    /// What is no archive: handed over, in windows when it is large.
    pub(super) fn plain(&mut self, name: &BStr, content: Content<'_>) -> Result<Flow, Failure> {
        self.handed(name, content, &mut |_| false)
    }

    /// The same, but for what `keeps` says that it keeps.
    fn handed(
        &mut self,
        name: &BStr,
        content: Content<'_>,
        keeps: &mut dyn FnMut(&Blob<'_>) -> bool,
    ) -> Result<Flow, Failure> {
        let mut cursor;
        let (reader, expected): (&mut dyn Read, u64) = match content {
            Content::Stream(reader) => (reader, 0),
            Content::At(file) => {
                cursor = tar::Cursor { file, at: 0 };
                (&mut cursor, file.length)
            }
        };
        let input = Input { reader, file: None, expected, before: Before::default() };
        let each = &mut *self.each;
        let mut hand = |blob: &Blob<'_>| if keeps(blob) { Ok(Flow::Continue) } else { leaf(blob, each) };
        window::stream(input, (name, &self.place), self.buffer, &mut hand, self.coverage)
    }

    /// Lists what became of a member that could not be read, so that the others are.
    pub(super) fn settled(&mut self, name: &BStr, done: Result<Flow, Failure>) -> Result<Flow, Failure> {
        match done {
            Err(Failure::Read(err)) => {
                self.unread(name.to_owned(), Why::Damaged(err));
                Ok(Flow::Continue)
            }
            other => other,
        }
    }

    pub(super) fn unread(&mut self, path: BString, why: Why) {
        let (why, is_fault) = match why {
            Why::Closed(why) => (why, false),
            Why::Missing(why) => (why, true),
            Why::Damaged(err) => {
                self.whole = Whole::No;
                match budget::limit_of(&err) {
                    Some(limit) => (limit.to_owned(), true),
                    None => (format!("damaged: {}", budget::in_words(&err)), true),
                }
            }
        };
        let (list, why) = match (is_fault, self.is_on_disk, self.is_in_history) {
            (true, true, _) => (&mut self.coverage.failed, why),
            // What a history has stays in it: there must be a way on.
            (true, false, true) => (&mut self.coverage.failed, why + LEAVE_OUT),
            _ => (&mut self.coverage.skipped, why),
        };
        list.push(Skipped { path, why: why.into() });
    }
}

/// Hands over a text; a notebook with its pictures blanked and its cells numbered.
pub(super) fn leaf(blob: &Blob<'_>, each: &mut Visit<'_>) -> Result<Flow> {
    if blob.part.is_some() || !notebook::is_named(blob.path) {
        return each(blob);
    }
    let Some(notebook) = notebook::read(blob.bytes) else { return each(blob) };
    let inside = match blob.place {
        Place::Inside(inside) => (**inside).clone(),
        of => Inside::new(of.clone(), blob.path.to_owned()),
    };
    let place = Place::Inside(Arc::new(Inside { cells: notebook.cells.into(), ..inside }));
    each(&Blob { bytes: &notebook.text, path: blob.path, place: &place, part: None })
}

/// What a compressed file is called without its last extension.
pub(super) fn stem(path: &[u8]) -> &[u8] {
    let name = path.rsplit(|b| *b == b'/').next().unwrap_or(path);
    match name.iter().rposition(|b| *b == b'.') {
        Some(dot) if dot > 0 => &name[..dot],
        _ => name,
    }
}

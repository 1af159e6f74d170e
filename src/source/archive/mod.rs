//! What archives and compressed files hold.
//!
//! In: a blob. Out: the blob itself, or when its first bytes say that it is an archive, each member
//! under `outer.jar!/inner/path`, archives inside included. Nothing is written to disk and no name is
//! ever followed. Memory is bounded by a few windows, cost by [`Limits`]; what was not looked into is
//! listed. What of an archive belongs to no member is scanned as the bytes that it is.

use std::{
    fs::File,
    io::{self, Read},
    rc::Rc,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::Result;
use bstr::BStr;
use rawzip::FileReader;

use super::{
    Blob, Coverage, Flow, Inside, Place, Rest, Skipped, Visit,
    inside::join,
    is_over, lfs,
    window::{self, Before, Buffer, Failure, Input},
};
use crate::numbers;
use budget::{Budget, TIME_IS_OVER};
use kind::Kind;
use walk::{Content, Holder, LEAVE_OUT, Slice, Walk, Whole, Why, ZIP_IN_STREAM, leaf};

mod ar;
mod budget;
mod digest;
mod image;
mod kind;
mod layers;
mod opened;
mod packed;
mod png;
mod rest;
mod rewind;
mod tar;
mod texts;
mod unlisted;
mod walk;
mod zip;

pub use budget::Limits;
pub use layers::{is_image, is_layout, parts_of_layout};
pub use opened::Opened;

/// Which paths are looked into.
pub type IsWanted<'w> = dyn Fn(&BStr) -> bool + Sync + 'w;

/// Looks into blobs, one after the other. One a thread.
pub struct Unpacker<'u> {
    limits: Limits,
    is_wanted: &'u IsWanted<'u>,
    coverage: Coverage,
    buffer: Buffer,
    spent: Duration,
    lfs: Option<&'u lfs::Store>,
    /// What comes in windows has an end that nobody has seen yet.
    is_open_end: bool,
}

impl<'u> Unpacker<'u> {
    /// Opens what `is_wanted` of the outer path wants, within `limits`.
    pub fn new(limits: Limits, is_wanted: &'u IsWanted<'u>) -> Self {
        Unpacker {
            limits,
            is_wanted,
            coverage: Coverage::default(),
            buffer: Buffer::default(),
            spent: Duration::ZERO,
            lfs: None,
            is_open_end: false,
        }
    }

    /// Reads what pointers of Git LFS stand for, where `store` has it.
    #[must_use]
    pub fn with_lfs(self, store: Option<&'u lfs::Store>) -> Self {
        Unpacker { lfs: store, ..self }
    }

    /// Hands over the blob, or what it holds.
    ///
    /// # Errors
    /// Those of the callback. What cannot be read is listed in the coverage.
    pub fn open(&mut self, blob: &Blob<'_>, each: &mut Visit<'_>) -> Result<Flow> {
        let is_later = blob.part.as_ref().is_some_and(|part| part.rest.is_none());
        if is_later {
            let is_last = blob.part.as_ref().is_some_and(|part| part.own.end == blob.bytes.len());
            if is_last && std::mem::take(&mut self.is_open_end) && kind::ends_zip(blob.bytes) {
                self.unread(blob, ZIP_IN_STREAM);
            }
            return each(blob);
        }
        self.is_open_end = false;
        if matches!(blob.place, Place::Message { .. }) {
            return each(blob);
        }
        let rest = blob.part.as_ref().and_then(|part| part.rest);
        if rest.is_some_and(|rest| rest.layout().is_some()) {
            return self.layout(blob, rest, each);
        }
        let kind = kind::of(blob.bytes);
        let is_behind = kind.is_none() && ends_zip(blob.bytes, rest);
        let is_wanted = !blob.place.is_file() || (self.is_wanted)(blob.path);
        self.is_open_end = kind.is_none() && is_wanted && rest.is_some_and(|rest| rest.file().is_none());
        let script = match kind.is_none() && !is_behind && is_wanted {
            true => packed::behind_script(blob.bytes).unwrap_or_else(|err| {
                self.unread(blob, budget::limit_of(&err).unwrap_or_default());
                None
            }),
            false => None,
        };
        if kind.is_none() && !is_behind && script.is_none() || !is_wanted {
            return leaf(blob, each);
        }
        let kind = kind.or(script.map(|(_, kind)| kind)).unwrap_or(Kind::Zip);
        let from = script.map_or(0, |(from, _)| from);
        match kind {
            Kind::Raw(name) => *self.coverage.raw.entry(name).or_default() += 1,
            Kind::Closed(name) => self.skip(blob, format!("{name}: not looked into")),
            Kind::Pointer => return self.pointer(blob, each),
            Kind::Png if self.text_of_image(blob, each)? == Flow::Stop => return Ok(Flow::Stop),
            _ => {}
        }
        if matches!(kind, Kind::Raw(_) | Kind::Closed(_) | Kind::Png) {
            return each(blob);
        }
        let started = Instant::now();
        let done = match self.file_size(blob, rest) {
            Ok(size) if self.is_spared(blob, size, "archive") => None,
            Ok(_) => Some(self.walk(blob, (kind, from), rest, each)),
            Err(err) => Some(Err(Failure::Read(err))),
        };
        self.spent += started.elapsed();
        match done {
            Some(Ok((Flow::Stop, _))) => Ok(Flow::Stop),
            Some(Ok((_, Whole::Yes))) => Ok(Flow::Skip),
            Some(Err(Failure::Call(err))) => Err(err),
            // Not all was seen: the bytes as they are may show more.
            _ => each(blob),
        }
    }

    /// Hands over what a picture says in its chunks of text.
    fn text_of_image(&mut self, blob: &Blob<'_>, each: &mut Visit<'_>) -> Result<Flow> {
        let (text, path) = (png::text(blob.bytes), join(blob.path, png::TEXT));
        if png::has_more(&text) {
            self.skip(blob, png::MORE.to_owned());
        }
        if text.is_empty() {
            return Ok(Flow::Continue);
        }
        each(&Blob { bytes: &text, path: path.as_ref(), place: &inside(blob), part: None })
    }

    /// Whether limits leave a file of `size` bytes closed, which is noted.
    fn is_spared(&mut self, blob: &Blob<'_>, size: u64, what: &str) -> bool {
        let why = if is_over(self.limits.deadline) {
            self.coverage.late += 1;
            format!("{what}: {TIME_IS_OVER}")
        } else if self.spent > self.limits.max_run {
            let seconds = self.limits.max_run.as_secs();
            format!("{what}: {seconds} s were spent on others; {WAY_OUT}")
        } else if size > self.limits.max_file {
            format!("{what} of more than {}; {WAY_OUT}", numbers::bytes(self.limits.max_file))
        } else {
            return false;
        };
        self.skip(blob, why);
        true
    }

    /// What a pointer stands for, as the content of its path. The pointer itself where that cannot be read.
    fn pointer(&mut self, blob: &Blob<'_>, each: &mut Visit<'_>) -> Result<Flow> {
        let is_recorded = is_recorded(blob.place);
        let Some(pointer) = lfs::Pointer::read(blob.bytes).filter(|_| is_recorded) else {
            if !is_recorded {
                self.skip(blob, self.advice(blob).to_owned());
            }
            return each(blob);
        };
        match self.lfs.map_or(Ok(None), |store| store.open(&pointer)) {
            Ok(None) => self.skip(blob, ABSENT.to_owned()),
            Err(err) => self.skip(blob, format!("{CONTENT} cannot be read: {err}")),
            Ok(Some(_)) if self.is_spared(blob, pointer.size, CONTENT) => {}
            Ok(Some(file)) => {
                let (started, spent, place) = (Instant::now(), self.spent, inside(blob));
                // What it holds is no pointer once more.
                let store = self.lfs.take();
                let input = Input {
                    reader: &mut &file,
                    file: Some(&file),
                    expected: pointer.size,
                    before: Before::default(),
                };
                let mut read = Coverage::default();
                let done = window::stream(
                    input,
                    (blob.path, &place),
                    &mut Buffer::default(),
                    &mut |content| self.open(content, each),
                    &mut read,
                );
                self.coverage.bytes += read.bytes;
                (self.lfs, self.spent) = (store, spent + started.elapsed());
                match done {
                    Ok(flow) => return Ok(flow),
                    Err(Failure::Call(err)) => return Err(err),
                    Err(Failure::Read(err)) => self.skip(blob, format!("{CONTENT} cannot be read: {err}")),
                }
            }
        }
        each(blob)
    }

    /// What is said of a pointer that stands in the place of its content.
    fn advice(&self, blob: &Blob<'_>) -> &'static str {
        let content =
            self.lfs.zip(lfs::Pointer::read(blob.bytes)).map(|(store, pointer)| store.open(&pointer));
        if matches!(content, Some(Ok(Some(_)))) { POINTER_TO_HERE } else { POINTER }
    }

    /// An image layout, which is a directory.
    fn layout(&mut self, blob: &Blob<'_>, rest: Option<&Rest<'_>>, each: &mut Visit<'_>) -> Result<Flow> {
        match self.walk(blob, (Kind::Tar, 0), rest, each) {
            Ok((Flow::Stop, _)) => Ok(Flow::Stop),
            Ok(_) | Err(Failure::Read(_)) => Ok(Flow::Skip),
            Err(Failure::Call(err)) => Err(err),
        }
    }

    /// What was looked into so far, and what was not.
    pub fn covered(&self) -> &Coverage {
        &self.coverage
    }

    /// What was looked into, and what was not.
    pub fn finish(self) -> Coverage {
        self.coverage
    }

    /// Notes what could not be looked into; what somebody asked for must not pass then.
    fn unread(&mut self, blob: &Blob<'_>, why: &str) {
        let (list, more) = match (is_on_disk(blob.place), self.is_in_history(blob.place)) {
            (true, _) => (&mut self.coverage.failed, ""),
            (_, true) => (&mut self.coverage.failed, LEAVE_OUT),
            _ => (&mut self.coverage.skipped, ""),
        };
        list.push(Skipped { path: blob.path.to_owned(), why: format!("{why}{more}").into() });
    }

    /// Whether somebody asked for all that a repository holds.
    fn is_in_history(&self, place: &Place) -> bool {
        self.limits.is_strict && matches!(place.root(), Place::Object { .. })
    }

    fn skip(&mut self, blob: &Blob<'_>, why: String) {
        self.coverage.skipped.push(Skipped { path: blob.path.to_owned(), why: why.into() });
    }

    /// Bytes of the outer file, as far as is known.
    fn file_size(&self, blob: &Blob<'_>, rest: Option<&Rest<'_>>) -> io::Result<u64> {
        match rest {
            None => Ok(blob.bytes.len() as u64),
            Some(rest) => match rest.file() {
                Some(file) => Ok(file.metadata()?.len()),
                None => Ok(blob.part.as_ref().map_or(0, |part| part.whole)),
            },
        }
    }

    fn walk(
        &mut self,
        blob: &Blob<'_>,
        (kind, from): (Kind, usize),
        rest: Option<&Rest<'_>>,
        each: &mut Visit<'_>,
    ) -> Result<(Flow, Whole), Failure> {
        let budget = Budget::new(self.limits);
        let done = self.walk_within(&budget, blob, (kind, from), rest, each);
        self.coverage.late += u64::from(budget.is_late());
        done
    }

    fn walk_within(
        &mut self,
        budget: &Rc<Budget>,
        blob: &Blob<'_>,
        (kind, from): (Kind, usize),
        rest: Option<&Rest<'_>>,
        each: &mut Visit<'_>,
    ) -> Result<(Flow, Whole), Failure> {
        let place = inside(blob);
        let mut walk = Walk {
            budget: Rc::clone(budget),
            is_on_disk: is_on_disk(blob.place),
            is_in_history: self.is_in_history(blob.place),
            outside: blob.place.clone(),
            place,
            each,
            coverage: &mut self.coverage,
            buffer: &mut self.buffer,
            whole: Whole::Yes,
            overlay: None,
        };
        if let Some(directory) = rest.and_then(Rest::layout) {
            let flow = walk.image_directory(blob.path, directory);
            return Ok((walk.settled(blob.path, flow)?, Whole::Yes));
        }
        if from > 0 {
            return walk.behind(blob, (kind, from), rest);
        }
        let flow = match rest {
            None => {
                let file = Slice { file: &blob.bytes, start: 0, length: blob.bytes.len() as u64 };
                walk.outermost(kind, blob.path, file)
            }
            Some(rest) => match rest.file() {
                Some(file) => at_rest(file, |file| walk.outermost(kind, blob.path, file)),
                None => {
                    let mut reader = rest.reader();
                    let of = Holder::outermost(blob.path);
                    let flow = walk.archive(kind, of, Content::Stream(&mut blob.bytes.chain(&mut *reader)));
                    let flow = walk.settled(blob.path, flow)?;
                    return Ok((flow, walk.whole));
                }
            },
        };
        Ok((walk.settled(blob.path, flow)?, Whole::Yes))
    }
}

impl Walk<'_, '_> {
    /// What is packed behind a script, and the script.
    fn behind(
        &mut self,
        blob: &Blob<'_>,
        (kind, from): (Kind, usize),
        rest: Option<&Rest<'_>>,
    ) -> Result<(Flow, Whole), Failure> {
        let (script, start) = blob.bytes.split_at(from);
        let of = Holder::outermost(blob.path);
        let flow = match rest.map(|rest| (rest, rest.file())) {
            None => self.archive(kind, of, Content::Stream(&mut &*start)),
            Some((_, Some(file))) => at_rest(file, |file| {
                let at = from as u64;
                self.archive(kind, of, Content::Stream(&mut tar::Cursor { file, at }))
            }),
            Some((rest, None)) => {
                let mut reader = rest.reader();
                self.archive(kind, of, Content::Stream(&mut start.chain(&mut *reader)))
            }
        };
        let mut flow = self.settled(blob.path, flow)?;
        // Where not all was seen, the whole is looked at as it is.
        if flow != Flow::Stop && self.whole == Whole::Yes {
            let outside = self.outside.clone();
            flow = self.beside(blob.path, &outside, script)?;
        }
        Ok((flow, self.whole))
    }
}

/// The place of what stands in a blob.
fn inside(blob: &Blob<'_>) -> Place {
    match blob.place {
        Place::Inside(_) => blob.place.clone(),
        of => Place::Inside(Arc::new(Inside::new(of.clone(), blob.path.to_owned()))),
    }
}

const WAY_OUT: &str = "`stanch scan` looks into it";

const POINTER: &str = "a pointer of Git LFS: `git lfs fetch --all` gets what it stands for into `.git/lfs`, where \
                       `scan --history` reads it";

const POINTER_TO_HERE: &str = "a pointer of Git LFS: `scan --history` reads what it stands for, and `git lfs checkout` \
                               puts that in its place";

/// What somebody keeps in Git LFS.
const CONTENT: &str = "content in Git LFS";

const ABSENT: &str = "content in Git LFS that is not here: only its pointer was seen";

/// What is about to be recorded or sent: there a pointer is as it should be, and what it stands for goes along.
fn is_recorded(place: &Place) -> bool {
    matches!(place.root(), Place::Staged | Place::Commit { .. })
}

/// Files and streams that somebody asked to be scanned: what cannot be read there must not pass. In
/// commits it stands beside the bytes, which were scanned as ever.
fn is_on_disk(place: &Place) -> bool {
    matches!(place.root(), Place::File | Place::Stdin)
}

/// Whether a zip stands at the end of the blob, behind a program or a script.
fn ends_zip(bytes: &[u8], rest: Option<&Rest<'_>>) -> bool {
    match rest.map(Rest::file) {
        None => kind::ends_zip(bytes),
        // What cannot be read here cannot be read further on either, and is said there.
        Some(Some(file)) => {
            at_rest(file, |file| file.ends_zip().map_err(Failure::Read)).is_ok_and(|is_one| is_one)
        }
        // Its end has not come yet.
        Some(None) => false,
    }
}

/// Reads a file at any place and leaves its position as it was.
fn at_rest<T>(file: &File, read: impl FnOnce(Slice<'_>) -> Result<T, Failure>) -> Result<T, Failure> {
    use std::io::{Seek, SeekFrom};
    let position = (&*file).stream_position().map_err(Failure::Read)?;
    let length = file.metadata().map_err(Failure::Read)?.len();
    let reader = FileReader::from(file.try_clone().map_err(Failure::Read)?);
    let done = read(Slice { file: &reader, start: 0, length });
    (&*file).seek(SeekFrom::Start(position)).map_err(Failure::Read)?;
    done
}

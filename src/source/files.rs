//! Files and directories on disk.
//!
//! In: paths as given. Out: each regular file below them, in the order of their names, with the path
//! as a person would type it; large ones in windows. Hidden files are read, since secrets live in
//! them; what `.gitignore` names is not, unless asked for or named itself. Links are not followed
//! unless named: what they point to is a file of its own, or is none of ours. The directory of a container
//! image is read as an image, and what else lies in it as files. A path that was named and does not exist, and what
//! cannot be read on the way, is listed, and the rest goes on.

use std::{
    collections::HashSet,
    fs::{self, File},
    path::{Path, PathBuf},
};

use anyhow::Result;
use bstr::{BStr, BString, ByteSlice, ByteVec};
use ignore::WalkBuilder;

use super::{
    Blob, Context, Coverage, Flow, Part, Place, Plan, Reader, Rest, Skipped, Source, Visit, VisitOld,
    archive, repo,
    staged::too_large,
    visit_plan,
    window::{self, Before, Buffer, Failure, Input},
};

/// Up to so many files their size is asked for first, and what is more than enough for several threads, bytes.
const FEW: usize = 64;
const MUCH: u64 = 1 << 40;

/// Files and directories on disk.
#[derive(Debug)]
pub struct Files {
    paths: Vec<PathBuf>,
    max_bytes: u64,
    ignored: Ignored,
}

/// What becomes of files that git ignores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ignored {
    /// They are left out, unless named.
    LeftOut,
    /// They are read like all others.
    Read,
}

impl Files {
    /// The files `paths` and those below the directories `paths`.
    pub fn new(paths: Vec<PathBuf>) -> Self {
        Files { paths, max_bytes: u64::MAX, ignored: Ignored::LeftOut }
    }

    /// Lists files over `max_bytes` as skipped instead of reading them.
    pub fn max_bytes(mut self, max_bytes: u64) -> Self {
        self.max_bytes = max_bytes;
        self
    }

    /// Says what becomes of files that git ignores.
    pub fn ignored(mut self, ignored: Ignored) -> Self {
        self.ignored = ignored;
        self
    }

    fn list(&self) -> List {
        let mut list = List { max_bytes: self.max_bytes, ..List::default() };
        for path in &self.paths {
            // A link that was named leads to what is meant.
            match fs::metadata(path) {
                Ok(about) if about.is_dir() => {}
                Ok(about) if about.is_file() => {
                    list.files.push((path.to_owned(), What::File));
                    continue;
                }
                Ok(_) => {
                    list.fail(path, "a pipe or a device: feed it through --stdin".to_owned());
                    continue;
                }
                Err(err) => {
                    list.fail(path, err.to_string());
                    continue;
                }
            }
            let honour = self.ignored == Ignored::LeftOut;
            let walk = WalkBuilder::new(path)
                .standard_filters(false)
                .parents(honour)
                .git_ignore(honour)
                .git_exclude(honour)
                .git_global(honour)
                .follow_links(false)
                .sort_by_file_name(std::ffi::OsStr::cmp)
                .filter_entry(|entry| entry.depth() == 0 || entry.file_name() != ".git")
                .build();
            for entry in walk {
                match entry {
                    Ok(entry) => self.take(&entry, &mut list),
                    Err(err) => list.fault(path, err),
                }
            }
        }
        list
    }

    fn take(&self, entry: &ignore::DirEntry, list: &mut List) {
        let path = entry.path();
        if let Some(err) = entry.error() {
            list.coverage.notes.push(format!("an ignore file was not understood: {err}"));
        }
        let mut skip = |why: String| list.coverage.skipped.push(Skipped { path: shown(path), why });
        match entry.file_type() {
            // The first is what was named: a directory, or a link to one.
            kind if entry.depth() == 0 || kind.is_some_and(|kind| kind.is_dir()) => {
                if archive::is_layout(path) {
                    list.files.push((path.to_owned(), What::Layout));
                    list.parts.extend(archive::parts_of_layout(path));
                }
            }
            // Read with the image.
            _ if list.parts.contains(path) => {}
            Some(kind) if kind.is_symlink() => skip("symbolic link".into()),
            Some(kind) if kind.is_file() => list.files.push((path.to_owned(), What::File)),
            _ => skip("not a regular file".into()),
        }
    }
}

impl Source for Files {
    fn visit(&mut self, each: &mut Visit<'_>) -> Result<Coverage> {
        visit_plan(&self.list(), each)
    }

    fn plan(&mut self) -> Result<Option<Box<dyn Plan>>> {
        Ok(Some(Box::new(self.list())))
    }

    fn parents(&self, _place: &Place) -> usize {
        0
    }

    fn replaced(&mut self, _place: &Place, _parent: usize, _each: &mut VisitOld<'_>) -> Result<()> {
        Ok(())
    }
}

/// The files that were found.
#[derive(Default)]
struct List {
    files: Vec<(PathBuf, What)>,
    /// Larger ones are not read.
    max_bytes: u64,
    /// The configurations and layers of the container images that were met.
    parts: HashSet<PathBuf>,
    coverage: Coverage,
}

/// What is read as one thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    /// A file.
    File,
    /// What the directory of a container image holds as an image.
    Layout,
}

impl List {
    fn fail(&mut self, path: &Path, why: String) {
        self.coverage.failed.push(Skipped { path: shown(path), why });
    }

    fn fault(&mut self, path: &Path, err: ignore::Error) {
        // The error names the path where it has one; it is shown beside it already.
        let (path, why) = inner(path, err);
        self.fail(&path, why);
    }
}

fn inner(path: &Path, err: ignore::Error) -> (PathBuf, String) {
    match err {
        ignore::Error::WithPath { path, err } => inner(&path, *err),
        ignore::Error::WithDepth { err, .. } => inner(path, *err),
        other => {
            let first: Option<&dyn std::error::Error> = match other.io_error() {
                Some(io) => Some(io),
                None => Some(&other),
            };
            let last = std::iter::successors(first, |err| err.source()).last();
            (path.to_owned(), last.map(ToString::to_string).unwrap_or_default())
        }
    }
}

impl Plan for List {
    fn len(&self) -> usize {
        self.files.len()
    }

    /// Of many files nobody asks for the size of each before it is read: it costs as much as to open it.
    fn bytes(&self) -> u64 {
        if self.files.len() > FEW {
            return MUCH;
        }
        let size = |(path, what): &(PathBuf, What)| match what {
            What::File => fs::metadata(path).map_or(0, |about| about.len()),
            What::Layout => MUCH,
        };
        self.files.iter().map(size).sum()
    }

    fn known(&self) -> Coverage {
        self.coverage.clone()
    }

    fn reader(&self) -> Result<Box<dyn Reader + '_>> {
        Ok(Box::new(FileReader { list: self, buffer: Buffer::default() }))
    }
}

struct FileReader<'l> {
    list: &'l List,
    buffer: Buffer,
}

impl Reader for FileReader<'_> {
    fn read(&mut self, at: usize, each: &mut Visit<'_>, coverage: &mut Coverage) -> Result<Flow> {
        let (path, what) = &self.list.files[at];
        let name = shown(path);
        if *what == What::Layout {
            return image(path, name.as_bstr(), each);
        }
        let opened = File::open(path).and_then(|file| Ok((file.metadata()?.len(), file)));
        let done = opened.map_err(Failure::Read).and_then(|(size, file)| {
            if size > self.list.max_bytes {
                let why = too_large(self.list.max_bytes);
                coverage.skipped.push(Skipped { path: name.clone(), why });
                return Ok(Flow::Continue);
            }
            let about = (name.as_bstr(), &Place::File);
            let input =
                Input { reader: &mut &file, file: Some(&file), expected: size, before: Before::default() };
            window::stream(input, about, &mut self.buffer, each, coverage)
        });
        match done {
            Ok(flow) => Ok(flow),
            Err(Failure::Call(err)) => Err(err),
            Err(Failure::Read(err)) => {
                coverage.failed.push(Skipped { path: name, why: err.to_string() });
                Ok(Flow::Continue)
            }
        }
    }
}

/// Hands over the directory of a container image.
fn image(directory: &Path, name: &BStr, each: &mut Visit<'_>) -> Result<Flow> {
    let mut nothing = std::io::empty();
    let rest = Rest::of_layout(directory, &mut nothing);
    let part = Part { lines_before: 0, columns_before: 0, own: 0..0, whole: 0, rest: Some(&rest) };
    let flow = each(&Blob { bytes: b"", path: name, place: &Place::File, part: Some(part) })?;
    Ok(if flow == Flow::Skip { Flow::Continue } else { flow })
}

/// The path with forward slashes, without a leading `./`.
fn shown(path: &Path) -> BString {
    let bytes = Vec::from_path_lossy(path).into_owned();
    let bytes = if cfg!(windows) { bytes.replace("\\", "/") } else { bytes };
    match bytes.strip_prefix(b"./") {
        Some(rest) if !rest.is_empty() => rest.into(),
        _ => bytes.into(),
    }
}

/// Whether git tracks a file; `file` is a path without links in it.
pub fn is_tracked(file: &Path) -> bool {
    let tracked = || {
        let folder = file.parent()?;
        let layout = repo::layout(folder).ok()?;
        let opened = repo::open(&Context::new(folder)).ok()?;
        let name = file.strip_prefix(layout.work_tree?.canonicalize().ok()?).ok()?;
        let options = gix::index::decode::Options::default();
        let index = gix::index::File::at(layout.git_dir.join("index"), opened.hash, false, options).ok()?;
        index.entry_by_path(shown(name).as_bstr()).map(|_| ())
    };
    tracked().is_some()
}

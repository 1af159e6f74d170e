//! Files and directories on disk.
//!
//! In: paths as given. Out: each regular file below them, in the order of their names, with the path
//! as a person would type it; large ones in windows. Hidden files are read, since secrets live in
//! them; what `.gitignore` names is not, unless git tracks it all the same, or it is asked for or named itself. Of `.git` the
//! settings and hooks are. Links are not followed unless named: what they point to is a file of its own, or is none of
//! ours. The directory of a container image is read as an image, and what else lies in it as files. A path that was
//! named and does not exist, and what cannot be read on the way, is listed, and the rest goes on.

use std::{
    collections::{HashMap, HashSet},
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use anyhow::Result;
use bstr::{BStr, BString, ByteSlice, ByteVec};
use ignore::WalkBuilder;

use super::{
    Blob, Context, Coverage, Flow, Part, Place, Plan, Reader, Rest, Skipped, Source, Visit, VisitOld,
    archive,
    disk::{Ending, open},
    dot_git::Written,
    repo,
    staged::too_large,
    visit_plan,
    window::{self, Before, Buffer, Failure, Input},
};
use crate::numbers::count;
use crate::order;

/// Up to so many files their size is asked for first, and what is more than enough for several threads, bytes.
const FEW: usize = 64;
const MUCH: u64 = 1 << 40;

/// Files and directories on disk.
#[derive(Debug)]
pub struct Files {
    paths: Vec<PathBuf>,
    max_bytes: u64,
    ignored: Ignored,
    links_are_texts: bool,
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
        Files { paths, max_bytes: u64::MAX, ignored: Ignored::LeftOut, links_are_texts: false }
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

    /// Takes a link that is named as git records it: as a file that holds where it leads.
    pub fn links_as_texts(mut self) -> Self {
        self.links_are_texts = true;
        self
    }

    fn list(&self) -> List {
        let mut list = List { max_bytes: self.max_bytes, ..List::default() };
        for path in &self.paths {
            if self.links_are_texts && path.is_symlink() {
                list.files.push((path.to_owned(), What::Link));
                continue;
            }
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
            let mut met = Met::default();
            let work_trees = met.work_trees.clone();
            let walk = WalkBuilder::new(path)
                .standard_filters(false)
                .parents(honour)
                .git_ignore(honour)
                .git_exclude(honour)
                .git_global(honour)
                .follow_links(false)
                // Of one folder the paths differ in their names alone, which to find in a path costs more than to compare all.
                .sort_by_file_path(|one, other| one.as_os_str().cmp(other.as_os_str()))
                .filter_entry(move |entry| {
                    let is_git = entry.depth() > 0 && entry.file_name() == ".git";
                    if is_git && let Some(root) = entry.path().parent() {
                        lock(&work_trees).push(root.to_owned());
                    }
                    !is_git
                })
                .build();
            for entry in walk {
                match entry {
                    Ok(entry) => {
                        if honour {
                            met.add(&entry);
                        }
                        self.take(&entry, &mut list);
                    }
                    Err(err) => list.fault(path, err),
                }
            }
            met.read_settings(&mut list);
            if honour {
                met.settle(path, &mut list);
            }
        }
        list
    }

    fn take(&self, entry: &ignore::DirEntry, list: &mut List) {
        let path = entry.path();
        if let Some(err) = entry.error() {
            list.coverage.notes.push(format!("an ignore file was not understood: {err}"));
        }
        let mut skip =
            |why: String| list.coverage.skipped.push(Skipped { path: shown(path), why: why.into() });
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

/// What a walk has met, and what of a directory it has not.
#[derive(Default)]
struct Met {
    /// Roots of work trees.
    work_trees: Arc<Mutex<Vec<PathBuf>>>,
    /// How many files and folders of each folder.
    counts: HashMap<PathBuf, (u64, u64)>,
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Met {
    fn add(&mut self, entry: &ignore::DirEntry) {
        let is_folder = entry.file_type().is_some_and(|kind| kind.is_dir());
        if is_folder || entry.depth() == 0 {
            self.counts.entry(entry.path().to_owned()).or_default();
        }
        if let (true, Some(parent)) = (entry.depth() > 0, entry.path().parent()) {
            let (files, folders) = self.counts.entry(parent.to_owned()).or_default();
            *(if is_folder { folders } else { files }) += 1;
        }
    }

    /// Adds the settings and hooks of the repositories that were met.
    fn read_settings(&self, list: &mut List) {
        let before = list.files.len();
        for root in lock(&self.work_trees).iter() {
            let Written { files, faults } = Written::below(&root.join(".git"));
            list.files.extend(files.into_iter().map(|path| (path, What::File)));
            faults.into_iter().for_each(|(folder, err)| list.fail(&folder, err.to_string()));
        }
        if list.files.len() > before {
            order::all(&mut list.files);
        }
    }

    /// Adds what git tracks although it ignores it, and tells how much else is left out.
    fn settle(self, top: &Path, list: &mut List) {
        let mut roots = std::mem::take(&mut *lock(&self.work_trees));
        // The work tree around what was named, and those within it.
        if !roots.iter().any(|root| root == top) {
            roots.push(top.to_owned());
        }
        let known: HashSet<&PathBuf> = list.files.iter().map(|(path, _)| path).chain(&list.parts).collect();
        let (mut tracked, mut faults) = (Vec::new(), Vec::new());
        for root in &roots {
            match tracked_below(root) {
                Ok(files) => tracked.extend(files),
                Err((index, why)) => faults.push((index, why)),
            }
        }
        tracked.retain(|path| {
            !known.contains(path) && fs::symlink_metadata(path).is_ok_and(|about| about.is_file())
        });
        order::all(&mut tracked);
        tracked.dedup();
        let (mut files, mut folders) = (0u64, 0u64);
        for (folder, (met_files, met_folders)) in &self.counts {
            let (mut all_files, mut all_folders) = (0u64, 0u64);
            for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
                match entry.file_type() {
                    _ if entry.file_name() == ".git" => {}
                    Ok(kind) if kind.is_dir() => all_folders += 1,
                    _ if tracked.binary_search(&entry.path()).is_ok() => {}
                    _ => all_files += 1,
                }
            }
            files += all_files.saturating_sub(*met_files);
            folders += all_folders.saturating_sub(*met_folders);
        }
        let counts = [(files, "file"), (folders, "folder")].into_iter().filter(|(number, _)| *number > 0);
        let what: Vec<String> = counts.map(|(number, one)| count(number, one)).collect();
        if !what.is_empty() {
            let what = what.join(" and ");
            let note = format!("{what} left out because git ignores them; `--no-ignore` reads them");
            list.coverage.notes.push(note);
            for (index, why) in faults {
                list.fail(
                    &index,
                    format!("{why}; which of the files that git ignores it tracks is not known"),
                );
            }
        }
        if !tracked.is_empty() {
            list.files.extend(tracked.into_iter().map(|path| (path, What::File)));
            order::all(&mut list.files);
        }
    }
}

/// The files that git tracks below a directory; none where it is in no work tree.
fn tracked_below(folder: &Path) -> Result<Vec<PathBuf>, (PathBuf, String)> {
    let Some((top, index)) = index_around(folder)? else { return Ok(Vec::new()) };
    let inside = || Some(shown(folder.canonicalize().ok()?.strip_prefix(top).ok()?));
    let Some(mut prefix) = inside() else { return Ok(Vec::new()) };
    if !prefix.is_empty() {
        prefix.push(b'/');
    }
    let names = index.entries().iter().filter(|entry| entry.mode.contains(gix::index::entry::Mode::FILE));
    let names = names.filter_map(|entry| entry.path(&index).strip_prefix(prefix.as_slice()));
    Ok(names.filter_map(|name| Some(folder.join(name.to_path().ok()?))).collect())
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

    fn left_at(&mut self, _place: &Place, _paths: &[BString], _each: &mut VisitOld<'_>) -> Result<()> {
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    /// A file.
    File,
    /// Where a link leads.
    Link,
    /// What the directory of a container image holds as an image.
    Layout,
}

impl List {
    fn fail(&mut self, path: &Path, why: String) {
        self.coverage.failed.push(Skipped { path: shown(path), why: why.into() });
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
            What::Link => 0,
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
        let opened = match what {
            What::Layout => return image(path, name.as_bstr(), each),
            What::Link => return link(path, name, each, coverage),
            What::File => open(path),
        };
        let done = opened.map_err(Failure::Read).and_then(|(size, file)| {
            if size > self.list.max_bytes {
                let why = too_large(self.list.max_bytes);
                coverage.skipped.push(Skipped { path: name.clone(), why: why.into() });
                return Ok(Flow::Continue);
            }
            let about = (name.as_bstr(), &Place::File);
            let input = Input {
                reader: &mut Ending::new(&file, size),
                file: Some(&file),
                expected: size,
                before: Before::default(),
            };
            window::stream(input, about, &mut self.buffer, each, coverage)
        });
        match done {
            Ok(flow) => Ok(flow),
            Err(Failure::Call(err)) => Err(err),
            Err(Failure::Read(err)) => {
                coverage.failed.push(Skipped { path: name, why: err.to_string().into() });
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

/// Hands over where a link leads.
fn link(path: &Path, name: BString, each: &mut Visit<'_>, coverage: &mut Coverage) -> Result<Flow> {
    match fs::read_link(path) {
        Ok(target) => {
            let bytes = &Vec::from_path_lossy(&target);
            let flow = each(&Blob { bytes, path: name.as_bstr(), place: &Place::File, part: None })?;
            Ok(if flow == Flow::Skip { Flow::Continue } else { flow })
        }
        Err(err) => {
            coverage.failed.push(Skipped { path: name, why: err.to_string().into() });
            Ok(Flow::Continue)
        }
    }
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
        let (top, index) = index_around(file.parent()?).ok()??;
        index.entry_by_path(shown(file.strip_prefix(top).ok()?).as_bstr()).map(|_| ())
    };
    tracked().is_some()
}

/// The root of the work tree around a folder, without links in it, and its index; `None` where either is missing.
///
/// # Errors
/// When the index cannot be read: which, and why.
fn index_around(folder: &Path) -> Result<Option<(PathBuf, gix::index::File)>, (PathBuf, String)> {
    let around = || {
        let layout = repo::layout(folder).ok()?;
        let opened = repo::open(&Context::new(folder)).ok()?;
        let index = layout.git_dir.join("index");
        let top = layout.work_tree?.canonicalize().ok()?;
        index.exists().then_some((top, index, opened.hash))
    };
    let Some((top, path, hash)) = around() else { return Ok(None) };
    match gix::index::File::at(&path, hash, false, gix::index::decode::Options::default()) {
        Ok(index) => Ok(Some((top, index))),
        Err(err) => Err((path, err.to_string())),
    }
}

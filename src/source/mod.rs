//! Where bytes come from: the index, commits, files, streams.
//!
//! A source drives: it calls back with each blob and its provenance, and closes with what it covered
//! and what it could not look into. Only this layer names gix. Paths are bytes.

use std::collections::BTreeMap;
use std::fmt;
use std::ops::Deref;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use bstr::{BStr, BString};

pub use crate::limits::DEFAULT_MAX_BYTES;
use crate::order;

pub mod archive;
pub mod disk;
pub mod files;
pub mod given;
pub mod history;
pub mod index;
pub mod lfs;
pub mod project;
pub mod push;
pub mod range;
pub mod receive;
pub mod remote;
pub mod repo;
pub mod shown;
pub mod staged;
pub mod stdin;
pub mod underway;

mod dot_git;
mod headers;
mod inside;
mod lineage;
mod notebook;
mod objects;
mod paths;
mod pieces;
mod plumbing;
mod refs;
mod revision;
mod shallow;
mod stores;
mod tree;
mod window;

pub use inside::{Cell, Cells, InImage, Inside, Later, Layer, SEPARATOR};
pub use stores::object_dirs;
pub use window::Rest;

/// What a source of a repository needs to know, as plain values.
///
/// `GIT_DIR`, `GIT_WORK_TREE`, `GIT_INDEX_FILE` and their like are honoured as git does when the
/// repository is opened; only what git hands to one hook alone is passed here.
#[derive(Debug, Clone)]
pub struct Context {
    /// Where to look for the repository: the current directory of the process.
    pub cwd: PathBuf,
    /// An index to read instead of the one that the environment or the repository names.
    pub index_file: Option<PathBuf>,
    /// Where objects are beside the repository's own directory, see [`object_dirs`].
    pub object_dirs: Vec<PathBuf>,
    /// The list of shallow commits instead of the repository's own: what git gives the hooks of a server while a
    /// push from a shallow clone waits.
    pub shallow_file: Option<PathBuf>,
    /// Further parents of the commit that is being made, hex: the `GITHEAD_<oid>` of pre-merge-commit.
    pub merge_parents: Vec<String>,
    /// Blobs larger than this are not held whole, but read in windows.
    pub max_bytes: u64,
    /// Whether git may fetch an object that a partial clone lacks. Hooks say no: nothing leaves the machine.
    pub fetch_missing: bool,
    /// When reading must end; what is left then is counted in [`Coverage::late`]. For ranges of commits.
    pub deadline: Option<Instant>,
    /// The repository, once one part of a run has opened it.
    pub shared: Shared,
}

/// Whether the time is over, where it ends.
fn is_over(deadline: Option<Instant>) -> bool {
    deadline.is_some_and(|end| Instant::now() >= end)
}

/// A repository for all that are given a clone of the same [`Context`]: opening one reads five files, and is a
/// fifth of what a hook does when nothing is staged.
#[derive(Clone, Default)]
pub struct Shared(Arc<OnceLock<gix::ThreadSafeRepository>>);

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.get().is_some() { "open" } else { "not yet open" })
    }
}

impl Context {
    /// The usual settings, for the repository around `cwd`.
    pub fn new(cwd: impl Into<PathBuf>) -> Self {
        Context {
            cwd: cwd.into(),
            index_file: None,
            object_dirs: Vec::new(),
            shallow_file: None,
            merge_parents: Vec::new(),
            max_bytes: DEFAULT_MAX_BYTES,
            fetch_missing: false,
            deadline: None,
            shared: Shared::default(),
        }
    }
}

/// One version of one file, or a message, about to be recorded, published or found on disk.
#[derive(Debug)]
pub struct Blob<'a> {
    /// The content as stored.
    pub bytes: &'a [u8],
    /// Path from the repository root (or as given on the command line), forward slashes.
    pub path: &'a BStr,
    /// Where this version is.
    pub place: &'a Place,
    /// Set when `bytes` is a window into something larger.
    pub part: Option<Part<'a>>,
}

impl Blob<'_> {
    /// Bytes of all of it, as far as is known, where this is a window.
    pub fn whole_size(&self) -> u64 {
        self.part.as_ref().map_or(self.bytes.len() as u64, |part| part.whole)
    }

    /// Whether it starts here: a file in windows counts once.
    pub fn is_start(&self) -> bool {
        self.part.as_ref().is_none_or(|part| part.own.start == 0)
    }
}

/// A window into a file that is too large to be held whole. Windows overlap, so that what stands
/// at the end of one is seen whole, with what is around it, in one of the two.
#[derive(Debug, Clone)]
pub struct Part<'a> {
    /// Lines that end before the window.
    pub lines_before: u32,
    /// Bytes of the window's first line that stand before it.
    pub columns_before: u32,
    /// What starts here in the window belongs to it; the rest belongs to its neighbours.
    pub own: std::ops::Range<usize>,
    /// Bytes of the whole, as far as is known.
    pub whole: u64,
    /// In the first window: what comes behind it, for who wants to read it another way.
    pub rest: Option<&'a Rest<'a>>,
}

/// Where a version is, as a type.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Place {
    /// In the index: about to be committed.
    Staged,
    /// In a commit.
    Commit {
        /// Full object id, hex.
        id: String,
    },
    /// The message of a commit or tag; lines count within the message.
    Message {
        /// Full object id of the commit or tag, hex; empty while it is being written.
        id: String,
    },
    /// In the object store, and in no commit.
    Object {
        /// Full object id, hex.
        id: String,
    },
    /// A file that git keeps for itself (configuration, a reflog), or a name.
    GitFile,
    /// A file in the work tree or elsewhere on disk.
    File,
    /// Standard input.
    Stdin,
    /// In a file that holds others: an archive, a container image, a notebook.
    Inside(Arc<Inside>),
}

impl Place {
    /// Where the outermost file is that holds this.
    pub fn root(&self) -> &Place {
        match self {
            Place::Inside(inside) => inside.of.root(),
            other => other,
        }
    }

    /// Whether a path stands beside it that somebody has chosen, and that settings for paths may speak of. A message, a
    /// stream and what git keeps for itself have only what we call them.
    pub fn is_file(&self) -> bool {
        match self.root() {
            Place::Staged | Place::Commit { .. } | Place::Object { .. } | Place::File => true,
            Place::Message { .. } | Place::GitFile | Place::Stdin | Place::Inside(_) => false,
        }
    }

    /// What is known of the way to it, when it is inside another file.
    pub fn inside(&self) -> Option<&Inside> {
        match self {
            Place::Inside(inside) => Some(inside),
            _ => None,
        }
    }
}

/// Where a commit stands in its history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lineage {
    /// Its turn among all that were looked at, parents first.
    pub turn: usize,
    /// It has no parent here: the first of a history, or the end of a shallow clone.
    pub is_root: bool,
    /// HEAD is at it.
    pub is_head: bool,
    /// The branch that holds it, when that is not the one checked out.
    pub branch: Option<BString>,
    /// What else holds it when no branch does: notes, a stash.
    pub reference: Option<BString>,
}

/// Whether the source shall go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// Next blob, please, or the next window of this one.
    Continue,
    /// Next blob, please: no more windows of this one.
    Skip,
    /// Enough.
    Stop,
}

/// What was looked at. Nothing is passed over in silence.
#[derive(Debug, Clone, Default)]
pub struct Coverage {
    /// Blobs handed to the callback.
    pub blobs: u64,
    /// Their bytes.
    pub bytes: u64,
    /// What was not looked into, and why.
    pub skipped: Vec<Skipped>,
    /// What should have been looked into and could not be. The caller must not pass.
    pub failed: Vec<Skipped>,
    /// Files of a kind whose text is compressed inside: their bytes were scanned, their text was not.
    pub raw: BTreeMap<&'static str, u64>,
    /// Commits, blobs and messages that were left when the time was over. The caller decides what that means.
    pub late: u64,
    /// How it was read, when not the usual way: "through git, because …".
    pub notes: Vec<String>,
}

impl Coverage {
    /// Adds what another thread covered.
    pub fn add(&mut self, other: Coverage) {
        self.blobs += other.blobs;
        self.bytes += other.bytes;
        self.skipped.extend(other.skipped);
        self.failed.extend(other.failed);
        for (kind, files) in other.raw {
            *self.raw.entry(kind).or_default() += files;
        }
        self.late += other.late;
        self.notes.extend(other.notes);
    }

    /// How many things were not looked into, for whatever reason. It only grows.
    pub fn unseen(&self) -> u64 {
        (self.skipped.len() + self.failed.len()) as u64 + self.late
    }

    /// How many blobs were skipped, and how many submodules, which are none, were not entered.
    pub fn left_out(&self) -> (u64, usize) {
        let number = |why: Why| self.skipped.iter().filter(|skipped| skipped.why == why).count();
        let (links, kept) = (number(Why::Submodule), number(Why::Submodules));
        // What git keeps is in most cases what the links lead to.
        ((self.skipped.len() - links - kept) as u64, links.max(kept))
    }

    /// Puts what was not looked into in order, each once, and tells what was looked at from outside only.
    pub fn settle(&mut self) {
        for (kind, files) in std::mem::take(&mut self.raw) {
            let said = "scanned as bytes; text that is compressed inside was not seen";
            self.notes.push(format!("{files} × {kind}: {said}"));
        }
        for list in [&mut self.skipped, &mut self.failed] {
            order::all(list);
            list.dedup();
        }
    }
}

/// Something a source did not look into.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Skipped {
    /// Which.
    pub path: BString,
    /// Why.
    pub why: Why,
}

/// Why something was not looked into. Reads as text for a person: "submodule", "larger than 50 MiB".
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Why {
    /// It is a submodule: its commits are those of another repository.
    Submodule,
    /// It is the directory in which git keeps the repositories of submodules.
    Submodules,
    /// For another reason, in words.
    Said(String),
}

impl Deref for Why {
    type Target = str;

    fn deref(&self) -> &str {
        match self {
            Why::Submodule => "submodule",
            Why::Submodules => "repositories of submodules; scan them on their own",
            Why::Said(text) => text,
        }
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self)
    }
}

impl From<String> for Why {
    fn from(text: String) -> Why {
        Why::Said(text)
    }
}

impl From<&str> for Why {
    fn from(text: &str) -> Why {
        Why::Said(text.to_owned())
    }
}

/// Calls back with each blob. An error from the callback ends the visit and is returned.
pub type Visit<'v> = dyn FnMut(&Blob<'_>) -> anyhow::Result<Flow> + 'v;

/// Calls back with the path and the content of each version that a change replaces or removes, or leaves.
pub type VisitOld<'v> = dyn FnMut(&BStr, &[u8]) -> anyhow::Result<Flow> + 'v;

/// A place to read blobs from.
pub trait Source {
    /// Hands over every blob that is new or changed.
    ///
    /// # Errors
    /// When anything that should have been read could not be: the caller must not pass.
    fn visit(&mut self, each: &mut Visit<'_>) -> anyhow::Result<Coverage>;

    /// The same as pieces that several threads can read at once; `None` where that is not worth it.
    ///
    /// # Errors
    /// As for [`Source::visit`].
    fn plan(&mut self) -> anyhow::Result<Option<Box<dyn Plan>>> {
        Ok(None)
    }

    /// What is known of a commit that was read, by its full id, hex; `None` for tags and whatever else.
    fn lineage(&self, _id: &str) -> Option<Lineage> {
        None
    }

    /// Whether what one of the newest commits, or the one that is being made, has at `path` satisfies `holds`; `None`
    /// where neither is read.
    ///
    /// # Errors
    /// When a version is there and cannot be read.
    fn stands_at_tip(
        &mut self,
        _path: &BStr,
        _holds: &dyn Fn(&[u8]) -> bool,
    ) -> anyhow::Result<Option<bool>> {
        Ok(None)
    }

    /// How many earlier states the change at `place` stands against: one a parent, none where there is no before.
    fn parents(&self, place: &Place) -> usize;

    /// Hands over the versions that the change at `place` replaces or removes, as parent number
    /// `parent` has them (a modified file's old version, a deleted file, both sides of a rename).
    /// Asked only when something was found.
    ///
    /// # Errors
    /// When an old version could not be read.
    fn replaced(&mut self, place: &Place, parent: usize, each: &mut VisitOld<'_>) -> anyhow::Result<()>;

    /// Hands over what the change at `place` leaves at each of `paths`, where that is a file: the newer side of what
    /// [`Source::replaced`] handed over. Asked only where there is a before.
    ///
    /// # Errors
    /// When one could not be read.
    fn left_at(&mut self, place: &Place, paths: &[BString], each: &mut VisitOld<'_>) -> anyhow::Result<()>;
}

/// A list of blobs that are still to be read, in the order that reads fastest.
pub trait Plan: Sync {
    /// How many pieces there are.
    fn len(&self) -> usize;

    /// Whether there is nothing to read.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes that there are to read, as far as that is known.
    fn bytes(&self) -> u64 {
        0
    }

    /// Whether a piece is work for a millisecond or more, so that threads take few at once.
    fn is_heavy(&self) -> bool {
        false
    }

    /// Where piece `at` stands in the order in which a single thread would report.
    fn rank(&self, at: usize) -> usize {
        at
    }

    /// What is known before anything was read: notes, and what is not looked into.
    fn known(&self) -> Coverage;

    /// Reads for one thread.
    ///
    /// # Errors
    /// When the repository cannot be opened again.
    fn reader(&self) -> anyhow::Result<Box<dyn Reader + '_>>;
}

/// Reads pieces of a [`Plan`].
pub trait Reader {
    /// Hands over what piece `at` holds.
    ///
    /// # Errors
    /// When what the piece holds should have been read and could not be.
    fn read(&mut self, at: usize, each: &mut Visit<'_>, coverage: &mut Coverage) -> anyhow::Result<Flow>;

    /// What is to be said when this thread is done.
    fn note(&self) -> Option<String> {
        None
    }
}

/// Reads all of a plan on this thread, in order.
fn visit_plan(plan: &dyn Plan, each: &mut Visit<'_>) -> anyhow::Result<Coverage> {
    let mut coverage = plan.known();
    let mut reader = plan.reader()?;
    let mut order: Vec<usize> = (0..plan.len()).collect();
    order::by_key(&mut order, |at| plan.rank(*at));
    for at in order {
        if reader.read(at, each, &mut coverage)? == Flow::Stop {
            break;
        }
    }
    coverage.notes.extend(reader.note());
    drop(reader);
    coverage.settle();
    if let Some(first) = coverage.failed.first() {
        anyhow::bail!(
            "cannot read {} of {}: {}, {}",
            coverage.failed.len(),
            plan.len(),
            first.path,
            first.why
        );
    }
    Ok(coverage)
}

#[cfg(test)]
mod tests {
    use super::{Coverage, Skipped, Why};

    #[test]
    fn repositories_of_submodules_are_no_blobs() {
        let left_out = |all: &[Why]| {
            let skipped = all.iter().map(|why| Skipped { path: "a".into(), why: why.clone() }).collect();
            Coverage { skipped, ..Coverage::default() }.left_out()
        };
        assert_eq!(left_out(&[Why::Submodules]), (0, 1));
        assert_eq!(left_out(&[Why::Submodule, Why::Submodule, Why::Submodules, "too large".into()]), (1, 2));
    }
}

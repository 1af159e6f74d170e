//! Where bytes come from: the index, commits, files, streams.
//!
//! A source drives: it calls back with each blob and its provenance, and closes with what it covered
//! and what it could not look into. Only this layer names gix. Paths are bytes.

use std::path::PathBuf;

use bstr::{BStr, BString};

pub mod files;
pub mod index;
pub mod project;
pub mod push;
pub mod range;
pub mod receive;
pub mod repo;
pub mod staged;
pub mod stdin;

mod objects;
mod plumbing;
mod tree;

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
    /// Further parents of the commit that is being made, hex: the `GITHEAD_<oid>` of pre-merge-commit.
    pub merge_parents: Vec<String>,
    /// Blobs larger than this are not read but listed as skipped.
    pub max_bytes: u64,
    /// Whether git may fetch an object that a partial clone lacks. Hooks say no: nothing leaves the machine.
    pub fetch_missing: bool,
}

impl Context {
    /// The usual settings, for the repository around `cwd`.
    pub fn new(cwd: impl Into<PathBuf>) -> Self {
        Context {
            cwd: cwd.into(),
            index_file: None,
            merge_parents: Vec::new(),
            max_bytes: DEFAULT_MAX_BYTES,
            fetch_missing: false,
        }
    }
}

/// 50 MiB: no file that a person writes is larger.
pub const DEFAULT_MAX_BYTES: u64 = 50 << 20;

/// One version of one file, or a message, about to be recorded, published or found on disk.
#[derive(Debug)]
pub struct Blob<'a> {
    /// The content as stored.
    pub bytes: &'a [u8],
    /// Path from the repository root (or as given on the command line), forward slashes.
    pub path: &'a BStr,
    /// Where this version is.
    pub place: &'a Place,
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
    /// A file in the work tree or elsewhere on disk.
    File,
    /// Standard input.
    Stdin,
}

/// Whether the source shall go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flow {
    /// Next blob, please.
    Continue,
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
    /// How it was read, when not the usual way: "through git, because …".
    pub notes: Vec<String>,
}

/// Something a source did not look into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Skipped {
    /// Which.
    pub path: BString,
    /// Why, for a person: "submodule", "larger than 50 MiB".
    pub why: String,
}

/// Calls back with each blob. An error from the callback ends the visit and is returned.
pub type Visit<'v> = dyn FnMut(&Blob<'_>) -> anyhow::Result<Flow> + 'v;

/// Calls back with the path and the content of each version that a change replaces or removes.
pub type VisitOld<'v> = dyn FnMut(&BStr, &[u8]) -> anyhow::Result<Flow> + 'v;

/// A place to read blobs from.
pub trait Source {
    /// Hands over every blob that is new or changed.
    ///
    /// # Errors
    /// When anything that should have been read could not be: the caller must not pass.
    fn visit(&mut self, each: &mut Visit<'_>) -> anyhow::Result<Coverage>;

    /// How many earlier states the change at `place` stands against: one a parent, none where there is no before.
    fn parents(&self, place: &Place) -> usize;

    /// Hands over the versions that the change at `place` replaces or removes, as parent number
    /// `parent` has them (a modified file's old version, a deleted file, both sides of a rename).
    /// Asked only when something was found.
    ///
    /// # Errors
    /// When an old version could not be read.
    fn replaced(&mut self, place: &Place, parent: usize, each: &mut VisitOld<'_>) -> anyhow::Result<()>;
}

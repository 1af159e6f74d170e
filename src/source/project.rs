//! What a repository says about itself before anything is scanned: git's configuration, and files as
//! a commit has them. One opening serves both.

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use bstr::ByteSlice;
use gix::ObjectId;

use super::objects::{Blob, Objects};
use super::repo::{self, Opened, Setting};
use super::tree::MODE_TREE;
use super::{Context, DEFAULT_MAX_BYTES, Shared};

/// Which commit is asked for its files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum At<'a> {
    /// HEAD; on an unborn branch there are no files.
    Head,
    /// The last commit that both sides have; without one the first.
    MergeBase(&'a str, &'a str),
    /// This one.
    Revision(&'a str),
}

/// A repository's settings.
#[derive(Debug, Default)]
pub struct Project {
    /// `stanch.*` of git's configuration, lowest scope first.
    pub git_config: Vec<Setting>,
    /// The files of the commit that was asked for; `None` where there is no such commit yet.
    pub version: Option<Version>,
    /// The root of the checked-out files; `None` in a bare repository.
    pub work_tree: Option<PathBuf>,
}

/// The files of one commit, read when they are asked for.
pub struct Version {
    objects: Objects,
    commit: ObjectId,
    tree: ObjectId,
}

impl fmt::Debug for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Version({})", self.commit)
    }
}

/// Reads git's `stanch.*` configuration and finds the commit whose files count.
///
/// # Errors
/// When there is no repository, or the commit cannot be read.
pub fn project(context: &Context, at: At<'_>) -> Result<Project> {
    let mut opened = repo::open(context)?;
    let git_config = match &opened.repo {
        Some(repo) => repo::settings(repo.config_snapshot().plumbing(), "stanch."),
        None => repo::git_config(&context.cwd, "stanch.")?,
    };
    let work_tree = opened.repo.as_ref().and_then(|repo| repo.workdir().map(Path::to_owned));
    let Some(commit) = find(&mut opened, at)? else {
        return Ok(Project { git_config, version: None, work_tree });
    };
    let mut objects = opened.objects();
    let tree = objects.tree_of(&commit)?;
    Ok(Project { git_config, version: Some(Version { objects, commit, tree }), work_tree })
}

/// The commit, hex, that a revision names; `None` where it names none that is here.
///
/// # Errors
/// When there is no repository.
pub fn commit_id(ctx: &Context, revision: &str) -> Result<Option<String>> {
    Ok(repo::open(ctx)?.commit(revision).ok().map(|id| id.to_string()))
}

fn find(opened: &mut Opened, at: At<'_>) -> Result<Option<ObjectId>> {
    match at {
        At::Head => opened.head(),
        At::Revision(spec) => opened.commit(spec).map(Some),
        At::MergeBase(from, to) => {
            let (from, to) = (opened.commit(from)?, opened.commit(to)?);
            let base = match &opened.repo {
                Some(repo) => repo.merge_base(from, to).ok().flatten().map(|id| id.detach()),
                None => opened
                    .git
                    .line(&["merge-base", &from.to_string(), &to.to_string()])
                    .ok()
                    .and_then(|line| ObjectId::from_hex(&line).ok()),
            };
            Ok(Some(base.unwrap_or(from)))
        }
    }
}

impl Version {
    /// The commit, hex.
    pub fn commit(&self) -> String {
        self.commit.to_string()
    }

    /// A file, by its path from the root; `None` where there is none.
    ///
    /// # Errors
    /// When it cannot be read, or is larger than any settings file should be.
    pub fn read(&mut self, path: &str) -> Result<Option<Vec<u8>>> {
        let Some(id) = self.find(path)? else { return Ok(None) };
        let mut buffer = Vec::new();
        let blob = self.objects.blob(&id, DEFAULT_MAX_BYTES, &mut buffer);
        match blob.with_context(|| format!("cannot read {path} of commit {}", self.commit))? {
            Blob::Bytes(bytes) => Ok(Some(bytes.to_vec())),
            Blob::Large(_) => {
                bail!("{path} of commit {} is larger than any settings file should be", self.commit)
            }
        }
    }

    /// Gives back the address space of the packs that were looked into, for a long run.
    ///
    /// # Errors
    /// When the repository cannot be opened again.
    pub fn release(&mut self, context: &Context) -> Result<()> {
        let fresh = Context { shared: Shared::default(), ..context.clone() };
        self.objects = repo::open(&fresh)?.objects();
        Ok(())
    }

    fn find(&mut self, path: &str) -> Result<Option<ObjectId>> {
        let mut tree = self.tree;
        let mut parts = path.split('/').peekable();
        while let Some(part) = parts.next() {
            let mut buffer = Vec::new();
            let data = self.objects.tree(&tree, &mut buffer)?;
            // In what is damaged a file may stand that is not seen.
            let mut entries = gix::objs::TreeRefIter::from_bytes(data, tree.kind());
            let is_it = |entry: &Result<gix::objs::tree::EntryRef<'_>, _>| {
                entry.as_ref().map_or(true, |entry| entry.filename == part.as_bytes().as_bstr())
            };
            let Some(entry) = entries.find(is_it) else { return Ok(None) };
            let entry = entry.with_context(|| format!("directory {tree} is corrupt; run `git fsck`"))?;
            let is_folder = u32::from(entry.mode.value()) == MODE_TREE;
            match (parts.peek(), is_folder) {
                (Some(_), true) => tree = entry.oid.to_owned(),
                (None, false) if entry.mode.is_link() => bail!(
                    "{path} of commit {} is a symbolic link, which is not followed; commit a file in its place",
                    self.commit
                ),
                (None, false) => return Ok(Some(entry.oid.to_owned())),
                _ => return Ok(None),
            }
        }
        Ok(None)
    }
}

//! What a repository says about itself before anything is scanned: git's configuration, and a file as
//! the commit at HEAD has it. One opening serves both.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use bstr::ByteSlice;

use super::objects::Blob;
use super::repo::{self, Setting};
use super::tree::MODE_TREE;
use super::{Context, DEFAULT_MAX_BYTES};

/// A repository's settings.
#[derive(Debug, Clone, Default)]
pub struct Project {
    /// `stanch.*` of git's configuration, lowest scope first.
    pub git_config: Vec<Setting>,
    /// The file at the root of HEAD's tree; `None` where there is none.
    pub at_head: Option<Vec<u8>>,
    /// The root of the checked-out files; `None` in a bare repository.
    pub work_tree: Option<PathBuf>,
}

/// Reads git's `stanch.*` configuration and `file` (a name without a slash) as HEAD has it.
///
/// # Errors
/// When there is no repository, or HEAD or the file cannot be read.
pub fn project(cwd: &Path, file: &str) -> Result<Project> {
    let context = Context::new(cwd);
    let mut opened = repo::open(&context)?;
    let git_config = match &opened.repo {
        Some(repo) => repo::settings(repo.config_snapshot().plumbing(), "stanch."),
        None => repo::git_config(cwd, "stanch.")?,
    };
    let work_tree = opened.repo.as_ref().and_then(|repo| repo.workdir().map(Path::to_owned));
    let Some(head) = opened.head()? else { return Ok(Project { git_config, at_head: None, work_tree }) };
    let mut objects = opened.objects();
    let tree = objects.tree_of(&head)?;
    let mut buffer = Vec::new();
    let data = objects.tree(&tree, &mut buffer)?;
    let entries = gix::objs::TreeRefIter::from_bytes(data, tree.kind());
    let found = entries.filter_map(Result::ok).find(|entry| entry.filename == file.as_bytes().as_bstr());
    let found =
        found.filter(|entry| u32::from(entry.mode.value()) != MODE_TREE).map(|entry| entry.oid.to_owned());
    let at_head = match found {
        None => None,
        Some(id) => {
            let mut buffer = Vec::new();
            match objects
                .blob(&id, DEFAULT_MAX_BYTES, &mut buffer)
                .with_context(|| format!("cannot read {file} of HEAD"))?
            {
                Blob::Bytes(bytes) => Some(bytes.to_vec()),
                Blob::TooLarge => anyhow::bail!("{file} of HEAD is larger than any settings file should be"),
            }
        }
    };
    Ok(Project { git_config, at_head, work_tree })
}

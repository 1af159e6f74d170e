//! Files and directories on disk.
//!
//! In: paths as given. Out: each regular file below them once, in the order of their names, with
//! the path as a person would type it. Links are not followed: what they point to is a file of its
//! own, or is none of ours. A path that was named and cannot be read is an error; one met on the
//! way is listed, and `visit` ends in an error after the rest was looked at.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail};
use bstr::{BString, ByteSlice, ByteVec};

use super::{
    Blob, Coverage, DEFAULT_MAX_BYTES, Flow, Place, Skipped, Source, Visit, VisitOld, staged::too_large,
};

/// Files and directories on disk.
#[derive(Debug)]
pub struct Files {
    paths: Vec<PathBuf>,
    max_bytes: u64,
}

impl Files {
    /// The files `paths` and those below the directories `paths`.
    pub fn new(paths: Vec<PathBuf>) -> Self {
        Files { paths, max_bytes: DEFAULT_MAX_BYTES }
    }

    /// Lists files over `max_bytes` as skipped instead of reading them.
    pub fn max_bytes(mut self, max_bytes: u64) -> Self {
        self.max_bytes = max_bytes;
        self
    }
}

impl Source for Files {
    fn visit(&mut self, each: &mut Visit<'_>) -> Result<Coverage> {
        let mut coverage = Coverage::default();
        let mut unreadable = Vec::new();
        for path in &self.paths {
            fs::symlink_metadata(path).with_context(|| format!("cannot look at {}", path.display()))?;
        }
        // The last is next; a directory is replaced by what it holds.
        let mut todo: Vec<PathBuf> = self.paths.iter().rev().cloned().collect();
        while let Some(path) = todo.pop() {
            match step(&path, self.max_bytes, &mut todo) {
                Ok(Step::File(bytes)) => {
                    coverage.blobs += 1;
                    coverage.bytes += bytes.len() as u64;
                    let name = shown(&path);
                    if each(&Blob { bytes: &bytes, path: name.as_bstr(), place: &Place::File })? == Flow::Stop
                    {
                        return Ok(coverage);
                    }
                }
                Ok(Step::Directory) => {}
                Ok(Step::Skip(why)) => coverage.skipped.push(Skipped { path: shown(&path), why }),
                Err(err) => unreadable.push(format!("{}: {err}", path.display())),
            }
        }
        if let Some(first) = unreadable.first() {
            bail!("cannot read {} of the files, {first}", unreadable.len());
        }
        Ok(coverage)
    }

    fn parents(&self, _place: &Place) -> usize {
        0
    }

    fn replaced(&mut self, _place: &Place, _parent: usize, _each: &mut VisitOld<'_>) -> Result<()> {
        Ok(())
    }
}

enum Step {
    File(Vec<u8>),
    Directory,
    Skip(String),
}

fn step(path: &Path, max_bytes: u64, todo: &mut Vec<PathBuf>) -> std::io::Result<Step> {
    let meta = fs::symlink_metadata(path)?;
    let kind = meta.file_type();
    if kind.is_dir() {
        let mut inside = fs::read_dir(path)?
            .map(|entry| entry.map(|entry| entry.file_name()))
            .collect::<std::io::Result<Vec<_>>>()?;
        inside.retain(|name| name != ".git");
        inside.sort_unstable_by(|left, right| right.cmp(left));
        todo.extend(inside.into_iter().map(|name| path.join(name)));
        return Ok(Step::Directory);
    }
    Ok(if kind.is_symlink() {
        Step::Skip("symbolic link".into())
    } else if !kind.is_file() {
        Step::Skip("not a regular file".into())
    } else if meta.len() > max_bytes {
        Step::Skip(too_large(max_bytes))
    } else {
        Step::File(fs::read(path)?)
    })
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

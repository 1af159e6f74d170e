//! References that are broken, and the directories that alternates name: what git passes over, or goes along with, and
//! gix does not.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use bstr::{BString, ByteSlice};
use gix::ObjectId;

use super::Skipped;
use crate::order;

/// The references of a repository.
#[derive(Default)]
pub(super) struct Named {
    /// Those that are at something, by their whole names.
    pub refs: Vec<(BString, ObjectId)>,
    /// Names of those that lead nowhere, and what symbolic ones name.
    pub names: Vec<BString>,
    /// Those that cannot be read. git passes over them.
    pub failed: Vec<Skipped>,
}

/// Whether the file of a reference holds what none does: neither an id nor the name of another.
fn is_broken(file: &Path) -> bool {
    let Ok(text) = std::fs::read(file) else { return true };
    match text.strip_prefix(b"ref:") {
        Some(name) => !name.trim().starts_with(b"refs/") || name.trim().ends_with(b"/"),
        None => ObjectId::from_hex(text.trim()).is_err(),
    }
}

/// The references below `dir` that are broken, by their whole names.
pub(super) fn broken(dir: &Path, name: &str, found: &mut Vec<Skipped>) {
    let mut entries: Vec<_> = std::fs::read_dir(dir).into_iter().flatten().flatten().collect();
    order::by_key(&mut entries, std::fs::DirEntry::file_name);
    for entry in entries {
        let name = format!("{name}/{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            broken(&entry.path(), &name, found);
        } else if !name.ends_with(".lock") && is_broken(&entry.path()) {
            let why =
                "a broken reference, neither an id nor the name of another; `git fsck` tells more".to_owned();
            found.push(Skipped { path: name.into(), why: why.into() });
        }
    }
}

/// Where the objects of a repository are.
pub(super) struct ObjectDirs {
    pub dirs: Vec<PathBuf>,
    /// Directories that are named and cannot be entered, or are not there.
    pub gone: Vec<PathBuf>,
}

/// An object directory and those that its `info/alternates` names, and theirs, each once: git does not mind circles.
pub(super) fn alternates(own: PathBuf) -> Result<ObjectDirs> {
    /// git looks no deeper.
    const DEEPEST: usize = 5;
    let real = |dir: &Path| dir.canonicalize().unwrap_or_else(|_| dir.to_owned());
    let mut met = vec![real(&own)];
    let (mut dirs, mut gone) = (vec![own], Vec::new());
    let mut level = dirs.clone();
    for _ in 0..=DEEPEST {
        let mut next = Vec::new();
        for dir in level {
            let list = match std::fs::read(dir.join("info/alternates")) {
                Ok(list) => list,
                Err(err) if err.kind() == std::io::ErrorKind::NotFound => continue,
                Err(err) => {
                    return Err(err).with_context(|| dir.join("info/alternates").display().to_string());
                }
            };
            for line in list.lines().filter(|line| !line.is_empty() && !line.starts_with(b"#")) {
                let name = match line.first() {
                    Some(b'"') => gix::quote::ansi_c::undo(line.as_bstr())
                        .map_or(line.as_bstr().into(), |(name, _)| name),
                    _ => line.as_bstr().into(),
                };
                let Ok(other) = name.to_path() else { continue };
                let other = dir.join(other);
                if !other.is_dir() {
                    gone.push(other);
                } else if !met.contains(&real(&other)) {
                    met.push(real(&other));
                    next.push(other);
                }
            }
        }
        dirs.extend(next.iter().cloned());
        level = next;
    }
    Ok(ObjectDirs { dirs, gone })
}

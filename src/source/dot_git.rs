//! The files of a `.git` directory in which people write: settings and hooks.
//!
//! In: a `.git` that a walk met. Out: the configuration of the repository, of its work trees and of its submodules,
//! and their hooks; a token in the address of a remote stands nowhere else. What git writes itself (objects, refs, the
//! index, logs) is not read here: the sources of commits know what of it matters.

use std::fs;
use std::path::{Path, PathBuf};

/// How deep submodules may lie, and the parts of their names, folders.
const DEEPEST: usize = 8;
const CONFIGURATION: [&str; 2] = ["config", "config.worktree"];

/// The configuration and the hooks below `git`, in no order; none where it is a link or the file that leads to a directory
/// elsewhere. The samples that git comes with are left out. Links are not followed.
pub(super) fn written_by_people(git: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    if fs::symlink_metadata(git).is_ok_and(|about| about.is_dir()) {
        add(git, DEEPEST, &mut found);
    }
    found
}

/// Adds those of one git directory and of the ones below it.
fn add(git: &Path, deepest: usize, found: &mut Vec<PathBuf>) {
    let is_file = |path: &PathBuf| fs::symlink_metadata(path).is_ok_and(|about| about.is_file());
    found.extend(CONFIGURATION.map(|name| git.join(name)).into_iter().filter(is_file));
    let (hooks, _) = entries(&git.join("hooks"));
    found.extend(hooks.into_iter().filter(|hook| hook.extension().is_none_or(|end| end != "sample")));
    for work_tree in entries(&git.join("worktrees")).1 {
        found.extend(CONFIGURATION.map(|name| work_tree.join(name)).into_iter().filter(is_file));
    }
    add_modules(&git.join("modules"), deepest, found);
}

/// Adds those of submodules, whose names may be paths: `modules/libs/tls`.
fn add_modules(folder: &Path, deepest: usize, found: &mut Vec<PathBuf>) {
    let Some(deepest) = deepest.checked_sub(1) else { return };
    for below in entries(folder).1 {
        if below.join("HEAD").is_file() {
            add(&below, deepest, found);
        } else {
            add_modules(&below, deepest, found);
        }
    }
}

/// The files and the folders of a folder; none where it is not there.
fn entries(folder: &Path) -> (Vec<PathBuf>, Vec<PathBuf>) {
    let (mut files, mut folders) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => folders.push(entry.path()),
            Ok(kind) if kind.is_file() => files.push(entry.path()),
            _ => {}
        }
    }
    (files, folders)
}

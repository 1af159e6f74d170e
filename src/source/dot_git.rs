//! The files of a `.git` directory in which people write: settings and hooks.
//!
//! In: a `.git` that a walk met. Out: the configuration of the repository, of its work trees and of its submodules,
//! and their hooks; a token in the address of a remote stands nowhere else. What git writes itself (objects, refs, the
//! index, logs) is not read here: the sources of commits know what of it matters.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

/// How deep submodules may lie, and the parts of their names, folders.
const DEEPEST: usize = 8;
const CONFIGURATION: [&str; 2] = ["config", "config.worktree"];

/// What people wrote into a `.git`.
#[derive(Default)]
pub(super) struct Written {
    /// Its settings and hooks, in no order. The samples that git comes with are left out. Links are not followed.
    pub(super) files: Vec<PathBuf>,
    /// The folders that could not be looked into.
    pub(super) faults: Vec<(PathBuf, io::Error)>,
}

impl Written {
    /// What is in `git`; nothing where it is a link or the file that leads to a directory elsewhere.
    pub(super) fn below(git: &Path) -> Written {
        let mut written = Written::default();
        if fs::symlink_metadata(git).is_ok_and(|about| about.is_dir()) {
            written.add(git, DEEPEST);
        }
        written
    }

    /// Adds what is in one git directory and in the ones below it.
    fn add(&mut self, git: &Path, deepest: usize) {
        self.add_configuration(git);
        let (hooks, _) = self.entries(&git.join("hooks"));
        self.files
            .extend(hooks.into_iter().filter(|hook| hook.extension().is_none_or(|end| end != "sample")));
        for work_tree in self.entries(&git.join("worktrees")).1 {
            self.add_configuration(&work_tree);
        }
        self.add_modules(&git.join("modules"), deepest);
    }

    fn add_configuration(&mut self, git: &Path) {
        let is_file = |path: &PathBuf| fs::symlink_metadata(path).is_ok_and(|about| about.is_file());
        self.files.extend(CONFIGURATION.map(|name| git.join(name)).into_iter().filter(is_file));
    }

    /// Adds those of submodules, whose names may be paths: `modules/libs/tls`.
    fn add_modules(&mut self, folder: &Path, deepest: usize) {
        let Some(deepest) = deepest.checked_sub(1) else { return };
        for below in self.entries(folder).1 {
            if below.join("HEAD").is_file() {
                self.add(&below, deepest);
            } else {
                self.add_modules(&below, deepest);
            }
        }
    }

    /// The files and the folders of a folder; none where it is not there.
    fn entries(&mut self, folder: &Path) -> (Vec<PathBuf>, Vec<PathBuf>) {
        let (mut files, mut folders) = (Vec::new(), Vec::new());
        let listed = fs::read_dir(folder).and_then(|all| {
            all.collect::<io::Result<Vec<_>>>()?
                .into_iter()
                .map(|one| Ok((one.file_type()?, one.path())))
                .collect()
        });
        let listed: Vec<(fs::FileType, PathBuf)> = match listed {
            Ok(listed) => listed,
            Err(err) if matches!(err.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Vec::new(),
            Err(err) => {
                self.faults.push((folder.to_owned(), err));
                Vec::new()
            }
        };
        for (kind, path) in listed {
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file() {
                files.push(path);
            }
        }
        (files, folders)
    }
}

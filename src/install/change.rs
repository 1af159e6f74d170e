//! The steps of a plan, and how each reads to a person.

use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

/// One step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Make a folder and those above it.
    MakeFolder(PathBuf),
    /// Put somebody's hook under another name, from which ours will run it.
    Keep {
        /// Where it is.
        from: PathBuf,
        /// Where it goes.
        to: PathBuf,
    },
    /// Move a hook that an older stanch had kept to where it keeps its name.
    Move {
        /// Where it is.
        from: PathBuf,
        /// Where it goes.
        to: PathBuf,
    },
    /// Link a file that lies beside a kept hook.
    Link {
        /// The link.
        path: PathBuf,
        /// What it holds.
        to: PathBuf,
    },
    /// Write a file whole.
    Write {
        /// Where.
        path: PathBuf,
        /// Its bytes.
        text: Vec<u8>,
        /// Whether git must be able to run it.
        executable: bool,
    },
    /// Remove a file of ours.
    Remove(PathBuf),
    /// Remove a folder of ours if nothing is left in it.
    RemoveFolder(PathBuf),
    /// Put a hook that we had kept back in its place.
    Restore {
        /// Where it was kept.
        from: PathBuf,
        /// Where it belongs.
        to: PathBuf,
    },
    /// Set a value in git's configuration.
    SetConfig {
        /// In whose file.
        place: ConfigPlace,
        /// The key.
        key: String,
        /// The value.
        value: OsString,
    },
    /// Remove a value from git's configuration.
    UnsetConfig {
        /// From whose file.
        place: ConfigPlace,
        /// The key.
        key: String,
    },
    /// Remove a section from git's configuration, with all its values at once: a hook that has an event and
    /// no command stops every git command that meets it.
    RemoveSection {
        /// From whose file.
        place: ConfigPlace,
        /// `hook.stanch-pre-commit` and the like.
        name: String,
    },
}

/// Whose configuration file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfigPlace {
    /// The repository's.
    Local,
    /// The user's.
    Global,
}

impl ConfigPlace {
    /// The option of `git config` that selects it.
    pub fn flag(self) -> &'static str {
        match self {
            ConfigPlace::Local => "--local",
            ConfigPlace::Global => "--global",
        }
    }

    /// The word git uses for the scope.
    pub fn scope(self) -> &'static str {
        match self {
            ConfigPlace::Local => "local",
            ConfigPlace::Global => "global",
        }
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Change::MakeFolder(path) => write!(f, "make folder {}", path.display()),
            Change::Keep { from, to } => {
                write!(f, "keep {} as {}; it goes on running, first", from.display(), to.display())
            }
            Change::Move { from, to } => write!(f, "move {} to {}", from.display(), to.display()),
            Change::Link { path, to } => {
                write!(f, "link {} to {}: a kept hook may read it", path.display(), to.display())
            }
            Change::Write { path, .. } => write!(f, "write {}", path.display()),
            Change::Remove(path) => write!(f, "remove {}", path.display()),
            Change::RemoveFolder(path) => write!(f, "remove folder {} if it is empty", path.display()),
            Change::Restore { from, to } => write!(f, "restore {} from {}", to.display(), from.display()),
            Change::SetConfig { place, key, value } => {
                write!(f, "git config {} {key} \"{}\"", place.flag(), value.to_string_lossy())
            }
            Change::UnsetConfig { place, key } => write!(f, "git config {} --unset {key}", place.flag()),
            Change::RemoveSection { place, name } => {
                write!(f, "git config {} --remove-section {name}", place.flag())
            }
        }
    }
}

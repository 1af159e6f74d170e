//! Where a hook is kept that was there before ours, and what has to stand beside it.
//!
//! It keeps its own name, by which multiplexers know what to do, in a folder beside that of the hooks, so
//! that `..` leads where it led before. What else stands among the hooks is linked into that folder: a hook
//! may read a file that lies beside it.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use super::change::Change;
use super::plan::Plan;
use super::state::{Entry, Folder};
use super::stub::CHAINED;
use crate::order;

/// The path of the hook that was there before ours.
pub fn chained_path(folder: &Path, event: &str) -> PathBuf {
    chained_folder(folder).join(event)
}

/// Where that hook may be: there, or where the first stanch kept it, among the hooks under a name of its own.
pub fn places(folder: &Path, event: &str) -> [PathBuf; 2] {
    [chained_path(folder, event), folder.join(format!("{event}.{CHAINED}"))]
}

/// `hooks.stanch-chained` beside `hooks`.
fn chained_folder(folder: &Path) -> PathBuf {
    match folder.file_name() {
        Some(name) => folder.with_file_name(ending(name)),
        // `.` and the like, which have no name of their own.
        None => match folder.canonicalize() {
            Ok(whole) if whole.file_name().is_some() => chained_folder(&whole),
            _ => folder.join(CHAINED),
        },
    }
}

fn ending(name: &OsStr) -> OsString {
    let mut name = name.to_owned();
    name.push(".");
    name.push(CHAINED);
    name
}

/// What stands beside kept hooks.
#[derive(Debug, Clone, Default)]
pub struct Beside {
    /// Names among the hooks that are not linked yet.
    missing: Vec<OsString>,
    /// Names that are.
    linked: Vec<OsString>,
    /// The folder of kept hooks, where it is there.
    folder: Option<PathBuf>,
}

impl Beside {
    /// Reads what stands among the hooks in `folder`, whose `events` are looked after one by one.
    pub fn read(folder: &Path, events: &[&str]) -> Beside {
        let chained = chained_folder(folder);
        let names = |at: &Path| -> Vec<OsString> {
            fs::read_dir(at).into_iter().flatten().flatten().map(|entry| entry.file_name()).collect()
        };
        let is_link = |name: &OsString| {
            fs::read_link(chained.join(name)).is_ok_and(|to| Some(to) == link_to(folder, name))
        };
        let is_free = |name: &OsString| fs::symlink_metadata(chained.join(name)).is_err();
        let is_there = chained.is_dir().then(|| chained.clone());
        let mut beside = Beside { missing: names(folder), linked: names(&chained), folder: is_there };
        beside.missing.retain(|name| !is_hook(name, events) && is_free(name));
        beside.linked.retain(is_link);
        order::all(&mut beside.missing);
        order::all(&mut beside.linked);
        beside
    }
}

/// Hooks, git's samples, and what programs hide or wait to rename.
fn is_hook(name: &OsStr, events: &[&str]) -> bool {
    let bytes = name.as_encoded_bytes();
    let ends = |end: &str| bytes.ends_with(end.as_bytes());
    events.iter().any(|event| name == *event) || bytes.starts_with(b".") || ends(".sample") || ends(CHAINED)
}

/// What a link to `name` among the hooks holds.
fn link_to(folder: &Path, name: &OsStr) -> Option<PathBuf> {
    Some(Path::new("..").join(folder.file_name()?).join(name))
}

/// Moves hooks that were kept the old way, and links what stands beside those that are kept.
pub fn arrange(plan: &mut Plan, folder: &Folder) {
    let mut is_kept = plan.changes.iter().any(|change| matches!(change, Change::Keep { .. }));
    for slot in folder.slots.iter().filter(|slot| slot.chained != Entry::Absent) {
        is_kept = true;
        let to = chained_path(&folder.path, slot.event);
        if slot.chained_at != to {
            plan.changes.push(Change::Move { from: slot.chained_at.clone(), to });
        }
    }
    if !is_kept || cfg!(windows) {
        return;
    }
    for name in &folder.beside.missing {
        let path = chained_folder(&folder.path).join(name);
        plan.changes.extend(link_to(&folder.path, name).map(|to| Change::Link { path, to }));
    }
}

/// Takes the folder away when no hook is left in it.
pub fn clear(plan: &mut Plan, folder: &Folder) {
    let is_gone = |path: &PathBuf| {
        plan.changes.iter().any(|change| match change {
            Change::Restore { from, .. } => from == path,
            Change::Remove(gone) => gone == path,
            _ => false,
        })
    };
    let mut kept = folder.slots.iter().filter(|slot| slot.chained != Entry::Absent);
    if let (true, Some(chained)) = (kept.all(|slot| is_gone(&slot.chained_at)), &folder.beside.folder) {
        plan.changes.extend(folder.beside.linked.iter().map(|name| Change::Remove(chained.join(name))));
        plan.changes.push(Change::RemoveFolder(chained.clone()));
    }
}

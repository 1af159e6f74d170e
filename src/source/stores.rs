//! Object directories that only the environment names: the quarantine of a push, and its alternates.
//!
//! In: the variables' values. Out: stores to look objects up in, before the repository's own. What cannot be
//! opened here is left to git, which reads the same variables.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bstr::{BStr, ByteSlice};
use gix::hash::Kind as Hash;
use gix::odb::pack::cache::lru::MemoryCappedHashmap;
use gix::odb::{HandleArc, Store};

use super::objects::DELTA_BASES;

/// What separates directories in the list of alternates.
const SEPARATOR: u8 = if cfg!(windows) { b';' } else { b':' };

/// The directories that `GIT_OBJECT_DIRECTORY` and `GIT_ALTERNATE_OBJECT_DIRECTORIES` name, in the order in
/// which git looks there. An entry that is not understood is left out.
pub fn object_dirs(directory: Option<&OsStr>, alternates: Option<&OsStr>) -> Vec<PathBuf> {
    let mut dirs: Vec<PathBuf> =
        directory.filter(|dir| !dir.is_empty()).map(PathBuf::from).into_iter().collect();
    let Some(list) = alternates.and_then(|list| <[u8]>::from_os_str(list)) else { return dirs };
    let mut rest = list.as_bstr();
    while !rest.is_empty() {
        let (entry, after) = first_entry(rest);
        dirs.extend(entry.filter(|entry| !entry.as_os_str().is_empty()));
        rest = after;
    }
    dirs
}

/// The first directory of a list, and what follows it. Quoted as C strings are where it holds a separator.
fn first_entry(list: &BStr) -> (Option<PathBuf>, &BStr) {
    if list.first() == Some(&b'"')
        && let Ok((name, used)) = gix::quote::ansi_c::undo(list)
    {
        let after = &list[used.min(list.len())..];
        return (
            name.to_path().ok().map(Path::to_owned),
            after.strip_prefix(&[SEPARATOR]).unwrap_or(after).into(),
        );
    }
    let (name, after) = list.split_once_str(&[SEPARATOR]).unwrap_or((list, b""));
    let is_comment = name.first() == Some(&b'#');
    (name.to_path().ok().filter(|_| !is_comment).map(Path::to_owned), after.into())
}

/// Opens what is not the repository's own directory. In no store an object that is missing is looked for a
/// second time: what a hook was started for is complete.
pub(super) fn open(dirs: &[PathBuf], cwd: &Path, own: &Path, hash: Hash) -> Vec<HandleArc> {
    let same = |one: &Path, other: &Path| match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => false,
    };
    let dirs = dirs.iter().map(|dir| cwd.join(dir)).filter(|dir| !same(dir, own));
    dirs.filter_map(|dir| Store::at_opts(dir, hash, &mut std::iter::empty(), Default::default()).ok())
        .map(|store| handle(&Arc::new(store)))
        .collect()
}

/// A way into a store for one thread.
pub(super) fn handle(store: &Arc<Store>) -> HandleArc {
    let mut handle = store.to_cache_arc();
    handle.refresh_never();
    handle.set_pack_cache(|| Box::new(MemoryCappedHashmap::new(DELTA_BASES)));
    handle
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dirs(directory: &str, alternates: &str) -> Vec<String> {
        let list = alternates.replace(':', std::str::from_utf8(&[SEPARATOR]).unwrap());
        let found = object_dirs(Some(OsStr::new(directory)), Some(OsStr::new(&list)));
        found.into_iter().map(|dir| dir.to_str().unwrap().to_owned()).collect()
    }

    #[test]
    fn lists_are_read_as_git_reads_them() {
        assert_eq!(dirs("objects/in", "/one:../two"), ["objects/in", "/one", "../two"]);
        assert_eq!(dirs("", "::/one:"), ["/one"]);
        assert_eq!(dirs("in", r#"#note:"/a\"b;c":/d"#), ["in", "/a\"b;c", "/d"]);
        // Broken quotes: as they stand.
        assert_eq!(dirs("in", r#""/open:/d"#), ["in", "\"/open", "/d"]);
        assert!(object_dirs(None, None).is_empty());
    }
}

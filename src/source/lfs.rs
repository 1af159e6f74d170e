//! What Git LFS keeps beside a repository: commits hold pointers, the content stands in a store of its own.
//!
//! In: a pointer. Out: the file with its content, where it is on this machine; nothing is fetched.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::PathBuf;
use std::sync::OnceLock;

use bstr::ByteSlice;

use super::{disk, repo};

/// What pointers start with; the number of the version follows. The first are those of today; the others stand in old
/// repositories (git-lfs: docs/spec.md, `v1Aliases`).
const STARTS: [&str; 3] = [
    "version https://git-lfs.github.com/spec/v",
    "version https://hawser.github.com/spec/v",
    "version http://git-media.io/v/",
];
/// Bytes that a pointer has at most.
const LONGEST: usize = 1024;

/// Whether a file that begins so may be a pointer.
pub(super) fn may_be_pointer(head: &[u8]) -> bool {
    let head = head[..head.len().min(LONGEST)].trim_start();
    STARTS.iter().any(|start| head.starts_with(start.as_bytes()))
}

/// The store of the repository around a directory. Looked up when the first pointer is met.
#[derive(Debug)]
pub struct Store {
    cwd: PathBuf,
    objects: OnceLock<Option<PathBuf>>,
}

impl Store {
    /// That of the repository around `cwd`, if it has one.
    pub fn around(cwd: impl Into<PathBuf>) -> Store {
        Store { cwd: cwd.into(), objects: OnceLock::new() }
    }

    /// The content that a pointer stands for; `None` when it is not here.
    pub(super) fn open(&self, pointer: &Pointer) -> io::Result<Option<File>> {
        let Some(objects) = self.objects.get_or_init(|| self.find()) else { return Ok(None) };
        let id = pointer.id.as_str();
        let file = match disk::open_regular(&objects.join(&id[..2]).join(&id[2..4]).join(id)) {
            Ok(file) => file,
            Err(err) if err.kind() == ErrorKind::NotFound => return Ok(None),
            Err(err) => return Err(err),
        };
        match file.metadata()?.len() == pointer.size {
            true => Ok(Some(file)),
            false => Err(io::Error::other("its size is not the one that the pointer tells")),
        }
    }

    /// Shared by all work trees; `lfs.storage` is relative to git's own directory.
    fn find(&self) -> Option<PathBuf> {
        let common = repo::layout(&self.cwd).ok()?.common_dir;
        let settings = repo::git_config(&self.cwd, "lfs.storage").ok()?;
        let value = settings.into_iter().rev().find(|setting| setting.key == "lfs.storage");
        let value = value.and_then(|setting| setting.value).filter(|value| !value.is_empty());
        let storage = match &value {
            Some(value) => common.join(value.to_path().ok()?),
            None => common.join("lfs"),
        };
        Some(storage.join("objects"))
    }
}

/// A pointer and nothing else.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Pointer {
    /// SHA-256 of the content, hex.
    id: String,
    /// Bytes of the content.
    pub(super) size: u64,
}

impl Pointer {
    /// `None` where anything stands in `bytes` that no pointer has: that is a text like any other.
    pub(super) fn read(bytes: &[u8]) -> Option<Pointer> {
        let text = bytes.to_str().ok().filter(|text| text.len() <= LONGEST)?;
        // As git-lfs does, whoever has changed its ends of lines.
        let mut lines = text.trim().lines();
        let first = lines.next()?;
        let version = STARTS.iter().find_map(|start| first.strip_prefix(start))?.as_bytes();
        let is_version = !version.is_empty() && version.iter().all(u8::is_ascii_digit);
        let (mut id, mut size) = (None, None);
        for line in lines {
            match line.split_once(' ')? {
                ("oid", value) => id = Some(digest(value)?),
                ("size", value) => size = Some(value.parse().ok()?),
                // What a program has made of the content: the name of that program, and a digest.
                (key, value) if key.starts_with("ext-") => drop(digest(value)?),
                _ => return None,
            }
        }
        Some(Pointer { id: id.filter(|_| is_version)?, size: size? })
    }
}

fn digest(value: &str) -> Option<String> {
    let hex = value.strip_prefix("sha256:")?;
    let is_one = hex.len() == 64 && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_one.then(|| hex.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::{Pointer, may_be_pointer};

    #[test]
    fn only_a_pointer_is_one() {
        let id = "ab".repeat(32);
        let pointer = format!("version https://git-lfs.github.com/spec/v1\noid sha256:{id}\nsize 12\n");
        assert_eq!(Pointer::read(pointer.as_bytes()), Some(Pointer { id: id.clone(), size: 12 }));
        let extended = pointer.replace("oid", &format!("ext-0-x sha256:{id}\noid"));
        assert!(Pointer::read(extended.as_bytes()).is_some());
        let first = "https://git-lfs.github.com/spec/v1";
        for text in [
            pointer.replace('\n', "\r\n"),
            format!("\n{pointer}\n"),
            pointer.replace(first, "https://hawser.github.com/spec/v1"),
            pointer.replace(first, "http://git-media.io/v/2"),
        ] {
            assert!(may_be_pointer(text.as_bytes()) && Pointer::read(text.as_bytes()).is_some(), "{text}");
        }
        for text in [
            format!("{pointer}token = x\n"),
            pointer.replace("size 12", "size -1"),
            pointer.replace("spec/v1", "spec/v1 token=x"),
            pointer.replace("oid sha256:ab", "oid sha256:"),
            pointer.replace("size 12\n", ""),
            pointer.replace("oid", &format!("{}\noid", "ext-0-x sha256:ab")),
        ] {
            assert_eq!(Pointer::read(text.as_bytes()), None, "{text}");
        }
    }
}

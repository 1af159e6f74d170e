//! What was scanned with these very rules and held nothing, so that the next run need not look again.
//!
//! Kept: shortened digests of object id and file name, or whole path where the folders were gone by; no content and no secret. The file belongs to one
//! build of stanch and one set of rules; any other, a damaged one or a foreign one counts as none. It is
//! replaced in one step, so that an interrupted run leaves the old or the new one, and now and then while a run goes on,
//! so that one that is killed leaves most of what it did.
//!
//! Format: `stanch cache 1` and a line feed; 32 bytes that name build and rules; entries of 12 bytes,
//! ascending; 32 bytes of SHA-256 over all before.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use bstr::{BStr, BString, ByteSlice};
use sha2::{Digest, Sha256};

use super::look;
use crate::install::draft::{self, Access};
use crate::order;

const MAGIC: &[u8] = b"stanch cache 1\n";
const DIGEST: usize = 32;
const ENTRY: usize = 12;

type Entry = [u8; ENTRY];

/// An object that held nothing.
pub(super) struct Clean {
    /// Its id, hex.
    pub(super) id: String,
    /// The path under which it was scanned.
    pub(super) path: BString,
    /// Whether a file of that name holds nothing wherever it stands.
    pub(super) in_any_folder: bool,
}

/// How often it is written while a run goes on.
const EVERY: Duration = Duration::from_secs(20);

/// What this run has found to be clean.
struct New {
    entries: Vec<Entry>,
    /// When it was written last.
    saved: Instant,
}

impl Default for New {
    fn default() -> New {
        New { entries: Vec::new(), saved: Instant::now() }
    }
}

/// What is known to be clean.
#[derive(Default)]
pub(super) struct Cache {
    path: Option<PathBuf>,
    key: [u8; DIGEST],
    known: Vec<Entry>,
    new: Mutex<New>,
    /// Why an existing file was not used.
    pub(super) note: Option<String>,
}

impl Cache {
    /// Nothing is known and nothing is kept.
    pub(super) fn off() -> Cache {
        Cache::default()
    }

    /// Reads `path`, if it is for this build and `rules`, the text of a user's own rules.
    ///
    /// # Errors
    /// When `path` is no regular file, cannot be read or is something else than a cache, or this program cannot be read,
    /// whose content is part of the key.
    pub(super) fn open(path: PathBuf, rules: &[String]) -> Result<Cache> {
        if std::fs::metadata(&path).is_ok_and(|found| !found.is_file()) {
            bail!(
                "the cache {} is no regular file\nnext: `--cache=FILE` with the name of a file, new or from before",
                path.display()
            );
        }
        let mut cache = Cache { key: key(rules)?, ..Cache::default() };
        match std::fs::read(&path) {
            Ok(bytes) if !is_of_a_cache(&bytes) => bail!(
                "{} is no cache of stanch, and stays as it is\nnext: `--cache=FILE` with a new name, or take that file away",
                path.display()
            ),
            Ok(bytes) => match entries(&bytes, &cache.key) {
                Ok(known) => cache.known = known,
                Err(why) => cache.note = Some(format!("the cache {} is not used: {why}", path.display())),
            },
            Err(err) if err.kind() == std::io::ErrorKind::NotFound => {}
            Err(err) => bail!("cannot read the cache {}: {err}", path.display()),
        }
        cache.path = Some(path);
        Ok(cache)
    }

    pub(super) fn is_on(&self) -> bool {
        self.path.is_some()
    }

    /// Whether this object is known to hold nothing at this path.
    pub(super) fn has(&self, id: &str, path: &BStr) -> bool {
        let has = |in_any_folder| self.known.binary_search(&entry(id, path, in_any_folder)).is_ok();
        !self.known.is_empty() && (has(true) || has(false))
    }

    /// Remembers what was clean.
    pub(super) fn add(&self, clean: &[Clean]) {
        if clean.is_empty() {
            return;
        }
        let entry = |one: &Clean| entry(&one.id, one.path.as_bstr(), one.in_any_folder);
        let entries: Vec<Entry> = clean.iter().map(entry).collect();
        let mut new = self.added();
        new.entries.extend(entries);
        if new.saved.elapsed() > EVERY {
            // What hinders it is told at the end.
            let _ = self.write_with(&new.entries);
            new.saved = Instant::now();
        }
    }

    fn added(&self) -> MutexGuard<'_, New> {
        self.new.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes what is known now.
    ///
    /// # Errors
    /// When the file cannot be written; the old one is then still there.
    pub(super) fn save(self) -> Result<()> {
        let new = self.added();
        if new.entries.is_empty() { Ok(()) } else { self.write_with(&new.entries) }
    }

    fn write_with(&self, new: &[Entry]) -> Result<()> {
        let Some(path) = &self.path else { return Ok(()) };
        let mut all = [self.known.as_slice(), new].concat();
        order::all(&mut all);
        all.dedup();
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        if let Some(folder) = folder {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("cannot make the folder {}", folder.display()))?;
        }
        write(path, &self.key, &all).with_context(|| format!("cannot write the cache {}", path.display()))
    }
}

fn write(path: &Path, key: &[u8; DIGEST], known: &[Entry]) -> std::io::Result<()> {
    let mut bytes = [MAGIC, key].concat();
    known.iter().for_each(|entry| bytes.extend_from_slice(entry));
    let digest = Sha256::digest(&bytes);
    bytes.extend_from_slice(&digest);
    let mut draft = draft::beside(path, Access::Private)?;
    draft.write_all(&bytes)?;
    draft::put(draft, path)
}

/// Whether a file is a cache, of any version and as damaged as may be, or nothing yet.
fn is_of_a_cache(bytes: &[u8]) -> bool {
    const NAME: &[u8] = b"stanch cache ";
    bytes.iter().zip(NAME).all(|(byte, of_name)| byte == of_name)
}

fn entries(bytes: &[u8], key: &[u8; DIGEST]) -> Result<Vec<Entry>, &'static str> {
    let end = bytes.len().checked_sub(DIGEST).ok_or("it is damaged")?;
    let (body, digest) = bytes.split_at(end);
    if Sha256::digest(body).as_slice() != digest {
        return Err("it is damaged");
    }
    let body = body.strip_prefix(MAGIC).ok_or("it is of another version")?;
    let body = body.strip_prefix(key).ok_or("it is for other rules or another build")?;
    let (entries, rest) = body.as_chunks::<ENTRY>();
    if rest.is_empty() { Ok(entries.to_vec()) } else { Err("it is damaged") }
}

/// By the name alone, or by the whole path; a file at the root has a path that reads like a name.
fn entry(id: &str, path: &BStr, in_any_folder: bool) -> Entry {
    let (kind, file) = if in_any_folder { (0, look::name(path)) } else { (1, path.as_bytes()) };
    let digest = Sha256::new().chain_update(id).chain_update([kind]).chain_update(file).finalize();
    let mut entry = [0; ENTRY];
    entry.copy_from_slice(&digest[..ENTRY]);
    entry
}

/// Names this build, which holds the engine and the embedded rules, and the user's own rules.
fn key(rules: &[String]) -> Result<[u8; DIGEST]> {
    let program = std::env::current_exe().context("cannot find this program")?;
    let mut file = File::open(&program).with_context(|| format!("cannot read {}", program.display()))?;
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 1 << 20];
    loop {
        let read = file.read(&mut buffer).with_context(|| format!("cannot read {}", program.display()))?;
        if read == 0 {
            break;
        }
        digest.update(&buffer[..read]);
    }
    for text in rules {
        digest.update(text.len().to_le_bytes());
        digest.update(text);
    }
    Ok(digest.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::{Cache, Clean, entries, key, write};
    use bstr::BStr;

    #[test]
    fn what_was_clean_is_known_to_the_same_build_and_rules_only() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("deep/scanned");
        let cache = Cache::open(path.clone(), &[]).unwrap();
        let clean =
            |id: &str, path: &str, in_any_folder| Clean { id: id.into(), path: path.into(), in_any_folder };
        cache.add(&[clean("ab12", "src/a.py", true), clean("cd34", "a.py", false)]);
        cache.save().unwrap();
        let again = Cache::open(path.clone(), &[]).unwrap();
        assert!(again.note.is_none());
        assert!(again.has("ab12", BStr::new("other/a.py")), "no folder was gone by");
        assert!(again.has("cd34", BStr::new("a.py")) && !again.has("cd34", BStr::new("production/a.py")));
        assert!(!again.has("ab12", BStr::new("src/b.py")) && !again.has("ab13", BStr::new("src/a.py")));
        let other = Cache::open(path.clone(), &["rules: {}".into()]).unwrap();
        assert!(!other.has("ab12", BStr::new("a.py")) && other.note.unwrap().contains("other rules"));
        assert_eq!(std::fs::read_dir(dir.path().join("deep")).unwrap().count(), 1, "nothing is left behind");
    }

    #[test]
    fn a_damaged_cache_is_none() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("scanned");
        let key = key(&[]).unwrap();
        write(&path, &key, &[[7; 12], [9; 12]]).unwrap();
        let whole = std::fs::read(&path).unwrap();
        assert_eq!(entries(&whole, &key).unwrap().len(), 2);
        for at in 0..whole.len() {
            let mut broken = whole.clone();
            broken[at] ^= 1;
            assert!(entries(&broken, &key).is_err(), "byte {at}");
            assert!(entries(&whole[..at], &key).is_err(), "cut at {at}");
        }
    }
}

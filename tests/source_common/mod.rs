//! Real repositories made by real git, and what git itself says about them.
#![allow(dead_code, reason = "each test file uses its part")]

use std::{
    collections::BTreeMap,
    ffi::OsStr,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use stanch::source::{Coverage, Flow, Place, Source, Why, remote::Remote};

/// Path and content.
pub(crate) type Files = BTreeMap<Vec<u8>, Vec<u8>>;

/// A repository that is removed at the end of the test.
pub(crate) struct Repo {
    pub(crate) root: PathBuf,
    _temp: tempfile::TempDir,
}

impl Repo {
    /// `git init <args>`.
    pub(crate) fn init(args: &[&str]) -> Repo {
        let temp = tempfile::tempdir().unwrap();
        let root = temp.path().canonicalize().unwrap().join("repo");
        std::fs::create_dir(&root).unwrap();
        let repo = Repo { root, _temp: temp };
        let mut init = vec!["init", "-q", "-b", "main"];
        init.extend(args);
        repo.git(&init);
        repo
    }

    pub(crate) fn git(&self, args: &[impl AsRef<OsStr>]) -> Vec<u8> {
        git(&self.root, args)
    }

    pub(crate) fn try_git(&self, args: &[impl AsRef<OsStr>]) -> Output {
        command(&self.root, args).output().unwrap()
    }

    pub(crate) fn line(&self, args: &[impl AsRef<OsStr>]) -> String {
        String::from_utf8(self.git(args)).unwrap().trim().to_owned()
    }

    pub(crate) fn write(&self, path: impl AsRef<Path>, content: impl AsRef<[u8]>) {
        let path = self.root.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        let _ = std::fs::remove_file(&path);
        std::fs::write(path, content).unwrap();
    }

    /// Writes and stages.
    pub(crate) fn add(&self, path: &str, content: impl AsRef<[u8]>) {
        self.write(path, content);
        self.git(&["add", "--", path]);
    }

    pub(crate) fn commit(&self, message: &str) -> String {
        self.git(&["commit", "-q", "--no-verify", "--allow-empty", "-m", message]);
        self.line(&["rev-parse", "HEAD"])
    }
}

/// Runs git with everything pinned that could come from the machine.
pub(crate) fn git(dir: &Path, args: &[impl AsRef<OsStr>]) -> Vec<u8> {
    let output = command(dir, args).output().unwrap();
    assert!(
        output.status.success(),
        "git {:?}: {}",
        args.iter().map(|arg| arg.as_ref().to_string_lossy().into_owned()).collect::<Vec<_>>(),
        String::from_utf8_lossy(&output.stderr)
    );
    output.stdout
}

pub(crate) fn command(dir: &Path, args: &[impl AsRef<OsStr>]) -> Command {
    let mut command = Command::new("git");
    pin(&mut command, dir);
    command.args(args);
    command
}

pub(crate) fn pin(command: &mut Command, dir: &Path) {
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("GIT_") {
            command.env_remove(name);
        }
    }
    command
        .current_dir(dir)
        .env("HOME", "/nonexistent")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_AUTHOR_NAME", "A")
        .env("GIT_AUTHOR_EMAIL", "a@example.com")
        .env("GIT_COMMITTER_NAME", "A")
        .env("GIT_COMMITTER_EMAIL", "a@example.com")
        .env("GIT_CONFIG_COUNT", "2")
        .env("GIT_CONFIG_KEY_0", "protocol.file.allow")
        .env("GIT_CONFIG_VALUE_0", "always")
        .env("GIT_CONFIG_KEY_1", "advice.detachedHead")
        .env("GIT_CONFIG_VALUE_1", "false");
}

/// The usual remote.
pub(crate) fn origin() -> Remote {
    Remote::Named("origin".into())
}

/// What was written of a commit or tag, without the people, who follow it.
pub(crate) fn message(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let people = text.find("author ").or(text.find("tagger ")).unwrap_or(text.len());
    text[..people].to_owned()
}

/// Everything that a source hands over.
pub(crate) fn visited(source: &mut dyn Source) -> (Files, Coverage) {
    let mut files = Files::new();
    let coverage = source
        .visit(&mut |blob| {
            assert_eq!(blob.place, &Place::Staged);
            assert!(files.insert(blob.path.to_vec(), blob.bytes.to_vec()).is_none(), "{:?} twice", blob.path);
            Ok(Flow::Continue)
        })
        .unwrap();
    let submodules = coverage.skipped.iter().filter(|skipped| skipped.why == Why::Submodule).count();
    assert_eq!(coverage.blobs as usize + submodules, files.len());
    (files, coverage)
}

pub(crate) fn replaced(source: &mut dyn Source, place: &Place, parent: usize) -> Files {
    let mut files = Files::new();
    source
        .replaced(place, parent, &mut |path, bytes| {
            files.insert(path.to_vec(), bytes.to_vec());
            Ok(Flow::Continue)
        })
        .unwrap();
    files
}

/// A small generator of our own: the same steps on every run.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % sides as u64) as usize
    }

    pub(crate) fn path(&mut self) -> String {
        let dirs = ["", "d/", "d/e/", "d-x/", "d.y/e/f/", "z/", "z/z/z/"];
        let names = ["a", "b", "c.txt", "d", "e", "a b", "ü"];
        format!("{}{}", dirs[self.roll(dirs.len())], names[self.roll(names.len())])
    }
}

/// One line of `git diff-index --raw`.
#[derive(Debug, Clone)]
pub(crate) struct Raw {
    pub(crate) path: Vec<u8>,
    pub(crate) old: (String, String),
    pub(crate) new: (String, String),
    pub(crate) status: u8,
}

/// `git diff-index --cached` against `tree`, as git prints it.
pub(crate) fn diff_index(dir: &Path, tree: &str) -> Vec<Raw> {
    raw(&git(
        dir,
        &[
            "diff-index",
            "--cached",
            "--raw",
            "-r",
            "-z",
            "--no-renames",
            "--no-abbrev",
            "--ita-invisible-in-index",
            tree,
        ],
    ))
}

pub(crate) fn raw(out: &[u8]) -> Vec<Raw> {
    let mut fields = out.split(|byte| *byte == 0);
    let mut lines = Vec::new();
    while let Some(meta) = fields.next().filter(|meta| !meta.is_empty()) {
        let meta = String::from_utf8(meta[1..].to_vec()).unwrap();
        let parts: Vec<&str> = meta.split(' ').collect();
        lines.push(Raw {
            path: fields.next().unwrap().to_vec(),
            old: (parts[0].into(), parts[2].into()),
            new: (parts[1].into(), parts[3].into()),
            status: parts[4].as_bytes()[0],
        });
    }
    lines
}

/// The content of an entry; of a submodule only the name is there.
fn content(dir: &Path, mode: &str, id: &str) -> Vec<u8> {
    if mode == "160000" { Vec::new() } else { blob(dir, id) }
}

pub(crate) fn blob(dir: &Path, id: &str) -> Vec<u8> {
    git(dir, &["cat-file", "blob", id])
}

pub(crate) fn is_file(mode: &str) -> bool {
    mode != "000000" && mode != "160000"
}

/// What git says the commit would record that no parent has.
pub(crate) fn expected(dir: &Path, parents: &[String]) -> Files {
    let empty =
        String::from_utf8(git(dir, &["hash-object", "-t", "tree", "/dev/null"])).unwrap().trim().to_owned();
    let sides = if parents.is_empty() { vec![empty] } else { parents.to_vec() };
    let mut common: Option<BTreeMap<Vec<u8>, (String, String)>> = None;
    for side in sides {
        let changed: BTreeMap<Vec<u8>, (String, String)> = diff_index(dir, &side)
            .into_iter()
            .filter(|raw| raw.status != b'U' && raw.new.0 != "000000" && raw.new.1 != raw.old.1)
            .map(|raw| (raw.path, raw.new))
            .collect();
        common = Some(match common {
            None => changed,
            Some(before) => before.into_iter().filter(|(path, _)| changed.contains_key(path)).collect(),
        });
    }
    common.unwrap().into_iter().map(|(path, (mode, id))| (path, content(dir, &mode, &id))).collect()
}

/// What git says is modified or removed against one parent.
pub(crate) fn expected_old(dir: &Path, parent: &str) -> Files {
    diff_index(dir, parent)
        .into_iter()
        .filter(|raw| raw.status != b'U' && raw.old.0 != "000000" && raw.new.1 != raw.old.1)
        .map(|raw| (raw.path, content(dir, &raw.old.0, &raw.old.1)))
        .collect()
}

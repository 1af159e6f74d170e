//! What keeps objects: references, reflogs, work trees, git's own files.
//!
//! In: an open repository. Out: every name from which git would find an object, as a person calls it.

use std::{
    collections::BTreeMap,
    fs::DirEntry,
    path::{Path, PathBuf},
};

use anyhow::Result;
use bstr::{BStr, BString, ByteSlice};
use gix::{ObjectId, objs::Kind};

use super::{
    decode::Decoder,
    sides::is_of_server,
    store::{Number, Store},
};
use crate::order;
use crate::source::{
    Skipped, Why,
    paths::PathId,
    plumbing,
    remote::{Configured, Remote, configured, over_network},
    repo::Opened,
};

/// What a name stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Holder {
    /// What is checked out here.
    Head,
    Branch(String),
    Tag(String),
    /// Known to be on another side.
    Remote(String),
    /// Stash, notes and any other reference.
    Other(String),
    /// Kept for a while only: a reflog, `ORIG_HEAD`.
    Passing(String),
    /// Known to have been on another side, as the reflog of a tracking reference tells.
    Past {
        remote: String,
        log: String,
    },
    /// A branch whose upstream is gone: it was there once.
    Gone {
        remote: String,
        branch: String,
    },
}

/// A name and what it is at.
pub(super) struct Tip {
    pub holder: Holder,
    /// The whole name of a reference; empty where there is none.
    pub name: BString,
    pub id: ObjectId,
    /// How a person calls the branch, or the detached HEAD of another work tree, that ends here.
    pub branch: Option<String>,
}

/// Where a tip leads: through tags to a commit, a tree or a blob.
#[derive(Default)]
pub(super) struct End {
    pub tags: Vec<Number>,
    /// `None` when it is not here.
    pub number: Option<Number>,
}

impl End {
    pub(super) fn of(tip: &Tip, store: &Store, decoder: &mut Decoder<'_>) -> End {
        let mut end = End { tags: Vec::new(), number: store.find(&tip.id) };
        while let Some(number) = end.number.filter(|number| store.kind(*number) == Some(Kind::Tag)) {
            end.tags.push(number);
            let target = decoder
                .whole(number, LARGEST_TAG)
                .ok()
                .and_then(|bytes| gix::objs::TagRefIter::from_bytes(&bytes, store.hash).target_id().ok());
            end.number = target.and_then(|target| store.find(&target));
        }
        end
    }
}

/// A tag that is larger is an attack.
const LARGEST_TAG: u64 = 32 << 20;

/// What keeps objects, and what git writes beside them.
#[derive(Default)]
pub(super) struct Tips {
    pub tips: Vec<Tip>,
    /// The index of each work tree: how a person calls it, and the file.
    pub indexes: Vec<(String, PathBuf)>,
    /// What git keeps beside its objects: how it is named in a report, and where its text is.
    pub files: Vec<(BString, Text)>,
    /// Names of references that lead nowhere, and those that symbolic ones name.
    pub names: Vec<BString>,
    /// Where a partial clone has its objects from.
    pub promisor: String,
    pub skipped: Vec<Skipped>,
    pub failed: Vec<Skipped>,
}

/// Where a text of git's own is.
pub(super) enum Text {
    File(PathBuf),
    /// No file holds it as such.
    Here(Vec<u8>),
}

/// An entry of an index.
pub(super) struct Indexed {
    /// Which index, as a person calls it.
    pub label: String,
    pub name: BString,
    pub path: PathId,
    /// [`ABSENT`](super::store::ABSENT) where only the name is here.
    pub blob: Number,
}

/// The entries of a directory, in order; what of it cannot be listed is added to `failed`. One that is not there has
/// none.
pub(super) fn entries(dir: &Path, name: &str, failed: &mut Vec<Skipped>) -> Vec<DirEntry> {
    let listed = std::fs::read_dir(dir).and_then(Iterator::collect::<std::io::Result<Vec<DirEntry>>>);
    let mut entries = listed.unwrap_or_else(|err| {
        if err.kind() != std::io::ErrorKind::NotFound {
            failed.push(Skipped { path: name.into(), why: err.to_string().into() });
        }
        Vec::new()
    });
    order::by_key(&mut entries, DirEntry::file_name);
    entries
}

impl Tips {
    pub(super) fn read(opened: &mut Opened) -> Result<Tips> {
        let common = opened.common_dir()?;
        let mut tips = Tips::default();
        let remotes = Remotes::read(opened);
        tips.promisor = remotes.promisor();
        let named = opened.named_refs()?;
        (tips.names, tips.failed) = (named.names, named.failed);
        let gone = remotes.gone(&opened.branch_settings().unwrap_or_default(), &named.refs);
        for (name, id) in named.refs {
            let branch = remotes.branch(&name);
            tips.tips.extend(remotes.holders(&name).into_iter().map(|holder| Tip {
                holder,
                name: name.clone(),
                id,
                branch: branch.clone(),
            }));
        }
        let unnamed =
            |holder: Holder, id: ObjectId| Tip { holder, name: BString::default(), id, branch: None };
        tips.tips.extend(gone.into_iter().map(|(holder, id)| unnamed(holder, id)));
        match opened.head() {
            Ok(Some(id)) => tips.tips.push(unnamed(Holder::Head, id)),
            Ok(None) => {}
            Err(err) => tips.failed.push(Skipped { path: "HEAD".into(), why: format!("{err:#}").into() }),
        }
        let mut dirs = vec![(String::new(), common.clone())];
        let shown = if opened.is_bare() { "" } else { ".git/" };
        for entry in entries(&common.join("worktrees"), &format!("{shown}worktrees"), &mut tips.failed) {
            let name = entry.file_name().to_string_lossy().into_owned();
            dirs.push((format!(" of work tree {name}"), entry.path()));
        }
        order::all(&mut dirs);
        for (of, dir) in &dirs {
            tips.passing(dir, of, &remotes);
            tips.checked_out(dir, of, &opened.git_dir);
            tips.names.extend(symbolic_target(&dir.join("HEAD")));
            // What cannot be listed is told with the files.
            for entry in entries(dir, "", &mut Vec::new()) {
                let name = entry.file_name().to_string_lossy().into_owned();
                if name == "index" || is_index(&entry.path()) {
                    tips.indexes.push((format!("{name}{of}"), entry.path()));
                }
            }
        }
        tips.files(&common, Path::new(""), shown);
        if common.join("reftable").is_dir() {
            match opened.git.reflogs() {
                Ok(entries) => tips.tabled(entries, &remotes),
                Err(err) => {
                    tips.failed.push(Skipped { path: "reflogs".into(), why: format!("{err:#}").into() })
                }
            }
        }
        Ok(tips)
    }

    /// Reflogs that stand in no files of their own.
    fn tabled(&mut self, entries: Vec<plumbing::Logged>, remotes: &Remotes) {
        let mut texts: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        for plumbing::Logged { name, id, text } in entries {
            let name = name.to_str_lossy().into_owned();
            let tree = name.strip_prefix("worktrees/").and_then(|rest| rest.split_once('/'));
            let (name, of) = match tree {
                Some((tree, name)) => (name, format!(" of work tree {tree}")),
                None => (name.as_str(), String::new()),
            };
            let keepers = remotes.keepers(name, &of);
            let arrived = remotes.arrived(&text, &format!("reflog of {}{of}", short(name)));
            keepers.iter().chain(&arrived).for_each(|holder| self.push(id.as_bytes(), holder));
            let whole = texts.entry(format!("reflog of {}{of}", short(name))).or_default();
            whole.extend_from_slice(&text);
            whole.push(b'\n');
        }
        self.files.extend(texts.into_iter().map(|(name, text)| (name.into(), Text::Here(text))));
    }

    /// Reflogs, and what git notes at the top of its directory: `ORIG_HEAD`, `FETCH_HEAD`, `MERGE_HEAD`.
    fn passing(&mut self, dir: &Path, of: &str, remotes: &Remotes) {
        for entry in entries(dir, "", &mut Vec::new()) {
            let name = entry.file_name().to_string_lossy().into_owned();
            if !name.ends_with("HEAD") && name != "AUTO_MERGE" || name == "HEAD" {
                continue;
            }
            let label = format!("{name}{of}");
            let text = match std::fs::read(entry.path()) {
                Ok(text) => text,
                Err(err) => {
                    // The others are read, and told, with the files.
                    if name == "HEAD" {
                        self.failed.push(Skipped { path: label.into(), why: err.to_string().into() });
                    }
                    continue;
                }
            };
            for line in ByteSlice::lines(text.as_slice()) {
                let id = line.split(|byte| byte.is_ascii_whitespace()).next().unwrap_or_default();
                let remote = if name == "FETCH_HEAD" { remotes.fetched_from(line) } else { None };
                self.push(
                    id,
                    &match remote {
                        Some(remote) => Holder::Past { remote, log: label.clone() },
                        None => Holder::Passing(label.clone()),
                    },
                );
            }
        }
        let mut todo = vec![(dir.join("logs"), String::new())];
        while let Some((dir, prefix)) = todo.pop() {
            for entry in entries(&dir, "", &mut Vec::new()) {
                let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
                let path = entry.path();
                if path.is_dir() {
                    todo.push((path, format!("{name}/")));
                } else if let Ok(text) = std::fs::read(&path) {
                    let keepers = remotes.keepers(&name, of);
                    for line in ByteSlice::lines(text.as_slice()) {
                        for id in line.splitn_str(3, " ").take(2) {
                            keepers.iter().for_each(|holder| self.push(id, holder));
                        }
                        let arrived = remotes.arrived(line, &format!("reflog of {}{of}", short(&name)));
                        if let (Some(holder), Some(id)) = (arrived, line.splitn_str(3, " ").nth(1)) {
                            self.push(id, &holder);
                        }
                    }
                }
            }
        }
    }

    fn push(&mut self, id: &[u8], holder: &Holder) {
        let Ok(id) = ObjectId::from_hex(id) else { return };
        let known = self.tips.iter().rev().take(64).any(|tip| tip.id == id && tip.holder == *holder);
        if !id.is_null() && !known {
            self.tips.push(Tip { holder: holder.clone(), name: BString::default(), id, branch: None });
        }
    }

    /// The commit that another work tree has checked out without a branch.
    fn checked_out(&mut self, dir: &Path, of: &str, own: &Path) {
        let real = |dir: &Path| dir.canonicalize().unwrap_or_else(|_| dir.to_owned());
        if real(dir) == real(own) {
            return;
        }
        let label = format!("HEAD{}", if of.is_empty() { " of the main work tree" } else { of });
        match std::fs::read(dir.join("HEAD")) {
            Ok(text) => {
                if let Ok(id) = ObjectId::from_hex(text.trim()) {
                    let holder = Holder::Passing(label.clone());
                    self.tips.push(Tip { holder, name: BString::default(), id, branch: Some(label) });
                }
            }
            Err(err) => self.failed.push(Skipped { path: label.into(), why: err.to_string().into() }),
        }
    }

    /// Text that git or a program beside it keeps here: configuration, messages, reflogs, hooks, patches
    /// of a rebase, contents of large-file storage.
    fn files(&mut self, root: &Path, dir: &Path, shown: &str) {
        let listed = entries(&root.join(dir), &format!("{shown}{}", dir.display()), &mut self.failed);
        for entry in listed {
            let path = dir.join(entry.file_name());
            let name = BString::from(path.to_string_lossy().into_owned());
            let kind = match entry.file_type() {
                Ok(kind) => kind,
                Err(err) => {
                    let path = format!("{shown}{name}").into();
                    self.failed.push(Skipped { path, why: err.to_string().into() });
                    continue;
                }
            };
            if kind.is_symlink() && !is_no_text(&name) {
                // git follows what leads to references and objects, and so does who reads those.
                let path = format!("{shown}{name}").into();
                self.skipped.push(Skipped { path, why: "symbolic link".into() });
            } else if kind.is_dir() {
                match name.as_slice() {
                    // Read as what they are; ours hold no text.
                    b"refs" | b"reftable" | b"stanch" => {}
                    b"objects" => self.beside_objects(root, &path, shown),
                    b"modules" => {
                        self.skipped
                            .push(Skipped { path: format!("{shown}modules").into(), why: Why::Submodules });
                    }
                    _ => self.files(root, &path, shown),
                }
            } else if kind.is_file() && !is_no_text(&name) && !is_index(&entry.path()) {
                self.files.push((format!("{shown}{name}").into(), Text::File(entry.path())));
            }
        }
    }
}

/// The name of a reference as people say it.
fn short(name: &str) -> &str {
    name.strip_prefix("refs/heads/").or(name.strip_prefix("refs/")).unwrap_or(name)
}

/// The name that a symbolic reference leads to.
fn symbolic_target(file: &Path) -> Option<BString> {
    let text = std::fs::read(file).ok()?;
    Some(text.strip_prefix(b"ref:")?.trim().into())
}

/// Whether a file is an index, whatever it is called: people keep copies.
fn is_index(path: &Path) -> bool {
    let mut magic = [0; 4];
    let read =
        std::fs::File::open(path).and_then(|mut file| std::io::Read::read_exact(&mut file, &mut magic));
    read.is_ok() && magic == *b"DIRC"
}

/// Files of git that hold ids and names only.
fn is_no_text(path: &BString) -> bool {
    let name = path.rsplit_str("/").next().unwrap_or_default();
    path.ends_with(b".sample")
        || path.ends_with(b".lock")
        || matches!(name, b"index" | b"packed-refs" | b"shallow")
        || name.starts_with(b"sharedindex.")
        || (!path.contains(&b'/') || path.starts_with(b"worktrees/")) && name == b"HEAD"
}

/// The remotes of a repository, as far as they tell whose a reference is.
pub(super) struct Remotes {
    pub(super) all: Vec<Configured>,
    /// Copied from here when this bare repository was made, or served to others.
    origin: Option<String>,
    is_bare: bool,
}

impl Remotes {
    fn read(opened: &Opened) -> Remotes {
        // Only what people are told of a reference depends on it.
        let all = configured(&opened.remote_settings().unwrap_or_default());
        let mut origin = None;
        if opened.is_bare() && !all.iter().any(Configured::mirrors) {
            // `git clone --bare` copies the branches and notes nothing of what is fetched.
            let copied = all.iter().find(|remote| !remote.fetches()).map(|remote| remote.name.clone());
            origin = copied.or_else(|| all.is_empty().then(|| "this bare repository".to_owned()));
        }
        Remotes { all, origin, is_bare: opened.is_bare() }
    }

    /// Where a partial clone has its objects from.
    fn promisor(&self) -> String {
        let mut all = self.all.iter().filter(|remote| remote.is_promisor).map(|remote| &remote.name);
        match (all.next(), all.next()) {
            (Some(only), None) => only.clone(),
            _ => "a promisor remote".to_owned(),
        }
    }

    /// Who keeps what the reflog of a reference names. That of a tracking reference says what the other side had:
    /// it was fetched from there, or pushed to it.
    fn keepers(&self, name: &str, of: &str) -> Vec<Holder> {
        let label = match short(name) {
            "stash" => return vec![Holder::Other("stash".to_owned())],
            name => format!("reflog of {name}{of}"),
        };
        let holders = if name.starts_with("refs/") { self.holders(&name.into()) } else { Vec::new() };
        // Of a branch that is mirrored elsewhere, commits that were made anew here are in the log too.
        let is_own = !self.is_bare && matches!(holders.first(), Some(Holder::Branch(_)));
        let past = holders.into_iter().filter_map(|holder| match holder {
            Holder::Remote(remote) if !is_own => Some(Holder::Past { remote, log: label.clone() }),
            _ => None,
        });
        let past: Vec<Holder> = past.collect();
        if past.is_empty() { vec![Holder::Passing(label)] } else { past }
    }

    /// The other side that a line of `FETCH_HEAD` names: a remote, or a place on the network. Another directory of this
    /// machine is no other side unless somebody calls it one.
    fn fetched_from(&self, line: &[u8]) -> Option<String> {
        let what = line.splitn_str(3, "\t").nth(2)?;
        // The name of a reference holds no space.
        let url: BString = what.split_once_str("' of ").map_or(what, |(_, url)| url).into();
        // git takes the ending off.
        let whole: BString = [url.as_slice(), b".git"].concat().into();
        let known = |remote: &&Configured| {
            [&url, &whole].into_iter().any(|url| remote.is_at(&Remote::At(url.clone())))
        };
        self.all.iter().find(known).map(|remote| remote.name.clone()).or_else(|| over_network(&url))
    }

    fn holders(&self, name: &BString) -> Vec<Holder> {
        let text = name.to_str_lossy();
        // Kept beside by `git maintenance`, as the tracking references would be.
        if let Some(rest) = text.strip_prefix("refs/prefetch/") {
            let there = self.holders(&format!("refs/{rest}").into()).into_iter();
            let there = there.filter(|holder| matches!(holder, Holder::Remote(_)));
            return there.chain([Holder::Other(text.to_string())]).collect();
        }
        if text.starts_with("refs/bundles/") {
            return vec![Holder::Remote("a bundle server".to_owned()), Holder::Other(text.into_owned())];
        }
        if text == "refs/stash" {
            return vec![Holder::Other("stash".to_owned())];
        }
        let remotes = self.followed(name).map(|remote| &remote.name).chain(&self.origin);
        let mut holders: Vec<Holder> = remotes.cloned().map(Holder::Remote).collect();
        if holders.is_empty() && is_of_server(text.strip_prefix("refs/").unwrap_or_default()) {
            holders.push(Holder::Remote(self.only()));
        }
        let own = if let Some(branch) = text.strip_prefix("refs/heads/") {
            Holder::Branch(branch.to_owned())
        } else if let Some(tag) = text.strip_prefix("refs/tags/") {
            Holder::Tag(tag.to_owned())
        } else if let Some(rest) = text.strip_prefix("refs/remotes/") {
            if !holders.is_empty() {
                return holders;
            }
            if is_of_server(rest) {
                return vec![Holder::Remote(self.only())];
            }
            // Of a remote that was taken out, or that is fetched from no more.
            Holder::Remote(rest.split('/').next().unwrap_or(rest).to_owned())
        } else {
            Holder::Other(text.into_owned())
        };
        holders.insert(0, own);
        holders
    }
}

/// Paths and ids of an index; what cannot be read here is seen as objects all the same.
pub(super) fn index_entries(path: &Path, hash: gix::hash::Kind) -> Result<Vec<(BString, ObjectId)>> {
    let options = gix::index::decode::Options::default();
    let index = gix::index::File::at(path, hash, false, options).map_err(|err| anyhow::anyhow!("{err}"))?;
    let of = |entry: &gix::index::Entry| (BStr::to_owned(entry.path(&index)), entry.id);
    Ok(index.entries().iter().map(of).collect())
}

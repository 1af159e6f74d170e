//! Compares one tree with any number of earlier ones and names what is in none of them.
//!
//! In: a tree, by id or as built from an index, and the trees of the parents. Out: the changed
//! leaves, in path order. A subtree that equals the one of any parent is never read, so the cost
//! follows the change and not the repository.

use std::cmp::Ordering;
use std::collections::HashSet;
use std::hash::Hash;
use std::time::Instant;

use anyhow::{Context as _, Result, ensure};
use bstr::{BString, ByteSlice};
use gix::{ObjectId, hash::Kind};

use super::is_over;
use super::objects::Objects;

pub(super) const MODE_TREE: u32 = 0o040000;
pub(super) const MODE_GITLINK: u32 = 0o160000;

/// git's own default limit (`core.maxTreeDepth`).
pub(super) const MAX_DEPTH: usize = 2048;

/// An entry of a directory that may not exist as an object yet.
#[derive(Debug)]
pub(super) struct Item {
    pub name: BString,
    pub mode: u32,
    pub content: Content,
}

#[derive(Debug)]
pub(super) enum Content {
    /// A blob, a submodule's commit or a tree.
    Id(ObjectId),
    /// A directory whose tree was not written.
    Dir(Vec<Item>),
}

impl Item {
    /// The order of entries in a tree.
    pub(super) fn order(&self, other: &Item) -> Ordering {
        order((&self.name, self.mode), (&other.name, other.mode))
    }
}

/// A version of a file: its mode and what it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Version {
    pub mode: u32,
    pub id: ObjectId,
}

impl Version {
    pub(super) fn is_submodule(&self) -> bool {
        self.mode == MODE_GITLINK
    }

    /// Whether `other` holds the same. The id of a submodule names a commit elsewhere: what it names here was
    /// never read, even where there is a file of that id.
    pub(super) fn holds_same(&self, other: &Version) -> bool {
        self.id == other.id && self.is_submodule() == other.is_submodule()
    }
}

/// A path whose content is in none of the parents, or, when asked for, that is gone or has another mode.
#[derive(Debug)]
pub(super) struct Change {
    pub path: BString,
    /// `None`: removed.
    pub new: Option<Version>,
    /// As the parents have it.
    pub olds: Vec<Option<Version>>,
}

/// The newer side of a comparison.
#[derive(Clone, Copy)]
pub(super) enum Newer<'n> {
    /// Nothing at all.
    Empty,
    Tree(ObjectId),
    Items(&'n [Item]),
}

/// How much of directories was spelt out, so that a few objects that hold each other again and again do not become more
/// paths than any disk holds.
pub(super) struct Expansion<T> {
    read: u64,
    /// Those that were read beyond [`FREE`], and their bytes.
    met: HashSet<T>,
    distinct: u64,
}

/// Bytes of directories that may be read however often each of them is.
const FREE: u64 = 8 << 20;
/// How often each may be read beyond that. People copy folders; nobody has a hundred copies of all.
const COPIES: u64 = 64;
/// What the least entry takes: one that holds nothing takes time as well.
const LEAST: u64 = 32;

/// Why a directory is not read on.
pub(super) const TOO_OFTEN: &str = "its folders hold each other so often that a few of them stand for more paths than can be looked at; no \
                                    checkout could hold them: leave out the commit that brings them";

impl<T> Default for Expansion<T> {
    fn default() -> Self {
        Expansion { read: 0, met: HashSet::new(), distinct: 0 }
    }
}

impl<T: Eq + Hash> Expansion<T> {
    /// Adds a directory of this size; whether to read on.
    pub(super) fn add(&mut self, tree: T, bytes: usize) -> bool {
        let bytes = (bytes as u64).max(LEAST);
        self.read += bytes;
        if self.read <= FREE {
            return true;
        }
        if self.met.insert(tree) {
            self.distinct += bytes;
        }
        self.read - FREE <= FREE.max(self.distinct.saturating_mul(COPIES))
    }
}

/// Which changes are wanted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Contents that none of the parents has at that path.
    Contents,
    /// What only the parents have, too.
    Removed,
    /// Contents that are there in another mode, too.
    Modes,
}

impl Wanted {
    /// Whether `new` says nothing that `old` did not.
    pub(super) fn is_known(self, new: &Version, old: &Version) -> bool {
        if self == Wanted::Modes { old == new } else { old.holds_same(new) }
    }
}

/// A comparison under way: one level for each open directory.
pub(super) struct Walk<'n> {
    levels: Vec<Level<'n>>,
    path: Vec<u8>,
    wanted: Wanted,
    buffers: Vec<Vec<u8>>,
    read: Expansion<ObjectId>,
    deadline: Option<Instant>,
    is_late: bool,
}

struct Level<'n> {
    todo: std::vec::IntoIter<Pending<'n>>,
    prefix: usize,
}

struct Pending<'n> {
    name: BString,
    new: Option<Side<'n>>,
    olds: Vec<Option<Version>>,
}

#[derive(Clone, Copy)]
enum Side<'n> {
    Version(Version),
    Items(&'n [Item]),
}

impl<'n> Walk<'n> {
    /// Compares `new` with the trees `olds`, until `deadline`.
    pub(super) fn new(
        objects: &mut Objects,
        new: Newer<'n>,
        olds: &[ObjectId],
        wanted: Wanted,
        deadline: Option<Instant>,
    ) -> Result<Self> {
        let mut walk = Walk {
            levels: Vec::new(),
            path: Vec::new(),
            wanted,
            buffers: Vec::new(),
            read: Expansion::default(),
            deadline,
            is_late: false,
        };
        if !matches!(new, Newer::Tree(id) if olds.contains(&id)) {
            walk.open(objects, new, olds.iter().copied().map(Some).collect())?;
        }
        Ok(walk)
    }

    /// Whether the time was over before the end.
    pub(super) fn is_late(&self) -> bool {
        self.is_late
    }

    /// All changes, in path order.
    pub(super) fn all(mut self, objects: &mut Objects) -> Result<Vec<Change>> {
        let mut changes = Vec::new();
        while let Some(change) = self.next(objects)? {
            changes.push(change);
        }
        Ok(changes)
    }

    /// The next change, in path order; `None` as well when the time is over.
    pub(super) fn next(&mut self, objects: &mut Objects) -> Result<Option<Change>> {
        while let Some(level) = self.levels.last_mut() {
            self.path.truncate(level.prefix);
            let Some(pending) = level.todo.next() else {
                self.levels.pop();
                continue;
            };
            self.path.extend_from_slice(&pending.name);
            let new = match pending.new {
                Some(Side::Items(items)) => Newer::Items(items),
                Some(Side::Version(Version { mode: MODE_TREE, id })) => Newer::Tree(id),
                None if pending.olds.iter().flatten().any(|old| old.mode == MODE_TREE) => Newer::Empty,
                leaf => {
                    let new = leaf.map(|side| match side {
                        Side::Version(version) => version,
                        Side::Items(_) => unreachable!("directories were taken above"),
                    });
                    return Ok(Some(Change { path: self.path.clone().into(), new, olds: pending.olds }));
                }
            };
            if is_over(self.deadline) {
                self.is_late = true;
                self.levels.clear();
                return Ok(None);
            }
            self.path.push(b'/');
            self.open(objects, new, pending.olds.iter().map(|old| old.map(|old| old.id)).collect())?;
        }
        Ok(None)
    }

    fn open(&mut self, objects: &mut Objects, new: Newer<'n>, olds: Vec<Option<ObjectId>>) -> Result<()> {
        ensure!(
            self.levels.len() < MAX_DEPTH,
            "directories are nested deeper than {MAX_DEPTH} at {}",
            shown(&self.path)
        );
        let mut buffers = std::mem::take(&mut self.buffers);
        buffers.resize_with(olds.len() + 1, Vec::new);
        let hash = objects.hash();
        let dir = self.path.as_slice();
        let (first, rest) = buffers.split_first_mut().expect("one for the new side");
        let read = &mut self.read;
        let new = match new {
            Newer::Empty => Vec::new(),
            Newer::Items(items) => items.iter().map(Entry::from).collect(),
            Newer::Tree(id) => entries(objects, id, first, (hash, dir), read)?,
        };
        let olds = olds
            .into_iter()
            .zip(rest)
            .map(|(id, buffer)| {
                id.map_or(Ok(Vec::new()), |id| entries(objects, id, buffer, (hash, dir), read))
            })
            .collect::<Result<Vec<_>>>()?;
        let todo = merge(new, &olds, self.wanted).into_iter();
        self.buffers = buffers;
        self.levels.push(Level { todo, prefix: self.path.len() });
        Ok(())
    }
}

struct Entry<'a, 'n> {
    name: &'a [u8],
    side: Side<'n>,
}

impl<'n> From<&'n Item> for Entry<'n, 'n> {
    fn from(item: &'n Item) -> Self {
        let side = match &item.content {
            Content::Id(id) => Side::Version(Version { mode: item.mode, id: *id }),
            Content::Dir(items) => Side::Items(items),
        };
        Entry { name: &item.name, side }
    }
}

impl<'a> Entry<'a, '_> {
    fn key(&self) -> (&'a [u8], u32) {
        match self.side {
            Side::Version(version) => (self.name, version.mode),
            Side::Items(_) => (self.name, MODE_TREE),
        }
    }

    fn version(&self) -> Option<Version> {
        match self.side {
            Side::Version(version) => Some(version),
            Side::Items(_) => None,
        }
    }
}

fn entries<'a, 'n>(
    objects: &mut Objects,
    id: ObjectId,
    buffer: &'a mut Vec<u8>,
    (hash, dir): (Kind, &[u8]),
    read: &mut Expansion<ObjectId>,
) -> Result<Vec<Entry<'a, 'n>>> {
    let data =
        objects.tree(&id, buffer).with_context(|| format!("cannot read the directory {}", shown(dir)))?;
    ensure!(read.add(id, data.len()), "cannot read the directory {}: {TOO_OFTEN}", shown(dir));
    gix::objs::TreeRefIter::from_bytes(data, hash)
        .map(|entry| {
            let entry =
                entry.map_err(|err| anyhow::anyhow!("tree {id} ({}) is corrupt: {err}", shown(dir)))?;
            let version = Version { mode: u32::from(entry.mode.value()), id: entry.oid.into() };
            Ok(Entry { name: entry.filename, side: Side::Version(version) })
        })
        .collect()
}

/// Pairs entries by name and kind. Only an entry that stands in a parent with the same content is
/// left out: trees that are not sorted as they should be give too many changes, never too few.
fn merge<'n>(new: Vec<Entry<'_, 'n>>, olds: &[Vec<Entry<'_, 'n>>], wanted: Wanted) -> Vec<Pending<'n>> {
    let mut todo = Vec::new();
    let mut at = vec![0; olds.len()];
    let gone = |which: usize, entry: &Entry<'_, 'n>| {
        let mut versions = vec![None; olds.len()];
        versions[which] = entry.version();
        Pending { name: entry.name.into(), new: None, olds: versions }
    };
    for entry in new {
        let mut versions = vec![None; olds.len()];
        for (which, old) in olds.iter().enumerate() {
            while let Some(candidate) = old.get(at[which]) {
                let order = order(candidate.key(), entry.key());
                if order.is_gt() {
                    break;
                }
                at[which] += 1;
                if order.is_eq() {
                    versions[which] = candidate.version();
                    break;
                }
                if wanted == Wanted::Removed {
                    todo.push(gone(which, candidate));
                }
            }
        }
        let known = entry
            .version()
            .is_some_and(|new| versions.iter().flatten().any(|old| wanted.is_known(&new, old)));
        if !known {
            todo.push(Pending { name: entry.name.into(), new: Some(entry.side), olds: versions });
        }
    }
    if wanted == Wanted::Removed {
        for (which, old) in olds.iter().enumerate() {
            todo.extend(old[at[which]..].iter().map(|entry| gone(which, entry)));
        }
    }
    todo
}

/// Trees sort as if a directory's name ended in a slash; a file and a directory of one name differ.
fn order((left, left_mode): (&[u8], u32), (right, right_mode): (&[u8], u32)) -> Ordering {
    let common = left.len().min(right.len());
    left[..common].cmp(&right[..common]).then_with(|| {
        let after =
            |name: &[u8], mode| name.get(common).copied().unwrap_or(if mode == MODE_TREE { b'/' } else { 0 });
        after(left, left_mode).cmp(&after(right, right_mode)).then(left.len().cmp(&right.len()))
    })
}

/// A directory for a message, which need not be of a thousand levels.
fn shown(dir: &[u8]) -> String {
    const SHOWN: usize = 200;
    match dir.get(..SHOWN) {
        _ if dir.is_empty() => "at the root".into(),
        Some(start) => format!("{:?}…", start.as_bstr()),
        None => format!("{:?}", dir.as_bstr()),
    }
}

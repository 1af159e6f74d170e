//! The commits of a store, parents before children, and what each changes in the files.
//!
//! In: the store. Out: for every commit the paths that differ from its first parent. Each commit is
//! compared on its own, so all cores share the work and the answer does not depend on how many there
//! are. Trees that no commit leads to follow as if each were a commit without parents. What is missing
//! or damaged is told by name, and the rest goes on.

use std::{
    collections::{HashMap, HashSet},
    ops::Range,
    sync::atomic::{AtomicU64, Ordering},
};

use anyhow::{Context as _, Result, anyhow};
use bstr::{BString, ByteSlice};
use gix::{ObjectId, objs::Kind};

use super::{
    decode::{Decoder, Keep},
    meter::{Meter, Phase},
    share::share,
    store::{ABSENT, NONE, Number, Store},
};
use crate::source::{
    Skipped,
    objects::{FETCH_AGAIN, LARGEST},
    paths::{PathId, Paths, ROOT},
    shallow::Shallow,
    tree::{Expansion, TOO_OFTEN},
};

/// git's own limit (`core.maxTreeDepth`).
const DEEPEST: usize = 2048;
/// Commits that are compared by one thread at a time.
const CHUNK: usize = 512;

/// A commit, or a tree that stands for one.
pub(super) struct Node {
    /// The commit, or the tree itself.
    pub number: Number,
    pub tree: Number,
    /// Seconds since 1970 of the committer; 0 where it cannot be read.
    pub time: i64,
    /// Places of the parents in the list, the first parent first.
    pub parents: Vec<u32>,
    pub is_commit: bool,
}

/// A path that differs from the first parent.
#[derive(Clone, Copy)]
pub(super) struct Change {
    pub path: PathId,
    /// The blob there now, [`NONE`], or [`ABSENT`] where only the name is here.
    pub blob: Number,
}

/// All commits and their changes.
#[derive(Default)]
pub(super) struct Graph {
    pub nodes: Vec<Node>,
    /// Where each commit, or tree that stands for one, is in `nodes`.
    pub places: HashMap<Number, u32>,
    pub paths: Paths,
    changes: Vec<Change>,
    ends: Vec<u32>,
    /// Places of the commits at which a shallow clone ends.
    pub cut: Vec<u32>,
    pub failed: Vec<Skipped>,
    pub submodules: HashSet<PathId>,
}

impl Graph {
    pub(super) fn changes(&self, node: u32) -> &[Change] {
        let at = node as usize;
        let start = at.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.changes[start as usize..self.ends[at] as usize]
    }

    /// Reads all commits, and what they change. `trees` are read too, as if they were commits.
    pub(super) fn read(store: &Store, shallow: &Shallow, trees: &[Number], meter: &Meter) -> Graph {
        let mut graph = Graph::default();
        let commits = store.in_delta_order(Some(Kind::Commit));
        graph.list(store, commits, shallow, meter);
        let visited = Visited::new(store.len());
        for tree in trees {
            graph.push_tree(*tree);
        }
        graph.compare(store, 0, &visited, meter);
        // After an interruption the rest has no changes; nothing is scanned either.
        if meter.is_stopped() {
            return graph;
        }
        // What was not met stands in no commit. A part of another such tree is met with it.
        let mut dangling = store.in_delta_order(Some(Kind::Tree));
        dangling.retain(|tree| !visited.has(*tree));
        if !dangling.is_empty() {
            let parts = parts(store, &dangling);
            let from = graph.nodes.len();
            dangling.iter().filter(|tree| !parts.contains(tree)).for_each(|tree| graph.push_tree(*tree));
            graph.compare(store, from, &visited, meter);
        }
        graph
    }

    fn push_tree(&mut self, tree: Number) {
        self.places.insert(tree, self.nodes.len() as u32);
        self.nodes.push(Node { number: tree, tree, time: 0, parents: Vec::new(), is_commit: false });
    }

    /// Puts the commits in order.
    fn list(&mut self, store: &Store, commits: Vec<Number>, shallow: &Shallow, meter: &Meter) {
        meter.start(Phase::Commits, commits.len() as u64);
        let read = share(commits.len(), CHUNK, &|| Decoder::new(store, Keep::Bases), &|decoder,
                                                                                       range: Range<
            usize,
        >| {
            let headers: Vec<(Number, Result<Header>)> = commits[range]
                .iter()
                .map(|number| (*number, Header::read(store, decoder, *number, shallow)))
                .collect();
            meter.add(headers.len() as u64);
            headers
        });
        let mut headers: HashMap<Number, Header> = HashMap::with_capacity(commits.len());
        for (number, header) in read.into_iter().flatten() {
            match header {
                Ok(mut header) => {
                    for missing in std::mem::take(&mut header.missing) {
                        self.fail(
                            format!("commit {}", store.id(number)),
                            format!("{missing} is missing; {FETCH_AGAIN}"),
                        );
                    }
                    headers.insert(number, header);
                }
                Err(err) => self.fail(format!("commit {}", store.id(number)), format!("{err:#}")),
            }
        }
        for start in commits {
            self.enter(start, &mut headers);
        }
    }

    /// Adds a commit and those before it, parents first.
    fn enter(&mut self, start: Number, headers: &mut HashMap<Number, Header>) {
        let mut todo = vec![(start, false)];
        while let Some((number, parents_done)) = todo.pop() {
            if self.places.contains_key(&number) {
                continue;
            }
            let Some(header) = headers.get_mut(&number) else { continue };
            if parents_done {
                let parents =
                    header.parents.iter().filter_map(|parent| self.places.get(parent).copied()).collect();
                let node = Node { number, tree: header.tree, time: header.time, parents, is_commit: true };
                self.cut.extend(header.is_cut.then_some(self.nodes.len() as u32));
                self.places.insert(number, self.nodes.len() as u32);
                self.nodes.push(node);
            } else if !std::mem::replace(&mut header.met, true) {
                todo.push((number, true));
                todo.extend(header.parents.iter().rev().map(|parent| (*parent, false)));
            }
        }
    }

    fn fail(&mut self, what: String, why: String) {
        self.failed.push(Skipped { path: what.into(), why: why.into() });
    }

    /// Compares the nodes from `from` on with their first parents.
    fn compare(&mut self, store: &Store, from: usize, visited: &Visited, meter: &Meter) {
        let count = self.nodes.len() - from;
        meter.start(Phase::Trees, count as u64);
        let nodes = &self.nodes;
        let chunks =
            share(count, CHUNK, &|| Decoder::new(store, Keep::All), &|decoder, range: Range<usize>| {
                let mut compare =
                    Compare { store, decoder, visited, paths: Paths::default(), out: Part::default() };
                // Packs hold the newest trees whole and the older ones as deltas against them.
                let mut ends = vec![0; range.len()];
                for at in range.clone().rev().take_while(|_| !meter.is_stopped()) {
                    let node = &nodes[from + at];
                    let old = node.parents.first().map(|parent| nodes[*parent as usize].tree);
                    let start = compare.out.changes.len();
                    compare.out.read = Expansion::default();
                    compare.trees(old.unwrap_or(NONE), node.tree, ROOT, 0);
                    ends[at - range.start] = compare.out.changes.len() - start;
                }
                meter.add(range.len() as u64);
                compare.out.changes.shrink_to_fit();
                (compare.out, compare.paths, ends)
            });
        // There are many; room for exactly as many is half of what growing by and by would take.
        self.changes.reserve_exact(chunks.iter().map(|(part, ..)| part.changes.len()).sum());
        for (part, paths, counts) in chunks {
            let global = self.paths.merge(&paths);
            let mut end = part.changes.len();
            for count in counts {
                let changes = &part.changes[end - count..end];
                end -= count;
                self.changes.extend(
                    changes
                        .iter()
                        .map(|change| Change { path: global[change.path as usize], blob: change.blob }),
                );
                self.ends.push(self.changes.len() as u32);
            }
            self.failed.extend(part.failed);
            self.submodules.extend(part.submodules.iter().map(|path| global[*path as usize]));
        }
    }
}

/// The trees that stand in one of `trees`.
fn parts(store: &Store, trees: &[Number]) -> HashSet<Number> {
    let mut decoder = Decoder::new(store, Keep::Bases);
    let mut parts = HashSet::new();
    for tree in trees {
        let Ok(bytes) = decoder.whole(*tree, LARGEST) else { continue };
        for entry in gix::objs::TreeRefIter::from_bytes(&bytes, store.hash).flatten() {
            if entry.mode.is_tree() {
                parts.extend(store.find(entry.oid));
            }
        }
    }
    parts
}

/// What the head of a commit says.
struct Header {
    tree: Number,
    time: i64,
    parents: Vec<Number>,
    missing: Vec<String>,
    met: bool,
    /// A shallow clone ends here.
    is_cut: bool,
}

impl Header {
    fn read(store: &Store, decoder: &mut Decoder<'_>, number: Number, shallow: &Shallow) -> Result<Header> {
        let bytes = decoder.whole(number, LARGEST)?;
        let iter = || gix::objs::CommitRefIter::from_bytes(&bytes, store.hash);
        let tree = iter().tree_id().map_err(|err| anyhow!("it is corrupt: {err}; run `git fsck`"))?;
        let mut missing = Vec::new();
        let mut find = |id: ObjectId, what: &str| {
            let found = store.find(&id);
            // Every repository has the empty tree without storing it.
            if found.is_none() && id != ObjectId::empty_tree(store.hash) {
                missing.push(format!("{what} {id}"));
            }
            found
        };
        let tree = find(tree, "its tree").unwrap_or(NONE);
        let is_cut = shallow.cuts(&store.id(number), iter().parent_ids().count());
        let parents = iter().parent_ids().filter(|_| !is_cut);
        Ok(Header {
            tree,
            time: iter().committer().ok().and_then(|who| who.time().ok()).map_or(0, |time| time.seconds),
            parents: parents.filter_map(|parent| find(parent, "its parent")).collect(),
            missing,
            met: false,
            is_cut,
        })
    }
}

/// Which trees were read.
struct Visited(Vec<AtomicU64>);

impl Visited {
    fn new(count: u32) -> Visited {
        Visited((0..count.div_ceil(64)).map(|_| AtomicU64::new(0)).collect())
    }

    fn add(&self, number: Number) {
        if let Some(word) = self.0.get(number as usize / 64) {
            word.fetch_or(1 << (number % 64), Ordering::Relaxed);
        }
    }

    fn has(&self, number: Number) -> bool {
        self.0
            .get(number as usize / 64)
            .is_some_and(|word| word.load(Ordering::Relaxed) >> (number % 64) & 1 != 0)
    }
}

/// What one thread finds.
#[derive(Default)]
struct Part {
    changes: Vec<Change>,
    failed: Vec<Skipped>,
    /// What those say, each once.
    told: HashSet<(PathId, String)>,
    submodules: HashSet<PathId>,
    /// For the commit that is compared.
    read: Expansion<Number>,
}

struct Compare<'c, 's> {
    store: &'s Store,
    decoder: &'c mut Decoder<'s>,
    visited: &'c Visited,
    paths: Paths,
    out: Part,
}

/// An entry of a tree.
struct Entry<'t> {
    bytes: &'t [u8],
    name: &'t [u8],
    id: &'t gix::oid,
    is_tree: bool,
    is_submodule: bool,
}

impl Compare<'_, '_> {
    /// Compares two trees of directory `dir`; [`NONE`] is an empty one.
    fn trees(&mut self, old: Number, new: Number, dir: PathId, depth: usize) {
        if old == new {
            return;
        }
        if depth > DEEPEST {
            return self.fail(dir, format!("directories are nested deeper than {DEEPEST}"));
        }
        let (old, new) = (self.tree(old, dir), self.tree(new, dir));
        let hash = self.store.hash.len_in_bytes();
        let (mut olds, mut news) = (Entries::new(&old, hash), Entries::new(&new, hash));
        Entries::skip_same(&mut olds, &mut news);
        let (mut left, mut right) = (olds.next(), news.next());
        loop {
            match (&left, &right) {
                (None, None) => break,
                (Some(one), Some(other)) if one.bytes == other.bytes => {
                    Entries::skip_same(&mut olds, &mut news);
                    (left, right) = (olds.next(), news.next());
                }
                (Some(one), Some(other)) if one.name == other.name && one.is_tree == other.is_tree => {
                    self.entry(Some(one), Some(other), dir, depth);
                    (left, right) = (olds.next(), news.next());
                }
                (Some(one), Some(other)) if order(one).lt(order(other)) => {
                    self.entry(Some(one), None, dir, depth);
                    left = olds.next();
                }
                (Some(one), None) => {
                    self.entry(Some(one), None, dir, depth);
                    left = olds.next();
                }
                (_, Some(other)) => {
                    self.entry(None, Some(other), dir, depth);
                    right = news.next();
                }
            }
        }
        if olds.is_damaged || news.is_damaged {
            self.fail(dir, "the directory is corrupt; run `git fsck`".into());
        }
    }

    fn tree(&mut self, tree: Number, dir: PathId) -> std::rc::Rc<Vec<u8>> {
        if tree == NONE {
            return Default::default();
        }
        self.visited.add(tree);
        let read = self.decoder.whole(tree, LARGEST).context("cannot read the directory");
        let (at, why) = match read {
            Ok(bytes) if self.out.read.add(tree, bytes.len()) => return bytes,
            // Where it stands would be told of each of its copies.
            Ok(_) => (ROOT, TOO_OFTEN.to_owned()),
            Err(err) => (dir, format!("{err:#}")),
        };
        self.fail(at, why);
        Default::default()
    }

    fn entry(&mut self, old: Option<&Entry<'_>>, new: Option<&Entry<'_>>, dir: PathId, depth: usize) {
        let Some(one) = new.or(old) else { return };
        let path = self.paths.join(dir, one.name);
        if one.is_tree {
            let mut find = |entry: Option<&Entry<'_>>| entry.map_or(NONE, |entry| self.find(entry, path));
            let (old, new) = (find(old), find(new));
            return self.trees(old, new, path, depth + 1);
        }
        match new {
            Some(new) if new.is_submodule => {
                self.out.submodules.insert(path);
                // A file that was here is gone; the name is all there is.
                if old.is_none_or(|old| !old.is_submodule) {
                    self.out.changes.push(Change { path, blob: ABSENT });
                }
            }
            // Only the mode differs. The id of a submodule names no file.
            Some(new) if old.is_some_and(|old| old.id == new.id && !old.is_submodule) => {}
            Some(new) => {
                let blob = match self.find(new, path) {
                    NONE => ABSENT,
                    blob => blob,
                };
                self.out.changes.push(Change { path, blob });
            }
            None => self.out.changes.push(Change { path, blob: NONE }),
        }
    }

    fn find(&mut self, entry: &Entry<'_>, path: PathId) -> Number {
        self.store.find(entry.id).unwrap_or_else(|| {
            if entry.id != ObjectId::empty_tree(self.store.hash) {
                self.fail(path, format!("object {} is missing; {FETCH_AGAIN}", entry.id));
            }
            NONE
        })
    }

    fn fail(&mut self, path: PathId, why: String) {
        if !self.out.told.insert((path, why.clone())) {
            return;
        }
        let mut path = self.paths.name(path);
        if path.is_empty() {
            path = BString::from(".");
        }
        self.out.failed.push(Skipped { path, why: why.into() });
    }
}

/// Trees sort as if a directory's name ended in a slash.
fn order<'e>(entry: &'e Entry<'_>) -> impl Iterator<Item = u8> + 'e {
    entry.name.iter().copied().chain(entry.is_tree.then_some(b'/'))
}

/// How many bytes both start with alike.
fn same(one: &[u8], other: &[u8]) -> usize {
    // As a whole first: this is what the processor does fastest.
    const STEP: usize = 256;
    let blocks = one.chunks_exact(STEP).zip(other.chunks_exact(STEP)).take_while(|(a, b)| a == b).count();
    let at = blocks * STEP;
    at + one[at..].iter().zip(&other[at..]).take_while(|(a, b)| a == b).count()
}

/// The entries of a tree: mode, space, name, zero, id.
struct Entries<'t> {
    rest: &'t [u8],
    hash: usize,
    is_damaged: bool,
}

impl<'t> Entries<'t> {
    fn new(bytes: &'t [u8], hash: usize) -> Self {
        Entries { rest: bytes, hash, is_damaged: false }
    }

    /// Passes over the entries in which both go on alike: most of a directory stays as it was.
    fn skip_same(one: &mut Self, other: &mut Self) {
        let same = same(one.rest, other.rest);
        let mut at = 0;
        // Modes have at most six digits. What is odd is left to the parser.
        while let Some(space) = one.rest[at..same].iter().take(7).position(|byte| *byte == b' ') {
            let name = at + space + 1;
            let Some(zero) = one.rest[name..same].find_byte(0) else { break };
            let end = name + zero + 1 + one.hash;
            if end > same {
                break;
            }
            at = end;
        }
        one.rest = &one.rest[at..];
        other.rest = &other.rest[at..];
    }

    fn next(&mut self) -> Option<Entry<'t>> {
        if self.rest.is_empty() {
            return None;
        }
        let entry = self.parse();
        self.is_damaged |= entry.is_none();
        entry
    }

    fn parse(&mut self) -> Option<Entry<'t>> {
        let rest = std::mem::take(&mut self.rest);
        let space = rest.iter().take(8).position(|byte| *byte == b' ')?;
        let zero = space + 1 + rest[space + 1..].find_byte(0)?;
        let (bytes, after) = rest.split_at_checked(zero + 1 + self.hash)?;
        self.rest = after;
        let mode = &bytes[..space];
        Some(Entry {
            bytes,
            name: &bytes[space + 1..zero],
            id: gix::oid::try_from_bytes(&bytes[zero + 1..]).ok()?,
            is_tree: matches!(mode, b"40000" | b"040000"),
            is_submodule: mode == b"160000",
        })
    }
}

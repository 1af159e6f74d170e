//! Everything that a repository still holds, whatever leads to it or not.
//!
//! In: a repository. Out: pieces to scan (each content once, however many commits have it; messages and
//! people of commits and tags; names of files and references; git's own files), and afterwards where each
//! find came in, whether it left, and who has it. A reading in two steps: the second knows the commits
//! and is paid for what was found only. Objects are read in delta order on all cores; memory follows the
//! number of objects, not their size.

use std::collections::HashSet;
use std::path::PathBuf;

use anyhow::Result;
use bstr::{BStr, BString};
use gix::objs::Kind;

use super::{
    Context, Coverage, Plan, Shared, Skipped, Why,
    objects::LARGEST,
    paths::PathId,
    repo,
    shallow::{self, Shallow},
};
use crate::order;

mod decode;
mod extent;
mod graph;
mod leftover;
mod meter;
mod plan;
mod sets;
mod share;
mod sides;
mod sights;
mod states;
mod store;
mod through;
mod tips;
mod trace;
mod way;

pub use extent::Extent;
pub use meter::{Meter, Phase, Reading};
pub use plan::IsKnown;
pub use sights::{is_in_no_file, is_one_of_path};
pub use way::{Mark, Names, Read, SHOWN, Seen, Sight, Traced, Version};

use decode::{Decoder, Keep};
use extent::{Reached, Selection};
use graph::Graph;
use plan::{Piece, PieceReading, Pieces};
use store::{ABSENT, NONE, Number, Store};
use tips::{End, Holder, Indexed, Tip, Tips};

/// A part of the work, for several machines: number `at` of `of`, counted from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// Which.
    pub at: u32,
    /// How many there are.
    pub of: u32,
}

impl Shard {
    /// All of it.
    pub const WHOLE: Shard = Shard { at: 1, of: 1 };

    /// Whether this part has what `key` names. The same on every machine.
    pub fn has(self, key: &[u8]) -> bool {
        // FNV-1a, 64 bits (draft-eastlake-fnv): spreads well and never changes.
        let hash = key.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3)
        });
        (hash >> 32) % u64::from(self.of.max(1)) == u64::from(self.at.saturating_sub(1))
    }
}

/// All that a repository holds.
pub struct History {
    store: Store,
    graph: Graph,
    pieces: Pieces,
    tips: Tips,
    ends: Vec<End>,
    refs: Vec<BString>,
    index: Vec<Indexed>,
    wanted: Vec<bool>,
    in_head: HashSet<Number>,
    selection: Selection,
    /// What a range leaves out.
    before: Vec<End>,
    part: Vec<u32>,
    /// Files of this part that are not wanted.
    unwanted: Vec<PathId>,
    max_bytes: u64,
    coverage: Coverage,
}

impl History {
    /// Lists everything and reads all commits and directories. Paths that are not wanted are left out.
    ///
    /// # Errors
    /// When the repository cannot be opened, or a revision names nothing. What is missing or damaged within is told by
    /// [`History::known`].
    pub fn open(
        ctx: &Context,
        is_wanted: &dyn Fn(&BStr) -> bool,
        (extent, shard): (&Extent, Shard),
        meter: &Meter,
    ) -> Result<History> {
        meter.start(Phase::Listing, 0);
        // Not shared: packs that it has mapped are as much address space as all the rest takes.
        let mut opened = repo::open(&Context { shared: Shared::default(), ..ctx.clone() })?;
        let shallow = Shallow::of(&opened)?;
        let (include, exclude) = match extent {
            Extent::Between { include, exclude } => {
                (revisions(&opened, include)?, revisions(&opened, exclude)?)
            }
            _ => Default::default(),
        };
        let mut tips = Tips::read(&mut opened)?;
        let objects = opened.object_dirs()?;
        let mut store = Store::open(&objects.dirs, opened.hash, opened.git.clone())?;
        let contents = matches!(extent, Extent::All | Extent::Reachable).then(|| {
            let all: u64 = store.of_kind(Kind::Blob).map(|at| plan::ANY + u64::from(store.size(at))).sum();
            all / u64::from(shard.of.max(1))
        });
        meter.expect(store.of_kind(Kind::Commit).count() as u64, contents);
        let mut coverage = Coverage { notes: std::mem::take(&mut opened.notes), ..Coverage::default() };
        drop(opened);
        take_faults(&mut coverage, &mut store, &mut tips, objects.gone);
        let ends = ends_of(&tips.tips, &store);
        let (included, before) = (ends_of(&include, &store), ends_of(&exclude, &store));
        missing(&tips.tips, &ends, &mut coverage);
        missing(&include, &included, &mut coverage);
        let trees = trees_of(ends.iter().chain(&included).chain(&before), &store);
        let mut graph = Graph::read(&store, &shallow, &trees, meter);
        coverage.failed.append(&mut graph.failed);
        for path in &graph.submodules {
            coverage.skipped.push(Skipped { path: graph.paths.name(*path), why: Why::Submodule });
        }
        let index = indexed(&tips, &store, &mut graph, &mut coverage);
        let mut history = History {
            refs: ref_names(&tips),
            wanted: Vec::new(),
            in_head: HashSet::new(),
            pieces: Pieces::empty(),
            selection: Selection::default(),
            before,
            part: Vec::new(),
            unwanted: Vec::new(),
            max_bytes: ctx.max_bytes,
            store,
            graph,
            tips,
            ends,
            index,
            coverage,
        };
        history.in_head = history.head_blobs();
        history.selection = history.select(extent, &included);
        history.miss_shallow(extent, &included);
        history.list(is_wanted, shard);
        Ok(history)
    }

    /// Says where the history that was asked for is cut off.
    fn miss_shallow(&mut self, extent: &Extent, included: &[End]) {
        let graph = &self.graph;
        let ends = match extent {
            Extent::Unreachable => 0,
            Extent::All | Extent::Reachable => graph.cut.len(),
            Extent::Between { .. } => {
                let from = |ends: &[End]| Reached::from(ends.iter(), std::iter::empty(), graph, &self.store);
                let (asked, before) = (from(included), from(&self.before));
                graph.cut.iter().filter(|at| asked.has_node(**at) && !before.has_node(**at)).count()
            }
        };
        if let Some(why) = shallow::lack(ends) {
            self.coverage.failed.push(Skipped { path: "the rest of the history".into(), why: why.into() });
        }
    }

    fn select(&self, extent: &Extent, included: &[End]) -> Selection {
        let (graph, store) = (&self.graph, &self.store);
        let staged = || self.index.iter().map(|entry| entry.blob);
        let reached = || Reached::from(self.ends.iter(), staged(), graph, store);
        let from = |ends: &[End]| Reached::from(ends.iter(), std::iter::empty(), graph, store);
        match extent {
            Extent::All => Selection::default(),
            Extent::Reachable => Selection::reachable(reached(), graph),
            Extent::Unreachable => Selection::unreachable(reached(), graph),
            Extent::Between { .. } => Selection::between(from(included), &from(&self.before), graph),
        }
    }

    /// Makes the list of pieces.
    fn list(&mut self, is_wanted: &dyn Fn(&BStr) -> bool, shard: Shard) {
        let staged = self.index.iter().map(|entry| (entry.blob, entry.path));
        let graph = &self.graph;
        let mut wanted: Vec<Option<bool>> = vec![None; graph.paths.len()];
        let mut used = Vec::new();
        let (mut unused, mut unwanted) = (HashSet::new(), HashSet::new());
        let committed = (0..graph.nodes.len() as u32)
            .flat_map(|node| graph.changes(node).iter().map(|change| (change.blob, change.path)));
        for (blob, path) in committed.chain(staged) {
            let is_wanted =
                *wanted[path as usize].get_or_insert_with(|| is_wanted(BStr::new(&graph.paths.name(path))));
            if matches!(blob, NONE | ABSENT) {
            } else if is_wanted {
                if used.len() == used.capacity() {
                    // A merge brings once more what the commits of its side brought.
                    used.sort_unstable();
                    used.dedup();
                }
                used.push((blob, path));
            } else {
                unused.insert(blob);
                let is_ours = || self.selection.has(blob) && shard.has(&graph.paths.name(path));
                if !unwanted.contains(&path) && is_ours() {
                    unwanted.insert(path);
                }
            }
        }
        self.unwanted = unwanted.into_iter().collect();
        self.wanted = wanted.into_iter().map(|wanted| wanted.unwrap_or(true)).collect();
        let pieces =
            Pieces::list(&self.store, graph, used, &|blob| unused.contains(&blob), self.tips.files.len());
        let is_selected = |at: &u32| match pieces.list[*at as usize] {
            Piece::Blob(number) | Piece::Message(number) => self.selection.has(number),
            Piece::Names(from) => {
                let most = graph.paths.names().len() as u32;
                (from..most.min(from + plan::NAMES as u32)).any(|name| self.selection.has_name(name))
            }
            Piece::Refs | Piece::File(_) => self.selection.has_others(),
        };
        let in_shard = |at: &u32| match pieces.list[*at as usize] {
            Piece::Blob(number) | Piece::Message(number) => shard.has(self.store.id(number).as_slice()),
            // Their order is that of this clone: one machine takes them all.
            _ => shard.at == 1,
        };
        self.part = (0..pieces.list.len() as u32)
            .filter(|at| (shard == Shard::WHOLE || in_shard(at)) && is_selected(at))
            .collect();
        self.coverage.failed.extend(pieces.known.failed.iter().cloned());
        self.pieces = pieces;
    }

    /// The blobs of the commit that HEAD is at.
    fn head_blobs(&self) -> HashSet<Number> {
        self.files_of(self.ends_of(|tip| tip.holder == Holder::Head))
    }

    fn ends_of(&self, is_asked: impl Fn(&Tip) -> bool) -> impl Iterator<Item = &End> {
        let tips = self.tips.tips.iter().zip(&self.ends);
        tips.filter(move |(tip, _)| is_asked(tip)).map(|(_, end)| end)
    }

    /// All objects in the files of what some ends lead to.
    fn files_of<'e>(&self, ends: impl Iterator<Item = &'e End>) -> HashSet<Number> {
        let nodes = ends.filter_map(|end| self.graph.places.get(&end.number?));
        let mut todo: Vec<Number> = nodes.map(|at| self.graph.nodes[*at as usize].tree).collect();
        todo.retain(|tree| *tree != NONE);
        order::all(&mut todo);
        todo.dedup();
        let mut decoder = Decoder::new(&self.store, Keep::Bases);
        let mut met = HashSet::new();
        while let Some(tree) = todo.pop() {
            // What cannot be read was told when the commits were compared.
            let Ok(bytes) = decoder.whole(tree, LARGEST) else { continue };
            for entry in gix::objs::TreeRefIter::from_bytes(&bytes, self.store.hash).flatten() {
                let Some(number) = self.store.find(entry.oid) else { continue };
                if met.insert(number) && entry.mode.is_tree() {
                    todo.push(number);
                }
            }
        }
        met
    }

    /// Paths of files that were left out because they are not wanted, each once.
    pub fn unwanted(&self) -> impl Iterator<Item = BString> + '_ {
        self.unwanted.iter().map(|path| self.graph.paths.name(*path))
    }

    /// What is known before anything was scanned.
    pub fn known(&self) -> Coverage {
        self.coverage.clone()
    }

    /// The pieces to scan, in the order that reads fastest. What `is_known` says was scanned is left out.
    pub fn plan<'h>(&'h self, meter: &'h Meter, is_known: &'h IsKnown<'h>) -> impl Plan + 'h {
        meter.start_of(Phase::Scanning, self.part.len() as u64, self.work(&self.part));
        self.reading(meter, is_known, &self.part)
    }

    /// Pieces that a part of a history leaves out and that tell more of what was seen in it: the files of HEAD
    /// and of what a range starts from, and all versions of the files with finds.
    pub fn related(&self, seen: &[Seen]) -> Vec<u32> {
        if self.selection.is_all() || seen.is_empty() {
            return Vec::new();
        }
        let mut files = self.in_head.clone();
        files.extend(self.files_of(self.before.iter()));
        let found: HashSet<Number> = seen.iter().filter_map(|seen| self.blob(seen.piece)).collect();
        let changes = || (0..self.graph.nodes.len() as u32).flat_map(|node| self.graph.changes(node));
        let paths: HashSet<PathId> =
            changes().filter(|change| found.contains(&change.blob)).map(|change| change.path).collect();
        files.extend(changes().filter(|change| paths.contains(&change.path)).map(|change| change.blob));
        let pieces = 0..self.pieces.list.len() as u32;
        pieces
            .filter(|at| {
                self.blob(*at).is_some_and(|blob| files.contains(&blob) && !self.selection.has(blob))
            })
            .collect()
    }

    fn blob(&self, piece: u32) -> Option<Number> {
        match self.pieces.list[piece as usize] {
            Piece::Blob(number) => Some(number),
            _ => None,
        }
    }

    /// As [`History::plan`], for what [`History::related`] names.
    pub fn plan_of<'h>(
        &'h self,
        meter: &'h Meter,
        is_known: &'h IsKnown<'h>,
        pieces: &'h [u32],
    ) -> impl Plan + 'h {
        meter.start_of(Phase::Tracing, pieces.len() as u64, self.work(pieces));
        self.reading(meter, is_known, pieces)
    }

    fn work(&self, pieces: &[u32]) -> u64 {
        pieces.iter().map(|at| self.pieces.list[*at as usize].work(&self.store)).sum()
    }

    fn reading<'h>(
        &'h self,
        meter: &'h Meter,
        is_known: &'h IsKnown<'h>,
        part: &'h [u32],
    ) -> PieceReading<'h> {
        PieceReading {
            store: &self.store,
            graph: &self.graph,
            pieces: &self.pieces,
            refs: &self.refs,
            files: &self.tips.files,
            max_bytes: self.max_bytes,
            meter,
            is_known,
            selection: &self.selection,
            part,
        }
    }

    /// Where secrets came in, where they went, and who has them; one answer for each number below `secrets`.
    pub fn trace(&self, seen: &[Seen], secrets: usize, meter: &Meter) -> Vec<Traced> {
        meter.start(Phase::Tracing, 0);
        trace::Tracer {
            store: &self.store,
            graph: &self.graph,
            pieces: &self.pieces,
            tips: &self.tips.tips,
            ends: &self.ends,
            refs: &self.refs,
            files: &self.tips.files,
            index: &self.index,
            before: &self.before,
            wanted: &self.wanted,
            promisor: &self.tips.promisor,
        }
        .trace(seen, secrets)
    }

    /// Versions to read again, each under the path and at the place where it was seen; ranked as they are given.
    pub fn plan_of_sights<'h>(&'h self, sights: &'h [Sight], meter: &'h Meter) -> impl Plan + 'h {
        plan::Showing::new(self.reading(meter, &|_, _| false, &[]), sights)
    }

    /// Name and address of the author of a commit.
    pub fn author(&self, commit: &str) -> String {
        let number = gix::ObjectId::from_hex(commit.as_bytes()).ok().and_then(|id| self.store.find(&id));
        let bytes = number
            .and_then(|number| Decoder::new(&self.store, Keep::Bases).whole(number, LARGEST).ok())
            .unwrap_or_default();
        let author = gix::objs::CommitRefIter::from_bytes(&bytes, self.store.hash).author().ok();
        author.map_or_else(String::new, |who| format!("{} <{}>", who.name, who.email))
    }

    /// The versions of files that hold what was seen.
    pub fn versions(&self, seen: &[Seen]) -> Vec<Version> {
        let live = self.files_of(self.ends_of(|tip| tip.holder == Holder::Head || tip.branch.is_some()));
        let version = |seen: &Seen| {
            let blob = self.blob(seen.piece)?;
            let id = self.store.id(blob).to_string();
            Some(Version { id, secret: seen.secret, is_live: live.contains(&blob) })
        };
        seen.iter().filter_map(version).collect()
    }

    /// Git's own directory, where what belongs to the whole repository is kept.
    ///
    /// # Errors
    /// When there is no repository.
    pub fn directory(ctx: &Context) -> Result<PathBuf> {
        Ok(repo::layout(&ctx.cwd)?.common_dir)
    }

    /// The commit that HEAD leads to, hex; `None` where it leads to none, or cannot be read.
    pub fn head(ctx: &Context) -> Option<String> {
        repo::open(ctx).ok()?.head().ok()?.map(|id| id.to_string())
    }
}

/// Takes over what was missing or damaged when the objects and the references were listed.
fn take_faults(coverage: &mut Coverage, store: &mut Store, tips: &mut Tips, gone: Vec<PathBuf>) {
    coverage.failed.append(&mut store.failed);
    coverage.failed.append(&mut tips.failed);
    coverage.skipped.append(&mut tips.skipped);
    coverage.failed.extend(gone.into_iter().map(|dir| Skipped {
        path: dir.to_string_lossy().into_owned().into(),
        why: "no directory, although `objects/info/alternates` names it as one with objects".into(),
    }));
}

/// The directories that references and revisions name themselves, each once.
fn trees_of<'e>(ends: impl Iterator<Item = &'e End>, store: &Store) -> Vec<Number> {
    let numbers = ends.filter_map(|end| end.number);
    let mut trees: Vec<Number> = numbers.filter(|at| store.kind(*at) == Some(Kind::Tree)).collect();
    order::all(&mut trees);
    trees.dedup();
    trees
}

/// Revisions that somebody named.
fn revisions(opened: &repo::Opened, specs: &[String]) -> Result<Vec<Tip>> {
    let tip = |spec: &String| {
        let id = opened.resolve(spec)?;
        Ok(Tip { holder: Holder::Passing(spec.clone()), name: spec.as_str().into(), id, branch: None })
    };
    specs.iter().map(tip).collect()
}

/// What references lead to.
fn ends_of(tips: &[Tip], store: &Store) -> Vec<End> {
    let mut decoder = Decoder::new(store, Keep::Bases);
    tips.iter().map(|tip| End::of(tip, store, &mut decoder)).collect()
}

/// The entries of every index.
fn indexed(tips: &Tips, store: &Store, graph: &mut Graph, coverage: &mut Coverage) -> Vec<Indexed> {
    let mut index = Vec::new();
    for (label, path) in &tips.indexes {
        match tips::index_entries(path, store.hash) {
            Ok(entries) => index.extend(entries.into_iter().map(|(name, id)| Indexed {
                label: label.clone(),
                path: graph.paths.whole(&name),
                blob: store.find(&id).unwrap_or(ABSENT),
                name,
            })),
            // Copies that people keep, and one that is being written, are no index of git's.
            Err(err) if path.file_name().is_none_or(|name| name != "index") => {
                coverage.notes.push(format!(
                    "the {label} could not be read ({err}); its contents were scanned all the same"
                ));
            }
            Err(_) if !path.exists() => {}
            Err(err) => {
                let why = format!("{err}; the contents that it names were scanned, the names were not");
                coverage.failed.push(Skipped { path: label.as_str().into(), why: why.into() });
            }
        }
    }
    index
}

/// Lists the tips that lead to nothing.
fn missing(tips: &[Tip], ends: &[End], coverage: &mut Coverage) {
    for (tip, _) in tips.iter().zip(ends).filter(|(_, end)| end.number.is_none()) {
        // A reflog outlives what it names; it has no name here.
        if !tip.name.is_empty() {
            let why = format!("object {} or one it names is missing; run `git fsck`", tip.id);
            coverage.failed.push(Skipped { path: tip.name.clone(), why: why.into() });
        }
    }
}

/// The names of references, each once.
fn ref_names(tips: &Tips) -> Vec<BString> {
    let names = tips.tips.iter().map(|tip| &tip.name).chain(&tips.names);
    let mut names: Vec<BString> = names.filter(|name| !name.is_empty()).cloned().collect();
    order::all(&mut names);
    names.dedup();
    names
}

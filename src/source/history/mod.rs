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

use super::{Blob, Context, Coverage, Flow, Plan, Skipped, repo};

mod decode;
mod graph;
mod meter;
mod paths;
mod plan;
mod sets;
mod share;
mod store;
mod tips;
mod trace;
mod way;

pub use meter::{Meter, Phase};
pub use plan::IsKnown;
pub use way::{Names, Read, Seen, Sight, Traced};

use decode::{Decoder, Keep};
use graph::Graph;
use plan::{Piece, Pieces, Reading};
use store::{NONE, Number, Store};
use tips::{End, Holder, Tips};

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
    index: Vec<(String, BString, Number)>,
    wanted: Vec<bool>,
    in_head: HashSet<Number>,
    part: Vec<u32>,
    max_bytes: u64,
    coverage: Coverage,
}

impl History {
    /// Lists everything and reads all commits and directories. Paths that are not wanted are left out.
    ///
    /// # Errors
    /// When the repository cannot be opened. What is missing or damaged within is told by
    /// [`History::known`].
    pub fn open(
        ctx: &Context,
        is_wanted: &dyn Fn(&BStr) -> bool,
        shard: Shard,
        meter: &Meter,
    ) -> Result<History> {
        meter.start(Phase::Listing, 0);
        let mut opened = repo::open(ctx)?;
        let shallow = opened.shallow()?.into_iter().collect();
        let mut tips = Tips::read(&mut opened)?;
        let mut store = Store::open(&opened.object_dirs()?, opened.hash)?;
        let mut coverage = Coverage { notes: std::mem::take(&mut opened.notes), ..Coverage::default() };
        coverage.failed.append(&mut store.failed);
        coverage.failed.append(&mut tips.failed);
        coverage.skipped.append(&mut tips.skipped);
        let ends = ends(&tips, &store, &mut coverage);
        let trees = ends.iter().filter_map(|end| end.number);
        let mut trees: Vec<Number> = trees.filter(|at| store.kind(*at) == Some(Kind::Tree)).collect();
        trees.sort_unstable();
        trees.dedup();
        let mut graph = Graph::read(&store, &shallow, &trees, meter);
        coverage.failed.append(&mut graph.failed);
        for path in &graph.submodules {
            coverage.skipped.push(Skipped { path: graph.paths.name(*path), why: "submodule".into() });
        }
        if !shallow.is_empty() {
            coverage.notes.push(format!(
                "a shallow clone: what came before its {} oldest commits is not here; `git fetch --unshallow` gets it",
                shallow.len()
            ));
        }
        let mut index = Vec::new();
        for (label, path) in &tips.indexes {
            match tips::index_entries(path, store.hash) {
                Ok(entries) => index.extend(
                    entries
                        .into_iter()
                        .filter_map(|(path, id)| Some((label.clone(), path, store.find(&id)?))),
                ),
                Err(err) => coverage.notes.push(format!(
                    "the {label} could not be read ({err}); its contents were scanned all the same"
                )),
            }
        }
        let mut history = History {
            refs: ref_names(&tips),
            wanted: Vec::new(),
            in_head: HashSet::new(),
            pieces: Pieces::empty(),
            part: Vec::new(),
            max_bytes: ctx.max_bytes,
            store,
            graph,
            tips,
            ends,
            index,
            coverage,
        };
        history.in_head = history.head_blobs();
        history.list(is_wanted, shard);
        Ok(history)
    }

    /// Makes the list of pieces.
    fn list(&mut self, is_wanted: &dyn Fn(&BStr) -> bool, shard: Shard) {
        let mut staged = Vec::with_capacity(self.index.len());
        for (_, path, blob) in &self.index {
            let parts = path.split(|byte| *byte == b'/');
            staged.push((*blob, parts.fold(paths::ROOT, |at, part| self.graph.paths.join(at, part))));
        }
        let graph = &self.graph;
        let mut wanted: Vec<Option<bool>> = vec![None; graph.paths.len()];
        let mut used = Vec::new();
        let mut unused = HashSet::new();
        let committed = (0..graph.nodes.len() as u32)
            .flat_map(|node| graph.changes(node).iter().map(|change| (change.blob, change.path)));
        for (blob, path) in committed.chain(staged) {
            let is_wanted =
                *wanted[path as usize].get_or_insert_with(|| is_wanted(BStr::new(&graph.paths.name(path))));
            if blob == NONE {
            } else if is_wanted {
                used.push((blob, path));
            } else {
                unused.insert(blob);
            }
        }
        self.wanted = wanted.into_iter().map(|wanted| wanted.unwrap_or(true)).collect();
        let pieces =
            Pieces::list(&self.store, graph, used, &|blob| unused.contains(&blob), self.tips.files.len());
        let in_shard = |at: &u32| match pieces.list[*at as usize] {
            Piece::Blob(number) | Piece::Message(number) => shard.has(self.store.id(number).as_slice()),
            // Their order is that of this clone: one machine takes them all.
            _ => shard.at == 1,
        };
        self.part =
            (0..pieces.list.len() as u32).filter(|at| shard == Shard::WHOLE || in_shard(at)).collect();
        self.coverage.failed.extend(pieces.known.failed.iter().cloned());
        self.pieces = pieces;
    }

    /// The blobs of the commit that HEAD is at.
    fn head_blobs(&self) -> HashSet<Number> {
        let head = self.tips.tips.iter().position(|tip| tip.holder == Holder::Head);
        let node = head.and_then(|at| self.graph.places.get(&self.ends[at].number?));
        let mut todo: Vec<Number> = node.map(|at| self.graph.nodes[*at as usize].tree).into_iter().collect();
        let mut decoder = Decoder::new(&self.store, Keep::Bases);
        let mut met = HashSet::new();
        while let Some(tree) = todo.pop() {
            // What cannot be read was told when the commits were compared.
            let Ok(bytes) = decoder.whole(tree, 64 << 20) else { continue };
            for entry in gix::objs::TreeRefIter::from_bytes(&bytes, self.store.hash).flatten() {
                let Some(number) = self.store.find(entry.oid) else { continue };
                if met.insert(number) && entry.mode.is_tree() {
                    todo.push(number);
                }
            }
        }
        met
    }

    /// What is known before anything was scanned.
    pub fn known(&self) -> Coverage {
        self.coverage.clone()
    }

    /// The pieces to scan, in the order that reads fastest. What `is_known` says was scanned is left out.
    pub fn plan<'h>(&'h self, meter: &'h Meter, is_known: &'h IsKnown<'h>) -> impl Plan + 'h {
        meter.start(Phase::Scanning, self.part.len() as u64);
        self.reading(meter, is_known, &self.part)
    }

    fn reading<'h>(&'h self, meter: &'h Meter, is_known: &'h IsKnown<'h>, part: &'h [u32]) -> Reading<'h> {
        Reading {
            store: &self.store,
            graph: &self.graph,
            pieces: &self.pieces,
            refs: &self.refs,
            files: &self.tips.files,
            max_bytes: self.max_bytes,
            meter,
            is_known,
            part,
            shown: None,
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
            wanted: &self.wanted,
        }
        .trace(seen, secrets)
    }

    /// Reads a version again, under the path where it stands.
    ///
    /// # Errors
    /// When it can no longer be read.
    pub fn show(&self, sight: &Sight, each: &mut dyn FnMut(&Blob<'_>) -> Result<Flow>) -> Result<()> {
        let piece = match &sight.read {
            Read::Name(name) => {
                let blob =
                    Blob { bytes: name, path: BStr::new(&sight.path), place: &sight.place, part: None };
                return each(&blob).map(drop);
            }
            Read::Piece(piece) => [*piece],
        };
        let meter = Meter::default();
        let mut reading = self.reading(&meter, &|_, _| false, &piece);
        reading.shown = Some(sight);
        reading.reader()?.read(0, each, &mut Coverage::default()).map(drop)
    }

    /// Name and address of the author of a commit.
    pub fn author(&self, commit: &str) -> String {
        let number = gix::ObjectId::from_hex(commit.as_bytes()).ok().and_then(|id| self.store.find(&id));
        let bytes = number
            .and_then(|number| Decoder::new(&self.store, Keep::Bases).whole(number, 64 << 20).ok())
            .unwrap_or_default();
        let author = gix::objs::CommitRefIter::from_bytes(&bytes, self.store.hash).author().ok();
        author.map_or_else(String::new, |who| format!("{} <{}>", who.name, who.email))
    }

    /// The ids of the blobs that hold any of what was seen and do not stand in HEAD.
    pub fn old_blobs(&self, seen: &[Seen]) -> Vec<String> {
        let blob = |seen: &Seen| match self.pieces.list[seen.piece as usize] {
            Piece::Blob(number) if !self.in_head.contains(&number) => Some(self.store.id(number).to_string()),
            _ => None,
        };
        let mut ids: Vec<String> = seen.iter().filter_map(blob).collect();
        ids.sort();
        ids.dedup();
        ids
    }

    /// Git's own directory, where what belongs to the whole repository is kept.
    ///
    /// # Errors
    /// When there is no repository.
    pub fn directory(ctx: &Context) -> Result<PathBuf> {
        Ok(repo::layout(&ctx.cwd)?.common_dir)
    }
}

fn ends(tips: &Tips, store: &Store, coverage: &mut Coverage) -> Vec<End> {
    let mut decoder = Decoder::new(store, Keep::Bases);
    let mut ends = Vec::with_capacity(tips.tips.len());
    for tip in &tips.tips {
        let end = End::of(tip, store, &mut decoder);
        // A reflog outlives what it names.
        if end.number.is_none() && !matches!(tip.holder, Holder::Passing(_)) && !tip.name.is_empty() {
            let why = format!("object {} or one it names is missing; run `git fsck`", tip.id);
            coverage.failed.push(Skipped { path: tip.name.clone(), why });
        }
        ends.push(end);
    }
    ends
}

/// The names of references, each once.
fn ref_names(tips: &Tips) -> Vec<BString> {
    let mut names: Vec<BString> =
        tips.tips.iter().map(|tip| tip.name.clone()).filter(|name| !name.is_empty()).collect();
    names.sort();
    names.dedup();
    names
}

//! What a set of commits brings, as a list of pieces that several threads can read.
//!
//! In: the commits, parents first. Out: one piece for each message and each blob, which its thread
//! reads on its own handle. A long list is read in the order in which the packs hold the objects, so
//! that a delta's base was just read; the rank of a piece keeps the order of commits.

use std::collections::HashSet;
use std::time::Instant;

use anyhow::{Context as _, Result};
use bstr::{BStr, BString};
use gix::ObjectId;

use super::{
    Blob, Coverage, Flow, Place, Plan, Reader, Skipped, Visit, Why,
    headers::written,
    objects::{Objects, Shared},
    tree::Change,
    window::Failure,
};

/// Lists shorter than this are read as they are: finding where the packs hold them would cost more.
const SORTED_FROM: usize = 2_000;

/// A message or a blob that is still to be read.
pub(super) enum Piece {
    /// Of a commit or tag.
    Message { id: ObjectId, name: BString },
    /// Brought by a commit, or named by a reference.
    Blob { id: ObjectId, path: BString, commit: ObjectId },
    /// Of a path whose content is not here: a submodule's.
    Path { path: BString, commit: ObjectId },
    /// Of a reference that this makes.
    Reference { name: BString, id: ObjectId },
}

impl Piece {
    fn id(&self) -> &ObjectId {
        match self {
            Piece::Message { id, .. } | Piece::Blob { id, .. } | Piece::Reference { id, .. } => id,
            Piece::Path { commit, .. } => commit,
        }
    }
}

/// The list, while it is made.
#[derive(Default)]
pub(super) struct Listing {
    pub pieces: Vec<Piece>,
    pub coverage: Coverage,
    seen: HashSet<ObjectId>,
    placed: HashSet<(ObjectId, BString)>,
    /// What references name themselves, and is no commit.
    loose: HashSet<ObjectId>,
    skipped: HashSet<Skipped>,
}

impl Listing {
    /// Adds a blob that a reference names, and no commit holds.
    pub(super) fn loose_blob(&mut self, id: ObjectId, name: BString) {
        self.loose.insert(id);
        self.blob(id, name, id);
    }

    /// Adds what stands in a tree that a reference names.
    pub(super) fn loose_tree(&mut self, objects: &mut Objects, id: ObjectId) -> Result<()> {
        self.loose.insert(id);
        self.tree(objects, id, id)
    }

    /// Adds a blob, unless its content is in the list already.
    pub(super) fn blob(&mut self, id: ObjectId, path: BString, commit: ObjectId) {
        if self.seen.insert(id) {
            self.pieces.push(Piece::Blob { id, path, commit });
        }
    }

    /// Adds a blob, unless it is in the list under this path already: what is looked for, and what is let
    /// pass, may depend on the path.
    pub(super) fn blob_at(&mut self, id: ObjectId, path: BString, commit: ObjectId) {
        if self.placed.insert((id, path.clone())) {
            self.pieces.push(Piece::Blob { id, path, commit });
        }
    }

    /// Takes note of a submodule. What it is called is looked at; what it holds is a repository of its own.
    pub(super) fn submodule(&mut self, path: BString, commit: ObjectId) {
        if self.placed.insert((ObjectId::null(commit.kind()), path.clone())) {
            self.pieces.push(Piece::Path { path: path.clone(), commit });
        }
        self.skip(path, Why::Submodule);
    }

    /// Once a path and reason, however many commits touch it.
    pub(super) fn skip(&mut self, path: BString, why: impl Into<Why>) {
        let skipped = Skipped { path, why: why.into() };
        if self.skipped.insert(skipped.clone()) {
            self.coverage.skipped.push(skipped);
        }
    }

    /// Adds what a commit changes.
    pub(super) fn changes(&mut self, changes: Vec<Change>, commit: ObjectId) {
        for change in changes {
            match change.new {
                Some(new) if new.is_submodule() => self.submodule(change.path, commit),
                Some(new) => self.blob_at(new.id, change.path, commit),
                None => {}
            }
        }
    }

    /// Adds what stands in a tree and in none that was added before. Each tree is read once, however
    /// many commits have it.
    pub(super) fn tree(&mut self, objects: &mut Objects, tree: ObjectId, commit: ObjectId) -> Result<()> {
        let mut todo = vec![(tree, BString::default())];
        let mut buffer = Vec::new();
        while let Some((tree, dir)) = todo.pop() {
            if !self.seen.insert(tree) {
                continue;
            }
            let data = objects
                .tree(&tree, &mut buffer)
                .with_context(|| format!("cannot read the directory {dir:?} of {commit}"))?;
            let hash = gix::objs::TreeRefIter::from_bytes(data, commit.kind());
            let mut dirs = Vec::new();
            for entry in hash {
                let entry =
                    entry.map_err(|err| anyhow::anyhow!("tree {tree} ({dir:?}) is corrupt: {err}"))?;
                let id = ObjectId::from(entry.oid);
                let path = || {
                    let mut path = dir.clone();
                    path.extend_from_slice(if dir.is_empty() { b"" } else { b"/" });
                    path.extend_from_slice(entry.filename);
                    path
                };
                if entry.mode.is_commit() {
                    self.submodule(path(), commit);
                } else if self.seen.contains(&id) {
                    continue;
                } else if entry.mode.is_tree() {
                    dirs.push((id, path()));
                } else {
                    self.blob(id, path(), commit);
                }
            }
            todo.extend(dirs.into_iter().rev());
        }
        Ok(())
    }

    pub(super) fn finish(self, objects: &Objects, max_bytes: u64, deadline: Option<Instant>) -> Pieces {
        let Listing { pieces, coverage, loose, .. } = self;
        let mut order: Vec<u32> = (0..u32::try_from(pieces.len()).unwrap_or(u32::MAX)).collect();
        if pieces.len() >= SORTED_FROM {
            let places = objects.locations(pieces.iter().map(Piece::id));
            crate::order::by_key(&mut order, |at| places.get(*at as usize).copied());
        }
        Pieces { pieces, order, loose, coverage, max_bytes, deadline, shared: objects.shared() }
    }
}

/// The list, ready to be read.
pub(super) struct Pieces {
    pieces: Vec<Piece>,
    order: Vec<u32>,
    loose: HashSet<ObjectId>,
    coverage: Coverage,
    max_bytes: u64,
    deadline: Option<Instant>,
    shared: Shared,
}

impl Plan for Pieces {
    fn len(&self) -> usize {
        self.order.len()
    }

    fn rank(&self, at: usize) -> usize {
        self.order[at] as usize
    }

    fn known(&self) -> Coverage {
        self.coverage.clone()
    }

    fn reader(&self) -> Result<Box<dyn Reader + '_>> {
        Ok(Box::new(PieceReader { pieces: self, objects: self.shared.open(), buffer: Vec::new() }))
    }
}

struct PieceReader<'p> {
    pieces: &'p Pieces,
    objects: Objects,
    buffer: Vec<u8>,
}

impl Reader for PieceReader<'_> {
    fn read(&mut self, at: usize, each: &mut Visit<'_>, coverage: &mut Coverage) -> Result<Flow> {
        if self.pieces.deadline.is_some_and(|end| Instant::now() >= end) {
            coverage.late += 1;
            return Ok(Flow::Continue);
        }
        let piece = &self.pieces.pieces[self.pieces.rank(at)];
        let (name, place) = match piece {
            Piece::Blob { id, path, commit } => {
                let place = match self.pieces.loose.contains(commit) {
                    true => Place::Object { id: id.to_string() },
                    false => Place::Commit { id: commit.to_string() },
                };
                let (what, about) = ((id, self.pieces.max_bytes), (BStr::new(path), &place));
                return match self.objects.hand_over(what, about, &mut self.buffer, each, coverage) {
                    Ok(flow) => Ok(flow),
                    Err(Failure::Call(err)) => Err(err),
                    Err(Failure::Read(err)) => {
                        Ok(fail(coverage, format!("{path} of commit {commit}").into(), err.to_string()))
                    }
                };
            }
            Piece::Message { id, name } => {
                let text = match self.objects.any(id, &mut self.buffer) {
                    Ok((_, data)) => written(data),
                    Err(err) => return Ok(fail(coverage, name.clone(), format!("{err:#}"))),
                };
                if text.is_empty() {
                    return Ok(Flow::Continue);
                }
                coverage.blobs += 1;
                coverage.bytes += text.len() as u64;
                let place = Place::Message { id: id.to_string() };
                return each(&Blob { bytes: &text, path: BStr::new(name), place: &place, part: None });
            }
            Piece::Path { path, commit } => (path, Place::Commit { id: commit.to_string() }),
            Piece::Reference { name, .. } => (name, Place::GitFile),
        };
        // What it is called is all that there is.
        let bytes = if matches!(piece, Piece::Reference { .. }) { name.as_slice() } else { b"" };
        coverage.bytes += bytes.len() as u64;
        each(&Blob { bytes, path: BStr::new(name), place: &place, part: None })
    }

    fn note(&self) -> Option<String> {
        let objects = self.objects.through_git;
        (objects > 0).then(|| format!("{objects} objects read through git"))
    }
}

fn fail(coverage: &mut Coverage, path: BString, why: String) -> Flow {
    coverage.failed.push(Skipped { path, why: why.into() });
    Flow::Continue
}

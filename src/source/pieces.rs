//! What a set of commits brings, as a list of pieces that several threads can read.
//!
//! In: the commits, parents first. Out: one piece for each message and each blob, which its thread
//! reads once on its own handle, and hands over at every path that it goes by: what is looked for, and what
//! is let pass, depends on the path. A long list is read in the order in which the packs hold the objects, so
//! that a delta's base was just read; the rank of a piece keeps the order of commits.

use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::time::Instant;

use anyhow::{Context as _, Result, bail};
use bstr::{BStr, BString};
use gix::ObjectId;

use super::{
    Blob, Coverage, Flow, Place, Plan, Reader, Skipped, Visit, Why,
    headers::written,
    is_over,
    objects::{Objects, Shared},
    paths::{PathId, Paths, ROOT},
    tree::{Change, Expansion, TOO_OFTEN},
    window::Failure,
};

/// Lists shorter than this are read as they are: finding where the packs hold them would cost more.
const SORTED_FROM: usize = 2_000;

/// A message or a blob that is still to be read.
pub(super) enum Piece {
    /// Of a commit or tag.
    Message { id: ObjectId, name: BString },
    /// Brought by commits, or named by a reference: at each path, with the oldest commit that has it there.
    Blob { id: ObjectId, at: Vec<(PathId, ObjectId)> },
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
    paths: Paths,
    /// The pieces of blobs.
    blobs: HashMap<ObjectId, u32>,
    /// Blobs, directories and submodules, each with its path: one that is met once more there tells nothing new.
    placed: HashSet<(ObjectId, PathId)>,
    read: Expansion<ObjectId>,
    deadline: Option<Instant>,
    /// What references name themselves, and is no commit.
    loose: HashSet<ObjectId>,
}

impl Listing {
    /// An empty one, for which there is time until `deadline`.
    pub(super) fn until(deadline: Option<Instant>) -> Listing {
        Listing { deadline, ..Listing::default() }
    }

    /// Adds a blob that a reference names, and no commit holds.
    pub(super) fn loose_blob(&mut self, id: ObjectId, name: BString) {
        self.loose.insert(id);
        let path = self.paths.whole(&name);
        self.blob(id, path, id);
    }

    /// Adds what stands in a tree that a reference names; whether there was time for it.
    pub(super) fn loose_tree(&mut self, objects: &mut Objects, id: ObjectId) -> Result<bool> {
        self.loose.insert(id);
        self.tree(objects, id, id)
    }

    /// Adds a blob, unless it is in the list at this path already.
    fn blob(&mut self, id: ObjectId, path: PathId, commit: ObjectId) {
        if !self.placed.insert((id, path)) {
            return;
        }
        let next = self.pieces.len() as u32;
        let known = *self.blobs.entry(id).or_insert(next);
        match self.pieces.get_mut(known as usize) {
            Some(Piece::Blob { at, .. }) => at.push((path, commit)),
            _ => self.pieces.push(Piece::Blob { id, at: vec![(path, commit)] }),
        }
    }

    /// Takes note of a submodule. What it is called is looked at; what it holds is a repository of its own.
    fn submodule(&mut self, path: PathId, commit: ObjectId) {
        if self.placed.insert((ObjectId::null(commit.kind()), path)) {
            let path = self.paths.name(path);
            self.pieces.push(Piece::Path { path: path.clone(), commit });
            self.coverage.skipped.push(Skipped { path, why: Why::Submodule });
        }
    }

    /// Adds what a commit changes at a path.
    pub(super) fn change(&mut self, change: &Change, commit: ObjectId) {
        let Some(new) = change.new else { return };
        let path = self.paths.whole(&change.path);
        match new.is_submodule() {
            true => self.submodule(path, commit),
            false => self.blob(new.id, path, commit),
        }
    }

    /// Adds what stands in a tree and at its path in none that was added before; whether there was time for
    /// it. Each tree is read once a path, however many commits have it.
    pub(super) fn tree(&mut self, objects: &mut Objects, tree: ObjectId, commit: ObjectId) -> Result<bool> {
        let mut todo = vec![(tree, ROOT)];
        let mut buffer = Vec::new();
        while let Some((tree, dir)) = todo.pop() {
            if !self.placed.insert((tree, dir)) {
                continue;
            }
            if is_over(self.deadline) {
                return Ok(false);
            }
            let named = |paths: &Paths| format!("the directory {:?} of {commit}", paths.name(dir));
            let data = objects
                .tree(&tree, &mut buffer)
                .with_context(|| format!("cannot read {}", named(&self.paths)))?;
            if !self.read.add(tree, data.len()) {
                bail!("cannot read all of {commit}: {TOO_OFTEN}");
            }
            let hash = gix::objs::TreeRefIter::from_bytes(data, commit.kind());
            let mut dirs = Vec::new();
            for entry in hash {
                let entry =
                    entry.map_err(|err| anyhow::anyhow!("{} is corrupt: {err}", named(&self.paths)))?;
                let id = ObjectId::from(entry.oid);
                let path = self.paths.join(dir, entry.filename);
                if entry.mode.is_commit() {
                    self.submodule(path, commit);
                } else if entry.mode.is_tree() {
                    dirs.push((id, path));
                } else {
                    self.blob(id, path, commit);
                }
            }
            todo.extend(dirs.into_iter().rev());
        }
        Ok(true)
    }

    pub(super) fn finish(self, objects: &Objects, max_bytes: u64) -> Pieces {
        let Listing { pieces, coverage, paths, loose, deadline, .. } = self;
        let mut order: Vec<u32> = (0..u32::try_from(pieces.len()).unwrap_or(u32::MAX)).collect();
        if pieces.len() >= SORTED_FROM {
            let places = objects.locations(pieces.iter().map(Piece::id));
            crate::order::by_key(&mut order, |at| places.get(*at as usize).copied());
        }
        Pieces { pieces, order, paths, loose, coverage, max_bytes, deadline, shared: objects.shared() }
    }
}

/// The list, ready to be read.
pub(super) struct Pieces {
    pieces: Vec<Piece>,
    order: Vec<u32>,
    paths: Paths,
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

impl<'p> PieceReader<'p> {
    /// Hands over a blob at each of its places, for as long as there is time.
    fn blob(
        &mut self,
        id: &ObjectId,
        at: &[(PathId, ObjectId)],
        each: &mut Visit<'_>,
        coverage: &mut Coverage,
    ) -> Result<Flow> {
        let pieces: &'p Pieces = self.pieces;
        let late = Cell::new(0);
        let mut places = at.iter().filter_map(|(path, commit)| {
            if is_over(pieces.deadline) {
                late.set(late.get() + 1);
                return None;
            }
            let place = match pieces.loose.contains(commit) {
                true => Place::Object { id: id.to_string() },
                false => Place::Commit { id: commit.to_string() },
            };
            Some((pieces.paths.name(*path), place))
        });
        let what = (id, pieces.max_bytes);
        // A large one comes in windows, and each takes its time.
        let mut each_window = |blob: &Blob<'_>| {
            if !blob.is_start() && is_over(pieces.deadline) {
                late.set(late.get() + 1);
                return Ok(Flow::Skip);
            }
            each(blob)
        };
        let buffer = &mut self.buffer;
        let read = self.objects.hand_over(what, &mut places, buffer, &mut each_window, coverage);
        coverage.late += late.get();
        match read {
            Ok(flow) => Ok(flow),
            Err(Failure::Call(err)) => Err(err),
            Err(Failure::Read(err)) => {
                let (path, commit) = at[0];
                let what = format!("{} of commit {commit}", pieces.paths.name(path));
                Ok(fail(coverage, what.into(), err.to_string()))
            }
        }
    }

    /// Hands over what a commit or tag says.
    fn message(
        &mut self,
        id: &ObjectId,
        name: &BString,
        each: &mut Visit<'_>,
        coverage: &mut Coverage,
    ) -> Result<Flow> {
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
        each(&Blob { bytes: &text, path: BStr::new(name), place: &place, part: None })
    }
}

impl Reader for PieceReader<'_> {
    fn read(&mut self, at: usize, each: &mut Visit<'_>, coverage: &mut Coverage) -> Result<Flow> {
        if is_over(self.pieces.deadline) {
            coverage.late += 1;
            return Ok(Flow::Continue);
        }
        let (bytes, name, place) = match &self.pieces.pieces[self.pieces.rank(at)] {
            Piece::Blob { id, at } => return self.blob(id, at, each, coverage),
            Piece::Message { id, name } => return self.message(id, name, each, coverage),
            // What it is called is all that there is.
            Piece::Path { path, commit } => (&b""[..], path, Place::Commit { id: commit.to_string() }),
            Piece::Reference { name, .. } => (name.as_slice(), name, Place::GitFile),
        };
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

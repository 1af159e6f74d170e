//! The changes that a set of commits makes, each commit against its own parents.
//!
//! In: what to include and what to exclude, as revisions. Out: every blob that a commit adds and
//! none of its parents has at that path, once, at the oldest commit that brings it; and the
//! messages of commits and tags. A secret that one commit adds and the next removes is seen. The ends of a
//! shallow clone count as commits without parents: fit for a push, and no answer to who asks for a range.

use std::cell::OnceCell;
use std::collections::{BinaryHeap, HashMap, HashSet};
use std::time::Instant;

use anyhow::{Context as _, Result, anyhow, bail};
use bstr::{BStr, BString};
use gix::{ObjectId, objs::Kind};

use super::{
    Context, Coverage, Lineage, Place, Plan, Source, Visit, VisitOld, is_over,
    lineage::Holders,
    objects::Objects,
    pieces::{Listing, Piece, Pieces},
    repo::{self, Opened},
    shallow::{self, Shallow},
    staged::hand_over_old,
    tree::{Newer, Walk, Wanted},
    visit_plan,
};

pub use super::revision::parse;

/// The commits between revisions.
pub struct Range {
    pub(super) objects: Objects,
    pub(super) commits: HashMap<ObjectId, Commit>,
    /// The included ones, parents before children.
    pub(super) order: Vec<ObjectId>,
    /// Tag objects, and trees and blobs that a reference names without a commit.
    others: Vec<Other>,
    pub(super) max_bytes: u64,
    pub(super) notes: Vec<String>,
    /// What is missing because the clone ends there.
    lack: Option<String>,
    /// The commits that were asked for, by the names they were asked by.
    pub(super) tips: Vec<Tip>,
    pub(super) head: Option<ObjectId>,
    deadline: Option<Instant>,
    /// The time was over before it was known what to read.
    is_late: bool,
    /// References that are made: their names are published too.
    pub(super) made: Vec<Tip>,
    /// HEAD and the branches here are those of whoever reads the advice.
    pub(super) is_of_reader: bool,
    /// Made when it is first asked for.
    pub(super) holders: OnceCell<Holders>,
}

/// What is known of a commit.
pub(super) struct Commit {
    pub(super) tree: ObjectId,
    pub(super) parents: Vec<ObjectId>,
    seconds: i64,
    excluded: bool,
    /// Its parents were not met yet.
    queued: bool,
}

/// Something that is published and is no commit.
struct Other {
    name: BString,
    id: ObjectId,
    kind: Kind,
}

/// Where a walk starts, and what to call it.
pub(super) struct Tip {
    pub name: BString,
    pub id: ObjectId,
}

/// Every reference there is.
pub const ALL: &str = "--all";

impl Range {
    /// Commits reachable from `include` and not from `exclude`. [`ALL`] stands for every reference and HEAD.
    ///
    /// # Errors
    /// When a revision names nothing, or a commit between cannot be read, or a shallow clone lacks some.
    pub fn open(ctx: &Context, include: &[String], exclude: &[String]) -> Result<Self> {
        let mut opened = repo::open(ctx)?;
        let mut tips = Vec::new();
        for spec in include {
            if spec == ALL {
                let all = opened.refs(&["refs/".into()])?.into_iter().chain(opened.head()?);
                tips.extend(all.map(|id| Tip { name: "".into(), id }));
            } else {
                tips.push(Tip { name: spec.as_str().into(), id: opened.resolve(spec)? });
            }
        }
        let mut hidden = Vec::new();
        for spec in exclude {
            if spec == ALL {
                hidden.extend(opened.refs(&["refs/".into()])?);
            } else {
                hidden.push(opened.resolve(spec)?);
            }
        }
        let mut range = Self::between(ctx, opened, tips, &hidden)?;
        range.lack.take().map_or(Ok(range), |lack| bail!(lack))
    }

    /// The files that one commit has, as if it had no history.
    ///
    /// # Errors
    /// When the revision names nothing, or cannot be read.
    pub fn files_of(ctx: &Context, revision: &str) -> Result<Self> {
        let mut opened = repo::open(ctx)?;
        let id = opened.commit(revision)?;
        let mut objects = opened.objects();
        let tree = objects.tree_of(&id)?;
        let commit = Commit { tree, parents: Vec::new(), seconds: 0, excluded: false, queued: false };
        let range = Range::new(ctx, objects, HashMap::from([(id, commit)]), vec![id]);
        Ok(Range { notes: std::mem::take(&mut opened.notes), ..range })
    }

    fn new(
        ctx: &Context,
        objects: Objects,
        commits: HashMap<ObjectId, Commit>,
        order: Vec<ObjectId>,
    ) -> Range {
        Range {
            objects,
            commits,
            order,
            others: Vec::new(),
            max_bytes: ctx.max_bytes,
            notes: Vec::new(),
            lack: None,
            tips: Vec::new(),
            head: None,
            deadline: ctx.deadline,
            is_late: false,
            made: Vec::new(),
            is_of_reader: true,
            holders: OnceCell::new(),
        }
    }

    /// The included commits, hex, parents before children.
    pub fn commits(&self) -> Vec<String> {
        self.order.iter().map(ToString::to_string).collect()
    }

    /// Hidden objects that are not here hide nothing; an included one that is not is an error.
    pub(super) fn between(
        ctx: &Context,
        mut opened: Opened,
        tips: Vec<Tip>,
        hidden: &[ObjectId],
    ) -> Result<Self> {
        let mut graph = Graph {
            objects: opened.objects(),
            shallow: Shallow::of(&opened)?,
            cut: HashSet::new(),
            commits: HashMap::new(),
            queue: BinaryHeap::new(),
            open: 0,
            deadline: ctx.deadline,
            others: Vec::new(),
            met: HashSet::new(),
            hidden: HashSet::new(),
        };
        let mut starts = Vec::new();
        for tip in tips {
            if let Some(commit) = graph.peel(&tip)? {
                graph.include(commit)?;
                starts.push(Tip { id: commit, ..tip });
            }
        }
        for id in hidden {
            graph.hide_tip(*id)?;
        }
        let is_late = is_over(ctx.deadline) || !graph.run()?;
        // What is hidden is not known then; to read what is not would only bring false alarms.
        let order = if is_late { Vec::new() } else { graph.order(&starts) };
        // Only advice depends on it.
        let head = opened.head().ok().flatten();
        let mut notes = std::mem::take(&mut opened.notes);
        if order.is_empty() && !hidden.is_empty() && !is_late {
            notes.push("no commit to look through: where the range starts has them all".to_owned());
        }
        let lack = shallow::lack(order.iter().filter(|id| graph.cut.contains(*id)).count());
        let others = graph.others;
        let range = Range::new(ctx, graph.objects, graph.commits, order);
        Ok(Range { others, notes, lack, tips: starts, head, is_late, ..range })
    }

    /// The trees of the parents of a commit.
    fn parent_trees(&mut self, id: &ObjectId) -> Result<Vec<ObjectId>> {
        let parents = self.commits.get(id).map(|commit| commit.parents.clone()).unwrap_or_default();
        parents
            .iter()
            .map(|parent| match self.commits.get(parent) {
                Some(known) => Ok(known.tree),
                None => self.objects.tree_of(parent),
            })
            .collect::<Result<_>>()
            .with_context(|| format!("cannot read the parents of {id}"))
    }

    fn list(&mut self) -> Result<Pieces> {
        let mut list = Listing::until(self.deadline);
        list.coverage.notes = self.notes.iter().chain(&self.lack).cloned().collect();
        list.coverage.late = u64::from(self.is_late);
        // With nothing excluded, what is new in a commit is what no commit before it has.
        let all = self.commits.values().all(|commit| !commit.excluded);
        for (done, id) in self.order.clone().into_iter().enumerate() {
            let is_read = !is_over(self.deadline) && self.list_commit(&mut list, id, all)?;
            if !is_read {
                list.coverage.late += (self.order.len() - done) as u64;
                break;
            }
        }
        for Tip { name, id } in &self.made {
            list.pieces.push(Piece::Reference { name: name.clone(), id: *id });
        }
        for Other { name, id, kind } in &self.others {
            match kind {
                Kind::Tag => list.pieces.push(Piece::Message { id: *id, name: name.clone() }),
                Kind::Tree => {
                    let is_read = list.loose_tree(&mut self.objects, *id)?;
                    list.coverage.late += u64::from(!is_read);
                }
                Kind::Blob => list.loose_blob(*id, name.clone()),
                Kind::Commit => {}
            }
        }
        Ok(list.finish(&self.objects, self.max_bytes))
    }

    /// Adds what a commit brings; whether there was time for it.
    fn list_commit(&mut self, list: &mut Listing, id: ObjectId, is_all_new: bool) -> Result<bool> {
        list.pieces.push(Piece::Message { id, name: "commit message".into() });
        let tree = self.commits[&id].tree;
        if is_all_new {
            return list.tree(&mut self.objects, tree, id);
        }
        let olds = self.parent_trees(&id)?;
        let mut add = || -> Result<bool> {
            let (objects, new) = (&mut self.objects, Newer::Tree(tree));
            let mut walk = Walk::new(objects, new, &olds, Wanted::Contents, self.deadline)?;
            while let Some(change) = walk.next(objects)? {
                list.change(&change, id);
            }
            Ok(!walk.is_late())
        };
        add().with_context(|| format!("cannot compare commit {id} with its parents"))
    }
}

impl Source for Range {
    fn visit(&mut self, each: &mut Visit<'_>) -> Result<Coverage> {
        visit_plan(&self.list()?, each)
    }

    fn plan(&mut self) -> Result<Option<Box<dyn Plan>>> {
        Ok(Some(Box::new(self.list()?)))
    }

    fn lineage(&self, id: &str) -> Option<Lineage> {
        self.lineage_of(id)
    }

    fn stands_at_tip(&mut self, path: &BStr, holds: &dyn Fn(&[u8]) -> bool) -> Result<Option<bool>> {
        self.is_at_tip(path, holds).map(Some)
    }

    fn parents(&self, place: &Place) -> usize {
        commit_of(place).and_then(|id| self.commits.get(&id)).map_or(0, |commit| commit.parents.len())
    }

    fn replaced(&mut self, place: &Place, parent: usize, each: &mut VisitOld<'_>) -> Result<()> {
        let Some(id) = commit_of(place) else { return Ok(()) };
        let Some(tree) = self.commits.get(&id).map(|commit| commit.tree) else { return Ok(()) };
        let Some(old) = self.parent_trees(&id)?.get(parent).copied() else { return Ok(()) };
        let walk = Walk::new(&mut self.objects, Newer::Tree(tree), &[old], Wanted::Removed, None)?;
        let changes = walk.all(&mut self.objects)?;
        hand_over_old(&mut self.objects, &changes, self.max_bytes, each)
    }

    fn left_at(&mut self, place: &Place, paths: &[BString], each: &mut VisitOld<'_>) -> Result<()> {
        let Some(id) = commit_of(place) else { return Ok(()) };
        paths.iter().try_for_each(|path| self.version(&id, path.as_ref(), each))
    }
}

fn commit_of(place: &Place) -> Option<ObjectId> {
    match place.root() {
        Place::Commit { id } => ObjectId::from_hex(id.as_bytes()).ok(),
        _ => None,
    }
}

/// How many commits to look at beyond where the dates say stop: a millisecond or two. git takes 5.
const SLOP: usize = 256;

/// The walk from the tips, newest commit first.
struct Graph {
    objects: Objects,
    shallow: Shallow,
    /// Those that were met at which the clone ends.
    cut: HashSet<ObjectId>,
    commits: HashMap<ObjectId, Commit>,
    queue: BinaryHeap<(i64, ObjectId)>,
    /// How many in the queue are included, as far as is known.
    open: usize,
    deadline: Option<Instant>,
    /// What the tips lead to beside commits, each once.
    others: Vec<Other>,
    met: HashSet<ObjectId>,
    /// What is no commit and hides what it leads to, as far as it was followed.
    hidden: HashSet<ObjectId>,
}

/// Commits between two looks at the clock: half a millisecond.
const LOOK: usize = 256;

impl Graph {
    /// The commit that a tip leads to, unless one before led there by the same tag, or the time is over; what else it leads to
    /// is noted.
    fn peel(&mut self, tip: &Tip) -> Result<Option<ObjectId>> {
        let mut id = tip.id;
        while !is_over(self.deadline) {
            let unread = || format!("cannot read what {} names", tip.name);
            let kind = self.objects.kind(&id).with_context(unread)?;
            if kind == Kind::Commit {
                return Ok(Some(id));
            }
            if !self.met.insert(id) {
                break;
            }
            self.others.push(Other { name: tip.name.clone(), id, kind });
            if kind != Kind::Tag {
                break;
            }
            id = self.objects.target_of(&id).with_context(unread)?;
        }
        Ok(None)
    }

    fn include(&mut self, id: ObjectId) -> Result<()> {
        if !self.commits.contains_key(&id) {
            self.add(id, false)?;
        }
        Ok(())
    }

    /// Hides what a reference of the other side leads to; what is not here hides nothing.
    fn hide_tip(&mut self, mut id: ObjectId) -> Result<()> {
        while !is_over(self.deadline) && self.objects.has(&id) {
            match self.objects.kind(&id)? {
                Kind::Commit => return self.hide(id),
                Kind::Tag if self.hidden.insert(id) => {}
                _ => return Ok(()),
            }
            match self.objects.target_of(&id) {
                Ok(target) => id = target,
                Err(_) => return Ok(()),
            }
        }
        Ok(())
    }

    /// Marks a commit, and those of its ancestors that were met already.
    fn hide(&mut self, id: ObjectId) -> Result<()> {
        let mut todo = vec![(id, true)];
        while let Some((id, add)) = todo.pop() {
            match self.commits.get_mut(&id) {
                Some(commit) if commit.excluded => {}
                Some(commit) => {
                    commit.excluded = true;
                    self.open -= usize::from(commit.queued);
                    todo.extend(commit.parents.iter().map(|parent| (*parent, false)));
                }
                None if add => self.add(id, true)?,
                // Its child is still in the queue, and will come to it.
                None => {}
            }
        }
        Ok(())
    }

    fn add(&mut self, id: ObjectId, excluded: bool) -> Result<()> {
        let mut commit = match self.read(&id) {
            Ok(commit) => commit,
            // A gap on the other side makes the answer larger, never smaller.
            Err(_) if excluded => return Ok(()),
            Err(err) => return Err(err),
        };
        commit.excluded = excluded;
        self.open += usize::from(!excluded);
        self.queue.push((commit.seconds, id));
        self.commits.insert(id, commit);
        Ok(())
    }

    fn read(&mut self, id: &ObjectId) -> Result<Commit> {
        let (mut buffer, hash) = (Vec::new(), self.objects.hash());
        let data = self.objects.commit(id, &mut buffer)?;
        let corrupt = |err: &dyn std::fmt::Display| anyhow!("commit {id} is corrupt: {err}; run `git fsck`");
        let iter = || gix::objs::CommitRefIter::from_bytes(data, hash);
        let mut parents: Vec<ObjectId> = iter().parent_ids().collect();
        if self.shallow.cuts(id, parents.len()) {
            parents.clear();
            self.cut.insert(*id);
        }
        Ok(Commit {
            tree: iter().tree_id().map_err(|err| corrupt(&err))?,
            parents,
            // An unreadable date only costs order.
            seconds: iter().committer().ok().and_then(|who| who.time().ok()).map_or(0, |time| time.seconds),
            excluded: false,
            queued: true,
        })
    }

    /// Walks until nothing in the queue could still be included or hide what is.
    ///
    /// Dates decide where that is. A commit with a wrong clock can be the only way from a hidden
    /// commit to an included one, so the walk goes on for a while after the dates say stop. What it
    /// still misses makes the answer larger, never smaller. `false` when the time was over before.
    fn run(&mut self) -> Result<bool> {
        let mut oldest = i64::MAX;
        let mut beyond = 0;
        while let Some((seconds, id)) = self.queue.peek().copied() {
            if oldest == i64::MAX && self.open == 0 {
                break;
            }
            if self.open == 0 && seconds < oldest {
                beyond += 1;
                if beyond > SLOP {
                    break;
                }
            } else {
                beyond = 0;
            }
            self.queue.pop();
            let is_time_to_look = self.commits.len().is_multiple_of(LOOK);
            if is_time_to_look && is_over(self.deadline) {
                return Ok(false);
            }
            if !self.step(id)? {
                oldest = oldest.min(seconds);
            }
        }
        Ok(true)
    }

    /// Meets the parents of a commit; whether it is excluded.
    fn step(&mut self, id: ObjectId) -> Result<bool> {
        let Some(commit) = self.commits.get_mut(&id) else { return Ok(true) };
        commit.queued = false;
        let (parents, excluded) = (commit.parents.clone(), commit.excluded);
        self.open -= usize::from(!excluded);
        for parent in parents {
            if excluded {
                self.hide(parent)?;
            } else {
                self.include(parent).with_context(|| format!("cannot read a parent of commit {id}"))?;
            }
        }
        Ok(excluded)
    }

    /// The included commits below `starts`, parents first.
    fn order(&self, starts: &[Tip]) -> Vec<ObjectId> {
        let mut order = Vec::new();
        let mut met = HashSet::new();
        let mut todo: Vec<(ObjectId, bool)> = starts.iter().rev().map(|tip| (tip.id, false)).collect();
        while let Some((id, parents_done)) = todo.pop() {
            let Some(commit) = self.commits.get(&id).filter(|commit| !commit.excluded) else { continue };
            if parents_done {
                order.push(id);
            } else if met.insert(id) {
                todo.push((id, true));
                todo.extend(commit.parents.iter().rev().map(|parent| (*parent, false)));
            }
        }
        order
    }
}

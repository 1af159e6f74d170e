//! Where in its history a commit stands: what advice on taking something out of it depends on.
//!
//! In: a range that was walked. Out: whether a commit is the first, is checked out, or is on another
//! branch, and what the newest commits still have. Asked only when something was found.

use std::collections::{HashMap, hash_map::Entry};

use anyhow::Result;
use bstr::{BStr, BString};
use gix::ObjectId;

use super::{
    Flow, Lineage, VisitOld,
    range::{Range, Tip},
};

/// The first tip of each kind that leads to a commit, by its place among the tips.
pub(super) struct Holders {
    /// The turns of the commits themselves.
    turns: HashMap<ObjectId, usize>,
    checked_out: HashMap<ObjectId, usize>,
    branches: HashMap<ObjectId, usize>,
    /// Neither a branch nor a tag among them.
    others: HashMap<ObjectId, usize>,
}

impl Holders {
    fn of(range: &Range) -> Holders {
        let is_branch = |tip: &Tip| tip.name.starts_with(b"refs/heads/");
        let is_other = |tip: &Tip| {
            tip.name.starts_with(b"refs/") && !tip.name.starts_with(b"refs/tags/") && !is_branch(tip)
        };
        Holders {
            turns: range.order.iter().enumerate().map(|(turn, id)| (*id, turn)).collect(),
            checked_out: range.first_holders(|tip| Some(tip.id) == range.head),
            branches: range.first_holders(is_branch),
            others: range.first_holders(is_other),
        }
    }
}

impl Range {
    /// What is known of the commit `id`, hex; `None` when it is not among what was read.
    pub(super) fn lineage_of(&self, id: &str) -> Option<Lineage> {
        let id = ObjectId::from_hex(id.as_bytes()).ok()?;
        let commit = self.commits.get(&id)?;
        let holders = self.holders.get_or_init(|| Holders::of(self));
        let is_checked_out = holders.checked_out.contains_key(&id);
        let branch =
            holders.branches.get(&id).and_then(|at| self.tips[*at].name.strip_prefix(b"refs/heads/"));
        let other = holders.others.get(&id).map(|at| &self.tips[*at].name);
        Some(Lineage {
            turn: holders.turns.get(&id).copied().unwrap_or_default(),
            is_root: commit.parents.is_empty(),
            is_head: self.is_of_reader && self.head == Some(id),
            reference: other.filter(|_| branch.is_none() && !is_checked_out).cloned(),
            branch: branch.filter(|_| self.is_of_reader && !is_checked_out).map(BString::from),
        })
    }

    /// What was read below those of the tips that are wanted, and which of them is the first to lead there.
    fn first_holders(&self, is_wanted: impl Fn(&Tip) -> bool) -> HashMap<ObjectId, usize> {
        let mut first = HashMap::new();
        for (at, tip) in self.tips.iter().enumerate().filter(|(_, tip)| is_wanted(tip)) {
            let mut todo = vec![tip.id];
            while let Some(next) = todo.pop() {
                if let Entry::Vacant(free) = first.entry(next) {
                    free.insert(at);
                    todo.extend(self.commits.get(&next).into_iter().flat_map(|commit| &commit.parents));
                }
            }
        }
        first
    }

    /// Hands over the file that a commit among what was read has at `path`, if any.
    ///
    /// # Errors
    /// When it is there and cannot be read.
    pub(super) fn version(&mut self, id: &ObjectId, path: &BStr, each: &mut VisitOld<'_>) -> Result<()> {
        let Some(tree) = self.commits.get(id).map(|commit| commit.tree) else { return Ok(()) };
        let Some(id) = self.objects.lookup(tree, path)? else { return Ok(()) };
        let what = (&id, self.max_bytes);
        self.objects.parts(what, &mut Vec::new(), &mut |bytes| each(path, bytes)).map(|_| ())
    }

    /// Whether what one of the tips has at `path` satisfies `holds`.
    ///
    /// # Errors
    /// When a version is there and cannot be read.
    pub(super) fn is_at_tip(&mut self, path: &BStr, holds: &dyn Fn(&[u8]) -> bool) -> Result<bool> {
        let mut buffer = Vec::new();
        for tip in self.tips.iter().map(|tip| tip.id).collect::<Vec<_>>() {
            let tree = self.objects.tree_of(&tip)?;
            let Some(id) = self.objects.lookup(tree, path)? else {
                if self.objects.is_submodule(tree, path)? && holds(b"") {
                    return Ok(true);
                }
                continue;
            };
            let done = self.objects.parts((&id, self.max_bytes), &mut buffer, &mut |bytes| {
                Ok(if holds(bytes) { Flow::Stop } else { Flow::Continue })
            })?;
            if done == Flow::Stop {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

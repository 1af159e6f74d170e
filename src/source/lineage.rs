//! Where in its history a commit stands: what advice on taking something out of it depends on.
//!
//! In: a range that was walked. Out: whether a commit is the first, is checked out, or is on another
//! branch, and what the newest commits still have. Asked only when something was found.

use std::collections::HashSet;

use anyhow::Result;
use bstr::{BStr, BString};
use gix::ObjectId;

use super::{
    Flow, Lineage, VisitOld,
    range::{Range, Tip},
};

impl Range {
    /// What is known of the commit `id`, hex; `None` when it is not among what was read.
    pub(super) fn lineage_of(&self, id: &str) -> Option<Lineage> {
        let id = ObjectId::from_hex(id.as_bytes()).ok()?;
        let commit = self.commits.get(&id)?;
        let holders: Vec<&Tip> = self.tips.iter().filter(|tip| self.leads_to(tip.id, id)).collect();
        let is_checked_out = holders.iter().any(|tip| Some(tip.id) == self.head);
        let branch = holders.iter().find_map(|tip| tip.name.strip_prefix(b"refs/heads/"));
        let is_other = |name: &BString| name.starts_with(b"refs/") && !name.starts_with(b"refs/tags/");
        let other = holders.iter().map(|tip| &tip.name).find(|name| is_other(name));
        Some(Lineage {
            turn: self.order.iter().position(|other| *other == id).unwrap_or_default(),
            is_root: commit.parents.is_empty(),
            is_head: self.head == Some(id),
            reference: other.filter(|_| branch.is_none() && !is_checked_out).cloned(),
            branch: branch.filter(|_| !is_checked_out).map(BString::from),
        })
    }

    /// Whether `id` is among what was read below `tip`.
    fn leads_to(&self, tip: ObjectId, id: ObjectId) -> bool {
        let mut met = HashSet::new();
        let mut todo = vec![tip];
        while let Some(next) = todo.pop() {
            if next == id {
                return true;
            }
            if met.insert(next)
                && let Some(commit) = self.commits.get(&next)
            {
                todo.extend(&commit.parents);
            }
        }
        false
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

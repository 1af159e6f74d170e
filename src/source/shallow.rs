//! Where a shallow clone ends, and what that means for the commits that were asked for.
//!
//! In: git's list of such commits. Out: at which of them something is missing, and what is said of it. A commit that
//! what is left out of a range has too is no loss: all before it is left out. Neither is the first of all commits,
//! which git lists where the depth of the clone comes to just there.

use std::collections::HashSet;

use anyhow::Result;
use gix::ObjectId;

use super::repo::Opened;
use crate::numbers::count;

/// The commits at which a clone ends; none where it has all.
pub(super) struct Shallow(HashSet<ObjectId>);

impl Shallow {
    /// As the repository lists them.
    ///
    /// # Errors
    /// When the list cannot be read.
    pub(super) fn of(opened: &Opened) -> Result<Shallow> {
        Ok(Shallow(opened.shallow()?.into_iter().collect()))
    }

    /// Whether the `parents` that a commit names are not here, and it counts as one without.
    pub(super) fn cuts(&self, id: &ObjectId, parents: usize) -> bool {
        parents > 0 && self.0.contains(id)
    }
}

/// What is missing, where the clone ends at so many of the commits that were asked for. Whoever asked for them could not
/// look then; a push goes on, since what it publishes is here, and the other side has what came before.
pub(super) fn lack(ends: usize) -> Option<String> {
    let commits = count(ends, "commit");
    (ends > 0).then(|| {
        format!(
            "a shallow clone ends at {commits}, and what came before is not here; `git fetch --unshallow` gets it"
        )
    })
}

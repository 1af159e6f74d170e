//! What git is in the middle of, as its directory tells.

use anyhow::Result;

use super::{Context, repo::git_dir};

/// Whether `git am` applies patches.
///
/// # Errors
/// When there is no repository.
pub fn is_applying(ctx: &Context) -> Result<bool> {
    Ok(git_dir(ctx)?.join("rebase-apply").is_dir() && !is_applying_again(ctx)?)
}

/// Whether `git rebase --apply` does, which commits again what was committed before.
///
/// # Errors
/// When there is no repository.
pub fn is_applying_again(ctx: &Context) -> Result<bool> {
    Ok(git_dir(ctx)?.join("rebase-apply/rebasing").exists())
}

/// Whether a merge, a pick, a revert or a squash waits for the next commit. git makes no part of that commit alone, or
/// would take the message for it that is ready.
///
/// # Errors
/// When there is no repository.
pub fn is_concluding(ctx: &Context) -> Result<bool> {
    let git_dir = git_dir(ctx)?;
    let signs = ["MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "MERGE_MSG", "SQUASH_MSG"];
    Ok(signs.iter().any(|sign| git_dir.join(sign).exists()))
}

//! The object that a revision names.
//!
//! In: what somebody wrote, as gitrevisions(7) has it. Out: an id. What most people write is read here: an id or how it
//! starts, a reference, and from there a step to a parent or to the commit itself. Dates, messages and reflogs are left
//! to git: gix can read them too, with 300 KB of time zones and calendars.

use std::ffi::OsStr;

use anyhow::{Context as _, Result};
use bstr::{BStr, ByteSlice};
use gix::{ObjectId, Repository, hash::Prefix};

use super::repo::{Opened, ref_format};

impl Opened {
    /// The object that `spec` names, tags not peeled.
    pub(super) fn resolve(&self, spec: impl AsRef<[u8]>) -> Result<ObjectId> {
        let spec = spec.as_ref().as_bstr();
        let files = self.repo.as_ref().filter(|repo| ref_format(repo) == "files");
        // What is not found or not understood here, git may.
        let found = files.and_then(|repo| named(repo, spec)).or_else(|| {
            let ask = ["rev-parse", "--verify", "--quiet", "--end-of-options"].map(OsStr::new);
            let line = self.git.line(&[&ask[..], &[spec.to_os_str().ok()?]].concat()).ok()?;
            ObjectId::from_hex(&line).ok()
        });
        found.with_context(|| match spec.strip_suffix(b"^{commit}").unwrap_or(spec) {
            b"HEAD" => "nothing has been committed here yet".to_owned(),
            _ => format!(
                "`{spec}` names no commit here; fetch it, in a shallow clone with `git fetch --unshallow`"
            ),
        })
    }
}

/// The object, where this repository has it and its name is one of the plain ones.
fn named(repo: &Repository, spec: &BStr) -> Option<ObjectId> {
    let (name, mut steps) = spec.split_at(spec.find_byteset(b"^~").unwrap_or(spec.len()));
    let mut id = start(repo, name.as_bstr())?;
    while !steps.is_empty() {
        (id, steps) = step(repo, id, steps)?;
    }
    repo.has_object(id).then_some(id)
}

/// Where a name leads that has no steps: a whole id, before a reference, before the start of an id.
fn start(repo: &Repository, name: &BStr) -> Option<ObjectId> {
    if let Ok(id) = ObjectId::from_hex(name) {
        return Some(id);
    }
    let name = if name == "@" { b"HEAD".as_bstr() } else { name };
    if let Ok(mut reference) = repo.find_reference(name) {
        return reference.follow_to_object().ok().map(gix::Id::detach);
    }
    let prefix = Prefix::from_hex(name.to_str().ok()?).ok()?;
    repo.objects.lookup_prefix(prefix, None).ok()??.ok()
}

/// Takes the first of the steps: the object that it leads to, and the steps behind it.
fn step<'s>(repo: &Repository, id: ObjectId, steps: &'s [u8]) -> Option<(ObjectId, &'s [u8])> {
    let commit = repo.find_object(id).ok()?.peel_to_commit().ok()?;
    if let Some(rest) = steps.strip_prefix(b"^{commit}") {
        return Some((commit.id, rest));
    }
    let (sign, rest) = steps.split_first()?;
    let (digits, rest) = rest.split_at(rest.find_not_byteset(b"0123456789").unwrap_or(rest.len()));
    let number = if digits.is_empty() { 1 } else { digits.to_str().ok()?.parse::<usize>().ok()? };
    match (sign, number) {
        (b'^' | b'~', 0) => Some((commit.id, rest)),
        // `^{tree}` and `^@` are no steps to a parent.
        (b'^', _) if matches!(rest.first(), None | Some(b'^' | b'~')) => {
            Some((commit.parent_ids().nth(number - 1)?.detach(), rest))
        }
        (b'~', _) => {
            let mut commit = commit;
            for _ in 0..number {
                let parent = commit.parent_ids().next()?.detach();
                commit = repo.find_commit(parent).ok()?;
            }
            Some((commit.id, rest))
        }
        _ => None,
    }
}

//! The object that a revision names, and the two ends of a range.
//!
//! In: what somebody wrote, as gitrevisions(7) has it. Out: an id. What most people write is read here: an id or how it
//! starts, a reference, and from there a step to a parent or to the commit itself. Dates, messages and reflogs are left
//! to git: gix can read them too, with 300 KB of time zones and calendars.

use std::ffi::OsStr;

use anyhow::{Context as _, Result, bail};
use bstr::{BStr, ByteSlice};
use gix::{ObjectId, Repository, hash::Prefix};

use super::repo::{Opened, ref_format};

impl Opened {
    /// The object that `spec` names, tags not peeled.
    pub(super) fn resolve(&self, spec: impl AsRef<[u8]>) -> Result<ObjectId> {
        let spec = spec.as_ref().as_bstr();
        self.find(spec).with_context(|| self.unknown(spec))
    }

    /// The commit that `spec` leads to.
    pub(super) fn commit(&self, spec: &str) -> Result<ObjectId> {
        let id = self.resolve(spec)?;
        // Asked of the id: behind `:/words` the mark of a commit would be one of the words.
        let as_kind = |kind: &str| self.find(format!("{id}^{{{kind}}}").as_bytes().as_bstr());
        as_kind("commit").with_context(|| match as_kind("object") {
            Some(_) => format!("`{spec}` is there, but leads to no commit"),
            // git takes a whole id for one that is here.
            None => self.unknown(spec.into()),
        })
    }

    /// What is said of a revision that names nothing here, with what may bring it.
    fn unknown(&self, spec: &BStr) -> String {
        let is_shallow = || self.shallow().is_ok_and(|ends| !ends.is_empty());
        if spec == "HEAD" {
            "nothing has been committed here yet".to_owned()
        } else if is_shallow() {
            format!("`{spec}` names no commit here; `git fetch --unshallow` gets what a shallow clone lacks")
        } else if ObjectId::from_hex(spec).is_ok() {
            format!(
                "commit {spec} is not here; `git fetch origin {spec}` gets it, unless it was pushed over and is gone \
                 there too: then another start has to be named"
            )
        } else {
            format!(
                "`{spec}` names no commit here; `git fetch --all` gets what was pushed since, if it is spelt right"
            )
        }
    }

    fn find(&self, spec: &BStr) -> Option<ObjectId> {
        let files = self.repo.as_ref().filter(|repo| ref_format(repo) == "files");
        // What is not found or not understood here, git may.
        files.and_then(|repo| named(repo, spec)).or_else(|| {
            let ask = ["rev-parse", "--verify", "--quiet", "--end-of-options"].map(OsStr::new);
            let line = self.git.line(&[&ask[..], &[spec.to_os_str().ok()?]].concat()).ok()?;
            ObjectId::from_hex(&line).ok()
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

/// Parses `A..B`: what to include and what to exclude. An empty side is HEAD.
///
/// # Errors
/// When it is not of that form.
pub fn parse(range: &str) -> Result<(Vec<String>, Vec<String>)> {
    let side = |side: &str| if side.is_empty() { "HEAD".to_owned() } else { side.to_owned() };
    match range.split_once("..") {
        Some((_, right)) if right.starts_with('.') => {
            bail!("`{range}` has three dots; write two, as in `main..HEAD`: what main does not have")
        }
        // Two variables that a script did not set; git would take it for HEAD..HEAD, which is nothing.
        Some(("", "")) => bail!("`..` names no commit; write `FROM..TO`, as in `main..HEAD`"),
        Some((left, right)) => Ok((vec![side(right)], vec![side(left)])),
        None => bail!("`{range}` is no range; write `FROM..TO`, as in `main..HEAD`"),
    }
}

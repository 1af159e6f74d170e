//! Whose a reference is, and what came from another side, where no tracking reference tells.
//!
//! In: the remotes and what git notes of fetches and branches. Out: who has, or had, what a reference leads to.

use std::collections::HashSet;

use bstr::{BString, ByteSlice};
use gix::ObjectId;

use super::tips::{Holder, Remotes};
use crate::source::{
    remote::{Configured, Remote, over_network},
    repo::Setting,
};

impl Remotes {
    /// The remotes that the reference `name` follows or goes to. Of names that start with each other the longest counts.
    pub(super) fn followed(&self, name: &BString) -> impl Iterator<Item = &Configured> {
        let depth = |remote: &Configured| remote.follows(name.as_ref());
        let most = self.all.iter().filter_map(depth).max();
        self.all.iter().filter(move |remote| remote.mirrors() || most.is_some() && depth(remote) == most)
    }

    /// The one remote that there is.
    pub(super) fn only(&self) -> String {
        match self.all.as_slice() {
            [only] => only.name.clone(),
            _ => "a remote".to_owned(),
        }
    }

    /// How a person calls the branch, here or on another side, that a reference stands for.
    pub(super) fn branch(&self, name: &BString) -> Option<String> {
        let text = name.to_str_lossy();
        if let Some(branch) = text.strip_prefix("refs/heads/") {
            return Some(branch.to_owned());
        }
        let rest = text.strip_prefix("refs/remotes/").or(text.strip_prefix("refs/"))?;
        let mut sources = self.followed(name).filter_map(|remote| remote.source_of(name.as_ref())).peekable();
        let is_branch = match sources.peek() {
            Some(_) => sources.any(|source| source.starts_with(b"refs/heads/")),
            None => text.starts_with("refs/remotes/") && !is_of_server(rest),
        };
        (is_branch && !text.ends_with("/HEAD")).then(|| rest.to_owned())
    }

    /// Branches that were pushed with an upstream which is there no more, nor its tracking reference.
    pub(super) fn gone(&self, settings: &[Setting], refs: &[(BString, ObjectId)]) -> Vec<(Holder, ObjectId)> {
        let value = |branch: &str, key: &str| {
            let name = format!("branch.{branch}.{key}");
            settings.iter().rfind(|setting| setting.key == name).and_then(|setting| setting.value.clone())
        };
        let (mut gone, mut names) = (Vec::new(), None);
        for (name, id) in refs {
            let Some(branch) = name.strip_prefix(b"refs/heads/").and_then(|name| name.to_str().ok()) else {
                continue;
            };
            let (Some(remote), Some(there)) = (value(branch, "remote"), value(branch, "merge")) else {
                continue;
            };
            let Some(remote) = self.all.iter().find(|known| known.name == remote) else { continue };
            let Some(tracking) = remote.target_of(there.as_ref()) else { continue };
            // Where nothing of a remote is known, nothing was fetched or pushed yet: an empty repository was cloned.
            let is_known = || refs.iter().any(|(name, _)| remote.follows(name.as_ref()).is_some());
            let names =
                names.get_or_insert_with(|| refs.iter().map(|(name, _)| name).collect::<HashSet<_>>());
            if !names.contains(&tracking) && is_known() {
                let holder = Holder::Gone { remote: remote.name.clone(), branch: branch.to_owned() };
                gone.push((holder, *id));
            }
        }
        gone
    }

    /// Whose what a line of the reflog `log` has brought is, as git notes it of a clone, a fetch and a pull.
    pub(super) fn arrived(&self, line: &[u8], log: &str) -> Option<Holder> {
        let said = line.split_once_str("\t").map_or(line, |(_, said)| said);
        let (action, what) = said.split_once_str(": ")?;
        let mut words = action.split_str(" ");
        let is_brought = match words.next()? {
            b"fetch" | b"pull" => {
                what.starts_with(b"storing ")
                    || [b"fast-forward".as_slice(), b"Fast-forward", b"forced-update"].contains(&what.trim())
            }
            b"initial" => words.next() == Some(b"pull"),
            b"clone" => {
                words = what.strip_prefix(b"from ")?.split_str(" ");
                true
            }
            _ => false,
        };
        let words: Vec<&[u8]> = words.filter(|word| !word.starts_with(b"-")).collect();
        let remote = match words.as_slice() {
            [] if self.all.len() == 1 => Some(self.only()),
            words => words.iter().find_map(|word| self.called(word)),
        };
        Some(Holder::Past { remote: remote.filter(|_| is_brought)?, log: log.to_owned() })
    }

    /// The other side that a word of a command names. Another directory of this machine is none unless somebody calls
    /// it so.
    fn called(&self, word: &[u8]) -> Option<String> {
        let word = BString::from(word);
        let known = |remote: &&Configured| remote.name == word || remote.is_at(&Remote::At(word.clone()));
        // `from:to` is no place.
        let place = || over_network(&word).filter(|_| word.contains_str("://") || word.contains(&b'@'));
        self.all.iter().find(known).map(|remote| remote.name.clone()).or_else(place)
    }
}

/// Whether a reference has a name that servers give: proposals and pipelines, which git pushes nowhere by itself.
pub(super) fn is_of_server(name: &str) -> bool {
    let known =
        ["pull", "pull-requests", "merge-requests", "pipelines", "changes", "keep-around", "environments"];
    let (first, rest) = name.split_once('/').unwrap_or((name, ""));
    known.contains(&first) && rest.starts_with(|c: char| c.is_ascii_hexdigit())
}

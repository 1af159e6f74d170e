//! What keeps a secret beside branches, and how each is emptied.
//!
//! `git gc` drops only what nothing leads to, and reads none of git's own files: every other keeper is told with the
//! command that empties it.

use super::stage::quoted;
use crate::finding::{Keeper, Trace};

/// Kinds of keepers that are told.
const TOLD: usize = 3;

/// Drops what only reflogs lead to.
const EXPIRE: &str = "git reflog expire --expire=now --all && git gc --prune=now";

/// Of a secret that a tag holds and no remote is known to have.
pub(super) fn tagged(trace: &Trace) -> String {
    let name = trace.tags.first().map_or("", String::as_str);
    let more = if trace.tags.len() > 1 { " and others hold" } else { " holds" };
    let live = match trace.live.first() {
        _ if trace.in_head => "In HEAD, and tag".to_owned(),
        Some(branch) => format!("Live in {branch}, and tag"),
        None => "Tag".to_owned(),
    };
    let then = if trace.is_live() { ", and take it out of the file before you push" } else { "" };
    format!(
        "{live} {name}{more} it: git does not record whether a tag was pushed, and one of a clone came from there. Rotate it unless you know that no tag with it ever left this machine{then}."
    )
}

/// Of a secret that no branch, no tag and no remote has.
pub(super) fn kept(trace: &Trace) -> String {
    let (mut ways, mut expires): (Vec<String>, bool) = (Vec::new(), false);
    let mut told = 0;
    for keeper in trace.keepers() {
        if told == TOLD {
            break;
        }
        let way = match keeper {
            Keeper::Reflog => String::new(),
            // Expiring drops what nothing leads to as well.
            Keeper::Unreachable if trace.keepers().any(|other| other == Keeper::Reflog) => continue,
            keeper => way(keeper),
        };
        if matches!(keeper, Keeper::Reflog | Keeper::Reference(_)) {
            told += usize::from(!expires && keeper == Keeper::Reflog);
            expires = true;
        }
        if !way.is_empty() && !ways.contains(&way) {
            told += 1;
            ways.push(way);
        }
    }
    if expires {
        // Seen with git 2.47: what stashes are listed by is a reflog.
        let apply = if ways.is_empty() { "Apply" } else { "Then apply" };
        ways.push(format!(
            "{apply} the stashes that you need, since the next command empties their list: `{EXPIRE}` drops what only reflogs keep."
        ));
    }
    ways.push("Nothing else has it: rotate it if it ever was elsewhere.".to_owned());
    ways.join(" ")
}

/// How one is emptied, a sentence.
fn way(keeper: Keeper<'_>) -> String {
    match keeper {
        // These two are not kept, but about to be sent.
        Keeper::Head | Keeper::Index => "Take it out before you commit.".to_owned(),
        Keeper::Stash => {
            "`git stash list -p` shows which stash entry has it; `git stash drop` with its name, then `git gc --prune=now`, drops it.".to_owned()
        }
        Keeper::Reflog => String::new(),
        Keeper::Unreachable => "`git gc --prune=now` drops what nothing names.".to_owned(),
        Keeper::Lender(dir) => lender(dir),
        Keeper::Reference(name) => reference(name),
        Keeper::File(path) => file(path),
    }
}

/// Of objects that another repository lends: `git gc` here does not touch them, and there does not know who borrows.
fn lender(dir: &str) -> String {
    format!(
        "The objects of {dir} have it, which `objects/info/alternates` names, and no `git gc` here drops it. Before it is taken out there, run `git repack -a -d` in all that borrow from there: a `git gc --prune=now` there drops what only they need."
    )
}

/// The first step; what the reference led to stays in reflogs.
fn reference(name: &str) -> String {
    let Some(word) = word(name) else {
        return "A reference beside branches and tags has it: delete that with `git update-ref -d`."
            .to_owned();
    };
    let drop = format!("`git update-ref -d {word}`");
    match name.strip_prefix("refs/notes/") {
        Some(notes) => format!("A note has it: {drop} drops all notes of {notes}, with their history."),
        None => format!("{drop} drops the reference that keeps it."),
    }
}

/// Of git's own files.
fn file(path: &str) -> String {
    let (folder, name) = path.split_once('/').unwrap_or(("", path));
    let delete = || match word(path) {
        Some(word) => format!("`rm -f \"$(git rev-parse --git-common-dir)\"/{word}` deletes it"),
        None => "delete it".to_owned(),
    };
    let what = "no push sends that file and no `git gc` cleans it";
    match (folder, name) {
        ("", "config") => format!(
            "git's configuration has it; {what}: `git config --edit` opens it, and `git remote set-url` gives a remote its address without it."
        ),
        (_, "config.worktree") => {
            format!("git's configuration has it; {what}: `git config --worktree --edit` opens it.")
        }
        ("logs", _) => format!(
            "The text of a reflog has it. Apply the stashes that you need, since the next command empties their list: `{EXPIRE}` empties all reflogs."
        ),
        ("lfs", _) => format!(
            "Git LFS has it among its contents: a push of the commit that names it sends it, and no `git gc` removes it; {}.",
            delete()
        ),
        ("rebase-apply", _) => format!(
            "A `git am` or a rebase that has stopped keeps it; {what}: end that, or give it up with `git am --abort || git rebase --abort`."
        ),
        ("rebase-merge", _) => format!(
            "A rebase that has stopped keeps it; {what}: end that, or give it up with `git rebase --abort`."
        ),
        ("sequencer", _) => format!(
            "A pick or a revert that has stopped keeps it; {what}: end that, or give it up with `git cherry-pick --abort || git revert --abort`."
        ),
        ("hooks" | "info", _) => format!("{path} in git's directory has it; {what}: take it out there."),
        _ if path.contains(' ') || path == "symbolic reference" => {
            "git has it in a name or a file of its own, which no `git gc` cleans: take it out there."
                .to_owned()
        }
        _ => format!("{path} in git's directory has it; {what}: {}.", delete()),
    }
}

/// A name as a shell's word; `None` where it was masked or cannot be pasted.
fn word(name: &str) -> Option<String> {
    quoted(name.as_bytes()).filter(|_| !name.contains(['*', '…']))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(names: &[&str]) -> String {
        let elsewhere = names.iter().map(|name| (*name).to_owned()).collect();
        kept(&Trace { elsewhere, ..Trace::default() })
    }

    #[test]
    fn each_keeper_is_emptied_in_its_own_way() {
        let expire = "git reflog expire --expire=now --all && git gc --prune=now";
        assert!(said(&["unreachable objects"]).starts_with("`git gc --prune=now` "));
        let both = said(&["reflog of main", "unreachable objects", "ORIG_HEAD of work tree w"]);
        assert!(both.matches("git gc").count() == 1 && both.contains(expire), "{both}");
        assert!(both.contains("stashes") && !said(&["stash"]).contains("empties their list"));
        assert!(said(&["stash"]).contains("git stash drop"));
        for (name, word) in [("refs/notes/commits", "refs/notes/commits"), ("refs/x y", "'refs/x y'")] {
            let said = said(&[name, "reflog of main"]);
            assert!(said.contains(&format!("`git update-ref -d {word}`")), "{said}");
            // A warning behind the command would come too late.
            assert!(said.find("the stashes that you need") < said.find(expire), "{said}");
            assert_eq!(said.matches(expire).count(), 1, "{said}");
        }
        let lent = said(&["unreachable objects of /srv/pool/objects"]);
        assert!(
            lent.contains("objects of /srv/pool/objects have it") && lent.contains("git repack -a -d"),
            "{lent}"
        );
        for file in [".git/config", "config"] {
            assert!(said(&[file]).contains("`git config --edit`"));
        }
        assert!(said(&[".git/logs/HEAD"]).contains(expire));
        assert!(
            said(&[".git/FETCH_HEAD"]).contains("/FETCH_HEAD` deletes it"),
            "its text, not what it leads to"
        );
        assert!(said(&[".git/rebase-apply/patch"]).contains("git am --abort"));
        let object = said(&[".git/lfs/objects/ab/cd/abcd"]);
        assert!(object.contains("`rm -f \"$(git rev-parse --git-common-dir)\"/lfs/objects/ab/cd/abcd`"));
        assert!(!said(&[".git/hooks/pre-push"]).contains("rm -f"));
        assert!(!said(&[".git/lfs/ghp_*****"]).contains("rm -f"), "what is masked names no file");
        assert!(!said(&["20 more"]).contains('`'));
    }
}

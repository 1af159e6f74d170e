//! How far a secret has gone, and what that means.
//!
//! Says what was seen, never "you are safe": another clone, a backup or an editor may hold the value too.

use crate::finding::{Location, Place, Reach, Trace};

/// Where in its life a secret was caught.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stage {
    /// In the index; no commit holds it yet.
    Staged,
    /// In the message of a commit that is being made.
    Message,
    /// In commits that were about to be pushed.
    Unpushed(Commits),
    /// In commits that a server has received.
    Received(Commits),
    /// In a file, a stream or an archive; nothing is known of git.
    Found,
    /// In a history, with its way through it.
    Traced(Trace),
}

/// The commits that hold a secret.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Commits {
    /// Full ids, hex, oldest first. Empty when the secret stands in a tag.
    pub ids: Vec<String>,
    /// The oldest has no parent.
    pub is_root: bool,
    /// The oldest is where HEAD is, so it can be amended.
    pub is_head: bool,
    /// The branch to check out first, when it is not the one that is.
    pub branch: Option<String>,
    /// What holds them when no branch does: `refs/notes/commits`, `refs/stash`.
    pub reference: Option<String>,
    /// A later commit has taken it out of the files again.
    pub is_removed: bool,
}

impl Stage {
    /// What was seen and what follows, one or two sentences.
    pub fn exposure(&self) -> String {
        let said = match self {
            Stage::Staged => "In no commit yet. Take it out; rotate it if it ever was elsewhere.",
            Stage::Message => "In no commit yet. Write the message without it.",
            Stage::Unpushed(commits) if commits.is_removed => {
                "Committed and taken out again, yet still in what would be pushed. Rewrite that commit."
            }
            Stage::Unpushed(_) => "Committed, not pushed. Take it out; rotate it if it ever was elsewhere.",
            Stage::Received(_) => {
                "Already sent over the network: treat it as leaked. Revoke first, then clean up."
            }
            Stage::Traced(trace) => return traced(trace),
            Stage::Found => "If this was ever committed, sent or published: revoke first, then clean up.",
        };
        said.to_owned()
    }

    /// Commands that take the secret out of the places where it stands, ready to paste.
    pub fn commands(&self, places: &[Location]) -> Vec<String> {
        match self {
            Stage::Staged => vec![format!("git add {}   # after the edit; then commit again", files(places))],
            Stage::Unpushed(commits) | Stage::Received(commits) => rewrite(commits, places),
            Stage::Message => {
                vec!["git commit --edit --file \"$(git rev-parse --git-path COMMIT_EDITMSG)\"".to_owned()]
            }
            Stage::Found | Stage::Traced(_) => Vec::new(),
        }
    }
}

/// What a secret of a history needs, by how far it got.
fn traced(trace: &Trace) -> String {
    let remotes = trace.remotes.join(", ");
    match trace.reach() {
        Reach::LiveAndPushed => format!(
            "In HEAD and on {remotes}: treat it as leaked. Rotate it first, then take it out of the file. Rewriting history does not undo the leak."
        ),
        Reach::Pushed => format!(
            "Only in history, but on {remotes}: whoever cloned has it. Rotate it; rewriting history is optional and does not undo the leak."
        ),
        Reach::Local if trace.in_head => {
            "In HEAD; no remote is known to have it. Take it out before you push; rotate it if it ever was elsewhere.".to_owned()
        }
        Reach::Local if trace.branches.is_empty() && trace.tags.is_empty() => {
            "In no branch, only kept by git here. Rotate it if it ever was elsewhere; `git gc --prune=now` drops what nothing names.".to_owned()
        }
        Reach::Local => {
            "Only in history that no remote is known to have. Do not push it as it is; rotate it if it ever was elsewhere.".to_owned()
        }
    }
}

/// Merges are kept as they are: a rebase would flatten them.
const REBASE: &str = "rebase -i --rebase-merges";

fn rewrite(commits: &Commits, places: &[Location]) -> Vec<String> {
    let tag = places.iter().find_map(|at| at.path.strip_prefix(b"refs/tags/"));
    let Some(oldest) = commits.ids.first() else {
        return tag.and_then(|name| tag_again(name, places)).into_iter().collect();
    };
    if let Some(name) = &commits.reference {
        return off_branch(name, places);
    }
    let short = &oldest[..oldest.len().min(12)];
    let base = if commits.is_root { "--root".to_owned() } else { format!("{short}^") };
    let in_message = places.iter().all(is_message);
    let branch = commits.branch.as_ref().and_then(|name| quoted(name.as_bytes()));
    let mut commands: Vec<String> = branch.iter().map(|name| format!("git switch {name}")).collect();
    commands.extend(match (commits.is_head, in_message) {
        (true, true) => vec!["git commit --amend".to_owned()],
        (true, false) => vec![
            format!("git add {}   # after the edit", files(places)),
            "git commit --amend --no-edit".to_owned(),
        ],
        (false, true) => {
            vec![format!("git {REBASE} {base}"), format!("# and write `reword` for `pick` before {short}")]
        }
        // What HEAD no longer has cannot be edited there.
        (false, false) if commits.is_removed => vec![
            format!("git {REBASE} {base}"),
            format!("# write `edit` for `pick` before {short}; there take it out, then"),
            "git commit -a --amend --no-edit && git rebase --continue".to_owned(),
        ],
        (false, false) => vec![
            format!("git commit --fixup={short} -- {}   # after the edit", files(places)),
            format!("git -c sequence.editor=true {REBASE} --autosquash {base}"),
        ],
    });
    commands
}

/// For commits that no branch has: a rebase would rewrite the branch that is checked out.
fn off_branch(name: &str, places: &[Location]) -> Vec<String> {
    let word = quoted(name.as_bytes()).unwrap_or_else(|| "REF".to_owned());
    if name == "refs/stash" {
        return vec![
            "git stash list   # find the one that holds it, take out what you need, then".to_owned(),
            "git stash drop STASH   # and push no stash".to_owned(),
        ];
    }
    if !name.starts_with("refs/notes/") {
        return vec![format!("# {word} is no branch: make its commits anew without it, or do not push it")];
    }
    let notes =
        if name == "refs/notes/commits" { "git notes".to_owned() } else { format!("git notes --ref={word}") };
    vec![
        format!(
            "{notes} edit {object}   # or: {notes} remove {object}; then its history anew:",
            object = noted(places)
        ),
        format!("git update-ref {word} \"$(git commit-tree -m notes {word}^{{tree}})\""),
    ]
}

/// The object that a note is about: the path of the note, in which slashes may stand.
fn noted(places: &[Location]) -> String {
    let ids =
        places.iter().map(|at| at.file().iter().filter(|byte| **byte != b'/').copied().collect::<Vec<u8>>());
    let mut ids = ids.filter(|id| id.len() >= 40 && id.iter().all(u8::is_ascii_hexdigit));
    ids.next().map_or_else(|| "OBJECT".to_owned(), |id| String::from_utf8_lossy(&id[..12]).into_owned())
}

fn tag_again(name: &[u8], places: &[Location]) -> Option<String> {
    let word = quoted(name)?;
    Some(if places.iter().all(is_message) {
        format!("git tag -f -a {word} {word}^{{}}   # and write the message without it")
    } else {
        format!("git tag -d {word}")
    })
}

fn is_message(place: &Location) -> bool {
    matches!(place.place, Place::Message { .. })
}

/// The files among the places, each once, as POSIX shell words. The current folder stands for more than
/// three, and for a name that a terminal cannot show and nobody could paste.
fn files(places: &[Location]) -> String {
    let mut paths: Vec<&[u8]> =
        places.iter().filter(|at| !is_message(at)).map(|at| at.file().as_ref()).collect();
    paths.sort_unstable();
    paths.dedup();
    let words: Option<Vec<String>> = paths.iter().map(|path| quoted(path)).collect();
    match words {
        Some(words) if (1..=3).contains(&words.len()) => words.join(" "),
        _ => ".".to_owned(),
    }
}

/// A path as a POSIX shell word.
fn quoted(path: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(path).ok().filter(|text| visible_enough(text))?;
    let text = if text.starts_with('-') { format!("./{text}") } else { text.to_owned() };
    let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || "/._-+@%".contains(c));
    Some(if plain { text } else { format!("'{}'", text.replace('\'', r"'\''")) })
}

fn visible_enough(text: &str) -> bool {
    let hides = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
    };
    !text.is_empty() && !text.contains(hides)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Excerpt, Utf16};

    fn at(path: &[u8], place: Place) -> Location {
        let excerpt = Excerpt::default();
        Location {
            path: path.into(),
            place,
            line: 1,
            column: 1,
            end_line: 1,
            end_column: 2,
            utf16: Utf16::default(),
            excerpt,
        }
    }

    fn staged(path: &[u8]) -> String {
        Stage::Staged.commands(&[at(path, Place::Staged)]).remove(0)
    }

    #[test]
    fn commands_quote_what_a_shell_would_read() {
        assert!(staged("a b'c.py".as_bytes()).starts_with(r"git add 'a b'\''c.py' "));
        assert!(staged(b"$(x)").starts_with("git add '$(x)' "));
        assert!(staged(b"-n.py").starts_with("git add ./-n.py "));
        assert!(staged(b"\x1b[2J").starts_with("git add . "));
        assert!(staged(b"\xff").starts_with("git add . "));
    }

    #[test]
    fn commands_name_every_file_once() {
        let places = [at(b"b", Place::Staged), at(b"a", Place::Staged), at(b"b", Place::Staged)];
        assert!(Stage::Staged.commands(&places)[0].starts_with("git add a b "));
    }

    fn rewritten(commits: Commits, place: Location) -> String {
        Stage::Unpushed(commits).commands(&[place]).join("\n")
    }

    #[test]
    fn a_commit_is_fixed_where_the_secret_came_in() {
        let id = "0123456789abcdef".repeat(2);
        let commits = Commits { ids: vec![id.clone()], ..Commits::default() };
        let file = || at(b"a.py", Place::Commit { id: id.clone() });
        let said = rewritten(commits.clone(), file());
        assert!(said.starts_with("git commit --fixup=0123456789ab -- a.py "), "{said}");
        assert!(said.ends_with("--autosquash 0123456789ab^"), "{said}");
        let said = rewritten(Commits { is_root: true, ..commits.clone() }, file());
        assert!(said.ends_with("--autosquash --root"), "{said}");
        let said = rewritten(Commits { is_head: true, ..commits.clone() }, file());
        assert!(said.starts_with("git add a.py ") && said.ends_with("--amend --no-edit"), "{said}");
        let said = rewritten(Commits { is_removed: true, ..commits.clone() }, file());
        assert!(said.contains("`edit`") && !said.contains("fixup"), "{said}");
        let said = rewritten(commits, at(b"commit message", Place::Message { id }));
        assert!(said.contains("0123456789ab^\n") && said.contains("`reword`"), "{said}");
    }

    #[test]
    fn commits_on_no_branch_are_never_rebased() {
        let id = "0123456789abcdef".repeat(2);
        let on = |name: &str| Commits {
            ids: vec![id.clone()],
            reference: Some(name.to_owned()),
            ..Commits::default()
        };
        let note = || at(format!("ab/{}", "c".repeat(38)).as_bytes(), Place::Commit { id: id.clone() });
        let said = rewritten(on("refs/notes/commits"), note());
        assert!(said.starts_with("git notes edit abcccccccccc ") && !said.contains("rebase"), "{said}");
        assert!(rewritten(on("refs/notes/x y"), note()).contains("--ref='refs/notes/x y'"));
        assert!(rewritten(on("refs/stash"), note()).contains("git stash drop"));
        assert!(rewritten(on("refs/x/y"), note()).contains("refs/x/y is no branch"));
    }

    #[test]
    fn a_tag_is_written_again() {
        let message = at(b"refs/tags/v 1", Place::Message { id: "ab".into() });
        assert!(rewritten(Commits::default(), message).starts_with("git tag -f -a 'v 1' 'v 1'^{} "));
        let blob = at(b"refs/tags/key", Place::Commit { id: "ab".into() });
        assert_eq!(rewritten(Commits::default(), blob), "git tag -d key");
    }
}

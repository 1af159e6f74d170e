//! How far a secret has gone, and what that means.
//!
//! Says what was seen, never "you are safe": another clone, a backup or an editor may hold the value too.

use super::{kept, language::stays_out_of_git};
use crate::finding::{Location, Place, Reach, Trace};
use crate::order;

/// Where in its life a secret was caught.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Stage {
    /// In the index; no commit holds it yet.
    Staged,
    /// The same, where `git am` has put it.
    Applied,
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
            Stage::Staged | Stage::Applied => {
                "In no commit: git has sent it nowhere. Take it out; rotate if shared."
            }
            Stage::Message => "In no commit yet. Write the message without it.",
            Stage::Unpushed(commits) if commits.is_removed => {
                "Committed and taken out again, yet still in what would be pushed. Rewrite that commit."
            }
            Stage::Unpushed(_) => "Committed, not pushed. Take it out; rotate it if it ever was elsewhere.",
            Stage::Received(_) => {
                "Already sent over the network: treat it as leaked. Revoke first, then clean up."
            }
            Stage::Traced(trace) => return traced(trace),
            Stage::Found => "If ever committed, sent or published: revoke first, then clean up.",
        };
        said.to_owned()
    }

    /// Commands that take the secret out of the places where it stands, ready to paste in any folder of the
    /// work tree. A remark has a line of its own and nothing in it that a shell would act upon: an interactive
    /// zsh knows no comments.
    pub fn commands(&self, places: &[Location]) -> Vec<String> {
        match self {
            Stage::Staged => unstage(&Files::of(places), "# after the edit, then commit again"),
            Stage::Applied => {
                let mut commands = unstage(&Files::of(places), EDITED);
                commands.push("git am --continue".to_owned());
                commands
            }
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
        Reach::Tagged => kept::tagged(trace),
        Reach::Local if trace.in_head => {
            "In HEAD; no remote is known to have it. Take it out before you push; rotate it if it ever was elsewhere.".to_owned()
        }
        Reach::Local if trace.branches.is_empty() && trace.first.is_none() => {
            "In the index, in no commit: git has sent it nowhere. Take it out of the file and `git add` that again, or `git rm --cached` the file; rotate it if shared.".to_owned()
        }
        Reach::Local => {
            "Only in history that no remote is known to have. Do not push it as it is; rotate it if it ever was elsewhere.".to_owned()
        }
        Reach::Kept => kept::kept(trace),
    }
}

/// The commit may hold nothing else.
const AMEND: &str = "git commit --amend --no-edit --allow-empty";

/// It stopped on the way; where it did not start, nothing may be amended.
const IN_REBASE: &str = "test -d \"$(git rev-parse --git-path rebase-merge)\"";

/// Merges are kept as they are: a rebase would flatten them.
const REBASE: &str = "rebase -i --rebase-merges";

/// For a file that the team's copy must not have.
const KEEP: &str = "# name it in .gitignore, it stays on disk, then commit again";
/// The same where commits are written anew, which needs a clean work tree.
const KEEP_FIRST: &str = "# name it in .gitignore and stage that, it stays on disk";
/// For a file that goes on without the value.
const EDITED: &str = "# after the edit";

/// Before a commit.
fn unstage(files: &Files, remark: &str) -> Vec<String> {
    let mut commands = Vec::new();
    if let Some(paths) = files.edited() {
        commands.push(remark.to_owned());
        commands.push(format!("git add {paths}"));
    }
    if let Some(paths) = files.kept() {
        commands.push(KEEP.to_owned());
        commands.push(untrack(&paths));
    }
    commands
}

fn untrack(paths: &str) -> String {
    // Forced, since git balks at what was edited after it was staged; the file is left alone either way.
    format!("git rm --cached -f {paths}")
}

fn rewrite(commits: &Commits, places: &[Location]) -> Vec<String> {
    let tag = places.iter().find_map(|at| at.path.strip_prefix(b"refs/tags/"));
    let Some(oldest) = commits.ids.first() else {
        if let Some(commands) = name_again(places) {
            return commands;
        }
        return tag.map_or_else(Vec::new, |name| tag_again(name, places));
    };
    if let Some(name) = &commits.reference {
        return off_branch(name, places);
    }
    let short = &oldest[..oldest.len().min(12)];
    let base = if commits.is_root { "--root".to_owned() } else { format!("{short}^") };
    let in_message = places.iter().all(is_message);
    let branch = commits.branch.as_ref().and_then(|name| quoted(name.as_bytes()));
    let mut commands: Vec<String> = branch.iter().map(|name| format!("git switch {name}")).collect();
    let files = Files::of(places);
    commands.extend(match (commits.is_head, in_message, files.kept()) {
        (true, true, _) => vec!["git commit --amend".to_owned()],
        (false, true, _) => {
            vec![format!("# write reword for pick before {short}"), format!("git {REBASE} {base}")]
        }
        (true, false, _) => amend(&files),
        (false, false, Some(paths)) => drop_from_all(&paths, commits, short),
        // What HEAD no longer has cannot be edited there.
        (false, false, None) if commits.is_removed => vec![
            format!("# write edit for pick before {short}, there take it out, then"),
            format!("git {REBASE} {base}"),
            format!("{AMEND} -a && git rebase --continue"),
        ],
        (false, false, None) => vec![
            EDITED.to_owned(),
            match files.edited().filter(|paths| paths != ALL) {
                Some(paths) => format!("git commit --fixup={short} -- {paths}"),
                None => format!("git commit -a --fixup={short}"),
            },
            // A commit that is left with nothing stops it, on every git and with `--empty=drop` too.
            format!(
                "git -c sequence.editor=true {REBASE} --autosquash {base} || {{ {IN_REBASE} && {AMEND} && git rebase --continue; }}"
            ),
        ],
    });
    commands
}

/// The last commit without the value, or without the file.
fn amend(files: &Files) -> Vec<String> {
    let mut commands = Vec::new();
    if let Some(paths) = files.edited() {
        commands.extend([EDITED.to_owned(), format!("git add {paths}")]);
    }
    if let Some(paths) = files.kept() {
        commands.extend([KEEP_FIRST.to_owned(), untrack(&paths)]);
    }
    commands.push(AMEND.to_owned());
    commands
}

/// Takes files out of a commit and all after it. A rebase would write over the file in the work tree, stop at
/// a commit that is left empty, and at a later change to the file.
fn drop_from_all(paths: &str, commits: &Commits, short: &str) -> Vec<String> {
    let mut commands = Vec::new();
    if !commits.is_removed {
        commands.extend([
            KEEP_FIRST.to_owned(),
            untrack(paths),
            "git commit -m 'Keep it out of git'".to_owned(),
        ]);
    }
    let filter = format!("git rm -q --cached --ignore-unmatch {paths}").replace('\'', r"'\''");
    let since = if commits.is_root { "HEAD".to_owned() } else { format!("{short}^..HEAD") };
    // It runs at the top of the work tree only; without the variable it waits ten seconds.
    commands.push(format!(
        "FILTER_BRANCH_SQUELCH_WARNING=1 git -C \"$(git rev-parse --show-toplevel)\" filter-branch -f --prune-empty --index-filter '{filter}' {since}"
    ));
    commands
}

/// For commits that no branch has: a rebase would rewrite the branch that is checked out.
fn off_branch(name: &str, places: &[Location]) -> Vec<String> {
    let word = quoted(name.as_bytes()).unwrap_or_else(|| "REF".to_owned());
    if name == "refs/stash" {
        return vec![
            "# find the one that holds it and take out what you need".to_owned(),
            "git stash list".to_owned(),
            "# and push no stash".to_owned(),
            "git stash drop STASH".to_owned(),
        ];
    }
    if !name.starts_with("refs/notes/") {
        return vec![format!("# {word} is no branch: make its commits anew without it, or do not push it")];
    }
    let notes =
        if name == "refs/notes/commits" { "git notes".to_owned() } else { format!("git notes --ref={word}") };
    vec![
        "# or with remove in the place of edit, and then make its history anew".to_owned(),
        format!("{notes} edit {}", noted(places)),
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

/// For a reference that is named like the secret; its name is not shown whole, so nothing here holds it.
fn name_again(places: &[Location]) -> Option<Vec<String>> {
    let named = places.iter().find(|at| at.place == Place::GitFile)?;
    let lines = if named.path.starts_with(b"refs/heads/") {
        ["# check it out and give it another name, then push that", "git branch -m NEW"]
    } else {
        ["# delete it, and make it again under another name", "git tag -d NAME"]
    };
    Some(lines.map(str::to_owned).to_vec())
}

fn tag_again(name: &[u8], places: &[Location]) -> Vec<String> {
    let Some(word) = quoted(name) else { return Vec::new() };
    if places.iter().all(is_message) {
        vec!["# write the message without it".to_owned(), format!("git tag -f -a {word} {word}^{{}}")]
    } else {
        vec![format!("git tag -d {word}")]
    }
}

fn is_message(place: &Location) -> bool {
    matches!(place.place, Place::Message { .. })
}

/// All changed files that git knows, wherever one stands.
const ALL: &str = "-u :/";
/// Most files that are named one by one.
const NAMED: usize = 3;

/// The files among some places, each once, as pathspecs that a POSIX shell reads as they are.
#[derive(Default)]
struct Files {
    /// Those that go on without the value; `None` for a name that a terminal cannot show and nobody could paste.
    edited: Vec<Option<String>>,
    /// Those that have no place in git.
    kept: Vec<String>,
}

impl Files {
    fn of(places: &[Location]) -> Files {
        let mut paths: Vec<&[u8]> =
            places.iter().filter(|at| !is_message(at)).map(|at| at.file().as_ref()).collect();
        order::all(&mut paths);
        paths.dedup();
        let mut files = Files::default();
        for path in paths {
            match from_top(path) {
                Some(word) if stays_out_of_git(path) => files.kept.push(word),
                word => files.edited.push(word),
            }
        }
        files
    }

    fn edited(&self) -> Option<String> {
        let words: Option<Vec<&str>> = self.edited.iter().map(Option::as_deref).collect();
        let words = words.filter(|words| words.len() <= NAMED);
        (!self.edited.is_empty()).then(|| words.map_or_else(|| ALL.to_owned(), |words| words.join(" ")))
    }

    fn kept(&self) -> Option<String> {
        (!self.kept.is_empty()).then(|| self.kept.join(" "))
    }
}

/// A path of the work tree as a pathspec that means it in every folder, in a POSIX shell's quotes.
pub fn from_top(path: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(path).ok().filter(|text| visible_enough(text))?;
    let is_plain = text.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '.')
        && !text.contains(['*', '?', '[', '\\']);
    let spec = if is_plain { format!(":/{text}") } else { format!(":(top,literal){text}") };
    quoted(spec.as_bytes())
}

/// A text as a POSIX shell word.
pub(super) fn quoted(text: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(text).ok().filter(|text| visible_enough(text))?;
    let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || "/._-+@%:".contains(c));
    Some(if plain { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) })
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
    use crate::finding::{Content, Excerpt, Utf16};

    fn at(path: &[u8], place: Place) -> Location {
        let excerpt = Excerpt::default();
        Location {
            path: path.into(),
            place,
            rank: 0,
            line: 1,
            column: 1,
            end_line: 1,
            end_column: 2,
            utf16: Utf16::default(),
            excerpt,
            content: Content::Unsaid,
            setting: Default::default(),
        }
    }

    fn staged(path: &[u8]) -> String {
        Stage::Staged.commands(&[at(path, Place::Staged)]).remove(1)
    }

    #[test]
    fn commands_quote_what_a_shell_or_git_would_read() {
        assert_eq!(staged("a b'c.py".as_bytes()), r"git add ':/a b'\''c.py'");
        assert_eq!(staged(b"$(x)"), "git add ':(top,literal)$(x)'");
        assert_eq!(staged(b"-n.py"), "git add ':(top,literal)-n.py'");
        assert_eq!(staged(b"a[1].py"), "git add ':(top,literal)a[1].py'");
        assert_eq!(staged(b"\x1b[2J"), "git add -u :/");
        assert_eq!(staged(b"\xff"), "git add -u :/");
    }

    #[test]
    fn commands_name_every_file_once_and_many_together() {
        let places = |names: &[&[u8]]| names.iter().map(|name| at(name, Place::Staged)).collect::<Vec<_>>();
        let command = |names: &[&[u8]]| Stage::Staged.commands(&places(names)).remove(1);
        assert_eq!(command(&[b"b", b"a", b"b"]), "git add :/a :/b");
        assert_eq!(command(&[b"b", b"a", b"c", b"d"]), "git add -u :/");
    }

    #[test]
    fn what_has_no_place_in_git_is_taken_out() {
        assert_eq!(staged(b"app/.env"), "git rm --cached -f :/app/.env");
        let places = [at(b".env", Place::Staged), at(b"a.py", Place::Staged)];
        let said = Stage::Staged.commands(&places).join("\n");
        assert!(
            said.contains("git add :/a.py\n#") && said.ends_with("\ngit rm --cached -f :/.env"),
            "{said}"
        );
    }

    /// What an interactive zsh reads as a command must do nothing.
    #[test]
    fn remarks_have_a_line_of_their_own() {
        let id = "0123456789abcdef".repeat(2);
        let [head, removed, root, plain] = [
            Commits { is_head: true, ..Commits::default() },
            Commits { is_removed: true, ..Commits::default() },
            Commits { is_root: true, ..Commits::default() },
            Commits::default(),
        ];
        let message = at(b"m", Place::Message { id: id.clone() });
        for place in [at(b"a.py", Place::Staged), at(b".env", Place::Staged), message] {
            for commits in [&head, &removed, &root, &plain] {
                let stage = Stage::Unpushed(Commits { ids: vec![id.clone()], ..commits.clone() });
                for line in [Stage::Staged, stage]
                    .iter()
                    .flat_map(|stage| stage.commands(std::slice::from_ref(&place)))
                {
                    match line.strip_prefix("# ") {
                        None => assert!(!line.contains('#'), "{line}"),
                        Some(remark) => {
                            assert!(!remark.contains(|c| "`;&|<>()$'\"!*?[#".contains(c)), "{line}");
                        }
                    }
                }
            }
        }
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
        assert!(said.contains("\ngit commit --fixup=0123456789ab -- :/a.py\n"), "{said}");
        assert!(said.contains("--autosquash 0123456789ab^ || "), "{said}");
        let said = rewritten(Commits { is_root: true, ..commits.clone() }, file());
        assert!(said.contains("--autosquash --root || "), "{said}");
        let said = rewritten(Commits { is_head: true, ..commits.clone() }, file());
        assert!(said.contains("git add :/a.py\n") && said.contains("--amend --no-edit"), "{said}");
        let said = rewritten(Commits { is_removed: true, ..commits.clone() }, file());
        assert!(said.contains(" edit for pick") && !said.contains("fixup"), "{said}");
        let said = rewritten(commits, at(b"commit message", Place::Message { id }));
        assert!(said.ends_with("0123456789ab^") && said.contains(" reword for pick"), "{said}");
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
        assert!(said.contains("git notes edit abcccccccccc\n") && !said.contains("rebase"), "{said}");
        assert!(rewritten(on("refs/notes/x y"), note()).contains("--ref='refs/notes/x y'"));
        assert!(rewritten(on("refs/stash"), note()).contains("git stash drop"));
        assert!(rewritten(on("refs/x/y"), note()).contains("refs/x/y is no branch"));
    }

    #[test]
    fn a_tag_is_written_again() {
        let message = at(b"refs/tags/v 1", Place::Message { id: "ab".into() });
        assert!(rewritten(Commits::default(), message).ends_with("\ngit tag -f -a 'v 1' 'v 1'^{}"));
        let blob = at(b"refs/tags/key", Place::Commit { id: "ab".into() });
        assert_eq!(rewritten(Commits::default(), blob), "git tag -d key");
    }
}

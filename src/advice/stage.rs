//! How far a secret has gone, and what that means.
//!
//! Says what was seen, never "you are safe": another clone, a backup or an editor may hold the value too.

use super::files::stays_out_of_git;
use super::{kept, rewrite::rewrite};
use crate::escape::is_dangerous;
use crate::finding::{DOTS, Location, Place, Reach, Trace};
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
    /// In a commit that somebody looks at, who is not about to push it.
    Committed {
        /// A server has the commit.
        is_sent: bool,
    },
    /// In a file, a stream or an archive; nothing is known of git.
    Found,
    /// In a history, with its way through it.
    Traced(Box<Trace>),
}

/// The commits that hold a secret.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Commits {
    /// Oldest first. Empty when the secret stands in a tag or a name.
    pub all: Vec<Commit>,
    /// A later commit has taken it out of the files again.
    pub is_removed: bool,
    /// A later commit changes a file that holds it.
    pub is_changed: bool,
}

/// One of them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Commit {
    /// Full id, hex.
    pub id: String,
    /// Its turn among all that were looked at, parents first.
    pub turn: usize,
    /// It has no parent.
    pub is_root: bool,
    /// HEAD is at it, so it can be amended.
    pub is_head: bool,
    /// The branch to check out first, when it is not the one that is.
    pub branch: Option<String>,
    /// What holds it when no branch does: `refs/notes/commits`, `refs/stash`.
    pub reference: Option<String>,
}

impl Commit {
    /// As much of the id as tells it from others.
    pub(super) fn short(&self) -> &str {
        &self.id[..self.id.len().min(12)]
    }
}

impl Stage {
    /// What was seen and what follows, one or two sentences.
    pub fn exposure(&self) -> String {
        let said = match self {
            Stage::Staged | Stage::Applied => {
                "In no commit: git has sent it nowhere. Take it out; rotate if shared."
            }
            Stage::Message => "In no commit yet. Write the message without it.",
            Stage::Unpushed(commits) if commits.all.is_empty() => {
                "In no commit, not pushed. Take it out; rotate it if it was shared."
            }
            Stage::Unpushed(commits) if commits.is_removed => {
                "Taken out again, but a commit to be pushed has it. Rewrite that."
            }
            Stage::Unpushed(_) => "Committed, not pushed. Take it out; rotate it if it was shared.",
            Stage::Received(_) => "Already sent: treat it as leaked. Revoke it first, then clean up.",
            Stage::Traced(trace) => return traced(trace),
            Stage::Committed { is_sent: true } => {
                "In a commit that the server has: it counts as leaked. Revoke it first, then take it out."
            }
            Stage::Committed { is_sent: false } => {
                "In a commit: if that was ever pushed or shared, revoke it first, then take it out."
            }
            Stage::Found => "If ever committed, sent or published: revoke first, then clean up.",
        };
        said.to_owned()
    }

    /// Commands that take the secret out of the places where it stands, as [`commands`] tells.
    pub fn commands(&self, places: &[Location]) -> Vec<String> {
        commands(&[(self, places)])
    }

    fn commits(&self) -> Option<&Commits> {
        match self {
            Stage::Unpushed(commits) | Stage::Received(commits) => Some(commits),
            _ => None,
        }
    }
}

/// Commands that take secrets out of the places where they stand, of findings of one moment, ready to paste in any
/// folder of the work tree. A remark has a line of its own and nothing in it that a shell would act upon: an
/// interactive zsh knows no comments.
pub fn commands(findings: &[(&Stage, &[Location])]) -> Vec<String> {
    let Some((stage, _)) = findings.first() else { return Vec::new() };
    let places = || findings.iter().flat_map(|(_, places)| *places);
    match stage {
        Stage::Staged => unstage(&Files::of(places()), "# after the edit, then commit again"),
        Stage::Applied => {
            let mut commands = unstage(&Files::of(places()), EDITED);
            commands.push("git am --continue".to_owned());
            commands
        }
        Stage::Unpushed(_) | Stage::Received(_) => {
            let pairs = findings.iter().filter_map(|(stage, places)| Some((stage.commits()?, *places)));
            rewrite(&pairs.collect::<Vec<_>>())
        }
        Stage::Message => {
            vec!["git commit --edit --file \"$(git rev-parse --git-path COMMIT_EDITMSG)\"".to_owned()]
        }
        Stage::Found | Stage::Committed { .. } | Stage::Traced(_) => Vec::new(),
    }
}

/// Names that one sentence has room for.
const FEW: usize = 3;

fn few(names: &[String]) -> String {
    let more = names.len().saturating_sub(FEW);
    let shown = names[..names.len().min(FEW)].join(", ");
    if more > 0 { format!("{shown} and more") } else { shown }
}

/// What a secret of a history needs, by how far it got.
fn traced(trace: &Trace) -> String {
    let live = few(&trace.live);
    let is_past = trace.elsewhere.iter().any(|name| name.starts_with("upstream of "));
    let remotes = format!("{}on {}", if is_past { "once " } else { "" }, few(&trace.remotes));
    match trace.reach() {
        Reach::LiveAndPushed if !trace.in_head => match &trace.removed {
            Some(removed) => format!(
                "Out of HEAD, but live in {live}, and {remotes}: treat it as leaked. Rotate it first, then push or merge the commit that took it out ({}).",
                removed.id.get(..12).unwrap_or(&removed.id)
            ),
            None => format!(
                "Not in HEAD, but live in {live}, and {remotes}: treat it as leaked. Rotate it first, then take it out of the file there."
            ),
        },
        Reach::LiveAndPushed => format!(
            "In HEAD and {remotes}: treat it as leaked. Rotate it first, then take it out of the file. Rewriting history does not undo the leak."
        ),
        Reach::Pushed => format!(
            "Only in history, but {remotes}: whoever cloned has it. Rotate it; rewriting history is optional and does not undo the leak."
        ),
        Reach::Tagged => kept::tagged(trace),
        Reach::Local if trace.in_head => {
            "In HEAD; no remote is known to have it. Take it out before you push; rotate it if it ever was elsewhere.".to_owned()
        }
        Reach::Local if trace.is_live() => format!(
            "Not in HEAD, but live in {live}; no remote is known to have it. Take it out there before you push; rotate it if it ever was elsewhere."
        ),
        Reach::Local if trace.branches.is_empty() && trace.first.is_none() => {
            "In the index, in no commit: git has sent it nowhere. Take it out of the file and `git add` that again, or `git rm --cached` the file; rotate it if shared.".to_owned()
        }
        Reach::Local => {
            "Only in history that no remote is known to have. Do not push it as it is; rotate it if it ever was elsewhere.".to_owned()
        }
        Reach::Kept => kept::kept(trace),
    }
}

/// For a file that the team's copy must not have.
const KEEP: &str = "# name it in .gitignore, it stays on disk, then commit again";
/// The same where commits are written anew, which needs a clean work tree.
pub(super) const KEEP_FIRST: &str = "# name it in .gitignore and stage that, it stays on disk";
/// For a file that goes on without the value.
pub(super) const EDITED: &str = "# after the edit";

/// Before a commit.
fn unstage(files: &Files, remark: &str) -> Vec<String> {
    let mut commands: Vec<String> = files.renames(", then commit again").into_iter().collect();
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

pub(super) fn untrack(paths: &str) -> String {
    // Forced, since git balks at what was edited after it was staged; the file is left alone either way.
    format!("git rm --cached -f {paths}")
}

/// Whether a message holds it.
pub(super) fn is_message(place: &Location) -> bool {
    matches!(place.place, Place::Message { .. })
}

/// Whether the name of a file holds it, which git keeps: that of a member of an archive changes with the archive.
pub(super) fn is_renamed(place: &Location) -> bool {
    place.place.inside().is_none() && place.is_name()
}

/// What asks for each change, where the files cannot be named: others may be left unstaged on purpose.
const ASK: &str = "-p :/";
/// Most bytes of names in one command.
const NAMED: usize = 400;

/// The files among some places, each once, as pathspecs that a POSIX shell reads as they are.
#[derive(Default)]
pub(super) struct Files {
    /// Those that go on without the value; `None` for a name that a terminal cannot show and nobody could paste.
    edited: Vec<Option<String>>,
    /// Those that have no place in git.
    kept: Vec<String>,
    /// Whether there are some whose names hold it.
    is_renamed: bool,
}

impl Files {
    pub(super) fn of<'l>(places: impl IntoIterator<Item = &'l Location>) -> Files {
        let mut places: Vec<&Location> = places.into_iter().filter(|at| !is_message(at)).collect();
        order::by(&mut places, |one, other| one.file().cmp(other.file()));
        let mut files = Files::default();
        for same in places.chunk_by(|one, other| one.file() == other.file()) {
            files.is_renamed |= same.iter().any(|place| is_renamed(place));
            if same.iter().all(|place| is_renamed(place)) {
                continue;
            }
            match from_top(same[0].file()) {
                Some(word) if same.iter().any(|place| stays_out_of_git(place)) => files.kept.push(word),
                word => files.edited.push(word),
            }
        }
        files
    }

    /// Those that go on, each by its name while they are few.
    pub(super) fn edited(&self) -> Option<String> {
        let words = self.named_edited().filter(|words| words.len() <= NAMED);
        (!self.edited.is_empty()).then(|| words.unwrap_or_else(|| ASK.to_owned()))
    }

    /// Those that go on, each by its name; `None` when one has none to paste.
    pub(super) fn named_edited(&self) -> Option<String> {
        let words: Option<Vec<&str>> = self.edited.iter().map(Option::as_deref).collect();
        words.filter(|words| !words.is_empty()).map(|words| words.join(" "))
    }

    pub(super) fn kept(&self) -> Option<String> {
        (!self.kept.is_empty()).then(|| self.kept.join(" "))
    }

    /// All of them, each by its name.
    pub(super) fn all(&self) -> Option<String> {
        let words = [self.named_edited(), self.kept()].into_iter().flatten().collect::<Vec<_>>().join(" ");
        (self.is_named() && !words.is_empty()).then_some(words)
    }

    /// Whether each has a name to paste.
    pub(super) fn is_named(&self) -> bool {
        self.edited.iter().all(Option::is_some)
    }

    /// What to do about names that hold it: no command here can write them.
    pub(super) fn renames(&self, then: &str) -> Option<String> {
        self.is_renamed.then(|| format!("# the name of a file holds it, give it another with git mv{then}"))
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

/// Whether somebody who pastes the name names the file: nothing in it is hidden, or masked.
fn visible_enough(text: &str) -> bool {
    !text.is_empty() && !text.contains(is_dangerous) && !text.contains(DOTS)
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
        assert_eq!(staged(b"\x1b[2J"), "git add -p :/");
        assert_eq!(staged(b"\xff"), "git add -p :/");
    }

    #[test]
    fn commands_name_every_file_once_and_many_together() {
        let places = |names: &[&[u8]]| names.iter().map(|name| at(name, Place::Staged)).collect::<Vec<_>>();
        let command = |names: &[&[u8]]| Stage::Staged.commands(&places(names)).remove(1);
        assert_eq!(command(&[b"b", b"a", b"b"]), "git add :/a :/b");
        assert_eq!(command(&[b"b", b"a", b"c", b"d"]), "git add :/a :/b :/c :/d");
        let long = [b'a'; 401];
        assert_eq!(command(&[b"b", &long]), "git add -p :/");
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

    fn commit(id: &str) -> Commit {
        Commit { id: id.to_owned(), ..Commit::default() }
    }

    fn ids() -> [String; 2] {
        ["0123456789abcdef".repeat(2), "fedcba9876543210".repeat(2)]
    }

    /// What an interactive zsh reads as a command must do nothing.
    #[test]
    fn remarks_have_a_line_of_their_own() {
        let [id, other] = ids();
        let message = at(b"m", Place::Message { id: id.clone() });
        let file = |path: &[u8], id: &str| at(path, Place::Commit { id: id.to_owned() });
        let places = [
            vec![file(b"a.py", &id)],
            vec![file(b".env", &id)],
            vec![file(b"a.py", &id), file(b"b.py", &other)],
            vec![file(b"a.py", &id), file(b"a.py", &other), file(b".env", &id)],
            vec![file(b"\xff", &id), file(b"b.py", &other)],
            vec![message],
        ];
        let [head, root] = [Commit { is_head: true, ..commit(&id) }, Commit { is_root: true, ..commit(&id) }];
        for places in places {
            for (first, is_removed) in [(&head, false), (&root, false), (&root, true), (&commit(&id), true)] {
                let all = vec![first.clone(), Commit { turn: 1, ..commit(&other) }];
                let stage = Stage::Unpushed(Commits { all, is_removed, is_changed: false });
                for line in [Stage::Staged, stage].iter().flat_map(|stage| stage.commands(&places)) {
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
        let [id, _] = ids();
        let of =
            |commit: Commit, is_removed: bool| Commits { all: vec![commit], is_removed, is_changed: false };
        let file = || at(b"a.py", Place::Commit { id: id.clone() });
        let said = rewritten(of(commit(&id), false), file());
        assert!(said.contains("\ngit commit --fixup=0123456789ab -- :/a.py\n"), "{said}");
        assert!(said.contains("--autosquash 0123456789ab^ || "), "{said}");
        let said = rewritten(of(Commit { is_root: true, ..commit(&id) }, false), file());
        assert!(said.contains("--autosquash --root || "), "{said}");
        let said = rewritten(of(Commit { is_head: true, ..commit(&id) }, false), file());
        assert!(said.contains("git add :/a.py\n") && said.contains("--amend --no-edit"), "{said}");
        let said = rewritten(of(commit(&id), true), file());
        assert!(said.contains("'git reset -q HEAD -- :/a.py' -- HEAD --not 0123456789ab^@"), "{said}");
        assert!(!said.contains("git commit"), "{said}");
        let unnamed = at(b"\xff", Place::Commit { id: id.clone() });
        assert!(rewritten(of(commit(&id), true), unnamed).contains(" edit for pick"));
        let said = rewritten(of(commit(&id), false), at(b"commit message", Place::Message { id }));
        assert!(said.ends_with("0123456789ab^") && said.contains(" reword for pick"), "{said}");
    }

    #[test]
    fn commits_on_no_branch_are_never_rebased() {
        let [id, _] = ids();
        let on = |name: &str| Commits {
            all: vec![Commit { reference: Some(name.to_owned()), ..commit(&id) }],
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
        let blob = at(b"refs/tags/key", Place::Object { id: "ab".into() });
        assert_eq!(rewritten(Commits::default(), blob), "git tag -d key");
    }
}

//! How a secret is taken out of commits that are still one's own: for all findings at once, in one rewriting.
//!
//! Two rewritings in a row would go wrong: after the first one the ids of the second are those of other commits. So what
//! needs another way than the first is told of after the next push.

use std::collections::{HashMap, HashSet};

use super::stage::{Commit, Commits, EDITED, Files, KEEP_FIRST, is_message, is_renamed, quoted, untrack};
use crate::finding::{Location, Place};
use crate::order;

/// The commit may hold nothing else.
const AMEND: &str = "git commit --amend --no-edit --allow-empty";

/// The folder of a rebase that stopped on the way; where none did, nothing may be amended.
const REBASING: &str = "\"$(git rev-parse --git-path rebase-merge)\"";

/// Merges are kept as they are, where a rebase would flatten them, and so is what else was edited.
const REBASE: &str = "rebase -i --rebase-merges --autostash";

/// The last line, where something is left.
const AGAIN: &str = "# then push again, and see what is left";

/// Why a name is not in a command.
const MASKED: &str = ", its name holds a secret and is not shown whole";

/// By what a place is mended; the first ones go first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Way {
    /// The edit becomes part of the commit that brought the secret.
    Edit,
    /// From the commit on, the file is as it is now: it leaves git, several commits brought secrets into it, or a later
    /// commit changes it again. A rebase would stop at every change to the same lines.
    Settle,
    /// By hand, where no command can name the file.
    ByHand,
    /// By hand: the name of the file holds the secret.
    Rename,
    /// The message is written anew.
    Message,
    /// A rebase would rewrite the branch that is checked out.
    OffBranch,
    /// A reference is named like the secret.
    Name,
    /// The tag is made anew.
    Tag,
}

/// A place, and how it is mended.
struct Spot<'f> {
    place: &'f Location,
    commit: Option<&'f Commit>,
    is_removed: bool,
    is_changed: bool,
    way: Way,
}

impl Spot<'_> {
    fn branch(&self) -> Option<&str> {
        self.commit.and_then(|commit| commit.branch.as_deref())
    }

    fn reference(&self) -> Option<&str> {
        self.commit.and_then(|commit| commit.reference.as_deref())
    }

    fn is_head(&self) -> bool {
        self.commit.is_some_and(|commit| commit.is_head)
    }

    /// Whether one rewriting mends both.
    fn goes_with(&self, other: &Spot<'_>) -> bool {
        let same = self.way == other.way && self.branch() == other.branch();
        same && match self.way {
            Way::OffBranch => self.reference() == other.reference(),
            Way::Name | Way::Tag => self.place.path == other.place.path,
            _ => true,
        }
    }
}

/// The commands for findings, each with the commits that hold it, and its places.
pub(super) fn rewrite(findings: &[(&Commits, &[Location])]) -> Vec<String> {
    let spots = spots(findings);
    let Some(first) = spots.iter().min_by_key(|spot| spot.way) else { return Vec::new() };
    let on_branch: Vec<&Spot<'_>> =
        spots.iter().filter(|spot| spot.way <= Way::Rename && spot.branch() == first.branch()).collect();
    let is_last = first.way <= Way::Rename && on_branch.iter().all(|spot| spot.is_head());
    let group = if is_last { on_branch } else { spots.iter().filter(|spot| spot.goes_with(first)).collect() };
    let switch = first.branch().map(|name| {
        quoted(name.as_bytes()).map_or_else(
            || format!("# check out its branch first{MASKED}"),
            |name| format!("git switch {name}"),
        )
    });
    let mut commands: Vec<String> = switch.into_iter().collect();
    commands.extend(match first.way {
        _ if is_last => amend(&files(&group)),
        Way::Edit => fix_up(&group).unwrap_or_else(|| by_hand(&group, "edit", "take it out there")),
        Way::Settle => settle(&group).unwrap_or_else(|| by_hand(&group, "edit", "take it out there")),
        Way::ByHand => by_hand(&group, "edit", "take it out there"),
        Way::Rename => by_hand(&group, "edit", "give the file another name there"),
        Way::Message if group.iter().all(|spot| spot.is_head()) => vec!["git commit --amend".to_owned()],
        Way::Message => by_hand(&group, "reword", ""),
        Way::OffBranch => off_branch(first.reference().unwrap_or_default(), &group),
        Way::Name => name_again(first.place),
        Way::Tag => tag_again(&group),
    });
    commands.extend((group.len() < spots.len()).then(|| AGAIN.to_owned()));
    commands
}

/// All places that can be mended.
fn spots<'f>(findings: &[(&'f Commits, &'f [Location])]) -> Vec<Spot<'f>> {
    let mut spots = Vec::new();
    for (commits, places) in findings {
        for place in *places {
            let (Place::Commit { id } | Place::Message { id } | Place::Object { id }) = place.place.root()
            else {
                if matches!(place.place, Place::GitFile) {
                    let (is_removed, is_changed) = (false, false);
                    spots.push(Spot { place, commit: None, is_removed, is_changed, way: Way::Name });
                }
                continue;
            };
            let commit = commits.all.iter().find(|commit| commit.id == *id);
            let way = match commit {
                None if place.path.starts_with(b"refs/tags/") => Way::Tag,
                None => continue,
                Some(commit) if commit.reference.is_some() => Way::OffBranch,
                Some(_) if is_message(place) => Way::Message,
                Some(_) if is_renamed(place) => Way::Rename,
                Some(_) => Way::Edit,
            };
            let Commits { is_removed, is_changed, .. } = **commits;
            spots.push(Spot { place, commit, is_removed, is_changed, way });
        }
    }
    // What is one edit of a file now cannot become part of several commits.
    let mut met: HashMap<_, HashSet<&str>> = HashMap::new();
    for spot in spots.iter().filter(|spot| spot.way == Way::Edit) {
        let key = (spot.branch().map(str::to_owned), spot.place.file());
        met.entry(key).or_default().extend(spot.commit.map(|commit| commit.id.as_str()));
    }
    for spot in spots.iter_mut().filter(|spot| spot.way == Way::Edit) {
        let commits = met.get(&(spot.branch().map(str::to_owned), spot.place.file())).map_or(0, HashSet::len);
        let files = Files::of([spot.place]);
        if commits > 1 || spot.is_removed || spot.is_changed || files.kept().is_some() {
            spot.way = if files.is_named() { Way::Settle } else { Way::ByHand };
        }
    }
    spots
}

fn files(group: &[&Spot<'_>]) -> Files {
    Files::of(group.iter().map(|spot| spot.place))
}

/// The commits of some places, oldest first, each once.
fn commits<'f>(group: &[&Spot<'f>]) -> Vec<&'f Commit> {
    let mut commits: Vec<&Commit> = group.iter().filter_map(|spot| spot.commit).collect();
    order::by_key(&mut commits, |commit| commit.turn);
    commits.dedup_by(|one, other| one.id == other.id);
    commits
}

/// What a rebase of a commit and all after it starts from.
fn base(commit: &Commit) -> String {
    if commit.is_root { "--root".to_owned() } else { format!("{}^", commit.short()) }
}

/// The last commit without the value, or without the file.
fn amend(files: &Files) -> Vec<String> {
    let mut commands = files.renames("").into_iter().collect::<Vec<_>>();
    if let Some(paths) = files.edited() {
        commands.extend([EDITED.to_owned(), format!("git add {paths}")]);
    }
    if let Some(paths) = files.kept() {
        commands.extend([KEEP_FIRST.to_owned(), untrack(&paths)]);
    }
    commands.push(AMEND.to_owned());
    commands
}

/// The edits as parts of the commits that brought the values.
fn fix_up(group: &[&Spot<'_>]) -> Option<Vec<String>> {
    let commits = commits(group);
    let (oldest, shorts) = (commits.first()?, shorts(&commits, " "));
    let mut commands = vec![EDITED.to_owned()];
    for commit in &commits {
        let own: Vec<&Spot<'_>> = group
            .iter()
            .copied()
            .filter(|spot| spot.commit.is_some_and(|other| other.id == commit.id))
            .collect();
        let short = commit.short();
        commands.push(match files(&own).all() {
            Some(paths) => format!("git commit --fixup={short} -- {paths}"),
            None if commits.len() == 1 => format!("git commit -a --fixup={short}"),
            None => return None,
        });
    }
    // A commit that is left with nothing stops it, on every git and with `--empty=drop` too.
    let go_on = format!("{AMEND} && git rebase --continue");
    let go_on = match commits.len() {
        1 => format!("{{ test -d {REBASING} && {go_on}; }}"),
        _ => format!("for commit in {shorts}; do test ! -d {REBASING} || {{ {go_on}; }}; done"),
    };
    let base = base(oldest);
    commands.push(format!("git -c sequence.editor=true {REBASE} --autosquash {base} || {go_on}"));
    Some(commands)
}

/// The files as they are now in a commit and all after it, whatever those did to them.
fn settle(group: &[&Spot<'_>]) -> Option<Vec<String>> {
    let since = commits(group).first()?.short();
    let paths = files(group).all()?;
    let live = Files::of(group.iter().filter(|spot| !spot.is_removed).map(|spot| spot.place));
    let mut commands = Vec::new();
    if group.iter().all(|spot| spot.is_removed) {
        commands.push(format!("# nothing to edit, what is gone now is taken out of {since} and later ones"));
    }
    if let Some(paths) = live.named_edited() {
        commands.push(format!("# after the edit, which then counts from {since} on"));
        commands.push(match live.kept() {
            None => format!("git commit -m 'Take it out' -- {paths} &&"),
            Some(_) => format!("git add {paths}"),
        });
    }
    if let Some(paths) = live.kept() {
        commands.push(KEEP_FIRST.to_owned());
        commands.extend([untrack(&paths), "git commit -m 'Keep it out of git' &&".to_owned()]);
    }
    // git refuses a work tree with other edits; the stash is no part of the list, and ends with what it was made of.
    // Without the variable it waits ten seconds.
    let filter = format!("git reset -q HEAD -- {paths}").replace('\'', r"'\''");
    commands.push("kept=$(git stash create) && git reset -q --hard &&".to_owned());
    commands.push(format!(
        "FILTER_BRANCH_SQUELCH_WARNING=1 git -C \"$(git rev-parse --show-toplevel)\" filter-branch -f --prune-empty --index-filter '{filter}' -- HEAD --not {since}^@"
    ));
    commands.push("test -z \"$kept\" || git stash apply -q --index \"$kept\"".to_owned());
    Some(commands)
}

/// Stops at each of the commits.
fn by_hand(group: &[&Spot<'_>], verb: &str, what: &str) -> Vec<String> {
    let commits = commits(group);
    let Some(oldest) = commits.first() else { return Vec::new() };
    let then = if what.is_empty() { String::new() } else { format!(", {what}, then") };
    let mut commands = vec![
        format!("# write {verb} for pick before {}{then}", shorts(&commits, " and ")),
        format!("git {REBASE} {}", base(oldest)),
    ];
    commands.extend((!what.is_empty()).then(|| format!("{AMEND} -a && git rebase --continue")));
    commands
}

fn shorts(commits: &[&Commit], between: &str) -> String {
    commits.iter().map(|commit| commit.short()).collect::<Vec<_>>().join(between)
}

/// For commits that no branch has.
fn off_branch(name: &str, group: &[&Spot<'_>]) -> Vec<String> {
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
        format!("{notes} edit {}", noted(group)),
        format!("git update-ref {word} \"$(git commit-tree -m notes {word}^{{tree}})\""),
    ]
}

/// The object that a note is about: the path of the note, in which slashes may stand.
fn noted(group: &[&Spot<'_>]) -> String {
    let id = |spot: &&Spot<'_>| -> Vec<u8> {
        spot.place.file().iter().filter(|byte| **byte != b'/').copied().collect()
    };
    let mut ids = group.iter().map(id).filter(|id| id.len() >= 40 && id.iter().all(u8::is_ascii_hexdigit));
    ids.next().map_or_else(|| "OBJECT".to_owned(), |id| String::from_utf8_lossy(&id[..12]).into_owned())
}

/// For a reference that is named like the secret; its name is not shown whole, so nothing here holds it.
fn name_again(named: &Location) -> Vec<String> {
    let lines = if named.path.starts_with(b"refs/heads/") {
        ["# check it out and give it another name, then push that", "git branch -m NEW"]
    } else {
        ["# delete it, and make it again under another name", "git tag -d NAME"]
    };
    lines.map(str::to_owned).to_vec()
}

fn tag_again(group: &[&Spot<'_>]) -> Vec<String> {
    let name = group.first().and_then(|spot| spot.place.path.strip_prefix(b"refs/tags/"));
    let Some(word) = name.and_then(quoted) else { return vec![format!("# delete the tag{MASKED}")] };
    if group.iter().all(|spot| is_message(spot.place)) {
        vec!["# write the message without it".to_owned(), format!("git tag -f -a {word} {word}^{{}}")]
    } else {
        vec![format!("git tag -d {word}")]
    }
}

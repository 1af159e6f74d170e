//! Where a secret of a history came in, whether it left again, and how far it got.

/// What is known of a secret's way through a repository. Names are as git writes them, without
/// `refs/heads/` and its like; what of a name is a secret itself is masked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trace {
    /// The oldest commit that holds it; `None` when no commit does: staged once, and never committed.
    pub first: Option<CommitMark>,
    /// The last commit that took it out of what HEAD shows; `None` while it stands there, and when it never did.
    pub removed: Option<CommitMark>,
    /// Whether it stands in a file of the commit that HEAD is at.
    pub in_head: bool,
    /// Branches, here and at remotes, and other work trees whose newest commit has it in a file: "main", "origin/main",
    /// "HEAD of work tree fix".
    pub live: Vec<String>,
    /// Local branches whose history holds it.
    pub branches: Vec<String>,
    /// Tags whose history, message or name holds it. Git does not know whether a tag was pushed.
    pub tags: Vec<String>,
    /// Remotes that have it or had it, as far as tracking branches and their reflogs tell: it was pushed, or came
    /// from there.
    pub remotes: Vec<String>,
    /// What else keeps it: "stash", "reflog of main", "index", "unreachable objects", "refs/notes/commits".
    pub elsewhere: Vec<String>,
    /// What a part of a scan that several machines share has to tell the others.
    pub joint: Joint,
}

/// What the answer for a whole history is made of, when each of several machines has seen a part of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Joint {
    /// Turn of [`Trace::first`] among commits of the same second.
    pub first: u32,
    /// Turn of [`Trace::removed`] among all commits.
    pub removed: u32,
    /// What keeps it for a while only, reflogs and their like: in [`Trace::elsewhere`] where no branch, tag or remote
    /// has it.
    pub passing: Vec<String>,
}

/// How urgent a secret of a history is, the most urgent first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reach {
    /// In HEAD or the newest commit of another branch, and a remote has it.
    LiveAndPushed,
    /// A remote has it; no newest commit does.
    Pushed,
    /// A tag holds it and no remote is known to have it; git does not know whether a tag was pushed.
    Tagged,
    /// No remote is known to have it.
    Local,
    /// In nothing that a push sends by itself: only reflogs, a stash, or git's own files keep it.
    Kept,
}

impl Reach {
    /// All, the most urgent first.
    pub const ALL: [Reach; 5] =
        [Reach::LiveAndPushed, Reach::Pushed, Reach::Tagged, Reach::Local, Reach::Kept];

    /// The word for it in reports.
    pub fn word(self) -> &'static str {
        match self {
            Reach::LiveAndPushed => "live_and_pushed",
            Reach::Pushed => "pushed",
            Reach::Tagged => "tagged",
            Reach::Local => "local",
            Reach::Kept => "kept",
        }
    }
}

/// What a name of [`Trace::elsewhere`] stands for: each kind is emptied in a way of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Keeper<'n> {
    /// HEAD, where no branch is at it.
    Head,
    /// What the next commit records.
    Index,
    /// An entry of `git stash`.
    Stash,
    /// A reflog, or what git notes of a step: `ORIG_HEAD`.
    Reflog,
    /// Objects that nothing leads to.
    Unreachable,
    /// The same, in a directory of another repository that lends its objects.
    Lender(&'n str),
    /// Notes, or another reference beside branches and tags.
    Reference(&'n str),
    /// One of git's own files, from the top of its directory.
    File(&'n str),
}

impl Keeper<'_> {
    /// `None` for a number of further names, and for what is at a remote.
    pub fn of(name: &str) -> Option<Keeper<'_>> {
        if let Some(dir) = name.strip_prefix("unreachable objects of ") {
            return Some(Keeper::Lender(dir));
        }
        if name.starts_with("upstream of ") {
            return None;
        }
        let (kind, _) = name.split_once(" of work tree ").unwrap_or((name, ""));
        let kind = kind.strip_suffix(" of the main work tree").unwrap_or(kind);
        if let Some(path) = name.strip_prefix(".git/") {
            return Some(Keeper::File(path));
        }
        Some(match kind {
            "HEAD" => Keeper::Head,
            "index" => Keeper::Index,
            "stash" => Keeper::Stash,
            "unreachable objects" => Keeper::Unreachable,
            "AUTO_MERGE" => Keeper::Reflog,
            _ if kind.starts_with("reflog of ") || kind.ends_with("_HEAD") => Keeper::Reflog,
            _ if kind.starts_with("refs/") => Keeper::Reference(name),
            _ if kind.strip_suffix(" more").is_some_and(|count| count.parse::<u32>().is_ok()) => return None,
            _ => Keeper::File(name),
        })
    }
}

impl Trace {
    /// How urgent it is.
    pub fn reach(&self) -> Reach {
        match (self.remotes.is_empty(), self.is_live()) {
            (false, true) => Reach::LiveAndPushed,
            (false, false) => Reach::Pushed,
            (true, _) if !self.tags.is_empty() => Reach::Tagged,
            (true, false) if self.branches.is_empty() && !self.is_next() => Reach::Kept,
            (true, _) => Reach::Local,
        }
    }

    /// Whether a newest commit has it in a file.
    pub fn is_live(&self) -> bool {
        self.in_head || !self.live.is_empty()
    }

    /// Whether the next commit, or one that is checked out without a branch, has it.
    fn is_next(&self) -> bool {
        self.keepers().any(|keeper| matches!(keeper, Keeper::Head | Keeper::Index))
    }

    /// What keeps it beside branches, tags and remotes.
    pub fn keepers(&self) -> impl Iterator<Item = Keeper<'_>> {
        self.elsewhere.iter().filter_map(|name| Keeper::of(name))
    }

    /// Adds what is known of the same secret from another repository, or from another part of the work.
    pub fn join(&mut self, other: Trace) {
        if other.first.as_ref().is_some_and(|mark| self.first.as_ref().is_none_or(|own| mark.time < own.time))
        {
            self.first = other.first;
        }
        self.in_head |= other.in_head;
        self.removed = match (self.removed.take(), other.removed) {
            _ if self.in_head => None,
            (Some(own), Some(other)) => Some(if own.time >= other.time { own } else { other }),
            (own, other) => own.or(other),
        };
        let lists = [
            (&mut self.live, other.live),
            (&mut self.branches, other.branches),
            (&mut self.tags, other.tags),
            (&mut self.remotes, other.remotes),
            (&mut self.elsewhere, other.elsewhere),
        ];
        for (own, other) in lists {
            for name in other {
                if !own.contains(&name) {
                    own.push(name);
                }
            }
        }
    }
}

/// A commit, as far as a report names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitMark {
    /// Full object id, hex.
    pub id: String,
    /// Name and address of the author: `Ann <ann@acme.example>`.
    pub author: String,
    /// When it was committed, seconds since 1970, UTC.
    pub time: i64,
}

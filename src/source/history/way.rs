//! What a trace takes and gives, as plain values.

use bstr::BString;

use crate::source::Place;

/// A secret was seen in a piece.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Seen {
    /// Which piece, by rank.
    pub piece: u32,
    /// The caller's number for the secret.
    pub secret: u32,
    /// Line of the piece's text, counted from 0; tells which name of a list it is.
    pub line: u32,
}

/// A secret's way through the history.
#[derive(Debug, Default)]
pub struct Traced {
    /// The oldest commit with it.
    pub first: Option<Mark>,
    /// The last commit that took it out of HEAD's history.
    pub removed: Option<Mark>,
    /// Whether a file of HEAD holds it.
    pub in_head: bool,
    /// Branches, here and at remotes, and other work trees whose newest commit has it in a file.
    pub live: Names,
    /// Whether a file of what a range starts from holds it.
    pub is_old: bool,
    /// Names of local branches.
    pub branches: Names,
    /// Names of tags.
    pub tags: Names,
    /// Names of remotes.
    pub remotes: Names,
    /// What else holds it.
    pub elsewhere: Names,
    /// What holds it for a while only.
    pub passing: Names,
    /// What to read to show it, the best first.
    pub sights: Vec<Sight>,
}

/// A commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Its id, hex.
    pub id: String,
    /// Seconds since 1970.
    pub time: i64,
    /// Its turn among commits that could be named in its place.
    pub rank: u32,
}

/// Names, the first few of many.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Names {
    /// In the order of references.
    pub shown: Vec<String>,
    /// How many there are beyond.
    pub more: usize,
}

/// Names that are kept of each kind; a server may have a hundred thousand references.
pub const SHOWN: usize = 20;

impl Names {
    /// Adds one, once.
    pub fn add(&mut self, name: &str) {
        if self.shown.iter().any(|known| known == name) {
        } else if self.shown.len() < SHOWN {
            self.shown.push(name.to_owned());
        } else {
            self.more += 1;
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.shown.is_empty()
    }
}

/// A version that holds a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sight {
    /// What to read.
    pub read: Read,
    /// Under which path.
    pub path: BString,
    /// Where that is.
    pub place: Place,
    /// Its turn among all versions with the secret, the least first.
    pub rank: u64,
}

/// A version of a file that holds a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// Its id, hex.
    pub id: String,
    /// The caller's number for the secret.
    pub secret: u32,
    /// Whether the newest commit of HEAD, of a branch here or at a remote, or of another work tree has it.
    pub is_live: bool,
}

/// What to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Read {
    /// A piece, by rank.
    Piece(u32),
    /// A name, which is the text itself.
    Name(BString),
}

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
    /// The oldest commit with it: id, and seconds since 1970.
    pub first: Option<(String, i64)>,
    /// The last commit that took it out of HEAD's history.
    pub removed: Option<(String, i64)>,
    /// Whether a file of HEAD holds it.
    pub in_head: bool,
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
    /// What to read to show it, the best first.
    pub sights: Vec<Sight>,
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
pub(super) const SHOWN: usize = 20;

impl Names {
    pub(super) fn add(&mut self, name: &str) {
        if self.shown.iter().any(|known| known == name) {
        } else if self.shown.len() < SHOWN {
            self.shown.push(name.to_owned());
        } else {
            self.more += 1;
        }
    }

    pub(super) fn is_empty(&self) -> bool {
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
}

/// What to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Read {
    /// A piece, by rank.
    Piece(u32),
    /// A name, which is the text itself.
    Name(BString),
}

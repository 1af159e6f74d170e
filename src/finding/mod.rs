//! The one finding type: a secret, where it stands, why we are sure.
//!
//! Candidates of the engine become findings here: redacted, fingerprinted, put together (one secret,
//! one finding, all its places), and held against what the user has allowed.

use bstr::{BStr, BString, ByteSlice};

use crate::catalogue::{Confidence, Rule, Severity};
pub use crate::source::Place;

pub mod allowlist;
pub mod baseline;
mod comment;
mod content;
pub mod date;
mod delimiter;
mod documents;
mod excerpt;
mod fence;
pub mod fingerprint;
mod fixture;
pub mod frame;
pub mod fresh;
pub mod hint;
pub mod inline;
mod marked;
pub mod merge;
pub mod secret;
mod setting;
mod shell;
pub mod shield;
mod sights;
mod spelling;
pub mod suppress;
mod syntax;
pub mod tally;
mod trace;

pub use comment::{Open, open_behind};
pub use content::Content;
pub use delimiter::Delimiter;
pub use fingerprint::matches_prefix;
pub use fixture::{WHY as AMONG_TESTS, severity_at};
pub use merge::{Hit, as_people_count, hits, merge};
pub use secret::{DOTS, Secret};
pub use setting::{Around, Block, Carried, Module, Modules, Setting};
pub use shell::Quoting;
pub use syntax::{Syntax, syntax};
pub use trace::{CommitMark, Joint, Keeper, Reach, Trace};

impl Confidence {
    /// Whether a finding of which so much is known blocks.
    pub fn blocks(self) -> bool {
        self > Confidence::Low
    }
}

/// One secret and all its places.
#[derive(Debug, Clone)]
pub struct Finding {
    /// What kind of secret.
    pub rule: &'static Rule,
    /// The secret; redacts itself.
    pub secret: Secret,
    /// How bad: the rule's, unless the user's settings say otherwise.
    pub severity: Severity,
    /// How sure.
    pub confidence: Confidence,
    /// The evidence in words, strongest first.
    pub why: Vec<String>,
    /// Where it stands; at least one.
    pub locations: Vec<Location>,
    /// Other parts of the credential (an Account SID, a key id): name and value, redacted like the secret.
    pub parts: Vec<(&'static str, Secret)>,
    /// How it is written where that is not the secret itself, encoded for instance.
    pub written: Vec<Secret>,
    /// Names the finding for `allow`: independent of path, line and commit.
    pub fingerprint: String,
    /// Its way through the repository; only a scan of a history knows it.
    pub trace: Option<Trace>,
}

impl Finding {
    /// All that must not be shown of it.
    pub fn secrets(&self) -> impl Iterator<Item = &Secret> {
        let parts = self.parts.iter().map(|(_, part)| part);
        std::iter::once(&self.secret).chain(&self.written).chain(parts)
    }
}

/// A place of a secret.
#[derive(Debug, Clone)]
pub struct Location {
    /// Path from the repository root, bytes.
    pub path: BString,
    /// Which version.
    pub place: Place,
    /// First line, 1-based.
    pub line: u32,
    /// First column, 1-based, in bytes.
    pub column: u32,
    /// Last line.
    pub end_line: u32,
    /// Column after the last byte, in bytes.
    pub end_column: u32,
    /// The same two columns in UTF-16 code units, as editors, language servers and SARIF count.
    pub utf16: Utf16,
    /// The source line with every secret on it masked, cut to a readable length.
    pub excerpt: Excerpt,
    /// What the whole text says of its kind.
    pub content: Content,
    /// What stands around the secret.
    pub setting: Setting,
    /// Its turn among the places that a history shows of the secret, the least first; the same on all machines that
    /// share a scan. 0 elsewhere.
    pub rank: u64,
}

/// Columns in UTF-16 code units, 1-based, the end exclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Utf16 {
    /// First column.
    pub column: u32,
    /// Column after the last one.
    pub end_column: u32,
}

impl Location {
    /// The file as git and the disk know it: the outermost one, when the secret is inside another.
    pub fn file(&self) -> &BStr {
        self.place.inside().map_or(self.path.as_bstr(), |inside| inside.outer.as_bstr())
    }

    /// The line, as far as it is known: more than the excerpt where that had to be cut.
    pub fn wide_line(&self) -> &Excerpt {
        self.setting.line.as_deref().unwrap_or(&self.excerpt)
    }

    /// Whether the secret stands in the name of the file and not in the file: the line is the path.
    pub fn is_name(&self) -> bool {
        let line = self.excerpt.text.trim_matches('…');
        self.line == 1 && !line.is_empty() && self.path.contains_str(line)
    }
}

/// A redacted source line and where the secret stands in it.
#[derive(Debug, Clone, Default)]
pub struct Excerpt {
    /// The line, masked; not yet safe for a terminal (see `report/escape.rs`).
    pub text: String,
    /// Where the mask of this finding starts, in characters.
    pub start: usize,
    /// And ends.
    pub end: usize,
}

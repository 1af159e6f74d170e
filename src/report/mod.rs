//! Findings and advice in, text out. Pure functions: no report reads anything or decides an exit code.
//!
//! Every byte that comes from a repository passes [`escape`](crate::escape) first, and no format ever holds a secret.

use std::io;
use std::time::Duration;

use crate::advice::{Advice, Stage};
use crate::finding::suppress::Allowed;
use crate::finding::{Finding, Secret};
use crate::source::Coverage;

pub mod color;
pub mod csv;
mod fit;
pub mod github;
pub mod gitlab;
pub mod html;
pub mod human;
mod inside;
pub mod json;
pub mod junit;
mod markup;
pub mod page;
pub mod reference;
pub mod reviewdog;
pub mod rules;
pub mod sarif;
mod sentence;
mod spot;
mod stream;
mod told;
mod trace;

/// A finding with what to do about it.
#[derive(Debug)]
pub struct Card<'r> {
    /// What was found.
    pub finding: &'r Finding,
    /// How far it has gone.
    pub stage: Stage,
    /// What to do.
    pub advice: Advice,
}

/// What a run brought: everything that a report may tell.
#[derive(Debug)]
pub struct Run<'r> {
    /// Findings that block, worst first.
    pub blocking: &'r [Card<'r>],
    /// Findings of low confidence: told, never blocking on their own.
    pub notes: &'r [Card<'r>],
    /// What was looked at.
    pub coverage: &'r Coverage,
    /// Places of secrets that were there before the change.
    pub old: usize,
    /// Findings that somebody has allowed, and why.
    pub allowed: &'r [Allowed],
    /// Lines that are told whatever was found.
    pub announce: &'r [String],
    /// Settings that do not count yet, should an allow entry be among them.
    pub pending: Option<Pending>,
    /// Wall time.
    pub elapsed: Duration,
    /// When the run ended, Unix seconds.
    pub ended: u64,
    /// What is being stopped: "commit", "push"; empty when nothing is.
    pub stops: &'static str,
    /// What was looked into, one word: "commit", "history".
    pub mode: &'static str,
    /// Which part of a run it is, when it is not the whole.
    pub part: Option<&'r Part>,
}

/// What becomes of settings that no commit has yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pending {
    /// git knows the file: a commit of it alone is all it takes.
    Changed,
    /// git does not know the file yet, or this other one that comes with it.
    New(&'static str),
    /// The next commit concludes a merge, a pick or a revert, and git makes no part of it alone. With the other file
    /// that comes with it.
    Concluding(&'static str),
}

/// A part of a run that several machines share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its number, from 1.
    pub number: u32,
    /// How many there are.
    pub of: u32,
    /// What they are parts of; the same in all of them.
    pub run: String,
}

impl Part {
    fn describe(&self) -> serde_json::Value {
        serde_json::json!({ "part": self.number, "parts": self.of, "run": self.run })
    }
}

/// Whether the secrets themselves are written. Only the formats for people and JSON can.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Secrets {
    /// A prefix at most.
    #[default]
    Redacted,
    /// Whole: somebody at a terminal has asked for it.
    Clear,
}

impl Secrets {
    /// A secret, as it is to be shown.
    fn show(self, secret: &Secret) -> String {
        match self {
            Secrets::Redacted => secret.redacted(),
            Secrets::Clear => String::from_utf8_lossy(secret.expose()).into_owned(),
        }
    }
}

/// One format.
pub trait Report {
    /// Writes the whole report.
    ///
    /// # Errors
    /// Those of the writer.
    fn write(&self, out: &mut dyn io::Write, run: &Run<'_>) -> io::Result<()>;
}

//! What a person reads about a rule, unpacked when it is first asked for.

use std::fmt;
use std::sync::OnceLock;

/// What somebody reads about a rule whose secret has leaked.
#[derive(Debug)]
pub struct Page {
    /// What an attacker does with it.
    pub risks: &'static [&'static str],
    /// How a leak is fixed.
    pub fix: Fix,
    /// Pages of the vendor.
    pub docs: &'static [&'static str],
}

/// What somebody reads who wants to know the rule.
#[derive(Debug)]
pub struct About {
    /// Why a leak is as bad as [`Rule::severity`](super::Rule::severity) says, one sentence.
    pub severity_reason: &'static str,
    /// What it is, one or two sentences.
    pub description: &'static str,
    /// Where the format was learned.
    pub source: &'static str,
    /// What must and what must not be found, in generator syntax.
    pub examples: Examples,
}

/// A text that is unpacked when it is first asked for: a clean commit needs none.
pub enum Lazy<T> {
    /// At hand.
    Ready(T),
    /// To be unpacked.
    Packed {
        /// From where.
        texts: &'static dyn Texts,
        /// Which.
        at: TextAt,
        /// By which of the questions to `texts`.
        read: fn(&dyn Texts, TextAt) -> T,
        /// Where it is kept then.
        kept: OnceLock<T>,
    },
}

/// Where a text stands: in which block of the packed ones, and at which byte of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TextAt {
    /// Number of the block.
    pub block: u32,
    /// Byte in the unpacked block.
    pub at: u32,
}

/// Packed texts.
pub trait Texts: Sync {
    /// Unpacks and reads a page.
    fn page(&self, at: TextAt) -> Page;

    /// Unpacks and reads what a rule is.
    fn about(&self, at: TextAt) -> About;
}

impl<T> Lazy<T> {
    pub(super) fn get(&self) -> &T {
        match self {
            Lazy::Ready(text) => text,
            Lazy::Packed { texts, at, read, kept } => kept.get_or_init(|| read(*texts, *at)),
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for Lazy<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.get().fmt(f)
    }
}

/// The fix card: what to do, where, and what to write instead.
#[derive(Debug)]
pub struct Fix {
    /// Steps to revoke or rotate; each names a place and an action.
    pub revoke: &'static [&'static str],
    /// The API or CLI calls that do it, in their order; empty when there is none.
    pub call: &'static [&'static str],
    /// Where to look for abuse.
    pub abuse: &'static [&'static str],
    /// What will stop working.
    pub breaks: &'static str,
    /// A safer kind of credential; empty when there is none.
    pub safer: &'static str,
    /// Environment variable that the replacement reads.
    pub env: &'static str,
}

/// Examples in generator syntax (see `sample.rs`).
#[derive(Debug)]
pub struct Examples {
    /// Each must be found, with this rule's id.
    pub matches: &'static [&'static str],
    /// In none may this rule be found.
    pub ignores: &'static [&'static str],
}

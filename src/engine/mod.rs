//! The engine: bytes in, candidates out.
//!
//! One prefilter pass finds keywords; only around them shapes, checks and context are paid for. No I/O,
//! no clock, no git, no path policy: a file name is a hint about syntax, nothing more. Linear in the
//! bytes, whatever they hold; never panics.

use std::borrow::Cow;
use std::ops::Range;

use crate::catalogue::{Confidence, RuleIx};

mod context;
mod decode;
mod doubt;
#[cfg(test)]
mod draw;
mod encoding;
mod hint;
mod job;
mod locate;
mod names;
mod overlap;
mod owner;
mod parse;
mod scan;
mod shape;
mod syntax;
mod value;
mod word_set;

pub(crate) use decode::unescaped;
pub(crate) use doubt::public::hmac;
pub use encoding::as_text;
pub use hint::{FileHint, Syntax};
pub use scan::Scanner;

/// Whether a name may hold a secret at all: it gives a value to something, or has a digit in a long run of letters and
/// digits. Most names of files do not, and need not be scanned.
pub fn may_name_secret(name: &[u8]) -> bool {
    const SHORTEST: usize = 12;
    let is_token = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    let runs = || name.split(|b| !is_token(b)).filter(|run| run.len() >= SHORTEST);
    name.contains(&b'=') || runs().any(|run| run.iter().any(u8::is_ascii_digit))
}

/// A secret that was found, with the reasons.
#[derive(Debug, Clone)]
pub struct Candidate {
    /// Which rule.
    pub rule: RuleIx,
    /// Where the secret stands in the scanned text, as written there (encoded form included).
    pub range: Range<usize>,
    /// The secret itself when it is written encoded (base64, percent); otherwise the bytes of `range`.
    pub decoded: Option<Vec<u8>>,
    /// How sure.
    pub confidence: Confidence,
    /// The evidence in words, strongest first; never holds the secret.
    pub why: Vec<Cow<'static, str>>,
    /// Other parts of the credential: name and range (an Account SID, a key id).
    pub parts: Vec<(&'static str, Range<usize>)>,
}

//! A value that rules may claim: what is asked about it is worked out once, however many rules ask.

use std::cell::OnceCell;
use std::ops::Range;

use super::locate::{Located, locate};
use super::names::{self, Role};
use super::shape::confirm::broken_before;

pub(in crate::engine) mod ended;
pub(in crate::engine) mod entropy;
pub(in crate::engine) mod generated;
pub(in crate::engine) mod weak;
pub(in crate::engine) mod words;

/// A piece of the text, and what is known about it so far.
#[derive(Debug)]
pub(super) struct Value<'t> {
    text: &'t [u8],
    pub(super) range: Range<usize>,
    /// See [`entropy::randomness`].
    randomness: OnceCell<Option<f32>>,
    is_empty_talk: OnceCell<bool>,
    located: OnceCell<Located<'t>>,
}

impl<'t> Value<'t> {
    pub(super) fn new(text: &'t [u8], range: Range<usize>) -> Self {
        Value {
            text,
            range,
            randomness: OnceCell::new(),
            is_empty_talk: OnceCell::new(),
            located: OnceCell::new(),
        }
    }

    pub(super) fn bytes(&self) -> &'t [u8] {
        &self.text[self.range.clone()]
    }

    /// Whether it looks drawn at random; `floor` is the least entropy, 0 the usual one.
    pub(super) fn looks_random(&self, floor: f32) -> bool {
        let value = self.bytes();
        let entropy = *self.randomness.get_or_init(|| entropy::randomness(value));
        entropy.is_some_and(|entropy| entropy >= entropy::floor(value, floor))
    }

    /// Whether it is base64 of nothing worth keeping, see [`weak::hides_nothing`].
    pub(super) fn hides_nothing(&self) -> bool {
        *self.is_empty_talk.get_or_init(|| weak::hides_nothing(self.bytes()))
    }

    /// Whether it is the label of a link, `[value](…)`: the hash of a commit, most of the time.
    pub(super) fn is_label(&self) -> bool {
        self.text[self.range.end..].starts_with(b"](")
    }

    /// Whether what looks like a token is none: the header of a JSON Web Token, the name of a property, or an entity tag
    /// (`"\"…\""`) that is not called a secret; or all of it but what an escape before it took.
    pub(super) fn is_no_token(&self) -> bool {
        let (before, behind) = (&self.text[..self.range.start], &self.text[self.range.end..]);
        let is_header = behind.starts_with(b".") && self.bytes().starts_with(b"eyJ");
        let is_property = behind.starts_with(b"'?:") || behind.starts_with(b"\"?:");
        let is_tag = behind.starts_with(b"\\\"\"") && before.ends_with(b"\"\\\"");
        let is_secret = || self.located().names.iter().any(|name| names::role(name) == Role::Secret);
        let is_escape = || broken_before(self.text, self.range.start) > 0;
        is_header || is_property || is_tag && !is_secret() || is_escape()
    }

    /// Where it stands.
    pub(super) fn located(&self) -> &Located<'t> {
        self.located.get_or_init(|| locate(self.text, self.range.clone()))
    }
}

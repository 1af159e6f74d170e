//! Shapes: the automata of the rules, loaded when first needed, and the boundaries around a match.

use std::collections::HashMap;
use std::ops::Range;

use regex_automata::dfa::{Automaton, sparse};
use regex_automata::{Anchored, Input};

use crate::catalogue::Shape;

/// Most bytes one match may take: an automaton without an upper bound stops here.
const LONGEST_MATCH: usize = 8 * 1024;

/// The automata used so far. Checking and loading one costs 10–30 µs, so each is loaded once a scanner.
#[derive(Debug, Default)]
pub(super) struct Shapes {
    loaded: HashMap<usize, Option<sparse::DFA<&'static [u8]>>>,
}

impl Shapes {
    /// The longest match that starts at `at`, whatever stands around it.
    pub(super) fn end(&mut self, shape: &'static Shape, text: &[u8], at: usize) -> Option<usize> {
        let dfa = self
            .loaded
            .entry(shape.dfa.as_ptr() as usize)
            .or_insert_with(|| sparse::DFA::from_bytes(shape.dfa).ok().map(|(dfa, _)| dfa))
            .as_ref()?;
        let limit = text.len().min(at + LONGEST_MATCH.min(shape.max as usize));
        let input = Input::new(text).span(at..limit).anchored(Anchored::Yes);
        dfa.try_search_fwd(&input).ok().flatten().map(|half| half.offset())
    }

    /// The match that starts at `at` and has a boundary on both sides.
    pub(super) fn token(&mut self, shape: &'static Shape, text: &[u8], at: usize) -> Option<Range<usize>> {
        if !starts_token(text, at) {
            return None;
        }
        let end = self.end(shape, text, at)?;
        ends_token(text, end, shape).then_some(at..end)
    }

    /// Whether the shape matches all of `text`.
    pub(super) fn whole(&mut self, shape: &'static Shape, text: &[u8]) -> bool {
        self.end(shape, text, 0) == Some(text.len())
    }
}

/// A letter, a digit or an underscore.
pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Whether a token can start at `at`: nothing word-like before it, except an escape (`\n`, `%3D`).
/// A dash counts as a boundary only when no letter or digit stands before it.
pub(super) fn starts_token(text: &[u8], at: usize) -> bool {
    let before = |by: usize| at.checked_sub(by).map(|i| text[i]);
    match before(1) {
        None => true,
        Some(b'-') => !before(2).is_some_and(is_word),
        Some(b'n' | b'r' | b't') if before(2) == Some(b'\\') => true,
        Some(c) if is_word(c) => {
            let hex = c.is_ascii_hexdigit() && before(2).is_some_and(|b| b.is_ascii_hexdigit());
            hex && before(3) == Some(b'%')
        }
        Some(_) => true,
    }
}

/// Whether a token of this shape can end at `end`: no word character and none of its own alphabet
/// follows, except a full stop that ends a sentence.
pub(super) fn ends_token(text: &[u8], end: usize, shape: &Shape) -> bool {
    let Some(&next) = text.get(end) else { return true };
    if next == b'.' || next == b'-' {
        let after = text.get(end + 1).copied().unwrap_or(b' ');
        return !(is_word(after) && shape.alphabet[usize::from(next >> 6)] >> (next & 63) & 1 == 1);
    }
    !is_word(next) && shape.alphabet[usize::from(next >> 6)] >> (next & 63) & 1 == 0
}

//! The form of a secret: its automaton, and what is known of every match.

use std::fmt;
use std::sync::OnceLock;

/// The secret alone, as an anchored automaton.
#[derive(Debug)]
pub struct Shape {
    /// The regular expression as written.
    pub pattern: &'static str,
    /// A sparse DFA (regex-automata), little or big endian as the target.
    pub dfa: Automaton,
    /// Shortest match, bytes.
    pub min: u32,
    /// Longest match, bytes; `u32::MAX` when unbounded.
    pub max: u32,
    /// Whether every match holds a run that the engine finds without keywords: [`HEAD_RUN`](super::HEAD_RUN).
    pub holds_run: bool,
    /// A sign that every match holds, neither letter nor digit: where it stands nowhere, no automaton need look.
    pub sign: Option<u8>,
    /// One bit for each byte that can occur in a match: a neighbour from here is no boundary.
    pub alphabet: [u64; 4],
    /// Whether a part is always the same: `AC[0-9a-f]{32}` says what it is, `[0-9a-f]{32}` does not.
    pub has_fixed_part: bool,
    /// What every match starts with, as far as it stands in the pattern as it is.
    pub fixed_start: &'static [u8],
}

/// A sparse DFA that is unpacked when it is first run: a commit needs a few of nearly a thousand.
pub struct Automaton {
    /// What it was deflated by.
    model: &'static [u8],
    /// Bytes of it when it is unpacked.
    length: usize,
    packed: &'static [u8],
    unpacked: OnceLock<Vec<u8>>,
}

impl Automaton {
    /// One that [`pack.rs`](super::pack) has written.
    pub(super) const fn new(model: &'static [u8], length: usize, packed: &'static [u8]) -> Self {
        Automaton { model, length, packed, unpacked: OnceLock::new() }
    }

    /// The same for all shapes that share the automaton, and for no other.
    pub fn id(&self) -> usize {
        self.packed.as_ptr() as usize
    }

    /// As regex-automata wrote it. The first time costs about ten microseconds.
    pub fn bytes(&self) -> &[u8] {
        self.unpacked.get_or_init(|| super::automata::unpacked(self.packed, self.length, self.model))
    }
}

impl fmt::Debug for Automaton {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.packed.fmt(f)
    }
}

/// Whether two characters or more of a pattern stand outside of its brackets.
pub(super) fn has_fixed_part(pattern: &str) -> bool {
    let mut depth = 0u32;
    let mut fixed = 0;
    for byte in pattern.bytes() {
        match byte {
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            byte if depth == 0 && byte.is_ascii_alphanumeric() => fixed += 1,
            _ => {}
        }
    }
    fixed >= 2
}

/// The text that a pattern starts with.
pub(super) fn fixed_start(pattern: &str) -> &[u8] {
    let pattern = pattern.as_bytes();
    let is_plain = |b: &&u8| b.is_ascii_alphanumeric() || matches!(**b, b'_' | b'-' | b':' | b'=');
    let length = pattern.iter().take_while(is_plain).count();
    // What a sign behind it may repeat or leave out is none, and of alternatives there is no start.
    let counted = matches!(pattern.get(length), Some(b'?' | b'*' | b'+' | b'{'));
    if pattern.contains(&b'|') { &[] } else { &pattern[..length - usize::from(counted && length > 0)] }
}

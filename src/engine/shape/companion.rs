//! Whether what has the shape of another part of a credential is one.

use std::ops::Range;

use crate::catalogue::{Companion, Rule};
use crate::engine::locate::locate;
use crate::engine::names;

/// How far before a value the argument before it may end, bytes.
const LONGEST_STEP: usize = 80;

/// Whether what has a companion's shape is one: anywhere for most, under one of its names or as the argument
/// right before the value for a shape that says nothing.
pub(in crate::engine) fn is_companion(
    companion: &Companion,
    text: &[u8],
    place: &Range<usize>,
    value: &Range<usize>,
) -> bool {
    if companion.names.is_empty() {
        return true;
    }
    let between = text.get(place.end..value.start).unwrap_or_default();
    let next = between.contains(&b',')
        && between.len() <= LONGEST_STEP
        && between.iter().filter(|b| !b.is_ascii_whitespace()).count() <= 4
        && between.iter().all(|b| matches!(b, b'"' | b'\'' | b'`' | b',') || b.is_ascii_whitespace());
    next || is_named(companion, text, place)
}

/// Whether what stands at `place` is given one of the companion's names.
pub(in crate::engine) fn is_named(companion: &Companion, text: &[u8], place: &Range<usize>) -> bool {
    let located = locate(text, place.clone());
    // An option is what its own name says, whatever others stand before it on the line.
    let is_option = located.names.first().is_some_and(|name| name.starts_with(b"-"));
    located.names.iter().take(if is_option { 1 } else { located.names.len() }).any(|name| {
        let normalized = names::normalized(name);
        // A `secret_key` is no `key` that may be known.
        let is_secret = |listed: &str| normalized.contains("secret") && !listed.contains("secret");
        companion.names.iter().any(|listed| normalized.ends_with(listed) && !is_secret(listed))
    })
}

/// Whether a companion's shape says by itself what it is. `[0-9a-f]{32}` beside a value proves nothing,
/// `AC[0-9a-f]{32}` does: there are two fixed characters or more outside the brackets.
pub(in crate::engine) fn is_distinct(rule: &Rule, name: &str) -> bool {
    let companion = rule.detect.companions.iter().find(|c| c.name == name);
    companion.is_some_and(|companion| companion.shape.has_fixed_part || !companion.names.is_empty())
}

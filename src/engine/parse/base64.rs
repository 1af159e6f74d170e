//! Base64 beside paths, which are made of the same characters.

use super::drawn::is_drawn_piece;
use super::plain::is_identifier;
use crate::engine::value::{entropy, words};

/// Base64 that was drawn and happens to begin with a slash, as one in 64 does, and no path: a part of it is longer than
/// names are and mixes its characters, and none reads like a word.
pub(super) fn is_drawn_base64(value: &[u8]) -> bool {
    const SHORTEST: usize = 24;
    const SHORTEST_WORD: usize = 4;
    let body = value.trim_ascii_end();
    let padding = body.iter().rev().take_while(|b| **b == b'=').count();
    let body = &body[..body.len() - padding.min(2)];
    let is_base64 = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/');
    let has = |class: fn(&u8) -> bool| body.iter().any(class);
    let parts = || body.split(|b| matches!(b, b'/' | b'+'));
    let is_word = |part: &[u8]| {
        let tail = part.get(1..).unwrap_or_default();
        let digits = part.iter().filter(|b| b.is_ascii_digit()).count();
        let one_case =
            tail.iter().all(|b| !b.is_ascii_uppercase()) || part.iter().all(|b| !b.is_ascii_lowercase());
        let is_camel = digits == 0 && words::reads_like_words(part);
        part.len() >= SHORTEST_WORD && (one_case && (digits == 0 || is_identifier(part)) || is_camel)
    };
    body.len() >= SHORTEST
        && body.iter().all(is_base64)
        && has(u8::is_ascii_digit)
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_lowercase)
        && parts().any(is_drawn_piece)
        && !parts().any(is_word)
        && entropy::looks_random(body, 0.0)
}

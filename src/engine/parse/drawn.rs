//! Whether a value, or a part of it, was drawn at random, words that say whose it is aside.

use super::plain::{is_abbreviated, is_camel, is_compound, is_identifier, is_numbered, is_stamped};
use crate::engine::value::entropy;

/// What joins the parts of names and paths.
pub(super) fn is_joint(byte: &u8) -> bool {
    matches!(byte, b'/' | b'.' | b'-' | b'_' | b':')
}

/// Where the part of a value starts that was drawn, with words before it that say whose it is and what for:
/// `acme_sk_prod_…`. What is stored under a path that ends in such a part has it as its name.
fn drawn_at(value: &[u8]) -> Option<usize> {
    let mut at = 0;
    for piece in value.split(is_joint) {
        if is_drawn_piece(piece) {
            let is_stored = at > 0 && value[at - 1] == b'/' || is_extension(&value[at + piece.len()..]);
            return (!is_stored).then_some(at);
        }
        at += piece.len() + 1;
    }
    None
}

/// Whether a text ends the name of a file: `.svg`.
pub(super) fn is_extension(rest: &[u8]) -> bool {
    rest.strip_prefix(b".")
        .is_some_and(|kind| (2..=5).contains(&kind.len()) && kind.iter().all(u8::is_ascii_lowercase))
}

/// Whether a piece without signs is longer than what makes names unique, and mixes its characters as chance
/// does.
pub(super) fn is_drawn_piece(piece: &[u8]) -> bool {
    // Objects of Kubernetes are told apart by ten small letters and digits, files by as many of a digest.
    const SHORTEST: usize = 16;
    const SHORTEST_MIXED: usize = 10;
    let count = |class: fn(&u8) -> bool| piece.iter().filter(|b| class(b)).count();
    let (upper, lower) = (count(u8::is_ascii_uppercase), count(u8::is_ascii_lowercase));
    let digits = count(u8::is_ascii_digit);
    let is_mixed = piece.len() >= SHORTEST_MIXED && digits >= 1 && upper >= 2 && lower >= 2;
    let is_long = piece.len() >= SHORTEST && digits >= 1 && upper + lower >= 1;
    let is_letters = piece.len() >= 20 && digits == 0 && super::has_drawn_case(piece);
    (is_mixed || is_long || is_letters)
        && (is_letters || !is_identifier(piece))
        && !is_abbreviated(piece)
        && !is_compound(piece)
        && !is_camel(piece)
        && !is_numbered(piece)
        && !is_stamped(piece)
        && entropy::looks_random(piece, 0.0)
}

/// Whether a value looks drawn at random, what its maker calls it aside: in `acme-production-payments-…`
/// words would outweigh what stands behind them.
pub(super) fn looks_drawn(value: &[u8]) -> bool {
    entropy::looks_random(drawn_part(value), 0.0)
}

/// The part of a value that was drawn, all of it where no words stand before that.
pub(super) fn drawn_part(value: &[u8]) -> &[u8] {
    &value[drawn_at(value).unwrap_or(0)..]
}

/// Whether a value holds a part that was drawn, whatever words stand before it.
pub(super) fn holds_drawn(value: &[u8]) -> bool {
    drawn_at(value).is_some()
}

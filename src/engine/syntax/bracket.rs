//! Brackets around a place, whatever stands in quotes.

/// Where the innermost bracket opens that a text does not close: one of `opens`, which those of `closes` end.
pub(in crate::engine) fn open_before(text: &[u8], opens: &[u8], closes: &[u8]) -> Option<usize> {
    let mut depth = 0_usize;
    text.iter().rposition(|b| unbalanced(b, &mut depth, closes, opens))
}

/// Where the bracket closes that was open before a text.
pub(in crate::engine) fn close_behind(text: &[u8], opens: &[u8], closes: &[u8]) -> Option<usize> {
    let mut depth = 0_usize;
    text.iter().position(|b| unbalanced(b, &mut depth, opens, closes))
}

/// Whether a byte is one of `last` that none of `first` met before belongs to.
fn unbalanced(byte: &u8, depth: &mut usize, first: &[u8], last: &[u8]) -> bool {
    if first.contains(byte) {
        *depth += 1;
    } else if last.contains(byte) {
        match depth.checked_sub(1) {
            Some(less) => *depth = less,
            None => return true,
        }
    }
    false
}

//! Parts of a text, which know their place in it by their address.

/// Where a part that was cut out of a text starts in it; of what is no part of it, a number beyond its end.
pub(crate) fn start_in<T: AsRef<[u8]> + ?Sized>(text: &T, part: &T) -> usize {
    let (text, part) = (text.as_ref(), part.as_ref());
    let start = part.as_ptr().addr().wrapping_sub(text.as_ptr().addr());
    if start <= text.len() { start } else { usize::MAX }
}

#[cfg(test)]
mod tests {
    use super::start_in;

    #[test]
    fn a_part_knows_its_place() {
        let text = "name = value";
        assert_eq!(
            [start_in(text, text), start_in(text, &text[7..]), start_in(text, &text[12..])],
            [0, 7, 12]
        );
        assert_eq!(start_in(&text[4..8], &text[..2]), usize::MAX);
        assert_eq!(start_in(&text[..4], &text[7..]), usize::MAX);
    }
}

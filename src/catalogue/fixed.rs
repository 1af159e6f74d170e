//! What is the same in every match of a pattern.

/// Whether two characters or more of a pattern stand outside of its brackets.
pub(super) fn has_part(pattern: &str) -> bool {
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
pub(super) fn start(pattern: &str) -> &[u8] {
    let pattern = pattern.as_bytes();
    let is_plain = |b: &&u8| b.is_ascii_alphanumeric() || matches!(**b, b'_' | b'-' | b':' | b'=');
    let length = pattern.iter().take_while(is_plain).count();
    // What a sign behind it may repeat or leave out is none, and of alternatives there is no start.
    let counted = matches!(pattern.get(length), Some(b'?' | b'*' | b'+' | b'{'));
    if pattern.contains(&b'|') { &[] } else { &pattern[..length - usize::from(counted && length > 0)] }
}

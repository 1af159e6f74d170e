//! The words that git takes for a boolean.

/// What a value says, in any case of letters; `None` where it is no boolean.
pub(crate) fn read(value: &[u8]) -> Option<bool> {
    let value = value.trim_ascii();
    let is = |words: &[&str]| words.iter().any(|word| value.eq_ignore_ascii_case(word.as_bytes()));
    match () {
        () if is(&["true", "yes", "on", "1"]) => Some(true),
        () if is(&["false", "no", "off", "0", ""]) => Some(false),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn booleans_are_read_as_git_reads_them() {
        for (value, meant) in [
            ("Yes", Some(true)),
            ("1", Some(true)),
            ("False", Some(false)),
            ("OFF", Some(false)),
            ("", Some(false)),
            ("ja", None),
        ] {
            assert_eq!(super::read(value.as_bytes()), meant, "{value}");
        }
    }
}

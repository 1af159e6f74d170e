//! JSON of a text that was cut in the middle of a character. In and out go bytes; nothing is parsed here.

/// JSON in which half a character, as a text that was cut has it at its end, is a sign of its own.
pub(super) fn whole_characters(json: &[u8]) -> Vec<u8> {
    let mut whole = json.to_vec();
    let unit = |at: usize| {
        let digits = json.get(at..at + 6)?.strip_prefix(b"\\u")?;
        u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    };
    let mut at = 0;
    while let Some(next) = memchr::memchr(b'\\', json.get(at..).unwrap_or_default()) {
        at += next;
        at += match (unit(at), unit(at + 6)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => 12,
            (Some(0xD800..=0xDFFF), _) => {
                whole[at..at + 6].copy_from_slice(b"\\ufffd");
                6
            }
            _ => 2,
        };
    }
    whole
}

//! Makes text from a repository safe for a terminal: control, bidirectional and invisible characters
//! become visible escapes.

/// The text with every character that could move a cursor, reorder or hide text written as `\u{…}`.
pub fn visible(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\t' => out.push(' '),
            c if is_dangerous(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out
}

/// The same for a path; what is not UTF-8 becomes `\x…`, and a tab is no blank: it would be another name.
pub fn visible_bytes(bytes: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        out.push_str(&visible(&chunk.valid().replace('\t', "\\u{9}")));
        for byte in chunk.invalid() {
            out.push_str(&format!("\\x{byte:02x}"));
        }
    }
    out
}

/// JSON text with every such character inside its strings written as a JSON escape: it means the same
/// and can be looked at.
pub fn visible_json(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        // Line breaks stand between values; inside strings the serializer has escaped them.
        if c != '\n' && is_dangerous(c) {
            let mut units = [0; 2];
            out.extend(c.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            out.push(c);
        }
    }
    out
}

/// Whether a character could move a cursor, reorder or hide text: control characters, bidirectional marks (Unicode
/// TR 36 §3.1; CVE-2021-42574), zero-width characters, line and paragraph separators, tags.
pub(crate) fn is_dangerous(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}' | '\u{1160}' | '\u{17B4}' | '\u{17B5}' | '\u{180E}'
            | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{3164}' | '\u{FE00}'..='\u{FE0F}'
            | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E0FFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_reaches_the_terminal_that_moves_it() {
        assert_eq!(visible("a\u{1b}[2Jb\u{202e}c\u{200b}d\re"), "a\\u{1b}[2Jb\\u{202e}c\\u{200b}d\\u{d}e");
        assert_eq!(visible_bytes(b"caf\xe9/\xff.txt"), "caf\\xe9/\\xff.txt");
        assert_eq!((visible("a\tb").as_str(), visible_bytes(b"a\tb").as_str()), ("a b", "a\\u{9}b"));
        assert_eq!(visible("naïve – 日本"), "naïve – 日本");
    }

    #[test]
    fn json_that_is_made_visible_means_the_same() {
        let text = "a\u{202e}\u{7f}\u{85}\u{e0041}\u{1b}é\n";
        let json = serde_json::to_string_pretty(&[text]).expect("strings become JSON");
        let shown = visible_json(&json);
        assert!(!shown.contains(|c: char| c != '\n' && is_dangerous(c)), "{shown}");
        assert_eq!(serde_json::from_str::<Vec<String>>(&shown).expect("still JSON"), [text]);
    }
}

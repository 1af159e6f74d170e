//! Text inside XML, HTML and Markdown: whatever a file is called, it stays text.

use crate::escape::visible;

/// For the content of an element and for attributes in quotes.
pub(super) fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        // Line breaks are ours; of the rest no control character is allowed in XML 1.0.
        let (line, end) = line.strip_suffix('\n').map_or((line, ""), |line| (line, "\n"));
        for c in visible(line).chars() {
            match c {
                '&' => out.push_str("&amp;"),
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                '"' => out.push_str("&quot;"),
                '\'' => out.push_str("&#39;"),
                '\u{fffe}' | '\u{ffff}' => out.extend(c.escape_unicode()),
                c => out.push(c),
            }
        }
        out.push_str(end);
    }
    out
}

/// For a cell of a table or the text of a paragraph in GitHub's Markdown: no character has a meaning.
pub(super) fn markdown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in visible(text).chars() {
        match c {
            '&' | '<' | '>' | '"' | '\'' | '|' | '`' | '*' | '_' | '[' | ']' | '(' | ')' | '#' | '~'
            | '\\' | '!' | '@' | ':' | '$' => out.push_str(&format!("&#{};", c as u32)),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{markdown, xml};

    #[test]
    fn nothing_becomes_a_tag_or_a_link() {
        assert_eq!(xml("<b a='1'>\u{1b}&\u{ffff}\n"), "&lt;b a=&#39;1&#39;&gt;\\u{1b}&amp;\\u{ffff}\n");
        assert_eq!(markdown("a|b"), "a&#124;b");
        let shown = markdown("[x](http://y) @me <b> `c` ![i](u)");
        assert!(!shown.contains(['[', '(', '<', '`', '@', '!', ':']), "{shown}");
    }
}

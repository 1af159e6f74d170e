//! The label above a value that stands alone on its line, in documents and notes: a heading, or a line of few words.

use std::ops::Range;

use crate::engine::names::{self, Role};

/// Longest line of a value or a label, bytes.
const LONGEST: usize = 200;
/// Most words of a label, and most lines above the value among which it is: a blank one or a fence may stand between.
const MOST_WORDS: usize = 5;
const MOST_LINES: usize = 3;

/// What a value is called by the line above it, where that is nothing but the name of a secret: `Twilio auth token`,
/// `## API key`, `- Clockwork key`.
pub(in crate::engine) fn of<'t>(text: &'t [u8], value: &Range<usize>) -> Option<&'t [u8]> {
    let behind = text[value.end..].iter().take(LONGEST).find(|b| !is_mark(**b)).copied().unwrap_or(b'\n');
    let floor = value.start.saturating_sub(LONGEST);
    let marks = text[floor..value.start].iter().rev().take_while(|b| is_mark(**b)).count();
    let above = text[floor..value.start - marks].strip_suffix(b"\n")?;
    if !matches!(behind, b'\n' | b'\r') {
        return None;
    }
    let mut lines = above.rsplit(|b| *b == b'\n').map(<[u8]>::trim_ascii).take(MOST_LINES).enumerate();
    let (nth, label) = lines.find(|(_, line)| !is_rule(line))?;
    // A comment above an entry, of a list of commits for one: `# rotate the API key`.
    if nth == 0 && marks == 0 && label.starts_with(b"# ") {
        return None;
    }
    let label = &label[label.iter().take_while(|b| is_mark(**b) || b"#>".contains(b)).count()..];
    let label = &label[..label.len() - label.iter().rev().take_while(|b| is_mark(**b)).count()];
    let is_of_word = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b' ' | b'-' | b'_');
    let count = label.split(|b| *b == b' ').count();
    let is_told = label.iter().all(is_of_word)
        && (2..=MOST_WORDS).contains(&count)
        && names::role(label) == Role::Secret;
    is_told.then_some(label)
}

/// What marks a line up, or a value in it.
fn is_mark(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'`' | b'*' | b'-' | b'_')
}

/// A blank line, one that underlines, or a fence with its language.
fn is_rule(line: &[u8]) -> bool {
    line.strip_prefix(b"```").is_some_and(|rest| rest.iter().all(u8::is_ascii_lowercase))
        || line.iter().all(|b| matches!(b, b'-' | b'=' | b'~'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn label(text: &str) -> Option<&str> {
        let start = text.find("VALUE").unwrap();
        of(text.as_bytes(), &(start..start + 5)).map(|label| std::str::from_utf8(label).unwrap())
    }

    #[test]
    fn a_line_above_names_what_stands_alone() {
        for (text, expected) in [
            ("Twilio auth token\n\n    VALUE\n", Some("Twilio auth token")),
            ("# Twilio\n\n## Auth token\n`VALUE`\n", Some("Auth token")),
            ("- **Clockwork API key**\n  - `VALUE`\n", Some("Clockwork API key")),
            ("API key\n-------\n```text\nVALUE\n```\n", Some("API key")),
            ("auth token\nVALUE", Some("auth token")),
            ("Never commit the auth token.\nVALUE\n", None),
            ("Auth token\nsee VALUE\n", None),
            ("Auth token\nVALUE of yesterday\n", None),
            ("Auth token\n\n\n\nVALUE\n", None),
            ("# API key\nVALUE\n", None),
            ("Commit hash\nVALUE\n", None),
            ("token\nVALUE\n", None),
            ("VALUE", None),
        ] {
            assert_eq!(label(text), expected, "{text:?}");
        }
    }
}

//! The label above a value that stands alone, in documents, pages and notes: a heading, a line of few words, the question
//! of a chat whose answer it is.

use std::ops::Range;

use crate::engine::names::{self, Role};
use crate::part::start_in;

/// Longest line of a value or a label, bytes.
const LONGEST: usize = 200;
/// Most words of a label, and most lines above the value among which it is: a blank one or a fence may stand between.
const MOST_WORDS: usize = 5;
const MOST_LINES: usize = 3;

/// What a value is called by the line above it, where that is nothing but the name of a secret: `Twilio auth token`,
/// `## API key`, `- Clockwork key`.
pub(in crate::engine) fn of<'t>(text: &'t [u8], value: &Range<usize>) -> Option<&'t [u8]> {
    if let Some(label) = in_page(text, value) {
        return Some(label);
    }
    let behind = text[value.end..].iter().take(LONGEST).find(|b| !is_mark(**b)).copied().unwrap_or(b'\n');
    let floor = value.start.saturating_sub(LONGEST);
    // A quote of Markdown, and what is defined there: `: …`.
    let is_lead = |b: &&u8| is_mark(**b) || matches!(b, b'>' | b':');
    let marks = text[floor..value.start].iter().rev().take_while(is_lead).count();
    if !matches!(behind, b'\n' | b'\r') {
        return None;
    }
    let Some(above) = text[floor..value.start - marks].strip_suffix(b"\n") else {
        return asked(&text[floor..value.start]);
    };
    let mut lines = above.rsplit(|b| *b == b'\n').map(<[u8]>::trim_ascii).take(MOST_LINES).enumerate();
    let (nth, label) = lines.find(|(_, line)| !is_rule(line))?;
    // A comment above an entry, of a list of commits for one: `# rotate the API key`.
    if nth == 0 && marks == 0 && label.starts_with(b"# ") {
        return None;
    }
    let label = titled(label).unwrap_or(label);
    let label = &label[label.iter().take_while(|b| is_mark(**b) || b"#>".contains(b)).count()..];
    let bare = &label[..label.len() - label.iter().rev().take_while(|b| is_mark(**b) || **b == b':').count()];
    let least = if label.contains(&b':') { 1 } else { 2 };
    is_label(bare, least).then_some(bare)
}

/// Whether a text is nothing but the name of a secret, in `least` words or more.
fn is_label(text: &[u8], least: usize) -> bool {
    let is_of_word = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b' ' | b'-' | b'_');
    let count = text.split(|b| *b == b' ').count();
    text.iter().all(is_of_word) && (least..=MOST_WORDS).contains(&count) && names::role(text) == Role::Secret
}

/// What a page calls the value: `<h3>Acme auth token</h3><p>…</p>`, `<label>Acme auth token</label><input value="…">`.
fn in_page<'t>(text: &'t [u8], value: &Range<usize>) -> Option<&'t [u8]> {
    let lead = &text[value.start.saturating_sub(LONGEST)..value.start];
    let is_field = lead.ends_with(b"value=\"") || lead.ends_with(b"value='");
    let lead = if is_field { lead } else { lead.trim_ascii_end().strip_suffix(b">")? };
    let open = memchr::memrchr2(b'<', b'>', lead).filter(|at| lead[*at] == b'<')?;
    let tag = lead[open + 1..].split(u8::is_ascii_whitespace).next()?;
    let is_tag = if is_field { tag == b"input" } else { tag.iter().all(u8::is_ascii_alphanumeric) };
    let said = titled(lead[..open].trim_ascii_end())?;
    (is_tag && is_label(said, 2)).then_some(said)
}

/// What the element says that ends a text, if it is one of those that name others.
fn titled(text: &[u8]) -> Option<&[u8]> {
    const LABELS: [&[u8]; 9] = [b"label", b"summary", b"legend", b"h1", b"h2", b"h3", b"h4", b"h5", b"h6"];
    let above = text.strip_suffix(b">")?;
    let close = memchr::memmem::rfind(above, b"</")?;
    let said = above[..close].trim_ascii_end();
    let said = said[memchr::memrchr(b'>', said)? + 1..].trim_ascii_start();
    let is_title = LABELS.contains(&&above[close + 2..]);
    is_title.then(|| said.strip_suffix(b":").unwrap_or(said))
}

/// What the message before asks for that is answered with nothing but the value: `kim: what is the acme token?`, `lee: sure, …`.
fn asked(lead: &[u8]) -> Option<&[u8]> {
    const MOST_BEFORE: usize = 3;
    const ARTICLES: [&[u8]; 5] = [b"the", b"your", b"our", b"my", b"a"];
    let line = memchr::memrchr(b'\n', lead)?;
    let answer = &lead[line + 1..];
    let said = &answer[crate::memmem::find(answer, b": ")? + 2..];
    let question = lead[..line].trim_ascii_end().strip_suffix(b"?")?;
    let question = &question[memchr::memrchr(b'\n', question).map_or(0, |at| at + 1)..];
    let asks = &question[crate::memmem::find(question, b": ")? + 2..];
    let is_alike = question.first() == answer.first()
        || question[0].is_ascii_alphabetic() && answer[0].is_ascii_alphabetic();
    if !is_alike || said.split(u8::is_ascii_whitespace).count() > MOST_BEFORE {
        return None;
    }
    let words: Vec<&[u8]> = asks.split(|b| *b == b' ').filter(|word| !word.is_empty()).collect();
    let last = words.iter().rposition(|word| names::role(word) == Role::Secret)?;
    let first = words[..last].iter().rposition(|word| ARTICLES.contains(word))? + 1;
    let from = start_in(asks, words[first]);
    let name = &asks[from..start_in(asks, words[last]) + words[last].len()];
    is_label(name, 1).then_some(name)
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
            ("Auth token\n: VALUE\n", Some("Auth token")),
            ("### Twilio\n\nToken:\n\n> VALUE\n", Some("Token")),
            ("<h3>Twilio auth token</h3><p>VALUE</p>", Some("Twilio auth token")),
            ("<h3>Twilio auth token</h3>\n<p class=\"k\">VALUE</p>", Some("Twilio auth token")),
            ("<label for=a>Clockwork key:</label> <input id=a value=\"VALUE\">", Some("Clockwork key")),
            (
                "[10:02] kim: send me the twilio auth token?\n[10:03] lee: sure, VALUE\n",
                Some("twilio auth token"),
            ),
            ("> @kim: what's the twilio token again?\n> @lee: VALUE\n", Some("twilio token")),
            ("kim: who has the token?\nlee: look at build of VALUE\n", None),
            ("kim: which commit broke the build?\nlee: VALUE\n", None),
            ("kim: did you change the token?\nlee: yes, with VALUE of today\n", None),
            ("<h3>Commit hash</h3><p>VALUE</p>", None),
            ("<label>Search</label><input value=\"VALUE\">", None),
            ("<p>Never share the auth token</p><p>VALUE</p>", None),
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

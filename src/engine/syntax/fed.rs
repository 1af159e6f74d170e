//! Values that a command is fed: `echo … | gh secret set NAME`, `docker secret create NAME - <<< …`, here-documents.

use std::ops::Range;

use crate::engine::names::{self, Role};
use crate::engine::syntax::below;
use crate::engine::syntax::literal::is_plain_quote;
use crate::engine::syntax::neighbour::{is_operand, line_before};

/// How much of a line is looked at on each side, bytes.
const LONGEST_LINE: usize = 300;

/// Commands that print their operands.
const PRINTERS: [&[u8]; 5] = [b"echo", b"printf", b"print", b"Write-Output", b"write-output"];
/// Words of commands that keep what they are fed.
const KEEPERS: [&[u8]; 13] = [
    b"secret",
    b"secrets",
    b"vault",
    b"keyvault",
    b"variable",
    b"env",
    b"environment",
    b"credential",
    b"credentials",
    b"config",
    b"pass",
    b"keyring",
    b"tee",
];

/// The names that a command gives to what it is fed, when the value at `value` is that.
pub(in crate::engine) fn names<'t>(text: &'t [u8], value: &Range<usize>) -> Vec<&'t [u8]> {
    let before = line_before(text, value.start, LONGEST_LINE);
    let bare = trim_quotes(before);
    let command = match bare.strip_suffix(b"<<<") {
        Some(command) => Some(command),
        None if prints(bare) => piped(text, value.end),
        None => below::opener(text, value).filter(|open| text[*open] == b'<').map(|open| {
            let start = open - line_before(text, open, LONGEST_LINE).len();
            &text[start..open + until_break(&text[open..], b"")]
        }),
    };
    command.filter(|command| keeps(command)).map(|command| given(command).collect()).unwrap_or_default()
}

/// What is fed to the command that gives it the name at `name`.
pub(in crate::engine) fn value(text: &[u8], name: &Range<usize>) -> Option<Range<usize>> {
    if !is_operand(text, name) {
        return None;
    }
    let before = line_before(text, name.start, LONGEST_LINE);
    let behind = &text[name.end..text.len().min(name.end + LONGEST_LINE)];
    let behind = &behind[..memchr::memchr(b'\n', behind).unwrap_or(behind.len())];
    let feeds = crate::memmem::find(behind, b"<<");
    let pipe = memchr::memrchr2(b'|', b'>', before);
    let start = pipe.map_or(0, |at| if before[at] == b'>' { at } else { at + 1 });
    // In code signs of pipes are mostly those of something else.
    let is_printed = || pipe.is_some_and(|at| printer(&before[..at]).is_some());
    if feeds.is_none() && !is_printed() && crate::memmem::find(before, b"<<").is_none() {
        return None;
    }
    let command = &text[name.start - before.len() + start..name.end + behind.len()];
    let is_given = || given(command).any(|word| word.as_ptr_range().contains(&text[name.clone()].as_ptr()));
    if !keeps(command) || !is_given() {
        return None;
    }
    // `cat <<EOF > NAME`.
    if let Some(at) = crate::memmem::find(before, b"<<") {
        return below::block(text, name.start - before.len() + at);
    }
    if let Some(at) = feeds {
        let at = name.end + at;
        let Some(rest) = text[at..].strip_prefix(b"<<<") else {
            return below::block(text, at);
        };
        let word = rest.trim_ascii_start();
        let from = text.len() - word.len();
        let word = &word[..until_break(word, b"|;&) ")];
        return literal(text, from..from + word.len());
    }
    printed(text, name.start - before.len()..name.start - before.len() + pipe?)
}

/// What is printed into the pipe that leads to the command in which a word stands at `at`: `echo … | docker login …`.
pub(in crate::engine) fn piped_into(text: &[u8], at: usize) -> Option<Range<usize>> {
    let before = line_before(text, at, LONGEST_LINE);
    let start = at - before.len();
    printed(text, start..start + memchr::memrchr(b'|', before)?)
}

/// The last word of what stands before a pipe, where a command prints it.
fn printed(text: &[u8], line: Range<usize>) -> Option<Range<usize>> {
    let segment = &text[line.clone()];
    let segment = segment.strip_suffix(b">").unwrap_or(segment);
    let first = segment.iter().rposition(|b| matches!(b, b'|' | b';' | b'&' | b'(')).map_or(0, |at| at + 1);
    let words = segment[first..].trim_ascii_end();
    let start = line.start + first;
    let end = start + words.len();
    let last = match words.last()? {
        quote @ (b'"' | b'\'') => memchr::memrchr(*quote, &words[..words.len() - 1])?,
        _ => words.iter().rposition(u8::is_ascii_whitespace)? + 1,
    };
    prints(&words[..last]).then(|| literal(text, start + last..end)).flatten()
}

/// A word without its quotes and the line break that it prints.
fn literal(text: &[u8], word: Range<usize>) -> Option<Range<usize>> {
    let bytes = &text[word.clone()];
    let lead = usize::from(bytes.first().is_some_and(is_plain_quote));
    let tail = usize::from(bytes.len() > lead && bytes.last().is_some_and(is_plain_quote));
    let inner = &bytes[lead..bytes.len() - tail];
    let inner = inner.strip_suffix(b"\\n").unwrap_or(inner);
    let start = word.start + lead;
    (!inner.is_empty() && !inner.iter().any(u8::is_ascii_whitespace)).then(|| start..start + inner.len())
}

/// The words behind the program at the start of a command, where it prints them.
fn printer(before: &[u8]) -> Option<impl Iterator<Item = &[u8]>> {
    // What a shell is given as a whole, `sh -c 'echo …'`, begins a command, too.
    let given = memchr::memmem::rfind(before, b" -c ").map(|at| at + b" -c ".len());
    let given = given.filter(|at| before.get(*at).is_some_and(is_plain_quote)).map_or(0, |at| at + 1);
    let before = &before[given..];
    let first =
        before.iter().rposition(|b| matches!(b, b'|' | b';' | b'&' | b'(' | b'`')).map_or(0, |at| at + 1);
    let mut words = before[first..].split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let is_prompt = |word: &&[u8]| matches!(*word, b"$" | b"#" | b"-" | b"run:" | b"@" | b">");
    let program = words.by_ref().find(|word| !is_prompt(word))?;
    PRINTERS.contains(&program.strip_prefix(b"@").unwrap_or(program)).then_some(words)
}

/// Whether what stands before an operand is a command that prints it: `echo -n`, `printf '%s\n'`.
fn prints(before: &[u8]) -> bool {
    let is_format = |word: &[u8]| {
        let bare = trim_quotes(word);
        let bare = bare.strip_prefix(b"'").or(bare.strip_prefix(b"\"")).unwrap_or(bare);
        bare.is_empty() || bare.starts_with(b"-") || bare.starts_with(b"%s")
    };
    printer(before).is_some_and(|mut words| words.all(is_format))
}

/// The commands that what is printed up to `end` is piped to, or the file that it is written to.
fn piped(text: &[u8], end: usize) -> Option<&[u8]> {
    let rest = &text[end..text.len().min(end + LONGEST_LINE)];
    let is_end = |b: &u8| matches!(b, b'"' | b'\'' | b' ' | b'\\' | b'\t' | b'\n');
    let rest = rest.strip_prefix(b"\\n").unwrap_or(rest);
    let skip = rest.iter().take_while(|b| is_end(b)).count();
    // A line break is one only behind a backslash.
    if let Some(at) = memchr::memchr(b'\n', &rest[..skip]) {
        rest[..at].trim_ascii_end().strip_suffix(b"\\")?;
    }
    let command = &rest[skip..];
    matches!(command.first(), Some(b'|' | b'>')).then(|| &command[..until_break(command, b";&)")])
}

/// The names among the operands of a command.
fn given(command: &[u8]) -> impl Iterator<Item = &[u8]> {
    let words =
        command.split(|b| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'=' | b'<' | b'>' | b'|'));
    words.filter(|word| {
        word.len() > 2
            && !word.starts_with(b"-")
            && !KEEPERS.contains(word)
            && names::role(word.rsplit(|b| *b == b'/').next().unwrap_or(word)) == Role::Secret
    })
}

/// Whether one of the words of a command says that it keeps what it is fed.
fn keeps(command: &[u8]) -> bool {
    command.split(|b| !b.is_ascii_alphanumeric()).any(|word| KEEPERS.contains(&word))
        || command.starts_with(b">")
        || [&b"read "[..], b"cat "].iter().any(|reads| command.trim_ascii_start().starts_with(reads))
}

/// How much stands before the end of the line or one of the signs.
fn until_break(rest: &[u8], signs: &[u8]) -> usize {
    let rest = &rest[..rest.len().min(LONGEST_LINE)];
    let goes_on = |at: usize| rest[..at].trim_ascii_end().ends_with(b"\\");
    let is_end = |at: &usize| rest[*at] == b'\n' && !goes_on(*at) || signs.contains(&rest[*at]);
    (0..rest.len()).find(is_end).unwrap_or(rest.len())
}

fn trim_quotes(text: &[u8]) -> &[u8] {
    let text = text.trim_ascii_end();
    text.strip_suffix(b"\"").or(text.strip_suffix(b"'")).unwrap_or(text).trim_ascii_end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_values() {
        for text in [
            "echo \"VALUE7\" | gh secret set API_TOKEN --repo a/b",
            "printf '%s' 'VALUE7' | podman secret create API_TOKEN -",
            "printf \"VALUE7\\n\" | gh secret set API_TOKEN",
            "x; echo -n VALUE7 | vault kv put secret/x API_TOKEN=-",
            "gh secret set API_TOKEN <<< \"VALUE7\"",
            "echo -n 'VALUE7' > ~/.config/API_TOKEN",
            "cat <<EOF > API_TOKEN\nVALUE7\nEOF\n",
            "docker secret create API_TOKEN - <<< VALUE7\n",
            "gh secret set API_TOKEN <<EOF\nVALUE7\nEOF\n",
            "read -r API_TOKEN <<'EOF'\nVALUE7\nEOF\n",
        ] {
            let place = |what: &str| text.find(what).map(|at| at..at + what.len()).unwrap();
            let named = names(text.as_bytes(), &place("VALUE7"));
            assert!(named.len() == 1 && named[0].ends_with(b"API_TOKEN"), "{text}");
            let found = value(text.as_bytes(), &place("API_TOKEN"));
            assert_eq!(found, Some(place("VALUE7")), "{text}");
        }
        for text in [
            "echo \"VALUE7\" | md5sum -c API_TOKEN",
            "echo VALUE7; gh secret set API_TOKEN",
            "sum VALUE7 | gh secret set API_TOKEN",
            "echo VALUE7 API_TOKEN",
        ] {
            let place = |what: &str| text.find(what).map(|at| at..at + what.len()).unwrap();
            assert!(names(text.as_bytes(), &place("VALUE7")).is_empty(), "{text}");
            assert!(value(text.as_bytes(), &place("API_TOKEN")).is_none(), "{text}");
        }
    }
}

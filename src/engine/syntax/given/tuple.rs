//! Several names that get as many values at once: `user, password = "…", "…"`, `let (a, b) = ("…", "…");`.

use std::ops::Range;

use super::passed::items;
use crate::engine::locate::words::{is_ident, is_name};
use crate::engine::syntax::literal;
use crate::engine::syntax::neighbour::line_before;
use crate::part::start_in;

/// Longest such line, bytes, and most names of one.
const LONGEST_LINE: usize = 480;
const MOST: usize = 8;
/// Words before what is declared.
#[rustfmt::skip]
const WORDS: [&[u8]; 12] = [
    b"let ", b"const ", b"var ", b"local ", b"my ", b"our ", b"val ", b"export ", b"final ", b"auto ", b"<?php ", b"list",
];
/// What makes one of several values.
const MAKES: [&[u8]; 6] = [b"", b"Pair", b"Triple", b"array", b"tuple", b"make_tuple"];

/// The name of the literal that opens at `open`.
pub(in crate::engine) fn name(text: &[u8], open: usize) -> Option<&[u8]> {
    let before = line_before(text, open, LONGEST_LINE);
    memchr::memchr(b',', &before[..memchr::memchr(b'=', before)?])?;
    let (names, values) = pairs(line(text, open)?)?;
    let at = values.iter().position(|value| start_in(text, value) == open)?;
    names.get(at).copied()
}

/// The literal that a name is given with others.
pub(in crate::engine) fn value(text: &[u8], name: &Range<usize>) -> Option<Range<usize>> {
    let next = text[name.end..text.len().min(name.end + LONGEST_LINE)].trim_ascii_start();
    let is_closed = matches!(next.first()?, b')' | b']' | b'}');
    let next = if is_closed { next[1..].trim_ascii_start() } else { next };
    let is_last = || next.starts_with(b"=") || next.starts_with(b":=");
    let before = || line_before(text, name.start, LONGEST_LINE).contains(&b',');
    if !(next.starts_with(b",") && !is_closed || is_last() && before()) {
        return None;
    }
    let (names, values) = pairs(line(text, name.start)?)?;
    let at = names.iter().position(|named| start_in(text, named) + named.len() == name.end)?;
    let said = values.get(at)?;
    let open = start_in(text, said);
    let found = literal::at(text, open)?;
    let tail = text.get(found.end..open + said.len())?.trim_ascii();
    let is_whole =
        tail.is_empty() || [&b"."[..], b"#", b"//", b"--"].iter().any(|sign| tail.starts_with(sign));
    is_whole.then_some(found.value)
}

/// The line of a place, if it is no longer than such lines are.
fn line(text: &[u8], at: usize) -> Option<&[u8]> {
    let start = at - line_before(text, at, LONGEST_LINE).len();
    let rest = &text[at..text.len().min(at + LONGEST_LINE)];
    let end = memchr::memchr(b'\n', rest).or((rest.len() < LONGEST_LINE).then_some(rest.len()))?;
    let is_start = start == 0 || text[start - 1] == b'\n';
    is_start.then(|| &text[start..at + end])
}

/// Names, and what they are given, as many of these as of those.
type Pairs<'t> = (Vec<&'t [u8]>, Vec<&'t [u8]>);

/// The names of a line and their values.
fn pairs(line: &[u8]) -> Option<Pairs<'_>> {
    let sign = memchr::memchr(b'=', line)?;
    let right = line[sign + 1..].trim_ascii();
    if matches!(right.first()?, b'=' | b'>' | b'~') {
        return None;
    }
    let left = line[..sign].strip_suffix(b":").unwrap_or(&line[..sign]);
    let mut left = left.trim_ascii();
    while let Some(rest) = WORDS.iter().find_map(|word| left.strip_prefix(*word)) {
        left = rest.trim_ascii_start();
    }
    let is_name_byte = |b: &u8| is_name(*b) || matches!(b, b'&' | b'*');
    let names: Option<Vec<&[u8]>> = enclosed(left)
        .unwrap_or(left)
        .split(|b| *b == b',')
        .map(|name| {
            let name = name.trim_ascii();
            let name = name.strip_prefix(b"mut ").unwrap_or(name);
            (!name.is_empty() && name.iter().all(is_name_byte)).then_some(name)
        })
        .collect();
    let names = names.filter(|names| (2..=MOST).contains(&names.len()))?;
    let right = right.strip_suffix(b";").unwrap_or(right).trim_ascii_end();
    let made = right.iter().take_while(|b| is_ident(**b)).count();
    let inner = enclosed(&right[made..]).filter(|_| MAKES.contains(&&right[..made]));
    let values: Vec<&[u8]> = items(inner.unwrap_or(right)).take(MOST + 1).collect();
    let is_value = |value: &&[u8]| match value.first() {
        Some(b'"' | b'\'' | b'`') => true,
        Some(_) => !value.contains(&b'='),
        None => false,
    };
    (values.len() == names.len() && values.iter().all(is_value)).then_some((names, values))
}

/// What brackets around a whole text hold.
fn enclosed(text: &[u8]) -> Option<&[u8]> {
    let close = match text.first()? {
        b'(' => b')',
        b'[' => b']',
        b'{' => b'}',
        _ => return None,
    };
    text[1..].strip_suffix(&[close])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nth_name_gets_the_nth_value() {
        for text in [
            "a, NAME = \"etl\", \"VALUE\"",
            "a, NAME := f(1, 2), \"VALUE\"",
            "NAME, b = 'VALUE', x",
            "const [a, NAME] = ['etl', 'VALUE'];",
            "[$a, $NAME] = ['etl', 'VALUE'];",
            "list($a, $NAME) = array('etl', 'VALUE');",
            "{a, NAME} = {\"etl\", \"VALUE\"}",
            "let (a, mut NAME) = (\"etl\", \"VALUE\");",
            "local a, NAME = \"a=1, b\", \"VALUE\" -- for now",
            "val (a, NAME) = Pair(\"etl\", \"VALUE\")",
        ] {
            let place = |what: &str| text.find(what).map(|at| at..at + what.len()).unwrap();
            assert_eq!(value(text.as_bytes(), &place("NAME")), Some(place("VALUE")), "{text}");
            let named = name(text.as_bytes(), place("VALUE").start - 1).unwrap_or_default();
            assert!(named.ends_with(b"NAME"), "{text}");
        }
        for text in [
            "f(a, NAME=\"VALUE\")",
            "    host, NAME=\"VALUE\"",
            "a, NAME = f(\"x\", \"VALUE\")",
            "a, NAME = \"x\", c = \"VALUE\"",
            "if a, NAME == \"x\", \"VALUE\"",
            "a, NAME = \"VALUE\"",
        ] {
            let place = |what: &str| text.find(what).map(|at| at..at + what.len()).unwrap();
            assert_eq!(value(text.as_bytes(), &place("NAME")), None, "{text}");
            assert_eq!(name(text.as_bytes(), place("VALUE").start - 1), None, "{text}");
        }
    }
}

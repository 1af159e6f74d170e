//! Several values that one name is given: the items of a list, the cells below a heading, the column of rows in SQL.

use std::ops::Range;

use super::drawn::is_drawn_piece;
use super::operand::{self, Literal, skip};
use super::sign::Sign;
use super::url::is_drawn_password;
use super::{Around, Parsed, assignment, pair};
use crate::engine::Syntax;
use crate::engine::names::{self, Role};
use crate::engine::syntax::{heading, literal};
use crate::engine::value::generated;

/// How much of a list is read, bytes, and most items of one.
const LONGEST_LIST: usize = 64 * 1024;
const MOST_ITEMS: usize = 1000;
/// What stands before the bracket of a list, and an item that is no literal, bytes.
const LONGEST_LEAD: usize = 40;
const LONGEST_OTHER: usize = 200;
/// How far before a name its line is looked for, bytes.
const LONGEST_INDENT: usize = 80;

/// What a name that is given several values sounds like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Secrets,
    Passwords,
}

/// What `weigh` makes of each value of the list, the table or the rows that a name is of; `None` where it is of none. Cells are
/// what was put in under the name, items of a list may be anything that the name is about.
pub(super) fn weighed(
    text: &[u8],
    around: Around<'_>,
    (name, sign): (&Range<usize>, &Sign),
    kind: Kind,
    weigh: impl FnMut(Literal) -> Option<Parsed>,
) -> Option<Vec<Parsed>> {
    let cells = cells(text, name, sign);
    if !cells.is_empty() {
        return Some(cells.into_iter().map(|value| (value, true)).filter_map(weigh).collect());
    }
    let items = items(text, around, name, sign)?;
    let is_one = |(value, _): &Literal| is_item(&text[name.clone()], &text[value.clone()], kind);
    Some(items.into_iter().filter(is_one).filter_map(weigh).collect())
}

/// The cells below a heading, or the column of rows in SQL.
fn cells(text: &[u8], name: &Range<usize>, sign: &Sign) -> Vec<Range<usize>> {
    // Names in a row stand behind each other.
    if sign.end.is_some() && text[sign.at] != b',' {
        return Vec::new();
    }
    match pair::columns(text, name) {
        columns if columns.is_empty() && sign.end.is_none() => heading::values_below(text, name),
        columns => columns,
    }
}

/// The items of a list, which a sign gives to the name.
fn items(text: &[u8], around: Around<'_>, name: &Range<usize>, sign: &Sign) -> Option<Vec<Literal>> {
    let end = sign.end.filter(|_| text[sign.at] != b',')?;
    if !matches!(text[end - 1], b'=' | b':' | b'>' | b'(') {
        return None;
    }
    let start = skip(text, end, |b| b == b' ' || b == b'\t', LONGEST_LEAD);
    let is_bare = around.syntax == Syntax::Bare;
    let items = match text.get(start) {
        Some(b'\n' | b'\r' | b'#') if text[end - 1] == b':' => block(text, name, start),
        _ => match opener(text, start) {
            // Words stand bare in `[…]`; `{…}` is a map, or sealed.
            Some((open, close)) => bracketed(text, open, close, is_bare && close == b']'),
            None => joined(text, name, start, is_bare),
        },
    };
    // Brackets around one literal of code say nothing.
    let is_list = items.len() > usize::from(!is_bare);
    (is_list && names::role(&text[name.clone()]) == Role::Secret).then_some(items)
}

/// Whether an item of a list was drawn for what the name says: under names for passwords lists of words stand as often as
/// passwords, and `keys` are what things are looked up by, or the prints of fingers.
fn is_item(name: &[u8], value: &[u8], kind: Kind) -> bool {
    if kind == Kind::Passwords {
        return generated::is_generated(value) || is_drawn_password(value);
    }
    let words = names::words(name);
    let is_key = words.last().is_some_and(|last| matches!(last.as_str(), "key" | "keys"));
    let says_whose =
        ["api", "access", "secret", "auth", "master", "encryption", "signing", "service", "license"];
    let is_told = words.iter().any(|word| says_whose.contains(&word.as_str()));
    // What a chain calls its tokens, in base58.
    let is_address = matches!(value.len(), 43 | 44) && value.iter().all(u8::is_ascii_alphanumeric);
    match is_key {
        _ if is_told => true,
        true => words.len() > 1 && !value.iter().all(u8::is_ascii_hexdigit) && is_drawn_piece(value),
        false => !is_address,
    }
}

/// Behind the bracket that opens a list at `at`, and what closes it: `[`, `new String[] {`, `array(`, `List.of(`.
fn opener(text: &[u8], at: usize) -> Option<(usize, u8)> {
    const MAKES: [&[u8]; 22] = [
        b"",
        b"array",
        b"List.of",
        b"Set.of",
        b"Arrays.asList",
        b"ImmutableList.of",
        b"ImmutableSet.of",
        b"listOf",
        b"setOf",
        b"arrayOf",
        b"mutableListOf",
        b"mutableSetOf",
        b"c",
        b"list",
        b"set",
        b"frozenset",
        b"tuple",
        b"List",
        b"Seq",
        b"Array",
        b"Set",
        b"new Set",
    ];
    const LEADS: [&[u8]; 5] = [b"", b"&", b"@", b"vec!", b"%w"];
    let head = &text[at..text.len().min(at + LONGEST_LEAD)];
    let found = head.iter().position(|b| matches!(b, b'[' | b'{' | b'(' | b'"' | b'\'' | b'`' | b'\n'))?;
    let lead = head[..found].trim_ascii();
    let behind = at + found + 1;
    match head[found] {
        // `[]string{`, `new String[] {`.
        b'[' if head.get(found + 1) == Some(&b']') => {
            let rest = &text[behind + 1..text.len().min(behind + LONGEST_LEAD)];
            let brace =
                rest.iter().position(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'.' | b' ' | b'_')))?;
            (rest[brace] == b'{').then_some((behind + 1 + brace + 1, b'}'))
        }
        b'[' => LEADS.contains(&lead).then_some((behind, b']')),
        b'{' => lead.is_empty().then_some((behind, b'}')),
        // `frozenset([`.
        b'(' if MAKES.contains(&lead) => match text.get(behind) {
            Some(open @ (b'[' | b'{')) => Some((behind + 1, if *open == b'[' { b']' } else { b'}' })),
            _ => Some((behind, b')')),
        },
        _ => None,
    }
}

/// The literals between `at` and the bracket that closes their list; none of a map.
fn bracketed(text: &[u8], mut at: usize, close: u8, is_bare: bool) -> Vec<Literal> {
    let end = text.len().min(at + LONGEST_LIST);
    let is_shells = text[..at].ends_with(b"=(");
    let mut items = Vec::new();
    while items.len() < MOST_ITEMS {
        let gap = text[at..end].iter().take_while(|b| b.is_ascii_whitespace() || **b == b',').count();
        // In brackets such as `(…)` literals without a comma are one, but in a shell, which has no blank before them.
        if close == b')' && !is_shells && !items.is_empty() && !text[at..at + gap].contains(&b',') {
            let is_next = |b: &u8| matches!(b, b'"' | b'\'' | b'`');
            if text[at + gap..end].first().is_some_and(is_next) {
                return Vec::new();
            }
        }
        at += gap;
        let Some(first) = text[..end].get(at).filter(|first| **first != close) else { break };
        if *first == b'#' || text[at..].starts_with(b"//") {
            at += memchr::memchr(b'\n', &text[at..end]).unwrap_or(end - at);
            continue;
        }
        let quote = at + usize::from(*first == b'@');
        let is_quoted = matches!(text.get(quote), Some(b'"' | b'\'' | b'`'));
        let found = if is_quoted { literal::at(text, quote) } else { None };
        let other = &text[at..end.min(at + LONGEST_OTHER)];
        let mut depth = 0_usize;
        let is_end = |b: &u8| {
            let is_outer = depth == 0;
            match b {
                b'(' | b'[' | b'{' => depth += 1,
                b')' | b']' | b'}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            *b == b'\n' || is_outer && (*b == b',' || *b == close)
        };
        match found {
            Some(found) => {
                let behind = text[found.end..end].trim_ascii_start();
                if matches!(behind.first(), Some(b':' | b'=')) {
                    return Vec::new();
                }
                items.push((found.value, true));
                at = found.end;
            }
            None if matches!(first, b'{' | b'[' | b'(') || is_quoted => break,
            None => {
                let Some(length) = other.iter().position(is_end) else { break };
                let word = other[..length].trim_ascii();
                if is_bare && word.iter().all(|b| b.is_ascii_graphic() && !b"\"'`:{}()".contains(b)) {
                    items.push((at..at + word.len(), false));
                } else if word.contains(&b':') || word.contains(&b'=') {
                    return Vec::new();
                }
                at += length;
            }
        }
    }
    items
}

/// The items of a list of YAML, a line each, below the line of its name.
fn block(text: &[u8], name: &Range<usize>, end: usize) -> Vec<Literal> {
    let floor = name.start.saturating_sub(LONGEST_INDENT);
    let line = memchr::memrchr(b'\n', &text[floor..name.start]).map(|at| floor + at + 1);
    let Some(line) = line.or((floor == 0).then_some(0)) else { return Vec::new() };
    let lead = &text[line..name.start];
    let depth = lead.iter().take_while(|b| **b == b' ').count();
    if !lead.iter().all(|b| matches!(b, b' ' | b'-' | b'"' | b'\'')) {
        return Vec::new();
    }
    let limit = text.len().min(end + LONGEST_LIST);
    let mut at = end + memchr::memchr(b'\n', &text[end..limit]).map_or(limit - end, |at| at + 1);
    let mut items = Vec::new();
    while at < limit && items.len() < MOST_ITEMS {
        let length = memchr::memchr(b'\n', &text[at..limit]).unwrap_or(limit - at);
        let written = &text[at..at + length];
        let indent = written.iter().take_while(|b| **b == b' ').count();
        let body = written[indent..].trim_ascii_end();
        // What ends in a colon is the key of a map.
        let item = body.strip_prefix(b"- ").filter(|item| indent >= depth && !item.ends_with(b":"));
        if let Some(item) = item {
            let start = at + indent + 2 + (item.len() - item.trim_ascii_start().len());
            let found = operand::literal(text, start, Syntax::Bare);
            items.extend(found.filter(|(value, _)| value.end <= at + length));
        } else if !body.is_empty() && !body.starts_with(b"#") {
            break;
        }
        at += length + 1;
    }
    items
}

/// What commas join: `API_KEYS=…,…` of an environment, `"…,…"` in quotes.
fn joined(text: &[u8], name: &Range<usize>, at: usize, is_bare: bool) -> Vec<Literal> {
    let is_plural = text[..name.end].last().is_some_and(|b| matches!(b, b's' | b'S'));
    let quoted = literal::at(text, at).filter(|_| matches!(text.get(at), Some(b'"' | b'\'' | b'`')));
    let whole = match quoted {
        Some(found) => found.value,
        None if is_bare => {
            let rest = &text[at..text.len().min(at + LONGEST_LIST)];
            at..at + rest.iter().take_while(|b| b.is_ascii_graphic() && !b"\"'`".contains(b)).count()
        }
        None => return Vec::new(),
    };
    let is_part = |part: &[u8]| {
        let part = part.trim_ascii();
        part.len() >= assignment::SHORTEST && part.iter().all(u8::is_ascii_graphic)
    };
    let bytes = &text[whole.clone()];
    if !is_plural || !bytes.contains(&b',') || !bytes.split(|b| *b == b',').take(MOST_ITEMS).all(is_part) {
        return Vec::new();
    }
    let mut start = whole.start;
    let parts = bytes.split(|b| *b == b',').take(MOST_ITEMS);
    parts
        .map(|part| {
            let from = start + (part.len() - part.trim_ascii_start().len());
            start += part.len() + 1;
            (from..from + part.trim_ascii().len(), true)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_of_lists() {
        for text in [
            "[\"a1\", 'b2', x, \"c3\"]",
            "[]string{\"a1\", \"b2\", \"c3\"}",
            "new String[] {\"a1\",\n  \"b2\", // old\n  \"c3\"}",
            "array('a1', 'b2', 'c3');",
            "List.of(\"a1\", \"b2\", \"c3\")",
            "frozenset([\"a1\", \"b2\", \"c3\"])",
            "vec![\"a1\", \"b2\", \"c3\"]",
            "@[@\"a1\", @\"b2\", @\"c3\"]",
            "(\"a1\", \"b2\", \"c3\")",
        ] {
            let (at, close) = opener(text.as_bytes(), 0).unwrap_or_else(|| panic!("{text}"));
            let items = bracketed(text.as_bytes(), at, close, false);
            let items: Vec<&str> = items.into_iter().map(|(value, _)| &text[value]).collect();
            assert_eq!(items, ["a1", "b2", "c3"], "{text}");
        }
        for text in ["{\"a\": \"b\"}", "{a: \"b\"}", "[{\"a\": 1}]", "['a' => 'b']", "[]"] {
            let (at, close) = opener(text.as_bytes(), 0).unwrap_or((text.len(), b']'));
            assert!(bracketed(text.as_bytes(), at, close, false).is_empty(), "{text}");
        }
    }

    #[test]
    fn items_of_blocks() {
        let text = "x:\n  tokens:\n  - a1\n  # old\n  - \"b2\"\n  - c: d\ny: z\n";
        let at = text.find("tokens").unwrap();
        let items = block(text.as_bytes(), &(at..at + 6), at + 7);
        let items: Vec<&str> = items.into_iter().map(|(value, _)| &text[value]).collect();
        assert_eq!(items, ["a1", "b2"]);
    }
}

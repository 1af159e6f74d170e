//! Where lists open, in every language, and the literals in them.

use std::ops::Range;

use super::assignment;
use super::drawn::{is_drawn_piece, is_joint};
use super::operand::{self, Literal, skip};
use super::pair;
use super::sign::{MOST_BLANKS, Sign};
use crate::engine::Syntax;
use crate::engine::names::{self, Role};
use crate::engine::shape::confirm::is_word;
use crate::engine::syntax::literal;

mod named;

/// How much of a list is read, bytes, and most items of one.
const LONGEST_LIST: usize = 64 * 1024;
const MOST_ITEMS: usize = 1000;
/// What stands before the first item of a list, and an item that is no literal, bytes.
const LONGEST_LEAD: usize = 120;
const LONGEST_OTHER: usize = 200;
/// How far before a name its line is looked for, bytes.
const LONGEST_INDENT: usize = 80;
/// Most brackets that are open before the first item: `new Set(Arrays.asList([`.
const MOST_OPEN: usize = 4;

/// What a list holds, as far as it was read.
#[derive(Debug)]
pub(super) struct List {
    pub(super) items: Vec<Literal>,
    /// Where the reading stopped.
    pub(super) end: usize,
    pub(super) form: Form,
}

/// What holds the items of a list together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Plain,
    /// Each has a name of its own.
    Map,
}

impl List {
    fn empty(end: usize) -> Self {
        List { items: Vec::new(), end, form: Form::Plain }
    }
}

/// Whether a name is one of several, by its last letter or as a hash of Perl: `%token`.
pub(super) fn is_of_several(text: &[u8], name: &Range<usize>) -> bool {
    matches!(text[name.clone()].last(), Some(b's' | b'S'))
        || text[..name.start].ends_with(b"my %")
        || pair::in_place(text, name) == Some(true)
}

/// The list that a sign gives to the name.
pub(super) fn at(text: &[u8], name: &Range<usize>, sign: &Sign, is_bare: bool) -> Option<List> {
    let is_plural = is_of_several(text, name);
    if is_bare && let Some(list) = named::mapped(text, name) {
        return Some(list);
    }
    if is_plural && let Some(list) = named::within(text, name, is_bare) {
        return Some(list);
    }
    let end = match sign.end {
        Some(_) if text[sign.at] == b',' => return None,
        Some(end) => end,
        None => said(text, name, sign.at)?,
    };
    let mark = text[sign.at..end].trim_ascii_end().last().copied().unwrap_or_default();
    if sign.end.is_some() && !matches!(mark, b'=' | b':' | b'>' | b'(' | b'-' | b'{') {
        return None;
    }
    let start = skip(text, end, |b| b == b' ' || b == b'\t', MOST_BLANKS);
    match text.get(start)? {
        b'\n' | b'\r' | b'#' if mark == b':' => return block(text, name, start, Lines::Items { is_plural }),
        b'\n' | b'\r' if mark == b'=' && is_bare => return block(text, name, start, Lines::Words),
        b'|' | b'>' if mark == b':' && is_bare => return block(text, name, start, Lines::Words),
        b'"' | b'\'' if mark == b'{' => return Some(bracketed(text, start, b'}', false, is_plural)),
        b'[' if is_bare => return Some(bracketed(text, start + 1, b']', true, is_plural)),
        // An array of a shell.
        b'(' if is_bare && text[..start].ends_with(b"=") => return Some(spelled(text, start + 1, b')')),
        b'%' | b'~' | b'q' => {
            if let Some((from, close)) = word_list(text, start) {
                return Some(spelled(text, from, close));
            }
        }
        _ => {}
    }
    match opener(text, start, mark == b':') {
        Some((from, close)) => Some(bracketed(text, from, close, false, is_plural)),
        None if is_plural => joined(text, start, is_bare),
        None => None,
    }
}

/// Where the list starts that a name is given without a sign: `@api_keys [` of Elixir, `(def api-keys [` of Clojure.
fn said(text: &[u8], name: &Range<usize>, at: usize) -> Option<usize> {
    let opens = matches!(text.get(at), Some(b'[' | b'~')) && at > name.end;
    let lead = &text[..name.start];
    (opens && (lead.ends_with(b"@") || lead.ends_with(b"(def "))).then_some(at)
}

/// What a bracket before the first item is.
#[derive(Clone, Copy, PartialEq)]
enum Bracket {
    List,
    Call,
    /// What a type or a place holds: `Tuple[`, `env["X"]`.
    Type,
}

/// Behind the bracket that opens a list, and what closes it: the innermost that is open where the first literal stands,
/// whatever path, type, size or call leads to it. `[`, `new String[] {`, `[2]string{`, `new ArrayList<>(Arrays.asList(`.
/// Behind a name's type (`is_typed`) its sign is passed over.
fn opener(text: &[u8], at: usize, is_typed: bool) -> Option<(usize, u8)> {
    let head = &text[at..text.len().min(at + LONGEST_LEAD)];
    let mut open: Vec<(usize, u8, Bracket)> = Vec::new();
    let mut here = 0;
    while let Some(&byte) = head.get(here) {
        let before = head[..here].trim_ascii_end().last();
        match byte {
            b'[' | b'{' | b'(' => {
                let is_glued = head[..here].last().is_some_and(|b| is_word(*b));
                let (close, bracket) = match byte {
                    b'[' => (b']', if is_glued { Bracket::Type } else { Bracket::List }),
                    b'{' => (b'}', Bracket::List),
                    _ if before.is_some_and(|b| is_word(*b) || matches!(b, b'>' | b'!')) => {
                        (b')', Bracket::Call)
                    }
                    _ => (b')', Bracket::List),
                };
                if open.len() == MOST_OPEN {
                    return None;
                }
                open.push((at + here + 1, close, bracket));
            }
            b']' | b'}' | b')' => {
                open.pop().filter(|(_, close, _)| *close == byte)?;
            }
            b'"' | b'\'' | b'`' => break,
            b'#' | b'/' if !open.is_empty() && (byte == b'#' || head.get(here + 1) == Some(&b'/')) => {
                here += memchr::memchr(b'\n', &head[here..])?;
            }
            b'\n' | b'\r' if open.is_empty() => return None,
            b'=' if !open.is_empty() || is_typed && head.get(here + 1) != Some(&b'>') => {}
            _ if is_word(byte) || byte.is_ascii_whitespace() || b".:&@!*?,;<>-".contains(&byte) => {}
            _ => return None,
        }
        here += 1;
    }
    while open.last().is_some_and(|(.., bracket)| *bracket == Bracket::Type) {
        open.pop();
    }
    let (from, close, bracket) = open.pop()?;
    (bracket == Bracket::List || makes_list(&text[at..from - 1])).then_some((from, close))
}

/// Whether a call makes a list or a map of what it takes, by its name: `Arrays.asList`, `setOf`, `c` of R.
fn makes_list(callee: &[u8]) -> bool {
    const MAKES: [&str; 11] =
        ["of", "list", "set", "array", "seq", "tuple", "vector", "frozenset", "c", "dict", "map"];
    let name = callee.rsplit(|b| !is_word(*b)).next().unwrap_or_default();
    names::words(name).last().is_some_and(|last| MAKES.contains(&last.as_str()))
}

/// Behind what opens a list of bare words, and what closes it: `%w[`, `qw(`, `~w(`.
fn word_list(text: &[u8], at: usize) -> Option<(usize, u8)> {
    let rest = &text[at..];
    let rest = [&b"%w"[..], b"%W", b"qw", b"~w"].iter().find_map(|lead| rest.strip_prefix(*lead))?;
    let close = match rest.first()? {
        b'[' => b']',
        b'(' => b')',
        b'{' => b'}',
        b'<' => b'>',
        same @ (b'|' | b'/' | b'!') => *same,
        _ => return None,
    };
    Some((text.len() - rest.len() + 1, close))
}

/// Words that blanks divide, in quotes or not, up to what closes their list.
fn spelled(text: &[u8], at: usize, close: u8) -> List {
    let rest = &text[at..text.len().min(at + LONGEST_LIST)];
    let body = &rest[..memchr::memchr(close, rest).unwrap_or(0)];
    let mut items = Vec::new();
    let mut start = at;
    for word in body.split(u8::is_ascii_whitespace) {
        let quote =
            usize::from(word.len() > 2 && matches!(word[0], b'"' | b'\'') && word.ends_with(&word[..1]));
        let bare = &word[quote..word.len() - quote];
        if !bare.is_empty() && !bare.iter().any(|b| matches!(b, b'"' | b'\'')) && items.len() < MOST_ITEMS {
            items.push((start + quote..start + quote + bare.len(), true));
        }
        start += word.len() + 1;
    }
    List { items, end: at + body.len(), form: Form::Plain }
}

/// The literals between `at` and the bracket that closes their list. Those of a map count where its name is one of
/// several, and under names that say nothing.
fn bracketed(text: &[u8], mut at: usize, close: u8, is_bare: bool, is_plural: bool) -> List {
    let end = text.len().min(at + LONGEST_LIST);
    let mut list = List::empty(at);
    // Lists and maps within a map that are open.
    let mut depth = 0_usize;
    // `@{ prod = "…"; dev = "…" }` of PowerShell and Nix.
    let is_joint = |b: &u8| *b == b',' || *b == b';' && close == b'}';
    while list.items.len() < MOST_ITEMS {
        list.end = at;
        let gap = text[at..end].iter().take_while(|b| b.is_ascii_whitespace() || is_joint(b)).count();
        let next = text[..end].get(at + gap);
        // In brackets such as `(…)` literals without a comma are one.
        let is_glued = close == b')' && !text[at..at + gap].contains(&b',');
        if is_glued && !list.items.is_empty() && matches!(next, Some(b'"' | b'\'' | b'`')) {
            return List::empty(at);
        }
        at += gap;
        if depth > 0 && next.is_some_and(|b| matches!(b, b']' | b'}' | b')')) {
            (depth, at) = (depth - 1, at + 1);
            continue;
        }
        let Some(first) = next.filter(|first| **first != close) else { break };
        if *first == b'#' || text[at..].starts_with(b"//") {
            at += memchr::memchr(b'\n', &text[at..end]).unwrap_or(end - at);
            continue;
        }
        match item(text, at..end, close, is_bare) {
            Item::Literal(found, over) => {
                list.items.push(found);
                at = over;
            }
            Item::Other(over) => at = over,
            // Items and entries in turn are neither.
            Item::Entry(..) if !is_plural || list.form == Form::Plain && !list.items.is_empty() => {
                return List::empty(list.end);
            }
            Item::Entry(key, value) => {
                list.form = Form::Map;
                let found = entry_value(text, value).filter(|found| found.end <= end);
                let Some(found) = found else {
                    if depth < MOST_OPEN && text[..end].get(value).is_some_and(|b| b"[{(".contains(b)) {
                        (depth, at) = (depth + 1, value + 1);
                    } else {
                        let Some(over) = computed(text, value..end, close) else { break };
                        at = over;
                    }
                    continue;
                };
                if is_labelled(&text[key.clone()], &text[found.value.clone()]) {
                    list.items.push((key, true));
                } else if names::role(&text[key]) == Role::Neutral {
                    list.items.push((found.value, true));
                }
                at = found.end;
            }
            Item::End => break,
        }
    }
    list
}

/// The literals of a table that opens right before `at`, `@{` of PowerShell, under keys that say nothing.
pub(super) fn table(text: &[u8], at: usize) -> impl Iterator<Item = Range<usize>> {
    bracketed(text, at, b'}', false, true).items.into_iter().map(|(value, _)| value)
}

/// Whether the key of an entry is what was drawn, and its value says whose it is: `{"7f3a…": "cron"}`.
fn is_labelled(key: &[u8], label: &[u8]) -> bool {
    let is_label = |b: &u8| b.is_ascii_alphanumeric() || b" -_.@".contains(b);
    key.len() >= assignment::SHORTEST
        && label.len() < assignment::SHORTEST
        && label.iter().all(is_label)
        && is_drawn_piece(key.rsplit(is_joint).max_by_key(|piece| piece.len()).unwrap_or_default())
}

/// What stands in a list where an item may.
enum Item {
    /// A literal, and where it is over.
    Literal(Literal, usize),
    /// A key, and where its value starts.
    Entry(Range<usize>, usize),
    /// Anything else, up to here.
    Other(usize),
    /// Nothing that a list of literals goes on with.
    End,
}

fn item(text: &[u8], within: Range<usize>, close: u8, is_bare: bool) -> Item {
    let at = within.start;
    if let Some(found) = quoted(text, at) {
        let behind = text[found.end..within.end].iter().take(LONGEST_OTHER);
        let blanks = behind.take_while(|b| b.is_ascii_whitespace()).count();
        return match sign_end(&text[..within.end], found.end + blanks) {
            Some(value) => Item::Entry(found.value, value),
            None => Item::Literal((found.value, true), found.end),
        };
    }
    if matches!(text[at], b'{' | b'[' | b'(' | b'"' | b'\'' | b'`') {
        return Item::End;
    }
    let Some(length) = other_length(text, within.clone(), close) else { return Item::End };
    let word = text[at..at + length].trim_ascii();
    let is_key = |b: &u8| is_word(*b) || matches!(b, b'-' | b'.' | b'$');
    let key = word.iter().take_while(|b| is_key(b)).count();
    let blanks = word[key..].iter().take_while(|b| b.is_ascii_whitespace()).count();
    // `==` pads base64.
    let sign = sign_end(&text[..at + word.len()], at + key + blanks);
    if let Some(value) = sign.filter(|value| key > 0 && (!is_bare || *value < at + word.len())) {
        return Item::Entry(at..at + key, value);
    }
    if word.contains(&b':') || inner_sign(word) {
        return Item::End;
    }
    if is_bare && word.iter().all(|b| b.is_ascii_graphic() && !b"\"'`{}()[".contains(b)) {
        return Item::Literal((at..at + word.len(), false), at + length);
    }
    Item::Other(at + length)
}

/// Where what an entry is computed from is over, which says nothing of the others: `$ENV{TOKEN}`, `os.environ["TOKEN"]`. With a
/// number or a word alone, what holds the entries is an object with members of all kinds.
fn computed(text: &[u8], within: Range<usize>, close: u8) -> Option<usize> {
    let start = within.start;
    let is_named = |b: &u8| b.is_ascii_alphabetic() || matches!(b, b'_' | b'$');
    text.get(start).filter(|b| is_named(b))?;
    let over = start + other_length(text, within, close)?;
    text[start..over].iter().any(|b| b"([{.".contains(b)).then_some(over)
}

/// How long what is no literal is at the start of a range: up to the comma, the end of the line or of the list.
fn other_length(text: &[u8], within: Range<usize>, close: u8) -> Option<usize> {
    let other = text.get(within.start..within.end.min(within.start + LONGEST_OTHER))?;
    let mut depth = 0_usize;
    other.iter().position(|b| {
        let is_outer = depth == 0;
        match b {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        *b == b'\n' || is_outer && (*b == b',' || *b == close)
    })
}

/// The literal in quotes at `at`, `@"…"` of Objective-C among them.
fn quoted(text: &[u8], at: usize) -> Option<literal::Literal> {
    let quote = at + usize::from(text.get(at) == Some(&b'@'));
    text.get(quote).filter(|b| matches!(b, b'"' | b'\'' | b'`'))?;
    literal::at(text, quote)
}

/// The literal that an entry has, in a call that makes bytes of it or not: `[]byte("…")`.
fn entry_value(text: &[u8], at: usize) -> Option<literal::Literal> {
    let bytes = b"[]byte(";
    if !text[at..].starts_with(bytes) {
        return quoted(text, at);
    }
    let found = quoted(text, at + bytes.len()).filter(|found| text.get(found.end) == Some(&b')'))?;
    Some(literal::Literal { end: found.end + 1, ..found })
}

/// Where the value of an entry starts whose sign stands at `at`.
fn sign_end(text: &[u8], at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    let length = match rest {
        [b'=' | b'-', b'>', ..] => 2,
        // `mapOf("acme" to "…")` of Kotlin.
        [b't', b'o', b' ', b'"', ..] => 2,
        [b'=', b'=', ..] => return None,
        [b':' | b'=', ..] => 1,
        _ => return None,
    };
    Some(skip(text, at + length, |b| b.is_ascii_whitespace(), MOST_BLANKS))
}

/// Whether a sign stands in a word that gives something to what stands before it: `=` anywhere but at its end.
fn inner_sign(word: &[u8]) -> bool {
    let body = word.len() - word.iter().rev().take_while(|b| **b == b'=').count();
    word[..body].contains(&b'=')
}

/// What the lines below a name are.
#[derive(Clone, Copy)]
enum Lines {
    /// Items of YAML; entries where the name is one of several.
    Items { is_plural: bool },
    /// A word each, further in than the name.
    Words,
}

/// The items of a list of YAML, a line each, below the line of its name.
fn block(text: &[u8], name: &Range<usize>, end: usize, lines: Lines) -> Option<List> {
    let floor = name.start.saturating_sub(LONGEST_INDENT);
    let line = memchr::memrchr(b'\n', &text[floor..name.start]).map(|at| floor + at + 1);
    let line = line.or((floor == 0).then_some(0))?;
    let lead = &text[line..name.start];
    let depth = lead.iter().take_while(|b| **b == b' ').count();
    if !lead.iter().all(|b| matches!(b, b' ' | b'-' | b'"' | b'\'')) {
        return None;
    }
    let limit = text.len().min(end + LONGEST_LIST);
    let mut at = end + memchr::memchr(b'\n', &text[end..limit]).map_or(limit - end, |at| at + 1);
    let mut list = List::empty(end);
    while at < limit && list.items.len() < MOST_ITEMS {
        let length = memchr::memchr(b'\n', &text[at..limit]).unwrap_or(limit - at);
        let written = &text[at..at + length];
        let indent = written.iter().take_while(|b| **b == b' ').count();
        let body = written[indent..].trim_ascii_end();
        let blanks = |from: usize| from + written[from..].iter().take_while(|b| **b == b' ').count();
        let value = match lines {
            _ if body.is_empty() || body.starts_with(b"#") => None,
            // An item that is a map has keys of its own.
            Lines::Items { .. } if indent >= depth && body.starts_with(b"- ") => {
                if list.form == Form::Map || entry(body).is_some() || body.ends_with(b":") {
                    break;
                }
                Some(blanks(indent + 2))
            }
            Lines::Items { is_plural: true } if indent > depth => {
                let Some(sign) = entry(body).filter(|_| list.items.is_empty() || list.form == Form::Map)
                else {
                    break;
                };
                list.form = Form::Map;
                // What has a secret's name of its own is told by that.
                Some(blanks(indent + sign + 1)).filter(|_| names::role(&body[..sign]) == Role::Neutral)
            }
            Lines::Words if indent > depth && !body.contains(&b' ') && !inner_sign(body) => Some(indent),
            _ => break,
        };
        let found = value.and_then(|start| operand::literal(text, at + start, Syntax::Bare));
        list.items.extend(found.filter(|(value, _)| value.end <= at + length));
        at += length + 1;
        list.end = at.min(limit);
    }
    Some(list)
}

/// Where the sign stands in a line that gives a value to a key: `prod: …`.
fn entry(line: &[u8]) -> Option<usize> {
    let line_start = line.strip_prefix(b"- ").map_or(0, |_| 2);
    let key =
        line[line_start..].iter().take_while(|b| is_word(**b) || matches!(b, b'-' | b'.' | b'"' | b'\''));
    let sign = line_start + key.count();
    (sign > line_start && line[sign..].starts_with(b": ")).then_some(sign)
}

/// What commas or other signs join: `API_KEYS=…,…` of an environment, `"…,…"` and `"… …"` in quotes.
fn joined(text: &[u8], at: usize, is_bare: bool) -> Option<List> {
    const LONGEST_PART: usize = 600;
    let quoted = quoted(text, at).map(|found| found.value);
    let (mut start, end, is_quoted) = match quoted {
        Some(value) => (value.start, value.end, true),
        None if is_bare => (at, text.len().min(at + LONGEST_LIST), false),
        None => return None,
    };
    let mut list = List::empty(start);
    let signs: &[u8] = if is_quoted { b",;| " } else { b",;|" };
    // The first one is that of all.
    let mut joint = None;
    while list.items.len() < MOST_ITEMS {
        let rest = &text[start..end];
        let is_joint = |b: &u8| joint.map_or(signs.contains(b), |joint| *b == joint);
        let is_end = |b: &u8| is_joint(b) || !is_quoted && (!b.is_ascii_graphic() || b"\"'`".contains(b));
        let length = rest.iter().take(LONGEST_PART).position(is_end).unwrap_or(rest.len());
        let written = &rest[..length];
        let part = written.trim_ascii();
        // Another name and its value.
        if inner_sign(part) {
            break;
        }
        if part.len() < assignment::SHORTEST || !part.iter().all(u8::is_ascii_graphic) {
            return Some(List::empty(start));
        }
        let from = start + (written.len() - written.trim_ascii_start().len());
        list.items.push((from..from + part.len(), true));
        start += length;
        list.end = start;
        let Some(sign) = text[..end].get(start).filter(|sign| is_joint(sign)) else { break };
        joint = Some(*sign);
        start += 1;
    }
    // What no sign joins is one value.
    if list.items.len() < 2 {
        list.items.clear();
    }
    Some(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(text: &str) -> Vec<&str> {
        let Some((at, close)) = opener(text.as_bytes(), 0, false) else { return Vec::new() };
        let list = bracketed(text.as_bytes(), at, close, false, false);
        list.items.into_iter().map(|(value, _)| &text[value]).collect()
    }

    #[test]
    fn items_of_lists() {
        for text in [
            "[\"a1\", 'b2', x, \"c3\"]",
            "[]string{\"a1\", \"b2\", \"c3\"}",
            "[...]string{\"a1\", \"b2\", \"c3\"}",
            "[3]string{\"a1\", \"b2\", \"c3\"}",
            "new String[] {\"a1\",\n  \"b2\", // old\n  \"c3\"}",
            "new() { \"a1\", \"b2\", \"c3\" }",
            "new List<string> { \"a1\", \"b2\", \"c3\" }",
            "array('a1', 'b2', 'c3');",
            "List.of(\"a1\", \"b2\", \"c3\")",
            "new ArrayList<>(Arrays.asList(\"a1\", \"b2\", \"c3\"))",
            "frozenset([\"a1\", \"b2\", \"c3\"])",
            "HashSet::from([\"a1\", \"b2\", \"c3\"])",
            "Object.freeze([\n  // old\n  \"a1\", \"b2\", \"c3\"])",
            "<String>['a1', 'b2', 'c3']",
            "vec![\"a1\", \"b2\", \"c3\"]",
            "@[@\"a1\", @\"b2\", @\"c3\"]",
            "@(\"a1\", \"b2\", \"c3\")",
            "(\"a1\", \"b2\", \"c3\")",
            "[env[\"X\"], \"a1\", \"b2\", \"c3\"]",
        ] {
            assert_eq!(items(text), ["a1", "b2", "c3"], "{text}");
        }
        for text in [
            "{\"a\": \"b\"}",
            "{a: \"b\"}",
            "[{\"a\": 1}]",
            "['a' => 'b']",
            "[]",
            "env[\"X\"]",
            "f(\"a\", \"b\")",
            "x + [\"a\"]",
        ] {
            assert!(items(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn items_of_blocks_and_maps() {
        for (text, expected) in [
            ("x:\n  tokens:\n  - a1\n  # old\n  - \"b2\"\n  - c: d\ny: z\n", &["a1", "b2"][..]),
            ("tokens:\n  prod: a1\n  id: c3\n  dev: \"b2\"\ny: z\n", &["a1", "b2"]),
            ("tokens: {\"prod\": \"a1\", \"dev\": \"b2\"}\n", &["a1", "b2"]),
            ("tokens: dict(prod=\"a1\", dev=\"b2\")\n", &["a1", "b2"]),
            ("tokens: mapOf(\"prod\" to \"a1\", \"dev\" to \"b2\")\n", &["a1", "b2"]),
            ("tokens: Map(\"prod\" -> \"a1\", \"dev\" -> \"b2\")\n", &["a1", "b2"]),
            ("tokens: %w[a1\n b2]\n", &["a1", "b2"]),
            ("tokens: |\n  a1\n  b2\nx: y\n", &["a1", "b2"]),
            ("tokens: [a1, b2]\n", &["a1", "b2"]),
        ] {
            let at = text.find("tokens").unwrap();
            let sign = Sign { gap: at + 6, at: at + 6, end: Some(at + 7) };
            let list = super::at(text.as_bytes(), &(at..at + 6), &sign, true).unwrap();
            let items: Vec<&str> = list.items.into_iter().map(|(value, _)| &text[value]).collect();
            assert_eq!(items, expected, "{text}");
        }
    }

    #[test]
    fn no_name_within_a_list_reads_on() {
        let text = "tokens=aaaaaaaaaaaaaaa1,tokens=aaaaaaaaaaaaaaa2,";
        let sign = Sign { gap: 6, at: 6, end: Some(7) };
        let list = super::at(text.as_bytes(), &(0..6), &sign, true).unwrap();
        assert!(list.items.is_empty() && list.end < 30, "{list:?}");
    }
}

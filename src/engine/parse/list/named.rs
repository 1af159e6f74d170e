//! Lists that no sign gives to their name: they stand below or within what has it.

use std::ops::Range;

use super::super::{operand, pair};
use super::{LONGEST_LEAD, LONGEST_LIST, List, MOST_ITEMS, bracketed, opener};
use crate::engine::Syntax;
use crate::engine::names::{self, Role};
use crate::engine::shape::confirm::is_word;

/// What stands below or within what has the name: the lines of a section, the default of a variable, the children of an
/// element.
pub(super) fn within(text: &[u8], name: &Range<usize>, is_bare: bool) -> Option<List> {
    if let Some(at) = pair::default_at(text, name) {
        return opener(text, at, false).map(|(from, close)| bracketed(text, from, close, false, true));
    }
    if is_bare && text[name.end..].starts_with(b"]") {
        return section(text, name);
    }
    children(text, name)
}

/// What nginx maps to names of clients: `map $http_x_api_key $client { "…" "mobile"; }`.
pub(super) fn mapped(text: &[u8], name: &Range<usize>) -> Option<List> {
    let is_variable = text[name.clone()].starts_with(b"$") && text[..name.start].ends_with(b"map ");
    let window = &text[name.end..text.len().min(name.end + LONGEST_LIST)];
    let open = memchr::memchr2(b'{', b'\n', window).filter(|at| is_variable && window[*at] == b'{')?;
    let close = open + memchr::memchr(b'}', &window[open..])?;
    let mut list = List::empty(name.end + close);
    let mut at = name.end + open + 1;
    for line in window[open + 1..close].split(|b| *b == b'\n').take(MOST_ITEMS) {
        let first = at + line.iter().take_while(|b| b.is_ascii_whitespace()).count();
        let over = at + line.len();
        at = over + 1;
        let found = operand::literal(text, first, Syntax::Bare).filter(|(value, _)| value.end < over);
        list.items.extend(found);
    }
    Some(list)
}

/// The values below `[tokens]` in TOML and INI, up to the next section. What has a secret's name of its own is told by that.
fn section(text: &[u8], name: &Range<usize>) -> Option<List> {
    let (before, rest) = (text[..name.start].strip_suffix(b"[")?, text[name.end..].strip_prefix(b"]")?);
    // One of several of the name: `[[tokens]]`.
    let several = before.strip_suffix(b"[").and_then(|before| Some((before, rest.strip_prefix(b"]")?)));
    let (before, rest) = several.unwrap_or((before, rest));
    if !matches!(before.last(), None | Some(b'\n')) {
        return None;
    }
    let rest = rest.strip_prefix(b"\r").unwrap_or(rest).strip_prefix(b"\n")?;
    let mut at = text.len() - rest.len();
    let mut list = List::empty(at);
    for line in rest[..rest.len().min(LONGEST_LIST)].split(|b| *b == b'\n').take(MOST_ITEMS) {
        if line.starts_with(b"[") {
            break;
        }
        let key = line.iter().take_while(|b| is_word(**b) || matches!(b, b'-' | b'.' | b'"')).count();
        let sign = key + line[key..].iter().take_while(|b| **b == b' ').count();
        if key > 0
            && matches!(line.get(sign), Some(b'=' | b':'))
            && names::role(&line[..key]) == Role::Neutral
        {
            let blanks = line[sign + 1..].iter().take_while(|b| **b == b' ').count();
            let found = operand::literal(text, at + sign + 1 + blanks, Syntax::Bare);
            list.items.extend(found.filter(|(value, _)| value.end <= at + line.len()));
        }
        at += line.len() + 1;
        list.end = at.min(text.len());
    }
    Some(list)
}

/// The texts of the elements within one: `<string-array name="api_keys"><item>…</item>`, `<tokens><token>…</token>`, and the
/// array behind its key in a property list, `<key>apiKeys</key><array><string>…</string>`.
fn children(text: &[u8], name: &Range<usize>) -> Option<List> {
    let rest = &text[name.end..text.len().min(name.end + LONGEST_LIST)];
    let blanks = |from: usize| from + rest[from..].iter().take_while(|b| b.is_ascii_whitespace()).count();
    let opens = &text[name.start.saturating_sub(2)..name.start];
    let mut at = match rest.strip_prefix(b"</key>") {
        Some(_) => {
            let at = blanks(b"</key>".len());
            at + rest[at..].strip_prefix(b"<array>").map(|_| b"<array>".len())?
        }
        None if opens.ends_with(b"<") || opens == b"=\"" => {
            let close = rest.iter().take(LONGEST_LEAD).position(|b| matches!(b, b'>' | b'<' | b'\n'))?;
            (rest[close] == b'>' && !rest[..close].ends_with(b"/")).then_some(close + 1)?
        }
        None => return None,
    };
    let mut list = List::empty(name.end);
    while list.items.len() < MOST_ITEMS {
        let element = blanks(at);
        let Some([b'<', first]) = rest.get(element..element + 2) else { break };
        let Some(close) = memchr::memchr(b'>', &rest[element..]).filter(|_| first.is_ascii_alphabetic())
        else {
            break;
        };
        let start = element + close + 1;
        let Some(length) = memchr::memchr(b'<', &rest[start..]) else { break };
        let over = start + length;
        if !rest[over..].starts_with(b"</") || rest[start..over].contains(&b'\n') {
            break;
        }
        let held = rest[start..over].trim_ascii_start();
        let from = name.end + over - held.len();
        let length = held.trim_ascii_end().len();
        if length > 0 {
            list.items.push((from..from + length, true));
        }
        at = over + memchr::memchr(b'>', &rest[over..]).map_or(0, |at| at + 1);
        list.end = name.end + at;
    }
    (!list.items.is_empty()).then_some(list)
}

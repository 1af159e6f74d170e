//! Literals that are passed by their place: what they are put into, and what the parameter is called that takes them.

use std::ops::Range;

use super::template::{self, Call};
use super::used::{Part, Use};
use crate::engine::locate::words::is_ident;
use crate::engine::shape::confirm::is_word;
use crate::part::start_in;

/// How far from a call what it makes may be declared, and before a constant its type begins, bytes.
const REACH: usize = 32 * 1024;
const LONGEST_TYPE: usize = 4096;
/// Longest list of parameters, and most places of a type that are looked at for one.
const LONGEST_LIST: usize = 480;
const MOST_PLACES: usize = 32;
/// How constructors are declared that do not bear the name of their type.
const CONSTRUCTORS: [&[u8]; 5] =
    [b"__init__(", b"__construct(", b"constructor(", b" init(", b"def initialize("];

/// The use of a literal, whose marks stand at `marks`, where it is passed.
pub(super) fn uses(text: &[u8], marks: &Range<usize>, value: &Range<usize>) -> Option<Vec<Use>> {
    let filled =
        template::filled(text, marks.clone(), value).or_else(|| template::printed(text, marks, value));
    filled.or_else(|| named(text, marks, value)).map(|found| vec![found])
}

/// The literal under the name of the parameter that it is: `new Client("https://…", "…")` of
/// `Client(String url, String token) {`.
fn named(text: &[u8], marks: &Range<usize>, value: &Range<usize>) -> Option<Use> {
    let call = Call::around(text, marks)?;
    let callee = call.callee(text);
    let made = callee.strip_suffix(b".new").unwrap_or(callee);
    let made = &made[made.len() - made.iter().rev().take_while(|b| is_ident(**b)).count()..];
    if text[call.open] != b'(' || !made.first().is_some_and(u8::is_ascii_uppercase) {
        return None;
    }
    let number = call.before.len();
    let name = parameter(text, made, call.open, number).or_else(|| {
        // A constant of an enumeration: `LIVE("https://…", "…"),`.
        let above = &text[call.open.saturating_sub(LONGEST_TYPE)..call.open];
        let rest = &above[memchr::memmem::rfind(above, b"enum ")? + b"enum ".len()..];
        let rest = rest.strip_prefix(b"class ").unwrap_or(rest).trim_ascii_start();
        let kind = &rest[..rest.iter().take_while(|b| is_word(**b)).count()];
        let is_constant = made.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_');
        parameter(text, kind, call.open, number).filter(|_| is_constant)
    })?;
    let parts = vec![Part::Copy(name), Part::Sign(b"=\""), Part::Literal(value.clone()), Part::Sign(b"\"")];
    Some(Use { range: marks.clone(), parts })
}

/// The name of the `number`th parameter of a type's constructor.
fn parameter(text: &[u8], kind: &[u8], call: usize, number: usize) -> Option<Range<usize>> {
    if kind.len() < 3 {
        return None;
    }
    let from = call.saturating_sub(REACH);
    let window = &text[from..text.len().min(call + REACH)];
    let places = memchr::memmem::find_iter(window, kind).take(MOST_PLACES);
    let places = places.map(|at| from + at..from + at + kind.len());
    let whole = places.filter(|at| {
        !text[..at.start].last().is_some_and(|b| is_word(*b))
            && !text.get(at.end).is_some_and(|b| is_word(*b))
    });
    for place in whole {
        if text.get(place.end) == Some(&b'(')
            && place.end != call
            && let Some(found) = listed(text, place.end, number, true)
        {
            return Some(found);
        }
        let before = text[..place.start].trim_ascii_end();
        if ![&b"class"[..], b"struct", b"object"].iter().any(|word| before.ends_with(word)) {
            continue;
        }
        let until = text.len().min(place.end + LONGEST_TYPE);
        let body = &text[place.end..until];
        let body = &body[..crate::memmem::find(body, b"\nclass ").unwrap_or(body.len())];
        let constructor =
            CONSTRUCTORS.iter().find_map(|sign| Some(crate::memmem::find(body, sign)? + sign.len() - 1));
        return match constructor {
            Some(open) => listed(text, place.end + open, number, false),
            None => field(text, place.end, number),
        };
    }
    None
}

/// The name of the `number`th parameter of a list that opens at `open`; none where it is a list of arguments, which `typed`
/// parameters are told from.
fn listed(text: &[u8], open: usize, number: usize, is_typed: bool) -> Option<Range<usize>> {
    let window = &text[open + 1..text.len().min(open + 1 + LONGEST_LIST)];
    let mut depth = 0_usize;
    let end = window.iter().position(|b| {
        match b {
            b'(' | b'<' | b'[' => depth += 1,
            b')' if depth == 0 => return true,
            b')' | b'>' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        false
    })?;
    depth = 0;
    let items = window[..end].split(|b| {
        match b {
            b'(' | b'<' | b'[' | b'{' => depth += 1,
            b')' | b'>' | b']' | b'}' => depth = depth.saturating_sub(1),
            b',' => return depth == 0,
            _ => {}
        }
        false
    });
    let items = items.map(<[u8]>::trim_ascii).filter(|item| !matches!(*item, b"self" | b"cls"));
    let names: Option<Vec<&[u8]>> = items.map(|item| parameter_name(item, is_typed)).collect();
    let name = *names?.get(number)?;
    let start = start_in(text, name);
    Some(start..start + name.len())
}

/// The name in `String token`, `val token: String`, `$token`, `_ token: String = ""`.
fn parameter_name(item: &[u8], is_typed: bool) -> Option<&[u8]> {
    let item = &item[..memchr::memchr(b'=', item).unwrap_or(item.len())];
    let (named, kind) = match memchr::memchr(b':', item) {
        Some(at) => (item[..at].trim_ascii_end(), true),
        None => (item.trim_ascii_end(), false),
    };
    let is_name = |b: &&u8| is_word(**b);
    let length = named.iter().rev().take_while(is_name).count();
    let (lead, name) = named.split_at(named.len() - length);
    let is_declared =
        kind || lead.trim_ascii_end().last().is_some_and(|b| is_ident(*b) || b"&*>?]$".contains(b));
    let is_plain = item.iter().all(|b| is_ident(*b) || b" \t\n\r:.<>[]?&*@$,|'()".contains(b));
    (length > 0 && is_plain && (is_declared || !is_typed)).then_some(name)
}

/// The name of the `number`th field of a class of Python, `token: str`.
fn field(text: &[u8], at: usize, number: usize) -> Option<Range<usize>> {
    let window = &text[at..text.len().min(at + LONGEST_LIST)];
    let body = &window[crate::memmem::find(window, b":\n")? + 2..];
    let fields = body
        .split(|b| *b == b'\n')
        .map(|line| (line.trim_ascii_start(), line.first().is_some_and(u8::is_ascii_whitespace)))
        .skip_while(|(line, _)| line.starts_with(b"\"\"\""))
        .take_while(|(line, is_inner)| *is_inner && memchr::memchr(b':', line).is_some());
    let names = fields.map(|(line, _)| &line[..line.iter().take_while(|b| is_word(**b)).count()]);
    let name = names.take_while(|name| !name.is_empty()).nth(number)?;
    let start = start_in(text, name);
    Some(start..start + name.len())
}

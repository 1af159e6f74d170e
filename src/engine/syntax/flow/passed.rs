//! Literals that are passed by their place: what they are put into, and what the parameter is called that takes them.

use std::ops::Range;

use super::binding::{Form, Literal};
use super::template::{self, Call};
use super::used::{Part, Use};
use crate::engine::locate::words::is_ident;
use crate::engine::shape::confirm::is_word;
use crate::engine::syntax::body;
use crate::engine::syntax::neighbour::line_before;
use crate::part::start_in;

/// How far from a call what it makes may be declared, and before a constant its type begins, bytes.
const REACH: usize = 16 * 1024;
const LONGEST_TYPE: usize = 4096;
/// Longest sign between the name of a function and its list of parameters, bytes, and shortest name of a type that is
/// enough to name a literal by its parameter.
const LONGEST_HEAD: usize = 40;
const SHORTEST_TYPE: usize = 3;
/// Longest list of parameters, and most places of a type that are looked at for one.
const LONGEST_LIST: usize = 480;
const MOST_PLACES: usize = 32;
/// How constructors are declared that do not bear the name of their type.
const CONSTRUCTORS: [&[u8]; 5] =
    [b"__init__(", b"__construct(", b"constructor(", b" init(", b"def initialize("];
/// Words before the name of a function that declares it.
const INTRODUCERS: [&[u8]; 8] = [b"def", b"defp", b"function", b"func", b"fun", b"fn", b"sub", b"proc"];
/// Words before the name of a method that opens its line.
const MODIFIERS: [&[u8]; 8] =
    [b"", b"async", b"static", b"public", b"private", b"protected", b"override", b"export"];

/// The use of a literal, whose marks stand at `marks`, where it is passed.
pub(super) fn uses(
    text: &[u8],
    marks: &Range<usize>,
    value: &Range<usize>,
    call: Option<&Call>,
) -> Option<Vec<Use>> {
    let filled = template::filled_by(text, marks.clone(), value, call);
    let filled = filled.or_else(|| template::printed(text, marks, value));
    filled.or_else(|| named(text, marks, value, call?)).map(|found| vec![found])
}

/// The literal under the name of the parameter that it is: `new Client("https://…", "…")` of
/// `Client(String url, String token) {`.
fn named(text: &[u8], marks: &Range<usize>, value: &Range<usize>, call: &Call) -> Option<Use> {
    let made = call.made(text);
    if text[call.open] != b'(' || !made.first().is_some_and(u8::is_ascii_uppercase) {
        return None;
    }
    let number = call.before.len();
    let name_of =
        |kind: &[u8]| (kind.len() >= SHORTEST_TYPE).then(|| constructor(text, kind, call.open, number))?;
    let name = name_of(made).or_else(|| {
        // A constant of an enumeration: `LIVE("https://…", "…"),`.
        let above = &text[call.open.saturating_sub(LONGEST_TYPE)..call.open];
        let rest = &above[memchr::memmem::rfind(above, b"enum ")? + b"enum ".len()..];
        let rest = rest.strip_prefix(b"class ").unwrap_or(rest).trim_ascii_start();
        let kind = &rest[..rest.iter().take_while(|b| is_word(**b)).count()];
        let is_constant = made.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_');
        name_of(kind).filter(|_| is_constant)
    })?;
    let parts =
        vec![Part::Copy(name.name), Part::Sign(b"=\""), Part::Literal(value.clone()), Part::Sign(b"\"")];
    Some(Use { range: marks.clone(), parts })
}

/// The parameter that a literal is, within the function or the type which is declared in the text: `send(sid, "…")` of
/// `def send(sid, token):`, `new Sender(sid, "…")` of a class with a constructor.
pub(super) fn parameter<'t>(text: &'t [u8], value: &Range<usize>, call: &Call) -> Option<Literal<'t>> {
    if text[call.open] != b'(' {
        return None;
    }
    let made = call.made(text);
    let number = call.before.len();
    let is_type = made.first().is_some_and(u8::is_ascii_uppercase);
    let constructed = is_type.then(|| constructor(text, made, call.open, number)).flatten();
    let found = constructed.or_else(|| function(text, made, call.open, number))?;
    let body = found.declared.end..body::end(text, found.declared.start, found.declared.end);
    Literal::named(text, &text[found.name], value.clone(), Form::Parameter(body))
}

/// A parameter, and from where to where what declares it stands, its list included.
struct Parameter {
    name: Range<usize>,
    declared: Range<usize>,
}

/// The places where a word stands around a call of it, the call left out.
fn places<'t>(text: &'t [u8], word: &'t [u8], call: usize) -> impl Iterator<Item = Range<usize>> + use<'t> {
    let from = call.saturating_sub(REACH);
    let window = &text[from..text.len().min(call + REACH)];
    memchr::memmem::find_iter(window, word)
        .map(move |at| from + at..from + at + word.len())
        .filter(move |at| {
            at.end != call
                && !text[..at.start].last().is_some_and(|b| is_word(*b))
                && !text.get(at.end).is_some_and(|b| is_word(*b))
        })
        .take(MOST_PLACES)
}

/// The `number`th parameter of a function: `def NAME(`, `func (s *T) NAME(`, `NAME = async (a, b) =>`, `void NAME(T a) {`.
fn function(text: &[u8], name: &[u8], call: usize, number: usize) -> Option<Parameter> {
    if name.is_empty() {
        return None;
    }
    places(text, name, call).find_map(|place| {
        let line = line_before(text, place.start, LONGEST_LIST);
        let word = line.trim_ascii_end();
        let word = &word[word.len() - word.iter().rev().take_while(|b| is_word(**b)).count()..];
        let is_method_of_go = || line.starts_with(b"func (") && line.trim_ascii_end().ends_with(b")");
        let is_introduced = INTRODUCERS.contains(&word) || is_method_of_go();
        let open = list_behind(text, place.end)?;
        // No parameter begins so: most places are calls.
        let list = &text[open + 1..text.len().min(open + 1 + LONGEST_LIST)];
        let first = list.iter().find(|b| !b.is_ascii_whitespace())?;
        if matches!(first, b'"' | b'\'' | b'`' | b'0'..=b'9') {
            return None;
        }
        let is_given = open > place.end + 1;
        // A method of JavaScript stands alone: `send(sid, token) {`.
        let opens_line = line.split(u8::is_ascii_whitespace).all(|word| MODIFIERS.contains(&word));
        let is_of_go =
            line.trim_ascii_start().starts_with(b"func") || text[place.end..open].ends_with(b"func");
        let of = match is_introduced || is_given || opens_line {
            true if is_of_go && word != b"function" => Items::OfGo,
            true => Items::Any,
            false => Items::Typed,
        };
        let found = listed(text, open, number, of)?;
        let behind = text[found.1 + 1..text.len().min(found.1 + 1 + LONGEST_LIST)].trim_ascii_start();
        let has_body = match is_given {
            true => [&b"=>"[..], b"{", b"->", b":"].iter().any(|sign| behind.starts_with(sign)),
            false => [&b"{"[..], b"=>", b"throws ", b":"].iter().any(|sign| behind.starts_with(sign)),
        };
        let is_declared = is_introduced || has_body && !word.eq_ignore_ascii_case(b"new");
        is_declared.then_some(Parameter { name: found.0, declared: place.start..found.1 })
    })
}

/// Where the list of parameters opens behind the name that it belongs to: `(`, ` (`, ` = async (`, `: function (`.
fn list_behind(text: &[u8], end: usize) -> Option<usize> {
    const WORDS: [&[u8]; 5] = [b"async", b"function", b"func", b"fun", b"fn"];
    let window = &text[end..text.len().min(end + LONGEST_HEAD)];
    let mut rest = window.trim_ascii_start();
    if !rest.starts_with(b"(") {
        let signs = [&b":="[..], b"=", b":", b"<-"];
        rest = signs.iter().find_map(|sign| rest.strip_prefix(*sign))?.trim_ascii_start();
        while let Some(next) = WORDS.iter().find_map(|word| rest.strip_prefix(*word)) {
            rest = next.trim_ascii_start();
        }
    }
    rest.starts_with(b"(").then(|| end + window.len() - rest.len())
}

/// The `number`th parameter of a type's constructor, within the whole type.
fn constructor(text: &[u8], kind: &[u8], call: usize, number: usize) -> Option<Parameter> {
    let mut outer = None;
    for place in places(text, kind, call) {
        // A constructor that bears the name of its type, and its parameters where no list of arguments could.
        if text.get(place.end) == Some(&b'(')
            && let Some((name, close)) = listed(text, place.end, number, Items::Typed)
        {
            return Some(Parameter { name, declared: outer.unwrap_or(place.start)..close });
        }
        let before = text[..place.start].trim_ascii_end();
        if ![&b"class"[..], b"struct", b"object"].iter().any(|word| before.ends_with(word)) {
            continue;
        }
        outer = Some(place.start);
        let until = text.len().min(place.end + LONGEST_TYPE);
        let body = &text[place.end..until];
        let body = &body[..crate::memmem::find(body, b"\nclass ").unwrap_or(body.len())];
        let constructor =
            CONSTRUCTORS.iter().find_map(|sign| Some(crate::memmem::find(body, sign)? + sign.len() - 1));
        let name = match constructor {
            Some(open) => listed(text, place.end + open, number, Items::Any).map(|(name, _)| name),
            None => field(text, place.end, number),
        };
        if let Some(name) = name {
            return Some(Parameter { name, declared: place });
        }
    }
    None
}

/// What the items of a list may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Items {
    /// Parameters, with types or without.
    Any,
    /// Those of Go, whose types stand behind their names, or are left to the next.
    OfGo,
    /// Arguments as well, which types tell parameters from.
    Typed,
}

/// The name of the `number`th parameter of a list that opens at `open`, and where that closes; none where it is a list of
/// arguments.
fn listed(text: &[u8], open: usize, number: usize, of: Items) -> Option<(Range<usize>, usize)> {
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
    let is_self = |item: &&[u8]| matches!(*item, b"self" | b"cls" | b"&self" | b"&mut self");
    let items = items.map(<[u8]>::trim_ascii).filter(|item| !is_self(item));
    let names: Option<Vec<&[u8]>> = items.map(|item| parameter_name(item, of)).collect();
    let name = *names?.get(number)?;
    let start = start_in(text, name);
    Some((start..start + name.len(), open + 1 + end))
}

/// The name in `String token`, `val token: String`, `$token`, `_ token: String = ""`, `token string` of Go.
fn parameter_name(item: &[u8], of: Items) -> Option<&[u8]> {
    let item = &item[..memchr::memchr(b'=', item).unwrap_or(item.len())];
    let (named, kind) = match memchr::memchr(b':', item) {
        Some(at) => (item[..at].trim_ascii_end(), true),
        None if of == Items::OfGo => (&item[..item.iter().take_while(|b| is_word(**b)).count()], true),
        None => (item.trim_ascii_end(), false),
    };
    let is_name = |b: &&u8| is_word(**b);
    let length = named.iter().rev().take_while(is_name).count();
    let (lead, name) = named.split_at(named.len() - length);
    let is_declared =
        kind || lead.trim_ascii_end().last().is_some_and(|b| is_ident(*b) || b"&*>?]$".contains(b));
    let is_plain = item.iter().all(|b| is_ident(*b) || b" \t\n\r:.<>[]?&*@$,|'()".contains(b));
    (length > 0 && is_plain && (is_declared || of != Items::Typed)).then_some(name)
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

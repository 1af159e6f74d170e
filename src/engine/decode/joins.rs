//! What stands in several literals: put together by a sign, listed, written byte by byte, broken over lines.

use super::escape::printable;
use super::{Encoding, LONGEST_JOIN, LONGEST_OPENING, LONGEST_PIECE, MOST_PIECES, Span, byte};
use crate::engine::hint::{GLUED, LISTED, SPACED};
use crate::engine::shape::probe;
use crate::engine::syntax::literal::is_quote;
use crate::engine::syntax::neighbour::line_before;

/// Words that stand before a token in a header, each with its blank, lower case.
const SCHEMES: [&[u8]; 6] = [b"bearer ", b"token ", b"basic ", b"apikey ", b"api-key ", b"bot "];
/// Shortest literal that is read behind such a word, and how far before a literal its address begins, bytes.
const SHORTEST_TOKEN: usize = 16;
const LONGEST_ADDRESS: usize = 200;
/// Calls that write a text as an address takes it, lower case.
const ENCODES: [&[u8]; 10] = [
    b"quote",
    b"quote_plus",
    b"encodeuricomponent",
    b"encodeuri",
    b"urlencode",
    b"rawurlencode",
    b"queryescape",
    b"pathescape",
    b"escapedatastring",
    b"encode_www_form_component",
];
/// Longest path of those, and longest rest of their arguments, bytes.
const LONGEST_ENCODING: usize = 48;

/// What a literal goes on with.
struct Next {
    /// Its opening quote.
    open: usize,
    /// Its closing quote and where the call ends that it stands in, if it does.
    call: Option<(usize, usize)>,
}

/// The quotes, signs and blanks between two literals that the language puts together, the first of which ends at `close`.
pub(super) fn join(text: &[u8], close: usize, signs: &[&[u8]], spans: &mut Vec<Span>) {
    let Some(last) = close.checked_sub(1).map(|at| text[at]) else { return };
    let is_scheme = last == b' ' && ends_in_scheme(&text[..close]);
    let is_address = || crate::memmem::find(line_before(text, close, LONGEST_ADDRESS), b"://").is_some();
    if !in_token(last) && !is_scheme && (last == b' ' || !is_address()) {
        return;
    }
    let goes_on = |open: usize| {
        let rest = text.get(open + 1..).unwrap_or_default();
        let token = || rest.iter().take(SHORTEST_TOKEN).take_while(|b| in_token(**b)).count();
        match rest.first() {
            Some(_) if is_scheme => token() == SHORTEST_TOKEN,
            Some(b'@') => true,
            Some(first) => in_token(*first) || first.is_ascii_graphic() && !is_quote(first) && is_address(),
            None => false,
        }
    };
    let Some(next) = next(text, close, signs).filter(|next| goes_on(next.open)) else {
        // Of a Lisp, which has no other signs.
        if let [SPACED] = signs {
            let before = &text[close.saturating_sub(LONGEST_PIECE)..close];
            let length = before.iter().rev().take_while(|b| in_token(**b)).count();
            if let Some(open) = (close - length).checked_sub(1) {
                listed(text, open, SPACED[0], spans);
            }
        }
        return;
    };
    let mut drop =
        |range, text: &[u8]| spans.push(Span { range, text: text.to_vec(), encoding: Encoding::Joined });
    // The quotes of one literal are alike.
    let (first, second) = (text[close], text[next.open]);
    match next.call {
        Some((end, call)) => match self::next(text, call - 1, signs).filter(|next| next.call.is_none()) {
            Some(further) => drop(end..further.open + 1, b""),
            None => drop(end..call, &[first]),
        },
        None if first != second => {
            if let Some(last) = close_of(text, next.open + 1, second) {
                drop(last..last + 1, &[first]);
            }
        }
        None => {}
    }
    drop(close..next.open + 1, b"");
}

/// The literal behind a sign that goes on with the one that ends at `close`.
fn next(text: &[u8], close: usize, signs: &[&[u8]]) -> Option<Next> {
    let behind = close + 1;
    let sign_at = behind + gap(text, behind);
    signs.iter().find_map(|sign| {
        let open = match *sign {
            GLUED => behind,
            LISTED | SPACED => return None,
            b"" => sign_at * usize::from(sign_at > behind),
            sign => {
                let next = sign_at + text.get(sign_at..)?.starts_with(sign).then_some(sign.len())?;
                let open = next + gap(text, next);
                if let Some(encoded) = encoded(text, open) {
                    return Some(encoded);
                }
                open
            }
        };
        let is_open = text.get(open).is_some_and(|b| is_quote(b) && open > close);
        is_open.then_some(Next { open, call: None })
    })
}

/// The literal that a call at `at` writes as an address takes it: `quote_plus("…")`, `url.QueryEscape("…")`.
fn encoded(text: &[u8], at: usize) -> Option<Next> {
    text.get(at).filter(|b| b.is_ascii_alphabetic())?;
    let window = &text[at..text.len().min(at + LONGEST_ENCODING)];
    let is_path = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b':');
    let path = window.iter().take_while(is_path).count();
    let open = at + path + 1;
    let quote = text.get(open).copied().filter(|b| is_quote(b) && text[open - 1] == b'(')?;
    let name = window[..path].rsplit(|b| matches!(b, b'.' | b':')).next()?.to_ascii_lowercase();
    if !ENCODES.contains(&&name[..]) {
        return None;
    }
    let piece = &text[open + 1..text.len().min(open + 1 + LONGEST_PIECE)];
    let length = memchr::memchr3(quote, b'\n', b'\\', piece).filter(|length| piece[*length] == quote)?;
    let end = open + 1 + length;
    let rest = &text[end + 1..text.len().min(end + 1 + LONGEST_ENCODING)];
    let bracket = memchr::memchr3(b')', b'(', b'\n', rest).filter(|bracket| rest[*bracket] == b')')?;
    matches!(rest[0], b')' | b',').then_some(Next { open, call: Some((end, end + bracket + 2)) })
}

fn ends_in_scheme(text: &[u8]) -> bool {
    SCHEMES.iter().any(|scheme| {
        text.len() >= scheme.len() && text[text.len() - scheme.len()..].eq_ignore_ascii_case(scheme)
    })
}

/// The blanks and the line break between two literals of one expression, which a backslash or Basic's underscore may stand
/// before, and in a notebook the end of one line's text and the start of the next.
fn gap(text: &[u8], at: usize) -> usize {
    if !text.get(at).is_some_and(|b| b.is_ascii_whitespace() || *b == b'\\') {
        return 0;
    }
    let near = &text[at..text.len().min(at + LONGEST_JOIN)];
    let blank = |from: usize| near[from..].iter().take_while(|b| b.is_ascii_whitespace()).count();
    let breaks = |rest: &[u8]| matches!(rest, [b'\n', ..] | [b'\r', b'\n', ..]);
    let first = blank(0);
    let rest = &near[first..];
    match rest.first() {
        Some(b'\\' | b'_') if breaks(&rest[1..]) => first + 1 + blank(first + 1),
        // A comment between two literals of C.
        Some(b'/') if rest.starts_with(b"/*") => {
            let end = crate::memmem::find(rest, b"*/").map_or(0, |end| first + end + 2);
            if end > 0 { end + blank(end) } else { first }
        }
        Some(b'\\') => {
            let rest = rest.strip_prefix(b"\\\\").unwrap_or(rest);
            let Some(next) = rest.strip_prefix(b"\\n\",").map(|next| near.len() - next.len()) else {
                return first;
            };
            let open = next + blank(next);
            if near.get(open) == Some(&b'"') { open + 1 + blank(open + 1) } else { first }
        }
        _ => first,
    }
}

/// The literals of a list whose bracket or call begins at the mark `at`, see [`Marks`](super::Marks).
pub(super) fn list(text: &[u8], at: usize, spans: &mut Vec<Span>) {
    let bracket = match text[at] {
        b'[' => at,
        _ if text.get(at + 2) == Some(&b'(') => at + 2,
        _ => return,
    };
    let behind = text.get(bracket + 1..).unwrap_or_default();
    let blanks = behind.iter().take(LONGEST_OPENING).take_while(|b| b.is_ascii_whitespace()).count();
    listed(text, bracket + 1 + blanks, LISTED[0], spans);
}

/// The literals of a list that a call or a method puts together, the first of which opens at `open`: `concat!("a", "b")`,
/// `paste0("a", "b")`, `["a", "b"].join("")`, `join("", ["a", "b"])`, `(str "a" "b")`.
fn listed(text: &[u8], open: usize, sign: u8, spans: &mut Vec<Span>) {
    let Some(quote) = text.get(open).copied().filter(is_quote) else { return };
    let token = |from: usize| text[from..].iter().take(LONGEST_PIECE).take_while(|b| in_token(**b)).count();
    let close = open + 1 + token(open + 1);
    // Most brackets are those of a place in a list.
    let goes_on = matches!(text.get(close + 1), Some(b',' | b'\\'))
        || text.get(close + 1).is_some_and(u8::is_ascii_whitespace);
    if close == open + 1 || text.get(close) != Some(&quote) || !goes_on {
        return;
    }
    let head = text[open.saturating_sub(LONGEST_OPENING)..open].trim_ascii_end();
    let ends_in = |end: &&[u8]| {
        let at = head.len().checked_sub(end.len());
        at.is_some_and(|at| head[at..].eq_ignore_ascii_case(end))
    };
    let ends = |ends: &[&[u8]]| ends.iter().any(ends_in);
    let is_call = match sign {
        b',' => ends(&[b"concat!(", b"paste0(", b"concat(", b"strcat("]),
        _ => ends(&[b"(str"]),
    };
    let is_given = ends(&[b"join(\"\", [", b"join(\"\",[", b"join('', [", b"\"\".join([", b"''.join(["])
        || ends(&[b"implode('', [", b"implode('',[", b"implode(\"\", [", b"implode(\"\",["]);
    let is_method = sign == b',' && head.ends_with(b"[") && !is_given;
    if !is_call && !is_given && !is_method {
        return;
    }
    let (mut at, mut pieces) = (close, Vec::new());
    while pieces.len() < MOST_PIECES {
        let mut next = at + 1 + gap(text, at + 1);
        if sign == b',' {
            if text.get(next) != Some(&b',') {
                break;
            }
            next += 1 + gap(text, next + 1);
        }
        let length = if text.get(next) == Some(&quote) { token(next + 1) } else { 0 };
        if length == 0 || text.get(next + 1 + length) != Some(&quote) {
            break;
        }
        pieces.push(Span { range: at..next + 1, text: Vec::new(), encoding: Encoding::Joined });
        at = next + 1 + length;
    }
    let behind = text[at + 1..text.len().min(at + 1 + LONGEST_JOIN)].trim_ascii_start();
    let between = if is_method { behind.strip_prefix(b"]").and_then(joined_by) } else { Some(&b""[..]) };
    if let Some(between) = between {
        pieces.iter_mut().for_each(|piece| piece.text = between.to_vec());
        spans.append(&mut pieces);
    }
}

/// What the method behind a list puts between its literals: nothing, or a sign that tokens and addresses hold.
fn joined_by(behind: &[u8]) -> Option<&[u8]> {
    let rest = behind.strip_prefix(b".join")?;
    if rest.first().is_none_or(u8::is_ascii_whitespace) {
        return Some(b"");
    }
    let given = rest.strip_prefix(b"(")?;
    let quote = given.first().filter(|b| is_quote(b))?;
    let length = given[1..].iter().take(2).position(|b| b == quote)?;
    let sign = &given[1..=length];
    (given.get(length + 2) == Some(&b')') && sign.iter().all(|b| in_token(*b))).then_some(sign)
}

/// The words of a list of Ruby that a method puts together, which begins at `at`: `%w[a b].join('/')`, and the quotes of
/// the literal before it where a sign puts both together.
pub(super) fn words(text: &[u8], at: usize, spans: &mut Vec<Span>) {
    let close = match text.get(at + 2) {
        Some(b'[') => b']',
        Some(b'(') => b')',
        Some(b'{') => b'}',
        _ => return,
    };
    let start = at + 3;
    let window = &text[start..text.len().min(start + LONGEST_PIECE)];
    let Some(length) = memchr::memchr(close, window) else { return };
    let Some(sign) = joined_by(&window[length + 1..]) else { return };
    let list = &window[..length];
    let end =
        start + length + 1 + memchr::memchr(b')', &window[length + 1..]).map_or(b".join".len(), |at| at + 1);
    let is_word = |b: &u8| in_token(*b) || b.is_ascii_whitespace();
    if list.trim_ascii().is_empty() || !list.iter().all(is_word) {
        return;
    }
    let span = |range, text: &[u8]| Span { range, text: text.to_vec(), encoding: Encoding::Joined };
    // `'https://…/' + %w[…]`
    let before = text[..at].trim_ascii_end();
    let glued = before.strip_suffix(b"+").map(<[u8]>::trim_ascii_end);
    let quote = glued.and_then(|lead| lead.last()).filter(|b| is_quote(b));
    let open = match (glued, quote) {
        (Some(lead), Some(_)) => lead.len() - 1,
        _ => at,
    };
    let quotes: &[u8] = quote.map_or(b"'", std::slice::from_ref);
    let first = list.len() - list.trim_ascii_start().len();
    spans.push(span(open..start + first, if quote.is_some() { b"" } else { quotes }));
    let mut cursor = first;
    while let Some(blank) = list[cursor..].iter().position(u8::is_ascii_whitespace) {
        let from = cursor + blank;
        let blanks = list[from..].iter().take_while(|b| b.is_ascii_whitespace()).count();
        cursor = from + blanks;
        if cursor < list.len() {
            spans.push(span(start + from..start + cursor, sign));
        }
    }
    spans.push(span(start + list.trim_ascii_end().len()..end, quotes));
}

/// The bytes of a list, `0x67, 0x68`, whose first stands at `at`, as text where all can be printed. Returns where that ends.
pub(super) fn bytes(text: &[u8], at: usize, spans: &mut Vec<Span>) -> usize {
    const FEWEST: usize = 16;
    let (mut end, mut clear) = (at, Vec::new());
    let mut next = at;
    while text[next..].starts_with(b"0x") || text[next..].starts_with(b"0X") {
        let byte = text.get(next + 2..next + 4).and_then(byte).and_then(printable);
        let is_whole = !text.get(next + 4).is_some_and(u8::is_ascii_alphanumeric);
        let Some(byte) = byte.filter(|_| is_whole && clear.len() < probe::LONGEST_DECODED) else { break };
        clear.push(byte);
        end = next + 4;
        next = end + gap(text, end);
        if text.get(next) != Some(&b',') {
            break;
        }
        next += 1 + gap(text, next + 1);
    }
    if clear.len() >= FEWEST {
        spans.push(Span { range: at..end, text: clear, encoding: Encoding::Hex });
    }
    end.max(at + 1)
}

fn in_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b'/' | b'+' | b'=' | b':')
}

/// The line break that the sign before it takes out of a literal, where the next line goes on at its start, or behind its
/// blanks where it `folds`.
pub(super) fn broken(text: &[u8], at: usize, folds: bool, spans: &mut Vec<Span>) {
    let line = at + 1 + usize::from(text[at + 1] == b'\r');
    if text.get(line) != Some(&b'\n') {
        return;
    }
    let behind = &text[line + 1..text.len().min(line + 1 + LONGEST_JOIN)];
    let blanks = behind.iter().take_while(|b| folds && matches!(b, b' ' | b'\t')).count();
    let range = at..line + 1 + blanks;
    let before = at.checked_sub(1).map(|at| text[at]);
    if before.is_some_and(in_token) && text.get(range.end).is_some_and(|b| in_token(*b)) {
        spans.push(Span { range, text: Vec::new(), encoding: Encoding::Joined });
    }
}

/// Where the literal of token characters ends that `quote` closes, unless it goes on behind a sign.
fn close_of(text: &[u8], from: usize, quote: u8) -> Option<usize> {
    let window = &text[from..text.len().min(from + LONGEST_PIECE)];
    let end = window.iter().position(|b| *b == quote || b.is_ascii_whitespace())?;
    let behind = window[end + 1..].trim_ascii_start().first();
    let goes_on = behind.is_some_and(|b| matches!(b, b'+' | b'.' | b'&' | b'|' | b'"' | b'\''));
    (window[end] == quote && !goes_on).then_some(from + end)
}

//! Texts that a call fills in: `"…?key={}".format(q, "…")`, `"…%s" % (a, b)`, `sprintf("…%s", "…")`,
//! `io_lib:format("…~s", ["…"])`.

use std::ops::Range;

use super::used::{Part, Use, resolved};
use crate::engine::locate::words::is_ident;
use crate::engine::shape::confirm::is_word;
use crate::engine::syntax::neighbour::line_before;
use crate::engine::syntax::{lexer, literal, trivia};
use crate::part::start_in;

/// How far before an argument its call begins, and behind it ends, bytes.
const REACH: usize = 480;
/// Longest place in a template.
const LONGEST_HOLE: usize = 24;

/// Calls that put their arguments together.
const CONCATENATES: [&[u8]; 6] = [b"paste0", b"concat", b"concat!", b"strcat", b"cat", b"join"];

/// A call that is open around one of its arguments.
#[derive(Debug)]
pub(super) struct Call {
    /// Its bracket.
    pub(super) open: usize,
    /// What stands before the argument, and behind it.
    pub(super) before: Vec<Range<usize>>,
    behind: Vec<Range<usize>>,
    /// Where its last bracket ends.
    end: Option<usize>,
}

impl Call {
    /// The call whose argument begins at `item.start`, where nothing else stands in it.
    pub(super) fn around(text: &[u8], item: &Range<usize>) -> Option<Call> {
        let floor = item.start.saturating_sub(REACH);
        let is_first = |b: &u8| matches!(b, b'(' | b'[' | b',');
        text[floor..item.start].trim_ascii_end().last().filter(|b| is_first(b))?;
        let list = lexer::list_before(text, floor, item.start);
        let open = list.open.filter(|open| !list.is_over && text[*open] != b'{')?;
        let starts = std::iter::once(open).chain(list.commas.iter().copied());
        let ends = list.commas.iter().copied().chain(std::iter::once(item.start));
        let mut before: Vec<_> = starts.zip(ends).map(|(start, end)| start + 1..end).collect();
        // What is left of the item itself.
        before.pop();
        let (behind, end) = further(text, item.end, text[open]);
        Some(Call { open, before, behind, end })
    }

    /// The last word of what is called, the type of what is made by `Client.new(`.
    pub(super) fn made<'t>(&self, text: &'t [u8]) -> &'t [u8] {
        let callee = self.callee(text);
        let path = callee.strip_suffix(b".new").unwrap_or(callee);
        &path[path.len() - path.iter().rev().take_while(|b| is_ident(**b)).count()..]
    }

    /// What is called.
    pub(super) fn callee<'t>(&self, text: &'t [u8]) -> &'t [u8] {
        let lead = text[..self.open].trim_ascii_end();
        let is_path = |b: &&u8| is_ident(**b) || matches!(b, b'.' | b':' | b'!' | b'>' | b'-' | b'\\');
        &lead[lead.len() - lead.iter().rev().take_while(is_path).count()..]
    }
}

/// The arguments behind one, and where the call's bracket ends.
fn further(text: &[u8], from: usize, bracket: u8) -> (Vec<Range<usize>>, Option<usize>) {
    let close = if bracket == b'(' { b')' } else { b']' };
    let mut list = lexer::items(text, from..text.len().min(from + REACH));
    let mut items: Vec<_> = list.by_ref().collect();
    let end = items.last().map_or(from, |last| last.end);
    if !list.is_closed || text[end] != close {
        return (Vec::new(), None);
    }
    // What is left of the item itself.
    items.remove(0);
    (items, Some(end + 1))
}

/// The text that an argument, a literal or a name of the literal `value`, is put into.
pub(super) fn filled(text: &[u8], item: Range<usize>, value: &Range<usize>) -> Option<Use> {
    let call = Call::around(text, &item);
    filled_by(text, item, value, call.as_ref())
}

/// The same, where the call is known that it is an argument of.
pub(super) fn filled_by(
    text: &[u8],
    item: Range<usize>,
    value: &Range<usize>,
    call: Option<&Call>,
) -> Option<Use> {
    let lead = text[..item.start].trim_ascii_end();
    // `"…%s" % "…"`
    if let Some(template) = lead.strip_suffix(b"%").and_then(|lead| ending(text, lead)) {
        let parts = fill(text, &template, true, &[Some(value.clone())], 0)?;
        return Some(Use { range: template.start..item.end, parts });
    }
    if !matches!(lead.last(), Some(b'(' | b',' | b'[')) {
        return of_lisp(text, &item, value);
    }
    let call = call?;
    let callee = call.callee(text);
    let outer = text[..call.open].trim_ascii_end();
    let method =
        &callee[callee.len() - callee.iter().rev().take_while(|b| is_ident(**b) || **b == b'!').count()..];
    let lower = method.to_ascii_lowercase();
    if CONCATENATES.contains(&&lower[..])
        && let Some(first) = call.before.last().and_then(|item| ending(text, &text[..item.end]))
    {
        let close = first.end - 1;
        let parts =
            vec![Part::Copy(first.start..close), Part::Literal(value.clone()), Part::Copy(close..first.end)];
        return Some(Use { range: first.start..item.end, parts });
    }
    let formats =
        [&b"format"[..], b"formatted", b"format!", b"sprintf"].iter().any(|end| lower.ends_with(end));
    let (template, first, start, end) = if let Some(template) = received(text, outer, method) {
        let start = template.start - usize::from(text[..template.start].ends_with(b"("));
        (template, 0, start, call.end?)
    } else if let Some(template) = listed(text, call, outer) {
        // The bracket of the call that the list is given to.
        let end = call.end.unwrap_or(item.end);
        (template.clone(), 0, template.start, end)
    } else {
        let is_list = text[call.open] == b'[';
        let at = call.before.iter().position(|item| {
            let said = &text[item.clone()];
            let is_labelled = !is_list || crate::memmem::find(said, b"ormat:").is_some();
            is_labelled && said.trim_ascii_end().last().is_some_and(|b| matches!(b, b'"' | b'\'' | b'`'))
        })?;
        let template = ending(text, &text[..call.before[at].end])?;
        // What is called only to make the text is left out.
        let (start, end) = match call.end {
            Some(end) if formats && !is_list => (outer.len() - callee.len(), end),
            Some(end) => (template.start, end - 1),
            None => (template.start, item.end),
        };
        (template, at + 1, start, end)
    };
    let number = call.before.len().checked_sub(first)?;
    let mut values: Vec<Option<Range<usize>>> =
        call.before[first..].iter().map(|item| argument(text, item)).collect();
    values.push(Some(value.clone()));
    values.extend(call.behind.iter().map(|item| argument(text, item)));
    let is_percent = lower.ends_with(b"sprintf") || outer.ends_with(b"%");
    let parts = fill(text, &template, is_percent, &values, number)?;
    Some(Use { range: start..end, parts })
}

/// The literal that a call or an operator puts into a text, where `hole` is in that text: `"amqp://app:%s@mq" % "…"`.
pub(in crate::engine) fn filling(text: &[u8], hole: usize) -> Option<Range<usize>> {
    const MOST: usize = 4;
    const APART: usize = 120;
    let line = line_before(text, hole, REACH);
    let open = hole - line.len() + line.iter().rposition(|b| matches!(b, b'"' | b'\'' | b'`'))?;
    let mut at = literal::at(text, open).filter(|found| found.value.contains(&hole))?.end;
    for _ in 0..MOST {
        let gap = &text[at..text.len().min(at + APART)];
        let quote = memchr::memchr3(b'"', b'\'', b'`', gap).filter(|end| !gap[..*end].contains(&b';'))?;
        let found = literal::at(text, at + quote)?;
        let used = filled(text, at + quote..found.end, &found.value);
        let is_here = |parts: &[Part]| match parts {
            [Part::Copy(before), Part::Literal(value)] => before.end == hole && *value == found.value,
            _ => false,
        };
        if used.is_some_and(|used| used.parts.windows(2).any(is_here)) {
            return Some(found.value);
        }
        at = found.end;
    }
    None
}

/// The text that a shell prints a literal in: `printf 'Authorization: Bearer %s' '…'`.
pub(super) fn printed(text: &[u8], marks: &Range<usize>, value: &Range<usize>) -> Option<Use> {
    const COMMAND: &[u8] = b"printf ";
    let lead = line_before(text, marks.start, REACH);
    let from = marks.start - lead.len() + memchr::memmem::rfind(lead, COMMAND)? + COMMAND.len();
    let open = from + text[from..marks.start].iter().take_while(|b| **b == b' ').count();
    let quote = *text.get(open).filter(|b| matches!(b, b'"' | b'\''))?;
    let length = memchr::memchr(quote, &text[open + 1..marks.start])?;
    let template = open..open + length + 2;
    let between = &text[template.end..marks.start];
    let is_end = |b: &u8| matches!(b, b';' | b'|' | b'&' | b')' | b',' | b'\'');
    let words = || between.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    if !between.ends_with(b" ") || between.iter().any(is_end) {
        return None;
    }
    let mut values = vec![None; words().count()];
    let number = values.len();
    values.push(Some(value.clone()));
    let parts = fill(text, &template, true, &values, number)?;
    Some(Use { range: template.start..marks.end, parts })
}

/// The literal whose method a call is: `"…".format(`, `("…"):format(`, `"…" % (`.
fn received(text: &[u8], outer: &[u8], method: &[u8]) -> Option<Range<usize>> {
    if let Some(lead) = outer.strip_suffix(b"%") {
        return ending(text, lead);
    }
    if ![&b"format"[..], b"formatted"].contains(&method) {
        return None;
    }
    let lead = outer[..outer.len() - method.len()].trim_ascii_end();
    let lead = lead.strip_suffix(b".").or(lead.strip_suffix(b":"))?.trim_ascii_end();
    ending(text, lead.strip_suffix(b")").unwrap_or(lead))
}

/// The template before a list of what is put into it, as Erlang and Prolog have it: `format("…~s", [`.
fn listed(text: &[u8], call: &Call, outer: &[u8]) -> Option<Range<usize>> {
    let lead = outer.strip_suffix(b",").filter(|_| text[call.open] == b'[')?;
    let template = ending(text, lead)?;
    let before = line_before(text, template.start, REACH).to_ascii_lowercase();
    let is_format =
        [&b"format("[..], b"fwrite("].iter().any(|call| crate::memmem::find(&before, call).is_some());
    (is_format && !tildes(&text[template.clone()]).is_empty()).then_some(template)
}

/// The text that a Lisp fills a literal in: `(format nil "…~a" q "…")`.
pub(super) fn of_lisp(text: &[u8], item: &Range<usize>, value: &Range<usize>) -> Option<Use> {
    const CALL: &[u8] = b"(format ";
    let floor = item.start.saturating_sub(REACH);
    let from = floor + memchr::memmem::rfind(&text[floor..item.start], CALL)? + CALL.len();
    let open = from + memchr::memchr(b'"', &text[from..item.start])?;
    let end = literal::at(text, open).filter(|template| template.end <= item.start)?.end;
    let (mut values, mut depth, mut in_word) = (Vec::new(), 0_usize, false);
    for byte in &text[end..item.start] {
        match byte {
            b'(' => depth += 1,
            b')' => depth = depth.checked_sub(1)?,
            b'"' => return None,
            _ => {}
        }
        let is_word = depth > 0 || !byte.is_ascii_whitespace();
        if is_word && !in_word {
            values.push(None);
        }
        in_word = is_word;
    }
    if depth > 0 || in_word || tildes(&text[open..end]).is_empty() {
        return None;
    }
    let number = values.len();
    values.push(Some(value.clone()));
    let parts = fill(text, &(open..end), true, &values, number)?;
    Some(Use { range: open..item.end, parts })
}

/// The literal at the end of a text, with its quotes.
fn ending(text: &[u8], lead: &[u8]) -> Option<Range<usize>> {
    let lead = lead.trim_ascii_end();
    let close = lead.len().checked_sub(1).filter(|at| matches!(lead[*at], b'"' | b'\'' | b'`'))?;
    let open = trivia::literal_start(text, close.saturating_sub(REACH), close)?;
    Some(open..close + 1)
}

/// What an argument says: a literal, or the name of one.
fn argument(text: &[u8], item: &Range<usize>) -> Option<Range<usize>> {
    let said = text[item.clone()].trim_ascii();
    let start = start_in(text, said);
    let end = start + said.len();
    if matches!(said.first()?, b'"' | b'\'') {
        return literal::at(text, start).filter(|found| found.end == end).map(|found| found.value);
    }
    let sigil = usize::from(said.starts_with(b"$"));
    said[sigil..].iter().all(|b| is_word(*b)).then(|| resolved(text, &(start + sigil..end)))?
}

/// A template with what is known put in; none where the argument of that number has no place in it.
fn fill(
    text: &[u8],
    template: &Range<usize>,
    is_percent: bool,
    values: &[Option<Range<usize>>],
    number: usize,
) -> Option<Vec<Part>> {
    let said = &text[template.clone()];
    let mut holes = if is_percent { Vec::new() } else { braces(said) };
    if holes.is_empty() {
        holes = percents(said);
    }
    if holes.is_empty() {
        holes = tildes(said);
    }
    if !holes.iter().any(|(_, of)| *of == number) {
        return None;
    }
    let (mut parts, mut done) = (Vec::new(), template.start);
    for (hole, of) in holes {
        let Some(value) = values.get(of).cloned().flatten() else { continue };
        parts.push(Part::Copy(done..template.start + hole.start));
        parts.push(Part::Literal(value));
        done = template.start + hole.end;
    }
    parts.push(Part::Copy(done..template.end));
    Some(parts)
}

/// `{}`, `{1}`, `{:s}`, and the numbers of the arguments that stand there.
fn braces(said: &[u8]) -> Vec<(Range<usize>, usize)> {
    let (mut out, mut next, mut done) = (Vec::new(), 0, 0);
    for open in memchr::memchr_iter(b'{', said) {
        if open < done {
            continue;
        }
        if said[open + 1..].starts_with(b"{") {
            done = open + 2;
            continue;
        }
        let window = &said[open + 1..said.len().min(open + 1 + LONGEST_HOLE)];
        let Some(length) = memchr::memchr(b'}', window) else { continue };
        let inner = window[..length].split(|b| matches!(b, b':' | b'!' | b',')).next().unwrap_or_default();
        let number = match inner {
            b"" => {
                next += 1;
                Some(next - 1)
            }
            digits => std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok()),
        };
        out.extend(number.map(|number| (open..open + length + 2, number)));
        done = open + length + 2;
    }
    out
}

/// `%s`, `%2$s`, `%@`, and the numbers of the arguments that stand there.
fn percents(said: &[u8]) -> Vec<(Range<usize>, usize)> {
    const KINDS: &[u8] = b"sdiuxfgcvq@";
    let (mut out, mut next, mut done) = (Vec::new(), 0, 0);
    for sign in memchr::memchr_iter(b'%', said) {
        if sign < done {
            continue;
        }
        let rest = &said[sign + 1..];
        if rest.starts_with(b"%") {
            done = sign + 2;
            continue;
        }
        let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
        let own = rest[digits..].starts_with(b"$").then(|| std::str::from_utf8(&rest[..digits]).ok());
        let own =
            own.flatten().and_then(|digits| digits.parse::<usize>().ok()).and_then(|at| at.checked_sub(1));
        let is_flag = |b: &&u8| b.is_ascii_digit() || b"$-+ #.lhzL".contains(b);
        let flags = rest.iter().take(8).take_while(is_flag).count();
        if !rest.get(flags).is_some_and(|b| KINDS.contains(b)) {
            continue;
        }
        done = sign + flags + 2;
        let number = own.unwrap_or(next);
        next += usize::from(own.is_none());
        out.push((sign..done, number));
    }
    out
}

/// `~s`, `~w`, `~2d`, `~ts` of Erlang, Prolog and Common Lisp, and the numbers of the arguments that stand there.
fn tildes(said: &[u8]) -> Vec<(Range<usize>, usize)> {
    const KINDS: &[u8] = b"swpadqfbcWPASDQFBC";
    let holes = memchr::memchr_iter(b'~', said).filter_map(|sign| {
        let rest = &said[sign + 1..];
        let flags = rest.iter().take(4).take_while(|b| b.is_ascii_digit() || **b == b't').count();
        let is_hole = rest.get(flags).is_some_and(|b| KINDS.contains(b));
        is_hole.then_some(sign..sign + flags + 2)
    });
    holes.enumerate().map(|(number, hole)| (hole, number)).collect()
}

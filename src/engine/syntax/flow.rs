//! Where a literal is used whose own name says nothing: `k = "…"`, and elsewhere `Authorization: Bearer ${k}`.
//!
//! The uses are read with the literal in the place of its name, as a [`View`]: whatever finds a literal that stands in a
//! header, a call or an address finds it there too. Only values that may be random are followed, only a few times and
//! not far.

use std::ops::Range;

use crate::engine::decode::{Encoding, View, line_start};
use crate::engine::hint::{LISTED, SPACED};
use crate::engine::job::{Job, Scored};
use crate::engine::locate::{How, locate};
use crate::engine::names::{self, Role};
use crate::engine::shape::confirm::is_word;
use crate::engine::syntax::literal;
use crate::engine::syntax::neighbour::line_before;
use crate::engine::{FileHint, Syntax, parse};

/// Most runs that are looked at, and most literals and uses of one literal that are followed.
const MOST_RUNS: usize = 512;
const MOST_LITERALS: usize = 64;
const MOST_USES: usize = 6;
/// Most variables that a literal is handed on to.
const MOST_RENAMED: usize = 2;
/// Most places of a name that are looked at to find those.
const MOST_PLACES: usize = 64;
/// Longest literal and longest name, bytes.
const LONGEST: usize = 1024;
const LONGEST_NAME: usize = 24;
/// Shorter names say nothing: `at` may be an access token.
const SHORTEST_WORD: usize = 3;
/// How much of a line is looked at before a place, bytes.
const LONGEST_LINE: usize = 1024;
/// How far from its literal a name is looked for, and what is kept around a use, bytes.
const REACH: usize = 16 * 1024;
const CONTEXT: usize = 320;

/// The uses of literals whose owner is not known so far, as a view, and where in it each literal stands. `is_known` tells it
/// of what was found.
pub(in crate::engine) fn view(
    job: &Job<'_>,
    is_known: impl Fn(&Scored) -> bool,
) -> (View, Vec<(Range<usize>, usize)>) {
    let (mut view, mut places) = (View::default(), Vec::new());
    if job.is_machine_made() {
        return (view, places);
    }
    let text = job.text;
    let is_told = |literal: &Range<usize>| {
        let covers = |range: &Range<usize>| range.start < literal.end && literal.start < range.end;
        job.out.iter().any(|found| covers(&found.range) && is_known(found))
    };
    let mut literals: Vec<Literal<'_>> = job
        .centres
        .iter()
        .take(MOST_RUNS)
        .filter_map(|run| Literal::around(text, run, job.syntax()))
        .collect();
    literals.dedup_by_key(|literal| literal.value.start);
    for literal in literals.iter().filter(|literal| !is_told(&literal.value)).take(MOST_LITERALS) {
        let further: Vec<Literal<'_>> = literal.renamed(text);
        let uses = literal.uses(text).chain(further.iter().flat_map(|further| further.uses(text)));
        uses.filter_map(|at| Use::at(text, at, job.hint)).take(MOST_USES).for_each(|place| {
            let from = line_start(text, place.range.start.saturating_sub(CONTEXT));
            view.add(b"\n", from..from, None);
            view.add(&text[from..place.range.start], from..place.range.start, None);
            let quote = place.quotes;
            places.push((literal.value.clone(), view.text.len()));
            view.add(quote.0, place.range.start..place.range.start, None);
            view.add(&text[literal.value.clone()], literal.value.clone(), Some(Encoding::Followed));
            view.add(quote.1, place.range.end..place.range.end, None);
            let end = text.len().min(place.range.end + CONTEXT);
            view.add(&text[place.range.end..end], place.range.end..end, None);
        });
    }
    (view, places)
}

/// A literal and the name that it is given.
#[derive(Debug)]
struct Literal<'t> {
    value: Range<usize>,
    name: &'t [u8],
    /// The name and the value.
    definition: Range<usize>,
}

impl<'t> Literal<'t> {
    /// The literal that a run stands in, when it is given to a variable.
    fn around(text: &'t [u8], run: &Range<usize>, syntax: Syntax) -> Option<Literal<'t>> {
        let is_end = |b: &u8| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'`');
        let before = &text[run.start.saturating_sub(LONGEST)..run.start];
        let mut start = run.start - before.iter().rev().take_while(|b| !is_end(b)).count();
        let behind = &text[run.end..text.len().min(run.end + LONGEST)];
        let end = run.end + behind.iter().take_while(|b| !is_end(b)).count();
        let open = literal::start(text, start).filter(|open| {
            let marks = literal::at(text, *open);
            marks.is_some_and(|literal| literal.value == (start..end))
        });
        let is_quoted = open.is_some();
        if !is_quoted {
            // `SET K=…`, `K = …`: no quote stands there, and nothing behind the value.
            let is_whole = text.get(end).is_none_or(|b| matches!(b, b'\n' | b'\r'));
            if syntax != Syntax::Bare || !is_whole {
                return None;
            }
            start = memchr::memchr(b'=', &text[start..run.start]).map_or(start, |at| start + at + 1);
        }
        // What is given with a colon, passed or listed is no variable's: most literals end here.
        let sign = text[..open.unwrap_or(start)].trim_ascii_end().last();
        if !sign.is_some_and(|b| *b == b'=' || is_word(*b)) {
            return None;
        }
        let value = start..end;
        let located = locate(text, value.clone());
        let name = *located.names.first()?;
        let at = name
            .as_ptr()
            .addr()
            .checked_sub(text.as_ptr().addr())
            .filter(|at| at + name.len() <= value.start)?;
        let is_given = match located.how {
            How::Assigned => {
                let sign = &text[at + name.len()..value.start];
                // What a name is compared with is not its value.
                let compares =
                    [&b"=="[..], b"!=", b"~="].iter().any(|two| memchr::memmem::find(sign, two).is_some());
                sign.contains(&b'=') && !compares
            }
            // `@seed "…"` of Elixir, `(def k "…")` of Lisp.
            How::Spoken => is_quoted && text[..at].ends_with(b"@") || is_defined(text, at),
            _ => false,
        };
        let sigils = name.iter().take_while(|b| !is_word(**b)).count();
        let bare = &name[sigils..];
        let is_variable = is_given
            && (1..=LONGEST_NAME).contains(&bare.len())
            && bare.iter().all(|b| is_word(*b))
            && !bare[0].is_ascii_digit()
            && !text[..at].last().is_some_and(|b| matches!(b, b'"' | b'\'' | b'`' | b'<'))
            && (is_quoted || opens_line(&text[..at + sigils]))
            && !parse::is_stand_in(bare)
            && !names::normalized(bare).ends_with(&names::normalized(&text[value.clone()]))
            && (bare.len() < SHORTEST_WORD && !bare.eq_ignore_ascii_case(b"id")
                || names::role(bare) != Role::Counter);
        let start = at + sigils;
        (is_variable && start < value.start).then_some(Literal {
            name: bare,
            definition: start..value.end,
            value,
        })
    }

    /// The same literal under the names of variables that it is handed on to: `b = a`, `let c: &str = b.clone();`.
    fn renamed(&self, text: &'t [u8]) -> Vec<Literal<'t>> {
        let mut out: Vec<Literal<'t>> = Vec::new();
        while out.len() < MOST_RENAMED {
            let known = out.last().unwrap_or(self);
            let is_new = |next: &Literal<'t>| {
                next.name != self.name && out.iter().all(|other| other.name != next.name)
            };
            let mut uses = known.uses(text);
            let next = uses.find_map(|at| handed_on(text, at, &self.value)).filter(is_new);
            drop(uses);
            let Some(next) = next else { break };
            out.push(next);
        }
        out
    }

    /// Where the name stands but for its definition, the nearest behind first.
    fn uses(&self, text: &'t [u8]) -> impl Iterator<Item = Range<usize>> {
        let from = self.definition.start.saturating_sub(REACH);
        let until = text.len().min(self.definition.end + REACH);
        let is_free = |b: Option<&u8>| !b.is_some_and(|b| is_word(*b));
        let places = |part: Range<usize>| {
            let name = self.name;
            memchr::memmem::find_iter(&text[part.clone()], name)
                .map(move |at| part.start + at..part.start + at + name.len())
                .filter(move |at| is_free(text[..at.start].last()) && is_free(text.get(at.end)))
                .take(MOST_PLACES)
        };
        places(self.definition.end..until).chain(places(from..self.definition.start))
    }
}

/// The variable that a name is given to, where it is all that is given: `b = a;`.
fn handed_on<'t>(text: &'t [u8], name: Range<usize>, value: &Range<usize>) -> Option<Literal<'t>> {
    const COPIES: [&[u8]; 6] =
        [b".clone()", b".to_string()", b".to_owned()", b".as_str()", b".strip()", b".trim()"];
    let rest = &text[name.end..text.len().min(name.end + LONGEST_NAME)];
    let rest = COPIES.iter().find_map(|copy| rest.strip_prefix(*copy)).unwrap_or(rest);
    let blanks = rest.iter().take_while(|b| matches!(b, b' ' | b'\t' | b'\r')).count();
    if !matches!(rest.get(blanks), None | Some(b'\n' | b';' | b',' | b'}')) {
        return None;
    }
    let before = line_before(text, name.start, LONGEST_LINE).trim_ascii_end();
    let before = before.strip_suffix(b"&").or(before.strip_suffix(b"$")).unwrap_or(before).trim_ascii_end();
    let left = before.strip_suffix(b"=")?;
    let left = left.strip_suffix(b":").unwrap_or(left);
    if left.last().is_some_and(|b| matches!(b, b'=' | b'!' | b'<' | b'>' | b'+' | b'|' | b'?')) {
        return None;
    }
    // `let b: String = a`.
    let left = left.trim_ascii_end();
    let is_type = |b: &u8| is_word(*b) || matches!(b, b'&' | b'?' | b'\'' | b'<' | b'>' | b'.');
    let bare = left[..left.len() - left.iter().rev().take_while(|b| is_type(b)).count()].trim_ascii_end();
    let left = bare.strip_suffix(b":").filter(|_| !bare.ends_with(b"::")).unwrap_or(left).trim_ascii_end();
    let length = left.iter().rev().take_while(|b| is_word(**b)).count();
    let end = left.as_ptr().addr() + left.len() - text.as_ptr().addr();
    let given = end - length..end;
    let bare = &text[given.clone()];
    ((1..=LONGEST_NAME).contains(&length)
        && !bare[0].is_ascii_digit()
        && (length < SHORTEST_WORD || names::role(bare) != Role::Counter))
        .then(|| Literal { value: value.clone(), name: bare, definition: given.start..name.end })
}

/// Whether nothing but a word such as `export` stands before a name on its line.
fn opens_line(before: &[u8]) -> bool {
    const WORDS: [&[u8]; 6] = [b"", b"export", b"set", b"readonly", b"local", b"declare"];
    let line = line_before(before, before.len(), LONGEST_LINE).trim_ascii();
    WORDS.iter().any(|word| line.eq_ignore_ascii_case(word))
}

/// Whether a name stands behind the `def` of a Lisp.
fn is_defined(text: &[u8], name: usize) -> bool {
    line_before(text, name, LONGEST_LINE).trim_ascii_start().starts_with(b"(def")
}

/// A place where a name stands for its value.
#[derive(Debug)]
struct Use {
    /// What the value takes the place of.
    range: Range<usize>,
    /// The quotes that the value needs there.
    quotes: (&'static [u8], &'static [u8]),
}

impl Use {
    fn at(text: &[u8], name: Range<usize>, hint: FileHint<'_>) -> Option<Use> {
        let quoted = open_quote(text, name.start);
        let (before, behind) = (&text[..name.start], &text[name.end..]);
        const BRACKETS: [(&[u8], &[u8]); 9] = [
            (b"${", b"}"),
            (b"#{", b"}"),
            (b"%{", b"}"),
            (b"{{", b"}}"),
            (b"$(", b")"),
            (b"\\(", b")"),
            (b"%", b"%"),
            (b"!", b"!"),
            (b"{", b"}"),
        ];
        let bracket =
            BRACKETS.iter().find(|(open, close)| before.ends_with(open) && behind.starts_with(close));
        // `{k}` outside of a literal is a member of an object.
        if let Some((open, close)) = bracket.filter(|(open, _)| *open != b"{" || quoted.is_some()) {
            return Some(Use { range: name.start - open.len()..name.end + close.len(), quotes: (b"", b"") });
        }
        const OWNERS: [&[u8]; 10] = [
            b"self::",
            b"static::",
            b"this->",
            b"self.",
            b"this.",
            b"cls.",
            b"@",
            b"Config.",
            b"script:",
            b"global:",
        ];
        let owner = OWNERS.iter().find(|owner| before.ends_with(owner)).map_or(0, |owner| owner.len());
        let sigil = usize::from(before[..before.len() - owner].ends_with(b"$"));
        let lead = &before[..before.len() - owner - sigil];
        let reference = usize::from(quoted.is_none() && lead.ends_with(b"&") && !lead.ends_with(b"&&"));
        let range = name.start - owner - sigil - reference..name.end;
        if quoted.is_some() {
            return (sigil == 1).then_some(Use { range, quotes: (b"", b"") });
        }
        // The same name in another section of settings, or as another call's argument, is given something of its own.
        let given = behind.trim_ascii_start().strip_prefix(b"=");
        let is_own = || {
            let lead = text[..range.start].trim_ascii_end();
            matches!(lead.last(), Some(b'(' | b',')) || opens_line(&text[..range.start])
        };
        if given.is_some_and(|rest| !matches!(rest.first(), Some(b'=' | b'>' | b'~'))) && is_own() {
            return None;
        }
        if sigil == 1 && owner == 0 && hint.syntax() == Syntax::Bare {
            return Some(Use { range, quotes: (b"", b"") });
        }
        Some(glued(text, range, hint))
    }
}

/// A use outside of literals, together with those that a sign puts it together with: `"Bearer " + k`.
fn glued(text: &[u8], range: Range<usize>, hint: FileHint<'_>) -> Use {
    let is_quote = |b: &&u8| matches!(b, b'"' | b'\'' | b'`');
    let signs = || hint.joins().iter().filter(|sign| !sign.is_empty() && ![LISTED, SPACED].contains(sign));
    let before = text[..range.start].trim_ascii_end();
    let lead = signs().find_map(|sign| Some(before.strip_suffix(*sign)?.trim_ascii_end()));
    let lead = lead.filter(|lead| lead.last().filter(is_quote).is_some());
    let behind = text[range.end..].trim_ascii_start();
    let tail = signs().find_map(|sign| Some(behind.strip_prefix(*sign)?.trim_ascii_start()));
    let tail = tail.filter(|tail| tail.first().filter(is_quote).is_some());
    let quote = |b: Option<&u8>| match b {
        Some(b'\'') => &b"'"[..],
        Some(b'`') => b"`",
        _ => b"\"",
    };
    let (of_lead, of_tail) = (lead.and_then(|l| l.last()), tail.and_then(|t| t.first()));
    let start = lead.map_or(range.start, |lead| lead.len() - 1);
    let end = tail.map_or(range.end, |tail| text.len() - tail.len() + 1);
    let open = if lead.is_some() { b"" } else { quote(of_tail) };
    let close = if tail.is_some() { b"" } else { quote(of_lead) };
    Use { range: start..end, quotes: (open, close) }
}

/// The quote of the literal that is open at a place of its line.
fn open_quote(text: &[u8], at: usize) -> Option<u8> {
    let mut open = None;
    let mut escaped = false;
    for &byte in line_before(text, at, LONGEST_LINE) {
        match (open, byte) {
            _ if escaped => escaped = false,
            (_, b'\\') => escaped = true,
            (Some(quote), _) if quote == byte => open = None,
            (None, b'"' | b'\'' | b'`') => open = Some(byte),
            _ => {}
        }
    }
    open
}

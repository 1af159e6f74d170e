//! Where a literal is used whose own place says nothing: `k = "…"`, and elsewhere `Authorization: Bearer ${k}`.
//!
//! The uses are read with the literal in the place of its name, as a [`View`]: whatever finds a literal that stands in a
//! header, a call or an address finds it there too. A literal that is passed is used as well: in the text of a template,
//! `"Bearer {}".format("…")`, and under the name of a parameter. Only values that may be random are followed, only a few
//! times and not far. Of many there are several views.

use std::ops::Range;

use crate::catalogue::HEAD_RUN;
use crate::engine::Syntax;
use crate::engine::decode::{Encoding, View, line_start};
use crate::engine::job::{Job, Scored};
use crate::engine::shape::confirm::is_word;
use crate::engine::shape::tokens;
use crate::engine::syntax::literal;
use crate::engine::syntax::neighbour::line_before;
use crate::engine::value::entropy;
use crate::order;

mod binding;
mod member;
mod passed;
pub(in crate::engine) mod template;
pub(in crate::engine) mod used;

use binding::Literal;
use used::{Part, Use};

/// Most literals of one view, and most uses of one that are followed; less of each behind the first view, since a file with
/// so many is data.
const MOST_LITERALS: usize = 64;
const MOST_USES: usize = 6;
const FEW_USES: usize = 2;
/// Longest literal and longest name, bytes.
const LONGEST: usize = 1024;
const LONGEST_NAME: usize = 24;
/// How much of a line is looked at before a place, bytes.
const LONGEST_LINE: usize = 1024;
/// How far from its literal a name is looked for, that of the first literals of a file farther, and what is kept around a
/// use, bytes.
const REACH: usize = 16 * 1024;
const FAR_REACH: usize = 128 * 1024;
const FIRST_LITERALS: usize = 16;
const CONTEXT: usize = 320;
const LITTLE_CONTEXT: usize = 64;

/// A literal, and where in the view it stands.
#[derive(Debug)]
pub(in crate::engine) struct Place {
    pub(in crate::engine) literal: Range<usize>,
    pub(in crate::engine) at: usize,
    /// Whether it may be random, and not only what stands beside such a one.
    pub(in crate::engine) is_drawn: bool,
}

impl Place {
    /// Where it stands in the view.
    pub(in crate::engine) fn range(&self) -> Range<usize> {
        self.at..self.at + self.literal.len()
    }
}

/// The uses of literals whose owner is not known so far, as views, and where in each its literals stand. `is_known` tells it
/// of what was found.
pub(in crate::engine) fn views<'j, 't>(
    job: &'j Job<'t>,
    is_known: impl Fn(&Scored) -> bool,
) -> Views<'j, 't> {
    let holds_none = job.centres.is_empty() && job.holes.is_empty() || job.is_machine_made();
    let drawn = if holds_none { Vec::new() } else { Drawn::all(job) };
    let known = || job.out.iter().filter(|found| is_known(found)).map(|found| found.range.clone());
    let told = if drawn.is_empty() { Vec::new() } else { tokens::union(known().collect()) };
    Views { job, drawn, told, next: 0, followed: 0 }
}

/// The views of the uses of literals that are still to come.
pub(in crate::engine) struct Views<'j, 't> {
    job: &'j Job<'t>,
    /// By position.
    drawn: Vec<Drawn>,
    /// Where something stands whose owner is known.
    told: Vec<Range<usize>>,
    next: usize,
    followed: usize,
}

impl Iterator for Views<'_, '_> {
    type Item = (View, Vec<Place>);

    fn next(&mut self) -> Option<Self::Item> {
        let (mut view, mut places) = (View::default(), Vec::new());
        let before = self.followed;
        while self.next < self.drawn.len() && self.followed < before + MOST_LITERALS {
            let is_followed = self.follow(&self.drawn[self.next], &mut view, &mut places);
            self.followed += usize::from(is_followed);
            self.next += 1;
        }
        (!places.is_empty()).then_some((view, places))
    }
}

impl Views<'_, '_> {
    /// Adds the uses of a literal; whether there are any.
    fn follow(&self, literal: &Drawn, view: &mut View, places: &mut Vec<Place>) -> bool {
        let text = self.job.text;
        if self.is_told(&literal.value) {
            return false;
        }
        let is_first_view = self.followed < MOST_LITERALS;
        let (most, context) = if is_first_view { (MOST_USES, CONTEXT) } else { (FEW_USES, LITTLE_CONTEXT) };
        let reach = if self.next < FIRST_LITERALS { FAR_REACH } else { REACH };
        let uses = literal.uses(self.job, most, reach).unwrap_or_default();
        // What several are put together to is read from the first of them.
        let is_first =
            |place: &&Use| place.literals().find(|part| self.is_drawn(part)) == Some(&literal.value);
        for place in uses.iter().filter(is_first).take(most) {
            let from = line_start(text, place.range.start.saturating_sub(context));
            view.add(b"\n", from..from, None);
            view.add(&text[from..place.range.start], from..place.range.start, None);
            for part in &place.parts {
                match part {
                    Part::Sign(sign) => view.add(sign, place.range.start..place.range.start, None),
                    Part::Copy(range) => view.add(&text[range.clone()], range.clone(), None),
                    Part::Literal(value) => {
                        let (literal, at) = (value.clone(), view.text.len());
                        // An address is none, though what stands in it may be.
                        let is_address = crate::memmem::find(&text[value.clone()], b"://").is_some();
                        places.push(Place { literal, at, is_drawn: self.is_drawn(value) && !is_address });
                        view.add(&text[value.clone()], value.clone(), Some(Encoding::Followed));
                    }
                }
            }
            let end = text.len().min(place.range.end + context);
            view.add(&text[place.range.end..end], place.range.end..end, None);
        }
        !uses.is_empty()
    }

    fn is_drawn(&self, value: &Range<usize>) -> bool {
        let at = self.drawn.binary_search_by_key(&value.start, |literal| literal.value.start);
        at.is_ok_and(|at| self.drawn[at].value == *value)
    }

    fn is_told(&self, literal: &Range<usize>) -> bool {
        let at = self.told.partition_point(|found| found.end <= literal.start);
        self.told.get(at).is_some_and(|found| found.start < literal.end)
    }
}

/// A literal that holds a run which may be random.
#[derive(Debug)]
struct Drawn {
    value: Range<usize>,
    /// Where its marks stand, if it has any.
    marks: Option<Range<usize>>,
}

impl Drawn {
    /// Every one, by position.
    fn all(job: &Job<'_>) -> Vec<Drawn> {
        let mut all: Vec<Drawn> = Vec::new();
        let mut seen = 0;
        for run in job.centres.iter() {
            // Several runs of one word are one literal, or none.
            if run.start >= seen {
                let (end, found) = Drawn::around(job.text, run, job.syntax());
                seen = end;
                all.extend(found);
            }
        }
        let short = Drawn::short(job.text, &job.holes);
        if !short.is_empty() {
            all.extend(short);
            order::by_key(&mut all, |literal| literal.value.start);
        }
        all.dedup_by_key(|literal| literal.value.start);
        all
    }

    /// The literal around a run, and where the word ends that it stands in.
    fn around(text: &[u8], run: &Range<usize>, syntax: Syntax) -> (usize, Option<Drawn>) {
        let is_end = |b: &u8| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'`');
        let before = &text[run.start.saturating_sub(LONGEST)..run.start];
        let mut start = run.start - before.iter().rev().take_while(|b| !is_end(b)).count();
        let behind = &text[run.end..text.len().min(run.end + LONGEST)];
        let end = run.end + behind.iter().take_while(|b| !is_end(b)).count();
        let marks = literal::start(text, start).and_then(|open| {
            let marks = literal::at(text, open).filter(|literal| literal.value == (start..end))?;
            Some(open..marks.end)
        });
        if marks.is_none() {
            // `SET K=…`, `K = …`: no quote stands there, and nothing behind the value.
            let is_whole = text.get(end).is_none_or(|b| matches!(b, b'\n' | b'\r'));
            if syntax != Syntax::Bare || !is_whole {
                return (end, None);
            }
            start = memchr::memchr(b'=', &text[start..run.start]).map_or(start, |at| start + at + 1);
        }
        (end, Some(Drawn { value: start..end, marks }))
    }

    /// Literals that are put into an address, `"…?token=%s" % "…"`, and are shorter than runs are.
    fn short(text: &[u8], holes: &[usize]) -> Vec<Drawn> {
        const MOST: usize = 64;
        const MOST_NEAR: usize = 4;
        const LONGEST_CALL: usize = 160;
        const LENGTHS: Range<usize> = 12..HEAD_RUN;
        let mut out: Vec<Drawn> = Vec::new();
        for hole in holes.iter().take(MOST) {
            let mut at = *hole;
            let end = text.len().min(hole + LONGEST_CALL);
            for _ in 0..MOST_NEAR {
                let Some(quote) = memchr::memchr2(b'"', b'\'', &text[at..end]) else { break };
                let open = at + quote;
                at = open + 1;
                let Some(found) = literal::at(text, open) else { continue };
                let said = &text[found.value.clone()];
                let digits = said.iter().filter(|b| b.is_ascii_digit()).count();
                let is_token = LENGTHS.contains(&said.len())
                    && said.iter().all(u8::is_ascii_alphanumeric)
                    && digits >= 2
                    && digits < said.len();
                if is_token
                    && entropy::looks_random(said, 0.0)
                    && out.iter().all(|known| known.value != found.value)
                {
                    out.push(Drawn { marks: Some(open..found.end), value: found.value });
                }
            }
        }
        out
    }

    /// Where it stands for something, up to `most` times: under its name, under that of its map, where it is passed. `None`
    /// where nothing may stand for it.
    fn uses<'t>(&self, job: &Job<'t>, most: usize, reach: usize) -> Option<Vec<Use>> {
        let text = job.text;
        let open = self.marks.as_ref().map_or(self.value.start, |marks| marks.start);
        let before = text[..open].trim_ascii_end();
        let under = |literal: Literal<'t>| literal.places(job, most, reach);
        let named = || Literal::of(text, self).map(under);
        match (before.last()?, &self.marks) {
            (b'=' | b'>' | b':', Some(_)) if before.ends_with(b"=>") || before.ends_with(b":") => {
                let member = || member::literal(job, &self.value).map(under);
                // `() => "…"`, `k = on ? a : "…"`
                let may_be_named =
                    || before.ends_with(b">") || line_before(text, open, LONGEST_LINE).contains(&b'?');
                let named = || may_be_named().then(named)?;
                member::uses(job, &self.value, open).or_else(member).or_else(named)
            }
            (b'(' | b',' | b'%' | b'[' | b'"' | b'\'', Some(marks)) => {
                let call = template::Call::around(text, marks);
                let passed = passed::uses(text, marks, &self.value, call.as_ref());
                let parameter = || passed::parameter(text, &self.value, call.as_ref()?).map(under);
                let both = passed.into_iter().chain(parameter()).reduce(|mut passed, own| {
                    passed.extend(own);
                    passed
                });
                both.or_else(|| may_be_given(before).then(named)?)
            }
            (byte, _) if matches!(byte, b'=' | b'{' | b'|' | b')' | b'>') || is_word(*byte) => {
                let filled =
                    self.marks.as_ref().and_then(|marks| template::of_lisp(text, marks, &self.value));
                filled.map(|filled| vec![filled]).or_else(named)
            }
            _ => None,
        }
    }
}

/// Whether what ends here may be given to a name, or returned, for which a call or a bracket is.
fn may_be_given(before: &[u8]) -> bool {
    const LONGEST: usize = 240;
    const RETURNS: [&[u8]; 4] = [b"return", b"def", b"fn", b"@"];
    let near = &before[before.len().saturating_sub(LONGEST)..];
    let holds = |word: &&[u8]| crate::memmem::find(near, word).is_some();
    memchr::memchr(b'=', near).is_some() || RETURNS.iter().any(holds)
}

/// Whether nothing but a word such as `export` stands before a name on its line.
fn opens_line(before: &[u8]) -> bool {
    const WORDS: [&[u8]; 6] = [b"", b"export", b"set", b"readonly", b"local", b"declare"];
    let line = line_before(before, before.len(), LONGEST_LINE).trim_ascii();
    WORDS.iter().any(|word| line.eq_ignore_ascii_case(word))
}

//! Where tokens may start: the positions that a shape is tried at when only the context names it.
//!
//! Looks only into the windows that context opened, and there only at runs that are as long as the shortest token: most
//! of what people write is words shorter than that. The lengths and the kinds of the bytes that follow a start tell which
//! shapes cannot match there, so that few automata are run.

use std::ops::Range;

use fearless_simd::prelude::*;

use crate::catalogue::Shape;
use crate::engine::shape::confirm::starts_token;
use crate::engine::shape::probe::Rounds;
use crate::lanes::{Answer, Block, Question};

/// How far back a token around an inner keyword may start, bytes.
const LONGEST_LEAD: usize = 512;
/// How many starts are tried for one inner keyword, nearest first.
const MOST_STARTS: usize = 32;

/// How far behind a window the end of a run is looked for, bytes: no match is longer.
const LONGEST_RUN: usize = 8 * 1024;

/// A position where a token may start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) struct Start {
    /// The position.
    pub(in crate::engine) at: usize,
    /// Length of the run of token characters from here on, if it ends near.
    length: usize,
    /// Which kinds of bytes its first word holds.
    kinds: u16,
    /// How far from here the first byte of each kind stands, bytes.
    first: [u16; KINDS],
}

impl Start {
    /// Whether a match of the shape may start here, by the lengths and the kinds of bytes of what follows: what is no
    /// letter, digit or underscore ends a token that holds none.
    #[inline]
    pub(in crate::engine) fn may_be(&self, fit: &Fit) -> bool {
        if fit.is_word {
            let word = self.first[WORD_KINDS..].iter().fold(self.length, |word, at| word.min((*at).into()));
            return (fit.min..=fit.max).contains(&word) && self.kinds & !fit.kinds == 0;
        }
        let mut others = self.first.iter().enumerate().filter(|(kind, _)| fit.kinds >> kind & 1 == 0);
        self.length >= fit.min && others.all(|(_, at)| usize::from(*at) >= fit.min)
    }
}

/// What tells that a shape matches nowhere near a start, without its automaton.
#[derive(Debug)]
pub(in crate::engine) struct Fit {
    min: usize,
    max: usize,
    /// The kinds of bytes that may be in a match.
    kinds: u16,
    /// Whether a match holds letters, digits and underscores only.
    is_word: bool,
}

impl Fit {
    pub(in crate::engine) fn of(shape: &Shape) -> Self {
        let holds = |kind: &usize| BYTES[*kind].iter().zip(&shape.alphabet).any(|(of, all)| of & all != 0);
        let kinds = (0..=KINDS).filter(holds).fold(0, |kinds, kind| kinds | 1 << kind);
        let (min, max) = (shape.min as usize, shape.max as usize);
        Fit { min, max, kinds, is_word: kinds >> WORD_KINDS == 0 }
    }
}

/// Kinds of bytes that tokens differ by: the first are those of words, the last is in none.
const KINDS: usize = 10;
const WORD_KINDS: usize = 6;
const NO_TOKEN: u8 = KINDS as u8;

/// The kind of each byte.
const KIND: [u8; 256] = {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 256 {
        table[at] = match at as u8 {
            b'0'..=b'9' => 0,
            b'a'..=b'f' => 1,
            b'g'..=b'z' => 2,
            b'A'..=b'F' => 3,
            b'G'..=b'Z' => 4,
            b'_' => 5,
            b'-' => 6,
            b'+' | b'/' => 7,
            b'.' => 8,
            b'~' | b'*' | b'=' | b':' | b'|' | b'@' => 9,
            _ => NO_TOKEN,
        };
        at += 1;
    }
    table
};

/// The bytes of each kind, a bit each.
const BYTES: [[u64; 4]; KINDS + 1] = {
    let mut table = [[0; 4]; KINDS + 1];
    let mut at = 0;
    while at < 256 {
        table[KIND[at] as usize][at >> 6] |= 1 << (at & 63);
        at += 1;
    }
    table
};

fn kind(byte: u8) -> u8 {
    KIND[usize::from(byte)]
}

fn in_run(byte: u8) -> bool {
    kind(byte) != NO_TOKEN
}

/// Signs that may join a name and a token, and stand inside few tokens.
fn joins(byte: u8) -> bool {
    matches!(byte, b'=' | b':' | b'|' | b'@')
}

/// Whether a byte may stand in a token.
struct OfTokens;

impl Question for OfTokens {
    const BEHIND: usize = 0;

    #[inline(always)]
    fn ask<S: Simd>(&self, bytes: impl Fn(usize) -> Block<S>) -> Answer<S> {
        let bytes = bytes(0);
        let letter = ((bytes | 0x20) - b'a').simd_lt(26);
        // `-./0123456789:`, and `*+`.
        let digit_or_sign = (bytes - b'-').simd_lt(14) | (bytes - b'*').simd_lt(2);
        let sign = bytes.simd_eq(b'_') | bytes.simd_eq(b'=') | bytes.simd_eq(b'@');
        letter | digit_or_sign | sign | bytes.simd_eq(b'|') | bytes.simd_eq(b'~')
    }
}

/// Every position in `windows` where a token of at least `shortest` bytes may start. The windows are in
/// order and do not overlap. Linear in their length.
pub(in crate::engine) fn starts(text: &[u8], windows: &[Range<usize>], shortest: usize) -> Vec<Start> {
    let mut out = Vec::new();
    for window in windows {
        let seen = &text[window.clone()];
        let found = &mut |run: Range<usize>| {
            let run = window.start + run.start..window.start + run.end;
            if run.len() >= shortest && run.end < window.end {
                add(text, run, window.end, shortest, &mut out);
            }
        };
        match shortest {
            16.. => Rounds::<16>::over(seen, &OfTokens, found),
            8.. => Rounds::<8>::over(seen, &OfTokens, found),
            _ => Rounds::<1>::over(seen, &OfTokens, found),
        }
        // The run at the end of the window may go on behind it.
        let last = window.end - seen.iter().rev().take_while(|byte| in_run(**byte)).count();
        let behind = &text[window.end..text.len().min(window.end + LONGEST_RUN)];
        let end = window.end + behind.iter().take_while(|byte| in_run(**byte)).count();
        if last < window.end && end - last >= shortest {
            add(text, last..end, window.end, shortest, &mut out);
        }
    }
    out
}

/// The starts in a run, up to the end of the window.
fn add(text: &[u8], run: Range<usize>, until: usize, shortest: usize, out: &mut Vec<Start>) {
    let known = out.len();
    let last = (run.end - shortest.max(1)).min(until - 1);
    let (mut first, mut kinds) = ([usize::MAX; KINDS], 0);
    for at in run.clone().rev() {
        let kind = kind(text[at]);
        first[usize::from(kind)] = at;
        kinds = if usize::from(kind) < WORD_KINDS { kinds | 1 << kind } else { 0 };
        if at <= last && !joins(text[at]) && starts_in_run(text, at, run.start) {
            let first = first.map(|first| u16::try_from(first - at).unwrap_or(u16::MAX));
            out.push(Start { at, length: run.end - at, kinds, first });
        }
    }
    out[known..].reverse();
}

/// Whether a token can start at `at` in the run that begins at `start`, see [`starts_token`]. A few bytes into a run no escape
/// stands before: what is word-like there has no start, but for Telegram's.
#[inline]
fn starts_in_run(text: &[u8], at: usize, start: usize) -> bool {
    let is_inner = at >= start + 3 && usize::from(kind(text[at - 1])) < WORD_KINDS && text[at - 1] != b't';
    !is_inner && starts_token(text, at)
}

/// A run and the token characters before it, from `floor` on: a token that holds the run starts there.
pub(in crate::engine) fn around(text: &[u8], run: &Range<usize>, floor: usize) -> Range<usize> {
    let before = &text[run.start.saturating_sub(LONGEST_RUN).max(floor)..run.start];
    run.start - before.iter().rev().take_while(|byte| in_run(**byte)).count()..run.end
}

/// The union of windows, in order and disjoint.
pub(in crate::engine) fn union(mut windows: Vec<Range<usize>>) -> Vec<Range<usize>> {
    windows.sort_unstable_by_key(|window| window.start);
    let mut out: Vec<Range<usize>> = Vec::new();
    for window in windows {
        match out.last_mut() {
            Some(last) if window.start <= last.end => last.end = last.end.max(window.end),
            _ => out.push(window),
        }
    }
    out
}

/// What is in windows of both lists, each of them in order and disjoint, as are the parts.
pub(in crate::engine) fn both(one: &[Range<usize>], other: &[Range<usize>]) -> Vec<Range<usize>> {
    let (mut one, mut other, mut out) = (one, other, Vec::new());
    while let ([first, one_rest @ ..], [second, other_rest @ ..]) = (one, other) {
        let part = first.start.max(second.start)..first.end.min(second.end);
        if !part.is_empty() {
            out.push(part);
        }
        if first.end < second.end { one = one_rest } else { other = other_rest }
    }
    out
}

/// Where the token around an inner keyword may start, longest first: the alphabet of a URL or of padded
/// base64 also holds what stands before the token (`KEY=`), so each boundary on the way is a start.
pub(in crate::engine) fn inside_starts(text: &[u8], at: usize, alphabet: &[u64; 4]) -> Vec<usize> {
    let inside = |b: u8| alphabet[usize::from(b >> 6)] >> (b & 63) & 1 == 1;
    let lead = text[at.saturating_sub(LONGEST_LEAD)..at].iter().rev().take_while(|b| inside(**b)).count();
    let mut out: Vec<usize> =
        (at - lead..=at).rev().filter(|&start| starts_token(text, start)).take(MOST_STARTS).collect();
    out.reverse();
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{embedded, sample::expand};
    use crate::engine::draw::Draw;
    use crate::engine::shape::confirm::Shapes;
    use crate::lanes;

    fn found<'t>(text: &'t str, windows: &[Range<usize>], shortest: usize) -> Vec<&'t str> {
        let starts = starts(text.as_bytes(), windows, shortest);
        starts.into_iter().map(|start| &text[start.at..start.at + start.length]).collect()
    }

    fn all(text: &str) -> Vec<&str> {
        found(text, std::slice::from_ref(&(0..text.len())), 9)
    }

    #[test]
    fn a_token_may_hold_a_colon_and_follow_one() {
        assert_eq!(all("x \"1234:AAbcd\""), ["1234:AAbcd"]);
        assert_eq!(all("K=12345678:abcdefghi"), ["K=12345678:abcdefghi", "12345678:abcdefghi", "abcdefghi"]);
    }

    #[test]
    fn only_starts_in_a_window_count_and_each_once() {
        let text = "abcdefghij klmnopqrst uvwxyzabcd";
        assert_eq!(all(text), ["abcdefghij", "klmnopqrst", "uvwxyzabcd"]);
        assert_eq!(found(text, &[0..11, 22..23], 9), ["abcdefghij", "uvwxyzabcd"]);
        let windows = union(vec![5..12, 0..11, 22..23]);
        assert_eq!(windows, [0..12, 22..23]);
        assert_eq!(both(&windows, &[0..2, 4..7, 11..40]), [0..2, 4..7, 11..12, 22..23]);
        assert_eq!(found(text, &windows, 9), ["abcdefghij", "klmnopqrst", "uvwxyzabcd"]);
    }

    #[test]
    fn skipping_finds_what_looking_at_every_byte_finds() {
        let mut draw = Draw::new(7);
        for _ in 0..3_000 {
            let text = draw.text(b"abcdefgh01=-. \"n\\", 60);
            let (from, shortest) = (draw.below(20), 3 + draw.below(9));
            let window = from..from + 25;
            let slow = window.clone().filter_map(|at| {
                let length = text[at..].iter().take_while(|byte| in_run(**byte)).count();
                (length >= shortest && !joins(text[at]) && starts_token(&text, at)).then_some((at, length))
            });
            let got: Vec<_> =
                starts(&text, &[window], shortest).iter().map(|start| (start.at, start.length)).collect();
            assert_eq!(got, slow.collect::<Vec<_>>(), "{:?}", bstr::BStr::new(&text));
        }
    }

    #[test]
    fn a_run_is_what_its_bytes_are() {
        assert_eq!(lanes::told(&OfTokens), (0..=255).filter(|byte| in_run(*byte)).collect::<Vec<_>>());
    }

    #[test]
    fn no_match_is_ruled_out_by_its_start() {
        let mut shapes = Shapes::default();
        let (mut matches, mut ruled_out) = (0, 0);
        for (_, rule) in embedded().rules() {
            let Some(shape) = &rule.detect.shape else { continue };
            let fit = Fit::of(shape);
            for example in rule.about().examples.matches {
                let text = expand(example, rule.id).into_bytes();
                for start in starts(&text, std::slice::from_ref(&(0..text.len())), 1) {
                    let is_match =
                        start.length >= fit.min && shapes.token_from(shape, &text, start.at).is_some();
                    assert!(start.may_be(&fit) || !is_match, "{}: {}", rule.id, bstr::BStr::new(&text));
                    matches += usize::from(is_match);
                    ruled_out += usize::from(!start.may_be(&fit));
                }
            }
        }
        assert!(matches > 1_000 && ruled_out > matches, "{matches} {ruled_out}");
    }

    #[test]
    fn a_name_before_padded_base64_is_no_part_of_it() {
        let mut alphabet = [0; 4];
        for byte in (b'0'..=b'9').chain(b'A'..=b'Z').chain(*b"=") {
            alphabet[usize::from(byte >> 6)] |= 1 << (byte & 63);
        }
        let text = b"x_KEY=AB12MARK9=";
        let at = 10;
        assert_eq!(&text[at..at + 4], b"MARK");
        let starts = inside_starts(text, at, &alphabet);
        assert!(starts.contains(&6), "{starts:?}");
        assert!(starts.iter().all(|start| *start >= 5), "{starts:?}");
    }
}

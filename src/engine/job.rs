//! The state of one scan: what woke, what is pending, what was found, and where lines start.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::{HashMap, HashSet};
use std::ops::Range;

use foldhash::fast::FixedState;

use super::decode::Span;
use super::parse::LastList;
use super::value::generated;
use super::{Candidate, FileHint, Syntax};
use crate::catalogue::{Confidence, Detect, RuleIx, Scope, Shape};
use crate::engine::doubt::evidence::Evidence;
use crate::engine::shape::tokens::{self, Start};

/// Bytes that a line counts for in a distance: "within 3 lines" must mean something in minified code.
pub(super) const BYTES_A_LINE: usize = 256;
/// How far from a value a keyword may stand that counts in the whole text, lines, unless it stands in its first bytes, where
/// modules are imported.
const FARTHEST: u32 = 500;
const HEAD: usize = 4096;
/// Keyword hits of one rule on the same line and closer than this to the last one tell nothing new, bytes.
const HIT_GAP: usize = 48;

/// How far from a name a value may stand to which more than a sign leads, bytes: one that a run of the probe's tells, and
/// one that only its words do.
const FAR: usize = 1024;
const NEAR: usize = 400;
/// How much of the text is looked through at once for words that were drawn from all signs, bytes.
const STRIDE: usize = 1024;
/// From this length on a run is data, an image mostly, and what spells a word in it is none, bytes.
const SHORTEST_DATA: usize = 256;
/// Shortest token that [`Job::starts`] keeps the starts of, bytes: most companions are longer.
const SHORTEST_KEPT: usize = 8;

/// A candidate while it is weighed.
#[derive(Debug, Clone)]
pub(super) struct Scored {
    pub(super) rule: RuleIx,
    pub(super) range: Range<usize>,
    pub(super) decoded: Option<Vec<u8>>,
    pub(super) confidence: Confidence,
    /// Decides between rules that claim the same bytes.
    pub(super) strength: u32,
    pub(super) why: Vec<Cow<'static, str>>,
    pub(super) parts: Vec<(&'static str, Range<usize>)>,
    /// What speaks for it, which doubts have to outweigh.
    pub(super) evidence: Evidence,
}

impl From<Scored> for Candidate {
    fn from(scored: Scored) -> Self {
        let Scored { rule, range, decoded, confidence, why, parts, .. } = scored;
        Candidate { rule, range, decoded, confidence, why, parts }
    }
}

impl Scored {
    /// What its own form tells, unless its evidence is set otherwise.
    pub(super) fn new(
        rule: RuleIx,
        range: Range<usize>,
        confidence: Confidence,
        strength: u32,
        why: Vec<Cow<'static, str>>,
    ) -> Self {
        Scored {
            rule,
            range,
            decoded: None,
            confidence,
            strength,
            why,
            parts: Vec::new(),
            evidence: Evidence::Form,
        }
    }
}

pub(super) struct Job<'t> {
    pub(super) text: &'t [u8],
    pub(super) hint: FileHint<'t>,
    /// Where context keywords of each rule stand; in order once they are [settled](Job::settle).
    pub(super) woken: HashMap<RuleIx, Vec<usize>, FixedState>,
    pub(super) pending: Vec<(RuleIx, Range<usize>)>,
    /// Rules that a keyword in the name of a file of settings wakes.
    named: HashSet<RuleIx, FixedState>,
    /// Runs that may be random, in order.
    pub(super) centres: Vec<Range<usize>>,
    /// Those of them that are data.
    data: Vec<Range<usize>>,
    /// Words that were drawn from all signs, in order, and the part of the text that was looked through for them.
    drawn: Vec<Range<usize>>,
    seen: Range<usize>,
    /// The list that the parser of each rule read last.
    pub(super) last_lists: HashMap<RuleIx, LastList, FixedState>,
    /// Where a call puts something behind a secret's name, nothing else standing there: `?token=%s`, `?key={}`.
    pub(super) holes: Vec<usize>,
    /// Base64 and hex that hide text.
    pub(super) hidden: Vec<Span>,
    /// How many bytes those hide.
    pub(super) unpacked: usize,
    /// Every place of a companion, by its automaton.
    pub(super) companions: HashMap<usize, Vec<Range<usize>>, FixedState>,
    pub(super) out: Vec<Scored>,
    /// Which of those have companions that are looked for once all runs are known.
    pub(super) alone: Vec<usize>,
    around: OnceCell<Vec<Range<usize>>>,
    /// See [`Job::starts`]: anywhere, and around runs.
    starts: [OnceCell<Vec<Start>>; 2],
    syntax: OnceCell<Syntax>,
    is_machine_made: OnceCell<bool>,
    lines: OnceCell<Vec<usize>>,
}

impl<'t> Job<'t> {
    pub(super) fn new(text: &'t [u8], hint: FileHint<'t>) -> Self {
        Job {
            text,
            hint,
            woken: HashMap::default(),
            pending: Vec::new(),
            named: HashSet::default(),
            centres: Vec::new(),
            data: Vec::new(),
            drawn: Vec::new(),
            seen: 0..0,
            last_lists: HashMap::default(),
            holes: Vec::new(),
            hidden: Vec::new(),
            unpacked: 0,
            companions: HashMap::default(),
            out: Vec::new(),
            alone: Vec::new(),
            around: OnceCell::new(),
            starts: Default::default(),
            syntax: OnceCell::new(),
            is_machine_made: OnceCell::new(),
            lines: OnceCell::new(),
        }
    }

    /// Notes a run that may be random; they come in order.
    pub(super) fn note_run(&mut self, run: &Range<usize>) {
        self.centres.push(run.clone());
        if run.len() >= SHORTEST_DATA {
            self.data.push(run.clone());
        }
    }

    /// Whether `at` is in the midst of data.
    pub(super) fn is_in_data(&self, at: usize) -> bool {
        let next = self.data.partition_point(|run| run.end <= at);
        self.data.get(next).is_some_and(|run| run.start < at)
    }

    /// Notes that a context keyword of the rule stands at `at`.
    pub(super) fn wake(&mut self, rule: RuleIx, at: usize) {
        let hits = self.woken.entry(rule).or_default();
        let is_new = |last: usize| {
            let between = self.text.get(last.min(at)..last.max(at)).unwrap_or_default();
            between.len() >= HIT_GAP || memchr::memchr(b'\n', between).is_some()
        };
        if hits.last().is_none_or(|&last| is_new(last)) {
            hits.push(at);
        }
    }

    /// Notes that the file's name holds a context keyword of the rule: a file of settings is one thing, code is about
    /// many.
    pub(super) fn wake_by_name(&mut self, rule: RuleIx) {
        self.wake(rule, 0);
        if self.syntax() == Syntax::Bare {
            self.named.insert(rule);
        }
    }

    /// How values are written in the file.
    pub(super) fn syntax(&self) -> Syntax {
        *self.syntax.get_or_init(|| self.hint.syntax())
    }

    /// Whether a machine wrote the file.
    pub(super) fn is_machine_made(&self) -> bool {
        *self.is_machine_made.get_or_init(|| self.hint.is_machine_made())
    }

    /// Whether a run that may be random stands near `at`; once all runs are known.
    pub(super) fn is_near_random(&self, at: usize) -> bool {
        let next = self.centres.partition_point(|run| run.end + FAR < at);
        self.centres.get(next).is_some_and(|run| run.start < at + FAR)
    }

    /// Whether a word that was drawn from all signs stands near `at`: no run tells of it. Keywords come in order, so that
    /// each part of the text is looked through once.
    pub(super) fn is_near_drawn(&mut self, at: usize) -> bool {
        let near = at.saturating_sub(NEAR)..self.text.len().min(at + NEAR);
        if near.start < self.seen.start || near.start > self.seen.end {
            self.seen = near.start..near.start;
            self.drawn.clear();
        }
        if near.end > self.seen.end {
            let from = self.seen.end;
            let end = self.text.len().min(near.end + STRIDE);
            let rest = &self.text[end..];
            self.seen.end =
                end + rest.iter().take(generated::LONGEST).take_while(|b| b.is_ascii_graphic()).count();
            let found = &mut |word: Range<usize>| self.drawn.push(from + word.start..from + word.end);
            generated::drawn_words(&self.text[from..self.seen.end], found);
        }
        let next = self.drawn.partition_point(|word| word.end < near.start);
        self.drawn.get(next).is_some_and(|word| word.start < near.end)
    }

    /// Where a token that holds a run that may be random can start, in order; once all runs are known.
    pub(super) fn around_runs(&self) -> &[Range<usize>] {
        self.around.get_or_init(|| {
            let runs = self.centres.iter().scan(0, |floor, run| {
                let around = tokens::around(self.text, run, *floor);
                *floor = run.end;
                Some(around)
            });
            tokens::union(runs.collect())
        })
    }

    /// Every place where a token of at least `shortest` bytes may start, some of shorter ones among them; only around
    /// runs when it holds one.
    pub(super) fn starts(&self, holds_run: bool, shortest: usize) -> Cow<'_, [Start]> {
        let everywhere = 0..self.text.len();
        let windows = if holds_run { self.around_runs() } else { std::slice::from_ref(&everywhere) };
        if shortest < SHORTEST_KEPT {
            return Cow::Owned(tokens::starts(self.text, windows, shortest));
        }
        let kept = &self.starts[usize::from(holds_run)];
        Cow::Borrowed(kept.get_or_init(|| tokens::starts(self.text, windows, SHORTEST_KEPT)))
    }

    /// Puts the hits in order, once all are known: they come in several orderly passes, and to insert each where
    /// it belongs would take the square of their number.
    pub(super) fn settle(&mut self) {
        self.woken.values_mut().filter(|hits| !hits.is_sorted()).for_each(|hits| hits.sort());
    }

    /// Every place of a companion that was looked up before.
    pub(super) fn known(&self, shape: &Shape) -> &[Range<usize>] {
        self.companions.get(&(shape.dfa.id())).map_or(&[], Vec::as_slice)
    }

    /// Line number of an offset, from 0.
    fn line_of(&self, at: usize) -> usize {
        let breaks = self.lines.get_or_init(|| memchr::memchr_iter(b'\n', self.text).collect());
        breaks.partition_point(|&line_break| line_break < at)
    }

    /// Lines between two ranges; long lines count for several.
    pub(super) fn lines_between(&self, a: &Range<usize>, b: &Range<usize>) -> u32 {
        let (first, second) = if a.start <= b.start { (a, b) } else { (b, a) };
        let lines = self.line_of(second.start).saturating_sub(self.line_of(first.end.min(second.start)));
        let bytes = second.start.saturating_sub(first.end) / BYTES_A_LINE;
        lines.max(bytes) as u32
    }

    /// Lines from a value to the nearest keyword of the rule within its scope.
    pub(super) fn keyword_lines(&self, rule: RuleIx, scope: Scope, range: &Range<usize>) -> Option<u32> {
        let hits = self.woken.get(&rule)?;
        let next = hits.partition_point(|&hit| hit < range.start);
        let nearest = [next.checked_sub(1), Some(next)].into_iter().flatten().filter_map(|i| hits.get(i));
        let lines = nearest.map(|&hit| self.lines_between(&(hit..hit + 1), range)).min()?;
        match scope {
            // What a text begins with is said of all of it, and the rest of what stands around it.
            Scope::File => {
                (lines <= FARTHEST || hits.first().is_some_and(|hit| *hit < HEAD)).then_some(lines)
            }
            Scope::Lines(_) if self.named.contains(&rule) => Some(lines),
            Scope::Lines(most) => (lines <= most).then_some(lines),
        }
    }

    /// The parts of the text where values may stand, merged and in order.
    pub(super) fn windows(&self, rule: RuleIx, scope: Scope, detect: &Detect) -> Vec<Range<usize>> {
        let most = match scope {
            Scope::Lines(most) if !self.named.contains(&rule) => {
                detect.companions.iter().map(|c| c.within_lines).max().unwrap_or(0).max(most) as usize
            }
            Scope::File | Scope::Lines(_) => return std::iter::once(0..self.text.len()).collect(),
        };
        let reach = (most + 1) * BYTES_A_LINE;
        let mut out: Vec<Range<usize>> = Vec::new();
        for &hit in self.woken.get(&rule).into_iter().flatten() {
            let window = hit.saturating_sub(reach)..(hit + reach).min(self.text.len());
            match out.last_mut() {
                Some(last) if window.start <= last.end => last.end = window.end.max(last.end),
                _ => out.push(window),
            }
        }
        out
    }
}

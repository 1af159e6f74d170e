//! Drives a scan: prefilter, probe, confirm, judge, resolve.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::ops::Range;

use super::job::{BYTES_A_LINE, Job, Scored};
use super::value::Value;
use super::{Candidate, FileHint, context, overlap, owner, parse};
use crate::catalogue::{
    Catalogue, Check, Confidence, Keywords, NEAR_LINES, NEAR_SECRET, Origin, Parser, Rule, RuleIx, Run,
    Shape, WordKind, checksum,
};
use crate::engine::doubt::evidence::{Evidence, is_by_context};
use crate::engine::doubt::spot;
use crate::engine::owner::constructed;
use crate::engine::owner::mention::Heard;
use crate::engine::shape::claim::{
    is_digest, is_distinctive, is_excluded, plausible, proof, shape_in_words, told, verdict,
};
use crate::engine::shape::confirm::Shapes;
use crate::engine::shape::tokens::Fit;
use crate::engine::shape::{form, probe, tokens};
use crate::engine::value::{ended, words};

mod companions;
mod former;
mod known;
mod runs;
mod views;

use views::is_hole;

/// How far around what may be a secret its context is looked for, bytes, and lines if those are nearer.
const NEARBY: usize = (NEAR_LINES as usize + 1) * BYTES_A_LINE + NEAR_SECRET;
/// Strength of what a prefix alone tells.
const BY_PREFIX: u32 = 95;
/// How deep encodings are undone: a header inside a Kubernetes secret, and no further.
const DEEPEST: u32 = 2;

/// Finds secrets in text. One a thread: it keeps the automata that were loaded so far.
#[derive(Debug)]
pub struct Scanner<'c> {
    catalogue: &'c Catalogue,
    /// What makes a run matter to the rules that are on.
    runs: Vec<(RuleIx, Run)>,
    /// How long those are, bytes.
    lengths: Vec<usize>,
    shapes: Shapes,
    /// Rules whose secrets hold a sum, once one asked for them.
    summed: OnceCell<Vec<form::Summed>>,
    heard: Heard,
    today: Option<u32>,
}

impl<'c> Scanner<'c> {
    /// A scanner for this catalogue; costs microseconds.
    pub fn new(catalogue: &'c Catalogue) -> Self {
        let runs: Vec<_> = catalogue.runs().filter(|(rule, _)| catalogue.is_on(*rule)).collect();
        let lengths = runs.iter().filter_map(|(_, run)| match run {
            Run::Id(_, length) | Run::Sum(length) => Some(*length),
            Run::Base64 => None,
        });
        Scanner {
            catalogue,
            lengths: lengths.collect(),
            runs,
            shapes: Shapes::default(),
            summed: OnceCell::new(),
            heard: Heard::default(),
            today: None,
        }
    }

    /// The same on a day, counted from 1970-01-01: tokens that ended long before it are told, but do not block.
    /// The engine asks no clock; without a day nothing has ended.
    #[must_use]
    pub fn on_day(mut self, today: u32) -> Self {
        self.today = Some(today);
        self
    }

    /// Every secret in `text`, by position, none overlapping another. Linear in `text`.
    ///
    /// `text` is UTF-8 or a superset of ASCII; see [`as_text`](super::as_text) for UTF-16.
    pub fn scan(&mut self, text: &[u8], hint: FileHint<'_>) -> Vec<Candidate> {
        let mut scored = self.scan_to_depth(Job::new(text, hint), 0);
        if scored.is_empty() {
            return Vec::new();
        }
        spot::lower(&mut scored, text, hint, self.catalogue);
        ended::raise_signers(&mut scored, text);
        if let Some(today) = self.today {
            ended::lower(&mut scored, text, today);
        }
        let mut found = overlap::resolve(scored, self.catalogue);
        owner::attribute(&mut found, text, hint, self.forms());
        found.into_iter().map(Candidate::from).collect()
    }

    fn forms(&mut self) -> form::Forms<'_, 'c> {
        form::Forms {
            catalogue: self.catalogue,
            shapes: &mut self.shapes,
            summed: &self.summed,
            heard: &self.heard,
        }
    }

    fn scan_to_depth(&mut self, mut job: Job<'_>, depth: u32) -> Vec<Scored> {
        let text = job.text;
        probe::runs(text, &mut |run| {
            if words::may_be_random(&text[run.clone()]) {
                self.heads(&mut job, &run);
                job.note_run(&run);
                if run.len() >= probe::SHORTEST_ENCODED {
                    self.run(&mut job, run);
                }
            }
        });
        for keywords in self.catalogue.keywords() {
            keywords.table.find(text, &mut |at, word| self.hit(&mut job, keywords, at, word));
        }
        self.file_name(&mut job);
        self.nearby(&mut job);
        self.paired(&mut job);
        job.settle();
        self.pending(&mut job);
        self.tokens(&mut job);
        self.drop_known(&mut job);
        constructed::constructed(&mut job, self.forms());
        if depth == 0 {
            self.former(&mut job);
            self.followed(&mut job);
        }
        if depth < DEEPEST {
            self.decoded(&mut job, depth);
        }
        job.out
    }

    /// Keywords that count only near what may be a secret.
    fn nearby(&mut self, job: &mut Job<'_>) {
        let text = job.text;
        let generic = job.out.iter().filter(|s| self.is_generic(s)).map(|s| &s.range);
        let pending = job.pending.iter().map(|(_, range)| range);
        let centres = generic.chain(pending).chain(&job.centres);
        let around = |at: &Range<usize>| {
            let before = &text[at.start.saturating_sub(NEARBY)..at.start];
            let behind = &text[at.end..text.len().min(at.end + NEARBY)];
            let first = memchr::memrchr_iter(b'\n', before).nth(NEAR_LINES as usize).map_or(0, |at| at + 1);
            let last = memchr::memchr_iter(b'\n', behind).nth(NEAR_LINES as usize).unwrap_or(behind.len());
            at.start - (before.len() - first)..at.end + last
        };
        for window in tokens::union(centres.map(around).collect()) {
            for keywords in self.catalogue.nearby() {
                let found = &mut |at, word| self.hit(job, keywords, window.start + at, word);
                keywords.table.find(&text[window.clone()], found);
            }
        }
    }

    fn is_generic(&self, scored: &Scored) -> bool {
        self.catalogue.rule(scored.rule).vendor.is_generic()
    }

    /// A keyword in the file's name is context for all that stands in it, and wakes the parsers of such files.
    fn file_name(&mut self, job: &mut Job<'_>) {
        let name = job.hint.lower_name();
        let mut parsers: Vec<(RuleIx, &[u8])> = Vec::new();
        for keywords in self.catalogue.keywords().chain(self.catalogue.nearby()) {
            keywords.table.find(&name, &mut |at, word| {
                let keyword = keywords.text(word);
                if context::is_of_library(job.text, keyword) {
                    return;
                }
                for wake in keywords.wakes(word) {
                    let is_whole = || context::is_whole(self.catalogue.rule(wake.rule), &name, at, keyword);
                    match wake.kind {
                        WordKind::Context if is_whole() => job.wake_by_name(wake.rule),
                        WordKind::Parse if parsers.iter().all(|(rule, _)| *rule != wake.rule) => {
                            parsers.push((wake.rule, keyword));
                        }
                        _ => {}
                    }
                }
            });
        }
        for (at_rule, keyword) in parsers.into_iter().filter(|(at, _)| self.catalogue.is_on(*at)) {
            let rule = self.catalogue.rule(at_rule);
            let Origin::Parse(parser) = rule.detect.origin else { continue };
            for parsed in parse::named_file(parser, job.text, keyword) {
                accept(job, at_rule, rule, parsed, 35);
            }
        }
    }

    /// A keyword stands at `at`.
    fn hit(&mut self, job: &mut Job<'_>, keywords: &'static Keywords, at: usize, word: usize) {
        let keyword = keywords.text(word);
        for wake in keywords.wakes(word).iter().filter(|wake| self.catalogue.is_on(wake.rule)) {
            let rule = self.catalogue.rule(wake.rule);
            match wake.kind {
                WordKind::Prefix => self.prefixed(job, wake.rule, at, keyword.len()),
                WordKind::Inside => {
                    let Some(shape) = &rule.detect.shape else { continue };
                    let starts = tokens::inside_starts(job.text, at, &shape.alphabet);
                    let text = job.text;
                    if let Some(start) = starts
                        .into_iter()
                        .find(|&start| self.shapes.token(shape, text, start).is_some_and(|r| r.end > at))
                    {
                        self.prefixed(job, wake.rule, start, 0);
                    }
                }
                WordKind::Context
                    if job.is_in_data(at) || !context::is_whole(rule, job.text, at, keyword) => {}
                WordKind::Context => job.wake(wake.rule, at),
                WordKind::Parse => self.parsed(job, wake.rule, rule, at, keyword),
            }
        }
    }

    fn parsed(&mut self, job: &mut Job<'_>, at_rule: RuleIx, rule: &'static Rule, at: usize, keyword: &[u8]) {
        let Origin::Parse(parser) = rule.detect.origin else { return };
        if job.is_machine_made() && matches!(parser, Parser::Assignment | Parser::PasswordAssignment) {
            return;
        }
        if parser == Parser::Assignment && is_hole(job.text, at + keyword.len()) {
            job.holes.push(at);
        }
        let may_be_far = parser != Parser::Assignment || job.is_near_random(at) || job.is_near_drawn(at);
        let (syntax, catalogue) = (job.syntax(), self.catalogue);
        let last_list = job.last_lists.entry(at_rule).or_default();
        let around = parse::Around { keyword, at, syntax, catalogue, may_be_far, last_list };
        for parsed in parse::parse(parser, job.text, around) {
            accept(job, at_rule, rule, parsed, 35 + keyword.len() as u32);
        }
    }

    /// The secret starts at `at` with a known prefix of `prefix` bytes.
    fn prefixed(&mut self, job: &mut Job<'_>, at_rule: RuleIx, at: usize, prefix: usize) {
        let rule = self.catalogue.rule(at_rule);
        let Some(shape) = &rule.detect.shape else { return };
        let free = self.shapes.token(shape, job.text, at);
        let parted = free.clone().or_else(|| self.shapes.hyphenated(shape, job.text, at));
        // A sum tells a token inside a word, `old_ghp_…`, `ghp_…_bak`; what goes on without a sign is another
        // value.
        let has_sum = rule.detect.check.is_some_and(checksum::is_sum);
        let end = if parted.is_none() && has_sum { self.shapes.end(shape, job.text, at) } else { None };
        let end = end.filter(|end| !job.text.get(*end).is_some_and(u8::is_ascii_alphanumeric));
        let Some(range) = parted.clone().or_else(|| end.map(|end| at..end)) else { return };
        let value = &job.text[range.clone()];
        let Some(proven) = plausible(rule, value, prefix) else { return };
        let is_word = || is_distinctive(rule, shape, &value[..prefix.min(value.len())]);
        let is_bound = || free.is_some() || parted.is_some() && is_word();
        if !proven && (!is_bound() || is_digest(job.text, at)) {
            return;
        }
        if rule.detect.near.is_some() && !proven {
            job.pending.push((at_rule, range));
            return;
        }
        let mut why = Vec::new();
        if proven {
            why.push(Cow::Borrowed(proof(rule)));
        }
        why.extend(told(rule, value));
        why.push(shape_in_words(value, prefix));
        let confidence = if proven { Confidence::Certain } else { rule.confidence };
        if !rule.detect.companions.is_empty() {
            job.alone.push(job.out.len());
        }
        job.out.push(Scored::new(at_rule, range, confidence, if proven { 120 } else { BY_PREFIX }, why));
    }

    /// The companions of what its form alone told, now that all runs are known.
    fn paired(&mut self, job: &mut Job<'_>) {
        for at in std::mem::take(&mut job.alone) {
            let rule = self.catalogue.rule(job.out[at].rule);
            let range = job.out[at].range.clone();
            for (name, part, lines) in self.companions(job, rule, &range) {
                let scored = &mut job.out[at];
                scored.parts.push((name, part));
                if matches!(rule.detect.origin, Origin::Parse(_)) {
                    scored.why.push(Cow::Owned(format!("{name} {}", context::away(lines))));
                }
            }
        }
    }

    /// Prefixes that are not enough alone: what stands around them decides, now that all is seen.
    fn pending(&mut self, job: &mut Job<'_>) {
        for (at_rule, range) in std::mem::take(&mut job.pending) {
            let before = job.out.len();
            self.judge(job, at_rule, &Value::new(job.text, range), true);
            // Prefix and context together go before the same prefix alone.
            job.out[before..]
                .iter_mut()
                .for_each(|scored| scored.strength = scored.strength.max(BY_PREFIX) + 10);
        }
    }

    /// Tries every token in reach of a keyword.
    fn tokens(&mut self, job: &mut Job<'_>) {
        let mut woken: Vec<(RuleIx, &Shape, Fit, Vec<Range<usize>>)> = Vec::new();
        for at in job.woken.keys().copied() {
            let detect = &self.catalogue.rule(at).detect;
            if let (Origin::Token, Some(shape), Some(near)) = (detect.origin, &detect.shape, &detect.near) {
                woken.push((at, shape, Fit::of(shape), job.windows(at, near.scope, detect)));
            }
        }
        let Some(shortest) = woken.iter().map(|(_, shape, ..)| shape.min as usize).min() else { return };
        // Most tokens hold a run that may be random, so only the others are looked for in the whole window.
        let of = |holds_run: bool| {
            let woken = woken.iter().filter(move |(_, shape, ..)| shape.holds_run == holds_run);
            woken.flat_map(|(.., windows)| windows.iter().cloned())
        };
        let around = tokens::both(&tokens::union(of(true).collect()), job.around_runs());
        let windows = tokens::union(of(false).chain(around).collect());
        let starts = tokens::starts(job.text, &windows, shortest);
        let before = job.out.len();
        let mut passed = vec![0; woken.len()];
        for start in starts {
            let mut values: Vec<Value<'_>> = Vec::new();
            for ((at_rule, shape, fit, windows), passed) in woken.iter().zip(&mut passed) {
                if !start.may_be(fit) {
                    continue;
                }
                // Starts and windows are in order.
                *passed += windows[*passed..].iter().take_while(|window| window.end <= start.at).count();
                if windows.get(*passed).is_none_or(|window| start.at < window.start) {
                    continue;
                }
                let Some(range) = self.shapes.token_from(shape, job.text, start.at) else { continue };
                let at = values.iter().position(|value| value.range == range).unwrap_or(values.len());
                if at == values.len() {
                    values.push(Value::new(job.text, range));
                }
                self.judge(job, *at_rule, &values[at], true);
            }
        }
        self.contested(job, before);
    }

    /// Weighs a match whose shape proves nothing alone, with what belongs to it if that `may_pair`.
    fn judge(&mut self, job: &mut Job<'_>, at_rule: RuleIx, value: &Value<'_>, may_pair: bool) {
        let rule = self.catalogue.rule(at_rule);
        let Some(near) = &rule.detect.near else { return };
        let is_token = rule.detect.origin == Origin::Token;
        let bytes = value.bytes();
        let claim = if is_token { claim_of_token(rule, value) } else { plausible(rule, bytes, 0) };
        let Some(proven) = claim else { return };
        let mut companions = if may_pair { self.companions(job, rule, &value.range) } else { Vec::new() };
        if !companions.is_empty() && owner::is_anothers(value.located(), self.catalogue, at_rule) {
            companions.clear();
        }
        let around = context::Surroundings {
            text: job.text,
            value: value.range.clone(),
            located: value.located(),
            keyword_lines: job.keyword_lines(at_rule, near.scope, &value.range),
            keywords: job.woken.get(&at_rule).map_or(&[], Vec::as_slice),
            companions: &companions,
            file_name: &job.hint.lower_name(),
            is_machine_made: job.is_machine_made(),
        };
        let judged =
            if is_token { context::judge(rule, near, &around) } else { context::allow(rule, near, &around) };
        let stands_alone = proven && rule.detect.check.is_some_and(Check::stands_alone);
        let alone = || context::Judged {
            confidence: Confidence::Certain,
            strength: BY_PREFIX,
            why: Vec::new(),
            is_told: false,
            evidence: Evidence::Form,
        };
        let Some(judged) = judged.or_else(|| stands_alone.then(alone)) else { return };
        // A form that is not certain is more than none.
        let surest = if judged.is_told { rule.confidence.max(Confidence::Medium) } else { rule.confidence };
        let is_whole = rule.detect.check.is_some_and(|check| {
            checksum::proves_in_context(check) && checksum::verify(check, bytes) == checksum::Verdict::Valid
        });
        let is_certain = proven || is_whole && judged.is_told;
        let confidence = if is_certain { Confidence::Certain } else { judged.confidence.min(surest) };
        let mut why = judged.why;
        if is_certain {
            why.insert(0, Cow::Borrowed(proof(rule)));
        }
        why.extend(told(rule, bytes));
        why.push(shape_in_words(bytes, 0));
        let mut scored = Scored::new(at_rule, value.range.clone(), confidence, judged.strength, why);
        scored.parts = companions.into_iter().map(|(name, part, _)| (name, part)).collect();
        scored.evidence = judged.evidence;
        job.out.push(scored);
    }
}

/// Whether the check of a rule proves a token; `None` where it is not this rule's secret, or by itself none at all.
fn claim_of_token(rule: &Rule, value: &Value<'_>) -> Option<bool> {
    let is_drawn = || !value.is_label() && value.looks_random(rule.detect.entropy);
    // The cheaper question first where no sum can prove the value.
    if value.is_no_token() || rule.detect.check.is_none() && !is_drawn() {
        return None;
    }
    let proven = verdict(rule, value.bytes())?;
    (proven || is_drawn() && !value.hides_nothing()).then_some(proven)
}

/// Takes what a parser found, unless the rule excludes it.
fn accept(job: &mut Job<'_>, at_rule: RuleIx, rule: &Rule, parsed: parse::Parsed, strength: u32) {
    if is_excluded(rule, &job.text[parsed.secret.clone()]) {
        return;
    }
    let confidence = if rule.confidence == Confidence::Low { Confidence::Low } else { parsed.confidence };
    let mut scored = Scored::new(at_rule, parsed.secret, confidence, strength, vec![parsed.why]);
    scored.parts = parsed.parts;
    if is_by_context(rule) {
        scored.evidence = Evidence::Called;
    }
    job.out.push(scored);
}

//! Long runs with no keyword: tokens by their prefix, ids that wake rules, secrets that prove themselves, and text that is
//! hidden in them.

use std::borrow::Cow;
use std::ops::Range;

use super::Scanner;
use crate::catalogue::{Confidence, HEAD_RUN, RuleIx, Run};
use crate::engine::decode;
use crate::engine::job::{Job, Scored};
use crate::engine::shape::claim::{plausible, proof};
use crate::engine::shape::confirm::{escaped, follows_hyphen, starts_token};
use crate::engine::shape::probe;

impl Scanner<'_> {
    /// Prefixes at the places in a run where a token may start.
    pub(super) fn heads(&mut self, job: &mut Job<'_>, run: &Range<usize>) {
        let text = job.text;
        let last = run.end - HEAD_RUN;
        // Escapes may stand at the start of a run: `\nghp_…`, `%3Dghp_…`.
        let first = run.start..=last.min(run.start + 2);
        let within = &text[run.clone()];
        let inner = memchr::memchr3_iter(b'-', b'+', b'/', within).chain(memchr::memchr_iter(b'_', within));
        let inner = inner.map(|at| run.start + at + 1).filter(|at| !first.contains(at) && *at <= last);
        let starts = |at: &usize| {
            starts_token(text, *at) || follows_hyphen(text, *at) || text[..*at].last() == Some(&b'_')
        };
        for at in first.clone().chain(inner).filter(starts) {
            for heads in self.catalogue.heads() {
                heads.table.at(text, at, &mut |at, word| self.hit(job, heads, at, word));
            }
        }
    }

    /// A run of base64 characters: ids that wake rules, secrets that prove themselves, and text that is hidden in it.
    pub(super) fn run(&mut self, job: &mut Job<'_>, run: Range<usize>) {
        let text = job.text;
        // `scheme://` ends in two of the characters, and an escape in one or two.
        let lead = if text[run.clone()].starts_with(b"//") { 2 } else { escaped(text, run.start) };
        let run = run.start + lead..run.end;
        let before = job.out.len();
        for word in probe::words(text, run.clone()).filter(|w| w.len() >= probe::SHORTEST_ENCODED) {
            let pieces = probe::pieces(text, &word);
            // Most are as long as no id and no sum is.
            if pieces.is_empty() && word == run && !self.lengths.contains(&word.len()) {
                continue;
            }
            let all = || std::iter::once(&word).chain(&pieces);
            let of_length = |length: usize| all().find(|piece| piece.len() == length).cloned();
            for at in 0..self.runs.len() {
                let (rule, kind) = self.runs[at];
                match kind {
                    Run::Id(head, length) => {
                        let id = of_length(length).filter(|id| text[id.start..].starts_with(&head));
                        if let Some(id) = id.filter(|id| self.is_id(rule, &text[id.clone()])) {
                            job.wake(rule, id.start);
                        }
                    }
                    Run::Sum(length) => {
                        if let Some(piece) = of_length(length) {
                            self.proven(job, rule, &piece);
                        }
                    }
                    Run::Base64 if word != run || !pieces.is_empty() => {
                        all().find(|piece| self.proven(job, rule, piece));
                    }
                    Run::Base64 => {}
                }
            }
        }
        // It may be read already with the line above.
        if job.hidden.last().is_some_and(|span| run.start < span.range.end) {
            return;
        }
        let room = decode::most_unpacked(text.len()).saturating_sub(job.unpacked);
        let Some(span) = decode::hidden(text, run.clone(), room) else { return };
        for at in 0..self.runs.len() {
            if let (rule, Run::Base64) = self.runs[at] {
                self.proven(job, rule, &run);
            }
        }
        // What is a token in its encoded form hides no second one.
        if job.out.len() == before {
            let spans = decode::in_lines(text, &run, span);
            job.unpacked += spans.iter().map(|span| span.text.len()).sum::<usize>();
            job.hidden.extend(spans);
        }
    }

    /// What a run is by its sum or its structure alone; whether it is that.
    fn proven(&mut self, job: &mut Job<'_>, at_rule: RuleIx, run: &Range<usize>) -> bool {
        let rule = self.catalogue.rule(at_rule);
        let Some(shape) = &rule.detect.shape else { return false };
        let value = &job.text[run.clone()];
        if !self.shapes.whole(shape, value) || plausible(rule, value, 0) != Some(true) {
            return false;
        }
        if !rule.detect.companions.is_empty() {
            job.alone.push(job.out.len());
        }
        let why = vec![Cow::Borrowed(proof(rule))];
        job.out.push(Scored::new(at_rule, run.clone(), Confidence::Certain, 120, why));
        true
    }
}

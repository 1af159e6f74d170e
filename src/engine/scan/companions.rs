//! The other parts of a credential of several: the id beside a secret.

use std::collections::HashMap;
use std::ops::Range;

use super::Scanner;
use crate::catalogue::{Companion, Confidence, Rule, RuleIx, Scope, Shape};
use crate::engine::job::{Job, Scored};
use crate::engine::locate::locate;
use crate::engine::names::{self, Role};
use crate::engine::shape::companion;
use crate::engine::shape::tokens::Fit;
use crate::engine::value::Value;

/// How many places of a companion's shape are looked at on each side of a value.
const MOST_COMPANIONS: usize = 24;

/// Whether a value that is given a companion's name may be one: what is called a key is another's unless something near
/// speaks of the rule.
pub(super) fn is_called(job: &Job<'_>, at: RuleIx, companion: &Companion, value: &Range<usize>) -> bool {
    let located = locate(job.text, value.clone());
    located.names.first().is_some_and(|name| names::role(name) != Role::Secret)
        || job.keyword_lines(at, Scope::Lines(companion.within_lines), value).is_some()
}

impl Scanner<'_> {
    /// Whether a piece has the form of an id that belongs to the rule's secret.
    pub(super) fn is_id(&mut self, at_rule: RuleIx, piece: &[u8]) -> bool {
        let companions = self.catalogue.rule(at_rule).detect.companions;
        companions.iter().any(|companion| self.shapes.whole(&companion.shape, piece))
    }

    /// The companions near a value: the nearest of each kind, with its distance in lines.
    pub(super) fn companions(
        &mut self,
        job: &mut Job<'_>,
        rule: &'static Rule,
        range: &Range<usize>,
    ) -> Vec<(&'static str, Range<usize>, u32)> {
        let mut out = Vec::new();
        for companion in rule.detect.companions {
            self.know(job, &companion.shape);
            let text = job.text;
            let all = job.known(&companion.shape);
            let next = all.partition_point(|c| c.start < range.start);
            let fits = |c: &&Range<usize>| {
                c.start != range.start && companion::is_companion(companion, text, c, range)
            };
            let before = all[..next].iter().rev().take(MOST_COMPANIONS).find(fits);
            let behind = all[next..].iter().take(MOST_COMPANIONS).find(fits);
            let nearest: Vec<_> = [before, behind]
                .into_iter()
                .flatten()
                .map(|c| (job.lines_between(c, range), c.clone()))
                .collect();
            // Of two at the same distance the one before belongs to the value.
            if let Some((lines, at)) = nearest
                .into_iter()
                .min_by_key(|(lines, _)| *lines)
                .filter(|(lines, _)| *lines <= companion.within_lines)
            {
                out.push((companion.name, at, lines));
            }
        }
        out
    }

    /// An identifier belongs to one secret: what is farther from it than another value that it was found beside has to do
    /// without.
    pub(super) fn contested(&mut self, job: &mut Job<'_>, first: usize) {
        let distance = |scored: &Scored, part: &Range<usize>| match part.end <= scored.range.start {
            true => scored.range.start - part.end,
            false => part.start.saturating_sub(scored.range.end),
        };
        let mut nearest: HashMap<(RuleIx, usize), usize> = HashMap::new();
        for scored in &job.out[first..] {
            for (_, part) in &scored.parts {
                let least = nearest.entry((scored.rule, part.start)).or_insert(usize::MAX);
                *least = (*least).min(distance(scored, part));
            }
        }
        let is_anothers = |scored: &Scored| {
            let is_lost = |part: &Range<usize>| nearest[&(scored.rule, part.start)] < distance(scored, part);
            scored.confidence < Confidence::Certain
                && !scored.parts.is_empty()
                && scored.parts.iter().all(|(_, part)| is_lost(part))
        };
        let lost: Vec<Scored> = job.out.extract_if(first.., |scored| is_anothers(scored)).collect();
        for Scored { rule, range, .. } in lost {
            self.judge(job, rule, &Value::new(job.text, range), false);
        }
    }

    /// Every place of a companion, looked up once a scan.
    fn know(&mut self, job: &mut Job<'_>, shape: &'static Shape) {
        if job.companions.contains_key(&shape.dfa.id()) {
            return;
        }
        let (text, fit) = (job.text, Fit::of(shape));
        let starts = job.starts(shape.holds_run, shape.min as usize);
        let fitting = starts.iter().filter(|start| start.may_be(&fit));
        let all = fitting.filter_map(|start| self.shapes.token_from(shape, text, start.at)).collect();
        job.companions.insert(shape.dfa.id(), all);
    }
}

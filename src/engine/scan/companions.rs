//! The other parts of a credential of several: the id beside a secret.

use std::ops::Range;

use super::Scanner;
use crate::catalogue::{Rule, Shape};
use crate::engine::context;
use crate::engine::job::Job;
use crate::engine::tokens::Fit;

/// How many places of a companion's shape are looked at on each side of a value.
const MOST_COMPANIONS: usize = 24;

impl Scanner<'_> {
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
                c.start != range.start && context::is_companion(companion, text, c, range)
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

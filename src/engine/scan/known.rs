//! What generic rules found and another rule knows to be no secret.

use std::collections::HashSet;
use std::ops::Range;

use super::{Scanner, companions};
use crate::catalogue::{Companion, Origin, Parser, RuleIx};
use crate::engine::job::{Job, Scored};
use crate::engine::owner;
use crate::engine::shape::companion;
use crate::engine::value::{entropy, words};

impl Scanner<'_> {
    /// Generic findings on what is known to be no secret: an account id that a rule names, base64 of a
    /// placeholder or of plain words.
    pub(super) fn drop_known(&mut self, job: &mut Job<'_>) {
        if !job.out.iter().any(|s| self.is_generic(s)) {
            return;
        }
        let woken: Vec<RuleIx> = job.woken.keys().copied().collect();
        let companions = |at: &RuleIx| self.catalogue.rule(*at).detect.companions.iter();
        let of_woken = woken.iter().flat_map(|at| companions(at).map(|companion| (*at, companion)));
        // `[0-9a-f]{16}` is an id only where it is called one.
        let (fixed, loose): (Vec<(RuleIx, &Companion)>, Vec<_>) =
            of_woken.partition(|(_, companion)| companion.shape.has_fixed_part);
        let mut is_plain = |text: &[u8]| {
            fixed.iter().any(|(_, companion)| self.shapes.whole(&companion.shape, text.trim_ascii()))
                || entropy::is_placeholder(text)
                || words::reads_like_words(text)
        };
        let hidden: HashSet<Range<usize>> =
            job.hidden.iter().filter(|span| is_plain(&span.text)).map(|span| span.range.clone()).collect();
        let (catalogue, text) = (self.catalogue, job.text);
        let mut is_id = |range: &Range<usize>| {
            let fits = |(_, companion): &&(RuleIx, &Companion)| {
                (companion.shape.min as usize..=companion.shape.max as usize).contains(&range.len())
            };
            fixed.iter().filter(fits).any(|(_, companion)| {
                self.shapes.token(&companion.shape, text, range.start).as_ref() == Some(range)
            }) || loose.iter().filter(fits).any(|(at, companion)| {
                self.shapes.whole(&companion.shape, &text[range.clone()])
                    && companion::is_named(companion, text, range)
                    && companions::is_called(job, *at, companion, range)
                    && !owner::names_another(text, range, catalogue, *at)
            })
        };
        let is_known = |s: &Scored| {
            let rule = catalogue.rule(s.rule);
            // The parser has decoded it itself, and judged the password without its user.
            let is_judged = rule.detect.origin == Origin::Parse(Parser::BasicAuth);
            rule.vendor.is_generic()
                && !is_judged
                && s.decoded.is_none()
                && (hidden.contains(&s.range) || is_id(&s.range))
        };
        let mut known = job.out.iter().map(is_known).collect::<Vec<bool>>().into_iter();
        job.out.retain(|_| known.next() == Some(false));
    }
}

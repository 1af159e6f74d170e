//! One secret, one candidate: of rules that claim the same bytes the most specific wins.

use super::Candidate;
use super::job::Scored;
use crate::catalogue::{Catalogue, Confidence, RuleIx};

/// The vendor key of rules that name no vendor.
pub const GENERIC_VENDOR: &str = "generic";

/// Keeps the best of every group of overlapping candidates, in order of position.
pub(super) fn resolve(mut scored: Vec<Scored>, catalogue: &Catalogue) -> Vec<Candidate> {
    let rank = |s: &Scored| {
        let named = catalogue.rule(s.rule).vendor.key != GENERIC_VENDOR;
        let blocks = s.confidence >= Confidence::Medium;
        let shape = catalogue.rule(s.rule).detect.shape.as_ref();
        let narrow =
            shape.map_or(0, |shape| 256 - shape.alphabet.iter().map(|w| w.count_ones()).sum::<u32>());
        (blocks, named, s.strength, s.confidence, narrow, s.range.len(), std::cmp::Reverse(s.rule))
    };
    scored.sort_by(|a, b| rank(b).cmp(&rank(a)));
    // Best first: each is kept unless something better took its bytes.
    let mut taken: std::collections::BTreeMap<usize, usize> = std::collections::BTreeMap::new();
    let mut kept: Vec<Scored> = Vec::new();
    for candidate in scored {
        let (start, end) = (candidate.range.start, candidate.range.end.max(candidate.range.start + 1));
        let overlaps = taken.range(..end).next_back().is_some_and(|(_, &other_end)| other_end > start);
        let several =
            candidate.decoded.is_some()
                && kept.iter().rev().take(8).any(|k| {
                    k.range == candidate.range && k.decoded.is_some() && k.decoded != candidate.decoded
                });
        if !overlaps || several {
            taken.insert(start, end);
            kept.push(candidate);
        }
    }
    kept.sort_by_key(|s| (s.range.start, s.rule));
    kept.into_iter().map(into_candidate).collect()
}

fn into_candidate(scored: Scored) -> Candidate {
    let Scored { rule, range, decoded, confidence, why, parts, .. } = scored;
    Candidate { rule: RuleIx(rule.0), range, decoded, confidence, why, parts }
}

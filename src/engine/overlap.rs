//! One secret, one candidate: of rules that claim the same bytes the most specific wins.

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use super::job::Scored;
use crate::catalogue::{Catalogue, Confidence, Family};
use crate::engine::value::weak;
use crate::order;

/// Keeps the best of every group of overlapping candidates, in order of position.
///
/// A rule that names a vendor goes before one that does not, since its advice is worth more; what the
/// generic rule was sure of, the named one then is too; what speaks for one of a vendor's kinds speaks for the other.
pub(super) fn resolve(mut scored: Vec<Scored>, catalogue: &Catalogue) -> Vec<Scored> {
    give_way(&mut scored, catalogue);
    let vendor = |s: &Scored| catalogue.rule(s.rule).vendor.key;
    let is_named = |s: &Scored| !catalogue.rule(s.rule).vendor.is_generic();
    let rank = |s: &Scored| {
        let blocks = s.confidence >= Confidence::Medium;
        let shape = catalogue.rule(s.rule).detect.shape.as_ref();
        let narrow =
            shape.map_or(0, |shape| 256 - shape.alphabet.iter().map(|w| w.count_ones()).sum::<u32>());
        // What is written goes before what hides in it.
        let is_written = s.decoded.is_none();
        (is_named(s), blocks, s.strength, s.confidence, is_written, s.range.len(), narrow, Reverse(s.rule))
    };
    order::by_cached_key(&mut scored, |s| Reverse(rank(s)));
    // Best first: each is kept unless something better took its bytes.
    let mut taken: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
    let mut kept: Vec<Scored> = Vec::new();
    for candidate in scored {
        let (start, end) = (candidate.range.start, candidate.range.end.max(candidate.range.start + 1));
        let over =
            taken.range(..end).next_back().filter(|(_, (other, _))| *other > start).map(|(_, (_, at))| *at);
        match over {
            None => {
                taken.insert(start, (end, kept.len()));
                kept.push(candidate);
            }
            Some(at) if is_second_in_one_run(&kept[at], &candidate) => kept.push(candidate),
            Some(at) => {
                let better = &mut kept[at];
                let is_anybodys = is_named(better) && !is_named(&candidate);
                let is_same = vendor(better) == vendor(&candidate) || is_anybodys;
                if is_same && better.range == candidate.range {
                    better.evidence = better.evidence.max(candidate.evidence);
                }
                if is_anybodys && better.range == candidate.range {
                    better.confidence = better.confidence.max(candidate.confidence);
                } else if is_anybodys
                    && is_part(better, &candidate, catalogue)
                    && taken.range(start..end).count() == 1
                {
                    taken.remove(&better.range.start);
                    taken.insert(start, (end, at));
                    *better = candidate;
                }
            }
        }
    }
    let mut kept = pairs(kept, catalogue);
    order::by_key(&mut kept, |s| (s.range.start, s.rule));
    kept
}

/// Drops what a disabled rule has found where a user's own, which is on, found something: it is written in its place.
fn give_way(scored: &mut Vec<Scored>, catalogue: &Catalogue) {
    let is_own = |s: &&Scored| catalogue.is_own(s.rule) && !catalogue.is_disabled(s.rule);
    let mut own: Vec<Range<usize>> = scored.iter().filter(is_own).map(|s| s.range.clone()).collect();
    if own.is_empty() {
        return;
    }
    order::by_key(&mut own, |range| range.start);
    // The furthest end of those that start no later.
    let mut furthest = 0;
    for range in &mut own {
        furthest = furthest.max(range.end);
        range.end = furthest;
    }
    let is_taken = |range: &Range<usize>| {
        let before = own.partition_point(|own| own.start < range.end);
        before > 0 && own[before - 1].end > range.start
    };
    scored.retain(|s| catalogue.is_own(s.rule) || !catalogue.is_disabled(s.rule) || !is_taken(&s.range));
}

/// Whether what a rule is unsure of is only a part of what another one would stop for, or the body of a private key that was
/// read as a whole.
fn is_part(part: &Scored, whole: &Scored, catalogue: &Catalogue) -> bool {
    let is_within = whole.range.start <= part.range.start && part.range.end <= whole.range.end;
    let is_doubted = part.confidence < Confidence::Medium && whole.confidence >= Confidence::Medium;
    let is_key = |scored: &Scored| catalogue.rule(scored.rule).family == Family::PrivateKey;
    // A rule that any name of a secret wakes says nothing of whose it is.
    let near = catalogue.rule(part.rule).detect.near.as_ref();
    let is_body = || {
        whole.confidence >= Confidence::Medium
            && is_key(whole)
            && is_key(part)
            && near.is_some_and(|near| near.names.is_empty() && near.calls.is_empty())
    };
    is_within && (is_doubted || is_body())
}

/// A pair is one finding: an identifier that is a part of another finding of its vendor leaves its evidence
/// there, an account number for instance, and goes. Identifiers have rules of their own (`…-id`), or look
/// like the secret and are its part by their name (a key and a secret of 32 hex digits each); so has the token of a
/// session, without which its key pair opens nothing.
fn pairs(mut kept: Vec<Scored>, catalogue: &Catalogue) -> Vec<Scored> {
    let vendor = |scored: &Scored| catalogue.rule(scored.rule).vendor.key;
    let is_identifier = |half: &Scored, whole: &Scored| {
        half.rule == whole.rule && half.range != whole.range
            || half.confidence == Confidence::Low
            || catalogue.rule(half.rule).id.ends_with("-id")
            || catalogue.rule(half.rule).family == Family::SessionToken
    };
    let sure = |scored: &Scored| scored.confidence.min(Confidence::Medium);
    let mut wholes: HashMap<(usize, usize), usize> = HashMap::new();
    for (at, whole) in kept.iter().enumerate() {
        wholes.extend(whole.parts.iter().map(|(_, part)| ((part.start, part.end), at)));
    }
    let mut halves: HashMap<usize, usize> = HashMap::new();
    for (at, half) in kept.iter().enumerate() {
        if let Some(&whole) = wholes.get(&(half.range.start, half.range.end))
            && !halves.contains_key(&whole)
            && is_identifier(half, &kept[whole])
            && vendor(&kept[whole]) == vendor(half)
            && sure(&kept[whole]) >= sure(half)
        {
            halves.insert(at, whole);
        }
    }
    for (half, whole) in &halves {
        if kept[*half].rule == kept[*whole].rule {
            continue;
        }
        // The last reason is the form of the half.
        let mut told = kept[*half].why.clone();
        told.pop();
        kept[*whole].why.extend(told);
    }
    let mut at = 0..kept.len();
    kept.retain(|_| at.next().is_some_and(|at| !halves.contains_key(&at)));
    kept
}

/// Two secrets may hide in one run of base64, but what one of them decodes to is no second.
fn is_second_in_one_run(kept: &Scored, candidate: &Scored) -> bool {
    let holds = |whole: &[u8], part: &[u8]| {
        contains(whole, part) || weak::unwrapped(whole).is_some_and(|inner| contains(&inner, part))
    };
    kept.range == candidate.range
        && matches!((&kept.decoded, &candidate.decoded), (Some(a), Some(b)) if !holds(a, b) && !holds(b, a))
}

fn contains(whole: &[u8], part: &[u8]) -> bool {
    crate::memmem::find(whole, part).is_some()
}

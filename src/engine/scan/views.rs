//! The same scan once more on views of the text: what is encoded, decoded; literals where their names are used.

use std::collections::HashMap;

use super::{DEEPEST, Scanner};
use crate::catalogue::{Confidence, Scope};
use crate::engine::job::{Job, Scored};
use crate::engine::locate::locate;
use crate::engine::shape::confirm::is_word;
use crate::engine::syntax::flow::{self, Place};
use crate::engine::{decode, overlap, owner};

/// Strength of what stands where a literal's name is used: below what the literal's own place tells.
const FOLLOWED: u32 = 30;

/// How far apart literals may stand that are shown as one, bytes.
const LONGEST_SPREAD: usize = 1024;

/// From where to where literals stand in the text.
fn spread(places: &[&Place]) -> usize {
    let start = places.iter().map(|place| place.literal.start).min().unwrap_or(0);
    places.iter().map(|place| place.literal.end).max().unwrap_or(start) - start
}

impl Scanner<'_> {
    /// The same once more on what is encoded, decoded.
    pub(super) fn decoded(&mut self, job: &mut Job<'_>, depth: u32) {
        let hidden = std::mem::take(&mut job.hidden);
        let (mut found, mut misread) = (Vec::new(), HashMap::new());
        for view in decode::views(job.text, job.hint, &hidden) {
            let inner = self.scan_to_depth(self.inner(job, &view, &[]), depth + 1);
            for scored in inner.into_iter().filter_map(|scored| view.written(scored)) {
                // `=3Dghp_…` is no value that begins with `3D`.
                if let Some(escape) = view.escape_before(scored.range.start) {
                    misread.extend((escape.start + 1..escape.end).map(|at| (at, scored.confidence)));
                }
                found.push(scored);
            }
        }
        let is_misread = |known: &Scored| {
            known.decoded.is_none()
                && misread.get(&known.range.start).is_some_and(|read| *read >= known.confidence)
        };
        if !misread.is_empty() {
            job.out.retain(|known| !is_misread(known));
        }
        job.out.append(&mut found);
    }

    /// The same once more where the names of literals are used; whose they are is told there too.
    pub(super) fn followed(&mut self, job: &mut Job<'_>) {
        let catalogue = self.catalogue;
        let is_named = |found: &Scored| !catalogue.rule(found.rule).vendor.is_generic();
        let is_known = |found: &Scored| found.confidence >= Confidence::Medium && is_named(found);
        // What has a name of somebody's where it stands is that one's, wherever it is used.
        let is_anothers = |found: &Scored, own: &[Scored], text: &[u8]| {
            let is_at = |own: &Scored| own.range.start < found.range.end && found.range.start < own.range.end;
            owner::is_anothers(&locate(text, found.range.clone()), catalogue, found.rule)
                && own.iter().any(is_at)
        };
        let mut all = Vec::new();
        for (view, places) in flow::views(job, is_known) {
            let found = self.scan_to_depth(self.inner(job, &view, &places), DEEPEST);
            let mut found = overlap::resolve(found, self.catalogue);
            owner::attribute(&mut found, &view.text, job.hint, self.forms());
            all.extend(found.into_iter().filter_map(|found| {
                // Of an address that the literal is put into, it is the secret; halves are one.
                let is_within = |place: &&Place| {
                    let at = place.range();
                    place.is_drawn && found.range.start <= at.start && at.end <= found.range.end
                };
                let held: Vec<&Place> = places.iter().filter(is_within).collect();
                let (range, decoded) = match &held[..] {
                    [] => (found.range.clone(), found.decoded.clone()),
                    [first, .., last] if spread(&held) <= LONGEST_SPREAD => {
                        let range = first.at..last.range().end;
                        (range.clone(), Some(view.text[range].to_vec()))
                    }
                    [.., last] => (last.range(), None),
                };
                let mut scored = Scored::new(found.rule, range, found.confidence, FOLLOWED, found.why);
                (scored.decoded, scored.parts, scored.evidence) = (decoded, found.parts, found.evidence);
                view.written(scored).filter(|found| !is_anothers(found, &job.out, job.text))
            }));
        }
        job.out.append(&mut all);
    }

    /// A view to be scanned: what is context for the whole file is so for each part of it, and what is near a literal is near
    /// the `places` in the view where it stands.
    fn inner<'v>(&self, job: &Job<'v>, view: &'v decode::View, places: &[Place]) -> Job<'v> {
        let mut inner = Job::new(&view.text, job.hint);
        for rule in job.woken.keys() {
            match self.catalogue.rule(*rule).detect.near.as_ref().map(|near| near.scope) {
                Some(Scope::File) => inner.wake(*rule, 0),
                Some(scope) => {
                    let is_near = |literal| job.keyword_lines(*rule, scope, literal).is_some();
                    let near = places.iter().filter(|place| is_near(&place.literal));
                    near.for_each(|place| inner.wake(*rule, place.at));
                }
                None => {}
            }
        }
        inner
    }
}

/// Whether what is left of a name is given nothing but what a call puts there: `?token=%s`, `?access_key={}`.
pub(super) fn is_hole(text: &[u8], at: usize) -> bool {
    const LONGEST: usize = 24;
    let rest = &text[at..text.len().min(at + LONGEST)];
    let name = rest.iter().take_while(|b| is_word(**b)).count();
    let is_given = |rest: &[u8]| rest.starts_with(b"%s") || rest.starts_with(b"{}");
    match rest[name..].strip_prefix(b"=") {
        Some(given) => is_given(given),
        None => name == 0 && text[..at].ends_with(b"=") && is_given(rest),
    }
}

//! From a source to findings: read, scan, keep what is new, put together.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use bstr::{BStr, BString};

use crate::catalogue::Catalogue;
use crate::engine::{self, FileHint, Scanner};
use crate::finding::Finding;
use crate::finding::fresh::{self, Sighting};
use crate::finding::merge::{self, Hit};
use crate::source::{Blob, Coverage, Flow, Source};

/// What a scan brought.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    /// New secrets, worst first.
    pub(super) findings: Vec<Finding>,
    /// Files with findings and their text, for what has to be read around a finding.
    pub(super) texts: Vec<(BString, Vec<u8>)>,
    /// Places of secrets that were there before the change.
    pub(super) old: usize,
    /// Findings that somebody has allowed.
    pub(super) allowed: usize,
    /// What was looked at.
    pub(super) coverage: Coverage,
    /// Paths that were looked into, as far as they matter to the caller: files at the root.
    pub(super) seen: Vec<BString>,
    /// Lines that are told whatever was found.
    pub(super) announce: Vec<String>,
    /// Wall time.
    pub(super) elapsed: Duration,
}

/// Scans everything the source hands over.
///
/// # Errors
/// When anything that should have been looked at could not be.
pub(super) fn gather(
    source: &mut dyn Source,
    catalogue: &Catalogue,
    is_wanted: &dyn Fn(&BStr) -> bool,
) -> Result<Gathered> {
    let started = Instant::now();
    let mut scanner = Scanner::new(catalogue);
    let mut hits: Vec<Hit> = Vec::new();
    let mut sightings: Vec<Sighting> = Vec::new();
    let mut out = Gathered::default();
    let mut excluded = 0u64;
    out.coverage = source.visit(&mut |blob: &Blob<'_>| {
        if !is_wanted(blob.path) {
            excluded += 1;
            return Ok(Flow::Continue);
        }
        if !blob.path.contains(&b'/') {
            out.seen.push(blob.path.to_owned());
        }
        let text = engine::as_text(blob.bytes);
        let candidates = scanner.scan(&text, FileHint::new(blob.path));
        if candidates.is_empty() {
            return Ok(Flow::Continue);
        }
        let found = merge::hits(&text, blob.path, blob.place, &candidates, |at| catalogue.rule(at));
        for hit in found {
            let needle = fresh::needle(hit.raw.expose()).to_vec();
            let count = fresh::count(&text, &needle);
            let path = hit.location.path.clone();
            sightings.push(Sighting { place: hit.location.place.clone(), path, needle, count });
            hits.push(hit);
        }
        out.texts.push((blob.path.to_owned(), text.into_owned()));
        Ok(Flow::Continue)
    })?;
    if excluded > 0 {
        out.coverage.notes.push(format!("{excluded} excluded by configuration"));
    }
    let new = fresh::added(source, &sightings).context("cannot tell which secrets are new")?;
    let before = hits.len();
    let mut keep = new.into_iter();
    hits.retain(|_| keep.next().unwrap_or(true));
    out.old = before - hits.len();
    out.findings = merge::merge(hits);
    out.elapsed = started.elapsed();
    Ok(out)
}

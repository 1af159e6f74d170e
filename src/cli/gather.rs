//! From a source to findings: read, scan, keep what is new, put together.
//!
//! What a commit holds is read and scanned on this thread, since starting another costs as much as
//! the work. A directory or a history is cut into pieces and shared among all cores; what is found
//! is put back in order, so the answer does not depend on how many there are.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use bstr::{BStr, BString, ByteSlice};

use super::fault;
use super::look::{Last, Look};
use super::queue::read_plan;
use crate::catalogue::{Catalogue, Confidence};
use crate::config::LeftOut;
use crate::engine::{self, FileHint, Scanner};
use crate::finding::frame::Frames;
use crate::finding::fresh::{self, Marking, Sighting};
use crate::finding::inline;
use crate::finding::merge::{self, Hit};
use crate::finding::suppress::{self, FileMarkers};
use crate::finding::tally::Tally;
use crate::finding::{Finding, Secret};
use crate::order;
use crate::report;
use crate::source::archive::{IsWanted, Limits, Opened, Unpacker};
use crate::source::lfs;
use crate::source::{Blob, Coverage, Flow, Lineage, Part, Place, Source};

/// What a scan brought.
#[derive(Debug, Default)]
pub(super) struct Gathered {
    /// New secrets, worst first.
    pub(super) findings: Vec<Finding>,
    /// Inline markers of the files with findings.
    pub(super) markers: Vec<FileMarkers>,
    /// All that was found in those files, old secrets too.
    pub(super) sights: Vec<suppress::Seen>,
    /// Places of secrets that were there before the change.
    pub(super) old: usize,
    /// Secrets that are not told; lines that are must not hold them either.
    pub(super) untold: Vec<Secret>,
    /// Findings that somebody has allowed, and why.
    pub(super) allowed: Vec<suppress::Allowed>,
    /// What was looked at.
    pub(super) coverage: Coverage,
    /// Files of settings that were among what was handed over.
    pub(super) seen: Vec<BString>,
    /// Settings that no commit has yet.
    pub(super) pending: Option<report::Pending>,
    /// Of the commits that hold findings.
    pub(super) history: History,
    /// What somebody's settings have left out, a line each: told by a hook even where nothing was found.
    pub(super) left_out: Vec<String>,
    /// Lines that are told whatever was found.
    pub(super) announce: Vec<String>,
    /// Wall time.
    pub(super) elapsed: Duration,
    /// Which part of a run it is, when it is not the whole.
    pub(super) part: Option<report::Part>,
}

impl Gathered {
    /// Notes what is not told of, and why.
    pub(super) fn leave_out(&mut self, what: &LeftOut) {
        let list = if what.is_set { &mut self.left_out } else { &mut self.coverage.notes };
        list.push(what.why.clone());
    }
}

/// What advice on a commit depends on.
#[derive(Debug, Default)]
pub(super) struct History {
    /// By the full id of a commit.
    pub(super) lineage: HashMap<String, Lineage>,
    /// Findings, by fingerprint, that the newest commits hold no more.
    pub(super) removed: HashSet<String>,
    /// Findings, by fingerprint, of files that a later commit changes again.
    pub(super) changed: HashSet<String>,
}

impl History {
    fn read<'f>(source: &mut dyn Source, findings: &'f [Finding]) -> History {
        let mut history = History::default();
        let mut changes: HashMap<(&'f Place, &'f BStr), bool> = HashMap::new();
        // The findings of each path; whether they stand in the name.
        let mut of_path: BTreeMap<&BStr, HashSet<(usize, bool)>> = BTreeMap::new();
        for (at, finding) in findings.iter().enumerate() {
            for location in &finding.locations {
                let (Place::Commit { id } | Place::Message { id }) = location.place.root() else { continue };
                if !history.lineage.contains_key(id) {
                    let Some(lineage) = source.lineage(id) else { continue };
                    history.lineage.insert(id.clone(), lineage);
                }
                if matches!(location.place, Place::Commit { .. }) {
                    of_path.entry(location.path.as_bstr()).or_default().insert((at, location.is_name()));
                }
            }
            let files: HashSet<(&Place, &BStr)> =
                finding.locations.iter().map(|location| (&location.place, location.file())).collect();
            let mut is_changed = |file: (&'f Place, &'f BStr)| {
                *changes.entry(file).or_insert_with(|| changes_again(source, file.0, file.1))
            };
            if files.into_iter().any(&mut is_changed) {
                history.changed.insert(finding.fingerprint.clone());
            }
        }
        let (mut met, mut kept) = (HashSet::new(), HashSet::new());
        for (path, of_path) in of_path {
            met.extend(of_path.iter().map(|(at, _)| *at));
            kept.extend(kept_at_tip(source, path, findings, &of_path));
        }
        let gone = met.difference(&kept).map(|at| findings[*at].fingerprint.clone());
        history.removed.extend(gone);
        history
    }
}

/// Whether none of the newest commits has the file as the commit at `place` leaves it. Only advice depends on it: of
/// what cannot be read it is not said.
fn changes_again(source: &mut dyn Source, place: &Place, path: &BStr) -> bool {
    let Place::Commit { .. } = place.root() else { return false };
    let mut left = None;
    let read = source.left_at(place.root(), &[path.to_owned()], &mut |_, bytes| {
        left = Some(bytes.to_vec());
        Ok(Flow::Stop)
    });
    let Some(left) = left.filter(|_| read.is_ok()) else { return false };
    matches!(source.stands_at_tip(path, &|bytes| bytes == left), Ok(Some(false)))
}

/// Those of the findings of a path that its newest versions still hold: each version is read once. Only advice depends on
/// it: where one cannot be read, none is said to be gone.
fn kept_at_tip(
    source: &mut dyn Source,
    path: &BStr,
    findings: &[Finding],
    of_path: &HashSet<(usize, bool)>,
) -> Vec<usize> {
    let needle = |at: usize| fresh::needle(findings[at].secret.expose());
    let needles = Tally::new(of_path.iter().filter(|(_, is_name)| !is_name).map(|(at, _)| needle(*at)));
    let all: HashSet<&[u8]> = needles.needles().iter().copied().collect();
    let (is_there, held) = (Cell::new(false), RefCell::new(HashSet::new()));
    let holds = |bytes: &[u8]| {
        is_there.set(true);
        let found = needles.count(&engine::as_text(bytes));
        let mut held = held.borrow_mut();
        held.extend(found.into_iter().map(|(needle, _)| needle));
        held.len() == all.len()
    };
    let is_read = matches!(source.stands_at_tip(path, &holds), Ok(Some(_)));
    let held = held.into_inner();
    let is_kept = |(at, is_name): &&(usize, bool)| {
        let is_held = if *is_name { is_there.get() } else { held.contains(needle(*at)) };
        !is_read || is_held
    };
    of_path.iter().filter(is_kept).map(|(at, _)| *at).collect()
}

/// What of a blob is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Depth {
    /// All, and markers too where there is nothing to mark.
    Thorough,
    /// All.
    All,
    /// Only what is sure: the file is larger than anybody writes.
    Sure,
    /// Nothing: the path is excluded.
    Nothing,
}

/// Says of each blob what is looked for in it.
type DepthOf<'w> = dyn Fn(&Blob<'_>) -> Depth + Sync + 'w;

/// What is to be done, and how much of it.
#[derive(Clone, Copy)]
pub(super) struct Effort<'w> {
    /// What is looked for in each blob.
    pub(super) depth_of: &'w DepthOf<'w>,
    /// Which files are opened that hold others.
    pub(super) is_wanted: &'w IsWanted<'w>,
    /// How far those are opened.
    pub(super) limits: Limits,
    /// Where the content of pointers of Git LFS is.
    pub(super) lfs: &'w lfs::Store,
    /// Threads; all cores when nobody said.
    pub(super) jobs: Option<usize>,
}

impl<'w> Effort<'w> {
    pub(super) fn unpacker(&self) -> Unpacker<'w> {
        Unpacker::new(self.limits, self.is_wanted).with_lfs(Some(self.lfs))
    }
}

/// Says of a secret whether it would be told of if it stood at a path.
pub(super) type IsToldAt<'t> = dyn Fn(&Hit, &[u8]) -> bool + 't;

/// Scans everything the source hands over, and what archives hold. What stood where `is_told` denies it has not moved from
/// there.
///
/// # Errors
/// When anything that should have been looked at could not be.
pub(super) fn gather(
    source: &mut dyn Source,
    catalogue: &Catalogue,
    effort: Effort<'_>,
    is_told: &IsToldAt<'_>,
) -> Result<Gathered> {
    let started = Instant::now();
    let (mut looks, coverage) = look_at_all(source, catalogue, effort)?;
    let mut seen: Vec<Seen> = looks.iter_mut().flat_map(|looks| std::mem::take(&mut looks.seen)).collect();
    order::by_key(&mut seen, |seen| seen.rank);
    let mut marked: Vec<Marked> = looks.into_iter().flat_map(Looks::told).collect();
    order::by_key(&mut marked, |marked| marked.rank);
    let (mut markers, markings): (Vec<FileMarkers>, Vec<Vec<Marking>>) =
        marked.into_iter().map(|marked| (marked.file, marked.markings)).unzip();
    let sights = seen.iter().map(|seen| suppress::Seen::of(&seen.hit)).collect();
    let (sightings, hits): (Vec<Sighting>, Vec<Hit>) =
        seen.into_iter().map(|seen| (seen.sighting, seen.hit)).unzip();
    let mut before = Opened::new(source, effort.limits, effort.is_wanted).with_lfs(Some(effort.lfs));
    let numbers: Vec<usize> = markings.iter().map(Vec::len).collect();
    let markings = markings.into_iter().flatten().collect();
    let new = fresh::added(&mut before, sightings, markings, &|at, path| is_told(&hits[at], path))
        .context("cannot tell which secrets are new")?;
    let mut added = new.markers.into_iter();
    for (file, number) in markers.iter_mut().zip(numbers) {
        file.added = added.by_ref().take(number).collect();
    }
    let all = hits.len();
    let (mut new_hits, mut untold) = (Vec::with_capacity(all), Vec::new());
    for (hit, is_new) in hits.into_iter().zip(new.secrets) {
        if is_new { new_hits.push(hit) } else { untold.extend(hit.into_secrets()) }
    }
    let hits = new_hits;
    let old = all - hits.len();
    let findings = merge::merge(hits);
    Ok(Gathered {
        history: History::read(source, &findings),
        markers,
        sights,
        old,
        untold,
        findings,
        allowed: Vec::new(),
        seen: Vec::new(),
        pending: None,
        left_out: Vec::new(),
        announce: Vec::new(),
        coverage,
        elapsed: started.elapsed(),
        part: None,
    })
}

/// What all threads have seen, and what the source handed over without what is excluded.
fn look_at_all<'a>(
    source: &mut dyn Source,
    catalogue: &'a Catalogue,
    effort: Effort<'a>,
) -> Result<(Vec<Looks<'a>>, Coverage)> {
    let (looks, mut coverage) = match source.plan()? {
        Some(plan) => read_plan(plan.as_ref(), effort, &|| Looks::new(catalogue, effort.depth_of))?,
        None => {
            let mut looks = Looks::new(catalogue, effort.depth_of);
            let mut unpacker = effort.unpacker();
            let mut coverage =
                source.visit(&mut |blob| fault::open(&mut unpacker, blob, &mut |blob| looks.at(0, blob)))?;
            coverage.add(unpacker.finish());
            (vec![looks], coverage)
        }
    };
    coverage.settle();
    let excluded: u64 = looks.iter().map(|looks| looks.excluded).sum();
    coverage.blobs = coverage.blobs.saturating_sub(excluded);
    Ok((looks, coverage))
}

/// What one thread has seen.
pub(super) struct Looks<'a> {
    catalogue: &'a Catalogue,
    depth_of: &'a DepthOf<'a>,
    scanner: Scanner<'a>,
    pub(super) seen: Vec<Seen>,
    marked: Vec<Marked>,
    excluded: u64,
    last: Last,
}

/// One secret at one place, and what tells whether it is new.
pub(super) struct Seen {
    pub(super) rank: usize,
    pub(super) hit: Hit,
    sighting: Sighting,
}

/// The markers of a file, and what tells of each whether it is new.
pub(super) struct Marked {
    pub(super) rank: usize,
    pub(super) file: FileMarkers,
    pub(super) markings: Vec<Marking>,
    blocks: inline::Blocks,
    /// It has findings, or all markers are asked for.
    is_told: bool,
}

impl<'a> Looks<'a> {
    pub(super) fn new(catalogue: &'a Catalogue, depth_of: &'a DepthOf<'a>) -> Self {
        Looks {
            catalogue,
            depth_of,
            scanner: Scanner::new(catalogue).on_day(super::check::today().days()),
            seen: Vec::new(),
            marked: Vec::new(),
            excluded: 0,
            last: Last::default(),
        }
    }

    /// The markers that somebody asks for.
    pub(super) fn told(self) -> impl Iterator<Item = Marked> {
        self.marked.into_iter().filter(|marked| marked.is_told)
    }
}

impl Look for Looks<'_> {
    fn begins(&mut self, rank: usize, blob: &Blob<'_>) -> bool {
        if !self.last.is_again(rank, blob) {
            self.last.begin(rank, blob);
            return true;
        }
        // It holds nothing; what is left is how it is called, and what is told of files without a secret.
        engine::may_name_secret(blob.path)
            || matches!((self.depth_of)(blob), Depth::Nothing | Depth::Thorough)
    }

    fn at(&mut self, rank: usize, blob: &Blob<'_>) -> Flow {
        let depth = (self.depth_of)(blob);
        if depth == Depth::Nothing {
            // A file in windows is one file.
            self.excluded += u64::from(blob.is_start());
            return Flow::Skip;
        }
        let text = engine::as_text(blob.bytes);
        let by_folder = Cell::new(false);
        let candidates = self.scanner.scan(&text, FileHint::new(blob.path).noting(&by_folder));
        self.last.end(blob, candidates.is_empty() && !by_folder.get());
        let mut found = merge::hits(&text, blob.path, blob.place, &candidates, |at| self.catalogue.rule(at));
        let own = blob.part.as_ref().map_or(0..text.len(), |part| own_text(part, blob.bytes, &text));
        found.retain(|hit| own.contains(&hit.range.start));
        let named = self.name(blob);
        if candidates.is_empty() && named.is_empty() {
            let is_told = depth == Depth::Thorough;
            // What a block marks may stand in a later window.
            if is_told || blob.part.is_some() && inline::may_hold_block(&text) {
                self.mark((rank, blob), (&text, own), &[], is_told);
            }
            return Flow::Continue;
        }
        let is_looked_for = |hit: &Hit| depth != Depth::Sure || hit.confidence >= Confidence::High;
        found.retain(is_looked_for);
        self.mark((rank, blob), (&text, own), &found, true);
        if let Some(part) = &blob.part {
            found.iter_mut().for_each(|hit| locate(hit, part));
        }
        found.extend(named.into_iter().filter(is_looked_for));
        let needles = Tally::new(found.iter().map(|hit| fresh::needle(hit.raw.expose())));
        let counts = fresh::in_file(&needles, blob.path, &text);
        for hit in found {
            let needle = fresh::needle(hit.raw.expose()).to_vec();
            let count = counts.get(&needle).copied().unwrap_or(0);
            let (path, place) = (hit.location.path.clone(), hit.location.place.clone());
            let sighting = Sighting { place, path, needle, count, is_part: blob.part.is_some() };
            self.seen.push(Seen { rank, hit, sighting });
        }
        Flow::Continue
    }
}

impl Looks<'_> {
    /// Secrets in the name of a file. The name of an archive is not that of its members.
    fn name(&mut self, blob: &Blob<'_>) -> Vec<Hit> {
        if !blob.place.is_file()
            || !blob.is_start()
            || blob.bytes == blob.path.as_bytes()
            || !engine::may_name_secret(blob.path)
        {
            return Vec::new();
        }
        let candidates = self.scanner.scan(blob.path, FileHint::default());
        let mut found =
            merge::hits(blob.path, blob.path, blob.place, &candidates, |at| self.catalogue.rule(at));
        found.retain(|hit| fresh::own_name(blob.path).contains(&hit.range.start));
        found
    }

    /// Keeps the markers of a file, each with what tells whether it is new: of a window, those that are its own. The lines
    /// of `found` count from the start of the text.
    fn mark(
        &mut self,
        (rank, blob): (usize, &Blob<'_>),
        (text, own): (&[u8], Range<usize>),
        found: &[Hit],
        is_told: bool,
    ) {
        let mut markers = inline::markers_of_part(text, blob.path, own);
        if !is_told {
            markers.retain(|marker| marker.edge.is_some());
        }
        // The windows of a file follow one another.
        let is_same = |marked: &&mut Marked| {
            !blob.is_start() && marked.file.path == *blob.path && marked.file.place == *blob.place
        };
        if let Some(marked) = self.marked.last_mut().filter(is_same) {
            marked.is_told |= is_told;
        } else if !markers.is_empty() {
            let (path, place) = (blob.path.to_owned(), blob.place.clone());
            let file = FileMarkers { path, place, markers: Vec::new(), added: Vec::new() };
            let blocks = inline::Blocks::default();
            self.marked.push(Marked { rank, file, markings: Vec::new(), blocks, is_told });
        }
        let Some(Marked { file, markings, blocks, .. }) =
            self.marked.last_mut().filter(|_| !markers.is_empty())
        else {
            return;
        };
        let (from, before) = (file.markers.len(), blob.part.as_ref().map_or(0, |part| part.lines_before));
        for mut marker in markers {
            relocate(&mut marker, |line| line.saturating_add(before));
            blocks.add(&mut file.markers, marker);
        }
        let new = &file.markers[from..];
        if new.is_empty() {
            return;
        }
        let counts = counted(new.iter().map(|marker| marker.text.as_slice()), text);
        let mut frames = Frames::new(text, found);
        markings.extend(new.iter().map(|marker| {
            let sighting = Sighting {
                place: blob.place.clone(),
                path: blob.path.to_owned(),
                needle: marker.text.clone(),
                count: counts.get(&marker.text).copied().unwrap_or(0),
                is_part: blob.part.is_some(),
            };
            let mut here = marker.clone();
            relocate(&mut here, |line| line.saturating_sub(before));
            Marking { sighting, frames: frames.of(&here) }
        }));
    }
}

/// How often each needle stands in the text; those that do.
fn counted<'n>(needles: impl Iterator<Item = &'n [u8]>, text: &[u8]) -> HashMap<Vec<u8>, usize> {
    Tally::new(needles).count(text).into_iter().map(|(needle, count)| (needle.to_vec(), count)).collect()
}

/// Where in its text stands what belongs to a window.
fn own_text(part: &Part, bytes: &[u8], text: &[u8]) -> Range<usize> {
    // UTF-16 became shorter on its way to text.
    let in_text = |at: usize| {
        if bytes.len() == text.len() { at } else { engine::as_text(&bytes[..at]).len() }
    };
    in_text(part.own.start)..in_text(part.own.end)
}

/// Gives a hit in a window its place in the whole.
fn locate(hit: &mut Hit, part: &Part) {
    let place = &mut hit.location;
    if place.line == 1 {
        place.column = place.column.saturating_add(part.columns_before);
        // What stands before the window is gone; such lines are longer than any editor shows.
        place.utf16.column = place.utf16.column.saturating_add(part.columns_before);
    }
    if place.end_line == 1 {
        place.end_column = place.end_column.saturating_add(part.columns_before);
        place.utf16.end_column = place.utf16.end_column.saturating_add(part.columns_before);
    }
    place.line = place.line.saturating_add(part.lines_before);
    place.end_line = place.end_line.saturating_add(part.lines_before);
}

/// Gives a marker other lines: those in the whole for those in a window, or the reverse.
fn relocate(marker: &mut inline::Marker, to: impl Fn(u32) -> u32) {
    marker.line = to(marker.line);
    marker.applies_to = to(*marker.applies_to.start())..=to(*marker.applies_to.end());
}

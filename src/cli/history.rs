//! From a whole repository to findings: scan everything once, then look up where each find came from.
//!
//! The first pass keeps numbers only: which content holds which secret. Of each secret and path one
//! version is read again for the report, HEAD's or the oldest, so memory follows the secrets and not the
//! versions that hold them.

use std::cell::Cell;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::Path;
use std::time::Instant;

use anyhow::Result;
use bstr::{BStr, BString, ByteSlice};

use super::cache::{Cache, Clean};
use super::check;
use super::gather::{self, Depth, Effort, Gathered, Looks};
use super::look::{Last, Look};
use super::progress::Progress;
use super::queue::read_plan;
use super::settings::{self, Loaded};
use crate::catalogue::{Catalogue, Confidence};
use crate::config::Setting;
use crate::engine::{self, Candidate, FileHint, Scanner};
use crate::finding::fingerprint::fingerprint;
use crate::finding::fresh;
use crate::finding::merge;
use crate::finding::suppress::{self, FileMarkers};
use crate::finding::{CommitMark, Joint, Trace};
use crate::order;
use crate::source::history::{
    Extent, History, Mark, Meter, Names, Read, Reading, Seen, Shard, Sight, Traced, Version,
};
use crate::source::{Blob, Context, Coverage, Flow, Place, Plan, SEPARATOR, Skipped};

/// Versions of one secret that are shown.
pub(super) const SHOWN: usize = 50;

/// What a scan of a repository brought.
pub(super) struct Past {
    pub(super) gathered: Gathered,
    /// Whether it was told to stop before the end.
    pub(super) is_interrupted: bool,
    /// Versions of files with the secret of each finding, by its fingerprint; where somebody asked.
    pub(super) versions: HashMap<String, Vec<Version>>,
}

/// Scans what the repository around `dir` holds, as far as `extent` goes; with `is_filtered` the versions of files
/// that hold secrets are told too.
///
/// # Errors
/// When there is no repository. What could not be read within it is part of the answer.
pub(super) fn gather(
    dir: &Path,
    loaded: &Loaded,
    (extent, shard): (&Extent, Shard),
    cache: &Cache,
    is_filtered: bool,
) -> Result<Past> {
    let started = Instant::now();
    let meter = Meter::default();
    let meter = std::sync::Arc::new(meter);
    let progress = Progress::start(&meter);
    let is_wanted = |path: &bstr::BStr| settings::exclusion(&loaded.settings, &loaded.rooted, path).is_none();
    let history = History::open(&Context::new(dir), &is_wanted, (extent, shard), &meter)?;
    let mut coverage = history.known();
    coverage.notes.extend(check::excluded(excluded(&history, loaded)));
    let found = {
        let is_known = |id: &str, path: &bstr::BStr| cache.has(id, path);
        let keeper = cache.is_on().then_some(cache);
        let (found, covered) = scan(&history.plan(&meter, &is_known), loaded, keeper)?;
        coverage.add(covered);
        found
    };
    coverage.notes.extend(check::over_limit(found.large, &loaded.settings.max_bytes));
    if check::is_left_out(&loaded.settings.max_bytes) {
        coverage.blobs = coverage.blobs.saturating_sub(found.large);
    }
    let Reading { done, total, .. } = meter.read();
    let mut traced = history.trace(&found.seen, found.secrets.len(), &meter);
    if !meter.is_stopped() {
        widen(&history, loaded, &found, &mut traced, &meter, &mut coverage)?;
    }
    let is_interrupted = meter.is_stopped();
    let mut gathered = show(&history, loaded, &found, traced, &mut coverage)?;
    progress.end();
    if is_interrupted {
        let on = if cache.is_on() {
            "the next run goes on from here"
        } else {
            "`--cache` would keep what was done"
        };
        gathered.announce.push(format!("interrupted after {done} of {total} contents; {on}"));
        // A report that does not say so would be taken for that of a whole scan.
        let why = format!("interrupted after {done} of {total} contents");
        coverage.failed.push(Skipped { path: "the rest of the history".into(), why: why.into() });
    }
    coverage.settle();
    gathered.coverage = coverage;
    gathered.elapsed = started.elapsed();
    let mut versions: HashMap<String, Vec<Version>> = HashMap::new();
    for version in is_filtered.then(|| history.versions(&found.seen)).into_iter().flatten() {
        versions.entry(found.secrets[version.secret as usize].clone()).or_default().push(version);
    }
    Ok(Past { gathered, is_interrupted, versions })
}

/// How many files each pattern has left out.
fn excluded(history: &History, loaded: &Loaded) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for path in history.unwanted() {
        if let Some(why) = settings::exclusion(&loaded.settings, &loaded.rooted, &path) {
            *counts.entry(why).or_default() += 1;
        }
    }
    counts
}

fn scan(plan: &dyn Plan, loaded: &Loaded, cache: Option<&Cache>) -> Result<(Found, Coverage)> {
    let (settings, rooted) = (&loaded.settings, &loaded.rooted);
    let effort = Effort {
        depth_of: &|_| Depth::All,
        is_wanted: &|path| settings::exclusion(settings, rooted, path).is_none(),
        limits: loaded.limits,
        lfs: &loaded.lfs,
        jobs: loaded.jobs,
    };
    let catalogue = &loaded.catalogue;
    let new = || Sightings::new(catalogue, cache, &settings.max_bytes);
    let (all, coverage) = read_plan(plan, effort, &new)?;
    Ok((Found::put_together(all), coverage))
}

/// Adds what the rest of the history knows of the secrets that a part of it brought.
fn widen(
    history: &History,
    loaded: &Loaded,
    found: &Found,
    traced: &mut [Traced],
    meter: &Meter,
    coverage: &mut Coverage,
) -> Result<()> {
    let related = history.related(&found.seen);
    if related.is_empty() {
        return Ok(());
    }
    let (more, covered) = scan(&history.plan_of(meter, &|_, _| false, &related), loaded, None)?;
    // It was not asked for, so it does not count as scanned; what it could not tell does.
    coverage.failed.extend(covered.failed);
    let mut seen = found.seen.clone();
    seen.extend(more.seen.iter().filter_map(|seen| {
        let secret = found.secrets.binary_search(&more.secrets[seen.secret as usize]).ok()?;
        Some(Seen { secret: secret as u32, ..*seen })
    }));
    for (one, wider) in traced.iter_mut().zip(history.trace(&seen, found.secrets.len(), meter)) {
        *one = Traced { sights: std::mem::take(&mut one.sights), ..wider };
    }
    Ok(())
}

/// What one thread has found: numbers for secrets, no secret.
struct Sightings<'c> {
    scanner: Scanner<'c>,
    catalogue: &'c Catalogue,
    secrets: HashMap<String, u32>,
    seen: Vec<Seen>,
    /// What was clean of the piece that is being read; it counts when all of it was read, and was.
    open: Vec<Clean>,
    last: Last,
    is_clean: bool,
    cache: Option<&'c Cache>,
    /// Of larger files only what is sure counts, or nothing.
    max_bytes: &'c Setting<u64>,
    /// How many of those there were.
    large: u64,
}

impl<'c> Sightings<'c> {
    fn new(catalogue: &'c Catalogue, cache: Option<&'c Cache>, max_bytes: &'c Setting<u64>) -> Self {
        Sightings {
            scanner: Scanner::new(catalogue).on_day(check::today().days()),
            catalogue,
            secrets: HashMap::new(),
            seen: Vec::new(),
            open: Vec::new(),
            last: Last::default(),
            is_clean: true,
            cache,
            max_bytes,
            large: 0,
        }
    }
}

impl Look for Sightings<'_> {
    fn begins(&mut self, rank: usize, blob: &Blob<'_>) -> bool {
        let is_again = self.last.is_again(rank, blob);
        if !is_again {
            self.last.begin(rank, blob);
        }
        !is_again
    }

    fn at(&mut self, rank: usize, blob: &Blob<'_>) -> Flow {
        let is_large = blob.whole_size() > self.max_bytes.value;
        if is_large {
            self.large += u64::from(blob.is_start());
            if check::is_left_out(self.max_bytes) {
                return Flow::Skip;
            }
        }
        let text = engine::as_text(blob.bytes);
        let by_folder = Cell::new(false);
        let mut candidates = self.scanner.scan(&text, FileHint::new(blob.path).noting(&by_folder));
        self.last.end(blob, !by_folder.get());
        if is_large {
            candidates.retain(|candidate| candidate.confidence >= Confidence::High);
        }
        let named = self.member_name(blob.path);
        if candidates.is_empty() && named.is_empty() {
            if let Place::Object { id } | Place::Message { id } = blob.place
                && self.cache.is_some()
                && blob.part.is_none()
                && !is_large
                // A member of an archive says nothing of the others.
                && !blob.path.contains_str(SEPARATOR)
            {
                let (id, path) = (id.clone(), blob.path.to_owned());
                self.open.push(Clean { id, path, in_any_folder: !by_folder.get() });
            }
            return Flow::Continue;
        }
        self.is_clean = false;
        let is_list = *blob.place == Place::GitFile;
        for candidate in &candidates {
            let before = if is_list { &text[..candidate.range.start] } else { &[] };
            let line = memchr::memchr_iter(b'\n', before).count() as u32;
            let secret = self.number(candidate, &text);
            self.seen.push(Seen { piece: rank as u32, secret, line });
        }
        for candidate in &named {
            let secret = self.number(candidate, blob.path);
            self.seen.push(Seen { piece: rank as u32, secret, line: 0 });
        }
        Flow::Continue
    }

    fn end(&mut self, is_whole: bool) {
        // What could not be looked into has to be tried, and said, each time.
        if self.is_clean
            && is_whole
            && let Some(cache) = self.cache
        {
            cache.add(&self.open);
        }
        self.open.clear();
        self.is_clean = true;
    }
}

impl Sightings<'_> {
    /// Secrets in the name of a member of an archive; the names of files are a piece of their own.
    fn member_name(&mut self, path: &BStr) -> Vec<Candidate> {
        if !path.contains_str(SEPARATOR) {
            return Vec::new();
        }
        let mut found = self.scanner.scan(path, FileHint::default());
        found.retain(|candidate| fresh::own_name(path).contains(&candidate.range.start));
        found
    }

    /// The number of a secret.
    fn number(&mut self, candidate: &Candidate, text: &[u8]) -> u32 {
        let secret = candidate.decoded.as_deref().unwrap_or(&text[candidate.range.clone()]);
        let name = fingerprint(self.catalogue.rule(candidate.rule).id, secret);
        let next = self.secrets.len() as u32;
        *self.secrets.entry(name).or_insert(next)
    }
}

/// What all threads have found.
struct Found {
    /// Fingerprints, sorted; a secret's number is its place.
    secrets: Vec<String>,
    seen: Vec<Seen>,
    /// Files of which only what is sure counts.
    large: u64,
}

impl Found {
    fn put_together(all: Vec<Sightings<'_>>) -> Found {
        let mut secrets: Vec<String> = all.iter().flat_map(|one| one.secrets.keys().cloned()).collect();
        order::all(&mut secrets);
        secrets.dedup();
        let (mut seen, mut large) = (Vec::new(), 0);
        for one in all {
            large += one.large;
            let mut numbers = vec![0; one.secrets.len()];
            for (name, own) in one.secrets {
                let at = secrets.binary_search(&name).expect("every name was put into the list");
                numbers[own as usize] = at as u32;
            }
            seen.extend(
                one.seen.into_iter().map(|seen| Seen { secret: numbers[seen.secret as usize], ..seen }),
            );
        }
        order::all(&mut seen);
        seen.dedup();
        Found { secrets, seen, large }
    }
}

/// Reads what is to be shown, and makes findings of it.
fn show(
    history: &History,
    loaded: &Loaded,
    found: &Found,
    traced: Vec<Traced>,
    coverage: &mut Coverage,
) -> Result<Gathered> {
    let versions = Versions::of(found, &traced);
    let old = traced.iter().filter(|traced| traced.is_old).count();
    let mut gathered = Gathered { old, ..Gathered::default() };
    let mut hits = Vec::new();
    for mut one in versions.read(history, loaded, &mut gathered.markers, coverage)? {
        gathered.sights.push(suppress::Seen::of(&one.hit));
        let sight = &versions.sights[one.rank];
        one.hit.location.rank = sight.rank;
        let name = fingerprint(one.hit.rule.id, one.hit.secret.expose());
        if versions.secrets[one.rank].contains(name.as_str()) {
            hits.push((sight, one.hit));
        } else {
            gathered.untold.extend(one.hit.into_secrets());
        }
    }
    // A finding keeps the order of its sights, HEAD's version first, whatever else was to be read for others.
    order::by(&mut hits, |(one, _), (other, _)| {
        let is_content = |sight: &Sight| matches!(sight.read, Read::Piece(_));
        (one.rank, &one.path, is_content(one)).cmp(&(other.rank, &other.path, is_content(other)))
    });
    let hits = hits.into_iter().map(|(_, hit)| hit).collect();
    gathered.findings = merge::merge(hits);
    let mut traces: Vec<Option<Traced>> = traced.into_iter().map(Some).collect();
    for finding in &mut gathered.findings {
        let number = found.secrets.binary_search(&finding.fingerprint).ok();
        if let Some(traced) = number.and_then(|number| traces.get_mut(number)?.take()) {
            finding.trace = Some(trace(history, traced));
        }
    }
    Ok(gathered)
}

/// What is read again to be shown, each version once.
#[derive(Default)]
struct Versions<'f> {
    sights: Vec<Sight>,
    /// Fingerprints of the secrets that each is read for.
    secrets: Vec<HashSet<&'f str>>,
}

impl<'f> Versions<'f> {
    fn of(found: &'f Found, traced: &[Traced]) -> Versions<'f> {
        let mut versions = Versions::default();
        let mut places: HashMap<(BString, String), Vec<usize>> = HashMap::new();
        for (secret, traced) in found.secrets.iter().zip(traced).filter(|(_, traced)| !traced.is_old) {
            for sight in traced.sights.iter().take(SHOWN) {
                let key = (sight.path.clone(), format!("{:?}{:?}", sight.read, sight.place));
                let slots = places.entry(key).or_default();
                match slots.iter().find(|slot| versions.sights[**slot] == *sight) {
                    Some(slot) => drop(versions.secrets[*slot].insert(secret)),
                    None => {
                        slots.push(versions.sights.len());
                        versions.sights.push(sight.clone());
                        versions.secrets.push(HashSet::from([secret.as_str()]));
                    }
                }
            }
        }
        versions
    }

    /// All that stands in them, by the number of the version.
    fn read(
        &self,
        history: &History,
        loaded: &Loaded,
        markers: &mut Vec<FileMarkers>,
        coverage: &mut Coverage,
    ) -> Result<Vec<gather::Seen>> {
        let (catalogue, most) = (&loaded.catalogue, loaded.settings.max_bytes.value);
        let depth_of = |blob: &Blob<'_>| if blob.whole_size() > most { Depth::Sure } else { Depth::All };
        let is_wanted = &|_: &BStr| true;
        let Loaded { limits, lfs, jobs, .. } = loaded;
        let effort = Effort { depth_of: &depth_of, is_wanted, limits: *limits, lfs, jobs: *jobs };
        // Who stopped the scan wants to see what it brought.
        let meter = Meter::default();
        let plan = history.plan_of_sights(&self.sights, &meter);
        let (looks, covered) = read_plan(&plan, effort, &|| Looks::new(catalogue, &depth_of))?;
        // They count as scanned already.
        coverage.failed.extend(covered.failed);
        let (mut seen, mut marked) = (Vec::new(), Vec::new());
        for mut one in looks {
            seen.extend(std::mem::take(&mut one.seen));
            marked.extend(one.told());
        }
        order::by_key(&mut seen, |seen| seen.rank);
        order::by_key(&mut marked, |marked| marked.rank);
        markers.extend(marked.into_iter().map(|marked| {
            // As in a file on disk: what stands there counts.
            let added = vec![usize::MAX; marked.markings.len()];
            FileMarkers { added, ..marked.file }
        }));
        Ok(seen)
    }
}

fn trace(history: &History, traced: Traced) -> Trace {
    let mark = |mark: Mark| CommitMark { author: history.author(&mark.id), id: mark.id, time: mark.time };
    let rank = |mark: &Option<Mark>| mark.as_ref().map_or(0, |mark| mark.rank);
    let is_held = !(traced.branches.is_empty() && traced.tags.is_empty() && traced.remotes.is_empty());
    let mut elsewhere = traced.elsewhere;
    // Reflogs keep all that a branch ever had: worth saying only of what nothing else keeps.
    if !is_held {
        traced.passing.shown.iter().for_each(|name| elsewhere.add(name));
        elsewhere.more += traced.passing.more;
    }
    Trace {
        joint: Joint {
            first: rank(&traced.first),
            removed: rank(&traced.removed),
            passing: names(traced.passing),
        },
        first: traced.first.map(mark),
        removed: traced.removed.map(mark),
        in_head: traced.in_head,
        live: names(traced.live),
        branches: names(traced.branches),
        tags: names(traced.tags),
        remotes: names(traced.remotes),
        elsewhere: names(elsewhere),
    }
}

/// In the order of their text, which does not depend on who has seen which.
fn names(mut names: Names) -> Vec<String> {
    order::all(&mut names.shown);
    let more = (names.more > 0).then(|| format!("{} more", names.more));
    names.shown.into_iter().chain(more).collect()
}

//! The one way from a source to an exit code: gather, hold against what is allowed, report.

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::sync::Mutex;

use anyhow::{Result, anyhow};
use bstr::BString;

use super::Exit;
use super::gather::{Depth, Effort, Gathered, gather};
use super::output;
use super::settings::{self, Divergence, Loaded, Whose};
use super::show::{self, Moment, Options};
use crate::catalogue::Catalogue;
use crate::config::{LeftOut, Origin, Ruling, Setting};
use crate::finding::allowlist::AllowList;
use crate::finding::baseline::Baseline;
use crate::finding::date::Date;
use crate::finding::severity_at;
use crate::finding::shield::Shield;
use crate::finding::suppress::{self, Allowances, Allowed, Reason, Split, Stale};
use crate::finding::{Finding, Hit};
use crate::finding::{fingerprint, hint};
use crate::numbers::{self, count};
use crate::order;
use crate::report::Pending;
use crate::source::archive::Limits;
use crate::source::staged::Staged;
use crate::source::{Blob, Context, Place, Source, underway};

/// Checks everything the source hands over, by the settings of `whose`. With the source's own context the
/// repository is opened once for both.
///
/// # Errors
/// When anything that should have been looked at could not be; the caller must not pass.
pub(super) fn run(
    source: &mut dyn Source,
    context: &Context,
    moment: Moment,
    options: &Options,
    whose: &Whose,
) -> Result<Exit> {
    output::check(options)?;
    let mut loaded = prepare(context, moment, whose)?;
    loaded.settings.strict.value |= options.strict;
    bound(&mut loaded, options);
    loaded.is_thorough = loaded.settings.strict.value && options.is_whole;
    let (mut gathered, stale) = weigh(source, context, moment, whose, &mut loaded)?;
    let told = tell_stale(&mut gathered, &loaded, stale);
    hide(&mut gathered, &loaded.catalogue);
    let exit = show::findings(&gathered, moment, options)?;
    Ok(if told && exit == Exit::Clean && !options.exit_zero { Exit::Found } else { exit })
}

/// The settings of `whose`, and how far this moment goes.
fn prepare(context: &Context, moment: Moment, whose: &Whose) -> Result<Loaded> {
    let mut loaded = settings::load_or_without(context, whose)?;
    loaded.limits = Limits { deadline: context.deadline, ..moment.limits() };
    Ok(loaded)
}

/// Takes over how much may be read at once.
pub(super) fn bound(loaded: &mut Loaded, options: &Options) {
    if let Some(most) = options.max_bytes {
        loaded.settings.max_bytes = Setting::new(most, Origin::Flag("--max-bytes"));
    }
    loaded.jobs = options.jobs;
}

/// As [`run`] up to the report, which the caller makes.
///
/// # Errors
/// As [`run`].
pub(super) fn examine(
    source: &mut dyn Source,
    context: &Context,
    moment: Moment,
    whose: &Whose,
) -> Result<Gathered> {
    let mut loaded = prepare(context, moment, whose)?;
    let (mut gathered, _) = weigh(source, context, moment, whose, &mut loaded)?;
    hide(&mut gathered, &loaded.catalogue);
    Ok(gathered)
}

/// Scans, and holds what was found against what is allowed.
fn weigh(
    source: &mut dyn Source,
    context: &Context,
    moment: Moment,
    whose: &Whose,
    loaded: &mut Loaded,
) -> Result<(Gathered, Vec<Stale>)> {
    mind_settings(source, context, moment, whose, loaded)?;
    let mut gathered = look(source, loaded)?;
    let touched = std::mem::take(&mut gathered.seen);
    if matches!(moment, Moment::Commit | Moment::Patch | Moment::Staged)
        && loaded.has_file()
        && loaded.fault.is_none()
        && source.stands_at_tip(settings::FILE.into(), &|_| true)? == Some(false)
    {
        gathered.announce.push(format!("this commit removes {}; what HEAD has was applied", settings::FILE));
    }
    announce_settings(&mut gathered, loaded, moment, whose, (context, &touched))?;
    let stale = apply(&mut gathered, loaded)?;
    // Of files on disk nobody knows what is new.
    if *whose != Whose::Disk {
        gathered.announce.extend(marked(&gathered.allowed));
    }
    Ok((gathered, stale))
}

/// Sees to it that settings which cannot be read come in nowhere: what brings some is refused, and where those that
/// count are faulty already, only what mends them is looked through, without them.
///
/// # Errors
/// With what is wrong, and the way out.
fn mind_settings(
    source: &mut dyn Source,
    context: &Context,
    moment: Moment,
    whose: &Whose,
    loaded: &Loaded,
) -> Result<()> {
    if matches!(whose, Whose::Disk | Whose::Nobody) {
        return Ok(());
    }
    let found = RefCell::new(None);
    let holds = |text: &[u8]| {
        *found.borrow_mut() = loaded.fault_of(text);
        found.borrow().is_some()
    };
    let mut comes = source.stands_at_tip(settings::FILE.into(), &holds)?;
    if comes.is_none() && loaded.fault.is_some() {
        comes = match (moment, whose) {
            // A message is recorded with what is staged.
            (Moment::Commit, _) => Staged::open(context)?.stands_at_tip(settings::FILE.into(), &holds)?,
            (_, Whose::MergeBase(_, to)) => {
                Some(settings::of_revision(context, to)?.is_some_and(|text| holds(&text)))
            }
            _ => None,
        };
    }
    let brought = found.into_inner().filter(|_| comes == Some(true));
    match (&loaded.fault, brought) {
        (Some(fault), _) if comes != Some(false) => Err(settings::unreadable(fault, whose)),
        (None, Some(fault)) => {
            let (what, next) = match moment {
                Moment::Commit | Moment::Patch | Moment::Staged => (
                    "this commit would bring these settings in",
                    format!("correct it, then `git add :/{}` and commit again", settings::FILE),
                ),
                Moment::Push | Moment::Receive => (
                    "this push would bring these settings in",
                    "correct it in a new commit, and push that too".to_owned(),
                ),
                Moment::Scan | Moment::Agent => {
                    ("these commits would bring these settings in", "correct it in a new commit".to_owned())
                }
            };
            Err(anyhow!(
                "{fault}\nwhy: {what}, and nothing could be judged by them\nnext: {next}\n\
                 `stanch rules check` lists every fault"
            ))
        }
        _ => Ok(()),
    }
}

/// Masks what is secret in all names and lines that will be told. The last step: settings and allows go by names as
/// they are.
pub(super) fn hide(gathered: &mut Gathered, catalogue: &Catalogue) {
    let Gathered { findings, allowed, coverage, left_out, announce, history, untold, .. } = gathered;
    let all = findings.iter().chain(allowed.iter().map(|one| &one.finding));
    let mut shield = Shield::of(catalogue, all.flat_map(Finding::secrets).chain(&*untold));
    shield.findings(findings.iter_mut());
    shield.allowed(allowed);
    shield.coverage(coverage);
    left_out.iter_mut().chain(announce).for_each(|line| shield.text(line));
    let commits = history.lineage.values_mut();
    let names = commits.flat_map(|commit| commit.branch.iter_mut().chain(&mut commit.reference));
    names.for_each(|name| shield.bytes(name));
}

/// The same of findings of which nothing else is told.
pub(super) fn hide_in(findings: &mut [Finding], catalogue: &Catalogue) {
    Shield::of(catalogue, findings.iter().flat_map(Finding::secrets)).findings(findings.iter_mut());
}

/// Scans what the settings want scanned. What they leave out is counted, with the reason.
///
/// # Errors
/// When anything that should have been looked at could not be.
pub(super) fn look(source: &mut dyn Source, loaded: &Loaded) -> Result<Gathered> {
    let (settings, rooted, is_thorough) = (&loaded.settings, &loaded.rooted, loaded.is_thorough);
    let watched = [settings::FILE, settings.baseline.value.as_str()];
    let (excluded, large, seen) = (Mutex::new(BTreeMap::new()), Mutex::new(0u64), Mutex::new(Vec::new()));
    let wanted = |blob: &Blob<'_>| {
        if watched.iter().any(|name| *blob.path == name.as_bytes()) {
            seen.lock().unwrap_or_else(|gone| gone.into_inner()).push(blob.path.to_owned());
        }
        let why = blob.place.is_file().then(|| settings::exclusion(settings, rooted, blob.path)).flatten();
        if let Some(why) = why {
            *excluded.lock().unwrap_or_else(|gone| gone.into_inner()).entry(why).or_insert(0u64) +=
                u64::from(blob.is_start());
            return Depth::Nothing;
        }
        // A file that somebody asked for is read whole, unless somebody asked for less.
        let is_asked = settings.max_bytes.origin == Origin::Default
            && matches!(blob.place.root(), Place::File | Place::Stdin);
        if blob.whole_size() > settings.max_bytes.value && !is_asked {
            *large.lock().unwrap_or_else(|gone| gone.into_inner()) += u64::from(blob.is_start());
            return if is_left_out(&settings.max_bytes) { Depth::Nothing } else { Depth::Sure };
        }
        if is_thorough { Depth::Thorough } else { Depth::All }
    };
    let effort = Effort {
        depth_of: &wanted,
        is_wanted: &|path| settings::exclusion(settings, rooted, path).is_none(),
        limits: loaded.limits,
        lfs: &loaded.lfs,
        jobs: loaded.jobs,
    };
    let mut gathered = gather(source, &loaded.catalogue, effort, &is_told(loaded))?;
    let excluded = excluded.into_inner().unwrap_or_else(|gone| gone.into_inner());
    gathered.left_out.extend(self::excluded(excluded));
    let large = large.into_inner().unwrap_or_else(|gone| gone.into_inner());
    gathered.left_out.extend(over_limit(large, &settings.max_bytes));
    gathered.seen = seen.into_inner().unwrap_or_else(|gone| gone.into_inner());
    Ok(gathered)
}

/// Whether a secret would be told of at a path: the settings report it there, and no entry allows it there alone.
fn is_told(loaded: &Loaded) -> impl Fn(&Hit, &[u8]) -> bool {
    // A list that cannot be read is an error once something is found.
    let below: OnceCell<AllowList> = OnceCell::new();
    move |hit, path| {
        let path = loaded.rooted.path(path);
        if matches!(loaded.settings.ruling(hit.rule, hit.confidence, Some(&*path)), Ruling::Drop(_)) {
            return false;
        }
        let below = below.get_or_init(|| AllowList::read(&loaded.settings.allow).unwrap_or_default());
        let id = || fingerprint::fingerprint(hit.rule.id, hit.secret.expose());
        below.entries().is_empty()
            || !below
                .naming(hit.rule.id, &id())
                .any(|(_, listed)| !listed.entry.path.is_empty() && listed.covers(Some(&*path)))
    }
}

/// What each reason has left out, in words.
pub(super) fn excluded(counts: BTreeMap<String, u64>) -> Vec<String> {
    let said = |(why, files)| format!("{} excluded by {why}", count(files, "file"));
    counts.into_iter().map(said).collect()
}

/// Whether what is larger than the limit is left out: who says so here and now wants that.
pub(super) fn is_left_out(limit: &Setting<u64>) -> bool {
    matches!(limit.origin, Origin::Flag(_))
}

/// What became of so many files that were larger than the limit, in words.
pub(super) fn over_limit(large: u64, limit: &Setting<u64>) -> Option<String> {
    let (files, most) = (count(large, "file"), numbers::bytes(limit.value));
    (large > 0).then(|| match &limit.origin {
        Origin::Flag(flag) => format!("{files} excluded by {flag} {most}"),
        origin => format!("{files} over max-bytes {most} ({origin}): only sure kinds"),
    })
}

/// Says when settings change, and when those on disk are not those that count.
fn announce_settings(
    gathered: &mut Gathered,
    loaded: &mut Loaded,
    moment: Moment,
    whose: &Whose,
    (context, touched): (&Context, &[BString]),
) -> Result<()> {
    let what = match moment {
        Moment::Commit | Moment::Patch | Moment::Staged => "this commit changes",
        Moment::Push | Moment::Receive => "this push changes",
        Moment::Scan | Moment::Agent => "these commits change",
    };
    let mut names: Vec<&BString> = touched.iter().collect();
    names.dedup();
    if let Some(fault) = &loaded.fault {
        names.retain(|name| **name != settings::FILE);
        let settings =
            format!("{} as {} has it is faulty, and this mends it", settings::FILE, whose.holder());
        gathered.announce.push(format!("{settings}; the built-in settings were applied"));
        gathered.announce.extend(fault.lines().next().map(str::to_owned));
    }
    if *whose != Whose::Disk {
        for name in &names {
            gathered.announce.push(format!("{what} {name}; what {} has was applied", whose.holder()));
        }
    }
    let is_told = names.iter().any(|name| **name == settings::FILE);
    match whose {
        Whose::Disk => {}
        Whose::Head if is_told && matches!(moment, Moment::Commit | Moment::Patch) => {
            // Only the way on from a finding depends on it.
            if !gathered.findings.is_empty() {
                gathered.pending = Some(pending(context, loaded, Divergence::Edited)?);
            }
            return Ok(());
        }
        Whose::Head if !is_told && !gathered.findings.is_empty() => {}
        _ => return Ok(()),
    }
    if let Some(divergence) = loaded.divergence()? {
        let effect = match whose {
            Whose::Disk => "counts here; a hook goes by what HEAD has",
            _ => {
                gathered.pending = Some(pending(context, loaded, divergence)?);
                "does not count"
            }
        };
        gathered.announce.push(format!("{} {divergence} and {effect}", settings::FILE));
    }
    Ok(())
}

/// How settings come to count that wait for a commit: by one of their own, where git makes one.
fn pending(context: &Context, loaded: &mut Loaded, divergence: Divergence) -> Result<Pending> {
    let concludes = !context.merge_parents.is_empty() || underway::is_concluding(context)?;
    let also = if loaded.is_merge_uncommitted() { " :/.gitattributes" } else { "" };
    Ok(match divergence {
        _ if concludes => Pending::Concluding(also),
        Divergence::Edited if also.is_empty() => Pending::Changed,
        _ => Pending::New(also),
    })
}

/// Drops what the settings do not want and what somebody has allowed; says why an allow does not count.
/// What is stale among the allows comes back.
///
/// # Errors
/// When an allow list or the baseline cannot be read.
pub(super) fn apply(gathered: &mut Gathered, loaded: &mut Loaded) -> Result<Vec<Stale>> {
    rule(gathered, loaded);
    // What the organisation has overruled matters to who is stopped, and to `doctor`.
    if !gathered.findings.is_empty() {
        gathered.announce.extend(loaded.settings.overruled.iter().map(|one| one.value.clone()));
    }
    if gathered.findings.is_empty() && !loaded.settings.strict.value {
        return Ok(Vec::new());
    }
    let known = loaded.baseline()?;
    let mut split = judge(gathered, loaded, &known)?;
    split.stale.extend(faults(loaded, &known));
    gathered.allowed = split.allowed;
    gathered.findings = split.blocking;
    gathered.announce.extend(split.notes);
    gathered.announce.extend(hint::told(&split.hints));
    order::by_key(&mut gathered.findings, |f| {
        (std::cmp::Reverse(f.severity), std::cmp::Reverse(f.confidence))
    });
    Ok(split.stale)
}

/// Places that are named of what markers hide.
const NAMED: usize = 3;

/// What markers hide of the new secrets, in a line: nobody but their author has looked at it. Notes are left out, which
/// would not have stopped anybody.
fn marked(allowed: &[Allowed]) -> Option<String> {
    let places: Vec<String> = allowed
        .iter()
        .filter(|one| one.finding.confidence.blocks())
        .filter_map(|Allowed { finding, reason }| match reason {
            Reason::Inline { line, .. } => {
                let path = &finding.locations.first()?.path;
                Some(format!("{path}:{line} ({})", finding.rule.id))
            }
            _ => None,
        })
        .collect();
    let named = places.iter().take(NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    let more = match places.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    match places.len() {
        0 => None,
        1 => Some(format!("1 secret is hidden by the marker on {named}")),
        many => Some(format!("{many} secrets are hidden by the markers on {named}{more}")),
    }
}

/// Applies levels of severity and confidence to each place; a finding is as severe as its worst place.
pub(super) fn rule(gathered: &mut Gathered, loaded: &Loaded) {
    let settings = &loaded.settings;
    let mut dropped: BTreeMap<LeftOut, u64> = BTreeMap::new();
    gathered.findings.retain_mut(|finding| {
        if let Some(word) = settings.placeholder(finding.secret.expose()) {
            // Not which: it may be the secret itself.
            let why = format!("a placeholder stands in it ({})", word.origin);
            *dropped.entry(LeftOut::new(why, &word.origin)).or_default() += finding.locations.len() as u64;
            return false;
        }
        let mut worst = None;
        finding.locations.retain(|place| {
            let path = settings::path_of(&loaded.rooted, &place.path, &place.place);
            match settings.ruling(finding.rule, finding.confidence, path.as_deref()) {
                Ruling::Drop(why) => {
                    *dropped.entry(why).or_default() += 1;
                    false
                }
                Ruling::Report(severity) => {
                    worst =
                        worst.max(Some(severity.unwrap_or_else(|| severity_at(finding.rule, &place.path))));
                    true
                }
            }
        });
        finding.severity = worst.unwrap_or(finding.severity);
        worst.is_some()
    });
    for (LeftOut { why, is_set }, places) in dropped {
        let places = count(places, "place");
        gathered.leave_out(&LeftOut { why: format!("{places} not reported: {why}"), is_set });
    }
}

/// Holds the findings against all that may allow them, `known` being the baseline. Takes the findings.
///
/// # Errors
/// When an allow list cannot be read.
pub(super) fn judge(gathered: &mut Gathered, loaded: &Loaded, known: &[u8]) -> Result<Split> {
    let allow = AllowList::read(&loaded.settings.allow).map_err(settings::faulty)?;
    let findings = std::mem::take(&mut gathered.findings);
    let allowances = Allowances {
        markers: &gathered.markers,
        seen: &gathered.sights,
        allow: &allow,
        baseline: &Baseline::new(known),
        skip: loaded.skip.as_ref(),
        policy: &loaded.settings.policy,
        today: today(),
        rooted: &loaded.rooted,
    };
    Ok(suppress::apply(findings, &allowances))
}

/// Lines of the baseline that are no entries, such as a conflict leaves.
pub(super) fn faults(loaded: &Loaded, known: &[u8]) -> Vec<Stale> {
    let stale = |(line, text)| Stale {
        file: loaded.settings.baseline.value.as_str().into(),
        line,
        why: format!("`{text}` is no entry and counts for nothing"),
        is_unused: false,
        is_pruned: false,
    };
    Baseline::new(known).faults().into_iter().map(stale).collect()
}

/// With `strict` what is stale is told and stops too; whether anything was.
fn tell_stale(gathered: &mut Gathered, loaded: &Loaded, stale: Vec<Stale>) -> bool {
    let settings = &loaded.settings;
    // That nothing needs an entry is known only to who has looked at everything.
    let certain: Vec<Stale> = stale.into_iter().filter(|one| loaded.is_thorough || !one.is_unused).collect();
    if !settings.strict.value || certain.is_empty() {
        return false;
    }
    let lines = certain.iter().map(|one| format!("{}:{}: {}", one.file, one.line, one.why));
    gathered.announce.extend(lines);
    let origin = match &settings.strict.origin {
        Origin::Default => "--strict".to_owned(),
        origin => format!("strict, {origin}"),
    };
    let pruned = certain.iter().filter(|one| one.is_pruned && one.file == settings::FILE).count();
    let way = match pruned {
        0 => "correct each, or take it out",
        all if all == certain.len() => "`stanch allow --prune` takes out what nothing here needs",
        _ => "`stanch allow --prune` takes out the entries that nothing here needs; correct the others",
    };
    gathered.announce.push(format!("stale allows stop this ({origin}); {way}"));
    true
}

/// The day it is, for allow entries that end.
pub(super) fn today() -> Date {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    Date::from_unix(since.map_or(0, |since| since.as_secs()))
}

//! `stanch scan --history` and `--repos`: what repositories hold, the most urgent first.

use std::collections::{HashMap, HashSet};
use std::fs::OpenOptions;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use bstr::ByteSlice;
use sha2::{Digest as _, Sha256};

use super::cache::Cache;
use super::gather::Gathered;
use super::history::{self, Past};
use super::settings::{self, Whose};
use super::show::{self, Moment, Options};
use super::{Exit, check, output, say};
use crate::catalogue::embedded;
use crate::finding::{Finding, Reach, Trace};
use crate::install::draft::Access;
use crate::order;
use crate::report::Part;
use crate::source::history::{Extent, History, Shard, Version};
use crate::source::{Context, Skipped};

/// What was asked of a scan of histories.
pub(super) struct Asked {
    /// Repositories; none for the one around the current directory.
    pub(super) repos: Option<PathBuf>,
    /// What of each.
    pub(super) extent: Extent,
    /// Whose settings count.
    pub(super) whose: Whose,
    pub(super) shard: Shard,
    /// Whether to keep what was clean, and where if not in git's directory.
    pub(super) cache: Option<Option<PathBuf>>,
    /// Where to write the list for `git filter-repo`.
    pub(super) filter: Option<PathBuf>,
}

/// Scans, reports and says how to exit.
///
/// # Errors
/// When there is no repository, or a list or a file that was asked for cannot be read or written.
pub(super) fn run(cwd: &Path, asked: &Asked, options: &Options) -> Result<Exit> {
    output::check(options)?;
    if let Some(Some(path)) = &asked.cache {
        output::check_folder("the cache", path)?;
    }
    if let Some(path) = &asked.filter {
        replaces_list(&cwd.join(path))?;
    }
    let part = (asked.shard != Shard::WHOLE).then(|| part(cwd, asked)).transpose()?;
    let past = match &asked.repos {
        None => one(cwd, asked, asked.shard, options)?,
        Some(list) => many(cwd, list, asked, options)?,
    };
    let Past { mut gathered, is_interrupted, versions } = past;
    order::by_key(&mut gathered.findings, |finding| {
        let reach = finding.trace.as_ref().map_or(Reach::Local, |trace| trace.reach());
        (reach, std::cmp::Reverse(finding.severity), std::cmp::Reverse(finding.confidence))
    });
    if let Some(path) = &asked.filter {
        // A list that lacks some would be taken for all of it.
        let said = match is_interrupted {
            true => vec![format!("{} was not written: the scan was interrupted", path.display())],
            false => strip_list(path, cwd, &gathered.findings, &versions)?,
        };
        gathered.announce.extend(said.into_iter().map(say::masked));
    }
    gathered.part = part;
    let exit = show::findings(&gathered, Moment::Scan, options)?;
    Ok(if is_interrupted { Exit::Interrupted } else { exit })
}

/// Which part it is, and of what. Parts of one run say the same of that, on whichever machine.
fn part(cwd: &Path, asked: &Asked) -> Result<Part> {
    let Shard { at: number, of } = asked.shard;
    let extent = match &asked.extent {
        Extent::All => String::new(),
        Extent::Reachable => ", without what nothing leads to".to_owned(),
        Extent::Unreachable => ", what nothing leads to".to_owned(),
        Extent::Between { include, exclude } => {
            format!(", {} without {}", include.join(" "), exclude.join(" "))
        }
    };
    let what = if let Some(list) = &asked.repos {
        let digest = Sha256::new();
        let digest =
            names(&read_list(list)?).fold(digest, |all, name| all.chain_update(name).chain_update("\n"));
        let digest: String = digest.finalize().iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        format!("a list of repositories ({digest})")
    } else {
        let head = History::head(&Context::new(cwd));
        head.map_or_else(|| "a history without HEAD".to_owned(), |id| format!("the history at {id}"))
    };
    Ok(Part { number, of, run: say::masked(what + &extent) })
}

fn read_list(list: &Path) -> Result<Vec<u8>> {
    std::fs::read(list).with_context(|| format!("cannot read the list {}", list.display()))
}

/// The repositories of a list, one a line; `#` starts a comment.
fn names(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.lines().map(ByteSlice::trim).filter(|line| !line.is_empty() && !line.starts_with(b"#"))
}

fn one(dir: &Path, asked: &Asked, shard: Shard, options: &Options) -> Result<Past> {
    let mut loaded = settings::load(dir, &asked.whose)?;
    loaded.release(dir)?;
    check::bound(&mut loaded, options);
    let rules: Vec<String> = loaded.settings.rules.iter().map(|rules| rules.value.text.clone()).collect();
    let mut cache = match &asked.cache {
        None => Cache::off(),
        Some(path) => {
            let path = match path {
                Some(path) => path.clone(),
                None => History::directory(&Context::new(dir))?.join("stanch").join("scanned"),
            };
            Cache::open(path, &rules)?
        }
    };
    let mut past = history::gather(dir, &loaded, (&asked.extent, shard), &cache, asked.filter.is_some())?;
    past.gathered.announce.extend(cache.note.take());
    if let Err(error) = cache.save() {
        past.gathered.announce.push(format!("{error:#}; the next run scans all of it again"));
    }
    check::apply(&mut past.gathered, &mut loaded)?;
    check::hide(&mut past.gathered, &loaded.catalogue);
    Ok(past)
}

/// The repositories of a list. With shards each is scanned by one machine.
fn many(cwd: &Path, list: &Path, asked: &Asked, options: &Options) -> Result<Past> {
    let text = read_list(list)?;
    let base = list.parent().filter(|base| !base.as_os_str().is_empty()).unwrap_or(cwd);
    if names(&text).next().is_none() {
        bail!("the list {} names no repository\nnext: one path a line", list.display());
    }
    let mut all = Past { gathered: Gathered::default(), is_interrupted: false, versions: HashMap::new() };
    let (mut met, mut known) = (HashSet::new(), HashMap::new());
    for line in names(&text).filter(|line| asked.shard.has(line)) {
        if !met.insert(line) {
            continue;
        }
        let name = say::masked(line.to_str_lossy().into_owned());
        if all.is_interrupted {
            let why = "interrupted before it was begun".to_owned();
            all.gathered.coverage.failed.push(Skipped { path: name.into(), why: why.into() });
            continue;
        }
        let dir = base.join(line.to_path_lossy());
        match one(&dir, asked, Shard::WHOLE, options) {
            Ok(past) => {
                // A path that leads out of the list's folder means nothing to who reads the report elsewhere.
                let leads_out = line.split(|byte| *byte == b'/').any(|part| part == b"..");
                let whole = dir.canonicalize().ok().filter(|_| leads_out);
                let whole = whole.map(|whole| say::masked(whole.to_string_lossy().into_owned()));
                add(&mut all, &mut known, past, whole.as_ref().unwrap_or(&name));
            }
            // The others are scanned all the same; the run does not pass.
            Err(error) => all.gathered.coverage.failed.push(Skipped {
                path: name.into(),
                why: say::masked(format!("{error:#}")).replace('\n', "; ").into(),
            }),
        }
    }
    // What one repository gives away may stand in a line of another.
    check::hide(&mut all.gathered, embedded());
    Ok(all)
}

/// Adds what another repository brought; `known` says where each finding stands, by its fingerprint.
fn add(all: &mut Past, known: &mut HashMap<String, usize>, past: Past, name: &str) {
    let Gathered { mut findings, mut coverage, allowed, left_out, announce, old, untold, elapsed, .. } =
        past.gathered;
    let prefix = format!("{}/", name.trim_end_matches('/'));
    findings.iter_mut().flat_map(|finding| &mut finding.locations).for_each(|place| {
        place.path.splice(0..0, prefix.bytes());
    });
    coverage.skipped.iter_mut().chain(&mut coverage.failed).for_each(|skipped| {
        skipped.path.splice(0..0, prefix.bytes());
    });
    coverage.notes.iter_mut().for_each(|note| note.insert_str(0, &format!("{name}: ")));
    let into = &mut all.gathered;
    for finding in findings {
        match known.get(&finding.fingerprint) {
            Some(at) => join(&mut into.findings[*at], finding),
            None => {
                known.insert(finding.fingerprint.clone(), into.findings.len());
                into.findings.push(finding);
            }
        }
    }
    into.coverage.add(coverage);
    into.allowed.extend(allowed);
    into.left_out.extend(left_out.into_iter().map(|line| format!("{name}: {line}")));
    into.announce.extend(announce.into_iter().map(|line| format!("{name}: {line}")));
    into.old += old;
    into.untold.extend(untold);
    into.elapsed += elapsed;
    all.is_interrupted |= past.is_interrupted;
    for (secret, versions) in past.versions {
        all.versions.entry(secret).or_default().extend(versions);
    }
}

/// The same secret in another repository.
fn join(known: &mut Finding, other: Finding) {
    known.locations.extend(other.locations);
    known.written.extend(other.written);
    known.severity = known.severity.max(other.severity);
    known.confidence = known.confidence.max(other.confidence);
    match (&mut known.trace, other.trace) {
        (Some(known), Some(other)) => known.join(other),
        (none, other) => *none = none.take().or(other),
    }
}

/// Writes the blobs to drop for `git filter-repo --strip-blobs-with-ids`. Replacement text would have to
/// hold the secrets; ids do not.
fn strip_list(
    path: &Path,
    cwd: &Path,
    findings: &[Finding],
    versions: &HashMap<String, Vec<Version>>,
) -> Result<Vec<String>> {
    let blocking = || findings.iter().filter(|finding| finding.confidence.blocks());
    let all = || blocking().filter_map(|finding| versions.get(&finding.fingerprint)).flatten();
    // One that is live in one repository stays in all: the list is for each of them.
    let live: HashSet<&str> = all().filter(|version| version.is_live).map(|one| one.id.as_str()).collect();
    let mut ids: Vec<&str> = all().map(|one| one.id.as_str()).filter(|id| !live.contains(id)).collect();
    order::all(&mut ids);
    ids.dedup();
    let mut text = ids.join("\n");
    text.push('\n');
    let text = if ids.is_empty() { b"".as_slice() } else { text.as_bytes() };
    let whole = cwd.join(path);
    replaces_list(&whole)?;
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(&whole)
        .and_then(|_| output::replace(&whole, text, Access::Private))
        .with_context(|| format!("cannot write {}", path.display()))?;
    let file = path.display();
    let listed =
        if ids.len() == 1 { "1 file version is" } else { &format!("{} file versions are", ids.len()) };
    let mut said = vec![format!(
        "{listed} listed in {file}. Rotate first: every clone and fork keeps them, and so may the server. Then, in a fresh clone: git filter-repo --strip-blobs-with-ids {file}. It takes such a version out whole, with all else that stands in it: in those commits the file is gone"
    )];
    let mut tips: Vec<String> =
        blocking().filter_map(|finding| finding.trace.as_ref()).flat_map(tips).collect();
    order::all(&mut tips);
    tips.dedup();
    let more = tips.len().saturating_sub(TIPS);
    tips.truncate(TIPS);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let tips = format!("{}{more}", tips.join(", "));
    let still = "git filter-repo would delete the file there";
    match live.len() {
        0 => {}
        1 => said.push(format!(
            "1 file version with a secret was left out, which still stands in {tips}: {still}. Take the secret out, commit, push, and make the list again"
        )),
        count => said.push(format!(
            "{count} file versions with secrets were left out, which still stand in {tips}: {still}. Take the secrets out, commit, push, and make the list again"
        )),
    }
    Ok(said)
}

/// Newest commits that are named.
const TIPS: usize = 5;

/// Whose newest commits have a secret.
fn tips(trace: &Trace) -> Vec<String> {
    trace.in_head.then(|| "HEAD".to_owned()).into_iter().chain(trace.live.iter().cloned()).collect()
}

/// Whether a list may be written to a file: a list of an earlier run stands there, or nothing.
///
/// # Errors
/// When it holds anything else than ids of objects.
fn replaces_list(path: &Path) -> Result<()> {
    let text = match std::fs::read(path) {
        Ok(text) => text,
        Err(err) if err.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(err) => return Err(err).with_context(|| format!("cannot read {}", path.display())),
    };
    let is_id = |line: &[u8]| matches!(line.len(), 40 | 64) && line.iter().all(u8::is_ascii_hexdigit);
    if !text.lines().all(is_id) {
        bail!("{} exists and is no list of ids that stanch wrote\nnext: name another file", path.display());
    }
    Ok(())
}

//! What `doctor` tells of settings and of what is allowed: where each value comes from, and what is stale.

use std::collections::HashSet;
use std::path::Path;

use anyhow::Result;

use super::check;
use super::say;
use super::settings::{self, Loaded};
use crate::config::Rooted;
use crate::finding::allowlist::AllowList;
use crate::finding::suppress::Stale;
use crate::install::doctor::{Check, Health, Setting};
use crate::source::files::Files;
use crate::source::{Source, repo};

/// Entries of which not each is listed.
const MANY: usize = 20;

/// Every value that somebody set, with its origin, as a hook sees it.
///
/// # Errors
/// When the settings cannot be read.
pub(super) fn settings(cwd: &Path) -> Result<(Vec<Setting>, Loaded)> {
    let loaded = settings::load(cwd, &settings::as_hooks_see(cwd)?)?;
    let rows = loaded.settings.origins().into_iter();
    let rows = rows.map(|(name, value, origin)| Setting {
        name: name.to_owned(),
        value,
        origin: origin.to_string(),
    });
    Ok((rows.collect(), loaded))
}

/// What needs somebody's hand: settings that do not count, allows that do nothing.
///
/// # Errors
/// When the files here cannot be looked at.
pub(super) fn checks(cwd: &Path, loaded: &mut Loaded) -> Result<Vec<Check>> {
    let note = |check: &str, detail: String, fix: Option<&str>| Check {
        check: check.to_owned(),
        state: Health::Note,
        detail,
        fix: fix.map(str::to_owned),
    };
    let mut checks: Vec<Check> = Vec::new();
    let overruled = loaded.settings.overruled.iter().map(|one| note("settings", one.value.clone(), None));
    checks.extend(overruled);
    checks.extend(loaded.notes.iter().map(|text| note("settings", text.clone(), None)));
    if let Some(how) = loaded.divergence()? {
        let detail = format!("{} {how} and does not count yet", settings::FILE);
        checks.push(note("settings", detail, Some("commit it")));
    }
    let (stale, repeated) = stale(cwd, loaded)?;
    let root = repo::layout(cwd).ok().and_then(|layout| layout.work_tree);
    let rooted = settings::rooted(cwd, root.as_deref());
    if repeated > 0 {
        let detail =
            format!("entries that stand there twice, as a merge leaves them: {repeated}; they do no harm");
        checks.push(note("allowed", detail, Some("stanch allow --prune")));
    }
    for one in stale.iter().take(MANY) {
        let is_pruned = one.is_pruned && one.file == settings::FILE;
        let file = String::from_utf8_lossy(&rooted.path(&one.file)).into_owned();
        let fix = if is_pruned { "stanch allow --prune" } else { "take it out, or correct it" };
        checks.push(note("allowed", say::masked(format!("{file}:{}: {}", one.line, one.why)), Some(fix)));
    }
    if stale.len() > MANY {
        checks.push(note("allowed", format!("and {} more", stale.len() - MANY), None));
    }
    Ok(checks)
}

/// Looks through all files here and says which allows are stale; and how many entries a merge repeated.
///
/// # Errors
/// When the files cannot be looked at.
pub(super) fn stale(cwd: &Path, loaded: &mut Loaded) -> Result<(Vec<Stale>, usize)> {
    let allow = AllowList::read(&loaded.settings.allow).map_err(settings::faulty)?;
    let Some(root) = repo::layout(cwd).ok().and_then(|layout| layout.work_tree) else {
        return Ok((Vec::new(), allow.repeated()));
    };
    loaded.rooted = settings::rooted(cwd, Some(&root));
    loaded.is_thorough = true;
    let mut stale = stale_in(&mut Files::new(vec![root]), loaded)?;
    let known = loaded.baseline()?;
    stale.extend(check::faults(loaded, &known));
    // What looks elsewhere next names paths otherwise.
    (loaded.rooted, loaded.is_thorough) = (Rooted::default(), false);
    Ok((stale, allow.repeated()))
}

/// Which allows are stale as far as a source tells.
///
/// # Errors
/// When it cannot be looked at.
pub(super) fn stale_in(source: &mut dyn Source, loaded: &mut Loaded) -> Result<Vec<Stale>> {
    let mut gathered = check::look(source, loaded)?;
    check::rule(&mut gathered, loaded);
    let known = loaded.baseline()?;
    Ok(check::judge(&mut gathered, loaded, &known)?.stale)
}

/// The lines of the settings whose entries allow nothing.
pub(super) fn unused(stale: &[Stale]) -> HashSet<u32> {
    let own = stale.iter().filter(|one| one.is_unused && one.is_pruned && one.file == settings::FILE);
    own.map(|one| one.line).collect()
}

/// Settings that cannot be read: every hook stops on them.
pub(super) fn broken(error: &anyhow::Error) -> Check {
    let detail = format!("{error:#}").lines().collect::<Vec<_>>().join("; ");
    Check { check: "settings".to_owned(), state: Health::Bad, detail, fix: None }
}

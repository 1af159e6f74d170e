//! What `doctor` tells of settings and of what is allowed: where each value comes from, and what is stale.

use std::collections::HashSet;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::settings::{self, Loaded};
use super::{check, output};
use crate::config::Faults;
use crate::finding::allowlist::{self, AllowList};
use crate::finding::suppress::Stale;
use crate::install::doctor::{Check, Health, Setting};
use crate::report::escape::visible;
use crate::source::files::Files;
use crate::source::{Source, repo};

/// Where git is told how to merge.
const ATTRIBUTES: &str = ".gitattributes";

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
    if repeated > 0 {
        let detail = format!("{repeated} entries stand there twice, as a merge leaves them; they do no harm");
        checks.push(note("allowed", detail, Some("stanch allow --prune")));
    }
    for one in stale.iter().take(MANY) {
        let is_entry = one.file == settings::FILE;
        let file = String::from_utf8_lossy(&loaded.rooted.path(&one.file)).into_owned();
        let fix = if is_entry { "stanch allow --prune" } else { "take it out, or correct it" };
        checks.push(note("allowed", format!("{file}:{}: {}", one.line, one.why), Some(fix)));
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
    let mut gathered = check::look(&mut Files::new(vec![root]), loaded)?;
    check::rule(&mut gathered, loaded);
    let known = loaded.baseline()?;
    let mut split = check::judge(&mut gathered, loaded, &known)?;
    split.stale.extend(check::faults(loaded, &known));
    Ok((split.stale, allow.repeated()))
}

/// Settings that cannot be read: every hook stops on them.
pub(super) fn broken(error: &anyhow::Error) -> Check {
    let detail = format!("{error:#}").lines().collect::<Vec<_>>().join("; ");
    Check { check: "settings".to_owned(), state: Health::Bad, detail, fix: None }
}

/// The fingerprints of everything that a source holds.
///
/// # Errors
/// When it cannot be looked at.
pub(super) fn fingerprints(mut source: impl Source, loaded: &Loaded) -> Result<HashSet<String>> {
    let gathered = check::look(&mut source, loaded)?;
    Ok(gathered.findings.into_iter().map(|finding| finding.fingerprint).collect())
}

/// A change of a text file, to be shown and saved.
pub(super) struct Edit {
    file: PathBuf,
    old: String,
    new: String,
}

impl Edit {
    /// What `change` makes of the file; an absent file is an empty one.
    ///
    /// # Errors
    /// When the file cannot be read or understood.
    pub(super) fn of(file: &Path, change: impl FnOnce(&str) -> Result<String, Faults>) -> Result<Edit> {
        let old = settings::read_file(file)?.unwrap_or_default();
        let old = String::from_utf8(old).with_context(|| format!("{} is not UTF-8 text", file.display()))?;
        let new = change(&old).map_err(settings::faulty)?;
        Ok(Edit { file: file.to_owned(), old, new })
    }

    /// Whether nothing changes.
    pub(super) fn is_empty(&self) -> bool {
        self.old == self.new
    }

    /// Shows the lines that go and come, and writes the file.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn save(&self, out: &mut dyn Write) -> Result<()> {
        self.show(out)?;
        self.write()
    }

    /// Shows the lines that go and come.
    ///
    /// # Errors
    /// When `out` cannot be written to.
    pub(super) fn show(&self, out: &mut dyn Write) -> Result<()> {
        for (sign, from, other) in [('-', &self.old, &self.new), ('+', &self.new, &self.old)] {
            let known: HashSet<&str> = other.lines().collect();
            for line in from.lines().filter(|line| !line.trim().is_empty() && !known.contains(line)) {
                writeln!(out, "{sign} {}", visible(line.trim()))?;
            }
        }
        Ok(())
    }

    /// Writes the file, in one step: settings cut short by a full disk would be lost, and stop all that follows.
    ///
    /// # Errors
    /// When it cannot be written.
    pub(super) fn write(&self) -> Result<()> {
        if !self.is_empty() {
            output::replace(&self.file, self.new.as_bytes()).with_context(|| {
                format!("cannot write {}; what stood there before is unchanged", self.file.display())
            })?;
        }
        Ok(())
    }
}

/// Has git join what two branches add to `file`, and says so. What to add to a command line: the other
/// file that changed.
///
/// # Errors
/// When `.gitattributes` cannot be read or written.
pub(super) fn let_merge(root: &Path, file: &str, out: &mut dyn Write) -> Result<&'static str> {
    let edit = Edit::of(&root.join(ATTRIBUTES), |text| {
        Ok(allowlist::merge_attribute(text, file).unwrap_or_else(|| text.to_owned()))
    })?;
    if edit.is_empty() {
        return Ok("");
    }
    edit.save(out)?;
    writeln!(out, "in {ATTRIBUTES}: git then joins what two branches add to {file}, without a conflict")?;
    Ok(" .gitattributes")
}

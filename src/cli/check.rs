//! The one way from a source to an exit code: gather, hold against what is allowed, report.

use std::path::Path;

use anyhow::Result;

use super::Exit;
use super::gather::{Gathered, gather};
use super::output;
use super::settings::{self, Loaded, Whose};
use super::show::{self, Moment, Options};
use crate::config::Ruling;
use crate::finding::allowlist::AllowList;
use crate::finding::baseline::Baseline;
use crate::finding::date::Date;
use crate::finding::fingerprint;
use crate::finding::suppress::{self, Allowances};
use crate::source::Source;

/// Checks everything the source hands over.
///
/// # Errors
/// When anything that should have been looked at could not be; the caller must not pass.
pub(super) fn run(source: &mut dyn Source, cwd: &Path, moment: Moment, options: &Options) -> Result<Exit> {
    output::check(options)?;
    let whose = match moment {
        Moment::Commit | Moment::Push => Whose::Head,
        Moment::Receive => Whose::Nobody,
        Moment::Scan => Whose::Disk,
    };
    let loaded = settings::load(cwd, whose)?;
    let mut gathered = gather(source, &loaded.catalogue, &|path| loaded.settings.excluded(path).is_none())?;
    apply(&mut gathered, &loaded)?;
    if moment == Moment::Commit && gathered.seen.iter().any(|path| path == settings::FILE) {
        gathered.announce.push(format!("this commit changes {}; what HEAD has was applied", settings::FILE));
    }
    show::findings(&gathered, moment, options)
}

/// Drops what the settings do not want and what somebody has allowed; says why an allow does not count.
fn apply(gathered: &mut Gathered, loaded: &Loaded) -> Result<()> {
    let settings = &loaded.settings;
    gathered.findings.retain_mut(|finding| {
        let ruling = |path: &[u8]| settings.ruling(finding.rule, finding.confidence, path);
        finding.locations.retain(|place| !matches!(ruling(&place.path), Ruling::Drop(_)));
        let Some(place) = finding.locations.first() else { return false };
        if let Ruling::Report(severity) = ruling(&place.path) {
            finding.severity = severity;
        }
        settings.placeholder(finding.secret.expose()).is_none()
    });
    if gathered.findings.is_empty() {
        return Ok(());
    }
    let allow = AllowList::read(&settings.allow).map_err(settings::faulty)?;
    let split = suppress::apply(
        std::mem::take(&mut gathered.findings),
        &Allowances {
            markers: &gathered.markers,
            seen: &gathered.sights,
            allow: &allow,
            baseline: &Baseline::new(&loaded.baseline),
            skip: loaded.skip.as_ref(),
            policy: &settings.policy,
            today: today(),
        },
    );
    gathered.allowed = split.allowed;
    gathered.findings = split.blocking;
    gathered.announce.extend(split.notes);
    gathered
        .announce
        .extend(split.hints.into_iter().map(|(id, hint)| format!("{}: {hint}", fingerprint::short(&id))));
    gathered.findings.sort_by_key(|f| (std::cmp::Reverse(f.severity), std::cmp::Reverse(f.confidence)));
    Ok(())
}

/// The day it is, for allow entries that end.
pub(super) fn today() -> Date {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    Date::from_unix(since.map_or(0, |since| since.as_secs()))
}

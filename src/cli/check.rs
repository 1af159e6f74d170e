//! The one way from a source to an exit code: gather, hold against what is allowed, report.

use std::path::Path;

use anyhow::Result;

use super::Exit;
use super::gather::{Gathered, gather};
use super::settings::{self, Loaded, Whose};
use super::show::{self, Moment, Options};
use crate::config::Ruling;
use crate::finding::{Finding, fingerprint};
use crate::source::Source;

/// Checks everything the source hands over.
///
/// # Errors
/// When anything that should have been looked at could not be; the caller must not pass.
pub(super) fn run(source: &mut dyn Source, cwd: &Path, moment: Moment, options: Options) -> Result<Exit> {
    let whose = match moment {
        Moment::Commit | Moment::Push => Whose::Head,
        Moment::Receive => Whose::Nobody,
        Moment::Scan => Whose::Disk,
    };
    let loaded = settings::load(cwd, whose)?;
    let mut gathered = gather(source, &loaded.catalogue, &|path| loaded.settings.excluded(path).is_none())?;
    apply(&mut gathered, &loaded);
    if moment == Moment::Commit && gathered.seen.iter().any(|path| path == settings::FILE) {
        gathered.announce.push(format!("this commit changes {}; what HEAD has was applied", settings::FILE));
    }
    show::findings(&gathered, moment, options)
}

/// Drops what the settings do not want, and says what `STANCH_SKIP` let pass.
fn apply(gathered: &mut Gathered, loaded: &Loaded) {
    let mut skipped = Vec::new();
    gathered.findings.retain_mut(|finding| {
        finding.locations.retain(|place| {
            !matches!(loaded.settings.ruling(finding.rule, finding.confidence, &place.path), Ruling::Drop(_))
        });
        let Some(place) = finding.locations.first() else { return false };
        if let Ruling::Report(severity) =
            loaded.settings.ruling(finding.rule, finding.confidence, &place.path)
        {
            finding.severity = severity;
        }
        if loaded.settings.placeholder(finding.secret.expose()).is_some() {
            return false;
        }
        let is_skipped = is_skipped(loaded, finding);
        if is_skipped {
            skipped.push(finding.rule.id);
        }
        !is_skipped
    });
    if let (Some(skip), false) = (&loaded.skip, skipped.is_empty()) {
        skipped.dedup();
        let reason = if skip.reason.is_empty() { String::new() } else { format!(" ({})", skip.reason) };
        gathered.announce.push(format!("STANCH_SKIP let pass: {}{reason}", skipped.join(", ")));
    }
    gathered.findings.sort_by_key(|f| (std::cmp::Reverse(f.severity), std::cmp::Reverse(f.confidence)));
}

fn is_skipped(loaded: &Loaded, finding: &Finding) -> bool {
    let items = loaded.skip.iter().flat_map(|skip| &skip.items);
    let mut names = items.filter(|item| !item.is_empty());
    names.any(|item| {
        item == finding.rule.id
            || item == finding.rule.vendor.key
            || item == "all"
            || item.len() >= 8 && fingerprint::matches_prefix(&finding.fingerprint, item)
    })
}

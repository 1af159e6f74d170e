//! The one way from a source to an exit code: gather, hold against what is allowed, report.

use std::path::Path;

use anyhow::Result;

use super::gather::{Wanted, gather};
use super::show::{self, Moment, Options};
use super::{Exit, settings};
use crate::catalogue::Confidence;
use crate::source::Source;

/// Checks everything the source hands over.
///
/// # Errors
/// When anything that should have been looked at could not be; the caller must not pass.
pub(super) fn run(source: &mut dyn Source, root: &Path, moment: Moment, options: Options) -> Result<Exit> {
    let catalogue = settings::catalogue(root)?;
    let wanted = Wanted { path: &|_| true, least: Confidence::Low };
    let gathered = gather(source, &catalogue, &wanted)?;
    show::findings(&gathered, moment, options)
}

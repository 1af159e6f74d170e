//! Prints what was found.

use std::io::Write;

use anyhow::Result;

use super::Exit;
use super::gather::Gathered;
use crate::catalogue::Confidence;

/// What git is about to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    /// Record a commit.
    Commit,
    /// Nothing; somebody looks.
    Scan,
}

pub(super) fn findings(gathered: &Gathered, _moment: Moment) -> Result<Exit> {
    let mut err = std::io::stderr().lock();
    for finding in &gathered.findings {
        let at = &finding.locations[0];
        writeln!(
            err,
            "{} {}:{}:{} {} [{}]",
            finding.rule.id,
            at.path,
            at.line,
            at.column,
            finding.why.join("; "),
            finding.fingerprint
        )?;
    }
    writeln!(
        err,
        "scanned {} blobs, {} skipped, {:?}",
        gathered.coverage.blobs,
        gathered.coverage.skipped.len(),
        gathered.elapsed
    )?;
    let blocks = gathered.findings.iter().any(|f| f.confidence >= Confidence::Medium);
    Ok(if blocks { Exit::Found } else { Exit::Clean })
}

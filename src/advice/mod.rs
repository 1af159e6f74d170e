//! What to do about a finding: the vendor's playbook, cut to the moment and to the file's language.
//!
//! Pure: a finding and a stage in, words out. The words about a vendor are the catalogue's; here they
//! are only chosen and put in order.

use crate::finding::Finding;

pub mod explain;
pub mod language;
mod recognise;
pub mod snippet;
pub mod stage;

pub use language::{Language, language_of};
pub use snippet::{Store, snippet};
pub use stage::{Commits, Stage};

/// Everything a card says.
#[derive(Debug, Clone)]
pub struct Advice {
    /// How far the secret has gone, and what that means now.
    pub exposure: String,
    /// Commands that take it out of what git is about to record or publish.
    pub commands: Vec<String>,
    /// Steps to revoke or rotate.
    pub revoke: &'static [&'static str],
    /// The API or CLI call that does it; empty when there is none.
    pub call: &'static str,
    /// Where abuse would show.
    pub abuse: &'static [&'static str],
    /// What stops working.
    pub breaks: &'static str,
    /// A safer kind of credential; empty when there is none.
    pub safer: &'static str,
    /// Code that reads the value instead of holding it, for the file's language.
    pub instead: String,
}

/// The advice for a finding.
pub fn advise(finding: &Finding, stage: &Stage) -> Advice {
    let fix = &finding.rule.page().fix;
    let path = finding.locations.first().map(|location| location.path.as_slice()).unwrap_or_default();
    Advice {
        exposure: stage.exposure(),
        commands: stage.commands(&finding.locations),
        revoke: fix.revoke,
        call: fix.call,
        abuse: fix.abuse,
        breaks: fix.breaks,
        safer: fix.safer,
        instead: language_of(path).read_variable(fix.env),
    }
}

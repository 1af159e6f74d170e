//! What to do about a finding: the vendor's playbook, cut to the moment and to the file's language.
//!
//! Pure: a finding and a stage in, words out. The words about a vendor are the catalogue's; here they
//! are only chosen and put in order.

use crate::finding::{Finding, Location, Place};

mod constant;
pub mod explain;
mod files;
mod form;
mod format;
mod jenkins;
mod kept;
pub mod language;
mod line;
mod recognise;
mod rewrite;
mod rust;
pub mod snippet;
mod splice;
pub mod stage;
mod statement;
mod variable;

pub use files::{language_at, language_of};
pub use language::{Instead, Language};
pub use snippet::{Store, snippet};
pub use stage::{Commit, Commits, Stage, commands, from_top};

/// Everything a card says.
#[derive(Debug, Clone)]
pub struct Advice {
    /// How far the secret has gone, and what that means now.
    pub exposure: String,
    /// Commands that take it out of what git is about to record or publish.
    pub commands: Vec<String>,
    /// Steps to revoke or rotate.
    pub revoke: &'static [&'static str],
    /// The API or CLI calls that do it, in their order; empty when there is none.
    pub call: &'static [&'static str],
    /// Where abuse would show.
    pub abuse: &'static [&'static str],
    /// What stops working.
    pub breaks: &'static str,
    /// A safer kind of credential; empty when there is none.
    pub safer: &'static str,
    /// What reads the value instead of holding it, for the file's language; empty where no code stands.
    pub instead: Instead,
}

/// The advice for a finding.
pub fn advise(finding: &Finding, stage: &Stage) -> Advice {
    let fix = &finding.rule.page().fix;
    let code = finding.locations.first().filter(|place| holds_code(place));
    Advice {
        exposure: stage.exposure(),
        commands: stage.commands(&finding.locations),
        revoke: fix.revoke,
        call: fix.call,
        abuse: fix.abuse,
        breaks: fix.breaks,
        safer: fix.safer,
        instead: code.map(|place| replacement(finding, place)).unwrap_or_default(),
    }
}

/// What to write in the place of the value.
fn replacement(finding: &Finding, place: &Location) -> Instead {
    let is_address = variable::is_address(finding.secret.expose());
    statement::instead(place, &variable::of(finding), is_address)
}

/// Whether a file stands there, which could read the value. Messages, people, names of files and references,
/// and what git keeps for itself cannot; of an object without a name nobody knows.
fn holds_code(place: &Location) -> bool {
    match place.place.root() {
        Place::Message { .. } | Place::GitFile => false,
        Place::Object { id } => {
            !place.path.starts_with(b"refs/")
                && !place.path.strip_prefix(b"blob ").is_some_and(|name| id.as_bytes().starts_with(name))
        }
        _ => !place.is_name(),
    }
}

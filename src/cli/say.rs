//! Errors for people: what failed, why the operation stops, what to do next.

use std::io::Write;
use std::sync::{Mutex, PoisonError};

use anyhow::{Result, ensure};

use crate::catalogue::{Catalogue, embedded};
use crate::escape::visible;
use crate::finding::Secret;
use crate::finding::shield::Shield;

/// Prints an error and its causes to standard error.
pub(super) fn error(error: &anyhow::Error) {
    let mut err = std::io::stderr().lock();
    let mut lines = error.to_string();
    for cause in error.chain().skip(1) {
        lines.push_str(&format!("\nwhy: {cause}"));
    }
    let mut first = true;
    // git sets its remedies apart with empty lines and a tab.
    for line in masked(lines).lines().filter(|line| !line.trim().is_empty()) {
        let line = visible(line.trim_start_matches('\t'));
        // Nothing can be done when standard error is gone.
        let _ = if first { writeln!(err, "stanch: {line}") } else { writeln!(err, "  {line}") };
        first = false;
    }
}

/// The rules of the repository that is looked into, where it has some of its own.
static OWN: Mutex<Option<Catalogue>> = Mutex::new(None);

/// Takes over rules by which secrets are known in lines from now on. What is said before the settings are read goes by
/// the embedded ones.
pub(super) fn know(catalogue: &Catalogue) {
    *OWN.lock().unwrap_or_else(PoisonError::into_inner) = Some(catalogue.clone());
}

/// A line for people without the secrets that the names in it hold.
pub(super) fn masked(mut line: String) -> String {
    let own = OWN.lock().unwrap_or_else(PoisonError::into_inner);
    Shield::new(own.as_ref().unwrap_or(embedded())).text(&mut line);
    line
}

/// Refuses words that would be kept, `what` they are, when they hold a secret: one that is known by itself, or one of
/// `secrets`.
///
/// # Errors
/// They do.
pub(super) fn refuse_secret<'s>(
    what: &str,
    words: &str,
    secrets: impl Iterator<Item = &'s Secret>,
) -> Result<()> {
    let own = OWN.lock().unwrap_or_else(PoisonError::into_inner);
    let mut shown = words.to_owned();
    Shield::of(own.as_ref().unwrap_or(embedded()), secrets).text(&mut shown);
    ensure!(shown == words, "{what} holds a secret itself\nnext: say it without the value");
    Ok(())
}

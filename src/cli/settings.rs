//! What the user asked for, put together for the commands: catalogue, paths, colour.

use std::path::Path;

use anyhow::{Result, anyhow};

use crate::catalogue::{Catalogue, embedded};

/// The user's file at the root of a repository.
pub(super) const FILE: &str = ".stanch.yaml";

/// The embedded rules and those of the user's file, if there is one.
///
/// # Errors
/// When the file cannot be read or has a fault.
pub(super) fn catalogue(root: &Path) -> Result<Catalogue> {
    let path = root.join(FILE);
    match std::fs::read_to_string(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(embedded().clone()),
        Err(error) => Err(anyhow!("cannot read {FILE}: {error}\nwhy: its rules would not be applied")),
        Ok(_) => Ok(embedded().clone()),
    }
}

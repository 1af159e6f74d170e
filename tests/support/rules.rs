//! What is wrong with a rule file, as a person's own rules are read.

use stanch::catalogue::embedded;

/// The messages of all faults; none when the rules are taken.
pub(crate) fn faults(yaml: &str) -> Vec<String> {
    match embedded().with_user(yaml, "rules.yaml") {
        Ok(_) => Vec::new(),
        Err(faults) => faults.iter().map(ToString::to_string).collect(),
    }
}

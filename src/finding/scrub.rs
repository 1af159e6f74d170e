//! Takes secrets out of names: of files, branches, people. A report shows names as they are, so a secret
//! that is one would be shown whole.

use bstr::BString;
use memchr::memmem;

use super::secret::redact;
use super::{CommitMark, Finding, Secret};

/// Secrets that stand in names.
#[derive(Debug, Default)]
pub struct Scrub {
    hidden: Vec<Secret>,
}

impl Scrub {
    /// From now on, `secret` is masked wherever a name holds it.
    pub fn hide(&mut self, secret: &Secret) {
        if !secret.expose().is_empty() && !self.hidden.contains(secret) {
            self.hidden.push(secret.clone());
            // One may be a part of another.
            self.hidden.sort_by_key(|secret| std::cmp::Reverse(secret.expose().len()));
        }
    }

    /// Masks in place.
    pub fn bytes(&self, name: &mut BString) {
        for secret in &self.hidden {
            let secret = secret.expose();
            if memmem::find(name, secret).is_some() {
                let mut masked = BString::default();
                let mut rest = name.as_slice();
                while let Some(at) = memmem::find(rest, secret) {
                    masked.extend_from_slice(&rest[..at]);
                    masked.extend_from_slice(redact(secret).as_bytes());
                    rest = &rest[at + secret.len()..];
                }
                masked.extend_from_slice(rest);
                *name = masked;
            }
        }
    }

    /// Masks in place.
    pub fn text(&self, name: &mut String) {
        let mut bytes = BString::from(std::mem::take(name));
        self.bytes(&mut bytes);
        *name = bytes.to_string();
    }

    /// Masks in all names of findings.
    pub fn findings(&self, findings: &mut [Finding]) {
        if self.hidden.is_empty() {
            return;
        }
        for finding in findings {
            finding.locations.iter_mut().for_each(|place| self.bytes(&mut place.path));
            let Some(trace) = &mut finding.trace else { continue };
            let marks = trace.first.iter_mut().chain(&mut trace.removed);
            marks.for_each(|mark: &mut CommitMark| self.text(&mut mark.author));
            let names = trace.branches.iter_mut().chain(&mut trace.tags).chain(&mut trace.remotes);
            names.chain(&mut trace.elsewhere).for_each(|name| self.text(name));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Scrub, Secret};

    #[test]
    fn a_name_is_shown_without_the_secret() {
        let secret = "made-up-".repeat(4);
        let mut scrub = Scrub::default();
        scrub.hide(&Secret::new(&secret.as_bytes()[..20]));
        scrub.hide(&Secret::new(secret.as_bytes()));
        let mut name = format!("keys/{secret}/{secret}.txt");
        scrub.text(&mut name);
        assert_eq!(name, "keys/made••••••/made••••••.txt");
    }
}

//! Keys and passwords of tests: the lower voice for what was most likely made up for a test.
//!
//! Test suites of TLS, SSH and JWT code hold private keys on purpose (docs/accuracy.md has the figures). One
//! in a directory of tests is still stopped once, since a real key ends up there just as easily, but it is
//! called minor and its card says why. A password of somebody's choice that no vendor's rule knows proves
//! nothing there: it is told, and stops nobody.

use crate::catalogue::{Confidence, Family, Rule, Severity};

/// What the card says of a lowered finding.
pub const WHY: &str = "among tests: most likely a key made for them";

/// How bad a rule's finding is at this path, bytes from the repository's root, unless somebody wished otherwise.
pub fn severity_at(rule: &Rule, path: &[u8]) -> Severity {
    if rule.family == Family::PrivateKey && is_test(path) { Severity::Low } else { rule.severity }
}

/// How sure a candidate is at this path.
pub(super) fn confidence(rule: &Rule, path: &[u8], confidence: Confidence) -> Confidence {
    let is_password = matches!(rule.family, Family::Password | Family::ConnectionString)
        && (rule.vendor.is_generic() || rule.detect.origin.is_name());
    if is_password && confidence == Confidence::Medium && is_test(path) {
        Confidence::Low
    } else {
        confidence
    }
}

/// Whether a path stands in a directory of tests, or names a test's source by the custom of its language.
fn is_test(path: &[u8]) -> bool {
    #[rustfmt::skip]
    const DIRECTORIES: &[&str] = &[
        "test", "tests", "testing", "testdata", "test-data", "test_data", "testsuite", "spec", "specs", "fixture", "fixtures",
        "__tests__", "__fixtures__", "__mocks__", "mocks", "e2e", "test-resources", "integration-tests", "integrationtest",
    ];
    let lower = path.to_ascii_lowercase();
    let mut parts: Vec<&[u8]> = lower.split(|b| *b == b'/').collect();
    let name = parts.pop().unwrap_or_default();
    let stem = name.iter().position(|b| *b == b'.').map_or(name, |at| &name[..at]);
    let custom = stem.starts_with(b"test_")
        || stem.ends_with(b"_test")
        || stem.ends_with(b"_spec")
        || name.windows(6).any(|w| w == b".test." || w == b".spec.");
    // Java, Kotlin, C#: `TokenTest.java`, `TokenTests.cs`.
    let original = path.rsplit(|b| *b == b'/').next().unwrap_or_default();
    let camel = [&b"Test."[..], b"Tests."].iter().any(|end| original.windows(end.len()).any(|w| w == *end));
    custom || camel || parts.iter().any(|part| DIRECTORIES.iter().any(|known| known.as_bytes() == *part))
}

#[cfg(test)]
mod tests {
    use super::is_test;

    #[test]
    fn tests_are_told_by_their_paths() {
        for path in [
            "test/keys/server.pem",
            "src/test/resources/acme/rsa.key",
            "internal/http/testdata/ca.key",
            "pkg/tls/listener_test.go",
            "spec/fixtures/id_rsa",
            "tests/test_auth.py",
            "src/TokenTests.cs",
            "web/src/auth.spec.ts",
        ] {
            assert!(is_test(path.as_bytes()), "{path}");
        }
        for path in
            ["deploy/server.key", "latest/server.key", "src/contest.rs", "attest/id_rsa", "config/test.pem"]
        {
            assert!(!is_test(path.as_bytes()), "{path}");
        }
    }
}

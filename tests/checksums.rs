//! Every rule with a checksum, both ways: an example is certain and says why; with one character changed it
//! is certain no more, and where a wrong sum refutes the token the rule is silent, or tells it only.

use stanch::catalogue::checksum::{self, Invalid, Verdict};
use stanch::catalogue::{Check, Confidence, Rule, embedded, sample};
use stanch::engine::{Candidate, FileHint, Scanner};

/// Checks that read what is inside instead of summing it up; a changed character may fit as well.
const STRUCTURES: &[Check] = &[
    Check::Jwt,
    Check::PypiMacaroon,
    Check::AtlassianDcPat,
    Check::PlivoToken,
    Check::GithubFineGrainedOwner,
];

fn found(scanner: &mut Scanner<'_>, text: &str, rule: &Rule) -> Option<Candidate> {
    let all = scanner.scan(text.as_bytes(), FileHint::default());
    all.into_iter().find(|candidate| embedded().rule(candidate.rule).id == rule.id)
}

/// Rules whose check proves something, each with its example that carries the sum.
fn proven() -> impl Iterator<Item = (&'static Rule, Check, String)> {
    embedded().rules().filter_map(|(_, rule)| {
        let check = rule.detect.check.filter(|check| checksum::weight(*check).proves)?;
        let examples = rule.about().examples.matches;
        let example = examples.iter().find(|text| text.contains("{check:")).or(examples.first())?;
        Some((rule, check, sample::expand(example, rule.id)))
    })
}

#[test]
fn a_right_sum_is_certain_and_told() {
    let mut scanner = Scanner::new(embedded());
    let mut wrong = Vec::new();
    let mut seen = 0;
    for (rule, _, text) in proven() {
        seen += 1;
        match found(&mut scanner, &text, rule) {
            None => wrong.push(format!("{}: nothing found in {text}", rule.id)),
            Some(found) => {
                let first = found.why.first().map(|why| why.to_string()).unwrap_or_default();
                let told = ["checksum valid", "decodes to", "base64 of 30 hex digits", "multiple of eleven"];
                if found.confidence != Confidence::Certain || !told.iter().any(|t| first.contains(t)) {
                    wrong.push(format!("{}: {:?}, “{first}”", rule.id, found.confidence));
                }
            }
        }
    }
    assert!(seen >= 80, "{seen} rules have a proof");
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn one_changed_character_is_no_proof() {
    let mut scanner = Scanner::new(embedded());
    let mut wrong = Vec::new();
    let mut changed = 0;
    for (rule, check, text) in proven().filter(|(_, check, _)| !STRUCTURES.contains(check)) {
        let Some(right) = found(&mut scanner, &text, rule).filter(|right| right.decoded.is_none()) else {
            continue;
        };
        let token = &text.as_bytes()[right.range.clone()];
        // Four places in the part that was drawn, between the prefix and the sum.
        for at in [token.len() / 2, token.len() / 2 - 2, token.len() / 3 + 2, token.len() * 2 / 3 - 1] {
            let mut other = text.clone().into_bytes();
            other[right.range.start + at] = neighbour(token[at]);
            let other = String::from_utf8_lossy(&other).into_owned();
            let value = &other.as_bytes()[right.range.clone()];
            if value == token || checksum::verify(check, value) == Verdict::Unknown {
                continue;
            }
            changed += 1;
            let again = found(&mut scanner, &other, rule).filter(|again| again.range == right.range);
            let invalid = checksum::weight(check).invalid;
            match again {
                Some(again) if again.confidence == Confidence::Certain => {
                    wrong.push(format!("{}: still certain with byte {at} changed", rule.id));
                }
                Some(again) if invalid == Invalid::Lowers && again.confidence > Confidence::Low => {
                    wrong.push(format!("{}: still blocks with byte {at} changed", rule.id));
                }
                Some(_) if invalid == Invalid::Refutes => {
                    wrong.push(format!("{}: still found with byte {at} changed", rule.id));
                }
                _ => {}
            }
        }
    }
    assert!(changed >= 200, "{changed} tokens were changed");
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// Another character of the same class, so that the shape still fits.
fn neighbour(byte: u8) -> u8 {
    match byte {
        b'0'..=b'8' | b'a'..=b'e' | b'A'..=b'E' | b'g'..=b'y' | b'G'..=b'Y' => byte + 1,
        b'9' | b'f' | b'F' | b'z' | b'Z' => byte - 1,
        other => other,
    }
}

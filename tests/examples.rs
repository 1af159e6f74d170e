//! Every example of every rule: the ones to match are found, with that rule's id and no other; in the
//! ones to ignore that rule finds nothing that blocks.

use stanch::catalogue::{Confidence, Rule, embedded, sample};
use stanch::engine::{Candidate, FileHint, Scanner};

/// Example and seed: the seed makes each expansion its own.
fn scan(scanner: &mut Scanner<'_>, rule: &Rule, example: &str) -> (String, Vec<Candidate>) {
    let text = sample::expand(example, rule.id);
    let found = scanner.scan(text.as_bytes(), FileHint::default());
    (text, found)
}

#[test]
fn examples_that_match_are_found() {
    let mut scanner = Scanner::new(embedded());
    let mut wrong = Vec::new();
    for (_, rule) in embedded().rules() {
        for example in rule.page().examples.matches {
            let (_, found) = scan(&mut scanner, rule, example);
            let all: Vec<_> = found.iter().map(|c| embedded().rule(c.rule)).collect();
            let ids: Vec<_> = all.iter().map(|rule| rule.id).collect();
            if ids.is_empty() || all.iter().any(|other| other.id != rule.id && !rule.hands_on_to(other)) {
                wrong.push(format!("{}: found {ids:?} in {example}", rule.id));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn examples_to_ignore_are_silent() {
    let mut scanner = Scanner::new(embedded());
    let mut wrong = Vec::new();
    for (_, rule) in embedded().rules() {
        for example in rule.page().examples.ignores {
            let (_, found) = scan(&mut scanner, rule, example);
            if found
                .iter()
                .any(|c| embedded().rule(c.rule).id == rule.id && c.confidence >= Confidence::Medium)
            {
                wrong.push(format!("{}: finds something in {example}", rule.id));
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

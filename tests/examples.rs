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
        for example in rule.about().examples.matches {
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
        for example in rule.about().examples.ignores {
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

/// Names of vendors wake their rules wherever they stand, far below a secret too: none may hide it.
#[test]
fn words_elsewhere_hide_nothing() {
    const EVERY: usize = 17;
    let names: Vec<&str> = embedded().vendors().map(|vendor| vendor.key).collect();
    let below: String = names.chunks(12).map(|line| line.join(" ") + "\n").collect();
    let mut scanner = Scanner::new(embedded());
    let stops = |found: Vec<Candidate>| -> Vec<_> {
        found.into_iter().filter(|c| c.confidence >= Confidence::Medium).map(|c| c.range).collect()
    };
    let (mut wrong, mut seen) = (Vec::new(), 0);
    for (_, rule) in embedded().rules().step_by(EVERY) {
        for example in rule.about().examples.matches {
            let (text, found) = scan(&mut scanner, rule, example);
            let more = format!("{text}{}{below}", "\n".repeat(60));
            let among = stops(scanner.scan(more.as_bytes(), FileHint::default()));
            for range in stops(found) {
                seen += 1;
                if !among.iter().any(|other| other.start < range.end && range.start < other.end) {
                    wrong.push(format!("{}: {example}", rule.id));
                }
            }
        }
    }
    assert!(seen > 100, "only {seen} secrets");
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

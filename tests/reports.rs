//! Every rule's card fits, and no format shows a secret, whatever stands around it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::time::Duration;

use bstr::{BStr, ByteSlice};
use stanch::advice::{Commits, Stage, advise};
use stanch::catalogue::{Catalogue, RuleIx, embedded};
use stanch::engine::Candidate;
use stanch::finding::{Finding, hits, merge};
use stanch::report::human::Human;
use stanch::report::json::Json;
use stanch::report::sarif::Sarif;
use stanch::report::{Card, Report, Run};
use stanch::source::{Coverage, Place};

/// A made-up secret: no rule needs to know it, the findings are made by hand.
fn secret() -> String {
    (0..40u32).map(|i| char::from_digit((i * 7 + i * i * 3) % 16, 16).unwrap()).collect()
}

/// Findings of `text` for the rules at `rules`, all of the same secret.
fn findings(
    text: &str,
    path: &[u8],
    place: &Place,
    rules: &[u32],
    why: &'static [&'static str],
) -> Vec<Finding> {
    let catalogue: &'static Catalogue = embedded();
    let start = text.find(&secret()).unwrap();
    let candidates: Vec<Candidate> = rules
        .iter()
        .map(|&rule| Candidate {
            rule: RuleIx(rule),
            range: start..start + secret().len(),
            decoded: None,
            confidence: stanch::catalogue::Confidence::High,
            why: why.iter().map(|&why| why.into()).collect(),
            parts: vec![("Key id", start..start + 20)],
        })
        .collect();
    merge(hits(text.as_bytes(), BStr::new(path), place, &candidates, |ix| catalogue.rule(ix)))
}

fn write(report: &dyn Report, findings: &[Finding], stage: &Stage) -> String {
    let cards: Vec<Card<'_>> = findings
        .iter()
        .map(|finding| Card { finding, stage: stage.clone(), advice: advise(finding, stage) })
        .collect();
    let coverage = Coverage { blobs: 1, ..Coverage::default() };
    let run = Run {
        blocking: &cards,
        notes: &cards,
        coverage: &coverage,
        old: 0,
        allowed: &[],
        ended: 1_800_000_000,
        mode: "commit",
        elapsed: Duration::from_millis(3),
        stops: "commit",
        announce: &[],
    };
    let mut out = Vec::new();
    report.write(&mut out, &run).unwrap();
    String::from_utf8(out).unwrap()
}

const WORDS: &[&str] = &[
    "forty hex digits, given to a variable whose name sounds like a secret",
    "the name of the vendor stands two lines above",
    "an id of the same account stands on the next line",
];

fn stages() -> [Stage; 5] {
    let commits = Commits { ids: vec!["a".repeat(40), "b".repeat(40)], ..Commits::default() };
    [Stage::Staged, Stage::Message, Stage::Unpushed(commits.clone()), Stage::Received(commits), Stage::Found]
}

#[test]
fn the_card_of_every_rule_has_at_most_fourteen_lines_of_eighty_columns() {
    let long = format!("{}token = '{}'{}", "é".repeat(300), secret(), " // etc".repeat(90));
    for (RuleIx(number), rule) in embedded().rules() {
        for text in [&format!("token = '{}'", secret()), &long] {
            for stage in stages() {
                let found = findings(text, b"src/main.py", &Place::Staged, &[number], WORDS);
                let shown = write(&Human::default(), &found, &stage);
                let card = shown.split("\n\n").nth(1).unwrap();
                assert!(card.lines().count() <= 14, "{} has {}\n{card}", rule.id, card.lines().count());
                for line in card.lines().filter(|line| !line.contains("://")) {
                    assert!(line.chars().count() <= 80, "{}: {line}", rule.id);
                }
                assert!(card.contains("revoke") && card.contains("breaks"), "{}\n{card}", rule.id);
            }
        }
    }
}

#[test]
fn the_marker_stands_below_the_secret() {
    for lead in ["", "    key = ", "\u{1b}[31m", &"x".repeat(500)] {
        let found = findings(&format!("{lead}{}", secret()), b"a.txt", &Place::Staged, &[0], WORDS);
        let shown = write(&Human::default(), &found, &Stage::Staged);
        let line = shown.lines().find(|line| line.starts_with("1 | ")).unwrap();
        let marker = shown.lines().find(|line| line.starts_with("  | ")).unwrap();
        let at = marker.chars().position(|c| c == '^').unwrap();
        let length = marker.chars().filter(|c| *c == '^').count();
        let marked: String = line.chars().skip(at).take(length).collect();
        assert!(marked.ends_with("••••••") && length == 10, "{line}\n{marker}");
    }
}

#[test]
fn no_format_shows_a_secret_or_moves_the_terminal() {
    let secret = secret();
    let texts = [
        secret.clone(),
        format!("a = '{secret}' # {secret}"),
        format!("\u{202e}\u{1b}]0;x\u{7} '{secret}'\u{200b}"),
        format!("{}{secret}{}", "é".repeat(90), "\u{7f}".repeat(90)),
    ];
    let reports: [&dyn Report; 5] = [
        &Human { verbose: true, ..Human::default() },
        &Human { color: true, verbose: true, ..Human::default() },
        &Json::Document,
        &Json::Lines,
        &Sarif,
    ];
    let places = [Place::Staged, Place::Commit { id: "c".repeat(40) }, Place::Message { id: String::new() }];
    for text in &texts {
        for place in &places {
            for path in [&b"a.py"[..], b"", b"\x1b[2J\xff\xe2\x80\xae.py", b"-x;rm 'a'.py"] {
                for stage in stages() {
                    let found = findings(text, path, place, &[0, 1, 2, 3, 4], WORDS);
                    for (number, report) in reports.iter().enumerate() {
                        let shown = write(*report, &found, &stage);
                        assert!(!shown.as_bytes().contains_str(&secret), "report {number} shows the secret");
                        assert!(!shown.contains(&secret[..12]), "report {number} shows too much");
                        let moves =
                            |c: char| (c.is_control() && c != '\n') || ('\u{202a}'..='\u{202e}').contains(&c);
                        assert!(
                            number == 1 || !shown.contains(moves),
                            "report {number} lets {:?} through",
                            shown.chars().find(|c| moves(*c))
                        );
                    }
                }
            }
        }
    }
}

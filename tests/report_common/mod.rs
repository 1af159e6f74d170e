//! Findings made by hand, and a report of them.

#![allow(dead_code, unreachable_pub, reason = "no test uses all of it")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::time::Duration;

use bstr::BStr;
use stanch::advice::{Stage, advise};
use stanch::catalogue::{Catalogue, RuleIx, embedded};
use stanch::engine::Candidate;
use stanch::finding::{Finding, hits, merge};
use stanch::report::csv::Csv;
use stanch::report::github::{Annotations, Summary};
use stanch::report::gitlab::{CodeQuality, SecretDetection};
use stanch::report::html::Html;
use stanch::report::human::{Human, Length};
use stanch::report::json::{Json, Shape};
use stanch::report::junit::Junit;
use stanch::report::reviewdog::Rdjsonl;
use stanch::report::sarif::Sarif;
use stanch::report::{Card, Report, Run, Secrets};
use stanch::source::{Coverage, Place};

/// Every format, by name.
pub fn all() -> [(&'static str, &'static dyn Report); 14] {
    const LINES: Json = Json { shape: Shape::Lines, secrets: Secrets::Redacted };
    const DOCUMENT: Json = Json { shape: Shape::Document, secrets: Secrets::Redacted };
    const HUMAN: Human =
        Human { color: false, verbose: true, length: Length::Cards, secrets: Secrets::Redacted };
    [
        ("human", &HUMAN),
        ("color", &Human { color: true, ..HUMAN }),
        ("brief", &Human { length: Length::Brief, ..HUMAN }),
        ("json", &DOCUMENT),
        ("jsonl", &LINES),
        ("sarif", &Sarif { without_allowed: false }),
        ("gitlab", &SecretDetection),
        ("gitlab-codequality", &CodeQuality),
        ("junit", &Junit),
        ("github", &Annotations),
        ("markdown", &Summary),
        ("csv", &Csv),
        ("rdjsonl", &Rdjsonl),
        ("html", &Html),
    ]
}

/// A made-up secret: no rule needs to know it, the findings are made by hand.
pub fn secret() -> String {
    (0..40u32).map(|i| char::from_digit((i * 7 + i * i * 3) % 16, 16).unwrap()).collect()
}

/// Findings of `text` for the rules at `rules`, all of the same secret.
pub fn findings(
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

pub fn write(report: &dyn Report, findings: &[Finding], stage: &Stage) -> String {
    render(report, findings, findings, stage)
}

fn cards<'f>(findings: &'f [Finding], stage: &Stage) -> Vec<Card<'f>> {
    let card = |finding| Card { finding, stage: stage.clone(), advice: advise(finding, stage) };
    findings.iter().map(card).collect()
}

fn render(report: &dyn Report, blocking: &[Finding], notes: &[Finding], stage: &Stage) -> String {
    let coverage = Coverage { blobs: 1, ..Coverage::default() };
    let run = Run {
        blocking: &cards(blocking, stage),
        notes: &cards(notes, stage),
        coverage: &coverage,
        old: 0,
        allowed: &[],
        ended: 1_800_000_000,
        mode: "commit",
        part: None,
        pending: None,
        elapsed: Duration::from_millis(3),
        stops: "commit",
        announce: &[],
    };
    let mut out = Vec::new();
    report.write(&mut out, &run).unwrap();
    String::from_utf8(out).unwrap()
}

/// The same, with nothing repeated as a weak sign.
pub fn write_apart(report: &dyn Report, findings: &[Finding], stage: &Stage) -> String {
    render(report, findings, &[], stage)
}

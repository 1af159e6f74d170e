//! Findings for tests of what is allowed: made of numbers, under real rules.
#![allow(dead_code, missing_docs, unreachable_pub, reason = "each test file uses its part")]

use bstr::BString;
use stanch::catalogue::{Confidence, Rule, embedded};
use stanch::finding::allowlist::Entry;
use stanch::finding::fingerprint::fingerprint;
use stanch::finding::{Finding, Location, Secret};
use stanch::source::Place;

/// Two rules of different vendors.
pub fn rules() -> (&'static Rule, &'static Rule) {
    let all: Vec<&'static Rule> = embedded().rules().map(|(_, rule)| rule).collect();
    let other = all.iter().find(|rule| rule.vendor.key != all[0].vendor.key).unwrap();
    (all[0], other)
}

/// Value number `number`: made up, and looked at by nothing here.
pub fn value(number: u32) -> Vec<u8> {
    format!("value-{number}").into_bytes()
}

pub fn place(path: &str, line: u32) -> Location {
    Location {
        path: BString::from(path),
        place: Place::Staged,
        line,
        column: 5,
        end_line: line,
        end_column: 12,
        utf16: Default::default(),
        excerpt: Default::default(),
        content: Default::default(),
        setting: Default::default(),
        rank: 0,
    }
}

pub fn finding(rule: &'static Rule, number: u32, places: &[(&str, u32)]) -> Finding {
    Finding {
        rule,
        secret: Secret::new(value(number)),
        severity: rule.severity,
        confidence: Confidence::High,
        why: vec![],
        locations: places.iter().map(|(path, line)| place(path, *line)).collect(),
        parts: vec![],
        written: vec![],
        fingerprint: fingerprint(rule.id, &value(number)),
        trace: None,
    }
}

pub fn entry(rule: &Rule, number: u32) -> Entry {
    Entry {
        id: fingerprint(rule.id, &value(number)),
        rule: rule.id.into(),
        reason: "made up".into(),
        by: "Ann".into(),
        on: Some("2026-11-24".parse().unwrap()),
        ..Entry::default()
    }
}

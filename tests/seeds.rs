//! The seed corpus: every file of `tests/seeds/` is written out and scanned by the built program; what it
//! reports must be what the block says, no more and no less. The form is in `tests/seeds/README.md`.
#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that cannot be")]

mod support;

use std::path::Path;

use support::cases::{Case, cases, scan};

#[test]
fn find_twilio() {
    check(&["find-twilio.txt"]);
}

#[test]
fn find_plivo() {
    check(&["find-plivo.txt"]);
}

#[test]
fn find_clockwork() {
    check(&["find-clockwork.txt"]);
}

#[test]
fn find_side_by_side() {
    check(&["find-mixed.txt"]);
}

#[test]
fn find_in_forms_of_their_own() {
    check(&["find-forms.txt"]);
}

#[test]
fn literals_of_every_language() {
    check(&["find-literals.txt"]);
}

#[test]
fn given_by_functions_and_calls() {
    check(&["find-given.txt"]);
}

#[test]
fn find_where_they_flow_to() {
    check(&["find-flow.txt"]);
}

#[test]
fn silent_on_what_flows_elsewhere() {
    check(&["silent-flow.txt"]);
}

#[test]
fn find_behind_comments_types_and_comparisons() {
    check(&["find-between.txt"]);
}

#[test]
fn find_behind_items_of_every_language() {
    check(&["find-items.txt"]);
}

#[test]
fn find_whose_they_are() {
    check(&["find-owners.txt"]);
}

#[test]
fn find_behind_escapes() {
    check(&["find-encoded.txt"]);
}

#[test]
fn silent_on_digests_and_lock_files() {
    check(&["silent-digests.txt"]);
}

#[test]
fn silent_on_identifiers() {
    check(&["silent-ids.txt"]);
}

#[test]
fn silent_on_placeholders_and_references() {
    check(&["silent-placeholders.txt"]);
}

#[test]
fn silent_on_everything_else() {
    check(&["silent-other.txt"]);
}

#[test]
fn the_corpus_is_as_large_as_promised() {
    let (mut find, mut silent) = (0, 0);
    for entry in std::fs::read_dir("tests/seeds").unwrap() {
        let name = entry.unwrap().file_name().to_string_lossy().into_owned();
        for case in if name.ends_with(".txt") { cases(&seeds(&name)) } else { Vec::new() } {
            assert_eq!(
                case.rules.is_empty(),
                name.starts_with("silent-"),
                "{} is in the wrong file",
                case.name
            );
            *if case.rules.is_empty() { &mut silent } else { &mut find } += 1;
        }
    }
    assert!(find >= 150 && silent >= 150, "{find} to find, {silent} to be silent on");
}

/// Scans all cases in one run, each in a directory of its own.
fn check(files: &[&str]) {
    let cases: Vec<Case> = files.iter().flat_map(|file| cases(&seeds(file))).collect();
    let (mut reported, code) = scan(&cases);
    let mut wrong = Vec::new();
    for (at, case) in cases.iter().enumerate() {
        let rules: Vec<String> =
            reported.remove(&at).unwrap_or_default().into_iter().map(|found| found.rule).collect();
        if rules != case.rules {
            wrong.push(format!("{}: wanted {:?}, reported {rules:?}", case.name, case.rules));
        }
    }
    assert!(wrong.is_empty(), "{} of {} cases are wrong\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    assert_eq!(code, i32::from(cases.iter().any(|case| !case.rules.is_empty())));
}

fn seeds(file: &str) -> std::path::PathBuf {
    Path::new("tests/seeds").join(file)
}

//! The seed corpus: every file of `tests/seeds/` is written out and scanned by the built program; what it
//! reports must be what the block says, no more and no less. The form is in `tests/seeds/README.md`.
#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that cannot be")]

mod support;

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::Path;

use stanch::catalogue::sample;
use support::text::encode;
use support::world::World;

struct Case {
    /// `find-twilio.txt:12 send_sms.py`, for the failure.
    name: String,
    file: String,
    rules: Vec<String>,
    bytes: Vec<u8>,
}

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
        for case in if name.ends_with(".txt") { cases(&name) } else { Vec::new() } {
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
    let cases: Vec<Case> = files.iter().flat_map(|file| cases(file)).collect();
    let world = World::new();
    for (at, case) in cases.iter().enumerate() {
        let path = world.here.join(format!("{at:04}")).join(&case.file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, &case.bytes).unwrap();
    }
    let args: Vec<OsString> = ["scan", "--format", "jsonl", "."].map(OsString::from).to_vec();
    let output = world.run(OsStr::new("stanch"), &args).unwrap();
    let wanted = i32::from(cases.iter().any(|case| !case.rules.is_empty()));
    let code = output.status.code();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(code, Some(0 | 1)), "exit {code:?}\n{stderr}");

    let mut reported = reported(&output.stdout);
    let mut wrong = Vec::new();
    for (at, case) in cases.iter().enumerate() {
        let rules = reported.remove(&at).unwrap_or_default();
        if rules != case.rules {
            wrong.push(format!("{}: wanted {:?}, reported {rules:?}", case.name, case.rules));
        }
    }
    assert!(wrong.is_empty(), "{} of {} cases are wrong\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    assert_eq!(code, Some(wanted), "{stderr}");
}

/// Rule ids by case, in order of position.
fn reported(stdout: &[u8]) -> BTreeMap<usize, Vec<String>> {
    let mut found: BTreeMap<usize, Vec<(u64, u64, String)>> = BTreeMap::new();
    for line in stdout.split(|b| *b == b'\n').filter(|line| !line.is_empty()) {
        let record: serde_json::Value = serde_json::from_slice(line).expect("a line of JSON");
        let (Some(rule), Some(file)) = (record["rule"].as_str(), record["file"].as_str()) else { continue };
        let first = file.trim_start_matches("./").split('/').next().unwrap_or_default();
        let case: usize = first.parse().unwrap_or_else(|_| panic!("`{file}` is in no case's directory"));
        let number = |key: &str| record[key].as_u64().unwrap_or_else(|| panic!("`{key}` is no number"));
        found.entry(case).or_default().push((number("line"), number("column"), rule.to_owned()));
    }
    let in_order = |mut rules: Vec<(u64, u64, String)>| {
        rules.sort();
        rules.into_iter().map(|(_, _, rule)| rule).collect()
    };
    found.into_iter().map(|(case, rules)| (case, in_order(rules))).collect()
}

fn cases(file: &str) -> Vec<Case> {
    let text = std::fs::read_to_string(Path::new("tests/seeds").join(file)).unwrap();
    let mut found: Vec<(Case, String, String)> = Vec::new();
    for (number, line) in text.split_inclusive('\n').enumerate() {
        if let Some(head) = line.strip_prefix("=== ") {
            let mut parts = head.trim_end().split(" | ");
            let name = parts.next().unwrap_or_default().to_owned();
            let rules = parts.next().unwrap_or_else(|| panic!("{file}:{}: no rule ids", number + 1));
            let rules = rules.split(", ").filter(|rule| *rule != "-").map(str::to_owned).collect();
            let case =
                Case { name: format!("{file}:{} {name}", number + 1), file: name, rules, bytes: Vec::new() };
            found.push((case, parts.next().unwrap_or_default().to_owned(), String::new()));
        } else {
            found
                .last_mut()
                .unwrap_or_else(|| panic!("{file}: text before the first block"))
                .2
                .push_str(line);
        }
    }
    let finish = |(mut case, flags, text): (Case, String, String)| {
        let text = sample::try_expand(&text, &case.name).unwrap_or_else(|why| panic!("{}: {why}", case.name));
        case.bytes = encode(&text, &flags);
        case
    };
    found.into_iter().map(finish).collect()
}

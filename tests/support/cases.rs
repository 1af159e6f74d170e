//! Cases in blocks: a file name, the rules that have to be found in it, and its text in generator syntax.
//! The form is in `tests/seeds/README.md`.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::Path;

use stanch::catalogue::sample;

use super::text::encode;
use super::world::World;

/// One block.
pub(crate) struct Case {
    /// `find-twilio.txt:12 send_sms.py`, for the failure.
    pub(crate) name: String,
    pub(crate) file: String,
    pub(crate) rules: Vec<String>,
    pub(crate) bytes: Vec<u8>,
}

/// What was reported for a case.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Found {
    pub(crate) line: u64,
    pub(crate) column: u64,
    pub(crate) rule: String,
    pub(crate) blocks: bool,
}

/// Scans all cases in one run, each in a directory of its own: what was found by case, in order of
/// position, and the exit status (0 or 1).
pub(crate) fn scan(cases: &[Case]) -> (BTreeMap<usize, Vec<Found>>, i32) {
    let world = World::new();
    for (at, case) in cases.iter().enumerate() {
        let path = world.here.join(format!("{at:04}")).join(&case.file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, &case.bytes).unwrap();
    }
    let args: Vec<OsString> = ["scan", "--format", "jsonl", "."].map(OsString::from).to_vec();
    let output = world.run(OsStr::new("stanch"), &args).unwrap();
    let code = output.status.code();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(code, Some(0 | 1)), "exit {code:?}\n{stderr}");
    (reported(&output.stdout), code.unwrap())
}

fn reported(stdout: &[u8]) -> BTreeMap<usize, Vec<Found>> {
    let mut found: BTreeMap<usize, Vec<Found>> = BTreeMap::new();
    for line in stdout.split(|b| *b == b'\n').filter(|line| !line.is_empty()) {
        let record: serde_json::Value = serde_json::from_slice(line).expect("a line of JSON");
        let (Some(rule), Some(file)) = (record["rule"].as_str(), record["file"].as_str()) else { continue };
        let first = file.trim_start_matches("./").split('/').next().unwrap_or_default();
        let case: usize = first.parse().unwrap_or_else(|_| panic!("`{file}` is in no case's directory"));
        let number = |key: &str| record[key].as_u64().unwrap_or_else(|| panic!("`{key}` is no number"));
        let blocks = record["blocks"].as_bool().expect("`blocks` is true or false");
        let (line, column, rule) = (number("line"), number("column"), rule.to_owned());
        found.entry(case).or_default().push(Found { line, column, rule, blocks });
    }
    found.values_mut().for_each(|found| found.sort());
    found
}

/// The blocks of a file, expanded.
pub(crate) fn cases(path: &Path) -> Vec<Case> {
    let text = std::fs::read_to_string(path).unwrap();
    let file = path.file_name().unwrap().to_string_lossy();
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

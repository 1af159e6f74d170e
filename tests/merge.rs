//! `stanch merge` of every form that reports have: one finding a secret, and an exit status that no lost or
//! cut part makes better.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn leak(seed: &str) -> String {
    let key = stanch::catalogue::sample::expand("ghp_{b62:30}{check:crc32-b62-6}", seed);
    format!("token = \"{key}\"\n")
}

fn stanch(dir: &Path, args: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stanch"));
    command.args(args).current_dir(dir).env("HOME", dir).env("GIT_CONFIG_NOSYSTEM", "1");
    command.output().unwrap()
}

/// Folders as the parts of a scan: `a` and `b` share a secret, `c` is clean, `d` cannot be read whole.
fn parts() -> tempfile::TempDir {
    let temp = tempfile::tempdir().unwrap();
    assert!(Command::new("git").args(["init", "-q"]).arg(temp.path()).status().unwrap().success());
    let damaged = [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3][..], &[0x33; 9]].concat();
    for (file, bytes) in [
        ("a/one.py", leak("shared") + &leak("only in a")),
        ("b/two.py", leak("shared")),
        ("b/one.py", leak("only in b")),
        ("c/clean.py", "x = 1\n".to_owned()),
    ] {
        let path = temp.path().join(file);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    std::fs::create_dir(temp.path().join("d")).unwrap();
    std::fs::write(temp.path().join("d/bad.gz"), damaged).unwrap();
    temp
}

/// Writes the report of a folder; its name.
fn report(dir: &Path, folder: &str, format: &str) -> String {
    let name = format!("{folder}.{format}");
    let code = stanch(dir, &["scan", folder, "--format", format, "--output", &name]).status.code();
    let expected = match folder {
        "a" | "b" => 1,
        "c" => 0,
        _ => 2,
    };
    assert_eq!(code, Some(expected), "{folder}");
    name
}

/// The joined report and the exit status.
fn merge(dir: &Path, reports: &[String]) -> (Value, i32) {
    let mut args = vec!["merge"];
    args.extend(reports.iter().map(String::as_str));
    let output = stanch(dir, &args);
    let json = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|err| panic!("{err}: {}", String::from_utf8_lossy(&output.stderr)));
    (json, output.status.code().unwrap())
}

#[test]
fn json_and_json_lines_are_joined_whichever_comes_first() {
    let parts = parts();
    let dir = parts.path();
    for formats in [["json", "json"], ["jsonl", "jsonl"], ["json", "jsonl"], ["jsonl", "json"]] {
        let reports = [report(dir, "a", formats[0]), report(dir, "b", formats[1])];
        let (joined, code) = merge(dir, &reports);
        let findings = joined["findings"].as_array().unwrap();
        assert_eq!((findings.len(), code), (3, 1), "{formats:?}");
        let places: Vec<usize> = findings.iter().map(|f| f["locations"].as_array().unwrap().len()).collect();
        assert_eq!(places.iter().sum::<usize>(), 4, "{formats:?}: both places of the shared one");
        assert_eq!(joined["summary"]["blobs"], 3);
        assert_eq!(joined["summary"]["blocking"], 3);
    }
    // Without findings JSON Lines has the summary alone.
    let clean = [report(dir, "c", "jsonl"), report(dir, "c", "json")];
    assert_eq!(merge(dir, &clean).1, 0);
    let (joined, code) = merge(dir, &[report(dir, "c", "json"), report(dir, "d", "jsonl")]);
    assert_eq!(code, 2, "a part could not look");
    assert!(joined["summary"]["failed"].to_string().contains("d/bad.gz"), "{joined}");
}

#[test]
fn sarif_is_joined_into_one_run() {
    let parts = parts();
    let dir = parts.path();
    let all = ["a", "b", "c", "d"].map(|folder| report(dir, folder, "sarif"));
    let (joined, code) = merge(dir, &all);
    assert_eq!(code, 1);
    let runs = joined["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 1, "a platform takes one run of a tool");
    let run = &runs[0];
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 4, "one for each secret and file");
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    assert!(
        results
            .iter()
            .all(|result| rules[result["ruleIndex"].as_u64().unwrap() as usize]["id"] == result["ruleId"])
    );
    let notes = run["invocations"].to_string();
    assert!(notes.contains("d/bad.gz"), "what a later part could not read is still told: {notes}");
    assert!(notes.contains("\"executionSuccessful\":false"));

    assert_eq!(merge(dir, &[report(dir, "c", "sarif"), report(dir, "d", "sarif")]).1, 2);
    assert_eq!(merge(dir, &[report(dir, "c", "sarif")]).1, 0);
    // The same part twice is one part.
    let (twice, _) = merge(dir, &[report(dir, "b", "sarif"), report(dir, "b", "sarif")]);
    assert_eq!(twice["runs"][0]["results"].as_array().unwrap().len(), 2);
}

#[test]
fn the_same_secret_in_another_version_of_a_file_is_one_result() {
    let parts = parts();
    let dir = parts.path();
    let first = report(dir, "a", "sarif");
    std::fs::rename(dir.join(&first), dir.join("first.sarif")).unwrap();
    std::fs::write(dir.join("a/one.py"), format!("# moved\n{}", leak("shared"))).unwrap();
    let (joined, _) = merge(dir, &["first.sarif".to_owned(), report(dir, "a", "sarif")]);
    let results = joined["runs"][0]["results"].as_array().unwrap();
    assert_eq!(results.len(), 2);
    let line = |place: &Value| place["physicalLocation"]["region"]["startLine"].as_u64();
    let shared = results.iter().find(|result| !result["relatedLocations"].is_null()).unwrap();
    assert_eq!(line(&shared["locations"][0]), Some(1));
    assert_eq!(line(&shared["relatedLocations"][0]), Some(2));
    assert_eq!(shared["properties"]["places"], 2);
}

#[test]
fn what_is_allowed_or_weak_does_not_count_as_found() {
    let parts = parts();
    let dir = parts.path();
    let scanned = stanch(dir, &["scan", "a", "--format", "json"]);
    let scanned: Value = serde_json::from_slice(&scanned.stdout).unwrap();
    for finding in scanned["findings"].as_array().unwrap() {
        let id = finding["fingerprint"].as_str().unwrap();
        let output = stanch(dir, &["allow", id, "--reason", "a sample of the documentation"]);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let name = "allowed.sarif";
    assert_eq!(stanch(dir, &["scan", "a", "--format", "sarif", "--output", name]).status.code(), Some(0));
    let (joined, code) = merge(dir, &[name.to_owned()]);
    let results = joined["runs"][0]["results"].as_array().unwrap();
    assert!(results.iter().all(|result| !result["suppressions"].is_null()) && !results.is_empty());
    assert_eq!(code, 0);
}

#[test]
fn what_cannot_be_joined_is_refused_with_a_reason() {
    let parts = parts();
    let dir = parts.path();
    let (json, lines, sarif) =
        (report(dir, "a", "json"), report(dir, "a", "jsonl"), report(dir, "b", "sarif"));
    let refused = |reports: &[&str], why: &str| {
        let output = stanch(dir, &[&["merge", "--output", "all"], reports].concat());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.code() == Some(2) && said.contains(why), "{reports:?}: {said}");
        assert!(!dir.join("all").exists(), "nothing is written");
    };
    refused(&[&json, &sarif], "join reports of one kind");
    refused(&[&sarif, &lines], "join reports of one kind");
    refused(&[&json, "missing.json"], "cannot read missing.json");
    for name in [&json, &lines, &sarif] {
        let whole = std::fs::read(dir.join(name)).unwrap();
        // Of lines the last is the summary, so all but it are not enough.
        std::fs::write(dir.join("cut"), &whole[..whole.len() - 40]).unwrap();
        refused(&["cut"], "is no report of stanch");
    }
    std::fs::write(dir.join("csv"), "rule,file\n").unwrap();
    refused(&["csv"], "is no report of stanch");
}

/// A repository with two secrets, and the reports of its parts.
fn sharded(format: &str, of: usize) -> (tempfile::TempDir, Vec<String>) {
    let temp = tempfile::tempdir().unwrap();
    let dir = temp.path();
    git(dir, &["init", "-q", "repo"]);
    for (file, text) in [("a.py", leak("one")), ("b.py", leak("two")), ("c.py", "x = 1\n".to_owned())] {
        std::fs::write(dir.join("repo").join(file), text).unwrap();
        commit(dir, file);
    }
    let names = (1..=of).map(|part| part_of(dir, part, of, format)).collect();
    (temp, names)
}

fn git(dir: &Path, args: &[&str]) {
    assert!(Command::new("git").args(args).current_dir(dir).env("HOME", dir).status().unwrap().success());
}

fn commit(dir: &Path, file: &str) {
    git(&dir.join("repo"), &["add", file]);
    let who = ["-c", "user.name=Ann", "-c", "user.email=ann@acme.example"];
    git(&dir.join("repo"), &[&who[..], &["commit", "-qm", file]].concat());
}

/// Writes the report of a part; its name.
fn part_of(dir: &Path, part: usize, of: usize, format: &str) -> String {
    let (name, shard) = (format!("{part}.{format}"), format!("{part}/{of}"));
    let to = format!("../{name}");
    let args = ["scan", "--history", "--shard", &shard, "--format", format, "--output", &to, "--exit-zero"];
    let output = stanch(&dir.join("repo"), &args);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    name
}

#[test]
fn a_lost_part_is_not_taken_for_a_clean_one() {
    for format in ["json", "jsonl", "sarif"] {
        let (temp, parts) = sharded(format, 3);
        let dir = temp.path();
        let joined = |reports: &[&String], code: i32, said: &[&str]| -> Value {
            let reports: Vec<&str> = reports.iter().map(|name| name.as_str()).collect();
            let output = stanch(dir, &[&["merge", "--output", "all", "--exit-zero"], &reports[..]].concat());
            let error = String::from_utf8_lossy(&output.stderr).into_owned();
            assert_eq!(output.status.code(), Some(code), "{format} {reports:?}: {error}");
            assert!(said.iter().all(|said| error.contains(said)), "{format} {reports:?}: {error}");
            let text = std::fs::read_to_string(dir.join("all")).unwrap();
            assert!(
                said.iter().all(|said| text.contains(said)),
                "{format}: it stands in the report too: {text}"
            );
            serde_json::from_str(&text).unwrap()
        };
        let [one, two, three] = [&parts[0], &parts[1], &parts[2]];
        let whole = joined(&[three, one, two], 0, &[]);
        let count = |report: &Value| match format {
            "sarif" => report["runs"][0]["results"].as_array().unwrap().len(),
            _ => report["findings"].as_array().unwrap().len(),
        };
        assert_eq!(count(&whole), 2, "{format}");
        assert!(format == "sarif" || whole["summary"]["shard"].is_null());
        joined(&[one, three], 2, &["part 2 of 3 of the history at "]);
        let all: usize = parts.iter().map(|part| count(&joined(&[part], 2, &["are missing"]))).sum();
        assert_eq!(all, 2, "{format}: what is there is written");
        joined(&[one, two, three, two], 2, &[&format!("{two} is part 2 of 3 once more")]);
        std::fs::write(dir.join("repo/d.py"), "y = 1\n").unwrap();
        commit(dir, "d.py");
        let later = part_of(dir, 2, 3, format);
        joined(
            &[one, &later, three],
            2,
            &["part 2 of 3 of", &format!("{later} is part 2 of 3 of another run")],
        );
    }
}

#[test]
fn with_exit_zero_it_exits_as_a_scan_would() {
    let parts = parts();
    let dir = parts.path();
    for format in ["json", "sarif"] {
        let [a, c, d] = ["a", "c", "d"].map(|folder| report(dir, folder, format));
        let code = |reports: &[&String]| {
            let mut args = vec!["merge", "--exit-zero"];
            args.extend(reports.iter().map(|name| name.as_str()));
            stanch(dir, &args).status.code()
        };
        assert_eq!(code(&[&a, &c]), Some(0), "{format}");
        assert_eq!(code(&[&a, &d]), Some(2), "{format}: secrets, and a part that could not look");
        assert_eq!(stanch(dir, &["scan", "a", "d", "--exit-zero"]).status.code(), Some(2));
    }
}

#[test]
fn a_report_of_nothing_is_none() {
    let parts = parts();
    let dir = parts.path();
    let clean = report(dir, "c", "json");
    for nothing in [
        "{\"findings\":[],\"summary\":{}}",
        "{\"summary\":{}}\n",
        "{\"findings\":[],\"summary\":{\"blobs\":1}}",
        "{\"version\":\"2.1.0\",\"runs\":[]}",
        "{\"version\":\"2.1.0\",\"runs\":[{}]}",
    ] {
        std::fs::write(dir.join("nothing"), nothing).unwrap();
        for reports in [&["nothing"][..], &[clean.as_str(), "nothing"]] {
            let output = stanch(dir, &[&["merge"], reports].concat());
            let said = String::from_utf8(output.stderr).unwrap();
            assert!(
                output.status.code() == Some(2) && said.contains("nothing is no report"),
                "{nothing}: {said}"
            );
        }
    }
}

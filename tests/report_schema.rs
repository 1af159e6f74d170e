//! What programs read: JSON against the published schema, SARIF and GitLab's report against what their
//! readers require, all of it written by the real program.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::Path;
use std::process::Command;

use serde_json::Value;
use stanch::catalogue::sample;

/// Looks at `value` with the keywords of JSON Schema that ours uses. A field that the schema does not
/// describe is wrong too: readers may ignore it, but we may not forget to publish it.
fn check(schema: &Value, root: &Value, value: &Value, at: &str) -> Result<(), String> {
    let fields = schema.as_object().unwrap();
    for (keyword, wanted) in fields {
        let list = || wanted.as_array().unwrap().iter();
        let fits = match keyword.as_str() {
            "$schema" | "$id" | "$defs" | "title" | "description" => true,
            "$ref" => {
                let name = wanted.as_str().unwrap().trim_start_matches("#/$defs/");
                check(&root["$defs"][name], root, value, at)?;
                true
            }
            "oneOf" => list().filter(|one| check(one, root, value, at).is_ok()).count() == 1,
            "anyOf" => list().any(|one| check(one, root, value, at).is_ok()),
            "enum" => list().any(|one| one == value),
            "minimum" => value.as_i64().is_none_or(|number| number >= wanted.as_i64().unwrap()),
            "maxProperties" => {
                value.as_object().is_none_or(|all| all.len() as u64 <= wanted.as_u64().unwrap())
            }
            "type" => match wanted {
                Value::String(one) => is_of(value, one),
                many => many.as_array().unwrap().iter().any(|one| is_of(value, one.as_str().unwrap())),
            },
            "required" => list().all(|name| value.get(name.as_str().unwrap()).is_some()),
            "properties" => {
                for (name, inner) in value.as_object().into_iter().flatten() {
                    let known =
                        wanted.get(name).ok_or(format!("{at}: docs/report.schema.json lacks `{name}`"))?;
                    check(known, root, inner, &format!("{at}.{name}"))?;
                }
                true
            }
            "items" => {
                for (number, inner) in value.as_array().into_iter().flatten().enumerate() {
                    check(wanted, root, inner, &format!("{at}[{number}]"))?;
                }
                true
            }
            other => panic!("this test does not know the keyword `{other}`: teach it"),
        };
        if !fits {
            return Err(format!("{at}: {keyword} {wanted} does not fit {value}"));
        }
    }
    Ok(())
}

fn is_of(value: &Value, kind: &str) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "integer" => value.is_i64() || value.is_u64(),
        other => panic!("this test does not know the type `{other}`"),
    }
}

/// A repository with an old secret in a commit, a new one in the index, an allowed one, and a file
/// that makes columns differ.
fn repository() -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        std::fs::write(dir.path().join(name), sample::expand(text, name)).unwrap();
    };
    git(dir.path(), &["init", "-q"]);
    write("old.env", "TWILIO_AUTH_TOKEN={hex:32}\n");
    git(dir.path(), &["add", "."]);
    git(dir.path(), &["-c", "user.name=Ann", "-c", "user.email=ann@acme.example", "commit", "-qm", "first"]);
    write("é 😀.py", "import twilio\nauth_token = '{hex:32}'\na = 'é😀'; token = '{hex:32}'\n");
    write("allowed.env", "TWILIO_AUTH_TOKEN={hex:32} # stanch:allow twilio-auth-token made up\n");
    git(dir.path(), &["add", "."]);
    dir
}

fn git(dir: &Path, args: &[&str]) {
    let mut command = Command::new("git");
    command.args(args).current_dir(dir).env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null");
    assert!(command.status().unwrap().success(), "git {args:?}");
}

fn stanch(dir: &Path, args: &[&str]) -> String {
    stanch_with(1, dir, args)
}

fn stanch_with(code: i32, dir: &Path, args: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stanch"));
    command.args(args).current_dir(dir).env_clear().env("PATH", std::env::var_os("PATH").unwrap());
    command.env("HOME", dir).env("GIT_CONFIG_NOSYSTEM", "1");
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(code), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// Each way to look at the repository.
const MODES: [&[&str]; 3] = [&["scan", "."], &["scan", "--staged"], &["scan", "--history"]];

#[test]
fn json_is_what_the_published_schema_says() {
    let schema: Value = serde_json::from_str(include_str!("../docs/report.schema.json")).unwrap();
    let dir = repository();
    for mode in MODES {
        let text = stanch(dir.path(), &[mode, &["-f", "json"]].concat());
        let document: Value = serde_json::from_str(&text).unwrap();
        check(&schema["$defs"]["document"], &schema, &document, "document").unwrap();
        assert!(!document["findings"].as_array().unwrap().is_empty());
        check(&schema, &schema, &document, "whole").unwrap();

        let text = stanch(dir.path(), &[mode, &["-f", "jsonl"]].concat());
        for line in text.lines() {
            let line: Value = serde_json::from_str(line).unwrap();
            check(&schema, &schema, &line, "line").unwrap();
        }
        assert!(text.lines().last().unwrap().starts_with("{\"summary\":"));
    }
}

#[test]
fn what_is_joined_is_a_report_too() {
    let schema: Value = serde_json::from_str(include_str!("../docs/report.schema.json")).unwrap();
    let dir = repository();
    let parts = ["1/2", "2/2"].map(|shard| {
        let args = ["scan", "--history", "--shard", shard, "--exit-zero"];
        let name = format!("part-{}.json", &shard[..1]);
        stanch_with(0, dir.path(), &[&args[..], &["-f", "json", "-o", &name]].concat());
        let part: Value = serde_json::from_slice(&std::fs::read(dir.path().join(&name)).unwrap()).unwrap();
        check(&schema, &schema, &part, "part").unwrap();
        assert_eq!(part["summary"]["shard"]["parts"], 2);
        name
    });
    for (format, name) in [("json", "files.json"), ("jsonl", "files.jsonl")] {
        stanch(dir.path(), &["scan", ".", "-f", format, "-o", name]);
        let text = stanch(dir.path(), &["merge", &parts[0], &parts[1], name, name]);
        let joined: Value = serde_json::from_str(&text).unwrap();
        check(&schema, &schema, &joined, "joined").unwrap();
        let allowed = joined["allowed"].as_array().unwrap();
        assert_eq!((allowed.len(), &joined["summary"]["allowed"]), (1, &1.into()), "{format}");
    }
}

#[test]
fn what_stands_in_no_file_names_none() {
    let dir = repository();
    let message = sample::expand("ghp_{b62:30}{check:crc32-b62-6}", "message");
    let who = ["-c", "user.name=Ann", "-c", "user.email=ann@acme.example"];
    git(dir.path(), &[&who[..], &["commit", "-qm", &format!("token {message}")]].concat());
    let branch = sample::expand("wip/ghp_{b62:30}{check:crc32-b62-6}", "branch");
    git(dir.path(), &["branch", &branch]);
    let text = stanch(dir.path(), &["scan", "--history", "-f", "sarif"]);
    let log: Value = serde_json::from_str(&text).unwrap();
    let results = log["runs"][0]["results"].as_array().unwrap();
    let mut names = Vec::new();
    for place in results.iter().map(|result| &result["locations"][0]) {
        let uri = place["physicalLocation"]["artifactLocation"]["uri"].as_str().unwrap();
        match uri {
            "./" => names.push(place["logicalLocations"][0]["name"].as_str().unwrap()),
            file => assert!(!file.contains("message") && !file.starts_with("refs/"), "{file}"),
        }
        assert!(place["physicalLocation"]["region"]["startLine"].is_u64());
    }
    assert!(names.contains(&"commit message"), "{names:?}");
    assert!(names.iter().any(|name| name.starts_with("refs/heads/wip/ghp_")), "{names:?}");
}

#[test]
fn sarif_has_all_that_code_scanning_reads() {
    let dir = repository();
    for mode in MODES {
        let text = stanch(dir.path(), &[mode, &["-f", "sarif"]].concat());
        let log: Value = serde_json::from_str(&text).unwrap();
        assert!(log["$schema"].is_string() && log["version"] == "2.1.0");
        let run = &log["runs"][0];
        let driver = &run["tool"]["driver"];
        for field in ["name", "semanticVersion", "informationUri"] {
            assert!(driver[field].is_string(), "{field}");
        }
        assert!(run["automationDetails"]["id"].as_str().unwrap().ends_with('/'));
        assert_eq!(run["columnKind"], "utf16CodeUnits");
        assert_eq!(run["invocations"][0]["executionSuccessful"], true);
        let rules = driver["rules"].as_array().unwrap();
        rules.iter().for_each(rule);
        let results = run["results"].as_array().unwrap();
        assert!(!results.is_empty());
        for one in results {
            let at = usize::try_from(one["ruleIndex"].as_u64().unwrap()).unwrap();
            assert_eq!(rules[at]["id"], one["ruleId"]);
            result(one);
        }
    }
}

fn rule(rule: &Value) {
    assert!(!rule["id"].as_str().unwrap().is_empty() && rule["name"].as_str().unwrap().len() <= 255);
    for field in ["shortDescription", "fullDescription"] {
        let text = rule[field]["text"].as_str().unwrap();
        assert!((1..=1024).contains(&text.chars().count()), "{field}");
    }
    let help = (rule["help"]["text"].as_str().unwrap(), rule["help"]["markdown"].as_str().unwrap());
    assert!(help.0.contains("Revoke") && help.1.contains("**Revoke it**"));
    let level = rule["defaultConfiguration"]["level"].as_str().unwrap();
    assert!(["error", "warning", "note"].contains(&level));
    let properties = &rule["properties"];
    let score: f32 = properties["security-severity"].as_str().unwrap().parse().unwrap();
    assert!((0.1..=10.0).contains(&score));
    assert!(["very-high", "high", "medium", "low"].contains(&properties["precision"].as_str().unwrap()));
    let tags = properties["tags"].as_array().unwrap();
    assert!(tags.len() <= 20 && tags.iter().any(|tag| tag == "security"));
}

fn result(result: &Value) {
    assert!(!result["message"]["text"].as_str().unwrap().is_empty());
    let hash = result["partialFingerprints"]["primaryLocationLineHash"].as_str().unwrap();
    let (line, number) = hash.split_once(':').unwrap();
    assert!(line.len() == 16 && number.parse::<u32>().unwrap() > 0, "{hash}");
    let physical = &result["locations"][0]["physicalLocation"];
    let uri = physical["artifactLocation"]["uri"].as_str().unwrap();
    assert!(!uri.is_empty() && uri.is_ascii() && !uri.contains(' '), "{uri}");
    let region = &physical["region"];
    for field in ["startLine", "startColumn", "endLine", "endColumn"] {
        assert!(region[field].as_u64().unwrap() > 0, "{field}");
    }
    assert!(region["snippet"]["text"].as_str().unwrap().contains("••••••"));
    if uri.ends_with(".py") && region["startLine"] == 3 {
        // `a = 'é😀'; token = '` has 20 UTF-16 units, and 23 bytes.
        assert_eq!((&region["startColumn"], &region["endColumn"]), (&21.into(), &53.into()));
    }
    if uri == "allowed.env" {
        assert_eq!(result["suppressions"][0]["kind"], "inSource");
        assert!(result["suppressions"][0]["justification"].as_str().unwrap().ends_with("made up"));
    }
}

#[test]
fn gitlab_reports_have_what_gitlab_requires() {
    let dir = repository();
    for mode in MODES {
        let text = stanch(dir.path(), &[mode, &["-f", "gitlab"]].concat());
        let report: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(
            (&report["version"], &report["scan"]["type"]),
            (&"15.0.7".into(), &"secret_detection".into())
        );
        for tool in ["analyzer", "scanner"] {
            let tool = &report["scan"][tool];
            assert!(
                [&tool["id"], &tool["name"], &tool["version"], &tool["vendor"]["name"]]
                    .iter()
                    .all(|v| v.is_string())
            );
        }
        let mut ids = std::collections::HashSet::new();
        for one in report["vulnerabilities"].as_array().unwrap() {
            assert!(ids.insert(one["id"].as_str().unwrap().to_owned()), "two have the id {}", one["id"]);
            assert!(
                one["identifiers"][0]["value"].is_string() && one["location"]["commit"]["sha"].is_string()
            );
            assert!(
                one["name"].as_str().unwrap().len() <= 255 && one["solution"].as_str().unwrap().len() <= 7000
            );
            assert!(["Critical", "High", "Medium", "Low"].contains(&one["severity"].as_str().unwrap()));
        }
        let text = stanch(dir.path(), &[mode, &["-f", "gitlab-codequality"]].concat());
        let issues: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(issues.as_array().unwrap().len(), ids.len());
        for one in issues.as_array().unwrap() {
            assert!(ids.contains(one["fingerprint"].as_str().unwrap()));
            assert!(one["location"]["lines"]["begin"].is_u64() && one["check_name"].is_string());
        }
    }
}

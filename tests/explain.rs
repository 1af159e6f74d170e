//! `stanch explain`, `rules`, `completions` and `man`, run as a person runs them.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::Path;
use std::process::{Command, Output};

use stanch::catalogue::sample;

fn stanch(args: &[&str]) -> Output {
    let dir = tempfile::tempdir().unwrap();
    Command::new(env!("CARGO_BIN_EXE_stanch"))
        .args(args)
        .current_dir(dir.path())
        .env_clear()
        .output()
        .unwrap()
}

fn stdout(args: &[&str]) -> String {
    let output = stanch(args);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    text
}

/// `UPDATE_SNAPSHOTS=1` writes it anew; read the difference before it is committed.
fn check(path: &str, actual: &str) {
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::create_dir_all(Path::new(path).parent().unwrap()).unwrap();
        std::fs::write(path, actual).unwrap();
    }
    let expected = std::fs::read_to_string(path).unwrap_or_default();
    assert!(expected == actual, "{path} differs; UPDATE_SNAPSHOTS=1 writes it. This came out:\n{actual}");
}

#[test]
fn the_page_of_a_rule() {
    let page = stdout(&["explain", "twilio-auth-token"]);
    check("tests/snapshots/explain.txt", &page);
    for line in page.lines().filter(|line| !line.starts_with("    ") && !line.contains("Kotlin")) {
        assert!(line.chars().count() <= 80, "longer than 80 columns: {line}");
    }
    let colored = stdout(&["explain", "twilio-auth-token", "--color", "always"]);
    let mut plain = String::new();
    for (at, part) in colored.split('\u{1b}').enumerate() {
        plain.push_str(if at == 0 { part } else { part.split_once('m').unwrap().1 });
    }
    assert!(colored.len() > page.len());
    assert_eq!(plain, page, "colour changes nothing but colour");
}

/// Pages promise no option that is an error and no page that is not there; help names what an option takes.
#[test]
fn the_manual_and_help_say_what_there_is() {
    let page = stdout(&["man"]);
    assert!(!page.contains("help(1)"), "{page}");
    for command in ["scan", "baseline", "hook"] {
        let page = stdout(&["man", command]);
        assert!(!page.contains("\\-\\-version") && !page.contains("help(1)"), "{page}");
        assert!(page.contains(&format!("stanch {}", env!("CARGO_PKG_VERSION"))), "{page}");
    }
    assert!(stdout(&["scan", "--help"]).contains("[possible values: auto, always, never]"));
    assert!(stdout(&["import", "--help"]).contains("possible values: gitleaks"));
    assert!(stdout(&["hook", "--help"]).contains("Usage: stanch hook "));
}

#[test]
fn the_reference_is_current() {
    let dir = tempfile::tempdir().unwrap();
    stdout(&["rules", "docs", dir.path().to_str().unwrap()]);
    let read = |dir: &Path| -> std::collections::BTreeMap<String, String> {
        let files = std::fs::read_dir(dir).into_iter().flatten().map(|file| file.unwrap());
        let text = |path: &Path| std::fs::read_to_string(path).unwrap();
        files.map(|file| (file.file_name().into_string().unwrap(), text(&file.path()))).collect()
    };
    let (published, made) = (Path::new("docs/rules"), read(dir.path()));
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        let _ = std::fs::remove_dir_all(published);
        std::fs::create_dir_all(published).unwrap();
        made.iter().for_each(|(name, text)| std::fs::write(published.join(name), text).unwrap());
    }
    let there = read(published);
    let stale: Vec<_> =
        made.keys().chain(there.keys()).filter(|name| made.get(*name) != there.get(*name)).collect();
    assert!(
        stale.is_empty(),
        "docs/rules is not what rules.yaml says in {stale:?};\n\
         UPDATE_SNAPSHOTS=1 cargo test --test explain reference writes it"
    );
    let size: usize = made.values().map(String::len).sum();
    assert!(size < 4_000_000, "the reference has {size} bytes, four million are enough to read");
}

#[test]
fn code_for_a_store_and_a_language() {
    let page = stdout(&["explain", "twilio-auth-token", "--store", "vault", "--lang", "go"]);
    assert!(page.contains("client.KVv2(\"secret\").Get(ctx, \"prod/twilio\")"), "{page}");
    assert!(!page.contains("hvac"), "{page}");
    for store in ["env", "aws", "vault", "conjur"] {
        let json = stdout(&["explain", "twilio-auth-token", "--store", store, "--json"]);
        let page: serde_json::Value = serde_json::from_str(&json).unwrap();
        let code = page["code"].as_array().unwrap();
        assert!(code.len() >= 11, "{store}: {}", code.len());
        assert!(code.iter().all(|code| code["store"] == store));
    }
    let all = stdout(&["explain", "twilio-auth-token", "--store", "all", "--lang", "all"]);
    for language in ["Terraform (conjur)", "Kubernetes (vault)", "GitHub Actions (aws)", "PowerShell (env)"] {
        assert!(all.contains(language), "{language}");
    }
    let none = stanch(&["explain", "twilio-auth-token", "--store", "aws", "--lang", "elixir"]);
    assert_eq!(none.status.code(), Some(2));
    let unknown = stanch(&["explain", "twilio-auth-token", "--lang", "cobol"]);
    assert!(String::from_utf8_lossy(&unknown.stderr).contains("known: python, javascript"));
}

#[test]
fn what_was_mistyped_is_answered_with_the_nearest() {
    let output = stanch(&["explain", "twillio-auth-token"]);
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.contains("nearest: twilio-auth-token,"), "{text}");
    let token = sample::expand("sq0{b62:30}", "pasted");
    let output = stanch(&["explain", &token]);
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.contains("sq0") && !text.contains(&token[..12]), "{text}");
}

#[test]
fn rules_are_listed_by_what_is_known_of_them() {
    for (typed, id) in [
        ("open ai", "openai-project-key"),
        ("TWILIO_AUTH_TOKEN", "twilio-auth-token"),
        ("glpat-", "gitlab-personal-token"),
        ("github token", "github-personal-token-classic"),
        ("ssh key", "generic-private-key"),
    ] {
        let list = stdout(&["explain", typed]);
        assert!(list.contains(id), "{typed}: {list}");
    }
    assert!(
        stdout(&["explain", "password"]).contains(" more have these words: `stanch rules list` shows all.")
    );
    let json: serde_json::Value = serde_json::from_str(&stdout(&["explain", "Slack", "--json"])).unwrap();
    assert!(json.as_array().unwrap().iter().all(|rule| rule["vendor_key"] == "slack"));
}

#[test]
fn a_vendor_lists_its_rules() {
    for word in ["twilio", "Twilio"] {
        let list = stdout(&["explain", word]);
        assert!(list.contains("twilio-auth-token") && list.contains("twilio-api-key"), "{list}");
        assert!(!list.contains("plivo"), "{list}");
    }
    let json = stdout(&["rules", "list", "--vendor", "twilio", "--json"]);
    let rules: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert!(rules.as_array().unwrap().iter().all(|rule| rule["vendor_key"] == "twilio"));
    assert_eq!(stanch(&["rules", "list", "--vendor", "nobody"]).status.code(), Some(2));
    assert_eq!(stdout(&["rules", "show", "twilio-auth-token"]), stdout(&["explain", "twilio-auth-token"]));
}

const ACME: &str = "vendors:
- vendor: acme
  name: Acme
  docs: [https://acme.example/docs]
  fix:
    revoke: [Open Console → Keys and choose “Delete”.]
    abuse: [Open Console → Logs and look for unknown addresses.]
    breaks: Every service with this key fails with 401.
    env: ACME_API_KEY
  risks: [Sending messages at your cost.]
  rules:
    - id: acme-api-key
      name: Acme API key
      family: api-key
      severity: high
      severity-reason: It sends messages.
      description: The key of an Acme account.
      detect:
        prefix: [acmekey_]
        shape: 'acmekey_[0-9a-f]{24}'
      source: Acme's page on keys.
      examples:
        match: ['ACME_API_KEY=acmekey_{hex:24}']
        ignore: ['ACME_API_KEY=acmekey_{hex:23}']
";

#[test]
fn rules_of_a_file_are_tested_by_their_examples() {
    let dir = tempfile::tempdir().unwrap();
    let run = |text: &str| {
        let file = dir.path().join("acme.yaml");
        std::fs::write(&file, text).unwrap();
        let output = stanch(&["rules", "test", file.to_str().unwrap()]);
        let text = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(text).unwrap())
    };
    let (code, text) = run(ACME);
    assert_eq!(code, Some(0), "{text}");
    assert!(
        text.contains(
            "ok    acme-api-key: 2 examples\n1 written rule of 1 vendor: 2 examples, 0 rules failed"
        ),
        "{text}"
    );

    let (code, text) =
        run(&ACME.replace("ignore: ['ACME_API_KEY=acmekey_{hex:23}']", "ignore: ['x = acmekey_{hex:24}']"));
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains(": acme-api-key: must find nothing in x = acmekey_{hex:24}"), "{text}");

    let (code, text) =
        run(&ACME
            .replace("match: ['ACME_API_KEY=acmekey_{hex:24}']", "match: ['ACME_API_KEY=acmekey_{hex:9}']"));
    assert_eq!(code, Some(1), "{text}");
    assert!(text.contains("FAIL  ") && text.contains(":23: acme-api-key: finds "), "{text}");

    let (code, text) = run(&ACME.replace("      severity: high\n", "      severity: awful\n"));
    assert_eq!(code, Some(2), "{text}");
    assert!(text.contains("acme.yaml:") && text.contains("awful"), "{text}");

    assert_eq!(run(&format!("\u{feff}{ACME}")).0, Some(0), "a mark of the byte order is no key");
    assert_eq!(run("disable: []\n").0, Some(2), "a file without rules is no success");
    assert_eq!(stanch(&["rules", "test", "nowhere.yaml"]).status.code(), Some(2));
}

#[test]
fn every_fault_of_the_settings_is_told_at_once() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join(".stanch.yaml");
    std::fs::write(&file, "disable: [no-such-rule]\nallow:\n  - {id: abc}\n  - {who: me}\n").unwrap();
    let output = stanch(&["rules", "check", file.to_str().unwrap()]);
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2), "{text}");
    std::fs::write(&file, "rules:\n  disable: bitly\n").unwrap();
    assert_eq!(
        stanch(&["rules", "check", file.to_str().unwrap()]).status.code(),
        Some(0),
        "one needs no list"
    );
    for told in [":1: unknown rule", ":3: an entry needs", ":4: unknown key 'who'"] {
        assert!(text.contains(told), "{told}: {text}");
    }
}

#[test]
fn every_built_in_example_holds() {
    assert!(stdout(&["rules", "test"]).ends_with(" 0 rules failed\n"));
}

#[test]
fn completions_and_manual_know_every_command() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(stdout(&["completions", shell]).contains("explain"), "{shell}");
    }
    assert!(stdout(&["man"]).contains(".TH stanch 1"));
    assert!(
        stdout(&["man", "explain"]).contains(".TH stanch\\-explain 1")
            || stdout(&["man", "explain"]).contains("stanch-explain")
    );
    assert_eq!(stanch(&["man", "nothing"]).status.code(), Some(2));
}

//! What a person sees, letter by letter: `tests/snapshots/`. `UPDATE_SNAPSHOTS=1` writes them anew; read
//! the difference before it is committed.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::path::Path;
use std::process::Command;

use bstr::BStr;
use stanch::advice::Stage;
use stanch::catalogue::{embedded, sample};
use stanch::engine::{FileHint, Scanner};
use stanch::finding::{hits, merge};
use stanch::report::Secrets;
use stanch::report::human::{Human, Length};
use stanch::source::Place;

mod report_common;

/// Stages `files` in a fresh repository and returns what the hook says, without its timing.
fn hook(files: &[(&str, &str)]) -> String {
    let dir = tempfile::tempdir().unwrap();
    let run = |program: &str, args: &[&str]| {
        let mut command = Command::new(program);
        command.args(args).current_dir(dir.path()).env_clear().env("PATH", std::env::var_os("PATH").unwrap());
        command.env("HOME", dir.path()).env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_CONFIG_GLOBAL", "/dev/null");
        command.output().unwrap()
    };
    assert!(run("git", &["init", "-q"]).status.success());
    for (name, text) in files {
        let path = dir.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, sample::expand(text, name)).unwrap();
    }
    assert!(run("git", &["add", "."]).status.success());
    let output = run(env!("CARGO_BIN_EXE_stanch"), &["hook", "pre-commit"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty(), "a hook speaks on standard error");
    let text = String::from_utf8(output.stderr).unwrap();
    let (head, tail) = text.rsplit_once(", ").unwrap();
    let after = tail.split_once(" ms").unwrap().1;
    format!("{head}, N ms{after}")
}

fn check(name: &str, actual: &str) {
    let path = Path::new("tests/snapshots").join(name);
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&path, actual).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(expected == actual, "{} differs; this is what came out:\n{actual}", path.display());
}

const TWILIO: &str = "from twilio.rest import Client\n\nclient = Client(\"AC{hex:32}\", \"{hex:32}\")\n";

#[test]
fn one_secret_has_a_card_of_at_most_fourteen_lines() {
    let text = hook(&[("app/send_sms.py", TWILIO)]);
    check("one.txt", &text);
    let card = text.split("\n\n").nth(1).unwrap();
    assert!(card.lines().count() <= 14, "{} lines", card.lines().count());
    assert!(text.lines().all(|line| line.chars().count() <= 80), "a line is longer than 80 columns");
}

#[test]
fn many_secrets_have_short_cards_and_advice_once() {
    let text = hook(&[
        ("a.py", TWILIO),
        ("b.env", "PLIVO_AUTH_TOKEN={base64:{hex:30}}\nGITHUB_TOKEN=ghp_{b62:30}{check:crc32-b62-6}\n"),
        ("c/sms.php", "<?php\n$clockwork = new Clockwork('{hex:40}');\n"),
        ("d.yml", "twilio:\n  auth_token: {hex:32}\n"),
    ]);
    check("many.txt", &text);
    assert!(text.lines().all(|line| line.chars().count() <= 80), "a line is longer than 80 columns");
}

/// The text beside a label, as one line.
fn part(card: &str, label: &str) -> String {
    let start = format!(" {label:<9} ");
    let lines = card.lines().skip_while(|line| !line.starts_with(&start));
    let more = |(at, line): &(usize, &str)| *at == 0 || line.starts_with("           ");
    let lines: Vec<&str> = lines.enumerate().take_while(more).map(|(_, line)| line[11..].trim()).collect();
    lines.join(" ")
}

/// Whether a line breaks the eighty columns where it need not: an address, a name and what is in quotes stay whole.
fn is_too_long(line: &str) -> bool {
    let text: String = line.chars().skip(11).collect();
    let text = text.trim_end_matches(" \\");
    let is_quoted = |text: &str| text.starts_with(['"', '\'']);
    line.chars().count() > 80
        && text.contains(char::is_whitespace)
        && !is_quoted(text)
        && !text.split_once(' ').is_some_and(|(_, value)| is_quoted(value))
}

/// Whoever reads two of three steps believes that the secret is dead, and whoever reads of no abuse looks for none.
#[test]
fn every_card_holds_every_part() {
    const HUMAN: Human =
        Human { color: false, verbose: false, length: Length::Cards, secrets: Secrets::Redacted };
    let mut scanner = Scanner::new(embedded());
    let (mut cards, mut whole, mut calls, mut hidden, mut cut) = (0, 0, (0, 0), 0, Vec::new());
    let mut wrong = Vec::new();
    for (_, rule) in embedded().rules() {
        let Some(example) = rule.about().examples.matches.first() else { continue };
        let text = sample::expand(example, rule.id);
        let found = scanner.scan(text.as_bytes(), FileHint::default());
        let ours = |ix| embedded().rule(ix);
        let mut findings = merge(hits(text.as_bytes(), BStr::new("a.py"), &Place::Staged, &found, ours));
        findings.retain(|finding| finding.rule.id == rule.id);
        findings.truncate(1);
        if findings.is_empty() {
            continue;
        }
        let text = report_common::write_apart(&HUMAN, &findings, &Stage::Staged);
        let card = text.split("\n\n").nth(1).unwrap();
        let (said, steps) = (part(card, "revoke"), rule.page().fix.revoke);
        let shown = match steps.len() {
            1 => usize::from(!said.is_empty() && !said.starts_with("1 step: ")),
            many => (1..=many).take_while(|step| said.contains(&format!("{step}. "))).count(),
        };
        let left = steps.len() - shown;
        let more = format!("step{}: stanch explain {}", if left == 1 { "" } else { "s" }, rule.id);
        cards += 1;
        whole += usize::from(left == 0);
        if left > 0 && !said.ends_with(&more) {
            wrong.push(format!("{}: {shown} of {} steps: {said}", rule.id, steps.len()));
        }
        for label in ["now", "write", "revoke", "abuse", "breaks"] {
            if part(card, label).is_empty() {
                wrong.push(format!("{}: no `{label}`\n{card}", rule.id));
            }
        }
        let marker = card.lines().nth(3).unwrap().trim_end();
        if !marker.contains('^') || marker.ends_with('^') && part(card, "why").is_empty() {
            wrong.push(format!("{}: not why\n{card}", rule.id));
        }
        let call = part(card, "or call");
        let is_hidden = call.contains("see “More:” below");
        hidden += usize::from(is_hidden);
        calls.0 += usize::from(!call.is_empty() && !is_hidden);
        calls.1 += usize::from(!rule.page().fix.call.is_empty());
        if ["abuse", "breaks"].iter().any(|label| part(card, label).ends_with('…')) {
            cut.push(rule.id);
        }
        if card.lines().count() > 14 || card.lines().any(is_too_long) {
            wrong.push(format!("{}: too large\n{card}", rule.id));
        }
    }
    println!(
        "{whole} of {cards} cards show every step, {} of {} their call, {} cut a sentence",
        calls.0,
        calls.1,
        cut.len()
    );
    assert!(wrong.is_empty(), "{} of {cards} wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(whole * 100 >= cards * 99, "only {whole} of {cards} cards show every step");
    assert!(
        cut.len() * 1000 <= cards,
        "cards of {cards} that cut a sentence, whose first 69 columns hold no whole one: {cut:?}"
    );
    assert!(
        hidden * 1000 <= cards,
        "{hidden} of {cards} cards have no room for their command: shorten it, or the first sentences of the steps"
    );
}

/// What a terminal shows can be pasted: the lines of a command are one command to a shell.
#[test]
fn commands_of_a_card_can_be_pasted() {
    let feed = "url = \"https://gitlab.com/projects/1/deploy\"\nDEPLOY_TOKEN = \"gldt-{b62:20}\"\n";
    for (name, text) in [("a.py", feed), ("send.py", TWILIO)] {
        let text = hook(&[(name, text)]);
        let card = text.split("\n\n").nth(1).unwrap();
        let call: Vec<&str> = card
            .lines()
            .skip_while(|line| !line.starts_with(" or call "))
            .take_while(|line| line.starts_with(" or call ") || line.starts_with("           "))
            .map(|line| &line[11..])
            .collect();
        let script = format!("set -e\ncurl() {{ echo \"curl $#\"; }}\n{}\n", call.join("\n"));
        let output = Command::new("bash").args(["-c", &script]).output().unwrap();
        let ran = String::from_utf8(output.stdout).unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{script}");
        assert_eq!(ran, "curl 5\n", "{name}: {text}");
    }
}

/// Ten findings have ten cards; what holds for all of them is said once.
#[test]
fn ten_findings_have_short_cards_and_forty_a_list() {
    let line = "TWILIO_ACCOUNT_SID=AC{hex:32}\nTWILIO_AUTH_TOKEN={hex:32}\n";
    let names: Vec<String> = (1..=40).map(|number| format!("s{number}.sh")).collect();
    let files: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), line)).collect();
    for count in [10, 40] {
        let text = hook(&files[..count]);
        for label in ["now", "write", "revoke", "or call", "abuse", "breaks"] {
            assert_eq!(text.matches(&format!("\n {label:<9} ")).count(), 1, "{label}: {text}");
        }
        for what in ["CRITICAL Twilio Auth Token", " --> s", "^"] {
            assert_eq!(text.lines().filter(|line| line.contains(what)).count(), 10, "{what}: {text}");
        }
        assert!(text.contains("(ids: below; all: --last)"), "{text}");
        let at = |name: &str| text.rfind(&format!("  {name}:2")).unwrap();
        assert!(at("s2.sh") < at("s10.sh"), "{text}");
        let (most, more) = if count == 10 { (82, 0) } else { (114, 30) };
        assert!(text.lines().count() < most, "{} lines:\n{text}", text.lines().count());
        let more = format!("\n{more} more: Twilio Auth Token [twilio-auth-token], in the list below\n");
        assert_eq!(text.contains(&more), count == 40, "{text}");
    }
}

/// What to write is left out only below a card that says the same of the same rule.
#[test]
fn what_to_write_is_told_where_it_changes() {
    const TOKEN: &str = "ghp_{b62:30}{check:crc32-b62-6}";
    let whole = format!("import os\nTOKEN = \"{TOKEN}\"\n");
    let part = format!("import os\nTOKEN = \"token {TOKEN}\"\n");
    let text = hook(&[("a.py", &whole), ("b.py", &part), ("c.py", &whole), ("d.py", &whole)]);
    let written = text.lines().filter_map(|line| line.strip_prefix(" write     "));
    let whole = "os.environ[\"GITHUB_TOKEN\"]";
    let part = "\" + os.environ[\"GITHUB_TOKEN\"] + \" (it ends the string and begins it";
    assert_eq!(written.collect::<Vec<_>>(), [whole, part, whole], "{text}");
}

/// Whoever asks for the secrets gets them all.
#[test]
fn shown_secrets_have_a_card_each() {
    let dir = tempfile::tempdir().unwrap();
    for number in 1..=6 {
        let name = format!("s{number}.sh");
        let line = "TWILIO_ACCOUNT_SID=AC{hex:32}\nTWILIO_AUTH_TOKEN={hex:32}\n";
        std::fs::write(dir.path().join(&name), sample::expand(line, &name)).unwrap();
    }
    let mut command = Command::new(env!("CARGO_BIN_EXE_stanch"));
    command.args(["scan", ".", "--show-secrets=force"]).current_dir(dir.path()).env("HOME", dir.path());
    let text = String::from_utf8(command.output().unwrap().stdout).unwrap();
    assert_eq!(text.matches("\n secret ").count(), 6, "{text}");
}

#[test]
fn the_kind_of_a_key_has_its_article() {
    const KEY: &str = concat!(
        "-----BEGIN ",
        "OPENSSH PRIVATE KEY-----\n{base64:openssh-key-v1\0\0\0\0\u{4}none{b62:150}}\n-----END ",
        "OPENSSH PRIVATE KEY-----\n"
    );
    let text = hook(&[("deploy_key", KEY)]);
    assert!(text.contains("the body decodes to an OpenSSH key"), "{text}");
}

const OWN: &str = "\
rules:
  vendors:
    - vendor: own
      name: Own
      docs: [https://wiki.acme.example/keys]
      risks: [Ordering parts at our cost.]
      fix:
        revoke: [Open the admin page and delete the key.]
        abuse: [Look for orders that nobody placed.]
        breaks: The terminals get 401 until they have the new key.
        env: OWN_KEY
      rules:
        - id: own-token
          name: NAME
          family: api-key
          severity: high
          severity-reason: It orders parts without limit.
          description: A key of the ordering service. It starts with `own_`.
          detect:
            prefix: [own_]
            shape: 'own_[0-9a-f]{32}'
          source: The documentation of the service.
          examples:
            match: ['key = own_{hex:32}']
            ignore: ['key = own_short']
";

#[test]
fn the_heading_of_a_long_name_keeps_to_eighty_columns() {
    let dir = tempfile::tempdir().unwrap();
    // Wide characters take two columns each.
    for name in ["An internal token ".repeat(8).trim().to_owned(), "社内の秘密の鍵".repeat(12)] {
        let rules = OWN.replace("NAME", &name);
        std::fs::write(dir.path().join(".stanch.yaml"), rules).unwrap();
        std::fs::write(dir.path().join("a.py"), sample::expand("key = 'own_{hex:32}'\n", "own")).unwrap();
        let output = Command::new(env!("CARGO_BIN_EXE_stanch"))
            .args(["scan", "a.py", "--color", "never"])
            .current_dir(dir.path())
            .env("HOME", dir.path())
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let heading = text.lines().find(|line| line.ends_with('…')).unwrap_or_else(|| panic!("{text}"));
        assert!(unicode_width::UnicodeWidthStr::width(heading) <= 80, "{heading}");
    }
}

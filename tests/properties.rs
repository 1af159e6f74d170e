//! What holds for any input, tried on made-up ones.
//!
//! `PROPTEST_CASES=10000 cargo test --test properties` tries harder. A case that fails is printed, shrunk.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::sync::OnceLock;

use proptest::prelude::*;
use proptest::test_runner::Config;
use stanch::advice::Stage;
use stanch::catalogue::{self, sample};
use stanch::config;
use stanch::engine::{self, FileHint, Scanner};
use stanch::finding::baseline::Baseline;
use stanch::finding::shield::Shield;
use stanch::finding::{fingerprint, inline, merge};
use stanch::source::archive::{Limits, Unpacker};
use stanch::source::push::RefUpdate;
use stanch::source::receive::Received;
use stanch::source::stdin::Stream;
use stanch::source::{Flow, Place, Source, index};

mod report_common;

/// Cases of each property when nobody asks for more: all of them take seconds in a debug build.
fn cases(count: u32) -> Config {
    Config {
        cases: std::env::var("PROPTEST_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(count),
        failure_persistence: None,
        ..Config::default()
    }
}

/// Words that wake rules, and what stands around secrets.
const WORDS: &[&str] = &[
    "twilio",
    "TWILIO_AUTH_TOKEN",
    "AC",
    "SK",
    "plivo",
    "clockwork",
    "password",
    "secret",
    "api_key",
    "Bearer ",
    "Authorization: Basic ",
    "AKIA",
    "ghp_",
    "-----BEGIN RSA PRIVATE KEY-----",
    "-----END",
    "https://",
    ":",
    "@",
    "=",
    "\"",
    "'",
    "{",
    "}",
    "(",
    "[",
    ",",
    "\n",
    "\r\n",
    "\t",
    " ",
    "#",
    "//",
    "<!--",
    "%3D",
    "\\n",
    "\u{feff}",
    "é",
    "eyJhbGciOiJIUzI1NiJ9.",
    ".",
    "/",
    "+",
    "==",
    "stanch:allow",
    "gitleaks:allow",
    "xox",
    "sk_live_",
    "SG.",
    "= [",
    "auth=(",
    "(1, 2, 3)",
    "\"\"\"",
    "\\\n",
    "`",
    "$",
    "; ",
    "f\"",
    "→",
    "“",
    "•",
    "\u{a0}",
    "\u{3000}",
];

/// Names of files in which advice is of each kind.
const NAMES: &[&str] = &[
    "a.py",
    "a.js",
    "a.ts",
    "a.go",
    "a.rs",
    "a.rb",
    "a.php",
    "a.pl",
    "a.ps1",
    "a.sh",
    "a.java",
    "a.cs",
    "a.kt",
    "a.swift",
    "a.dart",
    "a.lua",
    "a.ex",
    "a.r",
    "a.jl",
    "a.tf",
    "a.md",
    "a.rst",
    "a.yml",
    ".gitlab-ci.yml",
    "a.json",
    "a.ipynb",
    "a.xml",
    "a.properties",
    "a.toml",
    "a.ini",
    ".env",
    "Dockerfile",
    "Jenkinsfile",
    "Makefile",
    "a.html",
    "a.vue",
    "a.txt",
    "a",
];

/// A text in which something is found more often than not.
fn with_secret() -> impl Strategy<Value = Vec<u8>> {
    let secrets = [
        format!("TWILIO_AUTH_TOKEN={}", token()),
        format!("twilio.auth_token = \"{}", token()),
        format!("'postgres://app:{}@db.corp/app", token()),
        format!("https://app:{}@h.corp", token()),
        format!("--password={} ", token()),
    ];
    (soup(), prop::sample::select(secrets.to_vec()), soup())
        .prop_map(|(before, secret, after)| [before, secret.into_bytes(), after].concat())
}

fn soup() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => prop::sample::select(WORDS).prop_map(|word| word.as_bytes().to_vec()),
        2 => "[0-9a-f]{1,48}".prop_map(String::into_bytes),
        2 => "[A-Za-z0-9+/_-]{1,80}".prop_map(String::into_bytes),
        1 => prop::collection::vec(any::<u8>(), 0..24),
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

/// A real format, broken at some places.
fn mutated(original: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    let length = original.len();
    let edits = prop::collection::vec((0..length.max(1), any::<u8>()), 0..12);
    (edits, 0..=length).prop_map(move |(edits, end)| {
        let mut bytes = original.clone();
        for (at, byte) in edits {
            if let Some(slot) = bytes.get_mut(at) {
                *slot = byte;
            }
        }
        // Half of them are cut.
        if end % 2 == 0 {
            bytes.truncate(end);
        }
        bytes
    })
}

fn token() -> &'static str {
    static TOKEN: OnceLock<String> = OnceLock::new();
    TOKEN.get_or_init(|| sample::expand("{hex:32}", "properties"))
}

fn found(bytes: &[u8], name: &str) -> Vec<(String, usize)> {
    let catalogue = catalogue::embedded();
    let text = engine::as_text(bytes);
    let candidates = Scanner::new(catalogue).scan(&text, FileHint::new(name.as_bytes()));
    let hits = merge::hits(&text, name.into(), &Place::File, &candidates, |at| catalogue.rule(at));
    let id = |hit: &merge::Hit| fingerprint::fingerprint(hit.rule.id, hit.secret.expose());
    hits.iter().map(|hit| (id(hit), hit.range.start)).collect()
}

proptest! {
    #![proptest_config(cases(150))]

    #[test]
    fn the_scanner_takes_any_bytes(bytes in soup(), name in "[a-z]{0,8}(\\.[a-z]{1,5})?") {
        let text = engine::as_text(&bytes);
        let mut scanner = Scanner::new(catalogue::embedded());
        let candidates = scanner.scan(&text, FileHint::new(name.as_bytes()));
        let mut end = 0;
        for candidate in &candidates {
            prop_assert!(candidate.range.start >= end && candidate.range.end <= text.len());
            end = candidate.range.end;
        }
        for candidate in &candidates {
            let secret = &text[candidate.range.clone()];
            for why in candidate.why.iter().filter(|_| secret.len() >= 12) {
                prop_assert!(!why.as_bytes().windows(secret.len()).any(|part| part == secret), "{why}");
            }
        }
        prop_assert_eq!(found(&bytes, &name), found(&bytes, &name), "the same twice");
        inline::markers(&text, name.as_bytes());
    }

    #[test]
    fn every_report_is_written_of_any_text(bytes in with_secret(), name in prop::sample::select(NAMES)) {
        let catalogue = catalogue::embedded();
        let text = engine::as_text(&bytes);
        let candidates = Scanner::new(catalogue).scan(&text, FileHint::new(name.as_bytes()));
        let hits = merge::hits(&text, name.into(), &Place::Staged, &candidates, |at| catalogue.rule(at));
        let mut findings = merge::merge(hits);
        let mut shield = Shield::of(catalogue, findings.iter().flat_map(|finding| finding.secrets()));
        shield.findings(findings.iter_mut());
        for (format, report) in report_common::all() {
            let shown = report_common::write(report, &findings, &Stage::Staged);
            for finding in findings.iter().filter(|finding| finding.secret.expose().len() >= 12) {
                let secret = String::from_utf8_lossy(finding.secret.expose());
                prop_assert!(!shown.contains(&*secret), "{format}: {shown}");
            }
        }
    }

    #[test]
    fn a_finding_survives_edits_around_it(
        before in prop::collection::vec("[ a-z(){};]{0,40}", 0..30),
        after in prop::collection::vec("[ a-z(){};]{0,40}", 0..30),
    ) {
        let line = format!("TWILIO_AUTH_TOKEN={}\n", token());
        let plain = found(line.as_bytes(), "app.env");
        let text = format!("{}\n{line}{}\n", before.join("\n"), after.join("\n"));
        let moved = found(text.as_bytes(), "app.env");
        prop_assert_eq!(plain.len(), 1);
        prop_assert!(moved.iter().any(|one| one.0 == plain[0].0), "{}", text.replace(token(), "…"));
    }
}

proptest! {
    #![proptest_config(cases(400))]

    #[test]
    fn hook_input_is_read_or_refused(line in prop_oneof![
        soup(),
        mutated(format!("refs/heads/main {} refs/heads/main {}\n", "a".repeat(40), "0".repeat(40)).into_bytes()),
        mutated(format!("{} {} refs/heads/main\n", "a".repeat(64), "0".repeat(40)).into_bytes()),
    ]) {
        if let Ok(updates) = RefUpdate::parse(&line) {
            prop_assert!(updates.len() <= line.split(|byte| *byte == b'\n').count());
        }
        let _ = Received::parse(&line);
    }

    #[test]
    fn index_bytes_are_read_or_refused(bytes in mutated(index_file())) {
        let _ = index::contents(&bytes, gix::hash::Kind::Sha1);
        let _ = index::contents(&bytes, gix::hash::Kind::Sha256);
        let head = &bytes[..bytes.len().min(12)];
        let _ = index::cached_root(head, &bytes, gix::hash::Kind::Sha1);
    }

    #[test]
    fn settings_are_read_or_refused(bytes in prop_oneof![soup(), mutated(SETTINGS.as_bytes().to_vec())]) {
        let _ = config::policy_file(&bytes, "policy.yaml");
        if let Ok(layer) = config::stanch_yaml(&bytes, ".stanch.yaml") {
            let allow: Vec<_> = layer.allow.into_iter().collect();
            let _ = stanch::finding::allowlist::AllowList::read(&allow);
            if let Some(rules) = &layer.rules {
                let _ = catalogue::embedded().with_user(&rules.value, ".stanch.yaml");
            }
        }
    }

    #[test]
    fn a_baseline_is_read_whatever_it_holds(bytes in prop_oneof![soup(), mutated(BASELINE.as_bytes().to_vec())]) {
        let baseline = Baseline::new(&bytes);
        let _ = (baseline.entries().count(), baseline.faults());
        let _ = baseline.find("aaaa-bbbb-cccc-dddd", "twilio-auth-token");
    }

    #[test]
    fn other_tools_files_are_read_or_refused(bytes in prop_oneof![
        soup(),
        mutated(GITLEAKS_TOML.as_bytes().to_vec()),
        mutated(br#"{"results":{"a.py":[{"type":"x","hashed_secret":"00","line_number":3}]},"version":"1"}"#.to_vec()),
        mutated(b"fileignoreconfig:\n- filename: a.py\n  checksum: 00\n".to_vec()),
    ]) {
        use config::import::Format;
        let text = String::from_utf8_lossy(&bytes);
        for name in [".gitleaksignore", ".gitleaks.toml", ".secrets.baseline", ".talismanrc", ".gitallowed"] {
            let format = Format::of_name(std::path::Path::new(name)).unwrap();
            let _ = format.read(&text);
        }
    }
}

proptest! {
    #![proptest_config(cases(120))]

    #[test]
    fn an_archive_is_read_or_named(bytes in prop_oneof![
        mutated(tar()), mutated(gzip(&tar())), mutated(notebook().into_bytes()), soup(),
    ]) {
        for name in ["x.tar.gz", "x.ipynb"] {
            let mut stream = Stream::new(&bytes[..], name, 1 << 30);
            let mut unpacker = Unpacker::new(Limits::HOOK, &|_| true);
            let read = stream.visit(&mut |blob| unpacker.open(blob, &mut |_| Ok(Flow::Continue)));
            prop_assert!(read.is_ok());
            unpacker.finish();
        }
    }
}

proptest! {
    // Each reads 17 MB.
    #![proptest_config(cases(1))]

    #[test]
    fn windows_do_not_change_what_is_found(gaps in prop::collection::vec(0usize..60_000, 4)) {
        let secrets: Vec<String> =
            (0..gaps.len()).map(|n| sample::expand("{hex:32}", &format!("window {n}"))).collect();
        // A window is 8 MiB: the secrets stand around its end.
        let mut bytes = vec![b'\n'; (8 << 20) - 120_000];
        for (gap, secret) in gaps.iter().zip(&secrets) {
            bytes.resize(bytes.len() + gap, b'\n');
            bytes.extend_from_slice(format!("TWILIO_AUTH_TOKEN={secret}\n").as_bytes());
        }
        bytes.resize(bytes.len() + 200_000, b'\n');
        let (mut in_windows, mut windows) = (Vec::new(), 0);
        Stream::new(&bytes[..], "app.env", 1 << 30)
            .visit(&mut |blob| {
                windows += 1;
                let own = blob.part.as_ref().map_or(0..blob.bytes.len(), |part| part.own.clone());
                let here = found(blob.bytes, "app.env").into_iter().filter(|hit| own.contains(&hit.1));
                in_windows.extend(here.map(|hit| hit.0));
                Ok(Flow::Continue)
            })
            .unwrap();
        let whole: Vec<String> = found(&bytes, "app.env").into_iter().map(|hit| hit.0).collect();
        prop_assert_eq!(windows, 2);
        prop_assert_eq!(whole.len(), secrets.len());
        prop_assert_eq!(whole, in_windows);
    }

    #[test]
    fn threads_do_not_change_what_is_reported(texts in prop::collection::vec(soup(), 80..160)) {
        let folder = tempfile::tempdir().unwrap();
        for (number, text) in texts.iter().enumerate() {
            let line = format!("\nTWILIO_AUTH_TOKEN={}\n", sample::expand("{hex:32}", &(number % 7).to_string()));
            let own = if number % 3 == 0 { line.as_str() } else { "" };
            std::fs::write(folder.path().join(format!("f{number}.env")), [text, own.as_bytes()].concat()).unwrap();
        }
        let report = |jobs: &str| {
            let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_stanch"));
            let ran = command.args(["scan", ".", "-f", "jsonl", "-j", jobs]).current_dir(folder.path()).output();
            let text = String::from_utf8(ran.unwrap().stdout).unwrap();
            text.lines().filter(|line| !line.starts_with("{\"summary\"")).map(str::to_owned).collect::<Vec<_>>()
        };
        let alone = report("1");
        prop_assert!(alone.len() >= 7);
        prop_assert_eq!(&alone, &report("2"));
        prop_assert_eq!(&alone, &report("9"));
    }
}

/// An index of version 2 with three entries and a cache-tree.
fn index_file() -> Vec<u8> {
    let mut bytes = b"DIRC\0\0\0\x02\0\0\0\x03".to_vec();
    for name in ["a.txt", "sub/b.txt", "sub/c.txt"] {
        let start = bytes.len();
        bytes.extend([0; 24]);
        bytes.extend(0o100_644u32.to_be_bytes());
        bytes.extend([0; 12]);
        bytes.extend([7; 20]);
        bytes.extend(u16::try_from(name.len()).unwrap().to_be_bytes());
        bytes.extend(name.as_bytes());
        let length = (bytes.len() - start + 8) & !7;
        bytes.resize(start + length, 0);
    }
    let mut tree = b"\x003 1\n".to_vec();
    tree.extend([8; 20]);
    tree.extend(b"sub\x002 0\n");
    tree.extend([9; 20]);
    bytes.extend(b"TREE");
    bytes.extend(u32::try_from(tree.len()).unwrap().to_be_bytes());
    bytes.extend(tree);
    bytes.extend([0; 20]);
    assert!(index::contents(&bytes, gix::hash::Kind::Sha1).is_ok(), "sound before it is broken");
    bytes
}

const SETTINGS: &str = "exclude: [docs/, '*.snap']\nseverity: {twilio-auth-token: low}\nmax-bytes: 5MiB\n\
    paths:\n- glob: tests/**\n  min-confidence: high\npolicy: {inline: forbid, max-expiry: 30d}\nallow:\n\
    - {id: aaaa-bbbb-cccc-dddd, rule: twilio-auth-token, reason: \"x\", on: 2026-11-26}\n";

const BASELINE: &str = "# stanch baseline\naaaa-bbbb-cccc-dddd twilio-auth-token a.py\n\
    bbbb-bbbb-cccc-dddd plivo-auth-token b.py false \"note\"\n";

const GITLEAKS_TOML: &str = "title = \"x\"\n[allowlist]\npaths = ['''a/.*''']\nregexes = ['''x{3}''']\n\
    [[rules]]\nid = \"acme\"\nregex = '''acme_[0-9a-f]{32}'''\n";

fn tar() -> Vec<u8> {
    let text = b"TWILIO_AUTH_TOKEN=x\n";
    let mut header = tar::Header::new_gnu();
    header.set_size(text.len() as u64);
    header.set_mode(0o644);
    let mut builder = tar::Builder::new(Vec::new());
    builder.append_data(&mut header, "a/b.env", &text[..]).unwrap();
    builder.into_inner().unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write as _;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn notebook() -> String {
    r#"{"nbformat":4,"cells":[{"cell_type":"code","source":["a = 1\n","b"],"outputs":[{"data":{"image/png":"aGk="}}],
    "attachments":{"p":{"image/png":"aGk="}}},{"source":"x"}]}"#
        .to_owned()
}

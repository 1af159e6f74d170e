//! What the fuzz targets of `tests/fuzz` start from: inputs that are sound, each for the target that reads it.
//!
//! The tests hold that they are. `FUZZ_SEEDS=DIR cargo test --test fuzz_seeds` writes them, a folder a target.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod archive_common;
mod source_common;

use std::path::Path;

use archive_common::{bzip2, deflated, gzip, key, leak, stored, tar, xz, zip, zstd};
use gix::hash::Kind;
use serde_json::json;
use source_common::Repo;
use stanch::catalogue::{embedded, sample};
use stanch::config::{self, import::Format};
use stanch::finding::allowlist::AllowList;
use stanch::finding::baseline::Baseline;
use stanch::source::archive::{Limits, Unpacker};
use stanch::source::stdin::Stream;
use stanch::source::{Flow, Source, index};

/// Names of eight bytes, as `engine` reads them before the text.
const NAMES: [&[u8; 8]; 6] = [b"app.yaml", b"index.js", b"settings", b"notes.md", b"main.cpp", b"prod.env"];

/// Examples of every rule, made whole; the ones to ignore too.
fn examples() -> Vec<String> {
    let pages = embedded().rules().map(|(_, rule)| (rule.id, &rule.about().examples));
    pages
        .flat_map(|(id, examples)| {
            examples.matches.iter().chain(examples.ignores).map(move |example| sample::expand(example, id))
        })
        .collect()
}

fn engine() -> Vec<Vec<u8>> {
    let whole = examples();
    // Several of one vendor stand together.
    let texts = whole.chunks(3).map(|some| some.join("\n"));
    texts.enumerate().map(|(at, text)| [&NAMES[at % NAMES.len()][..], text.as_bytes()].concat()).collect()
}

fn decoders() -> Vec<Vec<u8>> {
    let plain = [15; 5];
    let plan = |at: usize| {
        let mut plan = plain;
        plan[0] = (at % 15) as u8;
        plan[1] = if at.is_multiple_of(4) { (at / 15 % 15) as u8 } else { 15 };
        plan
    };
    let texts = examples().into_iter().step_by(7).enumerate();
    texts.map(|(at, text)| [&[(at % 8) as u8][..], &plan(at), text.as_bytes()].concat()).collect()
}

fn notebook() -> Vec<u8> {
    let source = [format!("token = \"{}\"\n", key("cell")), "1".to_owned()];
    let output = json!({ "output_type": "stream", "text": [key("output")], "data": { "image/png": "aGk=" } });
    json!({ "nbformat": 4, "cells": [{ "cell_type": "code", "source": source, "outputs": [output] }] })
        .to_string()
        .into_bytes()
}

fn archives() -> Vec<Vec<u8>> {
    let text = leak("fuzz");
    let members = tar(&[("a/b.env", &text), ("c", b"x")]);
    let jar = zip(&[deflated(b"prod.env", &text), stored(b"d/", b""), stored(b"e", b"y")]);
    let config = br#"{"rootfs":{"diff_ids":["sha256:00"]},"history":[{"created_by":"RUN x"}]}"#;
    let manifest = br#"[{"Config":"c.json","RepoTags":["shop:1"],"Layers":["l"]}]"#;
    let image = tar(&[("l", &members), ("c.json", config), ("manifest.json", manifest)]);
    let packed =
        [gzip(&members), zstd(&members), xz(&members), bzip2(&members), gzip(&text), gzip(&gzip(&text))];
    let nested =
        [tar(&[("x.jar", &jar)]), zip(&[stored(b"x.tar", &members)]), [b"#!/bin/sh\n", &jar[..]].concat()];
    [members, jar, image, notebook()].into_iter().chain(packed).chain(nested).collect()
}

fn images() -> Vec<Vec<u8>> {
    let piece =
        |kind: u8, name: &str, bytes: &[u8]| [&[kind, name.len() as u8], name.as_bytes(), bytes].concat();
    let text = leak("layer");
    let members = [
        piece(b'0', "app/.env", &text),
        piece(b'0', "app/.wh.old", b""),
        piece(b'2', "link", b"app/.env"),
        piece(b'0', "cache/.wh..wh..opq", b""),
        piece(b'1', "hard", b"app/.env"),
        piece(b'L', "././@LongLink", b"a/name"),
    ];
    let with = |flags: u8, one: &[u8], two: &[u8]| {
        let mut pieces = vec![[&[flags], one].concat(), two.to_vec()];
        pieces.extend(members.iter().cloned());
        pieces.join(&0xfd)
    };
    let config = br#"{"config":{"Env":["A=b"]},"rootfs":{"diff_ids":["sha256:0123456789abcdef"]},"history":[{"created_by":"RUN x"}]}"#;
    let manifest = br#"[{"Config":"c.json","RepoTags":["shop:1"],"Layers":["l0/layer.tar","l1/layer.tar"]}]"#;
    vec![
        with(0, config, manifest),
        with(2, config, b"shop:1"),
        with(3, b"sha256:0123456789abcdef", b"RUN /bin/sh -c make # buildkit"),
        with(7, "sha256:0123é".as_bytes(), b"COPY . /app"),
    ]
}

/// What real git writes in every version and with every extension.
fn indexes() -> Vec<(Vec<u8>, Kind)> {
    type Setup = &'static [&'static [&'static str]];
    let shapes: [(&[&str], Setup); 6] = [
        (&[], &[]),
        (&[], &[&["update-index", "--index-version", "4"]]),
        (
            &[],
            &[
                &["config", "index.recordEndOfIndexEntries", "true"],
                &["config", "core.untrackedCache", "true"],
            ],
        ),
        (&[], &[&["update-index", "--split-index"]]),
        (&[], &[&["sparse-checkout", "set", "--cone", "--sparse-index", "d"]]),
        (&["--object-format=sha256"], &[]),
    ];
    shapes
        .into_iter()
        .map(|(init, set_up)| {
            let repo = Repo::init(init);
            for path in ["a", "d/b", "d/e/c", "z/z/d"] {
                repo.add(path, path);
            }
            repo.commit("first");
            set_up.iter().for_each(|args| drop(repo.git(args)));
            repo.write("new", "n");
            repo.git(&["add", "-N", "new"]);
            repo.add("d/b", "changed");
            repo.git(&["write-tree"]);
            let kind = if init.is_empty() { Kind::Sha1 } else { Kind::Sha256 };
            (std::fs::read(repo.root.join(".git/index")).unwrap(), kind)
        })
        .collect()
}

fn hook_inputs() -> Vec<Vec<u8>> {
    let (old, new, none) = ("a".repeat(40), "b".repeat(40), "0".repeat(40));
    let long = "c".repeat(64);
    vec![
        format!("refs/heads/main {new} refs/heads/main {old}\n").into_bytes(),
        format!("(delete) {none} refs/heads/old {old}\nrefs/tags/v1 {new} refs/tags/v1 {none}\n")
            .into_bytes(),
        format!("{old} {new} refs/heads/main\n{none} {new} refs/heads/new\n").into_bytes(),
        format!("{long} {} refs/heads/main\n", "0".repeat(64)).into_bytes(),
        format!("{old}..{new}").into_bytes(),
        b"v1^{}..HEAD~3".to_vec(),
    ]
}

fn settings() -> Vec<Vec<u8>> {
    let own_rules = include_str!("../docs/own-rules.md");
    let rule = own_rules.split("```yaml\n").nth(1).unwrap().split("```").next().unwrap();
    [
        "exclude: [docs/, '*.snap']\nseverity: {twilio-auth-token: low}\nmax-bytes: 5MiB\npaths:\n- glob: tests/**\n  \
         min-confidence: high\n",
        "policy: {inline: forbid, max-expiry: 30d}\n",
        "allow:\n- {id: aaaa-bbbb-cccc-dddd, rule: twilio-auth-token, reason: \"x\", on: 2026-11-26}\n",
        rule,
        "{}\n",
    ]
    .map(|text| text.as_bytes().to_vec())
    .into()
}

fn allow_lists() -> Vec<Vec<u8>> {
    [
        "- {id: aaaa-bbbb-cccc-dddd, rule: twilio-auth-token, reason: \"x\", on: 2026-11-26}\n",
        "- id: aaaa-bbbb-cccc-dddd\n  rule: twilio-auth-token\n  reason: a test\n  on: 2026-11-26\n",
        "# stanch baseline\naaaa-bbbb-cccc-dddd twilio-auth-token a.py\nbbbb-bbbb-cccc-dddd plivo-auth-token b.py false \
         \"note\"\n",
    ]
    .map(|text| text.as_bytes().to_vec())
    .into()
}

/// The file's name and a text that is sound in it.
const FOREIGN: [(&str, &str); 5] = [
    (
        ".gitleaks.toml",
        "title = \"x\"\n[allowlist]\npaths = ['''a/.*''']\nregexes = ['''x{3}''']\n[[rules]]\nid = \"acme\"\nregex = \
         '''acme_[0-9a-f]{32}'''\n",
    ),
    (".gitleaksignore", "# why\na/b.py:acme:12\n"),
    (
        ".secrets.baseline",
        r#"{"version":"1","results":{"a.py":[{"type":"x","hashed_secret":"00","line_number":3}]}}"#,
    ),
    (".talismanrc", "fileignoreconfig:\n- filename: a.py\n  checksum: 00\n"),
    (".gitallowed", "a/.*\\.py:.*token\n"),
];

fn escapes() -> Vec<Vec<u8>> {
    ["a\u{1b}[2Jb\u{202e}c\u{200b}d\re", "naïve – 日本", "\u{e0041}\u{fe0f}\u{ad}"]
        .map(|text| text.as_bytes().to_vec())
        .into()
}

fn reports() -> Vec<Vec<u8>> {
    let hostile: [&[u8]; 6] = [
        b"</script><img src=x onerror=alert(1)>",
        b"\n::error::x",
        b"a,\"b\"\r\n=cmd|'/c calc'!A1",
        b"]]>&amp;<![CDATA[",
        b"| [x](javascript:y) `c` | @me\n\n# h\n",
        b"{{findings}}%0A%00\\u0000\"",
    ];
    let plain: [&[u8]; 6] = [b"Ann <ann@acme.example>", b"main", b"v1", b"origin", b"stash", b"a reason"];
    let all = |flags: [u8; 3], path: &[u8], before: &[u8], after: &[u8], texts: [&[u8]; 6]| {
        [&flags[..], &[&[path, before, after][..], &texts].concat().join(&0xfd)].concat()
    };
    vec![
        all([0, 0, 0], b"src/main.py", b"token = '", b"'", plain),
        all([1, 8, 1], b"src/main.py", b"token = '", b"' # x", plain),
        all([13, 10, 2], b"x.tar/!/a.env", b"TOKEN=", b"\n", plain),
        all([19, 31, 3], b"-x/<b>&.py\x1b", b"\xe2\x80\xae<'", b"\"\xff\n", hostile),
        all([2, 63, 0], b"=1+2;\"x\".csv", b"\"", b"\"\n", hostile),
    ]
}

#[test]
fn archives_and_images_are_looked_into() {
    for (at, bytes) in archives().iter().enumerate() {
        let (mut unpacker, mut inside) = (Unpacker::new(Limits::HOOK, &|_| true), 0);
        let mut each = |blob: &stanch::source::Blob<'_>| {
            inside += usize::from(blob.place.inside().is_some());
            Ok(Flow::Continue)
        };
        Stream::new(&bytes[..], "x.ipynb", 1 << 30)
            .visit(&mut |blob| unpacker.open(blob, &mut each))
            .unwrap();
        let coverage = unpacker.finish();
        assert!(inside > 0 && coverage.failed.is_empty(), "archive {at}: {inside} {:?}", coverage.failed);
    }
}

#[test]
fn indexes_are_read() {
    for (at, (bytes, kind)) in indexes().iter().enumerate() {
        let read = index::contents(bytes, *kind).unwrap();
        let is_split = matches!(read, index::Read::Split);
        assert_eq!(is_split, at == 3, "{at}: {read:?}");
    }
}

#[test]
fn hook_inputs_are_read() {
    use stanch::source::{push::RefUpdate, receive::Received};
    for input in &hook_inputs() {
        let text = String::from_utf8_lossy(input);
        let reads = [
            RefUpdate::parse(input).is_ok(),
            Received::parse(input).is_ok(),
            stanch::source::range::parse(&text).is_ok(),
        ];
        assert!(reads.contains(&true), "{text}");
    }
}

#[test]
fn settings_and_lists_are_read() {
    for bytes in settings() {
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let layer = config::stanch_yaml(&bytes, ".stanch.yaml")
            .or_else(|_| config::policy_file(&bytes, "policy.yaml"));
        let layer = layer.unwrap_or_else(|faults| panic!("{text}: {faults:?}"));
        if let Some(rules) = layer.rules {
            embedded()
                .with_user(&rules.value, ".stanch.yaml")
                .unwrap_or_else(|faults| panic!("{text}: {faults:?}"));
        }
    }
    for bytes in allow_lists() {
        let text = [b"allow:\n", &bytes[..]].concat();
        let listed = config::stanch_yaml(&text, ".stanch.yaml").map(|layer| {
            AllowList::read(&layer.allow.into_iter().collect::<Vec<_>>()).unwrap().entries().len()
        });
        let known = Baseline::new(&bytes).entries().count();
        assert!(known > 0 || listed.is_ok_and(|entries| entries > 0), "{}", String::from_utf8_lossy(&text));
    }
    for (name, text) in FOREIGN {
        Format::of_name(Path::new(name)).unwrap().read(text).unwrap_or_else(|why| panic!("{name}: {why}"));
    }
}

#[test]
fn every_target_has_seeds() {
    let foreign = FOREIGN.map(|(_, text)| text.as_bytes().to_vec()).to_vec();
    let all = [
        ("engine", engine()),
        ("decoders", decoders()),
        ("archive", archives()),
        ("image", images()),
        ("index", indexes().into_iter().map(|(bytes, _)| bytes).collect()),
        ("hook_input", hook_inputs()),
        ("settings", settings()),
        ("allow_list", allow_lists()),
        ("import", foreign),
        ("escape", escapes()),
        ("report", reports()),
    ];
    let mut targets: Vec<String> = std::fs::read_dir("tests/fuzz/targets")
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned())
        .filter(|name| name != "well_formed")
        .collect();
    targets.sort();
    let mut seeded: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
    seeded.sort();
    assert_eq!(targets, seeded);
    assert!(all.iter().all(|(_, seeds)| seeds.len() >= 3));
    let Some(folder) = std::env::var_os("FUZZ_SEEDS") else { return };
    for (target, seeds) in &all {
        let folder = Path::new(&folder).join(target);
        std::fs::create_dir_all(&folder).unwrap();
        for (at, seed) in seeds.iter().enumerate() {
            std::fs::write(folder.join(format!("seed-{at:04}")), seed).unwrap();
        }
    }
}

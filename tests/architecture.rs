//! The layers, held by reading the sources: who may import whom, what only one place may name, how long
//! a file may be, and what must stand nowhere in the tree.
#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that cannot be")]

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

/// Each layer, lowest first, and what it may import.
const LAYERS: &[(&str, &[&str])] = &[
    ("catalogue", &[]),
    ("config", &["catalogue"]),
    ("source", &[]),
    ("engine", &["catalogue"]),
    // The plain types of `source` only: `Place` and the trait that answers what a change replaces.
    // Of `config` what allow lists are written in: path patterns, faults and a YAML entry.
    ("finding", &["catalogue", "config", "engine", "source"]),
    ("advice", &["catalogue", "finding"]),
    // What a finding is made of: the rule it names and the place it stands at.
    ("report", &["catalogue", "source", "finding", "advice"]),
    // Samples of made-up secrets, for the demo and the canary.
    ("install", &["catalogue"]),
    ("cli", &["catalogue", "config", "source", "engine", "finding", "advice", "report", "install"]),
];

/// What may be named, and the only paths that may name it.
const ALONE: &[(&str, &[&str])] = &[
    // Pre-1.0: an upgrade touches one folder.
    ("gix", &["src/source/"]),
    // Where a setting comes from is known in one place.
    // In `advice` they stand in the code that people are told to write.
    ("std::env", &["src/config/", "src/cli/", "src/main.rs", "src/catalogue/build.rs", "src/advice/"]),
    ("env::var", &["src/config/", "src/cli/", "src/catalogue/build.rs", "src/advice/"]),
    // Only the build and a user's own files are YAML.
    ("serde_yaml", &["src/catalogue/", "src/config/"]),
    // No subprocess on the path of a commit; the fallback and the installer ask git.
    ("process::Command", &["src/source/plumbing.rs", "src/install/", "src/cli/"]),
    ("Command::new", &["src/source/plumbing.rs", "src/install/", "src/cli/"]),
    // Offline.
    ("std::net", &[]),
    // Shapes are determinized by the build, or for a user's rules by the same code.
    ("dfa::dense", &["src/catalogue/"]),
    ("owo_colors", &["src/report/", "src/cli/"]),
    // Nothing below writes to disk.
    ("fs::write", &["src/install/", "src/cli/", "src/catalogue/build.rs"]),
    ("File::create", &["src/install/", "src/cli/", "src/catalogue/build.rs"]),
    ("OpenOptions", &["src/install/", "src/cli/"]),
    ("fs::remove_", &["src/install/", "src/cli/"]),
    ("fs::rename", &["src/install/", "src/cli/"]),
    ("create_dir", &["src/install/", "src/cli/"]),
];

/// Lines a file may have, its unit tests aside.
const MAX_LINES: usize = 500;

/// Longer files, each with the reason. Tables and generated lists only.
const LONGER: &[(&str, &str)] =
    &[("tests/source_staged.rs", "a list of repositories: one test for each shape of index and history")];

#[test]
fn layers_import_only_what_they_may() {
    let mut wrong = Vec::new();
    for (layer, allowed) in LAYERS {
        for file in files(&format!("src/{layer}"), "rs") {
            let code = code(&file);
            for (other, _) in LAYERS.iter().filter(|(other, _)| other != layer && !allowed.contains(other)) {
                if names_module(&code, other) {
                    wrong.push(format!("{}: `{layer}` must not import `{other}`", file.display()));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_folder_is_a_layer_and_every_layer_a_module() {
    let mut folders: Vec<String> = std::fs::read_dir("src")
        .unwrap()
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir())
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect();
    let mut layers: Vec<String> = LAYERS.iter().map(|(layer, _)| (*layer).to_owned()).collect();
    folders.sort();
    layers.sort();
    assert_eq!(folders, layers);

    let lib = std::fs::read_to_string("src/lib.rs").unwrap();
    for layer in layers {
        assert!(lib.contains(&format!("pub mod {layer};")), "src/lib.rs lacks `{layer}`");
    }
}

#[test]
fn some_things_are_named_in_one_place_only() {
    let mut wrong = Vec::new();
    for file in files("src", "rs") {
        let (path, code) = (slashed(&file), code(&file));
        for (name, places) in ALONE {
            if has_word(&code, name) && !places.iter().any(|place| path.starts_with(place)) {
                wrong.push(format!("{path}: `{name}` belongs to {places:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_have_one_subject() {
    let mut wrong = Vec::new();
    for file in [files("src", "rs"), files("tests", "rs")].concat() {
        let (path, text) = (slashed(&file), std::fs::read_to_string(&file).unwrap());
        let lines = text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or_default().lines().count();
        let excused = LONGER.iter().any(|(longer, _)| *longer == path);
        if lines > MAX_LINES && !excused {
            wrong.push(format!("{path}: {lines} lines before its tests, {MAX_LINES} are allowed"));
        }
        if lines <= MAX_LINES && excused {
            wrong.push(format!("{path}: is short enough now, take it off the list"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn nothing_in_the_tree_depends_on_one_machine() {
    // In pieces, so that this file does not find itself.
    let paths = [concat!("/ro", "ot/"), concat!("/wo", "rk/"), concat!("/Us", "ers/")];
    let hosts = [
        concat!("registry.np", "mjs.org"),
        concat!("registry.ya", "rnpkg.com"),
        concat!("files.pyt", "honhosted.org"),
        concat!("index.cra", "tes.io"),
        concat!("static.cra", "tes.io"),
        concat!("proxy.go", "lang.org"),
    ];
    // What speaks of registries because their credentials are its subject.
    let about_registries =
        |path: &str| path == "rules.yaml" || path.starts_with("rules/") || path.starts_with("docs/");
    let mut wrong = Vec::new();
    for file in everything(Path::new(".")) {
        let Ok(text) = std::fs::read_to_string(&file) else { continue };
        let path = slashed(&file);
        for needle in paths.iter().filter(|needle| has_absolute(&text, needle)) {
            wrong.push(format!("{path}: `{needle}`"));
        }
        for host in hosts.iter().filter(|host| text.contains(**host) && !about_registries(&path)) {
            wrong.push(format!("{path}: `{host}`"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_reader_sees_every_form_of_import() {
    for text in [
        "use crate::source::Place;",
        "crate::source::x()",
        "use crate::{a::{b, c}, source};",
        "use crate::{\n  source::Place,\n};",
    ] {
        assert!(names_module(text, "source"), "{text}");
    }
    for text in
        ["use crate::sources::x;", "use other::source;", "use crate::{a::{source, c}, d};", "let source = 1;"]
    {
        assert!(!names_module(text, "source"), "{text}");
    }
    assert_eq!(strip_comments("a // crate::source\nb /* gix */ c"), "a \nb  c");
    assert!(has_word("use gix::x;", "gix") && !has_word("use gixy;", "gix"));
}

/// Whether `code` names module `other` of this crate, alone or in a list.
fn names_module(code: &str, other: &str) -> bool {
    if has_word(code, &format!("crate::{other}")) {
        return true;
    }
    code.match_indices("crate::{").any(|(at, start)| {
        let mut depth = 1;
        let mut item = String::new();
        for c in code[at + start.len()..].chars() {
            match c {
                '{' => depth += 1,
                '}' => depth -= 1,
                _ => {}
            }
            if depth == 0 || (depth == 1 && c == ',') {
                if item.trim() == other || item.trim().starts_with(&format!("{other}::")) {
                    return true;
                }
                item.clear();
            } else {
                item.push(c);
            }
            if depth == 0 {
                return false;
            }
        }
        false
    })
}

/// Whether a path starts with `start`; the same in the middle of a path or a URL is no matter.
fn has_absolute(text: &str, start: &str) -> bool {
    let inside = |c: char| c.is_ascii_alphanumeric() || "._-/}*".contains(c);
    text.match_indices(start).any(|(at, _)| !text[..at].ends_with(inside))
}

fn has_word(code: &str, word: &str) -> bool {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '_';
    code.match_indices(word).any(|(at, _)| {
        let open = word.ends_with('_');
        !code[..at].ends_with(part) && (open || !code[at + word.len()..].starts_with(part))
    })
}

/// The code of a file: no comments, no unit tests (which may write files).
fn code(file: &Path) -> String {
    let text = std::fs::read_to_string(file).unwrap();
    strip_comments(text.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or_default())
}

/// Good enough for our own sources: a `//` inside a string hides the rest of that line only.
fn strip_comments(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('/') {
        let (before, comment) = rest.split_at(at);
        out.push_str(before);
        rest = if comment.starts_with("//") {
            comment.find('\n').map_or("", |end| &comment[end..])
        } else if comment.starts_with("/*") {
            comment.find("*/").map_or("", |end| &comment[end + 2..])
        } else {
            out.push('/');
            &comment[1..]
        };
    }
    out + rest
}

fn files(dir: &str, extension: &str) -> Vec<PathBuf> {
    let mut found = everything(Path::new(dir));
    found.retain(|path| path.extension() == Some(OsStr::new(extension)));
    assert!(!found.is_empty(), "{dir} holds no .{extension} file");
    found
}

/// Every file below `dir` but git's, the build's and the lock file, which is all registry by nature.
fn everything(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap_or_default();
        if name == ".git" || name == "target" || name == "Cargo.lock" || path.is_symlink() {
            continue;
        }
        if path.is_dir() { found.extend(everything(&path)) } else { found.push(path) }
    }
    found.sort();
    found
}

fn slashed(path: &Path) -> String {
    path.to_string_lossy().trim_start_matches("./").replace('\\', "/")
}

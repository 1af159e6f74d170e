//! What must never stop a commit: public values, ciphertext, well-known examples, and what real source
//! trees hold that looks like a secret. The cases and their form are in `tests/quiet/README.md`.
#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that cannot be")]

mod support;

use std::path::Path;
use std::process::Command;

use support::cases::{Case, cases, scan};

#[test]
fn public_by_design_never_blocks() {
    check("public.txt", 100);
}

#[test]
fn lookalikes_never_block() {
    check("lookalikes.txt", 45);
}

/// The files of this project, as a developer of it sees them: no folder of tests is left out.
#[test]
fn nothing_in_this_tree_blocks() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    if !root.join(".git").exists() {
        // Without git nothing says that `target` is none of it.
        return;
    }
    let scan =
        Command::new(env!("CARGO_BIN_EXE_stanch")).args(["scan", "."]).current_dir(root).output().unwrap();
    assert_eq!(scan.status.code(), Some(0), "{}", String::from_utf8_lossy(&scan.stdout));
}

fn check(file: &str, at_least: usize) {
    let cases: Vec<Case> = cases(&Path::new("tests/quiet").join(file));
    assert!(cases.len() >= at_least, "{} cases", cases.len());
    let (reported, _) = scan(&cases);
    let blocking: Vec<String> = reported
        .iter()
        .flat_map(|(at, found)| found.iter().filter(|f| f.blocks).map(|f| (&cases[*at].name, f)))
        .map(|(name, found)| format!("{name}: {} on line {}", found.rule, found.line))
        .collect();
    assert!(blocking.is_empty(), "{} would block:\n{}", blocking.len(), blocking.join("\n"));
}

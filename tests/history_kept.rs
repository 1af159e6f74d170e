//! Who keeps a secret of a history: a remote that was pushed over, a tag, and what git keeps for itself. By real git,
//! through the program.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod history_common;
mod source_common;

use history_common::{Report, key, line, stanch};
use serde_json::Value;
use source_common::Repo;

/// A remote that has had a commit has it, whatever was pushed over it.
#[test]
fn what_was_pushed_over_was_pushed() {
    let repo = Repo::init(&[]);
    repo.add("a.py", "x\n");
    repo.commit("one");
    let server = repo.root.with_file_name("server.git");
    repo.git(&["init", "-q", "--bare", server.to_str().unwrap()]);
    repo.git(&["remote", "add", "origin", server.to_str().unwrap()]);
    repo.add("s.py", line("pushed over"));
    repo.commit("two");
    repo.git(&["push", "-q", "-u", "origin", "main"]);
    repo.git(&["rm", "-q", "s.py"]);
    repo.git(&["commit", "-q", "--amend", "--allow-empty", "-m", "two"]);
    repo.git(&["push", "-q", "-f"]);
    repo.add("s.py", line("amended here"));
    repo.commit("three");
    repo.git(&["reset", "-q", "--hard", "HEAD^"]);
    let report = Report::of(&repo, &["--history"]);
    let trace = report.trace("pushed over");
    assert_eq!((&trace["reach"], &trace["in_head"]), (&"pushed".into(), &false.into()));
    assert_eq!(trace["remotes"], serde_json::json!(["origin"]));
    assert!(trace["elsewhere"].to_string().contains("reflog of remotes/origin/main"), "{trace}");
    assert_eq!(report.trace("amended here")["reach"], "kept", "only the reflog of a branch here has it");
}

/// In a fresh clone a tag came from the remote, and nothing else tells so.
#[test]
fn a_tag_may_have_been_pushed() {
    let repo = Repo::init(&[]);
    repo.add("a.py", "x\n");
    repo.commit("one");
    repo.git(&["checkout", "-q", "-b", "release"]);
    repo.add("s.py", line("tagged"));
    repo.commit("two");
    repo.git(&["tag", "v1"]);
    repo.git(&["checkout", "-q", "main"]);
    repo.git(&["branch", "-q", "-D", "release"]);
    let clone = repo.root.with_file_name("clone");
    repo.git(&["clone", "-q", repo.root.to_str().unwrap(), clone.to_str().unwrap()]);
    for checked_out in ["main", "v1"] {
        repo.git(&["-C", clone.to_str().unwrap(), "checkout", "-q", checked_out]);
        let output = stanch(&clone, &["scan", "--history", "--format", "json"]);
        let json: Value = serde_json::from_slice(&output.stdout).unwrap();
        let (trace, said) =
            (&json["findings"][0]["trace"], json["findings"][0]["advice"]["exposure"].to_string());
        assert_eq!((&trace["reach"], &trace["in_head"]), (&"tagged".into(), &(checked_out == "v1").into()));
        assert!(said.contains("v1 holds it") && said.contains("Rotate it unless"), "{said}");
        let output = stanch(&clone, &["scan", "--history"]);
        assert!(!String::from_utf8_lossy(&output.stdout).contains("Not pushed"));
    }
}

/// A secret, and what makes git keep it.
type Keep<'k> = (&'k str, &'k dyn Fn(&Repo));

/// The command that a card names for what git keeps empties it.
#[test]
fn what_git_keeps_is_dropped_by_the_command_that_is_told() {
    let keep: [Keep<'_>; 6] = [
        ("reflog", &|repo| {
            repo.add("s.py", line("reflog"));
            repo.commit("two");
            repo.git(&["reset", "-q", "--hard", "HEAD^"]);
        }),
        ("stash", &|repo| {
            repo.add("s.py", line("stash"));
            repo.git(&["stash", "-q"]);
        }),
        ("unreachable", &|repo| {
            repo.write("s.py", line("unreachable"));
            repo.git(&["hash-object", "-w", "s.py"]);
            std::fs::remove_file(repo.root.join("s.py")).unwrap();
        }),
        ("reference", &|repo| {
            repo.git(&["notes", "add", "-m", &key("reference")]);
        }),
        ("subject", &|repo| {
            let said = format!("moved {}", key("subject"));
            repo.git(&["update-ref", "--create-reflog", "-m", &said, "refs/heads/other", "HEAD"]);
        }),
        ("lfs", &|repo| repo.write(".git/lfs/objects/ab/cd/abcd", line("lfs"))),
    ];
    for (seed, keep) in keep {
        let repo = Repo::init(&[]);
        repo.add("a.py", "x\n");
        repo.commit("one");
        keep(&repo);
        let report = Report::of(&repo, &["--history"]);
        let found = report.find(seed).unwrap_or_else(|| panic!("{seed}"));
        assert_eq!(found["trace"]["reach"], "kept", "{seed}");
        let said = found["advice"]["exposure"].as_str().unwrap();
        let mut ran = 0;
        for command in said.split('`').skip(1).step_by(2).filter(|command| !command.ends_with("list -p")) {
            let output = std::process::Command::new("sh")
                .args(["-c", command])
                .current_dir(&repo.root)
                .env("HOME", &repo.root)
                .output()
                .unwrap();
            assert!(output.status.success(), "{command}: {output:?}");
            ran += 1;
        }
        assert!(ran > 0, "{said}");
        assert!(Report::of(&repo, &["--history"]).find(seed).is_none(), "{seed} outlives: {said}");
    }
}

/// Reflogs that stand in no files are read through git.
#[test]
fn the_text_of_reflogs_is_read_wherever_it_is_kept() {
    let help = Repo::init(&[]).try_git(&["init", "-h"]);
    if !String::from_utf8_lossy(&[help.stdout, help.stderr].concat()).contains("ref-format") {
        return;
    }
    let repo = Repo::init(&["--ref-format=reftable"]);
    repo.add("a.py", "x\n");
    repo.commit("one");
    let said = format!("moved {}", key("said"));
    repo.git(&["update-ref", "--create-reflog", "-m", &said, "refs/heads/other", "HEAD"]);
    repo.add("b.py", line("dropped"));
    repo.commit("two");
    repo.git(&["reset", "-q", "--hard", "HEAD^"]);
    let report = Report::of(&repo, &["--history"]);
    assert_eq!(report.find("said").unwrap()["file"], "reflog of other");
    assert!(report.trace("dropped")["elsewhere"].to_string().contains("reflog of main"));
}

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

/// What was fetched is where it was fetched from, tracking reference or not.
#[test]
fn what_was_fetched_is_at_the_other_side() {
    let far = Repo::init(&[]);
    far.add("s.py", line("fetched"));
    far.commit("one");
    let place = far.root.to_str().unwrap();
    let trace = |near: &Repo| Report::of(near, &["--history"]).trace("fetched").clone();
    let near = || {
        let near = Repo::init(&[]);
        near.add("a.py", "x\n");
        near.commit("here");
        near
    };

    // From a place that no remote names: another directory proves nothing, a host does.
    let by_url = near();
    by_url.git(&["fetch", "-q", place, "main"]);
    assert_eq!(trace(&by_url)["reach"], "kept");
    let fetched = by_url.root.join(".git/FETCH_HEAD");
    let line = std::fs::read_to_string(&fetched).unwrap();
    assert!(line.ends_with(&format!("\tbranch 'main' of {place}\n")), "{line}");
    std::fs::write(&fetched, line.replace(place, "https://me:pass@example.com/o/r")).unwrap();
    let told = trace(&by_url);
    assert_eq!(
        (&told["reach"], &told["remotes"]),
        (&"pushed".into(), &serde_json::json!(["example.com/o/r"]))
    );

    // From a remote, none of whose references is followed; git leaves out that its URL ends in `.git`.
    let bare = far.root.with_file_name("bare.git");
    far.git(&["clone", "-q", "--bare", place, bare.to_str().unwrap()]);
    let by_name = near();
    by_name.git(&["config", "remote.far.url", bare.to_str().unwrap()]);
    by_name.git(&["fetch", "-q", "far", "main"]);
    assert_eq!(trace(&by_name)["remotes"], serde_json::json!(["far"]));

    // By `git maintenance`, in the background.
    let ahead = near();
    ahead.git(&["remote", "add", "far", place]);
    ahead.git(&["maintenance", "run", "--task=prefetch"]);
    assert_eq!(ahead.line(&["for-each-ref", "--format=%(refname)", "refs/remotes"]), "");
    assert_eq!(trace(&ahead)["remotes"], serde_json::json!(["far"]));

    // By a partial clone, whose packs say so when no reference does.
    far.git(&["config", "uploadpack.allowFilter", "true"]);
    far.git(&["config", "uploadpack.allowAnySHA1InWant", "true"]);
    let partial = far.root.with_file_name("partial");
    far.git(&["clone", "-q", "--filter=blob:none", &format!("file://{place}"), partial.to_str().unwrap()]);
    std::fs::remove_file(partial.join(".git/packed-refs")).unwrap();
    for gone in ["refs/remotes", "logs"] {
        std::fs::remove_dir_all(partial.join(".git").join(gone)).unwrap();
    }
    let output = stanch(&partial, &["scan", "--history", "--format", "json"]);
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["findings"][0]["trace"]["remotes"], serde_json::json!(["origin"]), "{json}");
}

/// git files a note under the id of what it speaks of.
#[test]
fn a_note_is_called_one() {
    let repo = Repo::init(&[]);
    repo.add("a.py", "x\n");
    repo.commit("one");
    let commit = repo.line(&["rev-parse", "HEAD"]);
    repo.git(&["notes", "add", "-m", &line("noted")]);
    repo.git(&["notes", "--ref=review", "add", "-m", &line("reviewed"), "HEAD^{tree}"]);
    let report = Report::of(&repo, &["--history"]);
    let place = |name: &str| report.find(name).unwrap()["file"].as_str().unwrap().to_owned();
    assert_eq!(place("noted"), format!("note of commit {} (refs/notes/commits)", commit.trim()));
    assert!(
        place("reviewed").starts_with("note of tree ") && place("reviewed").contains("(refs/notes/review)")
    );
}

/// A submodule is a repository of its own, and no blob of this one.
#[test]
fn submodules_do_not_count_as_blobs() {
    let inner = Repo::init(&[]);
    inner.add("a.py", "x\n");
    inner.commit("one");
    let repo = Repo::init(&[]);
    for path in ["one", "two"] {
        let add = ["-c", "protocol.file.allow=always", "submodule", "--quiet", "add"];
        repo.git(&[&add[..], &[inner.root.to_str().unwrap(), path]].concat());
    }
    repo.commit("two submodules");
    let told = String::from_utf8(stanch(&repo.root, &["scan", "--history"]).stdout).unwrap();
    let summary = told.lines().find(|line| line.starts_with("stanch: scanned")).unwrap();
    let words: Vec<&str> = summary.split(' ').collect();
    assert_eq!(words[2], words[4], "{summary}");
    assert!(summary.contains(" 0 skipped, ") && summary.ends_with(", 2 submodules not entered"), "{summary}");
}

/// What git keeps and nobody could look into is named, wherever it stands.
#[cfg(unix)]
#[test]
fn what_of_git_s_own_cannot_be_read_is_said() {
    let repo = Repo::init(&[]);
    repo.add("a.py", "x\n");
    repo.commit("one");
    let tree = repo.root.with_file_name("tree");
    repo.git(&["worktree", "add", "-q", "--detach", tree.to_str().unwrap()]);
    let git = repo.root.join(".git");
    let clean = Report::of(&repo, &["--history"]);
    assert_eq!((clean.code, clean.list("skipped"), clean.list("failed")), (0, vec![], vec![]));

    // Left out, and said.
    let (objects, packs) = (git.join("objects"), git.join("objects/pack"));
    std::fs::create_dir_all(objects.join("tmp_objdir-incoming-abc/pack")).unwrap();
    let first = std::fs::read_dir(&objects).unwrap().flatten().find(|entry| entry.file_name().len() == 2);
    std::fs::write(first.unwrap().path().join("tmp_obj_1"), "x").unwrap();
    std::fs::write(packs.join("pack-1.pack"), "PACK").unwrap();
    std::os::unix::fs::symlink("/nowhere", git.join("description.more")).unwrap();
    // Read as a text.
    std::fs::write(objects.join("notes.txt"), line("among the objects")).unwrap();
    let report = Report::of(&repo, &["--history"]);
    let skipped = report.list("skipped").join("\n");
    for name in [
        "tmp_objdir-incoming-abc: left by",
        "/tmp_obj_1: left by",
        "pack-1.pack: a pack without",
        "more: symbolic",
    ] {
        assert!(skipped.contains(name), "{name}: {skipped}");
    }
    assert_eq!((report.list("skipped").len(), report.list("failed").len()), (4, 0), "{skipped}");
    assert_eq!(report.found(&["among the objects"]).len(), 1);

    // Could not be read, so the run does not pass.
    std::fs::remove_file(objects.join("notes.txt")).unwrap();
    std::fs::write(git.join("index"), "rubbish").unwrap();
    std::fs::write(objects.join("info/alternates"), "/no/such/objects\n").unwrap();
    let head = git.join("worktrees/tree/HEAD");
    std::fs::remove_file(&head).unwrap();
    std::fs::create_dir(&head).unwrap();
    let report = Report::of(&repo, &["--history"]);
    let failed = report.list("failed").join("\n");
    assert!(failed.contains("index: ") && failed.contains("HEAD of work tree tree: "), "{failed}");
    assert!(failed.contains("/no/such/objects: no directory"), "{failed}");
    assert_eq!(report.code, 2, "{failed}");
}

//! Where a secret of a history is still live, what a remote is known to have had, and what could not be looked at. By
//! real git, through the program.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod history_common;
mod source_common;

use std::path::{Path, PathBuf};

use history_common::{Report, key, line, stanch};
use serde_json::json;
use source_common::Repo;
use stanch::catalogue::sample;

/// A repository with a commit, and a bare one that it pushes to.
fn pair() -> (Repo, PathBuf) {
    let repo = Repo::init(&[]);
    let server = repo.root.with_file_name("server.git");
    repo.git(&["init", "-q", "--bare", "-b", "main", server.to_str().unwrap()]);
    repo.git(&["remote", "add", "origin", server.to_str().unwrap()]);
    repo.add("a.py", "x\n");
    repo.commit("one");
    repo.git(&["push", "-q", "-u", "origin", "main"]);
    (repo, server)
}

fn at(dir: &Path, args: &[&str]) -> Report {
    let output = stanch(dir, &[&["scan", "--format", "json", "--history"], args].concat());
    let json = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|err| panic!("{err}: {}", String::from_utf8_lossy(&output.stderr)));
    Report { code: output.status.code().unwrap(), json }
}

fn said(report: &Report, seed: &str) -> String {
    report.find(seed).unwrap()["advice"]["exposure"].as_str().unwrap().to_owned()
}

fn failed(report: &Report) -> String {
    report.json["summary"]["failed"].to_string()
}

/// What another branch still has is not told to be history, and no list has it deleted there.
#[test]
fn what_stands_at_another_tip_is_live_and_stays() {
    let (repo, _) = pair();
    repo.git(&["branch", "dev"]);
    repo.add("s.py", line("elsewhere"));
    repo.commit("two");
    repo.git(&["push", "-q"]);
    repo.git(&["switch", "-q", "dev"]);
    let list = repo.root.with_file_name("list");
    let listed = ["--filter-repo-file", list.to_str().unwrap()];
    let report = at(&repo.root, &listed);
    let trace = report.trace("elsewhere");
    assert_eq!((&trace["reach"], &trace["in_head"]), (&json!("live_and_pushed"), &json!(false)));
    assert_eq!(trace["live"], json!(["main", "origin/main"]));
    assert!(said(&report, "elsewhere").starts_with("Not in HEAD, but live in main, origin/main"));
    assert_eq!(std::fs::read(&list).unwrap(), b"", "git filter-repo would delete the file of main");
    // The same command again, and what it says.
    let shown = stanch(&repo.root, &[&["scan", "--history"], &listed[..]].concat());
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(shown.contains("was left out, which still stands in main, origin/main"), "{shown}");
    assert!(shown.contains("Live and pushed") && !shown.contains("only in history"), "{shown}");

    // Taken out here, and not yet there.
    repo.git(&["switch", "-q", "main"]);
    repo.git(&["rm", "-q", "s.py"]);
    repo.commit("three");
    let report = at(&repo.root, &listed);
    assert_eq!(report.trace("elsewhere")["live"], json!(["origin/main"]));
    assert!(said(&report, "elsewhere").contains("then push or merge"), "{}", said(&report, "elsewhere"));
    assert_eq!(std::fs::read(&list).unwrap(), b"");
    repo.git(&["push", "-q"]);
    let report = at(&repo.root, &listed);
    let trace = report.trace("elsewhere");
    assert_eq!((&trace["reach"], &trace["live"]), (&json!("pushed"), &json!([])));
    assert_eq!(std::fs::read_to_string(&list).unwrap().lines().count(), 1);

    // What somebody wrote is not taken for a list.
    std::fs::write(&list, "notes\n").unwrap();
    assert_eq!(stanch(&repo.root, &[&["scan", "--history"], &listed[..]].concat()).status.code(), Some(2));
}

/// The tip of a branch that was never pushed, and what other work trees have checked out.
#[test]
fn other_work_trees_are_live() {
    let (repo, _) = pair();
    let tree = repo.root.with_file_name("tree");
    repo.git(&["worktree", "add", "-q", "--detach", tree.to_str().unwrap()]);
    std::fs::write(tree.join("s.py"), line("detached")).unwrap();
    let there = |args: &[&str]| repo.git(&[&["-C", tree.to_str().unwrap()], args].concat());
    there(&["add", "s.py"]);
    there(&["commit", "-q", "-m", "there"]);
    let report = at(&repo.root, &[]);
    let trace = report.trace("detached");
    assert_eq!(
        (&trace["reach"], &trace["live"]),
        (&json!("local"), &json!(["HEAD of work tree tree"])),
        "{trace}"
    );
    assert!(said(&report, "detached").starts_with("Not in HEAD, but live in HEAD of work tree"));
    assert_eq!(at(&tree, &[]).trace("detached")["live"], json!([]), "it is HEAD there");

    // Of parts of the work the answer is that of one run.
    let report = at(&repo.root, &[]);
    for of in [1, 3] {
        let parts = (1..=of).map(|part| {
            let name = format!("part-{part}.json");
            let shard = format!("{part}/{of}");
            stanch(&repo.root, &["scan", "--history", "--shard", &shard, "-f", "json", "-o", &name]);
            name
        });
        let parts: Vec<String> = parts.collect();
        let args: Vec<&str> = ["merge"].into_iter().chain(parts.iter().map(String::as_str)).collect();
        let joined = serde_json::from_slice(&stanch(&repo.root, &args).stdout).unwrap();
        let joined = Report { code: 1, json: joined };
        assert_eq!(said(&joined, "detached"), said(&report, "detached"), "{of}");
        assert_eq!(joined.trace("detached"), report.trace("detached"), "{of}");
    }
    // The main one, seen from the other.
    repo.git(&["checkout", "-q", "--detach"]);
    repo.add("m.py", line("main tree"));
    repo.commit("here");
    assert_eq!(at(&tree, &[]).trace("main tree")["live"], json!(["HEAD of the main work tree"]));
}

/// What came from a server was there, whatever no tracking reference tells.
#[test]
fn what_was_fetched_or_pushed_once_is_at_the_remote() {
    let (repo, server) = pair();
    let url = format!("file://{}", server.display());
    repo.git(&["switch", "-q", "-c", "topic"]);
    repo.add("s.py", line("proposed"));
    repo.commit("two");
    let id = repo.line(&["rev-parse", "HEAD"]);
    for there in ["refs/pull/1/head", "refs/heads/topic"] {
        repo.git(&["push", "-q", "origin", &format!("HEAD:{there}")]);
    }
    let clone = |name: &str, fetch: &[&str], checkout: &str| {
        let dir = repo.root.with_file_name(name);
        let at = dir.to_str().unwrap();
        repo.git(&["init", "-q", "-b", "main", at]);
        repo.git(&["-C", at, "remote", "add", "origin", &url]);
        repo.git(&[&["-C", at, "fetch", "-q", "--no-write-fetch-head", "origin"], fetch].concat());
        repo.git(&["-C", at, "checkout", "-q", checkout]);
        dir
    };
    // Into a branch here; as GitLab's and GitHub's runners do.
    let here = clone("branch", &["refs/pull/1/head:pr1"], "pr1");
    let (pipeline, merge) = (format!("+{id}:refs/pipelines/77"), format!("+{id}:refs/remotes/pull/1/merge"));
    let pipeline = clone("pipeline", &[&pipeline], "refs/pipelines/77");
    let merge = clone("merge", &[&merge], "refs/remotes/pull/1/merge");
    for dir in [here, pipeline, merge] {
        let report = at(&dir, &[]);
        let trace = report.trace("proposed");
        assert_eq!(
            (&trace["reach"], &trace["remotes"]),
            (&json!("live_and_pushed"), &json!(["origin"])),
            "{}: {trace}",
            dir.display()
        );
    }
    // Pushed, deleted there, and pruned here: the upstream is still set.
    repo.git(&["push", "-q", "-u", "origin", "topic"]);
    repo.git(&["-C", server.to_str().unwrap(), "branch", "-q", "-D", "topic"]);
    repo.git(&["fetch", "-q", "--prune"]);
    let report = at(&repo.root, &[]);
    let trace = report.trace("proposed");
    assert_eq!(trace["remotes"], json!(["origin"]), "{trace}");
    assert!(trace["elsewhere"].to_string().contains("upstream of topic (gone)"), "{trace}");

    // An upstream of an empty repository says nothing.
    let (empty, new) = (repo.root.with_file_name("empty.git"), repo.root.with_file_name("new"));
    repo.git(&["init", "-q", "--bare", "-b", "main", empty.to_str().unwrap()]);
    repo.git(&["clone", "-q", empty.to_str().unwrap(), new.to_str().unwrap()]);
    std::fs::write(new.join("s.py"), line("fresh")).unwrap();
    repo.git(&["-C", new.to_str().unwrap(), "add", "s.py"]);
    repo.git(&["-C", new.to_str().unwrap(), "commit", "-q", "-m", "one"]);
    assert_eq!(at(&new, &[]).trace("fresh")["reach"], "local");
}

/// Of two remotes whose names start alike the longer one's references are its own.
#[test]
fn a_remote_within_anothers_name_keeps_its_references() {
    let (repo, server) = pair();
    let fork = repo.root.with_file_name("fork.git");
    repo.git(&["init", "-q", "--bare", fork.to_str().unwrap()]);
    repo.git(&["remote", "add", "team/fork", fork.to_str().unwrap()]);
    repo.git(&["config", "remote.team.url", server.to_str().unwrap()]);
    repo.git(&["config", "remote.team.fetch", "+refs/heads/*:refs/remotes/team/*"]);
    repo.add("s.py", line("forked"));
    repo.commit("two");
    repo.git(&["push", "-q", "team/fork", "main"]);
    assert_eq!(at(&repo.root, &[]).trace("forked")["remotes"], json!(["team/fork"]));
}

/// A large file is read in windows wherever it stands: in a file of its own, in a pack, as a delta.
#[test]
fn a_large_file_of_a_history_is_read() {
    let repo = Repo::init(&[]);
    let filler: String = (0..70 << 15_u32)
        .map(|at: u32| format!("# {:08x} a line of it\n", at.wrapping_mul(2_654_435_761)))
        .collect();
    assert!(filler.len() > 50 << 20);
    repo.add("large.txt", filler.clone() + &line("first"));
    repo.commit("one");
    repo.add("large.txt", filler + "# more\n" + &line("second"));
    repo.commit("two");
    for is_packed in [false, true] {
        if is_packed {
            repo.git(&["-c", "pack.threads=1", "repack", "-q", "-a", "-d", "-f"]);
        }
        let report = Report::of(&repo, &["--history"]);
        assert_eq!(
            report.found(&["first", "second"]).len(),
            2,
            "packed: {is_packed}: {}",
            report.json["summary"]
        );
        assert_eq!(report.json["summary"]["skipped"], json!([]));
    }
}

/// What could not be looked at does not pass, and the way on is told.
#[test]
fn what_a_history_hides_does_not_pass() {
    let (repo, server) = pair();
    repo.add("old.gz", [&[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3][..], &[0x33; 9]].concat());
    repo.commit("damaged");
    repo.git(&["rm", "-q", "old.gz"]);
    repo.commit("gone");
    let report = at(&repo.root, &[]);
    assert_eq!(report.code, 2, "{}", report.json);
    assert!(
        failed(&report).contains("old.gz") && failed(&report).contains("`exclude`"),
        "{}",
        failed(&report)
    );
    repo.add(".stanch.yaml", "exclude: [old.gz]\n");
    repo.commit("leave it out");
    assert_eq!(at(&repo.root, &[]).code, 0);

    // A clone that ends early; what it has whole can be asked for.
    repo.git(&["push", "-q", "origin", "main"]);
    let clone = repo.root.with_file_name("shallow");
    let url = format!("file://{}", server.display());
    repo.git(&["clone", "-q", "--depth", "2", &url, clone.to_str().unwrap()]);
    let report = at(&clone, &[]);
    assert_eq!(report.code, 2);
    assert!(failed(&report).contains("git fetch --unshallow"), "{}", failed(&report));
    assert_eq!(at(&clone, &["HEAD^..HEAD"]).code, 0);
    repo.git(&["-C", clone.to_str().unwrap(), "fetch", "-q", "--unshallow"]);
    assert_eq!(at(&clone, &[]).code, 0);

    let list = repo.root.with_file_name("repositories");
    std::fs::write(&list, "# none\n").unwrap();
    assert_eq!(stanch(&repo.root, &["scan", "--repos", list.to_str().unwrap()]).status.code(), Some(2));
}

/// What another repository lends is taken out there.
#[test]
fn a_lender_is_named() {
    let (repo, server) = pair();
    std::fs::write(repo.root.join("s.py"), line("lent")).unwrap();
    let id = repo.line(&[
        "-C",
        server.to_str().unwrap(),
        "hash-object",
        "-w",
        repo.root.join("s.py").to_str().unwrap(),
    ]);
    std::fs::remove_file(repo.root.join("s.py")).unwrap();
    let objects = server.join("objects");
    repo.write(".git/objects/info/alternates", format!("{}\n", objects.display()));
    let report = at(&repo.root, &[]);
    assert!(said(&report, "lent").contains(objects.to_str().unwrap()), "{id}: {}", said(&report, "lent"));
    assert_eq!(report.trace("lent")["reach"], "kept");
}

/// A command and its warning are told whole, the warning first.
#[test]
fn a_card_leaves_nothing_of_a_command_out() {
    let repo = Repo::init(&[]);
    repo.add("a.py", "x\n");
    repo.commit("one");
    repo.git(&["notes", "add", "-m", &key("noted")]);
    repo.add("s.py", line("reset"));
    repo.commit("two");
    repo.git(&["reset", "-q", "--hard", "HEAD^"]);
    let shown = String::from_utf8(stanch(&repo.root, &["scan", "--history"]).stdout).unwrap();
    let cards: Vec<&str> = shown.split("\nCRITICAL ").skip(1).collect();
    assert_eq!(cards.len(), 2, "{shown}");
    for card in cards {
        let card = card.split("\n\n").next().unwrap();
        assert!(card.lines().count() <= 14, "{card}");
        let lines: Vec<&str> = card.lines().map(str::trim).collect();
        let expire = "git reflog expire --expire=now --all && git gc --prune=now";
        let command = lines.iter().position(|line| line.trim_start_matches("now").trim() == expire);
        let warning = lines.iter().position(|line| line.contains("the stashes that you need"));
        assert!(command.is_some() && warning < command && warning.is_some(), "{card}");
        let words: Vec<&str> = card.split_whitespace().collect();
        assert!(words.join(" ").contains("rotate it if it ever was elsewhere."), "{card}");
        assert!(card.contains(" revoke "), "{card}");
    }
    assert!(shown.contains("`git update-ref -d refs/notes/commits`"), "{shown}");
}

/// What a file is may be told by its folders: one content, judged at each path, with a cache and without.
#[test]
fn one_content_is_judged_in_each_folder() {
    let settings = sample::expand("SECRET_KEY = 'django-insecure-{b62:50}'\n", "settings");
    for folders in [["a", "z-production"], ["production", "z"]] {
        let repo = Repo::init(&[]);
        for folder in folders {
            repo.add(&format!("{folder}/settings.py"), &settings);
        }
        repo.commit("one");
        for args in [&[][..], &["--cache"], &["--cache"]] {
            let report = at(&repo.root, args);
            assert_eq!(report.code, 1, "{folders:?} {args:?}: {}", report.json);
        }
    }
    // What held nothing in one folder is not taken for clean in another.
    let repo = Repo::init(&[]);
    repo.add("settings.py", &settings);
    repo.commit("one");
    assert_eq!(at(&repo.root, &["--cache"]).code, 0);
    repo.add("production/settings.py", &settings);
    repo.commit("two");
    assert_eq!(at(&repo.root, &["--cache"]).code, 1);
}

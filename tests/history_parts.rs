//! Parts of a history: ranges with their triage, and what nothing leads to any more. By real git, through the
//! program.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod history_common;
mod source_common;

use std::collections::BTreeSet;
use std::process::Command;

use history_common::{Report, key, line, stanch};
use serde_json::Value;
use source_common::Repo;

const REACHED: [&str; 9] =
    ["committed", "message", "tagged", "tag message", "stashed", "staged", "reflog", "name", "config"];
const LOST: [&str; 4] = ["lost commit", "lost message", "lost blob", "lost name"];

/// Something of each kind that git keeps, and of each kind that it keeps for a while only.
fn kept_and_lost() -> Repo {
    let repo = Repo::init(&[]);
    repo.add("a.py", line("committed"));
    repo.commit(&format!("one {}", key("message")));
    repo.add("lost.py", line("lost commit"));
    repo.add(&format!("{}.txt", key("lost name")), "x\n");
    repo.commit(&format!("two {}", key("lost message")));
    repo.git(&["reset", "-q", "--hard", "HEAD^"]);
    repo.git(&["reflog", "expire", "--expire=now", "--all"]);
    let _ = std::fs::remove_file(repo.root.join(".git/ORIG_HEAD"));
    repo.write("blob", line("tagged"));
    let blob = repo.line(&["hash-object", "-w", "blob"]);
    repo.git(&["tag", "-a", "-m", &format!("of a blob {}", key("tag message")), "blob", &blob]);
    repo.write("blob", line("lost blob"));
    repo.git(&["hash-object", "-w", "blob"]);
    std::fs::remove_file(repo.root.join("blob")).unwrap();
    repo.add("stash.py", line("stashed"));
    repo.git(&["stash", "-q"]);
    repo.add("r.py", line("reflog"));
    repo.commit("in a reflog");
    repo.git(&["reset", "-q", "--hard", "HEAD^"]);
    repo.add(&format!("dir/{}.txt", key("name")), "x\n");
    repo.commit("three");
    repo.add("staged.py", line("staged"));
    repo.git(&["config", "remote.o.url", &format!("https://u:{}@acme.example/x", key("config"))]);
    repo
}

#[test]
fn what_nothing_leads_to_is_scanned_left_out_or_scanned_alone() {
    let repo = kept_and_lost();
    let lost = repo.line(&["fsck", "--unreachable", "--no-progress"]);
    assert!(lost.lines().filter(|line| line.contains(" blob ")).count() == 2, "git agrees: {lost}");
    let all: BTreeSet<&str> = REACHED.into_iter().chain(LOST).collect();
    let everything: Vec<&str> = all.iter().copied().collect();
    for args in [&["--history"][..], &["--history", "--unreachable"], &["--history", "--unreachable=yes"]] {
        let report = Report::of(&repo, args);
        assert_eq!(report.found(&everything), all, "{args:?}");
    }
    let report = Report::of(&repo, &["--history", "--unreachable=no"]);
    assert_eq!(report.found(&everything), REACHED.into());
    let report = Report::of(&repo, &["--history", "--unreachable=only"]);
    assert_eq!((report.found(&everything), report.code), (LOST.into(), 1));
    for seed in LOST {
        let elsewhere = report.trace(seed)["elsewhere"].to_string();
        assert!(elsewhere.contains("unreachable objects"), "{seed}: {elsewhere}");
    }
    // A secret that was dropped and stands in HEAD all the same is live.
    repo.add("again.py", line("lost blob"));
    repo.commit("four");
    let report = Report::of(&repo, &["--history", "--unreachable=only"]);
    assert!(report.find("lost commit").is_some());
    let output = stanch(&repo.root, &["scan", "--history", "HEAD^..HEAD", "--unreachable=no"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(stanch(&repo.root, &["scan", ".", "--unreachable=no"]).status.code(), Some(2));
    assert_eq!(stanch(&repo.root, &["scan", "--history", "--unreachable=x"]).status.code(), Some(2));
}

#[test]
fn what_was_dropped_and_lives_on_elsewhere_is_live() {
    let repo = Repo::init(&[]);
    repo.add("a.py", "x\n");
    repo.commit("one");
    repo.write("b", format!("{}# first\n", line("both")));
    repo.git(&["hash-object", "-w", "b"]);
    repo.add("b.py", format!("{}# second\n", line("both")));
    repo.commit("two");
    let report = Report::of(&repo, &["--history", "--unreachable=only"]);
    assert_eq!(report.trace("both")["in_head"], true);
    assert_eq!(report.trace("both")["branches"], serde_json::json!(["main"]));
}

/// `one` and a server that has it; then a branch of three commits with a merge.
fn with_a_branch() -> Repo {
    let repo = Repo::init(&[]);
    repo.add("old.py", line("old"));
    repo.add("past.py", line("past"));
    repo.commit("one");
    repo.git(&["rm", "-q", "past.py"]);
    repo.commit("two");
    let server = repo.root.with_file_name("server.git");
    repo.git(&["init", "-q", "--bare", server.to_str().unwrap()]);
    repo.git(&["remote", "add", "origin", server.to_str().unwrap()]);
    repo.git(&["push", "-q", "origin", "main"]);
    repo.git(&["checkout", "-q", "-b", "side"]);
    repo.add("new.py", line("came and went"));
    repo.add("old.py", format!("# edited\n{}", line("old")));
    repo.commit("three");
    repo.git(&["rm", "-q", "new.py"]);
    repo.add("live.py", line("live"));
    repo.commit(&format!("four {}", key("in a message")));
    repo.add("again.py", line("past"));
    repo.commit("five");
    repo
}

#[test]
fn a_range_has_its_triage() {
    let repo = with_a_branch();
    let report = Report::of(&repo, &["--history", "main..side"]);
    let seeds = ["old", "past", "came and went", "live", "in a message"];
    assert_eq!(report.code, 1);
    assert_eq!(
        report.found(&seeds),
        ["past", "came and went", "live", "in a message"].into(),
        "{}",
        report.json
    );
    assert_eq!(report.json["summary"]["old"], 1, "what main's files hold is old");
    let id = |name: &str| repo.line(&["rev-parse", name]);

    let live = report.trace("live");
    assert_eq!((&live["reach"], &live["in_head"]), (&"local".into(), &true.into()));
    assert_eq!(live["branches"], serde_json::json!(["side"]));
    assert_eq!(live["first"]["commit"], id("side^").as_str());

    let gone = report.trace("came and went");
    assert_eq!((&gone["in_head"], &gone["first"]["commit"]), (&false.into(), &id("side~2").into()));
    assert_eq!(gone["removed"]["commit"], id("side^").as_str());

    // It comes back, and the file that held it was pushed long ago under another name.
    assert_eq!(report.trace("past")["in_head"], true);
    repo.git(&["push", "-q", "origin", "side"]);
    let report = Report::of(&repo, &["--history", "main..side"]);
    assert_eq!(report.trace("live")["reach"], "live_and_pushed");
    let output = stanch(&repo.root, &["scan", "--history", "main..side"]);
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(shown.contains("Live and pushed") && shown.contains("Pushed, only in history"), "{shown}");
}

#[test]
fn a_range_looks_at_what_its_commits_brought_and_nothing_else() {
    let repo = with_a_branch();
    let blobs = |range: &str| {
        let listed = repo.line(&["rev-list", "--objects", "--no-object-names", range]);
        let count = listed.lines().filter(|id| repo.line(&["cat-file", "-t", id]) == "blob").count();
        // Messages count too, and one list of names.
        count + repo.line(&["rev-list", range]).lines().count() + 1
    };
    for range in ["main..side", "side^..side", "main..main"] {
        let report = Report::of(&repo, &["--history", range]);
        let expected = if range == "main..main" { 0 } else { blobs(range) };
        assert_eq!(report.json["summary"]["blobs"], expected, "{range}");
    }
    repo.git(&["checkout", "-q", "main"]);
    let report = Report::of(&repo, &["--history", "main..side"]);
    assert_eq!(report.trace("live")["in_head"], false, "HEAD is at main");
    // A merge brings what its resolution says and what the other side never had.
    repo.add("live.py", "other\n");
    repo.commit("six");
    assert!(!repo.try_git(&["merge", "-q", "side"]).status.success());
    repo.add("live.py", line("resolved"));
    repo.commit("merge");
    let report = Report::of(&repo, &["--history", "main^..main"]);
    assert!(report.find("resolved").is_some() && report.find("live").is_some());
    let report = Report::of(&repo, &["--history", "side..main"]);
    assert!(report.find("resolved").is_some() && report.find("live").is_none());
    for wrong in ["nowhere..main", "main", "main...side"] {
        let output = stanch(&repo.root, &["scan", "--history", wrong]);
        assert_eq!(output.status.code(), Some(2), "{wrong}");
    }
}

#[test]
fn a_bare_clone_has_what_its_remote_has() {
    let repo = Repo::init(&[]);
    repo.add("a.py", line("cloned"));
    repo.commit("one");
    let bare = repo.root.with_file_name("bare.git");
    repo.git(&["clone", "-q", "--bare", repo.root.to_str().unwrap(), bare.to_str().unwrap()]);
    let output = stanch(&bare, &["scan", "--history", "--format", "json"]);
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    let trace = &json["findings"][0]["trace"];
    assert_eq!(
        (&trace["reach"], &trace["remotes"]),
        (&"live_and_pushed".into(), &serde_json::json!(["origin"]))
    );
    // One that fetches into remote-tracking branches knows better.
    let args = [
        "-C",
        bare.to_str().unwrap(),
        "config",
        "remote.origin.fetch",
        "+refs/heads/*:refs/remotes/origin/*",
    ];
    repo.git(&args);
    let output = stanch(&bare, &["scan", "--history", "--format", "json"]);
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(json["findings"][0]["trace"]["reach"], "local");
}

#[test]
fn whose_a_reference_is_tells_what_is_fetched_and_not_its_name() {
    let repo = Repo::init(&[]);
    repo.add("a.py", line("fetched"));
    let id = repo.commit("one");
    for (key, value) in [
        ("remote.team.url", "/srv/team"),
        ("remote.team.fetch", "+refs/heads/*:refs/remotes/team/*"),
        ("remote.team/far.url", "/srv/far"),
        ("remote.team/far.fetch", "+refs/heads/*:refs/remotes/far/*"),
    ] {
        repo.git(&["config", key, value]);
    }
    for (name, remote) in [("team/far/x", "team"), ("far/x", "team/far"), ("gone/x", "gone")] {
        let name = format!("refs/remotes/{name}");
        repo.git(&["update-ref", &name, &id]);
        let report = Report::of(&repo, &["--history"]);
        assert_eq!(report.trace("fetched")["remotes"], serde_json::json!([remote]), "{name}");
        repo.git(&["update-ref", "-d", &name]);
    }
}

/// git keeps a file that became shorter as a delta against what it was.
#[test]
fn a_small_file_is_read_whatever_it_is_a_delta_against() {
    let repo = Repo::init(&[]);
    let lines = |count: u32| -> String {
        (0..count).map(|at| format!("# {:08x} an ordinary line\n", at.wrapping_mul(2_654_435_761))).collect()
    };
    repo.add("a.py", &lines(53 << 20 >> 5).repeat(2)[..53 << 20]);
    repo.commit("long");
    repo.add("a.py", [&lines(53 << 20 >> 5)[..2 << 20], "\n", &line("short")].concat());
    repo.commit("short");
    repo.git(&["repack", "-q", "-a", "-d", "-f"]);
    let pack = std::fs::read_dir(repo.root.join(".git/objects/pack")).unwrap().flatten();
    let pack = pack.map(|file| file.path()).find(|path| path.extension().is_some_and(|end| end == "idx"));
    let listed = repo.git(&["verify-pack", "-v", pack.unwrap().to_str().unwrap()]);
    assert!(String::from_utf8_lossy(&listed).contains("chain length = 1: 1 object"), "git made no delta");
    let report = Report::of(&repo, &["--history"]);
    assert_eq!(report.found(&["short"]), BTreeSet::from(["short"]), "{}", report.json);
    assert_eq!(report.json["summary"]["skipped"].as_array().unwrap().len(), 0, "{}", report.json);
}

#[test]
fn larger_files_of_a_history_are_left_out_when_asked_and_told() {
    let repo = Repo::init(&[]);
    let weak = format!("# {}\npassword = \"{}\"\n", "-".repeat(2 << 20), "kT9#vLq2!xWm7Rz");
    repo.add("large.py", [weak.as_str(), &line("sure")].concat());
    repo.commit("one");
    let report = Report::of(&repo, &["--history", "--max-bytes", "1MiB"]);
    let summary = report.json["summary"].to_string();
    assert!(report.code == 0 && summary.contains("1 file excluded by --max-bytes 1 MiB"), "{}", report.json);
    repo.add(".stanch.yaml", "max-bytes: 1MiB\n");
    repo.commit("two");
    let report = Report::of(&repo, &["--history"]);
    assert_eq!(report.json["findings"].as_array().unwrap().len(), 1, "{}", report.json);
    assert!(report.json["summary"].to_string().contains("1 file over max-bytes 1 MiB"), "{}", report.json);
}

#[test]
fn every_card_of_a_history_says_since_when_and_who_has_it() {
    let repo = Repo::init(&[]);
    let pair = |seed: &str| {
        stanch::catalogue::sample::expand("TWILIO_ACCOUNT_SID=AC{hex:32}\nTWILIO_AUTH_TOKEN={hex:32}\n", seed)
    };
    let files = ["a.env", "b.env", "c.env", "d.env", "e.env"];
    for file in files {
        repo.add(file, pair(file));
    }
    repo.commit("one");
    repo.git(&["rm", "-q", "a.env", "b.env", "c.env"]);
    repo.commit("two");
    let output = stanch(&repo.root, &["scan", "--history"]);
    let text = String::from_utf8(output.stdout).unwrap();
    let count = |start: &str| text.lines().filter(|line| line.starts_with(start)).count();
    assert_eq!((count(" -->"), count(" history")), (5, 5), "{text}");
    let one_line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(one_line.matches("out of HEAD since").count(), 3, "{text}");
}

#[cfg(unix)]
#[test]
fn repositories_that_were_not_begun_are_named() {
    let repo = Repo::init(&[]);
    // Enough work for a signal to come before its end.
    for file in 0..60 {
        let text: String =
            (0..20_000).map(|n| format!("password_{file} = env(\"TOKEN_{n}_{file}\")\n")).collect();
        repo.add(&format!("{file}.py"), text);
    }
    repo.commit("much");
    std::fs::write(repo.root.with_file_name("list"), "repo\nsecond\nthird\n").unwrap();
    let ended = [200, 400, 100, 800, 1600].into_iter().find_map(|wait| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_stanch"));
        command.args(["scan", "--repos", "../list", "--format", "json"]).current_dir(&repo.root);
        let child = command.stdout(std::process::Stdio::piped()).spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_millis(wait));
        Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
        let output = child.wait_with_output().unwrap();
        (output.status.code() == Some(130)).then_some(output)
    });
    let json: Value = serde_json::from_slice(&ended.expect("it was interrupted in time").stdout).unwrap();
    let failed: Vec<&str> = json["summary"]["failed"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["path"].as_str().unwrap())
        .collect();
    assert_eq!(failed, ["repo/the rest of the history", "second", "third"]);
}

/// What several machines have seen of a history, put together, is what one would have seen: in every field.
#[test]
fn joined_parts_tell_what_one_run_tells() {
    let repo = kept_and_lost();
    let bare = tempfile::tempdir().unwrap();
    repo.git(&["init", "-q", "--bare", bare.path().to_str().unwrap()]);
    repo.git(&["remote", "add", "origin", bare.path().to_str().unwrap()]);
    for number in 0..6 {
        repo.git(&["commit", "-q", "--allow-empty", "-m", &format!("pushed {}", key(&format!("p{number}")))]);
        repo.add(&format!("many/{number}.py"), line("many") + &line(&format!("own {number}")));
        repo.add(&format!("tests/{number}.py"), line("many"));
        repo.commit("more");
    }
    repo.add("many/1.py", "gone = 1\n");
    repo.add("many/0.py", line("many") + "\n" + &line("many"));
    repo.commit("less");
    repo.git(&["push", "-q", "origin", "HEAD:main"]);
    repo.git(&["fetch", "-q", "origin"]);
    repo.git(&["switch", "-q", "-c", "side"]);
    repo.add("side.py", line("side") + &line("own 2"));
    repo.commit(&format!("on the side {}", key("own 3")));
    repo.git(&["switch", "-q", "-"]);
    for format in ["json", "sarif"] {
        let whole = stanch(&repo.root, &["scan", "--history", "-f", format]);
        let whole: Value = serde_json::from_slice(&whole.stdout).unwrap();
        for count in [2, 3, 7] {
            let names: Vec<String> = (1..=count)
                .map(|at| {
                    let name = bare.path().join(format!("{at}.{format}")).to_str().unwrap().to_owned();
                    let shard = format!("{at}/{count}");
                    stanch(&repo.root, &["scan", "--history", "--shard", &shard, "-f", format, "-o", &name]);
                    name
                })
                .collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            let joined = stanch(&repo.root, &[&["merge"], names.as_slice()].concat());
            let joined: Value = serde_json::from_slice(&joined.stdout)
                .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&joined.stderr)));
            let list = |report: &Value| match format {
                "json" => report["findings"].clone(),
                _ => report["runs"][0]["results"].clone(),
            };
            let (one, other) = (list(&whole), list(&joined));
            let (one, other) = (one.as_array().unwrap(), other.as_array().unwrap());
            for (one, other) in one.iter().zip(other) {
                assert_eq!(one, other, "{format} of {count} parts");
            }
            assert_eq!(one.len(), other.len());
            let rules = |report: &Value| report["runs"][0]["tool"]["driver"]["rules"].clone();
            assert_eq!(rules(&whole), rules(&joined));
        }
    }
}

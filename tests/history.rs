//! All that a repository can hide, found in one scan of its history: by real git, through the program.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![cfg(unix)]

mod history_common;
mod source_common;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use history_common::{key, line, stanch};
use serde_json::Value;
use source_common::Repo;

/// Findings by their fingerprint, and the summary. No output may hold a token whole.
fn scan(dir: &Path, args: &[&str]) -> (i32, BTreeMap<String, Value>, Value) {
    let mut all = vec!["scan", "--history", "--format", "json"];
    all.extend(args);
    let output = stanch(dir, &all);
    let report: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|err| panic!("{err}: {}", String::from_utf8_lossy(&output.stderr)));
    let findings = report["findings"].as_array().unwrap().iter();
    let named =
        findings.map(|finding| (finding["fingerprint"].as_str().unwrap().to_owned(), finding.clone()));
    (output.status.code().unwrap(), named.collect(), report["summary"].clone())
}

fn find<'f>(findings: &'f BTreeMap<String, Value>, seed: &str) -> &'f Value {
    let name =
        stanch::finding::fingerprint::fingerprint("github-personal-token-classic", key(seed).as_bytes());
    findings.get(&name).unwrap_or_else(|| panic!("{seed} was not found"))
}

/// What each place holds is a token of its own, made from the place's name.
fn hide_everywhere(repo: &Repo) {
    repo.add("gone.py", line("deleted file"));
    repo.commit("one");
    repo.git(&["rm", "-q", "gone.py"]);
    repo.commit("two");
    repo.add("live.py", line("live file"));
    repo.commit("three");
    let server = repo.root.with_file_name("server.git");
    repo.git(&["init", "-q", "--bare", server.to_str().unwrap()]);
    repo.git(&["remote", "add", "origin", server.to_str().unwrap()]);
    repo.git(&["push", "-q", "origin", "main"]);

    repo.git(&["checkout", "-q", "-b", "side"]);
    repo.add("both", "side\n");
    repo.commit("side");
    repo.git(&["checkout", "-q", "main"]);
    repo.add("both", "main\n");
    repo.commit("main");
    assert!(!repo.try_git(&["merge", "-q", "side"]).status.success());
    repo.add("both", line("merge resolution"));
    repo.commit("merge");
    repo.git(&["branch", "-q", "-D", "side"]);

    repo.git(&["commit", "-q", "--allow-empty", "-m", &format!("message {}", key("commit message"))]);
    let author = format!("--author={} <a@acme.example>", key("author"));
    repo.git(&["commit", "-q", "--allow-empty", "-m", "author", &author]);
    repo.git(&["tag", "-a", "-m", &format!("tag {}", key("tag message")), "v1"]);
    repo.write("loose", line("tagged blob"));
    let blob = repo.line(&["hash-object", "-w", "loose"]);
    std::fs::remove_file(repo.root.join("loose")).unwrap();
    repo.git(&["tag", "-a", "-m", "a blob", "blob", &blob]);
    repo.add(&format!("keys/{}.txt", key("file name")), "x\n");
    repo.commit("name");
    repo.git(&["branch", &format!("wip/{}", key("branch name"))]);
    repo.git(&["notes", "add", "-m", &format!("note {}", key("note"))]);

    repo.add("staged.py", line("stash, index"));
    repo.write("live.py", line("stash, work tree"));
    repo.write("new.py", line("stash, untracked"));
    repo.git(&["stash", "push", "-q", "-u"]);
    repo.add("amended.py", line("amended away"));
    repo.commit("soon gone");
    repo.git(&["reset", "-q", "--hard", "HEAD^"]);
    repo.add("dangling.py", line("dangling blob"));
    repo.git(&["rm", "-q", "--cached", "dangling.py"]);
    std::fs::remove_file(repo.root.join("dangling.py")).unwrap();

    std::os::unix::fs::symlink(format!("https://u:{}@acme.example/", key("symlink")), repo.root.join("link"))
        .unwrap();
    let wide: Vec<u8> = line("UTF-16").encode_utf16().flat_map(u16::to_le_bytes).collect();
    repo.write("wide.txt", [&[0xff, 0xfe], &wide[..]].concat());
    repo.write(
        ".gitmodules",
        format!("[submodule \"s\"]\n\tpath = s\n\turl = https://u:{}@acme.example/s\n", key("submodule")),
    );
    repo.git(&["add", "."]);
    repo.commit("odd files");
    repo.git(&["checkout", "-q", "--orphan", "orphan"]);
    repo.add("orphan.py", line("orphan branch"));
    repo.commit("orphan");
    repo.git(&["update-ref", "refs/hidden/one", "HEAD"]);
    repo.git(&["checkout", "-q", "-f", "main"]);
    repo.git(&["branch", "-q", "-D", "orphan"]);
    repo.git(&["config", "remote.other.url", &format!("https://u:{}@acme.example/x", key("configuration"))]);
    repo.add("indexed.py", line("index"));
}

const PLACES: [&str; 23] = [
    "deleted file",
    "live file",
    "merge resolution",
    "commit message",
    "author",
    "tag message",
    "tagged blob",
    "file name",
    "branch name",
    "note",
    "stash, index",
    "stash, work tree",
    "stash, untracked",
    "amended away",
    "dangling blob",
    "symlink",
    "UTF-16",
    "submodule",
    "orphan branch",
    "configuration",
    "index",
    "packed",
    "only on a remote",
];

#[test]
fn every_hiding_place_is_found_and_nothing_is_shown() {
    let repo = Repo::init(&[]);
    hide_everywhere(&repo);
    repo.git(&["gc", "-q", "--no-prune"]);
    // After the pack was made: what follows is loose, and HEAD's last change is packed.
    let packed = key("packed");
    let other = repo.root.with_file_name("other");
    repo.git(&[
        "clone",
        "-q",
        repo.root.with_file_name("server.git").to_str().unwrap(),
        other.to_str().unwrap(),
    ]);
    std::fs::write(other.join("theirs.py"), format!("token = '{}'\n", key("only on a remote"))).unwrap();
    for args in [
        &["add", "."][..],
        &["-c", "user.name=Kim", "-c", "user.email=kim@acme.example", "commit", "-q", "-m", "theirs"],
        &["push", "-q"],
    ] {
        assert!(
            Command::new("git")
                .args(args)
                .current_dir(&other)
                .env("HOME", &other)
                .status()
                .unwrap()
                .success()
        );
    }
    repo.git(&["fetch", "-q", "origin"]);
    repo.git(&["commit", "-q", "--allow-empty", "-m", &format!("packed {packed}")]);
    repo.git(&["repack", "-q", "-d"]);

    let (code, findings, summary) = scan(&repo.root, &[]);
    assert_eq!(code, 1);
    assert_eq!(summary["failed"].as_array().unwrap().len(), 0, "{summary}");
    for place in PLACES {
        find(&findings, place);
    }
    assert_eq!(findings.len(), PLACES.len());
    for format in ["human", "json", "sarif"] {
        let output = stanch(&repo.root, &["scan", "--history", "--verbose", "--format", format]);
        for place in PLACES {
            for shown in [&output.stdout, &output.stderr] {
                assert!(
                    memchr::memmem::find(shown, key(place).as_bytes()).is_none(),
                    "{format} shows {place}"
                );
            }
        }
    }
}

#[test]
fn a_finding_tells_where_it_came_from_and_who_has_it() {
    let repo = Repo::init(&[]);
    hide_everywhere(&repo);
    let (_, findings, _) = scan(&repo.root, &[]);
    let trace = |seed: &str| find(&findings, seed)["trace"].clone();
    let first = |seed: &str| trace(seed)["first"]["commit"].as_str().unwrap().to_owned();

    assert_eq!(trace("live file")["reach"], "live_and_pushed");
    assert_eq!(trace("live file")["remotes"], serde_json::json!(["origin"]));
    assert_eq!(first("live file"), repo.line(&["rev-parse", "main^{/three}"]));
    assert_eq!(find(&findings, "live file")["commit"].as_str().unwrap(), repo.line(&["rev-parse", "main"]));

    let gone = trace("deleted file");
    assert_eq!((&gone["reach"], &gone["in_head"]), (&"pushed".into(), &false.into()));
    assert_eq!(gone["first"]["commit"].as_str().unwrap(), repo.line(&["rev-parse", "main^{/one}"]));
    assert_eq!(gone["removed"]["commit"].as_str().unwrap(), repo.line(&["rev-parse", "main^{/two}"]));
    assert!(gone["first"]["author"].as_str().unwrap().contains('<'));

    assert_eq!(trace("merge resolution")["reach"], "tagged");
    assert_eq!(first("merge resolution"), repo.line(&["rev-parse", "main^{/^merge}"]));
    assert_eq!(trace("tag message")["tags"], serde_json::json!(["v1"]));
    assert_eq!(trace("tagged blob")["tags"], serde_json::json!(["blob"]));
    let holds = |seed: &str, what: &str| trace(seed)["elsewhere"].as_array().unwrap().contains(&what.into());
    for stashed in ["stash, index", "stash, work tree", "stash, untracked"] {
        assert!(holds(stashed, "stash"), "{stashed}");
    }
    assert!(holds("amended away", "reflog of main") && holds("index", "index"));
    assert!(holds("dangling blob", "unreachable objects") && holds("orphan branch", "refs/hidden/one"));
    assert!(holds("note", "refs/notes/commits") && holds("configuration", ".git/config"));
}

#[test]
fn no_card_says_what_code_to_write_where_none_stands() {
    let repo = Repo::init(&[]);
    hide_everywhere(&repo);
    let (_, findings, _) = scan(&repo.root, &[]);
    let instead = |seed: &str| find(&findings, seed)["advice"]["instead"].as_str().unwrap().to_owned();
    let nowhere = [
        "commit message",
        "author",
        "tag message",
        "file name",
        "branch name",
        "configuration",
        "dangling blob",
        "tagged blob",
    ];
    for seed in nowhere {
        assert_eq!(instead(seed), "", "{seed}");
    }
    assert!(instead("live file").contains("os.environ"));
    let output = stanch(&repo.root, &["scan", "--history", "--report", "html=page.html"]);
    assert_eq!(output.status.code(), Some(1));
    let page = std::fs::read_to_string(repo.root.join("page.html")).unwrap();
    assert_eq!(
        page.matches("<h3>Write instead</h3>").count(),
        findings.values().filter(|f| f["advice"]["instead"] != "").count()
    );
}

#[test]
fn shards_together_find_what_one_scan_finds() {
    let repo = Repo::init(&[]);
    hide_everywhere(&repo);
    let whole: Vec<String> = scan(&repo.root, &[]).1.into_keys().collect();
    let reports = repo.root.with_file_name("reports");
    std::fs::create_dir(&reports).unwrap();
    let mut args = vec!["merge".to_owned()];
    let mut counts = Vec::new();
    for part in ["1/3", "2/3", "3/3"] {
        let path = reports.join(format!("{}.json", &part[..1]));
        let file = path.to_str().unwrap().to_owned();
        let output = stanch(
            &repo.root,
            &["scan", "--history", "--shard", part, "--format", "json", "--output", &file],
        );
        assert!(matches!(output.status.code(), Some(0 | 1)));
        let report: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        counts.push(report["findings"].as_array().unwrap().len());
        args.push(file);
    }
    assert!(counts.iter().all(|count| *count < whole.len()), "{counts:?} of {}", whole.len());
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let output = stanch(&repo.root, &args);
    assert_eq!(output.status.code(), Some(1));
    let merged: Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut names: Vec<&str> =
        merged["findings"].as_array().unwrap().iter().map(|f| f["fingerprint"].as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, whole);
    // A report that was cut short is not taken for a clean one.
    let part = reports.join("1.json");
    let text = std::fs::read(&part).unwrap();
    std::fs::write(&part, &text[..text.len() / 2]).unwrap();
    assert_eq!(stanch(&repo.root, &args).status.code(), Some(2));
}

#[test]
fn the_cache_leaves_out_what_was_clean_and_never_hides_a_finding() {
    let repo = Repo::init(&[]);
    for number in 0..50 {
        repo.add(&format!("f{number}"), format!("nothing {number}\n"));
    }
    repo.add("live.py", format!("token = '{}'\n", key("cached")));
    repo.commit("all");
    let (_, first, summary) = scan(&repo.root, &["--cache"]);
    let (code, again, less) = scan(&repo.root, &["--cache"]);
    assert_eq!((code, first.len()), (1, 1));
    assert_eq!(first.keys().collect::<Vec<_>>(), again.keys().collect::<Vec<_>>());
    // Files, and the message of the one commit.
    assert!(less["blobs"].as_u64().unwrap() + 51 <= summary["blobs"].as_u64().unwrap(), "{less}");
    let path = repo.root.join(".git/stanch/scanned");
    let bytes = std::fs::read(&path).unwrap();
    assert!(memchr::memmem::find(&bytes, key("cached").as_bytes()).is_none());
    std::fs::write(&path, b"stanch cache 1\nnonsense").unwrap();
    let output = stanch(&repo.root, &["scan", "--history", "--cache"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stdout).contains("is damaged"));
}

#[test]
fn what_is_damaged_is_named_and_the_rest_is_scanned() {
    let repo = Repo::init(&[]);
    repo.add("good.py", format!("token = '{}'\n", key("good")));
    repo.commit("good");
    repo.add("bad.py", "fine\n");
    repo.commit("bad");
    let blob = repo.line(&["rev-parse", "HEAD:bad.py"]);
    let path = repo.root.join(".git/objects").join(&blob[..2]).join(&blob[2..]);
    let _ = std::fs::remove_file(&path);
    let (code, findings, summary) = scan(&repo.root, &[]);
    assert_eq!((code, findings.len()), (1, 1));
    let failed = summary["failed"].to_string();
    assert!(failed.contains(&blob) && failed.contains("missing") && failed.contains("bad.py"), "{failed}");

    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, b"no zlib").unwrap();
    let (code, findings, summary) = scan(&repo.root, &[]);
    assert_eq!((code, findings.len()), (1, 1));
    assert!(summary["failed"].to_string().contains(&blob), "{summary}");
}

#[test]
fn a_broken_reference_and_a_circle_of_alternates_stop_nothing() {
    let repo = Repo::init(&[]);
    repo.add("a.py", format!("token = '{}'\n", key("kept")));
    repo.commit("one");
    let refs = repo.root.join(".git/refs");
    let named_like_it = format!("heads/x{}", key("broken"));
    std::fs::create_dir_all(refs.join("remotes/origin")).unwrap();
    for (name, text) in
        [("heads/bad", "rubbish\n"), ("remotes/origin/main", ""), (&named_like_it, "ref: refs/heads/\n")]
    {
        std::fs::write(refs.join(name), text).unwrap();
    }
    let (code, findings, summary) = scan(&repo.root, &[]);
    assert_eq!(code, 1);
    find(&findings, "kept");
    let failed = summary["failed"].to_string();
    assert!(failed.contains("refs/heads/bad") && failed.contains("refs/remotes/origin/main"), "{failed}");
    assert!(failed.contains("refs/heads/xghp_") && !failed.contains(&key("broken")), "{failed}");
    for name in ["heads/bad", "remotes/origin/main", &named_like_it] {
        std::fs::remove_file(refs.join(name)).unwrap();
    }
    let objects = repo.root.join(".git/objects");
    std::fs::write(objects.join("info/alternates"), format!("{}\n", objects.display())).unwrap();
    let (code, findings, summary) = scan(&repo.root, &[]);
    assert_eq!((code, findings.len(), summary["failed"].to_string().as_str()), (1, 1, "[]"));
}

/// A name that stands nowhere else is a place as well.
#[test]
fn names_of_entries_references_and_submodules_are_places() {
    let repo = Repo::init(&[]);
    repo.add("a.py", "fine\n");
    repo.commit("one");
    let (head, blob) = (repo.line(&["rev-parse", "HEAD"]), repo.line(&["rev-parse", "HEAD:a.py"]));
    let add = |mode: &str, id: &str, name: &str| {
        repo.git(&["update-index", "--add", "--cacheinfo", &format!("{mode},{id},{name}")]);
    };
    add("160000", &head, &format!("sub/{}", key("link")));
    let staged = stanch(&repo.root, &["scan", "--staged", "--format", "json"]);
    assert_eq!(staged.status.code(), Some(1), "{}", String::from_utf8_lossy(&staged.stderr));
    repo.git(&["commit", "-q", "-m", "two"]);
    add("100644", &blob, &key("staged"));
    repo.git(&[
        "symbolic-ref",
        "refs/remotes/origin/HEAD",
        &format!("refs/remotes/origin/{}", key("target")),
    ]);
    std::fs::write(repo.root.join(".git/index.bak"), std::fs::read(repo.root.join(".git/index")).unwrap())
        .unwrap();
    let (_, findings, _) = scan(&repo.root, &[]);
    assert_eq!(find(&findings, "link")["trace"]["in_head"], true);
    assert_eq!(find(&findings, "staged")["trace"]["elsewhere"].to_string(), r#"["index","index.bak"]"#);
    find(&findings, "target");
    // A push publishes the name of the branch that it makes.
    let server = repo.root.with_file_name("names.git");
    repo.git(&["init", "-q", "--bare", server.to_str().unwrap()]);
    repo.git(&["reset", "-q", "--hard", &head]);
    let push = |name: &str| {
        let mut hook = Command::new(env!("CARGO_BIN_EXE_stanch"));
        hook.args(["hook", "pre-push", "origin", server.to_str().unwrap()]).current_dir(&repo.root);
        hook.env("HOME", &repo.root).stdin(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
        let mut hook = hook.spawn().unwrap();
        let line = format!("refs/heads/x {head} refs/heads/{name} {}\n", "0".repeat(40));
        std::io::Write::write_all(&mut hook.stdin.take().unwrap(), line.as_bytes()).unwrap();
        hook.wait_with_output().unwrap()
    };
    assert_eq!(push("fine").status.code(), Some(0));
    let stopped = push(&key("branch"));
    assert_eq!(stopped.status.code(), Some(1));
    assert!(!String::from_utf8_lossy(&stopped.stderr).contains(&key("branch")));
}

#[test]
fn a_damaged_pack_does_not_pass() {
    let repo = Repo::init(&[]);
    for number in 0..40_u32 {
        repo.add("f", (0..200).map(|line| format!("line {line} of {}\n", number * line)).collect::<String>());
        repo.commit(&format!("{number}"));
    }
    repo.git(&["gc", "-q"]);
    assert_eq!(scan(&repo.root, &[]).0, 0);
    let packs = std::fs::read_dir(repo.root.join(".git/objects/pack")).unwrap();
    let pack = packs.map(|e| e.unwrap().path()).find(|p| p.extension().is_some_and(|e| e == "pack")).unwrap();
    let whole = std::fs::read(&pack).unwrap();
    let _ = std::fs::remove_file(&pack);
    // Every cut and many single bytes: something is said, and nothing panics.
    for cut in [0, 5, 12, whole.len() / 3, whole.len() - 30] {
        std::fs::write(&pack, &whole[..cut]).unwrap();
        let (code, _, summary) = scan(&repo.root, &[]);
        assert!(code == 2 && !summary["failed"].as_array().unwrap().is_empty(), "cut at {cut}: {summary}");
    }
    for at in (12..whole.len() - 20).step_by(whole.len() / 12) {
        let mut broken = whole.clone();
        broken[at] ^= 0x55;
        std::fs::write(&pack, broken).unwrap();
        let output = stanch(&repo.root, &["scan", "--history"]);
        assert!(matches!(output.status.code(), Some(0 | 2)), "byte {at}");
        assert!(!String::from_utf8_lossy(&output.stderr).contains("stanch itself failed"));
    }
    std::fs::remove_file(&pack).unwrap();
    assert_eq!(scan(&repo.root, &[]).0, 2, "an index without its pack");
}

#[test]
fn lists_of_repositories_and_of_blobs() {
    let one = Repo::init(&[]);
    one.add("a.py", format!("token = '{}'\n", key("shared")));
    one.commit("a");
    one.git(&["rm", "-q", "a.py"]);
    one.commit("gone");
    let blob = one.line(&["rev-parse", "HEAD^:a.py"]);
    let two = one.root.with_file_name("two");
    one.git(&["clone", "-q", one.root.to_str().unwrap(), two.to_str().unwrap()]);
    let list = one.root.with_file_name("list");
    std::fs::write(&list, "# all\nrepo\n\ntwo\nmissing\n").unwrap();
    let output = stanch(&one.root, &["scan", "--repos", list.to_str().unwrap(), "--format", "json"]);
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["findings"].as_array().unwrap().len(), 1, "the same secret in both");
    let places = report["findings"][0]["locations"].to_string();
    assert!(places.contains("repo/a.py") && places.contains("two/a.py"), "{places}");
    assert!(report["summary"]["failed"].to_string().contains("missing"));

    // A version that one of them alone has.
    std::fs::write(two.join("b.py"), format!("b = '{}'\n", key("shared"))).unwrap();
    let git = |args: &[&str]| {
        let mut run = Command::new("git");
        run.args(["-c", "user.name=a", "-c", "user.email=a@a.example"]).args(args);
        assert!(run.current_dir(&two).env("HOME", &two).status().unwrap().success());
    };
    for args in
        [&["add", "."][..], &["commit", "-q", "-m", "b"], &["rm", "-q", "b.py"], &["commit", "-q", "-m", "c"]]
    {
        git(args);
    }
    let file = one.root.with_file_name("all");
    stanch(
        &one.root,
        &["scan", "--repos", list.to_str().unwrap(), "--filter-repo-file", file.to_str().unwrap()],
    );
    assert_eq!(std::fs::read_to_string(&file).unwrap().lines().count(), 2, "of both repositories");
    std::fs::write(&list, "two\nrepo\n").unwrap();
    let file = one.root.with_file_name("turned");
    stanch(
        &one.root,
        &["scan", "--repos", list.to_str().unwrap(), "--filter-repo-file", file.to_str().unwrap()],
    );
    assert_eq!(std::fs::read_to_string(&file).unwrap().lines().count(), 2, "in whichever order");

    let file = one.root.with_file_name("strip");
    let output = stanch(&one.root, &["scan", "--history", "--filter-repo-file", file.to_str().unwrap()]);
    assert_eq!(std::fs::read_to_string(&file).unwrap().trim(), blob);
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(said.contains("1 file version is listed") && said.contains("out whole"), "{said}");
    let again = stanch(&one.root, &["scan", "--history", "--filter-repo-file", file.to_str().unwrap()]);
    assert_eq!(again.status.code(), Some(1), "the same command goes on where one was interrupted");
    assert_eq!(std::fs::read_to_string(&file).unwrap().trim(), blob);
}

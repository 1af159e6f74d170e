//! Pushes that nothing on the other side stands against, and pushes made to wear a hook out: by real git, through the
//! program.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![cfg(unix)]

mod history_common;
mod source_common;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use history_common::{key, line, stanch};
use source_common::{Repo, command};
use stanch::catalogue::sample;

const NONE: &str = "0000000000000000000000000000000000000000";

fn fed(mut command: Command, input: &[u8]) -> Output {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A hook that needs none of it closes its end.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

/// `stanch hook ARGS` in `dir`: its status, and what it says.
fn hook(dir: &Path, args: &[&str], input: &str, variables: &[(&str, &str)]) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stanch"));
    command.arg("hook").args(args).current_dir(dir).env("HOME", dir).env("GIT_CONFIG_NOSYSTEM", "1");
    command.envs(variables.iter().copied());
    let output = fed(command, input.as_bytes());
    let said = [output.stdout, output.stderr].concat();
    (output.status.code().unwrap(), String::from_utf8_lossy(&said).into_owned())
}

/// A push of `main` to `url` as a new branch, as the hook here sees it.
fn pre_push(repo: &Repo, url: &str) -> (i32, String) {
    let id = repo.line(&["rev-parse", "main"]);
    let input = format!("refs/heads/main {id} refs/heads/new {NONE}\n");
    hook(&repo.root, &["pre-push", "origin", url], &input, &[])
}

/// A server that has the objects of `repo` and no reference but those in `refs`.
fn server(repo: &Repo, refs: &[(&str, &str)]) -> PathBuf {
    let server = repo.root.with_file_name("server.git");
    repo.git(&["init", "-q", "--bare", server.to_str().unwrap()]);
    let objects = repo.root.join(".git/objects");
    std::fs::write(server.join("objects/info/alternates"), format!("{}\n", objects.display())).unwrap();
    for (name, id) in refs {
        source_common::git(&server, &["update-ref", name, id]);
    }
    server
}

fn pre_receive(server: &Path, id: &str) -> (i32, String) {
    hook(server, &["pre-receive"], &format!("{NONE} {id} refs/heads/new\n"), &[])
}

/// A repository whose first commit holds these files.
fn with(files: &[(&str, &str)]) -> Repo {
    let repo = Repo::init(&[]);
    for (path, text) in files {
        repo.add(path, text);
    }
    repo.commit("first");
    repo
}

#[test]
fn one_content_is_judged_at_each_of_its_paths() {
    let password = sample::expand("[database]\nuser = app\npassword = {b62:18}\n", "an app's");
    let token = line("one of two");
    let file = format!("keys/{}", key("a name"));
    let excluded = "exclude:\n  - a/**\n";
    // The first path lowers it, leaves it out, or is of no interest.
    let cases: [&[(&str, &str)]; 4] = [
        &[("fixtures/app.ini", &password), ("src/app.ini", &password)],
        &[(".stanch.yaml", excluded), ("a/key.py", &token), ("b/key.py", &token)],
        &[(".stanch.yaml", excluded), ("a/x/key.py", &token), ("b/x/key.py", &token)],
        &[(".gitkeep", ""), (&file, "")],
    ];
    for files in cases {
        let repo = with(files);
        let id = repo.line(&["rev-parse", "main"]);
        let (code, said) = pre_push(&repo, "/srv/new");
        assert_eq!(code, 1, "{files:?}: {said}");
        let (code, said) = pre_receive(&server(&repo, &[]), &id);
        assert_eq!(code, 1, "{files:?}: {said}");
    }
    // Brought where it is left out, and copied by a later commit.
    let repo = with(&[(".stanch.yaml", excluded), ("a/key.py", &token)]);
    assert_eq!(pre_push(&repo, "/srv/new").0, 0);
    repo.add("c/key.py", &token);
    repo.commit("copied");
    let (code, said) = pre_push(&repo, "/srv/new");
    assert_eq!((code, said.contains("c/key.py")), (1, true), "{said}");
}

#[test]
fn a_hook_that_is_told_nothing_does_not_let_a_push_through() {
    let repo = with(&[("a.txt", "text\n")]);
    let run = |script: &str| {
        let mut command = Command::new("sh");
        command.args(["-c", script]).env("STANCH", env!("CARGO_BIN_EXE_stanch"));
        command.current_dir(&repo.root).env("HOME", &repo.root).env("GIT_CONFIG_NOSYSTEM", "1");
        let output = command.stdin(Stdio::null()).output().unwrap();
        (output.status.code().unwrap(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    for event in ["pre-push origin x", "pre-receive"] {
        for input in ["</dev/null", "<&-", ""] {
            let (code, said) = run(&format!("exec \"$STANCH\" hook {event} {input}"));
            assert!(
                code == 2 && said.contains("was not told what is pushed"),
                "{event} {input}: {code} {said}"
            );
        }
        // What git gives for a push of nothing.
        assert_eq!(run(&format!(": | \"$STANCH\" hook {event}")).0, 0, "{event}");
    }
    let origin = server(&repo, &[]);
    repo.git(&["remote", "add", "origin", origin.to_str().unwrap()]);
    let hook = repo.root.join(".git/hooks/pre-push");
    let program = env!("CARGO_BIN_EXE_stanch");
    for (input, is_through) in [("</dev/null", false), ("", true)] {
        std::fs::write(&hook, format!("#!/bin/sh\nexec '{program}' hook pre-push \"$@\" {input}\n")).unwrap();
        std::fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        let output = repo.try_git(&["push", "-q", "origin", "main"]);
        assert_eq!(output.status.success(), is_through, "{}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn two_places_of_one_host_are_two() {
    let repo = with(&[("key.py", &line("pushed elsewhere"))]);
    repo.git(&["remote", "add", "other", "me@host.example:/srv/r"]);
    repo.git(&["update-ref", "refs/remotes/other/main", "main"]);
    for same in ["me@host.example:/srv/r", "ssh://me@host.example/srv/r/"] {
        assert_eq!(pre_push(&repo, same).0, 0, "{same}");
    }
    // One remote that is fetched over one protocol and pushed to over another.
    repo.git(&["remote", "add", "both", "https://host.example/a/b.git"]);
    repo.git(&["remote", "set-url", "--push", "both", "git@host.example:a/b.git"]);
    repo.git(&["update-ref", "refs/remotes/both/main", "main"]);
    assert_eq!(pre_push(&repo, "git@host.example:a/b.git").0, 0);
    for another in [
        "me@host.example:srv/r",
        "me@host.example:/srv/r.git",
        "git@host.example:a/c.git",
        "https://host.example/srv/r",
    ] {
        let (code, said) = pre_push(&repo, another);
        assert_eq!(code, 1, "{another}: {said}");
    }
}

#[test]
fn under_the_framework_what_is_pushed_is_read_and_not_what_is_checked_out() {
    let repo = with(&[("clean.txt", "clean\n")]);
    repo.git(&["checkout", "-q", "-b", "leak"]);
    repo.add("key.py", line("on a branch"));
    let leak = repo.commit("leak");
    repo.git(&["checkout", "-q", "main"]);
    let push = |more: &[(&str, &str)]| {
        let remote = [("PRE_COMMIT_REMOTE_NAME", "origin"), ("PRE_COMMIT_REMOTE_URL", "/srv/new")];
        let branch = ("PRE_COMMIT_REMOTE_BRANCH", "refs/heads/new");
        hook(&repo.root, &["pre-push-framework"], "", &[&remote[..], &[branch], more].concat())
    };
    let (code, said) = push(&[("PRE_COMMIT_LOCAL_BRANCH", "refs/heads/leak")]);
    assert_eq!((code, said.contains("key.py")), (1, true), "{said}");
    let (code, said) = push(&[("PRE_COMMIT_LOCAL_BRANCH", "refs/heads/main")]);
    assert_eq!((code, said.contains("Other branches have 1 commit")), (0, true), "{said}");
    assert_eq!(push(&[]).0, 0, "HEAD");
    assert_eq!(push(&[("PRE_COMMIT_LOCAL_BRANCH", "refs/heads/gone")]).0, 2);
    assert_eq!(push(&[("PRE_COMMIT_TO_REF", &leak), ("PRE_COMMIT_LOCAL_BRANCH", "refs/heads/leak")]).0, 1);
    let text: &std::ffi::OsStr = std::os::unix::ffi::OsStrExt::from_bytes(b"leak\xff");
    let mut odd = Command::new(env!("CARGO_BIN_EXE_stanch"));
    odd.args(["hook", "pre-push-framework"]).current_dir(&repo.root).env("PRE_COMMIT_TO_REF", text);
    assert_eq!(fed(odd, b"").status.code(), Some(2), "a name that is no text is not passed over");
}

#[test]
fn under_the_framework_a_named_end_of_a_range_is_one() {
    let repo = with(&[("key.py", &line("an old one"))]);
    repo.git(&["branch", "old"]);
    repo.add("clean.txt", "clean\n");
    let to = repo.commit("clean");
    let from = repo.line(&["rev-parse", "old"]);
    let range = |from: &str, to: &str| {
        let ends = [("PRE_COMMIT_FROM_REF", from), ("PRE_COMMIT_TO_REF", to)];
        hook(&repo.root, &["pre-push-framework"], "", &ends)
    };
    for (from, to) in [("old", &*to), ("old", "HEAD"), (&from[..8], &to), (&from, "main"), (&from, &to)] {
        let (code, said) = range(from, to);
        assert_eq!(code, 0, "{from}..{to}: {said}");
    }
    let (code, said) = range("gone", &to);
    assert_eq!((code, said.contains("`gone` names no commit here")), (2, true), "{said}");
    // Without an end it is what is checked out.
    let (code, said) = hook(&repo.root, &["pre-push-framework"], "", &[("PRE_COMMIT_FROM_REF", "old")]);
    assert_eq!(code, 0, "{said}");
}

/// Writes an object as it stands; its id.
fn object(repo: &Repo, kind: &str, content: &[u8]) -> String {
    let write = command(&repo.root, &["hash-object", "-t", kind, "-w", "--stdin", "--literally"]);
    String::from_utf8(fed(write, content).stdout).unwrap().trim().to_owned()
}

/// A commit with these headers behind the usual ones.
fn commit(repo: &Repo, tree: &str, parents: &[&str], headers: &str, message: &str) -> String {
    let parents: String = parents.iter().map(|parent| format!("parent {parent}\n")).collect();
    let people =
        "author A <a@acme.example> 1700000000 +0000\ncommitter A <a@acme.example> 1700000000 +0000\n";
    object(repo, "commit", format!("tree {tree}\n{parents}{people}{headers}\n{message}\n").as_bytes())
}

#[test]
fn every_header_of_a_commit_is_read() {
    let repo = with(&[("clean.txt", "clean\n")]);
    let (tree, base) = (repo.line(&["rev-parse", "main^{tree}"]), repo.line(&["rev-parse", "main"]));
    let server = server(&repo, &[("refs/heads/main", &base)]);
    let row = "iQEz+/ab".repeat(8);
    let signed = |body: &str| {
        format!(
            "gpgsig -----BEGIN PGP SIGNATURE-----\n \n {row}\n{body} iQEz\n =abcd\n -----END PGP SIGNATURE-----\n"
        )
    };
    for (headers, expected) in [
        (format!("encoding {}\n", key("encoding")), 1),
        (signed(&format!(" {}\n", key("signature"))), 1),
        (format!("other {}\n", key("other")), 1),
        (signed(""), 0),
        ("encoding ISO-8859-1\n".to_owned(), 0),
    ] {
        let id = commit(&repo, &tree, &[&base], &headers, "message");
        let (code, said) = pre_receive(&server, &id);
        assert_eq!(code, expected, "{headers}: {said}");
    }
}

/// A tree of trees that stands for a thousand million files.
fn bomb(repo: &Repo) -> String {
    let leaf = object(repo, "blob", b"x\n");
    let mut tree = object(repo, "tree", &entries("100644 f", &leaf));
    for _ in 0..8 {
        tree = object(repo, "tree", &entries("40000 d", &tree));
    }
    tree
}

fn entries(what: &str, id: &str) -> Vec<u8> {
    let id = (0..id.len()).step_by(2).map(|at| u8::from_str_radix(&id[at..at + 2], 16).unwrap());
    let id: Vec<u8> = id.collect();
    (0..10).flat_map(|at| [format!("{what}{at}\0").as_bytes(), &id].concat()).collect()
}

#[test]
fn folders_that_hold_each_other_again_and_again_stop_and_are_not_spelt_out() {
    let repo = with(&[("clean.txt", "clean\n")]);
    let base = repo.line(&["rev-parse", "main"]);
    let tree = bomb(&repo);
    for parents in [&[][..], &[base.as_str()]] {
        let id = commit(&repo, &tree, parents, "", "bomb");
        let server = server(&repo, &[("refs/heads/main", &base)]);
        let (code, said) = pre_receive(&server, &id);
        assert_eq!((code, said.contains("hold each other so often")), (2, true), "{said}");
        source_common::git(&server, &["config", "stanch.receiveTimeout", "1ms"]);
        let (code, said) = pre_receive(&server, &id);
        assert_eq!((code, said.contains("stanch.receiveTimeout")), (2, true), "{said}");
        std::fs::remove_dir_all(&server).unwrap();
        repo.git(&["update-ref", "refs/heads/bomb", &id]);
    }
    let output = stanch(&repo.root, &["scan", "--history"]);
    assert_eq!(output.status.code(), Some(2), "{output:?}");
}

#[test]
fn a_commit_or_a_tag_that_is_larger_than_any_is_not_read() {
    let repo = with(&[("clean.txt", "clean\n")]);
    let (tree, base) = (repo.line(&["rev-parse", "main^{tree}"]), repo.line(&["rev-parse", "main"]));
    let server = server(&repo, &[("refs/heads/main", &base)]);
    let long = "0123456\n".repeat((64 << 20) / 8);
    let tag =
        format!("object {base}\ntype commit\ntag v1\ntagger A <a@acme.example> 1700000000 +0000\n\n{long}");
    for id in [commit(&repo, &tree, &[&base], "", &long), object(&repo, "tag", tag.as_bytes())] {
        let (code, said) = pre_receive(&server, &id);
        assert_eq!((code, said.contains("no commit, tag or directory")), (2, true), "{said}");
    }
}

//! A push is seen as git defines it: `rev-list <new> --not <old> --remotes=<name>`, commit by commit.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![cfg(unix)]

mod source_common;

use std::{
    collections::BTreeSet,
    fs::File,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
};

use source_common::{Dice, Repo, blob, command, git, is_file, message, origin, pin, raw, replaced};
use stanch::source::{
    Context, Coverage, Flow, Place, Source,
    push::{self, RefUpdate},
    range::{self, Range},
    receive::{self, Received},
    remote::Remote,
};

const NONE: &str = "0000000000000000000000000000000000000000";

/// What was handed over: contents of blobs by commit and path, and messages.
#[derive(Debug, Default)]
struct Seen {
    blobs: Vec<(String, String, Vec<u8>)>,
    messages: Vec<(String, String)>,
    coverage: Coverage,
}

impl Seen {
    fn contents(&self) -> BTreeSet<Vec<u8>> {
        self.blobs.iter().map(|(_, _, content)| content.clone()).collect()
    }

    fn paths(&self) -> Vec<&str> {
        self.blobs.iter().map(|(_, path, _)| path.as_str()).collect()
    }
}

fn seen(source: &mut dyn Source) -> anyhow::Result<Seen> {
    let mut seen = Seen::default();
    seen.coverage = source.visit(&mut |blob| {
        let (path, bytes) = (blob.path.to_string(), blob.bytes.to_vec());
        match blob.place {
            Place::Commit { id } | Place::Object { id } => seen.blobs.push((id.clone(), path, bytes)),
            Place::Message { id } => seen.messages.push((id.clone(), message(blob.bytes))),
            Place::GitFile => assert_eq!(blob.bytes, blob.path.to_vec(), "a reference that is made"),
            other => panic!("{other:?}"),
        }
        Ok(Flow::Continue)
    })?;
    Ok(seen)
}

fn line(local: &str, id: &str, remote: &str, old: &str) -> Vec<RefUpdate> {
    RefUpdate::parse(format!("{local} {id} {remote} {old}\n").as_bytes()).unwrap()
}

fn push(dir: &Path, updates: &[RefUpdate]) -> (Vec<String>, Seen) {
    let mut push = push::open(&Context::new(dir), &origin(), updates).unwrap();
    (push.commits(), seen(&mut push).unwrap())
}

/// A clone of a repository with one commit.
fn cloned() -> (Repo, PathBuf) {
    let repo = Repo::init(&[]);
    repo.add("old.txt", "old\n");
    repo.commit("old");
    let origin = repo.root.with_file_name("origin.git");
    git(repo.root.parent().unwrap(), &["clone", "-q", "--bare", "repo", "origin.git"]);
    repo.git(&["remote", "add", "origin", origin.to_str().unwrap()]);
    repo.git(&["fetch", "-q", "origin"]);
    (repo, origin)
}

fn head(repo: &Repo) -> String {
    repo.line(&["rev-parse", "HEAD"])
}

#[test]
fn added_and_removed_again_is_seen() {
    let (repo, _) = cloned();
    let old = head(&repo);
    repo.add("secret.txt", "secret\n");
    let first = repo.commit("add it");
    repo.git(&["rm", "-q", "secret.txt"]);
    repo.commit("remove it");
    let (commits, seen) = push(&repo.root, &line("refs/heads/main", &head(&repo), "refs/heads/main", &old));
    assert_eq!(commits.len(), 2);
    assert_eq!(seen.blobs, [(first.clone(), "secret.txt".into(), b"secret\n".to_vec())]);
    assert_eq!(
        seen.messages.iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>(),
        ["add it\n", "remove it\n"]
    );
    let mut source =
        push::open(&Context::new(&repo.root), &origin(), &line("r", &head(&repo), "r", &old)).unwrap();
    let removal = Place::Commit { id: head(&repo) };
    assert_eq!(source.parents(&removal), 1);
    assert_eq!(replaced(&mut source, &removal, 0).into_values().collect::<Vec<_>>(), [b"secret\n"]);
    assert!(replaced(&mut source, &Place::Commit { id: first }, 0).is_empty());
}

#[test]
fn every_line_counts_and_deletions_do_not() {
    let (repo, _) = cloned();
    let mut input = format!("(delete) {NONE} refs/heads/gone {}\n", head(&repo));
    for branch in ["one", "two", "three"] {
        repo.git(&["checkout", "-q", "-b", branch, "main"]);
        repo.add(branch, branch);
        repo.commit(branch);
        input += &format!("refs/heads/{branch} {} refs/heads/{branch} {NONE}\n", head(&repo));
    }
    let (_, seen) = push(&repo.root, &RefUpdate::parse(input.as_bytes()).unwrap());
    assert_eq!(seen.paths(), ["one", "two", "three"]);
    assert!(push(&repo.root, &[]).0.is_empty());
}

#[test]
fn an_unknown_remote_tip_is_tolerated() {
    let (repo, _) = cloned();
    repo.add("new", "new");
    repo.commit("new");
    let unknown = "0123456789012345678901234567890123456789";
    let (commits, seen) =
        push(&repo.root, &line("refs/heads/main", &head(&repo), "refs/heads/other", unknown));
    assert_eq!((commits.len(), seen.paths()), (1, vec!["new"]));
    // Where the tracking reference says something else of that very reference, it is out of date.
    let (commits, _) = push(&repo.root, &line("refs/heads/main", &head(&repo), "refs/heads/main", unknown));
    assert_eq!(commits.len(), 2);
}

#[test]
fn only_what_this_remote_has_is_left_out() {
    let (repo, origin) = cloned();
    repo.add("new", "new");
    repo.commit("new");
    repo.git(&["update-ref", "refs/remotes/other/main", "HEAD"]);
    repo.git(&["remote", "add", "other", "https://example.com/other.git"]);
    let all = line("refs/heads/main", &head(&repo), "refs/heads/new", NONE);
    assert_eq!(push(&repo.root, &all).1.paths(), ["new"]);
    // By URL: of a configured remote, and of one that nothing is known of.
    let open = |remote: &str| {
        let remote = Remote::Named(remote.into());
        push::open(&Context::new(&repo.root), &remote, &all).unwrap().commits().len()
    };
    assert_eq!(open(origin.to_str().unwrap()), 1);
    assert_eq!(open("https://example.com/elsewhere.git"), 2);
    assert_eq!(open("other"), 0);
}

#[test]
fn of_a_merge_only_what_no_parent_has() {
    let (repo, _) = cloned();
    repo.git(&["checkout", "-q", "-b", "side"]);
    repo.add("side.txt", "side\n");
    repo.commit("side");
    repo.git(&["checkout", "-q", "main"]);
    repo.add("main.txt", "main\n");
    repo.commit("main");
    repo.git(&["update-ref", "refs/remotes/origin/side", "side"]);
    repo.git(&["merge", "-q", "--no-commit", "side"]);
    repo.add("main.txt", "typed into the merge\n");
    let merge = repo.commit("merge");
    let (commits, seen) = push(&repo.root, &line("main", &merge, "main", NONE));
    assert_eq!(commits.len(), 2);
    assert_eq!(seen.paths(), ["main.txt", "main.txt"]);
    assert_eq!(seen.blobs[1].0, merge);
    let mut source =
        push::open(&Context::new(&repo.root), &origin(), &line("main", &merge, "main", NONE)).unwrap();
    assert_eq!(source.parents(&Place::Commit { id: merge.clone() }), 2);
    assert_eq!(
        replaced(&mut source, &Place::Commit { id: merge }, 0).into_values().collect::<Vec<_>>(),
        [b"main\n"]
    );
}

#[test]
fn tags_are_peeled_and_their_messages_read() {
    let (repo, _) = cloned();
    repo.add("new", "new");
    let commit = repo.commit("new");
    repo.git(&["tag", "-a", "-m", "tag text", "inner"]);
    repo.git(&["tag", "-a", "-m", "outer text", "outer", "inner"]);
    repo.write("loose", "only tagged\n");
    let id = repo.line(&["hash-object", "-w", "loose"]);
    repo.git(&["tag", "of-blob", &id]);
    repo.git(&["tag", "-a", "-m", "of a tree", "of-tree", "HEAD^{tree}"]);
    let input: String = ["outer", "of-blob", "of-tree"]
        .map(|tag| format!("refs/tags/{tag} {} refs/tags/{tag} {NONE}\n", repo.line(&["rev-parse", tag])))
        .concat();
    let (commits, seen) = push(&repo.root, &RefUpdate::parse(input.as_bytes()).unwrap());
    assert_eq!(commits, [commit]);
    let texts: Vec<&str> = seen.messages.iter().map(|(_, text)| text.as_str()).collect();
    let tags = ["new\n", "outer text\ntag outer\n", "tag text\ntag inner\n", "of a tree\ntag of-tree\n"];
    assert_eq!(texts, tags);
    assert!(seen.contents().contains(&b"only tagged\n"[..]));
    let whole = ["refs/tags/of-blob", "old.txt"].iter().all(|path| seen.paths().contains(path));
    assert!(whole, "a tree that is pushed by itself is read whole");
}

#[test]
fn the_end_of_a_shallow_clone_is_respected() {
    let (repo, origin) = cloned();
    repo.add("second", "second");
    repo.commit("second");
    repo.git(&["push", "-q", "origin", "main"]);
    let shallow = repo.root.with_file_name("shallow");
    let url = format!("file://{}", origin.display());
    git(repo.root.parent().unwrap(), &["clone", "-q", "--depth=1", &url, shallow.to_str().unwrap()]);
    let old = String::from_utf8(git(&shallow, &["rev-parse", "HEAD"])).unwrap().trim().to_owned();
    std::fs::write(shallow.join("third"), "third").unwrap();
    git(&shallow, &["add", "."]);
    git(&shallow, &["commit", "-qm", "third"]);
    let new = String::from_utf8(git(&shallow, &["rev-parse", "HEAD"])).unwrap().trim().to_owned();
    assert_eq!(push(&shallow, &line("main", &new, "main", &old)).1.paths(), ["third"]);
    let range = |from: &[String]| Range::open(&Context::new(&shallow), &["HEAD".into()], from);
    assert_eq!(range(&["HEAD^".into()]).unwrap().commits(), [new]);
    let fault = range(&[]).err().unwrap().to_string();
    assert!(fault.contains("git fetch --unshallow"), "{fault}");
}

#[test]
fn other_formats() {
    for init in [&["--object-format=sha256"][..], &["--ref-format=reftable"]] {
        let repo = Repo::init(init);
        repo.add("old", "old");
        repo.commit("old");
        repo.git(&["remote", "add", "origin", "https://example.com/origin.git"]);
        repo.git(&["update-ref", "refs/remotes/origin/main", "HEAD"]);
        repo.add("new", "new");
        repo.commit("new");
        let zeros = "0".repeat(head(&repo).len());
        assert_eq!(
            push(&repo.root, &line("main", &head(&repo), "main", &zeros)).1.paths(),
            ["new"],
            "{init:?}"
        );
    }
}

#[test]
fn malformed_lines_are_errors() {
    let id = "0123456789012345678901234567890123456789";
    for bad in [
        "x",
        "a b c",
        "a 123 c 456",
        &format!("a {id} b {}", &id[1..]),
        &format!("{id} b {id}"),
        &format!(" {id} b {id}"),
    ] {
        assert!(RefUpdate::parse(bad.as_bytes()).is_err(), "{bad:?}");
    }
    let odd = RefUpdate::parse(format!("HEAD@{{2 days ago}} {id} refs/heads/x {NONE}").as_bytes()).unwrap();
    assert_eq!(odd[0].local_ref, "HEAD@{2 days ago}");
    assert_eq!(odd[0].remote_id, None);
    assert!(Received::parse(b"a b").is_err() && Received::parse(format!("{NONE} {id} ").as_bytes()).is_err());
}

#[test]
fn a_missing_commit_is_an_error_that_names_it() {
    let (repo, _) = cloned();
    let id = "0123456789012345678901234567890123456789";
    let err =
        push::open(&Context::new(&repo.root), &origin(), &line("main", id, "main", NONE)).err().unwrap();
    assert!(format!("{err:#}").contains(id), "{err:#}");
    repo.add("b", "b");
    let middle = repo.commit("b");
    repo.add("c", "c");
    repo.commit("c");
    std::fs::remove_file(repo.root.join(".git/objects").join(&middle[..2]).join(&middle[2..])).unwrap();
    let err = push::open(&Context::new(&repo.root), &origin(), &line("main", &head(&repo), "main", NONE))
        .err()
        .unwrap();
    assert!(format!("{err:#}").contains(&middle), "{err:#}");
}

#[test]
fn ranges_are_parsed() {
    assert_eq!(range::parse("main..").unwrap(), (vec!["HEAD".into()], vec!["main".into()]));
    assert_eq!(range::parse("v1..v2").unwrap(), (vec!["v2".into()], vec!["v1".into()]));
    assert!(range::parse("a...b").is_err() && range::parse("a").is_err());
    let (repo, _) = cloned();
    repo.add("b", "b");
    repo.commit("b");
    let ctx = Context::new(&repo.root);
    assert_eq!(Range::open(&ctx, &["HEAD".into()], &["HEAD~1".into()]).unwrap().commits().len(), 1);
    assert_eq!(Range::open(&ctx, &[range::ALL.into()], &[]).unwrap().commits().len(), 2);
    let err = Range::open(&ctx, &["nowhere".into()], &[]).err().unwrap();
    assert!(err.to_string().contains("nowhere"));
}

/// Not a test: what the server's hook runs.
#[test]
#[ignore = "run by a hook in a process of its own"]
fn child() {
    let mut input = Vec::new();
    std::io::Read::read_to_end(&mut std::io::stdin(), &mut input).unwrap();
    let visit = || -> anyhow::Result<Seen> {
        let updates = Received::parse(&input)?;
        seen(&mut receive::open(&Context::new(std::env::current_dir()?), &updates)?)
    };
    println!();
    match visit() {
        Ok(seen) => seen.blobs.iter().for_each(|(_, path, _)| println!("@@path {path}")),
        Err(err) => println!("@@error {err:#}"),
    }
    println!("@@end");
}

#[test]
fn a_server_looks_into_the_quarantine() {
    for unpack_limit in ["1", "1000"] {
        let (repo, origin) = cloned();
        git(&origin, &["config", "receive.unpackLimit", unpack_limit]);
        let out = repo.root.with_file_name("out");
        let mut script = Command::new("true");
        pin(&mut script, &repo.root);
        let hook = origin.join("hooks/pre-receive");
        let exe = std::env::current_exe().unwrap();
        let text = format!(
            "#!/bin/sh\n'{}' --ignored --exact child --nocapture >{} 2>&1\nexit 1\n",
            exe.display(),
            out.display()
        );
        std::fs::create_dir_all(hook.parent().unwrap()).unwrap();
        std::fs::write(&hook, text).unwrap();
        std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).unwrap();
        repo.add("dir/new.txt", "new\n");
        repo.commit("new");
        repo.git(&["rm", "-q", "dir/new.txt"]);
        repo.commit("gone");
        let status =
            command(&repo.root, &["push", "origin", "main", "main:refs/heads/second"]).output().unwrap();
        assert!(!status.status.success());
        let said = std::fs::read_to_string(&out).unwrap();
        let paths: Vec<&str> =
            said.lines().filter_map(|line| line.split_once("@@path ")).map(|(_, path)| path).collect();
        assert_eq!(paths, ["dir/new.txt"], "{said}");
        assert!(said.contains("@@end") && !said.contains("@@error"), "{said}");
    }
}

/// A directory with the objects that a push of `main` would bring, as git makes it for pre-receive.
fn quarantine(repo: &Repo, origin: &Path, old: &str, unpack: &[&str]) -> PathBuf {
    let at = |name: &str| repo.root.with_file_name(name);
    std::fs::write(at("revisions"), format!("main\n^{old}\n")).unwrap();
    std::fs::create_dir_all(at("incoming/pack")).unwrap();
    let mut pack = command(&repo.root, &["pack-objects", "--revs", "--thin", "--stdout", "-q"]);
    pack.stdin(File::open(at("revisions")).unwrap()).stdout(File::create(at("sent")).unwrap());
    assert!(pack.status().unwrap().success());
    let mut unpack = command(origin, unpack);
    unpack.env("GIT_OBJECT_DIRECTORY", at("incoming"));
    unpack.env("GIT_ALTERNATE_OBJECT_DIRECTORIES", origin.join("objects"));
    assert!(unpack.stdin(File::open(at("sent")).unwrap()).output().unwrap().status.success());
    at("incoming")
}

/// No variable of this process names the directory, so git could not help.
#[test]
fn a_quarantine_is_read_without_git() {
    for unpack in [&["unpack-objects", "-q"][..], &["index-pack", "--fix-thin", "--stdin"]] {
        let (repo, origin) = cloned();
        let old = head(&repo);
        let long: String = (0..400).map(|line| format!("line {line}\n")).collect();
        repo.add("dir/long.txt", &long);
        repo.commit("long");
        repo.add("dir/long.txt", long.replace("line 7\n", "line seven\n"));
        let new = repo.commit("changed");
        let incoming = quarantine(&repo, &origin, &old, unpack);
        let updates = Received::parse(format!("{old} {new} refs/heads/main\n").as_bytes()).unwrap();

        let own = Context::new(&origin);
        let here = Context { object_dirs: vec![incoming.clone(), origin.join("objects")], ..own.clone() };
        let err = receive::open(&own, &updates).err().unwrap();
        assert!(format!("{err:#}").contains(&new), "{err:#}");
        let mut receive = receive::open(&here, &updates).unwrap();
        let got = seen(&mut receive).unwrap();
        assert_eq!(got.paths(), ["dir/long.txt"; 2], "{unpack:?}");
        assert!(got.contents().iter().all(|text| text.starts_with(b"line 0\n")));
        // By several threads too.
        let plan = receive.plan().unwrap().unwrap();
        let mut reader = plan.reader().unwrap();
        for at in 0..plan.len() {
            let mut coverage = Coverage::default();
            reader.read(at, &mut |_| Ok(Flow::Continue), &mut coverage).unwrap();
            assert!(coverage.failed.is_empty(), "{:?}", coverage.failed);
        }

        let blob = repo.line(&["rev-parse", "main:dir/long.txt"]);
        let loose = incoming.join(&blob[..2]).join(&blob[2..]);
        if loose.exists() {
            std::fs::remove_file(loose).unwrap();
            let lost = seen(&mut receive::open(&here, &updates).unwrap());
            assert!(format!("{lost:?}").contains(&blob), "{lost:?}");
        }
    }
}

/// A history of commits and merges made without a work tree, some with wrong clocks.
fn random_history(repo: &Repo, dice: &mut Dice) -> Vec<String> {
    let mut commits: Vec<String> = Vec::new();
    for step in 0..40 {
        let mut parents = BTreeSet::new();
        for _ in 0..[0, 1, 1, 1, 1, 2, 2, 3][dice.roll(8)] {
            if !commits.is_empty() {
                // Mostly recent ones, so that there are long lines.
                let back = dice.roll(commits.len().min(6));
                parents.insert(commits[commits.len() - 1 - back].clone());
            }
        }
        let parents: Vec<String> = parents.into_iter().collect();
        match parents.first() {
            Some(first) => repo.git(&["read-tree", first]),
            None => repo.git(&["read-tree", "--empty"]),
        };
        for _ in 0..dice.roll(3) {
            repo.write("content", format!("{}\n", dice.roll(60)));
            let id = repo.line(&["hash-object", "-w", "content"]);
            let path = ["a", "d/b", "d/c", "e/f/g"][dice.roll(4)];
            repo.git(&["update-index", "--add", "--cacheinfo", &format!("100644,{id},{path}")]);
        }
        if let Some(second) = parents.get(1).filter(|_| dice.roll(2) == 0) {
            repo.try_git(&["rm", "-q", "--cached", "a"]);
            if let Ok(id) = String::from_utf8(
                repo.try_git(&["rev-parse", "--verify", "-q", &format!("{second}:a")]).stdout,
            ) && !id.is_empty()
            {
                repo.git(&["update-index", "--add", "--cacheinfo", &format!("100644,{},a", id.trim())]);
            }
        }
        let tree = repo.line(&["write-tree"]);
        let mut args = vec!["commit-tree".to_owned(), tree, "-m".into(), format!("commit {step}")];
        args.extend(parents.iter().flat_map(|parent| ["-p".to_owned(), parent.clone()]));
        let seconds = 1_700_000_000 + step * 10 - if dice.roll(10) == 0 { 100_000 } else { 0 };
        let mut commit = command(&repo.root, &args);
        let made = commit.env("GIT_COMMITTER_DATE", format!("{seconds} +0000")).output().unwrap();
        commits.push(String::from_utf8(made.stdout).unwrap().trim().to_owned());
    }
    commits
}

/// The blobs that git says a commit adds and no parent has at that path.
fn added(repo: &Repo, commit: &str) -> BTreeSet<Vec<u8>> {
    let parents = repo.line(&["show", "-s", "--format=%P", commit]);
    let sides: Vec<String> = match parents.as_str() {
        "" => vec![repo.line(&["hash-object", "-t", "tree", "/dev/null"])],
        some => some.split(' ').map(str::to_owned).collect(),
    };
    let mut common: Option<BTreeSet<(Vec<u8>, String)>> = None;
    for side in sides {
        let out = repo.git(&["diff-tree", "-r", "--raw", "-z", "--no-renames", "--no-abbrev", &side, commit]);
        let changed = raw(&out)
            .into_iter()
            .filter(|raw| is_file(&raw.new.0) && raw.new.1 != raw.old.1)
            .map(|raw| (raw.path, raw.new.1))
            .collect();
        common = Some(match common {
            None => changed,
            Some(before) => before.intersection(&changed).cloned().collect(),
        });
    }
    common.unwrap().into_iter().map(|(_, id)| blob(&repo.root, &id)).collect()
}

#[test]
fn whatever_the_history() {
    for seed in [11, 12, 13] {
        let repo = Repo::init(&[]);
        let mut dice = Dice(seed);
        let commits = random_history(&repo, &mut dice);
        repo.git(&["remote", "add", "origin", "https://example.com/origin.git"]);
        for round in 0..6 {
            let pick = |dice: &mut Dice| commits[dice.roll(commits.len())].clone();
            let tips = [pick(&mut dice), pick(&mut dice)];
            let known = [pick(&mut dice), pick(&mut dice)];
            repo.git(&["update-ref", "refs/remotes/origin/main", &known[0]]);
            let mut updates = line("one", &tips[0], "one", &known[1]);
            updates.extend(line("two", &tips[1], "two", NONE));
            let (got, seen) = push(&repo.root, &updates);
            let listed = repo.line(&["rev-list", &tips[0], &tips[1], "--not", &known[1], "--remotes=origin"]);
            let want: BTreeSet<&str> = listed.lines().collect();
            let got: BTreeSet<&str> = got.iter().map(String::as_str).collect();
            assert_eq!(got, want, "seed {seed}, round {round}");
            assert_eq!(seen.messages.len(), want.len());
            let contents: BTreeSet<Vec<u8>> = want.iter().flat_map(|commit| added(&repo, commit)).collect();
            assert_eq!(seen.contents(), contents, "seed {seed}, round {round}");
            let at_paths: BTreeSet<_> = seen.blobs.iter().map(|(_, path, content)| (path, content)).collect();
            assert_eq!(seen.blobs.len(), at_paths.len(), "each once at a path");
        }
    }
}

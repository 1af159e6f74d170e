//! Files, streams, the layout of a repository, git's configuration; and an index of any bytes.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![cfg(unix)]

mod source_common;

use std::{os::unix::fs::symlink, path::Path};

use source_common::{Repo, git};
use stanch::source::{
    Context, Coverage, Flow, Source,
    files::Files,
    index, push,
    repo::{self, Scope},
    stdin::Stream,
};

fn read(source: &mut dyn Source) -> anyhow::Result<(Vec<(String, String)>, Coverage)> {
    let mut seen = Vec::new();
    let coverage = source.visit(&mut |blob| {
        seen.push((blob.path.to_string(), String::from_utf8_lossy(blob.bytes).into_owned()));
        Ok(Flow::Continue)
    })?;
    Ok((seen, coverage))
}

#[test]
fn files_come_in_the_order_of_their_names() {
    let temp = tempfile::tempdir().unwrap();
    let at = |path: &str| temp.path().join(path);
    for (path, content) in [
        ("b/z", "b/z"),
        ("b/a", "b/a"),
        ("a", "a"),
        ("c/.git/config", "config"),
        ("c/.git/HEAD", "HEAD"),
        ("c/.env", "c/.env"),
        ("large", "0123456789"),
    ] {
        std::fs::create_dir_all(at(path).parent().unwrap()).unwrap();
        std::fs::write(at(path), content).unwrap();
    }
    symlink("a", at("link")).unwrap();
    let mut files = Files::new(vec![temp.path().to_owned()]).max_bytes(9);
    let (seen, coverage) = read(&mut files).unwrap();
    let contents: Vec<&str> = seen.iter().map(|(_, content)| content.as_str()).collect();
    assert_eq!(contents, ["a", "b/a", "b/z", "c/.env", "config"]);
    let why: Vec<&str> = coverage.skipped.iter().map(|skipped| &*skipped.why).collect();
    assert_eq!(why, ["larger than 9 bytes", "symbolic link"]);
    let err = read(&mut Files::new(vec![at("nowhere")])).err().unwrap();
    assert!(format!("{err:#}").contains("nowhere"), "{err:#}");
}

#[test]
fn a_stream_is_read_to_its_limit() {
    let (seen, coverage) = read(&mut Stream::new(&b"0123"[..], "-", 4)).unwrap();
    assert_eq!((seen, coverage.skipped.len()), (vec![("-".into(), "0123".into())], 0));
    let (seen, coverage) = read(&mut Stream::new(&b"01234"[..], "-", 4)).unwrap();
    assert_eq!((seen[0].1.as_str(), coverage.skipped.len()), ("0123", 1));
}

/// What git says of the same directory.
fn asked(dir: &Path, what: &[&str]) -> std::path::PathBuf {
    let mut args = vec!["rev-parse", "--path-format=absolute"];
    args.extend(what);
    String::from_utf8(git(dir, &args)).unwrap().trim().into()
}

fn same_as_git(dir: &Path) -> repo::Layout {
    let layout = repo::layout(dir).unwrap();
    let same = |ours: &Path, what: &[&str]| {
        assert_eq!(dir.join(ours).components().collect::<std::path::PathBuf>(), asked(dir, what), "{what:?}");
    };
    same(&layout.git_dir, &["--git-dir"]);
    same(&layout.common_dir.canonicalize().unwrap(), &["--git-common-dir"]);
    if let Some(work_tree) = &layout.work_tree {
        same(work_tree, &["--show-toplevel"]);
    }
    let hooks = asked(dir, &["--git-path", "hooks"]);
    assert_eq!(layout.hooks_dir.canonicalize().ok(), hooks.canonicalize().ok());
    layout
}

#[test]
fn the_layout_is_what_git_says() {
    let repo = Repo::init(&[]);
    repo.add("dir/a", "a");
    repo.commit("a");
    let layout = same_as_git(&repo.root.join("dir"));
    assert_eq!((layout.is_bare, layout.object_format, layout.ref_format.as_str()), (false, "sha1", "files"));
    let linked = repo.root.with_file_name("linked");
    repo.git(&["worktree", "add", "-q", linked.to_str().unwrap()]);
    same_as_git(&linked);
    std::fs::create_dir_all(repo.root.join("my hooks")).unwrap();
    std::fs::create_dir_all(linked.join("my hooks")).unwrap();
    repo.git(&["config", "core.hooksPath", "my hooks"]);
    assert_eq!(same_as_git(&repo.root).hooks_path, Some(("my hooks".into(), Scope::Local)));
    same_as_git(&linked);

    let bare = Repo::init(&["--bare", "--ref-format=reftable", "--object-format=sha256"]);
    let layout = same_as_git(&bare.root);
    assert_eq!(
        (layout.is_bare, layout.object_format, layout.ref_format.as_str()),
        (true, "sha256", "reftable")
    );
    assert_eq!(layout.work_tree, None);
    assert!(repo::layout(repo.root.parent().unwrap()).is_err());
}

#[test]
fn settings_come_with_their_scope() {
    let repo = Repo::init(&[]);
    repo.git(&["config", "stanch.Color", "never"]);
    repo.git(&["config", "--add", "stanch.skip", "one"]);
    repo.git(&["config", "--add", "stanch.skip", "two"]);
    repo.git(&["config", "stanch.Sub.key", "x"]);
    repo.git(&["config", "extensions.worktreeConfig", "true"]);
    repo.git(&["config", "--worktree", "stanch.color", "always"]);
    let all = repo::git_config(&repo.root, "stanch.").unwrap();
    let shown: Vec<(String, String, &str)> = all
        .iter()
        .filter(|setting| setting.scope >= Scope::Local)
        .map(|setting| {
            (setting.key.clone(), setting.value.clone().unwrap().to_string(), setting.scope.name())
        })
        .collect();
    let want = [
        ("stanch.color", "never", "local"),
        ("stanch.skip", "one", "local"),
        ("stanch.skip", "two", "local"),
        ("stanch.Sub.key", "x", "local"),
        ("stanch.color", "always", "worktree"),
    ];
    assert_eq!(shown, want.map(|(key, value, scope)| (key.into(), value.into(), scope)));
    assert!(repo::git_config(repo.root.parent().unwrap(), "stanch.").is_ok());
}

#[test]
fn a_revision_names_what_git_says() {
    let repo = Repo::init(&[]);
    let first = repo.commit("one");
    repo.commit("two");
    repo.git(&["checkout", "-q", "-b", "side/branch", "HEAD~1"]);
    repo.commit("three");
    repo.git(&["checkout", "-q", "main"]);
    repo.git(&["merge", "-q", "--no-verify", "-m", "four", "side/branch"]);
    repo.git(&["tag", "-a", "-m", "a tag", "v1"]);
    repo.git(&["update-ref", "refs/remotes/origin/main", "HEAD~1"]);
    // A name that could be the start of an id is a reference first.
    repo.git(&["branch", &first[..6], "side/branch"]);
    let context = Context::new(&repo.root);
    let resolve = |spec: &str| push::resolve(&context, spec.into());
    let (short, dated) = (&first[..12], format!("main@{{{}}}", "1 second ago"));
    let steps =
        ["HEAD", "HEAD^", "HEAD^2", "HEAD~2", "HEAD^2~1", "HEAD^^", "HEAD^0", "HEAD~0", "HEAD~", "@~1"];
    let names = [
        "main",
        "heads/main",
        "refs/heads/side/branch",
        "side/branch~1",
        "origin/main",
        "v1",
        "v1^{commit}",
        "v1~1",
    ];
    let ids = [&first, short, &first[..6], &format!("{first}^{{commit}}"), &format!("{short}^0")]
        .map(str::to_owned);
    let left_to_git = ["HEAD^{tree}", "v1^{}", "main^{/two}", "main@{0}", ":/three", &dated];
    for spec in steps.iter().chain(&names).chain(&left_to_git).copied().chain(ids.iter().map(String::as_str))
    {
        let says = repo.line(&["rev-parse", "--verify", "--quiet", spec]);
        assert_eq!(resolve(spec).unwrap(), says, "{spec}");
    }
    for nothing in
        ["nobody", "HEAD~9", "HEAD^3", "HEAD~99999999999999999999", "^", "", "HEAD^0x0", "main^{blob}"]
    {
        assert!(resolve(nothing).is_err(), "{nothing}");
    }
    // What most people write is read where there is no git.
    for spec in steps.iter().chain(&names).copied().chain(ids.iter().map(String::as_str)) {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_stanch"));
        source_common::pin(&mut command, &repo.root);
        let output =
            command.env("PATH", "").args(["scan", "--history", &format!("{spec}..main")]).output().unwrap();
        assert!(output.status.success(), "{spec}: {}", String::from_utf8_lossy(&output.stderr));
    }
}

#[test]
fn an_index_of_any_bytes_is_an_answer_or_an_error() {
    let hash = gix_kind();
    for version in ["2", "4"] {
        let repo = Repo::init(&[]);
        for path in ["a", "d/b", "d/c", "d/e/f", "z"] {
            repo.add(path, path);
        }
        repo.git(&["update-index", "--index-version", version]);
        repo.git(&["write-tree"]);
        let whole = std::fs::read(repo.root.join(".git/index")).unwrap();
        assert!(index::contents(&whole, hash).is_ok());
        assert!(index::cached_root(&whole[..12], &whole, hash).is_some());
        for at in 0..whole.len() {
            let _ = index::contents(&whole[..at], hash);
            let _ = index::cached_root(&whole[..at.min(12)], &whole[at..], hash);
            for value in [0, 1, 0x7f, 0x80, 0xff] {
                let mut changed = whole.clone();
                changed[at] = value;
                let _ = index::contents(&changed, hash);
                let _ = index::cached_root(&changed[..12], &changed, hash);
            }
        }
    }
}

fn gix_kind() -> gix::hash::Kind {
    gix::hash::Kind::Sha1
}

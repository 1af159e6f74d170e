//! The staged source sees what git says a commit would record, whatever the shape of the repository.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![cfg(unix)]

mod source_common;

use std::{
    os::unix::{ffi::OsStrExt, fs::PermissionsExt, fs::symlink},
    path::{Path, PathBuf},
    process::Command,
};

use source_common::{Dice, Files, Repo, command, expected, expected_old, git, pin, replaced, visited};
use stanch::source::{Context, Coverage, Flow, Place, Source, staged::Staged};

/// Fast path, entry by entry and git agree; so do the old versions. Gives what was visited.
fn check(dir: &Path, parents: &[String]) -> (Files, Coverage) {
    let want = expected(dir, parents);
    let mut fast = Staged::open(&Context::new(dir)).unwrap();
    let mut slow = Staged::open_entry_by_entry(&Context::new(dir)).unwrap();
    assert!(!slow.is_from_cache_tree());
    let (files, coverage) = visited(&mut fast);
    assert_eq!(shown(&files), shown(&want), "fast: {}", fast.is_from_cache_tree());
    assert_eq!(shown(&visited(&mut slow).0), shown(&want), "entry by entry");
    for source in [&mut fast, &mut slow] {
        assert_eq!(source.parents(&Place::Staged), parents.len());
        for (at, parent) in parents.iter().enumerate() {
            assert_eq!(shown(&replaced(source, &Place::Staged, at)), shown(&expected_old(dir, parent)));
        }
    }
    (files, coverage)
}

fn check_head(dir: &Path) -> Files {
    check(dir, &["HEAD".into()]).0
}

fn shown(files: &Files) -> Vec<(String, String)> {
    files
        .iter()
        .map(|(path, content)| (path.escape_ascii().to_string(), content.escape_ascii().to_string()))
        .collect()
}

fn names(files: &Files) -> Vec<&str> {
    files.keys().map(|name| std::str::from_utf8(name).unwrap()).collect()
}

/// A repository with a commit of a few files in a few directories.
fn started(init: &[&str]) -> Repo {
    let repo = Repo::init(init);
    for path in
        ["a.txt", "b.txt", "dir/c.txt", "dir/sub/d.txt", "dir.txt", "other/e.txt", "other/deep/er/f.txt"]
    {
        repo.write(path, format!("this is {path}\n"));
    }
    repo.git(&["add", "."]);
    repo.commit("start");
    repo
}

#[test]
fn an_unborn_branch_stands_against_nothing() {
    let repo = Repo::init(&[]);
    assert!(check(&repo.root, &[]).0.is_empty());
    repo.add("dir/new.txt", "new\n");
    assert_eq!(names(&check(&repo.root, &[]).0), ["dir/new.txt"]);
    repo.git(&["write-tree"]);
    assert!(Staged::open(&Context::new(&repo.root)).unwrap().is_from_cache_tree());
    assert_eq!(names(&check(&repo.root, &[]).0), ["dir/new.txt"]);
}

#[test]
fn every_kind_of_change() {
    let repo = started(&[]);
    repo.add("new/deep/file.txt", "new\n");
    repo.add("a.txt", "changed\n");
    repo.git(&["rm", "-q", "b.txt"]);
    repo.git(&["mv", "dir/c.txt", "dir/moved.txt"]);
    repo.git(&["update-index", "--chmod=+x", "dir.txt"]);
    symlink("over/there", repo.root.join("link")).unwrap();
    std::fs::remove_file(repo.root.join("other/e.txt")).unwrap();
    symlink("elsewhere", repo.root.join("other/e.txt")).unwrap();
    repo.git(&["add", "link", "other/e.txt"]);
    let files = check_head(&repo.root);
    assert_eq!(names(&files), ["a.txt", "dir/moved.txt", "link", "new/deep/file.txt", "other/e.txt"]);
    assert_eq!(files[&b"link"[..]], b"over/there");
    repo.git(&["write-tree"]);
    assert!(Staged::open(&Context::new(&repo.root)).unwrap().is_from_cache_tree());
    assert_eq!(check_head(&repo.root), files);
}

#[test]
fn a_directory_becomes_a_file_and_back() {
    let repo = started(&[]);
    repo.git(&["rm", "-rq", "dir"]);
    repo.add("dir", "now a file\n");
    assert_eq!(names(&check_head(&repo.root)), ["dir"]);
    repo.commit("file");
    repo.git(&["rm", "-q", "dir"]);
    repo.add("dir/again", "now a directory\n");
    repo.add("dir-1", "sorts before dir/\n");
    assert_eq!(names(&check_head(&repo.root)), ["dir-1", "dir/again"]);
}

#[test]
fn submodules_are_named_and_not_entered() {
    let inner = started(&[]);
    let repo = started(&[]);
    repo.git(&["submodule", "--quiet", "add", inner.root.to_str().unwrap(), "lib"]);
    let (files, coverage) = check(&repo.root, &["HEAD".into()]);
    assert_eq!(names(&files), [".gitmodules", "lib"]);
    assert!(files[&b"lib"[..]].is_empty(), "only its name is here");
    assert_eq!(coverage.skipped.len(), 1);
    assert_eq!((coverage.skipped[0].path.as_slice(), &*coverage.skipped[0].why), (&b"lib"[..], "submodule"));
    // And a commit inside one is looked at like any other.
    let inside = repo.root.join("lib");
    std::fs::write(inside.join("in.txt"), "inside\n").unwrap();
    git(&inside, &["add", "in.txt"]);
    assert_eq!(names(&check_head(&inside)), ["in.txt"]);
}

#[test]
fn paths_are_bytes() {
    let repo = started(&[]);
    for name in
        [&b"new\nline"[..], b"not\xffutf8/\xfe", b"-dash", b"quote\"'", b"tab\there", b":(top)x", b" "]
    {
        repo.write(Path::new(std::ffi::OsStr::from_bytes(name)), name);
    }
    repo.git(&["add", "."]);
    assert_eq!(check_head(&repo.root).len(), 7);
}

#[test]
fn content_is_bytes_whatever_the_attributes_say() {
    let repo = started(&[]);
    repo.add(".gitattributes", "*.txt -diff\n*.bin binary\n*.x diff=nothing text eol=crlf\n");
    repo.git(&["config", "diff.nothing.textconv", "true"]);
    repo.git(&["config", "color.ui", "always"]);
    repo.git(&["config", "diff.external", "true"]);
    repo.add("a.txt", "changed\n");
    repo.add("n.bin", b"\0\x01\xff\n\0");
    repo.add("u.x", b"\xff\xfes\0e\0c\0r\0e\0t\0");
    repo.add("empty", "");
    let files = check_head(&repo.root);
    assert_eq!(files[&b"n.bin"[..]], b"\0\x01\xff\n\0");
    assert_eq!(files.len(), 5);
}

#[test]
fn intent_to_add_is_not_part_of_a_commit() {
    let repo = started(&[]);
    repo.write("later.txt", "later\n");
    repo.write("dir/later.txt", "later\n");
    repo.git(&["add", "-N", "later.txt", "dir/later.txt"]);
    repo.add("dir/now.txt", "now\n");
    assert_eq!(names(&check_head(&repo.root)), ["dir/now.txt"]);
    repo.git(&["config", "core.splitIndex", "true"]);
    repo.git(&["update-index", "--split-index"]);
    assert_eq!(names(&check_head(&repo.root)), ["dir/now.txt"]);
}

#[test]
fn conflicts_are_named() {
    let repo = started(&[]);
    repo.git(&["checkout", "-q", "-b", "side"]);
    repo.add("a.txt", "side\n");
    repo.add("dir/side.txt", "side only\n");
    let side = repo.commit("side");
    repo.git(&["checkout", "-q", "main"]);
    repo.add("a.txt", "main\n");
    repo.add("main.txt", "main only\n");
    repo.commit("main");
    assert!(!repo.try_git(&["merge", "side"]).status.success());
    let parents = ["HEAD".into(), side];
    let (files, coverage) = check(&repo.root, &parents);
    assert!(files.is_empty());
    assert_eq!(coverage.skipped.len(), 1);
    assert_eq!(coverage.skipped[0].path, "a.txt");
    // The resolution is in no parent; what either side brought is not new.
    repo.add("a.txt", "resolved\n");
    assert_eq!(names(&check(&repo.root, &parents).0), ["a.txt"]);
    repo.git(&["write-tree"]);
    assert_eq!(names(&check(&repo.root, &parents).0), ["a.txt"]);
    repo.add("dir/side.txt", "changed by the merge\n");
    assert_eq!(names(&check(&repo.root, &parents).0), ["a.txt", "dir/side.txt"]);
}

#[test]
fn before_a_merge_commit_the_parents_are_handed_in() {
    let repo = started(&[]);
    let mut heads = Vec::new();
    for branch in ["one", "two"] {
        repo.git(&["checkout", "-q", "-b", branch, "main"]);
        repo.add(&format!("{branch}/file"), branch);
        heads.push(repo.commit(branch));
    }
    repo.git(&["checkout", "-q", "main"]);
    repo.add("own", "own\n");
    repo.commit("own");
    // As git leaves things for pre-merge-commit: an octopus staged, no MERGE_HEAD.
    repo.git(&["read-tree", "-m", "HEAD"]);
    for (branch, file) in [("one", "one/file"), ("two", "two/file")] {
        repo.git(&["checkout", branch, "--", file]);
    }
    repo.add("typed.txt", "only in the merge\n");
    let mut ctx = Context::new(&repo.root);
    ctx.merge_parents = heads.clone();
    let mut staged = Staged::open(&ctx).unwrap();
    assert_eq!(names(&visited(&mut staged).0), ["typed.txt"]);
    assert_eq!(staged.parents(&Place::Staged), 3);
    assert_eq!(names(&replaced(&mut staged, &Place::Staged, 1)), Vec::<&str>::new());
    ctx.merge_parents = vec!["not an id".into()];
    assert!(format!("{:#}", Staged::open(&ctx).err().unwrap()).contains("not an id"));
}

#[test]
fn the_paths_are_those_that_git_names() {
    let repo = started(&[]);
    let paths = |ctx: &Context| -> Vec<String> {
        let paths = Staged::open(ctx).unwrap().paths().unwrap();
        let mut paths: Vec<String> = paths.into_iter().map(|path| path.to_string()).collect();
        paths.sort();
        paths
    };
    let named = |old: &str| -> Vec<String> {
        let ask = ["diff", "--cached", "--name-only", "-z", "--diff-filter=ACMRTUXB", old];
        let out = String::from_utf8(repo.git(&ask)).unwrap();
        out.split_terminator('\0').map(str::to_owned).collect()
    };
    let ctx = Context::new(&repo.root);
    repo.add("kept/exec.sh", "true\n");
    repo.add("kept/other.sh", "true\n");
    repo.add("target", "same");
    repo.add("gone", "gone\n");
    repo.add("ours", "base\n");
    repo.commit("more");
    repo.git(&["checkout", "-q", "-b", "side"]);
    repo.add("ours", "theirs\n");
    let side = repo.commit("side");
    repo.git(&["checkout", "-q", "main"]);
    assert_eq!(paths(&ctx), Vec::<String>::new());
    // Another mode, another kind of the same content, another content, a new name, and none.
    repo.git(&["update-index", "--chmod=+x", "kept/exec.sh"]);
    let id = repo.line(&["rev-parse", ":target"]);
    repo.git(&["update-index", "--cacheinfo", &format!("120000,{id},target")]);
    repo.add("new/file", "new\n");
    repo.git(&["mv", "kept/other.sh", "kept/moved.sh"]);
    repo.git(&["rm", "-q", "--cached", "gone"]);
    let wanted = ["kept/exec.sh", "kept/moved.sh", "new/file", "target"];
    assert_eq!((paths(&ctx), named("HEAD")), (wanted.map(str::to_owned).into(), paths(&ctx)));
    repo.git(&["write-tree"]);
    assert_eq!(paths(&ctx), wanted, "from the cache-tree");
    // In a merge, those that differ from one side too.
    let merge = Context { merge_parents: vec![side], ..Context::new(&repo.root) };
    assert_eq!(paths(&merge), ["kept/exec.sh", "kept/moved.sh", "new/file", "ours", "target"]);
    let empty = Repo::init(&[]);
    empty.add("first", "first\n");
    assert_eq!(paths(&Context::new(&empty.root)), ["first"]);
}

#[test]
fn index_versions_split_and_sparse() {
    for version in ["2", "3", "4"] {
        let repo = started(&[]);
        repo.git(&["update-index", "--index-version", version]);
        repo.add("dir/sub/new.txt", "new\n");
        repo.add("dir/sub/new2.txt", "new\n");
        repo.git(&["update-index", "--skip-worktree", "a.txt"]); // needs extended flags
        assert_eq!(
            names(&check_head(&repo.root)),
            ["dir/sub/new.txt", "dir/sub/new2.txt"],
            "version {version}"
        );
    }
    let repo = started(&[]);
    repo.git(&["update-index", "--split-index"]);
    repo.add("dir/sub/new.txt", "new\n");
    repo.add("a.txt", "changed\n");
    repo.git(&["rm", "-q", "b.txt"]);
    assert_eq!(names(&check_head(&repo.root)), ["a.txt", "dir/sub/new.txt"]);
    repo.git(&["write-tree"]);
    assert_eq!(names(&check_head(&repo.root)), ["a.txt", "dir/sub/new.txt"]);
    assert!(Staged::open(&Context::new(&repo.root)).unwrap().is_from_cache_tree());
    repo.add("a.txt", "changed again\n");
    assert!(!Staged::open(&Context::new(&repo.root)).unwrap().is_from_cache_tree());

    let repo = started(&[]);
    repo.git(&["sparse-checkout", "set", "--cone", "--sparse-index", "dir"]);
    repo.add("dir/new.txt", "new\n");
    let listed = repo.git(&["ls-files", "--sparse", "-s"]);
    assert!(String::from_utf8_lossy(&listed).contains("040000"), "the index is not sparse");
    assert_eq!(names(&check_head(&repo.root)), ["dir/new.txt"]);
    // A commit elsewhere, staged without checking it out: the sparse directory differs.
    repo.git(&[
        "update-index",
        "--add",
        "--cacheinfo",
        &format!("100644,{},other/e2.txt", repo.line(&["rev-parse", ":a.txt"])),
    ]);
    assert_eq!(names(&check_head(&repo.root)), ["dir/new.txt", "other/e2.txt"]);
}

#[test]
fn a_sparse_directory_that_differs_is_compared_as_a_tree() {
    let repo = started(&[]);
    repo.add("other/deep/er/g.txt", "later\n");
    repo.commit("later");
    repo.git(&["sparse-checkout", "set", "--cone", "--sparse-index", "dir"]);
    repo.git(&["reset", "-q", "--soft", "HEAD~"]);
    repo.add("dir/new.txt", "new\n");
    let listed = repo.git(&["ls-files", "--sparse", "-s"]);
    assert!(String::from_utf8_lossy(&listed).contains("040000"), "the index is not sparse");
    assert_eq!(names(&check_head(&repo.root)), ["dir/new.txt", "other/deep/er/g.txt"]);
}

#[test]
fn object_and_reference_formats() {
    for init in [
        &["--object-format=sha256"][..],
        &["--ref-format=reftable"],
        &["--object-format=sha256", "--ref-format=reftable"],
    ] {
        let repo = Repo::init(init);
        repo.add("first.txt", "first\n");
        assert_eq!(names(&check(&repo.root, &[]).0), ["first.txt"], "{init:?}");
        repo.commit("first");
        repo.add("dir/second.txt", "second\n");
        let (files, coverage) = check(&repo.root, &["HEAD".into()]);
        assert_eq!(names(&files), ["dir/second.txt"], "{init:?}");
        let reftable = init.contains(&"--ref-format=reftable");
        assert_eq!(coverage.notes.iter().any(|note| note.contains("reftable")), reftable, "{coverage:?}");
    }
}

#[test]
fn linked_work_trees_and_separate_git_dirs() {
    let repo = started(&[]);
    let linked = repo.root.with_file_name("linked");
    repo.git(&["config", "extensions.worktreeConfig", "true"]);
    repo.git(&["worktree", "add", "-q", linked.to_str().unwrap()]);
    std::fs::write(linked.join("only here"), "linked\n").unwrap();
    git(&linked, &["add", "."]);
    assert_eq!(names(&check_head(&linked)), ["only here"]);
    assert!(check_head(&repo.root).is_empty());

    let away = repo.root.with_file_name("away.git");
    let repo = started(&[&format!("--separate-git-dir={}", away.display())]);
    repo.add("dir/new.txt", "new\n");
    assert_eq!(names(&check_head(&repo.root.join("dir"))), ["dir/new.txt"]);
}

#[test]
fn replacements_do_not_hide_what_is_recorded() {
    let repo = started(&[]);
    repo.add("a.txt", "the secret\n");
    let real = repo.line(&["rev-parse", ":a.txt"]);
    let mild = repo.line(&["rev-parse", ":b.txt"]);
    repo.git(&["replace", &real, &mild]);
    let (files, _) = visited(&mut Staged::open(&Context::new(&repo.root)).unwrap());
    assert_eq!(files[&b"a.txt"[..]], b"the secret\n");
}

#[test]
fn large_blobs_are_read_through_git() {
    let repo = started(&[]);
    let long = (0..2_000_000).map(|line| format!("line {line}\n")).collect::<String>();
    repo.add("large", &long);
    repo.add("small", vec![b'x'; 4096]);
    let mut ctx = Context::new(&repo.root);
    ctx.max_bytes = 4096;
    let mut read = String::new();
    let mut staged = Staged::open(&ctx).unwrap();
    let coverage = staged
        .visit(&mut |blob| {
            // In windows, each of which owns its part.
            if let Some(part) = &blob.part {
                assert_eq!((blob.path, part.whole), ("large".into(), long.len() as u64));
                read += std::str::from_utf8(&blob.bytes[part.own.clone()]).unwrap();
            }
            Ok(Flow::Continue)
        })
        .unwrap();
    assert!(read == long && coverage.blobs == 2 && coverage.skipped.is_empty());
    // An old version counts as what it holds, too.
    repo.git(&["commit", "-qm", "long"]);
    repo.add("large", "short\n");
    let mut old = String::new();
    Staged::open(&ctx)
        .unwrap()
        .replaced(&Place::Staged, 0, &mut |_, bytes| {
            old += std::str::from_utf8(bytes).unwrap();
            Ok(Flow::Continue)
        })
        .unwrap();
    assert!(old == long);
}

#[test]
fn an_index_that_is_gone_is_told() {
    let repo = started(&[]);
    let (_, coverage) = visited(&mut Staged::open(&Context::new(&repo.root)).unwrap());
    assert!(coverage.skipped.is_empty());
    std::fs::remove_file(repo.root.join(".git/index")).unwrap();
    let (_, coverage) = visited(&mut Staged::open(&Context::new(&repo.root)).unwrap());
    assert!(coverage.skipped[0].why.starts_with("there is no index"), "{:?}", coverage.skipped);
}

#[test]
fn the_callback_ends_the_visit() {
    let repo = started(&[]);
    repo.add("x", "x");
    repo.add("y", "y");
    let mut staged = Staged::open(&Context::new(&repo.root)).unwrap();
    let coverage = staged.visit(&mut |_| Ok(Flow::Stop)).unwrap();
    assert_eq!(coverage.blobs, 1);
    let failed = staged.visit(&mut |_| anyhow::bail!("enough")).err().unwrap();
    assert_eq!(failed.to_string(), "enough");
}

fn fails(dir: &Path) -> String {
    let mut staged = match Staged::open(&Context::new(dir)) {
        Ok(staged) => staged,
        Err(err) => return format!("{err:#}"),
    };
    format!("{:#}", staged.visit(&mut |_| Ok(Flow::Continue)).expect_err("it must not pass"))
}

#[test]
fn outside_a_repository_is_an_error() {
    let temp = tempfile::tempdir().unwrap();
    let said = fails(temp.path());
    assert!(said.contains("not a git repository"), "{said}");
}

#[test]
fn a_bare_repository_is_an_error() {
    let repo = Repo::init(&["--bare"]);
    assert!(fails(&repo.root).contains("bare"));
}

#[test]
fn a_missing_or_damaged_object_is_an_error_that_names_it() {
    let repo = started(&[]);
    repo.add("dir/new.txt", "new\n");
    let id = repo.line(&["rev-parse", ":dir/new.txt"]);
    let object = repo.root.join(".git/objects").join(&id[..2]).join(&id[2..]);
    let whole = std::fs::read(&object).unwrap();
    let mut damaged = whole.clone();
    damaged.truncate(whole.len() - 6);
    std::fs::remove_file(&object).unwrap();
    std::fs::write(&object, damaged).unwrap();
    let said = fails(&repo.root);
    assert!(said.contains(&id) && said.contains("dir/new.txt") && said.contains("git fsck"), "{said}");
    std::fs::remove_file(&object).unwrap();
    let said = fails(&repo.root);
    assert!(said.contains(&id) && said.contains("missing") && said.contains("dir/new.txt"), "{said}");
}

#[test]
fn a_missing_tree_or_head_is_an_error() {
    let repo = started(&[]);
    repo.add("dir/new.txt", "new\n");
    let tree = repo.line(&["rev-parse", "HEAD:dir"]);
    let head = repo.line(&["rev-parse", "HEAD"]);
    std::fs::remove_file(repo.root.join(".git/objects").join(&tree[..2]).join(&tree[2..])).unwrap();
    let said = fails(&repo.root);
    assert!(said.contains(&tree), "{said}");
    std::fs::remove_file(repo.root.join(".git/objects").join(&head[..2]).join(&head[2..])).unwrap();
    let said = fails(&repo.root);
    assert!(said.contains(&head) || said.contains("HEAD"), "{said}");
}

#[test]
fn a_damaged_index_is_an_error() {
    let repo = started(&[]);
    repo.add("dir/new.txt", "new\n");
    let path = repo.root.join(".git/index");
    let whole = std::fs::read(&path).unwrap();
    for damaged in
        [&whole[..whole.len() / 2], b"DIRC", b"", b"garbage that is no index at all, but long enough"]
    {
        std::fs::write(&path, damaged).unwrap();
        let said = fails(&repo.root);
        assert!(said.contains("index"), "{said}");
    }
}

#[test]
fn a_dubious_owner_is_refused_with_gits_remedy() {
    if std::fs::metadata("/proc/self").map(|meta| std::os::unix::fs::MetadataExt::uid(&meta)).unwrap_or(1)
        != 0
    {
        return; // Only root can give files away.
    }
    let repo = started(&[]);
    repo.add("dir/new.txt", "new\n");
    for path in [repo.root.clone(), repo.root.join(".git")] {
        std::os::unix::fs::chown(path, Some(12345), None).unwrap();
    }
    let said = in_child(&repo.root, &[("HOME", "/nonexistent")]).unwrap_err();
    assert!(said.contains("safe.directory"), "{said}");
    let envs = [("GIT_CONFIG_KEY_0", "safe.directory"), ("GIT_CONFIG_VALUE_0", "*")];
    assert_eq!(in_child(&repo.root, &envs).unwrap(), ["dir/new.txt"]);
}

#[test]
fn a_partial_clone_needs_no_network_for_what_is_staged() {
    let origin = started(&[]);
    origin.git(&["config", "uploadpack.allowFilter", "true"]);
    let clone = origin.root.with_file_name("clone");
    let url = format!("file://{}", origin.root.display());
    git(
        origin.root.parent().unwrap(),
        &["clone", "-q", "--filter=tree:0", "--sparse", &url, clone.to_str().unwrap()],
    );
    std::fs::write(clone.join("a.txt"), "changed\n").unwrap();
    git(&clone, &["add", "a.txt"]);
    std::fs::rename(&origin.root, origin.root.with_file_name("gone")).unwrap();
    let (files, _) = visited(&mut Staged::open(&Context::new(&clone)).unwrap());
    assert_eq!(names(&files), ["a.txt"]);
    // An object that is needed and was never fetched: said, not passed over.
    let lost = "100644,0123456789012345678901234567890123456789,dir/lost.txt";
    git(&clone, &["update-index", "--add", "--cacheinfo", lost]);
    let said = fails(&clone);
    assert!(said.contains("0123456789012345678901234567890123456789"), "{said}");
}

#[test]
fn alternates_are_read() {
    let origin = started(&[]);
    let clone = origin.root.with_file_name("shared");
    git(
        origin.root.parent().unwrap(),
        &["clone", "-q", "--shared", origin.root.to_str().unwrap(), clone.to_str().unwrap()],
    );
    std::fs::write(clone.join("a.txt"), "changed\n").unwrap();
    git(&clone, &["add", "a.txt"]);
    assert_eq!(names(&check_head(&clone)), ["a.txt"]);
}

/// Runs [`child`] in a process of its own, whose environment and directory are as given.
fn in_child(dir: &Path, envs: &[(&str, &str)]) -> Result<Vec<String>, String> {
    let mut command = Command::new(std::env::current_exe().unwrap());
    pin(&mut command, dir);
    let output = command
        .envs(envs.iter().copied())
        .args(["--ignored", "--exact", "child", "--nocapture"])
        .output()
        .unwrap();
    answer(&output.stdout)
}

fn answer(out: &[u8]) -> Result<Vec<String>, String> {
    let out = String::from_utf8_lossy(out);
    let lines = |mark| {
        out.lines()
            .filter_map(|line| line.split_once(mark))
            .map(|(_, rest)| rest.to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(lines("@@end").len(), 1, "{out}");
    match lines("@@error ").pop() {
        Some(err) => Err(err),
        None => Ok(lines("@@path ")),
    }
}

/// Not a test: what [`in_child`] runs, and the hooks below.
#[test]
#[ignore = "run by other tests in a process of its own"]
fn child() {
    let visit = || -> anyhow::Result<Vec<String>> {
        let mut ctx = Context::new(std::env::current_dir()?);
        ctx.merge_parents = std::env::vars_os()
            .filter_map(|(name, _)| Some(name.to_str()?.strip_prefix("GITHEAD_")?.to_owned()))
            .collect();
        let mut names = Vec::new();
        Staged::open(&ctx)?.visit(&mut |blob| {
            names.push(blob.path.to_string());
            Ok(Flow::Continue)
        })?;
        Ok(names)
    };
    println!();
    match visit() {
        Ok(names) => names.iter().for_each(|name| println!("@@path {name}")),
        Err(err) => println!("@@error {}", format!("{err:#}").replace('\n', " ")),
    }
    println!("@@end");
}

#[test]
fn the_environment_names_repository_and_index() {
    let repo = started(&[]);
    let aside = repo.root.with_file_name("aside");
    let other = repo.root.join("other.index");
    repo.git(&["add", "."]);
    std::fs::copy(repo.root.join(".git/index"), &other).unwrap();
    repo.add("plain.txt", "plain\n");
    let mut add = command(&repo.root, &["add", "aside.txt"]);
    repo.write("aside.txt", "aside\n");
    assert!(add.env("GIT_INDEX_FILE", &other).status().unwrap().success());
    assert_eq!(in_child(&repo.root, &[]).unwrap(), ["plain.txt"]);
    assert_eq!(in_child(&repo.root, &[("GIT_INDEX_FILE", other.to_str().unwrap())]).unwrap(), ["aside.txt"]);
    assert_eq!(in_child(&repo.root, &[("GIT_INDEX_FILE", "other.index")]).unwrap(), ["aside.txt"]);
    assert_eq!(in_child(&repo.root, &[("GIT_INDEX_FILE", ".git/index")]).unwrap(), ["plain.txt"]);

    std::fs::create_dir(&aside).unwrap();
    let git_dir = repo.root.join(".git");
    let envs = [("GIT_DIR", git_dir.to_str().unwrap()), ("GIT_WORK_TREE", repo.root.to_str().unwrap())];
    assert_eq!(in_child(&aside, &envs).unwrap(), ["plain.txt"]);
    let said = in_child(&aside, &[("GIT_DIR", "/nonexistent")]).unwrap_err();
    assert!(said.contains("not a git repository"), "{said}");
}

/// Commits through a real hook that runs [`child`] and then refuses, and gives what it saw.
fn hooked(repo: &Repo, hook: &str, dir: &Path, args: &[&str]) -> Vec<String> {
    let hooks = repo.root.with_file_name("hooks");
    let out = repo.root.with_file_name("out");
    let _ = std::fs::remove_file(&out);
    std::fs::create_dir_all(&hooks).unwrap();
    let script = format!(
        "#!/bin/sh\n'{}' --ignored --exact child --nocapture >{} 2>&1\nexit 1\n",
        std::env::current_exe().unwrap().display(),
        out.display()
    );
    let path = hooks.join(hook);
    std::fs::write(&path, script).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    let hooks_path = format!("core.hooksPath={}", hooks.display());
    let mut all = vec!["-c", hooks_path.as_str()];
    all.extend(args);
    let status = command(dir, &all).output().unwrap();
    assert!(!status.status.success(), "{status:?}");
    answer(&std::fs::read(&out).unwrap_or_else(|_| panic!("the hook did not run: {status:?}"))).unwrap()
}

#[test]
fn each_way_to_commit_shows_the_hook_its_own_index() {
    let repo = started(&[]);
    let run = |args: &[&str]| hooked(&repo, "pre-commit", &repo.root, args);
    repo.add("staged.txt", "staged\n");
    repo.write("a.txt", "not staged\n");
    assert_eq!(run(&["commit", "-m", "x"]), ["staged.txt"]);
    assert_eq!(run(&["commit", "-am", "x"]), ["a.txt", "staged.txt"]);
    assert_eq!(run(&["commit", "-m", "x", "--", "a.txt"]), ["a.txt"]);
    assert_eq!(run(&["commit", "-m", "x", "-i", "a.txt"]), ["a.txt", "staged.txt"]);
    assert_eq!(run(&["commit", "-m", "x", "--amend"]), ["staged.txt"]);
    assert_eq!(hooked(&repo, "pre-commit", &repo.root.join("dir"), &["commit", "-m", "x"]), ["staged.txt"]);
    let linked = repo.root.with_file_name("linked");
    repo.git(&["worktree", "add", "-q", linked.to_str().unwrap()]);
    std::fs::write(linked.join("b.txt"), "linked\n").unwrap();
    assert_eq!(hooked(&repo, "pre-commit", &linked, &["commit", "-am", "x"]), ["b.txt"]);
    let outside = PathBuf::from("/");
    let git_dir = format!("--git-dir={}/.git", repo.root.display());
    let work_tree = format!("--work-tree={}", repo.root.display());
    assert_eq!(
        hooked(&repo, "pre-commit", &outside, &[&git_dir, &work_tree, "commit", "-am", "x"]),
        ["a.txt", "staged.txt"]
    );
}

#[test]
fn a_clean_merge_shows_only_what_no_side_has() {
    let repo = started(&[]);
    repo.git(&["checkout", "-q", "-b", "side"]);
    repo.add("a.txt", "this is a.txt\nside\n");
    repo.add("side.txt", "side\n");
    repo.commit("side");
    repo.git(&["checkout", "-q", "main"]);
    repo.add("main.txt", "main\n");
    repo.commit("main");
    assert_eq!(
        hooked(&repo, "pre-merge-commit", &repo.root, &["merge", "-m", "x", "side"]),
        Vec::<String>::new()
    );
    repo.git(&["reset", "-q", "--hard"]);
    // Both sides change one file in different places: the mixture is in neither.
    repo.add("a.txt", "main\nthis is a.txt\n");
    repo.add("long.txt", "1\n2\n3\n4\n5\n6\n7\n8\n");
    repo.commit("long");
    repo.git(&["checkout", "-q", "-b", "late"]);
    repo.add("long.txt", "1\n2\n3\n4\n5\n6\n7\n8 late\n");
    repo.commit("late");
    repo.git(&["checkout", "-q", "main"]);
    repo.add("long.txt", "1 main\n2\n3\n4\n5\n6\n7\n8\n");
    repo.commit("main");
    assert_eq!(hooked(&repo, "pre-merge-commit", &repo.root, &["merge", "-m", "x", "late"]), ["long.txt"]);
}

fn random_step(repo: &Repo, dice: &mut Dice, step: usize) {
    let path = dice.path();
    let tracked = String::from_utf8(repo.git(&["-c", "core.quotePath=false", "ls-files"])).unwrap();
    let tracked: Vec<&str> = tracked.lines().collect();
    let pick = |dice: &mut Dice| tracked.get(dice.roll(tracked.len().max(1))).map(|name| (*name).to_owned());
    // What git refuses (a file where a directory is, a conflict in the way) is a step that does nothing.
    match dice.roll(16) {
        0..=3 => {
            if place(repo, &path, format!("step {step}\n").as_bytes()) {
                repo.try_git(&["add", "--sparse", "--", &path]);
            }
        }
        4 => {
            if let Some(name) = pick(dice) {
                repo.try_git(&["rm", "-q", "--sparse", "-f", "--", &name]);
            }
        }
        5 => {
            if let Some(name) = pick(dice) {
                repo.try_git(&["mv", "--sparse", &name, &path]);
            }
        }
        6 => {
            if let Some(name) = pick(dice) {
                repo.try_git(&["update-index", "--chmod=+x", "--", &name]);
            }
        }
        7 => {
            let at = repo.root.join(&path);
            let _ = std::fs::create_dir_all(at.parent().unwrap());
            let _ = std::fs::remove_file(&at);
            if symlink(format!("to {step}"), &at).is_ok() {
                repo.try_git(&["add", "--sparse", "--", &path]);
            }
        }
        8 => {
            if place(repo, &path, b"intent\n") {
                repo.try_git(&["add", "-N", "--", &path]);
            }
        }
        9 => {
            repo.git(&["write-tree"]);
        }
        10 | 11 => {
            repo.try_git(&["commit", "-q", "-m", "step"]);
        }
        12 => {
            repo.try_git(&["branch", "-f", "side", "HEAD~1"]);
            repo.try_git(&["commit", "-q", "-am", "step"]);
        }
        13 => {
            repo.try_git(&["merge", "-q", "--no-ff", "--no-commit", "side"]);
        }
        14 => {
            repo.try_git(&["reset", "-q", "--hard", ["HEAD", "HEAD~1"][dice.roll(2)]]);
        }
        _ => {
            repo.try_git(&["reset", "-q", "--soft", "HEAD~1"]);
        }
    }
}

fn place(repo: &Repo, path: &str, content: &[u8]) -> bool {
    let at = repo.root.join(path);
    let _ = std::fs::create_dir_all(at.parent().unwrap());
    std::fs::write(at, content).is_ok()
}

/// Whether git wrote an entry twice, and others not at all, as `git mv --sparse` of 2.47 does to a sparse index;
/// or gave up and left its lock.
fn is_broken(repo: &Repo) -> bool {
    if std::fs::remove_file(repo.root.join(".git/index.lock")).is_ok() {
        return true;
    }
    let entries = repo.git(&["ls-files", "--sparse", "-s", "-z"]);
    let entries: Vec<&[u8]> = entries.split(|byte| *byte == 0).collect();
    entries.windows(2).any(|pair| pair[0] == pair[1])
}

/// Walks of each shape of repository: `STANCH_WALKS=50 cargo test --test source_staged whatever -- --nocapture`.
fn walks() -> u64 {
    std::env::var("STANCH_WALKS").ok().and_then(|count| count.parse().ok()).unwrap_or(1)
}

const STEPS: usize = 70;

#[allow(clippy::print_stdout, reason = "how much was tried is the point of trying more")]
fn random_walks(shape: &str, first_seed: u64, init: &[&str], set_up: &[&[&str]]) {
    let mut seen = 0;
    for walk in 0..walks() {
        seen += random_walk(shape, first_seed + 1000 * walk, init, set_up);
    }
    let steps = walks() * STEPS as u64;
    println!("{shape}: {} walks, {steps} steps, {seen} staged versions compared", walks());
    assert!(seen as u64 > 50 * walks(), "the walks hardly staged anything: {seen}");
}

fn random_walk(shape: &str, seed: u64, init: &[&str], set_up: &[&[&str]]) -> usize {
    let repo = started(init);
    for args in set_up {
        repo.git(args);
    }
    let mut dice = Dice(seed);
    let mut seen = 0;
    for step in 0..STEPS {
        random_step(&repo, &mut dice, step);
        if is_broken(&repo) {
            repo.git(&["reset", "-q", "--hard"]);
        }
        let mut parents = vec![repo.line(&["rev-parse", "HEAD"])];
        let merging = std::fs::read_to_string(repo.root.join(".git/MERGE_HEAD")).unwrap_or_default();
        let head = parents[0].clone();
        parents.extend(merging.lines().filter(|line| *line != head).map(str::to_owned));
        let compared = std::panic::catch_unwind(|| check(&repo.root, &parents).0.len());
        seen += compared.unwrap_or_else(|_| panic!("{shape}, seed {seed}, step {step}"));
    }
    seen
}

#[test]
fn whatever_is_done_to_a_repository() {
    random_walks("index version 2", 1, &[], &[]);
    random_walks("index version 4", 2, &[], &[&["update-index", "--index-version", "4"]]);
}

#[test]
fn whatever_is_done_to_a_split_index() {
    random_walks(
        "split index",
        3,
        &[],
        &[
            &["config", "core.splitIndex", "true"],
            &["config", "splitIndex.maxPercentChange", "90"],
            &["update-index", "--split-index"],
        ],
    );
}

#[test]
fn whatever_is_done_to_a_sparse_index() {
    random_walks("sparse index", 4, &[], &[&["sparse-checkout", "set", "--cone", "--sparse-index", "d"]]);
}

#[test]
fn whatever_is_done_to_a_sha256_repository() {
    random_walks(
        "SHA-256",
        5,
        &["--object-format=sha256"],
        &[
            &["config", "index.recordEndOfIndexEntries", "true"],
            &["config", "index.recordOffsetTable", "true"],
            &["config", "index.threads", "2"],
        ],
    );
}

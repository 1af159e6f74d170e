//! Shallow clones: who asks for commits that lie beyond their end is told so, and nobody else.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![cfg(unix)]

mod source_common;

use std::path::{Path, PathBuf};
use std::process::Command;

use source_common::{Repo, git};

/// A clone, of this depth, of a branch of three commits beside main, which has one more.
fn clone(depth: u32) -> (Repo, PathBuf) {
    let repo = Repo::init(&[]);
    repo.add("old.txt", "old\n");
    repo.commit("old");
    repo.git(&["branch", "topic"]);
    repo.add("main.txt", "main\n");
    repo.commit("main");
    repo.git(&["checkout", "-q", "topic"]);
    for name in ["a", "b", "c"] {
        repo.add(name, "text\n");
        repo.commit(name);
    }
    let clone = repo.root.with_file_name("clone");
    let (url, depth) = (format!("file://{}", repo.root.display()), format!("--depth={depth}"));
    let to = clone.to_str().unwrap();
    git(&repo.root, &["clone", "-q", &depth, "--no-single-branch", "-b", "topic", &url, to]);
    (repo, clone)
}

fn stanch(dir: &Path, args: &[&str], variables: &[(&str, &str)]) -> (i32, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_stanch"));
    command.args(args).current_dir(dir).env_clear().env("PATH", std::env::var_os("PATH").unwrap());
    let output = command.env("HOME", dir).envs(variables.iter().copied()).output().unwrap();
    (
        output.status.code().unwrap(),
        String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned(),
    )
}

const GITHUB: [(&str, &str); 2] = [("GITHUB_ACTIONS", "true"), ("GITHUB_BASE_REF", "main")];

#[test]
fn a_range_that_goes_on_behind_the_end_is_no_answer() {
    let (_repo, clone) = clone(1);
    for (args, variables, way_out) in [
        (&["scan", "--since", "origin/main"][..], &[][..], "git fetch --unshallow"),
        (&["scan", "--range", "origin/main..HEAD"], &[], "git fetch --unshallow"),
        (&["scan", "--history", "origin/main..HEAD"], &[], "git fetch --unshallow"),
        (&["ci"], &GITHUB, "fetch-depth: 0"),
        (&["ci"], &[("CIRCLECI", "true")], "git fetch --unshallow"),
        (
            &["ci"],
            &[("GITLAB_CI", "true"), ("CI_DEFAULT_BRANCH", "main"), ("CI_COMMIT_BRANCH", "topic")],
            "GIT_DEPTH: 0",
        ),
        (&["ci"], &[("TF_BUILD", "True")], "fetchDepth: 0"),
        (&["ci"], &[("BITBUCKET_BUILD_NUMBER", "1")], "depth: full"),
    ] {
        let (code, said) = stanch(&clone, args, variables);
        assert!(code == 2 && said.contains(way_out), "{args:?} {variables:?}: {code} {said}");
    }
}

#[test]
fn what_the_clone_has_whole_is_looked_through() {
    // The end of both branches is the commit where they part: nothing of the range lies behind it.
    let (_repo, clone) = clone(4);
    for (args, variables) in [
        (&["scan", "--since", "origin/main"][..], &[][..]),
        (&["scan", "--range", "HEAD~2..HEAD"], &[]),
        (&["ci"], &GITHUB),
        // The first commit of all has nothing before it.
        (&["ci"], &[("CIRCLECI", "true")]),
        (&["scan", "--history"], &[]),
    ] {
        let (code, said) = stanch(&clone, args, variables);
        assert_eq!(code, 0, "{args:?} {variables:?}: {said}");
    }
}

#[test]
fn a_start_that_is_not_here_is_named_with_what_brings_it() {
    let (repo, clone) = clone(1);
    let gone = "1234567890123456789012345678901234567890";
    for (dir, spec, wanted) in [
        (&repo.root, gone, "git fetch origin 1234567890"),
        (&repo.root, "no-such", "if it is spelt right"),
        (&repo.root, "HEAD^{tree}", "leads to no commit"),
        (&clone, gone, "--unshallow"),
    ] {
        let (code, said) = stanch(dir, &["scan", "--since", spec], &[]);
        assert!(code == 2 && said.contains(wanted), "{spec}: {code} {said}");
    }
    assert_eq!(stanch(&repo.root, &["scan", "--since", ":/old"], &[]).0, 0);
}

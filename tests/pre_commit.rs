//! The real pre-commit framework against this repository's manifest, with the `-system` ids.
//!
//! Needs `pre-commit` on PATH (`.ci/run` installs it from PyPI); without it the test says so and checks nothing.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(clippy::print_stderr, reason = "a skipped test says so")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use stanch::catalogue::sample;

/// A project with a manifest's copy as its hook repository.
struct Project {
    dir: tempfile::TempDir,
}

impl Project {
    fn new() -> Self {
        let project = Project { dir: tempfile::tempdir().unwrap() };
        std::fs::create_dir_all(project.dir.path().join("hooks")).unwrap();
        std::fs::create_dir_all(project.app()).unwrap();
        std::fs::copy(".pre-commit-hooks.yaml", project.dir.path().join("hooks/.pre-commit-hooks.yaml"))
            .unwrap();
        project.git_in("hooks", &["init", "-q"]);
        project.git_in("hooks", &["add", "."]);
        project.git_in("hooks", &["commit", "-qm", "manifest"]);
        let rev = project.git_in("hooks", &["rev-parse", "HEAD"]);
        let rev = String::from_utf8(rev.stdout).unwrap();
        project.git(&["init", "-q", "-b", "main"]);
        let config = format!(
            "repos:\n- repo: {}\n  rev: {}\n  hooks:\n  - id: stanch-system\n  - id: stanch-push-system\n  - id: stanch-message-system\n",
            project.dir.path().join("hooks").display(),
            rev.trim()
        );
        std::fs::write(project.app().join(".pre-commit-config.yaml"), config).unwrap();
        project.git(&["add", "."]);
        project.git(&["commit", "-qm", "config"]);
        let installed =
            project.run("pre-commit", &["install", "-t", "pre-commit", "-t", "pre-push", "-t", "commit-msg"]);
        assert!(installed.status.success(), "{installed:?}");
        project
    }

    fn app(&self) -> PathBuf {
        self.dir.path().join("app")
    }

    fn run(&self, program: &str, args: &[&str]) -> Output {
        self.run_in(&self.app(), program, args)
    }

    fn git(&self, args: &[&str]) -> Output {
        self.run("git", args)
    }

    fn git_in(&self, folder: &str, args: &[&str]) -> Output {
        self.run_in(&self.dir.path().join(folder), "git", args)
    }

    fn run_in(&self, folder: &Path, program: &str, args: &[&str]) -> Output {
        let bin = Path::new(env!("CARGO_BIN_EXE_stanch")).parent().unwrap().to_owned();
        let paths = std::env::split_paths(&std::env::var_os("PATH").unwrap()).collect::<Vec<_>>();
        let path = std::env::join_paths(std::iter::once(bin).chain(paths)).unwrap();
        let mut command = Command::new(program);
        command.args(args).current_dir(folder).env("PATH", path).env("HOME", self.dir.path());
        command.env("PRE_COMMIT_HOME", self.dir.path().join("cache")).env("GIT_CONFIG_GLOBAL", "/dev/null");
        for (name, value) in [("AUTHOR", "Kim"), ("COMMITTER", "Kim")] {
            command
                .env(format!("GIT_{name}_NAME"), value)
                .env(format!("GIT_{name}_EMAIL"), "kim@acme.example");
        }
        command.output().unwrap()
    }

    fn write(&self, name: &str, text: &str) {
        std::fs::write(self.app().join(name), sample::expand(text, name)).unwrap();
    }
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

const SECRET: &str = "from twilio.rest import Client\nClient(\"AC{hex:32}\", \"{hex:32}\")\n";

#[test]
fn the_framework_runs_every_hook() {
    if Command::new("pre-commit").arg("--version").output().is_err() {
        eprintln!("skipped: pre-commit is not on PATH");
        return;
    }
    let project = Project::new();

    // A commit with a secret is stopped, also when another file has unstaged changes (the framework stashes them).
    project.write("sms.py", SECRET);
    project.git(&["add", "sms.py"]);
    project.write(".pre-commit-note", "x\n");
    let stopped = project.git(&["commit", "-m", "one"]);
    assert!(!stopped.status.success() && said(&stopped).contains("twilio-auth-token"), "{}", said(&stopped));

    // In the message.
    project.git(&["rm", "-q", "--cached", "sms.py"]);
    project.write("clean.txt", "nothing here\n");
    project.git(&["add", "clean.txt"]);
    let message = sample::expand("use TWILIO_AUTH_TOKEN={hex:32}", "message");
    let stopped = project.git(&["commit", "-m", &message]);
    assert!(!stopped.status.success() && said(&stopped).contains("twilio-auth-token"), "{}", said(&stopped));

    // A clean commit passes; whole files are looked at when they are named.
    let passed = project.git(&["commit", "-m", "clean"]);
    assert!(passed.status.success(), "{}", said(&passed));
    project.git(&["add", "sms.py"]);
    project.git(&["commit", "-q", "--no-verify", "-m", "slipped through"]);
    let all = project.run("pre-commit", &["run", "--all-files"]);
    assert!(!all.status.success() && said(&all).contains("twilio-auth-token"), "{}", said(&all));
    let range = project.run("pre-commit", &["run", "--from-ref", "HEAD~1", "--to-ref", "HEAD"]);
    assert!(!range.status.success() && said(&range).contains("twilio-auth-token"), "{}", said(&range));

    // What slipped past the commit is stopped at the push, even when a later commit removes it.
    project.git(&["rm", "-q", "sms.py"]);
    project.git(&["commit", "-q", "--no-verify", "-m", "remove it"]);
    project.git_in("", &["init", "-q", "--bare", "remote.git"]);
    project.git(&["remote", "add", "origin", "../remote.git"]);
    let stopped = project.git(&["push", "origin", "main"]);
    assert!(!stopped.status.success() && said(&stopped).contains("twilio-auth-token"), "{}", said(&stopped));
}

//! The real pre-commit framework against this repository's manifest: the `-system` ids with the program under
//! test, and the `-wheel` ids with a wheel in `target/wheels`, where no Rust is on PATH.
//!
//! Needs `pre-commit` on PATH (`.ci/run` installs it from PyPI), and for the wheel one that
//! `maturin build` in `packaging/pypi` left; without them a test says so and checks nothing.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(clippy::print_stderr, reason = "a skipped test says so")]
#![cfg(unix)]

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use stanch::catalogue::sample;

/// A project with a manifest's copy as its hook repository.
struct Project {
    dir: tempfile::TempDir,
    path: OsString,
}

impl Project {
    /// Set up with `manager`, which is `pre-commit` or `prek`, and the program under test on PATH.
    fn new(manager: &str) -> Self {
        let bin = Path::new(env!("CARGO_BIN_EXE_stanch")).parent().unwrap().to_owned();
        Self::with(manager, "-system", std::iter::once(bin).chain(paths()))
    }

    /// With the ids that end in `suffix`, and only `paths` as PATH.
    fn with(manager: &str, suffix: &str, paths: impl Iterator<Item = PathBuf>) -> Self {
        let path = std::env::join_paths(paths).unwrap();
        let project = Project { dir: tempfile::tempdir().unwrap(), path };
        std::fs::create_dir_all(project.dir.path().join("hooks")).unwrap();
        std::fs::create_dir_all(project.app()).unwrap();
        // What a manager looks at in a clone: the manifest, and for a wheel the placeholder and its version.
        for file in [".pre-commit-hooks.yaml", "setup.py", "Cargo.toml"] {
            std::fs::copy(file, project.dir.path().join("hooks").join(file)).unwrap();
        }
        project.git_in("hooks", &["init", "-q"]);
        project.git_in("hooks", &["add", "."]);
        project.git_in("hooks", &["commit", "-qm", "manifest"]);
        let rev = project.git_in("hooks", &["rev-parse", "HEAD"]);
        let rev = String::from_utf8(rev.stdout).unwrap();
        project.git(&["init", "-q", "-b", "main"]);
        let config = format!(
            "repos:\n- repo: {}\n  rev: {}\n  hooks:\n  - id: stanch{suffix}\n  - id: stanch-push{suffix}\n  - id: stanch-message{suffix}\n",
            project.dir.path().join("hooks").display(),
            rev.trim()
        );
        std::fs::write(project.app().join(".pre-commit-config.yaml"), config).unwrap();
        project.git(&["add", "."]);
        project.git(&["commit", "-qm", "config"]);
        let types = ["-t", "pre-commit", "-t", "pre-push", "-t", "commit-msg", "-t", "pre-merge-commit"];
        let installed = project.run(manager, &[&["install"], &types[..]].concat());
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
        let mut command = Command::new(program);
        command.args(args).current_dir(folder).env("PATH", &self.path).env("HOME", self.dir.path());
        command.env("PIP_FIND_LINKS", Path::new(env!("CARGO_MANIFEST_DIR")).join("target/wheels"));
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

fn has(manager: &str) -> bool {
    let has = Command::new(manager).arg("--version").output().is_ok();
    if !has {
        eprintln!("skipped: {manager} is not on PATH");
    }
    has
}

#[track_caller]
fn stopped(output: &Output) {
    let said = said(output);
    assert!(!output.status.success() && said.contains("twilio-auth-token"), "{said}");
}

#[track_caller]
fn passed(output: &Output) {
    assert!(output.status.success(), "{}", said(output));
}

#[test]
fn pre_commit_runs_every_hook() {
    if has("pre-commit") {
        every_hook(&Project::new("pre-commit"), "pre-commit");
    }
}

#[test]
fn prek_runs_every_hook() {
    if has("prek") {
        every_hook(&Project::new("prek"), "prek");
    }
}

#[test]
fn the_wheel_needs_no_rust() {
    let wheel = format!("stanch-{}-", env!("CARGO_PKG_VERSION"));
    let built = std::fs::read_dir("target/wheels").is_ok_and(|mut files| {
        files.any(|file| file.unwrap().file_name().to_string_lossy().starts_with(&wheel))
    });
    if !built {
        eprintln!("skipped: no wheel of this version is in target/wheels");
    } else if has("pre-commit") {
        let rust = ["cargo", "rustc", "stanch"];
        let paths = paths().filter(|dir| !rust.iter().any(|name| dir.join(name).exists()));
        every_hook(&Project::with("pre-commit", "-wheel", paths), "pre-commit");
    }
}

fn paths() -> impl Iterator<Item = PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH").unwrap()).collect::<Vec<_>>().into_iter()
}

fn every_hook(project: &Project, manager: &str) {
    // A commit with a secret is stopped, also when another file has unstaged changes (they are put aside).
    project.write("sms.py", SECRET);
    project.git(&["add", "sms.py"]);
    project.write(".pre-commit-config.note", "x\n");
    stopped(&project.git(&["commit", "-m", "one"]));

    // In the message.
    project.git(&["rm", "-q", "--cached", "sms.py"]);
    project.write("clean.txt", "nothing here\n");
    project.git(&["add", "clean.txt"]);
    let message = sample::expand("use TWILIO_AUTH_TOKEN={hex:32}", "message");
    stopped(&project.git(&["commit", "-m", &message]));

    // A commit of nothing but a symbolic link, whose target is the text.
    let target = sample::expand("TWILIO_AUTH_TOKEN={hex:32}", "link");
    std::os::unix::fs::symlink(target, project.app().join("link")).unwrap();
    project.git(&["rm", "-q", "--cached", "clean.txt"]);
    project.git(&["add", "link"]);
    stopped(&project.git(&["commit", "-m", "link"]));
    project.git(&["rm", "-q", "-f", "link"]);

    // A clean commit passes; whole files are looked at when they are named.
    project.git(&["add", "clean.txt"]);
    passed(&project.git(&["commit", "-m", "clean"]));
    project.git(&["add", "sms.py"]);
    project.git(&["commit", "-q", "--no-verify", "-m", "slipped through"]);
    stopped(&project.run(manager, &["run", "--all-files"]));
    stopped(&project.run(manager, &["run", "--from-ref", "HEAD~1", "--to-ref", "HEAD"]));
    stopped(&project.run(manager, &["run", "--files", "clean.txt", "sms.py"]));
    passed(&project.run(manager, &["run", "--files", "clean.txt"]));
    stopped(&project.run(manager, &["run", "--hook-stage", "manual", "--all-files"]));

    // What slipped past the commit is stopped at the push, even when a later commit removes it.
    project.git(&["rm", "-q", "sms.py"]);
    project.git(&["commit", "-q", "--no-verify", "-m", "remove it"]);
    project.git_in("", &["init", "-q", "--bare", "remote.git"]);
    project.git(&["remote", "add", "origin", "../remote.git"]);
    stopped(&project.git(&["push", "origin", "main"]));
}

/// The managers that are here.
fn managers() -> impl Iterator<Item = &'static str> {
    ["pre-commit", "prek"].into_iter().filter(|manager| has(manager))
}

/// A project in whose history the branch `side` has a secret that `main` has not; both have changed `app.txt`.
fn divided(manager: &str) -> Project {
    let project = Project::new(manager);
    let commit = |message: &str| project.git(&["commit", "-qam", message, "--no-verify"]);
    project.write("app.txt", "base\n");
    project.git(&["add", "."]);
    commit("base");
    project.git(&["checkout", "-q", "-b", "side"]);
    project.write("app.txt", SECRET);
    commit("an old secret of the other side");
    project.git(&["checkout", "-q", "main"]);
    project.write("app.txt", "main\n");
    commit("main");
    project
}

#[test]
fn a_merge_is_judged_by_what_it_adds() {
    for project in managers().map(divided) {
        // Whatever git writes in front of the names that had conflicts.
        for comment in ["#", ";", "//", "auto"] {
            project.git(&["config", "core.commentString", comment]);
            project.git(&["merge", "side"]);
            // Resolved to what the other side has: nothing new, although the framework names the file.
            project.git(&["checkout", "--theirs", "app.txt"]);
            project.git(&["add", "app.txt"]);
            passed(&project.git(&["commit", "--no-edit"]));
            project.git(&["reset", "-q", "--hard", "HEAD~1"]);
        }
        project.git(&["merge", "side"]);
        std::fs::write(project.app().join("app.txt"), sample::expand(SECRET, "typed into the merge"))
            .unwrap();
        project.git(&["add", "app.txt"]);
        stopped(&project.git(&["commit", "--no-edit"]));
    }
}

#[test]
fn a_merge_without_conflicts_brings_what_is_old() {
    for project in managers().map(divided) {
        project.git(&["checkout", "-q", "-b", "clean", "main~1"]);
        project.write("other.txt", "other\n");
        project.git(&["add", "."]);
        project.git(&["commit", "-qm", "other"]);
        passed(&project.git(&["merge", "--no-edit", "side"]));
        assert_eq!(project.git(&["log", "-1", "--format=%P"]).stdout.len(), 82, "a merge");
    }
}

#[test]
fn a_file_of_which_the_mode_alone_changes_is_part_of_the_commit() {
    use std::os::unix::fs::PermissionsExt as _;
    for manager in managers() {
        let project = Project::new(manager);
        let line = "TWILIO_AUTH_TOKEN = \"{hex:32}\"  # stanch:allow twilio-auth-token made up\n";
        let turn_on = |name: &str| {
            let mode = std::fs::Permissions::from_mode(0o755);
            std::fs::set_permissions(project.app().join(name), mode).unwrap();
        };
        let write = |by: &str| {
            std::fs::write(project.app().join("marked.py"), sample::expand(line, by)).unwrap();
        };
        write("one");
        project.write("old.py", SECRET);
        project.write("run.sh", "true\n");
        project.git(&["add", "."]);
        project.git(&["commit", "-qm", "old", "--no-verify"]);
        // It has an old secret.
        turn_on("old.py");
        project.git(&["add", "."]);
        passed(&project.git(&["commit", "-qm", "mode"]));
        // And beside it an old marker is no word for a new value.
        write("another");
        turn_on("run.sh");
        project.git(&["add", "."]);
        let marked = project.git(&["commit", "-qm", "value"]);
        assert!(!marked.status.success() && said(&marked).contains("was there before"), "{}", said(&marked));
    }
}

#[test]
fn what_passes_is_told_all_the_same() {
    for manager in managers() {
        let project = Project::new(manager);
        std::fs::write(project.app().join("a.7z"), b"7z\xbc\xaf\x27\x1c\0\x04abcdefgh").unwrap();
        project.write(".stanch.yaml", "disable: [twilio]\n");
        project.git(&["add", "."]);
        let told = project.git(&["commit", "-m", "settings"]);
        passed(&told);
        assert!(said(&told).contains("a.7z ("), "{manager}: {}", said(&told));
        assert!(said(&told).contains("this commit changes .stanch.yaml"), "{manager}: {}", said(&told));
        project.write("app.py", SECRET);
        project.git(&["add", "."]);
        let told = project.git(&["commit", "-m", "off"]);
        passed(&told);
        assert!(said(&told).contains("not reported: twilio"), "{manager}: {}", said(&told));
        // Of what nobody need know nothing is told.
        project.write("clean.txt", "nothing\n");
        project.git(&["add", "clean.txt"]);
        let told = project.git(&["commit", "-m", "clean"]);
        passed(&told);
        assert!(!said(&told).contains("scanned"), "{manager}: {}", said(&told));
    }
}

#[test]
fn a_range_is_one_however_its_ends_are_named() {
    for manager in managers() {
        let project = Project::new(manager);
        project.write("old.py", SECRET);
        project.git(&["add", "."]);
        project.git(&["commit", "-qm", "an old one", "--no-verify"]);
        project.write("clean.txt", "nothing\n");
        project.git(&["add", "."]);
        project.git(&["commit", "-qm", "clean"]);
        let id = |name: &str, how: &str| {
            let line = project.git(&["rev-parse", how, name]).stdout;
            String::from_utf8(line).unwrap().trim().to_owned()
        };
        let (from, to) = (id("HEAD~1", "--verify"), id("HEAD", "--verify"));
        let short = id("HEAD~1", "--short");
        for (from, to) in [("HEAD~1", "HEAD"), ("HEAD~1", &to), (&short, &to), (&from, "HEAD"), (&from, &to)]
        {
            let range = ["run", "--hook-stage", "pre-push", "--from-ref", from, "--to-ref", to];
            passed(&project.run(manager, &range));
        }
        stopped(
            &project
                .run(manager, &["run", "--hook-stage", "pre-push", "--from-ref", "HEAD~2", "--to-ref", &to]),
        );
    }
}

#[test]
fn a_push_of_several_refs_says_what_the_framework_hides() {
    if !has("pre-commit") {
        return;
    }
    let project = Project::new("pre-commit");
    project.git_in("", &["init", "-q", "--bare", "remote.git"]);
    project.git(&["remote", "add", "origin", "../remote.git"]);
    let alone = project.git(&["push", "origin", "main"]);
    passed(&alone);
    assert!(!said(&alone).contains("first ref"), "{}", said(&alone));
    for branch in ["one", "two"] {
        project.git(&["checkout", "-q", "-b", branch, "main"]);
        project.write(branch, branch);
        project.git(&["add", "."]);
        project.git(&["commit", "-qm", branch]);
    }
    let both = project.git(&["push", "origin", "one", "two"]);
    passed(&both);
    assert!(said(&both).contains("first ref of a push only"), "{}", said(&both));
}

//! Installing and removing hooks, with the real git in scratch repositories.
//!
//! What the hooks run is a script that notes its arguments and answers as the test wants: these tests are
//! about the hooks, not about what is found.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![cfg(unix)]

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use stanch::install::{self, Environment, Event, Mode, Request, Scope, chain};
use tempfile::TempDir;

/// A home directory, a repository and a program, all with a blank and a quote in their paths.
struct Stage {
    root: TempDir,
    repo: PathBuf,
    environment: Environment,
    binary: PathBuf,
}

impl Stage {
    fn new() -> Stage {
        let root = TempDir::with_prefix("it's a test ").unwrap();
        let base = root.path().canonicalize().unwrap();
        let home = base.join("home");
        fs::create_dir_all(home.join("tools")).unwrap();
        let binary = home.join("tools/stanch");
        // Blocks while a file named `leak` is there; notes how it was called.
        script(
            &binary,
            "#!/bin/sh\necho \"stanch $* [$(basename \"$STANCH_HOOK\")]\" >>\"$(dirname \"$0\")/calls\"\n\
             [ ! -e leak ] || { echo 'stanch: leak' >&2; exit 1; }\n",
        );
        let repo = base.join("my repo");
        let environment = Environment {
            home: Some(home),
            xdg_config_home: None,
            path: std::env::var_os("PATH"),
            temp_dir: base.join("tmp"),
            git_variables: Vec::new(),
        };
        fs::create_dir_all(&environment.temp_dir).unwrap();
        let stage = Stage { root, repo, environment, binary };
        fs::create_dir_all(&stage.repo).unwrap();
        stage.git(&["init", "-q"]);
        stage
    }

    fn home(&self) -> &Path {
        self.environment.home.as_deref().unwrap()
    }

    fn command(&self, folder: &Path) -> Command {
        let mut command = Command::new("git");
        command.arg("-C").arg(folder).env("HOME", self.home()).env("GIT_CONFIG_NOSYSTEM", "1");
        command.env("GIT_CONFIG_GLOBAL", self.home().join(".gitconfig"));
        for who in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{who}_NAME"), "A").env(format!("GIT_{who}_EMAIL"), "a@example.com");
        }
        command
    }

    fn git_in(&self, folder: &Path, args: &[&str]) -> Output {
        self.command(folder).args(args).output().unwrap()
    }

    fn git(&self, args: &[&str]) -> String {
        let output = self.git_in(&self.repo, args);
        assert!(output.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    fn request(&self, scope: Scope) -> Request {
        Request {
            scope,
            events: None,
            mode: Mode::Shim,
            dry_run: false,
            binary: self.binary.clone(),
            folder: self.repo.clone(),
        }
    }

    fn install(&self) -> String {
        self.install_as(&self.request(Scope::Repository)).unwrap()
    }

    fn install_as(&self, request: &Request) -> Result<String, String> {
        let mut out = Vec::new();
        let done = install::run(request, &self.environment, &mut out);
        let text = String::from_utf8(out).unwrap();
        done.map(|()| text.clone()).map_err(|fault| format!("{text}{fault:#}"))
    }

    fn uninstall(&self, scope: Scope) -> String {
        let mut out = Vec::new();
        install::uninstall(&self.request(scope), &self.environment, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    /// Makes a commit in `folder`; tells whether it went through.
    fn commits(&self, folder: &Path) -> bool {
        self.git_in(folder, &["commit", "-q", "--allow-empty", "-m", "x"]).status.success()
    }

    /// Asserts that our hook runs for a commit in `folder` and can stop it.
    fn assert_guards(&self, folder: &Path) {
        assert!(self.commits(folder), "a clean commit must pass");
        fs::write(folder.join("leak"), "").unwrap();
        assert!(!self.commits(folder), "a leak must be stopped");
        fs::remove_file(folder.join("leak")).unwrap();
    }

    fn kept(&self, event: &str) -> PathBuf {
        self.repo.join(".git/hooks.stanch-chained").join(event)
    }

    fn calls(&self) -> String {
        fs::read_to_string(self.home().join("tools/calls")).unwrap_or_default()
    }

    fn hook(&self, name: &str) -> PathBuf {
        self.repo.join(".git/hooks").join(name)
    }
}

fn script(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

/// Every file below `folder`, with mode and content.
fn snapshot(folder: &Path) -> Vec<(PathBuf, u32, Vec<u8>)> {
    let mut all = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
            let data = entry.path().symlink_metadata().unwrap();
            if data.is_dir() {
                folders.push(entry.path());
            } else {
                let text = fs::read(entry.path()).unwrap_or_default();
                all.push((entry.path(), data.permissions().mode(), text));
            }
        }
    }
    all.sort();
    all
}

#[test]
fn the_default_guards_commits_merges_and_pushes() {
    let stage = Stage::new();
    let said = stage.install();
    assert!(said.contains("pre-commit") && said.contains("stanch uninstall"), "{said}");
    stage.assert_guards(&stage.repo);
    assert!(stage.calls().starts_with("stanch hook pre-commit [pre-commit]\n"), "{}", stage.calls());
    stage.git(&["checkout", "-q", "-b", "side", "HEAD"]);
    assert!(stage.commits(&stage.repo));
    stage.git(&["checkout", "-q", "-"]);
    stage.git(&["merge", "-q", "--no-ff", "-m", "m", "side"]);
    assert!(stage.calls().contains("hook pre-merge-commit"), "{}", stage.calls());
    stage.git(&["init", "-q", "--bare", "../remote.git"]);
    stage.git(&["push", "-q", "../remote.git", "HEAD:refs/heads/x"]);
    assert!(stage.calls().contains("hook pre-push ../remote.git"), "{}", stage.calls());
}

#[test]
fn a_second_run_changes_nothing_and_removal_leaves_no_trace() {
    let stage = Stage::new();
    let before = snapshot(&stage.repo.join(".git"));
    stage.install();
    let installed = snapshot(&stage.repo.join(".git"));
    assert_ne!(before, installed);
    let said = stage.install();
    assert!(said.contains("already installed") && said.contains("nothing to change"), "{said}");
    assert_eq!(snapshot(&stage.repo.join(".git")), installed);
    stage.uninstall(Scope::Repository);
    assert_eq!(snapshot(&stage.repo.join(".git")), before);
    assert!(stage.uninstall(Scope::Repository).contains("nothing of stanch"));
}

#[test]
fn a_dry_run_shows_the_plan_and_writes_nothing() {
    let stage = Stage::new();
    let before = snapshot(stage.root.path());
    let request = Request { dry_run: true, ..stage.request(Scope::Repository) };
    let said = stage.install_as(&request).unwrap();
    assert_eq!(said.matches("would write").count(), Event::DEFAULT.len(), "{said}");
    assert_eq!(snapshot(stage.root.path()), before);
}

#[test]
fn a_hook_that_was_there_is_kept_and_comes_back() {
    let stage = Stage::new();
    let theirs = stage.hook("pre-commit");
    script(&theirs, "#!/bin/sh\nexit 0 # theirs\n");
    let before = snapshot(&stage.repo.join(".git"));
    stage.install();
    stage.install();
    let kept = fs::read_to_string(stage.kept("pre-commit")).unwrap();
    assert!(kept.contains("theirs"));
    stage.assert_guards(&stage.repo);
    stage.uninstall(Scope::Repository);
    // The commit above added objects; hooks are what must be as before.
    let hooks = |all: Vec<(PathBuf, u32, Vec<u8>)>| -> Vec<_> {
        all.into_iter().filter(|(path, ..)| path.starts_with(stage.repo.join(".git/hooks"))).collect()
    };
    assert_eq!(hooks(snapshot(&stage.repo.join(".git"))), hooks(before));
}

#[test]
fn links_stay_links_when_they_are_kept() {
    let stage = Stage::new();
    script(&stage.repo.join("scripts/check"), "#!/bin/sh\nexit 0\n");
    fs::create_dir_all(stage.hook("")).unwrap();
    let link = stage.hook("pre-commit");
    std::os::unix::fs::symlink("../../scripts/check", &link).unwrap();
    std::os::unix::fs::symlink("../../scripts/gone", stage.hook("pre-push")).unwrap();
    let said = stage.install();
    assert!(said.contains("link to nowhere"), "{said}");
    assert!(!link.symlink_metadata().unwrap().is_symlink());
    assert!(stage.kept("pre-commit").symlink_metadata().unwrap().is_symlink());
    assert_eq!(fs::read_to_string(stage.repo.join("scripts/check")).unwrap(), "#!/bin/sh\nexit 0\n");
    stage.uninstall(Scope::Repository);
    assert_eq!(fs::read_link(&link).unwrap(), Path::new("../../scripts/check"));
    assert_eq!(fs::read_link(stage.hook("pre-push")).unwrap(), Path::new("../../scripts/gone"));
}

#[test]
fn nothing_is_written_when_something_would_be_lost() {
    let stage = Stage::new();
    script(&stage.hook("pre-commit"), "#!/bin/sh\necho one\n");
    script(&stage.kept("pre-commit"), "#!/bin/sh\necho two\n");
    fs::create_dir_all(stage.hook("pre-push")).unwrap();
    let before = snapshot(&stage.repo);
    let fault = stage.install_as(&stage.request(Scope::Repository)).unwrap_err();
    assert!(fault.contains("both there and differ") && fault.contains("pre-push is not a file"), "{fault}");
    assert_eq!(snapshot(&stage.repo), before);
}

#[test]
fn older_stubs_are_brought_up_to_date_and_newer_or_edited_ones_left() {
    let stage = Stage::new();
    script(&stage.hook("pre-commit"), "#!/bin/sh\n# stanch-hook v0: old\nexec /old/stanch\n");
    stage.install();
    assert!(fs::read_to_string(stage.hook("pre-commit")).unwrap().contains("# stanch-hook v2"));
    assert!(!stage.kept("pre-commit").exists());
    for (text, words) in [
        ("#!/bin/sh\n# stanch-hook v999: new\nexec new\n", "newer stanch"),
        ("#!/bin/sh\n# stanch-hook v2: x\nmake lint\n", "has been changed"),
    ] {
        script(&stage.hook("pre-commit"), text);
        let fault = stage.install_as(&stage.request(Scope::Repository)).unwrap_err();
        assert!(fault.contains(words), "{fault}");
        assert_eq!(fs::read_to_string(stage.hook("pre-commit")).unwrap(), text);
    }
}

#[test]
fn a_lost_program_stops_the_commit_with_one_line() {
    let stage = Stage::new();
    stage.install();
    fs::remove_file(&stage.binary).unwrap();
    let mut commit = stage.command(&stage.repo);
    commit.args(["commit", "--allow-empty", "-m", "x"]);
    let output = commit.output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success());
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains("stanch: program not found"), "{said}");
    // Elsewhere on PATH it is found.
    let other = stage.root.path().join("other");
    script(&other.join("stanch"), "#!/bin/sh\nexit 0\n");
    let path = [other.as_os_str(), std::env::var_os("PATH").unwrap().as_os_str()].join(":".as_ref());
    assert!(commit.env("PATH", path).status().unwrap().success());
}

#[test]
fn worktrees_submodules_and_separate_git_dirs_are_guarded() {
    let stage = Stage::new();
    assert!(stage.commits(&stage.repo));
    stage.git(&["worktree", "add", "-q", "../tree"]);
    let tree = stage.repo.parent().unwrap().join("tree");
    stage.install_as(&Request { folder: tree.clone(), ..stage.request(Scope::Repository) }).unwrap();
    stage.assert_guards(&tree);
    stage.assert_guards(&stage.repo);

    stage.git(&["init", "-q", "../other"]);
    assert!(stage.commits(&stage.repo.parent().unwrap().join("other")));
    stage.git(&["-c", "protocol.file.allow=always", "submodule", "--quiet", "add", "../other", "sub"]);
    let sub = stage.repo.join("sub");
    fs::create_dir_all(sub.join("deep/er")).unwrap();
    stage.install_as(&Request { folder: sub.join("deep/er"), ..stage.request(Scope::Repository) }).unwrap();
    assert!(stage.repo.join(".git/modules/sub/hooks/pre-commit").exists());
    stage.assert_guards(&sub);

    stage.git(&["init", "-q", "--separate-git-dir", "../apart.git", "../apart"]);
    let apart = stage.repo.parent().unwrap().join("apart");
    stage.install_as(&Request { folder: apart.clone(), ..stage.request(Scope::Repository) }).unwrap();
    stage.assert_guards(&apart);
}

#[test]
fn a_hooks_path_is_honoured_from_any_folder() {
    let stage = Stage::new();
    fs::create_dir_all(stage.repo.join("a/b")).unwrap();
    stage.git(&["config", "core.hooksPath", ".githooks"]);
    let said = stage
        .install_as(&Request { folder: stage.repo.join("a/b"), ..stage.request(Scope::Repository) })
        .unwrap();
    assert!(said.contains("part of the work tree"), "{said}");
    assert!(stage.repo.join(".githooks/pre-commit").exists());
    stage.assert_guards(&stage.repo);
    stage.uninstall(Scope::Repository);
    assert!(!stage.repo.join(".githooks/pre-commit").exists());
    for nothing in ["", "/dev/null"] {
        stage.git(&["config", "core.hooksPath", nothing]);
        let fault = stage.install_as(&stage.request(Scope::Repository)).unwrap_err();
        assert!(fault.contains("no hook files here"), "{fault}");
    }
}

#[test]
fn a_server_gets_pre_receive_and_refuses() {
    let stage = Stage::new();
    stage.git(&["init", "-q", "--bare", "../server.git"]);
    let server = stage.repo.parent().unwrap().join("server.git");
    stage.install_as(&stage.request(Scope::Server(server.clone()))).unwrap();
    assert!(server.join("hooks/pre-receive").exists() && !server.join("hooks/pre-commit").exists());
    assert!(stage.commits(&stage.repo));
    stage.git(&["push", "-q", "../server.git", "HEAD:refs/heads/a"]);
    fs::write(server.join("leak"), "").unwrap();
    let output = stage.git_in(&stage.repo, &["push", "-q", "../server.git", "HEAD:refs/heads/b"]);
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stderr).contains("remote: stanch: leak"));
    let fault = stage.install_as(&stage.request(Scope::Server(stage.repo.clone()))).unwrap_err();
    assert!(fault.contains("not a bare repository"), "{fault}");
    stage.uninstall(Scope::Server(server.clone()));
    assert!(!server.join("hooks/pre-receive").exists());
}

#[test]
fn a_template_warns_where_the_program_is_missing_unless_required() {
    let stage = Stage::new();
    for required in [false, true] {
        let folder = stage.root.path().join(format!("kit {required}"));
        let said =
            stage.install_as(&stage.request(Scope::Template { folder: folder.clone(), required })).unwrap();
        assert!(said.contains("init.templateDir"), "{said}");
        let repo = stage.root.path().join(format!("made {required}"));
        let template = format!("init.templateDir={}", folder.display());
        stage.git(&["-c", &template, "init", "-q", repo.to_str().unwrap()]);
        let output = stage.git_in(&repo, &["commit", "--allow-empty", "-m", "x"]);
        assert_eq!(output.status.success(), !required);
        assert!(String::from_utf8_lossy(&output.stderr).contains("stanch: program not found"));
    }
}

#[test]
fn husky_files_get_lines_that_leave_standard_input_to_the_rest() {
    let stage = Stage::new();
    stage.git(&["config", "core.hooksPath", ".husky/_"]);
    for event in ["pre-commit", "pre-push"] {
        let run = format!("#!/bin/sh\nsh -e \"$(dirname \"$0\")/../{event}\" \"$@\"\n");
        script(&stage.repo.join(".husky/_").join(event), &run);
    }
    fs::write(stage.repo.join(".husky/pre-push"), "cat >../seen\n").unwrap();
    fs::write(stage.repo.join(".husky/pre-commit"), "exit 0\n").unwrap();
    let before = snapshot(&stage.repo.join(".husky"));
    stage.install();
    assert!(stage.install().contains("already installed"));
    // husky's files name no path of this machine, and say so where there is no program.
    let output = stage.git_in(&stage.repo, &["commit", "--allow-empty", "-m", "x"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(!output.status.success() && said.lines().count() == 1, "{said}");
    assert!(said.contains("stanch: program not found, so this commit was not checked"), "{said}");
    fs::create_dir_all(stage.home().join(".local/bin")).unwrap();
    let guard = "#!/bin/sh\n[ \"$2\" != pre-push ] || cat >../ours\n[ ! -e leak ]\n";
    script(&stage.home().join(".local/bin/stanch"), guard);
    stage.assert_guards(&stage.repo);
    stage.git(&["init", "-q", "--bare", "../remote.git"]);
    stage.git(&["push", "-q", "../remote.git", "HEAD:refs/heads/x", "HEAD:refs/heads/y"]);
    let read = |name: &str| fs::read_to_string(stage.repo.parent().unwrap().join(name)).unwrap();
    assert_eq!(read("ours").lines().count(), 2);
    assert_eq!(read("ours").trim_end(), read("seen").trim_end());
    stage.uninstall(Scope::Repository);
    assert!(snapshot(&stage.repo.join(".husky")).iter().zip(&before).all(|(a, b)| a.2 == b.2));
}

#[test]
fn lefthook_keeps_its_hook_and_the_gap_is_an_error() {
    let stage = Stage::new();
    let theirs = "#!/bin/sh\nif [ \"$LEFTHOOK\" = 0 ]; then exit 0; fi\ncall_lefthook() { :; }\n";
    script(&stage.hook("pre-commit"), theirs);
    fs::write(stage.repo.join("lefthook.yml"), "").unwrap();
    let request = Request {
        mode: Mode::Auto,
        events: Some(vec![Event::PreCommit, Event::PrePush]),
        ..stage.request(Scope::Repository)
    };
    let version = install::git::Git::new(&stage.repo).version().unwrap();
    if version.has_config_hooks() {
        // Configured hooks stand beside lefthook's.
        stage.install_as(&request).unwrap();
        stage.assert_guards(&stage.repo);
        assert_eq!(fs::read_to_string(stage.hook("pre-commit")).unwrap(), theirs);
        return;
    }
    let fault = stage.install_as(&request).unwrap_err();
    assert!(fault.contains("lefthook.yml") && fault.contains("run: stanch hook pre-commit"), "{fault}");
    assert!(fault.contains("pre-commit stays with lefthook"), "{fault}");
    assert_eq!(fs::read_to_string(stage.hook("pre-commit")).unwrap(), theirs);
    assert!(stage.hook("pre-push").exists());
    fs::write(stage.repo.join("lefthook.yml"), "# stanch\n").unwrap();
    assert!(stage.install_as(&request).is_err(), "a comment runs nothing");
    let run = "pre-commit:\n  commands:\n    stanch:\n      run: stanch hook pre-commit\n";
    fs::write(stage.repo.join("lefthook.yml"), run).unwrap();
    assert!(stage.install_as(&request).unwrap().contains("lefthook, which runs stanch"));
}

#[test]
fn a_chained_hook_gets_arguments_and_all_of_standard_input() {
    let stage = Stage::new();
    let folder = stage.root.path().join("hooks");
    // No interpreter line: git would hand it to the shell.
    let kept = stage.root.path().join("hooks.stanch-chained");
    fs::create_dir(&folder).unwrap();
    script(&kept.join("pre-push"), "printf '%s|' \"$@\" >>args\ncat >>seen\nexit 3\n");
    let text = kept.join("pre-push");
    let script_text =
        fs::read_to_string(&text).unwrap().replace(">>", &format!(">>\"{}\"/", stage.root.path().display()));
    script(&text, &script_text);
    let args: Vec<OsString> = ["origin", "a b", "it's"].map(OsString::from).to_vec();
    let stdin = "refs/heads/x 1 refs/heads/x 2\n".repeat(10_000);
    let status = chain::run(&folder, "pre-push", &args, stdin.as_bytes(), None).unwrap().unwrap();
    assert_eq!(status.code(), Some(3));
    assert_eq!(fs::read_to_string(stage.root.path().join("args")).unwrap(), "origin|a b|it's|");
    assert_eq!(fs::read_to_string(stage.root.path().join("seen")).unwrap(), stdin);
    // One that reads nothing does no harm, and one that runs us again is not run twice.
    script(&text, "#!/bin/sh\nexit 0\n");
    assert!(chain::run(&folder, "pre-push", &args, stdin.as_bytes(), None).unwrap().unwrap().success());
    let running = OsString::from(format!("\npre-push {}", folder.canonicalize().unwrap().display()));
    assert!(chain::run(&folder, "pre-push", &args, b"", Some(&running)).unwrap().is_none());
    assert!(chain::run(&folder, "pre-commit", &args, b"", None).unwrap().is_none());
    script(&text, "#!/no/such/shell\n");
    assert!(chain::run(&folder, "pre-push", &args, b"", None).is_err());
}

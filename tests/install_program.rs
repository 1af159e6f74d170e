//! The real program installing itself, in a home of its own: hooks for all repositories, what chained hooks
//! see, what `doctor` proves, and the script that installs it all.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![cfg(unix)]

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use stanch::catalogue::sample;
use stanch::install::kept;
use tempfile::TempDir;

const PROGRAM: &str = env!("CARGO_BIN_EXE_stanch");
const LEAK: &str = "TWILIO_ACCOUNT_SID=AC{hex:32}\nTWILIO_AUTH_TOKEN={hex:32}\n";

struct Stage {
    root: TempDir,
    repo: PathBuf,
}

impl Stage {
    fn new() -> Stage {
        let root = TempDir::with_prefix("it's real ").unwrap();
        let repo = root.path().canonicalize().unwrap().join("a repo");
        for folder in ["home", "tmp", "a repo"] {
            fs::create_dir_all(root.path().join(folder)).unwrap();
        }
        let stage = Stage { root, repo };
        stage.git(&["init", "-q"]);
        stage
    }

    fn command(&self, program: &str, args: &[&str]) -> Command {
        let home = self.root.path().canonicalize().unwrap().join("home");
        let mut command = Command::new(program);
        command
            .args(args)
            .current_dir(&self.repo)
            .env("HOME", &home)
            .env("TMPDIR", self.root.path().join("tmp"));
        command.env("GIT_CONFIG_GLOBAL", home.join(".gitconfig")).env("GIT_CONFIG_NOSYSTEM", "1");
        command.env_remove("XDG_CONFIG_HOME");
        for who in ["AUTHOR", "COMMITTER"] {
            command.env(format!("GIT_{who}_NAME"), "A").env(format!("GIT_{who}_EMAIL"), "a@example.com");
        }
        command
    }

    fn run(&self, program: &str, args: &[&str]) -> Output {
        self.command(program, args).output().unwrap()
    }

    fn git(&self, args: &[&str]) -> String {
        let output = self.run("git", args);
        assert!(output.status.success(), "git {args:?}: {}", words(&output));
        words(&output)
    }

    fn stanch(&self, args: &[&str]) -> String {
        let output = self.run(PROGRAM, args);
        assert!(output.status.success(), "stanch {args:?}: {}", words(&output));
        words(&output)
    }

    fn commits(&self, file: &str, text: &str) -> bool {
        fs::write(self.repo.join(file), sample::expand(text, file)).unwrap();
        self.git(&["add", file]);
        let output = self.run("git", &["commit", "-q", "-m", "x"]);
        if !output.status.success() {
            self.git(&["rm", "-q", "-f", "--cached", file]);
        }
        output.status.success()
    }

    fn home(&self, name: &str) -> PathBuf {
        self.root.path().canonicalize().unwrap().join("home").join(name)
    }
}

fn words(output: &Output) -> String {
    String::from_utf8_lossy(&[output.stdout.as_slice(), output.stderr.as_slice()].concat()).into_owned()
}

fn script(path: &Path, text: &str) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    fs::set_permissions(path, fs::Permissions::from_mode(0o755)).unwrap();
}

#[test]
fn hooks_for_all_repositories_run_the_repositorys_own_too() {
    let stage = Stage::new();
    let own = |event: &str| stage.repo.join(".git/hooks").join(event);
    for event in ["pre-commit", "post-commit", "commit-msg"] {
        script(&own(event), &format!("#!/bin/sh\necho {event} >>\"$HOME/ran\"\n"));
    }
    stage.stanch(&["install", "--global", "--mode", "shim"]);
    assert!(stage.stanch(&["install", "--global", "--mode", "shim"]).contains("nothing to change"));
    assert!(stage.commits("clean", "nothing\n"));
    assert_eq!(fs::read_to_string(stage.home("ran")).unwrap(), "pre-commit\ncommit-msg\npost-commit\n");
    assert!(!stage.commits("leak", LEAK));
    // The repository's own can still stop a commit.
    script(&own("pre-commit"), "#!/bin/sh\nexit 1\n");
    assert!(!stage.commits("clean2", "nothing\n"));
    // A linked worktree has no hooks of its own.
    fs::remove_file(own("pre-commit")).unwrap();
    stage.git(&["worktree", "add", "-q", "../tree"]);
    let tree = stage.repo.parent().unwrap().join("tree");
    fs::write(tree.join("leak"), sample::expand(LEAK, "tree")).unwrap();
    stage.git(&["-C", tree.to_str().unwrap(), "add", "leak"]);
    assert!(!stage.run("git", &["-C", tree.to_str().unwrap(), "commit", "-q", "-m", "x"]).status.success());
    stage.stanch(&["uninstall", "--global"]);
    assert!(!stage.home(".config/stanch/hooks").exists());
    assert!(!fs::read_to_string(stage.home(".gitconfig")).unwrap().contains("hooksPath"));
}

#[test]
fn a_hooks_path_of_somebody_else_is_not_replaced() {
    let stage = Stage::new();
    stage.git(&["config", "--global", "core.hooksPath", "~/other hooks"]);
    let output = stage.run(PROGRAM, &["install", "--global", "--mode", "shim"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(words(&output).contains("already `~/other hooks`"), "{}", words(&output));
    assert!(!stage.home(".config").exists());
}

#[test]
fn doctor_proves_what_it_says_and_leaves_nothing_behind() {
    let stage = Stage::new();
    let before = stage.run(PROGRAM, &["doctor"]);
    assert_eq!(before.status.code(), Some(1));
    assert!(words(&before).contains("BAD  proof"), "{}", words(&before));
    stage.stanch(&["install", "--mode", "shim"]);
    let after = stage.stanch(&["doctor"]);
    assert!(after.contains("ok   proof") && after.contains("ok   pre-commit"), "{after}");
    assert!(fs::read_dir(stage.root.path().join("tmp")).unwrap().next().is_none());
    assert_eq!(stage.git(&["status", "--porcelain"]), "");

    // One of those that are installed together is gone.
    for event in ["pre-applypatch", "pre-merge-commit"] {
        fs::remove_file(stage.repo.join(".git/hooks").join(event)).unwrap();
        let output = stage.run(PROGRAM, &["doctor"]);
        let said = words(&output);
        let told =
            format!("BAD  {event}: git runs nothing; none of it is stanch\n     fix: stanch install\n");
        assert!(output.status.code() == Some(1) && said.contains(&told), "{said}");
        stage.stanch(&["install", "--mode", "shim"]);
    }

    // A hook that git passes over, a program that is gone, a hooks path that leads elsewhere.
    let hook = stage.repo.join(".git/hooks/pre-commit");
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o644)).unwrap();
    let said = words(&stage.run(PROGRAM, &["doctor"]));
    assert!(said.contains("not executable") && said.contains("BAD  proof"), "{said}");
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
    let moved = fs::read_to_string(&hook).unwrap().replace(PROGRAM, "/no/such/stanch");
    fs::write(&hook, moved).unwrap();
    let said = words(&stage.run(PROGRAM, &["doctor"]));
    assert!(said.contains("which is no program") && said.contains("but not by stanch"), "{said}");
    // A program whose name begins as ours does.
    fs::write(&hook, "#!/bin/sh\n./scripts/stanchion-lint\n").unwrap();
    let said = words(&stage.run(PROGRAM, &["doctor"]));
    assert!(said.contains("none of it is stanch"), "{said}");
    // Nothing that a setting holds steers a terminal.
    stage.git(&["config", "core.hooksPath", "else\u{202e}where"]);
    let said = words(&stage.run(PROGRAM, &["doctor"]));
    assert!(said.contains("else\\u{202e}where") && !said.contains('\u{202e}'), "{said}");
    stage.git(&["config", "core.hooksPath", "elsewhere"]);
    let output = stage.run(PROGRAM, &["doctor", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["good"], false);
    assert!(report["checks"].as_array().unwrap().iter().any(|check| check["check"] == "shadowed"));
}

/// Outside every repository it speaks of the hooks for all of them.
#[test]
fn doctor_outside_a_repository_can_be_well() {
    let stage = Stage::new();
    let outside = stage.home("plain");
    fs::create_dir(&outside).unwrap();
    let doctor = || stage.command(PROGRAM, &["doctor"]).current_dir(&outside).output().unwrap();
    let before = doctor();
    assert_eq!(before.status.code(), Some(1));
    let said = words(&before);
    assert!(
        said.contains("fix: stanch install --global") && !said.contains("fix: stanch install;"),
        "{said}"
    );
    stage.stanch(&["install", "--global", "--mode", "shim"]);
    let after = doctor();
    assert_eq!(after.status.code(), Some(0), "{}", words(&after));
    assert!(words(&after).contains("ok   pre-commit: all your repositories run "), "{}", words(&after));
}

/// What docs/hook-managers.md says about a folder that a team shares.
#[test]
fn hooks_that_a_team_shares_are_left_alone() {
    let stage = Stage::new();
    let bin = stage.home("bin");
    fs::create_dir(&bin).unwrap();
    std::os::unix::fs::symlink(PROGRAM, bin.join("stanch")).unwrap();
    let path = std::env::join_paths(
        std::iter::once(bin).chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
    );
    let hooks = stage.repo.join(".githooks");
    fs::create_dir(&hooks).unwrap();
    for event in ["pre-commit", "pre-merge-commit", "pre-applypatch", "pre-push"] {
        let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("hooks").join(event);
        script(&hooks.join(event), &fs::read_to_string(from).unwrap());
    }
    stage.git(&["add", ".githooks"]);
    stage.git(&["commit", "-q", "-m", "hooks"]);
    stage.git(&["config", "core.hooksPath", ".githooks"]);
    let stanch = |args: &[&str]| {
        let output = stage.command(PROGRAM, args).env("PATH", path.as_ref().unwrap()).output().unwrap();
        assert!(output.status.success(), "{args:?}: {}", words(&output));
        words(&output)
    };
    let said = stanch(&["doctor"]);
    assert!(said.contains("ok   proof: a push") && !said.contains("stanch install"), "{said}");
    assert!(stanch(&["install", "--mode", "shim"]).contains("already installed"));
    let said = stanch(&["uninstall"]);
    assert!(said.contains("shared by a team and stays"), "{said}");
    assert_eq!(stage.git(&["status", "--porcelain"]), "");
}

/// git before 2.26 does not know `--show-scope`; the hooks count there all the same.
#[test]
fn an_older_git_is_enough() {
    let stage = Stage::new();
    let old = stage.home("old");
    let real = std::env::split_paths(&std::env::var_os("PATH").unwrap())
        .map(|folder| folder.join("git"))
        .find(|file| file.is_file())
        .unwrap();
    script(
        &old.join("git"),
        &format!(
            "#!/bin/sh\nfor word; do\n  case $word in\n    --show-scope) echo usage >&2; exit 129 ;;\n    \
             --version) echo git version 2.17.1; exit ;;\n  esac\ndone\nexec '{}' \"$@\"\n",
            real.display()
        ),
    );
    let path = std::env::join_paths(
        std::iter::once(old).chain(std::env::split_paths(&std::env::var_os("PATH").unwrap())),
    );
    let stanch = |args: &[&str]| {
        let output = stage.command(PROGRAM, args).env("PATH", path.as_ref().unwrap()).output().unwrap();
        assert!(output.status.success(), "{args:?}: {}", words(&output));
        words(&output)
    };
    stage.git(&["config", "--global", "core.hooksPath", "~/shared"]);
    let said = stanch(&["install", "--dry-run"]);
    assert!(said.contains("core.hooksPath is set for more than this repository"), "{said}");
    stage.git(&["config", "core.hooksPath", "own hooks"]);
    let said = stanch(&["install"]);
    assert!(!said.contains("for more than this repository"), "{said}");
    let said = stanch(&["doctor"]);
    assert!(said.contains("core.hooksPath, local configuration") && said.contains("ok   proof"), "{said}");
    stanch(&["uninstall"]);
    assert!(stanch(&["demo"]).contains("twilio-auth-token"));
}

#[test]
fn hooks_that_only_this_process_or_this_work_tree_has_are_told() {
    let stage = Stage::new();
    stage.git(&["commit", "-q", "--allow-empty", "-m", "first"]);
    let output = stage
        .command(PROGRAM, &["install", "--mode", "shim"])
        .env("GIT_CONFIG_COUNT", "1")
        .env("GIT_CONFIG_KEY_0", "core.hooksPath")
        .env("GIT_CONFIG_VALUE_0", stage.home("elsewhere"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", words(&output));
    assert!(words(&output).contains("from the environment of this very command"), "{}", words(&output));
    assert!(!stage.home("elsewhere").exists());
    let install = || {
        let output = stage.command(PROGRAM, &["install", "--mode", "shim"]).output().unwrap();
        assert!(output.status.success(), "{}", words(&output));
        words(&output)
    };
    let other = stage.home("other tree");
    stage.git(&["worktree", "add", "-q", "-b", "side", other.to_str().unwrap()]);
    assert!(!install().contains("every work tree"));
    stage.git(&["config", "core.hooksPath", "own hooks"]);
    let said = install();
    let told = said.lines().find(|line| line.contains("every work tree")).unwrap();
    assert!(told.contains("other tree") && !told.contains("and in"), "{said}");
}

#[test]
fn a_bare_repository_gets_no_hooks_that_never_run() {
    let stage = Stage::new();
    stage.git(&["init", "-q", "--bare", "../bare.git"]);
    let bare = stage.repo.parent().unwrap().join("bare.git");
    let output = stage.command(PROGRAM, &["install"]).current_dir(&bare).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(words(&output).contains("stanch install --server '"), "{}", words(&output));
    assert!(!bare.join("hooks/pre-commit").exists());
    let server = stage.command(PROGRAM, &["install", "--server", "."]).current_dir(&bare).output().unwrap();
    assert!(server.status.success(), "{}", words(&server));
}

/// On a server the variables may be the pusher's.
#[test]
fn a_pusher_does_not_choose_what_a_server_runs() {
    let stage = Stage::new();
    stage.git(&["init", "-q", "--bare", "../bare.git"]);
    let bare = stage.repo.parent().unwrap().join("bare.git");
    let receive = |hook: &Path| {
        let mut command = stage.command(PROGRAM, &["hook", "pre-receive"]);
        // git gives a pipe, here of a push of nothing.
        command.stdin(std::process::Stdio::piped());
        words(&command.current_dir(&bare).env("STANCH_HOOK", hook).output().unwrap())
    };
    let run = |hook: &Path| {
        script(hook, "#!/bin/sh\n");
        script(&kept::chained_path(hook.parent().unwrap(), "pre-receive"), "#!/bin/sh\necho ran\nexit 1\n");
        receive(hook)
    };
    let own = run(&bare.join("hooks/pre-receive"));
    assert!(own.contains("ran"), "{own}");
    let others = run(&stage.home("mine/pre-receive"));
    assert!(!others.contains("ran") && others.contains("STANCH_HOOK names a hook in"), "{others}");
}

/// What comes with a commit does not count for it; what HEAD has does.
#[test]
fn doctor_says_when_the_settings_let_a_secret_pass() {
    let stage = Stage::new();
    stage.stanch(&["install", "--mode", "shim"]);
    fs::write(stage.repo.join(".stanch.yaml"), "exclude: ['*.env']\n").unwrap();
    let before = stage.stanch(&["doctor"]);
    assert!(before.contains("ok   proof: a commit") && before.contains("ok   proof: a push"), "{before}");
    stage.git(&["add", ".stanch.yaml"]);
    stage.git(&["commit", "-q", "-m", "settings"]);
    let after = words(&stage.run(PROGRAM, &["doctor"]));
    for what in ["a commit", "a push"] {
        let told = format!("BAD  proof: {what} of a made-up credential in canary.env went through this");
        assert!(after.contains(&told) && after.contains("without that it was stopped"), "{after}");
    }
    assert!(stage.commits("canary.env", LEAK));
    // Where more runs before a push than our check, that is said and not tried.
    script(&stage.repo.join(".git/hooks/pre-push"), "#!/bin/sh\nexit 0\n");
    let output = words(&stage.run(PROGRAM, &["doctor"]));
    assert!(output.contains("a push was not tried"), "{output}");
}

#[test]
fn a_chained_pre_push_that_reads_everything_does_not_blind_the_check() {
    let stage = Stage::new();
    assert!(stage.commits("leak", LEAK));
    script(&stage.repo.join(".git/hooks/pre-push"), "#!/bin/sh\ncat >\"$HOME/seen\"\n");
    stage.stanch(&["install", "--mode", "shim"]);
    stage.git(&["init", "-q", "--bare", "../remote.git"]);
    let output = stage.run("git", &["push", "-q", "../remote.git", "HEAD:refs/heads/x"]);
    assert!(!output.status.success(), "{}", words(&output));
    assert!(words(&output).contains("twilio-auth-token"), "{}", words(&output));
    assert!(fs::read_to_string(stage.home("seen")).unwrap().starts_with("HEAD "));
}

#[test]
fn a_stub_that_a_manager_has_put_aside_does_not_go_round_in_circles() {
    let stage = Stage::new();
    let hooks = stage.repo.join(".git/hooks");
    // What pre-commit does: the hook it finds gets another name and is run by its own, which must not be run
    // by that one again.
    let manager = "#!/bin/sh\n# File generated by pre-commit\n[ -z \"$RUNNING\" ] || exit 1\nexport RUNNING=1\n\
                   legacy=$(dirname \"$0\")/pre-commit.legacy\n[ ! -x \"$legacy\" ] || \"$legacy\" \"$@\"\n";
    script(&hooks.join("pre-commit"), manager);
    stage.stanch(&["install", "--mode", "shim"]);
    fs::rename(hooks.join("pre-commit"), hooks.join("pre-commit.legacy")).unwrap();
    fs::copy(stage.repo.join(".git/hooks.stanch-chained/pre-commit"), hooks.join("pre-commit")).unwrap();
    assert!(stage.commits("clean", "nothing\n"));
    assert!(!stage.commits("leak", LEAK));
    let said = stage.stanch(&["doctor"]);
    assert!(said.contains("pre-commit.legacy") && !said.contains("none of it is stanch"), "{said}");
    stage.stanch(&["uninstall"]);
    assert!(
        !hooks.join("pre-commit.legacy").exists() && !stage.repo.join(".git/hooks.stanch-chained").exists()
    );
    assert!(fs::read_to_string(hooks.join("pre-commit")).unwrap().contains("generated by pre-commit"));
}

/// Packs `program` as a release archive; returns its path and checksum.
fn pack(stage: &Stage, name: &str, program: &[u8]) -> (String, String) {
    let folder = stage.root.path().join(name);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("stanch"), program).unwrap();
    let archive = stage.root.path().join(format!("{name}.tar.gz")).to_str().unwrap().to_owned();
    let root = stage.root.path().to_str().unwrap();
    assert!(stage.run("tar", &["-czf", &archive, "-C", root, name]).status.success());
    let sum = words(&stage.run("sha256sum", &[&archive]));
    (archive, sum.trim_start_matches('\\').split(' ').next().unwrap().to_owned())
}

#[test]
fn the_script_replaces_no_program_by_one_that_does_not_run() {
    let stage = Stage::new();
    let (archive, sum) = pack(&stage, "foreign", b"\x7fELF of another machine");
    let program = stage.home("p/bin/stanch");
    script(&program, "#!/bin/sh\necho works\n");
    let install = concat!(env!("CARGO_MANIFEST_DIR"), "/install.sh");
    let prefix = format!("--prefix={}", stage.home("p").display());
    let output = stage.run("sh", &[install, "--archive", &archive, "--checksum", &sum, &prefix]);
    assert_eq!(output.status.code(), Some(2));
    assert!(words(&output).contains("nothing was replaced"), "{}", words(&output));
    assert_eq!(words(&stage.run(program.to_str().unwrap(), &[])), "works\n");
    assert_eq!(fs::read_dir(program.parent().unwrap()).unwrap().count(), 1, "nothing is left behind");
}

#[test]
fn the_script_refuses_what_cannot_work_before_it_builds() {
    let stage = Stage::new();
    let install = concat!(env!("CARGO_MANIFEST_DIR"), "/install.sh");
    let plain = stage.home("plain");
    fs::create_dir(&plain).unwrap();
    fs::write(stage.home("file"), "").unwrap();
    let (plain, file) = (plain.to_str().unwrap().to_owned(), stage.home("file").display().to_string());
    let prefix = stage.home("p").display().to_string();
    for (args, why) in [
        (vec!["--prefix", &prefix, &plain], "is not a git repository"),
        (vec!["--prefix", &file], "cannot write to"),
        (vec!["--prefix", &prefix, "--checksum", "00"], "no --archive is named"),
    ] {
        let output = stage.run("sh", &[&[install], &args[..]].concat());
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        let said = words(&output);
        assert!(said.contains(why) && !said.contains("building"), "{args:?}: {said}");
    }
    let mut command = stage.command("/bin/sh", &[install, "--prefix", &prefix, "--no-hook"]);
    let said = words(&command.env("PATH", "").output().unwrap());
    assert!(said.starts_with("install.sh: ") && said.contains("not found in PATH"), "{said}");
    // A copy of the script has no checkout around it, and needs no HOME to say so.
    let alone = stage.home("install.sh");
    fs::copy(install, &alone).unwrap();
    let mut command = stage.command("sh", &[alone.to_str().unwrap(), "--prefix", &prefix, "--no-hook"]);
    let output = command.env_remove("HOME").output().unwrap();
    assert!(words(&output).contains("no checkout of stanch"), "{}", words(&output));
}

#[test]
fn the_script_removes_the_program_without_git() {
    let stage = Stage::new();
    let program = stage.home("p/bin/stanch");
    script(&program, "#!/bin/sh\n");
    let tools = stage.home("tools");
    fs::create_dir(&tools).unwrap();
    for tool in ["sh", "mktemp", "rm"] {
        let from = std::env::split_paths(&std::env::var_os("PATH").unwrap())
            .map(|folder| folder.join(tool))
            .find(|file| file.is_file());
        std::os::unix::fs::symlink(from.unwrap(), tools.join(tool)).unwrap();
    }
    let install = concat!(env!("CARGO_MANIFEST_DIR"), "/install.sh");
    let prefix = stage.home("p").display().to_string();
    let mut command = stage.command("sh", &[install, "--uninstall", "--prefix", &prefix]);
    let output = command.env("PATH", &tools).output().unwrap();
    assert!(output.status.success(), "{}", words(&output));
    assert!(words(&output).contains("git is not here") && !program.exists(), "{}", words(&output));
}

#[test]
fn the_script_installs_a_verified_archive_and_takes_it_out_again() {
    let stage = Stage::new();
    let (archive, sum) = pack(&stage, "stanch v1", &fs::read(PROGRAM).unwrap());
    let (archive, sum) = (archive.as_str(), sum.as_str());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/install.sh");
    let prefix = stage.home("my tools");
    let wrong = "0".repeat(64);
    let mut command = stage.command("sh", &[script, "--archive", archive, "--checksum", &wrong]);
    let output = command.env("STANCH_PREFIX", &prefix).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(words(&output).contains("nothing was unpacked") && !prefix.exists(), "{}", words(&output));

    let repo = stage.repo.to_str().unwrap();
    for _ in 0..2 {
        let mut command = stage.command("sh", &[script, "--archive", archive, "--checksum", sum, repo]);
        let output = command.current_dir("/").env("STANCH_PREFIX", &prefix).output().unwrap();
        assert!(output.status.success(), "{}", words(&output));
        assert!(words(&output).contains("export PATH="), "{}", words(&output));
    }
    assert!(!stage.commits("leak", LEAK));
    let output =
        stage.command("sh", &[script, "--uninstall", repo]).env("STANCH_PREFIX", &prefix).output().unwrap();
    assert!(output.status.success(), "{}", words(&output));
    assert!(!prefix.join("bin/stanch").exists() && !stage.repo.join(".git/hooks/pre-commit").exists());
    assert!(stage.commits("leak", LEAK));
    assert!(fs::read_dir(stage.root.path().join("tmp")).unwrap().next().is_none());
}

//! A pinned world for one test: a directory of its own, an identity, no configuration from outside.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The program under test: the one just built, or another build named by `STANCH_UNDER_TEST`, to compare.
pub(crate) fn stanch() -> OsString {
    std::env::var_os("STANCH_UNDER_TEST").unwrap_or_else(|| env!("CARGO_BIN_EXE_stanch").into())
}

/// Where commands run, and with which environment.
pub(crate) struct World {
    root: tempfile::TempDir,
    /// Directory of the next command.
    pub(crate) here: PathBuf,
    /// Set for every command; nothing else is but `PATH`.
    pub(crate) env: BTreeMap<OsString, OsString>,
}

const IDENTITY: &str = "[user]\n\tname = Kim Doe\n\temail = kim@acme.example\n[init]\n\tdefaultBranch = main\n\
    [commit]\n\tgpgSign = false\n[core]\n\tautocrlf = false\n[advice]\n\tdetachedHead = false\n\
    [protocol \"file\"]\n\tallow = always\n";

impl World {
    /// A fresh one. `home/` and `work/` exist; commands start in `work/`.
    pub(crate) fn new() -> Self {
        let root = tempfile::Builder::new().prefix("stanch-").tempdir().expect("a temporary directory");
        let home = root.path().join("home");
        let here = root.path().join("work");
        for dir in [&home, &here] {
            std::fs::create_dir(dir).expect("a directory in a fresh one");
        }
        let config = home.join(".gitconfig");
        std::fs::write(&config, IDENTITY).expect("a file in a fresh directory");
        let mut env = BTreeMap::new();
        let mut set = |name: &str, value: &OsStr| env.insert(name.into(), value.to_owned());
        set("PATH", &std::env::var_os("PATH").expect("PATH is set"));
        set("HOME", home.as_os_str());
        set("GIT_CONFIG_GLOBAL", config.as_os_str());
        set("GIT_CONFIG_NOSYSTEM", OsStr::new("1"));
        set("GIT_TERMINAL_PROMPT", OsStr::new("0"));
        set("GIT_EDITOR", OsStr::new("true"));
        set("LC_ALL", OsStr::new("C"));
        set("TZ", OsStr::new("UTC"));
        for who in ["AUTHOR", "COMMITTER"] {
            set(&format!("GIT_{who}_DATE"), OsStr::new("2026-01-02T03:04:05Z"));
        }
        World { root, here, env }
    }

    /// The directory that holds `work/` and `home/`.
    pub(crate) fn root(&self) -> &Path {
        self.root.path()
    }

    /// Runs a program here. `git` is looked up in the `PATH` of the tests, not in that of the story, so
    /// that a story may take it away from the hook.
    pub(crate) fn run(&self, program: &OsStr, args: &[OsString]) -> std::io::Result<Output> {
        let program = match program.to_str() {
            Some("stanch") => stanch(),
            Some(name @ ("git" | "sh")) => on_path(name).unwrap_or_else(|| program.to_owned()),
            _ => program.to_owned(),
        };
        Command::new(program)
            .args(args)
            .current_dir(&self.here)
            .env_clear()
            .envs(&self.env)
            // For the `sh` of a story: the program is not on its PATH.
            .env("STANCH", stanch())
            .stdin(Stdio::null())
            .output()
    }
}

fn on_path(name: &str) -> Option<OsString> {
    let path = std::env::var_os("PATH")?;
    let found = std::env::split_paths(&path).map(|dir| dir.join(name)).find(|file| file.is_file())?;
    Some(found.into_os_string())
}

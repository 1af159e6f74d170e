//! `stanch demo`: a real commit, stopped by the real hook, in a scratch repository.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

use super::{Environment, Expand, Mode, Request, Scope};

/// What the made-up developer is about to commit. The values are made afresh for each demo.
const FILE: &str = "send_reminder.py";
const CODE: &str = "\
from twilio.rest import Client

client = Client(\"AC{hex:32}\", \"{hex:32}\")
client.messages.create(to=\"+441632960960\", from_=\"+441632960961\", body=\"See you at ten\")
";

/// Makes a repository, installs the hook, commits a made-up credential, and cleans up.
///
/// # Errors
/// git is missing, the scratch folder cannot be made, or the hook lets the commit pass.
pub fn run(binary: &Path, environment: &Environment, expand: Expand, out: &mut dyn Write) -> Result<()> {
    let scratch = Scratch::new(&environment.temp_dir, "demo")?;
    let repository = scratch.path();
    git(repository, &["init", "--quiet"], Stdio::null())?;
    let request = Request {
        scope: Scope::Repository,
        events: None,
        mode: Mode::Shim,
        dry_run: false,
        binary: binary.to_owned(),
        folder: repository.to_owned(),
    };
    super::run(&request, environment, &mut std::io::sink())?;
    let code = expand(CODE, &scratch.seed());
    std::fs::write(repository.join(FILE), code).context("cannot write into the scratch repository")?;
    git(repository, &["add", FILE], Stdio::null())?;
    writeln!(
        out,
        "In a scratch repository with the hooks of `stanch install`, {FILE} holds a made-up credential.\n"
    )?;
    writeln!(out, "$ git commit -m \"send the reminder\"")?;
    out.flush()?;
    let passed = git(repository, &["commit", "--quiet", "-m", "send the reminder"], Stdio::inherit())?;
    ensure!(
        !passed,
        "the commit went through: something on this machine keeps git from running hooks\nnext: run `stanch doctor`"
    );
    writeln!(
        out,
        "\nThe commit did not happen, and the scratch repository is gone. Protect your own: `stanch install`"
    )?;
    Ok(())
}

/// Whether the command succeeded. Runs git with an identity of its own and without the caller's repository.
fn git(repository: &Path, args: &[&str], stderr: Stdio) -> Result<bool> {
    let mut command = Command::new("git");
    for variable in
        ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX"]
    {
        command.env_remove(variable);
    }
    let identity =
        ["-c", "user.name=stanch demo", "-c", "user.email=demo@stanch.invalid", "-c", "commit.gpgSign=false"];
    let status = command
        .current_dir(repository)
        .args(identity)
        .args(args)
        .stdin(Stdio::null())
        .stderr(stderr)
        .status();
    Ok(status.context("cannot run git; is it installed?")?.success())
}

/// A folder that goes away with the value.
pub(super) struct Scratch {
    path: PathBuf,
}

impl Scratch {
    /// Makes a fresh folder below `parent`.
    pub(super) fn new(parent: &Path, name: &str) -> Result<Self> {
        for attempt in 0..64 {
            let path = parent.join(format!("stanch-{name}-{}-{attempt}", std::process::id()));
            match std::fs::create_dir(&path) {
                Ok(()) => return Ok(Scratch { path }),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(error) => {
                    return Err(error).with_context(|| format!("cannot make the folder {}", path.display()));
                }
            }
        }
        anyhow::bail!("cannot make a scratch folder in {}: too many are left over there", parent.display())
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Differs from run to run.
    pub(super) fn seed(&self) -> String {
        let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        format!("{} {:?}", self.path.display(), now.unwrap_or_default())
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What cannot be removed is in the temporary folder, which the system empties.
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

//! Proves that a commit with a secret is stopped here: makes a real one, in a scratch repository that takes
//! its hooks from where the user's repository takes them. The user's repository is only read.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use super::demo::Scratch;
use super::git::Git;
use super::manager::Manager;
use super::state::{FolderKind, State};
use super::{Environment, Expand, apply, chain, stub};

/// The file that the canary commit adds. A report that names it has looked at it.
const CANARY: &str = "canary.env";
const CANARY_TEXT: &str = "TWILIO_ACCOUNT_SID=AC{hex:32}\nTWILIO_AUTH_TOKEN={hex:32}\n";
/// A hook manager may have to start an interpreter or two.
const PATIENCE: Duration = Duration::from_secs(120);

/// How the canary commit ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Stopped, and by us.
    Blocked,
    /// Recorded: nothing stopped it.
    Passed,
    /// Stopped, but not by a report of ours on the canary: the last line said why.
    Unclear(String),
}

/// Commits a made-up credential through the hooks that count in the repository of `state`, or through those
/// of the user when there is none.
///
/// # Errors
/// The scratch repository cannot be made, or a hook does not end.
pub fn run(state: Option<&State>, git: &Git, environment: &Environment, expand: Expand) -> Result<Outcome> {
    let scratch = Scratch::new(&environment.temp_dir, "doctor")?;
    let top = scratch.path().join("repository");
    fs::create_dir(&top).context("cannot make the scratch repository")?;
    let inside = git.alone_in(&top, &environment.git_variables);
    inside.text(&init_arguments(state, git)?)?;
    let mut added = vec![CANARY];
    if let Some(state) = state {
        take_hooks(state, &inside, scratch.path())?;
        added.extend(take_settings(state, &top)?);
    }
    fs::write(top.join(CANARY), expand(CANARY_TEXT, &scratch.seed())).context("cannot write the canary")?;
    let mut add = vec!["add", "--force", "--"];
    add.extend(added);
    inside.text(&add)?;
    let said = scratch.path().join("said");
    let status = commit(&inside, &said)?;
    let text =
        String::from_utf8_lossy(&fs::read(&said).context("cannot read what the hooks said")?).into_owned();
    Ok(judge(status, &text))
}

fn judge(status: ExitStatus, said: &str) -> Outcome {
    if status.success() {
        Outcome::Passed
    } else if said.contains("stanch") && said.contains(CANARY) {
        Outcome::Blocked
    } else {
        let last = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("nothing was said");
        Outcome::Unclear(last.chars().filter(|c| !c.is_control()).take(200).collect())
    }
}

/// The same hash and the same storage of refs: what stanch cannot read there it cannot read here.
fn init_arguments(state: Option<&State>, git: &Git) -> Result<Vec<String>> {
    let mut args = vec!["init".to_owned(), "--quiet".to_owned(), "--template=".to_owned()];
    if state.is_some() {
        for (question, option) in
            [("--show-object-format", "--object-format"), ("--show-ref-format", "--ref-format")]
        {
            // An older git does not know the question, and prints it back.
            if let Some(answer) = git.try_text(&["rev-parse", question])?
                && !answer.to_string_lossy().starts_with("--")
            {
                args.push(format!("{option}={}", answer.to_string_lossy()));
            }
        }
    }
    Ok(args)
}

/// Makes the scratch repository run the pre-commit hook of the other one, and no hook of another event.
fn take_hooks(state: &State, inside: &Git, scratch: &Path) -> Result<()> {
    let hooks = scratch.join("hooks");
    fs::create_dir(&hooks)?;
    let folder = state.effective();
    let theirs = match folder.kind {
        FolderKind::Husky => folder.path.join("_"),
        _ => folder.path.clone(),
    }
    .join("pre-commit");
    let runs = folder.kind != FolderKind::Disabled
        && fs::metadata(&theirs).is_ok_and(|data| data.is_file() && super::state::is_executable(&data));
    if runs {
        let mut text = b"#!/bin/sh\nexec ".to_vec();
        text.extend(stub::quote(&theirs));
        text.extend_from_slice(b" \"$@\"\n");
        apply::write(&hooks.join("pre-commit"), &text, true)?;
    }
    inside.text(&["config".as_ref(), "core.hooksPath".as_ref(), hooks.as_os_str()])?;
    // Those of the user and the system count in the scratch repository by themselves.
    for value in &state.config_hooks {
        if matches!(value.scope.as_str(), "local" | "worktree") {
            inside.text(&[
                "config".as_ref(),
                "--add".as_ref(),
                value.key.as_ref(),
                value.value.as_os_str(),
            ])?;
        }
    }
    Ok(())
}

/// Copies the files that decide what the hooks do; returns their names.
fn take_settings(state: &State, top: &Path) -> Result<Vec<&'static str>> {
    let mut copied = Vec::new();
    for name in Manager::FILES.into_iter().map(|(_, file)| file).chain([".stanch.yaml"]) {
        let from: PathBuf = state.top.join(name);
        if from.is_file() {
            fs::copy(&from, top.join(name)).with_context(|| format!("cannot copy {}", from.display()))?;
            copied.push(name);
        }
    }
    Ok(copied)
}

fn commit(inside: &Git, said: &Path) -> Result<ExitStatus> {
    let out = File::create(said).context("cannot write into the scratch folder")?;
    let mut command: Command = inside.command();
    command
        .args(["-c", "user.name=stanch doctor", "-c", "user.email=doctor@stanch.invalid"])
        .args(["-c", "commit.gpgSign=false", "commit", "--message", "canary"])
        // The hooks of others have been seen to start; what they do is not our business here.
        .env(chain::GUARD_VARIABLE, "none")
        .stdout(out.try_clone()?)
        .stderr(out)
        .stdin(Stdio::null());
    let mut child = command.spawn().context("cannot run git")?;
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(status);
        }
        if start.elapsed() > PATIENCE {
            child.kill()?;
            child.wait()?;
            bail!("the hooks had not ended after {} seconds", PATIENCE.as_secs());
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

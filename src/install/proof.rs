//! Proves that a commit with a secret is stopped here: makes a real one, in a scratch repository that takes
//! its hooks from where the user's repository takes them. The user's repository is only read.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use super::demo::Scratch;
use super::doctor::{Health, Report};
use super::event::Event;
use super::git::Git;
use super::manager::Manager;
use super::state::{Entry, FolderKind, State};
use super::stub::Owner;
use super::{Environment, Expand, apply, chain, stub};

/// The file that the canary commit adds. A report that names it has looked at it.
const CANARY: &str = "canary.env";
const CANARY_TEXT: &str = "TWILIO_ACCOUNT_SID=AC{hex:32}\nTWILIO_AUTH_TOKEN={hex:32}\n";
/// The settings of a repository, which count as HEAD has them.
const SETTINGS: &str = ".stanch.yaml";
/// Where a server's scratch repository has them.
const BASE: &str = "refs/heads/base";
/// A hook manager may have to start an interpreter or two.
const PATIENCE: Duration = Duration::from_secs(120);

/// How the canary commit ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Stopped, and by us.
    Blocked,
    /// Recorded: nothing stopped it.
    Passed,
    /// Recorded, and stopped where the repository has no settings: they let it pass.
    Allowed,
    /// Stopped, but not by a report of ours on the canary: the last line said why.
    Unclear(String),
}

/// What was tried, how it ended and how long git took for it.
struct Trial {
    /// In words: "a commit".
    what: &'static str,
    outcome: Outcome,
    time: Duration,
}

/// Tells `doctor` whether a made-up credential can be committed or pushed through the hooks that count in the
/// repository of `state`, or through those of the user when there is none.
pub(super) fn check(
    report: &mut Report,
    state: Option<&State>,
    git: &Git,
    environment: &Environment,
    expand: Expand,
) {
    let place = match state {
        Some(state) if state.is_bare => "this server's hooks",
        Some(_) => "this repository's hooks",
        None => "the hooks for all repositories",
    };
    let fix = match state {
        Some(state) if state.is_bare => "stanch install --server .",
        Some(_) => "stanch install",
        None => "stanch install --global",
    };
    let fix = format!("{fix}; if it is there already, one of the settings above lets it pass");
    let (trials, untried) = match run(state, git, environment, expand) {
        Ok(tried) => tried,
        Err(fault) => return report.add("proof", Health::Bad, format!("could not be made: {fault:#}"), None),
    };
    for trial in trials {
        trial.tell(report, place, &fix);
    }
    if let Some(why) = untried {
        report.add("proof", Health::Note, why, None);
    }
}

impl Trial {
    /// Tells how the hooks at a place took it, and what to do about it.
    fn tell(self, report: &mut Report, place: &str, fix: &str) {
        let what = format!("{} of a made-up credential", self.what);
        let (health, detail, fix) = match self.outcome {
            Outcome::Blocked => {
                let time = self.time.as_millis();
                let detail = format!("{what} was stopped by {place}, in {time} ms with git's own time");
                (Health::Ok, detail, None)
            }
            Outcome::Passed => (Health::Bad, format!("{what} went through {place}"), Some(fix.to_owned())),
            Outcome::Allowed => {
                let detail = format!(
                    "{what} in {CANARY} went through {place}: {SETTINGS}, as HEAD has it, lets it; without that it \
                     was stopped"
                );
                let fix = format!("take out of {SETTINGS} what excludes {CANARY}, or switches its rule off");
                (Health::Bad, detail, Some(fix))
            }
            Outcome::Unclear(said) => {
                (Health::Bad, format!("{what} was stopped, but not by stanch: {said}"), None)
            }
        };
        report.add("proof", health, detail, fix.as_deref());
    }
}

/// Makes the trials, and says what was not tried. The scratch repositories take their hooks from where the other
/// one takes them.
fn run(
    state: Option<&State>,
    git: &Git,
    environment: &Environment,
    expand: Expand,
) -> Result<(Vec<Trial>, Option<&'static str>)> {
    let stand = Stand::make(state, git, environment)?;
    let has_settings = stand.equip(state, git)?;
    stand.stage(expand)?;
    let mut trials = Vec::new();
    if !stand.is_bare {
        trials.push(stand.commit()?);
    }
    // The hooks of others may run a whole test suite before a push.
    let is_pushed = stand.is_bare || state.is_some_and(|state| is_only_ours(state, Event::PrePush));
    if is_pushed {
        if trials.iter().all(|trial| trial.outcome != Outcome::Passed) {
            stand.record("canary")?;
        }
        trials.push(stand.push()?);
    }
    if has_settings && trials.iter().any(|trial| trial.outcome == Outcome::Passed) {
        let without = stand.without_settings(expand)?;
        if without.outcome == Outcome::Blocked {
            let passed = trials.iter_mut().filter(|trial| trial.outcome == Outcome::Passed);
            passed.for_each(|trial| trial.outcome = Outcome::Allowed);
        }
    }
    let untried = (!is_pushed && state.is_some())
        .then_some("a push was not tried: other hooks than stanch's run before it, or none");
    Ok((trials, untried))
}

/// A scratch repository, and one beside it that it pushes to.
struct Stand {
    scratch: Scratch,
    top: PathBuf,
    inside: Git,
    remote: PathBuf,
    there: Git,
    /// Where what git and the hooks say is kept.
    said: PathBuf,
    /// Whether a server's hooks are tried, by a push.
    is_bare: bool,
}

impl Stand {
    fn make(state: Option<&State>, git: &Git, environment: &Environment) -> Result<Stand> {
        let scratch = Scratch::new(&environment.temp_dir, "doctor")?;
        let made = |name: &str| -> Result<(PathBuf, Git)> {
            let folder = scratch.path().join(name);
            fs::create_dir(&folder).context("cannot make the scratch repository")?;
            let within = git.alone_in(&folder, &environment.git_variables);
            Ok((folder, within))
        };
        let ((top, inside), (remote, there)) = (made("repository")?, made("remote.git")?);
        let arguments = init_arguments(state, git)?;
        inside.text(&arguments)?;
        there.text(&[&arguments[..], &["--bare".to_owned()]].concat())?;
        let (said, is_bare) = (scratch.path().join("said"), state.is_some_and(|state| state.is_bare));
        Ok(Stand { scratch, top, inside, remote, there, said, is_bare })
    }

    /// Puts hooks, settings and the files of hook managers where the other repository has them; whether it has settings.
    fn equip(&self, state: Option<&State>, git: &Git) -> Result<bool> {
        let Some(state) = state else { return Ok(false) };
        let has_settings = take_settings(state, git, &self.top)?;
        let mut base: Vec<&str> = has_settings.then_some(SETTINGS).into_iter().collect();
        let hooks = self.scratch.path().join("hooks");
        if self.is_bare {
            take_hooks(state, &self.there, git, &hooks, &Event::SERVER_SIDE)?;
        } else {
            take_hooks(state, &self.inside, git, &hooks, &[Event::PreCommit, Event::PrePush])?;
            base.extend(take_manager_files(state, &self.top)?);
        }
        if base.is_empty() {
            return Ok(has_settings);
        }
        // What comes with a commit does not count for it.
        self.inside.text(&[&["add", "--force", "--"], &base[..]].concat())?;
        self.record("base")?;
        if self.is_bare {
            let from = self.top.to_string_lossy();
            self.there.text(&["fetch", "--quiet", &from, &format!("HEAD:{BASE}")])?;
            self.there.text(&["symbolic-ref", "HEAD", BASE])?;
        }
        Ok(has_settings)
    }

    /// Stages the canary.
    fn stage(&self, expand: Expand) -> Result<()> {
        fs::write(self.top.join(CANARY), expand(CANARY_TEXT, &self.scratch.seed()))
            .context("cannot write the canary")?;
        self.inside.text(&["add", "--force", "--", CANARY])?;
        Ok(())
    }

    fn commit(&self) -> Result<Trial> {
        self.attempt("a commit", &["commit", "--message", "canary"])
    }

    fn push(&self) -> Result<Trial> {
        let to = self.remote.to_string_lossy();
        self.attempt("a push", &["push", "--force", &to, "HEAD:refs/heads/canary"])
    }

    /// The same once more in a repository without settings.
    fn without_settings(&self, expand: Expand) -> Result<Trial> {
        self.inside.text(&["rm", "--quiet", "--cached", "--", SETTINGS])?;
        self.record("no settings")?;
        self.stage(expand)?;
        if !self.is_bare {
            return self.commit();
        }
        self.record("canary")?;
        self.there.text(&["update-ref", "-d", BASE])?;
        self.push()
    }

    fn attempt(&self, what: &'static str, args: &[&str]) -> Result<Trial> {
        let (status, time) = timed(&self.inside, args, &self.said)?;
        Ok(Trial { what, outcome: judge(status, &read_said(&self.said)?), time })
    }

    /// Makes a commit past the hooks.
    fn record(&self, message: &str) -> Result<()> {
        let args = ["commit", "--quiet", "--no-verify", "--message", message];
        let (status, _) = timed(&self.inside, &args, &self.said)?;
        if !status.success() {
            bail!("cannot make a commit in the scratch repository: {}", last_line(&read_said(&self.said)?));
        }
        Ok(())
    }
}

/// Whether an event runs our check and nothing else.
/// Whether an event runs our check and nothing else.
fn is_only_ours(state: &State, event: Event) -> bool {
    let folder = state.effective();
    let slot = folder.slot(event.name());
    let in_file = slot.is_some_and(|slot| {
        let owner = slot.hook.owner(event.name());
        matches!(owner, Some(Owner::Ours { .. } | Owner::Shared)) && slot.chained == Entry::Absent
    });
    let is_free = slot.is_none_or(|slot| slot.hook == Entry::Absent);
    in_file || (state.runs_config_hook(event) && is_free)
}

fn read_said(said: &Path) -> Result<String> {
    let said = fs::read(said).context("cannot read what the hooks said")?;
    Ok(String::from_utf8_lossy(&said).into_owned())
}

fn last_line(said: &str) -> String {
    let last = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("nothing was said");
    last.chars().filter(|c| !c.is_control()).take(200).collect()
}

fn judge(status: ExitStatus, said: &str) -> Outcome {
    if status.success() {
        Outcome::Passed
    } else if said.contains("stanch") && said.contains(CANARY) {
        Outcome::Blocked
    } else {
        Outcome::Unclear(last_line(said))
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

/// Makes the scratch repository run the hooks of the other one for `events`, and no others.
fn take_hooks(state: &State, inside: &Git, git: &Git, hooks: &Path, events: &[Event]) -> Result<()> {
    fs::create_dir(hooks)?;
    let folder = state.effective();
    let theirs = match folder.kind {
        FolderKind::Husky => folder.path.join("_"),
        _ => folder.path.clone(),
    };
    for event in events.iter().map(|event| event.name()) {
        let theirs = theirs.join(event);
        let runs = folder.kind != FolderKind::Disabled
            && fs::metadata(&theirs).is_ok_and(|data| data.is_file() && super::state::is_executable(&data));
        if runs {
            let mut text = b"#!/bin/sh\nexec ".to_vec();
            text.extend(stub::quote(&theirs));
            text.extend_from_slice(b" \"$@\"\n");
            apply::write(&hooks.join(event), &text, true)?;
        }
    }
    inside.text(&["config".as_ref(), "core.hooksPath".as_ref(), hooks.as_os_str()])?;
    let settings = git.within(&state.top).values("^stanch\\.")?;
    // Those of the user and the system count in the scratch repository by themselves.
    for value in state.config_hooks.iter().chain(&settings) {
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

/// Writes the settings that count: those that HEAD has. `false` where it has none.
fn take_settings(state: &State, git: &Git, top: &Path) -> Result<bool> {
    let Some(text) = git.within(&state.top).try_text(&["cat-file", "blob", &format!("HEAD:{SETTINGS}")])?
    else {
        return Ok(false);
    };
    fs::write(top.join(SETTINGS), text.as_encoded_bytes()).context("cannot write the settings")?;
    Ok(true)
}

/// Copies the files that tell hook managers what to run; returns their names.
fn take_manager_files(state: &State, top: &Path) -> Result<Vec<&'static str>> {
    let mut copied = Vec::new();
    for name in Manager::FILES.into_iter().map(|(_, file)| file) {
        let from: PathBuf = state.top.join(name);
        if from.is_file() {
            fs::copy(&from, top.join(name)).with_context(|| format!("cannot copy {}", from.display()))?;
            copied.push(name);
        }
    }
    Ok(copied)
}

fn timed(inside: &Git, args: &[&str], said: &Path) -> Result<(ExitStatus, Duration)> {
    let out = File::create(said).context("cannot write into the scratch folder")?;
    let mut command: Command = inside.command();
    command
        .args(["-c", "user.name=stanch doctor", "-c", "user.email=doctor@stanch.invalid"])
        .args(["-c", "commit.gpgSign=false"])
        .args(args)
        // The hooks of others have been seen to start; what they do is not our business here.
        .env(chain::GUARD_VARIABLE, "none")
        .stdout(out.try_clone()?)
        .stderr(out)
        .stdin(Stdio::null());
    let mut child = command.spawn().context("cannot run git")?;
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok((status, start.elapsed()));
        }
        if start.elapsed() > PATIENCE {
            child.kill()?;
            child.wait()?;
            bail!("the hooks had not ended after {} seconds", PATIENCE.as_secs());
        }
        std::thread::sleep(Duration::from_millis(5));
    }
}

//! Places the hooks, takes them away again, and proves that they protect.
//!
//! In come a [`Request`], what the command line asked for, and an [`Environment`], what the process was
//! started with. A [plan](plan::plan) is made from them and the [state](state::State) of the repository,
//! printed, and then [`apply`](apply::apply)'d: nothing is written that was not shown. Hooks of others are
//! kept and run first ([`chain`]); nothing of theirs is overwritten, and `uninstall` leaves no trace.
//! This layer starts `git` as a process; none of it but [`chain`] runs during a commit.

use std::ffi::{OsStr, OsString};
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

pub mod agent;
pub mod apply;
pub mod chain;
pub mod change;
pub mod demo;
pub mod doctor;
pub mod draft;
pub mod event;
pub mod git;
mod input;
pub mod kept;
pub mod manager;
pub mod plan;
pub mod proof;
pub mod remove;
pub mod state;
pub mod stub;

pub use event::Event;

use agent::AgentRequest;
use git::Git;
use state::State;

use crate::escape::visible;

/// Where hooks are placed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// In one repository.
    Repository,
    /// For all repositories of the user.
    Global,
    /// In a folder for `init.templateDir`, whose hooks git copies into new repositories.
    Template {
        /// The template folder; hooks go into `hooks` below it.
        folder: PathBuf,
        /// Stop a commit where stanch is not installed, instead of a warning.
        required: bool,
    },
    /// In a bare repository that receives pushes.
    Server(PathBuf),
}

/// By which of git's two ways a hook is made known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Mode {
    /// git's configuration where this git reads hooks from it (2.54 and newer), else files.
    #[default]
    Auto,
    /// git's configuration: stays in force under any `core.hooksPath`, beside any hook manager.
    Config,
    /// A file in git's hooks folder, even over a hook manager's own.
    Shim,
}

/// What the command line asked for.
#[derive(Debug, Clone)]
pub struct Request {
    /// Where.
    pub scope: Scope,
    /// Which hooks; `None` for those that fit the scope.
    pub events: Option<Vec<Event>>,
    /// How.
    pub mode: Mode,
    /// Show the plan and write nothing.
    pub dry_run: bool,
    /// The absolute path of the program that hooks shall run.
    pub binary: PathBuf,
    /// The folder the user stands in, absolute.
    pub folder: PathBuf,
}

impl Request {
    /// The hooks to place.
    pub fn events(&self) -> Vec<Event> {
        match (&self.events, &self.scope) {
            (Some(events), _) => events.clone(),
            (None, Scope::Server(_)) => Event::SERVER.to_vec(),
            (None, _) => Event::DEFAULT.to_vec(),
        }
    }
}

/// Makes up the secrets in a text that holds generators such as `{hex:32}`; the seed decides which.
pub type Expand = fn(text: &str, seed: &str) -> String;

/// What the process was started with.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// `HOME`.
    pub home: Option<PathBuf>,
    /// `XDG_CONFIG_HOME`, if set and not empty.
    pub xdg_config_home: Option<PathBuf>,
    /// `PATH`.
    pub path: Option<OsString>,
    /// The folder for temporary files.
    pub temp_dir: PathBuf,
    /// The names of the `GIT_*` variables that are set.
    pub git_variables: Vec<OsString>,
}

impl Environment {
    /// The folder of the hooks for all repositories of the user.
    ///
    /// # Errors
    /// There is no home directory.
    pub fn global_hooks(&self) -> Result<PathBuf> {
        let config = match (&self.xdg_config_home, &self.home) {
            (Some(config), _) if config.is_absolute() => config.clone(),
            (_, Some(home)) => home.join(".config"),
            (_, None) => bail!("HOME is not set, so there is no place for hooks of all repositories"),
        };
        Ok(config.join("stanch").join("hooks"))
    }
}

/// Resolves a `~/` at the start of a path setting, against the home directory that `ours` lies in; git does
/// the same with `core.hooksPath`.
fn expand_home(value: &OsStr, ours: &Path) -> PathBuf {
    match value.to_str().and_then(|text| text.strip_prefix("~/")) {
        // Only compared with our own folder: any ancestor of it under which the rest matches will do.
        Some(rest) => ours.ancestors().map(|above| above.join(rest)).find(|path| path == ours),
        None => None,
    }
    .unwrap_or_else(|| PathBuf::from(value))
}

/// Places the hooks and says what was done.
///
/// # Errors
/// Nothing could be written without harm, a step failed, or an event stays without a check; then everything
/// that could be done is done, and the error says what is left to do by hand.
pub fn run(request: &Request, environment: &Environment, out: &mut dyn Write) -> Result<()> {
    plan::check_binary(request)?;
    let git = git_for(&request.scope, &request.folder, environment);
    let state = State::read(&request.scope, &git, environment)?;
    let plan = plan::plan(request, &state)?;
    show(&plan, request.dry_run, out)?;
    if !request.dry_run {
        apply::apply(&plan, &git)?;
        say_what_next(request, &plan, out)?;
    }
    if !plan.uncovered.is_empty() {
        bail!(
            "not everything is protected yet: {}\nnext: add the lines above, or put the hook in front all \
             the same with `stanch install --mode shim`",
            plan.uncovered.join(", ")
        );
    }
    Ok(())
}

/// Takes away what [`run`] placed at the same scope, and says what was done.
///
/// # Errors
/// A step failed; those before it are done.
pub fn uninstall(request: &Request, environment: &Environment, out: &mut dyn Write) -> Result<()> {
    let git = git_for(&request.scope, &request.folder, environment);
    let state = State::read(&request.scope, &git, environment)?;
    let plan = remove::plan(&request.scope, &state);
    show(&plan, request.dry_run, out)?;
    if plan.changes.is_empty() {
        writeln!(out, "nothing of stanch is installed here")?;
    }
    if !request.dry_run {
        apply::apply(&plan, &git)?;
    }
    Ok(())
}

/// Puts our entries into the settings of coding agents and says what was done.
///
/// # Errors
/// A file there cannot be changed without harm, or a step failed.
pub fn run_agents(
    request: &AgentRequest,
    dry_run: bool,
    environment: &Environment,
    out: &mut dyn Write,
) -> Result<()> {
    let plan = agent::plan(request, environment)?;
    show(&plan, dry_run, out)?;
    if !dry_run {
        apply::apply(&plan, &Git::new(&request.top))?;
    }
    Ok(())
}

/// Takes our entries out of the settings of coding agents again, and says what was done.
///
/// # Errors
/// A step failed; those before it are done.
pub fn uninstall_agents(
    request: &AgentRequest,
    dry_run: bool,
    environment: &Environment,
    out: &mut dyn Write,
) -> Result<()> {
    let plan = agent::removal(request, environment)?;
    show(&plan, dry_run, out)?;
    if plan.changes.is_empty() {
        writeln!(out, "no entry of stanch is there")?;
    }
    if !dry_run {
        apply::apply(&plan, &Git::new(&request.top))?;
    }
    Ok(())
}

fn git_for(scope: &Scope, folder: &Path, environment: &Environment) -> Git {
    let git = Git::new(folder);
    match scope {
        Scope::Server(bare) => git.alone_in(&folder.join(bare), &environment.git_variables),
        _ => git,
    }
}

fn show(plan: &plan::Plan, dry_run: bool, out: &mut dyn Write) -> Result<()> {
    let lead = if dry_run { "would " } else { "" };
    let changes = plan.changes.iter().map(|change| format!("{lead}{change}"));
    let unchanged = plan.unchanged.iter().map(|hook| format!("already installed: {hook}"));
    let notes = plan.notes.iter().map(|note| format!("note: {note}"));
    for told in changes.chain(unchanged).chain(notes) {
        for line in told.lines() {
            writeln!(out, "{}", visible(line))?;
        }
    }
    Ok(())
}

fn say_what_next(request: &Request, plan: &plan::Plan, out: &mut dyn Write) -> Result<()> {
    if plan.changes.is_empty() && plan.uncovered.is_empty() {
        writeln!(out, "nothing to change")?;
        return Ok(());
    }
    let scope = match &request.scope {
        Scope::Repository => "",
        Scope::Global => " --global",
        Scope::Template { .. } => " --template DIR",
        Scope::Server(_) => " --server DIR",
    };
    // What is made of a template has the hooks; a server's repository is another folder.
    let place = match &request.scope {
        Scope::Repository | Scope::Global => "",
        Scope::Template { .. } => " (in a repository that git has made from it)",
        Scope::Server(_) => " (in that folder)",
    };
    writeln!(out, "to see that it works: stanch doctor{place}; to take it out: stanch uninstall{scope}")
        .context("cannot write to standard output")
}

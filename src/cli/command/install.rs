//! `stanch install` and `stanch uninstall`.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::{CommandFactory, Parser};

use super::hook::current_directory;
use crate::catalogue::sample;
use crate::cli::{Exit, parse, say, settings, upkeep};
use crate::install::agent::{Agent, AgentRequest, Reach};
use crate::install::doctor::{Check, Health};
use crate::install::event::Event;
use crate::install::{self, Environment, Mode, Request, Scope};
use crate::source::repo;

/// Put the hooks into this repository, or into all
#[derive(Debug, Parser)]
#[command(name = "stanch install")]
struct Args {
    #[command(flatten)]
    place: Place,
    /// Which hooks, separated by commas; pre-commit, pre-merge-commit, pre-applypatch and pre-push when nothing is said
    #[arg(long, value_name = "LIST", value_delimiter = ',')]
    hook: Vec<Event>,
    /// How git learns of the hooks: auto, config (git 2.54 and newer) or shim (files)
    #[arg(long, default_value = "auto", value_parser = parse_mode)]
    mode: Mode,
    /// Let coding agents ask stanch: claude, codex, cursor, copilot, gemini, or auto for those in use here; with
    /// --global in your own settings, else in the project's. Installs no git hook
    #[arg(long, value_name = "LIST", value_delimiter = ',', conflicts_with_all = ["hook", "template", "server", "mode"])]
    agent: Vec<String>,
    /// With --agent: deny commands that run git around its hooks too, such as `git commit --no-verify`
    #[arg(long, requires = "agent")]
    deny_bypass: bool,
    /// With --template: stop a commit where stanch is not installed, instead of a warning
    #[arg(long, requires = "template")]
    required: bool,
    /// Show what would be done, write nothing
    #[arg(long)]
    dry_run: bool,
}

/// Take the hooks out again
#[derive(Debug, Parser)]
#[command(name = "stanch uninstall")]
struct RemoveArgs {
    #[command(flatten)]
    place: Place,
    /// Take the entries out of the settings of these coding agents, or of all with auto
    #[arg(long, value_name = "LIST", value_delimiter = ',', conflicts_with_all = ["template", "server"])]
    agent: Vec<String>,
    /// Show what would be done, write nothing
    #[arg(long)]
    dry_run: bool,
}

/// Where, instead of the repository you stand in
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
struct Place {
    /// For all repositories of this user
    #[arg(long)]
    global: bool,
    /// Into a folder for `init.templateDir`, whose hooks git copies into new repositories
    #[arg(long, value_name = "DIR")]
    template: Option<PathBuf>,
    /// Into a bare repository that receives pushes
    #[arg(long, value_name = "REPOSITORY")]
    server: Option<PathBuf>,
}

impl Place {
    fn scope(self, required: bool) -> Scope {
        match self {
            Place { global: true, .. } => Scope::Global,
            Place { template: Some(folder), .. } => Scope::Template { folder, required },
            Place { server: Some(folder), .. } => Scope::Server(folder),
            _ => Scope::Repository,
        }
    }
}

fn parse_mode(word: &str) -> Result<Mode, String> {
    match word {
        "auto" => Ok(Mode::Auto),
        "config" => Ok(Mode::Config),
        "shim" => Ok(Mode::Shim),
        _ => Err("write auto, config or shim".to_owned()),
    }
}

/// See a commit being blocked, in a scratch repository
#[derive(Debug, Parser)]
#[command(name = "stanch demo")]
struct DemoArgs {}

pub(in crate::cli) fn define_demo() -> clap::Command {
    DemoArgs::command()
}

pub(in crate::cli) fn demo(args: &[OsString]) -> Result<Exit> {
    if let Err(exit) = parse::<DemoArgs>("demo", args) {
        return Ok(exit);
    }
    let binary = std::env::current_exe().context("cannot tell where the program itself is")?;
    install::demo::run(&binary, &environment(), sample::expand, &mut std::io::stdout())?;
    Ok(Exit::Clean)
}

/// Show which hooks git runs here and why, and prove that they protect
#[derive(Debug, Parser)]
#[command(name = "stanch doctor")]
struct DoctorArgs {
    /// Print the checks as JSON
    #[arg(long)]
    json: bool,
}

pub(in crate::cli) fn define_doctor() -> clap::Command {
    DoctorArgs::command()
}

pub(in crate::cli) fn doctor(args: &[OsString]) -> Result<Exit> {
    let args: DoctorArgs = match parse("doctor", args) {
        Ok(args) => args,
        Err(exit) => return Ok(exit),
    };
    let binary = std::env::current_exe().context("cannot tell where the program itself is")?;
    let cwd = current_directory()?;
    let (settings, checks) = match upkeep::settings(&cwd) {
        Ok((settings, mut loaded)) => (settings, upkeep::checks(&cwd, &mut loaded)),
        Err(error) => (Vec::new(), Err(error)),
    };
    let mut report = install::doctor::run(&binary, &cwd, &settings, &environment(), sample::expand)?;
    report.checks.extend(checks.unwrap_or_else(|error| vec![upkeep::broken(&error)]));
    report.checks.extend(about_storage(&cwd));
    // Settings, paths and git's own words quote what a repository holds.
    for check in &mut report.checks {
        let texts = [&mut check.check, &mut check.detail].into_iter().chain(&mut check.fix);
        texts.for_each(|text| *text = say::masked(std::mem::take(text)));
    }
    if args.json {
        report.write_json(&mut std::io::stdout())?;
    } else {
        report.write_text(&mut std::io::stdout())?;
    }
    Ok(if report.is_good() { Exit::Clean } else { Exit::Found })
}

/// How the repository is stored, and what a server's administrator has set.
fn about_storage(folder: &Path) -> Vec<Check> {
    let row =
        |check: &str, state, detail: String| Check { check: check.to_owned(), state, detail, fix: None };
    let Ok(layout) = repo::layout(folder) else { return Vec::new() };
    let detail = format!("{} objects, references in {}", layout.object_format, layout.ref_format);
    let mut rows = vec![row("repository", Health::Ok, detail)];
    if layout.is_bare {
        rows.push(match settings::server(folder) {
            Ok(server) => row("server", Health::Ok, server.to_string()),
            Err(fault) => upkeep::broken(&fault),
        });
    }
    rows
}

pub(in crate::cli) fn define_install() -> clap::Command {
    Args::command()
}

pub(in crate::cli) fn define_uninstall() -> clap::Command {
    RemoveArgs::command()
}

pub(in crate::cli) fn install(args: &[OsString]) -> Result<Exit> {
    let args: Args = match parse("install", args) {
        Ok(args) => args,
        Err(exit) => return Ok(exit),
    };
    if !args.agent.is_empty() {
        let request = agents(&args.agent, args.place.global, args.deny_bypass)?;
        install::run_agents(&request, args.dry_run, &environment(), &mut std::io::stdout())?;
        return Ok(Exit::Clean);
    }
    let events = (!args.hook.is_empty()).then_some(args.hook);
    let request = request(args.place.scope(args.required), events, args.mode, args.dry_run)?;
    install::run(&request, &environment(), &mut std::io::stdout())?;
    Ok(Exit::Clean)
}

pub(in crate::cli) fn uninstall(args: &[OsString]) -> Result<Exit> {
    let args: RemoveArgs = match parse("uninstall", args) {
        Ok(args) => args,
        Err(exit) => return Ok(exit),
    };
    if !args.agent.is_empty() {
        let request = agents(&args.agent, args.place.global, false)?;
        install::uninstall_agents(&request, args.dry_run, &environment(), &mut std::io::stdout())?;
        return Ok(Exit::Clean);
    }
    let request = request(args.place.scope(false), None, Mode::Auto, args.dry_run)?;
    install::uninstall(&request, &environment(), &mut std::io::stdout())?;
    Ok(Exit::Clean)
}

fn agents(words: &[String], global: bool, deny_bypass: bool) -> Result<AgentRequest> {
    let named = words.iter().filter(|word| *word != "auto").map(|word| word.parse::<Agent>());
    let named = named.collect::<Result<Vec<_>>>()?;
    let here = current_directory()?;
    Ok(AgentRequest {
        agents: (!named.is_empty()).then_some(named),
        reach: if global { Reach::User } else { Reach::Project },
        deny_bypass,
        binary: std::env::current_exe().context("cannot tell where the program itself is")?,
        top: repo::layout(&here).ok().and_then(|layout| layout.work_tree).unwrap_or(here),
    })
}

fn request(scope: Scope, events: Option<Vec<Event>>, mode: Mode, dry_run: bool) -> Result<Request> {
    let binary = std::env::current_exe().context("cannot tell where the program itself is")?;
    Ok(Request { scope, events, mode, dry_run, binary, folder: current_directory()? })
}

/// What the layers below may know of the process.
pub(in crate::cli) fn environment() -> Environment {
    let path = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    Environment {
        home: path("HOME").or_else(|| path("USERPROFILE")),
        xdg_config_home: path("XDG_CONFIG_HOME"),
        path: std::env::var_os("PATH"),
        temp_dir: std::env::temp_dir(),
        git_variables: std::env::vars_os()
            .map(|(name, _)| name)
            .filter(|name| name.as_encoded_bytes().starts_with(b"GIT_"))
            .collect(),
    }
}

//! `stanch doctor`: which hooks git will run here and why, whether they can run, and proof that they protect.
//!
//! Read-only. Every finding is a [`Check`]: what was looked at, how it stands, and what to do about it.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde::Serialize;

use super::event::Event;
use super::git::{self, Git, path_folders};
use super::manager::Manager;
use super::state::{ConfigHook, Entry, Folder, FolderKind, State, is_executable, mentions_us};
use super::stub::{self, Owner};
use super::{Environment, Expand, Scope};
use super::{agent, input, proof};
use crate::escape::{visible, visible_json};

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Health {
    /// As it should be.
    Ok,
    /// Worth knowing; nothing is open because of it.
    Note,
    /// Something gets through, or may.
    Bad,
}

/// One thing that was looked at.
#[derive(Debug, Clone, Serialize)]
pub struct Check {
    /// What was looked at.
    pub check: String,
    /// How it came out.
    pub state: Health,
    /// What was seen.
    pub detail: String,
    /// What to do, usually a command.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fix: Option<String>,
}

/// The name of the program's file.
const PROGRAM: &str = if cfg!(windows) { "stanch.exe" } else { "stanch" };

/// A setting of stanch and where its value came from.
#[derive(Debug, Clone)]
pub struct Setting {
    /// Its name.
    pub name: String,
    /// Its value.
    pub value: String,
    /// The file, configuration or variable that decided.
    pub origin: String,
}

/// Everything that was looked at.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Report {
    /// In the order in which to read them.
    pub checks: Vec<Check>,
}

impl Report {
    /// Whether nothing bad was seen.
    pub fn is_good(&self) -> bool {
        self.checks.iter().all(|check| check.state != Health::Bad)
    }

    /// One line a check, and the way out below a bad one. Paths and settings come from a repository: nothing in them may
    /// steer a terminal.
    ///
    /// # Errors
    /// `out` cannot be written to.
    pub fn write_text(&self, out: &mut dyn Write) -> Result<()> {
        for check in &self.checks {
            let word = match check.state {
                Health::Ok => "ok  ",
                Health::Note => "note",
                Health::Bad => "BAD ",
            };
            // git says some things in several lines, its remedies behind a tab.
            let mut lines = check.detail.lines().map(str::trim).filter(|line| !line.is_empty());
            let first = visible(lines.next().unwrap_or_default());
            writeln!(out, "{word} {}: {first}", visible(&check.check))?;
            for line in lines {
                writeln!(out, "     {}", visible(line))?;
            }
            if let Some(fix) = &check.fix {
                writeln!(out, "     fix: {}", visible(fix))?;
            }
        }
        Ok(())
    }

    /// The same as a JSON object: `good` and `checks`.
    ///
    /// # Errors
    /// `out` cannot be written to.
    pub fn write_json(&self, out: &mut dyn Write) -> Result<()> {
        let value = serde_json::json!({ "good": self.is_good(), "checks": self.checks });
        let json = serde_json::to_string_pretty(&value).context("cannot write the report")?;
        writeln!(out, "{}", visible_json(&json)).context("cannot write the report")
    }

    pub(super) fn add(&mut self, check: &str, state: Health, detail: impl Into<String>, fix: Option<&str>) {
        let fix = fix.map(str::to_owned);
        self.checks.push(Check { check: check.to_owned(), state, detail: detail.into(), fix });
    }
}

/// Looks at everything that decides whether a commit made in `folder` is checked by `binary`.
///
/// # Errors
/// git cannot be run at all. Whatever else goes wrong is in the report.
pub fn run(
    binary: &Path,
    folder: &Path,
    settings: &[Setting],
    environment: &Environment,
    expand: Expand,
) -> Result<Report> {
    let mut report = Report::default();
    let version = env!("CARGO_PKG_VERSION");
    report.add("program", Health::Ok, format!("stanch {version}, {}", binary.display()), None);
    let git = Git::new(folder);
    git.version()?;
    let state = match State::read(&Scope::Repository, &git, environment) {
        Ok(state) => Some(state),
        Err(fault) => {
            let said = format!("{fault:#}");
            // A repository that git refuses is there: its hooks would not run.
            match said.lines().map(str::trim).rfind(|line| line.starts_with("git ")) {
                Some(remedy) => {
                    let what = said.lines().next().unwrap_or_default();
                    report.add("repository", Health::Bad, what, Some(remedy));
                }
                None => {
                    let fix = "run this in the work tree of the repository that you want to know about";
                    report.add("repository", Health::Note, said, Some(fix));
                }
            }
            check_user(&mut report, &git, environment);
            None
        }
    };
    check_gits(&mut report, state.as_ref(), environment);
    if let Some(state) = &state {
        check_folder(&mut report, state);
        let events = if state.is_bare { &Event::SERVER_SIDE[..] } else { &Event::DEFAULT };
        let mut seen = Vec::new();
        for event in events {
            seen.push(check_event(state, &git, *event, environment.path.as_deref())?);
        }
        let is_checked = seen.iter().any(|seen| seen.is_checked);
        let is_complete = seen.iter().filter(|seen| is_installed(state, seen.event)).count() >= MOST;
        for seen in seen {
            seen.tell(&mut report, state, is_complete);
        }
        if state.is_bare && !is_checked {
            let detail = "a push to this bare repository is not looked into";
            report.add("pushes", Health::Bad, detail, Some("stanch install --server ."));
        }
        check_shadows(&mut report, state);
    }
    for setting in settings {
        let name = format!("setting {}", setting.name);
        report.add(&name, Health::Ok, format!("{} ({})", setting.value, setting.origin), None);
    }
    agent::check(&mut report, state.as_ref().map(|state| state.top.as_path()), environment);
    proof::check(&mut report, state.as_ref(), &git, environment, expand);
    Ok(report)
}

/// The hooks for all repositories of the user; the proof tells whether they protect.
fn check_user(report: &mut Report, git: &Git, environment: &Environment) {
    let Ok(state) = State::read(&Scope::Global, git, environment) else { return };
    let folder = state.effective();
    let where_from = |event: Event| {
        let in_config = state.runs_config_hook(event);
        let in_file = state.is_effective_by_path
            && folder.slot(event.name()).is_some_and(|slot| slot.hook.is_ours(event.name()));
        match (in_config, in_file) {
            (true, _) => Some("your configuration".to_owned()),
            (_, true) => Some(folder.path.join(event.name()).display().to_string()),
            _ => None,
        }
    };
    let is_complete = Event::DEFAULT.into_iter().filter_map(where_from).count() >= MOST;
    for event in Event::DEFAULT {
        let Some(place) = where_from(event) else {
            let health = if is_complete { Health::Bad } else { Health::Note };
            let detail = "nothing of stanch runs in all your repositories";
            report.add(event.name(), health, detail, Some("stanch install --global"));
            continue;
        };
        report.add(event.name(), Health::Ok, format!("all your repositories run {place}"), None);
    }
}

/// Every git on `PATH`, and those that come inside programs with windows: hooks in the configuration are no
/// use where one of them is older.
fn check_gits(report: &mut Report, state: Option<&State>, environment: &Environment) {
    let relies_on_config = state
        .is_some_and(|state| Event::ALL.into_iter().any(|event| state.config_hook(event) == ConfigHook::On));
    for (place, version) in git::all(&environment.path.clone().unwrap_or_default()) {
        let detail = format!("{version}, {}", place.display());
        if relies_on_config && !version.has_config_hooks() {
            let why =
                format!("{detail}: ignores hooks in the configuration, which this repository relies on");
            report.add("git", Health::Bad, why, Some("stanch install --mode shim"));
        } else {
            report.add("git", Health::Ok, detail, None);
        }
    }
}

fn check_folder(report: &mut Report, state: &State) {
    let folder = state.effective();
    let why = match &state.hooks_path {
        Some(value) => format!("core.hooksPath, {} configuration, {}", value.scope, value.origin),
        None => "git's default".to_owned(),
    };
    let detail = format!("{} ({why})", folder.path.display());
    match folder.kind {
        FolderKind::Disabled => report.add(
            "hooks folder",
            Health::Bad,
            format!("none: core.hooksPath names no folder ({why})"),
            Some("git config --unset core.hooksPath (with --global if it is set there)"),
        ),
        FolderKind::Husky => report.add("hooks folder", Health::Ok, format!("{detail}, run by husky"), None),
        _ => report.add("hooks folder", Health::Ok, detail, None),
    }
}

/// So many of the hooks that are installed together are more than somebody's choice of a few: one that is missing was
/// lost, or came with a later version.
const MOST: usize = Event::DEFAULT.len() - 1;

/// Whether an installation has put a hook for the event here.
fn is_installed(state: &State, event: Event) -> bool {
    let in_config = state.git.has_config_hooks() && state.config_hook(event) != ConfigHook::Absent;
    let folder = state.effective();
    let in_file = folder.slot(event.name()).is_some_and(|slot| match folder.kind {
        FolderKind::Husky => slot.hook.text().is_some_and(mentions_us),
        _ => slot.hook.is_ours(event.name()),
    });
    in_config || in_file
}

/// What git runs at one event.
struct Seen {
    event: Event,
    /// In words.
    runs: String,
    /// Whether one of them is our check.
    is_checked: bool,
    /// What is to be said of them.
    parts: Report,
}

impl Seen {
    /// Where an installation is complete, or was, each of its hooks is missed.
    fn tell(self, report: &mut Report, state: &State, is_complete: bool) {
        let Seen { event, runs, is_checked, parts } = self;
        report.checks.extend(parts.checks);
        if is_checked {
            return report.add(event.name(), Health::Ok, format!("git runs {runs}"), None);
        }
        // The first is the promise; the others catch what passes it by.
        let is_missed = event == Event::PreCommit || is_complete && Event::DEFAULT.contains(&event);
        let health = if is_missed { Health::Bad } else { Health::Note };
        // Installed it is; what switches it off is somebody's own.
        let (why, fix) = match state.config_hook(event) {
            ConfigHook::Off => {
                let key = format!("hook.{}.enabled", event.config_name());
                (format!("; {key} switches stanch off"), Some(format!("git config --unset-all {key}")))
            }
            _ => ("; none of it is stanch".to_owned(), (!state.is_bare).then(|| "stanch install".to_owned())),
        };
        report.add(event.name(), health, format!("git runs {runs}{why}"), fix.as_deref());
    }
}

/// What git runs at one event, in its order, and whether one of them is our check.
fn check_event(state: &State, git: &Git, event: Event, path_variable: Option<&OsStr>) -> Result<Seen> {
    let mut parts = Report::default();
    let report = &mut parts;
    let mut runners = Vec::new();
    let mut is_checked = false;
    if state.git.has_config_hooks() {
        let listed = git.within(&state.top).try_text(&["hook", "list", "--show-scope", event.name()])?;
        for line in listed.unwrap_or_default().to_string_lossy().lines() {
            // The folder's own hook is the one line without a tab.
            let Some((scope, name)) = line.split_once('\t') else { continue };
            let is_off = name.contains('\t');
            let ours = name == event.config_name();
            is_checked |= ours && !is_off && check_command(report, state, event);
            runners.push(format!("{} ({scope} configuration)", name.replace('\t', " ")));
        }
    }
    let folder = state.effective();
    if let Some(slot) = folder.slot(event.name()) {
        let path = folder.path.join(event.name());
        match &slot.hook {
            Entry::File { text, executable } if *executable || folder.kind == FolderKind::Husky => {
                is_checked |= check_file(report, state, event, text, path_variable);
                runners.push(path.display().to_string());
            }
            Entry::File { .. } => {
                let fix = format!("chmod +x {}", path.display());
                let detail = format!("{} is not executable: git passes over it", path.display());
                report.add(event.name(), Health::Bad, detail, Some(&fix));
            }
            Entry::Dangling => {
                let detail =
                    format!("{} is a link to nowhere: git passes over it in silence", path.display());
                report.add(event.name(), Health::Bad, detail, Some("stanch install"));
            }
            Entry::NoFile | Entry::Absent => {}
        }
    }
    let runs = if runners.is_empty() { "nothing".to_owned() } else { runners.join(", then ") };
    Ok(Seen { event, runs, is_checked, parts })
}

/// The command of our hook in the configuration; tells whether its program is there.
fn check_command(report: &mut Report, state: &State, event: Event) -> bool {
    let values = state.config_values(event, "command");
    let Some(command) = values.last() else { return false };
    let bytes = command.value.as_encoded_bytes();
    let ending = format!(" hook {}", event.name());
    match bytes.strip_suffix(ending.as_bytes()).and_then(stub::unquote) {
        Some(binary) => check_program(report, event, &binary, &command.origin, None),
        None => true,
    }
}

/// A hook file; tells whether it is our check, in whatever form.
fn check_file(
    report: &mut Report,
    state: &State,
    event: Event,
    text: &[u8],
    path_variable: Option<&OsStr>,
) -> bool {
    let folder = state.effective();
    let path = folder.path.join(event.name());
    input::check(report, state, event, text, &path);
    match stub::owner(event.name(), text) {
        Owner::Shared => {
            check_chained(report, folder, event);
            check_bare_word(report, event, &path, path_variable)
        }
        Owner::Ours { version } => {
            if version < stub::VERSION {
                let detail = format!("{} is of an older version, v{version}", path.display());
                report.add(event.name(), Health::Note, detail, Some("stanch install"));
            }
            check_chained(report, folder, event);
            match stub::binary_in(event.name(), text) {
                Some(binary) => {
                    check_program(report, event, &binary, &path.display().to_string(), path_variable)
                }
                None => true,
            }
        }
        _ => match Manager::of_hook(text) {
            Some(manager) => {
                state.managers.iter().any(|file| file.is_read_by(manager) && file.runs_us)
                    || manager.lets_others_live() && check_legacy(report, event, &path, path_variable)
            }
            None if mentions_us(text) => check_bare_word(report, event, &path, path_variable),
            None => false,
        },
    }
}

/// What a manager found in its place and runs first, under the hook's name with an ending.
fn check_legacy(report: &mut Report, event: Event, hook: &Path, path_variable: Option<&OsStr>) -> bool {
    let legacy = hook.with_extension("legacy");
    let Ok(Entry::File { text, executable: true }) = Entry::read(&legacy) else { return false };
    let is_ours = match stub::binary_in(event.name(), &text) {
        Some(binary) => check_program(report, event, &binary, &legacy.display().to_string(), path_variable),
        None => mentions_us(&text) && check_bare_word(report, event, &legacy, path_variable),
    };
    if is_ours {
        report.add(event.name(), Health::Ok, format!("{} runs {}", hook.display(), legacy.display()), None);
    }
    is_ours
}

/// A hook of somebody else that runs `stanch` from `PATH`, as husky's do.
fn check_bare_word(report: &mut Report, event: Event, hook: &Path, path_variable: Option<&OsStr>) -> bool {
    let is_there =
        path_variable.into_iter().flat_map(path_folders).any(|folder| is_program(&folder.join(PROGRAM)));
    if !is_there {
        let detail = format!("{} runs stanch, and there is none on PATH", hook.display());
        report.add(
            event.name(),
            Health::Note,
            detail,
            Some("./install.sh --no-hook, or add its folder to PATH"),
        );
    }
    true
}

/// Tells whether a hook finds its program; `fallback` is the `PATH` on which a stub looks when the file it
/// names is gone.
fn check_program(
    report: &mut Report,
    event: Event,
    binary: &[u8],
    origin: &str,
    fallback: Option<&OsStr>,
) -> bool {
    let binary = PathBuf::from(super::git::os_string(binary));
    if is_program(&binary) {
        return true;
    }
    let on_path = fallback
        .into_iter()
        .flat_map(path_folders)
        .map(|folder| folder.join(PROGRAM))
        .find(|file| is_program(file));
    if let Some(found) = on_path {
        // A program without a terminal may have another PATH than this one.
        let detail = format!("{origin} runs the stanch on PATH: {}", found.display());
        report.add(event.name(), Health::Note, detail, Some("stanch install"));
        return true;
    }
    let detail = format!("{origin} names {}, which is no program", binary.display());
    report.add(event.name(), Health::Bad, detail, Some("stanch install"));
    false
}

fn is_program(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|data| data.is_file() && data.len() > 0 && is_executable(&data))
}

fn check_chained(report: &mut Report, folder: &Folder, event: Event) {
    let Some(slot) = folder.slot(event.name()) else { return };
    let path = &slot.chained_at;
    match &slot.chained {
        Entry::Absent => {}
        Entry::File { executable: true, .. } => {
            report.add(event.name(), Health::Ok, format!("runs {} first", path.display()), None);
        }
        _ => {
            let detail = format!("{} is kept, but cannot run, so it does not", path.display());
            report.add(event.name(), Health::Note, detail, None);
        }
    }
}

/// Hooks of ours where git does not look, and managers that are about to take over.
fn check_shadows(report: &mut Report, state: &State) {
    for folder in state.folders.iter().skip(1) {
        let ours: Vec<&str> =
            folder.slots.iter().filter(|slot| slot.hook.is_ours(slot.event)).map(|slot| slot.event).collect();
        // In the folder for all repositories they are found and their work is done.
        if !ours.is_empty() && state.effective().kind != FolderKind::Global {
            let detail = format!(
                "{} in {} is never run: core.hooksPath leads git elsewhere",
                ours.join(", "),
                folder.path.display()
            );
            report.add("shadowed", Health::Note, detail, Some("stanch install"));
        }
    }
    for file in &state.managers {
        let name = file.name;
        let runs = state.effective().slots.iter().any(|slot| {
            let owners = [&slot.hook, &slot.chained].map(|entry| entry.text().and_then(Manager::of_hook));
            owners.into_iter().flatten().any(|owner| file.is_read_by(owner))
        });
        if file.manager == Manager::Husky {
            if state.effective().kind != FolderKind::Husky {
                let detail = format!("{name} is here but not set up; once it is, git looks only there");
                report.add("husky", Health::Note, detail, Some("after `npm install`: stanch install"));
            }
        } else if !runs {
            let detail = format!("{name} is here, and no hook of {} is installed", file.manager);
            report.add(&file.manager.to_string(), Health::Note, detail, None);
        }
    }
}

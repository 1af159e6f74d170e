//! Decides what an installation writes. Pure: a request and a state go in, a list of changes comes out, so
//! that `--dry-run` and the tests see exactly what would happen.

use std::ffi::OsString;
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};

use super::change::{Change, ConfigPlace};
use super::event::Event;
use super::git::{Version, os_string};
use super::kept::{self, chained_path};
use super::manager::{self, Manager};
use super::state::{Entry, Folder, FolderKind, Slot, State};
use super::stub::{self, GLOBAL_MARK, Kind, Owner};
use super::{Mode, Request, Scope};

/// What to write, in order, and what to say about it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Plan {
    /// The steps, in the order in which they must be taken.
    pub changes: Vec<Change>,
    /// What a person should know: one paragraph each.
    pub notes: Vec<String>,
    /// Hooks that are already as they should be.
    pub unchanged: Vec<String>,
    /// Events that stay without a check, and why.
    pub uncovered: Vec<String>,
}

/// Decides what to write for `request`.
///
/// # Errors
/// Every reason at once why it cannot be done without harm to what is there.
pub fn plan(request: &Request, state: &State) -> Result<Plan> {
    refuse_idle(request, state)?;
    let mut work = Work { request, state, plan: Plan::default(), faults: Vec::new() };
    let in_config = !matches!(request.scope, Scope::Template { .. }) && work.wants_config()?;
    match &request.scope {
        Scope::Template { required, .. } => work.write_template(*required),
        Scope::Global if in_config => work.write_config(ConfigPlace::Global),
        Scope::Global => work.write_global(),
        Scope::Repository | Scope::Server(_) if in_config => work.write_config(ConfigPlace::Local),
        Scope::Repository | Scope::Server(_) => work.write_stubs(),
    }
    if !work.faults.is_empty() {
        bail!("nothing was written:\n  {}\nnext: mend that and run this again", work.faults.join("\n  "));
    }
    Ok(work.plan)
}

/// A bare repository runs none of the hooks of those who commit; it may push.
fn refuse_idle(request: &Request, state: &State) -> Result<()> {
    let can_run = |event: &Event| event.is_server_side() || *event == Event::PrePush;
    let is_idle = !request.events.iter().flatten().any(can_run);
    ensure!(
        !(request.scope == Scope::Repository && state.is_bare && is_idle),
        "{} is a bare repository: nobody commits in it, so these hooks would never run\nnext: for what is pushed \
         to it, stanch install --server {top}; for a work tree of it, run this there; where that is named by a \
         variable, as dotfiles are, GIT_DIR={top} GIT_WORK_TREE=FOLDER stanch install",
        state.top.display(),
        top = String::from_utf8_lossy(&stub::quote(&state.top))
    );
    Ok(())
}

struct Work<'a> {
    request: &'a Request,
    state: &'a State,
    plan: Plan,
    faults: Vec<String>,
}

impl Work<'_> {
    /// Whether git's configuration is the place to write to. A server's repository keeps the plain hook
    /// unless asked otherwise: what runs there should be seen where an administrator looks for it.
    /// Nor is it where another git on this machine would pass over it in silence.
    fn wants_config(&mut self) -> Result<bool> {
        let can = self.state.git.has_config_hooks();
        let older =
            self.state.older.as_ref().map(|(path, version)| format!("git {version} at {}", path.display()));
        match self.request.mode {
            Mode::Auto if matches!(self.request.scope, Scope::Server(_)) => Ok(false),
            Mode::Auto => {
                if can && let Some(older) = &older {
                    self.plan.notes.push(format!(
                        "{older} knows no hooks in the configuration, so they are files; `--mode config` decides otherwise"
                    ));
                }
                Ok(can && older.is_none())
            }
            Mode::Shim => Ok(false),
            Mode::Config if can => {
                self.plan.notes.extend(
                    older.map(|older| {
                        format!("{older} ignores these hooks in silence: do not commit with it")
                    }),
                );
                Ok(true)
            }
            Mode::Config => bail!(
                "this git is {}, and hooks in its configuration are read from {} on: it would ignore them in \
                 silence\nnext: use `--mode shim`, or update git",
                self.state.git,
                Version::CONFIG_HOOKS
            ),
        }
    }

    fn write_config(&mut self, place: ConfigPlace) {
        let mut command = stub::quote(&self.request.binary);
        command.extend_from_slice(b" hook ");
        for event in self.request.events() {
            let mut command = command.clone();
            command.extend_from_slice(event.name().as_bytes());
            self.write_config_event(event, place, os_string(&command));
            // The same check as a file would run twice.
            for folder in &self.state.folders {
                if folder.kind != FolderKind::Global
                    && let Some(slot) = folder.slot(event.name())
                    && slot.hook.is_ours(event.name())
                {
                    remove_stub(&mut self.plan, folder, slot);
                }
            }
        }
        for folder in &self.state.folders {
            let restores = self.plan.changes.iter().any(|change| matches!(change, Change::Restore { .. }));
            if restores {
                kept::clear(&mut self.plan, folder);
            }
        }
    }

    fn write_config_event(&mut self, event: Event, place: ConfigPlace, command: OsString) {
        let key = |name: &str| format!("hook.{}.{name}", event.config_name());
        let has_command =
            self.state.config_values(event, "command").last().is_some_and(|value| value.value == command);
        let has_event =
            self.state.config_values(event, "event").iter().any(|value| value.value == event.name());
        if self.state.is_switched_off(event) {
            self.plan.notes.push(format!(
                "{event} is switched off: `git config {}` says false. To switch it on: git config --unset {}",
                key("enabled"),
                key("enabled")
            ));
        }
        if has_command && has_event {
            self.plan.unchanged.push(format!("{event}: git's configuration, {}", key("command")));
            return;
        }
        // The command goes first: an event without a command stops every commit.
        if !has_command {
            self.plan.changes.push(Change::SetConfig { place, key: key("command"), value: command });
        }
        if !has_event {
            self.plan.changes.push(Change::SetConfig {
                place,
                key: key("event"),
                value: event.name().into(),
            });
        }
    }

    fn write_template(&mut self, required: bool) {
        let folder = self.state.effective();
        self.plan.changes.push(Change::MakeFolder(folder.path.clone()));
        for event in self.request.events() {
            self.write_stub(folder, event.name(), stub::render(event.name(), Kind::Template { required }));
        }
        self.plan.notes.push(format!(
            "git copies these hooks into repositories made from now on (`git init`, `git clone`) once each \
             person has run:\n  git config --global init.templateDir {}",
            String::from_utf8_lossy(&stub::quote(&self.state.top))
        ));
        self.drop_idle_folder();
    }

    fn write_global(&mut self) {
        let folder = self.state.effective();
        if let Some(value) = &self.state.hooks_path
            && !self.state.is_effective_by_path
        {
            self.faults.push(format!(
                "core.hooksPath is already `{}` ({}), and git knows only one: install into each repository \
                 with `stanch install`, or add `stanch hook pre-commit \"$@\"` to the hooks there",
                value.value.to_string_lossy(),
                value.origin
            ));
            return;
        }
        self.plan.changes.push(Change::MakeFolder(folder.path.clone()));
        if !folder.is_marked {
            let path = folder.path.join(GLOBAL_MARK);
            let text =
                b"Hooks here run those of the repository first. Made by: stanch install --global\n".to_vec();
            self.plan.changes.push(Change::Write { path, text, executable: false });
        }
        let events = self.request.events();
        for name in stub::global_names() {
            let is_asked = events.iter().any(|event| event.name() == name);
            // A second run that names other events adds to the first.
            let has_check = folder
                .slot(name)
                .and_then(|slot| slot.hook.text())
                .is_some_and(|text| stub::binary_in(name, text).is_some());
            let kind = if is_asked || has_check { Kind::Check(&self.request.binary) } else { Kind::PassOn };
            self.write_stub(folder, name, stub::render(name, kind));
        }
        if self.state.hooks_path.is_none() {
            let value = folder.path.clone().into_os_string();
            let key = "core.hooksPath".to_owned();
            self.plan.changes.push(Change::SetConfig { place: ConfigPlace::Global, key, value });
        }
        self.drop_idle_folder();
        self.plan.notes.push(
            "a repository with a core.hooksPath of its own (husky sets one) does not come here: run \
             `stanch install` there. `stanch doctor` tells for each repository"
                .to_owned(),
        );
    }

    fn write_stubs(&mut self) {
        let folder = self.state.effective();
        match folder.kind {
            FolderKind::Disabled => {
                let origin = self.state.hooks_path.as_ref().map_or("", |value| value.origin.as_str());
                self.faults.push(format!(
                    "git runs no hook files here: core.hooksPath names no folder ({origin}); remove that \
                     setting first"
                ));
                return;
            }
            FolderKind::Husky => return self.write_husky(folder),
            FolderKind::Plain | FolderKind::Global => {}
        }
        self.note_reach(folder);
        self.plan.changes.push(Change::MakeFolder(folder.path.clone()));
        let mut left = Vec::new();
        for event in self.request.events() {
            if let Some(manager) = self.stays_with(folder, event) {
                left.push((manager, event));
                continue;
            }
            self.write_stub(
                folder,
                event.name(),
                stub::render(event.name(), Kind::Check(&self.request.binary)),
            );
            self.drop_config(event);
        }
        self.drop_idle_folder();
        self.hand_over(&left);
        self.note_managers(folder);
    }

    /// The manager that would soon put its own hook over ours.
    fn stays_with(&self, folder: &Folder, event: Event) -> Option<Manager> {
        let text = folder.slot(event.name())?.hook.text()?;
        let manager = Manager::of_hook(text)?;
        (self.request.mode == Mode::Auto && !manager.lets_others_live()).then_some(manager)
    }

    fn hand_over(&mut self, left: &[(Manager, Event)]) {
        let Some((manager, _)) = left.first() else { return };
        if let Some(file) = self.state.managers.iter().find(|file| file.is_read_by(*manager) && file.runs_us)
        {
            let run = left
                .iter()
                .map(|(_, event)| format!("{event}: {manager}, which runs stanch by {}", file.name));
            return self.plan.unchanged.extend(run);
        }
        let events: Vec<Event> = left.iter().map(|(_, event)| *event).collect();
        let (file, lines) = manager.stanza(&events);
        self.plan.notes.push(format!(
            "{manager} looks after these hooks and would put its own over ours. Add to {file}, then run \
             `stanch doctor`:\n{}",
            indent(&lines)
        ));
        for event in events {
            self.plan.uncovered.push(format!("{event} stays with {manager}"));
        }
    }

    fn note_managers(&mut self, folder: &Folder) {
        for file in self.state.managers.iter().filter(|file| !file.runs_us) {
            let (manager, name) = (file.manager, file.name);
            let owns = |slot: &Slot| {
                slot.hook.text().and_then(Manager::of_hook).is_some_and(|owner| file.is_read_by(owner))
            };
            let note = match manager {
                Manager::Husky => format!(
                    "{name} is here, but husky is not set up yet; once it is (`npm install`), git looks only \
                     there: run `stanch install` again then"
                ),
                Manager::Lefthook | Manager::Overcommit if !folder.slots.iter().any(owns) => format!(
                    "{name} is here; when {manager} installs its hooks it puts ours aside. Add stanch to \
                     {name} instead:\n{}",
                    indent(&manager.stanza(&self.request.events()).1)
                ),
                Manager::PreCommit | Manager::Prek if folder.slots.iter().any(owns) => format!(
                    "{manager} is set up here and goes on running. For the whole team, {name} could also hold:\n{}",
                    indent(&manager.stanza(&self.request.events()).1)
                ),
                _ => continue,
            };
            self.plan.notes.push(note);
        }
    }

    /// Says when the folder is shared with others than this repository.
    fn note_reach(&mut self, folder: &Folder) {
        let Some(value) = &self.state.hooks_path else { return };
        if value.scope == "command" {
            self.faults.push(
                "core.hooksPath comes from the environment of this very command (GIT_CONFIG_COUNT, \
                 GIT_CONFIG_PARAMETERS): hooks in that folder run for nobody else; unset it, or set it with \
                 `git config`"
                    .to_owned(),
            );
        }
        if !self.state.elsewhere.is_empty() {
            let trees: Vec<String> =
                self.state.elsewhere.iter().map(|tree| tree.display().to_string()).collect();
            self.plan.notes.push(format!(
                "core.hooksPath is relative, so every work tree has a folder of its own: run this in {} too",
                trees.join(" and in ")
            ));
        }
        if matches!(value.scope.as_str(), "global" | "system") {
            self.plan.notes.push(format!(
                "core.hooksPath is set for more than this repository ({}): hooks in {} run in all of them",
                value.origin,
                folder.path.display()
            ));
        } else if folder.path.starts_with(&self.state.top)
            && !folder.path.starts_with(self.state.top.join(".git"))
        {
            self.plan.notes.push(format!(
                "{} is part of the work tree. If it is committed, the path of this machine's stanch goes with \
                 it; elsewhere the hook then looks on PATH",
                folder.path.display()
            ));
        }
    }

    fn write_husky(&mut self, folder: &Folder) {
        for event in self.request.events() {
            let path = folder.path.join(event.name());
            let before = match folder.slot(event.name()).map(|slot| &slot.hook) {
                Some(Entry::File { text, .. }) => match std::str::from_utf8(text) {
                    Ok(text) => text,
                    Err(_) => {
                        self.faults.push(format!(
                            "{} is not UTF-8 text: save it as that, or move it away",
                            path.display()
                        ));
                        continue;
                    }
                },
                Some(Entry::Absent) | None => "",
                Some(Entry::Dangling | Entry::NoFile) => {
                    self.faults.push(no_file(&path));
                    continue;
                }
            };
            let after = manager::with_husky_lines(event, before);
            if after == before {
                self.plan.unchanged.push(path.display().to_string());
            } else {
                let text = after.into_bytes();
                self.plan.changes.push(Change::Write { path, text, executable: false });
            }
            self.drop_config(event);
        }
        self.plan.notes.push(
            "husky looks after the hooks here, so the check is in its files: commit them. Everyone who works \
             here then needs stanch, on PATH, in ~/.local/bin or in ~/.cargo/bin"
                .to_owned(),
        );
    }

    /// Takes our section out of the repository's configuration: the check would run twice.
    fn drop_config(&mut self, event: Event) {
        let prefix = format!("hook.{}.", event.config_name());
        if self
            .state
            .config_hooks
            .iter()
            .any(|value| value.scope == "local" && value.key.starts_with(&prefix))
        {
            let name = format!("hook.{}", event.config_name());
            self.plan.changes.push(Change::RemoveSection { place: ConfigPlace::Local, name });
        }
    }

    fn write_stub(&mut self, folder: &Folder, event: &str, text: Vec<u8>) {
        let path = folder.path.join(event);
        let Some(slot) = folder.slot(event) else { return };
        match &slot.hook {
            Entry::Absent => {}
            Entry::NoFile => return self.faults.push(no_file(&path)),
            Entry::Dangling => {
                self.plan.notes.push(format!(
                    "{} was a link to nowhere, which git passes over in silence; it is kept beside ours",
                    path.display()
                ));
                self.keep(folder, slot);
            }
            Entry::File { text: there, executable } => match stub::owner(event, there) {
                Owner::Shared if *executable => return self.plan.unchanged.push(path.display().to_string()),
                Owner::Shared => {
                    let fault =
                        format!("{} is not executable, so git passes over it: chmod +x it", path.display());
                    return self.faults.push(fault);
                }
                Owner::Ours { version } if version > stub::VERSION => {
                    let fault = format!("{} was written by a newer stanch; update this one", path.display());
                    return self.faults.push(fault);
                }
                Owner::Ours { .. } if *there == text && *executable => {
                    return self.plan.unchanged.push(path.display().to_string());
                }
                Owner::Ours { .. } => {}
                Owner::Edited => {
                    return self.faults.push(format!(
                        "{} is ours but has been changed; move your lines to {} and delete the rest",
                        path.display(),
                        chained_path(&folder.path, event).display()
                    ));
                }
                Owner::Foreign => {
                    if !executable {
                        self.plan.notes.push(format!(
                            "{} is not executable, so git never ran it; it is kept beside ours, still not run",
                            path.display()
                        ));
                    }
                    self.keep(folder, slot);
                }
            },
        }
        self.plan.changes.push(Change::Write { path, text, executable: true });
    }

    fn keep(&mut self, folder: &Folder, slot: &Slot) {
        let (from, to) = (folder.path.join(slot.event), chained_path(&folder.path, slot.event));
        match &slot.chained {
            Entry::Absent => self.plan.changes.push(Change::Keep { from, to }),
            same if *same == slot.hook && *same != Entry::Dangling => {}
            _ => self.faults.push(format!(
                "{} and {} are both there and differ; only one can be kept: merge them into one",
                from.display(),
                slot.chained_at.display()
            )),
        }
    }

    /// Leaves out the step that makes a folder when it is there or nothing goes into it.
    fn drop_idle_folder(&mut self) {
        kept::arrange(&mut self.plan, self.state.effective());
        let writes = self.plan.changes.iter().any(|change| matches!(change, Change::Write { .. }));
        let exists = self.state.effective().exists;
        self.plan.changes.retain(|change| !matches!(change, Change::MakeFolder(_)) || (writes && !exists));
    }
}

/// Takes a stub of ours away, and gives its place back to the hook that was there before.
pub(super) fn remove_stub(plan: &mut Plan, folder: &Folder, slot: &Slot) {
    let path = folder.path.join(slot.event);
    match slot.chained {
        Entry::Absent => plan.changes.push(Change::Remove(path)),
        _ => plan.changes.push(Change::Restore { from: slot.chained_at.clone(), to: path }),
    }
}

fn no_file(path: &Path) -> String {
    format!("{} is not a file, so git runs no hook there: move it away", path.display())
}

fn indent(lines: &str) -> String {
    lines.lines().map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}

/// The program to name in hooks, checked.
///
/// # Errors
/// It is not an absolute path: a hook runs in folders that are not known here.
pub fn check_binary(request: &Request) -> Result<()> {
    request.binary.is_absolute().then_some(()).with_context(|| {
        format!("the program `{}` is not named by an absolute path", request.binary.display())
    })
}

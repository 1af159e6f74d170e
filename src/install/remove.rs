//! Decides what `uninstall` takes away: only what is ours, and what was put aside comes back.

use super::Scope;
use super::change::{Change, ConfigPlace};
use super::event::Event;
use super::kept;
use super::manager;
use super::plan::{Plan, remove_stub};
use super::state::{Entry, Folder, FolderKind, Slot, State};
use super::stub::{GLOBAL_MARK, MARKER, Owner};

/// Decides what to take away at `scope`. Pure; finds nothing to do where nothing of ours is left.
pub fn plan(scope: &Scope, state: &State) -> Plan {
    let mut plan = Plan::default();
    let place = match scope {
        Scope::Repository | Scope::Server(_) => Some(ConfigPlace::Local),
        Scope::Global => Some(ConfigPlace::Global),
        Scope::Template { .. } => None,
    };
    if let Some(place) = place {
        remove_sections(&mut plan, state, place);
    }
    for folder in &state.folders {
        match folder.kind {
            FolderKind::Disabled => {}
            FolderKind::Husky => remove_husky_lines(&mut plan, folder),
            FolderKind::Global if *scope != Scope::Global => plan.notes.push(format!(
                "the hooks in {} are for all your repositories and stay; to remove those: stanch uninstall \
                 --global",
                folder.path.display()
            )),
            FolderKind::Plain | FolderKind::Global => {
                for slot in &folder.slots {
                    remove_hook(&mut plan, folder, slot);
                }
                kept::clear(&mut plan, folder);
            }
        }
    }
    if *scope == Scope::Global {
        remove_global(&mut plan, state);
    }
    plan
}

fn remove_sections(plan: &mut Plan, state: &State, place: ConfigPlace) {
    for event in Event::ALL {
        let name = format!("hook.{}", event.config_name());
        let prefix = format!("{name}.");
        let is_there = |scope: &str| {
            state.config_hooks.iter().any(|value| value.scope == scope && value.key.starts_with(&prefix))
        };
        if is_there(place.scope()) {
            plan.changes.push(Change::RemoveSection { place, name: name.clone() });
        }
        for other in ["system", "global", "worktree"] {
            if other != place.scope() && is_there(other) {
                plan.notes.push(format!("{name} in the {other} configuration stays"));
            }
        }
    }
}

fn remove_hook(plan: &mut Plan, folder: &Folder, slot: &Slot) {
    let path = folder.path.join(slot.event);
    let chained = slot.chained_at.clone();
    match (&slot.hook, &slot.chained) {
        (hook, _) if hook.is_ours(slot.event) => remove_stub(plan, folder, slot),
        (Entry::Absent, Entry::Absent) => {}
        (Entry::Absent, _) => plan.changes.push(Change::Restore { from: chained, to: path.clone() }),
        (hook, _) if hook.owner(slot.event) == Some(Owner::Shared) => {
            plan.notes
                .push(format!("{} is shared by a team and stays: nothing here wrote it", path.display()));
        }
        (hook, _) if hook.owner(slot.event) == Some(Owner::Edited) => {
            plan.notes
                .push(format!("{} has been changed by hand and stays; delete it yourself", path.display()));
        }
        (hook, kept) if hook == kept => plan.changes.push(Change::Remove(chained)),
        (_, Entry::Absent) => {}
        _ => plan.notes.push(format!(
            "{} stays: it was put aside by stanch, and another hook has taken its place since",
            chained.display()
        )),
    }
    plan.changes.extend(slot.aside.iter().cloned().map(Change::Remove));
}

fn remove_husky_lines(plan: &mut Plan, folder: &Folder) {
    for slot in &folder.slots {
        let Some(text) = slot.hook.text().and_then(|text| std::str::from_utf8(text).ok()) else { continue };
        if !text.contains(MARKER) {
            continue;
        }
        let path = folder.path.join(slot.event);
        let rest = manager::without_husky_lines(text);
        plan.changes.push(if rest.is_empty() {
            Change::Remove(path)
        } else {
            let executable = matches!(slot.hook, Entry::File { executable: true, .. });
            Change::Write { path, text: rest.into_bytes(), executable }
        });
    }
}

fn remove_global(plan: &mut Plan, state: &State) {
    let folder = state.effective();
    if let Some(value) = &state.hooks_path
        && value.scope == "global"
        && state.is_effective_by_path
    {
        // First: without it the folder is not used, whatever happens to the next step.
        let key = "core.hooksPath".to_owned();
        plan.changes.insert(0, Change::UnsetConfig { place: ConfigPlace::Global, key });
    }
    if folder.is_marked {
        plan.changes.push(Change::Remove(folder.path.join(GLOBAL_MARK)));
        plan.changes.push(Change::RemoveFolder(folder.path.clone()));
    }
}

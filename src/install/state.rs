//! What is there before anything is written: git's version, the folders in which it looks for hooks, the
//! hooks in them, and our sections in its configuration. Reads, never writes.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};

use super::event::Event;
use super::git::{Git, Value, Version};
use super::kept::{self, Beside};
use super::manager::{Manager, is_husky_folder};
use super::stub::{self, GLOBAL_MARK, Owner};
use super::{Environment, Scope};
use crate::boolean;
use crate::order;

/// Everything that decides what an installation has to write.
#[derive(Debug, Clone)]
pub struct State {
    /// The version of the git on `PATH`.
    pub git: Version,
    /// An older git that is here too and knows no hooks in the configuration.
    pub older: Option<(PathBuf, Version)>,
    /// The folder git takes hooks from comes first; after it those it would take them from otherwise.
    pub folders: Vec<Folder>,
    /// The value of `core.hooksPath` that counts, if any.
    pub hooks_path: Option<Value>,
    /// Whether that leads to the first of the folders.
    pub is_effective_by_path: bool,
    /// Every `hook.*` value of git's configuration, weakest scope first.
    pub config_hooks: Vec<Value>,
    /// Hook managers whose files stand in the work tree.
    pub managers: Vec<ManagerFile>,
    /// Other work trees of the repository that look elsewhere for hooks, as `core.hooksPath` is relative.
    pub elsewhere: Vec<PathBuf>,
    /// Nothing is checked out here, ever.
    pub is_bare: bool,
    /// The top of the work tree, or the git directory where there is none.
    pub top: PathBuf,
}

/// The file in which a hook manager is told what to run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManagerFile {
    /// Whose.
    pub manager: Manager,
    /// Its name at the top of the work tree.
    pub name: &'static str,
    /// Whether stanch is among what it runs.
    pub runs_us: bool,
}

impl ManagerFile {
    /// Whether hooks of `manager` read this file. prek reads that of pre-commit.
    pub fn is_read_by(&self, manager: Manager) -> bool {
        self.manager == manager || (self.manager, manager) == (Manager::PreCommit, Manager::Prek)
    }
}

/// Whether a script or a settings file has a command of ours in it.
pub fn mentions_us(text: &[u8]) -> bool {
    text.split(|&byte| byte == b'\n')
        .filter(|line| !line.trim_ascii_start().starts_with(b"#"))
        .any(|line| line.split(|byte| !is_of_word(byte)).any(is_our_word))
}

fn is_of_word(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || b"_.-".contains(byte)
}

/// Whether a word is the name of the program, or the id of one of its hooks in the pre-commit framework.
fn is_our_word(word: &[u8]) -> bool {
    let Some(rest) = word.strip_prefix(b"stanch") else { return false };
    let is_kind = |kind: &[u8]| matches!(kind, b"push" | b"message" | b"wheel" | b"system");
    rest == b".exe"
        || rest.is_empty()
        || rest.strip_prefix(b"-").is_some_and(|kinds| kinds.split(|b| *b == b'-').all(is_kind))
}

/// A folder of hooks.
#[derive(Debug, Clone)]
pub struct Folder {
    /// Where it is; it may not exist yet.
    pub path: PathBuf,
    /// What kind of folder it is.
    pub kind: FolderKind,
    /// Whether it is there.
    pub exists: bool,
    /// Whether it holds the mark of the hooks for all repositories.
    pub is_marked: bool,
    /// What stands there for each event we may write.
    pub slots: Vec<Slot>,
    /// What stands among the hooks and is none of them.
    pub beside: Beside,
}

/// The kinds of folder, which differ in what may be written there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FolderKind {
    /// Hook files, as git knows them.
    Plain,
    /// Ours, for all repositories of a user.
    Global,
    /// `.husky`: scripts that husky's generated hooks run.
    Husky,
    /// `core.hooksPath` is empty or names no folder: git runs no hook file at all.
    Disabled,
}

/// The place of one hook.
#[derive(Debug, Clone)]
pub struct Slot {
    /// git's name for the event.
    pub event: &'static str,
    /// What stands under that name.
    pub hook: Entry,
    /// What we put aside earlier.
    pub chained: Entry,
    /// Where that is.
    pub chained_at: PathBuf,
    /// Hooks of ours that a manager has put aside, and goes on running.
    pub aside: Vec<PathBuf>,
}

/// What stands under a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// Nothing.
    Absent,
    /// A symbolic link to nowhere, which git passes over in silence.
    Dangling,
    /// A directory or the like.
    NoFile,
    /// A file, or a link to one.
    File {
        /// Its bytes.
        text: Vec<u8>,
        /// Whether git would run it.
        executable: bool,
    },
}

impl Entry {
    /// Reads what stands at `path`.
    pub fn read(path: &Path) -> Result<Entry> {
        let Ok(link) = fs::symlink_metadata(path) else { return Ok(Entry::Absent) };
        let Ok(data) = fs::metadata(path) else {
            return Ok(if link.is_symlink() { Entry::Dangling } else { Entry::Absent });
        };
        if !data.is_file() {
            return Ok(Entry::NoFile);
        }
        let text = fs::read(path).with_context(|| {
            format!(
                "cannot read the hook {0}\nnext: see to it that you may read it (ls -l {0}), or move it away",
                path.display()
            )
        })?;
        Ok(Entry::File { text, executable: is_executable(&data) })
    }

    /// Whose it is, if it is a file.
    pub fn owner(&self, event: &str) -> Option<Owner> {
        match self {
            Entry::File { text, .. } => Some(stub::owner(event, text)),
            _ => None,
        }
    }

    /// Whether it is a stub of ours that nobody has changed.
    pub fn is_ours(&self, event: &str) -> bool {
        matches!(self.owner(event), Some(Owner::Ours { .. }))
    }

    /// Its bytes, if it is a file.
    pub fn text(&self) -> Option<&[u8]> {
        match self {
            Entry::File { text, .. } => Some(text),
            _ => None,
        }
    }
}

/// Whether git would run a file with this metadata as a hook.
#[cfg(unix)]
pub fn is_executable(data: &fs::Metadata) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    data.permissions().mode() & 0o111 != 0
}

/// Whether git would run a file with this metadata as a hook: on Windows, always.
#[cfg(not(unix))]
pub fn is_executable(_data: &fs::Metadata) -> bool {
    true
}

impl Folder {
    /// Reads the folder's hooks.
    pub fn read(path: PathBuf, kind: FolderKind) -> Result<Folder> {
        let mut slots = Vec::new();
        let global = stub::global_names().filter(|_| kind == FolderKind::Global);
        let mut names: Vec<&'static str> = Event::ALL.into_iter().map(Event::name).chain(global).collect();
        order::all(&mut names);
        names.dedup();
        for event in names {
            if kind != FolderKind::Disabled {
                let hook = Entry::read(&path.join(event))?;
                let [now, before] = kept::places(&path, event);
                let (mut chained, mut chained_at) = (Entry::read(&now)?, now);
                if chained == Entry::Absent {
                    let older = Entry::read(&before)?;
                    if older != Entry::Absent {
                        (chained, chained_at) = (older, before);
                    }
                }
                // Managers keep what they find under these names.
                let aside = ["legacy", "old"].map(|ending| path.join(format!("{event}.{ending}")));
                let is_ours = |path: &PathBuf| Entry::read(path).is_ok_and(|entry| entry.is_ours(event));
                let aside = aside.into_iter().filter(is_ours).collect();
                slots.push(Slot { event, hook, chained, chained_at, aside });
            }
        }
        let events: Vec<&str> = slots.iter().map(|slot| slot.event).collect();
        let beside = Beside::read(&path, &events);
        let (exists, is_marked) = (path.is_dir(), path.join(GLOBAL_MARK).exists());
        Ok(Folder { path, kind, exists, is_marked, slots, beside })
    }

    /// The place of one event.
    pub fn slot(&self, event: &str) -> Option<&Slot> {
        self.slots.iter().find(|slot| slot.event == event)
    }
}

impl State {
    /// Reads the state for an installation at `scope`.
    ///
    /// # Errors
    /// git is missing or too odd to answer, the place is not a repository, or a hook cannot be read.
    pub fn read(scope: &Scope, git: &Git, environment: &Environment) -> Result<State> {
        match scope {
            Scope::Repository => State::of_repository(git, environment),
            Scope::Server(folder) => {
                let git = git.alone_in(folder, &environment.git_variables);
                check_is_bare(&git)?;
                State::of_repository(&git, environment)
            }
            Scope::Global => State::of_user(git, environment),
            Scope::Template { folder, .. } => {
                // Into git's configuration without `..`: the folder that it was said from may move.
                let folder = without_dots(&git.folder().join(folder));
                Ok(State {
                    git: git.version()?,
                    older: None,
                    folders: vec![Folder::read(folder.join("hooks"), FolderKind::Plain)?],
                    hooks_path: None,
                    is_effective_by_path: false,
                    config_hooks: Vec::new(),
                    managers: Vec::new(),
                    elsewhere: Vec::new(),
                    is_bare: false,
                    top: folder,
                })
            }
        }
    }

    fn of_repository(git: &Git, environment: &Environment) -> Result<State> {
        let top = top(git)?;
        let git = git.within(&top);
        let hooks_path = git.values("^core\\.hookspath$")?.pop();
        let path = top.join(git.text(&["rev-parse", "--git-path", "hooks"])?);
        let mut folders = vec![effective_folder(path, hooks_path.as_ref(), environment)?];
        if hooks_path.is_some() {
            let own = top.join(git.text(&["rev-parse", "--git-common-dir"])?).join("hooks");
            if own != folders[0].path {
                folders.push(Folder::read(own, FolderKind::Plain)?);
            }
        }
        let managers = Manager::FILES
            .into_iter()
            .filter(|(_, name)| top.join(name).exists())
            .map(|(manager, name)| ManagerFile {
                manager,
                name,
                runs_us: fs::read(top.join(name)).is_ok_and(|text| mentions_us(&text)),
            })
            .collect();
        Ok(State {
            git: git.version()?,
            older: older(environment),
            is_effective_by_path: leads_to(hooks_path.as_ref(), &folders[0].path),
            elsewhere: elsewhere(&git, hooks_path.as_ref(), &top)?,
            folders,
            hooks_path,
            config_hooks: git.values("^hook\\.")?,
            managers,
            is_bare: git.text(&["rev-parse", "--is-bare-repository"])? == "true",
            top,
        })
    }

    fn of_user(git: &Git, environment: &Environment) -> Result<State> {
        let of_user = |value: &Value| matches!(value.scope.as_str(), "system" | "global");
        let mut config_hooks = git.values("^hook\\.")?;
        config_hooks.retain(of_user);
        let mut hooks_paths = git.values("^core\\.hookspath$")?;
        hooks_paths.retain(of_user);
        let path = environment.global_hooks()?;
        let hooks_path = hooks_paths.pop();
        Ok(State {
            git: git.version()?,
            older: older(environment),
            top: path.clone(),
            is_effective_by_path: leads_to(hooks_path.as_ref(), &path),
            folders: vec![Folder::read(path, FolderKind::Global)?],
            hooks_path,
            config_hooks,
            managers: Vec::new(),
            elsewhere: Vec::new(),
            is_bare: false,
        })
    }

    /// The folder that git takes hooks from.
    pub fn effective(&self) -> &Folder {
        self.folders.first().expect("every constructor reads one")
    }

    /// How our hook for `event` stands in git's configuration, whether or not this git heeds that.
    pub fn config_hook(&self, event: Event) -> ConfigHook {
        match self.config_values(event, "event") {
            none if none.is_empty() => ConfigHook::Absent,
            _ if self.is_switched_off(event) => ConfigHook::Off,
            _ => ConfigHook::On,
        }
    }

    /// Whether the configuration switches our hook for `event` off.
    pub fn is_switched_off(&self, event: Event) -> bool {
        let said = self.config_values(event, "enabled");
        said.last().is_some_and(|value| boolean::read(value.value.as_encoded_bytes()) == Some(false))
    }

    /// Whether this git runs our hook for `event` from its configuration.
    pub fn runs_config_hook(&self, event: Event) -> bool {
        self.git.has_config_hooks() && self.config_hook(event) == ConfigHook::On
    }

    /// The values of one key of our hook for `event`, weakest scope first.
    pub fn config_values(&self, event: Event, key: &str) -> Vec<&Value> {
        let name = format!("hook.{}.{key}", event.config_name());
        self.config_hooks.iter().filter(|value| value.key == name).collect()
    }
}

/// How our hook for an event stands in git's configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfigHook {
    /// It does not.
    Absent,
    /// It is there, and `enabled` says no.
    Off,
    /// It is there.
    On,
}

fn older(environment: &Environment) -> Option<(PathBuf, Version)> {
    let gits = super::git::all(environment.path.as_deref()?);
    gits.into_iter().find(|(_, version)| !version.has_config_hooks())
}

fn effective_folder(path: PathBuf, hooks_path: Option<&Value>, environment: &Environment) -> Result<Folder> {
    let disabled =
        hooks_path.is_some_and(|value| value.value.is_empty()) || (path.exists() && !path.is_dir());
    if disabled {
        return Folder::read(path, FolderKind::Disabled);
    }
    if let (true, Some(husky)) = (is_husky_folder(&path), path.parent()) {
        return Folder::read(husky.to_owned(), FolderKind::Husky);
    }
    let is_ours = environment.global_hooks().is_ok_and(|ours| same_place(&ours, &path));
    let kind =
        if is_ours && path.join(GLOBAL_MARK).exists() { FolderKind::Global } else { FolderKind::Plain };
    Folder::read(path, kind)
}

/// Whether a value of `core.hooksPath` names a folder.
fn leads_to(hooks_path: Option<&Value>, folder: &Path) -> bool {
    hooks_path.is_some_and(|value| same_place(&super::expand_home(&value.value, folder), folder))
}

/// The other work trees, where a relative value of `core.hooksPath` gives each its own hooks.
fn elsewhere(git: &Git, hooks_path: Option<&Value>, top: &Path) -> Result<Vec<PathBuf>> {
    let is_relative = |value: &Value| {
        let path = Path::new(&value.value);
        !value.value.is_empty() && !path.has_root() && !path.starts_with("~")
    };
    if !hooks_path.is_some_and(is_relative) {
        return Ok(Vec::new());
    }
    let listed = git.try_text(&["worktree", "list", "--porcelain"])?.unwrap_or_default();
    let lines = listed.as_encoded_bytes().split(|byte| *byte == b'\n');
    let trees = lines.filter_map(|line| line.strip_prefix(b"worktree ")).map(super::git::os_string);
    Ok(trees.map(PathBuf::from).filter(|tree| tree.is_dir() && !same_place(tree, top)).collect())
}

/// Whether two paths lead to the same folder.
fn same_place(left: &Path, right: &Path) -> bool {
    left == right
        || matches!((left.canonicalize(), right.canonicalize()), (Ok(left), Ok(right)) if left == right)
}

/// The top of the work tree, or of a bare repository: what relative hook paths start from.
fn top(git: &Git) -> Result<PathBuf> {
    if git.try_text(&["rev-parse", "--git-dir"])?.is_none() && is_outside(git.folder()) {
        bail!(
            "{} is in no git repository\nnext: run this in one, or `git init` first; `stanch install --global` is for all \
             your repositories",
            git.folder().display()
        );
    }
    if let Some(top) = git.try_text(&["rev-parse", "--show-toplevel"])? {
        return Ok(git.folder().join(top));
    }
    if git.text(&["rev-parse", "--is-bare-repository"])? == "true" {
        return Ok(git.folder().join(git.text(&["rev-parse", "--absolute-git-dir"])?));
    }
    bail!(
        "{} is inside a git directory; run this from the work tree\nnext: cd to it; for a bare repository: stanch install --server DIR",
        git.folder().display()
    );
}

/// Whether nothing above `folder` looks like a repository; one that git refuses is told in git's own words.
fn is_outside(folder: &Path) -> bool {
    let whole = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    !whole.ancestors().any(|dir| dir.join(".git").exists() || dir.join("HEAD").exists())
}

fn check_is_bare(git: &Git) -> Result<()> {
    let folder = git.folder();
    ensure!(
        folder.is_dir(),
        "there is no folder {}\nnext: name the directory of a bare repository: stanch install --server DIR",
        folder.display()
    );
    let git_dir = git.text(&["rev-parse", "--absolute-git-dir"])?;
    ensure!(
        same_place(Path::new(&git_dir), folder),
        "{} is not a bare repository: git's directory for it is {git_dir}\nnext: stanch install --server DIR, where DIR \
         is that of a bare repository; for a work tree, run stanch install in it",
        folder.display(),
        git_dir = Path::new(&git_dir).display()
    );
    Ok(())
}

/// A path without `.` and `..`, as far as its folders are there.
fn without_dots(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| match (path.parent(), path.file_name()) {
        (Some(parent), Some(name)) => without_dots(parent).join(name),
        _ => path.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::mentions_us;

    #[test]
    fn a_command_of_ours_is_a_word() {
        for (text, is_ours) in [
            ("stanch hook pre-commit \"$@\"", true),
            ("exec '/opt/my tools/stanch' hook pre-push", true),
            ("command: [stanch, hook, pre-commit]", true),
            ("C:/tools/stanch.exe hook pre-commit", true),
            ("  - id: stanch-push-wheel", true),
            ("- repo: https://github.com/stanch-dev/stanch", true),
            ("./scripts/stanchion-lint", false),
            ("git add .stanch.yaml", false),
            ("run-stanch-checks", false),
            ("# stanch hook pre-commit", false),
        ] {
            assert_eq!(mentions_us(text.as_bytes()), is_ours, "{text}");
        }
    }
}

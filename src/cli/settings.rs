//! What the user asked for, put together for the commands: rules, paths, what may pass.

use std::borrow::Cow;
use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow};
use bstr::ByteSlice;

use super::edit::ATTRIBUTES;
use super::say;
use crate::catalogue::{Catalogue, embedded};
use crate::config::{self, Env, GitScope, GitValue, Layer, Origin, Rooted, Setting, Settings, Skip};
use crate::finding::allowlist::merge_attribute;
use crate::source::archive::Limits;
use crate::source::lfs;
use crate::source::project::{At, Project, Version, project};
use crate::source::repo::{self, Scope};
use crate::source::{Context, Place};

/// The user's file at the root of a repository.
pub(super) const FILE: &str = ".stanch.yaml";

/// Which version of the user's files counts: what is judged must not choose its own judge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Whose {
    /// As HEAD has them. In a bare repository that is the server's own branch, not what is pushed to it.
    Head,
    /// As the last commit has them that both have: a pull request and its target.
    MergeBase(String, String),
    /// As this commit has them: nothing is known that it could be judged against.
    Revision(String),
    /// As they stand on disk: somebody looks at files.
    Disk,
    /// None: a server does not take orders from what is pushed to it, nor from variables that may be the
    /// pusher's.
    Nobody,
    /// As the HEAD of a server's repository has them, because the server says so; variables count no more.
    ServersHead,
}

impl Whose {
    /// For the commits that `to` has and none of `from`.
    pub(super) fn of_range(from: &[String], to: &str) -> Whose {
        match from {
            [from, ..] => Whose::MergeBase(from.clone(), to.to_owned()),
            [] => Whose::Revision(to.to_owned()),
        }
    }

    /// For announcements: "what HEAD has".
    pub(super) fn holder(&self) -> &str {
        match self {
            Whose::Head | Whose::ServersHead => "HEAD",
            Whose::Nobody => "the server",
            Whose::MergeBase(..) => "the merge base",
            Whose::Revision(_) => "the commit itself",
            Whose::Disk => "the work tree",
        }
    }
}

/// Everything that was asked for.
pub(super) struct Loaded {
    /// The embedded rules with the user's.
    pub(super) catalogue: Catalogue,
    /// The merged settings.
    pub(super) settings: Settings,
    /// What shall not stop this one operation.
    pub(super) skip: Option<Skip>,
    /// Variables that mean nothing to us.
    pub(super) notes: Vec<String>,
    /// How paths are to be read.
    pub(super) rooted: Rooted,
    /// Whether all there is will be looked at, with the wish to know what nothing needs.
    pub(super) is_thorough: bool,
    /// How far archives are opened.
    pub(super) limits: Limits,
    /// Where the content of pointers of Git LFS is.
    pub(super) lfs: lfs::Store,
    /// Threads; all cores when nobody said.
    pub(super) jobs: Option<usize>,
    /// Why the file of settings does not count that should: it is faulty, as a commit has it.
    pub(super) fault: Option<String>,
    others: Others,
    files: Files,
}

/// What counts beside the file of a repository.
struct Others {
    policy: Option<Layer>,
    git: Layer,
    env: Layer,
}

impl Others {
    /// The settings with those of a file, and the embedded rules with the user's.
    fn with(&self, file: Option<&[u8]>) -> Result<(Settings, Catalogue), String> {
        let mut layers: Vec<Layer> = Vec::new();
        if let Some(text) = file {
            layers.push(config::stanch_yaml(text, FILE).map_err(|faults| faults.to_string())?);
        }
        layers.extend([self.git.clone(), self.env.clone()]);
        let mut settings = config::merge(self.policy.clone(), layers);
        let mut catalogue = embedded().clone();
        for Setting { value: own, origin } in settings.rules.clone() {
            let file = if let Origin::File { file, .. } = &origin { file } else { FILE };
            let with_own = match &own.lock {
                None => catalogue.with_user(&own.text, file),
                Some(lock) => catalogue.with_additions(&own.text, file).map(|(with, kept)| {
                    kept.iter().for_each(|id| settings.overrule(id, &origin, lock));
                    with
                }),
            };
            catalogue = with_own
                .map_err(|faults| faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))?;
        }
        if !settings.rules.is_empty() {
            catalogue = catalogue.giving_way(settings.off().map(str::to_owned).collect());
        }
        // Names are looked up only where some are given: a commit waits for this.
        if settings.names_rules() {
            // Those that `rules:` replaces are known too.
            let all = embedded().indexes().map(|at| embedded().id(at));
            let ids = all.chain(catalogue.indexes().map(|at| catalogue.id(at)));
            let known: Vec<&str> = ids.chain(catalogue.vendors().map(|vendor| vendor.key)).collect();
            settings.check_rules(known.iter().copied()).map_err(|faults| faults.to_string())?;
        }
        Ok((settings, catalogue))
    }
}

/// Where the user's files are read.
struct Files {
    version: Option<Version>,
    /// The root of the checked-out files, or where the command was given.
    root: Option<PathBuf>,
    on_disk: bool,
    /// The settings as they count.
    text: Option<Vec<u8>>,
}

impl Files {
    fn read(&mut self, path: &str) -> Result<Option<Vec<u8>>> {
        match (&mut self.version, self.on_disk) {
            (_, true) => self.on_disk(path),
            (Some(version), _) => version.read(path),
            (None, false) => Ok(None),
        }
    }

    fn on_disk(&self, path: &str) -> Result<Option<Vec<u8>>> {
        let Some(root) = &self.root else { return Ok(None) };
        read_file(&root.join(path))
    }
}

/// Where the user's file stands.
///
/// # Errors
/// Outside of a work tree.
pub(super) fn home(cwd: &Path) -> Result<PathBuf> {
    repo::layout(cwd)?.work_tree.ok_or_else(|| anyhow!("a bare repository has no {FILE}"))
}

/// A file's content; `None` when there is none.
pub(super) fn read_file(path: &Path) -> Result<Option<Vec<u8>>> {
    if std::fs::metadata(path).is_ok_and(|found| is_pipe(&found)) {
        return Err(anyhow!(
            "cannot read {}: it is a pipe\nwhy: its settings would not hold",
            path.display()
        ));
    }
    match std::fs::read(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => {
            Err(anyhow!("cannot read {}: {error}\nwhy: its settings would not hold", path.display()))
        }
    }
}

/// A named pipe, which would be waited for without end.
#[cfg(unix)]
fn is_pipe(found: &std::fs::Metadata) -> bool {
    std::os::unix::fs::FileTypeExt::is_fifo(&found.file_type())
}

#[cfg(not(unix))]
fn is_pipe(_: &std::fs::Metadata) -> bool {
    false
}

/// The pattern that keeps a path, as it was typed, from being scanned, and who asked for it. Where nothing is excluded no
/// path is put together.
pub(super) fn exclusion(settings: &Settings, rooted: &Rooted, path: &[u8]) -> Option<String> {
    let is_asked = !settings.exclude.patterns().is_empty();
    is_asked.then(|| settings.exclusion(&rooted.path(path))).flatten()
}

/// The path of which settings for paths speak; `None` for what is in no file.
pub(super) fn path_of<'p>(rooted: &Rooted, path: &'p [u8], place: &Place) -> Option<Cow<'p, [u8]>> {
    place.is_file().then(|| rooted.path(path))
}

impl Loaded {
    /// Gives back the address space of the packs in which the settings were looked up.
    ///
    /// # Errors
    /// When the repository around `cwd` cannot be opened again.
    pub(super) fn release(&mut self, cwd: &Path) -> Result<()> {
        self.files.version.as_mut().map_or(Ok(()), |version| version.release(&Context::new(cwd)))
    }

    /// The baseline's bytes, empty when there is none. Read only when something was found.
    pub(super) fn baseline(&mut self) -> Result<Vec<u8>> {
        Ok(self.files.read(&self.settings.baseline.value)?.unwrap_or_default())
    }

    /// Whether there is a file of settings that counts.
    pub(super) fn has_file(&self) -> bool {
        self.files.text.is_some()
    }

    /// What is wrong with `text` as the file of settings.
    pub(super) fn fault_of(&self, text: &[u8]) -> Option<String> {
        // What counts was read, and is not read twice.
        if self.fault.is_none() && self.files.text.as_deref() == Some(text) {
            return None;
        }
        self.others.with(Some(text)).err()
    }

    /// What the work tree's settings are, seen from those that count; `None` when they are the same, or there is no work
    /// tree.
    pub(super) fn divergence(&mut self) -> Result<Option<Divergence>> {
        let counts = match (&mut self.files.version, self.files.on_disk) {
            (Some(version), true) => version.read(FILE)?,
            (None, true) => return Ok(None),
            (_, false) => self.files.text.clone(),
        };
        // Line ends may be git's doing.
        let plain = |text: Vec<u8>| text.into_iter().filter(|b| *b != b'\r').collect::<Vec<u8>>();
        Ok(match (counts, self.files.on_disk(FILE)?) {
            (None, Some(_)) => Some(Divergence::Uncommitted),
            (Some(ours), Some(disk)) if plain(ours.clone()) != plain(disk.clone()) => {
                Some(Divergence::Edited)
            }
            _ => None,
        })
    }

    /// Whether git is told to merge the settings on disk, and in no commit that counts.
    pub(super) fn is_merge_uncommitted(&mut self) -> bool {
        let has = |text: Option<Vec<u8>>| {
            text.is_some_and(|text| merge_attribute(&String::from_utf8_lossy(&text), FILE).is_none())
        };
        let ours = self.files.version.as_mut().and_then(|version| version.read(ATTRIBUTES).ok().flatten());
        has(self.files.on_disk(ATTRIBUTES).ok().flatten()) && !has(ours)
    }
}

/// How the settings on disk differ from those that count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Divergence {
    /// No commit that counts has any.
    Uncommitted,
    /// Theirs are others.
    Edited,
}

impl fmt::Display for Divergence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Divergence::Uncommitted => "is not committed",
            Divergence::Edited => "was changed since the last commit",
        })
    }
}

/// Reads configuration from all its places.
///
/// # Errors
/// When a file cannot be read, or anything in one is wrong: what the user asked for is then not known.
pub(super) fn load(cwd: &Path, whose: &Whose) -> Result<Loaded> {
    load_in(&Context::new(cwd), whose)
}

/// The same, of the repository that the context may have open.
///
/// # Errors
/// As [`load`].
pub(super) fn load_in(context: &Context, whose: &Whose) -> Result<Loaded> {
    let loaded = load_or_without(context, whose)?;
    match &loaded.fault {
        Some(fault) => Err(unreadable(fault, whose)),
        None => Ok(loaded),
    }
}

/// The same, but without the file of settings where that is faulty as a commit has it: the caller lets pass only
/// what mends it, see [`Loaded::fault`].
///
/// # Errors
/// When anything else cannot be read, or is wrong.
pub(super) fn load_or_without(context: &Context, whose: &Whose) -> Result<Loaded> {
    let env = match whose {
        Whose::Nobody | Whose::ServersHead => Env::default(),
        _ => Env::read().map_err(faulty)?,
    };
    let (project, mut files) = open(context, whose)?;
    let mut fault = None;
    match files.read(FILE) {
        Ok(text) => files.text = text,
        Err(error) if files.on_disk => return Err(error),
        // A link, or a file as large as no settings are.
        Err(error) => fault = Some(format!("{error:#}")),
    }
    let values: Vec<GitValue> = project.git_config.iter().map(git_value).collect();
    let policy = match config::policy_path(&values) {
        Some(at) => Some(policy(at.value.as_deref().unwrap_or_default())?),
        None => None,
    };
    let others = Others { policy, git: config::git_layer(&values).map_err(faulty)?, env: env.layer };
    let (settings, catalogue) = match (others.with(files.text.as_deref()), files.on_disk) {
        (Ok(known), _) => known,
        (Err(faults), true) => return Err(unclear(&faults)),
        (Err(faults), false) => {
            // What is wrong elsewhere is no fault of the file.
            let without = others.with(None).map_err(|faults| unclear(&faults))?;
            fault = Some(faults);
            without
        }
    };
    if !settings.rules.is_empty() {
        say::know(&catalogue);
    }
    let rooted =
        if *whose == Whose::Disk { rooted(&context.cwd, files.root.as_deref()) } else { Rooted::default() };
    Ok(Loaded {
        catalogue,
        settings,
        skip: env.skip,
        notes: env.notes,
        rooted,
        is_thorough: false,
        limits: Limits::SCAN,
        lfs: lfs::Store::around(&context.cwd),
        jobs: None,
        fault,
        others,
        files,
    })
}

/// Which version the hooks of the repository around `cwd` go by.
///
/// # Errors
/// When a server's settings are wrong.
pub(super) fn as_hooks_see(cwd: &Path) -> Result<Whose> {
    let Ok(layout) = repo::layout(cwd) else { return Ok(Whose::Disk) };
    if !layout.is_bare {
        return Ok(Whose::Head);
    }
    Ok(if server(cwd)?.settings_of_head { Whose::ServersHead } else { Whose::Nobody })
}

/// What the administrator of a repository that receives pushes has set.
///
/// # Errors
/// When git's configuration cannot be read, or a value is wrong.
pub(super) fn server(cwd: &Path) -> Result<config::Server> {
    let values = repo::git_config(cwd, "stanch.receive")?;
    config::server(&values.iter().map(git_value).collect::<Vec<_>>()).map_err(faulty)
}

/// Sources of a repository name paths from its root; files on disk are named as they were typed.
pub(super) fn rooted(cwd: &Path, root: Option<&Path>) -> Rooted {
    let real = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let bytes = |path: &Path| real(path).as_os_str().as_encoded_bytes().to_vec();
    root.map_or_else(Rooted::default, |root| Rooted::new(&bytes(cwd), &bytes(root)))
}

/// git's configuration, and where the user's files are.
fn open(context: &Context, whose: &Whose) -> Result<(Project, Files)> {
    let at = match whose {
        Whose::Head | Whose::ServersHead | Whose::Nobody | Whose::Disk => At::Head,
        Whose::MergeBase(from, to) => At::MergeBase(from, to),
        Whose::Revision(to) => At::Revision(to),
    };
    let on_disk = *whose == Whose::Disk;
    let (mut project, root) = match project(context, at) {
        Ok(mut project) => {
            let root = project.work_tree.take();
            (project, root)
        }
        // Files are looked at anywhere.
        Err(_) if on_disk || *whose == Whose::Nobody => {
            let git_config = repo::git_config(&context.cwd, "stanch.")?;
            let root = repo::layout(&context.cwd).ok().and_then(|layout| layout.work_tree);
            (Project { git_config, ..Project::default() }, root)
        }
        Err(error) => return Err(error),
    };
    let root = if on_disk { root.or_else(|| Some(context.cwd.clone())) } else { root };
    let version = project.version.take().filter(|_| *whose != Whose::Nobody);
    Ok((project, Files { version, root, on_disk, text: None }))
}

fn policy(path: &str) -> Result<Layer> {
    let said = |error: &dyn std::fmt::Display| {
        anyhow!("cannot read the policy `{path}` that git's stanch.policy names: {error}")
    };
    let at = repo::configured_path(path).map_err(|error| said(&error))?;
    let text = std::fs::read(at).map_err(|error| said(&error))?;
    config::policy_file(&text, path).map_err(faulty)
}

fn git_value(setting: &repo::Setting) -> GitValue {
    GitValue {
        key: setting.key.clone(),
        value: setting.value.as_ref().map(|value| value.to_str_lossy().into_owned()),
        scope: match setting.scope {
            Scope::System => GitScope::System,
            Scope::Global => GitScope::Global,
            Scope::Local => GitScope::Local,
            Scope::Worktree => GitScope::Worktree,
            Scope::Command => GitScope::Command,
        },
    }
}

pub(super) fn faulty(faults: config::Faults) -> anyhow::Error {
    unclear(&faults.to_string())
}

fn unclear(faults: &str) -> anyhow::Error {
    anyhow!(
        "{faults}\nwhy: nothing was checked, since what you asked for is not clear\nnext: correct it, or take it out"
    )
}

/// That the settings which count are faulty, and what mends them.
pub(super) fn unreadable(fault: &str, whose: &Whose) -> anyhow::Error {
    let next = match whose {
        Whose::Head => format!(
            "correct it, then `git add :/{FILE} && git commit`; or take it out, `git rm --cached :/{FILE} && git commit`\n\
             a commit that does either passes, when nothing else stops it"
        ),
        Whose::MergeBase(..) => {
            "correct it, or take it out, in a commit of these: they are looked through then".to_owned()
        }
        Whose::Revision(_) => "correct it, or take it out, in a new commit".to_owned(),
        Whose::ServersHead | Whose::Nobody => {
            format!("push commits in which {FILE} is correct, or gone: they come in")
        }
        Whose::Disk => "correct it, or take it out".to_owned(),
    };
    anyhow!(
        "{fault}\nwhy: nothing was checked, since these settings, as {} has them, are not clear\nnext: {next}",
        whose.holder()
    )
}

/// Whether the settings that HEAD has are faulty.
///
/// # Errors
/// When they cannot be read at all.
pub(super) fn head_is_faulty(context: &Context) -> Result<bool> {
    Ok(load_or_without(context, &Whose::Head)?.fault.is_some())
}

/// The file of settings as a revision has it.
///
/// # Errors
/// When it cannot be read.
pub(super) fn of_revision(context: &Context, revision: &str) -> Result<Option<Vec<u8>>> {
    open(context, &Whose::Revision(revision.to_owned()))?.1.read(FILE)
}

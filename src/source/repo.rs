//! Finds and opens the repository, and hands up what other layers need to know of it.
//!
//! In: a directory, and git's own environment. Out: plain values; nothing outside this folder sees
//! a type of gix. Ownership is checked as git does, and replacement objects are ignored: what is
//! recorded and pushed is the object itself.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow};
use bstr::{BStr, BString, ByteSlice};
use gix::{ObjectId, config::Source as Origin, hash::Kind as Hash};

use super::{
    Context, Shared, Skipped,
    objects::Objects,
    plumbing::Git,
    refs::{Named, ObjectDirs, alternates, broken},
    stores,
};

/// Where the parts of a repository are. All paths are absolute or relative to the current directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// The directory that holds HEAD: one for each work tree.
    pub git_dir: PathBuf,
    /// The directory that holds objects and configuration, shared by linked work trees.
    pub common_dir: PathBuf,
    /// The root of the checked-out files.
    pub work_tree: Option<PathBuf>,
    /// Where git looks for hooks, `core.hooksPath` considered.
    pub hooks_dir: PathBuf,
    /// `core.hooksPath` as written, and the scope that says so.
    pub hooks_path: Option<(String, Scope)>,
    /// Nothing is checked out here, ever.
    pub is_bare: bool,
    /// `sha1` or `sha256`.
    pub object_format: &'static str,
    /// `files` or `reftable`.
    pub ref_format: String,
}

/// Where a value of git's configuration comes from; the later wins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// For every user of the machine.
    System,
    /// For this user.
    Global,
    /// For this repository.
    Local,
    /// For this work tree.
    Worktree,
    /// `git -c` or `GIT_CONFIG_COUNT`.
    Command,
}

impl Scope {
    /// The word that git uses for it.
    pub fn name(self) -> &'static str {
        match self {
            Scope::System => "system",
            Scope::Global => "global",
            Scope::Local => "local",
            Scope::Worktree => "worktree",
            Scope::Command => "command",
        }
    }
}

/// A value of git's configuration, with its origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Full name: `section.name` or `section.subsection.name`; section and name in lower case.
    pub key: String,
    /// As git reads it; `None` where the name stands alone, which means "true".
    pub value: Option<BString>,
    /// Who says so.
    pub scope: Scope,
}

/// Where the parts of the repository around `cwd` are.
///
/// # Errors
/// When there is none, or it may not be used.
pub fn layout(cwd: &Path) -> Result<Layout> {
    let repo = match discover(cwd) {
        Ok(repo) => repo,
        Err(err) => return layout_through_git(&Git::new(&Context::new(cwd)), &err),
    };
    let config = repo.config_snapshot();
    let work_tree = repo.workdir().map(Path::to_owned);
    let root = work_tree.as_deref().unwrap_or_else(|| repo.git_dir());
    let configured = setting(config.plumbing(), "core", "hookspath").filter(|(value, _)| !value.is_empty());
    let hooks_dir = match config.trusted_path("core.hooksPath") {
        Ok(Some(path)) if configured.is_some() => root.join(path),
        _ => repo.common_dir().join("hooks"),
    };
    Ok(Layout {
        git_dir: repo.git_dir().to_owned(),
        common_dir: repo.common_dir().to_owned(),
        hooks_dir,
        hooks_path: configured.map(|(value, scope)| (value.to_str_lossy().into_owned(), scope)),
        is_bare: work_tree.is_none(),
        work_tree,
        object_format: format_name(repo.object_hash()),
        ref_format: ref_format(&repo),
    })
}

/// The directory that holds HEAD: one for each work tree.
///
/// # Errors
/// When there is no repository.
pub fn git_dir(ctx: &Context) -> Result<PathBuf> {
    Ok(open(ctx)?.git_dir)
}

/// Every setting whose key starts with `prefix` (`stanch.`), lowest scope first. Outside a
/// repository those of the person and the machine.
///
/// # Errors
/// When a configuration file cannot be parsed.
pub fn git_config(cwd: &Path, prefix: &str) -> Result<Vec<Setting>> {
    let prefix = prefix.to_ascii_lowercase();
    match discover(cwd) {
        Ok(repo) => Ok(settings(repo.config_snapshot().plumbing(), &prefix)),
        Err(_) => {
            let mut config = gix::config::File::from_globals()
                .map_err(|err| anyhow!("cannot read git's configuration: {err}"))?;
            if let Ok(env) = gix::config::File::from_environment_overrides() {
                config.append(env).map_err(|err| anyhow!("cannot read git's configuration: {err}"))?;
            }
            Ok(settings(&config, &prefix))
        }
    }
}

/// A path that git's configuration names, read as git reads its own: `~/` is the person's home, `~name/` another's.
///
/// # Errors
/// When it is empty, or there is no such home.
pub fn configured_path(value: &str) -> Result<PathBuf> {
    let home = gix::path::env::home_dir();
    let context = gix::config::path::interpolate::Context {
        git_install_dir: None,
        home_dir: home.as_deref(),
        home_for_user: Some(gix::config::path::interpolate::home_for_user),
    };
    let path = gix::config::Path::from(std::borrow::Cow::Borrowed(BStr::new(value)));
    path.interpolate(context).map_err(|err| anyhow!("{err}"))
}

/// The SHA-1 of some bytes, hex: by it some tools name secrets. `None` for the few inputs that were made
/// to collide.
pub fn sha1(bytes: &[u8]) -> Option<String> {
    let mut hasher = gix::hash::hasher(Hash::Sha1);
    hasher.update(bytes);
    hasher.try_finalize().ok().map(|id| id.to_string())
}

/// An open repository, by gix where it can and by git where it cannot.
pub(super) struct Opened {
    /// Stores of the object directories that only the environment names.
    named: Vec<gix::odb::HandleArc>,
    pub repo: Option<gix::Repository>,
    pub git: Git,
    pub hash: Hash,
    pub git_dir: PathBuf,
    /// The list of shallow commits that counts instead of the repository's own.
    shallow_file: Option<PathBuf>,
    /// Why git was needed.
    pub notes: Vec<String>,
}

impl Opened {
    pub(super) fn objects(&self) -> Objects {
        Objects::new(self.named.clone(), self.repo.clone(), self.hash, self.git.clone())
    }

    /// For a time in which no other process adds packs: an object that is not found is not looked
    /// for again on disk, which matters where most are only found by git.
    pub(super) fn objects_never_refresh(&mut self) {
        if let Some(repo) = &mut self.repo {
            repo.objects.refresh_never();
        }
    }

    /// What the references are at whose names start with one of `prefixes`, which end in a slash.
    pub(super) fn refs(&self, prefixes: &[String]) -> Result<Vec<ObjectId>> {
        let Some(repo) = self.repo.as_ref().filter(|repo| ref_format(repo) == "files") else {
            return self.git.refs(prefixes);
        };
        let failed = |err: &dyn std::fmt::Display| anyhow!("cannot read the references: {err}");
        let mut ids = Vec::new();
        let platform = repo.references().map_err(|err| failed(&err))?;
        for prefix in prefixes {
            let references = platform.prefixed(prefix.as_bytes().as_bstr()).map_err(|err| failed(&err))?;
            // One that leads nowhere, such as `origin/HEAD` after its branch was deleted, or that cannot be
            // read, excludes nothing.
            for mut reference in references.flatten() {
                ids.extend(reference.follow_to_object().ok().map(gix::Id::detach));
            }
        }
        Ok(ids)
    }

    /// Every reference with its whole name and what it is at.
    pub(super) fn named_refs(&self) -> Result<Named> {
        let (mut named, mut faults) = (Named::default(), Vec::new());
        let Some(repo) = self.repo.as_ref().filter(|repo| ref_format(repo) == "files") else {
            named.refs = self.git.named_refs()?;
            return Ok(named);
        };
        let failed = |err: &dyn std::fmt::Display| anyhow!("cannot read the references: {err}");
        for reference in repo.references().map_err(|err| failed(&err))?.all().map_err(|err| failed(&err))? {
            let mut reference = match reference {
                Ok(reference) => reference,
                Err(err) => {
                    faults.push(Skipped { path: "a reference".into(), why: failed(&err).to_string().into() });
                    continue;
                }
            };
            let name = reference.name().as_bstr().to_owned();
            if let gix::refs::TargetRef::Symbolic(target) = reference.target() {
                named.names.push(target.as_bstr().to_owned());
            }
            let id = match reference.try_id() {
                Some(id) => Some(id.detach()),
                None => reference.follow_to_object().ok().map(gix::Id::detach),
            };
            match id {
                Some(id) => named.refs.push((name, id)),
                None => named.names.push(name),
            }
        }
        if !faults.is_empty() {
            // The error tells one of them as a path of this machine, and not the way out.
            broken(&repo.common_dir().join("refs"), "refs", &mut named.failed);
            if repo.git_dir() != repo.common_dir() {
                broken(&repo.git_dir().join("refs"), "refs", &mut named.failed);
            }
            if named.failed.is_empty() {
                named.failed = faults;
            }
        }
        Ok(named)
    }

    /// The directory that linked work trees share.
    pub(super) fn common_dir(&self) -> Result<PathBuf> {
        match &self.repo {
            Some(repo) => Ok(repo.common_dir().to_owned()),
            None => path(&self.git.line(&["rev-parse", "--path-format=absolute", "--git-common-dir"])?),
        }
    }

    /// Whether nothing is checked out here, ever.
    pub(super) fn is_bare(&self) -> bool {
        match &self.repo {
            Some(repo) => repo.is_bare(),
            None => self.git.line(&["rev-parse", "--is-bare-repository"]).is_ok_and(|line| line == "true"),
        }
    }

    /// Where objects are kept: the repository's own directory and its alternates.
    pub(super) fn object_dirs(&self) -> Result<ObjectDirs> {
        let own = match &self.repo {
            Some(repo) => repo.objects.store_ref().path().to_owned(),
            None => {
                path(&self.git.line(&["rev-parse", "--path-format=absolute", "--git-path", "objects"])?)?
            }
        };
        alternates(own).context("cannot read which other repositories hold objects of this one")
    }

    /// Commits at which a shallow clone ends.
    pub(super) fn shallow(&self) -> Result<Vec<ObjectId>> {
        let path = match &self.shallow_file {
            Some(path) => path.clone(),
            None => self.common_dir()?.join("shallow"),
        };
        match std::fs::read(path) {
            Ok(ids) => ByteSlice::lines(ids.as_slice()).map(super::plumbing::oid).collect(),
            Err(err) if err.kind() == std::io::ErrorKind::NotFound => Ok(Vec::new()),
            Err(err) => Err(err).context("cannot read the list of shallow commits"),
        }
    }

    /// The commit that HEAD is at; `None` on an unborn branch.
    pub(super) fn head(&mut self) -> Result<Option<ObjectId>> {
        let Some(repo) = &self.repo else { return self.git.head() };
        if ref_format(repo) != "files" {
            self.notes.push(format!(
                "references read through git, because they are stored as {}",
                ref_format(repo)
            ));
            return self.git.head();
        }
        // git takes blanks, and their absence, that gix does not.
        head_of(repo).or_else(|err| self.git.head().map_err(|_| err))
    }
}

fn head_of(repo: &gix::Repository) -> Result<Option<ObjectId>> {
    let mut head = repo.head().map_err(|err| anyhow!("cannot read HEAD: {err}"))?;
    if head.is_unborn() {
        return Ok(None);
    }
    let named = head.id().map_or_else(|| "HEAD's object".to_owned(), |id| format!("{id}, which HEAD names,"));
    let id = head
        .try_peel_to_id()
        .map_err(|_| anyhow!("{named} is missing here or damaged; `git fsck` tells what else is"))?
        .context("HEAD points nowhere")?;
    Ok(Some(id.detach()))
}

/// Opens the repository around `ctx.cwd`.
pub(super) fn open(ctx: &Context) -> Result<Opened> {
    let git = Git::new(ctx);
    let shallow_file = ctx.shallow_file.as_ref().map(|path| ctx.cwd.join(path));
    let opened = match ctx.shared.open(&ctx.cwd) {
        Ok(repo) => Opened {
            named: stores::open(
                &ctx.object_dirs,
                &ctx.cwd,
                repo.objects.store_ref().path(),
                repo.object_hash(),
            ),
            hash: repo.object_hash(),
            git_dir: repo.git_dir().to_owned(),
            repo: Some(repo),
            git,
            shallow_file: None,
            notes: Vec::new(),
        },
        Err(err) => open_through_git(git, &err)?,
    };
    Ok(Opened { shallow_file, ..opened })
}

fn open_through_git(git: Git, why: &anyhow::Error) -> Result<Opened> {
    let git_dir = ask(&git, &["rev-parse", "--absolute-git-dir"], why)?;
    let hash = match ask(&git, &["rev-parse", "--show-object-format"], why)?.as_slice() {
        b"sha1" => Hash::Sha1,
        b"sha256" => Hash::Sha256,
        other => return Err(anyhow!("the object format {:?} is not known", other.as_bstr())),
    };
    Ok(Opened {
        named: Vec::new(),
        repo: None,
        git,
        hash,
        git_dir: path(&git_dir)?,
        shallow_file: None,
        notes: vec![format!("read through git, because {why:#}")],
    })
}

fn layout_through_git(git: &Git, why: &anyhow::Error) -> Result<Layout> {
    let one = |arg: &str| path(&ask(git, &["rev-parse", "--path-format=absolute", arg], why)?);
    let is_bare = ask(git, &["rev-parse", "--is-bare-repository"], why)? == "true";
    let object_format = match ask(git, &["rev-parse", "--show-object-format"], why)?.as_slice() {
        b"sha256" => "sha256",
        _ => "sha1",
    };
    Ok(Layout {
        git_dir: one("--absolute-git-dir")?,
        common_dir: one("--git-common-dir")?,
        work_tree: if is_bare { None } else { one("--show-toplevel").ok() },
        hooks_dir: path(&ask(git, &["rev-parse", "--path-format=absolute", "--git-path", "hooks"], why)?)?,
        hooks_path: None,
        is_bare,
        object_format,
        ref_format: ask(git, &["rev-parse", "--show-ref-format"], why)
            .map_or("files".into(), |name| name.to_string()),
    })
}

/// git's answer; where git cannot answer either, its own words, which name the remedy.
fn ask(git: &Git, args: &[&str], why: &anyhow::Error) -> Result<BString> {
    git.line(args).map_err(|said| {
        match said.is::<std::io::Error>() || said.chain().any(|part| part.is::<std::io::Error>()) {
            true => anyhow!("{why:#}"),
            false => anyhow!("cannot open the repository: {said:#}"),
        }
    })
}

impl Shared {
    fn open(&self, cwd: &Path) -> Result<gix::Repository> {
        let opened = match self.0.get() {
            Some(opened) => opened.clone(),
            None => {
                let opened = find(cwd)?;
                self.0.get_or_init(|| opened).clone()
            }
        };
        Ok(local(opened))
    }
}

fn discover(cwd: &Path) -> Result<gix::Repository> {
    find(cwd).map(local)
}

/// For git a namespace (`GIT_NAMESPACE`) is a matter between two repositories: HEAD and references are read
/// without it.
fn local(opened: gix::ThreadSafeRepository) -> gix::Repository {
    let mut repo = gix::Repository::from(opened);
    repo.clear_namespace();
    repo
}

fn find(cwd: &Path) -> Result<gix::ThreadSafeRepository> {
    let options = || {
        gix::open::Options::default()
            .bail_if_untrusted(true)
            .lossy_config(true)
            .config_overrides(["core.useReplaceRefs=false"])
    };
    let trust = gix::sec::trust::Mapping { full: options(), reduced: options() };
    gix::ThreadSafeRepository::discover_with_environment_overrides_opts(cwd, Default::default(), trust)
        .map_err(|err| anyhow!("{err}"))
}

/// The way in which references are stored.
pub(super) fn ref_format(repo: &gix::Repository) -> String {
    match repo.config_snapshot().string("extensions.refStorage") {
        Some(format) => format.to_str_lossy().to_ascii_lowercase(),
        None => "files".into(),
    }
}

fn format_name(hash: Hash) -> &'static str {
    match hash {
        Hash::Sha256 => "sha256",
        _ => "sha1",
    }
}

fn setting(config: &gix::config::File, section: &str, name: &str) -> Option<(BString, Scope)> {
    let key = format!("{section}.{name}");
    settings(config, &key).pop().and_then(|setting| Some((setting.value?, setting.scope)))
}

pub(super) fn settings(config: &gix::config::File, prefix: &str) -> Vec<Setting> {
    let mut found = Vec::new();
    for section in config.sections() {
        let header = section.header();
        let mut start = header.name().to_str_lossy().to_ascii_lowercase();
        if let Some(subsection) = header.subsection_name() {
            start = format!("{start}.{subsection}");
        }
        if !prefix.starts_with(&start) && !start.starts_with(prefix) {
            continue;
        }
        let scope = scope(section.meta().source);
        let mut seen = Vec::new();
        for name in section.value_names() {
            let name = name.to_ascii_lowercase();
            let key = format!("{start}.{name}");
            if !key.starts_with(prefix) || seen.contains(&name) {
                continue;
            }
            let values = section.values(&name);
            if values.is_empty() {
                found.push(Setting { key: key.clone(), value: None, scope });
            }
            found.extend(values.into_iter().map(|value| Setting {
                key: key.clone(),
                value: Some(value),
                scope,
            }));
            seen.push(name);
        }
    }
    found
}

fn scope(origin: Origin) -> Scope {
    match origin {
        Origin::GitInstallation | Origin::System => Scope::System,
        Origin::Git | Origin::User => Scope::Global,
        Origin::Local => Scope::Local,
        Origin::Worktree => Scope::Worktree,
        Origin::Env | Origin::Cli | Origin::Api | Origin::EnvOverride => Scope::Command,
    }
}

fn path(bytes: &BString) -> Result<PathBuf> {
    bytes.to_path().map(Path::to_owned).with_context(|| format!("the path {bytes:?} cannot be used here"))
}

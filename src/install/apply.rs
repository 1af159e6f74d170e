//! Carries out a plan. Files are written beside their place and renamed into it, so that git never meets
//! half a hook, and a hook that is kept is linked before ours takes its place, so that it never meets none.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result, bail};

use super::change::Change;
use super::draft::{self, Access};
use super::git::Git;
use super::plan::Plan;

/// Carries out every step of `plan`; `git` writes configuration for the repository it stands in.
///
/// # Errors
/// The first step that fails. Those before it are done; running again goes on from there.
pub fn apply(plan: &Plan, git: &Git) -> Result<()> {
    for (done, change) in plan.changes.iter().enumerate() {
        if let Err(error) = step(change, git) {
            let written = match done {
                0 => "nothing was changed",
                _ => "the lines above that are done, those below are not",
            };
            bail!(
                "cannot {change}: {error:#}; {written}\nnext: mend that and run this again: it goes on from there"
            );
        }
    }
    Ok(())
}

fn step(change: &Change, git: &Git) -> Result<()> {
    match change {
        Change::MakeFolder(path) => fs::create_dir_all(path)?,
        Change::Keep { from, to } => keep(from, to)?,
        Change::Move { from, to } => {
            make_folder_of(to)?;
            fs::rename(from, to)?;
        }
        Change::Link { path, to } => {
            make_folder_of(path)?;
            link(to, path)?;
        }
        Change::Write { path, text, executable } => write(path, text, *executable)?,
        Change::Remove(path) => fs::remove_file(path)?,
        Change::RemoveFolder(path) => match fs::remove_dir(path) {
            Err(fault) if fault.kind() != std::io::ErrorKind::DirectoryNotEmpty => return Err(fault.into()),
            _ => {}
        },
        Change::Restore { from, to } => fs::rename(from, to)?,
        Change::SetConfig { place, key, value } => {
            git.text(&["config".as_ref(), place.flag().as_ref(), key.as_ref(), value.as_os_str()])?;
        }
        Change::UnsetConfig { place, key } => {
            git.text(&["config", place.flag(), "--unset", key])?;
        }
        Change::RemoveSection { place, name } => {
            git.text(&["config", place.flag(), "--remove-section", name])?;
        }
    }
    Ok(())
}

fn make_folder_of(path: &Path) -> Result<()> {
    Ok(fs::create_dir_all(path.parent().with_context(|| format!("{} has no folder", path.display()))?)?)
}

#[cfg(unix)]
fn link(to: &Path, path: &Path) -> Result<()> {
    Ok(std::os::unix::fs::symlink(to, path)?)
}

#[cfg(not(unix))]
fn link(_: &Path, path: &Path) -> Result<()> {
    anyhow::bail!("{}: links are made where everybody may make them only", path.display())
}

fn keep(from: &Path, to: &Path) -> Result<()> {
    make_folder_of(to)?;
    // Not every file system has links; there the hook is away for a moment.
    if fs::hard_link(from, to).is_err() {
        fs::rename(from, to)?;
    }
    Ok(())
}

/// Writes a file whole or not at all. A file that is there keeps its mode, with the right to run added when
/// `executable` asks for it; a link is replaced, never written through: what it leads to is somebody else's.
pub fn write(path: &Path, text: &[u8], executable: bool) -> Result<()> {
    let mut draft = draft::beside(path, if executable { Access::Executable } else { Access::Usual })?;
    draft.write_all(text)?;
    keep_mode(path, draft.as_file(), executable)?;
    Ok(draft::put(draft, path)?)
}

/// Gives the new file the mode of the one it takes the place of.
fn keep_mode(there: &Path, waiting: &fs::File, executable: bool) -> Result<()> {
    let Ok(data) = fs::symlink_metadata(there) else { return Ok(()) };
    if data.is_symlink() {
        return Ok(());
    }
    let mut permissions = data.permissions();
    #[cfg(unix)]
    if executable {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = permissions.mode();
        // Whoever may read it may run it.
        permissions.set_mode(mode | (mode & 0o444) >> 2);
    }
    #[cfg(not(unix))]
    let _ = (&mut permissions, executable);
    Ok(waiting.set_permissions(permissions)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_that_fails_says_how_far_it_came_and_the_way_on() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let written = |path| Change::Write { path, text: b"a".to_vec(), executable: false };
        // No folder is where a file is.
        let changes = vec![written(at("file")), written(at("file").join("hook"))];
        let git = Git::new(folder.path());
        let fault = apply(&Plan { changes, ..Plan::default() }, &git).unwrap_err().to_string();
        assert!(fault.contains("the lines above that are done") && fault.contains("\nnext: "), "{fault}");
    }
}

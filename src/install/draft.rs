//! A file that takes the place of another in one step: written beside it under a name that nobody has, then
//! renamed. A reader sees the old file or the new one, whole; what is not put in its place is gone with the
//! draft, and nothing else.

use std::io;
use std::path::Path;

use tempfile::{Builder, NamedTempFile};

/// Who may read and run a file that nobody has set a mode for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Its owner alone.
    Private,
    /// Whoever the user lets read new files.
    Usual,
    /// The same, and run.
    Executable,
}

/// Begins a file in the folder of `place`.
///
/// # Errors
/// When no file can be made there.
pub fn beside(place: &Path, access: Access) -> io::Result<NamedTempFile> {
    let folder = place.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let mut builder = Builder::new();
    builder.prefix(".stanch-").suffix(".tmp");
    #[cfg(unix)]
    {
        let mode = match access {
            Access::Private => 0o600,
            Access::Usual => 0o666,
            Access::Executable => 0o777,
        };
        builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(mode));
    }
    #[cfg(not(unix))]
    let _ = access;
    builder.tempfile_in(folder)
}

/// Puts a draft in its place.
///
/// # Errors
/// When it cannot be written or moved there; what stood there is then unchanged.
pub fn put(draft: NamedTempFile, place: &Path) -> io::Result<()> {
    // Some file systems say only here that they are full.
    draft.as_file().sync_all()?;
    draft.persist(place).map(drop).map_err(|failed| failed.error)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;

    #[test]
    fn a_draft_leaves_others_alone_and_nothing_behind() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("report.json");
        let other = beside(&place, Access::Usual).unwrap();
        drop(beside(&place, Access::Usual).unwrap());
        assert!(other.path().exists());
        let mut draft = beside(&place, Access::Private).unwrap();
        draft.write_all(b"new").unwrap();
        // No file takes the place of a folder.
        std::fs::create_dir(&place).unwrap();
        assert!(put(draft, &place).is_err());
        drop(other);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}

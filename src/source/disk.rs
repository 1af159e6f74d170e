//! Files on disk, opened so that no read of them waits, or goes on for ever.
//!
//! In: a path. Out: the file, or why it is none that can be read to an end.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Bytes that a file without a size may give: those of the kernel have none, and some never end.
const ENDLESS: u64 = 64 << 20;
/// More than any disk holds of one file.
const NO_SIZE: u64 = 1 << 44;

/// Opens a file, with its size, so that no read of it waits: a pipe that has taken its place, or a log of the kernel that
/// has no more to tell.
pub(super) fn open(path: &Path) -> io::Result<(u64, File)> {
    let mut options = File::options();
    options.read(true);
    #[cfg(any(target_os = "linux", target_os = "android"))]
    std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, 0o4000); // O_NONBLOCK
    let file = options.open(path)?;
    let about = file.metadata()?;
    if !about.is_file() {
        return Err(io::Error::other("a pipe or a device: feed it through --stdin"));
    }
    if about.len() >= NO_SIZE {
        return Err(io::Error::other("no file of a disk is so large: it is the memory of the system"));
    }
    Ok((about.len(), file))
}

/// A file that ends where its size says; or one that has no size to hold it to, but an end all the same.
pub(super) struct Ending<'f> {
    inner: &'f File,
    size: u64,
    read: u64,
    is_over: bool,
}

impl<'f> Ending<'f> {
    /// A file at its start, and its size as the system gives it.
    pub(super) fn new(inner: &'f File, size: u64) -> Self {
        Ending { inner, size, read: 0, is_over: false }
    }
}

impl Read for Ending<'_> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        if self.is_over {
            return Ok(0);
        }
        let read = self.inner.read(buf).map_err(|err| match err.kind() {
            io::ErrorKind::WouldBlock => {
                io::Error::other("it waits for what may never come: feed it through --stdin")
            }
            _ => err,
        })?;
        self.read += read as u64;
        if self.size == 0 && self.read > ENDLESS {
            let why = "it does not end: what the system shows as a file is none on a disk";
            return Err(io::Error::other(why));
        }
        // All of it was given, and less than there was room for: nobody has to ask again whether this was the end.
        self.is_over = self.size > 0 && self.read == self.size && read < buf.len();
        Ok(read)
    }
}

/// Opens a regular file.
///
/// # Errors
/// When it cannot be opened, or is of another kind. Asked before it is opened: a named pipe would be waited for.
pub fn open_regular(path: &Path) -> io::Result<File> {
    match path.metadata()?.is_file() {
        true => File::open(path),
        false => Err(io::Error::other("it is no file")),
    }
}

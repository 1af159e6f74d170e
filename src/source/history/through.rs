//! Reads a file from its start to its end through one window.
//!
//! In: a file, places in it, each behind the one before. Out: the bytes there.

use std::fs::File;

/// Bytes that are read at once.
const WINDOW: usize = 64 << 10;

/// The part of a file that was read last.
#[derive(Default)]
pub(super) struct Through {
    start: u64,
    bytes: Vec<u8>,
}

impl Through {
    /// The `length` bytes at `start` of `file`, always the same one; `None` where it ends before.
    pub(super) fn get(&mut self, file: &File, start: u64, length: usize) -> Option<&[u8]> {
        let within = |from: &u64| *from + length as u64 <= self.bytes.len() as u64;
        let from = match start.checked_sub(self.start).filter(within) {
            Some(from) => from as usize,
            None => {
                self.bytes.resize(WINDOW.max(length), 0);
                let read = read_at(file, &mut self.bytes, start).unwrap_or(0);
                self.bytes.truncate(read);
                self.start = start;
                0
            }
        };
        self.bytes.get(from..from + length)
    }
}

/// Fills as much of `buffer` as the file has at `start`.
pub(super) fn read_at(file: &File, buffer: &mut [u8], start: u64) -> std::io::Result<usize> {
    let mut read = 0;
    while read < buffer.len() {
        let at = start + read as u64;
        #[cfg(unix)]
        let count = std::os::unix::fs::FileExt::read_at(file, &mut buffer[read..], at);
        #[cfg(windows)]
        let count = std::os::windows::fs::FileExt::seek_read(file, &mut buffer[read..], at);
        match count {
            Ok(0) => break,
            Ok(count) => read += count,
            Err(err) if err.kind() == std::io::ErrorKind::Interrupted => {}
            Err(err) => return Err(err),
        }
    }
    Ok(read)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::{Through, WINDOW};

    #[test]
    fn a_part_is_what_the_file_holds_there() {
        let whole: Vec<u8> = (0..WINDOW * 5 + 77).map(|at| (at % 251) as u8).collect();
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&whole).unwrap();
        let places = [0, 1, WINDOW - 1, WINDOW, 3 * WINDOW - 5, whole.len() - 90, whole.len() - 1];
        for length in [1, 10, 89, WINDOW, WINDOW + 1, 2 * WINDOW] {
            let mut through = Through::default();
            for start in places {
                let expected = whole.get(start..start + length);
                assert_eq!(through.get(&file, start as u64, length), expected, "{length} at {start}");
            }
        }
    }
}

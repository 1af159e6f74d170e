//! Reads packs by pages, and keeps those that were read last.
//!
//! In: a file, a place in it. Out: the bytes there. A family of deltas lies close together in a pack, but is
//! not read in the order in which it lies: one window that moves along would read the same bytes many times.

use std::fs::File;

/// Bytes of a page. Most entries of a pack are far smaller.
const PAGE: u64 = 32 << 10;
/// Pages that one thread keeps: 2 MiB.
const KEPT: usize = 64;

/// The pages that were read last.
#[derive(Default)]
pub(super) struct Pages {
    kept: Vec<Page>,
    /// What lies across pages, put together.
    joined: Vec<u8>,
}

#[derive(Default)]
struct Page {
    /// Pack and number of the page; no page has the number of the default.
    key: Option<(usize, u64)>,
    bytes: Vec<u8>,
}

impl Pages {
    /// The bytes at `start` of `file`, which is that of pack number `pack`; `None` where it ends before.
    pub(super) fn get(&mut self, (pack, file): (usize, &File), start: u64, length: usize) -> Option<&[u8]> {
        let (page, from) = (start / PAGE, (start % PAGE) as usize);
        if from + length <= PAGE as usize {
            return self.page((pack, file), page).get(from..from + length);
        }
        let mut joined = std::mem::take(&mut self.joined);
        joined.clear();
        if length > KEPT * PAGE as usize / 8 {
            // It would drive out most of what is kept.
            joined.resize(length, 0);
            let read = read_at(file, &mut joined, start).unwrap_or(0);
            joined.truncate(read);
        } else {
            let end = start + length as u64;
            for page in page..=(end - 1) / PAGE {
                let bytes = self.page((pack, file), page);
                let own = page * PAGE;
                let part = start.saturating_sub(own) as usize..((end - own).min(PAGE)) as usize;
                let Some(part) = bytes.get(part) else { break };
                joined.extend_from_slice(part);
            }
        }
        self.joined = joined;
        self.joined.get(..length)
    }

    /// A page, as far as the file has it.
    fn page(&mut self, (pack, file): (usize, &File), number: u64) -> &[u8] {
        if self.kept.is_empty() {
            self.kept.resize_with(KEPT, Page::default);
        }
        let slot = &mut self.kept[number as usize % KEPT];
        if slot.key != Some((pack, number)) {
            slot.bytes.resize(PAGE as usize, 0);
            let read = read_at(file, &mut slot.bytes, number * PAGE).unwrap_or(0);
            slot.bytes.truncate(read);
            slot.key = Some((pack, number));
        }
        &slot.bytes
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

    use super::{KEPT, PAGE, Pages};

    #[test]
    fn a_part_is_what_the_file_holds_there() {
        let whole: Vec<u8> = (0..PAGE as usize * (KEPT + 3) + 77).map(|at| (at % 251) as u8).collect();
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&whole).unwrap();
        let mut pages = Pages::default();
        let page = PAGE as usize;
        let places = [0, 1, page - 1, page, 3 * page - 5, KEPT * page, whole.len() - 90, whole.len() - 1];
        for start in places {
            for length in [1, 10, 89, page, page + 1, 5 * page, KEPT * page / 4, whole.len()] {
                let expected = whole.get(start..start + length);
                assert_eq!(pages.get((0, &file), start as u64, length), expected, "{length} at {start}");
            }
        }
        // Another pack has other pages of the same number.
        let mut other = tempfile::tempfile().unwrap();
        other.write_all(&vec![9; page]).unwrap();
        assert_eq!(pages.get((1, &other), 0, 3), Some(&[9, 9, 9][..]));
        assert_eq!(pages.get((0, &file), 0, 3), Some(&[0, 1, 2][..]));
    }
}

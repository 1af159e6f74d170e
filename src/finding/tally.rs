//! How often each of many values stands in a text, in one pass over it.
//!
//! One value is looked for by itself. Many share a pass: the last bytes of each are its key, a bitmap says where
//! no key can end, and what ends in a key is looked up whole. So a file full of secrets costs about what an
//! ordinary one does, and not the product of its length and their number.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

/// Up to so many values, each is looked for by itself.
const FEW: usize = 6;
/// Bytes of a key.
const KEY: usize = 8;

/// Values to be counted.
#[derive(Debug)]
pub struct Tally<'n> {
    needles: Vec<&'n [u8]>,
    /// Where each needle stands in the list.
    at: HashMap<&'n [u8], usize>,
    /// By the length of their keys; short needles have short ones.
    groups: BTreeMap<usize, Group>,
}

/// Needles with keys of one length.
#[derive(Debug)]
struct Group {
    /// One bit a hash of a key.
    bitmap: Vec<u64>,
    /// The lengths of the needles that end so.
    lengths: HashMap<u64, Vec<usize>>,
}

impl<'n> Tally<'n> {
    /// Of each needle once; empty ones stand nowhere.
    pub fn new(needles: impl IntoIterator<Item = &'n [u8]>) -> Tally<'n> {
        let mut tally = Tally { needles: Vec::new(), at: HashMap::new(), groups: BTreeMap::new() };
        for needle in needles {
            if needle.is_empty() || tally.at.contains_key(needle) {
                continue;
            }
            tally.at.insert(needle, tally.needles.len());
            tally.needles.push(needle);
        }
        if tally.needles.len() > FEW {
            tally.group();
        }
        tally
    }

    fn group(&mut self) {
        for needle in &self.needles {
            let size = needle.len().min(KEY);
            let group = self
                .groups
                .entry(size)
                .or_insert_with(|| Group { bitmap: vec![0; 1 << 10], lengths: HashMap::new() });
            let key = key(&needle[needle.len() - size..]);
            let bit = bit(key);
            group.bitmap[bit / 64] |= 1 << (bit % 64);
            let lengths = group.lengths.entry(key).or_default();
            if !lengths.contains(&needle.len()) {
                lengths.push(needle.len());
            }
        }
    }

    /// What is counted, each once.
    pub fn needles(&self) -> &[&'n [u8]] {
        &self.needles
    }

    /// Those of fewer bytes than `most`.
    pub fn of_less_than(&self, most: usize) -> Tally<'n> {
        Tally::new(self.needles.iter().copied().filter(|needle| needle.len() < most))
    }

    /// The needles that stand in `text`, and how often: from left to right, none over another of the same.
    pub fn count(&self, text: &[u8]) -> Vec<(&'n [u8], usize)> {
        self.count_where(text, |_| true)
    }

    /// The same of those that are no part of a longer word.
    pub fn count_alone(&self, text: &[u8]) -> Vec<(&'n [u8], usize)> {
        self.count_where(text, |range| is_alone(text, &range))
    }

    fn count_where(&self, text: &[u8], is_one: impl Fn(Range<usize>) -> bool) -> Vec<(&'n [u8], usize)> {
        if self.groups.is_empty() {
            let count = |needle: &[u8]| {
                let found = memchr::memmem::find_iter(text, needle);
                found.filter(|at| is_one(*at..at + needle.len())).count()
            };
            let found = self.needles.iter().map(|needle| (*needle, count(needle)));
            return found.filter(|(_, count)| *count > 0).collect();
        }
        // How often, and where the last one ended.
        let mut counts: HashMap<usize, (usize, usize)> = HashMap::new();
        for (size, group) in &self.groups {
            let mask = u64::MAX >> (8 * (KEY - size));
            let mut key = 0;
            for (byte, end) in text.iter().zip(1..) {
                key = (key << 8 | u64::from(*byte)) & mask;
                let bit = bit(key);
                if end < *size || group.bitmap[bit / 64] >> (bit % 64) & 1 == 0 {
                    continue;
                }
                let lengths = group.lengths.get(&key).into_iter().flatten();
                for length in lengths.filter(|length| **length <= end) {
                    let Some(&at) = self.at.get(&text[end - length..end]) else { continue };
                    if !is_one(end - length..end) {
                        continue;
                    }
                    let (count, last) = counts.entry(at).or_default();
                    if *count == 0 || end - length >= *last {
                        (*count, *last) = (*count + 1, end);
                    }
                }
            }
        }
        counts.into_iter().map(|(at, (count, _))| (self.needles[at], count)).collect()
    }
}

/// Whether what stands at `range` is no part of a longer word.
pub fn is_alone(text: &[u8], range: &Range<usize>) -> bool {
    let is_of_word = |byte: Option<&u8>| byte.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
    let (first, last) = (text.get(range.start), range.end.checked_sub(1).and_then(|at| text.get(at)));
    let before = range.start.checked_sub(1).and_then(|at| text.get(at));
    !(is_of_word(first) && is_of_word(before) || is_of_word(last) && is_of_word(text.get(range.end)))
}

/// The bytes as a number; at most [`KEY`] of them.
fn key(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0, |key, byte| key << 8 | u64::from(*byte))
}

/// A bit of the bitmap for a key.
fn bit(key: u64) -> usize {
    // A multiple of the golden ratio spreads keys that differ in few bits (Knuth, TAOCP 3, §6.4).
    (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 48) as usize
}

#[cfg(test)]
mod tests {
    use super::Tally;

    fn one_by_one<'n>(needles: &[&'n [u8]], text: &[u8]) -> Vec<(&'n [u8], usize)> {
        let mut all: Vec<_> =
            needles.iter().map(|n| (*n, memchr::memmem::find_iter(text, n).count())).collect();
        all.retain(|(_, count)| *count > 0);
        all.sort();
        all
    }

    #[test]
    fn together_as_one_by_one() {
        let mut state = 11u64;
        let mut roll = |sides: u64| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            (state % sides) as usize
        };
        for count in [1, 6, 7, 40] {
            for _ in 0..60 {
                // Few letters, so that needles overlap, hold and follow each other.
                let text: Vec<u8> = (0..400).map(|_| b"aab"[roll(3)]).collect();
                let mut needles: Vec<&[u8]> = (0..count)
                    .map(|_| {
                        let (from, length) = (roll(370), 1 + roll(25));
                        &text[from..from + length]
                    })
                    .collect();
                needles.push(b"nowhere to be found");
                needles.sort();
                needles.dedup();
                let mut together = Tally::new(needles.iter().copied()).count(&text);
                together.sort();
                assert_eq!(together, one_by_one(&needles, &text), "{}", String::from_utf8_lossy(&text));
            }
        }
    }

    #[test]
    fn what_is_part_of_a_word_does_not_stand_alone() {
        let text = b"latest test test1 a-test my_test \"test\"";
        assert_eq!(Tally::new([&b"test"[..]]).count_alone(text), [(&b"test"[..], 3)]);
        let many: Vec<Vec<u8>> = (0..9).map(|n| format!("none{n}").into_bytes()).collect();
        let needles = many.iter().map(Vec::as_slice).chain([&b"test"[..]]);
        assert_eq!(Tally::new(needles).count_alone(text), [(&b"test"[..], 3)]);
    }

    #[test]
    fn nothing_stands_nowhere() {
        assert_eq!(Tally::new([&b""[..]]).count(b"abc"), []);
        assert_eq!(Tally::new([&b"abc"[..]; 9]).count(b"abcabc"), [(&b"abc"[..], 2)]);
    }
}

//! The prefilter's tables: which keywords there are, ready for the one pass of `find.rs`.
//!
//! The search looks at every second position of a text. A keyword is represented by two of its runs of four bytes
//! (its grams), the rarest at an even and the rarest at an odd distance from its start; one of them meets a position
//! that is looked at. Five bits of each byte of a gram are hashed to a slot of a table, and what the slot does not
//! tell to a bit in it. Keywords of three and four bytes have a gram only with a byte beside them, and need a slot
//! for each byte that may stand there: with five bits a byte at most 32. What tells them behind it is the same for all:
//! their own three bytes.
//!
//! The build script builds the tables for the embedded catalogue; user rules build their own at run time.

use std::collections::HashMap;

/// Slots of the table, one for each value of a hash.
pub(super) const SLOTS: usize = 1 << 16;
/// Bits of the second table (16 KiB), as a power of two.
pub(super) const SECOND_BITS: u32 = 17;
/// Buckets of the table that names the keywords behind a gram.
const BUCKET_BITS: u32 = 11;
/// Odd constants: for the first two bytes and the last two of a slot's hash, the pair of 400 that took the fewest slots
/// of ordinary source; for what else tells grams apart; for the bucket.
pub(super) const FIRST: u16 = 0xC9D7;
pub(super) const LAST: u16 = 0x38E1;
const SECOND: u32 = 0x85EB_CA6B;
const THIRD: u32 = 0xC2B2_AE35;
/// What of two bytes goes into a slot's hash.
pub(super) const FIVE_BITS: u16 = 0x1F1F;
/// Makes ASCII letters lower case and maps some other bytes onto each other; the comparison decides.
pub(super) const FOLD: u32 = 0x2020_2020;
/// Most keywords that a table can hold.
pub const MAX_KEYWORDS: usize = 1 << 16;
/// How many places of a keyword may represent it.
const PLACES: usize = 15;

/// A keyword behind a gram: enough of it to tell it from most of what stands elsewhere around the same gram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    /// Which keyword.
    pub number: u16,
    /// Bits of the gram that its bucket does not tell.
    pub tag: u16,
    /// Where the gram stands, counted from the byte before the keyword; the highest bit says whether the case of its
    /// letters matters.
    pub offset: u8,
    /// Its first and its last byte, folded as grams are.
    pub ends: [u8; 2],
    /// Its length in bytes; 255 for that and more.
    pub length: u8,
}

/// The length of a keyword that an [`Entry`] cannot hold.
pub(super) const LONG: u8 = u8::MAX;
/// The bit of [`Entry::offset`] for keywords whose case matters.
pub(super) const EXACT: u8 = 1 << 7;

/// A keyword and what it must be followed by to count.
#[derive(Debug, Clone)]
pub struct Spec {
    /// Three bytes or more; lower case unless `exact`.
    pub text: Vec<u8>,
    /// Whether the case of its letters matters.
    pub exact: bool,
    /// One bit for each byte that may follow; all ones when anything may, the end included.
    pub follow: [u64; 4],
}

/// The tables, borrowed: statics for the embedded catalogue, leaked for user rules.
#[derive(Debug, Clone, Copy)]
pub struct KeywordTable {
    /// For each slot the classes of the grams in it, a bit each; nothing where keywords are sought at heads only.
    pub slots: &'static [u8],
    /// A bit for each value of a hash of whole grams, and of what short keywords are looked up by.
    pub second: &'static [u64],
    /// Where each bucket starts in `entries`; one more than there are buckets.
    pub starts: &'static [u32],
    /// The keywords of each bucket.
    pub entries: &'static [Entry],
    /// The keywords, one after the other.
    pub text: &'static [u8],
    /// Where each of them ends in `text`.
    pub ends: &'static [u32],
}

/// Owned tables, as the build script writes them out.
#[derive(Debug, Clone, Default)]
pub struct Built {
    /// See [`KeywordTable::slots`].
    pub slots: Vec<u8>,
    /// See [`KeywordTable::second`].
    pub second: Vec<u64>,
    /// See [`KeywordTable::starts`].
    pub starts: Vec<u32>,
    /// See [`KeywordTable::entries`].
    pub entries: Vec<Entry>,
    /// See [`KeywordTable::text`].
    pub text: Vec<u8>,
    /// See [`KeywordTable::ends`].
    pub ends: Vec<u32>,
}

impl Built {
    /// The same for as long as the process lives.
    pub fn leaked(self) -> KeywordTable {
        KeywordTable {
            slots: self.slots.leak(),
            second: self.second.leak(),
            starts: self.starts.leak(),
            entries: self.entries.leak(),
            text: self.text.leak(),
            ends: self.ends.leak(),
        }
    }
}

/// Where keywords are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sought {
    /// At every position of the text, by [`KeywordTable::find`].
    Anywhere,
    /// Where a token starts, by [`KeywordTable::at`].
    AtHead,
}

/// Builds the tables. Keywords shorter than three bytes, and more than [`MAX_KEYWORDS`], are refused by `check.rs`
/// and never found.
pub fn build(words: &[Spec], sought: Sought, common: &Commonness) -> Built {
    let second = vec![0; 1 << (SECOND_BITS - 6)];
    // Where a token starts, few places are looked at: what tells grams apart there is the second table alone.
    let slots = if sought == Sought::Anywhere { vec![0; SLOTS] } else { Vec::new() };
    let mut built = Built { slots, second, ..Built::default() };
    let mut buckets = vec![Vec::new(); 1 << BUCKET_BITS];
    for (number, word) in words.iter().take(MAX_KEYWORDS).enumerate() {
        built.text.extend_from_slice(&word.text);
        built.ends.push(built.text.len() as u32);
        for Gram { offset, gram, key } in grams(word, sought, common) {
            let ends = [word.text[0] | FOLD as u8, word.text[word.text.len() - 1] | FOLD as u8];
            let entry = Entry {
                number: number as u16,
                tag: tag(key),
                offset: (offset + 1) as u8 | if word.exact { EXACT } else { 0 },
                ends,
                length: word.text.len().min(LONG.into()) as u8,
            };
            if let Some(classes) = built.slots.get_mut(slot(gram)) {
                *classes |= 1 << class(gram);
            }
            for known in [gram, key] {
                let (word, bit) = second_bit(known);
                built.second[word] |= 1 << bit;
            }
            let bucket: &mut Vec<Entry> = &mut buckets[bucket(key)];
            if !bucket.contains(&entry) {
                bucket.push(entry);
            }
        }
    }
    built.starts.push(0);
    for bucket in buckets {
        built.entries.extend(bucket);
        built.starts.push(built.entries.len() as u32);
    }
    built
}

/// What represents a keyword: where four bytes stand in it, and which. The offset is -1 for a short keyword
/// with the byte before it.
struct Gram {
    offset: isize,
    gram: u32,
    /// What the keyword is looked up by: the gram, or three bytes of it, see [`first_three`] and [`last_three`].
    key: u32,
}

fn grams(word: &Spec, sought: Sought, common: &Commonness) -> Vec<Gram> {
    let text = word.text.as_slice();
    let rarest = |offsets: &mut dyn Iterator<Item = usize>| {
        offsets
            .min_by_key(|&at| common.measure(&text[at..at + 4]))
            .map(|at| own(at as isize, whole(&text[at..at + 4])))
    };
    let places = text.len().saturating_sub(3).min(PLACES);
    let any = [u64::MAX; 4];
    match (sought, text) {
        (_, [] | [_] | [_, _]) => Vec::new(),
        (Sought::AtHead, &[a, b, c]) => followed([a, b, c], &word.follow),
        (Sought::AtHead, _) => rarest(&mut (0..1)).into_iter().collect(),
        (Sought::Anywhere, &[a, b, c]) => {
            followed([a, b, c], &word.follow).into_iter().chain(preceded([a, b, c])).collect()
        }
        (Sought::Anywhere, &[a, b, c, d]) => {
            let odd = if common.measure(&[a, b, c]) <= common.measure(&[b, c, d]) {
                preceded([a, b, c])
            } else {
                let mut after = followed([b, c, d], &any);
                after.iter_mut().for_each(|gram| gram.offset = 1);
                after
            };
            std::iter::once(own(0, whole(text))).chain(odd).collect()
        }
        (Sought::Anywhere, _) => {
            let even = rarest(&mut (0..places).step_by(2));
            even.into_iter().chain(rarest(&mut (1..places).step_by(2))).collect()
        }
    }
}

/// Three bytes and each that may follow.
fn followed([a, b, c]: [u8; 3], follow: &[u64; 4]) -> Vec<Gram> {
    let grams = folded(follow).into_iter().map(|next| gram([a, b, c, next]));
    grams.map(|gram| Gram { offset: 0, gram, key: first_three(gram) }).collect()
}

/// Three bytes and any before them.
fn preceded([a, b, c]: [u8; 3]) -> Vec<Gram> {
    let grams = folded(&[u64::MAX; 4]).into_iter().map(|before| gram([before, a, b, c]));
    grams.map(|gram| Gram { offset: -1, gram, key: last_three(gram) }).collect()
}

/// Four bytes of a keyword itself.
fn own(offset: isize, gram: u32) -> Gram {
    Gram { offset, gram, key: gram }
}

fn whole(four: &[u8]) -> u32 {
    gram([four[0], four[1], four[2], four[3]])
}

/// The distinct folded forms of the bytes in `set`.
fn folded(set: &[u64; 4]) -> Vec<u8> {
    let mut bytes: Vec<u8> =
        (0..=255u8).filter(|&b| set[usize::from(b >> 6)] >> (b & 63) & 1 == 1).map(|b| b | 0x20).collect();
    bytes.sort_unstable();
    bytes.dedup();
    bytes
}

/// How common runs of four bytes are in source text, the rarest gram being chosen.
#[derive(Debug, Default)]
pub struct Commonness {
    /// The commonest grams, and how far from the end of their list each stands.
    known: HashMap<u32, usize>,
}

impl Commonness {
    /// Tells the grams of a list from each other: folded, the commonest first, each line ended by a bar.
    pub fn of(list: &str) -> Self {
        let grams = list.lines().flat_map(|line| line.as_bytes().chunks_exact(4)).map(whole);
        Commonness {
            known: grams.rev().enumerate().map(|(from_end, gram)| (gram, LISTED + from_end)).collect(),
        }
    }

    /// The rank of a gram of the list, or else a weight for each byte, about 16 and the logarithm to base 2 of its
    /// share of source text, set lower for digits and signs, which stand together rarely.
    fn measure(&self, bytes: &[u8]) -> usize {
        if let Some(rank) = bytes.try_into().ok().and_then(|four| self.known.get(&gram(four))) {
            return *rank;
        }
        bytes
            .to_ascii_lowercase()
            .iter()
            .map(|byte| match byte {
                b' ' => 14,
                b'e' | b't' | b'r' => 12,
                b'a' | b'o' | b'i' | b'n' | b's' | b'l' | b'd' | b'c' => 11,
                b'u' | b'p' | b'm' | b'h' | b'g' | b'y' | b'"' | b')' | b'.' => 10,
                b'f' | b'b' | b'v' | b':' | b'(' | b',' | b'_' => 9,
                b'k' | b'w' | b'x' | b'/' | b'=' | b'{' | b'}' | b'[' | b']' | b'<' | b'>' => 8,
                b'j' | b'q' | b'z' | b'-' | b'\'' | b'0'..=b'9' => 6,
                _ => 2,
            })
            .sum()
    }
}

/// The rank of the rarest gram of a list: more than the weights of four bytes.
const LISTED: usize = 64;

pub(super) fn gram(bytes: [u8; 4]) -> u32 {
    u32::from_le_bytes(bytes) | FOLD
}

/// Where a gram stands in the table of slots.
pub(super) fn slot(gram: u32) -> usize {
    let half = |bytes: u32, factor: u16| (bytes as u16 & FIVE_BITS).wrapping_mul(factor);
    usize::from(half(gram, FIRST) ^ half(gram >> 16, LAST))
}

/// Which of eight kinds a gram is: what its slot does not tell.
#[inline(always)]
pub(super) fn class(gram: u32) -> u32 {
    gram.wrapping_mul(SECOND) >> 12 & 7
}

/// Where a gram stands in the second table: the word, and the bit in it.
#[inline(always)]
pub(super) fn second_bit(gram: u32) -> (usize, u32) {
    let bit = gram.wrapping_mul(SECOND) >> (32 - SECOND_BITS);
    ((bit >> 6) as usize, bit & 63)
}

/// What keywords are looked up by whose gram ends in any byte. No gram is such a key: folded bytes are not zero.
#[inline(always)]
pub(super) fn first_three(gram: u32) -> u32 {
    gram & 0x00FF_FFFF
}

/// What keywords are looked up by whose gram begins with any byte.
#[inline(always)]
pub(super) fn last_three(gram: u32) -> u32 {
    gram >> 8 | 1 << 24
}

#[inline(always)]
pub(super) fn bucket(gram: u32) -> usize {
    ((gram ^ gram >> 15).wrapping_mul(THIRD) >> (32 - BUCKET_BITS)) as usize
}

/// Bits of a gram that its bucket does not tell.
#[inline(always)]
pub(super) fn tag(gram: u32) -> u16 {
    (gram.wrapping_mul(SECOND) >> 16) as u16
}

//! The prefilter's search: every keyword of a table in one pass over a text.
//!
//! The slots of the grams at many positions, two bytes apart, are computed in vectors; eight bytes where a slot is
//! taken are looked at again, and the keyword is compared where the gram fits. The same hits as an Aho-Corasick
//! automaton (a test compares the two), at several times its speed and with nothing built at start-up.

use fearless_simd::prelude::*;
use fearless_simd::{Level, dispatch, u16x32};

use super::keywords::{
    EXACT, FIRST, FIVE_BITS, FOLD, KeywordTable, LAST, LONG, SLOTS, bucket, class, first_three, gram,
    last_three, second_bit, tag,
};
use crate::lanes::{BLOCK, Block};

/// Positions of a block that are looked at, two bytes apart.
const LANES: usize = BLOCK / 2;
/// How far behind a block bytes are looked at: the last gram goes on there.
const MARGIN: usize = 2;
/// Positions that are looked at closer together when one of their slots is taken, and how many bytes that are.
const FEW: usize = 4;
const HALF: usize = 2 * FEW;
/// Blocks of one round: what of it is looked at closer is noted without a branch, which nothing could foretell, and
/// looked at when the round is over.
const ROUND: usize = 16;

/// What is noted of a round: the slots of all positions, which few of them have a taken one, and where grams stand, in bytes.
struct Places {
    slots: [[u16; LANES]; ROUND],
    taken: [u8; ROUND * LANES / FEW],
    grams: [u16; ROUND * LANES],
}

/// The gram that stands at `at`.
#[inline(always)]
fn four(bytes: &[u8], at: usize) -> u32 {
    gram(bytes[at..at + 4].try_into().expect("four bytes"))
}

/// The slots of the grams at the positions of a round's blocks.
#[inline(always)]
fn slots<S: Simd>(simd: S, round: &[u8], out: &mut [[u16; LANES]; ROUND]) {
    for (block, out) in round.windows(BLOCK + MARGIN).step_by(BLOCK).zip(out) {
        let first: u16x32<S> = Block::from_slice(simd, &block[..BLOCK]).bitcast();
        let last: u16x32<S> = Block::from_slice(simd, &block[MARGIN..]).bitcast();
        let (first, last) = ((first & FIVE_BITS) * FIRST, (last & FIVE_BITS) * LAST);
        (first ^ last).store_slice(out);
    }
}

impl KeywordTable {
    /// Keyword `number`; lower case unless only its own case counts.
    pub fn word(&self, number: usize) -> &'static [u8] {
        let start = number.checked_sub(1).map_or(0, |before| self.ends[before] as usize);
        &self.text[start..self.ends[number] as usize]
    }

    /// Calls back with the offset and the number of every keyword in `bytes`, nearly in order of
    /// offset (a later call may be up to the length of a keyword earlier). Linear in `bytes`.
    pub fn find(&self, bytes: &[u8], found: &mut impl FnMut(usize, usize)) {
        let Ok(table) = <&[u8; SLOTS]>::try_from(self.slots) else { return };
        let mut places =
            Places { slots: [[0; LANES]; ROUND], taken: [0; ROUND * LANES / FEW], grams: [0; ROUND * LANES] };
        let mut look = |first: usize, round: &[u8]| {
            for at in self.places(table, round, &mut places).iter().map(|at| usize::from(*at)) {
                self.confirm(bytes, first + at, four(round, at), found);
            }
        };
        let blocks = bytes.len().saturating_sub(MARGIN) / BLOCK;
        for first in (0..blocks).step_by(ROUND) {
            look(first * BLOCK, &bytes[first * BLOCK..blocks.min(first + ROUND) * BLOCK + MARGIN]);
        }
        // What is left is less than a block and its margin.
        let rest = &bytes[blocks * BLOCK..];
        let mut last = [0; 2 * BLOCK + MARGIN];
        last[..rest.len()].copy_from_slice(rest);
        look(blocks * BLOCK, &last[..rest.len().next_multiple_of(BLOCK) + MARGIN]);
    }

    /// Where in a round known grams stand. Each question is put to all that the one before let through, and its answer
    /// is no branch but whether the next place is written over this one.
    #[inline(always)]
    fn places<'p>(&self, table: &[u8; SLOTS], round: &[u8], places: &'p mut Places) -> &'p [u16] {
        let Places { slots: slots_of, taken, grams } = places;
        dispatch!(Level::new(), simd => slots(simd, round, slots_of));
        let blocks = (round.len() - MARGIN) / BLOCK;
        let (few, _) = slots_of.as_flattened()[..blocks * LANES].as_chunks::<FEW>();
        let mut count = 0;
        for (number, slots) in few.iter().enumerate() {
            let any = slots.iter().fold(0, |any, slot| any | table[usize::from(*slot)]);
            taken[count % (ROUND * LANES / FEW)] = number as u8;
            count += usize::from(any != 0);
        }
        let mut passed = 0;
        for number in taken.iter().take(count).map(|number| usize::from(*number)) {
            let at = number * HALF;
            let block: &[u8; HALF + MARGIN] = round[at..at + HALF + MARGIN].try_into().expect("in the round");
            for (lane, slot) in few[number].iter().enumerate() {
                let is_class = table[usize::from(*slot)] >> class(four(block, 2 * lane)) & 1;
                grams[passed % (ROUND * LANES)] = (at + 2 * lane) as u16;
                passed += usize::from(is_class);
            }
        }
        let mut known = 0;
        for number in 0..passed {
            let at = grams[number % (ROUND * LANES)];
            grams[known % (ROUND * LANES)] = at;
            known += usize::from(self.is_known(four(round, at.into())));
        }
        &grams[..known]
    }

    /// Calls back for the keywords whose gram stands at `at`: all that start there, in tables built for
    /// [`Sought::AtHead`](super::keywords::Sought::AtHead).
    pub fn at(&self, bytes: &[u8], at: usize, found: &mut impl FnMut(usize, usize)) {
        let mut bytes_of = [0; 4];
        match bytes.get(at..at + 4) {
            Some(whole) => bytes_of.copy_from_slice(whole),
            None => bytes_of.iter_mut().zip(&bytes[at..]).for_each(|(to, from)| *to = *from),
        }
        let gram = gram(bytes_of);
        if self.is_known(gram) {
            self.confirm(bytes, at, gram, found);
        }
    }

    #[inline(always)]
    fn is_known(&self, gram: u32) -> bool {
        let (word, bit) = second_bit(gram);
        self.second.get(word).is_some_and(|bits| bits >> bit & 1 == 1)
    }

    #[inline(never)]
    fn confirm(&self, bytes: &[u8], at: usize, gram: u32, found: &mut impl FnMut(usize, usize)) {
        self.confirm_by(bytes, at, gram, found);
        for key in [first_three(gram), last_three(gram)].into_iter().filter(|key| self.is_known(*key)) {
            self.confirm_by(bytes, at, key, found);
        }
    }

    /// Calls back for the keywords that a key tells and that stand around `at`.
    #[inline(always)]
    fn confirm_by(&self, bytes: &[u8], at: usize, key: u32, found: &mut impl FnMut(usize, usize)) {
        let (bucket, tag) = (bucket(key), tag(key));
        let entries = self.starts[bucket] as usize..self.starts[bucket + 1] as usize;
        for entry in self.entries[entries].iter().filter(|entry| entry.tag == tag) {
            let length = match entry.length {
                LONG => self.word(entry.number.into()).len(),
                length => usize::from(length),
            };
            let Some(start) = (at + 1).checked_sub(usize::from(entry.offset & !EXACT)) else { continue };
            let Some(here) = bytes.get(start..start + length) else { continue };
            let ends = [here[0] | FOLD as u8, here[length - 1] | FOLD as u8];
            if entry.ends != ends {
                continue;
            }
            let number = usize::from(entry.number);
            let word = self.word(number);
            let is_exact = entry.offset & EXACT != 0;
            let is_word = if is_exact { here == word } else { here.eq_ignore_ascii_case(word) };
            if is_word {
                found(start, number);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::keywords::{Commonness, Sought, Spec, build, slot};

    fn table(words: &[&str]) -> KeywordTable {
        let specs: Vec<Spec> = words
            .iter()
            .map(|w| Spec { text: w.as_bytes().to_vec(), exact: false, follow: [u64::MAX; 4] })
            .collect();
        build(&specs, Sought::Anywhere, &Commonness::default()).leaked()
    }

    fn hits(words: &[&str], text: &[u8]) -> Vec<(usize, usize)> {
        let mut out = Vec::new();
        table(words).find(text, &mut |at, word| out.push((at, word)));
        out.sort_unstable();
        out
    }

    const WORDS: &[&str] = &["sg.", "ghp_", "token", "akia", "twilio", "api_key", "auth_token", "://", "key"];

    #[test]
    fn finds_what_aho_corasick_finds() {
        let automaton =
            aho_corasick::AhoCorasick::builder().ascii_case_insensitive(true).build(WORDS).unwrap();
        let mut state = 7u64;
        for round in 0..2_000 {
            // Now and then over the border of a round of steps.
            let before = if round % 20 == 0 { ROUND * BLOCK - round / 20 } else { 0 };
            let mut text = vec![b'.'; before];
            while text.len() < before + round % 97 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                match state >> 60 {
                    0..=5 => text.extend_from_slice(WORDS[(state >> 33) as usize % WORDS.len()].as_bytes()),
                    6 => text.extend_from_slice(b"TWILIO_Auth_Token"),
                    _ => text.push((state >> 40) as u8),
                }
            }
            let mut expected: Vec<_> =
                automaton.find_overlapping_iter(&text).map(|m| (m.start(), m.pattern().as_usize())).collect();
            expected.sort_unstable();
            assert_eq!(hits(WORDS, &text), expected, "in {:?}", bstr::BStr::new(&text));
        }
    }

    #[test]
    fn slots_are_the_same_at_every_width() {
        let round: Vec<u8> = (0..ROUND * BLOCK + MARGIN).map(|at| (at * at / 7 + at) as u8).collect();
        for level in crate::lanes::levels() {
            let mut found = [[0; LANES]; ROUND];
            dispatch!(level, simd => slots(simd, &round, &mut found));
            for (number, slot_of) in found.as_flattened().iter().enumerate() {
                assert_eq!(usize::from(*slot_of), slot(four(&round, 2 * number)), "{number} at {level:?}");
            }
        }
    }

    #[test]
    fn finds_a_keyword_at_the_very_end() {
        assert_eq!(hits(&["key"], b"key"), [(0, 0)]);
        assert_eq!(hits(&["ghp_"], b"xghp_"), [(1, 0)]);
    }
}

//! The prefilter's search: every keyword of a table in one pass over a text.
//!
//! The slots of the grams at eight positions, two bytes apart, are computed in one vector; a block
//! of sixteen bytes where a slot is taken is looked at again, and the keyword is compared where the gram fits. The
//! same hits as an Aho-Corasick automaton (a test compares the two), at several times its speed and with nothing
//! built at start-up.

use wide::u16x8;

use super::keywords::{
    EXACT, FIRST, FIVE_BITS, FOLD, KeywordTable, LAST, LONG, SLOTS, bucket, class, gram, second_bit, slot,
    tag,
};

/// Positions looked at in one step, two bytes apart, and how far the step and its grams reach, bytes.
const LANES: usize = 8;
const STEP: usize = 2 * LANES;
const REACH: usize = STEP + 2;
/// Steps of one round: the blocks with a taken slot are noted without a branch, which nothing could foretell, and
/// looked at when the round is over.
const ROUND: usize = 256;

/// The slots of the grams at eight positions, two bytes apart.
#[inline(always)]
fn slots(block: &[u8; REACH]) -> [u16; LANES] {
    let pairs = |from: usize| {
        let (pairs, _) = block[from..from + STEP].as_chunks::<2>();
        let pairs: &[[u8; 2]; LANES] = pairs.try_into().expect("eight pairs");
        u16x8::new(pairs.map(u16::from_le_bytes)) & u16x8::splat(FIVE_BITS)
    };
    let (first, last) = (pairs(0) * u16x8::splat(FIRST), pairs(2) * u16x8::splat(LAST));
    (first ^ last).to_array()
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
        let steps = bytes.len().saturating_sub(REACH - STEP) / STEP;
        let mut taken = [0u8; ROUND];
        for first in (0..steps).step_by(ROUND) {
            let round = &bytes[first * STEP..steps.min(first + ROUND) * STEP + REACH - STEP];
            let mut count = 0;
            for (step, block) in round.windows(REACH).step_by(STEP).enumerate() {
                let slots = slots(block.try_into().expect("a block"));
                let any = slots.iter().fold(0, |any, slot| any | table[usize::from(*slot)]);
                taken[count % ROUND] = step as u8;
                count += usize::from(any != 0);
            }
            for at in taken.iter().take(count).map(|step| usize::from(*step) * STEP) {
                let block = round[at..at + REACH].try_into().expect("a block");
                self.block(table, block, (bytes, first * STEP + at), found);
            }
        }
        // What is left is less than a block; a keyword that starts in it ends in it.
        let at = steps * STEP;
        let mut last = [0; REACH];
        last[..bytes.len() - at].copy_from_slice(&bytes[at..]);
        self.block(table, &last, (bytes, at), found);
    }

    /// Looks for keywords by the grams in `block`, which stands at `at` in `bytes`.
    #[inline(always)]
    fn block(
        &self,
        table: &[u8; SLOTS],
        block: &[u8; REACH],
        (bytes, at): (&[u8], usize),
        found: &mut impl FnMut(usize, usize),
    ) {
        let gram = |lane: usize| gram(block[2 * lane..2 * lane + 4].try_into().expect("four bytes"));
        let mut passed = slots(block).iter().enumerate().fold(0, |passed, (lane, slot)| {
            passed | u32::from(table[usize::from(*slot)] >> class(gram(lane)) & 1) << lane
        });
        while passed != 0 {
            let lane = passed.trailing_zeros() as usize;
            passed &= passed - 1;
            if self.is_known(gram(lane)) {
                self.confirm(bytes, at + 2 * lane, gram(lane), found);
            }
        }
    }

    /// Calls back for the keywords whose gram stands at `at`: all that start there, in tables built for
    /// [`Sought::AtHead`](super::keywords::Sought::AtHead).
    pub fn at(&self, bytes: &[u8], at: usize, found: &mut impl FnMut(usize, usize)) {
        let mut four = [0; 4];
        match bytes.get(at..at + 4) {
            Some(whole) => four.copy_from_slice(whole),
            None => four.iter_mut().zip(&bytes[at..]).for_each(|(to, from)| *to = *from),
        }
        let gram = gram(four);
        if self.slots.get(slot(gram)).is_some_and(|classes| classes >> class(gram) & 1 == 1)
            && self.is_known(gram)
        {
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
        let bucket = bucket(gram);
        let entries = self.starts[bucket] as usize..self.starts[bucket + 1] as usize;
        for entry in &self.entries[entries] {
            let length = match entry.length {
                LONG => self.word(entry.number.into()).len(),
                length => usize::from(length),
            };
            let Some(start) = (at + 1).checked_sub(usize::from(entry.offset & !EXACT)) else { continue };
            let Some(here) = bytes.get(start..start + length) else { continue };
            let ends = [here[0] | FOLD as u8, here[length - 1] | FOLD as u8];
            if entry.tag != tag(gram) || entry.ends != ends {
                continue;
            }
            let number = usize::from(entry.number);
            let word = self.word(number);
            let is_exact = entry.offset & EXACT != 0;
            if here == word || !is_exact && here.eq_ignore_ascii_case(word) {
                found(start, number);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::keywords::{Sought, Spec, build};

    fn table(words: &[&str]) -> KeywordTable {
        let specs: Vec<Spec> = words
            .iter()
            .map(|w| Spec { text: w.as_bytes().to_vec(), exact: false, follow: [u64::MAX; 4] })
            .collect();
        let built = build(&specs, Sought::Anywhere);
        KeywordTable {
            slots: built.slots.leak(),
            second: built.second.leak(),
            starts: built.starts.leak(),
            entries: built.entries.leak(),
            text: built.text.leak(),
            ends: built.ends.leak(),
        }
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
            let before = if round % 20 == 0 { ROUND * STEP - round / 20 } else { 0 };
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
    fn finds_a_keyword_at_the_very_end() {
        assert_eq!(hits(&["key"], b"key"), [(0, 0)]);
        assert_eq!(hits(&["ghp_"], b"xghp_"), [(1, 0)]);
    }
}

//! The prefilter's search: every keyword of a table in one pass over a text.
//!
//! The slots of the grams at eight positions, two bytes apart, are computed in one vector; eight bytes where a slot is
//! taken are looked at again, and the keyword is compared where the gram fits. The same hits as an Aho-Corasick
//! automaton (a test compares the two), at several times its speed and with nothing built at start-up.

use wide::u16x8;

use super::keywords::{
    EXACT, FIRST, FIVE_BITS, FOLD, KeywordTable, LAST, LONG, SLOTS, bucket, class, gram, second_bit, slot,
    tag,
};

/// Positions looked at in one step, two bytes apart, and how far the step and its grams reach, bytes.
const LANES: usize = 8;
const STEP: usize = 2 * LANES;
const REACH: usize = STEP + 2;
/// Half a step: what is looked at closer when one of its slots is taken.
const HALF: usize = STEP / 2;
/// How far behind the last step of a round bytes are looked at.
const MARGIN: usize = REACH - HALF;
/// Steps of one round: what of it is looked at closer is noted without a branch, which nothing could foretell, and
/// looked at when the round is over.
const ROUND: usize = 128;

/// Room for what is noted of a round: the half steps with a taken slot, and where grams stand, in bytes.
struct Places {
    halves: [u8; 2 * ROUND],
    grams: [u16; ROUND * LANES],
}

/// The gram that stands at `at`.
#[inline(always)]
fn four(bytes: &[u8], at: usize) -> u32 {
    gram(bytes[at..at + 4].try_into().expect("four bytes"))
}

/// The slots of the grams at eight positions, two bytes apart, in the [`REACH`] bytes of a block.
#[inline(always)]
fn slots(block: &[u8]) -> [u16; LANES] {
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
        let steps = bytes.len().saturating_sub(MARGIN) / STEP;
        if steps > 0 {
            let mut places = Places { halves: [0; 2 * ROUND], grams: [0; ROUND * LANES] };
            for first in (0..steps).step_by(ROUND) {
                let round = &bytes[first * STEP..steps.min(first + ROUND) * STEP + MARGIN];
                for at in self.places(table, round, &mut places).iter().map(|at| usize::from(*at)) {
                    self.confirm(bytes, first * STEP + at, four(round, at), found);
                }
            }
        }
        // What is left is less than a step and its margin; a keyword that starts in it ends in it.
        for at in (steps * STEP..bytes.len()).step_by(2) {
            self.at(bytes, at, found);
        }
    }

    /// Where in a round known grams stand. Each question is put to all that the one before let through, and its answer
    /// is no branch but whether the next place is written over this one.
    #[inline(always)]
    fn places<'p>(&self, table: &[u8; SLOTS], round: &[u8], places: &'p mut Places) -> &'p [u16] {
        let Places { halves, grams } = places;
        let mut taken = 0;
        for (number, block) in round.windows(STEP + MARGIN).step_by(STEP).enumerate() {
            for (half, slots) in slots(&block[..REACH]).chunks_exact(LANES / 2).enumerate() {
                let any = slots.iter().fold(0, |any, slot| any | table[usize::from(*slot)]);
                halves[taken % (2 * ROUND)] = (2 * number + half) as u8;
                taken += usize::from(any != 0);
            }
        }
        let mut passed = 0;
        for at in halves.iter().take(taken).map(|number| usize::from(*number) * HALF) {
            let block = &round[at..at + REACH];
            for (lane, slot) in slots(block)[..LANES / 2].iter().enumerate() {
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
        let (bucket, tag) = (bucket(gram), tag(gram));
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
            if here == word || !is_exact && here.eq_ignore_ascii_case(word) {
                found(start, number);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::keywords::{Commonness, Sought, Spec, build};

    fn table(words: &[&str]) -> KeywordTable {
        let specs: Vec<Spec> = words
            .iter()
            .map(|w| Spec { text: w.as_bytes().to_vec(), exact: false, follow: [u64::MAX; 4] })
            .collect();
        let built = build(&specs, Sought::Anywhere, &Commonness::default());
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

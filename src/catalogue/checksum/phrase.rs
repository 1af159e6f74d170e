//! BIP-39 seed phrases: 12 to 24 words of a fixed list, of which the last holds a sum.

use std::sync::OnceLock;

use sha2::{Digest, Sha256};

use super::{Sealed, last};

/// Bits that a word stands for.
const BITS: usize = 11;

/// The English list of BIP-39, in alphabetical order, one word a line.
fn words() -> &'static [&'static str] {
    static WORDS: OnceLock<Vec<&'static str>> = OnceLock::new();
    WORDS.get_or_init(|| include_str!("bip39.txt").split_ascii_whitespace().collect())
}

/// The number of a word of the English list; lower case.
pub(super) fn number(word: &str) -> Option<u16> {
    words().binary_search(&word).ok().map(|at| at as u16)
}

/// BIP-39: the last bits of a phrase are the first of the SHA-256 of the rest. Words of the English list or
/// their numbers, between blanks. `None` when it is no phrase: another count, a word that is not in the list.
pub(super) fn bip39(token: &str) -> Option<bool> {
    let numbers: Vec<u16> = token
        .split_ascii_whitespace()
        .map(|word| number(word).or_else(|| word.parse::<u16>().ok().filter(|number| *number < 2048)))
        .collect::<Option<_>>()?;
    if !matches!(numbers.len(), 12 | 15 | 18 | 21 | 24) {
        return None;
    }
    let bits: Vec<bool> =
        numbers.iter().flat_map(|word| (0..BITS).rev().map(move |bit| word >> bit & 1 == 1)).collect();
    let (entropy, sum) = bits.split_at(bits.len() - numbers.len() / 3);
    let bytes: Vec<u8> =
        entropy.chunks(8).map(|byte| byte.iter().fold(0, |bits, bit| bits << 1 | u8::from(*bit))).collect();
    let digest = Sha256::digest(&bytes);
    Some(sum.iter().enumerate().all(|(at, bit)| (digest[0] >> (7 - at) & 1 == 1) == *bit))
}

/// Rewrites the hex digits at the end (32, 40, 48, 56 or 64 of them) into the phrase that stands for them.
pub(super) fn seal_bip39(head: &str) -> Option<Sealed> {
    let digits = head.bytes().rev().take_while(u8::is_ascii_hexdigit).count().min(64) / 8 * 8;
    if digits < 32 {
        return None;
    }
    let hex = last(head, digits)?;
    let entropy: Vec<u8> = (0..digits / 2)
        .map(|at| u8::from_str_radix(hex.get(2 * at..2 * at + 2)?, 16).ok())
        .collect::<Option<_>>()?;
    let sum = Sha256::digest(&entropy)[0];
    let bits: Vec<bool> = entropy
        .iter()
        .chain([&sum])
        .flat_map(|byte| (0..8).rev().map(move |bit| byte >> bit & 1 == 1))
        .take(digits * 4 + digits / 8)
        .collect();
    let phrase: Vec<&str> = bits
        .chunks_exact(BITS)
        .map(|word| words()[word.iter().fold(0, |number, bit| number << 1 | usize::from(*bit))])
        .collect();
    Some(Sealed { replaces: digits, text: phrase.join(" ") })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_that_of_bip_39() {
        assert_eq!(words().len(), 2048);
        assert!(words().is_sorted(), "binary search needs order");
        assert_eq!((number("abandon"), number("zoo"), number("zebr")), (Some(0), Some(2047), None));
        // The first four letters tell every word apart.
        let starts: std::collections::HashSet<&str> = words().iter().map(|w| &w[..w.len().min(4)]).collect();
        assert_eq!(starts.len(), 2048);
    }

    #[test]
    fn phrases_are_made_and_pass() {
        for digits in [32, 40, 48, 56, 64] {
            let sealed = seal_bip39(&"7f3a99c1".repeat(digits / 8)).unwrap();
            assert_eq!(sealed.text.split(' ').count(), digits / 8 * 3);
            assert_eq!(bip39(&sealed.text), Some(true), "{digits}");
        }
        assert!(seal_bip39("x=7f3a99c1").is_none());
    }
}

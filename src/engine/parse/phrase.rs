//! Seed phrases of wallets (BIP-39): a run of words of the list whose last word sums up the others.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;

use super::{Around, Parsed};
use crate::catalogue::checksum::{self, Verdict};
use crate::catalogue::{Check, Confidence};
use crate::engine::shape::confirm::is_word;

/// How far behind the keyword a phrase may start, and how long one may be, bytes.
const REACH: usize = 160;
const LONGEST: usize = 900;
/// Most bytes between two words: a comma, two quotes, a line break and an indent.
const LONGEST_GAP: usize = 24;
/// Most words of a phrase.
const MOST: usize = 24;
/// Words of the list that name a phrase and may stand right before it: `seed phrase legal winner …`.
const BEFORE: usize = 2;

/// The phrase behind a keyword such as `mnemonic`.
pub(super) fn seed(text: &[u8], around: Around<'_>) -> Option<Parsed> {
    let from = around.at + around.keyword.len();
    in_window(text, from, REACH)
}

/// The phrase in a file that is named for it.
pub(super) fn alone(text: &[u8]) -> Option<Parsed> {
    in_window(text, 0, text.len().min(LONGEST))
}

fn in_window(text: &[u8], from: usize, reach: usize) -> Option<Parsed> {
    let end = text.len().min(from + reach + LONGEST);
    let mut run: Vec<Range<usize>> = Vec::new();
    let mut at = from;
    while let Some(word) = next_word(text, at, end) {
        let joined = run.last().is_none_or(|last| is_gap(&text[last.end..word.start]));
        if !joined {
            if let Some(found) = phrase(text, &run) {
                return Some(found);
            }
            run.clear();
        }
        at = word.end;
        if run.is_empty() && word.start >= from + reach {
            return None;
        }
        if is_listed(&text[word.clone()]) {
            run.push(word);
        } else {
            if let Some(found) = phrase(text, &run) {
                return Some(found);
            }
            run.clear();
        }
        // Longer than any phrase: a list of words, prose.
        if run.len() > MOST + BEFORE {
            return None;
        }
    }
    phrase(text, &run)
}

fn next_word(text: &[u8], at: usize, end: usize) -> Option<Range<usize>> {
    let start = at + text.get(at..end)?.iter().position(|b| is_word(*b))?;
    let length = text[start..end].iter().take_while(|b| is_word(**b)).count();
    Some(start..start + length)
}

fn is_gap(gap: &[u8]) -> bool {
    gap.len() <= LONGEST_GAP
        && gap.iter().all(|b| b.is_ascii_whitespace() || matches!(b, b',' | b'"' | b'\'' | b'\\'))
}

/// Phrases are written in lower case; a few wallets print them in capitals.
fn is_listed(word: &[u8]) -> bool {
    (3..=8).contains(&word.len())
        && (word.iter().all(u8::is_ascii_lowercase) || word.iter().all(u8::is_ascii_uppercase))
        && std::str::from_utf8(word).is_ok_and(|word| checksum::is_bip39_word(&word.to_ascii_lowercase()))
}

/// The phrase at the end of a run of listed words.
fn phrase(text: &[u8], run: &[Range<usize>]) -> Option<Parsed> {
    let count = [24, 21, 18, 15, 12].into_iter().find(|n| (*n..=n + BEFORE).contains(&run.len()))?;
    let words = &run[run.len() - count..];
    let plain: Vec<String> =
        words.iter().map(|word| String::from_utf8_lossy(&text[word.clone()]).to_ascii_lowercase()).collect();
    // Test vectors repeat words: `abandon` eleven times, `legal winner … legal winner …`. Of twelve drawn
    // words three repeat others once in 200,000 phrases, of 24 four once in 100,000.
    let kinds: HashSet<&String> = plain.iter().collect();
    if count - kinds.len() >= if count > 15 { 4 } else { 3 } {
        return None;
    }
    if checksum::verify(Check::Bip39, plain.join(" ").as_bytes()) != Verdict::Valid {
        return None;
    }
    let (first, last) = (words.first()?, words.last()?);
    Some(Parsed {
        secret: first.start..last.end,
        confidence: Confidence::High,
        why: Cow::Owned(format!("{count} words of the BIP-39 list, checksum valid")),
        parts: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::embedded;
    use crate::engine::Syntax;

    fn made(digits: usize, seed: &str) -> String {
        crate::catalogue::sample::try_expand(&format!("{{hex:{digits}}}{{check:bip39}}"), seed).unwrap()
    }

    fn found(text: &str) -> Option<&str> {
        let around = Around {
            keyword: b"mnemonic",
            at: 0,
            syntax: Syntax::Bare,
            catalogue: embedded(),
            may_be_far: true,
            last_list: &super::super::LastList::default(),
        };
        seed(text.as_bytes(), around).map(|parsed| &text[parsed.secret])
    }

    #[test]
    fn phrases_of_every_length_and_form() {
        for digits in [32, 40, 48, 56, 64] {
            let phrase = made(digits, "a");
            assert_eq!(found(&format!("mnemonic: \"{phrase}\"")), Some(phrase.as_str()));
            assert_eq!(found(&format!("mnemonic phrase {phrase}\n")), Some(phrase.as_str()));
            let list = phrase.replace(' ', "\", \"");
            assert_eq!(found(&format!("mnemonic = [\"{list}\"]")), Some(list.as_str()));
            assert_eq!(
                found(&format!("mnemonic\n{}\n", phrase.to_uppercase())),
                Some(&*phrase.to_uppercase())
            );
        }
    }

    #[test]
    fn other_words_are_no_phrase() {
        let phrase = made(32, "a");
        let (head, last) = phrase.rsplit_once(' ').unwrap();
        let other = if last == "zebra" { "zero" } else { "zebra" };
        let changed = format!("{head} {other}");
        let valid = checksum::verify(Check::Bip39, changed.as_bytes()) == Verdict::Valid;
        assert_eq!(found(&format!("mnemonic {changed}")).is_some(), valid);
        for text in [
            format!("mnemonic: {head}"),
            format!("mnemonic: {phrase} {phrase} {phrase}"),
            format!("mnemonic: {}", "abandon ".repeat(11) + "about"),
            format!("mnemonic: {}", phrase.replace(' ', "-")),
            "mnemonic: the words of a phrase are written down and kept where nobody looks".to_owned(),
        ] {
            assert_eq!(found(&text), None, "{text}");
        }
    }
}

//! Which rule by name a word speaks of.
//!
//! The words stand in one text, by length and then by the alphabet, so that a word is found by halves in those of its
//! length and nothing has to be made of them first: to make a map of all took 16 million instructions, where all of a
//! commit that is stopped takes eight.

use std::collections::BTreeMap;

use super::compile::Named;
use super::pack::plain_name;
use super::rule::ByName;
use super::schema::{Document, Vendor};

/// In [`Spoken::rules`] of a word of two rules: it tells neither, but whose key it is.
const NEITHER: u16 = u16::MAX;

/// The words that speak of rules by name that take one sort of secret. Of a static's or of leaked tables.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spoken {
    /// All words, lower case without separators, one after the other.
    pub(super) text: &'static str,
    /// Where those of a length start, by length: the byte in `text`, and the number of the first; one more at the end.
    pub(super) starts: &'static [(u32, u32)],
    /// The rule of each word; a number in its document.
    pub(super) rules: &'static [u16],
}

impl Spoken {
    /// The rule that a word speaks of.
    pub(super) fn rule(&self, word: &str) -> Option<u32> {
        let length = word.len();
        let (start, first) = *self.starts.get(length)?;
        let (end, _) = *self.starts.get(length + 1)?;
        let alike = &self.text.as_bytes()[start as usize..end as usize];
        let (mut low, mut high) = (0, alike.len().checked_div(length)?);
        while low < high {
            let middle = low.midpoint(high);
            match alike[middle * length..(middle + 1) * length].cmp(word.as_bytes()) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => {
                    let rule = self.rules[first as usize + middle];
                    return (rule != NEITHER).then_some(rule.into());
                }
            }
        }
        None
    }
}

/// The tables of [`Spoken`], owned.
#[derive(Debug, Default)]
pub(super) struct Built {
    pub(super) text: String,
    pub(super) starts: Vec<(u32, u32)>,
    pub(super) rules: Vec<u16>,
}

/// The words of the rules by name that take this sort of secret: their own, or else those of their vendor.
pub(super) fn build(document: &Document, by_name: &[Named], takes: ByName) -> Built {
    let mut words: BTreeMap<(usize, String), Option<u32>> = BTreeMap::new();
    let key = |word: &str| {
        let plain = plain_name(word);
        (plain.len(), plain)
    };
    let of_kind = || by_name.iter().filter(|named| named.takes == takes);
    let vendor = |named: &Named| &document.vendors[named.vendor as usize];
    for named in of_kind() {
        let own = if named.words.is_empty() { words_of(vendor(named)) } else { &named.words };
        for word in own {
            let of = words.entry(key(word)).or_insert(Some(named.rule));
            *of = of.filter(|other| *other == named.rule);
        }
    }
    // What is a vendor's key speaks of nobody else: `twilio`, though Segment is Twilio's.
    for named in of_kind() {
        words.entry(key(&vendor(named).vendor)).and_modify(|of| *of = Some(named.rule));
    }
    let mut built = Built::default();
    let longest = words.keys().map(|(length, _)| *length).max().unwrap_or(0);
    let mut words = words.into_iter().peekable();
    for length in 0..=longest + 1 {
        built.starts.push((built.text.len() as u32, built.rules.len() as u32));
        while let Some(((_, word), rule)) = words.next_if(|((of, _), _)| *of == length) {
            built.text.push_str(&word);
            built.rules.push(rule.and_then(|rule| u16::try_from(rule).ok()).unwrap_or(NEITHER));
        }
    }
    built
}

/// The words that speak of a vendor; without any, its key does.
pub(super) fn words_of(vendor: &Vendor) -> &[String] {
    if vendor.words.is_empty() { std::slice::from_ref(&vendor.vendor) } else { &vendor.words }
}

//! Passwords that are phrases of words which somebody drew, told from the names of things that words make up as well.

use std::ops::RangeInclusive;

use super::is_pieces;

/// Whether a password is a phrase of words that somebody drew, as Diceware and password managers have it, joined by signs of
/// one kind. People make up no examples from such words and each stands once; what keeps it from being the name of a thing
/// is the number of words, a number beside them (a policy wants digits), or that some begin with a capital and some do not.
pub(in crate::engine) fn is_phrase(password: &[u8]) -> bool {
    let Some(phrase) = Phrase::of(password) else { return false };
    let count = |casing| phrase.words.iter().filter(|(_, one)| *one == casing).count();
    are_new(&phrase.words)
        && match (count(Casing::Small), count(Casing::Capital), count(Casing::Capitals)) {
            (_, 0, capitals) => phrase.is_of_small(capitals),
            (0, _, 0) => phrase.is_of_capitals(),
            (_, _, 0) => phrase.is_mixed(),
            _ => false,
        }
}

/// Words that one sign joins, with a number among them or behind one of them.
struct Phrase<'p> {
    sign: u8,
    words: Vec<(&'p [u8], Casing)>,
    number: Number,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Casing {
    Small,
    Capital,
    Capitals,
}

/// The number of a phrase, in digits.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Number {
    None,
    /// Right behind a word: `Harbor7`.
    Behind(usize),
    /// Between two signs.
    Among(usize),
    /// Behind the last sign.
    Last(usize),
}

impl<'p> Phrase<'p> {
    const MOST_WORDS: usize = 8;
    const MOST_DIGITS: usize = 4;

    fn of(password: &'p [u8]) -> Option<Self> {
        const SIGNS: &[u8] = b"-_.!+&*@#%^~";
        const LONGEST: usize = 12 * (Phrase::MOST_WORDS + 1);
        let sign = password.iter().copied().find(|b| !b.is_ascii_alphanumeric())?;
        if !SIGNS.contains(&sign) || password.len() > LONGEST {
            return None;
        }
        let (mut words, mut number) = (Vec::new(), Number::None);
        let mut parts = password.split(|b| *b == sign).peekable();
        while let Some(part) = parts.next() {
            let digits = part.iter().rev().take_while(|b| b.is_ascii_digit()).count();
            let word = &part[..part.len() - digits];
            let is_second = number != Number::None;
            number = match (digits, word) {
                (0, []) => return None,
                (0, _) => number,
                _ if is_second || digits > Self::MOST_DIGITS => return None,
                (_, []) if parts.peek().is_none() => Number::Last(digits),
                (_, []) => Number::Among(digits),
                _ => Number::Behind(digits),
            };
            if !word.is_empty() {
                words.push((word, casing(word)?));
            }
        }
        (2..=Self::MOST_WORDS).contains(&words.len()).then_some(Phrase { sign, words, number })
    }

    fn are_of(&self, lengths: RangeInclusive<usize>) -> bool {
        self.words
            .iter()
            .all(|(word, _)| lengths.contains(&word.len()) && !word.to_ascii_lowercase().starts_with(b"pass"))
    }

    /// How many of the words are none that examples are made up from.
    fn drawn(&self) -> usize {
        self.words.iter().filter(|(word, _)| !is_pieces(&word.to_ascii_lowercase())).count()
    }

    /// Four or more, or three and a number or one of them in capitals (all of them are the parts of a constant's name):
    /// `marble-harbor-copper-25`, `marble_HARBOR_copper`.
    fn is_of_small(&self, capitals: usize) -> bool {
        let (letters, count) =
            (self.words.iter().map(|(word, _)| word.len()).sum::<usize>(), self.words.len());
        let least = match (self.number, capitals) {
            (Number::None, 0) => 4,
            (Number::None, 1) | (Number::Last(2), _) => 3,
            // Regions and zones have their number there, beside short words: `us-east-12-node`.
            (Number::Among(2), _) if self.are_of(4..=10) => 3,
            _ => return false,
        };
        let is_split = matches!(self.sign, b'-' | b'_') && capitals <= 1;
        is_split && count >= least && letters >= 3 * count && self.are_of(2..=10) && self.drawn() == count
    }

    /// Names are so joined by full stops and underscores as well, and of headers (`X-Api-Key`) hardly any word is one that is
    /// drawn: `Copper-Harbor-Marble`, `Copper.Harbor7.Marble`, `Copper.Harbor.8081`.
    fn is_of_capitals(&self) -> bool {
        let (drawn, count) = (self.drawn(), self.words.len());
        let may_be_name = self.number == Number::None && matches!(self.sign, b'.' | b'_');
        let is_of_two = || matches!(self.number, Number::Last(2..)) && self.are_of(4..=12) && drawn == count;
        !may_be_name && self.are_of(3..=12) && drawn * 3 >= count * 2 && (count >= 3 || is_of_two())
    }

    /// Three and a number, or four: `marble-harbor-Copper-54`, `Copper-75-harbor-Marble`.
    fn is_mixed(&self) -> bool {
        let least = match self.number {
            Number::None if self.are_of(4..=12) && !matches!(self.sign, b'.' | b'_') => 4,
            Number::Behind(2..) | Number::Among(2..) | Number::Last(2..) => 3,
            _ => return false,
        };
        self.words.len() >= least && self.are_of(3..=12) && self.drawn() == self.words.len()
    }
}

/// None where a word is written as no single word is: `iPhone`, `two2three`.
fn casing(word: &[u8]) -> Option<Casing> {
    let (first, rest) = word.split_first()?;
    let is_small = |bytes: &[u8]| bytes.iter().all(u8::is_ascii_lowercase);
    match first {
        b'a'..=b'z' if is_small(rest) => Some(Casing::Small),
        b'A'..=b'Z' if is_small(rest) => Some(Casing::Capital),
        b'A'..=b'Z' if rest.iter().all(u8::is_ascii_uppercase) => Some(Casing::Capitals),
        _ => None,
    }
}

/// Whether a value is a longer phrase of small words that somebody drew, with a digit behind one of them or none:
/// `marble-harbor2-copper-violin-lantern`. What resources are called has fewer words, shorter ones among them, or such as
/// people make names from.
pub(in crate::engine) fn is_long_phrase(value: &[u8]) -> bool {
    let bare = |word: &'_ [u8]| word.len() - usize::from(word.last().is_some_and(u8::is_ascii_digit));
    let parts: Vec<&[u8]> = value.split(|b| *b == b'-').collect();
    let words: Vec<&[u8]> = parts.iter().map(|part| &part[..bare(part)]).collect();
    let numbered = parts.iter().zip(&words).filter(|(part, word)| part.len() > word.len()).count();
    let is_word = |word: &&[u8]| {
        (4..=10).contains(&word.len()) && word.iter().all(u8::is_ascii_lowercase) && !is_pieces(word)
    };
    (5..=8).contains(&words.len()) && numbered <= 1 && words.iter().all(is_word) && are_new(&words)
}

/// Whether each word stands once.
fn are_new<Word: PartialEq>(words: &[Word]) -> bool {
    (0..words.len()).all(|at| !words[..at].contains(&words[at]))
}

//! Lists of words that are asked often, for words that mostly stand in none of them.

/// A list of words, and for the first and the last letters of its words how long those are: most questions are
/// answered by that alone.
#[derive(Debug)]
pub(super) struct WordSet<const N: usize> {
    /// In order of their first letters.
    words: [&'static str; N],
    /// Where the words of each first letter start.
    starts: [u16; 33],
    /// A bit for each length, by the letter's last five bits.
    by_first: [u32; 32],
    by_last: [u32; 32],
}

impl<const N: usize> WordSet<N> {
    /// The set of these words, none of them empty.
    pub(super) const fn new(words: [&'static str; N]) -> Self {
        let (mut by_first, mut by_last) = ([0; 32], [0; 32]);
        let (mut in_order, mut starts) = ([""; N], [0; 33]);
        let (mut letter, mut count) = (0, 0);
        while letter < 32 {
            starts[letter] = count as u16;
            let mut at = 0;
            while at < N {
                let word = words[at].as_bytes();
                if (word[0] & 31) as usize == letter {
                    in_order[count] = words[at];
                    count += 1;
                    by_first[letter] |= bit(word.len());
                    by_last[(word[word.len() - 1] & 31) as usize] |= bit(word.len());
                }
                at += 1;
            }
            letter += 1;
        }
        starts[32] = count as u16;
        WordSet { words: in_order, starts, by_first, by_last }
    }

    /// Whether the word stands in the list.
    pub(super) fn contains(&self, word: &str) -> bool {
        let first = word.as_bytes().first().map_or(0, |first| usize::from(first & 31));
        let alike = usize::from(self.starts[first])..usize::from(self.starts[first + 1]);
        self.by_first[first] & bit(word.len()) != 0 && self.words[alike].contains(&word)
    }

    /// Whether the word ends in one of the list, or is one.
    pub(super) fn ends(&self, word: &str) -> bool {
        let last = word.as_bytes().last().map_or(0, |last| usize::from(last & 31));
        let shorter = bit(word.len()) | (bit(word.len()) - 1);
        self.by_last[last] & shorter != 0 && self.words.iter().any(|end| word.ends_with(end))
    }
}

const fn bit(length: usize) -> u32 {
    1 << if length < 31 { length } else { 31 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_as_its_list_does() {
        const SET: WordSet<4> =
            WordSet::new(["key", "token", "secret", "a-word-of-more-than-thirty-one-letters-in-all"]);
        for word in SET.words.into_iter().chain(["", "k", "keys", "tokek", "tecret", "mytoken", "monkey"]) {
            assert_eq!(SET.contains(word), SET.words.contains(&word), "{word}");
            assert_eq!(SET.ends(word), SET.words.iter().any(|end| word.ends_with(end)), "{word}");
        }
    }
}

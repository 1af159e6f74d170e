//! Words or noise: tells identifiers from random strings by their letter pairs.
//!
//! A table of log-odds says for each pair of characters how much more often it stands in words than in
//! random base-62 text. `tests/randomness/train.py` makes it, here from the distinct words of the Rust
//! crates that stanch is built from, and evaluates it on words of Python's standard library that do not
//! stand in them, and on random strings. Share taken for words, by length:
//!
//! | length | held-out words | random 0-9A-Za-z | random 0-9a-z | random A-Za-z |
//! |---|---|---|---|---|
//! | 12 | 93.76% | 0.120% | 0.070% | 0.775% |
//! | 16 | 95.64% | 0.010% | 0.005% | 0.220% |
//! | 20 | 95.91% | 0.000% | 0.000% | 0.045% |
//! | 24 | 95.47% | 0.000% | 0.000% | 0.015% |
//! | 32 | 94.96% | 0.000% | 0.000% | 0.000% |
//! | 40 | 90.67% | 0.000% | 0.000% | 0.000% |

use crate::catalogue::HEAD_RUN;

/// Least mean log-odds of a word, in eighths of a bit a pair.
const THRESHOLD: i32 = 4;
/// Fewest pairs that say anything.
const FEWEST_PAIRS: usize = 5;

/// Rows and columns: a–z without regard to case, any digit, anything else. In eighths of a bit, for
/// 129936 words.
#[rustfmt::skip]
const LOG_ODDS: [[i8; 28]; 28] = [
    [-5, 9, 17, 16, -10, -3, 9, -30, 8, -38, -7, 23, 13, 20, -32, 12, -41, 23, 18, 28, 3, -7, -6, 1, 0, -26, -7, 8],
    [7, -10, -3, -13, 4, -15, -33, -47, 7, -14, -39, 9, -22, -41, 1, -23, -64, -4, -6, -10, 3, -35, -47, -47, 1, -44, -8, -1],
    [18, -12, 0, -9, 18, -10, -17, 17, 3, -43, 13, 6, -5, -19, 22, -3, -31, 5, -2, 16, -2, -13, -33, -37, -12, -50, -7, 12],
    [10, -10, -9, 5, 24, -5, -11, -20, 16, -30, -48, -5, -18, -22, 3, -15, -36, 2, 2, -9, -2, -16, -24, -28, -16, -49, -8, 23],
    [17, -4, 20, 23, 9, 10, 4, -19, -5, -25, -8, 14, 12, 25, -8, 6, -1, 30, 26, 21, -9, 7, -4, 16, -4, -29, -5, 28],
    [6, -13, -7, -4, 5, 17, -19, -44, 16, -69, -37, 9, -14, -18, 11, -14, -37, 5, 6, -2, -6, -45, -27, -33, -19, -57, -6, 9],
    [-8, -26, -23, -32, 16, -32, -17, -4, 3, -64, -45, -8, -20, 2, -11, -21, -48, 2, 1, -16, -6, -36, -41, -48, -29, -35, -36, 12],
    [12, -33, -29, -19, 13, -31, -45, -49, 3, -55, -40, -29, -13, -30, 4, -27, -45, 0, -15, -5, -9, -48, -16, -72, -21, -35, -32, 10],
    [5, -1, 14, 16, 4, 10, 12, -40, -16, -33, -22, 13, 14, 31, 19, 6, -34, 7, 16, 24, -34, 5, -19, 0, -55, 6, -28, 4],
    [-22, -64, -49, -59, -11, -62, -72, -72, -24, -62, -33, -59, -57, -69, -22, -35, -77, -62, -30, -45, -27, -66, -66, -64, -69, -77, -59, -34],
    [-14, -33, -20, -18, 12, -26, -35, -34, -2, -64, -49, -23, -38, -17, -25, -24, -51, -29, -5, -17, -21, -26, -36, -77, -41, -55, -46, 6],
    [17, -18, -18, 4, 23, -8, -17, -30, 20, -59, -18, 12, -19, -29, 18, -12, -47, -21, -1, 6, 3, -19, -27, -58, 1, -46, -14, 15],
    [20, -5, -14, -10, 20, -27, -29, -39, 10, -59, -30, -8, 0, -16, 8, 12, -33, -23, -1, -10, 4, -33, -43, -39, -25, -45, -32, 12],
    [13, -22, 12, 20, 19, 8, 19, -22, 9, -37, -1, 7, -17, -2, 14, -9, -39, -6, 13, 23, 3, -4, -26, -36, -11, -29, -20, 19],
    [-8, -3, 15, 9, -21, 3, -4, -33, -6, -31, -4, 10, 13, 26, 3, 10, -53, 22, 9, 9, 13, -1, 8, -18, -31, -42, -33, 14],
    [19, -26, -5, -16, 16, -13, -22, -6, 4, -62, -16, 9, -14, -33, 11, 3, -40, 17, -2, 11, 1, -15, -29, -38, -16, -64, -17, 14],
    [-37, -47, -37, -42, -36, -56, -43, -62, -44, -85, -54, -37, -44, -43, -40, -50, -69, -39, -43, -50, 1, -52, -52, -77, -69, -69, -63, -12],
    [20, -16, 5, 2, 30, -3, 0, -30, 20, -62, -5, -5, 3, 4, 20, -8, -36, 7, 14, 13, 3, -9, -14, -25, 7, -49, -28, 21],
    [4, -19, 12, -18, 25, -19, -9, 11, 20, -39, -4, -2, -6, -15, 8, 9, -29, -8, 13, 27, 8, -21, -15, -30, 6, -32, -28, 23],
    [20, -21, 7, -9, 29, -2, -26, 16, 24, -53, -29, 1, -4, -18, 17, -2, -39, 22, 9, 9, 3, -22, -18, -11, 11, -22, -21, 29],
    [-7, -2, -3, -6, 5, -3, -11, -51, 0, -53, -44, 7, 5, 17, -19, 5, -59, 10, 12, 14, -33, -42, -53, -14, -61, -35, -14, -11],
    [9, -38, -24, -32, 17, -20, -38, -35, 3, -72, -64, -24, -13, -31, -15, -28, -47, -30, -18, -27, -48, -47, -45, -22, -53, -61, -25, -3],
    [0, -35, -19, -25, -2, -37, -51, -14, 6, -66, -48, -19, -33, -6, -4, -28, -53, -1, -14, -26, -42, -55, -43, -40, -50, -69, -44, 2],
    [-8, -15, -7, -12, -3, -8, -47, -34, -14, -69, -56, -26, -27, -40, -27, -3, -41, -34, -25, 4, -38, -42, -43, -27, -31, -57, -3, 8],
    [-12, -23, -24, -35, -18, -28, -39, -37, -23, -64, -51, -18, -12, -7, -25, 3, -64, -29, 4, -2, -41, -31, -35, -59, -28, -37, -48, 13],
    [-19, -50, -41, -38, 7, -49, -57, -46, -14, -77, -61, -38, -39, -54, -16, -66, -57, -62, -40, -54, -47, -64, -59, -69, -33, -21, -58, -23],
    [-10, -9, -9, -9, -9, -8, -53, -43, -56, -74, -52, -57, -39, -64, -63, -50, -61, -51, -41, -50, -42, -55, -61, -43, -60, -65, 8, 0],
    [20, 16, 22, 17, 16, 19, 5, 5, 21, -21, -3, 15, 18, 13, 13, 20, -12, 19, 26, 20, 12, 8, 9, -14, -23, -11, -2, -10],
];

/// Whether the letters of `value` run the way they do in words: `getUserTokenFromRequest`.
pub(in crate::engine) fn reads_like_words(value: &[u8]) -> bool {
    reads_by(value, THRESHOLD)
}

/// Whether the letters run as in no word of any language that is spelled with them: of random small letters 8 % do not at a
/// length of 16, 5 % at 20 and 2 % at 32.
pub(in crate::engine) fn is_noise(value: &[u8]) -> bool {
    const NOISE: i32 = -6;
    !reads_by(value, NOISE)
}

/// Whether the mean log-odds of the pairs reach `least`.
fn reads_by(value: &[u8], least: i32) -> bool {
    let pairs = value.len().saturating_sub(1);
    if pairs < FEWEST_PAIRS {
        return false;
    }
    value.windows(2).map(|pair| odds(pair[0], pair[1])).sum::<i32>() >= least * pairs as i32
}

/// Whether a value is nothing but words that run together or that signs join, with at most a short number
/// behind them: `theQuickBrownFoxJumps`, `connectAsync`. The last may be cut off.
///
/// Of 60,000 random values each so many are taken for words: of 16 letters in both cases 0.05 %, of 20 0.01
/// %; with digits among them a tenth of that; of 20 small letters and hyphens 0.03 %.
pub(in crate::engine) fn is_of_words(value: &[u8]) -> bool {
    const MOST_DIGITS: usize = 3;
    const LONGEST_WORD: usize = 14;
    const LONG: usize = 16;
    /// Where each word has a vowel and a capital, rare letters may stand in it: `QuickBrownFox`.
    const OF_CAPITALS: i32 = -4;
    let digits = value.iter().rev().take(MOST_DIGITS).take_while(|b| b.is_ascii_digit()).count();
    let name = &value[..value.len() - digits];
    let is_sign = |b: &u8| matches!(b, b'_' | b'-' | b'.' | b' ');
    if !name.iter().all(|b| b.is_ascii_alphabetic() || is_sign(b)) {
        return false;
    }
    let parts = name.split(is_sign).filter(|part| !part.is_empty());
    let words: Vec<&[u8]> =
        parts.flat_map(|part| part.chunk_by(|_, next| !next.is_ascii_uppercase())).collect();
    let Some((last, whole @ [_, ..])) = words.split_last() else { return false };
    let is_vowel = |b: &u8| matches!(b.to_ascii_lowercase(), b'a' | b'e' | b'i' | b'o' | b'u' | b'y');
    let is_word = |word: &&[u8]| (2..=LONGEST_WORD).contains(&word.len()) && word.iter().any(is_vowel);
    if last.len() > LONGEST_WORD || !whole.iter().all(is_word) {
        return false;
    }
    let is_capital = |word: &&&[u8]| word[0].is_ascii_uppercase();
    let letters: usize = words.iter().map(|word| word.len()).sum();
    if letters >= LONG && words.len() >= 3 {
        let is_camel = words.iter().filter(is_capital).count() >= 2;
        return reads_by(name, if is_camel { OF_CAPITALS } else { THRESHOLD });
    }
    words[1..].iter().any(|word| is_capital(&word))
        && words.iter().all(|word| word.len() >= 3)
        && reads_like_words(name)
}

/// Whether any piece of [`HEAD_RUN`] bytes or more does not read like words, numbers aside: what holds no such
/// piece holds nothing that looks random. Linear in `run`.
///
/// Of 40,000 random values of each kind so many hold no such piece: of 16 letters 0.28 %, of 16 hex digits 0.11 %, of
/// 16 base-62 characters 0.03 %; of 20 characters 0.03, 0.01 and 0 %; of 32 none.
pub(in crate::engine) fn may_be_random(run: &[u8]) -> bool {
    // With the sums of all pairs up to each byte, a piece whose sum is lower at its end than at its start does not
    // read like words. `highest` is the highest start of a piece that is long enough.
    const PAIRS: usize = HEAD_RUN - 1;
    let mut sums = [0; HEAD_RUN];
    let (mut sum, mut highest) = (0, i32::MIN);
    let Some((first, rest)) = run.split_first() else { return false };
    let mut before = COLUMN[usize::from(*first)];
    for (byte, at) in rest.iter().zip(1..) {
        let column = COLUMN[usize::from(*byte)];
        sum += i32::from(PAIR[usize::from(before) * COLUMNS + usize::from(column)]);
        before = column;
        sums[at % HEAD_RUN] = sum;
        if at >= PAIRS {
            highest = highest.max(sums[(at - PAIRS) % HEAD_RUN]);
            if sum < highest {
                return true;
            }
        }
    }
    false
}

/// How much more each pair has than words need. A row of digits is no word, a row of signs (a line that somebody
/// drew) is no token.
const PAIR: [i8; COLUMNS * COLUMNS] = {
    let mut table = [0; COLUMNS * COLUMNS];
    let mut at = 0;
    while at < COLUMNS * COLUMNS {
        let (first, second) = (at / COLUMNS, at % COLUMNS);
        table[at] = match (first as u8, second as u8) {
            (DIGIT, DIGIT) => -1,
            (SIGN, SIGN) => 0,
            _ if first > SIGN as usize || second > SIGN as usize => 0,
            _ => LOG_ODDS[first][second] - THRESHOLD as i8,
        };
        at += 1;
    }
    table
};
/// A power of two: the last columns stay empty.
const COLUMNS: usize = 32;

#[inline(always)]
fn odds(first: u8, second: u8) -> i32 {
    i32::from(LOG_ODDS[COLUMN[usize::from(first)] as usize][COLUMN[usize::from(second)] as usize])
}

/// The last two rows and columns.
const DIGIT: u8 = 26;
const SIGN: u8 = 27;
/// The row and column of each byte.
const COLUMN: [u8; 256] = {
    let mut table = [SIGN; 256];
    let mut at = 0;
    while at < 256 {
        let byte = at as u8;
        if byte.is_ascii_alphabetic() {
            table[at] = byte.to_ascii_lowercase() - b'a';
        } else if byte.is_ascii_digit() {
            table[at] = DIGIT;
        }
        at += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::draw::Draw;

    /// What the loop must find, piece by piece.
    fn slow(run: &[u8]) -> bool {
        let value = |pair: &[u8]| match (pair[0], pair[1]) {
            (b'0'..=b'9', b'0'..=b'9') => -1,
            (b'_' | b'/' | b'-', b'_' | b'/' | b'-') => 0,
            (first, second) => odds(first, second) - THRESHOLD,
        };
        (0..run.len()).any(|from| {
            (from + HEAD_RUN..=run.len()).any(|to| run[from..to].windows(2).map(value).sum::<i32>() < 0)
        })
    }

    #[test]
    fn a_run_may_be_random_when_a_piece_of_it_may() {
        let words = ["get", "User", "_token", "From", "/request", "9Kq2Lm8Tz4", "utf8", "Zk3", "0a5f", "--"];
        let (mut state, mut random) = (7u64, 0);
        for _ in 0..3_000 {
            let mut run = String::new();
            while run.len() < 12 + (state >> 50) as usize % 30 {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                run.push_str(words[(state >> 33) as usize % words.len()]);
            }
            assert_eq!(may_be_random(run.as_bytes()), slow(run.as_bytes()), "{run}");
            random += usize::from(may_be_random(run.as_bytes()));
        }
        assert!((500..2_500).contains(&random), "{random}");
        assert!(!may_be_random("-".repeat(80).as_bytes()));
        assert!(may_be_random("7".repeat(16).as_bytes()));
    }

    #[test]
    fn words_that_run_together_are_no_token() {
        for value in [
            "theQuickBrownFoxJumpsOverTheLazyDogt",
            "theQuickBrownFoxJumpsO",
            "connectAsync",
            "ReplaceWithYourOwnKey",
            "the-quick-brown-fox-jumps-over",
            "createdAtTimeOfDay2",
        ] {
            assert!(is_of_words(value.as_bytes()), "{value}");
        }
        let mut draw = Draw::new(0x2545_F491_4F6C_DD1D);
        let letters = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_";
        for (alphabet, lengths) in [
            (&letters[..52], [12, 16, 20, 32]),
            (&letters[..62], [12, 16, 24, 40]),
            (&letters[..], [16, 20, 32, 43]),
            (&letters[..26], [12, 16, 24, 32]),
            (b"abcdefghijklmnopqrstuvwxyz-", [16, 20, 24, 32]),
        ] {
            for length in lengths {
                let lost = (0..20_000).filter(|_| is_of_words(&draw.text(alphabet, length))).count();
                assert!(
                    lost <= 20,
                    "{lost} of 20,000 of length {length} from {} characters lost",
                    alphabet.len()
                );
            }
        }
    }

    #[test]
    fn noise_is_told_from_words_of_many_languages() {
        let mut draw = Draw::new(0x2545_F491_4F6C_DD1D);
        for (length, most) in [(16, 850), (20, 600), (32, 230)] {
            let lost =
                (0..10_000).filter(|_| !is_noise(&draw.text(b"abcdefghijklmnopqrstuvwxyz", length))).count();
            assert!(lost <= most, "{lost} of 10,000 of {length} letters lost");
        }
        for value in [
            "rechtsschutzversicherungsgesellschaft",
            "przedsiebiorstwokomunikacji",
            "llanfairpwllgwyngyllgogerych",
            "gebruikersnaamenwachtwoord",
            "kullaniciadivesifresi",
            "nutzerkontoschluesselwort",
            "strcspnstrpbrkstrncmp",
        ] {
            assert!(!is_noise(value.as_bytes()), "{value}");
        }
    }

    #[test]
    fn identifiers_read_like_words() {
        for value in [
            "getUserTokenFromRequest",
            "my-service-account-name",
            "AuthenticationProvider",
            "com.example.security.TokenService",
        ] {
            assert!(reads_like_words(value.as_bytes()), "{value}");
        }
        for value in [concat!("x9Kq2Lm8", "Tz4WbV7nRp1Q"), concat!("Zk3vQ8xJ", "w2Hs6Yd1Gf5P")] {
            assert!(!reads_like_words(value.as_bytes()), "{value}");
        }
    }
}

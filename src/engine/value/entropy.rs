//! Is it random? Entropy, runs, sequences and placeholder words.
//!
//! The numbers that decide, with what was measured: of 50,000 random 32-digit hex strings 18.7 % have
//! at most 3.5 bits of Shannon entropy, 0.03 % at most 3.0 and none at most 2.6. So the floor for hex
//! is 3.0 at 32 digits and what is regular is told by its structure instead: runs, periods, steps.

use std::ops::Range;

use super::generated;
use crate::engine::decode;

/// Longest run of one character that a random token may have.
const LONGEST_RUN: usize = 6;
/// Shortest token that may hold a structure, whose zero bytes are `AAAA` in base64: such runs count half.
const STRUCTURE: usize = 64;
/// How many characters in a row may equal the one two or three before.
const BEATS: usize = 8;
/// Longest value in which four times the same letter is no chance: of 128 random characters of base64 one in
/// 70,000 holds four `x` in a row.
const SHORT: usize = 128;
/// Fewest characters that repeat what stood before them.
const FEWEST_REPEATED: usize = 4;
/// Placeholder words of four bytes or more: a token that holds one was written by a person to be replaced. Brackets and
/// dots are told by [`is_placeholder`] itself.
#[rustfmt::skip]
const PLACEHOLDERS: &[&str] = &[
    "example", "placeholder", "changeme", "change_me", "change-me", "replace", "redacted", "dummy",
    "sample", "your_", "your-", "yourtoken", "yourkey", "yourapi", "yourauth", "yoursecret", "xxxxx",
    "*****", "insert", "todo", "goes_here", "goeshere", "_here",
    "-here", "notreal", "not_real", "not-real", "fake", "invalid", "deadbeef", "cafebabe", "feedface",
    "baadf00d", "c0ffee", "12345678", "87654321", "abcdefgh", "01234567", "qwerty", "00000000",
    "fffffff", "abc123", "123abc", "abcd1234", "1234abcd", "lorem", "ipsum", "mytoken", "mysecret", "testtest",
    "cambiame", "changez", "ersetzen", "reemplaz", "remplac", "degistir", "vervang", "zmienmnie", "-aqui-", "_aqui_",
];

/// Shannon entropy in bits a character.
pub(in crate::engine) fn shannon(bytes: &[u8]) -> f32 {
    if bytes.is_empty() {
        return 0.0;
    }
    let mut counts = [0u32; 256];
    for &byte in bytes {
        counts[usize::from(byte)] += 1;
    }
    let total = bytes.len() as f32;
    counts.iter().filter(|&&n| n > 0).map(|&n| n as f32 / total).map(|p| -p * p.log2()).sum()
}

/// Whether the value was written to be replaced, or is a well-known filler.
pub(in crate::engine) fn is_placeholder(value: &[u8]) -> bool {
    let mut lower = value.to_ascii_lowercase();
    // Behind the end, so that every byte has four from itself on.
    lower.extend([0; LOOK - 1]);
    let is_of_template = || generated::holds_template(value) || !generated::is_generated(value);
    memchr::memchr2(b'<', b'>', &lower).is_some() && is_of_template()
        || value.len() <= SHORT && value.windows(4).any(|four| matches!(four, b"xxxx" | b"XXXX"))
        || lower.windows(LOOK).enumerate().any(|(at, four)| match four {
            [b'.', b'.', b'.', _] => true,
            [b'$' | b'{', b'{', ..] | [b'}', b'}', ..] => is_of_template(),
            _ => {
                let (word, bit) = head_bit(four);
                let is_written = |word: &&str| {
                    lower[at..].starts_with(word.as_bytes()) && stands_out(value, at..at + word.len())
                };
                HEADS[word] >> bit & 1 == 1 && PLACEHOLDERS.iter().any(is_written)
            }
        })
}

/// Whether a placeholder word was written where it stands: in a long value, of 32 characters or more, chance spells a short
/// one, so it has to be of one case, and a sign or the other case has to stand on both its sides.
fn stands_out(value: &[u8], place: Range<usize>) -> bool {
    const LONG: usize = 32;
    const SHORT_WORD: usize = 6;
    let word = &value[place.clone()];
    if value.len() > LONG && word.iter().all(u8::is_ascii_digit) {
        return !is_drawn_around(value, &place);
    }
    if value.len() < LONG || word.len() > SHORT_WORD || !word.iter().all(u8::is_ascii_alphabetic) {
        return true;
    }
    let is_upper = |bytes: &[u8]| bytes.iter().all(u8::is_ascii_uppercase);
    let is_lower = |bytes: &[u8]| bytes.iter().all(u8::is_ascii_lowercase);
    let is_one_case = is_upper(word) || is_lower(&word[1..]);
    let before = value[..place.start].last().copied().unwrap_or_default();
    let behind = value.get(place.end).copied().unwrap_or_default();
    let is_edge = |beside: u8, own: u8| {
        !beside.is_ascii_alphanumeric()
            || beside.is_ascii_alphabetic() && beside.is_ascii_lowercase() != own.is_ascii_lowercase()
    };
    is_one_case && is_edge(before, word[0]) && is_edge(behind, word[word.len() - 1])
}

/// Whether what stands around a row of digits was drawn from letters of both cases and digits: a token may begin with the
/// number of its kind. Of a made-up one the rest goes on as it began.
fn is_drawn_around(value: &[u8], place: &Range<usize>) -> bool {
    const SHORTEST: usize = 28;
    const EACH: usize = 3;
    let rest = [&value[..place.start], &value[place.end..]].concat();
    let has = |class: fn(&u8) -> bool| rest.iter().filter(|b| class(b)).count() >= EACH;
    rest.len() >= SHORTEST
        && has(u8::is_ascii_digit)
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_lowercase)
        && !is_regular(&rest)
        && !super::words::reads_like_words(&rest)
}

/// How many bytes of a word its bit stands for.
const LOOK: usize = 4;

/// A bit for the first bytes of each placeholder word, by their hash: most of what is looked at starts with none.
const HEADS: [u64; 64] = {
    let mut bits = [0; 64];
    let mut at = 0;
    while at < PLACEHOLDERS.len() {
        let (index, bit) = head_bit(PLACEHOLDERS[at].as_bytes());
        bits[index] |= 1 << bit;
        at += 1;
    }
    bits
};

const fn head_bit(word: &[u8]) -> (usize, u32) {
    let hash = u32::from_le_bytes([word[0], word[1], word[2], word[3]]).wrapping_mul(0x9E37_79B1) >> 20;
    ((hash >> 6) as usize, hash & 63)
}

/// Whether the value shows a pattern that chance would not produce: one character over and over, a
/// period, an alphabet written out. Random 32-digit hex is called regular less than once in 10,000.
pub(in crate::engine) fn is_regular(value: &[u8]) -> bool {
    if value.len() < 8 {
        return false;
    }
    let mut lower = value.to_ascii_lowercase();
    if value.len() >= STRUCTURE {
        // Without the zero bytes of what a long token holds.
        let is_zeros = |run: &&[u8]| run.len() > 3 && run[0] == b'A';
        let runs = value.chunk_by(|one, next| one == next).filter(|run| !is_zeros(run));
        lower = runs.collect::<Vec<_>>().concat().to_ascii_lowercase();
    }
    longest_run(value) > LONGEST_RUN
        || is_periodic(&lower)
        || is_beaten(&lower)
        || is_stepped(&lower)
        || is_counted(&lower)
        || is_ladder(&lower)
        || is_spelled(&lower)
}

/// Hex digits that spell two words or more: `f3cafe79dead71beef…`. Of random 32-digit strings one in
/// 240,000 does.
fn is_spelled(lower: &[u8]) -> bool {
    const WORDS: [&[u8; 4]; 7] = [b"dead", b"beef", b"cafe", b"babe", b"f00d", b"feed", b"face"];
    let word = |four: &[u8]| WORDS.iter().position(|word| *word == four);
    let spelled = || lower.windows(4).filter_map(word).fold(0u8, |seen, word| seen | 1 << word);
    lower.iter().all(u8::is_ascii_hexdigit) && spelled().count_ones() >= 2
}

fn longest_run(value: &[u8]) -> usize {
    let is_structure = value.len() >= STRUCTURE;
    let runs = value.chunk_by(|one, next| one.eq_ignore_ascii_case(next));
    let length =
        |run: &[u8]| if is_structure && run.iter().all(|b| *b == b'A') { run.len() / 2 } else { run.len() };
    runs.map(length).max().unwrap_or_default()
}

/// Nine tenths or more of the characters equal the one a fixed distance before: `test1234test`.
fn is_periodic(bytes: &[u8]) -> bool {
    let longest = bytes.len() - FEWEST_REPEATED.max(bytes.len() / 3).min(bytes.len());
    (1..=longest).any(|period| {
        let pairs = bytes.len() - period;
        // Of a random value the first few pairs decide.
        let mut others = bytes.iter().zip(&bytes[period..]).filter(|(a, b)| a != b);
        others.nth(pairs - (pairs * 9).div_ceil(10)).is_none()
    })
}

/// Two characters, or three, over and over somewhere: `…1A1A1A1A1A1A`.
fn is_beaten(bytes: &[u8]) -> bool {
    [2, 3].into_iter().any(|period| {
        let mut same = 0;
        bytes.iter().zip(bytes.iter().skip(period)).any(|(a, b)| {
            same = if a == b { same + 1 } else { 0 };
            same >= BEATS
        })
    })
}

/// More than half of the neighbours, or of the next but one, are one apart in the same direction:
/// `0123…`, `abcd…`, `fedc…`, `a1b2c3d4…`.
fn is_stepped(bytes: &[u8]) -> bool {
    let place = |byte: u8| match byte {
        b'0'..=b'9' => i32::from(byte - b'0'),
        b'a'..=b'z' => i32::from(byte - b'a') + 10,
        _ => -100,
    };
    let is_mostly = |apart: usize| {
        let (mut up, mut down) = (0, 0);
        for (from, to) in bytes.iter().zip(&bytes[apart..]) {
            let step = place(*to) - place(*from);
            up += usize::from(step == 1);
            down += usize::from(step == -1);
        }
        up.max(down) > bytes.len() / 2
    };
    is_mostly(1) || is_mostly(2)
}

/// Bytes in hex, each as far from the one before as that is from its own: `000102…0f`, `00112233…`, as the keys of
/// published test vectors.
fn is_ladder(lower: &[u8]) -> bool {
    let bytes: Option<Vec<u8>> = lower.chunks(2).map(decode::byte).collect();
    let Some(bytes) = bytes.filter(|bytes| bytes.len() >= 8) else { return false };
    let step = |pair: &[u8]| pair[1].wrapping_sub(pair[0]);
    bytes.windows(2).all(|pair| step(pair) == step(&bytes[..2]))
}

/// Half of the letters and digits or more stand in rows of three that count up: `xoxb-1234-1234-abc124`.
fn is_counted(bytes: &[u8]) -> bool {
    let (mut counted, mut row) = (0, 1);
    let mut previous = 0_u8;
    let total = bytes.iter().filter(|b| b.is_ascii_alphanumeric()).count();
    for &byte in bytes.iter().chain(std::iter::once(&0)) {
        if byte.is_ascii_alphanumeric() && byte == previous.wrapping_add(1) {
            row += 1;
        } else {
            counted += if row >= 3 { row } else { 0 };
            row = 1;
        }
        previous = byte;
    }
    counted * 2 >= total && total > 0
}

/// Whether a value looks drawn at random rather than written: used where nothing else proves it. The same as
/// [`randomness`] with [`floor`].
pub(in crate::engine) fn looks_random(value: &[u8], least: f32) -> bool {
    shannon(value) >= floor(value, least) && randomness(value).is_some()
}

/// The Shannon entropy of a value that looks drawn at random, its entropy aside.
///
/// Asks for a mix of character classes that ordinary identifiers do not have.
pub(in crate::engine) fn randomness(value: &[u8]) -> Option<f32> {
    let hex = value.iter().all(u8::is_ascii_hexdigit);
    if !hex
        && !is_uuid(value)
        && !ends_in_uuids(value)
        && !is_labelled_hex(value)
        && (crate::engine::value::words::reads_like_words(value)
            || crate::engine::value::words::is_of_words(value))
    {
        return None;
    }
    let digits = value.iter().filter(|b| b.is_ascii_digit()).count();
    let letters = value.iter().filter(|b| b.is_ascii_alphabetic()).count();
    if value.len() >= 20 && (letters == 0 || digits == 0 && hex) {
        return None;
    }
    (!is_regular(value) && !is_placeholder(value)).then(|| shannon(value))
}

/// Whether what stands behind a label is a key in hex, `key-…`, `default:production.…`: digits beside digits are common in
/// words.
fn is_labelled_hex(value: &[u8]) -> bool {
    const SHORTEST: usize = 32;
    const LONGEST_LABEL: usize = 48;
    let sign = value.iter().rposition(|b| matches!(b, b'-' | b'.' | b':' | b'_'));
    let Some((label, body)) = sign.map(|at| (at, &value[at + 1..])) else { return false };
    let letters = body.iter().filter(|b| b.is_ascii_alphabetic()).count();
    (2..=LONGEST_LABEL).contains(&label)
        && body.len() >= SHORTEST
        && letters * 8 >= body.len()
        && body.iter().all(u8::is_ascii_hexdigit)
}

/// Whether two UUIDs stand behind a name that somebody chose, as in the keys of GOV.UK Notify.
fn ends_in_uuids(value: &[u8]) -> bool {
    const BOTH: usize = 36 + 1 + 36;
    let both = value.len().checked_sub(BOTH).map(|start| &value[start..]);
    both.is_some_and(|both| is_uuid(&both[..36]) && both[36] == b'-' && is_uuid(&both[37..]))
}

/// Whether the value is hex in groups of 8, 4, 4, 4 and 12 digits: no text, though digits beside digits are common in words.
pub(in crate::engine) fn is_uuid(value: &[u8]) -> bool {
    let dash = |at: usize| matches!(at, 8 | 13 | 18 | 23);
    value.len() == 36
        && value
            .iter()
            .enumerate()
            .all(|(at, byte)| if dash(at) { *byte == b'-' } else { byte.is_ascii_hexdigit() })
}

/// The least entropy that a value must have: what the rule asks, or, when that is 0, what fits the value's
/// alphabet and length. Of hex digits no more is asked than they have, whatever else the shape takes.
pub(in crate::engine) fn floor(value: &[u8], least: f32) -> f32 {
    let is_hex = || value.iter().all(u8::is_ascii_hexdigit) || is_uuid(value);
    let least = match least {
        asked if asked <= 0.0 => return default_floor(value.len(), is_hex()),
        asked if asked > default_floor(value.len(), true) && is_hex() => default_floor(value.len(), true),
        asked => asked,
    };
    if value.len() >= 16 { least.max(2.0) } else { least }
}

fn default_floor(length: usize, hex: bool) -> f32 {
    match (hex, length) {
        (true, 0..=23) => 2.4,
        (true, 24..=31) => 2.8,
        (true, _) => 3.0,
        (false, 0..=15) => 2.5,
        (false, 16..=23) => 3.0,
        (false, _) => 3.3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::draw::Draw;

    const HEX: &[u8] = b"0123456789abcdef";

    #[test]
    fn random_hex_passes_999_times_in_1000() {
        let mut draw = Draw::new(0x2545_F491_4F6C_DD1D);
        for length in [32, 40] {
            let lost = (0..20_000).filter(|_| !looks_random(&draw.text(HEX, length), 0.0)).count();
            assert!(lost <= 20, "{lost} of 20,000 random {length}-digit strings lost");
        }
    }

    #[test]
    fn random_hex_passes_where_more_characters_are_allowed_and_behind_a_label() {
        let mut draw = Draw::new(0x0123_4567_89AB_CDEF);
        let lost = (0..20_000).filter(|_| !looks_random(&draw.text(HEX, 32), 3.5)).count();
        assert!(lost <= 20, "{lost} of 20,000 random strings lost");
        let labelled = |hex: Vec<u8>| [b"default:production.", &hex[..]].concat();
        let lost = (0..20_000).filter(|_| !looks_random(&labelled(draw.text(HEX, 56)), 3.5)).count();
        assert!(lost <= 20, "{lost} of 20,000 random tokens lost");
    }

    #[test]
    fn random_uuids_pass_999_times_in_1000() {
        let mut draw = Draw::new(0x9E37_79B9_7F4A_7C15);
        let uuid =
            |hex: Vec<u8>| [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join(&b'-');
        let lost = (0..20_000).filter(|_| !looks_random(&uuid(draw.text(HEX, 32)), 0.0)).count();
        assert!(lost <= 20, "{lost} of 20,000 random UUIDs lost");
        assert!(!looks_random(b"00000000-0000-0000-0000-000000000000", 0.0));
        assert!(!looks_random(b"12345678-1234-1234-1234-123456789012", 0.0));
    }

    #[test]
    fn regular_hex_does_not() {
        for value in [
            "0123456789abcdef0123456789abcdef",
            "fedcba9876543210fedcba9876543210",
            "00000000000000000000000000000000",
            "deadbeefdeadbeefdeadbeefdeadbeef",
            "abababababababababababababababab",
            "11111111111111112222222222222222",
            "12345678901234567890123456789012",
            "a1b2c3d4e5f6a1b2c3d4e5f6a1b2c3d4",
        ] {
            assert!(!looks_random(value.as_bytes(), 0.0), "{value}");
        }
    }
}

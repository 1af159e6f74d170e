//! Finds long opaque runs with no keyword: secrets by their prefix, base64 that hides text, and account ids
//! that wake a rule.

use std::ops::Range;

use wide::u8x16;

use crate::catalogue::HEAD_RUN;

/// Shortest run that may be an id or base64 of something.
pub(super) const SHORTEST_ENCODED: usize = 20;
const BLOCK: usize = 64;
const LANES: usize = 16;
/// Longest run that is decoded; what is longer is an image, an archive or a certificate bundle.
pub(super) const LONGEST_DECODED: usize = 256 * 1024;

/// Calls back with every run of [`HEAD_RUN`] or more base64 characters, see
/// [`is_run_byte`](crate::catalogue::is_run_byte). Linear in `text`.
pub(super) fn runs(text: &[u8], found: &mut impl FnMut(Range<usize>)) {
    // Where the run started that goes on at the start of a block.
    let mut open: Option<usize> = None;
    let (blocks, rest) = text.as_chunks::<BLOCK>();
    let mut last = [0; BLOCK];
    last[..rest.len()].copy_from_slice(rest);
    for (number, block) in blocks.iter().chain([&last]).enumerate() {
        let at = number * BLOCK;
        let mut bits = run_bits(block);
        if let Some(start) = open {
            let more = bits.trailing_ones() as usize;
            if more == BLOCK {
                continue;
            }
            if at + more - start >= HEAD_RUN {
                found(start..at + more);
            }
            bits &= u64::MAX << more;
        }
        let tail = bits.leading_ones() as usize;
        open = (tail > 0).then_some(at + BLOCK - tail);
        if tail > 0 {
            bits &= u64::MAX >> tail.min(BLOCK - 1) >> usize::from(tail == BLOCK);
        }
        // What is left of sixteen ones in a row is the first of them.
        let mut long = bits & bits >> 1;
        long &= long >> 2;
        long &= long >> 4;
        long &= long >> 8;
        while long != 0 {
            let start = long.trailing_zeros() as usize;
            let length = (bits >> start).trailing_ones() as usize;
            found(at + start..at + start + length);
            long &= u64::MAX << (start + length);
        }
    }
}

/// One bit for each of the bytes that can be in a run.
#[inline(always)]
fn run_bits(block: &[u8; BLOCK]) -> u64 {
    let (parts, _) = block.as_chunks::<LANES>();
    parts.iter().rev().fold(0, |bits, part| {
        let bytes = u8x16::new(*part);
        let all = u8x16::splat;
        let letter = ((bytes | all(0x20)) - all(b'a')).simd_lt(all(26));
        let slash_or_digit = (bytes - all(b'/')).simd_lt(all(11));
        let sign = bytes.simd_eq(all(b'+')) | bytes.simd_eq(all(b'-')) | bytes.simd_eq(all(b'_'));
        bits << LANES | u64::from((letter | slash_or_digit | sign).to_bitmask())
    })
}

/// The words of a run: letters, digits and underscores only.
pub(super) fn words(text: &[u8], run: Range<usize>) -> impl Iterator<Item = Range<usize>> + '_ {
    let base = run.start;
    text[run].split(|&b| !super::confirm::is_word(b)).scan(base, |at, word| {
        let start = *at;
        *at += word.len() + 1;
        Some(start..start + word.len())
    })
}

/// The text that a run of base64 hides, and the run with its padding. `None` for anything that does
/// not decode to printable text, which the first bytes tell.
pub(super) fn decoded(text: &[u8], run: Range<usize>) -> Option<(Range<usize>, Vec<u8>)> {
    // A path or an assignment may lead up to the run: base64 proper starts after the last such sign.
    if run.len() > LONGEST_DECODED {
        return None;
    }
    let padding = text[run.end..].iter().take(2).take_while(|&&b| b == b'=').count();
    let body = &text[run.clone()];
    let url = body.iter().any(|&b| b == b'-' || b == b'_');
    if url && body.iter().any(|&b| b == b'+' || b == b'/') {
        return None;
    }
    let encoding = if url { &data_encoding::BASE64URL_NOPAD } else { &data_encoding::BASE64_NOPAD };
    let head = encoding.decode(&body[..body.len().min(24) & !3]).ok()?;
    if !is_text(&head) {
        return None;
    }
    let whole = encoding.decode(&body[..body.len() - usize::from(body.len() % 4 == 1)]).ok()?;
    is_text(&whole).then_some((run.start..run.end + padding, whole))
}

fn is_text(bytes: &[u8]) -> bool {
    let ascii = bytes.iter().all(|&b| b.is_ascii_graphic() || matches!(b, b' ' | b'\n' | b'\r' | b'\t'));
    ascii
        || bytes.len() > 48
            && std::str::from_utf8(bytes)
                .is_ok_and(|s| !s.chars().any(|c| c.is_control() && !c.is_whitespace()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::is_run_byte;

    #[test]
    fn finds_the_runs_that_a_look_at_every_byte_finds() {
        for byte in 0..=255 {
            assert_eq!(run_bits(&[byte; BLOCK]) == u64::MAX, is_run_byte(byte), "{byte}");
        }
        // The more of the last ones, the shorter the runs.
        const SIGNS: &[u8; 40] = b"aZ0+/_-zAZ09bcdefghijklmnopqrsA7. \"@[`{\xe1";
        let mut state = 7u64;
        for round in 0..4_000 {
            let text: Vec<u8> = (0..round % 300)
                .map(|_| {
                    state ^= state << 13;
                    state ^= state >> 7;
                    state ^= state << 17;
                    SIGNS[(state >> 20) as usize % (32 + round % 9)]
                })
                .collect();
            let mut got = Vec::new();
            runs(&text, &mut |run| got.push(run));
            let mut expected = Vec::new();
            let mut start = 0;
            for piece in text.split(|byte| !is_run_byte(*byte)) {
                if piece.len() >= HEAD_RUN {
                    expected.push(start..start + piece.len());
                }
                start += piece.len() + 1;
            }
            assert_eq!(got, expected, "{:?}", bstr::BStr::new(&text));
        }
    }

    #[test]
    fn only_text_is_decoded() {
        let hidden = data_encoding::BASE64.encode(b"user:a very hidden password");
        let (range, text) = decoded(hidden.as_bytes(), 0..hidden.trim_end_matches('=').len()).unwrap();
        assert_eq!((range, &text[..]), (0..hidden.len(), &b"user:a very hidden password"[..]));
        assert!(decoded(b"getElementsByClassNameAndMore", 0..29).is_none());
    }
}

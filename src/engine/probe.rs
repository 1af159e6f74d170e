//! Finds long opaque runs with no keyword: secrets by their prefix, base64 that hides text, and account ids
//! that wake a rule.
//!
//! A run of [`HEAD_RUN`] characters covers at least one whole block of half as many, so one look at each
//! block is enough, and in ordinary source the first or second byte looked at ends it.

use std::ops::Range;

use crate::catalogue::{HEAD_RUN, is_run_byte};

/// Shortest run that may be an id or base64 of something.
pub(super) const SHORTEST_ENCODED: usize = 20;
const BLOCK: usize = HEAD_RUN / 2;
/// Longest run that is decoded; what is longer is an image, an archive or a certificate bundle.
pub(super) const LONGEST_DECODED: usize = 256 * 1024;

/// One flag a byte: base64 of either alphabet, without padding.
const OPAQUE: [bool; 256] = {
    let mut table = [false; 256];
    let mut at = 0;
    while at < 256 {
        table[at] = is_run_byte(at as u8);
        at += 1;
    }
    table
};

/// Calls back with every run of [`HEAD_RUN`] or more base64 characters. Linear in `text`.
pub(super) fn runs(text: &[u8], found: &mut impl FnMut(Range<usize>)) {
    let is_opaque = |at: &usize| OPAQUE[usize::from(text[*at])];
    let mut at = 0;
    let mut done = 0;
    while let Some(block) = text.get(at..at + BLOCK) {
        let block: [u8; BLOCK] = block.try_into().expect("a block");
        if holds_low_byte(block) || !block.iter().all(|byte| OPAQUE[usize::from(*byte)]) {
            at += BLOCK;
            continue;
        }
        let start = (done..at).rev().take_while(is_opaque).last().unwrap_or(at);
        let end = (at + BLOCK..text.len()).find(|i| !is_opaque(i)).unwrap_or(text.len());
        if end - start >= HEAD_RUN {
            found(start..end);
        }
        done = end;
        at = end;
    }
}

/// Whether one of eight bytes is below `+`: a blank, a line break, a quote, a bracket. That ends nearly every
/// block of ordinary text, and costs three operations for all eight.
fn holds_low_byte(block: [u8; BLOCK]) -> bool {
    let all = |byte: u8| u64::from_le_bytes([byte; 8]);
    let bytes = u64::from_le_bytes(block);
    bytes.wrapping_sub(all(b'+')) & !bytes & all(0x80) != 0
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

    #[test]
    fn every_run_of_sixteen_is_found_wherever_it_starts() {
        for lead in 0..25 {
            for length in 14..45 {
                let text = format!("{}{} tail of words", " ".repeat(lead), "Q".repeat(length));
                let mut got = Vec::new();
                runs(text.as_bytes(), &mut |run| got.push(run));
                let expected: Vec<_> =
                    (length >= HEAD_RUN).then_some(lead..lead + length).into_iter().collect();
                assert_eq!(got, expected, "lead {lead}, length {length}");
            }
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

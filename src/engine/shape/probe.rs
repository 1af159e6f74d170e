//! Finds long opaque runs with no keyword: secrets by their prefix, base64 that hides text, and account ids
//! that wake a rule.

use std::io::Read;
use std::ops::Range;

use fearless_simd::prelude::*;
use flate2::read::{GzDecoder, ZlibDecoder};

use crate::catalogue::HEAD_RUN;
use crate::engine::encoding::as_text;
use crate::lanes::{self, Answer, BLOCK, Block, Question};

/// Shortest run that may be an id or base64 of something.
pub(in crate::engine) const SHORTEST_ENCODED: usize = 20;
/// Longest run that is decoded; what is longer is an image, an archive or a certificate bundle.
pub(in crate::engine) const LONGEST_DECODED: usize = 256 * 1024;
/// Most of what one run has packed that is read, bytes.
const LONGEST_UNPACKED: usize = 1024 * 1024;

/// Blocks of one round: where runs end is noted without a branch, which nothing could foretell, and looked at when the
/// round is over.
const ROUND: usize = 16;

/// Calls back with every run of [`HEAD_RUN`] or more base64 characters, see
/// [`is_run_byte`](crate::catalogue::is_run_byte). Linear in `text`.
pub(in crate::engine) fn runs(text: &[u8], found: &mut impl FnMut(Range<usize>)) {
    Rounds::<HEAD_RUN>::over(text, &OfRuns, found);
}

/// The runs of a round, and what of them goes on in the next: `SHORTEST` or more bytes (one, or a power of two up to
/// 16) that a question tells.
pub(in crate::engine) struct Rounds<const SHORTEST: usize> {
    /// How long the run is that reaches the end of the last round.
    open: usize,
    /// Of the last block: which bytes end one, two, four and eight bytes of a run, a bit each, and which a long enough one.
    last: [u64; 5],
    /// Which bytes of each block are of a run.
    bits: [u64; ROUND],
    /// Which bytes of each block stand behind a run that is long enough.
    ends: [u64; ROUND],
}

impl<const SHORTEST: usize> Rounds<SHORTEST> {
    /// Calls back with every run of a text; a byte of zero must be of none.
    pub(in crate::engine) fn over(
        text: &[u8],
        question: &impl Question,
        found: &mut impl FnMut(Range<usize>),
    ) {
        let mut rounds = Self { open: 0, last: [0; 5], bits: [0; ROUND], ends: [0; ROUND] };
        let (blocks, rest) = text.as_chunks::<BLOCK>();
        for (number, round) in blocks.chunks(ROUND).enumerate() {
            let blocks = lanes::answer(question, round.as_flattened(), &mut rounds.bits);
            rounds.look(number * ROUND * BLOCK, blocks, found);
        }
        // What is behind the text ends the last run.
        let mut last = [0; BLOCK];
        last[..rest.len()].copy_from_slice(rest);
        lanes::answer(question, &last, &mut rounds.bits);
        rounds.look(blocks.len() * BLOCK, 1, found);
    }

    fn look(&mut self, at: usize, blocks: usize, found: &mut impl FnMut(Range<usize>)) {
        let (mut with_ends, mut count) = ([0; ROUND], 0);
        for (number, (bits, ends)) in self.bits.iter().zip(&mut self.ends).take(blocks).enumerate() {
            // Two bytes of a run, four, eight, and so on: each step doubles what the one before told.
            let (mut enough, mut length, mut step) = (*bits, 1, 0);
            while length < SHORTEST {
                let before = std::mem::replace(&mut self.last[step], enough);
                enough &= enough << length | before >> (BLOCK - length);
                (length, step) = (2 * length, step + 1);
            }
            let before = std::mem::replace(&mut self.last[4], enough);
            *ends = (enough << 1 | before >> (BLOCK - 1)) & !bits;
            with_ends[count % ROUND] = number;
            count += usize::from(*ends != 0);
        }
        for &number in &with_ends[..count] {
            let mut ends = self.ends[number];
            while ends != 0 {
                let end = ends.trailing_zeros() as usize;
                ends &= ends - 1;
                let behind = at + number * BLOCK + end;
                found(behind - self.length(number, end)..behind);
            }
        }
        self.open = self.length(blocks, 0);
    }

    /// How long the run is that ends before byte `end` of a block.
    fn length(&self, block: usize, end: usize) -> usize {
        let here = if end > 0 { (self.bits[block] << (BLOCK - end)).leading_ones() as usize } else { 0 };
        if here < end {
            return here;
        }
        let mut length = here;
        for bits in self.bits[..block].iter().rev() {
            length += bits.leading_ones() as usize;
            if *bits != u64::MAX {
                return length;
            }
        }
        length + self.open
    }
}

/// Whether a byte can be in a run.
struct OfRuns;

impl Question for OfRuns {
    const BEHIND: usize = 0;

    #[inline(always)]
    fn ask<S: Simd>(&self, bytes: impl Fn(usize) -> Block<S>) -> Answer<S> {
        let bytes = bytes(0);
        let letter = ((bytes | 0x20) - b'a').simd_lt(26);
        let slash_or_digit = (bytes - b'/').simd_lt(11);
        letter | slash_or_digit | bytes.simd_eq(b'+') | bytes.simd_eq(b'-') | bytes.simd_eq(b'_')
    }
}

/// The words of a run: letters, digits and underscores only.
pub(in crate::engine) fn words(text: &[u8], run: Range<usize>) -> impl Iterator<Item = Range<usize>> + '_ {
    let base = run.start;
    text[run].split(|&b| !crate::engine::shape::confirm::is_word(b)).scan(base, |at, word| {
        let start = *at;
        *at += word.len() + 1;
        Some(start..start + word.len())
    })
}

/// The long parts of a name that stand between its underscores, `plivo_…_old`; none where it has none.
pub(in crate::engine) fn pieces(text: &[u8], word: &Range<usize>) -> Vec<Range<usize>> {
    let all = text[word.clone()].split(|b| *b == b'_').scan(word.start, |at, piece| {
        let start = *at;
        *at += piece.len() + 1;
        Some(start..start + piece.len())
    });
    all.filter(|piece| piece.len() >= SHORTEST_ENCODED && piece != word).collect()
}

/// The text that a run of base64 hides, and the run with its padding. `None` for anything that does
/// not decode to printable text, in UTF-16 or packed in at most `room` bytes, which the first bytes tell.
pub(in crate::engine) fn decoded(
    text: &[u8],
    run: Range<usize>,
    room: usize,
) -> Option<(Range<usize>, Vec<u8>)> {
    // A path or an assignment may lead up to the run: base64 proper starts after the last such sign.
    if run.len() > LONGEST_DECODED {
        return None;
    }
    let body = &text[run.clone()];
    if !may_hide(body) {
        return None;
    }
    let padding = text[run.end..].iter().take(2).take_while(|&&b| b == b'=').count();
    let url = body.iter().any(|&b| b == b'-' || b == b'_');
    if url && body.iter().any(|&b| b == b'+' || b == b'/') {
        return None;
    }
    let encoding = if url { &data_encoding::BASE64URL_NOPAD } else { &data_encoding::BASE64_NOPAD };
    let head = encoding.decode(&body[..body.len().min(HEAD) & !3]).ok()?;
    let is_packed = matches!(head[..], [0x1F, 0x8B, 8, ..]) || is_zlib(&head);
    let is_wide = head.len() >= 16 && head.chunks_exact(2).all(|pair| pair[1] == 0 && pair[0] != 0);
    if !is_packed && !is_wide && !is_text(&head) {
        return None;
    }
    let whole = encoding.decode(&body[..body.len() - usize::from(body.len() % 4 == 1)]).ok()?;
    let whole = match (is_packed, is_wide) {
        (true, _) => unpacked(&whole, room)?,
        (_, true) => as_text(&whole).into_owned(),
        _ => whole,
    };
    is_text(&whole).then_some((run.start..run.end + padding, whole))
}

/// How many characters of base64 are decoded to see what they hide.
const HEAD: usize = 24;

/// Whether base64 may hide what [`decoded`] looks for, by single characters of its head: the first of each four holds the
/// upper six bits of a byte, which tell the printable ones. Most long runs are names, and end here.
fn may_hide(body: &[u8]) -> bool {
    let is_sign = |upper: &u8| matches!(upper, b'C' | b'D' | b'I'..=b'Z' | b'a'..=b'f');
    let is_packed = || body.starts_with(b"H4sI") || body.starts_with(b"e");
    // Of two bytes the second is zero.
    let is_wide = || matches!(body, [_, b'A' | b'Q' | b'g' | b'w', b'A'..=b'D', ..]);
    let (groups, _) = body[..body.len().min(HEAD)].as_chunks::<4>();
    groups.iter().all(|group| is_sign(&group[0])) || is_packed() || is_wide()
}

/// Whether bytes start as zlib's do (RFC 1950): deflate, no dictionary, and a multiple of 31.
fn is_zlib(head: &[u8]) -> bool {
    matches!(head, [0x78, flags, ..] if flags & 0x20 == 0 && (0x7800 | u16::from(*flags)) % 31 == 0)
}

/// What gzip or zlib has packed, as far as there is room; `None` where it does not start as text.
fn unpacked(packed: &[u8], room: usize) -> Option<Vec<u8>> {
    const HEAD: u64 = 512;
    let room = room.min(LONGEST_UNPACKED) as u64;
    let mut reader: Box<dyn Read + '_> = match packed.first()? {
        0x1F => Box::new(GzDecoder::new(packed)),
        _ => Box::new(ZlibDecoder::new(packed)),
    };
    let mut out = Vec::new();
    // What was read before a fault counts.
    let _ = reader.by_ref().take(HEAD.min(room)).read_to_end(&mut out);
    if out.is_empty() || !is_text(&out) {
        return None;
    }
    let _ = reader.take(room.saturating_sub(HEAD)).read_to_end(&mut out);
    // Many are kept, and most are short.
    out.shrink_to_fit();
    Some(out)
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
    use crate::engine::draw::Draw;

    #[test]
    fn finds_the_runs_that_a_look_at_every_byte_finds() {
        assert_eq!(lanes::told(&OfRuns), (0..=255).filter(|byte| is_run_byte(*byte)).collect::<Vec<_>>());
        // The more of the last ones, the shorter the runs.
        const SIGNS: &[u8; 40] = b"aZ0+/_-zAZ09bcdefghijklmnopqrsA7. \"@[`{\xe1";
        let mut draw = Draw::new(7);
        for round in 0..4_000 {
            let mut text = draw.text(&SIGNS[..32 + round % 9], round % 300);
            if round % 10 == 0 {
                // Runs over several rounds of blocks, and such as end where one does.
                let signs = draw.below(3) * ROUND * BLOCK + draw.below(2) * draw.below(BLOCK);
                let at = draw.below(text.len() + 1);
                text.splice(at..at, std::iter::repeat_n(b'x', signs.saturating_sub(at)));
            }
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
        let room = 4096;
        let (range, text) = decoded(hidden.as_bytes(), 0..hidden.trim_end_matches('=').len(), room).unwrap();
        assert_eq!((range, &text[..]), (0..hidden.len(), &b"user:a very hidden password"[..]));
        assert!(decoded(b"getElementsByClassNameAndMore", 0..29, room).is_none());
    }

    #[test]
    fn packed_and_wide_text_is_decoded_within_its_room() {
        use flate2::Compression;
        use flate2::write::{GzEncoder, ZlibEncoder};
        use std::io::Write;
        let text = "user: a very hidden password\n".repeat(200);
        let (mut gzip, mut zlib) = (Vec::new(), Vec::new());
        GzEncoder::new(&mut gzip, Compression::best()).write_all(text.as_bytes()).unwrap();
        ZlibEncoder::new(&mut zlib, Compression::best()).write_all(text.as_bytes()).unwrap();
        let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        for (bytes, length) in [(&gzip, 4096), (&zlib, 4096), (&wide, text.len())] {
            let hidden = data_encoding::BASE64.encode(bytes);
            let run = 0..hidden.trim_end_matches('=').len();
            let (_, read) = decoded(hidden.as_bytes(), run, 4096).unwrap();
            assert_eq!(std::str::from_utf8(&read), Ok(&text[..length]));
        }
        let mut noise = Vec::new();
        GzEncoder::new(&mut noise, Compression::best()).write_all(&[0, 1, 2, 3, 0xFF]).unwrap();
        let hidden = data_encoding::BASE64_NOPAD.encode(&noise);
        assert!(decoded(hidden.as_bytes(), 0..hidden.len(), 4096).is_none());
    }
}

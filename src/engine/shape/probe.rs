//! Finds long opaque runs with no keyword: secrets by their prefix, base64 that hides text, and account ids
//! that wake a rule.

use std::io::Read;
use std::ops::Range;

use fearless_simd::prelude::*;
use flate2::read::{GzDecoder, ZlibDecoder};

use crate::catalogue::{HEAD_RUN, is_run_byte};
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
/// [`is_run_byte`](crate::catalogue::is_run_byte), but for the digits of a number behind its point. Linear in `text`.
pub(in crate::engine) fn runs(text: &[u8], found: &mut impl FnMut(Range<usize>)) {
    Rounds::<HEAD_RUN>::over(text, &OfRuns, &mut |run: Range<usize>| {
        if !is_fraction(text, &run) {
            found(run);
        }
    });
}

/// Whether a run is the fraction of a number, in data that is drawn or measured: `103.93144226074219`, `1.6931471805599453e-05`.
fn is_fraction(text: &[u8], run: &Range<usize>) -> bool {
    let is_of_number = |byte: &u8| matches!(byte, b'0'..=b'9' | b'-' | b'e' | b'E');
    matches!(text[..run.start], [.., b'0'..=b'9', b'.'])
        && text[run.start].is_ascii_digit()
        && text[run.clone()].iter().all(is_of_number)
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
    let clear =
        if starts_as_text(body) { plain(body, &mut Reader::default()) } else { unwrapped(body, room) };
    clear.map(|clear| (padded(text, run), clear))
}

/// The lines below a run that go on with its text, which is `first`: each with its part of it.
pub(in crate::engine) fn goes_on(
    text: &[u8],
    run: &Range<usize>,
    first: &[u8],
) -> Vec<(Range<usize>, Vec<u8>)> {
    let mut reader = Reader::default();
    let mut parts = Vec::new();
    let mut line = run.clone();
    if run.len() / 4 * 3 != first.len() || !first.iter().all(|byte| reader.takes(*byte)) {
        return parts;
    }
    while let Some(next) = below(text, run, &line).filter(|next| next.end - run.start <= LONGEST_DECODED) {
        // A line that is no text is none of it.
        let Some(clear) = plain(&text[next.clone()], &mut reader) else { break };
        line = next.clone();
        parts.push((padded(text, next), clear));
    }
    parts
}

/// The text in base64 that a reader goes on with.
fn plain(body: &[u8], reader: &mut Reader) -> Option<Vec<u8>> {
    let clear = encoding(body)?.decode(&body[..body.len() - usize::from(body.len() % 4 == 1)]).ok()?;
    clear.iter().all(|byte| reader.takes(*byte)).then_some(clear)
}

/// How many characters of base64 are decoded to see what they hide.
const HEAD: usize = 24;
/// Shortest line of text in base64 that goes on below, and longest indentation of such lines, characters.
const SHORTEST_LINE: usize = 40;
const LONGEST_INDENT: usize = 64;

/// A run of base64 with its padding.
fn padded(text: &[u8], run: Range<usize>) -> Range<usize> {
    let padding = text[run.end..].iter().take(2).take_while(|&&b| b == b'=').count();
    run.start..run.end + padding
}

/// The line below `line`, which goes on with text in base64 whose first line is `first`: as long and as far from the margin,
/// or the shorter last one.
fn below(text: &[u8], first: &Range<usize>, line: &Range<usize>) -> Option<Range<usize>> {
    let width = first.len();
    if width < SHORTEST_LINE || !width.is_multiple_of(4) || line.len() != width {
        return None;
    }
    if let Some(next) = below_escape(text, first, line) {
        return Some(next);
    }
    let before = &text[first.start.saturating_sub(LONGEST_INDENT)..first.start];
    let blanks = before.iter().rev().take_while(|b| matches!(b, b' ' | b'\t')).count();
    let indent = &before[before.len() - blanks..];
    let begins_line = before.len() == blanks || before[before.len() - blanks - 1] == b'\n';
    let rest = &text[line.end..];
    let rest = rest.strip_prefix(b"\r").unwrap_or(rest).strip_prefix(b"\n")?.strip_prefix(indent)?;
    let (next, end) = line_of_base64(text, text.len() - rest.len(), width)?;
    let ends_line = text.get(end).is_none_or(|b| matches!(b, b'\r' | b'\n'));
    (begins_line && ends_line).then_some(next)
}

/// The run at `start`, at most `width` long and whole groups with its padding; and where that ends.
fn line_of_base64(text: &[u8], start: usize, width: usize) -> Option<(Range<usize>, usize)> {
    let length = text[start..].iter().take(width + 1).take_while(|b| is_run_byte(**b)).count();
    let whole = padded(text, start..start + length);
    let is_of_fours = length > 0 && length <= width && whole.len().is_multiple_of(4);
    is_of_fours.then_some((start..start + length, whole.end))
}

/// The same of lines that a literal writes with escapes, as JSON has them: `"…\n…\n"`.
fn below_escape(text: &[u8], first: &Range<usize>, line: &Range<usize>) -> Option<Range<usize>> {
    let signs = text[line.end..].iter().take(4).take_while(|b| **b == b'\\').count();
    let start = line.end + signs + 1;
    let is_break = signs > 0 && text.get(start - 1) == Some(&b'n');
    let (next, end) = is_break.then(|| line_of_base64(text, start, first.len())).flatten()?;
    matches!(text.get(end), Some(b'\\' | b'"' | b'\'')).then_some(next)
}

/// The alphabet that a run of base64 is written in.
fn encoding(body: &[u8]) -> Option<data_encoding::Encoding> {
    let is_url = memchr::memchr2(b'-', b'_', body).is_some();
    let is_usual = || memchr::memchr2(b'+', b'/', body).is_some();
    match is_url {
        true if is_usual() => None,
        true => Some(data_encoding::BASE64URL_NOPAD),
        false => Some(data_encoding::BASE64_NOPAD),
    }
}

/// Whether the head of a run is text in base64. Most long runs are names, and end at their first characters.
fn starts_as_text(body: &[u8]) -> bool {
    let mut reader = Reader::default();
    let (groups, _) = body[..body.len().min(HEAD)].as_chunks::<4>();
    groups.iter().all(|group| {
        let bits = group.iter().fold(0, |bits, sign| bits << 6 | u32::from(SIX_BITS[usize::from(*sign)]));
        bits.to_be_bytes()[1..].iter().all(|byte| reader.takes(*byte))
    })
}

/// What each sign of base64 stands for, in either alphabet.
const SIX_BITS: [u8; 256] = {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut table = [0; 256];
    let mut at = 0;
    while at < SIGNS.len() {
        table[SIGNS[at] as usize] = at as u8;
        at += 1;
    }
    table[b'-' as usize] = table[b'+' as usize];
    table[b'_' as usize] = table[b'/' as usize];
    table
};

/// Whether bytes are text, one after the other: UTF-8 with no control bytes but those of lines, pages and terminals.
#[derive(Debug, Default)]
pub(in crate::engine) struct Reader {
    /// How many bytes are still to come of a character.
    open: u32,
}

impl Reader {
    pub(in crate::engine) fn takes(&mut self, byte: u8) -> bool {
        const ESC: u8 = 0x1B;
        const FORM_FEED: u8 = 0x0C;
        match byte {
            0x80..=0xBF if self.open > 0 => self.open -= 1,
            _ if self.open > 0 => return false,
            0xC2..=0xF4 => self.open = byte.leading_ones() - 1,
            _ => return matches!(byte, b' '..=b'~' | b'\t' | b'\n' | b'\r' | ESC | FORM_FEED),
        }
        true
    }
}

/// The text that base64 hides packed or in UTF-16.
fn unwrapped(body: &[u8], room: usize) -> Option<Vec<u8>> {
    let may_be_packed = body.starts_with(b"H4sI") || body.starts_with(b"e");
    // Of two bytes the second is zero.
    let may_be_wide = matches!(body, [_, b'A' | b'Q' | b'g' | b'w', b'A'..=b'D', ..]);
    if !may_be_packed && !may_be_wide {
        return None;
    }
    let encoding = encoding(body)?;
    let head = encoding.decode(&body[..body.len().min(HEAD) & !3]).ok()?;
    let is_packed = matches!(head[..], [0x1F, 0x8B, 8, ..]) || is_zlib(&head);
    let is_wide = head.len() >= 16 && head.chunks_exact(2).all(|pair| pair[1] == 0 && pair[0] != 0);
    if !is_packed && !is_wide {
        return None;
    }
    let whole = encoding.decode(&body[..body.len() - usize::from(body.len() % 4 == 1)]).ok()?;
    let clear = if is_packed { unpacked(&whole, room)? } else { as_text(&whole).into_owned() };
    is_text(&clear).then_some(clear)
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
    let mut reader = Reader::default();
    bytes.iter().all(|byte| reader.takes(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::draw::Draw;

    #[test]
    fn the_fraction_of_a_number_is_no_run() {
        let told = |text: &str| {
            let mut runs = Vec::new();
            super::runs(text.as_bytes(), &mut |run| runs.push(text[run].to_owned()));
            runs
        };
        assert!(told("[103.93144226074219,-0.15365972339382541, 1.6931471805599453e-05]").is_empty());
        let others = told("v.193144226074219193 1000.193144226074219193f");
        assert_eq!(others, ["193144226074219193", "193144226074219193f"]);
    }

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
        for name in
            ["getElementsByClassNameAndMore", "StringBuilderOfManyLongNames", "Wxwidgets/include/wx/defs"]
        {
            assert!(decoded(name.as_bytes(), 0..name.len(), room).is_none(), "{name}");
        }
    }

    #[test]
    fn lines_that_escapes_part_are_one_text() {
        let plain =
            b"token_of = 'a value that is longer than one line of sixty characters, and than two of them'\n";
        let hidden = data_encoding::BASE64.encode(plain);
        for sign in ["\\n", "\\\\n"] {
            let lines: Vec<&str> =
                hidden.as_bytes().chunks(60).map(|line| std::str::from_utf8(line).unwrap()).collect();
            let text = format!("\"{}{sign}\"", lines.join(sign));
            let (_, mut read) = decoded(text.as_bytes(), 1..61, 4096).unwrap();
            let parts = goes_on(text.as_bytes(), &(1..61), &read.clone());
            parts.iter().for_each(|(_, part)| read.extend(part));
            assert_eq!(read, plain, "{text}");
        }
        let text = format!("\"{}\\nname_of_more: x\"", &hidden[..60]);
        assert!(goes_on(text.as_bytes(), &(1..61), &plain[..45]).is_empty());
    }

    #[test]
    fn text_of_any_alphabet_is_decoded() {
        let heads = [
            "\u{feff}",
            "# Gr\u{f6}\u{df}e\n",
            "# \u{672c}\u{756a}\u{8a2d}\u{5b9a}\u{5024}\n",
            "\x1b[1m",
            "\x0c\n",
            "\u{1f511}",
        ];
        for head in heads {
            let plain = format!("{head}name = value\n");
            let hidden = data_encoding::BASE64_NOPAD.encode(plain.as_bytes());
            let found = decoded(hidden.as_bytes(), 0..hidden.len(), 4096);
            assert_eq!(found, Some((0..hidden.len(), plain.into_bytes())));
        }
        let mut draw = Draw::new(11);
        let all: Vec<u8> = (0..=255).collect();
        let lost = (0..20_000).filter(|_| {
            let hidden = data_encoding::BASE64_NOPAD.encode(&draw.text(&all, 16));
            decoded(hidden.as_bytes(), 0..hidden.len(), 4096).is_some()
        });
        assert_eq!(lost.count(), 0, "random bytes are no text");
    }

    #[test]
    fn lines_of_one_width_are_one_text() {
        let plain = "# caf\u{e9}s\n".repeat(40) + "the last line\n";
        let whole = data_encoding::BASE64.encode(plain.as_bytes());
        for (width, indent, line_break) in [(76, "", "\n"), (64, "    ", "\n"), (40, "\t", "\r\n")] {
            let lines: Vec<String> = whole
                .as_bytes()
                .chunks(width)
                .map(|line| format!("{indent}{}{line_break}", String::from_utf8_lossy(line)))
                .collect();
            let text = format!("data: |\n{}EOF\n", lines.concat());
            let start = 8 + indent.len();
            let run = start..start + width;
            let (_, mut read) = decoded(text.as_bytes(), run.clone(), 4096).unwrap();
            for (line, part) in goes_on(text.as_bytes(), &run, &read.clone()) {
                assert_eq!(
                    read.len() / 3 * 4,
                    line.start / (width + indent.len() + line_break.len()) * width
                );
                read.extend(part);
            }
            assert_eq!(String::from_utf8(read).unwrap(), plain);
        }
        // Words of one length are no such lines.
        let word = data_encoding::BASE64.encode(b"a secret of its own");
        let text = format!("{word}\n{word}\n");
        assert!(
            goes_on(text.as_bytes(), &(0..word.trim_end_matches('=').len()), b"a secret of its own")
                .is_empty()
        );
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

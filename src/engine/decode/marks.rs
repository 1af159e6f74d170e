//! Which bytes of a text may begin or join what is encoded, asked of all of them at once.

use fearless_simd::prelude::*;

use super::LONGEST_HEADERS;
use super::escape::ESC;
use crate::engine::FileHint;
use crate::engine::hint::{GLUED, LISTED};
use crate::lanes::{self, Answer, BLOCK, Block, Question};

/// Most signs of one byte, and of more, that a language puts literals together by.
const MOST_SIGNS: usize = 2;
/// What no literal is followed by.
const NONE: u8 = 0;
/// Blocks of one round.
const ROUND: usize = 16;

/// Where escapes may begin, where literals may end that go on behind a sign, and where lines that go on below.
pub(super) struct Marks {
    /// What such a literal is followed by, blanks and quotes aside: its language's signs of one byte, and the first two bytes
    /// of others.
    signs: [u8; MOST_SIGNS],
    longer: [[u8; 2]; MOST_SIGNS],
    is_long: bool,
    /// Whether the next literal may follow at once, and whether any may follow.
    is_glued: bool,
    pub(super) is_joined: bool,
    /// What a line ends in that goes on below, and whether the blanks there go with it.
    pub(super) line_break: u8,
    pub(super) folds: bool,
    /// Whether lists of literals may be put together.
    pub(super) lists: bool,
    pub(super) lists_bytes: bool,
    pub(super) is_quoted_printable: bool,
}

impl Marks {
    pub(super) fn of(text: &[u8], hint: FileHint<'_>) -> Marks {
        let signs = hint.joins();
        let (line_break, folds) = hint.line_break();
        let headers = hint.is_message().then(|| text[..text.len().min(LONGEST_HEADERS)].to_ascii_lowercase());
        let is_quoted = |headers: Vec<u8>| crate::memmem::find(&headers, b"quoted-printable").is_some();
        let mut marks = Marks {
            signs: [NONE; MOST_SIGNS],
            longer: [[NONE; 2]; MOST_SIGNS],
            is_long: false,
            is_glued: false,
            is_joined: !signs.is_empty(),
            line_break,
            folds,
            lists: false,
            lists_bytes: hint.lists_bytes(),
            is_quoted_printable: headers.is_some_and(is_quoted),
        };
        // The last sign of a kind stands in all places that are left, so that none asks for another.
        let (mut short, mut long) = (0, 0);
        for sign in signs {
            match *sign {
                GLUED => marks.is_glued = true,
                LISTED => marks.lists = true,
                [only] => {
                    marks.signs[short..].fill(*only);
                    short += 1;
                }
                [first, second, ..] => {
                    marks.longer[long..].fill([*first, *second]);
                    (marks.is_long, long) = (true, long + 1);
                }
                [] => {}
            }
        }
        marks
    }

    /// Calls back with every mark from `done` on, in order, until one answers no.
    pub(super) fn each(&self, text: &[u8], mut done: usize, found: &mut impl FnMut(usize) -> bool) {
        let mut bits = [0; ROUND];
        let mut told = |from: usize, bits: &[u64]| {
            for (number, mut marks) in bits.iter().copied().enumerate() {
                while marks != 0 {
                    let at = from + number * BLOCK + marks.trailing_zeros() as usize;
                    marks &= marks - 1;
                    if at >= text.len() || !found(at) {
                        return false;
                    }
                }
            }
            true
        };
        loop {
            let blocks = lanes::answer(self, &text[done..], &mut bits);
            if !told(done, &bits[..blocks]) {
                return;
            }
            done += blocks * BLOCK;
            if blocks < ROUND {
                break;
            }
        }
        // What is left is less than a block and what stands behind it: zeros may be followed by anything.
        let mut last = [0; 2 * BLOCK + Self::BEHIND];
        let rest = &text[done..];
        last[..rest.len()].copy_from_slice(rest);
        let blocks =
            lanes::answer(self, &last[..rest.len().next_multiple_of(BLOCK) + Self::BEHIND], &mut bits);
        told(done, &bits[..blocks]);
    }
}

/// Whether a byte is a mark, by the one behind it: most percent signs, backslashes, ampersands and quotes are none.
impl Question for Marks {
    const BEHIND: usize = 2;

    #[inline(always)]
    fn ask<S: Simd>(&self, bytes: impl Fn(usize) -> Block<S>) -> Answer<S> {
        let (sign, next) = (bytes(0), bytes(1));
        let percent = sign.simd_eq(b'%') & (next - b'0').simd_lt(8);
        let lower = next | 0x20;
        let letter = lower.simd_eq(b'u') | lower.simd_eq(b'x') | lower.simd_eq(b'e');
        let octal = (next - b'0').simd_lt(2);
        // `&#`, and the first letters of the names that entities have.
        let named = next.simd_eq(b'q') | next.simd_eq(b'a') | next.simd_eq(b'l') | next.simd_eq(b'g');
        let entity = sign.simd_eq(b'&') & (next.simd_eq(b'#') | named);
        let mut found = percent | sign.simd_eq(b'\\') & (letter | octal) | entity | sign.simd_eq(ESC);
        if self.lists_bytes {
            found |= sign.simd_eq(b'0') & next.simd_eq(b'x');
        }
        if self.is_quoted_printable {
            let hex = (next - b'0').simd_lt(10) | (next - b'A').simd_lt(6);
            found |= sign.simd_eq(b'=') & (hex | next.simd_lt(b' '));
        }
        if !self.is_joined {
            return found;
        }
        let (third, blank) = (bytes(2), next.simd_lt(b'!'));
        let [one, other] = self.signs;
        // Behind a blank stands another, a sign, the next literal, or what joins two lines: most literals end before a word.
        let joins_lines = third.simd_eq(b'\\') | third.simd_eq(b'_') | third.simd_eq(b'/');
        let mut behind_blank = third.simd_lt(b'!') | quotes(third) | joins_lines | third.simd_eq(one);
        let mut followed = next.simd_eq(one);
        if other != one {
            followed |= next.simd_eq(other);
            behind_blank |= third.simd_eq(other);
        }
        if self.is_glued || self.lists {
            let quote = quotes(next);
            if self.is_glued {
                followed |= quote;
            }
            if self.lists {
                // `["`, and what ends the names of calls that put their arguments together: `cat(`, `concat!(`, `paste0(`.
                let (lower, behind) = (sign | 0x20, next | 0x20);
                let named = lower.simd_eq(b'a') & behind.simd_eq(b't')
                    | lower.simd_eq(b't') & next.simd_eq(b'!')
                    | lower.simd_eq(b'e') & next.simd_eq(b'0');
                found |= sign.simd_eq(b'[') & (blank | quote) | named & third.simd_eq(b'(');
                found |= sign.simd_eq(b'%') & next.simd_eq(b'w');
            }
        }
        if self.is_long {
            for [first, second] in self.longer {
                followed |= next.simd_eq(first) & third.simd_eq(second);
                behind_blank |= third.simd_eq(first);
            }
        }
        followed |= blank & behind_blank;
        let breaks = next.simd_eq(b'\n') | next.simd_eq(b'\r');
        found | quotes(sign) & followed | sign.simd_eq(self.line_break) & breaks
    }
}

#[inline(always)]
fn quotes<S: Simd>(bytes: Block<S>) -> Answer<S> {
    bytes.simd_eq(b'"') | bytes.simd_eq(b'\'') | bytes.simd_eq(b'`')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_signs_of_a_language_are_marks() {
        for name in [
            "php", "vb", "lua", "hs", "c", "py", "rb", "js", "java", "cs", "clj", "jl", "nim", "sh", "ex",
            "x",
        ] {
            let path = format!("a.{name}");
            let hint = FileHint::new(path.as_bytes());
            let marks = Marks::of(b"", hint);
            for sign in hint.joins().iter().filter(|sign| ![GLUED, LISTED, b""].contains(*sign)) {
                let is_mark = match **sign {
                    [only] => marks.signs.contains(&only),
                    [first, second, ..] => marks.longer.contains(&[first, second]),
                    [] => unreachable!(),
                };
                assert!(is_mark, "{name}: {}", bstr::BStr::new(sign));
            }
        }
    }
}

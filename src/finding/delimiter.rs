//! What opens a string and what closes it: quotes, and what some languages have beside them.

use std::borrow::Cow;

use super::syntax::{Escape, Extra, Quote};

/// What a string is between.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delimiter {
    /// What opened it: `"`, `q(`, `[==[`.
    pub open: Cow<'static, str>,
    /// What closes it: `"`, `)`, `]==]`.
    pub close: Cow<'static, str>,
    escape: Escape,
    /// Whether it goes on over the end of a line.
    lines: bool,
    /// Whether brackets within it count.
    nests: bool,
}

impl Delimiter {
    /// A quote that a backslash takes the meaning from.
    pub fn quote(mark: &'static str) -> Delimiter {
        let (open, close) = (Cow::Borrowed(mark), Cow::Borrowed(mark));
        Delimiter { open, close, escape: Escape::Backslash, lines: false, nests: false }
    }

    pub(super) fn of(quote: &Quote) -> Delimiter {
        let (open, close) = (Cow::Borrowed(quote.open), Cow::Borrowed(quote.close));
        Delimiter { open, close, escape: quote.escape, lines: quote.lines, nests: false }
    }

    fn new(open: &[u8], close: String, escape: Escape, nests: bool) -> Delimiter {
        let open = String::from_utf8_lossy(open).into_owned();
        Delimiter { open: Cow::Owned(open), close: Cow::Owned(close), escape, lines: true, nests }
    }

    /// Where the string ends whose inside is read from `at`, behind what closes it; and whether it was closed, and
    /// not cut off by the end of the line or the text.
    pub(super) fn end(&self, text: &[u8], mut at: usize) -> (usize, bool) {
        let close = self.close.as_bytes();
        let opening = self.open.as_bytes().last();
        let mut depth = 0;
        while let Some(&byte) = text.get(at) {
            match byte {
                b'\\' if self.escape == Escape::Backslash => at += 2,
                b'`' if self.escape == Escape::Backtick => at += 2,
                b'\n' if !self.lines => return (at, false),
                _ if self.nests && Some(&byte) == opening => (at, depth) = (at + 1, depth + 1),
                _ if byte == close[0] && text[at..].starts_with(close) => {
                    at += close.len();
                    if self.escape == Escape::Doubled && text[at..].starts_with(close) {
                        at += close.len();
                    } else if depth == 0 {
                        return (at, true);
                    } else {
                        depth -= 1;
                    }
                }
                _ => at += 1,
            }
        }
        (text.len(), false)
    }

    /// What stands behind the string whose inside goes on with `after`; `None` where it ends elsewhere.
    pub fn behind<'l>(&self, after: &'l str) -> Option<&'l str> {
        let (end, is_closed) = self.end(after.as_bytes(), 0);
        if is_closed { after.get(end..) } else { None }
    }

    /// Whether nothing else opens a string in this way, so that one who finds it is right.
    pub(super) fn is_distinct(&self) -> bool {
        self.open.len() > 1 || self.open == "`"
    }
}

/// Longest opening: `r#####"`.
const OPENING: usize = 8;

/// What is no plain quote and opens a string at `at`.
pub(super) fn special(text: &[u8], at: usize, extra: Extra) -> Option<Delimiter> {
    let rest = &text[at..text.len().min(at + OPENING)];
    let last = at.checked_sub(1).map_or(b' ', |last| text[last]);
    let begins = last.is_ascii_whitespace() || b"(,=[{:*".contains(&last);
    match (extra, rest) {
        (Extra::Rust, [b'r', rest @ ..]) => {
            let hashes = rest.iter().take_while(|b| **b == b'#').count();
            let open = text.get(at..=at + 1 + hashes).filter(|open| open.ends_with(b"\""))?;
            Some(Delimiter::new(open, format!("\"{}", "#".repeat(hashes)), Escape::None, false))
        }
        // Its own word may stand before the bracket; no more than sixteen letters.
        (Extra::Cpp, [b'R', b'"', ..]) if !last.is_ascii_alphanumeric() || b"uUL8".contains(&last) => {
            let word = text[at + 2..].iter().take(17).position(|b| *b == b'(')?;
            let word = &text[at + 2..at + 2 + word];
            let is_word = word.iter().all(|b| b.is_ascii_graphic() && !b"()\\\"".contains(b));
            let close = format!("){}\"", String::from_utf8_lossy(word));
            is_word.then(|| Delimiter::new(&[b"R\"", word, b"("].concat(), close, Escape::None, false))
        }
        (Extra::Lua, [b'[', rest @ ..]) => {
            let level = rest.iter().take_while(|b| **b == b'=').count();
            let open = text.get(at..=at + 1 + level).filter(|open| open.ends_with(b"["))?;
            Some(Delimiter::new(open, format!("]{}]", "=".repeat(level)), Escape::None, false))
        }
        (Extra::Ruby, [b'%', b'q' | b'Q' | b'w' | b'W' | b'i' | b'I', mark, ..]) if begins => {
            between(&rest[..2], *mark, b"([{<|!/")
        }
        (Extra::Ruby, [b'%', mark, ..]) if begins => between(&rest[..1], *mark, b"([{<"),
        (Extra::Elixir, [b'~', kind, mark, ..]) if kind.is_ascii_alphabetic() => {
            between(&rest[..2], *mark, b"([{<|/'\"")
        }
        (Extra::Perl, [b'q', rest_of @ ..]) if begins => {
            let name = 1 + usize::from(matches!(rest_of.first(), Some(b'q' | b'w')));
            between(&rest[..name], *rest.get(name)?, b"([{</!~")
        }
        _ => None,
    }
}

/// A string between a sign, or between brackets, that its name begins.
fn between(name: &[u8], mark: u8, marks: &[u8]) -> Option<Delimiter> {
    let close = match mark {
        _ if !marks.contains(&mark) => return None,
        b'(' => ')',
        b'[' => ']',
        b'{' => '}',
        b'<' => '>',
        mark => char::from(mark),
    };
    let open = [name, &[mark]].concat();
    Some(Delimiter::new(&open, close.to_string(), Escape::Backslash, char::from(mark) != close))
}

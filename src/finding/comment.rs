//! Where the comments of a file are.
//!
//! A small lexer for what decides it: line and block comments, strings, here-documents. It reads a file
//! only when something was found in it and a marker word stands in it. Where it errs (a JavaScript regular
//! expression that looks like a division), it errs within a line.

use std::ops::Range;

use super::syntax::{Escape, Extra, Place, Quote, Syntax, syntax};

/// The insides of all comments, in order. Linear in the text.
pub(super) fn comments(text: &[u8], path: &[u8]) -> Vec<Range<usize>> {
    let syntax = syntax(path, text);
    let opens = syntax.opens();
    let mut lexer = Lexer { text, syntax, at: 0, found: Vec::new(), heredoc: None, unclosed: 0 };
    while let Some(skipped) =
        text.get(lexer.at..).and_then(|rest| rest.iter().position(|b| opens[usize::from(*b)]))
    {
        lexer.at += skipped;
        lexer.step();
    }
    lexer.found
}

struct Lexer<'t> {
    text: &'t [u8],
    syntax: &'static Syntax,
    at: usize,
    found: Vec<Range<usize>>,
    /// The word that ends the here-document whose body starts on the next line.
    heredoc: Option<&'t [u8]>,
    /// Here-documents that were looked for and never closed.
    unclosed: u32,
}

/// After so many unclosed here-documents there are none: each costs a look through the rest of the file.
const MAX_UNCLOSED: u32 = 8;

/// No regular expression is longer; the look for its end is repeated at every slash.
const MAX_REGEX: usize = 250;

impl<'t> Lexer<'t> {
    fn step(&mut self) {
        if self.text[self.at] == b'\n'
            && let Some(word) = self.heredoc.take()
        {
            let end = heredoc_end(self.text, self.at + 1, word);
            // Never closed: it was no here-document. Reading on is the lesser error.
            self.unclosed += u32::from(end.is_none());
            self.at = end.unwrap_or(self.at + 1);
            return;
        }
        if self.block_comment() || self.line_comment() || self.special() || self.string() {
            return;
        }
        self.at += 1;
    }

    fn block_comment(&mut self) -> bool {
        let rest = &self.text[self.at..];
        let Some((open, close)) =
            self.syntax.block.iter().find(|(open, _)| rest.starts_with(open.as_bytes()))
        else {
            return false;
        };
        let inside = self.at + open.len();
        let end = find(self.text, inside, close.as_bytes());
        self.found.push(inside..end);
        self.at = (end + close.len()).min(self.text.len());
        true
    }

    fn line_comment(&mut self) -> bool {
        let rest = &self.text[self.at..];
        let opens = |open: &&&str| {
            rest.get(..open.len()).is_some_and(|start| start.eq_ignore_ascii_case(open.as_bytes()))
        };
        let Some(open) = self.syntax.line.iter().find(opens) else { return false };
        let before = &self.text[self.line_start()..self.at];
        let last = before.last();
        let fits = match self.syntax.place {
            // `https://host` outside a string: a URL in text, JSX or a comment's example.
            Place::Anywhere => *open != "//" || last != Some(&b':'),
            Place::Spaced => last.is_none_or(|b| b.is_ascii_whitespace()),
            Place::First => before.iter().all(u8::is_ascii_whitespace),
        };
        if !fits {
            return false;
        }
        let inside = self.at + open.len();
        let end = find(self.text, inside, b"\n");
        self.found.push(inside..end);
        self.at = end;
        true
    }

    fn special(&mut self) -> bool {
        let (text, at) = (self.text, self.at);
        match (self.syntax.extra, text[at]) {
            (Extra::Rust, b'\'') => {
                // 'a', '\n', '\u{1f600}' or else a lifetime.
                let is_escape = text.get(at + 1) == Some(&b'\\');
                let reach = text.len().min(at + if is_escape { 12 } else { 6 });
                let from = (at + 2 + usize::from(is_escape)).min(reach);
                let end = text[from..reach].iter().position(|&b| b == b'\'').map(|found| from + found + 1);
                self.at = end.unwrap_or(at + 1);
                true
            }
            (Extra::Rust, b'r') => {
                let hashes = text[at + 1..].iter().take_while(|&&b| b == b'#').count();
                if text.get(at + 1 + hashes) != Some(&b'"') {
                    return false;
                }
                let close = [b"\"".as_slice(), &vec![b'#'; hashes]].concat();
                let end = find(text, at + 2 + hashes, &close);
                self.at = (end + close.len()).min(text.len());
                true
            }
            (Extra::JavaScript, b'/') => self.regular_expression(),
            (Extra::Shell, b'<') if text[at..].starts_with(b"<<") && !text[at..].starts_with(b"<<<") => {
                let word = heredoc_word(&text[at + 2..]);
                if self.unclosed < MAX_UNCLOSED && word.is_some() {
                    self.heredoc = word;
                }
                self.at += 2;
                true
            }
            (Extra::Shell, b'\\') => {
                self.at = (at + 2).min(text.len());
                true
            }
            _ => false,
        }
    }

    /// A slash where no value can stand before it opens a regular expression.
    fn regular_expression(&mut self) -> bool {
        let before = self.text[self.line_start()..self.at].trim_ascii_end().last();
        if !before.is_none_or(|b| b"(,=:[!&|?{};+".contains(b)) {
            return false;
        }
        let mut in_class = false;
        let mut at = self.at + 1;
        while let Some(&b) = self.text.get(at).filter(|_| at < self.at + MAX_REGEX) {
            match b {
                b'\n' => return false,
                b'\\' => at += 1,
                b'[' => in_class = true,
                b']' => in_class = false,
                b'/' if !in_class => {
                    self.at = at + 1;
                    return true;
                }
                _ => {}
            }
            at += 1;
        }
        false
    }

    fn string(&mut self) -> bool {
        let rest = &self.text[self.at..];
        let Some(quote) = self.syntax.strings.iter().find(|quote| rest.starts_with(quote.open.as_bytes()))
        else {
            return false;
        };
        let before = self.text[self.line_start()..self.at].last();
        let is_value = before.is_none_or(|b| b.is_ascii_whitespace() || b"=:[{(,-".contains(b));
        if self.syntax.extra == Extra::Values && !is_value {
            return false;
        }
        self.at = string_end(self.text, self.at + quote.open.len(), quote);
        true
    }

    fn line_start(&self) -> usize {
        // Bounded, since a minified file is one line; nothing that decides stands farther back.
        let from = self.at.saturating_sub(400);
        memchr::memrchr(b'\n', &self.text[from..self.at]).map_or(from, |found| from + found + 1)
    }
}

fn string_end(text: &[u8], mut at: usize, quote: &Quote) -> usize {
    let close = quote.close.as_bytes();
    while at < text.len() {
        match text[at] {
            b'\\' if quote.escape == Escape::Backslash => at += 2,
            b'\n' if !quote.lines => return at,
            byte if byte == close[0] && text[at..].starts_with(close) => {
                at += close.len();
                if quote.escape == Escape::Doubled && text[at..].starts_with(close) {
                    at += close.len();
                } else {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    text.len()
}

/// The word of `<<WORD`, `<<-'WORD'`, `<<~WORD`; not of a shift such as `1 << 3`.
fn heredoc_word(rest: &[u8]) -> Option<&[u8]> {
    let rest = rest.strip_prefix(b"-").or_else(|| rest.strip_prefix(b"~")).unwrap_or(rest);
    let rest = rest.strip_prefix(b" ").unwrap_or(rest);
    let rest = rest.strip_prefix(b"'").or_else(|| rest.strip_prefix(b"\"")).unwrap_or(rest);
    let len = rest.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
    let word = &rest[..len];
    word.first().is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_').then_some(word)
}

/// Where the body that starts at `from` ends: behind the line that holds only `word`.
fn heredoc_end(text: &[u8], from: usize, word: &[u8]) -> Option<usize> {
    let mut at = from;
    while at < text.len() {
        let end = find(text, at, b"\n");
        if text[at..end].trim_ascii() == word {
            return Some(end);
        }
        at = end + 1;
    }
    None
}

fn find(text: &[u8], from: usize, needle: &[u8]) -> usize {
    let from = from.min(text.len());
    let found = match needle {
        [byte] => memchr::memchr(*byte, &text[from..]),
        _ => memchr::memmem::find(&text[from..], needle),
    };
    found.map_or(text.len(), |found| from + found)
}

//! Where comments are in a text, strings of several lines and here-documents; and what is open where it ends.
//!
//! A small lexer for what decides it: line and block comments, strings, here-documents. It reads a file
//! only when something was found in it. Where it errs (a JavaScript regular expression that looks like a
//! division), it errs within a line.

use std::mem;
use std::ops::Range;

use super::delimiter::{Delimiter, special};
use super::documents::{Ends, Heading};
use super::shell::Quoting;
use super::syntax::{Extra, Place, Syntax, syntax};

/// What a text is made of, as far as others ask; each in the order of the text.
#[derive(Default)]
pub(super) struct Parts {
    /// The insides of all comments.
    pub(super) comments: Vec<Range<usize>>,
    /// The insides of strings that go over several lines, and of no plain quotes: those may be misread.
    pub(super) strings: Vec<(Range<usize>, Delimiter)>,
    /// Here-documents, and how they are read.
    pub(super) documents: Vec<(Range<usize>, Quoting)>,
}

/// What is open at the end of a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Open {
    /// Nothing.
    Code,
    /// A comment.
    Comment,
    /// A string, and where its inside begins.
    String(Delimiter, usize),
}

/// The insides of all comments, in order. Linear in the text.
pub(super) fn comments(text: &[u8], path: &[u8]) -> Vec<Range<usize>> {
    read(text, text.len(), syntax(path, text)).comments
}

/// All parts of a text that begin before `until`.
pub(super) fn read(text: &[u8], until: usize, syntax: &'static Syntax) -> Parts {
    let mut lexer = Lexer::new(text, syntax);
    lexer.run(until);
    lexer.parts
}

/// What is open at the end of a line that was cut there. `carried` was opened on a line above.
pub fn open_behind(line: &str, syntax: &'static Syntax, carried: Option<&Delimiter>) -> Open {
    let mut lexer = Lexer::new(line.as_bytes(), syntax);
    if let Some(carried) = carried {
        lexer.string(carried.clone(), 0);
    }
    lexer.run(line.len());
    lexer.open
}

struct Lexer<'t> {
    text: &'t [u8],
    syntax: &'static Syntax,
    at: usize,
    parts: Parts,
    open: Open,
    /// Here-documents whose bodies start on the next line.
    pending: Vec<Heading<'t>>,
    ends: Ends,
}

/// No regular expression is longer; the look for its end is repeated at every slash.
const MAX_REGEX: usize = 250;

impl<'t> Lexer<'t> {
    fn new(text: &'t [u8], syntax: &'static Syntax) -> Self {
        let (parts, ends) = (Parts::default(), Ends::of(text));
        Lexer { text, syntax, at: 0, parts, open: Open::Code, pending: Vec::new(), ends }
    }

    fn run(&mut self, until: usize) {
        let opens = self.syntax.opens();
        // `=begin` of Ruby stands at the start of a line.
        let begins_lines = self.syntax.block.iter().any(|(open, _)| open.starts_with('\n'));
        while let Some(skipped) =
            self.text.get(self.at..until).and_then(|rest| rest.iter().position(|b| opens[usize::from(*b)]))
        {
            self.at += skipped;
            if self.text[self.at] == b'\n' && self.pending.is_empty() && !begins_lines {
                self.at += 1;
            } else {
                self.step();
            }
        }
    }

    fn step(&mut self) {
        if self.text[self.at] == b'\n' && !self.pending.is_empty() {
            self.at += 1;
            for heading in mem::take(&mut self.pending) {
                // Never closed: it was no here-document. Reading on is the lesser error.
                if let Some(end) = self.ends.find(self.text, self.at, &heading) {
                    self.parts.documents.push((self.at..end, heading.quoting));
                    self.at = end;
                }
            }
            return;
        }
        if self.block_comment() || self.line_comment() || self.special() || self.quote() {
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
        // An operator.
        if rest.starts_with(b"(*)") {
            return false;
        }
        let inside = self.at + open.len();
        let end = find(self.text, inside, close.as_bytes());
        self.comment(inside..end, end + close.len() <= self.text.len());
        self.at = (end + close.len()).min(self.text.len());
        true
    }

    fn comment(&mut self, inside: Range<usize>, is_closed: bool) {
        self.parts.comments.push(inside);
        if !is_closed {
            self.open = Open::Comment;
        }
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
            _ if self.syntax.extra == Extra::Php && rest.starts_with(b"#[") => false,
            // `https://host` outside a string: a URL in text, JSX or a comment's example.
            Place::Anywhere => *open != "//" || last != Some(&b':'),
            Place::Spaced => last.is_none_or(|b| b.is_ascii_whitespace()),
            Place::First | Place::Guessed => before.iter().all(u8::is_ascii_whitespace),
        };
        if !fits {
            return false;
        }
        let inside = self.at + open.len();
        let end = find(self.text, inside, b"\n");
        self.comment(inside..end, end < self.text.len());
        self.at = end;
        true
    }

    fn special(&mut self) -> bool {
        let (text, at) = (self.text, self.at);
        if let Some(dialect) = self.syntax.documents.filter(|_| text[at..].starts_with(b"<<")) {
            let (heading, length) = Heading::read(&text[at..], dialect);
            self.pending.extend(heading);
            self.at += length;
            return true;
        }
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
            (Extra::JavaScript | Extra::Ruby | Extra::Perl, b'/') => self.regular_expression(),
            (Extra::Shell, b'\\') => {
                self.at = (at + 2).min(text.len());
                true
            }
            (extra, _) => match special(text, at, extra) {
                Some(delimiter) => {
                    self.at += delimiter.open.len();
                    self.string(delimiter, self.at);
                    true
                }
                None => false,
            },
        }
    }

    /// A slash where no value can stand before it opens a regular expression.
    fn regular_expression(&mut self) -> bool {
        let before = self.text[self.line_start()..self.at].trim_ascii_end().last();
        if !before.is_none_or(|b| b"(,=:[!&|?{};+~".contains(b)) {
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

    fn quote(&mut self) -> bool {
        let rest = &self.text[self.at..];
        let Some(quote) = self.syntax.strings.iter().find(|quote| rest.starts_with(quote.open.as_bytes()))
        else {
            return false;
        };
        let is_value = || {
            let before = self.text[self.line_start()..self.at].last();
            before.is_none_or(|b| b.is_ascii_whitespace() || b"=:[{(,-".contains(b))
        };
        if self.syntax.extra == Extra::Values && !is_value() {
            return false;
        }
        self.string(Delimiter::of(quote), self.at + quote.open.len());
        true
    }

    /// Reads a string whose inside begins at `from`.
    fn string(&mut self, delimiter: Delimiter, from: usize) {
        let (end, is_closed) = delimiter.end(self.text, from);
        self.at = end;
        if end == self.text.len() && !is_closed {
            self.open = Open::String(delimiter.clone(), from);
        }
        if delimiter.is_distinct() && memchr::memchr(b'\n', &self.text[from..end]).is_some() {
            self.parts.strings.push((from..end, delimiter));
        }
    }

    fn line_start(&self) -> usize {
        // Bounded, since a minified file is one line; nothing that decides stands farther back.
        let from = self.at.saturating_sub(400);
        memchr::memrchr(b'\n', &self.text[from..self.at]).map_or(from, |found| from + found + 1)
    }
}

fn find(text: &[u8], from: usize, needle: &[u8]) -> usize {
    let from = from.min(text.len());
    let found = match needle {
        [byte] => memchr::memchr(*byte, &text[from..]),
        _ => crate::memmem::find(&text[from..], needle),
    };
    found.map_or(text.len(), |found| from + found)
}

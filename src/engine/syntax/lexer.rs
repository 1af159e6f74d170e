//! Literals, brackets, separators and comments in a bounded piece of code; [`list`] has the items of the lists in it.
//!
//! One lexer for all languages, since most files do not say which one they are in. It yields what lists are divided by and
//! steps over words, signs and comments. Of a literal only its ends count here; [`literal`](super::literal) reads what it
//! says. It begins where no literal is open: behind an opening bracket, or at the start of a line. Regular expressions
//! between slashes are not told from divisions.

use std::ops::Range;

use super::literal;
use super::trivia;
use crate::engine::shape::confirm::is_word;
use crate::part::start_in;

mod list;

pub(in crate::engine) use list::{items, list_before};

/// Longest literal that does not end on its line, and longest heredoc, bytes.
const LONGEST_LITERAL: usize = 600;
const LONGEST_HEREDOC: usize = 2048;
/// How many bytes literals are looked for in at most: so many for each byte of the piece, and so many besides. What is left
/// then ends after [`LONGEST_LITERAL`] and puts nothing in.
const MOST_LOOKS: usize = 4;
const LEAST_LOOKS: usize = 4096;
/// Longest expression that a literal puts in, bytes.
const LONGEST_INNER: usize = 240;
/// Longest word that closes a heredoc, bytes.
const LONGEST_LABEL: usize = 32;
/// Most literals within what literals put in: `"${a["x"]}"`.
const DEEPEST: u8 = 3;

/// The bytes that tokens and comments begin with, and those that matter within a literal.
static MARKS: [bool; 256] = table(b"\"'`()[]{},;\n/-#<");
static MARKS_WITHIN: [bool; 256] = table(b"\"'`\\\n{");

const fn table(mut bytes: &[u8]) -> [bool; 256] {
    let mut table = [false; 256];
    while let [byte, others @ ..] = bytes {
        table[*byte as usize] = true;
        bytes = others;
    }
    table
}

/// How far behind `at` the first byte of a table stands.
fn step_to(table: &[bool; 256], text: &[u8], at: usize) -> Option<usize> {
    text.get(at..)?.iter().position(|byte| table[usize::from(*byte)])
}

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) enum Kind {
    /// A literal with its quotes, its prefix aside.
    Literal,
    /// An opening bracket: `(`, `[`, `{`.
    Open,
    /// A closing bracket: `)`, `]`, `}`.
    Close,
    Comma,
    Semicolon,
    /// The end of a line outside of literals.
    Break,
}

/// A part of code that divides it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) struct Token {
    pub(in crate::engine) kind: Kind,
    /// Where it begins and ends.
    pub(in crate::engine) start: usize,
    pub(in crate::engine) end: usize,
}

/// Reads the tokens of a piece of code, in order. Linear in its length.
#[derive(Debug, Clone)]
pub(in crate::engine) struct Lexer<'t> {
    text: &'t [u8],
    at: usize,
    end: usize,
    /// How many literals the piece is put into.
    depth: u8,
    /// Whether what literals put in is looked for: no more once one was not closed.
    puts_in: bool,
    /// How many bytes literals were looked for in, and how many they may be.
    looked_at: usize,
    most_looks: usize,
    /// How many quotes open nothing.
    lone: usize,
    /// What closes the heredoc that begins on the next line.
    heredoc: Option<&'t [u8]>,
}

impl<'t> Lexer<'t> {
    /// Reads `range` of a text, which may begin behind other code and end in the middle of a token.
    pub(in crate::engine) fn new(text: &'t [u8], range: Range<usize>) -> Lexer<'t> {
        let end = range.end.min(text.len());
        let most_looks = LEAST_LOOKS + MOST_LOOKS * end.saturating_sub(range.start);
        Lexer {
            text,
            at: range.start,
            end,
            depth: 0,
            puts_in: true,
            looked_at: 0,
            most_looks,
            lone: 0,
            heredoc: None,
        }
    }

    /// What the byte at `at` makes of it and what follows, and where that ends; none where nothing is divided.
    fn token(&mut self, at: usize) -> (Option<Kind>, usize) {
        let kind = match self.text[at] {
            b'"' | b'\'' | b'`' => {
                let end = self.literal(at);
                self.lone += usize::from(end.is_none());
                return (end.map(|_| Kind::Literal), end.unwrap_or(at + 1));
            }
            b'/' | b'-' | b'#' => return (None, self.comment(at).unwrap_or(at + 1)),
            b'<' if self.text[..self.end].get(at + 1) == Some(&b'<') => {
                let length = self.opens_heredoc(at + 2);
                return (None, at + 2 + length);
            }
            b'<' => return (None, self.comment(at).unwrap_or(at + 1)),
            b'(' | b'[' | b'{' => Kind::Open,
            b')' | b']' | b'}' => Kind::Close,
            b',' => Kind::Comma,
            b';' => match self.comment(at) {
                Some(end) => return (None, end),
                None => Kind::Semicolon,
            },
            b'\n' => return (Some(Kind::Break), self.behind_heredoc(at + 1)),
            _ => return (None, at + 1),
        };
        (Some(kind), at + 1)
    }

    /// Where the comment ends that begins at `at`; none where the piece ends within it, which then is about what it says.
    fn comment(&self, at: usize) -> Option<usize> {
        // `#"…"#`, `##"…"##`
        let signs = self.text[at..self.end].iter().take(8).take_while(|b| **b == b'#').count();
        if signs > 0 && self.text.get(at + signs) == Some(&b'"') {
            return None;
        }
        trivia::comment(self.text, at).filter(|end| *end < self.end)
    }

    /// Where the literal ends whose first quote stands at `open`.
    fn literal(&mut self, open: usize) -> Option<usize> {
        let text = &self.text[..self.end];
        let quote = text[open];
        let escapes = text[..open].iter().rev().take_while(|b| **b == b'\\').count();
        if escapes > 0 {
            return embedded(text, open, escapes);
        }
        let prefix = prefix(text, open);
        let before = text[..open - prefix.len()].last();
        let is_in_word =
            before.is_some_and(|b| is_word(*b)) && text.get(open + 1).is_some_and(|b| is_word(*b));
        if quote == b'\'' && (is_in_word || is_lifetime(text, open)) {
            return None;
        }
        if let Some(end) = marked(text, open, prefix) {
            return Some(end);
        }
        // An empty one: `''`. Two quotes within a literal are the end of one part and the start of the next.
        if text.get(open + 1) == Some(&quote) {
            return Some(open + 2);
        }
        let (end, over) = self.on_line(open, prefix);
        self.looked_at += over - open;
        end.or_else(|| over_lines(text, open))
    }

    /// The same, of one that ends on its line, and how far was looked. A backslash before a quote escapes it, in some languages
    /// and in raw literals of others it does not: `'C:\'`. Then an item ends there, and what would go on makes no literal.
    fn on_line(&mut self, open: usize, prefix: &[u8]) -> (Option<usize>, usize) {
        let is_spent = self.looked_at > self.most_looks;
        let until = if is_spent { self.end.min(open + LONGEST_LITERAL) } else { self.end };
        self.puts_in &= !is_spent;
        let text = &self.text[..until];
        let quote = text[open];
        let is_verbatim = prefix.contains(&b'@');
        let is_raw = prefix.iter().any(|b| matches!(b, b'r' | b'R'));
        let puts_in = quote != b'\'' || !prefix.is_empty();
        // Where it ends if the first such quote is not escaped.
        let mut early: Option<Option<usize>> = None;
        let mut at = open + 1;
        while let Some(step) = step_to(&MARKS_WITHIN, text, at) {
            at += step;
            match text[at] {
                b'\n' => return (early.flatten(), at),
                b'\\' if !is_verbatim => {
                    if text.get(at + 1) == Some(&quote) {
                        let end = Some(at + 2).filter(|end| closes_item(text, *end));
                        if is_raw && end.is_some() {
                            return (end, at + 2);
                        }
                        early.get_or_insert(end);
                    }
                    at += 1;
                }
                byte if byte == quote => {
                    let is_glued = text.get(at + 1).is_some_and(|b| is_word(*b));
                    return (early.flatten().filter(|_| is_glued).or(Some(at + 1)), at + 1);
                }
                b'{' if puts_in && self.puts_in => at = self.put_in(at, prefix).unwrap_or(at + 1) - 1,
                _ => {}
            }
            at += 1;
        }
        (early.flatten(), at.max(text.len()))
    }

    /// Where what a literal puts in ends, if the bracket at `at` opens that: `${…}`, `#{…}`, `{…}` of a literal with a prefix.
    fn put_in(&mut self, at: usize, prefix: &[u8]) -> Option<usize> {
        let is_marked = matches!(self.text[at - 1], b'$' | b'#');
        let is_formatted = || prefix.iter().any(|b| matches!(b, b'f' | b'F' | b'$'));
        if self.text.get(at + 1) == Some(&b'{') || !is_marked && !is_formatted() {
            return None;
        }
        let (depth, end) = (self.depth + 1, self.end.min(at + LONGEST_INNER));
        let mut inner = Lexer { at: at + 1, end, depth, heredoc: None, ..self.clone() };
        let close = closing(inner.by_ref().take_while(|token| token.kind != Kind::Break));
        let close = close.filter(|token| self.text[token.start] == b'}');
        self.looked_at = inner.looked_at;
        self.puts_in = close.is_some();
        close.map(|token| token.end)
    }

    /// Notes what closes the heredoc whose label begins at `at`, and gives the length of the label: `<<~EOS`, `<<-'EOS'`,
    /// `<<<EOS`.
    fn opens_heredoc(&mut self, at: usize) -> usize {
        let rest = &self.text[at..self.end];
        let lead = rest.iter().take(2).take_while(|b| matches!(b, b'<' | b'~' | b'-')).count();
        let quote = rest.get(lead).filter(|b| literal::is_quote(b));
        let from = lead + usize::from(quote.is_some());
        let length = rest[from..].iter().take(LONGEST_LABEL).take_while(|b| is_word(**b)).count();
        let end = from + length;
        let is_closed = quote.is_none_or(|quote| rest.get(end) == Some(quote));
        // What is put out or shifted, `cout <<"a"`, `1 <<n`, is of small letters most often.
        if !is_closed || !rest[from..end].first().is_some_and(|b| b.is_ascii_uppercase() || *b == b'_') {
            return 0;
        }
        self.heredoc = Some(&rest[from..end]);
        end + usize::from(quote.is_some())
    }

    /// Where the line begins behind the text of a heredoc that begins at `at`, or `at`. What closes it may go on with the
    /// list: `EOS, "x"`.
    fn behind_heredoc(&mut self, at: usize) -> usize {
        let Some(label) = self.heredoc.take() else { return at };
        let body = &self.text[at..self.end.min(at + LONGEST_HEREDOC)];
        let is_end =
            |behind: &[u8]| matches!(behind.trim_ascii().first(), None | Some(b',' | b';' | b')' | b'.'));
        let closing = body.split(|b| *b == b'\n').find_map(|line| {
            let behind = line.trim_ascii_start().strip_prefix(label)?;
            is_end(behind).then(|| start_in(self.text, behind))
        });
        closing.unwrap_or(at)
    }
}

impl Iterator for Lexer<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        if self.depth > DEEPEST {
            return None;
        }
        while let Some(step) = step_to(&MARKS, &self.text[..self.end], self.at) {
            let start = self.at + step;
            let (kind, end) = self.token(start);
            self.at = end;
            if let Some(kind) = kind {
                return Some(Token { kind, start, end });
            }
        }
        self.at = self.end;
        None
    }
}

/// The bracket that closes what was open before these tokens.
pub(in crate::engine) fn closing(mut tokens: impl Iterator<Item = Token>) -> Option<Token> {
    let mut depth = 0_usize;
    tokens.find(|token| {
        match token.kind {
            Kind::Open => depth += 1,
            Kind::Close if depth > 0 => depth -= 1,
            kind => return kind == Kind::Close,
        }
        false
    })
}

/// What stands before the quote at `open` and belongs to the literal: `rb`, `$@`, `N`.
fn prefix(text: &[u8], open: usize) -> &[u8] {
    const LONGEST: usize = 3;
    let before = &text[open.saturating_sub(LONGEST + 1)..open];
    let length =
        before.iter().rev().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'@' | b'$')).count();
    let prefix = &before[before.len() - length..];
    if length > 0 && length <= LONGEST && literal::is_prefix(prefix) { prefix } else { &[] }
}

/// Whether the quote at `open` begins a lifetime of Rust: `&'a str`, `<'a>`.
fn is_lifetime(text: &[u8], open: usize) -> bool {
    let name = text[open + 1..].iter().take_while(|b| is_word(**b)).count();
    matches!(text[..open].last(), Some(b'&' | b'<')) && name > 0 && text.get(open + 1 + name) != Some(&b'\'')
}

/// Where a literal ends that more than a quote closes: `r#"…"#`, `"""…"""`, `R"x(…)x"`.
fn marked(text: &[u8], open: usize, prefix: &[u8]) -> Option<usize> {
    let quote = text[open];
    let hashes = match quote {
        b'"' => text[..open].iter().rev().take(8).take_while(|b| **b == b'#').count(),
        _ => 0,
    };
    let quotes = if text[open..].starts_with(&[quote; 3]) { 3 } else { 1 };
    let (body, close) = if hashes > 0 || quotes > 1 {
        (open + quotes, [&[quote; 3][..quotes], &b"########"[..hashes]].concat())
    } else {
        literal::raw_close(text, open + 1, prefix, quote)?
    };
    let window = text.get(body..text.len().min(body + LONGEST_HEREDOC))?;
    Some(body + crate::memmem::find(window, &close)? + close.len())
}

/// Where a literal within another one ends, whose quotes stand behind as many backslashes: `{\"a\": \"b\"}`.
fn embedded(text: &[u8], open: usize, escapes: usize) -> Option<usize> {
    let line = &text[open + 1..text.len().min(open + LONGEST_LITERAL)];
    let line = &line[..memchr::memchr(b'\n', line).unwrap_or(line.len())];
    let closes = |at: &usize| line[..*at].iter().rev().take_while(|b| **b == b'\\').count() == escapes;
    memchr::memchr_iter(text[open], line).find(closes).map(|at| open + 1 + at + 1)
}

/// Where a literal ends that goes on behind its line: what its quotes enclose is an item of its own.
fn over_lines(text: &[u8], open: usize) -> Option<usize> {
    let quote = text[open];
    let is_item = text[..open].last().is_none_or(|b| b.is_ascii_whitespace() || b"([{,=:".contains(b));
    let body = &text[open + 1..text.len().min(open + 1 + LONGEST_LITERAL)];
    let is_escaped = |at: usize| body[..at].iter().rev().take_while(|b| **b == b'\\').count() % 2 == 1;
    let mut closes =
        memchr::memchr_iter(quote, body).filter(|at| !is_escaped(*at)).map(|at| open + 1 + at + 1);
    closes.next().filter(|end| quote == b'`' || is_item && closes_item(text, *end))
}

/// Whether an item of a list may be over at `at`.
fn closes_item(text: &[u8], at: usize) -> bool {
    text.get(at).is_none_or(|b| matches!(b, b',' | b')' | b']' | b'}' | b';' | b'\n' | b'\r'))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The items between the brackets at the ends of a text.
    fn split(text: &str) -> Vec<&str> {
        let open = text.find('(').unwrap();
        let mut items = items(text.as_bytes(), open + 1..text.len());
        let split = items.by_ref().map(|item| text[item].trim()).collect();
        assert!(items.is_closed, "{text}");
        split
    }

    /// What may stand as an item before others.
    const FIRST: [&str; 43] = [
        "a",
        "\"a\"",
        "'a; b'",
        "'a, b'",
        "'a (b'",
        "\"it's\"",
        "\"a \\\" b, c\"",
        "'it\\'s, so'",
        "'it''s, so'",
        "\"say \"\"a, b\"\"\"",
        "f(a, b)",
        "[a, {b, c}]",
        "r\"C:\\a, b\\\"",
        "r\"[\\\"']\"",
        "'C:\\'",
        "`C:\\`",
        "@\"C:\\a, b\\\"",
        "@\"a \"\"b, c\"\"\"",
        "$@\"{a[\"x, y\"]}\\\"",
        "r#\"a \" b, c\"#",
        "br##\"a\"#, b\"##",
        "#\"a \" b, c\"#",
        "R\"x(a), \" b)x\"",
        "u8R\"(a\", b)\"",
        "\"\"\"a \" b,\n c\"\"\"",
        "'''it's,\n so'''",
        "`a, ${b(`c, d`)}, e`",
        "`a,\n b`",
        "f\"{a['x, y']}\"",
        "f\"{a[\"x, y\"]}\"",
        "\"#{a[\"x, y\"]}\"",
        "\"${a[\"x, y\"]}\"",
        "'a,\n b'",
        "b'a, b'",
        "N'a, b'",
        "&'a str",
        "vec::<&'a str>()",
        "a /* b, c) */",
        "a // it's b, c)\n",
        "a # it's b, c)\n",
        "a -- it's b, c)\n",
        "\n# b), (c\n a",
        "(a; b)",
    ];

    #[test]
    fn an_item_is_one_whatever_it_holds() {
        for first in FIRST {
            let text = format!("f({first}, x, \"VALUE\");\n");
            assert_eq!(split(&text), [first.trim(), "x", "\"VALUE\""], "{text}");
            let value = text.find("\"VALUE").unwrap();
            let list = list_before(text.as_bytes(), 0, value);
            assert_eq!((list.open, list.commas.len(), list.is_over), (Some(1), 2, false), "{text}");
            assert_eq!(list.commas[0], 2 + first.len(), "{text}");
        }
    }

    #[test]
    fn heredocs_begin_on_the_next_line() {
        let text = "f(<<~EOS, a,\n  it's (b,\n  EOS\n  \"VALUE\")";
        let list = list_before(text.as_bytes(), 0, text.find("\"VALUE").unwrap());
        assert_eq!((list.open, list.commas.len()), (Some(1), 2));
        assert_eq!(items(text.as_bytes(), 2..text.len()).count(), 3);
        assert_eq!(split("f(<<<'EOT'\n  it's (b,\n  EOT, \"VALUE\")")[1], "\"VALUE\"");
        assert_eq!(split("f(cout <<\"a, b\", 1 <<n,\nn)"), ["cout <<\"a, b\"", "1 <<n", "n"]);
    }

    #[test]
    fn lists_that_are_open() {
        for (text, open, commas, is_over) in [
            ("a, b, ", None, 2, false),
            ("f(a); g(b, ", Some(7), 1, false),
            ("for (a; b, ", Some(4), 1, true),
            ("x; y, ", None, 1, true),
            ("f(\n  a,\n  [b, c],\n  ", Some(1), 2, false),
            ("f(\n  g(a,\n    b), ", Some(1), 1, false),
            ("x = \"INSERT INTO a VALUES ('b', ", Some(26), 1, false),
            ("x = \"{\\\"a\\\": [\\\"b, c\\\", ", Some(13), 1, false),
            ("it's (a, ", Some(5), 1, false),
            ("# f(a, ", Some(3), 1, false),
            ("f('C:\\', 'b', ", Some(1), 2, false),
            ("f(\"a \\\"b\\\", c\", ", Some(1), 1, false),
            ("f(\"\"\"a\n b; (c\"\"\", ", Some(1), 1, false),
        ] {
            let list = list_before(text.as_bytes(), 0, text.len());
            assert_eq!((list.open, list.commas.len(), list.is_over), (open, commas, is_over), "{text}");
        }
        // From the middle of a line, and of a literal.
        let text = "f(\"a (b\", \"c\", ";
        let list = list_before(text.as_bytes(), 5, text.len());
        assert_eq!((list.open, list.commas.len()), (None, 2));
    }

    /// How many bytes literals are looked for in, in so many bytes of a part.
    fn looked_at(part: &str, length: usize) -> usize {
        let text = part.repeat(length / part.len());
        let mut tokens = Lexer::new(text.as_bytes(), 0..text.len());
        tokens.by_ref().for_each(drop);
        tokens.looked_at
    }

    #[test]
    fn twice_the_bytes_are_twice_the_work() {
        const LENGTH: usize = 100_000;
        for part in [
            "\"${",
            "#",
            "'",
            "`",
            "<<A",
            "<<A\n",
            "\"\\\",",
            "'''",
            "a'b",
            "\"${'\"'}",
            "${\"a\\\",}",
            "f\"{a['",
            "@\"\\",
            "r'\\'x",
            "\\\"",
        ] {
            let (once, twice) = (looked_at(part, LENGTH), looked_at(part, 2 * LENGTH));
            assert!(twice <= 5 * once / 2 + LEAST_LOOKS, "{part}: {once} and {twice} bytes");
        }
    }

    #[test]
    fn any_bytes_end() {
        let parts: [&[u8]; 14] =
            [b"\"", b"'", b"`", b"\\", b"(", b")", b"${", b"}", b"#", b"R\"", b"<<A", b"\n", b"/*", b"a"];
        for seed in 0..14_usize.pow(4) {
            let text = [1, 14, 196, 2744].map(|by| parts[seed / by % 14]).concat().repeat(2);
            let tokens: Vec<Token> = Lexer::new(&text, 0..text.len()).collect();
            assert!(tokens.windows(2).all(|two| two[0].end <= two[1].start), "{}", text.escape_ascii());
            assert!(tokens.iter().all(|token| token.start < token.end && token.end <= text.len()));
            list_before(&text, 1, text.len());
        }
    }
}

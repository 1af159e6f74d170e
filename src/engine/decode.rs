//! Decoding: the text as it reads once its escapes, its base64 and its split literals are undone.
//!
//! A [`View`] holds only what is around encoded places, decoded where it stood, so that the name, the call
//! and the vendor beside it count for the decoded form too. It maps every position back to the text as
//! written. Ordinary text has no view: the marks of an encoding are looked for first, and what decodes to
//! nothing printable is left alone. Of a long text there are several, one behind the other, so that each is bounded and
//! none of the text is left out. Views of views give nesting; the caller bounds the depth.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;

use super::FileHint;
use super::job::Scored;
use super::locate::locate;
use crate::engine::shape::probe;
use crate::order;

mod escape;
mod joins;
mod marks;

use crate::engine::syntax::literal::is_quote;
use crate::part::start_in;
use escape::unescape;
pub(crate) use escape::unescaped;
use joins::{broken, bytes, join, list, words};
use marks::Marks;

/// What is kept around an encoded place, bytes: as far as context is looked for on the lines around.
const CONTEXT: usize = 1024;
/// Most encoded places of a view, and most bytes of text that it is made of and that are unpacked for it: what goes on
/// behind them is in the next view.
const MOST_SPANS: usize = 4096;
const LONGEST_VIEW: usize = 2 * 1024 * 1024;
/// Most white space between two literals that are put together: a line break and an indent.
const LONGEST_JOIN: usize = 80;
/// Longest literal whose end is looked for, bytes.
const LONGEST_PIECE: usize = 512;
/// Most literals of a list that are put together.
const MOST_PIECES: usize = 64;
/// How far before a list what it is given to is looked for, and how far into a message its encoding, bytes.
const LONGEST_OPENING: usize = 24;
const LONGEST_HEADERS: usize = 64 * 1024;
/// How far around a value the word is looked at that it stands in, bytes.
const LONGEST_WORD: usize = 480;
/// Shortest run of hex digits that may hide text: eight characters.
const SHORTEST_HEX: usize = 16;

/// How a place is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    Base64,
    Hex,
    Percent,
    Escape,
    Entity,
    QuotedPrintable,
    Coloured,
    Joined,
    Followed,
}

impl Encoding {
    fn told(self) -> &'static str {
        match self {
            Encoding::Base64 => "written in base64",
            Encoding::Hex => "written in hex",
            Encoding::Percent => "written with percent escapes",
            Encoding::Escape => "written with character escapes",
            Encoding::Entity => "written with HTML entities",
            Encoding::QuotedPrintable => "written in quoted-printable",
            Encoding::Coloured => "with a terminal's codes in it",
            Encoding::Joined => "put together from several literals",
            Encoding::Followed => "where its name is used",
        }
    }

    /// The same of a value that is written plainly itself; `None` where what is encoded beside a value says nothing of it.
    fn told_beside(self) -> Option<&'static str> {
        match self {
            Encoding::Base64 | Encoding::Hex | Encoding::Followed => None,
            Encoding::Percent => Some("what it is given to is written with percent escapes"),
            Encoding::Escape => Some("what it is given to is written with character escapes"),
            Encoding::Entity => Some("what it is given to is written with HTML entities"),
            Encoding::QuotedPrintable => Some("what it is given to is written in quoted-printable"),
            Encoding::Coloured => Some("coloured for a terminal"),
            Encoding::Joined => Some(self.told()),
        }
    }
}

/// An encoded place and what it says.
#[derive(Debug, Clone)]
pub(super) struct Span {
    pub(super) range: Range<usize>,
    pub(super) text: Vec<u8>,
    pub(super) encoding: Encoding,
}

/// A part of the view and where it comes from.
#[derive(Debug)]
struct Segment {
    view: usize,
    written: Range<usize>,
    /// `None`: copied as it is.
    encoding: Option<Encoding>,
}

/// Decoded text with the way back.
#[derive(Debug, Default)]
pub(super) struct View {
    pub(super) text: Vec<u8>,
    segments: Vec<Segment>,
}

/// The views of `text`, in order, when anything in it is encoded; `hidden` is what the probe decoded already, in order.
pub(super) fn views<'t>(text: &'t [u8], hint: FileHint<'t>, hidden: &'t [Span]) -> Views<'t> {
    Views { text, signs: hint.joins(), marks: Marks::of(text, hint), hidden, from: 0 }
}

/// The views of a text that are still to come.
pub(super) struct Views<'t> {
    text: &'t [u8],
    signs: &'t [&'t [u8]],
    marks: Marks,
    hidden: &'t [Span],
    from: usize,
}

impl Iterator for Views<'_> {
    type Item = View;

    fn next(&mut self) -> Option<View> {
        while self.from < self.text.len() {
            let (from, (spans, until)) = (self.from, self.spans());
            self.from = until;
            if until < self.text.len() {
                // What a window cuts is whole in the next one, which begins behind what this one began with.
                let last = spans.last().map_or(from, |span| span.range.start);
                self.from = until.saturating_sub(CONTEXT).max(from + 1).max((last + 1).min(until));
            }
            // A blank in an address changes nothing alone, nor do the signs that a page has everywhere.
            let is_common = |span: &Span| match span.encoding {
                Encoding::Percent => span.text.trim_ascii().is_empty(),
                Encoding::Entity => matches!(span.text[..], [b'<' | b'>' | b'&']),
                _ => false,
            };
            if !spans.iter().all(is_common) {
                return Some(View::of(self.text, &spans));
            }
        }
        None
    }
}

impl Views<'_> {
    /// The encoded places of the next window, in order, and where it ends.
    fn spans(&self) -> (Vec<Span>, usize) {
        let (text, marks, from) = (self.text, &self.marks, self.from);
        let mut until = text.len().min(from + LONGEST_VIEW);
        let of_window = self.hidden.partition_point(|span| span.range.start < from);
        let mut hidden = &self.hidden[of_window..];
        let mut room = LONGEST_VIEW;
        for (at, span) in hidden.iter().enumerate() {
            if span.range.start >= until || at > 0 && (span.text.len() > room || at == MOST_SPANS) {
                until = until.min(span.range.start);
                hidden = &hidden[..at];
                break;
            }
            room = room.saturating_sub(span.text.len());
        }
        let (mut joins, mut spans) = (Vec::new(), Vec::new());
        // What is read already of a list of bytes.
        let mut read = from;
        marks.each(&text[..until], from, &mut |at| {
            if joins.len().max(spans.len()) >= MOST_SPANS {
                until = at;
                return false;
            }
            match (text[at], text.get(at + 1)) {
                _ if at < read => {}
                (byte, _) if is_quote(&byte) => join(text, at, self.signs, &mut joins),
                (byte, Some(b'\n' | b'\r')) if byte == marks.line_break && marks.is_joined => {
                    broken(text, at, marks.folds, &mut joins);
                }
                (b'=', Some(b'\n' | b'\r')) if marks.is_quoted_printable => {
                    broken(text, at, false, &mut joins);
                }
                (b'=', _) if marks.is_quoted_printable => unescape(text, at, &mut spans),
                (b'0', Some(b'x' | b'X')) if marks.lists_bytes => read = bytes(text, at, &mut spans),
                (b'[' | b'a' | b'A' | b't' | b'T' | b'e' | b'E', _) => list(text, at, &mut joins),
                (b'0' | b'=' | b'^', _) => {}
                (b'%', Some(b'w')) if marks.lists => words(text, at, &mut joins),
                _ => unescape(text, at, &mut spans),
            }
            true
        });
        if joins.is_empty() && spans.is_empty() && hidden.is_empty() {
            return (spans, until);
        }
        // A half of a token is not what it seems to hide.
        let (starts, ends): (HashSet<usize>, HashSet<usize>) =
            joins.iter().map(|join: &Span| (join.range.start, join.range.end)).unzip();
        let is_half = |range: &Range<usize>| starts.contains(&range.end) || ends.contains(&range.start);
        spans.extend(hidden.iter().filter(|hidden| !is_half(&hidden.range)).cloned());
        spans.append(&mut joins);
        spans.retain(|span| span.range.start < until);
        order::by_key(&mut spans, |span| (span.range.start, span.range.end));
        (spans, until)
    }
}

/// Where the line of a place starts, or what is looked at of it.
pub(super) fn line_start(text: &[u8], at: usize) -> usize {
    memchr::memrchr(b'\n', &text[at.saturating_sub(CONTEXT)..at])
        .map_or(at, |n| at.saturating_sub(CONTEXT) + n + 1)
}

impl View {
    /// What is around encoded places, decoded.
    fn of(text: &[u8], spans: &[Span]) -> View {
        let mut view = View::default();
        let mut done = 0;
        for (at, span) in spans.iter().enumerate() {
            if span.range.start < done {
                continue;
            }
            let from = line_start(text, span.range.start.saturating_sub(CONTEXT)).max(done);
            if from > done {
                // Two places must not read as one line.
                view.add(b"\n", from..from, None);
            }
            view.add(&text[from..span.range.start], from..span.range.start, None);
            view.add(&span.text, span.range.clone(), Some(span.encoding));
            done = span.range.end;
            let next = spans[at + 1..].iter().map(|s| s.range.start).find(|start| *start >= done);
            let end = (done + CONTEXT).min(text.len()).min(next.unwrap_or(text.len()));
            view.add(&text[done..end], done..end, None);
            done = end;
        }
        view
    }

    /// Adds a part, and where it is written.
    pub(super) fn add(&mut self, text: &[u8], written: Range<usize>, encoding: Option<Encoding>) {
        if text.is_empty() && encoding.is_none() {
            return;
        }
        self.segments.push(Segment { view: self.text.len(), written, encoding });
        self.text.extend_from_slice(text);
    }

    /// The candidate as it stands in the text that the view was made from; `None` when no encoded place takes part, since the
    /// text itself shows it then. One takes part within a value, right before or behind it, in its word (an address, say),
    /// in the name that it is given to or between the two: there the text itself shows another word, name or sign.
    pub(super) fn written(&self, mut scored: Scored) -> Option<Scored> {
        let first = self.segment(scored.range.start);
        let last = self.segment(scored.range.end.saturating_sub(1).max(scored.range.start));
        let within = self.segments[first..=last].iter().find_map(|s| s.encoding);
        let told = match within {
            Some(encoding) => encoding.told(),
            None => self.told_beside(&scored.range)?,
        };
        if within.is_some_and(|encoding| encoding != Encoding::Followed) {
            scored.decoded.get_or_insert_with(|| self.text[scored.range.clone()].to_vec());
        }
        scored.range = self.back(&scored.range);
        scored.parts.iter_mut().for_each(|(_, part)| *part = self.back(part));
        scored.why.push(Cow::Borrowed(told));
        Some(scored)
    }

    /// What is encoded beside a value that is written plainly itself.
    fn told_beside(&self, value: &Range<usize>) -> Option<&'static str> {
        let text = &self.text[..];
        let told = |from: usize| {
            let first = self.segments.partition_point(|s| s.view < from).saturating_sub(1);
            let near = self.segments[first..].iter().take_while(|s| s.view <= value.end);
            near.filter_map(|s| s.encoding).find_map(Encoding::told_beside)
        };
        let ends_word =
            |b: &u8| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'`' | b',' | b'<' | b'>' | b'|');
        let before = &text[value.start.saturating_sub(LONGEST_WORD)..value.start];
        let word = value.start - before.iter().rev().take_while(|b| !ends_word(b)).count();
        told(word).or_else(|| {
            let located = locate(text, value.clone());
            let name = located.names.first()?;
            let at = start_in(text, *name);
            let is_before = at < word && memchr::memchr(b'\n', text.get(at..word)?).is_none();
            told(at).filter(|_| is_before)
        })
    }

    /// Where in the text an encoded place stands right before a value of the text: what begins within is misread.
    pub(super) fn escape_before(&self, value: usize) -> Option<Range<usize>> {
        let at = self.segments.partition_point(|s| s.written.start < value).checked_sub(1)?;
        let segment = &self.segments[at];
        (segment.written.end == value && segment.encoding.and_then(Encoding::told_beside).is_some())
            .then(|| segment.written.clone())
    }

    /// The last segment that starts at or before `at`, and holds a byte.
    fn segment(&self, at: usize) -> usize {
        self.segments.partition_point(|s| s.view <= at).saturating_sub(1)
    }

    fn back(&self, range: &Range<usize>) -> Range<usize> {
        let (first, last) =
            (self.segment(range.start), self.segment(range.end.saturating_sub(1).max(range.start)));
        let start = &self.segments[first];
        let end = &self.segments[last];
        let from = match start.encoding {
            None => (start.written.start + range.start - start.view).min(start.written.end),
            Some(_) => start.written.start,
        };
        let to = match end.encoding {
            None => (end.written.start + range.end - end.view).min(end.written.end),
            Some(_) => end.written.end,
        };
        // What is put together may stand in another order.
        if from <= to { from..to } else { end.written.start.min(from)..start.written.end.max(to) }
    }
}

/// How much of a text of this length may be unpacked in all, bytes: what is packed can be a thousand times as long.
pub(super) const fn most_unpacked(length: usize) -> usize {
    LONGEST_VIEW + 4 * length
}

/// Text that a run of base64 or hex characters hides, which has packed no more than `room` bytes.
pub(super) fn hidden(text: &[u8], run: Range<usize>, room: usize) -> Option<Span> {
    /// From how many bytes in hex on others than those of ASCII are text.
    const LONG: usize = 16;
    if let Some((range, text)) = probe::decoded(text, run.clone(), room) {
        return Some(Span { range, text, encoding: Encoding::Base64 });
    }
    // `0x` is part of what is written, and hides nothing.
    let marked = text[run.start..].get(..2).is_some_and(|head| head.eq_ignore_ascii_case(b"0x"));
    let digits = if marked { run.start + 2..run.end } else { run.clone() };
    let body = text.get(digits)?;
    let is_hex =
        body.len() >= SHORTEST_HEX && body.len().is_multiple_of(2) && body.iter().all(u8::is_ascii_hexdigit);
    if !is_hex || body.len() > probe::LONGEST_DECODED {
        return None;
    }
    let mut reader = probe::Reader::default();
    let clear: Option<Vec<u8>> =
        body.chunks_exact(2).map(|pair| byte(pair).filter(|byte| reader.takes(*byte))).collect();
    let clear = clear.filter(|clear| clear.is_ascii() || clear.len() >= LONG)?;
    Some(Span { range: run, text: clear, encoding: Encoding::Hex })
}

/// What a run hides with the lines below it that go on with its text, a span each and none between them.
pub(super) fn in_lines(text: &[u8], run: &Range<usize>, first: Span) -> Vec<Span> {
    let below = match first.encoding {
        Encoding::Base64 => probe::goes_on(text, run, &first.text),
        _ => Vec::new(),
    };
    let mut spans = vec![first];
    for (range, text) in below {
        if let Some(before) = spans.last_mut() {
            before.range.end = range.start;
        }
        spans.push(Span { range, text, encoding: Encoding::Base64 });
    }
    // A hidden file begins on a line of its own: what stands before it is no part of its first line.
    if spans.iter().any(|span| memchr::memchr(b'\n', span.text.trim_ascii_end()).is_some()) {
        spans[0].text.insert(0, b'\n');
    }
    spans
}

/// The byte that two hex digits write.
pub(super) fn byte(pair: &[u8]) -> Option<u8> {
    let digit = |b: u8| char::from(b).to_digit(16).map(|d| d as u8);
    Some(digit(*pair.first()?)? << 4 | digit(*pair.get(1)?)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::{Confidence, RuleIx};
    use crate::lanes;

    fn seen(path: &str, text: &str) -> Option<String> {
        let view = views(text.as_bytes(), FileHint::new(path.as_bytes()), &[]).next();
        view.map(|v| String::from_utf8(v.text).unwrap())
    }

    #[test]
    fn reads_as_decoded() {
        for (path, written, read) in [
            ("a", "u?k%3Dab%2Bcd", "u?k=ab+cd"),
            ("a.json", "\"ab\\u003dcd\"", "\"ab=cd\""),
            ("a.js", "\"\\x61\\x62\"", "\"ab\""),
            ("a.rs", "\"x\\u{0041}\"", "\"xA\""),
            ("a.xml", "<t>&#97;b&#x63;</t>", "<t>abc</t>"),
            ("a.js", "k = 'ab_' + 'cd'", "k = 'ab_cd'"),
            ("a.java", "k = \"ab\"\n    + \"cd\"", "k = \"abcd\""),
            ("a.py", "k = \"ab\" \"cd\"", "k = \"abcd\""),
            ("a.py", "k = (\"ab\"\n  \"cd\")", "k = (\"abcd\")"),
            ("a.php", "$k = 'ab' . 'cd'", "$k = 'abcd'"),
            ("a.lua", "k = \"ab\" .. \"cd\"", "k = \"abcd\""),
            ("a.vb", "k = \"ab\" & \"cd\"", "k = \"abcd\""),
            ("a.js", "k = \"ab\" + 'cd';", "k = \"abcd\";"),
            ("a.sh", "K=\"ab\"'cd'", "K=\"abcd\""),
            ("a.py", "k = 'ab''cd'", "k = 'abcd'"),
            ("a.js", "k = ['ab', 'cd', 'ef'].join('')", "k = ['abcdef'].join('')"),
            ("a.js", "k = ['ab', 'cd', 'ef'].join('/')", "k = ['ab/cd/ef'].join('/')"),
            ("a.rb", "k = %w[ab cd ef].join('/')", "k = 'ab/cd/ef'"),
            ("a.rb", "k = 'https://x/' + %w[ab cd].join(\"-\")", "k = 'https://x/ab-cd'"),
            ("a.rs", "k = concat!(\"ab\", \"cd\")", "k = concat!(\"abcd\")"),
            ("a.tf", "k = join(\"\", [\"ab\", \"cd\"])", "k = join(\"\", [\"abcd\"])"),
            ("a.clj", "(def k (str \"ab\" \"cd\"))", "(def k (str \"abcd\"))"),
            ("A.java", "new StringBuilder(\"ab\").append(\"cd\")", "new StringBuilder(\"abcd\")"),
            ("a.rb", "k = 'ab' \\\n  'cd'", "k = 'abcd'"),
            ("a.yml", "k: \"ab\\\n  cd\"", "k: \"abcd\""),
            ("a.bat", "set K=ab^\r\ncd", "set K=abcd"),
            ("a.sh", "k=$'\\141\\142'", "k=$'ab'"),
            ("a.js", "k = \"a\\u{5f}b\"", "k = \"a_b\""),
            ("a.py", "k = \"a\\U0000005fb\"", "k = \"a_b\""),
            ("a.html", "<t>a&lowbar;b</t>", "<t>a_b</t>"),
            ("a.html", "<t p=\"{&quot;a&quot;:&quot;b&amp;c&quot;}\">", "<t p=\"{\"a\":\"b&c\"}\">"),
            ("a.json", "x\\u000aab\\u0020= cd", "x\nab = cd"),
            ("a.log", "\x1b[36mab\x1b[0m=\x1b[1;33m\x1b[Kcd\x1b[0m", "ab=cd"),
            ("a.json", "ab=\\u001b[33mcd\\033[0m\\e[1m.", "ab=cd."),
            (
                "a.c",
                "char k[] = {0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68,\n 0x69, 0x6a, 0x6b, 0x6c, \
             0x6d, 0x6e, 0x6f, 0x70, 0x00};",
                "char k[] = {abcdefghijklmnop, 0x00};",
            ),
        ] {
            assert_eq!(seen(path, written).as_deref(), Some(read), "{written}");
            // In blocks too, at each place of them.
            for lead in 0..lanes::BLOCK {
                let text = format!("{}\n{written}\n{}", "x".repeat(lead), "y\n".repeat(lanes::BLOCK));
                assert!(seen(path, &text).is_some_and(|view| view.contains(read)), "{written} behind {lead}");
            }
        }
    }

    #[test]
    fn ordinary_text_has_no_view() {
        for text in [
            "100% of a & b",
            "a\\nb \\d+ C:\\users",
            "x = a + b",
            "f(\" \", \" \")",
            "%02d %s",
            "'a' + b",
            "f('ab', 'cd')",
            "['ab', 'cd'].join(', ')",
            "/(a)\\1/",
            "&lt;b&gt;x &amp;&amp; y &quote;",
            "k = [0x61, 0x62]",
            "a%20b%20c",
            "\x1b[0m \x1b[1m\n",
            "\\e[ \\end{x}",
        ] {
            assert_eq!(seen("a.js", text), None, "{text}");
        }
    }

    #[test]
    fn positions_lead_back() {
        let text = format!("{}\nkey = \"ab%2Bcd\"\n", "x".repeat(5000));
        let view = views(text.as_bytes(), FileHint::default(), &[]).next().unwrap();
        let at = crate::memmem::find(&view.text, b"ab+cd").unwrap();
        let scored = |range| Scored::new(RuleIx(0), range, Confidence::High, 1, Vec::new());
        let found = view.written(scored(at..at + 5)).unwrap();
        assert_eq!(&text[found.range], "ab%2Bcd");
        assert_eq!(found.decoded.as_deref(), Some(&b"ab+cd"[..]));
        assert!(view.written(scored(at - 7..at - 4)).is_none(), "nothing of it is encoded");
    }

    #[test]
    fn what_is_encoded_beside_a_value_counts_for_it() {
        for (text, value, is_kept) in [
            ("token\\u003dVALUE", "VALUE", true),
            ("{\\u0022k\\u0022:\\u0022VALUE\\u0022}", "VALUE", true),
            ("u?key%3DVALUE%26to%3D1", "VALUE", true),
            ("api\\x5fkey = \"VALUE\"", "VALUE", true),
            ("x%3D1\nkey = \"VALUE\"", "VALUE", false),
        ] {
            let view = views(text.as_bytes(), FileHint::default(), &[]).next().unwrap();
            let at = crate::memmem::find(&view.text, value.as_bytes()).unwrap();
            let range = at..at + value.len();
            let found = view.written(Scored::new(RuleIx(0), range, Confidence::High, 1, Vec::new()));
            assert_eq!(found.is_some(), is_kept, "{text}");
            if let Some(found) = found {
                assert_eq!((&text[found.range.clone()], found.decoded), (value, None), "{text}");
            }
        }
    }

    #[test]
    fn a_long_text_has_several_views_and_each_place_is_in_one() {
        let text = format!("{}x%3Dlast", "a%3Db ".repeat(3 * MOST_SPANS));
        let all: Vec<View> = views(text.as_bytes(), FileHint::default(), &[]).collect();
        assert!(all.len() > 2 && all.iter().all(|view| view.segments.len() <= 3 * MOST_SPANS));
        assert!(all.last().unwrap().text.ends_with(b"x=last"));
        let spans = |text: &[u8]| memchr::memmem::find_iter(text, b"a=b").count();
        assert!(all.iter().map(|view| spans(&view.text)).sum::<usize>() >= 3 * MOST_SPANS);
        // Of what is hidden too.
        let hidden = |at: usize| Span {
            range: at..at + 8,
            text: vec![b'x'; LONGEST_VIEW / 2],
            encoding: Encoding::Base64,
        };
        let hidden: Vec<Span> = (0..9).map(|at| hidden(at * 4096)).collect();
        let text = vec![b' '; 9 * 4096];
        let all: Vec<View> = views(&text, FileHint::default(), &hidden).collect();
        assert_eq!(
            all.iter()
                .map(|view| view.segments.iter().filter(|s| s.encoding.is_some()).count())
                .sum::<usize>(),
            9
        );
    }
}

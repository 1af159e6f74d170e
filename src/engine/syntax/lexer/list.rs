//! Lists by their tokens: the items behind a place, and the list that is open at one.

use std::ops::Range;

use super::{Kind, Lexer};
use crate::engine::syntax::literal;

/// The items of a list between commas, from `range.start` on: each up to its comma, the last one up to the bracket that
/// closes the list. Where none does, the last item goes up to the end of the range and `is_closed` is false.
pub(in crate::engine) fn items(text: &[u8], range: Range<usize>) -> Items<'_> {
    let (from, end) = (Some(range.start), range.end);
    Items { tokens: Lexer::new(text, range), from, end, is_closed: false, is_of_line: false }
}

/// See [`items`].
#[derive(Debug, Clone)]
pub(in crate::engine) struct Items<'t> {
    tokens: Lexer<'t>,
    from: Option<usize>,
    end: usize,
    /// Whether the bracket was met that closes the list.
    pub(in crate::engine) is_closed: bool,
    is_of_line: bool,
}

impl Items<'_> {
    /// The same, of a list without brackets, which the end of its line closes.
    pub(in crate::engine) fn of_line(self) -> Self {
        Items { is_of_line: true, ..self }
    }
}

impl Iterator for Items<'_> {
    type Item = Range<usize>;

    fn next(&mut self) -> Option<Range<usize>> {
        let from = self.from.take()?;
        let mut depth = 0_usize;
        for token in self.tokens.by_ref() {
            match token.kind {
                Kind::Open => depth += 1,
                Kind::Close if depth > 0 => depth -= 1,
                Kind::Close => {
                    self.is_closed = true;
                    return Some(from..token.start);
                }
                Kind::Break if depth == 0 && self.is_of_line => {
                    self.is_closed = true;
                    return Some(from..token.start);
                }
                Kind::Comma if depth == 0 => {
                    self.from = Some(token.end);
                    return Some(from..token.start);
                }
                _ => {}
            }
        }
        Some(from..self.end)
    }
}

/// The list that is open at a place, up to there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::engine) struct List {
    /// Where its bracket stands.
    pub(in crate::engine) open: Option<usize>,
    /// Where its commas before the place stand.
    pub(in crate::engine) commas: Vec<usize>,
    /// Whether a statement ends within: `for (i = 0; `.
    pub(in crate::engine) is_over: bool,
}

/// The list that is open at `at`, as far as the text from `floor` on tells, line by line upwards until a bracket is open. Where
/// `at` stands in a literal, the list in that literal.
pub(in crate::engine) fn list_before(text: &[u8], floor: usize, at: usize) -> List {
    let mut start = line_start(text, floor, at);
    loop {
        let (list, lone) = list_from(text, start, at);
        let is_cut = start == floor && start > 0 && text[start - 1] != b'\n';
        if lone > 0 && is_cut {
            return best_of_cut(text, start, at, (list, lone));
        }
        if start == floor || list.open.is_some() && lone == 0 {
            return list;
        }
        // What opens or ends here may stand in a literal that begins above.
        if holds_lines(&text[floor..start]) {
            start = floor;
            continue;
        }
        if list.open.is_some() || list.is_over {
            return list;
        }
        // Twice as much as before, so that all of it is read no more than twice.
        let far = (start - 1).min(at.saturating_sub(2 * (at - start))).max(floor);
        start = line_start(text, floor, far);
    }
}

/// Whether a literal of several lines may begin in a text.
fn holds_lines(text: &[u8]) -> bool {
    let holds = |at: usize| match text[at] {
        b'`' => true,
        b'<' => text.get(at + 1) == Some(&b'<'),
        quote => text[at..].starts_with(&[quote; 3]),
    };
    memchr::memchr3_iter(b'`', b'<', b'"', text).chain(memchr::memchr_iter(b'\'', text)).any(holds)
}

/// The list at `at` of a line that was cut at `start`, perhaps within a literal: what leaves fewer quotes alone is right.
fn best_of_cut(text: &[u8], start: usize, at: usize, found: (List, usize)) -> List {
    let (list, lone) = found;
    let quote = text[start..at].iter().position(literal::is_quote);
    let other = quote.map(|quote| list_from(text, start + quote + 1, at));
    other.filter(|(_, others)| *others < lone).map_or(list, |(other, _)| other)
}

fn line_start(text: &[u8], floor: usize, at: usize) -> usize {
    memchr::memrchr(b'\n', &text[floor..at]).map_or(floor, |end| floor + end + 1)
}

/// The list that is open at `at` by what stands from `start` on, and how many quotes open nothing there.
fn list_from(text: &[u8], start: usize, at: usize) -> (List, usize) {
    let mut tokens = Lexer::new(text, start..at);
    let (mut outer, mut list) = (Vec::new(), List::default());
    for token in tokens.by_ref() {
        match token.kind {
            Kind::Open => {
                let inner = List { open: Some(token.start), ..List::default() };
                outer.push(std::mem::replace(&mut list, inner));
            }
            // One that was open before says nothing about what stands in it.
            Kind::Close => list = outer.pop().unwrap_or_default(),
            Kind::Comma => list.commas.push(token.start),
            Kind::Semicolon => list.is_over = true,
            Kind::Literal | Kind::Break => {}
        }
    }
    (list, tokens.lone)
}

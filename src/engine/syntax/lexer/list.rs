//! Lists by their tokens: the items behind a place, and the list that is open at one.

use std::ops::Range;

use super::{Kind, Lexer, Token};
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
    let (mut tokens, mut lone) = tokens_of(text, start..at);
    let mut first_of_lines = None;
    loop {
        let list = open_list(&tokens);
        let is_cut = start == floor && start > 0 && text[start - 1] != b'\n';
        if lone > 0 && is_cut {
            return best_of_cut(text, start, at, (list, lone));
        }
        if start == floor || list.open.is_some() && lone == 0 {
            return list;
        }
        // What opens or ends here may stand in a literal that begins above.
        let above = &text[floor..start];
        let is_within = *first_of_lines.get_or_insert_with(|| first_over_lines(above)) < above.len();
        if !is_within && (list.open.is_some() || list.is_over) {
            return list;
        }
        // Twice as much as before, so that all of it is read no more than twice.
        let far = if is_within { floor } else { at.saturating_sub(2 * (at - start)) };
        let next = line_start(text, floor, far.min(start - 1).max(floor));
        // Where no literal is open at the end of either, what stands between is read alone.
        let lead = (!is_within && lone == 0).then(|| tokens_of(text, next..start));
        match lead.filter(|(_, lone)| *lone == 0) {
            Some((mut lead, _)) => {
                lead.append(&mut tokens);
                tokens = lead;
            }
            None => (tokens, lone) = tokens_of(text, next..at),
        }
        start = next;
    }
}

/// Where the first literal that may go over lines begins in a text, or how long that is.
fn first_over_lines(text: &[u8]) -> usize {
    let tick = memchr::memchr(b'`', text).unwrap_or(text.len());
    let text = &text[..tick];
    let heredoc = memchr::memchr_iter(b'<', text).find(|at| text.get(at + 1) == Some(&b'<')).unwrap_or(tick);
    let text = &text[..heredoc];
    // Of three bytes side by side one stands at each third place.
    let third = |at: &usize| matches!(text[*at], b'"' | b'\'');
    let mut thirds = (2..text.len()).step_by(3).filter(third);
    let triple = thirds.find(|at| {
        let same = |b: &&u8| **b == text[*at];
        let before = text[..*at].iter().rev().take(2).take_while(same).count();
        before + text[*at..].iter().take(3).take_while(same).count() >= 3
    });
    triple.map_or(heredoc, |at| at - 2)
}

/// The list at `at` of a line that was cut at `start`, perhaps within a literal: what leaves fewer quotes alone is right.
fn best_of_cut(text: &[u8], start: usize, at: usize, found: (List, usize)) -> List {
    let (list, lone) = found;
    let quote = text[start..at].iter().position(literal::is_quote);
    let other = quote.map(|quote| tokens_of(text, start + quote + 1..at));
    other.filter(|(_, others)| *others < lone).map_or(list, |(other, _)| open_list(&other))
}

fn line_start(text: &[u8], floor: usize, at: usize) -> usize {
    memchr::memrchr(b'\n', &text[floor..at]).map_or(floor, |end| floor + end + 1)
}

/// The tokens of a piece of code, and how many quotes open nothing there.
fn tokens_of(text: &[u8], range: Range<usize>) -> (Vec<Token>, usize) {
    let mut tokens = Lexer::new(text, range);
    let all = tokens.by_ref().collect();
    (all, tokens.lone)
}

/// The list that is open behind tokens.
fn open_list(tokens: &[Token]) -> List {
    let (mut outer, mut list) = (Vec::new(), List::default());
    for token in tokens {
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
    list
}

//! Values beside their names: in a row of a table of Markdown or Jira, in the elements of a test plan.

use std::ops::Range;

use super::assignment::LONGEST_NAME;
use super::chosen::is_in_fours;
use super::operand::Literal;
use crate::engine::Syntax;

/// How far behind a name its value may stand, bytes, and how long a line or an element may be.
const LONGEST_STEP: usize = 80;
const LONGEST_BLOCK: usize = 400;

/// The value of a table in Markdown, Jira or MediaWiki with a name on each line: `| IPsec PSK | `…` |`, `| IPsec PSK || …`.
pub(super) fn row(text: &[u8], name: &Range<usize>, syntax: Syntax) -> Option<Literal> {
    // Most names end no cell, which the bytes behind them tell.
    let of_what = of_what(&text[name.end..text.len().min(name.end + LONGEST_NAME)]);
    let behind =
        text[name.end + of_what..].iter().take(LONGEST_NAME).find(|b| !matches!(b, b' ' | b'`' | b'*'));
    if behind != Some(&b'|') {
        return None;
    }
    let floor = name.start.saturating_sub(LONGEST_BLOCK);
    let start = floor + memchr::memrchr(b'\n', &text[floor..name.start]).map_or(0, |at| at + 1);
    // `||Password|…|` of Jira.
    let start = start + usize::from(text[start..].starts_with(b"||"));
    let window = &text[start..text.len().min(name.end + LONGEST_BLOCK)];
    let line = window[..memchr::memchr(b'\n', window).unwrap_or(window.len())].trim_ascii_end();
    let mut bars = memchr::memchr_iter(b'|', line);
    let ends = [bars.next()?, bars.next()?, bars.next()?];
    let is_doubled = ends[2] == ends[1] + 1 && bars.next().is_none();
    let is_whole = is_doubled || ends[2] + 1 == line.len();
    let is_row = ends[0] == 0 && is_whole && name.end - start <= ends[1];
    let is_edge = |b: &u8| matches!(b, b' ' | b'`' | b'*');
    let inner = |cell: Range<usize>| {
        let lead = line[cell.clone()].iter().take_while(|b| is_edge(b)).count();
        let tail = line[cell.start + lead..cell.end].iter().rev().take_while(|b| is_edge(b)).count();
        start + cell.start + lead..start + cell.end - tail
    };
    let named = inner(1..ends[1]);
    if syntax != Syntax::Bare || !is_row || named.end != name.end + of_what {
        return None;
    }
    let value = inner(if is_doubled { ends[2] + 1..line.len() } else { ends[1] + 1..ends[2] });
    let bytes = &text[value.clone()];
    let is_one = !value.is_empty() && (!bytes.contains(&b' ') || is_in_fours(bytes));
    is_one.then_some((value, true))
}

/// Length of what the cell of a name says of it, in words: ` de aplicación`, ` for the router`.
fn of_what(behind: &[u8]) -> usize {
    const LEADS: [&[u8]; 7] = [b" de ", b" da ", b" do ", b" for ", b" of ", b" pour ", b" para "];
    let is_word = |b: &u8| b.is_ascii_alphanumeric() || !b.is_ascii() || matches!(b, b' ' | b'-');
    if !LEADS.iter().any(|lead| behind.starts_with(lead)) {
        return 0;
    }
    behind[..behind.iter().take_while(|b| is_word(b)).count()].trim_ascii_end().len()
}

/// The value within an element of a test plan of JMeter that has the name: `<elementProp name="password" …>` and
/// `<stringProp name="Argument.value">…`.
pub(super) fn property(text: &[u8], name: &Range<usize>) -> Option<Literal> {
    const VALUE: &[u8] = b".value\">";
    let before = &text[name.start.saturating_sub(LONGEST_STEP)..name.start];
    let window = &text[name.end..text.len().min(name.end + LONGEST_BLOCK)];
    if !before.ends_with(b"<elementProp name=\"") || !window.starts_with(b"\"") {
        return None;
    }
    let element = &window[..crate::memmem::find(window, b"</elementProp>").unwrap_or(window.len())];
    let at = crate::memmem::find(element, VALUE)? + VALUE.len();
    let length = memchr::memchr(b'<', &element[at..]).filter(|length| *length > 0)?;
    let start = name.end + at;
    Some((start..start + length, true))
}

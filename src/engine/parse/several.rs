//! Several values that one name is given: the items of a list, the cells below a heading, the column of rows in SQL.

use std::cell::Cell;
use std::ops::Range;

use super::drawn::is_drawn_piece;
use super::list::{self, Form, List};
use super::operand::Literal;
use super::sign::Sign;
use super::url::is_drawn_password;
use super::{Around, Parsed, pair};
use crate::engine::Syntax;
use crate::engine::names::{self, Role};
use crate::engine::syntax::heading;
use crate::engine::value::generated;

/// Where a list stands that was read for a rule: names within it are items, which read no list of their own, since each
/// would read all that follows it.
pub(in crate::engine) type LastList = Cell<(usize, usize)>;

/// What a name that is given several values sounds like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Secrets,
    Passwords,
}

/// What `weigh` makes of each value of the list, the table or the rows that a name is of; `None` where it is of none. Cells are
/// what was put in under the name, items of a list may be anything that the name is about.
pub(super) fn weighed(
    text: &[u8],
    around: Around<'_>,
    (name, sign): (&Range<usize>, &Sign),
    kind: Kind,
    weigh: impl FnMut(Literal) -> Option<Parsed>,
) -> Option<Vec<Parsed>> {
    let cells = cells(text, name, sign);
    if !cells.is_empty() {
        return Some(cells.into_iter().map(|value| (value, true)).filter_map(weigh).collect());
    }
    let list = read(text, around, name, sign)?;
    let is_one = |(value, _): &Literal| is_item(&text[name.clone()], &text[value.clone()], kind);
    // Brackets around one literal of code say nothing.
    let is_list = list.form == Form::Plain && (around.syntax == Syntax::Bare || list.items.len() > 1);
    let found: Vec<Parsed> = list.items.into_iter().filter(is_one).filter_map(weigh).collect();
    (is_list || !found.is_empty()).then_some(found)
}

/// The cells below a heading, or the column of rows in SQL. Under a name for passwords what looks like a digest is one.
fn cells(text: &[u8], name: &Range<usize>, sign: &Sign) -> Vec<Range<usize>> {
    // Names in a row stand behind each other.
    if sign.end.is_some() && text[sign.at] != b',' {
        return Vec::new();
    }
    let mut values = match pair::columns(text, name) {
        columns if columns.is_empty() => heading::values_below(text, name, sign.end.is_none()),
        columns => columns,
    };
    let is_hashed =
        || names::words(&text[name.clone()]).iter().any(|word| word.contains("pass") || word == "pwd");
    let is_digest = |value: &[u8]| value.len() >= 32 && value.iter().all(u8::is_ascii_hexdigit);
    if !values.is_empty() && is_hashed() {
        values.retain(|value| !is_digest(&text[value.clone()]));
    }
    values
}

/// The list that a sign gives to the name.
fn read(text: &[u8], around: Around<'_>, name: &Range<usize>, sign: &Sign) -> Option<List> {
    let (start, end) = around.last_list.get();
    if (start..end).contains(&name.start) {
        return None;
    }
    let is_bare = around.syntax == Syntax::Bare;
    let list = list::at(text, name, sign, is_bare)?;
    around.last_list.set((name.end, list.end));
    // One alone is an item where the name is of several.
    let is_plural = matches!(text[name.clone()].last(), Some(b's' | b'S'));
    let is_list = list.items.len() > usize::from(!is_plural && (!is_bare || list.form == Form::Map));
    (is_list && names::role(&text[name.clone()]) == Role::Secret).then_some(list)
}

/// Whether an item of a list was drawn for what the name says: under names for passwords lists of words stand as often as
/// passwords, and `keys` are what things are looked up by, or the prints of fingers.
fn is_item(name: &[u8], value: &[u8], kind: Kind) -> bool {
    if kind == Kind::Passwords {
        return generated::is_generated(value) || is_drawn_password(value);
    }
    let words = names::words(name);
    let is_key = words.last().is_some_and(|last| matches!(last.as_str(), "key" | "keys"));
    let says_whose =
        ["api", "access", "secret", "auth", "master", "encryption", "signing", "service", "license"];
    let is_told = words.iter().any(|word| says_whose.contains(&word.as_str()));
    // What a chain calls its tokens, in base58.
    let is_address = matches!(value.len(), 43 | 44) && value.iter().all(u8::is_ascii_alphanumeric);
    match is_key {
        _ if is_told => true,
        true => words.len() > 1 && !value.iter().all(u8::is_ascii_hexdigit) && is_drawn_piece(value),
        false => !is_address,
    }
}

//! Several values that one name is given: the items of a list, the cells below a heading, the column of rows in SQL.

use std::cell::Cell;
use std::ops::Range;

use super::drawn::is_drawn_piece;
use super::list::{self, Form, List};
use super::operand::Literal;
use super::sign::Sign;
use super::url::is_drawn_password;
use super::{Around, Parsed, columns, pair, password};
use crate::catalogue::Confidence;
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
    mut weigh: impl FnMut(Literal) -> Option<Parsed>,
) -> Option<Vec<Parsed>> {
    let cells = cells(text, name, sign);
    if !cells.is_empty() {
        let is_of_login = kind == Kind::Secrets && is_beside_account(text, name);
        let chosen = |value| password::weigh(text, around, name.clone(), value);
        let chosen = |value| chosen(value).filter(|found| found.confidence > Confidence::Low);
        let found = cells.into_iter().filter_map(|value| {
            weigh((value.clone(), true)).or_else(|| is_of_login.then(|| chosen(value)).flatten())
        });
        return Some(found.collect());
    }
    let list = read(text, around, (name, sign), kind)?;
    // What a map is looked up by is a secret only under a name that says more than `tokens`, which chains have as well.
    let is_key = |value: &Range<usize>| {
        let behind = text[value.end..].get(1..).unwrap_or_default().trim_ascii_start();
        list.form == Form::Map && (behind.starts_with(b":") || behind.starts_with(b"=>"))
    };
    let is_one = |(value, _): &Literal| {
        let named = &text[name.clone()];
        is_item(named, &text[value.clone()], kind) && (!is_key(value) || says_whose(&names::words(named)))
    };
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
    let mut values = match columns::columns(text, name) {
        values if values.is_empty() => heading::values_below(text, name, sign.end.is_none()),
        values => values,
    };
    let is_hashed =
        || names::words(&text[name.clone()]).iter().any(|word| word.contains("pass") || word == "pwd");
    let is_digest = |value: &[u8]| value.len() >= 32 && value.iter().all(u8::is_ascii_hexdigit);
    if !values.is_empty() && is_hashed() {
        values.retain(|value| !is_digest(&text[value.clone()]));
    }
    values
}

/// Whether a name is a column's that is called nothing but a secret, beside one of accounts: what stands there lets the account
/// in, drawn or chosen.
fn is_beside_account(text: &[u8], name: &Range<usize>) -> bool {
    const LONGEST: usize = 400;
    const SECRETS: [&str; 4] = ["secret", "secrets", "credential", "credentials"];
    const ACCOUNTS: [&str; 10] = [
        "account",
        "user",
        "username",
        "login",
        "userid",
        "benutzer",
        "benutzername",
        "konto",
        "usuario",
        "bruker",
    ];
    if !SECRETS.contains(&names::normalized(&text[name.clone()]).as_str()) {
        return false;
    }
    let lead = &text[name.start.saturating_sub(LONGEST)..name.start];
    let lead = &lead[lead.iter().rposition(|b| matches!(b, b'\n' | b'(')).map_or(0, |at| at + 1)..];
    let rest = &text[name.end..text.len().min(name.end + LONGEST)];
    let rest = &rest[..rest.iter().position(|b| matches!(b, b'\n' | b')')).unwrap_or(rest.len())];
    let is_sign = |b: &u8| matches!(b, b',' | b';' | b'|' | b'!' | b'\t');
    let mut cells = lead.split(is_sign).chain(rest.split(is_sign));
    cells.any(|cell| ACCOUNTS.iter().any(|account| names::normalized(cell).ends_with(account)))
}

/// The list that a sign gives to the name.
fn read(text: &[u8], around: Around<'_>, (name, sign): (&Range<usize>, &Sign), kind: Kind) -> Option<List> {
    let (start, end) = around.last_list.get();
    if (start..end).contains(&name.start) {
        return None;
    }
    let is_bare = around.syntax == Syntax::Bare;
    let list = list::at(text, name, sign, is_bare)?;
    around.last_list.set((name.end, list.end));
    // One alone is an item where the name is of several.
    let named = &text[name.clone()];
    let is_plural = list::is_of_several(text, name);
    let is_list = list.items.len() > usize::from(!is_plural && (!is_bare || list.form == Form::Map));
    let is_of_accounts = || kind == Kind::Passwords && list.form == Form::Map && are_accounts(named);
    let is_in_place = || pair::in_place(text, name) == Some(true);
    (is_list && (is_in_place() || names::role(named) == Role::Secret || is_of_accounts())).then_some(list)
}

/// Whether a name is that of accounts, which a map may give passwords: `USERS = {"kim": "…"}`. What else it gives them is no value
/// drawn from all signs.
pub(super) fn are_accounts(name: &[u8]) -> bool {
    const ACCOUNTS: [&str; 3] = ["accounts", "users", "logins"];
    names::words(name).last().is_some_and(|last| ACCOUNTS.contains(&last.as_str()))
}

/// Whether an item of a list was drawn for what the name says: under names for passwords lists of words stand as often as
/// passwords, and `keys` are what things are looked up by, or the prints of fingers.
fn is_item(name: &[u8], value: &[u8], kind: Kind) -> bool {
    if kind == Kind::Passwords && are_accounts(name) {
        return generated::is_generated(value);
    }
    if kind == Kind::Passwords {
        return generated::is_generated(value) || is_drawn_password(value);
    }
    let words = names::words(name);
    let is_key = words.last().is_some_and(|last| matches!(last.as_str(), "key" | "keys"));
    let is_told = says_whose(&words);
    // What a chain calls its tokens, in base58.
    let is_address = matches!(value.len(), 43 | 44) && value.iter().all(u8::is_ascii_alphanumeric);
    match is_key {
        _ if is_told => true,
        true => words.len() > 1 && !value.iter().all(u8::is_ascii_hexdigit) && is_drawn_piece(value),
        false => !is_address,
    }
}

/// Whether a name says of whom or for what its keys and tokens are.
fn says_whose(words: &[String]) -> bool {
    const WORDS: [&str; 12] = [
        "api",
        "access",
        "secret",
        "auth",
        "master",
        "encryption",
        "signing",
        "service",
        "license",
        "internal",
        "bearer",
        "client",
    ];
    words.iter().any(|word| WORDS.contains(&word.as_str()))
}

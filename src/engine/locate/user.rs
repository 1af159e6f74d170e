//! The user that stands before a password: `user:value`, `Basic user value`.

use std::ops::Range;

use crate::engine::locate::words::is_ident;
use crate::engine::names;
use crate::engine::syntax::flow::used;
use crate::engine::syntax::neighbour::line_before;
use crate::engine::value::entropy;

/// How far behind a user the password of the same login is looked for, bytes.
const LONGEST_PAIR: usize = 200;

/// The user of what may be a password, which must look like an id or a name. Nothing before `floor` is looked at.
pub(in crate::engine) fn user_before(
    text: &[u8],
    floor: usize,
    value: &Range<usize>,
) -> Option<Range<usize>> {
    let before = &text[floor..value.start];
    let user = if before.ends_with(b":") { joined(text, floor, value) } else { spelled(before) };
    let user = user.filter(|user| !user.is_empty()).map(|user| floor + user.start..floor + user.end);
    user.or_else(|| put_together(text, floor, value.start))
}

/// The user of a pair that an expression puts together, `SID + ':' + '…'`: what the literal before the colon holds, or what
/// the variable is given that is called after an account.
fn put_together(text: &[u8], floor: usize, at: usize) -> Option<Range<usize>> {
    const USERS: [&str; 9] =
        ["sid", "id", "user", "username", "login", "account", "accountsid", "userid", "authid"];
    let sign = |before: &[u8]| {
        let bare = before.trim_ascii_end();
        let rest = bare.strip_suffix(b"+").or(bare.strip_suffix(b"&")).or(bare.strip_suffix(b"."))?;
        Some(rest.trim_ascii_end().len())
    };
    let quote = |b: &u8| matches!(b, b'"' | b'\'');
    let before = text[floor..at].strip_suffix(b"\"").or(text[floor..at].strip_suffix(b"'"))?;
    let colon = &before[..sign(before)?];
    let lead = [&b"\":\""[..], b"':'"].iter().find_map(|literal| colon.strip_suffix(*literal))?;
    let user = &lead[..sign(lead)?];
    if user.last().is_some_and(quote) {
        let close = user.len() - 1;
        let open = user[..close].iter().rposition(|b| *b == user[close])?;
        return Some(floor + open + 1..floor + close);
    }
    let length = user.iter().rev().take_while(|b| is_ident(**b)).count();
    let name = floor + user.len() - length..floor + user.len();
    let is_user = names::words(&text[name.clone()]).last().is_some_and(|last| USERS.contains(&last.as_str()));
    is_user.then(|| used::resolved(text, &name).unwrap_or(name))
}

/// `user:value`, with or without `@host` behind it.
fn joined(text: &[u8], floor: usize, value: &Range<usize>) -> Option<Range<usize>> {
    let before = text[floor..value.start].strip_suffix(b":")?;
    let count = |counts: fn(u8) -> bool| before.iter().rev().take_while(|b| counts(**b)).count();
    let name = count(|b| is_ident(b) || matches!(b, b'-' | b'.' | b'+' | b'%' | b'~'));
    let variable = count(|b| is_ident(b) || matches!(b, b'$' | b'{' | b'}' | b'(' | b')'));
    let switches = glued_switches(&before[before.len() - name..]);
    let is_glued = switches > 0
        && crate::memmem::find(line_before(before, before.len(), before.len()), b"curl").is_some();
    if is_glued && switches < name {
        return Some(before.len() - name + switches..before.len());
    }
    let lead = &before[..before.len() - name.max(variable)];
    let bare = lead.trim_ascii_end();
    let bare = bare.strip_suffix(b"\"").or(bare.strip_suffix(b"'")).unwrap_or(lead).trim_ascii_end();
    let is_option =
        [&b"-u"[..], b"--user", b"--user=", b"--basic"].iter().any(|option| bare.ends_with(option));
    let is_user = text.get(value.end) == Some(&b'@') || lead.ends_with(b"//") || is_option || is_basic(bare);
    is_user.then_some(lead.len()..before.len())
}

/// How many bytes before a user are the options that curl lets stand before it: `-su` of `-sukim`.
pub(in crate::engine) fn glued_switches(operand: &[u8]) -> usize {
    const SWITCHES: &[u8] = b"sSfkLvigGIjlnNOqRaB#0123467";
    let Some(rest) = operand.strip_prefix(b"-") else { return 0 };
    let switches = rest.iter().take_while(|b| SWITCHES.contains(b)).count();
    if rest.get(switches) == Some(&b'u') { switches + 2 } else { 0 }
}

/// `Authorization: Basic user value`, which clients of `.http` files encode.
fn spelled(before: &[u8]) -> Option<Range<usize>> {
    let user = before.trim_ascii_end();
    let start = user.iter().rposition(u8::is_ascii_whitespace)? + 1;
    let is_apart = matches!(before.last(), Some(b' ' | b'\t')) && !before[user.len()..].contains(&b'\n');
    (is_apart && is_basic(user[..start].trim_ascii_end())).then_some(start..user.len())
}

fn is_basic(before: &[u8]) -> bool {
    before.len() >= 5 && before[before.len() - 5..].eq_ignore_ascii_case(b"basic")
}

/// Whether a value is the first of two that a login takes, both drawn: the user, which only goes with the other.
pub(in crate::engine) fn is_user_of_two(text: &[u8], value: &Range<usize>) -> bool {
    let behind = &text[value.end..text.len().min(value.end + LONGEST_PAIR)];
    let is_gap = |b: &u8| matches!(b, b'"' | b'\'' | b',' | b' ');
    let gap = behind.iter().take_while(|b| is_gap(b)).count();
    let is_quote = |b: &u8| matches!(b, b'"' | b'\'');
    let second = &behind[gap..];
    let second = &second[..second.iter().position(is_quote).unwrap_or(0)];
    gap > 2
        && behind[..gap].iter().filter(|b| is_quote(b)).count() == 2
        && second.iter().any(u8::is_ascii_digit)
        && entropy::looks_random(second, 0.0)
}

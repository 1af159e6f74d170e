//! The user that stands before a password: `user:value`, `Basic user value`.

use std::ops::Range;

use crate::engine::locate::words::is_ident;
use crate::engine::names;
use crate::engine::syntax::flow::used;
use crate::engine::syntax::literal::is_quote;
use crate::engine::syntax::neighbour::line_before;
use crate::engine::value::entropy;

/// How far behind a user the password of the same login is looked for, bytes; how far before one what speaks of a login.
const LONGEST_PAIR: usize = 200;
/// How far behind a pair what encodes it stands, and longest expression that is put into a text, bytes.
const LONGEST_ENCODING: usize = 48;
const LONGEST_INSERTED: usize = 96;

/// The user of what may be a password, which must look like an id or a name. Nothing before `floor` is looked at.
pub(in crate::engine) fn user_before(
    text: &[u8],
    floor: usize,
    value: &Range<usize>,
) -> Option<Range<usize>> {
    let before = &text[floor..value.start];
    let user = if before.ends_with(b":") { joined(text, floor, value) } else { spelled(before) };
    let user = user.filter(|user| !user.is_empty()).map(|user| floor + user.start..floor + user.end);
    user.or_else(|| of_expression(text, floor, value))
}

/// The user of a pair that an expression gives: `"$sid:…"`, `sid + ":…"`, `sid + ":" + "…"`, `-u "$SID":"…"`. It is what a
/// literal holds, or the name of a variable or what that is given. A colon stands between other things as well, so
/// the name is one of a user, or what stands around speaks of a login.
pub(in crate::engine) fn of_expression(
    text: &[u8],
    floor: usize,
    value: &Range<usize>,
) -> Option<Range<usize>> {
    let before = &text[floor..value.start];
    let (user, is_sure) = match before.strip_suffix(b":") {
        Some(lead) => match without_quote(lead) {
            Some(outside) => match before_sign(outside) {
                Some(end) => (last_of(&outside[..end])?, false),
                None => (operand(outside)?, true),
            },
            None => {
                let (name, start) = inserted(lead)?;
                let outside = &lead[..start];
                let is_whole = without_quote(outside).is_some() || outside.ends_with(b"//");
                let is_operand = is_operand(outside);
                (Some(name).filter(|_| is_whole || is_operand)?, is_operand)
            }
        },
        None => {
            let lead = without_quote(before)?;
            match lead.strip_suffix(b":") {
                Some(lead) => (operand(without_quote(lead).unwrap_or(lead))?, true),
                None => put_together(lead)?,
            }
        }
    };
    let name = floor + user.start..floor + user.end;
    let is_cached = || {
        let statement = statement_before(text, value.start).to_ascii_lowercase();
        crate::memmem::find(&statement, b"cache").is_some()
    };
    let is_user = is_sure || is_of_login(text, value) || is_user_name(&text[name.clone()]) && !is_cached();
    is_user.then(|| used::resolved(text, &name).unwrap_or(name))
}

/// The variable that a shell puts in for the user of an option: `-u "$SID` and `--user $SID`, whose password has quotes
/// of its own or none.
fn operand(lead: &[u8]) -> Option<Range<usize>> {
    let (name, start) = inserted(lead)?;
    is_operand(&lead[..start]).then_some(name)
}

/// Whether what stands behind this, in quotes or not, is the user of an option.
fn is_operand(before: &[u8]) -> bool {
    is_option(without_quote(before).unwrap_or(before).trim_ascii_end())
}

/// The user before the literal that a colon has of its own, `SID + ':' + '…'`, and whether that is sure to be one.
fn put_together(before: &[u8]) -> Option<(Range<usize>, bool)> {
    let colon = &before[..before_sign(before)?];
    let lead = [&b"\":\""[..], b"':'"].iter().find_map(|literal| colon.strip_suffix(*literal))?;
    let user = &lead[..before_sign(lead)?];
    let is_literal = user.last().is_some_and(is_quote);
    let last = last_of(user)?;
    let is_id = names::words(&user[last.clone()]).last().is_some_and(|last| last == "id");
    Some((last, is_literal || is_id))
}

/// Whether a name is what somebody is called who logs in: the end of `TWILIO_ACCOUNT_SID`. An id alone may be anything's.
pub(in crate::engine) fn is_user_name(name: &[u8]) -> bool {
    const USERS: [&str; 9] =
        ["sid", "user", "username", "login", "email", "account", "accountsid", "userid", "authid"];
    match &names::words(name)[..] {
        [.., of, last] if last == "id" => matches!(of.as_str(), "account" | "auth"),
        [.., last] => USERS.contains(&last.as_str()),
        [] => false,
    }
}

/// What stands before a value in its statement, as far as the line tells.
fn statement_before(text: &[u8], at: usize) -> &[u8] {
    let line = line_before(text, at, LONGEST_PAIR);
    &line[memchr::memrchr(b';', line).map_or(0, |end| end + 1)..]
}

/// Whether the statement of a value speaks of a login with user and password, or a host stands behind it.
fn is_of_login(text: &[u8], value: &Range<usize>) -> bool {
    const MARKS: [&[u8]; 6] = [b"userpwd", b"basic", b"btoa(", b"base64", b"b64", b"--user"];
    let behind = &text[value.end..text.len().min(value.end + LONGEST_ENCODING)];
    let line = statement_before(text, value.start).to_ascii_lowercase();
    behind.starts_with(b"@")
        || MARKS.iter().any(|mark| crate::memmem::find(&line, mark).is_some())
        || crate::memmem::find(&behind.to_ascii_lowercase(), b"base64").is_some()
}

fn without_quote(text: &[u8]) -> Option<&[u8]> {
    text.split_last().filter(|(last, _)| is_quote(last)).map(|(_, rest)| rest)
}

/// Where an expression ends before the sign that puts it together with what is behind it.
fn before_sign(before: &[u8]) -> Option<usize> {
    let bare = before.trim_ascii_end();
    let sign = *bare.last().filter(|b| matches!(b, b'+' | b'&' | b'.'))?;
    let signs = bare.iter().rev().take(2).take_while(|b| **b == sign).count();
    Some(bare[..bare.len() - signs].trim_ascii_end().len())
}

/// What a literal holds that ends an expression, or the last name in that: `SID` of `process.env.SID`, `env["SID"]`.
fn last_of(expression: &[u8]) -> Option<Range<usize>> {
    if let Some(literal) = without_quote(expression) {
        let open = literal.iter().rposition(|b| *b == expression[literal.len()])?;
        return Some(open + 1..literal.len());
    }
    let is_end = |b: &u8| matches!(b, b')' | b']' | b' ') || is_quote(b);
    let end = expression.len() - expression.iter().rev().take_while(|b| is_end(b)).count();
    let length = expression[..end].iter().rev().take_while(|b| is_ident(**b)).count();
    (length > 0).then(|| end - length..end)
}

/// The name in what is put into a text, which ends with that, and where it begins: `$sid`, `${SID}`, `{user.sid}`, `\(sid)`,
/// `$(cat sid)`.
fn inserted(lead: &[u8]) -> Option<(Range<usize>, usize)> {
    let (open, is_bare) = match lead.last()? {
        b'}' => (b'{', true),
        b')' => (b'(', false),
        _ => {
            let in_path = |b: &u8| is_ident(*b) || matches!(b, b'-' | b'>' | b'.');
            let path = lead.len() - lead.iter().rev().take_while(|b| in_path(b)).count();
            let start = lead[..path].strip_suffix(b"$")?.len();
            return Some((last_of(&lead[path..]).map(|name| path + name.start..path + name.end)?, start));
        }
    };
    let from = lead.len().saturating_sub(LONGEST_INSERTED);
    let at = from + lead[from..].iter().rposition(|b| *b == open)?;
    let sign = lead[..at].last().is_some_and(|b| matches!(b, b'$' | b'#' | b'\\'));
    let inner = &lead[at + 1..lead.len() - 1];
    let name = last_of(inner).map(|name| at + 1 + name.start..at + 1 + name.end)?;
    (sign || is_bare).then(|| (name, at - usize::from(sign)))
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
    let is_user =
        text.get(value.end) == Some(&b'@') || lead.ends_with(b"//") || is_option(bare) || is_basic(bare);
    is_user.then_some(lead.len()..before.len())
}

/// Whether a command line's option for a user and a password ends here.
fn is_option(line: &[u8]) -> bool {
    const OPTIONS: [&[u8]; 6] = [b"-u", b"--user", b"--user=", b"--basic", b"--auth", b"--auth="];
    OPTIONS.iter().any(|option| line.ends_with(option))
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
    let second = &behind[gap..];
    let second = &second[..second.iter().position(is_quote).unwrap_or(0)];
    gap > 2
        && behind[..gap].iter().filter(|b| is_quote(b)).count() == 2
        && second.iter().any(u8::is_ascii_digit)
        && entropy::looks_random(second, 0.0)
}

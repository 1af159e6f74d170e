//! Passwords in connection strings: of ADO.NET, ODBC, JDBC and libpq, of Oracle, of Go's driver for MySQL.

use std::borrow::Cow;

use super::url::{
    LONGEST_USER_INFO, is_local_host, is_number, is_of_example, is_strong, is_torn, sure_of, user_part,
};
use super::{Around, Parsed, is_weak};
use crate::engine::Syntax;
use crate::engine::syntax::neighbour::line_before;
use crate::engine::value::{entropy, weak};

/// How far before a password its line is looked at, and how far behind its name, bytes.
const LONGEST_LEAD: usize = 300;
const LONGEST_REST: usize = 200;

/// `Password=…;` beside a server or a user in the same string (ADO.NET, ODBC, JDBC, libpq).
pub(super) fn password(text: &[u8], around: Around<'_>) -> Option<Parsed> {
    let start = around.at + around.keyword.len();
    if around.keyword == b"oracle:thin:" {
        return oracle(text, start);
    }
    if around.keyword.starts_with(b"@") {
        return go_dsn(text, around);
    }
    let lead = line_before(text, around.at, LONGEST_LEAD);
    let window = &text[start..text.len().min(start + LONGEST_REST)];
    let is_end =
        |b: &u8| b.is_ascii_whitespace() || matches!(b, b';' | b'"' | b'\'' | b'&' | b'<' | b'\\' | b'`');
    let end = window.iter().position(is_end).unwrap_or(window.len());
    let (value, rest) = window.split_at(end);
    let rest = &rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len())];
    // ODBC and SQL Server put braces around a value that holds signs.
    let braced = value.strip_prefix(b"{").and_then(|value| value.strip_suffix(b"}"));
    let braced = braced.filter(|value| !value.is_empty() && is_strong(value));
    let secret = braced.unwrap_or(value);
    let is_code = || around.syntax == Syntax::Code && (is_expression(secret) && !is_in_literal(lead));
    if !is_value(secret) || is_member(lead) || !is_connection(lead, rest) || is_code() {
        return None;
    }
    let start = start + usize::from(braced.is_some());
    Some(Parsed {
        secret: start..start + secret.len(),
        confidence: sure_of(secret, weak::is_made_up(secret)),
        why: Cow::Borrowed("password of a connection string"),
        parts: Vec::new(),
    })
}

/// Whether what stands behind the sign is a password that somebody has.
fn is_value(secret: &[u8]) -> bool {
    // A comparison: `password=== other.password`.
    let compares = || matches!(secret[0], b'=' | b'>');
    // `PWD=/home/kim` of a shell, as `sudo` logs it.
    let is_of_path = |b: &u8| b.is_ascii_alphabetic() || matches!(b, b'/' | b'_' | b'-' | b'.');
    let is_path = || secret[0] == b'/' && secret[1..].contains(&b'/') && secret.iter().all(is_of_path);
    secret.len() >= 4 && !compares() && !is_path() && !is_weak(secret, b"")
}

/// Whether a name is that of a member: `e.username=o.username,this.userPassword=props.userPassword`.
fn is_member(lead: &[u8]) -> bool {
    let is_ident = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'$');
    let name = lead.iter().rev().take_while(|b| is_ident(b)).count();
    lead[..lead.len() - name].ends_with(b".")
}

/// Whether what stands on the line before a password and behind it makes a connection string of it: a server, a user or a
/// database, and a sign that divides them.
fn is_connection(lead: &[u8], rest: &[u8]) -> bool {
    const PARTS: [&[u8]; 12] = [
        b"server=",
        b"data source=",
        b"host=",
        b"user id=",
        b"uid=",
        b"user=",
        b"username=",
        b"initial catalog=",
        b"database=",
        b"dbname=",
        b"jdbc:",
        b"addr=",
    ];
    const DIVIDED: [&[u8]; 3] = [b";", b"jdbc:", b"dbname="];
    let beside = [lead, rest].concat().to_ascii_lowercase();
    let has_one = |marks: &[&[u8]]| marks.iter().any(|mark| crate::memmem::find(&beside, mark).is_some());
    has_one(&PARTS) && has_one(&DIVIDED)
}

/// `jdbc:oracle:thin:user/password@host`.
fn oracle(text: &[u8], start: usize) -> Option<Parsed> {
    let window = &text[start..text.len().min(start + LONGEST_USER_INFO)];
    let at = memchr::memchr(b'@', window)?;
    let slash = memchr::memchr(b'/', &window[..at])?;
    let (user, password) = (&window[..slash], &window[slash + 1..at]);
    let plain = |text: &[u8]| !text.is_empty() && text.iter().all(|b| b.is_ascii_graphic() && *b != b'"');
    if !plain(user) || !plain(password) || password.len() < 4 || is_weak(password, user) {
        return None;
    }
    Some(Parsed {
        secret: start + slash + 1..start + at,
        confidence: sure_of(password, weak::is_made_up(password)),
        why: Cow::Borrowed("password of an Oracle URL (`user/password@host`)"),
        parts: user_part(start..start + slash),
    })
}

/// `user:password@tcp(host:port)/database` and `…@unix(path)/database`, as Go's driver for MySQL reads it. The keyword is the
/// sign and what opens the address.
fn go_dsn(text: &[u8], around: Around<'_>) -> Option<Parsed> {
    let from = around.at.saturating_sub(LONGEST_USER_INFO);
    let lead = &text[from..around.at];
    let is_end = |b: &u8| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'`' | b'<' | b'>' | b'\\');
    let start = lead.iter().rposition(is_end).map_or(0, |at| at + 1);
    // `DATABASE_DSN=app:…`, but a password may hold the sign.
    let is_name = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b':');
    let named = lead[start..].iter().take_while(|b| is_name(b)).count();
    let is_given = lead.get(start + named) == Some(&b'=') && !lead[start..start + named].contains(&b':');
    let start = start + if is_given { named + 1 } else { 0 };
    let colon = memchr::memchr(b':', &lead[start..])?;
    let (user, secret) = (&lead[start..start + colon], &lead[start + colon + 1..]);
    let open = around.at + around.keyword.len();
    let address = &text[open..text.len().min(open + LONGEST_USER_INFO)];
    let address = &address[..memchr::memchr2(b')', b'\n', address).filter(|at| address[*at] == b')')?];
    let host = address.split(|b| *b == b':').next().unwrap_or_default();
    let is_url = secret.starts_with(b"//");
    if is_url || user.is_empty() || secret.len() < 4 || is_weak(secret, user) || is_torn(user) {
        return None;
    }
    if is_of_example(host, secret) || is_number(host) || host.is_empty() {
        return None;
    }
    let filler = weak::is_made_up(secret) || entropy::is_regular(secret);
    let is_local = around.keyword != b"@unix(" && is_local_host(host) && !is_strong(secret);
    Some(Parsed {
        secret: from + start + colon + 1..around.at,
        confidence: sure_of(secret, filler || is_local),
        why: Cow::Borrowed("password of a data source name (`user:password@tcp(host)/database`)"),
        parts: user_part(from + start..from + start + colon),
    })
}

/// Whether a value is code: names that dots, questions and brackets join, `props.password`, `value}get`.
fn is_expression(value: &[u8]) -> bool {
    const SIGNS: &[u8] = b".?(){}[]:|&,!$_=";
    let is_sign = |b: &u8| SIGNS.contains(b);
    value[0].is_ascii_alphabetic()
        && value.iter().any(is_sign)
        && value.iter().all(|b| b.is_ascii_alphanumeric() || is_sign(b))
        && value.split(is_sign).all(|word| !word.first().is_some_and(u8::is_ascii_digit) || word.len() == 1)
}

/// Whether a literal is open at the end of `before`: code goes on behind one that was closed.
fn is_in_literal(before: &[u8]) -> bool {
    let quote = before.iter().rposition(|b| matches!(b, b'"' | b'\'' | b'`'));
    let behind = |at: usize| before.get(at + 1).copied().unwrap_or(b'x');
    quote.is_some_and(|at| !(behind(at).is_ascii_whitespace() || b"),;]}:.?&|=+!<>".contains(&behind(at))))
}

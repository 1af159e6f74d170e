//! Passwords in SQL: `IDENTIFIED BY '…'`, `ALTER ROLE … PASSWORD '…'`, `CREATE LOGIN … PASSWORD = '…'`.

use std::borrow::Cow;
use std::ops::Range;

use super::{Around, Parsed, is_weak, password_confidence};
use crate::catalogue::Confidence;
use crate::engine::syntax::literal;
use crate::part::start_in;

/// How far before the keyword its statement may start, bytes.
const LONGEST_STATEMENT: usize = 300;
/// Longest password, bytes.
const LONGEST: usize = 100;

/// The literal behind the keyword, when the statement is about a user.
pub(super) fn password(text: &[u8], around: Around<'_>) -> Option<Parsed> {
    if around.keyword.starts_with(b"connect") {
        return connected(text, around.at);
    }
    let (secret, is_bare) = given(text, around)?;
    let bytes = &text[secret.clone()];
    if !is_password(bytes) || !is_about_user(text, around.at) {
        return None;
    }
    // A bare word may be one of the grammar: documentation writes `IDENTIFIED BY password`.
    let wordy = is_bare && !bytes.iter().any(u8::is_ascii_digit);
    let confidence = if wordy { Confidence::Low } else { password_confidence(bytes, Confidence::Medium) };
    let why = Cow::Borrowed("password of a database user in SQL");
    Some(Parsed { secret, confidence, why, parts: Vec::new() })
}

/// What stands behind the keyword, and whether it has no quotes, which only some statements leave out.
fn given(text: &[u8], around: Around<'_>) -> Option<(Range<usize>, bool)> {
    // A keyword may end in the mark that opens the literal.
    let is_word = |b: &u8| !matches!(b, b'\'' | b'$');
    let word_end = around.at + around.keyword.iter().rposition(is_word).map_or(0, |n| n + 1);
    let skip = |at: usize, skip: &dyn Fn(u8) -> bool| {
        at + text[at..].iter().take(24).take_while(|b| skip(**b)).count()
    };
    let at = skip(word_end, &|b| b.is_ascii_whitespace() || matches!(b, b'=' | b'('));
    // `IDENTIFIED BY PASSWORD '*…'` holds a hash; `WITH caching_sha2_password BY '…'` the password.
    if text[at..].get(..8).is_some_and(|word| word.eq_ignore_ascii_case(b"password")) {
        return None;
    }
    let at = at + usize::from(text[at..].starts_with(b"N'"));
    let open = skip(at, &|b| b == b'\\');
    let up_to = |start: usize, is_end: &dyn Fn(&u8) -> bool| {
        let window = &text[start..text.len().min(start + LONGEST)];
        Some(start..start + window.iter().position(is_end)?)
    };
    if let Some(quote @ (b'\'' | b'"')) = text.get(open) {
        // `split(" IDENTIFIED BY")`: the end of a literal, not the start of one.
        let is_end = open == word_end && closes(&text[..open], *quote);
        let found = up_to(open + 1, &|b| b == quote || matches!(b, b'\\' | b'\n'));
        return found.filter(|_| !is_end).map(|found| (found, false));
    }
    // `$$…$$`, `q'[…]'`.
    if matches!(text.get(at), Some(b'$' | b'q' | b'Q'))
        && let Some(found) = literal::at(text, at)
    {
        return Some((found.value, false));
    }
    let is_end = |b: &u8| b.is_ascii_whitespace() || matches!(b, b';' | b',' | b')' | b'"' | b'\'');
    let may_be_bare = around.keyword.starts_with(b"identified");
    may_be_bare.then(|| up_to(open, &is_end)).flatten().map(|found| (found, true))
}

/// Whether a password is given, and no parameter that is bound later, and none in the form that it is kept in.
fn is_password(bytes: &[u8]) -> bool {
    bytes.len() >= 4
        && !matches!(bytes[0], b'*' | b'?' | b':' | b'@')
        && !is_stored(bytes)
        && !is_weak(bytes, b"")
        && bytes.iter().all(u8::is_ascii_graphic)
}

/// Whether PostgreSQL keeps a password in this form: the digest of one, which a dump of its roles holds.
fn is_stored(bytes: &[u8]) -> bool {
    let is_md5 = |digest: &[u8]| digest.len() == 32 && digest.iter().all(u8::is_ascii_hexdigit);
    bytes.strip_prefix(b"md5").is_some_and(is_md5) || bytes.starts_with(b"SCRAM-SHA-256$")
}

/// Whether a quote behind `before` ends a literal that opens on the same line.
fn closes(before: &[u8], quote: u8) -> bool {
    let near = &before[before.len().saturating_sub(LONGEST_STATEMENT)..];
    let line = &near[memchr::memrchr(b'\n', near).map_or(0, |at| at + 1)..];
    memchr::memchr_iter(quote, line).count() % 2 == 1
}

/// `CONNECT TO database USER user USING password` of Db2.
fn connected(text: &[u8], at: usize) -> Option<Parsed> {
    let window = &text[at..text.len().min(at + LONGEST_STATEMENT)];
    let words: Vec<&[u8]> = window.split(u8::is_ascii_whitespace).take(8).collect();
    let [_, _, _, user, _, using, password, ..] = words[..] else { return None };
    let is = |word: &[u8], keyword: &[u8]| word.eq_ignore_ascii_case(keyword);
    if !is(user, b"user") || !is(using, b"using") {
        return None;
    }
    // A statement within a literal has its quotes twice: `USING ''…''`.
    let bare = &password[password.iter().take_while(|b| matches!(b, b'"' | b'\'')).count()..];
    let stop = |b: &u8| matches!(b, b'"' | b'\'' | b';' | b'`' | b'\\' | b')');
    let bytes = &bare[..bare.iter().position(stop).unwrap_or(bare.len())];
    if bytes.len() < 4 || bytes.contains(&b'$') || is_weak(bytes, words[4]) {
        return None;
    }
    let start = at + start_in(window, bytes);
    Some(Parsed {
        secret: start..start + bytes.len(),
        confidence: password_confidence(bytes, Confidence::Medium),
        why: Cow::Borrowed("password of a database user in SQL"),
        parts: Vec::new(),
    })
}

/// What precedes a place in its statement, lower case.
fn statement(before: &[u8]) -> Vec<u8> {
    let near = &before[before.len().saturating_sub(LONGEST_STATEMENT)..];
    near[memchr::memrchr(b';', near).map_or(0, |at| at + 1)..].to_ascii_lowercase()
}

/// The database whose dialect the statement before a password is written in, by the word that the catalogue knows it
/// by. The grammars: CREATE USER of MySQL, Oracle and ClickHouse, CREATE ROLE of PostgreSQL, CREATE LOGIN of SQL Server.
pub(in crate::engine) fn dialect(before: &[u8]) -> Option<&'static str> {
    let statement = statement(before);
    let has = |word: &[u8]| crate::memmem::find(&statement, word).is_some();
    if has(b"connect to ") && has(b" using ") && !has(b"identified ") {
        return Some("db2");
    }
    if has(b"create login ") || has(b"alter login ") {
        return Some("mssql");
    }
    if !has(b"identified ") {
        let is_account = has(b"role ") || has(b"user ");
        // PostgreSQL has no sign before the literal.
        let is_given = statement
            .trim_ascii_end()
            .strip_suffix(b"'")
            .unwrap_or(&statement)
            .trim_ascii_end()
            .ends_with(b"=");
        return is_account.then_some(match () {
            () if has(b"set password") => "mysql",
            () if is_given && has(b"with password") => "mssql",
            () if is_given => "snowflake",
            () => "postgres",
        });
    }
    let is_quoted = statement.ends_with(b"'");
    let has_host = has(b"@'") || has(b"@`") || has(b"@\"");
    Some(match () {
        () if has(b"sha256_hash") || has(b"sha256_password by") || has(b"plaintext_password") => "clickhouse",
        () if is_quoted || has_host => "mysql",
        () => "oracle",
    })
}

fn is_about_user(text: &[u8], at: usize) -> bool {
    let statement = statement(&text[..at]);
    let has = |word: &[u8]| crate::memmem::find(&statement, word).is_some();
    // `CREATE DATABASE LINK … CONNECT TO user IDENTIFIED BY` of Oracle.
    let is_link = has(b"database link ") && has(b"connect to ");
    is_link
        || (has(b"create ") || has(b"alter ") || has(b"set ") || has(b"grant "))
            && (has(b"user ") || has(b"role ") || has(b"login ") || has(b"set password") || has(b"grant "))
}

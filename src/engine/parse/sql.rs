//! Passwords in SQL: `IDENTIFIED BY '…'`, `ALTER ROLE … PASSWORD '…'`, `CREATE LOGIN … PASSWORD = '…'`.

use std::borrow::Cow;

use super::{Around, Parsed, is_weak, password_confidence};
use crate::catalogue::Confidence;
use crate::engine::syntax::literal;
use crate::part::start_in;

/// How far before the keyword its statement may start, bytes.
const LONGEST_STATEMENT: usize = 300;

/// The literal behind the keyword, when the statement is about a user.
pub(super) fn password(text: &[u8], around: Around<'_>) -> Option<Parsed> {
    if around.keyword.starts_with(b"connect") {
        return connected(text, around.at);
    }
    // A keyword may end in the mark that opens the literal.
    let is_word = |b: &u8| !matches!(b, b'\'' | b'$');
    let word_end = around.at + around.keyword.iter().rposition(is_word).map_or(0, |n| n + 1);
    let mut at = word_end;
    let skip = |at: usize, skip: &dyn Fn(u8) -> bool| {
        at + text[at..].iter().take(24).take_while(|b| skip(**b)).count()
    };
    at = skip(at, &|b| b.is_ascii_whitespace() || matches!(b, b'=' | b'('));
    // `IDENTIFIED BY PASSWORD '*…'` holds a hash; `WITH caching_sha2_password BY '…'` the password.
    if text[at..].get(..8).is_some_and(|word| word.eq_ignore_ascii_case(b"password")) {
        return None;
    }
    if text.get(at) == Some(&b'N') && text.get(at + 1) == Some(&b'\'') {
        at += 1;
    }
    let escaped = skip(at, &|b| b == b'\\');
    let quote = text.get(escaped).copied().filter(|b| matches!(b, b'\'' | b'"'));
    // `$$…$$`, `q'[…]'`.
    let opens = quote.is_none() && matches!(text.get(at), Some(b'$' | b'q' | b'Q'));
    let marked = opens.then(|| literal::at(text, at)).flatten();
    let identified = around.keyword.starts_with(b"identified");
    if quote.is_none() && marked.is_none() && !identified || !is_about_user(text, around.at) {
        return None;
    }
    // `split(" IDENTIFIED BY")`: the end of a literal, not the start of one.
    if quote.is_some_and(|quote| escaped == word_end && closes(&text[..escaped], quote)) {
        return None;
    }
    let start = escaped + usize::from(quote.is_some());
    let stop = |b: &u8| match quote {
        Some(quote) => *b == quote || matches!(b, b'\\' | b'\n'),
        None => b.is_ascii_whitespace() || matches!(b, b';' | b',' | b')' | b'"' | b'\''),
    };
    let window = &text[start..text.len().min(start + 100)];
    let secret = match &marked {
        Some(literal) => literal.value.clone(),
        None => start..start + window.iter().position(stop)?,
    };
    let bytes = &text[secret.clone()];
    let is_mark = bytes.starts_with(b"*")
        || bytes.starts_with(b"?")
        || bytes.starts_with(b":")
        || bytes.starts_with(b"@");
    if bytes.len() < 4
        || is_mark
        || is_stored(bytes)
        || is_weak(bytes, b"")
        || !bytes.iter().all(u8::is_ascii_graphic)
    {
        return None;
    }
    // A bare word may be one of the grammar: documentation writes `IDENTIFIED BY password`.
    let wordy = quote.is_none() && marked.is_none() && !bytes.iter().any(u8::is_ascii_digit);
    let least = if wordy { Confidence::Low } else { Confidence::Medium };
    Some(Parsed {
        secret,
        confidence: if wordy { Confidence::Low } else { password_confidence(bytes, least) },
        why: Cow::Borrowed("password of a database user in SQL"),
        parts: Vec::new(),
    })
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

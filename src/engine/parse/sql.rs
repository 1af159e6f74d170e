//! Passwords in SQL: `IDENTIFIED BY '…'`, `ALTER ROLE … PASSWORD '…'`, `CREATE LOGIN … PASSWORD = '…'`.

use std::borrow::Cow;

use super::{Around, Parsed, is_weak, password_confidence};
use crate::catalogue::Confidence;

/// How far before the keyword its statement may start, bytes.
const LONGEST_STATEMENT: usize = 300;

/// The literal behind the keyword, when the statement is about a user.
pub(super) fn password(text: &[u8], around: Around<'_>) -> Option<Parsed> {
    // A keyword may end in the quote that opens the literal.
    let mut at = around.at + around.keyword.iter().rposition(|b| *b != b'\'').map_or(0, |n| n + 1);
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
    let identified = around.keyword.starts_with(b"identified");
    if quote.is_none() && !identified || !is_about_user(text, around.at) {
        return None;
    }
    let start = escaped + usize::from(quote.is_some());
    let stop = |b: &u8| match quote {
        Some(quote) => *b == quote || matches!(b, b'\\' | b'\n'),
        None => b.is_ascii_whitespace() || matches!(b, b';' | b',' | b')' | b'"' | b'\''),
    };
    let window = &text[start..text.len().min(start + 100)];
    let secret = start..start + window.iter().position(stop)?;
    let bytes = &text[secret.clone()];
    let is_mark = bytes.starts_with(b"*")
        || bytes.starts_with(b"?")
        || bytes.starts_with(b":")
        || bytes.starts_with(b"@");
    if bytes.len() < 4 || is_mark || is_weak(bytes, b"") || !bytes.iter().all(u8::is_ascii_graphic) {
        return None;
    }
    // A bare word may be one of the grammar: documentation writes `IDENTIFIED BY password`.
    let wordy = quote.is_none() && !bytes.iter().any(u8::is_ascii_digit);
    let least = if wordy { Confidence::Low } else { Confidence::Medium };
    Some(Parsed {
        secret,
        confidence: if wordy { Confidence::Low } else { password_confidence(bytes, least) },
        why: Cow::Borrowed("password of a database user in SQL"),
        parts: Vec::new(),
    })
}

fn is_about_user(text: &[u8], at: usize) -> bool {
    let from = at.saturating_sub(LONGEST_STATEMENT);
    let start = memchr::memrchr(b';', &text[from..at]).map_or(from, |n| from + n + 1);
    let statement = text[start..at].to_ascii_lowercase();
    let has = |word: &[u8]| memchr::memmem::find(&statement, word).is_some();
    (has(b"create ") || has(b"alter ") || has(b"set ") || has(b"grant "))
        && (has(b"user ") || has(b"role ") || has(b"login ") || has(b"set password") || has(b"grant "))
}

//! Tokens in an `Authorization` header: `Bearer …`, `token …`, `ApiKey …`, or with no scheme at all.

use std::borrow::Cow;
use std::ops::Range;

use super::drawn::looks_drawn;
use super::plain::is_plain;
use super::{Around, Parsed, is_weak};
use crate::catalogue::Confidence;
use crate::engine::Syntax;
use crate::engine::syntax::neighbour::line_before;
use crate::engine::value::{entropy, weak};

/// Longest token that is read, bytes.
const LONGEST_TOKEN: usize = 2048;
/// How far around a value other headers are looked for, bytes.
const HEADERS: usize = 8 * 1024;
/// Longest scheme, and schemes that are read elsewhere or carry no token, lower case.
const LONGEST_SCHEME: usize = 20;
const OTHERS: [&[u8]; 4] = [b"bearer", b"basic", b"digest", b"negotiate"];

/// The token behind `Bearer ` or behind `Authorization` and a scheme.
pub(super) fn token(text: &[u8], around: Around<'_>) -> Option<Parsed> {
    if let Some(value) = value_before(text, around.at) {
        return token_before(text, value);
    }
    let (scheme, start) = behind_scheme(text, &around)?;
    let start = start + text[start..].iter().take(3).take_while(|b| **b == b' ').count();
    let in_token = |b: &&u8| {
        b.is_ascii_alphanumeric() || matches!(**b, b'.' | b'_' | b'~' | b'+' | b'/' | b'-' | b'=' | b':')
    };
    let length = text[start..].iter().take(LONGEST_TOKEN).take_while(in_token).count();
    // A colon joins parts, and ends a label.
    let length = length - usize::from(text[start..start + length].ends_with(b":"));
    let secret = start..start + length;
    let bytes = &text[secret.clone()];
    let digits = bytes.iter().filter(|b| b.is_ascii_digit()).count();
    let is_uuid = entropy::is_uuid(bytes) && !entropy::is_regular(bytes);
    let is_drawn = length >= 20
        && digits >= 2
        && !is_weak(bytes, b"")
        && !is_plain(bytes)
        && !weak::hides_nothing(bytes)
        && looks_drawn(bytes);
    let is_token = is_uuid || is_drawn && !is_signature(text, around.at, &secret);
    if !is_token || is_other_variable(text, &around, start) {
        return None;
    }
    let why = Cow::Owned(format!("a random value behind `{scheme}`"));
    Some(Parsed { secret, confidence: Confidence::Medium, why, parts: Vec::new() })
}

/// What the finding calls the header, and where behind the keyword, its signs and a scheme a token may stand.
fn behind_scheme(text: &[u8], around: &Around<'_>) -> Option<(&'static str, usize)> {
    let mut start = around.at + around.keyword.len();
    if around.keyword.starts_with(b"bearer") {
        return Some(("Bearer", start));
    }
    let is_sign =
        |b: &&u8| matches!(**b, b'"' | b'\'' | b'`' | b':' | b',' | b'=' | b' ' | b'\\' | b']' | b'>');
    // `httpHeaderValue1: ApiKey …` of Grafana.
    if around.keyword == b"httpheadervalue" {
        start += text[start..].iter().take(2).take_while(|b| b.is_ascii_digit()).count();
    }
    let signs = text[start..].iter().take(8).take_while(is_sign).count();
    start += signs;
    let rest = &text[start..text.len().min(start + LONGEST_SCHEME + 1)];
    let word = rest.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'-').count();
    let scheme = &rest[..word];
    // An element of XML is no header: what a shop calls its authorization is a payment's.
    let is_element = text[..around.at].ends_with(b"<");
    if signs == 0 || is_element || OTHERS.contains(&&scheme.to_ascii_lowercase()[..]) {
        return None;
    }
    let is_scheme = rest.get(word) == Some(&b' ') && !scheme.iter().any(u8::is_ascii_digit);
    Some(("Authorization", start + if is_scheme { word } else { 0 }))
}

/// The token of a value that stands before its header, with a scheme or none.
fn token_before(text: &[u8], value: Range<usize>) -> Option<Parsed> {
    let scheme = memchr::memchr(b' ', &text[value.clone()]).map_or(0, |at| at + 1);
    let secret = value.start + scheme..value.end;
    let bytes = &text[secret.clone()];
    let is_token = bytes.len() >= 20 && looks_drawn(bytes) && !is_weak(bytes, b"");
    let why = Cow::Borrowed("a random value for `Authorization`");
    is_token.then_some(Parsed { secret, confidence: Confidence::Medium, why, parts: Vec::new() })
}

/// The literal that a call of Swift puts before the header's name: `setValue("…", forHTTPHeaderField: "X-Api-Key")`.
pub(super) fn value_before(text: &[u8], name: usize) -> Option<Range<usize>> {
    const LABEL: &[u8] = b"\", forHTTPHeaderField: \"";
    let before = text[..name].strip_suffix(LABEL)?;
    let line = line_before(text, before.len(), LONGEST_TOKEN);
    let start = before.len() - line.len() + memchr::memrchr(b'"', line)? + 1;
    Some(start..before.len())
}

/// Whether a value signs one request, and is worth nothing for the next: what stands from `at` on to its end says HMAC, or
/// the headers beside it do, or give a nonce, where it is a digest; or it is a digest behind the id of a key, `Gateway kim:…=`.
fn is_signature(text: &[u8], at: usize, value: &Range<usize>) -> bool {
    const BESIDE: usize = 400;
    let says_hmac = |part: &[u8]| {
        let part = part.to_ascii_lowercase();
        [&b"hmac"[..], b"signature", b"nonce:"].iter().any(|word| crate::memmem::find(&part, word).is_some())
    };
    let bytes = &text[value.clone()];
    let parts = bytes.rsplit(|b| *b == b':').next().unwrap_or_default();
    // SHA-1, SHA-256 and SHA-512 in base64.
    let is_digest = matches!(parts.len(), 28 | 44 | 88) && parts.ends_with(b"=");
    let beside = || &text[at.saturating_sub(BESIDE)..text.len().min(value.end + BESIDE)];
    says_hmac(&text[at..value.end]) || is_digest && (parts.len() < bytes.len() || says_hmac(beside()))
}

/// Whether the value at `value` is given with no scheme to a variable that no header takes: of a payment, what a shop
/// calls its authorization is the number of it.
fn is_other_variable(text: &[u8], around: &Around<'_>, value: usize) -> bool {
    let behind = around.at + around.keyword.len();
    let gap = &text[behind..value];
    let sign = gap.trim_ascii_start();
    let is_given = sign.first() == Some(&b'=') && !sign.starts_with(b"==") && !sign.starts_with(b"=>");
    let is_plain = gap.iter().all(|b| matches!(b, b'=' | b' ' | b'"' | b'\'' | b'`'));
    const REST: &[u8] = b"uthorization";
    // `"Authorization": …`; in small letters what is given has to be a variable, in a record it is a number.
    let is_header = |at: usize| {
        let rest = &text[at + REST.len()..];
        let closed = rest.iter().take(2).take_while(|b| matches!(**b, b'"' | b'\'' | b'`' | b']')).count();
        let sign = rest[closed..].iter().take(4).take_while(|b| b" :=>,".contains(b)).count();
        let next = rest.get(closed + sign).copied().unwrap_or_default();
        let is_literal =
            matches!(rest.get(closed + sign..).and_then(|rest| rest.get(..4)), Some(b"null" | b"None"));
        at > 0
            && closed > 0
            && (text[at - 1] == b'A' || sign > 0 && next.is_ascii_alphabetic() && !is_literal)
    };
    let from = around.at.saturating_sub(HEADERS);
    let seen = &text[from..text.len().min(value + HEADERS)];
    let mut near = memchr::memmem::find_iter(seen, REST).map(|at| from + at);
    around.syntax == Syntax::Code
        && around.keyword == b"authorization"
        && is_given
        && is_plain
        && !near.any(is_header)
}

//! Tokens in an `Authorization` header: `Bearer …`, `token …`, `ApiKey …`, or with no scheme at all.

use std::borrow::Cow;

use super::plain::is_plain;
use super::{Around, Parsed, is_weak};
use crate::catalogue::Confidence;
use crate::engine::entropy;

/// Longest token that is read, bytes.
const LONGEST_TOKEN: usize = 2048;
/// Schemes other than Basic, lower case; `bearer` has its own keyword.
const SCHEMES: [&[u8]; 9] =
    [b"token ", b"apikey ", b"api-key ", b"key ", b"sso-key ", b"jwt ", b"ssws ", b"oauth ", b"splunk "];

/// The token behind `Bearer ` or behind `Authorization` and a scheme.
pub(super) fn token(text: &[u8], around: Around<'_>) -> Option<Parsed> {
    let mut start = around.at + around.keyword.len();
    let scheme = if around.keyword.starts_with(b"bearer") {
        "Bearer"
    } else {
        let sign =
            |b: &&u8| matches!(**b, b'"' | b'\'' | b'`' | b':' | b',' | b'=' | b' ' | b'\\' | b']' | b'>');
        let signs = text[start..].iter().take(8).take_while(sign).count();
        start += signs;
        let rest = text[start..].get(..10).unwrap_or_default().to_ascii_lowercase();
        let scheme = SCHEMES.iter().find(|scheme| rest.starts_with(scheme));
        if signs == 0 || rest.starts_with(b"bearer") || rest.starts_with(b"basic") {
            return None;
        }
        start += scheme.map_or(0, |scheme| scheme.len());
        "Authorization"
    };
    start += text[start..].iter().take(3).take_while(|b| **b == b' ').count();
    let in_token =
        |b: &&u8| b.is_ascii_alphanumeric() || matches!(**b, b'.' | b'_' | b'~' | b'+' | b'/' | b'-' | b'=');
    let length = text[start..].iter().take(LONGEST_TOKEN).take_while(in_token).count();
    let bytes = &text[start..start + length];
    let digits = bytes.iter().filter(|b| b.is_ascii_digit()).count();
    if length < 20
        || digits < 2
        || is_weak(bytes, b"")
        || is_plain(bytes)
        || !entropy::looks_random(bytes, 0.0)
    {
        return None;
    }
    let why = Cow::Owned(format!("a random value behind `{scheme}`"));
    Some(Parsed { secret: start..start + length, confidence: Confidence::Medium, why, parts: Vec::new() })
}

//! Identifiers that are called keys or tokens: what something is filed, fetched or reached under, by name and form together.

use std::ops::Range;

use crate::engine::names;

/// The identifier half of a key pair: `AccessKey`, 20 capitals and digits, as S3 and its likes give out.
pub(super) fn is_access_id(name: &[u8], value: &[u8]) -> bool {
    let name = names::normalized(name);
    ["accesskey", "accesskeyid", "credential"].iter().any(|end| name.ends_with(end))
        && (16..=24).contains(&value.iter().position(|b| *b == b'/').unwrap_or(value.len()))
        && value
            .split(|b| *b == b'/')
            .next()
            .is_some_and(|id| id.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()))
}

/// The identifier half of a pair whose other half is called the secret key, a few lines from it: 32 hex digits of Cloudflare R2.
pub(super) fn is_id_of_pair(text: &[u8], name: &[u8], value: &Range<usize>) -> bool {
    const NEAR: usize = 200;
    let words = names::words(name);
    let is_id = match words.as_slice() {
        [.., before, last] => {
            before == "access" && last == "key" && !words.iter().any(|word| word == "secret")
        }
        [only] => only == "accesskey",
        [] => false,
    };
    let bytes = &text[value.clone()];
    if !is_id || bytes.len() != 32 || !is_hex(bytes) {
        return false;
    }
    let lower = |near: &[u8]| names::normalized(near);
    let (above, below) = (
        &text[value.start.saturating_sub(NEAR)..value.start],
        &text[value.end..text.len().min(value.end + NEAR)],
    );
    ["secretkey", "secretaccesskey"]
        .iter()
        .any(|secret| lower(above).contains(secret) || lower(below).contains(secret))
}

/// What a record is filed under, by a `key` that says no more: words and a digest behind them, its drawn part; the id of a
/// document of MongoDB's, 12 bytes (<https://www.mongodb.com/docs/manual/reference/bson-types/#objectid>); and the key of
/// OpenPGP that is meant, by its fingerprint or the second half of that (RFC 4880, section 12.2).
pub(super) fn is_filed(name: &[u8], value: &[u8], digest: &[u8]) -> bool {
    let words = names::words(name);
    if !words.last().is_some_and(|last| matches!(last.as_str(), "key" | "keys")) {
        return false;
    }
    let lead = &value[..value.len() - digest.len()];
    let is_word = || {
        let word = lead.strip_suffix(b"_").or(lead.strip_suffix(b"-")).unwrap_or_default();
        word.len() >= 4 && word.iter().all(u8::is_ascii_lowercase)
    };
    let is_digest = match digest.len() {
        32 | 40 | 64 => !lead.is_empty(),
        16 => is_word(),
        _ => false,
    };
    let is_object = value.len() == 24 && is_hex(value) && !value.iter().any(u8::is_ascii_uppercase);
    is_digest && is_hex(digest) || is_object || is_of_openpgp(&words, value)
}

/// Whether a value is the key of OpenPGP that git is told to sign with, `user.signingKey`.
/// <https://git-scm.com/docs/git-config#Documentation/git-config.txt-usersigningKey>
pub(super) fn is_signer(name: &[u8], value: &[u8]) -> bool {
    name.eq_ignore_ascii_case(b"signingkey") && is_of_openpgp(&[String::new()], value)
}

/// Whether a value names a key pair of OpenPGP, in capitals as its programs print it: a private key is longer.
fn is_of_openpgp(words: &[String], value: &[u8]) -> bool {
    let [lead @ .., _] = words else { return false };
    matches!(value.len(), 16 | 40)
        && is_hex(value)
        && !value.iter().any(u8::is_ascii_lowercase)
        && value.iter().any(u8::is_ascii_alphabetic)
        && lead.last().is_none_or(|word| word == "private")
}

/// Whether a value is where a phone gets its messages, 32 bytes that Apple's service gives an app on it: whoever has no
/// certificate of the app's can send nothing there.
/// <https://developer.apple.com/documentation/usernotifications/registering-your-app-with-apns>
pub(super) fn is_push_address(name: &[u8], value: &[u8]) -> bool {
    let name = names::normalized(name);
    value.len() == 64
        && is_hex(value)
        && ["devicetoken", "pushtoken", "apnstoken"].iter().any(|end| name.ends_with(end))
}

fn is_hex(value: &[u8]) -> bool {
    value.iter().all(u8::is_ascii_hexdigit)
}

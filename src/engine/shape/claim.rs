//! What a rule can say of a value by its own bytes, whatever stands around it.

use std::borrow::Cow;

use crate::catalogue::checksum::{self, Invalid, Verdict};
use crate::catalogue::{Check, Confidence, Rule, Shape, is_run_byte};
use crate::engine::doubt::public;
use crate::engine::value::{entropy, weak, words};

/// Whether the value can be this secret; `Some(true)` when a checksum or its structure proves it.
pub(in crate::engine) fn plausible(rule: &Rule, value: &[u8], prefix: usize) -> Option<bool> {
    if verdict(rule, value)? {
        return Some(true);
    }
    let body = &value[prefix.min(value.len())..];
    let core = core(body);
    let real = entropy::shannon(body) >= least_entropy(rule, body)
        && !is_written(body)
        && (core.len() == body.len() || !is_written(core));
    real.then_some(false)
}

/// Whether somebody wrote what should have been drawn.
fn is_written(body: &[u8]) -> bool {
    entropy::is_regular(body)
        || entropy::is_placeholder(body)
        || weak::hides_nothing(body)
        || words::is_of_words(body)
}

/// What of a token was drawn, without the words and numbers in it that tell its kind: the longest piece
/// between signs, where that is more than half of it (`dev-…`, `22AB_…`).
fn core(body: &[u8]) -> &[u8] {
    let pieces = body.split(|b| !b.is_ascii_alphanumeric());
    let longest = pieces.max_by_key(|piece| piece.len()).unwrap_or_default();
    if longest.len() * 2 > body.len() { longest } else { body }
}

/// Whether a value is hex digits of one case where the shape is base64 with its two signs: of 32 random characters none is.
/// It is a digest or a fingerprint.
fn is_hex_for_base64(rule: &Rule, value: &[u8]) -> bool {
    const SHORTEST: usize = 32;
    let takes = |shape: &Shape, byte: u8| shape.alphabet[usize::from(byte >> 6)] >> (byte & 63) & 1 == 1;
    let is_base64 = |shape: &Shape| shape.max == shape.min && b"+/zZ".iter().all(|byte| takes(shape, *byte));
    let is_one_case = |is_other: fn(&u8) -> bool| !value.iter().any(is_other);
    value.len() >= SHORTEST
        && rule.detect.shape.as_ref().is_some_and(is_base64)
        && value.iter().all(u8::is_ascii_hexdigit)
        && (is_one_case(u8::is_ascii_uppercase) || is_one_case(u8::is_ascii_lowercase))
}

/// What the rule's own list and its checksum say: `None` when it is not this secret, `Some(true)` when it
/// must be.
pub(in crate::engine) fn verdict(rule: &Rule, value: &[u8]) -> Option<bool> {
    if is_excluded(rule, value)
        || is_hex_for_base64(rule, value)
        || rule.detect.check == Some(Check::Jwt) && public::is_public_jwt(value)
    {
        return None;
    }
    let Some(check) = rule.detect.check else { return Some(false) };
    let weight = checksum::weight(check);
    match checksum::verify(check, value) {
        Verdict::Valid if weight.proves => (!entropy::is_regular(value)).then_some(true),
        Verdict::Invalid if weight.invalid == Invalid::Refutes => None,
        _ => Some(false),
    }
}

/// Least entropy of a value, bits a character; 0 leaves it to its alphabet.
fn least_entropy(rule: &Rule, value: &[u8]) -> f32 {
    if value.len() >= 16 { rule.detect.entropy.max(2.0) } else { rule.detect.entropy }
}

/// Whether the rule names this value, or a word in it, as no secret.
pub(in crate::engine) fn is_excluded(rule: &Rule, value: &[u8]) -> bool {
    let not = rule.detect.not;
    let lower = if not.is_empty() { Vec::new() } else { value.to_ascii_lowercase() };
    not.iter().any(|not| crate::memmem::find(&lower, not.to_ascii_lowercase().as_bytes()).is_some())
}

/// What can be read inside the token: an account, an owner, an end date.
pub(in crate::engine) fn told(rule: &Rule, value: &[u8]) -> Option<Cow<'static, str>> {
    rule.detect.check.and_then(|check| checksum::told(check, value)).map(Cow::Owned)
}

/// What proves a value whose check has passed.
pub(in crate::engine) fn proof(rule: &Rule) -> &'static str {
    match rule.detect.check {
        Some(Check::PlivoToken) => "base64 of 30 hex digits, as Plivo makes them",
        Some(Check::Jwt) => "its header decodes to JSON",
        Some(Check::Pkcs8PrivateKey) => "the body decodes to a key",
        Some(Check::BitlockerGroups) => "each group is a multiple of eleven",
        Some(Check::PypiMacaroon) => "decodes to a macaroon of the package index",
        _ => "checksum valid",
    }
}

/// Whether a prefix within a name (`backup-ghp_…`) is enough: spelled as no word is (`glpat-`, not `api-`),
/// and of a long secret that needs no context.
pub(in crate::engine) fn is_distinctive(rule: &Rule, shape: &Shape, prefix: &[u8]) -> bool {
    let vowels = prefix.iter().filter(|b| matches!(b.to_ascii_lowercase(), b'a' | b'e' | b'i' | b'o' | b'u'));
    rule.detect.near.is_none()
        && rule.confidence >= Confidence::High
        && shape.min >= 20
        && prefix.len() >= 4
        && (vowels.count() * 4 < prefix.len()
            || prefix.iter().any(|b| *b == b'_' || b.is_ascii_digit() || b.is_ascii_uppercase()))
}

/// "32 hex digits", "`ghp_` and 36 letters and digits".
pub(in crate::engine) fn shape_in_words(value: &[u8], prefix: usize) -> Cow<'static, str> {
    let (head, body) = value.split_at(prefix.min(value.len()));
    let kind = match body {
        body if body.iter().all(u8::is_ascii_digit) => "digits",
        body if body.iter().all(u8::is_ascii_hexdigit) => "hex digits",
        body if body.iter().all(u8::is_ascii_alphanumeric) => "letters and digits",
        _ => "characters",
    };
    let head = String::from_utf8_lossy(head);
    Cow::Owned(if prefix == 0 {
        format!("{} {kind}", body.len())
    } else {
        format!("`{head}` and {} {kind}", body.len())
    })
}

/// Whether what stands at `at` is part of a digest in base64: `sha256=…`, as lists of packages' files have it.
pub(in crate::engine) fn is_digest(text: &[u8], at: usize) -> bool {
    const LONGEST: usize = 96;
    let before = &text[at.saturating_sub(LONGEST)..at];
    let body = before.iter().rev().take_while(|b| is_run_byte(**b)).count();
    let label = &before[..before.len() - body];
    [&b"sha256="[..], b"sha384=", b"sha512="].iter().any(|sign| label.ends_with(sign))
}

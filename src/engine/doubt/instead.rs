//! What a value is instead of a secret by what stands right around it: a name, a label, a commit in brackets, the key under
//! which something is stored or asked for, the characters of a pattern, what a sum is compared with.

use std::ops::Range;

use super::counter::{LEAD, last_word, without_quotes};
use crate::catalogue::Rule;
use crate::engine::context::Surroundings;
use crate::engine::locate::How;
use crate::engine::owner::vendor_word::holds_whole_word;
use crate::engine::syntax::neighbour::line_before;
use crate::engine::{names, parse};

/// Whether a value is no secret, whatever its name: a class or a constant (`NpmLogin.NPM_CMD`); the label of a link, or a
/// word of prose in brackets, which name a commit most of the time; a version of a secret in a vault, or what one is
/// asked for by; the characters of a pattern; what a sum is compared with. Words around a value which `is_told` to be a secret
/// of the vendor's say less than that.
pub(in crate::engine) fn is_something_else(rule: &Rule, around: &Surroundings<'_>, is_told: bool) -> bool {
    const SUMS: [&[u8]; 8] = [
        b"md5sum",
        b"sha1sum",
        b"sha256sum",
        b"sha512sum",
        b"shasum",
        b"openssl dgst",
        b"-hashfile",
        b"Get-FileHash",
    ];
    let (text, value) = (around.text, &around.value);
    let (bytes, behind) = (&text[value.clone()], &text[value.end..]);
    let line = line_before(text, value.start, LEAD);
    let is_hex = bytes.iter().all(u8::is_ascii_hexdigit);
    is_path_of_names(bytes)
        || is_stored_under(line, bytes)
        || behind.starts_with(b"](")
        || is_asked_by(line)
        || is_class_of_pattern(line, behind)
        || line.ends_with(b"/") && crate::memmem::find(line, b".vault.azure.net/").is_some()
        || is_hex && is_in_brackets(rule, text, value, is_told)
        || around.located.how == How::Spoken && is_commit(line, bytes)
        || is_hex
            && !(is_told && around.located.how != How::Spoken)
            && SUMS.iter().any(|sum| crate::memmem::find(line, sum).is_some())
}

/// Whether a test expects a value that has the length of a sum, where it makes sums close by: `assert token == "…"` below
/// `hashlib.sha256(…)`.
pub(super) fn is_expected_sum(text: &[u8], value: &Range<usize>) -> bool {
    const NEAR: usize = 1200;
    const LENGTHS: [usize; 5] = [32, 40, 64, 96, 128];
    const EXPECTS: [&[u8]; 4] = [b"assert", b"expect(", b"Assert.", b"should"];
    const MAKES: [&[u8]; 7] =
        [b"hashlib", b"createHash(", b"MessageDigest", b"Digest::", b"sha256(", b"sha1(", b"md5("];
    let holds =
        |part: &[u8], words: &[&[u8]]| words.iter().any(|word| crate::memmem::find(part, word).is_some());
    LENGTHS.contains(&value.len())
        && text[value.clone()].iter().all(u8::is_ascii_hexdigit)
        && holds(line_before(text, value.start, LEAD), &EXPECTS)
        && holds(&text[value.start.saturating_sub(NEAR)..value.start], &MAKES)
}

/// Lengths of what names a commit, in hex digits.
const COMMITS: [usize; 2] = [40, 64];

/// Whether the words before a value make a commit of it: `removed the Acme key in …`, `revert "acme key" …`, `fixup! acme key …`.
pub(in crate::engine) fn is_commit(line: &[u8], value: &[u8]) -> bool {
    const LEADS: [&[u8]; 9] = [b"in", b"by", b"at", b"since", b"see", b"per", b"commit", b"rev", b"revision"];
    const BEGINS: [&[u8]; 6] = [b"revert", b"reverts", b"reverted", b"reapply", b"fixup", b"squash"];
    let is = |word: &[u8], known: &[&[u8]]| known.iter().any(|known| word.eq_ignore_ascii_case(known));
    let words = line.trim_ascii_end();
    let is_hex = COMMITS.contains(&value.len()) && value.iter().all(u8::is_ascii_hexdigit);
    let is_bare = is_hex && words.len() < line.len();
    let mut parts = words.split(|b| !b.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    is_bare && (is(last_word(words), &LEADS) || parts.next().is_some_and(|first| is(first, &BEGINS)))
}

/// Whether a value stands in brackets behind a word, at the end of a line: the commit that a list of changes tells of. Where
/// the words before it call it a secret, it is one, unless it is as long as what names a commit and they tell of a change
/// (`rotate the auth token of the relay (…)`), or the lines beside it end in commits, too.
fn is_in_brackets(rule: &Rule, text: &[u8], value: &Range<usize>, is_told: bool) -> bool {
    let line = line_before(text, value.start, LEAD);
    let behind = &text[value.end..];
    let word = line.strip_suffix(b" (").unwrap_or_default();
    let ends =
        behind.strip_prefix(b")").is_some_and(|rest| matches!(rest.first(), None | Some(b'\n' | b'\r')));
    if !(ends && word.last().is_some_and(u8::is_ascii_alphabetic) && word.contains(&b' ')) {
        return false;
    }
    let is_told = is_told || begins_with_owner(rule, word);
    if !COMMITS.contains(&value.len()) {
        return !is_told;
    }
    let is_commit = |line: &[u8]| {
        let inner = line.trim_ascii_end().strip_suffix(b")").unwrap_or_default();
        let digits = inner.iter().rev().take_while(|b| b.is_ascii_hexdigit()).count();
        let word = inner[..inner.len() - digits].strip_suffix(b" (");
        digits == value.len() && word.is_some_and(|word| !calls_secret(rule, word))
    };
    let above = text[..value.start - line.len()]
        .strip_suffix(b"\n")
        .map(|above| line_before(above, above.len(), LEAD));
    let below = memchr::memchr(b'\n', behind).map(|end| &behind[end + 1..behind.len().min(end + LEAD)]);
    let below = below.map(|below| below.split(|b| *b == b'\n').next().unwrap_or_default());
    !is_told || !calls_secret(rule, word) || above.is_some_and(is_commit) || below.is_some_and(is_commit)
}

/// Whether a line of prose is about a secret, and no change: it ends in that, or begins with whose it is, `Acme API key of the
/// shop`.
fn calls_secret(rule: &Rule, line: &[u8]) -> bool {
    names::role(last_word(line)) == names::Role::Secret || begins_with_owner(rule, line)
}

/// Whether a line of prose begins with the vendor's word and the secret's.
fn begins_with_owner(rule: &Rule, line: &[u8]) -> bool {
    const MOST_BETWEEN: usize = 2;
    let mut words = line
        .split(|b| b.is_ascii_whitespace())
        .filter(|word| word.iter().any(|b| b.is_ascii_alphanumeric()))
        .skip_while(|word| [&b"the"[..], b"our", b"my"].iter().any(|own| word.eq_ignore_ascii_case(own)));
    let is_whose = words.next().is_some_and(|word| !word.ends_with(b":") && holds_whole_word(rule, word));
    is_whose && words.take(MOST_BETWEEN + 1).any(|word| names::role(word) == names::Role::Secret)
}

/// Whether a value is the end of a key under which something is stored: `"twilio:numbers:…"`, `"jobs/…"`.
fn is_stored_under(line: &[u8], value: &[u8]) -> bool {
    let Some(quote) = line.iter().rposition(|b| matches!(b, b'"' | b'\'' | b'`')) else { return false };
    let lead = &line[quote + 1..];
    !lead.is_empty() && (parse::is_stored_under(lead, value) || is_looked_up(&line[..quote], lead))
}

/// Whether what a call looks up in a store begins with a word and a colon: `redis.get("twilio:…")`.
fn is_looked_up(call: &[u8], lead: &[u8]) -> bool {
    const LOOKS_UP: [&str; 9] =
        ["get", "exists", "del", "delete", "hget", "hgetall", "expire", "ttl", "smembers"];
    let word = lead.strip_suffix(b":").unwrap_or_default();
    let is_word = !word.is_empty() && word.iter().all(|b| b.is_ascii_lowercase() || *b == b'_');
    let called = call.strip_suffix(b"(").filter(|_| is_word).map(last_word);
    called.is_some_and(|called| LOOKS_UP.contains(&names::normalized(called).as_str()))
}

/// Whether a value is what a secret is asked for by, or read out of: `get_secret("…")`, `kms.decrypt('…')`.
fn is_asked_by(line: &[u8]) -> bool {
    const ASKS: [&str; 9] =
        ["get", "fetch", "read", "load", "lookup", "retrieve", "resolve", "access", "find"];
    const OPENS: [&str; 4] = ["decrypt", "decipher", "unseal", "unwrap"];
    let Some(call) = without_quotes(line).strip_suffix(b"(").filter(|call| call.len() + 1 < line.len())
    else {
        return false;
    };
    let words = names::words(last_word(call.trim_ascii_end()));
    // What stands in for what is asked for: `unwrap_or("…")`, `get_secret_or_default("…")`.
    if words.iter().any(|word| matches!(word.as_str(), "or" | "else" | "default")) {
        return false;
    }
    let asks = || words.first().is_some_and(|first| ASKS.contains(&first.as_str()));
    let is_kept = || words.iter().skip(1).any(|word| matches!(word.as_str(), "secret" | "secrets"));
    words.iter().any(|word| OPENS.contains(&word.as_str())) || asks() && is_kept()
}

/// Whether a value is the characters that a regular expression lists: `[0-9A-F]{32}`.
fn is_class_of_pattern(line: &[u8], behind: &[u8]) -> bool {
    let is_counted = behind.strip_prefix(b"]").and_then(|rest| rest.first());
    line.ends_with(b"[") && is_counted.is_some_and(|sign| matches!(sign, b'{' | b'+' | b'*'))
}

/// Whether a value is a part of an address's path, or of the name of a file there: `s3://bucket/…`,
/// `https://host/logo.….png`; or of a path alone, `/accounts/…`.
pub(in crate::engine) fn is_path_segment(text: &[u8], value: usize) -> bool {
    let is_end =
        |b: &u8| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'`' | b'<' | b'>' | b'=' | b'(');
    let address = line_before(text, value, LEAD).rsplit(is_end).next().unwrap_or_default();
    let path = match crate::memmem::find(address, b"://") {
        Some(scheme) => memchr::memchr(b'/', &address[scheme + 3..]).map(|at| &address[scheme + 3 + at..]),
        // A bare slash may stand between two values.
        None => Some(address).filter(|path| path.starts_with(b"/") && path.len() > 2 && path.ends_with(b"/")),
    };
    path.is_some_and(|path| !path.iter().any(|b| matches!(b, b'?' | b'@' | b':' | b'#')))
}

/// Names between dots, without a digit.
fn is_path_of_names(value: &[u8]) -> bool {
    value.contains(&b'.')
        && value
            .split(|b| *b == b'.')
            .all(|part| !part.is_empty() && part.iter().all(|b| b.is_ascii_alphabetic() || *b == b'_'))
}

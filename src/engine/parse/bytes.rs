//! Keys that code and settings write byte by byte: `network_key: [230, 30, …]`, `var aesKey = []byte{0x1f, …}`,
//! `ENCRYPTION_KEY="8f 3a …"`, `app_key: 8F:3A:…`.

use std::collections::HashSet;
use std::ops::Range;

use crate::engine::names::{self, Role};

/// How far behind a name its list opens, and how far around it what is a test's shows, bytes.
const LONGEST_GAP: usize = 64;
const AROUND: usize = 400;
/// Longest list, bytes.
const LONGEST_LIST: usize = 1200;
/// How many bytes keys have.
const LENGTHS: [usize; 4] = [16, 24, 32, 64];

/// The list of bytes that is given to a key's name, where they look drawn: from its first number to its last.
pub(super) fn listed(text: &[u8], name: &Range<usize>) -> Option<Range<usize>> {
    let start = opened(text, name.end)?;
    if !is_of_key(&text[name.clone()]) {
        return None;
    }
    let (bytes, end) = read(text, start)?;
    (LENGTHS.contains(&bytes.len()) && is_drawn(&bytes) && !is_of_test(text, start..end))
        .then_some(start..end)
}

/// The hex digits, a byte apart from the next, that are given to a key's name, where they look drawn: `8f 3a …`,
/// `8F:3A:…`, `8f-3a-…`.
pub(super) fn paired(text: &[u8], name: &Range<usize>) -> Option<Range<usize>> {
    let window = &text[name.end..text.len().min(name.end + LONGEST_GAP)];
    // Most names are given something else.
    let is_sign = |b: &u8| b" \t=:\"'`(<>".contains(b);
    let gap = window.iter().take_while(|b| is_sign(b)).count();
    let opens = window.get(gap..gap + 3).is_some_and(|pair| {
        pair[..2].iter().all(u8::is_ascii_hexdigit) && matches!(pair[2], b' ' | b':' | b'-')
    });
    let is_given = window[..gap].iter().any(|b| matches!(b, b'=' | b':' | b'>'));
    if !opens || !is_given || !is_of_key(&text[name.clone()]) || is_fingerprints(&text[name.clone()]) {
        return None;
    }
    let start = name.end + gap;
    let (bytes, end) = pairs(text, start);
    let is_closed = text.get(end).is_none_or(|b| b.is_ascii_whitespace() || b"\"'`,;)<\\".contains(b));
    (is_closed && LENGTHS.contains(&bytes.len()) && is_drawn(&bytes) && !is_of_test(text, start..end))
        .then_some(start..end)
}

/// What stands between a name and its bytes in an export of Windows' registry.
const EXPORTED: &[u8] = b"\"=hex:";

/// Whether an export of Windows' registry gives a name bytes.
pub(super) fn is_exported(text: &[u8], name: &Range<usize>) -> bool {
    text[name.end..].get(..EXPORTED.len()).is_some_and(|sign| sign.eq_ignore_ascii_case(EXPORTED))
}

/// The bytes that such an export [gives](is_exported) a name, where they may be a password that is hidden and not encrypted:
/// `"Password"=hex:bf,22,…` of VNC's servers.
pub(super) fn exported(text: &[u8], name: &Range<usize>) -> Option<Range<usize>> {
    const SHORTEST: usize = 8;
    const LONGEST: usize = 64;
    let start = name.end + EXPORTED.len();
    let is_digit = |b: &&u8| b.is_ascii_hexdigit() || **b == b',';
    let length = text[start..].iter().take(LONGEST * 3).take_while(is_digit).count();
    let bytes: Vec<&[u8]> = text[start..start + length].split(|b| *b == b',').collect();
    let kinds: HashSet<&[u8]> = bytes.iter().copied().collect();
    let is_hidden = (SHORTEST..=LONGEST).contains(&bytes.len())
        && bytes.iter().all(|byte| byte.len() == 2)
        && kinds.len() * 2 > bytes.len();
    (is_hidden && matches!(text.get(start + length), None | Some(b'\r' | b'\n')))
        .then_some(start..start + length)
}

/// The bytes from `start` on that the same sign stands between, and where the last one ends.
fn pairs(text: &[u8], start: usize) -> (Vec<u8>, usize) {
    let digit = |at: usize| char::from(*text.get(at)?).to_digit(16);
    let (mut bytes, mut at) = (Vec::new(), start);
    while let (Some(high), Some(low)) = (digit(at), digit(at + 1)) {
        bytes.push((high * 16 + low) as u8);
        let is_joined = text.get(at + 2) == text.get(start + 2) && digit(at + 3).is_some();
        if !is_joined || bytes.len() > LENGTHS[3] {
            return (bytes, at + 2);
        }
        at += 3;
    }
    (bytes, at)
}

/// Whether a name is one of a key that is told by its digest: `ssh_host_key`, `signing_cert_key`.
fn is_fingerprints(name: &[u8]) -> bool {
    #[rustfmt::skip]
    const WORDS: [&str; 14] = [
        "host", "hostkey", "fingerprint", "thumbprint", "peer", "cert", "certificate", "authority", "subject", "hash", "digest",
        "sha", "md5", "known",
    ];
    names::words(name).iter().any(|word| WORDS.contains(&word.trim_end_matches(|c: char| c.is_ascii_digit())))
}

/// Where the first number of a list stands behind a name that ends at `at`: `= [`, `: [u8; 16] = [`, `[16] = {`, `:` and a
/// list of YAML.
fn opened(text: &[u8], at: usize) -> Option<usize> {
    let window = &text[at..text.len().min(at + LONGEST_GAP)];
    let is_type = |b: &u8| b.is_ascii_alphanumeric() || b" \t_[]<>:;=&*.\"'(){".contains(b);
    let head = &window[..window.iter().position(|b| !is_type(b)).unwrap_or(window.len())];
    // The list opens behind the sign, and a number behind that.
    let sign = head.iter().position(|b| matches!(b, b'=' | b':'))?;
    let items = window[sign + 1..].iter().take_while(|b| matches!(b, b'\r' | b'\n')).count();
    if window[sign] == b':' && items > 0 {
        return number_from(text, at + sign + 1 + items).filter(|start| text[..*start].ends_with(b"- "));
    }
    let brackets = head.iter().enumerate().skip(sign).rev().filter(|(_, b)| matches!(b, b'[' | b'{' | b'('));
    let opens = brackets.map(|(n, _)| at + n + 1).find_map(|behind| number_from(text, behind))?;
    Some(opens)
}

/// Where a number starts at or behind `at`, over blanks, the mark of an item and a cast.
fn number_from(text: &[u8], at: usize) -> Option<usize> {
    let window = &text[at..text.len().min(at + LONGEST_GAP)];
    let blank = window.iter().take_while(|b| b.is_ascii_whitespace()).count();
    let rest = &window[blank..];
    let mark = if rest.starts_with(b"- ") { 2 } else { 0 };
    let cast = if rest.starts_with(b"(byte)") {
        rest[6..].iter().take_while(|b| **b == b' ').count() + 6
    } else {
        0
    };
    let start = blank + mark + cast;
    let sign = usize::from(window.get(start) == Some(&b'-'));
    window.get(start + sign).filter(|b| b.is_ascii_digit()).map(|_| at + start)
}

/// The bytes of a list whose first number stands at `start`, and where the last one ends.
fn read(text: &[u8], start: usize) -> Option<(Vec<u8>, usize)> {
    let limit = text.len().min(start + LONGEST_LIST);
    let text = &text[..limit];
    let (mut at, mut bytes) = (start, Vec::new());
    loop {
        let length = text[at..limit].iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'-').count();
        let written = std::str::from_utf8(&text[at..at + length]).ok()?.to_ascii_lowercase();
        let written = written.strip_suffix("u8").unwrap_or(&written);
        let number = match written.strip_prefix("0x") {
            Some(hex) => i32::from_str_radix(hex, 16).ok()?,
            None => written.parse().ok()?,
        };
        // Java's bytes have a sign.
        let byte = u8::try_from(number).ok().or(i8::try_from(number).ok().map(|signed| signed as u8))?;
        bytes.push(byte);
        let end = at + length;
        let behind = &text[end..limit];
        let blank = behind.iter().take_while(|b| b.is_ascii_whitespace()).count();
        let comma = behind.get(blank) == Some(&b',');
        let is_item = behind[blank..].starts_with(b"- ") && behind[..blank].contains(&b'\n');
        let next = number_from(text, end + blank + usize::from(comma)).filter(|_| comma || is_item);
        let Some(next) = next.filter(|_| bytes.len() <= LENGTHS[3]) else { return Some((bytes, end)) };
        at = next;
    }
}

/// Whether a name says that it is a key's and what for, and nothing of tests.
fn is_of_key(name: &[u8]) -> bool {
    #[rustfmt::skip]
    const PUBLIC: [&str; 20] = [
        "test", "tests", "vector", "vectors", "expected", "public", "pub", "example", "sample", "default", "known",
        "dummy", "mock", "fake", "rfc", "nist", "kat", "zero", "empty", "derived",
    ];
    let words = names::words(name);
    let is_key = words.last().is_some_and(|last| {
        let last = last.trim_end_matches(|c: char| c.is_ascii_digit());
        last.ends_with("key") || last.ends_with("secret")
    });
    // A `key` alone is anything's.
    let is_told = words.len() > 1 || words.first().is_some_and(|word| word.len() > 3 && word != "secret");
    is_key
        && is_told
        && names::role(name) == Role::Secret
        && !words.iter().any(|word| PUBLIC.contains(&word.trim_end_matches(|c: char| c.is_ascii_digit())))
}

/// Whether bytes were drawn: hardly one twice, both halves of the range, and no steps.
fn is_drawn(bytes: &[u8]) -> bool {
    // The first bytes of the keys in FIPS 197, NIST SP 800-38A and the GCM examples.
    const KNOWN: [[u8; 3]; 4] =
        [[0x2b, 0x7e, 0x15], [0x8e, 0x73, 0xb0], [0x60, 0x3d, 0xeb], [0xfe, 0xff, 0xe9]];
    let mut seen = [false; 256];
    bytes.iter().for_each(|byte| seen[usize::from(*byte)] = true);
    let distinct = seen.iter().filter(|seen| **seen).count();
    let high = bytes.iter().filter(|byte| **byte >= 0x80).count();
    let steps = bytes.windows(3).filter(|w| w[1].wrapping_sub(w[0]) == w[2].wrapping_sub(w[1])).count();
    let twins = bytes.iter().filter(|byte| **byte >> 4 == **byte & 15).count();
    distinct * 8 >= bytes.len().min(32) * 6
        && (bytes.len() / 6..=bytes.len() * 5 / 6).contains(&high)
        && steps * 8 <= bytes.len()
        && twins * 3 <= bytes.len()
        && !KNOWN.iter().any(|known| bytes.starts_with(known))
}

/// Whether the list is one of several of a test: what is encrypted and what comes out stand beside it.
fn is_of_test(text: &[u8], list: Range<usize>) -> bool {
    #[rustfmt::skip]
    const WORDS: [&[u8]; 9] = [
        b"plaintext", b"plain_text", b"ciphertext", b"cipher_text", b"expect", b"vector", b"assert", b"nist", b"rfc ",
    ];
    let around = &text[list.start.saturating_sub(AROUND)..text.len().min(list.end + AROUND)];
    let around = around.to_ascii_lowercase();
    WORDS.iter().any(|word| crate::memmem::find(&around, word).is_some())
}

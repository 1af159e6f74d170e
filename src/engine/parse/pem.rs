//! Private keys in text armour: PEM (RFC 7468), OpenSSH, OpenPGP (RFC 9580 §6), PuTTY.
//!
//! A header alone is documentation. Only a body that decodes and starts like a key is one. Line breaks
//! may be real or written as `\n`, lines may be quoted and indented.

use std::borrow::Cow;

use super::Parsed;
use crate::catalogue::Confidence;

/// Most bytes of a key block that are read; an RSA key of 16,384 bits takes 13 KB.
const LONGEST_BLOCK: usize = 16 * 1024;
/// Fewest base64 characters of a body: an Ed25519 key in PKCS#8 has 64.
const SHORTEST_BODY: usize = 60;

/// The key whose `-----BEGIN` stands at `at`.
pub(super) fn private_key(text: &[u8], at: usize) -> Option<Parsed> {
    if text[at..].first() != Some(&b'-') {
        return putty(text, at);
    }
    let text = &text[..text.len().min(at + LONGEST_BLOCK)];
    let label_start = at + b"-----begin ".len();
    let label_end = label_start
        + memchr::memmem::find(text.get(label_start..)?.get(..60.min(text.len() - label_start))?, b"-----")?;
    let label = &text[label_start..label_end];
    let pgp = label == b"PGP PRIVATE KEY BLOCK";
    if !label.ends_with(b"PRIVATE KEY") && !pgp {
        return None;
    }
    let body_start = label_end + 5;
    // The end, or the next key: no body is read twice.
    let body_end =
        body_start + memchr::memmem::find(&text[body_start..], b"-----").unwrap_or(text.len() - body_start);
    let (base64, headers) = body(&text[body_start..body_end]);
    if base64.len() < SHORTEST_BODY {
        return None;
    }
    let head = data_encoding::BASE64.decode(&base64[..SHORTEST_BODY & !3]).ok()?;
    let openssh = head.starts_with(b"openssh-key-v1\0");
    let kind = match (openssh, pgp) {
        (true, _) => "OpenSSH key",
        // A packet tag always has its top bit set (RFC 9580 §4.2).
        (_, true) if head[0] & 0x80 != 0 => "OpenPGP key",
        (_, false) if head[0] == 0x30 || label.starts_with(b"SSH2") => "DER sequence",
        _ => return None,
    };
    if super::super::entropy::shannon(&base64) < 4.0 {
        return None;
    }
    let cipher = openssh.then(|| head.get(19..23) != Some(b"none"));
    let encrypted = label.starts_with(b"ENCRYPTED")
        || headers.windows(9).any(|w| w == b"ENCRYPTED")
        || cipher == Some(true);
    let closed = text.get(body_end..).is_some_and(|rest| rest.starts_with(b"-----END"));
    let end = if closed {
        body_end + memchr::memchr(b'\n', &text[body_end..]).unwrap_or(text.len() - body_end)
    } else {
        body_end
    };
    let end = body_end + text[body_end..end].iter().rposition(|&b| b == b'-').map_or(0, |last| last + 1);
    let lock = if encrypted { "protected by a passphrase" } else { "without a passphrase" };
    let kind = match (openssh, label.starts_with(b"RSA") && !encrypted) {
        (true, _) => openssh_type(&base64).map_or(kind.to_owned(), |name| format!("{kind} of type {name}")),
        (_, true) => rsa_bits(&base64).map_or(kind.to_owned(), |bits| format!("{bits}-bit RSA key")),
        _ => kind.to_owned(),
    };
    Some(Parsed {
        secret: at..end.max(body_start),
        confidence: if encrypted { Confidence::Medium } else { Confidence::Certain },
        why: Cow::Owned(format!("the body decodes to {} {kind}, {lock}", article(&kind))),
        parts: Vec::new(),
    })
}

/// `an OpenSSH key`, `an 8192-bit RSA key`, `a DER sequence`.
fn article(kind: &str) -> &'static str {
    if kind.starts_with(['O', '8']) { "an" } else { "a" }
}

/// A PuTTY private key whose header stands at `at` (PuTTY manual, appendix C): header lines, then the
/// private part after `Private-Lines:`.
fn putty(text: &[u8], at: usize) -> Option<Parsed> {
    const LONGEST_KEY: usize = 16 * 1024;
    let block = &text[at..text.len().min(at + LONGEST_KEY)];
    let find = |mark: &[u8]| memchr::memmem::find(block, mark).map(|n| n + mark.len());
    let kind: String = block[find(b": ")?..]
        .iter()
        .take(24)
        .take_while(|b| b.is_ascii_graphic())
        .map(|b| char::from(*b))
        .collect();
    let cipher = &block[find(b"Encryption: ")?..];
    let encrypted = !cipher.starts_with(b"none");
    let lines = find(b"Private-Lines: ")?;
    let count: usize = std::str::from_utf8(block[lines..].get(..3)?).ok()?.trim().parse().ok()?;
    let mut end = lines + memchr::memchr(b'\n', &block[lines..])?;
    let start = end;
    for _ in 0..count.min(200) {
        end = memchr::memchr(b'\n', &block[end + 1..]).map_or(block.len(), |n| end + 1 + n);
        if end == block.len() {
            break;
        }
    }
    let body: Vec<u8> = block[start..end].iter().copied().filter(u8::is_ascii_graphic).collect();
    if body.len() < 40 || super::super::entropy::shannon(&body) < 4.0 {
        return None;
    }
    let lock = if encrypted { "protected by a passphrase" } else { "without a passphrase" };
    Some(Parsed {
        secret: at..at + end,
        confidence: if encrypted { Confidence::Medium } else { Confidence::Certain },
        why: Cow::Owned(format!("a PuTTY key of type {kind}, {lock}")),
        parts: Vec::new(),
    })
}

/// What an unencrypted OpenSSH key says it is: the name of its type (PROTOCOL.key, the public part).
fn openssh_type(base64: &[u8]) -> Option<String> {
    let raw = data_encoding::BASE64.decode(&base64[..base64.len().min(160) & !3]).ok()?;
    let names = [
        "ssh-ed25519",
        "ssh-rsa",
        "ssh-dss",
        "ecdsa-sha2-nistp256",
        "ecdsa-sha2-nistp384",
        "ecdsa-sha2-nistp521",
    ];
    let name = names.iter().find(|name| memchr::memmem::find(&raw, name.as_bytes()).is_some())?;
    Some((*name).to_owned())
}

/// Bits of the modulus of an unencrypted PKCS#1 RSA key (RFC 8017, A.1.2): version 0, then the modulus.
fn rsa_bits(base64: &[u8]) -> Option<usize> {
    let raw = data_encoding::BASE64.decode(&base64[..base64.len().min(40) & !3]).ok()?;
    let body = raw.get(1..)?;
    let skip = 1 + usize::from(body.first()? & 0x7F) * usize::from(body[0] & 0x80 != 0);
    let rest = body.get(skip..)?.strip_prefix(&[2, 1, 0, 2])?;
    let bytes = match rest {
        [0x81, n, ..] => usize::from(*n),
        [0x82, high, low, ..] => usize::from(*high) << 8 | usize::from(*low),
        _ => return None,
    };
    Some(bytes / 8 * 64)
}

/// The base64 of a body and its header lines (`Proc-Type: 4,ENCRYPTED`).
fn body(raw: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let mut base64 = Vec::with_capacity(raw.len());
    let mut headers = Vec::new();
    for line in lines(raw) {
        if memchr::memmem::find(line, b": ").is_some() && memchr::memchr(b'+', line).is_none() {
            headers.extend_from_slice(line);
            continue;
        }
        // The OpenPGP checksum line.
        if line.trim_ascii().starts_with(b"=") {
            continue;
        }
        base64.extend(line.iter().filter(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/')));
    }
    (base64, headers)
}

/// Lines, whether broken by a line feed or by an escape that stands for one.
fn lines(raw: &[u8]) -> impl Iterator<Item = &[u8]> {
    raw.split(|&b| b == b'\n').flat_map(|line| {
        let mut rest = Some(line);
        std::iter::from_fn(move || {
            let here = rest?;
            match memchr::memmem::find(here, b"\\n") {
                Some(at) => {
                    rest = Some(&here[at + 2..]);
                    Some(
                        here[..at]
                            .strip_suffix(b"\\r")
                            .or(here[..at].strip_suffix(b"\\"))
                            .unwrap_or(&here[..at]),
                    )
                }
                None => {
                    rest = None;
                    Some(here)
                }
            }
        })
    })
}

//! Private keys in text armour: PEM (RFC 7468), OpenSSH, OpenPGP (RFC 9580 §6), PuTTY.
//!
//! A header alone is documentation. Only a body that decodes and starts like a key is one. Line breaks
//! may be real or written as `\n`, lines may be quoted and indented.

use std::borrow::Cow;
use std::ops::Range;

use super::der::{self, Read};
use super::url::percent_decoded;
use super::{Parsed, openpgp};
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
    let armour = Armour::at(text, at)?;
    let label = &armour.label[..];
    if label.starts_with(b"OpenVPN ") {
        return openvpn(text, at, label, armour.body.start);
    }
    let is_pgp = label == b"PGP PRIVATE KEY BLOCK";
    if !label.ends_with(b"PRIVATE KEY") && !is_pgp {
        return None;
    }
    let written = &text[armour.body.clone()];
    let (base64, headers) = if armour.is_encoded { body(&unescaped(written)) } else { body(written) };
    if base64.len() < SHORTEST_BODY {
        return label.starts_with(b"NEBULA ").then(|| nebula(text, at, &base64, armour.body.end)).flatten();
    }
    let raw = decoded(&base64);
    let openssh = raw.starts_with(b"openssh-key-v1\0");
    // Older keys are ciphertext under headers that name the cipher (RFC 1421).
    let sealed = headers.windows(9).any(|w| w == b"ENCRYPTED");
    let pgp = if is_pgp { Some(openpgp::secret_key(&raw)?) } else { None };
    let encrypted = label.starts_with(b"ENCRYPTED")
        || sealed
        || openssh && raw.get(19..23) != Some(&b"none"[..])
        || pgp.as_ref().is_some_and(|key| key.is_locked);
    let read = match (openssh, &pgp) {
        (true, _) => der::openssh(&raw),
        (_, Some(key)) if key.is_whole => {
            Read::Key(format!("{} OpenPGP key", key.algorithm).trim_start().to_owned())
        }
        (_, Some(_)) => Read::CutOff,
        (_, None) if sealed || label.starts_with(b"SSH2") => Read::Key(labelled(label)),
        (_, None) if raw.first() == Some(&0x30) => der::key(&raw, label, encrypted),
        (_, None) => return None,
    };
    // Samples show the first line only.
    let is_sample = || armour.is_closed && read == Read::CutOff && !openssh && der::is_public_head(&raw);
    if crate::engine::value::entropy::shannon(&base64) < 4.0 || is_sample() {
        return None;
    }
    let lock = if encrypted { "protected by a passphrase" } else { "without a passphrase" };
    let (kind, is_whole) = kind_of(read, openssh, label);
    let cut = if is_whole { "" } else { ", cut off before its end" };
    Some(Parsed {
        secret: at..armour.end(text),
        confidence: if encrypted || !is_whole { Confidence::Medium } else { Confidence::Certain },
        why: Cow::Owned(format!("the body decodes to {} {kind}, {lock}{cut}", article(&kind))),
        parts: Vec::new(),
    })
}

/// What a key is in words, and whether all of it is there.
fn kind_of(read: Read, openssh: bool, label: &[u8]) -> (String, bool) {
    match read {
        Read::Key(kind) => (kind, true),
        Read::Other if openssh => ("OpenSSH key".to_owned(), true),
        Read::Other => ("DER sequence".to_owned(), true),
        Read::CutOff if openssh => ("OpenSSH key".to_owned(), false),
        Read::CutOff => (labelled(label), false),
    }
}

/// The lines around a key in text (RFC 7468).
struct Armour {
    label: Vec<u8>,
    /// What stands between the lines that begin and end it.
    body: Range<usize>,
    /// In a form or a query a blank is `%20` or a plus sign.
    is_encoded: bool,
    /// Whether the line that ends it is there.
    is_closed: bool,
}

impl Armour {
    /// The one whose `-----BEGIN` stands at `at`.
    fn at(text: &[u8], at: usize) -> Option<Armour> {
        let (blank, is_encoded) = match *text.get(at + b"-----begin".len())? {
            b'%' => (3, true),
            other => (1, other == b'+'),
        };
        let start = at + b"-----begin".len() + blank;
        let end =
            start + crate::memmem::find(text.get(start..)?.get(..60.min(text.len() - start))?, b"-----")?;
        let written = &text[start..end];
        let label = if is_encoded { unescaped(written) } else { written.to_vec() };
        let body = end + 5;
        // The end, or the next key: no body is read twice.
        let over = body + crate::memmem::find(&text[body..], b"-----").unwrap_or(text.len() - body);
        let is_closed = text[over..].starts_with(b"-----END");
        Some(Armour { label, body: body..over, is_encoded, is_closed })
    }

    /// Where the key is over, with the line that ends it.
    fn end(&self, text: &[u8]) -> usize {
        let Range { start, end: over } = self.body;
        let end = match (self.is_closed, self.is_encoded) {
            (false, _) => over,
            (true, false) => over + memchr::memchr(b'\n', &text[over..]).unwrap_or(text.len() - over),
            (true, true) => {
                let behind = over + b"-----".len();
                let dashes = crate::memmem::find(&text[behind..], b"-----");
                dashes.map_or(over, |at| behind + at + b"-----".len())
            }
        };
        let dash = text[over..end].iter().rposition(|&b| b == b'-');
        (over + dash.map_or(0, |last| last + 1)).max(start)
    }
}

/// The key of a host of Nebula, 32 bytes of Curve25519 or P-256 without any structure (github.com/slackhq/nebula, cert/pem.go).
fn nebula(text: &[u8], at: usize, base64: &[u8], body_end: usize) -> Option<Parsed> {
    const LENGTH: usize = 32;
    let behind = body_end + b"-----END".len();
    let is_closed = text.get(body_end..behind) == Some(b"-----END");
    if !is_closed || decoded(base64).len() != LENGTH || crate::engine::value::entropy::shannon(base64) < 4.0 {
        return None;
    }
    let end = behind + crate::memmem::find(&text[behind..], b"-----")? + b"-----".len();
    let why = Cow::Borrowed("the body decodes to a key of Nebula, without a passphrase");
    Some(Parsed { secret: at..end, confidence: Confidence::Certain, why, parts: Vec::new() })
}

/// A key that the two ends of OpenVPN share, 256 bytes in hex, or one for `tls-crypt-v2`, in base64 (OpenVPN's manual,
/// options --secret, --tls-auth, --tls-crypt and --tls-crypt-v2).
fn openvpn(text: &[u8], at: usize, label: &[u8], body_start: usize) -> Option<Parsed> {
    const STATIC: usize = 512;
    let body = &text[body_start..];
    let body = &body[..crate::memmem::find(body, b"-----END")?];
    let key: Vec<u8> = lines(body).flatten().copied().filter(|b| !b.is_ascii_whitespace()).collect();
    let is_static = label.starts_with(b"OpenVPN Static key");
    let is_key = match is_static {
        true => key.len() == STATIC && key.iter().all(u8::is_ascii_hexdigit),
        false => key.len() >= SHORTEST_BODY && label.starts_with(b"OpenVPN tls-crypt-v2"),
    };
    let least = if is_static { 3.0 } else { 4.0 };
    if !is_key || crate::engine::value::entropy::shannon(&key) < least {
        return None;
    }
    let behind = body_start + body.len() + b"-----END".len();
    let line = &text[behind..text.len().min(behind + label.len() + b" -----".len())];
    let end = behind + crate::memmem::find(line, b"-----").map_or(0, |dashes| dashes + 5);
    let kind = if is_static { "the static key that both ends share" } else { "a key for tls-crypt-v2" };
    let why = Cow::Owned(format!("the body is {kind}, without a passphrase"));
    Some(Parsed { secret: at..end, confidence: Confidence::Certain, why, parts: Vec::new() })
}

/// What the escapes of a form or a query say, where a plus sign is a blank.
fn unescaped(written: &[u8]) -> Vec<u8> {
    let blanks: Vec<u8> = written.iter().map(|b| if *b == b'+' { b' ' } else { *b }).collect();
    percent_decoded(&blanks).into_owned()
}

/// The bytes of base64 without padding. A last character that is left over holds nothing.
fn decoded(base64: &[u8]) -> Vec<u8> {
    let whole = base64.len() - base64.len() % 4;
    let mut out = data_encoding::BASE64.decode(&base64[..whole]).unwrap_or_default();
    let rest = [&base64[whole..], b"AAAA"].concat();
    let extra = (base64.len() % 4).saturating_sub(1);
    out.extend(data_encoding::BASE64.decode(&rest[..4]).unwrap_or_default().into_iter().take(extra));
    out
}

/// What the header calls a key whose body does not say: `RSA key`.
fn labelled(label: &[u8]) -> String {
    let kind = label.strip_suffix(b" PRIVATE KEY").or(label.strip_suffix(b" ENCRYPTED PRIVATE KEY"));
    match kind {
        Some(b"RSA") => "RSA key",
        Some(b"DSA") => "DSA key",
        Some(b"EC") => "EC key",
        Some(kind) if kind.starts_with(b"SSH2") => "SSH2 key",
        None if label.starts_with(b"PGP ") => "OpenPGP key",
        _ => "key",
    }
    .to_owned()
}

/// `an OpenSSH key`, `an 8192-bit RSA key`, `a DER sequence`.
fn article(kind: &str) -> &'static str {
    if kind.starts_with(['O', '8', 'E', 'R', 'S', 'X']) { "an" } else { "a" }
}

/// A PuTTY private key whose header stands at `at` (PuTTY manual, appendix C): header lines, then the
/// private part after `Private-Lines:`.
fn putty(text: &[u8], at: usize) -> Option<Parsed> {
    const LONGEST_KEY: usize = 16 * 1024;
    let block = &text[at..text.len().min(at + LONGEST_KEY)];
    let find = |mark: &[u8]| crate::memmem::find(block, mark).map(|n| n + mark.len());
    let kind: String = block[find(b": ")?..]
        .iter()
        .take(24)
        .take_while(|b| b.is_ascii_graphic())
        .map(|b| char::from(*b))
        .collect();
    let cipher = &block[find(b"Encryption: ")?..];
    let encrypted = !cipher.starts_with(b"none");
    let body = counted_lines(block, find(b"Private-Lines: ")?)?;
    let end = body.end;
    let of_lines = |lines: Range<usize>| -> Vec<u8> {
        block[lines].iter().copied().filter(u8::is_ascii_graphic).collect()
    };
    let body = of_lines(body);
    // The public half is open even when the private one is locked.
    let public = find(b"Public-Lines: ").and_then(|at| counted_lines(block, at));
    let public = decoded(&public.map(of_lines).unwrap_or_default());
    let kind = der::ssh_kind(&public).unwrap_or_else(|| format!("key of type {kind}"));
    if body.len() < 40 || crate::engine::value::entropy::shannon(&body) < 4.0 {
        return None;
    }
    let lock = if encrypted { "protected by a passphrase" } else { "without a passphrase" };
    Some(Parsed {
        secret: at..at + end,
        confidence: if encrypted { Confidence::Medium } else { Confidence::Certain },
        why: Cow::Owned(format!("{} {kind} in PuTTY's form, {lock}", article(&kind))),
        parts: Vec::new(),
    })
}

/// The lines of a part of a PuTTY key whose number stands at `at`.
fn counted_lines(block: &[u8], at: usize) -> Option<Range<usize>> {
    let digits = block[at..].iter().take(3).take_while(|b| b.is_ascii_digit()).count();
    let count: usize = std::str::from_utf8(&block[at..at + digits]).ok()?.parse().ok()?;
    let start = at + memchr::memchr(b'\n', &block[at..])?;
    let mut end = start;
    for _ in 0..count.min(200) {
        end = memchr::memchr(b'\n', &block[end + 1..]).map_or(block.len(), |n| end + 1 + n);
        if end == block.len() {
            break;
        }
    }
    Some(start..end)
}

/// The base64 of a body and its header lines (`Proc-Type: 4,ENCRYPTED`).
fn body(raw: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let mut base64 = Vec::with_capacity(raw.len());
    let mut headers = Vec::new();
    for line in lines(raw) {
        if crate::memmem::find(line, b": ").is_some() && memchr::memchr(b'+', line).is_none() {
            headers.extend_from_slice(line);
            continue;
        }
        // The OpenPGP checksum line.
        if line.trim_ascii().starts_with(b"=") {
            continue;
        }
        // What joins the literals of a key in code, or opens a comment, is no part of it.
        let runs = line.split(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/')));
        runs.filter(|run| run.iter().any(u8::is_ascii_alphanumeric)).for_each(|run| base64.extend(run));
    }
    (base64, headers)
}

/// Lines, whether broken by a line feed or by an escape that stands for one.
fn lines(raw: &[u8]) -> impl Iterator<Item = &[u8]> {
    raw.split(|&b| b == b'\n').flat_map(|line| {
        let mut rest = Some(line);
        std::iter::from_fn(move || {
            let here = rest?;
            match crate::memmem::find(here, b"\\n") {
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

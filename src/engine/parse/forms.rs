//! Forms of one line that hold a credential by themselves: hashes of passwords beside their user, the codes
//! that phones scan to join a Wi-Fi network.

use std::borrow::Cow;
use std::ops::Range;

use super::{Around, Parsed, is_weak, password_confidence};
use crate::catalogue::Confidence;
use crate::engine::value::entropy;

/// Longest user name before a hash, and longest hash, bytes.
const LONGEST_USER: usize = 64;
const LONGEST_HASH: usize = 200;

/// How a hash is written: its start, and the characters and lengths behind it. `$` parts are of crypt(3);
/// `{SHA}` is of the Apache password file.
struct Hash {
    start: &'static str,
    /// Least length of all behind the start.
    least: usize,
    /// Whether a machine tries thousands of millions of passwords a second.
    is_fast: bool,
    name: &'static str,
}

#[rustfmt::skip]
const HASHES: &[Hash] = &[
    Hash { start: "$apr1$", least: 23, is_fast: true, name: "an MD5 hash of Apache" },
    Hash { start: "$2y$", least: 56, is_fast: false, name: "a bcrypt hash" },
    Hash { start: "$2a$", least: 56, is_fast: false, name: "a bcrypt hash" },
    Hash { start: "$2b$", least: 56, is_fast: false, name: "a bcrypt hash" },
    Hash { start: "$1$", least: 23, is_fast: true, name: "an MD5 hash of crypt(3)" },
    Hash { start: "$5$", least: 44, is_fast: true, name: "a SHA-256 hash of crypt(3)" },
    Hash { start: "$6$", least: 87, is_fast: false, name: "a SHA-512 hash of crypt(3)" },
    Hash { start: "$8$", least: 50, is_fast: false, name: "a PBKDF2 hash of IOS" },
    Hash { start: "$9$", least: 50, is_fast: false, name: "an scrypt hash of IOS" },
    Hash { start: "$y$", least: 50, is_fast: false, name: "a yescrypt hash" },
    Hash { start: "{sha}", least: 28, is_fast: true, name: "an unsalted SHA-1 hash" },
];

/// `user:$apr1$…`: a line of `.htpasswd`, of /etc/shadow, or of an option that takes one. A dollar sign may
/// stand twice, as compose files want it.
pub(super) fn password_hash(text: &[u8], around: Around<'_>) -> Option<Parsed> {
    if around.keyword.ends_with(b"$") && !around.keyword.starts_with(b":") {
        return device_hash(text, around);
    }
    // The keyword starts with the colon.
    let (colon, start) = (around.at, around.at + 1);
    let user_length = text[colon.saturating_sub(LONGEST_USER)..colon]
        .iter()
        .rev()
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'@' | b'+'))
        .count();
    let user = &text[colon - user_length..colon];
    let before = (colon - user_length).checked_sub(1).map(|at| text[at]);
    let opens =
        matches!(before, None | Some(b'\n' | b'"' | b'\'' | b'`' | b'=' | b',' | b' ' | b'\t' | b'|'));
    if user.is_empty() || !opens {
        return None;
    }
    let (hash, length) = hash_at(text, start)?;
    // The users of manuals: their passwords are in the next line of the page. A slow hash gives away weak
    // passwords only.
    const NOBODY: [&[u8]; 9] =
        [b"user", b"username", b"test", b"user1", b"user2", b"test2", b"foo", b"bar", b"myuser"];
    let nobody = NOBODY.iter().any(|name| user.eq_ignore_ascii_case(name));
    Some(Parsed {
        secret: start..start + length,
        confidence: if nobody || !hash.is_fast { Confidence::Low } else { Confidence::Medium },
        why: Cow::Owned(format!("{} behind its user (`user:hash`)", hash.name)),
        parts: vec![("user", colon - user_length..colon)],
    })
}

/// `username kim secret 5 $1$…`, `enable secret 9 $9$…` of IOS and its likes, `encrypted-password "$6$…"` of Junos and VyOS.
fn device_hash(text: &[u8], around: Around<'_>) -> Option<Parsed> {
    let start = around.at + around.keyword.len() - 1;
    let (hash, length) = hash_at(text, start)?;
    let confidence = if hash.is_fast { Confidence::Medium } else { Confidence::Low };
    let why = Cow::Owned(format!("{} in a device's configuration", hash.name));
    Some(Parsed { secret: start..start + length, confidence, why, parts: Vec::new() })
}

/// The hash of a password that stands at `start`, and how long it is.
fn hash_at(text: &[u8], start: usize) -> Option<(&'static Hash, usize)> {
    let window = &text[start..text.len().min(start + LONGEST_HASH)];
    let length = window
        .iter()
        .take_while(|b| {
            b.is_ascii_alphanumeric() || matches!(b, b'$' | b'.' | b'/' | b'+' | b'=' | b'{' | b'}')
        })
        .count();
    let written = &window[..length];
    let single = String::from_utf8_lossy(written).replace("$$", "$");
    let lower = single.to_ascii_lowercase();
    let hash = HASHES.iter().find(|hash| lower.starts_with(hash.start))?;
    let body = &single[hash.start.len()..];
    let longest = body.split('$').next_back().unwrap_or_default();
    let is_random = longest.bytes().any(|b| b.is_ascii_digit())
        && longest.bytes().any(|b| b.is_ascii_uppercase())
        && longest.bytes().any(|b| b.is_ascii_lowercase());
    (body.len() >= hash.least && is_random).then_some((hash, length))
}

/// `user:realm:digest`, a line of Apache's file for Digest authentication: the digest is as good as the password.
pub(super) fn digest_file(text: &[u8]) -> Option<Parsed> {
    let mut at = 0;
    text.split(|b| *b == b'\n').find_map(|line| {
        let start = at;
        at += line.len() + 1;
        let line = line.trim_ascii_end();
        let digest = memchr::memrchr(b':', line)? + 1;
        let user = memchr::memchr(b':', &line[..digest - 1])?;
        let hex = line.len() - digest == 32 && line[digest..].iter().all(u8::is_ascii_hexdigit);
        (hex && user > 0 && entropy::looks_random(&line[digest..], 0.0)).then(|| Parsed {
            secret: start + digest..start + line.len(),
            confidence: Confidence::Medium,
            why: Cow::Borrowed("an MD5 digest of user, realm and password (`user:realm:hash`)"),
            parts: vec![("user", start..start + user)],
        })
    })
}

/// `WIFI:T:WPA;S:network;P:password;;`: what the QR code of a network says (ZXing, WPA3 specification §7.1).
pub(super) fn wifi(text: &[u8], around: Around<'_>) -> Option<Parsed> {
    let start = around.at + around.keyword.len();
    let window = &text[start..text.len().min(start + 200)];
    let (mut at, mut network, mut secret) = (0, None, None);
    while at < window.len() {
        let end = field_end(&window[at..]).map(|n| at + n)?;
        if end == at {
            break;
        }
        let value = start + at + 2..start + end;
        match &window[at..end] {
            [b'S' | b's', b':', _, ..] => network = Some(value),
            [b'P' | b'p', b':', _, ..] => secret = Some(value),
            [_, b':', ..] => {}
            _ => return None,
        }
        at = end + 1;
    }
    let (network, secret): (Range<usize>, Range<usize>) = (network?, secret?);
    let bytes = &text[secret.clone()];
    if bytes.len() < 8
        || is_weak(bytes, &text[network.clone()])
        || !bytes.iter().all(|b| (0x20..0x7F).contains(b))
    {
        return None;
    }
    Some(Parsed {
        confidence: password_confidence(bytes, Confidence::Low),
        secret,
        why: Cow::Borrowed("password in the code of a Wi-Fi network"),
        parts: vec![("network", network)],
    })
}

/// The semicolon that ends a field; one behind a backslash is part of it.
fn field_end(text: &[u8]) -> Option<usize> {
    let mut escaped = false;
    for (at, byte) in text.iter().enumerate() {
        match byte {
            b'\n' => return None,
            b';' if !escaped => return Some(at),
            b'\\' => escaped = !escaped,
            _ => escaped = false,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::embedded;
    use crate::catalogue::sample::expand;
    use crate::engine::Syntax;

    fn found(parser: fn(&[u8], Around<'_>) -> Option<Parsed>, keyword: &str, text: &str) -> Option<String> {
        let at = text.find(keyword).unwrap();
        let around = Around {
            keyword: keyword.as_bytes(),
            at,
            syntax: Syntax::Bare,
            catalogue: embedded(),
            may_be_far: true,
            last_list: &super::super::LastList::default(),
        };
        parser(text.as_bytes(), around).map(|parsed| text[parsed.secret].to_owned())
    }

    #[test]
    fn hashes_stand_behind_a_user() {
        let hash = expand("$apr1${b62:8}${b62:22}", "a");
        for line in [format!("kim:{hash}\n"), format!("a\nkim@corp.io:{hash}"), format!("users=kim:{hash}")] {
            assert_eq!(found(password_hash, ":$apr1$", &line).as_ref(), Some(&hash), "{line}");
        }
        let doubled = hash.replace('$', "$$");
        let label = format!("- \"traefik.http.middlewares.a.basicauth.users=kim:{doubled}\"");
        assert_eq!(found(password_hash, ":$$apr1$$", &label), Some(doubled));
        for line in [format!("://:{hash}"), format!("kim:{}", &hash[..24]), "kim:$apr1$xxxxxxxx$hash".into()]
        {
            assert_eq!(found(password_hash, ":$apr1$", &line), None, "{line}");
        }
    }

    #[test]
    fn codes_of_networks() {
        let secret = expand("{b62:10}", "a");
        for start in ["WIFI:T:WPA;S:Office;", "WIFI:S:Of\\;fice;T:WPA;", "WIFI:H:false;S:Office;"] {
            let text = format!("{start}P:{secret};;");
            assert_eq!(found(wifi, "WIFI:", &text).as_ref(), Some(&secret), "{text}");
        }
        for text in
            ["WIFI:T:WPA;S:Office;P:password;;", "WIFI:T:nopass;S:Office;;", "WIFI: off; on;", "WIFI:"]
        {
            assert_eq!(found(wifi, "WIFI:", text), None, "{text}");
        }
    }
}

//! Tokens whose inside has a structure: numbers, JSON, packets.

use super::bases::{BASE32, BASE64, BASE64_URL, decode, decode_base64, encode};
use super::{Sealed, last};

/// The twelve-digit account number in an AWS access key id (public research, fits published pairs): 40 bits
/// after the first of ten base32-decoded bytes. Ids whose fifth character is I or J are of an older series
/// that has none.
pub(super) fn aws_account_id(token: &str) -> Option<String> {
    let body = token.get(4..).filter(|body| body.len() == 16)?;
    if body.starts_with(['I', 'J']) || !body.starts_with(|c: char| c.is_ascii_uppercase()) {
        return None;
    }
    let raw = decode(body, BASE32)?;
    let number = raw[..6].iter().fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    let account = (number & 0x7FFF_FFFF_FF80) >> 7;
    (account <= 999_999_999_999).then(|| format!("{account:012}"))
}

/// Rewrites the last sixteen characters so that they hold an account number.
pub(super) fn seal_aws(head: &str) -> Option<Sealed> {
    let mut raw = decode(last(head, 16)?, BASE32).filter(|raw| raw.len() == 10)?;
    // The first byte decides: below 0x40 it is one of A to H; the number stays under 2^39.
    raw[0] &= 0x3F;
    Some(Sealed { replaces: 16, text: encode(&raw, BASE32) })
}

/// The owner's number in a fine-grained GitHub token, by test on seven public samples of six owners: `11`,
/// 32 bits in seven base32 characters, `0`.
pub(super) fn github_owner(token: &str) -> Option<u32> {
    let body = token.strip_prefix("github_pat_")?.strip_prefix("11")?;
    let number = body.get(..7).filter(|number| number.ends_with(['A', 'I', 'Q', 'Y']))?;
    body[7..].starts_with('0').then_some(())?;
    let raw = decode(number, BASE32)?;
    Some(u32::from_be_bytes(raw.get(..4)?.try_into().ok()?))
}

/// Jira, Confluence and Bitbucket Data Center tokens, by test and CredSweeper's source: base64 of digits,
/// a colon and twenty random bytes.
pub(super) fn atlassian_data_center(token: &str) -> Option<bool> {
    let raw = decode(token.strip_prefix("BBDC-").unwrap_or(token), BASE64)?;
    let colon = raw.iter().position(|byte| *byte == b':');
    Some(colon.is_some_and(|at| at > 0 && raw[..at].iter().all(u8::is_ascii_digit) && raw.len() == at + 21))
}

/// PyPI and TestPyPI (libmacaroons, format version 2): location packet with the index's host name,
/// identifier packet, caveats, and a signature packet of 32 bytes at the end.
pub(super) fn pypi_macaroon(token: &str) -> Option<bool> {
    let raw = decode(token.strip_prefix("pypi-")?.trim_end_matches('='), BASE64_URL)?;
    let Some(([2, 1, size], rest)) = raw.split_first_chunk::<3>() else { return Some(false) };
    let Some((host, rest)) = rest.split_at_checked(usize::from(*size)) else { return Some(false) };
    let signed = rest.len() >= 34 && rest[rest.len() - 34..].starts_with(&[6, 32]);
    Some(matches!(host, b"pypi.org" | b"test.pypi.org") && rest.first() == Some(&2) && signed)
}

/// Rewrites the random base64url after `pypi-` into a macaroon of the same kind: location, an identifier
/// of 36 bytes, one caveat, signature. The characters before it must be the known start or nothing.
pub(super) fn seal_pypi(head: &str) -> Option<Sealed> {
    let at = head.rfind("pypi-")? + "pypi-".len();
    let random = decode(&head[at..], BASE64_URL)?;
    let host: &[u8] = if random.windows(4).any(|w| w == b"test") { b"test.pypi.org" } else { b"pypi.org" };
    let mut bytes = random
        .iter()
        .skip(3 + host.len())
        .copied()
        .chain((0..).map(|n: u32| (n.wrapping_mul(0x9E37_79B1) >> 24) as u8));
    let mut raw = vec![2, 1, host.len() as u8];
    raw.extend(host);
    raw.extend([2, 36]);
    raw.extend(bytes.by_ref().take(36).map(|byte| b"0123456789abcdef"[usize::from(byte & 15)]));
    raw.extend([0, 2, 42]);
    raw.extend(br#"{"permissions": "user", "version": 1, "x":1}"#.iter().take(42));
    raw.extend([0, 0, 6, 32]);
    raw.extend(bytes.take(32));
    Some(Sealed { replaces: head.len() - at, text: encode(&raw, BASE64_URL) })
}

/// The algorithm of a JWT and when it ends. The engine has no clock: whether the date has passed is the
/// reader's to see.
pub(super) fn jwt_told(token: &str) -> Option<String> {
    let mut parts = token.split('.');
    let mut object = || -> Option<serde_json::Map<String, serde_json::Value>> {
        serde_json::from_slice(&decode(parts.next()?.trim_end_matches('='), BASE64_URL)?).ok()
    };
    let algorithm = object()?.get("alg")?.as_str()?.to_owned();
    // An algorithm has a name like HS256; anything else is not shown.
    let named = algorithm.len() <= 16 && algorithm.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    let algorithm = if named { algorithm } else { "an unknown algorithm".to_owned() };
    let end = object().map(|claims| claims.get("exp").and_then(serde_json::Value::as_f64));
    Some(match end {
        Some(Some(seconds)) if (1.0..=253_402_300_799.0).contains(&seconds) => {
            format!("signed with {algorithm}, expires on {}", day(seconds as i64 / 86_400))
        }
        Some(_) => format!("signed with {algorithm}, never expires"),
        None => format!("made with {algorithm}"),
    })
}

/// The day on which a JWT ends. It is counted in seconds since 1970 (RFC 7519 §2), so that a small number is long over
/// for whoever checks it; 0 is none for many who do, and one in milliseconds is far away.
pub(super) fn jwt_last_day(token: &str) -> Option<u32> {
    let claims = token.split('.').nth(1)?.trim_end_matches('=');
    let claims: serde_json::Map<String, serde_json::Value> =
        serde_json::from_slice(&decode(claims, BASE64_URL)?).ok()?;
    let seconds = claims.get("exp")?.as_f64()?;
    (1.0..1e11).contains(&seconds).then_some((seconds / 86_400.0) as u32)
}

/// The date of a day counted from 1970-01-01 in the Gregorian calendar, as YYYY-MM-DD.
pub(super) fn day(days: i64) -> String {
    let leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    // Whole cycles of 400 years first: what is left is counted year by year.
    let (mut year, mut left) = (1970 + days / 146_097 * 400, days % 146_097);
    while left >= 365 + i64::from(leap(year)) {
        left -= 365 + i64::from(leap(year));
        year += 1;
    }
    let february = 28 + i64::from(leap(year));
    let mut month = 1;
    for length in [31, february, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31] {
        if left < length {
            break;
        }
        left -= length;
        month += 1;
    }
    format!("{year}-{month:02}-{:02}", left + 1)
}

/// RFC 7519: the header decodes to a JSON object with a string `alg`, the claims to a JSON object.
pub(super) fn jwt(token: &str) -> Option<bool> {
    let mut parts = token.split('.');
    let (header, claims) = (parts.next()?, parts.next()?);
    let object = |part: &str| -> Option<serde_json::Map<String, serde_json::Value>> {
        serde_json::from_slice(&decode(part.trim_end_matches('='), BASE64_URL)?).ok()
    };
    let named =
        object(header).is_some_and(|header| header.get("alg").is_some_and(serde_json::Value::is_string));
    // An encrypted token (RFC 7516) has five parts, and claims that cannot be read.
    Some(named && (token.split('.').count() == 5 || object(claims).is_some()))
}

/// A private key in PKCS#8 (RFC 5958) whose armour opens the text and whose lines end in `\n`, escaped once or more often:
/// a sequence of a version, an algorithm and a key. `None` where it is cut off, or of a version or a length form that no vendor writes.
pub(super) fn pkcs8(text: &str) -> Option<bool> {
    const SEQUENCE: u8 = 0x30;
    const VERSION: &[u8] = &[2, 1, 0, SEQUENCE];
    let unescaped = |part: &str| part.strip_prefix('n').unwrap_or(part).to_owned();
    let body: String = text.rsplit_once("-----")?.1.split('\\').map(unescaped).collect();
    let Some(raw) = decode(&body, BASE64).filter(|raw| raw.first() == Some(&SEQUENCE)) else {
        return Some(false);
    };
    let (head, length) = match raw.get(1..4)? {
        [0x82, high, low] => (4, usize::from(*high) << 8 | usize::from(*low)),
        [0x81, length, _] => (3, usize::from(*length)),
        [length @ 0..=0x7F, ..] => (2, usize::from(*length)),
        _ => return None,
    };
    (raw.get(head..head + length)?.starts_with(VERSION)).then_some(true)
}

/// Plivo auth tokens, by test on public literals: base64 of 30 lower-case hex digits (older) or of the
/// first 30 characters of a UUID (newer).
pub(super) fn plivo(token: &str) -> Option<bool> {
    let raw = decode_base64(token)?;
    if raw.len() != 30 {
        return Some(false);
    }
    let digit = |byte: &u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    let uuid = raw
        .iter()
        .enumerate()
        .all(|(at, byte)| if matches!(at, 8 | 13 | 18 | 23) { *byte == b'-' } else { digit(byte) });
    Some(uuid || raw.iter().all(digit))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_have_dates() {
        for (days, date) in [
            (0, "1970-01-01"),
            (11_016, "2000-02-29"),
            (19_782, "2024-02-29"),
            (20_453, "2025-12-31"),
            (47_540, "2100-02-28"),
        ] {
            assert_eq!(day(days), date);
        }
    }

    #[test]
    fn the_end_of_a_jwt_is_told() {
        let part = |json: &str| encode(json.as_bytes(), BASE64_URL);
        let told = |claims: &str| jwt_told(&format!("{}.{}.x", part(r#"{"alg":"HS256"}"#), part(claims)));
        assert_eq!(told(r#"{"exp":1735689600}"#).unwrap(), "signed with HS256, expires on 2025-01-01");
        assert_eq!(told(r#"{"sub":"a"}"#).unwrap(), "signed with HS256, never expires");
    }
}

//! What a value is by its own bytes: drawn at random, or a path, a name, a version, an address.

use std::ops::Range;

use super::base64::is_drawn_base64;
use super::drawn::{holds_drawn, is_extension, is_joint};
use super::is_reference;
use super::operand::LONGEST_VALUE;
use bstr::ByteSlice;

use crate::engine::doubt::public;
use crate::engine::names;
use crate::engine::value::{entropy, generated, words};

mod worded;

use worded::is_path_like;
pub(super) use worded::{
    is_abbreviated, is_camel, is_compound, is_identifier, is_numbered, is_resource_name,
};

/// Token characters only.
pub(super) fn is_opaque(value: &[u8]) -> bool {
    value.len() <= LONGEST_VALUE
        && value.iter().all(|b| {
            b.is_ascii_alphanumeric()
                || matches!(
                    b,
                    b'+' | b'/'
                        | b'='
                        | b'_'
                        | b'-'
                        | b'.'
                        | b'~'
                        | b'!'
                        | b'@'
                        | b'#'
                        | b'%'
                        | b'^'
                        | b'&'
                        | b'*'
                )
        })
}

/// Bytes that a literal writes with escapes, `b"\xe2\xbf…"` as Flask's manual has them. `value` ends at the first.
pub(super) fn escaped_bytes(text: &[u8], value: &Range<usize>) -> Option<Range<usize>> {
    const FEWEST: usize = 8;
    let quote = *text[..value.start].last().filter(|b| matches!(b, b'"' | b'\''))?;
    let window = &text[value.start..text.len().min(value.start + LONGEST_VALUE)];
    let end = window.iter().position(|b| *b == quote || *b == b'\n').filter(|at| window[*at] == quote)?;
    let written = &window[..end];
    let mut bytes: Vec<&[u8]> =
        memchr::memmem::find_iter(written, b"\\x").filter_map(|at| written.get(at + 2..at + 4)).collect();
    bytes.sort_unstable();
    bytes.dedup();
    let is_hex = bytes.iter().all(|pair| pair.iter().all(u8::is_ascii_hexdigit));
    // A public key in the form of SSH.
    let is_public = crate::memmem::find(written, b"ssh-").is_some();
    (bytes.len() >= FEWEST && is_hex && !is_public).then_some(value.start..value.start + end)
}

/// Parts that colons join, one of them drawn at random: `app.key:secret`, `number:token`. An address, a time
/// or a labelled digest is none.
pub(super) fn is_joined(value: &[u8]) -> bool {
    const LABELS: [&[u8]; 12] = [
        b"md5", b"sha1", b"sha256", b"sha384", b"sha512", b"blake2b", b"blake3", b"crc32", b"urn", b"uuid",
        b"etag", b"commit",
    ];
    let parts = || value.split(|b| *b == b':');
    let first = parts().next().unwrap_or_default();
    let last = parts().next_back().unwrap_or_default();
    let is_part = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-' | b'+' | b'=' | b'~');
    (2..=4).contains(&parts().count())
        && value.len() <= LONGEST_VALUE
        && parts().all(|part| !part.is_empty() && part.iter().all(is_part))
        && !LABELS.iter().any(|label| first.eq_ignore_ascii_case(label))
        // What Firebase calls an app on one phone: an address for messages.
        && !parts().any(|part| part.starts_with(b"APA91b"))
        && !(last.len() <= 5 && last.iter().all(u8::is_ascii_digit))
        && parts().any(is_drawn)
}

/// A part that was drawn: sixteen characters or more, whose longest run of letters and digits mixes them.
fn is_drawn(part: &[u8]) -> bool {
    let runs = part.split(|b| !b.is_ascii_alphanumeric());
    let longest = runs.max_by_key(|run| run.len()).unwrap_or_default();
    let digits = longest.iter().filter(|b| b.is_ascii_digit()).count();
    part.len() >= 16
        && longest.len() >= 6
        && digits > 0
        && digits < longest.len()
        && !is_identifier(longest)
        && !is_plain(part)
        && entropy::looks_random(part, 0.0)
}

/// A long value drawn from letters, digits and many signs, as Django and WordPress make their keys: none of
/// the tests for shorter values fit it, since any sign may stand anywhere. What is sealed is none: `ENC(…)`.
pub(super) fn is_scrambled(value: &[u8]) -> bool {
    let signs: Vec<u8> = value.iter().copied().filter(|b| b.is_ascii_punctuation() || *b == b' ').collect();
    // What paths, routes and templates are made of says nothing.
    let kinds = b" !#$%&()*+;<>?@[]^`|~".iter().filter(|sign| signs.contains(sign)).count();
    // A name in braces is one of a template.
    let is_of_name =
        |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'$' | b' ' | b'\'' | b'"');
    let braced = memchr::memchr_iter(b'{', value).any(|at| {
        let inner = &value[at + 1..];
        inner.iter().position(|b| !is_of_name(b)).is_some_and(|end| inner[end] == b'}')
    });
    let digits = value.iter().filter(|b| b.is_ascii_digit()).count();
    // Signs beside letters are taken for the ends of words.
    let plain: Vec<u8> = value.iter().copied().filter(u8::is_ascii_alphanumeric).collect();
    (20..=120).contains(&value.len())
        && value.iter().all(|b| (b' '..=b'~').contains(b))
        && kinds >= if value.len() < 48 { 4 } else { 3 }
        && !braced
        && (value.len() / 10..=value.len() / 2).contains(&signs.len())
        && digits >= 2
        && entropy::shannon(value) >= if value.len() < 40 { 4.0 } else { 4.4 }
        && !words::reads_like_words(&plain)
        && !entropy::is_placeholder(&plain)
        && crate::memmem::find(value, b"://").is_none()
        && !public::is_public(value)
}

/// What stands after a secret's name without being one: paths, URLs, versions, ids, dates, expressions.
pub(super) fn is_plain(value: &[u8]) -> bool {
    public::is_worded(value) || is_otherwise_plain(value)
}

/// The same after this name: one that calls it a secret says more than an everyday word at the value's start.
pub(super) fn is_plain_as(name: &[u8], value: &[u8]) -> bool {
    is_otherwise_plain(value) || public::is_worded(value) && !names::says_secret(&names::words(name))
}

fn is_otherwise_plain(value: &[u8]) -> bool {
    #[rustfmt::skip]
    const STARTS: [&[u8]; 20] = [
        b"./", b"../", b"~/", b"--", b"arn:", b"ENC[", b"sha256", b"sha512", b"sha1", b"vault:", b"op://",
        b"ssh-", b"$2a$", b"$2b$", b"$2x$", b"$2y$", b"data:", b"encrypted:",
        // A message of PGP in base64, as Renovate seals values.
        b"wcFM", b"wcBM",
    ];
    const HOLDS: [&[u8]; 4] = [b"===", b"secretmanager", b"keyvault", b"\\u"];
    /// What logs put in place of most of a secret.
    const MASK: &[u8] = b"***";
    const EXTENSIONS: [&[u8; 4]; 6] = [b".com", b".svc", b".yml", b".pem", b".key", b".txt"];
    let has = |mark: &[u8]| crate::memmem::find(value, mark).is_some();
    is_reference(value)
        || public::is_public(value)
        || has(b"://") && !has(b"@")
        || STARTS.iter().any(|start| value.starts_with(start))
        || is_code(value)
        || value.starts_with(b"=?") && value.ends_with(b"?=")
        || is_route(value)
        || matches!(value, [drive, b':', b'\\', ..] if drive.is_ascii_alphabetic())
        || HOLDS.iter().any(|mark| has(mark))
        || has(MASK)
        || entropy::is_uuid(value)
        || value.iter().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b':' | b'T' | b'Z' | b'+'))
        || value.windows(4).any(|four| EXTENSIONS.iter().any(|end| four.eq_ignore_ascii_case(*end)))
            && !holds_drawn(value)
        || is_key_of_store(value)
        || is_stored_hash(value)
        || is_abbreviated(value)
        || is_camel(value)
        || is_compound(value)
        || is_file(value)
        || is_path_like(value)
        || is_version(value)
        || is_rule(value)
        || is_rate(value)
        || is_field(value)
        || is_options(value)
        || is_object_path(value)
        || is_service(value)
        || is_scope(value)
        || is_stamped(value)
}

/// A path from the root, a call, a member, a type, a package and its version: of what was drawn from all signs none of
/// theirs tells it.
fn is_code(value: &[u8]) -> bool {
    let has = |mark: &[u8]| crate::memmem::find(value, mark).is_some();
    (value.starts_with(b"/") && !is_drawn_base64(value)
        || [&b"("[..], b"->", b"::"].into_iter().any(has)
        || is_requirement(value))
        && !generated::is_generated(value)
}

/// What a form's field has to be, in Laravel's words: `required|min:6`.
fn is_rule(value: &[u8]) -> bool {
    const RULES: [&[u8]; 14] = [
        b"required",
        b"nullable",
        b"sometimes",
        b"confirmed",
        b"min",
        b"max",
        b"string",
        b"same",
        b"unique",
        b"alpha_num",
        b"current_password",
        b"between",
        b"regex",
        b"present",
    ];
    let name = |part: &'_ [u8]| part.iter().position(|b| *b == b':').unwrap_or(part.len());
    let is_name = |part: &[u8]| part.iter().all(|b| b.is_ascii_lowercase() || *b == b'_');
    let parts = || value.split(|b| *b == b'|');
    value.contains(&b'|')
        && parts().all(|part| is_name(&part[..name(part)]) && name(part) > 0)
        && parts().any(|part| RULES.contains(&&part[..name(part)]))
}

/// The path of a resource, with what it is called between words: `/v1/markets/…/cards/…`.
fn is_route(value: &[u8]) -> bool {
    let is_word = |part: &&[u8]| {
        (4..=20).contains(&part.len()) && part.iter().all(|b| b.is_ascii_lowercase() || *b == b'_')
    };
    let Some(path) = value.strip_prefix(b"/") else { return false };
    let parts = || path.split(|b| *b == b'/');
    parts().count() >= 3 && parts().filter(is_word).count() >= 2
}

/// How often something may be done: `5/m/user`, `20/m/ip,5/m/key`.
fn is_rate(value: &[u8]) -> bool {
    const UNITS: [&[u8]; 12] =
        [b"s", b"m", b"h", b"d", b"sec", b"min", b"second", b"minute", b"hour", b"day", b"w", b"week"];
    value.contains(&b'/')
        && value.split(|b| *b == b',').all(|limit| {
            let mut parts = limit.split(|b| *b == b'/');
            let is_number =
                |part: &[u8]| (1..=5).contains(&part.len()) && part.iter().all(u8::is_ascii_digit);
            parts.next().is_some_and(is_number)
                && parts.next().is_some_and(|unit| UNITS.contains(&unit))
                && parts.all(|part| part.iter().all(|b| b.is_ascii_lowercase() || *b == b'_'))
        })
}

/// A field of a packed structure and its default: `16s=b""`.
fn is_field(value: &[u8]) -> bool {
    let digits = value.iter().take_while(|b| b.is_ascii_digit()).count();
    digits > 0 && value[digits..].starts_with(b"s=b")
}

/// Options of a filter behind the first, or from its value on, as of ffmpeg: `repeatlast=0:format=nv12`.
fn is_options(value: &[u8]) -> bool {
    let is_name = |name: &[u8]| !name.is_empty() && name.iter().all(|b| b.is_ascii_lowercase() || *b == b'_');
    let is_given = |given: &[u8]| given.len() <= 8 && given.iter().all(u8::is_ascii_alphanumeric);
    let is_option =
        |part: &[u8]| part.split_once_str("=").is_some_and(|(name, given)| is_name(name) && is_given(given));
    let mut parts = value.split(|b| *b == b':');
    let begins = parts.next().is_some_and(|first| is_given(first) || is_option(first));
    begins && value.contains(&b':') && parts.all(is_option)
}

/// The path of an object that a store keeps under a UUID: `VideoSource40/v4/e3/48/e3481a8f-…`.
fn is_object_path(value: &[u8]) -> bool {
    let parts = || value.split(|b| *b == b'/');
    parts().count() > 3 && parts().any(entropy::is_uuid)
}

/// The name of a service that a container of Symfony's puts there: `@app.password_generator`.
fn is_service(value: &[u8]) -> bool {
    value.strip_prefix(b"@").is_some_and(super::is_service)
}

/// What a signature of AWS' kind is for, behind the id of its key: `…/20260114/eu-west-1/s3/aws4_request`.
fn is_scope(value: &[u8]) -> bool {
    let parts: Vec<&[u8]> = value.split(|b| *b == b'/').take(6).collect();
    let is_date = |part: &[u8]| part.len() == 8 && part.iter().all(u8::is_ascii_digit);
    matches!(parts.as_slice(), [_, date, _, _, last] if is_date(date) && last.ends_with(b"_request"))
}

/// A few letters and the milliseconds of the day that they were made: `ifmxj1768384800000`.
pub(super) fn is_stamped(value: &[u8]) -> bool {
    const DIGITS: usize = 13;
    let letters = value.iter().take_while(|b| b.is_ascii_alphabetic()).count();
    let stamp = &value[letters..];
    letters <= 8 && stamp.len() == DIGITS && stamp[0] == b'1' && stamp.iter().all(u8::is_ascii_digit)
}

/// The key under which something with a digest is stored: words that slashes or colons join, and hex behind them. `lead`
/// ends where the digest starts; one word and a colon may be a user.
pub(in crate::engine) fn is_stored_under(lead: &[u8], digest: &[u8]) -> bool {
    let Some((sign, words)) = lead.split_last().filter(|(sign, _)| matches!(sign, b'/' | b':')) else {
        return false;
    };
    let is_sign = |b: &u8| matches!(b, b'/' | b':');
    let is_word = |word: &[u8]| {
        (2..=24).contains(&word.len())
            && word[0].is_ascii_lowercase()
            && word.iter().all(|b| b.is_ascii_lowercase() || matches!(b, b'_' | b'-' | b'.'))
    };
    let last = words.rsplit(is_sign).next().unwrap_or_default();
    matches!(digest.len(), 32 | 40 | 64)
        && digest.iter().all(u8::is_ascii_hexdigit)
        && words.split(is_sign).all(is_word)
        && (*sign == b'/' || words.contains(sign))
        && names::role(last) != names::Role::Secret
}

fn is_key_of_store(value: &[u8]) -> bool {
    let start = value.iter().rposition(|b| matches!(b, b'/' | b':')).map_or(0, |at| at + 1);
    is_stored_under(&value[..start], &value[start..])
}

/// The hash of a password as frameworks store it: `pbkdf2_sha256$…`.
fn is_stored_hash(value: &[u8]) -> bool {
    const SCHEMES: [&[u8]; 9] = [
        b"pbkdf2",
        b"scrypt",
        b"argon2",
        b"bcrypt",
        b"sha256$",
        b"sha1$",
        b"md5$",
        b"unsalted_",
        b"SCRAM-SHA-",
    ];
    value.contains(&b'$') && SCHEMES.iter().any(|scheme| value.starts_with(scheme))
}

/// A package and the versions of it that will do: `tiktoken~=0.6.0`, `SQLAlchemy<2.0`.
fn is_requirement(value: &[u8]) -> bool {
    value.windows(3).any(|three| {
        let digit = |at: usize| three[at].is_ascii_digit();
        matches!(three[0], b'~' | b'=' | b'>' | b'<' | b'!') && (three[1] == b'=' && digit(2))
            || matches!(three[1], b'<' | b'>') && digit(2)
    })
}

/// `v1.9.12-debian12`, `2.14.0-rc.3+build7`.
fn is_version(value: &[u8]) -> bool {
    let bare = value.strip_prefix(b"v").unwrap_or(value);
    let mut parts = bare.splitn(3, |b| *b == b'.');
    let number = |part: Option<&[u8]>| {
        part.is_some_and(|p| (1..=4).contains(&p.len()) && p.iter().all(u8::is_ascii_digit))
    };
    number(parts.next())
        && number(parts.next())
        && parts.next().is_none_or(|rest| {
            let head = rest.iter().take_while(|b| b.is_ascii_digit()).count();
            let tail = &rest[head..];
            (1..=4).contains(&head)
                && tail.first().is_none_or(|b| matches!(b, b'.' | b'-' | b'+'))
                && tail.split(|b| !b.is_ascii_alphanumeric()).all(|p| p.len() <= 10)
                && !tail.iter().any(u8::is_ascii_uppercase)
        })
}

/// A path to a file: slashes, and an extension behind the last one; or the name of one with a digest in it, as bundlers
/// give: `app-8f3a….js`.
fn is_file(value: &[u8]) -> bool {
    let mut parts = value.rsplit(|b| *b == b'/');
    let name = parts.next().unwrap_or_default();
    let Some(dot) = name.iter().rposition(|b| *b == b'.') else { return false };
    let mut pieces = name[..dot].rsplit(is_joint);
    let digest = pieces.next().unwrap_or_default();
    let is_hashed = digest.len() >= 8 && digest.iter().all(u8::is_ascii_hexdigit) && pieces.next().is_some();
    (parts.next().is_some() || is_hashed) && is_extension(&name[dot..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::sample::expand;
    use crate::engine::draw::Draw;
    use crate::engine::parse::drawn::looks_drawn;

    #[test]
    fn keys_with_signs_are_told_from_text_with_signs() {
        let mut draw = Draw::new(0x2545_F491_4F6C_DD1D);
        // Django's and WordPress' alphabets and lengths.
        let django = b"abcdefghijklmnopqrstuvwxyz0123456789!@#$%^&*(-_=+)";
        let wordpress: Vec<u8> = (b' '..=b'~').filter(|b| !matches!(b, b'"' | b'\'' | b'\\')).collect();
        // One in eight of WordPress' eight has braces.
        for (alphabet, length, least) in [(&django[..], 50, 1940), (&wordpress[..], 64, 1600)] {
            let found = (0..2000).filter(|_| is_scrambled(&draw.text(alphabet, length))).count();
            assert!(found >= least, "{found} of 2000");
        }
        for text in [
            "^(?=.*[a-z])(?=.*[A-Z])(?=.*\\d)[a-zA-Z\\d@$!%*?&]{8,}$",
            "Please enter a password (8-20 characters, at least 1 digit & 1 sign)!",
            "SELECT id, name FROM users WHERE token = ? AND (role <> 'x1') LIMIT 10;",
            "ATATT3xFfGF0{b64url:64}={check:crc32-hex-upper-of-all-before}",
            "Purple7/v4/07/a0/cb/07a0cb1e-4e13-4b7f-a1b2-aa0102030405/icon@2x.png",
            "https://example.com/?a=1&b=2&c=3#d-4_e5~f6!g7*h8(i9)j0",
        ] {
            assert!(!is_scrambled(text.as_bytes()), "{text}");
        }
    }

    #[test]
    fn parts_that_colons_join() {
        for value in [
            "{b62:6}.{b62:6}:{b64url:41}7a",
            "{b62:8}:{b62:38}7a",
            "{digit:10}:{b62:33}7a",
            "sk:{b62:18}7a:{b62:18}7a",
        ] {
            let value = expand(value, "a");
            assert!(is_joined(value.as_bytes()) && !is_plain(value.as_bytes()), "{value}");
        }
        for value in [
            "auth01.prod-eu-west-1.corp.io:8443",
            "10.20.30.40:8443",
            "2001:db8:85a3:8d3:1319:8a2e:370:7348",
            "aa:bb:cc:dd:ee:ff:00:11:22:33:44:55",
            "2026-01-14T10:11:12.123456Z",
            "registry.corp.io:5000/auth/token-service:2.14.0",
            "tenant:eu1:orders:2026-01",
            "user:profile:email_address_v2",
            "org.apache.http2:token-provider-256:4.5.14",
            "{b62:22}:APA91b{b64url:134}",
            "sha256:{hex:64}",
        ] {
            let value = expand(value, "a");
            assert!(!is_joined(value.as_bytes()), "{value}");
        }
    }

    #[test]
    fn words_before_what_was_drawn_hide_nothing() {
        let mut draw = Draw::new(0x9E37_79B9_7F4A_7C15);
        let letters = b"abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";
        let kinds = [(&letters[..], 24), (&letters[..], 97), (&letters[..36], 32), (b"0123456789abcdef", 40)];
        for lead in
            ["acme_sk_prod_", "prod-db-main-", "my:app:key:", "acme-production-payment-service-", "a.b.c."]
        {
            for (alphabet, length) in kinds {
                let value = |draw: &mut Draw| [lead.as_bytes(), &draw.text(alphabet, length)].concat();
                let is_lost = |value: Vec<u8>| is_plain(&value) || !looks_drawn(&value);
                let lost = (0..5_000).filter(|_| is_lost(value(&mut draw))).count();
                assert!(lost <= 5, "{lost} of 5,000 behind {lead} with {length} characters lost");
            }
        }
        for value in [
            "com.acme.shop.payments.TokenServiceImpl2",
            "acme/shop/uploads/{b62:32}",
            "users:avatars:small:{hex:40}",
            "my-app-config-{b36:10}",
            "shop-web-main-{hex:12}",
            "module/Button/Button_root__{b62:5}",
        ] {
            let value = expand(value, "a");
            assert!(is_plain(value.as_bytes()), "{value}");
        }
    }

    #[test]
    fn versions() {
        for value in ["v1.9.12-debian12", "2.14.0-rc.3+build7", "24.0.5", "3.1"] {
            assert!(is_version(value.as_bytes()), "{value}");
        }
        for value in ["7a.9f3kQ2m", "1.9fKx2LmT8z", "v2", "1.2.3-Kx9Q2LmTz8"] {
            assert!(!is_version(value.as_bytes()), "{value}");
        }
    }
}

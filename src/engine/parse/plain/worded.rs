//! Values that are put together from words: names of things in code, of objects and of paths.

use super::super::drawn::{holds_drawn, is_joint};
use crate::engine::names;
use crate::engine::value::words;

/// A name, a key path, a type, a route: words between separators, of one case, that may be numbered
/// (`data1_plaintext`, `login#reset_password`, `urllib2`).
pub(in crate::engine::parse) fn is_identifier(value: &[u8]) -> bool {
    let parts =
        || value.split(|b| matches!(b, b'_' | b'-' | b'.' | b'/' | b':' | b'#')).filter(|p| !p.is_empty());
    let is_word = |part: &[u8]| {
        let letters = part.iter().take_while(|b| b.is_ascii_alphabetic()).count();
        let digits = part.len() - letters;
        const SCHEMES: [&[u8]; 6] = [b"b64", b"md5", b"256", b"512", b"sha256", b"sha512"];
        if SCHEMES.iter().any(|scheme| part.eq_ignore_ascii_case(scheme)) {
            return true;
        }
        let version = letters == 1 && part[0].eq_ignore_ascii_case(&b'v');
        part[letters..].iter().all(u8::is_ascii_digit)
            && (digits == 0 || digits == 1 && (version || letters >= 3))
    };
    let drawn_sign = value.contains(&b'#') && !words::reads_like_words(value);
    let lower = value.iter().all(|b| !b.is_ascii_uppercase());
    let upper = value.iter().all(|b| !b.is_ascii_lowercase());
    let is_bare = |b: &u8| b.is_ascii_alphabetic() || matches!(b, b'_' | b'-' | b'.' | b'/' | b':' | b'#');
    value.iter().all(is_bare) && !drawn_sign
        || (lower || upper) && parts().all(is_word)
        || value.starts_with(b"0x") && value.len() <= 18 && value[2..].iter().all(u8::is_ascii_hexdigit)
}

/// The name of an object of Kubernetes: words, and what it was given to be unique (`app-tls-4kx92mfz7q`).
pub(in crate::engine::parse) fn is_resource_name(value: &[u8]) -> bool {
    let mut parts = value.split(|b| *b == b'-');
    let is_word = |part: Option<&[u8]>| {
        part.is_some_and(|p| (2..=12).contains(&p.len()) && p.iter().all(u8::is_ascii_lowercase))
    };
    is_word(parts.next())
        && is_word(parts.next())
        && parts.all(|p| {
            (1..=10).contains(&p.len()) && p.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        })
}

/// Words with abbreviations among them that hold digits: `printI18nWarnings`.
pub(in crate::engine::parse) fn is_abbreviated(value: &[u8]) -> bool {
    const ABBREVIATIONS: [&[u8]; 15] = [
        b"i18n", b"l10n", b"a11y", b"k8s", b"oauth2", b"http2", b"base64", b"utf8", b"x509", b"ipv4",
        b"ipv6", b"win32", b"e2e", b"es6", b"html5",
    ];
    let lower = value.to_ascii_lowercase();
    let known = |at: usize| ABBREVIATIONS.iter().find(|known| lower[at..].starts_with(known));
    let (mut at, mut rest) = (0, Vec::new());
    while at < value.len() {
        match known(at) {
            Some(known) => at += known.len(),
            None => {
                rest.push(value[at]);
                at += 1;
            }
        }
    }
    let joined: Vec<u8> = rest.iter().copied().filter(|b| !matches!(b, b'_' | b'-' | b'/')).collect();
    joined.len() < value.len()
        && joined.iter().all(u8::is_ascii_alphabetic)
        && words::reads_like_words(&joined)
}

/// Words that begin with a capital, and a version behind them: `NewYesterdayDownload`, `GetBuzzerAlarmV20`. Of drawn
/// letters hardly any run of capitals and small ones has three or more in each part.
pub(in crate::engine::parse) fn is_camel(value: &[u8]) -> bool {
    let digits = value.iter().rev().take_while(|b| b.is_ascii_digit()).count();
    let name = &value[..value.len() - digits];
    let name = if digits > 0 { name.strip_suffix(b"V").unwrap_or_default() } else { name };
    let starts: Vec<usize> = (0..name.len()).filter(|at| name[*at].is_ascii_uppercase()).collect();
    let ends = starts.iter().skip(1).copied().chain(std::iter::once(name.len()));
    digits <= 3
        && starts.len() >= 2
        && starts[0] == 0
        && name.iter().all(u8::is_ascii_alphabetic)
        && starts.iter().zip(ends).all(|(start, end)| end - start >= 3)
}

/// Words that begin with a capital, and a number or two among them: `JwtTokenProvider2Impl`.
pub(in crate::engine::parse) fn is_numbered(value: &[u8]) -> bool {
    const MOST_DIGITS: usize = 2;
    let letters: Vec<u8> = value.iter().copied().filter(u8::is_ascii_alphabetic).collect();
    value.len() - letters.len() <= MOST_DIGITS && is_camel(&letters)
}

/// Words that run together with one number or abbreviation among them: `heightOfGeoidAboveWGS84Units`.
pub(in crate::engine::parse) fn is_compound(value: &[u8]) -> bool {
    const LONGEST_NUMBERED: usize = 12;
    if !value.iter().all(u8::is_ascii_alphanumeric) {
        return false;
    }
    let words = names::words(value);
    let (plain, numbered): (Vec<&String>, Vec<&String>) =
        words.iter().partition(|word| word.len() >= 2 && word.bytes().all(|b| b.is_ascii_alphabetic()));
    let letters: usize = plain.iter().map(|word| word.len()).sum();
    words.len() >= 4
        && numbered.len() <= 1
        && numbered.iter().all(|word| word.len() <= LONGEST_NUMBERED)
        && letters >= 4 * plain.len()
        && words::reads_like_words(plain.into_iter().map(String::as_str).collect::<String>().as_bytes())
}

/// Several short words between slashes, dots or dashes, and nothing behind them that was drawn.
pub(super) fn is_path_like(value: &[u8]) -> bool {
    let pieces: Vec<&[u8]> = value.split(is_joint).collect();
    let is_word = |piece: &&&[u8]| {
        let (upper, lower) = (u8::is_ascii_uppercase, u8::is_ascii_lowercase);
        let rest = piece.get(1..).unwrap_or_default();
        let one_case = rest.iter().all(|b| !upper(b)) || piece.iter().all(|b| !lower(b));
        piece.len() <= 14
            && piece.iter().all(u8::is_ascii_alphabetic)
            && (one_case || words::reads_like_words(piece))
    };
    let wordy = pieces.iter().filter(is_word).count();
    pieces.len() >= 3 && wordy * 4 >= pieces.len() * 3 && !holds_drawn(value)
}

//! Literals that are given to secret-like names, for secrets that no vendor's rule knows.

use std::borrow::Cow;
use std::ops::Range;

use super::{Around, Parsed, has_drawn_case, is_reference, is_weak, pair};
use crate::catalogue::Confidence;
use crate::engine::Syntax;
use crate::engine::names::{self, Role};
use crate::engine::{entropy, public, weak, words};

/// Longest name, and longest gap between a name and its value, bytes.
const LONGEST_NAME: usize = 80;
const LONGEST_GAP: usize = 40;
/// Longest value that is taken for a secret.
const LONGEST_VALUE: usize = 200;

/// A random value given to a name that sounds like a secret.
pub(super) fn secret(text: &[u8], around: Around<'_>) -> Option<Parsed> {
    let (name, value, quoted) = assigned(text, around)?;
    let in_place = pair::in_place(text, &name);
    if in_place == Some(false) && around.keyword.starts_with(b"\"") {
        return None;
    }
    // Laravel and others say how a key is written.
    let lead = if text[value.clone()].starts_with(b"base64:") { b"base64:".len() } else { 0 };
    let value = value.start + lead..value.end;
    let bytes = &text[value.clone()];
    // A consumer key is the public half; where a vendor's is not, its rule says so.
    let is_public = names::words(&text[name.clone()]).ends_with(&["consumer".to_owned(), "key".to_owned()]);
    let sounds = in_place == Some(true) || names::role(&text[name.clone()]) == Role::Secret && !is_public;
    let usual = || is_opaque(bytes) && !is_weak(bytes, b"") && !is_plain(bytes);
    let scrambled = quoted && is_scrambled(bytes);
    if !sounds || bytes.len() < 16 || !scrambled && !usual() {
        return None;
    }
    let digits = bytes.iter().filter(|b| b.is_ascii_digit()).count();
    let letters = bytes.iter().filter(|b| b.is_ascii_alphabetic()).count();
    let random = || digits > 0 && letters > 0 && entropy::looks_random(bytes, 0.0);
    if !scrambled && (!random() || weak::hides_nothing(bytes) || weak::spells_words(bytes)) {
        return None;
    }
    if is_access_id(&text[name.clone()], bytes) {
        return None;
    }
    let long = bytes.len() >= 24 && quoted;
    Some(found(text, name, value, if long { Confidence::High } else { Confidence::Medium }, "a random value"))
}

/// A literal given to a name that sounds like a password.
pub(super) fn password(text: &[u8], around: Around<'_>) -> Option<Parsed> {
    let (name, value, _) = assigned(text, around)?;
    let bytes = &text[value.clone()];
    let named = &text[name.clone()];
    let parts = names::words(named);
    let last = parts.last()?;
    #[rustfmt::skip]
    const NAMES: &[&str] = &[
        "password", "passwd", "passphrase", "pwd", "passwort", "kennwort", "passcode", "bindpw", "pass", "psk", "senha",
    ];
    let is_password = NAMES.iter().any(|w| last.ends_with(w))
        && !matches!(last.as_str(), "bypass" | "compass" | "encompass" | "trespass")
        || names::role(named) == Role::Secret;
    if !is_password || bytes.len() < 6 || bytes.len() > 64 || is_weak(bytes, b"") || is_plain(bytes) {
        return None;
    }
    if !bytes.iter().all(u8::is_ascii_graphic)
        || names::normalized(bytes) == names::normalized(named)
        || entropy::is_regular(bytes)
    {
        return None;
    }
    // In a Kubernetes secret the password stands in base64.
    let hidden = weak::unwrapped(bytes);
    let plain = hidden.as_deref().unwrap_or(bytes);
    if is_weak(plain, b"") {
        return None;
    }
    let told = is_chosen(plain) || is_lower_word(plain) && has_user(text, &name, around.syntax);
    let confidence = if told { Confidence::Medium } else { Confidence::Low };
    Some(found(text, name, value, confidence, "a literal"))
}

/// A word that may be a weak password: small letters only, and none of the words around passwords.
fn is_lower_word(password: &[u8]) -> bool {
    const ABOUT: [&[u8]; 8] =
        [b"pass", b"login", b"user", b"reset", b"require", b"invalid", b"hidden", b"confirm"];
    password.len() <= 16
        && password.iter().all(u8::is_ascii_lowercase)
        && !weak::is_made_up(password)
        && !ABOUT.iter().any(|word| memchr::memmem::find(password, word).is_some())
}

/// Whether somebody chose or drew this password: letters with digits or signs among them, and neither
/// made up of the usual words nor the name of a thing.
fn is_chosen(password: &[u8]) -> bool {
    let digits = password.iter().any(u8::is_ascii_digit);
    let letters = password.iter().any(u8::is_ascii_alphabetic);
    let marks = password
        .iter()
        .any(|b| matches!(b, b'!' | b'@' | b'#' | b'$' | b'%' | b'^' | b'&' | b'*' | b'+' | b'='));
    let wordy = password.len() > 20 && words::reads_like_words(password);
    let mixed = letters && (digits || marks) && !is_identifier(password);
    (mixed || has_drawn_case(password)) && !wordy && !weak::is_made_up(password)
}

/// Whether a user is given a literal close to the password's name: a login that somebody uses, not a label
/// or a type.
fn has_user(text: &[u8], name: &Range<usize>, syntax: Syntax) -> bool {
    const NEAR: usize = 160;
    const USERS: [&[u8]; 4] = [b"user", b"login", b"username", b"account"];
    // A variable in capitals is a setting, whoever the user is.
    let named = &text[name.clone()];
    let is_setting = named.len() >= 8
        && named.contains(&b'_')
        && named.iter().all(|b| b.is_ascii_uppercase() || *b == b'_');
    if is_setting && syntax == Syntax::Bare {
        return true;
    }
    let start = name.start.saturating_sub(NEAR);
    let around = text[start..text.len().min(name.end + NEAR)].to_ascii_lowercase();
    let is_given = |at: usize| {
        let rest = around[at..]
            .iter()
            .skip_while(|b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'"' | b'\'' | b' '));
        let sign: Vec<u8> = rest.take(4).copied().collect();
        matches!(sign.first(), Some(b':' | b'=')) && sign.iter().any(|b| matches!(b, b'"' | b'\''))
    };
    USERS.iter().any(|user| memchr::memmem::find_iter(&around, user).any(is_given))
}

fn found(text: &[u8], name: Range<usize>, value: Range<usize>, confidence: Confidence, what: &str) -> Parsed {
    let name: String = String::from_utf8_lossy(&text[name]).chars().filter(|c| !c.is_control()).collect();
    Parsed {
        secret: value,
        confidence,
        why: Cow::Owned(format!("{what} given to `{name}`")),
        parts: Vec::new(),
    }
}

/// The name around the keyword, the literal it is given, and whether that is quoted.
fn assigned(text: &[u8], around: Around<'_>) -> Option<(Range<usize>, Range<usize>, bool)> {
    let in_name = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'$');
    // A keyword may end in the sign behind the name.
    let named = around.keyword.iter().rposition(|b| in_name(*b)).map_or(0, |last| last + 1);
    let after = around.at + named;
    let lead = around.keyword.iter().take_while(|b| !in_name(**b)).count().min(named);
    let back = text[around.at.saturating_sub(LONGEST_NAME)..around.at]
        .iter()
        .rev()
        .take_while(|b| in_name(**b))
        .count();
    let ahead = text[after..].iter().take(LONGEST_NAME).take_while(|b| in_name(**b)).count();
    let back = if lead == 0 { back } else { 0 };
    let name = around.at + lead - back..after + ahead;
    let mut at = skip(text, name.end, |b| matches!(b, b'"' | b'\'' | b']' | b'\\' | b')' | b'`'), 4);
    let gap_start = at;
    at = skip(text, at, |b| b == b' ' || b == b'\t', 20);
    // A type annotation: `token: str = `, `token string = `.
    let Some(sign) = operator(text, at, around.syntax) else {
        let found = said(text, &name, at).map(|value| (value, true));
        let found = found
            .or_else(|| pair::sibling(text, &name, around.syntax))
            .or_else(|| pair::directive(text, &name, at, around.syntax))
            .or_else(|| pair::declared(text, &name, around.syntax));
        return found.map(|(value, quoted)| (name, value, quoted));
    };
    // `getenv("X_KEY", "…")` gives the second to the first; the items of a list give each other nothing.
    if text[at] == b',' && !is_first_argument(text, &name) {
        return pair::sibling(text, &name, around.syntax).map(|(value, quoted)| (name, value, quoted));
    }
    at = skip(text, sign, |b| b == b' ' || b == b'\t', 20);
    // `<Password><Value>…` of a Windows answer file.
    if text[at..].get(..7).is_some_and(|tag| tag.eq_ignore_ascii_case(b"<value>")) {
        at += 7;
    }
    if at - gap_start > LONGEST_GAP {
        return None;
    }
    let found = literal(text, at, around.syntax).or_else(|| {
        let glued = at == sign && gap_start == name.end && text.get(sign - 1) == Some(&b'=');
        if glued { inside_text(text, at) } else { None }
    });
    found.map(|(value, quoted)| (name, value, quoted))
}

/// Whether the name is a quoted literal right behind the opening bracket of a call.
fn is_first_argument(text: &[u8], name: &Range<usize>) -> bool {
    let is_quote = |b: &u8| matches!(b, b'"' | b'\'' | b'`');
    let before = &text[name.start.saturating_sub(8)..name.start];
    let bare = before
        .strip_suffix(b"\\\"")
        .or(before.strip_suffix(b"\""))
        .or(before.strip_suffix(b"'"))
        .unwrap_or(before);
    bare.len() < before.len()
        && text.get(name.end).is_some_and(is_quote)
        && bare.trim_ascii_end().ends_with(b"(")
}

/// `password "…"` of a builder block or a Clojure map, and `password `…`` in prose: a literal right behind
/// the name.
fn said(text: &[u8], name: &Range<usize>, at: usize) -> Option<Range<usize>> {
    let quote = *text.get(at).filter(|b| matches!(b, b'"' | b'\'' | b'`'))?;
    let before =
        text[name.start.saturating_sub(24)..name.start].iter().rev().find(|b| **b != b' ' && **b != b'\t');
    let opens = matches!(before, None | Some(b'\n' | b':' | b';' | b'{')) || quote == b'`';
    if at == name.end || !opens {
        return None;
    }
    let window = &text[at + 1..text.len().min(at + 1 + LONGEST_VALUE)];
    let end = window.iter().position(|&b| b == quote || b == b'\n')?;
    (end > 0 && window[end] == quote).then_some(at + 1..at + 1 + end)
}

/// `password=X` within a text: a query, an option, a log line. Only what mixes letters and digits counts,
/// and a sign of the text around it has to end it.
fn inside_text(text: &[u8], at: usize) -> Option<(Range<usize>, bool)> {
    let window = &text[at..text.len().min(at + LONGEST_VALUE)];
    let stop = |b: &u8| {
        b.is_ascii_whitespace()
            || matches!(b, b'"' | b'\'' | b'`' | b'&' | b';' | b',' | b'<' | b')' | b'\\' | b'|')
    };
    let end = window.iter().position(stop).unwrap_or(window.len());
    let bytes = &window[..end];
    let call = bytes.iter().any(|b| matches!(b, b'(' | b'[' | b'{' | b'$' | b'%' | b'<'));
    let mixed = bytes.iter().any(u8::is_ascii_digit) && bytes.iter().any(u8::is_ascii_alphabetic);
    (end >= 6 && mixed && !call).then_some((at..at + end, false))
}

/// The end of an assignment sign at `at`.
fn operator(text: &[u8], at: usize, syntax: Syntax) -> Option<usize> {
    let rest = text.get(at..)?;
    for sign in [&b":="[..], b"=>", b"==", b"!=", b"||=", b"??=", b"+="] {
        if rest.starts_with(sign) {
            return Some(at + sign.len()).filter(|_| sign != b"!=");
        }
    }
    match rest.first()? {
        b'=' => Some(at + 1),
        b':' => {
            // `token: str = "…"` has its value behind the second sign.
            let typed =
                rest[1..].iter().take(30).position(|&b| matches!(b, b'=' | b'"' | b'\'' | b'\n' | b','));
            match typed {
                Some(n) if rest[1 + n] == b'=' && syntax == Syntax::Code => Some(at + n + 2),
                _ => Some(at + 1),
            }
        }
        b',' if syntax == Syntax::Code => Some(at + 1),
        b'>' => Some(at + 1),
        _ => {
            // `var token string = "…"`.
            let typed = rest.iter().take(24).take_while(|b| b.is_ascii_alphanumeric() || **b == b' ').count();
            (typed > 0 && rest.get(typed) == Some(&b'=') && rest.get(typed + 1) == Some(&b' '))
                .then_some(at + typed + 1)
        }
    }
}

/// The literal at `at`: quoted anywhere, bare where the syntax allows it.
pub(super) fn literal(text: &[u8], at: usize, syntax: Syntax) -> Option<(Range<usize>, bool)> {
    let window = &text[at..text.len().min(at + LONGEST_VALUE + 2)];
    let lead = window.iter().take(3).take_while(|b| **b == b'\\').count();
    let first = *window.get(lead)?;
    if matches!(first, b'"' | b'\'' | b'`') {
        let start = lead + 1;
        let end = start + window[start..].iter().position(|&b| b == first || b == b'\n' || b == b'\\')?;
        return (end > start && window[end] != b'\n').then_some((at + start..at + end, true));
    }
    if syntax == Syntax::Code {
        return None;
    }
    let end = window
        .iter()
        .position(|&b| {
            b.is_ascii_whitespace()
                || matches!(b, b'"' | b'\'' | b',' | b';' | b'<' | b'`' | b')' | b'}' | b']')
        })
        .unwrap_or(window.len());
    // A bare value ends its line, or is followed by a comment or the next item.
    let rest = window[end..].iter().find(|b| !matches!(b, b' ' | b'\t'));
    let closed = match window.get(end) {
        None | Some(b'\n' | b'\r' | b',' | b';' | b'<') => true,
        Some(b' ' | b'\t') => matches!(rest, None | Some(b'#' | b'\n' | b'\r')),
        _ => false,
    };
    (closed && end > 0 && end <= LONGEST_VALUE).then_some((at..at + end, false))
}

fn skip(text: &[u8], at: usize, skip: impl Fn(u8) -> bool, most: usize) -> usize {
    at + text[at..].iter().take(most).take_while(|b| skip(**b)).count()
}

/// Token characters only.
fn is_opaque(value: &[u8]) -> bool {
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

/// A long value drawn from letters, digits and many signs, as Django and WordPress make their keys: none of
/// the tests for shorter values fit it, since any sign may stand anywhere.
fn is_scrambled(value: &[u8]) -> bool {
    let signs: Vec<u8> = value.iter().copied().filter(|b| b.is_ascii_punctuation() || *b == b' ').collect();
    // What paths, routes and templates are made of says nothing.
    let kinds = b" !#$%&()*+;<>?@[]^`|~".iter().filter(|sign| signs.contains(sign)).count();
    let braced = memchr::memchr(b'{', value).is_some_and(|at| value[at..].contains(&b'}'));
    let digits = value.iter().filter(|b| b.is_ascii_digit()).count();
    // Signs beside letters are taken for the ends of words.
    let plain: Vec<u8> = value.iter().copied().filter(u8::is_ascii_alphanumeric).collect();
    (40..=80).contains(&value.len())
        && value.iter().all(|b| (b' '..=b'~').contains(b))
        && kinds >= 4
        && !braced
        && (value.len() / 10..=value.len() / 2).contains(&signs.len())
        && digits >= 2
        && entropy::shannon(value) >= 4.4
        && !words::reads_like_words(&plain)
        && !entropy::is_placeholder(&plain)
        && memchr::memmem::find(value, b"://").is_none()
}

/// A name, a key path, a type, a route: words between separators, of one case, that may be numbered
/// (`data1_plaintext`, `login#reset_password`, `urllib2`).
fn is_identifier(value: &[u8]) -> bool {
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
    let lower = value.iter().all(|b| !b.is_ascii_uppercase());
    let upper = value.iter().all(|b| !b.is_ascii_lowercase());
    value.iter().all(|b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'-' | b'.' | b'/' | b':' | b'#'))
        || (lower || upper) && parts().all(is_word)
        || value.starts_with(b"0x") && value.len() <= 18 && value[2..].iter().all(u8::is_ascii_hexdigit)
}

/// The identifier half of a key pair: `AccessKey`, 20 capitals and digits, as S3 and its likes give out.
fn is_access_id(name: &[u8], value: &[u8]) -> bool {
    let name = names::normalized(name);
    ["accesskey", "accesskeyid", "credential"].iter().any(|end| name.ends_with(end))
        && (16..=24).contains(&value.iter().position(|b| *b == b'/').unwrap_or(value.len()))
        && value
            .split(|b| *b == b'/')
            .next()
            .is_some_and(|id| id.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()))
}

/// What stands after a secret's name without being one: paths, URLs, versions, ids, dates, expressions.
pub(super) fn is_plain(value: &[u8]) -> bool {
    let has = |mark: &[u8]| memchr::memmem::find(value, mark).is_some();
    is_reference(value)
        || public::is_public(value)
        || has(b"://") && !has(b"@")
        || value.starts_with(b"/")
        || value.starts_with(b"./")
        || value.starts_with(b"../")
        || value.starts_with(b"~/")
        || value.starts_with(b"--")
        || value.starts_with(b"arn:")
        || value.starts_with(b"ENC[")
        || value.starts_with(b"sha256")
        || value.starts_with(b"sha512")
        || value.starts_with(b"sha1")
        || value.starts_with(b"vault:")
        || value.starts_with(b"op://")
        || value.starts_with(b"ssh-")
        || value.starts_with(b"AgA")
        || value.starts_with(b"$2")
        || value.starts_with(b"data:")
        || value.starts_with(b"encrypted:")
        || has(b"(")
        || has(b"->")
        || has(b"::")
        || has(b"()")
        || has(b"secretmanager")
        || has(b"keyvault")
        || is_uuid(value)
        || value.iter().all(|b| b.is_ascii_digit() || matches!(b, b'.' | b'-' | b':' | b'T' | b'Z' | b'+'))
        || value.windows(4).any(|w| {
            w.eq_ignore_ascii_case(b".com")
                || w.eq_ignore_ascii_case(b".svc")
                || w.eq_ignore_ascii_case(b".yml")
                || w.eq_ignore_ascii_case(b".pem")
                || w.eq_ignore_ascii_case(b".key")
                || w.eq_ignore_ascii_case(b".txt")
        })
        || has(b"\\u")
        || is_file(value)
        || is_path_like(value)
}

/// A path to a file: slashes, and an extension behind the last one.
fn is_file(value: &[u8]) -> bool {
    let mut parts = value.rsplit(|b| *b == b'/');
    let name = parts.next().unwrap_or_default();
    let Some(dot) = name.iter().rposition(|b| *b == b'.') else { return false };
    let extension = &name[dot + 1..];
    parts.next().is_some()
        && (2..=5).contains(&extension.len())
        && extension.iter().all(u8::is_ascii_lowercase)
}

/// Several short words between slashes, dots or dashes.
fn is_path_like(value: &[u8]) -> bool {
    let pieces: Vec<&[u8]> = value.split(|b| matches!(b, b'/' | b'.' | b'-' | b'_' | b':')).collect();
    let wordy = pieces.iter().filter(|p| p.len() <= 14 && !p.iter().any(u8::is_ascii_digit)).count();
    pieces.len() >= 3 && wordy * 4 >= pieces.len() * 3
}

fn is_uuid(value: &[u8]) -> bool {
    value.len() == 36
        && value
            .iter()
            .enumerate()
            .all(|(at, b)| if matches!(at, 8 | 13 | 18 | 23) { *b == b'-' } else { b.is_ascii_hexdigit() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_with_signs_are_told_from_text_with_signs() {
        let mut state = 0x2545_F491_4F6C_DD1D_u64;
        let mut draw = |alphabet: &[u8], length: usize| -> Vec<u8> {
            let mut next = || {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                alphabet[(state >> 20) as usize % alphabet.len()]
            };
            (0..length).map(|_| next()).collect()
        };
        // Django's and WordPress' alphabets and lengths.
        let django = b"abcdefghijklmnopqrstuvwxyz0123456789!@#$%^&*(-_=+)";
        let wordpress: Vec<u8> = (b' '..=b'~').filter(|b| !matches!(b, b'"' | b'\'' | b'\\')).collect();
        // One in eight of WordPress' eight has braces.
        for (alphabet, length, least) in [(&django[..], 50, 1940), (&wordpress[..], 64, 1600)] {
            let found = (0..2000).filter(|_| is_scrambled(&draw(alphabet, length))).count();
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
}

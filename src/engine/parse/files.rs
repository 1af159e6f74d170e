//! Files that hold credentials by their form: `.netrc`, `.pgpass`, and a token alone in a file named for it.

use std::borrow::Cow;
use std::ops::Range;

use super::chosen::is_chosen;
use super::plain::is_plain;
use super::url::is_of_example;
use super::{Around, Parsed, is_weak, password_confidence};
use crate::catalogue::Confidence;
use crate::engine::value::entropy;
use crate::part::start_in;

/// How far behind `machine` its password may stand, bytes.
const LONGEST_ENTRY: usize = 300;
/// Largest file that is taken for one token, bytes.
const LARGEST_TOKEN_FILE: usize = 1024;

/// `machine HOST login USER password SECRET` (the format of ftp and curl) and `poll HOST … user USER … pass SECRET` (that of
/// fetchmail), on one line or several.
pub(super) fn netrc(text: &[u8], around: Around<'_>) -> Option<Parsed> {
    if around.keyword == b"poll " {
        return fetchmail(text, around);
    }
    let opens = |b: &u8| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'');
    // The names of other files of logins stand in texts as well.
    let is_entry = around.keyword.ends_with(b" ");
    if !is_entry || around.at > 0 && !opens(&text[around.at - 1]) {
        return None;
    }
    let window = &text[around.at..text.len().min(around.at + LONGEST_ENTRY)];
    let mut words = words(window);
    let (_, host) = (words.next()?, words.next()?);
    let host = &window[host];
    if !host.contains(&b'.') && around.keyword != b"default login " {
        return None;
    }
    let mut login: Option<Range<usize>> = None;
    while let Some(word) = words.next() {
        match &window[word] {
            b"login" => login = words.next(),
            b"account" => {
                words.next();
            }
            b"password" => {
                let secret = words.next()?;
                let quoted = window[secret.clone()].iter().position(|b| matches!(b, b'"' | b'\''));
                let secret = secret.start..quoted.map_or(secret.end, |n| secret.start + n);
                let bytes = &window[secret.clone()];
                // Whom everybody lets in gives a mail address, or anything.
                let is_anybody = login
                    .as_ref()
                    .is_some_and(|login| matches!(&window[login.clone()], b"anonymous" | b"ftp"));
                if bytes.len() < 4 || is_anybody || is_weak(bytes, b"") || is_of_example(host, bytes) {
                    return None;
                }
                let place = |range: Range<usize>| around.at + range.start..around.at + range.end;
                return Some(Parsed {
                    confidence: password_confidence(bytes, Confidence::Medium),
                    secret: place(secret),
                    why: Cow::Borrowed("password of a machine in .netrc form"),
                    parts: login.map(|login| ("login", place(login))).into_iter().collect(),
                });
            }
            _ => return None,
        }
    }
    None
}

/// Most lines of a file of logins that are read.
const MOST_LOGINS: usize = 10_000;

/// The secrets of a file whose lines each hold a login, by what the file is called: `client server secret` of PPP's
/// chap-secrets, `host:login:password` of Exim's passwd.client, `id secret` of racoon's psk.txt, `host login:password` of
/// Postfix' sasl_passwd, `user: password,role` of Jetty's realm.properties.
pub(super) fn logins(text: &[u8], name: &[u8]) -> Vec<Parsed> {
    let mut at = 0;
    let lines = text.split(|b| *b == b'\n').take(MOST_LOGINS).map(|line| {
        let start = at;
        at += line.len() + 1;
        (start, line)
    });
    lines.filter_map(|(start, line)| login(line, name).map(|parsed| moved(parsed, start))).collect()
}

fn moved(parsed: Parsed, by: usize) -> Parsed {
    let place = |range: Range<usize>| by + range.start..by + range.end;
    let parts = parsed.parts.into_iter().map(|(name, part)| (name, place(part))).collect();
    Parsed { secret: place(parsed.secret), parts, ..parsed }
}

/// The secret of one line of such a file.
fn login(line: &[u8], name: &[u8]) -> Option<Parsed> {
    if line.trim_ascii_start().starts_with(b"#") {
        return None;
    }
    let fields: Vec<Range<usize>> = words(line).take(4).map(|word| unquoted(line, word)).collect();
    let colons = |word: &Range<usize>, most: usize| {
        let mut from = word.start;
        let parts = line[word.clone()].splitn(most, |b| *b == b':').map(|part| {
            let start = from;
            from += part.len() + 1;
            start..start + part.len()
        });
        parts.collect::<Vec<_>>()
    };
    if name.ends_with(b".properties") {
        return realm(line, name);
    }
    let [host, user, secret] = match (name, &fields[..]) {
        (b"passwd.client", [all]) => colons(all, 3).try_into().ok()?,
        (b"psk.txt", [id, secret]) => [id.clone(), id.clone(), secret.clone()],
        (b"sasl_passwd", [host, login]) => {
            let [user, secret] = colons(login, 2).try_into().ok()?;
            [host.clone(), user, secret]
        }
        (b"chap-secrets" | b"pap-secrets" | b"l2tp-secrets", [user, host, secret, ..]) => {
            [host.clone(), user.clone(), secret.clone()]
        }
        _ => return None,
    };
    let bytes = &line[secret.clone()];
    // What PPP reads elsewhere, or asks for.
    let is_elsewhere = bytes.starts_with(b"@") || bytes.starts_with(b"*");
    let is_secret =
        bytes.len() >= 5 && !is_elsewhere && !is_weak(bytes, &line[user.clone()]) && !is_plain(bytes);
    (is_secret && !is_of_example(&line[host], bytes)).then(|| Parsed {
        confidence: password_confidence(bytes, Confidence::Medium),
        secret,
        why: Cow::Owned(format!("password of a login in `{}`", String::from_utf8_lossy(name))),
        parts: if user.is_empty() { Vec::new() } else { vec![("login", user)] },
    })
}

/// The password of a line of Jetty's realm.properties, `user: password,role,…`, or of one that has it with `=`. What is
/// obscured there can be read by anyone, a digest cannot.
fn realm(line: &[u8], name: &[u8]) -> Option<Parsed> {
    const SEALED: [&[u8]; 3] = [b"MD5:", b"CRYPT:", b"{"];
    // Other programs translate what they say about users in files of that name.
    let is_of_logins = name != b"users.properties";
    let sign = memchr::memchr2(b':', b'=', line)?;
    let user = line[..sign].trim_ascii();
    let behind = &line[sign + 1..];
    let comma = memchr::memchr(b',', behind)?;
    let secret = behind[..comma].trim_ascii();
    let is_role = |role: &[u8]| {
        let role = role.trim_ascii();
        !role.is_empty()
            && role.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b':'))
    };
    let is_user = !user.is_empty()
        && user.iter().all(u8::is_ascii_graphic)
        && (is_of_logins || !user.contains(&b'.') && is_chosen(secret));
    let is_secret = secret.len() >= 5
        && secret.iter().all(u8::is_ascii_graphic)
        && !SEALED.iter().any(|seal| secret.starts_with(seal))
        && !is_weak(secret, user)
        && !is_plain(secret);
    let place = |part: &[u8]| {
        let start = start_in(line, part);
        start..start + part.len()
    };
    (is_user && is_secret && behind[comma + 1..].split(|b| *b == b',').all(is_role)).then(|| Parsed {
        confidence: password_confidence(secret, Confidence::Medium),
        secret: place(secret),
        why: Cow::Owned(format!("password of a user in `{}`", String::from_utf8_lossy(name))),
        parts: vec![("login", place(user))],
    })
}

/// A word without the quotes around it.
fn unquoted(line: &[u8], word: Range<usize>) -> Range<usize> {
    let is_quoted = word.len() > 2 && matches!(line[word.clone()], [b'"', .., b'"'] | [b'\'', .., b'\'']);
    let edge = usize::from(is_quoted);
    word.start + edge..word.end - edge
}

/// An entry of fetchmail's settings: keywords in any order, most of them with a word behind, some for the ear.
fn fetchmail(text: &[u8], around: Around<'_>) -> Option<Parsed> {
    let window = &text[around.at..text.len().min(around.at + LONGEST_ENTRY)];
    let lead = text[..around.at].iter().rev().find(|b| !matches!(b, b' ' | b'\t'));
    let starts_line = matches!(lead, None | Some(b'\n'));
    let mut words = words(window).skip(2);
    let place = |word: Range<usize>| {
        let bare = window[word.clone()].iter().position(|b| matches!(b, b'"' | b'\''));
        let start = word.start + usize::from(bare == Some(0));
        let end = window[start..word.end].iter().position(|b| matches!(b, b'"' | b'\'' | b','));
        start..end.map_or(word.end, |length| start + length)
    };
    let mut user = None;
    while let Some(word) = words.next() {
        match &window[word] {
            b"user" | b"username" => user = Some(place(words.next()?)),
            b"pass" | b"password" => {
                let (secret, user) = (place(words.next()?), user?);
                let bytes = &window[secret.clone()];
                let confidence = password_confidence(bytes, Confidence::Low);
                let is_one = starts_line && bytes.len() >= 4 && !is_weak(bytes, &window[user.clone()]);
                return (is_one && confidence > Confidence::Low).then(|| Parsed {
                    confidence,
                    secret: around.at + secret.start..around.at + secret.end,
                    why: Cow::Borrowed("password of a mailbox in the settings of fetchmail"),
                    parts: vec![("login", around.at + user.start..around.at + user.end)],
                });
            }
            _ => {}
        }
    }
    None
}

fn words(text: &[u8]) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        at += text[at..].iter().take_while(|b| b.is_ascii_whitespace()).count();
        let start = at;
        at += text[at..].iter().take_while(|b| !b.is_ascii_whitespace()).count();
        (at > start).then_some(start..at)
    })
}

/// `host:port:database:user:password`, a line of PostgreSQL's password file (libpq, "The Password File").
pub(super) fn pgpass(text: &[u8], around: Around<'_>) -> Option<Parsed> {
    let start = around.at
        - text[around.at.saturating_sub(200)..around.at].iter().rev().take_while(|b| **b != b'\n').count();
    let blanks =
        |at: usize| at + text[at..around.at].iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
    let indented = blanks(start);
    let is_comment = text[indented..].starts_with(b"# ");
    // What a comment or a manual shows is an example, most often: there only a password that somebody chose is one.
    let is_shown = indented > start || is_comment;
    let start = if is_comment { blanks(indented + 1) } else { indented };
    let end = text[start..]
        .iter()
        .take(400)
        .position(|b| b.is_ascii_whitespace())
        .map_or(text.len().min(start + 400), |n| start + n);
    let line = &text[start..end];
    let parts: Vec<&[u8]> = line.splitn(5, |b| *b == b':').collect();
    let [_, port, _, user, secret] = parts[..] else { return None };
    let is_port = port == b"*" || !port.is_empty() && port.iter().all(u8::is_ascii_digit);
    let is_example = line.starts_with(b"#") || is_shown && !is_chosen(secret);
    if !is_port || secret.len() < 4 || user.is_empty() || is_example || is_weak(secret, user) {
        return None;
    }
    let user_start = end - secret.len() - 1 - user.len();
    Some(Parsed {
        confidence: password_confidence(secret, Confidence::Medium),
        secret: end - secret.len()..end,
        why: Cow::Borrowed("password in the form of a PostgreSQL password file"),
        parts: vec![("user", user_start..user_start + user.len())],
    })
}

/// The passwords of PgBouncer's list of users (its manual, "Authentication file format"): `"user" "password"`, a line each. What
/// stands in the place of one may be its digest.
pub(super) fn userlist(text: &[u8]) -> Vec<Parsed> {
    let quoted = |from: usize| {
        let open = from + text[from..].iter().take(LONGEST_ENTRY).position(|b| *b == b'"')?;
        let body = &text[open + 1..text.len().min(open + 1 + LONGEST_ENTRY)];
        let close = memchr::memchr2(b'"', b'\n', body).filter(|at| body[*at] == b'"')?;
        (text[from..open].iter().all(|b| matches!(b, b' ' | b'\t'))).then_some(open + 1..open + 1 + close)
    };
    let starts = std::iter::once(0).chain(memchr::memchr_iter(b'\n', text).map(|at| at + 1));
    let lines = starts.filter_map(|start| {
        let user = quoted(start)?;
        Some((quoted(user.end + 1)?, user))
    });
    let passwords = lines.filter_map(|(secret, user)| {
        let bytes = &text[secret.clone()];
        let is_digest =
            bytes.starts_with(b"SCRAM-SHA-256$") || bytes.starts_with(b"md5") && bytes.len() == 35;
        let is_one = bytes.len() >= 4 && !is_digest && !is_weak(bytes, &text[user.clone()]);
        is_one.then(|| Parsed {
            confidence: password_confidence(bytes, Confidence::Medium),
            secret,
            why: Cow::Borrowed("password of a user in PgBouncer's list"),
            parts: vec![("user", user)],
        })
    });
    passwords.collect()
}

/// The only word of a small file whose name says token, secret or key. `NAME=value` is not alone.
pub(super) fn token_alone(text: &[u8]) -> Option<Parsed> {
    if text.len() > LARGEST_TOKEN_FILE {
        return None;
    }
    let mut start = 0;
    let mut only: Option<Range<usize>> = None;
    for line in text.split(|&b| b == b'\n') {
        let at = start;
        start += line.len() + 1;
        let bare = line.trim_ascii();
        if bare.is_empty() || bare.starts_with(b"#") {
            continue;
        }
        let lead = line.len() - line.trim_ascii_start().len();
        if only.replace(at + lead..at + lead + bare.len()).is_some() {
            return None;
        }
    }
    let secret = only?;
    let bytes = &text[secret.clone()];
    let token =
        |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=' | b'_' | b'-' | b'.' | b'~');
    let digits = bytes.iter().filter(|b| b.is_ascii_digit()).count();
    let letters = bytes.iter().filter(|b| b.is_ascii_alphabetic()).count();
    if !(16..=200).contains(&bytes.len())
        || !bytes.iter().all(token)
        || digits < 2
        || letters < 2
        || bytes[..bytes.len() - 3].contains(&b'=')
        || is_weak(bytes, b"")
        || is_plain(bytes)
    {
        return None;
    }
    entropy::looks_random(bytes, 0.0).then(|| Parsed {
        secret,
        confidence: Confidence::Medium,
        why: Cow::Borrowed("a random value alone in a file named for it"),
        parts: Vec::new(),
    })
}

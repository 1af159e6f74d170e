//! Passwords in URLs, and what a login is by its user, its password and its host.

use std::borrow::Cow;
use std::ops::Range;

use super::plain::is_plain;
use super::{Around, Parsed, is_reference, is_weak};
use crate::catalogue::Confidence;
use crate::engine::decode;
use crate::engine::syntax::flow::template::filling;
use crate::engine::value::{entropy, weak};
use crate::part::start_in;

/// Longest `user:password` before the `@`, bytes.
pub(super) const LONGEST_USER_INFO: usize = 300;
/// Shortest token in the place of a user's name, bytes.
const LONE: usize = 20;

/// `scheme://user:password@host`; the keyword ends in `://`.
pub(super) fn password(text: &[u8], around: Around<'_>) -> Option<Parsed> {
    let sign = match around.keyword.strip_suffix(b"://") {
        Some(scheme) => scheme.len(),
        None => crate::memmem::find(&text[around.at..text.len().min(around.at + 40)], b"://")?,
    };
    // `sftp://` is another scheme than `ftp://`.
    let is_named = around.keyword.len() > b"://".len();
    if is_named && text[..around.at].last().is_some_and(u8::is_ascii_alphabetic) {
        return None;
    }
    let start = around.at + sign + b"://".len();
    let window = text.get(start..text.len().min(start + LONGEST_USER_INFO))?;
    // Most URLs name nobody.
    let far = memchr::memchr(b'@', window)?;
    let end = window.iter().position(|b| ENDS_AUTHORITY[usize::from(*b)]).unwrap_or(window.len());
    if far >= end {
        return None;
    }
    let authority_end = memchr::memchr(b'/', &window[..end]).unwrap_or(end);
    // The last `@` before the path is the sign; a database password may hold a slash that nobody encoded.
    let at = memchr::memrchr(b'@', &window[..authority_end])
        .or_else(|| memchr::memchr(b'@', &window[..end]).filter(|_| is_named))?;
    let host = &window[at + 1..end];
    let lone = |user: usize| {
        let user = start..start + user;
        transport_key(text, user.clone()).or_else(|| lone_token(text, user, host))
    };
    let Some(colon) = memchr::memchr(b':', &window[..at]) else { return lone(at) };
    let (user, secret) = (&window[..colon], &window[colon + 1..at]);
    if is_hole(secret) {
        return filled_in(text, start + colon + 1, (user, &window[at + 1..end]));
    }
    // Many services take the token for the user and no password, or one that says nothing: `https://TOKEN:@…`.
    if secret.is_empty()
        || secret == b"x"
        || secret == b"x-oauth-basic"
        || is_domain(secret) && is_drawn(user)
    {
        return lone(colon);
    }
    let host = bare_host(&window[at + 1..end]);
    if !is_login(user, secret, host) {
        return None;
    }
    Some(Parsed {
        secret: start + colon + 1..start + at,
        confidence: sure_of_url(secret, host),
        why: Cow::Borrowed("password part of a URL (`user:password@host`)"),
        parts: user_part(start..start + colon),
    })
}

/// The first host behind the `@`, without its port and its path.
fn bare_host(authority: &[u8]) -> &[u8] {
    let is_end = |b: &u8| matches!(b, b'/' | b':' | b',' | b')' | b'}' | b']');
    &authority[..authority.iter().position(is_end).unwrap_or(authority.len())]
}

/// Whether the parts of a URL are a login that somebody has, and none of a manual, a template or a path.
fn is_login(user: &[u8], secret: &[u8], host: &[u8]) -> bool {
    if secret.len() < 3 || host.is_empty() || is_number(host) || is_weak(secret, user) {
        return false;
    }
    let is_template = is_reference(host) && is_reference(secret) || is_torn(user);
    // An optional part in a manual: `[user[:pass]@]host`.
    let is_optional = user.contains(&b'[');
    // A user who holds a slash is a path with an `@` somewhere behind it.
    let is_path = crate::memmem::find(&user.to_ascii_lowercase(), b"%2f").is_some()
        || user.contains(&b'.') && secret.contains(&b'/');
    // With two `@` the password ends at the first, as far as its reader is concerned.
    let first = secret.split(|b| *b == b'@').next().unwrap_or_default();
    !is_template
        && !is_optional
        && !is_path
        && !is_weak(first, user)
        && !is_of_example(host, &percent_decoded(secret))
}

/// How sure the password of a URL makes us.
fn sure_of_url(secret: &[u8], host: &[u8]) -> Confidence {
    let plain = percent_decoded(secret);
    let filler = weak::is_made_up(&plain) || entropy::is_regular(&plain);
    // Who writes the word into it has most often made it up.
    let worded = crate::memmem::find(&plain.to_ascii_lowercase(), b"passw").is_some();
    let is_chosen = is_strong(&plain) || weak::meets_policy(&plain) && !worded;
    if filler || is_local_host(host) && !is_chosen {
        Confidence::Low
    } else if is_strong(&plain) && !worded {
        Confidence::High
    } else {
        Confidence::Medium
    }
}

/// Whether what stands in a text is put in by a call: `%s`, `{}`, `{0}`.
fn is_hole(part: &[u8]) -> bool {
    matches!(part, b"%s" | b"%v" | b"%@" | b"{}")
        || matches!(part, [b'{', digit, b'}'] if digit.is_ascii_digit())
}

/// The literal that a call puts into a URL as the password of a user: `"amqp://app:%s@mq.lan" % "…"`.
fn filled_in(text: &[u8], hole: usize, (user, host): (&[u8], &[u8])) -> Option<Parsed> {
    let secret = filling(text, hole)?;
    let password = &text[secret.clone()];
    let is_password = password.len() >= 6 && password.iter().all(u8::is_ascii_graphic);
    if !is_password || is_weak(password, user) || is_plain(password) || is_of_example(host, password) {
        return None;
    }
    Some(Parsed {
        confidence: sure_of(password, weak::is_made_up(password) || entropy::is_regular(password)),
        secret,
        why: Cow::Borrowed("a literal that is put into a URL as its password (`user:password@host`)"),
        parts: Vec::new(),
    })
}

/// The token in the address of a notifier, whose scheme the keyword is: the last part that was drawn, `gotify://host/TOKEN`,
/// `pbul://TOKEN`.
/// <https://github.com/caronc/apprise/wiki/URLBasics>
pub(super) fn token(text: &[u8], around: Around<'_>) -> Option<Parsed> {
    const SHORTEST: usize = 15;
    if text[..around.at].last().is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'+') {
        return None;
    }
    let start = around.at + around.keyword.len();
    let window = text.get(start..text.len().min(start + LONGEST_USER_INFO))?;
    let end = window.iter().position(|b| ENDS_AUTHORITY[usize::from(*b)] || b"@:,)]}".contains(b));
    let is_token = |part: &&[u8]| {
        let has = |class: fn(&u8) -> bool| part.iter().any(class);
        part.len() >= SHORTEST
            && part.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
            && has(u8::is_ascii_digit)
            && has(u8::is_ascii_alphabetic)
            && !is_domain(part)
            && !is_weak(part, b"")
            && !is_plain(part)
            && entropy::looks_random(part, 0.0)
    };
    let part = window[..end.unwrap_or(window.len())].rsplit(|b| *b == b'/').find(is_token)?;
    let at = start_in(text, part);
    Some(Parsed {
        secret: at..at + part.len(),
        confidence: Confidence::Medium,
        why: Cow::Borrowed("a random value in the address of a notifier"),
        parts: Vec::new(),
    })
}

/// One flag a byte: whether a URL's authority ends before it at the latest.
const ENDS_AUTHORITY: [bool; 256] = {
    let mut table = [false; 256];
    let mut at = 0;
    while at < 256 {
        let byte = at as u8;
        table[at] =
            byte <= b' ' || matches!(byte, b'"' | b'\'' | b'<' | b'>' | b'`' | b'?' | b'#' | b'\\' | b'|');
        at += 1;
    }
    table
};

/// A token that stands where the user's name does: `https://TOKEN@pypi.fury.io/`. A DSN of Sentry's holds a public key.
fn lone_token(text: &[u8], user: Range<usize>, host: &[u8]) -> Option<Parsed> {
    let is_public = crate::memmem::find(host, b"sentry").is_some()
        || crate::memmem::find(host, b"ingest").is_some()
        || host.first().is_none_or(|b| !b.is_ascii_alphanumeric());
    (is_drawn(&text[user.clone()]) && !is_public && !is_example_host(host)).then(|| Parsed {
        secret: user,
        confidence: Confidence::Medium,
        why: Cow::Borrowed("a random value where a URL has the user's name"),
        parts: Vec::new(),
    })
}

/// The key of a service in the address of Symfony's transports, where the user's name stands and no host has to follow:
/// `postmark+api://KEY@default`. It may be a UUID.
/// <https://symfony.com/doc/current/mailer.html#using-a-3rd-party-transport>
fn transport_key(text: &[u8], user: Range<usize>) -> Option<Parsed> {
    let key = &text[user.clone()];
    let is_key = || is_drawn(key) || super::assignment::is_drawn_uuid(key);
    (text[..user.start].ends_with(b"+api://") && is_key()).then(|| Parsed {
        secret: user,
        confidence: Confidence::Medium,
        why: Cow::Borrowed("the key of a transport, where a URL has the user's name"),
        parts: Vec::new(),
    })
}

/// Whether what stands in the place of a password is the name of a host: `mailgun+api://KEY:mg.corp.io@default`.
fn is_domain(text: &[u8]) -> bool {
    let is_part = |part: &[u8]| {
        !part.is_empty() && part.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-')
    };
    let ends = |last: &[u8]| (2..=6).contains(&last.len()) && last.iter().all(u8::is_ascii_lowercase);
    text.contains(&b'.')
        && text.split(|b| *b == b'.').all(is_part)
        && text.rsplit(|b| *b == b'.').next().is_some_and(ends)
}

/// Whether a template goes on behind the colon: `{name:default}@host`.
pub(super) fn is_torn(user: &[u8]) -> bool {
    user.contains(&b'{') && !user.contains(&b'}')
}

/// Whether a user's name is no name but a token.
pub(super) fn is_drawn(user: &[u8]) -> bool {
    let is_token = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    let digits = user.iter().filter(|b| b.is_ascii_digit()).count();
    let letters: Vec<u8> = user.iter().copied().filter(u8::is_ascii_alphabetic).collect();
    user.len() >= LONE
        && (digits >= 2 || super::has_drawn_case(&letters))
        && user.iter().all(is_token)
        && !is_weak(user, b"")
        && !is_plain(user)
        && entropy::looks_random(user, 0.0)
}

/// The text without its percent escapes, which a password in a URL may hold.
pub(super) fn percent_decoded(text: &[u8]) -> Cow<'_, [u8]> {
    if !text.contains(&b'%') {
        return Cow::Borrowed(text);
    }
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&first, tail)) = rest.split_first() {
        let byte = if first == b'%' { tail.get(..2).and_then(decode::byte) } else { None };
        out.push(byte.unwrap_or(first));
        rest = if byte.is_some() { &tail[2..] } else { tail };
    }
    Cow::Owned(out)
}

pub(super) fn user_part(range: Range<usize>) -> Vec<(&'static str, Range<usize>)> {
    if range.is_empty() { Vec::new() } else { vec![("user", range)] }
}

/// How sure the password of a login makes us: one that somebody made up is doubted, one that is no word is certain.
pub(super) fn sure_of(password: &[u8], is_made_up: bool) -> Confidence {
    if is_made_up {
        Confidence::Low
    } else if is_strong(password) {
        Confidence::High
    } else {
        Confidence::Medium
    }
}

/// Not a word: mixed classes, eight characters or more.
pub(super) fn is_strong(secret: &[u8]) -> bool {
    let classes = [
        u8::is_ascii_lowercase as fn(&u8) -> bool,
        u8::is_ascii_uppercase,
        u8::is_ascii_digit,
        u8::is_ascii_punctuation,
    ];
    let mixed = classes.iter().filter(|class| secret.iter().any(class)).count();
    secret.len() >= 8 && mixed >= 2 && !crate::engine::value::words::reads_like_words(secret)
}

/// Whether a login is one of a manual: these have such hosts with passwords that somebody made up; who hides a
/// host's name has a real one.
pub(super) fn is_of_example(host: &[u8], password: &[u8]) -> bool {
    is_example_host(host) && !is_drawn_password(password) && !weak::is_phrase(password)
}

/// Whether a host is a small number, which names no machine: what a fuzzer has made of an address.
pub(super) fn is_number(host: &[u8]) -> bool {
    host.len() <= 3 && host.iter().all(u8::is_ascii_digit)
}

/// The host of the first URL in a text.
pub(super) fn first_host(text: &[u8]) -> Option<&[u8]> {
    let at = crate::memmem::find(text, b"://")? + b"://".len();
    let rest = &text[at..];
    let is_end =
        |b: &u8| b.is_ascii_whitespace() || matches!(b, b'/' | b':' | b'?' | b'"' | b'\'' | b'`' | b'\\');
    Some(&rest[..rest.iter().position(is_end).unwrap_or(rest.len())])
}

pub(super) fn is_local_host(host: &[u8]) -> bool {
    !host.contains(&b'.')
        || host.starts_with(b"127.")
        || host.starts_with(b"0.0.0.0")
        // More labels are a network of its own: `db1.prod.local`.
        || [&b".local"[..], b".internal"].iter().any(|end| host.strip_suffix(*end).is_some_and(|name| !name.contains(&b'.')))
}

/// Whether nobody made a password up for an example: both cases and digits, and no words.
pub(super) fn is_drawn_password(secret: &[u8]) -> bool {
    if secret.len() >= 32 && secret.iter().all(u8::is_ascii_hexdigit) {
        return entropy::looks_random(secret, 0.0);
    }
    let digits = secret.iter().filter(|b| b.is_ascii_digit()).count();
    let both = secret.iter().any(u8::is_ascii_lowercase) && secret.iter().any(u8::is_ascii_uppercase);
    // One case alone has to be longer.
    let is_long = secret.len() >= 16 && digits >= 4;
    secret.len() >= 10
        && (both && digits >= 2 || is_long)
        && is_strong(secret)
        && !secret.contains(&b'%')
        && !weak::is_made_up(secret)
        && !weak::is_spelled(secret)
        && !entropy::is_regular(secret)
}

/// Hosts reserved for documentation (RFC 2606, RFC 6761), and what a test puts a host in for: `%HOSTIP`. With a second
/// percent sign it is a variable of Windows, which names a real one.
fn is_example_host(host: &[u8]) -> bool {
    if let Some(name) = host.strip_prefix(b"%") {
        let is_name = |b: &u8| b.is_ascii_uppercase() || *b == b'_';
        return name.len() >= 3 && name.iter().all(is_name);
    }
    let host = host.to_ascii_lowercase();
    [
        &b"example.com"[..],
        b"example.org",
        b"example.net",
        b".example",
        b".test",
        b".invalid",
        b"foo.com",
        b"bar.com",
        b"domain.com",
        b"host.com",
    ]
    .iter()
    .any(|end| host.ends_with(end))
        || host == b"host"
        || host == b"hostname"
        || host == b"server"
}

/// The scheme of the URL that ends in `before`.
pub(in crate::engine) fn scheme_of(before: &[u8]) -> Option<&[u8]> {
    let scheme = &before[start_of(before)?..];
    let scheme = &scheme[..scheme.iter().position(|b| matches!(b, b':' | b'+'))?];
    (!scheme.is_empty()).then_some(scheme)
}

/// Where the URL that ends in `before` starts.
pub(in crate::engine) fn start_of(before: &[u8]) -> Option<usize> {
    let floor = before.len().saturating_sub(LONGEST_USER_INFO);
    let near = &before[floor..];
    let near = &near[..memchr::memmem::rfind(near, b"://")?];
    let start = near.iter().rposition(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.')));
    Some(floor + start.map_or(0, |at| at + 1))
}

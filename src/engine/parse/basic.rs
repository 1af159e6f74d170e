//! A user and a password with a colon between: Basic authentication, `curl -u`, the settings of programs.

use std::borrow::Cow;

use super::url::{self, LONGEST_USER_INFO, is_drawn, is_strong, is_torn, sure_of, user_part};
use super::{Around, Parsed, is_weak, password_confidence};
use crate::catalogue::Confidence;
use crate::engine::locate_user::glued_switches;
use crate::engine::{names, weak};

/// How far along a command line its `-u` may stand, bytes.
const LONGEST_COMMAND: usize = 400;

/// The header whose value may be `Basic user password`, and how far before that it may stand, bytes.
const AUTHORIZATION: &[u8] = b"authorization:";
const LONGEST_HEADER: usize = 24;

/// `Basic base64(user:password)` at a `basic` keyword, `-u user:password` at any other (curl, wget, http).
pub(super) fn pair(text: &[u8], around: Around<'_>) -> Option<Parsed> {
    let after = around.at + around.keyword.len();
    if around.keyword.ends_with(b"\"")
        || around.keyword.starts_with(b"]:")
        || around.keyword.starts_with(b"register")
    {
        return named_pair(text, after);
    }
    if around.keyword.ends_with(b"(") {
        return encoded_pair(text, after);
    }
    if around.keyword == b"proxy-user" {
        let signs = |b: &&u8| matches!(**b, b' ' | b'=' | b':' | b'"' | b'\'' | b'\t');
        let lead = text[after..].iter().take(6).take_while(signs).count();
        return (lead > 0).then(|| named_pair(text, after + lead)).flatten();
    }
    if around.keyword.trim_ascii() == b"basic" || around.keyword.starts_with(b"npmauthident") {
        let window = &text[after..text.len().min(after + 1024)];
        let lead = window.iter().take_while(|b| matches!(b, b' ' | b'\t' | b'"')).count();
        let body = window[lead..]
            .iter()
            .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=' | b'-' | b'_'))
            .count();
        let range = after + lead..after + lead + body;
        let decoded = decode(&text[range.clone()]).filter(|decoded| decoded.contains(&b':'));
        let Some(decoded) = decoded else { return spelled_pair(text, around.at, after) };
        let colon = memchr::memchr(b':', &decoded)?;
        let printable = decoded.iter().all(|b| b.is_ascii_graphic() || *b == b' ' || *b >= 0x80);
        let (user, password) = (&decoded[..colon], &decoded[colon + 1..]);
        // A token alone, as Azure DevOps takes it, has no user before it.
        let lone = user.is_empty()
            && !(password.len() >= 20 && password.iter().any(u8::is_ascii_digit) && is_strong(password));
        if !printable || lone || password.len() < 4 || is_weak(password, user) || password == b"open sesame" {
            return None;
        }
        let why = Cow::Borrowed("decodes to `user:password` (Basic authentication)");
        let confidence = sure_of(password, is_made_up_login(user, password));
        return Some(Parsed { secret: range, confidence, why, parts: Vec::new() });
    }
    let program = around.keyword.split(|b| *b == b' ').next().unwrap_or_default();
    let after = around.at + program.len();
    let window = &text[after..text.len().min(after + LONGEST_COMMAND)];
    let option = [&b" -u "[..], b" -u\"", b" -u'", b" --user ", b" --user=", b" -u"]
        .into_iter()
        .chain((program == b"http").then_some(&b" -a "[..]))
        .find_map(|option| memchr::memmem::find(window, option).map(|at| at + option.len()))
        .or_else(|| (program == b"curl").then(|| glued(window))?)?;
    if memchr::memchr(b';', &window[..option]).is_some() {
        return None;
    }
    let lead = window[option..].iter().take_while(|b| matches!(b, b'"' | b'\'' | b' ')).count();
    let start = option + lead;
    let end = start
        + window[start..]
            .iter()
            .position(|&b| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'\\' | b'`'))
            .unwrap_or(window.len() - start);
    let pair = &window[start..end];
    let colon = memchr::memchr(b':', pair)?;
    let (user, password) = (&pair[..colon], &pair[colon + 1..]);
    // A key as the user, and nothing or a filler as the password: `-u KEY:X`.
    if password.len() < 4 && is_drawn(user) {
        return Some(Parsed {
            secret: after + start..after + start + colon,
            confidence: Confidence::Medium,
            why: Cow::Borrowed("a random value as the user of `-u`"),
            parts: Vec::new(),
        });
    }
    if password.len() < 4 || is_weak(password, user) || is_torn(user) || says_what_stands_there(password) {
        return None;
    }
    // What it is for stands before or behind: `-u user:password https://…`.
    let line_end = memchr::memchr(b'\n', &window[end..]).map_or(window.len(), |length| end + length);
    if url::first_host(&window[..line_end]).is_some_and(|host| url::is_of_example(host, password)) {
        return None;
    }
    Some(Parsed {
        secret: after + start + colon + 1..after + end,
        confidence: sure_of(password, is_made_up_login(user, password)),
        why: Cow::Borrowed("password of `-u user:password`"),
        parts: user_part(after + start..after + start + colon),
    })
}

/// Where the user stands behind options that curl takes in one: `-su` of `-sukim:…`.
fn glued(window: &[u8]) -> Option<usize> {
    let mut options = memchr::memmem::find_iter(window, b" -").map(|at| at + 1);
    options.find_map(|at| {
        Some(glued_switches(&window[at..])).filter(|length| *length > 0).map(|length| at + length)
    })
}

/// `Basic user password` and `Basic user:password` of `.http` files, which their clients encode: nothing else stands on the
/// line.
fn spelled_pair(text: &[u8], at: usize, after: usize) -> Option<Parsed> {
    let header = text[at.saturating_sub(LONGEST_HEADER)..at].trim_ascii_end();
    let header = &header[header.len().checked_sub(AUTHORIZATION.len())?..];
    if !header.eq_ignore_ascii_case(AUTHORIZATION) {
        return None;
    }
    let window = &text[after..text.len().min(after + LONGEST_USER_INFO)];
    let line = &window[..window.iter().position(|b| matches!(b, b'\n' | b'\r')).unwrap_or(window.len())];
    let lead = line.len() - line.trim_ascii_start().len();
    let line = line.trim_ascii();
    let split = line.iter().position(|b| matches!(b, b' ' | b':'))?;
    let (user, password) = (&line[..split], &line[split + 1..]);
    let is_one =
        !password.is_empty() && password.iter().all(|b| b.is_ascii_graphic() && !b"\"'`<>{}".contains(b));
    if user.is_empty() || !is_one || password.len() < 8 || is_weak(password, user) {
        return None;
    }
    let start = after + lead + split + 1;
    Some(Parsed {
        secret: start..start + password.len(),
        confidence: password_confidence(password, Confidence::Low),
        why: Cow::Borrowed("password of Basic authentication, as a client will encode it"),
        parts: Vec::new(),
    })
}

/// What a call encodes to log in: `btoa("user:password")`, `b64encode(b"user:password")`.
fn encoded_pair(text: &[u8], after: usize) -> Option<Parsed> {
    let window = &text[after..text.len().min(after + LONGEST_USER_INFO)];
    let open = window.iter().position(|b| matches!(b, b'"' | b'\'' | b'`')).filter(|open| *open <= 2)?;
    let literal = &window[open + 1..];
    let literal = &literal[..literal.iter().position(|b| *b == window[open])?];
    let colon = memchr::memchr(b':', literal)?;
    let (user, password) = (&literal[..colon], &literal[colon + 1..]);
    let is_plain = |part: &[u8]| part.iter().all(u8::is_ascii_graphic);
    let start = after + open + 1;
    if password.is_empty() && is_drawn(user) && !is_weak(user, b"") {
        return Some(Parsed {
            secret: start..start + colon,
            confidence: Confidence::Medium,
            why: Cow::Borrowed("a random value as the user that a call encodes"),
            parts: Vec::new(),
        });
    }
    if user.is_empty() || password.len() < 5 || !is_plain(literal) || is_weak(password, user) || is_torn(user)
    {
        return None;
    }
    Some(Parsed {
        secret: start + colon + 1..start + literal.len(),
        confidence: if is_made_up_login(user, password) {
            Confidence::Low
        } else {
            password_confidence(password, Confidence::Low)
        },
        why: Cow::Borrowed("password of `user:password` that a call encodes"),
        parts: user_part(start..start + colon),
    })
}

/// Options of curl in a file of its own: `-u name:password`.
pub(super) fn curl_settings(text: &[u8]) -> Option<Parsed> {
    let mut at = 0;
    text.split(|b| *b == b'\n').find_map(|line| {
        let start = at;
        at += line.len() + 1;
        let rest = line.strip_prefix(b"-u").or(line.strip_prefix(b"--user"))?;
        let bare = rest.trim_ascii_start();
        named_pair(text, start + line.len() - bare.len() + usize::from(bare.starts_with(b"\"")))
    })
}

/// `user = "name:password"` of curl's settings, `[host]:587 name:password` of Postfix.
fn named_pair(text: &[u8], start: usize) -> Option<Parsed> {
    let is_registration = text[..start].ends_with(b"register => ");
    let start = start + text[start..].iter().take(40).take_while(|b| matches!(b, b' ' | b'\t')).count();
    let window = &text[start..text.len().min(start + LONGEST_USER_INFO)];
    let end = window.iter().position(|b| b.is_ascii_whitespace() || *b == b'"').unwrap_or(window.len());
    let colon = memchr::memchr(b':', &window[..end])?;
    // Asterisk's `register => user:password@host`.
    let end =
        colon + memchr::memchr(b'@', &window[colon..end]).filter(|_| is_registration).unwrap_or(end - colon);
    let (user, password) = (&window[..colon], &window[colon + 1..end]);
    let is_chosen = is_strong(password) || password_confidence(password, Confidence::Low) > Confidence::Low;
    // The name of a resource: `arn:aws:iam::…`.
    let is_resource = matches!(user, b"arn" | b"urn");
    if user.is_empty() || is_resource || password.len() < 6 || is_weak(password, user) || !is_chosen {
        return None;
    }
    Some(Parsed {
        secret: start + colon + 1..start + end,
        confidence: if is_made_up_login(user, password) { Confidence::Low } else { Confidence::Medium },
        why: Cow::Borrowed("password of `user:password` in a program's settings"),
        parts: user_part(start..start + colon),
    })
}

/// Whether a password only names what has to stand in its place: `secretKey:sessionToken`.
fn says_what_stands_there(password: &[u8]) -> bool {
    const WORDS: [&str; 12] = [
        "access", "api", "auth", "client", "id", "key", "my", "pass", "password", "secret", "session",
        "token",
    ];
    let mut parts = password.split(|b| *b == b':');
    parts.all(|part| {
        let words = names::words(part);
        words.len() > 1 && words.iter().all(|word| WORDS.contains(&word.as_str()))
    })
}

/// A password of the usual words, or a user who is called `user` and no strong password.
fn is_made_up_login(user: &[u8], password: &[u8]) -> bool {
    const NOBODY: [&[u8]; 6] = [b"user", b"username", b"usr", b"name", b"foo", b"login"];
    let nobody = NOBODY.iter().any(|name| user.eq_ignore_ascii_case(name));
    weak::is_made_up(password) || nobody && !is_strong(password)
}

fn decode(body: &[u8]) -> Option<Vec<u8>> {
    let bare = body.iter().position(|&b| b == b'=').map_or(body, |at| &body[..at]);
    data_encoding::BASE64_NOPAD.decode(bare).or_else(|_| data_encoding::BASE64URL_NOPAD.decode(bare)).ok()
}

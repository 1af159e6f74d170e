//! A user and a password with a colon between: Basic authentication, `curl -u`, the settings of programs.

use std::borrow::Cow;
use std::ops::Range;

use super::assignment::{LONGEST_GAP, LONGEST_NAME};
use super::url::{self, LONGEST_USER_INFO, is_drawn, is_strong, is_torn, sure_of, user_part};
use super::{Around, Parsed, is_weak, password_confidence, prose};
use crate::catalogue::Confidence;
use crate::engine::doubt::public;
use crate::engine::locate::user::{self, glued_switches};
use crate::engine::names::{self, Role};
use crate::engine::owner::receiver;
use crate::engine::syntax::literal::{self, is_plain_quote, is_quote};
use crate::engine::syntax::neighbour::line_before;
use crate::engine::value::weak;
use crate::part::start_in;

/// How far along a command line its `-u` may stand, bytes.
const LONGEST_COMMAND: usize = 400;

/// Calls that make bytes of a text, and how far around them it is looked for what is made of the bytes, bytes.
const BYTES: [&[u8]; 2] = [b"getbytes(", b"buffer.from("];
const LONGEST_ENCODING: usize = 80;

/// Shortest password that a constant of any name holds, and longest one that only fills its place, bytes.
const LEAST_JOINED: usize = 16;
const LONGEST_FILLER: usize = 3;

/// The header whose value may be `Basic user password`, and how far before that it may stand, bytes.
const AUTHORIZATION: &[u8] = b"authorization:";
const LONGEST_HEADER: usize = 24;

/// `Basic base64(user:password)` at a `basic` keyword, `-u user:password` at any other (curl, wget, http).
pub(super) fn pair(text: &[u8], around: Around<'_>) -> Option<Parsed> {
    let after = around.at + around.keyword.len();
    // `"auth": "…"` of Docker's config.json.
    if around.keyword.starts_with(b"\"auth") {
        return encoded_login(text, after).and_then(of_encoded);
    }
    if around.keyword.ends_with(b"\"")
        || around.keyword.starts_with(b"]:")
        || around.keyword.starts_with(b"register")
    {
        return named_pair(text, after);
    }
    if around.keyword.ends_with(b"(") {
        return encoded_pair(text, around);
    }
    if around.keyword.ends_with(b"_auth:") {
        return listed_pair(text, after);
    }
    if around.keyword.starts_with(b".bytes") {
        return login_encoded(text, literal_before(text, around.at)?);
    }
    if let Some(user) = around.keyword.strip_suffix(b" / ") {
        return noted_pair(text, around.at, user);
    }
    // `basic.auth.user.info` of the clients of a schema registry, `CURLOPT_USERPWD` of curl's library.
    let is_user_info = around.keyword.starts_with(b"basic") && around.keyword.ends_with(b"info");
    if matches!(around.keyword, b"proxy-user" | b"userpwd") || is_user_info {
        let signs = |b: &&u8| matches!(**b, b' ' | b'=' | b':' | b'"' | b'\'' | b'\t' | b',' | b'>');
        let lead = text[after..].iter().take(6).take_while(signs).count();
        let pair = || named_pair(text, after + lead).or_else(|| of_expression(text, after + lead));
        return (lead > 0).then(pair).flatten();
    }
    if around.keyword.trim_ascii() == b"basic" || around.keyword.starts_with(b"npmauthident") {
        return decoded_pair(text, around.at, after);
    }
    of_option(text, around)
}

/// The first `- "user:password"` of a list of YAML, as tunnels of ngrok ask for one.
fn listed_pair(text: &[u8], after: usize) -> Option<Parsed> {
    const LONGEST_INDENT: usize = 40;
    let rest = text[after..].strip_prefix(b"\n")?;
    let blanks = rest.iter().take(LONGEST_INDENT).take_while(|b| **b == b' ').count();
    let item = rest[blanks..].strip_prefix(b"- ")?;
    let item = item.strip_prefix(b"\"").or(item.strip_prefix(b"'")).unwrap_or(item);
    named_pair(text, text.len() - item.len())
}

/// `Basic …` in base64, which stands behind `after`: a user and a password.
fn decoded_pair(text: &[u8], at: usize, after: usize) -> Option<Parsed> {
    match encoded_login(text, after) {
        Some(login) => of_encoded(login),
        None => spelled_pair(text, at, after),
    }
}

/// What stands behind `after` in base64 and holds a colon, and what that is decoded.
fn encoded_login(text: &[u8], after: usize) -> Option<(Range<usize>, Vec<u8>)> {
    let window = &text[after..text.len().min(after + 1024)];
    let lead = window.iter().take_while(|b| matches!(b, b' ' | b'\t' | b'"')).count();
    let body = window[lead..]
        .iter()
        .take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=' | b'-' | b'_'))
        .count();
    let range = after + lead..after + lead + body;
    let decoded = decode(&text[range.clone()]).filter(|decoded| decoded.contains(&b':'))?;
    Some((range, decoded))
}

/// The login of a user and a password.
fn of_encoded((range, decoded): (Range<usize>, Vec<u8>)) -> Option<Parsed> {
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
    Some(Parsed { secret: range, confidence, why, parts: Vec::new() })
}

/// What the option of a program on a command line holds: `curl -u user:password`.
fn of_option(text: &[u8], around: Around<'_>) -> Option<Parsed> {
    let program = around.keyword.split(|b| *b == b' ').next().unwrap_or_default();
    let after = around.at + program.len();
    let window = &text[after..text.len().min(after + LONGEST_COMMAND)];
    let option = [&b" -u "[..], b" -u\"", b" -u'", b" --user ", b" --user=", b" -u"]
        .into_iter()
        .chain((program == b"http").then_some(&b" -a "[..]))
        .find_map(|option| crate::memmem::find(window, option).map(|at| at + option.len()))
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
    // `-u "$USER":"…"`
    let colon = memchr::memchr(b':', pair);
    if colon.is_none_or(|colon| colon + 1 == pair.len())
        && let Some(found) = of_expression(text, after + start)
    {
        return Some(found);
    }
    let colon = colon?;
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

/// `admin / password`, as logins are noted.
fn noted_pair(text: &[u8], at: usize, user: &[u8]) -> Option<Parsed> {
    const LEADS: [&[u8]; 9] =
        [b"user", b"login", b"account", b"creds", b"credentials", b"benutzer", b"as", b"is", b"s"];
    let lead = text[at.saturating_sub(LONGEST_NAME)..at].trim_ascii_end();
    let word = lead.rsplit(|b| !b.is_ascii_alphabetic()).next().unwrap_or_default();
    // Nothing but a sign stands before the user, or a word that says what he is.
    let is_noted = match word {
        b"" => lead.last().is_none_or(|b| b":(,|*>-\"'`".contains(b)),
        word => LEADS.iter().any(|known| word.eq_ignore_ascii_case(known)),
    };
    let is_noted = is_noted || text[..at].ends_with(b"\n");
    let start = at + user.len();
    let secret = prose::login(text, start + b" / ".len())?;
    let password = &text[secret.clone()];
    if !is_noted || is_weak(password, user) || is_made_up_login(user, password) {
        return None;
    }
    Some(Parsed {
        secret,
        confidence: Confidence::Medium,
        why: Cow::Borrowed("password behind a user and a slash"),
        parts: user_part(at..start),
    })
}

/// What a call encodes to log in: `btoa("user:password")`, `b64encode(b"user:password")`.
fn encoded_pair(text: &[u8], around: Around<'_>) -> Option<Parsed> {
    let after = around.at + around.keyword.len();
    // What makes bytes of a text says nothing of what they are for.
    if BYTES.contains(&around.keyword) {
        let near =
            &text[around.at.saturating_sub(LONGEST_ENCODING)..text.len().min(after + 2 * LONGEST_ENCODING)];
        crate::memmem::find(&near.to_ascii_lowercase(), b"base64")?;
    }
    let window = &text[after..text.len().min(after + LONGEST_USER_INFO)];
    if let Some(password) = joined_password(text, window) {
        return Some(Parsed {
            secret: password,
            confidence: Confidence::Medium,
            why: Cow::Borrowed("a constant that a call encodes as a part of `user:password`"),
            parts: Vec::new(),
        });
    }
    if let Some(found) = of_expression(text, after) {
        return Some(found);
    }
    let open = window.iter().position(|b| matches!(b, b'"' | b'\'' | b'`'))?;
    // `[]byte("…")`
    if open > 2 && window[..open] != *b"[]byte(" {
        return None;
    }
    let literal = &window[open + 1..];
    let literal = &literal[..literal.iter().position(|b| *b == window[open])?];
    let colon = memchr::memchr(b':', literal)?;
    let (user, password) = (&literal[..colon], &literal[colon + 1..]);
    let start = after + open + 1;
    // `encode(KEY . ':' . $secret)`: its secret is a variable, and it is the half that names it.
    let behind = window[open + literal.len() + 2..].trim_ascii_start();
    let goes_on = match behind.first() {
        Some(b'+' | b'&') => true,
        Some(b'.') => !behind.get(1).is_some_and(u8::is_ascii_alphabetic),
        _ => false,
    };
    if goes_on && password.is_empty() {
        return None;
    }
    if password.len() < 4 && is_drawn(user) && !is_weak(user, b"") {
        return Some(Parsed {
            secret: start..start + colon,
            confidence: Confidence::Medium,
            why: Cow::Borrowed("a random value as the user that a call encodes"),
            parts: Vec::new(),
        });
    }
    login_encoded(text, start..start + literal.len())
}

/// The password of a literal `user:password` that a call encodes.
fn login_encoded(text: &[u8], login: Range<usize>) -> Option<Parsed> {
    let colon = memchr::memchr(b':', &text[login.clone()])?;
    let (user, password) = (login.start..login.start + colon, login.start + colon + 1..login.end);
    let (user_bytes, bytes) = (&text[user.clone()], &text[password.clone()]);
    let is_plain = text[login].iter().all(u8::is_ascii_graphic);
    let is_none = user.is_empty() || bytes.len() < 5 || is_weak(bytes, user_bytes) || is_torn(user_bytes);
    (is_plain && !is_none).then(|| Parsed {
        secret: password.clone(),
        confidence: if is_made_up_login(user_bytes, bytes) {
            Confidence::Low
        } else {
            password_confidence(bytes, Confidence::Low)
        },
        why: Cow::Borrowed("password of `user:password` that a call encodes"),
        parts: user_part(user),
    })
}

/// The literal that a method is called of: `"user:password".bytes.encodeBase64()`.
fn literal_before(text: &[u8], at: usize) -> Option<Range<usize>> {
    let line = line_before(text, at, LONGEST_USER_INFO);
    let (quote, body) = line.split_last().filter(|(quote, _)| matches!(quote, b'"' | b'\''))?;
    let open = memchr::memrchr(*quote, body)? + 1;
    Some(at - 1 - (body.len() - open)..at - 1)
}

/// The drawn password behind a user that an expression gives: `$sid . ":…"`, `"$SID":"…"`. It stands in the
/// statement from `start` on.
fn of_expression(text: &[u8], start: usize) -> Option<Parsed> {
    const MOST_COLONS: usize = 4;
    let window = &text[start..text.len().min(start + LONGEST_USER_INFO)];
    let line = &window[..memchr::memchr2(b'\n', b';', window).unwrap_or(window.len())];
    let is_of_password =
        |b: &&u8| b.is_ascii_graphic() && !is_quote(b) && !matches!(**b, b'\\' | b'@' | b'/' | b'$');
    let secret = memchr::memchr_iter(b':', line).take(MOST_COLONS).find_map(|colon| {
        let first = colon + 1 + usize::from(line.get(colon + 1).is_some_and(is_quote));
        let length = line[first..].iter().take_while(is_of_password).count();
        let secret = start + first..start + first + length;
        let floor = start.saturating_sub(LONGEST_HEADER);
        let is_drawn = url::is_drawn_password(&text[secret.clone()]) && !is_weak(&text[secret.clone()], b"");
        (is_drawn && user::of_expression(text, floor, &secret).is_some()).then_some(secret)
    })?;
    Some(Parsed {
        secret,
        confidence: Confidence::Medium,
        why: Cow::Borrowed("password of a `user:password` whose user is a variable"),
        parts: Vec::new(),
    })
}

/// The random literal of a constant that an argument puts behind a colon, `encode(APP + ":" + MASTER)`, or before one that
/// nothing follows, `encode(MASTER + ":")`. What a name calls a secret is found by that.
fn joined_password(text: &[u8], window: &[u8]) -> Option<Range<usize>> {
    let argument = &window[..memchr::memchr2(b')', b'\n', window)?];
    let is_word = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
    // A literal between two names, or the text between two names in one literal.
    let glue = [&b"\":"[..], b"':", b"}:"].into_iter();
    let colon = glue.filter_map(|glue| crate::memmem::find(argument, glue)).min().filter(|at| *at > 0)? + 1;
    let behind = &argument[colon + 1..];
    let filler = behind.iter().take_while(|b| is_word(b)).count();
    let signs = behind[filler..].iter().take_while(|b| !is_word(b)).count();
    let second = &behind[filler + signs..];
    let second = &second[..second.iter().take_while(|b| is_word(b)).count()];
    let lead = argument[..colon - 1].iter().rposition(is_word).map_or(0, |at| at + 1);
    let first = &argument[lead - argument[..lead].iter().rev().take_while(|b| is_word(b)).count()..lead];
    let name = if second.is_empty() { first } else { second };
    if filler > LONGEST_FILLER || name.len() < 2 || names::role(name) != Role::Neutral {
        return None;
    }
    let at = start_in(text, window);
    let line = receiver::constant(name, text, at)?;
    let start = start_in(text, line);
    let open = start + line.iter().position(|b| matches!(b, b'"' | b'\''))?;
    let found = literal::at(text, open).filter(|found| found.value.end <= start + line.len())?;
    let value = &text[found.value.clone()];
    (value.len() >= LEAST_JOINED && is_drawn(value) && !is_weak(value, b"")).then_some(found.value)
}

/// The key that is given to the user beside a password which only fills its place: `username: "…", password: "X"`.
pub(super) fn key_beside(text: &[u8], name: &Range<usize>) -> Option<Range<usize>> {
    const USERS: [&[u8]; 3] = [b"username", b"user", b"login"];
    let opens = name.end + opening(&text[name.end..text.len().min(name.end + LONGEST_GAP)])?;
    let behind = &text[opens + 1..text.len().min(opens + 2 + LONGEST_FILLER)];
    let filler = &behind[..behind.iter().position(|b| *b == text[opens])?];
    if !filler.iter().all(|b| matches!(b, b'x' | b'X' | b'-')) {
        return None;
    }
    let lead = text[name.start.saturating_sub(LONGEST_NAME * 2)..name.start].to_ascii_lowercase();
    let user = USERS.iter().find_map(|user| Some(memchr::memmem::rfind(&lead, user)? + user.len()))?;
    let found = literal::at(text, name.start - lead.len() + user + opening(&lead[user..])?)?;
    let key = &text[found.value.clone()];
    let is_key = is_drawn(key) && !is_weak(key, b"") && !public::is_public(key);
    (is_key && found.end <= name.start).then_some(found.value)
}

/// Where the literal opens that is given to the name before, or to the one beside: `: "`, `", "value": "`.
fn opening(behind: &[u8]) -> Option<usize> {
    let is_blank = |b: &u8| b.is_ascii_whitespace();
    let rest = behind.strip_prefix(b"\"").or(behind.strip_prefix(b"'")).unwrap_or(behind).trim_ascii_start();
    let rest = rest.strip_prefix(b",").map_or(rest, <[u8]>::trim_ascii_start);
    let rest = rest.strip_prefix(b"\"value\"").map_or(rest, <[u8]>::trim_ascii_start);
    let signs = rest.iter().take_while(|b| matches!(b, b':' | b'=' | b'>')).count();
    let blanks = rest[signs..].iter().take_while(|b| is_blank(b)).count();
    let at = behind.len() - rest.len() + signs + blanks;
    (signs > 0 && behind.get(at).is_some_and(is_plain_quote)).then_some(at)
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
    let is_quoted = text[..start].ends_with(b"'");
    let is_end = |b: &u8| b.is_ascii_whitespace() || *b == b'"' || is_quoted && *b == b'\'';
    let end = window.iter().position(is_end).unwrap_or(window.len());
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

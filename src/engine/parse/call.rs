//! Passwords and keys as plain arguments: `auth=("user", "…")`, `new PDO(dsn, user, "…")`, `jwt.sign(x, "…")`.

use std::borrow::Cow;
use std::ops::Range;

use bstr::ByteSlice;

use super::assignment::is_drawn_uuid;
use super::chosen::is_in_fours;
use super::plain::{is_opaque, is_plain};
use super::signature::{Call, DECODED, DECODED_IN_SWIFT, SPACED, of_keyword};
use super::url::is_drawn;
use super::{Around, Parsed, is_typed, is_weak, operand, password_confidence};
use crate::catalogue::{Catalogue, Confidence, RuleIx};
use crate::engine::locate::{How, locate, user};
use crate::engine::names::{self, Role};
use crate::engine::owner::{self, Words, constructed, receiver};
use crate::engine::shape::confirm::is_word;
use crate::engine::syntax::literal::is_quote;
use crate::engine::syntax::{lexer, literal, neighbour, trivia};
use crate::engine::value::{entropy, weak};

/// How far an argument list is read, bytes.
const LONGEST_CALL: usize = 400;

/// How much of a line before a constant is looked at, bytes.
const LONGEST_LINE: usize = 120;
/// Shortest key that a client is made with, bytes.
const LEAST_KEY: usize = 20;
/// Methods that make or start a client of the vendor whose name stands before them.
const STARTERS: [&[u8]; 12] = [
    b"init",
    b"initialize",
    b"configure",
    b"setup",
    b"client",
    b"new",
    b"connect",
    b"auth",
    b"authenticate",
    b"setauth",
    b"setapikey",
    b"create",
];

/// The secret argument of the call whose opening bracket ends the keyword, or a blank where Ruby has none.
pub(super) fn argument(text: &[u8], around: Around<'_>) -> Option<Parsed> {
    let call = of_keyword(around.keyword)?;
    let start = around.at + around.keyword.len();
    let arguments = match SPACED.contains(&call.open) {
        true => spaced(text, start),
        false => arguments(text, start, call.argument + 1),
    };
    let before = &arguments[..call.argument.min(arguments.len())];
    let literals: Vec<_> = before.iter().filter_map(|range| literal(text, range.clone())).collect();
    if !is_login(text, call, before, literals.len()) {
        return None;
    }
    if let Some(key) = key_as_user(text, call, &arguments) {
        return Some(Parsed {
            secret: key,
            confidence: Confidence::Medium,
            why: Cow::Borrowed("a random value as the user, with no password"),
            parts: Vec::new(),
        });
    }
    let argument = arguments.get(call.argument)?.clone();
    let secret = literal(text, argument.clone())?;
    let bytes = &text[secret.clone()];
    let is_asked = literals.is_empty() && !before.is_empty();
    if is_asked && is_of_member(&text[argument.start..secret.start]) || is_something_else(bytes) {
        return None;
    }
    let confidence = match call.is_key {
        true if !is_key(text, call, &secret) => return None,
        true => Confidence::Medium,
        false => sure_of_password(bytes, literals.last().map(|user| &text[user.clone()])),
    };
    let name = String::from_utf8_lossy(around.keyword.trim_ascii()).into_owned();
    Some(Parsed {
        secret,
        confidence,
        why: Cow::Owned(format!("argument of `{}`", name.trim_end_matches('('))),
        parts: Vec::new(),
    })
}

/// Whether what stands before the secret argument of a call, `literals` of it literals, says who logs in.
fn is_login(text: &[u8], call: &Call, before: &[Range<usize>], literals: usize) -> bool {
    let last = before.last();
    if call.is_of_dn {
        let user = last.and_then(|user| literal(text, user.clone()));
        let is_dn = |user: Range<usize>| memchr::memchr(b'=', &text[user]).is_some_and(|at| at > 0);
        return literals >= call.literals_before && user.is_some_and(is_dn);
    }
    // Who logs in may be a variable that is called so; any other may be something else.
    let is_user = |user: &Range<usize>| user::is_user_name(text[user.clone()].trim_ascii());
    literals >= call.literals_before || last.is_some_and(is_user)
}

/// Whether a literal is too short for a secret, known to everybody, or an address, a path or what is no value that is typed.
fn is_something_else(bytes: &[u8]) -> bool {
    bytes.len() < 5
        || is_weak(bytes, b"")
        || !is_typed(bytes) && !is_in_fours(bytes)
        || crate::memmem::find(bytes, b"://").is_some()
        || is_route(bytes)
        || is_address(bytes)
}

/// How sure the password of a call makes us whose user is given beside it.
fn sure_of_password(bytes: &[u8], user: Option<&[u8]>) -> Confidence {
    if user.is_some_and(|user| weak::is_of_user(bytes, user)) {
        return Confidence::Low;
    }
    password_confidence(bytes, if is_in_fours(bytes) { Confidence::Medium } else { Confidence::Low })
}

/// Whether the argument of a call that takes a key is one. What is only decoded has to be called a secret too.
fn is_key(text: &[u8], call: &Call, secret: &Range<usize>) -> bool {
    let bytes = &text[secret.clone()];
    let is_named = || locate(text, secret.clone()).names.iter().any(|name| names::role(name) == Role::Secret);
    bytes.len() >= 16
        && bytes.iter().any(u8::is_ascii_digit)
        && entropy::looks_random(bytes, 0.0)
        && (![DECODED, DECODED_IN_SWIFT].contains(&call.open) || is_named())
}

/// Whether what leads to a literal calls a member with it, which asks for something more often than it wraps a password:
/// `$request->session()->pull('`, `settings.value("`.
fn is_of_member(lead: &[u8]) -> bool {
    const WRAPS: [&[u8]; 6] = [b"of", b"from", b"new", b"valueOf", b"fromString", b"String"];
    let Some(path) = lead.trim_ascii().strip_suffix(b"\"").or(lead.trim_ascii().strip_suffix(b"'")) else {
        return false;
    };
    let Some(path) = path.strip_suffix(b"(") else { return false };
    let name = path.iter().rev().take_while(|b| is_word(**b)).count();
    let (of, name) = path.split_at(path.len() - name);
    matches!(of.last(), Some(b'.' | b'>' | b':')) && !WRAPS.contains(&name)
}

/// A path of words: `/login`, which an option among the arguments leads to.
fn is_route(value: &[u8]) -> bool {
    let is_part = |b: &u8| b.is_ascii_alphabetic() || matches!(b, b'/' | b'-' | b'_');
    value.starts_with(b"/") && value.iter().all(is_part)
}

/// An e-mail address of small letters: `some@mail.com`, what a user is made with beside a name.
fn is_address(value: &[u8]) -> bool {
    let Some((user, host)) = value.split_once_str("@") else { return false };
    let is_user = |b: &u8| b.is_ascii_lowercase() || matches!(b, b'.' | b'_' | b'-' | b'+');
    let is_host = |b: &u8| b.is_ascii_lowercase() || matches!(b, b'.' | b'-');
    user.len() > 1 && user.iter().all(is_user) && host.contains(&b'.') && host.iter().all(is_host)
}

/// The key in `SetBasicAuth("…", "x")` and `auth=("…", "")`, whose service takes no password.
fn key_as_user(text: &[u8], call: &Call, arguments: &[Range<usize>]) -> Option<Range<usize>> {
    let is_login = !call.is_key && call.argument == 1 && call.literals_before == 1;
    let [user, password] = arguments else { return None };
    let is_filler = |bytes: &[u8]| bytes.len() <= 3 && matches!(bytes, [b'"', .., b'"'] | [b'\'', .., b'\'']);
    let user = literal(text, user.clone()).filter(|user| is_login && is_drawn(&text[user.clone()]))?;
    is_filler(text[password.clone()].trim_ascii()).then_some(user)
}

/// What a client of a known vendor is made with: `new Flutterwave('…')`, `shodan.init("…")`. `run` is a run of token
/// characters that may be random.
pub(in crate::engine) fn constructed(
    text: &[u8],
    run: &Range<usize>,
    catalogue: &Catalogue,
) -> Option<(RuleIx, Range<usize>, String)> {
    let (value, is_last) = quoted(text, run)?;
    let bytes = &text[value.clone()];
    let digits = bytes.iter().filter(|b| b.is_ascii_digit()).count();
    let is_uuid = entropy::is_uuid(bytes);
    let is_drawn = || {
        bytes.len() >= LEAST_KEY
            && digits >= 2
            && digits < bytes.len()
            && is_opaque(bytes)
            && !is_weak(bytes, b"")
            && (is_uuid || !is_plain(bytes))
            && entropy::looks_random(bytes, 0.0)
    };
    if is_uuid && !is_drawn_uuid(bytes) || !is_drawn() {
        return None;
    }
    let located = locate(text, value.clone());
    // `Client::new(url, Some("…"))`
    let is_wrapper = |call: &[u8]| operand::only_wraps(&[call, b"("].concat());
    if located.how != How::Argument {
        return None;
    }
    // `require('acme')('…')`
    if let Some(module) = located.callees.is_empty().then(|| required(text, value.start)).flatten() {
        let rule = constructed::in_import(module, catalogue)?;
        return Some((rule, value, String::from_utf8_lossy(module).into_owned()));
    }
    let chain = *located.callees.iter().find(|call| !is_wrapper(call))?;
    let parts =
        || chain.rsplit(|b| matches!(b, b'.' | b':' | b'>' | b'-' | b'\\' | b'/')).filter(|p| !p.is_empty());
    let last = parts().next()?;
    let of = |part| owner::in_name(part, Words::of_vendors(catalogue));
    let is_starter = STARTERS.iter().any(|starter| last.eq_ignore_ascii_case(starter));
    // `AcmeClient("…")`, `acme.RestClient("…")`.
    let is_client = last.len() > 6 && ends_in(last, b"client");
    // What a method sets up for pages is public more often than what a program makes a client from.
    let is_made = is_client || last == b"new" || last.first().is_some_and(u8::is_ascii_uppercase);
    // `Jira ("…")` of prose says which number is whose.
    let is_called = || {
        text[..value.start].ends_with(&[chain, b"(\""].concat())
            || text[..value.start].ends_with(&[chain, b"('"].concat())
    };
    if (!is_last || is_uuid) && !is_made || is_uuid && !is_called() {
        return None;
    }
    let rule = (!is_starter).then(|| of(last)).flatten();
    let rule = rule.or_else(|| (is_starter || is_client).then(|| parts().skip(1).find_map(of)).flatten());
    // `Client::new("…")` of a module that is the vendor's.
    let is_type = |part: &[u8]| [&b"client"[..], b"api", b"session"].iter().any(|end| ends_in(part, end));
    let makes = || if is_starter { parts().nth(1).is_none_or(is_type) } else { is_type(last) };
    let rule = rule.or_else(|| {
        let line = receiver::bound_by(chain, text, value.start).filter(|line| receiver::is_import(line))?;
        let module = if makes() { Some(line) } else { module_of(line, last) };
        constructed::in_import(module?, catalogue)
    });
    let rule = rule.or_else(|| {
        (is_made && is_last && !is_uuid).then(|| beside_host(text, value.start, catalogue)).flatten()
    });
    Some((rule?, value, String::from_utf8_lossy(chain).into_owned()))
}

/// Whose host the other arguments of a call are bound to, the last of which opens before `at`: `Config(node, "…")` below
/// `node = Node("x.acme.net")`.
fn beside_host(text: &[u8], at: usize, catalogue: &Catalogue) -> Option<RuleIx> {
    let words = Words::of_vendors(catalogue);
    let line = neighbour::line_before(text, at, LONGEST_LINE);
    let arguments = &line[memchr::memrchr(b'(', line)? + 1..];
    let names = arguments.split(|b| !(b.is_ascii_alphanumeric() || *b == b'_'));
    let names = names.filter(|name| name.len() > 1 && name[0].is_ascii_alphabetic());
    let is_host = |run: &&[u8]| {
        run.contains(&b'.') && run.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'))
    };
    names.filter_map(|name| receiver::bound_by(name, text, at - line.len())).find_map(|bound| {
        let runs = bound.split(|b| matches!(b, b'"' | b'\'' | b'/' | b':' | b'@'));
        runs.filter(is_host).find_map(|host| words.of_domain(host))
    })
}

/// What a constant holds that bears the name of a vendor and nothing else: `private const ACME = '…'`. Digests of commits
/// and files are longer than 32 hex digits.
pub(in crate::engine) fn entitled(
    text: &[u8],
    run: &Range<usize>,
    catalogue: &Catalogue,
) -> Option<(RuleIx, Range<usize>)> {
    const CONSTANTS: [&[u8]; 5] = [b"const ", b"final ", b"static ", b"enum ", b"define("];
    let bytes = &text[run.clone()];
    let has = |class: fn(&u8) -> bool| bytes.iter().any(class);
    let is_hex = bytes.len() == 32 && bytes.iter().all(u8::is_ascii_hexdigit);
    let is_mixed = bytes.len() >= LEAST_KEY
        && bytes.iter().all(u8::is_ascii_alphanumeric)
        && has(u8::is_ascii_lowercase)
        && has(u8::is_ascii_uppercase);
    if !is_hex && !is_mixed || !has(u8::is_ascii_digit) {
        return None;
    }
    let open = literal::start(text, run.start)?;
    let line = neighbour::line_before(text, open, LONGEST_LINE);
    if !CONSTANTS.iter().any(|mark| crate::memmem::find(line, mark).is_some()) {
        return None;
    }
    let found = literal::at(text, open).filter(|found| found.value == *run)?;
    if !entropy::looks_random(bytes, 0.0) {
        return None;
    }
    let located = locate(text, run.clone());
    let name = *located.names.first().filter(|_| located.how == How::Assigned)?;
    let is_constant = name.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_');
    let word = names::normalized(name);
    let rule =
        Words::of_vendors(catalogue).find(&word).filter(|_| is_constant && !owner::is_everyday(&word))?;
    Some((rule, found.value))
}

fn ends_in(name: &[u8], end: &[u8]) -> bool {
    name.len() >= end.len() && name[name.len() - end.len()..].eq_ignore_ascii_case(end)
}

/// The module whose function takes the literal at `at` as its first argument: `require('acme')("`.
fn required(text: &[u8], at: usize) -> Option<&[u8]> {
    let before = &text[at.saturating_sub(LONGEST_LINE)..at];
    let before = before.strip_suffix(b"\"").or(before.strip_suffix(b"'"))?.strip_suffix(b"(")?;
    let before = before.strip_suffix(b"\")").or(before.strip_suffix(b"')"))?;
    let open = memchr::memmem::rfind(before, b"require(")? + b"require(".len();
    before.get(open + 1..)
}

/// The module that a line imports which bears the name of a type of it: `exa_py` of `Exa`.
fn module_of<'t>(line: &'t [u8], last: &[u8]) -> Option<&'t [u8]> {
    let own = names::normalized(last);
    let mut runs = line.split(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-')));
    runs.find(|run| *run != last && names::words(run).first().is_some_and(|word| *word == own))
}

/// The literal around a run, where it is the last argument, or only options follow: `(` or `,` stands before it and `)` or
/// `, {` behind; and whether it is the last. What comes before another value is an id, most often.
fn quoted(text: &[u8], run: &Range<usize>) -> Option<(Range<usize>, bool)> {
    let is_end = |b: &u8| matches!(b, b'"' | b'\'' | b'`') || b.is_ascii_whitespace();
    let before = &text[run.start.saturating_sub(LONGEST_CALL)..run.start];
    let start = run.start - before.iter().rev().take_while(|b| !is_end(b)).count();
    let open = [start, run.start].into_iter().find_map(|start| literal::start(text, start))?;
    // Lisps put blanks between arguments.
    let is_before = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'(' | b',' | b'"' | b'.' | b')');
    let before = trivia::before(text, run.start.saturating_sub(LONGEST_CALL).min(open), open);
    if !text[..before].last().is_some_and(is_before) {
        return None;
    }
    let found = literal::at(text, open).filter(|found| found.value.end >= run.end)?;
    let rest = &text[trivia::behind(text, found.end, |_| false)..];
    // `"…".to_string()`
    let converted = rest.strip_prefix(b".").map(|rest| {
        let name = rest.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
        rest[name..].strip_prefix(b"()").unwrap_or_default().trim_ascii_start()
    });
    match converted.unwrap_or(rest) {
        [b')', ..] => Some((found.value, true)),
        [b',', next @ ..] => {
            let next = &next[trivia::behind(next, 0, |_| false)..];
            let is_last = next.starts_with(b")");
            (is_last || are_options(next)).then_some((found.value, is_last))
        }
        _ => None,
    }
}

/// Whether what follows an argument are options: an object, what has a name that is no secret's, what a function makes of
/// another value (`acme.WithRegion(…)`).
fn are_options(next: &[u8]) -> bool {
    let path =
        next.iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b':')).count();
    let (path, behind) = next.split_at(path);
    let name = path.rsplit(|b| matches!(b, b'.' | b':')).find(|part| !part.is_empty()).unwrap_or_default();
    let is_named = || {
        let is_given = path.ends_with(b":") || behind.trim_ascii_start().starts_with(b"=");
        is_given && names::role(name) != Role::Secret
    };
    let is_made =
        || behind.starts_with(b"(") && name.get(..4).is_some_and(|lead| lead.eq_ignore_ascii_case(b"with"));
    next.starts_with(b"{")
        || !name.is_empty() && (is_named() || is_made() && names::role(name) != Role::Secret)
}

/// The first arguments of a list, which its bracket closes, or the end of its line where a blank opens it.
fn arguments(text: &[u8], start: usize, most: usize) -> Vec<Range<usize>> {
    let end = text.len().min(start + LONGEST_CALL);
    let has_bracket = start.checked_sub(1).is_some_and(|at| text[at] != b' ');
    let list = lexer::items(text, start..end);
    let mut list = if has_bracket { list } else { list.of_line() };
    let mut out: Vec<_> = list.by_ref().take(most).collect();
    // The last one may go on, unless the file ends in it.
    let is_cut = out.last().is_some_and(|last| last.end == end) && !list.is_closed;
    if is_cut && (has_bracket || end < text.len()) {
        out.pop();
    }
    out
}

/// The two literals that stand side by side: `"x" "y"`.
fn spaced(text: &[u8], start: usize) -> Vec<Range<usize>> {
    let blanks =
        |at: usize| text[at..].iter().take_while(|b| b.is_ascii_whitespace()).take(LONGEST_LINE).count();
    let mut at = start;
    let next = |_| {
        at += blanks(at);
        let found = literal::at(text, at).filter(|_| matches!(text.get(at), Some(b'"')))?;
        let whole = at..found.end;
        at = found.end;
        Some(whole)
    };
    (0..2).map_while(next).collect()
}

/// Whether what stands before a literal looks something up by it: `config["`, `env.get("`.
fn is_looked_up(before: &[u8]) -> bool {
    let is_word = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b']' | b')');
    let is_index = before.strip_suffix(b"[").and_then(<[u8]>::last).is_some_and(is_word);
    is_index || [&b".get("[..], b"getenv(", b"get_option("].iter().any(|asks| before.ends_with(asks))
}

/// The text of the only literal of an argument: `"x"`, `b"x"`, `[]byte("x")`, `"x".getBytes()`.
fn literal(text: &[u8], argument: Range<usize>) -> Option<Range<usize>> {
    let first = trivia::behind(text, argument.start, |_| false).min(argument.end);
    let argument = first..argument.end;
    let bytes = &text[argument.clone()];
    let within = |found: &literal::Literal| found.end <= argument.end;
    let read = |open: usize| Some((open, literal::at(text, argument.start + open).filter(within)?));
    let (open, found) = read(0).or_else(|| read(bytes.iter().position(is_quote)?))?;
    if is_looked_up(&bytes[..open]) {
        return None;
    }
    // One with escapes goes on behind the first.
    let end = match text.get(found.value.end) {
        Some(b'\\') => found.end + text[found.end..argument.end].iter().position(is_quote)?,
        _ => found.value.end,
    };
    let value = found.value.start..end;
    // A sum, a format or a call with more in it is no plain literal.
    let rest =
        text.get(trivia::behind(text, found.end.max(end + 1), |_| false).min(argument.end)..argument.end)?;
    let plain = !bytes[..open].iter().any(|b| matches!(b, b'+' | b'%' | b'"' | b'?'))
        && !rest.iter().any(|b| matches!(b, b'+' | b'%' | b'"' | b'\''));
    plain.then_some(value)
}

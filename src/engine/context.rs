//! Weighs what stands around a value: is it this vendor's secret, or something that looks like it?
//!
//! For shapes that prove nothing alone (32 hex digits may be an MD5 sum). Every verdict comes with its
//! evidence in words; a score without a reason is a bug.

use std::borrow::Cow;
use std::cell::LazyCell;
use std::ops::Range;

use super::locate::{How, Located};
use super::names::{self, Role};
use crate::catalogue::{Confidence, Near, Rule};
use crate::engine::doubt::{counter, table};
use crate::engine::locate::user::is_user_of_two;
use crate::engine::locate::words;
use crate::engine::owner::client::{TAKES, is_call, is_client, is_listed_call, stands_for_client};
use crate::engine::owner::vendor_word::{
    holds_whole_word, holds_word, is_in_own_query, names_vendor, says_only_vendor,
};
use crate::engine::shape::companion::is_distinct;
use crate::engine::syntax::neighbour;
use crate::engine::value::entropy;

/// What a vendor's short name is run together with; how far that is looked at, bytes.
pub(super) const GOES_WITH: [&[u8]; 8] = [b"api", b"sdk", b"bot", b"app", b"client", b"hq", b"io", b"com"];
const LONGEST_TAIL: usize = 24;
/// How much of a line is looked at before a value, bytes.
const LONGEST_LINE: usize = 200;
/// How far around a value the entries of its list are looked at, bytes.
const ENTRIES_REACH: usize = 2560;
/// Most keywords that are looked at for whether they stand in lists.
const MOST_LISTED: usize = 64;
/// From this length on a vendor's word counts wherever it stands in a name.
pub(super) const LONG_WORD: usize = 6;

/// A verdict in favour.
#[derive(Debug, Clone)]
pub(super) struct Judged {
    pub(super) confidence: Confidence,
    /// Decides between rules that claim the same bytes; more is stronger.
    pub(super) strength: u32,
    /// Whether a name says both that it is a secret and whose, as much as a vendor's secrets without a form go by.
    pub(super) is_told: bool,
    /// Strongest first.
    pub(super) why: Vec<Cow<'static, str>>,
}

/// What is known about a value besides its own bytes.
#[derive(Debug)]
pub(super) struct Surroundings<'t> {
    /// The whole text.
    pub(super) text: &'t [u8],
    /// Where the value stands in it.
    pub(super) value: Range<usize>,
    /// Where it stands.
    pub(super) located: &'t Located<'t>,
    /// Lines to the nearest keyword of the rule within its scope, if there is one.
    pub(super) keyword_lines: Option<u32>,
    /// Where its keywords stand, in order.
    pub(super) keywords: &'t [usize],
    /// The companions found near: name and range.
    pub(super) companions: &'t [(&'static str, Range<usize>, u32)],
    /// The last part of the path, lower case.
    pub(super) file_name: &'t [u8],
    /// Lock files and the like: only a name that says vendor and secret counts.
    pub(super) is_machine_made: bool,
}

/// Judges a value whose shape proves nothing alone.
pub(super) fn judge(rule: &'static Rule, near: &Near, around: &Surroundings<'_>) -> Option<Judged> {
    let located = around.located;
    let name = located
        .names
        .iter()
        .find(|n| names::role(n) != Role::Neutral || names_vendor(rule, n))
        .or(located.names.first());
    // `agent` of `tokens { agent = "…" }`: the nearest name that the rule lists.
    let is_told = |n: &&&[u8]| names::role(n) == Role::Secret && !is_listed(near, n);
    let own = || located.names.first().filter(|n| is_listed(near, n));
    // Nor does the block around it speak for it: `networks: { base: { accounts: ["…"] } }`.
    let is_around =
        |n: &&&[u8]| names::role(n) == Role::Counter && located.names.first().is_some_and(|own| own != *n);
    let name = name.filter(|n| is_told(n) || is_around(n)).and_then(|_| own()).or(name);
    // Of chains of blocks one is called Base, and no commit stands among keys.
    let is_chain = name.is_some_and(|name| name.eq_ignore_ascii_case(b"base"));
    let outer = || located.names.get(1).filter(|outer| is_chain && names::role(outer) == Role::Secret);
    let name = outer().or(name);
    let role = name.map_or(Role::Neutral, |n| names::role(n));
    // A member such as `d` of a JSON Web Key: the structure it stands in is given to a secret's name as well,
    // and so are its public members `x`, `y` and `n`.
    let members = near.names.iter().all(|name| name.len() <= 2) && !near.names.is_empty();
    if members && !located.names.first().is_some_and(|name| is_listed(near, name)) {
        return None;
    }
    let companion = around.companions.iter().find(|(name, ..)| is_distinct(rule, name));
    // `session = boto3.Session(id, secret)`: the name is the client's, not the argument's.
    let takes_it = || located.callees.iter().any(|call| is_listed_call(near, call));
    let is_of_result =
        located.how == How::Argument && !located.callees.is_empty() && (companion.is_some() || takes_it());
    let role = if is_of_result && role == Role::Counter { Role::Neutral } else { role };
    if let (Some(user), How::Password) = (&located.user, located.how)
        && let Some((companion, ..)) = around.companions.iter().find(|(_, range, _)| range == user)
    {
        return Some(judged(
            Confidence::High,
            100,
            format!("password of the {companion} before it (`user:password`)"),
        ));
    }
    let after = &around.text[around.value.end..around.text.len().min(around.value.end + 48)];
    if counter::is_something_else(around.text, &around.value) {
        return None;
    }
    if after.starts_with(b".")
        && rule.vendor.words.iter().any(|w| starts_with_ignoring_case(&after[1..], w.as_bytes()))
    {
        return Some(judged(Confidence::High, 80, format!("label of a {} host", rule.vendor.name)));
    }
    let vendor_named = name.is_some_and(|n| names_vendor(rule, n));
    // `VAULT_SECRET_ID`: what the rule lists is that, whatever its last word says elsewhere.
    let is_own = || {
        let normalized = name.map(|n| names::normalized(n)).unwrap_or_default();
        near.names.iter().any(|listed| match listed.len() {
            0..=2 => false,
            3..=4 => normalized == **listed,
            _ => normalized.ends_with(listed),
        })
    };
    if role == Role::Counter && !is_own()
        || (around.keyword_lines.is_none() && companion.is_none() && !vendor_named)
    {
        return None;
    }
    // Of two kinds of one vendor's secrets the one that lists the name goes first, or the one that lists more of it.
    let listing = name.map_or(0, |name| listing(near, name));
    let listed = listing > 0;
    let is_anothers = LazyCell::new(|| is_another_entry(near, around, name.copied()));
    let companion = companion.filter(|_| located.how != How::Assigned || !*is_anothers);
    // An id beside a header says nothing of what is sent there, unless secrets of the kind are.
    let companion = companion.filter(|_| listed || is_sent(near) || !is_header(located));
    let given = || format!("given to `{}`", shown(name.copied().unwrap_or_default()));
    let in_path = || counter::is_path_segment(around.text, around.value.start);
    let is_key_of = |range: &Range<usize>| {
        located.how == How::Assigned
            && located.names.first().is_some_and(|first| **first == around.text[range.clone()])
    };
    let mut verdict = if let Some((companion, ..)) = companion.filter(|(_, range, _)| is_key_of(range)) {
        judged(Confidence::High, 88, format!("given to the {companion}"))
    } else if vendor_named && (role == Role::Secret || listed) {
        judged(Confidence::High, 90 + listing, given())
    } else if around.is_machine_made {
        return None;
    } else if let Some(section) = name
        .filter(|name| role == Role::Secret && !listed && !is_of_account(name))
        .filter(|name| located.names.first() == Some(name))
        .and_then(|_| section_of(rule, around))
    {
        judged(Confidence::High, 35, format!("{} under `{}`", given(), shown(section)))
    } else if let Some((companion, _, lines)) =
        companion.filter(|_| role == Role::Secret || listed || located.how != How::Assigned && !in_path())
    {
        judged(Confidence::High, 85 + listing - (*lines).min(20), format!("{companion} {}", away(*lines)))
    } else if let Some(call) = located.callees.iter().find(|c| is_call(rule, near, c)) {
        // Where the argument has a name, the kind that lists it goes first: `Client(client_secret="…")` is no token.
        let is_named = !listed
            && !near.names.is_empty()
            && located.names.first().is_some_and(|own| names::role(own) == Role::Secret);
        judged(Confidence::High, if is_named { 45 } else { 75 }, format!("argument of `{}`", shown(call)))
    } else if let Some(call) = located.callees.iter().find(|c| stands_for_client(rule, around, c)) {
        judged(
            Confidence::High,
            74,
            format!("argument of `{}`, which stands for {}", shown(call), rule.vendor.name),
        )
    } else if vendor_named
        && is_own_name(located, name.copied(), near)
        && may_name(rule, around, name.copied())
    {
        // Hex digits under a name that goes on are the revision, the digest or the number of what it names.
        let is_told = !is_hex(around) || name.is_none_or(|name| says_only_vendor(rule, name));
        judged(if is_told { Confidence::Medium } else { Confidence::Low }, 60, given())
    } else if (listed || role == Role::Secret && near.names.is_empty())
        && !*is_anothers
        && !(companion.is_none() && is_only_listed(around))
    {
        let lines = around.keyword_lines.or(companion.map(|c| c.2)).unwrap_or(0);
        let sure = if lines <= 10 { Confidence::High } else { Confidence::Medium };
        judged(sure, 70 - lines.min(30), given())
    } else if let Some(lines) = around
        .keyword_lines
        .filter(|lines| *lines <= 3 && role == Role::Secret && is_header(located) && !*is_anothers)
        .filter(|_| is_sent(near))
    {
        judged(Confidence::Medium, 55 - lines, "sent in a header that carries a secret".to_owned())
    } else if let Some(lines) =
        around.keyword_lines.filter(|lines| *lines <= 10 && is_login(located) && !*is_anothers)
    {
        if is_user_of_two(around.text, &around.value) {
            return None;
        }
        judged(Confidence::Medium, 50 - lines, "argument of a login".to_owned())
    } else if let Some(lines) = around.keyword_lines.filter(|lines| *lines <= 3 && is_client(located)) {
        judged(Confidence::Medium, 48 - lines, "argument of a client's constructor".to_owned())
    } else if let Some((companion, _, lines)) = companion.filter(|(_, _, lines)| *lines <= 3 && !in_path()) {
        judged(Confidence::Medium, 40, format!("{companion} {}", away(*lines)))
    } else if located.how == How::Password && !*is_anothers {
        judged(Confidence::High, 50, "password part of `user:password`".to_owned())
    } else if around.keyword_lines.is_some_and(|lines| lines <= 10) && is_unnamed(rule, located) {
        judged(Confidence::Medium, 34, "a parameter without a name of its own".to_owned())
    } else if located.how == How::Alone && file_names_it(rule, around.file_name) {
        judged(Confidence::Medium, 30, "alone on its line in a file named for it".to_owned())
    } else {
        return None;
    };
    verdict.is_told = role == Role::Secret
        && (located.names.iter().any(|name| names_vendor(rule, name))
            || is_in_own_query(rule, around.text, &around.value));
    for (name, _, lines) in around.companions {
        let reason = format!("{name} {}", away(*lines));
        if !verdict.why.iter().any(|why| **why == *reason) {
            verdict.why.push(Cow::Owned(reason));
        }
    }
    if let Some(lines) = around.keyword_lines.filter(|_| !vendor_named) {
        verdict.why.push(Cow::Owned(format!("{} is spoken of {}", rule.vendor.name, away(lines))));
    }
    Some(verdict)
}

/// Whether a name is that of an account's password, which may be none of the secrets that the vendor makes.
fn is_of_account(name: &[u8]) -> bool {
    names::normalized(name).ends_with("password")
}

/// The section that a value stands in, where that bears the vendor's name: `twilio:` above `creds: …`.
fn section_of<'t>(rule: &Rule, around: &Surroundings<'t>) -> Option<&'t [u8]> {
    if around.located.how != How::Assigned {
        return None;
    }
    let header = neighbour::headers_above(around.text, around.value.start).next()?;
    let is_end = |b: &u8| matches!(b, b'"' | b'\'' | b':' | b'[' | b']' | b'{' | b'=' | b' ' | b'\r' | b'\t');
    let lead = header.iter().take_while(|b| is_end(b)).count();
    let tail = header[lead..].iter().rev().take_while(|b| is_end(b)).count();
    let name = &header[lead..header.len() - tail];
    let is_word =
        !name.is_empty() && name.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    (is_word && neighbour::is_of_settings(header) && names_vendor(rule, name)).then_some(name)
}

/// Whether a value that starts as the rule's secrets do is only called a value, as the parameters of a list are.
fn is_unnamed(rule: &Rule, located: &Located<'_>) -> bool {
    let starts = rule.detect.shape.as_ref().is_some_and(|shape| !shape.fixed_start.is_empty());
    starts && located.how == How::Assigned && located.names.is_empty()
}

/// Whether the text tells another owner of the value, and the rule's vendor stands near it only in other entries and
/// sections of settings.
fn is_another_entry(near: &Near, around: &Surroundings<'_>, name: Option<&[u8]>) -> bool {
    let value = &around.value;
    let from = value.start.saturating_sub(ENTRIES_REACH);
    let first = around.keywords.partition_point(|at| *at < from);
    let mut places =
        around.keywords[first..].iter().copied().take_while(|at| *at < value.end + ENTRIES_REACH).peekable();
    let is_near = places.peek().is_some();
    neighbour::Entry::of(near.names, around.text, value.start, name).is_some_and(|entry| {
        // Where only a far part of a large file speaks of the vendor, a section speaks for itself.
        (is_near || entry.is_of_settings()) && places.all(|at| entry.is_apart_from(at))
    })
}

/// Judges a value that its own prefix has named already, where the rule still asks for context.
pub(super) fn allow(rule: &'static Rule, near: &Near, around: &Surroundings<'_>) -> Option<Judged> {
    judge(rule, near, around).or_else(|| {
        let name = around.located.names.first().copied();
        let counter = name.is_some_and(|n| names::role(n) == Role::Counter);
        let lines = around.keyword_lines.filter(|_| !counter && !is_another_entry(near, around, name))?;
        Some(judged(Confidence::Medium, 45, format!("{} is spoken of {}", rule.vendor.name, away(lines))))
    })
}

/// Whether a short keyword stands for itself: `line` in `LINE_TOKEN`, `lineToken` and `linetoken`, not in
/// `deadline` or `lines`. Longer ones count wherever they stand.
pub(super) fn is_whole(rule: &Rule, text: &[u8], at: usize, keyword: &[u8]) -> bool {
    let is_letter = |b: Option<&u8>| b.is_some_and(u8::is_ascii_alphabetic);
    let is_tail_of =
        |lead: &str| at >= lead.len() && starts_with_ignoring_case(&text[at - lead.len()..], lead.as_bytes());
    if names::NO_VENDORS.iter().any(|(lead, tail)| keyword.starts_with(tail.as_bytes()) && is_tail_of(lead)) {
        return false;
    }
    if keyword.len() >= LONG_WORD || !keyword.iter().all(u8::is_ascii_alphabetic) {
        return true;
    }
    let first = text.get(at).copied().unwrap_or_default();
    let before = at.checked_sub(1).and_then(|i| text.get(i));
    let new_word = first.is_ascii_uppercase() && before.is_some_and(u8::is_ascii_lowercase);
    if is_letter(before) && !new_word {
        return false;
    }
    let end = at + keyword.len();
    let tail = &text[end..text.len().min(end + LONGEST_TAIL)];
    let rest = &tail[..tail.iter().take_while(|b| b.is_ascii_alphabetic()).count()];
    let Some(next) = rest.first() else { return true };
    let upper = text[at..end].iter().any(u8::is_ascii_uppercase);
    // A capital starts the next word, unless all are capitals.
    next.is_ascii_uppercase() && !(upper && text[at..end].iter().all(u8::is_ascii_uppercase))
        || GOES_WITH.iter().any(|word| starts_with_ignoring_case(rest, word))
        || names::role(rest) == Role::Secret
        || rule.vendor.words.iter().any(|word| {
            // `sumo` of `sumologic`.
            starts_with_ignoring_case(&text[at..], word.as_bytes())
                && names::normalized(word.as_bytes()).len() > keyword.len()
        })
}

/// Whether the rule's keywords near a value only name what is listed there with a version: `{ "name":
/// "acme", "commit": … }`.
fn is_only_listed(around: &Surroundings<'_>) -> bool {
    const VERSIONS: [&[u8]; 6] =
        [b"\"commit\"", b"\"revision\"", b"\"rev\"", b"\"version\"", b"\"sha1\"", b"\"integrity\""];
    let (text, value) = (around.text, &around.value);
    let is_listed = |at: usize| {
        let before = &text[at.saturating_sub(LONGEST_LINE)..at];
        let behind = &text[at..text.len().min(at + LONGEST_LINE)];
        let (Some(open), Some(close)) = (memchr::memrchr(b'{', before), memchr::memchr(b'}', behind)) else {
            return false;
        };
        let (start, end) = (at - before.len() + open, at + close);
        let is_apart = value.start > end || value.end < start;
        is_apart && VERSIONS.iter().any(|label| memchr::memmem::find(&text[start..end], label).is_some())
    };
    (1..=MOST_LISTED).contains(&around.keywords.len()) && around.keywords.iter().all(|at| is_listed(*at))
}

fn starts_with_ignoring_case(text: &[u8], start: &[u8]) -> bool {
    text.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start))
}

fn judged(confidence: Confidence, strength: u32, why: String) -> Judged {
    Judged { confidence, strength, is_told: false, why: vec![Cow::Owned(why)] }
}

pub(super) fn away(lines: u32) -> String {
    match lines {
        0 => "on the same line".to_owned(),
        1 => "one line away".to_owned(),
        _ => format!("{lines} lines away"),
    }
}

/// A name as it may be shown: printable, short. Names are not secrets, but may hold anything.
fn shown(name: &[u8]) -> String {
    let name = String::from_utf8_lossy(&name[name.len().saturating_sub(48)..]).into_owned();
    name.chars().filter(|c| !c.is_control()).collect()
}

pub(super) fn is_listed(near: &Near, name: &[u8]) -> bool {
    listing(near, name) > 0
}

/// How much of a name the rule lists: nothing, a word, two, more.
pub(super) fn listing(near: &Near, name: &[u8]) -> u32 {
    let normalized = names::normalized(name);
    let is_listed = |listed: &&&str| match listed.len() {
        // `d` of a JSON Web Key is a whole name, not the end of one.
        0..=2 => normalized == ***listed,
        3..=5 => normalized.ends_with(**listed),
        _ => normalized.contains(**listed),
    };
    match near.names.iter().filter(is_listed).map(|listed| listed.len()).max() {
        Some(0..=7) => 1,
        Some(8..=11) => 2,
        Some(_) => 3,
        None => is_key_elsewhere(near, name).into(),
    }
}

/// Whether a name says in another language what the rule lists in English: `m_strAnahtar` for a key.
fn is_key_elsewhere(near: &Near, name: &[u8]) -> bool {
    near.names.iter().any(|listed| matches!(*listed, "key" | "apikey" | "token" | "secret"))
        && names::is_foreign(name)
}

/// Whether a name that says no more than the vendor may be that of a secret: neither a part of a path or of another word
/// nor, before hex digits, one of what has a revision, and nothing else that the value is given to is public.
fn may_name(rule: &Rule, around: &Surroundings<'_>, name: Option<&[u8]>) -> bool {
    const REVISIONS: [&[u8]; 7] = [b" to", b" from", b" at", b" commit", b" rev", b" revision", b" by"];
    let (text, name) = (around.text, name.unwrap_or_default());
    let start = name.as_ptr().addr().wrapping_sub(text.as_ptr().addr());
    let line = neighbour::line_before(text, around.value.start, LONGEST_LINE).trim_ascii_end();
    let is_hex = is_hex(around);
    let is_revision = || line.ends_with(b"@") || REVISIONS.iter().any(|word| line.ends_with(word));
    let is_part = || start.checked_sub(1).and_then(|at| text.get(at)) == Some(&b'/');
    let is_spoken = around.located.how == How::Spoken;
    // `Acme found issue …` in prose: what stands between tells what it is.
    let between = around.located.names.iter().take_while(|other| **other != name);
    let is_of_command = |word: &String| TAKES.contains(&word.as_str()) || names::says_nothing(word);
    let is_option = around.located.names.first().is_some_and(|own| own.starts_with(b"-"));
    let is_about =
        is_spoken && !is_option && !between.flat_map(|word| names::words(word)).all(|w| is_of_command(&w));
    // `AcmeForm = "<UUID>"`: what is called after a thing of the vendor's is that thing's number.
    let is_others = |word: &String| {
        let of_vendor = |own: &&str| names::normalized(own.as_bytes()).contains(word.as_str());
        !neighbour::is_anybodys(word) && !rule.vendor.words.iter().any(of_vendor)
    };
    let is_thing =
        || entropy::is_uuid(&text[around.value.clone()]) && names::words(name).iter().any(is_others);
    holds_whole_word(rule, name)
        && !is_about
        && !is_thing()
        && !(is_spoken && is_hex && (is_part() || is_revision()))
        && !around.located.names.iter().any(|name| names::role(name) == Role::Counter)
        && !(is_hex && table::is_in_table(rule, around))
}

fn is_hex(around: &Surroundings<'_>) -> bool {
    around.text[around.value.clone()].iter().all(u8::is_ascii_hexdigit)
}

/// Whether the value is an argument of a login with user and password.
fn is_login(located: &Located<'_>) -> bool {
    located.how == How::Argument && located.callees.iter().any(|callee| words::is_login(callee))
}

/// Whether a name is the value's own, or that of a structure around a member which may be a secret: `"organization"` of
/// an `acme_group` is none.
fn is_own_name(located: &Located<'_>, name: Option<&[u8]>, near: &Near) -> bool {
    let first = located.names.first().copied();
    located.how != How::Assigned
        || first == name
        || first.is_some_and(|own| names::role(own) == Role::Secret || is_listed(near, own))
}

/// Whether secrets of a kind go by the names that headers have: AWS' secret key signs, and is sent nowhere.
fn is_sent(near: &Near) -> bool {
    const NAMES: [&str; 9] =
        ["token", "key", "apikey", "authtoken", "accesstoken", "auth", "secret", "authorization", "bearer"];
    near.names.is_empty() || near.names.iter().any(|name| NAMES.contains(name))
}

/// Whether the value is given to an HTTP header for credentials.
fn is_header(located: &Located<'_>) -> bool {
    const HEADERS: &[&str] = &[
        "authorization",
        "bearer",
        "xapikey",
        "xauthtoken",
        "xaccesstoken",
        "apikey",
        "xtoken",
        "privatetoken",
    ];
    located.names.iter().any(|name| HEADERS.contains(&names::normalized(name).as_str()))
}

fn file_names_it(rule: &Rule, file_name: &[u8]) -> bool {
    holds_word(rule, file_name)
        && ["token", "secret", "key", "auth", "pass", "cred", "cookie"]
            .iter()
            .any(|w| memchr::memmem::find(file_name, w.as_bytes()).is_some())
}

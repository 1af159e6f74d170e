//! What the names around a value say: which of them tells most, whether it may be that of a secret, and how it is shown.

use super::{LONGEST_LINE, Surroundings, is_listed};
use crate::catalogue::{Near, Rule};
use crate::engine::doubt::table;
use crate::engine::locate::{How, Located};
use crate::engine::names::{self, Role};
use crate::engine::owner::client::TAKES;
use crate::engine::owner::vendor_word::{holds_whole_word, names_vendor};
use crate::engine::syntax::neighbour;
use crate::engine::value::entropy;
use crate::part::start_in;

/// Of the names around a value the one that tells most: the first that speaks of a secret, a counter or the vendor.
pub(super) fn telling_name<'t>(rule: &Rule, near: &Near, located: &Located<'t>) -> Option<&'t [u8]> {
    let speaks = |name: &&&[u8]| names::role(name) != Role::Neutral || names_vendor(rule, name);
    let name = located.names.iter().find(speaks).or(located.names.first());
    // `agent` of `tokens { agent = "…" }`: the nearest name that the rule lists.
    let is_told = |name: &&&[u8]| names::role(name) == Role::Secret && !is_listed(near, name);
    let own = || located.names.first().filter(|name| is_listed(near, name));
    // Nor does the block around it speak for it: `networks: { base: { accounts: ["…"] } }`.
    let is_around =
        |n: &&&[u8]| names::role(n) == Role::Counter && located.names.first().is_some_and(|own| own != *n);
    let name = name.filter(|n| is_told(n) || is_around(n)).and_then(|_| own()).or(name);
    // Of chains of blocks one is called Base, and no commit stands among keys.
    let is_chain = name.is_some_and(|name| name.eq_ignore_ascii_case(b"base"));
    let outer = || located.names.get(1).filter(|outer| is_chain && names::role(outer) == Role::Secret);
    outer().or(name).copied()
}

/// Whether a name that says no more than the vendor may be that of a secret: neither a part of a path or of another word
/// nor, before hex digits, one of what has a revision, and nothing else that the value is given to is public.
pub(super) fn may_name(rule: &Rule, around: &Surroundings<'_>, name: Option<&[u8]>) -> bool {
    const REVISIONS: [&[u8]; 7] = [b" to", b" from", b" at", b" commit", b" rev", b" revision", b" by"];
    let (text, name) = (around.text, name.unwrap_or_default());
    let start = start_in(text, name);
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
    let is_thing = || {
        entropy::is_uuid(&text[around.value.clone()])
            && (names::has_number(name) || names::words(name).iter().any(is_others))
    };
    holds_whole_word(rule, name)
        && !is_about
        && !is_thing()
        && !((is_spoken || around.located.how == How::Listed) && is_hex && (is_part() || is_revision()))
        && !around.located.names.iter().any(|name| names::role(name) == Role::Counter)
        && !(is_hex && table::is_in_table(rule, around))
}

/// Whether a name is the value's own, or that of a structure around a member which may be a secret: `"organization"` of
/// an `acme_group` is none.
pub(super) fn is_own_name(located: &Located<'_>, name: Option<&[u8]>, near: &Near) -> bool {
    let first = located.names.first().copied();
    located.how != How::Assigned
        || first == name
        || first.is_some_and(|own| names::role(own) == Role::Secret || is_listed(near, own))
}

/// Whether a name is that of an account's password, which may be none of the secrets that the vendor makes.
pub(super) fn is_of_account(name: &[u8]) -> bool {
    names::normalized(name).ends_with("password")
}

/// Whether a value that starts as the rule's secrets do is only called a value, as the parameters of a list are.
pub(super) fn is_unnamed(rule: &Rule, located: &Located<'_>) -> bool {
    let starts = rule.detect.shape.as_ref().is_some_and(|shape| !shape.fixed_start.is_empty());
    starts && located.how == How::Assigned && located.names.is_empty()
}

/// Whether the value is given to an HTTP header for credentials.
pub(super) fn is_header(located: &Located<'_>) -> bool {
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

/// Whether secrets of a kind go by the names that headers have: AWS' secret key signs, and is sent nowhere.
pub(super) fn is_sent(near: &Near) -> bool {
    const NAMES: [&str; 9] =
        ["token", "key", "apikey", "authtoken", "accesstoken", "auth", "secret", "authorization", "bearer"];
    near.names.is_empty() || near.names.iter().any(|name| NAMES.contains(name))
}

pub(super) fn is_hex(around: &Surroundings<'_>) -> bool {
    around.text[around.value.clone()].iter().all(u8::is_ascii_hexdigit)
}

/// A name as it may be shown: printable, short. Names are not secrets, but may hold anything.
pub(super) fn shown(name: &[u8]) -> String {
    let name = String::from_utf8_lossy(&name[name.len().saturating_sub(48)..]).into_owned();
    name.chars().filter(|c| !c.is_control()).collect()
}

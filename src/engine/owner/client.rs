//! Which calls take a secret: those that a rule lists, those of a vendor's own clients, whatever a text calls them.

use crate::catalogue::{Near, Rule};
use crate::engine::context::Surroundings;
use crate::engine::locate::{How, Located};
use crate::engine::names::{self, Role};
use crate::engine::owner::receiver;
use crate::engine::owner::vendor_word::{holds_whole_word, holds_word, names_vendor, says_only_vendor};
use crate::engine::shape::confirm::is_word;

/// Words of calls and commands that take a secret.
#[rustfmt::skip]
pub(in crate::engine) const TAKES: &[&str] = &[
    "new", "init", "initialize", "create", "make", "build", "builder", "configure", "config", "setup", "client", "connect",
    "login", "auth", "authenticate", "authorize", "credentials", "start", "with", "register", "send", "sms", "validate",
    "validator", "verify", "sign", "webhook", "balance", "api", "rest", "service", "use", "options", "session",
];

/// Whether a call is one that the rule lists, or the vendor's own that takes a secret.
pub(in crate::engine) fn is_call(rule: &Rule, near: &Near, chain: &[u8]) -> bool {
    let last = parts(chain).next().unwrap_or_default();
    is_listed_call(near, chain) || names_vendor(rule, chain) && takes_secret(rule, last)
}

fn is_separator(byte: &u8) -> bool {
    matches!(byte, b'.' | b':' | b'>' | b'-' | b'!' | b'\\' | b'?')
}

/// The parts of a function's path, the last first. What a module gives by default is the module.
fn parts(chain: &[u8]) -> impl Iterator<Item = &[u8]> {
    let parts =
        chain.split(is_separator).rev().map(|part| part.strip_suffix(b")").unwrap_or(part).trim_ascii());
    parts.filter(|part| !part.is_empty() && *part != b"default")
}

/// Whether the rule lists the function, or the type that a constructor's name stands behind.
pub(in crate::engine) fn is_listed_call(near: &Near, chain: &[u8]) -> bool {
    let known = |part: &[u8]| near.calls.iter().any(|call| part.eq_ignore_ascii_case(call.as_bytes()));
    let path = chain.to_ascii_lowercase();
    if near.calls.iter().any(|call| call.contains(['.', ':', '>']) && path.ends_with(call.as_bytes())) {
        return true;
    }
    let mut parts = parts(chain);
    let last = parts.next().unwrap_or_default();
    // `Client.new(…)`, `Client::builder(…)`: the constructor's own name says nothing.
    let plain = ["new", "init", "create", "builder", "initialize", "shared", "configure", "build"]
        .iter()
        .any(|p| last.eq_ignore_ascii_case(p.as_bytes()));
    known(last) || plain && parts.next().is_some_and(known)
}

/// Whether a call makes a client of the vendor that the text gave another name: `from acme import Client as C`,
/// `const T = require('acme')`, `using A = Acme.Api;`.
pub(in crate::engine) fn stands_for_client(rule: &Rule, around: &Surroundings<'_>, chain: &[u8]) -> bool {
    // What a module gives by default is the module, and `(0, acme.default)` no more than that.
    let says_nothing = |part: &[u8]| part.eq_ignore_ascii_case(b"new") || part == b"default" || part == b"0";
    let mut parts = chain.split(|b| !is_word(*b)).filter(|part| !part.is_empty() && !says_nothing(part));
    let Some(last) = parts.next_back() else { return false };
    // What an object of the client is asked for by a number is no secret.
    let makes = parts.next().is_none() || takes_secret(rule, last);
    let line = || receiver::bound_by(chain, around.text, around.value.start);
    makes && line().is_some_and(|line| names_vendor_in(rule, line))
}

/// Whether a line of code speaks of the vendor by a module or a type of its own.
fn names_vendor_in(rule: &Rule, line: &[u8]) -> bool {
    let runs = line.split(|b| !(is_word(*b) || *b == b'-'));
    runs.filter(|run| !run.is_empty()).any(|run| holds_whole_word(rule, run) || holds_word(rule, run))
}

/// Whether a vendor's call is one that takes a secret: it makes or sets up a client, or does its work. What is looked up
/// by a number is none: `clockwork.checkout(…)`, `twilio_cache.get(…)`.
fn takes_secret(rule: &Rule, call: &[u8]) -> bool {
    #[rustfmt::skip]
    const LOOKS_UP: &[&str] = &[
        "get", "find", "fetch", "delete", "remove", "load", "read", "show", "list", "download", "lookup", "has", "is",
        "contains", "exists", "checkout", "reset", "update", "retrieve", "search", "cancel", "open", "cherry", "commit", "cache", "media",
    ];
    let words = names::words(call);
    let is_in = |list: &[&str], word: Option<&String>| word.is_some_and(|word| list.contains(&word.as_str()));
    let makes = words.iter().any(|word| is_in(TAKES, Some(word))) || names::role(call) == Role::Secret;
    let looks_up = words.iter().any(|word| is_in(LOOKS_UP, Some(word))) && !is_in(TAKES, words.last());
    // `unpublish_status_page(…)` does something to what the vendor keeps.
    let is_name = call.iter().all(|b| is_word(*b));
    let is_own = || holds_word(rule, call) && (!is_name || says_only_vendor(rule, call));
    !looks_up && (makes || is_own() && names::role(call) != Role::Counter)
}

/// Whether a method makes its object or is given what that works with, by all of its words.
fn sets_up(method: &[u8]) -> bool {
    let words = names::words(method);
    let sets = words.first().is_some_and(|first| matches!(first.as_str(), "set" | "with" | "use"));
    words.iter().all(|word| TAKES.contains(&word.as_str())) || sets && names::role(method) == Role::Secret
}

/// Whether the value is an argument of what is called a client, whoever's.
pub(in crate::engine) fn is_client(located: &Located<'_>) -> bool {
    const CLIENTS: &[&str] =
        &["client", "apiclient", "restclient", "newclient", "sdk", "authenticate", "setapikey", "settoken"];
    located.how == How::Argument
        && located.callees.first().is_some_and(|callee| {
            let parts =
                callee.split(|b| !b.is_ascii_alphanumeric() && *b != b'_').filter(|part| !part.is_empty());
            let mut parts = parts.rev();
            let is_client = |part: &[u8]| CLIENTS.contains(&names::normalized(part).as_str());
            let last = parts.next().unwrap_or_default();
            // Of a client's methods those that set it up take a secret: no `client.commit(…)`.
            is_client(last) || sets_up(last) && parts.next().is_some_and(is_client)
        })
}

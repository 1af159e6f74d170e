//! Secrets that stand among the settings of one thing, in lines or in words of their own: a provider of DNS in a Caddyfile, a
//! consumer of OpenLDAP's replication, the commands that Tasmota is given at once.

use std::ops::Range;

use super::super::Parsed;
use super::{LONGEST_COMMAND, judged, nth_word, word};
use crate::engine::syntax::neighbour::line_before;

/// Shortest token of a provider, bytes.
const SHORTEST_TOKEN: usize = 20;

/// The token of a provider that answers for the server's names: `acme_dns acme TOKEN`.
/// <https://caddyserver.com/docs/caddyfile/options#acme-dns>
pub(super) fn dns_provider(text: &[u8], at: usize, end: usize) -> Option<Parsed> {
    let token = nth_word(text, at, end, 2).filter(|token| token.len() >= SHORTEST_TOKEN)?;
    judged(text, token, "dns")
}

/// The same in the block of a site: `tls {` and below it `dns acme TOKEN`.
/// <https://caddyserver.com/docs/caddyfile/directives/tls#dns>
pub(super) fn dns_provider_within(text: &[u8], at: usize, _: usize) -> Option<Parsed> {
    let window = &text[at..text.len().min(at + LONGEST_COMMAND)];
    let mut start = at;
    for line in window.split(|b| *b == b'\n') {
        let bare = line.trim_ascii_start();
        if bare.starts_with(b"dns ") {
            let from = start + line.len() - bare.len();
            return dns_provider(text, from, start + line.len());
        }
        if bare.starts_with(b"}") {
            return None;
        }
        start += line.len() + 1;
    }
    None
}

/// The password of a consumer of OpenLDAP's replication: `bindmethod=simple` and, on the line or on one that goes on from it,
/// `credentials=SECRET`. slapd.conf(5) goes on with a line that begins with a blank.
pub(super) fn replication(text: &[u8], at: usize, _: usize) -> Option<Parsed> {
    const OPTION: &[u8] = b"credentials=";
    let setting = continued(text, at);
    let option = setting.start + crate::memmem::find(&text[setting.clone()], OPTION)? + OPTION.len();
    judged(text, word(text, option, setting.end)?, "credentials=")
}

/// The line around `at` with those that go on from it.
fn continued(text: &[u8], at: usize) -> Range<usize> {
    let goes_on = |line: usize| matches!(text.get(line), Some(b' ' | b'\t'));
    let floor = at.saturating_sub(LONGEST_COMMAND);
    let mut start = at - line_before(text, at, LONGEST_COMMAND).len();
    while start > floor + 1 && goes_on(start) {
        start -= 1 + line_before(text, start - 1, LONGEST_COMMAND).len();
    }
    let ceiling = text.len().min(at + LONGEST_COMMAND);
    let mut end = at;
    while let Some(length) = memchr::memchr(b'\n', &text[end..ceiling]) {
        end += length;
        if !goes_on(end + 1) {
            return start..end;
        }
        end += 1;
    }
    start..ceiling
}

/// The password that Elytron of WildFly is given for a store, in clear: `credential-reference={clear-text=SECRET}`,
/// `<credential-reference clear-text="SECRET"/>`. It masks some, `MASK-…`.
pub(super) fn credential(text: &[u8], at: usize, end: usize) -> Option<Parsed> {
    const OPTION: &[u8] = b"clear-text=";
    let option = at + crate::memmem::find(&text[at..end], OPTION)? + OPTION.len();
    let value = word(text, option, end)?;
    // The brace that opened before the setting.
    let open = memchr::memchr2(b'{', b'}', &text[value.clone()]).filter(|at| text[value.start + at] == b'}');
    let value = value.start..open.map_or(value.end, |at| value.start + at);
    (!text[value.clone()].starts_with(b"MASK-")).then(|| judged(text, value, "clear-text=")).flatten()
}

/// The passphrase of a network among the commands of Tasmota, `Backlog SSID1 shed; Password1 SECRET; …`.
/// <https://tasmota.github.io/docs/Commands/#wi-fi>
pub(super) fn backlog(text: &[u8], at: usize, end: usize) -> Option<Parsed> {
    let before = line_before(text, at, LONGEST_COMMAND);
    let opens = |word: &[u8]| before.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word));
    (opens(b"backlog ") || opens(b"ssid1 "))
        .then(|| nth_word(text, at, end, 1))?
        .and_then(|value| judged(text, value, "Password1"))
}

//! Addresses beside a value: whose host a secret is sent to tells whose it is.

use std::borrow::Cow;
use std::ops::Range;

use crate::catalogue::{ByName, Catalogue, Confidence, Family, Origin, Rule, RuleIx};
use crate::engine::job::Scored;
use crate::engine::locate::locate;
use crate::engine::names;
use crate::engine::owner::login;
use crate::engine::owner::mention::alone;
use crate::engine::owner::{Clue, Words, is_token_name, keeper, structure, vendor_word};
use crate::engine::syntax::neighbour;

/// How far from a value its URL is looked for, bytes.
const LONGEST_URL: usize = 240;

/// Labels before a country's top level that are no names of anybody.
const SECOND_LEVELS: [&str; 9] = ["co", "com", "net", "org", "gov", "edu", "ac", "or", "ne"];

/// How far around a secret the address of its service is looked for, bytes.
const ADDRESS: usize = 800;

/// Whose a secret is that goes by another vendor's names, `AWS_SECRET_ACCESS_KEY` of MinIO: the one compatible vendor
/// whose address stands near it. An identifier of that other vendor beside it settles it.
pub(in crate::engine) fn owner(
    candidate: &Scored,
    text: &[u8],
    catalogue: &Catalogue,
) -> Option<(RuleIx, Clue)> {
    let rule = catalogue.rule(candidate.rule);
    let takes = match rule.detect.origin {
        // A login of somebody's is changed where passwords are.
        Origin::Token if rule.family == Family::Password && !is_token(text, candidate) => ByName::Password,
        Origin::Token => ByName::Secret,
        Origin::Name(takes) => takes,
        // A form that others have, too, unless a name says whose it is.
        Origin::Prefix if candidate.confidence < Confidence::Certain && !is_named(text, candidate, rule) => {
            ByName::Secret
        }
        _ => return None,
    };
    if rule.vendor.compatible.is_empty() || !candidate.parts.is_empty() {
        return None;
    }
    let of = |takes| Words { catalogue, takes, is_generic: false };
    let other = if takes == ByName::Secret { ByName::Password } else { ByName::Secret };
    let key = |rule: RuleIx| catalogue.rule(rule).vendor.key;
    let counts =
        |owner: &RuleIx| key(*owner) == rule.vendor.key || rule.vendor.compatible.contains(&key(*owner));
    let Range { start, end } = candidate.range;
    let around = [&text[start.saturating_sub(ADDRESS)..start], &text[end..text.len().min(end + ADDRESS)]];
    let of_host = |host: &[u8]| {
        of(takes).of_host(host).filter(counts).or_else(|| of(other).of_host(host).filter(counts))
    };
    // `together_ai/…`, `nvidia_nim/…`.
    let owner = |host: &[u8]| of_host(host).or_else(|| of_host(host.split(|b| *b == b'_').next()?));
    // What stands nearest decides: the line, the entry with what belongs to it, the text around.
    let entry = neighbour::siblings(text, start).unwrap_or_default();
    let is_of_registry = || {
        registry(neighbour::line_before(text, start, LONGEST_URL)).is_some()
            || keeper::host(text, &candidate.range).is_some()
    };
    let headers = || neighbour::headers_above(text, start).filter_map(structure::host_of);
    let owner = hosts(text, &candidate.range).chain(headers()).find_map(owner).or_else(|| {
        let in_entry = entry.into_iter().flat_map(hosts_in).filter_map(owner).collect();
        let given = || alone(entry.into_iter().flat_map(given_hosts).filter_map(owner).collect());
        // `[minio-second]` of a file of profiles.
        let named = |header| login::in_name(header, of(takes)).or_else(|| login::in_name(header, of(other)));
        let section =
            || neighbour::headers_above(text, start).find_map(|header| named(header).filter(counts));
        let hosts = || around.into_iter().flat_map(|part| hosts_in(part).chain(given_hosts(part)));
        let in_text = || alone(hosts().filter_map(owner).collect());
        (!is_of_registry())
            .then(|| alone(in_entry).or_else(given).or_else(section).or_else(in_text))
            .flatten()
    });
    Some((owner.filter(|owner| key(*owner) != rule.vendor.key)?, "the address beside it"))
}

/// Whether the names or the calls around a secret speak of the rule's vendor.
fn is_named(text: &[u8], candidate: &Scored, rule: &Rule) -> bool {
    let located = locate(text, candidate.range.clone());
    located.names.iter().chain(&located.callees).any(|name| vendor_word::holds_word(rule, name))
}

/// Whether a secret is called a token: `_authToken`.
fn is_token(text: &[u8], candidate: &Scored) -> bool {
    let name = locate(text, candidate.range.clone()).names.first().copied();
    name.is_some_and(is_token_name)
}

impl Words<'_> {
    /// The rule that the name of a host speaks of, what stands before the top level first and two labels before one:
    /// `pkgs.dev.azure.com`, `api.acme.com`, `acme`.
    pub(in crate::engine) fn of_host(self, host: &[u8]) -> Option<RuleIx> {
        if let Some(rule) = self.of_domain(host) {
            return Some(rule);
        }
        // Where somebody else's service runs says nothing: `x.eu-central-1.aws.acme.io`.
        const CLOUDS: [&str; 4] = ["aws", "azure", "gcp", "google"];
        let top_level = usize::from(host.contains(&b'.'));
        let labels: Vec<String> =
            host.rsplit(|b| *b == b'.').skip(top_level).map(names::normalized).collect();
        let joined = |at: usize| self.find(&[labels.get(at + 1)?.as_str(), &labels[at]].concat());
        let alone = |at: usize| self.find(&labels[at]).filter(|_| at == 0 || !CLOUDS.contains(&&*labels[at]));
        (0..labels.len()).find_map(|at| joined(at).or_else(|| alone(at)))
    }

    /// The rule that the domain of a host speaks of, whole, with the label before it or without its top level:
    /// `x.found.io`, `chat.acme.com`, `api.acme.com`.
    pub(in crate::engine) fn of_domain(self, host: &[u8]) -> Option<RuleIx> {
        let mut labels = host.rsplit(|b| *b == b'.').map(names::normalized).peekable();
        let top_level = labels.next()?;
        // `api.acme.co.ke`: what stands before the country is its own top level.
        let is_top = |label: &String| SECOND_LEVELS.contains(&label.as_str()) && top_level.len() == 2;
        let second = labels.next_if(is_top);
        let Some(label) = labels.next() else { return self.find(&[second?, top_level].concat()) };
        let joined = || self.find(&[labels.next()?.as_str(), &label].concat());
        self.find(&[label.as_str(), &top_level].concat()).or_else(joined).or_else(|| self.find(&label))
    }
}

/// What stands before the top level of a host's name, as vendors' words are written: `acme` of `api.acme.com`.
pub(in crate::engine) fn label_of(host: &[u8]) -> Option<String> {
    let mut labels = host.rsplit(|byte| *byte == b'.').map(names::normalized);
    let top_level = labels.next()?;
    let is_top = |label: &String| SECOND_LEVELS.contains(&label.as_str()) && top_level.len() == 2;
    labels.find(|label| !is_top(label))
}

/// The hosts of the URLs on the line of a value, the nearest before it first; where the structure around it says which
/// host it is for, that one alone. A line that ends in a backslash, a backtick or a caret goes on below, and so does one
/// above an option.
pub(in crate::engine) fn hosts<'t>(text: &'t [u8], value: &Range<usize>) -> impl Iterator<Item = &'t [u8]> {
    hosts_of(keeper::host(text, value), text, value)
}

/// The same of a value whose `keeper` is known.
pub(in crate::engine) fn hosts_of<'t>(
    keeper: Option<&'t [u8]>,
    text: &'t [u8],
    value: &Range<usize>,
) -> impl Iterator<Item = &'t [u8]> {
    let all = match keeper.filter(|_| !is_in_url(text, value)) {
        Some(host) => vec![host],
        None => on_line(text, value),
    };
    all.into_iter()
}

/// Whether a value is the user or the password of a URL.
fn is_in_url(text: &[u8], value: &Range<usize>) -> bool {
    let behind = &text[value.end..];
    behind.starts_with(b"@") || behind.starts_with(b":@")
}

fn on_line<'t>(text: &'t [u8], value: &Range<usize>) -> Vec<&'t [u8]> {
    let start = value.start.saturating_sub(LONGEST_URL);
    let before = &text[start..value.start];
    let goes_on = |line: &[u8]| matches!(line.trim_ascii_end().last(), Some(b'\\' | b'`' | b'^'));
    let goes_on_at =
        |text: &[u8], at: usize| goes_on(&text[..at]) || is_option(text[at + 1..].trim_ascii_start());
    let mut breaks = memchr::memrchr_iter(b'\n', before);
    let before = &before[breaks.find(|at| !goes_on_at(before, *at)).map_or(0, |at| at + 1)..];
    let behind = &text[value.end..text.len().min(value.end + LONGEST_URL)];
    let mut breaks = memchr::memchr_iter(b'\n', behind);
    let behind = &behind[..breaks.find(|at| !goes_on_at(behind, *at)).unwrap_or(behind.len())];
    let mut all: Vec<&[u8]> = registry(before).into_iter().chain(hosts_in(before)).collect();
    all.reverse();
    // `https://user:VALUE@host/`, `https://VALUE:@host/`.
    if let Some(own) = behind.strip_prefix(b":").unwrap_or(behind).strip_prefix(b"@") {
        // What stands before it are the scheme and the user.
        all.splice(..all.len().min(1), [host(own)]);
    }
    all.extend(hosts_in(behind));
    all
}

/// Whether a line starts with an option of a command, `-H "…"`, `--header "…"`: folded scalars of YAML and lists of
/// arguments go on below with no sign at their ends.
fn is_option(line: &[u8]) -> bool {
    match line {
        [b'-', b'-', name @ ..] => {
            let length = name.iter().take_while(|b| b.is_ascii_lowercase() || **b == b'-').count();
            length > 1 && matches!(name.get(length), Some(b' ' | b'='))
        }
        [b'-', letter, b' ', ..] => letter.is_ascii_alphabetic(),
        _ => false,
    }
}

/// The hosts of the URLs in a piece of text.
pub(in crate::engine) fn hosts_in(part: &[u8]) -> impl Iterator<Item = &[u8]> {
    memchr::memchr_iter(b':', part).filter_map(|at| {
        let rest = &part[at + 1..];
        // In JSON slashes may be escaped.
        let address = rest.strip_prefix(b"//").or_else(|| rest.strip_prefix(b"\\/\\/"))?;
        Some(host(behind_user(address)))
    })
}

/// The host of the package registry that a line of `.npmrc` is about: `//npm.acme.com/:_authToken=`.
fn registry(line: &[u8]) -> Option<&[u8]> {
    let host = host(line.trim_ascii_start().strip_prefix(b"//")?);
    (host.contains(&b'.') && line.contains(&b':')).then_some(host)
}

/// The hosts of a piece of text that settings give without a scheme (`endpoint = s3.acme.com`), and the service that they
/// name (`provider = Acme`, `model: acme/large`), as rclone's, restic's and LiteLLM's do.
fn given_hosts(part: &[u8]) -> impl Iterator<Item = &[u8]> {
    let is_sign = |b: &&u8| matches!(**b, b' ' | b'\t' | b'=' | b':' | b'"' | b'\'');
    part.split(|b| *b == b'\n').filter_map(move |line| {
        let line = line.trim_ascii_start();
        let line = line.strip_prefix(b"- ").unwrap_or(line);
        let line = line.strip_prefix(b"\"").or(line.strip_prefix(b"'")).unwrap_or(line);
        let name = ["endpoint", "provider", "host", "model"].into_iter().find(|name| {
            line.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name.as_bytes()))
        })?;
        let rest = &line[name.len()..];
        let signs = rest.iter().take_while(is_sign).count();
        (signs > 0).then(|| host(&rest[signs..]))
    })
}

/// What stands behind the user and the password of an address, if it has them.
pub(in crate::engine) fn behind_user(address: &[u8]) -> &[u8] {
    let is_end = |b: &u8| b.is_ascii_whitespace() || matches!(b, b'/' | b'"' | b'\'' | b'`' | b'<' | b'>');
    let authority = &address[..address.iter().position(is_end).unwrap_or(address.len())];
    memchr::memrchr(b'@', authority).map_or(address, |at| &address[at + 1..])
}

/// How many bytes of a host or of a scope stand at the start.
pub(in crate::engine) fn length(text: &[u8]) -> usize {
    text.iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-')).count()
}

/// A line without its mail addresses: where somebody has a mailbox says nothing, nor what it is called.
pub(in crate::engine) fn without_mailboxes(line: &[u8]) -> Cow<'_, [u8]> {
    let mut out = Cow::Borrowed(line);
    for at in memchr::memchr_iter(b'@', line) {
        let host = at + 1..at + 1 + length(&line[at + 1..]);
        if at > 0 && line[at - 1].is_ascii_alphanumeric() && line[host.clone()].contains(&b'.') {
            let user = line[..at].iter().rev().take_while(|b| length(&[**b]) == 1).count();
            out.to_mut()[at - user..host.end].fill(b' ');
        }
    }
    out
}

/// The host that a text starts with. A variable may stand for a part of it: `https://$TEAM.acme.com`.
pub(in crate::engine) fn host(rest: &[u8]) -> &[u8] {
    let is_host =
        |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'$' | b'{' | b'}' | b'_');
    &rest[..rest.iter().take_while(|byte| is_host(byte)).count()]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::embedded;

    #[test]
    fn hosts_speak_of_vendors() {
        let text = b"curl 'https://api.shodan.io/x?key=VALUE' # https://example.com";
        let at = text.windows(5).position(|five| five == b"VALUE").unwrap();
        let all: Vec<&[u8]> = hosts(text, &(at..at + 5)).collect();
        assert_eq!(all, [&b"api.shodan.io"[..], b"example.com"]);
        let words = Words::of_vendors(embedded());
        let vendor = |host: &[u8]| words.of_host(host).map(|rule| embedded().rule(rule).vendor.key);
        assert_eq!(vendor(b"api.shodan.io"), Some("shodan"));
        assert_eq!(vendor(b"ashodan.example.com"), None);
    }
}

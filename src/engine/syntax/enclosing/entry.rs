//! Entries of structures: what one line or element names and gives, and what that tells of the structure.

use crate::engine::names;
use crate::engine::syntax::literal::is_quote;

/// An entry of a structure: its name, without quotes, and what it is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) struct Entry<'t> {
    pub(in crate::engine) name: &'t [u8],
    pub(in crate::engine) given: &'t [u8],
}

/// `name: given`, `"name": "given",`, `name = given`, `'name' => 'given'`, `Name given`, `<name>given</name>`,
/// `<add key="name" value="given"/>`.
pub(super) fn entry(said: &[u8]) -> Option<Entry<'_>> {
    let said = said.trim_ascii();
    if let Some(tag) = said.strip_prefix(b"<") {
        return element(tag);
    }
    // OpenWrt's settings have a word before each name: `option service_name 'acme.io'`.
    let said = said.strip_prefix(b"option ").filter(|rest| rest.ends_with(b"'")).unwrap_or(said);
    let bare = said.strip_prefix(b"\"").or(said.strip_prefix(b"'")).unwrap_or(said);
    let is_name = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'@' | b'$');
    let length = bare.iter().take_while(|b| is_name(b)).count();
    let (name, rest) = bare.split_at(length);
    let rest = rest.strip_prefix(b"\"").or(rest.strip_prefix(b"'")).unwrap_or(rest);
    let behind = rest.trim_ascii_start();
    let is_apart = behind.len() < rest.len();
    let signs = behind.iter().take_while(|b| matches!(b, b'=' | b':' | b'>')).count();
    let given = behind[signs..].trim_ascii();
    // Without a sign it is one word.
    if name.is_empty() || signs > 2 || signs == 0 && (!is_apart || given.contains(&b' ')) {
        return None;
    }
    let given = given.strip_suffix(b",").or(given.strip_suffix(b";")).unwrap_or(given);
    Some(Entry { name, given: unquoted(given) })
}

fn unquoted(given: &[u8]) -> &[u8] {
    match given {
        [first, inner @ .., last] if is_quote(first) && first == last => inner,
        _ => given,
    }
}

/// The entry that an element is, behind its `<`.
fn element(tag: &[u8]) -> Option<Entry<'_>> {
    let length = tag.iter().position(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.')))?;
    let (name, rest) = tag.split_at(length);
    if let Some(inner) = rest.strip_prefix(b">") {
        let end = memchr::memchr(b'<', inner)?;
        return (!name.is_empty()).then(|| Entry { name, given: inner[..end].trim_ascii() });
    }
    let attribute = |label: &[u8]| {
        let at = crate::memmem::find(rest, &[b" ", label, b"=\""].concat())? + label.len() + 3;
        Some(&rest[at..at + memchr::memchr(b'"', &rest[at..])?])
    };
    let name = attribute(b"key").or_else(|| attribute(b"name"))?;
    Some(Entry { name, given: attribute(b"value")? })
}

/// Whether the words of a name say that it is a driver's.
fn is_of_driver(words: &[String]) -> bool {
    const ENDS: [&[&str]; 3] = [&["driver"], &["driver", "class"], &["driver", "class", "name"]];
    ENDS.iter().any(|end| ends_in(words, end))
}

/// Whether the last words of a name are these.
fn ends_in(words: &[String], end: &[&str]) -> bool {
    words.len() >= end.len() && words[words.len() - end.len()..] == *end
}

/// What an entry tells of the structure that it belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::engine) enum Tells {
    /// Where its service is.
    Address,
    /// What it is: `type`, `provider`, `driver`.
    Kind,
    /// What it is called.
    Name,
}

impl Entry<'_> {
    /// Whether it is the first line of a request: `POST https://…`.
    pub(in crate::engine) fn is_request(&self) -> bool {
        const VERBS: [&[u8]; 5] = [b"GET", b"POST", b"PUT", b"PATCH", b"DELETE"];
        VERBS.contains(&self.name)
    }

    /// Whether it says which driver a database is reached with: `Driver={…}`, `driverClassName="…"`, `driver_class: …`.
    pub(in crate::engine) fn is_driver(&self) -> bool {
        is_of_driver(&names::words(self.name))
    }

    /// Whether it says which service a value of this name is for: `SMS_PROVIDER` of `SMS_API_KEY`.
    pub(in crate::engine) fn is_kind_of(&self, name: &[u8]) -> bool {
        const KINDS: [&str; 6] = ["provider", "vendor", "driver", "service", "platform", "adapter"];
        let own = names::words(self.name);
        let Some((last, lead)) = own.split_last() else { return false };
        !lead.is_empty() && KINDS.contains(&last.as_str()) && names::words(name).starts_with(lead)
    }

    /// What it tells, if anything.
    pub(in crate::engine) fn tells(&self) -> Option<Tells> {
        #[rustfmt::skip]
        const KINDS: [&str; 20] = [
            "type", "kind", "platform", "protocol", "provider", "driver", "engine", "adapter", "backend", "vendor",
            "plugin", "connector", "integration", "dialect", "service", "model", "flavor", "connection",
            "resolve", "manufacturer",
        ];
        // What may stand before these: `smsProvider` is one of several that settings choose.
        #[rustfmt::skip]
        const OF: [&str; 18] = [
            "db", "database", "source", "destination", "plugin", "store", "storage", "connection", "conn", "channel",
            "datasource", "node", "credential", "credentials", "provider", "ansible", "device", "engine",
        ];
        #[rustfmt::skip]
        const ADDRESSES: [&str; 21] = [
            "url", "urls", "uri", "host", "hosts", "hostname", "endpoint", "server", "servers", "address", "addr",
            "node", "nodes", "site", "broker", "target", "base", "smarthost", "repository", "location", "ping",
        ];
        // Where something else than the service is.
        #[rustfmt::skip]
        const OTHERS: [&str; 16] = [
            "redirect", "callback", "return", "proxy", "icon", "image", "logo", "home", "homepage", "docs", "avatar",
            "help", "support", "public", "web", "webhook",
        ];
        #[rustfmt::skip]
        const NAMES: [&str; 12] = [
            "id", "name", "alias", "title", "label", "job", "jobname", "displayname", "friendlyname", "contactname",
            "connectionname", "credentialname",
        ];
        if self.is_request() {
            return Some(Tells::Address);
        }
        let words = names::words(self.name);
        let last = words.last()?.as_str();
        let is_alone = words.len() == 1 || words.len() == 2 && OF.contains(&words[0].as_str());
        let is_kind = |last: &str| {
            KINDS.contains(&last) && is_alone
                || is_of_driver(&words)
                || ends_in(&words, &["network", "os"])
                || words == ["connector", "class"]
                || words == ["service", "name"]
                || ends_in(&words, &["service", "provider"])
        };
        let is_elsewhere = || words.iter().any(|word| OTHERS.contains(&word.as_str()));
        Some(match last {
            _ if NAMES.contains(&names::normalized(self.name).as_str()) => Tells::Name,
            _ if is_kind(last) => Tells::Kind,
            _ if ADDRESSES.contains(&last) && !is_elsewhere() => Tells::Address,
            _ => return None,
        })
    }
}

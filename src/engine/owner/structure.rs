//! Whose the structures are that enclose a value: `type: acme` of the same item, `url: https://api.acme.com` of the same
//! section, `acme:` above. The nearest decides.

use std::collections::BTreeSet;
use std::ops::Range;

use crate::catalogue::{ByName, RuleIx};
use crate::engine::locate::Located;
use crate::engine::names;
use crate::engine::owner::mention::{self, alone};
use crate::engine::owner::named::service_named;
use crate::engine::owner::{self, Clue, Words, address, database, in_name, is_everyday, setting};
use crate::engine::syntax::enclosing::{Enclosure, Entry, Kind, Level, Tells};
use crate::engine::syntax::neighbour;

/// The clue that a section is named for the vendor.
pub(in crate::engine) const SECTION: Clue = "the section";
/// The clues that the structure says itself what it is, where its service is, or what it is called.
pub(in crate::engine) const KIND: Clue = "the type beside it";
pub(in crate::engine) const ADDRESS: Clue = "the address beside it";
pub(in crate::engine) const NAMED: Clue = "the name of its entry";

/// What the kinds of things end in, run together with whose they are.
const THINGS: [&str; 6] = ["database", "db", "server", "client", "account", "broker"];

/// Names of entries that say whose a thing is, and not what.
const WHOSE: [&str; 4] = ["provider", "vendor", "service", "manufacturer"];

/// Lists of those who may log in: what one is called is no service.
const PEOPLE: [&str; 9] =
    ["user", "users", "accounts", "members", "people", "userlist", "clients", "roles", "passwords"];

/// Whose the structures around a value are, the nearest first; one that is somebody's nobody knows stops a farther one.
pub(in crate::engine) fn owner(
    located: &Located<'_>,
    text: &[u8],
    value: &Range<usize>,
    words: Words<'_>,
) -> Option<(RuleIx, Clue)> {
    // What is nobody's is told by the section alone.
    if words.is_generic {
        let header = neighbour::headers_above(text, value.start).next()?;
        return in_name(header, words).map(|rule| (rule, SECTION));
    }
    let name = located.names.first().copied();
    // One's own key for sessions is nobody's service.
    let is_own_key = owner::own_key(located, words.catalogue).is_some();
    let enclosure = Enclosure::of(text, value);
    for (at, level) in enclosure.levels.iter().enumerate() {
        let list = enclosure.levels.get(at + 1).and_then(|outer| outer.header);
        let told = || (!is_own_key).then(|| entries(level, list, name, words)).flatten();
        if let Some(found) = told().or_else(|| headed(level, name, words)) {
            return Some(found);
        }
        if level.header.is_some_and(is_strangers) {
            return None;
        }
    }
    None
}

/// Whose the nearest structures are by what they say themselves, their headers aside.
pub(in crate::engine) fn own(
    located: &Located<'_>,
    enclosure: &Enclosure<'_>,
    words: Words<'_>,
) -> Option<(RuleIx, Clue)> {
    let name = located.names.first().copied();
    for (at, level) in enclosure.levels.iter().enumerate() {
        let list = enclosure.levels.get(at + 1).and_then(|outer| outer.header);
        if let Some(found) = entries(level, list, name, words) {
            return Some(found);
        }
        if level.header.is_some_and(|header| is_strangers(header) || in_name(header, words).is_some()) {
            return None;
        }
    }
    None
}

/// Whether a value stands in a section of somebody nobody knows, of whom the text outside tells nothing: `dash:` around
/// `headers:`. The password of one of those who may log in is theirs, whatever else a file sets up.
pub(in crate::engine) fn is_of_stranger(enclosure: &Enclosure<'_>, words: Words<'_>) -> bool {
    let mut headers = enclosure.levels.iter().filter_map(|level| level.header);
    if words.takes == ByName::Password {
        return headers.next().is_some_and(is_of_people);
    }
    headers.any(is_strangers)
}

/// Whether a header names somebody nobody knows.
fn is_strangers(header: &[u8]) -> bool {
    // Of several that open on one line the last: `"auth": { "type": "basic", "basic": [`.
    let bare = header.trim_ascii_end();
    let bare = bare.strip_suffix(b"[").or(bare.strip_suffix(b"{")).unwrap_or(bare);
    let last = bare.iter().rposition(|b| matches!(b, b'{' | b'[' | b',')).map_or(0, |at| at + 1);
    let header = &header[last..];
    let words = names::words(header);
    neighbour::is_of_settings(header) && !words.iter().all(|word| neighbour::is_anybodys(word))
}

/// Whether a value belongs to one of those who may log in: it stands in the list of them, or in an item of it.
pub(in crate::engine) fn is_of_person(enclosure: &Enclosure<'_>) -> bool {
    enclosure.levels.iter().take(2).filter_map(|level| level.header).any(is_of_people)
}

/// Whether a header is that of those who may log in.
pub(in crate::engine) fn is_of_people(header: &[u8]) -> bool {
    names::words(header).iter().any(|word| PEOPLE.contains(&word.as_str()))
}

/// Whose the address is that an entry of the same structure gives under the same abbreviation, which says less than that:
/// `sfURL` beside `sfPassword`.
pub(in crate::engine) fn abbreviated(
    located: &Located<'_>,
    enclosure: &Enclosure<'_>,
    words: Words<'_>,
) -> Option<RuleIx> {
    const LONGEST: usize = 3;
    let lead = |name: &[u8]| names::words(name).into_iter().next();
    let own = lead(located.names.first()?).filter(|word| word.len() <= LONGEST)?;
    let entries = enclosure.levels.first()?.entries.iter();
    let addresses = entries
        .filter(|entry| entry.tells() == Some(Tells::Address) && lead(entry.name).as_ref() == Some(&own));
    alone(addresses.filter_map(|entry| in_address(entry.given, words)).collect())
}

/// Whom the entries of a structure speak of.
fn entries(
    level: &Level<'_>,
    list: Option<&[u8]>,
    name: Option<&[u8]>,
    words: Words<'_>,
) -> Option<(RuleIx, Clue)> {
    let is_own = |entry: &&Entry<'_>| !name.is_some_and(|name| is_apart(name, entry.name));
    let of =
        |tells: Tells| level.entries.iter().filter(is_own).filter(move |entry| entry.tells() == Some(tells));
    let told = |tells: Tells, says: &dyn Fn(&Entry<'_>) -> Option<RuleIx>| {
        let owners: BTreeSet<RuleIx> = of(tells).filter_map(says).collect();
        alone(owners.into_iter().filter(|rule| words.may_own(*rule, name)).collect())
    };
    // `MAPS_PROVIDER=acme` beside `MAPS_KEY`.
    let of_namesake = || {
        let namesakes = level.entries.iter().filter(|entry| name.is_some_and(|name| entry.is_kind_of(name)));
        alone(namesakes.filter_map(|entry| of_kind(entry, words)).collect())
    };
    if let Some(rule) = of_namesake().filter(|rule| words.may_own(*rule, name)) {
        return Some((rule, KIND));
    }
    // `SMTP_HOST` beside `ADMIN_TOKEN` is where the mail goes.
    let tells = name.is_some_and(|name| !setting::is_plain(name));
    let is_elsewhere = |entry: &Entry<'_>| {
        tells && service_named(entry.name).is_some_and(|kind| name.and_then(service_named) != Some(kind))
    };
    // `connection.url` beside `connection.password` goes before `registry.url`.
    let lead = |name: &[u8]| {
        let mut words = names::words(name);
        words.pop();
        words
    };
    let own_lead = name.map(lead).filter(|lead| !lead.is_empty());
    let is_namesake = |entry: &Entry<'_>| own_lead.as_ref() == Some(&lead(entry.name));
    let has_own = of(Tells::Address).any(is_namesake);
    // `REDIS_URL` beside `ACME_TOKEN` is where a product runs that has its own name.
    let is_products = |entry: &Entry<'_>| {
        let is_token = || tells && name.is_some_and(owner::is_token_name);
        words.takes == ByName::Password && is_token() && in_name(entry.name, words).is_some()
    };
    let is_others =
        |entry: &Entry<'_>| is_elsewhere(entry) || (has_own || is_products(entry)) && !is_namesake(entry);
    let address = |entry: &Entry<'_>| in_address(entry.given, words).filter(|_| !is_others(entry));
    let addressed = || told(Tells::Address, &address);
    let is_told = |entry: &Entry<'_>| entry.is_request() || entry.tells() == Some(Tells::Kind);
    let kind = || told(Tells::Kind, &|entry| of_kind(entry, words));
    match level.kind {
        // Where no kind is told, lines of settings are about many things.
        Kind::Paragraph if !level.entries.iter().filter(is_own).any(is_told) => None,
        Kind::Outermost => {
            let owner = metadata(level).find_map(|given| in_name(given, words))?;
            Some((owner, NAMED))
        }
        _ => addressed().map(|rule| (rule, ADDRESS)).or_else(|| kind().map(|rule| (rule, KIND))).or_else(
            || {
                let holders = level.header.filter(|header| !is_nameless(header)).or(list);
                // A database is called after what is in it.
                let is_of_databases = |header| names::words(header).iter().any(|word| word == "databases");
                let is_list_of_others =
                    holders.is_some_and(|header| is_of_people(header) || is_of_databases(header));
                let is_named = level.kind == Kind::Inner && !is_list_of_others;
                let named = || told(Tells::Name, &|entry| in_name(entry.given, words));
                is_named.then(named).flatten().map(|rule| (rule, NAMED))
            },
        ),
    }
}

/// What an object of Kubernetes is called, and its namespace.
pub(in crate::engine) fn metadata<'t>(level: &Level<'t>) -> impl Iterator<Item = &'t [u8]> + use<'t> {
    const LABELS: [&[u8]; 2] = [b"name:", b"namespace:"];
    let given = level.entries.iter().find(|entry| entry.name == b"metadata").map(|entry| entry.given);
    let lines = given.unwrap_or_default().split(|b| *b == b'\n').map(<[u8]>::trim_ascii);
    LABELS.into_iter().filter_map(move |label| lines.clone().find_map(|line| line.strip_prefix(label)))
}

/// Whether a header is nothing but a bracket.
fn is_nameless(header: &[u8]) -> bool {
    !header.iter().any(u8::is_ascii_alphanumeric)
}

/// Whom the header of a structure speaks of.
fn headed(level: &Level<'_>, name: Option<&[u8]>, words: Words<'_>) -> Option<(RuleIx, Clue)> {
    let header = level.header?;
    let mut spoken_of = BTreeSet::new();
    // `<appender class="io.logz.logback.LogzioLogbackAppender">`.
    if header.trim_ascii_start().starts_with(b"<") {
        mention::in_line(header, words, &mut spoken_of);
    }
    // `box:` above `client_secret:` is as good as `box_client_secret`.
    let key = key_of(header);
    let is_everyday = is_everyday(&names::normalized(key));
    let joined =
        || is_everyday.then(|| in_name(&[key, b"_", name.unwrap_or_default()].concat(), words)).flatten();
    let found = in_name(header, words)
        .or_else(|| alone(spoken_of))
        .or_else(|| words.of_host(host_of(header)?))
        .or_else(joined);
    found.map(|rule| (rule, SECTION))
}

/// The key that a header is, without quotes and signs.
pub(in crate::engine) fn key_of(header: &[u8]) -> &[u8] {
    let is_sign = |b: &u8| !(b.is_ascii_alphanumeric() || *b == b'/');
    let start = header.iter().position(|b| !is_sign(b)).unwrap_or(header.len());
    let end = header.iter().rposition(|b| !is_sign(b)).map_or(start, |at| at + 1);
    &header[start..end]
}

/// The host that a header is: `"registry.acme.io": {`, `"https://npm.acme.com/":`.
pub(in crate::engine) fn host_of(header: &[u8]) -> Option<&[u8]> {
    let key = key_of(header);
    let host = crate::memmem::find(key, b"://").map_or(key, |at| &key[at + 3..]);
    let host = host.split(|b| matches!(b, b'/' | b':')).next()?;
    let is_host =
        host.contains(&b'.') && host.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-'));
    is_host.then_some(host)
}

/// Whether two settings are of different things by the paths of their keys: `spring.rabbitmq.host` and
/// `spring.datasource.password`.
pub(in crate::engine) fn is_apart(name: &[u8], other: &[u8]) -> bool {
    let folder = |name: &[u8]| memchr::memrchr(b'.', name).map(|at| at + 1);
    match (folder(name), folder(other)) {
        (Some(own), Some(others)) => {
            let (own, others) = (&name[..own], &other[..others]);
            !(own.starts_with(others) || others.starts_with(own))
        }
        _ => false,
    }
}

/// Whose service an address is of: the database of a JDBC URL, the owner of a host, or what speaks such a scheme.
fn in_address(given: &[u8], words: Words<'_>) -> Option<RuleIx> {
    let scheme = || {
        let lead = &given[..crate::memmem::find(given, b"://")?];
        let name = lead.rsplit(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-'))).next()?;
        words.find(&names::normalized(name.split(|b| *b == b'+').next()?))
    };
    match words.takes {
        ByName::Password => database::of_jdbc(given, words).or_else(|| in_host(given, words)).or_else(scheme),
        _ => in_host(given, words),
    }
}

/// Whose service the host of an address is of. Clouds run everybody's.
fn in_host(given: &[u8], words: Words<'_>) -> Option<RuleIx> {
    const CLOUDS: [&str; 4] = ["amazonaws", "azurewebsites", "herokuapp", "github"];
    let scheme = crate::memmem::find(given, b"://");
    let from = scheme.map_or(given, |at| &given[at + 3..]);
    let from = from.trim_ascii_start();
    let is_host = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-');
    let host = &from[..from.iter().take_while(|b| is_host(b)).count()];
    let label = address::label_of(host)?;
    let is_cloud =
        CLOUDS.contains(&label.as_str()) && words.takes == ByName::Password || label == "amazonaws";
    words.of_host(host).filter(|_| !is_cloud)
}

/// Whom a type, a provider or a driver speaks of: `acme`, `acme_logs`, `com.acme.Driver`, `acme/large` of a model.
pub(in crate::engine) fn of_kind(entry: &Entry<'_>, words: Words<'_>) -> Option<RuleIx> {
    let driven = || database::of_driver(entry.given, words).filter(|_| words.takes == ByName::Password);
    if let Some(rule) = entry.is_driver().then(driven).flatten() {
        return Some(rule);
    }
    let given = entry.given.split(u8::is_ascii_whitespace).next()?;
    let is_model = names::words(entry.name).last().is_some_and(|word| word == "model");
    let given = match memchr::memchr(b'/', given) {
        Some(at) if is_model => &given[..at],
        None if is_model => return None,
        _ => given,
    };
    let parts = names::words(given);
    let whole = names::normalized(given);
    // `type: linear` and the header `Connection: close` tell what a thing is; a provider is somebody.
    let last = names::words(entry.name).pop().unwrap_or_default();
    let says_whose = WHOSE.contains(&last.as_str());
    // `vendor;…` above `Acme` says as much as `vendorAcme`.
    if let Some(rule) = says_whose.then(|| words.find(&format!("{last}{whole}"))).flatten() {
        return Some(rule);
    }
    if words.takes == ByName::Secret && is_everyday(&whole) && !says_whose {
        return None;
    }
    // Nothing else is called by two letters: `TYPE r2`.
    if whole.len() > 2 && neighbour::is_anybodys(&whole) {
        return None;
    }
    let shorter = || THINGS.iter().find_map(|thing| words.find(whole.strip_suffix(thing)?));
    words.find(&whole).or_else(|| in_name(given, words)).or_else(shorter).or_else(|| {
        let spans = (1..=parts.len()).rev().flat_map(|end| (0..end).map(move |start| start..end));
        spans
            .into_iter()
            .map(|span| parts[span].concat())
            .filter(|word| !is_everyday(word))
            .find_map(|word| words.find(&word))
    })
}

//! The server that a password opens: of its URL, its port, its `machine` entry, or one that stands beside.

use std::collections::BTreeSet;

use crate::catalogue::{Parser, RuleIx};
use crate::engine::names;
use crate::engine::owner::login::Login;
use crate::engine::owner::login::command::{LONGEST_ENTRY, machine};
use crate::engine::owner::{self, Clue, Words, address, database, mention};
use crate::engine::syntax::enclosing::Tells;

impl Login<'_> {
    /// The product whose own user stands before the password, or whose port in its URL.
    pub(super) fn port(&self, words: Words<'_>) -> Option<(RuleIx, Clue)> {
        const PORTS: [(&[u8], &str); 7] = [
            (b":9200", "elasticsearch"),
            (b":15672", "rabbitmq"),
            (b":5984", "couchdb"),
            (b":8123", "clickhouse"),
            (b":8086", "influxdb"),
            (b":7474", "neo4j"),
            (b":8983", "solr"),
        ];
        let before = &self.text[..self.value.start];
        let is_sign = |b: &&u8| matches!(b, b'"' | b'\'' | b',' | b':' | b' ');
        let before = &before[..before.len() - before.iter().rev().take(4).take_while(is_sign).count()];
        let user = before.rsplit(|b| !b.is_ascii_alphanumeric()).next().unwrap_or_default();
        if matches!(self.parser, Parser::UrlPassword | Parser::CallArgument) && user == b"elastic" {
            return Some((words.find("elasticsearch")?, "the user"));
        }
        let behind = match self.parser {
            Parser::UrlPassword => self.text[self.value.end..].strip_prefix(b"@")?,
            // `curl -u kim:SECRET https://es1.acme.io:9200/_cat`.
            Parser::BasicAuth => {
                let [_, line] = self.own_line();
                &line[crate::memmem::find(line, b"://")? + 3..]
            }
            _ => return self.port_beside(&PORTS).and_then(|word| Some((words.find(word)?, "the port"))),
        };
        let is_host = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':');
        let host = &behind[..behind.iter().take(LONGEST_ENTRY).take_while(is_host).count()];
        let (_, word) = PORTS.iter().find(|(port, _)| host.ends_with(port))?;
        Some((words.find(word)?, "the port"))
    }

    /// What the port of the password's own record says: `host: ch1` and `port: 8123` beside it.
    fn port_beside(&self, ports: &[(&[u8], &'static str)]) -> Option<&'static str> {
        let entries = &self.enclosure().levels.first()?.entries;
        let port = entries.iter().find(|entry| entry.name.eq_ignore_ascii_case(b"port"))?.given;
        let is_its = |(own, _): &&(&[u8], &str)| own.strip_prefix(b":") == Some(port);
        let has_host = || entries.iter().any(|entry| entry.tells() == Some(Tells::Address));
        ports.iter().find(is_its).filter(|_| has_host()).map(|(_, word)| *word)
    }

    /// The server that the password is for, of its URL or its `machine`.
    pub(super) fn own_server(&self, words: Words<'_>) -> Option<(RuleIx, Clue)> {
        let own = self.hosts();
        let machine =
            (self.parser == Parser::Netrc).then(|| machine(&self.text[..self.value.start])).flatten();
        let found = own.chain(machine).find_map(|host| self.of_host(host, words));
        // A registry takes a key of its vendor's as the password.
        let keyed = Words::of_vendors(words.catalogue);
        let of_registry = || keyed.of_domain(self.keeper()?).filter(|_| !words.is_generic);
        Some((found.or_else(of_registry)?, "the host"))
    }

    /// Whether the password stands beside its host, which the text around does not tell about then.
    pub(super) fn names_its_host(&self) -> bool {
        let before = &self.text[..self.value.start];
        match self.parser {
            Parser::UrlPassword => true,
            Parser::BasicAuth => self.hosts().next().is_some(),
            // `mail.acme.com:kim:SECRET` of a mail server's list.
            Parser::Netrc => machine(before).is_some() || host_of_login(self.own_line()[0]),
            _ => false,
        }
    }

    /// The one server that stands beside the password: on its line, or else on those around, unless it is sent to another
    /// by the command that it is in.
    pub(super) fn server_beside(&self, words: Words<'_>) -> Option<(RuleIx, Clue)> {
        let around = || self.server_in(self.lines_beside(), words);
        let is_sent = || self.parser != Parser::UrlPassword && self.names_its_host();
        self.server_in(&self.own_line(), words).or_else(|| (!is_sent()).then(around).flatten())
    }

    /// The one server that lines name.
    pub(super) fn server_in(&self, lines: &[&[u8]], words: Words<'_>) -> Option<(RuleIx, Clue)> {
        let name = self.located.names.first().copied();
        let mut servers = BTreeSet::new();
        for line in lines {
            let line = address::without_mailboxes(without_key(line));
            let runs = line.split(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-')));
            servers.extend(runs.filter(|run| is_host(run)).filter_map(|host| self.of_host(host, words)));
        }
        servers.retain(|rule| words.may_own(*rule, name));
        Some((mention::alone(servers)?, "the host beside it"))
    }

    /// Whose passwords a host takes.
    pub(super) fn of_host(&self, host: &[u8], words: Words<'_>) -> Option<RuleIx> {
        // Who sends mail for others takes a key of theirs as the password, and a service whose keys have no form may
        // have one for its interface.
        let keyed = Words::of_vendors(words.catalogue);
        let name = self.located.names.first().copied();
        let is_relay = is_relay(host);
        let is_interface = || host.starts_with(b"api") && !owner::is_of_database(name);
        // `API_PASSWORD` is one of the interface, whoever's.
        let is_of_api = || name.is_some_and(|name| names::words(name).iter().any(|word| word == "api"));
        let counts = |rule: &RuleIx| {
            is_relay || is_interface() && (words.catalogue.rule(*rule).is_written() || is_of_api())
        };
        let of_key = || self.heard.of_host(host, keyed).filter(|rule| !words.is_generic && counts(rule));
        self.heard.of_host(host, words).or_else(of_key)
    }
}

/// The database behind a foreign data wrapper of PostgreSQL, where the password is that of a user's mapping: `CREATE USER
/// MAPPING FOR kim SERVER old OPTIONS (password '…')` of `CREATE SERVER old FOREIGN DATA WRAPPER mysql_fdw`.
pub(super) fn wrapped(before: &[u8], words: Words<'_>) -> Option<RuleIx> {
    const FARTHEST: usize = 4096;
    let text = before[before.len().saturating_sub(FARTHEST)..].to_ascii_lowercase();
    let text = String::from_utf8_lossy(&text);
    let (earlier, statement) = text.rsplit_once(';')?;
    let parts: Vec<&str> = statement.split_whitespace().collect();
    parts.windows(2).find(|two| *two == ["user", "mapping"])?;
    let server = parts.windows(2).find(|two| two[0] == "server")?[1];
    let declared = earlier.split(';').rev().find(|statement| {
        let parts: Vec<&str> = statement.split_whitespace().collect();
        parts.starts_with(&["create", "server"]) && parts.contains(&server)
    })?;
    let mut parts = declared.split_whitespace().skip_while(|word| *word != "wrapper");
    database::of_driver(parts.nth(1)?.as_bytes(), words)
}

/// Whether a host takes mail of those who send through a service: `smtp.acme.com`, `live.smtp.acme.io`, `in-v3.acme.com`.
fn is_relay(host: &[u8]) -> bool {
    const LABELS: [&[u8]; 4] = [b"in", b"in-v3", b"mail", b"relay"];
    let mut labels = host.split(|b| *b == b'.');
    labels.clone().next().is_some_and(|first| LABELS.contains(&first))
        || labels.any(|label| crate::memmem::find(label, b"smtp").is_some())
}

/// A line without the path of keys that something is given to, which is written as the name of a host is:
/// `spring.rabbitmq.host=…`, `services.acme.smtp = {`.
fn without_key(line: &[u8]) -> &[u8] {
    let bare = line.trim_ascii_start();
    let length =
        bare.iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_')).count();
    let given = bare[length..].trim_ascii_start();
    if given.starts_with(b"=") && !given.starts_with(b"==") { given } else { line }
}

/// Whether a line of logins begins with a host and a colon.
fn host_of_login(before: &[u8]) -> bool {
    let host = &before[..address::length(before)];
    is_host(host) && before.get(host.len()) == Some(&b':')
}

/// `smtp.acme.com`: two labels or more, the last of letters; no `.ssh`, and no `acme.xml`.
fn is_host(run: &[u8]) -> bool {
    // Ends of files, which names of hosts hardly have.
    #[rustfmt::skip]
    const FILES: [&[u8]; 20] = [
        b"xml", b"yml", b"yaml", b"json", b"toml", b"conf", b"cfg", b"ini", b"txt", b"php", b"html", b"iso", b"exe",
        b"sql", b"py", b"js", b"ts", b"rb", b"cs", b"kt",
    ];
    let last = run.rsplit(|b| *b == b'.').next().unwrap_or_default();
    last.len() >= 2
        && !FILES.contains(&last)
        && last.len() < run.len()
        && !run.starts_with(b".")
        && last.iter().all(u8::is_ascii_alphabetic)
}

//! Which product a password opens: `MYSQL_PWD`, `psycopg2.connect(…, password="…")`, `ALTER ROLE … PASSWORD '…'`.
//!
//! A password is changed where its product keeps it, so that is what its advice depends on. What tells most is asked
//! first: the statement or command that the password is a part of, the server that it is for, its name, the call,
//! the section, and what stands beside it, where that is one product alone.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::ops::Range;

use crate::catalogue::{ByName, Catalogue, Parser, RuleIx};
use crate::engine::locate::Located;
use crate::engine::owner::login::command::{
    LONGEST_COMMAND, command, is_slashed, last_option, logs_in, program_option,
};
use crate::engine::owner::mention::Heard;
use crate::engine::owner::used::Told;
use crate::engine::owner::{
    self, Clue, Words, address, database, keeper, mention, receiver, setting, structure, used, witness,
};
use crate::engine::syntax::enclosing::Enclosure;
use crate::engine::syntax::neighbour;
use crate::engine::{FileHint, names, parse};
use crate::part::start_in;

mod beside;
mod command;
mod pair;
mod section;
mod server;

/// How far around a password the element that it is an attribute of reaches, bytes.
const LONGEST_ELEMENT: usize = 1024;

/// Most words of a name that are looked at, from its end.
const MOST_WORDS: usize = 10;

/// Vendors of the catalogue that are protocols, or programs that log in to somebody's server with them: whose server it is,
/// its host tells better than a name.
const PROTOCOLS: [&str; 17] = [
    "sftp",
    "ftp",
    "openvpn",
    "amqp",
    "mqtt",
    "ldap",
    "activedirectory",
    "ssh",
    "smb",
    "sip",
    "vnc",
    "rdp",
    "webdav",
    "vpn",
    "memcached",
    "snmp",
    "radius",
];

/// Words for somebody's part, which say less than the product before them.
const ROLES: [&str; 7] =
    ["admin", "administrator", "superuser", "superadmin", "sysadmin", "siteadmin", "basicauth"];

/// A password that a generic rule found.
#[derive(Debug)]
pub(in crate::engine) struct Login<'t> {
    pub(in crate::engine) parser: Parser,
    pub(in crate::engine) text: &'t [u8],
    pub(in crate::engine) value: &'t Range<usize>,
    pub(in crate::engine) located: &'t Located<'t>,
    hint: FileHint<'t>,
    heard: &'t Heard,
    /// See [`Login::lines_beside`].
    beside: OnceCell<Vec<&'t [u8]>>,
    /// See [`Login::keeper`].
    keeper: OnceCell<Option<&'t [u8]>>,
    /// See [`Login::enclosure`].
    enclosure: OnceCell<Enclosure<'t>>,
}

impl<'t> Login<'t> {
    /// What `parser` found at `value`.
    pub(in crate::engine) fn new(
        parser: Parser,
        text: &'t [u8],
        value: &'t Range<usize>,
        located: &'t Located<'t>,
        (hint, heard): (FileHint<'t>, &'t Heard),
    ) -> Self {
        Login {
            parser,
            text,
            value,
            located,
            hint,
            heard,
            beside: OnceCell::new(),
            keeper: OnceCell::new(),
            enclosure: OnceCell::new(),
        }
    }

    /// The product's rule, and what speaks of it. `may_read` says whether the text around may be read as well.
    pub(in crate::engine) fn product(&self, catalogue: &Catalogue, may_read: bool) -> Option<(RuleIx, Clue)> {
        let of_vendor = Words { catalogue, takes: ByName::Password, is_generic: false };
        let found = self.told(of_vendor, may_read)?;
        // What speaks LDAP may be a directory that says more: `sAMAccountName` beside it.
        let compatible = catalogue.rule(found.0).vendor.compatible;
        let mut beside = BTreeSet::new();
        if may_read && !compatible.is_empty() {
            self.lines_beside().iter().for_each(|line| self.heard.in_line(line, of_vendor, &mut beside));
            beside.retain(|rule| compatible.contains(&catalogue.rule(*rule).vendor.key));
        }
        Some(mention::alone(beside).map_or(found, |rule| (rule, "what stands beside it")))
    }

    fn told(&self, of_vendor: Words<'_>, may_read: bool) -> Option<(RuleIx, Clue)> {
        let catalogue = of_vendor.catalogue;
        let of_anybody = Words { is_generic: true, ..of_vendor };
        let keyed = Words::of_vendors(catalogue);
        // A vendor whose secrets have no form is a service that one logs in to; and what a vendor's own client is made
        // with opens that vendor's.
        let bare = |(rule, clue)| {
            let name = self.located.names.first().copied();
            // Whose it is stands last: `aws.rds.Instance` is made with the password of a database.
            if clue == witness::CALL && self.called_last(of_anybody, keyed) {
                return None;
            }
            // A drawn value in a section of the vendor's is a key of its: `[cloudsmith]` of `.pypirc`.
            let is_drawn = || {
                use structure::{ADDRESS, NAMED, SECTION};
                matches!(clue, SECTION | NAMED | ADDRESS | witness::HOST | witness::BLOCK | witness::TYPE)
                    && self.is_drawn()
                    && !self.is_hash()
            };
            // `kucoin = ccxt.kucoin({ password: … })`: the call says it as well as the name.
            let is_called = || clue == witness::NAME && self.called(keyed).is_some_and(|(at, _)| at == rule);
            // What services give programs to log in with in somebody's place, and what goes with a key of theirs.
            let is_given = || {
                let name = name.map(names::normalized).unwrap_or_default();
                ["apppassword", "passphrase"].iter().any(|end| name.ends_with(end))
            };
            let is_own = (is_given()
                || matches!(clue, witness::CALL | witness::OBJECT | structure::KIND | used::USE)
                || is_called()
                || is_drawn())
                && !owner::is_of_database(name);
            (is_own || catalogue.rule(rule).is_written()).then_some((rule, clue))
        };
        // A protocol is spoken by many hosts; what a program's own name is given is no password of the mailbox beside it.
        let of_program = || {
            let rule = self.located.names.iter().find_map(|name| self.in_name(name, of_vendor))?;
            let vendor = catalogue.rule(rule).vendor;
            (!owner::is_database(vendor) && !PROTOCOLS.contains(&vendor.key)).then_some((rule, "its name"))
        };
        // An abbreviation says less than the address that goes with it.
        let abbreviated = || {
            let rule = structure::abbreviated(self.located, self.enclosure(), of_vendor)?;
            Some((rule, structure::ADDRESS))
        };
        self.form(of_vendor)
            .or_else(|| self.setting(of_vendor))
            .or_else(|| {
                let is_plain = self.located.names.first().is_none_or(|name| setting::is_plain(name));
                (!is_plain).then(|| self.setting(keyed)).flatten()
            })
            .or_else(|| self.own_server(of_vendor))
            .or_else(abbreviated)
            .or_else(of_program)
            .or_else(|| {
                let is_named = self.located.names.iter().filter_map(|name| in_name(name, of_vendor));
                let is_named = is_named.map(|rule| catalogue.rule(rule).vendor.key);
                if !is_named.take(1).all(|key| PROTOCOLS.contains(&key)) {
                    return None;
                }
                let own = |words| structure::own(self.located, self.enclosure(), words);
                // `protocol=acme` of a service beside a host that is somebody's.
                let of_service = || own(keyed).filter(|(_, clue)| *clue == structure::KIND).and_then(bare);
                own(of_vendor).or_else(of_service)
            })
            .or_else(|| self.own_file(of_vendor))
            .or_else(|| self.around(of_vendor, keyed, may_read, bare))
            .or_else(|| self.own_server(of_anybody))
            .or_else(|| self.named(of_anybody))
            .or_else(|| self.server_beside(of_anybody))
            .or_else(|| self.filed(of_anybody))
            .or_else(|| {
                let is_key = self.parser == Parser::CallArgument;
                is_key.then(|| self.called(Words { takes: ByName::Secret, ..of_anybody })).flatten()
            })
    }

    /// What the text around speaks of, the nearest first. Where the password's server is told and is nobody's, the others
    /// beside it say nothing.
    fn around(
        &self,
        of_vendor: Words<'_>,
        keyed: Words<'_>,
        may_read: bool,
        bare: impl Fn((RuleIx, Clue)) -> Option<(RuleIx, Clue)>,
    ) -> Option<(RuleIx, Clue)> {
        if may_read && self.keeper().is_some() {
            return self.named(of_vendor);
        }
        // The command that an option is given to is asked before the lines around it.
        let is_option = self.located.names.first().is_some_and(|name| name.starts_with(b"-"));
        let commanded = || {
            let own_host = self.server_in(&self.own_line(), of_vendor);
            let program = || Some((command(&self.text[..self.value.start], of_vendor)?, "the command"));
            own_host.or_else(|| self.on_own_line(of_vendor)).or_else(program)
        };
        is_option
            .then(commanded)
            .flatten()
            .or_else(|| self.server_beside(of_vendor))
            .or_else(|| Some((self.source(of_vendor)?, "the URL of its data source")))
            .or_else(|| self.named(of_vendor))
            .or_else(|| {
                witness::nearest(self.located, self.text, self.value, keyed, self.heard).and_then(bare)
            })
            .or_else(|| may_read.then(|| self.used(of_vendor)).flatten())
            .or_else(|| self.port(of_vendor))
            .or_else(|| {
                let own = self.own_line();
                let mut lines = own.iter().chain(self.lines_beside());
                Some((lines.find_map(|line| database::of_jdbc(line, of_vendor))?, "the URL beside it"))
            })
            .or_else(|| self.form(Words { is_generic: true, ..of_vendor }))
            .or_else(|| {
                // `<smtp>` says what it is for, and nobody around it does.
                let of_anybody = Words { is_generic: true, ..of_vendor };
                let may_read = may_read && !self.names_its_host() && !self.is_of_kind(of_anybody);
                may_read.then(|| self.beside(of_vendor)).flatten()
            })
    }

    /// The hosts on the password's line, see [`address::hosts`].
    pub(in crate::engine) fn hosts(&self) -> impl Iterator<Item = &'t [u8]> {
        address::hosts_of(self.keeper(), self.text, self.value)
    }

    /// The server that the settings around say the password is for.
    fn keeper(&self) -> Option<&'t [u8]> {
        *self.keeper.get_or_init(|| keeper::host(self.text, self.value))
    }

    /// Whose console the public half of a private key stands in: what its place, its neighbours or its file speak of.
    pub(in crate::engine) fn key_pair(
        &self,
        catalogue: &Catalogue,
        may_read: bool,
    ) -> Option<(RuleIx, Clue)> {
        let words = Words { catalogue, takes: ByName::PrivateKey, is_generic: false };
        let signed = || Some((words.find(self.key_sign()?)?, "what stands beside it"));
        // `-----BEGIN NEBULA X25519 PRIVATE KEY-----`.
        let head = self.text[self.value.clone()].split(|b| *b == b'\n').next().unwrap_or_default();
        let labelled = names::words(head).iter().find_map(|word| words.find(word));
        if let Some(rule) = labelled {
            return Some((rule, "its first line"));
        }
        witness::nearest(self.located, self.text, self.value, words, self.heard)
            .or_else(signed)
            .or_else(|| self.filed(words))
            .or_else(|| may_read.then(|| self.beside(words)).flatten())
    }

    /// The word for whose key it is by the name that its vendor gives the file, or by an identifier beside it.
    fn key_sign(&self) -> Option<&'static str> {
        let file = self.hint.path().rsplit(|b| *b == b'/').next().unwrap_or_default();
        let is_apples =
            [&b"AuthKey_"[..], b"SubscriptionKey_", b"ApiKey_"].iter().any(|start| file.starts_with(start));
        let around = &self.text[self.value.start.saturating_sub(LONGEST_COMMAND)
            ..self.text.len().min(self.value.end + LONGEST_COMMAND)];
        if is_apples && file.ends_with(b".p8") {
            Some("appstoreconnect")
        } else if file.ends_with(b".private-key.pem") {
            Some("githubapp")
        } else if crate::memmem::find(around, b"organizations/").is_some()
            && crate::memmem::find(around, b"/apiKeys/").is_some()
        {
            Some("coinbase")
        } else {
            None
        }
    }

    /// The product that the name or the call of something else than a password speaks of: `REDIS_TOKEN`, but no client
    /// of it.
    pub(in crate::engine) fn named_product(&self, catalogue: &Catalogue) -> Option<(RuleIx, Clue)> {
        const CLIENTS: [&str; 6] = ["client", "app", "appid", "api", "access", "oauth"];
        let words = Words { catalogue, takes: ByName::Password, is_generic: false };
        let parts = words_of(self.located.names.first()?);
        let is_client = |parts: &[String]| parts.iter().any(|word| CLIENTS.contains(&word.as_str()));
        match last_in(&parts, words, |_| false) {
            Some((rule, at)) => (!is_client(&parts[at.end..])).then_some((rule, "its name")),
            None => (!is_client(&parts)).then(|| self.called(words)).flatten(),
        }
    }

    /// The grammar that the password is a part of.
    fn form(&self, words: Words<'_>) -> Option<(RuleIx, Clue)> {
        let before = &self.text[..self.value.start];
        let word = match self.parser {
            // The language of InfluxDB is SQL's, but for what it grants.
            Parser::SqlPassword if self.hint.path().ends_with(b".iql") => Some("influxdb"),
            Parser::SqlPassword => {
                let word = || words.find(parse::sql_dialect(before)?);
                return Some((server::wrapped(before, words).or_else(word)?, "its form"));
            }
            Parser::ConnectionString => {
                // `driver = mysql` above `connect = host=… dbname=…`.
                let set = || {
                    let mut entries = self.enclosure().levels.first()?.entries.iter();
                    structure::of_kind(entries.find(|entry| entry.is_driver())?, words)
                };
                return Some((database::of_string(self.text, self.value, set, words)?, "its form"));
            }
            Parser::PgPass => Some("postgres"),
            Parser::WifiCode => Some("wifi"),
            Parser::UrlPassword => {
                return Some((words.find(&names::normalized(parse::scheme_of(before)?))?, "the scheme"));
            }
            Parser::CommandPassword => {
                // `docker login -p … registry.acme.io`.
                let server = logs_in(before).then(|| self.server_in(&self.own_line(), words)).flatten();
                if server.is_some() {
                    return server;
                }
                let option = self.located.names.first().copied().or_else(|| last_option(before));
                let url = self.own_line().into_iter().find_map(|part| database::of_jdbc(part, words));
                let rule = url
                    .or_else(|| program_option(before, option?, words))
                    .or_else(|| command(before, words))
                    .or_else(|| words.find(is_slashed(before).then_some("oracle")?))
                    .or_else(|| words.find(parse::device_vendor(before)?));
                return Some((rule?, "the command"));
            }
            _ => parse::device_vendor(before),
        };
        Some((words.find(word?)?, "its form"))
    }

    /// What stands before and behind the value on its line.
    fn own_line(&self) -> [&'t [u8]; 2] {
        let behind = &self.text[self.value.end..self.text.len().min(self.value.end + LONGEST_COMMAND)];
        let end = memchr::memchr(b'\n', behind).unwrap_or(behind.len());
        [neighbour::line_before(self.text, self.value.start, LONGEST_COMMAND), &behind[..end]]
    }

    fn named(&self, words: Words<'_>) -> Option<(RuleIx, Clue)> {
        let named = || {
            let named = self.located.names.iter().find_map(|name| self.in_name(name, words));
            named.or_else(|| self.in_name(owner::named::with_path(self.located, self.text)?, words))
        };
        let headed = || self.headed(words);
        named()
            .map(|rule| (rule, "its name"))
            .or_else(|| self.called(words))
            .or_else(|| headed().map(|rule| (rule, structure::SECTION)))
    }

    /// [`in_name`], asked once a name.
    fn in_name(&self, name: &[u8], words: Words<'_>) -> Option<RuleIx> {
        self.heard.in_login(name, words)
    }

    /// Whether the last part of a call that speaks of anything speaks of `one` and not of the `other`.
    fn called_last(&self, one: Words<'_>, other: Words<'_>) -> bool {
        let parts: Vec<&[u8]> = self.located.callee_parts().collect();
        let last = |words| parts.iter().rposition(|part| self.in_name(part, words).is_some());
        last(one) > last(other)
    }

    fn called(&self, words: Words<'_>) -> Option<(RuleIx, Clue)> {
        let found = self.located.callee_parts().find_map(|part| self.in_name(part, words));
        found.map(|rule| (rule, "the call"))
    }

    /// The product whose object the value is given to, `db = addDatabase("QMYSQL")` above `db.setPassword("…")`, or that is
    /// spoken of where its variable is used.
    fn used(&self, words: Words<'_>) -> Option<(RuleIx, Clue)> {
        let may_own = |rule: &RuleIx| words.may_own(*rule, self.located.names.first().copied());
        let bound = || {
            let line = receiver::binding(self.located, self.text, self.value.start)?;
            let rule = mention::alone(self.heard.in_code(line, self.text, words))?;
            Some((rule, witness::OBJECT))
        };
        let used = || match used::owner(self.located, self.text, self.value, words, self.heard)? {
            Told::Owner(rule) => Some((rule, used::USE)),
            Told::Stranger => None,
        };
        bound().or_else(used).filter(|(rule, _)| may_own(rule))
    }

    /// The one owner that is spoken of beside the value, or else around it.
    pub(in crate::engine) fn beside(&self, words: Words<'_>) -> Option<(RuleIx, Clue)> {
        let name = self.located.names.first().copied();
        // What goes to a host that nobody knows is none of those who stand beside it.
        if words.takes == ByName::Secret
            && used::owner(self.located, self.text, self.value, words, self.heard) == Some(Told::Stranger)
        {
            return None;
        }
        // A key that names somebody nobody knows is not its neighbour's. A password may be of the product beside it.
        let is_password = words.takes == ByName::Password;
        if let Some(found) = self.on_own_line(words) {
            return Some(found);
        }
        if is_password || !neighbour::names_an_owner(self.text, self.value.start, name) {
            let of_lines = |lines: &[&[u8]]| {
                let mut owners = BTreeSet::new();
                lines.iter().for_each(|line| self.heard.in_line(line, words, &mut owners));
                owners.retain(|rule| words.may_own(*rule, name));
                owners
            };
            let mut owners = of_lines(self.lines_beside());
            // Of several the one that the remarks above tell: what users and hosts are called says less.
            let remarks = || {
                let is_above = |line: &[u8]| start_in(self.text, line) < self.value.start;
                let lines = self.lines_beside().iter().copied();
                lines.filter(|line| is_above(line) && mention::is_comment(line)).collect::<Vec<_>>()
            };
            if owners.len() > 1
                && let Some(rule) = mention::alone(of_lines(&remarks()))
            {
                return Some((rule, "what stands beside it"));
            }
            match (owners.pop_first(), owners.is_empty()) {
                (Some(rule), true) => return Some((rule, "what stands beside it")),
                (Some(_), false) if is_password => return None,
                _ => {}
            }
        }
        if !is_password
            && let Some(rule) = witness::namesake(self.located, self.text, self.value, words, self.heard)
        {
            return Some((rule, "what stands beside it"));
        }
        let spoken_of = mention::speaks_of(self.text, self.value, name, self.hint, (words, self.heard));
        let filed = || is_password.then(|| self.filed(words)).flatten();
        spoken_of.map(|rule| (rule, "the text around it")).or_else(filed)
    }
}

/// The rule that the name of a password or of its section speaks of. Whose the password is stands last: `grafana_db_password`
/// is one of a database, `grafana_admin_password` one of Grafana.
pub(in crate::engine) fn in_name(name: &[u8], words: Words<'_>) -> Option<RuleIx> {
    let parts = &words_of(name)[..];
    let found = last_in(parts, words, |_| false)?;
    let other = Words { is_generic: !words.is_generic, ..words };
    // `postgresql_databases` are PostgreSQL's.
    let is_role = |at: &Range<usize>| {
        let said = parts[at.clone()].concat();
        ROLES.contains(&said.as_str())
            || owner::is_of_database(Some(said.trim_end_matches('s').as_bytes()))
                && owner::is_database(words.catalogue.rule(found.0).vendor)
    };
    let beats = |(_, at): &(RuleIx, Range<usize>)| {
        (at.end, at.len()) > (found.1.end, found.1.len()) && !(other.is_generic && is_role(at))
    };
    last_in(parts, other, |_| false).filter(beats).is_none().then_some(found.0)
}

/// The last words of a name.
fn words_of(name: &[u8]) -> Vec<String> {
    let mut words = names::words(name);
    words.split_off(words.len().saturating_sub(MOST_WORDS))
}

/// The last of the words that speak of a rule, as many as belong together, and which they are.
fn last_in(
    parts: &[String],
    words: Words<'_>,
    is_left_out: impl Fn(&str) -> bool,
) -> Option<(RuleIx, Range<usize>)> {
    let spans = (1..=parts.len()).rev().flat_map(|end| (0..end).map(move |start| start..end));
    spans
        .into_iter()
        .find_map(|at| Some((words.find_run(&parts[at.clone()].concat(), |word| !is_left_out(word))?, at)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::embedded;
    use crate::engine::Scanner;

    /// Who is told of the one secret in a text; `§` stands for a password.
    fn told(path: &str, text: &str) -> Vec<&'static str> {
        let text = text.replace('§', concat!("tR7wq", "Lm4xN", "b8vKz"));
        let found = Scanner::new(embedded()).scan(text.as_bytes(), FileHint::new(path.as_bytes()));
        found.into_iter().map(|found| embedded().rule(found.rule).id).collect()
    }

    #[test]
    fn what_tells_most_is_asked_first() {
        for (path, text, rule) in [
            ("a.env", "KEYCLOAK_DB_PASSWORD=§", "generic-database-password"),
            ("a.env", "KEYCLOAK_ADMIN_PASSWORD=§", "keycloak-password"),
            ("a.env", "MYSQL_REPLICA_PASSWORD=§", "mysql-password"),
            ("a.env", "DB_CONNECTION=pgsql\nDB_PASSWORD=§", "postgres-password"),
            ("a.env", "REDIS_HOST=x\nDB_PASSWORD=§", "generic-database-password"),
            ("a.env", "MAIL_HOST=smtp.office365.com\nMAIL_PASSWORD=§", "office365-password"),
            ("a.yml", "spring:\n  rabbitmq:\n    password: §", "amqp-password"),
            ("a.yml", "a:\n  image: mariadb:11\n  environment:\n    PASSWORD: §", "mariadb-password"),
            ("a.yml", "frob:\n  url: jdbc:oracle:thin\n  password: §", "oracle-db-password"),
            ("a.sql", "CREATE ROLE app LOGIN PASSWORD '§';", "postgres-password"),
            ("a.sql", "CREATE USER app PASSWORD = '§';", "snowflake-password"),
            ("a.cs", "\"Server=x;Initial Catalog=y;User Id=z;Password=§;\"", "mssql-password"),
            ("a.py", "import paramiko\nc.connect('h', username='u', password='§')", "ssh-password"),
            ("roles/jenkins/vars/main.yml", "bot_password: §", "jenkins-password"),
            ("docker/main.yml", "bot_password: §", "generic-password"),
            ("a.py", "import redis\nimport pymysql\nx(password='§')", "generic-password"),
            ("a.env", "FROBNICATE_PASSWORD=§", "generic-password"),
        ] {
            assert_eq!(told(path, text), [rule], "{path}: {text}");
        }
    }
}

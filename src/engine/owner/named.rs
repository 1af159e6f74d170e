//! Vendors in names: which words speak of one, and which do so only where they stand first.

use crate::catalogue::{ByName, Catalogue, RuleIx, Service, Vendor};
use crate::engine::locate::Located;
use crate::engine::names;
use crate::engine::owner::vendor_word;
use crate::engine::syntax::neighbour;
use crate::engine::word_set::WordSet;
use crate::part::start_in;

/// Most words of a name that are looked at, from its end.
const MOST_WORDS: usize = 10;
/// Longest path before a name, bytes.
const LONGEST_PATH: usize = 80;

/// Words of vendors that names also hold for other reasons: `box_token`, `front_secret`. They count only at the
/// start of a name, before what a service calls its credentials: `box_client_secret`.
#[rustfmt::skip]
static EVERYDAY: WordSet<135> = WordSet::new([
    "abstract", "age", "aha", "placid", "tamara", "daraja", "synthesia", "alchemy", "axiom", "b2", "bandwidth", "better", "block", "box", "branch", "brave", "browser",
    "canny", "carto", "checkout", "chief", "clay", "clerk", "close", "coda", "column", "consul", "courier", "cursor", "daily", "defined",
    "dependency", "drone", "dub", "duo", "elastic", "exa", "fal", "file", "forest", "gamma", "gemini", "ghost", "global",
    "guardian", "harness", "here", "highnote", "hop", "hunter", "instantly", "ionic", "iterative", "keen", "lark",
    "lemon", "line", "linear", "lob", "loops", "make", "mercury", "meta", "modal", "monday", "mux", "neon", "notion", "octopus",
    "onepassword", "particle", "permit", "persona", "phrase", "ping", "planning", "polar", "power", "private", "proof", "ramp", "readme",
    "redirect", "render", "replicate", "review", "ripple", "runway", "sanity", "sauce", "scale", "seam", "segment", "shortcut",
    "signal", "sonar", "square", "stability", "surge", "telegraf", "temporal", "together", "trigger", "unleash", "upstage",
    "vault", "visual", "voyage", "wallet", "weights", "wise", "zoom", "workos", "ftp", "smb", "jwk", "kubernetes", "bitcoin", "ethereum",
    "otpauth", "mnemonic", "privatekey", "pkcs12", "bip39", "fernet", "amqp", "npmrc", "webhook", "backend",
    "spaces", "tuya", "getresponse", "iterable", "setcookie", "radius",
]);
/// What services call their credentials, two words.
const CREDENTIALS: [&str; 12] = [
    "apikey",
    "apitoken",
    "apisecret",
    "accesskey",
    "accesstoken",
    "authtoken",
    "clientsecret",
    "appsecret",
    "apptoken",
    "secretkey",
    "bottoken",
    "writekey",
];
/// What names may end in, run together with what comes before: `acmeapikey`, `mysqlpass`.
const TAILS: [&str; 17] = [
    "key",
    "token",
    "secret",
    "api",
    "access",
    "client",
    "auth",
    "app",
    "personal",
    "credentials",
    "password",
    "passwd",
    "pass",
    "pwd",
    "root",
    "admin",
    "user",
];

/// What the secrets of vendors are for, between the vendor's name and what they are: `ADYEN_HMAC_KEY`.
const PURPOSES: [&str; 9] =
    ["hmac", "sign", "signature", "ipn", "callback", "callbacks", "verification", "verify", "validation"];

/// What names of passwords say that they are for: the words for each kind of service. What a product of no kind takes, it
/// may take under any name.
const SERVICES: [(Service, &[&str]); 6] = [
    (Service::Mail, &["mail", "email", "mailer", "smtp", "imap", "pop3"]),
    (Service::Directory, &["ldap", "ldaps"]),
    (Service::FileTransfer, &["ftp", "sftp", "ftps"]),
    (Service::Wifi, &["wifi", "wlan", "ssid", "hotspot"]),
    (Service::Vpn, &["vpn"]),
    (Service::MessageBroker, &["mq", "amqp", "mqtt"]),
];

/// The kind of service that a name says its password is for, a database aside.
pub(in crate::engine) fn service_named(name: &[u8]) -> Option<Service> {
    let words = names::words(name);
    let is_said = |said: &[&str]| words.iter().any(|word| said.contains(&word.as_str()));
    SERVICES.iter().find(|(_, said)| is_said(said)).map(|(service, _)| *service)
}

/// Whether a word of a vendor stands in names for other reasons as well.
pub(in crate::engine) fn is_everyday(word: &str) -> bool {
    EVERYDAY.contains(word)
}

/// The rules by name that are asked about.
#[derive(Debug, Clone, Copy)]
pub(in crate::engine) struct Words<'c> {
    pub(in crate::engine) catalogue: &'c Catalogue,
    pub(in crate::engine) takes: ByName,
    /// Those that name no vendor: keys for one's own sessions, the password of some database.
    pub(in crate::engine) is_generic: bool,
}

impl<'c> Words<'c> {
    /// Those for keys and tokens of vendors.
    pub(in crate::engine) fn of_vendors(catalogue: &'c Catalogue) -> Words<'c> {
        Words { catalogue, takes: ByName::Secret, is_generic: false }
    }

    /// The rule that this word speaks of, lower case without separators.
    pub(in crate::engine) fn find(self, word: &str) -> Option<RuleIx> {
        let found = self.catalogue.by_word(word, self.takes)?;
        (self.catalogue.rule(found).vendor.is_generic() == self.is_generic).then_some(found)
    }

    /// The rule that words which are run together speak of, with or without what names end in: `acmeapikey`.
    pub(in crate::engine) fn find_run<'w>(
        self,
        joined: &'w str,
        counts: impl Fn(&str) -> bool,
    ) -> Option<RuleIx> {
        // `redis1`, `shodan_key2`; but `auth0` first.
        let bare = |word: &'w str| word.trim_end_matches(|c: char| c.is_ascii_digit());
        let shorter = |word: &&'w str| {
            let ends = |tail: &&&str| tail.as_bytes().last() == word.as_bytes().last();
            TAILS.iter().filter(ends).find_map(|tail| word.strip_suffix(tail))
        };
        let runs = std::iter::once(joined).chain(std::iter::successors(Some(bare(joined)), shorter));
        // Each is what the one before starts with, and most are the same.
        let mut shortest = usize::MAX;
        let mut words = runs.flat_map(|word| [word, bare(word)]).filter(|word| {
            let is_new = word.len() < shortest;
            shortest = word.len();
            is_new
        });
        words.find_map(|word| self.find(word).filter(|_| counts(word)))
    }

    /// Whether a rule may take a value of this name where only the text around speaks of its vendor. The password of a
    /// database is a database's, and that of a mailbox none.
    pub(in crate::engine) fn may_own(self, rule: RuleIx, name: Option<&[u8]>) -> bool {
        let rule = self.catalogue.rule(rule);
        if self.takes == ByName::Password && is_of_database(name) && !is_database(rule.vendor) {
            return false;
        }
        let service =
            name.filter(|_| self.takes == ByName::Password && !is_of_database(name)).and_then(service_named);
        if service.is_some() && rule.vendor.service.is_some() && service != rule.vendor.service {
            return false;
        }
        rule.detect.near.as_ref().is_none_or(|near| {
            let name = names::normalized(name.unwrap_or_default());
            near.names.iter().any(|listed| name.ends_with(listed))
        })
    }

    /// Whether a word of this owner may stand in a name for other reasons.
    fn is_everyday(self, word: &str) -> bool {
        self.takes == ByName::Secret && !self.is_generic && EVERYDAY.contains(word)
    }
}

/// A name with the path that it is written behind, as Puppet's data has it: `profile::acme::password`.
pub(in crate::engine) fn with_path<'t>(located: &Located<'t>, text: &'t [u8]) -> Option<&'t [u8]> {
    let name = located.names.first()?;
    let at = start_in(text, name);
    let before = text.get(at.saturating_sub(LONGEST_PATH)..at)?;
    let is_of_path = |b: &&u8| b.is_ascii_alphanumeric() || matches!(**b, b'_' | b':');
    let length = before.iter().rev().take_while(is_of_path).count();
    (length > 2 && before.ends_with(b"::")).then(|| &text[at - length..at + name.len()])
}

/// Whether the products of a vendor are databases, or whatever a name may speak of.
pub(in crate::engine) fn is_database(vendor: &Vendor) -> bool {
    vendor.is_generic() || vendor.service == Some(Service::Database)
}

/// Whether a name is that of a database's password.
pub(in crate::engine) fn is_of_database(name: Option<&[u8]>) -> bool {
    let of_database =
        |name| names::words(name).iter().any(|word| word.starts_with("db") || word == "database");
    name.is_some_and(of_database)
}

/// The rule that a name speaks of: `ACME_API_KEY`, `myAcmeToken`, `acmetoken`.
pub(in crate::engine) fn in_name(name: &[u8], owners: Words<'_>) -> Option<RuleIx> {
    let words = names::words(name);
    let words = &words[words.len().saturating_sub(MOST_WORDS)..];
    let half = vendor_word::of_public_half(words, owners);
    if half.is_some() {
        return half;
    }
    let says_nothing = |word: &String| {
        neighbour::is_anybodys(word) || !owners.is_generic && PURPOSES.contains(&word.as_str())
    };
    let ends = || (1..=words.len()).rev().take_while(|end| words[*end..].iter().all(says_nothing));
    for end in ends() {
        for start in 0..end {
            let joined = words[start..end].concat();
            let is_first = words[..start].iter().all(|word| neighbour::is_anybodys(word));
            let counts = |word: &str| {
                !owners.is_everyday(word) || is_first && CREDENTIALS.contains(&words[end..].concat().as_str())
            };
            if let Some(rule) = owners.find_run(&joined, counts) {
                return Some(rule);
            }
        }
    }
    None
}

//! The compiled form of a rule: plain statics, ready to use with no work at start-up.
//!
//! The build script writes these for `rules.yaml`; `user.rs` makes them for a user's own rules and
//! leaks them, since they are read once and live as long as the process.

use super::page::{About, Lazy, Page};
use super::service::Service;
use super::shape::Shape;

/// Position of a rule in its [`Catalogue`](super::Catalogue).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RuleIx(pub u32);

/// How bad it is when this kind of secret leaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Little harm: read-only, short-lived or test data.
    Low,
    /// Limited scope or limited time.
    Medium,
    /// One service, with data or money behind it.
    High,
    /// A whole account, or the power to make further credentials.
    Critical,
}

impl Severity {
    /// Each, the worst first.
    pub const ALL: [Severity; 4] = [Severity::Critical, Severity::High, Severity::Medium, Severity::Low];

    /// As it is written in rules, settings and reports.
    pub fn word(self) -> &'static str {
        match self {
            Severity::Critical => "critical",
            Severity::High => "high",
            Severity::Medium => "medium",
            Severity::Low => "low",
        }
    }
}

/// How sure we are that what was found is this kind of secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// Shown, never blocks on its own.
    Low,
    /// Blocks; a false alarm is possible.
    Medium,
    /// Blocks; a false alarm would be a surprise.
    High,
    /// A checksum or an inner structure proves it.
    Certain,
}

/// What sort of credential it is, in the field's terms.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Family {
    /// A key that names and authenticates an application.
    ApiKey,
    /// A bearer or account token.
    AuthToken,
    /// A token that can be exchanged for fresh access tokens.
    RefreshToken,
    /// A short-lived session.
    SessionToken,
    /// An id together with its secret.
    KeyPair,
    /// The secret of an OAuth client.
    OauthSecret,
    /// A password of a person or a service.
    Password,
    /// A private key of a key pair.
    PrivateKey,
    /// A URL whose possession is the permission.
    Webhook,
    /// A key that signs or verifies messages.
    SigningSecret,
    /// A URL or string that names a server, a user and a password.
    ConnectionString,
    /// A key that encrypts data.
    EncryptionKey,
    /// A whole file of credentials.
    CredentialFile,
    /// Anything else that is assigned to a secret-like name.
    Generic,
}

/// The key of the vendor of rules that name none.
pub const GENERIC_VENDOR: &str = "generic";

/// Whose credential it is.
#[derive(Debug)]
pub struct Vendor {
    /// kebab-case key, stable.
    pub key: &'static str,
    /// Name as the vendor writes it.
    pub name: &'static str,
    /// Lower-case words that speak of this vendor in a file: package, host, product, variable prefix.
    pub words: &'static [&'static str],
    /// Keys of vendors whose secrets programs give this one's names.
    pub compatible: &'static [&'static str],
    /// What it does.
    pub service: Option<Service>,
    /// What of it is made for everybody to see.
    pub public: Public,
}

/// Where values stand that a vendor makes for everybody to see, though they have the form of its secrets.
#[derive(Debug)]
pub struct Public {
    /// How their names end, lower case without separators.
    pub names: &'static [&'static str],
    /// Functions that take one as their first argument, lower case.
    pub calls: &'static [&'static str],
    /// Ids of rules whose values ship with every page or app that uses them.
    pub shipped: &'static [&'static str],
    /// Whether names that a bundler writes into pages are those of keys for them.
    pub bundled: bool,
}

impl Vendor {
    /// Whether it stands for nobody: its rules find what no vendor's rule knows.
    pub fn is_generic(&self) -> bool {
        self.key == GENERIC_VENDOR
    }
}

/// One kind of secret: how to recognise it and, on its [`Page`], what to do when it has leaked.
#[derive(Debug)]
pub struct Rule {
    /// kebab-case id, stable for ever.
    pub id: &'static str,
    /// What a person calls it, for instance "Twilio Auth Token".
    pub name: &'static str,
    /// Whose it is.
    pub vendor: &'static Vendor,
    /// What sort of credential.
    pub family: Family,
    /// How bad a leak is.
    pub severity: Severity,
    /// How sure a plain match is; a passed [`Check`] makes it certain.
    pub confidence: Confidence,
    /// How it is recognised.
    pub detect: Detect,
    /// Whether values are known that must be found. A scan asks this, and must not unpack a text for it.
    pub has_examples: bool,
    /// See [`Rule::page`].
    pub page: Lazy<Page>,
    /// See [`Rule::about`].
    pub about: Lazy<About>,
}

impl Rule {
    /// Whether it stands in a rule file, and not only follows from its vendor's other rules.
    pub fn is_written(&self) -> bool {
        !self.detect.origin.is_name() || self.has_examples
    }

    /// Whether a word in a setting, a marker or a list means it: its own id, or its vendor's key.
    pub fn is_meant_by(&self, word: &str) -> bool {
        word == self.id || word == self.vendor.key
    }

    /// Whether the engine may give to `other` what this rule finds: whose it is, a generic rule cannot know.
    pub fn hands_on_to(&self, other: &Rule) -> bool {
        self.vendor.is_generic() && !self.detect.origin.is_name() && other.detect.origin.is_name()
    }

    /// What to do about a leak. The first of its block costs some tenths of a millisecond.
    pub fn page(&self) -> &Page {
        self.page.get()
    }

    /// What it is and how it is known. Costs as much as a page.
    pub fn about(&self) -> &About {
        self.about.get()
    }
}

/// How a secret is recognised.
#[derive(Debug)]
pub struct Detect {
    /// What wakes the rule and where the secret is looked for.
    pub origin: Origin,
    /// The secret alone. `None` only with [`Origin::Parse`].
    pub shape: Option<Shape>,
    /// What has to stand around it; `None` when the shape is enough.
    pub near: Option<Near>,
    /// Identifiers that usually stand beside the secret: evidence, and parts of the finding.
    pub companions: &'static [Companion],
    /// Least Shannon entropy of the secret, bits a character; 0 asks nothing.
    pub entropy: f32,
    /// Checksum or inner structure that proves the secret.
    pub check: Option<Check>,
    /// Values and words (lower case) that are never this secret.
    pub not: &'static [&'static str],
}

/// What wakes a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A keyword is the start of the secret: the shape is run from there.
    Prefix,
    /// A keyword stands inside the secret: the shape is run from the start of the token around it.
    Inside,
    /// A keyword stands in the context: every token in reach is tried.
    Token,
    /// A keyword wakes a small parser that finds the secret.
    Parse(Parser),
    /// Nothing: it takes over what a generic rule found where a name or the text around speaks of the vendor.
    Name(ByName),
}

impl Origin {
    /// Whether the rule goes by a name.
    pub fn is_name(self) -> bool {
        matches!(self, Origin::Name(_))
    }
}

/// What a rule that goes by a name takes over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ByName {
    /// Keys and tokens: values that somebody drew.
    Secret,
    /// Passwords, which somebody chose.
    Password,
    /// Private keys in text armour, which their owner made.
    PrivateKey,
}

impl ByName {
    /// All of them, in their order.
    pub const ALL: [ByName; 3] = [ByName::Secret, ByName::Password, ByName::PrivateKey];
}

/// The engine's small parsers, for what is not a regular shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Parser {
    /// A PEM, OpenSSH, PGP or PuTTY private key with a body.
    PemPrivateKey,
    /// `scheme://user:password@host`.
    UrlPassword,
    /// `scheme://host/TOKEN`, `scheme://TOKEN`, as notifiers are given their targets.
    UrlToken,
    /// `Authorization: Basic …`, `curl -u user:password`.
    BasicAuth,
    /// `Authorization: Bearer …`, or another scheme than Basic.
    BearerToken,
    /// A JSON Web Token.
    Jwt,
    /// A secret-like name with a random value.
    Assignment,
    /// A password-like name with a literal value.
    PasswordAssignment,
    /// Base64 runs whose decoded text has the rule's shape; no keyword is needed.
    Base64Text,
    /// A password option on the command line of a program that has one: `mysql -p…`, `--password …`.
    CommandPassword,
    /// `IDENTIFIED BY '…'`, `PASSWORD '…'` in a statement about a database user.
    SqlPassword,
    /// `machine … login … password …`.
    Netrc,
    /// A line of a PostgreSQL password file.
    PgPass,
    /// `user:hash`, a line of an Apache password file or of /etc/shadow.
    PasswordHash,
    /// `WIFI:S:…;P:…;;`, what the QR code of a network says.
    WifiCode,
    /// Words of the BIP-39 list that sum up.
    SeedPhrase,
    /// A literal argument that a well-known function takes as password or key.
    CallArgument,
    /// `password=` or `pwd=` in a semicolon-separated connection string (ADO, ODBC, JDBC, libpq, AMQP).
    ConnectionString,
}

/// What has to stand around a shape that is not enough alone.
#[derive(Debug)]
pub struct Near {
    /// Names the value may be given (variable, key, header, parameter), lower case without separators.
    /// Empty: any name that sounds like a secret.
    pub names: &'static [&'static str],
    /// Functions and constructors whose argument it may be, lower case.
    pub calls: &'static [&'static str],
    /// How far a keyword of the rule may stand from the value.
    pub scope: Scope,
}

/// How far context reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// Anywhere in the same file.
    File,
    /// At most so many lines away.
    Lines(u32),
}

/// An identifier that stands beside the secret.
#[derive(Debug)]
pub struct Companion {
    /// What a person calls it, for instance "Account SID".
    pub name: &'static str,
    /// Its shape.
    pub shape: Shape,
    /// Names that it must be given, lower case without separators, unless it is the argument right before the
    /// secret; empty: any place will do.
    pub names: &'static [&'static str],
    /// How far it may stand, lines.
    pub within_lines: u32,
}

impl Check {
    /// Whether a value proves itself, whatever stands around it: by a sum over all of it, in a form that nothing else has.
    pub fn stands_alone(self) -> bool {
        matches!(self, Check::AdoPatCrc32 | Check::Entra8qMarvin32)
    }
}

/// Offline proofs. The algorithms and their sources are in `checksum.rs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[allow(clippy::enum_variant_names, reason = "Base58Check is the name of the algorithm")]
pub enum Check {
    /// CRC-32 of what stands between the last underscore and the last six characters, base 62 (GitHub, npm, Vercel).
    #[serde(rename = "crc32-b62-6")]
    Crc32B62,
    /// CRC-32 of all before the last six characters, base 62 (Deno Deploy).
    #[serde(rename = "crc32-b62-6-of-all-before")]
    Crc32B62OfAll,
    /// The same with the digits 0-9a-zA-Z (Apify, Zentral).
    #[serde(rename = "crc32-b62a-6-of-all-before")]
    Crc32B62LowerOfAll,
    /// CRC-32 of all before the last underscore, base 62, behind it (Matrix).
    #[serde(rename = "crc32-b62-6-of-parts-before")]
    Crc32B62OfParts,
    /// CRC-32 of all before the last eight characters, lower-case hex (Private Packagist, Canva).
    #[serde(rename = "crc32-hex-of-all-before")]
    Crc32HexOfAll,
    /// CRC-32 of all before the last underscore, little-endian, hex (Grafana).
    #[serde(rename = "grafana-crc32-le-hex")]
    GrafanaCrc32,
    /// CRC-32 of the body without prefix and underscores, hex (Cloudflare, Zuplo).
    #[serde(rename = "crc32-hex-of-body")]
    Crc32HexOfBody,
    /// Length and CRC-32 in base 36 at the end of a GitLab routable token.
    #[serde(rename = "gitlab-routable-crc32-b36")]
    GitlabRoutable,
    /// CRC-32 of all before the last eight characters, upper-case hex (Atlassian, Bitbucket).
    #[serde(rename = "crc32-hex-upper-of-all-before")]
    Crc32HexUpperOfAll,
    /// CRC-32 of 54 characters, little-endian, base64 (Confluent Cloud).
    #[serde(rename = "confluent-crc32-le-b64")]
    ConfluentCrc32,
    /// CRC-32 spread over the 32 bytes of an older Azure DevOps token.
    #[serde(rename = "ado-pat-crc32")]
    AdoPatCrc32,
    /// Marvin32 in the last four bytes of an identifiable Azure key, base64.
    #[serde(rename = "ms-his-marvin32")]
    MsHisMarvin32,
    /// The same in base64url.
    #[serde(rename = "ms-his-marvin32-url")]
    MsHisMarvin32Url,
    /// Marvin32 at the end of a `JQQJ9` key (Azure).
    #[serde(rename = "ms-cask-marvin32")]
    MsCaskMarvin32,
    /// Marvin32 at the end of a Microsoft Entra client secret.
    #[serde(rename = "entra-8q-marvin32")]
    Entra8qMarvin32,
    /// The Bech32 sum (age, Nostr, Sui).
    #[serde(rename = "bech32")]
    Bech32,
    /// The Base58Check sum (Bitcoin).
    #[serde(rename = "base58check")]
    Base58Check,
    /// CRC-16 of a NATS nkey seed.
    #[serde(rename = "nkey-crc16")]
    NkeyCrc16,
    /// CRC-16 of a Stellar seed.
    #[serde(rename = "stellar-crc16")]
    StellarCrc16,
    /// The fixed bits of an X25519 private key (WireGuard): a hint, no proof.
    #[serde(rename = "x25519-clamp")]
    X25519Clamp,
    /// The sum at the end of a BIP-39 phrase: a hint, no proof.
    #[serde(rename = "bip39")]
    Bip39,
    /// The account number inside an AWS access key id.
    #[serde(rename = "aws-account-id-decode")]
    AwsAccountId,
    /// The owner's user number inside a fine-grained GitHub token.
    #[serde(rename = "github-fine-grained-owner")]
    GithubFineGrainedOwner,
    /// Digits, a colon and twenty bytes inside the base64 of an Atlassian Data Center token.
    #[serde(rename = "atlassian-dc-pat")]
    AtlassianDcPat,
    /// A macaroon whose location is a Python package index.
    #[serde(rename = "pypi-macaroon")]
    PypiMacaroon,
    /// A JWT whose header decodes to a JSON object with `alg`.
    #[serde(rename = "jwt")]
    Jwt,
    /// Base64 of 30 lower-case hex digits or of the first 30 characters of a UUID (Plivo).
    #[serde(rename = "plivo-token")]
    PlivoToken,
    /// The frame of a PKCS#8 private key in PEM armour, its line breaks written as `\n` (Google Cloud).
    #[serde(rename = "pkcs8-private-key")]
    Pkcs8PrivateKey,
    /// Eight groups of digits, each a number of 16 bits times eleven (BitLocker).
    #[serde(rename = "bitlocker-groups")]
    BitlockerGroups,
}

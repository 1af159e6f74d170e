//! `rules.yaml` and the `rules:` part of `.stanch.yaml`, as written.
//!
//! Unknown keys are errors. What a field means stands here once; `check.rs` says what is refused.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};

use super::rule::{ByName, Check, Confidence, Family, Parser, Severity};
use super::service::Service;

/// The whole file.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// Renamed rules: old id to new id, for ever.
    #[serde(default)]
    pub redirects: BTreeMap<String, String>,
    /// In alphabetical order of their keys.
    pub vendors: Vec<Vendor>,
}

/// A vendor and its credentials.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Vendor {
    /// kebab-case key.
    pub vendor: String,
    /// Name as the vendor writes it.
    pub name: String,
    /// Pages for all rules of the vendor that have none of their own.
    #[serde(default)]
    pub docs: Vec<String>,
    /// Words that speak of this vendor in a file; default: the key.
    #[serde(default)]
    pub words: Vec<String>,
    /// Vendors whose services are compatible with this one's, by their keys: programs give their secrets its names, and
    /// an address beside such a secret tells whose it is. `AWS_SECRET_ACCESS_KEY` may be MinIO's.
    #[serde(default)]
    pub compatible: Vec<String>,
    /// What the product does. A name that says which service its password is for, `DB_PASSWORD`, goes to no product of
    /// another one for what stands around it.
    pub service: Option<Service>,
    /// What of this vendor is no secret though it looks like one.
    #[serde(default)]
    pub public: Public,
    /// Advice shared by the vendor's rules.
    #[serde(default)]
    pub fix: Fix,
    /// Shared risks.
    #[serde(default)]
    pub risks: Vec<String>,
    /// The vendor's credentials whose form is known. There may be none: with advice of its own a vendor is known by the
    /// names that secrets are given, see `by_name.rs`.
    #[serde(default)]
    pub rules: Vec<Rule>,
}

/// Values that a vendor makes for everybody to see: keys for browsers and apps, ids of clients. They have the form of its
/// secrets, so it is where they stand that tells.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Public {
    /// How names end that are given such a value, lower case without separators: what a value is a member of counts as
    /// the start of its name. A longer name that a rule lists for its secret goes first, and none is taken that says
    /// "secret", "private", "admin" or "master" elsewhere.
    #[serde(default)]
    pub names: Vec<String>,
    /// Functions whose first argument is such a value, lower case.
    #[serde(default)]
    pub calls: Vec<String>,
    /// Ids of rules whose values ship with every page or app that uses them: they are told, and never block.
    #[serde(default)]
    pub shipped: Vec<String>,
    /// Whether names that a bundler writes into pages (`VITE_ACME_KEY`) are those of keys for them: they are told, and
    /// block only where the name says that the value is a secret.
    #[serde(default)]
    pub bundled: bool,
}

impl Vendor {
    /// Whether the form of any of its credentials is known.
    pub fn has_forms(&self) -> bool {
        self.rules.iter().any(|rule| rule.detect.by_name.is_none())
    }
}

/// The fix card. Every part must be there once vendor and rule are put together, but `call` and `safer` may be empty.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Fix {
    /// Steps, each with a place and a verb: "Open Console → Account → API keys."
    pub revoke: Option<Vec<String>>,
    /// API or CLI calls that revoke or rotate, in their order; one may stand without a list. An empty list says that
    /// there is none for a rule whose vendor has one.
    #[serde(default, deserialize_with = "one_or_more")]
    pub call: Option<Vec<String>>,
    /// Which log or page shows abuse.
    pub abuse: Option<Vec<String>>,
    /// What stops working when the credential is revoked.
    pub breaks: Option<String>,
    /// A safer kind of credential.
    pub safer: Option<String>,
    /// Environment variable for the replacement, for instance `ACME_API_KEY`.
    pub env: Option<String>,
}

/// A text, or a list of them.
pub(super) fn one_or_more<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Vec<String>>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum OneOrMore {
        One(String),
        More(Vec<String>),
    }
    OneOrMore::deserialize(deserializer).map(|read| match read {
        OneOrMore::One(text) => Some(vec![text]),
        OneOrMore::More(texts) => Some(texts),
    })
}

/// One kind of secret.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Rule {
    /// kebab-case, `vendor-thing`, stable for ever.
    pub id: String,
    /// What a person calls it.
    pub name: String,
    /// What sort of credential.
    pub family: Family,
    /// How bad a leak is.
    pub severity: Severity,
    /// Why, one sentence.
    pub severity_reason: String,
    /// How sure a plain match is.
    #[serde(default = "high")]
    pub confidence: Confidence,
    /// What it is.
    pub description: String,
    /// What an attacker does with it; default: the vendor's.
    #[serde(default)]
    pub risks: Vec<String>,
    /// How it is recognised.
    pub detect: Detect,
    /// Overrides parts of the vendor's fix.
    #[serde(default)]
    pub fix: Fix,
    /// Overrides the vendor's pages.
    #[serde(default)]
    pub docs: Vec<String>,
    /// Where the format was learned.
    pub source: String,
    /// Examples in generator syntax.
    pub examples: Examples,
    /// Whether it follows from its vendor and stands in no file, see `by_name.rs`.
    #[serde(skip)]
    pub is_derived: bool,
}

fn high() -> Confidence {
    Confidence::High
}

/// How it is recognised. Exactly one of `prefix`, `inside`, `keywords`-with-`near`, `parse` and `by-name` decides
/// what wakes the rule; `keywords` beside `prefix` or `inside` are context words for `near`, beside `by-name` they stand
/// for the vendor's words.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Detect {
    /// Literals (three bytes or more) that the secret starts with.
    #[serde(default)]
    pub prefix: Vec<String>,
    /// Literals (four bytes or more) that stand inside the secret.
    #[serde(default)]
    pub inside: Vec<String>,
    /// Words (three bytes or more, any case) in the context that wake the rule.
    #[serde(default)]
    pub keywords: Vec<String>,
    /// Small parser that finds the secret.
    pub parse: Option<Parser>,
    /// What it takes over of what generic rules find, where the value's name or surroundings speak of the vendor. The
    /// names of `near` are the only ones that the surroundings may give it.
    pub by_name: Option<ByName>,
    /// Regular expression (bytes, no Unicode classes, no look-around) of the secret alone.
    pub shape: Option<String>,
    /// What has to stand around it. Required with bare `keywords`.
    pub near: Option<Near>,
    /// Identifiers that stand beside the secret.
    #[serde(default)]
    pub companions: Vec<Companion>,
    /// Least Shannon entropy, bits a character.
    #[serde(default)]
    pub entropy: f32,
    /// Checksum or inner structure.
    pub check: Option<Check>,
    /// Values or words that are never this secret. `{}` stands for nothing, so that a well-known
    /// example value need not be written whole: `AKIAIOSFODNN{}7EXAMPLE`.
    #[serde(default)]
    pub not: Vec<String>,
}

impl Detect {
    /// The keywords of a parser that hold a sign, `pwd =`, as they are written where blanks align it with others.
    pub fn aligned_keywords(&self) -> impl Iterator<Item = String> {
        let keywords = self.keywords.iter().filter(|_| self.parse.is_some());
        let names = keywords.filter_map(|text| text.find(" =").map(|end| &text[..end]));
        names.flat_map(|name| ["  ", "\t"].map(|blanks| format!("{name}{blanks}")))
    }
}

/// Context.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Near {
    /// Names the value may be given; default: any that sounds like a secret.
    #[serde(default)]
    pub names: Vec<String>,
    /// Functions and constructors whose argument it may be.
    #[serde(default)]
    pub calls: Vec<String>,
    /// `file`, or a number of lines (default 3).
    #[serde(default)]
    pub within: Within,
}

/// `file` or a number of lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub enum Within {
    /// At most so many lines away.
    Lines(u32),
    /// Anywhere in the file.
    Word(WithinWord),
}

/// The one word that [`Within`] knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WithinWord {
    /// Anywhere in the file.
    File,
}

impl Default for Within {
    fn default() -> Self {
        Within::Lines(3)
    }
}

/// An identifier beside the secret.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Companion {
    /// What a person calls it.
    pub name: String,
    /// Its shape.
    pub shape: String,
    /// Names that it must be given, unless it is the argument right before the secret; lower case, any
    /// separator. For shapes that say nothing alone; empty: any place will do.
    #[serde(default)]
    pub names: Vec<String>,
    /// How far it may stand; default 10 lines.
    #[serde(default = "ten")]
    pub within_lines: u32,
}

fn ten() -> u32 {
    10
}

/// Examples in generator syntax.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Examples {
    /// Each must be found.
    #[serde(rename = "match")]
    pub matches: Vec<String>,
    /// In none may this rule be found.
    #[serde(rename = "ignore")]
    pub ignores: Vec<String>,
}

//! Small parsers for what is no regular shape: private keys, URLs, headers, assignments.
//!
//! Each starts at a keyword, looks no further than a fixed distance, and yields where the secret
//! stands, how sure that makes us, and why.

use std::borrow::Cow;
use std::ops::Range;

use crate::catalogue::{Catalogue, Confidence, Parser};
use crate::engine::names;
use crate::engine::value::{generated, words};

mod assigned;
mod assignment;
mod base64;
mod basic;
mod bytes;
mod call;
mod chosen;
mod columns;
mod command;
mod compared;
mod connection;
mod declaration;
mod der;
mod device;
mod drawn;
mod files;
mod forms;
mod header;
mod identifier;
mod list;
mod named;
mod node;
mod openpgp;
mod operand;
mod pair;
mod password;
mod pem;
mod phrase;
mod plain;
mod prose;
mod several;
mod sign;
mod signature;
mod sql;
mod stand_in;
mod table;
mod url;

pub(super) use assignment::{SHORTEST as SHORTEST_SECRET, is_stand_in};
pub(super) use call::{constructed, entitled};
pub(super) use device::vendor as device_vendor;
pub(super) use operand::only_wraps;
pub(super) use plain::is_stored_under;
pub(super) use several::LastList;
pub(super) use sql::dialect as sql_dialect;
pub(super) use url::{scheme_of, start_of as url_start};

/// What a parser found.
#[derive(Debug)]
pub(super) struct Parsed {
    pub(super) secret: Range<usize>,
    pub(super) confidence: Confidence,
    pub(super) why: Cow<'static, str>,
    /// Other parts: a user name.
    pub(super) parts: Vec<(&'static str, Range<usize>)>,
}

/// What a parser may know besides the bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Around<'t> {
    /// The keyword that woke it.
    pub(super) keyword: &'t [u8],
    /// Where that stands.
    pub(super) at: usize,
    /// The file's syntax, as far as its name tells.
    pub(super) syntax: super::Syntax,
    /// Who is known.
    pub(super) catalogue: &'t Catalogue,
    /// Whether forms are tried in which more than a sign stands between a name and its value.
    pub(super) may_be_far: bool,
    /// The list that was read last.
    pub(super) last_list: &'t LastList,
}

/// Runs one parser at a keyword.
pub(super) fn parse(parser: Parser, text: &[u8], around: Around<'_>) -> Vec<Parsed> {
    let found = match parser {
        Parser::Assignment => return assignment::secrets(text, around),
        Parser::PasswordAssignment => return password::passwords(text, around),
        Parser::PemPrivateKey => pem::private_key(text, around.at),
        Parser::UrlPassword => url::password(text, around),
        Parser::UrlToken => url::token(text, around),
        Parser::BasicAuth => basic::pair(text, around),
        Parser::BearerToken => header::token(text, around),
        Parser::CommandPassword => return command::passwords(text, around),
        Parser::SqlPassword => sql::password(text, around),
        Parser::PgPass => files::pgpass(text, around),
        Parser::Netrc => files::netrc(text, around),
        Parser::PasswordHash => forms::password_hash(text, around),
        Parser::WifiCode => forms::wifi(text, around),
        Parser::SeedPhrase => phrase::seed(text, around),
        Parser::CallArgument => call::argument(text, around),
        Parser::ConnectionString => connection::password(text, around),
        // The probe finds these (see `scan.rs`).
        Parser::Base64Text | Parser::Jwt => None,
    };
    found.into_iter().collect()
}

/// What a private key in text armour says it is.
pub(super) fn key_told(armour: &[u8]) -> Option<Cow<'static, str>> {
    pem::private_key(armour, 0).map(|parsed| parsed.why)
}

/// Runs a parser whose keyword stands in the file's name over the whole file: the name is what the value
/// is given to, or says how the file's lines are made up.
pub(super) fn named_file(parser: Parser, text: &[u8], keyword: &[u8]) -> Vec<Parsed> {
    let only = match parser {
        Parser::PgPass => return files::userlist(text),
        Parser::Assignment | Parser::PasswordAssignment => files::token_alone(text),
        Parser::SeedPhrase => phrase::alone(text),
        Parser::BasicAuth => basic::curl_settings(text),
        Parser::PasswordHash => forms::digest_file(text),
        Parser::Netrc => return files::logins(text, keyword),
        _ => None,
    };
    only.into_iter().collect()
}

/// How sure a password without a better proof makes us: letters mixed with digits or signs are hardly ever
/// prose; what reads like a word gets `word`.
fn password_confidence(password: &[u8], word: Confidence) -> Confidence {
    if crate::engine::value::weak::is_made_up(password) {
        return Confidence::Low;
    }
    let letters = password.iter().any(u8::is_ascii_alphabetic);
    let mixed = letters
        && password.iter().any(|b| {
            b.is_ascii_digit() || matches!(b, b'!' | b'@' | b'#' | b'$' | b'%' | b'^' | b'&' | b'*' | b'+')
        });
    // Sixteen small letters are an app password of Google.
    let is_app = password.len() == 16
        && password.iter().all(u8::is_ascii_lowercase)
        && !words::reads_like_words(password);
    let is_drawn = has_drawn_case(password) || is_unspeakable(password);
    if password.len() >= 6 && mixed || is_app || crate::engine::value::weak::is_phrase(password) || is_drawn {
        Confidence::Medium.max(word)
    } else {
        word
    }
}

/// Whether small letters, with a number behind them or not, were drawn: six consonants follow each other, as in no
/// word, or they run as in none.
fn is_unspeakable(password: &[u8]) -> bool {
    const LONG: usize = 16;
    let digits = password.iter().rev().take_while(|b| b.is_ascii_digit()).count();
    let password = &password[..password.len() - digits];
    let is_consonant = |b: &u8| !matches!(b, b'a' | b'e' | b'i' | b'o' | b'u' | b'y');
    let is_clogged = || password.split(|b| !is_consonant(b)).any(|run| run.len() >= 6);
    password.len() >= 8
        && password.iter().all(u8::is_ascii_lowercase)
        && (is_clogged() || password.len() >= LONG && words::is_noise(password))
        && !words::reads_like_words(password)
        && !crate::engine::value::weak::is_made_up(password)
}

/// Whether letters alone were drawn: their case changes where no word's does (`fMlLDZIPgRVO`), or six
/// consonants follow each other (`tdpdmtyHYPvq`).
fn has_drawn_case(password: &[u8]) -> bool {
    let rises =
        password.windows(2).filter(|w| w[0].is_ascii_lowercase() && w[1].is_ascii_uppercase()).count();
    let falls =
        password.windows(2).filter(|w| w[0].is_ascii_uppercase() && w[1].is_ascii_lowercase()).count();
    let is_consonant = |b: &u8| !matches!(b.to_ascii_lowercase(), b'a' | b'e' | b'i' | b'o' | b'u' | b'y');
    let is_clogged = || {
        let mut runs = password.split(|b| !is_consonant(b));
        rises + falls > 0 && runs.any(|run| run.len() >= 6)
    };
    password.len() >= 8
        && password.iter().all(u8::is_ascii_alphabetic)
        && (rises >= 2 && (rises + falls) * 4 >= password.len() || is_clogged())
        && !words::reads_like_words(password)
        && !words::is_of_words(password)
}

/// Whether a password can be typed: signs without blanks, few of them of other alphabets (`Wählscheibe1974`), since labels
/// are translated.
fn is_typed(password: &[u8]) -> bool {
    let others = password.iter().filter(|b| !b.is_ascii()).count();
    password.iter().all(|b| b.is_ascii_graphic() || *b >= 0x80)
        && others * 4 <= password.len()
        && (others == 0 || std::str::from_utf8(password).is_ok())
}

/// Whether a password is one that everybody knows, or no password at all: a variable, a template, a
/// name to be replaced (`AUTH_TOKEN`).
fn is_weak(password: &[u8], user: &[u8]) -> bool {
    crate::engine::value::weak::is_known(password, user)
        || is_of_names(password, user)
        || crate::engine::value::entropy::is_placeholder(password)
        || is_reference(password)
        || is_constant_name(password)
}

/// Whether user and password are what a manual calls them: `consumer_key:consumer_secret`.
fn is_of_names(password: &[u8], user: &[u8]) -> bool {
    let head = |name: &[u8]| memchr::memchr(b'_', name).filter(|at| *at > 1);
    let is_name = |name: &[u8]| name.iter().all(|b| b.is_ascii_lowercase() || *b == b'_');
    let is_secret = || names::role(password) == names::Role::Secret;
    head(user).is_some_and(|at| password.starts_with(&user[..=at]))
        && is_name(user)
        && is_name(password)
        && is_secret()
}

/// A name to be replaced, or of a constant: `AUTH_TOKEN`, `KRB5_PASSWORD`; of a variable that a batch file reads late:
/// `!DB_PASSWORD!`.
fn is_constant_name(value: &[u8]) -> bool {
    let late = value.strip_prefix(b"!").and_then(|value| value.strip_suffix(b"!"));
    let value = late.filter(|name| !name.is_empty()).unwrap_or(value);
    let digits = value.iter().filter(|b| b.is_ascii_digit()).count();
    let has_parts = value.contains(&b'_') && value[0].is_ascii_uppercase();
    value.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_')
        && (digits == 0 || has_parts && digits * 4 <= value.len() && !drawn::holds_drawn(value))
}

/// The name of a service that a container holds: `@app.password_generator` of Symfony. One without a dot may as well be
/// a password, `@dark_night`: what it is, its file tells.
fn is_service(name: &[u8]) -> bool {
    name.contains(&b'.') && name.iter().all(|b| b.is_ascii_lowercase() || matches!(b, b'_' | b'.'))
}

/// Whether a value only refers to a secret: `${X}`, `$X`, `%s`, `{{ x }}`, `<x>`, `@X@`. Of what was drawn from all signs the
/// form as a whole tells it, no single sign.
fn is_reference(value: &[u8]) -> bool {
    is_marked(value)
        && (!generated::is_generated(value)
            || generated::holds_template(value)
            || generated::names_scheme(value)
            || is_glue(value))
}

/// The text between two literals, which are joined to it: `'--password='.$password['x']`.
fn is_glue(value: &[u8]) -> bool {
    let is_joint = |b: &u8| matches!(b, b'.' | b'+');
    value.first().is_some_and(is_joint)
        && value.last().is_some_and(|b| is_joint(b) || matches!(b, b'[' | b'(' | b'{'))
}

/// Whether a sign of a reference stands in a value.
fn is_marked(value: &[u8]) -> bool {
    // `%NAME%`, `%(name)s`, `%F0%9F`.
    let is_percent_form = |value: &[u8]| {
        let is_escape = || value[1..3].iter().all(u8::is_ascii_hexdigit);
        value.len() < 4 || value.ends_with(b"%") || value[1] == b'(' || is_escape()
    };
    let first = value.first().copied().unwrap_or_default();
    let braced = memchr::memchr(b'{', value).is_some_and(|at| memchr::memchr(b'}', &value[at..]).is_some());
    // The text between two literals: `'--password='.$password['x']`.
    let glue = matches!(first, b'.' | b'+') && value.iter().any(|b| matches!(b, b'$' | b'[' | b'('));
    braced
        || glue
        || value.starts_with(b"@@")
        || first == b'@'
            && value.len() > 1
            && (is_constant_name(value.trim_ascii_end().strip_suffix(b"@").unwrap_or(value).split_at(1).1)
                || is_service(&value[1..]))
        || first == b'%' && is_percent_form(value)
        || matches!(first, b'$' | b'{' | b'<' | b'[' | b'*' | b'&' | b'#' | b'`')
        || [&b"${"[..], b"{{", b"$(", b"%(", b"#{", b"\\(", b"{0}", b"{}", b"%s", b"%v"]
            .iter()
            .any(|mark| crate::memmem::find(value, mark).is_some())
}

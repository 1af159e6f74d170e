//! Small parsers for what is no regular shape: private keys, URLs, headers, assignments.
//!
//! Each starts at a keyword, looks no further than a fixed distance, and yields where the secret
//! stands, how sure that makes us, and why.

use std::borrow::Cow;
use std::ops::Range;

use crate::catalogue::{Confidence, Parser};

mod assignment;
mod pem;
mod url;

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
}

/// Runs one parser at a keyword.
pub(super) fn parse(parser: Parser, text: &[u8], around: Around<'_>) -> Option<Parsed> {
    match parser {
        Parser::PemPrivateKey => pem::private_key(text, around.at),
        Parser::UrlPassword => url::password(text, around),
        Parser::BasicAuth => url::basic(text, around),
        Parser::BearerToken => assignment::bearer(text, around),
        Parser::Assignment => assignment::secret(text, around),
        Parser::PasswordAssignment => assignment::password(text, around),
        Parser::ConnectionString => url::connection_string(text, around),
        // The probe finds these (see `scan.rs`).
        Parser::Base64Text | Parser::Jwt => None,
    }
}

/// Whether a password is one that everybody knows, or no password at all: a variable, a template, a
/// name to be replaced (`AUTH_TOKEN`).
fn is_weak(password: &[u8], user: &[u8]) -> bool {
    #[rustfmt::skip]
    const WEAK: &[&str] = &[
        "password", "passwd", "pass", "pwd", "secret", "postgres", "root", "admin", "test", "testing", "user", "username", "guest",
        "mysql", "redis", "mongo", "mongodb", "rabbitmq", "minio", "minioadmin", "docker", "dev", "local", "default", "1234", "12345",
        "123456", "1234567", "12345678", "123456789", "qwerty", "letmein", "welcome", "changeme", "example", "foo", "bar", "baz",
        "xxx", "xxxx", "token", "apikey", "api_key", "mypassword", "mysecretpassword", "secretpassword", "pw", "x-oauth-basic",
        "password1", "password123", "pass123", "test123", "admin123", "hunter2", "passw0rd", "p@ssw0rd", "s3cr3t", "none", "null", "empty",
        "x", "oauth2", "abc", "abc123", "hello", "world", "foobar", "sa", "oracle", "db", "dbpass", "dbpassword", "db_password", "somepassword", "userpass", "userpassword",
        "supersecret", "mysecret", "topsecret", "verysecret", "thepassword", "a_password", "notasecret", "not-a-secret", "nopassword",
    ];
    let lower = password.to_ascii_lowercase();
    password.eq_ignore_ascii_case(user)
        || WEAK.iter().any(|weak| lower == weak.as_bytes())
        || super::entropy::is_placeholder(password)
        || is_reference(password)
        || password.iter().all(|b| b.is_ascii_uppercase() || *b == b'_')
        || lower.first().is_some_and(|first| lower.iter().all(|b| b == first))
}

/// Whether a value only refers to a secret: `${X}`, `$X`, `%s`, `{{ x }}`, `<x>`, `:x`.
fn is_reference(value: &[u8]) -> bool {
    let first = value.first().copied().unwrap_or_default();
    let braced = memchr::memchr(b'{', value).is_some_and(|at| memchr::memchr(b'}', &value[at..]).is_some());
    braced
        || matches!(first, b'$' | b'{' | b'<' | b'%' | b'[' | b'*' | b'&' | b'#' | b'`')
        || [&b"${"[..], b"{{", b"$(", b"%(", b"#{", b"\\(", b"{0}", b"{}", b"%s", b"%v"]
            .iter()
            .any(|mark| memchr::memmem::find(value, mark).is_some())
}

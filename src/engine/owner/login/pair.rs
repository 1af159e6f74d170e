//! Keys in the place of a user or of a password, which services give to programs: `-u KEY:X`, `kim@acme.io/token:KEY`.

use crate::catalogue::Parser;
use crate::engine::owner::login::Login;
use crate::engine::syntax::neighbour;
use crate::engine::value::{entropy, words};
use crate::engine::{names, parse};

/// Shortest password that nobody chose, bytes.
const SHORTEST_DRAWN: usize = 32;

/// How far before a password its user is looked for, bytes.
const LONGEST_USER: usize = 160;

impl Login<'_> {
    /// Whether a key stands where a user would, `username: "KEY", password: ""`, or the user says that it is no password.
    pub(in crate::engine) fn is_key(&self) -> bool {
        let is_user =
            |name: &&[u8]| matches!(names::normalized(name).as_str(), "username" | "user" | "login");
        let stands_as_user = match self.parser {
            Parser::BasicAuth => self.text[self.value.end..].starts_with(b":"),
            Parser::PasswordAssignment => self.located.names.first().is_some_and(is_user),
            _ => false,
        };
        stands_as_user || is_password_of_token(self.text, self.value.start)
    }

    /// Whether nobody chose the password: it is long, or the random second of a pair.
    pub(in crate::engine) fn is_drawn(&self) -> bool {
        let value = &self.text[self.value.clone()];
        let is_of_pair = matches!(self.parser, Parser::CallArgument | Parser::BasicAuth);
        let digits = value.iter().filter(|b| b.is_ascii_digit()).count();
        let is_hex = value.iter().all(u8::is_ascii_hexdigit) && digits < value.len();
        let is_long = value.len() >= SHORTEST_DRAWN;
        let is_key = is_of_pair && value.len() >= parse::SHORTEST_SECRET && digits >= 2;
        (is_long || is_key && (is_hex || entropy::looks_random(value, 0.0)))
            && (is_hex || !words::reads_like_words(value))
    }

    /// Whether the password is kept as its digest: hex of that length under no other name, as tables of accounts have it.
    pub(in crate::engine) fn is_hash(&self) -> bool {
        let value = &self.text[self.value.clone()];
        let is_password = |name: &&[u8]| names::normalized(name) == "password";
        matches!(value.len(), 32 | 40 | 64)
            && value.iter().all(u8::is_ascii_hexdigit)
            && self.located.names.first().is_some_and(is_password)
    }

    /// Whether the call that the password is an argument of begins with an address.
    pub(in crate::engine) fn names_its_call(&self) -> bool {
        let is_address = |line: &[u8]| crate::memmem::find(line, b"://").is_some();
        self.hosts().next().is_some()
            || neighbour::openers(self.text, self.value.start).next().is_some_and(is_address)
    }
}

/// Whether the user before a password says that it is no password: `kim@acme.com/token`, as Zendesk's have it.
fn is_password_of_token(text: &[u8], at: usize) -> bool {
    const SIGN: &[u8] = b"/token";
    let lead = &text[at.saturating_sub(LONGEST_USER)..at];
    let is_edge = |b: &u8| matches!(b, b'"' | b'\'' | b':') || b.is_ascii_whitespace();
    memchr::memmem::rfind_iter(lead, SIGN).any(|found| {
        let user = lead[..found].rsplit(is_edge).next().unwrap_or_default();
        lead.get(found + SIGN.len()).is_some_and(is_edge) && user.contains(&b'@')
    })
}

//! Literals that are given to secret-like names, for secrets that no vendor's rule knows.

use std::borrow::Cow;
use std::ops::Range;

use super::assigned::assigned;
use super::chosen::is_chosen;
use super::drawn::{drawn_part, looks_drawn};
use super::named::named;
use super::plain::{
    escaped_bytes, is_joined, is_opaque, is_plain, is_plain_as, is_resource_name, is_scrambled,
};
use super::sign::{self, Sign};
use super::{
    Around, Parsed, bytes, has_drawn_case, identifier, is_unspeakable, is_weak, pair, several, stand_in,
};
use crate::catalogue::{Catalogue, Confidence};
use crate::engine::Syntax;
use crate::engine::locate::locate;
use crate::engine::names::{self, Role};
use crate::engine::owner::{self, Words, structure, witness};
use crate::engine::syntax::neighbour::line_before;
use crate::engine::value::{entropy, generated, weak, words};
use crate::part::start_in;

/// Longest name, and longest gap between a name and its value, bytes.
pub(super) const LONGEST_NAME: usize = 80;
pub(super) const LONGEST_GAP: usize = 40;

/// Shortest random value, shortest one of which all kinds of characters are known, and shortest of letters alone, bytes.
pub(in crate::engine) const SHORTEST: usize = 16;
const SHORTEST_MIXED: usize = 12;
const LONG: usize = 20;

/// The random values given to a name that sounds like a secret.
pub(super) fn secrets(text: &[u8], around: Around<'_>) -> Vec<Parsed> {
    let name = named(text, around);
    if let Some(list) = bytes::listed(text, &name) {
        return vec![found(text, name, list, Confidence::Medium, "a list of bytes that look random")];
    }
    let sign = sign::behind(text, &name, around.syntax);
    let weigh = |(value, quoted)| weigh(text, around, name.clone(), value, quoted);
    let several = several::weighed(text, around, (&name, &sign), several::Kind::Secrets, weigh);
    several.unwrap_or_else(|| match secret(text, around, name.clone(), &sign) {
        Some(found) => vec![found],
        None => stand_in::values(text, around, &sign).into_iter().filter_map(weigh).collect(),
    })
}

/// A random value given to a name that sounds like a secret.
fn secret(text: &[u8], around: Around<'_>, name: Range<usize>, sign: &Sign) -> Option<Parsed> {
    if let Some(pairs) = bytes::paired(text, &name) {
        return Some(found(text, name, pairs, Confidence::Medium, "random bytes in hexadecimal"));
    }
    let (name, value, quoted) = assigned(text, around, name, sign)?;
    weigh(text, around, name, value, quoted)
}

/// Whether a literal that a name is given is a secret.
fn weigh(
    text: &[u8],
    around: Around<'_>,
    name: Range<usize>,
    value: Range<usize>,
    quoted: bool,
) -> Option<Parsed> {
    let in_place = pair::in_place(text, &name);
    // Helm's `checksum/secret: …` is one of a template.
    let is_checksum = text[..name.start].ends_with(b"checksum/");
    let is_of_place = matches!(around.keyword.first(), Some(b'"' | b'\'')) || around.keyword.contains(&b'[');
    if is_checksum || in_place == Some(false) && is_of_place {
        return None;
    }
    let is_secret = |name: &[u8]| names::role(name) == Role::Secret;
    if let Some(value) = escaped_bytes(text, &value).filter(|_| is_secret(&text[name.clone()])) {
        return Some(found(text, name, value, Confidence::Medium, "random bytes"));
    }
    let value = bare(text, value);
    if around.keyword.ends_with(b"key=") && is_document(&text[..name.start]) {
        return None;
    }
    let given = Given::new(text, around, &name, &value, quoted);
    let bytes = given.bytes;
    if bytes.len() < SHORTEST && !(quoted && is_mixed(bytes)) && !given.is_short_key(around.syntax) {
        return shared(text, name, value, around.syntax);
    }
    let sounds = in_place == Some(true) || given.says_secret();
    if sounds && is_drawn_uuid(bytes) && given.is_of_key() {
        return Some(found(text, name, value, Confidence::Medium, "a random UUID"));
    }
    if is_for_phrases(given.name) && weak::is_long_phrase(bytes) {
        return Some(found(text, name, value, Confidence::Medium, "a passphrase"));
    }
    let scrambled = sounds && quoted && is_scrambled(bytes);
    if !sounds || !scrambled && !given.is_opaque() {
        return shared(text, name, value, around.syntax);
    }
    if given.is_label_of_disk() || given.reads_like_words() {
        return None;
    }
    if !scrambled && !given.is_random() {
        return shared(text, name, value, around.syntax);
    }
    if given.is_something_else() {
        return None;
    }
    let confidence = match quoted && bytes.len() >= 24 {
        _ if is_stand_in(given.name) => Confidence::Low,
        true => Confidence::High,
        false => Confidence::Medium,
    };
    Some(found(text, name, value, confidence, "a random value"))
}

/// A name and the literal that it is given.
struct Given<'t> {
    text: &'t [u8],
    catalogue: &'t Catalogue,
    name: &'t [u8],
    value: Range<usize>,
    bytes: &'t [u8],
    /// Whether it was drawn from letters, digits and any signs, where no single sign says what it is.
    is_generated: bool,
}

impl<'t> Given<'t> {
    fn new(
        text: &'t [u8],
        around: Around<'t>,
        name: &Range<usize>,
        value: &Range<usize>,
        quoted: bool,
    ) -> Self {
        let bytes = &text[value.clone()];
        let is_generated = (quoted || around.syntax == Syntax::Bare)
            && bytes.len() >= SHORTEST
            && generated::is_generated(bytes);
        let (name, value) = (&text[name.clone()], value.clone());
        Given { text, catalogue: around.catalogue, name, value, bytes, is_generated }
    }

    /// Whether the name says that it holds a secret. A consumer key is the public half; where a vendor's is not, its rule
    /// says so. And the tables of a parser that Lezer makes.
    fn says_secret(&self) -> bool {
        let name = self.name;
        let is_public = || {
            name == b"tokenData" || names::words(name).ends_with(&["consumer".to_owned(), "key".to_owned()])
        };
        let is_doubtful =
            || names::is_doubtful_setting(name) && is_surely_drawn(self.bytes, name.ends_with(b"KEY"));
        (names::role(name) == Role::Secret || is_doubtful()) && !is_public()
    }

    /// Whether the name is that of a key for a service, or stands where such a one does.
    fn is_of_key(&self) -> bool {
        is_strong_name(self.name)
            || is_noted_of_vendor(self.text, self.name, self.catalogue)
            || owner::in_name(self.name, Words::of_vendors(self.catalogue)).is_some()
            || is_placed(self.text, self.name, &self.value, self.catalogue)
    }

    /// Whether a setting with the name of a service's key holds a short one: without quotes too, and with a single digit where
    /// its letters change their case as in no word.
    fn is_short_key(&self, syntax: Syntax) -> bool {
        let digits = self.bytes.iter().filter(|b| b.is_ascii_digit()).count();
        let is_drawn = || {
            let letters: Vec<u8> = self.bytes.iter().copied().filter(u8::is_ascii_alphabetic).collect();
            digits > 0 && letters.len() + digits == self.bytes.len() && has_drawn_case(&letters)
        };
        syntax == Syntax::Bare
            && self.bytes.len() >= SHORTEST_MIXED
            && is_strong_name(self.name)
            && (is_mixed(self.bytes) || is_drawn())
    }

    /// Whether the value is neither words nor anything else that can be read.
    fn is_opaque(&self) -> bool {
        let bytes = self.bytes;
        (is_opaque(unnumbered(bytes)) || is_joined(bytes) || self.is_generated)
            && !is_weak(bytes, b"")
            && !is_plain_as(self.name, bytes)
    }

    fn is_label_of_disk(&self) -> bool {
        let sign = memchr::memchr(b'=', self.bytes);
        sign.is_some_and(|at| entropy::is_uuid(&self.bytes[at + 1..]))
    }

    fn reads_like_words(&self) -> bool {
        let plain = super::url::percent_decoded(self.bytes);
        plain.contains(&b' ') && words::reads_like_words(&plain)
    }

    fn is_random(&self) -> bool {
        let (bytes, core) = (self.bytes, drawn_part(self.bytes));
        let has_digit = bytes.iter().any(u8::is_ascii_digit);
        // A prefix may stand before the letters: `sk_…`.
        let letters = core.rsplit(|b| *b == b'_').next().unwrap_or_default();
        let is_drawn = || {
            has_digit
                || letters.len() >= LONG && has_drawn_case(letters)
                || letters.len() >= SHORTEST && is_strong_name(self.name) && has_drawn_case(letters)
                || letters.len() >= SHORTEST && is_unspeakable(letters)
        };
        let has_letter = || bytes.iter().any(u8::is_ascii_alphabetic);
        (self.is_generated || is_drawn() && has_letter() && entropy::looks_random(core, 0.0))
            && !weak::hides_nothing(bytes)
            && !weak::spells_words(core)
    }

    /// Whether a random value is no secret: a number, an id, an address, or sealed.
    fn is_something_else(&self) -> bool {
        let (bytes, name) = (self.bytes, self.name);
        let is_number = bytes.len() <= 22 && (bytes.starts_with(b"0x") || bytes.starts_with(b"0X"));
        // `…KeyToken=` is what is left of .NET's public key tokens where a line was cut.
        let is_cut = bytes.len() == 16 && names::normalized(name).ends_with("keytoken");
        is_cut
            || is_number
            || identifier::is_filed(name, bytes, drawn_part(bytes)) && !self.is_of_key()
            || pair::is_sealed(self.text, self.value.start)
            || is_resource_name(bytes)
            || identifier::is_signer(name, bytes)
            || identifier::is_access_id(name, bytes)
            || identifier::is_id_of_pair(self.text, name, &self.value)
            || identifier::is_push_address(name, bytes)
    }
}

/// Whether a name is that of a setting which people fill with what their password manager draws: `SESSION_SECRET`.
fn is_for_phrases(name: &[u8]) -> bool {
    name.ends_with(b"SECRET")
        && name.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_')
}

/// Whether a value is as long and as random as keys and tokens are: no number of a thing, nor one in hex or
/// of one case where that may be a digest.
fn is_surely_drawn(value: &[u8], may_be_digest: bool) -> bool {
    const SHORTEST: usize = 32;
    let has = |class: fn(&u8) -> bool| value.iter().any(class);
    let is_mixed = || has(u8::is_ascii_uppercase) && has(u8::is_ascii_lowercase);
    value.len() >= SHORTEST
        && !entropy::is_uuid(value)
        && has(u8::is_ascii_digit)
        && (!may_be_digest || is_mixed() && !value.iter().all(u8::is_ascii_hexdigit))
        && looks_drawn(value)
}

/// A UUID that was drawn: not of version 1, the time and place where it was made, as interfaces of Windows
/// have.
pub(super) fn is_drawn_uuid(value: &[u8]) -> bool {
    entropy::is_uuid(value) && !entropy::is_regular(value) && value[14] != b'1'
}

/// A secret that two sides share and somebody chose, as a password: `secret=…` in a section of Asterisk's or FreeRADIUS'.
fn shared(text: &[u8], name: Range<usize>, value: Range<usize>, syntax: Syntax) -> Option<Parsed> {
    if syntax != Syntax::Bare || !text[name.clone()].eq_ignore_ascii_case(b"secret") {
        return None;
    }
    let bytes = &text[value.clone()];
    // A line of its own, as settings have it: nothing but its indentation stands before it.
    let lead = &text[name.start.saturating_sub(LONGEST_NAME)..name.start];
    let indented = lead.len() - lead.iter().rev().take_while(|b| matches!(b, b' ' | b'\t')).count();
    let stands_alone = lead[..indented].last().map_or(name.start == lead.len(), |b| *b == b'\n');
    let is_given = text[name.end..value.start].contains(&b'=');
    let digits = bytes.iter().filter(|b| b.is_ascii_digit()).count();
    let inner = bytes.get(1..bytes.len().saturating_sub(1)).unwrap_or_default();
    // `hoRp4kavi`: a digit and a capital where no word has them.
    let is_mixed = || inner.iter().any(u8::is_ascii_digit) && inner.iter().any(u8::is_ascii_uppercase);
    let is_strong = bytes.len() >= 8 && (digits >= 2 || is_mixed()) && bytes.iter().all(u8::is_ascii_graphic);
    let is_ours =
        stands_alone && is_given && is_strong && is_chosen(bytes) && !is_weak(bytes, b"") && !is_plain(bytes);
    is_ours.then(|| found(text, name, value, Confidence::Medium, "a literal"))
}

/// Whether the address of a spreadsheet stands before a `key=`: the number of a document.
fn is_document(before: &[u8]) -> bool {
    let url = &before[before.len().saturating_sub(LONGEST_NAME)..];
    crate::memmem::find(url, b"google.com/").is_some()
}

/// A value without what only says how it is written: `base64:…` of Laravel, `Bearer …`, blanks inside the quotes.
fn bare(text: &[u8], value: Range<usize>) -> Range<usize> {
    let written = &text[value.clone()];
    let start = written.len() - written.trim_ascii_start().len();
    let end = value.start + start + written.trim_ascii().len();
    let lead = [&b"base64:"[..], b"Bearer ", b"bearer ", b"Token "]
        .into_iter()
        .find(|lead| written[start..].starts_with(lead))
        .map_or(0, <[u8]>::len);
    (value.start + start + lead).min(end)..end
}

/// A value without the number of its row, as Laravel's Sanctum puts it before a token: `17|…`.
fn unnumbered(value: &[u8]) -> &[u8] {
    let digits = value.iter().take_while(|b| b.is_ascii_digit()).count();
    if (1..=9).contains(&digits) { value[digits..].strip_prefix(b"|").unwrap_or(value) } else { value }
}

/// Whether a short value mixes both cases with digits: nobody's word, and no number of anything.
pub(super) fn is_mixed(value: &[u8]) -> bool {
    let digits = value.iter().filter(|b| b.is_ascii_digit()).count();
    value.len() >= SHORTEST_MIXED
        && digits >= 2
        && value.iter().any(u8::is_ascii_lowercase)
        && value.iter().any(u8::is_ascii_uppercase)
        && value.iter().all(u8::is_ascii_alphanumeric)
}

/// A name that says its value stands in for a real one, or is none: `mockToken`, `FAKE_SECRET`, `invalid_key`.
pub(in crate::engine) fn is_stand_in(name: &[u8]) -> bool {
    const WORDS: [&str; 15] = [
        "mock",
        "mocked",
        "fake",
        "dummy",
        "stub",
        "sample",
        "example",
        "invalid",
        "bogus",
        "nonexistent",
        "existent",
        "nonexisting",
        "malformed",
        "garbage",
        "empty",
    ];
    names::words(name).iter().any(|word| WORDS.contains(&word.as_str()))
}

/// A name of a key or token for a service; under others a UUID is most often the number of a thing.
pub(super) fn is_strong_name(name: &[u8]) -> bool {
    const ENDS: [&str; 13] = [
        "hmackey",
        "signingkey",
        "secret",
        "apikey",
        "apitoken",
        "authtoken",
        "accesstoken",
        "clientsecret",
        "secretkey",
        "apisecret",
        "accesskey",
        "bearertoken",
        "clientsec",
    ];
    let name = names::normalized(name);
    ENDS.iter().any(|end| name.ends_with(end))
}

/// Whether a note says of what vendor's a token is, `postmark server token -> …`: the words before it on its line.
fn is_noted_of_vendor(text: &[u8], name: &[u8], catalogue: &Catalogue) -> bool {
    let lead = line_before(text, start_in(text, name), LONGEST_NAME);
    let is_of_words = |b: &u8| b.is_ascii_alphanumeric() || b" -*[]".contains(b);
    let ends = text[start_in(text, name) + name.len()..].trim_ascii_start();
    ends.starts_with(b"-> ")
        && lead.iter().all(is_of_words)
        && owner::in_name(lead, Words::of_vendors(catalogue)).is_some()
}

/// Whether a token stands in a query that goes to a known vendor, or in a section or an object of such a one.
fn is_placed(text: &[u8], name: &[u8], value: &Range<usize>, catalogue: &Catalogue) -> bool {
    let words = Words::of_vendors(catalogue);
    let before = &text[..start_in(text, name)];
    if matches!(before.last(), Some(b'?' | b'&')) {
        return witness::hosted(text, value, words).is_some();
    }
    let is_token = names::words(name).last().is_some_and(|last| !matches!(last.as_str(), "key" | "keys"));
    is_token && structure::owner(&locate(text, value.clone()), text, value, words).is_some()
}

pub(super) fn found(
    text: &[u8],
    name: Range<usize>,
    value: Range<usize>,
    confidence: Confidence,
    what: &str,
) -> Parsed {
    let name: String = String::from_utf8_lossy(&text[name]).chars().filter(|c| !c.is_control()).collect();
    Parsed {
        secret: value,
        confidence,
        why: Cow::Owned(format!("{what} given to `{name}`")),
        parts: Vec::new(),
    }
}

//! Literals that are given to secret-like names, for secrets that no vendor's rule knows.

use std::borrow::Cow;
use std::ops::Range;

use super::chosen::is_chosen;
use super::drawn::{drawn_part, looks_drawn};
use super::named::{is_first_argument, named};
use super::operand::{self, said, skip};
use super::plain::{
    escaped_bytes, is_joined, is_opaque, is_plain, is_plain_as, is_resource_name, is_scrambled,
};
use super::sign::{self, MOST_BLANKS, Sign};
use super::{
    Around, Parsed, bytes, compared, has_drawn_case, header, identifier, is_unspeakable, is_weak, node, pair,
    prose, several, stand_in,
};
use crate::catalogue::{Catalogue, Confidence};
use crate::engine::Syntax;
use crate::engine::locate::locate;
use crate::engine::names::{self, Role};
use crate::engine::owner::{self, Words, structure, witness};
use crate::engine::syntax::given::tuple;
use crate::engine::syntax::{fed, given, trivia};
use crate::engine::value::{entropy, generated, weak, words};

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
    // Helm's `checksum/secret: …` is one of a template.
    if text[..name.start].ends_with(b"checksum/") {
        return None;
    }
    let in_place = pair::in_place(text, &name);
    if in_place == Some(false) && matches!(around.keyword.first(), Some(b'"' | b'\'')) {
        return None;
    }
    if let Some(value) =
        escaped_bytes(text, &value).filter(|_| names::role(&text[name.clone()]) == Role::Secret)
    {
        return Some(found(text, name, value, Confidence::Medium, "random bytes"));
    }
    let value = bare(text, value);
    if around.keyword.ends_with(b"key=") && is_document(&text[..name.start]) {
        return None;
    }
    let bytes = &text[value.clone()];
    if bytes.len() < SHORTEST && !(quoted && is_mixed(bytes)) {
        return shared(text, name, value, around.syntax);
    }
    // A consumer key is the public half; where a vendor's is not, its rule says so. And the tables of a parser that
    // Lezer makes.
    let is_public = |name: &[u8]| {
        name == b"tokenData" || names::words(name).ends_with(&["consumer".to_owned(), "key".to_owned()])
    };
    let is_doubtful =
        |name: &[u8]| names::is_doubtful_setting(name) && is_surely_drawn(bytes, name.ends_with(b"KEY"));
    let says_secret =
        |name: &[u8]| (names::role(name) == Role::Secret || is_doubtful(name)) && !is_public(name);
    let sounds = in_place == Some(true) || says_secret(&text[name.clone()]);
    // Drawn from letters, digits and any signs, where no single sign says what it is.
    let is_generated = (quoted || around.syntax == Syntax::Bare)
        && bytes.len() >= SHORTEST
        && generated::is_generated(bytes);
    let usual = || {
        (is_opaque(unnumbered(bytes)) || is_joined(bytes) || is_generated)
            && !is_weak(bytes, b"")
            && !is_plain_as(&text[name.clone()], bytes)
    };
    let scrambled = sounds && quoted && is_scrambled(bytes);
    let is_key = |name: &[u8]| {
        is_strong_name(name)
            || owner::in_name(name, Words::of_vendors(around.catalogue)).is_some()
            || is_placed(text, name, &value, around.catalogue)
    };
    if sounds && is_drawn_uuid(bytes) && is_key(&text[name.clone()]) {
        return Some(found(text, name, value, Confidence::Medium, "a random UUID"));
    }
    if is_for_phrases(&text[name.clone()]) && weak::is_long_phrase(bytes) {
        return Some(found(text, name, value, Confidence::Medium, "a passphrase"));
    }
    if !sounds || !scrambled && !usual() {
        return shared(text, name, value, around.syntax);
    }
    let digits = bytes.iter().filter(|b| b.is_ascii_digit()).count();
    let letters = bytes.iter().filter(|b| b.is_ascii_alphabetic()).count();
    let core = drawn_part(bytes);
    // A prefix may stand before the letters: `sk_…`.
    let letters_alone = core.rsplit(|b| *b == b'_').next().unwrap_or_default();
    let drawn = digits > 0
        || letters_alone.len() >= LONG && has_drawn_case(letters_alone)
        || letters_alone.len() >= SHORTEST && is_unspeakable(letters_alone);
    let random = || is_generated || drawn && letters > 0 && entropy::looks_random(core, 0.0);
    // The label of a disk.
    if bytes.iter().position(|b| *b == b'=').is_some_and(|at| entropy::is_uuid(&bytes[at + 1..])) {
        return None;
    }
    let plain = super::url::percent_decoded(bytes);
    if plain.contains(&b' ') && words::reads_like_words(&plain) {
        return None;
    }
    if !scrambled && (!random() || weak::hides_nothing(bytes) || weak::spells_words(core)) {
        return shared(text, name, value, around.syntax);
    }
    // `…KeyToken=` is what is left of .NET's public key tokens where a line was cut.
    let is_number = bytes.len() <= 22 && (bytes.starts_with(b"0x") || bytes.starts_with(b"0X"));
    let cut = bytes.len() == 16 && names::normalized(&text[name.clone()]).ends_with("keytoken");
    if cut
        || is_number
        || identifier::is_filed(&text[name.clone()], bytes, core) && !is_key(&text[name.clone()])
        || pair::is_sealed(text, value.start)
        || is_resource_name(bytes)
        || identifier::is_access_id(&text[name.clone()], bytes)
        || identifier::is_push_address(&text[name.clone()], bytes)
    {
        return None;
    }
    let confidence = match quoted && bytes.len() >= 24 {
        _ if is_stand_in(&text[name.clone()]) => Confidence::Low,
        true => Confidence::High,
        false => Confidence::Medium,
    };
    Some(found(text, name, value, confidence, "a random value"))
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
fn is_strong_name(name: &[u8]) -> bool {
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

/// Whether a token stands in a query that goes to a known vendor, or in a section or an object of such a one.
fn is_placed(text: &[u8], name: &[u8], value: &Range<usize>, catalogue: &Catalogue) -> bool {
    let words = Words::of_vendors(catalogue);
    let before = &text[..name.as_ptr().addr() - text.as_ptr().addr()];
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

/// The name, the literal it is given, and whether that is quoted.
pub(super) fn assigned(
    text: &[u8],
    around: Around<'_>,
    name: Range<usize>,
    sign: &Sign,
) -> Option<(Range<usize>, Range<usize>, bool)> {
    // A tag of YAML: `password: !secret wifi_password`.
    if around.syntax == Syntax::Bare && text[..name.start].ends_with(b" !") {
        return None;
    }
    let (gap_start, sign_start, mut at) = (sign.gap, sign.at, sign.at);
    if let Some((value, quoted)) = operand::by_form(text, &name, around.syntax) {
        return Some((name, value, quoted));
    }
    if let Some(value) = tuple::value(text, &name) {
        return Some((name, value, true));
    }
    let formed = compared::literal_before(text, &name)
        .or_else(|| pair::build_field(text, &name))
        .or_else(|| pair::parameter(text, &name, around.syntax));
    if let Some((value, quoted)) = formed {
        return Some((name, value, quoted));
    }
    // The last attribute of its element: `<input value="…" name="password">`.
    if text.get(at) == Some(&b'>')
        && let Some((value, quoted)) = pair::sibling(text, &name, around.syntax)
    {
        return Some((name, value, quoted));
    }
    let declared = |name: &Range<usize>| {
        let found = around.may_be_far.then(|| given::value(text, name)).flatten();
        found.map(|(name, value)| (name, value, true))
    };
    // A type annotation: `token: str = `, `token string = `.
    let Some(sign) = sign.end else {
        if !around.may_be_far {
            return None;
        }
        let found = said(text, &name, at).map(|value| (value, true));
        let found = found
            .or_else(|| pair::sibling(text, &name, around.syntax))
            .or_else(|| fed::value(text, &name).map(|value| (value, true)))
            .or_else(|| header::value_before(text, name.start).map(|value| (value, true)))
            .or_else(|| pair::directive(text, &name, trivia::behind_on_line(text, at), around.syntax))
            .or_else(|| pair::declared(text, &name, around.syntax))
            .or_else(|| pair::option(text, &name))
            .or_else(|| pair::picture(text, &name))
            .or_else(|| pair::fact(text, &name))
            .or_else(|| pair::answered(text, &name))
            .or_else(|| pair::defined(text, &name))
            .or_else(|| pair::counted(text, &name))
            .or_else(|| pair::row(text, &name, around.syntax))
            .or_else(|| prose::told(text, &name))
            .or_else(|| prose::noted(text, &name, around));
        return found.map(|(value, quoted)| (name.clone(), value, quoted)).or_else(|| declared(&name));
    };
    // `getenv("X_KEY", "…")` gives the second to the first; the items of a list give each other nothing.
    if text[at] == b',' && !is_first_argument(text, &name) {
        let found = pair::sibling(text, &name, around.syntax)
            .or_else(|| pair::default_of(text, &name, around.syntax))
            .or_else(|| pair::option(text, &name))
            .or_else(|| pair::entry(text, &name, at));
        return found.map(|(value, quoted)| (name.clone(), value, quoted)).or_else(|| declared(&name));
    }
    // The tag of an image: `registry/app-token:v2`.
    if text[at] == b':' && name.start > 0 && text[name.start - 1] == b'/' && sign == name.end + 1 {
        let blank = text.get(sign).is_none_or(u8::is_ascii_whitespace);
        if !blank {
            return None;
        }
    }
    at = skip(text, sign, |b| b == b' ' || b == b'\t', MOST_BLANKS);
    let is_node = around.syntax == Syntax::Bare && text[sign - 1] == b':';
    let mut mark = if is_node { node::content(text, at) - at } else { 0 };
    if around.syntax == Syntax::Code {
        mark += trivia::behind_on_line(text, at) - at;
    }
    at += mark;
    // A line of RouterOS or a shell that goes on below.
    if around.syntax == Syntax::Bare && text[at..].starts_with(b"\\\n") {
        at = skip(text, at + 2, |b| b == b' ', 20);
    }
    // The literal may stand alone on the next line, in brackets or not.
    let given = matches!(text.get(sign - 1), Some(b'=' | b':' | b'>'));
    if is_node && let Some((value, quoted)) = node::below(text, &name, at) {
        return Some((name, value, quoted));
    }
    let is_below =
        || matches!(text.get(at), Some(b'\n' | b'\r' | b'(')) || trivia::comment(text, at).is_some();
    if given && around.syntax == Syntax::Code && is_below() {
        let below = trivia::behind(text, at, |b| b == b'(');
        let found = operand::wrapped(text, below, around.syntax);
        if let Some((value, quoted)) = found.filter(|_| text[at..below].contains(&b'\n')) {
            return Some((name, value, quoted));
        }
    }
    // The first of several: `secret: ['…', process.env.OLD]`, `&["…"]`.
    let several = [&b"["[..], b"&["].into_iter().find(|open| text[at..].starts_with(open));
    if let Some(open) = several.filter(|_| around.syntax == Syntax::Code)
        && matches!(text.get(at + open.len()), Some(b'"' | b'\''))
    {
        at += open.len();
    }
    // `<Password><Value>…` of a Windows answer file.
    let inner = skip(text, at, |b| b.is_ascii_whitespace(), 40);
    if text[inner..].get(..7).is_some_and(|tag| tag.eq_ignore_ascii_case(b"<value>")) {
        at = inner + 7;
    }
    // Blanks only align it with others, and a type says nothing.
    let signs = |range: Range<usize>| text[range].iter().filter(|b| !b.is_ascii_whitespace()).count();
    let gap = signs(gap_start..sign_start) + signs(sign..at);
    if gap.saturating_sub(mark) > LONGEST_GAP {
        return None;
    }
    let glued = at == sign && gap_start == name.end && text.get(sign - 1) == Some(&b'=');
    // One literal holds both: `'X-Api-Key: …'`.
    let goes_on = gap_start == name.end && text[sign - 1] == b':';
    let is_query = glued && matches!(text[..name.start].last(), Some(b'?' | b'&'));
    let whole = || {
        let is_setting = around.syntax == Syntax::Bare && !is_query;
        is_setting.then(|| operand::whole_line(text, &name, at)).flatten().map(|value| (value, false))
    };
    // `api_key: *alias` is another node.
    let is_alias =
        |found: &(Range<usize>, bool)| is_node && !found.1 && text.get(found.0.start) == Some(&b'*');
    let found = whole().or_else(|| operand::wrapped(text, at, around.syntax).filter(|_| !is_query));
    let found = found.filter(|found| !is_alias(found));
    let found = found.or_else(|| glued.then(|| operand::inside_text(text, at)).flatten());
    let found = found
        .or_else(|| pair::default_of(text, &name, around.syntax))
        .or_else(|| operand::quoted_with_name(text, &name, at).filter(|_| goes_on))
        .or_else(|| prose::commented(text, &name, sign, at).filter(|_| around.syntax == Syntax::Code))
        .or_else(|| prose::stated(text, &name, at, around.syntax).filter(|_| goes_on));
    found.map(|(value, quoted)| (name.clone(), value, quoted)).or_else(|| declared(&name))
}

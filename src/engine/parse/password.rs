//! Literals that are given to names that sound like passwords.

use std::borrow::Cow;
use std::ops::Range;

use super::assigned::assigned;
use super::assignment::{found, is_drawn_uuid, is_stand_in};
use super::chosen::{is_chosen, is_in_fours, is_lower_word, is_network_key, is_of_words};
use super::drawn::looks_drawn;
use super::named::named;
use super::plain::is_plain_as;
use super::sign::{self, Sign};
use super::{Around, Parsed, basic, bytes, is_typed, is_weak, prose, several, stand_in};
use crate::catalogue::Confidence;
use crate::engine::Syntax;
use crate::engine::names::{self, Role};
use crate::engine::value::{entropy, weak};
use crate::engine::word_set::WordSet;

/// Longest password, and longest token that stands in the place of one, bytes.
const LONGEST_PASSWORD: usize = 64;
const LONGEST_TOKEN: usize = 200;
/// How far around a password its user is looked for, bytes, and what that is called.
const NEAR: usize = 160;
const USERS: [&str; 4] = ["user", "login", "username", "account"];

/// The literals given to a name that sounds like a password.
pub(super) fn passwords(text: &[u8], around: Around<'_>) -> Vec<Parsed> {
    let name = named(text, around);
    let sign = sign::behind(text, &name, around.syntax);
    let weigh = |(value, _)| weigh(text, around, name.clone(), value);
    let several = several::weighed(text, around, (&name, &sign), several::Kind::Passwords, weigh);
    several.unwrap_or_else(|| match password(text, around, name.clone(), &sign) {
        Some(found) => vec![found],
        None => stand_in::values(text, around, &sign).into_iter().filter_map(weigh).collect(),
    })
}

/// A literal given to a name that sounds like a password.
fn password(text: &[u8], around: Around<'_>, name: Range<usize>, sign: &Sign) -> Option<Parsed> {
    if let Some(key) = basic::key_beside(text, &name) {
        return Some(Parsed {
            secret: key,
            confidence: Confidence::Medium,
            why: Cow::Borrowed("a random value as the user, with no password"),
            parts: Vec::new(),
        });
    }
    if bytes::is_exported(text, &name) {
        let bytes = bytes::exported(text, &name)?;
        return Some(found(text, name, bytes, Confidence::Medium, "bytes in hexadecimal"));
    }
    let (name, value, _) = assigned(text, around, name, sign)?;
    weigh(text, around, set_in_clear(text, name), value)
}

/// The name that scripts of WebLogic set in clear, `set('PasswordEncrypted', '…')`: that it is encrypted there is said of what the
/// server keeps.
fn set_in_clear(text: &[u8], name: Range<usize>) -> Range<usize> {
    let sets = [&b"set('"[..], b"set(\""].iter().any(|call| text[..name.start].ends_with(call));
    let bare = text[name.clone()].strip_suffix(b"Encrypted").filter(|_| sets);
    name.start..bare.map_or(name.end, |bare| name.start + bare.len())
}

/// Whether a literal that a name is given is a password.
pub(super) fn weigh(
    text: &[u8],
    around: Around<'_>,
    name: Range<usize>,
    value: Range<usize>,
) -> Option<Parsed> {
    let value = behind_user(text, &name, value);
    let (named, bytes) = (&text[name.clone()], &text[value.clone()]);
    // Text in another language goes on there: `FRITZ!Box\u306e…`.
    if text[value.end..].starts_with(b"\\u") || !has_length(bytes) {
        return None;
    }
    if named.eq_ignore_ascii_case(b"pass") && prose::is_verb(text, &name, &value) {
        return None;
    }
    let parts = names::words(named);
    let is_named = is_of_password(&parts, around);
    let role = names::role(named);
    let is_password =
        is_named && role != Role::Counter || role == Role::Secret || several::are_accounts(named);
    if is_password && is_named {
        if is_of_device(&parts, bytes) {
            return None;
        }
        if let Some(what) = by_kind(text, &name, bytes, &parts) {
            return Some(found(text, name, value, Confidence::Medium, what));
        }
    }
    if !is_password || is_weak(bytes, b"") || is_plain_as(named, bytes) || weak::is_host_and_port(bytes) {
        return None;
    }
    if !is_typed(bytes) || repeats_name(named, bytes) || entropy::is_regular(bytes) {
        return None;
    }
    // In a Kubernetes secret the password stands in base64.
    let hidden = weak::unwrapped(bytes);
    let plain = hidden.as_deref().unwrap_or(bytes);
    if is_weak(plain, b"") {
        return None;
    }
    let is_word = is_lower_word(plain);
    if is_word && (!is_named || is_option(&parts) || repeats_user(text, &value)) {
        return None;
    }
    let told = is_chosen(plain)
        || is_word && has_user(text, &name, around.syntax)
        || parts.last().is_some_and(|last| last.ends_with("passphrase")) && is_of_words(plain);
    let confidence = if told && !is_stand_in(named) { Confidence::Medium } else { Confidence::Low };
    Some(found(text, name, value, confidence, "a literal"))
}

/// Whether a value is as long as a password may be. What is longer is a token, or sealed: no one sets such a password.
fn has_length(value: &[u8]) -> bool {
    let is_token = || value.iter().all(u8::is_ascii_graphic) && looks_drawn(value);
    (6..=LONGEST_TOKEN).contains(&value.len()) && (value.len() <= LONGEST_PASSWORD || is_token())
}

/// Whether a value is the number of what a Bluetooth device offers under such a name: `CHR_WIFI_PASS`.
fn is_of_device(words: &[String], value: &[u8]) -> bool {
    const OF_DEVICE: [&str; 5] = ["chr", "char", "characteristic", "uuid", "gatt"];
    entropy::is_uuid(value) && words.iter().any(|word| OF_DEVICE.contains(&word.as_str()))
}

/// Whether a value is its name once more, cut (`ssword` of a prompt) or longer by a sign or two.
fn repeats_name(name: &[u8], value: &[u8]) -> bool {
    let (own, said) = (names::normalized(name), names::normalized(value));
    own.ends_with(&said) || own.len() >= 8 && said.contains(&own) && said.len() <= own.len() + 3
}

/// Whether a name is that of a password. What is written with other letters is no name of anything else.
fn is_of_password(words: &[String], around: Around<'_>) -> bool {
    #[rustfmt::skip]
    static NAMES: WordSet<34> = WordSet::new([
        "password", "passwords", "passphrases", "passcodes", "passwd", "passphrase", "pwd", "pswd", "passcode", "bindpw", "dbpw", "apppw", "pass", "psk",
        // In other languages.
        "passwort", "kennwort", "senha", "wachtwoord", "motdepasse", "contrasena", "haslo", "heslo", "parola", "losenord",
        "adgangskode", "passord", "salasana", "jelszo", "sifre", "clave", "mdp", "lozinka", "kodeord", "zugangscode",
    ]);
    let last = words.last().map_or("", |last| last.trim_end_matches(|c: char| c.is_ascii_digit()));
    let is_one = NAMES.ends(last) || last == "pw" || !around.keyword.is_ascii() || is_said(words);
    is_one && !matches!(last, "bypass" | "compass" | "encompass" | "trespass")
}

/// What a value is that a password may be and hardly anything drawn is: a UUID, words, digits.
fn by_kind(text: &[u8], name: &Range<usize>, value: &[u8], words: &[String]) -> Option<&'static str> {
    let is_of_name = || names::normalized(&text[name.clone()]).ends_with(&names::normalized(value));
    let is_phrase = || weak::is_phrase(value) || takes_phrases(words) && is_of_words(value);
    match () {
        () if is_drawn_uuid(value) => Some("a random UUID"),
        () if is_phrase() && !is_of_name() => Some("a phrase of words"),
        () if is_network_key(text, name, value) => Some("digits as routers are delivered with"),
        () if is_in_fours(value) => {
            Some("groups of four, as Google, Apple and WordPress make app passwords,")
        }
        () => None,
    }
}

/// Whether a name says that its password is typed once, into a device or the store of a backup: there it is words more often
/// than not.
fn takes_phrases(words: &[String]) -> bool {
    #[rustfmt::skip]
    static WORDS: WordSet<16> = WordSet::new([
        "restic", "borg", "kopia", "duplicity", "repository", "backup", "backups", "encryption", "wifi", "wlan", "wpa", "psk", "luks",
        "passphrase", "keepass", "vault",
    ]);
    words.iter().any(|word| WORDS.contains(word))
}

/// Whether several words of a name are what a password is called: `motDePasse`, `parola d'ordine`, `WLAN key`.
fn is_said(words: &[String]) -> bool {
    const ENDS: [&[&str]; 5] = [
        &["mot", "de", "passe"],
        &["parola", "chiave"],
        &["parola", "d", "ordine"],
        &["wlan", "key"],
        &["wifi", "key"],
    ];
    ENDS.iter()
        .any(|end| words.iter().rev().map(String::as_str).take(end.len()).eq(end.iter().rev().copied()))
}

/// Whether a name says what is to be done with a password: `update_password: always`.
fn is_option(words: &[String]) -> bool {
    const VERBS: [&str; 12] = [
        "update", "change", "require", "allow", "force", "show", "reset", "generate", "use", "enable",
        "disable", "store",
    ];
    words.first().is_some_and(|first| VERBS.contains(&first.as_str()))
}

/// Whether a user is given a literal close to the password's name: a login that somebody uses, not a label
/// or a type.
fn has_user(text: &[u8], name: &Range<usize>, syntax: Syntax) -> bool {
    // A variable in capitals is a setting, whoever the user is.
    let named = &text[name.clone()];
    let is_setting = named.len() >= 8
        && named.contains(&b'_')
        && named.iter().all(|b| b.is_ascii_uppercase() || *b == b'_');
    if is_setting && syntax == Syntax::Bare {
        return true;
    }
    let start = name.start.saturating_sub(NEAR);
    let around = text[start..text.len().min(name.end + NEAR)].to_ascii_lowercase();
    let is_given = |at: usize| {
        let rest = around[at..]
            .iter()
            .skip_while(|b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'"' | b'\'' | b' '));
        let sign: Vec<u8> = rest.take(4).copied().collect();
        matches!(sign.first(), Some(b':' | b'=')) && sign.iter().any(|b| matches!(b, b'"' | b'\''))
    };
    USERS.iter().any(|user| memchr::memmem::find_iter(&around, user.as_bytes()).any(is_given))
}

/// Whether a word is given to a user close by, too, as images have both by default: `POSTGRES_USER: airflow` above
/// `POSTGRES_PASSWORD: airflow`.
fn repeats_user(text: &[u8], value: &Range<usize>) -> bool {
    let near = &text[value.start.saturating_sub(NEAR)..text.len().min(value.end + NEAR)];
    let is_name = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.');
    let is_sign = |b: &u8| matches!(b, b' ' | b'"' | b'\'' | b':' | b'=' | b'-' | b'>');
    memchr::memmem::find_iter(near, &text[value.clone()]).any(|at| {
        let lead = &near[..at];
        let lead = &lead[..lead.len() - lead.iter().rev().take_while(|b| is_sign(b)).count()];
        let label = &lead[lead.len() - lead.iter().rev().take_while(|b| is_name(b)).count()..];
        let is_whole = !near.get(at + value.len()).is_some_and(u8::is_ascii_alphanumeric);
        let is_given = lead.len() < at;
        is_whole && is_given && names::words(label).last().is_some_and(|last| USERS.contains(&last.as_str()))
    })
}

/// The password behind the user in `neo4j/…`, which NEO4J_AUTH holds, and in `elastic:…`, which is `cloud.auth` of Elastic's
/// programs.
fn behind_user(text: &[u8], name: &Range<usize>, value: Range<usize>) -> Range<usize> {
    if memchr::memchr2(b'/', b':', &text[value.clone()]).is_none() {
        return value;
    }
    let named = names::normalized(&text[name.clone()]);
    let signs = [("neo4jauth", b'/'), ("cloudauth", b':')];
    let sign = signs.into_iter().find(|(end, _)| named.ends_with(end)).map(|(_, sign)| sign);
    let user = sign.and_then(|sign| memchr::memchr(sign, &text[value.clone()]));
    user.map_or(value.clone(), |at| value.start + at + 1..value.end)
}

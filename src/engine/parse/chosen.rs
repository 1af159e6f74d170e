//! Passwords by what they look like: chosen by a person, or as a service or a factory gives them.

use std::ops::Range;

use super::drawn::holds_drawn;
use super::plain::is_identifier;
use super::{has_drawn_case, is_unspeakable};
use crate::engine::names;
use crate::engine::value::{entropy, generated, weak, words};

/// The key of a wireless network as routers are delivered with it, 16 or 20 digits: only beside what names
/// the network.
pub(super) fn is_network_key(text: &[u8], name: &Range<usize>, value: &[u8]) -> bool {
    const NEAR: usize = 160;
    const WORDS: [&[u8]; 3] = [b"ssid", b"wifi", b"wlan"];
    if !matches!(value.len(), 16 | 20) || !value.iter().all(u8::is_ascii_digit) || entropy::is_regular(value)
    {
        return false;
    }
    let around = &text[name.start.saturating_sub(NEAR)..text.len().min(name.end + NEAR)];
    let around = around.to_ascii_lowercase();
    WORDS.iter().any(|word| crate::memmem::find(&around, word).is_some())
}

/// An app password of Google's or Apple's: four groups of four letters between blanks or hyphens, or none, and no words. Those of
/// WordPress are six groups of letters of either case and digits.
pub(super) fn is_in_fours(password: &[u8]) -> bool {
    let letters: Vec<u8> = match password.len() {
        29 => return is_in_six_fours(password),
        16 => password.to_vec(),
        19 => password.split(|b| *b == password[4]).flatten().copied().collect(),
        _ => return false,
    };
    let are_parted = password.len() == 16 || matches!(password[4], b' ' | b'-') && password[9] == password[4];
    are_parted
        && letters.len() == 16
        && letters.iter().all(u8::is_ascii_lowercase)
        && (password.len() == 16 || password[14] == password[4])
        && !words::reads_like_words(&letters)
        && !words::is_of_words(&letters)
        && !weak::is_made_up(&letters)
}

fn is_in_six_fours(password: &[u8]) -> bool {
    let has = |class: fn(&u8) -> bool| password.iter().any(class);
    let is_group = |group: &[u8]| group.len() == 4 && group.iter().all(u8::is_ascii_alphanumeric);
    password.split(|b| *b == b' ').all(is_group)
        && has(u8::is_ascii_digit)
        && has(u8::is_ascii_uppercase)
        && has(u8::is_ascii_lowercase)
}

/// A word that may be a weak password: small letters only, and none of the words around passwords.
pub(super) fn is_lower_word(password: &[u8]) -> bool {
    const ABOUT: [&[u8]; 8] =
        [b"pass", b"login", b"user", b"reset", b"require", b"invalid", b"hidden", b"confirm"];
    const TYPES: [&[u8]; 8] =
        [b"boolean", b"integer", b"number", b"object", b"varchar", b"optional", b"undefined", b"keyword"];
    password.len() <= 16
        && password.iter().all(u8::is_ascii_lowercase)
        && !weak::is_made_up(password)
        && !ABOUT.iter().any(|word| crate::memmem::find(password, word).is_some())
        && !TYPES.contains(&password)
}

/// Whether somebody chose or drew this password: letters with digits or signs among them, and neither
/// made up of the usual words nor the name of a thing.
pub(super) fn is_chosen(password: &[u8]) -> bool {
    let digits = password.iter().any(u8::is_ascii_digit);
    let letters = password.iter().any(u8::is_ascii_alphabetic);
    let marks = password
        .iter()
        .any(|b| matches!(b, b'!' | b'@' | b'#' | b'$' | b'%' | b'^' | b'&' | b'*' | b'+' | b'='));
    let is_generated = generated::is_generated(password);
    let wordy =
        password.len() > 20 && !is_generated && !holds_drawn(password) && words::reads_like_words(password);
    let mixed = is_generated || letters && (digits || marks) && !is_identifier(password);
    let is_drawn =
        || password.split(|b| !b.is_ascii_alphabetic()).any(has_drawn_case) || is_unspeakable(password);
    (mixed || is_drawn()) && !wordy && !weak::is_made_up(password)
}

/// Whether a passphrase is made of words that somebody put together, with a number among them or more than three of them:
/// `Willow5382Saffron-Osprey`.
pub(super) fn is_of_words(passphrase: &[u8]) -> bool {
    const LEAST: usize = 16;
    let words = names::words(passphrase);
    let letters = |word: &&String| {
        let bare = word.trim_end_matches(|c: char| c.is_ascii_digit());
        bare.len() >= 4 && bare.bytes().all(|b| b.is_ascii_lowercase()) && !bare.contains("pass")
    };
    let digits = passphrase.iter().filter(|b| b.is_ascii_digit()).count();
    let count = words.iter().filter(letters).count();
    passphrase.len() >= LEAST
        && count >= if digits >= 2 { 3 } else { 4 }
        && words.len() - count <= 1
        && !weak::is_made_up(passphrase)
        && !entropy::is_placeholder(passphrase)
}

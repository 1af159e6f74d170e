//! Secrets in the configurations of network devices and VPN gateways, as they are typed or exported: Cisco's IOS and its
//! likes, Junos, VyOS, VRP, strongSwan.

use std::borrow::Cow;
use std::ops::Range;

use super::{Parsed, is_weak, password_confidence};
use crate::catalogue::Confidence;

/// How far behind what it is called a secret may stand, and its line or its block may reach, bytes.
const LONGEST_LINE: usize = 300;
const LONGEST_BLOCK: usize = 600;
/// Shortest secret, bytes, and most words between what it is called and the secret.
const SHORTEST: usize = 5;
const MOST_WORDS: usize = 6;

/// Where a secret stands.
enum Place {
    /// Right behind the words that say what it is.
    Next,
    /// On the same line, behind one of these.
    Behind(&'static [&'static str]),
    /// The literal before, on the same line.
    Before,
    /// Behind this word on a line of its own among the indented ones below.
    Below(&'static [u8]),
    /// Behind the sign that it is given with, on a line of RouterOS.
    Given,
    /// The quoted word right behind, of an option in OpenWrt's UCI.
    Quoted,
}

/// What servers of logins are given on one line.
const OF_SERVER: Place = Place::Behind(&[" key ", " secret ", " shared-key "]);
/// What servers of logins are given in the lines below, and the terminals of a device.
const OF_STANZA: Place = Place::Below(b"key ");
const OF_LINE: Place = Place::Below(b"password ");
/// What a neighbour or a caller is given on one line.
const PASSWORD: Place = Place::Behind(&[" password "]);

/// Keywords of the rules, lower case.
#[rustfmt::skip]
const LINES: &[(&str, Place)] = &[
    ("message-digest-key", Place::Next), ("authentication-key", Place::Next), ("key-string", Place::Next),
    ("pre-shared-key", Place::Next), ("pre-shared-secret", Place::Next), ("plaintext-password", Place::Next),
    ("simple-password", Place::Next), ("isakmp key", Place::Next), ("failover key", Place::Next),
    ("wpa-psk", Place::Next), ("authentication md5", Place::Next), ("## secret-data", Place::Before), ("chap password", Place::Next), ("enable secret", Place::Next),
    ("password simple", Place::Next), ("password cipher", Place::Next), ("snmp community", Place::Next),
    ("snmp-agent community", Place::Next), (": eap", Place::Next), (": psk", Place::Next), (": xauth", Place::Next), (": ntlm", Place::Next),
    ("neighbor", PASSWORD), ("sent-username", PASSWORD), ("server-private", OF_SERVER),
    ("tacacs-server", OF_SERVER), ("radius-server", OF_SERVER), ("tacplus-server", OF_SERVER),
    ("snmp-server user", Place::Behind(&[" auth "])),
    ("tacacs server", OF_STANZA), ("radius server", OF_STANZA), ("aaa-server", OF_STANZA),
    ("line vty", OF_LINE), ("line con", OF_LINE), ("line aux", OF_LINE), ("super password", Place::Next),
    ("secret=", Place::Given), ("authentication-server radius", OF_STANZA), ("option key", Place::Quoted), ("config system snmp community", Place::Below(b"set name ")),
];

/// Words that say how a secret is written which stands behind them in clear.
#[rustfmt::skip]
const CLEAR: [&[u8]; 29] = [
    b"simple", b"plain", b"plaintext", b"plain-text", b"clear", b"cleartext", b"clear-text", b"text", b"ascii",
    b"ascii-text", b"unencrypted", b"key", b"key-string", b"local", b"remote", b"md5", b"sha", b"sha1", b"sha256",
    b"sha-1", b"sha-256", b"hmac-md5", b"hmac-sha-256", b"psk", b"read", b"write", b"value", b"level", b"hex",
];
/// Words that say that it is sealed, or a digest.
const SEALED: [&[u8]; 8] = [
    b"encrypted",
    b"hashed",
    b"hash",
    b"encrypted-password",
    b"irreversible-cipher",
    b"ciphertext",
    b"enc",
    b"pbkdf2",
];

/// Whether a keyword is one of a device's line.
pub(super) fn is_keyword(keyword: &[u8]) -> bool {
    LINES.iter().any(|(known, _)| known.as_bytes() == keyword)
}

/// The secret of the line or the block that begins with the keyword at `at`.
pub(super) fn secret(text: &[u8], at: usize, keyword: &[u8]) -> Option<Parsed> {
    let (_, place) = LINES.iter().find(|(known, _)| known.as_bytes() == keyword)?;
    let behind = at + keyword.len();
    let line = line_at(text, behind);
    let (start, end) = match place {
        Place::Next if text.get(behind) == Some(&b'=') => given(text, at, behind + 1, line.end)?,
        Place::Given => given(text, at, behind, line.end)?,
        // Nothing is given to a name here, and no words run on.
        Place::Next => text.get(behind).filter(|b| matches!(b, b' ' | b'\t')).map(|_| (behind, line.end))?,
        Place::Behind(marks) => {
            let found = |mark: &&str| crate::memmem::find(&text[line.clone()], mark.as_bytes());
            let (at, mark) = marks.iter().find_map(|mark| Some((found(mark)?, mark)))?;
            (line.start + at + mark.len() - 1, line.end)
        }
        Place::Quoted => text[behind..].starts_with(b" '").then_some((behind, line.end))?,
        Place::Before => before(text, at)?,
        Place::Below(label) => below(text, line.end, label)?,
    };
    // What stands in its place in a stanza is one, whatever it reads like.
    let least = if matches!(place, Place::Below(_)) { Confidence::Low } else { Confidence::Medium };
    let value = value(text, start, end, least)?;
    let confidence = password_confidence(&text[value.clone()], Confidence::Low);
    let confidence = confidence.max(least);
    let what = String::from_utf8_lossy(keyword);
    let how =
        if text[value.clone()].starts_with(b"$9$") { ", hidden in a way that anybody undoes" } else { "" };
    let why = Cow::Owned(format!("behind `{what}` in a device's configuration{how}"));
    Some(Parsed { secret: value, confidence, why, parts: Vec::new() })
}

/// Whose device the line is of that ends before a secret: Cisco's IOS and its likes, FortiOS, RouterOS.
pub(in crate::engine) fn vendor(before: &[u8]) -> Option<&'static str> {
    #[rustfmt::skip]
    const MENUS: [&[u8]; 9] = [
        b"user", b"ppp", b"ip", b"interface", b"radius", b"snmp", b"routing", b"caps-man", b"certificate",
    ];
    // The type of what IOS hides from a look over the shoulder.
    if before.ends_with(b" 7 ") {
        return Some("cisco");
    }
    let near = &before[before.len().saturating_sub(LONGEST_BLOCK)..];
    let mut lines = near.rsplit(|b| *b == b'\n');
    let mut own = lines.next()?;
    // RouterOS wraps what it exports.
    while let Some(above) = lines.clone().next().filter(|line| line.trim_ascii_end().ends_with(b"\\")) {
        (own, _) = (above, lines.next());
    }
    let is_indented = own.first().is_some_and(|b| matches!(b, b' ' | b'\t'));
    let is_menu = |line: &[u8]| {
        let menu = line.strip_prefix(b"/");
        menu.and_then(|menu| menu.split(|b| matches!(b, b' ' | b'/')).next())
            .is_some_and(|menu| MENUS.contains(&menu.trim_ascii_end()))
    };
    let starts = |line: &[u8], words: &[&[u8]]| words.iter().any(|word| line.starts_with(word));
    if !is_indented {
        // It opens the privileged mode, is a user's, or a peer's of a tunnel.
        if starts(own, &[b"enable ", b"username ", b"crypto isakmp "]) {
            return Some("cisco");
        }
        let is_entry = starts(own, &[b"add ", b"set "]) && own.contains(&b'=');
        let adds = [&b" add "[..], b" set "].iter().any(|verb| crate::memmem::find(own, verb).is_some());
        let is_of_menu = is_menu(own) && adds
            || is_entry && lines.find(|line| line.starts_with(b"/")).is_some_and(is_menu);
        return is_of_menu.then_some("mikrotik");
    }
    let opener = lines.find(|line| line.first().is_some_and(|b| !b.is_ascii_whitespace()))?;
    if starts(opener, &[b"line vty", b"line con", b"line aux"]) {
        return Some("cisco");
    }
    (own.trim_ascii_start().starts_with(b"set ") && opener.starts_with(b"config ")).then_some("fortinet")
}

/// Where what is given on a line of RouterOS stands.
fn given(text: &[u8], at: usize, start: usize, end: usize) -> Option<(usize, usize)> {
    (vendor(&text[..at]) == Some("mikrotik")).then_some((start, end))
}

/// The rest of a line.
fn line_at(text: &[u8], start: usize) -> Range<usize> {
    let window = &text[start..text.len().min(start + LONGEST_LINE)];
    start..start + memchr::memchr2(b'\n', b'\r', window).unwrap_or(window.len())
}

/// Where the literal opens and closes before a mark, which Junos puts behind what it hides: `"$9$…"; ## SECRET-DATA`.
fn before(text: &[u8], mark: usize) -> Option<(usize, usize)> {
    let floor = mark.saturating_sub(LONGEST_LINE);
    let head = text[floor..mark].trim_ascii_end().strip_suffix(b"\";")?;
    let open = memchr::memrchr(b'"', head)?;
    (!head[open..].contains(&b'\n')).then_some((floor + open, floor + head.len() + 1))
}

/// Where what is behind `label` stands in the indented lines behind a header that ends at `end`.
fn below(text: &[u8], end: usize, label: &[u8]) -> Option<(usize, usize)> {
    let mut line = end..end;
    loop {
        let start =
            line.end + text[line.end..].iter().take(2).take_while(|b| matches!(b, b'\r' | b'\n')).count();
        line = line_at(text, start);
        let bare = text[line.clone()].trim_ascii_start();
        if start == end || start > end + LONGEST_BLOCK || bare.len() == line.len() {
            return None;
        }
        if bare.starts_with(label) {
            return Some((line.end - bare.len() + label.len() - 1, line.end));
        }
    }
}

/// The first word of a line that says nothing of how what follows is written, unless that is sealed.
fn value(text: &[u8], start: usize, end: usize, least: Confidence) -> Option<Range<usize>> {
    let (mut at, mut is_sealed, mut is_cipher) = (start, false, false);
    for _ in 0..MOST_WORDS {
        at += text[at..end].iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
        let quote = text[at..end].first().copied().filter(|b| matches!(b, b'"' | b'\''));
        let from = at + usize::from(quote.is_some());
        let is_end = |b: &u8| quote.map_or(b.is_ascii_whitespace(), |quote| *b == quote);
        let length = text[from..end].iter().position(is_end).unwrap_or(end - from);
        let word = &text[from..from + length];
        let word = if quote.is_none() { word.strip_suffix(b";").unwrap_or(word) } else { word };
        let place = from..from + word.len();
        at = (from + length + usize::from(quote.is_some())).min(end);
        let lower = word.to_ascii_lowercase();
        if SEALED.contains(&lower.as_slice()) {
            return None;
        }
        let is_number = word.len() <= 4 && word.iter().all(u8::is_ascii_digit);
        if word.is_empty() || is_number || lower == b"cipher" || CLEAR.contains(&lower.as_slice()) {
            // The types of what only its device can read.
            is_sealed = matches!(word, b"3" | b"4" | b"5" | b"6" | b"8" | b"9");
            is_cipher = lower == b"cipher";
            continue;
        }
        return Some(place).filter(|_| !is_sealed && is_secret(word, is_cipher, least));
    }
    None
}

/// Whether a word is a secret in clear, or as good as that.
fn is_secret(word: &[u8], is_cipher: bool, least: Confidence) -> bool {
    const LONGEST_TYPED: usize = 20;
    // `$9$` of Junos.
    if let Some(hidden) = word.strip_prefix(b"$9$") {
        let is_hidden = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'-' | b'.');
        return hidden.len() >= SHORTEST && hidden.iter().all(is_hidden);
    }
    let is_typed =
        word.len() <= LONGEST_TYPED && word.iter().all(|b| b.is_ascii_alphanumeric() || b"-_!@.".contains(b));
    // What training material sets.
    let is_everybodys = word.get(..5).is_some_and(|start| start.eq_ignore_ascii_case(b"cisco"));
    let is_mark = word.first().is_some_and(|b| b"$*<%([{/.-".contains(b));
    let is_drawn = || {
        word.iter().all(u8::is_ascii_graphic)
            && !super::plain::is_plain(word)
            && password_confidence(word, Confidence::Low) >= least
    };
    let is_known = is_everybodys && least == Confidence::Low || is_weak(word, b"");
    let may_be = word.len() >= SHORTEST && !is_mark && !is_known && (!is_cipher || is_typed);
    may_be && (super::chosen::is_of_words(word) || is_drawn())
}

//! Whose a secret is that no vendor's rule knows: its name, the section it stands in or the host of its URL may say.
//!
//! Only what is given to the value itself counts. Other words near it may be about anything.

use std::borrow::Cow;
use std::ops::Range;

use super::locate::locate;
use super::{Candidate, names, neighbour};
use crate::catalogue::{Catalogue, Origin, Parser, RuleIx};

/// How far from a value its URL is looked for, bytes.
const LONGEST_URL: usize = 240;

/// Words of vendors that names also hold for other reasons: `box_token`, `front_secret`. They count only at the
/// start of a name, before two words about credentials: `box_client_secret`.
#[rustfmt::skip]
const EVERYDAY: &[&str] = &[
    "abstract", "age", "aha", "alchemy", "axiom", "b2", "bandwidth", "better", "block", "box", "branch", "brave", "browser",
    "canny", "carto", "checkout", "chief", "clay", "clerk", "close", "coda", "column", "consul", "courier", "cursor", "daily",
    "dependency", "drone", "dub", "duo", "elastic", "exa", "fal", "file", "forest", "gamma", "gemini", "ghost", "global",
    "guardian", "harness", "here", "highnote", "hop", "hunter", "influx", "instantly", "ionic", "iterative", "keen", "lark",
    "lemon", "line", "linear", "lob", "loops", "make", "mercury", "meta", "modal", "monday", "mux", "neon", "notion", "octopus",
    "onepassword", "particle", "permit", "persona", "phrase", "ping", "planning", "polar", "power", "private", "proof", "ramp", "readme",
    "redirect", "render", "replicate", "review", "ripple", "runway", "sanity", "sauce", "scale", "seam", "segment", "shortcut",
    "signal", "sonar", "square", "stability", "surge", "telegraf", "temporal", "together", "trigger", "unleash", "upstage",
    "vault", "visual", "voyage", "wallet", "weights", "wise", "workos", "ftp", "smb", "jwk", "kubernetes", "bitcoin", "ethereum",
    "otpauth", "mnemonic", "privatekey", "pkcs12", "bip39", "fernet", "amqp", "npmrc", "webhook", "backend",
];
/// What names may end in, run together with what comes before: `acmeapikey`.
const TAILS: [&str; 10] =
    ["key", "token", "secret", "api", "access", "client", "auth", "app", "personal", "credentials"];

/// Gives what generic rules found to the vendor that the value's surroundings name. A password goes only to a
/// service of whose credentials nothing else is known.
pub(super) fn attribute(found: &mut [Candidate], text: &[u8], catalogue: &Catalogue) {
    for candidate in found {
        let by = catalogue.rule(candidate.rule);
        let is_password = match by.detect.origin {
            Origin::Parse(Parser::Assignment | Parser::BearerToken) => false,
            Origin::Parse(Parser::PasswordAssignment) => true,
            _ => continue,
        };
        if !by.vendor.is_generic() {
            continue;
        }
        let owner = owner(text, &candidate.range, catalogue);
        if let Some((rule, clue)) =
            owner.filter(|(rule, _)| !is_password || catalogue.rule(*rule).is_written())
        {
            candidate.rule = rule;
            candidate.why.push(Cow::Owned(format!("{clue} speaks of {}", catalogue.rule(rule).vendor.name)));
        }
    }
}

fn owner(text: &[u8], value: &Range<usize>, catalogue: &Catalogue) -> Option<(RuleIx, &'static str)> {
    let located = locate(text, value.clone());
    let named = located.names.iter().find_map(|name| in_name(name, catalogue)).map(|rule| (rule, "its name"));
    let called = || {
        let callees = located.callees.iter();
        callees
            .flat_map(|callee| callee.split(|byte| *byte == b'.'))
            .find_map(|part| in_name(part, catalogue))
    };
    let hosted = || hosts(text, value).find_map(|host| in_host(host, catalogue));
    named
        .or_else(|| called().map(|rule| (rule, "the call")))
        .or_else(|| hosted().map(|rule| (rule, "the host")))
        .or_else(|| {
            in_name(neighbour::header_above(text, value.start)?, catalogue).map(|rule| (rule, "the section"))
        })
}

/// The vendor that a name speaks of: `ACME_API_KEY`, `myAcmeToken`, `acmetoken`.
pub(super) fn in_name(name: &[u8], catalogue: &Catalogue) -> Option<RuleIx> {
    let words = names::words(name);
    let ends =
        || (1..=words.len()).rev().take_while(|end| words[*end..].iter().all(|w| neighbour::is_anybodys(w)));
    for end in ends() {
        for start in 0..end {
            let joined = words[start..end].concat();
            let is_first = words[..start].iter().all(|word| neighbour::is_anybodys(word));
            let counts = |word: &str| !EVERYDAY.contains(&word) || is_first && words.len() - end >= 2;
            let mut word = joined.trim_end_matches(|c: char| c.is_ascii_digit());
            if let Some(rule) = catalogue.by_word(&joined).filter(|_| counts(&joined)) {
                return Some(rule);
            }
            while let Some(shorter) = TAILS.iter().find_map(|tail| word.strip_suffix(tail)) {
                word = shorter;
                if let Some(rule) = catalogue.by_word(word).filter(|_| counts(word)) {
                    return Some(rule);
                }
            }
        }
    }
    None
}

/// The vendor whose host it is: `api.acme.com`.
fn in_host(host: &[u8], catalogue: &Catalogue) -> Option<RuleIx> {
    let labels: Vec<&[u8]> = host.split(|byte| *byte == b'.').collect();
    let own = labels.len().checked_sub(2).and_then(|at| std::str::from_utf8(labels[at]).ok())?;
    catalogue.by_word(&own.replace('-', "").to_ascii_lowercase())
}

/// The hosts of the URLs on the line of a value, the nearest before it first.
fn hosts<'t>(text: &'t [u8], value: &Range<usize>) -> impl Iterator<Item = &'t [u8]> {
    let start = value.start.saturating_sub(LONGEST_URL);
    let before = &text[start..value.start];
    let before = &before[memchr::memrchr(b'\n', before).map_or(0, |at| at + 1)..];
    let behind = &text[value.end..text.len().min(value.end + LONGEST_URL)];
    let behind = &behind[..memchr::memchr(b'\n', behind).unwrap_or(behind.len())];
    let host = |rest: &'t [u8]| {
        let is_host = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
        &rest[..rest.iter().take_while(|byte| is_host(byte)).count()]
    };
    let ends = |part: &'t [u8]| memchr::memmem::find_iter(part, b"://").map(move |at| &part[at + 3..]);
    let mut all: Vec<&[u8]> = ends(before).map(host).collect();
    all.reverse();
    all.extend(ends(behind).map(host));
    all.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::embedded;

    fn vendor(rule: Option<RuleIx>) -> Option<&'static str> {
        rule.map(|rule| embedded().rule(rule).vendor.key)
    }

    #[test]
    fn names_speak_of_vendors() {
        for (name, key) in [
            ("SHODAN_API_KEY", Some("shodan")),
            ("myShodanKey2", Some("shodan")),
            ("shodantoken", Some("shodan")),
            ("X-Shodan-Token", Some("shodan")),
            ("REACT_APP_SHODAN_ACCESS_TOKEN", Some("shodan")),
            ("SHODAN_MIRROR_TOKEN", None),
            ("box_token", None),
            ("BOX_CLIENT_SECRET", Some("box")),
            ("inbox_client_secret", None),
            ("api_key", None),
        ] {
            assert_eq!(vendor(in_name(name.as_bytes(), embedded())), key, "{name}");
        }
    }

    #[test]
    fn so_do_hosts() {
        let text = b"curl 'https://api.shodan.io/x?key=VALUE' # https://example.com";
        let at = text.windows(5).position(|five| five == b"VALUE").unwrap();
        let all: Vec<&[u8]> = hosts(text, &(at..at + 5)).collect();
        assert_eq!(all, [&b"api.shodan.io"[..], b"example.com"]);
        assert_eq!(vendor(in_host(b"api.shodan.io", embedded())), Some("shodan"));
        assert_eq!(vendor(in_host(b"shodan.example.com", embedded())), None);
    }
}

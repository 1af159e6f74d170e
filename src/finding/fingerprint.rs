//! The name of a finding: what `allow`, baselines and a push rule hold instead of the secret.
//!
//! A keyed digest of rule and secret, and of nothing else: a finding keeps its name when lines move,
//! files are renamed and commits are rewritten. Eighty bits are far too few to be turned back into a
//! random secret and plenty to tell two findings apart.

use sha2::{Digest, Sha256};

use super::Excerpt;
use crate::engine::hmac;

/// Separates our digests from any other use of the same secret. Changing it orphans every allow list.
const DOMAIN: &[u8] = b"stanch finding fingerprint, version 1";
const _: () = assert!(DOMAIN.len() <= 64, "a longer key would have to be digested first");

/// Crockford's alphabet, lower case: no `i`, `l`, `o` or `u` to misread.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// Symbols in a whole fingerprint, without the dashes: 80 bits.
const SYMBOLS: usize = 16;

/// Fewest symbols by which a finding may be named: 40 bits.
const SHORTEST: usize = 8;

/// The fingerprint of `secret` as found by rule `rule_id`, for instance `k7f3-2q9x-m4ta-0c8e`.
pub fn fingerprint(rule_id: &str, secret: &[u8]) -> String {
    let mut message = Vec::with_capacity(rule_id.len() + 1 + secret.len());
    message.extend_from_slice(rule_id.as_bytes());
    // An id holds no NUL, so no two pairs give the same message.
    message.push(0);
    message.extend_from_slice(secret);
    let digest = hmac(DOMAIN, &message);

    let mut name = String::with_capacity(SYMBOLS + 3);
    let (mut bits, mut held) = (0u32, 0u32);
    let mut symbols = 0;
    for &byte in digest.iter().take(SYMBOLS * 5 / 8) {
        bits = (bits << 8) | u32::from(byte);
        held += 8;
        while held >= 5 {
            held -= 5;
            if symbols > 0 && symbols % 4 == 0 {
                name.push('-');
            }
            name.push(ALPHABET[(bits >> held & 31) as usize] as char);
            symbols += 1;
        }
    }
    name
}

/// A name for a place: of the rule and of the line with the secret taken out, so that it neither
/// changes with the lines above nor says anything of the secret. Sixteen hex digits.
pub fn of_line(rule_id: &str, excerpt: &Excerpt) -> String {
    let outside = |from: usize, to: usize| -> String {
        excerpt.text.chars().skip(from).take(to.saturating_sub(from)).collect()
    };
    let (before, after) = (outside(0, excerpt.start), outside(excerpt.end, usize::MAX));
    let digest = Sha256::digest([rule_id, &before, &after].join("\0"));
    digest[..8].iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A UUID of version 8 (RFC 9562, section 5.8) for `text`: the same for the same text.
pub fn uuid(text: &str) -> String {
    let mut bytes: [u8; 16] = [0; 16];
    bytes.copy_from_slice(&Sha256::digest(text)[..16]);
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

/// The part of a fingerprint that cards show: its first eight symbols, as `k7f3-2q9x`.
pub fn short(fingerprint: &str) -> &str {
    fingerprint.get(..SHORTEST + 1).unwrap_or(fingerprint)
}

/// Whether what a person typed names this finding: the whole fingerprint or at least its first eight
/// symbols, in any case, with or without dashes, with `o`, `i` and `l` read as the digits they look like.
pub fn matches_prefix(fingerprint: &str, typed: &str) -> bool {
    let typed = symbols(typed);
    typed.len() >= SHORTEST && symbols(fingerprint).starts_with(&typed)
}

/// What a person typed as a fingerprint, symbol by symbol, as one that we wrote has them.
pub(super) fn symbols(text: &str) -> String {
    text.trim()
        .chars()
        .filter(|c| *c != '-')
        .map(|c| match c.to_ascii_lowercase() {
            'o' => '0',
            'i' | 'l' => '1',
            c => c,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{Excerpt, fingerprint, matches_prefix, of_line, short, uuid};

    #[test]
    fn a_fingerprint_depends_on_rule_and_secret_only() {
        let one = fingerprint("acme-key", b"made up");
        assert_eq!(one, fingerprint("acme-key", b"made up"));
        assert_ne!(one, fingerprint("acme-token", b"made up"));
        assert_ne!(one, fingerprint("acme-key", b"made uq"));
        assert_eq!(one.len(), 19);
        assert!(one.bytes().all(|b| b == b'-' || super::ALPHABET.contains(&b)), "{one}");
        assert_eq!(one.split('-').map(str::len).collect::<Vec<_>>(), [4, 4, 4, 4]);
    }

    /// Allow lists in repositories hold fingerprints: this value may never change.
    #[test]
    fn fingerprints_are_stable_for_ever() {
        assert_eq!(fingerprint("acme-key", b"made up"), "wag5-fbpg-vht7-rr5g");
    }

    #[test]
    fn a_line_is_named_without_its_secret() {
        let line = |text: &str, start, end| Excerpt { text: text.into(), start, end };
        let one = of_line("acme-key", &line("a = ab••••••;", 4, 12));
        assert_eq!(one, of_line("acme-key", &line("a = xyz1••••••;", 4, 14)));
        assert_ne!(one, of_line("acme-key", &line("b = ab••••••;", 4, 12)));
        assert_ne!(one, of_line("acme-token", &line("a = ab••••••;", 4, 12)));
        assert_eq!(one.len(), 16);
    }

    #[test]
    fn a_uuid_says_its_version() {
        let id = uuid("a place");
        assert_eq!(id.split('-').map(str::len).collect::<Vec<_>>(), [8, 4, 4, 4, 12]);
        assert!(id.as_bytes()[14] == b'8' && b"89ab".contains(&id.as_bytes()[19]), "{id}");
        assert_ne!(id, uuid("another"));
    }

    #[test]
    fn a_person_may_type_the_first_eight_symbols() {
        let whole = fingerprint("acme-key", b"made up");
        assert!(matches_prefix(&whole, short(&whole)));
        assert!(matches_prefix(&whole, &whole.to_uppercase()));
        assert!(matches_prefix(&whole, &whole.replace('-', "")));
        assert!(matches_prefix("1010-1010-1010-1010", "IoLO-ioio"));
        assert!(!matches_prefix(&whole, &whole[..7]), "seven symbols are too few");
        assert!(!matches_prefix(&whole, ""));
        assert!(!matches_prefix(&whole, "zzzz-zzzz"));
    }
}

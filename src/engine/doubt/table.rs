//! Digests under the names of what they are of: in tables, with the name of their function before them, at the root of a tree.

use std::ops::Range;

use crate::catalogue::Rule;
use crate::engine::context::Surroundings;
use crate::engine::doubt::evidence::Evidence;
use crate::engine::names::{self, Role};
use crate::engine::owner::vendor_word::holds_word;
use crate::engine::owner::{mention, receiver};
use crate::engine::syntax::neighbour;
use crate::part::start_in;

/// Words of lines that speak of digests.
const DIGESTS: [&str; 12] = [
    "md5",
    "sha",
    "sha1",
    "sha256",
    "sha512",
    "checksum",
    "checksums",
    "digest",
    "digests",
    "commit",
    "revision",
    "evalsha",
];
/// Words of modules that make digests; `sha` may have a number behind it.
const MAKERS: [&str; 9] =
    ["md5", "sha", "hashlib", "digest", "digests", "checksum", "checksums", "shasum", "jssha"];

/// Whether hex digits under no more than a vendor's name stand in a table of such under other names, or below a comment that
/// speaks of digests, and nothing calls them secrets: of scripts and releases, `acme = "…"` beside `frob = "…"`.
pub(in crate::engine) fn is_in_table(rule: &Rule, around: &Surroundings<'_>) -> bool {
    let (text, value) = (around.text, &around.value);
    let is_secret = |name: &[u8]| names::role(name) == Role::Secret;
    let mut headers = neighbour::headers_above(text, value.start);
    if around.located.names.iter().any(|name| is_secret(name))
        || headers.any(is_secret)
        || neighbour::openers(text, value.start).any(is_secret)
        || is_secret(around.file_name)
    {
        return false;
    }
    let [before, behind] = neighbour::siblings(text, value.start).unwrap_or_default();
    let above = || before.rsplit(|b| *b == b'\n').skip(1);
    let is_like = |run: &[u8]| run.len() == value.len() && run.iter().all(u8::is_ascii_hexdigit);
    let holds_like =
        |line: &[u8]| !holds_word(rule, line) && line.split(|b| !b.is_ascii_alphanumeric()).any(is_like);
    let speaks = |line: &[u8]| names::words(line).iter().any(|word| DIGESTS.contains(&word.as_str()));
    above().chain(behind.split(|b| *b == b'\n').skip(1)).any(holds_like)
        || above().take(3).any(|line| mention::is_comment(line) && speaks(line))
}

/// How much of the start of a text is read, bytes: what it imports. How far around a value its table is looked at.
const HEAD: usize = 1536;
/// Fewest digests of a table beside a value.
const FEWEST: usize = 2;

/// Whether a value is a digest: by its own label, by its name, or by what stands around it where the `evidence` is no more
/// than that, or than a word which a test may make one of.
pub(in crate::engine) fn is_digest(
    name: Option<&[u8]>,
    text: &[u8],
    value: &Range<usize>,
    evidence: Evidence,
) -> bool {
    let bytes = &text[value.clone()];
    is_labelled(bytes)
        || name.is_some_and(|name| is_root(name, bytes))
        || (evidence == Evidence::Context || evidence == Evidence::Called && is_word_of_table(name, text))
            && is_expected(text, value)
}

/// Whether a name is one word and the key of an entry, as what a test makes digests of: `"secret": "…"`, `secret => "…"`.
fn is_word_of_table(name: Option<&[u8]>, text: &[u8]) -> bool {
    let Some(name) = name.filter(|name| name.iter().all(u8::is_ascii_lowercase)) else { return false };
    let start = start_in(text, name);
    let behind = text.get(start.saturating_add(name.len())..).unwrap_or_default();
    let sign = behind.strip_prefix(b"\"").or(behind.strip_prefix(b"'")).unwrap_or(behind).trim_ascii_start();
    sign.starts_with(b":") || sign.starts_with(b"=>")
}

/// Whether the name of a digest's function stands before a digest of its length, as browsers, registries and Nix have
/// them: `sha384-…`, `sha256:…`.
fn is_labelled(value: &[u8]) -> bool {
    const FUNCTIONS: [(&[u8], usize); 6] =
        [(b"md5", 16), (b"sha1", 20), (b"sha224", 28), (b"sha256", 32), (b"sha384", 48), (b"sha512", 64)];
    let is_base64 = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'-' | b'_' | b'=');
    FUNCTIONS.iter().any(|(name, bytes)| {
        let start = value.get(..name.len()).filter(|start| start.eq_ignore_ascii_case(name));
        let rest = start
            .and_then(|_| value[name.len()..].strip_prefix(b"-").or(value[name.len()..].strip_prefix(b":")));
        rest.is_some_and(|rest| {
            let bare = rest.len() - rest.iter().rev().take_while(|b| **b == b'=').count();
            rest.len() == 2 * bytes && rest.iter().all(u8::is_ascii_hexdigit)
                || bare == (8 * bytes).div_ceil(6) && rest.iter().all(is_base64)
        })
    })
}

/// Whether a value is the hash at the root of a tree, or what was committed to: `tokenRoot: "0x…"`.
fn is_root(name: &[u8], value: &[u8]) -> bool {
    let words = names::words(name);
    let is_hash = value.len() == 64 && value.iter().all(u8::is_ascii_hexdigit);
    let is_prefixed = value
        .strip_prefix(b"0x")
        .is_some_and(|rest| rest.len() == 64 && rest.iter().all(u8::is_ascii_hexdigit));
    let last = words.last().map(String::as_str).unwrap_or_default();
    let is_of_tree = matches!(last, "root" | "merkleroot" | "leaf" | "commitment" | "nullifier");
    is_prefixed && is_of_tree
        || (is_hash || is_prefixed) && words.iter().any(|word| word.starts_with("merkle"))
}

/// Whether hex digits stand in a table of such of one length, some under names of no secrets, where the text imports a
/// function for digests: what a test expects of it.
fn is_expected(text: &[u8], value: &Range<usize>) -> bool {
    let bytes = &text[value.clone()];
    if !matches!(bytes.len(), 32 | 40 | 56 | 64 | 96 | 128) || !bytes.iter().all(u8::is_ascii_hexdigit) {
        return false;
    }
    let is_maker = |word: &String| {
        let bare = word.trim_end_matches(|c: char| c.is_ascii_digit());
        MAKERS.contains(&word.as_str()) || bare == "sha"
    };
    let speaks = |line: &[u8]| names::words(line).iter().any(is_maker);
    let head = &text[..text.len().min(HEAD)];
    if !head.split(|b| *b == b'\n').any(|line| receiver::is_import(line) && speaks(line)) {
        return false;
    }
    let is_like = |run: &[u8]| run.len() == bytes.len() && run.iter().all(u8::is_ascii_hexdigit);
    let [before, behind] = neighbour::siblings(text, value.start).unwrap_or_default();
    let others = before.rsplit(|b| *b == b'\n').skip(1).chain(behind.split(|b| *b == b'\n').skip(1));
    let others: Vec<&[u8]> =
        others.filter(|line| line.split(|b| !b.is_ascii_alphanumeric()).any(is_like)).collect();
    let is_plain = |line: &&[u8]| {
        let name = line.split(|b| matches!(b, b'=' | b':' | b',')).next().unwrap_or_default();
        names::role(name) != Role::Secret
    };
    others.len() >= FEWEST && others.iter().any(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digests_are_told_by_their_function_their_name_or_their_table() {
        let (hex, base64) = ("0123456789abcdef".repeat(4), "aB3+".repeat(16));
        for (name, value) in [
            ("token", format!("sha384-{base64}")),
            ("token", format!("sha256:{hex}")),
            ("tokenRoot", format!("0x{hex}")),
            ("merkle_secret_root", hex.clone()),
        ] {
            assert!(
                is_digest(Some(name.as_bytes()), value.as_bytes(), &(0..value.len()), Evidence::Context),
                "{name} {value}"
            );
        }
        for (name, value) in [
            ("token", format!("sha256-{base64}")),
            ("token", format!("0x{hex}")),
            ("root_token", hex.clone()),
            ("tokenRoot", hex),
        ] {
            assert!(
                !is_digest(Some(name.as_bytes()), value.as_bytes(), &(0..value.len()), Evidence::Context),
                "{name} {value}"
            );
        }
    }
}

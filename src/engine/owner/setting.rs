//! Whose a setting is by its own name and where it stands: `jwt_secret` of Authelia's configuration.yml, `DBPASS` of
//! mailcow.conf, `ADMIN_TOKEN` of a service with Vaultwarden's image.
//!
//! The catalogue lists such settings as one word, the place and the name run together (`autheliajwt`, `mailcowdb`); the
//! place alone says nothing here. That is as good as a name which says it all, and goes before what stands around.

use std::ops::Range;

use crate::catalogue::RuleIx;
use crate::engine::names;
use crate::engine::owner::{Clue, Words, structure};
use crate::engine::syntax::enclosing::{Enclosure, Level};
use crate::engine::syntax::neighbour;

/// The clue that a setting of this name is the owner's in such a place.
pub(in crate::engine) const SETTING: Clue = "its name and its place";

/// How much of a path is looked at, the file's name and the folders around it, and most words of each part and of a name.
const MOST_PARTS: usize = 3;
const MOST_WORDS: usize = 4;

/// Names that anybody gives a secret.
#[rustfmt::skip]
const PLAIN: [&str; 18] = [
    "password", "passwd", "pass", "pwd", "passphrase", "secret", "token", "key", "auth", "apikey", "apitoken", "apisecret",
    "accesskey", "accesstoken", "secretkey", "clientsecret", "privatekey", "authkey",
];

/// Whether a name says nothing but that its value is a secret.
pub(in crate::engine) fn is_plain(name: &[u8]) -> bool {
    PLAIN.contains(&names::normalized(name).trim_end_matches(|c: char| c.is_ascii_digit()))
}

/// Whose setting `name` is in such an enclosure, in the file at `path`. With a plain name the nearest section alone is a
/// place, or the file where there is none.
pub(in crate::engine) fn owner<'e, 't: 'e>(
    name: &[u8],
    path: &[u8],
    enclosure: impl FnOnce() -> &'e Enclosure<'t>,
    words: Words<'_>,
) -> Option<(RuleIx, Clue)> {
    let is_plain = is_plain(name);
    let name = names::words(name);
    let told = |part: Part, place: &[u8]| joined((place, part), &name, words);
    // `PAPERLESS_DBPASS` says both itself.
    let in_name = || {
        let (first, rest) =
            name.split_first().filter(|(_, rest)| !PLAIN.contains(&rest.concat().as_str()))?;
        joined((first.as_bytes(), Part::Whole), rest, words)
    };
    let in_path = || path.rsplit(|b| *b == b'/').take(MOST_PARTS).find_map(|place| told(Part::Start, place));
    let file = path.rsplit(|b| *b == b'/').next().unwrap_or_default();
    let stem = &file[..memchr::memrchr(b'.', file).filter(|at| *at > 0).unwrap_or(file.len())];
    let in_structure = || {
        let levels = &enclosure().levels;
        let metadata = levels.last().into_iter().flat_map(structure::metadata);
        let in_metadata = || metadata.map(|place| told(Part::Any, place)).find_map(|rule| rule);
        let (depth, part) = if is_plain { (1, Part::Whole) } else { (levels.len(), Part::Any) };
        let of_level = |level: &Level<'_>| {
            let image = level.entries.iter().find(|entry| entry.name == b"image").map(|entry| entry.given);
            let header = level.header.filter(|header| !is_plain || neighbour::is_of_settings(header));
            let mut places = header.map(structure::key_of).into_iter().chain(image);
            places.find_map(|place| told(part, place))
        };
        let found = levels.iter().take(depth).find_map(of_level).or_else(in_metadata);
        // A file that goes by one word is its program's, whatever is set there; `.flaskenv` sets more.
        let tells = names::words(stem).len() > 1 || stem.starts_with(b".");
        let is_outside = levels.iter().all(|level| level.header.is_none()) && tells;
        found.or_else(|| (is_plain && is_outside).then(|| told(Part::Whole, stem)).flatten())
    };
    let found = if is_plain { in_structure() } else { in_path().or_else(in_name).or_else(in_structure) };
    Some((found?, SETTING))
}

/// Which words of a place may be the first of a setting's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Any,
    /// Those that it begins with: `vault-paperless.env` is Vault's or Vaultwarden's.
    Start,
    Whole,
}

/// The rule that some words of a place speak of together with the name, or with the words that it begins with.
fn joined((place, part): (&[u8], Part), name: &[String], words: Words<'_>) -> Option<RuleIx> {
    let parts = names::words(place);
    let parts = &parts[..parts.len().min(MOST_WORDS)];
    let name = &name[..name.len().min(MOST_WORDS)];
    let spans = (0..parts.len()).flat_map(|start| (start + 1..=parts.len()).map(move |end| start..end));
    let counts = |span: &Range<usize>| match part {
        Part::Any => true,
        Part::Start => span.start == 0,
        Part::Whole => span.len() == parts.len(),
    };
    spans.filter(counts).find_map(|span| {
        // `search:` above `api_token` is no SearchAPI.
        let tells = span.len() > 1 || !says_nothing(&parts[span.start]);
        let place = parts[span].concat();
        let with = |count: usize| {
            let name = name[..count].concat();
            // `dbpass` in one word.
            let is_longer = |word: &str| {
                count == 1 && word.len() > place.len() + 1 || word.len() == place.len() + name.len()
            };
            words.find_run(&format!("{place}{name}"), is_longer)
        };
        let is_whole = |count: &usize| *count == name.len() || is_plain(name[*count..].concat().as_bytes());
        (1..=name.len()).rev().filter(|count| tells && is_whole(count)).find_map(with)
    })
}

/// Whether a word of a place may stand for anything: `search`, but not `ns1`.
fn says_nothing(word: &str) -> bool {
    let is_numbered = word.len() > 2 && word.bytes().any(|b| b.is_ascii_digit());
    !is_numbered && neighbour::is_anybodys(word)
}

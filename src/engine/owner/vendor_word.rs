//! Whether a name speaks of a rule's vendor, and of whose public half.

use std::ops::Range;

use crate::catalogue::{Rule, RuleIx};
use crate::engine::context::{GOES_WITH, LONG_WORD};
use crate::engine::names::{self, Role};
use crate::engine::owner::client::TAKES;
use crate::engine::owner::{Words, address};
use crate::engine::shape::confirm::is_word;
use crate::engine::syntax::neighbour;

/// How far before a value the URL that it is a parameter of is looked for, bytes.
const LONGEST_QUERY: usize = 200;
/// Words that go with a vendor's in the names of its secrets and say nothing of what they are.
#[rustfmt::skip]
const PLAIN_WORDS: &[&str] = &[
    "my", "our", "the", "acct", "app", "application", "cfg", "conf", "settings", "data", "hex", "val", "live", "us1", "ie1", "au1",
    "sub", "parent", "root", "admin", "messaging", "message", "messages", "voice", "call", "calls", "text", "alerts", "notify",
    "gateway", "provider", "sender", "sdk", "http", "rest", "v1", "v2", "i", "s", "x", "hq",
];

/// Whether a name holds a word of the vendor; a file or host name (`twilio.min.js`) does not count as a name.
pub(in crate::engine) fn names_vendor(rule: &Rule, name: &[u8]) -> bool {
    !is_file_or_host(name) && holds_word(rule, name)
}

/// Whether a vendor's word stands in a name. Short words only count as whole words, alone or run together
/// with what they name: `line` is in `LINE_TOKEN` and `linetoken`, not in `deadline_token`.
pub(in crate::engine) fn holds_word(rule: &Rule, name: &[u8]) -> bool {
    let normalized = names::normalized(name);
    rule.vendor.words.iter().any(|word| {
        let word = names::normalized(word.as_bytes());
        if word.len() >= LONG_WORD {
            return normalized.contains(&word);
        }
        let names_secret =
            |rest: &str| rest.is_empty() || names::role(rest.as_bytes()) == Role::Secret || rest == "api";
        !word.is_empty()
            && names::words(name)
                .iter()
                .any(|part| part.strip_prefix(word.as_str()).is_some_and(names_secret))
    })
}

fn is_file_or_host(name: &[u8]) -> bool {
    const ENDS: &[&str] = &[
        "js", "mjs", "css", "png", "jpg", "jpeg", "gif", "svg", "ico", "html", "php", "py", "rb", "go",
        "java", "ts", "map", "json", "gz", "zip", "tgz", "whl", "jar", "exe", "com", "org", "net", "io",
        "dev", "lock", "txt", "md", "woff", "woff2", "ttf", "pdf", "xml", "yml", "yaml",
    ];
    let extension = name.rsplit(|&b| b == b'.').next().unwrap_or_default();
    extension.len() < name.len() && ENDS.iter().any(|end| extension.eq_ignore_ascii_case(end.as_bytes()))
}

/// Whether a vendor's word is one of a name's, or several of them: not `google` of `googletest`.
pub(in crate::engine) fn holds_whole_word(rule: &Rule, name: &[u8]) -> bool {
    let words = names::words(name);
    let is_whole = |joined: &str| {
        rule.vendor.words.iter().any(|word| {
            let rest = joined.strip_prefix(names::normalized(word.as_bytes()).as_str());
            rest.is_some_and(|rest| {
                let rest = rest.trim_end_matches(|c: char| c.is_ascii_digit());
                rest.is_empty() || GOES_WITH.contains(&rest.as_bytes())
            })
        })
    };
    let spans = (0..words.len())
        .flat_map(|start| (start + 1..=words.len().min(start + 3)).map(move |end| start..end));
    spans.into_iter().any(|span| is_whole(&words[span].concat()))
}

/// Whether a line is about a library that has its name with a vendor and nothing else: Ruby's scheduler `clockwork`, a clock
/// for Go's tests.
pub(in crate::engine) fn is_of_namesake(line: &[u8]) -> bool {
    const INCLUDES: [&[u8]; 2] = [b"include Clockwork", b"module Clockwork"];
    let line = line.trim_ascii();
    requires_namesake(line) || INCLUDES.contains(&line)
}

/// Whether a text requires such a library among what it begins with.
pub(in crate::engine) fn uses_namesake(text: &[u8]) -> bool {
    const HEAD: usize = 1536;
    text[..text.len().min(HEAD)].split(|b| *b == b'\n').any(requires_namesake)
}

/// Whether a line requires such a library.
fn requires_namesake(line: &[u8]) -> bool {
    let rest = line.trim_ascii().strip_prefix(b"require ").unwrap_or_default();
    let rest = rest.strip_prefix(b"'clockwork").or(rest.strip_prefix(b"\"clockwork")).unwrap_or_default();
    matches!(rest.first(), Some(b'\'' | b'"' | b'/'))
        || crate::memmem::find(line, b"jonboulle/clockwork").is_some()
}

/// The rule of the vendor whose public half a name gives, from the vendor's word on: `MEILISEARCH_SEARCH_API_KEY`, which
/// speaks of no other that is called after a search, `BUGSNAG_NOTIFIER_KEY`.
pub(in crate::engine) fn of_public_half(words: &[String], owners: Words<'_>) -> Option<RuleIx> {
    (1..words.len()).find_map(|end| {
        let half = words[end..].concat();
        let is_public = |rule: &RuleIx| {
            owners.catalogue.rule(*rule).vendor.public.names.iter().any(|listed| *listed == half)
        };
        owners.find(&words[end - 1]).filter(is_public)
    })
}

/// Whether a name says no more than the vendor and what its value is for: `twilio_sms`, not `TWILIO_IMAGE_TAG`.
pub(in crate::engine) fn says_only_vendor(rule: &Rule, name: &[u8]) -> bool {
    names::words(name).iter().all(|word| {
        names::says_nothing(word)
            || TAKES.contains(&word.as_str())
            || PLAIN_WORDS.contains(&word.as_str())
            || holds_word(rule, word.as_bytes())
            || names::role(word.as_bytes()) == Role::Secret
    })
}

/// Whether a file is named for the vendor and a secret: `twilio_token`.
pub(in crate::engine) fn file_names_it(rule: &Rule, file_name: &[u8]) -> bool {
    holds_word(rule, file_name)
        && ["token", "secret", "key", "auth", "pass", "cred"]
            .iter()
            .any(|w| crate::memmem::find(file_name, w.as_bytes()).is_some())
}

/// Whether the value is a parameter of a URL of the vendor's: `https://acme.io/v1?token=…`, put together or not.
pub(in crate::engine) fn is_in_own_query(rule: &Rule, text: &[u8], value: &Range<usize>) -> bool {
    let line = neighbour::line_before(text, value.start, LONGEST_QUERY);
    let name = line.strip_suffix(b"=").unwrap_or_default();
    let length = name.iter().rev().take_while(|b| is_word(**b)).count();
    let is_parameter = matches!(name[..name.len() - length].last(), Some(b'?' | b'&'));
    let host = is_parameter.then(|| address::hosts(text, value).next()).flatten();
    host.is_some_and(|host| host.split(|b| *b == b'.').any(|label| holds_whole_word(rule, label)))
}

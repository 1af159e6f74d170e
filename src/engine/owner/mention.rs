//! Whom a text speaks of around a secret whose own name tells nobody: `import mixpanel` above `api_secret="…"`.
//!
//! Only where it is one vendor alone that is spoken of, and where the value's entry or section of settings names no
//! owner of its own.

use std::cell::OnceCell;
use std::collections::BTreeSet;
use std::ops::Range;

use crate::catalogue::{ByName, RuleIx, Service};
use crate::engine::owner::vendor_word::{is_of_namesake, uses_namesake};
use crate::engine::owner::{self, Words, address, receiver, structure};
use crate::engine::syntax::enclosing::Enclosure;
use crate::engine::syntax::{enclosing, heading, neighbour};
use crate::engine::word_set::WordSet;
use crate::engine::{FileHint, Syntax, names};
use crate::part::start_in;

mod block;
mod heard;

pub(in crate::engine) use heard::Heard;
use heard::LONGEST_HEARD;

/// How far around a value the text is read first, and then, bytes.
const NEAR: usize = 200;
const FAR: usize = 2048;
/// How much of the start of a text is read, bytes: what it imports.
const HEAD: usize = 1536;
/// Shortest word that speaks of a vendor.
const SHORTEST: usize = 4;
/// Most words that are put together: `africas-talking`, `alpha_vantage`, `tomorrow.io`.
const JOINED: usize = 3;

/// Vendors that texts and paths mention for other reasons: where code and images come from, what programs run on.
#[rustfmt::skip]
static ORIGINS: WordSet<69> = WordSet::new([
    "github", "ghcr", "ghcrio", "gitlab", "bitbucket", "google", "gcloud", "docker", "dockerhub", "npm", "npmrc", "pypi",
    "testpypi", "rubygems", "nuget", "crates", "packagist", "kubernetes", "amazon", "amazonaws", "microsoft",
    "hashicorp", "terraform", "pulumi", "facebook", "twitter", "youtube", "instagram", "pinterest", "linkedin", "adobe",
    "yahoo", "symfony", "laravel", "rails", "aspnet", "postman", "telegraf", "codecov", "coveralls", "codacy", "travis",
    "circleci", "buildkite", "browserstack", "readme", "wallet", "openapi", "huggingface", "uber", "sentry", "reddit", "tiktok",
    "snapchat", "tumblr", "vimeo", "weibo", "mastodon", "bluesky", "bsky", "recaptcha", "appveyor", "transifex",
    "weblate", "hackerone", "stadia", "atproto", "arcgis", "ipify",
]);
/// Programs that texts mention where it is not their password that is spoken of.
static PROGRAMS: WordSet<11> = WordSet::new([
    "wordpress",
    "drupal",
    "joomla",
    "mediawiki",
    "airflow",
    "netbox",
    "nextcloud",
    "moodle",
    "typo3",
    "grafana",
    "vagrant",
]);

/// Whether a text that holds this word may speak of something else.
fn is_everywhere(word: &str) -> bool {
    ORIGINS.contains(word) || PROGRAMS.contains(word)
}

/// Whether a path that holds this word may speak of something else.
pub(in crate::engine) fn is_origin(word: &str) -> bool {
    ORIGINS.contains(word)
}

/// The one vendor that the text around `value`, its start or the file's name speaks of.
pub(in crate::engine) fn speaks_of(
    text: &[u8],
    value: &Range<usize>,
    name: Option<&[u8]>,
    hint: FileHint<'_>,
    (words, heard): (Words<'_>, &Heard),
) -> Option<RuleIx> {
    if neighbour::names_an_owner(text, value.start, name) {
        let is_section = neighbour::bracketed(text, value.start, FAR).is_some();
        let is_used = |rule| is_of_used_server(text, value.start, rule, words);
        return of_own_file(name, hint, words).filter(|rule| is_section && !is_used(*rule));
    }
    // Another section of settings is no neighbour, and what stands before the first one is of all.
    let is_settings = hint.syntax() == Syntax::Bare;
    let section = is_settings.then(|| neighbour::bracketed(text, value.start, FAR)).flatten();
    // So is another row of a table.
    let row = heading::row(text, value);
    let own = row.clone().or(section.clone()).unwrap_or(0..text.len());
    let ceiling = if hint.is_markdown() { own.end.min(next_heading(text, value.end)) } else { own.end };
    // Nor is another item of the same list. The database of a program may be set up beside it.
    let enclosure = (!owner::is_of_database(name)).then(|| Enclosure::of(text, value));
    let is_known = |entry: &enclosing::Entry<'_>| structure::of_kind(entry, words).is_some();
    let is_of_stranger = |enclosure: &Enclosure<'_>| {
        enclosure.is_of_stranger(is_known) || structure::is_of_stranger(enclosure, words)
    };
    if enclosure.as_ref().is_some_and(is_of_stranger) {
        return None;
    }
    let apart = |part: Range<usize>| match &enclosure {
        Some(enclosure) => enclosure.without_siblings(part, hint),
        None => vec![&text[part]],
    };
    let around = |reach: usize| {
        let before = value.start.saturating_sub(reach).max(own.start)..value.start;
        let behind = apart(value.end..ceiling.min(value.end + reach));
        let behind =
            if is_settings { behind.into_iter().flat_map(without_headings).collect() } else { behind };
        [apart(before), behind].concat()
    };
    let head = &text[..if row.is_some() { 0 } else { text.len().min(HEAD) }];
    let first = || (0..head.len()).find(|at| (*at == 0 || head[at - 1] == b'\n') && head[*at] == b'[');
    let head = section.and_then(|_| first()).unwrap_or(head.len()).min(ceiling);
    // The letters of the value itself speak of nobody.
    let start = [0..head.min(value.start), head.min(value.end)..head].map(apart).concat();
    // In prose a sentence is about one thing.
    let sentence = if hint.is_markdown() {
        let rest = &text[value.end..text.len().min(value.end + LONGEST_HEARD)];
        let rest = &rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len())];
        vec![neighbour::line_before(text, value.start, LONGEST_HEARD), rest]
    } else {
        Vec::new()
    };
    let in_block = block::around(text, value, hint).map(|block| {
        let part = |reach: usize| {
            let from = value.start.saturating_sub(reach).max(own.start).max(block.start);
            let until = ceiling.min(value.end + reach).min(block.end);
            [apart(from..value.start), apart(value.end..until)].concat()
        };
        vec![part(NEAR), part(FAR)]
    });
    let in_block = in_block.unwrap_or_default();
    let far = [around(FAR), start].concat();
    // Where a program's mail goes, and which directory it asks, its folder does not tell.
    let kind = name.filter(|_| words.takes == ByName::Password).and_then(owner::named::service_named);
    let is_elsewhere = matches!(kind, Some(Service::Mail | Service::Directory));
    let path = if is_elsewhere { Vec::new() } else { vec![without_extension(hint.path())] };
    // One of those who may log in is called as he likes.
    let is_one = || enclosure.as_ref().is_some_and(structure::is_of_person);
    let places = match words.takes {
        ByName::Secret if is_one() => vec![path],
        _ => [vec![sentence], in_block, vec![around(NEAR), far, path]].concat(),
    };
    // Of a client of somebody nobody knows the remarks beside it tell nothing.
    let stranger = OnceCell::new();
    let is_strangers = || *stranger.get_or_init(|| is_strangers(text, value.start, words));
    let around = |parts: &Vec<&[u8]>| match heard.around(parts, name, words) {
        (owners, true) if !owners.is_empty() && is_strangers() => BTreeSet::new(),
        (owners, _) => owners,
    };
    let owner = alone(places.iter().map(around).find(|owners| !owners.is_empty())?)?;
    let has_namesake = words.catalogue.rule(owner).vendor.words.contains(&"clockwork");
    (!has_namesake || !uses_namesake(text)).then_some(owner)
}

/// The vendor whose settings a file is by its name alone, `acme.ini`: what its sections in brackets are called says less.
pub(in crate::engine) fn of_own_file(
    name: Option<&[u8]>,
    hint: FileHint<'_>,
    words: Words<'_>,
) -> Option<RuleIx> {
    let is_of_section =
        name.is_some_and(|name| names::words(name).iter().all(|word| neighbour::is_anybodys(word)));
    let path = without_extension(hint.path());
    let stem = names::normalized(path.rsplit(|b| *b == b'/').next()?);
    // `.my.cnf` goes by its whole name.
    let whole = names::normalized(&hint.lower_name());
    let is_own = |name: &&str| name.len() >= SHORTEST && !is_everywhere(name) && !owner::is_everyday(name);
    let mut told = [stem.as_str(), whole.as_str()].into_iter().filter(is_own);
    told.find_map(|name| words.find(name)).filter(|_| hint.syntax() == Syntax::Bare && is_of_section)
}

/// Whether the section of a value is that of a server which a program uses, and not of its own, `rule`'s vendor's:
/// `[database]` and `[smtp]` of its settings.
pub(in crate::engine) fn is_of_used_server(
    text: &[u8],
    value: usize,
    rule: RuleIx,
    words: Words<'_>,
) -> bool {
    let vendor = words.catalogue.rule(rule).vendor;
    neighbour::headers_above(text, value).next().is_some_and(|header| {
        owner::is_of_database(Some(header)) && !owner::is_database(vendor)
            || owner::named::service_named(header).is_some_and(|kind| vendor.service != Some(kind))
    })
}

/// A path without what stands behind the last full stop of the file's name: `auth.js` is no `authjs`.
fn without_extension(path: &[u8]) -> &[u8] {
    let name = memchr::memrchr(b'/', path).map_or(0, |at| at + 1);
    memchr::memrchr(b'.', &path[name..]).filter(|at| *at > 0).map_or(path, |at| &path[..name + at])
}

/// Where the next heading of Markdown stands behind a place, or the text ends: `## Proxmox`.
fn next_heading(text: &[u8], at: usize) -> usize {
    let is_heading = |break_at: &usize| {
        let line = &text[break_at + 1..];
        let signs = line.iter().take_while(|b| **b == b'#').count();
        (1..=6).contains(&signs) && line.get(signs) == Some(&b' ')
    };
    let behind = &text[at..text.len().min(at + FAR)];
    let mut breaks = memchr::memchr_iter(b'\n', behind).map(|found| at + found);
    breaks.find(is_heading).unwrap_or(text.len())
}

/// What of the lines behind a value is no comment above what follows an empty line: that is the heading of others.
fn without_headings(part: &[u8]) -> Vec<&[u8]> {
    let mut is_below = false;
    part.split(|b| *b == b'\n')
        .filter(|line| {
            is_below |= line.trim_ascii().is_empty();
            !(is_below && is_comment(line))
        })
        .collect()
}

/// Whether the call or the block that a value stands in is a type of a module that speaks of nobody known:
/// `new Frob({` below `require('passport-frob')`.
fn is_strangers(text: &[u8], value: usize, words: Words<'_>) -> bool {
    let is_type = |run: &&[u8]| run.len() >= SHORTEST && run[0].is_ascii_uppercase();
    let is_unknown = |run: &[u8]| {
        let word = names::normalized(run);
        !neighbour::is_anybodys(&word) && words.find(&word).is_none() && receiver::imports(text, &word)
    };
    let own = neighbour::line_before(text, value, LONGEST_HEARD);
    std::iter::once(own)
        .chain(neighbour::openers(text, value))
        .any(|line| line.split(|b| !b.is_ascii_alphanumeric()).filter(is_type).any(is_unknown))
}

/// The one owner that is spoken of.
pub(in crate::engine) fn alone(mut owners: BTreeSet<RuleIx>) -> Option<RuleIx> {
    owners.pop_first().filter(|_| owners.is_empty())
}

/// Whether a line is a comment, in any language.
pub(in crate::engine) fn is_comment(line: &[u8]) -> bool {
    const SIGNS: [&[u8]; 8] = [b"# ", b"## ", b"//", b"/*", b"* ", b"-- ", b"; ", b"<!--"];
    let line = line.trim_ascii_start();
    SIGNS.iter().any(|sign| line.starts_with(sign))
}

/// The vendors that a line speaks of by what can be nobody else's: the host of a URL, the scope of an npm package.
fn addressed(line: &[u8], owners: Words<'_>, vendors: &mut BTreeSet<RuleIx>) {
    // JSON may escape the signs.
    let signs = [&b"://"[..], b":\\/\\/"];
    let urls = signs
        .into_iter()
        .flat_map(|sign| memchr::memmem::find_iter(line, sign).map(move |at| &line[at + sign.len()..]));
    let hosts = urls.map(|url| &url[..address::length(url)]);
    vendors.extend(hosts.filter_map(|host| {
        let label = address::label_of(host)?;
        owners.of_domain(host).filter(|_| !is_everywhere(&label))
    }));
    let scopes = memchr::memchr_iter(b'@', line).map(|at| &line[at + 1..]);
    let scopes = scopes.filter(|scope| scope.get(address::length(scope)) == Some(&b'/'));
    let word = |scope: &[u8]| owners.find(&names::normalized(&scope[..address::length(scope)]));
    vendors.extend(scopes.filter_map(word));
}

/// The vendors that a line speaks of.
pub(in crate::engine) fn in_line(line: &[u8], owners: Words<'_>, vendors: &mut BTreeSet<RuleIx>) {
    addressed(line, owners, vendors);
    if is_of_namesake(line) {
        return;
    }
    // Nearly all products are named by letters that mean nothing else: ssh, ftp.
    let shortest = if owners.takes == ByName::Password { SHORTEST - 1 } else { SHORTEST };
    let runs = line.split(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'\'')));
    let counts =
        |run: &&[u8]| run.len() >= shortest && !is_bare_number(run, line) && !is_user_of_mailbox(run, line);
    for run in runs.filter(counts) {
        let mut words = names::words(run);
        words.dedup_by(|word, before| {
            let is_one = names::NO_VENDORS.contains(&(before.as_str(), word.as_str()));
            if is_one {
                before.push_str(word);
            }
            is_one
        });
        // `MQConnectionFactory` is nobody's in `ActiveMQConnectionFactory`: what begins earlier has its words.
        let mut taken = 0;
        for start in 0..words.len() {
            let mut joined = String::new();
            let before = taken;
            for (at, word) in words.iter().enumerate().skip(start).take(JOINED) {
                joined.push_str(word);
                if joined.len() < shortest || start > 0 && at + 1 == words.len() && is_counted(run, line) {
                    continue;
                }
                let is_taken = start < before && at >= before;
                let spoken_of = owners.find(&joined).filter(|_| !is_taken);
                taken = taken.max(if spoken_of.is_some() { at + 1 } else { 0 });
                vendors.extend(spoken_of.filter(|_| !is_everywhere(&joined) && !owner::is_everyday(&joined)));
            }
        }
    }
}

/// Whether a run is the user of a mailbox, who is called after what sends its mail: `acme@corp.lan`.
fn is_user_of_mailbox(run: &[u8], line: &[u8]) -> bool {
    let behind = line[start_in(line, run) + run.len()..].strip_prefix(b"@").unwrap_or_default();
    let host = &behind[..address::length(behind)];
    // `acme@4.2.1` is a version of a package.
    let top = host.rsplit(|b| *b == b'.').next().unwrap_or_default();
    top.len() < host.len() && top.first().is_some_and(u8::is_ascii_alphabetic)
}

/// Whether a number on a line is no port.
fn is_bare_number(run: &[u8], line: &[u8]) -> bool {
    let is_port = || {
        let before = &line[..start_in(line, run)];
        // `10.0.0.4 6379`, `db.acme.io,1433`.
        let word = before.trim_ascii_end().rsplit(u8::is_ascii_whitespace).next().unwrap_or_default();
        let is_behind_host = || before.ends_with(b" ") && (word.contains(&b'.') || word == b"localhost");
        before.ends_with(b":")
            || before.ends_with(b",")
            || word == b"-p"
            || is_behind_host()
            || crate::memmem::find(&before.to_ascii_lowercase(), b"port").is_some()
    };
    run.iter().all(u8::is_ascii_digit) && !is_port()
}

/// Whether what ends in a word of somebody's is given a number, and so is a limit or a count: `"iat_slack": 120`.
fn is_counted(run: &[u8], line: &[u8]) -> bool {
    let behind = &line[start_in(line, run) + run.len()..];
    let sign = behind.strip_prefix(b"\"").or(behind.strip_prefix(b"'")).unwrap_or(behind).trim_ascii_start();
    let given = sign.strip_prefix(b":").or(sign.strip_prefix(b"=")).unwrap_or_default().trim_ascii_start();
    let digits = given.iter().take_while(|b| b.is_ascii_digit()).count();
    digits > 0
        && given[digits..].trim_ascii_start().first().is_none_or(|b| matches!(b, b',' | b'}' | b';' | b')'))
}

/// The name of `NAME=value`, `some.name=value`, `- NAME: value`, `NAME = "value"`, `name: { … }`.
pub(in crate::engine) fn variable(line: &[u8]) -> Option<&[u8]> {
    let bare = line.trim_ascii_start();
    let bare = bare.strip_prefix(b"- ").or(bare.strip_prefix(b"export ")).unwrap_or(bare).trim_ascii_start();
    let is_name = |b: &&u8| b.is_ascii_alphanumeric() || matches!(**b, b'_' | b'.' | b'-');
    let name = &bare[..bare.iter().take_while(is_name).count()];
    let is_capital = name.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || *b == b'_');
    let has_parts = || name.iter().any(|b| matches!(b, b'_' | b'.' | b'-'));
    // With blanks around the sign it may be code: a literal speaks for its name only, a call or an address for more.
    let is_literal = || {
        let given = bare[name.len()..].trim_ascii_start().strip_prefix(b"=").map(<[u8]>::trim_ascii_start);
        given.and_then(|given| given.first()).is_some_and(|b| matches!(b, b'"' | b'\''))
            && crate::memmem::find(line, b"://").is_none()
    };
    let is_given_block = || {
        let given = bare[name.len()..].trim_ascii_start().strip_prefix(b"=");
        given.is_some_and(is_block) && crate::memmem::find(line, b"://").is_none()
    };
    let is_variable = match bare.get(name.len()) {
        // A single word is a field of its section: `ssid="…"`.
        Some(b'=') => is_capital || has_parts(),
        Some(b':') => is_capital || is_block(&bare[name.len() + 1..]),
        Some(b' ') => (is_capital || has_parts()) && (is_literal() || is_given_block()),
        _ => false,
    };
    (name.len() > 2 && is_variable).then_some(name)
}

/// Whether a line gives a name a block and closes it.
fn is_block(given: &[u8]) -> bool {
    let given = given.trim_ascii();
    let ends = [&b","[..], b";", b".freeze"];
    given.starts_with(b"{")
        && ends.iter().find_map(|end| given.strip_suffix(*end)).unwrap_or(given).ends_with(b"}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::embedded;

    fn vendor(path: &str, text: &str) -> Option<&'static str> {
        let at = text.find("VALUE").unwrap();
        let hint = FileHint::new(path.as_bytes());
        let words = Words::of_vendors(embedded());
        let found =
            speaks_of(text.as_bytes(), &(at..at + 5), Some(b"api_key"), hint, (words, &Heard::default()));
        found.map(|rule| embedded().rule(rule).vendor.key)
    }

    #[test]
    fn one_vendor_alone() {
        for (path, text, key) in [
            ("a.py", "import shodan\napi_key = 'VALUE'", Some("shodan")),
            ("a.py", "from shodan_client import x\nimport pipedrive\napi_key = 'VALUE'", None),
            ("a.py", "from shodan_client import x\n\n# pipedrive\napi_key = 'VALUE'", Some("shodan")),
            ("a.ts", "import x from '@sanity/client'\napi_key = 'VALUE'", Some("sanity")),
            ("a.js", "get('https://api.pipedrive.com/v1')\napi_key = 'VALUE'", Some("pipedrive")),
            ("shodan/agent.cfg", "api_key = VALUE", Some("shodan")),
            ("a.sh", "curl https://api.github.com/x\napi_key = 'VALUE'", None),
            ("a.go", "import \"github.com/kim/x\"\napi_key = 'VALUE'", None),
            (".env", "SHODAN_HOST=x\nAPI_KEY=VALUE", None),
            ("a.py", "SHODAN_KEY = 'x'\nAPI_KEY = 'VALUE'", None),
            ("a.js", "  shodan: { token: 'x' },\n  apiKey: 'VALUE',", None),
            ("a.py", "client_a = shodan.Client()\nAPI_KEY = 'VALUE'", Some("shodan")),
            ("a.properties", "shodan.host=x\napi.key=VALUE", None),
            ("a.yml", "shodan: 1\nfrobnicate:\n  api_key: VALUE", None),
        ] {
            assert_eq!(vendor(path, text), key, "{text}");
        }
    }
}

//! Whom a text speaks of around a secret whose own name tells nobody: `import mixpanel` above `api_secret="…"`.
//!
//! Only where it is one vendor alone that is spoken of, and where the value's entry or section of settings names no
//! owner of its own.

use std::collections::BTreeSet;
use std::ops::Range;

use super::{FileHint, names, neighbour, owner};
use crate::catalogue::{Catalogue, RuleIx};

/// How far around a value the text is read first, and then, bytes.
const NEAR: usize = 200;
const FAR: usize = 2048;
/// How much of the start of a text is read, bytes: what it imports.
const HEAD: usize = 1536;
/// Shortest word that speaks of a vendor.
const SHORTEST: usize = 4;
/// Most words that are put together: `africas-talking`, `alpha_vantage`, `tomorrow.io`.
const JOINED: usize = 3;

/// Vendors that texts mention for other reasons: where code and images come from, what programs run on.
#[rustfmt::skip]
const EVERYWHERE: &[&str] = &[
    "github", "gitlab", "bitbucket", "google", "gcloud", "docker", "dockerhub", "npm", "npmrc", "pypi",
    "testpypi", "rubygems", "nuget", "crates", "packagist", "kubernetes", "amazon", "amazonaws", "microsoft",
    "hashicorp", "terraform", "facebook", "twitter", "youtube", "instagram", "pinterest", "linkedin", "adobe",
    "yahoo", "symfony", "laravel", "rails", "aspnet", "postman", "generic", "telegraf", "codecov",
    "coveralls", "codacy", "travis", "circleci", "browserstack", "readme", "wallet", "openapi", "huggingface",
    "uber", "sentry", "wordpress", "drupal", "joomla", "mediawiki", "airflow", "netbox", "nextcloud",
    "moodle", "reddit", "tiktok", "snapchat", "tumblr", "vimeo", "weibo", "mastodon", "bluesky", "bsky",
    "recaptcha", "appveyor", "transifex", "weblate", "hackerone", "typo3", "stadia", "atproto", "arcgis",
];

/// The one vendor that the text around `value`, its start or the file's name speaks of.
pub(super) fn speaks_of(
    text: &[u8],
    value: &Range<usize>,
    name: Option<&[u8]>,
    hint: FileHint<'_>,
    catalogue: &Catalogue,
) -> Option<RuleIx> {
    if neighbour::names_an_owner(text, value.start, name) {
        return None;
    }
    let around = |reach: usize| {
        [
            &text[value.start.saturating_sub(reach)..value.start],
            &text[value.end..text.len().min(value.end + reach)],
        ]
    };
    let mut vendors = BTreeSet::new();
    around(NEAR).into_iter().for_each(|part| mentioned(part, catalogue, &mut vendors));
    if vendors.is_empty() {
        around(FAR).into_iter().for_each(|part| mentioned(part, catalogue, &mut vendors));
        mentioned(&text[..text.len().min(HEAD)], catalogue, &mut vendors);
    }
    if vendors.is_empty() {
        mentioned(hint.path(), catalogue, &mut vendors);
    }
    vendors.pop_first().filter(|_| vendors.is_empty())
}

/// The vendors that a piece of text speaks of, by their rules. The entries of an environment file speak for
/// themselves only.
fn mentioned(part: &[u8], catalogue: &Catalogue, vendors: &mut BTreeSet<RuleIx>) {
    for line in part.split(|b| *b == b'\n').filter(|line| !is_variable(line)) {
        // What no other word can be: the host of a URL, the scope of an npm package.
        let urls = memchr::memmem::find_iter(line, b"://").map(|at| &line[at + 3..]);
        let labels = urls.filter_map(|url| owner::label_of(&url[..length(url)]));
        let labels = labels.filter(|label| !EVERYWHERE.contains(&label.as_str()));
        vendors.extend(labels.filter_map(|label| catalogue.by_word(&label)));
        let scopes = memchr::memchr_iter(b'@', line).map(|at| &line[at + 1..]);
        let scopes = scopes.filter(|scope| scope.get(length(scope)) == Some(&b'/'));
        let word = |scope: &[u8]| catalogue.by_word(&names::normalized(&scope[..length(scope)]));
        vendors.extend(scopes.filter_map(word));
        let runs = line.split(|b| !(b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'\'')));
        for run in runs.filter(|run| run.len() >= SHORTEST) {
            let words = names::words(run);
            for start in 0..words.len() {
                let mut joined = String::new();
                for word in words[start..].iter().take(JOINED) {
                    joined.push_str(word);
                    let told = joined.len() >= SHORTEST
                        && !EVERYWHERE.contains(&joined.as_str())
                        && !owner::is_everyday(&joined);
                    vendors.extend(told.then(|| catalogue.by_word(&joined)).flatten());
                }
            }
        }
    }
}

/// How many bytes of a host or of a scope stand at the start.
fn length(text: &[u8]) -> usize {
    text.iter().take_while(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-')).count()
}

/// `NAME=value`, `some.name=value`.
fn is_variable(line: &[u8]) -> bool {
    let line = line.strip_prefix(b"export ").unwrap_or(line);
    let is_name = |b: &&u8| b.is_ascii_alphanumeric() || matches!(**b, b'_' | b'.' | b'-');
    let name = line.iter().take_while(is_name).count();
    name > 2 && line.get(name) == Some(&b'=')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalogue::embedded;

    fn vendor(path: &str, text: &str) -> Option<&'static str> {
        let at = text.find("VALUE").unwrap();
        let hint = FileHint::new(path.as_bytes());
        let found = speaks_of(text.as_bytes(), &(at..at + 5), Some(b"api_key"), hint, embedded());
        found.map(|rule| embedded().rule(rule).vendor.key)
    }

    #[test]
    fn one_vendor_alone() {
        for (path, text, key) in [
            ("a.py", "import shodan\napi_key = 'VALUE'", Some("shodan")),
            ("a.py", "from shodan_client import x\n\n# pipedrive\napi_key = 'VALUE'", None),
            ("a.ts", "import x from '@sanity/client'\napi_key = 'VALUE'", Some("sanity")),
            ("a.js", "get('https://api.pipedrive.com/v1')\napi_key = 'VALUE'", Some("pipedrive")),
            ("shodan/agent.cfg", "api_key = VALUE", Some("shodan")),
            ("a.sh", "curl https://api.github.com/x\napi_key = 'VALUE'", None),
            ("a.go", "import \"github.com/kim/x\"\napi_key = 'VALUE'", None),
            (".env", "SHODAN_HOST=x\nAPI_KEY=VALUE", None),
            ("a.properties", "shodan.host=x\napi.key=VALUE", None),
            ("a.yml", "shodan: 1\nfrobnicate:\n  api_key: VALUE", None),
        ] {
            assert_eq!(vendor(path, text), key, "{text}");
        }
    }
}

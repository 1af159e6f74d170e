//! A list of settings of many vendors: each secret is its own vendor's, whoever stands on the next line.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use stanch::catalogue::{Confidence, GENERIC_VENDOR, embedded, sample};
use stanch::engine::{FileHint, Scanner};

/// Lines of one file, and among them a secret of somebody whom nobody knows.
const LINES: usize = 12;
const STRANGERS: [&str; 4] = [
    "FROBNICATE_API_KEY={hex:32}",
    "ZORBLAX_TOKEN={hex:40}",
    "QUUXCO_SECRET_KEY={b62:32}",
    "WIBBLEWORKS_AUTH_TOKEN={b62:40}",
];

/// `NAME=value`, one example a vendor, with the vendor's key.
fn entries() -> Vec<(&'static str, String)> {
    let mut entries: Vec<(&str, String)> = Vec::new();
    for (_, rule) in embedded().rules() {
        let is_entry = |line: &str| {
            line.split_once('=').is_some_and(|(name, _)| {
                !name.is_empty()
                    && name.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
            })
        };
        let mut lines = rule.about().examples.matches.iter().map(|example| sample::expand(example, rule.id));
        let is_first = entries.last().is_none_or(|(vendor, _)| *vendor != rule.vendor.key);
        if is_first
            && rule.confidence > Confidence::Low
            && let Some(line) = lines.find(|line| !line.contains('\n') && is_entry(line))
        {
            entries.push((rule.vendor.key, line));
        }
    }
    entries
}

#[test]
fn a_secret_is_not_the_neighbours() {
    let entries = entries();
    assert!(entries.len() > 300, "{}", entries.len());
    let mut scanner = Scanner::new(embedded());
    let (mut all, mut named, mut wrong) = (0, 0, Vec::new());
    // Neighbours in several orders: strides that share no factor with a number of files.
    for stride in [1, 7, 31, 101] {
        let order: Vec<_> = (0..entries.len()).map(|at| &entries[at * stride % entries.len()]).collect();
        for (number, some) in order.chunks(LINES).enumerate() {
            let seed = format!("{stride} {number}");
            let stranger = (GENERIC_VENDOR, sample::expand(STRANGERS[number % STRANGERS.len()], &seed));
            let mut some: Vec<_> = some.to_vec();
            some.insert(number % some.len(), &stranger);
            let text: String = some.iter().flat_map(|(_, line)| [line.as_str(), "\n"]).collect();
            let found = scanner.scan(text.as_bytes(), FileHint::new(b".env"));
            let mut start = 0;
            for (vendor, line) in &some {
                let end = start + line.len();
                for candidate in found.iter().filter(|c| (start..end).contains(&c.range.start)) {
                    all += 1;
                    let told = embedded().rule(candidate.rule).vendor.key;
                    named += usize::from(told == *vendor);
                    if told != *vendor {
                        wrong.push(format!("{told} in {}", line.split('=').next().unwrap()));
                    }
                }
                start = end + 1;
            }
        }
    }
    wrong.sort();
    wrong.dedup();
    println!("{all} secrets, {named} with their vendor");
    assert!(all > 4 * entries.len(), "{all} secrets found");
    assert!(wrong.is_empty(), "{} of {all}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn a_section_is_not_the_one_beside_it() {
    let key = |seed: &str| sample::expand("{hex:32}", seed);
    let mut scanner = Scanner::new(embedded());
    for (path, text) in [
        ("a.yml", "algolia:\n  admin_key: ALGOLIA\nfrobnicate:\n  api_key: STRANGER\n"),
        (
            "b.json",
            "{\n  \"algolia\": { \"adminKey\": \"ALGOLIA\" },\n  \"frobnicate\": { \"apiKey\": \"STRANGER\" }\n}\n",
        ),
        (
            "c.toml",
            "[algolia]\napp = \"x\"\nadmin_key = \"ALGOLIA\"\n\n[frobnicate]\napi_key = \"STRANGER\"\n",
        ),
        ("d.xml", "<c>\n  <algolia adminKey=\"ALGOLIA\"/>\n  <frobnicate apiKey=\"STRANGER\"/>\n</c>\n"),
        (
            "e.tf",
            "provider \"algolia\" {\n  admin_key = \"ALGOLIA\"\n}\n\nprovider \"frobnicate\" {\n  api_key = \"STRANGER\"\n}\n",
        ),
        (
            "f.php",
            "return [\n    'algolia' => [\n        'admin_key' => 'ALGOLIA',\n    ],\n    'frobnicate' => [\n        'api_key' => 'STRANGER',\n    ],\n];\n",
        ),
    ] {
        let text = text.replace("ALGOLIA", &key("one")).replace("STRANGER", &key("two"));
        let found = scanner.scan(text.as_bytes(), FileHint::new(path.as_bytes()));
        let told: Vec<_> = found.iter().map(|c| embedded().rule(c.rule).vendor.key).collect();
        assert_eq!(told, ["algolia", GENERIC_VENDOR], "{path}\n{text}");
    }
}

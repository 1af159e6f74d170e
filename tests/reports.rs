//! Every rule's card fits, and no format shows a secret, whatever stands around it.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use bstr::BStr;
use data_encoding::{BASE32, BASE64, BASE64_NOPAD, BASE64URL_NOPAD, HEXLOWER, HEXUPPER};
use proptest::prelude::*;
use stanch::advice::{Commit, Commits, Stage};
use stanch::catalogue::{Confidence, RuleIx, embedded};
use stanch::engine::Candidate;
use stanch::finding::shield::Shield;
use stanch::finding::{CommitMark, Finding, Trace, hits, merge};
use stanch::report::human::Human;
use stanch::source::Place;

mod report_common;
#[path = "fuzz/targets/well_formed.rs"]
#[allow(unreachable_pub, reason = "a fuzz target is a crate of its own")]
mod well_formed;
use report_common::{all, findings, secret, write};

const WORDS: &[&str] = &[
    "forty hex digits, given to a variable whose name sounds like a secret",
    "the name of the vendor stands two lines above",
    "an id of the same account stands on the next line",
];

fn stages() -> [Stage; 5] {
    let ids = ["a".repeat(40), "b".repeat(40)];
    let all = ids.map(|id| Commit { id, ..Commit::default() }).to_vec();
    let commits = Commits { all, is_removed: false, is_changed: false };
    [Stage::Staged, Stage::Message, Stage::Unpushed(commits.clone()), Stage::Received(commits), Stage::Found]
}

#[test]
fn the_card_of_every_rule_has_at_most_fourteen_lines_of_eighty_columns() {
    let long = format!("{}token = '{}'{}", "é".repeat(300), secret(), " // etc".repeat(90));
    for (RuleIx(number), rule) in embedded().rules() {
        for text in [&format!("token = '{}'", secret()), &long] {
            for stage in stages() {
                let found = findings(text, b"src/main.py", &Place::Staged, &[number], WORDS);
                let shown = write(&Human::default(), &found, &stage);
                let card = shown.split("\n\n").nth(1).unwrap();
                assert!(card.lines().count() <= 14, "{} has {}\n{card}", rule.id, card.lines().count());
                for line in card.lines().filter(|line| !line.contains("://")) {
                    assert!(line.chars().count() <= 80, "{}: {line}", rule.id);
                }
                assert!(card.contains("revoke") && card.contains("breaks"), "{}\n{card}", rule.id);
            }
        }
    }
}

#[test]
fn the_marker_stands_below_the_secret() {
    for lead in ["", "    key = ", "\u{1b}[31m", &"x".repeat(500)] {
        let found = findings(&format!("{lead}{}", secret()), b"a.txt", &Place::Staged, &[0], WORDS);
        let shown = write(&Human::default(), &found, &Stage::Staged);
        let line = shown.lines().find(|line| line.starts_with("1 | ")).unwrap();
        let marker = shown.lines().find(|line| line.starts_with("  | ")).unwrap();
        let at = marker.chars().position(|c| c == '^').unwrap();
        let length = marker.chars().filter(|c| *c == '^').count();
        let marked: String = line.chars().skip(at).take(length).collect();
        assert!(marked.ends_with("••••••") && length == 10, "{line}\n{marker}");
    }
}

#[test]
fn no_format_shows_a_secret_or_moves_the_terminal() {
    let secret = secret();
    let texts = [
        secret.clone(),
        format!("a = '{secret}' # {secret}"),
        format!("\u{202e}\u{1b}]0;x\u{7} '{secret}'\u{200b}"),
        format!("{}{secret}{}", "é".repeat(90), "\u{7f}".repeat(90)),
    ];
    let places = [Place::Staged, Place::Commit { id: "c".repeat(40) }, Place::Message { id: String::new() }];
    for text in &texts {
        for place in &places {
            for path in [&b"a.py"[..], b"", b"\x1b[2J\xff\xe2\x80\xae.py", b"-x;rm 'a'.py"] {
                let stage = &stages()[usize::from(*place != Place::Staged) * 2];
                let found = findings(text, path, place, &[0, 1, 2, 3, 4], WORDS);
                for (name, report) in all() {
                    let shown = write(report, &found, stage);
                    assert!(!shown.contains(&secret), "{name} shows the secret");
                    assert!(!shown.contains(&secret[..12]), "{name} shows too much");
                    let ends = if name == "csv" { "\r\n" } else { "\n" };
                    let moves = |c: char| {
                        (c.is_control() && !ends.contains(c)) || ('\u{202a}'..='\u{202e}').contains(&c)
                    };
                    let through = shown.chars().find(|c| moves(*c));
                    assert!(name == "color" || through.is_none(), "{name} lets {through:?} through");
                }
            }
        }
    }
}

/// A finding of `secret` and a part, in a file and by an author who are named like them.
fn telltale(secret: &str, part: &str, lead: &str, rule: u32) -> Vec<Finding> {
    let text = format!("{lead}{part} = '{secret}'; # {secret}");
    let start = lead.len() + part.len() + 4;
    let candidate = Candidate {
        rule: RuleIx(rule),
        range: start..start + secret.len(),
        decoded: None,
        confidence: Confidence::High,
        why: vec![format!("given to {part}").into()],
        parts: vec![("Key id", lead.len()..lead.len() + part.len())],
    };
    let place = Place::Commit { id: "d".repeat(40) };
    let path = format!("keys/{secret}/{part}.pem");
    let of = |ix| embedded().rule(ix);
    let mut found = merge(hits(text.as_bytes(), BStr::new(&path), &place, &[candidate], of));
    found[0].trace = Some(Trace {
        first: Some(CommitMark {
            id: "d".repeat(40),
            author: format!("Ann <{secret}>"),
            time: 1_700_000_000,
        }),
        removed: None,
        in_head: true,
        live: vec![format!("fix/{part}")],
        branches: vec![format!("fix/{part}")],
        tags: Vec::new(),
        remotes: vec!["origin".to_owned()],
        elsewhere: Vec::new(),
        joint: Default::default(),
    });
    found
}

/// Every form in which a report could give a value away.
fn forms(value: &str) -> Vec<String> {
    let bytes = value.as_bytes();
    let percent: String = bytes.iter().map(|byte| format!("%{byte:02X}")).collect();
    let uri: String = value
        .chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || "-._~/".contains(c) {
                c.into()
            } else {
                format!("%{:02X}", c as u32)
            }
        })
        .collect();
    let html = value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    vec![
        value.to_owned(),
        BASE64.encode(bytes),
        BASE64_NOPAD.encode(bytes),
        BASE64URL_NOPAD.encode(bytes),
        BASE32.encode(bytes),
        HEXLOWER.encode(bytes),
        HEXUPPER.encode(bytes),
        percent,
        uri,
        html.replace('\'', "&#39;"),
        html,
        serde_json::to_string(value).unwrap().trim_matches('"').to_owned(),
        value.replace('"', "\"\""),
        value.chars().rev().collect(),
        // A piece of it is too much as well: four characters may be shown.
        value[4..16].to_owned(),
        value[value.len() - 12..].to_owned(),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_format_gives_a_secret_away_in_any_form(
        secret in r#"[A-Za-z0-9+/=_.&<>"'%,;|`$*-]{20,60}"#,
        part in "[A-Za-z0-9]{18,30}",
        lead in "[a-z ]{0,90}",
        rule in 0u32..900,
    ) {
        let mut found = telltale(&secret, &part, &lead, rule);
        let mut told = format!("{secret} was seen");
        let mut shield = Shield::of(embedded(), found.clone().iter().flat_map(|finding| finding.secrets()));
        shield.findings(found.iter_mut());
        shield.text(&mut told);
        prop_assert!(!told.contains(&secret));
        for (name, report) in all() {
            let shown = write(report, &found, &stages()[2]);
            for form in forms(&secret).into_iter().chain(forms(&part)) {
                prop_assert!(!shown.contains(&form), "{name} shows {form}");
            }
        }
    }
}

#[test]
fn the_evidence_of_a_weak_sign_moves_no_terminal() {
    const WHY: &[&str] = &["named \u{1b}[2J\r"];
    let found = findings(&secret(), b"a.py", &Place::Staged, &[0], WHY);
    let shown = write(&Human { verbose: true, ..Human::default() }, &found, &Stage::Staged);
    assert!(!shown.contains(['\u{1b}', '\r']), "{shown}");
}

/// What has a meaning in one of the formats, and anything else.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => prop::sample::select(vec![
            "</script>", "<img src=x onerror=alert(1)>", "<!--", "]]>", "<![CDATA[", "&amp;", "&", "<", ">", "\"", "'", ",", ";",
            "\n", "\r\n", "\r", "\n::error::x", "::set-env name=x::", "%0A", "%", "=1+1", "+1", "-1", "@x", "\t", "|", "`",
            "[x](javascript:y)", "# ", "**", "{{findings}}", "\\", "\\u0000", "\u{202e}", "\u{1b}[2J", "\u{0}", "\u{fffe}",
            "\u{2028}", "/", "../", "!/",
        ]).prop_map(str::to_owned),
        1 => any::<char>().prop_map(String::from),
        1 => "[a-z .]{0,12}",
    ];
    prop::collection::vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

/// Panics when a report is not of its format any more.
fn keeps_form(name: &str, text: &str) {
    let known = |names: &[&str]| {
        let foreign: Vec<_> =
            well_formed::markup(text).into_iter().filter(|element| !names.contains(element)).collect();
        assert!(foreign.is_empty(), "{name} has {foreign:?}");
    };
    let is_json =
        |text: &str| assert!(serde_json::from_str::<serde_json::Value>(text).is_ok(), "{name}: {text}");
    match name {
        "json" | "sarif" | "gitlab" | "gitlab-codequality" => is_json(text),
        "jsonl" | "rdjsonl" => text.lines().for_each(is_json),
        "junit" => known(&["failure", "system-out", "testcase", "testsuite", "testsuites"]),
        "markdown" => known(&["code", "details", "summary"]),
        "html" => {
            assert_eq!(text.matches("<script").count(), 1);
            let foreign =
                ["iframe", "img", "image", "object", "embed", "base", "link", "math", "foreignObject"];
            assert!(well_formed::markup(text).iter().all(|element| !foreign.contains(element)));
        }
        "csv" => well_formed::csv(text),
        "github" => well_formed::annotations(text),
        _ => {}
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(
        std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(60),
    ) })]

    #[test]
    fn whatever_stands_around_a_secret_every_format_keeps_its_form(
        path in hostile(), before in hostile(), after in hostile(), at in 0usize..3,
    ) {
        let place = [Place::Staged, Place::Commit { id: "c".repeat(40) }, Place::File][at].clone();
        let text = format!("{before}{}{after}", secret());
        let found = findings(&text, path.as_bytes(), &place, &[0, 1], WORDS);
        for (name, report) in all() {
            keeps_form(name, &write(report, &found, &Stage::Staged));
        }
    }
}

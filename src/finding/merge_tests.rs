//! What is shown of a line, and how places are put together.

use std::borrow::Cow;

use bstr::{BStr, ByteSlice};

use super::{hits, merge};
use crate::catalogue::{
    About, Confidence, Detect, Examples, Family, Fix, Lazy, Origin, Page, Parser, Public, Rule, RuleIx,
    Severity, Vendor,
};
use crate::engine::Candidate;
use crate::finding::Hit;
use crate::source::Place;

static ACME: Vendor = Vendor {
    key: "acme",
    name: "Acme",
    words: &["acme"],
    compatible: &[],
    service: None,
    public: Public { names: &[], calls: &[], shipped: &[], bundled: false },
};

const fn rule(id: &'static str, severity: Severity) -> Rule {
    Rule {
        id,
        name: "Acme key",
        vendor: &ACME,
        family: Family::ApiKey,
        severity,
        confidence: Confidence::High,
        detect: Detect {
            origin: Origin::Parse(Parser::Assignment),
            shape: None,
            near: None,
            companions: &[],
            entropy: 0.0,
            check: None,
            not: &[],
        },
        has_examples: false,
        page: Lazy::Ready(Page {
            risks: &[],
            fix: Fix { revoke: &[], call: &[], abuse: &[], breaks: "", safer: "", env: "ACME_KEY" },
            docs: &[],
        }),
        about: Lazy::Ready(About {
            severity_reason: "",
            description: "",
            source: "",
            examples: Examples { matches: &[], ignores: &[] },
        }),
    }
}

static RULES: [Rule; 2] = [rule("acme-key", Severity::High), rule("acme-root", Severity::Critical)];

fn candidate(text: &[u8], secret: &[u8], rule: u32, confidence: Confidence) -> Candidate {
    let start = text.find(secret).expect("the secret is in the text");
    Candidate {
        rule: RuleIx(rule),
        range: start..start + secret.len(),
        decoded: None,
        confidence,
        why: vec![Cow::Borrowed("made up")],
        parts: Vec::new(),
    }
}

fn look(text: &[u8], secrets: &[&[u8]]) -> Vec<Hit> {
    let candidates: Vec<_> = secrets.iter().map(|s| candidate(text, s, 0, Confidence::High)).collect();
    hits(text, BStr::new("a.txt"), &Place::Staged, &candidates, |ix| &RULES[ix.0 as usize])
}

const SECRET: &[u8] = concat!("0a9b8c7d6e5f4a3b", "2c1d0e9f8a7b6c5d").as_bytes();

fn shown(text: &str) -> (String, String) {
    let hit = &look(text.as_bytes(), &[SECRET])[0];
    let e = &hit.location.excerpt;
    (e.text.clone(), e.text.chars().skip(e.start).take(e.end - e.start).collect())
}

fn with_secret(template: &str) -> String {
    template.replace("{}", std::str::from_utf8(SECRET).unwrap())
}

#[test]
fn lines_and_columns_count_bytes_from_one() {
    let text = with_secret("one\nzwölf = '{}'\nend");
    let hit = &look(text.as_bytes(), &[SECRET])[0];
    let l = &hit.location;
    assert_eq!((l.line, l.column, l.end_line, l.end_column), (2, 11, 2, 11 + 32));
}

#[test]
fn columns_in_utf_16_units_are_those_of_an_editor() {
    let text = with_secret("é = '{}', '😀' + '{}' # {}\né: {}");
    let secret = std::str::from_utf8(SECRET).unwrap();
    let starts: Vec<usize> = text.match_indices(secret).map(|(at, _)| at).collect();
    let candidates: Vec<Candidate> = starts
        .iter()
        .map(|&at| Candidate {
            range: at..at + SECRET.len(),
            ..candidate(text.as_bytes(), SECRET, 0, Confidence::High)
        })
        .collect();
    let found =
        hits(text.as_bytes(), BStr::new("a"), &Place::Staged, &candidates, |ix| &RULES[ix.0 as usize]);
    for (hit, &at) in found.iter().zip(&starts) {
        let line_start = text[..at].rfind('\n').map_or(0, |at| at + 1);
        let before = text[line_start..at].encode_utf16().count() as u32 + 1;
        let utf16 = hit.location.utf16;
        assert_eq!((utf16.column, utf16.end_column), (before, before + 32));
    }
}

#[test]
fn an_excerpt_is_the_line_without_indentation_and_without_the_secret() {
    assert_eq!(
        shown(&with_secret("x\n\t  key = '{}'\r\ny")),
        ("key = '0a9b••••••'".into(), "0a9b••••••".into())
    );
    assert_eq!(shown(&with_secret("{}")), ("0a9b••••••".into(), "0a9b••••••".into()));
}

#[test]
fn every_secret_of_the_line_is_masked_and_so_is_every_copy() {
    let other = "zyxwvutsrqponmlkjihgfedcba987654";
    let text = with_secret(&format!("a({{}}, '{other}') # {{}}\n"));
    for hit in look(text.as_bytes(), &[SECRET, other.as_bytes()]) {
        assert_eq!(hit.location.excerpt.text, "a(0a9b••••••, 'zyxw••••••') # 0a9b••••••");
    }
}

#[test]
fn what_may_be_the_other_half_of_a_secret_is_masked() {
    for (text, expected) in [
        ("login --pw 0a9bKw12;Zx34pq now", "login --pw •••••• now"),
        ("a=0a9bKw12,Zx34pq", "a=••••••"),
        ("X=0a9bKw12;Database=shop2;x", "X=••••••;Database=shop2;x"),
        ("1,0a9bKw12,2024-01-01", "1,••••••,2024-01-01"),
        ("f(0a9bKw12, x2)", "f(••••••, x2)"),
        ("1,0a9bKw12,kim", "1,••••••,kim"),
    ] {
        let hits = look(text.as_bytes(), &[b"0a9bKw12"]);
        assert_eq!(hits[0].location.excerpt.text, expected, "{text}");
    }
}

#[test]
fn a_long_line_is_cut_around_the_secret() {
    let text = with_secret(&format!("{}key='{{}}'{}", "é".repeat(9000), "b".repeat(9000)));
    let (line, mask) = shown(&text);
    assert_eq!(line.chars().count(), 76);
    assert!(line.starts_with('…') && line.ends_with('…') && line.contains("key='0a9b••••••'b"), "{line}");
    assert_eq!(mask, "0a9b••••••");
    // A kept piece may begin inside a character.
    assert!(!line.contains('\u{fffd}'));
}

#[test]
fn a_private_key_shows_its_header_line_only() {
    let key = format!("-----BEGIN {0}-----\n{1}\n-----END {0}-----", "PRIVATE KEY", "MIIEvQIBADANBgkq");
    let text = format!("key = '''{key}'''\n");
    let hit = &look(text.as_bytes(), &[key.as_bytes()])[0];
    let l = &hit.location;
    assert_eq!(l.excerpt.text, format!("key = '''-----BEGIN {}-----", "PRIVATE KEY"));
    assert_eq!((l.line, l.column, l.end_line, l.end_column), (1, 10, 3, 26));

    let flat = key.replace('\n', "\\n");
    let text = format!("key = \"{flat}\"\n");
    let hit = &look(text.as_bytes(), &[flat.as_bytes()])[0];
    assert_eq!(hit.location.excerpt.text, format!("key = \"-----BEGIN {}-----••••••\"", "PRIVATE KEY"));
}

#[test]
fn bytes_that_are_not_utf_8_are_written_out() {
    let mut text = b"\xff\xfekey=".to_vec();
    text.extend_from_slice(SECRET);
    let hit = &look(&text, &[SECRET])[0];
    assert_eq!(hit.location.excerpt.text, "\\xff\\xfekey=0a9b••••••");
}

#[test]
fn one_secret_is_one_finding_with_all_its_places() {
    let one = with_secret("a={}\nb={}\n");
    let mut all = look(one.as_bytes(), &[SECRET]);
    let mut second = candidate(one.as_bytes(), SECRET, 0, Confidence::Certain);
    second.range = 37..37 + 32;
    second.why = vec![Cow::Borrowed("a checksum")];
    all.extend(hits(one.as_bytes(), BStr::new("b.txt"), &Place::Staged, &[second], |ix| {
        &RULES[ix.0 as usize]
    }));
    all.extend(look(one.as_bytes(), &[SECRET]));
    let findings = merge(all);
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].confidence, Confidence::Certain);
    assert_eq!(findings[0].why, ["a checksum"]);
    let places: Vec<_> = findings[0].locations.iter().map(|l| (l.path.to_string(), l.line)).collect();
    assert_eq!(places, [("a.txt".to_string(), 1), ("b.txt".to_string(), 2)]);
}

#[test]
fn the_worst_finding_comes_first() {
    let text = b"aaaaaaaaaaaaaaaa bbbbbbbbbbbbbbbb cccccccccccccccc";
    let candidates = [
        candidate(text, b"aaaaaaaaaaaaaaaa", 0, Confidence::Medium),
        candidate(text, b"bbbbbbbbbbbbbbbb", 0, Confidence::High),
        candidate(text, b"cccccccccccccccc", 1, Confidence::Low),
    ];
    let found = merge(hits(text, BStr::new("p"), &Place::File, &candidates, |ix| &RULES[ix.0 as usize]));
    assert_eq!(found.iter().map(|f| f.locations[0].column).collect::<Vec<_>>(), [35, 18, 1]);
}

proptest::proptest! {
    /// Any bytes, any ranges: no panic, never more than the allowed width, never the secret.
    #[test]
    fn no_excerpt_shows_its_secret(
        bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..400),
        at in 0usize..400,
        length in 1usize..60,
    ) {
        let start = at.min(bytes.len());
        let end = (start + length).min(bytes.len());
        let candidate = Candidate {
            rule: RuleIx(0),
            range: start..end,
            decoded: None,
            confidence: Confidence::High,
            why: Vec::new(),
            parts: Vec::new(),
        };
        for hit in hits(&bytes, BStr::new("p"), &Place::File, &[candidate], |ix| &RULES[ix.0 as usize]) {
            let e = &hit.location.excerpt;
            assert!(e.text.chars().count() <= 76 && e.start <= e.end && e.end <= e.text.chars().count());
            if hit.raw.expose().len() > 8 {
                assert!(!e.text.as_bytes().contains_str(hit.raw.expose()));
            }
        }
    }
}

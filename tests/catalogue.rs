//! The catalogue as a whole: what the build cannot see, that user rules and embedded ones are the same
//! thing, and that each kind of fault is refused on its line.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use std::collections::{BTreeMap, HashSet};

use regex_automata::dfa::Automaton;
use regex_automata::dfa::sparse::DFA;
use regex_automata::{Anchored, Input};
use stanch::catalogue::checksum::{self, Verdict};
use stanch::catalogue::{Catalogue, Origin, Rule, Shape, WordKind, embedded, sample};
use support::rules::faults;

const RULES: &str = include_str!("../rules.yaml");

/// Ends of all matches of `shape` that start at `at`.
fn ends(shape: &Shape, text: &[u8], at: usize) -> Vec<usize> {
    let (dfa, _) = DFA::from_bytes(shape.dfa.bytes()).expect("the build wrote this automaton");
    let mut state = dfa.start_state_forward(&Input::new(text).anchored(Anchored::Yes).range(at..)).unwrap();
    let mut ends = Vec::new();
    for (offset, byte) in text.iter().enumerate().skip(at) {
        state = dfa.next_state(state, *byte);
        // A match shows one byte late.
        if dfa.is_match_state(state) {
            ends.push(offset);
        }
        if dfa.is_dead_state(state) {
            return ends;
        }
    }
    if dfa.is_match_state(dfa.next_eoi_state(state)) {
        ends.push(text.len());
    }
    ends
}

/// The longest text that the rule's shape matches in an expanded example, anywhere.
fn longest<'t>(shape: &Shape, text: &'t str) -> Option<&'t str> {
    let all =
        (0..text.len()).flat_map(|at| ends(shape, text.as_bytes(), at).into_iter().map(move |end| (at, end)));
    all.max_by_key(|(at, end)| end - at).map(|(at, end)| &text[at..end])
}

fn complain(wrong: Vec<String>) {
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn every_example_expands_with_its_checksums() {
    let mut wrong = Vec::new();
    for (_, rule) in embedded().rules() {
        for text in rule.about().examples.matches.iter().chain(rule.about().examples.ignores) {
            if let Err(why) = sample::try_expand(text, rule.id) {
                wrong.push(format!("{}: {text}: {why}", rule.id));
            }
        }
    }
    complain(wrong);
}

#[test]
fn what_a_scan_asks_of_a_page_stands_in_its_record() {
    for (_, rule) in embedded().rules() {
        assert_eq!(rule.has_examples, !rule.about().examples.matches.is_empty(), "{}", rule.id);
    }
}

#[test]
fn a_shape_agrees_with_its_lengths_alphabet_and_examples() {
    let mut wrong = Vec::new();
    for (_, rule) in embedded().rules() {
        let Some(shape) = &rule.detect.shape else { continue };
        for text in rule.about().examples.matches.iter().filter(|text| !text.contains("{base64:")) {
            let text = sample::expand(text, rule.id);
            let Some(secret) = longest(shape, &text) else {
                wrong.push(format!("{}: the shape matches nothing in {text}", rule.id));
                continue;
            };
            if secret.len() < shape.min as usize || secret.len() > shape.max as usize {
                wrong.push(format!("{}: a match of {} bytes", rule.id, secret.len()));
            }
            if secret.bytes().any(|b| shape.alphabet[usize::from(b >> 6)] >> (b & 63) & 1 == 0) {
                wrong.push(format!("{}: a match with bytes outside the alphabet", rule.id));
            }
        }
    }
    complain(wrong);
}

#[test]
fn checksums_of_examples_pass() {
    let mut wrong = Vec::new();
    for (_, rule) in embedded().rules() {
        let (Some(check), Some(shape)) = (rule.detect.check, &rule.detect.shape) else { continue };
        for text in rule.about().examples.matches.iter().filter(|text| text.contains("{check:")) {
            let text = sample::expand(text, rule.id);
            let passes = (0..text.len()).any(|at| {
                ends(shape, text.as_bytes(), at)
                    .into_iter()
                    .any(|end| checksum::verify(check, &text.as_bytes()[at..end]) == Verdict::Valid)
            });
            if !passes {
                wrong.push(format!("{}: no token of {text} passes", rule.id));
            }
        }
    }
    complain(wrong);
}

/// Entropy asks whether a value was drawn, so what was drawn by the rule's own shape has to have it.
#[test]
fn no_floor_of_entropy_is_over_what_its_shape_draws() {
    const DRAWS: usize = 1000;
    let shannon = |text: &[u8]| {
        let count = |byte: u8| text.iter().filter(|b| **b == byte).count() as f32 / text.len() as f32;
        (0..=127).map(count).filter(|share| *share > 0.0).map(|share| -share * share.log2()).sum::<f32>()
    };
    let mut random = 0x9E37_79B9_7F4A_7C15_u64;
    let mut below = |end: usize| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        (random >> 20) as usize % end
    };
    let mut wrong = Vec::new();
    for (_, rule) in embedded().rules() {
        let Some(shape) = rule.detect.shape.as_ref().filter(|_| rule.detect.entropy > 0.0) else { continue };
        // One class behind what is always the same, which most shapes are.
        let Some((_, class)) = shape.pattern.rsplit_once('[') else { continue };
        let Some((class, repeated)) = class.split_once(']') else { continue };
        if repeated.contains(['(', ')', '?', '|']) {
            continue;
        }
        if class.starts_with('^') || class.contains('\\') {
            continue;
        }
        let mut letters: Vec<u8> = Vec::new();
        let mut written = class.as_bytes();
        while let Some(first) = written.first() {
            let last = if written.get(1) == Some(&b'-') { written.get(2) } else { None };
            letters.extend(*first..=*last.unwrap_or(first));
            written = &written[if last.is_some() { 3 } else { 1 }..];
        }
        let fixed = shape.fixed_start.len();
        let length = (shape.min as usize).saturating_sub(fixed);
        let is_hex = letters.iter().all(u8::is_ascii_hexdigit);
        if length == 0 || is_hex && rule.detect.origin == Origin::Token {
            continue;
        }
        let values: Vec<Vec<u8>> =
            (0..DRAWS).map(|_| (0..length).map(|_| letters[below(letters.len())]).collect()).collect();
        let fits = |value: &&Vec<u8>| {
            let whole = [shape.fixed_start, value.as_slice()].concat();
            ends(shape, &whole, 0).contains(&whole.len())
        };
        let own: Vec<&Vec<u8>> = values.iter().filter(fits).collect();
        let lost = own.iter().filter(|value| shannon(value) < rule.detect.entropy).count();
        if own.len() > DRAWS / 2 && lost * 100 > own.len() {
            let share = 100.0 * lost as f64 / own.len() as f64;
            wrong.push(format!(
                "{}: {} loses {share:.1} % of {}",
                rule.id, rule.detect.entropy, shape.pattern
            ));
        }
    }
    complain(wrong);
}

/// A prefix that no match can start with would never find anything.
#[test]
fn every_prefix_starts_a_match_of_some_example() {
    let mut wrong = Vec::new();
    for (at, rule) in embedded().rules() {
        let (Origin::Prefix, Some(shape)) = (rule.detect.origin, &rule.detect.shape) else { continue };
        let prefixes: Vec<&str> = words(embedded(), at.0, WordKind::Prefix);
        let texts: Vec<String> =
            rule.about().examples.matches.iter().map(|text| sample::expand(text, rule.id)).collect();
        let started = |prefix: &&str| {
            texts.iter().any(|text| {
                let lower = text.to_ascii_lowercase();
                lower
                    .match_indices(&prefix.to_ascii_lowercase())
                    .any(|(at, _)| !ends(shape, text.as_bytes(), at).is_empty())
            })
        };
        if !prefixes.iter().any(started) {
            wrong.push(format!("{}: no example starts with any of {prefixes:?}", rule.id));
        }
    }
    complain(wrong);
}

fn words(catalogue: &Catalogue, rule: u32, kind: WordKind) -> Vec<&'static str> {
    let mut out = Vec::new();
    for list in catalogue.all_keywords() {
        for number in 0..list.len() {
            if list.wakes(number).iter().any(|wake| wake.rule.0 == rule && wake.kind == kind) {
                out.push(std::str::from_utf8(list.text(number)).unwrap());
            }
        }
    }
    out
}

#[test]
fn every_rule_is_woken_by_something() {
    let by_word = embedded()
        .all_keywords()
        .flat_map(|list| (0..list.len()).flat_map(|number| list.wakes(number)).map(|wake| wake.rule.0));
    let woken: HashSet<u32> = by_word.chain(embedded().runs().map(|(rule, _)| rule.0)).collect();
    let asleep =
        embedded().rules().filter(|(at, rule)| !rule.detect.origin.is_name() && !woken.contains(&at.0));
    complain(asleep.map(|(_, rule)| rule.id.to_owned()).collect());
}

#[test]
fn rules_are_found_by_id_and_vendors_are_theirs() {
    let mut ids = HashSet::new();
    for (at, rule) in embedded().rules() {
        assert!(ids.insert(rule.id), "{} twice", rule.id);
        assert_eq!(embedded().by_id(rule.id).unwrap().0, at);
        assert_eq!(embedded().id(at), rule.id);
        assert!(std::ptr::eq(rule, embedded().rule(at)), "{} is read twice", rule.id);
        assert!(embedded().vendors().any(|vendor| std::ptr::eq(vendor, rule.vendor)), "{}", rule.id);
    }
    assert!(embedded().by_id("no-such-rule").is_none());
    for (old, new) in embedded().redirects() {
        assert_eq!(embedded().by_id(old).map(|(_, rule)| rule.id), Some(*new));
    }
}

/// The embedded rules, compiled again at run time, are the same in every part.
#[test]
fn a_rule_is_the_same_embedded_and_compiled_at_run_time() {
    let twice = embedded().with_user(RULES, "rules.yaml").unwrap();
    assert_eq!(twice.len(), 2 * embedded().len());
    let parts = |rule: &Rule| format!("{rule:?}");
    for ((_, rule), (at, again)) in embedded().rules().zip(twice.rules()) {
        assert_eq!(parts(rule), parts(again));
        assert!(at.0 as usize >= embedded().len(), "{} was not replaced", rule.id);
    }
    let lists: Vec<_> = twice.all_keywords().collect();
    assert_eq!(lists.len(), 6);
    for (embedded, again) in lists[..3].iter().zip(&lists[3..]) {
        // Which grams stand for a keyword depends on what is known of common ones, the keywords do not.
        assert_eq!((embedded.table.text, embedded.table.ends), (again.table.text, again.table.ends));
    }
}

/// Numbers of rules are counted in the documentation; a vendor without words would never be context.
#[test]
fn vendors_have_words() {
    for vendor in embedded().vendors() {
        assert!(
            !vendor.words.is_empty() && vendor.words.iter().all(|word| word.len() >= 2),
            "{}",
            vendor.key
        );
    }
}

/// A whole rule that is right; tests below break one thing at a time.
const RIGHT: &str = r#"vendors:
- vendor: acme
  name: Acme
  docs: [https://acme.example/keys]
  risks: [Sending in your name.]
  fix:
    revoke: [Open Console → Settings → API keys and delete the key.]
    abuse: [Open Console → Logs and look for unknown addresses.]
    breaks: Every service that sends with this key fails.
    env: ACME_API_KEY
  rules:
    - id: acme-api-key
      name: Acme API key
      family: api-key
      severity: high
      severity-reason: It can send without limit.
      description: The key of an Acme account, forty hex digits.
      detect:
        prefix: [acme_]
        shape: 'acme_[0-9a-f]{40}'
      source: Acme's own documentation.
      examples:
        match: ['ACME_API_KEY=acme_{hex:40}']
        ignore: ['acme_{hex:39}']
"#;

#[test]
fn a_right_rule_is_taken() {
    let own = embedded().with_user(RIGHT, ".stanch.yaml").unwrap();
    let (at, rule) = own.by_id("acme-api-key").unwrap();
    assert_eq!(at.0 as usize, embedded().len());
    assert_eq!(
        (rule.vendor.name, rule.page().fix.env, rule.vendor.words),
        ("Acme", "ACME_API_KEY", &["acme"][..])
    );
    assert_eq!(words(&own, at.0, WordKind::Prefix), ["acme_"]);
    let shape = rule.detect.shape.as_ref().unwrap();
    assert_eq!((shape.min, shape.max), (45, 45));
    let token = sample::expand("acme_{hex:40}", "seed");
    assert_eq!(ends(shape, token.as_bytes(), 0), [45]);
    assert!(embedded().by_id("acme-api-key").is_none(), "the embedded catalogue must stay as it is");
}

#[test]
fn faults_name_the_line_the_rule_and_the_way_out() {
    // What is replaced, by what, and the start of the only fault that must come.
    let cases: &[(&str, &str, &str)] = &[
        ("acme-api-key", "acme--key", "rules.yaml:12: acme--key: id must be kebab-case"),
        ("id: acme-api-key", "id: other-api-key", "rules.yaml:12: other-api-key: id must be the vendor"),
        (
            "family: api-key",
            "family: apikey",
            "rules.yaml:14: acme-api-key: unknown family 'apikey', did you mean 'api-key'",
        ),
        (
            "name: Acme API key",
            "nam: Acme API key",
            "rules.yaml:13: acme-api-key: unknown key 'nam', did you mean 'name'",
        ),
        ("[acme_]", "[ac]", "rules.yaml:19: acme-api-key: `ac` is too short for prefix"),
        (
            "        prefix: [acme_]\n",
            "",
            "rules.yaml:18: acme-api-key: exactly one of prefix, inside, parse",
        ),
        ("{40}'", "{3000}'", "rules.yaml:20: acme-api-key: shape "),
        ("'acme_[0-9a-f]{40}'", "'acme_[0-9'", "rules.yaml:20: acme-api-key: shape is no regular expression"),
        ("'acme_[0-9a-f]{40}'", "'\\bacme_[0-9a-f]{40}'", "rules.yaml:20: acme-api-key: shape uses ^, $"),
        (
            "'acme_[0-9a-f]{40}'",
            "'(?:acme_[0-9a-f]{40})?'",
            "rules.yaml:20: acme-api-key: shape matches the empty",
        ),
        ("'acme_[0-9a-f]{40}'", "'acme_[0-9a-f]{2}'", "rules.yaml:20: acme-api-key: shape matches 7 bytes"),
        (
            "ACME_API_KEY=acme_",
            "ACMEAPIKEY=",
            "rules.yaml:23: acme-api-key: example “ACMEAPIKEY={hex:40}” holds no",
        ),
        ("{hex:40}'", "{hexx:40}'", "rules.yaml:23: acme-api-key: `{hexx:40}` names no class"),
        (
            "match: ['ACME_API_KEY=acme_{hex:40}']",
            "match: []",
            "rules.yaml:22: acme-api-key: examples.match needs",
        ),
        ("ignore: ['acme_{hex:39}']", "ignore: []", "rules.yaml:22: acme-api-key: examples.ignore needs"),
        (
            "The key of an Acme account, forty hex digits.",
            "A key.",
            "rules.yaml:17: acme-api-key: description must say",
        ),
        (
            "[Open Console → Settings → API keys and delete the key.]",
            "[Rotate the credential.]",
            "rules.yaml:7: acme: step “Rotate the credential.” names no place",
        ),
        ("addresses.]", "addresses]", "rules.yaml:8: acme: step “Open Console → Logs and look for unknown”"),
        (
            "    breaks: Every service that sends with this key fails.\n",
            "",
            "rules.yaml:11: acme-api-key: fix.breaks must",
        ),
        (
            "    env: ACME_API_KEY\n",
            "    call: acme keys > delete\n    env: ACME_API_KEY\n",
            "rules.yaml:10: acme: call “acme keys > delete” redirects to a file",
        ),
        ("env: ACME_API_KEY", "env: acmeKey", "rules.yaml:10: acme: fix.env must be"),
        ("[https://acme.example/keys]", "[acme.example]", "rules.yaml:4: acme: docs must be web addresses"),
        ("  risks: [Sending in your name.]\n", "", "rules.yaml:11: acme-api-key: risks are missing"),
        ("  docs: [https://acme.example/keys]\n", "", "rules.yaml:11: acme-api-key: docs are missing"),
        ("name: Acme\n", "name: ''\n", "rules.yaml:3: acme: name is empty"),
    ];
    let mut wrongly = Vec::new();
    for (right, wrong, expected) in cases {
        assert!(RIGHT.contains(right), "{right} is not in the rule");
        let found = faults(&RIGHT.replacen(right, wrong, 1));
        if !(found.len() == 1 && found[0].starts_with(expected)) {
            wrongly.push(format!("{wrong}:\nexpected {expected}\nfound    {}", found.join("\n         ")));
        }
    }
    complain(wrongly);
}

#[test]
fn all_faults_come_at_once() {
    let wrong =
        RIGHT.replace("env: ACME_API_KEY", "env: x").replace("ignore: ['acme_{hex:39}']", "ignore: []");
    let twice = wrong.clone() + wrong.split_once("  rules:\n").unwrap().1;
    let found = faults(&twice);
    assert_eq!(
        found.iter().filter(|fault| fault.contains("fix.env")).count(),
        1,
        "the same fault once: {found:?}"
    );
    assert!(
        found.iter().any(|fault| fault.starts_with("rules.yaml:25: acme-api-key: id is taken")),
        "{found:#?}"
    );
    assert!(found.iter().any(|fault| fault.contains("examples.ignore")), "{found:#?}");
}

/// What ends one kind of key tells those who leaked another kind that they are done.
#[test]
fn a_call_is_not_inherited_by_several_kinds() {
    let rule = RIGHT.split_once("  rules:\n").unwrap().1;
    let with_call = RIGHT.replace("    env:", "    call: acme keys delete ID\n    env:");
    assert_eq!(faults(&with_call), Vec::<String>::new());
    let two = |second: &str| format!("{with_call}{}", second.replace("acme-api-key", "acme-hook"));
    let found = faults(&two(rule));
    assert!(found.len() == 1 && found[0].contains("acme: fix.call revokes one kind"), "{found:#?}");
    let none = two(&rule.replace("      source:", "      fix:\n        call: []\n      source:"));
    assert_eq!(faults(&none), Vec::<String>::new());
    for (_, rule) in embedded().rules() {
        let fix = &rule.page().fix;
        let speaks = fix.revoke.iter().any(|step| step.contains("call below"));
        assert!(!speaks || !fix.call.is_empty(), "{} speaks of a call that it has not", rule.id);
    }
}

/// A rule that follows from its vendor is checked with that; one that is only called like it is not let off.
#[test]
fn a_written_rule_is_checked_whatever_it_is_called() {
    let found = faults(&RIGHT.replace("acme-api-key", "acme-by-name").replace("[acme_]", "[ac]"));
    assert!(found.iter().any(|fault| fault.contains("`ac` is too short for prefix")), "{found:#?}");
}

#[test]
fn users_disable_and_replace_rules() {
    let (first, rule) = embedded().rules().next().unwrap();
    let yaml = format!("version: 1\nrules:\n  disable: [{}]\nallow: []\n", rule.id);
    let same = embedded().with_user(&yaml, ".stanch.yaml").unwrap();
    assert!(same.is_on(first) && same.is_disabled(first), "the settings drop what it finds, and count it");

    let found = faults("disable: [no-such-rule]\n");
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("rules.yaml:1: `disable` names `no-such-rule`"), "{found:?}");

    let own = embedded().with_user(RIGHT, "a").unwrap();
    let again = own.with_user(&RIGHT.replace("{40}", "{41}").replace("hex:40", "hex:41"), "b").unwrap();
    assert_eq!(again.by_id("acme-api-key").unwrap().1.detect.shape.as_ref().unwrap().min, 46);
    assert_eq!(again.rules().filter(|(_, rule)| rule.id == "acme-api-key").count(), 1);
    let (kept, ids) =
        own.with_additions(&RIGHT.replace("{40}", "{41}").replace("hex:40", "hex:41"), "b").unwrap();
    assert!(ids.contains(&"acme-api-key"), "{ids:?}");
    assert_eq!(kept.by_id("acme-api-key").unwrap().1.detect.shape.as_ref().unwrap().min, 45);
    assert_eq!(kept.rules().filter(|(_, rule)| rule.id == "acme-api-key").count(), 1);
}

#[test]
fn files_without_rules_change_nothing() {
    for yaml in ["", "\n", "# nothing\n", "version: 1\nrules:\n", "rules: {}\n"] {
        let same = embedded().with_user(yaml, ".stanch.yaml");
        assert_eq!(same.map(|same| same.rules().count()).unwrap_or(0), embedded().len(), "{yaml:?}");
    }
    for yaml in ["- a\n", "rules: 5\n", "vendors: 5\n", "rules: [\n", "rules:\n  vendor: []\n"] {
        assert!(!faults(yaml).is_empty(), "{yaml:?} was taken");
    }
}

/// Two rules that match the same token alone would both report it.
#[test]
fn no_prefix_rule_matches_the_example_of_another() {
    let mut by_prefix: BTreeMap<&str, Vec<&Rule>> = BTreeMap::new();
    for (at, rule) in embedded().rules().filter(|(_, rule)| rule.detect.near.is_none()) {
        for prefix in words(embedded(), at.0, WordKind::Prefix) {
            by_prefix.entry(prefix).or_default().push(rule);
        }
    }
    let mut wrong = Vec::new();
    for (prefix, rules) in by_prefix.iter().filter(|(_, rules)| rules.len() > 1) {
        for rule in rules {
            for other in rules.iter().filter(|other| other.id != rule.id) {
                let (Some(mine), Some(shape)) = (&rule.detect.shape, &other.detect.shape) else { continue };
                // Of two that match, the engine takes the one with the narrower alphabet.
                if mine.alphabet != shape.alphabet {
                    continue;
                }
                for text in rule.about().examples.matches {
                    let text = sample::expand(text, rule.id);
                    let starts = text.to_ascii_lowercase();
                    for (at, _) in starts.match_indices(prefix) {
                        let (a, b) = (ends(mine, text.as_bytes(), at), ends(shape, text.as_bytes(), at));
                        if a.last().is_some() && a.last() == b.last() {
                            wrong.push(format!("{} and {} both match in {text}", rule.id, other.id));
                        }
                    }
                }
            }
        }
    }
    complain(wrong);
}

//! What is allowed and what still blocks: markers, allow list, baseline, a one-time skip.
#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that cannot be")]

mod allow_common;

use allow_common::{entry, finding, place, rules, value};
use bstr::BString;
use stanch::catalogue::{Confidence, Rule};
use stanch::config::{self, AllowText, PolicyRules, Rooted, Skip};
use stanch::finding::allowlist::{AllowList, Entry};
use stanch::finding::baseline::{self, Answer, Baseline, Prune};
use stanch::finding::date::Date;
use stanch::finding::fingerprint::{fingerprint, short};
use stanch::finding::hint;
use stanch::finding::inline;
use stanch::finding::suppress::{Allowances, FileMarkers, Reason, Seen, Split, apply};
use stanch::finding::{Finding, Hit, Secret};
use stanch::source::Place;

fn hit(rule: &'static Rule, number: u32, path: &str, line: u32) -> Hit {
    Hit {
        rule,
        secret: Secret::new(value(number)),
        raw: Secret::new(value(number)),
        range: 0..7,
        confidence: Confidence::High,
        why: vec![],
        parts: vec![],
        location: place(path, line),
    }
}

/// What a test sets up; the rest is empty.
#[derive(Default)]
struct Case {
    files: Vec<(&'static str, String)>,
    allow: String,
    baseline: String,
    policy: PolicyRules,
    skip: Option<Skip>,
    seen: Vec<Hit>,
    /// How many of its words the change adds, for each marker.
    added: Option<Vec<usize>>,
}

impl Case {
    fn run(&self, findings: Vec<Finding>) -> Split {
        let markers: Vec<FileMarkers> = self
            .files
            .iter()
            .map(|(path, text)| FileMarkers {
                path: BString::from(*path),
                place: Place::Staged,
                markers: inline::markers(text.as_bytes(), path.as_bytes()),
                added: self.added.clone().unwrap_or_default(),
            })
            .collect();
        let text = AllowText { text: self.allow.clone(), first_line: 2, file: ".stanch.yaml".into() };
        let allow = AllowList::read(&[text]).unwrap();
        let seen: Vec<Seen> = self.seen.iter().map(Seen::of).collect();
        let baseline = Baseline::new(self.baseline.as_bytes());
        apply(
            findings,
            &Allowances {
                markers: &markers,
                seen: &seen,
                allow: &allow,
                baseline: &baseline,
                skip: self.skip.as_ref(),
                policy: &self.policy,
                today: "2026-11-24".parse().unwrap(),
                rooted: &Rooted::default(),
            },
        )
    }
}

fn file(text: String) -> Case {
    Case { files: vec![("a.py", text)], ..Case::default() }
}

fn policy(text: &str) -> PolicyRules {
    config::policy_file(format!("policy: {text}\n").as_bytes(), "org.yaml").unwrap().policy
}

#[test]
fn a_marker_hides_the_one_finding_it_names() {
    let (a, b) = rules();
    let case = file(format!("x = 1  # stanch:allow {} test account", a.id));
    let split = case.run(vec![finding(a, 1, &[("a.py", 1)]), finding(b, 2, &[("a.py", 1)])]);
    assert_eq!(split.blocking.len(), 1);
    assert_eq!(split.blocking[0].rule.id, b.id);
    assert_eq!(split.allowed[0].reason.to_string(), "allowed by stanch:allow on line 1: test account");
    assert!(split.stale.is_empty());
    let by_vendor = file(format!("x = 1  # stanch:allow {} test account", a.vendor.key));
    assert!(by_vendor.run(vec![finding(a, 1, &[("a.py", 1)])]).blocking.is_empty());
}

#[test]
fn a_marker_never_hides_a_second_secret_beside_it() {
    let (a, b) = rules();
    let text = format!("x = 1, 2  # stanch:allow {} test", a.id);
    let two = file(text.clone()).run(vec![finding(a, 1, &[("a.py", 1)]), finding(a, 2, &[("a.py", 1)])]);
    assert_eq!((two.blocking.len(), two.allowed.len()), (2, 0));
    assert!(two.hints[0].why.contains("could mean any of 2 findings"), "{:?}", two.hints);

    // The first is old and no finding of this commit: the new one beside it is still the second.
    let mut case = file(text);
    case.seen = vec![hit(a, 1, "a.py", 1), hit(a, 2, "a.py", 1)];
    assert_eq!(case.run(vec![finding(a, 2, &[("a.py", 1)])]).blocking.len(), 1);

    let foreign = file("x = 1, 2  # pragma: allowlist secret".into());
    let both = foreign.run(vec![finding(a, 1, &[("a.py", 1)]), finding(b, 2, &[("a.py", 1)])]);
    assert_eq!((both.blocking.len(), both.allowed.len()), (2, 0));
    assert!(foreign.run(vec![finding(a, 1, &[("a.py", 1)])]).blocking.is_empty());
}

/// Each finding was told of each marker around it: as many lines as the square of them.
#[test]
fn a_marker_that_hides_none_is_told_once_for_all_that_it_could_mean() {
    let (a, _) = rules();
    let findings = |count: u32, from: u32| -> Vec<Finding> {
        (0..count).map(|number| finding(a, number, &[("a.py", from + number)])).collect()
    };
    let one = file("# secretlint-disable\n".into()).run(findings(3_000, 2));
    let told: Vec<String> = one.hints.iter().map(ToString::to_string).collect();
    let id = fingerprint(a.id, &value(0));
    let first = short(&id);
    let why = "the marker on line 1 could mean any of 3000 findings and so hides none";
    assert_eq!(told, [format!("{first} and 2999 more: {why}; allow the value instead")]);

    // One in the other, or without an end: those that come first are asked.
    let count = 3_000;
    let own = format!("# stanch:allow-start {} made up\n", a.id).repeat(count)
        + &"x\n".repeat(count)
        + &"# stanch:allow-end\n".repeat(count);
    for (text, crowded) in [(own, count - 16), ("# secretlint-disable\n".repeat(count), 0)] {
        let split = file(text).run(findings(3_000, 3_001));
        assert_eq!((split.blocking.len(), split.hints.len()), (count, 16));
        assert!(split.hints.iter().all(|hint| hint.findings == count), "{:?}", split.hints[0]);
        let idle = split.stale.iter().filter(|one| one.why.contains("more than 16")).count();
        assert_eq!(idle, crowded);
        assert_eq!(hint::told(&split.hints).count(), 11, "a handful is told, and how many there are");
    }
    // Where only one can be meant, sixteen hide it as one does.
    let split = file("# secretlint-disable\n".repeat(40)).run(findings(1, 41));
    assert_eq!((split.allowed.len(), split.hints.len()), (1, 0));
}

/// For each of its places the reasons of all others were gone through, and for each marker all of its file.
#[test]
fn a_value_with_many_places_and_a_marker_at_each_keeps_every_reason() {
    let (a, _) = rules();
    let text: String = (0..5_000).map(|number| format!("x # stanch:allow {} no {number}\n", a.id)).collect();
    let mut case = file(text);
    let places: Vec<(&str, u32)> = (1..=5_000).map(|line| ("a.py", line)).collect();
    let split = case.run(vec![finding(a, 1, &places)]);
    assert_eq!((split.blocking.len(), split.allowed.len()), (0, 5_000));
    assert_eq!(split.allowed[4_999].reason.to_string(), "allowed by stanch:allow on line 5000: no 4999");
    // Markers in as many words, of which one was there before.
    case.added = Some((0..5_000).map(|number| usize::from(number != 7)).collect());
    let each: Vec<Finding> = (1..=5_000).map(|line| finding(a, line, &[("a.py", line)])).collect();
    let split = case.run(each);
    assert_eq!((split.blocking.len(), split.hints.len()), (1, 1));
    assert_eq!(split.blocking[0].locations[0].line, 8);
}

#[test]
fn a_marker_bound_to_a_value_hides_no_other() {
    let (a, _) = rules();
    let one = finding(a, 1, &[("a.py", 1)]);
    let case = file(format!("x = 1  # stanch:allow {}#{} test", a.id, &one.fingerprint[..9]));
    let split = case.run(vec![one, finding(a, 2, &[("a.py", 1)])]);
    assert_eq!((split.blocking.len(), split.allowed.len()), (1, 1));
    assert_eq!(split.blocking[0].fingerprint, fingerprint(a.id, &value(2)));
    assert!(split.hints[0].why.contains("bound to another value"));
}

#[test]
fn a_finding_with_two_places_keeps_the_one_that_nothing_allows() {
    let (a, _) = rules();
    let case = file(format!("x = 1  # stanch:allow {} test\n\ny = 1\n", a.id));
    let split = case.run(vec![finding(a, 1, &[("a.py", 1), ("a.py", 3), ("b.py", 1)])]);
    let lines: Vec<u32> = split.blocking[0].locations.iter().map(|at| at.line).collect();
    assert_eq!(lines, [3, 1]);
    assert_eq!(split.allowed[0].finding.locations.len(), 1);
}

#[test]
fn an_unused_or_faulty_marker_is_told() {
    let (a, b) = rules();
    let case = file(format!(
        "x # stanch:allow {} test\ny # stanch:allow\nz # stanch:allow-start {} x\n",
        a.id, b.id
    ));
    let split = case.run(vec![finding(b, 1, &[("a.py", 9)])]);
    let told: Vec<(u32, &str, bool)> =
        split.stale.iter().map(|one| (one.line, one.why.as_str(), one.is_unused)).collect();
    assert_eq!(told.len(), 3, "{told:?}");
    assert_eq!(told[0].1, format!("stanch:allow {} hides nothing", a.id));
    assert!(told[1].1.contains("names no rule") && told[2].1.contains("has no stanch:allow-end"));
}

#[test]
fn policy_turns_markers_off() {
    let (a, _) = rules();
    let own = format!("x = 1  # stanch:allow {}", a.id);
    for (rules, text, blocks) in [
        ("{inline: forbid}", own.as_str(), true),
        ("{inline: bound}", &own, true),
        ("{require-reason: true}", &own, true),
        ("{foreign-markers: false}", &own, false),
        ("{foreign-markers: false}", "x # gitleaks:allow", true),
        ("{inline: forbid}", "x # gitleaks:allow", true),
    ] {
        let case = Case { policy: policy(rules), ..file(text.to_owned()) };
        let split = case.run(vec![finding(a, 1, &[("a.py", 1)])]);
        assert_eq!(split.blocking.len() == 1, blocks, "{rules} {text}");
        assert_eq!(split.hints.len() == 1, blocks, "{rules} {text}");
        assert!(!blocks || split.hints[0].why.contains("org.yaml:1"), "{:?}", split.hints);
    }
}

#[test]
fn an_allow_entry_follows_the_value_and_only_the_value() {
    let (a, b) = rules();
    let case = Case { allow: format!("  {}\n", entry(a, 1).line()), ..Case::default() };
    // Moved, renamed, on another line: still allowed. Another value in the same place is not.
    for at in [("a.py", 1), ("src/b.py", 77), ("c\u{e9}.py", 3)] {
        assert!(case.run(vec![finding(a, 1, &[at])]).blocking.is_empty());
        assert_eq!(case.run(vec![finding(a, 2, &[at])]).blocking.len(), 1);
    }
    // The same value under another rule is another finding.
    assert_eq!(case.run(vec![finding(b, 1, &[("a.py", 1)])]).blocking.len(), 1);
    let split = case.run(vec![finding(a, 1, &[("a.py", 1)])]);
    assert_eq!(split.allowed[0].reason.to_string(), "allowed by .stanch.yaml:2: made up");
}

#[test]
fn an_allow_entry_with_a_path_holds_only_there() {
    let (a, _) = rules();
    let allow = format!("  {}\n", Entry { path: "tests\\data".into(), ..entry(a, 1) }.line());
    let case = Case { allow, ..Case::default() };
    let split = case.run(vec![finding(a, 1, &[("tests/data/x.py", 1), ("src/x.py", 1)])]);
    assert_eq!(split.blocking[0].locations[0].path, "src/x.py");
    assert!(split.hints[0].why.contains("holds only below"));
}

#[test]
fn expired_unused_and_repeated_entries_are_told_and_the_expired_do_not_count() {
    let (a, _) = rules();
    let day = |text: &str| Some(text.parse::<Date>().unwrap());
    let expired = Entry { until: day("2026-11-23"), ..entry(a, 1) };
    let last_day = Entry { until: day("2026-11-24"), ..entry(a, 2) };
    let again = Entry { reason: "another".into(), ..last_day.clone() };
    let lines = [&expired, &last_day, &entry(a, 3), &again];
    let allow = lines.iter().map(|one| format!("  {}\n", one.line())).collect::<String>();
    let case = Case { allow, ..Case::default() };
    let split = case.run(vec![finding(a, 1, &[("a.py", 1)]), finding(a, 2, &[("a.py", 2)])]);
    assert_eq!(split.blocking.len(), 1);
    let hints: Vec<String> = split.hints.iter().map(ToString::to_string).collect();
    let why = "the allow entry at .stanch.yaml:2 expired on 2026-11-23";
    assert_eq!(hints, [format!("{}: {why}", short(&expired.id))]);
    let told: Vec<(u32, bool)> = split.stale.iter().map(|one| (one.line, one.is_unused)).collect();
    assert_eq!(told, [(2, false), (4, true), (5, false)], "{:?}", split.stale);
}

#[test]
fn policy_asks_for_reasons_and_expiry() {
    let (a, _) = rules();
    let day = |text: &str| Some(text.parse::<Date>().unwrap());
    let plain = entry(a, 1);
    for (rules, one, counts) in [
        ("{require-expiry: true}", plain.clone(), false),
        ("{require-expiry: true}", Entry { until: day("2027-11-24"), ..plain.clone() }, true),
        ("{max-expiry: 90d}", plain.clone(), false),
        ("{max-expiry: 90d}", Entry { until: day("2027-02-22"), ..plain.clone() }, true),
        ("{max-expiry: 90d}", Entry { until: day("2027-02-23"), ..plain.clone() }, false),
        // Neither leaving the date out nor writing one in the future buys time.
        ("{max-expiry: 90d}", Entry { on: None, until: day("2027-02-23"), ..plain.clone() }, false),
        (
            "{max-expiry: 90d}",
            Entry { on: day("2027-02-20"), until: day("2027-02-23"), ..plain.clone() },
            false,
        ),
        ("{require-reason: true}", plain.clone(), true),
        ("{require-reason: true}", Entry { reason: String::new(), ..plain.clone() }, false),
        ("{allow-list: false}", plain.clone(), false),
    ] {
        let case = Case { allow: one.line() + "\n", policy: policy(rules), ..Case::default() };
        let split = case.run(vec![finding(a, 1, &[("a.py", 1)])]);
        assert_eq!(split.blocking.is_empty(), counts, "{rules} {}", one.line());
        assert_eq!(split.hints.is_empty(), counts, "{:?}", split.hints);
    }
}

#[test]
fn a_skip_says_what_it_skipped_and_policy_can_forbid_it() {
    let (a, b) = rules();
    let skip = |item: &str| Some(Skip { items: vec![item.into()], reason: "on call".into() });
    let case = Case { skip: skip(a.id), ..Case::default() };
    let split = case.run(vec![finding(a, 1, &[("a.py", 4)]), finding(b, 2, &[("a.py", 1)])]);
    assert_eq!(split.blocking.len(), 1);
    assert_eq!(split.notes, [format!("{} at a.py:4 skipped by STANCH_SKIP: on call", a.id)]);
    let by_id = Case { skip: skip(&fingerprint(a.id, &value(1))[..9]), ..Case::default() };
    assert!(by_id.run(vec![finding(a, 1, &[("a.py", 4)])]).blocking.is_empty());
    assert_eq!(by_id.run(vec![finding(a, 2, &[("a.py", 4)])]).blocking.len(), 1);
    let forbidden = Case { skip: skip(a.id), policy: policy("{skip: false}"), ..Case::default() };
    let split = forbidden.run(vec![finding(a, 1, &[("a.py", 4)])]);
    assert_eq!((split.blocking.len(), split.notes.len()), (1, 0));
}

#[test]
fn a_baseline_knows_values_keeps_answers_and_prunes() {
    let (a, b) = rules();
    let old = [finding(a, 1, &[("a.py", 1)]), finding(b, 2, &[("b.py", 1)])];
    let text = baseline::create(&old);
    assert_eq!(text, baseline::create(&[old[1].clone(), old[0].clone()]), "order does not matter");
    let case = Case { baseline: text.clone(), ..Case::default() };
    let split = case.run(vec![finding(a, 1, &[("moved.py", 9)]), finding(a, 3, &[("a.py", 1)])]);
    assert_eq!(split.blocking.len(), 1);
    assert_eq!(split.allowed[0].reason, Reason::Baseline(String::new()));

    let text = baseline::annotate(text.as_bytes(), &old[1].fingerprint, Answer::Rotated, "by Ann\nin May");
    let known = Baseline::new(text.as_bytes());
    let entry = known.find(&old[1].fingerprint, b.id).unwrap();
    assert_eq!((entry.answer(), entry.note), (Some(Answer::Rotated), "rotated by Ann in May"));

    let new = finding(a, 3, &[("a.py", 1)]);
    let kept = baseline::update(text.as_bytes(), std::slice::from_ref(&new), Prune::No);
    assert_eq!((kept.added, kept.pruned), (1, 0));
    let pruned = baseline::update(kept.text.as_bytes(), &[new, old[1].clone()], Prune::Yes);
    assert_eq!((pruned.added, pruned.pruned), (0, 1));
    assert!(pruned.text.contains("rotated by Ann in May"));
    assert_eq!(baseline::update(pruned.text.as_bytes(), &[], Prune::No).text, pruned.text, "no churn");
    assert!(Baseline::new(pruned.text.as_bytes()).faults().is_empty());
    assert_eq!(Baseline::new(b"<<<<<<< ours\n").faults().len(), 1);
}

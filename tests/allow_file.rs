//! The files of what is allowed: edited in place, merged by git, looked up fast.
#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that cannot be")]

mod allow_common;

use std::path::Path;
use std::process::Command;

use allow_common::{entry, finding, rules};
use stanch::catalogue::Rule;
use stanch::config::{self, AllowText};
use stanch::finding::Finding;
use stanch::finding::allowlist::{self, AllowList, Entry};
use stanch::finding::baseline::{self, Baseline, Prune};

#[test]
fn a_baseline_finds_every_entry_in_any_order() {
    let (a, b) = rules();
    let findings: Vec<Finding> =
        (0..1000).map(|n| finding(if n % 2 == 0 { a } else { b }, n, &[("a.py", 1)])).collect();
    let sorted = baseline::create(&findings);
    let mut lines: Vec<&str> = sorted.lines().collect();
    lines.reverse();
    for text in [sorted.clone(), lines.join("\n"), sorted.replace('\n', "\r\n")] {
        let known = Baseline::new(text.as_bytes());
        for one in &findings {
            assert!(known.find(&one.fingerprint, one.rule.id).is_some());
            assert!(known.find(&one.fingerprint, "other-rule").is_none());
        }
        assert!(known.find("zzzz-zzzz-zzzz-zzzz", a.id).is_none());
        assert!(known.find("", "").is_none());
    }
    assert!(Baseline::new(b"").find("zzzz-zzzz-zzzz-zzzz", a.id).is_none());
}

#[test]
fn ten_thousand_baseline_entries_cost_little() {
    let (a, _) = rules();
    let findings: Vec<Finding> = (0..10_000).map(|n| finding(a, n, &[("a.py", 1)])).collect();
    let text = baseline::create(&findings);
    let best = (0..20)
        .map(|_| {
            let started = std::time::Instant::now();
            let known = Baseline::new(text.as_bytes());
            assert!(known.find(&findings[7].fingerprint, a.id).is_some());
            started.elapsed()
        })
        .min()
        .unwrap();
    eprintln!("open {} bytes and find one: {best:?}", text.len());
    // Unoptimized code on a busy machine; an optimized build takes a tenth.
    assert!(best.as_millis() < 20, "{best:?}");
}

#[test]
fn editing_the_allow_list_keeps_all_else() {
    let (a, _) = rules();
    let mut entries: Vec<Entry> = (1..=3).map(|n| entry(a, n)).collect();
    entries.sort_by(|x, y| x.id.cmp(&y.id));
    let before = "# Ours\nmax-bytes: 1m # small\n";
    let one = allowlist::add(before, &entries[1]).unwrap();
    assert_eq!(one, format!("{before}\nallow:\n  {}\n", entries[1].line()));

    let text = format!(
        "# Ours\nallow:\n    # the demo account\n    {}\n\n# Paths\nexclude:\n  - docs/\n",
        entries[1].line()
    );
    let text = allowlist::add(&text, &entries[2]).unwrap();
    let text = allowlist::add(&text, &entries[0]).unwrap();
    let expected = format!(
        "# Ours\nallow:\n    {}\n    # the demo account\n    {}\n    {}\n\n# Paths\nexclude:\n  - docs/\n",
        entries[0].line(),
        entries[1].line(),
        entries[2].line()
    );
    assert_eq!(text, expected);
    assert_eq!(config::stanch_yaml(text.as_bytes(), "x").unwrap().exclude.len(), 1);

    let renewed = Entry { reason: "with \"quotes\": #1, and\nlines".into(), ..entries[2].clone() };
    let text = allowlist::add(&text, &renewed).unwrap();
    assert!(!text.contains(&entries[2].line()));
    let layer = config::stanch_yaml(text.as_bytes(), "x").unwrap();
    let list = AllowList::read(&[layer.allow.unwrap()]).unwrap();
    assert_eq!(list.entries()[2].entry, renewed);
    assert_eq!(list.entries()[1].line, 5);

    let text = allowlist::remove(&text, &entries[1].id).unwrap();
    assert!(!text.contains("demo account") && text.contains("# Paths"));
    let text = allowlist::prune(&text, |_| false).unwrap();
    assert_eq!(text, "# Ours\nallow: []\n\n# Paths\nexclude:\n  - docs/\n");
    assert!(allowlist::add(&text, &entries[0]).unwrap().contains("allow:\n  - {id: "));
}

#[test]
fn many_entries_are_added_as_one_by_one_and_cost_little() {
    let (a, _) = rules();
    let some: Vec<Entry> = (0..20).map(|n| entry(a, n % 17)).collect();
    let before = with_entries("strict: true\n", a, 10..30);
    let one_by_one = some.iter().fold(before.clone(), |text, entry| allowlist::add(&text, entry).unwrap());
    assert_eq!(allowlist::add_all(&before, &some).unwrap(), one_by_one);
    assert_eq!(allowlist::add_all("strict: true\n", &[]).unwrap(), "strict: true\n");
    let many: Vec<Entry> = (0..3_000).map(|n| entry(a, n)).collect();
    let started = std::time::Instant::now();
    let text = allowlist::add_all("", &many).unwrap();
    assert_eq!(text.lines().count(), 3_001);
    // One by one it takes minutes without optimization.
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
}

#[test]
fn odd_files_are_edited_too() {
    let (a, _) = rules();
    let line = entry(a, 1).line();
    assert_eq!(allowlist::add("", &entry(a, 1)).unwrap(), format!("allow:\n  {line}\n"));
    assert_eq!(
        allowlist::add("strict: true", &entry(a, 1)).unwrap(),
        format!("strict: true\n\nallow:\n  {line}\n")
    );
    let crlf = allowlist::add("strict: true\r\nallow:\r\n", &entry(a, 1)).unwrap();
    assert_eq!(crlf, format!("strict: true\r\nallow:\r\n  {line}\r\n"));
    let block = format!("allow:\n- id: {}\n  rule: {}\n", entry(a, 2).id, a.id);
    let both = allowlist::add(&block, &entry(a, 1)).unwrap();
    assert!(both.contains(&block["allow:\n".len()..]) && both.contains(&format!("\n{line}\n")), "{both}");
}

#[test]
fn a_broken_entry_is_told_with_its_line() {
    let wrong = |text: &str| {
        let text = AllowText { text: text.into(), first_line: 5, file: ".stanch.yaml".into() };
        AllowList::read(&[text]).unwrap_err().to_string()
    };
    let id = "k7f3-2q9x-m4ta-0c8e";
    assert_eq!(
        wrong(&format!("  - {{id: {id}, rule: a, raeson: x}}\n")),
        ".stanch.yaml:5: unknown key 'raeson', did you mean 'reason'?"
    );
    assert!(wrong(&format!("\n# x\n  - {{id: {id}}}\n")).starts_with(".stanch.yaml:7: an entry needs rule:"));
    assert!(wrong("  - {rule: a}\n").contains("needs id:"));
    assert!(wrong("  - {id: k7, rule: a}\n").contains("needs id:"));
    assert!(wrong(&format!("  - {{id: {id}, rule: a, until: soon}}\n")).contains("'soon' is no date"));
    assert!(wrong(&format!("  - {{id: {id}, rule: a\n")).starts_with(".stanch.yaml:5:"));
    assert!(wrong(&format!("  - {{id: {id}, rule: a, path: 'a[b'}}\n")).contains("no path pattern"));
    assert!(wrong("  just words\n").contains("starts with '- '"));
    assert_eq!(wrong(&format!("  - {{id: {id}}}\n  - {{id: {id}}}\n")).lines().count(), 2);
}

/// The quick way for lines of our own must say what YAML says.
#[test]
fn a_plain_line_reads_like_any_yaml() {
    let (a, _) = rules();
    for reason in ["", "made up", "a \"quoted\" \\ b, c: d} #e", "x, until: 2020-01-01", "é\u{202e}\n"] {
        let written =
            Entry { reason: reason.into(), path: "tests/**".into(), by: "Ann".into(), ..entry(a, 1) };
        let flow = format!("  {}\n", written.line());
        // The same with a blank that the quick way does not know.
        let slow = flow.replacen("{id", "{ id", 1);
        for text in [flow, slow] {
            let text = AllowText { text, first_line: 1, file: "x".into() };
            assert_eq!(AllowList::read(&[text]).unwrap().entries()[0].entry, written);
        }
    }
}

fn git(dir: &Path, args: &[&str]) -> std::process::Output {
    Command::new("git")
        .args([
            "-c",
            "user.name=A",
            "-c",
            "user.email=a@b.c",
            "-c",
            "commit.gpgsign=false",
            "-c",
            "init.defaultBranch=main",
        ])
        .args(args)
        .current_dir(dir)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .unwrap()
}

fn commit(dir: &Path, file: &str, text: &str) {
    std::fs::write(dir.join(file), text).unwrap();
    assert!(git(dir, &["add", "-A"]).status.success());
    assert!(git(dir, &["commit", "-qm", "x"]).status.success());
}

/// Merges two branches that each change `file`, and gives the merged text, or nothing on a conflict.
fn merged(file: &str, base: &str, ours: &str, theirs: &str, with_union: bool) -> Option<String> {
    let dir = tempfile::tempdir().unwrap();
    let dir = dir.path();
    assert!(git(dir, &["init", "-q"]).status.success());
    if with_union {
        std::fs::write(dir.join(".gitattributes"), allowlist::merge_attribute("", file).unwrap()).unwrap();
    }
    commit(dir, file, base);
    git(dir, &["checkout", "-qb", "theirs"]);
    commit(dir, file, theirs);
    git(dir, &["checkout", "-q", "main"]);
    commit(dir, file, ours);
    let ok = git(dir, &["merge", "-q", "--no-edit", "theirs"]).status.success();
    ok.then(|| std::fs::read_to_string(dir.join(file)).unwrap())
}

fn with_entries(text: &str, rule: &Rule, numbers: impl Iterator<Item = u32>) -> String {
    numbers.fold(text.to_owned(), |text, n| allowlist::add(&text, &entry(rule, n)).unwrap())
}

fn ids(text: &str) -> Vec<String> {
    let allow = config::stanch_yaml(text.as_bytes(), "x").unwrap().allow.unwrap();
    AllowList::read(&[allow]).unwrap().entries().iter().map(|one| one.entry.id.clone()).collect()
}

#[test]
fn five_hundred_entries_of_two_branches_merge_without_conflict() {
    let (a, _) = rules();
    let base = with_entries("strict: true\nallow:\n\nexclude: [docs/]\n", a, 0..100);
    let ours = with_entries(&base, a, 100..350);
    let theirs = with_entries(&base, a, 350..600);
    let text = merged(".stanch.yaml", &base, &ours, &theirs, true).expect("a merge without conflict");
    let found = ids(&text);
    let unique: std::collections::HashSet<&String> = found.iter().collect();
    assert_eq!((found.len(), unique.len()), (600, 600));
    let layer = config::stanch_yaml(text.as_bytes(), "x").unwrap();
    assert_eq!((layer.exclude.len(), layer.strict.unwrap().value), (1, true));
    // Git repeats some lines of the base where both sides are dense; the next edit tidies up.
    let tidy = allowlist::add(&text, &entry(a, 9999)).unwrap();
    assert_eq!(tidy.matches("- {id: ").count(), 601);
    let mut sorted = ids(&tidy);
    sorted.sort();
    assert_eq!(sorted, ids(&tidy));

    // Both start a list.
    let base = "strict: true\n";
    let (ours, theirs) = (with_entries(base, a, 0..250), with_entries(base, a, 250..500));
    let text = merged(".stanch.yaml", base, &ours, &theirs, true).expect("a merge without conflict");
    assert_eq!(ids(&text).len(), 500);
}

#[test]
fn one_entry_a_branch_seldom_conflicts_even_without_the_attribute() {
    let (a, _) = rules();
    let base = with_entries("allow:\n", a, 0..500);
    let conflicts = (0..12)
        .filter(|n| {
            let ours = with_entries(&base, a, std::iter::once(1000 + n));
            let theirs = with_entries(&base, a, std::iter::once(2000 + n));
            merged(".stanch.yaml", &base, &ours, &theirs, false).is_none()
        })
        .count();
    // One place in 501 each: more than one of twelve would be no accident.
    assert!(conflicts <= 1, "{conflicts} of 12");
}

#[test]
fn baselines_of_two_branches_merge() {
    let (a, _) = rules();
    let known = |numbers: std::ops::Range<u32>| -> Vec<Finding> {
        numbers.map(|n| finding(a, n, &[("a.py", 1)])).collect()
    };
    let base = baseline::create(&known(0..50));
    let ours = baseline::update(base.as_bytes(), &known(50..300), Prune::No).text;
    let theirs = baseline::update(base.as_bytes(), &known(300..550), Prune::No).text;
    let text = merged(".stanch-baseline", &base, &ours, &theirs, true).expect("a merge without conflict");
    let all = Baseline::new(text.as_bytes());
    assert!(all.faults().is_empty());
    for one in known(0..550) {
        assert!(all.find(&one.fingerprint, a.id).is_some());
    }
}

#[test]
fn the_attribute_is_added_once() {
    let text = allowlist::merge_attribute("*.png binary", ".stanch.yaml").unwrap();
    assert_eq!(text, "*.png binary\n/.stanch.yaml merge=union\n");
    assert_eq!(allowlist::merge_attribute(&text, ".stanch.yaml"), None);
    assert_eq!(allowlist::merge_attribute(".stanch.yaml merge=ours\n", ".stanch.yaml"), None);
}

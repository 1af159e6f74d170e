//! Configuration, from the outside: files, git config, environment, organisation.
#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that cannot be")]

use std::ffi::OsString;

use stanch::config::{self, Env, GitScope, GitValue, Layer, Origin};

fn yaml(text: &str) -> Layer {
    config::stanch_yaml(text.as_bytes(), ".stanch.yaml").unwrap()
}

fn faults(text: &str) -> Vec<String> {
    let faults = config::stanch_yaml(text.as_bytes(), ".stanch.yaml").unwrap_err();
    faults.0.iter().map(ToString::to_string).collect()
}

fn env(pairs: &[(&str, &str)]) -> Result<Env, config::Faults> {
    Env::from_vars(pairs.iter().map(|(k, v)| (OsString::from(k), OsString::from(v))))
}

fn git(key: &str, value: &str, scope: GitScope) -> GitValue {
    GitValue { key: key.into(), value: Some(value.into()), scope }
}

#[test]
fn an_unknown_key_is_refused_with_its_line_and_the_nearest_one() {
    let text = "# ours\nmax-bytes: 1m\n\nexlude: [docs/]\n";
    assert_eq!(faults(text), [".stanch.yaml:4: unknown key 'exlude', did you mean 'exclude'?"]);
    let text = "policy:\n  inline: forbid\n  require-reasons: true\n";
    assert_eq!(
        faults(text),
        [".stanch.yaml:3: unknown key 'require-reasons', did you mean 'require-reason'?"]
    );
    assert!(faults("lock: [disable]\n")[0].starts_with(".stanch.yaml:1: unknown key 'lock'"));
}

#[test]
fn every_fault_is_told_at_once_each_with_its_line() {
    let text = "min-confidence: hihg\ndisable:\n  - acme-api-key\n  - Not An Id\nexclude: ['a[b']\n\
                paths:\n  - glob: tests/\n    sevrity: {a: low}\n  - disable: [x]\nmax-bytes: lots\n";
    let found = faults(text);
    let lines: Vec<&str> = found.iter().map(|fault| fault.split(':').nth(1).unwrap()).collect();
    assert_eq!(lines, ["1", "4", "5", "8", "9", "10"], "{found:#?}");
    assert!(found[0].contains("did you mean 'high'"));
}

#[test]
fn broken_or_hostile_files_are_refused_and_never_panic() {
    let deep = "[".repeat(50_000);
    let bomb = format!(
        "a: &a [x,x,x,x,x,x,x,x,x]\n{}",
        (b'b'..=b'k')
            .map(|c| {
                let (this, last) = (c as char, (c - 1) as char);
                format!("{this}: &{this} [{}]\n", vec![format!("*{last}"); 9].join(","))
            })
            .collect::<String>()
    );
    let huge = format!("exclude: [{}]", "a,".repeat(600_000));
    for text in [
        "exclude: [docs/",
        "- a\n- b\n",
        "just text",
        "exclude: {a: b}",
        "a: 1\na: 2\n",
        "? [x]\n: y\n",
        "allow: {a: b}\n",
        "allow:\nallow:\n",
        "exclude: !x y",
        "\u{0}",
        "*nobody",
        "disable: [[a]]",
        "paths: 3",
        "severity: [a]",
        "severity: {a: {b: c}}",
        "rules: 7",
        "policy: yes",
        "max-bytes: -1",
        deep.as_str(),
        bomb.as_str(),
        huge.as_str(),
    ] {
        let found = faults(text);
        assert!(!found.is_empty(), "{:.40}", text);
        assert!(found.iter().all(|fault| fault.len() < 600), "{:.40}", text);
    }
    assert!(config::stanch_yaml(b"\xff\xfe\x00", ".stanch.yaml").is_err());
    assert!(yaml("").exclude.is_empty());
    assert!(yaml("# nothing\n").exclude.is_empty());
    assert_eq!(yaml("\u{feff}exclude: docs/\n").exclude.len(), 1);
}

#[test]
fn later_layers_win_and_each_value_knows_its_origin() {
    let file = yaml("min-confidence: high\nmax-bytes: 1k\ndisable: [acme-a]\nbaseline: b\n");
    let git = config::git_layer(&[
        git("stanch.maxbytes", "2k", GitScope::Global),
        git("stanch.min-confidence", "certain", GitScope::Local),
        git("stanch.disable", "acme-b, acme-c", GitScope::Local),
        git("stanch.acme-d.severity", "off", GitScope::Local),
    ])
    .unwrap();
    let env = env(&[("STANCH_MAX_BYTES", "3k"), ("OTHER", "x")]).unwrap();
    let flags =
        Layer { strict: Some(config::Setting::new(true, Origin::Flag("--strict"))), ..Layer::default() };
    let all = config::merge(None, vec![file, git, env.layer, flags]);
    assert_eq!(
        (all.max_bytes.value, all.max_bytes.origin.to_string()),
        (3 << 10, "environment STANCH_MAX_BYTES".into())
    );
    assert_eq!(all.min_confidence.origin.to_string(), "local git config stanch.min-confidence");
    assert_eq!(all.baseline.origin.to_string(), ".stanch.yaml:4");
    assert_eq!(all.strict.origin.to_string(), "--strict");
    let off: Vec<&str> = all.disable.iter().map(|off| off.value.as_str()).collect();
    assert_eq!(off, ["acme-a", "acme-b", "acme-c"]);
    assert_eq!(config::merge(None, vec![]).max_bytes.origin, Origin::Default);
}

#[test]
fn slips_in_git_config_and_the_environment_are_refused() {
    let wrong = config::git_layer(&[git("stanch.exlude", "x", GitScope::Global)]).unwrap_err().to_string();
    assert_eq!(wrong, "global git config stanch.exlude: unknown key 'exlude', did you mean 'exclude'?");
    let wrong = env(&[("STANCH_EXLUDE", "x")]).unwrap_err().to_string();
    assert_eq!(wrong, "STANCH_EXLUDE: unknown variable, did you mean STANCH_EXCLUDE?");
    assert_eq!(env(&[("STANCH_VERSION", "1")]).unwrap().notes.len(), 1);
    let skip =
        env(&[("STANCH_SKIP", "acme-api-key,k7f3-2q9x key is dead, see INC-12")]).unwrap().skip.unwrap();
    assert_eq!((skip.items.len(), skip.reason.as_str()), (2, "key is dead, see INC-12"));
    assert!(env(&[("STANCH_SKIP", "?? x")]).is_err());
}

#[test]
fn a_git_key_that_stands_alone_is_true_or_refused() {
    let alone =
        |key: &str| config::git_layer(&[GitValue { key: key.into(), value: None, scope: GitScope::Local }]);
    assert!(alone("stanch.strict").unwrap().strict.unwrap().value);
    for key in ["stanch.exclude", "stanch.disable", "stanch.baseline", "stanch.acme-a.severity"] {
        assert!(alone(key).unwrap_err().to_string().contains("has no value"), "{key}");
    }
}

#[test]
fn the_organisation_locks_and_tightens() {
    let text = "lock: [disable, exclude, allow]\ndisable: [acme-x]\npolicy: {inline: bound, require-expiry: true, max-expiry: 90d}\n";
    let policy = config::policy_file(text.as_bytes(), "/etc/stanch.yaml").unwrap();
    let repo = yaml(
        "disable: [acme-a]\nexclude: ['**']\nallow:\n- {id: a, rule: b}\nmax-bytes: 1k\n\
                     policy: {inline: allow, require-expiry: false, max-expiry: 200d, skip: false}\n",
    );
    let all = config::merge(Some(policy), vec![repo]);
    assert_eq!(all.disable.len(), 1);
    assert_eq!(all.disable[0].value, "acme-x");
    assert_eq!(all.excluded(b"src/a.py"), None);
    assert!(all.allow.is_empty());
    assert_eq!(all.max_bytes.value, 1024);
    assert_eq!(all.policy.inline.value, config::InlineMode::Bound);
    assert!(all.policy.require_expiry.value && !all.policy.skip.value);
    assert_eq!(all.policy.max_expiry_days.value, Some(90));
    let told: Vec<String> = all.overruled.iter().map(|one| one.value.clone()).collect();
    assert_eq!(told.len(), 3, "{told:?}");
    assert_eq!(told[0], "disable is fixed by /etc/stanch.yaml:1; what .stanch.yaml:1 says does not count");
}

#[test]
fn only_system_and_global_git_config_name_the_policy() {
    let mut values = vec![git("stanch.policy", "/home/me/p.yaml", GitScope::Global)];
    assert_eq!(config::policy_path(&values).unwrap().value.as_deref(), Some("/home/me/p.yaml"));
    values.push(git("stanch.policy", "/etc/p.yaml", GitScope::System));
    assert_eq!(config::policy_path(&values).unwrap().value.as_deref(), Some("/etc/p.yaml"));
    let local = [git("stanch.policy", "mine.yaml", GitScope::Local)];
    assert!(config::policy_path(&local).is_none());
    assert!(config::git_layer(&local).unwrap_err().to_string().contains("system or global"));
}

#[test]
fn excluded_paths_name_their_pattern_and_include_wins() {
    let all = config::merge(None, vec![yaml("exclude: [docs/, '*.snap']\ninclude: [docs/keys.md]\n")]);
    assert_eq!(all.excluded(b"docs/a.md"), Some("docs/"));
    assert_eq!(all.excluded(b"docs/keys.md"), None);
    assert_eq!(all.excluded(b"src/x.snap"), Some("*.snap"));
    assert_eq!(all.excluded(b"src/x.rs"), None);
}

#[test]
fn own_rules_are_handed_on_with_their_lines() {
    let layer = yaml("allow:\n  - {id: a}\n  - {id: b}\nrules:\n  disable: [acme-z]\n  vendors: []\n");
    let rules = layer.rules.unwrap();
    assert_eq!(rules.value.lines().nth(3), Some("rules:"));
    assert_eq!(rules.origin.to_string(), ".stanch.yaml:4");
    assert!(!rules.value.contains("id: a"));
    assert_eq!(layer.disable[0].value, "acme-z");
    let allow = layer.allow.unwrap();
    assert_eq!((allow.first_line, allow.text.as_str()), (2, "  - {id: a}\n  - {id: b}\n"));
}

//! Configuration, from the outside: files, git config, environment, organisation.
#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that cannot be")]

mod support;

use std::ffi::OsString;

use stanch::catalogue::sample;
use stanch::config::{self, Env, GitScope, GitValue, LOCKS, Layer, Origin, Part, SETTINGS};
use support::world::World;

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
fn a_fault_tells_its_own_line_and_not_that_of_its_like() {
    let text = "# glob disable severity\npaths:\n  - glob: a/\n  - glob: b/\n    min-confidence: hihg\n  - glob: 'c['\n\
                \x20 - {glob: d/, min-confidence: lo}\nexclude: [docs/,\n  'e[']\nseverity:\n  a: low\n  b: lowe\n\
                disable:\n- acme-a\n# Not An Id\n- Not An Id\n- Not An Id\n";
    let found = faults(text);
    let lines: Vec<&str> = found.iter().map(|fault| fault.split(':').nth(1).unwrap()).collect();
    assert_eq!(lines, ["5", "6", "6", "7", "9", "12", "16", "17"], "{found:#?}");
    let layer = yaml("paths:\n  - glob: a/\n  - glob: b/\n  - glob: c/\n");
    let lines = [2, 3, 4].map(|line| Origin::File { file: ".stanch.yaml".into(), line });
    assert_eq!(layer.paths.iter().map(|set| set.origin.clone()).collect::<Vec<_>>(), lines);
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
    assert_eq!(layer.rules_disable[0].value, "acme-z");
    let allow = layer.allow.unwrap();
    assert_eq!((allow.first_line, allow.text.as_str()), (2, "  - {id: a}\n  - {id: b}\n"));
}

#[test]
fn every_setting_can_be_locked_and_every_part_has_its_lock() {
    let keys: Vec<&str> = LOCKS.iter().map(|(key, _)| *key).collect();
    for known in SETTINGS {
        assert_eq!(keys.iter().filter(|key| **key == known.name).count(), 1, "{}", known.name);
    }
    assert_eq!(keys.len(), SETTINGS.len());
    for (part, name) in Part::ALL {
        assert!(LOCKS.iter().any(|(_, parts)| parts.contains(part)), "nothing locks {name}");
    }
    let locked = LOCKS.iter().flat_map(|(_, parts)| *parts);
    assert!(locked.into_iter().all(|part| Part::ALL.iter().any(|(known, _)| known == part)));
}

#[test]
fn a_lock_takes_out_all_that_has_the_effect_and_nothing_else() {
    let text = "rules: {disable: [acme-a]}\ndisable: [acme-b]\nseverity: {acme-c: off, acme-d: low}\npaths:\n  \
                - glob: a/\n    disable: [acme-e]\n  - glob: b/\n    only: [acme-f]\n  \
                - glob: c/\n    severity: {acme-g: off, acme-h: low}\n    min-confidence: high\n";
    let with = |lock: &str| {
        let policy = config::policy_file(format!("lock: [{lock}]\n").as_bytes(), "org.yaml").unwrap();
        config::merge(Some(policy), vec![yaml(text)])
    };
    let left = |all: &config::Settings| {
        let paths = all.paths.iter().filter(|set| set.origin != Origin::Default).map(|set| &set.value);
        let paths: Vec<_> = paths
            .map(|here| {
                let only = here.only.is_some();
                (here.disable.len(), only, here.severity.len(), here.min_confidence.is_some())
            })
            .collect();
        (all.disable.len(), all.severity.len(), paths)
    };
    let told = |all: &config::Settings| all.overruled.iter().map(|one| one.value.clone()).collect::<Vec<_>>();
    let all = with("disable");
    assert_eq!(left(&all), (0, 1, vec![(0, false, 0, false), (0, false, 0, false), (0, false, 1, true)]));
    let lines = [
        "disable is fixed by org.yaml:1; what .stanch.yaml:",
        "severity: off is fixed by org.yaml:1 (lock: disable); what .stanch.yaml:",
        "paths: disable is fixed by org.yaml:1 (lock: disable); what .stanch.yaml:",
        "paths: only is fixed by org.yaml:1 (lock: disable); what .stanch.yaml:",
        "paths: severity: off is fixed by org.yaml:1 (lock: disable); what .stanch.yaml:",
    ];
    let told_all = told(&all);
    assert_eq!(told_all.len(), lines.len(), "{told_all:?}");
    for (line, start) in told_all.iter().zip(lines) {
        assert!(line.starts_with(start), "{line}");
    }
    let all = with("severity, min-confidence");
    assert_eq!(left(&all), (2, 0, vec![(1, false, 0, false), (0, true, 0, false), (0, false, 0, false)]));
    assert_eq!(told(&all).len(), 3, "{:?}", told(&all));
    let all = with("rules");
    assert_eq!((left(&all).0, all.rules.len(), told(&all).len()), (1, 0, 1));
    assert_eq!(left(&with("paths")).2, []);
    assert_eq!(told(&with("exclude")), [""; 0]);
}

fn sh(world: &World, line: &str) -> (i32, String) {
    let ran = world.run("sh".as_ref(), &["-c".into(), line.into()]).unwrap();
    let said = [ran.stdout, ran.stderr].concat();
    (ran.status.code().unwrap(), String::from_utf8(said).unwrap())
}

fn token() -> String {
    sample::expand("{hex:32}", "policy")
}

/// A repository with hooks, these settings in HEAD, and a token that is staged.
fn judged_by(settings: &str, policy: &str) -> World {
    let world = World::new();
    std::fs::write(world.here.join(".stanch.yaml"), settings).unwrap();
    std::fs::write(world.root().join("home/org.yaml"), policy).unwrap();
    let (_, said) =
        sh(&world, "git init -q && git add . && git commit -q -m settings && \"$STANCH\" install");
    assert!(said.contains("pre-commit"), "{said}");
    if !policy.is_empty() {
        sh(&world, "git config --global stanch.policy \"$HOME/org.yaml\"");
    }
    std::fs::write(world.here.join("app.env"), format!("TWILIO_AUTH_TOKEN={}\n", token())).unwrap();
    sh(&world, "git add app.env");
    world
}

/// A rule of a repository, with the examples of a key that Twilio does not have.
fn rule(vendor: &str, id: &str, detect: &str, example: &str) -> String {
    format!(
        "rules:\n  vendors:\n  - vendor: {vendor}\n    name: Acme\n    docs: [https://acme.example/keys]\n    \
         risks: [Sending in your name.]\n    fix:\n      revoke: [Open Console → Settings → API keys and delete the key.]\n      \
         abuse: [Open Console → Logs and look for unknown addresses.]\n      breaks: Every service that sends with this key fails.\n      \
         env: ACME_API_KEY\n    rules:\n    - id: {id}\n      name: Acme API key\n      family: api-key\n      severity: high\n      \
         severity-reason: It can send without limit.\n      description: The key of an Acme account.\n      \
         detect: {detect}\n      source: Acme's own documentation.\n      \
         examples: {{match: ['{example}'], ignore: ['nothing']}}\n"
    )
}

#[test]
fn what_is_locked_no_file_of_a_repository_switches_off() {
    let policy = "lock: [disable, severity, min-confidence, placeholders]\n";
    let replaced =
        rule("twilio", "twilio-auth-token", "{prefix: [acme_], shape: 'acme_[0-9a-f]{40}'}", "acme_{hex:40}");
    let part = &token()[..12];
    for (settings, told) in [
        ("disable: [twilio]\n", "disable is fixed by"),
        ("rules:\n  disable: [twilio, generic-secret]\n", "disable is fixed by"),
        ("severity: {twilio-auth-token: off}\n", "severity is fixed by"),
        ("paths: [{glob: '**', disable: [twilio]}]\n", "paths: disable is fixed by"),
        ("paths: [{glob: '**', only: [github]}]\n", "paths: only is fixed by"),
        ("paths: [{glob: '**', severity: {twilio: off}}]\n", "paths: severity is fixed by"),
        ("paths: [{glob: '**', min-confidence: certain}]\n", "paths: min-confidence is fixed by"),
        ("min-confidence: certain\n", "min-confidence is fixed by"),
        (&format!("placeholders: ['{part}']\n"), "placeholders is fixed by"),
        (&replaced, "rule twilio-auth-token is fixed by"),
    ] {
        let world = judged_by(settings, policy);
        let (code, said) = sh(&world, "git commit -q -m leak");
        assert!(code == 1 && said.contains("twilio-auth-token"), "{settings}: {said}");
        assert!(said.contains(told) && !said.contains(part), "{settings}: {said}");
        let (code, said) = sh(&world, "\"$STANCH\" scan app.env");
        assert!(code == 1 && said.contains(told), "{settings}: {said}");
        let (_, said) = sh(&world, "\"$STANCH\" doctor");
        assert!(said.contains(told) && !said.contains(part), "{settings}: {said}");
    }
}

/// As in a file that somebody has edited: no shell has put the home in its place.
#[test]
fn a_policy_below_the_home_is_found_by_its_tilde() {
    let world = judged_by("disable: [twilio]\n", "lock: [disable]\n");
    let (code, said) = sh(&world, "git config --global stanch.policy '~/org.yaml'; git commit -m x");
    assert_eq!(code, 1, "{said}");
    assert!(said.contains("twilio-auth-token"), "{said}");
    for (path, why) in [("~/gone.yaml", "No such file"), ("~nobody-of-that-name/a.yaml", "~nobody")] {
        let line = format!("git config --global stanch.policy '{path}'; git commit -m x");
        let (_, said) = sh(&world, &line);
        assert!(said.contains("that git's stanch.policy names") && said.contains(why), "{said}");
        assert!(sh(&world, "git log -1 --format=%s").1.contains("settings"), "it was recorded");
    }
}

#[test]
fn what_a_setting_leaves_out_is_counted_without_showing_it() {
    for (settings, told) in [
        ("disable: [twilio]\n", "1 place not reported: twilio-auth-token is off (.stanch.yaml:1)"),
        ("rules:\n  disable: [twilio]\n", "1 place not reported: twilio-auth-token is off (.stanch.yaml:2)"),
        (
            &format!("placeholders: ['{}']\n", token()),
            "1 place not reported: a placeholder stands in it (.stanch.yaml:1)",
        ),
    ] {
        let world = judged_by(settings, "");
        for line in
            ["git commit -q -m leak", "\"$STANCH\" scan --history", "\"$STANCH\" scan app.env -f json"]
        {
            let (code, said) = sh(&world, line);
            assert!(code == 0 && said.contains(told), "{settings}{line}: {said}");
            assert!(!said.contains(&token()), "{settings}{line}: {said}");
        }
        for line in ["\"$STANCH\" doctor", "\"$STANCH\" doctor --json", "\"$STANCH\" scan app.env -f html"] {
            let (_, said) = sh(&world, line);
            assert!(!said.contains(&token()), "{settings}{line}: {said}");
        }
    }
}

#[test]
fn an_own_rule_finds_what_a_disabled_one_would_have() {
    let own = rule(
        "acme",
        "acme-token",
        "{keywords: [twilio], shape: '[0-9a-f]{32}', near: {names: [token]}}",
        "twilio_token={hex:32}",
    );
    for (more, found) in [("", "[twilio-auth-token]"), ("disable: [twilio]\n", "[acme-token]")] {
        let world = judged_by(&format!("{own}{more}"), "");
        let (code, said) = sh(&world, "git commit -q -m leak");
        assert!(code == 1 && said.contains(found), "{said}");
    }
    let (code, said) = sh(
        &judged_by(&own.replacen("rules:\n", "rules:\n  disable: [twilio]\n", 1), ""),
        "git commit -q -m leak",
    );
    assert!(code == 1 && said.contains("[acme-token]"), "{said}");
}

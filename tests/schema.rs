//! `docs/stanch.schema.json` against the types that read the file: every key, every word of an enum, and
//! real rule files. A key that is added to the code and not to the schema fails here.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::collections::BTreeSet;

use serde_json::Value;
use stanch::catalogue::Catalogue;
use stanch::config::{ALLOW_KEYS, PATH_KEYS, POLICY_KEYS, RULES_KEYS, file_keys};

const SCHEMA: &str = include_str!("../docs/stanch.schema.json");

/// What is wrong with a rule file, as the types that read it see it: the first fault.
fn faults(yaml: &str) -> Vec<String> {
    let faults = Catalogue::only(yaml, "rules.yaml").err().unwrap_or_default();
    faults.iter().map(ToString::to_string).collect()
}

fn schema() -> Value {
    serde_json::from_str(SCHEMA).unwrap()
}

fn keys_of(part: &Value) -> BTreeSet<String> {
    part["properties"].as_object().unwrap().keys().cloned().collect()
}

fn set<'a>(words: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    words.into_iter().map(str::to_owned).collect()
}

#[test]
fn settings_are_those_of_the_key_tables() {
    let schema = schema();
    assert_eq!(keys_of(&schema), set(file_keys()));
    for (part, keys) in
        [("policy", POLICY_KEYS), ("path", PATH_KEYS), ("rules", RULES_KEYS), ("allow", ALLOW_KEYS)]
    {
        assert_eq!(keys_of(&schema["$defs"][part]), set(keys.iter().copied()), "{part}");
    }
}

/// A whole rule; each test below breaks one place of it.
const RULE: &str = r#"vendors:
- vendor: acme
  name: Acme
  docs: [https://acme.example/keys]
  words: [acme]
  risks: [Sending in your name.]
  fix:
    revoke: [Open Console → Settings → API keys and delete the key.]
    call: acme keys delete ID
    abuse: [Open Console → Logs and look for unknown addresses.]
    breaks: Every service that sends with this key fails.
    safer: A key that only sends.
    env: ACME_API_KEY
  rules:
    - id: acme-api-key
      name: Acme API key
      family: api-key
      severity: high
      severity-reason: It can send without limit.
      confidence: high
      description: The key of an Acme account, forty hex digits.
      detect:
        keywords: [acme]
        shape: '[0-9a-f]{40}'
        entropy: 3
        near:
          within: 2
        companions:
          - name: Account
            shape: 'AC[0-9a-f]{8}'
            within-lines: 4
      source: Acme's own documentation.
      examples:
        match: ['ACME_API_KEY={hex:40}']
        ignore: ['acme {hex:39}']
"#;

/// The words that serde names behind `expected`.
fn expected(message: &str) -> BTreeSet<String> {
    let (_, list) = message.split_once("expected").unwrap_or_else(|| panic!("{message}"));
    list.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn rules_have_the_keys_that_are_read() {
    assert_eq!(faults(RULE), Vec::<String>::new());
    let schema = schema();
    for (part, line) in [
        ("vendor", "- vendor: acme\n"),
        ("fix", "    env: ACME_API_KEY\n"),
        ("rule", "      severity: high\n"),
        ("detect", "        entropy: 3\n"),
        ("near", "          within: 2\n"),
        ("companion", "            within-lines: 4\n"),
        ("examples", "        match: ['ACME_API_KEY={hex:40}']\n"),
    ] {
        let indent = line.len() - line.trim_start_matches([' ', '-']).len();
        let wrong = RULE.replace(line, &format!("{line}{}no-such-key: 1\n", " ".repeat(indent)));
        let found = faults(&wrong);
        assert_eq!(found.len(), 1, "{part}: {found:?}");
        assert_eq!(keys_of(&schema["$defs"][part]), expected(&found[0]), "{part}");
    }
}

#[test]
fn enums_have_the_words_that_are_read() {
    let schema = schema();
    for (part, right, wrong) in [
        ("family", "family: api-key", "family: none-such"),
        ("severity", "severity: high", "severity: none-such"),
        ("confidence", "confidence: high", "confidence: none-such"),
        ("parser", "entropy: 3", "parse: none-such"),
        ("check", "entropy: 3", "check: none-such"),
    ] {
        let found = faults(&RULE.replacen(right, wrong, 1));
        assert_eq!(found.len(), 1, "{part}: {found:?}");
        let words = schema["$defs"][part]["enum"].as_array().unwrap();
        assert_eq!(set(words.iter().filter_map(Value::as_str)), expected(&found[0]), "{part}");
    }
}

#[test]
fn what_is_required_is_asked_for() {
    let schema = schema();
    for part in ["vendor", "rule", "companion", "examples"] {
        for key in schema["$defs"][part]["required"].as_array().unwrap() {
            let key = key.as_str().unwrap();
            let mut value: Value = serde_yaml::from_str(RULE).unwrap();
            let vendor = &mut value["vendors"][0];
            let holder = match part {
                "vendor" => vendor,
                "rule" => &mut vendor["rules"][0],
                "examples" => &mut vendor["rules"][0]["examples"],
                _ => &mut vendor["rules"][0]["detect"]["companions"][0],
            };
            assert!(holder.as_object_mut().unwrap().remove(key).is_some(), "{part}.{key}");
            let found = faults(&serde_yaml::to_string(&value).unwrap());
            assert!(found.iter().any(|fault| fault.contains(&format!("missing field `{key}`"))), "{found:?}");
        }
    }
}

/// The keywords of JSON Schema that ours uses; what is wrong, with its place.
fn validate(schema: &Value, part: &Value, value: &Value, at: &str, wrong: &mut Vec<String>) {
    if let Some(reference) = part["$ref"].as_str() {
        let name = reference.strip_prefix("#/$defs/").unwrap();
        validate(schema, &schema["$defs"][name], value, at, wrong);
    }
    let is_a = |kind: &Value| match kind.as_str().unwrap() {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "null" => value.is_null(),
        other => panic!("type {other}"),
    };
    let kinds = match &part["type"] {
        Value::Null => Vec::new(),
        Value::Array(kinds) => kinds.clone(),
        one => vec![one.clone()],
    };
    if !kinds.is_empty() && !kinds.iter().any(is_a) {
        wrong.push(format!("{at}: not of type {kinds:?}"));
    }
    if part["enum"].as_array().is_some_and(|words| !words.contains(value)) {
        wrong.push(format!("{at}: {value} is none of the words"));
    }
    if value
        .as_str()
        .is_some_and(|text| text.chars().count() < part["minLength"].as_u64().unwrap_or(0) as usize)
    {
        wrong.push(format!("{at}: too short"));
    }
    if let Some(map) = value.as_object() {
        for key in part["required"].as_array().into_iter().flatten() {
            if !map.contains_key(key.as_str().unwrap()) {
                wrong.push(format!("{at}: {key} is missing"));
            }
        }
        for (key, value) in map {
            match (&part["properties"][key], &part["additionalProperties"]) {
                (Value::Null, Value::Bool(false)) => wrong.push(format!("{at}: {key} is unknown")),
                (Value::Null, more) => validate(schema, more, value, &format!("{at}.{key}"), wrong),
                (part, _) => validate(schema, part, value, &format!("{at}.{key}"), wrong),
            }
        }
    }
    for (number, item) in value.as_array().into_iter().flatten().enumerate() {
        validate(schema, &part["items"], item, &format!("{at}[{number}]"), wrong);
    }
}

fn wrong(yaml: &str) -> Vec<String> {
    let (schema, mut wrong) = (schema(), Vec::new());
    validate(&schema, &schema, &serde_yaml::from_str(yaml).unwrap(), "", &mut wrong);
    wrong
}

#[test]
fn what_is_right_passes_and_what_is_wrong_does_not() {
    let indented = |yaml: &str| yaml.lines().map(|line| format!("  {line}\n")).collect::<String>();
    let own = format!("rules:\n{}", indented(RULE));
    let catalogue = include_str!("../rules.yaml");
    let built_in = format!("rules:\n{}", indented(&catalogue[catalogue.find("\nvendors:").unwrap()..]));
    let example = include_str!("../docs/own-rules.md").split("```yaml\n").nth(1).unwrap();
    let example = example.split("```").next().unwrap();
    for right in
        [own.as_str(), &built_in, example, "disable: twilio\nstrict: yes\nallow:\n- {id: k7f3-2q9x}\n"]
    {
        assert_eq!(wrong(right), Vec::<String>::new());
    }
    for (right, replaced) in [
        ("family: api-key", "family: apikey"),
        ("      source: Acme's own documentation.\n", ""),
        ("        entropy: 3", "        entropi: 3"),
        ("severity-reason: It can send without limit.", "severity-reason: Bad."),
    ] {
        assert!(own.contains(right), "{right}");
        assert!(!wrong(&own.replacen(right, replaced, 1)).is_empty(), "{replaced}");
    }
    assert!(!wrong("exclud: [docs/]\n").is_empty());
}

#[test]
fn the_documented_rules_are_right() {
    let example = include_str!("../docs/own-rules.md").split("```yaml\n").nth(1).unwrap();
    assert_eq!(faults(example.split("```").next().unwrap()), Vec::<String>::new());
}

/// The example in docs/own-rules.md is what people start from: its rules pass, and a scan takes it.
#[test]
fn the_documented_rules_hold() {
    let text = include_str!("../docs/own-rules.md");
    let (_, rest) = text.split_once("```yaml\n").unwrap();
    let (yaml, _) = rest.split_once("```").unwrap();
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join(".stanch.yaml"), yaml).unwrap();
    std::fs::write(dir.path().join("a.txt"), "nothing\n").unwrap();
    for args in
        [&["rules", "check", ".stanch.yaml"][..], &["rules", "test", ".stanch.yaml"], &["scan", "a.txt"]]
    {
        let run = std::process::Command::new(env!("CARGO_BIN_EXE_stanch"))
            .args(args)
            .current_dir(dir.path())
            .output()
            .unwrap();
        assert!(
            run.status.success(),
            "{args:?}: {}",
            String::from_utf8_lossy(&[run.stdout, run.stderr].concat())
        );
    }
}

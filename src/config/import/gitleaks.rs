//! `.gitleaks.toml`: allowlists, of all rules and of single ones, and rules that are off.

use serde_json::Value;

use super::{Imported, Select, line_of};
use crate::catalogue::nesting::too_deep;

/// Dots that a key may have.
const MOST_DOTS: usize = 100;

/// The line with a key of more parts than any: the parser goes down by calling itself, and a key is as deep
/// as it has dots.
fn longest_key(text: &str) -> Option<u32> {
    let is_key = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.\"' \t".contains(&byte);
    let dots = |part: &[u8]| part.iter().filter(|byte| **byte == b'.').count();
    let is_long =
        |line: &str| line.as_bytes().split(|byte| !is_key(*byte)).any(|part| dots(part) > MOST_DOTS);
    (1..).zip(text.lines()).find(|(_, line)| is_long(line)).map(|(number, _)| number)
}

/// Reads the allowlists.
pub(super) fn read(text: &str) -> Result<Imported, String> {
    if let Some(line) = too_deep(text).or_else(|| longest_key(text)) {
        return Err(format!("line {line} is nested too deeply"));
    }
    let value: Value = basic_toml::from_str(text).map_err(|why| why.to_string())?;
    let mut all = Imported::default();
    for list in lists(&value) {
        allowlist(&mut all, text, list, false);
    }
    for rule in items(&value, "rules") {
        let id = rule.get("id").and_then(Value::as_str).unwrap_or_default();
        let own = lists(rule);
        for list in own {
            allowlist(&mut all, text, list, true);
        }
        if rule.get("regex").is_some() {
            all.lost(
                line_of(text, id),
                id,
                "a rule of one's own: write it under rules:, see CONTRIBUTING.md",
            );
        }
    }
    let extend = value.get("extend");
    for id in extend.into_iter().flat_map(|extend| texts(extend, "disabledRules")) {
        all.disable.push(super::from(line_of(text, id), id, id.to_owned()));
    }
    if let Some(path) = extend.and_then(|extend| extend.get("path")).and_then(Value::as_str) {
        all.lost(line_of(text, path), path, "another file: import it too");
    }
    Ok(all)
}

/// `[allowlist]`, `[[allowlist]]` and `[[allowlists]]` of a table.
fn lists(value: &Value) -> Vec<&Value> {
    let one = value.get("allowlist").into_iter().filter(|list| list.is_object());
    one.chain(items(value, "allowlist")).chain(items(value, "allowlists")).collect()
}

fn items<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v Value> {
    value.get(key).and_then(Value::as_array).into_iter().flatten()
}

fn texts<'v>(value: &'v Value, key: &str) -> impl Iterator<Item = &'v str> {
    items(value, key).filter_map(Value::as_str)
}

/// One list. Of a single rule's (`is_narrow`) only what can be tied to values is taken: settings here
/// hold for all rules.
fn allowlist(all: &mut Imported, text: &str, list: &Value, is_narrow: bool) {
    let is_narrow = is_narrow || texts(list, "targetRules").next().is_some();
    let keys = ["paths", "regexes", "stopwords", "commits"];
    let parts = keys.iter().filter(|key| items(list, key).next().is_some()).count();
    if list.get("condition").and_then(Value::as_str).is_some_and(|word| matches!(word, "AND" | "&&"))
        && parts > 1
    {
        let name = list.get("description").and_then(Value::as_str).unwrap_or("an allowlist");
        all.lost(line_of(text, name), name, "all of its conditions at once: allow the values it is about");
        return;
    }
    for path in texts(list, "paths") {
        match is_narrow {
            true => all.lost(
                line_of(text, path),
                path,
                "paths of one rule: write them under paths: with disable:",
            ),
            false => all.exclude(line_of(text, path), path),
        }
    }
    for word in texts(list, "stopwords") {
        match is_narrow {
            true => all.lost(line_of(text, word), word, "a stopword of one rule: placeholders: hold for all"),
            false => all.word(line_of(text, word), word),
        }
    }
    let on_line = list.get("regexTarget").and_then(Value::as_str).is_some_and(|target| target != "secret");
    for regex in texts(list, "regexes") {
        let select = if on_line { Select::Line(regex.to_owned()) } else { Select::Value(regex.to_owned()) };
        all.select(line_of(text, regex), regex, select);
    }
    for id in texts(list, "commits") {
        all.select(line_of(text, id), id, Select::Commit(id.to_ascii_lowercase()));
    }
}

//! What is wrong with the form of a user's rules: every unknown key, missing part and value of a wrong type at once,
//! each on its line.
//!
//! serde names the first alone. The form is read from the schema that editors use; `tests/schema.rs` holds that against
//! the types.

use std::collections::HashMap;
use std::sync::OnceLock;

use serde_json::Value as Schema;
use serde_yaml::{Mapping, Value};

use super::fault::Faults;
use super::nearest::{nearest, unknown};
use super::outline::{Block, Outline};

/// The JSON Schema of `.stanch.yaml`.
pub const SCHEMA: &str = include_str!("../../docs/stanch.schema.json");

/// Records what of `rules`, the part at `key` of a text or all of it, has not the form it should have, and puts in its
/// place what goes through all further checks unseen. `false` where nothing is left of it.
pub(super) fn check<'w>(
    text: &'w str,
    key: Option<&str>,
    rules: &mut Value,
    faults: &'w mut Faults<'_>,
) -> bool {
    let outline = Outline::new(text);
    let root = outline.root();
    let at = key.and_then(|key| outline.key(root, key)).unwrap_or(root);
    let mut walk = Walk { outline, faults };
    let about = About {
        subject: String::new(),
        fields: vec![key.unwrap_or("a file of rules").to_owned()],
        is_item: false,
    };
    walk.value(&serde_json::json!({"$ref": "#/$defs/rules"}), rules, Some(at), root.opened, &about)
}

fn schema() -> &'static Schema {
    static READ: OnceLock<Schema> = OnceLock::new();
    READ.get_or_init(|| serde_json::from_str(SCHEMA).unwrap_or_default())
}

/// The part of the schema that stands for another.
fn resolved(part: &Schema) -> &Schema {
    let name = part["$ref"].as_str().and_then(|reference| reference.rsplit('/').next());
    name.map_or(part, |name| &schema()["$defs"][name])
}

/// What a value belongs to: the id of a rule or the key of a vendor, and the fields below that lead to it.
#[derive(Clone)]
struct About {
    subject: String,
    fields: Vec<String>,
    /// It is one of several.
    is_item: bool,
}

impl About {
    fn field(&self) -> &str {
        self.fields.last().map_or("", String::as_str)
    }

    /// For a sentence.
    fn name(&self) -> String {
        format!("{}`{}`", if self.is_item { "each of " } else { "" }, self.field())
    }

    fn item(&self) -> About {
        About { is_item: true, ..self.clone() }
    }

    fn below(&self, field: &str) -> About {
        let mut below = About { is_item: false, ..self.clone() };
        below.fields.push(field.to_owned());
        below
    }
}

struct Walk<'w, 't> {
    outline: Outline<'w>,
    faults: &'w mut Faults<'t>,
}

impl Walk<'_, '_> {
    /// Whether the value has the form of `part`. It stands at `at`, or on `line` where that is not known.
    fn value(
        &mut self,
        part: &Schema,
        value: &mut Value,
        at: Option<Block>,
        line: usize,
        about: &About,
    ) -> bool {
        let part = resolved(part);
        let line = at.map_or(line, |at| at.opened);
        let misfit = match part["enum"].as_array() {
            Some(words) => of_words(words, value, about),
            None => [of_kinds, of_size, of_forms].iter().find_map(|misfit| misfit(part, value, about)),
        };
        if let Some(message) = misfit {
            return self.fault(line, about, message);
        }
        match value {
            Value::Mapping(map) => self.map(part, map, at, line, about),
            Value::Sequence(items) => {
                let mut places = at.map_or_else(Vec::new, |at| self.outline.items(at)).into_iter();
                items.retain_mut(|item| self.value(&part["items"], item, places.next(), line, &about.item()));
                true
            }
            _ => true,
        }
    }

    fn map(
        &mut self,
        part: &Schema,
        map: &mut Mapping,
        at: Option<Block>,
        line: usize,
        about: &About,
    ) -> bool {
        let Some(known) = part["properties"].as_object() else { return true };
        let required: Vec<&str> =
            part["required"].as_array().into_iter().flatten().filter_map(Schema::as_str).collect();
        let name = ["id", "vendor"].into_iter().filter(|key| required.contains(key));
        let name = name.filter_map(|key| map.get(key)?.as_str()).next().map(str::to_owned);
        let about = match &name {
            Some(subject) => &About { subject: subject.clone(), fields: Vec::new(), is_item: false },
            None => about,
        };
        let keys: Vec<Value> = map.keys().cloned().collect();
        let places = at.map_or_else(HashMap::new, |at| self.outline.keys(at));
        // One that is misspelt is not missing too.
        let mut meant = Vec::new();
        for key in keys {
            let word = key.as_str().unwrap_or_default();
            let at = places.get(word).copied();
            let Some(part) = known.get(word) else {
                let line = at.map_or(line, |at| at.opened);
                self.faults.add_at(
                    line + 1,
                    &about.subject,
                    unknown("key", word, known.keys().map(String::as_str)),
                );
                meant.extend(nearest(word, required.iter().copied()));
                map.remove(&key);
                continue;
            };
            // A text that is left open is as one that is left out.
            let is_open = map.get(&key).is_some_and(Value::is_null) && resolved(part)["type"] == "string";
            let fits = match map.get_mut(&key) {
                Some(value) if !is_open => self.value(part, value, at, line, &about.below(word)),
                _ => false,
            };
            if !fits {
                map.remove(&key);
                if !is_open && required.contains(&word) {
                    map.insert(key, filler(part));
                }
            }
        }
        for key in required.into_iter().filter(|key| !map.contains_key(*key)).collect::<Vec<_>>() {
            match meant.contains(&key) {
                true => self.hush(&about.below(key)),
                false => drop(self.fault(line, &about.below(key), format!("`{key}` is missing"))),
            }
            map.insert(key.into(), filler(&known[key]));
        }
        // What has no name cannot be spoken of.
        name.is_some() || !known.contains_key("id") && !known.contains_key("vendor")
    }

    /// What follows from this fault is not told beside it.
    fn fault(&mut self, line: usize, about: &About, message: String) -> bool {
        self.hush(about);
        self.faults.add_at(line + 1, &about.subject, message);
        false
    }

    fn hush(&mut self, about: &About) {
        for field in &about.fields {
            self.faults.hush(&about.subject, field);
        }
    }
}

/// What is wrong with a value of which only some words are known.
fn of_words(words: &[Schema], value: &Value, about: &About) -> Option<String> {
    if words.iter().any(|word| is_same(word, value)) {
        return None;
    }
    let words = words.iter().filter_map(Schema::as_str).collect::<Vec<_>>();
    Some(match value {
        Value::String(text) => unknown(about.field(), text, words.iter().copied()),
        _ => format!("{} must be one of {}", about.name(), words.join(", ")),
    })
}

/// What is wrong with a value that is of another kind than it should be.
fn of_kinds(part: &Schema, value: &Value, about: &About) -> Option<String> {
    let kinds: Vec<&str> = match &part["type"] {
        Schema::Array(kinds) => kinds.iter().filter_map(Schema::as_str).collect(),
        one => one.as_str().into_iter().collect(),
    };
    if kinds.is_empty() || kinds.iter().any(|kind| is_a(kind, value)) {
        return None;
    }
    let wanted: Vec<&str> = kinds.iter().filter_map(|kind| in_words(kind)).collect();
    let hint = match (value, kinds.contains(&"string")) {
        (Value::Number(_) | Value::Bool(_), true) => ": put it into quotes",
        (Value::Null, _) => "; nothing stands there",
        _ => "",
    };
    Some(format!("{} must be {}{hint}", about.name(), wanted.join(" or ")))
}

/// What is wrong with a number that is too small.
fn of_size(part: &Schema, value: &Value, about: &About) -> Option<String> {
    let least = part["minimum"].as_i64().filter(|least| value.as_f64().is_some_and(|n| n < *least as f64))?;
    Some(format!("{} must be {least} or more", about.name()))
}

/// What is wrong with a value that has none of several forms.
fn of_forms(part: &Schema, value: &Value, about: &About) -> Option<String> {
    let forms = part["oneOf"].as_array()?;
    let kind = |form: &Schema| form["type"].as_str().unwrap_or_default().to_owned();
    let is_one = |form: &Schema| match form["enum"].as_array() {
        Some(words) => words.iter().any(|word| is_same(word, value)),
        None => is_a(&kind(form), value),
    };
    let words = |form: &Schema| match form["enum"].as_array() {
        Some(words) => words.iter().filter_map(|word| Some(format!("`{}`", word.as_str()?))).collect(),
        None => vec![in_words(&kind(form)).unwrap_or_default().to_owned()],
    };
    let all = || forms.iter().flat_map(words).collect::<Vec<String>>().join(" or ");
    (!forms.iter().any(is_one)).then(|| format!("{} must be {}", about.name(), all()))
}

/// A value of the form of `part`.
fn filler(part: &Schema) -> Value {
    let part = resolved(part);
    if let Some(word) = part["enum"].as_array().and_then(|words| words.iter().find_map(Schema::as_str)) {
        return word.into();
    }
    match part["type"].as_str() {
        Some("object") => {
            let required = part["required"].as_array().into_iter().flatten().filter_map(Schema::as_str);
            Value::Mapping(required.map(|key| (key.into(), filler(&part["properties"][key]))).collect())
        }
        Some("array") => Value::Sequence(Vec::new()),
        _ => "".into(),
    }
}

fn is_same(word: &Schema, value: &Value) -> bool {
    match word {
        Schema::String(word) => value.as_str() == Some(word),
        Schema::Bool(word) => value.as_bool() == Some(*word),
        _ => false,
    }
}

fn is_a(kind: &str, value: &Value) -> bool {
    match kind {
        "object" => value.is_mapping(),
        "array" => value.is_sequence(),
        "string" => value.is_string(),
        "boolean" => value.is_bool(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        _ => value.is_null(),
    }
}

fn in_words(kind: &str) -> Option<&'static str> {
    Some(match kind {
        "object" => "a map (key: value)",
        "array" => "a list",
        "string" => "a text",
        "boolean" => "true or false",
        "integer" => "a whole number",
        "number" => "a number",
        _ => return None,
    })
}

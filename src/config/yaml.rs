//! A YAML text whose values know their lines.
//!
//! serde_yaml tells lines only in its own errors, so the line of a key is looked up in the text: top-level
//! keys exactly, deeper ones at the first place below their parent that writes them.

use serde_yaml::Value;

use super::fault::{Faults, unknown};
use super::parse::short;
use crate::catalogue::check::place;
use crate::catalogue::nesting::too_deep;

/// A value with the line it stands on.
#[derive(Clone, Copy)]
pub(super) struct Node<'a> {
    pub value: &'a Value,
    pub line: u32,
    pub lines: &'a [&'a str],
}

impl<'a> Node<'a> {
    /// A scalar as text; numbers and booleans as they are usually written.
    pub(super) fn text(&self) -> Result<String, String> {
        match self.value {
            Value::String(text) => Ok(text.clone()),
            Value::Bool(value) => Ok(value.to_string()),
            Value::Number(number) => Ok(number.to_string()),
            Value::Null => Err("a value is missing".into()),
            _ => Err("one value is expected here, not a list or a map".into()),
        }
    }

    /// The items of a list; one scalar counts as a list of one, nothing as an empty list.
    pub(super) fn items(&self) -> Result<Vec<Node<'a>>, String> {
        match self.value {
            Value::Null => Ok(Vec::new()),
            Value::Sequence(items) => {
                let mut from = self.line;
                Ok(items
                    .iter()
                    .map(|value| {
                        from = self.line_of(value, from);
                        Node { value, line: from, lines: self.lines }
                    })
                    .collect())
            }
            Value::Mapping(_) | Value::Tagged(_) => Err("a list is expected here".into()),
            _ => Ok(vec![*self]),
        }
    }

    /// The keys and values of a map.
    pub(super) fn entries(&self) -> Result<Vec<(String, Node<'a>)>, String> {
        let Value::Mapping(map) = self.value else {
            return match self.value {
                Value::Null => Ok(Vec::new()),
                _ => Err("a map (key: value) is expected here".into()),
            };
        };
        map.iter()
            .map(|(key, value)| {
                let key = Node { value: key, line: self.line, lines: self.lines }.text()?;
                let line = key_line(self.lines, self.line, &key);
                Ok((key, Node { value, line, lines: self.lines }))
            })
            .collect()
    }

    /// The entries whose keys are known; a fault for each other key.
    pub(super) fn known(
        &self,
        keys: &[&'static str],
        file: &str,
        faults: &mut Faults,
    ) -> Vec<(String, Node<'a>)> {
        match self.entries() {
            Err(why) => {
                faults.add(file, self.line, why);
                Vec::new()
            }
            Ok(mut entries) => {
                entries.retain(|(key, node)| {
                    let fits = keys.contains(&key.as_str());
                    if !fits {
                        faults.add(file, node.line, unknown("key", key, keys.iter().copied()));
                    }
                    fits
                });
                entries
            }
        }
    }

    fn line_of(&self, item: &Value, from: u32) -> u32 {
        let needle = match item {
            Value::String(text) => text.lines().next().unwrap_or_default().to_owned(),
            Value::Mapping(map) => match map.iter().next().map(|(key, _)| key) {
                Some(Value::String(key)) => return key_line(self.lines, from, key),
                _ => return from,
            },
            Value::Number(number) => number.to_string(),
            _ => return from,
        };
        // On the item's own line or below; the parent's line may hold a flow list.
        (from..)
            .zip(self.lines.iter().skip(from.saturating_sub(1) as usize))
            .find(|(_, text)| text.contains(needle.as_str()))
            .map_or(from, |(line, _)| line)
    }
}

/// Line of the first `key:` at or below `from`.
fn key_line(lines: &[&str], from: u32, key: &str) -> u32 {
    let writes = |text: &str| {
        text.match_indices(key).any(|(at, _)| {
            let before = text[..at].trim_end_matches(['"', '\'']).trim_end();
            let after = text[at + key.len()..].trim_start_matches(['"', '\'']).trim_start();
            after.starts_with(':') && (before.is_empty() || before.ends_with(['-', '{', ',', '?']))
        })
    };
    (from.max(1)..)
        .zip(lines.iter().skip(from.saturating_sub(1) as usize))
        .find(|(_, text)| writes(text))
        .map_or(from.max(1), |(line, _)| line)
}

/// Line of the top-level `key:`, 1-based.
pub(super) fn top_line(lines: &[&str], key: &str) -> u32 {
    let plain = |text: &str| {
        let text = text.trim_start_matches(['"', '\'']);
        text.strip_prefix(key)
            .is_some_and(|rest| rest.trim_start_matches(['"', '\'']).trim_start().starts_with(':'))
    };
    (1..).zip(lines).find(|(_, text)| plain(text)).map_or_else(|| key_line(lines, 1, key), |(line, _)| line)
}

/// What serde_yaml says, with its line apart. Its words end in "at line 3 column 5"; ours start with the line.
pub(super) fn fault_of(why: &serde_yaml::Error) -> (u32, String) {
    let (line, text) = place(why);
    let text = text.split(" at line ").next().unwrap_or(&text);
    // It quotes what it met, which may be long.
    (line as u32, text.chars().take(200).collect())
}

/// A YAML text that holds one map of scalars (or a list with just that), as pairs in order of writing.
///
/// # Errors
/// In words, without a line: the caller knows where the text stands.
pub fn flat_map(text: &str) -> Result<Vec<(String, String)>, String> {
    if too_deep(text).is_some() {
        return Err("is nested too deeply".into());
    }
    let value: Value = serde_yaml::from_str(text).map_err(|why| fault_of(&why).1)?;
    let value = match &value {
        Value::Sequence(items) if items.len() == 1 => &items[0],
        other => other,
    };
    let Value::Mapping(map) = value else {
        return Err("an entry is a map: {id: …, rule: …, reason: …}".into());
    };
    let scalar = |value: &Value| Node { value, line: 0, lines: &[] }.text();
    map.iter()
        .map(|(key, value)| {
            let key = scalar(key)?;
            let value = scalar(value).map_err(|why| format!("{}: {why}", short(&key)))?;
            Ok((key, value))
        })
        .collect()
}

//! A YAML text whose values know their lines.
//!
//! serde_yaml tells lines only in its own errors, so those of keys and items are read from the text's [outline](Outline).

use std::collections::HashMap;

use serde_yaml::Value;

use super::fault::{Faults, unknown};
use super::parse::short;
use crate::catalogue::check::place;
use crate::catalogue::nesting::too_deep;
use crate::catalogue::outline::{Block, Outline};

/// A value with the line it stands on.
#[derive(Clone, Copy)]
pub(super) struct Node<'a> {
    pub value: &'a Value,
    /// 1-based; that of what holds it where its own is not known.
    pub line: u32,
    at: Option<Block>,
    outline: &'a Outline<'a>,
}

impl<'a> Node<'a> {
    /// The whole text.
    pub(super) fn root(value: &'a Value, outline: &'a Outline<'a>) -> Self {
        Node { value, line: 1, at: Some(outline.root()), outline }
    }

    fn below(&self, value: &'a Value, at: Option<Block>) -> Self {
        Node { value, line: at.map_or(self.line, |at| at.opened as u32 + 1), at, outline: self.outline }
    }

    /// A scalar as text; numbers and booleans as they are usually written.
    pub(super) fn text(&self) -> Result<String, String> {
        scalar(self.value)
    }

    /// The items of a list; one scalar counts as a list of one, nothing as an empty list.
    pub(super) fn items(&self) -> Result<Vec<Node<'a>>, String> {
        match self.value {
            Value::Null => Ok(Vec::new()),
            Value::Sequence(items) => {
                let mut places = self.at.map_or_else(Vec::new, |at| self.outline.items(at)).into_iter();
                Ok(items.iter().map(|item| self.below(item, places.next())).collect())
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
        let places = self.at.map_or_else(HashMap::new, |at| self.outline.keys(at));
        map.iter()
            .map(|(key, value)| {
                let key = scalar(key)?;
                let place = places.get(key.as_str()).copied();
                Ok((key, self.below(value, place)))
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
}

fn scalar(value: &Value) -> Result<String, String> {
    match value {
        Value::String(text) => Ok(text.clone()),
        Value::Bool(value) => Ok(value.to_string()),
        Value::Number(number) => Ok(number.to_string()),
        Value::Null => Err("a value is missing".into()),
        _ => Err("one value is expected here, not a list or a map".into()),
    }
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
    map.iter()
        .map(|(key, value)| {
            let key = scalar(key)?;
            let value = scalar(value).map_err(|why| format!("{}: {why}", short(&key)))?;
            Ok((key, value))
        })
        .collect()
}

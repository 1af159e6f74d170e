//! `STANCH_*` of the environment. Beside the command line, only this file reads it.

use std::ffi::OsString;

use super::fault::{Faults, nearest};
use super::git::{each_glob, split};
use super::keys::{SETTINGS, env_keys};
use super::layer::{Layer, Origin, Setting};
use super::parse;
use crate::order;

/// What our own hooks hand to each other.
const OWN: &[&str] = &["STANCH_HOOK", "STANCH_CHAIN", "STANCH_REFS"];

/// What shall not stop this one operation: `STANCH_SKIP`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Skip {
    /// Rule ids, vendors or fingerprints.
    pub items: Vec<String>,
    /// Why, as written behind the items.
    pub reason: String,
}

/// The environment as far as it concerns us.
#[derive(Debug, Clone, Default)]
pub struct Env {
    /// The settings in it.
    pub layer: Layer,
    /// What to let pass once.
    pub skip: Option<Skip>,
    /// Things to tell in `doctor`: variables that mean nothing to us.
    pub notes: Vec<String>,
}

impl Env {
    /// Reads the process's environment.
    ///
    /// # Errors
    /// A wrong value, and a variable that is a slip of the pen away from a known one.
    pub fn read() -> Result<Env, Faults> {
        Env::from_vars(std::env::vars_os())
    }

    /// The same from a list.
    ///
    /// # Errors
    /// As [`Env::read`].
    pub fn from_vars(vars: impl IntoIterator<Item = (OsString, OsString)>) -> Result<Env, Faults> {
        let mut faults = Faults::default();
        let mut env = Env::default();
        let mut known: Vec<(String, OsString)> = vars
            .into_iter()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
            .filter(|(name, value)| name.starts_with("STANCH_") && !value.is_empty())
            .collect();
        order::all(&mut known);
        for (name, value) in known {
            let Ok(value) = value.into_string() else {
                faults.add(&name, 0, "is not UTF-8 text");
                continue;
            };
            if let Err(why) = env.variable(&name, &value) {
                faults.add(&name, 0, why);
            }
        }
        faults.or(env)
    }

    fn variable(&mut self, name: &str, value: &str) -> Result<(), String> {
        if name == "STANCH_SKIP" {
            self.skip = Some(skip(value)?);
            return Ok(());
        }
        if let Some(key) = SETTINGS.iter().find(|key| key.env == name) {
            return set(&mut self.layer, key.name, value, &Origin::Env(key.env));
        }
        // Images and build scripts carry STANCH_VERSION and the like: only a likely slip is refused.
        let lower: Vec<String> =
            env_keys().map(|key| key.trim_start_matches("STANCH_").to_lowercase()).collect();
        let word = name.trim_start_matches("STANCH_").to_lowercase();
        if OWN.contains(&name) {
            return Ok(());
        }
        match nearest(&word, lower.iter().map(String::as_str)) {
            Some(other) if word.len() > 3 => {
                Err(format!("unknown variable, did you mean STANCH_{}?", other.to_uppercase()))
            }
            _ => {
                self.notes.push(format!("{name} means nothing to stanch"));
                Ok(())
            }
        }
    }
}

/// `acme-api-key,k7f3-2q9x-m4ta-0c8e rotated on Monday`: items up to the first space, then the reason.
fn skip(text: &str) -> Result<Skip, String> {
    let text = text.trim();
    let (items, reason) = text.split_once(char::is_whitespace).unwrap_or((text, ""));
    let items = split(items);
    let fits = |item: &String| item.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if items.is_empty() || !items.iter().all(fits) {
        return Err(
            "starts with what to skip: rule ids or fingerprints, comma-separated; then the reason".into()
        );
    }
    Ok(Skip { items, reason: reason.trim().into() })
}

/// One setting from its text: git config and the environment write alike.
pub(super) fn set(layer: &mut Layer, key: &str, text: &str, origin: &Origin) -> Result<(), String> {
    let list = |read: &dyn Fn(&str) -> Result<String, String>| -> Result<Vec<Setting<String>>, String> {
        split(text).iter().map(|item| Ok(Setting::new(read(item)?, origin.clone()))).collect()
    };
    let globs = || -> Result<Vec<Setting<String>>, String> {
        Ok(each_glob(text)?.into_iter().map(|glob| Setting::new(glob, origin.clone())).collect())
    };
    match key {
        "disable" => layer.disable.extend(list(&parse::rule_id)?),
        "placeholders" => layer.placeholders.extend(list(&parse::placeholder)?),
        "exclude" => layer.exclude.extend(globs()?),
        "include" => layer.include.extend(globs()?),
        "min-confidence" => {
            layer.min_confidence = Some(Setting::new(parse::confidence(text)?, origin.clone()));
        }
        "max-bytes" => layer.max_bytes = Some(Setting::new(parse::bytes(text)?, origin.clone())),
        "baseline" => layer.baseline = Some(Setting::new(parse::repository_path(text)?, origin.clone())),
        "strict" => layer.strict = Some(Setting::new(parse::boolean(text)?, origin.clone())),
        other => return Err(format!("{other} cannot be set here")),
    }
    Ok(())
}

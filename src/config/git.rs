//! `stanch.*` of git config: a person's and a machine's own settings. Read by `source`, handed in plain.

use super::fault::{Faults, unknown};
use super::globs::compile;
use super::keys::git_keys;
use super::layer::{Layer, Origin, Setting};
use super::parse;
use super::server::SERVER_KEYS;

/// Whose configuration a value stands in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum GitScope {
    /// The machine's.
    System,
    /// The person's.
    Global,
    /// The repository's.
    Local,
    /// The work tree's.
    Worktree,
    /// `git -c` and `GIT_CONFIG_*`.
    Command,
}

impl GitScope {
    pub(super) fn name(self) -> &'static str {
        match self {
            GitScope::System => "system",
            GitScope::Global => "global",
            GitScope::Local => "local",
            GitScope::Worktree => "worktree",
            GitScope::Command => "command",
        }
    }
}

/// One value of git config.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GitValue {
    /// Full key: `stanch.maxbytes`, `stanch.acme-api-key.severity`.
    pub key: String,
    /// Its value; `None` for a key that stands alone, which git takes for true.
    pub value: Option<String>,
    /// Whose.
    pub scope: GitScope,
}

impl GitValue {
    /// The value as text, for setting `key`.
    fn text(&self, key: &str) -> Result<&str, String> {
        match &self.value {
            Some(value) => Ok(value),
            None if key == "strict" => Ok("true"),
            None => Err("has no value; write `key = value`".into()),
        }
    }
}

/// The organisation's policy file: `stanch.policy` of the machine, else of the person. A repository's own
/// value does not count, or the committer would choose the policy.
pub fn policy_path(values: &[GitValue]) -> Option<&GitValue> {
    let at = |scope| {
        values.iter().rev().find(|value| value.scope == scope && plain(&value.key) == "stanch.policy")
    };
    at(GitScope::System).or_else(|| at(GitScope::Global))
}

/// The layer that git config makes; `values` lowest scope first. Lists take several values (one a key, or
/// comma-separated).
///
/// # Errors
/// Every unknown key and wrong value, named with its scope.
pub fn git_layer(values: &[GitValue]) -> Result<Layer, Faults> {
    let mut faults = Faults::default();
    let mut layer = Layer::default();
    for value in values {
        if let Err(why) = apply(&mut layer, value) {
            faults.add(&format!("{} git config {}", value.scope.name(), value.key), 0, why);
        }
    }
    faults.or(layer)
}

fn apply(layer: &mut Layer, value: &GitValue) -> Result<(), String> {
    let Some((_, name)) = value.key.split_once('.') else { return Err("no such key".into()) };
    let origin = Origin::Git { scope: value.scope.name(), key: value.key.clone() };
    if let Some((rule, last)) = name.rsplit_once('.') {
        if !last.eq_ignore_ascii_case("severity") {
            return Err(unknown("key", last, ["severity"]));
        }
        let pair = (parse::rule_id(rule)?, parse::level(value.text(last)?)?);
        layer.severity.push(Setting::new(pair, origin));
        return Ok(());
    }
    let Some(key) = git_keys().find(|key| plain(key) == plain(name)) else {
        return Err(unknown("key", name, git_keys()));
    };
    match key {
        "severity" => return Err("write stanch.RULE.severity".into()),
        // Read on its own, before anything else, by `policy_path`.
        "policy" if value.scope > GitScope::Global => {
            return Err("counts only in system or global git config; remove it here".into());
        }
        "policy" => {}
        // Read by `server`.
        key if SERVER_KEYS.contains(&key) => {}
        _ => super::env::set(layer, key, value.text(key)?, &origin)?,
    }
    Ok(())
}

/// Git folds the case of names, and none of its own have dashes.
pub(super) fn plain(key: &str) -> String {
    key.chars().filter(|c| !matches!(c, '-' | '_')).map(|c| c.to_ascii_lowercase()).collect()
}

pub(super) fn each_glob(text: &str) -> Result<Vec<String>, String> {
    let globs: Vec<String> = split(text);
    compile(globs.iter().cloned())?;
    Ok(globs)
}

/// Comma-separated, but not inside `{a,b}`.
pub(super) fn split(text: &str) -> Vec<String> {
    let mut depth = 0usize;
    text.split(|c| {
        match c {
            '{' => depth += 1,
            '}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    })
    .map(str::trim)
    .filter(|part| !part.is_empty())
    .map(str::to_owned)
    .collect()
}

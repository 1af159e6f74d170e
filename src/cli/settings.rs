//! What the user asked for, put together for the commands: rules, paths, what may pass.

use std::path::Path;

use anyhow::{Result, anyhow};
use bstr::ByteSlice;

use crate::catalogue::{Catalogue, embedded};
use crate::config::{self, Env, GitScope, GitValue, Layer, Settings, Skip};
use crate::source::project::{Project, project};
use crate::source::repo::{self, Scope};

/// The user's file at the root of a repository.
pub(super) const FILE: &str = ".stanch.yaml";

/// Which version of the user's file counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whose {
    /// As HEAD has it: what a commit brings cannot switch off its own check.
    Head,
    /// As it stands on disk: somebody looks at files.
    Disk,
    /// None: a server does not take orders from what is pushed to it.
    Nobody,
}

/// Everything that was asked for.
pub(super) struct Loaded {
    /// The embedded rules with the user's.
    pub(super) catalogue: Catalogue,
    /// The merged settings.
    pub(super) settings: Settings,
    /// The baseline's bytes; empty when there is none.
    pub(super) baseline: Vec<u8>,
    /// What shall not stop this one operation.
    pub(super) skip: Option<Skip>,
}

/// Reads configuration from all its places.
///
/// # Errors
/// When a file cannot be read, or anything in one is wrong: what the user asked for is then not known.
pub(super) fn load(cwd: &Path, whose: Whose) -> Result<Loaded> {
    let env = Env::read().map_err(faulty)?;
    let (project, text) = read(cwd, whose)?;
    let values: Vec<GitValue> = project.git_config.iter().map(git_value).collect();
    let policy = match config::policy_path(&values) {
        Some(at) => Some(policy(&at.value)?),
        None => None,
    };
    let mut layers: Vec<Layer> = Vec::new();
    let mut catalogue = embedded().clone();
    if let Some(text) = &text {
        layers.push(config::stanch_yaml(text, FILE).map_err(faulty)?);
    }
    layers.push(config::git_layer(&values).map_err(faulty)?);
    layers.push(env.layer);
    let settings = config::merge(policy, layers);
    for rules in &settings.rules {
        catalogue = catalogue.with_user(&rules.value, FILE).map_err(|faults| listed(&faults))?;
    }
    let known: Vec<&str> = catalogue.indexes().map(|at| catalogue.id(at)).collect();
    if !settings.disable.is_empty() || !settings.severity.is_empty() || !settings.paths.is_empty() {
        settings.check_rules(known.iter().copied()).map_err(faulty)?;
    }
    Ok(Loaded { catalogue, baseline: Vec::new(), settings, skip: env.skip })
}

/// git's configuration and the text of the user's file.
fn read(cwd: &Path, whose: Whose) -> Result<(Project, Option<Vec<u8>>)> {
    match whose {
        Whose::Head => {
            let mut project = project(cwd, FILE)?;
            let text = project.at_head.take();
            Ok((project, text))
        }
        Whose::Nobody => {
            Ok((Project { git_config: repo::git_config(cwd, "stanch.")?, ..Project::default() }, None))
        }
        Whose::Disk => {
            let git_config = repo::git_config(cwd, "stanch.")?;
            let root = repo::layout(cwd).ok().and_then(|layout| layout.work_tree);
            let path = root.as_deref().unwrap_or(cwd).join(FILE);
            let text = match std::fs::read(&path) {
                Ok(text) => Some(text),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
                Err(error) => {
                    return Err(anyhow!(
                        "cannot read {}: {error}\nwhy: its settings would not hold",
                        path.display()
                    ));
                }
            };
            Ok((Project { git_config, ..Project::default() }, text))
        }
    }
}

fn policy(path: &str) -> Result<Layer> {
    let text = std::fs::read(path).map_err(|error| {
        anyhow!("cannot read the policy `{path}` that git's stanch.policy names: {error}")
    })?;
    config::policy_file(&text, path).map_err(faulty)
}

fn git_value(setting: &repo::Setting) -> GitValue {
    GitValue {
        key: setting.key.clone(),
        value: setting.value.as_ref().map(|value| value.to_str_lossy().into_owned()).unwrap_or_default(),
        scope: match setting.scope {
            Scope::System => GitScope::System,
            Scope::Global => GitScope::Global,
            Scope::Local => GitScope::Local,
            Scope::Worktree => GitScope::Worktree,
            Scope::Command => GitScope::Command,
        },
    }
}

pub(super) fn faulty(faults: config::Faults) -> anyhow::Error {
    anyhow!(
        "{faults}\nwhy: nothing was checked, since what you asked for is not clear\nnext: correct it, or take it out"
    )
}

fn listed(faults: &[crate::catalogue::Fault]) -> anyhow::Error {
    let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
    anyhow!(
        "{}\nwhy: nothing was checked, since your rules are not clear\nnext: correct them, or take them out",
        lines.join("\n")
    )
}

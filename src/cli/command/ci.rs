//! `stanch ci`: what a pull request or a push adds, found from the variables of the CI system.

use std::ffi::OsString;
use std::fmt;

use anyhow::{Context as _, Result};
use clap::{CommandFactory, Parser};

use super::hook::{current_directory, open_range};
use super::scan::How;
use crate::cli::settings::Whose;
use crate::cli::show::Moment;
use crate::cli::{Exit, check, parse, say};
use crate::source::Context;
use crate::source::{project, repo};

/// Look through what a pull request or push adds
#[derive(Debug, Parser)]
#[command(
    name = "stanch ci",
    after_help = "Knows GitHub Actions, GitLab CI, CircleCI, Travis, Jenkins, Bitbucket Pipelines, Azure Pipelines, \
                  Drone, Woodpecker and Buildkite by their variables; elsewhere use `stanch scan --range A..B`."
)]
struct Args {
    /// Say what would be looked through, and stop
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    how: How,
}

pub(in crate::cli) fn define() -> clap::Command {
    Args::command()
}

pub(in crate::cli) fn run(args: &[OsString]) -> Result<Exit> {
    let args: Args = match parse("ci", args) {
        Ok(args) => args,
        Err(exit) => return Ok(exit),
    };
    let read = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let mut range = detect(&read).context(
        "no CI system is known by its variables\nnext: name the commits: `stanch scan --range A..B` or `--since REV`",
    )?;
    let context = Context::new(current_directory()?);
    let is_here = |name: &str| project::has_commit(&context, name).unwrap_or(false);
    let said = range.settle(is_here, is_shallow()?);
    if let Some(said) = said {
        use std::io::Write;
        writeln!(std::io::stderr(), "stanch: {}", say::masked(said))?;
    }
    if args.dry_run {
        use std::io::Write;
        writeln!(std::io::stdout(), "{}", say::masked(range.to_string()))?;
        return Ok(Exit::Clean);
    }
    let exclude: Vec<String> = range.from.iter().cloned().collect();
    let mut source = open_range(std::slice::from_ref(&range.to), &exclude).with_context(|| {
        format!(
            "cannot look through {range}\nnext: if the clone is shallow, fetch all of it: {}",
            range.deepen()
        )
    })?;
    let whose = Whose::of_range(&exclude, &range.to);
    check::run(&mut source, &context, Moment::Scan, &args.how.options_in_ci(&read), &whose)
}

/// Whether the clone ends somewhere before its beginning.
fn is_shallow() -> Result<bool> {
    Ok(repo::layout(&current_directory()?)?.common_dir.join("shallow").exists())
}

/// The commits that a CI run is about.
#[derive(Debug, Clone, PartialEq, Eq)]
struct CiRange {
    system: &'static str,
    /// Excluded; `None` when all of history is new.
    from: Option<String>,
    to: String,
    /// What stands for `from` when that was pushed over and is gone: the branch that this one leaves.
    or: Option<String>,
}

impl fmt::Display for CiRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.from {
            Some(from) => write!(f, "{from}..{} ({})", self.to, self.system),
            None => write!(f, "everything up to {} ({})", self.to, self.system),
        }
    }
}

impl CiRange {
    /// Takes the other start when the first is not here; says so. Never in a shallow clone, which may lack
    /// the first for that reason alone.
    fn settle(&mut self, is_here: impl Fn(&str) -> bool, is_shallow: bool) -> Option<String> {
        let gone = self.from.as_ref().filter(|from| !is_here(from))?.clone();
        let or = self.or.take().filter(|or| !is_shallow && is_here(or))?;
        let said = format!("{gone} is not here (pushed over?), so what {or} has not is looked through");
        self.from = Some(or);
        Some(said)
    }

    /// How the whole history is had on this system.
    fn deepen(&self) -> &'static str {
        match self.system {
            "GitHub Actions" => "`fetch-depth: 0` at actions/checkout",
            "GitLab CI" => "`GIT_DEPTH: 0` in the job's variables",
            "Travis" => "`git: {depth: false}`",
            "Bitbucket Pipelines" => "`clone: {depth: full}`",
            "Azure Pipelines" => "`fetchDepth: 0` at checkout",
            "Drone" | "Woodpecker" => "`clone: {depth: 0}` (Drone), `partial: false` (Woodpecker)",
            _ => "`git fetch --unshallow`",
        }
    }
}

type Read<'r> = &'r dyn Fn(&str) -> Option<String>;
/// The variable that gives a system away, its name, where a range starts, and the variable of its end.
type System = (&'static str, &'static str, fn(Read<'_>) -> Option<String>, &'static str);

/// The range of the CI system that the environment speaks of.
fn detect(read: Read<'_>) -> Option<CiRange> {
    let systems: [System; 9] = [
        ("GITHUB_ACTIONS", "GitHub Actions", github, "GITHUB_SHA"),
        ("GITLAB_CI", "GitLab CI", gitlab, "CI_COMMIT_SHA"),
        ("CIRCLECI", "CircleCI", |_| None, "CIRCLE_SHA1"),
        ("TRAVIS", "Travis", travis, "TRAVIS_COMMIT"),
        ("BITBUCKET_BUILD_NUMBER", "Bitbucket Pipelines", bitbucket, "BITBUCKET_COMMIT"),
        ("TF_BUILD", "Azure Pipelines", azure, "BUILD_SOURCEVERSION"),
        ("DRONE", "Drone", |read| read("DRONE_COMMIT_BEFORE"), "DRONE_COMMIT_AFTER"),
        ("BUILDKITE", "Buildkite", buildkite, "BUILDKITE_COMMIT"),
        ("JENKINS_URL", "Jenkins", jenkins, "GIT_COMMIT"),
    ];
    let woodpecker = read("CI").as_deref() == Some("woodpecker");
    if woodpecker {
        let to = read("CI_COMMIT_SHA").unwrap_or_else(head);
        return Some(CiRange {
            system: "Woodpecker",
            from: read("CI_PREV_COMMIT_SHA").filter(|id| !is_null(id)),
            to,
            or: None,
        });
    }
    let (_, system, from, to) = systems.into_iter().find(|(mark, ..)| read(mark).is_some())?;
    let or = match system {
        "GitHub Actions" => github_default(read),
        "GitLab CI" => gitlab_default(read),
        _ => None,
    };
    let from = from(read).filter(|id| !is_null(id)).or_else(|| or.clone());
    Some(CiRange { system, from, to: read(to).unwrap_or_else(head), or })
}

fn head() -> String {
    "HEAD".to_owned()
}

/// The id of nothing: a branch that was just made has no state before.
fn is_null(id: &str) -> bool {
    id.bytes().all(|b| b == b'0')
}

fn branch(name: &str) -> String {
    format!("refs/remotes/origin/{}", name.trim_start_matches("refs/heads/"))
}

/// A pull request: its target branch. A push: the commit before, from the event's file.
fn github(read: Read<'_>) -> Option<String> {
    if let Some(base) = read("GITHUB_BASE_REF") {
        return Some(branch(&base));
    }
    github_event(read)?.get("before")?.as_str().map(str::to_owned)
}

fn github_event(read: Read<'_>) -> Option<serde_json::Value> {
    let event = std::fs::read(read("GITHUB_EVENT_PATH")?).ok()?;
    serde_json::from_slice(&event).ok()
}

/// The default branch, on any other.
fn github_default(read: Read<'_>) -> Option<String> {
    let event = github_event(read)?;
    let default = event.get("repository")?.get("default_branch")?.as_str()?;
    (read("GITHUB_REF_NAME")? != default).then(|| branch(default))
}

fn gitlab(read: Read<'_>) -> Option<String> {
    read("CI_MERGE_REQUEST_DIFF_BASE_SHA").or_else(|| read("CI_COMMIT_BEFORE_SHA"))
}

fn gitlab_default(read: Read<'_>) -> Option<String> {
    let default = read("CI_DEFAULT_BRANCH")?;
    (read("CI_COMMIT_BRANCH")? != default).then(|| branch(&default))
}

fn travis(read: Read<'_>) -> Option<String> {
    read("TRAVIS_COMMIT_RANGE")
        .and_then(|range| range.split("..").next().map(str::to_owned))
        .filter(|from| !from.is_empty())
}

fn bitbucket(read: Read<'_>) -> Option<String> {
    read("BITBUCKET_PR_DESTINATION_COMMIT")
        .or_else(|| read("BITBUCKET_PR_DESTINATION_BRANCH").map(|name| branch(&name)))
}

fn azure(read: Read<'_>) -> Option<String> {
    read("SYSTEM_PULLREQUEST_TARGETBRANCH").map(|name| branch(&name))
}

fn buildkite(read: Read<'_>) -> Option<String> {
    read("BUILDKITE_PULL_REQUEST_BASE_BRANCH").map(|name| branch(&name))
}

fn jenkins(read: Read<'_>) -> Option<String> {
    read("CHANGE_TARGET").map(|name| branch(&name)).or_else(|| read("GIT_PREVIOUS_SUCCESSFUL_COMMIT"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(variables: &[(&str, &str)]) -> Option<String> {
        let read = |name: &str| {
            variables.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        };
        detect(&read).map(|range| range.to_string())
    }

    #[test]
    fn each_system_by_its_variables() {
        for (variables, expected) in [
            (
                &[("GITHUB_ACTIONS", "true"), ("GITHUB_BASE_REF", "main"), ("GITHUB_SHA", "b1")][..],
                "refs/remotes/origin/main..b1 (GitHub Actions)",
            ),
            (
                &[("GITLAB_CI", "true"), ("CI_MERGE_REQUEST_DIFF_BASE_SHA", "a1"), ("CI_COMMIT_SHA", "b1")],
                "a1..b1 (GitLab CI)",
            ),
            (
                &[
                    ("GITLAB_CI", "true"),
                    ("CI_COMMIT_BEFORE_SHA", "0000"),
                    ("CI_DEFAULT_BRANCH", "main"),
                    ("CI_COMMIT_BRANCH", "x"),
                    ("CI_COMMIT_SHA", "b1"),
                ],
                "refs/remotes/origin/main..b1 (GitLab CI)",
            ),
            (&[("CIRCLECI", "true"), ("CIRCLE_SHA1", "b1")], "everything up to b1 (CircleCI)"),
            (
                &[("TRAVIS", "true"), ("TRAVIS_COMMIT_RANGE", "a1...b1"), ("TRAVIS_COMMIT", "b1")],
                "a1..b1 (Travis)",
            ),
            (
                &[
                    ("BITBUCKET_BUILD_NUMBER", "7"),
                    ("BITBUCKET_PR_DESTINATION_BRANCH", "main"),
                    ("BITBUCKET_COMMIT", "b1"),
                ],
                "refs/remotes/origin/main..b1 (Bitbucket Pipelines)",
            ),
            (
                &[
                    ("TF_BUILD", "True"),
                    ("SYSTEM_PULLREQUEST_TARGETBRANCH", "refs/heads/main"),
                    ("BUILD_SOURCEVERSION", "b1"),
                ],
                "refs/remotes/origin/main..b1 (Azure Pipelines)",
            ),
            (
                &[("DRONE", "true"), ("DRONE_COMMIT_BEFORE", "a1"), ("DRONE_COMMIT_AFTER", "b1")],
                "a1..b1 (Drone)",
            ),
            (
                &[("CI", "woodpecker"), ("CI_PREV_COMMIT_SHA", "a1"), ("CI_COMMIT_SHA", "b1")],
                "a1..b1 (Woodpecker)",
            ),
            (
                &[("JENKINS_URL", "https://ci"), ("CHANGE_TARGET", "main")],
                "refs/remotes/origin/main..HEAD (Jenkins)",
            ),
            (
                &[
                    ("DRONE", "true"),
                    ("DRONE_COMMIT_BEFORE", "0000000000000000000000000000000000000000"),
                    ("DRONE_COMMIT_AFTER", "b1"),
                ],
                "everything up to b1 (Drone)",
            ),
        ] {
            assert_eq!(range(variables).as_deref(), Some(expected), "{variables:?}");
        }
        assert_eq!(range(&[("CI", "true")]), None);
    }

    #[test]
    fn a_push_on_github_starts_where_the_branch_was_or_at_the_default_branch() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("event.json");
        let event = |before: &str, name: &str| {
            let text = format!(r#"{{"before":"{before}","repository":{{"default_branch":"main"}}}}"#);
            std::fs::write(&file, text).unwrap();
            let path = file.to_str().unwrap();
            range(&[
                ("GITHUB_ACTIONS", "true"),
                ("GITHUB_EVENT_PATH", path),
                ("GITHUB_REF_NAME", name),
                ("GITHUB_SHA", "b1"),
            ])
        };
        assert_eq!(event("a1", "x").unwrap(), "a1..b1 (GitHub Actions)");
        assert_eq!(event("0000", "x").unwrap(), "refs/remotes/origin/main..b1 (GitHub Actions)");
        assert_eq!(event("0000", "main").unwrap(), "everything up to b1 (GitHub Actions)");
    }

    #[test]
    fn a_start_that_was_pushed_over_is_replaced_and_said() {
        let range =
            || CiRange { system: "x", from: Some("a1".into()), to: "b1".into(), or: Some("main".into()) };
        let mut gone = range();
        assert!(gone.settle(|name| name == "main", false).unwrap().contains("a1 is not here"));
        assert_eq!(gone.from.as_deref(), Some("main"));
        for (mut same, here, shallow) in
            [(range(), "a1", false), (range(), "main", true), (range(), "", false)]
        {
            assert_eq!(same.settle(|name| name == here, shallow), None);
            assert_eq!(same.from.as_deref(), Some("a1"));
        }
    }
}

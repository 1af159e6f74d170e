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
    let id = |name: &str| project::commit_id(&context, name).unwrap_or_default();
    range.take_in_what_is_checked_out(id);
    if args.dry_run {
        use std::io::Write;
        writeln!(std::io::stdout(), "{}", say::masked(range.to_string()))?;
        return Ok(Exit::Clean);
    }
    let exclude: Vec<String> = range.from.iter().cloned().collect();
    let is_shallow = is_shallow()?;
    let mut source = open_range(&range.to, &exclude)
        .with_context(|| format!("cannot look through {range}\nnext: {}", range.way_out(id, is_shallow)))?;
    let whose = Whose::of_range(&exclude, &range.to[0]);
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
    /// Where it ends: at the commit that the system names, and at HEAD where that is another one.
    to: Vec<String>,
}

impl fmt::Display for CiRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let to = self.to.join(" and ");
        match &self.from {
            Some(from) => write!(f, "{from}..{to} ({})", self.system),
            None => write!(f, "everything up to {to} ({})", self.system),
        }
    }
}

impl CiRange {
    /// What the job has checked out is what it builds and publishes, whatever commit the variables speak of.
    fn take_in_what_is_checked_out(&mut self, id: impl Fn(&str) -> Option<String>) {
        let here = id(HEAD);
        if here.is_some() && self.to.iter().all(|to| id(to) != here) {
            self.to.push(HEAD.to_owned());
        }
    }

    /// What to do when it cannot be looked through.
    fn way_out(&self, id: impl Fn(&str) -> Option<String>, is_shallow: bool) -> String {
        let lacks = |name: &String| id(name).is_none();
        if is_shallow {
            return format!("fetch all of the history: {}", self.deepen());
        }
        if let Some(name) =
            self.from.iter().filter(|from| lacks(from)).find_map(|from| from.strip_prefix(TRACKED))
        {
            return format!("fetch the branch first: `git fetch origin +refs/heads/{name}:{TRACKED}{name}`");
        }
        if self.system == GITHUB && self.to.iter().any(lacks) {
            return "check out what is asked about, for a pull request of `pull_request_target` with \
                    `ref: ${{ github.event.pull_request.head.sha }}` and `fetch-depth: 0` at actions/checkout"
                .to_owned();
        }
        let gone = self.from.iter().chain(&self.to).find(|name| lacks(name));
        format!(
            "`git fetch origin {}`; where it was pushed over and is gone there too, name another start: \
             `stanch scan --since REV`",
            gone.map_or("--all", String::as_str)
        )
    }

    /// How the whole history is had on this system.
    fn deepen(&self) -> &'static str {
        match self.system {
            GITHUB => "`fetch-depth: 0` at actions/checkout",
            "GitLab CI" => "`GIT_DEPTH: 0` in the job's variables",
            "Travis" => "`git: {depth: false}`",
            "Bitbucket Pipelines" => "`clone: {depth: full}`",
            "Azure Pipelines" => "`fetchDepth: 0` at checkout",
            "Drone" | "Woodpecker" => "`clone: {depth: 0}` (Drone), `partial: false` (Woodpecker)",
            _ => "`git fetch --unshallow`",
        }
    }
}

/// The checked-out commit.
const HEAD: &str = "HEAD";
/// Where a clone keeps the branches of the other side.
const TRACKED: &str = "refs/remotes/origin/";
const GITHUB: &str = "GitHub Actions";

type Read<'r> = &'r dyn Fn(&str) -> Option<String>;
/// The variable that gives a system away and its value, where any will do; the system's name; where a range starts,
/// and where it ends.
type System = (
    (&'static str, Option<&'static str>),
    &'static str,
    fn(Read<'_>) -> Option<String>,
    fn(Read<'_>) -> Option<String>,
);

const SYSTEMS: [System; 10] = [
    (("CI", Some("woodpecker")), "Woodpecker", woodpecker, |read| read("CI_COMMIT_SHA")),
    (("GITHUB_ACTIONS", None), GITHUB, github, github_end),
    (("GITLAB_CI", None), "GitLab CI", gitlab, |read| read("CI_COMMIT_SHA")),
    (("CIRCLECI", None), "CircleCI", |_| None, |read| read("CIRCLE_SHA1")),
    (("TRAVIS", None), "Travis", travis, |read| read("TRAVIS_COMMIT")),
    (("BITBUCKET_BUILD_NUMBER", None), "Bitbucket Pipelines", bitbucket, |read| read("BITBUCKET_COMMIT")),
    (("TF_BUILD", None), "Azure Pipelines", azure, |read| read("BUILD_SOURCEVERSION")),
    (("DRONE", None), "Drone", drone, |read| read("DRONE_COMMIT_AFTER")),
    (("BUILDKITE", None), "Buildkite", buildkite, |read| read("BUILDKITE_COMMIT")),
    (("JENKINS_URL", None), "Jenkins", jenkins, |read| read("GIT_COMMIT")),
];

/// The range of the CI system that the environment speaks of.
fn detect(read: Read<'_>) -> Option<CiRange> {
    let is_it = |(name, wanted): (&str, Option<&str>)| {
        read(name).is_some_and(|value| wanted.is_none_or(|wanted| value == wanted))
    };
    let (_, system, from, to) = SYSTEMS.into_iter().find(|(mark, ..)| is_it(*mark))?;
    let from = from(read).filter(|id| !is_null(id));
    Some(CiRange { system, from, to: vec![to(read).unwrap_or_else(|| HEAD.to_owned())] })
}

/// The id of nothing: a branch that was just made has no state before.
fn is_null(id: &str) -> bool {
    id.bytes().all(|b| b == b'0')
}

fn tracked(name: &str) -> String {
    format!("{TRACKED}{}", name.trim_start_matches("refs/heads/"))
}

/// The default branch, on any other. Not the push before: its check went red, and the next push would turn the branch
/// green with the secret still in it.
fn off_default(branch: Option<String>, default: Option<String>) -> Option<String> {
    default.filter(|default| branch.is_some_and(|branch| branch != *default)).map(|name| tracked(&name))
}

/// A pull request: its target branch. A push: the default branch, and on that the commit before, from the event's file.
fn github(read: Read<'_>) -> Option<String> {
    if let Some(base) = read("GITHUB_BASE_REF") {
        return Some(tracked(&base));
    }
    let event = github_event(read)?;
    let text = |value: &serde_json::Value| value.as_str().map(str::to_owned);
    let default = event.pointer("/repository/default_branch").and_then(text);
    off_default(read("GITHUB_REF_NAME"), default).or_else(|| event.get("before").and_then(text))
}

/// In `pull_request_target` `GITHUB_SHA` is the target's commit, and only the event's file names the pull request's.
fn github_end(read: Read<'_>) -> Option<String> {
    if read("GITHUB_EVENT_NAME").as_deref() != Some("pull_request_target") {
        return read("GITHUB_SHA");
    }
    github_event(read)?.pointer("/pull_request/head/sha")?.as_str().map(str::to_owned)
}

fn github_event(read: Read<'_>) -> Option<serde_json::Value> {
    let event = std::fs::read(read("GITHUB_EVENT_PATH")?).ok()?;
    serde_json::from_slice(&event).ok()
}

fn gitlab(read: Read<'_>) -> Option<String> {
    read("CI_MERGE_REQUEST_DIFF_BASE_SHA")
        .or_else(|| off_default(read("CI_COMMIT_BRANCH"), read("CI_DEFAULT_BRANCH")))
        .or_else(|| read("CI_COMMIT_BEFORE_SHA"))
}

fn woodpecker(read: Read<'_>) -> Option<String> {
    read("CI_COMMIT_TARGET_BRANCH")
        .map(|name| tracked(&name))
        .or_else(|| off_default(read("CI_COMMIT_BRANCH"), read("CI_REPO_DEFAULT_BRANCH")))
        .or_else(|| read("CI_PREV_COMMIT_SHA"))
}

/// A pull request's target is named for pushes as well.
fn drone(read: Read<'_>) -> Option<String> {
    let target = read("DRONE_PULL_REQUEST").and_then(|_| read("DRONE_TARGET_BRANCH"));
    target
        .map(|name| tracked(&name))
        .or_else(|| off_default(read("DRONE_BRANCH"), read("DRONE_REPO_BRANCH")))
        .or_else(|| read("DRONE_COMMIT_BEFORE"))
}

fn travis(read: Read<'_>) -> Option<String> {
    read("TRAVIS_COMMIT_RANGE")
        .and_then(|range| range.split("..").next().map(str::to_owned))
        .filter(|from| !from.is_empty())
}

fn bitbucket(read: Read<'_>) -> Option<String> {
    read("BITBUCKET_PR_DESTINATION_COMMIT")
        .or_else(|| read("BITBUCKET_PR_DESTINATION_BRANCH").map(|name| tracked(&name)))
}

fn azure(read: Read<'_>) -> Option<String> {
    read("SYSTEM_PULLREQUEST_TARGETBRANCH").map(|name| tracked(&name))
}

fn buildkite(read: Read<'_>) -> Option<String> {
    read("BUILDKITE_PULL_REQUEST_BASE_BRANCH").map(|name| tracked(&name))
}

fn jenkins(read: Read<'_>) -> Option<String> {
    read("CHANGE_TARGET").map(|name| tracked(&name)).or_else(|| read("GIT_PREVIOUS_SUCCESSFUL_COMMIT"))
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
                    ("CI_COMMIT_BEFORE_SHA", "a1"),
                    ("CI_DEFAULT_BRANCH", "main"),
                    ("CI_COMMIT_BRANCH", "x"),
                    ("CI_COMMIT_SHA", "b1"),
                ],
                "refs/remotes/origin/main..b1 (GitLab CI)",
            ),
            (
                &[
                    ("GITLAB_CI", "true"),
                    ("CI_COMMIT_BEFORE_SHA", "a1"),
                    ("CI_DEFAULT_BRANCH", "main"),
                    ("CI_COMMIT_BRANCH", "main"),
                    ("CI_COMMIT_SHA", "b1"),
                ],
                "a1..b1 (GitLab CI)",
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
                &[
                    ("CI", "woodpecker"),
                    ("CI_PREV_COMMIT_SHA", "a1"),
                    ("CI_COMMIT_TARGET_BRANCH", "main"),
                    ("CI_COMMIT_SHA", "b1"),
                ],
                "refs/remotes/origin/main..b1 (Woodpecker)",
            ),
            (
                &[
                    ("CI", "woodpecker"),
                    ("CI_PREV_COMMIT_SHA", "a1"),
                    ("CI_COMMIT_BRANCH", "x"),
                    ("CI_REPO_DEFAULT_BRANCH", "main"),
                    ("CI_COMMIT_SHA", "b1"),
                ],
                "refs/remotes/origin/main..b1 (Woodpecker)",
            ),
            (
                &[
                    ("DRONE", "true"),
                    ("DRONE_COMMIT_BEFORE", "a1"),
                    ("DRONE_BRANCH", "x"),
                    ("DRONE_TARGET_BRANCH", "x"),
                    ("DRONE_REPO_BRANCH", "main"),
                    ("DRONE_COMMIT_AFTER", "b1"),
                ],
                "refs/remotes/origin/main..b1 (Drone)",
            ),
            (
                &[
                    ("DRONE", "true"),
                    ("DRONE_COMMIT_BEFORE", "a1"),
                    ("DRONE_PULL_REQUEST", "7"),
                    ("DRONE_TARGET_BRANCH", "next"),
                    ("DRONE_REPO_BRANCH", "main"),
                    ("DRONE_COMMIT_AFTER", "b1"),
                ],
                "refs/remotes/origin/next..b1 (Drone)",
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
    fn a_push_on_github_starts_at_the_default_branch_and_on_that_where_it_was() {
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
        for before in ["a1", "0000"] {
            assert_eq!(event(before, "x").unwrap(), "refs/remotes/origin/main..b1 (GitHub Actions)");
        }
        assert_eq!(event("a1", "main").unwrap(), "a1..b1 (GitHub Actions)");
        assert_eq!(event("0000", "main").unwrap(), "everything up to b1 (GitHub Actions)");
    }

    #[test]
    fn what_is_checked_out_is_an_end_too() {
        let range = |to: &str| CiRange { system: "x", from: None, to: vec![to.into()] };
        let id = |name: &str| match name {
            "main" => Some("a1".to_owned()),
            "topic" | HEAD => Some("b1".to_owned()),
            _ => None,
        };
        for (to, ends) in
            [("main", &["main", HEAD][..]), ("topic", &["topic"]), (HEAD, &[HEAD]), ("gone", &["gone", HEAD])]
        {
            let mut range = range(to);
            range.take_in_what_is_checked_out(id);
            assert_eq!(range.to, ends);
        }
        let mut unborn = range("main");
        unborn.take_in_what_is_checked_out(|_| None);
        assert_eq!(unborn.to, ["main"]);
    }

    #[test]
    fn what_is_missing_is_named_with_the_command_that_brings_it() {
        let here = |name: &str| (name == "b1").then(|| "b1".to_owned());
        let range =
            |system, from: &str, to: &str| CiRange { system, from: Some(from.into()), to: vec![to.into()] };
        for (range, is_shallow, next) in [
            (range(GITHUB, "a1", "b1"), true, "fetch-depth: 0"),
            (
                range("Drone", "refs/remotes/origin/x/y", "b1"),
                false,
                "+refs/heads/x/y:refs/remotes/origin/x/y`",
            ),
            (range(GITHUB, "b1", "c1"), false, "pull_request.head.sha"),
            (range("GitLab CI", "a1", "b1"), false, "--since REV"),
        ] {
            assert!(range.way_out(here, is_shallow).contains(next), "{range}");
        }
    }
}

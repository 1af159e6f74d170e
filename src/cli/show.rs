//! Puts findings, advice and report together and decides how the run ends.

use std::collections::HashSet;
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::Exit;
use super::fault;
use super::gather::{Gathered, History};
use super::output::{self, Format, Wanted};
use crate::advice::{Commit, Commits, Stage, advise};
use crate::finding::Finding;
use crate::order;
use crate::report::{Card, Run, color};
use crate::source::Place;
use crate::source::archive::Limits;

/// What git is about to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    /// Record a commit.
    Commit,
    /// Record what a patch has brought.
    Patch,
    /// Publish commits.
    Push,
    /// Accept commits on a server.
    Receive,
    /// Let a coding agent go on.
    Agent,
    /// Nothing; somebody looks at what a commit would record.
    Staged,
    /// Nothing; somebody looks.
    Scan,
}

impl Moment {
    /// How far archives are opened: who waits for an answer waits for seconds, who looks can wait.
    pub(super) fn limits(self) -> Limits {
        if self == Moment::Scan { Limits::SCAN } else { Limits::HOOK }
    }

    /// Whether git waits for an answer.
    pub(super) fn is_hook(self) -> bool {
        matches!(self, Moment::Commit | Moment::Patch | Moment::Push | Moment::Receive)
    }
}

/// How to show findings.
#[derive(Debug, Clone, Default)]
pub(super) struct Options {
    pub(super) format: Format,
    pub(super) color: color::Choice,
    pub(super) verbose: bool,
    pub(super) quiet: bool,
    pub(super) exit_zero: bool,
    pub(super) strict: bool,
    /// All files of the repository are looked at.
    pub(super) is_whole: bool,
    /// Where the report of `format` goes instead of standard output.
    pub(super) output: Option<PathBuf>,
    /// Further reports.
    pub(super) reports: Vec<Wanted>,
    /// What is looked into, one word, where the moment does not say it.
    pub(super) mode: Option<&'static str>,
    /// Threads; all cores when nobody said.
    pub(super) jobs: Option<usize>,
    /// Files larger than this are left out.
    pub(super) max_bytes: Option<u64>,
    /// Whether secrets may be written whole.
    pub(super) show_secrets: Option<ShowSecrets>,
    /// Runs in a job of GitHub Actions: annotations follow the report, the summary of the step is written.
    pub(super) actions: Option<Actions>,
}

/// What `--show-secrets` asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum ShowSecrets {
    /// To a terminal only.
    Terminal,
    /// Into a pipe or a file too.
    Force,
}

/// What a job of GitHub Actions offers.
#[derive(Debug, Clone, Default)]
pub(super) struct Actions {
    /// The file of `GITHUB_STEP_SUMMARY`.
    pub(super) summary: Option<PathBuf>,
}

impl Options {
    /// The files that will be written.
    pub(super) fn files(&self) -> impl Iterator<Item = &Path> {
        let reports = self.reports.iter().filter_map(|wanted| wanted.path.as_deref());
        self.output.as_deref().into_iter().chain(reports)
    }
}

/// Reports what was gathered and says how to exit.
pub(super) fn findings(gathered: &Gathered, moment: Moment, options: &Options) -> Result<Exit> {
    let cards = |wanted: bool| -> Vec<Card<'_>> {
        let chosen = gathered.findings.iter().filter(|f| f.confidence.blocks() == wanted);
        chosen.map(|finding| card(finding, moment, options, &gathered.history)).collect()
    };
    let (blocking, notes) = (cards(true), cards(false));
    let (mut coverage, mut announce) = (gathered.coverage.clone(), gathered.announce.clone());
    // Who looks reads the summary; a hook has none when all is well, and what was left out is told all the same.
    let told = if moment == Moment::Scan { &mut coverage.notes } else { &mut announce };
    told.extend(gathered.left_out.iter().cloned());
    let run = Run {
        blocking: &blocking,
        notes: &notes,
        coverage: &coverage,
        old: gathered.old,
        allowed: &gathered.allowed,
        announce: &announce,
        pending: gathered.pending,
        elapsed: gathered.elapsed,
        ended: unix_now(),
        stops: match moment {
            // Whatever is found passes.
            _ if options.exit_zero => "",
            Moment::Commit => "commit",
            Moment::Patch => "patch",
            Moment::Push | Moment::Receive => "push",
            Moment::Agent | Moment::Staged | Moment::Scan => "",
        },
        mode: options.mode.unwrap_or(match moment {
            Moment::Commit | Moment::Patch => "commit",
            Moment::Push => "push",
            Moment::Receive => "receive",
            Moment::Agent | Moment::Staged | Moment::Scan => "scan",
        }),
        part: gathered.part.as_ref(),
    };
    let is_told = output::deliver(&run, moment, options)?;
    let is_whole = is_told && gathered.coverage.failed.is_empty();
    Ok(Exit::of(!blocking.is_empty(), is_whole, options.exit_zero))
}

fn card<'g>(finding: &'g Finding, moment: Moment, options: &Options, known: &History) -> Card<'g> {
    let stage = match (moment, finding.locations[0].place.root()) {
        (Moment::Commit, Place::Message { .. } | Place::Stdin) => Stage::Message,
        (Moment::Commit | Moment::Staged, _) => Stage::Staged,
        (Moment::Patch, _) => Stage::Applied,
        (Moment::Push, _) => Stage::Unpushed(commits(finding, known)),
        (Moment::Receive, _) => Stage::Received(commits(finding, known)),
        (Moment::Agent | Moment::Scan, place) => match (&finding.trace, place) {
            (Some(trace), _) => Stage::Traced(Box::new(trace.clone())),
            // CI has its commits from a server.
            (None, Place::Commit { .. } | Place::Message { .. }) => {
                Stage::Committed { is_sent: options.mode == Some("ci") }
            }
            (None, _) => Stage::Found,
        },
    };
    fault::looks_into(finding.locations[0].path.as_ref());
    let advice = advise(finding, &stage);
    fault::looks_into("".into());
    Card { finding, stage, advice }
}

/// The commits among a finding's places, tags left out.
fn commits(finding: &Finding, known: &History) -> Commits {
    let (mut all, mut met) = (Vec::new(), HashSet::new());
    for location in &finding.locations {
        if let Place::Commit { id } | Place::Message { id } = location.place.root()
            && let Some(lineage) = known.lineage.get(id)
            && met.insert(id)
        {
            all.push(Commit {
                id: id.clone(),
                turn: lineage.turn,
                is_root: lineage.is_root,
                is_head: lineage.is_head,
                branch: lineage.branch.as_ref().map(ToString::to_string),
                reference: lineage.reference.as_ref().map(ToString::to_string),
            });
        }
    }
    order::by_key(&mut all, |commit| commit.turn);
    let (is_removed, is_changed) =
        (known.removed.contains(&finding.fingerprint), known.changed.contains(&finding.fingerprint));
    Commits { all, is_removed, is_changed }
}

fn unix_now() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| since.as_secs())
}

/// A span of time for people.
pub(super) fn duration(span: std::time::Duration) -> String {
    match span.as_millis() {
        whole if whole % 1000 == 0 => format!("{} s", whole / 1000),
        milliseconds => format!("{milliseconds} ms"),
    }
}

pub(super) fn environment() -> color::Environment {
    let read = |name: &str| std::env::var(name).ok();
    color::Environment {
        no_color: read("NO_COLOR"),
        clicolor_force: read("CLICOLOR_FORCE"),
        force_color: read("FORCE_COLOR"),
        term: read("TERM"),
    }
}

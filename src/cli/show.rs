//! Puts findings, advice and report together and decides how the run ends.

use std::io::{IsTerminal, Write};

use anyhow::Result;

use super::Exit;
use super::gather::Gathered;
use crate::advice::{Stage, advise};
use crate::finding::Finding;
use crate::report::human::{Human, blocks};
use crate::report::json::Json;
use crate::report::sarif::Sarif;
use crate::report::{Card, Report, Run, color};
use crate::source::Place;

/// What git is about to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Moment {
    /// Record a commit.
    Commit,
    /// Publish commits.
    Push,
    /// Accept commits on a server.
    Receive,
    /// Nothing; somebody looks.
    Scan,
}

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(super) enum Format {
    /// Cards for people, on standard error in a hook, else on standard output.
    #[default]
    Human,
    /// One JSON document.
    Json,
    /// One JSON object a line.
    Jsonl,
    /// SARIF 2.1.0.
    Sarif,
}

/// How to show findings.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Options {
    pub(super) format: Format,
    pub(super) color: color::Choice,
    pub(super) verbose: bool,
    pub(super) exit_zero: bool,
}

/// Reports what was gathered and says how to exit.
pub(super) fn findings(gathered: &Gathered, moment: Moment, options: Options) -> Result<Exit> {
    let cards = |wanted: bool| -> Vec<Card<'_>> {
        let chosen = gathered.findings.iter().filter(|f| blocks(f.confidence) == wanted);
        chosen.map(|finding| card(finding, moment)).collect()
    };
    let (blocking, notes) = (cards(true), cards(false));
    let run = Run {
        blocking: &blocking,
        notes: &notes,
        coverage: &gathered.coverage,
        old: gathered.old,
        allowed: gathered.allowed,
        announce: &gathered.announce,
        elapsed: gathered.elapsed,
        stops: match moment {
            Moment::Commit => "commit",
            Moment::Push | Moment::Receive => "push",
            Moment::Scan => "",
        },
    };
    write(&run, moment, options)?;
    Ok(match (blocking.is_empty(), gathered.coverage.failed.is_empty()) {
        (false, _) if !options.exit_zero => Exit::Found,
        // What could not be looked at must not pass, whatever the rest held.
        (_, false) => Exit::Failed,
        _ => Exit::Clean,
    })
}

fn card(finding: &Finding, moment: Moment) -> Card<'_> {
    let stage = match (moment, &finding.locations[0].place) {
        (Moment::Commit, Place::Message { .. } | Place::Stdin) => Stage::Message,
        (Moment::Commit, _) => Stage::Staged,
        (Moment::Push, _) => Stage::Unpushed(commits(finding)),
        (Moment::Receive, _) => Stage::Received,
        (Moment::Scan, _) => Stage::Found,
    };
    let advice = advise(finding, &stage);
    Card { finding, stage, advice }
}

fn commits(finding: &Finding) -> Vec<String> {
    let mut ids = Vec::new();
    for location in &finding.locations {
        if let Place::Commit { id } | Place::Message { id } = &location.place
            && !ids.contains(id)
        {
            ids.push(id.clone());
        }
    }
    ids
}

fn write(run: &Run<'_>, moment: Moment, options: Options) -> Result<()> {
    let to_stderr = moment != Moment::Scan;
    let is_terminal =
        if to_stderr { std::io::stderr().is_terminal() } else { std::io::stdout().is_terminal() };
    // Only plain text survives the way through `remote:` lines.
    let color = moment != Moment::Receive && color::decide(options.color, &environment(), is_terminal);
    let report: &dyn Report = match options.format {
        Format::Human => &Human { color, verbose: options.verbose },
        Format::Json => &Json::Document,
        Format::Jsonl => &Json::Lines,
        Format::Sarif => &Sarif,
    };
    let mut bytes = Vec::new();
    report.write(&mut bytes, run)?;
    // A clean commit passes unnoticed; a scan somebody asked for says what it did.
    let is_quiet = to_stderr
        && options.format == Format::Human
        && run.blocking.is_empty()
        && run.announce.is_empty()
        && run.coverage.skipped.is_empty()
        && run.coverage.failed.is_empty();
    if is_quiet && !options.verbose {
        return Ok(());
    }
    if to_stderr && options.format == Format::Human {
        std::io::stderr().write_all(&bytes)?
    } else {
        std::io::stdout().write_all(&bytes)?
    }
    Ok(())
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

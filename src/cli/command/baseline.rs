//! `stanch baseline`: what an old repository holds, by value, so that only new secrets block.

use std::collections::HashMap;
use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow, bail, ensure};
use clap::{CommandFactory, Parser, Subcommand};

use super::audit;
use super::hook::{current_directory, open_range};
use crate::cli::edit::{self, Edit};
use crate::cli::settings::{self, Loaded, Whose};
use crate::cli::{Exit, check, parse, say};
use crate::escape::visible;
use crate::finding::Finding;
use crate::finding::baseline::{self, Baseline, Prune};
use crate::numbers::count;
use crate::source::range::{ALL, Range};
use crate::source::{Context, Source, project, repo};

/// Keep what is known from before apart from what is new
#[derive(Debug, Parser)]
#[command(
    name = "stanch baseline",
    after_help = "For a repository that held secrets before stanch came. The baseline names values, not places: a secret in \
                  it may move, another one in its place is caught. Each is still to be revoked; `audit` asks about them one \
                  by one and keeps the answers.\n\n\
                  stanch baseline create && git add .stanch-baseline .gitattributes && git commit -m \"what was here before\""
)]
struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Write down every secret that HEAD holds
    Create {
        /// Every commit that any branch or tag leads to as well
        #[arg(long)]
        history: bool,
    },
    /// Add what came, take out what is gone, keep the answers
    Update {
        /// Only take out what is gone
        #[arg(long)]
        prune_only: bool,
    },
    /// List the entries: answer, rule, and where each stands
    Show,
    /// Ask about each entry: real, false alarm, rotated
    Audit {
        /// Ask again about those that have an answer
        #[arg(long)]
        all: bool,
    },
}

pub(in crate::cli) fn define() -> clap::Command {
    Args::command()
}

pub(in crate::cli) fn run(args: &[OsString]) -> Result<Exit> {
    let args: Args = match parse("baseline", args) {
        Ok(args) => args,
        Err(exit) => return Ok(exit),
    };
    let mut desk = Desk::open()?;
    match args.what {
        What::Create { history } => desk.create(history),
        What::Update { prune_only } => desk.update(prune_only),
        What::Show => desk.show(),
        What::Audit { all } => {
            let known = desk.existing()?;
            refuse_faults(&known, &desk.loaded.settings.baseline.value)?;
            let mut found = desk.found(baseline::holds_history(&known))?;
            check::hide_in(&mut found, &desk.loaded.catalogue);
            audit::run(&desk.file, &known, &found, all)?;
            Ok(Exit::Clean)
        }
    }
}

/// What all of them work with.
struct Desk {
    cwd: PathBuf,
    root: PathBuf,
    file: PathBuf,
    loaded: Loaded,
}

impl Desk {
    fn open() -> Result<Desk> {
        let cwd = current_directory()?;
        let root = repo::layout(&cwd)?.work_tree.ok_or_else(|| {
            anyhow!("a bare repository has no files\nnext: make the baseline where they are checked out")
        })?;
        let loaded = settings::load(&cwd, &Whose::Disk)?;
        let policy = &loaded.settings.policy.baseline;
        ensure!(policy.value, "a baseline would not count: {} turns baselines off", policy.origin);
        let file = root.join(&loaded.settings.baseline.value);
        Ok(Desk { cwd, root, file, loaded })
    }

    fn existing(&self) -> Result<Vec<u8>> {
        settings::read_file(&self.file)?.ok_or_else(|| {
            anyhow!("there is no {}\nnext: stanch baseline create", self.loaded.settings.baseline.value)
        })
    }

    fn create(&mut self, history: bool) -> Result<Exit> {
        if let Some(known) = settings::read_file(&self.file)? {
            let entries = Baseline::new(&known).entries().count();
            ensure!(
                entries == 0,
                "{} is there, with {entries} entries\nnext: stanch baseline update",
                self.loaded.settings.baseline.value
            );
        }
        let found = self.found(history)?;
        let mut text = baseline::create(&found);
        if history {
            text = baseline::with_history(&text);
        }
        self.save(
            &text,
            &format!(
                "{} that {} here before",
                count(found.len(), "secret"),
                if found.len() == 1 { "was" } else { "were" }
            ),
        )
    }

    fn update(&mut self, prune_only: bool) -> Result<Exit> {
        let known = self.existing()?;
        refuse_faults(&known, &self.loaded.settings.baseline.value)?;
        let mut found = self.found(baseline::holds_history(&known))?;
        if prune_only {
            let old = Baseline::new(&known);
            found.retain(|finding| old.find(&finding.fingerprint, finding.rule.id).is_some());
        }
        let updated = baseline::update(&known, &found, Prune::Yes);
        self.save(&updated.text, &format!("{} added, {} gone", updated.added, updated.pruned))
    }

    fn save(&self, text: &str, what: &str) -> Result<Exit> {
        let name = &self.loaded.settings.baseline.value;
        let edit = Edit::of(&self.file, |_| Ok(text.to_owned()))?;
        let out = &mut std::io::stdout();
        edit.save(&mut std::io::sink())?;
        writeln!(out, "{name}: {what}")?;
        let attributes = edit::let_merge(&self.root, name, out)?;
        if !edit.is_empty() || !attributes.is_empty() {
            let name = edit::from_top(name);
            writeln!(out, "it holds once it is committed: git add {name}{attributes} && git commit")?;
        }
        Ok(Exit::Clean)
    }

    /// What would block, were there no baseline: in HEAD's files, or in all of history.
    fn found(&mut self, history: bool) -> Result<Vec<Finding>> {
        ensure!(
            history || project::commit_id(&Context::new(&self.cwd), "HEAD")?.is_some(),
            "nothing has been committed here yet\nnext: commit what is here first; what it holds is found then"
        );
        let mut source: Box<dyn Source> = if history {
            Box::new(open_range(&[ALL.to_owned()], &[])?)
        } else {
            Box::new(Range::files_of(&Context::new(&self.cwd), "HEAD")?)
        };
        self.loaded.rooted = Default::default();
        let mut gathered = check::look(source.as_mut(), &self.loaded)?;
        check::rule(&mut gathered, &self.loaded);
        let split = check::judge(&mut gathered, &self.loaded, &[])?;
        Ok(split.blocking.into_iter().filter(|finding| finding.confidence.blocks()).collect())
    }

    fn show(&mut self) -> Result<Exit> {
        let known = self.existing()?;
        let found = self.found(baseline::holds_history(&known))?;
        let at: HashMap<(&str, &str), &Finding> =
            found.iter().map(|finding| ((finding.fingerprint.as_str(), finding.rule.id), finding)).collect();
        let out = &mut std::io::stdout();
        let (mut count, mut gone) = (0, 0);
        for entry in Baseline::new(&known).entries() {
            let place = match at.get(&(entry.fingerprint, entry.rule)) {
                Some(finding) => place(finding),
                None => {
                    gone += 1;
                    "gone".to_owned()
                }
            };
            count += 1;
            let note = if entry.note.is_empty() { "no answer" } else { entry.note };
            writeln!(out, "{}  {}  {}  {}", entry.fingerprint, entry.rule, visible(&place), visible(note))?;
        }
        writeln!(
            out,
            "{count} known, {gone} gone{}",
            if gone > 0 { "; `stanch baseline update` takes those out" } else { "" }
        )?;
        for (line, text) in Baseline::new(&known).faults() {
            writeln!(out, "line {line} is no entry: {}", visible(&text))?;
        }
        Ok(Exit::Clean)
    }
}

/// Refuses to write anew a baseline, called `name`, of which a line is no entry: what a conflict left would be lost, and
/// with it an answer.
pub(super) fn refuse_faults(known: &[u8], name: &str) -> Result<()> {
    let faults = Baseline::new(known).faults();
    let Some((line, text)) = faults.first() else { return Ok(()) };
    bail!(
        "{name}:{line}: `{}` is no entry\nwhy: updating would drop it\nnext: resolve the conflict, or take the line out",
        visible(text)
    )
}

/// `path:line`, and how many more.
pub(super) fn place(finding: &Finding) -> String {
    let Some(first) = finding.locations.first() else { return String::new() };
    let more = match finding.locations.len() {
        1 => String::new(),
        many => format!(" and {} more", many - 1),
    };
    say::masked(format!("{}:{}{more}", first.path, first.line))
}

/// Writes a baseline's text.
pub(super) fn write(file: &Path, text: &str) -> Result<()> {
    Edit::of(file, |_| Ok(text.to_owned()))?.save(&mut std::io::sink())
}

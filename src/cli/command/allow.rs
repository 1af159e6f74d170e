//! `stanch allow`: let a false alarm pass from now on, bound to the value and the rule, with a reason.

use std::ffi::OsString;
use std::io::Write;
use std::path::PathBuf;

use anyhow::{Context as _, Result, anyhow, bail, ensure};
use bstr::ByteSlice;
use clap::{CommandFactory, Parser};

use super::hook::current_directory;
use crate::cli::gather::{Depth, gather};
use crate::cli::settings::{self, FILE, Whose};
use crate::cli::{Exit, check, parse};
use crate::finding::allowlist::{self, Entry};
use crate::finding::{Finding, fingerprint, matches_prefix};
use crate::source::files::Files;
use crate::source::staged::Staged;
use crate::source::{Context, Source, repo};

/// Let a false alarm pass from now on
#[derive(Debug, Parser)]
#[command(
    name = "stanch allow",
    after_help = "Writes an entry to `.stanch.yaml` that is bound to the value and its rule: it holds wherever the value \
                  moves, and for no other value. A commit is judged by the settings that HEAD has, so commit the entry \
                  first: git commit .stanch.yaml"
)]
struct Args {
    /// The id that the card shows, or its first eight characters
    #[arg(required_unless_present = "last")]
    id: Option<String>,
    /// Everything that the hook stops now
    #[arg(long, conflicts_with = "id")]
    last: bool,
    /// Why this is fine
    #[arg(long)]
    reason: String,
    /// Only below these paths, as a glob
    #[arg(long, value_name = "GLOB", default_value = "")]
    path: String,
    /// For so many days: 90d
    #[arg(long, value_name = "DAYS", value_parser = parse_days)]
    expires: Option<u32>,
}

fn parse_days(text: &str) -> Result<u32, String> {
    text.trim_end_matches('d').parse().map_err(|_| "write a number of days, for instance 90d".to_owned())
}

pub(in crate::cli) fn define() -> clap::Command {
    Args::command()
}

pub(in crate::cli) fn run(args: &[OsString]) -> Result<Exit> {
    let args: Args = match parse("allow", args) {
        Ok(args) => args,
        Err(exit) => return Ok(exit),
    };
    ensure!(
        !args.reason.trim().is_empty(),
        "the reason is empty\nnext: say why this is fine, for whoever reads it later"
    );
    let cwd = current_directory()?;
    let layout = repo::layout(&cwd)?;
    let root = layout.work_tree.ok_or_else(|| anyhow!("a bare repository has no {FILE}"))?;
    let wanted =
        |finding: &Finding| args.id.as_deref().is_none_or(|id| matches_prefix(&finding.fingerprint, id));
    let mut found = look(&mut Staged::open(&Context::new(&cwd))?, &cwd)?;
    found.retain(wanted);
    if found.is_empty() && args.id.is_some() {
        found = look(&mut Files::new(vec![PathBuf::from(".")]), &cwd)?;
        found.retain(wanted);
    }
    if found.is_empty() {
        bail!(
            "nothing here has that id\nnext: stage the file again and run `stanch scan --staged` to see the ids"
        );
    }
    if args.id.is_some() && found.len() > 1 {
        bail!("{} findings begin with that id\nnext: give all of it", found.len());
    }
    write(&args, &found, &root.join(FILE), &author(&cwd))?;
    Ok(Exit::Clean)
}

fn look(source: &mut dyn Source, cwd: &std::path::Path) -> Result<Vec<Finding>> {
    let loaded = settings::load(cwd, &Whose::Disk)?;
    Ok(gather(source, &loaded.catalogue, &|_| Depth::All)?.findings)
}

fn write(args: &Args, found: &[Finding], file: &std::path::Path, author: &str) -> Result<()> {
    let mut text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(error).with_context(|| format!("cannot read {}", file.display())),
    };
    let today = check::today();
    let mut out = std::io::stdout();
    for finding in found {
        let entry = Entry {
            id: finding.fingerprint.clone(),
            rule: finding.rule.id.to_owned(),
            path: args.path.clone(),
            reason: args.reason.trim().to_owned(),
            by: author.to_owned(),
            on: Some(today),
            until: args.expires.map(|days| today.plus(days)),
        };
        text = allowlist::add(&text, &entry).map_err(settings::faulty)?;
        writeln!(out, "+ {}", entry.line())?;
    }
    std::fs::write(file, &text).with_context(|| format!("cannot write {}", file.display()))?;
    let ids: Vec<&str> = found.iter().map(|finding| fingerprint::short(&finding.fingerprint)).collect();
    writeln!(
        out,
        "allowed {}; a commit is judged by what HEAD has, so commit the entry first:",
        ids.join(", ")
    )?;
    writeln!(out, "  git add {FILE} && git commit {FILE} -m \"allow {}\"", ids.join(", "))?;
    Ok(())
}

/// Whose entry it is: git's `user.name`.
fn author(cwd: &std::path::Path) -> String {
    let settings = repo::git_config(cwd, "user.").unwrap_or_default();
    let name = settings.into_iter().rev().find(|setting| setting.key == "user.name");
    name.and_then(|setting| setting.value).map(|name| name.to_str_lossy().into_owned()).unwrap_or_default()
}

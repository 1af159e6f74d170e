//! `stanch agent-hook`: what a coding agent asks before it runs a tool, sends a prompt or reads an output.

use std::ffi::OsString;
use std::io::{Read, Write};
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use clap::{CommandFactory, Parser};

use super::hook::current_directory;
use crate::cli::agent::payload::{self, Call, Moment};
use crate::cli::agent::{reply, shell};
use crate::cli::settings::{self, Whose};
use crate::cli::{Exit, check, parse, show};
use crate::finding::Finding;
use crate::install::agent::Agent;
use crate::source::disk;
use crate::source::given::Given;
use crate::source::{Context, DEFAULT_MAX_BYTES, repo};

/// Look into what a coding agent is about to do
///
/// Reads the agent's JSON on standard input and answers in the agent's own form; `stanch install --agent`
/// sets it up. Denies what holds a secret, and nothing else unless told. Exit status: 0, or 2 when stanch
/// could not look, which agents take as a refusal.
#[derive(Debug, Parser)]
#[command(name = "stanch agent-hook")]
struct Args {
    /// Whose form: claude, codex, cursor, copilot or gemini; known by the message when nothing is said
    #[arg(long, value_name = "NAME")]
    agent: Option<Agent>,
    /// Deny commands that run git around its hooks too, such as `git commit --no-verify`
    #[arg(long)]
    deny_bypass: bool,
}

pub(in crate::cli) fn define() -> clap::Command {
    Args::command()
}

pub(in crate::cli) fn run(args: &[OsString]) -> Result<Exit> {
    let args: Args = match parse("agent-hook", args) {
        Ok(args) => args,
        Err(exit) => return Ok(exit),
    };
    let mut message = Vec::new();
    let limit = DEFAULT_MAX_BYTES + 1;
    std::io::stdin().take(limit).read_to_end(&mut message).context("cannot read the agent's message")?;
    if message.len() as u64 == limit {
        bail!("the agent's message is larger than any that stanch looks into, so it does not pass");
    }
    let answer = match payload::parse(&message, args.agent)? {
        Some(call) => answer(call, args.deny_bypass)?,
        None => reply::nothing(),
    };
    writeln!(std::io::stdout(), "{answer}")?;
    Ok(Exit::Clean)
}

fn answer(mut call: Call, deny_bypass: bool) -> Result<serde_json::Value> {
    let cwd = match call.folder.as_ref().filter(|folder| folder.is_dir()) {
        Some(folder) => folder.clone(),
        None => current_directory()?,
    };
    take_what_is_there(&mut call, &cwd)?;
    // As HEAD has it: what an agent writes cannot switch off its own check.
    // Where that is faulty the agent may be at mending it; its commits are still stopped by the hooks.
    let context = Context::new(cwd);
    let is_clear = repo::git_dir(&context).is_ok() && !settings::head_is_faulty(&context)?;
    let whose = if is_clear { Whose::Head } else { Whose::Nobody };
    let mut found: Vec<Finding> = Vec::new();
    // Each by itself: what an edit takes out of a file has not moved into a command.
    for text in std::mem::take(&mut call.texts) {
        let mut given = Given::new(vec![text]);
        let gathered = check::examine(&mut given, &context, show::Moment::Agent, &whose)?;
        found.extend(gathered.findings.into_iter().filter(|finding| finding.confidence.blocks()));
    }
    let found: Vec<&Finding> = found.iter().collect();
    if !found.is_empty() {
        return refusal(&call, &reply::reason(call.moment, &found));
    }
    let way = call.command.as_deref().filter(|_| deny_bypass && call.moment == Moment::Before);
    match way.and_then(shell::bypass) {
        Some(way) => refusal(
            &call,
            &format!(
                "stanch stopped this: {way}. Run it without that. When the hook finds a secret, take it out as it \
                 says; when that is a false alarm, ask the person to allow it."
            ),
        ),
        None => Ok(reply::nothing()),
    }
}

/// The answer that stops the call.
///
/// # Errors
/// Where no answer to the event is known, with the reason: the exit status stops it then.
fn refusal(call: &Call, reason: &str) -> Result<serde_json::Value> {
    if call.is_known { Ok(reply::deny(call, reason)) } else { bail!("{reason}") }
}

/// A file that is written whole takes the place of what it holds now.
fn take_what_is_there(call: &mut Call, cwd: &Path) -> Result<()> {
    let Some(path) = call.overwrites.as_ref().map(|path| cwd.join(path)) else { return Ok(()) };
    // What is no file, or cannot be read, holds nothing that could be old.
    let Ok(file) = disk::open_regular(&path) else { return Ok(()) };
    if let Some(text) = call.texts.first_mut() {
        let mut old = Vec::new();
        file.take(DEFAULT_MAX_BYTES + 1)
            .read_to_end(&mut old)
            .with_context(|| format!("cannot read {}", path.display()))?;
        text.old = if old.len() as u64 > DEFAULT_MAX_BYTES { Vec::new() } else { old };
    }
    Ok(())
}

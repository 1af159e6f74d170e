//! `stanch hook EVENT`: what git and the hook managers call. Parsed by hand, since a commit waits for it.

use std::ffi::OsString;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use bstr::{BString, ByteSlice};

use crate::catalogue::Confidence;
use crate::cli::gather::{Wanted, gather};
use crate::cli::{Exit, settings, show};
use crate::source::staged::Staged;
use crate::source::stdin::Stream;
use crate::source::{Context, Source};

/// For help and the manual.
pub(in crate::cli) fn define() -> clap::Command {
    clap::Command::new("hook")
        .about("What git calls; see `stanch install`")
        .arg(
            clap::Arg::new("event")
                .required(true)
                .help("pre-commit, pre-merge-commit, commit-msg, pre-push, pre-receive or update"),
        )
        .arg(clap::Arg::new("args").num_args(0..).help("What git passes to the hook"))
}

/// Runs one event.
pub(in crate::cli) fn run(args: &[OsString]) -> Result<Exit> {
    let event = args.first().and_then(|event| event.to_str()).unwrap_or_default();
    let rest = args.get(1..).unwrap_or_default();
    match event {
        "pre-commit" => staged(Vec::new()),
        "pre-merge-commit" => staged(merge_heads()),
        "commit-msg" => message(rest),
        "--help" | "-h" => {
            define().print_help()?;
            Ok(Exit::Clean)
        }
        _ => bail!(
            "there is no hook `{event}`\nnext: the hooks are pre-commit, pre-merge-commit, commit-msg, pre-push, pre-receive and update"
        ),
    }
}

/// What the index adds to HEAD, or to each parent of a merge.
fn staged(merge_parents: Vec<String>) -> Result<Exit> {
    let cwd = current_directory()?;
    let mut context = Context::new(&cwd);
    context.merge_parents = merge_parents;
    let mut source = Staged::open(&context)?;
    finish(&mut source, &cwd, show::Moment::Commit)
}

/// The message file that git is about to use.
fn message(args: &[OsString]) -> Result<Exit> {
    let path = args
        .first()
        .map(PathBuf::from)
        .ok_or_else(|| anyhow!("git passed no message file to the commit-msg hook"))?;
    let bytes = std::fs::read(&path)
        .with_context(|| format!("cannot read the commit message in {}", path.display()))?;
    let mut source = Stream::new(&bytes[..], "commit message", bytes.len() as u64 + 1);
    finish(&mut source, &current_directory()?, show::Moment::Commit)
}

fn finish(source: &mut dyn Source, root: &Path, moment: show::Moment) -> Result<Exit> {
    let catalogue = settings::catalogue(root)?;
    let wanted = Wanted { path: &|_| true, least: Confidence::Low };
    let gathered = gather(source, &catalogue, &wanted)?;
    show::findings(&gathered, moment, show::Options::default())
}

/// The parents that a merge brings, from `GITHEAD_<id>`: at pre-merge-commit there is no MERGE_HEAD yet.
fn merge_heads() -> Vec<String> {
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    names.filter_map(|name| name.strip_prefix("GITHEAD_").map(str::to_owned)).collect()
}

pub(in crate::cli) fn current_directory() -> Result<PathBuf> {
    std::env::current_dir().context("cannot tell the current directory; was it removed?")
}

#[expect(dead_code, reason = "used by the push hooks")]
fn all_of_stdin() -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::io::stdin().read_to_end(&mut bytes).context("cannot read what git passes to the hook")?;
    Ok(bytes)
}

#[expect(dead_code, reason = "used by the framework hooks")]
fn names(args: &[OsString]) -> Vec<BString> {
    args.iter().map(|arg| arg.as_encoded_bytes().as_bstr().to_owned()).collect()
}

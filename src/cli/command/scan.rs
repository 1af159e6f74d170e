//! `stanch scan`: look for secrets in files, the index or a stream.

use std::ffi::OsString;
use std::path::PathBuf;

use anyhow::Result;
use clap::{CommandFactory, Parser};

use super::hook::current_directory;
use crate::catalogue::Confidence;
use crate::cli::gather::{Wanted, gather};
use crate::cli::{Exit, parse, settings, show};
use crate::source::files::Files;
use crate::source::staged::Staged;
use crate::source::stdin::Stream;
use crate::source::{Context, DEFAULT_MAX_BYTES, Source};

/// Look for secrets in files, the index or a stream
#[derive(Debug, Parser)]
#[command(name = "stanch scan")]
struct Args {
    /// Files and directories; the current directory when nothing is named
    paths: Vec<PathBuf>,
    /// What the next commit would record, as the hook sees it
    #[arg(long, conflicts_with = "paths")]
    staged: bool,
    /// What standard input holds
    #[arg(long, conflicts_with_all = ["paths", "staged"])]
    stdin: bool,
    /// The file name that tells standard input's syntax
    #[arg(long, value_name = "NAME", default_value = "stdin", requires = "stdin")]
    stdin_filename: String,
}

pub(in crate::cli) fn define() -> clap::Command {
    Args::command()
}

pub(in crate::cli) fn run(args: &[OsString]) -> Result<Exit> {
    let args: Args = match parse("scan", args) {
        Ok(args) => args,
        Err(exit) => return Ok(exit),
    };
    let cwd = current_directory()?;
    let mut source: Box<dyn Source> = if args.staged {
        Box::new(Staged::open(&Context::new(&cwd))?)
    } else if args.stdin {
        Box::new(Stream::new(std::io::stdin().lock(), args.stdin_filename.as_str(), DEFAULT_MAX_BYTES))
    } else {
        let paths = if args.paths.is_empty() { vec![PathBuf::from(".")] } else { args.paths };
        Box::new(Files::new(paths))
    };
    let catalogue = settings::catalogue(&cwd)?;
    let wanted = Wanted { path: &|_| true, least: Confidence::Low };
    let gathered = gather(source.as_mut(), &catalogue, &wanted)?;
    let moment = if args.staged { show::Moment::Commit } else { show::Moment::Scan };
    show::findings(&gathered, moment, show::Options::default())
}

//! `stanch scan`: look for secrets in files, the index, commits or a stream.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{CommandFactory, Parser};

use super::hook::{current_directory, open_range, parse_range};
use crate::cli::output::{Format, Wanted, parse_wanted};
use crate::cli::past::{self, Asked};
use crate::cli::settings::Whose;
use crate::cli::show::{Actions, Moment, Options, ShowSecrets};
use crate::cli::{Exit, check, output, parse};
use crate::config;
use crate::report::color;
use crate::source::archive;
use crate::source::files::{Files, Ignored};
use crate::source::history::{Extent, Shard};
use crate::source::staged::Staged;
use crate::source::stdin::Stream;
use crate::source::{Context, Source, repo};

/// Look for secrets in files, the index, commits or a stream
///
/// Archives (zip, jar, docx, tar, gzip, zstd, xz, bzip2), container images and notebooks are looked into,
/// wherever they stand. What was not looked into is named at the end.
#[derive(Debug, Parser)]
#[command(
    name = "stanch scan",
    override_usage = "stanch scan [OPTIONS] [PATHS]...\n       \
                      stanch scan [OPTIONS] --staged | --stdin | --image PATH | --since REV | --range A..B\n       \
                      stanch scan [OPTIONS] --history [A..B] | --repos FILE"
)]
struct Args {
    /// Files and directories; the current directory when nothing is named
    paths: Vec<PathBuf>,
    /// Read files that .gitignore names too
    #[arg(long)]
    no_ignore: bool,
    /// Leave out files larger than this, for instance 20MiB
    #[arg(long, value_name = "SIZE", value_parser = config::parse_bytes)]
    max_bytes: Option<u64>,
    /// Threads to read and scan with; all cores when not given
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    jobs: Option<u16>,
    #[command(flatten)]
    what: What,
    /// The file whose content standard input is: its name tells the syntax, and settings for its path count
    #[arg(long, value_name = "NAME")]
    stdin_filename: Option<String>,
    #[command(flatten)]
    past: PastArgs,
    #[command(flatten)]
    how: How,
}

/// How to go through histories
#[derive(Debug, clap::Args)]
struct PastArgs {
    /// Scan part K of N: of the contents of a history, or of the repositories of a list
    #[arg(long, value_name = "K/N", value_parser = parse_shard)]
    shard: Option<Shard>,
    /// Do not scan again what was clean under the same rules; kept in git's directory, or in FILE
    #[arg(long, value_name = "FILE", num_args = 0..=1, require_equals = true)]
    cache: Option<Option<PathBuf>>,
    /// List the file versions with secrets for `git filter-repo --strip-blobs-with-ids`
    #[arg(long, value_name = "FILE")]
    filter_repo_file: Option<PathBuf>,
    /// What no branch, tag, reflog or index leads to any more: `yes` scans it with the rest, as without this
    /// option; `no` leaves it out; `only` scans nothing else
    #[arg(long, value_name = "WHEN", num_args = 0..=1, require_equals = true, default_missing_value = "yes")]
    unreachable: Option<Unreachable>,
}

/// What to do with objects that git only keeps until it collects garbage.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Unreachable {
    Yes,
    No,
    Only,
}

impl PastArgs {
    fn is_empty(&self) -> bool {
        self.shard.is_none()
            && self.cache.is_none()
            && self.filter_repo_file.is_none()
            && self.unreachable.is_none()
    }

    /// What of a history is scanned, and whose settings count.
    fn extent(&self, range: Option<&str>) -> Result<(Extent, Whose)> {
        let extent = match (range, self.unreachable) {
            (Some(_), Some(_)) => {
                bail!("`--unreachable` goes with a whole history: commits lead to all of a range")
            }
            (Some(range), None) => {
                let (include, exclude) = parse_range(range)?;
                let whose = Whose::of_range(&exclude, include.first().map_or("HEAD", String::as_str));
                return Ok((Extent::Between { include, exclude }, whose));
            }
            (None, None | Some(Unreachable::Yes)) => Extent::All,
            (None, Some(Unreachable::No)) => Extent::Reachable,
            (None, Some(Unreachable::Only)) => Extent::Unreachable,
        };
        Ok((extent, Whose::Disk))
    }
}

fn parse_shard(text: &str) -> Result<Shard, String> {
    let parts = text.split_once('/').and_then(|(at, of)| Some((at.parse().ok()?, of.parse().ok()?)));
    match parts {
        Some((at, of)) if at >= 1 && at <= of => Ok(Shard { at, of }),
        _ => Err("write K/N, for instance 2/8: part 2 of 8".to_owned()),
    }
}

impl Args {
    /// Whether every file of the repository is looked at.
    fn is_whole(&self, cwd: &Path) -> bool {
        let what = &self.what;
        let is_files = !what.staged
            && !what.stdin
            && what.since.is_none()
            && what.range.is_none()
            && what.history.is_none()
            && what.repos.is_none();
        let Some(root) = repo::layout(cwd).ok().and_then(|layout| layout.work_tree).filter(|_| is_files)
        else {
            return false;
        };
        let is_root = |path: &Path| path.canonicalize().ok() == root.canonicalize().ok();
        if self.paths.is_empty() { is_root(cwd) } else { self.paths.iter().any(|path| is_root(path)) }
    }
}

/// What to look into, instead of files
#[derive(Debug, clap::Args)]
#[group(multiple = false)]
struct What {
    /// What the next commit would record, as the hook sees it
    #[arg(long, conflicts_with = "paths")]
    staged: bool,
    /// What standard input holds
    #[arg(long, conflicts_with = "paths")]
    stdin: bool,
    /// A container image: what `docker save` wrote, or an OCI layout (tar or directory)
    #[arg(long, value_name = "PATH", conflicts_with = "paths")]
    image: Option<PathBuf>,
    /// Every commit that HEAD has and REV has not
    #[arg(long, value_name = "REV", conflicts_with = "paths")]
    since: Option<String>,
    /// Every commit of A..B
    #[arg(long, value_name = "A..B", conflicts_with = "paths")]
    range: Option<String>,
    /// All that the repository still holds: branches, tags, stash, notes, reflogs, messages, names, the
    /// index and objects that nothing leads to; or, with a value, what the commits of A..B brought
    #[arg(long, value_name = "A..B", num_args = 0..=1)]
    history: Option<Option<String>>,
    /// The histories of all repositories of a list, one path a line
    #[arg(long, value_name = "FILE", conflicts_with = "paths")]
    repos: Option<PathBuf>,
}

impl What {
    /// In one word: keeps the reports of different kinds of run apart.
    fn mode(&self) -> &'static str {
        match self {
            What { staged: true, .. } => "staged",
            What { stdin: true, .. } => "stdin",
            What { image: Some(_), .. } => "image",
            What { history: Some(_), .. } | What { repos: Some(_), .. } => "history",
            What { since: Some(_), .. } | What { range: Some(_), .. } => "range",
            _ => "files",
        }
    }
}

/// How to report
#[derive(Debug, clap::Args)]
pub(super) struct How {
    /// Form of the report; human when nothing is said
    #[arg(short, long, value_enum, visible_alias = "output-format")]
    format: Option<Format>,
    /// Write the report to a file; standard error still tells how it went
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write a further report, for instance sarif=stanch.sarif; `-` is standard output; may be repeated
    #[arg(long, value_name = "FORMAT=PATH", value_parser = parse_wanted)]
    report: Vec<Wanted>,
    /// When to colour
    #[arg(long, value_name = "WHEN", default_value = "auto", value_parser = color_parser())]
    color: color::Choice,
    /// List weak signs too
    #[arg(short, long)]
    verbose: bool,
    /// One line a finding
    #[arg(short, long, conflicts_with = "verbose")]
    quiet: bool,
    /// Write secrets whole, to a terminal only; `force`: into a pipe or file too
    #[arg(
        long, value_enum, value_name = "force", num_args = 0..=1, require_equals = true,
        default_missing_value = "terminal", hide_possible_values = true
    )]
    show_secrets: Option<ShowSecrets>,
    /// Exit with 0 even when secrets were found
    #[arg(long)]
    exit_zero: bool,
    /// Expired and repeated allow entries, and markers that do nothing, count as findings
    #[arg(long)]
    strict: bool,
}

impl How {
    /// `mode` says in one word what is looked into.
    pub(super) fn options(&self, mode: &'static str) -> Options {
        Options {
            format: self.format.unwrap_or_default(),
            color: self.color,
            verbose: self.verbose,
            quiet: self.quiet,
            exit_zero: self.exit_zero,
            output: self.output.clone(),
            reports: self.report.clone(),
            mode: Some(mode),
            strict: self.strict,
            is_whole: false,
            jobs: None,
            max_bytes: None,
            show_secrets: self.show_secrets,
            actions: None,
        }
    }

    /// The same in a CI job. On GitHub Actions annotations and a step summary are added, unless a format
    /// was chosen.
    pub(super) fn options_in_ci(&self, read: &dyn Fn(&str) -> Option<String>) -> Options {
        let mut options = self.options("ci");
        if self.format.is_none() && read("GITHUB_ACTIONS").as_deref() == Some("true") {
            options.actions = Some(Actions { summary: read("GITHUB_STEP_SUMMARY").map(PathBuf::from) });
        }
        options
    }
}

/// Reads `--color`; help and completions name the values.
pub(super) fn color_parser() -> impl TypedValueParser<Value = color::Choice> {
    PossibleValuesParser::new(["auto", "always", "never"]).map(|word| match word.as_str() {
        "always" => color::Choice::Always,
        "never" => color::Choice::Never,
        _ => color::Choice::Auto,
    })
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
    let mut options = args.how.options(args.what.mode());
    options.jobs = args.jobs.map(usize::from);
    options.max_bytes = args.max_bytes;
    let What { history, repos, .. } = &args.what;
    elsewhere(&args)?;
    if history.is_some() || repos.is_some() {
        let (extent, whose) = args.past.extent(history.iter().flatten().next().map(String::as_str))?;
        let PastArgs { shard, cache, filter_repo_file: filter, .. } = args.past;
        let shard = shard.unwrap_or(Shard::WHOLE);
        let asked = Asked { repos: args.what.repos, extent, whose, shard, cache, filter };
        return past::run(&cwd, &asked, &options);
    }
    if !args.past.is_empty() {
        bail!(
            "`--shard`, `--cache`, `--filter-repo-file` and `--unreachable` go with `--history` or `--repos`"
        );
    }
    if args.stdin_filename.is_some() && !args.what.stdin {
        bail!("`--stdin-filename` goes with `--stdin`");
    }
    let moment = if args.what.staged { Moment::Staged } else { Moment::Scan };
    let whose = match (&args.what.since, &args.what.range) {
        (Some(since), _) => Whose::of_range(std::slice::from_ref(since), "HEAD"),
        (_, Some(range)) => {
            let (include, exclude) = parse_range(range)?;
            Whose::of_range(&exclude, include.first().map_or("HEAD", String::as_str))
        }
        _ if args.what.staged => Whose::Head,
        _ => Whose::Disk,
    };
    options.is_whole = args.is_whole(&cwd);
    if args.what.mode() == "files" {
        output::check_scanned(&options, &scanned(&args))?;
    }
    check::run(open(&args)?.as_mut(), &Context::new(cwd), moment, &options, &whose)
}

/// Tells how to say what was meant, where a folder stands for a repository or a dash for standard input.
fn elsewhere(args: &Args) -> Result<()> {
    let range = args.what.history.iter().flatten().next().map(Path::new);
    let named = args.paths.first().filter(|_| args.what.history.is_some()).map(PathBuf::as_path);
    if let Some(folder) = named.or(range.filter(|range| range.is_dir())) {
        let folder = folder.display();
        bail!(
            "`--history` goes through the repository around the current folder, all of it\n\
             next: `stanch -C {folder} scan --history`, or `stanch scan --repos FILE` with a list of repositories"
        );
    }
    if args.paths.iter().any(|path| path.as_os_str() == "-" && !path.exists()) {
        bail!("there is no file `-`\nnext: `stanch scan --stdin` reads standard input");
    }
    Ok(())
}

/// The files and folders to scan.
fn scanned(args: &Args) -> Vec<PathBuf> {
    if args.paths.is_empty() { vec![PathBuf::from(".")] } else { args.paths.clone() }
}

fn open(args: &Args) -> Result<Box<dyn Source>> {
    let what = &args.what;
    let max_bytes = args.max_bytes.unwrap_or(u64::MAX);
    if what.staged {
        return Ok(Box::new(Staged::open(&Context::new(current_directory()?))?));
    }
    if what.stdin {
        let stdin = std::io::stdin().lock();
        return Ok(match args.stdin_filename.as_deref() {
            Some(name) => Box::new(Stream::of_file(stdin, name, max_bytes)),
            None => Box::new(Stream::new(stdin, "stdin", max_bytes)),
        });
    }
    if let Some(image) = &what.image {
        return open_image(image.clone());
    }
    if let Some(since) = &what.since {
        return Ok(Box::new(open_range(&["HEAD".to_owned()], std::slice::from_ref(since))?));
    }
    if let Some(range) = &what.range {
        let (include, exclude) = parse_range(range)?;
        return Ok(Box::new(open_range(&include, &exclude)?));
    }
    let paths = scanned(args);
    let ignored = if args.no_ignore { Ignored::Read } else { Ignored::LeftOut };
    Ok(Box::new(Files::new(paths).ignored(ignored).max_bytes(max_bytes)))
}

fn open_image(path: PathBuf) -> Result<Box<dyn Source>> {
    let is_image = archive::is_image(&path).with_context(|| format!("cannot look at {}", path.display()))?;
    if !is_image {
        bail!(
            "{} is no container image\nwhy: it has neither a `manifest.json` nor an `index.json` of one\n\
             next: write one with `docker save -o image.tar NAME`",
            path.display()
        );
    }
    Ok(Box::new(Files::new(vec![path]).ignored(Ignored::Read)))
}

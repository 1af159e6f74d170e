//! Where reports go: formats by name, several in one run, files written whole or not at all.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use super::say;
use super::show::{Actions, Moment, Options, ShowSecrets, environment};
use crate::install::draft::{self, Access};
use crate::report::csv::Csv;
use crate::report::github::{Annotations, Summary};
use crate::report::gitlab::{CodeQuality, SecretDetection};
use crate::report::html::Html;
use crate::report::human::{Human, Length};
use crate::report::json::{Json, Shape};
use crate::report::junit::Junit;
use crate::report::reviewdog::Rdjsonl;
use crate::report::sarif::Sarif;
use crate::report::{Report, Run, Secrets, color};
use crate::source::{Why, files};

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(super) enum Format {
    /// Cards for people, on standard output; in a hook, or beside another report there, on standard error.
    #[default]
    Human,
    /// One JSON document.
    Json,
    /// One JSON object a line.
    Jsonl,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// GitLab's secret detection report.
    Gitlab,
    /// GitLab's code quality report.
    GitlabCodequality,
    /// JUnit XML.
    Junit,
    /// Annotations of GitHub Actions.
    Github,
    /// Markdown, for a step summary or a comment.
    Markdown,
    /// A row a place, for spreadsheets.
    Csv,
    /// reviewdog's diagnostics.
    Rdjsonl,
    /// One HTML file, for people who would rather look.
    Html,
}

/// A report beside the main one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    /// Its form.
    pub(super) format: Format,
    /// Its file; `None` for standard output.
    pub(super) path: Option<PathBuf>,
}

/// Parses `FORMAT=PATH`; `-` is standard output.
pub(super) fn parse_wanted(text: &str) -> Result<Wanted, String> {
    let (name, path) = text.split_once('=').ok_or("write FORMAT=PATH, for instance sarif=stanch.sarif")?;
    let format = <Format as clap::ValueEnum>::from_str(name, false).map_err(|_| {
        let names = <Format as clap::ValueEnum>::value_variants().iter().filter_map(|format| {
            clap::ValueEnum::to_possible_value(format).map(|value| value.get_name().to_owned())
        });
        format!("there is no format `{name}`; the formats are {}", names.collect::<Vec<_>>().join(", "))
    })?;
    if path.is_empty() {
        return Err(format!("`{name}=` lacks the path; `-` is standard output"));
    }
    Ok(Wanted { format, path: (path != "-").then(|| PathBuf::from(path)) })
}

/// Refuses what cannot end well, before an hour of scanning: a folder that is missing, one file for two
/// reports, two reports on standard output.
///
/// # Errors
/// With what to change.
pub(super) fn check(options: &Options) -> Result<()> {
    check_secrets(options)?;
    let files: Vec<&Path> = options.files().collect();
    for (at, path) in files.iter().enumerate() {
        if files[..at].contains(path) {
            bail!("two reports would go to {}\nnext: give each a file of its own", path.display());
        }
        if path.is_dir() {
            bail!("cannot write a report to {}: it is a folder", path.display());
        }
        check_folder("a report", path)?;
    }
    let on_stdout = options.reports.iter().filter(|wanted| wanted.path.is_none()).count();
    let main = options.output.is_none() && options.format != Format::Human;
    if on_stdout + usize::from(main) > 1 {
        bail!("two reports would go to standard output\nnext: `--report FORMAT=PATH` puts one into a file");
    }
    Ok(())
}

/// Refuses a file in a folder that is missing.
///
/// # Errors
/// With what to do.
pub(super) fn check_folder(what: &str, path: &Path) -> Result<()> {
    let folder = folder(path);
    if !folder.is_dir() {
        bail!(
            "cannot write {what} to {}: the folder is missing\nnext: mkdir -p {}",
            path.display(),
            folder.display()
        );
    }
    Ok(())
}

/// Refuses reports that would take the place of a file that is scanned: one of `scanned`, or below it and
/// tracked by git.
///
/// # Errors
/// With what to change.
pub(super) fn check_scanned(options: &Options, scanned: &[PathBuf]) -> Result<()> {
    let real = |path: &Path| path.canonicalize().ok().filter(|path| path.is_file());
    let scanned: Vec<PathBuf> = scanned.iter().filter_map(|path| path.canonicalize().ok()).collect();
    for (path, file) in options.files().filter_map(|path| Some((path, real(path)?))) {
        let why = if scanned.contains(&file) {
            "it was named to be scanned"
        } else if scanned.iter().any(|folder| file.starts_with(folder)) && files::is_tracked(&file) {
            "it is scanned, and git tracks it"
        } else {
            continue;
        };
        bail!("a report would replace {}\nwhy: {why}\nnext: name another file", path.display());
    }
    Ok(())
}

/// Secrets are written whole only where the one who asked sits.
fn check_secrets(options: &Options) -> Result<()> {
    let is_seen = options.output.is_none() && io::stdout().is_terminal();
    if options.show_secrets == Some(ShowSecrets::Terminal) && !is_seen {
        bail!(
            "secrets are shown on a terminal only, and this report goes elsewhere\n\
             next: leave `--show-secrets` out, or write `--show-secrets=force` if the secrets may stand there"
        );
    }
    let can = matches!(options.format, Format::Human | Format::Json | Format::Jsonl);
    if options.show_secrets.is_some() && (!can || options.quiet) {
        bail!("only human, json and jsonl reports can show secrets\nnext: leave `--show-secrets` out");
    }
    Ok(())
}

/// Writes every report that was asked for. `false` when one could not be written: that was said then,
/// and the others were still written.
///
/// # Errors
/// When a report cannot be made at all.
pub(super) fn deliver(run: &Run<'_>, moment: Moment, options: &Options) -> Result<bool> {
    let mut is_whole = true;
    for wanted in &options.reports {
        if let Some(path) = &wanted.path {
            let bytes = render(wanted.format, run, Look::plain(options))?;
            is_whole &= told(replace(path, &bytes, Access::Usual).with_context(|| cannot(path)));
        }
    }
    is_whole &= match &options.actions {
        Some(actions) => in_actions(run, moment, options, actions)?,
        None => main_report(run, moment, options)?,
    };
    for wanted in options.reports.iter().filter(|wanted| wanted.path.is_none()) {
        let bytes = render(wanted.format, run, Look::plain(options))?;
        is_whole &= told(print(&mut io::stdout(), &bytes).context("cannot write to standard output"));
    }
    Ok(is_whole)
}

/// In a job of GitHub Actions: the report as text that cannot be a command of the runner, whatever a
/// line of the repository says; then annotations, and the summary of the step.
fn in_actions(run: &Run<'_>, moment: Moment, options: &Options, actions: &Actions) -> Result<bool> {
    use std::hash::{BuildHasher, RandomState};
    let word = || RandomState::new().hash_one(std::process::id());
    let token = format!("stanch-{:016x}{:016x}", word(), word());
    let say = |text: String| {
        told(print(&mut io::stdout(), text.as_bytes()).context("cannot write to standard output"))
    };
    let mut is_whole = say(format!("::stop-commands::{token}\n"));
    is_whole &= main_report(run, moment, options)?;
    is_whole &= say(format!("::{token}::\n"));
    let bytes = render(Format::Github, run, Look::plain(options))?;
    is_whole &= told(print(&mut io::stdout(), &bytes).context("cannot write to standard output"));
    if let Some(path) = &actions.summary {
        let bytes = render(Format::Markdown, run, Look::plain(options))?;
        let file = OpenOptions::new().append(true).create(true).open(path);
        let written = file.and_then(|mut file| file.write_all(&bytes));
        is_whole &=
            told(written.with_context(|| format!("cannot add to the step summary {}", path.display())));
    }
    Ok(is_whole)
}

/// The report of `--format`, where `--output` says, or where the moment's custom is.
fn main_report(run: &Run<'_>, moment: Moment, options: &Options) -> Result<bool> {
    if let Some(path) = &options.output {
        let bytes = render(options.format, run, Look::plain(options).showing(options))?;
        // Secrets are for who asked for them.
        let access = if options.show_secrets.is_some() { Access::Private } else { Access::Usual };
        let is_whole = told(replace(path, &bytes, access).with_context(|| cannot(path)));
        // Whoever stands at the terminal still sees how it went.
        let color = colors(moment, options, io::stderr().is_terminal());
        let brief = Human { color, verbose: options.verbose, length: Length::Brief, ..Human::default() };
        let mut bytes = Vec::new();
        brief.write(&mut bytes, run)?;
        told(print(&mut io::stderr(), &bytes).context("cannot write to standard error"));
        return Ok(is_whole);
    }
    let is_human = options.format == Format::Human;
    let has_stdout = options.reports.iter().any(|wanted| wanted.path.is_none());
    let to_stderr = is_human && (moment.is_hook() || has_stdout);
    if moment.is_hook() && is_human && is_unremarkable(run) && !options.verbose {
        return Ok(true);
    }
    let is_terminal = if to_stderr { io::stderr().is_terminal() } else { io::stdout().is_terminal() };
    let look = Look { color: colors(moment, options, is_terminal), ..Look::plain(options) };
    let bytes = render(options.format, run, look.showing(options))?;
    Ok(told(if to_stderr {
        print(&mut io::stderr(), &bytes).context("cannot write to standard error")
    } else {
        print(&mut io::stdout(), &bytes).context("cannot write to standard output")
    }))
}

/// A clean commit passes unnoticed, one that moves a submodule too; a scan somebody asked for says what it did.
fn is_unremarkable(run: &Run<'_>) -> bool {
    run.blocking.is_empty()
        && run.announce.is_empty()
        && run.coverage.skipped.iter().all(|skipped| skipped.why == Why::Submodule)
        && run.coverage.failed.is_empty()
}

fn colors(moment: Moment, options: &Options, is_terminal: bool) -> bool {
    // Only plain text survives the way through `remote:` lines.
    moment != Moment::Receive && color::decide(options.color, &environment(), is_terminal)
}

/// How a report looks.
#[derive(Debug, Clone, Copy)]
struct Look {
    color: bool,
    verbose: bool,
    length: Length,
    secrets: Secrets,
}

impl Look {
    fn plain(options: &Options) -> Look {
        let length = if options.quiet { Length::Brief } else { Length::Cards };
        Look { color: false, verbose: options.verbose, length, secrets: Secrets::Redacted }
    }

    /// With the secrets, where they were asked for; [`check`] has seen to it that they may be shown.
    fn showing(self, options: &Options) -> Look {
        let secrets = if options.show_secrets.is_some() { Secrets::Clear } else { Secrets::Redacted };
        Look { secrets, ..self }
    }
}

fn render(format: Format, run: &Run<'_>, look: Look) -> Result<Vec<u8>> {
    let Look { color, verbose, length, secrets } = look;
    let report: &dyn Report = match format {
        Format::Human => &Human { color, verbose, length, secrets },
        Format::Json => &Json { shape: Shape::Document, secrets },
        Format::Jsonl => &Json { shape: Shape::Lines, secrets },
        Format::Sarif => {
            &Sarif { without_allowed: std::env::var("GITHUB_ACTIONS").is_ok_and(|on| on == "true") }
        }
        Format::Gitlab => &SecretDetection,
        Format::GitlabCodequality => &CodeQuality,
        Format::Junit => &Junit,
        Format::Github => &Annotations,
        Format::Markdown => &Summary,
        Format::Csv => &Csv,
        Format::Rdjsonl => &Rdjsonl,
        Format::Html => &Html,
    };
    let mut bytes = Vec::new();
    report.write(&mut bytes, run)?;
    Ok(bytes)
}

/// Says an error at once, so that the other reports are still written.
fn told(result: Result<()>) -> bool {
    if let Err(error) = &result {
        say::error(error);
    }
    result.is_ok()
}

fn cannot(path: &Path) -> String {
    format!("cannot write the report to {}; what stood there before is unchanged", path.display())
}

/// A reader that has seen enough (`| head`) is no error.
fn print(out: &mut dyn Write, bytes: &[u8]) -> io::Result<()> {
    match out.write_all(bytes).and_then(|()| out.flush()) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// Puts a file in the place of another in one step: a reader sees the old or the new one, whole. A file that is there
/// keeps its mode; a new one gets `access`.
///
/// # Errors
/// When it cannot be written; what stood there is then unchanged.
pub(super) fn replace(path: &Path, bytes: &[u8], access: Access) -> io::Result<()> {
    let path = match std::fs::metadata(path) {
        // A pipe or a device is written to, never replaced.
        Ok(found) if !found.is_file() => {
            return print(&mut OpenOptions::new().write(true).open(path)?, bytes);
        }
        // Through a link, so that the link stays one.
        Ok(_) => path.canonicalize()?,
        Err(_) => path.to_owned(),
    };
    let old = std::fs::metadata(&path).ok();
    // Whom a file that is there is for, its owner has said: nobody else reads the new one before it is in its place.
    let mut draft = draft::beside(&path, if old.is_some() { Access::Private } else { access })?;
    draft.write_all(bytes)?;
    if let Some(old) = old {
        draft.as_file().set_permissions(old.permissions())?;
    }
    draft::put(draft, &path)
}

/// Waits for its turn to change `file`: of several processes one at a time has it, until what is returned is
/// dropped. The system takes the lock on the folder back from a process that ends in whatever way, so nothing is
/// left behind. Where folders cannot be locked, there are no turns.
///
/// # Errors
/// When the others take longer than any change of a text does.
pub(super) fn turn(file: &Path) -> Result<Option<File>> {
    const PAUSE: Duration = Duration::from_millis(20);
    const LONGEST: Duration = Duration::from_secs(20);
    let folder = folder(file);
    let Ok(lock) = File::open(folder) else { return Ok(None) };
    let asked = Instant::now();
    loop {
        match lock.try_lock() {
            Ok(()) => return Ok(Some(lock)),
            Err(TryLockError::Error(_)) => return Ok(None),
            Err(TryLockError::WouldBlock) if asked.elapsed() < LONGEST => std::thread::sleep(PAUSE),
            Err(TryLockError::WouldBlock) => bail!(
                "cannot change {}: another process has had {} locked for {} seconds\n\
                 next: run this again when that has ended",
                file.display(),
                folder.display(),
                LONGEST.as_secs()
            ),
        }
    }
}

/// The folder that a path stands in.
fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder,
        _ => Path::new("."),
    }
}

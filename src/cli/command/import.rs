//! `stanch import`: takes over what another tool's file allows, by value where it can.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, ensure};
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{CommandFactory, Parser};
use regex_automata::meta::Regex;

use super::allow::{parse_days, refuse_void};
use super::baseline::refuse_faults;
use super::hook::current_directory;
use crate::cli::edit::{Edit, from_top};
use crate::cli::lookup::{Lookup, Match};
use crate::cli::settings::{self, FILE, Loaded, Whose};
use crate::cli::{Exit, check, parse};
use crate::config::import::{Format, Imported, Verdict};
use crate::config::{self, Faults};
use crate::escape::visible;
use crate::finding::allowlist::{self, Entry};
use crate::finding::baseline::{self, Answer, Prune};
use crate::order;
use crate::source::range::Range;
use crate::source::{Context, Flow, Source};

/// Lines that are listed of each reason.
const MANY: usize = 10;

/// Take over what another tool's file allows
#[derive(Debug, Parser)]
#[command(
    name = "stanch import",
    after_help = "Reads .gitleaksignore, .gitleaks.toml, .secrets.baseline, .talismanrc, .gitallowed and trufflehog's \
                  exclude files. Paths and words become settings. Lines, digests and patterns are looked up here, and what \
                  they point at is allowed by value: a place or a pattern would let a later secret pass as well. What has \
                  no equivalent is listed with the reason.\n\n\
                  stanch import .gitleaksignore"
)]
struct Args {
    /// The file
    file: PathBuf,
    /// What it is, when its name does not tell
    #[arg(long, value_name = "FORMAT", value_parser = format_parser())]
    format: Option<Format>,
    /// For so many days: 90d
    #[arg(long, value_name = "DAYS", value_parser = parse_days)]
    expires: Option<u32>,
    /// Show what would be written, write nothing
    #[arg(long)]
    dry_run: bool,
}

/// Help and completions name the values.
fn format_parser() -> impl TypedValueParser<Value = Format> {
    PossibleValuesParser::new(Format::ALL.map(|(name, _)| name)).try_map(|word| {
        let known = Format::ALL.iter().find(|(name, _)| *name == word);
        known.map(|(_, format)| *format).ok_or("there is no such format")
    })
}

fn names() -> String {
    Format::ALL.map(|(name, _)| name).join(", ")
}

pub(in crate::cli) fn define() -> clap::Command {
    Args::command()
}

pub(in crate::cli) fn run(args: &[OsString]) -> Result<Exit> {
    let args: Args = match parse("import", args) {
        Ok(args) => args,
        Err(exit) => return Ok(exit),
    };
    let cwd = current_directory()?;
    let root = settings::home(&cwd)?;
    ensure!(args.file.exists(), "there is no file {}", args.file.display());
    let format = args.format.or_else(|| Format::of_name(&args.file));
    let format = format.with_context(|| {
        format!(
            "the name of {} does not tell what it is\nnext: say it: --format, one of {}",
            args.file.display(),
            names()
        )
    })?;
    let text = std::fs::read(&args.file).with_context(|| format!("cannot read {}", args.file.display()))?;
    let text = String::from_utf8_lossy(&text);
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    let imported = format.read(text).map_err(|why| anyhow!("{}: {why}", args.file.display()))?;
    let mut desk = Desk {
        loaded: settings::load(&cwd, &Whose::Disk)?,
        name: args.file.file_name().unwrap_or_default().to_string_lossy().into_owned(),
        cwd,
        root,
        is_dry: args.dry_run,
        expires: args.expires,
        lost: Vec::new(),
        written: Vec::new(),
    };
    desk.take(imported)?;
    Ok(Exit::Clean)
}

/// What an import works with.
struct Desk {
    loaded: Loaded,
    /// Of the other tool's file.
    name: String,
    cwd: PathBuf,
    root: PathBuf,
    is_dry: bool,
    /// Days that entries hold.
    expires: Option<u32>,
    /// Line, item and reason.
    lost: Vec<(u32, String, String)>,
    /// Files that changed.
    written: Vec<String>,
}

impl Desk {
    fn take(&mut self, imported: Imported) -> Result<()> {
        if imported.is_baseline {
            let name = &self.loaded.settings.baseline.value;
            refuse_faults(&settings::read_file(&self.root.join(name))?.unwrap_or_default(), name)?;
        }
        for one in &imported.lost {
            self.lost.push((one.line, one.text.clone(), one.value.to_owned()));
        }
        let lists = [
            ("exclude", self.paths(&imported)?),
            ("placeholders", imported.placeholders.iter().map(|one| one.value.clone()).collect()),
            ("disable", self.rules(&imported)),
        ];
        let found = self.look_up(&imported)?;
        let entries = if imported.is_baseline { Vec::new() } else { self.entries(&found) };
        refuse_void(&entries, &self.loaded, check::today())?;
        let edit = Edit::of(&self.root.join(FILE), |text| {
            let mut text = text.to_owned();
            for (key, items) in &lists {
                text = config::add_to_list(&text, key, items).map_err(|why| Faults::one(FILE, why))?;
            }
            allowlist::add_all(&text, &entries)
        })?;
        self.save(&edit, FILE)?;
        if imported.is_baseline {
            self.baseline(&found)?;
        }
        let counts: Vec<(&str, usize)> = lists.iter().map(|(key, items)| (*key, items.len())).collect();
        self.report(&counts, found.len())
    }

    /// Path patterns that say the same as the expressions they come from, about every path here.
    fn paths(&mut self, imported: &Imported) -> Result<Vec<String>> {
        if imported.exclude.is_empty() {
            return Ok(Vec::new());
        }
        let mut paths: Vec<Vec<u8>> = Vec::new();
        if let Ok(mut files) = Range::files_of(&Context::new(&self.cwd), "HEAD") {
            files.visit(&mut |blob| {
                paths.push(blob.path.to_vec());
                Ok(Flow::Continue)
            })?;
        }
        let mut taken = Vec::new();
        for one in &imported.exclude {
            let (glob, regex) = &one.value;
            let globs = config::compile_globs([glob.clone()]);
            let regex = regex.as_ref().and_then(|regex| Regex::new(regex).ok());
            let differs = match (&globs, &regex) {
                (Ok(globs), Some(regex)) => paths
                    .iter()
                    .find(|path| globs.matching(path).is_some() != regex.is_match(path.as_slice())),
                _ => None,
            };
            let why = match (globs, differs) {
                (Err(why), _) => why,
                (_, Some(path)) => format!("as {glob} it would differ on {}", String::from_utf8_lossy(path)),
                _ => {
                    taken.push(glob.clone());
                    continue;
                }
            };
            self.lost.push((one.line, one.text.clone(), why));
        }
        Ok(taken)
    }

    fn rules(&mut self, imported: &Imported) -> Vec<String> {
        let mut known = Vec::new();
        for one in &imported.disable {
            match self.loaded.catalogue.by_id(&one.value) {
                Some(_) => known.push(one.value.clone()),
                None => self.lost.push((one.line, one.text.clone(), "no rule here has that id".to_owned())),
            }
        }
        known
    }

    /// What the selectors point at; those that point at nothing are told.
    fn look_up(&mut self, imported: &Imported) -> Result<Vec<Match>> {
        let lookup = Lookup::open(&self.cwd, &self.root, &mut self.loaded, &imported.select)?;
        let mut found: BTreeMap<String, Match> = BTreeMap::new();
        for one in &imported.select {
            match lookup.find(&one.value) {
                Ok(matches) if matches.is_empty() => {
                    let why = "stanch reports nothing there: not needed".to_owned();
                    self.lost.push((one.line, one.text.clone(), why));
                }
                Ok(matches) => {
                    found.extend(matches.into_iter().map(|one| (one.finding.fingerprint.clone(), one)))
                }
                Err(why) => self.lost.push((one.line, one.text.clone(), why)),
            }
        }
        Ok(found.into_values().collect())
    }

    fn entries(&self, found: &[Match]) -> Vec<Entry> {
        let entry = |one: &Match| Entry {
            reason: format!("imported from {}", self.name),
            on: Some(check::today()),
            until: self.expires.map(|days| check::today().plus(days)),
            ..Entry::from(&one.finding)
        };
        found.iter().map(entry).collect()
    }

    fn baseline(&mut self, found: &[Match]) -> Result<()> {
        let name = self.loaded.settings.baseline.value.clone();
        let edit = Edit::of(&self.root.join(&name), |text| {
            let findings: Vec<_> = found.iter().map(|one| one.finding.clone()).collect();
            let mut text = baseline::update(text.as_bytes(), &findings, Prune::No).text;
            for one in found {
                let answer = match one.verdict {
                    Verdict::Open => continue,
                    Verdict::Real => Answer::Real,
                    Verdict::FalseAlarm => Answer::FalseAlarm,
                };
                text = baseline::annotate(text.as_bytes(), &one.finding.fingerprint, answer, "");
            }
            Ok(text)
        })?;
        self.save(&edit, &name)
    }

    fn save(&mut self, edit: &Edit<'_>, name: &str) -> Result<()> {
        let out = &mut std::io::stdout();
        if edit.is_empty() {
            return Ok(());
        }
        writeln!(out, "{name}:")?;
        if self.is_dry {
            return edit.show(out);
        }
        let attributes = edit.publish(&self.root, name, out)?;
        self.written.push(from_top(name));
        self.written.extend((!attributes.is_empty()).then(|| attributes.trim().to_owned()));
        Ok(())
    }

    fn report(&mut self, counts: &[(&str, usize)], values: usize) -> Result<()> {
        let out = &mut std::io::stdout();
        let mut parts: Vec<String> = counts
            .iter()
            .filter(|(_, count)| *count > 0)
            .map(|(key, count)| format!("{count} under {key}:"))
            .collect();
        parts.push(format!("{values} by value"));
        writeln!(out, "\ntaken over from {}: {}", self.name, parts.join(", "))?;
        order::all(&mut self.lost);
        let mut counted: BTreeMap<&str, usize> = BTreeMap::new();
        if !self.lost.is_empty() {
            writeln!(out, "not taken over:")?;
        }
        for (line, text, why) in &self.lost {
            let count = counted.entry(why).or_default();
            *count += 1;
            if *count > MANY {
                continue;
            }
            let place = if *line > 0 { format!("{}:{line}", self.name) } else { self.name.clone() };
            writeln!(out, "  {}: {}: {}", visible(&place), visible(text), visible(why))?;
        }
        for (why, count) in counted.into_iter().filter(|(_, count)| *count > MANY) {
            writeln!(out, "  and {} more: {}", count - MANY, visible(why))?;
        }
        if !self.written.is_empty() {
            let files = self.written.join(" ");
            writeln!(out, "it holds once it is committed: git add {files} && git commit")?;
        }
        Ok(())
    }
}

/// The text of a line of a file on disk, for expressions over lines.
pub(in crate::cli) fn line_of(root: &Path, path: &str, line: u32) -> Option<String> {
    let text = std::fs::read(root.join(path)).ok()?;
    let line = text.split(|&b| b == b'\n').nth(line.checked_sub(1)? as usize)?;
    Some(String::from_utf8_lossy(line).trim_end_matches('\r').to_owned())
}

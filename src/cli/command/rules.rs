//! `stanch rules`: list, show, check and test rules, and what is published about them.

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, anyhow, bail};
use clap::{CommandFactory, Parser, Subcommand};

use super::hook::current_directory;
use super::{explain, meant};
use crate::catalogue::compile::always_holds;
use crate::catalogue::fault::Faults;
use crate::catalogue::{self, Catalogue, Confidence, Rule, embedded, sample};
use crate::cli::{Exit, parse, settings};
use crate::config::{self, Layer, Origin};
use crate::engine::{FileHint, Scanner};
use crate::escape::visible;
use crate::finding::allowlist::AllowList;
use crate::numbers::count;
use crate::order;
use crate::report;
use crate::source::repo;

/// List, show, check and test rules
#[derive(Debug, Parser)]
#[command(name = "stanch rules", arg_required_else_help = true)]
struct Args {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// One line a rule
    List(List),
    /// All about one rule; the same as `stanch explain`
    Show(explain::Args),
    /// Check a rule file and run its examples; without FILE those of the built-in rules
    ///
    /// Exits with 1 when an example fails, and with 2 when the file has a fault.
    Test {
        /// A `.stanch.yaml`, or a file with only `vendors:`
        file: Option<PathBuf>,
    },
    /// Read a rule file and report every fault, each with its line; runs no example
    ///
    /// Without FILE it reads the `.stanch.yaml` of this repository. Exits with 2 when there is a fault.
    Check {
        /// A `.stanch.yaml`, or a file with only `vendors:`
        file: Option<PathBuf>,
    },
    /// Print the JSON Schema of `.stanch.yaml`, for editors
    Schema,
    /// Write the reference of the built-in rules: an index and one page a vendor
    Docs {
        /// Where to; `docs/rules` in this project
        dir: PathBuf,
    },
}

#[derive(Debug, clap::Args)]
struct List {
    /// Only the rules of this vendor
    #[arg(long)]
    vendor: Option<String>,
    /// How the list is written
    #[arg(short, long, value_enum, default_value = "human")]
    format: ListFormat,
    /// The same as `--format json`
    #[arg(long, hide = true, conflicts_with = "format")]
    json: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum ListFormat {
    /// One line a rule
    Human,
    /// A JSON array
    Json,
}

pub(in crate::cli) fn define() -> clap::Command {
    Args::command()
}

pub(in crate::cli) fn run(args: &[OsString]) -> Result<Exit> {
    let args: Args = match parse("rules", args) {
        Ok(args) => args,
        Err(exit) => return Ok(exit),
    };
    match &args.what {
        What::List(list) => print_list(list),
        What::Show(args) => explain::explain(args),
        What::Test { file } => test(file.as_deref()),
        What::Check { file } => check(file.as_deref()),
        What::Schema => {
            std::io::stdout().write_all(catalogue::SCHEMA.as_bytes())?;
            Ok(Exit::Clean)
        }
        What::Docs { dir } => write_docs(dir),
    }
}

fn check(file: Option<&Path>) -> Result<Exit> {
    let file = match file {
        Some(file) => file.to_owned(),
        None => {
            let cwd = current_directory()?;
            let root = repo::layout(&cwd).ok().and_then(|layout| layout.work_tree);
            root.unwrap_or(cwd).join(settings::FILE)
        }
    };
    let (text, name) = read(&file)?;
    let rules = checked(&text, &name)?;
    let own = count(rules, "own rule");
    writeln!(std::io::stdout(), "{name}: nothing wrong, {own}")?;
    Ok(Exit::Clean)
}

/// The text of a file, without a mark of the byte order, and how the file is named.
fn read(file: &Path) -> Result<(String, String)> {
    let name = visible(&file.display().to_string());
    let bytes = std::fs::read(file).with_context(|| format!("cannot read the rules of {name}"))?;
    let text = String::from_utf8(bytes).map_err(|why| {
        let valid = why.utf8_error().valid_up_to();
        let line = memchr::memchr_iter(b'\n', &why.as_bytes()[..valid]).count() + 1;
        anyhow!("{name}:{line}: is no UTF-8 there\nnext: save the file as UTF-8")
    })?;
    let text = text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text);
    Ok((text, name))
}

fn has_top_level(text: &str, key: &str) -> bool {
    text.lines().any(|line| line.strip_prefix(key).is_some_and(|rest| rest.starts_with(':')))
}

/// How many rules the text brings.
///
/// # Errors
/// All its faults.
fn checked(text: &str, name: &str) -> Result<usize> {
    let (rules, faults) =
        if has_top_level(text, "vendors") { own_rules(text, name) } else { whole_file(text, name) };
    if !faults.is_empty() {
        let all: Vec<String> = faults.into_iter().map(|(_, fault)| fault).collect();
        let number = count(all.len(), "fault");
        bail!("{name} has {number}\n{}", all.join("\n"));
    }
    Ok(rules)
}

/// How many rules the text brings, and its faults by line.
type Checked = (usize, Vec<(usize, String)>);

fn own_rules(text: &str, name: &str) -> Checked {
    match embedded().with_user(text, name) {
        Ok(catalogue) => (of_user(&catalogue).count(), Vec::new()),
        Err(faults) => (0, faults.iter().map(|fault| (fault.line, fault.to_string())).collect()),
    }
}

/// The rules that a file adds.
fn of_user(catalogue: &Catalogue) -> impl Iterator<Item = &'static Rule> + '_ {
    let first = embedded().len() as u32;
    catalogue.rules().filter(move |(at, rule)| at.0 >= first && rule.is_written()).map(|(_, rule)| rule)
}

/// The settings of a `.stanch.yaml`, its own rules and its allow list, and the rules and vendors that it names.
fn whole_file(text: &str, name: &str) -> Checked {
    let layer = config::stanch_yaml(text.as_bytes(), name);
    let mut checked = if has_top_level(text, "rules") { own_rules(text, name) } else { (0, Vec::new()) };
    let faults = match layer {
        Err(faults) => faults,
        Ok(layer) => {
            let with_own = embedded().with_user(text, name).ok().filter(|_| has_top_level(text, "rules"));
            let catalogue = with_own.as_ref().unwrap_or(embedded());
            let ids = catalogue.indexes().map(|at| catalogue.id(at));
            let disabled = embedded().indexes().map(|at| embedded().id(at));
            let vendors = catalogue.vendors().map(|vendor| vendor.key);
            let known: Vec<&str> = ids.chain(disabled).chain(vendors).collect();
            let mut faults = AllowList::read(layer.allow.as_slice()).err().unwrap_or_default();
            faults.0.extend(silencing(catalogue, &layer));
            if let Err(unknown) = config::merge(None, vec![layer]).check_rules(known.iter().copied()) {
                faults.0.extend(unknown.0);
            }
            faults
        }
    };
    // A fault of the YAML is found by both.
    for fault in faults.0.iter().filter(|fault| fault.line != 0) {
        checked.1.retain(|(line, _)| *line != fault.line as usize);
    }
    checked.1.extend(faults.0.iter().map(|fault| (fault.line as usize, fault.to_string())));
    order::all(&mut checked.1);
    checked
}

/// A fault for each word of `placeholders:` that stands in all values of a rule, of which it would hide every one.
fn silencing(catalogue: &Catalogue, layer: &Layer) -> Vec<config::Fault> {
    let silenced = |word: &str| {
        catalogue
            .rules()
            .map(|(_, rule)| rule)
            .find(|rule| rule.detect.shape.as_ref().is_some_and(|shape| always_holds(shape.pattern, word)))
    };
    let told = |word: &config::Setting<String>| {
        let Origin::File { file, line } = &word.origin else { return None };
        let message = format!(
            "placeholder '{}' stands in every value of {}, and would hide them all",
            visible(&word.value),
            silenced(&word.value)?.id
        );
        Some(config::Fault { origin: file.clone(), line: *line, message })
    };
    layer.placeholders.iter().filter_map(told).collect()
}

fn write_docs(dir: &Path) -> Result<Exit> {
    let rules: Vec<_> = embedded().rules().map(|(_, rule)| rule).collect();
    let pages = report::reference::pages(&rules);
    std::fs::create_dir_all(dir).with_context(|| format!("cannot make {}", dir.display()))?;
    for (name, text) in &pages {
        let path = dir.join(name);
        std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    writeln!(std::io::stdout(), "{} in {}", count(pages.len(), "page"), visible(&dir.display().to_string()))?;
    Ok(Exit::Clean)
}

fn print_list(args: &List) -> Result<Exit> {
    let mut bytes = Vec::new();
    let catalogue = settings::load(&current_directory()?, &settings::Whose::Disk)?.catalogue;
    let rules = match &args.vendor {
        Some(vendor) => meant::of_vendor(&catalogue, vendor),
        None => catalogue.rules().map(|(_, rule)| rule).collect(),
    };
    if let Some(vendor) = args.vendor.as_deref().filter(|_| rules.is_empty()) {
        bail!("there is no vendor `{vendor}`\nnext: `stanch rules list` shows all");
    }
    if args.json || args.format == ListFormat::Json {
        report::rules::write_json(&mut bytes, &rules)?;
    } else {
        report::rules::write(&mut bytes, &rules)?;
    }
    std::io::stdout().write_all(&bytes)?;
    Ok(Exit::Clean)
}

fn test(file: Option<&Path>) -> Result<Exit> {
    let (catalogue, rules, text, name) = match file {
        Some(file) => with_file(file)?,
        None => {
            let rules = embedded().rules().map(|(_, rule)| rule).collect();
            (embedded().clone(), rules, String::new(), String::new())
        }
    };
    let mut scanner = Scanner::new(&catalogue);
    let mut out = std::io::stdout().lock();
    let mut failed = 0;
    let mut examples = 0;
    // Those that only follow from a vendor whose secrets have a form have no examples of their own.
    for rule in rules.iter().filter(|rule| rule.is_written()) {
        let faults = failures(&catalogue, &mut scanner, rule);
        let number = rule.about().examples.matches.len() + rule.about().examples.ignores.len();
        examples += number;
        if faults.is_empty() {
            // A thousand good lines would hide the bad one.
            if file.is_some() {
                writeln!(out, "ok    {}: {}", rule.id, count(number, "example"))?;
            }
            continue;
        }
        failed += 1;
        if file.is_none() {
            for (_, _, fault) in faults {
                writeln!(out, "FAIL  {}: {}", rule.id, visible(&fault))?;
            }
            continue;
        }
        let mut placed = Faults::new(&name, &text);
        faults
            .into_iter()
            .for_each(|(field, example, fault)| placed.add_item(rule.id, field, example, fault));
        for fault in placed.into_sorted() {
            writeln!(out, "FAIL  {}", visible(&fault.to_string()))?;
        }
    }
    let totals = report::rules::totals(&rules);
    writeln!(out, "{totals}: {}, {} failed", count(examples, "example"), count(failed, "rule"))?;
    Ok(if failed == 0 { Exit::Clean } else { Exit::Found })
}

/// The catalogue with the file's rules, those rules, the file's text and its name.
fn with_file(file: &Path) -> Result<(Catalogue, Vec<&'static Rule>, String, String)> {
    let (text, name) = read(file)?;
    checked(&text, &name)?;
    let catalogue =
        embedded().with_user(&text, &name).map_err(|_| anyhow!("the rules of {name} cannot be read"))?;
    let own: Vec<_> = of_user(&catalogue).collect();
    if own.is_empty() {
        bail!(
            "{name} holds no rule\nnext: put them under `vendors:`, or under `rules:` → `vendors:` in .stanch.yaml"
        );
    }
    Ok((catalogue, own, text, name))
}

/// What is wrong with the examples of a rule: the field and the example, which is shown as it is written, with its
/// generators.
fn failures(
    catalogue: &Catalogue,
    scanner: &mut Scanner<'_>,
    rule: &Rule,
) -> Vec<(&'static str, &'static str, String)> {
    let mut wrong = Vec::new();
    let mut found = |example: &str| {
        let text = sample::expand(example, rule.id);
        let all = scanner.scan(text.as_bytes(), FileHint::default());
        let on = all.into_iter().filter(|c| !catalogue.is_disabled(c.rule));
        on.map(|c| (catalogue.id(c.rule), c.confidence)).collect::<Vec<_>>()
    };
    for example in rule.about().examples.matches {
        let is_handed_on = |id: &str| catalogue.by_id(id).is_some_and(|(_, other)| rule.hands_on_to(other));
        let found = found(example).into_iter().map(|(id, _)| if is_handed_on(id) { rule.id } else { id });
        let found: Vec<_> = found.collect();
        let others: Vec<_> = found.iter().filter(|id| **id != rule.id).copied().collect();
        if !found.contains(&rule.id) {
            let what =
                if others.is_empty() { "nothing".to_owned() } else { format!("only {}", others.join(", ")) };
            wrong.push(("match", *example, format!("finds {what} in {example}")));
        } else if !others.is_empty() {
            wrong.push(("match", *example, format!("{} is found too in {example}", others.join(", "))));
        }
    }
    for example in rule.about().examples.ignores {
        if found(example).iter().any(|(id, confidence)| *id == rule.id && *confidence >= Confidence::Medium) {
            wrong.push(("ignore", *example, format!("must find nothing in {example}")));
        }
    }
    wrong
}

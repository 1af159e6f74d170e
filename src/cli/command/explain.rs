//! `stanch explain`: everything about a rule on one page.

use std::ffi::OsString;
use std::io::{IsTerminal, Write};
use std::path::Path;

use anyhow::{Result, bail};
use clap::{CommandFactory, Parser};

use super::allow;
use super::hook::current_directory;
use super::meant::{meant, nearest, shown};
use crate::advice::explain::{Wanted, page};
use crate::advice::{Language, Store, snippet};
use crate::catalogue::{Catalogue, RuleIx};
use crate::cli::settings::Loaded;
use crate::cli::{Exit, parse, say, settings, show};
use crate::report::{self, color};

/// Tell all about a rule: risks, how to revoke, what breaks, code to write instead
#[derive(Debug, Parser)]
#[command(name = "stanch explain")]
pub(super) struct Args {
    /// Id of a rule, or the id of a finding that a card shows; or what rules are listed by: a vendor, the variable that
    /// holds a secret, what it starts with, words of its name
    rule: String,
    /// Where the code reads the value from; may be given twice
    #[arg(long, value_enum)]
    store: Vec<StoreArg>,
    /// Language of the code: python, go, terraform …, or all; may be given twice
    #[arg(long, value_name = "LANG")]
    lang: Vec<String>,
    /// One JSON object
    #[arg(long)]
    json: bool,
    /// When to colour
    #[arg(long, value_name = "WHEN", default_value = "auto", value_parser = super::scan::color_parser())]
    color: color::Choice,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum StoreArg {
    /// An environment variable
    Env,
    /// AWS Secrets Manager
    Aws,
    /// HashiCorp Vault, KV version 2
    Vault,
    /// CyberArk Conjur
    Conjur,
    /// Each of them
    All,
}

pub(in crate::cli) fn define() -> clap::Command {
    Args::command()
}

pub(in crate::cli) fn run(args: &[OsString]) -> Result<Exit> {
    match parse("explain", args) {
        Ok(args) => explain(&args),
        Err(exit) => Ok(exit),
    }
}

/// Also `stanch rules show`.
pub(super) fn explain(args: &Args) -> Result<Exit> {
    let cwd = current_directory()?;
    let mut loaded = settings::load(&cwd, &settings::Whose::Disk)?;
    let catalogue = &loaded.catalogue.clone();
    let mut bytes = Vec::new();
    if let Some((at, _)) = catalogue.by_id(&args.rule) {
        explain_rule(&mut bytes, args, catalogue, at)?;
    } else {
        let meant = meant(catalogue, &args.rule);
        if meant.rules.is_empty() {
            explain_finding(&mut bytes, args, &cwd, &mut loaded)?;
        } else if args.json {
            report::rules::write_json(&mut bytes, &meant.rules)?;
        } else {
            report::rules::write(&mut bytes, &meant.rules)?;
            if meant.more > 0 {
                writeln!(bytes, "{} more have these words: `stanch rules list` shows all.", meant.more)?;
            }
        }
    }
    std::io::stdout().write_all(&bytes)?;
    Ok(Exit::Clean)
}

fn explain_rule(bytes: &mut Vec<u8>, args: &Args, catalogue: &Catalogue, at: RuleIx) -> Result<()> {
    let page = page(catalogue, at, &wanted(args)?);
    if page.code.is_empty() {
        bail!(
            "there is no code for this language and store\nnext: leave out --store, or take another --lang"
        );
    }
    if args.json {
        report::page::write_json(bytes, &page)?;
    } else {
        let color = color::decide(args.color, &show::environment(), std::io::stdout().is_terminal());
        report::page::write(bytes, &page, color)?;
    }
    Ok(())
}

/// The page of the rule that found it, below where it was found.
fn explain_finding(bytes: &mut Vec<u8>, args: &Args, cwd: &Path, loaded: &mut Loaded) -> Result<()> {
    let found = match is_fingerprint(&args.rule) {
        true => allow::find_id(Some(&args.rule), cwd, loaded, &|_, _| true)?,
        false => Vec::new(),
    };
    let catalogue = &loaded.catalogue;
    let Some((finding, (at, _))) =
        found.first().and_then(|finding| Some((finding, catalogue.by_id(finding.rule.id)?)))
    else {
        let near = match nearest(catalogue, &args.rule).as_slice() {
            [] => String::new(),
            near => format!("\nnearest: {}", near.join(", ")),
        };
        bail!(
            "there is no rule, no vendor and no finding `{}`{near}\nnext: `stanch rules list` shows all rules, \
             `stanch scan` the ids of findings",
            shown(&args.rule)
        );
    };
    if !args.json {
        for place in finding.locations.iter().take(PLACES) {
            let path = say::masked(place.path.to_string());
            let path = crate::escape::visible(&path);
            writeln!(bytes, "{path}:{}:{}", place.line, place.column)?;
        }
        if finding.locations.len() > PLACES {
            writeln!(bytes, "and {} more places", finding.locations.len() - PLACES)?;
        }
        writeln!(bytes)?;
    }
    explain_rule(bytes, args, catalogue, at)
}

/// How many places of a finding are named above its page.
const PLACES: usize = 5;

/// `k7f3-2q9x`, with more groups or without: what cards call the id of a finding.
fn is_fingerprint(word: &str) -> bool {
    word.len() >= 9
        && word.split('-').all(|part| part.len() == 4 && part.bytes().all(|b| b.is_ascii_alphanumeric()))
}

fn wanted(args: &Args) -> Result<Wanted> {
    if args.store.is_empty() && args.lang.is_empty() {
        return Ok(Wanted::Expressions);
    }
    let mut stores: Vec<Store> =
        Store::ALL.into_iter().filter(|store| is_asked(&args.store, *store)).collect();
    if args.store.is_empty() {
        stores = vec![Store::Env];
    }
    let mut languages = Vec::new();
    for word in &args.lang {
        languages.extend(languages_of(word)?);
    }
    if args.lang.is_empty() {
        languages.extend(snippet::main_languages());
    }
    Ok(Wanted::Snippets { stores, languages })
}

fn is_asked(asked: &[StoreArg], store: Store) -> bool {
    let arg = match store {
        Store::Env => StoreArg::Env,
        Store::Aws => StoreArg::Aws,
        Store::Vault => StoreArg::Vault,
        Store::Conjur => StoreArg::Conjur,
    };
    asked.contains(&arg) || asked.contains(&StoreArg::All)
}

fn languages_of(word: &str) -> Result<Vec<Language>> {
    if word == "all" {
        return Ok(snippet::languages().collect());
    }
    match snippet::language_named(word) {
        Some(language) => Ok(vec![language]),
        None => {
            let known: Vec<_> = snippet::language_keys().collect();
            bail!("there is no code for the language `{word}`\nknown: {}, all", known.join(", "))
        }
    }
}

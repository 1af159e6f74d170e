//! `stanch allow`: let a false alarm pass from now on, bound to the value and the rule, with a reason.

use std::collections::HashSet;
use std::ffi::OsString;
use std::io::Write;
use std::path::Path;

use anyhow::{Result, bail, ensure};
use bstr::ByteSlice;
use clap::{CommandFactory, Parser};

use super::hook::{current_directory, open_range};
use crate::cli::edit::{Edit, from_top};
use crate::cli::settings::{self, Divergence, FILE, Loaded, Whose};
use crate::cli::{Exit, check, parse, say, upkeep};
use crate::config::{self, Rooted};
use crate::escape::visible;
use crate::finding::allowlist::{self, AllowList, Entry, Listed};
use crate::finding::date::Date;
use crate::finding::{Finding, Location, fingerprint, matches_prefix};
use crate::numbers::count;
use crate::source::files::{self, Files};
use crate::source::range::ALL;
use crate::source::staged::Staged;
use crate::source::{Context, Source, repo, underway};

/// Let a false alarm pass from now on
#[derive(Debug, Parser)]
#[command(
    name = "stanch allow",
    after_help = "Writes an entry to `.stanch.yaml` that is bound to the value and its rule: it holds wherever the value \
                  moves, and for no other value. A commit is judged by the settings that HEAD has, so commit the entry \
                  first.\n\n\
                  stanch allow k7f3-2q9x --reason \"made up, see docs/testing.md\" --path 'tests/**' --expires 90d"
)]
struct Args {
    /// The id that the card shows, or its first eight characters
    #[arg(required_unless_present_any = ["last", "list", "prune", "remove"])]
    id: Option<String>,
    /// Everything that the hook stops now
    #[arg(long, conflicts_with = "id")]
    last: bool,
    /// Show what is allowed, by whom, until when, and what is stale
    #[arg(long, conflicts_with_all = ["id", "last"])]
    list: bool,
    /// Take out what has ended, stands there twice, or allows nothing in any file or commit
    #[arg(long, conflicts_with_all = ["id", "last", "list"])]
    prune: bool,
    /// Take the entries with this id out
    #[arg(long, value_name = "ID", conflicts_with_all = ["id", "last", "list", "prune"])]
    remove: Option<String>,
    /// Why this is fine
    #[arg(long, required_unless_present_any = ["list", "prune", "remove"])]
    reason: Option<String>,
    /// Only findings of this rule
    #[arg(long, value_name = "RULE")]
    rule: Option<String>,
    /// Only below these paths, as a glob
    #[arg(long, value_name = "GLOB", value_parser = parse_glob)]
    path: Option<String>,
    /// For so many days: 90d
    #[arg(long, value_name = "DAYS", value_parser = parse_days)]
    expires: Option<u32>,
}

pub(super) fn parse_days(text: &str) -> Result<u32, String> {
    text.trim_end_matches('d')
        .parse()
        .ok()
        .filter(|days| (1..=36_525).contains(days))
        .ok_or_else(|| "write a number of days, for instance 90d".to_owned())
}

fn parse_glob(text: &str) -> Result<String, String> {
    config::compile_globs([text]).map(|_| text.to_owned())
}

pub(in crate::cli) fn define() -> clap::Command {
    Args::command()
}

pub(in crate::cli) fn run(args: &[OsString]) -> Result<Exit> {
    let args: Args = match parse("allow", args) {
        Ok(args) => args,
        Err(exit) => return Ok(exit),
    };
    let cwd = current_directory()?;
    let root = settings::home(&cwd)?;
    let mut loaded = settings::load(&cwd, &Whose::Disk)?;
    if args.list {
        return list(&cwd, &mut loaded);
    }
    let file = root.join(FILE);
    let mut kept = Vec::new();
    let edit = match &args.remove {
        _ if args.prune => prune(&cwd, &file, &mut loaded, &mut kept)?,
        Some(id) => Edit::of(&file, |text| allowlist::remove(text, id))?,
        None => return add(&args, &cwd, &root, &mut loaded),
    };
    let out = &mut std::io::stdout();
    if !kept.is_empty() {
        let (kept, many) = (kept.join(", "), count(kept.len(), "entry"));
        writeln!(out, "{many} of what only commits hold: {kept}; `stanch allow --remove ID` takes one out")?;
    }
    if edit.is_empty() {
        writeln!(out, "nothing to take out of {FILE}")?;
        return Ok(Exit::Clean);
    }
    let is_new = loaded.divergence()? == Some(Divergence::Uncommitted);
    let is_staged = file.canonicalize().is_ok_and(|file| files::is_tracked(&file));
    match is_new && edit.is_void() {
        true => edit.remove(out)?,
        false => edit.save(out)?,
    }
    let name = from_top(FILE);
    match underway::is_concluding(&Context::new(&cwd))? {
        _ if is_new && !is_staged => writeln!(out, "no commit has {FILE} yet: there is nothing to commit")?,
        true => writeln!(out, "it comes with the commit that waits here: git add {name}")?,
        false if is_new => writeln!(out, "no commit has {FILE} yet; stage it as it is now: git add {name}")?,
        false => writeln!(out, "commit it: git commit {name} -m \"allow less\"")?,
    }
    Ok(Exit::Clean)
}

fn add(args: &Args, cwd: &Path, root: &Path, loaded: &mut Loaded) -> Result<Exit> {
    let reason = args.reason.as_deref().unwrap_or_default().trim();
    ensure!(
        !reason.is_empty(),
        "the reason is empty\nnext: say why this is fine, for whoever reads it later"
    );
    say::refuse_secret("the reason", reason, std::iter::empty())?;
    let found = find(args, cwd, loaded)?;
    say::refuse_secret("the reason", reason, found.iter().flat_map(Finding::secrets))?;
    let today = check::today();
    let author = author(cwd);
    let entries: Vec<Entry> = found
        .iter()
        .map(|finding| Entry {
            path: args.path.clone().unwrap_or_default(),
            reason: reason.to_owned(),
            by: author.clone(),
            on: Some(today),
            until: args.expires.map(|days| today.plus(days)),
            ..Entry::from(finding)
        })
        .collect();
    refuse_void(&entries, loaded, today)?;
    let edit = Edit::of(&root.join(FILE), |text| allowlist::add_all(text, &entries))?;
    let out = &mut std::io::stdout();
    let attributes = edit.publish(root, FILE, out)?;
    let ids: Vec<&str> = entries.iter().map(|entry| fingerprint::short(&entry.id)).collect();
    let all = ids.join(", ");
    let files = format!("{}{attributes}", from_top(FILE));
    if !underway::is_concluding(&Context::new(cwd))? {
        writeln!(out, "allowed {all}; a commit is judged by what HEAD has, so commit the entry first:")?;
        writeln!(out, "  git add {files} && git commit {files} -m \"allow {all}\"")?;
        if underway::is_applying(&Context::new(cwd))? {
            writeln!(out, "then go on with the patch, which is looked at again:\n  git am --continue")?;
        }
        return Ok(Exit::Clean);
    }
    let skip = &loaded.settings.policy.skip;
    writeln!(
        out,
        "allowed {all} from the next commit on: the one that waits here is judged by what HEAD has, and git"
    )?;
    if skip.value {
        let reason = visible(reason).replace('\'', "'\\''");
        writeln!(out, "makes no part of it alone. Commit the entry with it, and let it pass once:")?;
        writeln!(out, "  git add {files} && STANCH_SKIP='{} {reason}' git commit", ids.join(","))?;
    } else {
        writeln!(
            out,
            "makes no part of it alone; {} turns STANCH_SKIP off. Leave that file out of this commit:",
            skip.origin
        )?;
        writeln!(out, "once the entry is committed with the rest, it can follow in a commit of its own")?;
    }
    Ok(Exit::Clean)
}

/// What the policy would not let count is not written.
pub(super) fn refuse_void(entries: &[Entry], loaded: &Loaded, today: Date) -> Result<()> {
    let policy = &loaded.settings.policy;
    ensure!(
        policy.allow_list.value,
        "an entry would not count: {} turns allow lists off",
        policy.allow_list.origin
    );
    if let Some(why) = entries.iter().find_map(|entry| entry.void(policy, today)) {
        let days = policy.max_expiry_days.value.unwrap_or(90);
        bail!("such an entry would not count: it {why}\nnext: say how long it holds, `--expires {days}d`");
    }
    if let Some(lock) = loaded.settings.locked.iter().find(|lock| lock.value == "allow") {
        bail!("an entry would not count: allow is fixed by {}", lock.origin);
    }
    Ok(())
}

/// Where a finding is looked for; the nearest first, history takes its time.
#[derive(Clone, Copy)]
enum Where {
    Staged,
    Files,
    History,
}

impl Where {
    const ALL: [Where; 3] = [Where::Staged, Where::Files, Where::History];

    /// How it names paths.
    fn rooted(self, cwd: &Path) -> Rooted {
        match self {
            Where::Files => {
                let root = repo::layout(cwd).ok().and_then(|layout| layout.work_tree);
                settings::rooted(cwd, root.as_deref())
            }
            Where::Staged | Where::History => Rooted::default(),
        }
    }

    fn open(self, cwd: &Path) -> Result<Box<dyn Source>> {
        Ok(match self {
            Where::Staged => Box::new(Staged::open(&Context::new(cwd))?),
            Where::Files => Box::new(Files::new(vec![".".into()])),
            Where::History => Box::new(open_range(&[ALL.to_owned()], &[])?),
        })
    }
}

/// What was meant: among what is staged, then among the files, then in history.
fn find(args: &Args, cwd: &Path, loaded: &mut Loaded) -> Result<Vec<Finding>> {
    let globs = args.path.iter().map(|path| config::compile_globs([path.clone()]));
    let globs = globs.collect::<Result<Vec<_>, _>>().map_err(anyhow::Error::msg)?;
    let is_below = |place: &Location, rooted: &Rooted| {
        let path = settings::path_of(rooted, &place.path, &place.place);
        globs.iter().all(|globs| path.as_ref().is_some_and(|path| globs.matching(path).is_some()))
    };
    let is_meant = |finding: &Finding, rooted: &Rooted| {
        args.rule.as_ref().is_none_or(|rule| finding.rule.id == rule)
            && finding.locations.iter().any(|place| is_below(place, rooted))
    };
    let found = find_id(args.id.as_deref(), cwd, loaded, &is_meant)?;
    let below = args.path.as_ref().map(|path| format!(" below {path}")).unwrap_or_default();
    match args.last {
        true if found.is_empty() => bail!(
            "nothing that is staged{below} would be stopped\nnext: stage the file again, then `stanch allow --last`"
        ),
        false if found.is_empty() => {
            bail!(
                "no file and no commit here has a finding with that id{below}\nnext: `stanch scan` shows the ids, and \
                 where each stands"
            )
        }
        _ => Ok(found),
    }
}

/// The finding whose id begins so and that `is_meant`, the nearest place first; without an id, all that is staged.
pub(super) fn find_id(
    id: Option<&str>,
    cwd: &Path,
    loaded: &mut Loaded,
    is_meant: &dyn Fn(&Finding, &Rooted) -> bool,
) -> Result<Vec<Finding>> {
    let places = if id.is_some() { &Where::ALL[..] } else { &Where::ALL[..1] };
    for place in places {
        loaded.rooted = place.rooted(cwd);
        let mut gathered = check::look(place.open(cwd)?.as_mut(), loaded)?;
        check::rule(&mut gathered, loaded);
        gathered.findings.retain(|finding| {
            id.is_none_or(|id| matches_prefix(&finding.fingerprint, id)) && is_meant(finding, &loaded.rooted)
        });
        if gathered.findings.len() > 1 && id.is_some() {
            bail!("{} findings begin with that id\nnext: give all of it", gathered.findings.len());
        }
        if !gathered.findings.is_empty() {
            return Ok(gathered.findings);
        }
    }
    Ok(Vec::new())
}

/// Takes out what has ended, is repeated, or allows nothing in the files and the history. What only the history needs goes
/// to `kept`, by its id.
fn prune(cwd: &Path, file: &Path, loaded: &mut Loaded, kept: &mut Vec<String>) -> Result<Edit<'static>> {
    let today = check::today();
    let allow = AllowList::read(&loaded.settings.allow).map_err(settings::faulty)?;
    let (stale, _) = upkeep::stale(cwd, loaded)?;
    let here = upkeep::unused(&stale);
    let mut gone = HashSet::new();
    if !here.is_empty() {
        let stale = upkeep::stale_in(&mut open_range(&[ALL.to_owned()], &[])?, loaded)?;
        let in_history = upkeep::unused(&stale);
        let unused = allow.entries().iter().filter(|one| one.file == FILE && here.contains(&one.line));
        for Listed { entry, line, .. } in unused {
            match in_history.contains(line) {
                true => drop(gone.insert(entry.line())),
                false => kept.push(fingerprint::short(&entry.id).to_owned()),
            }
        }
    }
    let is_over = move |entry: &Entry| entry.until.is_some_and(|until| until < today);
    Edit::of(file, move |text| {
        allowlist::prune(text, |entry| !is_over(entry) && !gone.contains(&entry.line()))
    })
}

/// One line an entry; below it what is wrong with it.
fn list(cwd: &Path, loaded: &mut Loaded) -> Result<Exit> {
    let allow = AllowList::read(&loaded.settings.allow).map_err(settings::faulty)?;
    let (stale, _) = upkeep::stale(cwd, loaded)?;
    let out = &mut std::io::stdout();
    for listed in allow.entries() {
        writeln!(out, "{}", printable(&shown(listed)))?;
        for one in stale.iter().filter(|one| one.file == listed.file && one.line == listed.line) {
            writeln!(out, "    stale: {}", printable(&one.why))?;
        }
    }
    writeln!(out, "{} allowed", allow.entries().len())?;
    Ok(Exit::Clean)
}

fn shown(listed: &Listed) -> String {
    let Entry { id, rule, path, reason, by, on, until } = &listed.entry;
    let mut text = format!("{id}  {rule}");
    for (word, value) in [("in", path.clone()), ("", reason.clone()), ("by", by.clone())] {
        if !value.is_empty() {
            text.push_str(&format!("  {word}{}{value}", if word.is_empty() { "" } else { " " }));
        }
    }
    for (word, date) in [("on", on), ("until", until)] {
        text.extend(date.map(|date| format!("  {word} {date}")));
    }
    text
}

/// The list is a stranger's text: nothing in it may steer a terminal.
fn printable(text: &str) -> String {
    crate::escape::visible(&say::masked(text.to_owned()))
}

/// Whose entry it is: git's `user.name`.
fn author(cwd: &Path) -> String {
    let settings = repo::git_config(cwd, "user.").unwrap_or_default();
    let name = settings.into_iter().rev().find(|setting| setting.key == "user.name");
    name.and_then(|setting| setting.value).map(|name| name.to_str_lossy().into_owned()).unwrap_or_default()
}

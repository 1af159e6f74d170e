//! `stanch hook EVENT`: what git and the hook managers call. Parsed by hand, since a commit waits for it.

use std::ffi::{OsStr, OsString};
use std::io::{Read, Write};
use std::path::PathBuf;

use anyhow::{Context as _, Result, anyhow, bail};
use bstr::{BString, ByteSlice};

use super::{message, receive, stopped};
use crate::cli::settings::Whose;
use crate::cli::show::{Moment, Options};
use crate::cli::{Exit, check, fault, say};
use crate::escape::visible;
use crate::install::chain;
use crate::numbers::count;
use crate::source::files::Files;
use crate::source::push::{self, RefUpdate};
use crate::source::range::{self, Range};
use crate::source::receive::Received;
use crate::source::remote::Remote;
use crate::source::staged::Staged;
use crate::source::{Context, Source, object_dirs, underway};

const EVENTS: &str = "pre-commit, pre-merge-commit, pre-applypatch, commit-msg, pre-push, pre-receive and update; \
                      pre-commit-framework, pre-push-framework and commit-msg for hook managers";

/// For help and the manual.
pub(in crate::cli) fn define() -> clap::Command {
    clap::Command::new("hook")
        .about("What git calls; see `stanch install`")
        .arg(clap::Arg::new("event").required(true).help(EVENTS))
        .arg(clap::Arg::new("args").num_args(0..).help("What git passes to the hook"))
}

/// Runs one event. That git is stopped, and how to go on, is told in one place, whatever was wrong.
pub(in crate::cli) fn run(args: &[OsString]) -> Result<Exit> {
    let event = args.first().and_then(|event| event.to_str()).unwrap_or_default();
    fault::runs_hook(event);
    match dispatch(args) {
        Err(error) => {
            say::error(&error);
            stopped::tell(event, &format!("{error:#}"));
            Ok(Exit::Failed)
        }
        Ok(Exit::Failed) => {
            stopped::tell(event, stopped::PARTLY);
            Ok(Exit::Failed)
        }
        done => done,
    }
}

fn dispatch(args: &[OsString]) -> Result<Exit> {
    let event = args.first().and_then(|event| event.to_str()).unwrap_or_default();
    let rest = args.get(1..).unwrap_or_default();
    let stdin = if matches!(event, "pre-push" | "pre-receive") { all_of_stdin()? } else { Vec::new() };
    if let Some(stopped) = chained(event, rest, &stdin)? {
        return Ok(stopped);
    }
    match event {
        "pre-commit" => staged(Vec::new(), Moment::Commit),
        "pre-merge-commit" => staged(merge_heads(), Moment::Commit),
        "pre-applypatch" => applied(),
        "commit-msg" => message::run(rest),
        "pre-push" => pre_push(rest, &stdin),
        "pre-receive" => receive::run(&Received::parse(&stdin)?),
        "update" => update(rest),
        "pre-commit-framework" => framework_commit(rest),
        "pre-push-framework" => framework_push(),
        "--help" | "-h" => {
            define().bin_name("stanch hook").print_help()?;
            Ok(Exit::Clean)
        }
        _ => bail!("there is no hook `{event}`\nnext: the hooks are {EVENTS}"),
    }
}

/// Runs the hook that was here before ours, with its arguments and a full copy of standard input.
/// `Some` when it stops the operation.
fn chained(event: &str, args: &[OsString], stdin: &[u8]) -> Result<Option<Exit>> {
    let Some(hook) = std::env::var_os(chain::HOOK_VARIABLE) else { return Ok(None) };
    let running = std::env::var_os(chain::GUARD_VARIABLE);
    let status = chain::run(&chain::hook_dir(&hook)?, event, args, stdin, running.as_ref())?;
    match status {
        Some(status) if !status.success() => {
            writeln!(std::io::stderr(), "stanch: {}", chain::describe(event, status))?;
            Ok(Some(Exit::Hook(chain::code(status))))
        }
        _ => Ok(None),
    }
}

/// What the index adds to HEAD, or to each parent of a merge.
fn staged(merge_parents: Vec<String>, moment: Moment) -> Result<Exit> {
    staged_in(&Context { merge_parents, ..context()? }, moment)
}

fn staged_in(context: &Context, moment: Moment) -> Result<Exit> {
    finish(&mut Staged::open(context)?, context, moment)
}

/// What a patch has left in the index, for `git am`. `git rebase --apply` comes here too, with commits that were made
/// before: the other kind of rebase, which is the usual one, runs no hook, and both are looked into when they are pushed.
fn applied() -> Result<Exit> {
    let context = context()?;
    match underway::is_applying_again(&context)? {
        true => Ok(Exit::Clean),
        false => staged_in(&context, Moment::Patch),
    }
}

/// Every commit that the push publishes, of all refs.
fn pre_push(args: &[OsString], stdin: &[u8]) -> Result<Exit> {
    let args: Vec<&[u8]> = args.iter().map(|arg| arg.as_encoded_bytes()).collect();
    let remote = Remote::from_args(&args);
    let updates = RefUpdate::parse(stdin)?;
    if updates.iter().all(|update| update.local_id.is_none()) {
        return Ok(Exit::Clean);
    }
    let context = context()?;
    finish(&mut push::open(&context, &remote, &updates)?, &context, Moment::Push)
}

/// `update REF OLD NEW`, once for each ref.
fn update(args: &[OsString]) -> Result<Exit> {
    let [name, old, new] = args else {
        bail!("git passes three arguments to the update hook, got {}", args.len())
    };
    let bytes = OsStr::as_encoded_bytes;
    receive::run(&[Received::new(bytes(old), bytes(new), bytes(name))?])
}

/// Under the pre-commit framework: names that git says are staged mean a commit; any other name means
/// that somebody wants to know about whole files (`--all-files`, `--files`, a range, the manual stage).
fn framework_commit(args: &[OsString]) -> Result<Exit> {
    // The framework runs this before a merge is committed too.
    let context = Context { merge_parents: merge_heads(), ..context()? };
    if std::env::var_os("PRE_COMMIT_FROM_REF").is_none() {
        let mut source = Staged::open(&context)?;
        let staged = source.paths()?;
        if args.iter().all(|name| staged.contains(name.as_encoded_bytes().as_bstr())) {
            return finish(&mut source, &context, Moment::Commit);
        }
    }
    // What is being judged must not choose its own judge: not the files on disk.
    let whose = match (std::env::var("PRE_COMMIT_FROM_REF"), std::env::var("PRE_COMMIT_TO_REF")) {
        (Ok(from), Ok(to)) => Whose::MergeBase(from, to),
        _ => Whose::Head,
    };
    let mut files = Files::new(args.iter().map(PathBuf::from).collect()).links_as_texts();
    check::run(&mut files, &context, Moment::Scan, &Options::default(), &whose)
}

/// At pre-push under the pre-commit framework, which has read git's lines and passes the first ref on
/// in variables.
fn framework_push() -> Result<Exit> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    let bytes = |name: &str| variable(name).map(|value| BString::from(value.into_encoded_bytes()));
    let text = |name: &str| {
        let text = variable(name).map(OsString::into_string).transpose();
        text.map_err(|_| {
            anyhow!(
                "{name} is no text\nnext: name the commit by its id, as in `--to-ref $(git rev-parse HEAD)`"
            )
        })
    };
    let named: Vec<BString> =
        ["PRE_COMMIT_REMOTE_NAME", "PRE_COMMIT_REMOTE_URL"].into_iter().map_while(bytes).collect();
    let remote = Remote::from_args(&named);
    let context = context()?;
    let (from, to) = (text("PRE_COMMIT_FROM_REF")?, text("PRE_COMMIT_TO_REF")?);
    let local_ref = bytes("PRE_COMMIT_LOCAL_BRANCH").unwrap_or_else(|| "HEAD".into());
    let is_id = |name: &String| name.len() >= 40 && name.bytes().all(|b| b.is_ascii_hexdigit());
    // git tells a push by ids; whoever names an end otherwise asks for what lies between the two.
    if !from.iter().chain(&to).all(is_id) {
        let (tip, from) = (to.unwrap_or_else(|| local_ref.to_string()), Vec::from_iter(from));
        return finish(&mut Range::open(&context, &[tip], &from)?, &context, Moment::Push);
    }
    // Without one all goes that leads to what is pushed: its first commit is new there.
    let to = to.map_or_else(|| push::resolve(&context, local_ref.as_bstr()), Ok)?;
    let update = RefUpdate {
        local_ref,
        local_id: Some(to),
        remote_ref: bytes("PRE_COMMIT_REMOTE_BRANCH").unwrap_or_default(),
        remote_id: from,
    };
    let others = push::left_on_other_branches(&context, &remote, &update)?;
    if others > 0 {
        writeln!(
            std::io::stderr(),
            "stanch: pre-commit tells its hooks the first ref of a push only. Other branches have {} \
             that {} has not;\n  if you push them too, they were not looked at. `stanch install --hook \
             pre-push` sees all refs",
            count(others, "commit"),
            visible(
                &bytes("PRE_COMMIT_REMOTE_NAME").map_or("the other side".into(), |name| name.to_string())
            )
        )?;
    }
    finish(&mut push::open(&context, &remote, &[update])?, &context, Moment::Push)
}

pub(super) fn finish(source: &mut dyn Source, context: &Context, moment: Moment) -> Result<Exit> {
    check::run(source, context, moment, &Options::default(), &Whose::Head)
}

/// The parents that a merge brings, from `GITHEAD_<id>`: at pre-merge-commit there is no MERGE_HEAD yet.
fn merge_heads() -> Vec<String> {
    let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
    names.filter_map(|name| name.strip_prefix("GITHEAD_").map(str::to_owned)).collect()
}

/// Where git has started us, with the directories of objects and the list of shallow commits that it names.
pub(super) fn context() -> Result<Context> {
    let named = |name: &str| std::env::var_os(name);
    let (own, others) = (named("GIT_OBJECT_DIRECTORY"), named("GIT_ALTERNATE_OBJECT_DIRECTORIES"));
    Ok(Context {
        object_dirs: object_dirs(own.as_deref(), others.as_deref()),
        shallow_file: named("GIT_SHALLOW_FILE").filter(|path| !path.is_empty()).map(PathBuf::from),
        ..Context::new(current_directory()?)
    })
}

pub(in crate::cli) fn current_directory() -> Result<PathBuf> {
    std::env::current_dir().context("cannot tell the current directory; was it removed?")
}

/// What git writes to the hook. It gives a pipe, also for a push of nothing: whoever gives a device, or nothing at all, in
/// place of which the program has one, is not git, and does not pass on what git said.
fn all_of_stdin() -> Result<Vec<u8>> {
    if is_device(&std::io::stdin()).context("cannot look at standard input")? {
        bail!(
            "the hook was not told what is pushed: its standard input is closed, or a device such as /dev/null\n\
             next: let what calls it pass on the standard input that git gives (lefthook: `use_stdin: true`)"
        );
    }
    let mut bytes = Vec::new();
    std::io::stdin().read_to_end(&mut bytes).context("cannot read what git passes to the hook")?;
    Ok(bytes)
}

#[cfg(unix)]
fn is_device(input: &impl std::os::fd::AsFd) -> std::io::Result<bool> {
    use std::os::unix::fs::FileTypeExt as _;
    let input = std::fs::File::from(input.as_fd().try_clone_to_owned()?);
    Ok(input.metadata()?.file_type().is_char_device())
}

#[cfg(not(unix))]
fn is_device(input: &impl std::io::IsTerminal) -> std::io::Result<bool> {
    Ok(input.is_terminal())
}

/// A range on the command line, see `scan` and `ci`.
pub(in crate::cli) fn open_range(include: &[String], exclude: &[String]) -> Result<Range> {
    Range::open(&context()?, include, exclude)
}

/// `A..B` on the command line.
pub(in crate::cli) fn parse_range(text: &str) -> Result<(Vec<String>, Vec<String>)> {
    range::parse(text)
}

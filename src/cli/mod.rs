//! The command line: parse, wire, exit. Thin: what a command does stands in the layers below.
//!
//! A run builds only the definition of the subcommand it was given, and `hook` not even that: the full
//! tree of ten costs 0.5 ms, as much as the rest of a hook.

use std::ffi::{OsStr, OsString};
use std::io::Write;

use anyhow::{Context as _, Result};

mod agent;
mod cache;
mod check;
mod command;
mod course;
mod edit;
mod exit;
mod fault;
mod gather;
mod history;
mod joined;
mod look;
mod lookup;
mod output;
mod parts;
mod past;
mod progress;
mod queue;
mod say;
mod settings;
mod show;
mod upkeep;

pub use exit::Exit;

use crate::escape::visible;

/// A subcommand: its name, what it is for, and how it runs.
struct Command {
    name: &'static str,
    about: &'static str,
    run: fn(&[OsString]) -> Result<Exit>,
    /// Its definition, for help, completions and the manual.
    define: fn() -> clap::Command,
}

const COMMANDS: &[Command] = &[
    Command {
        name: "install",
        about: "Put the hooks into this repository, or into all",
        run: command::install::install,
        define: command::install::define_install,
    },
    Command {
        name: "uninstall",
        about: "Take the hooks out again",
        run: command::install::uninstall,
        define: command::install::define_uninstall,
    },
    Command {
        name: "doctor",
        about: "Show which hooks git runs here, and prove that they protect",
        run: command::install::doctor,
        define: command::install::define_doctor,
    },
    Command {
        name: "demo",
        about: "See a commit being blocked, in a scratch repository",
        run: command::install::demo,
        define: command::install::define_demo,
    },
    Command {
        name: "allow",
        about: "Let a false alarm pass from now on",
        run: command::allow::run,
        define: command::allow::define,
    },
    Command {
        name: "baseline",
        about: "Keep what was here before apart from what is new",
        run: command::baseline::run,
        define: command::baseline::define,
    },
    Command {
        name: "import",
        about: "Take over what another tool's file allows",
        run: command::import::run,
        define: command::import::define,
    },
    Command {
        name: "ci",
        about: "Look through what a pull request or push adds",
        run: command::ci::run,
        define: command::ci::define,
    },
    Command {
        name: "scan",
        about: "Look for secrets in files, the index, commits or a stream",
        run: command::scan::run,
        define: command::scan::define,
    },
    Command {
        name: "merge",
        about: "Join the reports of a scan that was shared among machines",
        run: command::merge::run,
        define: command::merge::define,
    },
    Command {
        name: "explain",
        about: "Tell all about a rule: risks, revoking, code to write instead",
        run: command::explain::run,
        define: command::explain::define,
    },
    Command {
        name: "rules",
        about: "List, show and test rules",
        run: command::rules::run,
        define: command::rules::define,
    },
    Command {
        name: "completions",
        about: "Print the completions for a shell",
        run: command::manual::completions,
        define: command::manual::define_completions,
    },
    Command {
        name: "man",
        about: "Print the manual page",
        run: command::manual::man,
        define: command::manual::define_man,
    },
    Command {
        name: "agent-hook",
        about: "What a coding agent calls; see `stanch install --agent`",
        run: command::agent::run,
        define: command::agent::define,
    },
    Command {
        name: "hook",
        about: "What git calls; see `stanch install`",
        run: command::hook::run,
        define: command::hook::define,
    },
];

/// Runs the program with the arguments, streams and environment of the process.
pub fn main() -> Exit {
    fault::end_on_panic();
    let args: Vec<OsString> = std::env::args_os().skip(1).collect();
    match dispatch(&args) {
        Ok(exit) => exit,
        Err(error) => {
            say::error(&error);
            Exit::Failed
        }
    }
}

fn dispatch(args: &[OsString]) -> Result<Exit> {
    let Some(first) = args.first() else {
        help(&mut std::io::stderr())?;
        return Ok(Exit::Failed);
    };
    match first.to_str() {
        Some("--help" | "-h" | "help") => match args.get(1).and_then(|name| find(name)) {
            Some(command) => (command.run)(&["--help".into()]),
            None => help(&mut std::io::stdout()).or_else(seen_enough).map(|()| Exit::Clean),
        },
        Some("-C") => {
            let folder = args.get(1).context("`-C` wants a folder\nnext: `stanch -C DIR COMMAND`")?;
            std::env::set_current_dir(folder)
                .with_context(|| format!("cannot change to {}", folder.to_string_lossy()))?;
            dispatch(&args[2..])
        }
        Some("--version" | "-V") => {
            writeln!(std::io::stdout(), "stanch {}", env!("CARGO_PKG_VERSION"))?;
            Ok(Exit::Clean)
        }
        _ => match find(first) {
            Some(command) => match (command.run)(&args[1..]) {
                Err(error) if is_broken_pipe(&error) && !CHECKS.contains(&command.name) => Ok(Exit::Clean),
                result => result,
            },
            None => {
                let typed = first.to_string_lossy();
                let nearest = nearest(&typed).map(|name| format!(", did you mean `stanch {name}`?"));
                anyhow::bail!(
                    "there is no command `{typed}`{}\nnext: run `stanch --help`",
                    nearest.unwrap_or_default()
                )
            }
        },
    }
}

fn find(name: &OsStr) -> Option<&'static Command> {
    COMMANDS.iter().find(|command| command.name == name)
}

/// The command that begins like what was typed, or shares most letters with it.
fn nearest(typed: &str) -> Option<&'static str> {
    let start: String = typed.chars().take(2).collect();
    let shared = |name: &str| typed.chars().filter(|c| name.contains(*c)).count();
    let best = COMMANDS
        .iter()
        .map(|command| command.name)
        .max_by_key(|name| (name.starts_with(&start), shared(name)))?;
    (shared(best) * 2 > typed.len()).then_some(best)
}

fn help(out: &mut dyn Write) -> Result<()> {
    writeln!(
        out,
        "stanch stops hard-coded secrets before git records or publishes them,\nand tells you how to fix the leak. Offline, in milliseconds.\n"
    )?;
    writeln!(out, "usage: stanch COMMAND [OPTIONS]\n")?;
    for command in COMMANDS {
        writeln!(out, "  {:<12} {}", command.name, command.about)?;
    }
    writeln!(out, "\nStart with `stanch install` in a repository. `stanch COMMAND --help` tells more.")?;
    writeln!(out, "Exit status: 0 clean, 1 secrets found, 2 stanch could not look (and blocks).")?;
    Ok(())
}

/// Parses a subcommand's arguments. `Err` holds how to exit: clap has said why.
fn parse<A: clap::Parser>(name: &str, args: &[OsString]) -> Result<A, Exit> {
    let mut matches = matches(A::command(), name, args).map_err(told)?;
    A::from_arg_matches_mut(&mut matches).map_err(told)
}

/// What of [`parse`] is the same for all subcommands.
fn matches(command: clap::Command, name: &str, args: &[OsString]) -> clap::error::Result<clap::ArgMatches> {
    let line = std::iter::once(OsString::from(format!("stanch {name}"))).chain(args.iter().cloned());
    command.try_get_matches_from(line)
}

/// Says what clap has to say: help that was asked for, or what is wrong.
fn told(error: clap::Error) -> Exit {
    if !error.use_stderr() {
        let _ = error.print();
        return Exit::Clean;
    }
    // It quotes what was typed. Nothing can be done when standard error is gone.
    let said = error.to_string();
    let lines = said.lines().map(|line| visible(&say::masked(line.to_owned())));
    let _ = writeln!(std::io::stderr(), "{}", lines.collect::<Vec<_>>().join("\n"));
    Exit::Failed
}

/// Commands whose exit status is a verdict: an answer that nobody could read is none, and a broken pipe may
/// as well be git's.
const CHECKS: &[&str] = &["hook", "agent-hook", "scan", "ci"];

/// A reader that went away (`| head`) is no error.
fn seen_enough(error: anyhow::Error) -> Result<()> {
    if is_broken_pipe(&error) { Ok(()) } else { Err(error) }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let kind = error.root_cause().downcast_ref::<std::io::Error>().map(std::io::Error::kind);
    kind == Some(std::io::ErrorKind::BrokenPipe)
}

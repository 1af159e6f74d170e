//! `stanch completions` and `stanch man`: made from the same definitions that parse the arguments.

use std::ffi::OsString;
use std::io::Write;

use anyhow::{Result, bail};
use clap::{CommandFactory, Parser};
use clap_complete::Shell;

use crate::cli::{COMMANDS, Exit, parse};

/// Print the completions for a shell
///
/// For instance: stanch completions bash > ~/.local/share/bash-completion/completions/stanch
#[derive(Debug, Parser)]
#[command(name = "stanch completions")]
struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Print the manual page, of stanch or of one command
///
/// For instance: stanch man > ~/.local/share/man/man1/stanch.1
#[derive(Debug, Parser)]
#[command(name = "stanch man")]
struct ManArgs {
    /// The command; without it, the page of stanch
    command: Option<String>,
}

pub(in crate::cli) fn define_completions() -> clap::Command {
    CompletionsArgs::command()
}

pub(in crate::cli) fn define_man() -> clap::Command {
    ManArgs::command()
}

pub(in crate::cli) fn completions(args: &[OsString]) -> Result<Exit> {
    let args: CompletionsArgs = match parse("completions", args) {
        Ok(args) => args,
        Err(exit) => return Ok(exit),
    };
    let mut bytes = Vec::new();
    clap_complete::generate(args.shell, &mut whole(), "stanch", &mut bytes);
    std::io::stdout().write_all(&bytes)?;
    Ok(Exit::Clean)
}

pub(in crate::cli) fn man(args: &[OsString]) -> Result<Exit> {
    let args: ManArgs = match parse("man", args) {
        Ok(args) => args,
        Err(exit) => return Ok(exit),
    };
    let page = match &args.command {
        // There is no page of `help`, and clap would name one.
        None => whole().disable_help_subcommand(true),
        Some(name) => match COMMANDS.iter().find(|command| command.name == name) {
            Some(command) => {
                let page = (command.define)().name(format!("stanch-{name}").leak() as &'static str);
                page.disable_version_flag(true).disable_help_subcommand(true)
            }
            None => bail!("there is no command `{name}`\nnext: run `stanch --help`"),
        },
    };
    let mut bytes = Vec::new();
    let source = format!("stanch {}", env!("CARGO_PKG_VERSION"));
    clap_mangen::Man::new(page).source(source).render(&mut bytes)?;
    std::io::stdout().write_all(&bytes)?;
    Ok(Exit::Clean)
}

/// All commands as one tree: what the program itself never builds, since it is slow to.
fn whole() -> clap::Command {
    let root = clap::Command::new("stanch")
        .version(env!("CARGO_PKG_VERSION"))
        .about("Stops hard-coded secrets before git records or publishes them, and tells how to fix the leak")
        .after_help("Exit status: 0 clean, 1 secrets found, 2 stanch could not look (and blocks).");
    COMMANDS.iter().fold(root, |root, command| {
        root.subcommand((command.define)().name(command.name).about(command.about))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_is_sound() {
        whole().debug_assert();
    }

    #[test]
    fn every_command_is_in_completions_and_manual() {
        let mut bytes = Vec::new();
        clap_complete::generate(Shell::Bash, &mut whole(), "stanch", &mut bytes);
        let completions = String::from_utf8(bytes).unwrap();
        let mut page = Vec::new();
        clap_mangen::Man::new(whole()).render(&mut page).unwrap();
        let page = String::from_utf8(page).unwrap();
        for command in COMMANDS {
            assert!(completions.contains(&format!("stanch,{})", command.name)), "{}", command.name);
            let name = command.name.replace('-', "\\-");
            assert!(page.contains(&format!("stanch\\-{name}(1)")), "{name}: {page}");
        }
    }
}

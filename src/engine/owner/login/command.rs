//! The program that a password is handed to, by the command or the entry that it stands in.

use crate::catalogue::RuleIx;
use crate::engine::names;
use crate::engine::owner::Words;
use crate::engine::owner::login::last_in;
use crate::engine::syntax::literal::is_plain_quote;
use crate::engine::syntax::neighbour::line_before;

/// How far before a password the machine of its `.netrc` entry is looked for, bytes.
pub(in crate::engine) const LONGEST_ENTRY: usize = 200;
/// How far before a password the program of its command is looked for, bytes.
pub(in crate::engine) const LONGEST_COMMAND: usize = 400;

/// Options of commands that are given a user or a host.
const WHOSE: [&[u8]; 10] =
    [b"-u", b"-U", b"-h", b"-H", b"-l", b"--user", b"--username", b"--host", b"--hostname", b"--server"];

/// What is on the line of a command before a place; of a command that another one is given in quotes, that one alone:
/// `ssh host "mysql -pSECRET"`.
fn line(before: &[u8]) -> &[u8] {
    let line = whole_line(before);
    let bare = &line[..line.iter().rposition(|b| !is_plain_quote(b)).map_or(0, |at| at + 1)];
    let mut open = None;
    for (at, byte) in bare.iter().enumerate().filter(|(_, byte)| is_plain_quote(byte)) {
        match open {
            None => open = Some((at, *byte)),
            Some((_, quote)) if quote == *byte => open = None,
            Some(_) => {}
        }
    }
    open.map(|(at, _)| &line[at + 1..]).filter(|inner| inner.trim_ascii().contains(&b' ')).unwrap_or(line)
}

fn whole_line(before: &[u8]) -> &[u8] {
    let near = &before[before.len().saturating_sub(LONGEST_COMMAND)..];
    // A line that ends in a backslash, or a backtick in PowerShell, goes on below.
    let is_end = |at: &usize| match near[*at] {
        b'\n' => !matches!(near[..*at].trim_ascii_end().last(), Some(b'\\' | b'`')),
        byte => matches!(byte, b'|' | b';' | b'&'),
    };
    &near[(0..near.len()).rev().find(is_end).map_or(0, |at| at + 1)..]
}

/// The option whose value stands behind a place: `--passphrase=`.
pub(in crate::engine) fn last_option(before: &[u8]) -> Option<&[u8]> {
    let is_sign = |b: &u8| b.is_ascii_whitespace() || matches!(b, b'=' | b'"' | b'\'');
    let near = &before[before.len().saturating_sub(LONGEST_COMMAND)..];
    let length = near.iter().rposition(|b| !is_sign(b))? + 1;
    let word = near[..length].rsplit(u8::is_ascii_whitespace).next()?;
    word.strip_prefix(b"--").filter(|option| !option.is_empty())
}

/// Whose the option of a command is that the catalogue lists as one word with its program: `autopart --passphrase`.
pub(in crate::engine) fn program_option(before: &[u8], option: &[u8], words: Words<'_>) -> Option<RuleIx> {
    let program = line(before).split(u8::is_ascii_whitespace).find(|word| !word.is_empty())?;
    let program = names::normalized(program);
    let joined = format!("{program}{}", names::normalized(option));
    words.find_run(&joined, |word| word.len() > program.len())
}

/// The program of a command: `mysql -u root -p`, `docker login -p`, `helm registry login`.
pub(in crate::engine) fn command(before: &[u8], words: Words<'_>) -> Option<RuleIx> {
    let [nested, whole] = [line(before), whole_line(before)];
    in_command(nested, words)
        .or_else(|| (nested.len() < whole.len()).then(|| in_command(whole, words)).flatten())
}

fn in_command(line: &[u8], words: Words<'_>) -> Option<RuleIx> {
    let is_edge = |b: &u8| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'(' | b'[' | b',');
    let file = |run: &'_ [u8]| memchr::memrchr(b'/', run).map_or(0, |at| at + 1);
    // What users and hosts are called says less than the program, and so do the folders that it stands in.
    let mut is_whose = false;
    let runs = line.split(is_edge).filter(|run| !run.is_empty());
    let programs: Vec<&[u8]> =
        runs.filter(|run| !std::mem::replace(&mut is_whose, WHOSE.contains(run))).collect();
    let named =
        programs.iter().map(|run| names::normalized(&run[file(run)..])).filter(|word| !word.is_empty());
    // `/usr/lib/nagios/plugins/check_acme_health`.
    let in_path = || {
        let path =
            programs.iter().find(|run| run.contains(&b'/') && crate::memmem::find(run, b"://").is_none())?;
        Some(last_in(&names::words(&path[file(path)..]), words, |_| false)?.0)
    };
    let all = line.split(|b| is_edge(b) || *b == b'/').map(names::normalized).filter(|word| !word.is_empty());
    spoken_of(&named.collect::<Vec<_>>(), words)
        .or_else(in_path)
        .or_else(|| spoken_of(&all.collect::<Vec<_>>(), words))
}

/// The rule that the first words of a command speak of, as many as belong together.
fn spoken_of(parts: &[String], words: Words<'_>) -> Option<RuleIx> {
    (0..parts.len()).find_map(|at| {
        let longest = parts.len().min(at + 3);
        (at + 1..=longest).rev().find_map(|end| words.find(&parts[at..end].concat()))
    })
}

/// Whether the command is one that logs in somewhere: `docker login`, `helm registry login`.
pub(in crate::engine) fn logs_in(before: &[u8]) -> bool {
    crate::memmem::find(line_before(before, before.len(), LONGEST_COMMAND), b" login ").is_some()
}

/// Whether `connect system/"` of SQL*Plus stands before a password.
pub(in crate::engine) fn is_slashed(before: &[u8]) -> bool {
    let line = line_before(before, before.len(), LONGEST_COMMAND).trim_ascii_start();
    let user = line.strip_suffix(b"\"").unwrap_or(line).strip_suffix(b"/");
    user.is_some_and(|user| user.len() > 8 && user[..8].eq_ignore_ascii_case(b"connect "))
}

/// The host of a `.netrc` entry.
pub(in crate::engine) fn machine(before: &[u8]) -> Option<&[u8]> {
    let before = &before[before.len().saturating_sub(LONGEST_ENTRY)..];
    let at = memchr::memmem::rfind(before, b"machine ")? + b"machine ".len();
    before[at..].split(u8::is_ascii_whitespace).next()
}

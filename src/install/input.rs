//! Whether what calls our hook hands on what git tells it on standard input: what is pushed.
//!
//! A hook that is not told stops every push, and one whose input somebody has read before it lets every push pass. Scripts
//! and settings of others are read here as text and never run: they may do anything.

use std::fs;
use std::path::Path;

use super::doctor::{Health, Report};
use super::event::Event;
use super::manager::Manager;
use super::state::{ManagerFile, State, mentions_us};
use super::stub::{self, Owner};

/// Whether a hook of somebody else, or a manager, hands on to ours what git tells it.
pub(super) fn check(report: &mut Report, state: &State, event: Event, text: &[u8], hook: &Path) {
    let is_told = matches!(event, Event::PrePush | Event::PreReceive);
    if !is_told || !matches!(stub::owner(event.name(), text), Owner::Foreign) {
        return;
    }
    let manager = Manager::of_hook(text);
    let lost = manager.and_then(|manager| lost_by_manager(manager, &state.managers, &state.top, event));
    if let Some(name) = lost {
        let detail = format!("{name} does not tell stanch what is pushed: it has no `use_stdin`");
        let fix = "use_stdin: true, below `run: stanch hook …`";
        report.add(event.name(), Health::Bad, detail, Some(fix));
    }
    if manager.is_none()
        && let Some((line, why)) = lost_in_script(text, event)
    {
        let detail = format!("{}:{line} {why}, so stanch is not told what is pushed", hook.display());
        let fix = format!("refs=$(cat), and then: printf '%s\\n' \"$refs\" | stanch hook {event} \"$@\"");
        report.add(event.name(), Health::Bad, detail, Some(&fix));
    }
}

/// The line of a shell script, from 1, for which our hook is told nothing, and why: its own, or one before it. The line
/// itself is not shown, it may hold anything.
fn lost_in_script(text: &[u8], event: Event) -> Option<(usize, &'static str)> {
    let text = String::from_utf8_lossy(text);
    let call = format!("hook {event}");
    let mut read = None;
    for (at, line) in (1..).zip(text.lines().map(str::trim)).filter(|(_, line)| !line.starts_with('#')) {
        match line.split_once(&call) {
            Some((before, behind)) if mentions_us(before.as_bytes()) => {
                return match is_closed(behind) {
                    true => Some((at, "closes standard input")),
                    false => read.filter(|_| !is_fed(before, behind)),
                };
            }
            _ if reads_all(line) => read = Some((at, "reads all of standard input first")),
            // The script has put something in its place, or a loop reads a file.
            _ if ["exec <", "exec 0<", "done <"].iter().any(|sets| line.contains(sets)) => read = None,
            _ => {}
        }
    }
    None
}

/// Whether what stands behind a command closes its input. The shell gives `/dev/null` to what runs in the background.
fn is_closed(behind: &str) -> bool {
    let behind = behind.replace("< ", "<");
    let is_left = behind.trim_end().strip_suffix('&').is_some_and(|rest| !rest.ends_with('&'));
    behind.contains("</dev/null") || behind.contains("<&-") || is_left
}

/// Whether a command gets its input from a pipe, a file or a text.
fn is_fed(before: &str, behind: &str) -> bool {
    before.replace("||", "").contains('|') || behind.contains('<')
}

/// Whether a line reads standard input to its end and is not fed itself.
fn reads_all(line: &str) -> bool {
    let reads =
        ["while read ", "while IFS= read ", "$(cat)", "`cat`", "git lfs pre-push", "git-lfs pre-push"];
    let at = reads.iter().find_map(|reads| line.find(reads));
    at.is_some_and(|at| !is_fed(&line[..at], &line[at..]))
}

/// The manager's file in which nothing asks for the input that our hook of the event needs. lefthook gives a command
/// none unless it has `use_stdin`.
fn lost_by_manager(
    manager: Manager,
    files: &[ManagerFile],
    top: &Path,
    event: Event,
) -> Option<&'static str> {
    let mut files =
        files.iter().filter(|file| manager == Manager::Lefthook && file.is_read_by(manager) && file.runs_us);
    let is_lost = |file: &&ManagerFile| {
        fs::read_to_string(top.join(file.name)).is_ok_and(|text| lost_in_lefthook(&text, event))
    };
    files.find(is_lost).map(|file| file.name)
}

fn lost_in_lefthook(text: &str, event: Event) -> bool {
    let lines: Vec<&str> = text.lines().collect();
    let call = format!("stanch hook {event}");
    let calls = (0..lines.len()).filter(|at| lines[*at].contains(&call));
    calls.into_iter().any(|at| !settings_beside(&lines, at).iter().any(|line| line.contains("use_stdin")))
}

/// The lines of the YAML map that line `at` is in; of another language the whole file.
fn settings_beside<'l, 't>(lines: &'l [&'t str], at: usize) -> &'l [&'t str] {
    if !lines[at].trim_start().trim_start_matches("- ").starts_with("run:") {
        return lines;
    }
    let column = |line: &str| line.len() - line.trim_start_matches([' ', '-']).len();
    let opens = |line: &str| line.trim_start().starts_with("- ");
    let is_own = |line: &str| line.trim().is_empty() || column(line) >= column(lines[at]);
    let is_below = |line: &&&str| is_own(line) && !(opens(line) && column(line) == column(lines[at]));
    let mut from = at;
    while from > 0 && !opens(lines[from]) && is_own(lines[from - 1]) {
        from -= 1;
    }
    &lines[from..at + 1 + lines[at + 1..].iter().take_while(is_below).count()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_script_that_loses_what_git_says_is_known_by_its_line() {
        let lost = |text: &str| lost_in_script(text.as_bytes(), Event::PrePush);
        let call = "stanch hook pre-push \"$@\"";
        for line in [
            format!("{call} </dev/null"),
            format!("{call} < /dev/null || exit 1"),
            format!("exec {call} <&-"),
            format!("{call} &"),
        ] {
            let lost = lost(&format!("#!/bin/sh\n# {call}\n{line}\n"));
            assert_eq!(lost, Some((3, "closes standard input")), "{line}");
        }
        for line in ["git lfs pre-push \"$@\"", "refs=$(cat)", "while read -r a b c d; do", "x=`cat`"] {
            let lost = lost(&format!("{line}\n{call} || exit 1\n"));
            assert_eq!(lost, Some((1, "reads all of standard input first")), "{line}");
        }
        for text in [
            format!("{call}\ngit lfs pre-push \"$@\"\n"),
            format!("{call} && exit 0\n"),
            format!("refs=$(cat)\nprintf %s \"$refs\" | {call}\ngit lfs pre-push \"$@\"\n"),
            format!("refs=$(cat)\n{call} <<< \"$refs\"\n"),
            format!("refs=$(cat)\nexec <<X\n$refs\nX\n{call}\n"),
            format!("while read -r line; do\n  echo \"$line\" | {call}\ndone\n"),
            format!("v=$(git log | cat)\nwhile read x; do :; done < list\necho \"$v\" | grep x\n{call}\n"),
            format!("while read -r line; do\n  echo \"$line\"\ndone < list\n{call}\n"),
            super::super::manager::husky_lines(Event::PrePush),
            "git lfs pre-push \"$@\"\nstanch hook pre-commit\n".to_owned(),
        ] {
            assert_eq!(lost(&text), None, "{text}");
        }
    }

    #[test]
    fn lefthook_is_asked_for_each_command() {
        let lost = |text: &str| lost_in_lefthook(text, Event::PrePush);
        let (_, stanza) = Manager::Lefthook.stanza(&[Event::PreCommit, Event::PrePush]);
        assert!(!lost(&stanza) && lost(&stanza.replace("      use_stdin: true\n", "")));
        let jobs = "pre-push:\n  jobs:\n    - name: lint\n      run: lint\n      use_stdin: true\n\
                    \x20   - name: secrets\n      run: stanch hook pre-push {1} {2}\n";
        assert!(lost(jobs) && lost(&format!("{jobs}    - run: other\n      use_stdin: true\n")));
        assert!(!lost(&format!("{jobs}      use_stdin: true\n")));
        assert!(!lost(&jobs.replace("name: secrets", "use_stdin: true")));
        let toml = "[pre-push.commands.stanch]\nuse_stdin = true\nrun = \"stanch hook pre-push {1}\"\n";
        assert!(!lost(toml) && lost(&toml.replace("use_stdin = true", "")));
    }
}

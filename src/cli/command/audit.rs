//! `stanch baseline audit`: walks a person through what is known, and keeps each answer at once.

use std::collections::HashMap;
use std::io::{BufRead, IsTerminal, Write};
use std::path::Path;

use anyhow::{Result, ensure};

use super::baseline::{place, write};
use crate::cli::say;
use crate::escape::visible;
use crate::finding::Finding;
use crate::finding::baseline::{self, Answer, Baseline};

/// What was typed.
enum Reply {
    Answer(Answer, String),
    Skip,
    Quit,
}

/// Asks about each entry of `known` that is found and has no answer, or about all.
///
/// # Errors
/// Without a terminal, or when the file cannot be written.
pub(super) fn run(file: &Path, known: &[u8], found: &[Finding], all: bool) -> Result<()> {
    ensure!(
        std::io::stdin().is_terminal() && std::io::stdout().is_terminal(),
        "the audit asks questions, and there is no terminal to answer on\nnext: run it in one; `stanch baseline show` only lists"
    );
    let at: HashMap<(&str, &str), &Finding> =
        found.iter().map(|finding| ((finding.fingerprint.as_str(), finding.rule.id), finding)).collect();
    let entries: Vec<(String, String)> = Baseline::new(known)
        .entries()
        .filter(|entry| all || entry.answer().is_none())
        .filter(|entry| at.contains_key(&(entry.fingerprint, entry.rule)))
        .map(|entry| (entry.fingerprint.to_owned(), entry.rule.to_owned()))
        .collect();
    let old = Baseline::new(known);
    let gone = old.entries().filter(|entry| !at.contains_key(&(entry.fingerprint, entry.rule))).count();
    let mut text = String::from_utf8_lossy(known).into_owned();
    let (mut lines, out) = (std::io::stdin().lock().lines(), &mut std::io::stdout());
    let mut answered = 0;
    for (number, (id, rule)) in entries.iter().enumerate() {
        let Some(finding) = at.get(&(id.as_str(), rule.as_str())) else { continue };
        present(out, finding, number + 1, entries.len())?;
        match ask(out, &mut lines, finding)? {
            Reply::Answer(answer, note) => {
                text = baseline::annotate(text.as_bytes(), id, answer, &note);
                write(file, &text)?;
                answered += 1;
                if answer == Answer::Real {
                    writeln!(out, "  how to revoke it: stanch explain {rule}")?;
                }
            }
            Reply::Skip => {}
            Reply::Quit => break,
        }
    }
    let open = Baseline::new(text.as_bytes()).entries().filter(|entry| entry.answer().is_none()).count();
    writeln!(out, "\n{answered} answered, {open} without an answer")?;
    if gone > 0 {
        writeln!(out, "{gone} no longer there; `stanch baseline update` takes those out")?;
    }
    Ok(())
}

fn present(out: &mut dyn Write, finding: &Finding, number: usize, of: usize) -> Result<()> {
    writeln!(out, "\n{number} of {of}: {} [{}]", finding.rule.name, finding.rule.id)?;
    writeln!(out, "  {}", visible(&place(finding)))?;
    if let Some(first) = finding.locations.first() {
        writeln!(out, "  {}", visible(first.excerpt.text.trim()))?;
    }
    writeln!(out, "  {}", visible(&finding.why.join("; ")))?;
    Ok(())
}

fn ask(
    out: &mut dyn Write,
    lines: &mut impl Iterator<Item = std::io::Result<String>>,
    finding: &Finding,
) -> Result<Reply> {
    loop {
        write!(out, "  [r]eal, [f]alse alarm, r[o]tated, [s]kip, [q]uit; a note may follow: ")?;
        out.flush()?;
        let Some(line) = lines.next() else { return Ok(Reply::Quit) };
        let line = line?;
        let (word, note) = line.trim().split_once(char::is_whitespace).unwrap_or((line.trim(), ""));
        let answer = match word.to_ascii_lowercase().as_str() {
            "r" | "real" => Answer::Real,
            "f" | "false" | "false-alarm" => Answer::FalseAlarm,
            "o" | "rotated" => Answer::Rotated,
            "s" | "skip" | "" => return Ok(Reply::Skip),
            "q" | "quit" => return Ok(Reply::Quit),
            _ => continue,
        };
        let note = note.trim();
        if let Err(why) = say::refuse_secret("the note", note, finding.secrets()) {
            writeln!(out, "  not kept: {}", why.to_string().replace("\nnext:", ";"))?;
            continue;
        }
        return Ok(Reply::Answer(answer, note.to_owned()));
    }
}

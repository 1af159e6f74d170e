//! Cards for people: what leaked, why we are sure, what to do. The finding first, the way out second.
//!
//! At most fourteen lines a card at eighty columns; more than three findings get short cards, with the
//! vendor's advice once. Colour is never the only carrier of a meaning.

use std::collections::HashSet;
use std::io::{self, Write};

use owo_colors::{OwoColorize, Style};

use super::escape::{visible, visible_bytes};
use super::{Card, Report, Run};
use crate::catalogue::{Confidence, Severity};
use crate::source::Place;

/// Columns of a card.
const WIDTH: usize = 80;
/// Columns of the labels at the left.
const LABEL: usize = 10;
/// From this many findings on cards are short.
const SHORT_FROM: usize = 4;

/// Text for people.
#[derive(Debug, Clone, Copy, Default)]
pub struct Human {
    /// Whether to colour.
    pub color: bool,
    /// Whether notes of low confidence are told one by one.
    pub verbose: bool,
}

impl Report for Human {
    fn write(&self, out: &mut dyn Write, run: &Run<'_>) -> io::Result<()> {
        let short = run.blocking.len() >= SHORT_FROM;
        if !run.blocking.is_empty() {
            self.title(out, run)?;
        }
        let mut advised = HashSet::new();
        for card in run.blocking {
            writeln!(out)?;
            self.heading(out, card)?;
            self.source(out, card)?;
            let fix = card.finding.rule.fix.revoke.as_ptr();
            if short {
                self.short_advice(out, card, advised.insert(fix))?;
            } else {
                self.advice(out, card, advised.insert(fix))?;
            }
        }
        self.notes(out, run)?;
        for line in run.announce {
            writeln!(out, "stanch: {}", visible(line))?;
        }
        if !run.blocking.is_empty() {
            writeln!(out)?;
            self.way_on(out, run)?;
        }
        self.summary(out, run)
    }
}

impl Human {
    fn paint(self, text: &str, style: Style) -> String {
        if self.color { text.style(style).to_string() } else { text.to_owned() }
    }

    fn title(self, out: &mut dyn Write, run: &Run<'_>) -> io::Result<()> {
        let count = run.blocking.len();
        let secrets = if count == 1 { "1 secret".to_owned() } else { format!("{count} secrets") };
        let what = if run.stops.is_empty() {
            format!("stanch found {secrets}")
        } else {
            format!("stanch stopped this {}: {secrets}", run.stops)
        };
        writeln!(out, "{}", self.paint(&what, Style::new().bold()))
    }

    fn heading(self, out: &mut dyn Write, card: &Card<'_>) -> io::Result<()> {
        let rule = card.finding.rule;
        let (word, style) = match card.finding.severity {
            Severity::Critical => ("CRITICAL", Style::new().white().on_red().bold()),
            Severity::High => ("HIGH", Style::new().red().bold()),
            Severity::Medium => ("MEDIUM", Style::new().yellow().bold()),
            Severity::Low => ("LOW", Style::new().blue().bold()),
        };
        let name = self.paint(rule.name, Style::new().bold());
        let id = self.paint(&format!("[{}]", rule.id), Style::new().dimmed());
        writeln!(out, "{} {name} {id}", self.paint(word, style))
    }

    fn source(self, out: &mut dyn Write, card: &Card<'_>) -> io::Result<()> {
        let finding = card.finding;
        let Some(place) = finding.locations.first() else { return Ok(()) };
        let path = visible_bytes(&place.path);
        let more = match finding.locations.len() {
            1 => String::new(),
            2 => " and one more place".to_owned(),
            n => format!(" and {} more places", n - 1),
        };
        let more = format!("{}{more}", commit(&place.place));
        let dim = Style::new().dimmed();
        let number = place.line.to_string();
        let gutter = " ".repeat(number.len());
        writeln!(out, "{gutter}{} {path}:{}:{}{more}", self.paint("-->", dim), place.line, place.column)?;
        let (text, start, width) = shown_line(&place.excerpt);
        writeln!(out, "{} {} {text}", self.paint(&number, dim), self.paint("|", dim))?;
        let marker = self.paint(&"^".repeat(width), Style::new().red().bold());
        let why = finding.why.join("; ");
        let indent = number.len() + 3 + start;
        // The reason stands beside the marker where it fits, below it otherwise.
        if indent + width + 1 + why.chars().count() <= WIDTH {
            return writeln!(out, "{gutter} {} {}{marker} {why}", self.paint("|", dim), " ".repeat(start));
        }
        writeln!(out, "{gutter} {} {}{marker}", self.paint("|", dim), " ".repeat(start))?;
        self.labelled(out, "why", &why, 2)
    }

    fn advice(self, out: &mut dyn Write, card: &Card<'_>, is_first: bool) -> io::Result<()> {
        let advice = &card.advice;
        self.labelled(out, "now", &advice.exposure, 2)?;
        self.labelled(out, "write", &advice.instead, 1)?;
        if !is_first {
            return self.labelled(out, "revoke", "as above", 1);
        }
        self.labelled(out, "revoke", &steps(advice.revoke), 3)?;
        if !advice.call.is_empty() {
            self.labelled(out, "or call", advice.call, 2)?;
        }
        self.labelled(out, "abuse", advice.abuse.first().copied().unwrap_or_default(), 1)?;
        self.labelled(out, "breaks", advice.breaks, 1)
    }

    fn short_advice(self, out: &mut dyn Write, card: &Card<'_>, is_first: bool) -> io::Result<()> {
        if is_first {
            self.labelled(out, "revoke", &steps(card.advice.revoke), 2)?;
        }
        self.labelled(out, "write", &card.advice.instead, 1)
    }

    /// A label and its text, wrapped; what does not fit in `most` lines ends in an ellipsis.
    fn labelled(self, out: &mut dyn Write, label: &str, text: &str, most: usize) -> io::Result<()> {
        let mut lines = wrap(&visible(text), WIDTH - LABEL - 1);
        if lines.len() > most {
            lines.truncate(most);
            if let Some(last) = lines.last_mut() {
                while last.chars().count() > WIDTH - LABEL - 3 {
                    last.pop();
                }
                last.push('…');
            }
        }
        for (at, line) in lines.iter().enumerate() {
            let head = if at == 0 { label } else { "" };
            let head = self.paint(&format!(" {head:<width$}", width = LABEL - 1), Style::new().cyan());
            writeln!(out, "{head} {line}")?;
        }
        Ok(())
    }

    fn notes(self, out: &mut dyn Write, run: &Run<'_>) -> io::Result<()> {
        if run.notes.is_empty() {
            return Ok(());
        }
        writeln!(out)?;
        if !self.verbose {
            let count = run.notes.len();
            let findings = if count == 1 { "1 weak sign".to_owned() } else { format!("{count} weak signs") };
            return writeln!(out, "{findings} of a secret did not block; `--verbose` lists them.");
        }
        for card in run.notes {
            let place = &card.finding.locations[0];
            let path = visible_bytes(&place.path);
            writeln!(
                out,
                "note: {path}:{}:{} may hold a {} ({})",
                place.line,
                place.column,
                card.finding.rule.name,
                card.finding.why.join("; ")
            )?;
        }
        Ok(())
    }

    fn way_on(self, out: &mut dyn Write, run: &Run<'_>) -> io::Result<()> {
        let Some(first) = run.blocking.first() else { return Ok(()) };
        for command in &first.advice.commands {
            writeln!(out, "Fixed it?      {}", visible(command))?;
        }
        let rule = first.finding.rule.id;
        let id = crate::finding::fingerprint::short(&first.finding.fingerprint);
        writeln!(out, "More:          stanch explain {rule}")?;
        writeln!(
            out,
            "False alarm?   stanch allow {id} --reason \"…\"{}",
            if run.blocking.len() > 1 { "   (ids: below)" } else { "" }
        )?;
        if run.blocking.len() > 1 {
            for card in run.blocking {
                let id = crate::finding::fingerprint::short(&card.finding.fingerprint);
                let place = &card.finding.locations[0];
                writeln!(
                    out,
                    "  {id}  {}:{}  {}",
                    visible_bytes(&place.path),
                    place.line,
                    card.finding.rule.id
                )?;
            }
        }
        match run.stops {
            "" => Ok(()),
            stops => writeln!(out, "Just this once: git {stops} --no-verify"),
        }
    }

    /// Proof that work was done: how much was looked at, and what was not.
    fn summary(self, out: &mut dyn Write, run: &Run<'_>) -> io::Result<()> {
        let coverage = run.coverage;
        let skipped = coverage.skipped.len() as u64;
        let mut line = format!(
            "stanch: scanned {} of {} blobs, {skipped} skipped, {} ms",
            coverage.blobs,
            coverage.blobs + skipped + coverage.failed.len() as u64,
            run.elapsed.as_millis()
        );
        if !coverage.failed.is_empty() {
            line.push_str(&format!(", {} could not be read", coverage.failed.len()));
        }
        if run.allowed > 0 {
            line.push_str(&format!(", {} allowed", run.allowed));
        }
        if run.old > 0 {
            line.push_str(&format!(", {} old", run.old));
        }
        writeln!(out, "{}", self.paint(&line, Style::new().dimmed()))?;
        for skipped in coverage.skipped.iter().take(10) {
            writeln!(out, "  not scanned: {} ({})", visible_bytes(&skipped.path), visible(&skipped.why))?;
        }
        if coverage.skipped.len() > 10 {
            writeln!(out, "  and {} more", coverage.skipped.len() - 10)?;
        }
        for failed in coverage.failed.iter().take(10) {
            writeln!(out, "  could not be read: {} ({})", visible_bytes(&failed.path), visible(&failed.why))?;
        }
        if coverage.failed.len() > 10 {
            writeln!(out, "  and {} more", coverage.failed.len() - 10)?;
        }
        for note in &coverage.notes {
            writeln!(out, "  {}", visible(note))?;
        }
        Ok(())
    }
}

fn commit(place: &Place) -> String {
    match place {
        Place::Commit { id } | Place::Message { id } if !id.is_empty() => {
            format!(" in commit {}", &id[..id.len().min(12)])
        }
        _ => String::new(),
    }
}

/// The excerpt without its indentation, safe for a terminal, with the marker moved along.
fn shown_line(excerpt: &crate::finding::Excerpt) -> (String, usize, usize) {
    let indent = excerpt.text.chars().take_while(|c| *c == ' ' || *c == '\t').count().min(excerpt.start);
    let part = |from: usize, to: usize| {
        visible(&excerpt.text.chars().skip(from).take(to.saturating_sub(from)).collect::<String>())
    };
    let before = part(indent, excerpt.start);
    let secret = part(excerpt.start, excerpt.end);
    let after = part(excerpt.end, usize::MAX);
    let (start, width) = (before.chars().count(), secret.chars().count().max(1));
    (format!("{before}{secret}{after}"), start, width)
}

fn steps(steps: &[&str]) -> String {
    steps.join(" ")
}

/// Breaks text at spaces into lines of at most `width` characters.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("there is always a line");
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > width {
            lines.push(word.to_owned());
        } else {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}

/// Whether a finding blocks.
pub fn blocks(confidence: Confidence) -> bool {
    confidence >= Confidence::Medium
}

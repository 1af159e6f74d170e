//! Cards for people: what leaked, why we are sure, what to do. The finding first, the way out second.
//!
//! At most fourteen lines a card at eighty columns; more than three findings get short cards, with the
//! vendor's advice once. Colour is never the only carrier of a meaning.

use std::collections::HashSet;
use std::io::{self, Write};

use owo_colors::{OwoColorize, Style};

use super::escape::{visible, visible_bytes};
use super::{Card, Report, Run, inside, trace};
use crate::advice::Stage;
use crate::catalogue::{Confidence, Severity};
use crate::finding::Location;
use crate::source::Place;

/// Columns of a card.
const WIDTH: usize = 80;
/// Most lines of a card.
const CARD: usize = 14;
/// Lines of a card that show the place: heading, path, source line, marker.
const SOURCE: usize = 4;
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
    /// How much is told of a finding.
    pub length: Length,
}

/// How much is told of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Length {
    /// A card.
    #[default]
    Cards,
    /// One line.
    Brief,
}

impl Report for Human {
    fn write(&self, out: &mut dyn Write, run: &Run<'_>) -> io::Result<()> {
        if self.length == Length::Brief {
            return self.brief(out, run);
        }
        let short = run.blocking.len() >= SHORT_FROM;
        if !run.blocking.is_empty() {
            self.title(out, run)?;
        }
        let mut advised = HashSet::new();
        let mut last = None;
        for card in run.blocking {
            writeln!(out)?;
            let reach = card.finding.trace.as_ref().map(|trace| trace.reach());
            if let Some(reach) = reach.filter(|_| reach != std::mem::replace(&mut last, reach)) {
                writeln!(out, "{}\n", self.paint(trace::heading(reach), Style::new().bold().underline()))?;
            }
            self.heading(out, card)?;
            self.source(out, card)?;
            let fix = card.finding.rule.page().fix.revoke.as_ptr();
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

    /// One line a finding, in the form that editors and `grep -n` users can jump with.
    fn brief(self, out: &mut dyn Write, run: &Run<'_>) -> io::Result<()> {
        for card in run.blocking {
            let finding = card.finding;
            let Some(place) = finding.locations.first() else { continue };
            let id = crate::finding::fingerprint::short(&finding.fingerprint);
            let path = visible_bytes(&place.path);
            writeln!(
                out,
                "{path}:{}:{}: {} [{}] {id}",
                place.line, place.column, finding.rule.name, finding.rule.id
            )?;
        }
        for line in run.announce {
            writeln!(out, "stanch: {}", visible(line))?;
        }
        self.summary(out, run)
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
        let room = WIDTH - word.len() - 1;
        let id = format!("[{}]", rule.id);
        let name: String = rule.name.chars().take(room).collect();
        let fits = name.chars().count() + 1 + id.len() <= room;
        let name = self.paint(&name, Style::new().bold());
        write!(out, "{} {name}", self.paint(word, style))?;
        // The id stands at the end of the report too.
        if fits { writeln!(out, " {}", self.paint(&id, Style::new().dimmed())) } else { writeln!(out) }
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
        let (text, start, width) = shown_line(place);
        writeln!(out, "{} {} {text}", self.paint(&number, dim), self.paint("|", dim))?;
        let marker = self.paint(&"^".repeat(width), Style::new().red().bold());
        // The reason stands beside the marker where it fits, below it otherwise.
        let why = match why_below(card) {
            None => format!(" {}", visible(&card.finding.why.join("; "))),
            Some(_) => String::new(),
        };
        let line = format!("{gutter} {} {}{marker}{why}", self.paint("|", dim), " ".repeat(start));
        writeln!(out, "{}", line.trim_end())
    }

    fn advice(self, out: &mut dyn Write, card: &Card<'_>, is_first: bool) -> io::Result<()> {
        let advice = &card.advice;
        let mut parts = vec![
            where_inside(card),
            Part::new("why", &why_below(card).unwrap_or_default()),
            way(card),
            Part::new("now", &advice.exposure),
            Part::new("write", &advice.instead),
        ];
        if is_first {
            let call = Part::new("or call", advice.call);
            parts.extend([
                Part::new("revoke", &steps(advice.revoke)),
                // Half a command is worse than none; `explain` has the whole.
                if call.lines.len() <= 2 { call.whole() } else { Part::new("or call", "") },
                Part::new("abuse", &steps(advice.abuse)),
                Part::new("breaks", advice.breaks),
            ]);
        } else {
            parts.push(Part::new("revoke", "as above"));
        }
        allot(&mut parts, CARD - SOURCE);
        parts.iter().try_for_each(|part| self.part(out, part))
    }

    fn short_advice(self, out: &mut dyn Write, card: &Card<'_>, is_first: bool) -> io::Result<()> {
        let mut parts = vec![
            where_inside(card),
            Part::new("why", &why_below(card).unwrap_or_default()),
            way(card).whole(),
        ];
        if is_first {
            parts.push(Part::new("revoke", &steps(card.advice.revoke)));
        }
        parts.push(Part::new("write", &card.advice.instead));
        let room = parts.iter().map(|part| part.least).sum::<usize>() + usize::from(is_first);
        allot(&mut parts, room);
        parts.iter().try_for_each(|part| self.part(out, part))
    }

    fn part(self, out: &mut dyn Write, part: &Part) -> io::Result<()> {
        for (at, line) in part.shown().iter().enumerate() {
            let head = if at == 0 { part.label } else { "" };
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
        for (at, command) in first.advice.commands.iter().enumerate() {
            let head = if at == 0 { "Fixed it?" } else { "" };
            writeln!(out, "{head:<14} {}", visible(command))?;
        }
        let rule = first.finding.rule.id;
        let id = crate::finding::fingerprint::short(&first.finding.fingerprint);
        writeln!(out, "More:          stanch explain {rule}")?;
        // A server takes no allow entry of a pusher; who runs it says what it takes.
        if !matches!(first.stage, Stage::Received(_)) {
            writeln!(
                out,
                "False alarm?   stanch allow {id} --reason \"…\"{}",
                if run.blocking.len() > 1 { "   (ids: below)" } else { "" }
            )?;
        }
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
            _ if matches!(first.stage, Stage::Received(_)) => Ok(()),
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
        if !run.allowed.is_empty() {
            line.push_str(&format!(", {} allowed", run.allowed.len()));
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
    match place.root() {
        Place::Commit { id } | Place::Message { id } if !id.is_empty() => {
            format!(" in commit {}", &id[..id.len().min(12)])
        }
        _ => String::new(),
    }
}

/// The excerpt without its indentation, safe for a terminal, cut to what the card has room for, with
/// the marker moved along.
fn shown_line(place: &Location) -> (String, usize, usize) {
    let excerpt = &place.excerpt;
    let indent = excerpt.text.chars().take_while(|c| *c == ' ' || *c == '\t').count().min(excerpt.start);
    let part = |from: usize, to: usize| {
        visible(&excerpt.text.chars().skip(from).take(to.saturating_sub(from)).collect::<String>())
    };
    let before = part(indent, excerpt.start);
    let secret = part(excerpt.start, excerpt.end);
    let after = part(excerpt.end, usize::MAX);
    let (start, width) = (before.chars().count(), secret.chars().count().max(1));
    let line: Vec<char> = before.chars().chain(secret.chars()).chain(after.chars()).collect();
    let room = WIDTH - indent_of(place);
    if line.len() <= room {
        return (line.into_iter().collect(), start, width);
    }
    // Two columns for the ellipses. Escapes made the line longer than the excerpt was.
    let kept = room - 2;
    let width = width.min(kept);
    let from = start.saturating_sub((kept - width) * 2 / 3).min(line.len() - kept);
    let body: String = line[from..from + kept].iter().collect();
    let left = if from > 0 { "…" } else { "" };
    let right = if from + kept < line.len() { "…" } else { "" };
    (format!("{left}{body}{right}"), start - from + usize::from(from > 0), width)
}

/// Columns before the source line: its number, a bar and two spaces.
fn indent_of(place: &Location) -> usize {
    place.line.to_string().len() + 3
}

/// The reasons, when there is no room for them beside the marker.
fn why_below(card: &Card<'_>) -> Option<String> {
    let place = card.finding.locations.first()?;
    let why = card.finding.why.join("; ");
    let (_, start, width) = shown_line(place);
    let beside = indent_of(place) + start + width + 1 + visible(&why).chars().count();
    (beside > WIDTH).then_some(why)
}

/// The layer or the cell, when the secret is inside another file.
fn where_inside(card: &Card<'_>) -> Part {
    Part::new("where", &card.finding.locations.first().and_then(inside::note).unwrap_or_default()).whole()
}

/// Where the secret came from and who has it, when a history was scanned.
fn way(card: &Card<'_>) -> Part {
    Part::new("history", &card.finding.trace.as_ref().map(trace::words).unwrap_or_default())
}

/// A labelled text of a card.
struct Part {
    label: &'static str,
    /// The whole text, wrapped.
    lines: Vec<String>,
    /// How many of the lines are shown.
    given: usize,
    /// Lines that it has from the start.
    least: usize,
}

impl Part {
    fn new(label: &'static str, text: &str) -> Part {
        let lines = if text.is_empty() { Vec::new() } else { wrap(&visible(text), WIDTH - LABEL - 1) };
        let least = lines.len().min(1);
        Part { label, lines, given: least, least }
    }

    /// The same, all or nothing.
    fn whole(mut self) -> Part {
        self.least = self.lines.len();
        self
    }

    /// The lines to show. What is left out ends at a sentence where one is near, at a word otherwise.
    fn shown(&self) -> Vec<String> {
        let mut lines = self.lines[..self.given].to_vec();
        let Some(last) = lines.last_mut().filter(|_| self.given < self.lines.len()) else { return lines };
        let sentence = last.rfind(". ").map(|at| at + 1).or(last.ends_with('.').then_some(last.len()));
        match sentence {
            // The sign of omission needs two columns more.
            Some(end) if end * 2 >= last.len() && last[..end].chars().count() <= WIDTH - LABEL - 3 => {
                last.truncate(end);
            }
            _ => {
                while last.chars().count() > WIDTH - LABEL - 3 {
                    match last.rfind(' ') {
                        Some(space) => last.truncate(space),
                        None => drop(last.pop()),
                    }
                }
            }
        }
        last.push_str(" …");
        lines
    }
}

/// The order in which parts get further lines while there is room.
const WISHES: [&str; 7] = ["revoke", "now", "revoke", "why", "breaks", "abuse", "write"];

/// Gives each part its least, then shares the rest of `room` lines out.
fn allot(parts: &mut [Part], room: usize) {
    for part in parts.iter_mut() {
        part.given = part.least;
    }
    let mut free = room.saturating_sub(parts.iter().map(|part| part.given).sum());
    loop {
        let before = free;
        for label in WISHES {
            let wish = parts.iter_mut().find(|part| part.label == label && part.given < part.lines.len());
            if let Some(part) = wish.filter(|_| free > 0) {
                part.given += 1;
                free -= 1;
            }
        }
        if free == 0 || free == before {
            return;
        }
    }
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

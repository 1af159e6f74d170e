//! Cards for people: what leaked, why we are sure, what to do. The finding first, the way out second.
//!
//! At most fourteen lines a card at eighty columns; more than three findings get short cards, with the
//! vendor's advice once, and of one rule no more than three: the rest stands in the list of ids. Colour is never the only carrier of a meaning.

use std::collections::{HashMap, HashSet};
use std::io::{self, Write};

use owo_colors::{OwoColorize, Style};

use super::escape::{visible, visible_bytes};
use super::fit::Wish::{All, One};
use super::fit::{Part, Wish, allot, columns, cut, leading, shortened};
use super::{Card, Report, Run, Secrets, inside, trace};
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
/// Columns of the text beside them.
const TEXT: usize = WIDTH - LABEL - 1;
/// Lines of a short card beside those of the place.
const SHORT: usize = 8;
/// In which order the parts of a card get their lines while there is room. The steps come before all that has
/// had its sentence: a list that ends early leaves the secret alive.
const WISHES: &[Wish] = &[
    One("where"),
    One("write"),
    One("revoke"),
    One("history"),
    One("why"),
    One("breaks"),
    One("also in"),
    All("revoke"),
    One("now"),
    One("abuse"),
    One("or call"),
    All("now"),
    All("breaks"),
    All("abuse"),
];
/// The same for short cards.
const SHORT_WISHES: &[Wish] =
    &[One("history"), One("write"), One("revoke"), One("why"), All("revoke"), One("where"), One("also in")];
/// From this many findings on cards are short.
const SHORT_FROM: usize = 4;

/// Cards that a rule gets.
const CARDS_OF_A_RULE: usize = 3;

/// Text for people.
#[derive(Debug, Clone, Copy, Default)]
pub struct Human {
    /// Whether to colour.
    pub color: bool,
    /// Whether notes of low confidence are told one by one.
    pub verbose: bool,
    /// How much is told of a finding.
    pub length: Length,
    /// Whether secrets are written whole.
    pub secrets: Secrets,
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
        let mut seen: HashMap<&str, usize> = HashMap::new();
        for card in run.blocking {
            if self.secrets == Secrets::Redacted && is_told_by_place(card) {
                let count = seen.entry(card.finding.rule.id).or_default();
                *count += 1;
                if *count > CARDS_OF_A_RULE {
                    continue;
                }
            }
            writeln!(out)?;
            let reach = card.finding.trace.as_ref().map(|trace| trace.reach());
            if let Some(reach) = reach.filter(|_| reach != std::mem::replace(&mut last, reach)) {
                writeln!(out, "{}\n", self.paint(trace::heading(reach), Style::new().bold().underline()))?;
            }
            self.heading(out, card)?;
            self.source(out, card)?;
            self.clear(out, card)?;
            let fix = card.finding.rule.page().fix.revoke.as_ptr();
            if short {
                self.short_advice(out, card, advised.insert(fix))?;
            } else {
                self.advice(out, card, advised.insert(fix))?;
            }
        }
        self.more(out, run, &seen)?;
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
        let name = shortened(&visible(rule.name), room);
        let fits = columns(&name) + 1 + id.len() <= room;
        let name = self.paint(&name, Style::new().bold());
        write!(out, "{} {name}", self.paint(word, style))?;
        // The id stands at the end of the report too.
        if fits { writeln!(out, " {}", self.paint(&id, Style::new().dimmed())) } else { writeln!(out) }
    }

    fn source(self, out: &mut dyn Write, card: &Card<'_>) -> io::Result<()> {
        let finding = card.finding;
        let Some(place) = finding.locations.first() else { return Ok(()) };
        let path = visible_bytes(&place.path);
        let more = commit(&place.place);
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

    /// The secret itself, where somebody has asked for it.
    fn clear(self, out: &mut dyn Write, card: &Card<'_>) -> io::Result<()> {
        if self.secrets == Secrets::Redacted {
            return Ok(());
        }
        let own = [("secret", &card.finding.secret)];
        for (name, secret) in
            own.into_iter().chain(card.finding.parts.iter().map(|(name, part)| (*name, part)))
        {
            for line in self.secrets.show(secret).lines() {
                writeln!(
                    out,
                    " {} {}",
                    self.paint(&format!("{name:<9}"), Style::new().cyan()),
                    visible(line)
                )?;
            }
        }
        Ok(())
    }

    fn advice(self, out: &mut dyn Write, card: &Card<'_>, is_first: bool) -> io::Result<()> {
        let advice = &card.advice;
        let mut parts = vec![
            where_inside(card),
            Part::whole("why", &why_below(card).unwrap_or_default(), TEXT),
            way(card),
            also(card),
            Part::new("now", &advice.exposure, TEXT),
            instead(card),
        ];
        if is_first {
            parts.extend([
                steps(card),
                // Half a command is worse than none; `explain` has the whole.
                Part::whole("or call", advice.call, TEXT),
                Part::new("abuse", &advice.abuse.join(" "), TEXT),
                Part::new("breaks", advice.breaks, TEXT),
            ]);
        } else {
            parts.push(Part::whole("revoke", "as above", TEXT));
        }
        allot(&mut parts, WISHES, CARD - SOURCE);
        parts.iter().try_for_each(|part| self.part(out, part))
    }

    fn short_advice(self, out: &mut dyn Write, card: &Card<'_>, is_first: bool) -> io::Result<()> {
        let mut parts = vec![
            where_inside(card),
            Part::whole("why", &why_below(card).unwrap_or_default(), TEXT),
            way(card),
            also(card),
            instead(card),
        ];
        if is_first {
            parts.insert(4, steps(card));
        }
        allot(&mut parts, SHORT_WISHES, SHORT);
        parts.iter().try_for_each(|part| self.part(out, part))
    }

    /// What has no card of its own, a line for each rule.
    fn more(self, out: &mut dyn Write, run: &Run<'_>, seen: &HashMap<&str, usize>) -> io::Result<()> {
        let mut told = HashSet::new();
        for rule in run.blocking.iter().map(|card| card.finding.rule) {
            let left = seen.get(rule.id).map_or(0, |count| count.saturating_sub(CARDS_OF_A_RULE));
            if left == 0 || !told.insert(rule.id) {
                continue;
            }
            if told.len() == 1 {
                writeln!(out)?;
            }
            let end = format!(" [{}], in the list below", rule.id);
            let start = format!("{left} more: ");
            let room = WIDTH.saturating_sub(start.len() + end.len()).max(LABEL);
            writeln!(out, "{start}{}{end}", shortened(&visible(rule.name), room))?;
        }
        Ok(())
    }

    fn part(self, out: &mut dyn Write, part: &Part) -> io::Result<()> {
        for (at, line) in part.lines().iter().enumerate() {
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
                visible(card.finding.rule.name),
                visible(&card.finding.why.join("; "))
            )?;
        }
        Ok(())
    }

    fn way_on(self, out: &mut dyn Write, run: &Run<'_>) -> io::Result<()> {
        let Some(first) = run.blocking.first() else { return Ok(()) };
        let mut commands = first.advice.commands.clone();
        if first.stage == Stage::Staged {
            // One command for the files of all.
            let all = run.blocking.iter().flat_map(|card| card.finding.locations.iter().cloned());
            commands = first.stage.commands(&all.collect::<Vec<_>>());
        }
        for (at, command) in commands.iter().enumerate() {
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
                match (run.blocking.len(), &first.stage) {
                    (1, _) => "",
                    (_, Stage::Staged) => "   (ids: below; all: --last)",
                    _ => "   (ids: below)",
                }
            )?;
            if run.changes_settings {
                writeln!(
                    out,
                    "               allowed already? commit .stanch.yaml first: git commit .stanch.yaml"
                )?;
            }
        }
        if run.blocking.len() > 1 {
            for card in run.blocking {
                let id = crate::finding::fingerprint::short(&card.finding.fingerprint);
                let Some((place, others)) = card.finding.locations.split_first() else { continue };
                let (path, line, rule) = (visible_bytes(&place.path), place.line, card.finding.rule.id);
                let more =
                    if others.is_empty() { String::new() } else { format!(" and {} more", others.len()) };
                writeln!(out, "  {id}  {path}:{line}{more}  {rule}")?;
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

/// What to write instead.
fn instead(card: &Card<'_>) -> Part {
    let instead = &card.advice.instead;
    Part::code("write", &instead.code, &instead.aside(), TEXT)
}

/// The steps to revoke or rotate.
fn steps(card: &Card<'_>) -> Part {
    let all = format!("stanch explain {}", card.finding.rule.id);
    Part::steps("revoke", card.advice.revoke, &all, TEXT)
}

/// The further places of a secret, as far as one line has room for them.
fn also(card: &Card<'_>) -> Part {
    let others = card.finding.locations.get(1..).unwrap_or_default();
    let mut said = String::new();
    for (at, place) in others.iter().enumerate() {
        let next = format!("{}:{}{}", visible_bytes(&place.path), place.line, commit(&place.place));
        let left = others.len() - at;
        let rest = if left == 1 { String::new() } else { format!(" and {} more", left - 1) };
        let comma = if at == 0 { "" } else { ", " };
        if at > 0 && columns(&said) + columns(comma) + columns(&next) + columns(&rest) > TEXT {
            said.push_str(&format!(" and {left} more"));
            break;
        }
        said.push_str(comma);
        said.push_str(&next);
    }
    Part::whole("also in", &said, TEXT)
}

fn commit(place: &Place) -> String {
    let id = super::spot::commit(place).map(|id| &id[..id.len().min(12)]);
    id.map_or_else(String::new, |id| format!(" in commit {id}"))
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
    let line: Vec<char> = before.chars().chain(secret.chars()).chain(after.chars()).collect();
    let start = before.chars().count();
    // Escapes made the line longer than the excerpt was.
    cut(&line, start..start + secret.chars().count(), WIDTH - indent_of(place))
}

/// Columns before the source line: its number, a bar and two spaces.
fn indent_of(place: &Location) -> usize {
    place.line.to_string().len() + 3
}

/// The reasons, when there is no room for them beside the marker.
fn why_below(card: &Card<'_>) -> Option<String> {
    let place = card.finding.locations.first()?;
    // A reason may quote from the value: one word that would not fit a line.
    let all = card.finding.why.join("; ");
    let (_, start, width) = shown_line(place);
    let beside = indent_of(place) + start + width + 1 + columns(&visible(&all));
    (beside > WIDTH).then(|| leading(&card.finding.why, TEXT))
}

/// The layer or the cell, when the secret is inside another file.
fn where_inside(card: &Card<'_>) -> Part {
    Part::whole("where", &card.finding.locations.first().and_then(inside::note).unwrap_or_default(), TEXT)
}

/// Whether path and line tell all about the place: no layer, no cell, no way through a history.
fn is_told_by_place(card: &Card<'_>) -> bool {
    card.finding.trace.is_none() && card.finding.locations.first().and_then(inside::note).is_none()
}

/// Where the secret came from and who has it, when a history was scanned.
fn way(card: &Card<'_>) -> Part {
    Part::whole("history", &card.finding.trace.as_ref().map(trace::words).unwrap_or_default(), TEXT)
}

/// Whether a finding blocks.
pub fn blocks(confidence: Confidence) -> bool {
    confidence >= Confidence::Medium
}

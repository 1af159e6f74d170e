//! Cards for people: what leaked, why we are sure, what to do. The finding first, the way out second.
//!
//! At most fourteen lines a card at eighty columns, and every card holds every part: what has no room is cut where
//! one sees it. From four findings on advice is told once, and so is what holds for all; from eleven on the rest stands
//! in the list of ids. Colour is never the only carrier of a meaning.

use std::collections::{HashMap, HashSet};
use std::io::{self, Write};

use owo_colors::{OwoColorize, Style};

use super::fit::Wish::{All, Enough, Least, Sense};
use super::fit::{Part, Wish, allot, columns, shortened};
use super::sentence::Kind;
use super::told::{
    LABEL, TEXT, WIDTH, also, instead, is_told_by_place, now, object, of_which, shown_line, way,
    where_inside, why,
};
use super::{Card, Pending, Report, Run, Secrets, color, trace};
use crate::advice::{self, Stage};
use crate::escape::{visible, visible_bytes};
use crate::numbers::count;

/// Most lines of a card.
const CARD: usize = 14;
/// Lines of a card that show the place: heading, path, source line, marker.
const SOURCE: usize = 4;
/// In which order the parts of a card get their lines while there is room: each has a line before one has two.
/// The steps come before all that has had its sentence: a list that ends early leaves the secret alive. Code is
/// told with its remark: without the import it is wrong. What to do now comes first, since it may be commands with a
/// warning, which are told whole.
const WISHES: &[Wish] = &[
    Least("now"),
    Least("revoke"),
    Least("write"),
    Least("abuse"),
    Least("breaks"),
    Least("why"),
    Least("where"),
    Least("history"),
    Least("also in"),
    Enough("write"),
    Enough("revoke"),
    Sense("breaks"),
    Sense("abuse"),
    All("or call"),
    Enough("history"),
    Enough("breaks"),
    Enough("abuse"),
    All("revoke"),
    All("now"),
    All("more why"),
    All("breaks"),
    All("abuse"),
];
/// From this many findings on cards are short: what holds for all is told once.
const SHORT_FROM: usize = 4;

/// Most cards of a report; a rule that none of them shows gets one up to the second number.
const CARDS: usize = 10;
const CARDS_OF_RULES: usize = 20;
/// Most rules whose pages are named.
const PAGES: usize = 5;

/// How a part of a card is made of its text.
type Make<'p> = &'p dyn Fn(&str) -> Part;

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

/// What a report has said already.
#[derive(Default)]
struct Told {
    /// Whether it shall be said but once.
    short: bool,
    texts: HashSet<(&'static str, String)>,
    /// What to write by the card before, and its rule: the next one may leave that out.
    write: (&'static str, String),
}

impl Told {
    fn is_new(&mut self, label: &'static str, text: &str) -> bool {
        self.texts.insert((label, text.to_owned()))
    }

    fn is_new_write(&mut self, card: &Card<'_>) -> bool {
        let write = (card.finding.rule.id, card.advice.instead.to_string());
        write != std::mem::replace(&mut self.write, write.clone())
    }
}

impl Report for Human {
    fn write(&self, out: &mut dyn Write, run: &Run<'_>) -> io::Result<()> {
        if self.length == Length::Brief {
            return self.brief(out, run);
        }
        let mut told = Told { short: run.blocking.len() >= SHORT_FROM, ..Told::default() };
        if !run.blocking.is_empty() {
            self.title(out, run)?;
        }
        let mut last = None;
        let has_card = self.with_cards(run);
        for (card, _) in run.blocking.iter().zip(&has_card).filter(|(_, has)| **has) {
            writeln!(out)?;
            let reach = card.finding.trace.as_ref().map(|trace| trace.reach());
            if let Some(reach) = reach.filter(|_| reach != std::mem::replace(&mut last, reach)) {
                writeln!(out, "{}\n", self.paint(trace::heading(reach), Style::new().bold().underline()))?;
            }
            self.card(out, card, &mut told)?;
        }
        self.more(out, run, &has_card)?;
        if told.short {
            self.now(out, run)?;
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
        let secrets = count(run.blocking.len(), "secret");
        let what = if run.stops.is_empty() {
            format!("stanch found {secrets}")
        } else {
            format!("stanch stopped this {}: {secrets}", run.stops)
        };
        writeln!(out, "{}", self.paint(&what, Style::new().bold()))
    }

    fn heading(self, out: &mut dyn Write, card: &Card<'_>) -> io::Result<()> {
        let rule = card.finding.rule;
        let (word, style) = color::badge(card.finding.severity);
        let room = WIDTH - word.len() - 1;
        let id = format!("[{}]", rule.id);
        let name = shortened(&visible(rule.name), room);
        let fits = columns(&name) + 1 + id.len() <= room;
        let name = self.paint(&name, Style::new().bold());
        write!(out, "{} {name}", self.paint(word, style))?;
        // The id stands at the end of the report too.
        if fits { writeln!(out, " {}", self.paint(&id, Style::new().dimmed())) } else { writeln!(out) }
    }

    /// The place, with the reasons beside the marker where `why` has some that fit there.
    fn source(self, out: &mut dyn Write, card: &Card<'_>, why: Option<&str>) -> io::Result<()> {
        let finding = card.finding;
        let Some(place) = finding.locations.first() else { return Ok(()) };
        let path = visible_bytes(&place.path);
        let more = object(place);
        let dim = Style::new().dimmed();
        let number = place.line.to_string();
        let gutter = " ".repeat(number.len());
        writeln!(out, "{gutter}{} {path}:{}:{}{more}", self.paint("-->", dim), place.line, place.column)?;
        let (text, start, width) = shown_line(place);
        writeln!(out, "{} {} {text}", self.paint(&number, dim), self.paint("|", dim))?;
        let marker = self.paint(&"^".repeat(width), Style::new().red().bold());
        let why = why.map_or_else(String::new, |why| format!(" {why}"));
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

    /// Heading, place and advice, without what was told before.
    fn card(self, out: &mut dyn Write, card: &Card<'_>, told: &mut Told) -> io::Result<()> {
        let advice = &card.advice;
        let all = format!("stanch explain {}", card.finding.rule.id);
        let (beside, below) = why(card);
        let mut parts = vec![where_inside(card)];
        match beside {
            None => parts.push(Part::whole("why", &below, TEXT)),
            Some(_) if told.short => {}
            Some(_) => parts.push(Part::whole("more why", &below, TEXT)),
        }
        parts.extend([way(card), also(card)]);
        if !told.short {
            parts.push(now(card));
        }
        if told.is_new_write(card) || !told.short {
            parts.push(instead(card));
        }
        let fix: [(_, _, Make<'_>); 4] = [
            ("revoke", advice.revoke.join(" "), &|_| Part::steps("revoke", advice.revoke, &all, TEXT)),
            ("or call", advice.call.join(" "), &|_| Part::commands("or call", advice.call, TEXT)),
            ("abuse", advice.abuse.join(" "), &|text| Part::new("abuse", text, TEXT)),
            ("breaks", advice.breaks.to_owned(), &|text| Part::told("breaks", text, Kind::Statement, TEXT)),
        ];
        let mut above = Vec::new();
        for (label, text, part) in fix {
            match told.is_new(label, &text) {
                true => parts.push(part(&text)),
                false => above.extend((label != "or call").then_some(label)),
            }
        }
        if let (false, Some(first)) = (told.short, above.first().copied()) {
            let others = match above[1..].join(" and ").as_str() {
                "" => "as above".to_owned(),
                others => format!("as above, and so {others}"),
            };
            parts.push(Part::whole(first, &others, TEXT));
        }
        allot(&mut parts, WISHES, CARD - SOURCE);
        let is_below = parts.iter().any(|part| part.label == "more why" && !part.lines().is_empty());
        self.heading(out, card)?;
        self.source(out, card, beside.as_deref().filter(|_| !is_below))?;
        self.clear(out, card)?;
        parts.iter().try_for_each(|part| self.part(out, part))
    }

    /// Which findings get a card: the first ones, and one of each rule. All, where a line of a list would not tell
    /// what was asked for.
    fn with_cards(self, run: &Run<'_>) -> Vec<bool> {
        let mut rules = HashSet::new();
        let listed = |card: &Card<'_>| self.secrets == Secrets::Redacted && is_told_by_place(card);
        let is_first: Vec<bool> =
            run.blocking.iter().map(|card| listed(card) && rules.insert(card.finding.rule.id)).collect();
        let mut firsts = is_first.iter().filter(|is| **is).count().min(CARDS_OF_RULES);
        let mut others = CARDS.saturating_sub(firsts);
        let take = |left: &mut usize| {
            let takes = *left > 0;
            *left -= usize::from(takes);
            takes
        };
        let cards = run.blocking.iter().zip(&is_first);
        cards
            .map(|(card, is_first)| !listed(card) || take(if *is_first { &mut firsts } else { &mut others }))
            .collect()
    }

    /// What has no card of its own, a line for each rule.
    fn more(self, out: &mut dyn Write, run: &Run<'_>, has_card: &[bool]) -> io::Result<()> {
        let (mut told, mut counts) = (HashSet::new(), HashMap::new());
        let left = run.blocking.iter().zip(has_card).filter(|(_, has)| !**has);
        let left: Vec<_> = left.map(|(card, _)| card.finding.rule).collect();
        left.iter().for_each(|rule| *counts.entry(rule.id).or_insert(0_usize) += 1);
        for rule in &left {
            if !told.insert(rule.id) {
                continue;
            }
            if told.len() == 1 {
                writeln!(out)?;
            }
            let count = counts[rule.id];
            let (start, end) = (format!("{count} more: "), ", in the list below");
            let whole = format!("{start}{} [{}]{end}", visible(rule.name), rule.id);
            match columns(&whole) <= WIDTH {
                true => writeln!(out, "{whole}")?,
                false => writeln!(out, "{start}{}{end}", rule.id)?,
            }
        }
        Ok(())
    }

    /// How far the secrets have gone, once for all that went as far.
    fn now(self, out: &mut dyn Write, run: &Run<'_>) -> io::Result<()> {
        let mut told = HashSet::new();
        let is_several = run.blocking.windows(2).any(|two| two[0].advice.exposure != two[1].advice.exposure);
        let new = run.blocking.iter().filter(|card| told.insert(card.advice.exposure.as_str()));
        for (at, card) in new.enumerate() {
            if at == 0 {
                writeln!(out)?;
            }
            let mut parts = [now(card)];
            allot(&mut parts, WISHES, CARD);
            if is_several {
                writeln!(out, "{}", of_which(run, card))?;
            }
            self.part(out, &parts[0])?;
        }
        Ok(())
    }

    fn part(self, out: &mut dyn Write, part: &Part) -> io::Result<()> {
        for (at, line) in part.lines().iter().enumerate() {
            let head = match (at, part.label) {
                (0, "more why") => "why",
                (0, label) => label,
                _ => "",
            };
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
            let signs = count(run.notes.len(), "weak sign");
            return writeln!(out, "{signs} of a secret did not block; `--verbose` lists them.");
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
        let all: Vec<_> =
            run.blocking.iter().map(|card| (&card.stage, card.finding.locations.as_slice())).collect();
        let commands = advice::commands(&all);
        for (at, command) in commands.iter().enumerate() {
            let head = if at == 0 { "Fixed it?" } else { "" };
            writeln!(out, "{head:<14} {}", visible(command))?;
        }
        let mut known = HashSet::new();
        let rules = run.blocking.iter().map(|card| card.finding.rule.id);
        let rules: Vec<&str> = rules.filter(|rule| known.insert(*rule)).collect();
        for (at, rule) in rules.iter().take(PAGES).enumerate() {
            let head = if at == 0 { "More:" } else { "" };
            writeln!(out, "{head:<14} stanch explain {rule}")?;
        }
        if rules.len() > PAGES {
            writeln!(out, "{:<14} {} more rules stand in the list", "", rules.len() - PAGES)?;
        }
        self.allowing(out, run, first)?;
        if run.blocking.len() > 1 {
            for card in run.blocking {
                let id = crate::finding::fingerprint::short(&card.finding.fingerprint);
                let Some((place, others)) = card.finding.locations.split_first() else { continue };
                let (path, line, rule) = (visible_bytes(&place.path), place.line, card.finding.rule.id);
                let more =
                    if others.is_empty() { String::new() } else { format!(" and {} more", others.len()) };
                let at = object(place);
                writeln!(out, "  {id}  {path}:{line}{at}{more}  {rule}")?;
            }
        }
        match run.stops {
            "" => Ok(()),
            _ if matches!(first.stage, Stage::Received(_)) => Ok(()),
            stops => writeln!(out, "Just this once: {}", unchecked(stops)),
        }
    }

    /// How to let a value pass that is none, and when that counts.
    fn allowing(self, out: &mut dyn Write, run: &Run<'_>, first: &Card<'_>) -> io::Result<()> {
        // A server takes no allow entry of a pusher; who runs it says what it takes.
        if matches!(first.stage, Stage::Received(_)) {
            return Ok(());
        }
        let id = crate::finding::fingerprint::short(&first.finding.fingerprint);
        writeln!(
            out,
            "False alarm?   stanch allow {id} --reason \"…\"{}",
            match (run.blocking.len(), &first.stage) {
                (1, _) => "",
                (_, Stage::Staged | Stage::Applied) => "   (ids: below; all: --last)",
                _ => "   (ids: below)",
            }
        )?;
        if let Some(pending) = run.pending {
            let (what, command) = match pending {
                Pending::Changed => ("commit .stanch.yaml first", "git commit :/.stanch.yaml".to_owned()),
                Pending::New(also) => {
                    let files = format!(":/.stanch.yaml{also}");
                    ("commit .stanch.yaml first", format!("git add {files} && git commit {files}"))
                }
                Pending::Concluding(also) => {
                    let command =
                        format!("git add :/.stanch.yaml{also} && STANCH_SKIP=\"{id} why\" git commit");
                    ("it counts after this commit, which passes by", command)
                }
            };
            writeln!(out, "{:<14} allowed already? {what}:\n{:<14} {command}", "", "")?;
        }
        Ok(())
    }

    /// Proof that work was done: how much was looked at, and what was not.
    fn summary(self, out: &mut dyn Write, run: &Run<'_>) -> io::Result<()> {
        let coverage = run.coverage;
        let (skipped, submodules) = coverage.left_out();
        let mut line = format!(
            "stanch: scanned {} of {} blobs, {skipped} skipped, {} ms",
            coverage.blobs,
            coverage.blobs + skipped + coverage.failed.len() as u64,
            run.elapsed.as_millis()
        );
        if submodules > 0 {
            line.push_str(&format!(", {} not entered", count(submodules, "submodule")));
        }
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
        for (what, list) in [("not scanned", &coverage.skipped), ("could not be read", &coverage.failed)] {
            for one in list.iter().take(10) {
                writeln!(out, "  {what}: {} ({})", visible_bytes(&one.path), visible(&one.why))?;
            }
            if list.len() > 10 {
                writeln!(out, "  and {} more", list.len() - 10)?;
            }
        }
        for note in &coverage.notes {
            writeln!(out, "  {}", visible(note))?;
        }
        Ok(())
    }
}

/// The command by which git goes on without asking hooks, after a `commit`, `merge`, `patch` or `push` was stopped.
pub fn unchecked(stopped: &str) -> String {
    match stopped {
        // `--no-verify` came to `git am` years after the hook did.
        "patch" => "git -c core.hooksPath=/dev/null am --continue".to_owned(),
        _ => format!("git {stopped} --no-verify"),
    }
}

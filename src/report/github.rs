//! GitHub Actions: annotations (docs.github.com, "Workflow commands") and the Markdown of a step summary.

use std::io::{self, Write};

use super::markup::markdown;
use super::spot::{commit, is_nowhere, message, relative};
use super::{Card, Report, Run, inside, trace};
use crate::escape::visible;
use crate::finding::fingerprint;
use crate::numbers::count;

/// Annotations that GitHub shows of one kind and step.
const SHOWN: usize = 10;

/// Bytes of a step summary, of the 1 MiB that GitHub takes: what other steps wrote counts too.
const SUMMARY: usize = 900 << 10;

/// `::error file=…::…`, one line a finding, worst first.
#[derive(Debug, Clone, Copy, Default)]
pub struct Annotations;

impl Report for Annotations {
    fn write(&self, out: &mut dyn Write, run: &Run<'_>) -> io::Result<()> {
        // The line on the rest is one of them.
        let shown = if run.blocking.len() > SHOWN { SHOWN - 1 } else { SHOWN };
        for card in run.blocking.iter().take(shown) {
            annotate(out, "error", card)?;
        }
        match run.blocking.len().saturating_sub(shown) {
            0 => {}
            more => {
                writeln!(
                    out,
                    "::error title=stanch::{more} more secrets; the summary of the step lists them"
                )?;
            }
        }
        for card in run.notes.iter().take(SHOWN) {
            annotate(out, "notice", card)?;
        }
        for failed in run.coverage.failed.iter().take(SHOWN) {
            let text = format!("stanch could not read {}: {}", relative(&failed.path), failed.why);
            writeln!(out, "::warning::{}", data(&text))?;
        }
        Ok(())
    }
}

fn annotate(out: &mut dyn Write, level: &str, card: &Card<'_>) -> io::Result<()> {
    let finding = card.finding;
    let Some(place) = finding.locations.first() else { return Ok(()) };
    let mut properties = Vec::new();
    // A message or the name of a branch is no file: the annotation stands at the commit as a whole.
    if !is_nowhere(place) {
        properties.push(format!("file={}", property(&relative(place.file()))));
        let is_member = inside::member(place).is_some();
        if !is_member {
            properties.push(format!("line={},endLine={}", place.line, place.end_line));
        }
        if !is_member && place.line == place.end_line {
            properties.push(format!("col={},endColumn={}", place.utf16.column, place.utf16.end_column));
        }
    }
    properties.push(format!("title={}", property(&format!("{} [{}]", finding.rule.name, finding.rule.id))));
    let more = match finding.locations.len() {
        1 => String::new(),
        2 => "\nThe same value stands at one more place.".to_owned(),
        many => format!("\nThe same value stands at {} more places.", many - 1),
    };
    let steps = super::spot::revoke(card);
    let id = fingerprint::short(&finding.fingerprint);
    let instead = match card.advice.instead.to_string().as_str() {
        "" => String::new(),
        instead => format!("\nInstead: {instead}"),
    };
    let text = format!(
        "{}. {}{more}{instead}\n{steps}\nFalse alarm? stanch allow {id} --reason \"…\"",
        message(finding),
        card.advice.exposure
    );
    writeln!(out, "::{level} {}::{}", properties.join(","), data(&text))
}

/// The message of a command: no line of it can become a command of its own.
fn data(text: &str) -> String {
    let lines: Vec<String> = text.lines().map(|line| visible(line).replace('%', "%25")).collect();
    lines.join("%0A")
}

fn property(text: &str) -> String {
    visible(text).replace('%', "%25").replace(':', "%3A").replace(',', "%2C")
}

/// A table and the fix of each finding, for `GITHUB_STEP_SUMMARY` or a comment.
#[derive(Debug, Clone, Copy, Default)]
pub struct Summary;

impl Report for Summary {
    fn write(&self, out: &mut dyn Write, run: &Run<'_>) -> io::Result<()> {
        let mut text = String::new();
        head(&mut text, run);
        let mut left = run.blocking.len();
        for card in run.blocking {
            let next = details(card);
            if text.len() + next.len() > SUMMARY {
                text.push_str(&format!("\n{left} more are in the other reports.\n"));
                break;
            }
            text.push_str(&next);
            left -= 1;
        }
        let (coverage, allowed) = (run.coverage, run.allowed.len());
        text.push_str(&format!(
            "\n{} scanned, {} skipped",
            count(coverage.blobs, "blob"),
            coverage.skipped.len()
        ));
        if allowed > 0 {
            text.push_str(&format!(", {allowed} allowed"));
        }
        text.push_str(".\n");
        for failed in coverage.failed.iter().take(20) {
            let (path, why) = (markdown(&relative(&failed.path)), markdown(&failed.why));
            text.push_str(&format!("\n⚠️ could not read <code>{path}</code>: {why}\n"));
        }
        out.write_all(text.as_bytes())
    }
}

/// The title and the table.
fn head(text: &mut String, run: &Run<'_>) {
    let title = match run.blocking.len() {
        0 => "stanch found no secrets".to_owned(),
        many => format!("stanch found {}", count(many, "secret")),
    };
    text.push_str(&format!("## {title}\n\n"));
    if run.blocking.is_empty() {
        return;
    }
    let is_history = run.blocking.iter().any(|card| card.finding.trace.is_some());
    text.push_str(match is_history {
        true => "| severity | stage | secret | place | why |\n|---|---|---|---|---|\n",
        false => "| severity | secret | place | why |\n|---|---|---|---|\n",
    });
    for card in run.blocking.iter().take(100) {
        let finding = card.finding;
        let Some(place) = finding.locations.first() else { continue };
        let more = match finding.locations.len() {
            1 => String::new(),
            many => format!(" and {} more", many - 1),
        };
        let commit = commit(&place.place).map(|id| format!(" in {}", &id[..id.len().min(12)]));
        let reach = finding.trace.as_ref().map_or("", |known| trace::short(known.reach()));
        let stage = if is_history { format!(" {reach} |") } else { String::new() };
        text.push_str(&format!(
            "| {} |{stage} {} | <code>{}:{}</code>{}{more} | {} |\n",
            finding.severity.word(),
            markdown(finding.rule.name),
            markdown(&relative(&place.path)),
            place.line,
            commit.unwrap_or_default(),
            markdown(&finding.why.join("; "))
        ));
    }
    if run.blocking.len() > 100 {
        text.push_str(&format!("\nThe table has the first 100 of {}.\n", run.blocking.len()));
    }
    text.push('\n');
}

fn details(card: &Card<'_>) -> String {
    let (finding, advice) = (card.finding, &card.advice);
    let place = finding.locations.first().map(|place| format!("{}:{}", relative(&place.path), place.line));
    let list = |marker: &str, steps: &[&str]| -> String {
        steps.iter().map(|step| format!("{marker} {}\n", markdown(step))).collect()
    };
    let instead = match advice.instead.to_string().as_str() {
        "" => String::new(),
        instead => format!("**Write instead:** <code>{}</code>\n\n", markdown(instead)),
    };
    format!(
        "<details><summary>{} in <code>{}</code></summary>\n\n{}\n\n**Revoke**\n\n{}\n**Look for abuse**\n\n{}\n\
         **What stops working:** {}\n\n{}\
         False alarm? <code>stanch allow {} --reason \"…\"</code>\n\n</details>\n\n",
        markdown(finding.rule.name),
        markdown(&place.unwrap_or_default()),
        markdown(&advice.exposure),
        list("1.", advice.revoke),
        list("-", advice.abuse),
        markdown(advice.breaks),
        instead,
        fingerprint::short(&finding.fingerprint)
    )
}

#[cfg(test)]
mod tests {
    use super::{data, property};

    #[test]
    fn a_message_is_one_line_and_no_command() {
        assert_eq!(data("a 100%\n::set-env name=x::y\rz"), "a 100%25%0A::set-env name=x::y\\u{d}z");
        assert_eq!(property("a,b:c%\n"), "a%2Cb%3Ac%25\\u{a}");
    }
}

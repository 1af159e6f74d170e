//! JSON and JSON Lines: one object a finding, and one that says what was scanned.
//!
//! The fields are those of `docs/report.schema.json`; columns are bytes, ends exclusive.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Value, json};

use super::spot::commit;
use super::stream::{self, Each};
use super::{Card, Part, Report, Run, Secrets, inside};
use crate::escape::visible_json;
use crate::finding::suppress::Allowed;
use crate::finding::{CommitMark, Finding, Joint, Trace};
use crate::source::Skipped;

/// The format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Json {
    /// How findings are put together.
    pub shape: Shape,
    /// Whether secrets are written whole.
    pub secrets: Secrets,
}

/// One document, or one object a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Shape {
    /// `{"findings": […], "summary": {…}}`.
    #[default]
    Document,
    /// A finding a line, what is allowed as `{"allowed": …}`, `{"summary": …}` last.
    Lines,
}

impl Report for Json {
    fn write(&self, out: &mut dyn Write, run: &Run<'_>) -> io::Result<()> {
        let cards = || run.blocking.iter().chain(run.notes);
        let finding = |card| finding(card, self.secrets, run.part.is_some());
        match self.shape {
            Shape::Document => {
                let document = Document {
                    allowed: Each(|| run.allowed.iter().map(allowed)),
                    findings: Each(|| cards().map(finding)),
                    summary: summary(run),
                };
                stream::write(out, &document)
            }
            Shape::Lines => {
                for card in cards() {
                    writeln!(out, "{}", visible_json(&finding(card).to_string()))?;
                }
                for one in run.allowed {
                    writeln!(out, "{}", visible_json(&json!({ "allowed": allowed(one) }).to_string()))?;
                }
                writeln!(out, "{}", visible_json(&json!({ "summary": summary(run) }).to_string()))
            }
        }
    }
}

#[derive(Serialize)]
struct Document<A, F> {
    allowed: A,
    findings: F,
    summary: Value,
}

/// One finding; of a part of a shared scan with what [`joint`] adds.
pub(super) fn finding(card: &Card<'_>, secrets: Secrets, is_part: bool) -> Value {
    let (finding, rule) = (card.finding, card.finding.rule);
    let first = &finding.locations[0];
    let places: Vec<Value> = finding
        .locations
        .iter()
        .map(|place| {
            json!({
                "file": place.path.to_string(), "line": place.line, "column": place.column,
                "end_line": place.end_line, "end_column": place.end_column, "commit": commit(&place.place),
                "inside": inside::describe(place),
            })
        })
        .collect();
    let parts: Vec<Value> = finding
        .parts
        .iter()
        .map(|(name, value)| json!({ "name": name, "value": secrets.show(value) }))
        .collect();
    let mut told = json!({
        "rule": rule.id, "name": rule.name, "vendor": rule.vendor.key, "severity": finding.severity, "confidence": finding.confidence,
        "blocks": finding.confidence.blocks(),
        "file": first.path.to_string(), "line": first.line, "column": first.column,
        "end_line": first.end_line, "end_column": first.end_column, "commit": commit(&first.place),
        "inside": inside::describe(first),
        "secret": secrets.show(&finding.secret), "excerpt": first.excerpt.text, "evidence": finding.why,
        "fingerprint": finding.fingerprint, "stage": stage(card), "parts": parts, "locations": places,
        "trace": finding.trace.as_ref().map(trace),
        "advice": {
            "exposure": card.advice.exposure, "commands": card.advice.commands, "revoke": card.advice.revoke,
            "call": card.advice.call.join("\n"), "abuse": card.advice.abuse, "breaks": card.advice.breaks,
            "safer": card.advice.safer, "instead": card.advice.instead.to_string(), "docs": rule.page().docs,
        },
    });
    if is_part {
        told["joint"] = joint(finding);
    }
    told
}

/// What `stanch merge` needs to put together what several machines have seen of a secret.
fn joint(finding: &Finding) -> Value {
    let ranks: Vec<u64> = finding.locations.iter().map(|place| place.rank).collect();
    let Joint { first, removed, passing } =
        finding.trace.as_ref().map(|trace| trace.joint.clone()).unwrap_or_default();
    json!({ "ranks": ranks, "first": first, "removed": removed, "passing": passing })
}

/// A finding that somebody has allowed: what, where, and why it passes.
fn allowed(allowed: &Allowed) -> Value {
    let finding = &allowed.finding;
    let place = &finding.locations[0];
    json!({
        "rule": finding.rule.id, "file": place.path.to_string(), "line": place.line, "column": place.column,
        "commit": commit(&place.place), "fingerprint": finding.fingerprint, "reason": allowed.reason.to_string(),
    })
}

pub(super) fn trace(trace: &Trace) -> Value {
    let mark = |mark: &CommitMark| json!({ "commit": mark.id, "author": mark.author, "time": mark.time });
    json!({
        "reach": trace.reach().word(),
        "first": trace.first.as_ref().map(mark), "removed": trace.removed.as_ref().map(mark), "in_head": trace.in_head,
        "live": trace.live, "branches": trace.branches, "tags": trace.tags, "remotes": trace.remotes, "elsewhere": trace.elsewhere,
    })
}

/// In which stage it was caught, in one word.
pub(super) fn stage(card: &Card<'_>) -> &'static str {
    use crate::advice::Stage;
    match card.stage {
        Stage::Staged | Stage::Applied => "staged",
        Stage::Message => "message",
        Stage::Unpushed(_) => "unpushed",
        Stage::Received(_) => "received",
        Stage::Committed { is_sent: true } => "received",
        Stage::Committed { is_sent: false } => "committed",
        Stage::Found => "found",
        Stage::Traced(_) => "history",
    }
}

fn summary(run: &Run<'_>) -> Value {
    let list = |all: &[Skipped]| -> Vec<Value> {
        all.iter().map(|s| json!({ "path": s.path.to_string(), "why": &*s.why })).collect()
    };
    let (skipped, failed) = (list(&run.coverage.skipped), list(&run.coverage.failed));
    json!({
        "blobs": run.coverage.blobs, "bytes": run.coverage.bytes, "skipped": skipped, "failed": failed, "notes": run.coverage.notes,
        "blocking": run.blocking.len(), "low_confidence": run.notes.len(), "allowed": run.allowed.len(), "old": run.old,
        "mode": run.mode, "shard": run.part.map(Part::describe), "milliseconds": run.elapsed.as_millis() as u64, "version": env!("CARGO_PKG_VERSION"),
    })
}

//! CSV (RFC 4180) for spreadsheets: one row a place. Where a history was scanned, the way of the secret stands in
//! columns behind the others.

use std::io::{self, Write};

use super::spot::{Spot, commit, spots};
use super::{Report, Run};
use crate::escape::{visible, visible_bytes};

/// The format.
#[derive(Debug, Clone, Copy, Default)]
pub struct Csv;

/// The columns, in order.
const COLUMNS: [&str; 14] = [
    "severity",
    "confidence",
    "blocks",
    "rule",
    "name",
    "vendor",
    "file",
    "line",
    "column",
    "commit",
    "secret",
    "evidence",
    "fingerprint",
    "fix",
];

/// Those of a history.
const TRACED: [&str; 10] = [
    "stage",
    "reach",
    "in_head",
    "remotes",
    "branches",
    "tags",
    "first_commit",
    "first_author",
    "first_date",
    "live",
];

impl Report for Csv {
    fn write(&self, out: &mut dyn Write, run: &Run<'_>) -> io::Result<()> {
        let spots = spots(run);
        let is_history = spots.iter().any(|spot| spot.card.finding.trace.is_some());
        let traced: &[&str] = if is_history { &TRACED } else { &[] };
        row(out, COLUMNS.iter().chain(traced).map(|column| (*column).to_owned()))?;
        spots.iter().try_for_each(|spot| {
            let traced = is_history.then(|| traced_cells(spot)).into_iter().flatten();
            row(out, cells(spot).into_iter().chain(traced))
        })
    }
}

fn traced_cells(spot: &Spot<'_>) -> [String; TRACED.len()] {
    let stage = super::json::stage(spot.card).to_owned();
    let Some(trace) = &spot.card.finding.trace else {
        let mut cells: [String; TRACED.len()] = Default::default();
        cells[0] = stage;
        return cells;
    };
    let first = trace.first.as_ref();
    [
        stage,
        trace.reach().word().to_owned(),
        if trace.in_head { "yes" } else { "no" }.to_owned(),
        trace.remotes.join(" "),
        trace.branches.join(" "),
        trace.tags.join(" "),
        first.map_or_else(String::new, |mark| mark.id.clone()),
        first.map_or_else(String::new, |mark| mark.author.clone()),
        first.map_or_else(String::new, super::trace::day),
        // Names of work trees hold blanks.
        trace.live.join(", "),
    ]
}

fn cells(spot: &Spot<'_>) -> [String; COLUMNS.len()] {
    let (finding, place) = (spot.card.finding, spot.place);
    let confidence = serde_json::to_value(finding.confidence).ok();
    [
        finding.severity.word().to_owned(),
        confidence.and_then(|word| word.as_str().map(str::to_owned)).unwrap_or_default(),
        if spot.blocks { "yes" } else { "no" }.to_owned(),
        finding.rule.id.to_owned(),
        finding.rule.name.to_owned(),
        finding.rule.vendor.name.to_owned(),
        visible_bytes(&place.path),
        place.line.to_string(),
        place.column.to_string(),
        commit(&place.place).unwrap_or_default().to_owned(),
        finding.secret.redacted(),
        finding.why.join("; "),
        finding.fingerprint.clone(),
        spot.card.advice.revoke.join(" "),
    ]
}

fn row(out: &mut dyn Write, cells: impl Iterator<Item = String>) -> io::Result<()> {
    let cells: Vec<String> = cells.map(|cell| quoted(&visible(&cell))).collect();
    write!(out, "{}\r\n", cells.join(","))
}

/// A cell that a spreadsheet would take for a formula gets an apostrophe before it (OWASP, "CSV
/// Injection"): file names are written by strangers.
fn quoted(text: &str) -> String {
    let guard = if text.starts_with(['=', '+', '-', '@']) { "'" } else { "" };
    if guard.is_empty() && !text.contains([',', '"', '\n', '\r']) {
        return text.to_owned();
    }
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn cells_hold_whatever_they_are_given() {
        assert_eq!(quoted("plain text"), "plain text");
        assert_eq!(quoted("a,\"b\""), "\"a,\"\"b\"\"\"");
        assert_eq!(quoted("=HYPERLINK(1)"), "\"'=HYPERLINK(1)\"");
    }
}

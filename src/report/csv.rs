//! CSV (RFC 4180) for spreadsheets: one row a place.

use std::io::{self, Write};

use super::escape::{visible, visible_bytes};
use super::spot::{Spot, commit, severity, spots};
use super::{Report, Run};

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

impl Report for Csv {
    fn write(&self, out: &mut dyn Write, run: &Run<'_>) -> io::Result<()> {
        row(out, &COLUMNS.map(str::to_owned))?;
        spots(run).iter().try_for_each(|spot| row(out, &cells(spot)))
    }
}

fn cells(spot: &Spot<'_>) -> [String; COLUMNS.len()] {
    let (finding, place) = (spot.card.finding, spot.place);
    let confidence = serde_json::to_value(finding.confidence).ok();
    [
        severity(finding.severity).to_owned(),
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

fn row(out: &mut dyn Write, cells: &[String]) -> io::Result<()> {
    let cells: Vec<String> = cells.iter().map(|cell| quoted(&visible(cell))).collect();
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

//! reviewdog's diagnostic format, one a line (`-f=rdjsonl`; proto/rdf of reviewdog). Columns are bytes.

use std::io::{self, Write};

use serde_json::{Value, json};

use super::spot::{Spot, message, relative, spots};
use super::{Report, Run};
use crate::catalogue::Severity;
use crate::escape::visible_json;

/// The format.
#[derive(Debug, Clone, Copy, Default)]
pub struct Rdjsonl;

impl Report for Rdjsonl {
    fn write(&self, out: &mut dyn Write, run: &Run<'_>) -> io::Result<()> {
        for spot in spots(run) {
            writeln!(out, "{}", visible_json(&diagnostic(&spot).to_string()))?;
        }
        Ok(())
    }
}

fn diagnostic(spot: &Spot<'_>) -> Value {
    let (finding, place) = (spot.card.finding, spot.place);
    let severity = match (spot.blocks, finding.severity) {
        (false, _) => "INFO",
        (true, Severity::Critical | Severity::High) => "ERROR",
        (true, Severity::Medium | Severity::Low) => "WARNING",
    };
    let mut code = json!({ "value": finding.rule.id });
    if let Some(docs) = finding.rule.page().docs.first() {
        code["url"] = json!(docs);
    }
    json!({
        "message": format!("{}. {}", message(finding), spot.card.advice.exposure),
        "location": {
            "path": relative(&place.path),
            "range": {
                "start": { "line": place.line, "column": place.column },
                "end": { "line": place.end_line, "column": place.end_column },
            },
        },
        "severity": severity,
        "source": { "name": "stanch", "url": env!("CARGO_PKG_REPOSITORY") },
        "code": code,
    })
}

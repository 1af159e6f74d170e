//! GitLab: the secret detection report (schema 15.0.7 of its security reports) and code quality.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::{Value, json};

use super::spot::{Spot, commit, extract, message, relative, revoke, shortened, spots, time};
use super::stream::{self, Each};
use super::{Report, Run};
use crate::catalogue::Severity;

/// What GitLab stands where no commit is known; its own analyzer writes the same.
const NO_COMMIT: &str = "0000000";

/// `gl-secret-detection-report.json`.
#[derive(Debug, Clone, Copy, Default)]
pub struct SecretDetection;

impl Report for SecretDetection {
    fn write(&self, out: &mut dyn Write, run: &Run<'_>) -> io::Result<()> {
        let tool = json!({
            "id": "stanch", "name": "stanch", "version": env!("CARGO_PKG_VERSION"),
            "url": env!("CARGO_PKG_REPOSITORY"), "vendor": { "name": "stanch" },
        });
        let failed = run.coverage.failed.iter().map(|failed| {
            json!({ "level": "warn", "value": format!("could not read {}: {}", relative(&failed.path), failed.why) })
        });
        let scan = json!({
            "type": "secret_detection", "analyzer": tool, "scanner": tool,
            "start_time": time(run.ended.saturating_sub(run.elapsed.as_secs())), "end_time": time(run.ended),
            "status": if run.coverage.failed.is_empty() { "success" } else { "failure" },
            "messages": failed.collect::<Vec<_>>(),
        });
        let spots = spots(run);
        let vulnerabilities = Each(|| spots.iter().map(vulnerability));
        stream::write(out, &Document { scan, version: "15.0.7", vulnerabilities })
    }
}

#[derive(Serialize)]
struct Document<V> {
    scan: Value,
    version: &'static str,
    vulnerabilities: V,
}

fn vulnerability(spot: &Spot<'_>) -> Value {
    let (finding, place) = (spot.card.finding, spot.place);
    let rule = finding.rule;
    let links: Vec<Value> = rule.page().docs.iter().map(|url| json!({ "url": url })).collect();
    let severity = match finding.severity {
        Severity::Critical => "Critical",
        Severity::High => "High",
        Severity::Medium => "Medium",
        Severity::Low => "Low",
    };
    json!({
        "id": spot.uuid(), "name": rule.name, "severity": severity,
        "description": format!("{}\n\n{}. {}", rule.about().description, message(finding), spot.card.advice.exposure),
        "solution": shortened(&format!("{}\n\n{}", revoke(spot.card), spot.card.advice.breaks), 7000),
        "identifiers": [
            { "type": "stanch_rule_id", "name": format!("stanch rule {}", rule.id), "value": rule.id },
            { "type": "cwe", "name": "CWE-798", "value": "798", "url": "https://cwe.mitre.org/data/definitions/798.html" },
        ],
        "links": links,
        "location": {
            "file": relative(&place.path), "start_line": place.line, "end_line": place.end_line,
            "commit": { "sha": commit(&place.place).unwrap_or(NO_COMMIT) },
        },
        "raw_source_code_extract": extract(finding, &place.excerpt),
    })
}

/// The report that merge requests show beside the changed lines.
#[derive(Debug, Clone, Copy, Default)]
pub struct CodeQuality;

impl Report for CodeQuality {
    fn write(&self, out: &mut dyn Write, run: &Run<'_>) -> io::Result<()> {
        let spots = spots(run);
        stream::write(out, &Each(|| spots.iter().map(issue)))
    }
}

fn issue(spot: &Spot<'_>) -> Value {
    let (finding, place) = (spot.card.finding, spot.place);
    let severity = match (spot.blocks, finding.severity) {
        (false, _) => "info",
        (true, Severity::Critical) => "blocker",
        (true, Severity::High) => "critical",
        (true, Severity::Medium) => "major",
        (true, Severity::Low) => "minor",
    };
    json!({
        "description": format!("{}. {}", message(finding), spot.card.advice.exposure),
        // Of two with the same fingerprint GitLab shows one.
        "check_name": finding.rule.id, "fingerprint": spot.uuid(), "severity": severity,
        "location": { "path": relative(&place.path), "lines": { "begin": place.line, "end": place.end_line } },
    })
}

//! SARIF 2.1.0, as GitHub code scanning reads it (docs.github.com, "SARIF support for code scanning").

use std::collections::HashMap;
use std::io::{self, Write};

use serde_json::{Value, json};

use super::escape::visible_json;
use super::{Card, Report, Run, inside};
use crate::catalogue::{Confidence, Rule, Severity};
use crate::finding::Location;

/// The format.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sarif;

impl Report for Sarif {
    fn write(&self, out: &mut dyn Write, run: &Run<'_>) -> io::Result<()> {
        // A rule is as severe as its worst finding here: settings may say otherwise than the catalogue.
        let mut rules: Vec<(&'static Rule, Severity)> = Vec::new();
        let mut index: HashMap<&'static str, usize> = HashMap::new();
        let mut results = Vec::new();
        let mut seen: HashMap<String, u32> = HashMap::new();
        for card in run.blocking.iter().chain(run.notes) {
            let rule = card.finding.rule;
            let at = *index.entry(rule.id).or_insert_with(|| {
                rules.push((rule, card.finding.severity));
                rules.len() - 1
            });
            rules[at].1 = rules[at].1.max(card.finding.severity);
            results.push(result(card, at, &mut seen));
        }
        let rules: Vec<Value> = rules.into_iter().map(|(rule, worst)| describe(rule, worst)).collect();
        let document = json!({
            "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
            "version": "2.1.0",
            "runs": [{
                "tool": { "driver": {
                    "name": "stanch", "semanticVersion": env!("CARGO_PKG_VERSION"),
                    "informationUri": env!("CARGO_PKG_REPOSITORY"), "rules": rules,
                } },
                "automationDetails": { "id": "stanch/" },
                "columnKind": "utf16CodeUnits",
                "results": results,
            }],
        });
        writeln!(out, "{}", visible_json(&serde_json::to_string_pretty(&document)?))
    }
}

fn describe(rule: &'static Rule, severity: Severity) -> Value {
    let score = match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.5",
    };
    let precision = match rule.confidence {
        Confidence::Certain | Confidence::High => "very-high",
        Confidence::Medium => "high",
        Confidence::Low => "medium",
    };
    let revoke: String =
        rule.page().fix.revoke.iter().enumerate().map(|(n, step)| format!("{}. {step}\n", n + 1)).collect();
    let abuse: String = rule.page().fix.abuse.iter().map(|step| format!("- {step}\n")).collect();
    let markdown = format!(
        "{}\n\n**Revoke**\n\n{revoke}\n**Check for abuse**\n\n{abuse}\n**What will stop working**\n\n{}\n",
        rule.page().description,
        rule.page().fix.breaks
    );
    json!({
        "id": rule.id, "name": rule.name,
        "shortDescription": { "text": rule.name },
        "fullDescription": { "text": rule.page().description },
        "helpUri": rule.page().docs.first(),
        "help": { "text": format!("{}\n{}", rule.page().description, rule.page().fix.revoke.join("\n")), "markdown": markdown },
        "defaultConfiguration": { "level": level(severity) },
        "properties": { "tags": ["security", "secret", rule.vendor.key], "precision": precision, "security-severity": score },
    })
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "note",
    }
}

fn result(card: &Card<'_>, rule_index: usize, seen: &mut HashMap<String, u32>) -> Value {
    let finding = card.finding;
    let place = &finding.locations[0];
    // Bound to the value and a running number: it neither leaks nor moves with the lines.
    let number = seen.entry(finding.fingerprint.clone()).and_modify(|n| *n += 1).or_insert(1);
    let hash = format!("{}:{number}", finding.fingerprint);
    json!({
        "ruleId": finding.rule.id, "ruleIndex": rule_index, "level": level(finding.severity),
        "message": { "text": format!("{}: {}. {}", finding.rule.name, finding.why.join("; "), card.advice.exposure) },
        "locations": [location(place)],
        "partialFingerprints": { "primaryLocationLineHash": hash, "stanchFingerprint/v1": finding.fingerprint },
    })
}

/// A member of an archive is told by its logical name: the file that exists has no such line.
fn location(place: &Location) -> Value {
    let member = inside::member(place);
    let mut location = json!({ "physicalLocation": { "artifactLocation": { "uri": uri(place.file()) } } });
    location["physicalLocation"]["region"] = match &member {
        None => json!({
            "startLine": place.line, "startColumn": place.column, "endLine": place.end_line, "endColumn": place.end_column,
            "snippet": { "text": place.excerpt.text },
        }),
        Some(_) => json!({ "startLine": 1, "snippet": { "text": place.excerpt.text } }),
    };
    if let Some(member) = member {
        let name = format!("{}:{}:{}", place.path, place.line, place.column);
        location["logicalLocations"] =
            json!([{ "name": member, "fullyQualifiedName": name, "kind": "member" }]);
        location["message"] = json!({ "text": format!("In {member}, line {}", place.line) });
    }
    location
}

/// A relative URI reference (RFC 3986): everything but unreserved characters and slashes is encoded.
fn uri(path: &[u8]) -> String {
    path.iter().fold(String::new(), |mut out, &byte| {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(byte as char);
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
        out
    })
}

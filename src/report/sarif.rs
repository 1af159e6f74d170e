//! SARIF 2.1.0, as GitHub code scanning reads it (docs.github.com, "SARIF support for code scanning").
//!
//! One result for each file that holds a secret: an alert is closed file by file. Further places in
//! the file and elsewhere are related locations. What is allowed is there, as suppressed.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::io::{self, Write};
use std::rc::Rc;

use bstr::ByteSlice;
use serde::Serialize;
use serde_json::{Value, json};

use super::spot::{Names, commit, extract, is_nowhere, message, shortened};
use super::stream::{self, Each};
use super::{Report, Run, inside};
use crate::catalogue::{Confidence, Rule, Severity};
use crate::escape::{visible, visible_bytes};
use crate::finding::suppress::{Allowed, Reason};
use crate::finding::{Finding, Location, fingerprint};
use crate::order;
use crate::source::Skipped;

/// Most characters of a description that GitHub takes.
const DESCRIPTION: usize = 1024;

/// Places beside the first that a result lists.
const RELATED: usize = 50;

/// Such places of all results of one secret: it may stand in each of a hundred thousand files.
const ALL_RELATED: usize = 20_000;

/// Most results of a run that GitHub takes; it refuses a report with more.
const RESULTS: usize = 25_000;

/// The format.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sarif {
    /// Leave out what is allowed. GitHub's code scanning ignores `suppressions` and would open alerts
    /// (github/codeql-action#1230).
    pub without_allowed: bool,
}

impl Report for Sarif {
    fn write(&self, out: &mut dyn Write, run: &Run<'_>) -> io::Result<()> {
        let cards = || run.blocking.iter().chain(run.notes);
        let allowed = || run.allowed.iter().filter(|_| !self.without_allowed);
        let mut rules = Rules::default();
        cards().for_each(|card| rules.add(card.finding));
        allowed().for_each(|allowed| rules.add(&allowed.finding));
        let results = Each(|| {
            let names = Rc::new(RefCell::new(Names::default()));
            let (own, rules) = (Rc::clone(&names), &rules);
            let found = cards().flat_map(move |card| {
                let text = format!("{}. {}", message(card.finding), card.advice.exposure);
                let mut all = results(card.finding, &text, None, rules, &mut own.borrow_mut());
                all.iter_mut().for_each(|result| add_stage(result, card));
                all
            });
            let passed = allowed().flat_map(move |allowed| {
                let text = format!("{}. It is {}", message(&allowed.finding), allowed.reason);
                results(&allowed.finding, &text, Some(allowed), rules, &mut names.borrow_mut())
            });
            found.chain(passed).take(RESULTS)
        });
        let all = cards().map(|card| card.finding).chain(allowed().map(|allowed| &allowed.finding));
        let all: usize = all.map(files).sum();
        let run = OneRun {
            // The part before the last slash keeps the alerts of different kinds of run apart.
            automation: json!({ "id": format!("stanch/{}/", run.mode) }),
            columns: "utf16CodeUnits",
            invocations: [invocation(run, all)],
            bases: json!({ "%SRCROOT%": { "description": { "text": "The root of the repository" } } }),
            properties: run
                .part
                .map(|part| Properties { shard: part.describe(), findings: Each(|| cards().map(for_merge)) }),
            results,
            tool: json!({ "driver": {
                "name": "stanch", "semanticVersion": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": rules.list.iter().map(|(rule, worst)| describe(rule, *worst)).collect::<Vec<_>>(),
            } }),
        };
        let schema = "https://json.schemastore.org/sarif-2.1.0.json";
        stream::write(out, &Document { schema, runs: [run], version: "2.1.0" })
    }
}

#[derive(Serialize)]
struct Document<R, F> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    runs: [OneRun<R, F>; 1],
    version: &'static str,
}

#[derive(Serialize)]
struct OneRun<R, F> {
    #[serde(rename = "automationDetails")]
    automation: Value,
    #[serde(rename = "columnKind")]
    columns: &'static str,
    invocations: [Value; 1],
    #[serde(rename = "originalUriBaseIds")]
    bases: Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    properties: Option<Properties<F>>,
    results: R,
    tool: Value,
}

/// What a part of a shared scan says of itself.
#[derive(Serialize)]
struct Properties<F> {
    shard: Value,
    /// The findings as JSON has them, each place as SARIF has it too: results are made anew where parts are joined.
    findings: F,
}

fn for_merge(card: &super::Card<'_>) -> Value {
    let mut told = super::json::finding(card, super::Secrets::Redacted, true);
    let places = &card.finding.locations;
    told["joint"]["places"] = places.iter().map(|place| location(card.finding, place)).collect();
    let line = |place: &Location| fingerprint::of_line(card.finding.rule.id, &place.excerpt);
    told["joint"]["lines"] = places.iter().map(line).collect();
    told
}

/// Whether all was looked at, and what was not.
fn invocation(run: &Run<'_>, results: usize) -> Value {
    let notify = |level: &'static str, what: &'static str| {
        move |one: &Skipped| {
            // Nobody can open a path that leads into an archive; the message has it whole.
            let text = format!("{what}: {} ({})", visible_bytes(&one.path), visible(&one.why));
            let outer = one.path.split_once_str("!/").map_or(one.path.as_slice(), |(outer, _)| outer);
            json!({
                "level": level, "message": { "text": text },
                "locations": [{ "physicalLocation": { "artifactLocation": artifact(outer) } }],
            })
        }
    };
    let failed = run.coverage.failed.iter().map(notify("error", "could not be read"));
    let skipped = run.coverage.skipped.iter().map(notify("note", "not scanned"));
    json!({
        "executionSuccessful": run.coverage.failed.is_empty(),
        "endTimeUtc": format!("{}Z", super::spot::time(run.ended)),
        "toolExecutionNotifications": cut(results).into_iter().chain(failed).chain(skipped).collect::<Vec<_>>(),
    })
}

/// What is told where results are left out.
fn cut(results: usize) -> Option<Value> {
    let text = format!(
        "{} results are left out: {RESULTS} are as many as GitHub takes of a run, and these are the worst; \
         other formats have all",
        results.checked_sub(RESULTS + 1)? + 1
    );
    Some(json!({ "level": "warning", "message": { "text": text } }))
}

/// Leaves as many results as may be in a run, the worst; what is to be told of the others.
pub fn keep_worst(results: &mut Vec<Value>) -> Option<Value> {
    let told = cut(results.len())?;
    let place = |words: &[&str], word: &Value| words.iter().position(|known| word == known);
    order::by_cached_key(results, |result| {
        (
            is_allowed(result),
            result["properties"]["confidence"] == "low",
            place(&["error", "warning", "note"], &result["level"]),
        )
    });
    results.truncate(RESULTS);
    Some(told)
}

/// Whether a result is suppressed: what somebody allowed.
pub fn is_allowed(result: &Value) -> bool {
    result["suppressions"].as_array().is_some_and(|all| !all.is_empty())
}

/// The files that hold a secret: as many results it has.
fn files(finding: &Finding) -> usize {
    finding.locations.iter().map(|place| &place.path).collect::<HashSet<_>>().len()
}

/// The rules that results name, with the worst severity that a finding of theirs was given.
#[derive(Default)]
struct Rules {
    list: Vec<(&'static Rule, Severity)>,
    index: HashMap<&'static str, usize>,
}

impl Rules {
    fn add(&mut self, finding: &Finding) {
        let at = *self.index.entry(finding.rule.id).or_insert_with(|| {
            self.list.push((finding.rule, finding.severity));
            self.list.len() - 1
        });
        self.list[at].1 = self.list[at].1.max(finding.severity);
    }
}

/// A result for each file that holds the secret.
fn results(
    finding: &Finding,
    text: &str,
    allowed: Option<&Allowed>,
    rules: &Rules,
    names: &mut Names,
) -> Vec<Value> {
    let mut files: Vec<(&Location, String)> = Vec::new();
    let mut known = HashSet::new();
    for place in &finding.locations {
        let name = names.name(finding, place);
        if known.insert(&place.path) {
            files.push((place, name));
        }
    }
    let most = RELATED.min(ALL_RELATED / files.len().max(1));
    let result = |(place, name): (&Location, String)| {
        let others = finding.locations.iter().filter(|other| !std::ptr::eq(*other, place));
        let related: Vec<Value> = others
            .take(most)
            .map(|other| {
                let mut location = location(finding, other);
                if location["message"].is_null() {
                    location["message"] = json!({ "text": "The same value stands here." });
                }
                location
            })
            .collect();
        let mut result = json!({
            "ruleId": finding.rule.id, "ruleIndex": rules.index.get(finding.rule.id), "level": level(finding.severity),
            "message": { "text": text },
            "locations": [location(finding, place)],
            "partialFingerprints": { "primaryLocationLineHash": name },
            "properties": {
                "fingerprint": finding.fingerprint, "commit": commit(&place.place),
                "confidence": finding.confidence, "places": finding.locations.len(),
            },
        });
        if !related.is_empty() {
            result["relatedLocations"] = json!(related);
        }
        if let Some(allowed) = allowed {
            result["suppressions"] = json!([suppression(&allowed.reason)]);
        }
        result
    };
    files.into_iter().map(result).collect()
}

/// How far the secret has gone, for who sorts by it.
fn add_stage(result: &mut Value, card: &super::Card<'_>) {
    result["properties"]["stage"] = super::json::stage(card).into();
    if let Some(trace) = &card.finding.trace {
        result["properties"]["trace"] = super::json::trace(trace);
    }
}

fn suppression(reason: &Reason) -> Value {
    let kind = if matches!(reason, Reason::Inline { .. }) { "inSource" } else { "external" };
    json!({ "kind": kind, "status": "accepted", "justification": reason.to_string() })
}

/// A place. What is inside another file stands at the head of that file, which is all that a platform
/// can show; the member is named beside it. What is in no file stands at the root: GitHub refuses a whole report
/// for one result without a file (github/codeql-action#2459).
fn location(finding: &Finding, place: &Location) -> Value {
    let snippet = json!({ "text": extract(finding, &place.excerpt) });
    if is_nowhere(place) {
        let name = visible_bytes(place.file());
        let of = commit(&place.place).map(|id| format!(" of {id}")).unwrap_or_default();
        return json!({
            "physicalLocation": {
                "artifactLocation": { "uri": "./", "uriBaseId": "%SRCROOT%" },
                "region": { "startLine": 1, "snippet": snippet },
            },
            "logicalLocations": [{
                "name": name, "fullyQualifiedName": format!("{name}{of}:{}:{}", place.line, place.column),
            }],
            "message": { "text": format!("In no file: {name}{of}, line {}", place.line) },
        });
    }
    let mut location = json!({ "physicalLocation": { "artifactLocation": artifact(place.file()) } });
    location["physicalLocation"]["region"] = match inside::member(place) {
        None => json!({
            "startLine": place.line, "startColumn": place.utf16.column,
            "endLine": place.end_line, "endColumn": place.utf16.end_column, "snippet": snippet,
        }),
        Some(_) => json!({ "startLine": 1, "snippet": snippet }),
    };
    if let Some(member) = inside::member(place) {
        let name = format!("{}:{}:{}", place.path, place.line, place.column);
        location["logicalLocations"] =
            json!([{ "name": member, "fullyQualifiedName": name, "kind": "member" }]);
        location["message"] = json!({ "text": format!("In {member}, line {}", place.line) });
    }
    location
}

/// A rule, as bad as the user's settings make it.
fn describe(rule: &Rule, severity: Severity) -> Value {
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
    let list = |marker: &str, steps: &[&str]| -> String {
        steps.iter().map(|step| format!("{marker} {step}\n")).collect()
    };
    let (revoke, abuse) = (list("1.", rule.page().fix.revoke), list("-", rule.page().fix.abuse));
    let call = match rule.page().fix.call {
        [] => String::new(),
        call => format!("\nOr by a call:\n\n```sh\n{}\n```\n", call.join("\n")),
    };
    let docs: String = rule.page().docs.iter().map(|url| format!("- <{url}>\n")).collect();
    let (breaks, variable) = (rule.page().fix.breaks, rule.page().fix.env);
    let markdown = format!(
        "{}\n\n**Revoke it**\n\n{revoke}{call}\n**Check for abuse**\n\n{abuse}\n**What will stop working**\n\n\
         {breaks}\n\n**Write instead**\n\nRead it from the environment, for instance from `{variable}`.\n\n\
         **Read more**\n\n{docs}",
        rule.about().description
    );
    let text = format!(
        "{}\n\nRevoke it:\n{revoke}\nCheck for abuse:\n{abuse}\nWhat will stop working:\n{breaks}\n",
        rule.about().description
    );
    let mut described = json!({
        "id": rule.id, "name": shortened(rule.name, 255),
        "shortDescription": { "text": shortened(rule.name, DESCRIPTION) },
        "fullDescription": { "text": shortened(described_by(rule), DESCRIPTION) },
        "help": { "text": text, "markdown": markdown },
        "defaultConfiguration": { "level": level(severity) },
        "properties": {
            "tags": ["security", "secret", "external/cwe/cwe-798", rule.vendor.key],
            "precision": precision, "security-severity": score,
        },
    });
    if let Some(docs) = rule.page().docs.first() {
        described["helpUri"] = json!(docs);
    }
    described
}

/// A user's own rule may lack a description; GitHub wants one.
fn described_by(rule: &Rule) -> &str {
    if rule.about().description.is_empty() { rule.name } else { rule.about().description }
}

/// How bad a result is, in the format's words.
pub fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low => "note",
    }
}

fn artifact(path: &[u8]) -> Value {
    match path {
        [b'/', ..] => json!({ "uri": format!("file://{}", uri(path)) }),
        _ => json!({ "uri": uri(path.strip_prefix(b"./").unwrap_or(path)), "uriBaseId": "%SRCROOT%" }),
    }
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

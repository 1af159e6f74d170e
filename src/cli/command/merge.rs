//! `stanch merge`: one report of several, for scans that were shared among machines.

use std::collections::{HashMap, HashSet, hash_map::Entry};
use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::{CommandFactory, Parser};
use serde_json::{Map, Value, json};

use crate::cli::{Exit, joined, output, parse, parts::Parts};
use crate::escape::visible_json;
use crate::install::draft::Access;
use crate::report::sarif;

/// Join reports of one kind: JSON and JSON Lines, or SARIF
///
/// The same secret in several reports becomes one finding with all its places. The joined report is JSON
/// or SARIF, as the reports are. When a part of a scan that was shared with --shard is missing, there twice or of
/// another scan, that is said, what there is gets written, and the status is 2.
///
/// Example: stanch merge part-*.json --output all.json
#[derive(Debug, Parser)]
#[command(name = "stanch merge", verbatim_doc_comment)]
struct Args {
    /// Reports that `stanch scan` wrote
    #[arg(required = true)]
    reports: Vec<PathBuf>,
    /// Write to a file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Write no report, only to the file of `--output`: the status tells
    #[arg(short, long)]
    quiet: bool,
    /// Exit with 0 even when the reports hold secrets
    #[arg(long)]
    exit_zero: bool,
}

pub(in crate::cli) fn define() -> clap::Command {
    Args::command()
}

pub(in crate::cli) fn run(args: &[OsString]) -> Result<Exit> {
    let args: Args = match parse("merge", args) {
        Ok(args) => args,
        Err(exit) => return Ok(exit),
    };
    let mut joined: Option<Joined> = None;
    let mut parts = Parts::default();
    for path in &args.reports {
        let mut next = Joined::read(path)?;
        next.shards().iter().for_each(|shard| parts.add(path, shard));
        joined = Some(match joined {
            None => next,
            Some(before) => before
                .join(next)
                .with_context(|| format!("cannot join {}\nnext: join reports of one kind", path.display()))?,
        });
    }
    let Some(mut joined) = joined else { bail!("no report was named") };
    let faults = parts.faults();
    joined.fail(&faults);
    let (value, is_found, is_whole) = joined.finish();
    let text = visible_json(&serde_json::to_string_pretty(&value)?) + "\n";
    match &args.output {
        Some(path) => output::replace(path, text.as_bytes(), Access::Usual)
            .with_context(|| format!("cannot write {}", path.display()))?,
        None if args.quiet => {}
        None => std::io::stdout().write_all(text.as_bytes())?,
    }
    if !faults.is_empty() {
        bail!("these are not all parts of one scan, each once\nwhy: {}", faults.join("\nwhy: "));
    }
    Ok(Exit::of(is_found, is_whole, args.exit_zero))
}

/// Whether it says what was looked at, and what could not be, as every report of ours does.
fn is_summary(summary: &Map<String, Value>) -> bool {
    summary.get("blobs").is_some_and(Value::is_u64) && summary.get("failed").is_some_and(Value::is_array)
}

/// Whether it says what a tool has found: no result at all is an empty list.
fn is_run(run: &Value) -> bool {
    run["results"].is_array() && run["tool"]["driver"].is_object()
}

/// Reports of one kind.
enum Joined {
    Json { findings: Vec<Value>, allowed: Vec<Value>, summary: Map<String, Value> },
    Sarif(Value),
}

impl Joined {
    fn read(path: &Path) -> Result<Joined> {
        let text = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
        let wrong = || format!("{} is no report of stanch in JSON, JSON Lines or SARIF", path.display());
        match serde_json::from_slice::<Value>(&text) {
            Ok(value) if value.get("runs").is_some_and(Value::is_array) => {
                if !value["runs"].as_array().is_some_and(|runs| !runs.is_empty() && runs.iter().all(is_run)) {
                    bail!("{}; or it tells of no run", wrong());
                }
                Ok(Joined::Sarif(value))
            }
            Ok(Value::Object(mut object)) if object.contains_key("findings") => {
                let findings = object.remove("findings").and_then(|all| all.as_array().cloned());
                let summary = object.remove("summary").and_then(|summary| summary.as_object().cloned());
                let summary = summary.filter(is_summary);
                let (Some(findings), Some(summary)) = (findings, summary) else { bail!(wrong()) };
                let allowed = object.remove("allowed").and_then(|all| all.as_array().cloned());
                Ok(Joined::Json { findings, allowed: allowed.unwrap_or_default(), summary })
            }
            // The last line is the summary: a report without it is cut short.
            _ => {
                let (mut findings, mut allowed) = (Vec::new(), Vec::new());
                let mut summary = None;
                for line in text.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()) {
                    let mut value: Value = serde_json::from_slice(line).with_context(wrong)?;
                    if let Some(Value::Object(found)) = value.get_mut("summary").map(Value::take) {
                        summary = Some(found);
                    } else if let Some(one) = value.get_mut("allowed").map(Value::take) {
                        allowed.push(one);
                    } else {
                        findings.push(value);
                    }
                }
                let summary =
                    summary.filter(is_summary).with_context(|| format!("{}; or it is cut short", wrong()))?;
                Ok(Joined::Json { findings, allowed, summary })
            }
        }
    }

    fn join(self, other: Joined) -> Result<Joined> {
        match (self, other) {
            (
                Joined::Json { mut findings, mut allowed, mut summary },
                Joined::Json { findings: more, allowed: passed, summary: other },
            ) => {
                findings.extend(more);
                allowed.extend(passed);
                other.into_iter().for_each(|(key, value)| add(&mut summary, key, value));
                Ok(Joined::Json { findings, allowed, summary })
            }
            (Joined::Sarif(mut one), Joined::Sarif(mut other)) => {
                let runs = other["runs"].as_array_mut().map(std::mem::take).unwrap_or_default();
                if let Some(all) = one["runs"].as_array_mut() {
                    all.extend(runs);
                }
                Ok(Joined::Sarif(one))
            }
            _ => bail!("one report is SARIF and the other is not"),
        }
    }

    /// Takes out which parts of a run they say they are.
    fn shards(&mut self) -> Vec<Value> {
        match self {
            Joined::Json { summary, .. } => summary.remove("shard").into_iter().collect(),
            Joined::Sarif(report) => {
                let runs = report["runs"].as_array_mut().into_iter().flatten();
                let properties = runs.filter_map(|run| run.get_mut("properties")?.as_object_mut());
                properties.filter_map(|properties| properties.remove("shard")).collect()
            }
        }
    }

    /// Says in the report why it is not one of a whole run.
    fn fail(&mut self, faults: &[String]) {
        if faults.is_empty() {
            return;
        }
        match self {
            Joined::Json { summary, .. } => {
                let failed = faults.iter().map(|why| json!({ "path": "the reports of parts", "why": why }));
                add(summary, "failed".into(), failed.collect());
            }
            Joined::Sarif(report) => {
                let said = faults.iter().map(|why| json!({ "level": "error", "message": { "text": why } }));
                let said: Vec<Value> = said.collect();
                let fault = json!({ "executionSuccessful": false, "toolExecutionNotifications": said });
                if let Some(all) = report["runs"][0]["invocations"].as_array_mut() {
                    all.push(fault);
                }
            }
        }
    }

    /// The joined report, whether it holds secrets, and whether all was looked at.
    fn finish(self) -> (Value, bool, bool) {
        match self {
            Joined::Json { findings, allowed, mut summary } => {
                let (mut findings, allowed) = (joined::unite(findings), each_once(allowed));
                for finding in findings.iter_mut().filter_map(Value::as_object_mut) {
                    finding.remove("joint");
                }
                let blocking = findings.iter().filter(|finding| finding["blocks"] == true).count();
                summary.insert("blocking".into(), blocking.into());
                summary.insert("low_confidence".into(), (findings.len() - blocking).into());
                summary.insert("allowed".into(), allowed.len().into());
                summary.insert("shard".into(), Value::Null);
                let failed = summary.get("failed").and_then(Value::as_array);
                let is_whole = failed.is_none_or(Vec::is_empty);
                let report = json!({ "allowed": allowed, "findings": findings, "summary": summary });
                (report, blocking > 0, is_whole)
            }
            Joined::Sarif(mut report) => {
                let (is_found, is_whole) = one_run(&mut report);
                (report, is_found, is_whole)
            }
        }
    }
}

/// Numbers add up, lists are joined, times are the longest.
fn add(summary: &mut Map<String, Value>, key: String, value: Value) {
    let Some(known) = summary.get_mut(&key) else {
        summary.insert(key, value);
        return;
    };
    match (&mut *known, value) {
        (Value::Array(known), Value::Array(more)) => {
            let mut met: HashSet<String> = known.iter().map(Value::to_string).collect();
            known.extend(more.into_iter().filter(|one| met.insert(one.to_string())));
        }
        (Value::Number(one), Value::Number(other)) => {
            let (one, other) = (one.as_u64().unwrap_or(0), other.as_u64().unwrap_or(0));
            *known = if key == "milliseconds" { one.max(other) } else { one + other }.into();
        }
        _ => {}
    }
}

/// What is allowed, each secret once.
fn each_once(mut allowed: Vec<Value>) -> Vec<Value> {
    let mut known = HashSet::new();
    allowed.retain(|one| one["fingerprint"].as_str().is_none_or(|name| known.insert(name.to_owned())));
    allowed
}

/// Places beside the first that a result of SARIF lists.
const RELATED: usize = 50;

/// Puts all results into the first run, one for each secret and file; whether there are secrets, and whether all was
/// looked at.
fn one_run(report: &mut Value) -> (bool, bool) {
    let mut runs = taken(&mut report["runs"]);
    let rules: Vec<Value> =
        runs.iter_mut().flat_map(|run| taken(&mut run["tool"]["driver"]["rules"])).collect();
    let invocations: Vec<Value> = runs.iter_mut().flat_map(|run| taken(&mut run["invocations"])).collect();
    let parts: Option<Vec<Vec<Value>>> = runs.iter_mut().map(findings_of).collect();
    let mut given: Vec<Value> = runs.iter_mut().flat_map(|run| taken(&mut run["results"])).collect();
    let mut results = Vec::new();
    // Parts of one scan are told as one; of other reports the results are all there is.
    if let Some(parts) = parts {
        results = joined::results(&joined::unite(parts.concat()));
        given.retain(sarif::is_allowed);
    }
    let mut known: HashMap<String, usize> = HashMap::new();
    for result in given {
        match known.entry(name_of(&result)) {
            Entry::Occupied(at) => join_result(&mut results[*at.get()], result),
            Entry::Vacant(new) => {
                new.insert(results.len());
                results.push(result);
            }
        }
    }
    let dropped = sarif::keep_worst(&mut results);
    let rules = named(&mut results, rules);
    let is_weak = |result: &Value| result["properties"]["confidence"] == "low";
    let is_found = results.iter().any(|result| !sarif::is_allowed(result) && !is_weak(result));
    let is_whole = invocations.iter().all(|run| run["executionSuccessful"] != false);
    if let Some(first) = runs.first_mut() {
        first["results"] = results.into();
        first["tool"]["driver"]["rules"] = rules.into();
        first["invocations"] = invocations.into();
        if let Some(told) = dropped
            && let Some(list) = first["invocations"][0]["toolExecutionNotifications"].as_array_mut()
        {
            list.insert(0, told);
        }
    }
    runs.truncate(1);
    report["runs"] = runs.into();
    (is_found, is_whole)
}

/// Takes out the findings of a run that is a part of a shared one.
fn findings_of(run: &mut Value) -> Option<Vec<Value>> {
    let properties = run.as_object_mut()?.get_mut("properties")?.as_object_mut()?;
    let Value::Array(findings) = properties.remove("findings")? else { return None };
    if properties.is_empty() {
        run.as_object_mut()?.remove("properties");
    }
    Some(findings)
}

/// The rules that results name, in their order, each as bad as the worst report has it; results get their numbers.
fn named(results: &mut [Value], all: Vec<Value>) -> Vec<Value> {
    let score = |rule: &Value| -> f64 {
        rule["properties"]["security-severity"].as_str().and_then(|score| score.parse().ok()).unwrap_or(0.0)
    };
    let mut worst: HashMap<String, Value> = HashMap::new();
    for rule in all {
        let id = rule["id"].as_str().unwrap_or_default().to_owned();
        match worst.entry(id) {
            Entry::Occupied(mut known) if score(&rule) > score(known.get()) => drop(known.insert(rule)),
            Entry::Occupied(_) => {}
            Entry::Vacant(new) => drop(new.insert(rule)),
        }
    }
    let mut rules: Vec<Value> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for result in results {
        let id = result["ruleId"].as_str().unwrap_or_default().to_owned();
        if let Some(rule) = worst.remove(&id) {
            places.insert(id.clone(), rules.len());
            rules.push(rule);
        }
        if let Some(at) = places.get(&id) {
            result["ruleIndex"] = (*at).into();
        }
    }
    rules
}

/// The secret and the file, as far as a result names them.
fn name_of(result: &Value) -> String {
    let place = &result["locations"][0];
    let file = &place["physicalLocation"]["artifactLocation"]["uri"];
    match &result["properties"]["fingerprint"] {
        Value::Null => format!("{} {}", result["partialFingerprints"], result["locations"]),
        secret => format!("{secret} {file} {}", place["logicalLocations"][0]["name"]),
    }
}

fn taken(list: &mut Value) -> Vec<Value> {
    list.as_array_mut().map(std::mem::take).unwrap_or_default()
}

/// The same secret in the same file, seen by another machine.
fn join_result(known: &mut Value, mut other: Value) {
    let own = known["locations"].clone();
    let mut related = taken(&mut known["relatedLocations"]);
    for place in taken(&mut other["locations"]).into_iter().chain(taken(&mut other["relatedLocations"])) {
        let is_known =
            |list: &[Value]| list.iter().any(|known| known["physicalLocation"] == place["physicalLocation"]);
        if related.len() >= RELATED || is_known(&related) || own.as_array().is_some_and(|own| is_known(own)) {
            continue;
        }
        related.push(joined::also(place));
    }
    if !related.is_empty() {
        known["properties"]["places"] = (related.len() + 1).into();
        known["relatedLocations"] = related.into();
    }
}

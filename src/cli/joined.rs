//! Findings of several reports as those of one run: each secret once, with all its places, and told as who had seen
//! all of it would.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};

use crate::advice::Stage;
use crate::catalogue::Severity;
use crate::finding::{AMONG_TESTS, CommitMark, Joint, Reach, Trace, as_people_count};
use crate::order;
use crate::report::sarif;
use crate::source::history::{is_in_no_file, is_one_of_path};

/// Versions of one secret that are shown, as in one run.
const SHOWN: usize = super::history::SHOWN;
/// Names that are kept of each kind, and places that are in no file.
const NAMES: usize = crate::source::history::SHOWN;
/// Places beside the first that a result of SARIF lists, and those of all results of one secret.
const RELATED: usize = 50;
const ALL_RELATED: usize = 20_000;

/// One finding a secret, the most urgent first.
pub(super) fn unite(findings: Vec<Value>) -> Vec<Value> {
    let mut all: Vec<Vec<Value>> = Vec::new();
    let mut known: HashMap<String, usize> = HashMap::new();
    for finding in findings {
        let name = finding["fingerprint"].as_str().unwrap_or_default().to_owned();
        match known.get(&name) {
            Some(at) if !name.is_empty() => all[*at].push(finding),
            _ => {
                known.insert(name, all.len());
                all.push(vec![finding]);
            }
        }
    }
    let mut all: Vec<(u64, Value)> = all.into_iter().map(one).collect();
    // What is alike in all else comes as its first places do.
    order::by_key(&mut all, |(rank, _)| *rank);
    let mut all: Vec<Value> = all.into_iter().map(|(_, finding)| finding).collect();
    order::by(&mut all, |one, other| urgency(one).cmp(&urgency(other)).then_with(|| by_place(one, other)));
    all
}

const CONFIDENCES: [&str; 4] = ["certain", "high", "medium", "low"];

/// The place of a word in a list; behind all where it is not in it.
fn place(words: &[&str], word: &Value) -> usize {
    words.iter().position(|known| word == known).unwrap_or(words.len())
}

fn urgency(finding: &Value) -> (bool, usize, usize, usize) {
    (
        finding["blocks"] != true,
        place(&Reach::ALL.map(Reach::word), &finding["trace"]["reach"]),
        place(&Severity::ALL.map(Severity::word), &finding["severity"]),
        place(&CONFIDENCES, &finding["confidence"]),
    )
}

fn by_place(one: &Value, other: &Value) -> std::cmp::Ordering {
    let text = |finding: &Value, key: &str| finding[key].as_str().unwrap_or_default().to_owned();
    let spot = |finding: &Value| (finding["line"].as_u64(), finding["column"].as_u64());
    as_people_count(text(one, "file").as_bytes(), text(other, "file").as_bytes())
        .then_with(|| spot(one).cmp(&spot(other)))
        .then_with(|| text(one, "rule").cmp(&text(other, "rule")))
}

/// A place of a finding, and what a part of a scan says of it.
struct Spot {
    rank: u64,
    location: Value,
    /// The same in SARIF, and the name of its line.
    sarif: Option<(Value, Value)>,
}

impl Spot {
    /// The file that it is in, without the way within that.
    fn path(&self) -> String {
        let file = self.location["file"].as_str().unwrap_or_default();
        file.split("!/").next().unwrap_or_default().to_owned()
    }
}

/// What several machines have seen of one secret, and the rank of its first place.
fn one(mut parts: Vec<Value>) -> (u64, Value) {
    let joints: Vec<Value> = parts.iter_mut().map(|part| part["joint"].take()).collect();
    let mut spots: Vec<Vec<Spot>> =
        parts.iter_mut().zip(&joints).map(|(part, joint)| spots(part, joint)).collect();
    // The one with the place that comes first speaks for all. Without ranks what HEAD has is first.
    let order = |at: usize| {
        let first = spots[at].first();
        (
            first.map_or(u64::MAX, |spot| spot.rank),
            parts[at]["trace"]["in_head"] != true,
            first.and_then(|spot| spot.location["file"].as_str()).filter(|_| !joints[at].is_null()),
        )
    };
    let mut turns: Vec<usize> = (0..parts.len()).collect();
    order::by(&mut turns, |one, other| order(*one).cmp(&order(*other)));
    let trace = trace(&parts, &joints);
    let mut finding = parts[turns[0]].clone();
    for at in &turns[1..] {
        strengthen(&mut finding, &parts[*at]);
    }
    let is_minor = parts.iter().all(|part| holds(&part["evidence"], AMONG_TESTS));
    if let Some(why) = finding["evidence"].as_array_mut() {
        why.retain(|line| line != AMONG_TESTS);
        why.extend(is_minor.then(|| AMONG_TESTS.into()));
    }
    let is_ranked = joints.iter().all(|joint| !joint.is_null());
    let mut all: Vec<Spot> = turns.iter().flat_map(|at| std::mem::take(&mut spots[*at])).collect();
    let mut met = HashSet::new();
    all.retain(|spot| met.insert(spot.location.to_string()));
    if is_ranked {
        keep_shown(&mut all);
    }
    let rank = all.first().map_or(0, |spot| spot.rank);
    if let Some(Spot { location, .. }) = all.first() {
        for key in ["file", "line", "column", "end_line", "end_column", "commit", "inside"] {
            finding[key] = location[key].clone();
        }
    }
    finding["joint"] = match all.iter().map(|spot| spot.sarif.clone()).collect::<Option<Vec<_>>>() {
        Some(pairs) => {
            let (places, lines): (Vec<Value>, Vec<Value>) = pairs.into_iter().unzip();
            json!({ "places": places, "lines": lines })
        }
        None => Value::Null,
    };
    finding["locations"] = all.into_iter().map(|spot| spot.location).collect();
    if !trace.is_null() {
        finding["trace"] = trace;
        // With the way of a secret what it needs changes too.
        finding["advice"]["exposure"] = Stage::Traced(Box::new(read(&finding["trace"]))).exposure().into();
    }
    (rank, finding)
}

/// Keeps of ranked places those that one machine would have shown, in their order.
fn keep_shown(all: &mut Vec<Spot>) {
    let mut first: HashMap<String, u64> = HashMap::new();
    for spot in all.iter().filter(|spot| is_one_of_path(spot.rank)) {
        first.entry(spot.path()).and_modify(|rank| *rank = spot.rank.min(*rank)).or_insert(spot.rank);
    }
    all.retain(|spot| !is_one_of_path(spot.rank) || first.get(&spot.path()) == Some(&spot.rank));
    order::by_key(all, |spot| (spot.rank, spot.path()));
    let version = |spot: &Spot| (spot.location["file"].to_string(), spot.location["commit"].to_string());
    let (mut versions, mut others) = (HashSet::new(), 0);
    all.retain(|spot| {
        if versions.contains(&version(spot)) {
            return true;
        }
        let is_other = is_in_no_file(spot.rank);
        others += usize::from(is_other);
        versions.len() < SHOWN && !(is_other && others > NAMES) && versions.insert(version(spot))
    });
}

fn spots(part: &mut Value, joint: &Value) -> Vec<Spot> {
    let locations = part["locations"].as_array_mut().map(std::mem::take).unwrap_or_default();
    let spot = |(at, location): (usize, Value)| Spot {
        rank: joint["ranks"][at].as_u64().unwrap_or(0),
        sarif: (!joint["places"].is_null())
            .then(|| (joint["places"][at].clone(), joint["lines"][at].clone())),
        location,
    };
    locations.into_iter().enumerate().map(spot).collect()
}

/// The stronger evidence speaks for the finding, and the worst place tells how bad it is.
fn strengthen(finding: &mut Value, other: &Value) {
    if place(&CONFIDENCES, &other["confidence"]) < place(&CONFIDENCES, &finding["confidence"]) {
        for key in ["confidence", "evidence", "blocks"] {
            finding[key] = other[key].clone();
        }
    }
    let severities = Severity::ALL.map(Severity::word);
    if place(&severities, &other["severity"]) < place(&severities, &finding["severity"]) {
        finding["severity"] = other["severity"].clone();
    }
    union(&mut finding["parts"], &other["parts"]);
}

fn holds(list: &Value, text: &str) -> bool {
    list.as_array().is_some_and(|list| list.iter().any(|one| one == text))
}

fn union(known: &mut Value, more: &Value) {
    let (Some(known), Some(more)) = (known.as_array_mut(), more.as_array()) else { return };
    for one in more {
        if !known.contains(one) {
            known.push(one.clone());
        }
    }
}

/// The way of a secret as all parts together know it.
fn trace(parts: &[Value], joints: &[Value]) -> Value {
    let traces: Vec<(&Value, &Value)> =
        parts.iter().map(|part| &part["trace"]).zip(joints).filter(|(trace, _)| !trace.is_null()).collect();
    let Some((first, _)) = traces.first() else { return Value::Null };
    let mut whole = (*first).clone();
    let in_head = traces.iter().any(|(trace, _)| trace["in_head"] == true);
    let mark = |key: &str| -> Vec<(i64, u64, &Value)> {
        let marks = traces.iter().filter(|(trace, _)| !trace[key].is_null());
        marks
            .map(|(trace, joint)| {
                let mark = &trace[key];
                (mark["time"].as_i64().unwrap_or(0), joint[key].as_u64().unwrap_or(0), mark)
            })
            .collect()
    };
    let oldest = mark("first").into_iter().min_by_key(|(time, rank, _)| (*time, *rank));
    whole["first"] = oldest.map_or(Value::Null, |(.., mark)| mark.clone());
    let latest = mark("removed").into_iter().max_by_key(|(time, rank, _)| (*rank, *time));
    whole["removed"] = latest.filter(|_| !in_head).map_or(Value::Null, |(.., mark)| mark.clone());
    whole["in_head"] = in_head.into();
    let list = |key: &str| -> Vec<Value> { traces.iter().map(|(trace, _)| trace[key].clone()).collect() };
    for key in ["live", "branches", "tags", "remotes"] {
        whole[key] = names(list(key)).into();
    }
    let is_held = ["branches", "tags", "remotes"].iter().any(|key| whole[key] != json!([]));
    let elsewhere = traces.iter().map(|(trace, joint)| {
        let mut names = trace["elsewhere"].clone();
        if let (Some(names), true) = (names.as_array_mut(), is_held) {
            names.retain(|name| !joint["passing"].as_array().is_some_and(|passing| passing.contains(name)));
        }
        names
    });
    let passing = joints.iter().map(|joint| joint["passing"].clone()).filter(|_| !is_held);
    whole["elsewhere"] = names(elsewhere.chain(passing).collect()).into();
    whole["reach"] = read(&whole).reach().word().into();
    whole
}

/// Lists of names as one, in the order of their text; of very many a number.
fn names(lists: Vec<Value>) -> Vec<Value> {
    let (mut shown, mut most) = (Vec::<String>::new(), 0);
    for list in lists {
        let mut names: Vec<&str> = list.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let more = (names.len() > NAMES).then(|| names.pop()).flatten();
        let more = more.and_then(|last| last.strip_suffix(" more")?.parse::<usize>().ok()).unwrap_or(0);
        most = most.max(names.len() + more);
        shown.extend(names.into_iter().map(str::to_owned));
    }
    order::all(&mut shown);
    shown.dedup();
    let all = most.max(shown.len());
    shown.truncate(NAMES);
    let more = all - shown.len();
    let told = (more > 0).then(|| format!("{more} more"));
    shown.into_iter().chain(told).map(Value::from).collect()
}

fn read(trace: &Value) -> Trace {
    let list = |key: &str| -> Vec<String> {
        let names = trace[key].as_array().into_iter().flatten();
        names.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let mark = |key: &str| -> Option<CommitMark> {
        let text = |field: &str| trace[key][field].as_str().map(str::to_owned);
        let time = trace[key]["time"].as_i64().unwrap_or(0);
        Some(CommitMark { id: text("commit")?, author: text("author").unwrap_or_default(), time })
    };
    Trace {
        first: mark("first"),
        removed: mark("removed"),
        in_head: trace["in_head"] == true,
        live: list("live"),
        branches: list("branches"),
        tags: list("tags"),
        remotes: list("remotes"),
        elsewhere: list("elsewhere"),
        joint: Joint::default(),
    }
}

/// The results of SARIF for findings that are joined, as one run writes them.
pub(super) fn results(findings: &[Value]) -> Vec<Value> {
    let mut numbers: HashMap<(String, String), u32> = HashMap::new();
    let mut results = Vec::new();
    for finding in findings {
        let list = |of: &Value| of.as_array().cloned().unwrap_or_default();
        let (locations, places) = (list(&finding["locations"]), list(&finding["joint"]["places"]));
        let lines = list(&finding["joint"]["lines"]);
        let (mut files, mut known) = (Vec::new(), HashSet::new());
        for (at, location) in locations.iter().enumerate() {
            let file = location["file"].as_str().unwrap_or_default();
            let line = lines[at].as_str().unwrap_or_default();
            let number = numbers.entry((file.to_owned(), line.to_owned())).or_insert(0);
            *number += 1;
            if known.insert(file) {
                files.push((at, format!("{line}:{number}")));
            }
        }
        let most = RELATED.min(ALL_RELATED / files.len().max(1));
        let why: Vec<&str> =
            finding["evidence"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let (name, why) = (finding["name"].as_str().unwrap_or_default(), why.join("; "));
        let said = if why.is_empty() { name.to_owned() } else { format!("{name}: {why}") };
        let text = format!("{said}. {}", finding["advice"]["exposure"].as_str().unwrap_or_default());
        // Reports of a later stanch may have others.
        let severity = Severity::ALL.into_iter().find(|severity| finding["severity"] == severity.word());
        let severity = severity.unwrap_or(Severity::Low);
        for (at, name) in files {
            let others = places.iter().enumerate().filter(|(other, _)| *other != at);
            let related: Vec<Value> = others.take(most).map(|(_, place)| also(place.clone())).collect();
            let mut result = json!({
                "ruleId": finding["rule"], "ruleIndex": 0,
                "level": sarif::level(severity),
                "message": { "text": text },
                "locations": [places[at]],
                "partialFingerprints": { "primaryLocationLineHash": name },
                "properties": {
                    "fingerprint": finding["fingerprint"], "commit": locations[at]["commit"],
                    "confidence": finding["confidence"], "places": locations.len(),
                },
            });
            result["properties"]["stage"] = finding["stage"].clone();
            if !finding["trace"].is_null() {
                result["properties"]["trace"] = finding["trace"].clone();
            }
            if !related.is_empty() {
                result["relatedLocations"] = related.into();
            }
            results.push(result);
        }
    }
    results
}

/// A place as one of several.
pub(super) fn also(mut place: Value) -> Value {
    if place["message"].is_null() {
        place["message"] = json!({ "text": "The same value stands here." });
    }
    place
}

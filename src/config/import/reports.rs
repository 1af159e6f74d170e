//! Files that name findings by digest or by file: detect-secrets' baseline, talisman's configuration.

use serde_json::Value as Json;
use serde_yaml::Value as Yaml;

use super::{Imported, Select, Verdict, line_of};
use crate::catalogue::nesting::too_deep;
use crate::config::yaml::fault_of;

/// `.secrets.baseline` (detect-secrets 0.12 to 1.5): values by SHA-1, and filters.
pub(super) fn detect_secrets(text: &str) -> Result<Imported, String> {
    let value: Json = serde_json::from_str(text).map_err(|why| why.to_string())?;
    let Some(results) = value.get("results").and_then(Json::as_object) else {
        return Err("has no results: is it a baseline of detect-secrets?".into());
    };
    let mut all = Imported { is_baseline: true, ..Imported::default() };
    for (path, found) in results {
        for one in found.as_array().into_iter().flatten() {
            let Some(sha1) = one.get("hashed_secret").and_then(Json::as_str) else { continue };
            let verdict = match one.get("is_secret").and_then(Json::as_bool) {
                Some(true) => Verdict::Real,
                Some(false) => Verdict::FalseAlarm,
                None => Verdict::Open,
            };
            let select =
                Select::Digest { path: path.replace('\\', "/"), sha1: sha1.to_ascii_lowercase(), verdict };
            all.select(line_of(text, sha1), path, select);
        }
    }
    filters(&mut all, text, &value);
    Ok(all)
}

fn filters(all: &mut Imported, text: &str, value: &Json) {
    let of_text = |value: &Json| value.as_str().map(str::to_owned).into_iter().collect::<Vec<_>>();
    let of_list = |value: &Json| match value.as_array() {
        Some(items) => items.iter().filter_map(Json::as_str).map(str::to_owned).collect(),
        None => of_text(value),
    };
    // Before 1.0 there was one expression of each kind.
    let old = value.get("exclude");
    let mut files: Vec<String> = old.and_then(|old| old.get("files")).map(of_text).unwrap_or_default();
    let mut lines: Vec<String> = old.and_then(|old| old.get("lines")).map(of_text).unwrap_or_default();
    let mut secrets: Vec<String> = Vec::new();
    for filter in value.get("filters_used").and_then(Json::as_array).into_iter().flatten() {
        let name = filter.get("path").and_then(Json::as_str).unwrap_or_default();
        let patterns: Vec<String> = filter.get("pattern").map(of_list).unwrap_or_default();
        match name.rsplit('.').next().unwrap_or_default() {
            "should_exclude_file" => files.extend(patterns),
            "should_exclude_line" => lines.extend(patterns),
            "should_exclude_secret" => secrets.extend(patterns),
            "is_ignored_due_to_wordlist" | "is_wordlist" => {
                all.lost(line_of(text, name), name, "a list of words that this file only names");
            }
            // The others are what stanch does without being told: identifiers, templates, lock files.
            _ => {}
        }
    }
    let line = |regex: &str| line_of(text, &regex.replace('\\', "\\\\"));
    files.iter().for_each(|regex| all.exclude(line(regex), regex));
    lines.iter().for_each(|regex| all.select(line(regex), regex, Select::Line(regex.clone())));
    secrets.iter().for_each(|regex| all.select(line(regex), regex, Select::Value(regex.clone())));
}

/// `.talismanrc`: files with a checksum, ignored as they are now; without one, for good.
pub(super) fn talisman(text: &str) -> Result<Imported, String> {
    if let Some(line) = too_deep(text) {
        return Err(format!("line {line} is nested too deeply"));
    }
    let value: Yaml = serde_yaml::from_str(text).map_err(|why| fault_of(&why).1)?;
    let Yaml::Mapping(_) = &value else { return Err("has no settings: is it a .talismanrc?".into()) };
    let mut all = Imported::default();
    for file in list(&value, "fileignoreconfig") {
        let Some(name) = file.get("filename").and_then(Yaml::as_str) else { continue };
        let line = line_of(text, name);
        let is_whole = list(file, "ignore_detectors").count() == 0;
        for regex in list(file, "allowed_patterns").filter_map(Yaml::as_str) {
            all.lost(line_of(text, regex), regex, "a pattern of one file: allow the values it is about");
        }
        match file.get("checksum").and_then(Yaml::as_str) {
            Some(_) if is_whole => all.select(line, name, Select::Files(name.to_owned())),
            _ if !is_whole => {
                all.lost(line, name, "detectors of talisman are off for it: write paths: with disable:")
            }
            _ => all.exclude.push(super::from(line, name, (name.to_owned(), None))),
        }
    }
    for scope in list(&value, "scopeconfig") {
        let name = scope.get("scope").and_then(Yaml::as_str).unwrap_or_default();
        all.lost(
            line_of(text, name),
            name,
            "not needed: in lock files and vendored code only what is sure is reported",
        );
    }
    for regex in list(&value, "allowed_patterns").filter_map(Yaml::as_str) {
        all.select(line_of(text, regex), regex, Select::Value(regex.to_owned()));
    }
    for regex in list(&value, "custom_patterns").filter_map(Yaml::as_str) {
        all.lost(line_of(text, regex), regex, "a rule of one's own: write it under rules:");
    }
    if let Some(least) = value.get("threshold").and_then(Yaml::as_str) {
        all.lost(
            line_of(text, "threshold"),
            least,
            "a threshold of talisman's severities; see severity: and min-confidence:",
        );
    }
    Ok(all)
}

fn list<'v>(value: &'v Yaml, key: &str) -> impl Iterator<Item = &'v Yaml> {
    value.get(key).and_then(Yaml::as_sequence).into_iter().flatten()
}

//! The rules of a catalogue as a list: for people and for programs.

use std::io::{self, Write};

use serde_json::json;

use crate::catalogue::by_name::SUFFIX;
use crate::catalogue::{Rule, word};
use crate::numbers::count;

/// Writes one line a rule under its vendor.
///
/// # Errors
/// Those of the writer.
pub fn write(out: &mut dyn Write, rules: &[&Rule]) -> io::Result<()> {
    let width = rules.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
    for (at, rule) in rules.iter().enumerate() {
        if starts_vendor(rules, at) {
            writeln!(out, "{}{}", if at == 0 { "" } else { "\n" }, rule.vendor.name)?;
        }
        let severity = word(&rule.severity);
        writeln!(out, "  {:<width$}  {severity:<8}  {}", rule.id, rule.name)?;
    }
    writeln!(out, "\n{}; `stanch explain ID` tells all about one.", totals(rules))
}

/// How many rules there are, in the terms of all our pages: written ones stand in a rule file, derived ones follow from
/// the name of a vendor with advice.
pub fn totals(rules: &[&Rule]) -> String {
    let (derived, written): (Vec<&Rule>, Vec<&Rule>) = rules.iter().partition(|rule| is_derived(rule));
    let vendors = (0..written.len()).filter(|at| starts_vendor(&written, *at)).count();
    let written = format!("{} of {}", count(written.len(), "written rule"), count(vendors, "vendor"));
    match derived.len() {
        0 => written,
        1 => format!("{written}, 1 derived from a vendor's name"),
        many => format!("{written}, {many} derived from vendors' names"),
    }
}

fn is_derived(rule: &Rule) -> bool {
    rule.detect.origin.is_name() && rule.id.ends_with(SUFFIX)
}

/// Writes a JSON array.
///
/// # Errors
/// Those of the writer.
pub fn write_json(out: &mut dyn Write, rules: &[&Rule]) -> io::Result<()> {
    let all: Vec<_> = rules
        .iter()
        .map(|rule| {
            json!({
                "id": rule.id,
                "name": rule.name,
                "vendor": rule.vendor.name,
                "vendor_key": rule.vendor.key,
                "family": rule.family,
                "severity": rule.severity,
                "confidence": rule.confidence,
                "description": rule.about().description,
                "variable": rule.page().fix.env,
                "docs": rule.page().docs,
            })
        })
        .collect();
    serde_json::to_writer_pretty(&mut *out, &all)?;
    writeln!(out)
}

fn starts_vendor(rules: &[&Rule], at: usize) -> bool {
    at == 0 || rules[at - 1].vendor.key != rules[at].vendor.key
}

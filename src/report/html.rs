//! One HTML file for people who would rather look: totals, a timeline, every finding with its fix card.
//!
//! Everything is in the file and can be read and printed without scripts; the script only filters and
//! searches. A content security policy lets nothing else run or load, whatever a file is called.

use std::collections::HashMap;
use std::io::{self, Write};

use data_encoding::BASE64;
use sha2::{Digest, Sha256};

use super::markup::xml;
use super::{Card, Report, Run, spot};
use crate::catalogue::Severity;
use crate::escape::visible_bytes;
use crate::finding::suppress::Allowed;
use crate::numbers::{form, grouped};
use crate::order;
use crate::source::Skipped;

mod card;
mod timeline;
mod totals;

const PAGE: &str = include_str!("html/page.html");
const STYLE: &str = include_str!("html/style.css");
const SCRIPT: &str = include_str!("html/script.js");

/// Findings from which on the fix of a rule stands at its first finding only: it keeps the file small.
const MANY: usize = 300;

/// Entries of a list of files that were not scanned.
const LISTED: usize = 200;

/// The format.
#[derive(Debug, Clone, Copy, Default)]
pub struct Html;

impl Report for Html {
    fn write(&self, out: &mut dyn Write, run: &Run<'_>) -> io::Result<()> {
        let slots = [
            ("title", title(run)),
            ("style", STYLE.to_owned()),
            ("style-hash", hash(STYLE)),
            ("script", SCRIPT.to_owned()),
            ("script-hash", hash(SCRIPT)),
            ("about", about(run)),
            ("alerts", alerts(run)),
            ("totals", totals::section(run)),
            ("timeline", timeline::section(run)),
            ("filter", filter(run)),
            ("findings", findings(run)),
            ("allowed", allowed(run.allowed)),
            ("coverage", coverage(run)),
            ("version", env!("CARGO_PKG_VERSION").to_owned()),
        ];
        out.write_all(fill(PAGE, &slots.into()).as_bytes())
    }
}

/// Puts the values into the slots of the template. A value is never looked into.
fn fill(template: &str, slots: &HashMap<&str, String>) -> String {
    let mut page = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) = after.split_once("}}").expect("every slot of the template is closed");
        page.push_str(before);
        page.push_str(slots.get(name).expect("every slot of the template has a value"));
        rest = after;
    }
    page + rest
}

/// The source of an inline element for the content security policy.
fn hash(text: &str) -> String {
    format!("sha256-{}", BASE64.encode(&Sha256::digest(text)))
}

fn title(run: &Run<'_>) -> String {
    match run.blocking.len() {
        0 => "stanch found no secrets".to_owned(),
        secrets => format!("stanch found {}", many(secrets as u64, "secret")),
    }
}

fn about(run: &Run<'_>) -> String {
    let coverage = run.coverage;
    let when = spot::time(run.ended).replace('T', " ");
    format!(
        "{when} UTC · {} · {}, {} scanned · {} · {} allowed · {} not scanned",
        xml(run.mode),
        many(coverage.blobs, "blob"),
        size(coverage.bytes),
        many(run.notes.len() as u64, "weak sign"),
        grouped(run.allowed.len() as u64),
        grouped(coverage.skipped.len() as u64)
    )
}

/// What must not be overlooked.
fn alerts(run: &Run<'_>) -> String {
    let failed = match run.coverage.failed.len() {
        0 => String::new(),
        files => format!(
            "<p class=\"alert\" role=\"alert\">{} could not be read: this report is not complete. \
             <a href=\"#not-read\">What, and why</a></p>",
            many(files as u64, "file")
        ),
    };
    let told: String =
        run.announce.iter().map(|line| format!("<p class=\"alert\">{}</p>\n", xml(line))).collect();
    failed + &told
}

/// Every finding, and whether it blocks.
fn cards<'r>(run: &'r Run<'_>) -> impl Iterator<Item = (&'r Card<'r>, bool)> {
    run.blocking.iter().map(|card| (card, true)).chain(run.notes.iter().map(|card| (card, false)))
}

/// The controls; hidden until the script shows them.
fn filter(run: &Run<'_>) -> String {
    if run.blocking.is_empty() && run.notes.is_empty() {
        return String::new();
    }
    let vendors = cards(run).map(|(card, _)| card.finding.rule.vendor);
    let mut vendors: Vec<(&str, &str)> = vendors.map(|vendor| (vendor.name, vendor.key)).collect();
    order::all(&mut vendors);
    vendors.dedup();
    let vendors: String = vendors
        .iter()
        .map(|(name, key)| format!("<option value=\"{}\">{}</option>", xml(key), xml(name)))
        .collect();
    let states: String = card::STATES
        .iter()
        .filter(|(state, _)| cards(run).any(|(card, blocks)| card::states(card, blocks).contains(state)))
        .map(|(state, name)| format!("<option value=\"{state}\">{name}</option>"))
        .collect();
    let severities: String = Severity::ALL
        .map(Severity::word)
        .map(|word| {
            format!(
                "<label><input type=\"checkbox\" name=\"severity\" value=\"{word}\" checked> {word}</label>"
            )
        })
        .concat();
    format!(
        "<form class=\"filter\" role=\"search\" hidden>\n\
         <label>Search <input type=\"search\" name=\"q\" placeholder=\"file, rule, author …\" autocomplete=\"off\"></label>\n\
         <fieldset><legend>Severity</legend>{severities}</fieldset>\n\
         <label>Vendor <select name=\"vendor\"><option value=\"\">all</option>{vendors}</select></label>\n\
         <label>State <select name=\"state\"><option value=\"\">any</option>{states}</select></label>\n\
         <button type=\"reset\">Show all</button>\n\
         <button type=\"button\" class=\"open\" aria-pressed=\"false\">Open all</button>\n\
         <output aria-live=\"polite\"></output>\n</form>"
    )
}

fn findings(run: &Run<'_>) -> String {
    if run.blocking.is_empty() && run.notes.is_empty() {
        return "<p>None. What was looked at is told below.</p>".to_owned();
    }
    let is_many = run.blocking.len() + run.notes.len() > MANY;
    let mut explained: HashMap<&str, &str> = HashMap::new();
    let mut page = String::new();
    for (card, blocks) in cards(run) {
        let (rule, id) = (card.finding.rule.id, card.finding.fingerprint.as_str());
        let first = if is_many { *explained.entry(rule).or_insert(id) } else { id };
        page.push_str(&card::article(card, blocks, (first != id).then_some(first)));
    }
    page
}

fn allowed(all: &[Allowed]) -> String {
    if all.is_empty() {
        return String::new();
    }
    let rows: String = all
        .iter()
        .map(|allowed| {
            let places: Vec<String> = allowed.finding.locations.iter().map(card::place).collect();
            format!(
                "<tr><td>{}</td><td>{}</td><td>{}</td></tr>\n",
                xml(allowed.finding.rule.name),
                places.join("<br>"),
                xml(&allowed.reason.to_string())
            )
        })
        .collect();
    format!(
        "<section aria-labelledby=\"allowed\"><h2 id=\"allowed\">Allowed</h2>\n<table><thead><tr><th scope=\"col\">\
         Secret</th><th scope=\"col\">Place</th><th scope=\"col\">Why it passes</th></tr></thead><tbody>\n{rows}\
         </tbody></table></section>"
    )
}

/// What was not looked at: a report that hides it says too much.
fn coverage(run: &Run<'_>) -> String {
    let list = |id: &str, title: &str, all: &[Skipped]| -> String {
        if all.is_empty() {
            return String::new();
        }
        let items: String = all
            .iter()
            .take(LISTED)
            .map(|one| {
                format!("<li><code>{}</code> {}</li>\n", xml(&visible_bytes(&one.path)), xml(&one.why))
            })
            .collect();
        let more = match all.len().saturating_sub(LISTED) {
            0 => String::new(),
            more => format!("<p class=\"soft\">and {} more</p>", grouped(more as u64)),
        };
        format!(
            "<section aria-labelledby=\"{id}\"><h2 id=\"{id}\">{title}</h2><ul>\n{items}</ul>{more}</section>"
        )
    };
    let notes: String =
        run.coverage.notes.iter().map(|note| format!("<p class=\"soft\">{}</p>\n", xml(note))).collect();
    list("not-read", "Could not be read", &run.coverage.failed)
        + &list("not-scanned", "Not scanned", &run.coverage.skipped)
        + &notes
}

/// A number of things, its digits in groups.
fn many(number: u64, noun: &str) -> String {
    format!("{} {}", grouped(number), form(number, noun))
}

/// `3.4 MB`, decimal.
fn size(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        1_000_000..1_000_000_000 => format!("{:.1} MB", bytes as f64 / 1e6),
        _ => format!("{:.1} GB", bytes as f64 / 1e9),
    }
}

#[cfg(test)]
mod tests {
    use super::{fill, hash};

    #[test]
    fn values_are_not_looked_into() {
        let slots = [("a", "{{b}}".to_owned()), ("b", "x".to_owned())].into();
        assert_eq!(fill("<{{a}}|{{b}}>", &slots), "<{{b}}|x>");
    }

    /// The digest of the empty string, FIPS 180-4.
    #[test]
    fn the_policy_names_a_digest() {
        assert_eq!(hash(""), "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    }
}

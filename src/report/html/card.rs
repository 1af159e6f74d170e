//! A finding in the HTML report: what, where, since when, and the fix card.

use super::super::Card;
use super::super::markup::xml;
use super::super::spot::commit;
use crate::escape::visible;
use crate::finding::date::Date;
use crate::finding::{CommitMark, Excerpt, Location, Trace, fingerprint};

/// Places that a finding lists.
const PLACES: usize = 50;

/// What one can filter for, and how it is called.
pub(super) const STATES: [(&str, &str); 6] = [
    ("blocking", "blocking"),
    ("weak", "weak signs"),
    ("live", "in HEAD"),
    ("removed", "no longer in HEAD"),
    ("pushed", "on a remote"),
    ("local", "on no known remote"),
];

/// The states of a finding.
pub(super) fn states(card: &Card<'_>, blocks: bool) -> Vec<&'static str> {
    let mut states = vec![if blocks { "blocking" } else { "weak" }];
    if let Some(trace) = &card.finding.trace {
        states.push(if trace.in_head { "live" } else { "removed" });
        states.push(if trace.remotes.is_empty() { "local" } else { "pushed" });
    }
    states
}

/// The whole finding. `explained_at` names another finding that has the same fix card.
pub(super) fn article(card: &Card<'_>, blocks: bool, explained_at: Option<&str>) -> String {
    let finding = card.finding;
    let word = finding.severity.word();
    let states = states(card, blocks);
    let fix = match explained_at {
        None => fix(card),
        Some(id) => format!("<p><a href=\"#f-{id}\">How to revoke and replace it</a></p>"),
    };
    format!(
        "<article class=\"finding\" id=\"f-{id}\" data-severity=\"{word}\" data-vendor=\"{vendor}\" \
         data-state=\"{state}\">\n<details open><summary><span class=\"word is-{word}\">{upper}</span>\
         <strong>{name}</strong> <span class=\"place\">{place}</span> {tags}</summary>\n<div class=\"body\">\n\
         {source}{facts}{fix}{places}<p class=\"soft\">False alarm? <code>stanch allow {short} --reason \"…\"</code> \
         · All about the rule: <code>stanch explain {rule}</code></p>\n</div></details></article>\n",
        id = finding.fingerprint,
        vendor = xml(finding.rule.vendor.key),
        state = states.join(" "),
        upper = word.to_uppercase(),
        name = xml(finding.rule.name),
        place = finding.locations.first().map(place).unwrap_or_default(),
        tags = tags(card, &states),
        source = finding.locations.first().map(source).unwrap_or_default(),
        facts = facts(card),
        places = places(&finding.locations),
        short = fingerprint::short(&finding.fingerprint),
        rule = xml(finding.rule.id),
    )
}

fn tags(card: &Card<'_>, states: &[&str]) -> String {
    let mut tags = Vec::new();
    if states.contains(&"weak") {
        tags.push("<span class=\"tag\">weak sign, does not block</span>".to_owned());
    }
    match card.finding.locations.len() {
        0 | 1 => {}
        many => tags.push(format!("<span class=\"tag\">{many} places</span>")),
    }
    if states.contains(&"live") {
        tags.push("<span class=\"tag bad\">in HEAD</span>".to_owned());
    }
    if states.contains(&"pushed") {
        tags.push("<span class=\"tag bad\">pushed</span>".to_owned());
    }
    tags.join(" ")
}

/// `file:line`, with the commit where there is one.
pub(super) fn place(place: &Location) -> String {
    let path = xml(&super::visible_bytes(&place.path));
    let commit = commit(&place.place).map(|id| format!(" in <code>{}</code>", &id[..id.len().min(12)]));
    format!("{path}:{}{}", place.line, commit.unwrap_or_default())
}

fn source(place: &Location) -> String {
    let Excerpt { text, start, end } = &place.excerpt;
    if text.is_empty() {
        return String::new();
    }
    let part = |from: usize, to: usize| {
        xml(&visible(&text.chars().skip(from).take(to.saturating_sub(from)).collect::<String>()))
    };
    format!(
        "<pre>{} | {}<mark>{}</mark>{}</pre>\n",
        place.line,
        part(0, *start),
        part(*start, *end),
        part(*end, usize::MAX)
    )
}

/// What is known of it.
fn facts(card: &Card<'_>) -> String {
    let finding = card.finding;
    let mut facts = vec![
        ("Why", xml(&finding.why.join("; "))),
        ("Secret", format!("<code>{}</code>", xml(&finding.secret.redacted()))),
    ];
    for (name, value) in &finding.parts {
        facts.push(("With", format!("{} <code>{}</code>", xml(name), xml(&value.redacted()))));
    }
    if let Some(trace) = &finding.trace {
        facts.extend(history(trace));
    }
    facts.push(("Vendor", xml(finding.rule.vendor.name)));
    facts.push(("Rule", format!("<code>{}</code>", xml(finding.rule.id))));
    facts.push(("Now", xml(&card.advice.exposure)));
    let rows = facts.iter().filter(|(_, text)| !text.is_empty());
    let rows: String = rows.map(|(term, text)| format!("<dt>{term}</dt><dd>{text}</dd>\n")).collect();
    format!("<dl>\n{rows}</dl>\n")
}

/// Since when, until when, and who has it.
fn history(trace: &Trace) -> Vec<(&'static str, String)> {
    let list = |all: &[String]| all.iter().map(|one| xml(one)).collect::<Vec<_>>().join(", ");
    let left = match (&trace.removed, trace.in_head) {
        (_, true) => "not yet: it stands in HEAD".to_owned(),
        (Some(removed), false) => mark(removed),
        (None, false) => String::new(),
    };
    vec![
        ("Entered", trace.first.as_ref().map(mark).unwrap_or_default()),
        ("Left", left),
        ("Live in", list(&trace.live)),
        ("Branches", list(&trace.branches)),
        ("Tags", list(&trace.tags)),
        (
            "Remotes",
            if trace.remotes.is_empty() { "none that is known".into() } else { list(&trace.remotes) },
        ),
        ("Also in", list(&trace.elsewhere)),
    ]
}

fn mark(mark: &CommitMark) -> String {
    let id = mark.id.get(..12).unwrap_or(&mark.id);
    format!("{} in <code>{}</code> by {}", day(mark.time), xml(id), xml(&mark.author))
}

/// The day of a time in seconds since 1970.
pub(super) fn day(time: i64) -> Date {
    Date::from_unix(u64::try_from(time).unwrap_or(0))
}

/// The fix card.
fn fix(card: &Card<'_>) -> String {
    let advice = &card.advice;
    let list = |tag: &str, items: &[&str]| -> String {
        let items: String = items.iter().map(|item| format!("<li>{}</li>\n", xml(item))).collect();
        format!("<{tag}>\n{items}</{tag}>\n")
    };
    let mut page = format!("<h3>Revoke it</h3>\n{}", list("ol", advice.revoke));
    if !advice.call.is_empty() {
        page.push_str(&format!("<p>Or by a call:</p><pre>{}</pre>\n", xml(&advice.call.join("\n"))));
    }
    page.push_str(&format!("<h3>Check for abuse</h3>\n{}", list("ul", advice.abuse)));
    page.push_str(&format!("<h3>What stops working</h3>\n<p>{}</p>\n", xml(advice.breaks)));
    if !advice.instead.is_empty() {
        page.push_str(&format!("<h3>Write instead</h3>\n<pre>{}</pre>\n", xml(&advice.instead.to_string())));
    }
    if !advice.commands.is_empty() {
        page.push_str(&format!("<p>Then:</p><pre>{}</pre>\n", xml(&advice.commands.join("\n"))));
    }
    if !advice.safer.is_empty() {
        page.push_str(&format!("<p>Safer: {}</p>\n", xml(advice.safer)));
    }
    let docs = card.finding.rule.page().docs;
    let links: String = docs
        .iter()
        .filter(|url| url.starts_with("https://"))
        .map(|url| format!("<li><a href=\"{0}\" rel=\"noreferrer\">{0}</a></li>\n", xml(url)))
        .collect();
    if !links.is_empty() {
        page.push_str(&format!("<h3>Read more</h3>\n<ul>\n{links}</ul>\n"));
    }
    page
}

fn places(all: &[Location]) -> String {
    if all.len() < 2 {
        return String::new();
    }
    let items: String = all.iter().take(PLACES).map(|one| format!("<li>{}</li>\n", place(one))).collect();
    let more = match all.len().saturating_sub(PLACES) {
        0 => String::new(),
        more => format!("<p class=\"soft\">and {more} more</p>\n"),
    };
    format!("<h3>All places</h3>\n<ul>\n{items}</ul>{more}")
}

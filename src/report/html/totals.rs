//! How many of what: by severity and by vendor, as numbers first and bars second.

use super::super::markup::xml;
use super::super::{Card, Run};
use crate::catalogue::Severity;
use crate::numbers::grouped;
use crate::order;

/// Vendors that have a row of their own.
const VENDORS: usize = 15;

/// Width of a bar, in units of its drawing.
const FULL: usize = 1000;

/// The totals of what blocks.
pub(super) fn section(run: &Run<'_>) -> String {
    if run.blocking.is_empty() {
        return String::new();
    }
    let tiles: String = Severity::ALL
        .map(|one| {
            let count = run.blocking.iter().filter(|card| card.finding.severity == one).count();
            let word = one.word();
            format!("<li class=\"{word}\"><strong>{}</strong> {word}</li>\n", grouped(count as u64))
        })
        .concat();
    format!(
        "<section aria-labelledby=\"totals\"><h2 id=\"totals\">Totals</h2>\n<ul class=\"tiles\">\n{tiles}</ul>\n\
         <table><thead><tr><th scope=\"col\">Vendor</th><th scope=\"col\">By severity</th>\
         <th scope=\"col\">Secrets</th></tr></thead><tbody>\n{}</tbody></table></section>",
        vendors(run.blocking)
    )
}

/// One row a vendor, the one with most secrets first.
fn vendors(cards: &[Card<'_>]) -> String {
    let mut rows: Vec<(&str, [usize; 4])> = Vec::new();
    for card in cards {
        let name = card.finding.rule.vendor.name;
        let at = rows.iter().position(|(known, _)| *known == name).unwrap_or_else(|| {
            rows.push((name, [0; 4]));
            rows.len() - 1
        });
        let severity = Severity::ALL.iter().position(|one| *one == card.finding.severity).unwrap_or(3);
        rows[at].1[severity] += 1;
    }
    let total = |counts: &[usize; 4]| counts.iter().sum::<usize>();
    order::by(&mut rows, |a, b| total(&b.1).cmp(&total(&a.1)).then_with(|| a.0.cmp(b.0)));
    let most = rows.iter().map(|(_, counts)| total(counts)).max().unwrap_or(1);
    let mut page: String = rows.iter().take(VENDORS).map(|(name, counts)| row(name, counts, most)).collect();
    let rest: usize = rows.iter().skip(VENDORS).map(|(_, counts)| total(counts)).sum();
    if rest > 0 {
        let others = rows.len() - VENDORS;
        page.push_str(&format!(
            "<tr><th scope=\"row\">{others} more vendors</th><td class=\"bar\"></td><td class=\"number\">{rest}</td></tr>\n"
        ));
    }
    page
}

fn row(name: &str, counts: &[usize; 4], most: usize) -> String {
    let mut bars = String::new();
    let mut said = Vec::new();
    let mut from = 0;
    for (count, one) in counts.iter().zip(Severity::ALL).filter(|(count, _)| **count > 0) {
        let word = one.word();
        let width = count * FULL / most;
        bars.push_str(&format!(
            "<rect class=\"fill-{word}\" x=\"{from}\" y=\"0\" width=\"{width}\" height=\"20\"/>"
        ));
        from += width;
        said.push(format!("{count} {word}"));
    }
    format!(
        "<tr><th scope=\"row\">{}</th><td class=\"bar\"><svg viewBox=\"0 0 {FULL} 20\" preserveAspectRatio=\"none\" \
         role=\"img\" aria-label=\"{}\">{bars}</svg></td><td class=\"number\">{}</td></tr>\n",
        xml(name),
        said.join(", "),
        grouped(counts.iter().sum::<usize>() as u64)
    )
}

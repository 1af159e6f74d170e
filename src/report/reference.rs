//! The reference of the built-in rules: Markdown, an index and one page a vendor.
//!
//! Pages are made from the catalogue alone, so `docs/rules/` cannot say anything that a card does not.

use std::fmt::Write;

use super::rules::totals;
use crate::catalogue::word;
use crate::catalogue::{ByName, Origin, Rule, Severity};
use crate::numbers::count;

/// File names and texts, the index first.
pub fn pages(rules: &[&Rule]) -> Vec<(String, String)> {
    let vendors: Vec<&[&Rule]> = rules.chunk_by(|a, b| a.vendor.key == b.vendor.key).collect();
    let mut pages = vec![("README.md".to_owned(), index(rules, &vendors))];
    pages.extend(vendors.iter().map(|rules| (format!("{}.md", rules[0].vendor.key), page(rules))));
    pages
}

fn index(rules: &[&Rule], vendors: &[&[&Rule]]) -> String {
    let mut out = String::new();
    let has_form = |rule: &&&Rule| !rule.detect.origin.is_name();
    let at = |severity| rules.iter().filter(has_form).filter(|rule| rule.severity == severity).count();
    let by_name = |takes| rules.iter().filter(|rule| rule.detect.origin == Origin::Name(takes)).count();
    let with_form = vendors.iter().filter(|rules| rules.iter().any(|rule| has_form(&rule))).count();
    line(&mut out, "# Rules\n");
    line(
        &mut out,
        &format!(
            "{}.\n\
             {} of {} know the form of a secret: {} critical, {} high, {} medium, {} low. {} are for passwords and\n\
             {} for private keys, by what speaks of the product that they open; {} for random values whose name or surroundings speak of a vendor,\n\
             the derived ones among them. Each page says what a credential opens, how to revoke it, where abuse shows, what stops working and\n\
             what is safer. `stanch explain ID` tells the same offline, with code for your language and secret store.\n",
            totals(rules),
            rules.iter().filter(has_form).count(),
            count(with_form, "vendor"),
            at(Severity::Critical),
            at(Severity::High),
            at(Severity::Medium),
            at(Severity::Low),
            by_name(ByName::Password),
            by_name(ByName::PrivateKey),
            by_name(ByName::Secret),
        ),
    );
    line(
        &mut out,
        "Severity says how bad a leak is; confidence, how sure a match is. All but `low` confidence block.\n\
         Written by `stanch rules docs docs/rules`.\n",
    );
    line(&mut out, "| vendor | rules |\n|---|---|");
    for rules in vendors {
        let ids: Vec<String> = rules.iter().map(|rule| format!("`{}`", rule.id)).collect();
        let vendor = rules[0].vendor;
        line(&mut out, &format!("| [{}]({}.md) | {} |", cell(vendor.name), vendor.key, ids.join(", ")));
    }
    out
}

fn page(rules: &[&Rule]) -> String {
    let mut out = String::new();
    line(&mut out, &format!("# {}\n", text(rules[0].vendor.name)));
    line(&mut out, &format!("{}. [All vendors](README.md)", count(rules.len(), "rule")));
    for (at, rule) in rules.iter().enumerate() {
        match rules[..at].iter().find(|other| is_same_advice(rule, other)) {
            Some(other) if !rule.is_written() => line(
                &mut out,
                &format!(
                    "\n`{}`: a random value whose name speaks of {}, in a form of its own; advice as for `{}`.",
                    rule.id,
                    text(rule.vendor.name),
                    other.id
                ),
            ),
            same => section(&mut out, rule, same),
        }
    }
    out
}

fn section(out: &mut String, rule: &Rule, same: Option<&&Rule>) {
    line(out, &format!("\n## {}\n", text(rule.name)));
    line(
        out,
        &format!(
            "`{}` · {} · {} severity, {} confidence · replacement reads `{}`\n",
            rule.id,
            word(&rule.family).replace('-', " "),
            word(&rule.severity),
            word(&rule.confidence),
            rule.page().fix.env
        ),
    );
    line(out, &format!("{} {}\n", text(rule.about().description), text(rule.about().severity_reason)));
    match same {
        Some(other) => {
            line(out, &format!("Risks, steps and consequences are those of `{}` above.", other.id))
        }
        None => advice(out, rule),
    }
    if same.is_none_or(|other| other.page().docs != rule.page().docs) {
        let links: Vec<String> = rule.page().docs.iter().map(|link| format!("<{link}>")).collect();
        line(out, &format!("\nRead more: {}", links.join(", ")));
    }
}

fn advice(out: &mut String, rule: &Rule) {
    let fix = &rule.page().fix;
    list(out, "An attacker", rule.page().risks, "-");
    list(out, "Revoke", fix.revoke, "1.");
    if !fix.call.is_empty() {
        line(out, &format!("\n```sh\n{}\n```\n", fix.call.join("\n")));
    }
    list(out, "Check for abuse", fix.abuse, "-");
    line(out, &format!("**What stops.** {}", text(fix.breaks)));
    if !fix.safer.is_empty() {
        line(out, &format!("\n**Safer.** {}", text(fix.safer)));
    }
}

fn list(out: &mut String, title: &str, items: &[&str], mark: &str) {
    line(out, &format!("**{title}**\n"));
    items.iter().for_each(|item| line(out, &format!("{mark} {}", text(item))));
    out.push('\n');
}

fn is_same_advice(rule: &Rule, other: &Rule) -> bool {
    let (a, b) = (&rule.page().fix, &other.page().fix);
    rule.page().risks == other.page().risks
        && (a.revoke, a.call, a.abuse, a.breaks, a.safer) == (b.revoke, b.call, b.abuse, b.breaks, b.safer)
}

fn line(out: &mut String, text: &str) {
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{text}");
}

/// Markdown means nothing outside of code spans.
fn text(text: &str) -> String {
    let escape = |(at, part): (usize, &str)| match at % 2 {
        0 => part.replace('\\', "\\\\").replace('<', "\\<").replace('*', "\\*").replace('[', "\\["),
        _ => part.to_owned(),
    };
    text.split('`').enumerate().map(escape).collect::<Vec<_>>().join("`")
}

fn cell(name: &str) -> String {
    text(name).replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_code_spans_stay_as_they_are() {
        assert_eq!(text("a <b> in `<machineKey>` *c*"), "a \\<b> in `<machineKey>` \\*c\\*");
        assert_eq!(cell("a|b"), "a\\|b");
    }
}

//! A rule with what it inherits from its vendor: the one place that says which text wins.

use super::rule::ByName;
use super::schema::{Document, Rule, Vendor};

/// A rule, its vendor, and the advice that holds for it. A missing part is empty; `check.rs` refuses those
/// that must be there.
#[derive(Debug, Clone, Copy)]
pub struct Full<'a> {
    /// Number of the vendor in the document.
    pub vendor_at: usize,
    /// The vendor as written.
    pub vendor: &'a Vendor,
    /// The rule as written.
    pub rule: &'a Rule,
    /// Steps to revoke.
    pub revoke: &'a [String],
    /// API or CLI calls.
    pub call: &'a [String],
    /// Where to look for abuse.
    pub abuse: &'a [String],
    /// What stops working.
    pub breaks: &'a str,
    /// A safer kind of credential.
    pub safer: &'a str,
    /// Environment variable.
    pub env: &'a str,
    /// What an attacker does with it.
    pub risks: &'a [String],
    /// Pages.
    pub docs: &'a [String],
}

/// All rules of the document, in its order.
pub fn rules(document: &Document) -> impl Iterator<Item = Full<'_>> {
    document
        .vendors
        .iter()
        .enumerate()
        .flat_map(|(vendor_at, vendor)| vendor.rules.iter().map(move |rule| full(vendor_at, vendor, rule)))
}

/// Whether the vendor's call can be this rule's: it revokes keys, and passwords and key pairs are changed at another
/// place.
pub fn takes_call(rule: &Rule) -> bool {
    !matches!(rule.detect.by_name, Some(ByName::Password | ByName::PrivateKey))
}

fn full<'a>(vendor_at: usize, vendor: &'a Vendor, rule: &'a Rule) -> Full<'a> {
    fn list<'a>(own: &'a Option<Vec<String>>, shared: &'a Option<Vec<String>>) -> &'a [String] {
        own.as_ref().or(shared.as_ref()).map_or(&[], Vec::as_slice)
    }
    fn text<'a>(own: &'a Option<String>, shared: &'a Option<String>) -> &'a str {
        own.as_ref().or(shared.as_ref()).map_or("", String::as_str)
    }
    let (own, shared) = (&rule.fix, &vendor.fix);
    Full {
        vendor_at,
        vendor,
        rule,
        revoke: list(&own.revoke, &shared.revoke),
        call: if takes_call(rule) { list(&own.call, &shared.call) } else { list(&own.call, &None) },
        abuse: list(&own.abuse, &shared.abuse),
        breaks: text(&own.breaks, &shared.breaks),
        safer: text(&own.safer, &shared.safer),
        env: text(&own.env, &shared.env),
        risks: if rule.risks.is_empty() { &vendor.risks } else { &rule.risks },
        docs: if rule.docs.is_empty() { &vendor.docs } else { &rule.docs },
    }
}

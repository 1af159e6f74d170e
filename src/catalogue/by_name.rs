//! A rule for each vendor that goes by nothing but a name: `ACME_API_KEY=<random>`. Those for passwords are written in
//! the rule file, since a password is changed at another place than a key.
//!
//! What generic rules find has no vendor. Where the name it is given speaks of one that the catalogue has advice
//! for, the advice is worth more than the form: a key of a kind nobody described yet, or of a service whose keys
//! have no form of their own.

use super::rule::{ByName, Confidence, Family, GENERIC_VENDOR, Severity};
use super::schema::{Detect, Examples, Fix, Rule, Vendor};

/// What the id of such a rule ends in, behind the key of its vendor.
pub const SUFFIX: &str = "-by-name";

/// What such a rule is called, by the name of its vendor.
pub fn name(vendor: &str) -> String {
    format!("{vendor} secret, by its name")
}

/// Gives every vendor with advice of its own its rule by name, after those of known form.
pub fn complete(vendors: &mut [Vendor]) {
    for vendor in vendors {
        let fix = &vendor.fix;
        let advises = fix.revoke.is_some() && fix.abuse.is_some() && fix.breaks.is_some();
        // One with words of its own, for a product of the vendor's, leaves the vendor's to others.
        let goes_by_vendor = |rule: &Rule| {
            let keywords = &rule.detect.keywords;
            keywords.is_empty() || keywords.contains(vendor.words.first().unwrap_or(&vendor.vendor))
        };
        let named = |rule: &&Rule| rule.detect.by_name == Some(ByName::Secret);
        let is_taken = vendor.rules.iter().filter(named).any(goes_by_vendor);
        let draws = !vendor.has_forms() || vendor.rules.iter().any(|rule| is_drawn(rule.family));
        if advises && draws && !is_taken && vendor.vendor != GENERIC_VENDOR {
            vendor.rules.push(by_name(vendor));
        }
    }
}

/// Whether it is drawn at random and not somebody's choice.
fn is_drawn(family: Family) -> bool {
    !matches!(family, Family::Password | Family::ConnectionString)
}

fn by_name(vendor: &Vendor) -> Rule {
    let first = vendor.rules.first();
    let env = vendor.fix.env.clone().or(first.and_then(|rule| rule.fix.env.clone()));
    let env = env.unwrap_or_else(|| format!("{}_API_KEY", vendor.vendor.replace('-', "_").to_uppercase()));
    // A form that is known claims its values first, so only a vendor without any can promise what is found.
    let examples = match !vendor.has_forms() {
        true => Examples {
            matches: vec![format!("{env}={{b62:43}}"), format!("  {}: \"{{b62:37}}\"", env.to_lowercase())],
            ignores: vec![format!("{env}=${{{env}}}"), format!("{env}=your_key_here")],
        },
        false => Examples { matches: Vec::new(), ignores: Vec::new() },
    };
    Rule {
        id: format!("{}{SUFFIX}", vendor.vendor),
        name: name(&vendor.name),
        family: Family::Generic,
        severity: Severity::Medium,
        severity_reason: format!("The name says that it is for {}; what it opens is not known.", vendor.name),
        confidence: Confidence::Medium,
        description: format!("A random value whose name speaks of {}, in a form of its own.", vendor.name),
        risks: first.filter(|_| vendor.risks.is_empty()).map(|rule| rule.risks.clone()).unwrap_or_default(),
        detect: Detect { by_name: Some(ByName::Secret), ..Detect::default() },
        fix: Fix { env: Some(env), ..Fix::default() },
        docs: first.filter(|_| vendor.docs.is_empty()).map(|rule| rule.docs.clone()).unwrap_or_default(),
        source: "names as they are written in public code".to_owned(),
        examples,
        is_derived: true,
    }
}

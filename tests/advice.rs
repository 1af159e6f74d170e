//! The advice of the embedded rules: refused is what would fit any vendor.

use std::collections::{BTreeMap, HashSet};

use stanch::catalogue::embedded;

fn complain(wrong: Vec<String>) {
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// What could stand on the card of any vendor tells nobody anything.
const EMPTY: &[&str] = &[
    "usage and billing pages of",
    "that your own jobs do not explain",
    "none of your people or services made",
    "usage page where there is none",
    "smallest scope and an expiry date where",
    "Every service, job and integration that calls",
    "Every script, job and integration that calls",
    "on behalf of its account",
    "whoever presents it acts as its owner",
    "Whoever has it ",
    "support to revoke the",
    "Run the call below, then check",
    "the leaked key there, create a new key",
];

/// Marks of a place: a menu, an address, a command, a thing one can open or look into.
const PLACES: &[&str] = &[
    "→",
    "://",
    "`",
    "page",
    "dashboard",
    "console",
    "portal",
    "Settings",
    "settings",
    "log",
    "Log",
    "account",
    "audit",
    "Audit",
    "history",
    "History",
    "list",
    "usage",
    "Usage",
    "server",
    "site",
    "channel",
    "expiry",
    "mail",
    "database",
    "device",
    "Query",
    "support",
    "call below",
    ".com",
    ".io",
    ".dev",
    "IAM",
    "Entra",
    "CloudTrail",
    "Console",
    "Customer Area",
    "endpoint",
    "program",
    "machine",
    "Billing",
    "environment",
    "Open ",
    "Look in ",
    "Look at ",
    "Look on ",
    "Call ",
    "Compare ",
    "Find out",
    "wallet",
    "parent token",
    "Remove it from the code",
];

#[test]
fn advice_is_not_made_of_empty_phrases() {
    let mut wrong = Vec::new();
    for (_, rule) in embedded().rules() {
        let (page, about) = (rule.page(), rule.about());
        let fix = &page.fix;
        let steps = fix.revoke.iter().chain(fix.abuse).chain(page.risks).copied();
        for text in steps.chain([fix.breaks, fix.safer, about.description, about.severity_reason]) {
            if let Some(phrase) = EMPTY.iter().find(|phrase| text.contains(**phrase)) {
                wrong.push(format!("{}: “{phrase}” in {text}", rule.id));
            }
        }
        let names_a_place =
            |steps: &[&str]| PLACES.iter().any(|place| steps.iter().any(|s| s.contains(place)));
        if !names_a_place(fix.revoke) {
            wrong.push(format!("{}: no revoke step names a place: {:?}", rule.id, fix.revoke));
        }
        if !names_a_place(fix.abuse) {
            wrong.push(format!("{}: abuse names no log and no page: {:?}", rule.id, fix.abuse));
        }
        if fix.safer.is_empty() {
            wrong.push(format!("{}: no safer kind is named", rule.id));
        }
    }
    complain(wrong);
}

/// A sentence that many vendors share was written about none of them.
#[test]
fn no_advice_is_shared_by_many_vendors() {
    let mut vendors: BTreeMap<String, HashSet<&str>> = BTreeMap::new();
    for (_, rule) in embedded().rules() {
        let (fix, vendor) = (&rule.page().fix, rule.vendor);
        for text in fix.abuse.iter().chain([&fix.breaks, &fix.safer]) {
            vendors.entry(text.replace(vendor.name, "<vendor>")).or_default().insert(vendor.key);
        }
    }
    // Those of one kind of server (databases, exchanges) may share theirs.
    let shared = vendors.iter().filter(|(_, vendors)| vendors.len() > 14);
    complain(shared.map(|(text, vendors)| format!("{} vendors: {text}", vendors.len())).collect());
}

/// Commands that draw, print, encode or look at something and end no credential: they belong into a step.
const ENDS_NOTHING: &[&str] = &[
    "openssl rand",
    "openssl pkey -in",
    "openssl pkey -inform",
    "openssl pkcs12",
    "python -c",
    "mix phx.gen",
    "tsig-keygen",
    "npx auth secret",
    "htpasswd -n",
    "digest.sh",
    "hash-pw",
    "securityUtility encode",
    "--signal reload",
    "kill -HUP",
    "core reload",
    "doveadm kick",
    "--load-creds",
];

/// “Or call” promises that the call does what the steps say.
#[test]
fn calls_revoke_or_rotate() {
    let mut wrong = Vec::new();
    for (_, rule) in embedded().rules() {
        for call in rule.page().fix.call {
            if let Some(command) = ENDS_NOTHING.iter().find(|command| call.contains(**command)) {
                wrong.push(format!("{}: `{command}` ends nothing: {call}", rule.id));
            }
        }
    }
    complain(wrong);
}

/// The advice of a vendor speaks of all its credentials; whoever leaked one must not read first how another is revoked.
#[test]
fn the_first_step_is_about_the_credential() {
    let rules: Vec<_> = embedded().rules().map(|(_, rule)| rule).collect();
    let mut wrong = Vec::new();
    for rule in rules.iter().filter(|rule| !rule.detect.origin.is_name()) {
        let steps = rule.page().fix.revoke;
        let is_inherited = rules.iter().any(|other| {
            other.id != rule.id && other.vendor.key == rule.vendor.key && other.page().fix.revoke == steps
        });
        let Some(first) = steps.first().filter(|first| is_inherited && first.starts_with("For ")) else {
            continue;
        };
        // Where a rule is of several kinds, one of them.
        let names = rule.name.split(" with ").next().into_iter().flat_map(|name| name.split(" or "));
        let kinds: Vec<&str> = names.filter_map(|name| name.rsplit(' ').next()).collect();
        if !kinds.iter().any(|kind| first.to_lowercase().contains(&kind.to_lowercase())) {
            wrong.push(format!("{} ({kinds:?}): {first}", rule.id));
        }
    }
    complain(wrong);
}

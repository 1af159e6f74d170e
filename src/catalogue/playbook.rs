//! What the advice of a rule must say: each step a place and what to do there, and no phrase that would fit any vendor.

use super::check::{clean, start_of};
use super::command::check_call;
use super::fault::Faults;
use super::inherit::Full;
use super::lists::is_upper_snake;

/// Records what is missing or vague in a rule's advice, its own and its vendor's.
pub(super) fn check(full: &Full<'_>, faults: &mut Faults<'_>) {
    let id = full.rule.id.as_str();
    let (own, shared) = (&full.rule.fix, &full.vendor.fix);
    // An empty one says that what the vendor has does not fit this kind.
    let is_empty = |text: &Option<String>| text.as_ref().is_some_and(|text| text.trim().is_empty());
    if is_empty(&shared.safer) || shared.safer.is_none() && is_empty(&own.safer) {
        faults.add(id, "safer", "fix.safer is empty: leave it out, or say something");
    }
    for (field, steps) in [("revoke", full.revoke), ("abuse", full.abuse)] {
        if steps.is_empty() {
            faults.add(id, field, format!("fix.{field} is missing: name a place and what to do there"));
        }
        steps.iter().for_each(|step| check_step(id, field, step, faults));
    }
    full.call.iter().for_each(|call| check_call(id, call, faults));
    if full.risks.is_empty() {
        faults.add(id, "risks", "risks are missing: what does an attacker do with it?");
    }
    for risk in full.risks {
        clean(id, "risks", risk, faults);
        if risk.len() < 10 {
            faults.add_item(
                id,
                "risks",
                risk,
                format!("risk “{risk}” says too little: what exactly happens?"),
            );
        }
    }
    if full.breaks.len() < 20 || !full.breaks.ends_with('.') {
        faults.add(id, "breaks", "fix.breaks must be a sentence: what stops working when it is revoked?");
    }
    if !is_upper_snake(full.env) {
        faults.add(
            id,
            "env",
            format!("fix.env must be the UPPER_SNAKE name of a variable, not `{}`", full.env),
        );
    }
    if full.docs.is_empty() {
        faults.add(id, "docs", "docs are missing: link the vendor's page on this credential");
    }
    for page in full.docs {
        if !(page.starts_with("https://") || page.starts_with("http://"))
            || page.contains(char::is_whitespace)
        {
            faults.add_item(id, "docs", page, format!("docs must be web addresses, not `{page}`"));
        }
    }
}

/// Steps that name no place: what every other tool says, and nobody can follow.
const VAGUE: &[&str] = &[
    "rotate the credential",
    "rotate the key",
    "rotate the token",
    "rotate the secret",
    "rotate it",
    "revoke it",
    "revoke the credential",
    "revoke the key",
    "revoke the token",
    "revoke the secret",
    "delete the key",
    "delete the token",
    "regenerate the key",
    "regenerate the token",
    "regenerate the secret",
    "change the password",
    "contact support",
    "contact the vendor",
    "check the logs",
    "check logs",
    "check the audit log",
    "review the logs",
    "review access logs",
    "check for abuse",
    "check for suspicious activity",
    "monitor usage",
];

fn check_step(id: &str, field: &str, step: &str, faults: &mut Faults<'_>) {
    clean(id, field, step, faults);
    let start = start_of(step);
    let ends_in_code =
        step.ends_with('`') || step.rsplit(' ').next().is_some_and(|last| last.contains("://"));
    if !step.ends_with('.') && !ends_in_code {
        faults.add_item(
            id,
            field,
            step,
            format!("step “{start}” must end with a full stop, code in backticks or an address"),
        );
    }
    let plain = step.trim_end_matches('.').to_lowercase();
    if VAGUE.contains(&plain.as_str()) || plain.split_whitespace().count() < 3 && !plain.contains("://") {
        faults.add_item(
            id,
            field,
            step,
            format!("step “{start}” names no place: “Open Console → Account → API keys.” does"),
        );
    }
}

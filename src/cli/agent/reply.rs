//! What a coding agent hears: nothing when all is well, else a refusal in its own form, with the way out.
//!
//! `{}` leaves the decision to the agent and its person: a check approves nothing.

use serde_json::{Value, json};

use super::payload::{Call, Moment};
use crate::advice::{Stage, advise};
use crate::finding::{Finding, fingerprint};
use crate::install::agent::Agent;
use crate::numbers::count;

/// Findings that are told one by one.
const TOLD: usize = 3;

/// Nothing to say.
pub(in crate::cli) fn nothing() -> Value {
    json!({})
}

/// A refusal in the form that the agent understands, with exit status 0.
pub(in crate::cli) fn deny(call: &Call, reason: &str) -> Value {
    let event = if call.event.is_empty() { "PreToolUse" } else { &call.event };
    let decision = json!({
        "hookEventName": event, "permissionDecision": "deny", "permissionDecisionReason": reason,
    });
    match (call.agent, call.moment) {
        (Agent::Claude | Agent::Codex, Moment::Before) => json!({ "hookSpecificOutput": decision }),
        // Without it the refused prompt is shown again, secret and all.
        (Agent::Claude, Moment::Prompt) => {
            json!({ "decision": "block", "reason": reason, "suppressOriginalPrompt": true })
        }
        (Agent::Claude | Agent::Codex, _) | (Agent::Copilot, Moment::Prompt) => {
            json!({ "decision": "block", "reason": reason })
        }
        (Agent::Cursor, Moment::Prompt) => json!({ "continue": false, "user_message": reason }),
        (Agent::Cursor, Moment::Before) => {
            json!({ "permission": "deny", "user_message": reason, "agent_message": reason })
        }
        (Agent::Cursor, Moment::After) => json!({ "additional_context": reason }),
        // It takes Claude's form too, for events that are spelled like Claude's.
        (Agent::Copilot, Moment::Before) => json!({
            "permissionDecision": "deny", "permissionDecisionReason": reason, "hookSpecificOutput": decision,
        }),
        (Agent::Copilot, Moment::After) => json!({ "additionalContext": reason }),
        // After a tool, the reason takes the place of its output.
        (Agent::Gemini, _) => json!({ "decision": "deny", "reason": reason }),
    }
}

/// Why, and what to do instead, for somebody who cannot see a card.
pub(in crate::cli) fn reason(moment: Moment, findings: &[&Finding]) -> String {
    let secrets = count(findings.len(), "secret");
    let mut lines = vec![match moment {
        Moment::Prompt => format!("stanch stopped this prompt: it holds {secrets}. It has not been sent."),
        Moment::Before => format!("stanch stopped this: it holds {secrets}."),
        Moment::After => format!("stanch: this output holds {secrets}, which counts as leaked now."),
    }];
    lines.extend(findings.iter().take(TOLD).flat_map(|finding| told(moment, finding)));
    if findings.len() > TOLD {
        lines.push(format!("- and {} more", findings.len() - TOLD));
    }
    lines.push(
        match moment {
            Moment::Prompt => "Write the prompt without the value; name the variable that holds it.",
            Moment::Before => {
                "Put the value into no file, command or message: read it from the environment or a secret store."
            }
            Moment::After => "Repeat the value in no file, command or message, and tell the person to revoke it.",
        }
        .to_owned(),
    );
    if let Some(first) = findings.first().filter(|_| moment != Moment::After) {
        lines.push(format!(
            "More: `stanch explain {}`. If this is a false alarm, ask the person to run: stanch allow {} --reason \"…\"",
            first.rule.id,
            fingerprint::short(&first.fingerprint)
        ));
    }
    lines.join("\n")
}

fn told(moment: Moment, finding: &Finding) -> Vec<String> {
    let place = finding.locations.first();
    let at = place.map(|place| format!("{}:{}", place.path, place.line)).unwrap_or_default();
    let mut lines = vec![format!(
        "- {} [{}] at {}: {} ({})",
        finding.rule.name,
        finding.rule.id,
        visible(&at),
        visible(&finding.secret.redacted()),
        visible(&finding.why.join("; "))
    )];
    let advice = advise(finding, &Stage::Found);
    match moment {
        Moment::Before if !advice.instead.is_empty() => {
            lines.push(format!("  write instead: {}", advice.instead));
        }
        Moment::After => lines.extend(advice.revoke.first().map(|step| format!("  revoke: {step}"))),
        _ => {}
    }
    lines
}

/// What comes from a file may not steer the terminal that shows it.
fn visible(text: &str) -> String {
    crate::escape::visible(text).to_string()
}

//! What a pipeline of Jenkins has in the place of a secret, by what takes it: Groovy, a step that hands it to a shell,
//! or a variable of the environment.

use super::language::{Instead, Language, credentials};
use super::line::Line;
use super::splice::spliced;
use crate::finding::{Content, Location};

/// Where the secret itself is.
const HELD: &str = "Manage Jenkins → Credentials holds it";

/// What to write, or to do.
pub(super) fn in_jenkins(place: &Location, line: &Line, variable: &str) -> Instead {
    let told = |code: String, remark: String| Instead { code, remark };
    let bound = format!(
        "withCredentials([string(credentialsId: '{}', variable: '{variable}')])",
        variable.to_ascii_lowercase().replace('_', "-")
    );
    // A script has no environment { } of its own.
    let held = match place.content {
        Content::JenkinsScript => format!("within {bound} {{ … }}; {HELD}"),
        _ => format!("with {variable} = {} in environment {{}}; {HELD}", credentials(variable)),
    };
    let read = format!("env.{variable}");
    let Some(literal) = &line.literal else { return told(read, held) };
    let text = line.before.get(literal.from..).unwrap_or_default();
    let statement = line.outer().rsplit(['{', ';']).next().unwrap_or_default().trim();
    if !line.is_part() {
        let name = statement.strip_suffix('=').map(str::trim_end).unwrap_or_default();
        let is_variable = |name: &str| {
            !name.is_empty() && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
        };
        return match name.strip_prefix("env.") {
            Some(own) if is_variable(own) => Instead::only(format!("leave the line out; {held}")),
            _ if is_variable(name) && place.content != Content::JenkinsScript => {
                told(credentials(variable), format!("in environment {{}}; {HELD}"))
            }
            _ => told(read, held),
        };
    }
    if line.outer().contains("withEnv(") && text.ends_with('=') {
        return Instead::only(format!("{bound} in the place of it; {HELD}"));
    }
    if line.key() == variable {
        return Instead::only(format!("leave the line out; {held}"));
    }
    // A string that was begun above is hardly ever another's than a shell's.
    let is_carried = literal.from == 0 && place.setting.string.is_some();
    match step(statement).or(is_carried.then_some(Step::Shell)) {
        Some(step) => {
            let (code, aside) = in_step(step, text, &literal.delimiter.open, variable);
            told(code, format!("{aside}{held}"))
        }
        None => {
            let strings = Language::Jenkinsfile.form().strings.expect("Groovy joins strings");
            let (code, aside) = spliced(Language::Jenkinsfile, &strings, literal, &read, line.behind());
            told(code, if aside.is_empty() { held } else { format!("{aside}; {held}") })
        }
    }
}

/// What a step hands its string to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Shell,
    Batch,
    PowerShell,
}

/// The last one that the statement names.
fn step(statement: &str) -> Option<Step> {
    let mut words = statement.rsplit(|c: char| !c.is_ascii_alphanumeric());
    words.find_map(|word| match word {
        "sh" => Some(Step::Shell),
        "bat" => Some(Step::Batch),
        "powershell" | "pwsh" => Some(Step::PowerShell),
        _ => None,
    })
}

/// What the shell of a step reads the variable with, behind `text`, within a string of Groovy that is opened so: what
/// Groovy fills in would be seen in the list of processes. And what else to do.
fn in_step(step: Step, text: &str, open: &str, variable: &str) -> (String, &'static str) {
    let is_single = quote_of_shell(text) == Some('\'');
    let (code, aside) = match step {
        Step::Shell if is_single => (format!("'\"${variable}\"'"), ""),
        Step::Shell => (format!("${variable}"), ""),
        Step::Batch => (format!("%{variable}%"), ""),
        Step::PowerShell => (format!("$env:{variable}"), if is_single { "in double quotes; " } else { "" }),
    };
    let code = match open {
        "\"" => code.replace('"', "\\\"").replace('$', "\\$"),
        "\"\"\"" => code.replace('$', "\\$"),
        "'" => code.replace('\'', "\\'"),
        _ => code,
    };
    (code, aside)
}

/// The quote that is open for a shell at the end of a string of Groovy, in which a backslash stands before some.
fn quote_of_shell(text: &str) -> Option<char> {
    let mut open = None;
    for c in text.chars().filter(|c| matches!(c, '"' | '\'')) {
        match open {
            None => open = Some(c),
            Some(quote) if quote == c => open = None,
            Some(_) => {}
        }
    }
    open
}

//! What a format has in the place of an expression, by the line that the value stands in.

use super::files::{ends_in, is_notebook};
use super::jenkins::in_jenkins;
use super::language::{IN_APP, Instead, Language, PUBLIC, put_into};
use super::line::Line;
use crate::finding::{Block, Content, Location, Module};

/// What to write, where it is not what the language reads a variable with.
pub(super) fn by_format(
    place: &Location,
    language: Language,
    line: &Line,
    variable: &str,
) -> Option<Instead> {
    of_program(place, language, line, variable)
        .or_else(|| of_manifest(place, language, line, variable))
        .or_else(|| of_pipeline(place, language, line, variable))
        .or_else(|| of_settings(place, language, line, variable))
}

pub(super) fn code(code: impl Into<String>, remark: impl Into<String>) -> Option<Instead> {
    Some(Instead { code: code.into(), remark: remark.into() })
}

fn only(remark: impl Into<String>) -> Option<Instead> {
    Some(Instead::only(remark))
}

/// A statement that takes constants only, or what is no code.
fn of_program(place: &Location, language: Language, line: &Line, variable: &str) -> Option<Instead> {
    match language {
        Language::Swift | Language::Kotlin | Language::Java
            if place.setting.modules.is_some_and(|modules| modules.has(Module::App)) =>
        {
            only(IN_APP)
        }
        Language::Terraform => match &place.setting.block {
            Block::Variable(name) if line.key() != "description" => {
                only(format!("leave the default out; set TF_VAR_{name}; declare it sensitive = true"))
            }
            _ => None,
        },
        Language::JavaScript if line.is_in_attribute() && ends_in(&place.path, &[".vue"]) => only(PUBLIC),
        // Jupyter hands it to a shell, whose braces it would fill in itself.
        Language::Python if is_notebook(&place.path) && line.start().starts_with('!') => code(
            in_single_quotes(line, format!("${variable}")),
            "of the environment that Jupyter is started in",
        ),
        _ => None,
    }
}

/// The manifest of something that Kubernetes runs.
fn of_manifest(place: &Location, language: Language, line: &Line, variable: &str) -> Option<Instead> {
    if language != Language::Yaml || place.content != Content::KubernetesWorkload {
        return None;
    }
    if line.before.trim_end_matches([' ', '"', '\'']).ends_with("value:") {
        let reference = format!("valueFrom: {{secretKeyRef: {{name: NAME, key: {variable}}}}}");
        return code(reference, "in the place of value:; kubectl create secret makes it");
    }
    if line.is_item() {
        return code(format!("$({variable})"), "set it under env:, by valueFrom: secretKeyRef");
    }
    None
}

/// What builds and delivers: a variable that is set there belongs to the server, a command reads it.
fn of_pipeline(place: &Location, language: Language, line: &Line, variable: &str) -> Option<Instead> {
    // Names of variables of the environment; `token: …` is the argument of a step.
    let name = line.variable().filter(|name| !name.contains(char::is_lowercase));
    let remark = || put_into(language.form().remark, variable);
    let leave = |name: &str| {
        only(format!("leave the line out; {}", remark().replacen("set it", &format!("set {name}"), 1)))
    };
    match (language, name) {
        (
            Language::GitlabCi
            | Language::CircleCi
            | Language::Bitbucket
            | Language::AzurePipelines
            | Language::Travis,
            Some(name),
        ) => leave(name),
        (Language::AzurePipelines, None) if line.key() == "value" => leave(variable),
        (Language::GitlabCi | Language::CircleCi | Language::Bitbucket | Language::Travis, None) => {
            code(in_single_quotes(line, format!("${variable}")), remark())
        }
        (Language::Drone, _) if !line.before.trim_end_matches([' ', '"', '\'']).ends_with(':') => {
            let lower = variable.to_ascii_lowercase();
            let remark = format!("with {variable}: {{from_secret: {lower}}} under environment:");
            code(in_single_quotes(line, format!("${variable}")), remark)
        }
        (Language::Drone, _) => {
            let form = language.form();
            code(put_into(form.read, variable), form.remark)
        }
        (Language::Jenkinsfile, _) => Some(in_jenkins(place, line, variable)),
        _ => None,
    }
}

/// What a shell reads, out of the single quotes of a command, which would keep it from that.
fn in_single_quotes(line: &Line, read: String) -> String {
    let is_quoted = line.literal.as_ref().is_some_and(|literal| literal.delimiter.open == "'");
    let is_command = is_quoted && line.outer().trim().trim_start_matches("- ").contains(' ');
    if is_command { format!("'\"{read}\"'") } else { read }
}

/// Keys of Prometheus and Alertmanager beside which one stands that names a file.
const WITH_FILE: [&str; 10] = [
    "password",
    "credentials",
    "bearer_token",
    "client_secret",
    "smtp_auth_password",
    "slack_api_url",
    "opsgenie_api_key",
    "victorops_api_key",
    "routing_key",
    "service_key",
];

/// Whether a variable of Terraform is given its value on the line, and no part of one.
fn is_at_top(place: &Location, line: &Line) -> bool {
    let is_json = ends_in(&place.path, &[".json"]);
    let depth = line.before.matches(['{', '[']).count();
    if is_json {
        depth < 2 && line.before.len() - line.start().len() <= 4
    } else {
        depth == 0 && !place.setting.is_indented
    }
}

/// Settings of a program.
fn of_settings(place: &Location, language: Language, line: &Line, variable: &str) -> Option<Instead> {
    match language {
        // A variable of make that is itself would have no end.
        Language::Makefile if line.variable() == Some(variable) => {
            only(format!("leave the line out; make takes {variable} from the environment"))
        }
        Language::Config if ends_in(&place.path, &[".conf"]) && line.ends_in(';') => {
            only(Language::Nginx.form().remark)
        }
        // No shell gives a value to a name with a dot.
        Language::GradleProperties if line.variable().is_some() => only(format!(
            "leave it out; ~/.gradle/gradle.properties holds it, or ORG_GRADLE_PROJECT_{} in the environment",
            line.key()
        )),
        Language::Tfvars if is_at_top(place, line) => line
            .variable()
            .or(line.json_key())
            .and_then(|name| only(format!("leave the line out; set TF_VAR_{name} in the environment"))),
        Language::Pulumi => {
            let key = line.start().rsplit_once(": ").map_or("", |(key, _)| key).trim_matches(['"', '\'']);
            let is_key = !key.is_empty() && !key.contains([' ', '…']);
            is_key
                .then(|| only(format!("leave the line out; pulumi config set --secret {key} asks for it")))?
        }
        Language::Config if line.key() == "PrivateKey" && ends_in(&place.path, &[".conf"]) => {
            only("leave the line out; PostUp = wg set %i private-key FILE names a file outside git")
        }
        Language::Systemd if line.key().starts_with("Exec") => {
            code(format!("${{{variable}}}"), "EnvironmentFile= names a file outside git that holds it")
        }
        Language::Apache if line.start().starts_with("SetEnv ") => only(format!(
            "write PassEnv {variable} in the place of the line: httpd takes it from its environment"
        )),
        Language::Apache if ends_in(&place.path, &[".htaccess"]) => {
            only("move the line to the server's own configuration, into a file outside git")
        }
        Language::Prometheus if WITH_FILE.contains(&line.key()) => {
            only(format!("write {}_file: in its place, with the path of a file outside git", line.key()))
        }
        _ => None,
    }
}

//! The language of a file: by its name and its folders, by what its text says of its kind, and by the line.

use super::language::Language;
use crate::finding::{Content, Location};

/// The language of a place.
pub fn language_at(place: &Location) -> Language {
    let line = &place.wide_line().text;
    let start = line.trim_start();
    let own = language_of(&place.path);
    let language = place.setting.fence.map_or(own, |file| language_of(file.as_bytes()));
    match (language, place.content) {
        (Language::Other, Content::Script(interpreter)) => language_run_by(interpreter),
        (Language::Yaml, content) => in_yaml(content),
        (Language::Other, Content::PrivateKey) => Language::KeyFile,
        (Language::Dockerfile, _) => in_dockerfile(place.setting.begun.as_deref().unwrap_or(start)),
        // A header is of any of the three, and MATLAB's files are named like those of Objective-C.
        (Language::C | Language::Matlab, _) if line.contains("@\"") => Language::ObjectiveC,
        (Language::Config, _) if start.contains("ansible_") => Language::Ansible,
        (Language::Other, _) if start.contains("ansible_") && !place.path.contains(&b'.') => {
            Language::Ansible
        }
        (Language::Python, _) if is_notebook(&place.path) => in_notebook(place),
        (language, _) => language,
    }
}

/// By the instruction that the line, or the first of those that it goes on with, begins with.
fn in_dockerfile(start: &str) -> Language {
    let word = start.split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    match word.to_ascii_uppercase().as_str() {
        "ENV" => Language::DockerfileEnv,
        "CMD" | "ENTRYPOINT" | "HEALTHCHECK" => Language::DockerfileStart,
        "LABEL" | "MAINTAINER" => Language::DockerfileLabel,
        _ => Language::Dockerfile,
    }
}

fn in_yaml(content: Content) -> Language {
    match content {
        Content::Compose => Language::Compose,
        Content::KubernetesSecret => Language::KubernetesSecret,
        Content::KubernetesMixed => Language::KubernetesMixed,
        Content::KubernetesConfig => Language::ConfigMap,
        Content::AnsiblePlay => Language::Ansible,
        Content::CloudFormation => Language::CloudFormation,
        _ => Language::Yaml,
    }
}

/// Whether a file is a notebook by its name.
pub(super) fn is_notebook(path: &[u8]) -> bool {
    ends_in(path, &[".ipynb"])
}

/// The language of a cell.
pub(super) fn in_notebook(place: &Location) -> Language {
    let cell = place.place.inside().and_then(|inside| inside.cell(place.line, place.column));
    match cell.map_or("", |cell| cell.language) {
        "markdown" | "raw" => Language::Other,
        "R" => Language::R,
        "julia" => Language::Julia,
        "sh" => Language::Shell,
        "" | "python" => Language::Python,
        other => Language::by_ending(match other {
            "perl" => "pl",
            "ruby" => "rb",
            same => same,
        })
        .unwrap_or(Language::Other),
    }
}

fn language_run_by(interpreter: &str) -> Language {
    match interpreter {
        "sh" | "bash" | "dash" | "ksh" | "zsh" => Language::Shell,
        "python" => Language::Python,
        "node" => Language::JavaScript,
        "ruby" => Language::Ruby,
        "perl" => Language::Perl,
        "Rscript" => Language::R,
        "tclsh" | "expect" => Language::Tcl,
        same => Language::by_ending(same).unwrap_or(Language::Other),
    }
}

/// The language of a file, by its name.
pub fn language_of(path: &[u8]) -> Language {
    let name = file_name(path);
    let folders = folders(path);
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    dotenv(&name)
        .or_else(|| of_one_user(&name, &folders))
        .or_else(|| of_a_pipeline(&name, &folders))
        .or_else(|| of_an_api_client(&name))
        .or_else(|| of_a_program(&name, &folders))
        .or_else(|| is_yaml(name.as_bytes()).then(|| of_yaml(&name, &folders)))
        .or_else(|| Language::by_ending(extension))
        .unwrap_or_else(|| without_extension(&name))
}

/// Files that are known by their name, whatever follows it: `Dockerfile.prod`, `Makefile.am`.
fn without_extension(name: &str) -> Language {
    match name.split(['.', '-']).next() {
        Some("dockerfile" | "containerfile") => Language::Dockerfile,
        Some("makefile" | "gnumakefile") => Language::Makefile,
        Some("jenkinsfile") => Language::Jenkinsfile,
        Some("caddyfile") => Language::Caddyfile,
        Some("procfile") => Language::Procfile,
        Some("gemfile" | "rakefile" | "podfile" | "fastfile" | "vagrantfile" | "capfile") => Language::Ruby,
        _ => Language::Other,
    }
}

/// What builds and delivers.
fn of_a_pipeline(name: &str, folders: &[String]) -> Option<Language> {
    let within = |folder: &str| folders.iter().any(|part| part == folder);
    if !is_yaml(name.as_bytes()) {
        return None;
    }
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    Some(match stem {
        _ if within("workflows") && within(".github") => Language::GithubActions,
        "action" => Language::GithubAction,
        _ if name.starts_with(".gitlab-ci.") || stem.ends_with(".gitlab-ci") => Language::GitlabCi,
        _ if within(".circleci") => Language::CircleCi,
        _ if stem.starts_with("azure-pipelines") || within(".azure-pipelines") => Language::AzurePipelines,
        "bitbucket-pipelines" => Language::Bitbucket,
        ".travis" => Language::Travis,
        ".drone" | ".woodpecker" => Language::Drone,
        _ if within(".woodpecker") => Language::Drone,
        "appveyor" | ".appveyor" => Language::AppVeyor,
        _ if stem.starts_with("buildspec") => Language::CodeBuild,
        "cloudbuild" => Language::CloudBuild,
        _ => return None,
    })
}

/// Requests and environments of tools that call APIs.
fn of_an_api_client(name: &str) -> Option<Language> {
    Some(match name {
        "http-client.private.env.json" => Language::LocalFile,
        "http-client.env.json" => Language::HttpEnvironment,
        ".mcp.json" => Language::PackageManager,
        _ if name.ends_with(".postman_environment.json") => Language::PostmanEnvironment,
        _ if name.ends_with(".postman_collection.json") => Language::Postman,
        _ if name.starts_with("insomnia") && ends_in(name.as_bytes(), &[".json", ".yaml", ".yml"]) => {
            Language::Insomnia
        }
        _ => return None,
    })
}

/// Names of lock files that do not end in `.lock`.
const LOCKS: [&str; 5] =
    ["package-lock.json", "npm-shrinkwrap.json", "pnpm-lock.yaml", "go.sum", "packages.lock.json"];

/// Files of a program that does more, or less, than their ending says.
fn of_a_program(name: &str, folders: &[String]) -> Option<Language> {
    let within = |folder: &str| folders.iter().any(|part| part == folder);
    let starts = |start: &str| name.starts_with(start);
    Some(match name {
        ".npmrc" | ".yarnrc.yml" | "pipfile" => Language::PackageManager,
        "pip.conf" | "pip.ini" => Language::Pip,
        "uv.toml" => Language::Uv,
        "poetry.toml" => Language::Poetry,
        "bunfig.toml" => Language::Bunfig,
        "nuget.config" => Language::NuGet,
        "devcontainer.json" | ".devcontainer.json" => Language::DevContainer,
        "mcp.json" if within(".vscode") => Language::EditorServers,
        _ if name.ends_with(".tfvars.json") => Language::Tfvars,
        _ if starts("requirements") && name.ends_with(".txt") => Language::PackageManager,
        _ if LOCKS.contains(&name) => Language::LockFile,
        "settings.xml" | "pom.xml" => Language::Maven,
        "gradle.properties" => Language::GradleProperties,
        _ if name.ends_with(".properties") && is_of_spring(name) => Language::Properties,
        "info.plist" | "strings.xml" | "androidmanifest.xml" => Language::AppResource,
        "appsettings.json" => Language::AppSettings,
        _ if starts("appsettings.") && name.ends_with(".json") => Language::AppSettings,
        "wrangler.toml" | "wrangler.json" | "wrangler.jsonc" => Language::Wrangler,
        "fly.toml" => Language::Fly,
        "vercel.json" => Language::Vercel,
        "netlify.toml" => Language::Netlify,
        "logstash.conf" => Language::Logstash,
        _ if within("logstash") && name.ends_with(".conf") => Language::Logstash,
        "terragrunt.hcl" => Language::Terragrunt,
        "cmakelists.txt" => Language::CMake,
        ".rprofile" => Language::R,
        ".bashrc" | ".bash_profile" | ".profile" | ".zshrc" | ".zshenv" | ".zprofile" => Language::Shell,
        ".htaccess" => Language::Apache,
        ".gitmodules" => Language::GitModules,
        _ if starts("httpd") || starts("apache2") || within("apache2") || within("httpd") => Language::Apache,
        _ if starts("haproxy") => Language::HaProxy,
        _ if starts("nginx") && name.ends_with(".conf") => Language::Nginx,
        _ if within("nginx") || within("sites-available") || within("sites-enabled") => Language::Nginx,
        _ if name.ends_with(".conf") && folders.last().is_some_and(|last| last.ends_with(".service.d")) => {
            Language::Systemd
        }
        _ if starts("supervisord") || within("supervisor") => Language::Supervisor,
        "crontab" => Language::Crontab,
        _ if folders.last().is_some_and(|last| last == "cron.d") => Language::Crontab,
        _ => return None,
    })
}

/// Whether Spring reads such a file, and fills it in, where nobody does in other files of the kind.
fn is_of_spring(name: &str) -> bool {
    matches!(name.split(['.', '-', '_']).next(), Some("application" | "bootstrap"))
}

/// Folders of variables and tasks of Ansible.
const ANSIBLE: [&str; 5] = ["ansible", "group_vars", "host_vars", "playbooks", "roles"];
/// Settings of Rails.
const RAILS: [&str; 6] = ["database", "secrets", "storage", "cable", "mongoid", "sidekiq"];

/// YAML of a program.
fn of_yaml(name: &str, folders: &[String]) -> Language {
    let within = |folder: &str| folders.iter().any(|part| part == folder);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    match stem {
        _ if ANSIBLE.iter().any(|folder| within(folder)) || stem.contains("playbook") => Language::Ansible,
        _ if stem.split(['.', '-', '_']).any(|word| word == "compose") => Language::Compose,
        _ if is_of_spring(name) => Language::Properties,
        _ if within("hieradata") || within("hiera") => Language::Hiera,
        "kustomization" => Language::Kustomization,
        _ if stem.split(['.', '-', '_']).next() == Some("values") => Language::HelmValues,
        _ if stem.starts_with("prometheus") || stem.starts_with("alertmanager") => Language::Prometheus,
        "serverless" => Language::Serverless,
        "app" => Language::AppYaml,
        "render" => Language::Render,
        "heroku" => Language::Heroku,
        "taskfile" => Language::Taskfile,
        "cloud-init" | "cloud-config" | "user-data" => Language::CloudInit,
        _ if stem.starts_with("pulumi.") => Language::Pulumi,
        _ if RAILS.contains(&stem) && folders.last().is_some_and(|last| last == "config") => Language::Rails,
        _ => Language::Yaml,
    }
}

/// The folders of a path, from the outermost, in lower case.
fn folders(path: &[u8]) -> Vec<String> {
    let path = String::from_utf8_lossy(path).to_ascii_lowercase().replace('\\', "/");
    path.rsplit_once('/')
        .map_or_else(Vec::new, |(folders, _)| folders.split('/').map(str::to_owned).collect())
}

/// Whether a file is YAML by its name.
pub(super) fn is_yaml(path: &[u8]) -> bool {
    ends_in(path, &[".yml", ".yaml"])
}

/// Whether the name of a file has one of the endings, which are in lower case.
pub(super) fn ends_in(path: &[u8], endings: &[&str]) -> bool {
    endings.iter().any(|end| {
        let start = path.len().checked_sub(end.len());
        start.is_some_and(|start| path[start..].eq_ignore_ascii_case(end.as_bytes()))
    })
}

fn dotenv(name: &str) -> Option<Language> {
    let is_named = name == ".env" || name.starts_with(".env.");
    let is_template = name.split(['.', '-', '_']).any(|word| TEMPLATES.contains(&word));
    match (is_named, name.ends_with(".env")) {
        _ if name == ".envrc" || name.starts_with(".envrc.") => Some(Language::Envrc),
        (false, false) => None,
        _ if is_template => Some(Language::DotenvTemplate),
        (true, _) => Some(Language::Dotenv),
        (false, true) => Some(Language::EnvFile),
    }
}

/// Endings of files that hold a private key or a store of such.
const KEY_ENDINGS: [&str; 9] = ["pem", "key", "p8", "p12", "pfx", "ppk", "jks", "keystore", "kdbx"];
/// Names that `ssh-keygen` gives to private keys.
const SSH_KEYS: [&str; 6] = ["id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "id_ecdsa_sk", "id_ed25519_sk"];
/// Files in which tools keep what they log in with.
const USER_FILES: [&str; 12] = [
    ".netrc",
    "_netrc",
    ".pgpass",
    "pgpass.conf",
    ".my.cnf",
    ".dockercfg",
    "kubeconfig",
    "credentials.tfrc.json",
    ".terraformrc",
    "terraform.rc",
    ".s3cfg",
    "rclone.conf",
];
/// The same, by their folder.
const USER_FILES_IN: [(&str, &str); 8] = [
    (".aws", "credentials"),
    (".docker", "config.json"),
    (".kube", "config"),
    (".gem", "credentials"),
    (".cargo", "credentials"),
    (".cargo", "credentials.toml"),
    (".bundle", "config"),
    ("gh", "hosts.yml"),
];
/// Words in the name of a dotenv file that holds no values.
const TEMPLATES: [&str; 6] = ["example", "sample", "template", "tmpl", "dist", "defaults"];

/// Files that hold nothing but what is secret.
fn of_one_user(name: &str, folders: &[String]) -> Option<Language> {
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let last = folders.last().map(String::as_str);
    match name {
        ".git-credentials" => Some(Language::GitCredentials),
        ".pypirc" => Some(Language::Pypirc),
        // Those of a project.
        ".renviron" | "local.properties" | ".dev.vars" | "local.settings.json" => Some(Language::LocalFile),
        "auth.json" => Some(Language::AuthFile),
        _ if USER_FILES.contains(&name) => Some(Language::UserFile),
        _ if last.is_some_and(|last| USER_FILES_IN.contains(&(last, name))) => Some(Language::UserFile),
        _ if name.ends_with(".tfstate") || name.ends_with(".tfstate.backup") => {
            Some(Language::TerraformState)
        }
        _ if KEY_ENDINGS.contains(&extension) || SSH_KEYS.contains(&name) => Some(Language::KeyFile),
        _ => None,
    }
}

/// Whether the file of a place is one that a team's repository does not have: values of one machine or user, or
/// a key.
pub(super) fn stays_out_of_git(place: &Location) -> bool {
    let language = match place.place.inside() {
        Some(_) => language_of(place.file()),
        None => language_at(place),
    };
    language.form().is_kept_out
}

fn file_name(path: &[u8]) -> String {
    let path = String::from_utf8_lossy(path).to_ascii_lowercase().replace('\\', "/");
    path.rsplit('/').next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_the_language() {
        for (path, language) in [
            ("a/b/send.py", Language::Python),
            ("Dockerfile.prod", Language::Dockerfile),
            (".env.production", Language::Dotenv),
            ("docker-compose.yml", Language::Compose),
            (".github/workflows/ci.yml", Language::GithubActions),
            ("k8s/secret.yaml", Language::Yaml),
            ("README", Language::Other),
            ("dockerfile_parser.py", Language::Python),
            ("docker/Dockerfile-dev", Language::Dockerfile),
            ("app.dockerfile", Language::Dockerfile),
            ("composer-config.yml", Language::Yaml),
            ("compose.prod.yaml", Language::Compose),
            ("prod.tfvars", Language::Tfvars),
            (".gitlab-ci.yml", Language::GitlabCi),
            ("src/main/resources/application-prod.yml", Language::Properties),
            (".envrc", Language::Envrc),
            (".env.example", Language::DotenvTemplate),
            ("app.env", Language::EnvFile),
            ("a.cts", Language::JavaScript),
            ("a.json5", Language::Json),
            ("a.R", Language::R),
            ("a.mm", Language::ObjectiveC),
            ("Makefile", Language::Makefile),
            ("ci/Jenkinsfile.release", Language::Jenkinsfile),
            ("web/.npmrc", Language::PackageManager),
            ("requirements-dev.txt", Language::PackageManager),
            ("group_vars/all.yml", Language::Ansible),
            ("ansible_notes.yml", Language::Yaml),
            (".m2/settings.xml", Language::Maven),
            ("Gemfile", Language::Ruby),
            ("home/.aws/credentials", Language::UserFile),
            ("credentials", Language::Other),
            (".circleci/config.yml", Language::CircleCi),
            ("roles/db/defaults/main.yml", Language::Ansible),
            ("chart/values-prod.yaml", Language::HelmValues),
            ("config/database.yml", Language::Rails),
            ("database.yml", Language::Yaml),
            ("etc/app.service.d/override.conf", Language::Systemd),
            ("Cargo.lock", Language::LockFile),
            ("http-client.private.env.json", Language::LocalFile),
            ("compose.lua", Language::Lua),
        ] {
            assert_eq!(language_of(path.as_bytes()), language, "{path}");
        }
    }

    #[test]
    fn names_tell_what_has_no_place_in_git() {
        for (path, language) in [
            ("tls/server.key", Language::KeyFile),
            ("a.PEM", Language::KeyFile),
            ("home/.ssh/id_ed25519", Language::KeyFile),
            ("_netrc", Language::UserFile),
            ("home/.aws/credentials", Language::UserFile),
            ("prod/terraform.tfstate.backup", Language::TerraformState),
            (".npmrc", Language::PackageManager),
            ("id_rsa.pub", Language::Other),
            ("key", Language::Other),
            ("credentials", Language::Other),
            ("config.json", Language::Json),
        ] {
            assert_eq!(language_of(path.as_bytes()), language, "{path}");
        }
    }
}

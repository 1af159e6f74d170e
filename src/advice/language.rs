//! The file's language, and how one reads an environment variable in it.

use crate::finding::{Content, Location};

/// A language or format that stanch can write a replacement in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Language {
    /// `.py`, notebooks.
    Python,
    /// `.js`, `.ts` and relatives.
    JavaScript,
    /// `.go`.
    Go,
    /// `.java`.
    Java,
    /// `.kt`, `.kts`.
    Kotlin,
    /// `.scala`.
    Scala,
    /// `.rb`.
    Ruby,
    /// `.php`.
    Php,
    /// `.cs`, `.fs`.
    CSharp,
    /// `.vb`.
    VisualBasic,
    /// `.rs`.
    Rust,
    /// `.swift`.
    Swift,
    /// `.ex`, `.exs`.
    Elixir,
    /// `.pl`, `.pm`.
    Perl,
    /// `.c`, `.cpp`, `.h`.
    C,
    /// `.dart`.
    Dart,
    /// `.sh` and files without an ending that say so.
    Shell,
    /// `.ps1`.
    PowerShell,
    /// `.fish`.
    Fish,
    /// `.bat`, `.cmd`.
    Batch,
    /// `.lua`.
    Lua,
    /// `.R`.
    R,
    /// `.mm`.
    ObjectiveC,
    /// `.awk`.
    Awk,
    /// `.tcl`.
    Tcl,
    /// `.jl`.
    Julia,
    /// `.clj`.
    Clojure,
    /// `.erl`.
    Erlang,
    /// `.ml`.
    OCaml,
    /// `Makefile`.
    Makefile,
    /// `Jenkinsfile`.
    Jenkinsfile,
    /// `.tf`.
    Terraform,
    /// `.tfvars`, which holds values and refers to nothing.
    Tfvars,
    /// `Dockerfile`.
    Dockerfile,
    /// An `ENV` of a Dockerfile: there when the container runs.
    DockerfileEnv,
    /// `.env` and the like: the values of one machine.
    Dotenv,
    /// `.env.example` and the like.
    DotenvTemplate,
    /// Other `*.env`.
    EnvFile,
    /// `.envrc`, which direnv runs.
    Envrc,
    /// Compose files.
    Compose,
    /// Workflows below `.github/workflows`.
    GithubActions,
    /// `.gitlab-ci.yml`.
    GitlabCi,
    /// A manifest of a Kubernetes Secret.
    KubernetesSecret,
    /// The same, and manifests of other kinds in one file.
    KubernetesMixed,
    /// Variables and tasks of Ansible.
    Ansible,
    /// Other YAML.
    Yaml,
    /// `.json`.
    Json,
    /// `.toml`, `.ini`, `.cfg`, `.conf`, `.properties`.
    Config,
    /// The properties and the YAML that Spring reads.
    Properties,
    /// `gradle.properties`.
    GradleProperties,
    /// `settings.xml` and `pom.xml`, in which Maven fills in variables.
    Maven,
    /// `.xml`, `.config`, `.plist`.
    Xml,
    /// `.html`: what every visitor reads.
    Html,
    /// `.sql`.
    Sql,
    /// Settings in which npm, Yarn or pip fill in `${NAME}`.
    PackageManager,
    /// Units of systemd.
    Systemd,
    /// A private key, or a store of such.
    KeyFile,
    /// What a tool keeps for its user: `.netrc`, `.pgpass`.
    UserFile,
    /// `.git-credentials`.
    GitCredentials,
    /// `.pypirc`.
    Pypirc,
    /// `terraform.tfstate`.
    TerraformState,
    /// Prose and anything else.
    Other,
}

/// The language of a place: by the name of its file, by what the text says of its kind, and by the line.
pub fn language_at(place: &Location) -> Language {
    let line = place.wide_line().text.trim_start();
    match (language_of(&place.path), place.content) {
        (Language::Other, Content::Script(interpreter)) => language_run_by(interpreter),
        (Language::Yaml, Content::KubernetesSecret) => Language::KubernetesSecret,
        (Language::Yaml, Content::KubernetesMixed) => Language::KubernetesMixed,
        (Language::Other, Content::PrivateKey) => Language::KeyFile,
        (Language::Dockerfile, _) if line.to_ascii_uppercase().starts_with("ENV ") => Language::DockerfileEnv,
        (language, _) => language,
    }
}

fn language_run_by(interpreter: &str) -> Language {
    match interpreter {
        "sh" | "bash" | "dash" | "ksh" | "zsh" => Language::Shell,
        "fish" => Language::Fish,
        "python" => Language::Python,
        "node" => Language::JavaScript,
        "ruby" => Language::Ruby,
        "perl" => Language::Perl,
        "php" => Language::Php,
        "Rscript" => Language::R,
        "lua" => Language::Lua,
        "awk" => Language::Awk,
        "tclsh" | "expect" => Language::Tcl,
        _ => Language::Other,
    }
}

/// The language of a file, by its name.
pub fn language_of(path: &[u8]) -> Language {
    let name = file_name(path);
    let (stem, extension) = name.rsplit_once('.').unwrap_or((&name, ""));
    let words = || stem.split(['.', '-', '_']);
    let folders = folders(path);
    let known =
        dotenv(&name).or_else(|| of_one_user(&name, &folders)).or_else(|| of_a_program(&name, &folders));
    if let Some(language) = known {
        return language;
    }
    match extension {
        "py" | "pyi" | "ipynb" => Language::Python,
        "js" | "jsx" | "mjs" | "cjs" | "ts" | "tsx" | "mts" | "cts" | "vue" | "svelte" => {
            Language::JavaScript
        }
        "go" => Language::Go,
        "java" | "groovy" | "gradle" => Language::Java,
        "kt" | "kts" => Language::Kotlin,
        "scala" | "sbt" => Language::Scala,
        "rb" | "erb" | "rake" | "gemspec" => Language::Ruby,
        "php" | "phtml" => Language::Php,
        "cs" | "fs" => Language::CSharp,
        "vb" => Language::VisualBasic,
        "rs" => Language::Rust,
        "swift" => Language::Swift,
        "ex" | "exs" => Language::Elixir,
        "pl" | "pm" => Language::Perl,
        "c" | "h" | "cc" | "cpp" | "cxx" | "hpp" => Language::C,
        "mm" => Language::ObjectiveC,
        "awk" | "gawk" => Language::Awk,
        "tcl" | "exp" => Language::Tcl,
        "jl" => Language::Julia,
        "clj" | "cljc" => Language::Clojure,
        "erl" => Language::Erlang,
        "ml" => Language::OCaml,
        "dart" => Language::Dart,
        "lua" => Language::Lua,
        "r" | "rmd" => Language::R,
        "sh" | "bash" | "zsh" | "ksh" => Language::Shell,
        "fish" => Language::Fish,
        "ps1" | "psm1" => Language::PowerShell,
        "bat" | "cmd" => Language::Batch,
        "tf" | "hcl" => Language::Terraform,
        "tfvars" => Language::Tfvars,
        "mk" => Language::Makefile,
        "jenkinsfile" => Language::Jenkinsfile,
        "yml" | "yaml" if name.starts_with(".gitlab-ci.") || stem.ends_with(".gitlab-ci") => {
            Language::GitlabCi
        }
        "yml" | "yaml" if words().any(|word| word == "compose") => Language::Compose,
        // Spring fills these in, where nobody does in other files of the kind.
        "yml" | "yaml" | "properties" if matches!(words().next(), Some("application" | "bootstrap")) => {
            Language::Properties
        }
        "yml" | "yaml" => Language::Yaml,
        "json" | "json5" | "jsonc" => Language::Json,
        "properties" if name == "gradle.properties" => Language::GradleProperties,
        "toml" | "ini" | "cfg" | "conf" | "properties" => Language::Config,
        "xml" | "config" | "plist" => Language::Xml,
        "html" | "htm" => Language::Html,
        "sql" => Language::Sql,
        "service" | "timer" => Language::Systemd,
        "dockerfile" | "containerfile" => Language::Dockerfile,
        _ => without_extension(&name),
    }
}

/// Files that are known by their name, whatever follows it: `Dockerfile.prod`, `Makefile.am`.
fn without_extension(name: &str) -> Language {
    match name.split(['.', '-']).next() {
        Some("dockerfile" | "containerfile") => Language::Dockerfile,
        Some("makefile" | "gnumakefile") => Language::Makefile,
        Some("jenkinsfile") => Language::Jenkinsfile,
        Some("gemfile" | "rakefile" | "podfile" | "fastfile" | "vagrantfile" | "capfile") => Language::Ruby,
        _ => Language::Other,
    }
}

/// Files of a program that does more, or less, than their ending says.
fn of_a_program(name: &str, folders: &[String]) -> Option<Language> {
    let within = |folder: &str| folders.iter().any(|part| part == folder);
    match name {
        _ if within("workflows") && within(".github") => Some(Language::GithubActions),
        ".npmrc" | ".yarnrc.yml" => Some(Language::PackageManager),
        _ if name.starts_with("requirements") && name.ends_with(".txt") => Some(Language::PackageManager),
        "settings.xml" | "pom.xml" => Some(Language::Maven),
        _ if is_yaml(name.as_bytes()) && ANSIBLE.iter().any(|folder| within(folder)) => {
            Some(Language::Ansible)
        }
        _ => None,
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
    let name = file_name(path);
    name.ends_with(".yml") || name.ends_with(".yaml")
}

/// Folders of variables and tasks of Ansible.
const ANSIBLE: [&str; 4] = ["ansible", "group_vars", "host_vars", "playbooks"];

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
const USER_FILES: [&str; 8] = [
    ".netrc",
    "_netrc",
    ".pgpass",
    "pgpass.conf",
    ".my.cnf",
    ".dockercfg",
    "kubeconfig",
    "credentials.tfrc.json",
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
        _ if USER_FILES.contains(&name) => Some(Language::UserFile),
        "credentials" if last == Some(".aws") => Some(Language::UserFile),
        "config.json" if last == Some(".docker") => Some(Language::UserFile),
        "config" if last == Some(".kube") => Some(Language::UserFile),
        _ if name.ends_with(".tfstate") || name.ends_with(".tfstate.backup") => {
            Some(Language::TerraformState)
        }
        _ if KEY_ENDINGS.contains(&extension) || SSH_KEYS.contains(&name) => Some(Language::KeyFile),
        _ => None,
    }
}

/// Whether the file of a place is one that a team's repository does not have: values of one machine or user, or a key.
pub fn stays_out_of_git(place: &Location) -> bool {
    use Language as L;
    let language = match place.place.inside() {
        Some(_) => language_of(place.file()),
        None => language_at(place),
    };
    matches!(
        language,
        L::Dotenv
            | L::KeyFile
            | L::UserFile
            | L::GitCredentials
            | L::Pypirc
            | L::TerraformState
            | L::KubernetesSecret
    )
}

fn file_name(path: &[u8]) -> String {
    let path = String::from_utf8_lossy(path).to_ascii_lowercase().replace('\\', "/");
    path.rsplit('/').next().unwrap_or_default().to_owned()
}

/// What to write in place of a value.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Instead {
    /// Code of one line that reads it; empty where none can.
    pub code: String,
    /// What else to know or to do; may be empty.
    pub remark: String,
}

impl Instead {
    /// Whether there is nothing to say.
    pub fn is_empty(&self) -> bool {
        self.code.is_empty() && self.remark.is_empty()
    }

    /// The remark as it stands behind the code.
    pub fn aside(&self) -> String {
        let Instead { code, remark } = self;
        if code.is_empty() || remark.is_empty() { remark.clone() } else { format!("({remark})") }
    }
}

impl std::fmt::Display for Instead {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let gap = if self.code.is_empty() || self.remark.is_empty() { "" } else { "   " };
        write!(f, "{}{gap}{}", self.code, self.aside())
    }
}

/// What to do with a secret that a page would show.
pub(super) const PUBLIC: &str = "leave it out; a server asks for it: what a page holds, everybody can read";

/// What reads a secret of Jenkins.
pub(super) fn credentials(variable: &str) -> String {
    format!("credentials('{}')", variable.to_ascii_lowercase().replace('_', "-"))
}

impl Language {
    /// One line that reads the variable, or what to do where code cannot.
    pub fn read_variable(self, variable: &str) -> Instead {
        let instead = |code: String, remark: &str| Instead { code, remark: remark.to_owned() };
        let code = |code: String| instead(code, "");
        let only = |remark: String| instead(String::new(), &remark);
        let lower = variable.to_ascii_lowercase();
        match self {
            Language::Python => code(format!("os.environ[\"{variable}\"]")),
            Language::JavaScript => code(format!("process.env.{variable}")),
            Language::Go => code(format!("os.Getenv(\"{variable}\")")),
            Language::Java => code(format!("System.getenv(\"{variable}\")")),
            Language::Kotlin => code(format!("checkNotNull(System.getenv(\"{variable}\"))")),
            Language::Scala => code(format!("sys.env(\"{variable}\")")),
            Language::Ruby => code(format!("ENV.fetch(\"{variable}\")")),
            Language::Php => code(format!("getenv('{variable}')")),
            Language::CSharp | Language::VisualBasic => {
                code(format!("Environment.GetEnvironmentVariable(\"{variable}\")"))
            }
            Language::Rust => code(format!("std::env::var(\"{variable}\")?")),
            Language::Swift => code(format!("ProcessInfo.processInfo.environment[\"{variable}\"]!")),
            Language::ObjectiveC => code(format!("NSProcessInfo.processInfo.environment[@\"{variable}\"]")),
            Language::Elixir => code(format!("System.fetch_env!(\"{variable}\")")),
            Language::Perl => code(format!("$ENV{{{variable}}}")),
            Language::C => code(format!("getenv(\"{variable}\")")),
            Language::Dart => code(format!("Platform.environment['{variable}']!")),
            Language::Awk => code(format!("ENVIRON[\"{variable}\"]")),
            Language::Tcl => code(format!("$::env({variable})")),
            Language::Julia => code(format!("ENV[\"{variable}\"]")),
            Language::Clojure => code(format!("(System/getenv \"{variable}\")")),
            Language::Erlang => code(format!("os:getenv(\"{variable}\")")),
            Language::OCaml => code(format!("(Sys.getenv \"{variable}\")")),
            Language::Lua => code(format!("os.getenv(\"{variable}\")")),
            Language::R => code(format!("Sys.getenv(\"{variable}\")")),
            Language::Shell => code(format!("\"${{{variable}:?is not set}}\"")),
            Language::Fish => code(format!("\"${variable}\"")),
            Language::PowerShell => code(format!("$env:{variable}")),
            Language::Batch => code(format!("%{variable}%")),
            Language::Makefile => instead(format!("$({variable})"), "make takes it from the environment"),
            Language::Jenkinsfile => instead(
                format!("{variable} = {}", credentials(variable)),
                "in environment {}; Manage Jenkins → Credentials holds it",
            ),
            Language::Terraform => {
                instead(format!("var.{lower}"), &format!("set TF_VAR_{lower}; declare it sensitive"))
            }
            Language::Tfvars => only(format!("leave the line out; set TF_VAR_{lower} in the environment")),
            Language::Dockerfile => {
                instead(format!("RUN --mount=type=secret,id={lower} …"), "never ARG or ENV")
            }
            Language::DockerfileEnv => {
                only(format!("leave the line out; docker run --env-file gives {variable} at run time"))
            }
            Language::Dotenv => {
                instead(format!("{variable}="), "in .env.example; this file stays out of git")
            }
            Language::DotenvTemplate => {
                instead(format!("{variable}="), "no value here; keep it in an ignored .env")
            }
            Language::EnvFile => {
                instead(format!("{variable}="), "value in an ignored .env; commit .env.example")
            }
            Language::Envrc => instead(
                "source_env_if_exists .envrc.private".to_owned(),
                &format!("an ignored file, with export {variable}=…"),
            ),
            Language::Compose => code(format!("${{{variable}:?}}")),
            Language::GithubActions => code(format!("${{{{ secrets.{variable} }}}}")),
            Language::GitlabCi => {
                instead(format!("${variable}"), "set it, masked, under Settings → CI/CD → Variables")
            }
            Language::KubernetesSecret => only(
                "leave this file out of git; kubectl create secret, or an external secret store".to_owned(),
            ),
            Language::Ansible => {
                instead(format!("{{{{ lookup('env', '{variable}') }}}}"), "or ansible-vault encrypt_string")
            }
            Language::PackageManager => code(format!("${{{variable}}}")),
            Language::Maven => code(format!("${{env.{variable}}}")),
            Language::Systemd => only(format!(
                "leave it out; EnvironmentFile= names a file outside git that holds {variable}=…"
            )),
            Language::Html => only(PUBLIC.to_owned()),
            Language::Sql => {
                only(format!("leave it out; whoever runs the script sets it then, from {variable}"))
            }
            Language::KubernetesMixed => only(
                "leave the Secret out of this file; kubectl create secret, or an external secret store"
                    .to_owned(),
            ),
            Language::KeyFile => {
                only("leave this file out of git; name the program one outside of it".to_owned())
            }
            Language::UserFile => {
                only("leave this file out of git; each user has one in the home directory".to_owned())
            }
            Language::GitCredentials => {
                only("leave this file out of git; a credential helper keeps it elsewhere".to_owned())
            }
            Language::Pypirc => {
                only("leave this file out of git; twine reads TWINE_PASSWORD instead".to_owned())
            }
            Language::TerraformState => {
                only("leave this file out of git; a remote backend keeps the state".to_owned())
            }
            Language::Yaml | Language::Config | Language::Json | Language::Xml => {
                only(format!("leave it out; read {variable} from the environment at start"))
            }
            Language::GradleProperties => {
                only("leave it out; ~/.gradle/gradle.properties of each machine holds it".to_owned())
            }
            Language::Properties => code(format!("${{{variable}}}")),
            Language::Other => only(format!("leave it out, or write the name {variable} in its place")),
        }
    }
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

//! The file's language, and how one reads an environment variable in it.

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
    /// `.cs`.
    CSharp,
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
    /// `.tf`, `.tfvars`.
    Terraform,
    /// `Dockerfile`.
    Dockerfile,
    /// `.env`.
    Dotenv,
    /// Compose files.
    Compose,
    /// Workflows below `.github/workflows`.
    GithubActions,
    /// Other YAML.
    Yaml,
    /// `.json`.
    Json,
    /// `.toml`, `.ini`, `.cfg`, `.conf`.
    Config,
    /// `.properties`.
    Properties,
    /// `.xml`, `.config`, `.plist`.
    Xml,
    /// Prose and anything else.
    Other,
}

/// The language of a file, by its name.
pub fn language_of(path: &[u8]) -> Language {
    let path = String::from_utf8_lossy(path).to_ascii_lowercase().replace('\\', "/");
    let name = path.rsplit('/').next().unwrap_or_default();
    if name == ".env" || name.starts_with(".env.") || name.ends_with(".env") || name == ".envrc" {
        return Language::Dotenv;
    }
    if name.starts_with("dockerfile") || name.ends_with(".dockerfile") || name.starts_with("containerfile") {
        return Language::Dockerfile;
    }
    if path.contains(".github/workflows/") {
        return Language::GithubActions;
    }
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    match extension {
        "py" | "pyi" | "ipynb" => Language::Python,
        "js" | "jsx" | "mjs" | "cjs" | "ts" | "tsx" | "mts" | "vue" | "svelte" => Language::JavaScript,
        "go" => Language::Go,
        "java" | "groovy" | "gradle" => Language::Java,
        "kt" | "kts" => Language::Kotlin,
        "scala" => Language::Scala,
        "rb" | "erb" | "rake" => Language::Ruby,
        "php" => Language::Php,
        "cs" | "vb" | "fs" => Language::CSharp,
        "rs" => Language::Rust,
        "swift" => Language::Swift,
        "ex" | "exs" => Language::Elixir,
        "pl" | "pm" => Language::Perl,
        "c" | "h" | "cc" | "cpp" | "cxx" | "hpp" => Language::C,
        "dart" => Language::Dart,
        "sh" | "bash" | "zsh" | "ksh" => Language::Shell,
        "ps1" | "psm1" => Language::PowerShell,
        "tf" | "tfvars" | "hcl" => Language::Terraform,
        "yml" | "yaml" if name.contains("compose") => Language::Compose,
        "yml" | "yaml" => Language::Yaml,
        "json" => Language::Json,
        "toml" | "ini" | "cfg" | "conf" => Language::Config,
        "properties" => Language::Properties,
        "xml" | "config" | "plist" => Language::Xml,
        _ => Language::Other,
    }
}

/// Endings of files that hold a private key or a store of such.
const KEY_ENDINGS: [&str; 9] = ["pem", "key", "p8", "p12", "pfx", "ppk", "jks", "keystore", "kdbx"];
/// Names that `ssh-keygen` gives to private keys.
const SSH_KEYS: [&str; 6] = ["id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "id_ecdsa_sk", "id_ed25519_sk"];
/// Words in the name of a dotenv file that holds no values.
const TEMPLATES: [&str; 6] = ["example", "sample", "template", "tmpl", "dist", "defaults"];

/// Whether a file is one that a team's repository does not have: values of one machine, or a key.
pub fn stays_out_of_git(path: &[u8]) -> bool {
    let name = file_name(path);
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    is_own_values(&name)
        || KEY_ENDINGS.contains(&extension)
        || SSH_KEYS.contains(&name.as_str())
}

/// Whether a dotenv file holds the values of one machine, and not only the names of variables.
fn is_own_values(name: &str) -> bool {
    (name == ".env" || name.starts_with(".env.")) && !is_template(name)
}

fn is_template(name: &str) -> bool {
    name.split(['.', '-', '_']).any(|word| TEMPLATES.contains(&word))
}

fn file_name(path: &[u8]) -> String {
    let path = String::from_utf8_lossy(path).to_ascii_lowercase().replace('\\', "/");
    path.rsplit('/').next().unwrap_or_default().to_owned()
}

impl Language {
    /// One line that reads the variable, or names the place for the value where code cannot.
    pub fn read_variable(self, variable: &str) -> String {
        let lower = variable.to_ascii_lowercase();
        match self {
            Language::Python => format!("os.environ[\"{variable}\"]"),
            Language::JavaScript => format!("process.env.{variable}"),
            Language::Go => format!("os.Getenv(\"{variable}\")"),
            Language::Java => format!("System.getenv(\"{variable}\")"),
            Language::Kotlin => format!("System.getenv(\"{variable}\") ?: error(\"{variable} is not set\")"),
            Language::Scala => format!("sys.env(\"{variable}\")"),
            Language::Ruby => format!("ENV.fetch(\"{variable}\")"),
            Language::Php => format!("getenv('{variable}')"),
            Language::CSharp => format!("Environment.GetEnvironmentVariable(\"{variable}\")"),
            Language::Rust => format!("std::env::var(\"{variable}\")?"),
            Language::Swift => format!("ProcessInfo.processInfo.environment[\"{variable}\"]"),
            Language::Elixir => format!("System.fetch_env!(\"{variable}\")"),
            Language::Perl => format!("$ENV{{{variable}}}"),
            Language::C => format!("getenv(\"{variable}\")"),
            Language::Dart => format!("Platform.environment['{variable}']"),
            Language::Shell => format!("\"${{{variable}:?is not set}}\""),
            Language::PowerShell => format!("$env:{variable}"),
            Language::Terraform => format!("var.{lower}   (set TF_VAR_{lower}; declare it sensitive)"),
            Language::Dockerfile => format!("RUN --mount=type=secret,id={lower} …   (never ARG or ENV)"),
            Language::Dotenv => {
                format!("{variable}=   (in .env.example; keep the file with the value out of git)")
            }
            Language::Compose => format!("{variable}: ${{{variable}:?}}"),
            Language::GithubActions => format!("{variable}: ${{{{ secrets.{variable} }}}}"),
            Language::Yaml | Language::Config => {
                format!("${{{variable}}}   (filled in from the environment at start)")
            }
            Language::Json | Language::Xml => {
                format!("leave it out here; read {variable} from the environment at start")
            }
            Language::Properties => format!("${{{variable}}}"),
            Language::Other => format!("the name {variable} instead of the value"),
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
        ] {
            assert_eq!(language_of(path.as_bytes()), language, "{path}");
        }
    }

    #[test]
    fn names_tell_what_stays_out_of_git() {
        for path in ["a/.env", ".env.production", "tls/server.key", "a.PEM", "home/.ssh/id_ed25519"] {
            assert!(stays_out_of_git(path.as_bytes()), "{path}");
        }
        for path in [".env.example", ".env.prod.sample", ".envrc", "app.env", "id_rsa.pub", "a.py", "key", "environment.rb"] {
            assert!(!stays_out_of_git(path.as_bytes()), "{path}");
        }
    }
}

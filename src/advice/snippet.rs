//! Code that reads a secret from a store instead of holding it.
//!
//! The code stands in `snippets/`, one file a language; here names are put in. What a name becomes is the
//! same for every language and store, so that a team finds its secret under one path.

use super::language::Language;

/// Where a program gets its secret from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Store {
    /// An environment variable.
    Env,
    /// AWS Secrets Manager.
    Aws,
    /// HashiCorp Vault, key-value engine version 2.
    Vault,
    /// CyberArk Conjur.
    Conjur,
}

impl Store {
    /// All of them, the simplest first.
    pub const ALL: [Store; 4] = [Store::Env, Store::Aws, Store::Vault, Store::Conjur];

    /// As it is written on the command line.
    pub fn key(self) -> &'static str {
        match self {
            Store::Env => "env",
            Store::Aws => "aws",
            Store::Vault => "vault",
            Store::Conjur => "conjur",
        }
    }

    /// As a person calls it.
    pub fn name(self) -> &'static str {
        match self {
            Store::Env => "an environment variable",
            Store::Aws => "AWS Secrets Manager",
            Store::Vault => "HashiCorp Vault",
            Store::Conjur => "CyberArk Conjur",
        }
    }
}

/// How a language writes the names of variables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Case {
    /// `auth_token`
    Snake,
    /// `authToken`
    Camel,
}

/// A language that there is code for.
struct Entry {
    language: Language,
    name: &'static str,
    /// What `--lang` takes; the first is its own.
    keys: &'static [&'static str],
    /// Shown without being asked for.
    is_main: bool,
    case: Case,
    text: &'static str,
}

macro_rules! entry {
    ($language:ident, $name:literal, [$($key:literal),+], $is_main:literal, $case:ident, $file:literal) => {
        Entry {
            language: Language::$language,
            name: $name,
            keys: &[$($key),+],
            is_main: $is_main,
            case: Case::$case,
            text: include_str!(concat!("snippets/", $file, ".txt")),
        }
    };
}

const ENTRIES: &[Entry] = &[
    entry!(Python, "Python", ["python", "py"], true, Snake, "python"),
    entry!(
        JavaScript,
        "JavaScript",
        ["javascript", "typescript", "js", "ts", "node"],
        true,
        Camel,
        "javascript"
    ),
    entry!(Go, "Go", ["go", "golang"], true, Camel, "go"),
    entry!(Java, "Java", ["java"], true, Camel, "java"),
    entry!(Kotlin, "Kotlin", ["kotlin", "kt"], true, Camel, "kotlin"),
    entry!(Ruby, "Ruby", ["ruby", "rb"], true, Snake, "ruby"),
    entry!(Php, "PHP", ["php"], true, Camel, "php"),
    entry!(CSharp, "C#", ["csharp", "c#", "cs", "dotnet"], true, Camel, "csharp"),
    entry!(Rust, "Rust", ["rust", "rs"], true, Snake, "rust"),
    entry!(Swift, "Swift", ["swift"], true, Camel, "swift"),
    entry!(Shell, "Shell", ["shell", "sh", "bash"], true, Snake, "shell"),
    entry!(Scala, "Scala", ["scala"], false, Camel, "scala"),
    entry!(Elixir, "Elixir", ["elixir", "ex"], false, Snake, "elixir"),
    entry!(Perl, "Perl", ["perl", "pl"], false, Snake, "perl"),
    entry!(C, "C, C++", ["c", "cpp", "c++"], false, Snake, "c"),
    entry!(Dart, "Dart", ["dart"], false, Camel, "dart"),
    entry!(PowerShell, "PowerShell", ["powershell", "ps1", "pwsh"], false, Camel, "powershell"),
    entry!(Terraform, "Terraform", ["terraform", "tf", "hcl"], false, Snake, "terraform"),
    entry!(Yaml, "Kubernetes", ["kubernetes", "k8s", "yaml"], false, Snake, "kubernetes"),
    entry!(Compose, "Docker Compose", ["compose"], false, Snake, "compose"),
    entry!(Dockerfile, "Dockerfile", ["dockerfile", "docker"], false, Snake, "dockerfile"),
    entry!(GithubActions, "GitHub Actions", ["github-actions", "actions"], false, Snake, "actions"),
    entry!(Dotenv, ".env", ["dotenv", "env"], false, Snake, "dotenv"),
    entry!(Properties, "Java properties", ["properties", "spring"], false, Snake, "properties"),
];

/// Languages that there is code for, those that are shown without being asked for first.
pub fn languages() -> impl Iterator<Item = Language> {
    ENTRIES.iter().map(|entry| entry.language)
}

/// The languages that are shown without being asked for.
pub fn main_languages() -> impl Iterator<Item = Language> {
    ENTRIES.iter().filter(|entry| entry.is_main).map(|entry| entry.language)
}

/// The language that somebody means by `word`, any case.
pub fn language_named(word: &str) -> Option<Language> {
    let word = word.to_ascii_lowercase();
    ENTRIES.iter().find(|entry| entry.keys.contains(&word.as_str())).map(|entry| entry.language)
}

/// What [`language_named`] takes: the first word of each language.
pub fn language_keys() -> impl Iterator<Item = &'static str> {
    ENTRIES.iter().map(|entry| entry.keys[0])
}

/// A language as a person calls it; "this file" for those without code of their own.
pub fn language_name(language: Language) -> &'static str {
    entry(language).map_or("this file", |entry| entry.name)
}

/// The first word of the language for [`language_named`]; empty for those without code of their own.
pub fn language_key(language: Language) -> &'static str {
    entry(language).map_or("", |entry| entry.keys[0])
}

/// Code in `language` that reads the secret from `store`, without a newline at the end. `env` is the name
/// of its environment variable, `vendor` the key of its vendor. `None` where the store makes no sense there.
pub fn snippet(language: Language, store: Store, env: &str, vendor: &str) -> Option<String> {
    let entry = entry(language)?;
    let (_, text) = section(entry.text, store)?;
    Some(Names::new(env, vendor, entry.case).put_into(text.trim_end()))
}

/// What that code needs beside the language: packages and settings. Empty for nothing.
pub fn needs(language: Language, store: Store, env: &str, vendor: &str) -> String {
    let found = entry(language).and_then(|entry| Some((entry, section(entry.text, store)?.0)));
    found.map_or_else(String::new, |(entry, needs)| Names::new(env, vendor, entry.case).put_into(needs))
}

/// The path under which the code looks for the secret: `prod/twilio/auth-token`.
pub fn secret_path(env: &str, vendor: &str) -> String {
    Names::new(env, vendor, Case::Snake).put_into("@path@")
}

fn entry(language: Language) -> Option<&'static Entry> {
    let language = if language == Language::Cpp { Language::C } else { language };
    ENTRIES.iter().find(|entry| entry.language == language)
}

/// What the code for the store needs, and the code.
fn section(text: &'static str, store: Store) -> Option<(&'static str, &'static str)> {
    let start = format!("== {}", store.key());
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        at += line.len();
        let Some(needs) = line.trim_end().strip_prefix(&start) else { continue };
        if !needs.is_empty() && !needs.starts_with(" |") {
            continue;
        }
        let end = text[at..].find("\n== ").map_or(text.len(), |end| at + end);
        return Some((needs.trim_start_matches(" |").trim(), &text[at..end]));
    }
    None
}

/// The names of one secret.
struct Names {
    env: String,
    /// Vendor, without the `generic` that no store has a folder for.
    name: String,
    /// Words of the variable's name after the vendor, lower case.
    rest: Vec<String>,
    variable: String,
}

impl Names {
    fn new(env: &str, vendor: &str, case: Case) -> Self {
        let lower = env.to_ascii_lowercase();
        let name = if vendor == "generic" { "app" } else { vendor };
        let snake = name.replace('-', "_");
        let plain = name.replace('-', "");
        let after = [&snake, &plain].iter().find_map(|vendor| {
            lower.strip_prefix(vendor.as_str())?.strip_prefix('_').filter(|rest| !rest.is_empty())
        });
        let words = |text: &str| -> Vec<String> {
            text.split('_').filter(|word| !word.is_empty()).map(str::to_owned).collect()
        };
        let rest = words(after.unwrap_or(&lower));
        // One word says too little in code (`key`), and may be reserved (`pass`) or start with a digit.
        let chosen = if rest.len() > 1 && !rest[0].starts_with(|c: char| c.is_ascii_digit()) {
            rest.clone()
        } else {
            words(&lower)
        };
        Names { env: env.to_owned(), name: name.to_owned(), variable: case.join(&chosen), rest }
    }

    fn put_into(&self, text: &str) -> String {
        let key = self.rest.join("-");
        text.replace("@ENV@", &self.env)
            .replace("@lower@", &self.env.to_ascii_lowercase())
            .replace("@var@", &self.variable)
            .replace("@path@", &format!("prod/{}/{key}", self.name))
            .replace("@dir@", &format!("prod/{}", self.name))
            .replace("@name@", &self.name)
            .replace("@field@", &self.rest.join("_"))
            .replace("@key@", &key)
    }
}

impl Case {
    fn join(self, words: &[String]) -> String {
        match self {
            Case::Snake => words.join("_"),
            Case::Camel => {
                let upper = |word: &String| {
                    let mut chars = word.chars();
                    chars.next().map(|c| c.to_ascii_uppercase()).into_iter().chain(chars).collect()
                };
                words.iter().enumerate().map(|(at, w)| if at == 0 { w.clone() } else { upper(w) }).collect()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_has_the_variable_and_the_main_ones_have_all_stores() {
        for entry in ENTRIES {
            for store in Store::ALL {
                let code = snippet(entry.language, store, "TWILIO_AUTH_TOKEN", "twilio");
                let must = store == Store::Env || entry.is_main;
                assert!(code.is_some() || !must, "{} {}", entry.name, store.key());
                let shown = format!(
                    "{}{}",
                    code.unwrap_or_default(),
                    needs(entry.language, store, "TWILIO_AUTH_TOKEN", "twilio")
                );
                let left = [
                    "@ENV", "@lower", "@var", "@path@", "@dir", "@name", "@field", "@key", "\n== ", "\t\t\t",
                ];
                assert!(
                    !left.iter().any(|name| shown.contains(name)),
                    "{} {}:\n{shown}",
                    entry.name,
                    store.key()
                );
            }
        }
        assert!(main_languages().count() >= 11);
    }

    #[test]
    fn names_follow_the_language() {
        let code = |language, store| snippet(language, store, "TWILIO_AUTH_TOKEN", "twilio").unwrap();
        assert_eq!(code(Language::Ruby, Store::Env), "auth_token = ENV.fetch(\"TWILIO_AUTH_TOKEN\")");
        assert!(code(Language::Go, Store::Env).contains("\nauthToken, ok := os.LookupEnv("));
        assert!(code(Language::Go, Store::Vault).ends_with("has no field auth_token\")\n}"));
        assert!(code(Language::Java, Store::Aws).contains("\"prod/twilio/auth-token\""));
        assert_eq!(snippet(Language::Elixir, Store::Aws, "A_B", "a"), None);
        assert_eq!(snippet(Language::Other, Store::Env, "A_B", "a"), None);
    }

    #[test]
    fn paths_come_from_vendor_and_variable() {
        for (env, vendor, path) in [
            ("TWILIO_AUTH_TOKEN", "twilio", "prod/twilio/auth-token"),
            ("DIGITALOCEAN_TOKEN", "digital-ocean", "prod/digital-ocean/token"),
            ("APP_SECRET", "generic", "prod/app/secret"),
            ("DB_PASSWORD", "generic", "prod/app/db-password"),
            ("GH_TOKEN", "github", "prod/github/gh-token"),
            ("TWILIO", "twilio", "prod/twilio/twilio"),
        ] {
            assert_eq!(secret_path(env, vendor), path);
        }
        assert_eq!(
            snippet(Language::Python, Store::Env, "ACME_PASS", "acme").unwrap().lines().last(),
            Some("acme_pass = os.environ[\"ACME_PASS\"]")
        );
    }

    #[test]
    fn languages_go_by_several_names() {
        for (word, language) in [
            ("TS", Language::JavaScript),
            ("k8s", Language::Yaml),
            ("c#", Language::CSharp),
            ("bash", Language::Shell),
        ] {
            assert_eq!(language_named(word), Some(language));
        }
        assert_eq!(language_named("cobol"), None);
    }
}

//! What to write in the place of a value, by the statement around it: what reads a variable is no constant, no part
//! of a string, and not what a variable is set to.

use super::language::{Instead, Language, language_at};
use crate::finding::{Content, Excerpt, Location};

/// What reads `variable` instead of holding its value at `place`.
pub(super) fn instead(place: &Location, variable: &str) -> Instead {
    let language = language_at(place);
    let line = Line::of(&place.excerpt);
    let whole = language.read_variable(variable);
    special(place, language, &line, (variable, &whole.code))
        .unwrap_or_else(|| in_string(language, &line, variable, whole))
}

/// The line of a value, cut where the value stands.
struct Line {
    before: String,
    after: String,
    /// The quote that is open where the value begins.
    quote: Option<char>,
}

impl Line {
    fn of(excerpt: &Excerpt) -> Line {
        let before: String = excerpt.text.chars().take(excerpt.start).collect();
        let after = excerpt.text.chars().skip(excerpt.end).collect();
        let mut quote = None;
        for c in before.chars() {
            quote = match (quote, c) {
                (None, '"' | '\'' | '`') => Some(c),
                (Some(open), _) if open == c => None,
                (other, _) => other,
            };
        }
        Line { before, after, quote }
    }

    /// Whether the value is but a part of a string.
    fn is_part(&self) -> bool {
        // The quotes right around it tell it, whatever an apostrophe further left (`&'static str`) seems to open.
        let is_whole =
            ['"', '\'', '`'].iter().any(|q| self.before.ends_with(*q) && self.after.starts_with(*q));
        self.quote.is_some() && !is_whole
    }

    fn start(&self) -> &str {
        self.before.trim_start()
    }

    /// Whether the word stands before the first `=` or bracket.
    fn declares(&self, word: &str) -> bool {
        let head = self.before.split(['=', '(', '"', '\'']).next().unwrap_or_default();
        head.split_whitespace().any(|part| part == word)
    }

    /// The name left of the first `=` or colon.
    fn key(&self) -> &str {
        self.start().split(['=', ':']).next().unwrap_or_default().trim()
    }
}

/// Where the expression of the language would be wrong.
fn special(
    place: &Location,
    language: Language,
    line: &Line,
    (variable, reads): (&str, &str),
) -> Option<Instead> {
    let only = |remark: String| Some(Instead { code: String::new(), remark });
    let code = |code: &str, remark: &str| Some(Instead { code: code.to_owned(), remark: remark.to_owned() });
    if is_basic(&line.before) {
        let secret = if reads.is_empty() { variable } else { reads };
        return only(format!("make it at run time: base64 of ID:SECRET, the secret from {secret}"));
    }
    if sets_variable(line) {
        return only(format!("leave the line out; set {variable} where the program is started"));
    }
    match language {
        Language::Terraform if line.key() == "default" => {
            only("leave the default out; set TF_VAR_ and the variable's name, sensitive = true".to_owned())
        }
        Language::Rust if line.declares("const") || line.declares("static") => code(
            &format!("LazyLock::new(|| std::env::var(\"{variable}\").unwrap())"),
            "for a static of type std::sync::LazyLock<String>",
        ),
        Language::Go if line.declares("const") => code(reads, "with var in the place of const"),
        Language::Kotlin if line.declares("const") => code(reads, "in a val without const"),
        Language::CSharp if line.declares("const") => code(reads, "static readonly in the place of const"),
        Language::Dart if line.declares("const") => code(reads, "with final in the place of const"),
        Language::Php if line.declares("const") => {
            code(reads, "a const takes no call: define('NAME', …), or where it is used")
        }
        Language::C if line.declares("static") => code(reads, "in a function: a static takes no call in C"),
        Language::Java | Language::Kotlin | Language::Scala if line.start().starts_with('@') => {
            let escape = if language == Language::Kotlin { "\\" } else { "" };
            match line.start().starts_with("@Value") {
                true => code(&format!("\"{escape}${{{variable}}}\""), "Spring fills it in"),
                false => only(format!("an annotation takes constants only; read {variable} in the code")),
            }
        }
        Language::Yaml
            if place.content == Content::KubernetesWorkload
                && line.start().trim_start_matches("- ").starts_with("value:") =>
        {
            code(
                &format!("valueFrom: {{secretKeyRef: {{name: NAME, key: {variable}}}}}"),
                "in the place of value:; kubectl create secret makes it",
            )
        }
        Language::GradleProperties => only(format!(
            "leave it out; ~/.gradle/gradle.properties holds it, or ORG_GRADLE_PROJECT_{} in the environment",
            line.key()
        )),
        Language::JavaScript if is_for_browsers(&place.path) => {
            code(reads, "on a server only: what a page holds, everybody can read")
        }
        _ => None,
    }
}

/// Within a string the expression stands for a part of it.
fn in_string(language: Language, line: &Line, variable: &str, whole: Instead) -> Instead {
    if !line.is_part() || whole.code.is_empty() {
        return whole;
    }
    let names_all = ["URL", "URI", "DSN", "STRING"].iter().any(|end| variable.ends_with(end));
    let (code, remark) = match (language, line.quote) {
        (Language::Shell, Some('\'')) if !names_all => (
            format!("'\"${{{variable}:?is not set}}\"'"),
            "for the value; it ends the single quotes and begins them again",
        ),
        (Language::Shell, Some('"')) if !names_all => (format!("${{{variable}:?is not set}}"), ""),
        (Language::PowerShell, Some('"')) if !names_all => (format!("$($env:{variable})"), ""),
        _ if !is_program(language) => return whole,
        _ if names_all => (whole.code, "for the whole string"),
        _ => (whole.code, "joined with the rest of the string"),
    };
    Instead { code, remark: remark.to_owned() }
}

/// Whether strings and expressions are different things there.
fn is_program(language: Language) -> bool {
    matches!(
        language,
        Language::C
            | Language::CSharp
            | Language::Dart
            | Language::Elixir
            | Language::Go
            | Language::Java
            | Language::JavaScript
            | Language::Kotlin
            | Language::Lua
            | Language::ObjectiveC
            | Language::Perl
            | Language::Php
            | Language::Python
            | Language::R
            | Language::Ruby
            | Language::Rust
            | Language::Scala
            | Language::Swift
    )
}

/// Whether the value is what `Authorization: Basic` has.
fn is_basic(before: &str) -> bool {
    let words = before.trim_end_matches([' ', '"', '\'', '+', '`']);
    let last = words.rsplit(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    last.eq_ignore_ascii_case("basic") && before.to_ascii_lowercase().contains("auth")
}

/// Whether the value is given to a variable of the environment.
fn sets_variable(line: &Line) -> bool {
    let target = line.before.trim_end_matches([' ', '\t', '"', '\'', '`']);
    let assigns =
        |start: &str| line.start().starts_with(start) && target.ends_with('=') && !target.ends_with("==");
    let calls = ["os.environ.setdefault(", "os.putenv(", "os.Setenv(", "setenv(", "putenv(", "env::set_var("];
    ["os.environ[", "process.env.", "process.env[", "ENV[", "$_ENV[", "$env:", "$ENV{"]
        .into_iter()
        .any(assigns)
        || calls.iter().any(|call| line.start().contains(call) && target.ends_with(','))
}

/// Whether a file is one that pages are made of.
fn is_for_browsers(path: &[u8]) -> bool {
    let path = String::from_utf8_lossy(path).to_ascii_lowercase();
    [".vue", ".svelte", ".jsx", ".tsx"].iter().any(|end| path.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::Line;
    use crate::finding::Excerpt;

    #[test]
    fn a_part_of_a_string_is_told_from_a_whole_one() {
        for (text, is_part) in [
            ("let key: &'static str = \"••••••\";", false),
            ("key = '••••••'", false),
            ("key = ••••••", false),
            ("url = \"https://a.example/••••••\"", true),
            ("url = \"https://a:••••••@b.example\"", true),
            ("send 'AC1:••••••'", true),
        ] {
            let start = text.chars().position(|c| c == '•').unwrap_or(0);
            let line = Line::of(&Excerpt { text: text.to_owned(), start, end: start + 6 });
            assert_eq!(line.is_part(), is_part, "{text}");
        }
    }
}

//! What to write in the place of a value, by the statement around it: what reads a variable is no constant, no part
//! of a string, and not what a variable is set to.

use super::language::{Instead, Language, language_at};
use super::splice::{Literal, carries, joining, literal, spliced};
use crate::finding::{Content, Excerpt, Location, Module, Quoting};

/// What reads `variable` instead of holding its value at `place`. `is_address`: the value is a whole URL itself.
pub(super) fn instead(place: &Location, variable: &str, is_address: bool) -> Instead {
    let language = language_at(place);
    let mut line = Line::of(place, language);
    if let Some(special) = special(place, language, &line, variable) {
        return special;
    }
    let is_line = matches!(language, Language::Dotenv | Language::DotenvTemplate | Language::EnvFile);
    let extent = if names_all(variable) && !is_address && !is_line { line.widen(variable) } else { "" };
    let is_fixed = declared(place, language, &line);
    let read = read(place, language, &line, variable);
    let (code, joins) = match language {
        Language::Shell | Language::Envrc => in_shell(place, &line, &read.code, variable),
        _ => in_literal(place, language, &line, read.code),
    };
    if code.is_empty() {
        return Instead { code, remark: read.remark };
    }
    let missing = missing(place, language);
    let remarks = [extent, is_fixed, &joins, &read.remark, &missing];
    let remark = remarks.into_iter().filter(|remark| !remark.is_empty()).collect::<Vec<_>>().join("; ");
    Instead { code, remark }
}

/// Whether the variable holds a whole address or string, of which a secret is but a part.
fn names_all(variable: &str) -> bool {
    ["URL", "URI", "DSN", "STRING"].iter().any(|end| variable.ends_with(end))
}

/// The line of a value, cut where the value stands.
struct Line {
    before: String,
    after: String,
    /// The string that is open where the value begins.
    literal: Option<Literal>,
    /// Whether the value ends on the line.
    is_one: bool,
}

impl Line {
    fn of(place: &Location, language: Language) -> Line {
        let Excerpt { text, start, end } = place.wide_line();
        let before: String = text.chars().take(*start).collect();
        let after: String = text.chars().skip(*end).collect();
        let carried = place.setting.string.filter(|quote| carries(language, quote));
        let is_one = place.end_line == place.line;
        let mut line = Line { literal: literal(&before, language, carried), before, after, is_one };
        if line.before.starts_with('…') {
            line.literal = line.nearest();
        }
        line
    }

    /// The string whose quotes stand right around the value, when the line is too long to be read from its start.
    fn nearest(&self) -> Option<Literal> {
        let quote = ["\"", "'", "`"].into_iter().find(|quote| self.before.ends_with(quote))?;
        let from = self.before.len();
        self.after.starts_with(quote).then(|| Literal { quote, prefix: String::new(), from })
    }

    /// Whether the value is but a part of a string.
    fn is_part(&self) -> bool {
        self.literal.as_ref().is_some_and(|literal| {
            let is_whole = literal.from == self.before.len() && self.after.starts_with(literal.quote);
            !is_whole && (self.is_one || literal.from < self.before.len())
        })
    }

    /// Takes what stands around the value up to the ends of what the variable holds, and says how far that is.
    fn widen(&mut self, variable: &str) -> &'static str {
        let ends =
            |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '<' | '>' | '(' | ')' | '\\');
        let word = self.before.rfind(ends).map_or(0, |at| at + 1);
        let scheme = self.before[word..].rfind("://").filter(|_| !variable.ends_with("STRING"));
        let (from, to) = match (scheme, &self.literal) {
            (Some(at), _) => {
                let is_outside = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
                let start = self.before[..word + at].rfind(is_outside).map_or(0, |at| at + 1);
                let start =
                    if self.before[..start].ends_with("jdbc:") { start - "jdbc:".len() } else { start };
                (start, self.after.find(ends).unwrap_or(self.after.len()))
            }
            (None, Some(literal)) => {
                (literal.from, self.after.find(literal.quote).unwrap_or(self.after.len()))
            }
            // A value without quotes goes on to the end of its line.
            (None, None) => {
                let name = self.before.find(['=', ':']).map_or(0, |at| at + 1);
                let blanks = self.before[name..].len() - self.before[name..].trim_start().len();
                (name + blanks, self.after.len())
            }
        };
        if from >= self.before.len() && to == 0 {
            return "";
        }
        self.before.truncate(from);
        self.after.replace_range(..to, "");
        match (scheme, &self.literal) {
            (_, Some(_)) if !self.is_part() => "for the whole string",
            (Some(_), _) => "for the whole URL",
            _ => "for the whole value",
        }
    }

    fn start(&self) -> &str {
        self.before.trim_start()
    }

    /// What stands before the first `=`, bracket or quote.
    fn head(&self) -> &str {
        self.before.split(['=', '(', '"', '\'']).next().unwrap_or_default()
    }

    /// Whether the word stands there, in any case.
    fn declares(&self, word: &str) -> bool {
        self.head().split_whitespace().any(|part| part.eq_ignore_ascii_case(word))
    }

    /// The name left of the first `=` or colon.
    fn key(&self) -> &str {
        self.start().split(['=', ':']).next().unwrap_or_default().trim()
    }
}

/// Where no expression of the language would be right.
fn special(place: &Location, language: Language, line: &Line, variable: &str) -> Option<Instead> {
    let only = |remark: String| Some(Instead { code: String::new(), remark });
    let code = |code: &str, remark: &str| Some(Instead { code: code.to_owned(), remark: remark.to_owned() });
    if is_basic(&line.before) {
        let reads = language.read_variable(variable).code;
        let secret = if reads.is_empty() { variable } else { &reads };
        return only(format!("make it at run time: base64 of ID:SECRET, the secret from {secret}"));
    }
    if sets_variable(line) {
        return only(format!("leave the line out; set {variable} where the program is started"));
    }
    match language {
        Language::Terraform if line.key() == "default" => {
            only("leave the default out; set TF_VAR_ and the variable's name, sensitive = true".to_owned())
        }
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
        _ => None,
    }
}

/// What else to write, since the statement takes no expression as it stands.
fn declared(place: &Location, language: Language, line: &Line) -> &'static str {
    match language {
        Language::Rust if is_static(line) => "for a static of type std::sync::LazyLock<String>",
        Language::Go if line.declares("const") => "with var in the place of const",
        Language::Kotlin if line.declares("const") => "in a val without const",
        Language::CSharp if line.declares("const") => "static readonly in the place of const",
        Language::VisualBasic if line.declares("Const") => {
            "with ReadOnly in the place of Const; with Dim within a procedure"
        }
        Language::Dart if line.declares("const") => "with final in the place of const",
        Language::Php if line.declares("const") => {
            "a const takes no call: define('NAME', …), or where it is used"
        }
        Language::Php if is_property(line) => "a property takes no call: set it in the constructor",
        Language::C if !is_cpp(&place.path) && is_global(place, line) => {
            "in a function: a static or global takes no call in C"
        }
        Language::Elixir if line.start().starts_with('@') => {
            "read when it is compiled; config/runtime.exs is read at start"
        }
        Language::JavaScript if is_for_browsers(&place.path) => {
            "on a server only: what a page holds, everybody can read"
        }
        _ => "",
    }
}

fn is_static(line: &Line) -> bool {
    line.declares("const") || line.declares("static")
}

/// Whether a property of a PHP class gets its default.
fn is_property(line: &Line) -> bool {
    let is_open = ["public", "protected", "private", "var"].iter().any(|word| line.declares(word));
    is_open && line.head().contains('$') && !line.declares("function")
}

/// Whether a variable of C is no local one.
fn is_global(place: &Location, line: &Line) -> bool {
    let is_outside =
        !place.setting.is_indented && !line.start().starts_with('#') && line.before.contains('=');
    line.declares("static") || place.setting.modules.is_some() && is_outside
}

/// The expression of the language, as the statement wants it.
fn read(place: &Location, language: Language, line: &Line, variable: &str) -> Instead {
    let mut read = language.read_variable(variable);
    match language {
        Language::Rust if is_static(line) && !line.is_part() => {
            read.code = format!("LazyLock::new(|| std::env::var(\"{variable}\").unwrap())");
        }
        // A function that returns no Result has no `?`; what was a literal is wanted by reference.
        Language::Rust => {
            let quote = line.literal.as_ref().map_or("", |literal| literal.quote);
            let is_called = line.after.strip_prefix(quote).is_some_and(|rest| rest.starts_with('.'));
            let by = if is_called || line.is_part() { "" } else { "&" };
            read.code = format!("{by}std::env::var(\"{variable}\").expect(\"{variable}\")");
        }
        Language::JavaScript if is_typed(&place.path) => read.code.push('!'),
        Language::GithubActions => {
            if let Some(rest) = variable.strip_prefix("GITHUB_") {
                read.code = format!("${{{{ secrets.GH_{rest} }}}}");
                "no secret's name begins with GITHUB_".clone_into(&mut read.remark);
            }
        }
        Language::Python if line.literal.as_ref().is_some_and(|literal| literal.prefix.contains('b')) => {
            read.code.push_str(".encode()");
        }
        Language::CSharp if place.setting.modules.is_some_and(|modules| !modules.has(Module::System)) => {
            read.code.insert_str(0, "System.");
        }
        // The line is written anew, under the name that it has.
        Language::Dotenv | Language::DotenvTemplate | Language::EnvFile => {
            let key = line.key();
            let key = key.strip_prefix("export ").map_or(key, str::trim);
            if !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
                read.code = format!("{key}=");
            }
            let is_part = line.before.trim_end_matches(['"', '\'', ' ']).len()
                > line.before.find('=').map_or(0, |at| at + 1);
            if is_part {
                read.remark = format!("the whole line; {}", read.remark);
            }
        }
        _ => {}
    }
    read
}

/// What the expression needs at the head of the file and is not there.
fn missing(place: &Location, language: Language) -> String {
    let (module, line) = match language {
        Language::Python => (Module::PythonOs, "import os"),
        Language::Go => (Module::GoOs, "import \"os\""),
        Language::C if is_cpp(&place.path) => (Module::Stdlib, "#include <cstdlib>"),
        Language::C => (Module::Stdlib, "#include <stdlib.h>"),
        Language::Swift => (Module::Foundation, "import Foundation"),
        Language::Dart => (Module::DartIo, "import 'dart:io'"),
        _ => return String::new(),
    };
    let is_missing = place.setting.modules.is_some_and(|modules| !modules.has(module));
    if is_missing { format!("needs {line}") } else { String::new() }
}

/// The expression in a shell's quotes and here-documents.
fn in_shell(place: &Location, line: &Line, code: &str, variable: &str) -> (String, String) {
    let expanded = format!("${{{variable}:?is not set}}");
    let is_whole = |quote: char| line.before.ends_with(quote) && line.after.starts_with(quote);
    match place.setting.quoting {
        _ if !code.contains(&expanded) => (code.to_owned(), String::new()),
        Quoting::Verbatim => {
            (expanded, "once the delimiter of the here-document has no quotes: <<EOF, not <<'EOF'".to_owned())
        }
        Quoting::Document => (expanded, String::new()),
        Quoting::Single if !is_whole('\'') => {
            let remark = "it ends the single quotes and begins them again";
            (format!("'\"{expanded}\"'"), remark.to_owned())
        }
        Quoting::Double if !is_whole('"') => (expanded, String::new()),
        _ => (code.to_owned(), String::new()),
    }
}

/// The expression within a string of the language, which it stands for a part of.
fn in_literal(place: &Location, language: Language, line: &Line, code: String) -> (String, String) {
    match &line.literal {
        Some(literal) if line.is_part() && is_program(language) && !code.is_empty() => {
            // A literal and what getenv returns are both pointers.
            let is_cpp = is_cpp(&place.path);
            let code = if is_cpp { format!("std::string({code})") } else { code };
            let (code, remark) =
                spliced(language, literal, &code, is_cpp).unwrap_or_else(|| (code, joining(language)));
            (code, remark.to_owned())
        }
        _ => (code, String::new()),
    }
}

/// Whether strings and expressions are different things there.
fn is_program(language: Language) -> bool {
    use Language as L;
    let is_filled_in = matches!(
        language,
        L::Shell
            | L::Batch
            | L::Makefile
            | L::Jenkinsfile
            | L::Tfvars
            | L::Dockerfile
            | L::DockerfileEnv
            | L::Dotenv
            | L::DotenvTemplate
            | L::EnvFile
            | L::Envrc
            | L::Compose
            | L::GithubActions
            | L::GitlabCi
            | L::KubernetesSecret
            | L::KubernetesMixed
            | L::KeyFile
            | L::UserFile
            | L::GitCredentials
            | L::Pypirc
            | L::Npmrc
            | L::TerraformState
            | L::Yaml
            | L::Json
            | L::Config
            | L::Properties
            | L::GradleProperties
            | L::Xml
            | L::Other
    );
    !is_filled_in
}

/// Whether a file is C++ by its name.
fn is_cpp(path: &[u8]) -> bool {
    ends_in(path, &[".cc", ".cpp", ".cxx", ".hpp"])
}

/// Whether a file holds TypeScript, where a variable may be undefined and a string may not.
fn is_typed(path: &[u8]) -> bool {
    ends_in(path, &[".ts", ".tsx", ".mts", ".cts"])
}

fn ends_in(path: &[u8], endings: &[&str]) -> bool {
    let path = path.to_ascii_lowercase();
    endings.iter().any(|end| path.ends_with(end.as_bytes()))
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
    ends_in(path, &[".vue", ".svelte", ".jsx", ".tsx"])
}

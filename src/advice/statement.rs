//! What to write in the place of a value, by the statement around it: what reads a variable is no constant, no part
//! of a string, and not what a variable is set to.

use super::language::{Instead, Language, PUBLIC, credentials, is_yaml, language_at};
use super::line::{Line, has_documents};
use super::splice::{Literal, joining, spliced};
use crate::finding::{Block, Content, Location, Module, Quoting};

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

/// Where no expression of the language would be right.
fn special(place: &Location, language: Language, line: &Line, variable: &str) -> Option<Instead> {
    let only = |remark: String| Some(Instead { code: String::new(), remark });
    if line.is_comment {
        return only("leave it out: no program reads a comment".to_owned());
    }
    let cell = place.place.inside().and_then(|inside| inside.cell(place.line, place.column));
    if cell.is_some_and(|cell| cell.is_output) {
        return only("clear the cell's output: jupyter nbconvert --clear-output --inplace FILE".to_owned());
    }
    if is_basic(&line.before) {
        let reads = language.read_variable(variable).code;
        let secret = if reads.is_empty() { variable } else { &reads };
        return only(format!("make it at run time: base64 of ID:SECRET, the secret from {secret}"));
    }
    if sets_variable(line) {
        return only(format!("leave the line out; set {variable} where the program is started"));
    }
    by_format(place, language, line, variable)
}

/// What a format has in the place of an expression.
fn by_format(place: &Location, language: Language, line: &Line, variable: &str) -> Option<Instead> {
    let only = |remark: String| Some(Instead { code: String::new(), remark });
    let code = |code: &str, remark: &str| Some(Instead { code: code.to_owned(), remark: remark.to_owned() });
    match language {
        Language::Terraform if line.key() == "default" => {
            only("leave the default out; set TF_VAR_ and the variable's name, sensitive = true".to_owned())
        }
        Language::CSharp if is_attribute(line.start()) => {
            only(format!("an attribute takes constants only; read {variable} in the code"))
        }
        Language::Java | Language::Kotlin | Language::Scala
            if line.start().starts_with('@') || place.setting.block == Block::Annotation =>
        {
            let escape = if language == Language::Kotlin { "\\" } else { "" };
            match line.start().starts_with("@Value") {
                true => code(&format!("\"{escape}${{{variable}}}\""), "Spring fills it in"),
                false => only(format!("an annotation takes constants only; read {variable} in the code")),
            }
        }
        Language::Yaml
            if place.content == Content::KubernetesWorkload
                && line.before.trim_end_matches([' ', '"', '\'']).ends_with("value:") =>
        {
            code(
                &format!("valueFrom: {{secretKeyRef: {{name: NAME, key: {variable}}}}}"),
                "in the place of value:; kubectl create secret makes it",
            )
        }
        Language::Jenkinsfile if line.variable().is_some() => {
            code(&credentials(variable), "in environment {}; Manage Jenkins → Credentials holds it")
        }
        Language::GitlabCi if line.variable().is_some_and(|name| !name.contains(char::is_lowercase)) => {
            let name = line.key();
            only(format!("leave the line out; set {name}, masked, under Settings → CI/CD → Variables"))
        }
        // A variable of make that is itself would have no end.
        Language::Makefile if line.variable() == Some(variable) => {
            only(format!("leave the line out; make takes {variable} from the environment"))
        }
        Language::Config if place.path.to_ascii_lowercase().ends_with(b".conf") && line.ends_in(';') => {
            only("move the line to a file outside git, and include that file here".to_owned())
        }
        Language::Yaml if place.content == Content::KubernetesWorkload && line.is_item() => {
            code(&format!("$({variable})"), "set it under env:, by valueFrom: secretKeyRef")
        }
        Language::JavaScript if line.is_attribute() && ends_in(&place.path, &[".vue"]) => {
            only(PUBLIC.to_owned())
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
        Language::Go if line.declares("const") || place.setting.block == Block::Constants => {
            "with var in the place of const"
        }
        Language::CSharp | Language::Php if is_default(line) => {
            "a default takes no call: null there, and set in the body"
        }
        Language::JavaScript if place.setting.block == Block::Enumeration && line.variable().is_some() => {
            "an enum takes no call: with const NAME = { … } as const in its place"
        }
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

/// Whether a line of C# is an attribute, and no list: `[Header("…")]`.
fn is_attribute(line: &str) -> bool {
    let name = line.strip_prefix('[').unwrap_or_default();
    let rest = name.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | ':' | ' '));
    name.starts_with(|c: char| c.is_ascii_alphabetic()) && rest.starts_with('(')
}

/// Whether a parameter of a function gets its default: `function f($key = '…')`, `void F(string key = "…")`.
fn is_default(line: &Line) -> bool {
    let target = line.before.trim_end_matches(['"', '\'', ' ', '@', '$']);
    let Some(target) = target.strip_suffix('=').filter(|_| !line.is_part()) else { return false };
    let Some(open) = target.rfind('(') else { return false };
    let parameter = target[open + 1..].rsplit(',').next().unwrap_or_default();
    let is_declared = ["function", "fn"].iter().any(|word| target[..open].contains(word));
    !target[open..].contains(')')
        && match parameter.trim().split_once(' ') {
            // `for (string a = …`, `using (var a = …` are statements.
            Some((kind, name)) if !name.trim().starts_with('$') => {
                let word = target[..open].trim_end().rsplit(' ').next().unwrap_or_default();
                !matches!(word, "for" | "using" | "fixed" | "if" | "while") && kind != "var"
            }
            _ => is_declared,
        }
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
            read.code = format!("std::sync::LazyLock::new(|| std::env::var(\"{variable}\").unwrap())");
        }
        // A function that returns no Result has no `?`; what was a literal is wanted by reference.
        Language::Rust => {
            let quote = line.literal.as_ref().map_or("", |literal| literal.quote);
            let is_called = line.after.strip_prefix(quote).is_some_and(|rest| rest.starts_with('.'));
            let by = if is_called || line.is_part() { "" } else { "&" };
            read.code = format!("{by}std::env::var(\"{variable}\").expect(\"{variable}\")");
        }
        Language::JavaScript => {
            if is_typed(&place.path) {
                read.code.push('!');
            }
            let is_marked_up = ends_in(&place.path, &[".jsx", ".tsx", ".svelte"])
                || ends_in(&place.path, &[".js"]) && line.before.contains('<');
            if is_marked_up && line.is_attribute() {
                read.code = format!("{{{}}}", read.code);
            }
        }
        Language::Python if line.literal.as_ref().is_some_and(|literal| literal.prefix.contains('b')) => {
            read.code.push_str(".encode()");
        }
        Language::CSharp if place.setting.modules.is_some_and(|modules| !modules.has(Module::System)) => {
            read.code.insert_str(0, "System.");
        }
        _ => fill_in(place, language, line, variable, &mut read),
    }
    read
}

/// The same of a format, in which something is filled in.
fn fill_in(place: &Location, language: Language, line: &Line, variable: &str, read: &mut Instead) {
    match language {
        Language::Ansible => {
            let is_bare = line.literal.is_none() && line.before.trim_end().ends_with([':', '-', '=']);
            match &line.literal {
                // What the string itself is closed by cannot stand in it.
                Some(literal) if line.is_part() && literal.quote == "'" => {
                    read.code = read.code.replace('\'', "\"");
                }
                Some(_) if line.is_part() => {}
                Some(_) => read.code = format!("\"{}\"", read.code),
                None if is_bare => read.code = format!("\"{}\"", read.code),
                None => {}
            }
        }
        Language::Jenkinsfile if line.literal.is_some() && !line.is_part() => {
            read.remark =
                format!("with {} in environment {{}}; Manage Jenkins → Credentials holds it", read.code);
            read.code = format!("env.{variable}");
        }
        // Single quotes of a command keep a shell from reading the variable.
        Language::GitlabCi => {
            let quote = line.literal.as_ref().filter(|literal| literal.quote == "'");
            let is_command = |literal: &Literal| {
                line.before[..literal.from - 1].trim().trim_start_matches("- ").contains(' ')
            };
            if quote.is_some_and(is_command) {
                read.code = format!("'\"{}\"'", read.code);
            }
        }
        Language::GithubActions => {
            if let Some(rest) = variable.strip_prefix("GITHUB_") {
                read.code = format!("${{{{ secrets.GH_{rest} }}}}");
                "no secret's name begins with GITHUB_".clone_into(&mut read.remark);
            }
        }
        // The line is written anew, under the name that it has.
        Language::Dotenv | Language::DotenvTemplate | Language::EnvFile => {
            let key = line.key();
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
    // Braces have a meaning within `{a: …}` and `[…]`.
    if is_yaml(&place.path) && read.code.contains('{') && line.is_in_flow() {
        read.code = format!("\"{}\"", read.code);
    }
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
        Some(_) if place.setting.quoting != Quoting::Bare && has_documents(language) => {
            in_document(language, place.setting.quoting, code)
        }
        Some(literal) if line.is_part() && is_program(language) && !code.is_empty() => {
            // A literal and what getenv returns are both pointers.
            let is_cpp = is_cpp(&place.path);
            let code = if is_cpp { format!("std::string({code})") } else { code };
            let (code, remark) = spliced(language, literal, &code, line.behind(), is_cpp)
                .unwrap_or_else(|| (code, joining(language)));
            (code, remark.to_owned())
        }
        _ => (code, String::new()),
    }
}

/// The expression within a here-document of Ruby, Perl or PHP.
fn in_document(language: Language, quoting: Quoting, code: String) -> (String, String) {
    let remark = if quoting == Quoting::Verbatim { "once its delimiter has no quotes" } else { "" };
    match language {
        Language::Ruby => (format!("#{{{code}}}"), remark.to_owned()),
        // A here-document of PHP reads variables and makes no calls.
        Language::Php => {
            let call = "$value set to it above the here-document";
            let remarks = [call, remark].into_iter().filter(|remark| !remark.is_empty());
            (code, format!("{}, {{$value}} within it", remarks.collect::<Vec<_>>().join("; ")))
        }
        _ => (code, remark.to_owned()),
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
            | L::TerraformState
            | L::Yaml
            | L::Ansible
            | L::Json
            | L::Config
            | L::Properties
            | L::GradleProperties
            | L::Xml
            | L::Maven
            | L::Sql
            | L::PackageManager
            | L::Systemd
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

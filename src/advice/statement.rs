//! What to write in the place of a value, by the statement around it: what reads a variable is no constant, no part
//! of a string, and not what a variable is set to.

use super::constant::constant;
use super::files::{ends_in, is_notebook, is_yaml, language_at};
use super::format::by_format;
use super::language::{Instead, Language};
use super::line::Line;
use super::rust;
use super::splice::{Strings, spliced};
use super::variable::{set_there, sets_again, sets_variable};
use crate::finding::{Block, Excerpt, Location, Module, Quoting};

/// What reads `variable` instead of holding its value at `place`. `is_address`: the value is a whole URL itself.
pub(super) fn instead(place: &Location, variable: &str, is_address: bool) -> Instead {
    let found = in_language(place, variable, is_address);
    // Who reads a document puts in a value of his own.
    let Excerpt { text, start, .. } = place.wide_line();
    let before: String = text.chars().take(*start).collect();
    let is_set = before.trim_end_matches(['"', '\'']).ends_with(&format!("{variable}="));
    if place.setting.fence.is_some() && (found.code.is_empty() || is_set) {
        return Instead::only(format!("<{variable}> in its place, for who reads it to fill in"));
    }
    found
}

fn in_language(place: &Location, variable: &str, is_address: bool) -> Instead {
    let language = language_at(place);
    let mut line = Line::of(place, language);
    let own = set_there(place, language, &line);
    let variable = own.as_deref().unwrap_or(variable);
    if let Some(special) = special(place, language, &line, variable) {
        return special;
    }
    let is_line = matches!(language, Language::Dotenv | Language::DotenvTemplate | Language::EnvFile);
    let extent = match whole(&line) {
        _ if names_all(variable) && !is_address && !is_line => line.widen(variable).to_owned(),
        Some(literal) => literal,
        None => String::new(),
    };
    let is_fixed = declared(place, language, &line);
    let read = read(place, language, &line, variable);
    let (code, joins) = match language {
        Language::Shell | Language::Envrc => in_shell(place, &line, &read.code, variable),
        _ => in_literal(place, language, &line, read.code),
    };
    if code.is_empty() {
        return Instead { code, remark: read.remark };
    }
    let missing = missing(place, language, &code, is_fixed);
    let remarks = [&extent, is_fixed, &joins, &read.remark, &missing];
    let remark = remarks.into_iter().filter(|remark| !remark.is_empty()).collect::<Vec<_>>().join("; ");
    Instead { code, remark }
}

/// What the expression takes the place of, where the value is the whole of a string that has more than quotes
/// around it: who puts it between those would have a string again.
fn whole(line: &Line) -> Option<String> {
    let literal = line.literal.as_ref().filter(|_| !line.is_part())?;
    let (open, close) = (&literal.delimiter.open, &literal.delimiter.close);
    let is_plain = open.chars().all(|c| matches!(c, '"' | '\'' | '`'));
    (!is_plain).then(|| format!("in the place of {open}…{close}"))
}

/// Whether the variable holds a whole address or string, of which a secret is but a part.
fn names_all(variable: &str) -> bool {
    ["URL", "URI", "DSN", "STRING"].iter().any(|end| variable.ends_with(end))
}

/// Where no expression of the language would be right.
fn special(place: &Location, language: Language, line: &Line, variable: &str) -> Option<Instead> {
    let only = |remark: String| Some(Instead::only(remark));
    if line.is_comment && place.setting.quoting == Quoting::Bare {
        return only("leave it out: no program reads a comment".to_owned());
    }
    let cell = place.place.inside().and_then(|inside| inside.cell(place.line, place.column));
    if cell.is_some_and(|cell| cell.is_output) {
        return only("clear the cell's output: jupyter nbconvert --clear-output --inplace FILE".to_owned());
    }
    if is_basic(&line.before) {
        let reads = language.read_variable(variable).code;
        // The program makes it.
        if language == Language::HttpRequest {
            let remark = "ID and secret in the place of the base64".to_owned();
            return Some(Instead { code: format!("ID {reads}"), remark });
        }
        let secret = if reads.is_empty() { variable } else { &reads };
        return only(format!("make it at run time: base64 of ID:SECRET, the secret from {secret}"));
    }
    if sets_variable(line) || sets_again(line, variable) {
        return only(format!("leave the line out; set {variable} where the program is started"));
    }
    constant(place, language, line, variable).or_else(|| by_format(place, language, line, variable))
}

/// What else to write, since the statement takes no expression as it stands.
fn declared(place: &Location, language: Language, line: &Line) -> &'static str {
    match language {
        Language::Go if line.declares("const") || place.setting.block == Block::Constants => {
            "with var in the place of const"
        }
        Language::CSharp | Language::Php if is_default(line) => {
            "a default takes no call: null there, and set in the body"
        }
        Language::JavaScript if is_member(place, line) => {
            "an enum takes no call: with const NAME = { … } as const in its place"
        }
        Language::JavaScript if line.behind().trim_start().starts_with("as const") => "without as const",
        Language::Kotlin if line.declares("const") => "in a val without const",
        Language::CSharp if line.declares("const") => "static readonly in the place of const",
        Language::VisualBasic if line.declares("Const") => {
            "with ReadOnly in the place of Const; with Dim within a procedure"
        }
        Language::Dart if line.declares("const") && !is_app(place) => "with final in the place of const",
        Language::GdScript if line.declares("const") => "with var in the place of const",
        Language::Nim if line.declares("const") => "with let in the place of const",
        Language::Vba | Language::VbScript if line.declares("Const") => {
            "a Const takes no call: a variable, set within a procedure"
        }
        Language::Pascal if line.declares("const") || place.setting.block == Block::Constants => {
            "a const takes no call: a var, set when the program starts"
        }
        Language::Tcl if line.start().split_whitespace().nth(2).is_some_and(|word| word.starts_with('{')) => {
            "with [list …] in the place of the braces"
        }
        Language::PowerShell if is_argument(line) => "the whole of the string in parentheses",
        Language::Erlang if line.before.ends_with("<<\"") => "list_to_binary of it, in the place of <<…>>",
        Language::Php if line.declares("const") => {
            "a const takes no call: define('NAME', …), or where it is used"
        }
        Language::Php if is_property(line) => "a property takes no call: set it in the constructor",
        Language::Cpp if line.declares("constexpr") => "as a const std::string: constexpr takes no call",
        Language::Cpp if is_array(line) => "as a const std::string: an array takes no call",
        Language::Cpp if line.head().contains("char") && line.outer().trim_end().ends_with(['=', '"']) => {
            let (before, behind) = line.is_beside(place);
            if before || behind || line.is_part() { "as a std::string" } else { "" }
        }
        Language::C | Language::ObjectiveC if is_array(line) => {
            "as const char *, set in a function: an array takes no call"
        }
        Language::C | Language::ObjectiveC if !ends_in(&place.path, &[".mm"]) && is_global(place, line) => {
            "in a function: a static or global takes no call in C"
        }
        Language::Elixir if line.start().starts_with('@') || is_read_at_compilation(&place.path) => {
            "read when it is compiled; config/runtime.exs is read at start"
        }
        Language::JavaScript if is_for_browsers(&place.path) => {
            "on a server only: what a page holds, everybody can read"
        }
        _ => "",
    }
}

/// Whether the value is that of a member of an `enum`.
fn is_member(place: &Location, line: &Line) -> bool {
    let outer = line.outer().trim_end();
    let begun = outer.rfind('{').map_or("", |at| &outer[..at]);
    let is_here = begun.split_whitespace().any(|word| word == "enum") && !outer[begun.len()..].contains('}');
    let is_below = place.setting.block == Block::Enumeration && line.variable().is_some();
    is_below || is_here && outer.ends_with('=') && !line.is_part()
}

/// Whether the value is what an array of C begins with: `char k[] = "…"`.
fn is_array(line: &Line) -> bool {
    let head = line.outer().trim_end();
    let head = head.strip_suffix('=').unwrap_or_default().trim_end();
    head.ends_with(']') && head.contains("char")
}

/// Whether a string that is ended and begun again is an argument of a command of PowerShell, which would then have
/// several.
fn is_argument(line: &Line) -> bool {
    let is_verbatim = line.literal.as_ref().is_some_and(|literal| literal.delimiter.open == "'");
    is_verbatim && line.is_part() && !line.outer().trim_end().ends_with(['=', '(', '+'])
}

/// Whether what an app holds comes to its users with it.
fn is_app(place: &Location) -> bool {
    place.setting.modules.is_some_and(|modules| modules.has(Module::App))
}

/// Whether a file of Elixir is configuration that is read when the program is compiled.
fn is_read_at_compilation(path: &[u8]) -> bool {
    let is_config = path.starts_with(b"config/") || crate::memmem::find(path, b"/config/").is_some();
    is_config && ends_in(path, &[".exs"]) && !ends_in(path, &["/runtime.exs"])
}

/// Whether a parameter of a function gets its default: `function f($key = '…')`, `void F(string key = "…")`.
fn is_default(line: &Line) -> bool {
    let target = line.before.trim_end_matches(['"', '\'', ' ', '@', '$']);
    let Some(target) = target.strip_suffix('=').filter(|_| !line.is_part()) else { return false };
    let Some(open) = target.rfind('(') else { return false };
    let parameter = target[open + 1..].rsplit(',').next().unwrap_or_default();
    // What stands in braces is a member of what is made there.
    if parameter.contains('{') {
        return false;
    }
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
        Language::Rust => read = rust::read(line, variable),
        Language::JavaScript => {
            if is_typed(&place.path) {
                read.code.push('!');
            }
            let is_marked_up = ends_in(&place.path, &[".jsx", ".tsx", ".svelte"])
                || ends_in(&place.path, &[".js"]) && line.before.contains('<');
            if is_marked_up && line.is_attribute() {
                read.code = format!("{{{}}}", read.code);
            }
            if is_key(place, line) {
                read.code = format!("[{}]", read.code);
            }
        }
        Language::Python => {
            if line.literal.as_ref().is_some_and(|literal| literal.prefix.contains('b')) {
                read.code.push_str(".encode()");
            }
            // Before Python 3.12 no expression of a string has its quotes.
            if line.is_in_double {
                read.code = read.code.replace('"', "'");
            }
        }
        Language::CSharp | Language::FSharp
            if place.setting.modules.is_some_and(|modules| !modules.has(Module::System)) =>
        {
            read.code.insert_str(0, "System.");
        }
        Language::Dart if is_app(place) => {
            let define = format!("flutter build --dart-define={variable}=… gives it");
            read.code = format!("const String.fromEnvironment('{variable}')");
            read.remark = format!("{define}; what an app holds, everybody can read");
        }
        _ => fill_in(place, language, line, variable, &mut read),
    }
    read
}

/// Whether the string is a key of an object.
fn is_key(place: &Location, line: &Line) -> bool {
    let outer = line.outer().trim_end();
    let begins = match outer.is_empty() {
        true => matches!(place.setting.around.above, Some(b'{' | b',')),
        false => outer.ends_with(['{', ',']),
    };
    begins && line.literal.is_some() && !line.is_part() && line.behind().trim_start().starts_with(':')
}

/// The same of a format, in which something is filled in.
fn fill_in(place: &Location, language: Language, line: &Line, variable: &str, read: &mut Instead) {
    match language {
        Language::Ansible | Language::Salt | Language::CloudFormation | Language::Taskfile => {
            let is_bare = line.literal.is_none() && line.before.trim_end().ends_with([':', '-', '=']);
            match &line.literal {
                // What the string itself is closed by cannot stand in it.
                Some(literal) if line.is_part() && literal.delimiter.open == "'" => {
                    read.code = read.code.replace('\'', "\"");
                }
                Some(_) if line.is_part() => {}
                Some(_) => read.code = format!("\"{}\"", read.code),
                None if is_bare => read.code = format!("\"{}\"", read.code),
                None => {}
            }
        }
        Language::HaProxy if line.is_part() && line.literal.is_some() => {
            read.code = read.code.trim_matches('"').to_owned();
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
fn missing(place: &Location, language: Language, code: &str, remark: &str) -> String {
    let needs = language.form().needs.filter(|_| language != Language::Dart || !is_app(place));
    let is_missing = |module| place.setting.modules.is_some_and(|modules| !modules.has(module));
    let needs = needs.filter(|(module, _)| is_missing(*module)).map_or("", |(_, line)| line);
    let names = [code, remark].iter().any(|text| text.contains("std::string"));
    match (needs, names && language == Language::Cpp && is_missing(Module::StdString)) {
        ("", false) => String::new(),
        ("", true) => "needs #include <string>".to_owned(),
        (needs, false) => format!("needs {needs}"),
        (needs, true) => format!("needs {needs} and <string>"),
    }
}

/// The expression in a shell's quotes and here-documents.
fn in_shell(place: &Location, line: &Line, code: &str, variable: &str) -> (String, String) {
    let expanded = format!("${{{variable}:?is not set}}");
    let is_whole = |quote: char| line.before.ends_with(quote) && line.after.starts_with(quote);
    // What JSON has around a line of a cell is not read as a shell does.
    let in_cell = line.literal.as_ref().filter(|_| is_notebook(&place.path)).map(|l| &*l.delimiter.open);
    let quoting = match in_cell {
        Some("'") => Quoting::Single,
        Some("\"") => Quoting::Double,
        _ => place.setting.quoting,
    };
    match quoting {
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
    match (language.form().strings, &line.literal) {
        (Some(strings), Some(_)) if place.setting.quoting != Quoting::Bare => {
            let code = if language == Language::Php { code } else { strings.enclosed(&code) };
            (code, in_document(language, place.setting.quoting))
        }
        (_, Some(literal))
            if language == Language::Java && literal.delimiter.open == "\"\"\"" && line.is_part() =>
        {
            // Its first line is a line of its own: it cannot begin again behind an expression.
            ("%s".to_owned(), format!("with .formatted({code}) behind the closing \"\"\""))
        }
        (_, Some(literal))
            if language == Language::CSharp && place.setting.string.is_some() && literal.from == 0 =>
        {
            let signs = literal.prefix.matches('$').count();
            let (signs, remark) =
                if signs > 0 { (signs, "") } else { (2, "once the string begins with $$\"\"\"") };
            (format!("{}{code}{}", "{".repeat(signs), "}".repeat(signs)), remark.to_owned())
        }
        (Some(_), Some(_)) if language == Language::Rust => (code, String::new()),
        (Some(strings), Some(_))
            if JOINING.contains(&language) && line.is_beside(place) != (false, false) =>
        {
            beside(language, &strings, line.is_beside(place), code)
        }
        (Some(strings), Some(literal)) if line.is_part() && !code.is_empty() => {
            // A literal and what getenv returns are both pointers.
            let code = if language == Language::Cpp { format!("std::string({code})") } else { code };
            let (code, remark) = spliced(language, &strings, literal, &code, line.behind());
            (code, remark.to_owned())
        }
        _ => (code, String::new()),
    }
}

/// Languages in which strings that stand side by side are one.
const JOINING: [Language; 7] = [
    Language::Python,
    Language::C,
    Language::Cpp,
    Language::ObjectiveC,
    Language::Ruby,
    Language::Dart,
    Language::D,
];

/// The expression in the place of one of several strings that stand side by side.
fn beside(language: Language, strings: &Strings, sides: (bool, bool), code: String) -> (String, String) {
    let Some(sign) = strings.sign() else { return (code, strings.by().to_owned()) };
    let code = if language == Language::Cpp { format!("std::string({code})") } else { code };
    let before = if sides.0 { sign.trim_start() } else { "" };
    let behind = if sides.1 { sign.trim_end() } else { "" };
    (format!("{before}{code}{behind}"), String::new())
}

/// What to know of the expression within a here-document of Ruby, Perl, PHP or Terraform.
fn in_document(language: Language, quoting: Quoting) -> String {
    let remark = if quoting == Quoting::Verbatim { "once its delimiter has no quotes" } else { "" };
    if language != Language::Php {
        return remark.to_owned();
    }
    // A here-document of PHP reads variables and makes no calls.
    let call = "$value set to it above the here-document";
    let remarks = [call, remark].into_iter().filter(|remark| !remark.is_empty());
    format!("{}, {{$value}} within it", remarks.collect::<Vec<_>>().join("; "))
}

/// Whether a file holds TypeScript, where a variable may be undefined and a string may not.
pub(super) fn is_typed(path: &[u8]) -> bool {
    ends_in(path, &[".ts", ".tsx", ".mts", ".cts"])
}

/// Whether the value is what `Authorization: Basic` has.
fn is_basic(before: &str) -> bool {
    let words = before.trim_end_matches([' ', '"', '\'', '+', '`']);
    let last = words.rsplit(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    last.eq_ignore_ascii_case("basic") && before.to_ascii_lowercase().contains("auth")
}

/// Whether a file is one that pages are made of.
fn is_for_browsers(path: &[u8]) -> bool {
    ends_in(path, &[".vue", ".svelte", ".jsx", ".tsx"])
}

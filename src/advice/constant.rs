//! Places that take a constant and no expression: labels, patterns, types, annotations, tags, imports.

use super::files::ends_in;
use super::format::code;
use super::language::{Instead, Language};
use super::line::Line;
use super::statement::is_typed;
use crate::finding::{Block, Location};

/// What to do where only a constant can stand; `None` where an expression can.
pub(super) fn constant(place: &Location, language: Language, line: &Line, variable: &str) -> Option<Instead> {
    line.literal.as_ref()?;
    let told = |what: &str| {
        let read = language.read_variable(variable).code;
        Some(Instead::only(format!("{what} takes constants only; read {read} at start and compare with it")))
    };
    let outer = line.outer();
    match language {
        Language::Python if is_docstring(place, line) => Some(Instead::only(format!(
            "take it out; where readers need to see something, write {variable}: a docstring is text"
        ))),
        Language::Python | Language::Java | Language::CSharp | Language::Scala
            if last_statement(outer).starts_with("case ") =>
        {
            told("a case")
        }
        _ if is_pattern(language, line) => told("a pattern"),
        Language::Java | Language::Kotlin | Language::Scala if is_annotation(place, outer) => {
            let escape = if language == Language::Kotlin { "\\" } else { "" };
            match outer.trim_end().strip_suffix('(').is_some_and(|start| start.ends_with("@Value"))
                || line.start().starts_with("@Value")
            {
                true => code(format!("\"{escape}${{{variable}}}\""), "Spring fills it in"),
                false => Some(Instead::only(format!(
                    "an annotation takes constants only; read {variable} in the code"
                ))),
            }
        }
        Language::CSharp | Language::Php | Language::Rust if is_attribute(language, outer) => {
            Some(Instead::only(format!("an attribute takes constants only; read {variable} in the code")))
        }
        Language::JavaScript if is_import(outer) => Some(Instead::only(
            "an import takes constants only: leave it out of the address, or fetch that at run time",
        )),
        Language::JavaScript if is_typed(&place.path) && is_type(outer) => Some(Instead::only(format!(
            "a type holds no secret: string in its place; {variable} has the value"
        ))),
        Language::Python if is_within(outer, "Literal[") => {
            Some(Instead::only(format!("a type holds no secret: str in its place; {variable} has the value")))
        }
        Language::Go if is_tag(line) => {
            let read = language.read_variable(variable).code;
            Some(Instead::only(format!(
                "a tag takes constants only; leave it out, and set the field to {read}"
            )))
        }
        _ => None,
    }
}

/// Whether a string of Python is a statement of its own.
fn is_docstring(place: &Location, line: &Line) -> bool {
    if ends_in(&place.path, &[".ipynb"]) {
        return false;
    }
    match (&line.literal, &place.setting.string) {
        (Some(literal), Some(carried)) if literal.from == 0 => carried.is_statement,
        _ => line.outer().trim().is_empty() && place.setting.around.is_statement && line.ends_statement(),
    }
}

/// The statement that is begun last.
fn last_statement(outer: &str) -> &str {
    outer.rsplit([';', '{', '}']).next().unwrap_or_default().trim_start()
}

/// Whether a value is matched with the string: `"…" => 1`, `"…" | "a" -> 1`.
fn is_pattern(language: Language, line: &Line) -> bool {
    let arrow = match language {
        Language::Rust | Language::CSharp => "=>",
        Language::Elixir | Language::FSharp | Language::OCaml | Language::Haskell | Language::Erlang => "->",
        _ => return false,
    };
    let (outer, behind) = (line.outer().trim_end(), line.behind().trim_start());
    let is_first = outer.is_empty() || outer.ends_with(['{', ',', '|']);
    let is_macro =
        language == Language::Rust && is_within(outer, "matches!(") && outer.ends_with([',', '|', '(']);
    // What is bound by it may be wrapped: `if let Some("…") = k`.
    let is_bound = language == Language::Rust && behind.trim_start_matches([')', ' ']).starts_with("= ");
    is_first && (behind.starts_with(arrow) || behind.starts_with("| ")) || is_macro || is_bound
}

/// Whether the string is an argument of `@Name(`. One without brackets has none.
fn is_annotation(place: &Location, outer: &str) -> bool {
    if place.setting.block == Block::Annotation {
        return true;
    }
    let is_name = |rest: &str| {
        let name = rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | ':')));
        rest.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.is_some_and(|end| rest[end..].starts_with('(') && is_open(&rest[end..]))
    };
    outer.rmatch_indices('@').any(|(at, _)| is_name(&outer[at + 1..]))
}

/// Whether it is one of `[Name(` in C#, `#[name(` in PHP and Rust.
fn is_attribute(language: Language, outer: &str) -> bool {
    let mark = if language == Language::CSharp { "[" } else { "#[" };
    outer.rmatch_indices(mark).any(|(at, _)| {
        // Behind a name or a bracket it is an index, behind a sign a list.
        let before = outer[..at].trim_end();
        let begins = mark == "#[" || before.is_empty() || before.ends_with(['{', '}', ';', ']', '(']);
        let rest = &outer[at + mark.len()..];
        let name =
            rest.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | ':' | '\\' | ' ')));
        let is_call = name.is_some_and(|end| end > 0 && rest[end..].starts_with(['(', '=']));
        begins
            && rest.starts_with(|c: char| c.is_ascii_alphabetic() || c == '\\')
            && is_call
            && is_open(&outer[at..])
    })
}

/// Whether the string is the address of an `import`.
fn is_import(outer: &str) -> bool {
    let statement = last_statement(outer.trim_end());
    let is_from = outer.trim_end().ends_with(" from") || outer.trim_end().ends_with("} from");
    let start = outer.trim_start();
    is_from && (start.starts_with("import") || start.starts_with("export") || start.starts_with('}'))
        || statement.trim_end() == "import"
}

/// Whether the string is a type of TypeScript: of an alias, of a constant, in `<…>`.
fn is_type(outer: &str) -> bool {
    let statement = last_statement(outer);
    let words: Vec<&str> =
        statement.split_whitespace().take_while(|word| word.chars().all(char::is_alphanumeric)).collect();
    let is_word = |word: &str| words.contains(&word);
    let end = outer.trim_end();
    if is_word("type") && statement.contains('=') {
        return true;
    }
    let binds = ["const", "let", "var", "declare"].iter().any(|word| is_word(word));
    let is_bound = binds && !statement.contains(['=', '(']) && end.ends_with([':', '|']);
    let generic =
        end.strip_suffix('<').is_some_and(|left| left.ends_with(|c: char| c.is_ascii_alphanumeric()));
    is_bound || generic
}

/// Whether the string of Go is a field's tag: its text has keys and values in quotes, and a type stands before it.
fn is_tag(line: &Line) -> bool {
    let Some(literal) = line.literal.as_ref().filter(|literal| literal.delimiter.open == "`") else {
        return false;
    };
    let text = line.before.get(literal.from..).unwrap_or_default();
    let key = text.split(':').next().unwrap_or_default();
    let is_key = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
    let outer = line.outer();
    is_key
        && text[key.len()..].starts_with(":\"")
        && !outer.contains(['=', '(', ','])
        && !outer.trim().is_empty()
}

/// Whether the first bracket of the text is not closed in it. What another opens behind that is not its own.
fn is_open(text: &str) -> bool {
    let mut depth = 0_i32;
    for c in text.chars() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' if depth <= 1 => return false,
            ')' | ']' | '}' => depth -= 1,
            _ => {}
        }
    }
    depth > 0
}

/// Whether `start`, which ends in a bracket, stands in the text and is not closed there.
fn is_within(outer: &str, start: &str) -> bool {
    outer.rfind(start).is_some_and(|at| is_open(&outer[at..]))
}

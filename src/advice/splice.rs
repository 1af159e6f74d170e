//! How an expression is put into the middle of a string.

use super::language::Language;

/// The string that a value is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Literal {
    /// What opened it and closes it.
    pub(super) quote: &'static str,
    /// The letters before that: `f`, `b`, `$`.
    pub(super) prefix: String,
    /// Where its text begins, in bytes of the line.
    pub(super) from: usize,
}

/// What opens strings, the longest first.
const QUOTES: [&str; 5] = ["\"\"\"", "'''", "\"", "'", "`"];

/// The string that is open at the end of `before`. `carried` was opened on a line above.
pub(super) fn literal(before: &str, language: Language, carried: Option<&'static str>) -> Option<Literal> {
    let mut open = carried.map(|quote| Literal { quote, prefix: String::new(), from: 0 });
    let mut at = 0;
    while let Some(c) = before[at..].chars().next() {
        let rest = &before[at..];
        match &open {
            Some(literal) if rest.starts_with(literal.quote) => {
                at += literal.quote.len();
                open = None;
            }
            Some(literal) if c == '\\' && literal.quote != "`" => {
                at += 1 + rest[1..].chars().next().map_or(0, char::len_utf8);
            }
            Some(_) => at += c.len_utf8(),
            None => {
                let quote =
                    QUOTES.into_iter().find(|quote| rest.starts_with(quote) && opens(language, quote));
                match quote {
                    Some(quote) => {
                        let prefix = before[..at].rsplit(|c: char| !is_prefix(c)).next().unwrap_or_default();
                        at += quote.len();
                        open = Some(Literal { quote, prefix: prefix.to_owned(), from: at });
                    }
                    None => at += c.len_utf8() + character(rest),
                }
            }
        }
    }
    open
}

fn is_prefix(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '$' | '@' | '_')
}

/// The length of what follows the first quote of a character: `'"'`.
fn character(rest: &str) -> usize {
    let mut chars = rest.char_indices();
    if chars.next() != Some((0, '\'')) {
        return 0;
    }
    let escape = usize::from(rest[1..].starts_with('\\'));
    chars.nth(1 + escape).filter(|(_, c)| *c == '\'').map_or(0, |(at, _)| at)
}

/// Whether strings of several lines begin with the quote.
pub(super) fn carries(language: Language, quote: &str) -> bool {
    match quote {
        "`" => matches!(language, Language::JavaScript | Language::Go),
        "'''" => matches!(language, Language::Python | Language::Dart),
        _ => matches!(
            language,
            Language::Python
                | Language::Kotlin
                | Language::Scala
                | Language::Swift
                | Language::Java
                | Language::Elixir
                | Language::Dart
                | Language::CSharp
        ),
    }
}

/// Whether the quote opens a string there, and no character, lifetime or comment.
fn opens(language: Language, quote: &str) -> bool {
    match quote {
        "\"\"\"" | "'''" => carries(language, quote),
        "'" => !matches!(
            language,
            Language::Rust
                | Language::Go
                | Language::Kotlin
                | Language::Scala
                | Language::C
                | Language::CSharp
                | Language::Swift
                | Language::ObjectiveC
                | Language::VisualBasic
                | Language::Awk
                | Language::Tcl
                | Language::Clojure
                | Language::OCaml
        ),
        _ => true,
    }
}

/// The expression `code` as it stands within the string, and what to know of it; `None` where the language
/// has no short way.
pub(super) fn spliced(
    language: Language,
    literal: &Literal,
    code: &str,
    is_cpp: bool,
) -> Option<(String, &'static str)> {
    const AROUND: &str = "it ends the string and begins it again";
    let Literal { quote, prefix, .. } = literal;
    let around = |sign: &str, prefix: &str| {
        let code = format!("{quote}{sign}{code}{sign}{prefix}{quote}");
        Some((code, AROUND))
    };
    let inside = |open: &str, close: &str| Some((format!("{open}{code}{close}"), ""));
    let is_double = quote.starts_with('"');
    match language {
        Language::JavaScript if *quote == "`" => inside("${", "}"),
        Language::Ruby | Language::Elixir if is_double => inside("#{", "}"),
        Language::Kotlin | Language::Dart => inside("${", "}"),
        Language::Swift => inside("\\(", ")"),
        Language::Terraform if is_double => inside("${", "}"),
        Language::PowerShell if is_double => inside("$(", ")"),
        Language::Perl | Language::Tcl if is_double => inside("", ""),
        Language::Fish if is_double => Some((code.trim_matches('"').to_owned(), "")),
        Language::Fish => Some((format!("'{code}'"), AROUND)),
        Language::Python => {
            let prefix: String = prefix.chars().filter(|c| "fFrRbBuU".contains(*c)).collect();
            around(" + ", if prefix.len() <= 2 { &prefix } else { "" })
        }
        Language::CSharp => around(" + ", prefix.trim_matches(|c| !matches!(c, '$' | '@'))),
        Language::Scala => around(" + ", if matches!(prefix.as_str(), "s" | "f") { prefix } else { "" }),
        Language::JavaScript | Language::Go | Language::Java | Language::Ruby | Language::PowerShell => {
            around(" + ", "")
        }
        Language::C if is_cpp => around(" + ", ""),
        Language::Perl | Language::Php => around(" . ", ""),
        Language::Lua => around(" .. ", ""),
        Language::VisualBasic => around(" & ", ""),
        Language::Awk => around(" ", ""),
        _ => None,
    }
}

/// How a string and an expression become one, where that takes a call.
pub(super) fn joining(language: Language) -> &'static str {
    match language {
        Language::Rust => "joined with the rest of the string by format!",
        Language::C => "joined with the rest of the string by snprintf",
        Language::R => "joined with the rest of the string by paste0",
        Language::ObjectiveC => "joined with the rest of the string by stringWithFormat:",
        _ => "joined with the rest of the string",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_open_string_is_found() {
        for (before, language, open) in [
            ("let key: &'static str = \"", Language::Rust, Some("\"")),
            ("let a = 'x'; let b = '\"'; key(", Language::Rust, None),
            ("if (c == '\"') return a(\"b", Language::Java, Some("\"")),
            ("x = \"it's \\\" ", Language::Python, Some("\"")),
            ("x = 'a' + \"b\" + ", Language::Python, None),
            ("x = f\"\"\"a \"b\" ", Language::Python, Some("\"\"\"")),
            ("h = '{\"key\": \"", Language::JavaScript, Some("'")),
            ("x = \"\" + ", Language::JavaScript, None),
        ] {
            let found = literal(before, language, None).map(|literal| literal.quote);
            assert_eq!(found, open, "{before}");
        }
        assert_eq!(literal("f(f\"", Language::Python, None).unwrap().prefix, "f");
        assert_eq!(literal("  key: ", Language::JavaScript, Some("`")).unwrap().quote, "`");
    }
}

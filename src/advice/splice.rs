//! What a value stands within, and how an expression is put into the middle of a string.

use super::language::Language;

/// What is open where a value begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Within {
    /// Nothing.
    Code,
    /// A string.
    String(Literal),
    /// A comment, which no program reads.
    Comment,
}

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

impl Literal {
    /// Whether a backslash takes the meaning from a quote: not in `…` and in `@"…"` of C#.
    fn has_escapes(&self) -> bool {
        self.quote != "`" && !self.prefix.contains('@')
    }
}

/// What opens strings, the longest first.
const QUOTES: [&str; 5] = ["\"\"\"", "'''", "\"", "'", "`"];

/// What is open at the end of `before`. `carried` was opened on a line above.
pub(super) fn within(before: &str, language: Language, carried: Option<&'static str>) -> Within {
    let mut open = carried.map(|quote| Literal { quote, prefix: String::new(), from: 0 });
    let comments = comments(language);
    if open.is_none() && comments.contains(&"/*") && is_comment_line(before.trim_start()) {
        return Within::Comment;
    }
    let mut at = 0;
    while let Some(c) = before[at..].chars().next() {
        let rest = &before[at..];
        match &open {
            Some(literal) if rest.starts_with(literal.quote) => {
                at += literal.quote.len();
                open = None;
            }
            Some(literal) if c == '\\' && literal.has_escapes() => {
                at += 1 + rest[1..].chars().next().map_or(0, char::len_utf8);
            }
            Some(_) => at += c.len_utf8(),
            None => {
                let comment = comments.iter().find(|mark| begins_comment(&before[..at], rest, mark));
                let quote =
                    QUOTES.into_iter().find(|quote| rest.starts_with(quote) && opens(language, quote));
                match (comment, quote) {
                    (Some(&"/*"), _) => match rest.find("*/") {
                        Some(end) => at += end + 2,
                        None => return Within::Comment,
                    },
                    (Some(_), _) => return Within::Comment,
                    (None, Some(quote)) => {
                        let prefix = before[..at].rsplit(|c: char| !is_prefix(c)).next().unwrap_or_default();
                        at += quote.len();
                        open = Some(Literal { quote, prefix: prefix.to_owned(), from: at });
                    }
                    (None, None) => at += c.len_utf8() + character(rest),
                }
            }
        }
    }
    open.map_or(Within::Code, Within::String)
}

/// What begins a comment of the language.
fn comments(language: Language) -> &'static [&'static str] {
    use Language as L;
    match language {
        L::JavaScript
        | L::Go
        | L::Java
        | L::Kotlin
        | L::Scala
        | L::CSharp
        | L::Rust
        | L::Swift
        | L::C
        | L::ObjectiveC
        | L::Dart
        | L::Jenkinsfile => &["//", "/*"],
        L::Php | L::Terraform | L::Tfvars => &["#", "//", "/*"],
        L::Sql => &["--", "/*"],
        L::Lua => &["--"],
        L::Config => &["#", ";"],
        L::VisualBasic => &["'"],
        L::Clojure => &[";"],
        L::Erlang => &["%"],
        L::OCaml => &["(*"],
        L::Batch | L::Json | L::Xml | L::Maven | L::Html | L::Other => &[],
        _ => &["#"],
    }
}

/// Whether the mark at `rest` begins a comment: no part of a word, of an address or of an attribute.
fn begins_comment(before: &str, rest: &str, mark: &str) -> bool {
    let is_word = |c: char| !c.is_whitespace() && !matches!(c, ';' | '{' | '}' | '(' | ')');
    rest.starts_with(mark)
        && match mark {
            "#" => !before.ends_with(is_word) && !rest.starts_with("#["),
            "//" => !before.ends_with(':'),
            // Within a line it ends a statement.
            ";" => before.trim().is_empty(),
            _ => true,
        }
}

/// Whether a line goes on with a comment that was begun above it: ` * text`.
fn is_comment_line(line: &str) -> bool {
    line.strip_prefix('*').is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']))
}

/// What stands behind the string that ends in `after`; `None` where it ends on another line.
pub(super) fn behind<'l>(after: &'l str, quote: &str) -> Option<&'l str> {
    let mut at = 0;
    loop {
        let rest = &after[at..];
        if let Some(rest) = rest.strip_prefix(quote) {
            return Some(rest);
        }
        let c = rest.chars().next()?;
        at += c.len_utf8();
        if c == '\\' && quote != "`" {
            at += after[at..].chars().next()?.len_utf8();
        }
    }
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
        // It goes on with a line, or escapes.
        "`" => language != Language::PowerShell,
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
/// has no short way. `behind` is what stands behind the string.
pub(super) fn spliced(
    language: Language,
    literal: &Literal,
    code: &str,
    behind: &str,
    is_cpp: bool,
) -> Option<(String, &'static str)> {
    const AROUND: &str = "it ends the string and begins it again";
    const GROUPED: &str = "it ends the string and begins it again; the whole of it in parentheses";
    let Literal { quote, prefix, .. } = literal;
    let around = |sign: &str, prefix: &str| {
        let code = format!("{quote}{sign}{code}{sign}{prefix}{quote}");
        Some((code, if binds(language, behind.trim_start()) { GROUPED } else { AROUND }))
    };
    let inside = |open: &str, close: &str| Some((format!("{open}{code}{close}"), ""));
    let is_double = quote.starts_with('"');
    match language {
        Language::JavaScript if *quote == "`" => inside("${", "}"),
        Language::Ruby if is_double => inside("#{", "}"),
        Language::Elixir => inside("#{", "}"),
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
        Language::Scala => {
            around(" + ", if matches!(prefix.as_str(), "s" | "f" | "raw") { prefix } else { "" })
        }
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

/// Whether what stands behind a string belongs to it before a sum does: a call, an index, the values of a format.
fn binds(language: Language, behind: &str) -> bool {
    match language {
        // The dot joins strings.
        Language::Php | Language::Perl => behind.starts_with("->"),
        Language::Lua => behind.starts_with(':'),
        Language::Python | Language::Ruby => behind.starts_with(['.', '[', '%']),
        _ => behind.starts_with(['.', '[']),
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
            ("p = @\"C:\\\" + \"", Language::CSharp, Some("\"")),
            ("p = @\"C:\\\" + ", Language::CSharp, None),
            ("curl ` ", Language::PowerShell, None),
        ] {
            let found = literal(before, language, None).map(|literal| literal.quote);
            assert_eq!(found, open, "{before}");
        }
        assert_eq!(literal("f(f\"", Language::Python, None).unwrap().prefix, "f");
        assert_eq!(literal("  key: ", Language::JavaScript, Some("`")).unwrap().quote, "`");
    }

    fn literal(before: &str, language: Language, carried: Option<&'static str>) -> Option<Literal> {
        match within(before, language, carried) {
            Within::String(literal) => Some(literal),
            Within::Code | Within::Comment => None,
        }
    }

    #[test]
    fn comments_are_told_from_code() {
        for (before, language, is_comment) in [
            ("# don't use ", Language::Python, true),
            ("x = 1  # ", Language::Python, true),
            ("x = \"#\" + f(", Language::Python, false),
            (" * Use ", Language::JavaScript, true),
            ("*key = \"", Language::C, false),
            ("/* a */ k = \"", Language::Java, false),
            ("f() // it's ", Language::Go, true),
            ("<a href=https://", Language::JavaScript, false),
            ("n=$#; curl ", Language::Shell, false),
            ("-- key ", Language::Lua, true),
            ("#[A('", Language::Php, false),
            ("color: a#fff; key: ", Language::Yaml, false),
        ] {
            assert_eq!(within(before, language, None) == Within::Comment, is_comment, "{before}");
        }
        assert_ne!(within("# ", Language::Python, Some("\"\"\"")), Within::Comment);
    }

    #[test]
    fn what_follows_a_string_is_found() {
        assert_eq!(behind("a\\\" b\".encode()", "\""), Some(".encode()"));
        assert_eq!(behind("a", "\""), None);
        let literal = literal("x = \"token ", Language::Python, None).unwrap();
        let remark = |behind| spliced(Language::Python, &literal, "k", behind, false).unwrap().1;
        assert!(remark(".encode()").contains("parentheses") && !remark(")").contains("parentheses"));
    }
}

//! How an expression is put into the middle of a string.

use super::language::Language;
use crate::finding::Delimiter;

/// The string that a value is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Literal {
    /// What it is between.
    pub(super) delimiter: Delimiter,
    /// The letters before that: `f`, `b`, `$`.
    pub(super) prefix: String,
    /// Where its text begins, in bytes of the line.
    pub(super) from: usize,
}

impl Literal {
    /// The one whose text begins at `from` of a line.
    pub(super) fn new(line: &str, delimiter: Delimiter, from: usize) -> Literal {
        let before = from.checked_sub(delimiter.open.len()).and_then(|at| line.get(..at)).unwrap_or_default();
        let is_prefix = |c: char| c.is_ascii_alphanumeric() || matches!(c, '$' | '@' | '_');
        let prefix = before.rsplit(|c: char| !is_prefix(c)).next().unwrap_or_default().to_owned();
        Literal { delimiter, prefix, from }
    }

    /// Whether it is a list of words: `%w[…]`, `qw(…)`.
    pub(super) fn is_list(&self) -> bool {
        ["%w", "%W", "%i", "%I", "qw"].iter().any(|name| self.delimiter.open.starts_with(name))
    }
}

/// How strings of a language take an expression.
#[derive(Clone, Copy)]
pub(super) struct Strings {
    /// What an expression within a string is between.
    inside: (&'static str, &'static str),
    /// Whether a string that is opened so takes one.
    takes: fn(&str) -> bool,
    /// What joins a string and an expression.
    sign: Option<&'static str>,
    /// Letters before a string that the rest of it needs as well.
    kept: &'static str,
    /// How they become one where that takes a call.
    by: &'static str,
}

/// A sign joins them.
pub(super) const fn joined(sign: &'static str) -> Strings {
    Strings { inside: ("", ""), takes: |_| false, sign: Some(sign), kept: "", by: "" }
}

/// A call joins them.
pub(super) const fn called(by: &'static str) -> Strings {
    Strings { sign: None, by, ..joined("") }
}

impl Strings {
    /// Those that are opened so take the expression between these.
    pub(super) const fn within(
        self,
        open: &'static str,
        close: &'static str,
        takes: fn(&str) -> bool,
    ) -> Strings {
        Strings { inside: (open, close), takes, ..self }
    }

    /// Where the expression begins, in bytes of the line, that is open at the end of what is read of such a string.
    pub(super) fn opened(&self, literal: &Literal, before: &str) -> Option<usize> {
        let open = match self.inside.0 {
            open if !open.is_empty() && (self.takes)(&literal.delimiter.open) && literal.prefix != "r" => {
                open
            }
            _ if self.fills_in(&literal.prefix) => "{",
            _ => return None,
        };
        let text = before.get(literal.from..)?;
        let mut at = 0;
        while let Some(found) = text[at..].find(open) {
            let start = at + found + open.len();
            at = start;
            // `{{` is a brace.
            if open == "{" && text[start..].starts_with('{') {
                at += 1;
                continue;
            }
            let mut depth = 1_u32;
            let closed = text[start..].find(|c: char| {
                match c {
                    '{' | '(' | '[' => depth += 1,
                    '}' | ')' | ']' => depth -= 1,
                    _ => {}
                }
                depth == 0
            });
            match closed {
                Some(end) => at = start + end,
                None => return Some(literal.from + start),
            }
        }
        None
    }

    /// Whether a letter before a string has braces filled in: `f"…"` of Python, `$"…"` of C#.
    fn fills_in(&self, prefix: &str) -> bool {
        prefix.contains(['f', 'F', '$']) && prefix.chars().all(|c| self.kept.contains(c))
    }

    /// The sign that joins two of them.
    pub(super) fn sign(&self) -> Option<&'static str> {
        self.sign
    }

    /// How they become one where no sign does that.
    pub(super) fn by(&self) -> &'static str {
        self.by
    }

    /// The expression as it stands within a string that takes one.
    pub(super) fn enclosed(&self, code: &str) -> String {
        let (open, close) = self.inside;
        format!("{open}{code}{close}")
    }

    pub(super) const fn keeping(self, kept: &'static str) -> Strings {
        Strings { kept, ..self }
    }
}

const AROUND: &str = "it ends the string and begins it again";
const GROUPED: &str = "it ends the string and begins it again; the whole of it in parentheses";

/// The expression `code` as it stands within the string, and what to know of it. `behind` is what stands behind the
/// string.
pub(super) fn spliced(
    language: Language,
    strings: &Strings,
    literal: &Literal,
    code: &str,
    behind: &str,
) -> (String, &'static str) {
    let Literal { delimiter, prefix, .. } = literal;
    if (strings.takes)(&delimiter.open) && prefix != "r" {
        // A shell's word has quotes of its own.
        let code = code.strip_prefix('"').and_then(|code| code.strip_suffix('"')).unwrap_or(code);
        return (strings.enclosed(code), "");
    }
    if literal.is_list() {
        let (open, close) = (&delimiter.open, &delimiter.close);
        let code = match language {
            Language::Perl => format!("{close}, {code}, {open}"),
            _ => format!("{close} + [{code}] + {open}"),
        };
        return (code, "it ends the list and begins it again");
    }
    // It ends with a line of its own.
    if delimiter.close.starts_with('\n') {
        return (strings.enclosed(code), "once the here-string has double quotes");
    }
    let Some(sign) = strings.sign else { return (code.to_owned(), strings.by) };
    let kept: String = prefix.chars().filter(|c| strings.kept.contains(*c)).collect();
    // What is longer is a name, and no prefix.
    let kept = if kept.len() == prefix.len() { kept } else { String::new() };
    let code = format!("{}{sign}{code}{sign}{kept}{}", delimiter.close, delimiter.open);
    (code, if binds(language, behind.trim_start()) { GROUPED } else { AROUND })
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finding::{Open, open_behind, syntax};

    /// What is open at the end of a line of such a file.
    fn open(before: &str, ending: &str) -> Option<Literal> {
        match open_behind(before, syntax(format!("a.{ending}").as_bytes(), b""), None) {
            Open::String(delimiter, from) => Some(Literal::new(before, delimiter, from)),
            Open::Code | Open::Comment => None,
        }
    }

    #[test]
    fn the_open_string_is_found() {
        for (before, ending, expected) in [
            ("let key: &'static str = \"", "rs", Some("\"")),
            ("let a = 'x'; let b = '\"'; key(", "rs", None),
            ("let a = r#\"a \" ", "rs", Some("r#\"")),
            ("if (c == '\"') return a(\"b", "java", Some("\"")),
            ("x = \"it's \\\" ", "py", Some("\"")),
            ("x = 'a' + \"b\" + ", "py", None),
            ("x = f\"\"\"a \"b\" ", "py", Some("\"\"\"")),
            ("h = '{\"key\": \"", "js", Some("'")),
            ("p = @\"C:\\\" + \"", "cs", Some("\"")),
            ("p = @\"C:\\\" + ", "cs", None),
            ("p = $@\"C:\\ ", "cs", Some("@\"")),
            ("curl ` ", "ps1", None),
            ("my $k = qq{a {b} ", "pl", Some("qq{")),
            ("my $k = q(a (b) ) . ", "pl", None),
            ("my %h = (q => 1, k => ", "pl", None),
            ("K = %q(a ", "rb", Some("%q(")),
            ("n = 7 % (a) + ", "rb", None),
            ("c = f(*%w[a ", "rb", Some("%w[")),
            ("k = [==[a]] ", "lua", Some("[==[")),
            ("k = a[b[1]] .. ", "lua", None),
            ("k = ~s(a ", "ex", Some("~s(")),
        ] {
            let found = open(before, ending).map(|literal| literal.delimiter.open.into_owned());
            assert_eq!(found.as_deref(), expected, "{before}");
        }
        assert_eq!(open("f(f\"", "py").unwrap().prefix, "f");
        assert_eq!(open("p = $@\"", "cs").unwrap().prefix, "$");
    }

    #[test]
    fn strings_take_expressions_as_they_can() {
        for (before, language, ending, code) in [
            ("x = f\"a ", Language::Python, "py", "\" + K + f\""),
            ("x = q(a ", Language::Perl, "pl", ") . K . q("),
            ("x = qq{a ", Language::Perl, "pl", "K"),
            ("x = %q(a ", Language::Ruby, "rb", ") + K + %q("),
            ("x = %(a ", Language::Ruby, "rb", "#{K}"),
            ("x = [=[a ", Language::Lua, "lua", "]=] .. K .. [=["),
            ("x = $@\"a ", Language::CSharp, "cs", "\" + K + $@\""),
            ("x = r'a ", Language::Dart, "dart", "' + K + '"),
            ("x = 'a ", Language::Dart, "dart", "${K}"),
            ("$x = \"a ", Language::PowerShell, "ps1", "$(K)"),
        ] {
            let strings = language.form().strings.unwrap();
            let literal = open(before, ending).unwrap();
            assert_eq!(spliced(language, &strings, &literal, "K", "").0, code, "{before}");
        }
    }

    #[test]
    fn what_follows_a_string_is_found() {
        let literal = open("x = \"token ", "py").unwrap();
        assert_eq!(literal.delimiter.behind("a\\\" b\".encode()"), Some(".encode()"));
        assert_eq!(literal.delimiter.behind("a"), None);
        let strings = Language::Python.form().strings.unwrap();
        let remark = |behind| spliced(Language::Python, &strings, &literal, "k", behind).1;
        assert!(remark(".encode()").contains("parentheses") && !remark(")").contains("parentheses"));
    }
}

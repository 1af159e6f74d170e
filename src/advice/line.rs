//! The line of a value, and what the statement on it does with the value.

use std::borrow::Cow;

use super::files::{in_notebook, is_notebook};
use super::language::Language;
use super::splice::Literal;
use crate::finding::{Delimiter, Excerpt, Location, Open, Quoting, Syntax, open_behind, syntax};

/// The line of a value, cut where the value stands.
pub(super) struct Line {
    pub(super) before: String,
    pub(super) after: String,
    /// The string that is open where the value begins.
    pub(super) literal: Option<Literal>,
    /// Whether that is within an expression of a string that double quotes are around.
    pub(super) is_in_double: bool,
    /// Whether the value stands in a comment.
    pub(super) is_comment: bool,
    /// Whether the value ends on the line.
    is_one: bool,
}

impl Line {
    pub(super) fn of(place: &Location, language: Language) -> Line {
        let Excerpt { text, start, end } = place.wide_line();
        let mut before: String = text.chars().take(*start).collect();
        let mut after: String = text.chars().skip(*end).collect();
        let is_cell = is_notebook(&place.path);
        if is_cell {
            (before, after) = in_cell(&before, &after);
        }
        let setting = &place.setting;
        let is_one = place.end_line == place.line;
        let is_comment = setting.is_comment;
        let mut line = Line { before, after, literal: None, is_in_double: false, is_comment, is_one };
        // Quotes of a shell run over lines: how it reads the place is known.
        let is_shell = matches!(language, Language::Shell | Language::Envrc);
        if !is_shell && setting.quoting != Quoting::Bare {
            line.literal = Some(Literal::new("", Delimiter::quote("\""), 0));
        } else if line.before.starts_with('…') {
            line.literal = line.nearest();
        } else {
            // The file is JSON; its cells are not.
            let syntax = if is_cell { Some(syntax(of_a_cell(place), b"")) } else { setting.syntax };
            let carried = setting.string.as_ref().filter(|_| !is_cell);
            let open = syntax.map_or(Open::Code, |syntax| {
                open_behind(&line.before, syntax, carried.map(|carried| &carried.delimiter))
            });
            match (open, syntax) {
                (Open::String(delimiter, from), Some(syntax)) => {
                    let mut literal = Literal::new(&line.before, delimiter, from);
                    // No other begins with the line.
                    if let Some(carried) = carried.filter(|_| from == 0) {
                        literal.prefix = carried.prefix.to_string();
                    }
                    line.enter(literal, language, syntax);
                }
                (Open::Comment, _) => line.is_comment |= is_cell,
                _ => {}
            }
        }
        line
    }

    /// Takes the string as that of the value, or the one in an expression that is open within it.
    fn enter(&mut self, mut literal: Literal, language: Language, syntax: &'static Syntax) {
        let strings = language.form().strings;
        while let Some(at) = strings.and_then(|strings| strings.opened(&literal, &self.before)) {
            self.is_in_double = literal.delimiter.open.starts_with('"');
            let Open::String(delimiter, from) = open_behind(&self.before[at..], syntax, None) else { return };
            literal = Literal::new(&self.before[at..], delimiter, from);
            literal.from += at;
        }
        self.literal = Some(literal);
    }

    /// What stands before the string that the value is in; before the value, where it is in none.
    pub(super) fn outer(&self) -> &str {
        let Some(literal) = &self.literal else { return &self.before };
        let opening = literal.delimiter.open.len() + literal.prefix.len();
        literal.from.checked_sub(opening).and_then(|from| self.before.get(..from)).unwrap_or_default()
    }

    /// Whether nothing stands behind the string that the value is in.
    pub(super) fn ends_statement(&self) -> bool {
        let is_closed = self.literal.as_ref().is_some_and(|l| l.delimiter.behind(&self.after).is_some());
        !is_closed || self.behind().trim_start().is_empty() || self.behind().trim_start().starts_with('#')
    }

    /// Whether the string that the value is in stands beside another, with nothing but blanks between: before it, and
    /// behind it.
    pub(super) fn is_beside(&self, place: &Location) -> (bool, bool) {
        if self.literal.is_none() || self.is_part() {
            return (false, false);
        }
        let around = place.setting.around;
        let (outer, behind) =
            (self.outer().trim_end(), self.behind().trim().trim_end_matches('\\').trim_end());
        let before = match outer.chars().last() {
            Some(last) => matches!(last, '"' | '\''),
            None => matches!(around.above, Some(b'"' | b'\'')),
        };
        let letters = behind.chars().take(2).take_while(|c| c.is_ascii_alphabetic() || *c == '@').count();
        let is_string = behind[letters..].starts_with(['"', '\'']);
        (before, is_string || behind.is_empty() && around.joins_below)
    }

    /// The string whose quotes stand right around the value, when the line is too long to be read from its start.
    fn nearest(&self) -> Option<Literal> {
        let quote = ["\"", "'", "`"].into_iter().find(|quote| self.before.ends_with(quote))?;
        let literal = Literal::new(&self.before, Delimiter::quote(quote), self.before.len());
        self.after.starts_with(quote).then_some(literal)
    }

    /// Whether the value is but a part of a string.
    pub(super) fn is_part(&self) -> bool {
        self.literal.as_ref().is_some_and(|literal| {
            let close = &*literal.delimiter.close;
            let is_whole = literal.from == self.before.len() && self.after.starts_with(close);
            literal.is_list() || !is_whole && (self.is_one || literal.from < self.before.len())
        })
    }

    /// Takes what stands around the value up to the ends of what the variable holds, and says how far that is.
    pub(super) fn widen(&mut self, variable: &str) -> &'static str {
        let ends =
            |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '`' | '<' | '>' | '(' | ')' | '\\');
        let word = behind_last(&self.before, ends);
        let scheme = self.before[word..].rfind("://").filter(|_| !variable.ends_with("STRING"));
        let (from, to) = match (scheme, &self.literal) {
            (Some(at), _) => {
                let is_outside = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
                let start = behind_last(&self.before[..word + at], is_outside);
                let start =
                    if self.before[..start].ends_with("jdbc:") { start - "jdbc:".len() } else { start };
                (start, self.after.find(ends).unwrap_or(self.after.len()))
            }
            (None, Some(literal)) => {
                (literal.from, self.after.find(&*literal.delimiter.close).unwrap_or(self.after.len()))
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

    pub(super) fn start(&self) -> &str {
        self.before.trim_start()
    }

    /// What stands before the first `=`, bracket or quote.
    pub(super) fn head(&self) -> &str {
        self.before.split(['=', '(', '"', '\'']).next().unwrap_or_default()
    }

    /// Whether the word stands there, in any case.
    pub(super) fn declares(&self, word: &str) -> bool {
        self.head().split_whitespace().any(|part| part.eq_ignore_ascii_case(word))
    }

    /// The name left of the first `=` or colon.
    pub(super) fn key(&self) -> &str {
        let start = self.start();
        let start = start.strip_prefix("- ").unwrap_or(start);
        let start = start.strip_prefix("export ").unwrap_or(start);
        start.split(['=', ':']).next().unwrap_or_default().trim_end_matches(['?', '+']).trim()
    }

    /// The name that is given the value and nothing else, where it is written as variables are.
    pub(super) fn variable(&self) -> Option<&str> {
        let name = self.key();
        let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        let rest = self.before.trim_end_matches(['"', '\'', ' ', '\t']);
        let is_whole = rest.ends_with(['=', ':']) && rest.matches(['=', ':']).count() <= 2 && !self.is_part();
        (is_name && is_whole).then_some(name)
    }

    /// The key of an object that the whole value belongs to: `"name": "`.
    pub(super) fn json_key(&self) -> Option<&str> {
        let left = self.before.trim_end().strip_suffix('"').filter(|_| !self.is_part())?;
        let left = left.trim_end().strip_suffix(':')?.trim_end().strip_suffix('"')?;
        left.rsplit('"').next().filter(|name| name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_'))
    }

    /// The name under which the value is set, or that whose value it is a part of: `NAME=`, `"NAME": "`, `NAME = "`,
    /// `x["NAME"] = "`, `set("NAME", "`. A name before a colon is one of the environment where it is written as those
    /// are; others are keys of some program.
    pub(super) fn target(&self) -> Option<&str> {
        let signs = self.before.rmatch_indices(['=', ':', ',']).take(SIGNS);
        signs.filter_map(|(at, sign)| target(&self.before[..at], sign, &self.before[at + 1..])).next()
    }

    /// Whether the value, or a part of it, is an item of a list in YAML: `- --token=…`, `["--token=…"]`.
    pub(super) fn is_item(&self) -> bool {
        self.start().starts_with("- ") && !self.start().contains(": ") || self.before.contains('[')
    }

    /// Whether the value stands within braces or brackets of YAML, whole and without quotes.
    pub(super) fn is_in_flow(&self) -> bool {
        let left = self.before.trim_end();
        let open = |open: char, close: char| left.matches(open).count() > left.matches(close).count();
        let is_whole =
            left.ends_with([':', ',', '[']) && self.after.trim_start().starts_with([',', '}', ']']);
        self.literal.is_none() && is_whole && (open('{', '}') || open('[', ']'))
    }

    /// Whether the value ends on the line, and the line in that sign.
    pub(super) fn ends_in(&self, sign: char) -> bool {
        self.is_one && self.after.trim_end().ends_with(sign)
    }

    /// What stands behind the string that the value is in.
    pub(super) fn behind(&self) -> &str {
        self.literal.as_ref().and_then(|literal| literal.delimiter.behind(&self.after)).unwrap_or_default()
    }

    /// Whether the value is an attribute of an element: `<Map token="…" />`.
    pub(super) fn is_attribute(&self) -> bool {
        !self.is_part() && self.is_in_attribute()
    }

    /// The same, or a part of one.
    pub(super) fn is_in_attribute(&self) -> bool {
        let Some(literal) = &self.literal else { return false };
        let left =
            literal.from.checked_sub(literal.delimiter.open.len()).and_then(|from| self.before.get(..from));
        let Some(left) = left.and_then(|left| left.strip_suffix('=')) else { return false };
        let name = left.rsplit(|c: char| c.is_whitespace() || c == '<').next().unwrap_or_default();
        let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, ':' | '@'))
            && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | ':' | '@'));
        let start = left[..left.len() - name.len()].trim_start();
        // `<script>let k="…"`: the tag is closed.
        let tag = start.rfind('<').map_or("", |at| &start[at..]);
        let start = if tag.replace("=>", "").contains('>') { return false } else { start };
        is_name
            && (start.starts_with('<') || start.contains(" <") || start.contains("(<") || start.is_empty())
            && !self.behind().trim_start().starts_with([';', ','])
    }
}

/// Most signs before a value that are tried for the one that gives it to a name.
const SIGNS: usize = 16;

/// The name that `left` ends in, if the sign gives it what is behind: nothing but blanks and the beginning of one word
/// or one string.
fn target<'l>(left: &'l str, sign: &str, behind: &str) -> Option<&'l str> {
    let value = behind.strip_prefix('>').filter(|_| sign == "=").unwrap_or(behind).trim_start();
    let quote = value.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'));
    let is_one = match quote {
        Some(quote) => !value[1..].contains(quote),
        None => !value.contains(char::is_whitespace),
    };
    let is_given = match sign {
        "=" => true,
        ":" => quote.is_some() || behind.is_empty() || behind.starts_with([' ', '\t']),
        _ => quote.is_some() && left.ends_with(['"', '\'']),
    };
    if !is_one || !is_given {
        return None;
    }
    let left = left.trim_end_matches([' ', '\t', ':', '+', '?']);
    let left = left.trim_end_matches(['"', '\'', ']', '}']);
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let start = behind_last(left, |c| !is_word(c));
    let name = &left[start..];
    let is_apart = match left[..start].chars().next_back() {
        // `Environment=NAME=…` of systemd.
        Some('=') => left[..start].trim_start() == "Environment=",
        before => before.is_none_or(|c| c.is_whitespace() || "\"'[{(,:.%".contains(c)),
    };
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && !(sign == ":" && name.contains(char::is_lowercase));
    (is_apart && is_name).then_some(name)
}

/// Where what follows the last of these characters begins; 0 where none is there.
fn behind_last(text: &str, is: impl Fn(char) -> bool) -> usize {
    text.char_indices().rfind(|(_, c)| is(*c)).map_or(0, |(at, c)| at + c.len_utf8())
}

/// A name of the kind that the lines of a cell are of.
fn of_a_cell(place: &Location) -> &'static [u8] {
    match in_notebook(place) {
        Language::R => b"cell.r",
        Language::Julia => b"cell.jl",
        Language::Shell => b"cell.sh",
        Language::JavaScript => b"cell.js",
        Language::Perl => b"cell.pl",
        Language::Ruby => b"cell.rb",
        Language::Python => b"cell.py",
        _ => b"cell.txt",
    }
}

/// A line of a notebook's cell as the person sees it: without the JSON around it.
fn in_cell(before: &str, after: &str) -> (String, String) {
    let is_bare = |text: &str, at: usize| {
        text[..at].bytes().rev().take_while(|b| *b == b'\\').count().is_multiple_of(2)
    };
    let start = before.rmatch_indices('"').find(|(at, _)| is_bare(before, *at)).map_or(0, |(at, _)| at + 1);
    let end = after.match_indices('"').find(|(at, _)| is_bare(after, *at)).map_or(after.len(), |(at, _)| at);
    let (before, after) = (unescaped(&before[start..]), unescaped(&after[..end]));
    let line = behind_last(&before, |c| c == '\n');
    let next = after.find('\n').unwrap_or(after.len());
    (before[line..].to_owned(), after[..next].to_owned())
}

/// The text of a string of JSON.
fn unescaped(text: &str) -> Cow<'_, str> {
    let quoted = format!("\"{text}\"");
    serde_json::from_str::<String>(&quoted).map_or(Cow::Borrowed(text), Cow::Owned)
}

#[cfg(test)]
mod tests {
    use super::{Line, SIGNS};

    fn target(before: &str) -> Option<String> {
        let line = Line {
            before: before.to_owned(),
            after: String::new(),
            literal: None,
            is_in_double: false,
            is_comment: false,
            is_one: true,
        };
        line.target().map(str::to_owned)
    }

    #[test]
    fn a_value_is_given_to_the_name_before_it() {
        for (before, name) in [
            ("ENV GH_PAT=", Some("GH_PAT")),
            ("ENV A=1 GH_PAT=", Some("GH_PAT")),
            ("    GH_PAT=", Some("GH_PAT")),
            ("Environment=GH_PAT=", Some("GH_PAT")),
            ("Environment=\"GH_PAT=", Some("GH_PAT")),
            ("web: GH_PAT=", Some("GH_PAT")),
            ("gh_pat = \"", Some("gh_pat")),
            ("{\"env\":{\"GH_PAT\":\"", Some("GH_PAT")),
            ("  GH_PAT: ", Some("GH_PAT")),
            ("os.environ[\"GH_PAT\"] = \"", Some("GH_PAT")),
            ("process.env.GH_PAT = '", Some("GH_PAT")),
            ("$env:GH_PAT = \"", Some("GH_PAT")),
            ("Sys.setenv(GH_PAT=\"", Some("GH_PAT")),
            ("os.Setenv(\"GH_PAT\", \"", Some("GH_PAT")),
            ("ENV URL=postgres://a:", Some("URL")),
            ("ENV URL=\"jdbc:a?user=b&password=", Some("URL")),
            ("web: app --token=", None),
            ("web: app --token ", None),
            ("0 4 * * * curl -H \"Authorization: token ", None),
            ("CMD [\"app\", \"--token\", \"", None),
            ("  value: ", None),
            ("\"Auth\": \"", None),
            ("", None),
        ] {
            assert_eq!(target(before).as_deref(), name, "{before}");
        }
        assert_eq!(target(&"=".repeat(SIGNS * 2)), None);
    }
}

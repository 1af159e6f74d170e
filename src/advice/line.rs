//! The line of a value, and what the statement on it does with the value.

use std::borrow::Cow;

use super::files::is_notebook;
use super::language::Language;
use super::splice::Literal;
use crate::finding::{Delimiter, Excerpt, Location, Open, Quoting, open_behind, syntax};

/// The line of a value, cut where the value stands.
pub(super) struct Line {
    pub(super) before: String,
    pub(super) after: String,
    /// The string that is open where the value begins.
    pub(super) literal: Option<Literal>,
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
        let mut line = Line { before, after, literal: None, is_comment: setting.is_comment, is_one };
        // Quotes of a shell run over lines: how it reads the place is known.
        let is_shell = matches!(language, Language::Shell | Language::Envrc);
        if !is_shell && setting.quoting != Quoting::Bare {
            line.literal = Some(Literal::new("", Delimiter::quote("\""), 0));
        } else if line.before.starts_with('…') {
            line.literal = line.nearest();
        } else {
            // The file is JSON; its cells are not.
            let syntax = if is_cell { Some(syntax(b"cell.py", b"")) } else { setting.syntax };
            let open = syntax.map_or(Open::Code, |syntax| {
                open_behind(&line.before, syntax, setting.string.as_ref().filter(|_| !is_cell))
            });
            match open {
                Open::Code => {}
                Open::String(delimiter, from) => {
                    line.literal = Some(Literal::new(&line.before, delimiter, from))
                }
                Open::Comment => line.is_comment |= is_cell,
            }
        }
        line
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
        let Some(literal) = self.literal.as_ref().filter(|_| !self.is_part()) else { return false };
        let left =
            literal.from.checked_sub(literal.delimiter.open.len()).and_then(|from| self.before.get(..from));
        let Some(left) = left.and_then(|left| left.strip_suffix('=')) else { return false };
        let name = left.rsplit(|c: char| c.is_whitespace() || c == '<').next().unwrap_or_default();
        let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic() || matches!(c, ':' | '@'))
            && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | ':' | '@'));
        let start = left[..left.len() - name.len()].trim_start();
        is_name
            && (start.starts_with('<') || start.contains(" <") || start.contains("(<") || start.is_empty())
            && !self.behind().trim_start().starts_with([';', ','])
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
    let line = before.rfind('\n').map_or(0, |at| at + 1);
    let next = after.find('\n').unwrap_or(after.len());
    (before[line..].to_owned(), after[..next].to_owned())
}

/// The text of a string of JSON.
fn unescaped(text: &str) -> Cow<'_, str> {
    let quoted = format!("\"{text}\"");
    serde_json::from_str::<String>(&quoted).map_or(Cow::Borrowed(text), Cow::Owned)
}

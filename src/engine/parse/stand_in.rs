//! Values that stand in for what an expression yields: behind `||` and `or`, in the branches of a condition, as the
//! default of a call or of a variable.

use std::ops::Range;

use super::Around;
use super::operand::{Literal, only_wraps, skip};
use super::sign::{MOST_BLANKS, Sign};
use crate::engine::Syntax;
use crate::engine::locate::words::names_first_argument;
use crate::engine::names;
use crate::engine::shape::confirm::is_word;
use crate::engine::syntax::literal::{self, is_plain_quote};
use crate::engine::syntax::trivia;

/// How far behind a sign such a value may stand, bytes, and most of them.
const LONGEST: usize = 240;
const MOST: usize = 4;
/// Longest name of a variable that a default stands behind, bytes.
const LONGEST_NAME: usize = 80;

/// The literals that stand in for the value that a sign gives.
pub(super) fn values(text: &[u8], around: Around<'_>, sign: &Sign) -> Vec<Literal> {
    let Some(end) = sign.end.filter(|_| around.may_be_far && text[sign.at] != b',') else {
        return Vec::new();
    };
    let mark = text[sign.at..end].trim_ascii_end();
    // What compares gives nothing, and in an element no expression stands.
    if mark.starts_with(b"==") || mark.starts_with(b"!=") || mark == b">" {
        return Vec::new();
    }
    let at = skip(text, end, |b| b == b' ' || b == b'\t', MOST_BLANKS);
    let window = &text[at..text.len().min(at + LONGEST)];
    if let Some(found) = substituted(text, at).or_else(|| templated(text, at)) {
        return vec![found];
    }
    let embedded = embedded(text, at);
    if around.syntax == Syntax::Bare && embedded.is_none()
        || memchr::memchr3(b'"', b'\'', b'`', window).is_none()
    {
        return Vec::new();
    }
    let mut walk = Walk::new(text, embedded.unwrap_or(at)..at + window.len());
    while walk.at < walk.end && walk.found.len() < MOST && walk.step().is_some() {}
    walk.found
}

/// `${NAME:-…}` of a shell, `${NAME:…}` of Spring, in quotes or not.
fn substituted(text: &[u8], at: usize) -> Option<Literal> {
    let quote = text.get(at).filter(|b| is_plain_quote(b));
    let rest = text[at + usize::from(quote.is_some())..].strip_prefix(b"${")?;
    let name = rest.iter().take(LONGEST_NAME).take_while(|b| is_word(**b) || matches!(b, b'.' | b'-'));
    let name = name.count();
    // The shell's `-` is of no name there, but in Spring's it may be.
    let (name, rest) = match memchr::memchr(b'-', &rest[..name]) {
        Some(dash) if rest.get(name) == Some(&b'}') => (dash, &rest[dash..]),
        _ => (name, &rest[name..]),
    };
    let signs = [&b":-"[..], b":=", b":", b"-", b"="];
    let value = signs.iter().find_map(|sign| rest.strip_prefix(*sign)).filter(|_| name > 0)?;
    let inner = value.strip_prefix(b"\"").or(value.strip_prefix(b"'")).unwrap_or(value);
    let is_end = |b: &u8| is_plain_quote(b) || matches!(b, b'}' | b'$' | b'\\') || !b.is_ascii_graphic();
    let length = inner.iter().take(LONGEST).position(is_end).filter(|length| *length > 0)?;
    let is_quoted = inner.len() < value.len();
    let closes = if is_quoted { is_plain_quote(&inner[length]) } else { inner[length] == b'}' };
    let start = text.len() - inner.len();
    closes.then_some((start..start + length, true))
}

/// Where the expression starts that a template puts in, in quotes or not: `<%= ENV["X"] || "…" %>` of ERB.
fn embedded(text: &[u8], at: usize) -> Option<usize> {
    let start = at + usize::from(matches!(text.get(at), Some(b'"' | b'\'')));
    text.get(start..)?.starts_with(b"<%=").then_some(start + b"<%=".len())
}

/// `{{ name | default('…') }}` of Jinja, in quotes or not.
fn templated(text: &[u8], at: usize) -> Option<Literal> {
    let quote_length = usize::from(matches!(text.get(at), Some(b'"' | b'\'')));
    let rest = text[at + quote_length..text.len().min(at + LONGEST)].strip_prefix(b"{{")?;
    let inner = &rest[..crate::memmem::find(rest, b"}}")?];
    let bar = crate::memmem::find(inner, b"default")? + b"default".len();
    let blanks = inner[bar..].iter().take_while(|b| matches!(b, b' ' | b'(')).count();
    let quote = inner.get(bar + blanks).filter(|b| matches!(b, b'"' | b'\''))?;
    let start = at + quote_length + b"{{".len() + bar + blanks + 1;
    let length = memchr::memchr(*quote, &inner[bar + blanks + 1..]).filter(|length| *length > 0)?;
    Some((start..start + length, true))
}

/// What a bracket within an expression holds.
#[derive(Clone, Copy, PartialEq)]
enum Bracket {
    /// A part of the expression.
    Part,
    /// What a condition asks, with the branch behind it.
    Condition,
    /// What stands in for something: `.unwrap_or(…)`.
    Default,
    /// A name and what stands in for its value: `getenv("X", …)`. Behind the name is whether a comma was.
    Asks {
        is_behind: bool,
    },
    Other,
}

/// A way through an expression.
struct Walk<'t> {
    text: &'t [u8],
    at: usize,
    end: usize,
    open: Vec<(Bracket, u8)>,
    /// Whether a literal here is one of those that the expression may yield, the first aside.
    is_due: bool,
    /// Whether a brace here opens a branch, and whether a question was asked whose branches a colon divides.
    may_branch: bool,
    is_asked: bool,
    found: Vec<Literal>,
}

impl<'t> Walk<'t> {
    fn new(text: &'t [u8], expression: Range<usize>) -> Self {
        Walk {
            text,
            at: expression.start,
            end: expression.end,
            open: Vec::new(),
            is_due: false,
            may_branch: false,
            is_asked: false,
            found: Vec::new(),
        }
    }

    /// One token further; `None` where the expression is over.
    fn step(&mut self) -> Option<()> {
        let byte = self.text[self.at];
        match byte {
            b' ' | b'\t' | b'\r' => self.at += 1,
            b'\n' => return self.line_break(),
            b'"' | b'\'' | b'`' => return self.literal(),
            _ if is_word(byte) || byte == b'$' || byte == b'@' => return self.word(),
            b'(' => self.enter(Bracket::Part, b')'),
            b'{' => self.block(),
            b'[' => self.enter(Bracket::Other, b']'),
            b')' | b']' | b'}' => return self.leave(byte),
            b',' => return self.comma(),
            b';' => return None,
            b'#' | b'/' => return self.comment(),
            _ => return self.sign(),
        }
        Some(())
    }

    /// An operator, or any other byte.
    fn sign(&mut self) -> Option<()> {
        let rest = &self.text[self.at..self.end];
        let starts = |sign: &[u8]| rest.starts_with(sign);
        let length = match rest[0] {
            b'|' | b'?' | b'&' if starts(b"||") || starts(b"??") || starts(b"?:") || starts(b"&&") => {
                self.is_due = true;
                2
            }
            b'?' if starts(b"?.") || starts(b"?->") => 2,
            b'?' => {
                (self.is_due, self.is_asked) = (true, true);
                1
            }
            b':' => {
                self.is_due = self.is_asked;
                1
            }
            // A lone sign gives something to another name; arrows and comparisons do not.
            b'=' if starts(b"=>") => 2,
            b'=' | b'!' | b'<' | b'>' if rest.get(1) == Some(&b'=') => {
                self.is_due = false;
                rest.iter().take(3).take_while(|b| !b.is_ascii_alphanumeric() && **b != b' ').count()
            }
            b'=' if self.open.is_empty() => return None,
            b'+' => {
                self.is_due = false;
                1
            }
            _ => 1,
        };
        self.at += length;
        Some(())
    }

    /// Over a comment, which ends the expression where it goes on to the end of what is read.
    fn comment(&mut self) -> Option<()> {
        let over = trivia::comment(self.text, self.at);
        if over.is_none() && (self.text[self.at] == b'#' || self.text[self.at..self.end].starts_with(b"//")) {
            return None;
        }
        self.at = over.unwrap_or(self.at + 1);
        Some(())
    }

    fn comma(&mut self) -> Option<()> {
        let (bracket, _) = self.open.last_mut()?;
        if let Bracket::Asks { is_behind } = bracket {
            *is_behind = true;
        }
        self.is_due = false;
        self.at += 1;
        Some(())
    }

    /// The block of `fetch("X") { "…" }` and the branches of Kotlin and Rust; others are maps and bodies.
    fn block(&mut self) {
        let is_due = std::mem::take(&mut self.may_branch);
        self.enter(if is_due { Bracket::Part } else { Bracket::Other }, b'}');
        self.is_due = is_due;
    }

    /// Goes on below where an operator says so.
    fn line_break(&mut self) -> Option<()> {
        let rest = &self.text[self.at..self.end];
        let below = rest.trim_ascii_start();
        let goes_on = [&b"||"[..], b"&&", b"?", b":", b".", b"or ", b"else "];
        let is_one =
            !self.open.is_empty() || self.is_due || goes_on.iter().any(|sign| below.starts_with(sign));
        self.at += rest.len() - below.len();
        is_one.then_some(())
    }

    fn literal(&mut self) -> Option<()> {
        let found = literal::at(self.text, self.at)?;
        let is_one = match self.open.last() {
            None | Some((Bracket::Part, _)) => self.is_due,
            Some((Bracket::Default | Bracket::Asks { is_behind: true }, _)) => true,
            Some(_) => false,
        };
        // What is put together with others is no value.
        let behind = self.text[found.end..].trim_ascii_start();
        let is_part = behind.starts_with(b"+") || behind.starts_with(b"%") && !behind.starts_with(b"%>");
        if is_one && !is_part {
            self.found.push((found.value, true));
        }
        self.is_due = false;
        self.at = found.end;
        Some(())
    }

    fn word(&mut self) -> Option<()> {
        let rest = &self.text[self.at..self.end];
        let is_path = |at: usize| {
            let joins =
                |sign: &[u8]| rest[at..].starts_with(sign) || at > 0 && rest[at - 1..].starts_with(sign);
            is_word(rest[at]) || matches!(rest[at], b'$' | b'@' | b'.' | b'!') || joins(b"::") || joins(b"->")
        };
        let length = (0..rest.len()).take_while(|at| is_path(*at)).count();
        let word = &rest[..length];
        self.at += length;
        match rest.get(length) {
            // A prefix of the literal.
            Some(b'"' | b'\'') => {}
            Some(b'(') => {
                let bracket = called(word);
                let is_due = self.is_due && bracket == Bracket::Part;
                self.enter(bracket, b')');
                self.is_due = is_due;
            }
            Some(b'[') => self.enter(Bracket::Other, b']'),
            _ if matches!(word, b"or" | b"and" | b"else" | b"then") => {
                (self.is_due, self.may_branch) = (true, word == b"else");
            }
            Some(b' ') if matches!(word, b"if" | b"unless" | b"when") => {
                self.may_branch = true;
                if rest[length..].trim_ascii_start().starts_with(b"(") {
                    self.at += memchr::memchr(b'(', &rest[length..])?;
                    self.enter(Bracket::Condition, b')');
                }
            }
            _ => self.is_due = false,
        }
        Some(())
    }

    fn leave(&mut self, close: u8) -> Option<()> {
        let (bracket, _) = self.open.pop().filter(|(_, own)| *own == close)?;
        self.is_due = bracket == Bracket::Condition;
        self.may_branch = self.is_due || matches!(bracket, Bracket::Asks { .. });
        self.at += 1;
        Some(())
    }

    fn enter(&mut self, bracket: Bracket, close: u8) {
        // Nothing within what says nothing does.
        let is_within =
            self.open.last().is_some_and(|(outer, _)| matches!(outer, Bracket::Other | Bracket::Condition));
        self.open.push((if is_within { Bracket::Other } else { bracket }, close));
        self.at += 1;
    }
}

/// What a call of this name makes of the literals that it takes.
fn called(callee: &[u8]) -> Bracket {
    let part = callee.rsplit(|b| !is_word(*b)).next().unwrap_or_default();
    let words = names::words(part);
    let stands_in = |word: &String| {
        matches!(word.as_str(), "or" | "else" | "default" | "fallback" | "coalesce" | "ifnull" | "nvl")
    };
    match part {
        b"if" | b"unless" | b"when" => Bracket::Condition,
        // `getOrDefault("X", …)` has both.
        _ if names_first_argument(callee) && !part.starts_with(b"unwrap") => {
            Bracket::Asks { is_behind: false }
        }
        _ if words
            .first()
            .is_some_and(|first| matches!(first.as_str(), "get" | "fetch" | "env" | "lookup")) =>
        {
            Bracket::Asks { is_behind: false }
        }
        _ if words.iter().any(stands_in) => Bracket::Default,
        _ if only_wraps(&[callee, b"("].concat()) => Bracket::Part,
        _ => Bracket::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, syntax: Syntax) -> Vec<&str> {
        let sign = Sign { gap: 1, at: 2, end: Some(3) };
        let around = Around {
            keyword: b"k",
            at: 0,
            syntax,
            catalogue: crate::catalogue::embedded(),
            may_be_far: true,
            last_list: &super::super::LastList::default(),
        };
        values(text.as_bytes(), around, &sign).into_iter().map(|(value, _)| &text[value]).collect()
    }

    #[test]
    fn what_stands_in_for_an_expression() {
        for text in [
            "k = process.env.X || \"V\";",
            "k = process.env.X ?? 'V'",
            "k = env[\"X\"] || \"V\"\n",
            "k = os.environ.get(\"X\") or \"V\"",
            "k = os.environ.get(\"X\", \"V\")",
            "k = getenv(\"X\") ?: \"V\";",
            "k = System.getenv(\"X\") ?: \"V\"",
            "k = env::var(\"X\").unwrap_or(\"V\".into())",
            "k = env::var(\"X\").unwrap_or_else(|_| \"V\".into())",
            "k = option_env!(\"X\").unwrap_or(\"V\")",
            "k = Optional.ofNullable(System.getenv(\"X\")).orElse(\"V\")",
            "k = ENV.fetch(\"X\", \"V\")",
            "k = map.getOrDefault(\"X\", \"V\")",
            "k = prod ? process.env.X : \"V\";",
            "k = prod ? \"V\" : process.env.X;",
            "k = prod? ? ENV[\"X\"] : \"V\"",
            "k = os.environ[\"X\"] if PROD else \"V\"",
            "k = if (prod) System.getenv(\"X\") else \"V\"",
            "k = if (prod) \"V\" else System.getenv(\"X\")",
            "k = if prod { load(\"a\") } else { \"V\" };",
            "k = prod && \"V\";",
            "k = (a || \"V\")",
            "k = process.env.X\n    || \"V\"",
            "k = process.env.X ||\n    \"V\"",
            "k = os.environ.get(\n    \"X\",\n    \"V\",\n)",
        ] {
            assert_eq!(found(text, Syntax::Code), ["V"], "{text}");
        }
        for text in [
            "k = ${X:V}\n",
            "k = ${X:-V}\n",
            "k = \"${X:-V}\"\n",
            "k = \"${X-V}\"\n",
            "k = \"{{ x | default('V') }}\"\n",
            "k = <%= ENV[\"X\"] || \"V\" %>\n",
            "k = <%= ENV.fetch('X', 'V') %>\n",
            "k = \"<%= ENV['X'] || 'V' %>\"\n",
        ] {
            assert_eq!(found(text, Syntax::Bare), ["V"], "{text}");
        }
    }

    #[test]
    fn what_stands_in_for_nothing() {
        for text in [
            "k = load(\"V\")",
            "k = f(\"a\", \"V\")",
            "k = x == \"V\"",
            "k = x; y = z || \"V\"",
            "k = x\ny = z || \"V\"",
            "k = x, y || \"V\"",
            "k = x ? f(\"V\") : y",
            "k = x || \"V\" + y",
            "k = os.environ.get(\"V\")",
            "k = { type: \"V\", of: \"V\" }",
            "k = (x): string => { return \"V\" }",
            "k = f({ a: \"V\" })",
        ] {
            assert!(found(text, Syntax::Code).is_empty(), "{text}");
        }
        for text in [
            "k = <%= ENV[\"X\"] %>\n",
            "k = ${X}\n",
            "k = ${X:${Y:V}}\n",
            "k = a or \"V\"\n",
            "k = {{ default }}\n",
        ] {
            assert!(found(text, Syntax::Bare).is_empty(), "{text}");
        }
    }
}

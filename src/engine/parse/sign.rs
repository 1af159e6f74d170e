//! The sign behind a name that gives it a value, in every language.

use std::ops::Range;

use super::compared;
use super::operand::{array, skip};
use crate::engine::Syntax;
use crate::engine::locate::words::secret_type;
use crate::engine::names::{self, Role};
use crate::engine::shape::confirm::is_word;
use crate::engine::syntax::{annotation, bracket, literal};
use crate::engine::word_set::WordSet;

/// Most blanks that align a sign, or a value behind it, with those of other lines.
pub(super) const MOST_BLANKS: usize = 64;

/// How far before a name the call opens that it is an argument of, bytes.
const LONGEST_CALL: usize = 64;

/// Longest remark between a name and its colon, bytes.
const LONGEST_REMARK: usize = 40;

/// Colon and equals sign as they are written between characters of East Asia.
pub(super) const WIDE: [&str; 2] = ["：", "＝"];

/// Calls of what a name stands for that take its value: what stands in for it, and what is typed into a field of a page,
/// `getByLabel('Password').fill('…')`.
const CALLS: [&[u8]; 11] = [
    b".unwrap_or(",
    b".unwrap_or_else(|_| ",
    b".orElse(",
    b".getOrElse(",
    b".fill(",
    b".type(",
    b".typeText(",
    b".send_keys(",
    b".sendKeys(",
    b".setValue(",
    // What a container of dependencies gives under the name: `Names.named("api.key")).to("…")`.
    b".to(",
];

/// What stands between a name and its value.
pub(super) struct Sign {
    /// Where the name is over, with its quotes, its brackets and the size of its array: `char api_key[33] = "…"` of C.
    pub(super) gap: usize,
    /// Where the sign stands, if there is one.
    pub(super) at: usize,
    /// Where it ends; `None` where what stands there gives the name nothing.
    pub(super) end: Option<usize>,
}

/// The sign behind the name at `name`.
pub(super) fn behind(text: &[u8], name: &Range<usize>, syntax: Syntax) -> Sign {
    let gap = skip(text, name.end, |b| matches!(b, b'"' | b'\'' | b']' | b'\\' | b')' | b'`'), 4);
    let gap = array(text, gap);
    let at = skip(text, gap, |b| b == b' ' || b == b'\t', MOST_BLANKS);
    // `token!: string = "…"` of TypeScript.
    let at = at + usize::from(text[at..].starts_with(b"!: "));
    let end = operator(text, name, at, syntax)
        .filter(|_| !is_summed(text, name) && !asks_type(text, name) && !is_turned_away(text, name));
    Sign { gap, at, end }
}

/// Whether what the sign stands behind is a sum of what the name holds: `md5($token) == "…"`, `hash("sha256", $token)`.
fn is_summed(text: &[u8], name: &Range<usize>) -> bool {
    if text.get(name.end) != Some(&b')') {
        return false;
    }
    let near = &text[name.start.saturating_sub(LONGEST_CALL)..name.start];
    let callee = &near[..bracket::open_before(near, b"(", b")").unwrap_or(0)];
    names::is_of_sums(callee.rsplit(|b| !is_word(*b)).next().unwrap_or_default())
}

/// Whether it is the type of the name that is compared: `typeof settings.password === "string"`.
fn asks_type(text: &[u8], name: &Range<usize>) -> bool {
    let near = &text[name.start.saturating_sub(LONGEST_CALL)..name.start];
    let path =
        near.iter().rev().take_while(|b| is_word(**b) || matches!(b, b'.' | b'?' | b'$' | b'(')).count();
    near[..near.len() - path].trim_ascii_end().ends_with(b"typeof")
}

/// Whether the word before the name says that nobody may choose the value: `Example of a weak password: …`.
fn is_turned_away(text: &[u8], name: &Range<usize>) -> bool {
    let near = &text[name.start.saturating_sub(LONGEST_CALL)..name.start];
    let Some(lead) = near.strip_suffix(b" ") else { return false };
    let word = lead.rsplit(|b| !b.is_ascii_alphabetic()).next().unwrap_or_default();
    names::TURNED_AWAY.iter().any(|known| word.eq_ignore_ascii_case(known.as_bytes()))
}

/// What stands behind a name and may be its sign.
struct Place<'t> {
    text: &'t [u8],
    name: &'t Range<usize>,
    at: usize,
    /// The text from `at` on.
    rest: &'t [u8],
    is_code: bool,
}

/// The end of an assignment sign at `at`.
fn operator(text: &[u8], name: &Range<usize>, at: usize, syntax: Syntax) -> Option<usize> {
    let place = Place { text, name, at, rest: text.get(at..)?, is_code: syntax == Syntax::Code };
    let length = match place.rest.first()? {
        b'=' | b'!' | b'<' | b'+' | b'|' | b'?' => place.operator(),
        b':' => place.colon(),
        b',' => place.is_code.then_some(1),
        b'.' => place.call(),
        b'-' => place.arrow(),
        b'>' => place.is_element().then_some(1),
        b'(' => place.bracket(),
        b'{' => place.opens_block().then_some(1),
        first if first.is_ascii_alphanumeric() || matches!(first, b' ' | b'_' | b')') => {
            place.word().or_else(|| behind_type(place.rest)).or_else(|| place.said())
        }
        first if !first.is_ascii() => {
            let wide = WIDE.iter().find(|sign| place.starts(sign.as_bytes())).map(|sign| sign.len());
            wide.or_else(|| place.said())
        }
        _ => None,
    };
    length.map(|length| at + length)
}

/// Each gives the length of the sign.
impl Place<'_> {
    fn starts(&self, sign: &[u8]) -> bool {
        self.rest.starts_with(sign)
    }

    /// Whether a literal opens so far behind.
    fn is_literal(&self, at: usize) -> bool {
        matches!(self.rest.get(at), Some(b'"' | b'\''))
    }

    /// Whether something stands between the name and the sign: a quote, a bracket, a blank.
    fn is_apart(&self) -> bool {
        self.at > self.name.end
    }

    /// What gives the name a value, compares it with one or has one stand in for it.
    fn operator(&self) -> Option<usize> {
        let is_code = self.is_code;
        match self.rest[0] {
            b'=' if self.starts(b"===") => Some(3),
            b'=' if self.starts(b"=>") || self.starts(b"==") => Some(2),
            b'=' => Some(1),
            // What does not match is turned away.
            b'!' if self.starts(b"!==") => is_code.then_some(3),
            b'!' if self.starts(b"!=") => {
                let is_literal = self.is_literal(2) || self.starts(b"!= ") && self.is_literal(3);
                (is_code || is_literal).then_some(2)
            }
            b'<' if self.starts(b"<- ") => Some(3),
            b'+' if self.starts(b"+=") => Some(2),
            b'|' if self.starts(b"||=") => Some(3),
            b'?' if self.starts(b"??=") => Some(3),
            // What stands in for a variable that is not set: `env.X ?? "…"`, `ENV["X"] || "…"`, `getenv("X") ?: "…"`.
            b'|' | b'?' if is_code && [&b"??"[..], b"||", b"?:"].iter().any(|sign| self.starts(sign)) => {
                Some(2)
            }
            _ => None,
        }
    }

    /// A colon, or what it opens.
    fn colon(&self) -> Option<usize> {
        if self.starts(b":=") {
            return Some(2);
        }
        // A type that says what it holds: `ClientSecret::new("…")`.
        let made = [&b"::new("[..], b"::from("].into_iter().find(|made| self.starts(made));
        if let Some(made) = made.filter(|_| self.is_secret_type()) {
            return Some(made.len());
        }
        // A member of it, which is given nothing by its name: `Token::String("…")`.
        if self.is_code && self.starts(b"::") && self.rest.get(2).is_some_and(u8::is_ascii_alphabetic) {
            return None;
        }
        // `token: str = "…"` has its value behind the second sign.
        let typed = self.is_code.then(|| annotation::length(&self.rest[1..])).flatten();
        Some(1 + typed.map_or(0, |length| length + 1))
    }

    fn call(&self) -> Option<usize> {
        if self.starts(b".of(") && self.is_secret_type() {
            return Some(b".of(".len());
        }
        let known = CALLS.iter().find(|call| self.starts(call)).map(|call| call.len());
        known.or_else(|| compared::call(self.rest))
    }

    fn arrow(&self) -> Option<usize> {
        let is_note = !self.is_code && self.is_apart();
        // `token -> …` in notes; the pairs of a map: `"password" -> "…"` of Scala.
        if self.starts(b"-> ") {
            return (is_note || self.is_code && self.is_literal(3)).then_some(3);
        }
        // `token - "…"`, in notes.
        let is_quoted = || self.is_literal(2) || self.rest.get(2) == Some(&b'`');
        (is_note && self.starts(b"- ") && is_quoted()).then_some(1)
    }

    /// `"password" to "…"` of a map in Kotlin, `os.environ.get("X") or "…"` of Python.
    fn word(&self) -> Option<usize> {
        if !self.is_code || !self.is_literal(3) {
            return None;
        }
        if self.starts(b"to ") && is_literal_name(self.text, self.name) {
            return Some(3);
        }
        (self.starts(b"or ") && is_asked(&self.text[..self.at])).then_some(2)
    }

    /// What a sentence says the name is of, in prose and settings.
    fn said(&self) -> Option<usize> {
        (!self.is_code && self.is_apart()).then(|| of_what(self.rest))?
    }

    /// Whether the name is a tag or the value of an attribute.
    fn is_element(&self) -> bool {
        let lead = &self.text[self.name.start.saturating_sub(24)..self.name.start];
        // `<ns:password>`
        let mut space = lead.strip_suffix(b":").unwrap_or(lead).iter().rev();
        let open = space.find(|b| !b.is_ascii_alphanumeric());
        self.is_apart() || open == Some(&b'<')
    }

    fn bracket(&self) -> Option<usize> {
        // A remark before the sign: `API key (all hosts): …`.
        if !self.is_code && self.is_apart() {
            return remark(self.rest);
        }
        // `new ApiKey("…")`.
        let takes_value = self.is_code || self.is_literal(1);
        (takes_value && (self.is_secret_type() || sets_it(self.text, self.name))).then_some(1)
    }

    fn opens_block(&self) -> bool {
        // `std::string api_key{"…"}` of C++.
        let initializes = !self.is_apart() && self.is_literal(1);
        // `ENV.fetch("X") { "…" }`.
        let yields = || {
            matches!(self.rest.get(1..3), Some(b" \"" | b" '")) && is_fetched(&self.text[..self.name.start])
        };
        self.is_code && (initializes || yields())
    }

    /// Whether the name is a type that holds secrets.
    fn is_secret_type(&self) -> bool {
        self.is_code && !self.is_apart() && secret_type(&self.text[self.name.clone()]).is_some()
    }
}

/// Length of a remark in brackets and the colon behind it.
fn remark(rest: &[u8]) -> Option<usize> {
    let is_of_words = |b: &&u8| b.is_ascii_alphanumeric() || b" ,.-_/&@`".contains(b) || !b.is_ascii();
    let words = rest[1..].iter().take(LONGEST_REMARK).take_while(is_of_words).count();
    let given = rest[1 + words..].strip_prefix(b"): ")?;
    is_set(given).then_some(words + b"():".len())
}

/// Length of what a sentence says a name is of, and the colon behind it: `Passwort für den Router: …`, `clé d'API : …`,
/// `clave secreta: …`, `пароль от почты: …`.
fn of_what(rest: &[u8]) -> Option<usize> {
    #[rustfmt::skip]
    static FIRST: WordSet<61> = WordSet::new([
        "for", "of", "on", "für", "fuer", "vom", "von", "zum", "zur", "der", "des", "im",
        "am", "beim", "de", "du", "d", "pour", "del", "para", "do", "da", "dos", "das",
        "no", "na", "di", "della", "per", "van", "voor", "op", "dla", "для", "от", "к",
        "на", "til", "för", "api", "wifi", "wlan", "secrète", "secrete", "privée", "secreta", "secreto", "privada",
        "segreta", "privata", "tajny", "prywatny", "доступа", "бота", "сервера", "dell", "al", "ke", "pro", "la",
        "delle",
    ]);
    let window = &rest[..rest.len().min(LONGEST_REMARK)];
    let colon = memchr::memchr(b':', window)?;
    let words = window[..colon].strip_suffix(b" ").unwrap_or(&window[..colon]);
    let is_of_words = |b: &u8| b.is_ascii_alphanumeric() || b" '-.".contains(b) || !b.is_ascii();
    let first = words.split(|b| matches!(b, b' ' | b'\'' | b'-' | b'.')).next().unwrap_or_default();
    let first = String::from_utf8_lossy(first).to_lowercase();
    let is_said = FIRST.contains(&first) && words.iter().all(is_of_words);
    let given = rest[colon + 1..].strip_prefix(b" ").filter(|_| is_said)?;
    is_set(given).then_some(colon + 1)
}

/// Whether what stands behind a name and words was set: it has a digit, most often, and what a manual says of a password has
/// none.
fn is_set(given: &[u8]) -> bool {
    given.iter().take(LONGEST_REMARK).take_while(|b| b.is_ascii_graphic()).any(u8::is_ascii_digit)
}

/// Where the sign behind the type of a declaration ends.
fn behind_type(rest: &[u8]) -> Option<usize> {
    // `var token string = "…"`.
    let typed = rest.iter().take(24).take_while(|b| b.is_ascii_alphanumeric() || **b == b' ').count();
    // `UPDATE tokens SET digest = '…'` gives a column something.
    let is_set = rest.get(..4).is_some_and(|word| word.eq_ignore_ascii_case(b"set "));
    if typed > 0 && !is_set && rest[typed..].starts_with(b"= ") {
        return Some(typed + 1);
    }
    // `g_key CONSTANT VARCHAR2(64) := '…'` of PL/SQL.
    let is_type = |b: &&u8| b.is_ascii_alphanumeric() || matches!(**b, b' ' | b'_' | b'(' | b')');
    let typed = rest.iter().take(48).take_while(is_type).count();
    (typed > 0 && rest[typed..].starts_with(b":=")).then_some(typed + 2)
}

/// Whether a call asks for the name that stands behind it, or calls so what a block gives: `ENV.fetch("X")`,
/// `single(named("x")) { "…" }` of Koin.
fn is_fetched(before: &[u8]) -> bool {
    let lead = before.strip_suffix(b"\"").or(before.strip_suffix(b"'"));
    const ASKS: [&[u8]; 3] = [b"fetch(", b"getOrElse(", b"named("];
    lead.is_some_and(|lead| ASKS.iter().any(|call| lead.ends_with(call)))
}

/// Whether a name stands in quotes.
fn is_literal_name(text: &[u8], name: &Range<usize>) -> bool {
    matches!(text.get(name.end), Some(b'"' | b'\''))
}

/// Whether what stands before asks for a variable: a call or a place in a map.
fn is_asked(before: &[u8]) -> bool {
    matches!(before.trim_ascii_end().last(), Some(b')' | b']'))
}

/// Whether a call of this name gives what it is called: `ds.setPassword("…")`, `.password("…")` of a builder.
fn sets_it(text: &[u8], name: &Range<usize>) -> bool {
    let named = &text[name.clone()];
    let last = named.rsplit(|b| *b == b'.').next().unwrap_or_default();
    let is_member = last.len() < named.len() || text[..name.start].ends_with(b"->");
    let words = names::words(last);
    let sets = words.len() > 1 && matches!(words[0].as_str(), "set" | "with");
    const PLAIN: [&str; 12] = [
        "password",
        "passwd",
        "passphrase",
        "apikey",
        "secretkey",
        "accesskey",
        "accesstoken",
        "authtoken",
        "bearertoken",
        "clientsecret",
        "apisecret",
        "secretaccesskey",
    ];
    // `census_api_key("…")` of R, but not `get_api_key(…)`.
    const TAKES: [&str; 12] = [
        "get", "fetch", "load", "read", "find", "validate", "check", "verify", "decode", "parse", "create",
        "generate",
    ];
    let is_named = words.len() > 2
        && words.ends_with(&["api".to_owned(), "key".to_owned()])
        && !TAKES.contains(&words[0].as_str());
    // `staticToken("…")` of Directus.
    let is_static = words == ["static", "token"];
    let is_plain = PLAIN.contains(&names::normalized(last).as_str());
    // `user("kim") password("…")` of Stata, CL and the blocks of builders: the literal is all that stands in the brackets.
    let is_option = || {
        let found = text.get(name.end..).filter(|rest| rest.starts_with(b"("))?;
        let open = text.len() - found.len() + 1;
        let is_word = |value: &[u8]| value.iter().all(u8::is_ascii_lowercase);
        literal::at(text, open)
            .filter(|found| text.get(found.end) == Some(&b')') && !is_word(&text[found.value.clone()]))
    };
    is_named
        || is_static
        || is_member && (sets && names::role(last) == Role::Secret || is_plain)
        || is_plain && is_option().is_some()
}

//! Names and values that no sign joins: siblings (`key: X, value: Y`), directives (`ENV NAME value`), the
//! default of a declared variable, and names that say something in their place only.

use std::ops::Range;

use super::chosen::is_in_fours;
use super::operand::{Literal, literal};
use crate::engine::Syntax;
use crate::engine::names::{self, Role};
use crate::engine::shape::confirm::is_word;
use crate::engine::syntax::literal::is_plain_quote;
use crate::engine::syntax::{lexer, literal, neighbour, siblings};

/// How far behind a name its value may stand, bytes.
const LONGEST_STEP: usize = 80;
/// How far behind a declared variable its default may stand, bytes.
const LONGEST_BLOCK: usize = 400;
/// How much of a table is looked at, bytes.
const LONGEST_TABLE: usize = 4096;
/// How far before a name the thing is looked for that gives it its meaning, bytes.
const LONGEST_LEAD: usize = 800;

/// `"key": "password", "value": "…"`, `name: DB_PASSWORD` with `value: …` on another line of the same item,
/// `<add value="…" key="Password"/>`, `resource "type" "db_password" { value = "…" }`.
pub(super) fn sibling(text: &[u8], name: &Range<usize>, syntax: Syntax) -> Option<Literal> {
    let found = siblings::value_of(text, name).or_else(|| siblings::labelled(text, name));
    found.filter(|(_, is_quoted)| *is_quoted || syntax == Syntax::Bare)
}

/// `ENV NAME value`, `SetEnv NAME value`, `#define NAME "value"`, and a line `password value` of a program's
/// settings. `at` is behind the name and its blanks.
pub(super) fn directive(text: &[u8], name: &Range<usize>, at: usize, syntax: Syntax) -> Option<Literal> {
    const LEADS: [&[u8]; 15] = [
        b"http-request set-header",
        b"requestheader set",
        b"enable",
        b"option",
        b"set",
        b"env",
        b"arg",
        b"setenv",
        b"setx",
        b"#define",
        b"# define",
        b"proxy_set_header",
        b"fastcgi_param",
        b"php_value",
        b"php_admin_value",
    ];
    if at == name.end {
        return None;
    }
    let from = name.start.saturating_sub(60);
    let line = memchr::memrchr(b'\n', &text[from..name.start]).map(|n| from + n + 1);
    let start = line.or((from == 0).then_some(0))?;
    let lead = text[start..name.start].trim_ascii();
    let is_alone = lead.is_empty() && syntax == Syntax::Bare;
    // The answers of a Debian installer, and the users of HAProxy.
    let answers = lead.starts_with(b"d-i ") || text[name.clone()].eq_ignore_ascii_case(b"insecure-password");
    let is_device = syntax == Syntax::Bare && is_of_device(lead, text[start..].starts_with(lead));
    if !is_alone && !answers && !is_device && !LEADS.iter().any(|known| lead.eq_ignore_ascii_case(known)) {
        return None;
    }
    let window = &text[at..text.len().min(at + 200)];
    let line = &window[..window.iter().position(|b| matches!(b, b'\n' | b'\r')).unwrap_or(window.len())];
    let bare = line.trim_ascii_end().strip_suffix(b";").unwrap_or(line).trim_ascii_end();
    // Tcl has braces, and C++ raw literals.
    let braced = bare.strip_prefix(b"{").filter(|_| lead == b"set").and_then(|rest| rest.strip_suffix(b"}"));
    let whole = literal::at(text, at).filter(|found| found.end == at + bare.len()).map(|found| found.value);
    let inner = whole.or(braced.map(|inner| at + 1..at + 1 + inner.len()));
    let (value, quoted) = inner.map_or((at..at + bare.len(), false), |inner| (inner, true));
    let bytes = &text[value.clone()];
    let one_word = bytes.iter().all(|b| b.is_ascii_graphic() && !matches!(b, b'"' | b'\'' | b'`'));
    // A line of prose may start with the word.
    let drawn = bytes.iter().any(u8::is_ascii_digit) && bytes.iter().any(u8::is_ascii_alphabetic);
    let is_enough = drawn || is_in_fours(bytes) || !lead.is_empty() && !is_device;
    ((one_word || is_in_fours(bytes)) && is_enough && bytes.len() >= 8).then_some((value, quoted))
}

/// Whether a line of a device's configuration begins like this: a user and what is said of him, `username kim
/// privilege 15`; the path of a setting, `set vpn ipsec authentication psk acme`.
fn is_of_device(lead: &[u8], is_at_margin: bool) -> bool {
    const MOST_WORDS: usize = 12;
    let words = lead.split(|b| *b == b' ').take(MOST_WORDS + 1).count();
    let is_plain = lead.iter().all(|b| b.is_ascii_alphanumeric() || b" -_./:'".contains(b));
    let least = if lead.starts_with(b"username ") { 2 } else { 4 };
    is_plain
        && is_at_margin
        && (lead.starts_with(b"username ") || lead.starts_with(b"set "))
        && (least..=MOST_WORDS).contains(&words)
}

/// `--password SECRET` of a command, `-Password "SECRET"` of PowerShell, and both as items of a list: `"--password", "SECRET"`.
pub(super) fn option(text: &[u8], name: &Range<usize>) -> Option<Literal> {
    let named = &text[name.clone()];
    let start = named.starts_with(b"-").then(|| argument(text, name))??;
    // `--recv-keys` takes fingerprints.
    let last = names::words(named).pop()?;
    if last == "keys" || names::role(last.as_bytes()) != Role::Secret {
        return None;
    }
    let quote = text.get(start).copied().filter(|b| matches!(b, b'"' | b'\''));
    let start = start + usize::from(quote.is_some());
    let window = &text[start..text.len().min(start + 200)];
    let is_end = |b: &u8| match quote {
        Some(quote) => *b == quote,
        None => b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'`' | b';' | b'|' | b')' | b'\\'),
    };
    let end = window.iter().position(is_end).unwrap_or(window.len());
    (end > 0 && window[0] != b'-').then_some((start..start + end, quote.is_some()))
}

/// Where the argument of an option starts: behind a blank, or as the next item of a list.
fn argument(text: &[u8], name: &Range<usize>) -> Option<usize> {
    let blanks = |at: usize| at + text[at..].iter().take(LONGEST_STEP).take_while(|b| **b == b' ').count();
    let before = &text[..name.start];
    let quote = before.last().filter(|b| matches!(b, b'"' | b'\''));
    let end = name.end + usize::from(quote.is_some_and(|quote| text.get(name.end) == Some(quote)));
    match text.get(end)? {
        b' ' | b'\t' => {
            let gap = text[end..].iter().take(LONGEST_STEP).take_while(|b| matches!(b, b' ' | b'\t')).count();
            quote.is_none().then_some(end + gap)
        }
        b',' if quote.is_some() => {
            let gap =
                text[end + 1..].iter().take(LONGEST_STEP).take_while(|b| b.is_ascii_whitespace()).count();
            (text.get(end + 1 + gap) == quote).then_some(end + 1 + gap)
        }
        b'\n' | b'\r' => {
            let lead = &before[..before.len() - usize::from(quote.is_some())];
            let below = end + text[end..].iter().take(2).take_while(|b| matches!(b, b'\n' | b'\r')).count();
            let dash = blanks(below);
            let are_items = lead.ends_with(b"- ") && text[dash..].starts_with(b"- ");
            are_items.then(|| blanks(dash + 2))
        }
        _ => None,
    }
}

/// `add_argument("--token", default="…")`, `fromEnvironment('API_SECRET', defaultValue: '…')`.
pub(super) fn default_of(text: &[u8], name: &Range<usize>, syntax: Syntax) -> Option<Literal> {
    text.get(name.end).filter(|b| matches!(b, b'"' | b'\''))?;
    let window = &text[name.end..text.len().min(name.end + LONGEST_STEP)];
    let window = &window[..window.iter().position(|b| matches!(b, b'\n' | b')')).unwrap_or(window.len())];
    let at = crate::memmem::find(window, b"default")?;
    window[..at].contains(&b',').then_some(())?;
    let word = window[at..].iter().take_while(|b| b.is_ascii_alphabetic()).count();
    let signs = window[at + word..].iter().take_while(|b| matches!(b, b' ' | b'=' | b':' | b'>')).count();
    (signs > 0).then(|| literal(text, name.end + at + word + signs, syntax)).flatten()
}

/// The value behind a key among the arguments that a map is made of: `Map.of("user", "kim", "api_key", "…")`,
/// `json_build_object('id', 1, 'token', '…')`, `my %form = ("client_secret", "…")` of Perl. `comma` is behind the key.
pub(super) fn entry(text: &[u8], name: &Range<usize>, comma: usize) -> Option<Literal> {
    let quote = text[..name.start].last().filter(|b| is_plain_quote(b))?;
    text.get(name.end).filter(|b| *b == quote)?;
    let blanks = text[comma + 1..].iter().take(LONGEST_STEP).take_while(|b| b.is_ascii_whitespace()).count();
    let found = literal::at(text, comma + 1 + blanks)?;
    let behind = text[found.end..].iter().take(LONGEST_STEP).find(|b| !b.is_ascii_whitespace());
    behind.filter(|b| matches!(b, b',' | b')' | b']'))?;
    let floor = name.start.saturating_sub(LONGEST_TABLE);
    let list = lexer::list_before(text, floor, name.start - 1);
    let bracket = list.open.filter(|open| matches!(text[*open], b'(' | b'['))?;
    let callee = &text[floor..bracket];
    // `weboptions('Username', 'kim', 'Password', '…')` of MATLAB.
    let is_option = || {
        let named = &text[name.clone()];
        *quote == b'\''
            && text[bracket] == b'('
            && callee.last().is_some_and(|b| is_word(*b))
            && named[0].is_ascii_uppercase()
            && named.iter().all(u8::is_ascii_alphabetic)
    };
    let is_entry = list.commas.len().is_multiple_of(2) && makes_map(callee);
    (is_entry || is_option()).then_some((found.value, true))
}

/// Whether a map is made of what stands in the bracket that opens behind `before`, keys and values in turn.
fn makes_map(before: &[u8]) -> bool {
    const MAKES: [&str; 9] = [
        "mapof",
        "hash",
        "hashmap",
        "arraymap",
        "jsonobject",
        "jsonbuildobject",
        "jsonbbuildobject",
        "namedstruct",
        "createmap",
    ];
    const MAPS: [&str; 5] = ["map", "dict", "dictionary", "hash", "table"];
    let is_path = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b':');
    let bare = before.trim_ascii_end();
    // The type of its entries: `ImmutableMap.<String, String>of(`.
    let start = bare.len() - bare.iter().rev().take_while(|b| is_path(b)).count();
    let (head, path) = bare.split_at(start);
    let typed = head.strip_suffix(b">").and_then(|head| Some(&head[..memchr::memrchr(b'<', head)?]));
    let of = |path: &[u8]| {
        let part = path.rsplit(|b| matches!(b, b'.' | b':')).find(|part| !part.is_empty());
        names::normalized(part.unwrap_or_default())
    };
    let last = of(path);
    if last.is_empty() {
        let line = &bare[memchr::memrchr(b'\n', bare).map_or(0, |at| at + 1)..];
        let name = line.strip_suffix(b"=").map(|line| line.trim_ascii_end());
        return name.is_some_and(|name| {
            name.rsplit(|b| b.is_ascii_whitespace()).next().is_some_and(|n| n.starts_with(b"%"))
        });
    }
    let owner = match typed {
        Some(typed) => {
            let kind = typed.len() - typed.iter().rev().take_while(|b| is_path(b)).count();
            of(&typed[kind..])
        }
        None => of(&path[..path.len().saturating_sub(last.len() + 1)]),
    };
    MAKES.contains(&last.as_str()) || last == "of" && MAPS.iter().any(|map| owner.ends_with(map))
}

/// `buildConfigField "String", "API_KEY", "\"…\""` and `resValue "string", "api_key", "…"` of Android builds.
pub(super) fn build_field(text: &[u8], name: &Range<usize>) -> Option<Literal> {
    text.get(name.end).filter(|b| matches!(b, b'"' | b'\''))?;
    let lead = &text[name.start.saturating_sub(LONGEST_STEP)..name.start];
    let line = &lead[memchr::memrchr(b'\n', lead).map_or(0, |at| at + 1)..];
    let is_field = |call: &[u8]| crate::memmem::find(line, call).is_some();
    if !is_field(b"buildConfigField") && !is_field(b"resValue") {
        return None;
    }
    let window = &text[name.end..text.len().min(name.end + LONGEST_LEAD)];
    let signs = window.iter().take_while(|b| is_sign(**b) || matches!(b, b',' | b'\\')).count();
    let value = window[signs..].iter().position(|b| matches!(b, b'"' | b'\'' | b'\\' | b'\n'))?;
    let is_next = window[..signs].contains(&b',') && window[signs + value] != b'\n';
    (is_next && value > 0).then_some((name.end + signs..name.end + signs + value, true))
}

/// `variable "db_password" { … default = "…" }` of Terraform; the one literal of a list counts too.
pub(super) fn declared(text: &[u8], name: &Range<usize>, syntax: Syntax) -> Option<Literal> {
    let at = default_at(text, name)?;
    let opens = usize::from(text.get(at) == Some(&b'['));
    let blanks = text[at + opens..].iter().take(LONGEST_STEP).take_while(|b| b.is_ascii_whitespace()).count();
    literal(text, if opens > 0 { at + opens + blanks } else { at }, syntax)
}

/// Where the default starts of the variable of Terraform that a name is.
pub(super) fn default_at(text: &[u8], name: &Range<usize>) -> Option<usize> {
    let before = text[name.start.saturating_sub(24)..name.start].strip_suffix(b"\"")?.trim_ascii_end();
    if !before.ends_with(b"variable") {
        return None;
    }
    let window = &text[name.end..text.len().min(name.end + LONGEST_BLOCK)];
    let block = &window[..crate::memmem::find(window, b"\n}").unwrap_or(window.len())];
    let at = memchr::memmem::find_iter(block, b"default").find_map(|at| {
        let rest = &block[at + b"default".len()..];
        let blanks = rest.iter().take_while(|b| **b == b' ').count();
        (rest.get(blanks) == Some(&b'=')).then_some(at + b"default".len() + blanks + 1)
    })?;
    let blanks = block[at..].iter().take_while(|b| **b == b' ').count();
    Some(name.end + at + blanks)
}

/// A parameter of a template with its default: `DbPassword:` and, further in, `Default: …` (CloudFormation).
pub(super) fn parameter(text: &[u8], name: &Range<usize>, syntax: Syntax) -> Option<Literal> {
    let window = &text[name.end..text.len().min(name.end + LONGEST_BLOCK)];
    let body = window.strip_prefix(b":\n").or(window.strip_prefix(b":\r\n"))?;
    let from = name.start.saturating_sub(LONGEST_STEP);
    let depth = text[from..name.start].iter().rev().take_while(|b| **b == b' ').count();
    let mut at = name.end + window.len() - body.len();
    for line in body.split(|b| *b == b'\n') {
        let indent = line.iter().take_while(|b| **b == b' ').count();
        if indent <= depth {
            return None;
        }
        if let Some(value) = line[indent..].strip_prefix(b"Default:") {
            let blanks = value.iter().take_while(|b| **b == b' ').count();
            return literal(text, at + line.len() - value.len() + blanks, syntax);
        }
        at += line.len() + 1;
    }
    None
}

/// `password` and its value in the files of Subversion, lengths before both: `V 12`.
pub(super) fn counted(text: &[u8], name: &Range<usize>) -> Option<Literal> {
    let rest = text.get(name.end..)?.strip_prefix(b"\nV ")?;
    let digits = rest.iter().take(4).take_while(|b| b.is_ascii_digit()).count();
    let length: usize = std::str::from_utf8(&rest[..digits]).ok()?.parse().ok()?;
    let start = name.end + b"\nV ".len() + digits + 1;
    let value = start..start.checked_add(length)?;
    (rest.get(digits) == Some(&b'\n') && text.get(value.end) == Some(&b'\n')).then_some((value, true))
}

/// Names that say nothing alone, and what makes a secret of them.
const IN_PLACE: [(&str, &[u8]); 5] = [
    // cookie-session and its like, which sign with the first and take what the others have signed.
    ("keys", b"cookie"),
    // CakePHP: `'Security' => ['salt' => '…']`.
    ("salt", b"'security' =>"),
    // ASP.NET: `"Jwt": { "Key": "…" }`.
    ("key", b"\"jwt"),
    // What the entries of a Secret of Kubernetes are, whatever they are called.
    ("stringdata", b"kind: secret\n"),
    // The state file of Terraform: `"type": "random_password", … "result": "…"`.
    ("result", b"\"random_password\""),
];

/// Whether the name is one of those that only their place makes a secret's: that it is, and whether it stands
/// there.
pub(super) fn in_place(text: &[u8], name: &Range<usize>) -> Option<bool> {
    let named = names::normalized(&text[name.clone()]);
    let (_, mark) = IN_PLACE.iter().find(|(known, _)| *known == named)?;
    let lead = text[name.start.saturating_sub(LONGEST_LEAD)..name.start].to_ascii_lowercase();
    Some(crate::memmem::find(&lead, mark).is_some())
}

/// Whether a value stands under `encryptedData:` of a SealedSecret, which its cluster alone can open.
pub(super) fn is_sealed(text: &[u8], at: usize) -> bool {
    let mut headers = neighbour::headers_above(text, at);
    headers.any(|header| header.trim_ascii().starts_with(b"encryptedData"))
}

fn is_sign(byte: u8) -> bool {
    matches!(byte, b'"' | b'\'' | b'`' | b'\\' | b' ' | b'\t')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str, name: &str) -> Range<usize> {
        let at = text.find(name).unwrap();
        at..at + name.len()
    }

    #[test]
    fn siblings() {
        for text in [
            "{\"key\": \"password\", \"value\": \"x1\"}",
            "{\n  \"key\": \"password\",\n  \"value\": \"x1\"\n}",
            "- name: password\n  value: x1\n",
            "<add key=\"password\" value=\"x1\" />",
            "{ \"ParameterKey\": \"password\", \"ParameterValue\": \"x1\" }",
        ] {
            let found = sibling(text.as_bytes(), &name(text, "password"), Syntax::Bare);
            assert_eq!(found.map(|(value, _)| &text[value]), Some("x1"), "{text}");
        }
        for text in [
            "- name: password\n  valueFrom: x1\n",
            "{\"type\": \"password\", \"value\": \"x1\"}",
            "name: password",
            "{\"key\": \"password\", \"label\": \"x1\"}",
        ] {
            assert!(sibling(text.as_bytes(), &name(text, "password"), Syntax::Bare).is_none(), "{text}");
        }
    }

    #[test]
    fn directives() {
        for (text, syntax) in [
            ("ENV PASSWORD ab12cd34\n", Syntax::Bare),
            ("SetEnv PASSWORD \"ab12cd34\"", Syntax::Bare),
            ("x\n#define PASSWORD \"ab12cd34\"\n", Syntax::Code),
            ("set PASSWORD \"ab12cd34\"\n", Syntax::Code),
            ("account x\nPASSWORD ab12cd34\n", Syntax::Bare),
            ("  proxy_set_header PASSWORD \"ab12cd34\";\n", Syntax::Bare),
        ] {
            let named = name(text, "PASSWORD");
            let found = directive(text.as_bytes(), &named, named.end + 1, syntax);
            assert_eq!(found.map(|(value, _)| &text[value]), Some("ab12cd34"), "{text}");
        }
        for text in ["PASSWORD is ab12cd34\n", "the PASSWORD ab12cd34\n", "PASSWORD abcdefgh\n"] {
            let named = name(text, "PASSWORD");
            assert!(directive(text.as_bytes(), &named, named.end + 1, Syntax::Bare).is_none(), "{text}");
        }
    }

    #[test]
    fn defaults_of_variables() {
        let text = "variable \"password\" {\n  type = string\n  default = \"x1\"\n}\n";
        let found = declared(text.as_bytes(), &name(text, "password"), Syntax::Code);
        assert_eq!(found.map(|(value, _)| &text[value]), Some("x1"));
        let text = "variable \"password\" {\n  type = string\n}\nx {\n  default = \"x1\"\n}\n";
        assert!(declared(text.as_bytes(), &name(text, "password"), Syntax::Code).is_none());
    }
}

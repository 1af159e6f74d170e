//! Names and values that stand side by side in one structure, in any order: `name = "…"` and `value = "…"` of a block, the
//! attributes of an element, the members of an object, the options of a command.

use std::ops::Range;

use crate::engine::names::{self, Role};
use crate::engine::syntax::lexer::{self, Lexer};
use crate::engine::syntax::{literal, neighbour};

/// How far a structure is read to each side, bytes, and how many attributes of it.
const REACH: usize = 400;
const MOST: usize = 24;
/// How deep an item of a list is indented at most, and how far before a name its label ends, bytes.
const DEEPEST: usize = 60;
const LONGEST_LEAD: usize = 80;

/// What labels a name, without separators.
const NAMES: [&str; 21] = [
    "name",
    "key",
    "variable",
    "var",
    "field",
    "property",
    "parameterkey",
    "n",
    "secretname",
    "variablename",
    "valuename",
    "parametername",
    "param",
    "header",
    "optionname",
    "settingname",
    "settingkey",
    "configname",
    "configkey",
    "metakey",
    "provide",
];
/// The same where nothing better does and what it gives is a secret's name: `SET value = '…' WHERE path = '…/auth_token'`.
const PATHS: [&str; 3] = ["path", "code", "slug"];
/// The same where nothing else does.
const LAST: &str = "id";
/// What labels the value that such a name is given.
const VALUES: [&str; 17] = [
    "value",
    "val",
    "default",
    "parametervalue",
    "stringvalue",
    "plaintextvalue",
    "secretvalue",
    "secretstring",
    "secretdata",
    "insecuredefault",
    "valuedata",
    "v",
    "optionvalue",
    "settingvalue",
    "configvalue",
    "metavalue",
    "usevalue",
];
/// The options of a command that take the value.
const OPTIONS: [&str; 7] = ["value", "body", "secretstring", "secretvalue", "plaintext", "data", "b"];
/// Words of commands that store secrets.
const STORES: [&str; 10] = [
    "secret",
    "secrets",
    "vault",
    "keyvault",
    "ssm",
    "variable",
    "env",
    "credential",
    "credentials",
    "config",
];

/// A label and what it is given.
#[derive(Debug)]
struct Attribute {
    label: String,
    value: Range<usize>,
    is_quoted: bool,
}

/// The name that a sibling gives to the value at `value`, whose own label says only that it is one.
pub(in crate::engine) fn name_of<'t>(text: &'t [u8], value: &Range<usize>) -> Option<&'t [u8]> {
    let holds = |other: &Attribute| other.value.start <= value.start && value.end <= other.value.end;
    let own = |all: &[Attribute], labels: &[&str]| {
        all.iter().find(|one| holds(one)).is_some_and(|own| labels.contains(&own.label.as_str()))
    };
    let all = attributes(text, &statement(text, value.start), false);
    if own(&all, &VALUES) {
        return named(text, &all).map(|name| &text[name]);
    }
    let line = command(text, value.start);
    let all = attributes(text, &line, true);
    if !own(&all, &OPTIONS) || !stores(&text[line.clone()]) {
        return None;
    }
    let operand = || operands(&text[line.start..value.start]).find(|word| names::role(word) == Role::Secret);
    named(text, &all).map(|name| &text[name]).or_else(operand)
}

/// The value that stands beside the name at `name`, and whether it is quoted.
pub(in crate::engine) fn value_of(text: &[u8], name: &Range<usize>) -> Option<(Range<usize>, bool)> {
    let ends = |all: &[Attribute]| {
        named(text, all).is_some_and(|own| own.end == name.end && own.start <= name.start)
    };
    if is_labelled(text, name.start) {
        let all = attributes(text, &statement(text, name.start), false);
        if ends(&all) {
            return given(all, &VALUES);
        }
    }
    if !neighbour::is_operand(text, name) {
        return None;
    }
    let line = command(text, name.start);
    let has_option = crate::memmem::find(&text[line.clone()], b" --").is_some();
    if !has_option || !stores(&text[line.clone()]) {
        return None;
    }
    let all = attributes(text, &line, true);
    let is_operand = || {
        operands(&text[line.clone()]).any(|word| word.ends_with(&text[name.clone()]))
            && named(text, &all).is_none()
    };
    (ends(&all) || is_operand()).then(|| given(all, &OPTIONS)).flatten()
}

/// Whether what stands before a name labels it as one: most names are given to no label, or to a variable.
fn is_labelled(text: &[u8], name: usize) -> bool {
    let lead = &text[name.saturating_sub(LONGEST_LEAD)..name];
    let back = |lead: &[u8], counts: &dyn Fn(&u8) -> bool| {
        lead.len() - lead.iter().rev().take_while(|b| counts(b)).count()
    };
    let lead = &lead[..back(lead, &|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'.' | b'/' | b'-'))];
    let lead = &lead[..back(lead, &|b| matches!(b, b'"' | b'\'' | b'`' | b'\\' | b' ' | b'\t' | b'>'))];
    let Some((b'=' | b':', lead)) = lead.split_last() else { return false };
    let lead = &lead[..back(lead, &|b| matches!(b, b'"' | b'\'' | b'\\' | b' ' | b'\t' | b':'))];
    let label = &lead[back(lead, &|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))..];
    let label = names::normalized(label);
    NAMES.contains(&label.as_str()) || PATHS.contains(&label.as_str()) || label == LAST
}

/// The value in the block that `resource "type" "name" {` opens, whose label is the name.
pub(in crate::engine) fn labelled(text: &[u8], name: &Range<usize>) -> Option<(Range<usize>, bool)> {
    let window = &text[name.end..text.len().min(name.end + REACH)];
    let open = window.strip_prefix(b"\"")?.trim_ascii_start().strip_prefix(b"{")?;
    let line = neighbour::line_before(text, name.start, REACH).trim_ascii_start();
    if !line.starts_with(b"resource \"") || !line.ends_with(b"\"") {
        return None;
    }
    given(attributes(text, &structure(text, name.end + window.len() - open.len()), false), &VALUES)
}

/// What the first of these labels is given, and whether that is quoted.
fn given(all: Vec<Attribute>, labels: &[&str]) -> Option<(Range<usize>, bool)> {
    let value = all.into_iter().find(|one| labels.contains(&one.label.as_str()))?;
    Some((value.value, value.is_quoted))
}

/// The value of the attribute that gives a name.
fn named(text: &[u8], all: &[Attribute]) -> Option<Range<usize>> {
    let first = |labels: &[&str]| all.iter().find(|one| labels.contains(&one.label.as_str()));
    let is_secret = |one: &&Attribute| names::role(&text[one.value.clone()]) == Role::Secret;
    let name = first(&NAMES).or_else(|| first(&PATHS).filter(is_secret)).or_else(|| first(&[LAST]))?;
    Some(name.value.clone())
}

/// What encloses `at`: the brackets or the element around it, or the lines of its item.
pub(in crate::engine) fn structure(text: &[u8], at: usize) -> Range<usize> {
    let floor = at.saturating_sub(REACH);
    let (mut start, mut depth) = (at, 0_usize);
    let is_item = |from: usize| {
        let line = &text[from..text.len().min(from + DEEPEST)];
        line.trim_ascii_start().starts_with(b"- ")
    };
    while start > floor {
        match text[start - 1] {
            b'}' | b']' | b')' => depth += 1,
            b'{' | b'[' | b'(' if depth == 0 => break,
            b'{' | b'[' | b'(' => depth -= 1,
            b'<' if depth == 0 && !is_doubled(text, start - 1) => break,
            b'>' if depth == 0 && closes(text, start - 1) => break,
            // An empty line ends an item, and so does its own mark.
            b'\n' if depth == 0 && (is_item(start) || text[start..].starts_with(b"\n")) => break,
            _ => {}
        }
        start -= 1;
    }
    let ceiling = text.len().min(at + REACH);
    let (mut end, mut depth) = (at, 0_usize);
    while end < ceiling {
        match text[end] {
            b'{' | b'[' | b'(' => depth += 1,
            b'}' | b']' | b')' if depth == 0 => break,
            b'}' | b']' | b')' => depth -= 1,
            b'<' if depth == 0 && !is_doubled(text, end) => break,
            b'>' if depth == 0 && closes(text, end) => break,
            b'\n' if depth == 0 && (is_item(end + 1) || text[end + 1..].starts_with(b"\n")) => break,
            _ => {}
        }
        end += 1;
    }
    start..end
}

/// The same, and no more than the statement of SQL around `at`.
fn statement(text: &[u8], at: usize) -> Range<usize> {
    let whole = structure(text, at);
    let part = &text[whole.clone()];
    if ![&b" WHERE "[..], b" where ", b"\nWHERE "]
        .iter()
        .any(|word| crate::memmem::find(part, word).is_some())
    {
        return whole;
    }
    let start =
        memchr::memmem::rfind(&text[whole.start..at], b";\n").map_or(whole.start, |end| whole.start + end);
    let end = crate::memmem::find(&text[at..whole.end], b";\n").map_or(whole.end, |end| at + end);
    start..end
}

/// Whether a sign is one of two, as before a here-document.
fn is_doubled(text: &[u8], at: usize) -> bool {
    text.get(at + 1) == Some(&text[at]) || at > 0 && text[at - 1] == text[at]
}

/// Whether a `>` closes an element, and is neither an arrow nor the mark of a block scalar.
fn closes(text: &[u8], at: usize) -> bool {
    let before = &text[at.saturating_sub(2)..at];
    !matches!(before.last(), Some(b'=' | b'-')) && before != b": "
}

/// The line of a command around `at`; one that ends in a backslash goes on below.
fn command(text: &[u8], at: usize) -> Range<usize> {
    let floor = at.saturating_sub(REACH);
    let goes_on = |end: usize| {
        matches!(text[end.saturating_sub(3)..end].trim_ascii_end().last(), Some(b'\\' | b'`' | b'^'))
    };
    let mut breaks = memchr::memrchr_iter(b'\n', &text[floor..at]).map(|n| floor + n);
    let start = breaks.find(|end| !goes_on(*end)).map_or(floor, |end| end + 1);
    let ceiling = text.len().min(at + REACH);
    let mut breaks = memchr::memchr_iter(b'\n', &text[at..ceiling]).map(|n| at + n);
    start..breaks.find(|end| !goes_on(*end)).unwrap_or(ceiling)
}

/// Whether a command stores a secret, by one of its words.
fn stores(line: &[u8]) -> bool {
    let words = line.split(|b| !b.is_ascii_alphanumeric()).take(12);
    words.filter(|word| !word.is_empty()).any(|word| STORES.iter().any(|known| word == known.as_bytes()))
}

/// The words of a command that are neither its own nor options.
fn operands(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    let words = line.split(|b| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'='));
    words.filter(|word| {
        let is_own = || STORES.iter().any(|known| *word == known.as_bytes());
        word.len() > 2 && !word.starts_with(b"-") && !is_own()
    })
}

/// The attributes in a piece of text that no bracket within it encloses: `label = value`, or `--label value`.
fn attributes(text: &[u8], part: &Range<usize>, of_command: bool) -> Vec<Attribute> {
    let is_label = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-');
    let count = |at: usize, counts: &dyn Fn(u8) -> bool| {
        text[at..part.end].iter().take_while(|b| counts(**b)).count()
    };
    let is_blank = |b: u8| matches!(b, b' ' | b'\t');
    let (mut out, mut at) = (Vec::new(), part.start);
    while at < part.end && out.len() < MOST {
        if matches!(text[at], b'{' | b'[' | b'(') {
            let close = lexer::closing(Lexer::new(text, at + 1..part.end));
            at = close.map_or(part.end, |close| close.end);
            continue;
        }
        let length = count(at, &is_label);
        if length == 0 {
            at += 1;
            continue;
        }
        let label = &text[at..at + length];
        at += length;
        let quotes = count(at, &|b| matches!(b, b'"' | b'\'' | b'\\'));
        let mut given = at + quotes + count(at + quotes, &is_blank);
        let sign = count(given, &|b| matches!(b, b'=' | b':' | b'>'));
        let is_given = match sign {
            0 => of_command && label.starts_with(b"-") && given > at + quotes,
            1 => text[given] != b'>' && !text[given + 1..].starts_with(b"//"),
            _ => matches!(&text[given..given + sign], b"=>" | b":="),
        };
        if !is_given {
            continue;
        }
        given += sign;
        given += count(given, &is_blank);
        let Some((value, is_quoted, over)) = value_at(text, given, part.end) else { break };
        if !value.is_empty() {
            out.push(Attribute { label: names::normalized(label), value, is_quoted });
        }
        at = over.max(at + 1);
    }
    out
}

/// What stands at `at` as a value, whether in quotes, and where it is over.
fn value_at(text: &[u8], at: usize, end: usize) -> Option<(Range<usize>, bool, usize)> {
    if let Some(literal) = literal::at(text, at).filter(|literal| literal.end <= end) {
        return Some((literal.value, true, literal.end));
    }
    let escapes = text[at..end].iter().take_while(|b| **b == b'\\').count();
    let first = *text[..end].get(at + escapes)?;
    let is_quoted = literal::is_quote(&first);
    let start = if is_quoted { at + escapes + 1 } else { at };
    let is_part = |b: &&u8| match is_quoted {
        true => **b != first && !matches!(b, b'\\' | b'\n'),
        false => !b.is_ascii_whitespace() && !b",;\"'`{[(|".contains(b),
    };
    let over = start + text[start..end].iter().take_while(is_part).count();
    Some((start..over, is_quoted, over))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(text: &str, what: &str) -> Range<usize> {
        let at = text.find(what).unwrap();
        at..at + what.len()
    }

    #[test]
    fn both_ways() {
        for text in [
            "{\"name\": \"API_TOKEN\", \"value\": \"VALUE7\"}",
            "{\"value\": \"VALUE7\", \"type\": \"x\", \"name\": \"API_TOKEN\"}",
            "<add value=\"VALUE7\" key=\"API_TOKEN\"/>",
            "<a name=\"other\"/><input type=\"hidden\" value=\"VALUE7\" id=\"x\" name=\"API_TOKEN\">",
            "- value: VALUE7\n  name: API_TOKEN\n- value: x\n  name: OTHER",
            "- name: OTHER\n  value: x\n- name: API_TOKEN\n  value: VALUE7\n",
            "resource \"a\" \"b\" {\n  name = \"API_TOKEN\"\n  tags = { name = \"x\" }\n  value = \"VALUE7\"\n}",
            "- name: API_TOKEN\n  value: >-\n    VALUE7\n",
            "[{ provide: API_TOKEN, useValue: 'VALUE7' }]",
            "gh secret set API_TOKEN --body \"VALUE7\"",
            "aws ssm put-parameter --name API_TOKEN --type SecureString \\\n  --value VALUE7\n",
        ] {
            let (name, value) = (place(text, "API_TOKEN"), place(text, "VALUE7"));
            assert_eq!(name_of(text.as_bytes(), &value), Some(&b"API_TOKEN"[..]), "{text}");
            assert_eq!(value_of(text.as_bytes(), &name).map(|(at, _)| at), Some(value), "{text}");
        }
    }

    #[test]
    fn apart() {
        for text in [
            "- name: API_TOKEN\n- value: VALUE7",
            "- name: API_TOKEN\n  valueFrom: VALUE7",
            "{\"type\": \"API_TOKEN\", \"value\": \"VALUE7\"}",
            "<a name=\"API_TOKEN\"/><b value=\"VALUE7\"/>",
            "x { name = \"API_TOKEN\" }\ny { value = \"VALUE7\" }",
            "name = API_TOKEN\n\nvalue = VALUE7",
        ] {
            let (name, value) = (place(text, "API_TOKEN"), place(text, "VALUE7"));
            assert_eq!(name_of(text.as_bytes(), &value), None, "{text}");
            assert_eq!(value_of(text.as_bytes(), &name), None, "{text}");
        }
    }

    #[test]
    fn labels_of_blocks() {
        let text = "resource \"a\" \"api_token\" {\n  type = \"x\"\n  value = \"VALUE7\"\n}";
        let found = labelled(text.as_bytes(), &place(text, "api_token"));
        assert_eq!(found.map(|(at, _)| at), Some(place(text, "VALUE7")));
    }
}

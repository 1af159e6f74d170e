//! Values in braces, and behind the anchors and tags of YAML.

use std::ops::Range;

use super::operand::{self, LONGEST_VALUE, Literal};
use crate::engine::Syntax;
use crate::engine::names;
use crate::engine::shape::confirm::is_word;
use crate::engine::syntax::{literal, neighbour, trivia};

/// How far behind its sign the content of a node may start, bytes.
const LONGEST_HEAD: usize = 64;

/// Values behind a name in braces: `\newcommand{\name}{…}` of TeX, `${NAME}    …` of Robot Framework at the start of a line,
/// `{name, "…"}` of Erlang and `{:name, "…"}` of Elixir.
pub(super) fn braced(text: &[u8], name: &Range<usize>) -> Option<Literal> {
    let (before, rest) = (&text[..name.start], &text[name.end..text.len().min(name.end + LONGEST_VALUE)]);
    let until = |from: usize, stop: &dyn Fn(u8) -> bool| {
        let length = rest[from..].iter().position(|b| stop(*b))?;
        (length > 0).then_some(name.end + from..name.end + from + length)
    };
    if before.ends_with(b"{\\") && rest.starts_with(b"}{") {
        let value = until(2, &|b| matches!(b, b'}' | b'{' | b'\\' | b'\n'))?;
        return (text[value.end] == b'}').then_some((value, true));
    }
    if let Some(line) = before.strip_suffix(b"${")
        && rest.starts_with(b"}")
    {
        let blanks = rest[1..].iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
        let is_apart = blanks > 1 || rest.get(1) == Some(&b'\t');
        let starts_line = matches!(line.last(), None | Some(b'\n'));
        let value =
            1 + blanks..1 + blanks + rest[1 + blanks..].iter().take_while(|b| b.is_ascii_graphic()).count();
        let ends =
            matches!(rest.get(value.end), None | Some(b'\n' | b'\r')) || rest[value.end..].starts_with(b"  ");
        let is_value = is_apart && starts_line && ends && !value.is_empty();
        return is_value.then_some((name.end + value.start..name.end + value.end, true));
    }
    // An atom: what another language's table of names has in this place is written otherwise.
    let is_atom = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'_';
    let opens = before.ends_with(b"{") || before.ends_with(b"{:");
    if opens && text[name.clone()].iter().all(is_atom) {
        let behind = rest.strip_prefix(b",")?;
        let blanks = behind.iter().take_while(|b| b.is_ascii_whitespace()).count();
        let at = name.end + 1 + blanks;
        let at = at + if behind[blanks..].starts_with(b"<<\"") { 2 } else { 0 };
        let found = literal::at(text, at).filter(|_| text[at] == b'"')?;
        let close = text[found.end..].strip_prefix(b">>").unwrap_or(&text[found.end..]).trim_ascii_start();
        return close.starts_with(b"}").then_some((found.value, true));
    }
    None
}

/// The scalar of YAML that stands alone on the line below its key, whose sign is over at `at`, behind a comment or none.
pub(super) fn below(text: &[u8], name: &Range<usize>, at: usize) -> Option<Literal> {
    text.get(at).filter(|b| matches!(b, b'\n' | b'\r' | b'#'))?;
    let start = trivia::behind(text, at, |_| false);
    let line = |at: usize| neighbour::line_before(text, at, LONGEST_HEAD);
    let (own, above) = (line(start), line(name.start));
    let is_deeper = own.len() == neighbour::indent(own)
        && own.len() > neighbour::indent(above)
        && above.len() < LONGEST_HEAD;
    let start = start + inline(&text[start..text.len().min(start + LONGEST_HEAD)]);
    let (value, quoted) = operand::literal(text, start, Syntax::Bare).filter(|_| is_deeper)?;
    // A key, an item or a further line is a node of another kind.
    let end = value.end + usize::from(quoted);
    let mut lines = text.get(end..text.len().min(end + LONGEST_VALUE))?.split(|b| *b == b'\n');
    let rest = lines.next().unwrap_or_default().trim_ascii();
    let next = lines.find(|line| !line.trim_ascii().is_empty()).unwrap_or_default();
    let is_whole = rest.is_empty() || rest.starts_with(b"#");
    let is_scalar = quoted || !text[value.clone()].ends_with(b":") && !text[value.clone()].starts_with(b"-");
    (is_whole && is_scalar && neighbour::indent(next) < own.len()).then_some((value, quoted))
}

/// Length of the key that only says that a source of data stands here and not in a file, as Envoy has it.
/// <https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/core/v3/base.proto#config-core-v3-datasource>
fn inline(node: &[u8]) -> usize {
    [&b"inline_string: "[..], b"inline_bytes: "]
        .iter()
        .find(|key| node.starts_with(key))
        .map_or(0, |key| key.len())
}

/// Where the content of a YAML node starts behind its anchor and its tag: `&name "…"`, `!!str …`. What a tag of one's own
/// stands before is one's own only where it is quoted, and no name of a thing that is kept elsewhere: `!Ref …`, `!secret …`.
pub(super) fn content(text: &[u8], mut at: usize) -> usize {
    const ELSEWHERE: [&str; 26] = [
        "vault",
        "encrypted",
        "encrypt",
        "enc",
        "cipher",
        "sops",
        "gpg",
        "pgp",
        "kms",
        "ref",
        "reference",
        "sub",
        "getatt",
        "env",
        "environment",
        "include",
        "import",
        "file",
        "path",
        "param",
        "ssm",
        "lookup",
        "base64",
        "arn",
        "input",
        "var",
    ];
    for _ in 0..2 {
        let rest = &text[at..text.len().min(at + LONGEST_HEAD)];
        let length = rest.iter().take_while(|b| b.is_ascii_graphic() && !b",[]{}\"'".contains(b)).count();
        let blanks = rest[length..].iter().take_while(|b| **b == b' ').count();
        let is_quoted = matches!(rest.get(length + blanks), Some(b'"' | b'\''));
        let is_property = blanks > 0
            && match &rest[..length] {
                [b'&', name @ ..] => !name.is_empty() && name.iter().all(|b| is_word(*b) || *b == b'-'),
                b"!!str" => true,
                [b'!', tag @ ..] => {
                    let words = names::words(tag);
                    let is_kept = words.iter().any(|word| ELSEWHERE.contains(&word.as_str()));
                    is_quoted && !is_kept && !tag.starts_with(b"!") && !tag.eq_ignore_ascii_case(b"secret")
                }
                _ => false,
            };
        if !is_property {
            break;
        }
        at += length + blanks;
    }
    at
}

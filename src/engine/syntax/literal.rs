//! Where a literal begins and ends: quotes of every length, raw strings, quoting operators, long brackets,
//! blocks.
//!
//! One reader for all languages, since most files do not say which one they are in. It knows marks, not
//! grammars:
//! whoever asks has found the place where a literal may open.

use std::ops::Range;

use crate::engine::shape::confirm::is_word;
use crate::engine::syntax::below;

/// Longest literal that is read, and longest mark that opens one, bytes.
const LONGEST: usize = 600;
const LONGEST_MARK: usize = 24;
/// Most blanks between a mark and the line of the value, bytes.
const LONGEST_INDENT: usize = 80;

/// A literal of one word or one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::engine) struct Literal {
    /// What it says, without the line breaks and blanks around that.
    pub(in crate::engine) value: Range<usize>,
    /// Where its closing mark ends.
    pub(in crate::engine) end: usize,
}

/// Whether a byte quotes a literal, in whatever language.
pub(in crate::engine) const fn is_quote(byte: &u8) -> bool {
    is_plain_quote(byte) || matches!(byte, b'`')
}

/// Whether a byte quotes a literal in nearly all languages.
pub(in crate::engine) const fn is_plain_quote(byte: &u8) -> bool {
    matches!(byte, b'"' | b'\'')
}

/// Whether letters or signs before a quote belong to the literal.
pub(super) fn is_prefix(lead: &[u8]) -> bool {
    #[rustfmt::skip]
    const PREFIXES: [&[u8]; 25] = [
        b"", b"b", b"r", b"u", b"f", b"l", b"n", b"e", b"s", b"c", b"q", b"br", b"rb", b"fr", b"rf", b"cr", b"u8", b"u8r", b"lr", b"ur",
        b"raw", b"string.raw", b"@", b"$", b"$@",
    ];
    PREFIXES.iter().any(|prefix| lead.eq_ignore_ascii_case(prefix))
}

/// The literal that opens at `at`.
pub(in crate::engine) fn at(text: &[u8], at: usize) -> Option<Literal> {
    match text.get(at)? {
        b'"' | b'\'' | b'`' | b'\\' => quoted(text, at, b""),
        b'<' | b'|' | b'>' => {
            let value = below::block(text, at)?;
            Some(Literal { end: value.end, value })
        }
        b'[' => long_bracket(text, at),
        b'{' => barred(text, at, b"", b'}'),
        b'%' | b'~' => sigil(text, at),
        b'$' => dollared(text, at).or_else(|| prefixed(text, at)),
        b'#' | b'@' | b'a'..=b'z' | b'A'..=b'Z' => prefixed(text, at),
        _ => None,
    }
}

/// Where the literal opens that begins with what stands at `value`.
pub(in crate::engine) fn start(text: &[u8], value: usize) -> Option<usize> {
    let near = &text[value.saturating_sub(LONGEST_INDENT)..value];
    let blanks = near.iter().rev().take_while(|b| b.is_ascii_whitespace()).count();
    let is_below = near[near.len() - blanks..].contains(&b'\n');
    let mark = if is_below { value - blanks } else { value };
    let lead = &text[mark.saturating_sub(LONGEST_MARK)..mark];
    let lead = lead.strip_suffix(b"\\").filter(|_| is_below).unwrap_or(lead);
    match lead {
        [.., before, last] if is_quote(last) => {
            let is_plain = !is_below && !is_word(*before) && !b"\"'`#@$~\\".contains(before);
            if is_plain {
                return Some(value - 1);
            }
        }
        [.., b'(' | b'[' | b'{' | b'<' | b'|' | b'/' | b'!' | b'$' | b'~' | b'^' | b'#'] => {}
        [last] if is_quote(last) => {}
        _ => return None,
    }
    let first = mark - lead.len() - usize::from(mark > 0 && text[mark - 1] == b'\\' && is_below);
    (first..first + lead.len()).find(|open| {
        // A part of a word, or the second of two quotes.
        let (first, before) = (text[*open], text[..*open].last().copied());
        let is_inner = before.is_some_and(|b| is_word(first) && is_word(b) || is_quote(&first) && b == first);
        !is_inner && at(text, *open).is_some_and(|literal| literal.value.start == value)
    })
}

/// What `open` and `close` enclose; `None` where that is not one line.
fn enclosed(text: &[u8], open: usize, close: &[u8]) -> Option<Literal> {
    let window = &text[open..text.len().min(open + LONGEST + close.len())];
    let length = crate::memmem::find(window, close)?;
    line_of(text, open..open + length, close.len())
}

/// The line that is all of what a literal holds. A backslash may stand for each line break around it.
fn line_of(text: &[u8], body: Range<usize>, mark: usize) -> Option<Literal> {
    let bytes = &text[body.clone()];
    let bare = bytes.strip_prefix(b"\\\n").or(bytes.strip_prefix(b"\\\r\n")).unwrap_or(bytes);
    let bare = bare.trim_ascii_start();
    let start = body.end - bare.len();
    let bare = bare.trim_ascii_end();
    let is_broken =
        text[start + bare.len()..].starts_with(b"\n") || text[start + bare.len()..].starts_with(b"\r");
    let bare = bare.strip_suffix(b"\\").filter(|_| is_broken).unwrap_or(bare);
    let is_line = !bare.is_empty() && memchr::memchr(b'\n', bare).is_none();
    // What stands between two literals that are put together: `'x='''||y||''''`.
    let (first, last) = (bare.first(), bare.last());
    let is_glue = first == last && first.is_some_and(|b| matches!(b, b'|' | b'+' | b'&' | b'.'));
    (is_line && !is_glue).then(|| Literal { value: start..start + bare.len(), end: body.end + mark })
}

/// Whether a literal is a word, where its marks mean something else as well.
fn is_one_word(text: &[u8], literal: &Literal) -> bool {
    let bytes = &text[literal.value.clone()];
    let is_free = !text.get(literal.end).is_some_and(|b| is_word(*b));
    is_free && !bytes.iter().any(|b| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'`'))
}

/// A literal in quotes behind its prefix: one quote, two of a text in quotes, three and more.
fn quoted(text: &[u8], at: usize, prefix: &[u8]) -> Option<Literal> {
    let escapes = text[at..].iter().take(3).take_while(|b| **b == b'\\').count();
    let open = at + escapes;
    let quote = *text.get(open).filter(|b| matches!(b, b'"' | b'\'' | b'`'))?;
    let quotes = text[open..].iter().take(8).take_while(|b| **b == quote).count();
    let body = open + quotes;
    match quotes {
        1 if matches!(text.get(body), Some(b'\n' | b'\r')) || text[body..].starts_with(b"\\\n") => {
            enclosed(text, body, &[quote])
        }
        1 => {
            let raw = raw(text, body, prefix, quote);
            raw.or_else(|| plain(text, body, quote))
        }
        // Nix, and SQL or a CSV file with a quoted text in a literal.
        2 => {
            let opens = match text.get(body)? {
                b'\n' => quote == b'\'',
                first => first.is_ascii_graphic() && !b",;:.)]}>+&|=\\\"'`".contains(first),
            };
            let found = enclosed(text, body, &[quote; 2]).filter(|_| opens && prefix.is_empty())?;
            // The other may be the next empty literal.
            let is_line = text[body] != b'\n' || !text[found.value.clone()].contains(&b'=');
            (is_line && is_one_word(text, &found)).then_some(found)
        }
        3..=5 => enclosed(text, body, &[quote; 5][..quotes]),
        _ => None,
    }
}

/// A literal on its line, up to its quote or the first escape.
fn plain(text: &[u8], body: usize, quote: u8) -> Option<Literal> {
    let window = &text[body..text.len().min(body + LONGEST)];
    let length = memchr::memchr3(quote, b'\n', b'\\', window).filter(|end| window[*end] != b'\n')?;
    // Of bytes in escapes nothing stands before the first.
    let is_something = length > 0 || window.starts_with(b"\\x");
    is_something.then(|| Literal { value: body..body + length, end: body + length + 1 })
}

/// A raw literal within quotes, whose own brackets close it: `R"x(…)x"` of C++, `r"--(…)--"` of R,
/// `q"(…)"` of D,
/// `q'[…]'` of Oracle.
fn raw(text: &[u8], body: usize, prefix: &[u8], quote: u8) -> Option<Literal> {
    let (body, close) = raw_close(text, body, prefix, quote)?;
    enclosed(text, body, &close)
}

/// Where the text of such a literal begins, whose quote ends at `body`, and what closes it.
pub(super) fn raw_close(text: &[u8], body: usize, prefix: &[u8], quote: u8) -> Option<(usize, Vec<u8>)> {
    const LONGEST_DELIMITER: usize = 16;
    let lead = prefix.last().filter(|b| matches!(b, b'R' | b'r' | b'q' | b'Q'))?;
    let rest = &text[body..text.len().min(body + LONGEST_DELIMITER + 1)];
    if quote == b'\'' {
        let open = *rest.first().filter(|b| lead.eq_ignore_ascii_case(&b'q') && b.is_ascii_punctuation())?;
        return Some((body + 1, vec![closing(open), quote]));
    }
    let length = rest.iter().take_while(|b| is_word(**b) || **b == b'-').count();
    let open = *rest.get(length).filter(|b| matches!(b, b'(' | b'[' | b'{'))?;
    let mut close = vec![closing(open)];
    close.extend(&rest[..length]);
    close.push(quote);
    Some((body + length + 1, close))
}

/// What closes a bracket; any other sign closes itself.
fn closing(open: u8) -> u8 {
    match open {
        b'(' => b')',
        b'[' => b']',
        b'{' => b'}',
        b'<' => b'>',
        other => other,
    }
}

/// A literal behind letters or signs: `rb'…'`, `L"…"`, `r#"…"#`, `#"…"#`, `$'…'`, `@"…"`, `q(…)`,
/// `String.raw`…``.
fn prefixed(text: &[u8], at: usize) -> Option<Literal> {
    const LONGEST_PREFIX: usize = 10;
    let rest = &text[at..text.len().min(at + LONGEST_PREFIX + 1)];
    let in_prefix = |b: &&u8| b.is_ascii_alphanumeric() || matches!(**b, b'.' | b'@' | b'$');
    let length = rest.iter().take_while(in_prefix).count();
    let prefix = &rest[..length];
    let open = at + length;
    let is_listed = || is_prefix(prefix);
    match text.get(open)? {
        b'"' | b'\'' | b'`' if is_listed() => {
            // `@'…'@` of PowerShell has its marks on lines of their own, which the quotes end as well.
            quoted(text, open, prefix)
        }
        b'#' if is_listed() => hashed(text, open).or_else(|| operator(text, open, prefix)),
        _ => operator(text, open, prefix),
    }
}

/// A raw literal that as many signs close as open it: `r#"…"#` of Rust, `#"""…"""#` of Swift.
fn hashed(text: &[u8], at: usize) -> Option<Literal> {
    let count = |from: usize, sign: u8| text[from..].iter().take(8).take_while(|b| **b == sign).count();
    let hashes = count(at, b'#');
    let quotes = match count(at + hashes, b'"') {
        1 => 1,
        3 => 3,
        _ => return None,
    };
    let close = [&b"\"\"\""[..quotes], &b"########"[..hashes]].concat();
    enclosed(text, at + hashes + quotes, &close)
}

/// `q(…)`, `qq{…}`, `qw/…/` of Perl.
fn operator(text: &[u8], at: usize, name: &[u8]) -> Option<Literal> {
    matches!(name, b"q" | b"qq" | b"qw").then(|| delimited(text, at))?
}

/// A word between a bracket and its other half, or between two signs.
fn delimited(text: &[u8], at: usize) -> Option<Literal> {
    let open = *text.get(at).filter(|b| b"([{<|/!~^#".contains(b))?;
    let literal = enclosed(text, at + 1, &[closing(open)])?;
    let is_nested = text[literal.value.clone()].contains(&open);
    (!is_nested && is_one_word(text, &literal)).then_some(literal)
}

/// `%q(…)`, `%w[…]` and `%(…)` of Ruby, `~s(…)` and `~S"""…"""` of Elixir.
fn sigil(text: &[u8], at: usize) -> Option<Literal> {
    let is_ruby = text[at] == b'%';
    let kind = *text.get(at + 1)?;
    let has_kind = if is_ruby { b"qQwWiI".contains(&kind) } else { kind.is_ascii_alphabetic() };
    match text.get(at + 1 + usize::from(has_kind))? {
        b'"' | b'\'' if !is_ruby && has_kind => quoted(text, at + 2, b""),
        // `~/…` is a path, `%/…/` hardly anything.
        b'(' | b'[' | b'{' if is_ruby && !has_kind => delimited(text, at + 1),
        _ if has_kind => delimited(text, at + 2),
        _ => None,
    }
}

/// `[[…]]` and `[==[…]==]` of Lua, `[r|…|]` of Haskell.
fn long_bracket(text: &[u8], at: usize) -> Option<Literal> {
    let signs = text[at + 1..].iter().take(8).take_while(|b| **b == b'=').count();
    if text.get(at + 1 + signs) != Some(&b'[') {
        let name = text[at + 1..].iter().take(8).take_while(|b| b.is_ascii_alphabetic()).count();
        return (name > 0).then(|| barred(text, at, &text[at + 1..at + 1 + name], b']'))?;
    }
    let close = [&b"]"[..], &b"========"[..signs], b"]"].concat();
    enclosed(text, at + 2 + signs, &close).filter(|literal| is_one_word(text, literal))
}

/// `{|…|}` and `{x|…|x}` of OCaml, `[x|…|]` of Haskell: `name` is what stands before the bar there.
fn barred(text: &[u8], at: usize, name: &[u8], close: u8) -> Option<Literal> {
    let own = text[at + 1..].iter().take(8).take_while(|b| b.is_ascii_lowercase() || **b == b'_').count();
    let length = if name.is_empty() { own } else { name.len() };
    if text.get(at + 1 + length) != Some(&b'|') {
        return None;
    }
    let again = if name.is_empty() { &text[at + 1..at + 1 + length] } else { b"" };
    let literal = enclosed(text, at + 2 + length, &[b"|", again, &[close]].concat())?;
    is_one_word(text, &literal).then_some(literal)
}

/// `$$…$$` and `$tag$…$tag$` of PostgreSQL, `$/…/$` of Groovy.
fn dollared(text: &[u8], at: usize) -> Option<Literal> {
    let rest = &text[at + 1..text.len().min(at + LONGEST_MARK)];
    if rest.first() == Some(&b'/') {
        return enclosed(text, at + 2, b"/$").filter(|literal| is_one_word(text, literal));
    }
    let length = rest.iter().take_while(|b| is_word(**b)).count();
    if rest.get(length) != Some(&b'$') {
        return None;
    }
    let mark = &text[at..at + length + 2];
    enclosed(text, at + mark.len(), mark).filter(|literal| is_one_word(text, literal))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What stands before the literal that `VALUE` begins, and what that literal says.
    fn both(text: &str) -> Option<(&str, &str)> {
        let open = start(text.as_bytes(), text.find("VALUE").unwrap())?;
        Some((&text[..open], &text[at(text.as_bytes(), open)?.value]))
    }

    #[test]
    fn literals_of_every_language() {
        for literal in [
            "\"VALUE\"",
            "'VALUE'",
            "`VALUE`",
            "\"\"\"VALUE\"\"\"",
            "'''VALUE'''",
            "```VALUE```",
            "\"\"\"\"VALUE\"\"\"\"",
            "\"\"\"\n    VALUE\n    \"\"\"",
            "\"\"\"\\\nVALUE\\\n\"\"\"",
            "'''\r\nVALUE'''",
            "`\n  VALUE\n`",
            "\"\nVALUE\n\"",
            "rb'VALUE'",
            "u8\"VALUE\"",
            "String.raw`VALUE`",
            "$'VALUE'",
            "@\"VALUE\"",
            "@'\nVALUE\n'@",
            "$@\"VALUE\"",
            "r#\"VALUE\"#",
            "br##\"VALUE\"##",
            "#\"VALUE\"#",
            "#\"\"\"\n  VALUE\n  \"\"\"#",
            "R\"(VALUE)\"",
            "u8R\"x_y(VALUE)x_y\"",
            "r\"---[VALUE]---\"",
            "q\"{VALUE}\"",
            "q'[VALUE]'",
            "q'!VALUE!'",
            "q(VALUE)",
            "qq{VALUE}",
            "q/VALUE/",
            "%q(VALUE)",
            "%Q{VALUE}",
            "%w[VALUE]",
            "%q|VALUE|",
            "%(VALUE)",
            "~s(VALUE)",
            "~S\"VALUE\"",
            "~s|VALUE|",
            "~S'''\n  VALUE\n  '''",
            "[[VALUE]]",
            "[==[VALUE]==]",
            "[r|VALUE|]",
            "{|VALUE|}",
            "{x|VALUE|x}",
            "$$VALUE$$",
            "$tag$VALUE$tag$",
            "$/VALUE/$",
            "''VALUE''",
            "''\n  VALUE\n''",
            "\"\"VALUE\"\"",
        ] {
            for lead in ["k = ", "k=", "k: ", "f("] {
                let text = format!("{lead}{literal};\n");
                assert_eq!(both(&text), Some((lead, "VALUE")), "{text}");
            }
        }
    }

    #[test]
    fn what_opens_no_literal() {
        for text in [
            "k = \"\"\"\nVALUE\nmore\n\"\"\"",
            "k = '', VALUE, ''",
            "k = ''\nVALUE=''",
            "k = q VALUE",
            "k = %(VALUE)s",
            "k = %{VALUE => 1}",
            "k = [[VALUE, 1], [2, 3]]",
            "k = [[ -n VALUE ]]",
            "k = $VALUE$x",
            "k = R(VALUE)",
            "k = {VALUE|x}",
            "k = (VALUE)",
            "k = VALUE",
        ] {
            assert_eq!(both(text), None, "{text}");
        }
    }
}

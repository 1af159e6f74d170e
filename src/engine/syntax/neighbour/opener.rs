//! The lines of code that open what a value stands in: calls, blocks and types, by how far lines are indented.

use super::{DEEPEST, LONGEST_ENTRY, LONGEST_SECTION, indent, line_at};
use crate::engine::syntax::lexer::{Kind, Lexer, Token};

/// The lines that open the calls and the blocks of code around a value, the nearest first: `Acme.configure do |config|`,
/// `Client.new(`. What only declares something is left out: `class Client {`.
pub(in crate::engine) fn openers(text: &[u8], value: usize) -> impl Iterator<Item = &[u8]> {
    let line = line_at(text, value).unwrap_or_default();
    let mut depth = indent(&text[line.clone()]);
    let above = &text[line.start.saturating_sub(LONGEST_SECTION)..line.start];
    let lines = above.rsplit(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    let mut is_braced = false;
    let around = lines.filter_map(move |line| {
        if indent(line) >= depth {
            return None;
        }
        // Of a bracket on a line of its own the line above opens the block, where that makes something: `x = new Acme`.
        let is_bracket = line.trim_ascii() == b"{";
        depth = indent(line) + usize::from(is_bracket);
        let was_braced = std::mem::replace(&mut is_braced, is_bracket);
        (!is_bracket).then_some((line, was_braced))
    });
    let is_opener = |(line, is_braced): &(&[u8], bool)| if *is_braced { makes(line) } else { opens(line) };
    around.take(DEEPEST).filter(is_opener).map(|(line, _)| line)
}

/// The name of the class or another type whose member a value is: `Acme` of `class Acme {` above `key = "…"`.
pub(in crate::engine) fn type_around(text: &[u8], value: usize) -> Option<&[u8]> {
    const TYPES: [&[u8]; 7] =
        [b"class", b"object", b"struct", b"module", b"interface", b"enum", b"namespace"];
    let line = line_at(text, value)?;
    let depth = indent(&text[line.clone()]);
    let above = &text[line.start.saturating_sub(LONGEST_SECTION)..line.start];
    let mut lines = above.rsplit(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty());
    // A bracket on a line of its own says nothing.
    let outer = lines.find(|line| indent(line) < depth && line.trim_ascii() != b"{")?;
    let is_word = |b: &u8| b.is_ascii_alphanumeric() || *b == b'_';
    let mut words = outer.split(|b| !is_word(b)).filter(|word| !word.is_empty());
    words.find(|word| TYPES.contains(word))?;
    words.next()
}

/// Whether a line opens a call or a block that is none of a declaration.
pub(in crate::engine) fn opens(line: &[u8]) -> bool {
    const DECLARE: [&[u8]; 26] = [
        b"class",
        b"def",
        b"func",
        b"fun",
        b"fn",
        b"function",
        b"interface",
        b"object",
        b"enum",
        b"struct",
        b"extension",
        b"impl",
        b"trait",
        b"if",
        b"for",
        b"while",
        b"switch",
        b"case",
        b"try",
        b"catch",
        b"else",
        b"elif",
        b"namespace",
        b"package",
        b"module",
        b"void",
    ];
    let line = line.trim_ascii();
    let is_open = matches!(line.last(), Some(b'{' | b'(' | b'[' | b'|'))
        || [&b" do"[..], b"->", b"=>"].iter().any(|end| line.ends_with(end))
        || is_unclosed(line);
    let mut words = line.split(|b| !b.is_ascii_alphanumeric() && *b != b'_').take(6);
    is_open && !words.any(|word| DECLARE.contains(&word))
}

/// Whether a line gives something new a name or gives it back.
fn makes(line: &[u8]) -> bool {
    let is_new = crate::memmem::find(line, b"new ").is_some();
    is_new && (line.contains(&b'=') || line.trim_ascii_start().starts_with(b"return "))
}

/// Whether a line begins a call that goes on below: `get("https://…",`, `(http/get "https://…"`.
fn is_unclosed(line: &[u8]) -> bool {
    let is_bracket = |token: &Token| matches!(line[token.start], b'(' | b')');
    let depth = || {
        let tokens = Lexer::new(line, 0..line.len().min(LONGEST_ENTRY)).filter(is_bracket);
        tokens.fold(0_i32, |depth, token| if token.kind == Kind::Open { depth + 1 } else { depth - 1 })
    };
    crate::memmem::find(line, b"://").is_some() && depth() > 0
}

/// Whether what stands at `other` is in the same block of code as a value: no line between is indented less.
pub(in crate::engine) fn is_in_block(text: &[u8], value: usize, other: usize) -> bool {
    let Some(line) = line_at(text, value) else { return false };
    let depth = indent(&text[line.clone()]);
    let between = &text[line.start.min(other)..line.end.max(other)];
    // The first one may begin in the middle.
    let mut lines = between.split(|byte| *byte == b'\n').skip(usize::from(other < line.start));
    lines.all(|line| line.trim_ascii().is_empty() || indent(line) >= depth)
}

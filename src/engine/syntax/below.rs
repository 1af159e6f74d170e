//! Values on a line of their own below what opens them: block scalars of YAML, here-documents.

use std::ops::Range;

use crate::engine::shape::confirm::is_word;
use crate::engine::syntax::neighbour::{indent, line_before};

/// How much of a line is looked at, bytes.
const LONGEST_LINE: usize = 600;
/// Most signs of a line that may open a block.
const MOST_SIGNS: usize = 4;

/// Where the block is opened whose only line is `value`: at `|-`, `>`, `<<EOT`.
pub(in crate::engine) fn opener(text: &[u8], value: &Range<usize>) -> Option<usize> {
    let indent = line_before(text, value.start, LONGEST_LINE);
    if !indent.iter().all(|b| matches!(b, b' ' | b'\t')) {
        return None;
    }
    let above = value.start.checked_sub(indent.len() + 1)?;
    let line = line_before(text, above, LONGEST_LINE);
    let from = above - line.len();
    let opens = |at: &usize| match line[*at] {
        b'<' => line.get(at + 1) == Some(&b'<'),
        b'|' | b'>' => at.checked_sub(1).is_some_and(|before| line[before] == b' '),
        _ => false,
    };
    let mut signs = (0..line.len()).filter(opens).map(|at| from + at).take(MOST_SIGNS);
    signs.find(|at| block(text, *at).as_ref() == Some(value))
}

/// The only line of the block that is opened at `at`.
pub(in crate::engine) fn block(text: &[u8], at: usize) -> Option<Range<usize>> {
    let opening = line(text, at)?;
    let head = &text[opening.clone()];
    let tag = match head.first()? {
        b'<' => Some(tag(head)?),
        b'|' if is_fence(head) => Some(&head[..3]),
        b'|' | b'>' if is_scalar(&text[..at], head) => None,
        _ => return None,
    };
    let body = line(text, opening.end + 1)?;
    let bytes = &text[body.clone()];
    let indent = indent(bytes);
    let value = body.start + indent..body.start + bytes.trim_ascii_end().len();
    let closes = match tag {
        Some(tag) => {
            let next = line(text, body.end + 1).map_or(&b""[..], |next| text[next].trim_ascii_start());
            next.strip_prefix(tag).is_some_and(|rest| !rest.first().is_some_and(|b| is_word(*b)))
        }
        None => indent > 0 && !goes_on(text, body.end + 1, indent),
    };
    (!value.is_empty() && closes).then_some(value)
}

/// Whether a block scalar has a further line from `at` on.
fn goes_on(text: &[u8], at: usize, depth: usize) -> bool {
    let rest = text.get(at..text.len().min(at + LONGEST_LINE)).unwrap_or_default();
    let next = rest.split(|b| *b == b'\n').find(|line| !line.trim_ascii().is_empty());
    next.is_some_and(|line| indent(line) >= depth)
}

/// Whether a line goes on with the mark of a block scalar behind its key: `|`, `>-`, `|2`, with a comment or without.
fn is_scalar(before: &[u8], head: &[u8]) -> bool {
    let marks = head[1..].iter().take_while(|b| matches!(b, b'+' | b'-' | b'0'..=b'9')).count();
    let rest = &head[1 + marks..];
    let is_key = || {
        matches!(line_before(before, before.len(), LONGEST_LINE).trim_ascii_end().last(), Some(b':' | b'-'))
    };
    let is_end =
        rest.trim_ascii().is_empty() || rest.starts_with(b" ") && rest.trim_ascii().starts_with(b"#");
    marks <= 2 && is_end && matches!(before.last(), Some(b' ')) && is_key()
}

/// Three signs that end their line, and another line as well: `|||` of Jsonnet.
fn is_fence(head: &[u8]) -> bool {
    head.len() >= 3 && head[..3].iter().all(|b| *b == head[0]) && head[3..].trim_ascii().is_empty()
}

/// What ends a here-document: `EOT` of `<<EOT`, `<<-'EOT'`, `<<~EOT.strip`, PHP's `<<<EOT`.
fn tag(head: &[u8]) -> Option<&[u8]> {
    let rest = head.strip_prefix(b"<<<").or(head.strip_prefix(b"<<"))?;
    let rest = rest.strip_prefix(b"-").or(rest.strip_prefix(b"~")).unwrap_or(rest).trim_ascii_start();
    let rest =
        rest.strip_prefix(b"'").or(rest.strip_prefix(b"\"")).or(rest.strip_prefix(b"\\")).unwrap_or(rest);
    let length = rest.iter().take_while(|b| is_word(**b)).count();
    (length > 0 && !rest[0].is_ascii_digit()).then_some(&rest[..length])
}

/// The line from `at` to its end, unless that is too far.
fn line(text: &[u8], at: usize) -> Option<Range<usize>> {
    let window = text.get(at..text.len().min(at + LONGEST_LINE))?;
    let end = memchr::memchr(b'\n', window).or((at + window.len() == text.len()).then_some(window.len()))?;
    Some(at..at + end)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn both(text: &str) -> (Option<&str>, Option<Range<usize>>) {
        let at = text.find("VALUE").unwrap();
        let open = opener(text.as_bytes(), &(at..at + 5));
        (open.map(|open| &text[..open]), open.and_then(|open| block(text.as_bytes(), open)))
    }

    #[test]
    fn blocks_of_one_line() {
        for (text, before) in [
            ("a:\n  k: |-\n    VALUE\n  b: 1\n", "a:\n  k: "),
            ("k: >\n  VALUE", "k: "),
            ("k: |2 # why\n  VALUE\n\nj: 1\n", "k: "),
            ("- |\n  VALUE\n- x\n", "- "),
            ("k = <<EOT\nVALUE\nEOT\n", "k = "),
            ("k = <<-EOT\r\n\tVALUE\r\n\tEOT\r\n", "k = "),
            ("k = <<~'E'.strip\n  VALUE\nE\n", "k = "),
            ("$k = <<<EOT\nVALUE\nEOT;\n", "$k = "),
            ("k: |||\n  VALUE\n|||", "k: "),
            ("k=$(cat <<EOF\nVALUE\nEOF\n)", "k=$(cat "),
        ] {
            let (open, value) = both(text);
            assert_eq!(open, Some(before), "{text}");
            assert_eq!(&text[value.unwrap()], "VALUE");
        }
        for text in [
            "k: |\n  VALUE\n  more\n",
            "k: |\n  VALUE\n\n  more\n",
            "k: |\nVALUE\n",
            "a || b >\n  VALUE\n",
            "k = <<EOT\nVALUE\nmore\nEOT\n",
            "k = <<EOT\nx\nVALUE\nEOT\n",
            "k: x\n  VALUE\n",
            "VALUE\n",
        ] {
            assert_eq!(both(text).0, None, "{text}");
        }
    }
}

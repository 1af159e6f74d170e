//! Where the body of a function or a type ends, as its lines are indented.

use crate::engine::syntax::neighbour;

/// How far behind its head a body is read, bytes.
const REACH: usize = 4096;

/// Where the body ends that is declared on the line of `start`, and begins behind `from`.
pub(in crate::engine) fn end(text: &[u8], start: usize, from: usize) -> usize {
    let line = start - neighbour::line_before(text, start, REACH).len();
    let depth = neighbour::indent(&text[line..]);
    let ceiling = text.len().min(from + REACH);
    let mut end = memchr::memchr(b'\n', &text[from..ceiling]).map_or(ceiling, |at| from + at + 1);
    while end < ceiling {
        let next = memchr::memchr(b'\n', &text[end..ceiling]).map_or(ceiling, |at| end + at + 1);
        let line = &text[end..next];
        // The bracket that opens the body, or closes a list of parameters over several lines.
        let goes_on = matches!(line.trim_ascii_start().first(), None | Some(b'{' | b')'));
        if !goes_on && neighbour::indent(line) <= depth {
            break;
        }
        end = next;
    }
    end
}

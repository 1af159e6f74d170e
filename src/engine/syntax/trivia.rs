//! What stands between the parts of an expression and says nothing there: blanks, line breaks, comments.
//!
//! No language is asked for. What begins a comment in one is a sign of another, so that a line's comment counts only where
//! its line is empty before it, or where the expression has to go on there: behind an opening bracket, a comma, an operator.
//! Nothing is looked at farther than a comment or an expression reaches.

/// Longest comment, and how far what stands behind a sign is looked for, bytes.
const LONGEST_COMMENT: usize = 240;
const LONGEST: usize = 480;

/// What opens and closes a comment within a line or over several: of C and its likes, XML, PowerShell, ML
/// and Pascal.
const BLOCKS: [(&[u8], &[u8]); 4] = [(b"/*", b"*/"), (b"<!--", b"-->"), (b"<#", b"#>"), (b"(*", b"*)")];

/// Where the comment ends that begins at `at`, where an expression has to go on: behind its mark, or at its line's end.
pub(in crate::engine) fn comment(text: &[u8], at: usize) -> Option<usize> {
    let rest = text.get(at..text.len().min(at + LONGEST_COMMENT))?;
    if !matches!(rest.first()?, b'/' | b'#' | b'<' | b'-' | b';' | b'(') {
        return None;
    }
    block(rest)
        .or_else(|| {
            opens_line(rest, text[..at].last().copied()).then(|| memchr::memchr(b'\n', rest)).flatten()
        })
        .map(|length| at + length)
}

/// How long the comment is that a text begins with and that has an end of its own.
fn block(text: &[u8]) -> Option<usize> {
    let (open, close) = BLOCKS.iter().find(|(open, _)| text.starts_with(open))?;
    Some(open.len() + crate::memmem::find(&text[open.len()..], close)? + close.len())
}

/// Whether a text begins with what opens a comment to the end of the line, behind this byte.
fn opens_line(text: &[u8], before: Option<u8>) -> bool {
    let is_apart = before.is_none_or(|b| b.is_ascii_whitespace());
    let is_free = is_apart || before.is_some_and(|b| matches!(b, b',' | b'(' | b'[' | b'{'));
    let next = text.get(1).copied().unwrap_or(b'\n');
    match text.first() {
        // No address: `https://…`.
        Some(b'/') => next == b'/' && before != Some(b':'),
        // No raw literal, no colour's or template's sign: `#"…"#`, `#{…}`.
        Some(b'#') => {
            is_free && (next.is_ascii_whitespace() || next.is_ascii_alphabetic() || b"#-=*!".contains(&next))
        }
        Some(b'-') => is_apart && next == b'-' && text.get(2).is_none_or(u8::is_ascii_whitespace),
        Some(b';') => is_apart && (next == b';' || next == b' '),
        _ => false,
    }
}

/// The first place from `at` on that is neither blank nor within a comment, nor holds a byte that is passed over as well.
pub(in crate::engine) fn behind(text: &[u8], mut at: usize, passes: impl Fn(u8) -> bool) -> usize {
    let end = text.len().min(at + LONGEST);
    while at < end {
        if text[at].is_ascii_whitespace() || passes(text[at]) {
            at += 1;
        } else if let Some(over) = comment(text, at) {
            at = over;
        } else {
            break;
        }
    }
    at
}

/// The same on one line.
pub(in crate::engine) fn behind_on_line(text: &[u8], mut at: usize) -> usize {
    let end = text.len().min(at + LONGEST);
    while at < end {
        match text[at] {
            b' ' | b'\t' => at += 1,
            b'/' | b'<' | b'(' => match block(&text[at..text.len().min(at + LONGEST_COMMENT)]) {
                Some(length) if !text[at..at + length].contains(&b'\n') => at += length,
                _ => break,
            },
            _ => break,
        }
    }
    at
}

/// Where what stands before `at` on its line ends, blanks and comments that are closed aside. Looks no farther than `floor`.
pub(in crate::engine) fn before_on_line(text: &[u8], floor: usize, mut at: usize) -> usize {
    loop {
        let blanks = text[floor..at].iter().rev().take_while(|b| matches!(b, b' ' | b'\t')).count();
        at -= blanks;
        match block_before(text, floor, at) {
            Some(open) => at = open,
            None => return at,
        }
    }
}

/// Where the comment opens that is closed right before `at`.
pub(in crate::engine) fn block_before(text: &[u8], floor: usize, at: usize) -> Option<usize> {
    if at < floor + 4 || !matches!(text[at - 1], b'/' | b'>' | b')') {
        return None;
    }
    let near = &text[floor.max(at.saturating_sub(LONGEST_COMMENT))..at];
    let (open, close) = BLOCKS.iter().find(|(_, close)| near.ends_with(close))?;
    let inner = &near[..near.len() - close.len()];
    Some(at - near.len() + memchr::memmem::rfind(inner, open)?)
}

/// Where what stands before `at` ends, blanks, line breaks and comments aside. Looks no farther than `floor`.
pub(in crate::engine) fn before(text: &[u8], floor: usize, mut at: usize) -> usize {
    loop {
        at = before_on_line(text, floor, at);
        match text[floor..at].last() {
            Some(b'\n' | b'\r') => at = line_end(text, floor, at - 1),
            _ => return at,
        }
    }
}

/// Where the line that is over at `end` ends without the comment behind its code. Its start is looked for down to `floor`.
pub(in crate::engine) fn line_end(text: &[u8], floor: usize, end: usize) -> usize {
    let start = memchr::memrchr(b'\n', &text[floor..end]).map_or(floor, |at| floor + at + 1);
    let line = &text[start..end];
    if memchr::memchr3(b'/', b'#', b'-', line).is_none() && !line.contains(&b';') {
        return end;
    }
    let mut at = 0;
    while let Some(byte) = line.get(at) {
        match byte {
            b'"' | b'\'' | b'`' => at = literal_end(line, at).unwrap_or(at),
            b'/' if line[at..].starts_with(b"/*") => {
                at += block(&line[at..]).map_or(1, |length| length - 1);
            }
            b'/' | b'#' | b'-' | b';'
                if opens_line(&line[at..], line[..at].last().copied()) && goes_on(&line[..at]) =>
            {
                return start + line[..at].trim_ascii_end().len();
            }
            _ => {}
        }
        at += 1;
    }
    end
}

/// Whether an expression has to go on behind this code of its line, or there is none.
fn goes_on(code: &[u8]) -> bool {
    let code = code.trim_ascii_end();
    match code.last() {
        None => true,
        Some(b'>') => code.ends_with(b"=>") || code.ends_with(b"->"),
        Some(b'r') => code.ends_with(b" or"),
        // A comment before the comment, as editors and linters have them.
        Some(last) => b"([{,|?&=:+\\".contains(last) || block_before(code, 0, code.len()).is_some(),
    }
}

/// Where the quote stands on this line that closes the one at `open`.
fn literal_end(line: &[u8], open: usize) -> Option<usize> {
    let mut at = open + 1;
    while let Some(byte) = line.get(at) {
        match byte {
            b'\\' => at += 1,
            byte if *byte == line[open] => return Some(at),
            _ => {}
        }
        at += 1;
    }
    None
}

/// Where the literal opens on its line whose closing quote stands at `close`. Looks no farther than `floor`.
pub(in crate::engine) fn literal_start(text: &[u8], floor: usize, close: usize) -> Option<usize> {
    let is_escaped = |at: usize| text[floor..at].iter().rev().take_while(|b| **b == b'\\').count() % 2 == 1;
    let (quote, within) = (text[close], is_escaped(close));
    let line = memchr::memrchr(b'\n', &text[floor..close]).map_or(floor, |at| floor + at + 1);
    let mut quotes = memchr::memrchr_iter(quote, &text[line..close]).map(|at| line + at);
    quotes.find(|at| is_escaped(*at) == within)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_say_nothing() {
        for between in [
            " ",
            "\n  ",
            " # note\n",
            "  # it's \"his\" (old; see #2\n\n    ",
            " // note: x,\n",
            "// x\r\n  ",
            "\n  # one\n  # two\n  ",
            " /* a, b */ ",
            "/* a\n b */\n ",
            " -- note\n",
            " ; note\n",
            "\n ;; note\n",
            " <!-- note -->\n",
            " <# note #> ",
            " /* eslint */ // x\n",
            " #\n ",
        ] {
            let text = format!("call(one,{between}VALUE)");
            let value = text.find("VALUE").unwrap();
            assert_eq!(before(text.as_bytes(), 0, value), 9, "{text}");
            assert_eq!(behind(text.as_bytes(), 9, |_| false), value, "{text}");
        }
    }

    #[test]
    fn what_is_no_comment_stays() {
        for text in [
            "see https://host/a,\nVALUE",
            "a // b\nVALUE",
            "\"a # b\",\nVALUE",
            "'//',\nVALUE",
            "colour: #{x},\nVALUE",
            "x--,\nVALUE",
            "a; b\nVALUE",
            "f(a)  # done\nVALUE",
        ] {
            let value = text.find("VALUE").unwrap();
            assert_eq!(before(text.as_bytes(), 0, value), value - 1, "{text}");
        }
        for text in ["#{x}", "#\"x\"#", "--x", "/x/", "<b>", "-1", "*/", "/* x"] {
            assert_eq!(behind(text.as_bytes(), 0, |_| false), 0, "{text}");
        }
    }

    #[test]
    fn literals_are_found_from_their_end() {
        for (text, open) in
            [("f(\"a\", \"b;\")", 7), ("f('it\\'s')", 2), ("it's 'x'", 5), ("(\\\"a\\\", \\\"b\\\")", 9)]
        {
            let close = text.rfind(['"', '\'']).unwrap();
            assert_eq!(literal_start(text.as_bytes(), 0, close), Some(open), "{text}");
        }
        assert_eq!(literal_start(b"the app's", 0, 7), None);
    }
}

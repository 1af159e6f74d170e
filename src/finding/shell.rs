//! How a shell reads a place of its script: within which quotes, in which here-document.
//!
//! Quotes and here-documents run over lines, so that a line alone does not tell.

use std::collections::VecDeque;

use memchr::memchr;

use super::documents::{Dialect, Ends, Heading};

/// What is open at a place of a shell script.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Quoting {
    /// Nothing: words and commands.
    #[default]
    Bare,
    /// `'…'`, in which nothing is expanded.
    Single,
    /// `"…"`.
    Double,
    /// A here-document whose delimiter is bare: variables are expanded, quotes are text.
    Document,
    /// A here-document whose delimiter is quoted: nothing is expanded.
    Verbatim,
}

/// Reads a script once, from place to place.
pub(super) struct Reader<'t> {
    text: &'t [u8],
    at: usize,
    /// What is open, the innermost last.
    open: Vec<Open>,
    /// Here-documents that begin with the next line.
    pending: VecDeque<Heading<'t>>,
    /// Where the last region begins, what it is and where it ends: many places may be in it.
    region: Option<(usize, Quoting, usize)>,
    ends: Ends,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    Double,
    Parenthesis,
    Backtick,
}

impl<'t> Reader<'t> {
    pub(super) fn new(text: &'t [u8]) -> Self {
        let (open, pending) = (Vec::new(), VecDeque::new());
        Reader { text, at: 0, open, pending, region: None, ends: Ends::of(text) }
    }

    /// What is open at `offset`. Ask in the order of the text.
    pub(super) fn at(&mut self, offset: usize) -> Quoting {
        loop {
            if let Some((quoting, end)) = self.region() {
                if offset < end {
                    return quoting;
                }
                if self.begins_document() {
                    self.pending.pop_front();
                    self.region = None;
                }
                self.at = end;
            } else if self.at < offset {
                self.step();
            } else {
                break;
            }
        }
        if self.open.last() == Some(&Open::Double) { Quoting::Double } else { Quoting::Bare }
    }

    fn begins_document(&self) -> bool {
        !self.pending.is_empty() && self.at > 0 && self.text[self.at - 1] == b'\n'
    }

    /// What begins here and has an end of its own: single quotes, or the first here-document of the line above.
    fn region(&mut self) -> Option<(Quoting, usize)> {
        if let Some((_, quoting, end)) = self.region.filter(|(at, ..)| *at == self.at) {
            return Some((quoting, end));
        }
        let (quoting, end) = self.read_region()?;
        self.region = Some((self.at, quoting, end));
        Some((quoting, end))
    }

    fn read_region(&mut self) -> Option<(Quoting, usize)> {
        if self.begins_document() {
            let heading = self.pending.front()?;
            // Without its last line it is none: `$((1 << 2))`.
            let end = self.ends.find(self.text, self.at, heading);
            return Some((heading.quoting, end.unwrap_or(self.at)));
        }
        if self.open.last() == Some(&Open::Double) {
            return None;
        }
        let rest = &self.text[self.at..];
        let skip = match rest {
            [b'\'', ..] => 1,
            [b'$', b'\'', ..] => return Some((Quoting::Single, self.at + escaped(rest))),
            _ => return None,
        };
        let end = memchr(b'\'', &rest[skip..]).map_or(rest.len(), |end| skip + end + 1);
        Some((Quoting::Single, self.at + end))
    }

    fn step(&mut self) {
        let rest = &self.text[self.at..];
        let top = self.open.last().copied();
        let in_double = top == Some(Open::Double);
        let mut taken = 1;
        match rest[0] {
            b'\\' => taken = 2,
            b'"' if in_double => self.pop(),
            b'"' => self.open.push(Open::Double),
            b'`' if top == Some(Open::Backtick) => self.pop(),
            b'`' => self.open.push(Open::Backtick),
            b'$' if rest.get(1) == Some(&b'(') => {
                self.open.push(Open::Parenthesis);
                taken = 2;
            }
            _ if in_double => {}
            b'(' => self.open.push(Open::Parenthesis),
            b')' if top == Some(Open::Parenthesis) => self.pop(),
            b'#' if self.at == 0 || self.text[self.at - 1].is_ascii_whitespace() => {
                taken = memchr(b'\n', rest).unwrap_or(rest.len());
            }
            b'<' if rest.starts_with(b"<<") => {
                let (heading, length) = Heading::read(rest, Dialect::Shell);
                self.pending.extend(heading);
                taken = length;
            }
            _ => {}
        }
        self.at = (self.at + taken).min(self.text.len());
    }

    fn pop(&mut self) {
        self.open.pop();
    }
}

/// The length of `$'…'`.
fn escaped(text: &[u8]) -> usize {
    let mut at = 2;
    while let Some(byte) = text.get(at) {
        match byte {
            b'\\' => at += 2,
            b'\'' => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::{Quoting, Reader};

    #[test]
    fn quotes_and_documents_run_over_lines() {
        for (script, quoting) in [
            ("curl @", Quoting::Bare),
            ("curl -u 'AC:@'", Quoting::Single),
            ("curl -H 'a: b' -u 'AC:@'", Quoting::Single),
            ("curl -d '{\n \"key\": \"@\"\n}'", Quoting::Single),
            ("curl -d \"{\\\"key\\\": \\\"@\\\"}\"", Quoting::Double),
            ("x=\"$(curl -u 'a:@')\"", Quoting::Single),
            ("x=\"$(curl a)@\"", Quoting::Double),
            ("# don't\ncurl @", Quoting::Bare),
            ("x=$'it\\'s' y=@", Quoting::Bare),
            ("cat <<EOF\n'@'\nEOF", Quoting::Document),
            ("cat <<'EOF' > a\ndon't @\nEOF\n", Quoting::Verbatim),
            ("cat <<-\\EOF\n\tdon't\n\tEOF\n x=@", Quoting::Bare),
            ("x=$((1 << 2))\ny=@\n", Quoting::Bare),
            ("cat <<A <<'B'\na\nA\n@\nB\n", Quoting::Verbatim),
            ("grep a <<< 'b'; y='@'", Quoting::Single),
        ] {
            let at = script.find('@').unwrap_or(0);
            let mut reader = Reader::new(script.as_bytes());
            assert_eq!(reader.at(at), quoting, "{script}");
        }
    }
}

//! In which here-document of Ruby, Perl or PHP a place is. Those of a shell are read with its quotes.

use memchr::{memchr, memmem};

use super::shell::Quoting;

/// Reads a text once, line by line.
pub(super) struct Documents<'t> {
    text: &'t [u8],
    /// Where the next line begins.
    at: usize,
    /// The word that ends the document which is open, and how it is read.
    open: Option<(&'t [u8], Quoting)>,
    /// Bytes that may still be looked through for last lines that there are not.
    budget: usize,
}

impl<'t> Documents<'t> {
    pub(super) fn new(text: &'t [u8]) -> Self {
        Documents { text, at: 0, open: None, budget: text.len().saturating_mul(8) }
    }

    /// What is open where the line at `start` begins. Ask in the order of the text.
    pub(super) fn at(&mut self, start: usize) -> Quoting {
        while self.at < start {
            let end = memchr(b'\n', &self.text[self.at..]).map_or(self.text.len(), |end| self.at + end + 1);
            let line = &self.text[self.at..end];
            self.at = end;
            match self.open {
                Some((word, _)) if is_last(line, word) => self.open = None,
                Some(_) => {}
                None => self.open = heading(line).filter(|(word, _)| self.has_end(word)),
            }
        }
        self.open.map_or(Quoting::Bare, |(_, quoting)| quoting)
    }

    /// Whether a line below ends the document: `list <<NAME` has none.
    fn has_end(&mut self, word: &[u8]) -> bool {
        let rest = &self.text[self.at..];
        let within = &rest[..rest.len().min(self.budget)];
        let is_end = |at: &usize| {
            let blanks = within[..*at].iter().rev().take_while(|b| matches!(b, b' ' | b'\t')).count();
            let start = at - blanks;
            (start == 0 || within[start - 1] == b'\n') && is_last(&within[start..], word)
        };
        let end = memmem::find_iter(within, word).find(is_end);
        self.budget -= end.unwrap_or(within.len());
        end.is_some()
    }
}

/// Whether the first line of `text` ends the document of that word. PHP lets a sign follow.
fn is_last(text: &[u8], word: &[u8]) -> bool {
    let rest = text.trim_ascii_start().strip_prefix(word);
    rest.is_some_and(|rest| matches!(rest.first(), None | Some(b'\n' | b'\r' | b';' | b',' | b')' | b'.')))
}

/// The word of `<<~WORD`, `<<-'WORD'` or `<<<WORD` in a line, and how the lines below it are read.
fn heading(line: &[u8]) -> Option<(&[u8], Quoting)> {
    memmem::find_iter(line, b"<<").find_map(|at| {
        let rest = &line[at + 2..];
        let rest = rest.strip_prefix(b"<").map_or(rest, <[u8]>::trim_ascii_start);
        let rest = rest.strip_prefix(b"~").or(rest.strip_prefix(b"-")).unwrap_or(rest);
        let (rest, quoting) = match rest.first()? {
            b'\'' => (&rest[1..], Quoting::Verbatim),
            b'"' | b'`' => (&rest[1..], Quoting::Document),
            _ => (rest, Quoting::Document),
        };
        let length = rest.iter().take_while(|b| b.is_ascii_alphanumeric() || **b == b'_').count();
        rest.first()
            .is_some_and(|b| b.is_ascii_alphabetic() || *b == b'_')
            .then(|| (&rest[..length], quoting))
    })
}

#[cfg(test)]
mod tests {
    use super::{Documents, Quoting};

    #[test]
    fn documents_end_with_their_word() {
        for (text, quoting) in [
            ("x = <<~DOC\n  a @\nDOC\n", Quoting::Document),
            ("x = <<~'DOC'.strip\n  a @\n  DOC\n", Quoting::Verbatim),
            ("x = <<~DOC\n  a\nDOC\n@\n", Quoting::Bare),
            ("$x = <<<EOT\n@\nEOT;\n", Quoting::Document),
            ("$x = <<< 'EOT'\n@\n  EOT);\n", Quoting::Verbatim),
            ("print <<\"END\";\n@\nEND\n", Quoting::Document),
            ("list <<NAME\n@\n", Quoting::Bare),
            ("x << 3\n@\n", Quoting::Bare),
        ] {
            let place = text.find('@').unwrap_or(0);
            let start = text[..place].rfind('\n').map_or(0, |newline| newline + 1);
            assert_eq!(Documents::new(text.as_bytes()).at(start), quoting, "{text}");
        }
    }

    /// Words without a last line are looked for in a part of the text only.
    #[test]
    fn words_without_an_end_cost_little() {
        let text = "a <<B\n".repeat(20_000);
        assert_eq!(Documents::new(text.as_bytes()).at(text.len()), Quoting::Bare);
    }
}

//! Here-documents: `<<WORD`, and the lines below it down to the one that holds the word.

use memchr::{memchr, memmem};

use super::shell::Quoting;

/// How a language writes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// `<<WORD`, `<< 'WORD'`, `<<-\WORD` with tabs before the last line.
    Shell,
    /// `<<~WORD`, `<<-'WORD'`; bare ones end at the margin.
    Ruby,
    /// `<<"WORD"`, `<< 'WORD'`, `<<~WORD`.
    Perl,
    /// `<<<WORD`, `<<< 'WORD'`; a sign may follow the last word.
    Php,
    /// `<<WORD`, `<<-WORD`; always filled in.
    Terraform,
}

/// `<<WORD` and what it says.
pub(super) struct Heading<'t> {
    word: &'t [u8],
    /// How the lines below are read.
    pub(super) quoting: Quoting,
    dialect: Dialect,
    /// Whether the last line may be indented.
    is_indented: bool,
}

impl<'t> Heading<'t> {
    /// What stands at the start of `text`, which begins with `<<`, and how long that is. Whether it is one tells the
    /// last line that it has: see [`Ends`].
    pub(super) fn read(text: &'t [u8], dialect: Dialect) -> (Option<Self>, usize) {
        let signs = text.iter().take_while(|b| **b == b'<').count();
        // `<<<` of a shell is a word, `<<` of PHP moves bits.
        if signs != if dialect == Dialect::Php { 3 } else { 2 } {
            return (None, signs);
        }
        let sign = text.get(signs).copied();
        let has_sign = match dialect {
            Dialect::Shell | Dialect::Terraform => sign == Some(b'-'),
            Dialect::Ruby => matches!(sign, Some(b'~' | b'-')),
            Dialect::Perl => sign == Some(b'~'),
            Dialect::Php => false,
        };
        let from = signs + usize::from(has_sign);
        let blanks = text[from..].iter().take_while(|b| matches!(b, b' ' | b'\t')).count();
        let start = from + blanks;
        let (skipped, quoting) = match (dialect, text.get(start)) {
            (Dialect::Shell, Some(b'\'' | b'"' | b'\\')) => (1, Quoting::Verbatim),
            (Dialect::Ruby | Dialect::Perl | Dialect::Php, Some(b'\'')) => (1, Quoting::Verbatim),
            (Dialect::Ruby | Dialect::Perl | Dialect::Php, Some(b'"' | b'`')) => (1, Quoting::Document),
            _ => (0, Quoting::Document),
        };
        let may_stand_off = match dialect {
            Dialect::Shell | Dialect::Php => true,
            Dialect::Perl => skipped > 0,
            Dialect::Ruby | Dialect::Terraform => false,
        };
        let word = text.get(start + skipped..).unwrap_or_default();
        let is_shell = dialect == Dialect::Shell;
        let is_part =
            |b: &u8| b.is_ascii_alphanumeric() || *b == b'_' || is_shell && matches!(b, b'.' | b'-');
        let word = &word[..word.iter().take_while(|b| is_part(b)).count()];
        // `1 << 3`, `list <<4`.
        let is_word = match word.first() {
            Some(first) => is_shell || !first.is_ascii_digit(),
            None => false,
        };
        if !is_word || blanks > 0 && !may_stand_off {
            return (None, from);
        }
        let end = start + skipped + word.len();
        let closing =
            text[end..].iter().take_while(|b| skipped > 0 && matches!(b, b'\'' | b'"' | b'`')).count();
        let is_indented = has_sign || matches!(dialect, Dialect::Php | Dialect::Terraform);
        (Some(Heading { word, quoting, dialect, is_indented }), end + closing)
    }

    /// Whether the word at `at` is the first one of its line, as far as the last line may be indented.
    fn begins_line(&self, text: &[u8], at: usize) -> bool {
        let is_blank = |b: &&u8| **b == b'\t' || **b == b' ' && self.dialect != Dialect::Shell;
        let before = &text[..at];
        let blanks = if self.is_indented { before.iter().rev().take_while(is_blank).count() } else { 0 };
        before[..at - blanks].last().is_none_or(|b| *b == b'\n')
    }

    /// Whether that may stand behind the last word.
    fn ends_line(&self, after: &[u8]) -> bool {
        match (self.dialect, after) {
            (Dialect::Php, [next, ..]) => !next.is_ascii_alphanumeric() && *next != b'_',
            (Dialect::Terraform, after) => after.trim_ascii().is_empty(),
            (_, after) => matches!(after, [] | [b'\r']),
        }
    }
}

/// Finds the last lines of documents. A text may have many headings without one, `1 << N` among them: it is looked
/// through a few times for them, and then they are none.
pub(super) struct Ends {
    budget: usize,
}

impl Ends {
    pub(super) fn of(text: &[u8]) -> Ends {
        Ends { budget: text.len().saturating_mul(8) }
    }

    /// Where the document ends that begins at `from`: behind its last line. `None` when it has none.
    pub(super) fn find(&mut self, text: &[u8], from: usize, heading: &Heading<'_>) -> Option<usize> {
        let rest = text.get(from..)?;
        let within = &rest[..rest.len().min(self.budget)];
        let end = memmem::find_iter(within, heading.word).find_map(|at| {
            if !heading.begins_line(within, at) {
                return None;
            }
            let after = at + heading.word.len();
            let end = memchr(b'\n', &rest[after..]).map_or(rest.len(), |newline| after + newline);
            heading.ends_line(&rest[after..end]).then(|| (end + 1).min(rest.len()))
        });
        self.budget -= end.map_or(within.len(), |_| 0);
        Some(from + end?)
    }
}

#[cfg(test)]
mod tests {
    use super::{Dialect, Ends, Heading, Quoting};

    #[test]
    fn each_language_ends_them_in_its_own_way() {
        use Dialect::{Perl, Php, Ruby, Shell, Terraform};
        for (dialect, text, read) in [
            (Shell, "<<EOF\na\nEOF\n", Some(Quoting::Document)),
            (Shell, "<< 'E.O-F' > x\na\nE.O-F\n", Some(Quoting::Verbatim)),
            (Shell, "<<-\\EOF\na\n\tEOF\n", Some(Quoting::Verbatim)),
            (Shell, "<<-EOF\na\n  EOF\n", None),
            (Shell, "<<EOF\na\n\tEOF\n", None),
            (Shell, "<<EOF\r\na\r\nEOF\r\n", Some(Quoting::Document)),
            (Shell, "<<<EOF\na\nEOF\n", None),
            (Shell, "<< 2))\na\n", None),
            (Ruby, "<<~DOC\na\n  DOC\n", Some(Quoting::Document)),
            (Ruby, "<<~'DOC'.strip\na\n  DOC\n", Some(Quoting::Verbatim)),
            (Ruby, "<<DOC\na\n  DOC\n", None),
            (Ruby, "<< DOC\na\nDOC\n", None),
            (Ruby, "<<~DOC\na\nDOC.x\n", None),
            (Perl, "<<\"END\";\na\nEND\n", Some(Quoting::Document)),
            (Perl, "<< 'END';\na\nEND\n", Some(Quoting::Verbatim)),
            (Perl, "<< END;\na\nEND\n", None),
            (Php, "<<<EOT\na\nEOT;\n", Some(Quoting::Document)),
            (Php, "<<< 'EOT'\na\n  EOT);\n", Some(Quoting::Verbatim)),
            (Php, "<<EOT\na\nEOT;\n", None),
            (Php, "<<<EOT\na\nEOTs\n", None),
            (Terraform, "<<EOT\na\n  EOT\n", Some(Quoting::Document)),
            (Terraform, "<<-EOT\na\n  EOT  \n", Some(Quoting::Document)),
        ] {
            let (heading, _) = Heading::read(text.as_bytes(), dialect);
            let below = text.find('\n').unwrap_or(0) + 1;
            let heading = heading
                .filter(|heading| Ends::of(text.as_bytes()).find(text.as_bytes(), below, heading).is_some());
            assert_eq!(heading.map(|heading| heading.quoting), read, "{text}");
        }
    }
}

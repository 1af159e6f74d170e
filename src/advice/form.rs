//! How a language or a format takes a value from elsewhere: what a row of the table of languages says.

use super::splice::Strings;
use crate::finding::Module;

/// How a language or a format takes a value from elsewhere. `@ENV@` stands for the variable, `@lower@` for its
/// name in lower case.
#[derive(Clone, Copy)]
pub(super) struct Form {
    /// What reads it; empty where nothing does.
    pub(super) read: &'static str,
    /// What else to know or to do.
    pub(super) remark: &'static str,
    /// Of a program, in which strings and expressions are different things: how the one takes the other.
    pub(super) strings: Option<Strings>,
    /// What it needs at the head of the file, and the line that imports it.
    pub(super) needs: Option<(Module, &'static str)>,
    /// Whether such a file has no place in git.
    pub(super) is_kept_out: bool,
    /// Whether its lines give values to variables that a program reads under the names that stand there.
    pub(super) sets: bool,
}

/// An expression of a program.
pub(super) const fn program(read: &'static str, strings: Strings) -> Form {
    Form { strings: Some(strings), ..filled(read) }
}

/// Something that is filled in, wherever it stands.
pub(super) const fn filled(read: &'static str) -> Form {
    Form { read, remark: "", strings: None, needs: None, is_kept_out: false, sets: false }
}

/// Nothing reads a variable there.
pub(super) const fn nothing(remark: &'static str) -> Form {
    filled("").knowing(remark)
}

/// Nothing reads a variable there: it is set.
pub(super) const fn set(remark: &'static str) -> Form {
    nothing(remark).setting()
}

/// The whole file has no place in git.
pub(super) const fn kept_out(remark: &'static str) -> Form {
    Form { is_kept_out: true, ..nothing(remark) }
}

impl Form {
    /// With what else to know or to do.
    pub(super) const fn knowing(self, remark: &'static str) -> Form {
        Form { remark, ..self }
    }

    /// Of lines that set variables.
    pub(super) const fn setting(self) -> Form {
        Form { sets: true, ..self }
    }

    /// With what it needs at the head of the file.
    pub(super) const fn needing(self, module: Module, line: &'static str) -> Form {
        Form { needs: Some((module, line)), ..self }
    }
}

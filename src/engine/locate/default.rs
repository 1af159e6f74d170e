//! Values that stand in for those of a variable: behind a default operator, in a block that gives one.

use crate::engine::locate::words::{is_ident, is_name, names_first_argument};
use crate::engine::locate::{How, Walk};
use crate::engine::names;
use crate::engine::syntax::neighbour;

impl<'t> Walk<'t> {
    /// Whether a bracket opens the block that stands in for a value: `ENV.fetch("X") { "…" }`.
    pub(in crate::engine) fn is_fallback(&self, at: usize) -> bool {
        let close = self.skip_blanks(at);
        let open = self.skip_back(close.saturating_sub(1).max(self.floor), |b| b != b'(' && b != b'\n');
        let callee = self.skip_back(open.saturating_sub(1).max(self.floor), is_name);
        self.before(close) == b')'
            && self.before(open) == b'('
            && names_first_argument(&self.text[callee..open - 1])
    }

    /// The expression before a default operator: `process.env.X ||`, `getenv("X") ??`, `${X:-`.
    pub(in crate::engine) fn default_of(&mut self, at: usize) -> Option<usize> {
        self.how(How::Assigned);
        let at = self.skip_back(at, |b| matches!(b, b' ' | b'\t' | b'\n' | b'\r'));
        let (name, left) = self.name(at)?;
        self.out.names.push(name);
        // Behind a bracket of its own, and not of the call that it is an argument of.
        let is_called = self.before(at) == b')' && self.before(left) == b'(';
        let left = if is_called { self.skip_back(left - 1, is_name) } else { left };
        let mut left = self.skip_back(left, |b| is_name(b) || b == b'{');
        // `std::env::var("X")`.
        while self.text[self.floor..left].ends_with(b"::") {
            left = self.skip_back(left - 2, is_name);
        }
        Some(left)
    }

    /// Where the expression starts that asks which of two values is taken: `prod ? "…" : x`.
    pub(in crate::engine) fn condition(&self, mut at: usize) -> Option<usize> {
        let mut depth = 0_usize;
        while at > self.floor {
            let compares = || {
                matches!(self.before(at - 1), b'=' | b'!' | b'<' | b'>')
                    || matches!(self.text[at], b'=' | b'>' | b'~')
            };
            match self.text[at - 1] {
                b')' | b']' | b'}' => depth += 1,
                b'(' | b'[' | b'{' if depth > 0 => depth -= 1,
                b'(' | b'[' | b'{' | b',' | b';' | b'\n' if depth == 0 => return Some(at),
                b'=' if depth == 0 && !compares() => return Some(at),
                b':' if depth == 0 && self.text[at] == b' ' => return Some(at),
                _ => {}
            }
            at -= 1;
        }
        None
    }

    /// Whether a word before `at` says that a value stands in for another: `os.environ.get("X") or "…"`, `x if prod else "…"`.
    pub(in crate::engine) fn is_alternative(&self, at: usize) -> bool {
        let before = &self.text[self.floor..at];
        let asked = before.strip_suffix(b" or").and_then(|asked| asked.last());
        asked.is_some_and(|b| matches!(b, b')' | b']'))
            || before.ends_with(b" else") && self.asks(at).is_some()
    }

    /// What that value is given to.
    pub(in crate::engine) fn alternative(&mut self, at: usize) -> Option<usize> {
        match self.before(at) {
            b'r' => self.default_of(at - b" or".len()),
            _ => self.condition(self.asks(at)?),
        }
    }

    /// Where the word stands that asks, of an `else` that ends at `at`.
    fn asks(&self, at: usize) -> Option<usize> {
        let line = neighbour::line_before(self.text, at, at - self.floor);
        Some(at - line.len() + memchr::memmem::rfind(line, b" if ")?)
    }

    /// What the first argument behind a bracket is for: a call, or what has no value so far, `env("X").unwrap_or("…")`.
    pub(in crate::engine) fn called_with(&mut self, bracket: usize) -> Option<usize> {
        let end = self.skip_blanks(bracket);
        let method = self.skip_back(end, is_ident);
        let words = names::words(&self.text[method..end]);
        let stands_in = matches!(words.last().map(String::as_str), Some("or" | "else"));
        match stands_in && self.before(method) == b'.' {
            true => self.default_of(method - 1),
            false => self.callee(bracket),
        }
    }

    /// Where the bracket stands before a function without a name that gives a value: `unwrap_or_else(|_| "…")`.
    pub(in crate::engine) fn closure(&self, at: usize) -> Option<usize> {
        let open = self.skip_back(at - 1, |b| is_ident(b) || b == b' ');
        (self.before(open) == b'|' && open > self.floor + 1 && self.before(open - 1) == b'(')
            .then(|| open - 2)
    }
}

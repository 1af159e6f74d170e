//! Values that stand in for those of a variable: behind a default operator, in a block that gives one.

use crate::engine::locate::words::{is_name, names_first_argument};
use crate::engine::locate::{How, Walk};

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
        let left = if self.before(left) == b'(' { self.skip_back(left - 1, is_name) } else { left };
        Some(self.skip_back(left, |b| is_name(b) || matches!(b, b'{' | b'(')))
    }
}

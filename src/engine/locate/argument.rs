//! Arguments and items of lists: whose call a value is handed to, and what the items before it say.

use crate::engine::locate::words::{
    is_ident, is_name, login_without_brackets, names_first_argument, secret_type, set_by, set_symbol,
    takes_class,
};
use crate::engine::locate::{How, MOST, Walk};
use crate::engine::names::{self, Role};
use crate::engine::syntax::{neighbour, row};

impl<'t> Walk<'t> {
    /// The function before an opening bracket, then whatever the call's result is given to.
    pub(super) fn callee(&mut self, at: usize) -> Option<usize> {
        self.how(How::Argument);
        let end = self.skip_blanks(at);
        // Generic arguments: `Client<Token>(`.
        let end = if self.before(end) == b'>' {
            self.skip_back(end - 1, |b| b != b'<' && b != b'\n').saturating_sub(1).max(self.floor)
        } else {
            end
        };
        let start = self
            .skip_back(end, |b| is_ident(b) || matches!(b, b'.' | b':' | b'>' | b'-' | b'!' | b'\\' | b'?'));
        let chain = &self.text[start..end];
        if !chain.is_empty() && self.out.callees.len() < MOST {
            self.out.callees.push(chain);
        }
        // A type that says what it holds: `ClientSecret::new("…")`. A method that says what it sets.
        if let Some(name) =
            secret_type(chain).or_else(|| set_by(chain)).filter(|_| self.out.names.len() < MOST)
        {
            self.out.names.push(name);
        }
        let left = self.skip_blanks(start);
        let new =
            self.text[self.floor..left].ends_with(b"new") || self.text[self.floor..left].ends_with(b"await");
        let left = if new { self.skip_back(left, is_ident) } else { left };
        Some(left)
    }

    /// Back over earlier items to the bracket that opens the list; a name given first counts as the
    /// value's name for functions such as `getenv("X", "…")`.
    pub(super) fn earlier_items(&mut self, at: usize) -> Option<usize> {
        if let Some(symbol) = set_symbol(&self.text[self.floor..at]) {
            self.how(How::Assigned);
            self.out.names.push(symbol);
            return None;
        }
        let mut depth = 0u32;
        let mut cursor = at;
        let mut first_comma = at;
        let mut last_comma = None;
        while cursor > self.floor {
            let byte = self.text[cursor - 1];
            match byte {
                b')' | b']' | b'}' => depth += 1,
                b'(' | b'[' | b'{' if depth > 0 => depth -= 1,
                b'(' | b'[' | b'{' => break,
                b',' if depth == 0 => {
                    first_comma = cursor - 1;
                    last_comma.get_or_insert(cursor);
                }
                b';' if depth == 0 => return None,
                _ => {}
            }
            cursor -= 1;
        }
        let line = at - neighbour::line_before(self.text, at, at - self.floor).len();
        if let Some(login) = login_without_brackets(&self.text[line.max(cursor)..at]) {
            self.how(How::Argument);
            self.out.callees.push(login);
            return None;
        }
        if cursor < line || cursor == self.floor {
            // A call without brackets: `use Rack::Auth, "…"`.
            let first = self.text[line..at].split(|b| *b == b',').next().unwrap_or_default().trim_ascii();
            let (callee, operand) = first.split_at(first.iter().position(|b| *b == b' ').unwrap_or(0));
            if takes_class(callee) {
                self.how(How::Argument);
                self.out.callees.push(operand.trim_ascii());
                return None;
            }
            // `buildConfigField "String", "X", "…"`, `header "X-Token", "…"`.
            let from = last_comma.filter(|comma| *comma >= line).unwrap_or(at - operand.len());
            let name = self.literal_or_name(from, at).filter(|_| !callee.is_empty());
            if let Some(name) = name.filter(|_| names_first_argument(callee)) {
                self.how(How::Assigned);
                self.out.names.push(name);
                return None;
            }
        }
        if cursor == self.floor {
            return None;
        }
        if self.text[cursor - 1] == b'(' {
            let callee_end = self.skip_blanks(cursor - 1);
            let callee_start = self.skip_back(callee_end, |b| is_name(b) || b == b':' || b == b'>');
            let called = &self.text[callee_start..callee_end];
            let is_row = called.is_empty() || called.eq_ignore_ascii_case(b"values");
            let column = is_row.then(|| row::column_of(self.text, cursor - 1, at)).flatten();
            if let Some(column) = column.filter(|column| names::role(column) != Role::Neutral) {
                self.how(How::Assigned);
                // What the row is about says whose its secret is.
                let of = self.literal_or_name(cursor, first_comma);
                self.out.names.extend(of.filter(|_| names::role(column) == Role::Secret));
                self.out.names.push(column);
                return None;
            }
            let named = names_first_argument(called);
            if takes_class(called) {
                self.out.callees.push(self.text[cursor..first_comma].trim_ascii());
            }
            // The item just before, `buildConfigField("String", "X", "…")`, else the first.
            let before = last_comma.and_then(|comma| self.literal_or_name(comma, at));
            if let Some(name) = before.or_else(|| self.literal_or_name(cursor, first_comma)).filter(|_| named)
            {
                self.how(How::Assigned);
                self.out.names.push(name);
            }
            // A row of values: `('theme_hash', '…')`.
            let title =
                self.literal_or_name(cursor, first_comma).filter(|name| names::role(name) == Role::Counter);
            self.out.names.extend(title.filter(|_| called.is_empty()));
            return self.callee(cursor - 1);
        }
        self.how(How::Listed);
        if let Some(name) =
            self.literal_or_name(cursor, first_comma).filter(|name| names::role(name) != Role::Neutral)
        {
            self.out.names.push(name);
        }
        Some(self.opened(cursor - 1))
    }

    /// Where what a list is given to ends: before its bracket, or before its type too, `names := []string{"…"}`.
    pub(super) fn opened(&self, bracket: usize) -> usize {
        let in_type = |b| is_ident(b) || matches!(b, b'[' | b']' | b'<' | b'>' | b'*' | b'.');
        let kind = self.skip_blanks(self.skip_back(bracket, in_type));
        if self.before(kind) == b'=' { kind } else { bracket }
    }
}

//! Places that [`locate`](crate::engine::locate) reads in other orders: the arguments of Lisps and Haskell, the lines of a notebook's
//! cell, and the headers of Swift, which stand behind their values.

use crate::engine::locate::words::{is_ident, is_noise, names_first_argument};
use crate::engine::locate::{How, Walk};

impl Walk<'_> {
    /// Whether the value is an argument by its place of a call as Lisps and Haskell write it, `(twilio/init "…" "…")`:
    /// nothing but literals and calls stand between it and what is called.
    pub(in crate::engine) fn applied(&mut self, at: usize) -> bool {
        let is_end = |b: Option<&u8>| b.is_none_or(|b| b.is_ascii_whitespace() || *b == b')');
        let behind = &self.text[self.value.end..];
        if behind.first() != Some(&b'"') || !is_end(behind.get(1)) || self.out.how != How::Alone {
            return false;
        }
        let mut cursor = at;
        let mut literal = None;
        let mut variables = false;
        let called = loop {
            cursor = self.skip_back(cursor, |b| b.is_ascii_whitespace());
            match self.before(cursor) {
                b'"' => {
                    let open = self.skip_back(cursor - 1, |b| b != b'"' && b != b'\n');
                    if self.before(open) != b'"' {
                        return false;
                    }
                    literal = literal.or(Some(open..cursor - 1));
                    cursor = open - 1;
                }
                b')' => {
                    let mut depth = 0_usize;
                    let opens = self.text[self.floor..cursor].iter().rposition(|b| {
                        depth = match b {
                            b')' => depth + 1,
                            b'(' => depth - 1,
                            _ => depth,
                        };
                        depth == 0
                    });
                    let Some(open) = opens else { return false };
                    cursor = self.floor + open;
                }
                _ => {
                    let start = self.skip_back(cursor, is_of_call);
                    // A variable before it, which only what is called by its module takes: `(acme/client sid "…")`.
                    if start == cursor || !matches!(self.before(start), b' ' | b'\n') {
                        break start..cursor;
                    }
                    variables = true;
                    cursor = start;
                }
            }
        };
        let is_open = called.start > 0 && self.text[called.start - 1] == b'(' && !called.is_empty();
        let outer = called.start.checked_sub(2).and_then(|at| self.text.get(at));
        let is_free = outer.is_none_or(|b| b.is_ascii_whitespace() || matches!(b, b'(' | b'[' | b'{'));
        let chain = &self.text[called];
        let chain = chain.strip_suffix(b".").unwrap_or(chain);
        let is_name = chain.first().is_some_and(u8::is_ascii_alphabetic);
        let is_qualified = chain.contains(&b'/');
        if variables && !is_qualified {
            return false;
        }
        // `(setenv "ACME_TOKEN" "…")`.
        if let Some(name) = literal.filter(|name| is_open && !name.is_empty() && names_first_argument(chain))
        {
            self.how(How::Assigned);
            self.out.names.push(&self.text[name]);
            return true;
        }
        // What is defined is no argument: `(def token "…")`.
        if !is_open || !is_free || !is_name || chain.starts_with(b"def") || is_noise(chain) {
            return false;
        }
        self.how(How::Argument);
        self.out.callees.push(chain);
        true
    }

    /// Where the line above ends in the cell of a notebook, whose lines are the literals of a list, when the expression goes on
    /// behind it: `(\n",⏎    "`.
    pub(in crate::engine) fn cell_line(&self, at: usize) -> Option<usize> {
        let lead = self.text[self.floor..at].strip_suffix(b"\"")?.trim_ascii_end();
        let above = self.skip_blanks(self.floor + lead.strip_suffix(b"\\n\",")?.len());
        matches!(self.before(above), b'(' | b'[' | b'{' | b',' | b'=' | b'+' | b':').then_some(above)
    }
}

/// The header that Swift names behind its value: `setValue("…", forHTTPHeaderField: "X-Api-Key")`.
pub(in crate::engine) fn field_behind(text: &[u8], value_end: usize) -> Option<&[u8]> {
    const LONGEST_FIELD: usize = 48;
    let behind = text[value_end..].strip_prefix(b"\", forHTTPHeaderField: \"")?;
    let length = behind.iter().take(LONGEST_FIELD).position(|b| *b == b'"')?;
    (length > 0).then(|| &behind[..length])
}

/// Bytes of what Lisps call: `twilio/with-auth`, `RestAPI.`.
fn is_of_call(byte: u8) -> bool {
    is_ident(byte) || matches!(byte, b'.' | b'-' | b'/' | b'!' | b'?' | b'*')
}

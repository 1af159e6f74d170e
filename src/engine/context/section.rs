//! The section or the row that a value stands in, where that is its vendor's.

use crate::catalogue::Rule;
use crate::engine::context::Surroundings;
use crate::engine::locate::How;
use crate::engine::owner::vendor_word::{holds_whole_word, names_vendor};
use crate::engine::syntax::{heading, neighbour};

/// The header of the section, `twilio:` above `creds: …`.
pub(super) fn section_of<'t>(rule: &Rule, around: &Surroundings<'t>) -> Option<&'t [u8]> {
    if around.located.how != How::Assigned {
        return None;
    }
    let header = neighbour::headers_above(around.text, around.value.start).next()?;
    let is_end = |b: &u8| matches!(b, b'"' | b'\'' | b':' | b'[' | b']' | b'{' | b'=' | b' ' | b'\r' | b'\t');
    let lead = header.iter().take_while(|b| is_end(b)).count();
    let tail = header[lead..].iter().rev().take_while(|b| is_end(b)).count();
    let name = &header[lead..header.len() - tail];
    let is_word =
        !name.is_empty() && name.iter().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    (is_word && neighbour::is_of_settings(header) && names_vendor(rule, name)).then_some(name)
}

/// A cell of the same row, `Acme,kim,…` below `service,user,pw`.
pub(super) fn row_of<'t>(rule: &Rule, around: &Surroundings<'t>) -> Option<&'t [u8]> {
    let mut cells = heading::beside(around.text, &around.value);
    cells.find(|cell| names_vendor(rule, cell) && holds_whole_word(rule, cell))
}

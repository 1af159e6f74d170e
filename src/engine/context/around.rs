//! What stands around a value and tells of it: the section of settings, the row of a table, the structure of a vendor's own
//! type, the comment above, the lists that speak of a vendor only by a version.

use super::Surroundings;
use crate::catalogue::Rule;
use crate::engine::locate::How;
use crate::engine::names::{self, Role};
use crate::engine::owner::vendor_word::{holds_whole_word, names_vendor};
use crate::engine::syntax::{heading, neighbour};
use crate::part::start_in;

/// How much of a line is looked at around a keyword or above a value, bytes.
const LONGEST_LINE: usize = 200;
/// Most keywords that are looked at for whether they stand in lists.
const MOST_LISTED: usize = 64;

/// The section that a value stands in, where that bears the vendor's name: `twilio:` above `creds: …`.
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

/// A cell of the row that a value stands in, where that is its vendor's: `Acme,kim,…` below `service,user,pw`.
pub(super) fn row_of<'t>(rule: &Rule, around: &Surroundings<'t>) -> Option<&'t [u8]> {
    let mut cells = heading::beside(around.text, &around.value);
    cells.find(|cell| names_vendor(rule, cell) && holds_whole_word(rule, cell))
}

/// The vendor's own type whose member a value is, as Go and Rust write a structure: `acme.ClientParams{Password: "…"}`.
pub(super) fn structure_of<'t>(rule: &Rule, around: &Surroundings<'t>) -> Option<&'t [u8]> {
    let opens = |name: &[u8]| {
        let end = start_in(around.text, name).saturating_add(name.len());
        around.text.get(end) == Some(&b'{')
    };
    let outer = around.located.names.get(1..)?;
    let mut outer = outer.iter().filter(|_| around.located.how == How::Assigned);
    outer.find(|name| names_vendor(rule, name) && opens(name)).copied()
}

/// The comment on the line above a value that says whose secret it is, where its own name only says which: `# Acme token`
/// above `primary = "…"`.
pub(super) fn comment_of<'t>(rule: &Rule, around: &Surroundings<'t>) -> Option<&'t [u8]> {
    const COMMENTS: [&[u8]; 6] = [b"#", b"//", b"--", b";", b"/*", b"*"];
    let own = around.located.names.first().filter(|_| around.located.how == How::Assigned)?;
    if !names::words(own).iter().all(|word| names::says_nothing(word)) {
        return None;
    }
    let (text, at) = (around.text, around.value.start);
    let start = at - neighbour::line_before(text, at, LONGEST_LINE).len();
    let above = text[..start].strip_suffix(b"\n")?;
    let line = neighbour::line_before(above, above.len(), LONGEST_LINE).trim_ascii();
    let comment = COMMENTS.iter().find_map(|sign| line.strip_prefix(*sign))?.trim_ascii_start();
    let mut words = comment.split(u8::is_ascii_whitespace);
    let is_told = holds_whole_word(rule, comment) && words.any(|word| names::role(word) == Role::Secret);
    is_told.then_some(comment)
}

/// Whether the rule's keywords near a value only name what is listed there with a version: `{ "name":
/// "acme", "commit": … }`.
pub(super) fn is_only_listed(around: &Surroundings<'_>) -> bool {
    const VERSIONS: [&[u8]; 6] =
        [b"\"commit\"", b"\"revision\"", b"\"rev\"", b"\"version\"", b"\"sha1\"", b"\"integrity\""];
    let (text, value) = (around.text, &around.value);
    let is_listed = |at: usize| {
        let before = &text[at.saturating_sub(LONGEST_LINE)..at];
        let behind = &text[at..text.len().min(at + LONGEST_LINE)];
        let (Some(open), Some(close)) = (memchr::memrchr(b'{', before), memchr::memchr(b'}', behind)) else {
            return false;
        };
        let (start, end) = (at - before.len() + open, at + close);
        let is_apart = value.start > end || value.end < start;
        is_apart && VERSIONS.iter().any(|label| crate::memmem::find(&text[start..end], label).is_some())
    };
    (1..=MOST_LISTED).contains(&around.keywords.len()) && around.keywords.iter().all(|at| is_listed(*at))
}

//! Hex digits near the identifier of an account that belong to no account but to one record of it: the trace of a log line,
//! the name of a file, the digest of a message.

use std::ops::Range;

use crate::engine::doubt::counter::LEAD;
use crate::engine::locate::{How, Located, locate};
use crate::engine::names::{self, Role};
use crate::engine::syntax::neighbour::line_before;

/// Longest ending of a file's name, bytes.
const LONGEST_ENDING: usize = 5;

/// Whether what nothing calls a secret belongs to a record that the identifier at `id` stands in, too. A secret follows its
/// identifier, or stands right before it.
pub(in crate::engine) fn is_of_record(
    text: &[u8],
    value: &Range<usize>,
    located: &Located<'_>,
    (id, others): (&Range<usize>, &[&Range<usize>]),
) -> bool {
    if names_file(&text[value.end..]) {
        return true;
    }
    let own = &text[id.clone()];
    // Items of a row are no names of each other.
    let is_named =
        located.how == How::Assigned && !located.names.first().is_some_and(|name| is_like(name, own));
    let of_sums = |located: &Located<'_>| located.callees.iter().any(|callee| names::is_of_sums(callee));
    let is_in_call = located.callees.iter().any(|c| !c.is_empty() && !c.eq_ignore_ascii_case(b"values"));
    !is_named
        && (labels_line(text, value, id)
            || is_of_line_with(text, value, id, located.how)
            || !is_in_call && is_beside_record(text, value, id, others)
            || of_sums(located)
            || of_sums(&locate(text, id.clone())))
}

/// Whether a value is the name of a file, or its end: `….wav`.
fn names_file(behind: &[u8]) -> bool {
    let Some(rest) = behind.strip_prefix(b".") else { return false };
    let ending =
        &rest[..rest.iter().take(LONGEST_ENDING + 1).take_while(|b| b.is_ascii_alphanumeric()).count()];
    let is_inner = rest.get(ending.len()).is_some_and(|b| matches!(b, b'.' | b'_' | b'(' | b'-'));
    (2..=LONGEST_ENDING).contains(&ending.len()) && ending[0].is_ascii_lowercase() && !is_inner
}

/// Whether a value stands bare in brackets among the words of a line, as logs write what a line belongs to: `INFO […] sent`,
/// `[app,…,0af7] sent`.
fn labels_line(text: &[u8], value: &Range<usize>, id: &Range<usize>) -> bool {
    let is_inner = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b',' | b'-' | b'_' | b'.');
    let line = line_before(text, value.start, LEAD);
    let inner = line.iter().rev().take_while(|b| is_inner(b)).count();
    let Some((open, lead)) = line[..line.len() - inner].split_last() else { return false };
    let close = match open {
        b'[' => b']',
        b'{' if inner == 0 => b'}',
        b'<' if inner == 0 => b'>',
        _ => return false,
    };
    let behind = &text[value.end..text.len().min(value.end + LEAD)];
    let more = if *open == b'[' { behind.iter().take_while(|b| is_inner(b)).count() } else { 0 };
    let behind = &behind[more..];
    let words = lead.trim_ascii_end();
    let is_spoken =
        words.len() < lead.len() && words.last().is_some_and(|b| b.is_ascii_alphanumeric() || *b == b']');
    let goes_on = lead.is_empty() && matches!(behind, [_, b' ', next, ..] if next.is_ascii_alphabetic());
    let place = value.start - line.len() + words.len();
    behind.first() == Some(&close)
        && (is_spoken || goes_on)
        && id.end != place
        && !(value.start - inner..value.end + more).contains(&id.start)
}

/// Whether the identifier follows a value on its line with words between that name no secret: `INFO … callback of AC…`.
fn is_of_line_with(text: &[u8], value: &Range<usize>, id: &Range<usize>, how: How) -> bool {
    let Some(between) = text.get(value.end..id.start) else { return false };
    let is_loose = matches!(how, How::Spoken | How::Alone | How::Listed);
    let is_sentence = || {
        let behind = between.iter().find(|b| !matches!(b, b']' | b'}' | b'>' | b')'));
        let mut words =
            between.split(|b| !b.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).peekable();
        behind.is_some_and(u8::is_ascii_whitespace)
            && words.peek().is_some()
            && !words.any(|word| names::role(word) == Role::Secret)
    };
    is_loose && between.len() <= LEAD && !between.contains(&b'\n') && is_sentence()
}

/// Whether the identifier of something else, of the same form under other letters, stands before a value in its row, or
/// behind it where the account's does, too: `AC…,SM…,…`. The `others` belong to the secret as well.
fn is_beside_record(text: &[u8], value: &Range<usize>, id: &Range<usize>, others: &[&Range<usize>]) -> bool {
    let own = &text[id.clone()];
    let is_ours = |word: &[u8]| others.iter().any(|other| text[(*other).clone()] == *word);
    let is_other = |word: &[u8]| is_like(word, own) && word[..2] != own[..2] && !is_ours(word);
    let holds = |part: &[u8]| part.split(|b| !b.is_ascii_alphanumeric()).any(is_other);
    let before = line_before(text, value.start, LEAD);
    let row = &before[before.iter().rposition(|b| matches!(b, b'(' | b'[' | b'{')).map_or(0, |at| at + 1)..];
    let behind = || {
        let near = &text[value.end..text.len().min(value.end + LEAD)];
        near.split(|b| *b == b'\n').next().unwrap_or_default()
    };
    holds(row) || id.start > value.start && holds(behind())
}

/// Whether a word is an identifier of one form with another, two letters before hex digits.
fn is_like(word: &[u8], id: &[u8]) -> bool {
    let has_form = |word: &[u8]| {
        let Some((letters, digits)) = word.split_at_checked(2) else { return false };
        letters.iter().all(u8::is_ascii_uppercase) && digits.iter().all(u8::is_ascii_hexdigit)
    };
    word.len() == id.len() && has_form(word) && has_form(id)
}

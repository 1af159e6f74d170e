//! The source line of a finding, fit to be shown: every secret on it masked, cut to a readable length. What is known
//! only when the whole run has been looked through is masked in the excerpt itself, see [`Excerpt::hide`].
//!
//! Works on a window around the secret and never on the whole line: a minified file is one line of
//! megabytes, and each of its findings would read it again. Control characters stay as they are;
//! `report/escape.rs` makes them visible.

use std::ops::Range;

use memchr::{memchr, memmem, memrchr};

use super::Excerpt;
use super::secret::redact;
use super::spelling;
use crate::order;

/// Most characters of an excerpt.
pub(super) const WIDTH: usize = 76;

/// Bytes that are looked at on each side of a secret: more than `WIDTH` characters of four bytes.
const REACH: usize = 4 * WIDTH;

/// Longest PEM header that is shown; `-----BEGIN ENCRYPTED PRIVATE KEY-----` has 37 bytes.
const PEM_HEADER: usize = 64;

/// What is hidden wherever it stands on a line that is shown, in whatever spelling.
#[derive(Debug)]
pub(super) struct Needles(Vec<Vec<u8>>);

impl Needles {
    pub(super) fn of<'s>(secrets: impl Iterator<Item = &'s [u8]>) -> Needles {
        let mut all: Vec<_> =
            spelling::with_clear(secrets).into_iter().filter(|one| !one.is_empty()).collect();
        order::by(&mut all, Vec::cmp);
        Needles(all)
    }

    fn in_text(&self, text: &[u8]) -> Vec<Range<usize>> {
        let of = |needle: &Vec<u8>| {
            let length = needle.len();
            memmem::find_iter(text, needle).map(move |at| at..at + length).collect::<Vec<_>>()
        };
        self.0.iter().flat_map(of).collect()
    }
}

/// The line of `text` on which `mine` starts, and more of it where it had to be cut. `masks` are the ranges of all secrets of the text,
/// sorted and disjoint, `mine` within one of them; `needles` are hidden wherever else they stand, in any spelling.
pub(super) fn excerpt(
    text: &[u8],
    mine: &Range<usize>,
    masks: &[Range<usize>],
    needles: &Needles,
) -> (Excerpt, Option<Box<Excerpt>>) {
    let window = window(text, mine);
    let hidden = hidden(text, &window, masks, needles);

    let mut shown = String::new();
    let (mut start, mut end) = (0, 0);
    let mut at = window.start;
    for mask in &hidden {
        push_text(&mut shown, &text[at..mask.start.max(window.start)]);
        let from = shown.chars().count();
        shown.push_str(&stand_in(text, mask, &window));
        if mask.start <= mine.start && mine.start < mask.end.max(mask.start + 1) {
            (start, end) = (from, shown.chars().count());
        }
        at = mask.end.min(window.end);
    }
    push_text(&mut shown, &text[at..window.end]);
    let ends =
        Ends { left: window.start > 0 && text[window.start - 1] != b'\n', right: continues(text, &window) };
    let short = cut(&shown, start, end, &ends);
    let is_cut = short.text.starts_with('…') || short.text.ends_with('…');
    let shift = usize::from(ends.left);
    let left = if ends.left { "…" } else { "" };
    let wide =
        || Box::new(Excerpt { text: format!("{left}{shown}"), start: start + shift, end: end + shift });
    (short, is_cut.then(wide))
}

/// Whether the excerpt stands for a longer line.
struct Ends {
    left: bool,
    right: bool,
}

fn continues(text: &[u8], window: &Range<usize>) -> bool {
    !matches!(text.get(window.end..), None | Some([] | [b'\n', ..] | [b'\r', b'\n', ..]))
}

/// The part of the line that can be shown.
fn window(text: &[u8], mine: &Range<usize>) -> Range<usize> {
    let from = mine.start.saturating_sub(REACH);
    let start = memrchr(b'\n', &text[from..mine.start]).map_or(from, |at| from + at + 1);
    let first_line_end = memchr(b'\n', &text[mine.clone()]);
    let last = match first_line_end {
        Some(at) => mine.start + at,
        None => {
            let to = text.len().min(mine.end + REACH);
            memchr(b'\n', &text[mine.end..to]).map_or(to, |at| mine.end + at)
        }
    };
    let end = if last > start && text[last - 1] == b'\r' && text.get(last) == Some(&b'\n') {
        last - 1
    } else {
        last
    };
    start..end
}

/// What must not be shown of the window, sorted and disjoint.
fn hidden(
    text: &[u8],
    window: &Range<usize>,
    masks: &[Range<usize>],
    needles: &Needles,
) -> Vec<Range<usize>> {
    let first = masks.partition_point(|mask| mask.end <= window.start);
    let mut hidden: Vec<Range<usize>> = masks[first..]
        .iter()
        .take_while(|mask| mask.start < window.end.max(window.start + 1))
        .map(|mask| mask.start..mask.end + rest_of_word(text, mask.end..window.end))
        .collect();
    let here = |found: Range<usize>| window.start + found.start..window.start + found.end;
    hidden.extend(needles.in_text(&text[window.clone()]).into_iter().map(here));
    let hidden = disjoint(hidden);
    // What is shown of the line between the masks.
    let ends = hidden.iter().map(|mask| mask.start).chain([window.end]);
    let starts = [window.start].into_iter().chain(hidden.iter().map(|mask| mask.end));
    let shown = starts.zip(ends).filter(|(start, end)| start < end);
    let spelled = shown.flat_map(|(start, end)| {
        let found = spelling::encoded(&text[start..end], &|text| needles.in_text(text));
        found.into_iter().map(move |found| start + found.start..start + found.end)
    });
    let spelled: Vec<_> = spelled.collect();
    disjoint(hidden.into_iter().chain(spelled).collect())
}

/// Length of what may be the other half of a secret that holds a sign which ends one elsewhere: `ab12;Cd34`. Another setting, a
/// number and a name are none.
fn rest_of_word(text: &[u8], behind: Range<usize>) -> usize {
    let behind = text.get(behind).unwrap_or_default();
    let is_of_word = |b: &u8| b.is_ascii_graphic() && !b"\"'`=<>()[]{}".contains(b);
    let word = &behind[..behind.iter().take_while(|b| is_of_word(b)).count()];
    let is_over =
        behind.get(word.len()).is_none_or(|b| b.is_ascii_whitespace() || matches!(b, b'"' | b'\'' | b'`'));
    let has = |class: fn(&u8) -> bool| word.iter().any(class);
    let is_half =
        matches!(word.first(), Some(b';' | b',')) && has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic);
    if is_half && is_over { word.len() } else { 0 }
}

impl Excerpt {
    /// Masks what stands at these bytes of the text as well.
    pub(super) fn hide(&mut self, ranges: Vec<Range<usize>>) {
        let text = &mut self.text;
        let byte_of = |mark: usize| text.char_indices().nth(mark).map_or(text.len(), |(at, _)| at);
        let (mut start, mut end) = (byte_of(self.start), byte_of(self.end));
        for Range { start: mut from, end: mut to } in disjoint(ranges).into_iter().rev() {
            // A secret is bytes, and need not be whole characters.
            while !text.is_char_boundary(from) {
                from -= 1;
            }
            while !text.is_char_boundary(to) {
                to += 1;
            }
            let mask = redact(&text.as_bytes()[from..to]);
            let moved = |mark: usize, within: usize| match mark {
                _ if mark >= to => mark - (to - from) + mask.len(),
                _ if mark > from => within,
                _ => mark,
            };
            (start, end) = (moved(start, from), moved(end, from + mask.len()));
            text.replace_range(from..to, &mask);
        }
        (self.start, self.end) = (text[..start].chars().count(), text[..end].chars().count());
    }

    /// As much of a line as is shown, `before` being what was shown of it.
    pub(super) fn narrowed(&self, before: &Excerpt) -> Excerpt {
        let line = self.text.strip_prefix('…');
        let ends = Ends { left: line.is_some(), right: before.text.ends_with('…') };
        let shift = usize::from(ends.left);
        cut(line.unwrap_or(&self.text), self.start - shift, self.end - shift, &ends)
    }
}

/// Sorts ranges and joins those that overlap.
pub(super) fn disjoint(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    order::by_key(&mut ranges, |range| (range.start, range.end));
    let mut joined: Vec<Range<usize>> = Vec::with_capacity(ranges.len());
    for range in ranges {
        match joined.last_mut() {
            Some(last) if range.start < last.end => last.end = last.end.max(range.end),
            _ => joined.push(range),
        }
    }
    joined
}

/// What is written instead of a secret.
fn stand_in(text: &[u8], mask: &Range<usize>, window: &Range<usize>) -> String {
    if mask.start < window.start {
        return redact(b"");
    }
    let secret = &text[mask.clone()];
    let Some(header) = pem_header(secret) else { return redact(secret) };
    let mut shown = String::from_utf8_lossy(&secret[..header]).into_owned();
    if mask.start + header < window.end {
        shown.push_str(&redact(b""));
    }
    shown
}

/// Length of the line that opens a PEM block; it is public.
fn pem_header(secret: &[u8]) -> Option<usize> {
    let rest = secret.strip_prefix(b"-----BEGIN ")?;
    let head = &rest[..rest.len().min(PEM_HEADER)];
    let close = crate::memmem::find(head, b"-----")?;
    let label = &head[..close];
    label.iter().all(|b| b.is_ascii_uppercase() || *b == b' ' || b.is_ascii_digit()).then_some(11 + close + 5)
}

/// Appends bytes as text; what is not UTF-8 as `\xNN`.
fn push_text(out: &mut String, bytes: &[u8]) {
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        for byte in chunk.invalid() {
            out.push_str(&format!("\\x{byte:02x}"));
        }
    }
}

/// Drops the indentation and what is too far from the mask; an ellipsis stands for what was cut off.
fn cut(line: &str, start: usize, end: usize, ends: &Ends) -> Excerpt {
    let indent = line.chars().take(start).take_while(|c| c.is_whitespace()).count();
    let line: Vec<char> = line.chars().collect();
    let line = &line[if ends.left { 0 } else { indent }..];
    let dropped = if ends.left { 0 } else { indent };
    let (start, end) = (start - dropped, end - dropped);
    let length = line.iter().rposition(|c| !c.is_whitespace()).map_or(0, |at| at + 1).max(end);

    // A third of the room goes to what stands before the mask: names stand on the left.
    let room = WIDTH - 2;
    let from = if length <= room {
        0
    } else {
        start.saturating_sub((room - (end - start).min(room)) * 2 / 3).min(length - room)
    };
    let to = length.min(from + room);
    let (left, right) = (from > 0 || ends.left, to < length || ends.right);
    let mut text = String::new();
    if left {
        text.push('…');
    }
    text.extend(&line[from..to]);
    if right {
        text.push('…');
    }
    let shift = usize::from(left);
    Excerpt { text, start: start - from + shift, end: end.min(to) - from + shift }
}

//! Former secrets, which a comment beside the one in use keeps: `# old: …`.

use std::borrow::Cow;
use std::ops::Range;

use super::Scanner;
use crate::catalogue::Confidence;
use crate::engine::job::{Job, Scored};
use crate::engine::names;
use crate::engine::syntax::neighbour::line_before;
use crate::engine::value::entropy;

/// Longest line that is looked at, bytes, and shortest token that may be such a one.
const LONGEST_LINE: usize = 240;
const SHORTEST: usize = 16;
/// What begins a comment.
const MARKS: [&[u8]; 6] = [b"#", b"//", b"--", b";", b"/*", b"*"];
/// Words for what is no longer in use.
#[rustfmt::skip]
const WORDS: [&str; 13] = [
    "old", "previous", "previously", "prev", "was", "former", "formerly", "rotated", "replaced", "replaces", "before",
    "alt", "backup",
];

impl Scanner<'_> {
    /// Values of the same form as one that a vendor's rule found, in a comment beside it that calls them old.
    pub(super) fn former(&self, job: &mut Job<'_>) {
        let mut former = Vec::new();
        let found = job.out.iter().filter(|s| s.confidence >= Confidence::Medium && !self.is_generic(s));
        for scored in found.filter(|s| s.decoded.is_none() && s.range.len() >= SHORTEST) {
            for value in beside(job.text, &scored.range) {
                let told = Cow::Borrowed("the same form, in a comment that calls it old");
                let why = vec![told];
                let (confidence, strength) = (scored.confidence, scored.strength);
                let mut old = Scored::new(scored.rule, value, confidence, strength, why);
                old.evidence = scored.evidence;
                former.push(old);
            }
        }
        job.out.append(&mut former);
    }
}

/// The tokens of a value's form in the comments above it, behind it and below it.
fn beside(text: &[u8], value: &Range<usize>) -> Vec<Range<usize>> {
    let own = &text[value.clone()];
    let start = value.start - line_before(text, value.start, LONGEST_LINE).len();
    let rest_of = |from: usize| {
        let rest = &text[from..text.len().min(from + LONGEST_LINE)];
        from + memchr::memchr(b'\n', rest).unwrap_or(rest.len())
    };
    let end = rest_of(value.end);
    let above = start.checked_sub(1).map(|at| at - line_before(text, at, LONGEST_LINE).len()..at);
    let below = (end < text.len()).then(|| end + 1..rest_of(end + 1));
    let lines = [above, Some(value.end..end), below].into_iter().flatten();
    lines.filter_map(|line| old(text, line, own)).collect()
}

/// The token of a line's comment that is of the form of `own`, where words before it call it old.
fn old(text: &[u8], line: Range<usize>, own: &[u8]) -> Option<Range<usize>> {
    let said = &text[line.clone()];
    let comment = MARKS.iter().filter_map(|mark| crate::memmem::find(said, mark)).min()?;
    // Behind a value its quote and its bracket may stand.
    let is_code = |b: &u8| b.is_ascii_alphanumeric();
    if said[..comment].iter().any(is_code) {
        return None;
    }
    let said = &said[comment..];
    let of_own = |b: &u8| own.contains(b) || b.is_ascii_alphanumeric();
    let mut at = 0;
    let token = said.split(|b| !of_own(b)).find_map(|word| {
        let start = at;
        at += word.len() + 1;
        (word.len() == own.len()
            && kinds(word) == kinds(own)
            && word != own
            && entropy::looks_random(word, 0.0))
        .then_some(start)
    })?;
    let words = names::words(&said[..token]);
    let is_old = words.iter().any(|word| WORDS.contains(&word.as_str()));
    let start = line.start + comment + token;
    (is_old && words.len() <= 8).then(|| start..start + own.len())
}

/// Which kinds of characters a token is made of.
fn kinds(token: &[u8]) -> [bool; 4] {
    let any = |class: fn(&u8) -> bool| token.iter().any(class);
    let beyond_hex = |b: &u8| b.is_ascii_alphabetic() && !b.is_ascii_hexdigit();
    [any(u8::is_ascii_lowercase), any(u8::is_ascii_uppercase), any(u8::is_ascii_digit), any(beyond_hex)]
}

//! Weighs what stands around a value: is it this vendor's secret, or something that looks like it?
//!
//! For shapes that prove nothing alone (32 hex digits may be an MD5 sum). Every verdict comes with its
//! evidence in words; a score without a reason is a bug.

use std::borrow::Cow;
use std::ops::Range;

use super::locate::Located;
use super::names::{self, Role};
use crate::catalogue::{Confidence, Near, Rule};
use crate::engine::doubt::evidence::Evidence;
use crate::engine::doubt::instead;
use crate::engine::owner::vendor_word::{holds_whole_word, requires_namesake};

mod clues;
mod section;

use clues::{Case, is_another_entry, judged};

/// What a vendor's short name is run together with; how far that is looked at, bytes.
pub(super) const GOES_WITH: [&[u8]; 8] = [b"api", b"sdk", b"bot", b"app", b"client", b"hq", b"io", b"com"];
const LONGEST_TAIL: usize = 24;
/// From this length on a vendor's word counts wherever it stands in a name.
pub(super) const LONG_WORD: usize = 6;

/// A verdict in favour.
#[derive(Debug, Clone)]
pub(super) struct Judged {
    pub(super) confidence: Confidence,
    /// Decides between rules that claim the same bytes; more is stronger.
    pub(super) strength: u32,
    /// Whether a name says both that it is a secret and whose, as much as a vendor's secrets without a form go by.
    pub(super) is_told: bool,
    /// What of that doubts have to outweigh.
    pub(super) evidence: Evidence,
    /// Strongest first.
    pub(super) why: Vec<Cow<'static, str>>,
}

/// What is known about a value besides its own bytes.
#[derive(Debug)]
pub(super) struct Surroundings<'t> {
    /// The whole text.
    pub(super) text: &'t [u8],
    /// Where the value stands in it.
    pub(super) value: Range<usize>,
    /// Where it stands.
    pub(super) located: &'t Located<'t>,
    /// Lines to the nearest keyword of the rule within its scope, if there is one.
    pub(super) keyword_lines: Option<u32>,
    /// Where its keywords stand, in order.
    pub(super) keywords: &'t [usize],
    /// The companions found near: name and range.
    pub(super) companions: &'t [(&'static str, Range<usize>, u32)],
    /// The last part of the path, lower case.
    pub(super) file_name: &'t [u8],
    /// Lock files and the like: only a name that says vendor and secret counts.
    pub(super) is_machine_made: bool,
}

/// Judges a value whose shape proves nothing alone.
pub(super) fn judge(rule: &'static Rule, near: &Near, around: &Surroundings<'_>) -> Option<Judged> {
    let mut case = Case::of(rule, near, around)?;
    // Whatever the name that a pair is given, its user tells.
    if let Some(judged) = case.of_user().or_else(|| case.of_companion()) {
        return Some(judged);
    }
    if instead::is_something_else(rule, around, case.is_told()) {
        return None;
    }
    if let Some(judged) = case.of_host() {
        return Some(judged);
    }
    if !case.is_spoken_of() {
        return None;
    }
    case.drop_companion_of_others();
    let mut verdict = case.verdict()?;
    verdict.is_told = case.is_told();
    verdict.evidence = verdict.evidence.max(case.evidence());
    for (name, _, lines) in around.companions {
        let reason = format!("{name} {}", away(*lines));
        if !verdict.why.iter().any(|why| **why == *reason) {
            verdict.why.push(Cow::Owned(reason));
        }
    }
    if let Some(lines) = around.keyword_lines.filter(|_| !case.names_vendor) {
        verdict.why.push(Cow::Owned(format!("{} is spoken of {}", rule.vendor.name, away(lines))));
    }
    Some(verdict)
}

/// Judges a value that its own prefix has named already, where the rule still asks for context.
pub(super) fn allow(rule: &'static Rule, near: &Near, around: &Surroundings<'_>) -> Option<Judged> {
    judge(rule, near, around).or_else(|| {
        let name = around.located.names.first().copied();
        let counter = name.is_some_and(|n| names::role(n) == Role::Counter);
        let spoken = || {
            let lines = around.keyword_lines.filter(|_| !is_another_entry(near, around, name))?;
            Some(judged(Confidence::Medium, 45, format!("{} is spoken of {}", rule.vendor.name, away(lines))))
        };
        let filed = || {
            let why = || format!("in a file that is named for {}", rule.vendor.name);
            holds_whole_word(rule, around.file_name).then(|| judged(Confidence::Medium, 40, why()))
        };
        if counter { None } else { spoken().or_else(filed) }
    })
}

/// Whether a short keyword stands for itself: `line` in `LINE_TOKEN`, `lineToken` and `linetoken`, not in
/// `deadline` or `lines`. Longer ones count wherever they stand.
pub(super) fn is_whole(rule: &Rule, text: &[u8], at: usize, keyword: &[u8]) -> bool {
    let is_letter = |b: Option<&u8>| b.is_some_and(u8::is_ascii_alphabetic);
    let is_tail_of =
        |lead: &str| at >= lead.len() && starts_with_ignoring_case(&text[at - lead.len()..], lead.as_bytes());
    if names::NO_VENDORS.iter().any(|(lead, tail)| keyword.starts_with(tail.as_bytes()) && is_tail_of(lead)) {
        return false;
    }
    if is_namesake(text, at, keyword) {
        return false;
    }
    if keyword.len() >= LONG_WORD || !keyword.iter().all(u8::is_ascii_alphabetic) {
        return true;
    }
    let first = text.get(at).copied().unwrap_or_default();
    let before = at.checked_sub(1).and_then(|i| text.get(i));
    let new_word = first.is_ascii_uppercase() && before.is_some_and(u8::is_ascii_lowercase);
    if is_letter(before) && !new_word {
        return false;
    }
    let end = at + keyword.len();
    let tail = &text[end..text.len().min(end + LONGEST_TAIL)];
    let rest = &tail[..tail.iter().take_while(|b| b.is_ascii_alphabetic()).count()];
    let Some(next) = rest.first() else { return true };
    let upper = text[at..end].iter().any(u8::is_ascii_uppercase);
    // A capital starts the next word, unless all are capitals.
    next.is_ascii_uppercase() && !(upper && text[at..end].iter().all(u8::is_ascii_uppercase))
        || GOES_WITH.iter().any(|word| starts_with_ignoring_case(rest, word))
        || names::role(rest) == Role::Secret
        || rule.vendor.words.iter().any(|word| {
            // `sumo` of `sumologic`.
            starts_with_ignoring_case(&text[at..], word.as_bytes())
                && names::normalized(word.as_bytes()).len() > keyword.len()
        })
}

/// Whether a keyword stands for a library of the same name that has nothing to do with the vendor, where a text requires
/// that and the word is no part of a longer name: Ruby's scheduler `clockwork`.
fn is_namesake(text: &[u8], at: usize, keyword: &[u8]) -> bool {
    const HEAD: usize = 1536;
    let behind = &text[at + keyword.len()..];
    let is_part = |b: Option<&u8>| b.is_some_and(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'));
    let is_alone = || {
        !is_part(at.checked_sub(1).and_then(|before| text.get(before)))
            && !is_part(behind.first())
            && !starts_with_ignoring_case(behind, b"::api")
    };
    keyword.eq_ignore_ascii_case(b"clockwork")
        && is_alone()
        && text[..text.len().min(HEAD)].split(|b| *b == b'\n').any(requires_namesake)
}

fn starts_with_ignoring_case(text: &[u8], start: &[u8]) -> bool {
    text.get(..start.len()).is_some_and(|head| head.eq_ignore_ascii_case(start))
}

pub(super) fn away(lines: u32) -> String {
    match lines {
        0 => "on the same line".to_owned(),
        1 => "one line away".to_owned(),
        _ => format!("{lines} lines away"),
    }
}

pub(super) fn is_listed(near: &Near, name: &[u8]) -> bool {
    listing(near, name) > 0
}

/// How much of a name the rule lists: nothing, a word, two, more.
pub(super) fn listing(near: &Near, name: &[u8]) -> u32 {
    let normalized = names::normalized(name);
    let is_listed = |listed: &&&str| match listed.len() {
        // `d` of a JSON Web Key is a whole name, not the end of one.
        0..=2 => normalized == ***listed,
        3..=5 => normalized.ends_with(**listed),
        _ => normalized.contains(**listed),
    };
    match near.names.iter().filter(is_listed).map(|listed| listed.len()).max() {
        Some(0..=7) => 1,
        Some(8..=11) => 2,
        Some(_) => 3,
        None => is_key_elsewhere(near, name).into(),
    }
}

/// Whether a name says in another language what the rule lists in English: `m_strAnahtar` for a key.
fn is_key_elsewhere(near: &Near, name: &[u8]) -> bool {
    near.names.iter().any(|listed| matches!(*listed, "key" | "apikey" | "token" | "secret"))
        && names::is_foreign(name)
}

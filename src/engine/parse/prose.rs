//! Passwords and keys in sentences: notes, chats, comments.

use std::ops::Range;

use super::assignment::{LONGEST_GAP, LONGEST_NAME, is_mixed, is_strong_name};
use super::chosen::is_network_key;
use super::drawn::looks_drawn;
use super::operand::LONGEST_VALUE;
use super::plain::is_identifier;
use super::{Around, sign};
use crate::engine::Syntax;
use crate::engine::doubt::instead;
use crate::engine::owner::{self, Words};
use crate::engine::syntax::neighbour;
use crate::engine::value::words::reads_like_words;

/// Verbs between a name and what it is, words behind or before them, and verbs of scripts without blanks.
const VERBS: [&str; 11] = ["is", "ist", "est", "es", "lautet", "é", "è", "este", "jest", "er", "är"];
const ADVERBS: [&str; 10] =
    ["now", "jetzt", "nu", "ahora", "maintenant", "agora", "adesso", "teraz", "теперь", "сейчас"];
pub(super) const GLUED: [&[u8]; 4] = ["は".as_bytes(), "是".as_bytes(), "为".as_bytes(), "為".as_bytes()];

/// A password in a sentence: `the password aYKXmbQWJ0Bq, please`.
pub(super) fn told(text: &[u8], name: &Range<usize>) -> Option<(Range<usize>, bool)> {
    const LEAST: usize = 12;
    const LEAST_LAST: usize = 10;
    let (start, rest) = sentence(text, name, 80)?;
    // A keyword may end in the verb: `pw is `.
    let is_said = start > name.end + 1 || text[name.clone()].contains(&b' ');
    // `…, passphrase Basil-Copper-9622.`
    let is_apposed = || {
        let word = word(rest, true).filter(|word| is_chosen(word))?;
        let behind = &rest[word.len()..];
        let behind = behind.strip_prefix(b".").unwrap_or(behind);
        let is_over = behind.first().is_none_or(|b| matches!(b, b'\n' | b'\r'));
        (is_over && text[..name.start].ends_with(b", ")).then_some(word)
    };
    if let Some(word) = is_apposed() {
        return Some((start..start + word.len(), true));
    }
    let word = word(rest, is_said)?;
    // `das pw ist Basil_9622`.
    // `ssh root@web2, Passwort hoRp4kavi`.
    let is_last = || {
        let ends = matches!(rest.get(word.len()), None | Some(b'\n' | b'\r'));
        ends && text[..name.start].ends_with(b", ") && word.len() >= LEAST_LAST && is_drawn_within(word)
    };
    let has_verb = start > name.end + 1;
    let is_told = is_said && is_chosen(word)
        || has_verb && is_key(&text[name.clone()], word)
        || word.len() >= LEAST && is_mixed(word)
        || is_network_key(text, name, word)
        || is_last();
    is_told.then_some((start..start + word.len(), true))
}

/// What words before and behind it make a part of a sentence: `login: svc, pass: Basil_9622`, in a literal of code or not. `at`
/// is behind the sign.
pub(super) fn stated(
    text: &[u8],
    name: &Range<usize>,
    at: usize,
    syntax: Syntax,
) -> Option<(Range<usize>, bool)> {
    let lead = &text[name.start.saturating_sub(LONGEST_NAME)..name.start];
    let open = lead.iter().rposition(|b| matches!(b, b'"' | b'\'' | b'\n'));
    let is_in_literal = open.is_some_and(|at| lead[at] != b'\n');
    let is_of_words = |b: &u8| b.is_ascii_alphanumeric() || b" ,.;:!?()/-@".contains(b) || !b.is_ascii();
    let words = &lead[open.map_or(0, |at| at + 1)..];
    let is_sentence = words.ends_with(b" ") && words.iter().all(is_of_words) && text[..at].ends_with(b": ");
    if !is_sentence || !is_in_literal && syntax == Syntax::Code {
        return None;
    }
    let word = word(&text[at..text.len().min(at + LONGEST_NAME)], true).filter(|word| is_chosen(word))?;
    Some((at..at + word.len(), true))
}

/// A login as people note it, `admin / Basil_9622`: behind the user, at the sign.
pub(super) fn login(text: &[u8], at: usize) -> Option<Range<usize>> {
    let rest = &text[at..text.len().min(at + LONGEST_NAME)];
    let word = word(rest, true).filter(|word| is_chosen(word))?;
    Some(at..at + word.len())
}

/// The word that a sentence goes on with, if signs of a sentence end it; with signs of its own where it is told as a whole.
fn word(rest: &[u8], is_said: bool) -> Option<&[u8]> {
    let is_word =
        |b: &u8| b.is_ascii_alphanumeric() || is_said && matches!(b, b'_' | b'-' | b'!' | b'@' | b'#');
    let is_inner = |at: usize| {
        is_said && b".*+%&~".contains(&rest[at]) && rest.get(at + 1).is_some_and(u8::is_ascii_alphanumeric)
    };
    let word = &rest[..(0..rest.len()).take_while(|at| is_word(&rest[*at]) || is_inner(*at)).count()];
    let ends = |b: &u8| matches!(b, b' ' | b',' | b'.' | b'"' | b'\\' | b'\r' | b'\n') || !b.is_ascii();
    rest.get(word.len()).is_none_or(ends).then_some(word)
}

/// Whether a word of a sentence is a password that somebody chose.
fn is_chosen(word: &[u8]) -> bool {
    const LEAST: usize = 9;
    let digits = word.iter().filter(|b| b.is_ascii_digit()).count();
    let is_mixed = || digits >= 2 && word.iter().any(u8::is_ascii_uppercase);
    word.len() >= LEAST && (is_mixed() || is_drawn_within(word))
}

/// Whether a digit and a capital stand where no word has them, as in what `pwgen` makes: `hoRp4kavi`.
fn is_drawn_within(word: &[u8]) -> bool {
    let inner = word.get(1..).unwrap_or_default();
    inner.iter().any(u8::is_ascii_digit)
        && inner.iter().any(u8::is_ascii_uppercase)
        && inner.iter().any(u8::is_ascii_lowercase)
        && !reads_like_words(word)
}

/// Whether a word of a sentence about the key or token of a service is one in hexadecimal: `my API key is 7f3a…`.
fn is_key(name: &[u8], word: &[u8]) -> bool {
    matches!(word.len(), 32 | 40 | 48 | 64)
        && word.iter().all(u8::is_ascii_hexdigit)
        && is_strong_name(name)
        && looks_drawn(word)
}

/// What a note says of a vendor that is known: `Your Acme key is 7f3a…`, `acme api token 7f3a…`.
pub(super) fn noted(text: &[u8], name: &Range<usize>, around: Around<'_>) -> Option<(Range<usize>, bool)> {
    const LEAST: usize = 20;
    let (start, rest) = sentence(text, name, LONGEST_GAP + LONGEST_VALUE)?;
    let is_token = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b'+' | b'/' | b'=');
    let token = &rest[..rest.iter().take_while(|b| is_token(b)).count()];
    let token = token.strip_suffix(b".").unwrap_or(token);
    let ends =
        rest.get(token.len()).is_none_or(|b| b.is_ascii_whitespace() || matches!(b, b',' | b';' | b'.'));
    let line = neighbour::line_before(text, start, LONGEST_NAME + LONGEST_GAP);
    if around.syntax != Syntax::Bare || token.len() < LEAST || !ends || instead::is_commit(line, token) {
        return None;
    }
    owner::in_name(
        neighbour::line_before(text, name.end, LONGEST_NAME + name.len()),
        Words::of_vendors(around.catalogue),
    )?;
    Some((start..start + token.len(), false))
}

/// What a comment in code gives to a name and nothing behind it: `# password: …`. Commented-out code is none.
pub(super) fn commented(
    text: &[u8],
    name: &Range<usize>,
    sign: usize,
    at: usize,
) -> Option<(Range<usize>, bool)> {
    const LEAST: usize = 10;
    const MOST_WORDS: usize = 3;
    const MARKS: [&[u8]; 9] = [b"#", b"//", b"--", b";", b"*", b"/*", b"(*", b"%", b"'"];
    let lead = &text[name.start.saturating_sub(LONGEST_NAME)..name.start];
    let line = lead[memchr::memrchr(b'\n', lead).map_or(0, |at| at + 1)..].trim_ascii_start();
    let is_comment = MARKS.iter().any(|mark| line.starts_with(mark));
    // `# accessor of the CI token: …` is a sentence about it.
    let words = line.split(u8::is_ascii_whitespace).filter(|word| word.iter().any(u8::is_ascii_alphanumeric));
    let is_comment = is_comment && words.count() <= MOST_WORDS;
    let is_wide = || sign::WIDE.iter().any(|wide| text[..sign].ends_with(wide.as_bytes()));
    if !is_comment || !matches!(text.get(sign - 1), Some(b':' | b'=')) && !is_wide() {
        return None;
    }
    let window = &text[at..text.len().min(at + LONGEST_VALUE)];
    let value = &window[..window.iter().take_while(|b| b.is_ascii_graphic()).count()];
    let rest = &window[value.len()..];
    let rest = &rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len())];
    let ends = matches!(rest.trim_ascii(), b"" | b"*/" | b"-->" | b"*)");
    let is_sign = |b: &u8| {
        matches!(b, b'!' | b'#' | b'%' | b'*' | b'+' | b'-' | b'@' | b'$' | b'^' | b'&' | b'=' | b'/')
    };
    let is_drawn = value.len() >= LEAST
        && value.iter().all(|b| b.is_ascii_alphanumeric() || is_sign(b) || *b == b'_')
        && value[0].is_ascii_alphanumeric()
        && value.iter().any(u8::is_ascii_digit)
        && value.iter().any(u8::is_ascii_lowercase)
        && (value.iter().any(u8::is_ascii_uppercase) || value.len() >= 20)
        && !is_identifier(value);
    (is_drawn && ends).then_some((at..at + value.len(), true))
}

/// What a sentence says behind a name, at most `reach` bytes from it, and where that starts.
fn sentence<'t>(text: &'t [u8], name: &Range<usize>, reach: usize) -> Option<(usize, &'t [u8])> {
    let window = &text[name.end..text.len().min(name.end + reach)];
    let glued =
        || GLUED.iter().find_map(|verb| window.strip_prefix(*verb)).map(|rest| rest.trim_ascii_start());
    let rest = changed(window)
        .or_else(|| window.strip_prefix(b" to ").filter(|_| is_set(text, name)))
        .or_else(|| said(window))
        .or_else(glued)
        .or_else(|| said(&window[of_what(window)?..]))
        .or_else(|| window.strip_prefix(b" "))?;
    Some((name.end + window.len() - rest.len(), rest))
}

/// What stands behind a verb that a text goes on with, and the words before and behind that: ` is …`, ` ist jetzt …`,
/// ` ahora es …`, ` — …`.
fn said(window: &[u8]) -> Option<&[u8]> {
    // The sentence may go on below.
    let is_blank = |rest: &[u8]| matches!(rest.first(), Some(b' ' | b'\n'));
    let next = |text: &'_ [u8], words: &[&str]| {
        let behind = |word: &&str| Some(text.strip_prefix(b" ")?.strip_prefix(word.as_bytes())?.len());
        let left = words.iter().filter_map(behind).find(|left| is_blank(&text[text.len() - left..]));
        left.map(|left| text.len() - left)
    };
    let dash =
        |text: &'_ [u8]| text.strip_prefix(" —".as_bytes()).or(text.strip_prefix(" –".as_bytes())).is_some();
    let first = next(window, &ADVERBS).unwrap_or(0);
    let verb = next(&window[first..], &VERBS).or_else(|| dash(&window[first..]).then_some(" —".len()));
    let over = first + verb.or((first > 0).then_some(0))?;
    let last = next(&window[over..], &ADVERBS).unwrap_or(0);
    let rest = window[over + last..].strip_prefix(b":").unwrap_or(&window[over + last..]);
    is_blank(rest).then(|| &rest[1..])
}

/// Whether somebody sets what has the name: `reset his password`.
fn is_set(text: &[u8], name: &Range<usize>) -> bool {
    let lead = &text[name.start.saturating_sub(LONGEST_GAP)..name.start];
    let mut words = lead.rsplit(|b| !b.is_ascii_alphabetic()).filter(|word| !word.is_empty()).take(3);
    words.any(|word| matches!(word, b"set" | b"reset" | b"changed" | b"change"))
}

/// Length of what a sentence says a password is for: ` for the router` before ` is now …`.
fn of_what(window: &[u8]) -> Option<usize> {
    const OF: [&str; 10] =
        [" for ", " of ", " on ", " für ", " vom ", " von ", " pour ", " para ", " voor ", " для "];
    OF.iter().find(|of| window.starts_with(of.as_bytes()))?;
    let is_of_words = |b: &&u8| b.is_ascii_alphanumeric() || matches!(b, b' ' | b'-') || !b.is_ascii();
    let words = window.iter().take(LONGEST_GAP).take_while(is_of_words);
    let words = &window[..words.count()];
    let mut at = 0;
    words.split(|b| *b == b' ').find_map(|word| {
        at += word.len() + 1;
        VERBS.iter().any(|verb| word == verb.as_bytes()).then(|| at - word.len() - 2)
    })
}

/// What a password became: `… was changed after the audit to Xy12…`, `… wurde auf Xy12… gesetzt`.
fn changed(window: &[u8]) -> Option<&[u8]> {
    let became = [&b" was "[..], b" has been ", b" wurde ", b" is now "];
    let rest = became.iter().find_map(|became| window.strip_prefix(*became))?;
    let line = &rest[..memchr::memchr(b'\n', rest).unwrap_or(rest.len())];
    let to = [&b" to "[..], b"auf "];
    let at = to.iter().find_map(|to| Some(crate::memmem::find(line, to)? + to.len()))?;
    rest.get(at..)
}

/// Whether `pass` says what happens and names nothing: the result of a test among others (`PASS: ld-x86-64/6b`), what is to
/// be done (`Pass "x" to the linker`).
pub(super) fn is_verb(text: &[u8], name: &Range<usize>, value: &Range<usize>) -> bool {
    const NEAR: usize = 400;
    const RESULTS: [&[u8]; 7] =
        [b"PASS: ", b"FAIL: ", b"XFAIL: ", b"UNSUPPORTED: ", b"UNTESTED: ", b"SKIP: ", b"ERROR: "];
    let around = &text[name.start.saturating_sub(NEAR)..text.len().min(value.end + NEAR)];
    let results = || {
        let lines = around.split(|b| *b == b'\n');
        lines.filter(|line| RESULTS.iter().any(|result| line.starts_with(result))).count()
    };
    let is_result = text[name.clone()] == *b"PASS" && text[name.end..].starts_with(b": ") && results() > 1;
    let is_said = matches!(text.get(name.end + 1), Some(b'"' | b'\'' | b'`'))
        && text[name.end..].starts_with(b" ")
        && text
            .get(value.end + 1..value.end + 3)
            .is_some_and(|next| next[0] == b' ' && next[1].is_ascii_lowercase());
    is_result || is_said
}

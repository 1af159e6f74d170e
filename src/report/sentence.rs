//! What of a text has room: its sentences, and what is left of one that takes more than a line.

use super::fit::{columns, unbroken, wrap};

/// What a sentence is.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// It says what to do.
    Instruction,
    /// It says what happens.
    Statement,
}

/// Splits at a full stop that is followed by a capital; abbreviations and dotted names stay whole.
pub(super) fn sentences(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut from = 0;
    for (at, _) in text.match_indices(". ") {
        let next = text[at + 2..].trim_start().chars().next();
        let ends = next.is_some_and(|c| c.is_uppercase() || "“\"`".contains(c));
        let is_short = ["e.g", "i.e", "etc", "vs", "No"].iter().any(|word| text[from..at].ends_with(word));
        if ends && !is_short {
            all.push(text[from..=at].trim().to_owned());
            from = at + 2;
        }
    }
    let rest = text[from..].trim();
    if !rest.is_empty() {
        all.push(rest.to_owned());
    }
    all
}

/// Whether a sentence says what to do: it, or a clause of it, begins with a verb and no subject.
pub(super) fn is_instruction(sentence: &str) -> bool {
    const SUBJECTS: [&str; 16] = [
        "A", "An", "The", "This", "That", "These", "It", "Its", "They", "There", "No", "Nothing", "Each",
        "Every", "All", "Whoever",
    ];
    let first = sentence.split(' ').next().unwrap_or_default();
    let is_statement =
        sentence.split(' ').skip(1).take(3).any(|word| matches!(word, "has" | "have" | "is" | "are"));
    sentence.contains(['“', '`', '→']) || !is_statement && !SUBJECTS.contains(&first)
}

/// Words that a clause or a part of one begins with: what is cut within it says nothing, or something else.
const OPENING: [&str; 20] = [
    "and", "as", "because", "before", "but", "for", "from", "if", "in", "on", "or", "since", "that", "to",
    "unless", "until", "when", "where", "which", "with",
];
/// Verbs that are another without the small word behind them: to log in, to look for, to turn on.
const WITH_MORE: [&str; 12] =
    ["ask", "asks", "dial", "log", "logs", "logged", "look", "sign", "signs", "signed", "turn", "turned"];
/// What a statement about credentials has for a verb, so that what is left of one says something.
const VERBS: [&str; 40] = [
    "answer", "answers", "are", "can", "cannot", "come", "comes", "do", "does", "end", "ends", "fail",
    "fails", "get", "gets", "go", "goes", "has", "have", "is", "keep", "keeps", "lose", "loses", "must",
    "need", "needs", "no", "reach", "refuse", "refuses", "reject", "rejects", "send", "sends", "show",
    "stay", "stop", "stops", "work",
];
/// Words that begin a clause about a thing: a verb right behind them is not that of the statement.
const ABOUT: [&str; 4] = ["that", "which", "who", "whose"];

/// What may stand for a sentence that takes more than a line.
#[derive(Default)]
pub(super) struct Shorter {
    /// The shorter first.
    pub(super) all: Vec<String>,
    /// Whether the first is cut within a clause, for want of another place.
    pub(super) is_torn: bool,
}

/// What of a sentence fits a line, and the whole of it without what stands in brackets.
pub(super) fn shorter(sentence: &str, kind: Kind, width: usize) -> Shorter {
    let lines = |text: &str| wrap(text, width).len();
    if lines(sentence) < 2 {
        return Shorter::default();
    }
    let plain = without_asides(sentence);
    let beginning = beginning(&plain, kind, width);
    let is_torn = beginning.as_ref().is_some_and(|(_, is_torn)| *is_torn);
    let mut all: Vec<String> = beginning.into_iter().map(|(text, _)| text).collect();
    if lines(&plain) < lines(sentence) {
        all.push(plain);
    }
    Shorter { all, is_torn }
}

/// A text without what stands in brackets behind a blank.
fn without_asides(text: &str) -> String {
    let mut kept = String::new();
    let (mut depth, mut is_code) = (0_usize, false);
    for c in text.chars() {
        is_code ^= c == '`';
        match c {
            '(' if !is_code && (depth > 0 || kept.ends_with(' ')) => {
                if depth == 0 {
                    kept.pop();
                }
                depth += 1;
            }
            ')' if !is_code && depth > 0 => depth -= 1,
            _ if depth == 0 => kept.push(c),
            _ => {}
        }
    }
    kept
}

/// The beginning of a sentence that takes more than a line, cut between two clauses where that leaves a statement its
/// verb; else, and then it is told, between two words. Nothing is cut within brackets, quotes or a command.
fn beginning(sentence: &str, kind: Kind, width: usize) -> Option<(String, bool)> {
    if columns(sentence) <= width {
        return None;
    }
    let words: Vec<&str> = sentence.split(' ').collect();
    let (mut taken, mut depth, mut is_code) = (0, 0_i32, false);
    let (mut any, mut clause) = (0, None);
    for (at, word) in words.iter().enumerate() {
        taken += columns(word) + usize::from(at > 0);
        let opened = word.chars().filter(|c| "([{“".contains(*c)).count() as i32;
        depth += opened - word.chars().filter(|c| ")]}”".contains(*c)).count() as i32;
        is_code ^= word.matches(['`', '"']).count() % 2 == 1;
        // A column for the ellipsis and one before it.
        if taken + 2 > width {
            break;
        }
        if depth > 0 || is_code {
            continue;
        }
        any = at + 1;
        let next = words.get(at + 1).copied().unwrap_or_default();
        let closes = word.ends_with([',', ';', ':']) && !matches!(next, "and" | "or");
        let opens = OPENING.contains(&next) && !OPENING.contains(word) && !WITH_MORE.contains(word);
        // A clause that is too short to say anything is none, and one between two clauses is better than one within.
        let says = taken * 2 > width && (kind == Kind::Instruction || has_verb(&words[..=at]));
        if says && (closes || opens) && (closes || !matches!(clause, Some((true, _)))) {
            clause = Some((closes, at + 1));
        }
    }
    let text = words[..clause.map_or(any, |(_, end)| end)].join(" ");
    let text = text.trim_end_matches([',', ';', ':', '→', ' ']);
    (!text.is_empty()).then(|| (format!("{} …", unbroken(text)), clause.is_none()))
}

/// Whether a statement says what happens, beside what its subject does.
fn has_verb(words: &[&str]) -> bool {
    words.iter().enumerate().any(|(at, word)| {
        let is_about = at.checked_sub(1).is_some_and(|before| ABOUT.contains(&words[before]));
        VERBS.contains(word) && !is_about
    })
}

//! Text for eighty columns: measured in columns, broken at spaces, given out by whole sentences.

use std::ops::Range;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::escape::visible;

/// Columns that a text takes on a terminal: two for each wide character, none for a combining one.
pub(super) fn columns(text: &str) -> usize {
    text.width()
}

/// Breaks text at spaces into lines of at most `width` columns.
pub(super) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("there is always a line");
        if !line.is_empty() && columns(line) + 1 + columns(word) > width {
            lines.push(word.to_owned());
        } else {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}

/// The start of a text, as far as `room` columns go.
pub(super) fn shortened(text: &str, room: usize) -> String {
    if columns(text) <= room {
        return text.to_owned();
    }
    let mut taken = 1;
    let fits = |c: &char| {
        taken += c.width().unwrap_or(0);
        taken <= room
    };
    text.chars().take_while(fits).chain(['…']).collect()
}

/// A line cut to `room` columns around the characters of `mark`, with the column where they start now
/// and how many they take.
pub(super) fn cut(line: &[char], mark: Range<usize>, room: usize) -> (String, usize, usize) {
    let width = |range: Range<usize>| line[range].iter().map(|c| c.width().unwrap_or(0)).sum::<usize>();
    if width(0..line.len()) <= room {
        return (line.iter().collect(), width(0..mark.start), width(mark).max(1));
    }
    // Two columns for the ellipses.
    let kept = room - 2;
    let (mut from, mut to, mut taken) = (mark.start, mark.start, 0);
    let more_right = |to: &mut usize, end: usize, taken: &mut usize| {
        while *to < end && *taken + width(*to..*to + 1) <= kept {
            *taken += width(*to..*to + 1);
            *to += 1;
        }
    };
    more_right(&mut to, mark.end, &mut taken);
    let before = taken + (kept - taken) * 2 / 3;
    let more_left = |from: &mut usize, most: usize, taken: &mut usize| {
        while *from > 0 && *taken + width(*from - 1..*from) <= most {
            *from -= 1;
            *taken += width(*from..*from + 1);
        }
    };
    more_left(&mut from, before, &mut taken);
    more_right(&mut to, line.len(), &mut taken);
    more_left(&mut from, kept, &mut taken);
    let left = if from > 0 { "…" } else { "" };
    let right = if to < line.len() { "…" } else { "" };
    let body: String = line[from..to].iter().collect();
    let start = width(from..mark.start) + usize::from(from > 0);
    (format!("{left}{body}{right}"), start, width(mark.start..mark.end.min(to)).max(1))
}

/// A labelled text of a card. It is told by whole sentences, the first ones first: half a sentence
/// is half an instruction.
pub(super) struct Part {
    pub(super) label: &'static str,
    sentences: Vec<String>,
    /// How many of the sentences are told.
    told: usize,
    width: usize,
}

impl Part {
    /// A text of sentences, for lines of `width` columns.
    pub(super) fn new(label: &'static str, text: &str, width: usize) -> Part {
        Part { label, sentences: sentences(&visible(text)), told: 0, width }
    }

    /// Steps; numbered when there are several.
    pub(super) fn steps(label: &'static str, steps: &[&str], width: usize) -> Part {
        let mut all = Vec::new();
        for (at, step) in steps.iter().enumerate() {
            let number = if steps.len() > 1 { format!("{}. ", at + 1) } else { String::new() };
            let mut said = sentences(&visible(step));
            if let Some(first) = said.first_mut() {
                first.insert_str(0, &number);
            }
            all.append(&mut said);
        }
        Part { label, sentences: all, told: 0, width }
    }

    /// A text that is told whole or not at all.
    pub(super) fn whole(label: &'static str, text: &str, width: usize) -> Part {
        let sentences = if text.is_empty() { Vec::new() } else { vec![visible(text)] };
        Part { label, sentences, told: 0, width }
    }

    /// The lines of what is told.
    pub(super) fn lines(&self) -> Vec<String> {
        self.of(self.told)
    }

    fn of(&self, told: usize) -> Vec<String> {
        if told == 0 { Vec::new() } else { wrap(&self.sentences[..told].join(" "), self.width) }
    }

    /// Lines that the next sentence would add; `None` when all is told.
    fn cost(&self) -> Option<usize> {
        (self.told < self.sentences.len()).then(|| self.of(self.told + 1).len() - self.of(self.told).len())
    }
}

/// Shares `room` lines out: each label of `wishes` in turn gets a sentence while it fits. What did not
/// get one waits for no later one.
pub(super) fn allot(parts: &mut [Part], wishes: &[&str], room: usize) {
    let mut free = room;
    let mut closed: Vec<&str> = Vec::new();
    for wish in wishes {
        let Some(part) = parts.iter_mut().find(|part| part.label == *wish && !closed.contains(wish)) else {
            continue;
        };
        match part.cost() {
            Some(cost) if cost <= free => {
                part.told += 1;
                free -= cost;
            }
            Some(_) => closed.push(wish),
            None => {}
        }
    }
}

/// Splits at a full stop that is followed by a capital; abbreviations and dotted names stay whole.
fn sentences(text: &str) -> Vec<String> {
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

#[cfg(test)]
mod tests {
    use super::{Part, allot, columns, cut, sentences, wrap};

    #[test]
    fn sentences_end_where_a_person_would_end_them() {
        let text = "Open Console → API keys. Use e.g. Restricted keys, v2.1 or acme.com. Then “Delete”.";
        assert_eq!(
            sentences(text),
            ["Open Console → API keys.", "Use e.g. Restricted keys, v2.1 or acme.com.", "Then “Delete”."]
        );
    }

    #[test]
    fn parts_are_told_by_whole_sentences() {
        let mut parts = [
            Part::new("a", "One two. Three four five six seven eight nine. Ten.", 20),
            Part::whole("b", "eleven twelve thirteen fourteen", 20),
        ];
        allot(&mut parts, &["a", "b", "a", "a"], 3);
        assert_eq!(parts[0].lines(), ["One two."]);
        assert_eq!(parts[1].lines(), ["eleven twelve", "thirteen fourteen"]);
    }

    #[test]
    fn wide_characters_take_two_columns() {
        assert_eq!(columns("日本é"), 5);
        assert_eq!(wrap("日本 日本 a", 7), ["日本", "日本 a"]);
        let line: Vec<char> = format!("{}KEY{}", "日".repeat(50), "本".repeat(50)).chars().collect();
        let (text, start, width) = cut(&line, 50..53, 40);
        assert!(columns(&text) <= 40 && text.starts_with('…') && text.ends_with('…'), "{text}");
        let before: String = text.chars().take_while(|c| *c != 'K').collect();
        assert_eq!((columns(&before), width), (start, 3));
    }
}

//! Text for eighty columns: measured in columns, broken at spaces, given out by whole sentences.

use std::ops::Range;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::sentence::{Kind, is_instruction, sentences, shorter};
use crate::escape::visible;
use crate::numbers::{count, form};

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

/// The start of a text, as far as `room` columns of a terminal go.
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

/// A blank that no line breaks at, within a command or an expression: a terminal would paste a line feed.
const FIXED: char = '\u{1f}';

/// Code, to be put into a text whose lines are broken.
pub(super) fn unbroken(code: &str) -> String {
    code.replace(' ', &FIXED.to_string())
}

/// A labelled text of a card. It is told by whole sentences, the first ones first: half a sentence is half an
/// instruction. Where not even one has room, its beginning says that there is more.
pub(super) struct Part {
    pub(super) label: &'static str,
    /// The lines of what can be told, each form more than the one before.
    forms: Vec<Vec<String>>,
    /// The first form that is not torn.
    sense: usize,
    /// The first form that tells the essence: a sentence, a sentence of each step.
    enough: usize,
    /// The first form that may stand alone.
    least: usize,
    /// The form that is told, counted from one; none yet.
    told: usize,
}

impl Part {
    fn of(label: &'static str, forms: Vec<String>, enough: usize, width: usize) -> Part {
        let lines = |form: &String| -> Vec<String> {
            wrap(form, width).into_iter().map(|line| line.replace(FIXED, " ")).collect()
        };
        Part { label, forms: forms.iter().map(lines).collect(), sense: 1, enough, least: 1, told: 0 }
    }

    /// A text with commands in backticks, of which nothing is left out while there is room at all: a command without
    /// its warning does harm, and half of one too. A long command has lines of its own.
    pub(super) fn instructions(label: &'static str, text: &str, width: usize) -> Part {
        let sentences = sentences(&visible(text));
        let form = |count: usize| with_commands(&sentences[..count].join(" "), width);
        let forms: Vec<Vec<String>> = (1..=sentences.len()).map(form).collect();
        let all = forms.len();
        Part { label, forms, sense: all, enough: all, least: all, told: 0 }
    }

    /// A text of sentences that say what to do, for lines of `width` columns.
    pub(super) fn new(label: &'static str, text: &str, width: usize) -> Part {
        Part::told(label, text, Kind::Instruction, width)
    }

    /// The same of sentences of a kind.
    pub(super) fn told(label: &'static str, text: &str, kind: Kind, width: usize) -> Part {
        let sentences = sentences(&visible(text));
        let mut forms: Vec<String> =
            (1..=sentences.len()).map(|count| sentences[..count].join(" ")).collect();
        let shorter = sentences.first().map(|first| shorter(first, kind, width)).unwrap_or_default();
        let (enough, sense) = (1 + shorter.all.len(), 1 + usize::from(shorter.is_torn));
        forms.splice(0..0, shorter.all);
        Part { sense, ..Part::of(label, forms, enough, width) }
    }

    /// Steps, numbered when there are several. Where the room is short each is told by its first sentence,
    /// and where it is shorter still, how many are missing and the command that shows `all` of them.
    pub(super) fn steps(label: &'static str, steps: &[&str], all: &str, width: usize) -> Part {
        let steps: Vec<Vec<String>> = steps.iter().map(|step| sentences(&visible(step))).collect();
        let mut forms: Vec<String> = (0..steps.len())
            .map(|count| {
                let left = steps.len() - count;
                let more = if count == 0 { "" } else { " more" };
                let dots = if count == 0 { "" } else { "… " };
                let rest = unbroken(&format!("{dots}{left}{more} {}: {all}", form(left, "step")));
                let first: Vec<String> = (0..count).map(|at| step(&steps, at, 1)).collect();
                let first = first.join(" ");
                if count == 0 { rest } else { format!("{} {rest}", first.trim_end_matches(" …")) }
            })
            .collect();
        let enough = forms.len() + 1;
        let most = steps.iter().map(Vec::len).max().unwrap_or_default();
        for sentences in 1..=most {
            for longer in 0..steps.len() {
                // The steps up to this one have a sentence more than those after it.
                let count =
                    |at: usize| if at <= longer { sentences } else { sentences.saturating_sub(1).max(1) };
                let form: Vec<String> = (0..steps.len()).map(|at| step(&steps, at, count(at))).collect();
                forms.push(form.join(" "));
            }
        }
        Part::of(label, forms, enough, width)
    }

    /// A text that is told whole or not at all.
    pub(super) fn whole(label: &'static str, text: &str, width: usize) -> Part {
        let forms = if text.is_empty() { Vec::new() } else { vec![visible(text)] };
        Part::of(label, forms, 1, width)
    }

    /// Code, whose lines stay whole, and a remark, which waits for room.
    pub(super) fn code(label: &'static str, code: &str, remark: &str, width: usize) -> Part {
        let text = format!("{} {}", unbroken(&visible(code)), visible(remark));
        let forms = match (code, remark) {
            ("", "") => Vec::new(),
            ("", _) | (_, "") => vec![text],
            _ => vec![unbroken(&visible(code)), text],
        };
        let enough = forms.len();
        Part::of(label, forms, enough, width)
    }

    /// Commands, each on lines that a shell takes as they are pasted; where they have no room, how many there are:
    /// the end of the report names the page that has them.
    pub(super) fn commands(label: &'static str, commands: &[&str], width: usize) -> Part {
        if commands.is_empty() {
            return Part::of(label, Vec::new(), 0, width);
        }
        let lines = commands.iter().flat_map(|command| continued(&visible(command), width)).collect();
        let count = format!("{}: see “More:” below", count(commands.len(), "command"));
        Part { label, forms: vec![vec![count], lines], sense: 1, enough: 2, least: 1, told: 0 }
    }

    /// The lines of what is told.
    pub(super) fn lines(&self) -> &[String] {
        self.form(self.told)
    }

    fn form(&self, told: usize) -> &[String] {
        told.checked_sub(1).and_then(|at| self.forms.get(at)).map_or(&[], Vec::as_slice)
    }

    /// Tells as much as fits into `free` lines more, at most up to `form`. Returns the lines that it took.
    fn tell(&mut self, form: usize, free: usize) -> usize {
        let before = self.lines().len();
        let fits = |form: &usize| self.form(*form).len() <= before + free;
        if let Some(told) = (self.told + 1..=form.min(self.forms.len())).rev().find(fits) {
            self.told = told;
        }
        self.lines().len().saturating_sub(before)
    }
}

/// What a part of a card asks for when its turn comes.
#[derive(Clone, Copy)]
pub(super) enum Wish {
    /// Its shortest form.
    Least(&'static str),
    /// What is not cut within a clause.
    Sense(&'static str),
    /// Its essence.
    Enough(&'static str),
    /// Whatever there is room for.
    All(&'static str),
}

/// Shares `room` lines out: each of `wishes` in turn is granted as far as it fits.
pub(super) fn allot(parts: &mut [Part], wishes: &[Wish], room: usize) {
    let mut free = room;
    for wish in wishes {
        let (Wish::Least(label) | Wish::Sense(label) | Wish::Enough(label) | Wish::All(label)) = *wish;
        for part in parts.iter_mut().filter(|part| part.label == label) {
            let form = match wish {
                Wish::Least(_) => part.least,
                Wish::Sense(_) => part.sense,
                Wish::Enough(_) => part.enough,
                Wish::All(_) => part.forms.len(),
            };
            free -= part.tell(form, free);
        }
    }
}

/// A command on lines of `width` columns that a shell puts together again: broken at blanks outside quotes, and
/// between an option and its value only where the two have no room on a line.
fn continued(command: &str, width: usize) -> Vec<String> {
    if columns(command) <= width {
        return vec![command.to_owned()];
    }
    // Two columns for a blank and the backslash.
    let room = width.saturating_sub(2);
    let mut lines: Vec<String> = Vec::new();
    let words = shell_words(command);
    let mut words = words.iter().peekable();
    while let Some(word) = words.next() {
        let mut chunk = (*word).to_owned();
        let value = |next: &&&str| word.starts_with('-') && columns(&chunk) + 1 + columns(next) <= room;
        if let Some(value) = words.next_if(|next| value(next)) {
            chunk = format!("{chunk} {value}");
        }
        match lines.last_mut() {
            Some(line) if columns(line) + 1 + columns(&chunk) <= room => {
                line.push(' ');
                line.push_str(&chunk);
            }
            _ => lines.push(chunk),
        }
    }
    let last = lines.len().saturating_sub(1);
    lines[..last].iter_mut().for_each(|line| line.push_str(" \\"));
    lines
}

/// Commands in backticks that take more columns stand on lines of their own, without those.
const INLINE: usize = 40;

/// Breaks a text with commands into lines: no command is broken but where a shell puts it together again.
fn with_commands(text: &str, width: usize) -> Vec<String> {
    let (mut lines, mut prose) = (Vec::new(), String::new());
    let flush = |prose: &mut String, lines: &mut Vec<String>| {
        let text = std::mem::take(prose);
        if !text.trim().is_empty() {
            lines.extend(wrap(&text, width).into_iter().map(|line| line.replace(FIXED, " ")));
        }
    };
    for (at, piece) in text.split('`').enumerate() {
        match at % 2 == 1 {
            true if columns(piece) > INLINE => {
                flush(&mut prose, &mut lines);
                lines.extend(continued(piece, width));
            }
            true => prose.push_str(&unbroken(&format!("`{piece}`"))),
            // A comma or a full stop alone would stand on a line of its own.
            false if prose.is_empty() => prose.push_str(piece.trim_start_matches(['.', ',', ';', ':'])),
            false => prose.push_str(piece),
        }
    }
    flush(&mut prose, &mut lines);
    lines
}

/// Splits at blanks outside quotes.
fn shell_words(command: &str) -> Vec<&str> {
    let (mut words, mut from, mut quote, mut escaped) = (Vec::new(), 0, None, false);
    for (at, c) in command.char_indices() {
        match (quote, c) {
            _ if escaped => escaped = false,
            (Some('"') | None, '\\') => escaped = true,
            (None, ' ') => {
                words.push(&command[from..at]);
                from = at + 1;
            }
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), _) if open == c => quote = None,
            _ => {}
        }
    }
    words.push(&command[from..]);
    words
}

/// A numbered step by its first sentences; one that has more ends in an ellipsis. What only explains waits.
fn step(steps: &[Vec<String>], at: usize, sentences: usize) -> String {
    let number = if steps.len() > 1 { format!("{}. ", at + 1) } else { String::new() };
    let step = &steps[at];
    let count = sentences.min(step.len());
    let rest = if count < step.len() { " …" } else { "" };
    let first = step.iter().position(|sentence| is_instruction(sentence)).unwrap_or(0);
    let told = if count <= first && count > 0 {
        [&step[..count - 1], &step[first..=first]].concat().join(" ")
    } else {
        step[..count].join(" ")
    };
    format!("{number}{told}{rest}")
}

/// As many reasons, the strongest first, as stand on a line of so many columns.
pub(super) fn leading(why: &[String], width: usize) -> String {
    // A reason may quote from the value: one word that would not fit a line.
    let cut = || {
        let first = why.first().map_or("", String::as_str);
        first.split(' ').map(|word| shortened(word, width)).collect::<Vec<_>>().join(" ")
    };
    fitting(why, width).map_or_else(cut, |count| why[..count].join("; "))
}

/// How many reasons stand on a line of so many columns, if any does.
pub(super) fn fitting(why: &[String], width: usize) -> Option<usize> {
    (1..=why.len()).rev().find(|count| columns(&visible(&why[..*count].join("; "))) <= width)
}

#[cfg(test)]
mod tests {
    use super::Wish::{All, Enough, Least, Sense};
    use super::{Kind, Part, allot, columns, continued, cut, sentences, wrap};

    #[test]
    fn sentences_end_where_a_person_would_end_them() {
        let text = "Open Console → API keys. Use e.g. Restricted keys, v2.1 or acme.com. Then “Delete”.";
        assert_eq!(
            sentences(text),
            ["Open Console → API keys.", "Use e.g. Restricted keys, v2.1 or acme.com.", "Then “Delete”."]
        );
    }

    #[test]
    fn parts_are_told_by_whole_sentences_or_say_that_they_are_cut() {
        let told = |room: usize| {
            let mut parts = [
                Part::new("a", "One two. Three four five six seven eight nine. Ten.", 20),
                Part::new("b", "eleven twelve, thirteen fourteen fifteen.", 20),
            ];
            allot(&mut parts, &[Least("a"), Least("b"), Enough("b"), All("a")], room);
            parts.map(|part| part.lines().join(" / "))
        };
        assert_eq!(told(2), ["One two.", "eleven twelve …"]);
        assert_eq!(told(4), ["One two.", "eleven twelve, / thirteen fourteen / fifteen."]);
        assert_eq!(
            told(6),
            [
                "One two. Three four / five six seven eight / nine. Ten.",
                "eleven twelve, / thirteen fourteen / fifteen."
            ]
        );
    }

    #[test]
    fn a_sentence_is_cut_between_its_parts() {
        for width in [40, 44] {
            let text = "Look at the logs in the Plivo console for calls that nobody placed.";
            let mut parts = [Part::new("a", text, width)];
            allot(&mut parts, &[Least("a")], 1);
            assert_eq!(parts[0].lines(), ["Look at the logs in the Plivo console …"]);
        }
    }

    #[test]
    fn what_is_left_of_a_sentence_says_something() {
        let least = |text: &str, kind| {
            let mut parts = [Part::told("a", text, kind, 60)];
            allot(&mut parts, &[Sense("a")], 9);
            parts[0].lines().join(" / ")
        };
        for (text, told) in [
            (
                "Search the audit device's log for the accessor (the token itself is hashed there).",
                "Search the audit device's log for the accessor.",
            ),
            (
                "Search the error log with `EXEC sp_readerrorlog 0, 1, 'Login failed'` for addresses that are not yours.",
                "Search the error log with `EXEC sp_readerrorlog 0, 1, 'Login / failed'` for addresses that are not yours.",
            ),
        ] {
            assert_eq!(least(text, Kind::Instruction), told);
        }
        for (text, told) in [
            (
                "Programs, replicas and backup jobs that log in with it fail until they have the new password.",
                "Programs, replicas and backup jobs that log in with it fail / until they have the new password.",
            ),
            (
                "Programs that hold this token get 403 and lose its leases, then everything behind them.",
                "Programs that hold this token get 403 and lose its leases …",
            ),
        ] {
            assert_eq!(least(text, Kind::Statement), told);
        }
    }

    #[test]
    fn a_step_is_told_by_what_to_do() {
        let steps = ["Acme has retired its keys. Delete the leaked one. Thanks."].map(|step| vec![step]);
        let steps = super::sentences(steps[0][0]);
        assert_eq!(super::step(&[steps], 0, 1), "Delete the leaked one. …");
    }

    #[test]
    fn a_command_of_several_lines_is_one_to_a_shell() {
        assert_eq!(
            continued("curl -X DELETE https://a.example/b -H 'A: b c d e f g h i'", 25),
            ["curl -X DELETE \\", "https://a.example/b \\", "-H 'A: b c d e f g h i'"]
        );
        assert_eq!(continued("npm token revoke ID", 24), ["npm token revoke ID"]);
    }

    #[test]
    fn steps_that_are_missing_are_counted() {
        let told = |room: usize| {
            let steps = ["One two. Three four.", "Five six seven.", "Eight nine."];
            let mut parts = [Part::steps("a", &steps, "show all", 20)];
            allot(&mut parts, &[All("a")], room);
            parts[0].lines().join(" / ")
        };
        assert_eq!(told(0), "");
        assert_eq!(told(1), "3 steps: show all");
        assert_eq!(told(2), "1. One two. / … 2 more steps: show all");
        assert_eq!(told(3), "1. One two. … 2. / Five six seven. 3. / Eight nine.");
        assert_eq!(told(4), "1. One two. Three / four. 2. Five six / seven. 3. Eight / nine.");
    }

    #[test]
    fn code_is_never_broken() {
        let mut parts = [Part::code("a", "get(\"ONE\") ?: error(\"TWO\")", "(a remark)", 12)];
        allot(&mut parts, &[All("a")], 9);
        assert_eq!(parts[0].lines(), ["get(\"ONE\") ?: error(\"TWO\")", "(a remark)"]);
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

//! Regular expressions over paths as path patterns, where one says the same.

use regex_syntax::hir::{Hir, HirKind, Look};

/// Longest alternation that is written out.
const MANY: usize = 32;

/// The pattern that matches what `regex` finds in a path; `None` when there is none, or it is not plain.
pub(super) fn glob(regex: &str) -> Option<String> {
    let hir = regex_syntax::ParserBuilder::new().utf8(false).build().parse(regex).ok()?;
    let mut parts = Vec::new();
    flatten(&hir, &mut parts)?;
    let (starts, ends) = (parts.first() == Some(&Part::Start), parts.last() == Some(&Part::End));
    let inner: Vec<Part> =
        parts.into_iter().filter(|part| !matches!(part, Part::Start | Part::End)).collect();
    let text = render(&inner, starts, ends)?;
    crate::config::compile_globs([text.clone()]).is_ok().then_some(text)
}

/// A piece of an expression that a pattern can say.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Start,
    End,
    /// As a pattern writes it.
    Text(String),
    /// `.*`: anything, slashes too.
    Any,
    /// `[^/]*`: within a folder.
    Within,
    /// `(^|/)` or `(.*/)?`: where a name starts.
    Name,
    /// One of these texts.
    OneOf(Vec<String>),
}

fn flatten(hir: &Hir, parts: &mut Vec<Part>) -> Option<()> {
    match hir.kind() {
        HirKind::Empty => {}
        HirKind::Literal(literal) => {
            push_text(parts, &quote(std::str::from_utf8(&literal.0).ok()?));
        }
        HirKind::Class(_) => push_text(parts, &either_case(hir)?),
        HirKind::Look(Look::Start) => parts.push(Part::Start),
        HirKind::Look(Look::End) => parts.push(Part::End),
        HirKind::Capture(group) => return flatten(&group.sub, parts),
        HirKind::Concat(all) => {
            for one in all {
                flatten(one, parts)?;
            }
        }
        HirKind::Repetition(repetition) => {
            let is_any = repetition.max.is_none() && repetition.min <= 1;
            let optional = repetition.min == 0 && repetition.max == Some(1);
            let mut inner = Vec::new();
            match class(&repetition.sub) {
                Some(part) if is_any => parts.push(part),
                _ if optional => {
                    flatten(&repetition.sub, &mut inner)?;
                    match inner.as_slice() {
                        [Part::Any, Part::Text(slash)] if slash == "/" => parts.push(Part::Name),
                        inner => {
                            let mut texts = spelled_out(inner)?;
                            texts.push(String::new());
                            parts.push(Part::OneOf(texts));
                        }
                    }
                }
                _ => return None,
            }
        }
        HirKind::Alternation(all) => parts.push(alternatives(all)?),
        _ => return None,
    }
    Some(())
}

fn alternatives(all: &[Hir]) -> Option<Part> {
    let mut texts = Vec::new();
    let mut is_start = false;
    for one in all {
        let mut inner = Vec::new();
        flatten(one, &mut inner)?;
        match inner.as_slice() {
            [Part::Start] => is_start = true,
            inner => texts.extend(spelled_out(inner)?),
        }
    }
    match (is_start, texts.as_slice()) {
        (true, [slash]) if slash == "/" => Some(Part::Name),
        (true, _) => None,
        _ if texts.len() <= MANY => Some(Part::OneOf(texts)),
        _ => None,
    }
}

/// Every text that the parts stand for.
fn spelled_out(parts: &[Part]) -> Option<Vec<String>> {
    parts.iter().try_fold(vec![String::new()], |texts, part| {
        let more: &[String] = match part {
            Part::Text(text) => std::slice::from_ref(text),
            Part::OneOf(more) => more,
            _ => return None,
        };
        let all: Vec<String> =
            texts.iter().flat_map(|text| more.iter().map(move |more| format!("{text}{more}"))).collect();
        (all.len() <= MANY).then_some(all)
    })
}

fn push_text(parts: &mut Vec<Part>, text: &str) {
    match parts.last_mut() {
        Some(Part::Text(before)) => before.push_str(text),
        _ => parts.push(Part::Text(text.to_owned())),
    }
}

/// `[pP]` of a class that is one letter in both cases, as `(?i)` makes them.
fn either_case(hir: &Hir) -> Option<String> {
    let signs: Vec<char> = match hir.kind() {
        HirKind::Class(regex_syntax::hir::Class::Unicode(class)) => class
            .ranges()
            .iter()
            .filter(|range| range.start() == range.end())
            .map(|range| range.start())
            .collect(),
        HirKind::Class(regex_syntax::hir::Class::Bytes(class)) => {
            let single = class.ranges().iter().filter(|range| range.start() == range.end());
            single.map(|range| range.start() as char).collect()
        }
        _ => return None,
    };
    let ascii: Vec<char> = signs.iter().copied().filter(char::is_ascii_alphabetic).collect();
    match ascii[..] {
        // `k` and `s` have a third case each, outside of ASCII.
        [upper, lower] if upper.eq_ignore_ascii_case(&lower) => Some(format!("[{lower}{upper}]")),
        _ => None,
    }
}

/// What a repeated class of signs stands for.
fn class(hir: &Hir) -> Option<Part> {
    let holds = |sign: u8| match hir.kind() {
        HirKind::Class(regex_syntax::hir::Class::Unicode(class)) => {
            class.ranges().iter().any(|range| range.start() <= sign as char && sign as char <= range.end())
        }
        HirKind::Class(regex_syntax::hir::Class::Bytes(class)) => {
            class.ranges().iter().any(|range| range.start() <= sign && sign <= range.end())
        }
        _ => false,
    };
    // What names consist of decides; line ends do not occur.
    let is_wide = b"azAZ09._-+@ ~".iter().all(|sign| holds(*sign));
    match (is_wide, holds(b'/')) {
        (true, true) => Some(Part::Any),
        (true, false) => Some(Part::Within),
        _ => None,
    }
}

fn render(parts: &[Part], starts: bool, ends: bool) -> Option<String> {
    let mut out = String::new();
    let (mut parts, mut is_open) = (parts, !starts);
    while let Some(Part::Any) = parts.first() {
        (parts, is_open) = (&parts[1..], true);
    }
    let mut end_open = !ends;
    while let Some(Part::Any) = parts.last() {
        (parts, end_open) = (&parts[..parts.len() - 1], true);
    }
    match parts.first()? {
        Part::Name => out.push_str("**/"),
        Part::Text(text) if is_open && text.starts_with('/') => out.push_str("**"),
        _ if is_open => out.push_str("**/*"),
        // One that starts at the root needs a slash, or it would be a name at any depth.
        _ => out.push('/'),
    }
    for part in parts {
        match part {
            Part::Name if out == "**/" => {}
            Part::Text(text) => out.push_str(text),
            Part::Within => out.push('*'),
            Part::OneOf(texts) => {
                out.push_str(&format!("{{{}}}", texts.join(",")));
            }
            // Anything in the middle is a star where no slash is near, and else has no equal.
            Part::Any if out.ends_with('/') => out.push_str("**/*"),
            Part::Start | Part::End | Part::Any | Part::Name => return None,
        }
    }
    let is_folder = out.ends_with('/');
    match (end_open, is_folder) {
        (true, true) => {}
        (true, false) => out.push('*'),
        (false, true) => return None,
        (false, false) => {}
    }
    Some(out)
}

fn quote(text: &str) -> String {
    text.chars().fold(String::new(), |mut out, c| {
        if matches!(c, '*' | '?' | '[' | ']' | '{' | '}' | '\\' | ',' | '!') {
            out.push('\\');
        }
        out.push(c);
        out
    })
}

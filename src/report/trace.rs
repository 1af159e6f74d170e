//! A secret's way through a history, in words.

use crate::escape::visible;
use crate::finding::date::Date;
use crate::finding::{CommitMark, Reach, Trace};

/// Names that are told of each kind.
const TOLD: usize = 3;

/// Above the findings of one urgency: what they have in common and what they need.
pub(super) fn heading(reach: Reach) -> &'static str {
    match reach {
        Reach::LiveAndPushed => "Live and pushed: rotate now, then take it out.",
        Reach::Pushed => "Pushed, only in history: rotate; rewriting history is optional.",
        Reach::Tagged => "In a tag; git does not record whether it was pushed: rotate unless it never was.",
        Reach::Local => "Not pushed, as far as this repository knows: take it out before you push.",
        Reach::Kept => "Only kept by git here, in no branch and no tag: rotate if it ever was elsewhere.",
    }
}

/// The same in a word or two, for a cell of a table.
pub(super) fn short(reach: Reach) -> &'static str {
    match reach {
        Reach::LiveAndPushed => "live, pushed",
        Reach::Pushed => "pushed, only in history",
        Reach::Tagged => "in a tag",
        Reach::Local => "not pushed",
        Reach::Kept => "only kept by git",
    }
}

/// Since when, by whom, until when, and who has it.
pub(super) fn words(trace: &Trace) -> String {
    let mut parts = Vec::new();
    if let Some(first) = &trace.first {
        parts.push(format!("since {}", mark(first)));
    }
    if let Some(removed) = &trace.removed {
        parts.push(format!("out of HEAD since {}", mark(removed)));
    }
    if !trace.in_head {
        parts.extend(few(&trace.live).map(|names| format!("live in {names}")));
    }
    for (what, names) in
        [("on", &trace.remotes), ("branch", &trace.branches), ("tag", &trace.tags), ("in", &trace.elsewhere)]
    {
        parts.extend(few(names).map(|names| format!("{what} {names}")));
    }
    parts.join("; ")
}

fn mark(mark: &CommitMark) -> String {
    let by = if mark.author.is_empty() { String::new() } else { format!(" by {}", visible(&mark.author)) };
    format!("{} ({}{by})", day(mark), mark.id.get(..12).unwrap_or(&mark.id))
}

/// The day on which it was committed.
pub(super) fn day(mark: &CommitMark) -> String {
    u64::try_from(mark.time).map(|time| Date::from_unix(time).to_string()).unwrap_or_default()
}

fn few(names: &[String]) -> Option<String> {
    let shown: Vec<String> = names.iter().take(TOLD).map(|name| visible(name)).collect();
    match names.len() {
        0 => None,
        count if count > TOLD => Some(format!("{} and more", shown.join(", "))),
        _ => Some(shown.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_is_told_in_one_line() {
        let first = CommitMark { id: "a".repeat(40), author: "Ann <ann@acme.example>".into(), time: 86_400 };
        let names = |all: &[&str]| all.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let trace = Trace {
            first: Some(first),
            remotes: names(&["origin"]),
            branches: names(&["a", "b", "c", "d"]),
            elsewhere: names(&["st\u{1b}ash"]),
            ..Trace::default()
        };
        assert_eq!(
            words(&trace),
            "since 1970-01-02 (aaaaaaaaaaaa by Ann <ann@acme.example>); on origin; branch a, b, c and more; in st\\u{1b}ash"
        );
        assert_eq!(words(&Trace::default()), "");
    }
}

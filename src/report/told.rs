//! What a card tells of a finding's place and of its value, line by line.

use super::fit::{Part, columns, cut, fitting, leading};
use super::spot::is_nowhere;
use super::{Card, Run, inside, trace};
use crate::advice::Stage;
use crate::escape::{visible, visible_bytes};
use crate::finding::{Location, Reach, fingerprint};
use crate::source::Place;

/// Columns of a card.
pub(super) const WIDTH: usize = 80;
/// Columns of the labels at the left.
pub(super) const LABEL: usize = 10;
/// Columns of the text beside them.
pub(super) const TEXT: usize = WIDTH - LABEL - 1;

/// What to write instead.
pub(super) fn instead(card: &Card<'_>) -> Part {
    let instead = &card.advice.instead;
    Part::code("write", &instead.code, &instead.aside(), TEXT)
}

/// How far it got, and what that needs now.
pub(super) fn now(card: &Card<'_>) -> Part {
    let said = &card.advice.exposure;
    let is_whole = match &card.stage {
        Stage::Traced(trace) => {
            let is_elsewhere = !trace.in_head && trace.is_live();
            is_elsewhere || matches!(trace.reach(), Reach::Kept | Reach::Tagged) || said.contains('`')
        }
        _ => false,
    };
    if is_whole { Part::instructions("now", said, TEXT) } else { Part::new("now", said, TEXT) }
}

/// Findings that a line names.
const NAMED: usize = 4;

/// Of which findings it is told how far they have gone.
pub(super) fn of_which(run: &Run<'_>, card: &Card<'_>) -> String {
    let same = run.blocking.iter().filter(|other| other.advice.exposure == card.advice.exposure);
    let ids: Vec<&str> = same.map(|card| fingerprint::short(&card.finding.fingerprint)).collect();
    let more = ids.len().saturating_sub(NAMED);
    let rest = if more > 0 { format!(" and {more} more of the list below") } else { String::new() };
    format!("{}{rest}:", ids[..ids.len() - more].join(", "))
}

/// The further places of a secret, as far as one line has room for them.
pub(super) fn also(card: &Card<'_>) -> Part {
    let others = card.finding.locations.get(1..).unwrap_or_default();
    let mut said = String::new();
    for (at, place) in others.iter().enumerate() {
        let next = format!("{}:{}{}", visible_bytes(&place.path), place.line, object(place));
        let left = others.len() - at;
        let rest = if left == 1 { String::new() } else { format!(" and {} more", left - 1) };
        let comma = if at == 0 { "" } else { ", " };
        if at > 0 && columns(&said) + columns(comma) + columns(&next) + columns(&rest) > TEXT {
            said.push_str(&format!(" and {left} more"));
            break;
        }
        said.push_str(comma);
        said.push_str(&next);
    }
    Part::whole("also in", &said, TEXT)
}

/// Which object of git holds it, where one does.
pub(super) fn object(place: &Location) -> String {
    let (kind, id) = match place.place.root() {
        Place::Message { id } if place.path.starts_with(b"refs/") => ("tag", id),
        Place::Commit { id } | Place::Message { id } => ("commit", id),
        Place::Object { id } if !is_nowhere(place) => ("object", id),
        _ => return String::new(),
    };
    if id.is_empty() { String::new() } else { format!(" in {kind} {}", &id[..id.len().min(12)]) }
}

/// The excerpt without its indentation, safe for a terminal, cut to what the card has room for, with
/// the marker moved along.
pub(super) fn shown_line(place: &Location) -> (String, usize, usize) {
    let excerpt = &place.excerpt;
    let indent = excerpt.text.chars().take_while(|c| *c == ' ' || *c == '\t').count().min(excerpt.start);
    let part = |from: usize, to: usize| {
        visible(&excerpt.text.chars().skip(from).take(to.saturating_sub(from)).collect::<String>())
    };
    let before = part(indent, excerpt.start);
    let secret = part(excerpt.start, excerpt.end);
    let after = part(excerpt.end, usize::MAX);
    let line: Vec<char> = before.chars().chain(secret.chars()).chain(after.chars()).collect();
    let start = before.chars().count();
    // Escapes made the line longer than the excerpt was.
    cut(&line, start..start + secret.chars().count(), WIDTH - indent_of(place))
}

/// Columns before the source line: its number, a bar and two spaces.
fn indent_of(place: &Location) -> usize {
    place.line.to_string().len() + 3
}

/// The reasons: as many as stand beside the marker, and as many as stand on a line below it where those are more.
pub(super) fn why(card: &Card<'_>) -> (Option<String>, String) {
    let Some(place) = card.finding.locations.first() else { return (None, String::new()) };
    let (_, start, width) = shown_line(place);
    let room = WIDTH.saturating_sub(indent_of(place) + start + width + 1);
    let why = &card.finding.why;
    let beside = fitting(why, room);
    let below = if beside == Some(why.len()) { String::new() } else { leading(why, TEXT) };
    (beside.map(|count| visible(&why[..count].join("; "))), below)
}

/// The layer or the cell, when the secret is inside another file; that it stands in a name.
pub(super) fn where_inside(card: &Card<'_>) -> Part {
    let note = |place: &Location| match place.place {
        Place::GitFile if place.path.starts_with(b"refs/") => Some("in the name of a reference".to_owned()),
        _ if place.is_name() => Some("in the name of the file, which every list of files shows".to_owned()),
        _ => inside::note(place),
    };
    Part::whole("where", &card.finding.locations.first().and_then(note).unwrap_or_default(), TEXT)
}

/// Whether path and line tell all about the place: no layer, no cell, no way through a history.
pub(super) fn is_told_by_place(card: &Card<'_>) -> bool {
    card.finding.trace.is_none() && card.finding.locations.first().and_then(inside::note).is_none()
}

/// Where the secret came from and who has it, when a history was scanned.
pub(super) fn way(card: &Card<'_>) -> Part {
    Part::whole("history", &card.finding.trace.as_ref().map(trace::words).unwrap_or_default(), TEXT)
}

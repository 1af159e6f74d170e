//! When secrets entered and left: a bar each, from the commit that brought it to the one that took it
//! out of HEAD. Only a scan of a history knows.

use super::super::markup::xml;
use super::super::spot;
use super::super::{Card, Run};
use super::card::day;
use crate::finding::Trace;
use crate::order;

/// Bars that are drawn.
const ROWS: usize = 60;
/// Sizes in units of the drawing.
const WIDTH: i64 = 1000;
const LABELS: i64 = 300;
const ROW: i64 = 22;
const TOP: i64 = 28;
/// Dates along the top.
const TICKS: i64 = 5;

/// A bar.
struct Bar<'r> {
    card: &'r Card<'r>,
    trace: &'r Trace,
    from: i64,
    /// `None` while it is still there.
    to: Option<i64>,
}

/// The drawing; empty when nothing is known of any history.
pub(super) fn section(run: &Run<'_>) -> String {
    let mut bars: Vec<Bar<'_>> = run
        .blocking
        .iter()
        .filter_map(|card| {
            let trace = card.finding.trace.as_ref()?;
            let to = if trace.in_head { None } else { trace.removed.as_ref().map(|mark| mark.time) };
            Some(Bar { card, trace, from: trace.first.as_ref()?.time, to })
        })
        .collect();
    if bars.is_empty() {
        return String::new();
    }
    let live = bars.iter().filter(|bar| bar.trace.in_head).count();
    let (all, hidden) = (bars.len(), bars.len().saturating_sub(ROWS));
    // Findings come with the most urgent first.
    bars.truncate(ROWS);
    order::by_key(&mut bars, |bar| bar.from);
    let more = match hidden {
        0 => String::new(),
        _ => format!(" The {ROWS} most urgent are drawn; the other {hidden} are in the list below."),
    };
    let told = format!(
        "{} of {} stand in HEAD. A bar ends where HEAD lost the secret; a pale one was never there or only in \
         other branches. Removed is not revoked: it can still be read in the history.{more}",
        live, all
    );
    format!(
        "<section aria-labelledby=\"timeline\"><h2 id=\"timeline\">When secrets entered and left</h2>\n\
         <p class=\"soft\">{told}</p>\n<div class=\"chart\">{}</div></section>",
        draw(&bars, i64::try_from(run.ended).unwrap_or(i64::MAX))
    )
}

fn draw(bars: &[Bar<'_>], now: i64) -> String {
    let start = bars.iter().map(|bar| bar.from).min().unwrap_or(now);
    let latest = bars.iter().flat_map(|bar| [Some(bar.from), bar.to]).flatten().max().unwrap_or(now);
    let end = now.max(latest).max(start.saturating_add(1));
    let span = end.saturating_sub(start).max(1);
    let room = WIDTH - LABELS - 20;
    let x = |time: i64| {
        let share = time.clamp(start, end).saturating_sub(start) as f64 / span as f64;
        LABELS + (share * room as f64) as i64
    };
    let height = TOP + ROW * i64::try_from(bars.len()).unwrap_or(0) + 6;
    let mut svg = format!(
        "<svg viewBox=\"0 0 {WIDTH} {height}\" role=\"group\" aria-label=\"Timeline, oldest first\">"
    );
    let mut told = String::new();
    for tick in 0..=TICKS {
        let time = start.saturating_add((i128::from(span) * i128::from(tick) / i128::from(TICKS)) as i64);
        let label = moment(time, span);
        if label == told {
            continue;
        }
        told.clone_from(&label);
        let anchor = if tick == TICKS { "end" } else { "middle" };
        svg.push_str(&format!(
            "<line class=\"axis\" x1=\"{0}\" y1=\"{1}\" x2=\"{0}\" y2=\"{height}\"/>\
             <text class=\"tick\" x=\"{0}\" y=\"16\" text-anchor=\"{anchor}\">{2}</text>",
            x(time),
            TOP - 6,
            label
        ));
    }
    for (at, bar) in bars.iter().enumerate() {
        let y = TOP + ROW * i64::try_from(at).unwrap_or(0);
        svg.push_str(&row(bar, y, x(bar.from), x(bar.to.unwrap_or(end))));
    }
    svg + "</svg>"
}

/// A time as finely as the drawing needs: ticks that read the same say nothing.
fn moment(time: i64, span: i64) -> String {
    const DAY: i64 = 86_400;
    let whole = spot::time(u64::try_from(time).unwrap_or(0));
    let (date, clock) = whole.split_once('T').unwrap_or((&whole, ""));
    match span / TICKS {
        DAY.. => day(time).to_string(),
        60.. => format!("{date} {}", clock.get(..5).unwrap_or(clock)),
        _ => clock.to_owned(),
    }
}

fn row(bar: &Bar<'_>, y: i64, from: i64, to: i64) -> String {
    let finding = bar.card.finding;
    let word = finding.severity.word();
    let path = finding.locations.first().map(|place| super::visible_bytes(&place.path)).unwrap_or_default();
    // The file is what tells one from another; its end tells most.
    let (label, cut) = (format!("{} · {path}", finding.rule.name), 44);
    let short: String = match path.chars().count().checked_sub(cut) {
        Some(over) if over > 0 => ['…'].into_iter().chain(path.chars().skip(over + 1)).collect(),
        _ => path,
    };
    let left = match (bar.to, bar.trace.in_head) {
        (_, true) => "stands in HEAD".to_owned(),
        (Some(to), false) => format!("left {}", day(to)),
        (None, false) => "not in HEAD".to_owned(),
    };
    let pale = bar.to.is_none() && !bar.trace.in_head;
    let pushed = if bar.trace.remotes.is_empty() { "on no known remote" } else { "pushed" };
    format!(
        "<a href=\"#f-{}\"><title>{}: entered {}, {left}, {pushed}</title>\
         <text x=\"0\" y=\"{}\">{}</text>\
         <rect class=\"fill-{word}\" x=\"{from}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"3\" fill-opacity=\"{}\"/></a>",
        finding.fingerprint,
        xml(&label),
        day(bar.from),
        y + 15,
        xml(&short),
        y + 4,
        (to - from).max(5),
        ROW - 8,
        if pale { "0.35" } else { "1" },
    )
}

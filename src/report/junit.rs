//! JUnit XML, which every CI system shows: a failed test a place, a skipped one an allowed finding.

use std::io::{self, Write};

use super::markup::xml;
use super::spot::{Spot, commit, extract, message, relative, revoke, spots};
use super::{Report, Run, spot};
use crate::finding::suppress::Allowed;
use crate::numbers::count;

/// The format.
#[derive(Debug, Clone, Copy, Default)]
pub struct Junit;

impl Report for Junit {
    fn write(&self, out: &mut dyn Write, run: &Run<'_>) -> io::Result<()> {
        let spots = spots(run);
        let failures = spots.iter().filter(|spot| spot.blocks).count();
        let errors = run.coverage.failed.len();
        // A suite of nothing is an error to some; a clean run is one test that passed.
        let clean = usize::from(spots.is_empty() && run.allowed.is_empty() && errors == 0);
        let tests = spots.len() + run.allowed.len() + errors + clean;
        let counts = format!(
            "tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"{}\" time=\"{:.3}\"",
            run.allowed.len(),
            run.elapsed.as_secs_f64()
        );
        writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
        writeln!(out, "<testsuites name=\"stanch\" {counts}>")?;
        writeln!(
            out,
            "  <testsuite name=\"stanch {}\" {counts} timestamp=\"{}\">",
            run.mode,
            spot::time(run.ended)
        )?;
        if clean == 1 {
            let what = format!("no secrets in {}", count(run.coverage.blobs, "blob"));
            writeln!(out, "    <testcase classname=\"stanch\" name=\"{what}\"/>")?;
        }
        spots.iter().try_for_each(|spot| case(out, spot))?;
        run.allowed.iter().try_for_each(|allowed| skipped(out, allowed))?;
        for failed in &run.coverage.failed {
            let (path, why) = (xml(&relative(&failed.path)), xml(&failed.why));
            writeln!(
                out,
                "    <testcase classname=\"{path}\" name=\"read\"><error message=\"{why}\"/></testcase>"
            )?;
        }
        writeln!(out, "  </testsuite>\n</testsuites>")
    }
}

fn case(out: &mut dyn Write, spot: &Spot<'_>) -> io::Result<()> {
    let (finding, place) = (spot.card.finding, spot.place);
    let (path, rule) = (relative(&place.path), finding.rule.id);
    let name = format!("{rule} at {}:{}", place.line, place.column);
    writeln!(
        out,
        "    <testcase classname=\"{}\" name=\"{}\" file=\"{0}\" line=\"{}\">",
        xml(&path),
        xml(&name),
        place.line
    )?;
    let message = message(finding);
    let commit = commit(&place.place).map(|id| format!("commit {id}\n")).unwrap_or_default();
    let text = format!(
        "{path}:{}:{}\n{commit}{}\n\n{}\n\nRevoke:\n{}\n\nfingerprint {}\n",
        place.line,
        place.column,
        extract(finding, &place.excerpt),
        spot.card.advice.exposure,
        revoke(spot.card),
        finding.fingerprint
    );
    if spot.blocks {
        let kind = finding.severity.word();
        writeln!(
            out,
            "      <failure type=\"{kind}\" message=\"{}\">{}</failure>",
            xml(&message),
            xml(&text)
        )?;
    } else {
        writeln!(out, "      <system-out>{}</system-out>", xml(&format!("weak sign: {message}\n{text}")))?;
    }
    writeln!(out, "    </testcase>")
}

fn skipped(out: &mut dyn Write, allowed: &Allowed) -> io::Result<()> {
    let finding = &allowed.finding;
    let Some(place) = finding.locations.first() else { return Ok(()) };
    let name = format!("{} at {}:{}", finding.rule.id, place.line, place.column);
    writeln!(
        out,
        "    <testcase classname=\"{}\" name=\"{}\"><skipped message=\"{}\"/></testcase>",
        xml(&relative(&place.path)),
        xml(&name),
        xml(&allowed.reason.to_string())
    )
}

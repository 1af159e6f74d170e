//! Every report of a finding whose surroundings the input makes up: names, lines, authors, reasons.
//!
//! The input is cut at each byte 0xFD; see [`Told`] for what the pieces are. No report may lose the form of
//! its format, hold the secret, or let through what moves a terminal.

#![no_main]

#[path = "well_formed.rs"]
mod well_formed;

use std::sync::Arc;
use std::time::Duration;

use bstr::BStr;
use libfuzzer_sys::fuzz_target;
use stanch::advice::{Stage, advise};
use stanch::catalogue::{Confidence, RuleIx, embedded, sample};
use stanch::engine::Candidate;
use stanch::finding::shield::Shield;
use stanch::finding::suppress::{Allowed, Reason};
use stanch::finding::{CommitMark, Finding, Trace, hits, merge};
use stanch::report::csv::Csv;
use stanch::report::github::{Annotations, Summary};
use stanch::report::gitlab::{CodeQuality, SecretDetection};
use stanch::report::html::Html;
use stanch::report::human::{Human, Length};
use stanch::report::json::{Json, Shape};
use stanch::report::junit::Junit;
use stanch::report::reviewdog::Rdjsonl;
use stanch::report::sarif::Sarif;
use stanch::report::{Card, Report, Run, Secrets};
use stanch::source::{Cell, Coverage, InImage, Inside, Later, Layer, Place, Skipped};

/// What the input says.
struct Told<'t> {
    flags: [u8; 3],
    path: &'t [u8],
    before: &'t [u8],
    after: &'t [u8],
    texts: Vec<String>,
}

impl<'t> Told<'t> {
    fn new(bytes: &'t [u8]) -> Option<Told<'t>> {
        let (flags, rest) = bytes.split_first_chunk()?;
        let mut pieces = rest.split(|b| *b == 0xfd);
        let (path, before, after) = (pieces.next()?, pieces.next()?, pieces.next().unwrap_or_default());
        let texts = pieces.map(|piece| String::from_utf8_lossy(piece).into_owned()).collect();
        Some(Told { flags: *flags, path, before, after, texts })
    }

    /// Made-up text number `at`, whatever number of them there is.
    fn text(&self, at: usize) -> String {
        self.texts.get(at % self.texts.len().max(1)).cloned().unwrap_or_default()
    }

    fn place(&self) -> Place {
        let id = || "d".repeat(40);
        let place = match self.flags[0] % 6 {
            0 => Place::Staged,
            1 => Place::Commit { id: id() },
            2 => Place::Message { id: id() },
            3 => Place::File,
            4 => Place::GitFile,
            _ => Place::Stdin,
        };
        let in_image = match self.flags[0] / 6 % 4 {
            0 => return place,
            1 => None,
            2 => Some(InImage::Config { image: self.text(0) }),
            _ => Some(InImage::Layer(Layer {
                image: self.text(1),
                number: 1,
                of: 2,
                digest: self.text(2),
                made_by: self.text(3),
                entry: 1,
                later: Some(Later::Deleted(2)),
            })),
        };
        let outer = self.path[..self.path.len() / 2].into();
        let is_output = self.flags[1] & 1 == 0;
        let cell = Cell { start: (1, 1), end: (u32::MAX, 1), number: 1, line: 1, is_output, language: "" };
        let cells = if self.flags[1] & 2 == 0 { Vec::new() } else { vec![cell] };
        Place::Inside(Arc::new(Inside { of: place, outer, in_image, cells: cells.into() }))
    }

    fn trace(&self) -> Trace {
        let mark = |at, time| CommitMark { id: "e".repeat(40), author: self.text(at), time };
        Trace {
            first: Some(mark(0, i64::from_le_bytes([self.flags[2]; 8]))),
            removed: (self.flags[1] & 4 == 0).then(|| mark(1, 1_700_000_000)),
            in_head: self.flags[1] & 4 != 0,
            live: vec![self.text(2)],
            branches: vec![self.text(2)],
            tags: vec![self.text(3)],
            remotes: vec![self.text(4)],
            elsewhere: vec![self.text(5)],
            joint: Default::default(),
        }
    }

    /// The rules 0 to 3 have found the same.
    fn findings(&self, secret: &str) -> Vec<Finding> {
        let text = [self.before, secret.as_bytes(), self.after].concat();
        let start = self.before.len();
        let candidates: Vec<Candidate> = (0..4)
            .map(|rule| Candidate {
                rule: RuleIx(rule),
                range: start..start + secret.len(),
                decoded: None,
                confidence: Confidence::High,
                why: vec![self.text(rule as usize).into()],
                parts: vec![("Key id", start..start + 20)],
            })
            .collect();
        let of = |ix| embedded().rule(ix);
        let mut findings = merge(hits(&text, BStr::new(self.path), &self.place(), &candidates, of));
        if self.flags[1] & 8 != 0 {
            findings.iter_mut().for_each(|finding| finding.trace = Some(self.trace()));
        }
        findings
    }

    fn reason(&self) -> Reason {
        let reason = self.text(4);
        match self.flags[1] / 16 % 4 {
            0 => Reason::Inline { marker: "stanch:allow", line: 1, reason },
            1 => Reason::AllowList { file: self.text(5), line: 1, reason },
            2 => Reason::Baseline(reason),
            _ => Reason::Skip(reason),
        }
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Some(told) = Told::new(bytes) else { return };
    let secret = sample::expand("{hex:40}", "the report's own");
    let mut findings = told.findings(&secret);
    let allowed = findings.pop().into_iter().map(|finding| Allowed { finding, reason: told.reason() });
    let mut allowed: Vec<Allowed> = allowed.collect();
    let skipped = |at| Skipped { path: told.path.into(), why: told.text(at).into() };
    let mut coverage = Coverage {
        skipped: vec![skipped(0)],
        failed: vec![skipped(1)],
        notes: vec![told.text(2)],
        ..Coverage::default()
    };
    let mut announce = vec![told.text(3)];
    let both: Vec<Finding> = findings.iter().chain(allowed.iter().map(|one| &one.finding)).cloned().collect();
    let mut shield = Shield::of(embedded(), both.iter().flat_map(|finding| finding.secrets()));
    shield.findings(findings.iter_mut());
    shield.allowed(&mut allowed);
    shield.coverage(&mut coverage);
    announce.iter_mut().for_each(|line| shield.text(line));
    let stage = |finding: &Finding| match &finding.trace {
        Some(trace) => Stage::Traced(Box::new(trace.clone())),
        None => Stage::Staged,
    };
    let card = |finding| Card { finding, stage: stage(finding), advice: advise(finding, &stage(finding)) };
    let cards: Vec<Card<'_>> = findings.iter().map(card).collect();
    let (blocking, notes) = cards.split_at(cards.len() / 2);
    let run = Run {
        blocking,
        notes,
        coverage: &coverage,
        old: usize::from(told.flags[2]),
        allowed: &allowed,
        announce: &announce,
        pending: None,
        elapsed: Duration::from_millis(3),
        ended: 1_800_000_000,
        stops: "commit",
        mode: "commit",
        part: None,
    };
    for (name, report) in all() {
        let mut out = Vec::new();
        report.write(&mut out, &run).expect("memory takes what it is given");
        let text = String::from_utf8(out).expect("a report is UTF-8");
        assert!(!text.contains(&secret), "{name} holds the secret");
        check(name, &text);
    }
});

fn check(name: &str, text: &str) {
    let ours = match name {
        "csv" => "\r\n",
        "color" => "\n\u{1b}",
        _ => "\n",
    };
    let moves = |c: char| (c.is_control() && !ours.contains(c)) || ('\u{202a}'..='\u{202e}').contains(&c);
    assert!(!text.contains(moves), "{name} moves the terminal");
    let json = |text: &str| assert!(serde_json::from_str::<serde_json::Value>(text).is_ok(), "{name}: {text}");
    match name {
        "json" | "sarif" | "gitlab" | "gitlab-codequality" => json(text),
        "jsonl" | "rdjsonl" => text.lines().for_each(json),
        "junit" => {
            let known = ["error", "failure", "skipped", "system-out", "testcase", "testsuite", "testsuites"];
            well_formed::markup(text).iter().for_each(|name| assert!(known.contains(name), "<{name}>"));
        }
        "html" => {
            // One script, ours; and nothing that loads or embeds.
            assert_eq!(text.matches("<script").count(), 1);
            let foreign = ["iframe", "img", "image", "object", "embed", "base", "link", "math", "foreignObject"];
            well_formed::markup(text).iter().for_each(|name| assert!(!foreign.contains(name), "<{name}>"));
        }
        "markdown" => {
            let known = ["code", "details", "summary"];
            well_formed::markup(text).iter().for_each(|name| assert!(known.contains(name), "<{name}>"));
        }
        "csv" => well_formed::csv(text),
        "github" => well_formed::annotations(text),
        _ => {}
    }
}

/// Every format, by name.
fn all() -> [(&'static str, &'static dyn Report); 14] {
    const LINES: Json = Json { shape: Shape::Lines, secrets: Secrets::Redacted };
    const DOCUMENT: Json = Json { shape: Shape::Document, secrets: Secrets::Redacted };
    const HUMAN: Human =
        Human { color: false, verbose: true, length: Length::Cards, secrets: Secrets::Redacted };
    [
        ("human", &HUMAN),
        ("color", &Human { color: true, ..HUMAN }),
        ("brief", &Human { length: Length::Brief, ..HUMAN }),
        ("json", &DOCUMENT),
        ("jsonl", &LINES),
        ("sarif", &Sarif { without_allowed: false }),
        ("gitlab", &SecretDetection),
        ("gitlab-codequality", &CodeQuality),
        ("junit", &Junit),
        ("github", &Annotations),
        ("markdown", &Summary),
        ("csv", &Csv),
        ("rdjsonl", &Rdjsonl),
        ("html", &Html),
    ]
}

//! How far a long scan is, and how long it still takes.
//!
//! In: what is done of the phase that runs, and how much each phase has to do. Out: one line for the whole run. What later
//! phases cost is known from other runs, as a ratio to those before; each phase is then held to its own pace.

use std::time::{Duration, Instant};

use crate::numbers::grouped;
use crate::source::history::{Phase, Reading};

/// Seconds for one unit of a phase's work, on the machine on which they were measured. Only their ratio matters, and that
/// until a phase has its own pace.
fn cost(phase: Phase) -> f64 {
    match phase {
        Phase::Listing => 0.0,
        Phase::Commits | Phase::Tracing => 15e-6,
        Phase::Trees => 130e-6,
        Phase::Scanning => 10e-9,
    }
}

/// How much of a phase has to be done for its own pace to count as much as what was expected.
const TRUSTED: f64 = 0.02;
/// As much time tells how fast the machine is.
const TOLD: f64 = 0.2;

/// The way of a run through its phases.
pub(super) struct Course {
    phase: Phase,
    /// When the run and this phase began.
    begun: (Instant, Instant),
    /// Seconds that phases took, and that they should have.
    took: (f64, f64),
    last: Reading,
    /// The share of the whole that was shown: a bar does not go back.
    share: f64,
}

/// What is shown.
#[derive(Debug, Clone, Default)]
pub(super) struct Shown {
    phase: Option<Phase>,
    done: u64,
    total: u64,
    bytes: u64,
    /// In a second: things, and megabytes of contents.
    pace: (u64, u64),
    share: f64,
    left: Option<Duration>,
}

impl Course {
    pub(super) fn new(now: Instant) -> Course {
        let last = Reading::default();
        Course { phase: last.phase, begun: (now, now), took: (0.0, 0.0), last, share: 0.0 }
    }

    /// Where the run is.
    pub(super) fn at(&mut self, now: Instant, read: &Reading) -> Shown {
        if read.phase != self.phase {
            let took = (now - self.begun.1).as_secs_f64();
            let should = self.last.work.1 as f64 * cost(self.phase);
            if should > 0.0 {
                self.took = (self.took.0 + took, self.took.1 + should);
            }
            (self.phase, self.begun.1) = (read.phase, now);
        }
        self.last = read.clone();
        let passed = (now - self.begun.1).as_secs_f64();
        let left = self.left(passed, read);
        if let Some(left) = left {
            let gone = (now - self.begun.0).as_secs_f64();
            self.share = self.share.max(gone / (gone + left).max(f64::MIN_POSITIVE)).min(0.99);
        }
        let a_second = |number: u64| (number as f64 / passed.max(0.1)) as u64;
        Shown {
            phase: Some(read.phase),
            done: read.done.min(read.total),
            total: read.total,
            bytes: read.bytes,
            pace: (a_second(read.done), a_second(read.bytes) / 1_000_000),
            share: self.share,
            left: left.map(Duration::from_secs_f64),
        }
    }

    /// Seconds to the end of the run.
    fn left(&self, passed: f64, read: &Reading) -> Option<f64> {
        let expected = |phase| match phase {
            Phase::Listing => Some(0),
            Phase::Commits | Phase::Trees | Phase::Tracing => Some(read.commits),
            Phase::Scanning => read.contents,
        };
        let unit = cost(read.phase);
        // How much slower than expected all is.
        let (took, should) = (self.took.0 + passed, self.took.1 + read.work.0 as f64 * unit);
        let slow = (took + TOLD) / (should + TOLD);
        let here = match read.phase {
            Phase::Listing => return None,
            Phase::Tracing if read.total == 0 => (read.commits as f64 * unit * slow - passed).max(0.0),
            _ => {
                let (done, total) = (read.work.0 as f64, read.work.1 as f64);
                let weight = total * TRUSTED;
                let own = (passed + weight * unit * slow) / (done + weight).max(1.0);
                (total - done).max(0.0) * own
            }
        };
        let later =
            [Phase::Trees, Phase::Scanning, Phase::Tracing].into_iter().filter(|phase| *phase > read.phase);
        let costs: Option<Vec<f64>> =
            later.map(|phase| Some(expected(phase)? as f64 * cost(phase) * slow)).collect();
        Some(here + costs?.iter().sum::<f64>())
    }
}

/// The line for a terminal of so many columns, the last of which stays free.
pub(super) fn line(shown: &Shown, columns: usize) -> String {
    let Some(phase) = shown.phase else { return String::new() };
    let (number, name) = match phase {
        Phase::Listing => (1, "listing objects"),
        Phase::Commits => (2, "reading commits"),
        Phase::Trees => (3, "comparing folders"),
        Phase::Scanning => (4, "scanning contents"),
        Phase::Tracing => (5, "tracing findings"),
    };
    let most = columns.saturating_sub(1);
    let whole = format!("{number}/5 {name}");
    let verb = format!("{number}/5 {}", name.split(' ').next().unwrap_or_default());
    let left = shown.left.map(|left| words(left, phase < Phase::Scanning));
    let tail = left.map_or(String::new(), |left| format!("{:.0}%, {left}", shown.share * 100.0));
    let count = match (phase, shown.total) {
        (_, 0) => String::new(),
        // Files differ too much for their number to tell anything.
        (Phase::Scanning, _) => format!("{} MB", grouped(shown.bytes / 1_000_000)),
        (_, total) => format!("{} of {}", grouped(shown.done), grouped(total)),
    };
    let pace = match (phase, shown.total) {
        (_, 0) => String::new(),
        (Phase::Scanning, _) => format!("{} MB/s", grouped(shown.pace.1)),
        _ => format!("{}/s", grouped(shown.pace.0)),
    };
    let joined = |parts: &[&str], between: &str| {
        parts.iter().filter(|part| !part.is_empty()).copied().collect::<Vec<_>>().join(between)
    };
    let about = joined(&[&count, &pace], ", ");
    // The longest that leaves room for a bar worth looking at, then what fits at all.
    const BAR: (usize, usize) = (8, 30);
    let ways = [
        joined(&[&whole, &about], " "),
        joined(&[&verb, &about], " "),
        joined(&[&verb, &count], " "),
        verb.clone(),
    ];
    for head in ways {
        let room = most.saturating_sub(head.len() + tail.len() + 2);
        if !tail.is_empty() && room >= BAR.0 {
            let bar = room.min(BAR.1);
            let full = (shown.share * bar as f64) as usize;
            return format!("{head} {}{} {tail}", "█".repeat(full), "░".repeat(bar - full));
        }
        if tail.is_empty() && head.len() <= most {
            return head;
        }
    }
    [joined(&[&verb, &tail], " "), verb].into_iter().find(|line| line.len() <= most).unwrap_or_default()
}

/// How long it still takes. What is only expected is told in round figures.
fn words(left: Duration, is_rough: bool) -> String {
    let seconds = left.as_secs() + u64::from(left.subsec_nanos() > 0);
    match (seconds, is_rough) {
        (..60, true) => format!("about {} s left", seconds.max(1).next_multiple_of(10)),
        (60..3600, true) => format!("about {} min left", seconds.div_ceil(60)),
        (_, true) => format!("about {} h left", seconds.div_ceil(3600)),
        (..60, false) => format!("{} s left", seconds.max(1)),
        (60..600, false) => format!("{} min {} s left", seconds / 60, seconds % 60),
        (600..3600, false) => format!("{} min left", seconds.div_ceil(60)),
        (_, false) => format!("{} h {} min left", seconds / 3600, seconds % 3600 / 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each phase takes so many times what is expected of it.
    fn run(slow: [f64; 4], each: &mut dyn FnMut(f64, &Shown)) {
        let (commits, contents) = (80_000, Some(4_000_000_000));
        let phases = [Phase::Commits, Phase::Trees, Phase::Scanning, Phase::Tracing];
        let totals = [commits, commits, 4_000_000_000, commits];
        let all: f64 = (0..4).map(|at| totals[at] as f64 * cost(phases[at]) * slow[at]).sum();
        let (begin, mut gone) = (Instant::now(), 0.0);
        let mut course = Course::new(begin);
        for at in 0..4 {
            let unit = cost(phases[at]) * slow[at];
            for step in 0..=50 {
                let done = totals[at] * step / 50;
                let now = begin + Duration::from_secs_f64(gone + done as f64 * unit);
                let total = if phases[at] == Phase::Tracing { 0 } else { totals[at] };
                let work = (done, total);
                let read = Reading { phase: phases[at], done, total, bytes: done, work, commits, contents };
                // The first second tells little of the machine.
                let is_told = total > 0 && step > if phases[at] == Phase::Commits { 10 } else { 0 };
                let shown = course.at(now, &read);
                if is_told {
                    each(all - gone - done as f64 * unit, &shown);
                }
            }
            gone += totals[at] as f64 * unit;
        }
    }

    #[test]
    fn the_time_left_is_that_of_the_whole_run() {
        for slow in [[1.0; 4], [10.0; 4], [3.0, 2.0, 4.0, 3.0]] {
            let mut share = 0.0;
            run(slow, &mut |left, shown| {
                let told = shown.left.unwrap().as_secs_f64();
                // Once its own pace is known, that counts.
                let near =
                    if shown.phase == Some(Phase::Scanning) && shown.done > 400_000_000 { 1.3 } else { 2.5 };
                assert!(told < left * near + 1.0 && left < told * near + 1.0, "{told} for {left}: {shown:?}");
                assert!(shown.share >= share, "{shown:?}");
                share = shown.share;
            });
            assert!(share > 0.9, "{share}");
        }
    }

    #[test]
    fn a_line_fits_the_terminal() {
        let width = |line: &str| line.chars().count();
        run([1000.0; 4], &mut |_, shown| {
            let shown =
                Shown { total: 12_345_678, done: 12_345_677, pace: (1_234_567, 1_234), ..shown.clone() };
            for columns in [0, 1, 10, 39, 40, 60, 79, 80, 100, 300] {
                let line = line(&shown, columns);
                assert!(width(&line) < columns.max(1), "{columns}: {line}");
                assert!(columns < 40 || line.contains(" left"), "{columns}: {line}");
                assert!(columns < 80 || line.contains('░'), "{columns}: {line}");
            }
        });
        assert_eq!(
            line(&Course::new(Instant::now()).at(Instant::now(), &Reading::default()), 80),
            "1/5 listing objects"
        );
    }
}

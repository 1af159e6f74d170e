//! What the benches measure with: CPU time from `/proc` (Linux), peak memory from GNU time, medians.
#![allow(dead_code, reason = "each bench uses its part")]

use std::error::Error;
use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

/// Clock ticks a second in `/proc/PID/stat`, the same on every Linux since 2.6.
const TICKS: f64 = 100.0;

/// Seconds of CPU that finished children have used, in steps of a tick: only sums of many runs say much.
pub(crate) fn children_cpu() -> Result<f64, Box<dyn Error>> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    // The name in parentheses may hold blanks; the fields after it are counted from the third.
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks =
        |at: usize| fields.get(at - 3).and_then(|f| f.parse::<f64>().ok()).ok_or("/proc/self/stat is odd");
    Ok((ticks(16)? + ticks(17)?) / TICKS)
}

/// Peak resident memory of one run as `time -v` sees it; `None` where GNU time is not installed.
pub(crate) fn peak_kilobytes(command: &Command) -> Option<f64> {
    with_peak(command).ok()?.1
}

/// Runs the command, and tells peak resident memory too, of its largest process.
pub(crate) fn with_peak(command: &Command) -> std::io::Result<(Output, Option<f64>)> {
    const TIME: &str = "/usr/bin/time";
    let has_time = Path::new(TIME).exists();
    let mut run = Command::new(if has_time { OsStr::new(TIME) } else { command.get_program() });
    if has_time {
        run.args(["-f", "%M"]).arg(command.get_program());
    }
    run.args(command.get_args());
    run.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    if let Some(dir) = command.get_current_dir() {
        run.current_dir(dir);
    }
    let output = run.stdin(Stdio::null()).output()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Ok((output, said.lines().last().filter(|_| has_time).and_then(|line| line.trim().parse().ok())))
}

pub(crate) fn median(times: &mut [Duration]) -> Duration {
    times.sort();
    times[times.len() / 2]
}

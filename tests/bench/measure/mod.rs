//! What the benches measure with: CPU time from `/proc` (Linux), peak memory from GNU time, medians.
#![allow(dead_code, reason = "each bench uses its part")]

use std::error::Error;
use std::process::Command;
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
    let mut timed = Command::new("/usr/bin/time");
    timed.args(["-f", "%M"]).arg(command.get_program()).args(command.get_args());
    timed.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    if let Some(dir) = command.get_current_dir() {
        timed.current_dir(dir);
    }
    let output = timed.output().ok()?;
    String::from_utf8_lossy(&output.stderr).lines().last()?.trim().parse().ok()
}

pub(crate) fn median(times: &mut [Duration]) -> Duration {
    times.sort();
    times[times.len() / 2]
}

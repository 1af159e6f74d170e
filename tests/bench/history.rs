//! What a scan of a whole history costs beside git reading the same objects: `cargo bench --bench history`.
//!
//! `STANCH_BENCH_REPO` names a repository; without it one is made, of 20,000 commits. Wall and CPU time of
//! `stanch scan --history` and of `git cat-file --batch --batch-all-objects --unordered`, run in turns so
//! that a busy machine slows both; medians, their ratio and peak memory. Prints a Markdown table and judges
//! nothing. `STANCH_BENCH_RUNS` (default 3) is how often, `STANCH_UNDER_TEST` names another build.
//! CPU time is from `/proc` (Linux), peak memory from GNU time where it is installed.
#![allow(clippy::print_stdout, reason = "a bench prints its table")]

use std::error::Error;
use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Clock ticks a second in `/proc/PID/stat`, the same on every Linux since 2.6.
const TICKS: f64 = 100.0;

fn main() -> Result<()> {
    let runs = std::env::var("STANCH_BENCH_RUNS").ok().and_then(|n| n.parse().ok()).unwrap_or(3_usize).max(1);
    let stanch =
        std::env::var_os("STANCH_UNDER_TEST").unwrap_or_else(|| OsString::from(env!("CARGO_BIN_EXE_stanch")));
    let scratch = tempfile::tempdir()?;
    let repo = match std::env::var_os("STANCH_BENCH_REPO") {
        Some(path) => PathBuf::from(path),
        None => made(scratch.path())?,
    };
    let scan = ["scan", "--history", "--format", "jsonl"];
    let read = ["cat-file", "--batch", "--batch-all-objects", "--unordered"];
    let git = OsString::from("git");
    let (mut own, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..runs {
        theirs.push(timed(&repo, &git, &read)?);
        own.push(timed(&repo, &stanch, &scan)?);
    }
    let peak = peak_kilobytes(&repo, &stanch, &scan);
    let (own, theirs) = (median(&mut own), median(&mut theirs));
    println!("{runs} runs each, in turns; medians\n\n| | wall | CPU | peak |\n|---|---|---|---|");
    println!("| git cat-file, all objects | {:.1} s | {:.1} s | |", theirs.0, theirs.1);
    let peak = peak.map_or("unknown".to_owned(), |kb| format!("{:.0} MB", kb / 1024.0));
    println!("| stanch scan --history | {:.1} s | {:.1} s | {peak} |", own.0, own.1);
    println!("| ratio | {:.2} | {:.2} | |", own.0 / theirs.0, own.1 / theirs.1);
    Ok(())
}

/// A packed history in which each commit changes one of 400 files.
fn made(dir: &Path) -> Result<PathBuf> {
    let repo = dir.join("repo.git");
    let init = Command::new("git").args(["init", "-q", "--bare"]).arg(&repo).status()?;
    let mut import = Command::new("git")
        .args(["fast-import", "--quiet"])
        .env("GIT_DIR", &repo)
        .stdin(Stdio::piped())
        .spawn()?;
    let mut out = std::io::BufWriter::new(import.stdin.take().ok_or("no input")?);
    for number in 0..20_000_usize {
        let file = number * 7 % 400;
        let text: String = (0..300)
            .map(|line| format!("let value{line} = compute({}, {file}, {line});\n", number % (line + 2)))
            .collect();
        writeln!(
            out,
            "commit refs/heads/main\ncommitter Kim <kim@acme.example> {} +0000\ndata 4\nstep",
            1_600_000_000 + number
        )?;
        writeln!(out, "M 644 inline src/d{}/f{file}.rs\ndata {}\n{text}", file % 20, text.len())?;
    }
    out.flush()?;
    drop(out);
    let packed = import.wait()?.success()
        && Command::new("git").arg("-C").arg(&repo).args(["gc", "-q"]).status()?.success();
    if init.success() && packed { Ok(repo) } else { Err("git could not make the repository".into()) }
}

/// Seconds of wall and of CPU.
fn timed(dir: &Path, program: &OsString, args: &[&str]) -> Result<(f64, f64)> {
    let before = children_cpu()?;
    let start = Instant::now();
    let status = Command::new(program)
        .args(args)
        .current_dir(dir)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()?;
    let wall = start.elapsed().as_secs_f64();
    match status.code() {
        Some(_) => Ok((wall, children_cpu()? - before)),
        None => Err(format!("{} {args:?} was killed", program.display()).into()),
    }
}

/// Seconds of CPU that finished children have used.
fn children_cpu() -> Result<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    let ticks =
        |at: usize| fields.get(at - 3).and_then(|f| f.parse::<f64>().ok()).ok_or("/proc/self/stat is odd");
    Ok((ticks(16)? + ticks(17)?) / TICKS)
}

/// Peak resident memory of one run as `time -v` sees it; `None` where GNU time is not installed.
fn peak_kilobytes(dir: &Path, program: &OsString, args: &[&str]) -> Option<f64> {
    let output = Command::new("/usr/bin/time")
        .args(["-f", "%M"])
        .arg(program)
        .args(args)
        .current_dir(dir)
        .stdout(Stdio::null())
        .output()
        .ok()?;
    String::from_utf8_lossy(&output.stderr).lines().last()?.trim().parse().ok()
}

fn median(times: &mut [(f64, f64)]) -> (f64, f64) {
    times.sort_by(|a, b| a.0.total_cmp(&b.0));
    times[times.len() / 2]
}

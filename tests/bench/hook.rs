//! What the hook costs beside what git itself costs, in one run: `cargo bench --bench hook`.
//!
//! In a repository of 500 and one of 80,000 files, with nothing staged, with one changed file, and with a file that holds a
//! secret and stops the commit: wall time of `stanch hook pre-commit` and of `git diff --cached --raw`, run in turns so that a busy
//! machine slows both; medians, their ratio, CPU time and peak memory. Prints a Markdown table and judges
//! nothing. `STANCH_BENCH_RUNS` (default 40) is how often, `STANCH_UNDER_TEST` names another build.
//! CPU time is from `/proc` (Linux), peak memory from GNU time where it is installed.
#![allow(clippy::print_stdout, reason = "a bench prints its table")]

mod measure;

use std::error::Error;
use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use measure::{children_cpu, median, peak_kilobytes};
use stanch::catalogue::sample;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let runs =
        std::env::var("STANCH_BENCH_RUNS").ok().and_then(|n| n.parse().ok()).unwrap_or(40_usize).max(3);
    let stanch =
        std::env::var_os("STANCH_UNDER_TEST").unwrap_or_else(|| OsString::from(env!("CARGO_BIN_EXE_stanch")));
    println!("{runs} runs each, in turns; medians\n");
    println!(
        "| repository | staged | git diff --cached --raw | stanch hook pre-commit | ratio | stanch CPU | git CPU | stanch peak |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for files in [500, 80_000] {
        let dir = tempfile::tempdir()?;
        repository(dir.path(), files)?;
        let secret = sample::expand("SID=AC{hex:32}\nTWILIO_AUTH_TOKEN={hex:32}\n", "hook");
        for (staged, text, status) in [
            ("nothing", None, 0),
            ("one file", Some(source(1)), 0),
            ("one with a secret", Some(source(1) + &secret), 1),
        ] {
            if let Some(text) = text {
                std::fs::write(dir.path().join("d7/e3/f0.txt"), text)?;
                git(dir.path(), &["add", "d7/e3/f0.txt"])?;
                // What `git commit` leaves for the hook: an index with a whole cache-tree.
                git(dir.path(), &["write-tree"])?;
            }
            let row = measure(dir.path(), &stanch, status, runs)?;
            println!("| {files} files | {staged} | {row} |");
        }
    }
    Ok(())
}

/// `files` source files of about 2 KB in directories of at most 20, committed.
fn repository(dir: &Path, files: usize) -> Result<()> {
    git(dir, &["init", "-q"])?;
    for number in 0..files {
        let path = dir.join(format!("d{}/e{}", number % 100, number / 100 % 40));
        if number < 4000 {
            std::fs::create_dir_all(&path)?;
        }
        std::fs::write(path.join(format!("f{}.txt", number / 4000)), source(number % 7 + 2))?;
    }
    git(dir, &["add", "."])?;
    git(dir, &["-c", "user.name=Kim", "-c", "user.email=kim@acme.example", "commit", "-q", "-m", "all"])
}

fn source(seed: usize) -> String {
    (0..50).map(|line| format!("let value{line} = compute({seed}, other, {line}); // step\n")).collect()
}

/// A row of the table; `status` is what the hook must end with.
fn measure(dir: &Path, stanch: &OsString, status: i32, runs: usize) -> Result<String> {
    let (git_args, hook_args) = (["diff", "--cached", "--raw"], ["hook", "pre-commit"]);
    let git_program = OsString::from("git");
    let (mut git_times, mut hook_times) = (Vec::new(), Vec::new());
    let (mut git_cpu, mut hook_cpu) = (0.0, 0.0);
    for run in 0..runs + 3 {
        let before = children_cpu()?;
        let git_time = timed(dir, &git_program, &git_args, 0)?;
        let between = children_cpu()?;
        let hook_time = timed(dir, stanch, &hook_args, status)?;
        let after = children_cpu()?;
        // The first three warm the caches.
        if run >= 3 {
            git_times.push(git_time);
            hook_times.push(hook_time);
            git_cpu += between - before;
            hook_cpu += after - between;
        }
    }
    let (git_time, hook_time) = (median(&mut git_times), median(&mut hook_times));
    let peak = peak_kilobytes(&pinned(dir, stanch, &hook_args))
        .map_or("unknown".to_owned(), |kb| format!("{:.1} MB", kb / 1024.0));
    Ok(format!(
        "{} | {} | {:.2} | {:.2} ms | {:.2} ms | {peak}",
        milliseconds(git_time),
        milliseconds(hook_time),
        hook_time.as_secs_f64() / git_time.as_secs_f64(),
        hook_cpu * 1000.0 / runs as f64,
        git_cpu * 1000.0 / runs as f64,
    ))
}

fn timed(dir: &Path, program: &OsString, args: &[&str], expected: i32) -> Result<Duration> {
    let mut command = pinned(dir, program, args);
    let start = Instant::now();
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status()?;
    let time = start.elapsed();
    match status.code() {
        Some(code) if code == expected => Ok(time),
        code => Err(format!("{} {args:?} exits {code:?}", program.display()).into()),
    }
}

fn pinned(dir: &Path, program: &OsString, args: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(args).current_dir(dir).stdin(Stdio::null());
    command.env("HOME", dir).env("GIT_CONFIG_NOSYSTEM", "1").env("LC_ALL", "C");
    command
}

fn git(dir: &Path, args: &[&str]) -> Result<()> {
    let status = pinned(dir, &OsString::from("git"), args).stdout(Stdio::null()).status()?;
    if status.success() { Ok(()) } else { Err(format!("git {args:?} failed").into()) }
}

fn milliseconds(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1000.0)
}

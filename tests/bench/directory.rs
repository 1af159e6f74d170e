//! What a scan of files costs: `cargo bench --bench directory`.
//!
//! 1. One tree (the directory in `STANCH_BENCH_CORPUS`): reading alone, stanch with all its rules, `rg` for
//!    one literal over the same files, and whichever peers are on the PATH; in turns, so that a busy machine
//!    slows all. CPU seconds beside wall time.
//! 2. One file of 10 MB, 100 MB and 1 GB: source, keyword-dense and binary, and a gzip of the source. Cost has to
//!    grow with the bytes, memory must not.
//!
//! Prints Markdown tables and judges nothing. `STANCH_BENCH_RUNS` (default 5) is how often,
//! `STANCH_BENCH_SIZES` (default `10,100,1000`) the sizes in MB, `STANCH_UNDER_TEST` names another build.
#![allow(clippy::print_stdout, reason = "a bench prints its table")]

mod measure;

use std::error::Error;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use measure::{children_cpu, median, peak_kilobytes};
use stanch::source::files::{Files, Ignored};
use stanch::source::{Flow, Source};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let number = |name: &str, usual: usize| {
        std::env::var(name).ok().and_then(|number| number.parse().ok()).unwrap_or(usual)
    };
    let runs = number("STANCH_BENCH_RUNS", 5).max(1);
    let stanch =
        std::env::var("STANCH_UNDER_TEST").unwrap_or_else(|_| env!("CARGO_BIN_EXE_stanch").to_owned());
    match std::env::var_os("STANCH_BENCH_CORPUS") {
        Some(tree) => compare(&stanch, Path::new(&tree), runs)?,
        None => println!("STANCH_BENCH_CORPUS names no tree: only the second table\n"),
    }
    let sizes = std::env::var("STANCH_BENCH_SIZES").unwrap_or_else(|_| "10,100,1000".to_owned());
    println!("| file | MB | wall | MB/s | peak memory |\n|---|---|---|---|---|");
    for kind in ["source", "keywords", "binary", "source.gz"] {
        for megabytes in sizes.split(',').filter_map(|size| size.trim().parse::<u64>().ok()) {
            grow(&stanch, kind, megabytes, runs.min(3))?;
        }
    }
    Ok(())
}

fn compare(stanch: &str, tree: &Path, runs: usize) -> Result<()> {
    let path = tree.to_string_lossy().into_owned();
    let (files, bytes, reading) = read_only(tree)?;
    println!("{files} files, {:.1} MB; {runs} runs each, in turns; medians\n", bytes as f64 / 1e6);
    println!("| what | wall | MB/s | CPU | MB a CPU second |\n|---|---|---|---|---|");
    row("reading alone, one thread", bytes, reading, reading.as_secs_f64());
    let mut programs: Vec<(String, Vec<String>)> = vec![
        (stanch.to_owned(), words("scan --no-ignore --exit-zero --format jsonl", &path)),
        ("rg".to_owned(), words("-uu -a -c REVIEW_THE_SECRET", &path)),
        ("kingfisher".to_owned(), words("scan --no-validate --format json", &path)),
        ("ripsecrets".to_owned(), words("", &path)),
    ];
    programs.retain(|(program, _)| {
        Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
    });
    let mut times = vec![(Vec::new(), 0.0); programs.len()];
    for _ in 0..runs {
        for ((program, args), (walls, cpu)) in programs.iter().zip(&mut times) {
            let before = children_cpu()?;
            walls.push(timed(Command::new(program).args(args))?);
            *cpu += children_cpu()? - before;
        }
    }
    for ((program, _), (mut walls, cpu)) in programs.into_iter().zip(times) {
        let name = Path::new(&program).file_name().unwrap_or_default().to_string_lossy().into_owned();
        row(&name, bytes, median(&mut walls), cpu / runs as f64);
    }
    println!();
    Ok(())
}

fn words(args: &str, path: &str) -> Vec<String> {
    args.split_whitespace().chain([path]).map(str::to_owned).collect()
}

/// Files, bytes, and the time it takes to find and read them, caches warm.
fn read_only(tree: &Path) -> Result<(u64, u64, Duration)> {
    let mut all = (0, 0, Duration::MAX);
    for _ in 0..2 {
        let start = Instant::now();
        let coverage =
            Files::new(vec![tree.to_owned()]).ignored(Ignored::Read).visit(&mut |_| Ok(Flow::Continue))?;
        all = (coverage.blobs, coverage.bytes, start.elapsed());
    }
    Ok(all)
}

fn row(what: &str, bytes: u64, wall: Duration, cpu: f64) {
    let rate = |seconds: f64| bytes as f64 / 1e6 / seconds.max(1e-3);
    let wall = wall.as_secs_f64();
    println!("| {what} | {:.0} ms | {:.0} | {cpu:.2} s | {:.0} |", wall * 1e3, rate(wall), rate(cpu));
}

fn grow(stanch: &str, kind: &str, megabytes: u64, runs: usize) -> Result<()> {
    let temp = tempfile::tempdir()?;
    let path = temp.path().join(kind);
    make(&path, kind, megabytes * 1_000_000)?;
    let mut command = Command::new(stanch);
    command.args(["scan", "--exit-zero"]).arg(&path).current_dir(temp.path());
    let mut times = Vec::new();
    for _ in 0..runs {
        times.push(timed(&mut command)?);
    }
    let wall = median(&mut times).as_secs_f64();
    let peak = peak_kilobytes(&command).map_or("unknown".to_owned(), |kb| format!("{:.0} MB", kb / 1024.0));
    println!("| {kind} | {megabytes} | {:.0} ms | {:.0} | {peak} |", wall * 1e3, megabytes as f64 / wall);
    Ok(())
}

/// A file of this kind, `bytes` long before it is compressed.
fn make(path: &Path, kind: &str, bytes: u64) -> Result<()> {
    let file = BufWriter::new(std::fs::File::create(path)?);
    let mut out: Box<dyn Write> = match kind {
        "source.gz" => Box::new(flate2::write::GzEncoder::new(file, flate2::Compression::fast())),
        _ => Box::new(file),
    };
    let mut state = 0x9E37_79B9_7F4A_7C15u64;
    let mut written = 0;
    while written < bytes {
        // xorshift64: the same file on every run.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let text = match kind {
            "binary" => state.to_le_bytes().to_vec(),
            "keywords" => {
                format!("api_key token secret password twilio aws {} auth\n", state % 1000).into_bytes()
            }
            _ => format!("    let value{} = compute(other, {}); // step\n", state % 97, state % 10_007)
                .into_bytes(),
        };
        out.write_all(&text)?;
        written += text.len() as u64;
    }
    out.flush()?;
    Ok(())
}

fn timed(command: &mut Command) -> Result<Duration> {
    let start = Instant::now();
    // A peer may exit with anything; that it ended is enough.
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status()?;
    Ok(start.elapsed())
}

//! How fast the engine reads ordinary source with the whole catalogue and with fifty rules, and what a first
//! small scan costs: `cargo bench --bench engine`.
//!
//! The corpus is the directory in `STANCH_BENCH_CORPUS`, or the sources of the crates this machine has;
//! files up to 1 MB are read into memory first, 200 MB at most. Prints a Markdown table with counting
//! newlines and, where installed, `rg` and `grep` over the same files beside it. Judges nothing.
#![allow(clippy::print_stdout, reason = "a bench prints its table")]

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use stanch::catalogue::{self, Catalogue};
use stanch::engine::{FileHint, Scanner};

const MAX_FILE: u64 = 1_000_000;
const MAX_CORPUS: u64 = 200_000_000;
const RUNS: usize = 7;
/// Rules of the small catalogue: those of the best known vendors, and all that name no vendor.
const FEW: usize = 50;
const KNOWN: [&str; 12] = [
    "generic", "aws", "github", "gitlab", "slack", "stripe", "twilio", "sendgrid", "openai", "gcp", "npm",
    "plivo",
];

fn main() -> Result<(), Box<dyn Error>> {
    let root = match std::env::var_os("STANCH_BENCH_CORPUS") {
        Some(dir) => PathBuf::from(dir),
        None => crates().ok_or("no corpus: set STANCH_BENCH_CORPUS to a directory of source code")?,
    };
    let mut corpus = Vec::new();
    let mut bytes = 0;
    collect(&root, &mut corpus, &mut bytes);
    println!("{} files, {:.1} MB; medians of {RUNS} runs, one core\n", corpus.len(), bytes as f64 / 1e6);
    println!("| what | time | MB/s | finds |");
    println!("|---|---|---|---|");

    let mut scanner = Scanner::new(catalogue::embedded());
    row("stanch, whole catalogue", bytes, || {
        corpus
            .iter()
            .map(|(path, text)| scanner.scan(text, FileHint::new(path.as_os_str().as_encoded_bytes())).len())
            .sum()
    });
    let few = few()?;
    let mut small = Scanner::new(&few);
    row(&format!("stanch, {FEW} rules"), bytes, || {
        corpus
            .iter()
            .map(|(path, text)| small.scan(text, FileHint::new(path.as_os_str().as_encoded_bytes())).len())
            .sum()
    });
    for (what, catalogue) in [("whole catalogue", catalogue::embedded()), ("fifty rules", &few)] {
        let line =
            b"use std::fs;\n\nfn main() {\n    println!(\"{}\", fs::read_to_string(\"a\").is_ok());\n}\n";
        row(
            &format!("100,000 new scanners, each scans a file of five lines; {what}"),
            100_000 * line.len() as u64,
            || (0..100_000).map(|_| Scanner::new(catalogue).scan(line, FileHint::new(b"a.rs")).len()).sum(),
        );
    }
    row("counting newlines", bytes, || {
        corpus.iter().map(|(_, text)| memchr::memchr_iter(b'\n', text).count()).sum()
    });
    for (program, args) in [
        ("rg", &["-j1", "-c", "--no-ignore", "--hidden", "-a", "AKIA[A-Z0-9]{16}"][..]),
        ("grep", &["-r", "-c", "-a", "-E", "AKIA[A-Z0-9]{16}"][..]),
    ] {
        if Command::new(program).arg("--version").stdout(Stdio::null()).status().is_ok_and(|s| s.success()) {
            timed(
                &format!("{program}, one pattern, files included, by the wall"),
                bytes,
                by_the_wall,
                || Command::new(program).args(args).arg(&root).output().map_or(0, |o| hits(&o.stdout)),
            );
        }
    }
    Ok(())
}

/// The first rules of the vendors in [`KNOWN`], compiled at run time into tables of their own.
fn few() -> Result<Catalogue, Box<dyn Error>> {
    let mut document: serde_yaml::Value = serde_yaml::from_str(include_str!("../../rules.yaml"))?;
    let vendors = document["vendors"].as_sequence_mut().ok_or("rules.yaml lists vendors")?;
    vendors.retain(|vendor| vendor["vendor"].as_str().is_some_and(|key| KNOWN.contains(&key)));
    let place = |vendor: &serde_yaml::Value| KNOWN.iter().position(|key| vendor["vendor"] == *key);
    vendors.sort_by_key(place);
    let mut left = FEW;
    for vendor in vendors.iter_mut() {
        let rules = vendor["rules"].as_sequence_mut().ok_or("a vendor has rules")?;
        rules.truncate(left);
        left -= rules.len();
    }
    vendors.retain(|vendor| vendor["rules"].as_sequence().is_some_and(|rules| !rules.is_empty()));
    vendors.sort_by_key(|vendor| vendor["vendor"].as_str().map(str::to_owned));
    let yaml = serde_yaml::to_string(&document)?;
    Catalogue::only(&yaml, "fifty rules")
        .map_err(|faults| faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n").into())
}

/// Sum of the counts behind the last colon of each line.
fn hits(output: &[u8]) -> usize {
    let text = String::from_utf8_lossy(output);
    text.lines().filter_map(|line| line.rsplit(':').next()?.parse::<usize>().ok()).sum()
}

fn row(what: &str, bytes: u64, run: impl FnMut() -> usize) {
    timed(what, bytes, on_cpu, run);
}

fn timed(what: &str, bytes: u64, clock: fn() -> Duration, mut run: impl FnMut() -> usize) {
    let mut found = 0;
    let mut times: Vec<Duration> = (0..RUNS)
        .map(|_| {
            let start = clock();
            found = run();
            clock().saturating_sub(start)
        })
        .collect();
    times.sort();
    let time = times[RUNS / 2].as_secs_f64();
    println!("| {what} | {:.1} ms | {:.0} | {found} |", time * 1000.0, bytes as f64 / 1e6 / time);
}

/// Time this thread has run, in steps of a few milliseconds: what other programs take of the machine does not
/// count. The wall's where the system does not tell.
fn on_cpu() -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|text| text.split(' ').next()?.parse().ok());
    nanoseconds.map_or_else(by_the_wall, Duration::from_nanos)
}

fn by_the_wall() -> Duration {
    static START: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
    START.elapsed()
}

/// Where cargo keeps the sources of dependencies.
fn crates() -> Option<PathBuf> {
    let home = std::env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cargo")))?;
    let sources = home.join("registry/src");
    sources.is_dir().then_some(sources)
}

fn collect(dir: &Path, corpus: &mut Vec<(PathBuf, Vec<u8>)>, bytes: &mut u64) {
    let Ok(entries) = std::fs::read_dir(dir) else { return };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        let Ok(meta) = path.symlink_metadata() else { continue };
        if meta.is_dir() {
            collect(&path, corpus, bytes);
        } else if meta.is_file() && meta.len() <= MAX_FILE && *bytes + meta.len() <= MAX_CORPUS {
            let Ok(text) = std::fs::read(&path) else { continue };
            *bytes += text.len() as u64;
            corpus.push((path, text));
        }
    }
}

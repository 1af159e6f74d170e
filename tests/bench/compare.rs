//! stanch beside the peers that are on PATH, on the same input: `cargo bench --bench compare`.
//!
//! Three jobs: the hook with one file staged, a directory, a whole history. For each program wall and CPU time,
//! both also as a multiple of stanch's, peak memory and the number of findings, run in turns so that a busy
//! machine slows all. Prints Markdown tables and judges nothing; which findings are right is another question.
//!
//! Known: gitleaks, betterleaks, kingfisher, ripsecrets, detect-secrets. Each runs with the rules it comes with, asks
//! no service, and writes JSON where it can. `STANCH_BENCH_CORPUS` names the directory (default: the first 10 MB
//! of the sources of crates), `STANCH_BENCH_REPO` the repository (default: one of 2,000 commits that is made),
//! `STANCH_BENCH_RUNS` how often (default 5; the hook four times that), `STANCH_UNDER_TEST` another build. What
//! takes longer than `STANCH_BENCH_PATIENCE` seconds (default 60) is run once.
//! CPU time is from `/proc` (Linux), peak memory from GNU time where it is installed.
#![allow(clippy::print_stdout, reason = "a bench prints its table")]

mod measure;

use std::error::Error;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use measure::{children_cpu, median, with_peak};
use serde_json::Value;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Bytes of crates that are taken when no directory is named.
const CORPUS: u64 = 10_000_000;
/// Files of the repository that the hook runs in.
const FILES: usize = 10_000;
/// The one that is staged.
const STAGED: &str = "d7/f7.rs";

/// A program, and how it is asked for each job; `{}` is the directory, the repository or the staged file.
struct Peer {
    name: &'static str,
    hook: &'static str,
    directory: &'static str,
    /// Empty: it does not read histories.
    history: &'static str,
    findings: fn(&[u8]) -> Option<usize>,
}

const PEERS: &[Peer] = &[
    Peer {
        name: "stanch",
        hook: "hook pre-commit",
        directory: "scan --no-ignore --exit-zero --format jsonl {}",
        history: "scan --history --exit-zero --format jsonl",
        findings: |out| Some(lines(out).filter(|record| record["rule"].is_string()).count()),
    },
    Peer {
        name: "gitleaks",
        hook: "git --pre-commit --staged --no-banner",
        directory: "dir --no-banner --exit-code 0 -f json -r - {}",
        history: "git --no-banner --exit-code 0 -f json -r - .",
        findings: |out| Some(serde_json::from_slice::<Vec<Value>>(out).ok()?.len()),
    },
    Peer {
        name: "betterleaks",
        hook: "git --staged --no-banner",
        directory: "filesystem --no-banner --exit-code 0 --jsonl {}",
        history: "git --no-banner --exit-code 0 --jsonl .",
        findings: |out| Some(lines(out).filter(|record| record["finding"].is_object()).count()),
    },
    Peer {
        name: "kingfisher",
        hook: "scan . --staged --no-validate --no-update-check",
        directory: "scan --no-validate --no-update-check --format jsonl {}",
        history: "scan --no-validate --no-update-check --git-history full --format jsonl .",
        findings: |out| Some(lines(out).filter(|record| record["rule"].is_object()).count()),
    },
    Peer {
        name: "ripsecrets",
        hook: "--strict-ignore {}",
        directory: "{}",
        history: "",
        findings: |out| Some(out.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).count()),
    },
    Peer {
        name: "detect-secrets",
        hook: "{}",
        directory: "scan --all-files {}",
        history: "",
        findings: |out| {
            let report: Value = serde_json::from_slice(out).ok()?;
            report["results"].as_object()?.values().map(|file| file.as_array().map(Vec::len)).sum()
        },
    },
];

/// What a program exits with that has looked: nothing found, or something; 200 and 205 are kingfisher's.
const ENDS: [i32; 4] = [0, 1, 200, 205];

/// The records of JSON Lines.
fn lines(out: &[u8]) -> impl Iterator<Item = Value> {
    out.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok())
}

fn main() -> Result<()> {
    let number = |name: &str, usual: usize| {
        std::env::var(name).ok().and_then(|number| number.parse().ok()).unwrap_or(usual)
    };
    let runs = number("STANCH_BENCH_RUNS", 5).max(1);
    let patience = Duration::from_secs(number("STANCH_BENCH_PATIENCE", 60) as u64);
    let temp = tempfile::tempdir()?;
    let programs = programs(temp.path());
    println!("| program | version |\n|---|---|");
    for (peer, program) in &programs {
        println!("| {} | {} |", peer.name, version(program));
    }

    let hook = temp.path().join("hook");
    staged_repository(&hook)?;
    let what = format!("The hook: one changed file staged in a repository of {FILES} files, nothing in it");
    let call = |peer: &Peer| match peer.name {
        // Its hook is a program of its own.
        "detect-secrets" => ("-hook", peer.hook),
        _ => ("", peer.hook),
    };
    table(&what, &programs, &hook, STAGED, call, runs * 4, patience)?;

    let corpus = match std::env::var_os("STANCH_BENCH_CORPUS") {
        Some(path) => PathBuf::from(path),
        None => crates(&temp.path().join("crates"))?,
    };
    let (files, bytes) = size(&corpus)?;
    let what = format!("A directory: {files} files, {:.1} MB", bytes as f64 / 1e6);
    let path = corpus.to_str().ok_or("the directory's name is no text")?;
    table(&what, &programs, &corpus, path, |peer| ("", peer.directory), runs, patience)?;

    let repository = match std::env::var_os("STANCH_BENCH_REPO") {
        Some(path) => PathBuf::from(path),
        None => history(&temp.path().join("history"))?,
    };
    let count = git(&repository, &["rev-list", "--all", "--count"])?;
    let what = format!("A history: {} commits", count.trim());
    table(&what, &programs, &repository, ".", |peer| ("", peer.history), runs, patience)
}

/// stanch, and the peers that are there.
fn programs(home: &Path) -> Vec<(&'static Peer, String)> {
    let own = std::env::var("STANCH_UNDER_TEST").unwrap_or_else(|_| env!("CARGO_BIN_EXE_stanch").to_owned());
    let path = |peer: &Peer| if peer.name == "stanch" { own.clone() } else { peer.name.to_owned() };
    let is_there = |program: &String| pinned(home, program, &["--version"]).output().is_ok();
    PEERS.iter().map(|peer| (peer, path(peer))).filter(|(_, program)| is_there(program)).collect()
}

fn version(program: &str) -> String {
    let output = pinned(Path::new("."), program, &["--version"]).output();
    let text = output.map(|output| output.stdout).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let digits = text.split_whitespace().find(|word| word.starts_with(|first: char| first.is_ascii_digit()));
    digits.unwrap_or("unknown").to_owned()
}

/// What one program took.
struct Took {
    walls: Vec<Duration>,
    cpu: f64,
    findings: Option<usize>,
    peak: Option<f64>,
    /// Once was enough.
    is_slow: bool,
}

/// Runs the programs in turns and prints what they took. `call` gives what is added to the program's name, and
/// its arguments.
fn table(
    what: &str,
    programs: &[(&'static Peer, String)],
    dir: &Path,
    input: &str,
    call: impl Fn(&Peer) -> (&'static str, &'static str),
    runs: usize,
    patience: Duration,
) -> Result<()> {
    let commands: Vec<(&Peer, String, Vec<String>)> = programs
        .iter()
        .map(|(peer, program)| (*peer, call(peer), program))
        .filter(|(_, (_, args), _)| !args.is_empty())
        .map(|(peer, (suffix, args), program)| {
            let args = args.split_whitespace().map(|arg| arg.replace("{}", input));
            (peer, format!("{program}{suffix}"), args.collect())
        })
        .collect();
    let mut all = Vec::new();
    for (peer, program, args) in &commands {
        // Warms the caches, also those that a program keeps in its home.
        let (before, start) = (children_cpu()?, Instant::now());
        let (output, peak) = with_peak(&pinned(dir, program, args))?;
        let (wall, cpu) = (start.elapsed(), children_cpu()? - before);
        if !output.status.code().is_some_and(|code| ENDS.contains(&code)) {
            return Err(format!("{program} {args:?}: {}", output.status).into());
        }
        let findings = (peer.findings)(&output.stdout);
        let mut took = Took { walls: Vec::new(), cpu: 0.0, findings, peak, is_slow: wall > patience };
        if took.is_slow {
            (took.walls, took.cpu) = (vec![wall], cpu);
        }
        all.push(took);
    }
    for _ in 0..runs {
        for ((_, program, args), took) in commands.iter().zip(&mut all) {
            if took.is_slow {
                continue;
            }
            let (before, start) = (children_cpu()?, Instant::now());
            let mut command = pinned(dir, program, args);
            command.stdout(Stdio::null()).stderr(Stdio::null()).status()?;
            took.walls.push(start.elapsed());
            took.cpu += children_cpu()? - before;
        }
    }

    println!("\n{what}; in turns, medians of wall time, means of CPU time\n");
    println!(
        "| program | runs | wall | × stanch | CPU | × stanch | peak | findings |\n|---|---|---|---|---|---|---|---|"
    );
    let mut own = None;
    for ((peer, ..), mut took) in commands.into_iter().zip(all) {
        let runs = took.walls.len();
        let (wall, cpu) = (median(&mut took.walls).as_secs_f64(), took.cpu / runs as f64);
        let (own_wall, own_cpu) = *own.get_or_insert((wall, cpu));
        let peak = took.peak.map_or("unknown".to_owned(), |kb| format!("{:.0} MB", kb / 1024.0));
        let findings = took.findings.map_or("–".to_owned(), |findings| findings.to_string());
        println!(
            "| {} | {runs} | {} | {:.1} | {} | {:.1} | {peak} | {findings} |",
            peer.name,
            span(wall),
            wall / own_wall,
            span(cpu),
            cpu / own_cpu.max(1e-4),
        );
    }
    std::io::stdout().flush()?;
    Ok(())
}

fn span(seconds: f64) -> String {
    if seconds < 1.0 { format!("{:.1} ms", seconds * 1e3) } else { format!("{seconds:.2} s") }
}

/// With the machine's settings out of the way; caches of a program are kept between its runs.
fn pinned(dir: &Path, program: &str, args: &[impl AsRef<std::ffi::OsStr>]) -> Command {
    let mut command = Command::new(program);
    command.args(args).current_dir(dir).stdin(Stdio::null());
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1").env("LC_ALL", "C");
    command
}

fn git(dir: &Path, args: &[&str]) -> Result<String> {
    let who = ["-c", "user.name=Kim", "-c", "user.email=kim@acme.example"];
    let output = pinned(dir, "git", &[&who, args].concat()).stderr(Stdio::inherit()).output()?;
    if !output.status.success() {
        return Err(format!("git {args:?} fails").into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// Files as a person writes them, one of them changed and staged.
fn staged_repository(dir: &Path) -> Result<()> {
    std::fs::create_dir(dir)?;
    git(dir, &["init", "-q"])?;
    for number in 0..FILES {
        let folder = dir.join(format!("d{}", number % 100));
        if number < 100 {
            std::fs::create_dir(&folder)?;
        }
        std::fs::write(folder.join(format!("f{number}.rs")), source(number % 7, 50))?;
    }
    git(dir, &["add", "."])?;
    git(dir, &["commit", "-q", "-m", "all"])?;
    std::fs::write(dir.join(STAGED), source(9, 60))?;
    git(dir, &["add", STAGED])?;
    // What `git commit` leaves for the hook: an index with a whole cache-tree.
    git(dir, &["write-tree"]).map(drop)
}

fn source(seed: usize, lines: usize) -> String {
    (0..lines).map(|line| format!("let value{line} = compute({seed}, other, {line}); // step\n")).collect()
}

/// A packed history in which each commit changes one of 200 files.
fn history(dir: &Path) -> Result<PathBuf> {
    std::fs::create_dir(dir)?;
    git(dir, &["init", "-q", "-b", "main"])?;
    let mut import = pinned(dir, "git", &["fast-import", "--quiet"]).stdin(Stdio::piped()).spawn()?;
    let mut out = std::io::BufWriter::new(import.stdin.take().ok_or("no input")?);
    for number in 0..2_000_usize {
        let file = number * 7 % 200;
        let text: String = (0..200)
            .map(|line| format!("let value{line} = compute({}, {file}, {line});\n", number % (line + 2)))
            .collect();
        let time = 1_600_000_000 + number;
        writeln!(out, "commit refs/heads/main\ncommitter Kim <kim@acme.example> {time} +0000\ndata 4\nstep")?;
        writeln!(out, "M 644 inline src/d{}/f{file}.rs\ndata {}\n{text}", file % 20, text.len())?;
    }
    out.flush()?;
    drop(out);
    if !import.wait()?.success() {
        return Err("git fast-import fails".into());
    }
    git(dir, &["gc", "-q"])?;
    git(dir, &["reset", "-q", "--hard"])?;
    Ok(dir.to_owned())
}

/// Copies of the first crates that cargo has unpacked here, by name.
fn crates(to: &Path) -> Result<PathBuf> {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    let home = home.or_else(|| Some(Path::new(&std::env::var_os("HOME")?).join(".cargo")));
    let mut todo = vec![(home.ok_or("no CARGO_HOME")?.join("registry/src"), to.to_owned())];
    let mut left = CORPUS;
    while let Some((from, to)) = todo.pop() {
        std::fs::create_dir_all(&to)?;
        let mut entries: Vec<_> = std::fs::read_dir(&from)
            .map_err(|error| format!("{}: {error}; name a directory in STANCH_BENCH_CORPUS", from.display()))?
            .collect::<std::io::Result<_>>()?;
        // The last that is pushed comes first.
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.file_name()));
        for entry in entries {
            let to = to.join(entry.file_name());
            let kind = entry.file_type()?;
            if kind.is_dir() {
                todo.push((entry.path(), to));
            } else if kind.is_file() && left > 0 {
                left = left.saturating_sub(std::fs::copy(entry.path(), to)?);
            }
        }
        if left == 0 {
            break;
        }
    }
    Ok(to.to_owned())
}

/// Files below a directory, and their bytes.
fn size(dir: &Path) -> Result<(u64, u64)> {
    let (mut files, mut bytes) = (0, 0);
    let mut todo = vec![dir.to_owned()];
    while let Some(dir) = todo.pop() {
        for entry in std::fs::read_dir(dir)? {
            let entry = entry?;
            let kind = entry.file_type()?;
            if kind.is_dir() {
                todo.push(entry.path());
            } else if kind.is_file() {
                (files, bytes) = (files + 1, bytes + entry.metadata()?.len());
            }
        }
    }
    Ok((files, bytes))
}

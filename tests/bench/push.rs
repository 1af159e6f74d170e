//! What a push costs beside `git log -p` over the same commits, in one run: `cargo bench --bench push`.
//!
//! A repository of 10,000 commits on 400 files, of which the last 100 are pushed: `stanch hook pre-push` at
//! the pusher's, `stanch hook pre-receive` at the server's with the objects in quarantine, as a pack and
//! loose. Each is run in turns with `git log -p` in the same place, so that a busy machine slows both.
//! Prints a Markdown table of medians and judges nothing. `STANCH_BENCH_RUNS` (default 15) is how often,
//! `STANCH_UNDER_TEST` names another build.
#![allow(clippy::print_stdout, reason = "a bench prints its table")]

use std::error::Error;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const COMMITS: usize = 10_000;
const PUSHED: usize = 100;
const FILES: usize = 400;
const LINES: usize = 120;

fn main() -> Result<()> {
    let runs =
        std::env::var("STANCH_BENCH_RUNS").ok().and_then(|n| n.parse().ok()).unwrap_or(15_usize).max(3);
    let stanch =
        std::env::var_os("STANCH_UNDER_TEST").unwrap_or_else(|| OsString::from(env!("CARGO_BIN_EXE_stanch")));
    let dir = tempfile::tempdir()?;
    let place = Place::new(dir.path())?;
    println!("{PUSHED} of {COMMITS} commits, {runs} runs each, in turns; medians\n");
    println!("| hook | objects | git log -p | stanch | ratio |");
    println!("|---|---|---|---|---|");
    let zeros = "0".repeat(40);
    let push = format!("refs/heads/main {} refs/heads/main {}\n", place.new, place.old);
    let receive = format!("{} {} refs/heads/main\n", place.old, place.new);
    let fresh = format!("{zeros} {} refs/heads/other\n", place.new);
    let local = |args: [&str; 4]| Call { args: args.map(OsString::from).to_vec(), ..place.local() };
    row("pre-push", "packed", &local(["hook", "pre-push", "origin", "url"]), &push, &place, &stanch, runs)?;
    for (how, objects) in [("a pack in quarantine", &place.packed), ("loose in quarantine", &place.loose)] {
        let call = Call { args: vec!["hook".into(), "pre-receive".into()], ..place.server(objects) };
        row("pre-receive", how, &call, &receive, &place, &stanch, runs)?;
        row("pre-receive, new branch", how, &call, &fresh, &place, &stanch, runs)?;
    }
    Ok(())
}

/// Where a hook runs, and with what.
struct Call {
    folder: PathBuf,
    env: Vec<(&'static str, PathBuf)>,
    args: Vec<OsString>,
}

/// A pusher, a server, and what is under way between them.
struct Place {
    local: PathBuf,
    server: PathBuf,
    packed: PathBuf,
    loose: PathBuf,
    old: String,
    new: String,
}

impl Place {
    fn new(dir: &Path) -> Result<Place> {
        let local = dir.join("local");
        let server = dir.join("server.git");
        std::fs::create_dir(&local)?;
        git(&local, &["init", "-q", "-b", "main"], &[])?;
        git(&local, &["fast-import", "--quiet"], history().as_bytes())?;
        git(&local, &["repack", "-q", "-a", "-d"], &[])?;
        let old = git(&local, &["rev-parse", &format!("main~{PUSHED}")], &[])?;
        let new = git(&local, &["rev-parse", "main"], &[])?;
        git(&local, &["update-ref", "refs/remotes/origin/main", &old], &[])?;
        git(dir, &["init", "-q", "--bare", "server.git"], &[])?;
        git(&local, &["push", "-q", "../server.git", &format!("{old}:refs/heads/main")], &[])?;
        git(&server, &["repack", "-q", "-a", "-d"], &[])?;
        let [packed, loose] = ["packed", "loose"].map(|name| server.join("objects").join(name));
        for folder in [&packed, &loose] {
            std::fs::create_dir_all(folder.join("pack"))?;
        }
        let range = format!("{new}\n^{old}\n");
        let pack = dir.join("incoming");
        let out = std::fs::File::create(&pack)?;
        let mut child = Command::new("git")
            .args(["pack-objects", "--revs", "--stdout", "-q"])
            .current_dir(&local)
            .stdin(Stdio::piped())
            .stdout(out)
            .spawn()?;
        child.stdin.take().ok_or("no pipe")?.write_all(range.as_bytes())?;
        child.wait()?;
        let place = Place { local, server, packed, loose, old, new };
        for (objects, args) in
            [(&place.packed, &["index-pack", "--stdin"][..]), (&place.loose, &["unpack-objects", "-q"])]
        {
            let mut command = Command::new("git");
            command.args(args).current_dir(&place.server).stdin(std::fs::File::open(&pack)?);
            command.envs(place.server(objects).env).stdout(Stdio::null());
            if !command.status()?.success() {
                return Err("the quarantine cannot be made".into());
            }
        }
        Ok(place)
    }

    fn local(&self) -> Call {
        Call { folder: self.local.clone(), env: Vec::new(), args: Vec::new() }
    }

    fn server(&self, objects: &Path) -> Call {
        let env = vec![
            ("GIT_DIR", PathBuf::from(".")),
            ("GIT_QUARANTINE_PATH", objects.to_owned()),
            ("GIT_OBJECT_DIRECTORY", objects.to_owned()),
            ("GIT_ALTERNATE_OBJECT_DIRECTORIES", self.server.join("objects")),
        ];
        Call { folder: self.server.clone(), env, args: Vec::new() }
    }
}

/// Source files that grow and change, as one stream: each commit changes three of them in five lines.
fn history() -> String {
    let mut texts: Vec<Vec<usize>> = vec![(0..LINES).collect(); FILES];
    let mut stream = String::new();
    let mut dice = 42_usize;
    let mut roll = |sides: usize| {
        dice ^= dice << 13;
        dice ^= dice >> 7;
        dice ^= dice << 17;
        dice % sides
    };
    for commit in 0..COMMITS {
        let _ = writeln!(stream, "commit refs/heads/main\nmark :{}", commit + 1);
        let _ = writeln!(stream, "committer Kim <kim@acme.example> {} +0000", 1_600_000_000 + commit * 600);
        let message = format!("change number {commit}\n");
        let _ = writeln!(stream, "data {}\n{message}", message.len());
        let changed: Vec<usize> =
            if commit == 0 { (0..FILES).collect() } else { (0..3).map(|_| roll(FILES)).collect() };
        for file in changed {
            for _ in 0..5 {
                let line = roll(LINES);
                texts[file][line] = roll(1_000_000);
            }
            let text: String = texts[file]
                .iter()
                .enumerate()
                .map(|(at, value)| {
                    format!("    let value_{at} = self.compute(config, {value}); // step {at}\n")
                })
                .collect();
            let path = format!("src/part{}/module{}/file{file}.rs", file % 8, file % 20);
            let _ = writeln!(stream, "M 100644 inline {path}\ndata {}\n{text}", text.len());
        }
    }
    stream
}

fn row(
    hook: &str,
    how: &str,
    call: &Call,
    input: &str,
    place: &Place,
    stanch: &OsString,
    runs: usize,
) -> Result<()> {
    let log: Vec<OsString> =
        ["log", "-p", &format!("{}..{}", place.old, place.new)].map(OsString::from).to_vec();
    let (mut git_times, mut our_times) = (Vec::new(), Vec::new());
    for run in 0..runs + 2 {
        let git_time = timed(call, &OsString::from("git"), &log, "")?;
        let our_time = timed(call, stanch, &call.args, input)?;
        // The first two warm the caches.
        if run >= 2 {
            git_times.push(git_time);
            our_times.push(our_time);
        }
    }
    let (git_time, our_time) = (median(&mut git_times), median(&mut our_times));
    println!(
        "| {hook} | {how} | {:.1} ms | {:.1} ms | {:.2} |",
        git_time.as_secs_f64() * 1000.0,
        our_time.as_secs_f64() * 1000.0,
        our_time.as_secs_f64() / git_time.as_secs_f64()
    );
    Ok(())
}

fn timed(call: &Call, program: &OsString, args: &[OsString], input: &str) -> Result<Duration> {
    let mut command = Command::new(program);
    command.args(args).current_dir(&call.folder).envs(call.env.iter().map(|(name, value)| (name, value)));
    command.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1").env("GIT_PAGER", "cat");
    let start = Instant::now();
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    child.stdin.take().ok_or("no pipe")?.write_all(input.as_bytes())?;
    let status = child.wait()?;
    let time = start.elapsed();
    match status.code() {
        Some(0) => Ok(time),
        code => Err(format!("{} {args:?} exits {code:?}", program.display()).into()),
    }
}

fn git(dir: &Path, args: &[&str], input: &[u8]) -> Result<String> {
    let mut command = Command::new("git");
    command.args(args).current_dir(dir).env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1");
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    child.stdin.take().ok_or("no pipe")?.write_all(input)?;
    let output = child.wait_with_output()?;
    match output.status.success() {
        true => Ok(String::from_utf8(output.stdout)?.trim().to_owned()),
        false => Err(format!("git {args:?} fails").into()),
    }
}

fn median(times: &mut [Duration]) -> Duration {
    times.sort();
    times[times.len() / 2]
}

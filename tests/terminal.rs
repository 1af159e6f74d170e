//! A long scan on a real terminal, by `script` of util-linux: the bar, Ctrl-C, and going on from there.
//! Where there is no such `script`, each test says so and passes.
#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![allow(clippy::print_stderr, reason = "says why it looked at nothing")]

mod source_common;

use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use source_common::Repo;

/// How long anything may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(120);
/// Files of a scan that takes seconds: a build for tests is slow.
const MANY: u32 = if cfg!(debug_assertions) { 2_000 } else { 40_000 };
/// What a terminal gets to erase a line.
const ERASE: &str = "\u{1b}[2K";

fn has_script() -> bool {
    let help = Command::new("script").arg("--version").output();
    let is_there = help.is_ok_and(|help| String::from_utf8_lossy(&help.stdout).contains("util-linux"));
    if !is_there {
        eprintln!("not tested: `script` of util-linux is not here");
    }
    is_there
}

/// Files that all differ, and a secret at the end.
fn with_files(count: u32) -> Repo {
    let repo = Repo::init(&["--bare"]);
    let mut import = Command::new("git");
    source_common::pin(&mut import, &repo.root);
    let import = import.args(["fast-import", "--quiet"]).stdin(Stdio::piped()).spawn();
    let mut import = import.unwrap();
    let mut input = std::io::BufWriter::new(import.stdin.take().unwrap());
    write!(input, "commit refs/heads/main\ncommitter A <a@example.com> 1700000000 +0000\ndata 3\nall\n")
        .unwrap();
    for file in 0..count {
        let text: String =
            (0..400).map(|line| format!("let api_{line} = token({file}, {line});\n")).collect();
        write!(input, "M 644 inline f{file}.rs\ndata {}\n{text}\n", text.len()).unwrap();
    }
    let leak = stanch::catalogue::sample::expand("ghp_{b62:30}{check:crc32-b62-6}", "on a terminal");
    let text = format!("token = '{leak}'\n");
    write!(input, "M 644 inline z.py\ndata {}\n{text}\n", text.len()).unwrap();
    drop(input);
    assert!(import.wait().unwrap().success());
    repo
}

/// The program on a terminal.
struct Terminal {
    child: Child,
    output: std::sync::mpsc::Receiver<Vec<u8>>,
    shown: String,
}

impl Terminal {
    fn start(repo: &Repo, columns: u32, args: &str) -> Terminal {
        let line = format!("stty rows 24 cols {columns}; exec '{}' {args}", env!("CARGO_BIN_EXE_stanch"));
        let mut command = Command::new("script");
        source_common::pin(&mut command, &repo.root);
        command.args(["-qec", &line, "/dev/null"]).env("TERM", "xterm");
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut out = child.stdout.take().unwrap();
        let (send, output) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(read) = out.read(&mut buffer) {
                if read == 0 || send.send(buffer[..read].to_vec()).is_err() {
                    break;
                }
            }
        });
        Terminal { child, output, shown: String::new() }
    }

    /// Waits until the terminal shows `what`.
    fn expect(&mut self, what: &str) {
        let end = Instant::now() + PATIENCE;
        while !self.shown.contains(what) {
            let left = end.saturating_duration_since(Instant::now());
            match self.output.recv_timeout(left) {
                Ok(bytes) => self.shown.push_str(&String::from_utf8_lossy(&bytes)),
                Err(_) => panic!("{what:?} is not shown, but {:?}", self.shown),
            }
        }
    }

    fn press(&mut self, key: u8) {
        self.child.stdin.as_mut().unwrap().write_all(&[key]).unwrap();
    }

    /// All that was shown, and how it ended.
    fn end(mut self) -> (String, i32) {
        let end = Instant::now() + PATIENCE;
        let code = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status.code().unwrap();
            }
            assert!(Instant::now() < end, "it does not end: {:?}", self.shown);
            std::thread::sleep(Duration::from_millis(20));
        };
        while let Ok(bytes) = self.output.recv() {
            self.shown.push_str(&String::from_utf8_lossy(&bytes));
        }
        (self.shown, code)
    }
}

const CTRL_C: u8 = 3;

#[test]
fn a_long_scan_shows_how_far_it_is_and_goes_on_after_ctrl_c() {
    if !has_script() {
        return;
    }
    let repo = with_files(MANY);
    let args = "scan --history --cache --format json --output report.json";
    let mut terminal = Terminal::start(&repo, 80, args);
    // What is done, rate, share and what is left of the whole.
    terminal.expect("4/5 scanning contents");
    terminal.expect(" MB/s ");
    terminal.expect("%, ");
    terminal.expect(" left");
    terminal.press(CTRL_C);
    let (shown, code) = terminal.end();
    assert_eq!(code, 130, "{shown:?}");
    let (_, after) = shown.rsplit_once(ERASE).expect("the bar is erased");
    assert!(!after.contains("scanning") && !after.contains(" left"), "nothing of the bar stays: {after:?}");
    let report = |name: &str| -> Value {
        serde_json::from_slice(&std::fs::read(repo.root.join(name)).unwrap()).unwrap()
    };
    let first = report("report.json");
    let failed = first["summary"]["failed"].to_string();
    assert!(failed.contains("interrupted after"), "a report of a part says so: {failed}");
    let done = first["summary"]["blobs"].as_u64().unwrap();
    assert!(done < u64::from(MANY), "it was interrupted: {done}");
    assert_eq!(
        std::fs::read_dir(&repo.root)
            .unwrap()
            .flatten()
            .filter(|entry| { entry.file_name().to_string_lossy().contains(".part") })
            .count(),
        0,
        "nothing half written is left"
    );

    // The next run takes up the rest, and finds.
    let terminal = Terminal::start(&repo, 80, args);
    let (shown, code) = terminal.end();
    assert_eq!(code, 1, "{shown:?}");
    let second = report("report.json");
    assert_eq!(second["findings"].as_array().unwrap().len(), 1);
    assert_eq!(second["summary"]["failed"].as_array().unwrap().len(), 0);
    let rest = second["summary"]["blobs"].as_u64().unwrap();
    assert!(done + rest < u64::from(MANY) + 100 && rest > 0, "{done}, then {rest}");
}

#[test]
fn the_bar_fits_narrow_terminals_and_does_not_go_back() {
    if !has_script() {
        return;
    }
    let repo = with_files(MANY / 2);
    for columns in [80, 40] {
        let terminal =
            Terminal::start(&repo, columns, "scan --history --format json --output report.json --exit-zero");
        let (shown, code) = terminal.end();
        assert_eq!(code, 0, "{shown:?}");
        let (bars, _) = shown.rsplit_once(ERASE).expect("the bar is erased");
        let lines: Vec<&str> = bars.split(ERASE).map(|line| line.trim_matches('\r')).collect();
        let mut last = 0;
        for line in &lines {
            assert!(line.chars().count() < columns as usize, "{columns}: {line:?}");
            let share = line.split_once('%').and_then(|(before, _)| before.rsplit(' ').next());
            let share: u32 = share.map_or(last, |share| share.parse().unwrap());
            assert!(share >= last, "{lines:?}");
            last = share;
        }
        assert!(last > 0 && bars.contains(" left"), "{columns}: {lines:?}");
    }
}

#[test]
fn a_pipe_gets_no_bar() {
    let repo = with_files(50);
    let mut command = Command::new(env!("CARGO_BIN_EXE_stanch"));
    source_common::pin(&mut command, &repo.root);
    let output = command.args(["scan", "--history"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert!(!output.stdout.contains(&0x1b) && !output.stdout.contains(&b'\r'));
}

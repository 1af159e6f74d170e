//! Runs `tests/scenarios/*.txt`: one story a file, commands above, files below. The form is described in
//! `tests/scenarios/README.md`. `STANCH_SCENARIO=part-of-a-name cargo test --test scenarios` runs some.
#![expect(clippy::unwrap_used, reason = "a test stops at the first thing that cannot be")]
#![cfg(unix)]

mod support;

use std::ffi::{OsStr, OsString};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use support::text::{Values, encode};
use support::words::{occurs, os, split};
use support::world::World;

#[test]
fn every_story_holds() {
    let stories = stories(Path::new("tests/scenarios"));
    assert!(!stories.is_empty(), "no scenario was selected");
    let (next, failures) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let threads = std::thread::available_parallelism().map_or(2, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(path) = stories.get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(why) = tell(path) {
                        failures.lock().unwrap().push(format!("{}:{why}", path.display()));
                    }
                }
            });
        }
    });
    let mut failures = failures.into_inner().unwrap();
    failures.sort();
    assert!(
        failures.is_empty(),
        "{} of {} stories fail\n\n{}",
        failures.len(),
        stories.len(),
        failures.join("\n\n")
    );
}

fn stories(dir: &Path) -> Vec<PathBuf> {
    let wanted = std::env::var("STANCH_SCENARIO").unwrap_or_default();
    let mut found: Vec<PathBuf> = std::fs::read_dir(dir)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension() == Some(OsStr::new("txt")))
        .filter(|path| path.to_string_lossy().contains(&wanted))
        .collect();
    found.sort();
    found
}

/// A file below the commands: `-- path@version | flags --`, then its text.
struct Section {
    path: String,
    version: String,
    flags: String,
    text: String,
}

struct Story {
    world: World,
    values: Values,
    sections: Vec<Section>,
    last: Last,
}

/// What the last program did.
#[derive(Default)]
struct Last {
    code: Option<i32>,
    stdout: Vec<u8>,
    stderr: Vec<u8>,
}

fn tell(path: &Path) -> Result<(), String> {
    let text = std::fs::read_to_string(path).map_err(|why| format!("0: {why}"))?;
    let (commands, files) = match text.find("\n-- ") {
        Some(at) => (&text[..at], &text[at + 1..]),
        None => (text.as_str(), ""),
    };
    let seed = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut story = Story {
        world: World::new(),
        values: Values::new(&seed),
        sections: sections(files),
        last: Last::default(),
    };
    story.expand_and_place().map_err(|why| format!("0: {why}"))?;
    for (number, line) in commands.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        match story.step(line) {
            Ok(true) => {}
            Ok(false) => return Ok(()),
            Err(why) => return Err(format!("{}: {line}\n    {why}\n{}", number + 1, story.last.shown())),
        }
    }
    Ok(())
}

fn sections(text: &str) -> Vec<Section> {
    let mut found: Vec<Section> = Vec::new();
    for line in text.split_inclusive('\n') {
        let head = line.trim_end().strip_prefix("-- ").and_then(|rest| rest.strip_suffix(" --"));
        match (head, found.last_mut()) {
            (Some(head), _) => {
                let (name, flags) = head.split_once(" | ").unwrap_or((head, ""));
                let (path, version) = name.split_once('@').unwrap_or((name, ""));
                let (path, version, flags) = (path.to_owned(), version.to_owned(), flags.to_owned());
                found.push(Section { path, version, flags, text: String::new() });
            }
            (None, Some(section)) => section.text.push_str(line),
            (None, None) => {}
        }
    }
    found
}

impl Story {
    /// Expands in order of writing, so that a later file may name a secret of an earlier one, and places
    /// every first version.
    fn expand_and_place(&mut self) -> Result<(), String> {
        for section in &mut self.sections {
            section.text = self.values.expand(&section.text);
        }
        for at in 0..self.sections.len() {
            if self.sections[at].version.is_empty() {
                let path = self.sections[at].path.clone();
                self.write_section(at, &path)?;
            }
        }
        Ok(())
    }

    fn write_section(&self, at: usize, path: &str) -> Result<(), String> {
        let section = &self.sections[at];
        self.write(&self.world.here.join(path), &encode(&section.text, &section.flags))
    }

    fn write(&self, path: &Path, bytes: &[u8]) -> Result<(), String> {
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent).map_err(|why| format!("{}: {why}", parent.display()))?;
        }
        std::fs::write(path, bytes).map_err(|why| format!("{}: {why}", path.display()))
    }

    /// One command. `Ok(false)` ends the story early: this machine lacks what it needs.
    fn step(&mut self, line: &str) -> Result<bool, String> {
        let line = self.values.expand(line);
        if let Some(script) = line.strip_prefix("sh ") {
            self.program(OsStr::new("sh"), &["-ec".into(), script.into()])?;
            return self.expect_code(Some(0)).map(|()| true);
        }
        let words = split(&line)?;
        let (code, words) = match words.split_first() {
            Some((first, rest)) if first == b"!" => (None, rest),
            Some((first, [number, rest @ ..])) if first == b"exit" => {
                let number = String::from_utf8_lossy(number);
                (Some(number.parse().map_err(|_| format!("`{number}` is no exit code"))?), rest)
            }
            _ => (Some(0), &words[..]),
        };
        let (verb, args) = words.split_first().ok_or("no command")?;
        let verb = String::from_utf8_lossy(verb).into_owned();
        match verb.as_str() {
            "git" | "stanch" => {
                let args: Vec<OsString> = args.iter().map(|arg| os(arg)).collect();
                self.program(OsStr::new(&verb), &args)?;
                self.expect_code(code)?;
            }
            "stdout" | "stderr" | "output" => self.expect_text(&verb, args, code.is_some())?,
            "needs" => return self.has(args),
            _ => self.arrange(&verb, args)?,
        }
        Ok(true)
    }

    fn program(&mut self, program: &OsStr, args: &[OsString]) -> Result<(), String> {
        let output = self
            .world
            .run(program, args)
            .map_err(|why| format!("cannot run {}: {why}", program.display()))?;
        self.last = Last { code: output.status.code(), stdout: output.stdout, stderr: output.stderr };
        for (name, secret) in self.values.secrets() {
            for stream in [&self.last.stdout, &self.last.stderr] {
                if contains(stream, secret.as_bytes()) {
                    return Err(format!("the output holds the secret `{name}`"));
                }
            }
        }
        if contains(&self.last.stderr, b"stanch itself failed") {
            return Err("it panicked: see standard error".to_owned());
        }
        Ok(())
    }

    /// `None` is "not 0".
    fn expect_code(&self, wanted: Option<i32>) -> Result<(), String> {
        match (wanted, self.last.code) {
            (Some(wanted), Some(code)) if wanted == code => Ok(()),
            (None, Some(code)) if code != 0 => Ok(()),
            (Some(wanted), code) => Err(format!("exit {} instead of {wanted}", shown(code))),
            (None, code) => Err(format!("exit {}, but it had to fail", shown(code))),
        }
    }

    fn expect_text(&self, stream: &str, args: &[Vec<u8>], wanted: bool) -> Result<(), String> {
        let [pattern] = args else { return Err("one pattern, please".to_owned()) };
        let pattern = String::from_utf8_lossy(pattern);
        let text = match stream {
            "stdout" => self.last.stdout.clone(),
            "stderr" => self.last.stderr.clone(),
            _ => [&self.last.stdout[..], &self.last.stderr[..]].concat(),
        };
        match occurs(&pattern, &text)? == wanted {
            true => Ok(()),
            false => Err(format!("{stream} {} /{pattern}/", if wanted { "lacks" } else { "has" })),
        }
    }

    /// `needs root` or `needs git 2.45`: whether this machine has it.
    fn has(&mut self, args: &[Vec<u8>]) -> Result<bool, String> {
        let args: Vec<_> = args.iter().map(|arg| String::from_utf8_lossy(arg)).collect();
        match args.iter().map(AsRef::as_ref).collect::<Vec<&str>>()[..] {
            ["root"] => {
                self.program(OsStr::new("sh"), &["-c".into(), "id -u".into()])?;
                Ok(self.last.stdout == b"0\n")
            }
            ["git", wanted] => {
                self.program(OsStr::new("git"), &["version".into()])?;
                let text = String::from_utf8_lossy(&self.last.stdout).into_owned();
                let here = text.split_whitespace().nth(2).ok_or("git does not say its version")?;
                Ok(version(here) >= version(wanted))
            }
            _ => Err("`needs root` or `needs git VERSION`".to_owned()),
        }
    }

    /// Commands that change files, the directory or the environment.
    fn arrange(&mut self, verb: &str, args: &[Vec<u8>]) -> Result<(), String> {
        let path = |word: &Vec<u8>| self.world.here.join(os(word));
        let failed = |why: std::io::Error| why.to_string();
        match (verb, args) {
            ("write", [name]) => {
                let name = String::from_utf8_lossy(name).into_owned();
                let (file, version) = name.split_once('@').unwrap_or((&name, ""));
                let at = self.sections.iter().position(|s| s.path == file && s.version == version);
                self.write_section(at.ok_or_else(|| format!("no section `{name}`"))?, file)
            }
            ("write", [file, text]) => self.write(&path(file), text),
            ("append", [file, text]) => {
                let mut bytes = std::fs::read(path(file)).unwrap_or_default();
                bytes.extend_from_slice(text);
                self.write(&path(file), &bytes)
            }
            ("copy" | "cp", [from, to]) => {
                let bytes = std::fs::read(path(from)).map_err(failed)?;
                self.write(&path(to), &bytes)
            }
            ("mv", [from, to]) => {
                std::fs::create_dir_all(path(to).parent().unwrap_or(Path::new("/"))).map_err(failed)?;
                std::fs::rename(path(from), path(to)).map_err(failed)
            }
            ("rm", [file]) => match path(file) {
                dir if dir.is_dir() && !dir.is_symlink() => std::fs::remove_dir_all(dir).map_err(failed),
                file => std::fs::remove_file(file).map_err(failed),
            },
            ("mkdir", [dir]) => std::fs::create_dir_all(path(dir)).map_err(failed),
            ("symlink", [target, link]) => std::os::unix::fs::symlink(os(target), path(link)).map_err(failed),
            ("chmod", [mode, file]) => {
                let mode = String::from_utf8_lossy(mode);
                let mode = u32::from_str_radix(&mode, 8).map_err(|why| why.to_string())?;
                std::fs::set_permissions(path(file), std::fs::Permissions::from_mode(mode)).map_err(failed)
            }
            ("cd", [dir]) => {
                let dir = path(dir).canonicalize().map_err(failed)?;
                self.world.here = dir;
                Ok(())
            }
            ("env", [setting]) => {
                let at = setting.iter().position(|b| *b == b'=').ok_or("NAME=VALUE, please")?;
                let (name, value) = (os(&setting[..at]), os(&setting[at + 1..]));
                self.world.env.insert(name, value);
                Ok(())
            }
            ("unset", [name]) => {
                self.world.env.remove(&os(name));
                Ok(())
            }
            _ => Err(format!("`{verb}` with {} words is no command", args.len())),
        }
    }
}

impl Last {
    fn shown(&self) -> String {
        let text = |bytes: &[u8]| {
            let text = String::from_utf8_lossy(bytes);
            text.lines().take(60).map(|line| format!("    | {line}\n")).collect::<String>()
        };
        format!("    exit {}\n{}{}", shown(self.code), text(&self.stdout), text(&self.stderr))
    }
}

fn shown(code: Option<i32>) -> String {
    code.map_or("by a signal".to_owned(), |code| code.to_string())
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    memchr::memmem::find(text, part).is_some()
}

fn version(text: &str) -> Vec<u32> {
    text.split('.').map_while(|part| part.parse().ok()).collect()
}

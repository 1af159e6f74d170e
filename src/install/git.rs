//! Questions put to the installed git. Installing is no hot path, and only git itself knows for certain
//! where it will look for hooks and what its configuration says.

use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use anyhow::{Context as _, Result, bail};

/// A version of git, by its first two numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// 2 in 2.54.
    pub major: u32,
    /// 54 in 2.54.
    pub minor: u32,
}

impl Version {
    /// The first git that runs hooks named in its configuration. Older ones ignore them without a word.
    pub const CONFIG_HOOKS: Version = Version { major: 2, minor: 54 };

    /// Reads what `git --version` prints.
    pub fn parse(text: &str) -> Option<Version> {
        let number = text.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
        let mut parts = number.split('.');
        Some(Version { major: parts.next()?.parse().ok()?, minor: parts.next()?.parse().ok()? })
    }

    /// Whether this git runs hooks named in its configuration.
    pub fn has_config_hooks(self) -> bool {
        self >= Version::CONFIG_HOOKS
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// Programs with windows that bring a git of their own.
const BUNDLED: [&str; 3] = [
    "/Applications/GitHub Desktop.app/Contents/Resources/app/git/bin/git",
    "/Applications/Sourcetree.app/Contents/Resources/git_local/bin/git",
    "/Library/Developer/CommandLineTools/usr/bin/git",
];

/// Every git there is on `path` and inside programs with windows, each once, and its version.
pub fn all(path: &OsStr) -> Vec<(PathBuf, Version)> {
    let name = if cfg!(windows) { "git.exe" } else { "git" };
    let places = path_folders(path).map(|folder| folder.join(name)).chain(BUNDLED.map(PathBuf::from));
    let mut seen = Vec::new();
    let mut found = Vec::new();
    for place in places {
        let Ok(real) = place.canonicalize() else { continue };
        if seen.contains(&real) {
            continue;
        }
        seen.push(real);
        let output = Command::new(&place).arg("--version").stdin(Stdio::null()).output();
        let text =
            output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
        found.extend(Version::parse(&text).map(|version| (place, version)));
    }
    found
}

/// The folders that `PATH` names.
pub fn path_folders(path: &OsStr) -> impl Iterator<Item = PathBuf> {
    let separator = if cfg!(windows) { b';' } else { b':' };
    let parts: Vec<PathBuf> = path
        .as_encoded_bytes()
        .split(|&byte| byte == separator)
        .filter(|part| !part.is_empty())
        .map(|part| PathBuf::from(os_string(part)))
        .collect();
    parts.into_iter()
}

/// One value in git's configuration and where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Value {
    /// `system`, `global`, `local`, `worktree` or `command`.
    pub scope: String,
    /// `file:.git/config` and the like, as git names it.
    pub origin: String,
    /// The key in git's spelling, lower case but for the middle part.
    pub key: String,
    /// The value as written.
    pub value: OsString,
}

/// A git program and the folder it is asked in.
#[derive(Debug, Clone)]
pub struct Git {
    program: PathBuf,
    folder: PathBuf,
    without: Vec<OsString>,
}

impl Git {
    /// The `git` on `PATH`, asked in `folder`.
    pub fn new(folder: &Path) -> Git {
        Git { program: PathBuf::from("git"), folder: folder.to_owned(), without: Vec::new() }
    }

    /// The same program in another folder.
    pub fn within(&self, folder: &Path) -> Git {
        Git { folder: folder.to_owned(), ..self.clone() }
    }

    /// The same program in the repository at `folder` and no other: without those of `variables` (names of
    /// `GIT_*` variables that are set) that would lead it elsewhere. Configuration stays as it is.
    pub fn alone_in(&self, folder: &Path, variables: &[OsString]) -> Git {
        let without = variables
            .iter()
            .filter(|name| {
                let name = name.to_string_lossy();
                !(name.starts_with("GIT_CONFIG") || name == "GIT_EXEC_PATH" || name.starts_with("GIT_TRACE"))
            })
            .cloned()
            .collect();
        Git { program: self.program.clone(), folder: folder.to_owned(), without }
    }

    /// Where it is asked.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// A command that is ready for its arguments; standard input is closed.
    pub fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command.arg("-C").arg(&self.folder).stdin(Stdio::null());
        for name in &self.without {
            command.env_remove(name);
        }
        command
    }

    fn output<S: AsRef<OsStr>>(&self, args: &[S]) -> Result<Output> {
        let mut command = self.command();
        command.args(args);
        command.output().context("cannot run `git`; is it installed and on PATH?")
    }

    /// What the command prints, without the line end, or git's own words when it fails.
    pub fn text<S: AsRef<OsStr>>(&self, args: &[S]) -> Result<OsString> {
        let output = self.output(args)?;
        if !output.status.success() {
            let words: Vec<String> =
                args.iter().map(|arg| arg.as_ref().to_string_lossy().into_owned()).collect();
            bail!(
                "`git {}` failed in {}: {}",
                words.join(" "),
                self.folder.display(),
                String::from_utf8_lossy(&output.stderr).trim()
            );
        }
        Ok(os_string(output.stdout.strip_suffix(b"\n").unwrap_or(&output.stdout)))
    }

    /// What the command prints, or `None` when it fails.
    pub fn try_text<S: AsRef<OsStr>>(&self, args: &[S]) -> Result<Option<OsString>> {
        let output = self.output(args)?;
        let text = output.stdout.strip_suffix(b"\n").unwrap_or(&output.stdout);
        Ok(output.status.success().then(|| os_string(text)))
    }

    /// The version of this git.
    pub fn version(&self) -> Result<Version> {
        let text = self.text(&["--version"])?;
        Version::parse(&text.to_string_lossy())
            .with_context(|| format!("cannot read a version in `{}`", text.to_string_lossy()))
    }

    /// Every value whose key matches the regular expression, weakest scope first.
    pub fn values(&self, pattern: &str) -> Result<Vec<Value>> {
        let output =
            self.output(&["config", "-z", "--show-scope", "--show-origin", "--get-regexp", pattern])?;
        match output.status.code() {
            Some(0) => Ok(parse_values(&output.stdout)),
            Some(1) => Ok(Vec::new()),
            Some(USAGE) => self.values_by_file(pattern),
            _ => bail!("cannot read git's configuration: {}", String::from_utf8_lossy(&output.stderr).trim()),
        }
    }

    /// The same for a git before 2.26, which does not tell the scope: by the file that each value stands in.
    fn values_by_file(&self, pattern: &str) -> Result<Vec<Value>> {
        let listed = |scope: &[&str]| -> Result<Vec<Value>> {
            let query = ["--includes", "-z", "--show-origin", "--get-regexp", pattern];
            let output = self.output(&[&["config"], scope, &query[..]].concat())?;
            Ok(if output.status.success() { parse_unscoped(&output.stdout) } else { Vec::new() })
        };
        let mut values = listed(&[])?;
        for scope in ["system", "global", "local", "worktree"] {
            let of_scope = listed(&[&format!("--{scope}")])?;
            for value in values.iter_mut().filter(|value| of_scope.contains(value)) {
                scope.clone_into(&mut value.scope);
            }
        }
        for value in values.iter_mut().filter(|value| value.scope.is_empty()) {
            // The second of a user's two files is in no list of its own.
            let scope = if value.origin.starts_with("command line") { "command" } else { "global" };
            scope.clone_into(&mut value.scope);
        }
        Ok(values)
    }
}

/// The exit status of a git command that was given an option it does not know.
const USAGE: i32 = 129;

/// Three NUL-terminated fields a value: scope, origin, and key with value parted by a line feed.
fn parse_values(bytes: &[u8]) -> Vec<Value> {
    let mut fields = bytes.split(|&byte| byte == 0);
    let mut values = Vec::new();
    while let (Some(scope), Some(origin), Some(entry)) = (fields.next(), fields.next(), fields.next()) {
        let line = entry.iter().position(|&byte| byte == b'\n').unwrap_or(entry.len());
        values.push(Value {
            scope: String::from_utf8_lossy(scope).into_owned(),
            origin: String::from_utf8_lossy(origin).into_owned(),
            key: String::from_utf8_lossy(&entry[..line]).into_owned(),
            value: os_string(entry.get(line + 1..).unwrap_or_default()),
        });
    }
    values
}

/// The same without the scope.
fn parse_unscoped(bytes: &[u8]) -> Vec<Value> {
    let fields: Vec<&[u8]> = bytes.split(|&byte| byte == 0).collect();
    let (values, _) = fields.as_chunks::<2>();
    values.iter().flat_map(|[origin, entry]| parse_values(&[b"", *origin, entry].join(&0))).collect()
}

/// Bytes that git printed, as the system spells paths.
#[cfg(unix)]
pub fn os_string(bytes: &[u8]) -> OsString {
    use std::os::unix::ffi::OsStrExt as _;
    OsStr::from_bytes(bytes).to_owned()
}

/// Bytes that git printed, as the system spells paths.
#[cfg(not(unix))]
pub fn os_string(bytes: &[u8]) -> OsString {
    OsString::from(String::from_utf8_lossy(bytes).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_every_vendors_line() {
        for (line, major, minor) in [
            ("git version 2.47.3", 2, 47),
            ("git version 2.55.0.windows.1", 2, 55),
            ("git version 2.39.5 (Apple Git-154)", 2, 39),
            ("git version 2.55.GIT", 2, 55),
            ("git version 3.0.0-rc1", 3, 0),
        ] {
            assert_eq!(Version::parse(line), Some(Version { major, minor }), "{line}");
        }
        assert_eq!(Version::parse("git version unknown"), None);
        assert!(!Version { major: 2, minor: 53 }.has_config_hooks());
        assert!(Version { major: 2, minor: 54 }.has_config_hooks());
        assert!(Version { major: 3, minor: 0 }.has_config_hooks());
    }

    #[test]
    fn values_keep_line_feeds_and_empty_values() {
        let values =
            parse_values(b"local\0file:.git/config\0core.hookspath\na\nb\0global\0file:x\0hook.a.event\0");
        assert_eq!(values.len(), 2);
        assert_eq!(
            (values[0].key.as_str(), values[0].value.as_os_str()),
            ("core.hookspath", "a\nb".as_ref())
        );
        assert_eq!((values[1].key.as_str(), values[1].value.as_os_str()), ("hook.a.event", "".as_ref()));
    }
}

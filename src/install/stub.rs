//! The text of the hook files: how a stub is written, and how one of ours is told from anybody else's.
//!
//! The files in `hooks/` are the stubs. They are embedded here and filled with the path of the program;
//! nothing else ever writes a hook. The marker line carries a version, so that a later stanch can bring
//! an older stub up to date in place.

use std::path::Path;

use super::event::{Event, PASSED_ON};

/// The version of the stubs below. Raise it whenever the text of one changes.
pub const VERSION: u32 = 2;
/// What the marker line of every file and line of ours holds, before the version.
pub const MARKER: &str = "# stanch-hook v";
/// The ending of the folder of hooks that were there first, and that we run before our own check.
pub const CHAINED: &str = "stanch-chained";
/// A file in a hooks directory that `core.hooksPath` names for all repositories of a user: the hooks of
/// the repository itself run from there.
pub const GLOBAL_MARK: &str = ".stanch-global";

const TEMPLATE: &str = include_str!("../../hooks/template");
const PASS_ON: &str = include_str!("../../hooks/pass-on");

/// What kind of stub stands for an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind<'a> {
    /// Runs the program at this path, or the one on `PATH`; stops the operation when there is neither.
    Check(&'a Path),
    /// For `init.templateDir`: finds the program on `PATH` only; `required` decides what its absence means.
    Template {
        /// Stop the operation when the program is not there, instead of a warning.
        required: bool,
    },
    /// Does nothing but run the repository's own hook.
    PassOn,
}

/// The text of the stub for `event`.
pub fn render(event: &str, kind: Kind<'_>) -> Vec<u8> {
    match kind {
        Kind::Check(binary) => match checked(event) {
            Some(text) => replace(text, "'@STANCH@'", &quote(binary)),
            None => render(event, Kind::PassOn),
        },
        Kind::Template { required } => TEMPLATE
            .replace("@EVENT@", event)
            .replace("@MISSING@", if required { "1" } else { "0" })
            .into_bytes(),
        Kind::PassOn => PASS_ON.replace("@EVENT@", event).into_bytes(),
    }
}

fn checked(event: &str) -> Option<&'static str> {
    Some(match event.parse::<Event>().ok()? {
        Event::PreCommit => include_str!("../../hooks/pre-commit"),
        Event::PreMergeCommit => include_str!("../../hooks/pre-merge-commit"),
        Event::PreApplypatch => include_str!("../../hooks/pre-applypatch"),
        Event::CommitMsg => include_str!("../../hooks/commit-msg"),
        Event::PrePush => include_str!("../../hooks/pre-push"),
        Event::PreReceive => include_str!("../../hooks/pre-receive"),
        Event::Update => include_str!("../../hooks/update"),
    })
}

fn replace(text: &str, mark: &str, with: &[u8]) -> Vec<u8> {
    let (before, after) = text.split_once(mark).expect("a test walks the stubs: each holds the mark once");
    [before.as_bytes(), with, after.as_bytes()].concat()
}

/// Quotes a path for a POSIX shell, whatever bytes it holds. On Windows git's shell wants forward slashes.
pub fn quote(path: &Path) -> Vec<u8> {
    let bytes = path.as_os_str().as_encoded_bytes();
    let mut quoted = vec![b'\''];
    for &byte in bytes {
        match byte {
            b'\'' => quoted.extend_from_slice(b"'\\''"),
            b'\\' if cfg!(windows) => quoted.push(b'/'),
            _ => quoted.push(byte),
        }
    }
    quoted.push(b'\'');
    quoted
}

/// Whose a hook file is, judged by its text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Owner {
    /// A stub of ours, whole, of this version.
    Ours {
        /// The version on its marker line.
        version: u32,
    },
    /// A copy of a file in `hooks/` as it is there, which names no machine: a team's, put there by hand.
    Shared,
    /// It carries our marker and somebody has changed the rest: not ours to overwrite.
    Edited,
    /// Somebody else's.
    Foreign,
}

/// Tells a stub of ours from other text.
pub fn owner(event: &str, text: &[u8]) -> Owner {
    let Some(version) = stamp(text) else { return Owner::Foreign };
    if text.split(|&byte| byte == b'\n').nth(2) == Some(b"bin='@STANCH@'") {
        return Owner::Shared;
    }
    // The texts of other versions are not known here; the marker has to do.
    if version != VERSION || is_untouched(event, text) { Owner::Ours { version } } else { Owner::Edited }
}

/// The version on the marker line, which is the second line of a stub.
fn stamp(text: &[u8]) -> Option<u32> {
    let line = text.split(|&byte| byte == b'\n').nth(1)?;
    let rest = line.strip_prefix(MARKER.as_bytes())?;
    let digits: String =
        rest.iter().take_while(|byte| byte.is_ascii_digit()).map(|&byte| char::from(byte)).collect();
    digits.parse().ok()
}

fn is_untouched(event: &str, text: &[u8]) -> bool {
    let fixed = [Kind::PassOn, Kind::Template { required: false }, Kind::Template { required: true }];
    if fixed.into_iter().any(|kind| render(event, kind) == text) {
        return true;
    }
    checked(event).is_some_and(|stub| {
        let (before, after) =
            stub.split_once("'@STANCH@'").expect("a test walks the stubs: each holds the mark once");
        text.strip_prefix(before.as_bytes())
            .and_then(|rest| rest.strip_suffix(after.as_bytes()))
            .is_some_and(|path| unquote(path).is_some())
    })
}

/// The path of the program that a stub of ours tries first.
pub fn binary_in(event: &str, text: &[u8]) -> Option<Vec<u8>> {
    checked(event)?;
    // These two lines are alike in all versions.
    let find = |text: &[u8], part: &str| text.windows(part.len()).position(|at| at == part.as_bytes());
    let (start, end) = ("\nbin=", "\n[ -x \"$bin\" ]");
    let rest = &text[find(text, start)? + start.len()..];
    unquote(&rest[..find(rest, end)?])
}

/// Undoes [`quote`]; `None` unless the text is exactly one quoted word.
pub fn unquote(text: &[u8]) -> Option<Vec<u8>> {
    let mut rest = text.strip_prefix(b"'")?;
    let mut path = Vec::new();
    loop {
        let end = rest.iter().position(|&byte| byte == b'\'')?;
        path.extend_from_slice(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix(b"\\''") {
            Some(more) => {
                path.push(b'\'');
                rest = more;
            }
            None => return rest.is_empty().then_some(path),
        }
    }
}

/// All file names that a global hooks directory holds.
pub fn global_names() -> impl Iterator<Item = &'static str> {
    Event::DEFAULT.into_iter().map(Event::name).chain(PASSED_ON)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stub_is_short_and_holds_its_marks() {
        for event in Event::ALL {
            let text = checked(event.name()).unwrap();
            assert!(text.lines().count() < 10, "{event}");
            assert_eq!(text.matches("'@STANCH@'").count(), 1, "{event}");
            assert!(text.contains(&format!("exec \"$bin\" hook {event} \"$@\"")), "{event}");
            assert_eq!(owner(event.name(), text.as_bytes()), Owner::Shared, "{event}");
        }
    }

    #[test]
    fn any_path_survives_the_quotes() {
        for path in
            ["/usr/bin/stanch", "/home/o'brien/my tools/stanch", "'", "/a\n$(b)`c`\"\\/d''e", "/ü/\u{1f512}"]
        {
            assert_eq!(
                unquote(&quote(Path::new(path))).unwrap(),
                path.replace('\\', if cfg!(windows) { "/" } else { "\\" }).as_bytes()
            );
            let text = render("pre-push", Kind::Check(Path::new(path)));
            assert_eq!(owner("pre-push", &text), Owner::Ours { version: VERSION });
            assert!(binary_in("pre-push", &text).is_some());
        }
    }

    #[test]
    fn a_changed_stub_is_not_ours() {
        let text = render("pre-commit", Kind::Check(Path::new("/bin/stanch")));
        let mut longer = text.clone();
        longer.splice(10..10, b"make lint\n".iter().copied());
        assert_eq!(owner("pre-commit", &longer), Owner::Foreign);
        let mut longer = text.clone();
        longer.extend_from_slice(b"make lint\n");
        assert_eq!(owner("pre-commit", &longer), Owner::Edited);
        assert_eq!(owner("pre-commit", b"#!/bin/sh\nmake lint\n"), Owner::Foreign);
        assert_eq!(owner("pre-commit", b""), Owner::Foreign);
        let older = b"#!/bin/sh\n# stanch-hook v0: old\nexec stanch old\n";
        assert_eq!(owner("pre-commit", older), Owner::Ours { version: 0 });
    }

    #[test]
    fn quotes_in_the_middle_are_not_one_word() {
        assert_eq!(unquote(b"'a' 'b'"), None);
        assert_eq!(unquote(b"'a'; rm -rf '/'"), None);
        assert_eq!(unquote(b"a"), None);
        assert_eq!(unquote(b"'a"), None);
    }
}

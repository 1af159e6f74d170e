//! What is said, and how a run ends, when stanch itself fails: a check that broke off has seen nothing.

use std::cell::RefCell;
use std::io::Write;
use std::panic::{self, Location};
use std::sync::OnceLock;

use bstr::{BStr, BString};

use super::Exit;
use super::command::stopped;
use crate::engine;
use crate::escape::visible_bytes;
use crate::source::archive::Unpacker;
use crate::source::{Blob, Flow};

thread_local! {
    /// The file that this thread looks into.
    static FILE: RefCell<BString> = const { RefCell::new(BString::new(Vec::new())) };
}

/// The hook that is run.
static EVENT: OnceLock<String> = OnceLock::new();

/// Notes which file this thread looks into from now on; none where the name is empty.
pub(super) fn looks_into(file: &BStr) {
    FILE.with_borrow_mut(|noted| {
        noted.clear();
        noted.extend_from_slice(file);
    });
}

/// Hands over a blob and what it holds; each is noted as what this thread looks into.
pub(super) fn open(
    unpacker: &mut Unpacker<'_>,
    blob: &Blob<'_>,
    each: &mut dyn FnMut(&Blob<'_>) -> Flow,
) -> anyhow::Result<Flow> {
    looks_into(blob.path);
    let flow = unpacker.open(blob, &mut |blob| {
        looks_into(blob.path);
        Ok(each(blob))
    });
    looks_into("".into());
    flow
}

/// Notes which hook the process runs.
pub(super) fn runs_hook(event: &str) {
    // One process runs one.
    let _ = EVENT.set(event.to_owned());
}

/// From now on a panic ends the process as whatever else keeps a check from its work: a line for people, and exit
/// status 2. What the panic itself says is not told: it may quote the text that was looked at.
#[expect(clippy::exit, reason = "a release aborts after this, with a status that no caller was told of")]
pub(super) fn end_on_panic() {
    panic::set_hook(Box::new(|panic| {
        // Nothing in here may fail: that would abort.
        let file = FILE.try_with(|file| file.try_borrow().map(|file| file.clone()).unwrap_or_default());
        // Nothing can be done when standard error is gone.
        let _ = tell(&mut std::io::stderr(), file.unwrap_or_default().as_ref(), panic.location());
        if let Some(event) = EVENT.get() {
            stopped::tell(event, "stanch failed");
        }
        std::process::exit(Exit::Failed.code().into());
    }));
}

fn tell(out: &mut dyn Write, file: &BStr, at: Option<&Location<'_>>) -> std::io::Result<()> {
    let place = at.map(|at| format!(" at {}:{}", source(at.file()), at.line())).unwrap_or_default();
    // No rule is asked whether the name holds a secret: they may be what has failed.
    let (subject, excluded) = match file {
        none if none.is_empty() => (String::new(), None),
        secret if engine::may_name_secret(secret) => (" on a file".to_owned(), Some("the file".to_owned())),
        file => {
            let name = visible_bytes(file);
            (format!(" on {name}"), Some(name))
        }
    };
    writeln!(out, "stanch: stanch itself failed{subject}{place}")?;
    let issues = concat!(env!("CARGO_PKG_REPOSITORY"), "/issues");
    writeln!(out, "  please report that place, and what kind of file it was: {issues}")?;
    if let Some(name) = excluded {
        writeln!(out, "  `exclude` in .stanch.yaml leaves {name} out until that is mended")?;
    }
    Ok(())
}

/// A file of our sources or of a library, without where it stood on the machine that built the program.
fn source(path: &str) -> String {
    let parts: Vec<&str> = path.split(['/', '\\']).collect();
    parts[parts.len().saturating_sub(4)..].join("/")
}

#[cfg(test)]
mod tests {
    use std::process::Command;

    use super::*;

    /// Set in the process that shall fail.
    const CHILD: &str = "STANCH_TEST_FAILS";

    #[test]
    fn a_panic_ends_as_a_check_that_could_not_look_and_quotes_nothing() {
        if std::env::var_os(CHILD).is_some() {
            end_on_panic();
            runs_hook("pre-commit");
            let text = "a line with →a password";
            std::thread::scope(|scope| {
                scope.spawn(|| {
                    looks_into("src/\u{1b}app.py".into());
                    // Within the arrow.
                    std::hint::black_box(&text[..std::hint::black_box(13)]);
                });
            });
            return;
        }
        let name = "cli::fault::tests::a_panic_ends_as_a_check_that_could_not_look_and_quotes_nothing";
        let mut child = Command::new(std::env::current_exe().unwrap());
        let ended = child.args(["--exact", name, "--nocapture"]).env(CHILD, "1").output().unwrap();
        let said = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(2), "{said}");
        assert!(said.contains(r"failed on src/\u{1b}app.py at src/cli/fault.rs:"), "{said}");
        assert!(said.contains("the commit is stopped: nothing was checked\n  next: "), "{said}");
        assert!(!said.contains("password") && !said.contains("panicked"), "{said}");
    }

    #[test]
    fn where_it_failed_is_said_without_the_machine() {
        assert_eq!(source("src/advice/line.rs"), "src/advice/line.rs");
        assert_eq!(
            source("/home/a/.cargo/registry/src/x/gix-0.90.0/src/open/mod.rs"),
            "gix-0.90.0/src/open/mod.rs"
        );
    }
}

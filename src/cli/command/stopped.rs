//! What is told when a hook ends without a verdict: that git is stopped, and the way on.

use std::io::Write;

use crate::install::Event;

/// Said in place of an error where its details were told already.
pub(super) const PARTLY: &str = "";

/// Tells on standard error what became of the operation of `event`, after what was wrong: `error`.
pub(in crate::cli) fn tell(event: &str, error: &str) {
    let Some(lines) = lines(event, error) else { return };
    let mut err = std::io::stderr().lock();
    for line in lines {
        // Nothing can be done when standard error is gone.
        let _ = writeln!(err, "  {line}");
    }
}

fn lines(event: &str, error: &str) -> Option<Vec<String>> {
    // The framework's come by names of their own.
    let event: Event = event.strip_suffix("-framework").unwrap_or(event).parse().ok()?;
    let (what, is_server) = (event.operation(), event.is_server_side());
    let checked = match error {
        PARTLY => ": not everything could be checked",
        // Such a message says so itself.
        told if told.contains("nothing was checked") => "",
        _ => ": nothing was checked",
    };
    let mut lines = vec![format!("the {what} is {}{checked}", if is_server { "refused" } else { "stopped" })];
    if !error.contains("next: ") {
        lines.push(match is_server {
            true => "next: ask who runs this server".to_owned(),
            false => format!(
                "next: correct that, then try again; unchecked, just this once: {}",
                crate::report::human::unchecked(what)
            ),
        });
    }
    Some(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_said_twice() {
        let said = |event: &str, error: &str| lines(event, error).unwrap_or_default().join("\n");
        assert!(
            said("pre-commit", "cannot read HEAD")
                .starts_with("the commit is stopped: nothing was checked\nnext: ")
        );
        assert_eq!(said("pre-push", "x\nwhy: nothing was checked\nnext: y"), "the push is stopped");
        assert!(
            said("update", PARTLY)
                .starts_with("the push is refused: not everything could be checked\nnext: ask")
        );
        assert_eq!(said("--help", "x"), "");
    }
}

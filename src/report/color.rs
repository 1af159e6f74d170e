//! Whether to colour: the flag, then the environment's conventions, then the terminal. How bad something is, in colour.

use owo_colors::Style;

use crate::catalogue::Severity;

/// The word that a card and a page begin with, and how it looks.
pub(super) fn badge(severity: Severity) -> (&'static str, Style) {
    match severity {
        Severity::Critical => ("CRITICAL", Style::new().white().on_red().bold()),
        Severity::High => ("HIGH", Style::new().red().bold()),
        Severity::Medium => ("MEDIUM", Style::new().yellow().bold()),
        Severity::Low => ("LOW", Style::new().blue().bold()),
    }
}

/// What the user said on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Choice {
    /// Decide by environment and terminal.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The environment, as plain values.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// `NO_COLOR`: any non-empty value turns colour off (no-color.org).
    pub no_color: Option<String>,
    /// `CLICOLOR_FORCE`: anything but `0` turns it on (bixense.com/clicolors).
    pub clicolor_force: Option<String>,
    /// `FORCE_COLOR`: anything but `0` turns it on (force-color.org).
    pub force_color: Option<String>,
    /// `TERM`.
    pub term: Option<String>,
}

/// Whether to colour what is written to a stream that is, or is not, a terminal.
pub fn decide(choice: Choice, environment: &Environment, is_terminal: bool) -> bool {
    let set = |value: &Option<String>| value.as_deref().is_some_and(|v| !v.is_empty());
    let forced = |value: &Option<String>| set(value) && value.as_deref() != Some("0");
    match choice {
        Choice::Always => true,
        Choice::Never => false,
        Choice::Auto if set(&environment.no_color) => false,
        Choice::Auto if forced(&environment.clicolor_force) || forced(&environment.force_color) => true,
        Choice::Auto => is_terminal && environment.term.as_deref() != Some("dumb"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn env(no_color: &str, force: &str, term: &str) -> Environment {
        let some = |s: &str| (!s.is_empty()).then(|| s.to_owned());
        Environment {
            no_color: some(no_color),
            clicolor_force: some(force),
            force_color: None,
            term: some(term),
        }
    }

    #[test]
    fn conventions_in_order() {
        assert!(decide(Choice::Auto, &env("", "", "xterm"), true));
        assert!(!decide(Choice::Auto, &env("", "", "xterm"), false));
        assert!(!decide(Choice::Auto, &env("1", "1", "xterm"), true));
        assert!(decide(Choice::Auto, &env("", "1", "xterm"), false));
        assert!(!decide(Choice::Auto, &env("", "0", "xterm"), false));
        assert!(!decide(Choice::Auto, &env("", "", "dumb"), true));
        assert!(decide(Choice::Always, &env("1", "", "dumb"), false));
        assert!(!decide(Choice::Never, &env("", "1", "xterm"), true));
    }
}

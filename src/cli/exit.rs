//! Exit codes: what a hook, a script and CI read.

/// How a run ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Nothing found that blocks.
    Clean,
    /// Secrets found; git stops what it was about to do.
    Found,
    /// stanch could not do its work (bad usage, bad configuration, unreadable object): stops git too.
    Failed,
    /// Stopped by Ctrl-C; 128 and the signal's number, as shells count.
    Interrupted,
    /// The hook that was there before ours has stopped git, with this status.
    Hook(u8),
}

impl Exit {
    /// How a run ends that looked for secrets. What could not be looked at, or told, must not pass, whatever the rest
    /// held; `exit_zero` lets pass what was found.
    pub(super) fn of(is_found: bool, is_whole: bool, exit_zero: bool) -> Exit {
        match (is_found && !exit_zero, is_whole) {
            (true, _) => Exit::Found,
            (false, false) => Exit::Failed,
            (false, true) => Exit::Clean,
        }
    }

    /// The status of the process.
    pub fn code(self) -> u8 {
        match self {
            Exit::Clean => 0,
            Exit::Found => 1,
            Exit::Failed => 2,
            Exit::Interrupted => 130,
            Exit::Hook(code) => code,
        }
    }
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        std::process::ExitCode::from(exit.code())
    }
}

//! Exit codes: what a hook, a script and CI read.

/// How a run ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Nothing found that blocks.
    Clean = 0,
    /// Secrets found; git stops what it was about to do.
    Found = 1,
    /// stanch could not do its work (bad usage, bad configuration, unreadable object): stops git too.
    Failed = 2,
    /// Stopped by Ctrl-C; 128 and the signal's number, as shells count.
    Interrupted = 130,
}

impl From<Exit> for std::process::ExitCode {
    fn from(exit: Exit) -> Self {
        std::process::ExitCode::from(exit as u8)
    }
}

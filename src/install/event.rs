//! The moments of git at which stanch checks, and the events a shared hooks directory must pass on.

use std::fmt;
use std::str::FromStr;

/// A git hook event that stanch answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Event {
    /// Before a commit is recorded.
    PreCommit,
    /// Before a merge that needed no help is recorded; git does not run `pre-commit` there.
    PreMergeCommit,
    /// Before a patch that `git am` has applied is recorded; git does not run `pre-commit` there.
    PreApplypatch,
    /// When the message of a commit is complete.
    CommitMsg,
    /// Before commits leave the machine.
    PrePush,
    /// On a server, before a push is accepted as a whole.
    PreReceive,
    /// On a server, before each ref of a push is moved.
    Update,
}

impl Event {
    /// Every event, in the order in which a change meets them.
    pub const ALL: [Event; 7] = [
        Event::PreCommit,
        Event::PreMergeCommit,
        Event::PreApplypatch,
        Event::CommitMsg,
        Event::PrePush,
        Event::PreReceive,
        Event::Update,
    ];

    /// What is installed when nothing else is asked for. git runs no hook for a cherry-pick, revert or rebase that needs
    /// no help and for a fast-forward, so the push is checked too.
    pub const DEFAULT: [Event; 4] =
        [Event::PreCommit, Event::PreMergeCommit, Event::PreApplypatch, Event::PrePush];

    /// What is installed in a server's repository when nothing else is asked for.
    pub const SERVER: [Event; 1] = [Event::PreReceive];

    /// Those that a repository which receives pushes can run.
    pub const SERVER_SIDE: [Event; 2] = [Event::PreReceive, Event::Update];

    /// git's name for it, which is also the name of the hook file.
    pub fn name(self) -> &'static str {
        match self {
            Event::PreCommit => "pre-commit",
            Event::PreMergeCommit => "pre-merge-commit",
            Event::PreApplypatch => "pre-applypatch",
            Event::CommitMsg => "commit-msg",
            Event::PrePush => "pre-push",
            Event::PreReceive => "pre-receive",
            Event::Update => "update",
        }
    }

    /// The name of our hook in git's configuration. It must not equal an event's name: git stops there.
    pub fn config_name(self) -> String {
        format!("stanch-{}", self.name())
    }

    /// What it can stop, in a word.
    pub fn operation(self) -> &'static str {
        match self {
            Event::PreCommit | Event::CommitMsg => "commit",
            Event::PreMergeCommit => "merge",
            Event::PreApplypatch => "patch",
            Event::PrePush | Event::PreReceive | Event::Update => "push",
        }
    }

    /// Whether it runs in the repository that receives a push.
    pub fn is_server_side(self) -> bool {
        matches!(self, Event::PreReceive | Event::Update)
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Event {
    type Err = anyhow::Error;

    fn from_str(text: &str) -> Result<Event, anyhow::Error> {
        Event::ALL.into_iter().find(|event| event.name() == text).ok_or_else(|| {
            let known: Vec<&str> = Event::ALL.iter().map(|event| event.name()).collect();
            anyhow::anyhow!("`{text}` is not a hook that stanch answers; choose from {}", known.join(", "))
        })
    }
}

/// Events whose hooks a `core.hooksPath` hides and which we only pass on to the repository's own hook.
///
/// `push-to-checkout` and `proc-receive` are left out: that such a hook exists changes what git does, even
/// when the hook does nothing.
pub const PASSED_ON: [&str; 17] = [
    "applypatch-msg",
    "commit-msg",
    "post-applypatch",
    "post-checkout",
    "post-commit",
    "post-index-change",
    "post-merge",
    "post-receive",
    "post-rewrite",
    "post-update",
    "pre-auto-gc",
    "pre-rebase",
    "pre-receive",
    "prepare-commit-msg",
    "reference-transaction",
    "sendemail-validate",
    "update",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip_and_unknown_ones_list_the_known() {
        for event in Event::ALL {
            assert_eq!(event.name().parse::<Event>().unwrap(), event);
            assert_ne!(event.config_name(), event.name());
        }
        let fault = "pre-comit".parse::<Event>().unwrap_err().to_string();
        assert!(fault.contains("pre-commit, pre-merge-commit"), "{fault}");
    }

    #[test]
    fn every_event_of_ours_but_the_default_ones_is_passed_on() {
        for event in Event::ALL {
            assert_eq!(PASSED_ON.contains(&event.name()), !Event::DEFAULT.contains(&event), "{event}");
        }
    }
}

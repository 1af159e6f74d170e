//! How far a scan is, and whether it shall stop: shared by the threads that work and the one that shows it.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering::Relaxed};

/// What is being done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Phase {
    /// Objects are listed.
    #[default]
    Listing,
    /// Commits are read.
    Commits,
    /// Directories are compared.
    Trees,
    /// Contents are scanned.
    Scanning,
    /// Where findings come from is looked up.
    Tracing,
}

/// How far a scan is.
#[derive(Debug, Default)]
pub struct Meter {
    phase: AtomicU8,
    done: AtomicU64,
    total: AtomicU64,
    bytes: AtomicU64,
    work: AtomicU64,
    all_work: AtomicU64,
    commits: AtomicU64,
    /// One more than there is; 0 when that is not known.
    contents: AtomicU64,
    stopped: AtomicBool,
}

/// What a meter shows.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    /// What is being done.
    pub phase: Phase,
    /// Things done in this phase.
    pub done: u64,
    /// Of how many; 0 where nobody counts.
    pub total: u64,
    /// Bytes of what was done.
    pub bytes: u64,
    /// The share of the phase's work that is done: things where all are alike, or about so many bytes; and all of it.
    pub work: (u64, u64),
    /// Commits of the whole run.
    pub commits: u64,
    /// The work of scanning, as far as that is known before it begins.
    pub contents: Option<u64>,
}

impl Meter {
    /// Tells how much there is for phases that have not begun.
    pub fn expect(&self, commits: u64, contents: Option<u64>) {
        self.commits.store(commits, Relaxed);
        self.contents.store(contents.map_or(0, |contents| contents + 1), Relaxed);
    }

    /// Begins a phase of `total` items that are alike.
    pub fn start(&self, phase: Phase, total: u64) {
        self.start_of(phase, total, total);
    }

    /// Begins a phase of `total` items, which are so much work.
    pub fn start_of(&self, phase: Phase, total: u64, work: u64) {
        for count in [&self.done, &self.bytes, &self.work] {
            count.store(0, Relaxed);
        }
        self.total.store(total, Relaxed);
        self.all_work.store(work, Relaxed);
        self.phase.store(phase as u8, Relaxed);
    }

    /// So many more items are done.
    pub fn add(&self, items: u64) {
        self.add_of(items, items, 0);
    }

    /// So many more items are done, with their work and their bytes.
    pub fn add_of(&self, items: u64, work: u64, bytes: u64) {
        self.done.fetch_add(items, Relaxed);
        self.work.fetch_add(work, Relaxed);
        self.bytes.fetch_add(bytes, Relaxed);
    }

    /// How far it is.
    pub fn read(&self) -> Reading {
        const ALL: [Phase; 5] =
            [Phase::Listing, Phase::Commits, Phase::Trees, Phase::Scanning, Phase::Tracing];
        Reading {
            phase: ALL[usize::from(self.phase.load(Relaxed)).min(ALL.len() - 1)],
            done: self.done.load(Relaxed),
            total: self.total.load(Relaxed),
            bytes: self.bytes.load(Relaxed),
            work: (self.work.load(Relaxed), self.all_work.load(Relaxed)),
            commits: self.commits.load(Relaxed),
            contents: self.contents.load(Relaxed).checked_sub(1),
        }
    }

    /// Asks all threads to end soon.
    pub fn stop(&self) {
        self.stopped.store(true, Relaxed);
    }

    /// Whether they were asked to.
    pub fn is_stopped(&self) -> bool {
        self.stopped.load(Relaxed)
    }
}

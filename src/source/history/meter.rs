//! How far a scan is, and whether it shall stop: shared by the threads that work and the one that shows it.

use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering::Relaxed};

/// What is being done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Phase {
    /// Objects are listed.
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
    stopped: AtomicBool,
}

impl Meter {
    /// Begins a phase of `total` items.
    pub fn start(&self, phase: Phase, total: u64) {
        self.done.store(0, Relaxed);
        self.bytes.store(0, Relaxed);
        self.total.store(total, Relaxed);
        self.phase.store(phase as u8, Relaxed);
    }

    /// So many more items and bytes are done.
    pub fn add(&self, items: u64, bytes: u64) {
        self.done.fetch_add(items, Relaxed);
        self.bytes.fetch_add(bytes, Relaxed);
    }

    /// What is being done now.
    pub fn phase(&self) -> Phase {
        const ALL: [Phase; 5] =
            [Phase::Listing, Phase::Commits, Phase::Trees, Phase::Scanning, Phase::Tracing];
        ALL[usize::from(self.phase.load(Relaxed)).min(ALL.len() - 1)]
    }

    /// Items done in this phase, of how many, and their bytes.
    pub fn read(&self) -> (u64, u64, u64) {
        (self.done.load(Relaxed), self.total.load(Relaxed), self.bytes.load(Relaxed))
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

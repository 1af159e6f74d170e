//! What one file may cost, however it is packed: bombs end here.

use crate::numbers;
use crate::source::is_over;
use std::{
    cell::{Cell, RefCell},
    io::{self, Read},
    rc::Rc,
    time::{Duration, Instant},
};

/// What looking into one file may cost. Each limit that is hit is said, by name, with where it was.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Largest archive that is opened, bytes.
    pub max_file: u64,
    /// Bytes that its members may unpack to, all together.
    pub max_bytes: u64,
    /// How many times its packed size a member may unpack to, from `RATIO_FROM` bytes on.
    pub max_ratio: u64,
    /// Members, those of archives inside included.
    pub max_members: u64,
    /// Archives inside archives; a `.tar.gz` counts as two.
    pub max_depth: u32,
    /// Time for one file.
    pub max_time: Duration,
    /// Time for all files of a thread.
    pub max_run: Duration,
    /// When everything has to be done.
    pub deadline: Option<Instant>,
    /// Whether what a limit or a fault hides must not pass.
    pub is_strict: bool,
}

impl Limits {
    /// For somebody who wants to know and can wait.
    pub const SCAN: Limits = Limits {
        max_file: u64::MAX,
        max_bytes: 64 << 30,
        max_ratio: 250,
        max_members: 5_000_000,
        max_depth: 10,
        max_time: Duration::from_secs(1800),
        max_run: Duration::MAX,
        deadline: None,
        is_strict: true,
    };

    /// For a commit or push that waits.
    pub const HOOK: Limits = Limits {
        max_file: 8 << 20,
        max_bytes: 64 << 20,
        max_ratio: 250,
        max_members: 10_000,
        max_depth: 4,
        max_time: Duration::from_secs(1),
        max_run: Duration::from_secs(3),
        deadline: None,
        is_strict: false,
    };
}

/// What is said of a file that was not at its end at the deadline.
pub(super) const TIME_IS_OVER: &str = "the time was over";

/// Bytes below which no ratio is too large: an empty log compresses a thousand times.
const RATIO_FROM: u64 = 16 << 20;

/// Bytes of zips that may be held in memory at once, because they stand in a stream.
const MAX_HELD: u64 = 64 << 20;

/// What is left for one file.
#[derive(Debug)]
pub(super) struct Budget {
    pub(super) limits: Limits,
    bytes: Cell<u64>,
    members: Cell<u64>,
    held: Cell<u64>,
    started: Instant,
    is_late: Cell<bool>,
    /// The limit that ends the whole file.
    spent: RefCell<Option<String>>,
}

impl Budget {
    pub(super) fn new(limits: Limits) -> Rc<Budget> {
        Rc::new(Budget {
            limits,
            bytes: Cell::new(0),
            members: Cell::new(0),
            held: Cell::new(0),
            started: Instant::now(),
            is_late: Cell::new(false),
            spent: RefCell::new(None),
        })
    }

    /// Whether nothing more of the file may be read.
    pub(super) fn is_spent(&self) -> bool {
        self.spent.borrow().is_some()
    }

    /// Whether the time for everything was over before the file was at its end.
    pub(super) fn is_late(&self) -> bool {
        self.is_late.get()
    }

    /// Takes `bytes` more, unpacked.
    pub(super) fn bytes(&self, bytes: u64) -> io::Result<()> {
        self.bytes.set(self.bytes.get().saturating_add(bytes));
        if self.bytes.get() > self.limits.max_bytes {
            return self
                .spend(format!("limit: unpacks to more than {}", numbers::bytes(self.limits.max_bytes)));
        }
        self.time()
    }

    /// Holds what came out of a decoder against what went into it.
    pub(super) fn ratio(&self, unpacked: u64, packed: u64) -> io::Result<()> {
        let ratio = self.limits.max_ratio;
        if unpacked > RATIO_FROM && unpacked / ratio > packed {
            return Err(limit(format!("limit: unpacks to more than {ratio} times its size")));
        }
        Ok(())
    }

    /// Takes one more member.
    pub(super) fn member(&self) -> io::Result<()> {
        self.members.set(self.members.get() + 1);
        if self.members.get() > self.limits.max_members {
            return self.spend(format!("limit: more than {} members", self.limits.max_members));
        }
        self.time()
    }

    /// Memory for a zip of `size` bytes.
    pub(super) fn hold(&self, size: u64) -> io::Result<()> {
        if self.held.get().saturating_add(size) > MAX_HELD {
            return Err(limit(format!(
                "limit: a packed zip of more than {} inside",
                numbers::bytes(MAX_HELD)
            )));
        }
        self.held.set(self.held.get() + size);
        Ok(())
    }

    /// Gives it back.
    pub(super) fn release(&self, size: u64) {
        self.held.set(self.held.get().saturating_sub(size));
    }

    /// Bytes that may still be held.
    pub(super) fn may_hold(&self) -> u64 {
        MAX_HELD - self.held.get()
    }

    /// Looks at the clock.
    pub(super) fn time(&self) -> io::Result<()> {
        if is_over(self.limits.deadline) {
            self.is_late.set(true);
            return self.spend(format!("limit: {TIME_IS_OVER}"));
        }
        if self.started.elapsed() > self.limits.max_time {
            return self.spend(format!("limit: takes longer than {} s", self.limits.max_time.as_secs()));
        }
        Ok(())
    }

    fn spend(&self, why: String) -> io::Result<()> {
        *self.spent.borrow_mut() = Some(why.clone());
        Err(limit(why))
    }
}

/// Marks an error as one of ours, which is no damage of the file.
#[derive(Debug)]
struct Limit(String);

impl std::fmt::Display for Limit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Limit {}

pub(super) fn limit(why: String) -> io::Error {
    io::Error::other(Limit(why))
}

/// The limit that an error stands for, whoever wrapped it on its way.
pub(super) fn limit_of(err: &io::Error) -> Option<&str> {
    let own = causes(err).find_map(|cause| cause.downcast_ref().map(|Limit(why)| why.as_str()));
    own.or_else(|| is_of(err, io::ErrorKind::OutOfMemory).then_some(MEMORY))
}

/// What is said where a decoder refuses a dictionary that is larger than it may be.
const MEMORY: &str = "limit: needs more memory than a file may take";

/// Whether an error, or one that it wraps, is of a kind.
fn is_of(err: &io::Error, kind: io::ErrorKind) -> bool {
    let is_it = |err: &io::Error| err.kind() == kind;
    is_it(err) || causes(err).any(|cause| cause.downcast_ref().is_some_and(is_it))
}

/// What is wrong with a file, for a person.
pub(super) fn in_words(err: &io::Error) -> String {
    if is_of(err, io::ErrorKind::UnexpectedEof) {
        return "it ends too early".to_owned();
    }
    // `tar` goes on with what it met, which may be the text of a file: a secret.
    let said = err.to_string();
    let end = [" when ", ": "].iter().filter_map(|mark| said.find(mark)).min().unwrap_or(said.len());
    said[..end].to_owned()
}

/// What stands behind an error, nearest first.
fn causes(err: &io::Error) -> impl Iterator<Item = &(dyn std::error::Error + 'static)> {
    type Cause<'e> = &'e (dyn std::error::Error + 'static);
    let first = err.get_ref().map(|inner| inner as Cause<'_>);
    std::iter::successors(first, |cause| {
        let inner = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        inner.map(|inner| inner as Cause<'_>).or_else(|| cause.source())
    })
}

/// Counts what goes into a decoder. The clock is looked at here too: of many empty streams nothing comes out.
pub(super) struct Counted<R> {
    pub(super) inner: R,
    pub(super) count: Rc<Cell<u64>>,
    pub(super) budget: Rc<Budget>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.budget.time()?;
        let read = self.inner.read(buf)?;
        self.count.set(self.count.get() + read as u64);
        Ok(read)
    }
}

/// What a decoder gives, held against the budget.
pub(super) struct Metered<R> {
    inner: R,
    /// Bytes that went into the decoder.
    packed: Rc<Cell<u64>>,
    unpacked: u64,
    budget: Rc<Budget>,
}

impl<R: Read> Metered<R> {
    pub(super) fn new(inner: R, packed: Rc<Cell<u64>>, budget: Rc<Budget>) -> Self {
        Metered { inner, packed, unpacked: 0, budget }
    }
}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buf)?;
        self.unpacked += read as u64;
        self.budget.bytes(read as u64)?;
        self.budget.ratio(self.unpacked, self.packed.get())?;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_is_looked_at_where_nothing_comes_out() {
        let budget = Budget::new(Limits { max_time: Duration::ZERO, ..Limits::SCAN });
        let mut input =
            Counted { inner: &b"an empty stream"[..], count: Rc::default(), budget: Rc::clone(&budget) };
        while budget.started.elapsed().is_zero() {}
        let err = input.read(&mut [0]).unwrap_err();
        assert!(limit_of(&err).is_some_and(|limit| limit.contains("takes longer")) && budget.is_spent());
    }

    #[test]
    fn a_limit_is_known_behind_other_errors() {
        let wrapped = io::Error::other(io::Error::other(limit("limit: x".to_owned())));
        assert_eq!(limit_of(&wrapped), Some("limit: x"));
        assert_eq!(limit_of(&io::Error::other("damaged")), None);
        let memory = || io::Error::new(io::ErrorKind::OutOfMemory, "needed memory too big");
        for err in [memory(), io::Error::other(memory())] {
            assert_eq!(limit_of(&err), Some(MEMORY));
        }
    }
}

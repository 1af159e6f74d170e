//! The pieces of a plan, shared among threads.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use anyhow::Result;

use super::fault;
use super::gather::Effort;
use super::look::Look;
use crate::source::{Blob, Coverage, Flow, Plan};

/// Pieces below which no thread is started: these take about a millisecond.
const FEW: usize = 64;
/// Bytes from which on even a few files are shared among threads.
const MUCH: u64 = 8 << 20;
/// Pieces that a thread takes at once: neighbours in a pack read faster together, but no thread must be
/// left with much at the end.
const TAKE: std::ops::RangeInclusive<usize> = 16..=512;
/// Pieces that it takes at once at most, where each is work for a millisecond or more.
const HEAVY: usize = 2;

/// Reads and scans a plan, on as many threads as are worth it.
///
/// # Errors
/// When anything that should have been looked at could not be.
pub(super) fn read_plan<L: Look + Send>(
    plan: &dyn Plan,
    effort: Effort<'_>,
    new: &(dyn Fn() -> L + Sync),
) -> Result<(Vec<L>, Coverage)> {
    let is_long = plan.bytes() >= MUCH || plan.is_heavy();
    let least = if is_long { 1 } else { *TAKE.start() };
    let cores = || std::thread::available_parallelism().map_or(1, usize::from);
    let most = effort.jobs.unwrap_or_else(cores);
    let threads = if plan.len() < FEW && !is_long { 1 } else { most.min(plan.len() / least).max(1) };
    let take = (plan.len() / (threads * 32)).clamp(least, if plan.is_heavy() { HEAVY } else { *TAKE.end() });
    let queue = Queue { plan, effort, take, next: AtomicUsize::new(0), failed: AtomicBool::new(false) };
    let done: Vec<Result<(L, Coverage)>> = if threads == 1 {
        vec![queue.work(new())]
    } else {
        std::thread::scope(|scope| {
            let work = || queue.work(new());
            let others: Vec<_> = (1..threads).map(|_| scope.spawn(work)).collect();
            let own = work();
            let join = |thread: std::thread::ScopedJoinHandle<'_, _>| {
                // The program has ended then; a test has not.
                thread.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            };
            std::iter::once(own).chain(others.into_iter().map(join)).collect()
        })
    };
    let mut coverage = plan.known();
    let mut all = Vec::new();
    for one in done {
        let (looks, covered) = one?;
        coverage.add(covered);
        all.push(looks);
    }
    Ok((all, coverage))
}

/// The pieces of a plan that no thread has taken yet.
struct Queue<'p> {
    plan: &'p dyn Plan,
    effort: Effort<'p>,
    take: usize,
    next: AtomicUsize,
    /// Nobody shall go on.
    failed: AtomicBool,
}

impl Queue<'_> {
    fn work<L: Look>(&self, mut looks: L) -> Result<(L, Coverage)> {
        let mut coverage = Coverage::default();
        let mut reader = self.plan.reader()?;
        let mut unpacker = self.effort.unpacker();
        while !self.failed.load(Ordering::Relaxed) {
            let from = self.next.fetch_add(self.take, Ordering::Relaxed);
            let pieces = from..(from + self.take).min(self.plan.len());
            if pieces.is_empty() {
                break;
            }
            for piece in pieces {
                let rank = self.plan.rank(piece);
                let before = coverage.unseen() + unpacker.covered().unseen();
                let mut each = |blob: &Blob<'_>| match looks.begins(rank, blob) {
                    true => fault::open(&mut unpacker, blob, &mut |blob| looks.at(rank, blob)),
                    false => Ok(Flow::Skip),
                };
                let read = reader.read(piece, &mut each, &mut coverage);
                if matches!(read, Err(_) | Ok(Flow::Stop)) {
                    self.failed.store(true, Ordering::Relaxed);
                }
                let after = coverage.unseen() + unpacker.covered().unseen();
                looks.end(read? == Flow::Continue && after == before);
            }
        }
        coverage.notes.extend(reader.note());
        coverage.add(unpacker.finish());
        Ok((looks, coverage))
    }
}

//! Shares a list among all cores; the answers keep the order of the list.

use std::{
    ops::Range,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use crate::order;

/// Calls `work` with pieces of `0..count`, each thread with a state of its own.
pub(super) fn share<S, T: Send>(
    count: usize,
    chunk: usize,
    state: &(impl Fn() -> S + Sync),
    work: &(impl Fn(&mut S, Range<usize>) -> T + Sync),
) -> Vec<T> {
    let threads =
        std::thread::available_parallelism().map_or(1, usize::from).min(count.div_ceil(chunk)).max(1);
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    let run = || {
        let mut state = state();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let range = (at * chunk).min(count)..((at + 1) * chunk).min(count);
            if range.is_empty() {
                break;
            }
            let made = work(&mut state, range);
            done.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push((at, made));
        }
    };
    std::thread::scope(|scope| {
        for _ in 1..threads {
            scope.spawn(run);
        }
        run();
    });
    let mut done = done.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    order::by_key(&mut done, |(at, _)| *at);
    done.into_iter().map(|(_, made)| made).collect()
}

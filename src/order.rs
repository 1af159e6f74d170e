//! Sorting what is sorted once a run, and short lists.
//!
//! The standard library's sort takes some ten kilobytes of the program for each type and each comparison. Here it is
//! there once, for indices; what differs is a comparison behind a pointer. The tables of all objects of a history,
//! and what is sorted in every file that is scanned, stay with the standard library; a list whose items are each read
//! from disk afterwards need not.

use std::cmp::Ordering;

/// Sorts by [`Ord`], stable.
pub(crate) fn all<T: Ord>(items: &mut [T]) {
    by(items, T::cmp);
}

/// Sorts by a key, stable; the key is asked for anew at each comparison.
pub(crate) fn by_key<T, K: Ord>(items: &mut [T], key: impl Fn(&T) -> K) {
    by(items, |one, other| key(one).cmp(&key(other)));
}

/// Sorts by a key, stable; the key is asked for once an item.
pub(crate) fn by_cached_key<T, K: Ord>(items: &mut [T], key: impl Fn(&T) -> K) {
    if items.len() < 2 {
        return;
    }
    let keys: Vec<K> = items.iter().map(key).collect();
    permute(items, sorted(keys.len(), &|one, other| keys[one].cmp(&keys[other])));
}

/// Sorts by a comparison, stable.
pub(crate) fn by<T>(items: &mut [T], compare: impl Fn(&T, &T) -> Ordering) {
    if items.len() < 2 {
        return;
    }
    let order = sorted(items.len(), &|one, other| compare(&items[one], &items[other]));
    permute(items, order);
}

/// Puts each item where `order` names it.
fn permute<T>(items: &mut [T], mut order: Vec<usize>) {
    // Along each cycle: a place gets what belongs there, and what stood there goes to the next place of the cycle.
    for start in 0..order.len() {
        let mut at = start;
        while order[at] != start {
            let next = std::mem::replace(&mut order[at], at);
            items.swap(at, next);
            at = next;
        }
        order[at] = at;
    }
}

/// The indices of a list, the one first whose item comes first.
#[inline(never)]
fn sorted(length: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..length).collect();
    order.sort_by(|one, other| compare(*one, *other));
    order
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorts_as_the_standard_library_does() {
        let mut state = 7u64;
        for length in 0..200 {
            let mut items: Vec<(u64, usize)> = (0..length)
                .map(|at| {
                    state =
                        state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    (state >> 58, at)
                })
                .collect();
            let mut expected = items.clone();
            expected.sort_by_key(|(key, _)| *key);
            let mut cached = items.clone();
            by_key(&mut items, |(key, _)| *key);
            by_cached_key(&mut cached, |(key, _)| *key);
            assert_eq!((&items, &cached), (&expected, &expected));
            items.reverse();
            all(&mut items);
            assert_eq!(items, expected);
        }
    }
}

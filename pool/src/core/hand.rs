//! A worker's hand: a few jobs of the express lane that are nearest to it. Taking the next one is one compare-and-swap
//! of a counter that in general nobody else wants; others may take away all that is left, at any time.
//!
//! INVARIANTS:
//! 1. `range` says which cells are full: from its first to its last. Whoever moves it over a cell owns what is in it.
//! 2. Only the one [`Grip`] moves it over cells one by one, and only the `Grip` fills cells: so between its swap and its
//!    look into the cell nobody puts anything there.
//! 3. Filling, and taking everything away, are done under `turn`: who took everything away is done with the cells before
//!    they are filled again.
#![allow(unsafe_code)]

use super::cell::Cell;
use crate::sync::{Arc, AtomicU64, Mutex, Ordering, Padded};
use std::marker::PhantomData;

/// How many jobs it holds at most.
const HAND: usize = if cfg!(loom) { 3 } else { 64 };

struct Hand<T> {
    /// The index of the first full cell, and of the one behind the last one, in the upper and the lower half.
    range: Padded<AtomicU64>,
    turn: Mutex<()>,
    cells: [Cell<T>; HAND],
}

fn pack(first: u64, end: u64) -> u64 {
    (first << 32) | end
}

fn unpack(range: u64) -> (u64, u64) {
    (range >> 32, range & u64::from(u32::MAX))
}

impl<T: Send> Hand<T> {
    /// Takes everything, in order.
    fn take_all(&self) -> Vec<T> {
        let turn = self.turn.lock();
        let (first, end) = unpack(self.range.0.swap(0, Ordering::AcqRel));
        // SAFETY: 1. by invariants 1 and 3. 2. They were full, and the range is none of them any more.
        let jobs = (first..end).map(|at| unsafe { self.cells[at as usize].take() }).collect();
        drop(turn);
        jobs
    }
}

impl<T> Drop for Hand<T> {
    fn drop(&mut self) {
        let (first, end) = unpack(self.range.0.load(Ordering::Acquire));
        for at in first..end {
            // SAFETY: 1. it is borrowed mutably. 2. By invariant 1.
            drop(unsafe { self.cells[at as usize].take() });
        }
    }
}

/// Makes an empty hand: for its worker, and for everybody else.
pub(super) fn hand<T: Send>() -> (Grip<T>, Reach<T>) {
    let cells = std::array::from_fn(|_| Cell::new());
    let hand = Arc::new(Hand { range: Padded(AtomicU64::new(0)), turn: Mutex::new(()), cells });
    (Grip { hand: hand.clone(), not_sync: PhantomData }, Reach(hand))
}

/// A hand as its own worker has it.
pub(crate) struct Grip<T: Send> {
    hand: Arc<Hand<T>>,
    not_sync: PhantomData<std::cell::Cell<()>>,
}

impl<T: Send> Grip<T> {
    /// Takes the next job.
    #[inline(always)]
    pub(crate) fn pop(&self) -> Option<T> {
        let mut range = self.hand.range.0.load(Ordering::Relaxed);
        loop {
            let (first, end) = unpack(range);
            if first == end {
                return None;
            }
            // What is in the cell this very thread put there.
            match self.hand.range.0.compare_exchange_weak(
                range,
                pack(first + 1, end),
                Ordering::Relaxed,
                Ordering::Relaxed,
            ) {
                // SAFETY: 1. by invariants 1 and 2. 2. It was full, and the range begins behind it.
                Ok(_) => return Some(unsafe { self.hand.cells[first as usize].take() }),
                Err(now) => range = now,
            }
        }
    }

    /// Fills the hand, which is empty, with as many jobs as it holds. Says how many there were.
    pub(super) fn fill(&self, jobs: impl Iterator<Item = T>) -> usize {
        let turn = self.hand.turn.lock();
        let (first, end) = unpack(self.hand.range.0.load(Ordering::Relaxed));
        assert_eq!(first, end, "only a worker without jobs takes jobs");
        let mut count = 0;
        for (cell, job) in self.hand.cells.iter().zip(jobs) {
            // SAFETY: 1. by invariants 2 and 3: the range is empty, and `turn` is held.
            unsafe { cell.put(job) };
            count += 1;
        }
        self.hand.range.0.store(pack(0, count), Ordering::Release);
        drop(turn);
        count as usize
    }
}

/// A hand as everybody else sees it.
pub(crate) struct Reach<T: Send>(Arc<Hand<T>>);

impl<T: Send> Reach<T> {
    /// Takes away everything, in order.
    pub(super) fn take_all(&self) -> Vec<T> {
        self.0.take_all()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    /// What the worker does not get, whoever empties the hand gets; what is left is dropped with it.
    #[test]
    fn a_job_is_popped_or_taken_away() {
        let (grip, reach) = hand();
        let rounds = if cfg!(miri) { 20 } else { 20_000 };
        let mine = Arc::new(());
        let away = std::thread::scope(|scope| {
            let taker = scope.spawn(|| {
                let mut away = Vec::new();
                while away.last() != Some(&u64::MAX) {
                    away.extend(reach.take_all().into_iter().map(|(job, _)| job));
                    std::thread::yield_now();
                }
                away
            });
            let mut popped = Vec::new();
            for round in 0..rounds {
                grip.fill((0..HAND as u64 + 3).map(|n| (round * 1000 + n, mine.clone())));
                popped.extend(std::iter::from_fn(|| grip.pop()).map(|(job, _)| job));
            }
            while !taker.is_finished() {
                if grip.pop().is_none() {
                    grip.fill([(u64::MAX, mine.clone())].into_iter());
                }
                std::thread::yield_now();
            }
            let mut all = taker.join().expect("no panic");
            all.retain(|&job| job != u64::MAX);
            all.extend(popped);
            all
        });
        let mut all = away;
        all.sort_unstable();
        let expected: Vec<u64> =
            (0..rounds).flat_map(|round| (0..HAND as u64).map(move |n| round * 1000 + n)).collect();
        assert_eq!(all, expected);
        drop((grip, reach));
        assert_eq!(Arc::strong_count(&mine), 1);
    }
}

//! Who waits at the elements of a shared block (25.4.1, WaiterList Records), and how they are woken.
//!
//! Each block has its own list, behind one lock, the critical section of all its elements: so there is nothing
//! process-wide, and a list goes with its block. Whoever is taken off the list was notified; who finds himself on it
//! after a timeout, or an interrupt, takes himself off. Both happen under the lock, so that each wait ends one way.
//!
//! Locks are taken in the order list, inbox; no script runs under either.
#![forbid(unsafe_code)]

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::Thread;

/// How a waiter is told.
#[derive(Debug)]
pub enum Wake {
    /// A thread that is parked (`Atomics.wait`).
    Thread(Thread),
    /// An engine that goes on meanwhile (`Atomics.waitAsync`), and its number for this wait.
    Engine(Arc<Inbox>, u64),
}

/// The place of a waiter: the byte it waits at, and its turn there.
pub type Place = (usize, u64);

#[derive(Debug, Default)]
struct Lists {
    /// In the order of the bytes, and of their coming.
    waiters: BTreeMap<Place, Wake>,
    came: u64,
}

/// The waiters of a block.
#[derive(Debug, Default)]
pub struct Waiters(Mutex<Lists>);

/// A lock whose holders leave nothing half done: a panic under it changes nothing for others.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Waiters {
    /// Adds a waiter at a byte, unless `expected`, which is asked in the critical section, says no.
    pub fn add(&self, at: usize, wake: Wake, expected: impl FnOnce() -> bool) -> Option<Place> {
        let mut lists = lock(&self.0);
        if !expected() {
            return None;
        }
        let place = (at, lists.came);
        lists.came += 1;
        lists.waiters.insert(place, wake);
        Some(place)
    }

    /// Whether a waiter was not yet notified.
    pub fn is_waiting(&self, place: Place) -> bool {
        lock(&self.0).waiters.contains_key(&place)
    }

    /// Takes a waiter off the list; false if it was notified.
    pub fn remove(&self, place: Place) -> bool {
        lock(&self.0).waiters.remove(&place).is_some()
    }

    /// Wakes the first waiters of a byte; gives how many.
    pub fn notify(&self, at: usize, count: usize) -> usize {
        let mut lists = lock(&self.0);
        let mut woken = 0;
        while woken < count
            && let Some((&place, _)) = lists.waiters.range((at, 0)..=(at, u64::MAX)).next()
            && let Some(wake) = lists.waiters.remove(&place)
        {
            match wake {
                Wake::Thread(thread) => thread.unpark(),
                Wake::Engine(inbox, number) => inbox.put(number),
            }
            woken += 1;
        }
        woken
    }
}

/// What other threads tell an engine: which of its waits were notified.
#[derive(Debug, Default)]
pub struct Inbox(Mutex<Told>);

#[derive(Debug, Default)]
struct Told {
    numbers: Vec<u64>,
    /// The engine's thread while it waits for something to be told.
    sleeper: Option<Thread>,
}

impl Inbox {
    fn put(&self, number: u64) {
        let mut told = lock(&self.0);
        told.numbers.push(number);
        if let Some(thread) = &told.sleeper {
            thread.unpark();
        }
    }

    /// What was told since the last time, in its order.
    pub fn take(&self) -> Vec<u64> {
        std::mem::take(&mut lock(&self.0).numbers)
    }

    /// Says whether nothing was told. From now on this thread is unparked when something is, until it is told not to
    /// be: nothing comes unseen between this and the parking.
    pub fn sleep(&self, thread: Option<Thread>) -> bool {
        let mut told = lock(&self.0);
        told.sleeper = thread;
        told.numbers.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waiters_are_woken_in_their_order_at_their_byte() {
        let waiters = Waiters::default();
        let inbox = Arc::new(Inbox::default());
        let add = |at, number| waiters.add(at, Wake::Engine(inbox.clone(), number), || true);
        let places: Vec<_> = [(4, 1), (0, 2), (4, 3), (4, 4), (8, 5)].map(|(at, n)| add(at, n)).into();
        assert!(waiters.add(4, Wake::Engine(inbox.clone(), 6), || false).is_none());
        assert_eq!(waiters.notify(4, 2), 2);
        assert_eq!(inbox.take(), [1, 3]);
        assert!(!waiters.remove(places[0].expect("it was added")));
        assert!(waiters.is_waiting(places[3].expect("it was added")));
        assert!(waiters.remove(places[3].expect("it was added")));
        assert_eq!(waiters.notify(4, usize::MAX), 0);
        assert_eq!(waiters.notify(12, usize::MAX), 0);
        assert_eq!((waiters.notify(0, 0), waiters.notify(0, 1), waiters.notify(8, usize::MAX)), (0, 1, 1));
        assert_eq!(inbox.take(), [2, 5]);
        assert!(inbox.sleep(None));
    }
}

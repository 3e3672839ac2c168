//! A queue: first in, first out or last in, first out, and a cancelled job frees its place at once.
//!
//! Every place has a number, ascending from front to back. A removed job leaves a hole; holes at either end vanish,
//! and when there are more holes than jobs the queue is compacted. So removal costs a binary search, amortised, and
//! the memory stays within twice the jobs waiting. The bound itself is not here: it depends on how many workers are
//! coming (see `Core::has_room`).

use crate::job::Job;
use crate::worker::Worker;
use std::collections::VecDeque;
use std::num::NonZeroU64;

pub(crate) struct Queue<W: Worker> {
    entries: VecDeque<Entry<W>>,
    waiting: usize,
    next: NonZeroU64,
}

/// A place in the queue. The shorter the better: half a cache line.
enum Entry<W: Worker> {
    Job(NonZeroU64, Job<W>),
    /// Its job was removed.
    Hole(NonZeroU64),
}

impl<W: Worker> Entry<W> {
    fn place(&self) -> NonZeroU64 {
        match self {
            Entry::Job(place, _) | Entry::Hole(place) => *place,
        }
    }

    fn placed(self) -> Option<(NonZeroU64, Job<W>)> {
        match self {
            Entry::Job(place, job) => Some((place, job)),
            Entry::Hole(_) => None,
        }
    }

    fn as_placed(&self) -> Option<(NonZeroU64, &Job<W>)> {
        match self {
            Entry::Job(place, job) => Some((*place, job)),
            Entry::Hole(_) => None,
        }
    }
}

impl<W: Worker> Queue<W> {
    pub(crate) fn new() -> Self {
        Queue { entries: VecDeque::new(), waiting: 0, next: NonZeroU64::MIN }
    }

    /// How many jobs wait; holes do not count.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.waiting
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.waiting == 0
    }

    /// Puts a job at the back and returns its place.
    #[inline(always)]
    pub(crate) fn push(&mut self, job: Job<W>) -> u64 {
        let place = self.next;
        job.set_place(place.get());
        self.push_at(job, place);
        place.get()
    }

    /// Puts a job at the back, with a place that was numbered elsewhere and is higher than all here.
    #[inline(always)]
    pub(crate) fn push_at(&mut self, job: Job<W>, place: NonZeroU64) {
        self.next = place.saturating_add(1);
        // In two steps, and without a drop of the hole: so the job goes from the registers right to its place.
        let hole = std::mem::replace(self.entries.push_back_mut(Entry::Hole(place)), Entry::Job(place, job));
        std::mem::forget(hole);
        self.waiting += 1;
    }

    /// Puts a job at the front, with a place that is lower than all here.
    pub(crate) fn push_front(&mut self, job: Job<W>, place: NonZeroU64) {
        self.entries.push_front(Entry::Job(place, job));
        self.waiting += 1;
    }

    /// Takes the job that has waited longest.
    pub(crate) fn pop(&mut self) -> Option<Job<W>> {
        self.pop_placed().map(|(_, job)| job)
    }

    /// Takes the job that has waited longest, with its place.
    pub(crate) fn pop_placed(&mut self) -> Option<(NonZeroU64, Job<W>)> {
        while let Some(entry) = self.entries.pop_front() {
            if let Some(placed) = entry.placed() {
                self.waiting -= 1;
                return Some(placed);
            }
        }
        None
    }

    /// Takes the job that came last.
    pub(crate) fn pop_newest(&mut self) -> Option<Job<W>> {
        while let Some(entry) = self.entries.pop_back() {
            if let Some((_, job)) = entry.placed() {
                self.waiting -= 1;
                return Some(job);
            }
        }
        None
    }

    fn end(&self, newest: bool) -> Option<(NonZeroU64, &Job<W>)> {
        let mut jobs = self.entries.iter().filter_map(Entry::as_placed);
        if newest { jobs.next_back() } else { jobs.next() }
    }

    /// The job that came last, or first.
    pub(crate) fn peek(&self, newest: bool) -> Option<&Job<W>> {
        self.end(newest).map(|(_, job)| job)
    }

    /// Its place.
    pub(crate) fn peek_place(&self, newest: bool) -> Option<u64> {
        self.end(newest).map(|(place, _)| place.get())
    }

    /// Takes the job at a place, if it is still there. The caller drops it without the lock.
    pub(crate) fn remove(&mut self, place: u64) -> Option<Job<W>> {
        let index = self.entries.binary_search_by_key(&place, |entry| entry.place().get()).ok()?;
        let entry = &mut self.entries[index];
        let hole = Entry::Hole(entry.place());
        let (_, job) = std::mem::replace(entry, hole).placed()?;
        self.waiting -= 1;
        while matches!(self.entries.back(), Some(Entry::Hole(_))) {
            self.entries.pop_back();
        }
        if self.entries.len() > 2 * self.waiting + 8 {
            self.entries.retain(|entry| matches!(entry, Entry::Job(..)));
        }
        Some(job)
    }

    /// Takes everything, in order.
    pub(crate) fn take_all(&mut self) -> Vec<Job<W>> {
        self.waiting = 0;
        self.entries.drain(..).filter_map(|entry| Some(entry.placed()?.1)).collect()
    }

    /// Takes everything, with its places.
    pub(crate) fn take_placed(&mut self) -> Vec<(NonZeroU64, Job<W>)> {
        self.waiting = 0;
        self.entries.drain(..).filter_map(Entry::placed).collect()
    }

    /// Exchanges the jobs. Both go on numbering from the higher number, so that numbers still ascend in each.
    pub(crate) fn swap_jobs(&mut self, other: &mut Self) {
        std::mem::swap(&mut self.entries, &mut other.entries);
        std::mem::swap(&mut self.waiting, &mut other.waiting);
        let next = self.next.max(other.next);
        (self.next, other.next) = (next, next);
    }

    /// The place that the next job gets.
    pub(crate) fn next_place(&self) -> NonZeroU64 {
        self.next
    }

    /// Goes on numbering from here, or higher.
    pub(crate) fn number_from(&mut self, next: NonZeroU64) {
        self.next = self.next.max(next);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_half_a_cache_line() {
        assert_eq!(size_of::<Entry<()>>(), 32);
    }
}

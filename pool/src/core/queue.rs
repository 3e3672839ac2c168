//! A queue: first in, first out or last in, first out, and a cancelled job frees its place at once.
//!
//! Every place has a number, ascending from front to back. A removed job leaves a hole; holes at either end vanish,
//! and when there are more holes than jobs the queue is compacted. So removal costs a binary search, amortised, and
//! the memory stays within twice the jobs waiting. The bound itself is not here: it depends on how many workers are
//! coming (see `Core::has_room`).

use crate::job::Job;
use crate::worker::Worker;
use std::collections::VecDeque;

pub(crate) struct Queue<W: Worker> {
    places: VecDeque<(u64, Option<Job<W>>)>,
    waiting: usize,
    next: u64,
}

impl<W: Worker> Queue<W> {
    pub(crate) fn new() -> Self {
        Queue { places: VecDeque::new(), waiting: 0, next: 1 }
    }

    /// How many jobs wait; holes do not count.
    pub(crate) fn len(&self) -> usize {
        self.waiting
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.waiting == 0
    }

    /// Puts a job at the back and returns its place.
    pub(crate) fn push(&mut self, job: Job<W>) -> u64 {
        let place = self.next;
        job.set_place(place);
        self.push_at(job, place);
        place
    }

    /// Puts a job at the back, with a place that was numbered elsewhere and is higher than all here.
    pub(crate) fn push_at(&mut self, job: Job<W>, place: u64) {
        self.next = place + 1;
        self.places.push_back((place, Some(job)));
        self.waiting += 1;
    }

    /// Takes the job that has waited longest.
    pub(crate) fn pop(&mut self) -> Option<Job<W>> {
        while let Some((_, job)) = self.places.pop_front() {
            if let Some(job) = job {
                self.waiting -= 1;
                return Some(job);
            }
        }
        None
    }

    /// Takes the job that came last.
    pub(crate) fn pop_newest(&mut self) -> Option<Job<W>> {
        while let Some((_, job)) = self.places.pop_back() {
            if let Some(job) = job {
                self.waiting -= 1;
                return Some(job);
            }
        }
        None
    }

    fn end(&self, newest: bool) -> Option<&(u64, Option<Job<W>>)> {
        let mut jobs = self.places.iter().filter(|(_, job)| job.is_some());
        if newest { jobs.next_back() } else { jobs.next() }
    }

    /// The job that came last, or first.
    pub(crate) fn peek(&self, newest: bool) -> Option<&Job<W>> {
        self.end(newest)?.1.as_ref()
    }

    /// Its place.
    pub(crate) fn peek_place(&self, newest: bool) -> Option<u64> {
        Some(self.end(newest)?.0)
    }

    /// Takes the job at a place, if it is still there. The caller drops it without the lock.
    pub(crate) fn remove(&mut self, place: u64) -> Option<Job<W>> {
        let index = self.places.binary_search_by_key(&place, |&(place, _)| place).ok()?;
        let job = self.places[index].1.take()?;
        self.waiting -= 1;
        while matches!(self.places.back(), Some((_, None))) {
            self.places.pop_back();
        }
        if self.places.len() > 2 * self.waiting + 8 {
            self.places.retain(|(_, job)| job.is_some());
        }
        Some(job)
    }

    /// Takes everything, in order.
    pub(crate) fn take_all(&mut self) -> Vec<Job<W>> {
        self.waiting = 0;
        self.places.drain(..).filter_map(|(_, job)| job).collect()
    }

    /// Takes everything, with its places.
    pub(crate) fn take_places(&mut self) -> Vec<(u64, Job<W>)> {
        self.waiting = 0;
        self.places.drain(..).filter_map(|(place, job)| Some((place, job?))).collect()
    }

    /// Exchanges the jobs. Both go on numbering from the higher number, so that numbers still ascend in each.
    pub(crate) fn swap_jobs(&mut self, other: &mut Self) {
        std::mem::swap(&mut self.places, &mut other.places);
        std::mem::swap(&mut self.waiting, &mut other.waiting);
        let next = self.next.max(other.next);
        (self.next, other.next) = (next, next);
    }

    /// Goes on numbering where another queue ended.
    pub(crate) fn number_from(&mut self, other: &Self) {
        self.next = self.next.max(other.next);
    }

    /// Takes over everything from another queue whose numbers follow this one's.
    pub(crate) fn append(&mut self, other: &mut Self) {
        if self.places.is_empty() {
            return self.swap_jobs(other);
        }
        self.places.append(&mut other.places);
        self.waiting += std::mem::take(&mut other.waiting);
        self.next = self.next.max(other.next);
    }
}

//! A worker's hand: jobs of the express lane that are nearest to it, under a lock that in general nobody else wants.

use super::Taken;
use super::queue::Queue;
use crate::job::Job;
use crate::worker::Worker;
use std::collections::VecDeque;
use std::num::NonZeroU64;

pub(crate) struct Hand<W: Worker> {
    /// In order, with their places.
    jobs: VecDeque<(NonZeroU64, Job<W>)>,
    /// The core's number of that name, as of when they were taken.
    raised: u64,
}

impl<W: Worker> Hand<W> {
    pub(crate) fn new() -> Self {
        Hand { jobs: VecDeque::new(), raised: 0 }
    }

    /// Takes the next job.
    #[inline]
    pub(crate) fn pop(&mut self) -> Option<Taken<W>> {
        let (_, job) = self.jobs.pop_front()?;
        Some(Taken { job, raised: self.raised })
    }

    /// Fills an empty hand with so many jobs from the front of a queue.
    pub(crate) fn fill(&mut self, queue: &mut Queue<W>, count: usize, raised: u64) {
        debug_assert!(self.jobs.is_empty(), "only a worker without jobs takes jobs");
        self.raised = raised;
        self.jobs.extend(std::iter::from_fn(|| queue.pop_placed()).take(count));
    }

    /// Fills an empty hand with what another one held.
    pub(crate) fn refill(&mut self, jobs: VecDeque<(NonZeroU64, Job<W>)>, raised: u64) {
        debug_assert!(self.jobs.is_empty(), "only a worker without jobs takes jobs");
        self.raised = raised;
        self.jobs = jobs;
    }

    /// Takes everything.
    pub(crate) fn take_all(&mut self) -> VecDeque<(NonZeroU64, Job<W>)> {
        std::mem::take(&mut self.jobs)
    }
}

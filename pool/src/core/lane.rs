//! The express lane: the queue of a pool all of whose workers are busy, as fast as a channel.
//!
//! A pool with every worker at work and nothing unusual going on has only two things to do: put a job at the back,
//! take one from the front. While the lane is open, submitters and workers do just that, each under a small lock of
//! their own (the inbox, the outbox) instead of the core's; a worker that finds the outbox empty swaps it for the
//! inbox, so that a whole batch changes hands for one lock. Nothing is taken in advance: a job that blocks holds up
//! nobody.
//!
//! INVARIANT: while it is open, the core's queue is empty, no worker is idle or coming, `live == max`, the phase is
//! open, and no submitter is blocked. Whoever needs anything else takes the core's lock (`Inner::lock`), which closes
//! the lane first and moves what waits in it to the core's queue, in order: so no transition of the core knows of it.
//! Locks nest core → outbox → inbox.

use super::Taken;
use super::queue::Queue;
use crate::job::Job;
use crate::sync::{Mutex, Padded, stat::Stat};
use crate::worker::Worker;

pub(crate) struct Lane<W: Worker> {
    inbox: Padded<Mutex<Inbox<W>>>,
    outbox: Padded<Mutex<Outbox<W>>>,
    /// Whether a look is worth a lock. Only a hint: what is true is under the locks.
    hint: Padded<Hint>,
}

#[derive(Debug, Default)]
struct Hint {
    open: Stat,
}

struct Inbox<W: Worker> {
    open: bool,
    /// How many jobs it may hold: the bound, less what the outbox held when this was set.
    room: usize,
    jobs: Queue<W>,
    accepted: u64,
}

struct Outbox<W: Worker> {
    open: bool,
    bound: usize,
    /// The core's number of that name.
    raised: u64,
    jobs: Queue<W>,
}

/// What a worker finds in the lane.
pub(crate) enum Take<W: Worker> {
    Job(Taken<W>),
    /// Nothing waits just now.
    Empty,
    /// Ask the core.
    Closed,
}

impl<W: Worker> Lane<W> {
    pub(crate) fn new() -> Self {
        Lane {
            inbox: Padded(Mutex::new(Inbox { open: false, room: 0, jobs: Queue::new(), accepted: 0 })),
            outbox: Padded(Mutex::new(Outbox { open: false, bound: 0, raised: 0, jobs: Queue::new() })),
            hint: Padded(Hint::default()),
        }
    }

    /// Whether it looks open.
    pub(crate) fn looks_open(&self) -> bool {
        self.hint.0.open.get() != 0
    }

    /// Puts a job at the back; it comes back when the lane is closed or full.
    pub(crate) fn push(&self, job: Job<W>) -> Result<(), Job<W>> {
        let mut inbox = self.inbox.0.lock();
        if !inbox.open || inbox.jobs.len() >= inbox.room {
            return Err(job);
        }
        inbox.jobs.push(job);
        inbox.accepted += 1;
        Ok(())
    }

    /// Takes the job that has waited longest.
    pub(crate) fn take(&self) -> Take<W> {
        let mut outbox = self.outbox.0.lock();
        if !outbox.open {
            return Take::Closed;
        }
        let raised = outbox.raised;
        if let Some(job) = outbox.jobs.pop() {
            return Take::Job(Taken { job, raised });
        }
        let mut inbox = self.inbox.0.lock();
        inbox.jobs.swap_jobs(&mut outbox.jobs);
        inbox.room = outbox.bound.saturating_sub(outbox.jobs.len());
        drop(inbox);
        outbox.jobs.pop().map_or(Take::Empty, |job| Take::Job(Taken { job, raised }))
    }

    /// Opens the lane with what waits in the core's queue. Under the core's lock.
    pub(crate) fn open(&self, queue: &mut Queue<W>, bound: usize, raised: u64) {
        let mut outbox = self.outbox.0.lock();
        let mut inbox = self.inbox.0.lock();
        outbox.open = true;
        outbox.bound = bound;
        outbox.raised = raised;
        outbox.jobs.swap_jobs(queue);
        inbox.open = true;
        inbox.room = bound.saturating_sub(outbox.jobs.len());
        inbox.jobs.number_from(queue);
        self.hint.0.open.set(1);
    }

    /// Closes the lane: what waits goes to the core's queue, in order. Returns how many jobs it took in. Under the
    /// core's lock.
    pub(crate) fn close(&self, queue: &mut Queue<W>) -> u64 {
        let mut outbox = self.outbox.0.lock();
        let mut inbox = self.inbox.0.lock();
        outbox.open = false;
        inbox.open = false;
        self.hint.0.open.set(0);
        queue.swap_jobs(&mut outbox.jobs);
        queue.append(&mut inbox.jobs);
        std::mem::take(&mut inbox.accepted)
    }
}

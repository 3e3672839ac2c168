//! The express lane: the queue of a pool all of whose workers are busy, as fast as a channel.
//!
//! A pool with every worker at work and nothing unusual going on has only two things to do: put a job at the back,
//! take one from the front. While the lane is open, submitters and workers do just that, each under a small lock of
//! their own (the inbox, the outbox) instead of the core's; a worker that finds the outbox empty swaps it for the
//! inbox, so that a whole batch changes hands for one lock.
//!
//! A worker whose jobs are very short takes several of them into its *hand*, a queue of its own with a lock that
//! nobody else wants. They are not started, only nearer: when the worker makes no headway, the next one that comes to
//! the outbox takes them over, and whoever closes the lane takes them back. So a job that blocks holds up nobody, and
//! two jobs that wait for each other do not mind lying in one hand.
//!
//! INVARIANT: while it is open, the core's queue is empty, no worker is idle or coming, `live == max`, the phase is
//! open, and no submitter is blocked; while it is closed, inbox, outbox and hands are empty. A hand is filled only
//! under the outbox's lock, while the lane is open. Whoever needs anything else takes the core's lock (`Inner::lock`),
//! which closes the lane first and moves what waits in it to the core's queue, in order: so no transition of the core
//! knows of it. Locks nest core → outbox → inbox → hand.

use super::Taken;
use super::queue::Queue;
use super::slot::Slot;
use crate::job::Job;
use crate::sync::{Arc, AtomicBool, Mutex, MutexGuard, Ordering, Padded, mutant};
use crate::worker::Worker;

pub(crate) struct Lane<W: Worker> {
    inbox: Padded<Mutex<Inbox<W>>>,
    outbox: Padded<Mutex<Outbox<W>>>,
    /// Whether the lane is open. This and `filled` only say whether a look is worth a lock: what is true is under the
    /// locks, and whoever was told wrongly asks the core.
    open: Padded<AtomicBool>,
    /// Whether something came into the inbox since it was swapped.
    filled: Padded<AtomicBool>,
}

struct Inbox<W: Worker> {
    open: bool,
    /// How many jobs it may hold: the bound, less what outbox and hands held when this was set.
    room: usize,
    jobs: Queue<W>,
    accepted: u64,
}

struct Outbox<W: Worker> {
    open: bool,
    bound: usize,
    /// How many workers there are.
    workers: usize,
    /// The core's number of that name.
    raised: u64,
    jobs: Queue<W>,
    /// The workers that took jobs into their hands.
    holders: Vec<Holder<W>>,
    /// How many jobs are in hands at most.
    held: usize,
    /// Which holder is looked after next.
    round: usize,
}

struct Holder<W: Worker> {
    slot: Arc<Slot<W>>,
    /// How many jobs it was given when it last filled its hand.
    given: usize,
    /// How many jobs it had ended when it was last looked after.
    ended: u64,
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
            outbox: Padded(Mutex::new(Outbox {
                open: false,
                bound: 0,
                workers: 1,
                raised: 0,
                jobs: Queue::new(),
                holders: Vec::new(),
                held: 0,
                round: 0,
            })),
            open: Padded(AtomicBool::new(false)),
            filled: Padded(AtomicBool::new(false)),
        }
    }

    /// Whether it looks open.
    #[inline]
    pub(crate) fn looks_open(&self) -> bool {
        self.open.0.load(Ordering::Relaxed)
    }

    /// Whether a look into it looks worth while: something came in, or it was closed.
    pub(crate) fn looks_changed(&self) -> bool {
        self.filled.0.load(Ordering::Relaxed) || !self.looks_open()
    }

    /// A place at the back, if the lane is open and has room.
    #[inline(always)]
    pub(crate) fn place(&self) -> Option<Place<'_, W>> {
        let inbox = self.inbox.0.lock();
        (inbox.open && inbox.jobs.len() < inbox.room).then_some(Place { inbox, filled: &self.filled.0 })
    }

    /// Takes the job that has waited longest, for this worker, and with it up to `batch` in all into its hand; if it is
    /// to `share`, no more than it leaves to each of the others.
    pub(crate) fn take(&self, slot: &Arc<Slot<W>>, batch: usize, share: bool) -> Take<W> {
        let mut outbox = self.outbox.0.lock();
        if !outbox.open {
            return Take::Closed;
        }
        let raised = outbox.raised;
        if outbox.take_over(slot) {
            return slot.hand.lock().pop().map_or(Take::Empty, Take::Job);
        }
        if outbox.jobs.is_empty() {
            outbox.jobs.rewind();
            let mut inbox = self.inbox.0.lock();
            inbox.jobs.swap_jobs(&mut outbox.jobs);
            inbox.room = outbox.bound.saturating_sub(outbox.jobs.len() + outbox.held);
            self.filled.0.store(false, Ordering::Relaxed);
        }
        let Some(job) = outbox.jobs.pop() else { return Take::Empty };
        let most = if share { outbox.jobs.len() / outbox.workers } else { outbox.jobs.len() };
        let share = most.min(batch - 1);
        if share > 0 && mutant("hand_after_close") {
            let jobs = std::iter::from_fn(|| outbox.jobs.pop_placed()).take(share).collect();
            drop(outbox);
            slot.hand.lock().refill(jobs, raised);
        } else if share > 0 {
            outbox.deal(slot, share);
        }
        Take::Job(Taken { job, raised })
    }

    /// Opens the lane with what waits in the core's queue, for so many workers. Under the core's lock.
    pub(crate) fn open(&self, queue: &mut Queue<W>, bound: usize, workers: usize, raised: u64) {
        let mut outbox = self.outbox.0.lock();
        let mut inbox = self.inbox.0.lock();
        outbox.open = true;
        outbox.bound = bound;
        outbox.workers = workers;
        outbox.raised = raised;
        outbox.jobs.swap_jobs(queue);
        inbox.open = true;
        inbox.room = bound.saturating_sub(outbox.jobs.len());
        inbox.jobs.number_from(queue);
        self.open.0.store(true, Ordering::Relaxed);
    }

    /// Closes the lane: what waits goes to the core's queue, in order. Returns how many jobs it took in. Under the
    /// core's lock.
    pub(crate) fn close(&self, queue: &mut Queue<W>) -> u64 {
        let mut outbox = self.outbox.0.lock();
        let mut inbox = self.inbox.0.lock();
        outbox.open = false;
        inbox.open = false;
        self.open.0.store(false, Ordering::Relaxed);
        self.filled.0.store(false, Ordering::Relaxed);
        if !mutant("hands_left_full") {
            // What lies in hands is older than what lies in the outbox.
            let mut held = Vec::new();
            for holder in outbox.holders.drain(..) {
                held.extend(holder.slot.hand.lock().take_all());
            }
            held.sort_unstable_by_key(|&(place, _)| place);
            held.into_iter().for_each(|(place, job)| queue.push_at(job, place));
        }
        outbox.held = 0;
        queue.append(&mut outbox.jobs);
        queue.append(&mut inbox.jobs);
        std::mem::take(&mut inbox.accepted)
    }
}

/// A place in the inbox, which is locked until the job is put there.
pub(crate) struct Place<'a, W: Worker> {
    inbox: MutexGuard<'a, Inbox<W>>,
    filled: &'a AtomicBool,
}

impl<W: Worker> Place<'_, W> {
    #[inline(always)]
    pub(crate) fn put(mut self, job: Job<W>) {
        if self.inbox.jobs.is_empty() {
            self.filled.store(true, Ordering::Relaxed);
        }
        self.inbox.jobs.push(job);
        self.inbox.accepted += 1;
    }
}

impl<W: Worker> Outbox<W> {
    /// Deals so many jobs into the hand of a worker, which is empty.
    fn deal(&mut self, slot: &Arc<Slot<W>>, share: usize) {
        let mut hand = slot.hand.lock();
        hand.fill(&mut self.jobs, share, self.raised);
        drop(hand);
        self.book(slot, share);
    }

    /// Writes down how many jobs a worker has in hand at most.
    fn book(&mut self, slot: &Arc<Slot<W>>, given: usize) {
        let index = self.holders.iter().position(|holder| holder.slot.id == slot.id).unwrap_or_else(|| {
            self.holders.push(Holder { slot: slot.clone(), given: 0, ended: 0 });
            self.holders.len() - 1
        });
        self.held += given;
        self.held -= std::mem::replace(&mut self.holders[index].given, given);
    }

    /// Looks after one of the others: when it ended no job since it was last looked after, this worker takes over
    /// what it has in hand. All of that is older than what lies in the outbox.
    fn take_over(&mut self, slot: &Arc<Slot<W>>) -> bool {
        if self.holders.is_empty() {
            return false;
        }
        self.round = (self.round + 1) % self.holders.len();
        let holder = &mut self.holders[self.round];
        let ended = std::mem::replace(&mut holder.ended, holder.slot.stats.jobs());
        if holder.slot.id == slot.id || holder.given == 0 || holder.ended != ended {
            return false;
        }
        let given = std::mem::take(&mut holder.given);
        self.held -= given;
        let jobs = holder.slot.hand.lock().take_all();
        let count = jobs.len();
        if count > 0 {
            slot.hand.lock().refill(jobs, self.raised);
            self.book(slot, count);
        }
        count > 0
    }
}

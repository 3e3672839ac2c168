//! The express lane: the queue of a pool all of whose workers are busy, as fast as a channel.
//!
//! A pool with every worker at work and nothing unusual going on has only two things to do: put a job at the back,
//! take one from the front. While the lane is open, submitters and workers do just that, without the core's lock:
//! submitters put jobs on a belt (`belt.rs`), without any; workers take them from its front under a lock of their own,
//! the outbox's, several at a time.
//!
//! A worker whose jobs are very short takes several of them into its *hand* (`hand.rs`). They are not started, only
//! nearer: when the worker makes no headway, the next one that comes to the outbox takes them over, and whoever closes
//! the lane takes them back. So a job that blocks holds up nobody, and two jobs that wait for each other do not mind
//! lying in one hand.
//!
//! INVARIANT: while it is open, the core's queue is empty, no worker is idle or coming, `live == max`, the pool is not
//! closed, and no submitter is blocked; while it is closed, outbox, belt and hands are empty. A hand is filled only
//! under the outbox's lock, while the lane is open. Whoever needs anything else takes the core's lock (`Inner::lock`),
//! which closes the lane first and moves what waits in it to the core's queue, in order: so no transition of the core
//! knows of it. Locks nest core → outbox → hand.

use super::backlog::Backlog;
use super::belt::{Back, Front, belt};
use super::queue::Queue;
use super::slot::Slot;
use super::{Grip, Taken};
use crate::job::Job;
use crate::sync::{Arc, AtomicBool, Mutex, Ordering, Padded, mutant};
use crate::worker::Worker;
use std::num::NonZeroU64;

pub(crate) struct Lane<W: Worker> {
    back: Back<Job<W>>,
    outbox: Padded<Mutex<Outbox<W>>>,
    /// Whether the lane is open. It only says whether a look is worth while: what is true is in the belt and under the
    /// lock, and whoever was told wrongly asks the core.
    open: Padded<AtomicBool>,
}

/// A job with its place in the queue.
pub(crate) type Placed<W> = (NonZeroU64, Job<W>);

/// Which part of the bound may have come free before the submitters hear of it. Who finds no room asks the core.
const LAG: usize = 16;

struct Outbox<W: Worker> {
    /// How many jobs may wait; nothing is taken in where there is none.
    bound: Option<usize>,
    /// How many workers there are.
    workers: usize,
    /// The core's number of that name.
    raised: u64,
    /// What waited before the lane was opened.
    jobs: Queue<W>,
    /// The front of the belt, on which lies what was submitted since; the core has it while the lane is closed.
    front: Option<Front<Job<W>>>,
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
    /// A job, and with it all there were.
    Last(Taken<W>),
    /// Nothing waits just now.
    Empty,
    /// Ask the core.
    Closed,
}

impl<W: Worker> Lane<W> {
    /// A closed lane, and the front of its belt.
    pub(crate) fn new() -> (Self, Front<Job<W>>) {
        let (back, front) = belt();
        let lane = Lane {
            back,
            outbox: Padded(Mutex::new(Outbox {
                bound: None,
                workers: 1,
                raised: 0,
                jobs: Queue::new(),
                front: None,
                holders: Vec::new(),
                held: 0,
                round: 0,
            })),
            open: Padded(AtomicBool::new(false)),
        };
        (lane, front)
    }

    /// Whether it looks open.
    #[inline]
    pub(crate) fn looks_open(&self) -> bool {
        self.open.0.load(Ordering::Relaxed)
    }

    /// Whether a look into it looks worth while: something came in, or it was closed.
    pub(crate) fn looks_changed(&self) -> bool {
        self.back.looks_filled() || !self.looks_open()
    }

    /// Puts a job at the back, if the lane is open and has room; otherwise gives it back.
    #[inline(always)]
    pub(crate) fn put(&self, job: Job<W>) -> Result<(), Job<W>> {
        self.back.push(job, Job::set_place)
    }

    /// Takes the job that has waited longest, for this worker, and with it up to `batch` in all into its hand, which is
    /// empty: as many as it is to take `alone`, or else no more than it leaves to each of the others.
    pub(crate) fn take(
        &self,
        slot: &Arc<Slot<W>>,
        grip: &Grip<Placed<W>>,
        batch: usize,
        alone: usize,
    ) -> Take<W> {
        let mut outbox = self.outbox.0.lock();
        if outbox.front.is_none() {
            return Take::Closed;
        }
        let raised = outbox.raised;
        if outbox.take_over(slot, grip) {
            return grip.pop().map_or(Take::Empty, |(_, job)| Take::Job(Taken { job, raised }));
        }
        let Some((_, job)) = outbox.pop() else {
            return if outbox.bound.is_some() { Take::Empty } else { Take::Closed };
        };
        let taken = Taken { job, raised };
        let wanted = batch - 1;
        // How many wait is asked only when it matters: the submitters write to where that stands.
        let share =
            if alone >= wanted { wanted } else { wanted.min(alone.max(outbox.len() / outbox.workers)) };
        if mutant("hand_after_close") {
            let jobs: Vec<_> = std::iter::from_fn(|| outbox.pop()).take(share).collect();
            drop(outbox);
            grip.fill(jobs.into_iter());
            return Take::Job(taken);
        }
        let dealt = outbox.deal(slot, grip, share);
        outbox.allow();
        if dealt < share { Take::Last(taken) } else { Take::Job(taken) }
    }

    /// Opens the lane with what waits in the core's plain queue, for so many workers; without a bound, it takes in
    /// nothing more. Under the core's lock.
    pub(crate) fn open(&self, backlog: &mut Backlog<W>, bound: Option<usize>, workers: usize, raised: u64) {
        let mut outbox = self.outbox.0.lock();
        outbox.bound = bound;
        outbox.workers = workers;
        outbox.raised = raised;
        outbox.jobs.swap_jobs(&mut backlog.queue);
        let mut front = backlog.belt.take().expect("the core has it while the lane is closed");
        if let Some(bound) = bound {
            front.start(backlog.queue.next_place(), bound.saturating_sub(outbox.jobs.len() + front.len()));
        }
        outbox.front = Some(front);
        self.open.0.store(true, Ordering::Relaxed);
    }

    /// Closes the lane: what waits goes to the core's plain queue, in order. Returns how many jobs it took in. Under the
    /// core's lock.
    pub(crate) fn close(&self, backlog: &mut Backlog<W>) -> u64 {
        let mut outbox = self.outbox.0.lock();
        self.open.0.store(false, Ordering::Relaxed);
        let outbox = &mut *outbox;
        if !mutant("hands_left_full") {
            // What lies in hands is older than what lies in the outbox.
            let mut held = Vec::new();
            for holder in outbox.holders.drain(..) {
                held.extend(holder.slot.hand.take_all());
            }
            held.sort_unstable_by_key(|&(place, _)| place);
            held.into_iter().rev().for_each(|(place, job)| outbox.jobs.push_front(job, place));
        }
        outbox.held = 0;
        backlog.queue.swap_jobs(&mut outbox.jobs);
        let mut front = outbox.front.take().expect("an open lane has it");
        let accepted = if outbox.bound.is_some() { front.stop() } else { 0 };
        backlog.queue.number_from(front.next_place());
        backlog.belt = Some(front);
        accepted
    }
}

impl<W: Worker> Outbox<W> {
    /// Takes the job that has waited longest.
    fn pop(&mut self) -> Option<Placed<W>> {
        self.jobs.pop_placed().or_else(|| self.front.as_mut()?.pop())
    }

    /// How many jobs lie here and on the belt.
    fn len(&self) -> usize {
        self.jobs.len() + self.front.as_ref().map_or(0, Front::len)
    }

    /// Tells the belt how many jobs may wait there.
    fn allow(&mut self) {
        if let (Some(bound), Some(front)) = (self.bound, &mut self.front) {
            front.allow(bound.saturating_sub(self.jobs.len() + self.held), bound / LAG);
        }
    }

    /// Deals so many jobs into the hand of a worker, which is empty, or as many as are there.
    fn deal(&mut self, slot: &Arc<Slot<W>>, grip: &Grip<Placed<W>>, share: usize) -> usize {
        if share == 0 {
            return 0;
        }
        let count = grip.fill(std::iter::from_fn(|| self.pop()).take(share));
        self.book(slot, count);
        count
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
    fn take_over(&mut self, slot: &Arc<Slot<W>>, grip: &Grip<Placed<W>>) -> bool {
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
        let jobs = holder.slot.hand.take_all();
        let count = jobs.len();
        if count > 0 {
            grip.fill(jobs.into_iter());
            self.book(slot, count);
        }
        count > 0
    }
}

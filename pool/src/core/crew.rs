//! The set of workers: jobs for one of them alone, more and fewer of them, and those whose jobs wait for the pool.

use super::{Admit, Core, Slot};
use crate::error::Refusal;
use crate::job::{Cancel, Job};
use crate::metrics::{Activity, Phase};
use crate::sync::{Arc, mutant, thread::ThreadId};
use crate::worker::{Worker, WorkerId};
use std::time::Instant;

impl<W: Worker> Core<W> {
    /// A job for one worker alone: its claim, or a place in the worker's own queue; or the job is left where it was.
    pub(crate) fn admit_to(&mut self, id: WorkerId, job: &mut Option<Job<W>>, now: Instant) -> Admit<W> {
        match self.phase {
            Phase::Open => {}
            Phase::Draining => return Admit::Refused(Refusal::Draining),
            Phase::Closed => return Admit::Refused(Refusal::Closed),
        }
        if let Some(index) = self.idle.iter().position(|slot| slot.id == id) {
            let slot = self.idle.remove(index);
            self.busy_with(&slot, job.as_ref().map_or(0, Job::tenant), now);
            self.counts.accepted += 1;
            return Admit::Claimed(slot, self.raised);
        }
        let bound = self.limits.queue;
        let entry =
            self.workers.iter_mut().map(|(_, entry)| entry).find(|entry| entry.id == id && entry.live);
        match entry {
            // It may be leaving for good, and would have to be kept for this.
            Some(entry) if entry.activity != Activity::Stopping => {
                if entry.own.len() >= bound {
                    return Admit::Refused(Refusal::Full);
                }
                entry.own.push_back(job.take().expect("admit is given a job"));
                self.owned += 1;
                self.counts.accepted += 1;
                Admit::Queued
            }
            _ => Admit::Refused(Refusal::NoSuchWorker),
        }
    }

    /// The workers there are.
    pub(crate) fn worker_ids(&self) -> Vec<WorkerId> {
        let mut ids: Vec<_> =
            self.workers.iter().filter(|(_, e)| e.live).map(|(_, entry)| entry.id).collect();
        ids.sort_unstable();
        ids
    }

    /// Changes the bounds. Returns the idle workers that are too many, to be told to stop.
    pub(crate) fn resize(&mut self, min: usize, max: usize, queue: usize, now: Instant) -> Vec<Arc<Slot<W>>> {
        self.limits.min = min;
        self.limits.max = self.adaptive.as_mut().map_or(max, |adaptive| adaptive.set_max(max)).max(min);
        self.limits.queue = queue;
        let mut surplus = Vec::new();
        while self.live - self.leaving() > self.limits.max && !self.idle.is_empty() {
            let slot = self.idle.remove(0);
            self.come(&slot, Activity::Stopping, now);
            surplus.push(slot);
        }
        surplus
    }

    pub(crate) fn is_plain(&self) -> bool {
        self.queue.is_plain()
    }

    /// Nobody is left, and no thread can be had: what waits cannot be served.
    pub(crate) fn strand_if_alone(&mut self) -> Vec<Job<W>> {
        if self.live == 0 { self.strand() } else { Vec::new() }
    }

    /// Reserves a worker if the pool has fewer than so many, or fewer than it may have while jobs wait for one.
    pub(crate) fn reserve_more(&mut self, at_least: usize, now: Instant) -> Option<Arc<Slot<W>>> {
        let wanted = self.live < at_least || (self.idle.is_empty() && self.queue.len() > self.coming);
        (self.phase == Phase::Open && self.live < self.limits.max && wanted).then(|| self.reserve(now))
    }

    pub(super) fn leaving(&self) -> usize {
        self.workers.iter().filter(|(_, e)| e.live && e.activity == Activity::Stopping).count()
    }

    /// A job of this pool that runs on this thread waits for another one's ticket. False: then all of them would
    /// wait, and for nothing.
    pub(crate) fn get_stuck(&mut self, thread: ThreadId, ticket: &Arc<dyn Cancel>) -> bool {
        let Some((key, _)) = self.workers.iter().find(|(_, e)| e.thread == Some(thread)) else { return true };
        self.workers[key].stuck = Some(ticket.clone());
        let all = self.live >= self.limits.max
            && self.workers.iter().filter(|(_, entry)| entry.live).all(|(_, entry)| {
                entry.activity == Activity::Busy
                    && entry.stuck.as_ref().is_some_and(|ticket| !ticket.is_over())
            });
        if mutant("deadlock_unseen") {
            return true;
        }
        if all {
            self.workers[key].stuck = None;
            self.counts.deadlocks += 1;
        }
        !all
    }

    /// It waits no more.
    pub(crate) fn get_unstuck(&mut self, thread: ThreadId) -> Option<Arc<dyn Cancel>> {
        let entry =
            self.workers.iter_mut().map(|(_, entry)| entry).find(|entry| entry.thread == Some(thread));
        entry?.stuck.take()
    }
}

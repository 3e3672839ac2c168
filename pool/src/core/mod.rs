//! See `README.md`. The core: everything that the pool's one lock protects, and the transitions between its states.
//!
//! Nothing here wakes, spawns, joins, or runs user code: a transition says what is to be done, and its caller does it
//! after it let go of the lock.

mod backlog;
mod belt;
mod cell;
mod crew;
mod hand;
mod lane;
mod queue;
mod slot;
mod stats;

pub(crate) use backlog::Rules;
pub(crate) use belt::Front;
pub(crate) use hand::Grip;
pub(crate) use lane::{Lane, Placed, Take};
pub(crate) use queue::Queue;
pub(crate) use slot::{Desk, Mail, Sleep, Slot};

use crate::builder::Limits;
use crate::error::Refusal;
use crate::home::Home;
use crate::job::{Cancel, Job};
use crate::ledger::Ledger;
use crate::metrics::{Activity, Counts, Health, Metrics, Phase, WorkerRow};
use crate::policy::Adaptive;
use crate::spawn::ThreadHandle;
use crate::sync::{Arc, mutant, thread::ThreadId};
use crate::worker::{After, StopReason, Worker, WorkerId};
use backlog::Backlog;
use slab::Slab;
use stats::Times;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// A row of the worker table.
pub(crate) struct Entry<W: Worker> {
    id: WorkerId,
    slot: Arc<Slot<W>>,
    /// Set when the spawner returned; taken by whoever joins.
    handle: Option<Box<dyn ThreadHandle>>,
    thread: Option<ThreadId>,
    activity: Activity,
    since: Instant,
    /// Jobs that only this worker may run.
    own: VecDeque<Job<W>>,
    /// Whose job it runs, while that counts.
    tenant: Option<u64>,
    /// The ticket of a job of this very pool that its job waits for.
    stuck: Option<Arc<dyn Cancel>>,
    /// Whether it is counted in `live`: until it is certain that it ends.
    live: bool,
}

impl<W: Worker> Entry<W> {
    fn turn(&mut self, activity: Activity, now: Instant) {
        self.activity = activity;
        self.since = now;
    }
}

/// What the pool's one lock protects.
///
/// INVARIANTS, at every release of the lock:
/// 1. an idle worker ⇒ an empty queue;
/// 2. a waiting job ⇒ a live worker (busy or coming), so somebody will look at the queue again;
/// 3. `live ≤ max`; accepted jobs that wait ≤ `cap + coming` (as of their acceptance);
/// 4. a worker is on the idle stack at most once, and whoever takes it off owns its slot.
pub(crate) struct Core<W: Worker> {
    pub(crate) phase: Phase,
    limits: Limits,
    /// Idle workers, the hottest on top.
    idle: Vec<Arc<Slot<W>>>,
    queue: Backlog<W>,
    workers: Slab<Entry<W>>,
    /// Handles of threads whose life is over.
    ended: Vec<Box<dyn ThreadHandle>>,
    /// Workers that hold or will hold a state: never above the maximum.
    live: usize,
    /// Those of them that are starting, rebuilding or stopping: each will look at the queue before it rests or ends,
    /// so each makes room for one job more.
    coming: usize,
    /// Threads whose spawner has not returned yet.
    spawning: usize,
    /// Workers whose job drains or closes this very pool.
    waiting: Vec<WorkerId>,
    /// Submitters that wait for a place.
    pub(crate) blocked: usize,
    /// Threads that wait in drain or close for others to end.
    pub(crate) watching: usize,
    next_worker: u64,
    peak_live: usize,
    failures: u32,
    cause: Option<Arc<str>>,
    /// While starts are failing: when the next thread may be started.
    retry_at: Option<Instant>,
    /// How often everything that ran was cancelled.
    raised: u64,
    /// Jobs waiting in workers' own queues.
    owned: usize,
    /// Jobs that were shed, to be ended by whoever lets go of the lock.
    pub(crate) shed: Vec<Job<W>>,
    adaptive: Option<Adaptive>,
    /// Whether the express lane may be open. Nobody but `Inner::lock` and `admit` look at it.
    pub(crate) lane_open: bool,
    pub(crate) counts: Counts,
    /// The histograms of workers that have ended.
    past: Times,
    pub(crate) ledger: Ledger,
}

/// A job that a worker took, and how often everything that ran had been cancelled by then.
pub(crate) struct Taken<W: Worker> {
    pub(crate) job: Job<W>,
    pub(crate) raised: u64,
}

/// What becomes of a submitted job.
pub(crate) enum Admit<W: Worker> {
    /// Give it to this worker, whose claim is ours.
    Claimed(Arc<Slot<W>>, u64),
    /// It is queued, and room was found for it.
    Queued,
    /// It is queued at this place, for the new worker that the caller must now spawn.
    Grow(u64, Arc<Slot<W>>),
    Refused(Refusal),
}

/// What a worker does next.
pub(crate) enum Next<W: Worker> {
    Run(Taken<W>),
    /// The express lane is empty just now: look again for a moment before going idle.
    Search,
    Wait,
    Rebuild,
    Stop(StopReason),
}

/// What a worker does when its state is stopped.
pub(crate) enum Leave<W: Worker> {
    /// It is needed: start a new state on this thread.
    Restart,
    /// It is needed, but on a new thread, reserved here.
    Replace(Arc<Slot<W>>),
    /// End.
    End,
}

/// What a worker does when its state did not start.
pub(crate) enum StartFailed<W: Worker> {
    TryAgain(Instant),
    /// End. These jobs cannot be served by anybody.
    End(Vec<Job<W>>, Arc<str>),
}

impl<W: Worker> Core<W> {
    pub(crate) fn new(mut limits: Limits, belt: Front<Job<W>>) -> Self {
        let adaptive = limits.adaptive.map(|rule| Adaptive::new(rule, limits.max));
        if let Some(adaptive) = &adaptive {
            limits.max = adaptive.limit().max(limits.min);
        }
        Core {
            phase: Phase::Open,
            idle: Vec::new(),
            queue: Backlog::new(&limits.rules, belt),
            adaptive,
            limits,
            workers: Slab::new(),
            ended: Vec::new(),
            live: 0,
            coming: 0,
            spawning: 0,
            waiting: Vec::new(),
            blocked: 0,
            watching: 0,
            next_worker: 1,
            peak_live: 0,
            failures: 0,
            cause: None,
            retry_at: None,
            raised: 0,
            owned: 0,
            shed: Vec::new(),
            lane_open: false,
            past: Times::default(),
            counts: Counts::default(),
            ledger: Ledger::default(),
        }
    }

    /// Whether there is room in the queue for one job more.
    fn has_room(&self) -> bool {
        self.live > 0 && self.queue.len() < self.limits.queue.saturating_add(self.coming)
    }

    /// Submit: claim an idle worker | let a coming one take it | start one | queue | refuse. The job is taken out of
    /// `job` when it was queued.
    pub(crate) fn admit(&mut self, job: &mut Option<Job<W>>, now: Instant) -> Admit<W> {
        match self.phase {
            Phase::Open => {}
            Phase::Draining => return Admit::Refused(Refusal::Draining),
            Phase::Closed => return Admit::Refused(Refusal::Closed),
        }
        let tenant = job.as_ref().map_or(0, Job::tenant);
        if !self.queue.may_run(tenant) {
            // Behind its bulkhead it waits, whoever is idle. One of the tenant's jobs runs: so somebody lives.
            return self.admit_waiting(job, tenant);
        }
        let claimed = if mutant("claim_not_owned") { self.idle.last().cloned() } else { self.idle.pop() };
        if let Some(slot) = claimed {
            self.busy_with(&slot, tenant, now);
            self.counts.accepted += 1;
            return Admit::Claimed(slot, self.raised);
        }
        if self.queue.len() >= self.coming && self.live < self.limits.max {
            if self.retry_at.is_none_or(|at| at <= now) {
                let slot = self.reserve(now);
                self.counts.accepted += 1;
                let place = self.queue.push(job.take().expect("admit is given a job"));
                return Admit::Grow(place, slot);
            }
            if self.live == 0 {
                return Admit::Refused(Refusal::Unhealthy(self.cause()));
            }
        }
        self.admit_waiting(job, tenant)
    }

    fn admit_waiting(&mut self, job: &mut Option<Job<W>>, tenant: u64) -> Admit<W> {
        if !self.queue.may_wait(tenant) {
            return Admit::Refused(Refusal::TenantFull);
        }
        if !self.has_room() {
            return Admit::Refused(Refusal::Full);
        }
        self.counts.accepted += 1;
        self.queue.push(job.take().expect("admit is given a job"));
        Admit::Queued
    }

    /// A worker takes a job of this tenant.
    fn busy_with(&mut self, slot: &Slot<W>, tenant: u64, now: Instant) {
        let entry = &mut self.workers[slot.key];
        entry.turn(Activity::Busy, now);
        entry.tenant = Some(tenant);
        self.queue.start(tenant);
    }

    /// A worker's job, if it had one, is over.
    fn job_over(&mut self, slot: &Slot<W>) {
        if let Some(tenant) = self.workers[slot.key].tenant.take() {
            self.queue.end(tenant);
        }
    }

    /// A full queue makes room: takes out its oldest or newest job, if it is not more urgent than the new one.
    pub(crate) fn evict(&mut self, priority: u8, newest: bool) -> Option<Job<W>> {
        let job = self.queue.evict(priority, newest)?;
        // A job that is just being cancelled is counted there.
        self.counts.dropped += u64::from(job.move_to(Home::NONE));
        Some(job)
    }

    /// Whether waiting jobs may have to be handed to idle workers: only where jobs wait beside idle workers at all.
    pub(crate) fn dispatch(&mut self, now: Instant) -> Vec<(Arc<Slot<W>>, Taken<W>)> {
        let mut given = Vec::new();
        while !self.queue.is_plain() && !self.idle.is_empty() && self.phase != Phase::Closed {
            let Some(job) = self.pop(now) else { break };
            let slot = self.idle.pop().expect("just seen");
            self.busy_with(&slot, job.tenant(), now);
            given.push((slot, Taken { job, raised: self.raised }));
        }
        given
    }

    fn pop(&mut self, now: Instant) -> Option<Job<W>> {
        let before = self.shed.len();
        let job = self.queue.pop(now, self.limits.queue, &mut self.shed);
        self.counts.shed += claim_all(&self.shed[before..]);
        job
    }

    /// Opens the express lane if it is of use: every worker is busy, and so many jobs wait. In a pool that is drained it
    /// takes no jobs in, but lets them out.
    pub(crate) fn open_lane(&mut self, lane: &Lane<W>) {
        self.open_lane_for(self.limits.express, lane);
    }

    /// The same by a worker that took a job: a submit would do it sooner, unless none comes. So it opens the lane only for
    /// twice as many.
    pub(crate) fn reopen_lane(&mut self, lane: &Lane<W>) {
        self.open_lane_for(self.limits.express.saturating_mul(2), lane);
    }

    fn open_lane_for(&mut self, enough: usize, lane: &Lane<W>) {
        let plain = self.queue.is_plain() && self.owned == 0 && self.adaptive.is_none();
        let saturated = self.live == self.limits.max && self.coming == 0 && self.idle.is_empty();
        if plain
            && saturated
            && self.blocked == 0
            && self.queue.len() >= enough
            && self.phase != Phase::Closed
        {
            let bound = (self.phase == Phase::Open).then_some(self.limits.queue);
            lane.open(&mut self.queue, bound, self.live, self.raised);
            self.lane_open = true;
        }
    }

    /// Closes the express lane: from here on, the core's queue is all there is.
    pub(crate) fn close_lane(&mut self, lane: &Lane<W>) {
        self.counts.accepted += lane.close(&mut self.queue);
        self.lane_open = false;
    }

    /// Makes a place in the table for a thread that the caller is about to spawn.
    pub(crate) fn reserve(&mut self, now: Instant) -> Arc<Slot<W>> {
        let id = WorkerId(self.next_worker);
        self.next_worker += 1;
        let vacant = self.workers.vacant_entry();
        let slot = Arc::new(Slot::new(id, vacant.key()));
        vacant.insert(Entry {
            id,
            slot: slot.clone(),
            handle: None,
            thread: None,
            activity: Activity::Starting,
            since: now,
            own: VecDeque::new(),
            tenant: None,
            stuck: None,
            live: true,
        });
        self.live += 1;
        self.peak_live = self.peak_live.max(self.live);
        self.coming += 1;
        self.spawning += 1;
        self.ledger.threads_started += 1;
        debug_assert!(self.live <= self.limits.max);
        slot
    }

    /// The spawner returned a thread. Its life may be over already.
    pub(crate) fn spawned(&mut self, slot: &Slot<W>, handle: Box<dyn ThreadHandle>) {
        self.spawning -= 1;
        match self.workers.get_mut(slot.key) {
            Some(entry) if entry.id == slot.id => entry.handle = Some(handle),
            _ => self.ended.push(handle),
        }
    }

    /// The spawner failed: the worker never was.
    pub(crate) fn not_spawned(&mut self, slot: &Slot<W>) {
        self.workers.remove(slot.key);
        self.live -= 1;
        self.coming -= 1;
        self.spawning -= 1;
        self.ledger.threads_started -= 1;
        self.counts.spawn_failures += 1;
    }

    /// The first thing a worker's thread does: it is given the threads it is to join, and whether it should start.
    pub(crate) fn begin(
        &mut self,
        slot: &Slot<W>,
        thread: ThreadId,
        now: Instant,
    ) -> (Vec<Box<dyn ThreadHandle>>, bool) {
        self.workers[slot.key].thread = Some(thread);
        (self.take_ended(), self.may_start(slot, now))
    }

    /// After a failed spawn: takes the job back from its place, unless somebody serves it anyhow. The other jobs are
    /// those that nobody is left to serve.
    pub(crate) fn unqueue(
        &mut self,
        (priority, tenant, place): (u8, u64, u64),
    ) -> (Option<Job<W>>, Vec<Job<W>>) {
        let within = self.queue.len() <= self.limits.queue.saturating_add(self.coming);
        if self.live > 0 && within && self.phase == Phase::Open {
            return (None, Vec::new());
        }
        let ours = self.queue.remove(priority, tenant, place);
        if ours.is_some() {
            self.counts.accepted -= 1;
        }
        let stranded = if self.live == 0 { self.strand() } else { Vec::new() };
        (ours, stranded)
    }

    fn take_all(&mut self) -> Vec<Job<W>> {
        let mut jobs = self.queue.take_all();
        jobs.extend(self.workers.iter_mut().flat_map(|(_, entry)| entry.own.drain(..)));
        self.owned = 0;
        jobs
    }

    /// Takes out every waiting job because nobody is left to run it.
    fn strand(&mut self) -> Vec<Job<W>> {
        let jobs = self.take_all();
        self.counts.unserved += claim_all(&jobs);
        jobs
    }

    /// Takes out every waiting job to return it undone. Cancelled ones come second, to be dropped without the lock.
    pub(crate) fn take_undone(&mut self) -> (Vec<Job<W>>, Vec<Job<W>>) {
        let (undone, cancelled): (Vec<_>, Vec<_>) =
            self.take_all().into_iter().partition(|job| job.move_to(Home::NONE));
        self.counts.undone += undone.len() as u64;
        (undone, cancelled)
    }

    /// A queued job was cancelled: its place is free at once.
    pub(crate) fn forget_cancelled(&mut self, priority: u8, tenant: u64, place: u64) -> Option<Job<W>> {
        self.counts.cancelled += 1;
        self.queue.remove(priority, tenant, place)
    }

    /// A worker is free: the next job, or the idle stack, or the end.
    pub(crate) fn next(&mut self, slot: &Arc<Slot<W>>, now: Instant) -> Next<W> {
        self.job_over(slot);
        let reason = match self.phase {
            Phase::Closed => StopReason::Closed,
            _ => match self.job_for(slot, now) {
                Some(job) => {
                    self.busy_with(slot, job.tenant(), now);
                    return Next::Run(Taken { job, raised: self.raised });
                }
                None if self.too_many() => StopReason::Resized,
                None if self.phase == Phase::Open => {
                    self.workers[slot.key].turn(Activity::Idle, now);
                    self.idle.push(slot.clone());
                    if mutant("idle_twice") {
                        self.idle.push(slot.clone());
                    }
                    return Next::Wait;
                }
                None => StopReason::Drained,
            },
        };
        self.come(slot, Activity::Stopping, now);
        Next::Stop(reason)
    }

    /// The next job for this worker: one of its own first.
    fn job_for(&mut self, slot: &Slot<W>, now: Instant) -> Option<Job<W>> {
        if self.owned > 0
            && let Some(job) = self.workers[slot.key].own.pop_front()
        {
            self.owned -= 1;
            return Some(job);
        }
        if self.too_many() { None } else { self.pop(now) }
    }

    /// Whether there are more workers than there may be since a resize, apart from those that leave.
    fn too_many(&self) -> bool {
        self.live > self.limits.max && self.live - self.leaving() > self.limits.max
    }

    /// A job is over (its worker counted it).
    pub(crate) fn finish(
        &mut self,
        slot: &Arc<Slot<W>>,
        after: After,
        took: Duration,
        now: Instant,
    ) -> Next<W> {
        self.job_over(slot);
        let busy = if self.adaptive.is_some() { self.busy() } else { 0 };
        if let Some(limit) = self.adaptive.as_mut().and_then(|adaptive| adaptive.record(took, busy)) {
            self.limits.max = limit.max(self.limits.min);
        }
        match after {
            _ if self.phase == Phase::Closed => self.next(slot, now),
            After::Keep => self.next(slot, now),
            After::Rebuild => {
                self.counts.rebuilt += 1;
                self.come(slot, Activity::Rebuilding, now);
                Next::Rebuild
            }
            After::Retire => {
                self.counts.retired += 1;
                self.come(slot, Activity::Stopping, now);
                Next::Stop(StopReason::Retire)
            }
        }
    }

    fn come(&mut self, slot: &Slot<W>, activity: Activity, now: Instant) {
        self.workers[slot.key].turn(activity, now);
        self.coming += 1;
    }

    /// A state was started: its worker no longer comes, it is here. One transition with the look at the queue: a
    /// worker that stopped coming and had not yet taken a job would, for a moment, make room for nobody, and a
    /// submit in that moment was refused for nothing (found by loom model 2).
    pub(crate) fn arrive(&mut self, slot: &Arc<Slot<W>>, now: Instant) -> Next<W> {
        if !mutant("arrive_gap") {
            self.coming -= 1;
        }
        self.failures = 0;
        self.cause = None;
        self.retry_at = None;
        self.ledger.states_started += 1;
        self.next(slot, now)
    }

    /// Museum: the gap that `arrive` closes.
    pub(crate) fn arrive_early(&mut self) {
        self.coming -= 1;
    }

    /// Whether starting a state is of any use.
    pub(crate) fn wants_start(&self) -> bool {
        match self.phase {
            Phase::Open => true,
            Phase::Draining => self.queue.has_eligible(),
            Phase::Closed => false,
        }
    }

    /// Whether a worker that comes should still start a state; if not, it is to end.
    pub(crate) fn may_start(&mut self, slot: &Slot<W>, now: Instant) -> bool {
        let own = !self.workers[slot.key].own.is_empty();
        let useful = own || (self.wants_start() && self.live <= self.limits.max);
        if useful {
            self.workers[slot.key].turn(Activity::Starting, now);
        } else {
            self.go(slot);
        }
        useful
    }

    /// A state failed to start.
    pub(crate) fn start_failed(&mut self, slot: &Slot<W>, cause: Arc<str>, now: Instant) -> StartFailed<W> {
        self.counts.start_failures += 1;
        self.failures = self.failures.saturating_add(1);
        self.cause = Some(cause.clone());
        // A pause beyond the end of time is a very long one.
        let at = now
            .checked_add(self.limits.back_off(self.failures))
            .unwrap_or_else(|| now + Duration::from_secs(1 << 30));
        self.retry_at = Some(at);
        if self.failures < self.limits.start_attempts {
            self.workers[slot.key].turn(Activity::BackingOff, now);
            return StartFailed::TryAgain(at);
        }
        self.workers[slot.key].turn(Activity::Stopping, now);
        self.go(slot);
        let mut stranded: Vec<_> = self.workers[slot.key].own.drain(..).collect();
        self.owned -= stranded.len();
        self.counts.unserved += claim_all(&stranded);
        if self.live == 0 {
            stranded.extend(self.strand());
        }
        StartFailed::End(stranded, cause)
    }

    /// A state was stopped for good: is its worker needed after all?
    pub(crate) fn leave(&mut self, slot: &Slot<W>, reason: StopReason, now: Instant) -> Leave<W> {
        let short = self.phase == Phase::Open && self.live <= self.limits.min;
        let waited_for = self.queue.has_eligible() && !mutant("recycle_gap");
        let surplus = self.live > self.limits.max;
        let needed = self.phase != Phase::Closed && !surplus && (short || waited_for);
        let own = !self.workers[slot.key].own.is_empty();
        if own || (needed && reason != StopReason::Retire) {
            return Leave::Restart;
        }
        self.go(slot);
        if needed { Leave::Replace(self.reserve(now)) } else { Leave::End }
    }

    /// The replacement of a retiring worker could not be spawned: it goes on itself, on its old thread.
    pub(crate) fn take_back_leave(&mut self, slot: &Slot<W>) {
        self.workers[slot.key].live = true;
        self.live += 1;
        self.coming += 1;
    }

    /// It is certain that a coming worker ends.
    fn go(&mut self, slot: &Slot<W>) {
        self.workers[slot.key].live = false;
        self.coming -= 1;
        self.live -= 1;
    }

    /// The last thing a worker's thread does.
    pub(crate) fn end(&mut self, slot: &Slot<W>) {
        let entry = self.workers.remove(slot.key);
        self.ended.extend(entry.handle);
        slot.stats.add_to(&mut self.counts, &mut self.past);
        self.ledger.threads_stopped += 1;
    }

    /// Expire: takes an idle worker off the stack, if it is still there and above the minimum. The claim is the
    /// caller's, who must tell the worker to stop.
    pub(crate) fn expire(&mut self, id: WorkerId, now: Instant) -> Option<Arc<Slot<W>>> {
        if self.live - self.leaving() <= self.limits.min {
            return None;
        }
        let index = self.idle.iter().position(|slot| slot.id == id)?;
        let slot = if mutant("expire_toctou") { self.idle[index].clone() } else { self.idle.remove(index) };
        self.counts.expired += 1;
        self.come(&slot, Activity::Stopping, now);
        Some(slot)
    }

    /// The coldest idle worker that has been idle for the keep-alive time.
    pub(crate) fn overdue(&self, now: Instant) -> Option<WorkerId> {
        let keep_alive = self.limits.keep_alive?;
        let coldest = self.idle.first()?;
        let idle_for = now.saturating_duration_since(self.workers[coldest.key].since);
        (idle_for >= keep_alive).then_some(coldest.id)
    }

    /// Drain or close: takes every idle worker off the stack, to be told to stop. Closing also wakes those that wait
    /// to try again.
    pub(crate) fn dismiss(&mut self, now: Instant) -> Vec<Arc<Slot<W>>> {
        let idle = std::mem::take(&mut self.idle);
        for slot in &idle {
            self.come(slot, Activity::Stopping, now);
        }
        idle
    }

    /// Slots of the workers that sleep until they try to start again.
    pub(crate) fn backing_off(&self) -> Vec<Arc<Slot<W>>> {
        let sleeping = self.workers.iter().filter(|(_, e)| e.activity == Activity::BackingOff);
        sleeping.map(|(_, entry)| entry.slot.clone()).collect()
    }

    /// Whether every spawner returned and every thread is over. A worker that asks does not wait for itself, nor for
    /// other workers that wait here: they would wait for each other for ever.
    pub(crate) fn quiet(&self, own: Option<WorkerId>) -> bool {
        let excused = |id| own.is_some() && self.waiting.contains(&id);
        self.spawning == 0 && self.workers.iter().all(|(_, entry)| excused(entry.id))
    }

    /// A thread begins to wait for quiet; says which worker it is, if it is one.
    pub(crate) fn enter_wait(&mut self, thread: ThreadId) -> Option<WorkerId> {
        let own = self.workers.iter().find(|(_, e)| e.thread == Some(thread)).map(|(_, entry)| entry.id);
        self.waiting.extend(own);
        own
    }

    pub(crate) fn leave_wait(&mut self, own: Option<WorkerId>) {
        if let Some(index) = self.waiting.iter().position(|&id| Some(id) == own) {
            self.waiting.swap_remove(index);
        }
    }

    /// The handles of threads that are over, to be joined without the lock.
    pub(crate) fn take_ended(&mut self) -> Vec<Box<dyn ThreadHandle>> {
        std::mem::take(&mut self.ended)
    }

    /// Everything that was taken so far is to be cancelled: a job that was taken under an old number sees that. Returns
    /// the new number, where hooks may hang, and how many workers are at work.
    pub(crate) fn raise(&mut self) -> (u64, Vec<Arc<Slot<W>>>, usize) {
        self.raised += 1;
        (self.raised, self.workers.iter().map(|(_, entry)| entry.slot.clone()).collect(), self.busy())
    }

    fn busy(&self) -> usize {
        self.workers.iter().filter(|(_, entry)| entry.activity == Activity::Busy).count()
    }

    /// Museum: everybody whom a herd would wake.
    pub(crate) fn idle_slots(&self) -> Vec<Arc<Slot<W>>> {
        self.idle.clone()
    }

    pub(crate) fn idle_workers(&self) -> Vec<WorkerId> {
        self.idle.iter().map(|slot| slot.id).collect()
    }

    pub(crate) fn queue_is_empty(&self) -> bool {
        self.queue.is_empty() && self.owned == 0
    }

    pub(crate) fn live(&self) -> usize {
        self.live
    }

    fn cause(&self) -> Arc<str> {
        self.cause.clone().unwrap_or_else(|| Arc::from("unknown"))
    }

    pub(crate) fn rows(&self, now: Instant) -> Vec<WorkerRow> {
        let mut rows: Vec<_> = self
            .workers
            .iter()
            .map(|(_, entry)| WorkerRow {
                id: entry.id,
                activity: entry.activity,
                lasting: now.saturating_duration_since(match entry.activity {
                    // A worker that goes from job to job through the lane does not tell the core.
                    Activity::Busy => entry.since.max(entry.slot.stats.started()),
                    _ => entry.since,
                }),
                label: entry.slot.desk.lock().label(),
                jobs: entry.slot.stats.jobs(),
            })
            .collect();
        rows.sort_by_key(|row| row.id);
        rows
    }

    pub(crate) fn metrics(&self, now: Instant) -> Metrics {
        let health = match self.failures {
            0 => Health::Healthy,
            failures if failures < self.limits.start_attempts => {
                Health::Failing { failures, cause: self.cause() }
            }
            _ => Health::Unhealthy { cause: self.cause() },
        };
        // First what ended, then what was accepted: a worker counts without the lock.
        let (mut counts, mut times) = (self.counts, self.past.clone());
        for (_, entry) in &self.workers {
            entry.slot.stats.add_to(&mut counts, &mut times);
        }
        Metrics {
            phase: self.phase,
            health,
            queued: self.queue.len() + self.owned,
            max_workers: self.limits.max,
            live: self.live,
            peak_live: self.peak_live,
            idle: self.idle.len(),
            busy: self.busy(),
            counts,
            queue_wait: times.waits,
            service_time: times.services,
            ledger: self.ledger,
            workers: self.rows(now),
        }
    }
}

/// Makes the caller the one who answers for these jobs; returns how many of them were still to be run.
fn claim_all<W: Worker>(jobs: &[Job<W>]) -> u64 {
    jobs.iter().filter(|job| job.move_to(Home::NONE)).count() as u64
}

impl Limits {
    /// How long to wait after this many failures in a row.
    pub(crate) fn back_off(&self, failures: u32) -> Duration {
        let doublings = failures.saturating_sub(1).min(20);
        self.back_off_first.saturating_mul(1 << doublings).min(self.back_off_last)
    }
}

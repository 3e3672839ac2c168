//! [`Pool`]: submit, expire, drain, close. It takes the decision from the core under the lock, lets go of the lock,
//! and then does what was decided: give, spawn, wake, join.

use crate::builder::{Policy, Setup};
use crate::core::{Admit, Core, Lane, Mail, Slot, Taken};
use crate::drain::{CloseReport, DrainReport, Undone};
use crate::error::{BuildError, JobError, Refusal, Refused};
use crate::home::Home;
use crate::job::{Cancel, Job, OwnPool};
use crate::life;
use crate::metrics::{Activity, Metrics, Phase, WorkerRow};
use crate::shield::{attempt, message_of, shielded};
use crate::spawn::{ThreadHandle, ThreadSpec};
use crate::stamp::{Stamp, rough};
use crate::sync::{Arc, AtomicU64, Condvar, Mutex, MutexGuard, Ordering, Padded, mutant, thread};
use crate::trace::event;
use crate::worker::{StopReason, Worker, WorkerId};
use std::fmt;
use std::io;
use std::time::{Duration, Instant};

/// What the pool, its workers and its tickets share.
pub(crate) struct Inner<W: Worker> {
    pub(crate) config: W::Config,
    pub(crate) setup: Setup,
    core: Padded<Mutex<Core<W>>>,
    pub(crate) lane: Lane<W>,
    /// Rung when a place may have come free; waited on by submitters under [`Policy::Block`].
    space: Condvar,
    /// Rung when a thread is over or was joined; waited on by drain and close.
    quiet: Condvar,
    /// The number of the one worker that may spin.
    pub(crate) spinner: AtomicU64,
    /// The core's number of that name, for running jobs without a ticket.
    pub(crate) raised: AtomicU64,
    pub(crate) built: Stamp,
    /// Its number, which its jobs note.
    pub(crate) home: Home,
}

impl<W: Worker> Inner<W> {
    /// Takes the pool's lock. The express lane is closed then, until a submit opens it again.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Core<W>> {
        let mut core = self.core.0.lock();
        if core.lane_open && !mutant("lane_left_open") {
            core.close_lane(&self.lane);
        }
        core
    }

    pub(crate) fn now(&self) -> Instant {
        self.setup.clock.now()
    }

    /// When a job is submitted. Without timing nobody asks, unless the job has a deadline.
    #[inline]
    pub(crate) fn stamp(&self, no_wishes: bool) -> Stamp {
        match no_wishes {
            true if !self.setup.timed => self.built,
            true if self.lane.looks_open() => self.rough_stamp(),
            _ => Stamp::of(self.now()),
        }
    }

    /// The time, as exact as it need be where jobs are short.
    #[inline]
    pub(crate) fn rough_stamp(&self) -> Stamp {
        if self.setup.system_clock { rough() } else { Stamp::of(self.now()) }
    }

    /// Lets go of the lock after a transition that may have made room.
    pub(crate) fn unlock_with_room(&self, core: MutexGuard<'_, Core<W>>) {
        let blocked = core.blocked > 0;
        self.unlock(core);
        if blocked {
            self.space.notify_one();
        }
    }

    /// Lets go of the lock, and does what was left to do without it: hands waiting jobs to idle workers, where jobs
    /// may wait beside them, and ends jobs that were shed.
    fn unlock(&self, mut core: MutexGuard<'_, Core<W>>) {
        let given = if core.is_plain() { Vec::new() } else { core.dispatch(self.now()) };
        let shed = std::mem::take(&mut core.shed);
        let room = core.blocked > 0 && !shed.is_empty();
        drop(core);
        for (slot, taken) in given {
            slot.give(Mail::Run(taken));
        }
        if room {
            self.space.notify_all();
        }
        if !shed.is_empty() {
            event!("overloaded", shed = shed.len());
        }
        shed.into_iter().for_each(|job| job.give_up(JobError::Shed));
    }

    /// Lets go of the lock after a thread ended or was joined, or a phase changed.
    pub(crate) fn unlock_with_news(&self, core: MutexGuard<'_, Core<W>>) {
        let (watched, blocked) = (core.watching > 0, core.blocked > 0);
        self.unlock(core);
        if watched {
            self.quiet.notify_all();
        }
        if blocked {
            self.space.notify_all();
        }
    }

    /// Waits for news, at most for `limit` if there is one.
    fn watch<'a>(
        &self,
        mut core: MutexGuard<'a, Core<W>>,
        limit: Option<Duration>,
    ) -> MutexGuard<'a, Core<W>> {
        core.watching += 1;
        core = self.quiet.wait_at_most(core, limit);
        core.watching -= 1;
        core
    }

    pub(crate) fn thread_name(&self, id: WorkerId) -> String {
        format!("{}-{id}", self.setup.name)
    }

    /// Spawns the thread of a reserved worker.
    fn spawn(self: &Arc<Self>, slot: &Arc<Slot<W>>) -> io::Result<()> {
        self.spawn_or(slot, |_| {})
    }

    /// Spawns a retiring worker's successor. If no thread can be had (false), the retiring worker takes its place
    /// back in the same breath: jobs that wait rely on it.
    pub(crate) fn spawn_successor(self: &Arc<Self>, slot: &Arc<Slot<W>>, old: &Slot<W>) -> bool {
        self.spawn_or(slot, |core| core.take_back_leave(old)).is_ok()
    }

    fn spawn_or(
        self: &Arc<Self>,
        slot: &Arc<Slot<W>>,
        on_failure: impl FnOnce(&mut Core<W>),
    ) -> io::Result<()> {
        let spec = ThreadSpec { name: self.thread_name(slot.id), stack_size: self.setup.stack_size };
        let life = {
            let (inner, slot) = (self.clone(), slot.clone());
            Box::new(move || life::live(inner, slot))
        };
        // A spawner that panics (the standard library's does, for a name with a zero byte) has spawned nothing.
        let spawned = attempt(|| self.setup.spawner.spawn(spec, life))
            .unwrap_or_else(|payload| Err(io::Error::other(message_of(payload))));
        if let Err(error) = &spawned {
            event!("thread did not start", worker = slot.id, error = error);
        }
        let mut core = self.lock();
        let result = match spawned {
            Ok(handle) => {
                core.spawned(slot, handle);
                Ok(())
            }
            Err(error) => {
                core.not_spawned(slot);
                on_failure(&mut core);
                Err(error)
            }
        };
        self.unlock_with_news(core);
        result
    }

    /// Joins threads whose life is over.
    pub(crate) fn join(&self, ended: Vec<Box<dyn ThreadHandle>>) {
        if ended.is_empty() {
            return;
        }
        let joined = ended.len() as u64;
        // A foreign spawner's handle; whatever it does, it was joined.
        ended.into_iter().for_each(|handle| _ = shielded(|| handle.join()));
        let mut core = self.lock();
        core.ledger.threads_joined += joined;
        self.unlock_with_news(core);
    }

    #[inline(always)]
    pub(crate) fn submit(self: &Arc<Self>, job: Job<W>, policy: Policy) -> Result<(), (Job<W>, Refusal)> {
        // With every worker busy, the express lane is all that is needed.
        match self.lane.put(job) {
            Ok(()) => Ok(()),
            Err(job) => self.submit_slowly(job, policy),
        }
    }

    #[inline(never)]
    fn submit_slowly(self: &Arc<Self>, mut job: Job<W>, policy: Policy) -> Result<(), (Job<W>, Refusal)> {
        if matches!(policy, Policy::Block(_)) {
            // A full lane is tried for a moment before the submitter blocks: it empties fast.
            for _ in 0..BLOCK_SPINS {
                if !self.lane.looks_open() {
                    break;
                }
                crate::sync::yield_now();
                match self.lane.put(job) {
                    Ok(()) => return Ok(()),
                    Err(back) => job = back,
                }
            }
        }
        self.submit_to_core(job, policy)
    }

    fn submit_to_core(self: &Arc<Self>, job: Job<W>, policy: Policy) -> Result<(), (Job<W>, Refusal)> {
        let mut now = if self.setup.timed { job.submitted().instant() } else { self.now() };
        let key = (job.priority(), job.tenant());
        let mut job = Some(job);
        let mut give_up_at = None;
        let mut core = self.lock();
        loop {
            match core.admit(&mut job, now) {
                Admit::Queued => {
                    core.open_lane(&self.lane);
                    return Ok(());
                }
                Admit::Claimed(slot, raised) => {
                    let herd = if mutant("notify_all_herd") { core.idle_slots() } else { Vec::new() };
                    drop(core);
                    let job = job.take().expect("a claimed worker's job was not queued");
                    slot.give(Mail::Run(Taken { job, raised }));
                    herd.iter().for_each(|slot| slot.ring());
                    return Ok(());
                }
                Admit::Grow(place, slot) => {
                    drop(core);
                    return self
                        .spawn(&slot)
                        .or_else(|error| self.after_failed_spawn((key.0, key.1, place), error));
                }
                Admit::Refused(reason) => {
                    let limit = match (&reason, policy) {
                        (Refusal::Full | Refusal::TenantFull, Policy::Block(limit)) => limit,
                        (Refusal::Full, Policy::DropOldest | Policy::DropNewest) => {
                            let Some(victim) = core.evict(key.0, policy == Policy::DropNewest) else {
                                return Err((self.refused(core, job), reason));
                            };
                            drop(core);
                            victim.give_up(JobError::Dropped);
                            core = self.lock();
                            continue;
                        }
                        _ => return Err((self.refused(core, job), reason)),
                    };
                    // A limit beyond the end of time is no limit.
                    let at = *give_up_at.get_or_insert_with(|| now.checked_add(limit));
                    let left = at.map(|at| at.saturating_duration_since(now));
                    if left == Some(Duration::ZERO) {
                        return Err((self.refused(core, job), Refusal::TimedOut));
                    }
                    core.blocked += 1;
                    core = self
                        .space
                        .wait_at_most(core, left.and_then(|left| self.setup.clock.sleep_limit(left)));
                    core.blocked -= 1;
                    // Others went on while this one slept, and may have opened the lane.
                    if core.lane_open {
                        core.close_lane(&self.lane);
                    }
                    now = self.now();
                }
            }
        }
    }

    pub(crate) fn refused(&self, mut core: MutexGuard<'_, Core<W>>, job: Option<Job<W>>) -> Job<W> {
        core.counts.refused += 1;
        drop(core);
        job.expect("a refused job was not queued")
    }

    /// The thread for a new job could not be started. Either somebody serves the job anyhow, or it is handed back.
    fn after_failed_spawn(&self, place: (u8, u64, u64), error: io::Error) -> Result<(), (Job<W>, Refusal)> {
        if mutant("eagain_swallowed") {
            return Ok(());
        }
        let error = Arc::new(error);
        let mut core = self.lock();
        let (ours, stranded) = core.unqueue(place);
        core.counts.refused += u64::from(ours.is_some());
        self.unlock_with_room(core);
        if !stranded.is_empty() {
            let cause = Arc::from(Refusal::Spawn(error.clone()).to_string());
            give_up(stranded, &cause);
        }
        ours.map_or(Ok(()), |job| Err((job, Refusal::Spawn(error))))
    }

    /// Expires one idle worker; called from outside, or by the worker itself (`own`), which needs no mail.
    pub(crate) fn expire(&self, id: WorkerId, own: bool) -> bool {
        let now = self.now();
        let mut core = self.lock();
        let Some(slot) = core.expire(id, now) else { return false };
        self.unlock_with_room(core);
        if !own {
            slot.give(Mail::Stop(StopReason::Expired));
        }
        true
    }

    /// Closes, and joins every thread but the caller's own.
    fn close(&self) -> CloseReport<W> {
        let own_thread = thread::current().id();
        let now = self.now();
        let mut core = self.lock();
        core.phase = Phase::Closed;
        let own = core.enter_wait(own_thread);
        let (undone, cancelled) = core.take_undone();
        let idle = core.dismiss(now);
        let asleep = core.backing_off();
        self.unlock_with_news(core);
        drop(cancelled);
        dismiss(idle, StopReason::Closed);
        asleep.iter().for_each(|slot| slot.ring());

        let mut core = self.lock();
        loop {
            let joined_all = core.ledger.threads_joined == core.ledger.threads_started;
            if core.quiet(own) && (joined_all || own.is_some()) {
                break;
            }
            let ended = core.take_ended();
            if ended.is_empty() {
                core = self.watch(core, None);
            } else {
                drop(core);
                self.join(ended);
                core = self.lock();
            }
        }
        core.leave_wait(own);
        let ledger = core.ledger;
        self.unlock_with_news(core);
        CloseReport { undone: undone.into_iter().map(Undone).collect(), ledger }
    }
}

/// How often a submitter that may block gives way for a place in the express lane before it sleeps.
const BLOCK_SPINS: usize = if cfg!(any(loom, miri)) { 1 } else { 20 };

fn dismiss<W: Worker>(idle: Vec<Arc<Slot<W>>>, reason: StopReason) {
    for slot in idle {
        slot.give(Mail::Stop(reason));
    }
}

/// Resolves the tickets of jobs that nobody can serve.
pub(crate) fn give_up<W: Worker>(jobs: Vec<Job<W>>, cause: &Arc<str>) {
    for job in jobs {
        job.give_up(JobError::Unserved(cause.clone()));
    }
}

impl<W: Worker> OwnPool for Inner<W> {
    fn get_stuck(&self, ticket: &Arc<dyn Cancel>) -> bool {
        let mut core = self.lock();
        let waits = core.get_stuck(thread::current().id(), ticket);
        self.unlock_with_room(core);
        waits
    }

    fn get_unstuck(&self) {
        let ticket = self.lock().get_unstuck(thread::current().id());
        drop(ticket);
    }

    fn forget_cancelled(&self, priority: u8, tenant: u64, place: u64) {
        let mut core = self.lock();
        let job = core.forget_cancelled(priority, tenant, place);
        self.unlock_with_room(core);
        drop(job);
    }
}

impl<W: Worker> Drop for Inner<W> {
    fn drop(&mut self) {
        self.home.leave();
    }
}

/// A bounded pool of worker threads, each with its own state of type `W`.
///
/// Share it by reference or in an `Arc`. Dropping it [closes](Pool::close) it.
///
/// A job crosses to another thread, so what it captures must be `Send`; the worker's state never does, and what it
/// holds cannot leak out of a job unless it is `Send` too:
///
/// ```compile_fail,E0277
/// let pool = pool::Pool::new();
/// let not_send = std::rc::Rc::new(1);
/// let _ = pool.submit(move |_, _| *not_send);
/// ```
///
/// ```compile_fail,E0277
/// let pool = pool::Pool::new();
/// let _ = pool.submit(|_, _| std::rc::Rc::new(1));
/// ```
pub struct Pool<W: Worker = ()> {
    pub(crate) inner: Arc<Inner<W>>,
}

impl Pool<()> {
    /// A plain pool with the [defaults](crate::Builder::with_config).
    pub fn new() -> Self {
        crate::Builder::new().build().expect("without prestarted workers, the defaults cannot fail")
    }
}

impl Default for Pool<()> {
    fn default() -> Self {
        Self::new()
    }
}

impl<W: Worker> Pool<W> {
    pub(crate) fn build(config: W::Config, setup: Setup) -> Result<Self, BuildError> {
        let min = setup.limits.min;
        let built = Stamp::of(setup.clock.now());
        let (lane, front) = Lane::new();
        let core = Core::new(setup.limits.clone(), front);
        let inner = Arc::new(Inner {
            config,
            setup,
            core: Padded(Mutex::new(core)),
            lane,
            space: Condvar::new(),
            quiet: Condvar::new(),
            spinner: AtomicU64::new(0),
            raised: AtomicU64::new(0),
            built,
            home: Home::new(),
        });
        let weak = Arc::downgrade(&inner);
        inner.home.enter(weak);
        let pool = Pool { inner };
        for _ in 0..min {
            let slot = pool.inner.lock().reserve(pool.inner.now());
            // On failure the pool is dropped here, which closes it: what was started is joined.
            pool.inner.spawn(&slot).map_err(BuildError::Spawn)?;
        }
        Ok(pool)
    }

    /// Changes how many workers there may be and how many jobs may wait, while everything goes on. Idle workers that
    /// are too many stop at once, the coldest first; busy ones when their job is over. Jobs that wait are kept even
    /// when there are more than may wait now. With an [adaptive limit](crate::Builder::adaptive_limit), `max` is the
    /// most that it may come to.
    ///
    /// ```
    /// let pool = pool::Builder::<()>::new().max_workers(8).build()?;
    /// pool.resize(0, 2, 100)?;
    /// assert_eq!(pool.metrics().max_workers, 2);
    /// assert!(pool.resize(0, 0, 100).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`BuildError`]: impossible numbers, and nothing was changed; or a thread could not be started.
    pub fn resize(&self, min: usize, max: usize, queue: usize) -> Result<(), BuildError> {
        crate::builder::check(min, max)?;
        let now = self.inner.now();
        let mut core = self.inner.lock();
        let surplus = core.resize(min, max, queue, now);
        self.inner.unlock_with_news(core);
        dismiss(surplus, StopReason::Resized);
        self.grow(min)
    }

    /// Starts workers beforehand until there are so many, or as many as there may be.
    ///
    /// ```
    /// let pool = pool::Builder::<()>::new().max_workers(4).build()?;
    /// pool.prestart(2)?;
    /// assert_eq!(pool.metrics().live, 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`BuildError::Spawn`]: a thread could not be started. Those that were are kept.
    pub fn prestart(&self, workers: usize) -> Result<(), BuildError> {
        self.grow(workers)
    }

    /// Starts workers: so many at least, and as many as jobs wait for.
    fn grow(&self, at_least: usize) -> Result<(), BuildError> {
        loop {
            let Some(slot) = self.inner.lock().reserve_more(at_least, self.inner.now()) else {
                return Ok(());
            };
            let spawned = self.inner.spawn(&slot);
            if let Err(error) = spawned {
                let stranded = self.inner.lock().strand_if_alone();
                give_up(stranded, &Arc::from(error.to_string()));
                return Err(BuildError::Spawn(error));
            }
        }
    }

    /// The workers whose job has been running for at least so long.
    ///
    /// ```
    /// # let pool = pool::Pool::new();
    /// for worker in pool.slow(std::time::Duration::from_secs(10)) {
    ///     eprintln!("worker {} has been at {:?} for {:?}", worker.id, worker.label, worker.lasting);
    /// }
    /// ```
    pub fn slow(&self, limit: Duration) -> Vec<WorkerRow> {
        let rows = self.inner.lock().rows(self.inner.now());
        rows.into_iter().filter(|row| row.activity == Activity::Busy && row.lasting >= limit).collect()
    }

    /// Submits a job that another pool returned undone; its ticket goes on to wait for it.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let (full, other) = (pool::Builder::<()>::new().max_workers(1).build()?, pool::Pool::new());
    /// let (release, gate) = std::sync::mpsc::channel::<()>();
    /// full.execute(move |_, _| gate.recv().is_ok())?;
    /// let ticket = full.submit(|_, _| "done elsewhere")?;
    /// for undone in full.drain(Duration::ZERO).undone {
    ///     other.resubmit(undone)?;
    /// }
    /// drop(release);
    /// assert_eq!(ticket.wait()?, "done elsewhere");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Refused`]: the job, still pending, and why it was not taken.
    pub fn resubmit(&self, undone: Undone<W>) -> Result<(), Refused<Undone<W>>> {
        if !undone.0.move_to(self.inner.home) {
            return Ok(()); // cancelled meanwhile: there is nothing left to run
        }
        self.inner.submit(undone.0, self.inner.setup.policy).map_err(|(job, reason)| {
            job.move_to(Home::NONE);
            Refused { job: Undone(job), reason }
        })
    }

    /// Ends an idle worker now, as its keep-alive would. False when it is not idle, or not above the minimum.
    pub fn expire(&self, worker: WorkerId) -> bool {
        self.inner.expire(worker, false)
    }

    /// Ends every idle worker above the minimum, the coldest first; says how many.
    ///
    /// ```
    /// let pool = pool::Builder::<()>::new().max_workers(1).build()?;
    /// pool.submit(|_, _| ())?.wait()?;
    /// assert_eq!((pool.expire_idle(), pool.expire_idle()), (1, 0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn expire_idle(&self) -> usize {
        let idle = self.inner.lock().idle_workers();
        idle.into_iter().filter(|&worker| self.expire(worker)).count()
    }

    /// Tells the pool that its clock has moved: expires the workers that are due and wakes whoever waits for a
    /// time to pass. Only needed with a clock that does not run by itself.
    ///
    /// ```
    /// use pool::{Builder, ManualClock};
    /// use std::{sync::Arc, time::Duration};
    ///
    /// let clock = Arc::new(ManualClock::new());
    /// let pool = Builder::<()>::new().keep_alive(Some(Duration::from_secs(1))).clock(clock.clone()).build()?;
    /// pool.submit(|_, _| ())?.wait()?;
    /// clock.advance(Duration::from_secs(1));
    /// assert_eq!(pool.metrics().idle, 1, "nothing happens by itself");
    /// pool.tick();
    /// assert_eq!(pool.metrics().idle, 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn tick(&self) {
        loop {
            let overdue = self.inner.lock().overdue(self.inner.now());
            match overdue {
                Some(worker) if self.expire(worker) => {}
                _ => break,
            }
        }
        let core = self.inner.lock();
        let asleep = core.backing_off();
        self.inner.unlock_with_news(core);
        asleep.iter().for_each(|slot| slot.ring());
    }

    /// Asks every running job to end early, as [`Ticket::cancel`](crate::Ticket::cancel) does; says how many
    /// were asked.
    ///
    /// ```
    /// let pool = pool::Pool::new();
    /// let (started, running) = std::sync::mpsc::channel();
    /// pool.execute(move |_, job| {
    ///     started.send(()).expect("the caller waits");
    ///     while !job.cancelled() {
    ///         std::thread::yield_now();
    ///     }
    /// })?;
    /// running.recv()?;
    /// assert_eq!(pool.cancel_running(), 1);
    /// assert!(pool.close().ledger.balanced());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn cancel_running(&self) -> usize {
        let (raised, slots, busy) = {
            let mut core = self.inner.lock();
            let (raised, slots, busy) = core.raise();
            // A job that hangs up its hook looks here under that hook's lock: one of us sees the other.
            self.inner.raised.store(raised, Ordering::SeqCst);
            (raised, slots, busy)
        };
        slots.iter().for_each(|slot| slot.hook.cancel(raised));
        busy
    }

    /// Takes no new jobs, finishes those it has, and waits until every worker stopped, at most for `limit`. When the
    /// time is up, the jobs still waiting are returned; those that run go on. Follow it with [`close`](Pool::close).
    ///
    /// Called by a job of this very pool, it does not wait for the job's own worker.
    ///
    /// ```
    /// let pool = pool::Pool::new();
    /// let last = pool.submit(|_, _| "in time")?;
    /// let report = pool.drain(std::time::Duration::from_secs(60));
    /// assert!(report.complete && report.undone.is_empty() && report.running.is_empty());
    /// assert_eq!(last.wait()?, "in time");
    /// assert!(pool.submit(|_, _| ()).is_err(), "it takes no new jobs");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn drain(&self, limit: Duration) -> DrainReport<W> {
        let inner = &self.inner;
        let own_thread = thread::current().id();
        let now = inner.now();
        let give_up_at = now.checked_add(limit);
        let mut core = inner.lock();
        let own = core.enter_wait(own_thread);
        core.phase = core.phase.max(Phase::Draining);
        let idle = core.dismiss(now);
        let asleep = if core.queue_is_empty() { core.backing_off() } else { Vec::new() };
        inner.unlock_with_news(core);
        dismiss(idle, StopReason::Drained);
        asleep.iter().for_each(|slot| slot.ring());

        let mut core = inner.lock();
        let complete = loop {
            if core.quiet(own) {
                break core.queue_is_empty();
            }
            let left = give_up_at.map(|at| at.saturating_duration_since(inner.now()));
            if left == Some(Duration::ZERO) {
                break false;
            }
            core = inner.watch(core, left.and_then(|left| inner.setup.clock.sleep_limit(left)));
        };
        core.leave_wait(own);
        let (undone, cancelled) = core.take_undone();
        let running = core.rows(inner.now());
        let ended = core.take_ended();
        inner.unlock_with_news(core);
        drop(cancelled);
        inner.join(ended);
        DrainReport { complete, undone: undone.into_iter().map(Undone).collect(), running }
    }

    /// Takes no new jobs, returns those that wait, lets those that run end, stops every worker and joins every
    /// thread. To hurry the running ones, call [`cancel_running`](Pool::cancel_running) first. May be called again,
    /// and by several threads at once: each returns when everything is over.
    ///
    /// Called by a job of this very pool, it does not wait for the job's own worker.
    ///
    /// ```
    /// let pool = pool::Pool::new();
    /// pool.submit(|_, _| ())?.wait()?;
    /// let ledger = pool.close().ledger;
    /// assert!(ledger.balanced());
    /// assert_eq!((ledger.threads_started, ledger.threads_joined, ledger.live_states()), (1, 1, 0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn close(&self) -> CloseReport<W> {
        self.inner.close()
    }

    /// A snapshot of counts, queue, workers and ledger, all of the same moment.
    ///
    /// ```
    /// let pool = pool::Pool::new();
    /// pool.submit(|_, _| ())?.wait()?;
    /// let metrics = pool.metrics();
    /// assert_eq!((metrics.counts.accepted, metrics.counts.returned, metrics.service_time.count()), (1, 1, 1));
    /// for worker in &metrics.workers {
    ///     println!("{}: {:?} for {:?}, {:?}", worker.id, worker.activity, worker.lasting, worker.label);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn metrics(&self) -> Metrics {
        self.inner.lock().metrics(self.inner.now())
    }
}

impl<W: Worker> Drop for Pool<W> {
    fn drop(&mut self) {
        drop(self.inner.close());
    }
}

impl<W: Worker> fmt::Debug for Pool<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let core = self.inner.lock();
        f.debug_struct("Pool").field("phase", &core.phase).field("live", &core.live()).finish_non_exhaustive()
    }
}

//! A worker's life, on its own thread: start → run → park | rebuild | retire → stop.
//!
//! The order after a job is the point: `after`, then the core learns that the worker is free, then the ticket
//! resolves, then a state is rebuilt. So who waits for a ticket and submits again finds the worker idle and does not
//! start a second one, and no ticket waits for a rebuild.

use crate::builder::{Slow, SlowJob};
use crate::core::{Core, Desk, Leave, Mail, Next, Sleep, Slot, StartFailed, Take, Taken};
use crate::ctx::{JobCtx, Wanted};
use crate::error::JobError;
use crate::job::{Job, JobRef, Plain, Wishes};
use crate::policy::Due;
use crate::pool::{Inner, give_up};
use crate::sync::{Arc, MutexGuard, Ordering, mutant, thread};
use crate::trace::event;
use crate::worker::{After, JobEnd, StopReason, Worker, WorkerCtx};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Weak;
use std::time::{Duration, Instant};

crate::sync::thread_local! {
    // Loom's macro knows no `const`.
    #[allow(clippy::missing_const_for_thread_local)]
    static ON_WORKER: Cell<bool> = Cell::new(false);
}

/// Whether this thread is a worker of some pool.
pub(crate) fn on_worker() -> bool {
    ON_WORKER.with(Cell::get)
}

/// The whole life of one worker thread.
pub(crate) fn live<W: Worker>(inner: Arc<Inner<W>>, slot: Arc<Slot<W>>) {
    ON_WORKER.with(|on_worker| on_worker.set(true));
    let ended = inner.lock().begin(&slot, thread::current().id());
    inner.join(ended);
    let due = inner.setup.recycle.due(slot.id, inner.now());
    let mut life = Life {
        due,
        jobs_before: 0,
        short_gaps: 0,
        ctx: WorkerCtx { id: slot.id, name: inner.thread_name(slot.id) },
        inner,
        slot,
    };
    while let Some(state) = life.start() {
        if !life.serve(state) {
            break;
        }
    }
}

/// How often a worker looks into an empty lane before it goes idle: some tens of microseconds.
const SEARCH_TURNS: u32 = if cfg!(any(loom, miri)) { 1 } else { 64 };

/// After so many short gaps in a row a worker spins for long.
const PATIENT: u32 = 4;

struct Life<W: Worker> {
    /// When the state is due to be recycled, and how many jobs the thread had served before it.
    due: Due,
    jobs_before: u64,
    /// How many of the last gaps between jobs were short, with a bias.
    short_gaps: u32,
    inner: Arc<Inner<W>>,
    slot: Arc<Slot<W>>,
    ctx: WorkerCtx,
}

impl<W: Worker> Life<W> {
    /// Starts a state, again and again with growing pauses. `None`: the worker has ended.
    fn start(&mut self) -> Option<W> {
        loop {
            let mut core = self.inner.lock();
            if !core.may_start(&self.slot, self.inner.now()) {
                self.end(core);
                return None;
            }
            drop(core);
            let started = catch_unwind(AssertUnwindSafe(|| {
                W::start(&self.inner.config, &self.ctx).map_err(|error| error.to_string())
            }));
            let cause = match started {
                Ok(Ok(state)) => {
                    event!("state started", worker = self.slot.id);
                    return Some(state);
                }
                Ok(Err(cause)) => cause,
                Err(payload) => {
                    format!("panicked: {}", crate::error::PanicPayload::new(payload).message())
                }
            };
            event!("state did not start", worker = self.slot.id, cause = cause);
            let mut core = self.inner.lock();
            match core.start_failed(&self.slot, cause.into(), self.inner.now()) {
                StartFailed::TryAgain(at) => {
                    drop(core);
                    self.slot.receive(|| self.sleep_before_retry(at));
                }
                StartFailed::End(stranded, cause) => {
                    drop(core);
                    give_up(stranded, &cause);
                    self.end(self.inner.lock());
                    return None;
                }
            }
        }
    }

    fn sleep_before_retry(&self, at: std::time::Instant) -> Sleep {
        // The phase is looked at under the mailbox's lock, and whoever changes it rings that bell afterwards.
        let left = at.saturating_duration_since(self.inner.now());
        if left.is_zero() || !self.inner.lock().wants_start() {
            return Sleep::NoMore;
        }
        self.inner.setup.clock.sleep_limit(left).map_or(Sleep::UntilRung, Sleep::For)
    }

    /// Serves with one state. True: a new state is to be started on this thread; false: the worker has ended.
    fn serve(&mut self, mut state: W) -> bool {
        let (mut next, mut now) = self.arrive();
        self.due = self.inner.setup.recycle.due(self.slot.id, now);
        self.jobs_before = self.slot.stats.jobs();
        loop {
            next = match next {
                Next::Run(taken) => self.run(&mut state, taken, &mut now),
                Next::Search => self.search(&mut now),
                Next::Wait => match self.wait(&mut now) {
                    Mail::Run(taken) => Next::Run(taken),
                    Mail::Stop(reason) => Next::Stop(reason),
                },
                Next::Rebuild => {
                    drop(self.stop(state, StopReason::Rebuild));
                    return true;
                }
                Next::Stop(reason) => {
                    let core = self.stop(state, reason);
                    return self.leave(core, reason);
                }
            };
        }
    }

    /// The state was started: takes the first job, or goes idle.
    fn arrive(&self) -> (Next<W>, Instant) {
        if mutant("arrive_gap") {
            self.inner.lock().arrive_early();
        }
        let now = self.inner.now();
        let mut core = self.inner.lock();
        let next = core.arrive(&self.slot, now);
        self.release(core, &next);
        (next, now)
    }

    /// Lets go of the lock after the core said what comes next.
    fn release(&self, core: MutexGuard<'_, Core<W>>, next: &Next<W>) {
        if matches!(next, Next::Wait) {
            self.inner.spinner.store(self.slot.id.0, Ordering::Relaxed);
        }
        self.inner.unlock_with_room(core);
    }

    /// Runs one job and says what comes next. `now` is when the worker came free, and then when it comes free again:
    /// one look at the clock for each job.
    fn run(&self, state: &mut W, taken: Taken<W>, now: &mut Instant) -> Next<W> {
        if self.inner.setup.timed {
            self.slot.stats.start(self.inner.built, *now);
        }
        let Taken { job, raised } = taken;
        if let Some(limit) = job.wishes().and_then(|wishes| wishes.start_within) {
            let waited = self.inner.now().saturating_duration_since(job.submitted());
            if waited > limit {
                // A job that is just being cancelled is counted there.
                let ours = u64::from(job.move_to(Weak::new()));
                job.give_up(JobError::Expired);
                self.inner.lock().counts.expired_jobs += ours;
                return self.next(now);
            }
        }
        match job {
            Job::Ticket(job) => self.run_ticket(state, job, raised, now),
            Job::Plain(job) => self.run_plain(state, job, raised, now),
        }
    }

    fn run_ticket(&self, state: &mut W, job: JobRef<W>, raised: u64, now: &mut Instant) -> Next<W> {
        let meta = job.0.meta();
        *self.slot.desk.lock() = Desk::Ticket(job.0.clone());
        if self.inner.raised.load(Ordering::SeqCst) != raised && !mutant("raise_missed") {
            // Everything that ran was cancelled after this job was taken and before it was on the desk.
            job.0.cancel();
        }
        let ctx = self.ctx(Some(&meta.wishes), Wanted::Ticket(&meta.cancel), meta.submitted, *now);
        let mut next = None;
        if !job.0.run(state, &ctx, &mut |state, end| next = Some(self.settle(state, &ctx, end, now))) {
            *self.slot.desk.lock() = Desk::Empty;
            next = Some(self.next(now));
        }
        // The last owner drops the result of a job whose ticket is gone; that drop is the user's code.
        self.drop_foreign(job);
        next.expect("a job that ran was settled")
    }

    fn run_plain(&self, state: &mut W, job: Plain<W>, raised: u64, now: &mut Instant) -> Next<W> {
        let Plain { body, submitted, wishes } = job;
        if let Some(wishes) = &wishes {
            *self.slot.desk.lock() = Desk::Plain(wishes.clone());
        }
        let wanted = Wanted::Pool { raised: &self.inner.raised, taken_at: raised, hook: &self.slot.hook };
        let ctx = self.ctx(wishes.as_deref(), wanted, submitted, *now);
        let result = catch_unwind(AssertUnwindSafe(|| {
            state.before(&ctx);
            body.run(state, &ctx);
        }));
        ctx.close_hook();
        let end = if result.is_ok() { JobEnd::Returned } else { JobEnd::Panicked };
        let next = self.settle(state, &ctx, end, now);
        if let Err(payload) = result {
            self.drop_foreign(payload);
        }
        next
    }

    fn ctx<'a>(
        &'a self,
        wishes: Option<&'a Wishes>,
        wanted: Wanted<'a>,
        submitted: Instant,
        started: Instant,
    ) -> JobCtx<'a> {
        let clock = &*self.inner.setup.clock;
        // Without timing, nobody knows how long it waited.
        let started = if self.inner.setup.timed { started } else { submitted };
        JobCtx { worker: self.slot.id, wishes, wanted, clock, submitted, started, hooked: Cell::new(false) }
    }

    /// Drops something whose drop is the user's code.
    fn drop_foreign<T>(&self, thing: T) {
        if catch_unwind(AssertUnwindSafe(|| drop(thing))).is_err() {
            self.inner.lock().counts.hook_panics += 1;
        }
    }

    /// A job is over: counts it, and takes the next step *before* its ticket resolves.
    fn settle(&self, state: &mut W, ctx: &JobCtx<'_>, end: JobEnd, now: &mut Instant) -> Next<W> {
        let (inner, slot) = (&*self.inner, &*self.slot);
        let after = catch_unwind(AssertUnwindSafe(|| state.after(ctx, end)));
        match end {
            JobEnd::Returned => slot.stats.returned.add(1),
            JobEnd::Panicked => {
                event!("job panicked", worker = slot.id, label = ctx.label().unwrap_or_default());
                slot.stats.panicked.add(1);
            }
        }
        let timed = inner.setup.timed;
        if timed {
            *now = inner.now();
            slot.stats.waits.record(ctx.queued_for());
            slot.stats.services.record(now.saturating_duration_since(ctx.started));
        }
        if matches!(ctx.wanted, Wanted::Ticket(_)) || ctx.wishes.is_some() {
            let desk = std::mem::replace(&mut *slot.desk.lock(), Desk::Empty);
            drop(desk);
        }
        let took = now.saturating_duration_since(ctx.started);
        if let Some(slow) = &inner.setup.slow
            && timed
            && took >= slow.limit
        {
            self.report_slow(slow, ctx, took);
        }
        let due = inner.setup.recycles() && self.due.is_due(slot.stats.jobs() - self.jobs_before, *now);
        if !due && let Ok(After::Keep) = after {
            match self.inner.lane.take() {
                Take::Job(taken) => return Next::Run(taken),
                Take::Empty => return Next::Search,
                Take::Closed => {}
            }
        }
        if !timed {
            *now = inner.now();
        }
        let mut core = inner.lock();
        core.counts.hook_panics += u64::from(after.is_err());
        let after = match after {
            Ok(After::Keep) if due => {
                core.counts.recycled += 1;
                After::Retire
            }
            after => after.unwrap_or(After::Rebuild),
        };
        let next = core.finish(&self.slot, after, took, *now);
        self.release(core, &next);
        next
    }

    fn report_slow(&self, slow: &Slow, ctx: &JobCtx<'_>, ran_for: Duration) {
        let (worker, queued_for) = (self.slot.id, ctx.queued_for());
        let job = SlowJob { worker, label: ctx.label(), queued_for, ran_for };
        if catch_unwind(AssertUnwindSafe(|| (slow.tell)(&job))).is_err() {
            self.inner.lock().counts.hook_panics += 1;
        }
    }

    /// A job was cancelled before it could start, or the lane has been empty for long: asks the core.
    fn next(&self, now: &mut Instant) -> Next<W> {
        *now = self.inner.now();
        let mut core = self.inner.lock();
        let next = core.next(&self.slot, *now);
        self.release(core, &next);
        next
    }

    /// Every worker is busy, but just now nothing waits: looks into the lane for a moment before going idle. To the
    /// core the worker is still busy, and before it rests it asks the core.
    fn search(&self, now: &mut Instant) -> Next<W> {
        for turn in 0..SEARCH_TURNS {
            for _ in 0..(1 << turn.min(5)) {
                crate::sync::spin_loop();
            }
            if turn > SEARCH_TURNS / 4 {
                crate::sync::yield_now();
            }
            match self.inner.lane.take() {
                Take::Job(taken) => {
                    *now = self.inner.now();
                    return Next::Run(taken);
                }
                Take::Empty => {}
                Take::Closed => break,
            }
        }
        self.next(now)
    }

    /// Spins, then sleeps, until there is mail or the keep-alive time is over.
    fn wait(&mut self, now: &mut Instant) -> Mail<W> {
        let (inner, idle_since) = (&*self.inner, *now);
        let spin = inner.setup.spin;
        let patience = if self.short_gaps >= PATIENT { spin.long } else { spin.short };
        self.slot.spin(spin.turns, &inner.spinner, || {
            inner.now().saturating_duration_since(idle_since) >= patience
        });
        let keep_alive = inner.setup.limits.keep_alive;
        let mut may_expire = true;
        let mail = loop {
            let mail = self.slot.receive(|| {
                let Some(time) = keep_alive else { return Sleep::UntilRung };
                let left = time.saturating_sub(inner.now().saturating_duration_since(idle_since));
                match may_expire {
                    false => Sleep::UntilRung,
                    true if left.is_zero() => Sleep::NoMore,
                    true => inner.setup.clock.sleep_limit(left).map_or(Sleep::UntilRung, Sleep::For),
                }
            });
            match mail {
                Some(mail) => break mail,
                None if inner.expire(self.slot.id, true) => return Mail::Stop(StopReason::Expired),
                // Claimed in the same moment, or kept as one of the minimum: mail is all that can come now.
                None => may_expire = false,
            }
        };
        *now = inner.now();
        // Many gaps that a long spin would have bridged, and long spins it will be; a few that it would not, and no more.
        let short = now.saturating_duration_since(idle_since) < spin.long;
        self.short_gaps = if short {
            (self.short_gaps + 1).min(2 * PATIENT)
        } else {
            self.short_gaps.saturating_sub(PATIENT)
        };
        mail
    }

    fn stop(&self, state: W, reason: StopReason) -> MutexGuard<'_, Core<W>> {
        event!("state stops", worker = self.slot.id, reason = format_args!("{reason:?}"));
        let stopped = catch_unwind(AssertUnwindSafe(|| state.stop(reason, &self.ctx)));
        let mut core = self.inner.lock();
        core.ledger.states_stopped += 1;
        core.counts.hook_panics += u64::from(stopped.is_err());
        core
    }

    /// The state is stopped. True: a new one is to be started on this thread after all; false: the worker has ended.
    fn leave(&self, mut core: MutexGuard<'_, Core<W>>, reason: StopReason) -> bool {
        match core.leave(&self.slot, reason, self.inner.now()) {
            Leave::Restart => return true,
            Leave::End => self.end(core),
            Leave::Replace(successor) => {
                drop(core);
                if !self.inner.spawn_successor(&successor, &self.slot) {
                    return true;
                }
                self.end(self.inner.lock());
            }
        }
        false
    }

    /// The last thing that the thread does for the pool.
    fn end(&self, mut core: MutexGuard<'_, Core<W>>) {
        core.end(&self.slot);
        self.inner.unlock_with_news(core);
    }
}

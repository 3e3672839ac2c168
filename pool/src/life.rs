//! A worker's life, on its own thread: start → run → park | rebuild | retire → stop.
//!
//! The order after a job is the point: `after`, then the core learns that the worker is free, then the ticket
//! resolves, then a state is rebuilt. So who waits for a ticket and submits again finds the worker idle and does not
//! start a second one, and no ticket waits for a rebuild.

use crate::builder::{Batch, Slow, SlowJob};
use crate::core::{Core, Desk, Grip, Leave, Mail, Next, Placed, Sleep, Slot, StartFailed, Take, Taken};
use crate::ctx::{CancelCell, JobCtx, Wanted};
use crate::error::JobError;
use crate::home::Home;
use crate::job::{Job, JobRef, Plain, Wishes};
use crate::policy::Due;
use crate::pool::{Inner, give_up};
use crate::shield::{Panicked, attempt, message_of, shielded};
use crate::stamp::Stamp;
use crate::sync::{Arc, MutexGuard, Ordering, mutant, thread};
use crate::trace::event;
use crate::worker::{After, JobEnd, StopReason, Worker, WorkerCtx};
use std::cell::Cell;
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
    let (ended, mut wanted) = inner.lock().begin(&slot, thread::current().id(), inner.now());
    inner.join(ended);
    let due = inner.setup.recycle.due(slot.id, inner.now());
    let grip = slot.grip.lock().take().expect("one thread lives in a slot, once");
    let mut life = Life {
        due,
        jobs_before: 0,
        short_gaps: 0,
        lodging: Lodging::NEW,
        ctx: WorkerCtx { id: slot.id, name: inner.thread_name(slot.id) },
        grip,
        inner,
        slot,
    };
    while let Some(state) = life.start(wanted) {
        if !life.serve(state) {
            return;
        }
        wanted = life.wants_start();
    }
}

/// How often a worker looks into an empty lane before it goes idle: some tens of microseconds.
const SEARCH_TURNS: u32 = if cfg!(any(loom, miri)) { 1 } else { 64 };

/// Leaves the lane to the submitters for a moment: where jobs are short, looking after each of them costs both sides more
/// than the jobs do.
fn linger() {
    if !cfg!(any(loom, miri)) {
        for _ in 0..LINGER {
            crate::sync::spin_loop();
        }
    }
}

/// For how many turns: half a microsecond or so.
const LINGER: u32 = 32;

/// After so many short gaps in a row a worker spins for long.
const PATIENT: u32 = 4;

/// What a worker knows of the pace of its jobs.
struct Pace {
    /// When it last looked at the clock: its job ended then, and the next one starts.
    now: Stamp,
    /// When the job started that ended then.
    started: Stamp,
    /// Whether its job came out of the express lane, where jobs are short and the time need not be exact.
    express: bool,
    /// How many jobs it takes at once: more and more, as long as they are short.
    batch: usize,
    /// How many of them it takes without looking who else might want them.
    alone: usize,
    /// Whether it took all there were.
    emptied: bool,
    /// When it last took some, and how many have run since.
    refilled: Stamp,
    ran: u64,
    /// The core's number of that name, as of when it took what is in its hand.
    raised: u64,
}

/// What a job may take on average for several to be taken at once.
const SHORT: Duration = Duration::from_micros(1);

/// For how long jobs may last that are taken without leaving some to others: it would take those as long to get them.
const LITTLE: Duration = Duration::from_micros(2);

impl Pace {
    /// Decides how many jobs to take now.
    fn plan(&mut self, most: usize) {
        let (ran, took) = (std::mem::take(&mut self.ran), self.now.nanos_since(self.refilled).max(1));
        self.refilled = self.now;
        let short = took <= SHORT.as_nanos() as u64 * ran;
        self.batch = if short { (2 * self.batch).min(most) } else { 1 };
        self.alone = (LITTLE.as_nanos() as u64 * ran / took) as usize;
    }
}

/// Whether a spinning worker has its core to itself. Two that spin for each other on one core look busy to the system,
/// which may take fifty milliseconds to move one of them away; one that sleeps is soon woken elsewhere.
#[derive(Clone, Copy)]
struct Lodging {
    /// How often in a row mail came just when the worker had given way: as it must when the submitter has the same core.
    shared: u32,
    /// After how many of these it sleeps instead.
    patience: u32,
}

impl Lodging {
    const NEW: Lodging = Lodging { shared: 0, patience: 8 };
    /// Where sleeping does not help, since there is no other core, it is not done often.
    const MOST: u32 = 64;

    fn note(&mut self, shared: bool) {
        *self = if shared { Lodging { shared: self.shared + 1, ..*self } } else { Lodging::NEW };
    }

    fn moves_out(&self) -> bool {
        self.shared >= self.patience
    }

    /// It slept.
    fn next(&self) -> Self {
        Lodging { shared: 0, patience: (2 * self.patience).min(Lodging::MOST) }
    }
}

struct Life<W: Worker> {
    /// When the state is due to be recycled, and how many jobs the thread had served before it.
    due: Due,
    jobs_before: u64,
    /// How many of the last gaps between jobs were short, with a bias.
    short_gaps: u32,
    lodging: Lodging,
    inner: Arc<Inner<W>>,
    slot: Arc<Slot<W>>,
    grip: Grip<Placed<W>>,
    ctx: WorkerCtx,
}

impl<W: Worker> Life<W> {
    fn wants_start(&self) -> bool {
        self.inner.lock().may_start(&self.slot, self.inner.now())
    }

    /// Starts a state, if it is wanted, again and again with growing pauses. `None`: the worker has ended.
    fn start(&mut self, mut wanted: bool) -> Option<W> {
        loop {
            if !wanted {
                self.end(self.inner.lock());
                return None;
            }
            let started =
                attempt(|| W::start(&self.inner.config, &self.ctx).map_err(|error| error.to_string()));
            let cause = match started {
                Ok(Ok(state)) => {
                    event!("state started", worker = self.slot.id);
                    return Some(state);
                }
                Ok(Err(cause)) => cause,
                Err(payload) => {
                    format!("panicked: {}", message_of(payload))
                }
            };
            event!("state did not start", worker = self.slot.id, cause = cause);
            let mut core = self.inner.lock();
            match core.start_failed(&self.slot, cause.into(), self.inner.now()) {
                StartFailed::TryAgain(at) => {
                    drop(core);
                    self.slot.receive(|| self.sleep_before_retry(at));
                    wanted = self.wants_start();
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
        let (mut next, now) = self.arrive();
        let stamp = Stamp::of(now);
        let mut pace = Pace {
            now: stamp,
            started: stamp,
            express: false,
            batch: 1,
            alone: 1,
            emptied: false,
            refilled: stamp,
            ran: 0,
            raised: 0,
        };
        self.due = self.inner.setup.recycle.due(self.slot.id, now);
        self.jobs_before = self.slot.stats.jobs();
        loop {
            next = match next {
                Next::Run(taken) => self.run(&mut state, taken, &mut pace),
                Next::Search => self.search(&mut pace),
                Next::Wait => match self.wait(&mut pace) {
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
    fn release(&self, mut core: MutexGuard<'_, Core<W>>, next: &Next<W>) {
        match next {
            Next::Wait => self.inner.spinner.store(self.slot.id.0, Ordering::Relaxed),
            Next::Run(_) => core.reopen_lane(&self.inner.lane),
            _ => {}
        }
        self.inner.unlock_with_room(core);
    }

    /// Runs a job, and those that follow it through the express lane, and says what comes next. `pace.now` is when the
    /// worker came free, and then when it comes free again: one look at the clock for each job.
    fn run(&self, state: &mut W, taken: Taken<W>, pace: &mut Pace) -> Next<W> {
        let Taken { mut job, mut raised } = taken;
        loop {
            if self.inner.setup.timed {
                self.slot.stats.start(pace.now);
            }
            let after = match job {
                Job::Ticket(job) => return self.run_ticket(state, job, raised, pace),
                Job::Plain(plain) => match plain.task.wishes().cloned() {
                    Some(wishes) if self.is_late(&wishes, plain.submitted) => {
                        return self.expire(Job::Plain(plain), pace);
                    }
                    wishes => self.run_plain(state, plain, wishes, raised, pace),
                },
            };
            match self.take(&after, pace) {
                Take::Job(next) | Take::Last(next) => Taken { job, raised } = next,
                Take::Empty => return Next::Search,
                Take::Closed => return self.ask(after, pace),
            }
        }
    }

    /// Whether it is too late for a job to start.
    #[inline]
    fn is_late(&self, wishes: &Wishes, submitted: Stamp) -> bool {
        wishes.start_within.is_some_and(|limit| Stamp::of(self.inner.now()).since(submitted) > limit)
    }

    /// Ends a job that did not start in time, and says what comes next.
    fn expire(&self, job: Job<W>, pace: &mut Pace) -> Next<W> {
        // A job that is just being cancelled is counted there.
        let ours = u64::from(job.move_to(Home::NONE));
        job.give_up(JobError::Expired);
        self.inner.lock().counts.expired_jobs += ours;
        self.next(pace)
    }

    fn run_ticket(&self, state: &mut W, job: JobRef<W>, raised: u64, pace: &mut Pace) -> Next<W> {
        let meta = job.0.meta();
        let wishes = job.0.wishes();
        if wishes.is_some_and(|wishes| self.is_late(wishes, meta.submitted)) {
            return self.expire(Job::Ticket(job), pace);
        }
        if wishes.is_some_and(|wishes| wishes.label.is_some()) {
            *self.slot.desk.lock() = Desk::Ticket(job.0.clone());
        }
        if self.inner.raised.load(Ordering::Relaxed) != raised {
            // Everything that ran was cancelled after this job was taken: it need not begin.
            job.0.cancel();
        }
        let wanted = self.wanted(raised, Some(&meta.cancel));
        let ctx = self.ctx(wishes, wanted, meta.submitted, pace.now);
        let mut next = None;
        let ran = job.0.run(state, &ctx, &mut |state, end| {
            // Before the ticket resolves.
            let after = self.account(state, &ctx, end, pace);
            next = Some(match self.take(&after, pace) {
                Take::Job(taken) | Take::Last(taken) => Next::Run(taken),
                Take::Empty => Next::Search,
                Take::Closed => self.ask(after, pace),
            });
        });
        if !ran {
            self.clear_desk(&ctx);
            next = Some(self.next(pace));
        }
        // The last owner drops the result of a job whose ticket is gone; that drop is the user's code.
        self.drop_foreign(job);
        next.expect("a job that ran was settled")
    }

    fn run_plain(
        &self,
        state: &mut W,
        job: Plain<W>,
        wishes: Option<Arc<Wishes>>,
        raised: u64,
        pace: &mut Pace,
    ) -> Result<After, Panicked> {
        let Plain { task, submitted } = job;
        if let Some(wishes) = &wishes
            && wishes.label.is_some()
        {
            *self.slot.desk.lock() = Desk::Plain(wishes.clone());
        }
        let ctx = self.ctx(wishes.as_deref(), self.wanted(raised, None), submitted, pace.now);
        let result = attempt(|| {
            state.before(&ctx);
            task.run(state, &ctx);
        });
        ctx.close_hook();
        let end = if result.is_ok() { JobEnd::Returned } else { JobEnd::Panicked };
        let after = self.account(state, &ctx, end, pace);
        if let Err(payload) = result {
            self.drop_foreign(payload);
        }
        after
    }

    fn wanted<'a>(&'a self, taken_at: u64, ticket: Option<&'a CancelCell>) -> Wanted<'a> {
        Wanted { ticket, raised: &self.inner.raised, taken_at, hook: &self.slot.hook }
    }

    fn ctx<'a>(
        &'a self,
        wishes: Option<&'a Wishes>,
        wanted: Wanted<'a>,
        submitted: Stamp,
        started: Stamp,
    ) -> JobCtx<'a> {
        let clock = &*self.inner.setup.clock;
        // Without timing, nobody knows how long it waited.
        let started = if self.inner.setup.timed { started } else { submitted };
        JobCtx { worker: self.slot.id, wishes, wanted, clock, submitted, started, hooked: Cell::new(false) }
    }

    /// Drops something whose drop is the user's code.
    fn drop_foreign<T>(&self, thing: T) {
        if shielded(|| drop(thing)).is_err() {
            self.inner.lock().counts.hook_panics += 1;
        }
    }

    /// A job is over: hears the state about it, and counts it. The worker has not come free yet.
    fn account(
        &self,
        state: &mut W,
        ctx: &JobCtx<'_>,
        end: JobEnd,
        pace: &mut Pace,
    ) -> Result<After, Panicked> {
        let (inner, slot) = (&*self.inner, &*self.slot);
        let after = shielded(|| state.after(ctx, end));
        match end {
            JobEnd::Returned => slot.stats.returned.add(1),
            JobEnd::Panicked => {
                event!("job panicked", worker = slot.id, label = ctx.label().unwrap_or_default());
                slot.stats.panicked.add(1);
            }
        }
        if inner.setup.timed {
            pace.started = pace.now;
            pace.now = if pace.express { inner.rough_stamp() } else { Stamp::of(inner.now()) };
            slot.stats.waits.record(ctx.started.nanos_since(ctx.submitted));
            slot.stats.services.record(pace.now.nanos_since(pace.started));
            if let Some(slow) = &inner.setup.slow {
                self.report_slow(slow, ctx, pace.now.since(pace.started));
            }
        }
        self.clear_desk(ctx);
        after
    }

    /// The job with this label is over.
    fn clear_desk(&self, ctx: &JobCtx<'_>) {
        if ctx.label().is_some() {
            let desk = std::mem::replace(&mut *self.slot.desk.lock(), Desk::Empty);
            drop(desk);
        }
    }

    /// Whether the worker is due to be recycled.
    fn is_due(&self, pace: &Pace) -> bool {
        self.inner.setup.recycles()
            && self.due.is_due(self.slot.stats.jobs() - self.jobs_before, pace.now.instant())
    }

    /// The next job from the express lane: one that is in hand, or from the outbox, with more for the hand.
    #[inline]
    fn take(&self, after: &Result<After, Panicked>, pace: &mut Pace) -> Take<W> {
        let lane = &self.inner.lane;
        if !lane.looks_open() || !matches!(after, Ok(After::Keep)) || self.is_due(pace) {
            return Take::Closed;
        }
        pace.express = true;
        pace.ran += 1;
        if let Some((_, job)) = self.grip.pop() {
            return Take::Job(Taken { job, raised: pace.raised });
        }
        match self.inner.setup.batch {
            Batch::Fixed(batch) => (pace.batch, pace.alone) = (batch, batch),
            Batch::UpTo(most) => {
                if !self.inner.setup.timed {
                    pace.now = self.inner.rough_stamp();
                }
                pace.plan(most);
                if pace.emptied && pace.batch > 1 {
                    linger();
                    pace.now = self.inner.rough_stamp();
                    pace.refilled = pace.now;
                }
            }
        }
        self.take_several(pace)
    }

    /// From the outbox.
    fn take_several(&self, pace: &mut Pace) -> Take<W> {
        let take = self.inner.lane.take(&self.slot, &self.grip, pace.batch, pace.alone);
        if let Take::Job(taken) | Take::Last(taken) = &take {
            pace.raised = taken.raised;
        }
        pace.emptied = matches!(take, Take::Last(_));
        take
    }

    /// The lane has nothing to say, or something else than the next job is due: asks the core.
    fn ask(&self, after: Result<After, Panicked>, pace: &mut Pace) -> Next<W> {
        let inner = &*self.inner;
        pace.express = false;
        if !inner.setup.timed {
            pace.now = Stamp::of(inner.now());
        }
        let due = self.is_due(pace);
        let mut core = inner.lock();
        core.counts.hook_panics += u64::from(after.is_err());
        let after = match after {
            Ok(After::Keep) if due => {
                core.counts.recycled += 1;
                if inner.setup.recycle.in_place { After::Rebuild } else { After::Retire }
            }
            after => after.unwrap_or(After::Rebuild),
        };
        let next = core.finish(&self.slot, after, pace.now.since(pace.started), pace.now.instant());
        self.release(core, &next);
        next
    }

    fn report_slow(&self, slow: &Slow, ctx: &JobCtx<'_>, ran_for: Duration) {
        if ran_for < slow.limit {
            return;
        }
        let (worker, queued_for) = (self.slot.id, ctx.queued_for());
        let job = SlowJob { worker, label: ctx.label(), queued_for, ran_for };
        if shielded(|| (slow.tell)(&job)).is_err() {
            self.inner.lock().counts.hook_panics += 1;
        }
    }

    /// A job was cancelled before it could start, or the lane has been empty for long: asks the core.
    fn next(&self, pace: &mut Pace) -> Next<W> {
        let now = self.inner.now();
        pace.now = Stamp::of(now);
        pace.express = false;
        let mut core = self.inner.lock();
        let next = core.next(&self.slot, now);
        self.release(core, &next);
        next
    }

    /// Every worker is busy, but just now nothing waits: looks into the lane for a moment before going idle. To the
    /// core the worker is still busy, and before it rests it asks the core.
    fn search(&self, pace: &mut Pace) -> Next<W> {
        let lane = &self.inner.lane;
        for turn in 0..SEARCH_TURNS {
            for _ in 0..(1 << turn.min(5)) {
                crate::sync::spin_loop();
            }
            if turn > SEARCH_TURNS / 4 {
                crate::sync::yield_now();
            }
            if !lane.looks_changed() {
                continue;
            }
            if pace.batch > 1 {
                linger();
            }
            match self.take_several(pace) {
                Take::Job(taken) | Take::Last(taken) => {
                    pace.now = Stamp::of(self.inner.now());
                    pace.refilled = pace.now;
                    return Next::Run(taken);
                }
                Take::Empty => {}
                Take::Closed => break,
            }
        }
        self.next(pace)
    }

    /// Spins, then sleeps, until there is mail or the keep-alive time is over.
    fn wait(&mut self, pace: &mut Pace) -> Mail<W> {
        let (inner, idle_since) = (&*self.inner, pace.now.instant());
        let spin = inner.setup.spin;
        let patience = if self.short_gaps >= PATIENT { spin.long } else { spin.short };
        // Whoever sleeps is woken on a core that is free; whoever spins stays on the one that he has.
        if self.lodging.moves_out() {
            self.lodging = self.lodging.next();
        } else {
            let shared = self.slot.spin(spin.turns, &inner.spinner, || {
                inner.now().saturating_duration_since(idle_since) >= patience
            });
            self.lodging.note(shared);
        }
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
        let now = inner.now();
        pace.now = Stamp::of(now);
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
        let stopped = shielded(|| state.stop(reason, &self.ctx));
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

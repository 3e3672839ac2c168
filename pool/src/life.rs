//! A worker's life, on its own thread: start → run → park | rebuild | retire → stop.
//!
//! The order after a job is the point: `after`, then the core learns that the worker is free, then the ticket
//! resolves, then a state is rebuilt. So who waits for a ticket and submits again finds the worker idle and does not
//! start a second one, and no ticket waits for a rebuild.

use crate::core::{Core, Leave, Mail, Next, Sleep, Slot, StartFailed};
use crate::job::{JobCtx, JobRef};
use crate::pool::{Inner, give_up};
use crate::sync::{Arc, MutexGuard, Ordering, thread};
use crate::worker::{After, StopReason, Worker, WorkerCtx};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The whole life of one worker thread.
pub(crate) fn live<W: Worker>(inner: Arc<Inner<W>>, slot: Arc<Slot<W>>) {
    let ended = inner.lock().begin(&slot, thread::current().id());
    inner.join(ended);
    let mut life = Life { ctx: WorkerCtx { id: slot.id, name: inner.thread_name(slot.id) }, inner, slot };
    while let Some(state) = life.start() {
        if !life.serve(state) {
            break;
        }
    }
}

struct Life<W: Worker> {
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
                Ok(Ok(state)) => return Some(state),
                Ok(Err(cause)) => cause,
                Err(payload) => {
                    format!("panicked: {}", crate::error::PanicPayload::new(payload).message())
                }
            };
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
        let mut next = self.arrive();
        loop {
            next = match next {
                Next::Run(job) => self.run(&mut state, job),
                Next::Wait => match self.wait() {
                    Mail::Run(job) => self.run(&mut state, job),
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
    fn arrive(&self) -> Next<W> {
        if cfg!(museum = "arrive_gap") {
            self.inner.lock().arrive_early();
        }
        let now = self.inner.now();
        let mut core = self.inner.lock();
        let next = core.arrive(&self.slot, now);
        if matches!(next, Next::Wait) {
            self.inner.spinner.store(self.slot.id.0, Ordering::Relaxed);
        }
        self.inner.unlock_with_room(core);
        next
    }

    /// Runs one job and says what comes next.
    fn run(&self, state: &mut W, job: JobRef<W>) -> Next<W> {
        let inner = &self.inner;
        let mut next = None;
        let mut row = None;
        let ctx = JobCtx::new(self.slot.id, job.0.meta(), &*inner.setup.clock, inner.now());
        let ran = job.0.run(state, &ctx, &mut |state, end| {
            let after = catch_unwind(AssertUnwindSafe(|| state.after(&ctx, end)));
            let now = inner.now();
            let mut core = inner.lock();
            core.counts.hook_panics += u64::from(after.is_err());
            let (then, current) = core.finish(&self.slot, end, after.unwrap_or(After::Rebuild), now);
            if matches!(then, Next::Wait) {
                inner.spinner.store(self.slot.id.0, Ordering::Relaxed);
            }
            inner.unlock_with_room(core);
            next = Some(then);
            row = current;
        });
        if !ran {
            let mut core = inner.lock();
            let (then, current) = core.skip(&self.slot, inner.now());
            inner.unlock_with_room(core);
            next = Some(then);
            row = current;
        }
        // The last owner drops the result of a detached job here; that drop is the user's code.
        let dropped = catch_unwind(AssertUnwindSafe(move || {
            drop(row);
            drop(job);
        }));
        if dropped.is_err() {
            inner.lock().counts.hook_panics += 1;
        }
        next.expect("a job that ran was settled")
    }

    /// Spins, then sleeps, until there is mail or the keep-alive time is over.
    fn wait(&self) -> Mail<W> {
        self.slot.spin(self.inner.setup.spin, &self.inner.spinner);
        let idle_since = self.inner.setup.limits.keep_alive.map(|_| self.inner.now());
        let mut may_expire = true;
        loop {
            let mail = self.slot.receive(|| {
                let Some((since, time)) = idle_since.zip(self.inner.setup.limits.keep_alive) else {
                    return Sleep::UntilRung;
                };
                let left = time.saturating_sub(self.inner.now().saturating_duration_since(since));
                match may_expire {
                    false => Sleep::UntilRung,
                    true if left.is_zero() => Sleep::NoMore,
                    true => self.inner.setup.clock.sleep_limit(left).map_or(Sleep::UntilRung, Sleep::For),
                }
            });
            match mail {
                Some(mail) => return mail,
                None if self.inner.expire(self.slot.id, true) => return Mail::Stop(StopReason::Expired),
                // Claimed in the same moment, or kept as one of the minimum: mail is all that can come now.
                None => may_expire = false,
            }
        }
    }

    fn stop(&self, state: W, reason: StopReason) -> MutexGuard<'_, Core<W>> {
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

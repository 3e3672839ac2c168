//! Submitting: with a ticket or without, for any worker, for one, or for all; and what comes back refused.

use crate::builder::{JobOptions, Policy};
use crate::core::{Admit, Mail, Taken};
use crate::ctx::{HookCell, JobCtx, Wanted};
use crate::error::{Refusal, Refused};
use crate::job::{Closure, Job, JobCell, JobRef, Meta, Plain, Runnable, Said, Wished, Wishes};
use crate::pool::{Inner, Pool};
use crate::shield::shielded;
use crate::stamp::Stamp;
use crate::sync::{Arc, AtomicU64};
use crate::task::Task;
use crate::ticket::Ticket;
use crate::worker::{JobEnd, StopReason, Worker, WorkerCtx, WorkerId};
use std::cell::Cell;
use std::marker::PhantomData;

impl<W: Worker> Pool<W> {
    /// Submits a job under the pool's own policy.
    ///
    /// # Errors
    /// [`Refused`]: the job, by value, and why it was not taken.
    pub fn submit<F, R>(&self, job: F) -> Result<Ticket<R>, Refused<F>>
    where
        F: FnOnce(&mut W, &JobCtx<'_>) -> R + Send + 'static,
        R: Send + 'static,
    {
        self.submit_as((), self.inner.setup.policy, job)
    }

    /// Submits a job with a label, a deadline, or a policy of its own.
    ///
    /// ```
    /// use pool::{JobOptions, Pool};
    /// use std::time::Duration;
    ///
    /// let pool = Pool::new();
    /// let options = JobOptions::new().label("hello").within(Duration::from_secs(1));
    /// let ticket = pool.submit_with(options, |_, ctx| ctx.label().map(str::to_owned))?;
    /// assert_eq!(ticket.wait()?.as_deref(), Some("hello"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Refused`]: the job, by value, and why it was not taken.
    pub fn submit_with<F, R>(&self, options: JobOptions, job: F) -> Result<Ticket<R>, Refused<F>>
    where
        F: FnOnce(&mut W, &JobCtx<'_>) -> R + Send + 'static,
        R: Send + 'static,
    {
        let JobOptions { wishes, policy } = options;
        let policy = policy.unwrap_or(self.inner.setup.policy);
        match wishes.none() {
            true => self.submit_as((), policy, job),
            false => self.submit_as(wishes, policy, job),
        }
    }

    fn submit_as<F, R, S: Said>(&self, said: S, policy: Policy, job: F) -> Result<Ticket<R>, Refused<F>>
    where
        F: FnOnce(&mut W, &JobCtx<'_>) -> R + Send + 'static,
        R: Send + 'static,
    {
        let cell = self.cell(said, job);
        let job = Job::Ticket(JobRef(cell.clone()));
        match self.inner.submit(job, policy) {
            Ok(()) => Ok(Ticket::new(cell)),
            Err((unused, Refusal::Full)) if policy == Policy::CallerRuns => {
                let run = |state: &mut W, ctx: &JobCtx<'_>| {
                    cell.run(state, ctx, &mut |state, end| {
                        state.after(ctx, end);
                    });
                };
                let (raised, hook) = (AtomicU64::new(0), HookCell::new());
                match self.inner.run_by_caller(
                    cell.wishes(),
                    Wanted { ticket: Some(&cell.meta().cancel), raised: &raised, taken_at: 0, hook: &hook },
                    run,
                ) {
                    true => Ok(Ticket::new(cell.clone())),
                    false => Err(hand_back(&cell, unused, Refusal::Full)),
                }
            }
            Err((unused, reason)) => Err(hand_back(&cell, unused, reason)),
        }
    }

    fn cell<F, R, S: Said>(&self, said: S, job: F) -> Arc<JobCell<W, F, R, S>>
    where
        F: FnOnce(&mut W, &JobCtx<'_>) -> R + Send + 'static,
        R: Send + 'static,
    {
        let submitted = self.inner.stamp(said.wishes().is_none());
        Arc::new(JobCell::new(job, said, Meta::new(submitted), self.inner.home))
    }

    /// Submits a job for one worker alone: to look after its state, or to use what only that worker holds. It is
    /// served before the jobs for everybody. Workers are found in [`Metrics::workers`](crate::Metrics), and a job's own
    /// in [`JobCtx::worker`].
    ///
    /// ```
    /// let pool = pool::Pool::new();
    /// let worker = pool.submit(|_, job| job.worker())?.wait()?;
    /// assert_eq!(pool.submit_to(worker, |_, job| job.worker())?.wait()?, worker);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Refused`]: [`Refusal::NoSuchWorker`] when the worker is gone or about to go, [`Refusal::Full`] when as many
    /// jobs wait for it as the queue has places.
    pub fn submit_to<F, R>(&self, worker: WorkerId, job: F) -> Result<Ticket<R>, Refused<F>>
    where
        F: FnOnce(&mut W, &JobCtx<'_>) -> R + Send + 'static,
        R: Send + 'static,
    {
        let cell = self.cell((), job);
        let mut erased = Some(Job::Ticket(JobRef(cell.clone())));
        let now = self.inner.now();
        let mut core = self.inner.lock();
        match core.admit_to(worker, &mut erased, now) {
            Admit::Claimed(slot, raised) => {
                drop(core);
                let job = erased.take().expect("a claimed worker's job was not queued");
                slot.give(Mail::Run(Taken { job, raised }));
            }
            Admit::Refused(reason) => {
                let unused = self.inner.refused(core, erased);
                return Err(hand_back(&cell, unused, reason));
            }
            _ => drop(core),
        }
        Ok(Ticket::new(cell))
    }

    /// Lets every worker that there is run a job once; workers that start later are not concerned. Those that refuse
    /// are left out: they are about to go, or have as many jobs of their own waiting as the queue has places.
    ///
    /// ```
    /// let pool = pool::Builder::<()>::new().max_workers(2).min_workers(2).build()?;
    /// let names = pool.broadcast(|_, job| job.worker());
    /// assert_eq!(names.into_iter().filter_map(|ticket| ticket.wait().ok()).count(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn broadcast<F, R>(&self, job: F) -> Vec<Ticket<R>>
    where
        F: FnOnce(&mut W, &JobCtx<'_>) -> R + Clone + Send + 'static,
        R: Send + 'static,
    {
        let workers = self.inner.lock().worker_ids();
        workers.into_iter().filter_map(|worker| self.submit_to(worker, job.clone()).ok()).collect()
    }

    /// Submits a job that nobody will wait for: no ticket, and nothing allocated when the closure captures no more than a pointer (an
    /// [`Arc`](std::sync::Arc), say). Its
    /// panic is caught and counted. [`cancel_running`](Pool::cancel_running) reaches it as any other.
    ///
    /// ```
    /// let pool = pool::Pool::new();
    /// pool.execute(|_, _| println!("done by the way"))?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`Refused`]: the job, by value, and why it was not taken.
    pub fn execute<F, R>(&self, job: F) -> Result<(), Refused<F>>
    where
        F: FnOnce(&mut W, &JobCtx<'_>) -> R + Send + 'static,
        R: 'static,
    {
        self.execute_as(None, self.inner.stamp(true), self.inner.setup.policy, job)
    }

    /// [`execute`](Pool::execute) with options, as [`submit_with`](Pool::submit_with).
    ///
    /// # Errors
    /// [`Refused`]: the job, by value, and why it was not taken.
    pub fn execute_with<F, R>(&self, options: JobOptions, job: F) -> Result<(), Refused<F>>
    where
        F: FnOnce(&mut W, &JobCtx<'_>) -> R + Send + 'static,
        R: 'static,
    {
        let JobOptions { wishes, policy } = options;
        let policy = policy.unwrap_or(self.inner.setup.policy);
        let submitted = self.inner.stamp(wishes.none());
        let wishes = (!wishes.none()).then(|| Arc::<Wishes>::new(wishes));
        self.execute_as(wishes, submitted, policy, job)
    }

    fn execute_as<F, R>(
        &self,
        wishes: Option<Arc<Wishes>>,
        submitted: Stamp,
        policy: Policy,
        job: F,
    ) -> Result<(), Refused<F>>
    where
        F: FnOnce(&mut W, &JobCtx<'_>) -> R + Send + 'static,
        R: 'static,
    {
        let closure = Closure::<F, R>(job, PhantomData);
        let task = match &wishes {
            None => Task::new(closure),
            Some(wishes) => Task::new(Wished(wishes.clone(), closure)),
        };
        let job = Job::Plain(Plain { task, submitted });
        let Err((Job::Plain(refused), reason)) = self.inner.submit(job, policy) else { return Ok(()) };
        let closure = match &wishes {
            None => refused.task.into_body::<Closure<F, R>>(),
            Some(_) => refused.task.into_body::<Wished<Closure<F, R>>>().map(|wished| wished.1),
        };
        let closure = closure.expect("the closure just given");
        let mut job = Some(closure.0);
        if policy == Policy::CallerRuns && matches!(reason, Refusal::Full) {
            let (raised, hook) = (AtomicU64::new(0), HookCell::new());
            let wanted = Wanted { ticket: None, raised: &raised, taken_at: 0, hook: &hook };
            let run = |state: &mut W, ctx: &JobCtx<'_>| {
                let job = job.take().expect("it runs once");
                let ran = shielded(|| {
                    state.before(ctx);
                    drop(job(state, ctx));
                });
                state.after(ctx, if ran.is_ok() { JobEnd::Returned } else { JobEnd::Panicked });
            };
            if self.inner.run_by_caller(wishes.as_deref(), wanted, run) {
                return Ok(());
            }
        }
        Err(Refused { job: job.take().expect("it did not run"), reason })
    }
}

impl<W: Worker> Inner<W> {
    /// Runs a job here and now, with a state made for it. False: this kind of worker has none to spare.
    fn run_by_caller(
        &self,
        wishes: Option<&Wishes>,
        wanted: Wanted<'_>,
        run: impl FnOnce(&mut W, &JobCtx<'_>),
    ) -> bool {
        let Ok(Some(mut state)) = shielded(|| W::guest(&self.config)) else {
            return false;
        };
        let ctx = WorkerCtx { id: WorkerId(0), name: "guest".into() };
        let (clock, now) = (&*self.setup.clock, Stamp::of(self.now()));
        let hooked = Cell::new(false);
        let job = JobCtx { worker: ctx.id, wishes, wanted, clock, submitted: now, started: now, hooked };
        let ran = shielded(|| run(&mut state, &job));
        job.close_hook();
        let stopped = shielded(|| state.stop(StopReason::Guest, &ctx));
        let mut core = self.lock();
        core.counts.refused -= 1;
        core.counts.run_by_caller += 1;
        core.counts.hook_panics += u64::from(ran.is_err()) + u64::from(stopped.is_err());
        true
    }
}

/// Takes the closure out of a refused job's cell.
fn hand_back<W, F, R, S>(cell: &JobCell<W, F, R, S>, unused: Job<W>, reason: Refusal) -> Refused<F>
where
    W: Worker,
    S: Said,
    F: FnOnce(&mut W, &JobCtx<'_>) -> R + Send + 'static,
    R: Send + 'static,
{
    let job = cell.take_back().expect("nobody else could start or cancel a refused job");
    drop(unused);
    Refused { job, reason }
}

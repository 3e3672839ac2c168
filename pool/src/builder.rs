//! How a pool is set up: [`Builder`], with defaults that suit blocking work, and the options of one job.

use crate::clock::{Clock, SystemClock};
use crate::core::Rules;
use crate::error::BuildError;
use crate::job::Wishes;
use crate::policy::{AdaptiveLimit, Order, Recycle, Shedding, Tenants};
use crate::pool::Pool;
use crate::spawn::{Spawner, ThreadSpawner};
use crate::worker::{Worker, WorkerId};
use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

/// What happens to a job when every worker is busy and the queue is full.
///
/// ```
/// use pool::{Builder, JobError, JobOptions, Policy};
/// use std::sync::mpsc;
///
/// let pool = Builder::<()>::new().max_workers(1).queue(1).build()?;
/// let (started, running) = mpsc::channel();
/// let (release, gate) = mpsc::channel::<()>();
/// pool.execute(move |_, _| (started.send(()), gate.recv().is_ok()))?;
/// running.recv()?;
/// let first = pool.submit(|_, _| "waits")?;
///
/// // The queue is full: the pool's own policy refuses, others find a way.
/// assert!(pool.submit(|_, _| ()).is_err());
/// let here = pool.submit_with(JobOptions::new().policy(Policy::CallerRuns), |_, _| std::thread::current().id())?;
/// assert_eq!(here.wait()?, std::thread::current().id());
/// let second = pool.submit_with(JobOptions::new().policy(Policy::DropOldest), |_, _| "urgent")?;
/// assert!(matches!(first.wait(), Err(JobError::Dropped)));
///
/// drop(release);
/// assert_eq!(second.wait()?, "urgent");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Policy {
    /// It is refused at once. What an async server wants: submitting never blocks.
    Reject,
    /// The submitter waits, at most for this long, for a place to come free.
    Block(Duration),
    /// The submitter's own thread runs it, with a state from [`Worker::guest`](crate::Worker::guest); refused when
    /// there is none.
    CallerRuns,
    /// The job that has waited longest gives up its place, if it is not more urgent: its ticket resolves with
    /// [`JobError::Dropped`](crate::JobError::Dropped).
    DropOldest,
    /// As `DropOldest`, but it is the job that was queued last.
    DropNewest,
}

/// What is told of a slow job, once it is over.
#[derive(Debug)]
#[non_exhaustive]
pub struct SlowJob<'a> {
    /// The worker that ran it.
    pub worker: WorkerId,
    /// The label it was submitted with.
    pub label: Option<&'a str>,
    /// How long it waited.
    pub queued_for: Duration,
    /// How long it ran.
    pub ran_for: Duration,
}

/// Who is told of slow jobs.
pub(crate) struct Slow {
    pub(crate) limit: Duration,
    pub(crate) tell: Box<dyn Fn(&SlowJob<'_>) + Send + Sync>,
}

impl fmt::Debug for Slow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.limit.fmt(f)
    }
}

/// Whether these numbers make a pool.
pub(crate) fn check(min: usize, max: usize) -> Result<(), BuildError> {
    match () {
        () if max == 0 => Err(BuildError::NoWorkers),
        () if min > max => Err(BuildError::MinAboveMax { min, max }),
        () => Ok(()),
    }
}

/// The numbers a pool is bounded by.
#[derive(Debug, Clone)]
pub(crate) struct Limits {
    pub(crate) min: usize,
    pub(crate) max: usize,
    pub(crate) queue: usize,
    pub(crate) keep_alive: Option<Duration>,
    /// How many jobs must wait for the express lane to open.
    pub(crate) express: usize,
    pub(crate) rules: Rules,
    pub(crate) adaptive: Option<AdaptiveLimit>,
    pub(crate) start_attempts: u32,
    pub(crate) back_off_first: Duration,
    pub(crate) back_off_last: Duration,
}

/// How long an idle worker spins.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Spin {
    pub(crate) short: Duration,
    pub(crate) long: Duration,
    /// A bound in turns, for clocks that stand still.
    pub(crate) turns: u32,
}

const SPIN: Duration = Duration::from_micros(500);

impl Spin {
    pub(crate) const OFF: Spin = Spin { short: Duration::ZERO, long: Duration::ZERO, turns: 0 };

    fn new(limit: Duration) -> Self {
        // A turn is at least four nanoseconds on any machine of today, and forty on some.
        let turns = u32::try_from(limit.as_nanos() / 4).unwrap_or(u32::MAX);
        Spin { short: limit / 10, long: limit, turns }
    }
}

/// How many jobs of the express lane a worker takes at once.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Batch {
    /// Up to so many, as long as jobs are short, and no more than its share.
    UpTo(usize),
    /// So many.
    Fixed(usize),
}

/// Everything a pool is built from.
#[derive(Debug)]
pub(crate) struct Setup {
    pub(crate) limits: Limits,
    pub(crate) policy: Policy,
    pub(crate) spin: Spin,
    pub(crate) timed: bool,
    /// How many jobs of the express lane a worker takes at once.
    pub(crate) batch: Batch,
    pub(crate) recycle: Recycle,
    pub(crate) slow: Option<Slow>,
    pub(crate) name: String,
    pub(crate) stack_size: Option<usize>,
    pub(crate) clock: Box<dyn Clock>,
    /// Whether that is the machine's.
    pub(crate) system_clock: bool,
    pub(crate) spawner: Box<dyn Spawner>,
}

impl Setup {
    #[inline]
    pub(crate) fn recycles(&self) -> bool {
        self.recycle.jobs.is_some() || self.recycle.age.is_some()
    }
}

/// Sets up a [`Pool`].
///
/// ```
/// use pool::{Builder, Policy};
/// use std::time::Duration;
///
/// let pool = Builder::<()>::new()
///     .max_workers(4)
///     .queue(64)
///     .policy(Policy::Block(Duration::from_millis(50)))
///     .build()?;
/// assert_eq!(pool.submit(|_, _| 1 + 1)?.wait()?, 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "a builder does nothing until it builds"]
pub struct Builder<W: Worker> {
    config: W::Config,
    setup: Setup,
}

impl<W: Worker> Builder<W>
where
    W::Config: Default,
{
    /// A builder for workers with the default configuration.
    pub fn new() -> Self {
        Self::with_config(W::Config::default())
    }
}

impl<W: Worker> Default for Builder<W>
where
    W::Config: Default,
{
    fn default() -> Self {
        Self::new()
    }
}

impl<W: Worker> Builder<W> {
    /// A builder for workers that start from `config`. Defaults: as many workers as cores, none of them started
    /// beforehand; a queue of 1024; [`Policy::Reject`]; keep-alive 30 s; 5 attempts to start, from 10 ms to 1 s apart.
    pub fn with_config(config: W::Config) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let limits = Limits {
            min: 0,
            max: cores,
            queue: 1024,
            keep_alive: Some(Duration::from_secs(30)),
            // The models that are about the lane ask for it: in all others it would only multiply the interleavings.
            express: if cfg!(loom) { usize::MAX } else { 4 },
            rules: Rules { order: Order::Fifo, priorities: 1, tenants: None, shedding: None },
            adaptive: None,
            start_attempts: 5,
            back_off_first: Duration::from_millis(10),
            back_off_last: Duration::from_secs(1),
        };
        let setup = Setup {
            limits,
            policy: Policy::Reject,
            // Nothing is won by spinning when the submitter needs the same core.
            spin: if cores == 1 || cfg!(any(loom, miri)) { Spin::OFF } else { Spin::new(SPIN) },
            timed: true,
            // Loom knows no time.
            batch: if cfg!(loom) { Batch::Fixed(1) } else { Batch::UpTo(64) },
            recycle: Recycle::default(),
            slow: None,
            name: "pool".into(),
            stack_size: None,
            clock: Box::new(SystemClock),
            system_clock: true,
            spawner: Box::new(ThreadSpawner),
        };
        Builder { config, setup }
    }

    /// The most workers there may be at once.
    pub fn max_workers(mut self, max: usize) -> Self {
        self.setup.limits.max = max;
        self
    }

    /// How many workers are started beforehand and not expired.
    ///
    /// ```
    /// let pool = pool::Builder::<()>::new().max_workers(4).min_workers(2).build()?;
    /// assert_eq!(pool.metrics().live, 2);
    /// # Ok::<(), pool::BuildError>(())
    /// ```
    pub fn min_workers(mut self, min: usize) -> Self {
        self.setup.limits.min = min;
        self
    }

    /// How many jobs may wait when every worker is busy. Zero: a job is handed to a worker or refused. A worker that
    /// is just starting, rebuilding or stopping makes room for one job more.
    ///
    /// ```
    /// use pool::{Builder, Refusal};
    ///
    /// let pool = Builder::<()>::new().max_workers(1).queue(0).build()?;
    /// let (started, running) = std::sync::mpsc::channel();
    /// let (release, gate) = std::sync::mpsc::channel::<()>();
    /// pool.execute(move |_, _| (started.send(()), gate.recv().is_ok()))?;
    /// running.recv()?;
    /// assert!(matches!(pool.submit(|_, _| ()).unwrap_err().reason, Refusal::Full));
    /// # drop(release);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn queue(mut self, places: usize) -> Self {
        self.setup.limits.queue = places;
        self
    }

    /// What happens when the queue is full.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.setup.policy = policy;
        self
    }

    /// How long a worker may be idle before it ends; `None`: for ever.
    ///
    /// ```
    /// use pool::{Builder, ManualClock};
    /// use std::{sync::Arc, time::Duration};
    ///
    /// let clock = Arc::new(ManualClock::new());
    /// let pool = Builder::<()>::new().keep_alive(Some(Duration::from_secs(10))).clock(clock.clone()).build()?;
    /// pool.submit(|_, _| ())?.wait()?;
    /// clock.advance(Duration::from_secs(10));
    /// pool.tick();
    /// assert_eq!(pool.metrics().counts.expired, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn keep_alive(mut self, time: Option<Duration>) -> Self {
        self.setup.limits.keep_alive = time;
        self
    }

    /// For how long the one spinning idle worker may spin before it sleeps; zero: it sleeps at once. It spins for
    /// less, a tenth, unless jobs have lately been coming at shorter intervals than this; then it pays to wait for
    /// the next. Default: half a millisecond, or zero on a single core.
    ///
    /// ```
    /// // For a machine whose cores are all needed elsewhere.
    /// let pool = pool::Builder::<()>::new().spin(std::time::Duration::ZERO).build()?;
    /// # Ok::<(), pool::BuildError>(())
    /// ```
    pub fn spin(mut self, limit: Duration) -> Self {
        self.setup.spin = Spin::new(limit);
        self
    }

    /// In which order jobs are served that have the same priority and tenant. Default: first in, first out.
    ///
    /// ```
    /// let pool = pool::Builder::<()>::new().order(pool::Order::AdaptiveLifo).build()?;
    /// # Ok::<(), pool::BuildError>(())
    /// ```
    pub fn order(mut self, order: Order) -> Self {
        self.setup.limits.rules.order = order;
        self
    }

    /// How many priorities there are, from 0, the most urgent and every job's own unless it says otherwise, to
    /// `count - 1`. More urgent jobs are served first; one pick in 32 goes to the least urgent that waits, so that
    /// none starves. Default: one.
    ///
    /// ```
    /// use pool::{Builder, JobOptions};
    ///
    /// let pool = Builder::<()>::new().priorities(2).build()?;
    /// let later = pool.submit_with(JobOptions::new().priority(1), |_, _| "a report")?;
    /// assert_eq!(later.wait()?, "a report");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn priorities(mut self, count: u8) -> Self {
        self.setup.limits.rules.priorities = count.max(1);
        self
    }

    /// Shares the workers out fairly among tenants, by deficit round robin, and keeps each within its bulkhead.
    /// Default: no tenants.
    ///
    /// ```
    /// use pool::{Builder, JobOptions, Tenants};
    ///
    /// let pool = Builder::<()>::new().tenants(Tenants::new().weight(7, 3).running(4)).build()?;
    /// assert_eq!(pool.submit_with(JobOptions::new().tenant(7).cost(2), |_, _| "theirs")?.wait()?, "theirs");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn tenants(mut self, tenants: Tenants) -> Self {
        self.setup.limits.rules.tenants = Some(tenants);
        self
    }

    /// Sheds jobs that waited too long while the pool is overloaded. Default: never.
    ///
    /// ```
    /// use pool::{Builder, Shedding};
    ///
    /// let pool = Builder::<()>::new().shedding(Shedding::default()).build()?;
    /// # Ok::<(), pool::BuildError>(())
    /// ```
    pub fn shedding(mut self, shedding: Shedding) -> Self {
        self.setup.limits.rules.shedding = Some(shedding);
        self
    }

    /// Lets the maximum of workers find itself, between `limit.min` and `max_workers`, by what jobs take: for work
    /// whose bottleneck is elsewhere. Default: the maximum is what it is.
    ///
    /// ```
    /// use pool::{AdaptiveLimit, Builder};
    ///
    /// let pool = Builder::<()>::new().max_workers(64).adaptive_limit(AdaptiveLimit::default()).build()?;
    /// assert_eq!(pool.metrics().max_workers, 1, "it begins at the least");
    /// # Ok::<(), pool::BuildError>(())
    /// ```
    pub fn adaptive_limit(mut self, limit: AdaptiveLimit) -> Self {
        self.setup.limits.adaptive = Some(limit);
        self
    }

    /// Recycles a worker, thread and state, after so many jobs; or [only the state](Builder::recycle_in_place).
    /// Default: never.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let builder = pool::Builder::<()>::new().max_workers(1).recycle_after_jobs(2).recycle_after(Duration::MAX);
    /// let pool = builder.recycle_jitter(10).build()?;
    /// for _ in 0..4 {
    ///     pool.submit(|_, _| ())?.wait()?;
    /// }
    /// assert!(pool.close().ledger.threads_started > 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn recycle_after_jobs(mut self, jobs: u64) -> Self {
        self.setup.recycle.jobs = Some(jobs);
        self
    }

    /// Recycles a worker, thread and state, after the first job that ends when its state is so old; or [only the
    /// state](Builder::recycle_in_place). Default: never.
    pub fn recycle_after(mut self, age: Duration) -> Self {
        self.setup.recycle.age = Some(age);
        self
    }

    /// By how many hundredths, at most, a worker's own limits for recycling are lower: so that not all are recycled at
    /// once. Default: none.
    pub fn recycle_jitter(mut self, percent: u8) -> Self {
        self.setup.recycle.jitter = percent;
        self
    }

    /// Whether a worker that is due to be recycled keeps its thread, and only stops its state and starts a new one, as
    /// after [`After::Rebuild`](crate::After): that costs no thread, but what the thread itself has gathered, in
    /// thread-local variables and the allocator's caches, stays. Default: false, a new thread.
    ///
    /// ```
    /// let builder = pool::Builder::<()>::new().max_workers(1).recycle_after_jobs(2).recycle_in_place(true);
    /// let pool = builder.build()?;
    /// for _ in 0..4 {
    ///     pool.submit(|_, _| ())?.wait()?;
    /// }
    /// let ledger = pool.close().ledger;
    /// assert!(ledger.threads_started == 1 && ledger.states_started > 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn recycle_in_place(mut self, in_place: bool) -> Self {
        self.setup.recycle.in_place = in_place;
        self
    }

    /// Tells of every job that ran for at least so long, on its worker, when it is over. What is still running is found
    /// with [`Pool::slow`](crate::Pool::slow).
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let pool = pool::Builder::<()>::new()
    ///     .on_slow(Duration::from_secs(1), |job| eprintln!("{:?} took {:?}", job.label, job.ran_for))
    ///     .build()?;
    /// # Ok::<(), pool::BuildError>(())
    /// ```
    pub fn on_slow(mut self, limit: Duration, tell: impl Fn(&SlowJob<'_>) + Send + Sync + 'static) -> Self {
        self.setup.slow = Some(Slow { limit, tell: Box::new(tell) });
        self
    }

    /// Whether the clock is read for every job: twice, some 20 ns each. Without it the histograms stay empty,
    /// [`JobCtx::queued_for`](crate::JobCtx::queued_for) is zero, and the worker table tells since when a worker has
    /// been busy, not since when its job has been running. Default: true.
    ///
    /// ```
    /// let pool = pool::Builder::<()>::new().timed(false).build()?;
    /// pool.submit(|_, _| ())?.wait()?;
    /// assert_eq!((pool.metrics().counts.returned, pool.metrics().service_time.count()), (1, 0));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn timed(mut self, timed: bool) -> Self {
        self.setup.timed = timed;
        self
    }

    /// For the model checker, which knows no time: spins for so many turns.
    #[doc(hidden)]
    pub fn spin_turns(mut self, turns: u32) -> Self {
        self.setup.spin = Spin { short: Duration::MAX, long: Duration::MAX, turns };
        self
    }

    /// For the model checker: how many jobs must wait for the express lane to open.
    #[doc(hidden)]
    pub fn express(mut self, jobs: usize) -> Self {
        self.setup.limits.express = jobs;
        self
    }

    /// For the model checker, which knows no time: how many jobs a worker takes out of the express lane at once,
    /// whatever it leaves to others.
    #[doc(hidden)]
    pub fn batch(mut self, jobs: usize) -> Self {
        self.setup.batch = Batch::Fixed(jobs.max(1));
        self
    }

    /// After how many failed starts in a row (at least 1) the pool is unhealthy, and how long it waits between them:
    /// `first`, doubled every time, up to `last`.
    ///
    /// ```
    /// use pool::{Builder, JobError, Refusal, Worker, WorkerCtx};
    /// use std::time::Duration;
    ///
    /// struct Licensed;
    ///
    /// impl Worker for Licensed {
    ///     type Config = ();
    ///     type Error = &'static str;
    ///     fn start(_: &(), _: &WorkerCtx) -> Result<Self, &'static str> {
    ///         Err("no licence")
    ///     }
    /// }
    ///
    /// let pause = Duration::from_secs(3600);
    /// let pool = Builder::<Licensed>::new().max_workers(1).back_off(1, pause, pause).build()?;
    /// let ticket = pool.submit(|_, _| ())?;
    /// assert!(matches!(ticket.wait(), Err(JobError::Unserved(cause)) if &*cause == "no licence"));
    /// // Until the pause is over it is not even tried.
    /// assert!(matches!(pool.submit(|_, _| ()).unwrap_err().reason, Refusal::Unhealthy(_)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn back_off(mut self, attempts: u32, first: Duration, last: Duration) -> Self {
        self.setup.limits.start_attempts = attempts.max(1);
        self.setup.limits.back_off_first = first;
        self.setup.limits.back_off_last = last;
        self
    }

    /// What the threads' names begin with; the worker's number follows.
    ///
    /// ```
    /// let pool = pool::Builder::<()>::new().name("codec").stack_size(1 << 20).build()?;
    /// let name = pool.submit(|_, _| std::thread::current().name().map(str::to_owned))?.wait()?;
    /// assert_eq!(name.as_deref(), Some("codec-1"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.setup.name = name.into();
        self
    }

    /// The threads' stack size in bytes.
    pub fn stack_size(mut self, bytes: usize) -> Self {
        self.setup.stack_size = Some(bytes);
        self
    }

    /// Where the pool reads the time.
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.setup.clock = Box::new(clock);
        self.setup.system_clock = false;
        self
    }

    /// What starts the threads.
    ///
    /// ```
    /// use pool::{Builder, Refusal, Spawner, ThreadBody, ThreadHandle, ThreadSpec};
    /// use std::io;
    ///
    /// #[derive(Debug)]
    /// struct Exhausted;
    ///
    /// impl Spawner for Exhausted {
    ///     fn spawn(&self, _: ThreadSpec, _: ThreadBody) -> io::Result<Box<dyn ThreadHandle>> {
    ///         Err(io::ErrorKind::WouldBlock.into())
    ///     }
    /// }
    ///
    /// let pool = Builder::<()>::new().spawner(Exhausted).build()?;
    /// let refused = pool.submit(|_, _| "still mine").unwrap_err();
    /// assert!(matches!(refused.reason, Refusal::Spawn(_)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn spawner(mut self, spawner: impl Spawner) -> Self {
        self.setup.spawner = Box::new(spawner);
        self
    }

    /// Builds the pool and starts its `min_workers` threads. Their states start in the background: a failing
    /// `Worker::start` shows in [`Metrics::health`](crate::Metrics), not here.
    ///
    /// # Errors
    /// [`BuildError`]: impossible numbers, or a thread that could not be started.
    pub fn build(self) -> Result<Pool<W>, BuildError> {
        let mut setup = self.setup;
        check(setup.limits.min, setup.limits.max)?;
        if setup.limits.queue == 0 && matches!(setup.policy, Policy::DropOldest | Policy::DropNewest) {
            return Err(BuildError::NoQueue);
        }
        // What is decided by time needs to be timed.
        let by_time = setup.limits.rules.shedding.is_some() || setup.limits.adaptive.is_some();
        setup.timed |= by_time || setup.slow.is_some() || setup.recycle.age.is_some();
        Pool::build(self.config, setup)
    }
}

impl<W: Worker> fmt::Debug for Builder<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("setup", &self.setup).finish_non_exhaustive()
    }
}

/// What can be said about one job, for [`Pool::submit_with`](crate::Pool::submit_with).
#[derive(Debug, Clone, Default)]
#[must_use = "options do nothing until a job is submitted with them"]
pub struct JobOptions {
    pub(crate) wishes: Wishes,
    pub(crate) policy: Option<Policy>,
}

impl JobOptions {
    /// No label, no deadline, the pool's policy.
    pub fn new() -> Self {
        Self::default()
    }

    /// A name for the worker table.
    pub fn label(mut self, label: impl Into<Cow<'static, str>>) -> Self {
        self.wishes.label = Some(label.into());
        self
    }

    /// A deadline, counted from the submission, which the job can ask for.
    pub fn within(mut self, time: Duration) -> Self {
        self.wishes.within = Some(time);
        self
    }

    /// How urgent it is: 0, the most, to the number of the pool's [priorities](Builder::priorities) less one.
    pub fn priority(mut self, priority: u8) -> Self {
        self.wishes.priority = priority;
        self
    }

    /// Whose job it is, in a pool with [tenants](Builder::tenants). Default: 0.
    pub fn tenant(mut self, tenant: u64) -> Self {
        self.wishes.tenant = tenant;
        self
    }

    /// How much of its tenant's share it uses up, from 1 to 100. Default: 1.
    pub fn cost(mut self, cost: u32) -> Self {
        self.wishes.cost = cost;
        self
    }

    /// A deadline for its start, counted from the submission: later than that it is not started any more, and its
    /// ticket resolves with [`JobError::Expired`](crate::JobError::Expired).
    ///
    /// ```
    /// use pool::{Builder, JobError, JobOptions, ManualClock};
    /// use std::{sync::Arc, sync::mpsc, time::Duration};
    ///
    /// let clock = Arc::new(ManualClock::new());
    /// let pool = Builder::<()>::new().max_workers(1).clock(clock.clone()).build()?;
    /// let (release, gate) = mpsc::channel::<()>();
    /// pool.execute(move |_, _| gate.recv().is_ok())?;
    /// let late = pool.submit_with(JobOptions::new().start_within(Duration::from_secs(1)), |_, _| ())?;
    /// clock.advance(Duration::from_secs(2));
    /// drop(release);
    /// assert!(matches!(late.wait(), Err(JobError::Expired)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn start_within(mut self, time: Duration) -> Self {
        self.wishes.start_within = Some(time);
        self
    }

    /// Another policy than the pool's.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = Some(policy);
        self
    }
}

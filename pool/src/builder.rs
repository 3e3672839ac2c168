//! How a pool is set up: [`Builder`], with defaults that suit blocking work, and the options of one job.

use crate::clock::{Clock, SystemClock};
use crate::error::BuildError;
use crate::job::Wishes;
use crate::pool::Pool;
use crate::spawn::{Spawner, ThreadSpawner};
use crate::worker::Worker;
use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

/// What happens to a job when every worker is busy and the queue is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Policy {
    /// It is refused at once. What an async server wants: submitting never blocks.
    Reject,
    /// The submitter waits, at most for this long, for a place to come free.
    Block(Duration),
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

/// Everything a pool is built from.
#[derive(Debug)]
pub(crate) struct Setup {
    pub(crate) limits: Limits,
    pub(crate) policy: Policy,
    pub(crate) spin: Spin,
    pub(crate) timed: bool,
    pub(crate) name: String,
    pub(crate) stack_size: Option<usize>,
    pub(crate) clock: Box<dyn Clock>,
    pub(crate) spawner: Box<dyn Spawner>,
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
            name: "pool".into(),
            stack_size: None,
            clock: Box::new(SystemClock),
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
    pub fn min_workers(mut self, min: usize) -> Self {
        self.setup.limits.min = min;
        self
    }

    /// How many jobs may wait when every worker is busy. Zero: a job is handed to a worker or refused. A worker that
    /// is just starting, rebuilding or stopping makes room for one job more.
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
    pub fn keep_alive(mut self, time: Option<Duration>) -> Self {
        self.setup.limits.keep_alive = time;
        self
    }

    /// For how long the one spinning idle worker may spin before it sleeps; zero: it sleeps at once. It spins for
    /// less, a tenth, unless jobs have lately been coming at shorter intervals than this; then it pays to wait for
    /// the next. Default: half a millisecond, or zero on a single core.
    pub fn spin(mut self, limit: Duration) -> Self {
        self.setup.spin = Spin::new(limit);
        self
    }

    /// Whether the clock is read for every job: twice, some 20 ns each. Without it the histograms stay empty,
    /// [`JobCtx::queued_for`](crate::JobCtx::queued_for) is zero, and the worker table tells since when a worker has
    /// been busy, not since when its job has been running. Default: true.
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

    /// After how many failed starts in a row (at least 1) the pool is unhealthy, and how long it waits between them:
    /// `first`, doubled every time, up to `last`.
    pub fn back_off(mut self, attempts: u32, first: Duration, last: Duration) -> Self {
        self.setup.limits.start_attempts = attempts.max(1);
        self.setup.limits.back_off_first = first;
        self.setup.limits.back_off_last = last;
        self
    }

    /// What the threads' names begin with; the worker's number follows.
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
        self
    }

    /// What starts the threads.
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
        let Limits { min, max, .. } = self.setup.limits;
        if max == 0 {
            return Err(BuildError::NoWorkers);
        }
        if min > max {
            return Err(BuildError::MinAboveMax { min, max });
        }
        Pool::build(self.config, self.setup)
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

    /// Another policy than the pool's.
    pub fn policy(mut self, policy: Policy) -> Self {
        self.policy = Some(policy);
        self
    }
}

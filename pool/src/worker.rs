//! The [`Worker`] trait: a worker's state and its exact life.
//!
//! start → (before → job → after)* → stop, all on the worker's own thread, each exactly once for one state.

use crate::ctx::JobCtx;
use std::fmt;

/// The state a worker keeps between jobs: a database connection, an interpreter, a codec's buffers.
///
/// It is *not* required to be `Send`: it is made, used and stopped on the worker's own thread. `stop` runs on that
/// thread before its thread-local destructors. A panic in any hook is caught and counted; it never ends the process
/// and never loses a job.
///
/// ```
/// use pool::{Builder, StopReason, Worker, WorkerCtx};
/// use std::rc::Rc; // not Send, and need not be
///
/// struct Counter { served: Rc<std::cell::Cell<u32>> }
///
/// impl Worker for Counter {
///     type Config = u32;
///     type Error = String;
///     fn start(first: &u32, _: &WorkerCtx) -> Result<Self, String> {
///         Ok(Counter { served: Rc::new((*first).into()) })
///     }
///     fn stop(self, _: StopReason, _: &WorkerCtx) {}
/// }
///
/// let pool = Builder::<Counter>::with_config(40).max_workers(1).build()?;
/// let served = pool.submit(|worker, _| { worker.served.update(|n| n + 2); worker.served.get() })?.wait()?;
/// assert_eq!(served, 42);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub trait Worker: Sized + 'static {
    /// What every worker of a pool is started from; shared by all of them.
    type Config: Send + Sync + 'static;
    /// Why a state could not be made. Its text goes to metrics, refusals and tickets.
    type Error: fmt::Display;

    /// Makes the state, on the worker's own thread.
    ///
    /// # Errors
    /// A failing start is tried again with exponential back-off; after a few failures in a row the pool is unhealthy
    /// and, when no worker is left, refuses jobs with this error's text.
    fn start(config: &Self::Config, ctx: &WorkerCtx) -> Result<Self, Self::Error>;

    /// Runs before every job. If it panics, the job does not run and its ticket gets the panic.
    fn before(&mut self, _ctx: &JobCtx<'_>) {}

    /// Runs after every job, also after one that panicked, before its ticket resolves, and says how the worker goes
    /// on. By default a panic rebuilds the state. If it panics itself, the state is rebuilt.
    fn after(&mut self, _ctx: &JobCtx<'_>, end: JobEnd) -> After {
        match end {
            JobEnd::Returned => After::Keep,
            JobEnd::Panicked => After::Rebuild,
        }
    }

    /// Makes a state on a submitter's thread, to run one job there: under [`Policy::CallerRuns`](crate::Policy), when
    /// the pool is full. `None`, as by default: such a job is refused instead. Plain workers, `()`, have it.
    fn guest(_config: &Self::Config) -> Option<Self> {
        None
    }

    /// Ends the state, on the worker's own thread, before that thread's thread-local destructors.
    fn stop(self, _reason: StopReason, _ctx: &WorkerCtx) {}
}

/// A plain pool: workers without state.
impl Worker for () {
    type Config = ();
    type Error = std::convert::Infallible;

    fn start(_: &(), _: &WorkerCtx) -> Result<Self, Self::Error> {
        Ok(())
    }

    fn guest(_: &()) -> Option<Self> {
        Some(())
    }
}

/// How a job ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobEnd {
    /// It returned.
    Returned,
    /// It, or `before`, panicked; the panic was caught.
    Panicked,
}

/// How a worker goes on after a job. The two kinds of recycling are counted apart.
///
/// ```
/// use pool::{After, Builder, JobCtx, JobEnd, Worker, WorkerCtx};
///
/// /// A connection that its jobs may break.
/// struct Connection {
///     broken: bool,
/// }
///
/// impl Worker for Connection {
///     type Config = ();
///     type Error = std::convert::Infallible;
///     fn start(_: &(), _: &WorkerCtx) -> Result<Self, Self::Error> {
///         Ok(Connection { broken: false })
///     }
///     fn after(&mut self, _: &JobCtx<'_>, _: JobEnd) -> After {
///         if self.broken { After::Rebuild } else { After::Keep }
///     }
/// }
///
/// let pool = Builder::<Connection>::new().max_workers(1).build()?;
/// pool.submit(|connection, _| connection.broken = true)?.wait()?;
/// assert!(!pool.submit(|connection, _| connection.broken)?.wait()?);
/// assert_eq!(pool.metrics().counts.rebuilt, 1);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum After {
    /// Keep the state.
    Keep,
    /// Stop the state and start a new one on the same thread.
    Rebuild,
    /// Stop the state and end the thread; a new thread takes its place if one is needed.
    Retire,
}

/// Why a state is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StopReason {
    /// `after` answered [`After::Rebuild`], or panicked; or the worker was due to be recycled in place.
    Rebuild,
    /// `after` answered [`After::Retire`], or the worker was due to be recycled.
    Retire,
    /// The worker was idle for longer than the keep-alive time, or was expired by hand.
    Expired,
    /// There are more workers than there may be, since a resize.
    Resized,
    /// It was made by [`Worker::guest`], for one job.
    Guest,
    /// The pool is draining and there is nothing left to do.
    Drained,
    /// The pool is being closed.
    Closed,
}

/// A worker's number: never used twice in a pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct WorkerId(pub(crate) u64);

impl WorkerId {
    /// The number, counted from 1.
    pub fn get(self) -> u64 {
        self.0
    }
}

impl fmt::Display for WorkerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What a worker's `start` and `stop` are told.
#[derive(Debug)]
pub struct WorkerCtx {
    pub(crate) id: WorkerId,
    pub(crate) name: String,
}

impl WorkerCtx {
    /// The worker's number.
    pub fn id(&self) -> WorkerId {
        self.id
    }

    /// The name of its thread.
    pub fn thread_name(&self) -> &str {
        &self.name
    }
}

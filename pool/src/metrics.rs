//! What a pool tells about itself: one consistent snapshot, taken under its lock.

use crate::histogram::Histogram;
use crate::ledger::Ledger;
use crate::worker::WorkerId;
use std::sync::Arc;
use std::time::Duration;

/// What a pool does with new jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    /// It takes them.
    Open,
    /// It refuses them and finishes what it has.
    Draining,
    /// It refuses them and starts none of those it had.
    Closed,
}

/// How the starting of workers is going.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Health {
    /// The last start succeeded, or there was none.
    Healthy,
    /// The last `failures` starts failed; it is being tried again, later and later.
    Failing {
        /// How many starts failed in a row.
        failures: u32,
        /// What the last one said.
        cause: Arc<str>,
    },
    /// Too many starts failed in a row. Without a living worker, jobs are refused; after a pause one is let through
    /// to try again.
    Unhealthy {
        /// What the last start said.
        cause: Arc<str>,
    },
}

/// What became of the jobs, and what happened to the workers, since the pool was built.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Jobs taken in.
    pub accepted: u64,
    /// Jobs refused and handed back.
    pub refused: u64,
    /// Jobs that ran and returned.
    pub returned: u64,
    /// Jobs that ran and panicked.
    pub panicked: u64,
    /// Jobs cancelled before they started.
    pub cancelled: u64,
    /// Jobs that no worker could be started for.
    pub unserved: u64,
    /// Jobs shed because the pool was overloaded.
    pub shed: u64,
    /// Jobs that were not started within the time they were given.
    pub expired_jobs: u64,
    /// Jobs dropped from the full queue for newer ones.
    pub dropped: u64,
    /// Jobs run by their submitters, under [`Policy::CallerRuns`](crate::Policy::CallerRuns). They are neither
    /// accepted nor refused.
    pub run_by_caller: u64,
    /// Waits that were given up because every worker of the pool waited for the pool.
    pub deadlocks: u64,
    /// Workers recycled because of their age or the number of their jobs; counted as retired, too, or as
    /// rebuilt, if that is done in place.
    pub recycled: u64,
    /// Jobs returned undone by drain or close.
    pub undone: u64,
    /// States rebuilt on their thread.
    pub rebuilt: u64,
    /// Workers retired, thread and all.
    pub retired: u64,
    /// Workers expired because they were idle.
    pub expired: u64,
    /// Threads that could not be started.
    pub spawn_failures: u64,
    /// Times that `Worker::start` failed.
    pub start_failures: u64,
    /// Times that a sleeping worker woke and had no mail: to expire, to try a start again, to look at the clock. A
    /// job wakes the one worker that it is given to, so that this does not grow with the jobs.
    pub woken_idle: u64,
    /// Panics caught in `after` or `stop`, or when a result nobody wanted was dropped.
    pub hook_panics: u64,
}

/// What a worker is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Activity {
    /// Its thread or its state is being started.
    Starting,
    /// Its state did not start; it waits to try again.
    BackingOff,
    /// It waits for a job.
    Idle,
    /// It runs a job (or was just handed one).
    Busy,
    /// It stops its state and starts a new one.
    Rebuilding,
    /// It stops its state and will end.
    Stopping,
}

/// One row of the worker table.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct WorkerRow {
    /// The worker's number.
    pub id: WorkerId,
    /// What it is doing.
    pub activity: Activity,
    /// For how long.
    pub lasting: Duration,
    /// The label of the job it runs, if it has one.
    pub label: Option<String>,
    /// How many jobs it has finished.
    pub jobs: u64,
}

/// A snapshot of a pool. Every field belongs to the same moment.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Metrics {
    /// Open, draining or closed.
    pub phase: Phase,
    /// How the starting of workers is going.
    pub health: Health,
    /// Jobs waiting.
    pub queued: usize,
    /// The most workers there may be now: changed by a resize or an adaptive limit.
    pub max_workers: usize,
    /// Workers: starting, idle, busy, or stopping.
    pub live: usize,
    /// The most there ever were at once.
    pub peak_live: usize,
    /// Workers waiting for a job.
    pub idle: usize,
    /// Workers running a job.
    pub busy: usize,
    /// What happened so far.
    pub counts: Counts,
    /// How long jobs waited until they started.
    pub queue_wait: Histogram,
    /// How long jobs ran.
    pub service_time: Histogram,
    /// Threads and states started, stopped, joined.
    pub ledger: Ledger,
    /// The worker table, by number.
    pub workers: Vec<WorkerRow>,
}

impl Counts {
    /// Jobs that have ended one way or another. `accepted` minus this is what is queued or running.
    pub fn ended(&self) -> u64 {
        self.returned
            + self.panicked
            + self.cancelled
            + self.unserved
            + self.shed
            + self.expired_jobs
            + self.dropped
            + self.undone
    }
}

//! Why a job was refused, why a ticket has no result, why a pool was not built.

use std::any::Any;
use std::error::Error;
use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

/// Why the pool did not take a job.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Refusal {
    /// Every worker is busy and the queue is full.
    Full,
    /// As `Full`, and no place came free within the time that [`Policy::Block`](crate::Policy::Block) allows.
    TimedOut,
    /// As `Full`, for the job's tenant: as many of its jobs wait as may.
    TenantFull,
    /// The worker that was to run it is gone or about to go.
    NoSuchWorker,
    /// The pool is draining: it finishes what it has and takes nothing new.
    Draining,
    /// The pool is closed.
    Closed,
    /// No worker could be started lately and none is left; the text is what `Worker::start` said last.
    Unhealthy(Arc<str>),
    /// A thread was needed and could not be started.
    Spawn(Arc<io::Error>),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::Full => f.write_str("every worker is busy and the queue is full"),
            Refusal::TimedOut => f.write_str("no place in the queue came free in time"),
            Refusal::TenantFull => f.write_str("too many jobs of this tenant are waiting"),
            Refusal::NoSuchWorker => f.write_str("the pool has no such worker"),
            Refusal::Draining => f.write_str("the pool is draining"),
            Refusal::Closed => f.write_str("the pool is closed"),
            Refusal::Unhealthy(cause) => write!(f, "no worker can be started: {cause}"),
            Refusal::Spawn(error) => write!(f, "a thread could not be started: {error}"),
        }
    }
}

impl Error for Refusal {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Refusal::Spawn(error) => Some(&**error),
            _ => None,
        }
    }
}

/// A refused job, handed back by value together with the reason.
pub struct Refused<F> {
    /// The job exactly as it was submitted.
    pub job: F,
    /// Why it was not taken.
    pub reason: Refusal,
}

impl<F> fmt::Debug for Refused<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refused").field("reason", &self.reason).finish_non_exhaustive()
    }
}

impl<F> fmt::Display for Refused<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "job refused: {}", self.reason)
    }
}

impl<F> Error for Refused<F> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.reason)
    }
}

/// Why an accepted job has no result.
#[derive(Debug)]
#[non_exhaustive]
pub enum JobError {
    /// It was cancelled before it started; it never ran.
    Cancelled,
    /// It panicked, or `Worker::before` did.
    Panicked(PanicPayload),
    /// It was accepted, but then no worker could be started to run it.
    Unserved(Arc<str>),
    /// It waited too long while the pool was overloaded.
    Shed,
    /// It was not started within the time it was given.
    Expired,
    /// It was dropped from the full queue for another one.
    Dropped,
    /// The job that waited for this one runs on the same pool, and so did every other that runs: none could end.
    Deadlock,
    /// It was returned undone by drain or close, and then dropped.
    Abandoned,
}

impl fmt::Display for JobError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            JobError::Cancelled => f.write_str("the job was cancelled before it started"),
            JobError::Panicked(payload) => write!(f, "the job panicked: {}", payload.message()),
            JobError::Unserved(cause) => write!(f, "no worker could be started for the job: {cause}"),
            JobError::Shed => f.write_str("the job was shed: the pool is overloaded"),
            JobError::Expired => f.write_str("the job was not started in time"),
            JobError::Dropped => f.write_str("the job was dropped from a full queue"),
            JobError::Deadlock => f.write_str("every worker waits for a job of its own pool"),
            JobError::Abandoned => f.write_str("the pool ended before the job was started"),
        }
    }
}

impl Error for JobError {}

/// What a job panicked with.
///
/// ```
/// let pool = pool::Pool::new();
/// let ticket = pool.submit(|_, _| -> () { std::panic::resume_unwind(Box::new("spoiled")) })?;
/// match ticket.wait() {
///     Err(pool::JobError::Panicked(payload)) => assert_eq!(payload.message(), "spoiled"),
///     other => panic!("{other:?}"),
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct PanicPayload(Box<Payload>);

struct Payload {
    message: Box<str>,
    /// In a mutex only so that errors are `Sync` and go through `?` into any boxed error; it is never locked.
    value: Mutex<Box<dyn Any + Send>>,
}

impl PanicPayload {
    pub(crate) fn new(value: Box<dyn Any + Send>) -> Self {
        let message = if let Some(text) = value.downcast_ref::<&'static str>() {
            text
        } else if let Some(text) = value.downcast_ref::<String>() {
            text.as_str()
        } else {
            "a value that is not a string"
        };
        PanicPayload(Box::new(Payload { message: message.into(), value: Mutex::new(value) }))
    }

    /// The panic's message, or a placeholder when the payload is not a string.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The payload itself.
    pub fn into_inner(self) -> Box<dyn Any + Send> {
        self.0.value.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// Goes on panicking on the calling thread, as `rayon` and `std`'s scoped threads do.
    ///
    /// # Panics
    /// Always: that is its purpose.
    pub fn resume(self) -> ! {
        std::panic::resume_unwind(self.into_inner())
    }
}

impl fmt::Debug for PanicPayload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PanicPayload").field(&self.message()).finish()
    }
}

/// Why a pool could not be built.
#[derive(Debug)]
#[non_exhaustive]
pub enum BuildError {
    /// `max_workers` is zero.
    NoWorkers,
    /// `min_workers` is larger than `max_workers`.
    MinAboveMax {
        /// The minimum asked for.
        min: usize,
        /// The maximum asked for.
        max: usize,
    },
    /// No place in the queue, and a policy that needs one.
    NoQueue,
    /// One of the `min_workers` threads could not be started. Those that were have been stopped and joined.
    Spawn(io::Error),
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BuildError::NoWorkers => f.write_str("a pool needs at least one worker"),
            BuildError::MinAboveMax { min, max } => {
                write!(f, "min_workers ({min}) is larger than max_workers ({max})")
            }
            BuildError::NoQueue => f.write_str("dropping queued jobs needs a queue"),
            BuildError::Spawn(error) => write!(f, "a thread could not be started: {error}"),
        }
    }
}

impl Error for BuildError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            BuildError::Spawn(error) => Some(error),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_go_anywhere() {
        fn check<E: Error + Send + Sync + 'static>() {}
        check::<Refusal>();
        check::<JobError>();
        check::<BuildError>();
        check::<Refused<String>>();
    }

    #[test]
    fn errors_stay_small() {
        assert!(size_of::<JobError>() <= 3 * size_of::<usize>());
        assert!(size_of::<Refusal>() <= 3 * size_of::<usize>());
    }
}

//! Tickets: what the submitter keeps of a job. Wait for it, await it, cancel it, or let it go.

use crate::clock::{Clock, SystemClock};
use crate::error::JobError;
use crate::job::{Cancel, Outcome};
use crate::sync::Arc;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Weak;
use std::task::{Context, Poll};
use std::time::Duration;

/// The submitter's end of an accepted job. It always resolves: with the job's result, its panic, or the reason why
/// it did not run.
///
/// A ticket is also a [`Future`] and needs no particular runtime. Dropping it lets the job go on without it, unless
/// it was told to [cancel on drop](Ticket::cancel_on_drop).
///
/// ```
/// let pool = pool::Pool::new();
/// let ticket = pool.submit(|_, _| 6 * 7)?;
/// assert_eq!(ticket.wait()?, 42);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "dropping a ticket detaches its job: call `detach` to say that you mean it"]
pub struct Ticket<R> {
    job: Arc<dyn Outcome<R>>,
    cancel_on_drop: bool,
}

/// What a cancellation came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CancelOutcome {
    /// The job had not started and never will. Its captures are dropped and its place in the queue is free.
    Cancelled,
    /// The job is running: it was told, and its ticket will resolve with whatever it makes of that.
    Requested,
    /// The job had ended already.
    TooLate,
}

impl<R: 'static> Ticket<R> {
    pub(crate) fn new(job: Arc<dyn Outcome<R>>) -> Self {
        Ticket { job, cancel_on_drop: false }
    }

    /// Its job, without keeping it.
    pub(crate) fn as_cancel(&self) -> Weak<dyn Cancel> {
        let job: Arc<dyn Cancel> = self.job.clone();
        Arc::downgrade(&job)
    }

    /// Waits until the job is over.
    ///
    /// A job may wait for another one of its own pool, as long as some worker can get on: when the last one would
    /// wait, too, its wait fails with [`JobError::Deadlock`], and the job it would have waited for is cancelled.
    ///
    /// ```
    /// use pool::{Builder, JobError};
    /// use std::sync::Arc;
    ///
    /// let pool = Arc::new(Builder::<()>::new().max_workers(1).build()?);
    /// let same = pool.clone();
    /// let outer = pool.submit(move |_, _| same.submit(|_, _| 1).expect("a place in the queue").wait())?;
    /// assert!(matches!(outer.wait()?, Err(JobError::Deadlock)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`JobError`]: the job panicked, was cancelled before it started, or could not be run.
    ///
    /// # Panics
    /// When the ticket already gave its result to somebody who polled it as a future.
    pub fn wait(mut self) -> Result<R, JobError> {
        self.cancel_on_drop = false;
        let home = if crate::life::on_worker() && !self.job.is_over() { self.job.home() } else { None };
        let Some(pool) = home else {
            return self.job.wait(None).expect("a wait without limit ends with a result");
        };
        let ticket: Arc<dyn Cancel> = self.job.clone();
        if !pool.get_stuck(&ticket) {
            self.job.cancel();
            return Err(JobError::Deadlock);
        }
        let result = self.job.wait(None).expect("a wait without limit ends with a result");
        pool.get_unstuck();
        result
    }

    /// Waits at most `limit` (of the machine's clock) and gives the ticket back if the job is not over by then. With
    /// `Duration::ZERO` it only looks.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let pool = pool::Pool::new();
    /// let (release, gate) = std::sync::mpsc::channel::<()>();
    /// let ticket = pool.submit(move |_, _| gate.recv().is_err())?;
    /// let ticket = ticket.wait_timeout(Duration::ZERO).expect_err("it is not over");
    /// drop(release);
    /// assert!(ticket.wait()?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The ticket itself, when the time is up. The inner result is that of [`wait`](Ticket::wait).
    ///
    /// # Panics
    /// As [`wait`](Ticket::wait).
    pub fn wait_timeout(mut self, limit: Duration) -> Result<Result<R, JobError>, Self> {
        match self.job.wait(SystemClock.now().checked_add(limit)) {
            Some(result) => {
                self.cancel_on_drop = false;
                Ok(result)
            }
            None => Err(self),
        }
    }

    /// Whether the result is there.
    pub fn is_done(&self) -> bool {
        self.job.is_over()
    }

    /// Takes the job out of the queue, or tells it to end early when it is running. The ticket still resolves.
    pub fn cancel(&self) -> CancelOutcome {
        self.job.cancel()
    }

    /// A handle that can cancel the job while somebody else waits on the ticket.
    ///
    /// ```
    /// use pool::{Builder, CancelOutcome, JobError};
    ///
    /// let pool = Builder::<()>::new().max_workers(1).build()?;
    /// let (release, gate) = std::sync::mpsc::channel::<()>();
    /// pool.execute(move |_, _| gate.recv().is_ok())?;
    /// let queued = pool.submit(|_, _| ())?;
    /// let canceller = queued.canceller();
    /// assert_eq!(std::thread::spawn(move || canceller.cancel()).join().unwrap(), CancelOutcome::Cancelled);
    /// assert!(matches!(queued.wait(), Err(JobError::Cancelled)));
    /// # drop(release);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn canceller(&self) -> Canceller {
        Canceller { job: self.job.clone() }
    }

    /// From now on, dropping this ticket before it resolved cancels the job: what a server wants whose client went
    /// away.
    ///
    /// ```
    /// let pool = pool::Builder::<()>::new().max_workers(1).build()?;
    /// let (release, gate) = std::sync::mpsc::channel::<()>();
    /// pool.execute(move |_, _| gate.recv().is_ok())?;
    /// let ticket = pool.submit(|_, _| unreachable!("its client is gone"))?.cancel_on_drop();
    /// drop(ticket);
    /// assert_eq!(pool.metrics().counts.cancelled, 1);
    /// # drop(release);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn cancel_on_drop(mut self) -> Self {
        self.cancel_on_drop = true;
        self
    }

    /// Lets the job go on; nobody will see its result.
    ///
    /// ```
    /// let pool = pool::Pool::new();
    /// pool.submit(|_, _| "nobody asks")?.detach();
    /// assert!(pool.drain(std::time::Duration::MAX).complete);
    /// assert_eq!(pool.metrics().counts.returned, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn detach(mut self) {
        self.cancel_on_drop = false;
    }
}

impl<R> Drop for Ticket<R> {
    fn drop(&mut self) {
        if self.cancel_on_drop {
            self.job.cancel();
        }
    }
}

impl<R: 'static> Future for Ticket<R> {
    type Output = Result<R, JobError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let polled = self.job.poll(cx);
        if polled.is_ready() {
            self.cancel_on_drop = false;
        }
        polled
    }
}

impl<R> fmt::Debug for Ticket<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ticket").field("done", &self.job.is_over()).finish_non_exhaustive()
    }
}

/// Cancels a job from elsewhere, any number of times. Made by [`Ticket::canceller`].
#[derive(Clone)]
pub struct Canceller {
    job: Arc<dyn Cancel>,
}

impl Canceller {
    /// As [`Ticket::cancel`].
    pub fn cancel(&self) -> CancelOutcome {
        self.job.cancel()
    }
}

impl fmt::Debug for Canceller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Canceller").finish_non_exhaustive()
    }
}

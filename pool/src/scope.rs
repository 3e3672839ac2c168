//! Scopes: jobs that borrow from the thread that submits them, as `std::thread::scope` has threads that do.
//!
//! Unsafe code: a borrowing closure is told to be `'static`. Obligations: (1) nothing but the lifetime changes; (2) the
//! closure is neither called nor dropped after its scope; (3) nor is what it returned.
//!
//! INVARIANT: a scope does not return before every closure submitted in it is gone, captures and all. Each closure
//! carries a [`Guard`], dropped after everything that borrows, on every path: it ran, it panicked, it was cancelled,
//! shed, refused, abandoned. A closure that is leaked keeps its guard, and the scope waits for ever: a hang, never a
//! dangling reference.
#![allow(unsafe_code)]

use crate::ctx::JobCtx;
use crate::error::{JobError, Refused};
use crate::job::{Cancel, OwnPool};
use crate::pool::Pool;
use crate::shield::{attempt, shielded};
use crate::sync::{Arc, Condvar, Mutex, mutant};
use crate::ticket::{CancelOutcome, Ticket};
use crate::worker::Worker;
use std::fmt;
use std::marker::PhantomData;
use std::panic::resume_unwind;
use std::sync::Weak;

/// Submits jobs that may borrow what outlives the scope. Made by [`Pool::scope`].
pub struct Scope<'scope, 'env: 'scope, W: Worker> {
    pool: &'env Pool<W>,
    left: Arc<Left>,
    /// Its jobs, as long as anybody else has them: results and panics are not kept here.
    jobs: Mutex<Vec<Weak<dyn Cancel>>>,
    /// Invariant in both, as `std`'s scopes are: neither may shrink or grow.
    _scope: PhantomData<&'scope mut &'scope ()>,
    _env: PhantomData<&'env mut &'env ()>,
}

/// How many closures are left.
struct Left {
    count: Mutex<usize>,
    none: Condvar,
}

/// Counts one closure, until it is dropped.
struct Guard(Arc<Left>);

impl Drop for Guard {
    fn drop(&mut self) {
        let mut count = self.0.count.lock();
        *count -= 1;
        if *count == 0 {
            self.0.none.notify_all();
        }
    }
}

// What a job waits for that waits for its scope.
impl Cancel for Left {
    fn cancel(&self) -> CancelOutcome {
        CancelOutcome::TooLate
    }

    fn is_over(&self) -> bool {
        *self.count.lock() == 0
    }
}

/// What a scoped closure and its ticket share.
struct Packet<F, R> {
    job: Mutex<Option<F>>,
    result: Mutex<Option<R>>,
}

trait Leftover<R>: Send + Sync {
    fn take(&self) -> Option<R>;
}

impl<F: Send, R: Send> Leftover<R> for Packet<F, R> {
    fn take(&self) -> Option<R> {
        self.result.lock().take()
    }
}

/// The closure as the pool gets it. Its drop keeps the order: first what borrows, then the guard.
struct Lent<F, R> {
    packet: Option<Arc<Packet<F, R>>>,
    guard: Option<Guard>,
}

impl<F, R> Drop for Lent<F, R> {
    fn drop(&mut self) {
        if mutant("scope_ends_early") {
            self.guard = None;
        }
        let packet = self.packet.take();
        // Captures, and a result nobody wants, are the user's to drop, whatever that does; the guard comes after them.
        // Two shields: what panics in the captures must not keep the result from going.
        if let Some(packet) = &packet {
            let job = packet.job.lock().take();
            let _ = shielded(|| drop(job));
        }
        let _ = shielded(|| drop(packet));
    }
}

/// The ticket of a scoped job. It need not be waited for: the scope does.
#[must_use = "the result of a scoped job is lost with its ticket; say `drop` if that is meant"]
pub struct ScopedTicket<'scope, R> {
    ticket: Ticket<()>,
    result: Arc<dyn Leftover<R> + 'scope>,
}

impl<R> ScopedTicket<'_, R> {
    /// Waits until the job is over, as [`Ticket::wait`].
    ///
    /// # Errors
    /// [`JobError`]: the job panicked, was cancelled before it started, or could not be run.
    pub fn wait(self) -> Result<R, JobError> {
        self.ticket.wait()?;
        Ok(self.result.take().expect("a job that returned left its result"))
    }

    /// As [`Ticket::cancel`].
    ///
    /// ```
    /// let pool = pool::Builder::<()>::new().max_workers(1).build()?;
    /// let text = String::from("borrowed");
    /// pool.scope(|scope| {
    ///     let (release, gate) = std::sync::mpsc::channel::<()>();
    ///     let busy = scope.submit(move |_, _| gate.recv().is_ok()).expect("room");
    ///     let queued = scope.submit(|_, _| text.len()).expect("room");
    ///     assert_eq!(queued.cancel(), pool::CancelOutcome::Cancelled);
    ///     drop((release, busy));
    /// });
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn cancel(&self) -> CancelOutcome {
        self.ticket.cancel()
    }

    /// Whether the result is there.
    pub fn is_done(&self) -> bool {
        self.ticket.is_done()
    }
}

impl<R> fmt::Debug for ScopedTicket<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ScopedTicket").field("done", &self.is_done()).finish_non_exhaustive()
    }
}

impl<'scope, W: Worker> Scope<'scope, '_, W> {
    /// Submits a job that may borrow, under the pool's own policy.
    ///
    /// # Errors
    /// [`Refused`]: the job, by value, and why it was not taken.
    pub fn submit<F, R>(&'scope self, job: F) -> Result<ScopedTicket<'scope, R>, Refused<F>>
    where
        F: FnOnce(&mut W, &JobCtx<'_>) -> R + Send + 'scope,
        R: Send + 'scope,
    {
        *self.left.count.lock() += 1;
        let packet = Arc::new(Packet { job: Mutex::new(Some(job)), result: Mutex::new(None) });
        let lent = Lent { packet: Some(packet.clone()), guard: Some(Guard(self.left.clone())) };
        let closure: Lending<'scope, W> = Box::new(move |worker, ctx| {
            let lent = lent;
            let Some(packet) = &lent.packet else { return };
            let job = packet.job.lock().take();
            if let Some(job) = job {
                let result = job(worker, ctx);
                *packet.result.lock() = Some(result);
            }
        });
        // SAFETY: (1) both types are a box of the same trait object; nothing differs but its lifetime bound, which has
        // no bearing on layout or vtable. (2) The pool calls or drops the closure in one place, by value, and hands it
        // out to nobody (`Undone` is opaque); it carries `lent`, whose guard is dropped after everything that borrows,
        // called or not; and `Pool::scope` returns, on every path, only when no guard is left. (3) What the job
        // returns stays in the packet, which the closure drops before its guard and the ticket cannot carry out of
        // `'scope`.
        let closure = unsafe { std::mem::transmute::<Lending<'scope, W>, Lending<'static, W>>(closure) };
        match self.pool.submit(closure) {
            Ok(ticket) => {
                self.note(&ticket);
                Ok(ScopedTicket { ticket, result: packet })
            }
            Err(refused) => {
                let job = packet.job.lock().take().expect("a refused job was not started");
                Err(Refused { job, reason: refused.reason })
            }
        }
    }
}

type Lending<'a, W> = Box<dyn FnOnce(&mut W, &JobCtx<'_>) + Send + 'a>;

impl<W: Worker> Pool<W> {
    /// Runs `body`, which may submit jobs that borrow, and returns when all of them are over.
    ///
    /// A job's panic goes to its ticket. Do not leak what [`close`](Pool::close) or [`drain`](Pool::drain) return
    /// undone while a scope is open: the scope waits for it.
    ///
    /// ```
    /// let pool = pool::Pool::new();
    /// let words = vec!["a", "bb", "ccc"];
    /// let lengths = pool.scope(|scope| {
    ///     let tickets: Vec<_> = words.iter().map(|word| scope.submit(|_, _| word.len())).collect();
    ///     tickets.into_iter().map(|ticket| ticket.unwrap().wait().unwrap()).sum::<usize>()
    /// });
    /// assert_eq!(lengths, 6);
    /// ```
    ///
    /// What a job borrows must outlive the scope:
    ///
    /// ```compile_fail,E0373
    /// let pool = pool::Pool::new();
    /// pool.scope(|scope| {
    ///     let inside = String::new();
    ///     let _ = scope.submit(|_, _| inside.len());
    /// });
    /// ```
    ///
    /// # Panics
    /// When `body` does, after the jobs are over.
    pub fn scope<'env, T>(
        &'env self,
        body: impl for<'scope> FnOnce(&'scope Scope<'scope, 'env, W>) -> T,
    ) -> T {
        let scope = Scope {
            pool: self,
            left: Arc::new(Left { count: Mutex::new(0), none: Condvar::new() }),
            jobs: Mutex::new(Vec::new()),
            _scope: PhantomData,
            _env: PhantomData,
        };
        let result = attempt(|| body(&scope));
        scope.wait();
        result.unwrap_or_else(|payload| resume_unwind(payload))
    }
}

impl<W: Worker> Scope<'_, '_, W> {
    /// Remembers a job, and forgets those that are gone when they are the greater part.
    fn note(&self, ticket: &Ticket<()>) {
        let left = *self.left.count.lock();
        let mut jobs = self.jobs.lock();
        if jobs.len() > 2 * left + 8 {
            jobs.retain(|job| job.strong_count() > 0);
        }
        jobs.push(ticket.as_cancel());
    }

    fn wait(&self) {
        let own = crate::life::on_worker() && !self.left.is_over();
        let ticket: Arc<dyn Cancel> = self.left.clone();
        if own && !self.pool.inner.get_stuck(&ticket) {
            // Nobody is left to run what waits.
            let jobs = std::mem::take(&mut *self.jobs.lock());
            jobs.iter().filter_map(Weak::upgrade).for_each(|job| _ = job.cancel());
        }
        let mut count = self.left.count.lock();
        while *count > 0 {
            count = self.left.none.wait(count);
        }
        drop(count);
        if own {
            self.pool.inner.get_unstuck();
        }
    }
}

impl<W: Worker> fmt::Debug for Scope<'_, '_, W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope").field("left", &*self.left.count.lock()).finish_non_exhaustive()
    }
}

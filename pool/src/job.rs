//! Jobs: their type erasure (with `task.rs`, for those without a ticket), and the only cell a job and its ticket share.
//!
//! One allocation holds closure, result, and everything in between. The pool sees it as `dyn Runnable<W>`, the ticket
//! as `dyn Outcome<R>`. INVARIANT: a stage only moves forward (`Queued → Running → Done → Taken`, or
//! `Queued → Done`, or `Queued → Taken` when the job is handed back), each under the cell's lock, and exactly one
//! thread makes each move: so a job runs once or never, and its captures are dropped once.

use crate::clock::Clock;
use crate::ctx::{CancelCell, JobCtx};
use crate::error::{JobError, PanicPayload};
use crate::home::Home;
use crate::shield::{attempt, shielded};
use crate::stamp::Stamp;
use crate::sync::{Arc, AtomicBool, AtomicU64, Condvar, Mutex, MutexGuard, Ordering};
use crate::task::{Body, Task};
use crate::ticket::CancelOutcome;
use crate::worker::{JobEnd, Worker};
use std::borrow::Cow;
use std::marker::PhantomData;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

/// How often a waiting thread looks at the result before it gives way, and how often it does that before it sleeps:
/// when the worker was woken on this very core, giving way is what lets it run.
#[cfg(not(any(loom, miri)))]
const WAIT_SPINS: (u32, u32) = (64, 40);
#[cfg(any(loom, miri))]
const WAIT_SPINS: (u32, u32) = (0, 0);

/// What the submitter said about a job.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Wishes {
    pub(crate) label: Option<Cow<'static, str>>,
    pub(crate) within: Option<Duration>,
    pub(crate) start_within: Option<Duration>,
    /// 0 is the most urgent.
    pub(crate) priority: u8,
    pub(crate) tenant: u64,
    pub(crate) cost: u32,
}

impl Wishes {
    /// Whether nothing was said that the pool has to remember.
    #[inline]
    pub(crate) fn none(&self) -> bool {
        *self == Wishes::default()
    }
}

/// What a ticketed job's cell has room for: what was said about it, or nothing, which is what most submitters say.
pub(crate) trait Said: Send + Sync + 'static {
    fn wishes(&self) -> Option<&Wishes>;
}

impl Said for Wishes {
    fn wishes(&self) -> Option<&Wishes> {
        Some(self)
    }
}

impl Said for () {
    fn wishes(&self) -> Option<&Wishes> {
        None
    }
}

/// What the pool knows of a ticketed job apart from its types.
pub(crate) struct Meta {
    pub(crate) submitted: Stamp,
    /// Its number in the queue it was last put into; 0: none. Written under that pool's lock.
    pub(crate) place: AtomicU64,
    pub(crate) cancel: CancelCell,
}

impl Meta {
    pub(crate) fn new(submitted: Stamp) -> Self {
        Meta { submitted, place: AtomicU64::new(0), cancel: CancelCell::new() }
    }
}

/// An accepted job, to be run by exactly one worker, once.
pub(crate) enum Job<W: Worker> {
    Ticket(JobRef<W>),
    Plain(Plain<W>),
}

/// A job that nobody waits for.
pub(crate) struct Plain<W: Worker> {
    pub(crate) task: Task<W>,
    pub(crate) submitted: Stamp,
}

/// A closure together with what its submitter said about it.
pub(crate) struct Wished<B>(pub(crate) Arc<Wishes>, pub(crate) B);

impl<W: Worker, B: Body<W>> Body<W> for Wished<B> {
    fn run(self, worker: &mut W, ctx: &JobCtx<'_>) {
        self.1.run(worker, ctx);
    }

    fn wishes(&self) -> Option<&Arc<Wishes>> {
        Some(&self.0)
    }
}

impl<W, F, R> Body<W> for Closure<F, R>
where
    W: Worker,
    F: FnOnce(&mut W, &JobCtx<'_>) -> R + Send + 'static,
    R: 'static,
{
    fn run(self, worker: &mut W, ctx: &JobCtx<'_>) {
        (self.0)(worker, ctx);
    }

    fn wishes(&self) -> Option<&Arc<Wishes>> {
        None
    }
}

/// A closure together with what it returns: without that, the compiler cannot tell which `FnOnce` is meant.
pub(crate) struct Closure<F, R>(pub(crate) F, pub(crate) PhantomData<fn() -> R>);

impl<W: Worker> Job<W> {
    pub(crate) fn submitted(&self) -> Stamp {
        match self {
            Job::Ticket(job) => job.0.meta().submitted,
            Job::Plain(job) => job.submitted,
        }
    }

    pub(crate) fn wishes(&self) -> Option<&Wishes> {
        match self {
            Job::Ticket(job) => job.0.wishes(),
            Job::Plain(job) => job.task.wishes().map(|wishes| &**wishes),
        }
    }

    pub(crate) fn priority(&self) -> u8 {
        self.wishes().map_or(0, |wishes| wishes.priority)
    }

    pub(crate) fn tenant(&self) -> u64 {
        self.wishes().map_or(0, |wishes| wishes.tenant)
    }

    pub(crate) fn cost(&self) -> u32 {
        self.wishes().map_or(1, |wishes| wishes.cost.clamp(1, 100))
    }

    pub(crate) fn set_place(&self, place: u64) {
        if let Job::Ticket(job) = self {
            job.0.meta().place.store(place, Ordering::Release);
        }
    }

    /// Says which pool counts the job's cancellation from now on; false when the job is not to be run any more.
    pub(crate) fn move_to(&self, home: Home) -> bool {
        match self {
            Job::Ticket(job) => job.0.move_to(home),
            Job::Plain(_) => true,
        }
    }

    /// Ends the job without having run it. Its captures are dropped here: not to be called under a lock.
    pub(crate) fn give_up(self, error: JobError) {
        match self {
            Job::Ticket(job) => job.0.give_up(error),
            Job::Plain(job) => {
                let _ = shielded(|| drop(job));
            }
        }
    }
}

/// A job as its canceller sees it.
pub(crate) trait Cancel: Send + Sync {
    fn cancel(&self) -> CancelOutcome;
    /// Whether its ticket has resolved.
    fn is_over(&self) -> bool;
}

/// The pool of a job, as a job sees it that waits for another's ticket.
pub(crate) trait OwnPool: Send + Sync {
    /// This thread is going to wait. False: it belongs to the pool, and every other worker of it waits, too.
    fn get_stuck(&self, ticket: &Arc<dyn Cancel>) -> bool;
    /// The wait is over.
    fn get_unstuck(&self);
    /// A queued job was cancelled.
    fn forget_cancelled(&self, priority: u8, tenant: u64, place: u64);
}

/// A job as its worker sees it.
pub(crate) trait Runnable<W: Worker>: Cancel {
    fn meta(&self) -> &Meta;
    /// What the submitter said about it, if anything.
    fn wishes(&self) -> Option<&Wishes>;
    /// Runs the job, unless it was cancelled before: then false. `settle` is called after the job and before its
    /// ticket resolves.
    fn run(&self, worker: &mut W, ctx: &JobCtx<'_>, settle: &mut dyn FnMut(&mut W, JobEnd)) -> bool;
    /// Resolves the ticket of a job that will not run; no effect when it did, or was cancelled.
    fn give_up(&self, error: JobError);
    /// Says which pool counts the job's cancellation from now on; false when the job is not to be run any more.
    fn move_to(&self, home: Home) -> bool;
}

/// A job as its ticket sees it.
pub(crate) trait Outcome<R>: Cancel {
    /// The pool that runs it, or ran it.
    fn home(&self) -> Option<Arc<dyn OwnPool>>;
    /// The result, waiting until `give_up_at` at most; `None`: not done yet.
    fn wait(&self, give_up_at: Option<Instant>) -> Option<Result<R, JobError>>;
    fn poll(&self, cx: &mut Context<'_>) -> Poll<Result<R, JobError>>;
}

/// The right and the duty to run one accepted job. Dropped without having run, it resolves the ticket.
pub(crate) struct JobRef<W: Worker>(pub(crate) Arc<dyn Runnable<W>>);

impl<W: Worker> Drop for JobRef<W> {
    fn drop(&mut self) {
        self.0.give_up(JobError::Abandoned);
    }
}

/// The one allocation of a job and its ticket.
pub(crate) struct JobCell<W: Worker, F, R, S> {
    meta: Meta,
    said: S,
    /// Set once the result can be taken; what a waiting thread spins on.
    done: AtomicBool,
    state: Mutex<State<F, R>>,
    bell: Condvar,
    _worker: PhantomData<fn(&mut W)>,
}

struct State<F, R> {
    stage: Stage<F, R>,
    listener: Listener,
    home: Home,
}

enum Stage<F, R> {
    /// Nobody has started it; it can be cancelled.
    Queued(F),
    /// Its closure was taken out by the one worker that runs it.
    Running,
    /// Its result waits for the ticket.
    Done(Result<R, JobError>),
    /// The result was taken, or the job was handed back.
    Taken,
}

/// Who is to be told when the result is there.
enum Listener {
    None,
    Parked,
    Waker(Waker),
}

impl<W, F, R, S> JobCell<W, F, R, S>
where
    W: Worker,
    S: Said,
    F: FnOnce(&mut W, &JobCtx<'_>) -> R + Send + 'static,
    R: Send + 'static,
{
    pub(crate) fn new(job: F, said: S, meta: Meta, home: Home) -> Self {
        JobCell {
            meta,
            said,
            done: AtomicBool::new(false),
            state: Mutex::new(State { stage: Stage::Queued(job), listener: Listener::None, home }),
            bell: Condvar::new(),
            _worker: PhantomData,
        }
    }

    /// Takes the closure back out of a job that was refused.
    pub(crate) fn take_back(&self) -> Option<F> {
        let mut state = self.state.lock();
        match std::mem::replace(&mut state.stage, Stage::Taken) {
            Stage::Queued(job) => Some(job),
            other => {
                state.stage = other;
                None
            }
        }
    }

    /// Makes the result visible and tells whoever listens. Wakers and the condition variable are called unlocked.
    fn publish(&self, mut state: MutexGuard<'_, State<F, R>>, result: Result<R, JobError>) {
        state.stage = Stage::Done(result);
        let listener = std::mem::replace(&mut state.listener, Listener::None);
        drop(state);
        // After the lock is free: a waiting thread that sees this takes the lock at once.
        self.done.store(true, Ordering::Release);
        match listener {
            Listener::None => {}
            Listener::Parked => self.bell.notify_all(),
            Listener::Waker(waker) => {
                // A foreign waker must not take the worker down with it.
                let _ = shielded(|| waker.wake());
            }
        }
    }

    /// `Queued → Done(error)`; gives the closure back, to be dropped unlocked.
    fn end_unrun(&self, error: JobError) -> Result<(F, Home, u64), bool> {
        let mut state = self.state.lock();
        match std::mem::replace(&mut state.stage, Stage::Taken) {
            Stage::Queued(job) => {
                let place = self.meta.place.load(Ordering::Acquire);
                let home = state.home;
                self.publish(state, Err(error));
                Ok((job, home, place))
            }
            other => {
                let running = matches!(other, Stage::Running);
                state.stage = other;
                Err(running)
            }
        }
    }

    fn take_result(state: &mut State<F, R>) -> Option<Result<R, JobError>> {
        match std::mem::replace(&mut state.stage, Stage::Taken) {
            Stage::Done(result) => Some(result),
            Stage::Taken => panic!("a ticket was polled again after it gave its result"),
            other => {
                state.stage = other;
                None
            }
        }
    }
}

impl<W, F, R, S> Cancel for JobCell<W, F, R, S>
where
    W: Worker,
    S: Said,
    F: FnOnce(&mut W, &JobCtx<'_>) -> R + Send + 'static,
    R: Send + 'static,
{
    fn cancel(&self) -> CancelOutcome {
        match self.end_unrun(JobError::Cancelled) {
            Ok((job, home, place)) => {
                if let Some(home) = home.pool() {
                    let (priority, tenant) = self.said.wishes().map_or((0, 0), |w| (w.priority, w.tenant));
                    home.forget_cancelled(priority, tenant, place);
                }
                drop(job);
                CancelOutcome::Cancelled
            }
            Err(true) => {
                self.meta.cancel.request();
                CancelOutcome::Requested
            }
            Err(false) => CancelOutcome::TooLate,
        }
    }

    fn is_over(&self) -> bool {
        self.done.load(Ordering::Acquire)
    }
}

impl<W, F, R, S> Runnable<W> for JobCell<W, F, R, S>
where
    W: Worker,
    S: Said,
    F: FnOnce(&mut W, &JobCtx<'_>) -> R + Send + 'static,
    R: Send + 'static,
{
    fn meta(&self) -> &Meta {
        &self.meta
    }

    fn wishes(&self) -> Option<&Wishes> {
        self.said.wishes()
    }

    fn run(&self, worker: &mut W, ctx: &JobCtx<'_>, settle: &mut dyn FnMut(&mut W, JobEnd)) -> bool {
        let job = {
            let mut state = self.state.lock();
            match std::mem::replace(&mut state.stage, Stage::Running) {
                Stage::Queued(job) => job,
                other => {
                    state.stage = other;
                    return false;
                }
            }
        };
        let result = attempt(|| {
            worker.before(ctx);
            job(worker, ctx)
        });
        ctx.close_hook();
        settle(worker, if result.is_ok() { JobEnd::Returned } else { JobEnd::Panicked });
        let result = result.map_err(|payload| JobError::Panicked(PanicPayload::new(payload)));
        self.publish(self.state.lock(), result);
        true
    }

    fn give_up(&self, error: JobError) {
        if self.is_over() {
            return;
        }
        if let Ok((job, ..)) = self.end_unrun(error) {
            let _ = shielded(|| drop(job));
        }
    }

    fn move_to(&self, home: Home) -> bool {
        let mut state = self.state.lock();
        self.meta.place.store(0, Ordering::Release);
        state.home = home;
        matches!(state.stage, Stage::Queued(_))
    }
}

impl<W, F, R, S> Outcome<R> for JobCell<W, F, R, S>
where
    W: Worker,
    S: Said,
    F: FnOnce(&mut W, &JobCtx<'_>) -> R + Send + 'static,
    R: Send + 'static,
{
    fn home(&self) -> Option<Arc<dyn OwnPool>> {
        let home = self.state.lock().home;
        home.pool()
    }

    fn wait(&self, give_up_at: Option<Instant>) -> Option<Result<R, JobError>> {
        for turn in 0..WAIT_SPINS.0 + WAIT_SPINS.1 {
            if self.is_over() {
                break;
            }
            if turn < WAIT_SPINS.0 { crate::sync::spin_loop() } else { crate::sync::yield_now() }
        }
        let mut state = self.state.lock();
        loop {
            if let Some(result) = Self::take_result(&mut state) {
                return Some(result);
            }
            let left = match give_up_at {
                None => None,
                Some(at) => match at.checked_duration_since(crate::clock::SystemClock.now()) {
                    None | Some(Duration::ZERO) => return None,
                    left => left,
                },
            };
            state.listener = Listener::Parked;
            state = self.bell.wait_at_most(state, left);
        }
    }

    fn poll(&self, cx: &mut Context<'_>) -> Poll<Result<R, JobError>> {
        let mut state = self.state.lock();
        if let Some(result) = Self::take_result(&mut state) {
            return Poll::Ready(result);
        }
        let stale = match &state.listener {
            Listener::Waker(waker) if waker.will_wake(cx.waker()) => None,
            _ => Some(std::mem::replace(&mut state.listener, Listener::Waker(cx.waker().clone()))),
        };
        drop(state);
        drop(stale);
        Poll::Pending
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    /// A job and its ticket share two cache lines, the two counts of the allocation included, when closure and result
    /// are a few words.
    #[test]
    fn a_cell_is_two_cache_lines() {
        fn size<F: FnOnce(&mut (), &JobCtx<'_>) -> R + Send + 'static, R>(_: &F) -> usize {
            size_of::<JobCell<(), F, R, ()>>() + 2 * size_of::<usize>()
        }
        let words = [0_usize; 2];
        let job = move |_: &mut (), _: &JobCtx<'_>| words[0];
        assert!(size(&job) <= 128, "{}", size(&job));
    }
}

//! Jobs: the only type erasure of the crate, and the only cell a job and its ticket share.
//!
//! One allocation holds closure, result, and everything in between. The pool sees it as `dyn Runnable<W>`, the ticket
//! as `dyn Outcome<R>`. INVARIANT: a stage only moves forward (`Queued → Running → Done → Taken`, or
//! `Queued → Done`, or `Queued → Taken` when the job is handed back), each under the cell's lock, and exactly one
//! thread makes each move: so a job runs once or never, and its captures are dropped once.

use crate::clock::Clock;
use crate::error::{JobError, PanicPayload};
use crate::pool::Inner;
use crate::sync::{Arc, AtomicBool, AtomicU64, Condvar, Mutex, MutexGuard, Ordering};
use crate::ticket::CancelOutcome;
use crate::worker::{JobEnd, Worker, WorkerId};
use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Weak;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

/// How often a waiting thread looks at the result before it sleeps.
#[cfg(not(any(loom, miri)))]
const WAIT_SPINS: u32 = 400;
#[cfg(any(loom, miri))]
const WAIT_SPINS: u32 = 0;

/// What the pool knows of a job apart from its types.
pub(crate) struct Meta {
    pub(crate) label: Option<Cow<'static, str>>,
    pub(crate) submitted: Instant,
    pub(crate) deadline: Option<Instant>,
    /// Its number in the queue it was last put into; 0: none. Written under that pool's lock.
    pub(crate) place: AtomicU64,
    cancelled: AtomicBool,
    hook: Mutex<Option<CancelHook>>,
}

type CancelHook = Box<dyn FnOnce() + Send>;

impl Meta {
    pub(crate) fn new(
        label: Option<Cow<'static, str>>,
        submitted: Instant,
        deadline: Option<Instant>,
    ) -> Self {
        Meta {
            label,
            submitted,
            deadline,
            place: AtomicU64::new(0),
            cancelled: AtomicBool::new(false),
            hook: Mutex::new(None),
        }
    }

    /// Tells a running job that it is no longer wanted. The hook is called *under its lock*: the worker takes that
    /// lock before it leaves the job, so a hook never reaches into the next job.
    fn request_cancel(&self) {
        let mut hook = self.hook.lock();
        self.cancelled.store(true, Ordering::Release);
        if let Some(hook) = hook.take() {
            let _ = catch_unwind(AssertUnwindSafe(hook));
        }
    }
}

/// What a running job can ask about itself.
pub struct JobCtx<'a> {
    worker: WorkerId,
    meta: &'a Meta,
    clock: &'a dyn Clock,
    started: Instant,
    /// Whether this job ever set a hook: if not, leaving it costs no lock.
    hooked: Cell<bool>,
}

impl<'a> JobCtx<'a> {
    pub(crate) fn new(worker: WorkerId, meta: &'a Meta, clock: &'a dyn Clock, started: Instant) -> Self {
        JobCtx { worker, meta, clock, started, hooked: Cell::new(false) }
    }

    /// The worker that runs the job.
    pub fn worker(&self) -> WorkerId {
        self.worker
    }

    /// How long the job waited from its submission until it started.
    pub fn queued_for(&self) -> Duration {
        self.started.saturating_duration_since(self.meta.submitted)
    }

    /// When the job should be over, if it was submitted with [`JobOptions::within`](crate::JobOptions::within). The
    /// pool does not enforce it: the job does.
    pub fn deadline(&self) -> Option<Instant> {
        self.meta.deadline
    }

    /// What is left until the deadline (zero when it has passed), if there is one.
    pub fn remaining(&self) -> Option<Duration> {
        self.meta.deadline.map(|deadline| deadline.saturating_duration_since(self.clock.now()))
    }

    /// The label the job was submitted with.
    pub fn label(&self) -> Option<&str> {
        self.meta.label.as_deref()
    }

    /// Whether somebody asked this job to end early. Cheap enough to ask in an inner loop.
    pub fn cancelled(&self) -> bool {
        self.meta.cancelled.load(Ordering::Acquire)
    }

    /// Sets what is called, once, when this running job is cancelled; it replaces an earlier hook. When the job is
    /// cancelled already, the hook is called here and now.
    ///
    /// The hook runs on the cancelling thread and is guaranteed not to run any more once the job has returned, not
    /// even for an instant: it may interrupt something that the worker's next job will use. It must be short, and
    /// must neither wait for the job nor cancel it again. Its panics are swallowed.
    pub fn on_cancel(&self, hook: impl FnOnce() + Send + 'static) {
        self.hooked.set(true);
        let mut set = self.meta.hook.lock();
        if self.cancelled() {
            drop(set);
            hook();
        } else {
            let old = set.replace(Box::new(hook));
            drop(set);
            drop(old);
        }
    }

    /// Waits for a hook that is being called and forgets the one that was not.
    fn close_hook(&self) {
        if self.hooked.get() && !cfg!(museum = "hook_outlives_job") {
            let unused = self.meta.hook.lock().take();
            let _ = catch_unwind(AssertUnwindSafe(|| drop(unused)));
        }
    }
}

impl fmt::Debug for JobCtx<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JobCtx")
            .field("worker", &self.worker)
            .field("label", &self.label())
            .field("queued_for", &self.queued_for())
            .field("cancelled", &self.cancelled())
            .finish_non_exhaustive()
    }
}

/// A job as its canceller sees it.
pub(crate) trait Cancel: Send + Sync {
    fn cancel(&self) -> CancelOutcome;
}

/// A job as its worker sees it.
pub(crate) trait Runnable<W: Worker>: Cancel {
    fn meta(&self) -> &Meta;
    /// Runs the job, unless it was cancelled before: then false. `settle` is called after the job and before its
    /// ticket resolves.
    fn run(&self, worker: &mut W, ctx: &JobCtx<'_>, settle: &mut dyn FnMut(&mut W, JobEnd)) -> bool;
    /// Resolves the ticket of a job that will not run; no effect when it did, or was cancelled.
    fn give_up(&self, error: JobError);
    /// Says which pool counts the job's cancellation from now on; false when the job is not to be run any more.
    fn move_to(&self, home: Weak<Inner<W>>) -> bool;
}

/// A job as its ticket sees it.
pub(crate) trait Outcome<R>: Cancel {
    fn is_done(&self) -> bool;
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
pub(crate) struct JobCell<W: Worker, F, R> {
    meta: Meta,
    /// Set once the result can be taken; what a waiting thread spins on.
    done: AtomicBool,
    state: Mutex<State<W, F, R>>,
    bell: Condvar,
}

struct State<W: Worker, F, R> {
    stage: Stage<F, R>,
    listener: Listener,
    home: Weak<Inner<W>>,
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

impl<W, F, R> JobCell<W, F, R>
where
    W: Worker,
    F: FnOnce(&mut W, &JobCtx<'_>) -> R + Send + 'static,
    R: Send + 'static,
{
    pub(crate) fn new(job: F, meta: Meta, home: Weak<Inner<W>>) -> Self {
        JobCell {
            meta,
            done: AtomicBool::new(false),
            state: Mutex::new(State { stage: Stage::Queued(job), listener: Listener::None, home }),
            bell: Condvar::new(),
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
    fn publish(&self, mut state: MutexGuard<'_, State<W, F, R>>, result: Result<R, JobError>) {
        state.stage = Stage::Done(result);
        let listener = std::mem::replace(&mut state.listener, Listener::None);
        self.done.store(true, Ordering::Release);
        drop(state);
        match listener {
            Listener::None => {}
            Listener::Parked => self.bell.notify_all(),
            Listener::Waker(waker) => {
                // A foreign waker must not take the worker down with it.
                let _ = catch_unwind(AssertUnwindSafe(|| waker.wake()));
            }
        }
    }

    /// `Queued → Done(error)`; gives the closure back, to be dropped unlocked.
    fn end_unrun(&self, error: JobError) -> Result<(F, Weak<Inner<W>>, u64), bool> {
        let mut state = self.state.lock();
        match std::mem::replace(&mut state.stage, Stage::Taken) {
            Stage::Queued(job) => {
                let place = self.meta.place.load(Ordering::Acquire);
                let home = state.home.clone();
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

    fn take_result(state: &mut State<W, F, R>) -> Option<Result<R, JobError>> {
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

impl<W, F, R> Cancel for JobCell<W, F, R>
where
    W: Worker,
    F: FnOnce(&mut W, &JobCtx<'_>) -> R + Send + 'static,
    R: Send + 'static,
{
    fn cancel(&self) -> CancelOutcome {
        match self.end_unrun(JobError::Cancelled) {
            Ok((job, home, place)) => {
                if let Some(home) = home.upgrade() {
                    home.forget_cancelled(place);
                }
                drop(job);
                CancelOutcome::Cancelled
            }
            Err(true) => {
                self.meta.request_cancel();
                CancelOutcome::Requested
            }
            Err(false) => CancelOutcome::TooLate,
        }
    }
}

impl<W, F, R> Runnable<W> for JobCell<W, F, R>
where
    W: Worker,
    F: FnOnce(&mut W, &JobCtx<'_>) -> R + Send + 'static,
    R: Send + 'static,
{
    fn meta(&self) -> &Meta {
        &self.meta
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
        let result = catch_unwind(AssertUnwindSafe(|| {
            worker.before(ctx);
            job(worker, ctx)
        }));
        ctx.close_hook();
        settle(worker, if result.is_ok() { JobEnd::Returned } else { JobEnd::Panicked });
        let result = result.map_err(|payload| JobError::Panicked(PanicPayload::new(payload)));
        self.publish(self.state.lock(), result);
        true
    }

    fn give_up(&self, error: JobError) {
        if self.is_done() {
            return;
        }
        if let Ok((job, ..)) = self.end_unrun(error) {
            let _ = catch_unwind(AssertUnwindSafe(|| drop(job)));
        }
    }

    fn move_to(&self, home: Weak<Inner<W>>) -> bool {
        let mut state = self.state.lock();
        self.meta.place.store(0, Ordering::Release);
        state.home = home;
        matches!(state.stage, Stage::Queued(_))
    }
}

impl<W, F, R> Outcome<R> for JobCell<W, F, R>
where
    W: Worker,
    F: FnOnce(&mut W, &JobCtx<'_>) -> R + Send + 'static,
    R: Send + 'static,
{
    fn is_done(&self) -> bool {
        self.done.load(Ordering::Acquire)
    }

    fn wait(&self, give_up_at: Option<Instant>) -> Option<Result<R, JobError>> {
        for _ in 0..WAIT_SPINS {
            if self.is_done() {
                break;
            }
            crate::sync::spin_loop();
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

//! [`JobCtx`]: what a running job can ask about itself; and how it is told that it is no longer wanted.

use crate::clock::Clock;
use crate::job::Wishes;
use crate::shield::shielded;
use crate::stamp::Stamp;
use crate::sync::{Arc, AtomicBool, AtomicU64, Mutex, Ordering, mutant};
use crate::worker::WorkerId;
use std::cell::Cell;
use std::fmt;
use std::time::{Duration, Instant};

pub(crate) type CancelHook = Box<dyn FnOnce() + Send>;

/// How a job is told through its ticket.
pub(crate) struct CancelCell {
    cancelled: AtomicBool,
    hook: HookCell,
}

impl CancelCell {
    pub(crate) fn new() -> Self {
        CancelCell { cancelled: AtomicBool::new(false), hook: HookCell::new() }
    }

    /// Tells a running job that it is no longer wanted.
    pub(crate) fn request(&self) {
        let mut hook = self.hook.0.lock();
        self.cancelled.store(true, Ordering::Release);
        if let Some(set) = hook.take() {
            let _ = shielded(set.1);
        }
    }
}

/// The place of a running job's hook, and under which number the job was taken. A hook is called *under the lock*: the
/// worker takes that lock before it leaves the job, so a hook never reaches into the next job.
///
/// A box in a box: few jobs have a hook, and each has the place.
pub(crate) struct HookCell(Mutex<Option<Box<(u64, CancelHook)>>>);

impl HookCell {
    pub(crate) fn new() -> Self {
        HookCell(Mutex::new(None))
    }

    /// Everything taken before the number became this one is cancelled.
    pub(crate) fn cancel(&self, raised: u64) {
        let mut hook = self.0.lock();
        if let Some(set) = hook.take_if(|set| set.0 != raised) {
            let _ = shielded(set.1);
        }
    }
}

/// Where a running job learns that it is cancelled: by its ticket, if it has one; or together with everything that runs,
/// which raises the pool's number and looks for a hook in the worker's slot.
pub(crate) struct Wanted<'a> {
    pub(crate) ticket: Option<&'a CancelCell>,
    pub(crate) raised: &'a AtomicU64,
    pub(crate) taken_at: u64,
    pub(crate) hook: &'a HookCell,
}

/// What a running job can ask about itself.
pub struct JobCtx<'a> {
    pub(crate) worker: WorkerId,
    pub(crate) wishes: Option<&'a Wishes>,
    pub(crate) wanted: Wanted<'a>,
    pub(crate) clock: &'a dyn Clock,
    pub(crate) submitted: Stamp,
    pub(crate) started: Stamp,
    /// Whether this job ever set a hook: if not, leaving it costs no lock.
    pub(crate) hooked: Cell<bool>,
}

impl JobCtx<'_> {
    /// The worker that runs the job.
    pub fn worker(&self) -> WorkerId {
        self.worker
    }

    /// How long the job waited from its submission until it started.
    #[inline]
    pub fn queued_for(&self) -> Duration {
        self.started.since(self.submitted)
    }

    /// When the job should be over, if it was submitted with [`JobOptions::within`](crate::JobOptions::within). The
    /// pool does not enforce it: the job does.
    pub fn deadline(&self) -> Option<Instant> {
        self.wishes?.within.and_then(|time| self.submitted.instant().checked_add(time))
    }

    /// What is left until the deadline (zero when it has passed), if there is one.
    ///
    /// ```
    /// use pool::{JobOptions, Pool};
    /// use std::time::Duration;
    ///
    /// let pool = Pool::new();
    /// let options = JobOptions::new().within(Duration::from_secs(60));
    /// let left = pool.submit_with(options, |_, job| job.remaining())?.wait()?;
    /// assert!(left.is_some_and(|left| left <= Duration::from_secs(60)));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn remaining(&self) -> Option<Duration> {
        self.deadline().map(|deadline| deadline.saturating_duration_since(self.clock.now()))
    }

    /// The label the job was submitted with.
    pub fn label(&self) -> Option<&str> {
        self.wishes?.label.as_deref()
    }

    /// Whether somebody asked this job to end early. Cheap enough to ask in an inner loop.
    ///
    /// ```
    /// use pool::{CancelOutcome, Pool};
    ///
    /// let pool = Pool::new();
    /// let (started, running) = std::sync::mpsc::channel();
    /// let ticket = pool.submit(move |_, job| {
    ///     started.send(()).expect("the caller waits");
    ///     let mut turns = 0_u64;
    ///     while !job.cancelled() {
    ///         turns += 1; // a slice of work
    ///     }
    ///     turns
    /// })?;
    /// running.recv()?;
    /// assert_eq!(ticket.cancel(), CancelOutcome::Requested);
    /// let _turns = ticket.wait()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[inline]
    pub fn cancelled(&self) -> bool {
        let Wanted { ticket, raised, taken_at, .. } = &self.wanted;
        ticket.is_some_and(|ticket| ticket.cancelled.load(Ordering::Acquire))
            || raised.load(Ordering::Acquire) != *taken_at
    }

    /// Sets what is called, once, when this running job is cancelled; it replaces an earlier hook. When the job is
    /// cancelled already, the hook is called here and now.
    ///
    /// The hook runs on the cancelling thread and is guaranteed not to run any more once the job has returned, not
    /// even for an instant: it may interrupt something that the worker's next job will use. It must be short, and
    /// must neither wait for the job nor cancel it again. Its panics are swallowed.
    ///
    /// ```
    /// use std::sync::mpsc;
    ///
    /// let pool = pool::Pool::new();
    /// let (started, running) = mpsc::channel();
    /// let ticket = pool.submit(move |_, job| {
    ///     let (interrupt, interrupted) = mpsc::channel();
    ///     job.on_cancel(move || _ = interrupt.send("stop"));
    ///     started.send(()).expect("the caller waits");
    ///     interrupted.recv()
    /// })?;
    /// running.recv()?;
    /// ticket.cancel();
    /// assert_eq!(ticket.wait()?, Ok("stop"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn on_cancel<F: FnOnce() + Send + 'static>(&self, hook: F) {
        self.hooked.set(true);
        let Some(ticket) = self.wanted.ticket else { return self.hang(self.wanted.hook, Box::new(hook)) };
        // In two places, and called once.
        let once = Arc::new(Mutex::new(Some(hook)));
        let call = |once: Arc<Mutex<Option<F>>>| {
            move || {
                let hook = once.lock().take();
                if let Some(hook) = hook {
                    hook();
                }
            }
        };
        self.hang(&ticket.hook, Box::new(call(once.clone())));
        self.hang(self.wanted.hook, Box::new(call(once)));
    }

    /// Hangs a hook up where it is looked for; calls it when the job is cancelled already.
    fn hang(&self, cell: &HookCell, hook: CancelHook) {
        let mut set = cell.0.lock();
        if self.cancelled() && !mutant("raise_missed") {
            drop(set);
            hook();
        } else {
            let old = set.replace(Box::new((self.wanted.taken_at, hook)));
            drop(set);
            drop(old);
        }
    }

    /// Waits for a hook that is being called and forgets the one that was not.
    #[inline]
    pub(crate) fn close_hook(&self) {
        if self.hooked.get() && !mutant("hook_outlives_job") {
            let cells = [Some(self.wanted.hook), self.wanted.ticket.map(|ticket| &ticket.hook)];
            for cell in cells.into_iter().flatten() {
                let unused = cell.0.lock().take();
                let _ = shielded(|| drop(unused));
            }
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

//! A worker's slot: the place where an idle worker waits and where exactly one giver puts its next job.
//!
//! The right to give is *owned*: it belongs to whoever took the worker off the idle stack, under the pool's lock, so
//! a slot is never given to twice. No wake-up is lost because mail and `parked` are under one lock: either the worker
//! sees the mail before it sleeps, or the giver sees that it sleeps. The system is entered only to wake a sleeper.

use super::hand::{Grip, Reach, hand};
use super::stats::Stats;
use super::{Placed, Taken};
use crate::ctx::HookCell;
use crate::job::{Runnable, Wishes};
use crate::sync::{Arc, AtomicBool, AtomicU64, Condvar, Mutex, Ordering, mutant};
use crate::worker::{StopReason, Worker, WorkerId};
use std::time::Duration;

/// What an idle worker is woken with.
pub(crate) enum Mail<W: Worker> {
    Run(Taken<W>),
    Stop(StopReason),
}

/// Aligned so that two workers' slots never share a cache line (or the adjacent one that the prefetcher pulls in).
#[repr(align(128))]
pub(crate) struct Slot<W: Worker> {
    pub(crate) id: WorkerId,
    /// The worker's index in the table.
    pub(crate) key: usize,
    /// What a spinning worker looks at; the truth is in the mailbox.
    full: AtomicBool,
    mailbox: Mutex<Mailbox<W>>,
    bell: Condvar,
    /// Jobs of the express lane that this worker will run next, if nobody takes them over.
    pub(crate) hand: Reach<Placed<W>>,
    /// That hand as its worker has it: for the one thread that lives here.
    pub(crate) grip: Mutex<Option<Grip<Placed<W>>>>,
    /// The job that runs, for the worker table.
    pub(crate) desk: Mutex<Desk<W>>,
    /// The cancel hook of the running job, for whoever cancels everything that runs.
    pub(crate) hook: HookCell,
    /// What the worker counts itself.
    pub(crate) stats: Stats,
}

/// The running job, as far as the worker table shows it.
pub(crate) enum Desk<W: Worker> {
    /// None, or one without a label.
    Empty,
    Ticket(Arc<dyn Runnable<W>>),
    Plain(Arc<Wishes>),
}

impl<W: Worker> Desk<W> {
    pub(crate) fn label(&self) -> Option<String> {
        let wishes = match self {
            Desk::Empty => return None,
            Desk::Ticket(job) => job.wishes()?,
            Desk::Plain(wishes) => wishes,
        };
        wishes.label.as_deref().map(str::to_owned)
    }
}

struct Mailbox<W: Worker> {
    mail: Option<Mail<W>>,
    parked: bool,
}

impl<W: Worker> Slot<W> {
    pub(crate) fn new(id: WorkerId, key: usize) -> Self {
        let (grip, reach) = hand();
        Slot {
            id,
            key,
            full: AtomicBool::new(false),
            mailbox: Mutex::new(Mailbox { mail: None, parked: false }),
            bell: Condvar::new(),
            hand: reach,
            grip: Mutex::new(Some(grip)),
            desk: Mutex::new(Desk::Empty),
            hook: HookCell::new(),
            stats: Stats::default(),
        }
    }

    /// Gives the worker its mail and wakes it if it sleeps. Only for the owner of the claim, and without the pool's
    /// lock.
    pub(crate) fn give(&self, mail: Mail<W>) {
        // Museum: whether the worker sleeps was read before the lock under which the mail is put.
        let early = mutant("wake_before_mail") && self.mailbox.lock().parked;
        let mut mailbox = self.mailbox.lock();
        debug_assert!(mailbox.mail.is_none(), "a slot was given to twice: the claim was not owned");
        mailbox.mail = Some(mail);
        let parked = if mutant("wake_before_mail") { early } else { mailbox.parked };
        drop(mailbox);
        // After the lock is free: a worker that sees this takes the lock at once.
        self.full.store(true, Ordering::Release);
        if parked {
            self.bell.notify_one();
        }
    }

    /// Wakes the worker so that it looks at the clock again.
    pub(crate) fn ring(&self) {
        drop(self.mailbox.lock());
        self.bell.notify_one();
    }

    /// Spins for a bounded while, as long as no hotter worker took the spinner's place. `enough` is asked now and
    /// then. It gives way to other threads after the first microseconds: the submitter may need this very core. Says
    /// whether mail came just then.
    pub(crate) fn spin(&self, turns: u32, spinner: &AtomicU64, mut enough: impl FnMut() -> bool) -> bool {
        for turn in 1..=turns {
            if self.full.load(Ordering::Acquire) || spinner.load(Ordering::Relaxed) != self.id.0 {
                return false;
            }
            crate::sync::spin_loop();
            // A turn takes some ten to thirty nanoseconds.
            if turn % 64 == 0 {
                if enough() {
                    return false;
                }
                crate::sync::yield_now();
                if self.full.load(Ordering::Acquire) {
                    return true;
                }
            }
        }
        false
    }

    /// Waits for mail until `limit` says that it is no use any more: it is asked before each sleep for how long.
    pub(crate) fn receive(&self, mut limit: impl FnMut() -> Sleep) -> Option<Mail<W>> {
        let mut mailbox = self.mailbox.lock();
        loop {
            if let Some(mail) = mailbox.mail.take() {
                drop(mailbox);
                self.full.store(false, Ordering::Relaxed);
                return Some(mail);
            }
            let sleep = match limit() {
                Sleep::For(sleep) => Some(sleep),
                Sleep::UntilRung => None,
                Sleep::NoMore => return None,
            };
            mailbox.parked = true;
            mailbox = self.bell.wait_at_most(mailbox, sleep);
            mailbox.parked = false;
            if mailbox.mail.is_none() {
                self.stats.woken_idle.add(1);
            }
        }
    }
}

/// How long a worker may sleep.
pub(crate) enum Sleep {
    For(Duration),
    UntilRung,
    NoMore,
}

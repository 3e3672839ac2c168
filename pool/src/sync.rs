//! The one door to `std` or `loom`: every lock, condition variable, shared atomic and thread of this crate comes
//! through here, so that the model checker runs the real code and never a copy.
//!
//! Locks ignore poisoning: no user code that may unwind runs under a lock of this crate, except the cancel hook,
//! whose panics are caught where it is called. `Arc` is always `std`'s: `loom`'s cannot hold trait objects on stable
//! Rust, and reference counts carry none of our invariants.

#[cfg(loom)]
use loom::sync as imp;
#[cfg(not(loom))]
use std::sync as imp;

pub(crate) use imp::MutexGuard;
pub(crate) use imp::atomic::{AtomicBool, AtomicPtr, AtomicU64, Ordering};
#[cfg(loom)]
pub(crate) use loom::cell::UnsafeCell;
pub(crate) use std::sync::Arc;

use std::sync::PoisonError;
use std::time::Duration;

/// Whether this run is that mutant of the bug museum (`tests/museum/run.sh`): never, and at no cost, in a build without
/// `--cfg museum`; with it, the variable `POOL_MUTANT` names the one. One build serves all exhibits.
#[cfg(not(museum))]
#[inline(always)]
pub(crate) const fn mutant(_: &str) -> bool {
    false
}

#[cfg(museum)]
pub(crate) fn mutant(name: &str) -> bool {
    static CHOSEN: std::sync::OnceLock<String> = std::sync::OnceLock::new();
    CHOSEN.get_or_init(|| std::env::var("POOL_MUTANT").unwrap_or_default()) == name
}

/// Threads: the loom build needs loom's, everything else `std`'s.
pub(crate) mod thread {
    #[cfg(loom)]
    pub(crate) use loom::thread::{Builder, JoinHandle, current};
    #[cfg(not(loom))]
    pub(crate) use std::thread::{Builder, JoinHandle, current};

    #[cfg(loom)]
    pub(crate) type ThreadId = loom::thread::ThreadId;
    #[cfg(not(loom))]
    pub(crate) type ThreadId = std::thread::ThreadId;
}

#[cfg(loom)]
pub(crate) use loom::thread_local;
#[cfg(not(loom))]
pub(crate) use std::thread_local;

/// One turn of a bounded spin. Loom must be told, or it would explore the spinning thread for ever.
#[inline]
pub(crate) fn spin_loop() {
    #[cfg(loom)]
    loom::thread::yield_now();
    #[cfg(not(loom))]
    std::hint::spin_loop();
}

/// Lets other threads run, in a longer bounded spin: the thread that is waited for may need this very core.
pub(crate) fn yield_now() {
    #[cfg(loom)]
    loom::thread::yield_now();
    #[cfg(not(loom))]
    std::thread::yield_now();
}

/// Waits for something that another thread is about to do and that takes it a few instructions: spins, then lets other
/// threads run, then sleeps, since that other thread may be one that the system runs only when this one sleeps.
#[cold]
pub(crate) fn give_way(turn: &mut u32) {
    *turn += 1;
    match *turn {
        0..=16 => spin_loop(),
        17..=200 => yield_now(),
        _ if cfg!(loom) => yield_now(),
        _ => std::thread::sleep(Duration::from_micros(50)),
    }
}

/// A cell as loom has it, without the checks: it gives out pointers.
#[cfg(not(loom))]
pub(crate) struct UnsafeCell<T>(std::cell::UnsafeCell<T>);

#[cfg(not(loom))]
impl<T> UnsafeCell<T> {
    #[inline(always)]
    pub(crate) fn new(value: T) -> Self {
        UnsafeCell(std::cell::UnsafeCell::new(value))
    }

    #[inline(always)]
    pub(crate) fn with_mut<R>(&self, f: impl FnOnce(*mut T) -> R) -> R {
        f(self.0.get())
    }
}

/// Counters that one thread writes and others read: they carry no invariant and order nothing, so that they are
/// `std`'s in every build and cost the model checker nothing.
pub(crate) mod stat {
    use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

    /// A count with one writer at a time.
    #[derive(Debug, Default)]
    pub(crate) struct Stat(AtomicU64);

    impl Stat {
        #[inline]
        pub(crate) fn get(&self) -> u64 {
            self.0.load(Relaxed)
        }

        #[inline]
        pub(crate) fn set(&self, value: u64) {
            self.0.store(value, Relaxed);
        }

        /// Without a read-modify-write, which would cost what an uncontended lock costs.
        #[inline]
        pub(crate) fn add(&self, more: u64) {
            self.set(self.get().wrapping_add(more));
        }
    }
}

/// Keeps what is inside off its neighbours' cache lines (two of them: the prefetcher pulls in pairs).
#[derive(Debug)]
#[repr(align(128))]
pub(crate) struct Padded<T>(pub(crate) T);

/// A mutex that ignores poisoning.
#[derive(Debug, Default)]
pub(crate) struct Mutex<T>(imp::Mutex<T>);

impl<T> Mutex<T> {
    pub(crate) fn new(value: T) -> Self {
        Mutex(imp::Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A condition variable whose waits take and give guards of [`Mutex`].
#[derive(Debug)]
pub(crate) struct Condvar(imp::Condvar);

impl Condvar {
    pub(crate) fn new() -> Self {
        Condvar(imp::Condvar::new())
    }

    pub(crate) fn wait<'a, T>(&self, guard: MutexGuard<'a, T>) -> MutexGuard<'a, T> {
        self.0.wait(guard).unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for a notification, at most for `limit` if there is one. The caller re-checks its condition *and* its
    /// clock: this says nothing about why it returned.
    pub(crate) fn wait_at_most<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        limit: Option<Duration>,
    ) -> MutexGuard<'a, T> {
        match limit {
            None => self.wait(guard),
            Some(limit) => self.0.wait_timeout(guard, limit).unwrap_or_else(PoisonError::into_inner).0,
        }
    }

    pub(crate) fn notify_one(&self) {
        self.0.notify_one();
    }

    pub(crate) fn notify_all(&self) {
        self.0.notify_all();
    }
}

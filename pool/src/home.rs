//! The pools there are, by number. A job notes the number of its pool, not a pointer to it: a counted pointer would be
//! counted up by the submitter and down by the worker for every job, on one cache line that both want. The register is
//! asked only when a queued job is cancelled, or when a job waits for a ticket.

use crate::job::OwnPool;
use crate::sync::Arc;
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError, Weak};

/// A pool's number, never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Home(u64);

type Register = HashMap<Home, Weak<dyn OwnPool>>;

fn register() -> MutexGuard<'static, Register> {
    // `std`'s in every build: nothing that may block or yield is called under it.
    static REGISTER: LazyLock<Mutex<Register>> = LazyLock::new(Mutex::default);
    REGISTER.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Home {
    /// No pool's: the job is in nobody's queue.
    pub(crate) const NONE: Home = Home(0);

    /// A new number, for a pool that is about to be [entered](Home::enter).
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Home(NEXT.fetch_add(1, Relaxed))
    }

    pub(crate) fn enter(self, pool: Weak<dyn OwnPool>) {
        register().insert(self, pool);
    }

    /// The pool is gone.
    pub(crate) fn leave(self) {
        let gone = register().remove(&self);
        drop(gone);
    }

    /// The pool of this number, if it is still there.
    pub(crate) fn pool(self) -> Option<Arc<dyn OwnPool>> {
        if self == Home::NONE {
            return None;
        }
        let pool = register().get(&self).cloned();
        pool?.upgrade()
    }
}

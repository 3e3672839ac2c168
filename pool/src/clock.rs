//! Time as a parameter: the pool never reads the machine's clock except through [`Clock`], so that everything that
//! depends on time (keep-alive, back-off, `Block`, drain) is tested with a [`ManualClock`] and without sleeping.

use std::fmt::Debug;
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// Where a pool reads the time.
pub trait Clock: Debug + Send + Sync + 'static {
    /// The time now. It must never go backwards, must not panic, and must not call the pool, whose lock may be held.
    fn now(&self) -> Instant;

    /// How long a thread may really sleep when `remaining` of this clock's time is left; `None`: until
    /// [`Pool::tick`](crate::Pool::tick) says that the clock has moved.
    fn sleep_limit(&self, remaining: Duration) -> Option<Duration> {
        Some(remaining)
    }
}

/// The machine's monotonic clock.
#[derive(Debug, Default, Clone, Copy)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        Instant::now()
    }
}

/// A clock that stands still until it is told to advance. Call [`Pool::tick`](crate::Pool::tick) afterwards.
///
/// ```
/// use pool::{Clock, ManualClock};
/// use std::time::Duration;
///
/// let clock = ManualClock::new();
/// let before = clock.now();
/// clock.advance(Duration::from_secs(5));
/// assert_eq!(clock.now() - before, Duration::from_secs(5));
/// ```
#[derive(Debug)]
pub struct ManualClock {
    now: Mutex<Instant>,
}

impl ManualClock {
    /// A clock that stands at the present moment.
    pub fn new() -> Self {
        ManualClock { now: Mutex::new(Instant::now()) }
    }

    /// Moves the clock forward.
    ///
    /// # Panics
    /// When the time cannot be represented any more.
    pub fn advance(&self, by: Duration) {
        *self.lock() += by;
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Instant> {
        self.now.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

impl Default for ManualClock {
    fn default() -> Self {
        Self::new()
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Instant {
        *self.lock()
    }

    fn sleep_limit(&self, _remaining: Duration) -> Option<Duration> {
        None
    }
}

impl<C: Clock> Clock for std::sync::Arc<C> {
    fn now(&self) -> Instant {
        (**self).now()
    }

    fn sleep_limit(&self, remaining: Duration) -> Option<Duration> {
        (**self).sleep_limit(remaining)
    }
}

//! Recycling: after so many jobs, or so long, a worker is replaced, whatever it may have leaked with it.

use crate::worker::WorkerId;
use std::time::{Duration, Instant};

/// When workers are recycled.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Recycle {
    pub(crate) jobs: Option<u64>,
    pub(crate) age: Option<Duration>,
    /// By how many hundredths a worker's own limits may be lower, so that not all are recycled at once.
    pub(crate) jitter: u8,
    /// Whether the thread is kept, and only the state is made anew.
    pub(crate) in_place: bool,
}

/// When one worker is due.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Due {
    jobs: u64,
    at: Option<Instant>,
}

impl Recycle {
    /// The limits of one worker: the same for the same number, and spread evenly over many.
    pub(crate) fn due(&self, worker: WorkerId, now: Instant) -> Due {
        // Fibonacci hashing spreads consecutive numbers evenly.
        let spread = worker.get().wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 32;
        let percent = 100 - ((spread * u64::from(self.jitter.min(100))) >> 32) as u32;
        let jobs =
            self.jobs.map_or(u64::MAX, |jobs| ((u128::from(jobs) * u128::from(percent) / 100) as u64).max(1));
        let age = self.age.map(|age| age.saturating_mul(percent) / 100);
        Due { jobs, at: age.and_then(|age| now.checked_add(age)) }
    }
}

impl Due {
    #[inline]
    pub(crate) fn is_due(&self, jobs: u64, now: Instant) -> bool {
        jobs >= self.jobs || self.at.is_some_and(|at| at <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_jitter_spreads_and_never_reaches_zero() {
        let now = Instant::now();
        let rule =
            Recycle { jobs: Some(1000), age: Some(Duration::from_secs(1000)), jitter: 20, in_place: false };
        let limits: Vec<_> = (1..=100).map(|n| rule.due(WorkerId(n), now)).collect();
        assert!(limits.iter().all(|due| (800..=1000).contains(&due.jobs)));
        assert!(limits.iter().filter(|due| due.jobs < 900).count() > 30);
        assert!(limits.iter().all(|due| !due.is_due(0, now + Duration::from_secs(799))));
        assert!(limits.iter().all(|due| due.is_due(0, now + Duration::from_secs(1000))));
        let rule = Recycle { jobs: Some(1), age: None, jitter: 100, in_place: false };
        assert!((1..=100).all(|n| rule.due(WorkerId(n), now).jobs == 1));
    }
}

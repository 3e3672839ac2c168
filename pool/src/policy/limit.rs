//! An adaptive limit on concurrency: additive increase, multiplicative decrease, by what jobs take.
//!
//! The idea is TCP's: as long as jobs take about as long as they do on an unloaded machine, one more may run; when
//! they take markedly longer, whatever they contend for is saturated, and more of them at once only take longer.

use std::time::Duration;

/// The rule of an adaptive limit, for [`Builder::adaptive_limit`](crate::Builder::adaptive_limit).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdaptiveLimit {
    /// The limit is never lower than this (nor higher than `max_workers`).
    pub min: usize,
    /// How many times longer than at best jobs may take on average before the limit falls.
    pub tolerance: f64,
    /// After how many jobs it is adjusted.
    pub window: u32,
}

impl Default for AdaptiveLimit {
    /// At least one worker; twice the best time; every hundred jobs.
    fn default() -> Self {
        AdaptiveLimit { min: 1, tolerance: 2.0, window: 100 }
    }
}

#[derive(Debug)]
pub(crate) struct Adaptive {
    rule: AdaptiveLimit,
    max: usize,
    limit: usize,
    /// The best average so far; it ages, so that a changed workload is learnt.
    best: f64,
    sum: f64,
    jobs: u32,
    /// Whether the limit was reached in this window: one that is not needed does not grow.
    reached: bool,
}

impl Adaptive {
    pub(crate) fn new(rule: AdaptiveLimit, max: usize) -> Self {
        let limit = rule.min.clamp(1, max);
        Adaptive { rule, max, limit, best: f64::INFINITY, sum: 0.0, jobs: 0, reached: false }
    }

    pub(crate) fn limit(&self) -> usize {
        self.limit
    }

    /// Changes the most it may come to; returns the limit.
    pub(crate) fn set_max(&mut self, max: usize) -> usize {
        self.max = max;
        self.limit = self.limit.min(max);
        self.limit
    }

    /// A job took so long, with so many busy: the new limit, if it changes.
    pub(crate) fn record(&mut self, took: Duration, busy: usize) -> Option<usize> {
        self.sum += took.as_secs_f64();
        self.jobs += 1;
        self.reached |= busy >= self.limit;
        if self.jobs < self.rule.window.max(1) {
            return None;
        }
        let average = self.sum / f64::from(self.jobs);
        self.best = (self.best * 1.01).min(average.max(1e-9));
        let before = self.limit;
        if average > self.best * self.rule.tolerance {
            self.limit = (self.limit * 9 / 10).max(self.rule.min).max(1);
        } else if self.reached {
            self.limit = (self.limit + 1).min(self.max);
        }
        (self.sum, self.jobs, self.reached) = (0.0, 0, false);
        (self.limit != before).then_some(self.limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_grows_while_jobs_are_fast_and_falls_when_they_are_slow() {
        let mut limit = Adaptive::new(AdaptiveLimit { window: 10, ..AdaptiveLimit::default() }, 16);
        let mut run = |ms, busy, jobs| {
            (0..jobs).for_each(|_| _ = limit.record(Duration::from_millis(ms), busy));
            limit.limit()
        };
        assert_eq!(run(1, 16, 100), 11);
        assert_eq!(run(1, 16, 100), 16, "never above the maximum");
        assert!(run(10, 16, 100) < 8, "it falls");
        assert_eq!(run(10, 16, 1000), 1, "to the least");
        assert_eq!(run(1, 0, 100), 1, "what is not needed does not grow");
    }
}

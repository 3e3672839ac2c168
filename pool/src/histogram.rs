//! Histograms of durations: eight buckets for every doubling, so that a value is known to an eighth, from
//! nanoseconds to hours, in a fixed few kilobytes.

use crate::sync::stat::Stat;
use std::fmt;
use std::time::Duration;

const SUB_BITS: u32 = 3;
const SUB: usize = 1 << SUB_BITS;
/// Values from 2^43 ns (two and a half hours) on share the last bucket.
const TOP_BIT: u32 = 42;
const BUCKETS: usize = (TOP_BIT - SUB_BITS + 2) as usize * SUB;

/// Which bucket counts this many nanoseconds.
#[inline]
fn bucket(nanos: u64) -> usize {
    if nanos < SUB as u64 {
        return nanos as usize;
    }
    let top = 63 - nanos.leading_zeros();
    if top > TOP_BIT {
        return BUCKETS - 1;
    }
    let sub = (nanos >> (top - SUB_BITS)) as usize & (SUB - 1);
    (top - SUB_BITS + 1) as usize * SUB + sub
}

/// The largest value that a bucket counts.
fn upper(bucket: usize) -> u64 {
    if bucket < SUB {
        return bucket as u64;
    }
    let shift = (bucket / SUB - 1) as u32;
    ((SUB + bucket % SUB + 1) as u64) << shift
}

/// A histogram that one thread writes and others read.
pub(crate) struct Recorder(Box<[Stat]>);

impl Default for Recorder {
    fn default() -> Self {
        Recorder((0..BUCKETS).map(|_| Stat::default()).collect())
    }
}

impl Recorder {
    #[inline]
    pub(crate) fn record(&self, nanos: u64) {
        self.0[bucket(nanos)].add(1);
    }

    pub(crate) fn add_to(&self, sum: &mut Histogram) {
        for (total, stat) in sum.buckets.iter_mut().zip(&self.0) {
            *total += stat.get();
        }
    }
}

/// How a duration was distributed over all jobs so far. A value is known to an eighth.
///
/// ```
/// let pool = pool::Pool::new();
/// for _ in 0..10 {
///     pool.submit(|_, _| ())?.wait()?;
/// }
/// let service = pool.metrics().service_time;
/// assert_eq!(service.count(), 10);
/// assert!(service.quantile(0.5) <= service.quantile(0.99));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Histogram {
    buckets: Box<[u64]>,
}

impl Default for Histogram {
    fn default() -> Self {
        Histogram { buckets: vec![0; BUCKETS].into() }
    }
}

impl Histogram {
    /// How many values were counted.
    pub fn count(&self) -> u64 {
        self.buckets.iter().sum()
    }

    /// The value below which this share of all values lies (0.5: the median), rounded up by an eighth at most; zero
    /// when nothing was counted.
    pub fn quantile(&self, share: f64) -> Duration {
        let rank = (share.clamp(0.0, 1.0) * self.count() as f64).ceil().max(1.0) as u64;
        let mut seen = 0;
        for (bucket, &count) in self.buckets.iter().enumerate() {
            seen += count;
            if seen >= rank {
                return Duration::from_nanos(upper(bucket));
            }
        }
        Duration::ZERO
    }

    /// The buckets that counted something: the largest value of each, and how many.
    pub fn buckets(&self) -> impl Iterator<Item = (Duration, u64)> + '_ {
        let counted = self.buckets.iter().enumerate().filter(|&(_, &count)| count > 0);
        counted.map(|(bucket, &count)| (Duration::from_nanos(upper(bucket)), count))
    }
}

impl fmt::Debug for Histogram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Histogram")
            .field("count", &self.count())
            .field("p50", &self.quantile(0.5))
            .field("p99", &self.quantile(0.99))
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_is_known_to_an_eighth() {
        let mut value: u64 = 1;
        while value < 1 << TOP_BIT {
            for value in [value, value + 1, value + value / 3] {
                let bound = upper(bucket(value));
                assert!(bound >= value && bound <= value + value / 8 + 1, "{value} {bound}");
            }
            value *= 2;
        }
        assert_eq!(bucket(u64::MAX), BUCKETS - 1);
        assert_eq!(upper(bucket(0)), 0);
    }

    #[test]
    fn quantiles() {
        let recorder = Recorder::default();
        (1..=100).for_each(|n| recorder.record(n * 1_000_000));
        let mut sum = Histogram::default();
        recorder.add_to(&mut sum);
        assert_eq!(sum.count(), 100);
        let median = sum.quantile(0.5).as_millis();
        assert!((50..57).contains(&median), "{median}");
        assert_eq!(Histogram::default().quantile(0.5), Duration::ZERO);
    }
}

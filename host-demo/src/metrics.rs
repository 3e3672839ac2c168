//! The server's own numbers: counters and one histogram, all of them only ever added to.

use crate::error::FaultKind;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// The upper bounds of the histogram's buckets, in microseconds.
pub(crate) const BOUNDS: [u64; 20] = [
    50, 100, 200, 300, 500, 750, 1_000, 1_500, 2_000, 3_000, 5_000, 10_000, 20_000, 50_000, 100_000, 200_000,
    500_000, 1_000_000, 2_000_000, 5_000_000,
];

/// Why requests were refused before they got to a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    /// Every worker was busy and the queue was full.
    Full,
    /// It waited too long for a worker.
    Waited,
    /// The server was going down.
    Draining,
    /// There were too many connections.
    Connections,
    /// No worker could be started.
    Unable,
}

/// All refusals with their words.
pub(crate) const REFUSALS: [(Refused, &str); 5] = [
    (Refused::Full, "full"),
    (Refused::Waited, "waited"),
    (Refused::Draining, "draining"),
    (Refused::Connections, "connections"),
    (Refused::Unable, "unable"),
];

/// All faults that are counted.
pub(crate) const FAULTS: [FaultKind; 10] = [
    FaultKind::Page,
    FaultKind::Script,
    FaultKind::Time,
    FaultKind::Fuel,
    FaultKind::Heap,
    FaultKind::Stack,
    FaultKind::Output,
    FaultKind::Drain,
    FaultKind::Gone,
    FaultKind::Internal,
];

/// The numbers.
#[derive(Default)]
pub(crate) struct Metrics {
    /// Answers by the first digit of their status, from 1xx to 5xx.
    classes: [AtomicU64; 5],
    faults: [AtomicU64; FAULTS.len()],
    refusals: [AtomicU64; REFUSALS.len()],
    buckets: [AtomicU64; BOUNDS.len() + 1],
    micros: AtomicU64,
    /// Requests that were let in and are not answered yet.
    pub(crate) inside: AtomicU64,
    /// Open connections.
    pub(crate) connections: AtomicU64,
}

/// The histogram at one moment.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Histogram {
    pub(crate) buckets: Vec<u64>,
    pub(crate) seconds: f64,
}

impl Metrics {
    pub(crate) fn answered(&self, status: u16) {
        let class = usize::from(status / 100).clamp(1, 5) - 1;
        self.classes[class].fetch_add(1, Ordering::Relaxed);
    }

    /// A page took this long from its first byte in to its last byte ready.
    pub(crate) fn took(&self, time: Duration) {
        let micros = time.as_micros() as u64;
        let bucket = BOUNDS.partition_point(|&bound| bound < micros);
        self.buckets[bucket].fetch_add(1, Ordering::Relaxed);
        self.micros.fetch_add(micros, Ordering::Relaxed);
    }

    pub(crate) fn failed(&self, kind: FaultKind) {
        if let Some(at) = FAULTS.iter().position(|fault| *fault == kind) {
            self.faults[at].fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn refused(&self, why: Refused) {
        if let Some(at) = REFUSALS.iter().position(|(refusal, _)| *refusal == why) {
            self.refusals[at].fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn classes(&self) -> impl Iterator<Item = (&'static str, u64)> {
        ["1xx", "2xx", "3xx", "4xx", "5xx"].into_iter().zip(self.classes.iter().map(load))
    }

    pub(crate) fn faults(&self) -> impl Iterator<Item = (&'static str, u64)> {
        FAULTS.iter().map(|fault| fault.word()).zip(self.faults.iter().map(load))
    }

    pub(crate) fn refusals(&self) -> impl Iterator<Item = (&'static str, u64)> {
        REFUSALS.iter().map(|(_, word)| *word).zip(self.refusals.iter().map(load))
    }

    pub(crate) fn histogram(&self) -> Histogram {
        Histogram {
            buckets: self.buckets.iter().map(load).collect(),
            seconds: load(&self.micros) as f64 / 1e6,
        }
    }
}

impl Histogram {
    pub(crate) fn count(&self) -> u64 {
        self.buckets.iter().sum()
    }

    /// What was added since `before`.
    pub(crate) fn since(&self, before: &Histogram) -> Histogram {
        let old = before.buckets.iter().copied().chain(std::iter::repeat(0));
        Histogram {
            buckets: self.buckets.iter().zip(old).map(|(new, old)| new - old).collect(),
            seconds: self.seconds - before.seconds,
        }
    }

    /// The upper bound, in milliseconds, under which this part of all lies.
    pub(crate) fn quantile_ms(&self, part: f64) -> Option<f64> {
        let count = self.count();
        let rank = (count as f64 * part).ceil() as u64;
        let mut seen = 0;
        if count == 0 {
            return None;
        }
        let bucket = self.buckets.iter().position(|bucket| {
            seen += bucket;
            seen >= rank
        })?;
        Some(BOUNDS.get(bucket).copied().unwrap_or(2 * BOUNDS[BOUNDS.len() - 1]) as f64 / 1e3)
    }
}

fn load(counter: &AtomicU64) -> u64 {
    counter.load(Ordering::Relaxed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_upper_bounds() {
        let metrics = Metrics::default();
        assert_eq!(metrics.histogram().quantile_ms(0.5), None);
        for micros in [10, 60, 60, 900_000_000] {
            metrics.took(Duration::from_micros(micros));
        }
        let histogram = metrics.histogram();
        assert_eq!(histogram.quantile_ms(0.25), Some(0.05));
        assert_eq!(histogram.quantile_ms(0.5), Some(0.1));
        assert_eq!(histogram.quantile_ms(1.0), Some(10_000.0));
        assert_eq!(histogram.since(&histogram).count(), 0);
    }
}

//! What a worker counts itself, without a lock: the worker is the one writer.

use crate::histogram::{Histogram, Recorder};
use crate::metrics::Counts;
use crate::stamp::Stamp;
use crate::sync::stat::Stat;
use std::time::Instant;

#[derive(Default)]
pub(crate) struct Stats {
    pub(crate) returned: Stat,
    pub(crate) panicked: Stat,
    /// How often it woke without mail.
    pub(crate) woken_idle: Stat,
    /// When the running job started.
    started: Stat,
    pub(crate) waits: Recorder,
    pub(crate) services: Recorder,
}

impl Stats {
    /// How many jobs have ended here.
    #[inline]
    pub(crate) fn jobs(&self) -> u64 {
        self.returned.get() + self.panicked.get()
    }

    /// Adds what was counted here to a sum over all workers.
    pub(crate) fn add_to(&self, counts: &mut Counts, times: &mut Times) {
        counts.returned += self.returned.get();
        counts.panicked += self.panicked.get();
        counts.woken_idle += self.woken_idle.get();
        self.waits.add_to(&mut times.waits);
        self.services.add_to(&mut times.services);
    }

    #[inline]
    pub(crate) fn start(&self, now: Stamp) {
        self.started.set(now.to_bits());
    }

    pub(crate) fn started(&self) -> Instant {
        Stamp::from_bits(self.started.get()).instant()
    }
}

/// The histograms of many workers.
#[derive(Clone, Default)]
pub(crate) struct Times {
    pub(crate) waits: Histogram,
    pub(crate) services: Histogram,
}

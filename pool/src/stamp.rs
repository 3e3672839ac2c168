//! Times as plain numbers: what is noted down for every job, compared and subtracted in an instruction each.
//!
//! And a rough clock, for jobs that are shorter than a look at the machine's clock is worth: a thread whose last look
//! is less than a microsecond old takes that one again. How old it is the processor's cycle counter tells; the time
//! itself always comes from the operating system.

use crate::clock::{Clock, SystemClock};
use crate::machine::cycles;
use std::cell::Cell;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// A moment, in nanoseconds since this process first asked: two of them are 292 years apart at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Stamp(i64);

fn epoch() -> Instant {
    static EPOCH: OnceLock<Instant> = OnceLock::new();
    *EPOCH.get_or_init(|| SystemClock.now())
}

fn nanos(time: Duration) -> i64 {
    i64::try_from(time.as_nanos()).unwrap_or(i64::MAX)
}

impl Stamp {
    pub(crate) fn of(time: Instant) -> Self {
        let epoch = epoch();
        match time.checked_duration_since(epoch) {
            Some(after) => Stamp(nanos(after)),
            None => Stamp(-nanos(epoch - time)),
        }
    }

    /// What it is on the clock that it was taken from.
    pub(crate) fn instant(self) -> Instant {
        let (epoch, distance) = (epoch(), Duration::from_nanos(self.0.unsigned_abs()));
        if self.0 < 0 { epoch - distance } else { epoch + distance }
    }

    /// How much later this is; zero when it is earlier.
    #[inline]
    pub(crate) fn since(self, earlier: Stamp) -> Duration {
        Duration::from_nanos(self.nanos_since(earlier))
    }

    #[inline]
    pub(crate) fn nanos_since(self, earlier: Stamp) -> u64 {
        self.0.saturating_sub(earlier.0).max(0) as u64
    }

    /// As a number for a counter, and back.
    #[inline]
    pub(crate) fn to_bits(self) -> u64 {
        self.0 as u64
    }

    pub(crate) fn from_bits(bits: u64) -> Self {
        Stamp(bits as i64)
    }
}

/// For how many cycles a look at the clock is good: for less than a microsecond where the counter runs at 2 GHz or more, as on
/// the machines of today.
const GOOD: u64 = 2000;

/// The time of the machine's clock, late by less than a microsecond or so. On one thread it never goes backwards.
#[inline]
pub(crate) fn rough() -> Stamp {
    thread_local! {
        /// When this thread last looked at the clock: by the counter, and by the clock.
        static LAST: Cell<(u64, Stamp)> = const { Cell::new((0, Stamp(i64::MIN))) };
    }
    let cycles = cycles();
    LAST.with(|last| {
        let (then, time) = last.get();
        // A counter that went backwards looks like one that has run far.
        if cycles.wrapping_sub(then) < GOOD && then > 0 {
            return time;
        }
        let now = Stamp::of(SystemClock.now());
        last.set((cycles, now));
        now
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_is_the_time_it_was_made_of() {
        let now = SystemClock.now();
        let (stamp, second) = (Stamp::of(now), Duration::from_secs(1));
        assert_eq!(stamp.instant(), now);
        assert_eq!(Stamp::of(now + second).since(stamp), second);
        assert_eq!(stamp.since(Stamp::of(now + second)), Duration::ZERO);
        assert_eq!(Stamp::from_bits(stamp.to_bits()), stamp);
        // Before the process first asked.
        let before = epoch() - second;
        assert_eq!(Stamp::of(before).instant(), before);
        assert_eq!(stamp.since(Stamp::of(before)), now - before);
    }

    #[test]
    fn the_rough_clock_lags_and_never_goes_back() {
        let mut last = rough();
        for _ in 0..if cfg!(miri) { 10 } else { 100_000 } {
            let (next, now) = (rough(), Stamp::of(SystemClock.now()));
            assert!(last <= next && next <= now);
            last = next;
        }
    }
}

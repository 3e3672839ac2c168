//! Shedding by controlled delay: a queue is good while it empties now and then, and bad when even its shortest wait
//! stays above a target. (Nichols and Jacobson, "Controlling Queue Delay", 2012; used for servers' queues since.)

use std::time::{Duration, Instant};

/// When waiting jobs are shed, for [`Builder::shedding`](crate::Builder::shedding).
///
/// As long as within every `interval` some job waited less than `target`, the queue only smooths bursts and nothing is
/// shed. When in a whole interval none did, the pool is overloaded, and until that ends a job that has waited longer
/// than `target` is not started: its ticket resolves with [`JobError::Shed`](crate::JobError::Shed).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shedding {
    /// How long a job may wait under overload.
    pub target: Duration,
    /// How long a burst may last.
    pub interval: Duration,
}

impl Default for Shedding {
    /// 5 ms within 100 ms.
    fn default() -> Self {
        Shedding { target: Duration::from_millis(5), interval: Duration::from_millis(100) }
    }
}

/// Watches the waits of one pool.
#[derive(Debug)]
pub(crate) struct Shedder {
    rule: Shedding,
    /// When the interval is over that began with a long wait and has had no short one.
    window: Option<Instant>,
    /// Overload lasts until an interval has passed without anything to shed.
    overload: Option<Instant>,
}

impl Shedder {
    pub(crate) fn new(rule: Shedding) -> Self {
        Shedder { rule, window: None, overload: None }
    }

    /// A job that waited for so long is about to start: whether to shed it.
    pub(crate) fn sheds(&mut self, wait: Duration, now: Instant) -> bool {
        let long = wait > self.rule.target;
        if self.overload.is_some_and(|until| now < until) {
            if long {
                self.overload = now.checked_add(self.rule.interval);
            }
            return long;
        }
        self.overload = None;
        match &mut self.window {
            // The first long wait begins an interval, and any short one ends it.
            _ if !long => self.window = None,
            None => self.window = now.checked_add(self.rule.interval),
            Some(end) if now < *end => {}
            Some(_) => {
                self.window = None;
                self.overload = now.checked_add(self.rule.interval);
                return true;
            }
        }
        false
    }

    /// The queue ran empty: it does not stand.
    pub(crate) fn empty(&mut self) {
        self.window = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_smoothed_and_an_overload_is_shed() {
        let mut shedder = Shedder::new(Shedding::default());
        let begun = Instant::now();
        let at = |ms| begun + Duration::from_millis(ms);
        let wait = Duration::from_millis;
        // Within the first interval, even a long wait is a burst.
        assert!(!shedder.sheds(wait(50), at(0)));
        assert!(!shedder.sheds(wait(60), at(99)));
        // A whole interval without a short wait: overload.
        assert!(shedder.sheds(wait(60), at(101)));
        assert!(!shedder.sheds(wait(4), at(102)), "what is within the target is served");
        assert!(shedder.sheds(wait(6), at(103)), "and the rest is not");
        assert!(!shedder.sheds(wait(6), at(204)), "after a whole interval with nothing to shed it is over");
        assert!(!shedder.sheds(wait(4), at(300)));
        assert!(!shedder.sheds(wait(60), at(305)), "a short wait began a new interval");
        shedder.empty();
        assert!(!shedder.sheds(wait(60), at(900)));
    }
}

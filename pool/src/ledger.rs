//! The ledger: what was started, stopped and joined. It balances, or something leaked.

/// Counts of threads and worker states over a pool's whole life.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ledger {
    /// Threads that were started.
    pub threads_started: u64,
    /// Threads whose work is over.
    pub threads_stopped: u64,
    /// Threads that were joined.
    pub threads_joined: u64,
    /// Worker states whose `start` succeeded.
    pub states_started: u64,
    /// Worker states that were stopped (a `stop` that panics counts too).
    pub states_stopped: u64,
}

impl Ledger {
    /// States that exist now.
    pub fn live_states(&self) -> u64 {
        self.states_started.saturating_sub(self.states_stopped)
    }

    /// Whether nothing is left: started == stopped == joined, and no live state.
    pub fn balanced(&self) -> bool {
        self.threads_started == self.threads_stopped
            && self.threads_stopped == self.threads_joined
            && self.states_started == self.states_stopped
    }
}

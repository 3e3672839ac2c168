//! What drain and close hand back: reports, and the jobs that were not done.

use crate::job::Job;
use crate::ledger::Ledger;
use crate::metrics::WorkerRow;
use crate::worker::Worker;
use std::fmt;

/// An accepted job that was not started. Its ticket is still pending: give it to another pool with
/// [`Pool::resubmit`](crate::Pool::resubmit), or drop it, and the ticket resolves with
/// [`JobError::Abandoned`](crate::JobError::Abandoned).
pub struct Undone<W: Worker>(pub(crate) Job<W>);

impl<W: Worker> Undone<W> {
    /// The label it was submitted with.
    pub fn label(&self) -> Option<&str> {
        self.0.wishes()?.label.as_deref()
    }
}

impl<W: Worker> fmt::Debug for Undone<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Undone").field("label", &self.label()).finish_non_exhaustive()
    }
}

/// What a drain came to.
#[non_exhaustive]
#[must_use = "dropping the report abandons the undone jobs"]
pub struct DrainReport<W: Worker> {
    /// Whether every accepted job ended and every worker stopped in time.
    pub complete: bool,
    /// The jobs still waiting when the time was up, in order.
    pub undone: Vec<Undone<W>>,
    /// The workers that were still there when the time was up.
    pub running: Vec<WorkerRow>,
}

/// What closing came to.
#[non_exhaustive]
#[must_use = "dropping the report abandons the undone jobs"]
pub struct CloseReport<W: Worker> {
    /// The jobs that were waiting, in order.
    pub undone: Vec<Undone<W>>,
    /// The books. Balanced, unless the pool was closed by one of its own workers, which cannot join itself.
    pub ledger: Ledger,
}

// By hand, because a derive would ask `W` to be `Debug`.
impl<W: Worker> fmt::Debug for DrainReport<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DrainReport")
            .field("complete", &self.complete)
            .field("undone", &self.undone)
            .field("running", &self.running)
            .finish()
    }
}

impl<W: Worker> fmt::Debug for CloseReport<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CloseReport").field("undone", &self.undone).field("ledger", &self.ledger).finish()
    }
}

//! What is decided about jobs that wait, and about workers that have served: who is next, who is shed, how many may
//! run, when a worker is due to be recycled. Nothing here locks, wakes or runs anything.

mod limit;
mod recycle;
mod shed;
mod tenant;

pub(crate) use limit::Adaptive;
pub use limit::AdaptiveLimit;
pub(crate) use recycle::{Due, Recycle};
pub(crate) use shed::Shedder;
pub use shed::Shedding;
pub(crate) use tenant::Class;
pub use tenant::Tenants;

/// In which order waiting jobs are served, within one priority and one tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Order {
    /// First in, first out.
    #[default]
    Fifo,
    /// Last in, first out: under overload a few wait for very long instead of all for long.
    Lifo,
    /// First in, first out, until more than half of the queue's places are taken; then last in, first out.
    AdaptiveLifo,
}

//! What outlives a context and what does not: the registry of live contexts, remotes, counters, reports.

pub(crate) mod process;
pub(crate) mod registry;
pub(crate) mod remote;
pub(crate) mod report;

//! What a heap and its end can be asked: reports as JSON, the graph of a heap, its retaining paths and retained sizes, a
//! snapshot for Chrome DevTools, allocation sites, a trace of events.

pub(crate) mod census;
mod dominators;
pub(crate) mod events;
pub(crate) mod graph;
pub(crate) mod inspect;
pub(crate) mod json;
pub(crate) mod sites;
mod snapshot;
pub(crate) mod take;

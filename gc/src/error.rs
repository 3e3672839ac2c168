//! What can go wrong: one enum for the crate, and the two errors that carry more than a word.
#![forbid(unsafe_code)]

use crate::{CloseReport, Context};
use std::fmt;

/// An operation on a context or an engine that could not be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// A collection was asked for while a mutation is active in the context.
    MutationActive,
    /// A collection was asked for from inside a collection (a drop, or a hook of the root).
    CollectionActive,
    /// A `trace` method panicked in an earlier collection: the context allocates on, but never collects again.
    CollectorPoisoned,
    /// Memory is exhausted, or a limit is reached.
    OutOfMemory,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Error::MutationActive => "a mutation is active in the context",
            Error::CollectionActive => "a collection is already running",
            Error::CollectorPoisoned => "a trace method panicked in an earlier collection",
            Error::OutOfMemory => "out of memory",
        })
    }
}

impl std::error::Error for Error {}

/// The memory asked for is not there, or it would pass a limit. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfMemory;

impl fmt::Display for OutOfMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("out of memory")
    }
}

impl std::error::Error for OutOfMemory {}

impl From<OutOfMemory> for Error {
    fn from(_: OutOfMemory) -> Self {
        Error::OutOfMemory
    }
}

/// Why [`Context::close`] gave the context back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CloseRefusal {
    /// Engines are still open on the context.
    EnginesOpen,
    /// Handles are alive and the policy is [`HandlePolicy::Refuse`](crate::HandlePolicy::Refuse).
    HandlesLive,
}

/// A close that was refused: the context, unharmed, and what the report would have said.
#[derive(Debug)]
pub struct CloseError {
    /// The context, as it was.
    pub ctx: Context,
    /// What a close would have reported.
    pub report: CloseReport,
    /// Why it was refused.
    pub refusal: CloseRefusal,
}

impl fmt::Display for CloseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.refusal {
            CloseRefusal::EnginesOpen => {
                write!(f, "the context has {} open engines", self.report.engines_open)
            }
            CloseRefusal::HandlesLive => {
                write!(f, "the context has {} live handles", self.report.stats.handles)
            }
        }
    }
}

impl std::error::Error for CloseError {}

//! A tracing garbage collector with an explicit, per-thread context lifecycle.
//!
#![doc = include_str!("../README.md")]

/// States, invariants, proofs, and what was decided against.
#[doc = include_str!("../DESIGN.md")]
pub mod design {}

extern crate self as gc;

mod sync;

mod collect;
mod context;
mod diagnose;
mod engine;
mod error;
mod fallible;
mod handle;
mod heap;
mod lifecycle;
mod limits;
mod mutation;
#[cfg(target_pointer_width = "64")]
mod nanbox;
mod ptr;
mod slots;

pub use collect::trace::{Branded, Liveness, Trace, Tracer};
pub use collect::verify::{HeapCensus, VerifyError};
pub use context::Context;
pub use diagnose::events::{Event, EventKind};
pub use diagnose::graph::{HeapGraph, NodeId, NodeKind, RetainingPath, Step, TypeSummary};
pub use diagnose::inspect::Inspector;
pub use diagnose::sites::AllocationSite;
pub use engine::{Engine, Rootable};
pub use error::{CloseError, CloseRefusal, Error, OutOfMemory};
pub use gc_derive::Trace;
pub use handle::Handle;
pub use heap::account::ExternalBytes;
pub use lifecycle::process::{ProcessStats, process_stats, trim_pool};
pub use lifecycle::registry::Origin;
pub use lifecycle::remote::{Remote, live_contexts};
pub use lifecycle::report::{CloseReport, ContextStats, EngineReport, EngineStats, FinalizerRun, LiveHandle};
pub use limits::{Config, EngineConfig, HandlePolicy};
pub use mutation::Mutation;
#[cfg(target_pointer_width = "64")]
pub use nanbox::{NanBox, Tagged};
pub use ptr::{Gc, GcAny, Lock, RefLock, Tail, Weak, WeakMap, Write};
pub use slots::Slots;

/// For the code that `derive(Trace)` makes, and for nobody else.
#[doc(hidden)]
pub mod derive_support {
    pub use crate::collect::trace_impls::Wrapped;
}

/// The concurrent parts alone, for the models in `tests/loom.rs`, and for nobody else.
#[doc(hidden)]
pub mod model {
    pub use crate::heap::pool::BlockPool;
    pub use crate::lifecycle::process::Counters;
    pub use crate::lifecycle::registry::{ContextKey, HandleKey, Record, Registry};

    /// Numbers whose bytes and blocks are equal, so that a mixture of two is seen.
    pub fn stats(number: usize) -> crate::ContextStats {
        crate::ContextStats { bytes: number, blocks: number, ..Default::default() }
    }
}

//! The numbers: of a context, of an engine, and of their ends.
#![forbid(unsafe_code)]

use std::fmt;
use std::panic::Location;

/// The numbers of a context.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ContextStats {
    /// Engines open.
    pub engines: usize,
    /// Bytes in use: reached by the last collection, plus allocated since, plus external.
    pub bytes: usize,
    /// Bytes that cells said they hold outside of the heap.
    pub external_bytes: usize,
    /// Bytes of cells ever allocated by the engines that are open.
    pub allocated_bytes: u64,
    /// Blocks held.
    pub blocks: usize,
    /// Full collections done.
    pub collections: u64,
    /// Minor collections done.
    pub minor_collections: u64,
    /// Slices of full collections done, those that ended one not counted.
    pub slices: u64,
    /// Handles alive, clones not counted.
    pub handles: usize,
    /// Panics in drop glue and in hooks.
    pub drop_panics: u64,
}

/// The numbers of an engine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct EngineStats {
    /// Bytes in use: reached by the last collection, plus allocated since, plus external.
    pub bytes: usize,
    /// Bytes that cells said they hold outside of the heap.
    pub external_bytes: usize,
    /// Bytes of cells ever allocated.
    pub allocated_bytes: u64,
    /// Blocks held.
    pub blocks: usize,
    /// Panics in drop glue and in hooks.
    pub drop_panics: u64,
}

/// What is said about an engine when it is closed.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct EngineReport {
    /// The name it was opened with.
    pub name: String,
    /// Its numbers just before the end.
    pub stats: EngineStats,
    /// Panics in drop glue while it was closed.
    pub close_panics: u64,
    /// Handles into it that were alive and now resolve to nothing.
    pub handles_invalidated: usize,
}

/// A handle that outlived its engine or its context.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct LiveHandle {
    /// The type of the cell.
    pub type_name: &'static str,
    /// Where the handle was made.
    pub created: &'static Location<'static>,
    /// The number of handles on the cell.
    pub count: u32,
}

/// What is said about a context when it is closed.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct CloseReport {
    /// The numbers of the context just before the end.
    pub stats: ContextStats,
    /// The last engines (at most 64) that were closed before it, in order.
    pub engines: Vec<EngineReport>,
    /// How many engines were closed before those.
    pub engines_before: u64,
    /// Engines still open: not zero only in a refusal.
    pub engines_open: usize,
    /// Handles still alive.
    pub handles: Vec<LiveHandle>,
    /// Panics in drop glue and in hooks, in all.
    pub drop_panics: u64,
}

impl fmt::Display for CloseReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "context: {} collections, {} drop panics", self.stats.collections, self.drop_panics)?;
        for engine in &self.engines {
            write!(
                f,
                "\nengine {:?}: {} bytes in {} blocks at close, {} external, {} allocated in all",
                engine.name,
                engine.stats.bytes,
                engine.stats.blocks,
                engine.stats.external_bytes,
                engine.stats.allocated_bytes
            )?;
        }
        for handle in &self.handles {
            write!(f, "\nlive handle: {} ({}), made at {}", handle.type_name, handle.count, handle.created)?;
        }
        Ok(())
    }
}

//! Everything of this crate that is process-wide, in one structure: the registry, the block pool, the counters.
#![forbid(unsafe_code)]

use super::registry::Registry;
use crate::heap::block::BLOCK;
use crate::heap::pool::BlockPool;
use crate::sync::{AtomicU64, AtomicUsize, Ordering};

/// The process-wide state.
#[derive(Debug)]
pub(crate) struct Process {
    pub(crate) registry: Registry,
    pub(crate) pool: BlockPool,
    pub(crate) counters: Counters,
}

/// Numbers that only ever are added to and subtracted from.
#[derive(Debug)]
pub struct Counters {
    opened: AtomicU64,
    closed: AtomicU64,
    implicit_closes: AtomicU64,
    drop_panics: AtomicU64,
    large_bytes: AtomicUsize,
    large_cells: AtomicUsize,
}

#[cfg(not(loom))]
static PROCESS: Process =
    Process { registry: Registry::new(), pool: BlockPool::new(), counters: Counters::new() };

#[cfg(loom)]
static PROCESS: std::sync::LazyLock<Process> = std::sync::LazyLock::new(|| Process {
    registry: Registry::new(),
    pool: BlockPool::new(),
    counters: Counters::new(),
});

impl Process {
    pub(crate) fn get() -> &'static Process {
        &PROCESS
    }
}

macro_rules! constructor {
    ($($const:ident)?) => {
        /// Zeros.
        pub $($const)? fn new() -> Self {
            Counters {
                opened: AtomicU64::new(0),
                closed: AtomicU64::new(0),
                implicit_closes: AtomicU64::new(0),
                drop_panics: AtomicU64::new(0),
                large_bytes: AtomicUsize::new(0),
                large_cells: AtomicUsize::new(0),
            }
        }
    };
}

impl Default for Counters {
    fn default() -> Self {
        Counters::new()
    }
}

impl Counters {
    #[cfg(not(loom))]
    constructor!(const);
    #[cfg(loom)]
    constructor!();

    /// A large cell more.
    pub fn large_allocated(&self, bytes: usize) {
        self.large_bytes.fetch_add(bytes, Ordering::Relaxed);
        self.large_cells.fetch_add(1, Ordering::Relaxed);
    }

    /// A large cell less.
    pub fn large_freed(&self, bytes: usize) {
        self.large_bytes.fetch_sub(bytes, Ordering::Relaxed);
        self.large_cells.fetch_sub(1, Ordering::Relaxed);
    }

    /// A context more.
    pub fn context_opened(&self) {
        self.opened.fetch_add(1, Ordering::Relaxed);
    }

    /// A context less.
    pub fn context_closed(&self, implicit: bool, drop_panics: u64) {
        self.drop_panics.fetch_add(drop_panics, Ordering::Relaxed);
        if implicit {
            self.implicit_closes.fetch_add(1, Ordering::Relaxed);
        }
        // Last, and released: who sees the context closed sees everything it gave back.
        self.closed.fetch_add(1, Ordering::Release);
    }

    /// Contexts opened and closed so far, never more closed than opened.
    pub fn contexts(&self) -> (u64, u64) {
        let closed = self.closed.load(Ordering::Acquire);
        (self.opened.load(Ordering::Relaxed), closed)
    }

    /// Large cells in use, and their bytes.
    pub fn large(&self) -> (usize, usize) {
        (self.large_cells.load(Ordering::Relaxed), self.large_bytes.load(Ordering::Relaxed))
    }
}

/// What all contexts of the process hold together. Exact whenever no other thread is just opening, growing or closing
/// one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProcessStats {
    /// Contexts ever opened.
    pub contexts_opened: u64,
    /// Contexts ever closed, explicitly or by being dropped.
    pub contexts_closed: u64,
    /// Contexts open now.
    pub live_contexts: u64,
    /// Bytes that contexts hold: their blocks and their large cells.
    pub live_bytes: usize,
    /// Blocks that contexts hold.
    pub live_blocks: usize,
    /// Large cells that contexts hold.
    pub live_large_cells: usize,
    /// Blocks that wait in the pool for the next context; [`trim_pool`] gives them back to the system.
    pub pooled_blocks: usize,
    /// Contexts that were dropped instead of closed.
    pub implicit_closes: u64,
    /// Panics in drop glue of cells and roots of contexts that are closed.
    pub drop_panics: u64,
}

/// What all contexts of the process hold together.
pub fn process_stats() -> ProcessStats {
    let process = Process::get();
    let counters = &process.counters;
    let (opened, closed) = counters.contexts();
    let (live_large_cells, large_bytes) = counters.large();
    let (live_blocks, pooled_blocks) = process.pool.counts();
    ProcessStats {
        contexts_opened: opened,
        contexts_closed: closed,
        live_contexts: opened.saturating_sub(closed),
        live_bytes: live_blocks * BLOCK + large_bytes,
        live_blocks,
        live_large_cells,
        pooled_blocks,
        implicit_closes: counters.implicit_closes.load(Ordering::Relaxed),
        drop_panics: counters.drop_panics.load(Ordering::Relaxed),
    }
}

/// Gives pooled memory back to the system as far as it can go; returns the number of blocks that left the pool.
pub fn trim_pool() -> usize {
    Process::get().pool.trim()
}

//! The account of an engine: bytes in use, bytes outside, limits, and the pacing it shares with the other engines.
//!
//! It is charged when a hole, a block or a large cell is taken, never at a single allocation: the fast path pays nothing.
#![forbid(unsafe_code)]

use super::alloc::MAX_CELL;
use crate::diagnose::sites::Sampler;
use crate::heap::counted::Counted;
use std::cell::Cell;
use std::fmt;

/// The least number of bytes between two collections past a soft limit.
const SOFT_DEBT: usize = 64 << 10;

/// Pacing shared by the engines of a context.
#[derive(Debug)]
pub(crate) struct Pacing {
    /// Bytes allocated or charged since the last collection.
    pub(crate) debt: Cell<usize>,
    /// The debt at which a collection is wanted.
    pub(crate) threshold: Cell<usize>,
    /// Bytes in use: reached by the last collection, plus allocated since, plus external.
    pub(crate) used: Cell<usize>,
    /// The bytes in use at which a full collection is to begin.
    pub(crate) full_at: Cell<usize>,
    /// A full collection is wanted at the next safepoint, and at once: a limit is reached.
    pub(crate) urgent: Cell<bool>,
    pub(crate) soft_limit: usize,
    pub(crate) hard_limit: usize,
    pub(crate) stress: bool,
    /// May fresh memory be asked for as huge pages?
    pub(crate) huge_pages: bool,
    /// Where allocations come from.
    pub(crate) sampler: Sampler,
    /// The fallible allocations up to the one that fails for a test, that one included; zero: none does.
    pub(crate) fail_in: Cell<u64>,
}

/// The account of one engine.
#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) pacing: Counted<Pacing>,
    pub(crate) soft_limit: usize,
    pub(crate) hard_limit: usize,
    /// Bytes in use by this engine, external bytes included.
    used: Cell<usize>,
    external: Cell<usize>,
    /// Bytes ever allocated.
    total: Cell<u64>,
}

impl Account {
    pub(crate) fn new(pacing: Counted<Pacing>, soft_limit: usize, hard_limit: usize) -> Self {
        Account {
            pacing,
            soft_limit,
            hard_limit,
            used: Cell::new(0),
            external: Cell::new(0),
            total: Cell::new(0),
        }
    }

    pub(crate) fn used(&self) -> usize {
        self.used.get()
    }

    pub(crate) fn external(&self) -> usize {
        self.external.get()
    }

    pub(crate) fn total(&self) -> u64 {
        self.total.get()
    }

    /// Is this the allocation that a test wants to fail?
    pub(crate) fn fails_now(&self) -> bool {
        let left = self.pacing.fail_in.get();
        self.pacing.fail_in.set(left.saturating_sub(1));
        left == 1
    }

    /// Do fallible allocations have to be counted one by one?
    pub(crate) fn is_counting(&self) -> bool {
        self.pacing.fail_in.get() > 0
    }

    /// Do this many bytes fit under the hard limits?
    pub(crate) fn fits(&self, bytes: usize) -> bool {
        bytes <= MAX_CELL
            && self.used.get().saturating_add(bytes) <= self.hard_limit
            && self.pacing.used.get().saturating_add(bytes) <= self.pacing.hard_limit
    }

    /// The bytes left under the hard limits.
    pub(crate) fn room(&self) -> usize {
        let own = self.hard_limit.saturating_sub(self.used.get());
        own.min(self.pacing.hard_limit.saturating_sub(self.pacing.used.get()))
    }

    /// Bytes of cells. True when a collection is wanted now.
    pub(crate) fn charge(&self, bytes: usize) -> bool {
        self.total.set(self.total.get() + bytes as u64);
        self.charge_used(bytes)
    }

    fn charge_used(&self, bytes: usize) -> bool {
        let pacing = &*self.pacing;
        self.used.set(self.used.get().saturating_add(bytes));
        pacing.used.set(pacing.used.get().saturating_add(bytes));
        pacing.debt.set(pacing.debt.get().saturating_add(bytes));
        let (debt, used, all) = (pacing.debt.get(), self.used.get(), pacing.used.get());
        // A heap whose live bytes are past the soft limit is not to be collected at every safepoint.
        let soft = debt >= SOFT_DEBT.max(used / 8) && (used > self.soft_limit || all > pacing.soft_limit);
        let urgent = soft || used > self.hard_limit || all > pacing.hard_limit;
        if urgent {
            pacing.urgent.set(true);
        }
        urgent || debt >= pacing.threshold.get()
    }

    /// Bytes that were charged as cells and are not.
    pub(crate) fn credit(&self, bytes: usize) {
        let pacing = &*self.pacing;
        self.total.set(self.total.get() - bytes as u64);
        self.used.set(self.used.get() - bytes);
        pacing.used.set(pacing.used.get() - bytes);
        pacing.debt.set(pacing.debt.get().saturating_sub(bytes));
    }

    /// Bytes outside. True when a collection is wanted now.
    pub(crate) fn charge_external(&self, bytes: usize) -> bool {
        self.external.set(self.external.get().saturating_add(bytes));
        self.charge_used(bytes)
    }

    /// Bytes outside that are gone; never more than there were.
    pub(crate) fn credit_external(&self, bytes: usize) {
        let bytes = bytes.min(self.external.get());
        self.external.set(self.external.get() - bytes);
        self.used.set(self.used.get() - bytes);
        self.pacing.used.set(self.pacing.used.get() - bytes);
    }

    /// After a sweep: `live` bytes of cells are left.
    pub(crate) fn settle(&self, live: usize) {
        let used = live + self.external.get();
        self.pacing.used.set(self.pacing.used.get() - self.used.get() + used);
        self.used.set(used);
    }

    /// After the end: nothing is left.
    pub(crate) fn clear(&self) {
        self.external.set(0);
        self.settle(0);
    }

    /// After a collection: is it of no use to go on?
    pub(crate) fn is_over(&self) -> bool {
        // A heap that stays within a thirty-second of its limit would collect all the time and get nowhere.
        let over = |used: usize, limit: usize| limit != usize::MAX && used.saturating_add(limit / 32) > limit;
        over(self.used.get(), self.hard_limit) || over(self.pacing.used.get(), self.pacing.hard_limit)
    }
}

/// Bytes that something in a cell holds outside of the heap, charged as long as this lives.
///
/// It is kept beside what it stands for, so that a sweep that drops the one gives back the other.
///
/// ```
/// # use gc::{Config, Context, EngineConfig, ExternalBytes, Rootable, Trace};
/// #[derive(Trace)]
/// struct Buffer { bytes: Vec<u8>, charge: ExternalBytes }
/// # struct R; impl Rootable for R { type Root<'gc> = (); }
/// # let ctx = Context::open(Config::default())?;
/// # let mut engine = ctx.engine::<R>(EngineConfig::default(), |_| ())?;
/// engine.mutate(|mc, _| -> Result<(), gc::OutOfMemory> {
///     let charge = mc.external(1 << 20)?;
///     mc.alloc(Buffer { bytes: vec![0; 1 << 20], charge });
///     Ok(())
/// })?;
/// assert_eq!(engine.stats().external_bytes, 1 << 20);
/// engine.collect();
/// assert_eq!(engine.stats().external_bytes, 0);
/// # Ok::<(), gc::Error>(())
/// ```
pub struct ExternalBytes {
    account: Counted<Account>,
    bytes: usize,
}

impl ExternalBytes {
    pub(crate) fn new(account: Counted<Account>, bytes: usize) -> Self {
        ExternalBytes { account, bytes }
    }

    /// The number of bytes.
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}

impl Drop for ExternalBytes {
    fn drop(&mut self) {
        self.account.credit_external(self.bytes);
    }
}

impl fmt::Debug for ExternalBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ExternalBytes").field(&self.bytes).finish()
    }
}

//! The heap at a collection: what is remembered of writes, and the sweep.
//!
//! ```text
//!  minor   the blocks allocated into since the last collection are swept at once
//!  full    blocks without drop glue are swept when allocation needs them; blocks with drop glue and large cells wait in
//!          `unswept`, where a slice (or the collection itself, if there are no slices) takes them from; so do blocks
//!          without any live cell, which go back to the pool
//! ```
//! Drop glue runs at safepoints only, never in an allocation.

use super::alloc::{Heap, Space};
use super::block::{BLOCK, BlockPtr, GRANULES, for_each_cell};
use super::cell::{CellPtr, LOGGED, header};
use super::large::{self, LargePtr};
use crate::lifecycle::process::Process;
use crate::{OutOfMemory, fallible};
use std::cell::RefCell;
use std::collections::HashSet;

#[cfg(any(miri, feature = "paranoid"))]
use super::poison::{poison_dead, poison_payload};

/// A block with fewer free granules than this after a minor collection is not searched again before a full one.
const WORTH_SEARCHING: usize = GRANULES / 8;
/// What it costs to sweep a block with drop glue, in blocks that are only looked at.
const DROPPY_COST: usize = 16;
/// What it costs to free a large cell.
const LARGE_COST: usize = 8;

impl Heap {
    /// Before marking: no hole is open any more.
    pub(crate) fn retire(&self) {
        for space in [&self.plain, &self.droppy] {
            self.credit(space.small.retire());
            self.credit(space.wide.retire());
        }
    }

    /// Before the first marking of a full collection. Marks are about to be replaced, so blocks that wait for their sweep
    /// are not to be searched before its end: allocation goes to other blocks.
    pub(crate) fn begin_marking(&self) {
        debug_assert!(self.unswept.borrow().is_empty() && self.large.unswept.borrow().is_empty());
        self.retire();
        self.plain.next.set(self.plain.blocks.borrow().len());
        self.take_remembered();
        self.live.set(0);
    }

    /// After a marking that broke off: blocks whose old marks may be overwritten are never searched again.
    pub(crate) fn abandon(&self) {
        self.plain.next.set(self.plain.blocks.borrow().len());
    }

    // Writes --------------------------------------------------------------------------------------------------------

    /// A marked cell is about to be written to: it will be traced again.
    #[cold]
    #[inline(never)]
    pub(crate) fn remember(&self, cell: CellPtr) {
        // SAFETY: the caller has a `Gc` to the cell.
        unsafe { super::cell::change_bits(cell, LOGGED, 0) };
        let mut remembered = self.remembered.borrow_mut();
        if remembered.try_reserve(1).is_ok() {
            remembered.push(cell);
        } else {
            self.forgotten.set(true);
        }
    }

    /// Was a written cell not remembered, for want of memory?
    pub(crate) fn is_forgotten(&self) -> bool {
        self.forgotten.get()
    }

    /// The cells written to, to be traced again.
    pub(crate) fn take_remembered(&self) -> Vec<CellPtr> {
        self.forgotten.set(false);
        self.remembered.take()
    }

    /// The cells written to, for `verify`.
    pub(crate) fn remembered(&self) -> Result<HashSet<CellPtr>, OutOfMemory> {
        fallible::set(self.remembered.borrow().iter().copied())
    }

    // Sweep ---------------------------------------------------------------------------------------------------------

    /// After marking from the roots and from what was written to: what was allocated since the last collection and is
    /// not marked is freed. `marked` are the bytes that became old.
    pub(crate) fn sweep_minor(&self, epoch: u32, marked: usize, keep: usize) {
        self.epoch.set(epoch);
        self.minor_plain(epoch, keep);
        self.minor_droppy(epoch);
        self.sweep_large(&self.large.young, &mut { usize::MAX }, epoch);
        self.live.set(self.live.get() + marked);
        self.account.settle(self.live.get());
    }

    fn minor_plain(&self, epoch: u32, keep: usize) {
        let mut blocks = self.plain.blocks.borrow_mut();
        let (young, next) = (self.plain.young.get(), self.plain.next.get());
        let mut dead = 0;
        for &block in &blocks[young..next] {
            #[cfg(any(miri, feature = "paranoid"))]
            // SAFETY: no hole is open, and the block was swept before anything was allocated in it.
            unsafe {
                poison_dead(block, epoch);
            }
            // SAFETY: a block of the space is initialised.
            let block = unsafe { block.as_ref() };
            block.sweep(epoch);
            dead += usize::from(!block.has_marks(epoch));
        }
        // Some empty blocks are kept for what is allocated next; the rest of them is for everybody.
        if dead > keep {
            let mut excess = dead - keep;
            let mut at = next;
            let released = std::iter::from_fn(|| {
                while excess > 0 && at > young {
                    at -= 1;
                    // SAFETY: a block of the space is initialised.
                    if !unsafe { blocks[at].as_ref() }.has_marks(epoch) {
                        excess -= 1;
                        let dead = blocks.swap_remove(at);
                        if let Some(moved) = blocks.get(at) {
                            // SAFETY: as above. A block that waited becomes one of the swept.
                            unsafe { moved.as_ref() }.sweep(epoch);
                        }
                        return Some(dead);
                    }
                }
                None
            });
            // SAFETY: nothing in them is alive, nothing needs a drop, and no hole is open.
            unsafe { Process::get().pool.release(released) };
        }
        drop(blocks);
        self.plain.set_full_aside(next);
    }

    fn minor_droppy(&self, epoch: u32) {
        // Out of the cell while drop glue of the user runs: it may come back to this engine's account.
        let blocks = self.droppy.blocks.take();
        let next = self.droppy.next.get();
        for &block in &blocks[self.droppy.young.get()..next] {
            self.sweep_droppy_block(block, epoch);
        }
        debug_assert!(self.droppy.blocks.borrow().is_empty(), "no mutation runs during a sweep");
        self.droppy.blocks.replace(blocks);
        self.droppy.set_full_aside(next);
    }

    /// After a full marking: what is not marked is garbage. It is freed by `sweep_some`, and by allocation.
    pub(crate) fn begin_sweep(&self, epoch: u32, live: usize) {
        self.epoch.set(epoch);
        #[cfg(any(miri, feature = "paranoid"))]
        for &block in self.plain.blocks.borrow().iter() {
            // SAFETY: no hole is open; a block that was not searched since the last collection has marks of an older
            // epoch, which are what is in use.
            unsafe { poison_dead(block, epoch) };
        }
        for space in [&self.plain, &self.droppy] {
            space.next.set(0);
            space.young.set(0);
        }
        self.trim_at.set(self.plain.blocks.borrow().len());
        // Lists are swapped and appended to, never replaced: each has room for all (see `refill` and `reserve`), so that
        // nothing here can fail.
        debug_assert!(self.unswept.borrow().is_empty() && self.large.unswept.borrow().is_empty());
        self.unswept.swap(&self.droppy.blocks);
        self.large.unswept.swap(&self.large.old);
        self.large.unswept.borrow_mut().append(&mut self.large.young.borrow_mut());
        self.live.set(live);
        self.account.settle(live);
    }

    /// Frees some of what the last full collection left. True when nothing is left to do.
    pub(crate) fn sweep_some(&self, budget: &mut usize) -> bool {
        let epoch = self.epoch.get();
        while *budget > 0 {
            let Some(block) = self.pop_unswept() else { break };
            *budget = budget.saturating_sub(DROPPY_COST);
            self.sweep_droppy_block(block, epoch);
            // SAFETY: a block of the space is initialised.
            if unsafe { block.as_ref() }.has_marks(epoch) {
                self.droppy.blocks.borrow_mut().push(block);
            } else {
                // SAFETY: every cell in it was dropped.
                unsafe { Process::get().pool.release(std::iter::once(block)) };
            }
        }
        self.sweep_large(&self.large.unswept, budget, epoch);
        self.trim_some(budget, epoch);
        *budget > 0
    }

    fn pop_unswept(&self) -> Option<BlockPtr> {
        self.unswept.borrow_mut().pop()
    }

    /// Gives blocks without a live cell back to the pool.
    fn trim_some(&self, budget: &mut usize, epoch: u32) {
        let mut blocks = self.plain.blocks.borrow_mut();
        let next = self.plain.next.get();
        let mut at = self.trim_at.get().min(blocks.len());
        if at > next && *budget > 0 {
            let released = std::iter::from_fn(|| {
                while at > next && *budget > 0 {
                    at -= 1;
                    *budget -= 1;
                    // SAFETY: a block of the space is initialised.
                    if !unsafe { blocks[at].as_ref() }.has_marks(epoch) {
                        return Some(blocks.swap_remove(at));
                    }
                }
                None
            });
            // SAFETY: nothing in them was reached, nothing was allocated in them since (that are those before `next`),
            // nothing needs a drop, and no hole is open.
            unsafe { Process::get().pool.release(released) };
        }
        self.trim_at.set(at);
    }

    fn sweep_droppy_block(&self, block: BlockPtr, epoch: u32) {
        // SAFETY: no hole is open, and blocks with drop glue are swept before anything is allocated in them: `used` is
        // exact.
        unsafe {
            for_each_cell(block, |cell, _size| {
                if !block.as_ref().is_marked(super::block::granule_of(cell), epoch) {
                    self.drop_cell(cell);
                    #[cfg(any(miri, feature = "paranoid"))]
                    poison_payload(cell, _size);
                }
            });
        }
        // SAFETY: a block of the space is initialised.
        unsafe { block.as_ref() }.sweep(epoch);
    }

    /// Takes large cells from a list: the marked ones are old now, the others are freed.
    fn sweep_large(&self, list: &RefCell<Vec<LargePtr>>, budget: &mut usize, epoch: u32) {
        while *budget > 0 {
            let Some(large) = list.borrow_mut().pop() else { return };
            *budget = budget.saturating_sub(LARGE_COST);
            // SAFETY: a large cell of this heap is initialised.
            if unsafe { large.as_ref() }.epoch.get() == epoch {
                self.large.old.borrow_mut().push(large);
            } else {
                // SAFETY: it was not reached: nobody uses it again.
                unsafe { self.free_large(large) };
            }
        }
    }

    /// # Safety
    /// 1. A large cell of this heap, taken from the list, that nobody uses again.
    unsafe fn free_large(&self, cell: LargePtr) {
        // SAFETY: 1. is the caller's.
        unsafe { self.drop_cell(large::cell_of(cell)) };
        // SAFETY: 1. is the caller's.
        Process::get().counters.large_freed(unsafe { cell.as_ref() }.size);
        // SAFETY: 1. is the caller's.
        unsafe { large::free(cell) };
    }

    /// Drops the payload; a panic is caught and counted.
    ///
    /// # Safety
    /// 1. A cell of this heap with its header, not dropped before, that nobody uses again.
    unsafe fn drop_cell(&self, cell: CellPtr) {
        // SAFETY: 1. is the caller's.
        let (vtable, _) = unsafe { header(cell) };
        if let Some(drop) = vtable.drop {
            // SAFETY: 1. is the caller's.
            self.guard_panic(|| unsafe { drop(cell) });
        }
    }

    /// Runs user code that must not stop the collector.
    pub(crate) fn guard_panic(&self, user: impl FnOnce()) {
        if let Err(payload) = std::panic::catch_unwind(std::panic::AssertUnwindSafe(user)) {
            self.drop_panics.set(self.drop_panics.get() + 1);
            // The payload is the user's too: its drop may panic again.
            if let Err(second) = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| drop(payload))) {
                std::mem::forget(second);
            }
        }
    }

    /// After every engine was collected.
    pub(crate) fn settle(&self, full: bool) {
        let over = self.account.is_over();
        if full || !over {
            self.over_limit.set(over);
        } else {
            // Only a full collection can say that nothing helps.
            self.account.pacing.urgent.set(true);
        }
        self.pressure.set(self.account.pacing.stress || self.account.pacing.urgent.get());
    }

    /// After a part of a collection.
    pub(crate) fn rest(&self) {
        self.pressure.set(self.account.pacing.stress);
    }

    /// Drops every cell and gives every block back.
    ///
    /// # Safety
    /// 1. Nobody uses a cell of this heap again.
    pub(crate) unsafe fn clear(&self) {
        self.retire();
        for blocks in [self.droppy.blocks.take(), self.unswept.take()] {
            for &block in &blocks {
                // SAFETY: no hole is open; droppy blocks are exact; 1. is the caller's.
                unsafe { for_each_cell(block, |cell, _| self.drop_cell(cell)) };
                // SAFETY: every cell in it was dropped.
                unsafe { Process::get().pool.release(std::iter::once(block)) };
            }
        }
        let plain = self.plain.blocks.take();
        for space in [&self.plain, &self.droppy] {
            space.next.set(0);
            space.young.set(0);
        }
        self.trim_at.set(0);
        self.remembered.take();
        if !plain.is_empty() {
            // SAFETY: 1. is the caller's, and nothing in them needs a drop.
            unsafe { Process::get().pool.release(ahead(&plain)) };
        }
        for list in [&self.large.young, &self.large.old, &self.large.unswept] {
            for large in list.take() {
                // SAFETY: 1. is the caller's.
                unsafe { self.free_large(large) };
            }
        }
        self.account.clear();
    }

    // Walks ---------------------------------------------------------------------------------------------------------

    /// Visits the cells that were reached in `epoch`, also those that are marked while it runs, or not.
    pub(crate) fn for_each_marked(&self, epoch: u32, mut visit: impl FnMut(CellPtr)) {
        for list in [&self.plain.blocks, &self.droppy.blocks, &self.unswept] {
            let mut index = 0;
            loop {
                let Some(block) = list.borrow().get(index).copied() else { break };
                // SAFETY: a block of a space is initialised.
                unsafe { super::block::for_each_marked(block, epoch, &mut visit) };
                index += 1;
            }
        }
        for list in [&self.large.young, &self.large.old, &self.large.unswept] {
            let mut index = 0;
            loop {
                let Some(large) = list.borrow().get(index).copied() else { break };
                // SAFETY: a large cell of this heap is initialised.
                if unsafe { large.as_ref() }.epoch.get() == epoch {
                    visit(large::cell_of(large));
                }
                index += 1;
            }
        }
    }

    /// Every small block, as swept as if all were needed now. A full collection must be at its end.
    pub(crate) fn swept_blocks(&self) -> Result<Vec<BlockPtr>, OutOfMemory> {
        debug_assert!(self.unswept.borrow().is_empty());
        self.retire();
        let blocks = self.plain.blocks.borrow();
        for &block in &blocks[self.plain.next.get()..] {
            // SAFETY: a block of the space is initialised. Sweeping it now, or again, changes nothing but the time.
            unsafe { block.as_ref() }.sweep(self.epoch.get());
        }
        fallible::list(blocks.iter().chain(self.droppy.blocks.borrow().iter()).copied())
    }

    /// Every large cell.
    pub(crate) fn large_cells(&self) -> Result<Vec<LargePtr>, OutOfMemory> {
        let mut cells = Vec::new();
        for list in [&self.large.young, &self.large.old, &self.large.unswept] {
            fallible::extend(&mut cells, list.borrow().iter().copied())?;
        }
        Ok(cells)
    }
}

impl Space {
    /// After a minor collection: of the blocks `young..next` those with room are searched again, the others not before a
    /// full collection.
    fn set_full_aside(&self, next: usize) {
        let mut blocks = self.blocks.borrow_mut();
        let next = next.min(blocks.len());
        let first = self.young.get();
        let mut young = first;
        for at in first..next {
            // SAFETY: a block of the space is initialised.
            if unsafe { blocks[at].as_ref() }.free_granules() < WORTH_SEARCHING {
                blocks.swap(at, young);
                young += 1;
            }
        }
        self.young.set(young);
        self.next.set(young);
    }
}

/// The blocks, each asked for some time before its turn: the pool writes to their first words.
fn ahead(blocks: &[BlockPtr]) -> impl Iterator<Item = BlockPtr> {
    const AHEAD: usize = 16;
    blocks.iter().enumerate().map(|(at, &block)| {
        if let Some(later) = blocks.get(at + AHEAD) {
            super::block::prefetch(*later);
        }
        block
    })
}

/// How many empty blocks a heap keeps that allocates `bytes` between two collections.
pub(crate) fn blocks_for(bytes: usize) -> usize {
    bytes.div_ceil(BLOCK) * 2
}

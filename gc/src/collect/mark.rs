//! Marking: an explicit stack, a small ring of prefetched cells before it, and the list of weak pointers met.
//!
//! `trace` only pushes; all looking at cells happens in [`Marker::drain`]. So the depth of the object graph costs no
//! native stack, and there is time between the push and the look for the cell to come into the cache.

use super::trace::Tracer;
use crate::heap::block::{block_of, granule_of};
use crate::heap::cell::{CellPtr, GRANULE, KEY, LARGE, VTable, change_bits, header, size_of_cell};
use crate::heap::large::large_of;
use std::cell::Cell;
use std::collections::HashMap;
use std::ptr::NonNull;

/// Cells that are on their way into the cache.
const RING: usize = 8;

/// Where a `Weak` keeps its pointer.
pub(crate) type WeakSlot = NonNull<Cell<Option<CellPtr>>>;

/// The longest stack, if memory allows; short where tests shall see it overflow.
const LONGEST: usize = if cfg!(miri) {
    64
} else if cfg!(feature = "paranoid") {
    4096
} else {
    usize::MAX
};

/// The length of the stack at first: without any there would be no progress.
const FIRST: usize = 64;

/// A value, and how to trace it.
type Value = (NonNull<()>, unsafe fn(NonNull<()>, &mut Tracer<'_>));
/// A table of ephemerons, and how to drop its entries of dead keys, given the epoch.
type Table = (NonNull<()>, unsafe fn(NonNull<()>, u32));

/// The state of one marking.
#[derive(Debug, Default)]
pub(crate) struct Marker {
    epoch: u32,
    stack: Vec<CellPtr>,
    /// A push was lost for want of memory: its parent is to be traced again.
    overflow: bool,
    weak: Vec<WeakSlot>,
    tables: Vec<Table>,
    /// Values of ephemerons by their keys, which are not reached yet and carry the `KEY` bit.
    waiting: HashMap<CellPtr, Vec<Value>>,
    live: usize,
    /// In `verify`: nothing is marked, and the values of ephemerons are edges.
    verifying: bool,
}

/// Was the cell reached in the collection `epoch`?
///
/// # Safety
/// 1. `cell` is a cell that was not freed.
pub(crate) unsafe fn is_marked(cell: CellPtr, epoch: u32) -> bool {
    // SAFETY: 1. is the caller's; the header says which of the two stands before the cell.
    unsafe {
        if header(cell).1 & LARGE != 0 {
            large_of(cell).as_ref().epoch.get() == epoch
        } else {
            block_of(cell).as_ref().is_marked(granule_of(cell), epoch)
        }
    }
}

impl Marker {
    /// A marker with a stack to begin with; `None` when there is no memory for it.
    pub(crate) fn new(epoch: u32) -> Option<Self> {
        let mut marker = Marker { epoch, ..Marker::default() };
        marker.stack.try_reserve_exact(FIRST).ok()?;
        Some(marker)
    }

    /// A marker that only collects edges.
    pub(crate) fn verifying() -> Self {
        Marker { verifying: true, ..Marker::default() }
    }

    #[inline]
    pub(crate) fn push(&mut self, cell: CellPtr) {
        if self.stack.len() == self.stack.capacity() && !self.grow() {
            return;
        }
        self.stack.push(cell);
    }

    /// Room for one more. When there is no memory for a longer stack, cells that are marked meanwhile leave it; when
    /// that does not help, the push is lost, which is made good after `take_overflow`.
    ///
    /// Each round of marking makes progress: its stack was full of unmarked cells, or nothing was lost.
    #[cold]
    #[inline(never)]
    fn grow(&mut self) -> bool {
        if (self.verifying || self.stack.len() < LONGEST) && self.stack.try_reserve(1).is_ok() {
            return true;
        }
        if !self.overflow {
            let epoch = self.epoch;
            // SAFETY: what was pushed is alive.
            self.stack.retain(|&cell| unsafe { !is_marked(cell, epoch) });
            self.overflow = self.stack.len() == self.stack.capacity();
        }
        self.stack.len() < self.stack.capacity()
    }

    /// Was a push lost? Then every marked cell, and the roots, are to be traced again.
    pub(crate) fn take_overflow(&mut self) -> bool {
        std::mem::take(&mut self.overflow)
    }

    /// Remembers a weak pointer, to be cleared if its cell is not reached.
    pub(crate) fn push_weak(&mut self, slot: &Cell<Option<CellPtr>>) {
        let Some(cell) = slot.get() else { return };
        if self.weak.try_reserve(1).is_ok() {
            self.weak.push(NonNull::from(slot));
        } else {
            // Without memory to remember it, it is a strong one for this time.
            self.push(cell);
        }
    }

    /// Remembers a table of ephemerons, to be pruned after marking. False when there is no memory for that: then the
    /// entries are to be traced like any others.
    pub(crate) fn push_table(&mut self, table: NonNull<()>, prune: unsafe fn(NonNull<()>, u32)) -> bool {
        let there = !self.verifying && self.tables.try_reserve(1).is_ok();
        if there {
            self.tables.push((table, prune));
        }
        there
    }

    /// Makes a value wait for its key to be reached. True when it is to be traced now: the key is reached already, or
    /// there is no memory for waiting.
    ///
    /// # Safety
    /// 1. `key` is a cell that is not freed. 2. `value` stays where it is until the end of marking, and `trace` may be
    ///    called with it.
    pub(crate) unsafe fn wait(
        &mut self,
        key: CellPtr,
        value: NonNull<()>,
        trace: unsafe fn(NonNull<()>, &mut Tracer<'_>),
    ) -> bool {
        // SAFETY: 1. is the caller's.
        if self.verifying || unsafe { is_marked(key, self.epoch) } {
            return true;
        }
        if self.waiting.try_reserve(1).is_err() {
            self.push(key);
            return true;
        }
        let values = self.waiting.entry(key).or_default();
        if values.try_reserve(1).is_err() {
            self.push(key);
            return true;
        }
        values.push((value, trace));
        // SAFETY: 1. is the caller's.
        unsafe { change_bits(key, 0, KEY) };
        false
    }

    /// The key was reached: its values are too.
    ///
    /// # Safety
    /// 1. `key` is alive. 2. No mutation is active.
    #[cold]
    #[inline(never)]
    unsafe fn release(&mut self, key: CellPtr) {
        // SAFETY: 1. is the caller's.
        unsafe { change_bits(key, KEY, 0) };
        for (value, trace) in self.waiting.remove(&key).unwrap_or_default() {
            // SAFETY: by 2. of `wait`; 2. is the caller's.
            unsafe { trace(value, &mut Tracer { marker: self }) };
        }
    }

    /// The bytes reached since the last call.
    pub(crate) fn take_live(&mut self) -> usize {
        std::mem::take(&mut self.live)
    }

    /// The cells pushed since the last call, for `verify`.
    pub(crate) fn take_edges(&mut self) -> impl Iterator<Item = CellPtr> {
        self.weak.clear();
        self.stack.drain(..)
    }

    /// Marks everything reachable from what was pushed.
    ///
    /// # Safety
    /// 1. Every cell pushed is alive. 2. No mutation is active in the context.
    pub(crate) unsafe fn drain(&mut self) {
        let mut ring = [NonNull::dangling(); RING];
        // Slots `first..last`, modulo the ring, hold cells on their way.
        let (mut first, mut last) = (0_usize, 0_usize);
        loop {
            while last.wrapping_sub(first) < RING
                && let Some(cell) = self.stack.pop()
            {
                prefetch(cell);
                ring[last % RING] = cell;
                last = last.wrapping_add(1);
            }
            if first == last {
                return;
            }
            let cell = ring[first % RING];
            first = first.wrapping_add(1);
            // SAFETY: 1. and 2. are the caller's; edges of live cells lead to live cells.
            unsafe { self.mark(cell) };
        }
    }

    /// # Safety
    /// 1. `cell` is alive. 2. No mutation is active.
    #[inline(always)]
    unsafe fn mark(&mut self, cell: CellPtr) {
        // SAFETY: 1. is the caller's.
        unsafe {
            let (vtable, bits) = header(cell);
            if bits & (LARGE | KEY) != 0 {
                self.mark_special(cell, vtable, bits);
                return;
            }
            let size = size_of_cell(cell, vtable);
            if !block_of(cell).as_ref().mark(granule_of(cell), size / GRANULE, self.epoch) {
                return;
            }
            self.live += size;
            if let Some(trace) = vtable.trace {
                // 2.: no `&mut` into the cell is in use.
                trace(cell, &mut Tracer { marker: self });
            }
        }
    }

    /// As `mark`, for large cells and for keys that values wait for.
    ///
    /// # Safety
    /// 1. and 2. as for `mark`. 3. `vtable` and `bits` are those of the cell.
    #[cold]
    #[inline(never)]
    unsafe fn mark_special(&mut self, cell: CellPtr, vtable: &VTable, bits: usize) {
        // SAFETY: 1. to 3. are the caller's.
        unsafe {
            if bits & LARGE == 0 {
                let size = size_of_cell(cell, vtable);
                if !block_of(cell).as_ref().mark(granule_of(cell), size / GRANULE, self.epoch) {
                    return;
                }
                self.live += size;
            } else {
                let large = large_of(cell).as_ref();
                if large.epoch.replace(self.epoch) == self.epoch {
                    return;
                }
                self.live += large.size;
            }
            if bits & KEY != 0 {
                self.release(cell);
            }
            if let Some(trace) = vtable.trace {
                trace(cell, &mut Tracer { marker: self });
            }
        }
    }

    /// Traces a cell that is marked already, after an overflow.
    ///
    /// # Safety
    /// 1. `cell` is alive. 2. No mutation is active.
    pub(crate) unsafe fn trace_again(&mut self, cell: CellPtr) {
        // SAFETY: 1. and 2. are the caller's.
        unsafe {
            if let Some(trace) = header(cell).0.trace {
                trace(cell, &mut Tracer { marker: self });
            }
        }
        // The stack must not overflow again before this cell's edges are followed.
        // SAFETY: as above.
        unsafe { self.drain() };
    }

    /// Clears the weak pointers, and the entries of weak maps, whose cells were not reached.
    ///
    /// # Safety
    /// 1. Everything that was traced is where it was, and untouched. 2. Nothing was freed since.
    pub(crate) unsafe fn clear_weak(&mut self) {
        for slot in self.weak.drain(..) {
            // SAFETY: 1. is the caller's: the slot was in place, in something alive, when it was traced.
            let slot = unsafe { slot.as_ref() };
            // SAFETY: 2. is the caller's: the cell may be dead, but it is there.
            if slot.get().is_some_and(|cell| unsafe { !is_marked(cell, self.epoch) }) {
                slot.set(None);
            }
        }
        for key in std::mem::take(&mut self.waiting).into_keys() {
            // SAFETY: 2. is the caller's: the key is dead, but it is there.
            unsafe { change_bits(key, KEY, 0) };
        }
        for (table, prune) in self.tables.drain(..) {
            // SAFETY: 1. and 2. are the caller's: the table was in place, in something alive, when it was traced.
            unsafe { prune(table, self.epoch) };
        }
    }
}

/// Asks for the header of the cell and for the marks of its block.
#[inline(always)]
fn prefetch(cell: CellPtr) {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: a prefetch of any address is harmless.
        unsafe {
            _mm_prefetch::<_MM_HINT_T0>(cell.as_ptr().cast());
            _mm_prefetch::<_MM_HINT_T0>(crate::heap::block::mark_word_of(cell).cast());
        }
    }
    #[cfg(not(all(target_arch = "x86_64", not(miri))))]
    let _ = cell;
}

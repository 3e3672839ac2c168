//! Marking: an explicit stack, a small ring of prefetched cells before it, and the list of weak pointers met.
//!
//! `trace` only pushes; all looking at cells happens in [`Marker::drain`]. So the depth of the object graph costs no
//! native stack, and there is time between the push and the look for the cell to come into the cache.

use super::trace::Tracer;
use crate::heap::block::{block_of, granule_of};
use crate::heap::cell::{CellPtr, GRANULE, LARGE, header, size_of_cell};
use crate::heap::large::large_of;
use std::cell::Cell;
use std::ptr::NonNull;

/// Cells that are on their way into the cache.
const RING: usize = 8;

/// Where a `Weak` keeps its pointer.
pub(crate) type WeakSlot = NonNull<Cell<Option<CellPtr>>>;

/// The state of one marking.
#[derive(Debug, Default)]
pub(crate) struct Marker {
    epoch: u32,
    stack: Vec<CellPtr>,
    weak: Vec<WeakSlot>,
    live: usize,
    /// Counts cells for `verify`.
    pub(crate) cells: usize,
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
    pub(crate) fn new(epoch: u32) -> Self {
        Marker { epoch, ..Marker::default() }
    }

    #[inline]
    pub(crate) fn push(&mut self, cell: CellPtr) {
        self.stack.push(cell);
    }

    /// Remembers a weak pointer, to be cleared if its cell is not reached.
    pub(crate) fn push_weak(&mut self, slot: &Cell<Option<CellPtr>>) {
        if slot.get().is_some() {
            self.weak.push(NonNull::from(slot));
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
            if let Some(trace) = vtable.trace {
                // 2.: no `&mut` into the cell is in use.
                trace(cell, &mut Tracer { marker: self });
            }
        }
        self.cells += 1;
    }

    /// Clears the weak pointers whose cells were not reached.
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

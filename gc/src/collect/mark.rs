//! Marking: an explicit stack, a small ring of prefetched cells before it, and the list of weak pointers met.
//!
//! `trace` only pushes; all looking at cells happens in [`Marker::drain`]. So the depth of the object graph costs no
//! native stack, and there is time between the push and the look for the cell to come into the cache.

use super::trace::Tracer;
use crate::heap::block::{block_of, granule_of};
use crate::heap::cell::{
    CellPtr, GRANULE, KEY, LARGE, LOGGED, VTable, change_bits, header, set_bits, size_of_cell,
};
use crate::heap::large::large_of;
use std::cell::Cell;
use std::collections::HashMap;
use std::ptr::NonNull;

/// Cells that are on their way into the cache.
const RING: usize = 16;

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

/// The length of the stack at first: without any there would be no progress. Roots are marked whenever it is full, so
/// it is seldom longer, and stays in the cache.
const FIRST: usize = if cfg!(miri) { 16 } else { 512 };

/// Elements of a tail that are traced at a time; the rest of it waits.
pub(crate) const CHUNK: usize = if cfg!(miri) { 16 } else { 1024 };

/// A value, and how to trace it.
type Value = (NonNull<()>, unsafe fn(NonNull<()>, &mut Tracer<'_>));
/// A table of ephemerons, and how to drop its entries of dead keys, given the epoch.
type Table = (NonNull<()>, unsafe fn(NonNull<()>, u32));

/// Traces the elements of a tail from an index on; returns the index to go on from, if there is one.
pub(crate) type TracePart = unsafe fn(CellPtr, usize, &mut Tracer<'_>) -> Option<usize>;

/// How a marker meets what it cannot just follow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Mode {
    /// Nothing runs but this marking, until its end.
    #[default]
    Atomic,
    /// Mutations run between the slices. What depends on addresses (weak pointers, tables of ephemerons) is put off: the
    /// cells that hold it are traced again at the end, atomically.
    Sliced,
    /// Nothing is marked, only edges are collected, and the values of ephemerons are edges.
    Verifying,
}

/// What becomes of a table of ephemerons that is being traced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TableFate {
    /// It will be pruned: values may wait for their keys.
    Weak,
    /// It stays as it is, and so must its keys and values.
    Strong,
    /// It will be traced again.
    Later,
}

/// The state of one marking.
#[derive(Debug, Default)]
pub(crate) struct Marker {
    epoch: u32,
    mode: Mode,
    /// The header bits of cells that were marked: [`LOGGED`] if writes to them matter.
    log: usize,
    stack: Vec<CellPtr>,
    /// Long tails whose rest is still to be traced.
    parts: Vec<(CellPtr, usize, TracePart)>,
    /// The cell being traced; none for roots.
    current: Option<CellPtr>,
    /// Cells with weak pointers or tables, met in slices.
    deferred: Vec<CellPtr>,
    /// `drain` is running, or may not: a full stack grows.
    draining: bool,
    /// A push was lost for want of memory: its parent is to be traced again.
    overflow: bool,
    weak: Vec<WeakSlot>,
    tables: Vec<Table>,
    /// Values of ephemerons by their keys, which are not reached yet and carry the `KEY` bit.
    waiting: HashMap<CellPtr, Vec<Value>>,
    live: usize,
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
    /// A marker with a stack to begin with; `None` when there is no memory for it. With `log`, writes to what it marks
    /// are to be remembered.
    pub(crate) fn new(epoch: u32, log: bool) -> Option<Self> {
        let mut marker = Marker { epoch, log: if log { LOGGED } else { 0 }, ..Marker::default() };
        marker.stack.try_reserve_exact(FIRST).ok()?;
        Some(marker)
    }

    /// As `new`, for a marking in slices.
    pub(crate) fn sliced(epoch: u32) -> Option<Self> {
        let marker = Marker::new(epoch, true)?;
        Some(Marker { mode: Mode::Sliced, draining: true, ..marker })
    }

    /// A marker that only collects edges.
    pub(crate) fn verifying() -> Self {
        Marker { mode: Mode::Verifying, draining: true, ..Marker::default() }
    }

    /// No mutation will run any more before the end: what was put off is to be done. Returns the cells to trace again.
    pub(crate) fn become_atomic(&mut self) -> Vec<CellPtr> {
        self.mode = Mode::Atomic;
        self.draining = false;
        std::mem::take(&mut self.deferred)
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
        if !self.draining {
            // Roots: mark what they gave so far.
            // SAFETY: what was pushed is alive; a marker is atomic between its making, or `become_atomic`, and its end.
            unsafe { self.drain(&mut { usize::MAX }) };
            return true;
        }
        if (self.mode == Mode::Verifying || self.stack.len() < LONGEST) && self.stack.try_reserve(1).is_ok() {
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
        let mode = self.mode;
        match mode {
            Mode::Atomic if self.weak.try_reserve(1).is_ok() => self.weak.push(NonNull::from(slot)),
            Mode::Sliced if self.defer() => (),
            Mode::Verifying => (),
            // Without memory to remember it, it is a strong one for this time.
            _ => self.push(cell),
        }
    }

    /// Remembers the current cell, to be traced again. False when there is no memory for that.
    fn defer(&mut self) -> bool {
        let Some(cell) = self.current else {
            // A root, or what a root holds: traced again anyway.
            return true;
        };
        if self.deferred.last() == Some(&cell) {
            return true;
        }
        let there = self.deferred.try_reserve(1).is_ok();
        if there {
            self.deferred.push(cell);
        }
        there
    }

    /// What becomes of the table; if it will be pruned, it is remembered.
    pub(crate) fn push_table(&mut self, table: NonNull<()>, prune: unsafe fn(NonNull<()>, u32)) -> TableFate {
        let mode = self.mode;
        match mode {
            Mode::Atomic if self.tables.try_reserve(1).is_ok() => {
                self.tables.push((table, prune));
                TableFate::Weak
            }
            Mode::Sliced if self.defer() => TableFate::Later,
            _ => TableFate::Strong,
        }
    }

    /// The rest of a long tail will be traced from the stack. False when it is to be traced at once.
    pub(crate) fn push_part(&mut self, cell: CellPtr, trace: TracePart) -> bool {
        let there = self.mode != Mode::Verifying && self.parts.try_reserve(1).is_ok();
        if there {
            self.parts.push((cell, 0, trace));
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
        if self.mode == Mode::Verifying || unsafe { is_marked(key, self.epoch) } {
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

    /// Marks what is reachable from what was pushed, at most `budget` cells. True when nothing is left.
    ///
    /// # Safety
    /// 1. Every cell pushed is alive. 2. No mutation is active in the context.
    pub(crate) unsafe fn drain(&mut self, budget: &mut usize) -> bool {
        let may_drain = std::mem::replace(&mut self.draining, true);
        let mut ring = [NonNull::dangling(); RING];
        // Slots `first..last`, modulo the ring, hold cells on their way.
        let (mut first, mut last) = (0_usize, 0_usize);
        let mut left = *budget;
        let done = loop {
            while last.wrapping_sub(first) < RING
                && let Some(cell) = self.stack.pop()
            {
                prefetch(cell);
                ring[last % RING] = cell;
                last = last.wrapping_add(1);
            }
            if left == 0 {
                break first == last && self.parts.is_empty();
            }
            if first == last {
                if self.parts.is_empty() {
                    break true;
                }
                // SAFETY: 1. and 2. are the caller's.
                unsafe { self.trace_part() };
                left = left.saturating_sub(CHUNK);
                continue;
            }
            let cell = ring[first % RING];
            first = first.wrapping_add(1);
            left -= 1;
            // SAFETY: 1. and 2. are the caller's; edges of live cells lead to live cells.
            unsafe { self.mark(cell) };
        };
        while first != last {
            self.push(ring[first % RING]);
            first = first.wrapping_add(1);
        }
        *budget = left;
        self.current = None;
        self.draining = may_drain;
        done
    }

    /// # Safety
    /// 1. Every cell pushed is alive. 2. No mutation is active.
    #[cold]
    #[inline(never)]
    unsafe fn trace_part(&mut self) {
        let Some((cell, mut from, trace)) = self.parts.pop() else { return };
        self.current = Some(cell);
        // SAFETY: 1. and 2. are the caller's; `push_part` was called with this cell.
        while let Some(next) = unsafe { trace(cell, from, &mut Tracer { marker: self }) } {
            if self.parts.try_reserve(1).is_ok() {
                self.parts.push((cell, next, trace));
                return;
            }
            from = next;
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
                set_bits(cell, self.log);
                self.current = Some(cell);
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
                set_bits(cell, self.log);
                self.current = Some(cell);
                trace(cell, &mut Tracer { marker: self });
            }
        }
    }

    /// Traces a cell that was written to after it was marked; one that is not marked yet will be when it is reached.
    ///
    /// # Safety
    /// 1. `cell` is a cell that is not freed. 2. No mutation is active.
    pub(crate) unsafe fn trace_written(&mut self, cell: CellPtr) {
        // SAFETY: 1. and 2. are the caller's.
        unsafe {
            if is_marked(cell, self.epoch)
                && let Some(trace) = header(cell).0.trace
            {
                set_bits(cell, self.log);
                self.current = Some(cell);
                trace(cell, &mut Tracer { marker: self });
                self.current = None;
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
        unsafe { self.drain(&mut { usize::MAX }) };
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

/// Asks for the header of the cell, for the line behind it, where the edges of most cells go on, and for the marks of
/// its block.
#[inline(always)]
fn prefetch(cell: CellPtr) {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: a prefetch of any address is harmless.
        unsafe {
            _mm_prefetch::<_MM_HINT_T0>(cell.as_ptr().cast());
            _mm_prefetch::<_MM_HINT_T0>(cell.as_ptr().cast::<i8>().wrapping_add(64));
            _mm_prefetch::<_MM_HINT_T0>(crate::heap::block::mark_word_of(cell).cast());
        }
    }
    #[cfg(not(all(target_arch = "x86_64", not(miri))))]
    let _ = cell;
}

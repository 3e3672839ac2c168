//! Marking: an explicit stack, batches of prefetched cells before it, and the list of weak pointers met.
//!
//! `trace` only pushes; all looking at cells happens in [`Marker::drain`]. So the depth of the object graph costs no
//! native stack. Cells leave the stack in batches: while one is marked and traced, the next one is on its way into the
//! cache. First the marks of a whole batch are set, in a loop without calls; then what is new in it is traced. A cell is
//! asked for when it is pushed, too: a batch alone is not enough to wait for memory while others are worked on.

use super::trace::Tracer;
use crate::heap::block::{block_of, granule_of};
use crate::heap::cell::{
    CellPtr, GRANULE, KEY, LARGE, LOGGED, VTable, change_bits, header, set_bits, size_of_cell,
};
use crate::heap::large::large_of;
use std::cell::Cell;
use std::collections::HashMap;
use std::ptr::NonNull;

/// Cells that are marked together, and that are on their way into the cache together.
const BATCH: usize = 32;

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

/// No block has this epoch.
const NEVER: u32 = u32::MAX;

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
    /// Marked cells, to be traced.
    gray: Vec<CellPtr>,
    /// Cells that were met and are to be marked, and traced if they were not marked before.
    stack: Vec<CellPtr>,
    /// The epoch by which cells of a known type are marked where they are met; [`NEVER`] while that may not be.
    fast: u32,
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

/// Cells that left a stack together.
struct Batch {
    cells: [CellPtr; BATCH],
    count: usize,
    /// They are marked.
    gray: bool,
}

impl Batch {
    const EMPTY: Batch = Batch { cells: [NonNull::dangling(); BATCH], count: 0, gray: true };

    /// Takes cells from a stack, at most `most`, and asks for them, and for their marks with `MARKS`.
    #[inline(always)]
    fn take<const MARKS: bool>(&mut self, stack: &mut Vec<CellPtr>, most: usize) {
        if most >= BATCH
            && let Some(whole) = stack.last_chunk::<BATCH>()
        {
            // The last one first. One by one: what was pushed a moment ago is on its way to the cache in words of this size.
            self.cells = std::array::from_fn(|at| {
                let cell = whole[BATCH - 1 - at];
                prefetch::<MARKS>(cell);
                cell
            });
            self.count = BATCH;
        } else {
            self.count = 0;
            let rest = stack.len().saturating_sub(most.min(BATCH));
            for (slot, &cell) in self.cells.iter_mut().zip(stack[rest..].iter().rev()) {
                prefetch::<MARKS>(cell);
                *slot = cell;
                self.count += 1;
            }
        }
        stack.truncate(stack.len() - self.count);
    }

    fn cells(&self) -> &[CellPtr] {
        &self.cells[..self.count.min(BATCH)]
    }
}

impl Marker {
    /// A marker with a stack to begin with; `None` when there is no memory for it. With `log`, writes to what it marks
    /// are to be remembered.
    pub(crate) fn new(epoch: u32, log: bool) -> Option<Self> {
        let mut marker =
            Marker { epoch, fast: epoch, log: if log { LOGGED } else { 0 }, ..Marker::default() };
        marker.gray.try_reserve_exact(FIRST).ok()?;
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
        Marker { mode: Mode::Verifying, draining: true, fast: NEVER, ..Marker::default() }
    }

    /// No mutation will run any more before the end: what was put off is to be done. Returns the cells to trace again.
    pub(crate) fn become_atomic(&mut self) -> Vec<CellPtr> {
        self.mode = Mode::Atomic;
        self.draining = false;
        std::mem::take(&mut self.deferred)
    }

    /// An edge to a cell of a known type without a tail: marked at once, without a look at the cell; `edges` says whether
    /// it is to be traced.
    ///
    /// # Safety
    /// 1. `cell` is alive, lies in a block, and has `size` bytes, of less than 64 granules.
    #[inline(always)]
    pub(crate) unsafe fn visit(&mut self, cell: CellPtr, size: usize, edges: bool) {
        // SAFETY: 1. is the caller's.
        let block = unsafe { block_of(cell).as_ref() };
        if !block.has_marks(self.fast) {
            // SAFETY: 1. is the caller's.
            return unsafe { self.visit_slow(cell, size, edges) };
        }
        if block.set_marks(granule_of(cell), size / GRANULE) {
            self.live += size;
            if edges {
                // Asked for here as well as when it leaves the stack, so that many are on their way, not one batch.
                prefetch_line(cell, 0);
                if size > 64 {
                    prefetch_line(cell, 64);
                }
                self.push_gray(cell);
            }
        }
    }

    /// As `visit`, for the first cell of a block, for the verifier, and while values wait for keys, which only headers tell.
    ///
    /// # Safety
    /// 1. As for `visit`.
    #[cold]
    #[inline(never)]
    unsafe fn visit_slow(&mut self, cell: CellPtr, size: usize, edges: bool) {
        if self.fast == NEVER {
            return self.push(cell);
        }
        // SAFETY: 1. is the caller's.
        unsafe {
            block_of(cell).as_ref().renew(self.epoch);
            self.visit(cell, size, edges);
        }
    }

    #[inline(always)]
    fn push_gray(&mut self, cell: CellPtr) {
        if self.gray.len() == self.gray.capacity() && !self.grow_gray() {
            return;
        }
        self.gray.push(cell);
    }

    /// As `grow`, for marked cells. One is lost only after it was marked: that is progress.
    #[cold]
    #[inline(never)]
    fn grow_gray(&mut self) -> bool {
        if !self.draining {
            // SAFETY: as in `grow`.
            unsafe { self.drain(&mut { usize::MAX }) };
            return true;
        }
        let there = self.gray.len() < LONGEST && self.gray.try_reserve(1).is_ok();
        self.overflow |= !there;
        there
    }

    #[inline]
    pub(crate) fn push(&mut self, cell: CellPtr) {
        if self.stack.len() == self.stack.capacity() && !self.grow() {
            return;
        }
        prefetch::<false>(cell);
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
            // SAFETY: 1. what was pushed is alive. 2. a marker that is not draining is atomic: between its making, or
            // `become_atomic`, and its end no mutation runs.
            unsafe { self.drain(&mut { usize::MAX }) };
            return true;
        }
        if (self.mode == Mode::Verifying || self.stack.len() < LONGEST) && self.stack.try_reserve(1).is_ok() {
            return true;
        }
        if self.mode == Mode::Verifying {
            // Nothing is known of the cells, not even that they are cells.
            self.overflow = true;
            return false;
        }
        if !self.overflow {
            let epoch = self.epoch;
            // SAFETY: what was pushed is alive.
            self.stack.retain(|&cell| unsafe { !is_marked(cell, epoch) });
            self.overflow = self.stack.len() == self.stack.capacity();
        }
        self.stack.len() < self.stack.capacity()
    }

    /// Was a push lost? Then every marked cell, and the roots, are to be traced again; a walk has failed.
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
        self.fast = NEVER;
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
            unsafe { trace(value, Tracer::of(self)) };
        }
        if self.waiting.is_empty() {
            self.fast = self.epoch;
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
        let (mut one, mut two) = (Batch::EMPTY, Batch::EMPTY);
        let (mut batch, mut next) = (&mut one, &mut two);
        let mut left = *budget;
        let done = loop {
            next.gray = !self.gray.is_empty();
            if next.gray {
                next.take::<false>(&mut self.gray, left);
            } else {
                next.take::<true>(&mut self.stack, left);
            }
            left -= next.count;
            if batch.count > 0 {
                // SAFETY: 1. and 2. are the caller's; edges of live cells lead to live cells.
                unsafe { self.trace_batch(batch) };
            } else if next.count == 0 {
                if left == 0 || self.parts.is_empty() {
                    break self.gray.is_empty() && self.stack.is_empty() && self.parts.is_empty();
                }
                // SAFETY: 1. and 2. are the caller's.
                unsafe { self.trace_part() };
                left = left.saturating_sub(CHUNK);
            }
            std::mem::swap(&mut batch, &mut next);
        };
        *budget = left;
        self.current = None;
        self.draining = may_drain;
        done
    }

    /// Traces a batch; of cells that were only met, those that were not marked before.
    ///
    /// # Safety
    /// 1. The cells are alive. 2. No mutation is active.
    #[inline(always)]
    unsafe fn trace_batch(&mut self, batch: &mut Batch) {
        if !batch.gray {
            // SAFETY: 1. and 2. are the caller's.
            unsafe { self.mark_batch(batch) };
        }
        let mut rest = batch.cells();
        while let [first, ..] = rest {
            // SAFETY: 1. and 2. are the caller's: no `&mut` into the cells is in use.
            let traced = unsafe { self.trace_cells(*first, rest) };
            rest = &rest[traced..];
        }
    }

    /// Traces the cells at the front that have the type of the first one; returns their number.
    ///
    /// # Safety
    /// 1. The cells are alive, and `first` is the first of them. 2. No mutation is active.
    #[inline(always)]
    unsafe fn trace_cells(&mut self, first: CellPtr, cells: &[CellPtr]) -> usize {
        // SAFETY: 1. is the caller's.
        match unsafe { header(first) }.0.trace {
            // SAFETY: 1. and 2. are the caller's.
            Some(trace) => unsafe { trace(cells, Tracer::of(self)) },
            None => 1,
        }
    }

    /// A cell is about to be traced: from now on writes to it matter.
    ///
    /// # Safety
    /// 1. The cell is alive.
    #[inline(always)]
    pub(crate) unsafe fn begin_cell(&mut self, cell: CellPtr) {
        self.current = Some(cell);
        // SAFETY: 1. is the caller's.
        unsafe { set_bits(cell, self.log) };
    }

    /// Marks a batch; what is left in it is to be traced.
    ///
    /// # Safety
    /// 1. The cells are alive. 2. No mutation is active.
    #[inline(never)]
    unsafe fn mark_batch(&mut self, batch: &mut Batch) {
        let epoch = self.epoch;
        let mut live = 0;
        let mut fresh = 0;
        for at in 0..batch.count.min(BATCH) {
            let cell = batch.cells[at];
            // SAFETY: 1. is the caller's.
            let (vtable, bits) = unsafe { header(cell) };
            if bits & (LARGE | KEY) != 0 || !vtable.short {
                // SAFETY: 1. and 2. are the caller's; these are the vtable and the bits of the cell.
                if !unsafe { self.mark_special(cell, vtable, bits) } {
                    continue;
                }
            } else {
                // SAFETY: 1. is the caller's: a cell that is not large lies in a block.
                let block = unsafe { block_of(cell).as_ref() };
                if !block.has_marks(epoch) {
                    block.renew(epoch);
                }
                if !block.set_marks(granule_of(cell), vtable.base as usize / GRANULE) {
                    continue;
                }
                live += vtable.base as usize;
            }
            if vtable.trace.is_some() {
                batch.cells[fresh] = cell;
                fresh += 1;
            }
        }
        batch.count = fresh;
        self.live += live;
    }

    /// # Safety
    /// 1. Every cell pushed is alive. 2. No mutation is active.
    #[cold]
    #[inline(never)]
    unsafe fn trace_part(&mut self) {
        let Some((cell, mut from, trace)) = self.parts.pop() else { return };
        self.current = Some(cell);
        // SAFETY: 1. and 2. are the caller's; `push_part` was called with this cell.
        while let Some(next) = unsafe { trace(cell, from, Tracer::of(self)) } {
            if self.parts.try_reserve(1).is_ok() {
                self.parts.push((cell, next, trace));
                return;
            }
            from = next;
        }
    }

    /// Marks a cell with a tail, a long one, a large one, or a key that values wait for. True if it was not marked
    /// before.
    ///
    /// # Safety
    /// 1. `cell` is alive. 2. No mutation is active. 3. `vtable` and `bits` are those of the cell.
    #[inline(never)]
    unsafe fn mark_special(&mut self, cell: CellPtr, vtable: &VTable, bits: usize) -> bool {
        let size = if bits & LARGE == 0 {
            // SAFETY: 1. and 3. are the caller's.
            let size = unsafe { size_of_cell(cell, vtable) };
            // SAFETY: 1. is the caller's: a cell that is not large lies in a block.
            if !unsafe { block_of(cell).as_ref() }.mark(granule_of(cell), size / GRANULE, self.epoch) {
                return false;
            }
            size
        } else {
            // SAFETY: 1. is the caller's.
            let large = unsafe { large_of(cell).as_ref() };
            if large.epoch.replace(self.epoch) == self.epoch {
                return false;
            }
            large.size
        };
        self.live += size;
        if bits & KEY != 0 {
            // SAFETY: 1. and 2. are the caller's.
            unsafe { self.release(cell) };
        }
        true
    }

    /// Traces a cell that was written to after it was marked; one that is not marked yet will be when it is reached.
    ///
    /// # Safety
    /// 1. `cell` is a cell that is not freed. 2. No mutation is active.
    pub(crate) unsafe fn trace_written(&mut self, cell: CellPtr) {
        // SAFETY: 1. and 2. are the caller's.
        unsafe {
            if is_marked(cell, self.epoch) {
                self.trace_cells(cell, &[cell]);
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
        unsafe { self.trace_cells(cell, &[cell]) };
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
        self.fast = self.epoch;
        for (table, prune) in self.tables.drain(..) {
            // SAFETY: 1. and 2. are the caller's: the table was in place, in something alive, when it was traced.
            unsafe { prune(table, self.epoch) };
        }
    }
}

/// Asks for a line of the cache.
#[inline(always)]
fn prefetch_line(cell: CellPtr, offset: usize) {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    // SAFETY: a prefetch of any address is harmless.
    unsafe {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        _mm_prefetch::<_MM_HINT_T0>(cell.as_ptr().cast::<i8>().wrapping_add(offset));
    }
    #[cfg(not(all(target_arch = "x86_64", not(miri))))]
    let _ = (cell, offset);
}

/// Asks for the header of the cell, for the line behind it, where the edges of most cells go on, and for the marks of
/// its block.
#[inline(always)]
fn prefetch<const MARKS: bool>(cell: CellPtr) {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        // SAFETY: a prefetch of any address is harmless.
        unsafe {
            _mm_prefetch::<_MM_HINT_T0>(cell.as_ptr().cast());
            if MARKS {
                _mm_prefetch::<_MM_HINT_T0>(cell.as_ptr().cast::<i8>().wrapping_add(64));
                _mm_prefetch::<_MM_HINT_T0>(crate::heap::block::mark_word_of(cell).cast());
            }
        }
    }
    #[cfg(not(all(target_arch = "x86_64", not(miri))))]
    let _ = cell;
}

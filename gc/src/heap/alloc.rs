//! The heap of one engine: the fast path, the way to the next hole, the account.
//!
//! Two spaces, one for cells that need no drop and one for those that do. In each, allocation *bumps* through a hole: a
//! run of free granules found in a bitmap. All sizes share the holes, so objects allocated together lie together, and a
//! tiny engine touches one block. When a cell of more than [`MEDIUM`] bytes does not fit, it goes to a block of its own
//! kind (`wide`) instead of skipping over holes that small cells could use.

use super::account::{Account, Pacing};
use super::block::{BlockHead, BlockPtr, FIRST, GRANULES, cell_at};
use super::cell::{CellHead, CellPtr, GRANULE, LARGE, VTable, VTableOf, cell_size, payload, write_header};
use super::large::{self, LargePtr};
use crate::OutOfMemory;
use crate::collect::trace::Trace;
use crate::diagnose::sites::Sampler;
use crate::heap::counted::Counted;
use crate::lifecycle::process::Process;
use crate::ptr::Gc;
use std::cell::{Cell, RefCell};
use std::panic::Location;
use std::ptr::NonNull;

/// Cells of more bytes than this stand alone.
pub(crate) const LARGEST: usize = 2048;
/// Places in the lists of blocks that are kept for allocations that may not fail.
const SPARE: usize = 2;
/// Cells of more bytes than this do not make small holes unreachable.
const MEDIUM: usize = 256;
/// The largest cell at all; keeps every size computation far from overflow.
pub(crate) const MAX_CELL: usize = isize::MAX as usize / 4;

/// A hole being bumped through: `pos..end` is free and its `used` bits are set.
pub(super) struct Hole {
    pos: Cell<*mut u8>,
    end: Cell<*mut u8>,
    /// The bytes to be allocated through holes of this kind, this one not counted, until one is a sample.
    unsampled: Cell<usize>,
}

/// The blocks of one kind of cell.
///
/// ```text
///  blocks   0 … young         young … next             next …
///           full of old       allocated into since     to be swept, and searched
///           cells             the last collection      for holes
/// ```
pub(super) struct Space {
    pub(super) small: Hole,
    pub(super) wide: Hole,
    /// INVARIANT: `blocks[..next]` are swept and behind the search; those from `next` on are to be swept and searched, and
    /// all that lives in them is marked.
    pub(super) blocks: RefCell<Vec<BlockPtr>>,
    pub(super) next: Cell<usize>,
    /// INVARIANT: at most `next`; what is not marked lies in `blocks[young..next]`, between collections.
    pub(super) young: Cell<usize>,
}

/// The heap of one engine.
// The fields the fast path touches come first.
#[repr(C)]
pub(crate) struct Heap {
    pub(super) plain: Space,
    pub(super) pressure: Cell<bool>,
    pub(super) over_limit: Cell<bool>,
    pub(super) droppy: Space,
    pub(super) large: LargeCells,
    /// Blocks with drop glue that are still to be swept after the last full collection: nothing is allocated in them.
    pub(super) unswept: RefCell<Vec<BlockPtr>>,
    /// Where the search for blocks without a live cell goes on, downwards.
    pub(super) trim_at: Cell<usize>,
    /// Cells that were written to after they were marked.
    pub(super) remembered: RefCell<Vec<CellPtr>>,
    /// A written cell could not be remembered: the next collection is a full one.
    pub(super) forgotten: Cell<bool>,
    pub(crate) account: Counted<Account>,
    /// The epoch of the last collection, by which blocks are swept.
    pub(super) epoch: Cell<u32>,
    /// Bytes that are marked.
    pub(super) live: Cell<usize>,
    pub(crate) drop_panics: Cell<u64>,
}

/// The large cells of a heap.
#[derive(Default)]
pub(super) struct LargeCells {
    /// Allocated since the last collection.
    pub(super) young: RefCell<Vec<LargePtr>>,
    /// Marked by the last collection.
    pub(super) old: RefCell<Vec<LargePtr>>,
    /// Not yet looked at since the last full collection.
    pub(super) unswept: RefCell<Vec<LargePtr>>,
    /// The bytes to be allocated until one of them is a sample.
    unsampled: Cell<usize>,
}

impl LargeCells {
    /// Room for one more cell in any of the lists: cells go from one to the other when there may be no memory.
    fn reserve(&self) -> Option<()> {
        let (mut young, mut old, mut unswept) =
            (self.young.borrow_mut(), self.old.borrow_mut(), self.unswept.borrow_mut());
        let all = young.len() + old.len() + unswept.len() + 1;
        for list in [&mut *young, &mut *old, &mut *unswept] {
            let more = all - list.len();
            list.try_reserve(more).ok()?;
        }
        Some(())
    }
}

impl Hole {
    fn none(sampler: &Sampler) -> Self {
        Hole {
            pos: Cell::new(std::ptr::null_mut()),
            end: Cell::new(std::ptr::null_mut()),
            unsampled: Cell::new(sampler.interval()),
        }
    }

    #[inline(always)]
    fn bump(&self, size: usize) -> Option<CellPtr> {
        let pos = self.pos.get();
        if self.end.get().addr() - pos.addr() < size {
            return None;
        }
        self.pos.set(pos.wrapping_add(size));
        // A hole of at least one granule is inside a block: not null.
        NonNull::new(pos.cast())
    }

    fn set(&self, block: BlockPtr, start: usize, end: usize) {
        self.unsampled.set(self.unsampled.get().saturating_sub((end - start) * GRANULE));
        self.pos.set(cell_at(block, start).as_ptr().cast());
        // `end` may be the end of the block: computed from the start, it keeps the block's provenance.
        self.end.set(block.as_ptr().cast::<u8>().wrapping_add(end * GRANULE));
    }

    fn rest(&self) -> usize {
        self.end.get().addr() - self.pos.get().addr()
    }

    /// Gives the rest of the hole back to its block; returns its bytes.
    pub(super) fn retire(&self) -> usize {
        let (pos, end) = (self.pos.get(), self.end.get());
        self.pos.set(std::ptr::null_mut());
        self.end.set(std::ptr::null_mut());
        let rest = end.addr() - pos.addr();
        self.unsampled.set(self.unsampled.get().saturating_add(rest));
        if let Some(cell) = NonNull::new(pos.cast::<CellHead>())
            && rest > 0
        {
            let start = super::block::granule_of(cell);
            // SAFETY: a hole is inside a block that the space owns, so its header is initialised.
            unsafe { super::block::block_of(cell).as_ref() }.give_back(start, start + rest / GRANULE);
        }
        rest
    }
}

impl Space {
    fn new(sampler: &Sampler) -> Self {
        Space {
            small: Hole::none(sampler),
            wide: Hole::none(sampler),
            blocks: RefCell::new(Vec::new()),
            next: Cell::new(0),
            young: Cell::new(0),
        }
    }
}

impl Heap {
    pub(crate) fn new(
        pacing: Counted<Pacing>,
        soft_limit: usize,
        hard_limit: usize,
    ) -> Result<Self, OutOfMemory> {
        let heap = Heap {
            pressure: Cell::new(pacing.stress),
            plain: Space::new(&pacing.sampler),
            over_limit: Cell::new(false),
            droppy: Space::new(&pacing.sampler),
            large: LargeCells { unsampled: Cell::new(pacing.sampler.interval()), ..LargeCells::default() },
            unswept: RefCell::new(Vec::new()),
            trim_at: Cell::new(0),
            remembered: RefCell::new(Vec::new()),
            forgotten: Cell::new(false),
            account: Counted::try_new(Account::new(pacing, soft_limit, hard_limit))?,
            epoch: Cell::new(0),
            live: Cell::new(0),
            drop_panics: Cell::new(0),
        };
        // What an allocation that may not fail needs when there is no memory: a block, and places to list it.
        Process::get().pool.prepare(heap.account.pacing.huge_pages).ok_or(OutOfMemory)?;
        for list in [&heap.plain.blocks, &heap.droppy.blocks, &heap.unswept] {
            list.borrow_mut().try_reserve(SPARE).map_err(|_| OutOfMemory)?;
        }
        Ok(heap)
    }

    #[inline(always)]
    fn space(&self, drops: bool) -> &Space {
        if drops { &self.droppy } else { &self.plain }
    }

    /// A cell with `value`, past every limit.
    #[inline(always)]
    pub(crate) fn alloc<'gc, T: Trace>(&self, value: T, at: &'static Location<'static>) -> Gc<'gc, T> {
        let size = const { cell_size::<T>() };
        let (cell, bits) = if const { cell_size::<T>() <= LARGEST } {
            (self.small(size, VTableOf::<T>::PLAIN, at), 0)
        } else {
            (self.large_or_panic(size, VTableOf::<T>::PLAIN, at), LARGE)
        };
        // SAFETY: 1. fresh memory of the size of this cell; the caller is a mutation of the brand `'gc`.
        unsafe { init(cell, bits, value) }
    }

    /// A cell with `value`, within the limits.
    #[inline(always)]
    pub(crate) fn try_alloc<'gc, T: Trace>(
        &self,
        value: T,
        at: &'static Location<'static>,
    ) -> Result<Gc<'gc, T>, OutOfMemory> {
        let size = const { cell_size::<T>() };
        let (cell, bits) = self.try_sized(size, VTableOf::<T>::PLAIN, at)?;
        // SAFETY: 1. fresh memory of the size of this cell; the caller is a mutation of the brand `'gc`.
        Ok(unsafe { init(cell, bits, value) })
    }

    /// Memory for a cell of a fixed size, a multiple of the granule and at most [`LARGEST`].
    #[inline(always)]
    fn small(&self, size: usize, vtable: &'static VTable, at: &'static Location<'static>) -> CellPtr {
        match self.space(vtable.drop.is_some()).small.bump(size) {
            Some(cell) => cell,
            None => self.refill_or_panic(size, vtable, at),
        }
    }

    /// As [`small`](Self::small), within the limits.
    #[inline(always)]
    fn try_small(
        &self,
        size: usize,
        vtable: &'static VTable,
        at: &'static Location<'static>,
    ) -> Result<CellPtr, OutOfMemory> {
        match self.space(vtable.drop.is_some()).small.bump(size) {
            Some(cell) => Ok(cell),
            None => self.refill(size, vtable, at, true),
        }
    }

    #[cold]
    #[inline(never)]
    fn refill_or_panic(
        &self,
        size: usize,
        vtable: &'static VTable,
        at: &'static Location<'static>,
    ) -> CellPtr {
        match self.refill(size, vtable, at, false) {
            Ok(cell) => cell,
            Err(OutOfMemory) => {
                panic!("the system has no memory for a small cell; use `try_alloc` to be told")
            }
        }
    }

    #[cold]
    #[inline(never)]
    fn refill(
        &self,
        size: usize,
        vtable: &'static VTable,
        at: &'static Location<'static>,
        limited: bool,
    ) -> Result<CellPtr, OutOfMemory> {
        let drops = vtable.drop.is_some();
        let space = self.space(drops);
        let granules = size / GRANULE;
        let wide = size > MEDIUM;
        if limited && self.account.fails_now() {
            self.raise_pressure();
            return Err(OutOfMemory);
        }
        if wide {
            self.sample_passed_by(space, size, vtable, at);
            if let Some(cell) = space.wide.bump(size) {
                return Ok(cell);
            }
        }
        let mut blocks = space.blocks.borrow_mut();
        if !wide {
            // The rest of this hole is too small for this cell; it stays lost until the next collection, but for the
            // account, which it leaves. Then: a later hole of the same block, then the next block.
            let mut from = None;
            if let Some(cell) = NonNull::new(space.small.pos.get().cast::<CellHead>()) {
                // The end of the hole may be the end of the block, so the block is found from the last byte before it.
                let last = space.small.end.get().wrapping_sub(1).cast::<CellHead>();
                debug_assert!(last.addr() + 1 >= cell.addr().get());
                let last = NonNull::new(last).expect("inside a block");
                from = Some((super::block::block_of(last), super::block::granule_of(last) + 1));
            }
            self.credit(space.small.retire());
            self.sample(&space.small.unsampled, size, vtable, at);
            loop {
                if let Some((block, at)) = from {
                    // SAFETY: a block of the space is initialised.
                    let head = unsafe { block.as_ref() };
                    if let Some((start, end)) = head.hole(at, granules) {
                        let end = self.clip(start, end, granules, limited, &space.small)?;
                        head.take(start, end);
                        space.small.set(block, start, end);
                        self.charge((end - start) * GRANULE);
                        return Ok(space.small.bump(size).expect("the hole is large enough"));
                    }
                }
                let next = space.next.get();
                if next == blocks.len() {
                    break;
                }
                let block = blocks[next];
                space.next.set(next + 1);
                if !drops {
                    // SAFETY: a block of the space is initialised.
                    unsafe { block.as_ref() }.sweep(self.epoch.get());
                }
                from = Some((block, FIRST));
            }
        }
        if wide {
            self.credit(space.wide.retire());
            self.sample(&space.wide.unsampled, size, vtable, at);
        }
        let hole = if wide { &space.wide } else { &space.small };
        let end = self.clip(FIRST, GRANULES, granules, limited, hole)?;
        // Room for each block in either list: they go from one to the other when there may be no memory.
        let mut unswept = self.unswept.borrow_mut();
        let all = blocks.len() + if drops { unswept.len() } else { 0 } + 1;
        let all = if limited { all + SPARE } else { all };
        let (more, waiting) = (all - blocks.len(), all.saturating_sub(unswept.len()));
        blocks.try_reserve(more).map_err(|_| OutOfMemory)?;
        if drops {
            unswept.try_reserve(waiting).map_err(|_| OutOfMemory)?;
        }
        drop(unswept);
        let block =
            Process::get().pool.acquire(limited, self.account.pacing.huge_pages).ok_or(OutOfMemory)?;
        // SAFETY: a block of its own, large enough and aligned.
        unsafe { block.write(BlockHead::empty()) };
        // SAFETY: just initialised.
        unsafe { block.as_ref() }.take(FIRST, end);
        let next = space.next.get();
        blocks.push(block);
        let last = blocks.len() - 1;
        blocks.swap(next, last);
        space.next.set(next + 1);
        self.credit(hole.retire());
        hole.set(block, FIRST, end);
        self.charge((end - FIRST) * GRANULE);
        Ok(hole.bump(size).expect("a block is large enough"))
    }

    /// A cell of `size` bytes is about to be allocated: is it a sample? Afterwards `unsampled` has room for it.
    fn sample(
        &self,
        unsampled: &Cell<usize>,
        size: usize,
        vtable: &'static VTable,
        at: &'static Location<'static>,
    ) {
        if unsampled.get() < size {
            self.account.pacing.sampler.sample(unsampled, size, vtable.name, at);
        }
    }

    /// A cell that the small hole has no room for goes to the wide one. If the small one ends at a mark, the cell reaches it,
    /// and counts for the small hole instead: else marks would be reached by small cells alone.
    fn sample_passed_by(
        &self,
        space: &Space,
        size: usize,
        vtable: &'static VTable,
        at: &'static Location<'static>,
    ) {
        let (small, wide) = (&space.small.unsampled, &space.wide.unsampled);
        let rest = space.small.rest();
        let left = small.get().saturating_add(rest);
        if left < size {
            small.set(left);
            self.sample(small, size, vtable, at);
            small.set(small.get().saturating_sub(size + rest));
            wide.set(wide.get().saturating_add(size));
        }
    }

    /// The end of the part of a hole that may be taken: near a limit not all of it, so that limits are exact.
    fn clip(
        &self,
        start: usize,
        end: usize,
        least: usize,
        limited: bool,
        hole: &Hole,
    ) -> Result<usize, OutOfMemory> {
        let room = if limited { self.account.room() / GRANULE } else { usize::MAX };
        if room < least {
            self.raise_pressure();
            return Err(OutOfMemory);
        }
        // Where allocations are counted a hole is good for one cell, so that the next one comes here too.
        let room = if self.account.is_counting() { least } else { room };
        // Where allocations are sampled, it is good for what is left until the next sample.
        let room = room.min(least.max(hole.unsampled.get() / GRANULE));
        Ok(end.min(start.saturating_add(room)))
    }

    /// Memory for a cell of any size, within the limits, and the header bits to write.
    #[inline]
    pub(crate) fn try_sized(
        &self,
        size: usize,
        vtable: &'static VTable,
        at: &'static Location<'static>,
    ) -> Result<(CellPtr, usize), OutOfMemory> {
        if size <= LARGEST {
            Ok((self.try_small(size, vtable, at)?, 0))
        } else {
            self.try_large(size, vtable, at)
        }
    }

    #[cold]
    fn try_large(
        &self,
        size: usize,
        vtable: &'static VTable,
        at: &'static Location<'static>,
    ) -> Result<(CellPtr, usize), OutOfMemory> {
        if !self.fits(size) {
            return Err(OutOfMemory);
        }
        Ok((self.large(size, vtable, at)?, LARGE))
    }

    fn large(
        &self,
        size: usize,
        vtable: &'static VTable,
        at: &'static Location<'static>,
    ) -> Result<CellPtr, OutOfMemory> {
        self.large.reserve().ok_or(OutOfMemory)?;
        let large = large::allocate(size).ok_or(OutOfMemory)?;
        self.large.young.borrow_mut().push(large);
        self.sample(&self.large.unsampled, size, vtable, at);
        self.large.unsampled.set(self.large.unsampled.get().saturating_sub(size));
        Process::get().counters.large_allocated(size);
        self.charge(size);
        Ok(large::cell_of(large))
    }

    /// Memory for a cell of any size, past every limit: for `alloc` of a type of more than [`LARGEST`] bytes.
    #[cold]
    fn large_or_panic(
        &self,
        size: usize,
        vtable: &'static VTable,
        at: &'static Location<'static>,
    ) -> CellPtr {
        self.large(size, vtable, at)
            .expect("the system has memory for a large cell; `try_alloc` says when it has not")
    }

    // The account ---------------------------------------------------------------------------------------------------

    /// Do this many bytes fit under the hard limits? If not, a collection is wanted.
    pub(crate) fn fits(&self, bytes: usize) -> bool {
        let fits = !self.account.fails_now() && self.account.fits(bytes);
        if !fits {
            self.raise_pressure();
        }
        fits
    }

    pub(super) fn charge(&self, bytes: usize) {
        if self.account.charge(bytes) {
            self.pressure.set(true);
        }
    }

    pub(super) fn credit(&self, bytes: usize) {
        self.account.credit(bytes);
    }

    /// Charges, or gives back, bytes that cells hold outside of the heap.
    pub(crate) fn charge_external(&self, delta: isize) {
        if delta < 0 {
            self.account.credit_external(delta.unsigned_abs());
        } else if self.account.charge_external(delta.unsigned_abs()) {
            self.pressure.set(true);
        }
    }

    #[inline(always)]
    pub(crate) fn pressure(&self) -> bool {
        self.pressure.get()
    }

    /// A full collection is wanted at the next safepoint.
    pub(crate) fn raise_pressure(&self) {
        self.account.pacing.urgent.set(true);
        self.pressure.set(true);
    }

    #[inline(always)]
    pub(crate) fn over_limit(&self) -> bool {
        self.over_limit.get()
    }

    /// Bytes in use, external ones included, without what is left of the holes.
    pub(crate) fn used(&self) -> usize {
        self.account.used() - self.slack()
    }

    pub(crate) fn total(&self) -> u64 {
        self.account.total() - self.slack() as u64
    }

    /// Bytes taken as holes and not yet bumped through.
    fn slack(&self) -> usize {
        let holes = [&self.plain.small, &self.plain.wide, &self.droppy.small, &self.droppy.wide];
        holes.iter().map(|hole| hole.rest()).sum()
    }

    pub(crate) fn blocks(&self) -> usize {
        self.plain.blocks.borrow().len() + self.droppy.blocks.borrow().len() + self.unswept.borrow().len()
    }
}

/// Makes a cell of memory.
///
/// # Safety
/// 1. `cell` is unused memory of this engine, of the size of a cell of a `T`, and the brand is that of its mutation.
#[inline(always)]
unsafe fn init<'gc, T: Trace>(cell: CellPtr, bits: usize, value: T) -> Gc<'gc, T> {
    // SAFETY: 1. is the caller's.
    unsafe {
        write_header(cell, VTableOf::<T>::PLAIN, bits);
        payload::<T>(cell).write(value);
        Gc::from_cell(cell)
    }
}

/// Makes a cell that is being built a filler, whatever happened to it.
///
/// # Safety
/// 1. `cell` has `size` bytes, and its payload is dropped or never was.
pub(crate) unsafe fn make_filler(cell: CellPtr, size: usize, bits: usize) {
    let vtable: &'static VTable = &super::cell::FILLER;
    // SAFETY: 1. is the caller's.
    unsafe { write_header(cell, vtable, bits) };
    let len = u32::try_from(size / GRANULE - 1).unwrap_or(u32::MAX);
    // SAFETY: 1.: at least one granule, so the length is inside.
    unsafe { super::cell::tail_len(cell).write(len) };
}

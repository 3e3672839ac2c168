//! The heap of one engine: the fast path, the way to the next hole, the account.
//!
//! Two spaces, one for cells that need no drop and one for those that do. In each, allocation *bumps* through a hole: a
//! run of free granules found in a bitmap. All sizes share the holes, so objects allocated together lie together, and a
//! tiny engine touches one block. When a cell of more than [`MEDIUM`] bytes does not fit, it goes to a block of its own
//! kind (`wide`) instead of skipping over holes that small cells could use.

use super::account::{Account, Pacing};
use super::block::{BlockHead, BlockPtr, FIRST, GRANULES, cell_at, for_each_cell};
use super::cell::{CellHead, CellPtr, GRANULE, LARGE, VTable, VTableOf, cell_size, payload, write_header};
use super::large::{self, LargePtr};
use crate::OutOfMemory;
use crate::collect::trace::Trace;
use crate::lifecycle::process::Process;
use crate::ptr::Gc;
use std::cell::{Cell, RefCell};
use std::ptr::NonNull;
use std::rc::Rc;

/// Cells of more bytes than this stand alone.
pub(crate) const LARGEST: usize = 2048;
/// Cells of more bytes than this do not make small holes unreachable.
const MEDIUM: usize = 256;
/// The largest cell at all; keeps every size computation far from overflow.
pub(crate) const MAX_CELL: usize = isize::MAX as usize / 4;

/// A hole being bumped through: `pos..end` is free and its `used` bits are set.
struct Hole {
    pos: Cell<*mut u8>,
    end: Cell<*mut u8>,
}

/// The blocks of one kind of cell.
struct Space {
    small: Hole,
    wide: Hole,
    /// INVARIANT: `blocks[..next]` are swept and behind the search; those from `next` on are to be swept and searched.
    blocks: RefCell<Vec<BlockPtr>>,
    next: Cell<usize>,
}

/// The heap of one engine.
// The fields the fast path touches come first.
#[repr(C)]
pub(crate) struct Heap {
    plain: Space,
    pressure: Cell<bool>,
    over_limit: Cell<bool>,
    droppy: Space,
    large: RefCell<Vec<LargePtr>>,
    pub(crate) account: Rc<Account>,
    /// The epoch of the last collection, by which blocks are swept.
    epoch: Cell<u32>,
    pub(crate) drop_panics: Cell<u64>,
}

impl Hole {
    const fn none() -> Self {
        Hole { pos: Cell::new(std::ptr::null_mut()), end: Cell::new(std::ptr::null_mut()) }
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
        self.pos.set(cell_at(block, start).as_ptr().cast());
        // `end` may be the end of the block: computed from the start, it keeps the block's provenance.
        self.end.set(block.as_ptr().cast::<u8>().wrapping_add(end * GRANULE));
    }

    /// Gives the rest of the hole back to its block; returns its bytes.
    fn retire(&self) -> usize {
        let (pos, end) = (self.pos.get(), self.end.get());
        self.pos.set(std::ptr::null_mut());
        self.end.set(std::ptr::null_mut());
        let rest = end.addr() - pos.addr();
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
    const fn new() -> Self {
        Space {
            small: Hole::none(),
            wide: Hole::none(),
            blocks: RefCell::new(Vec::new()),
            next: Cell::new(0),
        }
    }
}

impl Heap {
    pub(crate) fn new(pacing: Rc<Pacing>, soft_limit: usize, hard_limit: usize) -> Self {
        Heap {
            pressure: Cell::new(pacing.stress),
            plain: Space::new(),
            over_limit: Cell::new(false),
            droppy: Space::new(),
            large: RefCell::new(Vec::new()),
            account: Rc::new(Account::new(pacing, soft_limit, hard_limit)),
            epoch: Cell::new(0),
            drop_panics: Cell::new(0),
        }
    }

    #[inline(always)]
    fn space(&self, drops: bool) -> &Space {
        if drops { &self.droppy } else { &self.plain }
    }

    /// A cell with `value`, past every limit.
    #[inline(always)]
    pub(crate) fn alloc<'gc, T: Trace>(&self, value: T) -> Gc<'gc, T> {
        let size = const { cell_size::<T>() };
        let (cell, bits) = if const { cell_size::<T>() <= LARGEST } {
            (self.small(size, const { std::mem::needs_drop::<T>() }), 0)
        } else {
            (self.large_or_panic(size), LARGE)
        };
        // SAFETY: 1. fresh memory of the size of this cell; the caller is a mutation of the brand `'gc`.
        unsafe { init(cell, bits, value) }
    }

    /// A cell with `value`, within the limits.
    #[inline(always)]
    pub(crate) fn try_alloc<'gc, T: Trace>(&self, value: T) -> Result<Gc<'gc, T>, OutOfMemory> {
        let size = const { cell_size::<T>() };
        let (cell, bits) = self.try_sized(size, const { std::mem::needs_drop::<T>() })?;
        // SAFETY: 1. fresh memory of the size of this cell; the caller is a mutation of the brand `'gc`.
        Ok(unsafe { init(cell, bits, value) })
    }

    /// Memory for a cell of a fixed size, a multiple of the granule and at most [`LARGEST`].
    #[inline(always)]
    pub(crate) fn small(&self, size: usize, drops: bool) -> CellPtr {
        match self.space(drops).small.bump(size) {
            Some(cell) => cell,
            None => self.refill_or_panic(size, drops),
        }
    }

    /// As [`small`](Self::small), within the limits.
    #[inline(always)]
    pub(crate) fn try_small(&self, size: usize, drops: bool) -> Result<CellPtr, OutOfMemory> {
        match self.space(drops).small.bump(size) {
            Some(cell) => Ok(cell),
            None => self.refill(size, drops, true),
        }
    }

    #[cold]
    #[inline(never)]
    fn refill_or_panic(&self, size: usize, drops: bool) -> CellPtr {
        match self.refill(size, drops, false) {
            Ok(cell) => cell,
            Err(OutOfMemory) => {
                panic!("the system has no memory for a small cell; use `try_alloc` to be told")
            }
        }
    }

    #[cold]
    #[inline(never)]
    fn refill(&self, size: usize, drops: bool, limited: bool) -> Result<CellPtr, OutOfMemory> {
        let space = self.space(drops);
        let granules = size / GRANULE;
        let wide = size > MEDIUM;
        if wide && let Some(cell) = space.wide.bump(size) {
            return Ok(cell);
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
            loop {
                if let Some((block, at)) = from {
                    // SAFETY: a block of the space is initialised.
                    let head = unsafe { block.as_ref() };
                    if let Some((start, end)) = head.hole(at, granules) {
                        let end = self.clip(start, end, granules, limited)?;
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
        let end = self.clip(FIRST, GRANULES, granules, limited)?;
        blocks.try_reserve(1).map_err(|_| OutOfMemory)?;
        let block = Process::get().pool.acquire().ok_or(OutOfMemory)?;
        // SAFETY: a block of its own, large enough and aligned.
        unsafe { block.write(BlockHead::empty()) };
        // SAFETY: just initialised.
        unsafe { block.as_ref() }.take(FIRST, end);
        let next = space.next.get();
        blocks.push(block);
        let last = blocks.len() - 1;
        blocks.swap(next, last);
        space.next.set(next + 1);
        let hole = if wide { &space.wide } else { &space.small };
        self.credit(hole.retire());
        hole.set(block, FIRST, end);
        self.charge((end - FIRST) * GRANULE);
        Ok(hole.bump(size).expect("a block is large enough"))
    }

    /// The end of the part of a hole that may be taken: near a limit not all of it, so that limits are exact.
    fn clip(&self, start: usize, end: usize, least: usize, limited: bool) -> Result<usize, OutOfMemory> {
        let room = if limited { self.account.room() / GRANULE } else { usize::MAX };
        if room < least {
            self.pressure.set(true);
            return Err(OutOfMemory);
        }
        Ok(end.min(start.saturating_add(room)))
    }

    /// Memory for a cell of any size, within the limits, and the header bits to write.
    #[inline]
    pub(crate) fn try_sized(&self, size: usize, drops: bool) -> Result<(CellPtr, usize), OutOfMemory> {
        if size <= LARGEST { Ok((self.try_small(size, drops)?, 0)) } else { self.try_large(size) }
    }

    #[cold]
    fn try_large(&self, size: usize) -> Result<(CellPtr, usize), OutOfMemory> {
        if !self.fits(size) {
            return Err(OutOfMemory);
        }
        let mut cells = self.large.borrow_mut();
        cells.try_reserve(1).map_err(|_| OutOfMemory)?;
        let large = large::allocate(size).ok_or(OutOfMemory)?;
        cells.push(large);
        Process::get().counters.large_allocated(size);
        self.charge(size);
        Ok((large::cell_of(large), LARGE))
    }

    /// Memory for a cell of any size, past every limit: for `alloc` of a type of more than [`LARGEST`] bytes.
    #[cold]
    pub(crate) fn large_or_panic(&self, size: usize) -> CellPtr {
        let large = large::allocate(size).expect("the system has no memory for a large cell");
        self.large.borrow_mut().push(large);
        Process::get().counters.large_allocated(size);
        self.charge(size);
        large::cell_of(large)
    }

    // The account ---------------------------------------------------------------------------------------------------

    /// Do this many bytes fit under the hard limits? If not, a collection is wanted.
    pub(crate) fn fits(&self, bytes: usize) -> bool {
        let fits = self.account.fits(bytes);
        if !fits {
            self.pressure.set(true);
        }
        fits
    }

    fn charge(&self, bytes: usize) {
        if self.account.charge(bytes) {
            self.pressure.set(true);
        }
    }

    fn credit(&self, bytes: usize) {
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

    pub(crate) fn raise_pressure(&self) {
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
        holes.iter().map(|hole| hole.end.get().addr() - hole.pos.get().addr()).sum()
    }

    pub(crate) fn blocks(&self) -> usize {
        self.plain.blocks.borrow().len() + self.droppy.blocks.borrow().len()
    }

    // Collection ----------------------------------------------------------------------------------------------------

    /// Before marking: no hole is open any more.
    pub(crate) fn retire(&self) {
        for space in [&self.plain, &self.droppy] {
            self.credit(space.small.retire());
            self.credit(space.wide.retire());
        }
    }

    /// After a marking that broke off: blocks whose old marks may be overwritten are never searched again.
    pub(crate) fn abandon(&self) {
        self.plain.next.set(self.plain.blocks.borrow().len());
    }

    /// After marking: what was not reached in `epoch` is freed. Blocks without drop are swept when they are needed
    /// next; those in which nothing was reached leave at once. `live` are the bytes reached.
    pub(crate) fn sweep(&self, epoch: u32, live: usize) {
        self.epoch.set(epoch);
        self.sweep_plain(epoch);
        self.sweep_droppy(epoch);
        self.sweep_large(epoch);
        self.account.settle(live);
    }

    /// After every engine was swept.
    pub(crate) fn settle(&self) {
        self.over_limit.set(self.account.is_over());
        self.pressure.set(self.account.pacing.stress);
    }

    fn sweep_plain(&self, epoch: u32) {
        #[cfg(any(miri, feature = "paranoid"))]
        for &block in self.plain.blocks.borrow().iter() {
            // SAFETY: no hole is open; a block that was not searched since the last collection has marks of an older
            // epoch, which are what is in use.
            unsafe { poison_dead(block, epoch) };
        }
        self.plain.next.set(0);
        let mut blocks = self.plain.blocks.borrow_mut();
        let mut dead = Vec::new();
        blocks.retain(|&block| {
            // SAFETY: a block of the space is initialised.
            let live = unsafe { block.as_ref() }.has_marks(epoch);
            if !live && dead.try_reserve(1).is_ok() {
                dead.push(block);
                return false;
            }
            true
        });
        if !dead.is_empty() {
            // SAFETY: nothing in them was reached, nothing needs a drop, and no hole is open.
            unsafe { Process::get().pool.release(dead.into_iter()) };
        }
    }

    fn sweep_droppy(&self, epoch: u32) {
        // Out of the cell while drop glue of the user runs: it may come back to this engine's account.
        let blocks = self.droppy.blocks.take();
        for &block in &blocks {
            // SAFETY: no hole is open, and droppy blocks are swept at every collection: `used` is exact.
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
        // SAFETY: a block of the space is initialised.
        let (live, dead): (Vec<_>, Vec<_>) =
            blocks.into_iter().partition(|b| unsafe { b.as_ref() }.has_marks(epoch));
        debug_assert!(self.droppy.blocks.borrow().is_empty(), "no mutation runs during a sweep");
        self.droppy.blocks.replace(live);
        self.droppy.next.set(0);
        if !dead.is_empty() {
            // SAFETY: every cell in them was dropped.
            unsafe { Process::get().pool.release(dead.into_iter()) };
        }
    }

    fn sweep_large(&self, epoch: u32) {
        let cells = self.large.take();
        let mut live = Vec::new();
        for large in cells {
            // SAFETY: a large cell of this heap is initialised.
            if unsafe { large.as_ref() }.epoch.get() == epoch {
                live.push(large);
            } else {
                // SAFETY: it was not reached: nobody uses it again.
                unsafe { self.free_large(large) };
            }
        }
        self.large.replace(live);
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
        let (vtable, _) = unsafe { super::cell::header(cell) };
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

    /// Drops every cell and gives every block back.
    ///
    /// # Safety
    /// 1. Nobody uses a cell of this heap again.
    pub(crate) unsafe fn clear(&self) {
        self.retire();
        for &block in &self.droppy.blocks.take() {
            // SAFETY: no hole is open; droppy blocks are exact; 1. is the caller's.
            unsafe { for_each_cell(block, |cell, _| self.drop_cell(cell)) };
            // SAFETY: every cell in it was dropped.
            unsafe { Process::get().pool.release(std::iter::once(block)) };
        }
        self.droppy.next.set(0);
        let plain = self.plain.blocks.take();
        self.plain.next.set(0);
        if !plain.is_empty() {
            // SAFETY: 1. is the caller's, and nothing in them needs a drop.
            unsafe { Process::get().pool.release(plain.into_iter()) };
        }
        for large in self.large.take() {
            // SAFETY: 1. is the caller's.
            unsafe { self.free_large(large) };
        }
        self.account.clear();
    }

    /// Visits the cells that were reached in `epoch`, also those that are marked while it runs, or not.
    pub(crate) fn for_each_marked(&self, epoch: u32, mut visit: impl FnMut(CellPtr)) {
        let blocks = [&self.plain.blocks, &self.droppy.blocks];
        let blocks: Vec<_> = blocks.iter().flat_map(|blocks| blocks.borrow().clone()).collect();
        for block in blocks {
            // SAFETY: a block of a space is initialised.
            unsafe { super::block::for_each_marked(block, epoch, &mut visit) };
        }
        for large in self.large_cells() {
            // SAFETY: a large cell of this heap is initialised.
            if unsafe { large.as_ref() }.epoch.get() == epoch {
                visit(large::cell_of(large));
            }
        }
    }

    /// Every small block with whether its cells may need a drop, as swept as if all were needed now.
    pub(crate) fn swept_blocks(&self) -> Vec<BlockPtr> {
        self.retire();
        let blocks = self.plain.blocks.borrow();
        for &block in &blocks[self.plain.next.get()..] {
            // SAFETY: a block of the space is initialised. Sweeping it now, or again, changes nothing but the time.
            unsafe { block.as_ref() }.sweep(self.epoch.get());
        }
        blocks.iter().chain(self.droppy.blocks.borrow().iter()).copied().collect()
    }

    pub(crate) fn large_cells(&self) -> Vec<LargePtr> {
        self.large.borrow().clone()
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

/// Writes over memory so that stale pointers are seen: uninitialised under Miri, `0xDB` elsewhere.
///
/// # Safety
/// 1. The caller owns these bytes, valid for writes.
#[cfg(any(miri, feature = "paranoid"))]
pub(crate) unsafe fn poison(at: NonNull<u8>, bytes: usize) {
    // SAFETY: 1. is the caller's.
    #[cfg(not(miri))]
    unsafe {
        at.write_bytes(0xDB, bytes);
    }
    #[cfg(miri)]
    for index in 0..bytes / GRANULE {
        // SAFETY: 1. is the caller's.
        unsafe {
            at.cast::<std::mem::MaybeUninit<[u8; GRANULE]>>()
                .add(index)
                .write(std::mem::MaybeUninit::uninit())
        };
    }
}

#[cfg(any(miri, feature = "paranoid"))]
unsafe fn poison_payload(cell: CellPtr, size: usize) {
    // SAFETY: a dead cell of this size; its header stays, so that the walk can go on.
    unsafe { poison(cell.cast::<u8>().byte_add(super::cell::HEADER), size - super::cell::HEADER) };
}

/// # Safety
/// 1. No hole of the block is open, and it was swept before anything was allocated in it.
#[cfg(any(miri, feature = "paranoid"))]
unsafe fn poison_dead(block: BlockPtr, epoch: u32) {
    // SAFETY: 1. is the caller's. Only granules that no marked cell covers are overwritten.
    unsafe {
        let head = block.as_ref();
        for granule in FIRST..GRANULES {
            if !head.is_granule_marked(granule, epoch) {
                poison(cell_at(block, granule).cast(), GRANULE);
            }
        }
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

//! A block: 16 KiB, aligned to its size, a header with two bitmaps, then cells of any size up to two KiB.
//!
//! ```text
//!  +0      epoch of the marks
//!  +16     used  1024 bits, one a granule of 16 bytes: part of a cell, or of the hole being bumped through
//!  +144    mark  1024 bits: part of a cell that was reached in the collection `epoch`
//!  +288    cells, granule 18 …
//! ```
//! Both bitmaps mark the *whole extent* of a cell, so a hole is a run of zeros whatever the sizes of its neighbours, and
//! sweeping a block whose cells need no drop is `used = mark`. Marks of an older epoch count as zero: there is no
//! clearing pass.

use super::cell::{CellPtr, GRANULE, header, size_of_cell};
use std::cell::Cell;
use std::ptr::NonNull;

/// The bytes and the alignment of a block.
pub(crate) const BLOCK: usize = 16 * 1024;
/// The granules of a block.
pub(crate) const GRANULES: usize = BLOCK / GRANULE;
const WORDS: usize = GRANULES / 64;
/// The first granule behind the header.
// Even, so that a cell of 32 bytes lies in one line of the cache and its marks in one word.
pub(crate) const FIRST: usize = size_of::<BlockHead>().div_ceil(GRANULE).next_multiple_of(2);

type Bits = [Cell<u64>; WORDS];

/// The header of a block.
#[repr(C, align(16))]
pub(crate) struct BlockHead {
    epoch: Cell<u32>,
    used: Bits,
    mark: Bits,
}

/// A pointer to a block, good for all of its bytes.
pub(crate) type BlockPtr = NonNull<BlockHead>;

/// The block of a cell that is not large.
#[inline(always)]
pub(crate) fn block_of(cell: CellPtr) -> BlockPtr {
    let at = cell.as_ptr().map_addr(|a| a & !(BLOCK - 1)).cast::<BlockHead>();
    // SAFETY: blocks are not at address zero.
    unsafe { NonNull::new_unchecked(at) }
}

/// The granule at which a cell starts in its block.
#[inline(always)]
pub(crate) fn granule_of(cell: CellPtr) -> usize {
    (cell.as_ptr().addr() & (BLOCK - 1)) / GRANULE
}

/// Where the mark of a cell would stand if it is not large, to be prefetched and not to be read.
#[inline(always)]
pub(crate) fn mark_word_of(cell: CellPtr) -> *const u64 {
    let word = granule_of(cell) / 64 * size_of::<u64>();
    block_of(cell)
        .as_ptr()
        .cast::<u8>()
        .wrapping_add(std::mem::offset_of!(BlockHead, mark) + word)
        .cast_const()
        .cast()
}

/// Asks for the first words of a block.
#[inline(always)]
pub(crate) fn prefetch(block: BlockPtr) {
    #[cfg(all(target_arch = "x86_64", not(miri)))]
    // SAFETY: a prefetch of any address is harmless.
    unsafe {
        std::arch::x86_64::_mm_prefetch::<{ std::arch::x86_64::_MM_HINT_T0 }>(block.as_ptr().cast());
    }
    #[cfg(not(all(target_arch = "x86_64", not(miri))))]
    let _ = block;
}

/// The cell at a granule.
pub(crate) fn cell_at(block: BlockPtr, granule: usize) -> CellPtr {
    let at = block.as_ptr().cast::<u8>().wrapping_add(granule * GRANULE);
    // SAFETY: inside a block, which is not at address zero.
    unsafe { NonNull::new_unchecked(at.cast()) }
}

impl BlockHead {
    /// A header that says: nothing used, nothing marked.
    pub(crate) fn empty() -> Self {
        BlockHead {
            epoch: Cell::new(0),
            used: [const { Cell::new(0) }; WORDS],
            mark: [const { Cell::new(0) }; WORDS],
        }
    }

    /// Marks the cell of `len` granules at `granule`; true when it was not marked before in this epoch.
    #[inline(always)]
    pub(crate) fn mark(&self, granule: usize, len: usize, epoch: u32) -> bool {
        if self.epoch.get() != epoch {
            self.renew(epoch);
        }
        let word = &self.mark[granule / 64];
        let bit = granule % 64;
        let old = word.get();
        if old >> bit & 1 == 1 {
            return false;
        }
        if bit + len <= 64 {
            word.set(old | (u64::MAX >> (64 - len)) << bit);
        } else {
            set_range(&self.mark, granule, granule + len);
        }
        true
    }

    /// As `mark`, where the epoch is known to be that of the marks, for a cell of less than 64 granules.
    #[inline(always)]
    pub(crate) fn set_marks(&self, granule: usize, len: usize) -> bool {
        let (at, bit) = (granule / 64, granule % 64);
        let word = &self.mark[at];
        let old = word.get();
        if old >> bit & 1 == 1 {
            return false;
        }
        let mask = (1 << len) - 1;
        word.set(old | mask << bit);
        if bit + len > 64 {
            // The cell goes on in the next word; it does not go beyond the block.
            let next = &self.mark[at + 1];
            next.set(next.get() | mask >> (64 - bit));
        }
        true
    }

    /// No marks, of this epoch.
    #[cold]
    #[inline(never)]
    pub(crate) fn renew(&self, epoch: u32) {
        self.mark.iter().for_each(|word| word.set(0));
        self.epoch.set(epoch);
    }

    /// Was the cell at `granule` reached in the collection `epoch`?
    #[inline]
    pub(crate) fn is_marked(&self, granule: usize, epoch: u32) -> bool {
        self.epoch.get() == epoch && self.mark[granule / 64].get() >> (granule % 64) & 1 == 1
    }

    /// The first run of granules at or after `from` that are no part of a cell reached in the collection `epoch`.
    #[cfg(any(miri, feature = "paranoid"))]
    pub(crate) fn dead(&self, from: usize, epoch: u32) -> Option<(usize, usize)> {
        let (start, end) = if self.has_marks(epoch) {
            let start = next(&self.mark, from, u64::MAX);
            (start, next(&self.mark, start, 0))
        } else {
            (from, GRANULES)
        };
        (start < GRANULES).then_some((start, end))
    }

    /// Was anything in the block reached in the collection `epoch`?
    #[inline(always)]
    pub(crate) fn has_marks(&self, epoch: u32) -> bool {
        self.epoch.get() == epoch
    }

    /// Is the granule part of a cell?
    pub(crate) fn is_used(&self, granule: usize) -> bool {
        self.used[granule / 64].get() >> (granule % 64) & 1 == 1
    }

    /// What was not reached in the collection `epoch` becomes free.
    pub(crate) fn sweep(&self, epoch: u32) {
        let live = self.epoch.get() == epoch;
        for (used, mark) in self.used.iter().zip(&self.mark) {
            used.set(if live { mark.get() } else { 0 });
        }
    }

    /// The first hole of at least `len` granules at or after `from`: its first granule and the one past its last.
    pub(crate) fn hole(&self, mut from: usize, len: usize) -> Option<(usize, usize)> {
        loop {
            let start = next(&self.used, from, u64::MAX);
            if start + len > GRANULES {
                return None;
            }
            let end = next(&self.used, start, 0);
            if end - start >= len {
                return Some((start, end));
            }
            from = end;
        }
    }

    /// Declares granules used (a hole that is taken).
    pub(crate) fn take(&self, start: usize, end: usize) {
        set_range(&self.used, start, end);
    }

    /// Declares granules free again (the rest of a hole).
    pub(crate) fn give_back(&self, start: usize, end: usize) {
        for_each_mask(start, end, |at, mask| self.used[at].set(self.used[at].get() & !mask));
    }

    /// The granules that are no part of a cell.
    pub(crate) fn free_granules(&self) -> usize {
        GRANULES - FIRST - self.used_granules()
    }

    /// The granules in use, without those of the header.
    pub(crate) fn used_granules(&self) -> usize {
        self.used.iter().map(|word| word.get().count_ones() as usize).sum()
    }
}

/// Walks the cells of a block, in address order.
///
/// # Safety
/// 1. The block is initialised, no hole of it is being bumped through, and `used` says exactly where cells are.
pub(crate) unsafe fn for_each_cell(block: BlockPtr, mut visit: impl FnMut(CellPtr, usize)) {
    let mut granule = FIRST;
    loop {
        // SAFETY: 1.: initialised; the borrow ends before `visit` runs.
        granule = next(unsafe { &block.as_ref().used }, granule, 0);
        if granule >= GRANULES {
            return;
        }
        let cell = cell_at(block, granule);
        // SAFETY: 1.: a used granule behind a hole, or behind the end of a cell, is the start of a cell.
        let size = unsafe { size_of_cell(cell, header(cell).0) };
        visit(cell, size);
        granule += size / GRANULE;
    }
}

/// Walks the marked cells of a block, in address order; more may be marked meanwhile, and may be met or not.
///
/// # Safety
/// 1. The block is initialised.
pub(crate) unsafe fn for_each_marked(block: BlockPtr, epoch: u32, visit: &mut impl FnMut(CellPtr)) {
    // SAFETY: 1. is the caller's.
    if !unsafe { block.as_ref() }.has_marks(epoch) {
        return;
    }
    let mut granule = FIRST;
    loop {
        // SAFETY: 1. is the caller's.
        granule = next(unsafe { &block.as_ref().mark }, granule, 0);
        if granule >= GRANULES {
            return;
        }
        let cell = cell_at(block, granule);
        visit(cell);
        // SAFETY: marks cover whole cells, so the first one behind a hole or behind a cell starts a cell.
        granule += unsafe { size_of_cell(cell, header(cell).0) } / GRANULE;
    }
}

/// The first granule at or after `from` whose bit, flipped by `flip`, is one; `GRANULES` if there is none.
fn next(bits: &Bits, from: usize, flip: u64) -> usize {
    if from >= GRANULES {
        return GRANULES;
    }
    let mut index = from / 64;
    let mut word = (bits[index].get() ^ flip) & (u64::MAX << (from % 64));
    while word == 0 {
        index += 1;
        if index == WORDS {
            return GRANULES;
        }
        word = bits[index].get() ^ flip;
    }
    index * 64 + word.trailing_zeros() as usize
}

fn set_range(bits: &Bits, start: usize, end: usize) {
    for_each_mask(start, end, |at, mask| bits[at].set(bits[at].get() | mask));
}

/// The words that the granules `start..end` lie in, and which of their bits they are.
fn for_each_mask(start: usize, end: usize, mut visit: impl FnMut(usize, u64)) {
    let mut at = start;
    while at < end {
        let bit = at % 64;
        let len = (64 - bit).min(end - at);
        visit(at / 64, (u64::MAX >> (64 - len)) << bit);
        at += len;
    }
}

//! The process-wide pool of blocks: what contexts give back, the next one takes.
//!
//! A fresh block costs page faults (350 ns a KiB on the machine this was built on), a pooled one a few ns. Blocks are
//! cut from segments of two MiB, one after the other, so that of a segment only what is used becomes resident. Beyond
//! 48 MiB the system is asked to back them by huge pages (Linux): a heap of many megabytes is marked in the order of its
//! pointers, and what that costs beside the cache misses is misses of the TLB. But the first touch of a huge page makes all of
//! it resident at once, which took 6 ms on the virtual machine this was built on: contexts that mark in slices, and so want
//! no such pause, do not ask for them.
//! A segment all of whose blocks are free goes back to the system allocator in [`BlockPool::trim`]. Under Miri and loom
//! a segment is one block, so that the checkers see each of them alone.
//!
//! The free blocks form a list through their own first words: the pool allocates nothing to remember them.

use super::block::{BLOCK, BlockPtr};
use crate::sync::{AtomicUsize, Mutex, Ordering};
use std::alloc::Layout;
use std::ptr::NonNull;

const SEGMENT_BLOCKS: usize = if cfg!(any(miri, loom)) { 1 } else { 128 };
const SEGMENT: usize = SEGMENT_BLOCKS * BLOCK;
/// This many blocks are kept for allocations that may not fail, such as that of the error which says that memory is
/// exhausted: the pool asks the system for more while it still has them.
const RESERVE: usize = if cfg!(any(miri, loom)) { 1 } else { 4 };
/// Segments that a process has before it asks for huge pages. They make every byte of a block resident, used or not: an
/// idle engine of `interp`, one of a thousand, took 69 KB with huge pages from the fifth segment on, 45 without.
const BEFORE_HUGE_PAGES: usize = 24;
/// This many free blocks stay in the pool, and as many more as were in use at the last peak, which fades with every
/// release: a heap that doubles between two collections, or one that is closed and opened again, would otherwise give
/// its memory to the system and take it back each time. What is above is trimmed by the way.
const KEEP: usize = 1024;

/// The blocks that no context uses now.
#[derive(Debug)]
pub struct BlockPool {
    free: Mutex<FreeList>,
    /// Blocks held by contexts.
    live: AtomicUsize,
}

#[derive(Debug)]
struct FreeList {
    first: Option<NonNull<FreeBlock>>,
    /// Blocks in the list.
    len: usize,
    /// The newest segment and how many of its blocks, the last ones, were never handed out. They are not in the list.
    fresh: Option<(NonNull<u8>, usize)>,
    /// Segments there are.
    segments: usize,
    /// The length after the last trim: trimming again before it doubled would look at the same blocks for nothing.
    trimmed: usize,
    /// The most blocks in use, fading.
    peak: usize,
}

/// What a free block holds.
struct FreeBlock {
    next: Option<NonNull<FreeBlock>>,
}

// SAFETY: free blocks, those of the fresh segment too, belong to the list alone, which is only touched under its lock.
unsafe impl Send for FreeList {}

impl Default for BlockPool {
    fn default() -> Self {
        BlockPool::new()
    }
}

impl BlockPool {
    /// An empty pool.
    #[cfg(not(loom))]
    pub const fn new() -> Self {
        BlockPool { free: Mutex::new(FreeList::EMPTY), live: AtomicUsize::new(0) }
    }

    /// An empty pool.
    #[cfg(loom)]
    pub fn new() -> Self {
        BlockPool { free: Mutex::new(FreeList::EMPTY), live: AtomicUsize::new(0) }
    }

    /// A block of uninitialised bytes that the caller owns; `None` when the system has no memory. The last blocks are for
    /// allocations that are not `fallible`. With `huge`, fresh memory may be asked for as huge pages.
    pub(crate) fn acquire(&self, fallible: bool, huge: bool) -> Option<BlockPtr> {
        let mut free = self.free.lock();
        if free.total() <= RESERVE && free.refresh(huge).is_none() && fallible {
            return None;
        }
        let block = match free.pop() {
            Some(block) => block,
            None => free.pop_fresh(huge)?,
        };
        drop(free);
        self.live.fetch_add(1, Ordering::Relaxed);
        Some(block.cast())
    }

    /// Sees to it that there are blocks for allocations that may not fail.
    pub(crate) fn prepare(&self, huge: bool) -> Option<()> {
        let mut free = self.free.lock();
        if free.total() < RESERVE { free.refresh(huge) } else { Some(()) }
    }

    /// Takes blocks back, all under one lock.
    ///
    /// # Safety
    /// 1. Every block came from [`acquire`](Self::acquire) of this pool and nobody uses it again.
    pub(crate) unsafe fn release(&self, blocks: impl Iterator<Item = BlockPtr>) {
        let mut count = 0;
        let mut free = self.free.lock();
        for block in blocks {
            // SAFETY: 1. is the caller's.
            unsafe { free.push(block.cast()) };
            count += 1;
        }
        // Counted under the lock, so that a reader of both numbers never sees a block twice.
        let live = self.live.fetch_sub(count, Ordering::Relaxed) - count;
        // After this many releases half of the difference is forgotten.
        const FADE: usize = 64;
        free.peak = free.peak.max(live + count);
        free.peak -= (free.peak - live) / FADE;
        let keep = KEEP + free.peak;
        if free.len > keep + keep / 4 && free.len > 2 * free.trimmed {
            free.trim(keep);
            free.trimmed = free.len;
        }
    }

    /// Takes a block, writes to it as its owner, and gives it back: one round of a model.
    pub fn model_round_trip(&self) {
        let block = self.acquire(true, true).expect("memory for a block");
        // SAFETY: a block is owned by who acquired it, and large enough.
        unsafe { block.cast::<usize>().write(block.addr().get()) };
        // SAFETY: as above; nobody else may have written to it.
        assert_eq!(unsafe { block.cast::<usize>().read() }, block.addr().get(), "a block has one owner");
        // SAFETY: 1. acquired above, and not used below.
        unsafe { self.release(std::iter::once(block)) };
    }

    /// Gives whole free segments back to the system; returns the number of blocks that left the pool.
    pub fn trim(&self) -> usize {
        self.free.lock().trim(0)
    }

    /// Blocks held by contexts and blocks in the pool, counted at one moment.
    pub fn counts(&self) -> (usize, usize) {
        let free = self.free.lock();
        (self.live.load(Ordering::Relaxed), free.total())
    }
}

impl Drop for BlockPool {
    fn drop(&mut self) {
        self.trim();
    }
}

impl FreeList {
    const EMPTY: FreeList = FreeList { first: None, len: 0, fresh: None, segments: 0, trimmed: 0, peak: 0 };

    fn layout() -> Layout {
        Layout::from_size_align(SEGMENT, SEGMENT).expect("a power of two")
    }

    /// Blocks nobody uses, in the list and fresh ones.
    fn total(&self) -> usize {
        self.len + self.fresh.map_or(0, |(_, left)| left)
    }

    /// # Safety
    /// 1. The block is part of a segment, and the caller owns it.
    unsafe fn push(&mut self, block: NonNull<FreeBlock>) {
        #[cfg(any(miri, feature = "paranoid"))]
        // SAFETY: 1. is the caller's.
        unsafe {
            super::poison::poison(block.cast(), BLOCK);
        }
        // SAFETY: 1. is the caller's.
        unsafe { self.link(block) };
    }

    /// As `push`, without touching more than the first word.
    ///
    /// # Safety
    /// 1. As for `push`.
    unsafe fn link(&mut self, block: NonNull<FreeBlock>) {
        // SAFETY: 1. is the caller's; a block is aligned and large enough.
        unsafe { block.write(FreeBlock { next: self.first }) };
        self.first = Some(block);
        self.len += 1;
    }

    fn pop(&mut self) -> Option<NonNull<FreeBlock>> {
        let block = self.first?;
        // SAFETY: a block in the list was written by `link` and belongs to the list.
        self.first = unsafe { block.read() }.next;
        self.len -= 1;
        Some(block)
    }

    /// A new segment to take fresh blocks from, before the last blocks are used.
    fn refresh(&mut self, huge: bool) -> Option<()> {
        let segment = self.add_segment(huge)?;
        while self.fresh.is_some()
            && let Some(block) = self.pop_fresh(huge)
        {
            // SAFETY: 1. nobody had it.
            unsafe { self.link(block) };
        }
        self.fresh = Some((segment, SEGMENT_BLOCKS));
        Some(())
    }

    /// The next block that nobody had before.
    fn pop_fresh(&mut self, huge: bool) -> Option<NonNull<FreeBlock>> {
        let (segment, left) = match self.fresh {
            Some(fresh) => fresh,
            None => (self.add_segment(huge)?, SEGMENT_BLOCKS),
        };
        self.fresh = (left > 1).then_some((segment, left - 1));
        // SAFETY: inside the segment: `left` is at least one and at most its number of blocks.
        Some(unsafe { segment.byte_add((SEGMENT_BLOCKS - left) * BLOCK) }.cast())
    }

    fn add_segment(&mut self, huge: bool) -> Option<NonNull<u8>> {
        // SAFETY: the layout is not of size zero.
        let segment = NonNull::new(unsafe { std::alloc::alloc(Self::layout()) })?;
        if huge && self.segments >= BEFORE_HUGE_PAGES {
            // SAFETY: 1. a fresh segment.
            unsafe { advise_huge_pages(segment) };
        }
        self.segments += 1;
        Some(segment)
    }

    /// Frees whole segments while more than `keep` blocks are there.
    fn trim(&mut self, keep: usize) -> usize {
        let before = self.total();
        if let Some((segment, SEGMENT_BLOCKS)) = self.fresh
            && before >= keep + SEGMENT_BLOCKS
        {
            // SAFETY: allocated by `add_segment` with this layout, and no block of it was handed out.
            unsafe { std::alloc::dealloc(segment.as_ptr(), Self::layout()) };
            self.fresh = None;
            self.segments -= 1;
        }
        let mut count = self.total();
        let mut blocks = Vec::new();
        if blocks.try_reserve_exact(self.len).is_err() {
            // No memory to think about giving memory back: it stays in the pool, where it is found again.
            return 0;
        }
        while let Some(block) = self.pop() {
            blocks.push(block);
        }
        blocks.sort_unstable();
        let segment = |block: &NonNull<FreeBlock>| block.addr().get() & !(SEGMENT - 1);
        for chunk in blocks.chunk_by(|a, b| segment(a) == segment(b)) {
            let fresh = self.fresh.filter(|(base, _)| base.addr().get() == segment(&chunk[0]));
            if chunk.len() + fresh.map_or(0, |(_, left)| left) == SEGMENT_BLOCKS && count > keep {
                count -= SEGMENT_BLOCKS;
                if fresh.is_some() {
                    self.fresh = None;
                }
                // The first block starts the segment (fresh ones are its last) and was derived from its allocation.
                // SAFETY: allocated by `add_segment` with this layout; all of its blocks are free, and not in the list.
                unsafe { std::alloc::dealloc(chunk[0].as_ptr().cast(), Self::layout()) };
                self.segments -= 1;
            } else {
                for &block in chunk {
                    // SAFETY: it was in the list a moment ago.
                    unsafe { self.link(block) };
                }
            }
        }
        before - self.total()
    }
}

/// Asks for huge pages; nothing depends on the answer.
///
/// # Safety
/// 1. A segment of its own allocation.
#[cfg(all(target_os = "linux", not(any(miri, loom))))]
unsafe fn advise_huge_pages(segment: NonNull<u8>) {
    // SAFETY: 1. is the caller's: the range is mapped and ours; the advice changes no content.
    unsafe { libc::madvise(segment.as_ptr().cast(), SEGMENT, libc::MADV_HUGEPAGE) };
}

#[cfg(not(all(target_os = "linux", not(any(miri, loom)))))]
unsafe fn advise_huge_pages(_: NonNull<u8>) {}

//! The counting allocator: the system's, with exact books of live bytes and blocks.
//!
//! The one file of this crate with unsafe code: implementing [`GlobalAlloc`] is unsafe. The counting allocators on
//! crates.io keep counting for ever; this one is told to [`stop`] by the server, for which every allocation would
//! otherwise be two contended additions.
#![expect(
    unsafe_code,
    reason = "an allocator is unsafe to implement; it only passes calls on and counts them"
)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

static ON: AtomicBool = AtomicBool::new(true);
static BYTES: AtomicI64 = AtomicI64::new(0);
static BLOCKS: AtomicI64 = AtomicI64::new(0);

/// The system's allocator, counted.
pub(crate) struct Counting;

/// What is allocated at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Live {
    pub(crate) bytes: i64,
    pub(crate) blocks: i64,
}

/// The books now. Exact when no other thread runs.
pub(crate) fn live() -> Live {
    Live { bytes: BYTES.load(Ordering::Acquire), blocks: BLOCKS.load(Ordering::Acquire) }
}

/// No more counting; the books are worth nothing from now on.
pub(crate) fn stop() {
    ON.store(false, Ordering::Release);
}

fn count(bytes: i64, blocks: i64) {
    if ON.load(Ordering::Relaxed) {
        BYTES.fetch_add(bytes, Ordering::Relaxed);
        BLOCKS.fetch_add(blocks, Ordering::Relaxed);
    }
}

/// A size of a layout, which is never above `isize::MAX`.
fn signed(size: usize) -> i64 {
    size as i64
}

// SAFETY: every call goes to `System` with the same arguments, and its answer comes back unchanged; counting neither
// allocates nor panics.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps `GlobalAlloc::alloc`'s contract, which is `System`'s.
        let block = unsafe { System.alloc(layout) };
        if !block.is_null() {
            count(signed(layout.size()), 1);
        }
        block
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as in `alloc`.
        let block = unsafe { System.alloc_zeroed(layout) };
        if !block.is_null() {
            count(signed(layout.size()), 1);
        }
        block
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps `GlobalAlloc::dealloc`'s contract; the block came from `System`.
        unsafe { System.dealloc(block, layout) };
        count(-signed(layout.size()), -1);
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // SAFETY: the caller keeps `GlobalAlloc::realloc`'s contract; the block came from `System`.
        let moved = unsafe { System.realloc(block, layout, new_size) };
        if !moved.is_null() {
            count(signed(new_size) - signed(layout.size()), 0);
        }
        moved
    }
}

//! Freed memory is written over, so that stale pointers are seen: under Miri, and with the feature `paranoid`.

use super::block::{BlockPtr, FIRST, cell_at};
use super::cell::{CellPtr, GRANULE};
use std::ptr::NonNull;

/// Writes over memory so that stale pointers are seen: uninitialised under Miri, `0xDB` elsewhere.
///
/// # Safety
/// 1. The caller owns these bytes, valid for writes.
pub(crate) unsafe fn poison(at: NonNull<u8>, bytes: usize) {
    // SAFETY: 1. is the caller's.
    #[cfg(not(miri))]
    unsafe {
        at.write_bytes(0xDB, bytes);
    }
    #[cfg(miri)]
    {
        use super::block::BLOCK;
        use std::mem::MaybeUninit;
        // Copied at once: under Miri a loop would take longer than all the rest of a collection.
        let nothing = [MaybeUninit::<u8>::uninit(); BLOCK];
        assert!(bytes <= BLOCK, "cells of a block, or a block");
        // SAFETY: 1. is the caller's; the source is a local of at least as many bytes.
        unsafe {
            at.cast().copy_from_nonoverlapping(NonNull::from(&nothing).cast::<MaybeUninit<u8>>(), bytes)
        };
    }
}

/// Overwrites a dead cell but for its header, so that the walk can go on.
///
/// # Safety
/// 1. `cell` is a dead cell of `size` bytes.
pub(crate) unsafe fn poison_payload(cell: CellPtr, size: usize) {
    // SAFETY: 1. is the caller's.
    unsafe { poison(cell.cast::<u8>().byte_add(super::cell::HEADER), size - super::cell::HEADER) };
}

/// # Safety
/// 1. No hole of the block is open, and it was swept before anything was allocated in it.
pub(crate) unsafe fn poison_dead(block: BlockPtr, epoch: u32) {
    // SAFETY: 1. is the caller's. Only granules that no marked cell covers are overwritten.
    unsafe {
        let mut at = FIRST;
        while let Some((start, end)) = block.as_ref().dead(at, epoch) {
            poison(cell_at(block, start).cast(), (end - start) * GRANULE);
            at = end;
        }
    }
}

//! Cells past two KiB: each an allocation of its own, behind a small header that does for it what a block does.

use super::cell::CellPtr;
use std::alloc::Layout;
use std::cell::Cell;
use std::ptr::NonNull;

/// What stands right before a large cell.
#[repr(C, align(16))]
pub(crate) struct LargeHead {
    /// The bytes of the cell.
    pub(crate) size: usize,
    /// The collection in which it was reached last.
    pub(crate) epoch: Cell<u32>,
}

/// A pointer to a large cell's header, good for the whole allocation.
pub(crate) type LargePtr = NonNull<LargeHead>;

fn layout(size: usize) -> Option<Layout> {
    Layout::from_size_align(size.checked_add(size_of::<LargeHead>())?, align_of::<LargeHead>()).ok()
}

/// Memory for a cell of `size` bytes; `None` when the system has none.
pub(crate) fn allocate(size: usize) -> Option<LargePtr> {
    let layout = layout(size)?;
    // SAFETY: the layout is not of size zero.
    let at = NonNull::new(unsafe { std::alloc::alloc(layout) })?.cast::<LargeHead>();
    // SAFETY: fresh, aligned memory of at least this size.
    unsafe { at.write(LargeHead { size, epoch: Cell::new(0) }) };
    Some(at)
}

/// Gives the memory back.
///
/// # Safety
/// 1. `large` came from [`allocate`]. 2. Nobody uses it again.
pub(crate) unsafe fn free(large: LargePtr) {
    // SAFETY: 1. is the caller's.
    let size = unsafe { large.as_ref().size };
    let layout = layout(size).expect("it was a layout when it was allocated");
    // SAFETY: 1. and 2. are the caller's.
    unsafe {
        std::alloc::dealloc(large.as_ptr().cast(), layout);
    }
}

/// The cell behind a header.
pub(crate) fn cell_of(large: LargePtr) -> CellPtr {
    let at = large.as_ptr().wrapping_add(1).cast();
    // SAFETY: one past the header is inside the allocation, or its end.
    unsafe { NonNull::new_unchecked(at) }
}

/// The header before a large cell.
pub(crate) fn large_of(cell: CellPtr) -> LargePtr {
    let at = cell.as_ptr().cast::<LargeHead>().wrapping_sub(1);
    // SAFETY: a large cell stands behind its header, which is not at address zero.
    unsafe { NonNull::new_unchecked(at) }
}

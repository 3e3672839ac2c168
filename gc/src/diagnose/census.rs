//! The cells of a heap by their types, for the report of an engine.

use super::graph::TypeSummary;
use crate::heap::alloc::Heap;
use crate::heap::block::for_each_cell;
use crate::heap::cell::{CellPtr, FILLER, header};
use crate::heap::large::cell_of;
use std::collections::HashMap;

/// Counts the cells of a heap by their types, most bytes first.
///
/// # Safety
/// 1. No mutation and no collection is active, and the last full collection is at its end.
pub(crate) unsafe fn types(heap: &Heap) -> Vec<TypeSummary> {
    let mut sums: HashMap<&'static str, (usize, usize)> = HashMap::new();
    let mut count = |cell: CellPtr, size: usize| {
        // SAFETY: 1. is the caller's: the walks below visit cells.
        let (vtable, _) = unsafe { header(cell) };
        if !std::ptr::eq(vtable, &FILLER) {
            let sum = sums.entry((vtable.name)()).or_default();
            *sum = (sum.0 + 1, sum.1 + size);
        }
    };
    for block in heap.swept_blocks() {
        // SAFETY: 1. is the caller's; `swept_blocks` closed the holes and swept what waits.
        unsafe { for_each_cell(block, &mut count) };
    }
    for large in heap.large_cells() {
        // SAFETY: a large cell in a list of its heap is initialised.
        count(cell_of(large), unsafe { large.as_ref() }.size);
    }
    let mut types: Vec<_> = sums
        .into_iter()
        .map(|(name, (count, bytes))| TypeSummary { name: name.to_string(), count, bytes })
        .collect();
    types.sort_by(|a, b| b.bytes.cmp(&a.bytes).then_with(|| a.name.cmp(&b.name)));
    types
}

//! The cells of a heap by their types, for the report of an engine.

use super::graph::TypeSummary;
use crate::heap::alloc::Heap;
use crate::heap::block::for_each_cell;
use crate::heap::cell::{CellPtr, FILLER, header};
use crate::heap::large::cell_of;
use crate::{OutOfMemory, fallible};
use std::collections::HashMap;

/// Counts the cells of a heap by their types, most bytes first.
///
/// # Safety
/// 1. No mutation and no collection is active, and the last full collection is at its end.
pub(crate) unsafe fn types(heap: &Heap) -> Result<Vec<TypeSummary>, OutOfMemory> {
    let mut sums: HashMap<&'static str, (usize, usize)> = HashMap::new();
    let mut result = Ok(());
    let mut count = |cell: CellPtr, size: usize| {
        // SAFETY: 1. is the caller's: the walks below visit cells.
        let (vtable, _) = unsafe { header(cell) };
        if std::ptr::eq(vtable, &FILLER) || result.is_err() {
            return;
        }
        result = sums.try_reserve(1);
        if result.is_ok() {
            let sum = sums.entry((vtable.name)()).or_default();
            *sum = (sum.0 + 1, sum.1 + size);
        }
    };
    for block in heap.swept_blocks()? {
        // SAFETY: 1. is the caller's; `swept_blocks` closed the holes and swept what waits.
        unsafe { for_each_cell(block, &mut count) };
    }
    for large in heap.large_cells()? {
        // SAFETY: a large cell in a list of its heap is initialised.
        count(cell_of(large), unsafe { large.as_ref() }.size);
    }
    result?;
    let mut types = Vec::new();
    types.try_reserve_exact(sums.len())?;
    for (name, (count, bytes)) in sums {
        types.push(TypeSummary { name: fallible::text(format_args!("{name}"))?, count, bytes });
    }
    types.sort_unstable_by(|a, b| b.bytes.cmp(&a.bytes).then_with(|| a.name.cmp(&b.name)));
    Ok(types)
}

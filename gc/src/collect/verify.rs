//! `verify`: walks the heap and says what is wrong with it.

use super::mark::{Marker, is_marked};
use super::trace::Tracer;
use crate::heap::alloc::Heap;
use crate::heap::block::{FIRST, block_of, for_each_cell, granule_of};
use crate::heap::cell::{CellPtr, GRANULE, LARGE, LOGGED, VTable, header};
use crate::heap::large::{cell_of, large_of};
use std::collections::HashSet;

/// What a heap holds, as found by walking it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct HeapCensus {
    /// Cells, reached or not yet collected.
    pub cells: usize,
    /// Their bytes.
    pub bytes: usize,
    /// Cells that are reachable.
    pub reachable: usize,
}

/// Walks one heap from its roots. With the epoch of its old cells it also checks that an old cell that was not written to
/// leads to old cells only.
///
/// # Errors
/// A sentence about the first thing that is wrong.
///
/// # Safety
/// 1. No mutation and no collection is active. 2. `roots` pushes only pointers into this heap.
pub(crate) unsafe fn verify(
    heap: &Heap,
    epoch: Option<u32>,
    roots: impl FnOnce(&mut Tracer<'_>),
) -> Result<HeapCensus, String> {
    let mut census = HeapCensus::default();
    let mut known: HashSet<CellPtr> = HashSet::new();
    for block in heap.swept_blocks() {
        let mut granules = 0;
        // SAFETY: 1. is the caller's; `swept_blocks` closed the holes and swept what waits.
        unsafe {
            for_each_cell(block, |cell, size| {
                known.insert(cell);
                census.cells += 1;
                census.bytes += size;
                granules += size / GRANULE;
            });
            if granules != block.as_ref().used_granules() {
                return Err(format!(
                    "block {block:?}: {granules} granules in cells, another number in its bitmap"
                ));
            }
        }
    }
    let large: HashSet<_> = heap.large_cells().into_iter().collect();
    for &large in &large {
        known.insert(cell_of(large));
        census.cells += 1;
        // SAFETY: a large cell in the list of its heap is initialised.
        census.bytes += unsafe { large.as_ref() }.size;
    }
    let written: HashSet<CellPtr> = heap.remembered().into_iter().collect();
    let mut seen = HashSet::new();
    let mut marker = Marker::verifying();
    roots(Tracer::of(&mut marker));
    let mut edges: Vec<_> = marker.take_edges().map(|cell| (cell, None)).collect();
    while let Some((cell, from)) = edges.pop() {
        if !known.contains(&cell) {
            return Err(format!(
                "an edge of {} leads to {cell:?}, which is no cell of this heap",
                name(from)
            ));
        }
        if !seen.insert(cell) {
            continue;
        }
        // SAFETY: the cell is known, so its header is there.
        let (vtable, bits) = unsafe { header(cell) };
        if bits & LARGE == 0 {
            let granule = granule_of(cell);
            // SAFETY: the cell is known to be in a block.
            if granule < FIRST || !unsafe { block_of(cell).as_ref() }.is_used(granule) {
                return Err(format!("a reachable {} at {cell:?} is free", (vtable.name)()));
            }
        } else if !large.contains(&large_of(cell)) {
            return Err(format!("a reachable {} at {cell:?} is no large cell of its heap", (vtable.name)()));
        }
        if let Some(trace) = vtable.trace {
            // SAFETY: the cell is alive; 1.: no `&mut` into it is in use.
            unsafe { trace(&[cell], Tracer::of(&mut marker)) };
            let from = edges.len();
            edges.extend(marker.take_edges().map(|cell| (cell, Some(vtable))));
            // SAFETY: the cell is known.
            if let Some(epoch) = epoch.filter(|&epoch| unsafe { is_marked(cell, epoch) }) {
                if bits & LOGGED == 0 {
                    if !written.contains(&cell) {
                        return Err(format!("an old {} is neither logged nor remembered", (vtable.name)()));
                    }
                } else if let Some((to, _)) = edges[from..].iter().find(|(to, _)| {
                    // SAFETY: it is known. What is not is found out above, in its turn.
                    known.contains(to) && unsafe { !is_marked(*to, epoch) }
                }) {
                    return Err(format!(
                        "an old {} that was not written to leads to {to:?}, which is young",
                        (vtable.name)()
                    ));
                }
            }
        }
    }
    census.reachable = seen.len();
    let used = heap.used() - heap.account.external();
    if used != census.bytes {
        return Err(format!("the account says {used} bytes, the cells are {}", census.bytes));
    }
    Ok(census)
}

fn name(from: Option<&'static VTable>) -> &'static str {
    from.map_or("the root", |vtable| (vtable.name)())
}

//! `verify`: walks the heap and says what is wrong with it.

use super::mark::{Marker, is_marked};
use super::trace::Tracer;
use crate::heap::alloc::Heap;
use crate::heap::block::{FIRST, block_of, for_each_cell, granule_of};
use crate::heap::cell::{CellPtr, GRANULE, LARGE, LOGGED, VTable, header};
use crate::heap::large::{cell_of, large_of};
use crate::{Error, OutOfMemory, fallible};
use std::collections::HashSet;
use std::fmt;

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

/// Why [`Context::verify`](crate::Context::verify) does not say that a heap is whole: it could not look, or the first thing
/// that it found wrong. Types are called by their names, cells and blocks by their addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum VerifyError {
    /// The walk could not be made: a mutation or a collection is active, or there is no memory for it.
    Refused(Error),
    /// Cells cover another number of granules than the bitmap of their block says.
    Bitmap {
        /// The block.
        block: usize,
        /// The granules of its cells.
        cells: usize,
        /// The granules in its bitmap.
        bitmap: usize,
    },
    /// An edge leads to what is no cell of this heap.
    Dangling {
        /// The type that has the edge; `None` for a root.
        from: Option<&'static str>,
        /// Where it leads.
        to: usize,
    },
    /// A cell is reached that is free, or no large cell of its heap though it says so.
    Free {
        /// Its type.
        name: &'static str,
        /// The cell.
        at: usize,
    },
    /// An old cell was written to and is not remembered.
    Forgotten {
        /// Its type.
        name: &'static str,
    },
    /// An old cell that was not written to has an edge to a young one.
    YoungEdge {
        /// The type of the old one.
        name: &'static str,
        /// The young one.
        to: usize,
    },
    /// The account of the engine says another number of bytes than its cells have.
    Account {
        /// The bytes of the account.
        account: usize,
        /// The bytes of the cells.
        cells: usize,
    },
}

impl fmt::Display for VerifyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            VerifyError::Refused(error) => error.fmt(f),
            VerifyError::Bitmap { block, cells, bitmap } => {
                write!(f, "block {block:#x}: {cells} granules in cells, {bitmap} in its bitmap")
            }
            VerifyError::Dangling { from, to } => {
                let from = from.unwrap_or("the root");
                write!(f, "an edge of {from} leads to {to:#x}, which is no cell of this heap")
            }
            VerifyError::Free { name, at } => write!(f, "a reachable {name} at {at:#x} is free"),
            VerifyError::Forgotten { name } => write!(f, "an old {name} is neither logged nor remembered"),
            VerifyError::YoungEdge { name, to } => {
                write!(f, "an old {name} that was not written to leads to {to:#x}, which is young")
            }
            VerifyError::Account { account, cells } => {
                write!(f, "the account says {account} bytes, the cells are {cells}")
            }
        }
    }
}

impl std::error::Error for VerifyError {}

impl From<Error> for VerifyError {
    fn from(error: Error) -> Self {
        VerifyError::Refused(error)
    }
}

impl From<OutOfMemory> for VerifyError {
    fn from(_: OutOfMemory) -> Self {
        VerifyError::Refused(Error::OutOfMemory)
    }
}

/// For functions whose errors are sentences.
impl From<VerifyError> for String {
    fn from(error: VerifyError) -> Self {
        error.to_string()
    }
}

/// Walks one heap from its roots. With the epoch of its old cells it also checks that an old cell that was not written to
/// leads to old cells only.
///
/// # Errors
/// The first thing that is wrong, or that there is no memory for the walk.
///
/// # Safety
/// 1. No mutation and no collection is active. 2. `roots` pushes only pointers into this heap.
pub(crate) unsafe fn verify(
    heap: &Heap,
    epoch: Option<u32>,
    roots: impl FnOnce(&mut Tracer<'_>),
) -> Result<HeapCensus, VerifyError> {
    let mut census = HeapCensus::default();
    let mut known: HashSet<CellPtr> = HashSet::new();
    for block in heap.swept_blocks()? {
        let mut granules = 0;
        let mut listed = Ok(());
        // SAFETY: 1. is the caller's; `swept_blocks` closed the holes and swept what waits.
        unsafe {
            for_each_cell(block, |cell, size| {
                if listed.is_ok() {
                    listed = fallible::insert(&mut known, cell).map(drop);
                }
                census.cells += 1;
                census.bytes += size;
                granules += size / GRANULE;
            });
            listed?;
            let bitmap = block.as_ref().used_granules();
            if granules != bitmap {
                return Err(VerifyError::Bitmap { block: block.addr().get(), cells: granules, bitmap });
            }
        }
    }
    let large = fallible::set(heap.large_cells()?)?;
    for &large in &large {
        fallible::insert(&mut known, cell_of(large))?;
        census.cells += 1;
        // SAFETY: a large cell in the list of its heap is initialised.
        census.bytes += unsafe { large.as_ref() }.size;
    }
    let written = heap.remembered()?;
    let mut seen = HashSet::new();
    let mut marker = Marker::verifying();
    roots(Tracer::of(&mut marker));
    let mut edges = Vec::new();
    take_edges(&mut marker, None, &mut edges)?;
    while let Some((cell, from)) = edges.pop() {
        if !known.contains(&cell) {
            let from = from.map(|vtable: &VTable| (vtable.name)());
            return Err(VerifyError::Dangling { from, to: cell.addr().get() });
        }
        if !fallible::insert(&mut seen, cell)? {
            continue;
        }
        // SAFETY: the cell is known, so its header is there.
        let (vtable, bits) = unsafe { header(cell) };
        let there = if bits & LARGE == 0 {
            let granule = granule_of(cell);
            // SAFETY: the cell is known to be in a block.
            granule >= FIRST && unsafe { block_of(cell).as_ref() }.is_used(granule)
        } else {
            large.contains(&large_of(cell))
        };
        let name = vtable.name;
        if !there {
            return Err(VerifyError::Free { name: name(), at: cell.addr().get() });
        }
        if let Some(trace) = vtable.trace {
            // SAFETY: the cell is alive; 1.: no `&mut` into it is in use.
            unsafe { trace(&[cell], Tracer::of(&mut marker)) };
            let from = edges.len();
            take_edges(&mut marker, Some(vtable), &mut edges)?;
            // SAFETY: the cell is known.
            if let Some(epoch) = epoch.filter(|&epoch| unsafe { is_marked(cell, epoch) }) {
                if bits & LOGGED == 0 {
                    if !written.contains(&cell) {
                        return Err(VerifyError::Forgotten { name: name() });
                    }
                } else if let Some((to, _)) = edges[from..].iter().find(|(to, _)| {
                    // SAFETY: it is known. What is not is found out above, in its turn.
                    known.contains(to) && unsafe { !is_marked(*to, epoch) }
                }) {
                    return Err(VerifyError::YoungEdge { name: name(), to: to.addr().get() });
                }
            }
        }
    }
    census.reachable = seen.len();
    let account = heap.used() - heap.account.external();
    if account != census.bytes {
        return Err(VerifyError::Account { account, cells: census.bytes });
    }
    Ok(census)
}

/// Takes what was traced, as edges of a cell of this type, or of a root.
fn take_edges(
    marker: &mut Marker,
    from: Option<&'static VTable>,
    edges: &mut Vec<(CellPtr, Option<&'static VTable>)>,
) -> Result<(), OutOfMemory> {
    fallible::extend(edges, marker.take_edges().map(|cell| (cell, from)))?;
    if marker.take_overflow() { Err(OutOfMemory) } else { Ok(()) }
}

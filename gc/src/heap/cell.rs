//! What a cell is: one header word, then the payload.
//!
//! ```text
//!  cell start (16-aligned; a Gc points here, so its low four bits are free)
//!  │
//!  ▼ +0                    +8 (or +16 for a payload aligned to 16)
//!  ┌──────────────────────┬────────────────────────────────┬─ ─ ─ ─ ─ ─ ─
//!  │ *const VTable │ bits │ T            (Tail: len, head) │ elements …
//!  └──────────────────────┴────────────────────────────────┴─ ─ ─ ─ ─ ─ ─
//!            LARGE  = 1: the cell stands alone behind a LargeHead, not in a block
//!            KEY    = 4: during marking: a not yet reached key of an ephemeron, whose values wait for it
//!            LOGGED = 2: a write to the cell must tell the collector first (set by the marker, cleared by the barrier)
//! ```
//! Every cell knows its size through its vtable, so a block can be walked from cell to cell without start bits.

use crate::collect::trace::{Trace, Tracer};
use crate::diagnose::inspect::Inspector;
use std::any::TypeId;
use std::cell::Cell;
use std::marker::PhantomData;
use std::ptr::NonNull;

/// The unit of addresses and of bitmaps: every cell starts and ends on one.
pub(crate) const GRANULE: usize = 16;
/// The bytes of the header word.
pub(crate) const HEADER: usize = 8;
/// Header bit: the cell is a large one.
pub(crate) const LARGE: usize = 1;
/// Header bit: the cell is marked, and a write to it is to be remembered.
pub(crate) const LOGGED: usize = 2;
/// Header bit: values wait for the cell to be reached. Set and cleared within one marking.
pub(crate) const KEY: usize = 4;
const BITS: usize = 15;

/// The header word of a cell, at its start.
#[repr(C, align(16))]
pub(crate) struct CellHead {
    // INVARIANT: a `&'static VTable` whose low four address bits carry LARGE and LOGGED.
    word: Cell<*const VTable>,
}

/// A pointer to the start of a cell.
// INVARIANT: derived from the allocation of its block (or of its large cell) and never from a reference, so that it may
// reach the whole block under strict provenance.
pub(crate) type CellPtr = NonNull<CellHead>;

/// What the collector knows of a type. The marker reads the fields at the front.
#[repr(C, align(64))]
pub(crate) struct VTable {
    /// The bytes of the cell without its tail.
    pub(crate) base: u32,
    /// The bytes of one tail element; zero for a cell without a tail.
    pub(crate) stride: u32,
    /// A cell without a tail of less than 64 granules.
    pub(crate) short: bool,
    /// Visits the edges of the cells at the front that have the type of the first one, and returns their number; `None`
    /// for a leaf.
    pub(crate) trace: Option<unsafe fn(&[CellPtr], &mut Tracer<'_>) -> usize>,
    /// Names the edges of the cell; `None` for a leaf.
    pub(crate) inspect: Option<unsafe fn(CellPtr, &mut Inspector<'_>)>,
    /// Drops the payload; `None` when there is nothing to drop.
    pub(crate) drop: Option<unsafe fn(CellPtr)>,
    /// The identity of the type.
    pub(crate) id: TypeId,
    /// Its name, for people.
    pub(crate) name: fn() -> &'static str,
}

/// Where the payload of type `T` starts in its cell.
pub(crate) const fn payload_offset<T>() -> usize {
    let align = align_of::<T>();
    assert!(align <= GRANULE, "a cell is aligned to 16 bytes");
    if align > HEADER { align } else { HEADER }
}

/// The bytes of a cell that holds a `T` without a tail.
pub(crate) const fn cell_size<T>() -> usize {
    (payload_offset::<T>() + size_of::<T>()).next_multiple_of(GRANULE)
}

/// Is a cell that holds a `T` one of less than 64 granules?
pub(crate) const fn is_short<T>() -> bool {
    cell_size::<T>() / GRANULE < 64
}

/// The vtables of the cells that hold a `T`.
pub(crate) struct VTableOf<T>(PhantomData<T>);

impl<T: Trace> VTableOf<T> {
    /// A cell without a tail.
    pub(crate) const PLAIN: &'static VTable = &VTable {
        short: is_short::<T>(),
        trace: if T::NEEDS_TRACE { Some(trace_payloads::<T>) } else { None },
        inspect: if T::NEEDS_TRACE { Some(inspect_payload::<T>) } else { None },
        drop: if std::mem::needs_drop::<T>() { Some(drop_payload::<T>) } else { None },
        base: {
            assert!(cell_size::<T>() <= u32::MAX as usize, "a type of less than 4 GiB");
            cell_size::<T>() as u32
        },
        stride: 0,
        id: TypeId::of::<T::Static>(),
        name: std::any::type_name::<T>,
    };
}

/// # Safety
/// 1. The cells are alive, and the first one holds a `T`. 2. No `&mut` into them is in use.
unsafe fn trace_payloads<T: Trace>(cells: &[CellPtr], tracer: &mut Tracer<'_>) -> usize {
    // SAFETY: 1. and 2. are the caller's.
    unsafe { trace_alike(cells, tracer, |cell, tracer| payload::<T>(cell).as_ref().trace(tracer)) }
}

/// Traces the cells at the front that have the type of the first one; returns their number. Cells come in runs of one type,
/// and a run costs one call through a pointer.
///
/// # Safety
/// 1. The cells are alive. 2. `trace` may be called with the first one, and with others of its vtable.
#[inline(always)]
pub(crate) unsafe fn trace_alike(
    cells: &[CellPtr],
    tracer: &mut Tracer<'_>,
    trace: impl Fn(CellPtr, &mut Tracer<'_>),
) -> usize {
    let Some(&first) = cells.first() else { return 0 };
    // SAFETY: 1. is the caller's.
    let vtable = std::ptr::from_ref(unsafe { header(first) }.0);
    for (at, &cell) in cells.iter().enumerate() {
        // SAFETY: 1. is the caller's.
        if !std::ptr::eq(unsafe { header(cell) }.0, vtable) {
            return at;
        }
        // SAFETY: 1. is the caller's.
        unsafe { tracer.marker.begin_cell(cell) };
        trace(cell, tracer);
    }
    cells.len()
}

/// # Safety
/// 1. `cell` holds an initialised `T`. 2. No `&mut` to it is in use.
unsafe fn inspect_payload<T: Trace>(cell: CellPtr, inspector: &mut Inspector<'_>) {
    // SAFETY: 1. and 2. are the caller's.
    unsafe { payload::<T>(cell).as_ref() }.inspect(inspector);
}

/// # Safety
/// 1. `cell` holds an initialised `T`. 2. Nobody uses it again.
unsafe fn drop_payload<T>(cell: CellPtr) {
    // SAFETY: 1. and 2. are the caller's.
    unsafe { payload::<T>(cell).drop_in_place() };
}

/// The address of the payload.
#[inline(always)]
pub(crate) fn payload<T>(cell: CellPtr) -> NonNull<T> {
    // A wrapping offset needs no obligation here; it stays inside the cell, so the provenance reaches it.
    let at = cell.as_ptr().cast::<u8>().wrapping_add(const { payload_offset::<T>() });
    // SAFETY: a cell is at least `payload_offset` from the end of the address space, so the sum is not null.
    unsafe { NonNull::new_unchecked(at.cast::<T>()) }
}

/// Writes the header of a fresh cell.
///
/// # Safety
/// 1. `at` is the start of an unused cell that the caller owns, valid for writes.
#[inline(always)]
pub(crate) unsafe fn write_header(at: CellPtr, vtable: &'static VTable, bits: usize) {
    let word = std::ptr::from_ref(vtable).map_addr(|a| a | bits);
    // SAFETY: 1. is the caller's.
    unsafe { at.write(CellHead { word: Cell::new(word) }) };
}

/// The header word: the vtable and the bits.
///
/// # Safety
/// 1. `cell` is a cell whose header is written.
#[inline(always)]
pub(crate) unsafe fn header(cell: CellPtr) -> (&'static VTable, usize) {
    // SAFETY: 1. is the caller's; the field is a `Cell` that only the owning thread touches.
    let word = unsafe { (*cell.as_ptr()).word.get() };
    // SAFETY: the invariant of `word`: a vtable pointer with bits in its low four address bits.
    let vtable = unsafe { &*word.map_addr(|a| a & !BITS) };
    (vtable, word.addr() & BITS)
}

/// Sets or clears header bits.
///
/// # Safety
/// 1. `cell` is a cell whose header is written.
#[cold]
pub(crate) unsafe fn change_bits(cell: CellPtr, clear: usize, set: usize) {
    debug_assert!((clear | set) & LARGE == 0, "a cell is large for ever");
    // SAFETY: 1. is the caller's.
    let word = unsafe { &(*cell.as_ptr()).word };
    word.set(word.get().map_addr(|a| a & !clear | set));
}

/// Sets header bits; writes nothing when they are set.
///
/// # Safety
/// 1. `cell` is a cell whose header is written.
#[inline(always)]
pub(crate) unsafe fn set_bits(cell: CellPtr, bits: usize) {
    // SAFETY: 1. is the caller's.
    let word = unsafe { &(*cell.as_ptr()).word };
    let old = word.get();
    if old.addr() & bits != bits {
        word.set(old.map_addr(|a| a | bits));
    }
}

/// The bytes of a cell, a multiple of [`GRANULE`].
///
/// # Safety
/// 1. `cell` is a cell of this vtable with its header, and with its length if it has a tail.
#[inline(always)]
pub(crate) unsafe fn size_of_cell(cell: CellPtr, vtable: &VTable) -> usize {
    if vtable.stride == 0 {
        vtable.base as usize
    } else {
        // SAFETY: 1. is the caller's: a cell with a stride begins its payload with its length.
        let len = unsafe { tail_len(cell).read() };
        tail_size(vtable, len as usize)
    }
}

/// Where a cell with a tail keeps its length: the first field of the payload, which is aligned to at most 8.
#[inline(always)]
pub(crate) fn tail_len(cell: CellPtr) -> NonNull<u32> {
    let at = cell.as_ptr().cast::<u8>().wrapping_add(HEADER).cast::<u32>();
    // SAFETY: as in `payload`.
    unsafe { NonNull::new_unchecked(at) }
}

/// The bytes of a cell of this vtable with `len` tail elements, which were checked to fit.
#[inline(always)]
pub(crate) fn tail_size(vtable: &VTable, len: usize) -> usize {
    (vtable.base as usize + len * vtable.stride as usize).next_multiple_of(GRANULE)
}

/// The vtable of a cell whose construction panicked: `16 + 16 * len` bytes of nothing.
pub(crate) static FILLER: VTable = VTable {
    short: false,
    trace: None,
    inspect: None,
    drop: None,
    base: 16,
    stride: 16,
    id: TypeId::of::<Filler>(),
    name: || "gc::filler",
};

struct Filler;

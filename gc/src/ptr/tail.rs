//! Cells with a tail: a head, then a number of elements that is known when the cell is made.

use super::{Gc, Write};
use crate::collect::mark::CHUNK;
use crate::collect::trace::{Branded, Trace, Tracer};
use crate::collect::trace_impls::Wrapped;
use crate::diagnose::inspect::Inspector;
use crate::heap::alloc::{Heap, MAX_CELL, make_filler};
use crate::heap::cell::{
    CellPtr, GRANULE, HEADER, VTable, payload, tail_len, tail_size, trace_alike, write_header,
};
use crate::{Mutation, OutOfMemory};
use std::any::TypeId;
use std::fmt;
use std::marker::PhantomData;
use std::mem::offset_of;
use std::ops::Deref;
use std::panic::Location;

/// The content of a tail-allocated cell: a head, which it derefs to, and elements behind it.
///
/// It exists only behind a [`Gc`]; the elements are reached through the pointer ([`Gc::tail`]), never through `&Tail`.
#[repr(C)]
pub struct Tail<H, E> {
    len: u32,
    head: H,
    tail: [E; 0],
}

impl<H, E> Tail<H, E> {
    const FITS: () =
        assert!(align_of::<Self>() <= HEADER, "head and elements are aligned to at most 8 bytes");
    const OFFSET: usize = HEADER + offset_of!(Self, tail);

    /// The number of elements.
    #[inline(always)]
    #[expect(clippy::len_without_is_empty, reason = "it derefs to the head, whose `is_empty` it would hide")]
    pub fn len(&self) -> usize {
        self.len as usize
    }
}

impl<H, E> Deref for Tail<H, E> {
    type Target = H;

    #[inline(always)]
    fn deref(&self) -> &H {
        &self.head
    }
}

impl<H: fmt::Debug, E> fmt::Debug for Tail<H, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tail").field("head", &self.head).field("len", &self.len).finish_non_exhaustive()
    }
}

/// The vtables of cells with a tail.
struct TailTable<H, E>(PhantomData<(H, E)>);

impl<H: Trace, E: Trace> TailTable<H, E> {
    const DROPS: bool = std::mem::needs_drop::<H>() || std::mem::needs_drop::<E>();
    const VTABLE: &'static VTable = &VTable {
        short: false,
        trace: if H::NEEDS_TRACE || E::NEEDS_TRACE { Some(trace_tails::<H, E>) } else { None },
        inspect: if H::NEEDS_TRACE || E::NEEDS_TRACE { Some(inspect_tail::<H, E>) } else { None },
        drop: if Self::DROPS { Some(drop_tail::<H, E>) } else { None },
        base: {
            assert!(Tail::<H, E>::OFFSET < 1 << 20, "a head of less than a megabyte");
            // Without a stride nothing rounds the size up later.
            let rounded = Tail::<H, E>::OFFSET.next_multiple_of(GRANULE);
            (if size_of::<E>() == 0 { rounded } else { Tail::<H, E>::OFFSET }) as u32
        },
        stride: {
            assert!(size_of::<E>() < 1 << 20, "elements of less than a megabyte");
            size_of::<E>() as u32
        },
        id: TypeId::of::<<Tail<H, E> as Trace>::Static>(),
        name: std::any::type_name::<Tail<H, E>>,
    };
}

/// Where the elements start.
#[inline(always)]
fn elements<H, E>(cell: CellPtr) -> *mut E {
    cell.as_ptr().cast::<u8>().wrapping_add(Tail::<H, E>::OFFSET).cast()
}

/// # Safety
/// 1. The cells are alive, and the first one is of this vtable. 2. No `&mut` into them is in use.
unsafe fn trace_tails<H: Trace, E: Trace>(cells: &[CellPtr], tracer: &mut Tracer<'_>) -> usize {
    // SAFETY: 1. and 2. are the caller's.
    unsafe { trace_alike(cells, tracer, |cell, tracer| trace_tail::<H, E>(cell, tracer)) }
}

/// # Safety
/// 1. A cell of this vtable, initialised. 2. No `&mut` into it is in use.
#[inline(always)]
unsafe fn trace_tail<H: Trace, E: Trace>(cell: CellPtr, tracer: &mut Tracer<'_>) {
    // SAFETY: 1. and 2. are the caller's.
    unsafe {
        let whole = payload::<Tail<H, E>>(cell);
        whole.as_ref().head.trace(tracer);
        if E::NEEDS_TRACE {
            let len = whole.as_ref().len as usize;
            if len > CHUNK && tracer.marker.push_part(cell, trace_elements::<H, E, CHUNK>) {
                return;
            }
            trace_elements::<H, E, { usize::MAX }>(cell, 0, tracer);
        }
    }
}

/// Traces at most `MOST` elements from `from` on; returns where to go on.
///
/// # Safety
/// 1. A cell of this vtable, initialised. 2. No `&mut` into it is in use.
unsafe fn trace_elements<H: Trace, E: Trace, const MOST: usize>(
    cell: CellPtr,
    from: usize,
    tracer: &mut Tracer<'_>,
) -> Option<usize> {
    // SAFETY: 1. and 2. are the caller's; a length does not change.
    let all = unsafe {
        let len = payload::<Tail<H, E>>(cell).as_ref().len as usize;
        std::slice::from_raw_parts(elements::<H, E>(cell), len)
    };
    let rest = &all[from..];
    let part = &rest[..rest.len().min(MOST)];
    part.iter().for_each(|element| element.trace(tracer));
    (part.len() < rest.len()).then_some(from + part.len())
}

/// # Safety
/// 1. A cell of this vtable, initialised. 2. No `&mut` into it is in use.
unsafe fn inspect_tail<H: Trace, E: Trace>(cell: CellPtr, inspector: &mut Inspector<'_>) {
    // SAFETY: 1. and 2. are the caller's.
    let (head, all) = unsafe {
        let whole = payload::<Tail<H, E>>(cell).as_ref();
        (&whole.head, std::slice::from_raw_parts(elements::<H, E>(cell), whole.len as usize))
    };
    head.inspect(inspector);
    if E::NEEDS_TRACE {
        crate::collect::trace_impls::inspect_elements(all, inspector);
    }
}

/// # Safety
/// 1. A cell of this vtable, initialised. 2. Nobody uses it again.
unsafe fn drop_tail<H, E>(cell: CellPtr) {
    struct Rest<E>(*mut [E]);
    impl<E> Drop for Rest<E> {
        fn drop(&mut self) {
            // SAFETY: the elements of the cell below, dropped once, also when the head's drop panics.
            unsafe { self.0.drop_in_place() }
        }
    }
    // SAFETY: 1. and 2. are the caller's.
    unsafe {
        let whole = payload::<Tail<H, E>>(cell).as_ptr();
        let len = (*whole).len as usize;
        let _rest = Rest(std::ptr::slice_from_raw_parts_mut(elements::<H, E>(cell), len));
        (&raw mut (*whole).head).drop_in_place();
    }
}

/// A cell with a tail on its way: memory, header, length and head are there, elements are coming.
struct Building<H, E> {
    cell: CellPtr,
    size: usize,
    bits: usize,
    done: usize,
    types: PhantomData<(H, E)>,
}

impl<H, E> Building<H, E> {
    #[inline(always)]
    fn finish<'gc>(self) -> Gc<'gc, Tail<H, E>> {
        let cell = self.cell;
        std::mem::forget(self);
        // SAFETY: 1. a cell of this engine, all of it initialised; called from a method of `Mutation<'gc>`.
        unsafe { Gc::from_cell(cell) }
    }
}

impl<H, E> Drop for Building<H, E> {
    /// A panic came between: what was built is dropped, the cell becomes a filler.
    fn drop(&mut self) {
        struct Fill(CellPtr, usize, usize);
        impl Drop for Fill {
            fn drop(&mut self) {
                // SAFETY: 1. the cell being built, whose content is dropped.
                unsafe { make_filler(self.0, self.1, self.2) };
            }
        }
        let _fill = Fill(self.cell, self.size, self.bits);
        // SAFETY: the head and `done` elements are initialised and nobody uses them again.
        unsafe {
            let head = &raw mut (*payload::<Tail<H, E>>(self.cell).as_ptr()).head;
            std::ptr::slice_from_raw_parts_mut(elements::<H, E>(self.cell), self.done).drop_in_place();
            head.drop_in_place();
        }
    }
}

/// Memory, header, length and head.
#[inline(always)]
fn begin<H: Trace, E: Trace>(
    heap: &Heap,
    head: H,
    len: usize,
    at: &'static Location<'static>,
) -> Result<Building<H, E>, OutOfMemory> {
    const { Tail::<H, E>::FITS };
    let vtable = TailTable::<H, E>::VTABLE;
    // Without this bound the size below could overflow; with it a cell is far below `isize::MAX`.
    if len > u32::MAX as usize || len.saturating_mul(size_of::<E>()) > MAX_CELL {
        return Err(OutOfMemory);
    }
    let size = tail_size(vtable, len);
    let (cell, bits) = heap.try_sized(size, vtable, at)?;
    // SAFETY: fresh memory of this size that nobody else knows.
    unsafe {
        write_header(cell, vtable, bits);
        tail_len(cell).write(len as u32);
        (&raw mut (*payload::<Tail<H, E>>(cell).as_ptr()).head).write(head);
    }
    Ok(Building { cell, size, bits, done: 0, types: PhantomData })
}

/// A cell with `len` elements made by `f`.
#[inline]
pub(crate) fn build<'gc, H: Trace, E: Trace>(
    heap: &Heap,
    head: H,
    len: usize,
    mut f: impl FnMut(usize) -> E,
    at: &'static Location<'static>,
) -> Result<Gc<'gc, Tail<H, E>>, OutOfMemory> {
    let mut building = begin::<H, E>(heap, head, len, at)?;
    let place = elements::<H, E>(building.cell);
    for index in 0..len {
        let element = f(index);
        // SAFETY: `len` elements fit behind the head.
        unsafe { place.add(index).write(element) };
        building.done = index + 1;
    }
    Ok(building.finish())
}

/// A cell with a copy of `source`.
#[inline]
pub(crate) fn build_copy<'gc, H: Trace, E: Trace + Copy>(
    heap: &Heap,
    head: H,
    source: &[E],
    at: &'static Location<'static>,
) -> Result<Gc<'gc, Tail<H, E>>, OutOfMemory> {
    let building = begin::<H, E>(heap, head, source.len(), at)?;
    let place = elements::<H, E>(building.cell);
    // SAFETY: the elements fit behind the head; the cell is fresh, so it does not overlap the source.
    unsafe { place.copy_from_nonoverlapping(source.as_ptr(), source.len()) };
    Ok(building.finish())
}

/// A cell with `len` times `element`.
#[inline]
pub(crate) fn build_fill<'gc, H: Trace, E: Trace + Copy>(
    heap: &Heap,
    head: H,
    len: usize,
    element: E,
    at: &'static Location<'static>,
) -> Result<Gc<'gc, Tail<H, E>>, OutOfMemory> {
    let building = begin::<H, E>(heap, head, len, at)?;
    let place = elements::<H, E>(building.cell);
    for index in 0..len {
        // SAFETY: `len` elements fit behind the head. The compiler makes this a memset, or vector stores.
        unsafe { place.add(index).write(element) };
    }
    Ok(building.finish())
}

impl<'gc, H, E> Gc<'gc, Tail<H, E>> {
    /// The elements, for the rest of the mutation.
    #[inline(always)]
    pub fn tail(self) -> &'gc [E]
    where
        E: 'gc,
    {
        // SAFETY: `len` elements are initialised behind the head; only `&` to them are handed out.
        unsafe { std::slice::from_raw_parts(self.tail_ptr(), tail_len(self.cell()).read() as usize) }
    }

    /// Where the elements start, with the provenance of the cell.
    #[inline(always)]
    pub fn tail_ptr(self) -> *const E {
        elements::<H, E>(self.cell())
    }

    /// Leave to change the elements: the write barrier, then the elements as [`Write`].
    #[inline(always)]
    pub fn write_tail(mc: &Mutation<'gc>, gc: Self) -> &'gc Write<[E]>
    where
        E: 'gc,
    {
        mc.barrier(gc.erase());
        // SAFETY: 1. the barrier ran for the cell that holds the elements.
        unsafe { Write::assume(gc.tail()) }
    }
}

// SAFETY: 1. reached only through `trace_tail`, since a `Tail` exists only in cells made here; that one traces head and
// elements in place. 2. as the parts. 3. drop glue of the parts. 4. kind and identities of the parts. 5. as the parts.
unsafe impl<H: Trace, E: Trace> Trace for Tail<H, E> {
    type Static = Wrapped<Tail<(), ()>, PhantomData<H::Static>, PhantomData<E::Static>>;
    const NEEDS_TRACE: bool = H::NEEDS_TRACE || E::NEEDS_TRACE;
    const HAS_TAIL: bool = true;

    fn trace(&self, tracer: &mut Tracer<'_>) {
        self.head.trace(tracer);
    }

    fn vtable_address() -> usize {
        std::ptr::from_ref(TailTable::<H, E>::VTABLE).addr()
    }
}

// SAFETY: 1. as the parts.
unsafe impl<'gc, H: Branded<'gc>, E: Branded<'gc>> Branded<'gc> for Tail<H, E> {}

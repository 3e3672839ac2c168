//! Pointers into the heap: `Gc`, `GcAny`, `Weak`, `WeakMap`, tails, and the write barrier.

mod any;
pub(crate) mod barrier;
mod ephemeron;
mod tail;
pub(crate) mod weak;

pub use any::GcAny;
pub use barrier::{Lock, RefLock, Write};
pub use ephemeron::WeakMap;
pub use tail::Tail;
pub(crate) use tail::{build, build_copy, build_fill};
pub use weak::Weak;

use crate::Mutation;
use crate::collect::trace::{Branded, Trace, Tracer};
use crate::heap::alloc::Heap;
use crate::heap::cell::{CellHead, CellPtr, LOGGED, header, payload};
use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::ptr::NonNull;

/// A pointer to a value in the heap, as `Copy` and as cheap as a reference, for the time of one mutation.
///
/// The brand `'gc` is invariant and exists only inside [`Engine::mutate`](crate::Engine::mutate), so a `Gc` cannot
/// leave it but through the root, the heap, or a [`Handle`](crate::Handle).
///
/// The pointer is that of the cell (a header word, then the value), aligned to 16: its low four bits are free for tags.
// INVARIANT: points to a cell of the engine whose mutation has the brand `'gc`, with a `T` in it; the cell lives at
// least as long as the mutation, since no mutation collects.
pub struct Gc<'gc, T> {
    cell: CellPtr,
    brand: Invariant<'gc>,
    value: PhantomData<*const T>,
}

/// A brand: equal to itself only.
pub(crate) type Invariant<'gc> = PhantomData<Cell<&'gc ()>>;

impl<T> Clone for Gc<'_, T> {
    #[inline(always)]
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Gc<'_, T> {}

impl<'gc, T> Gc<'gc, T> {
    /// # Safety
    /// 1. The invariant of the type.
    #[inline(always)]
    pub(crate) unsafe fn from_cell(cell: CellPtr) -> Self {
        Gc { cell, brand: PhantomData, value: PhantomData }
    }

    #[inline(always)]
    pub(crate) fn cell(self) -> CellPtr {
        self.cell
    }

    /// The value, for the rest of the mutation.
    #[inline(always)]
    #[expect(
        clippy::should_implement_trait,
        reason = "the lifetime is that of the mutation, not that of the pointer"
    )]
    pub fn as_ref(self) -> &'gc T
    where
        T: 'gc,
    {
        // SAFETY: the invariant: a `T` is there as long as the mutation, and only `&` to it are handed out.
        unsafe { payload::<T>(self.cell).as_ref() }
    }

    /// Are the two the same cell?
    #[inline(always)]
    pub fn ptr_eq(self, other: Gc<'gc, T>) -> bool {
        self.cell == other.cell
    }

    /// The address of the cell, aligned to 16, with the provenance of the whole cell: what a NaN box holds.
    #[inline(always)]
    pub fn as_ptr(self) -> *const () {
        self.cell.as_ptr().cast_const().cast()
    }

    /// The pointer that [`as_ptr`](Self::as_ptr) gave.
    ///
    /// # Safety
    /// 1. `at` came from `as_ptr` of a `Gc<T>` (any brand) of the same engine. 2. That cell was not collected since:
    ///    it was reachable at every collection between.
    #[inline(always)]
    pub unsafe fn from_ptr(at: *const ()) -> Self {
        // SAFETY: 1. is the caller's: a cell is not at address zero.
        let cell = unsafe { NonNull::new_unchecked(at.cast_mut().cast::<CellHead>()) };
        // SAFETY: 1. and 2. are the caller's.
        unsafe { Gc::from_cell(cell) }
    }

    /// The pointer without its type.
    #[inline(always)]
    pub fn erase(self) -> GcAny<'gc> {
        // SAFETY: the same cell, the same brand.
        unsafe { GcAny::from_cell(self.cell) }
    }

    /// Leave to change what is in the cell: the write barrier, then the value as [`Write`].
    #[inline(always)]
    pub fn write(mc: &Mutation<'gc>, gc: Self) -> &'gc Write<T>
    where
        T: 'gc,
    {
        mc.barrier(gc.erase());
        // SAFETY: 1. the barrier ran for the cell that holds the value.
        unsafe { Write::assume(gc.as_ref()) }
    }

    /// Changes one field: `gc.set(mc, |node| &node.next, value)`.
    #[inline(always)]
    pub fn set<F: Copy + 'gc>(
        self,
        mc: &Mutation<'gc>,
        field: impl for<'a> FnOnce(&'a T) -> &'a Lock<F>,
        value: F,
    ) where
        T: 'gc,
    {
        Gc::write(mc, self).project(field).set(value);
    }
}

/// A cell that a finalizer queue gives out.
pub(crate) fn finalizable<'gc>(cell: CellPtr) -> GcAny<'gc> {
    // SAFETY: 1. called by a method of `Mutation<'gc>` with a cell of its engine, which the queue kept until now.
    unsafe { GcAny::from_cell(cell) }
}

/// The barrier: one load, one test. A cell that is marked is remembered, once, to be traced again: by the slices of an
/// incremental marking, or by the next minor collection.
#[inline(always)]
pub(crate) fn barrier(heap: &Heap, gc: GcAny<'_>) {
    // SAFETY: the invariant of `GcAny`: a cell that is there.
    if unsafe { header(gc.cell()).1 } & LOGGED != 0 {
        heap.remember(gc.cell());
    }
}

impl<T> Deref for Gc<'_, T> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: as in `as_ref`, for a shorter time.
        unsafe { payload::<T>(self.cell).as_ref() }
    }
}

impl<T> fmt::Debug for Gc<'_, T> {
    /// Shows the address: the graph may be deep, or a cycle.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Gc({:?})", self.cell)
    }
}

// SAFETY: 1. the pointer is visited. 2. it is a `Gc`. 3. no drop glue. 4. as `T`, which any type it points to has. 5. it
// is changed only where it stands.
unsafe impl<T: Trace> Trace for Gc<'_, T> {
    type Static = Gc<'static, PhantomData<T::Static>>;

    #[inline(always)]
    fn trace(&self, tracer: &mut Tracer<'_>) {
        // SAFETY: 1. the invariant of `Gc`.
        unsafe { tracer.visit_typed::<T>(self.cell) };
    }
}

// SAFETY: 1. its own brand is `'gc`, and so is that of `T`.
unsafe impl<'gc, T: Branded<'gc>> Branded<'gc> for Gc<'gc, T> {}

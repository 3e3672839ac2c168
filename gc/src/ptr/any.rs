//! A pointer without its type, and the way back.

use super::{Gc, Invariant};
use crate::collect::trace::{Branded, Trace, Tracer};
use crate::heap::cell::{CellHead, CellPtr, header};
use std::any::TypeId;
use std::fmt;
use std::marker::PhantomData;
use std::ptr::NonNull;

/// A [`Gc`] of some type.
///
/// ```
/// # let ctx = gc::Context::open(gc::Config::default())?;
/// # struct R; impl gc::Rootable for R { type Root<'gc> = (); }
/// # let mut engine = ctx.engine::<R>(gc::EngineConfig::default(), |_| ())?;
/// engine.mutate(|mc, _| {
///     let any = mc.alloc(7u32).erase();
///     assert!(any.downcast::<String>().is_none());
///     assert_eq!(*any.downcast::<u32>().unwrap(), 7);
/// });
/// # Ok::<(), gc::Error>(())
/// ```
// INVARIANT: that of `Gc`, for the type its vtable names.
#[derive(Clone, Copy)]
pub struct GcAny<'gc> {
    cell: CellPtr,
    brand: Invariant<'gc>,
}

impl<'gc> GcAny<'gc> {
    /// # Safety
    /// 1. The invariant of the type.
    #[inline(always)]
    pub(crate) unsafe fn from_cell(cell: CellPtr) -> Self {
        GcAny { cell, brand: PhantomData }
    }

    #[inline(always)]
    pub(crate) fn cell(self) -> CellPtr {
        self.cell
    }

    /// Is the value a `T`?
    #[inline(always)]
    pub fn is<T: Branded<'gc>>(self) -> bool {
        // SAFETY: the invariant: a cell that is there.
        let (vtable, _) = unsafe { header(self.cell) };
        // The vtable of one type may exist more than once, so a difference says nothing.
        std::ptr::from_ref(vtable).addr() == T::vtable_address() || vtable.id == TypeId::of::<T::Static>()
    }

    /// The pointer, if the value is a `T`.
    #[inline(always)]
    pub fn downcast<T: Branded<'gc>>(self) -> Option<Gc<'gc, T>> {
        // SAFETY: 1. the cell holds a type of the same `Static` as `T`, so one that differs in lifetimes only; both are
        // `Branded<'gc>`, the one since it was allocated, so they are the same.
        self.is::<T>().then(|| unsafe { Gc::from_cell(self.cell) })
    }

    /// The name of the type of the value, for people.
    pub fn type_name(self) -> &'static str {
        // SAFETY: the invariant: a cell that is there.
        (unsafe { header(self.cell) }.0.name)()
    }

    /// Are the two the same cell?
    #[inline(always)]
    pub fn ptr_eq(self, other: GcAny<'gc>) -> bool {
        self.cell == other.cell
    }

    /// As [`Gc::as_ptr`].
    #[inline(always)]
    pub fn as_ptr(self) -> *const () {
        self.cell.as_ptr().cast_const().cast()
    }

    /// As [`Gc::from_ptr`].
    ///
    /// # Safety
    /// 1. `at` came from `as_ptr` of a `Gc` or `GcAny` (any brand) of the same engine. 2. That cell was not collected
    ///    since.
    #[inline(always)]
    pub unsafe fn from_ptr(at: *const ()) -> Self {
        // SAFETY: 1. is the caller's: a cell is not at address zero.
        let cell = unsafe { NonNull::new_unchecked(at.cast_mut().cast::<CellHead>()) };
        // SAFETY: 1. and 2. are the caller's.
        unsafe { GcAny::from_cell(cell) }
    }
}

impl fmt::Debug for GcAny<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GcAny({} {:?})", self.type_name(), self.cell)
    }
}

// SAFETY: as for `Gc`.
unsafe impl Trace for GcAny<'_> {
    type Static = GcAny<'static>;

    #[inline(always)]
    fn trace(&self, tracer: &mut Tracer<'_>) {
        tracer.visit_cell(self.cell);
    }
}

// SAFETY: 1. its brand is `'gc`.
unsafe impl<'gc> Branded<'gc> for GcAny<'gc> {}

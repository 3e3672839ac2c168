//! The contract between a type and the collector.

use super::mark::Marker;
use crate::diagnose::inspect::Inspector;
use crate::heap::cell::{CellPtr, VTableOf, cell_size, is_short};
use crate::ptr::{Gc, GcAny};
use std::marker::PhantomData;

/// A type whose values may live in the heap or in a root: the collector can find every [`Gc`] in it.
///
/// Derive it. The derive refuses what would be unsound: types that implement `Drop`, more than one lifetime, skipped
/// fields that are not `'static`.
///
/// # Safety
/// 1. `trace` visits every `Gc` and [`Weak`](crate::Weak) that a use of the value can reach without passing through
///    another `Gc`; in place, not in a copy of it.
/// 2. `NEEDS_TRACE` is false only if there is none.
/// 3. The drop glue of the type does not look at a `Gc`; the type itself does not implement `Drop`.
/// 4. `Static` names this type: two types of the same `Static` differ in lifetimes only.
/// 5. A value changes what it reaches, weakly too, only through [`Write`](crate::Write), through `&mut`, or by
///    [`Mutation::barrier`](crate::Mutation::barrier) before the change; a `Weak` may be cleared without.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be traced by the collector",
    note = "derive it with `#[derive(gc::Trace)]`; hold changing `Gc`s in `gc::Lock` or `gc::RefLock`, not in `Cell` or `RefCell`"
)]
pub unsafe trait Trace {
    /// The identity of the type, without its lifetime.
    type Static: ?Sized + 'static;

    /// False for types that hold no `Gc`.
    const NEEDS_TRACE: bool = true;

    /// Visits every `Gc` in the value.
    fn trace(&self, tracer: &mut Tracer<'_>);

    /// Visits every `Gc` in the value, and says where it is: for retaining paths and heap snapshots. What is not named is
    /// reported all the same.
    fn inspect(&self, inspector: &mut Inspector<'_>) {
        inspector.trace(|tracer| self.trace(tracer));
    }

    /// Called on the root of an engine after marking and before anything is freed, so that it can prune tables that
    /// hold [`Weak`](crate::Weak)s: dead ones are cleared already. Not called on cells.
    fn after_mark(&mut self, alive: &Liveness<'_>) {
        let _ = alive;
    }

    /// Has a cell that holds this a length of its own?
    #[doc(hidden)]
    const HAS_TAIL: bool = false;

    /// The address of a vtable that no cell of another type has.
    #[doc(hidden)]
    #[inline(always)]
    fn vtable_address() -> usize
    where
        Self: Sized,
    {
        std::ptr::from_ref(VTableOf::<Self>::PLAIN).addr()
    }
}

/// A type that carries no other brand than `'gc`, and so may be allocated, resolved and downcast in a mutation of it.
///
/// Emitted by `derive(Trace)`. Without it, a `Foo<'static>` could be allocated, be downcast to `Foo<'gc>`, be given a
/// `Gc<'gc, _>`, and carry that out of the mutation as a `Gc<'static, _>`.
///
/// # Safety
/// 1. Every lifetime in the type that a `Gc` depends on is `'gc`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not branded by this mutation",
    note = "a type with a lifetime is allocated with the `'gc` of the mutation, and no other"
)]
pub unsafe trait Branded<'gc>: Trace {}

/// Where `trace` reports what it finds.
// A marker seen from `trace`, and not a pointer to one: `trace` would load it at each push.
#[derive(Debug)]
#[repr(transparent)]
pub struct Tracer<'a> {
    pub(crate) marker: Marker,
    borrowed: PhantomData<&'a mut Marker>,
}

impl<'a> Tracer<'a> {
    /// The marker, as `trace` sees it.
    #[inline(always)]
    pub(crate) fn of(marker: &'a mut Marker) -> &'a mut Tracer<'a> {
        // SAFETY: a transparent wrapper, borrowed for as long.
        unsafe { &mut *std::ptr::from_mut(marker).cast() }
    }
}

impl Tracer<'_> {
    /// Reports a pointer.
    #[inline]
    pub fn visit(&mut self, gc: GcAny<'_>) {
        self.marker.push(gc.cell());
    }

    /// Reports a pointer to a cell of the type `T`.
    ///
    /// # Safety
    /// 1. It is one, alive.
    #[inline(always)]
    pub(crate) unsafe fn visit_typed<T: Trace>(&mut self, cell: CellPtr) {
        if const { T::HAS_TAIL || !is_short::<T>() } {
            return self.marker.push(cell);
        }
        // SAFETY: 1. is the caller's: a cell without a tail has the size of its type, and this one lies in a block.
        unsafe { self.marker.visit(cell, const { cell_size::<T>() }, T::NEEDS_TRACE) };
    }

    #[inline]
    pub(crate) fn visit_cell(&mut self, cell: CellPtr) {
        self.marker.push(cell);
    }
}

/// What survived, asked between marking and sweeping.
#[derive(Debug)]
pub struct Liveness<'a> {
    epoch: u32,
    marker: PhantomData<&'a Marker>,
}

impl Liveness<'_> {
    pub(crate) fn new(epoch: u32) -> Self {
        Liveness { epoch, marker: PhantomData }
    }

    /// Was the cell reached?
    pub fn is_alive<T>(&self, gc: Gc<'_, T>) -> bool {
        self.is_alive_any(gc.erase())
    }

    /// Was the cell reached?
    pub fn is_alive_any(&self, gc: GcAny<'_>) -> bool {
        // SAFETY: between marking and sweeping nothing is freed, so every `Gc` there is points to a cell.
        unsafe { super::mark::is_marked(gc.cell(), self.epoch) }
    }
}

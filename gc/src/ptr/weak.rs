//! A pointer that does not keep its cell alive.

use super::{Gc, Invariant};
use crate::Mutation;
use crate::collect::trace::{Branded, Trace, Tracer};
use crate::diagnose::inspect::Inspector;
use crate::heap::cell::CellPtr;
use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;

/// A pointer that a collection clears when nothing else reaches the cell.
///
/// It may stand anywhere in traced data: in a cell, in a `Vec` in a cell, in a table in the root.
// INVARIANT: as `Gc`, or `None`: a collection clears every `Weak` it reached whose cell it did not reach, before it frees.
#[repr(transparent)]
pub struct Weak<'gc, T> {
    cell: Cell<Option<CellPtr>>,
    brand: Invariant<'gc>,
    value: PhantomData<*const T>,
}

impl<'gc, T> Weak<'gc, T> {
    /// A weak pointer to the cell.
    pub fn new(gc: Gc<'gc, T>) -> Self {
        Weak { cell: Cell::new(Some(gc.cell())), brand: PhantomData, value: PhantomData }
    }

    /// A weak pointer to nothing.
    pub fn empty() -> Self {
        Weak { cell: Cell::new(None), brand: PhantomData, value: PhantomData }
    }

    /// The cell, if it is still there; it stays until the mutation ends.
    #[inline]
    pub fn get(&self, mc: &Mutation<'gc>) -> Option<Gc<'gc, T>> {
        // The mutation is asked for so that a later, incremental collector hears of the cell coming back.
        let _ = mc;
        // SAFETY: 1. the invariant.
        self.cell.get().map(|cell| unsafe { Gc::from_cell(cell) })
    }

    /// Forgets the cell. Needs no barrier: nothing new is reached.
    pub fn clear(&self) {
        self.cell.set(None);
    }

    /// Is the cell gone, or was there none?
    pub fn is_cleared(&self) -> bool {
        self.cell.get().is_none()
    }
}

impl<T> Clone for Weak<'_, T> {
    fn clone(&self) -> Self {
        Weak { cell: self.cell.clone(), brand: PhantomData, value: PhantomData }
    }
}

impl<T> Default for Weak<'_, T> {
    fn default() -> Self {
        Weak::empty()
    }
}

impl<T> fmt::Debug for Weak<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Weak({:?})", self.cell.get())
    }
}

// SAFETY: 1. the place is registered. 2. it is a `Weak`. 3. no drop glue. 4. as `Gc`. 5. it is a `Weak`.
unsafe impl<T: Trace> Trace for Weak<'_, T> {
    type Static = Weak<'static, PhantomData<T::Static>>;

    #[inline]
    fn trace(&self, tracer: &mut Tracer<'_>) {
        tracer.marker.push_weak(&self.cell);
    }

    fn inspect(&self, inspector: &mut Inspector<'_>) {
        if let Some(cell) = self.cell.get() {
            inspector.weak_cell(cell);
        }
    }
}

// SAFETY: 1. its own brand is `'gc`, and so is that of `T`.
unsafe impl<'gc, T: Branded<'gc>> Branded<'gc> for Weak<'gc, T> {}

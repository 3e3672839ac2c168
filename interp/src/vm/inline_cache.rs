//! Inline caches: what a place in the code saw last, and how to get there at once.
//!
//! They belong to an engine, not to the code, and hold shapes and holders weakly. A cache is empty,
//! or knows one shape; the slow path refills it. What goes through prototypes is good only while the
//! engine's prototype epoch stands still (every change of a prototype's properties moves it).

use std::cell::UnsafeCell;

use gc::{Branded, Trace, Tracer, Weak};

use crate::object::ObjectCell;
use crate::object::shape::Shape;

/// What an inline cache knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum IcKind {
    /// Nothing.
    Empty,
    /// An own data property in an inline slot.
    OwnInline,
    /// An own data property in the slots cell.
    OwnOutline,
    /// A data property of a prototype.
    Proto,
    /// Assignment adds a property in an inline slot.
    AddInline,
    /// A global lexical binding: `holder` is its cell object.
    Lexical,
}

/// An inline cache.
#[derive(Debug)]
pub struct Ic<'gc> {
    pub(crate) shape: Weak<'gc, Shape<'gc>>,
    pub(crate) holder: Weak<'gc, ObjectCell<'gc>>,
    pub(crate) target: Weak<'gc, Shape<'gc>>,
    pub(crate) slot: u32,
    pub(crate) epoch: u32,
    pub(crate) kind: IcKind,
}

impl Default for Ic<'_> {
    fn default() -> Self {
        Ic {
            shape: Weak::empty(),
            holder: Weak::empty(),
            target: Weak::empty(),
            slot: 0,
            epoch: 0,
            kind: IcKind::Empty,
        }
    }
}

/// The inline caches of a function.
// INVARIANT: nobody holds a reference into a cache across a call that may use the table.
#[derive(Debug)]
pub struct IcTable<'gc>(Box<[UnsafeCell<Ic<'gc>>]>);

impl<'gc> IcTable<'gc> {
    /// Empty caches.
    pub(crate) fn new(n: usize) -> IcTable<'gc> {
        IcTable((0..n).map(|_| UnsafeCell::default()).collect())
    }
    /// The first one, for the dispatch loop.
    pub(crate) fn first(&self) -> *mut Ic<'gc> {
        UnsafeCell::raw_get(self.0.as_ptr())
    }
}

// SAFETY: 1. every `Weak` is visited in place. 2. there are some. 3. no drop glue looks at them.
// 4. the identity is the type's own. 5. only `Weak`s change.
unsafe impl Trace for IcTable<'_> {
    type Static = IcTable<'static>;

    fn trace(&self, tracer: &mut Tracer<'_>) {
        for ic in &self.0 {
            // SAFETY: the invariant: no mutation is active while the collector runs.
            let ic = unsafe { &*ic.get() };
            if ic.kind != IcKind::Empty {
                ic.shape.trace(tracer);
                ic.holder.trace(tracer);
                ic.target.trace(tracer);
            }
        }
    }
}

// SAFETY: 1. its only brand is `'gc`.
unsafe impl<'gc> Branded<'gc> for IcTable<'gc> {}

/// Refills a cache; a null one is none.
#[inline]
pub(crate) fn fill<'gc>(ic: *mut Ic<'gc>, with: impl FnOnce(&mut Ic<'gc>)) {
    if !ic.is_null() {
        // SAFETY: the pointer is a cache of the running code (the dispatch loop passes no other),
        // and the table's invariant: nobody else holds a reference into it now.
        with(unsafe { &mut *ic });
    }
}

//! The write barrier as a type: what is in the heap changes only through [`Write`].
//!
//! `Gc::write` runs the barrier of the cell and hands out `&Write<T>`. From there one goes to the field by
//! [`Write::project`], and a [`Lock`] or [`RefLock`] behind a `Write` may be set. There is one projection mechanism, and
//! no macro; why it is sound is proved in `DESIGN.md`.

use crate::collect::trace::{Branded, Trace, Tracer};
use crate::diagnose::inspect::Inspector;
use std::cell::{BorrowError, BorrowMutError, Cell, Ref, RefCell, RefMut};
use std::fmt;
use std::ops::{Deref, Index};

/// A value in a cell for which the write barrier ran in this mutation.
// INVARIANT: the bytes of the value belong to one cell (or to memory that the cell owns alone), and the barrier of that
// cell ran in this mutation.
#[repr(transparent)]
pub struct Write<T: ?Sized>(T);

impl<T: ?Sized> Write<T> {
    /// # Safety
    /// 1. The invariant of the type.
    #[inline(always)]
    pub(crate) unsafe fn assume(value: &T) -> &Self {
        // SAFETY: `Write` is a transparent wrapper, so the reference has the same layout and the same metadata.
        unsafe { &*(std::ptr::from_ref(value) as *const Self) }
    }

    /// From a value that one has alone: in the root, or not in the heap yet, or behind a leave that was given already.
    #[inline(always)]
    pub fn from_mut(value: &mut T) -> &Self {
        // SAFETY: 1. a `&mut` into a cell comes only from a `RefLock` behind a `Write`, so its barrier ran.
        unsafe { Write::assume(value) }
    }

    /// From a value to a part of it. The part must lie inside the value: `f` picks a field, an array element, the
    /// content of an enum variant. The check compares two constants and goes away when `f` is inlined.
    ///
    /// ```
    /// # use gc::{Gc, Lock, Trace};
    /// #[derive(Trace)]
    /// struct Node<'gc> { next: Lock<Option<Gc<'gc, Node<'gc>>>> }
    /// # let ctx = gc::Context::open(gc::Config::default())?;
    /// # struct R; impl gc::Rootable for R { type Root<'gc> = (); }
    /// # let mut engine = ctx.engine::<R>(gc::EngineConfig::default(), |_| ())?;
    /// engine.mutate(|mc, _| {
    ///     let node = mc.alloc(Node { next: Lock::new(None) });
    ///     Gc::write(mc, node).project(|node| &node.next).set(Some(node));
    /// });
    /// # Ok::<(), gc::Error>(())
    /// ```
    ///
    /// # Panics
    /// When the part is not inside the value, as behind a `Box` or a `Vec` ([`as_slice`](Write::as_slice)).
    #[inline(always)]
    pub fn project<F: ?Sized>(&self, f: impl for<'a> FnOnce(&'a T) -> &'a F) -> &Write<F> {
        let part = f(&self.0);
        let whole_start = std::ptr::from_ref(&self.0).cast::<u8>().addr();
        let part_start = std::ptr::from_ref(part).cast::<u8>().addr();
        let offset = part_start.wrapping_sub(whole_start);
        let (whole, len) = (size_of_val(&self.0), size_of_val(part));
        if offset > whole || len > whole - offset {
            outside();
        }
        // SAFETY: 1. the part lies inside the bytes of the value, so it belongs to the same cell.
        unsafe { Write::assume(part) }
    }
}

#[cold]
#[inline(never)]
fn outside() -> ! {
    panic!("`Write::project` led out of the value")
}

/// Reading needs no leave.
impl<T: ?Sized> Deref for Write<T> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> Index<usize> for Write<[T]> {
    type Output = Write<T>;

    #[inline(always)]
    fn index(&self, index: usize) -> &Write<T> {
        // SAFETY: 1. an element lies inside the slice.
        unsafe { Write::assume(&self.0[index]) }
    }
}

impl<T> Write<[T]> {
    /// The element, if there is one.
    #[inline(always)]
    pub fn get(&self, index: usize) -> Option<&Write<T>> {
        // SAFETY: 1. an element lies inside the slice.
        self.0.get(index).map(|value| unsafe { Write::assume(value) })
    }

    /// The elements.
    pub fn iter(&self) -> impl Iterator<Item = &Write<T>> {
        // SAFETY: 1. an element lies inside the slice.
        self.0.iter().map(|value| unsafe { Write::assume(value) })
    }
}

impl<T> Write<Vec<T>> {
    /// The elements, which the vector, and so the cell, owns alone.
    #[inline(always)]
    pub fn as_slice(&self) -> &Write<[T]> {
        // SAFETY: 1. memory that the cell owns alone.
        unsafe { Write::assume(self.0.as_slice()) }
    }
}

impl<T: ?Sized> Write<Box<T>> {
    /// The content, which the box, and so the cell, owns alone.
    #[inline(always)]
    pub fn unbox(&self) -> &Write<T> {
        // SAFETY: 1. memory that the cell owns alone.
        unsafe { Write::assume(&*self.0) }
    }
}

/// A `Copy` value in the heap that may change: a `Cell` that everyone reads and only a [`Write`] sets.
#[repr(transparent)]
pub struct Lock<T: Copy>(Cell<T>);

impl<T: Copy> Lock<T> {
    /// A lock on the value.
    #[inline(always)]
    pub const fn new(value: T) -> Self {
        Lock(Cell::new(value))
    }

    /// The value.
    #[inline(always)]
    pub fn get(&self) -> T {
        self.0.get()
    }

    /// The value in place: who has a `&mut` owns it, or has leave already.
    pub fn get_mut(&mut self) -> &mut T {
        self.0.get_mut()
    }

    /// The value.
    pub fn into_inner(self) -> T {
        self.0.into_inner()
    }
}

impl<T: Copy> Write<Lock<T>> {
    /// Changes the value.
    #[inline(always)]
    pub fn set(&self, value: T) {
        self.0.0.set(value);
    }

    /// Changes the value and returns the old one.
    #[inline(always)]
    pub fn replace(&self, value: T) -> T {
        self.0.0.replace(value)
    }
}

impl<T: Copy + Default> Default for Lock<T> {
    fn default() -> Self {
        Lock::new(T::default())
    }
}

impl<T: Copy + fmt::Debug> fmt::Debug for Lock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Lock").field(&self.get()).finish()
    }
}

// SAFETY: 1. the value is traced in place: nothing writes to it while no mutation is active. 2. as `T`. 3. as `T`. 4. as
// `T`, wrapped. 5. it changes through `Write` or `&mut` only.
unsafe impl<T: Copy + Trace> Trace for Lock<T> {
    type Static = crate::collect::trace_impls::Wrapped<Lock<()>, T::Static>;
    const NEEDS_TRACE: bool = T::NEEDS_TRACE;

    #[inline(always)]
    fn trace(&self, tracer: &mut Tracer<'_>) {
        // SAFETY: the collector runs alone; `trace` does not write but to `Weak`s, which are cells themselves.
        unsafe { &*self.0.as_ptr() }.trace(tracer);
    }

    fn inspect(&self, inspector: &mut Inspector<'_>) {
        self.get().inspect(inspector);
    }
}

// SAFETY: 1. as `T`.
unsafe impl<'gc, T: Copy + Branded<'gc>> Branded<'gc> for Lock<T> {}

/// A value in the heap that may change in place: a `RefCell` that everyone borrows and only a [`Write`] borrows mutably.
pub struct RefLock<T>(RefCell<T>);

impl<T> RefLock<T> {
    /// A lock on the value.
    pub const fn new(value: T) -> Self {
        RefLock(RefCell::new(value))
    }

    /// The value.
    ///
    /// # Panics
    /// When it is mutably borrowed.
    #[inline]
    pub fn borrow(&self) -> Ref<'_, T> {
        self.0.borrow()
    }

    /// The value, unless it is mutably borrowed.
    pub fn try_borrow(&self) -> Result<Ref<'_, T>, BorrowError> {
        self.0.try_borrow()
    }

    /// The value in place: who has a `&mut` owns it, or has leave already.
    pub fn get_mut(&mut self) -> &mut T {
        self.0.get_mut()
    }

    /// The value.
    pub fn into_inner(self) -> T {
        self.0.into_inner()
    }
}

impl<T> Write<RefLock<T>> {
    /// The value, to be changed.
    ///
    /// # Panics
    /// When it is borrowed.
    #[inline]
    pub fn borrow_mut(&self) -> RefMut<'_, T> {
        self.0.0.borrow_mut()
    }

    /// The value, to be changed, unless it is borrowed.
    pub fn try_borrow_mut(&self) -> Result<RefMut<'_, T>, BorrowMutError> {
        self.0.0.try_borrow_mut()
    }
}

impl<T: Default> Default for RefLock<T> {
    fn default() -> Self {
        RefLock::new(T::default())
    }
}

impl<T: fmt::Debug> fmt::Debug for RefLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("RefLock").field(&self.0).finish()
    }
}

// SAFETY: as for `Lock`; a borrow that was forgotten marks it as borrowed, but nobody uses it any more.
unsafe impl<T: Trace> Trace for RefLock<T> {
    type Static = crate::collect::trace_impls::Wrapped<RefLock<()>, T::Static>;
    const NEEDS_TRACE: bool = T::NEEDS_TRACE;

    #[inline]
    fn trace(&self, tracer: &mut Tracer<'_>) {
        // SAFETY: no mutation is active, so no borrow is in use.
        unsafe { &*self.0.as_ptr() }.trace(tracer);
    }

    fn inspect(&self, inspector: &mut Inspector<'_>) {
        // SAFETY: as above.
        unsafe { &*self.0.as_ptr() }.inspect(inspector);
    }
}

// SAFETY: 1. as `T`.
unsafe impl<'gc, T: Branded<'gc>> Branded<'gc> for RefLock<T> {}

//! Slots: windows of values, last in, first out, for a root: the registers of an interpreter's frames.
//!
//! What is above the topmost window is no root, so a value that a frame left behind keeps nothing. Windows lie in one
//! vector, which grows only when one is pushed, and no borrow of a window lives then. There is no barrier: a root is traced
//! anew at each collection.

use crate::OutOfMemory;
use crate::collect::trace::{Branded, Trace, Tracer};
use crate::collect::trace_impls::{Wrapped, inspect_elements};
use crate::diagnose::inspect::Inspector;
use std::fmt;

/// A stack of windows.
///
/// ```
/// # use gc::{Config, Context, EngineConfig, Gc, Rootable, Slots, Trace};
/// struct R;
/// impl Rootable for R { type Root<'gc> = Slots<Option<Gc<'gc, String>>>; }
/// # let ctx = Context::open(Config::default())?;
/// let mut engine = ctx.engine::<R>(EngineConfig::default(), |_| Slots::new(1 << 16))?;
/// engine.mutate(|mc, slots| -> Result<(), gc::OutOfMemory> {
///     slots.push(4, None)?; // a frame of four registers
///     slots.current()[3] = Some(mc.alloc("argument".to_string()));
///     slots.push(2, None)?; // its callee
///     let (caller, callee) = slots.both();
///     callee[0] = caller[3];
///     let [first, _] = slots.array::<2>().expect("two registers"); // indices known here cost no check
///     assert_eq!(first.unwrap().as_str(), "argument");
///     slots.pop();
///     assert_eq!(slots.depth(), 1);
///     Ok(())
/// })?;
/// # Ok::<(), gc::Error>(())
/// ```
pub struct Slots<T> {
    /// INVARIANT: values from `top` on are stale: what they point to may be freed. No code of the user's sees them, not even
    /// to clone or to show them.
    values: Vec<T>,
    /// Where each window starts.
    bases: Vec<usize>,
    top: usize,
    limit: usize,
}

impl<T: Copy> Slots<T> {
    /// A stack without windows, of at most `limit` values.
    pub fn new(limit: usize) -> Self {
        Slots { values: Vec::new(), bases: Vec::new(), top: 0, limit }
    }

    /// Pushes a window of `len` times `fill`.
    ///
    /// # Errors
    /// [`OutOfMemory`] past the limit, or when there is no memory; nothing was changed.
    #[inline]
    pub fn push(&mut self, len: usize, fill: T) -> Result<(), OutOfMemory> {
        let top = self.top.checked_add(len).filter(|&top| top <= self.limit).ok_or(OutOfMemory)?;
        self.bases.try_reserve(1).map_err(|_| OutOfMemory)?;
        if top > self.values.len() {
            self.values.try_reserve(top - self.values.len()).map_err(|_| OutOfMemory)?;
            self.values.resize(top, fill);
        }
        self.values[self.top..top].fill(fill);
        self.bases.push(self.top);
        self.top = top;
        Ok(())
    }

    /// Takes the topmost window away; false when there is none.
    #[inline]
    pub fn pop(&mut self) -> bool {
        match self.bases.pop() {
            Some(base) => {
                self.top = base;
                true
            }
            None => false,
        }
    }

    /// The number of windows.
    pub fn depth(&self) -> usize {
        self.bases.len()
    }

    fn base(&self) -> usize {
        self.bases.last().copied().unwrap_or(0)
    }

    /// The topmost window.
    #[inline]
    pub fn current(&mut self) -> &mut [T] {
        let base = self.base();
        &mut self.values[base..self.top]
    }

    /// The first `N` values of the topmost window, so that accesses by constant need no check; `None` when there are fewer.
    #[inline]
    pub fn array<const N: usize>(&mut self) -> Option<&mut [T; N]> {
        self.current().first_chunk_mut()
    }

    /// The window below the topmost one (empty when there is none) and the topmost one.
    #[inline]
    pub fn both(&mut self) -> (&mut [T], &mut [T]) {
        let base = self.base();
        let below = self.bases.len().checked_sub(2).map_or(base, |at| self.bases[at]);
        let (under, current) = self.values[below..self.top].split_at_mut(base - below);
        (under, current)
    }
}

impl<T: Copy> Clone for Slots<T> {
    fn clone(&self) -> Self {
        let values = self.values[..self.top].to_vec();
        Slots { values, bases: self.bases.clone(), top: self.top, limit: self.limit }
    }
}

impl<T: fmt::Debug> fmt::Debug for Slots<T> {
    /// Shows the windows.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ends = self.bases.iter().skip(1).chain(std::iter::once(&self.top));
        f.debug_list()
            .entries(self.bases.iter().zip(ends).map(|(&base, &end)| &self.values[base..end]))
            .finish()
    }
}

// SAFETY: 1. every value of a window is traced in place; a stale one is overwritten before it is a value of a window. 2. as
// `T`. 3. drop glue of `std`, over `Copy` values in practice. 4. as `T`, wrapped. 5. values change through `&mut`.
unsafe impl<T: Trace> Trace for Slots<T> {
    type Static = Wrapped<Slots<()>, T::Static>;
    const NEEDS_TRACE: bool = T::NEEDS_TRACE;

    fn trace(&self, tracer: &mut Tracer<'_>) {
        self.values[..self.top].iter().for_each(|value| value.trace(tracer));
    }

    fn inspect(&self, inspector: &mut Inspector<'_>) {
        inspect_elements(&self.values[..self.top], inspector);
    }
}

// SAFETY: 1. as `T`.
unsafe impl<'gc, T: Branded<'gc>> Branded<'gc> for Slots<T> {}

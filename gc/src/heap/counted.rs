//! Boxes and counted pointers whose making may fail: what stands in for `Box::new` and `Rc::new`, which end the process
//! when the system has no memory.

use crate::OutOfMemory;
use std::alloc::Layout;
use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;
use std::ops::Deref;
use std::ptr::NonNull;

/// A box, or the value back when there is no memory for it.
pub(crate) fn try_box<T>(value: T) -> Result<Box<T>, T> {
    let layout = Layout::new::<T>();
    if layout.size() == 0 {
        // Without a size nothing is allocated.
        return Ok(Box::new(value));
    }
    // SAFETY: the layout is not of size zero.
    let Some(at) = NonNull::new(unsafe { std::alloc::alloc(layout) }.cast::<T>()) else { return Err(value) };
    // SAFETY: fresh memory for a `T`.
    unsafe { at.write(value) };
    // SAFETY: allocated by the global allocator with the layout of a `T`, and initialised.
    Ok(unsafe { Box::from_raw(at.as_ptr()) })
}

/// A counted pointer within one thread, as `Rc` without weak ones.
// INVARIANT: a leaked box, of which `count` pointers exist.
pub(crate) struct Counted<T>(NonNull<Inner<T>>, PhantomData<Inner<T>>);

struct Inner<T> {
    count: Cell<usize>,
    value: T,
}

impl<T> Counted<T> {
    pub(crate) fn try_new(value: T) -> Result<Self, OutOfMemory> {
        match try_box(Inner { count: Cell::new(1), value }) {
            Ok(boxed) => Ok(Counted(NonNull::from(Box::leak(boxed)), PhantomData)),
            Err(_) => Err(OutOfMemory),
        }
    }

    pub(crate) fn ptr_eq(a: &Self, b: &Self) -> bool {
        a.0 == b.0
    }

    fn count(&self) -> &Cell<usize> {
        // SAFETY: the invariant: it is there as long as this pointer.
        unsafe { &(*self.0.as_ptr()).count }
    }
}

impl<T> Clone for Counted<T> {
    fn clone(&self) -> Self {
        let count = self.count().get().checked_add(1).expect("fewer pointers than bytes of memory");
        self.count().set(count);
        Counted(self.0, PhantomData)
    }
}

impl<T> Deref for Counted<T> {
    type Target = T;

    #[inline(always)]
    fn deref(&self) -> &T {
        // SAFETY: the invariant: it is there as long as this pointer.
        unsafe { &(*self.0.as_ptr()).value }
    }
}

impl<T> Drop for Counted<T> {
    fn drop(&mut self) {
        let count = self.count().get() - 1;
        self.count().set(count);
        if count == 0 {
            // SAFETY: a leaked box, and this was the last pointer to it.
            drop(unsafe { Box::from_raw(self.0.as_ptr()) });
        }
    }
}

impl<T: fmt::Debug> fmt::Debug for Counted<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        (**self).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::{Counted, try_box};
    use std::rc::Rc;

    #[test]
    fn the_value_is_dropped_once_with_the_last_pointer() {
        let value = Rc::new(());
        let one = Counted::try_new(value.clone()).expect("memory");
        let two = one.clone();
        assert!(Counted::ptr_eq(&one, &two));
        drop(one);
        assert_eq!(Rc::strong_count(&two), 2);
        drop(two);
        assert_eq!(Rc::strong_count(&value), 1);
        assert_eq!(*try_box(7u32).expect("memory"), 7);
        try_box(()).expect("nothing");
    }
}

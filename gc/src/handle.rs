//! Counted handles: what keeps a cell alive between mutations without being a pointer to it.
#![forbid(unsafe_code)]

use crate::lifecycle::process::Process;
use crate::lifecycle::registry::HandleKey;
use std::fmt;
use std::marker::PhantomData;

/// Keeps a cell alive between mutations. It does not `Deref`:
/// [`Mutation::resolve`](crate::Mutation::resolve) gives the [`Gc`](crate::Gc).
///
/// Sixteen bytes: record, generation, slot, generation. It may be cloned and dropped on any thread and at any time, also
/// after the context is closed: then it is a name of nothing.
///
/// `T` is the type of the cell with `'static` for its brand: a `Gc<'gc, Node<'gc>>` has a `Handle<Node<'static>>`.
pub struct Handle<T: ?Sized + 'static> {
    key: HandleKey,
    value: PhantomData<fn() -> *const T>,
}

impl<T: ?Sized> Handle<T> {
    pub(crate) fn new(key: HandleKey) -> Self {
        Handle { key, value: PhantomData }
    }

    pub(crate) fn key(&self) -> HandleKey {
        self.key
    }
}

impl<T: ?Sized> Clone for Handle<T> {
    fn clone(&self) -> Self {
        // After close there is nothing to count, and releasing the clone will find nothing either: no later context has
        // the generation of this one.
        Process::get().registry.retain(self.key);
        Handle::new(self.key)
    }
}

impl<T: ?Sized> Drop for Handle<T> {
    fn drop(&mut self) {
        Process::get().registry.release(self.key);
    }
}

impl<T: ?Sized> fmt::Debug for Handle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Handle({}.{})", self.key.record, self.key.slot)
    }
}

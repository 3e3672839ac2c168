//! Cells of the express lane: a place in memory for one value. Whether it is full, and who may touch it just now, is
//! decided by the counters beside it (`belt.rs`, `hand.rs`); under loom every access is checked against all others.
#![allow(unsafe_code)]

use crate::sync::UnsafeCell;
use std::mem::MaybeUninit;

pub(super) struct Cell<T>(UnsafeCell<MaybeUninit<T>>);

// SAFETY: 1. of `put` and `take` leaves no two threads at the value at once, so all that sharing a cell does is to move
// the value from thread to thread.
unsafe impl<T: Send> Sync for Cell<T> {}

impl<T> Cell<T> {
    pub(super) fn new() -> Self {
        Cell(UnsafeCell::new(MaybeUninit::uninit()))
    }

    /// Puts a value in. One that was there before is forgotten, not dropped.
    ///
    /// # Safety
    /// 1. Nobody else is in `put` or `take` of this cell, and what others did there happened before.
    #[inline(always)]
    pub(super) unsafe fn put(&self, value: T) {
        // SAFETY: 1. makes this the only reference to what is in the cell.
        self.0.with_mut(|cell| unsafe { (*cell).write(value) });
    }

    /// Takes the value out.
    ///
    /// # Safety
    /// 1. As in `put`.
    /// 2. A value was put in, and has not been taken since.
    #[inline(always)]
    pub(super) unsafe fn take(&self) -> T {
        // SAFETY: 1. makes this the only reference to what is in the cell, 2. says that it is a value, whose owner is
        // the caller from here on.
        self.0.with_mut(|cell| unsafe { (*cell).assume_init_read() })
    }
}

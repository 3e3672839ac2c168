//! Where cells live: blocks with bitmaps, holes to bump through, large cells apart, and the pool behind it all.
//!
//! `cell` what a cell is · `block` 16 KiB and its bitmaps · `alloc` the heap of one engine, the fast path · `account` its bytes ·
//! `large` cells past two KiB · `sweep` the heap at a collection · `pool` blocks between engines, process-wide.

pub(crate) mod account;
pub(crate) mod alloc;
pub(crate) mod block;
pub(crate) mod cell;
pub(crate) mod counted;
pub(crate) mod large;
#[cfg(any(miri, feature = "paranoid"))]
pub(crate) mod poison;
pub(crate) mod pool;
pub(crate) mod sweep;

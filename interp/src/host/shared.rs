//! Shared memory at the border: the bytes of a SharedArrayBuffer outside of any engine. Also the doors to parking and to
//! the clock that does not go back, which waiting needs.
#![forbid(unsafe_code)]

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::error::{Error, ErrorKind};
use crate::object::buffer::Block;

/// The bytes of a SharedArrayBuffer: they belong to no engine, and any number of engines and threads may have them at
/// once. Taken out of an engine as [`HostValue::SharedBuffer`](crate::HostValue::SharedBuffer), and brought into another
/// one by the same.
///
/// Each engine is charged for the bytes as long as a SharedArrayBuffer of it has them; what only the host holds is the
/// host's. They are freed with the last of all these. Two are equal if they are the same bytes in memory.
///
/// ```
/// use interp::{Engine, HostValue, SharedBuffer};
///
/// let buffer = SharedBuffer::new(8)?;
/// let theirs = buffer.clone();
/// let waiter = std::thread::spawn(move || {
///     let context = gc::Context::open(gc::Config::default()).unwrap();
///     let mut engine = Engine::builder().can_block(true).open(&context)?;
///     engine.set_global("memory", HostValue::SharedBuffer(theirs))?;
///     engine.eval("const a = new Int32Array(memory); Atomics.wait(a, 0, 0); a[1]")
/// });
/// let context = gc::Context::open(gc::Config::default()).unwrap();
/// let mut engine = Engine::builder().open(&context)?;
/// engine.set_global("memory", HostValue::SharedBuffer(buffer))?;
/// engine.eval("const a = new Int32Array(memory); a[1] = 42; Atomics.store(a, 0, 1); Atomics.notify(a, 0)")?;
/// assert_eq!(waiter.join().unwrap()?, HostValue::Number(42.0));
/// # Ok::<(), interp::Error>(())
/// ```
#[derive(Clone)]
pub struct SharedBuffer {
    pub(crate) block: Arc<Block>,
}

impl std::fmt::Debug for SharedBuffer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SharedBuffer")
            .field("len", &self.len())
            .field("max", &self.block.max)
            .finish_non_exhaustive()
    }
}

impl PartialEq for SharedBuffer {
    fn eq(&self, other: &SharedBuffer) -> bool {
        Arc::ptr_eq(&self.block, &other.block)
    }
}

impl Eq for SharedBuffer {}

impl SharedBuffer {
    /// Zeros.
    ///
    /// # Errors
    /// If there is no memory for them.
    pub fn new(len: usize) -> Result<SharedBuffer, Error> {
        SharedBuffer::made(len, None)
    }

    /// Zeros, of which there can be more later, up to `max`.
    ///
    /// # Errors
    /// If `max` is less than `len`, or there is no memory.
    pub fn growable(len: usize, max: usize) -> Result<SharedBuffer, Error> {
        SharedBuffer::made(len, Some(max))
    }

    fn made(len: usize, max: Option<usize>) -> Result<SharedBuffer, Error> {
        let block = if max.is_none_or(|max| len <= max) { Block::new(len, max, true) } else { None };
        let failed =
            || Error::new(ErrorKind::Host, format!("there is no memory for a shared buffer of {len} bytes"));
        Ok(SharedBuffer { block: block.ok_or_else(failed)? })
    }

    /// The length in bytes now.
    pub fn len(&self) -> usize {
        self.block.len()
    }

    /// Whether there are no bytes.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The greatest length, which is also what it takes in memory.
    pub fn max_len(&self) -> usize {
        self.block.max.unwrap_or(self.len())
    }

    /// Makes it longer, for all who have it; false if it cannot be, or already is longer.
    pub fn grow(&self, len: usize) -> bool {
        self.block.max.is_some_and(|max| len <= max) && self.block.resize(len)
    }

    /// Copies bytes out, as many as there are from `at` on; gives how many. Each byte is read whole, in no order to what
    /// other threads write.
    pub fn read(&self, at: usize, to: &mut [u8]) -> usize {
        let n = self.len().saturating_sub(at).min(to.len());
        for (i, byte) in to[..n].iter_mut().enumerate() {
            *byte = self.block.load(at + i, 1) as u8;
        }
        n
    }

    /// Copies bytes in, as many as there is room for from `at` on; gives how many. Each byte is written whole, in no order
    /// to what other threads do.
    pub fn write(&self, at: usize, from: &[u8]) -> usize {
        let n = self.len().saturating_sub(at).min(from.len());
        for (i, &byte) in from[..n].iter().enumerate() {
            self.block.store(at + i, 1, u64::from(byte));
        }
        n
    }

    /// `Atomics.load` of the `i`-th 32-bit integer; none if it is beyond the end.
    pub fn load_i32(&self, i: usize) -> Option<i32> {
        self.update_i32(i, |old| old)
    }

    /// `Atomics.exchange` of the `i`-th 32-bit integer: gives what it was; none if it is beyond the end.
    pub fn swap_i32(&self, i: usize, value: i32) -> Option<i32> {
        self.update_i32(i, |_| value)
    }

    fn update_i32(&self, i: usize, f: impl Fn(i32) -> i32) -> Option<i32> {
        let at = i.checked_mul(4).filter(|at| at.checked_add(4).is_some_and(|end| end <= self.len()))?;
        Some(self.block.update(at, 4, |old| u64::from(f(old as i32) as u32)) as i32)
    }

    /// `Atomics.notify`: wakes up to `count` of those who wait at the byte `at`; gives how many.
    pub fn notify(&self, at: usize, count: usize) -> usize {
        self.block.waiters.notify(at, count)
    }
}

/// The clock of timeouts.
#[allow(clippy::disallowed_methods, reason = "one of the host's doors to a clock")]
pub(crate) fn instant() -> Instant {
    Instant::now()
}

/// Parks this thread, at most so long; it may wake for no reason.
pub(crate) fn park(timeout: Option<Duration>) {
    match timeout {
        Some(timeout) => std::thread::park_timeout(timeout),
        None => std::thread::park(),
    }
}

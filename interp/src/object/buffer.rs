//! The bytes of array buffers (25.1, 25.2).
//!
//! A block is words of 64 bits, in the order of little endian, atomic ones: shared memory is read and
//! written by several threads, and what is not shared pays nothing for it, since relaxed loads and
//! stores are plain ones. Accesses that cross a word are two.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use gc::{Gc, RefLock, Trace};

use super::data::ObjectData;
use super::waiters::Waiters;
use super::{Class, Object};
use crate::vm::realm::Intrinsic;
use crate::vm::{JsResult, Vm};

/// A block of memory, shared by threads if it says so.
#[derive(Debug)]
pub struct Block {
    words: Box<[AtomicU64]>,
    len: AtomicUsize,
    /// The length it can be given, if it can be given another one.
    pub max: Option<usize>,
    /// Other threads may have it.
    pub shared: bool,
    /// Who waits at its elements.
    pub waiters: Waiters,
}

fn mask(n: usize) -> u64 {
    if n == 8 { u64::MAX } else { (1 << (8 * n)) - 1 }
}

impl Block {
    /// Zeros, or nothing if there is no memory.
    pub fn new(len: usize, max: Option<usize>, shared: bool) -> Option<Arc<Block>> {
        let count = max.unwrap_or(len).div_ceil(8);
        let mut words = Vec::new();
        words.try_reserve_exact(count).ok()?;
        words.resize_with(count, || AtomicU64::new(0));
        let (len, waiters) = (AtomicUsize::new(len), Waiters::default());
        Some(Arc::new(Block { words: words.into(), len, max, shared, waiters }))
    }

    /// The length in bytes.
    pub fn len(&self) -> usize {
        self.len.load(Ordering::SeqCst)
    }

    /// Gives another length, not beyond the greatest; false if a shared one would shrink.
    pub fn resize(&self, len: usize) -> bool {
        if self.shared {
            return self
                .len
                .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |old| (len >= old).then_some(len))
                .is_ok();
        }
        let old = self.len.swap(len, Ordering::Relaxed);
        for at in len..old {
            self.store(at, 1, 0);
        }
        true
    }

    /// The `n` bytes at `at`, which are there, as a little-endian number.
    #[inline]
    pub fn load(&self, at: usize, n: usize) -> u64 {
        let (i, shift) = (at / 8, at % 8);
        let low = self.words[i].load(Ordering::Relaxed) >> (8 * shift);
        if shift + n <= 8 {
            return low & mask(n);
        }
        (low | self.words[i + 1].load(Ordering::Relaxed) << (8 * (8 - shift))) & mask(n)
    }

    /// The word of eight bytes that begins at the byte `8 * i`, which is there.
    #[inline]
    pub fn word(&self, i: usize) -> u64 {
        self.words[i].load(Ordering::Relaxed)
    }

    /// As `store`, of bytes that lie within a word.
    #[inline]
    pub fn store_within(&self, at: usize, n: usize, v: u64) {
        let shift = at % 8 * 8;
        self.part(at / 8, mask(n) << shift, (v & mask(n)) << shift);
    }

    /// Stores the low `n` bytes of a number.
    #[inline]
    pub fn store(&self, at: usize, n: usize, v: u64) {
        let (i, shift) = (at / 8, at % 8);
        let first = n.min(8 - shift);
        self.part(i, mask(first) << (8 * shift), (v & mask(first)) << (8 * shift));
        if first < n {
            self.part(i + 1, mask(n - first), v >> (8 * first) & mask(n - first));
        }
    }

    fn part(&self, i: usize, mask: u64, bits: u64) {
        let word = &self.words[i];
        if mask == u64::MAX {
            word.store(bits, Ordering::Relaxed);
        } else if self.shared {
            // The neighbours may be another thread's.
            let _ = word.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |old| Some(old & !mask | bits));
        } else {
            word.store(word.load(Ordering::Relaxed) & !mask | bits, Ordering::Relaxed);
        }
    }

    /// Changes the `n` bytes at `at`, which lie within one word, in one step and in an order all threads see
    /// (the memory model's SeqCst); gives what they were.
    pub fn update(&self, at: usize, n: usize, f: impl Fn(u64) -> u64) -> u64 {
        let (shift, mask) = (at % 8 * 8, mask(n));
        let Some(word) = self.words.get(at / 8) else { return 0 };
        let new = |w: u64| Some(w & !(mask << shift) | (f(w >> shift & mask) & mask) << shift);
        // Never refused: the closure always gives a word.
        let (Ok(old) | Err(old)) = word.fetch_update(Ordering::SeqCst, Ordering::SeqCst, new);
        old >> shift & mask
    }

    /// Copies bytes, as if by way of a third place.
    pub fn copy(&self, to: usize, from: &Block, at: usize, n: usize) {
        if std::ptr::eq(self, from) && to > at {
            for i in (0..n).rev() {
                self.store(to + i, 1, from.load(at + i, 1));
            }
            return;
        }
        let mut i = 0;
        while i < n {
            let step = (n - i).min(8);
            // Overlapping moves down may go eight at a time only if they do not meet.
            let step = if std::ptr::eq(self, from) && at - to < 8 { 1 } else { step };
            self.store(to + i, step, from.load(at + i, step));
            i += step;
        }
    }
}

/// What a buffer object keeps.
#[derive(Debug, Trace)]
pub struct BufferData {
    /// Nothing once it is detached.
    #[trace(skip)]
    block: RefCell<Option<Arc<Block>>>,
    /// Its length can change; said also when it is detached.
    #[trace(skip)]
    resizable: bool,
    /// Cannot be changed any more.
    #[trace(skip)]
    pub immutable: Cell<bool>,
    charge: RefLock<Option<gc::ExternalBytes>>,
}

/// A buffer's cell.
pub type BufferGc<'gc> = Gc<'gc, BufferData>;

impl BufferData {
    /// The block, unless it is detached.
    #[inline]
    pub fn block(&self) -> Option<Arc<Block>> {
        self.block.borrow().clone()
    }

    /// The block, unless it is detached, to be let go before anything else is done with the buffer.
    #[inline]
    pub fn borrow(&self) -> std::cell::Ref<'_, Option<Arc<Block>>> {
        self.block.borrow()
    }

    /// Does something with the block, unless it is detached.
    #[inline]
    pub fn with<T>(&self, f: impl FnOnce(&Block) -> T) -> Option<T> {
        self.block.borrow().as_deref().map(f)
    }

    /// The length in bytes; zero if it is detached.
    pub fn len(&self) -> usize {
        self.with(Block::len).unwrap_or(0)
    }

    /// Whether it has lost its bytes.
    pub fn is_detached(&self) -> bool {
        self.block.borrow().is_none()
    }

    /// Whether its length can change.
    pub fn is_resizable(&self) -> bool {
        self.resizable
    }

    /// Whether other threads may have its bytes.
    pub fn is_shared(&self) -> bool {
        self.with(|b| b.shared).unwrap_or(false)
    }

    /// DetachArrayBuffer
    pub fn detach<'gc>(this: BufferGc<'gc>, vm: &Vm<'gc>) -> Option<Arc<Block>> {
        let block = this.block.borrow_mut().take();
        *Gc::write(vm.mc, this).project(|b| &b.charge).borrow_mut() = None;
        block
    }
}

/// The data of an ArrayBuffer or SharedArrayBuffer.
pub fn buffer_data<'gc>(o: Object<'gc>) -> Option<BufferGc<'gc>> {
    match o.data() {
        ObjectData::Any(c) if o.is_class(Class::ArrayBuffer) => c.downcast(),
        _ => None,
    }
}

impl<'gc> Vm<'gc> {
    /// CreateByteDataBlock, CreateSharedByteDataBlock: charged before it is made.
    ///
    /// # Errors
    /// A RangeError if there is no room.
    pub(crate) fn new_block(
        &mut self,
        len: u64,
        max: Option<u64>,
        shared: bool,
    ) -> JsResult<(Arc<Block>, Option<gc::ExternalBytes>)> {
        let bytes = max.unwrap_or(len);
        let charge =
            usize::try_from(bytes).ok().filter(|&b| b < 1 << 40).and_then(|b| self.mc.external(b).ok());
        self.charge((bytes.min(1 << 30) / 64) as usize)?;
        let made = charge.and_then(|charge| {
            Some((Block::new(len as usize, max.map(|m| m as usize), shared)?, Some(charge)))
        });
        made.ok_or_else(|| self.range_error("there is no memory for an array buffer of this length"))
    }

    /// A SharedArrayBuffer with bytes that came from elsewhere: this engine is charged for them too.
    ///
    /// # Errors
    /// A RangeError if the heap has no room for them.
    pub(crate) fn adopt_shared(&mut self, block: Arc<Block>) -> JsResult<Object<'gc>> {
        let Ok(charge) = self.mc.external(block.max.unwrap_or(block.len())) else {
            return Err(self.range_error("there is no memory for a shared array buffer of this length"));
        };
        let proto = self.intrinsic(Intrinsic::SharedArrayBufferPrototype)?;
        let data = self.buffer_of(block, Some(charge))?;
        let shape = self.root_shape(Some(proto), 0);
        Ok(Object::new(self.mc, shape, Class::ArrayBuffer, 0, data)?)
    }

    /// The data of a buffer with these bytes.
    ///
    /// # Errors
    /// If memory is full.
    pub(crate) fn buffer_of(
        &mut self,
        block: Arc<Block>,
        charge: Option<gc::ExternalBytes>,
    ) -> JsResult<ObjectData<'gc>> {
        let data = self.mc.try_alloc(BufferData {
            resizable: block.max.is_some(),
            block: RefCell::new(Some(block)),
            immutable: Cell::new(false),
            charge: RefLock::new(charge),
        })?;
        Ok(ObjectData::Any(data.erase()))
    }
}

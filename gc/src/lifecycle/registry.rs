//! The registry of live contexts: a chunked slab of records that never move and never go away.
//!
//! A record is all that other threads may touch of a context. It is reused for the next context under a new generation,
//! so the registry is bounded by the *peak* of live contexts, and a late message (an interrupt, a handle dropped after
//! close) finds another generation and does nothing. The word of a record holds generation and requests *together*, so
//! that no request can slip into the next generation between a check and a write.
//!
//! ```text
//!  word   63 … 34       33        32         31 … 0
//!         generation    collect   interrupt  reason bits
//! ```
#![forbid(unsafe_code)]

use crate::ContextStats;
use crate::sync::{AtomicU64, Mutex, Ordering, Thread, current_thread};
use std::panic::Location;
use std::sync::OnceLock;
use std::thread::ThreadId;

const INTERRUPT: u64 = 1 << 32;
const COLLECT: u64 = 1 << 33;
const REQUESTS: u64 = (1 << 34) - 1;
const GENERATION_SHIFT: u32 = 34;
/// A record whose generation comes here is not used again: no generation is ever seen twice.
const LAST_GENERATION: u32 = (1 << 30) - 1;

/// The first chunk has this many records, each further one twice as many as the one before.
const FIRST_CHUNK: usize = if cfg!(loom) { 2 } else { 64 };
const CHUNKS: usize = 24;

/// All records.
#[derive(Debug)]
pub struct Registry {
    // A `std` cell also under loom: chunks are only ever added, under the lock below.
    chunks: [OnceLock<Box<[Record]>>; CHUNKS],
    free: Mutex<FreeRecords>,
}

#[derive(Debug)]
struct FreeRecords {
    /// Records made so far.
    made: u32,
    free: Vec<u32>,
}

/// What other threads may touch of one context.
#[derive(Debug)]
pub struct Record {
    index: u32,
    word: AtomicU64,
    shared: Mutex<Shared>,
    /// The context's thread while it waits for something: an interrupt wakes it.
    waiting: Mutex<Option<Thread>>,
}

/// Who opened a context, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Origin {
    /// The thread the context belongs to.
    pub thread: ThreadId,
    /// The call of [`Context::open`](crate::Context::open).
    pub opened: &'static Location<'static>,
}

#[derive(Debug, Default)]
struct Shared {
    /// The generation that is open, if one is.
    open: Option<u32>,
    origin: Option<Origin>,
    slots: Vec<SlotCount>,
    free: Vec<u32>,
    /// Slots whose last handle was dropped, not yet taken back by the owner.
    released: Vec<u32>,
    stats: ContextStats,
}

#[derive(Clone, Copy, Debug)]
struct SlotCount {
    generation: u32,
    count: u32,
}

/// The name of one slot of one context, good in every thread and for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct HandleKey {
    pub(crate) record: u32,
    pub(crate) record_generation: u32,
    pub(crate) slot: u32,
    pub(crate) slot_generation: u32,
}

/// The name of one opening of one record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ContextKey {
    pub(crate) record: u32,
    pub(crate) generation: u32,
}

impl ContextKey {
    /// The index of the record.
    pub fn record(self) -> u32 {
        self.record
    }

    /// The generation of the record.
    pub fn generation(self) -> u32 {
        self.generation
    }
}

impl Default for Registry {
    fn default() -> Self {
        Registry::new()
    }
}

impl Registry {
    /// An empty registry.
    #[cfg(not(loom))]
    pub const fn new() -> Self {
        Registry {
            chunks: [const { OnceLock::new() }; CHUNKS],
            free: Mutex::new(FreeRecords { made: 0, free: Vec::new() }),
        }
    }

    /// An empty registry.
    #[cfg(loom)]
    pub fn new() -> Self {
        Registry {
            chunks: [const { OnceLock::new() }; CHUNKS],
            free: Mutex::new(FreeRecords { made: 0, free: Vec::new() }),
        }
    }

    /// The record of this index, if there is one.
    pub fn record(&self, index: u32) -> Option<&Record> {
        let position = index as usize / FIRST_CHUNK + 1;
        let chunk = position.ilog2() as usize;
        let start = ((1 << chunk) - 1) * FIRST_CHUNK;
        self.chunks.get(chunk)?.get()?.get(index as usize - start)
    }

    /// Takes a record for a new context; `None` when there is no memory for one, or after some billion contexts at once.
    #[track_caller]
    pub fn open(&self) -> Option<ContextKey> {
        // Where the thread is not one of Rust's, asking for its name may allocate: not under the lock.
        let origin = Origin { thread: std::thread::current().id(), opened: Location::caller() };
        let mut free = self.free.lock();
        let index = match free.free.pop() {
            Some(index) => index,
            None => {
                let index = free.made;
                let position = index as usize / FIRST_CHUNK + 1;
                let chunk = position.ilog2() as usize;
                // Room for every record there is, so that closing needs no memory.
                let more = (index as usize + 1).saturating_sub(free.free.len());
                free.free.try_reserve(more).ok()?;
                let place = self.chunks.get(chunk)?;
                if place.get().is_none() {
                    let start = ((1 << chunk) - 1) * FIRST_CHUNK;
                    let mut records = Vec::new();
                    records.try_reserve_exact(FIRST_CHUNK << chunk).ok()?;
                    records.extend((start..start + (FIRST_CHUNK << chunk)).map(|at| Record::new(at as u32)));
                    place.set(records.into_boxed_slice()).ok()?;
                }
                free.made += 1;
                index
            }
        };
        drop(free);
        let record = self.record(index)?;
        let generation = (record.word.load(Ordering::Acquire) >> GENERATION_SHIFT) as u32;
        let mut shared = record.shared.lock();
        debug_assert!(shared.open.is_none(), "a free record is closed");
        shared.open = Some(generation);
        shared.origin = Some(origin);
        Some(ContextKey { record: index, generation })
    }

    /// Ends a context: every handle and remote of it becomes a no-op. Returns the number of live handles.
    pub fn close(&self, key: ContextKey) -> usize {
        let Some(record) = self.record(key.record) else { return 0 };
        let mut shared = record.shared.lock();
        if shared.open != Some(key.generation) {
            return 0;
        }
        let old = std::mem::take(&mut *shared);
        // The generation and the requests go in one step: an interrupt is either before it, and lost with the context
        // it was for, or after it, and sees another generation. A plain store would do by the memory model, but loom
        // orders stores and read-modify-writes more loosely than that; among swaps there is one order for everybody.
        record.word.swap(u64::from(key.generation + 1) << GENERATION_SHIFT, Ordering::AcqRel);
        drop(shared);
        if key.generation < LAST_GENERATION - 1 {
            self.free.lock().free.push(key.record);
        }
        old.slots.iter().filter(|slot| slot.count > 0).count()
    }

    /// Calls `visit` for every open context.
    pub fn for_each(&self, mut visit: impl FnMut(ContextKey, ContextStats)) {
        let made = self.free.lock().made;
        for index in 0..made {
            let Some(record) = self.record(index) else { continue };
            let shared = record.shared.lock();
            if let Some(generation) = shared.open {
                let stats = shared.stats;
                drop(shared);
                visit(ContextKey { record: index, generation }, stats);
            }
        }
    }

    /// One more handle on the slot. False when the context is closed: then the handle is an empty one.
    pub fn retain(&self, key: HandleKey) -> bool {
        self.with_slot(key, |_, slot| {
            slot.count = slot.count.checked_add(1).expect("fewer than 2^32 handles")
        })
        .is_some()
    }

    /// One handle less; the last one releases the slot, once. A no-op after close.
    pub fn release(&self, key: HandleKey) {
        self.with_slot(key, |released, slot| {
            slot.count -= 1;
            if slot.count == 0 {
                released.push(key.slot);
            }
        });
    }

    fn with_slot<T>(&self, key: HandleKey, f: impl FnOnce(&mut Vec<u32>, &mut SlotCount) -> T) -> Option<T> {
        let mut shared = self.record(key.record)?.shared.lock();
        let Shared { open, slots, released, .. } = &mut *shared;
        if *open != Some(key.record_generation) {
            return None;
        }
        let slot = slots.get_mut(key.slot as usize)?;
        if slot.generation != key.slot_generation || slot.count == 0 {
            return None;
        }
        Some(f(released, slot))
    }
}

impl Record {
    fn new(index: u32) -> Self {
        Record {
            index,
            word: AtomicU64::new(0),
            shared: Mutex::new(Shared::default()),
            waiting: Mutex::new(None),
        }
    }

    // The owner's side ----------------------------------------------------------------------------------------------

    /// A slot with one handle; `None` when there is no memory for it.
    pub fn new_slot(&self, generation: u32) -> Option<HandleKey> {
        let mut shared = self.shared.lock();
        let Shared { slots, free, released, .. } = &mut *shared;
        let slot = match free.pop() {
            Some(slot) => slot,
            None => {
                // Room for every slot there is, so that giving one back needs no memory, on any thread.
                let all = slots.len() + 1;
                slots.try_reserve(1).ok()?;
                free.try_reserve(all - free.len()).ok()?;
                released.try_reserve(all - released.len()).ok()?;
                slots.push(SlotCount { generation: 0, count: 0 });
                (slots.len() - 1) as u32
            }
        };
        let count = &mut slots[slot as usize];
        count.count = 1;
        Some(HandleKey {
            record: self.index,
            record_generation: generation,
            slot,
            slot_generation: count.generation,
        })
    }

    /// Takes back the slots whose last handle was dropped.
    pub fn reclaim(&self, mut visit: impl FnMut(u32)) {
        let mut shared = self.shared.lock();
        while let Some(slot) = shared.released.pop() {
            visit(slot);
            let count = &mut shared.slots[slot as usize];
            count.generation = count.generation.wrapping_add(1);
            shared.free.push(slot);
        }
    }

    /// Visits the slots that have handles, with the numbers of their handles.
    pub(crate) fn for_each_live_slot(&self, mut visit: impl FnMut(u32, u32)) {
        let shared = self.shared.lock();
        for (index, slot) in shared.slots.iter().enumerate().filter(|(_, slot)| slot.count > 0) {
            visit(index as u32, slot.count);
        }
    }

    /// How many slots have handles.
    pub(crate) fn live_slots(&self) -> usize {
        let mut count = 0;
        self.for_each_live_slot(|_, _| count += 1);
        count
    }

    /// Is an interrupt or a request waiting? One relaxed load.
    #[inline(always)]
    pub fn interrupted(&self) -> bool {
        self.word.load(Ordering::Relaxed) & (INTERRUPT | COLLECT) != 0
    }

    /// Takes the reasons of all interrupts since the last time.
    pub fn take_interrupt(&self) -> Option<u32> {
        let old = self.word.fetch_and(!(INTERRUPT | u64::from(u32::MAX)), Ordering::AcqRel);
        (old & INTERRUPT != 0).then_some(old as u32)
    }

    /// Runs `f`, in which this thread, the context's own, may park: an interrupt unparks it. `f` looks at
    /// [`interrupted`](Self::interrupted) before each time it parks.
    ///
    /// No interrupt is slept through. Its bits are set before the lock is taken here, and the name of the thread is there
    /// before `f` begins: whichever of the two takes the lock first, either `f` sees the bits or the thread is unparked.
    pub fn waiting<T>(&self, f: impl FnOnce() -> T) -> T {
        struct Ended<'a>(&'a Record);
        impl Drop for Ended<'_> {
            fn drop(&mut self) {
                let thread = self.0.waiting.lock().take();
                drop(thread);
            }
        }
        let thread = current_thread();
        *self.waiting.lock() = Some(thread);
        let _ended = Ended(self);
        f()
    }

    /// Is a collection asked for?
    #[inline]
    pub fn collect_requested(&self) -> bool {
        self.word.load(Ordering::Relaxed) & COLLECT != 0
    }

    pub(crate) fn collect_done(&self) {
        self.word.fetch_and(!COLLECT, Ordering::AcqRel);
    }

    /// Makes the numbers of the context visible to others.
    pub fn publish(&self, stats: ContextStats) {
        self.shared.lock().stats = stats;
    }

    // The side of other threads -------------------------------------------------------------------------------------

    /// Asks the context for something, if it is still the one of this generation.
    fn request(&self, generation: u32, bits: u64) -> bool {
        self.word
            .fetch_update(Ordering::AcqRel, Ordering::Relaxed, |word| {
                ((word >> GENERATION_SHIFT) as u32 == generation).then_some(word | bits & REQUESTS)
            })
            .is_ok()
    }

    /// Interrupts the context; false when it is closed.
    pub fn interrupt(&self, generation: u32, reason: u32) -> bool {
        let open = self.request(generation, INTERRUPT | u64::from(reason));
        if open && let Some(thread) = &*self.waiting.lock() {
            // If it is another context by now, its thread looks, sees nothing, and goes on waiting.
            thread.unpark();
        }
        open
    }

    /// Asks for a collection; false when the context is closed.
    pub fn request_gc(&self, generation: u32) -> bool {
        self.request(generation, COLLECT)
    }

    /// Who opened the context and where, if it is open.
    pub(crate) fn origin(&self, generation: u32) -> Option<Origin> {
        let shared = self.shared.lock();
        shared.origin.filter(|_| shared.open == Some(generation))
    }

    /// The numbers last published, if the context is open.
    pub fn stats(&self, generation: u32) -> Option<ContextStats> {
        let shared = self.shared.lock();
        (shared.open == Some(generation)).then_some(shared.stats)
    }
}

//! Ephemerons: values that live as long as their keys, gathered in maps.
//!
//! A value is reached when the map *and* the key are. While the map is traced, the values of keys that are not reached
//! yet are hung on their keys: a bit in the key's header says that values wait, and marking the key releases them. So
//! each entry is looked at once, and the work is linear, also for long chains of keys that are held by values.

use super::{GcAny, Invariant, Write};
use crate::OutOfMemory;
use crate::collect::mark::{TableFate, is_marked};
use crate::collect::trace::{Branded, Trace, Tracer};
use crate::collect::trace_impls::Wrapped;
use crate::diagnose::inspect::Inspector;
use crate::heap::cell::CellPtr;
use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;
use std::hash::{BuildHasherDefault, Hasher};
use std::marker::PhantomData;
use std::ptr::NonNull;

type Table<V> = HashMap<CellPtr, V, BuildHasherDefault<AddressHasher>>;

/// A map from cells to values that keeps neither its keys, nor values whose keys are gone.
///
/// ```
/// # use gc::{Config, Context, EngineConfig, Gc, Rootable, Trace, WeakMap};
/// #[derive(Trace)]
/// struct Root<'gc> { names: Gc<'gc, WeakMap<'gc, u32>>, key: Option<Gc<'gc, String>> }
/// struct R;
/// impl Rootable for R { type Root<'gc> = Root<'gc>; }
/// # let ctx = Context::open(Config::default())?;
/// let mut engine = ctx.engine::<R>(EngineConfig::default(), |mc| {
///     let (names, key) = (mc.alloc(WeakMap::new()), mc.alloc("key".to_string()));
///     Gc::write(mc, names).insert(key.erase(), 7);
///     Root { names, key: Some(key) }
/// })?;
/// engine.collect();
/// engine.mutate(|_, root| assert_eq!(root.names.get(root.key.take().unwrap().erase()), Some(7)));
/// engine.collect();
/// engine.mutate(|_, root| assert_eq!(root.names.len(), 0));
/// # Ok::<(), gc::Error>(())
/// ```
// INVARIANT: every key is a cell of the engine that is not freed: a collection that reaches the map removes the entries of
// keys that it does not reach, before it frees.
pub struct WeakMap<'gc, V: Copy> {
    table: RefCell<Table<V>>,
    brand: Invariant<'gc>,
}

impl<'gc, V: Copy> WeakMap<'gc, V> {
    /// An empty map.
    pub fn new() -> Self {
        WeakMap { table: RefCell::default(), brand: PhantomData }
    }

    /// The value of a key.
    pub fn get(&self, key: GcAny<'gc>) -> Option<V> {
        self.table.borrow().get(&key.cell()).copied()
    }

    /// Is there a value for the key?
    pub fn contains(&self, key: GcAny<'gc>) -> bool {
        self.table.borrow().contains_key(&key.cell())
    }

    /// Removes a key. Needs no barrier: nothing new is reached.
    pub fn remove(&self, key: GcAny<'gc>) -> Option<V> {
        self.table.borrow_mut().remove(&key.cell())
    }

    /// Removes all keys.
    pub fn clear(&self) {
        self.table.borrow_mut().clear();
    }

    /// The number of entries, those of unreachable keys included that are not collected yet.
    pub fn len(&self) -> usize {
        self.table.borrow().len()
    }

    /// Is there no entry?
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The bytes of the table, outside of the heap: what one may charge as external.
    pub fn external_bytes(&self) -> usize {
        self.table.borrow().capacity() * size_of::<(CellPtr, V)>()
    }
}

impl<'gc, V: Copy> Write<WeakMap<'gc, V>> {
    /// Gives a key a value; returns the old one.
    ///
    /// # Panics
    /// When the system has no memory for a larger table.
    pub fn insert(&self, key: GcAny<'gc>, value: V) -> Option<V> {
        self.try_insert(key, value).expect("memory for a larger weak map")
    }

    /// As [`insert`](Self::insert), unless there is no memory for a larger table.
    ///
    /// # Errors
    /// [`OutOfMemory`] when the system has no memory; nothing was changed.
    pub fn try_insert(&self, key: GcAny<'gc>, value: V) -> Result<Option<V>, OutOfMemory> {
        let mut table = self.table.borrow_mut();
        table.try_reserve(1).map_err(|_| OutOfMemory)?;
        Ok(table.insert(key.cell(), value))
    }
}

impl<V: Copy> Default for WeakMap<'_, V> {
    fn default() -> Self {
        WeakMap::new()
    }
}

impl<V: Copy> fmt::Debug for WeakMap<'_, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WeakMap").field("len", &self.len()).finish_non_exhaustive()
    }
}

// SAFETY: 1. values of reached keys are traced in place, those of others are handed to the marker, which traces them in
// place if the key is reached, and else has the entry removed. 2. it holds keys. 3. drop glue of `std`, of `Copy` values.
// 4. kind and identity of the values. 5. it changes through `Write`, and otherwise only loses entries.
unsafe impl<V: Copy + Trace> Trace for WeakMap<'_, V> {
    type Static = Wrapped<WeakMap<'static, ()>, V::Static>;

    fn trace(&self, tracer: &mut Tracer<'_>) {
        // SAFETY: the collector runs alone; a borrow that was forgotten is not in use.
        let table = unsafe { &*self.table.as_ptr() };
        let fate = tracer.marker.push_table(NonNull::from(&self.table).cast(), prune::<V>);
        if fate == TableFate::Later {
            return;
        }
        for (&key, value) in table {
            if fate == TableFate::Strong {
                // The entry stays, so the key must.
                tracer.visit_cell(key);
                value.trace(tracer);
                continue;
            }
            // SAFETY: 1. the invariant. 2. nothing writes to the table before the end of marking.
            if unsafe { tracer.marker.wait(key, NonNull::from(value).cast(), trace_value::<V>) } {
                value.trace(tracer);
            }
        }
    }

    fn inspect(&self, inspector: &mut Inspector<'_>) {
        // After a collection every key is alive by other ways, so the map keeps the values.
        for (&key, value) in self.table.borrow().iter() {
            inspector.field("key", |inspector| inspector.weak_cell(key));
            inspector.field("value", |inspector| value.inspect(inspector));
        }
    }
}

// SAFETY: 1. its brand is `'gc`, and so is that of the values.
unsafe impl<'gc, V: Copy + Branded<'gc>> Branded<'gc> for WeakMap<'gc, V> {}

/// # Safety
/// 1. `value` is a `V` in place. 2. No mutation is active.
unsafe fn trace_value<V: Trace>(value: NonNull<()>, tracer: &mut Tracer<'_>) {
    // SAFETY: 1. and 2. are the caller's.
    unsafe { value.cast::<V>().as_ref() }.trace(tracer);
}

/// Removes the entries of keys that were not reached in `epoch`.
///
/// # Safety
/// 1. `table` is the table of a `WeakMap` of values `V`, in place. 2. No mutation is active, and nothing is freed yet.
unsafe fn prune<V: Copy>(table: NonNull<()>, epoch: u32) {
    // SAFETY: 1. is the caller's; the table is in a `RefCell`, nobody borrows it, and `V` runs no code when dropped.
    let table = unsafe { &mut *table.cast::<RefCell<Table<V>>>().as_ref().as_ptr() };
    // SAFETY: 2. is the caller's: keys may be dead, but they are there.
    table.retain(|&key, _| unsafe { is_marked(key, epoch) });
}

/// Addresses are hashed by one multiplication: they are what the allocator chose, not what an attacker did.
#[derive(Default)]
struct AddressHasher(u64);

impl Hasher for AddressHasher {
    fn finish(&self) -> u64 {
        // The table takes its control byte from the top and its index from the bottom.
        self.0.rotate_left(26)
    }

    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_usize(usize::from(byte));
        }
    }

    fn write_usize(&mut self, word: usize) {
        self.0 = (self.0 ^ word as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    }
}

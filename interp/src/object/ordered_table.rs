//! The insertion-ordered hash table of Map and Set (24.1, 24.2), after the *close table* of Tyler Close: entries in the
//! order they came, chains through them from an array of buckets.
//!
//! A deleted entry stays as a hole until the table is rebuilt. Iterators hold a position and the *generation* of the table
//! that the position is meant for; a rebuild ends a generation and leaves in it which entries went, so that a position can
//! be carried over. Only iterators keep an old generation alive: without them nothing is logged.

use gc::{Gc, Lock, Mutation, OutOfMemory, RefLock, Trace};

use crate::value::Value;

/// No entry.
const NONE: u32 = u32::MAX;
/// Entries of the smallest table.
const SMALLEST: usize = 8;

/// An entry; a hole for a key if it was deleted.
#[derive(Clone, Copy, Debug, Trace)]
struct Entry<'gc> {
    key: Value<'gc>,
    value: Value<'gc>,
    #[trace(skip)]
    hash: u32,
    /// The next entry in its bucket.
    #[trace(skip)]
    next: u32,
}

/// The table.
// INVARIANT: the number of buckets is a power of two, or zero with no entries; there are never more entries than buckets.
#[derive(Debug, Default, Trace)]
pub struct OrderedTable<'gc> {
    entries: Vec<Entry<'gc>>,
    #[trace(skip)]
    buckets: Vec<u32>,
    /// Entries that were not deleted.
    #[trace(skip)]
    live: usize,
    /// The running generation, once an iterator asked for it.
    generation: Option<Gc<'gc, Generation<'gc>>>,
    /// What the vectors are charged for, given back when the table dies.
    charge: Option<gc::ExternalBytes>,
}

/// A time between two rebuilds of a table.
#[derive(Debug, Trace)]
pub struct Generation<'gc> {
    /// The entries that went in the rebuild that ended it, in ascending order; `None` if all did.
    #[trace(skip)]
    removed: std::cell::RefCell<Option<Vec<u32>>>,
    next: Lock<Option<Gc<'gc, Generation<'gc>>>>,
}

impl<'gc> Generation<'gc> {
    fn new(mc: &'gc Mutation<'gc>) -> Result<Gc<'gc, Generation<'gc>>, OutOfMemory> {
        mc.try_alloc(Generation { removed: Some(Vec::new()).into(), next: Lock::new(None) })
    }

    /// The position in the running generation that was `at` in an older one.
    pub fn carry(mut this: Gc<'gc, Generation<'gc>>, mut at: usize) -> (Gc<'gc, Generation<'gc>>, usize) {
        while let Some(next) = this.next.get() {
            at = match &*this.removed.borrow() {
                Some(removed) => at - removed.partition_point(|&i| (i as usize) < at),
                None => 0,
            };
            this = next;
        }
        (this, at)
    }
}

impl<'gc> OrderedTable<'gc> {
    /// The number of entries.
    pub fn len(&self) -> usize {
        self.live
    }

    /// The position of the entry with a key of this hash that `same` says is the key. Expected constant time.
    ///
    /// # Errors
    /// What `same` gives.
    pub fn find<E>(
        &self,
        hash: u32,
        mut same: impl FnMut(Value<'gc>) -> Result<bool, E>,
    ) -> Result<Option<usize>, E> {
        if self.buckets.is_empty() {
            return Ok(None);
        }
        let mut i = self.buckets[hash as usize & (self.buckets.len() - 1)];
        while i != NONE {
            let e = &self.entries[i as usize];
            if e.hash == hash && !e.key.is_hole() && same(e.key)? {
                return Ok(Some(i as usize));
            }
            i = e.next;
        }
        Ok(None)
    }

    /// The value at a position.
    pub fn value(&self, at: usize) -> Value<'gc> {
        self.entries[at].value
    }

    /// Changes the value at a position.
    pub fn set_value(&mut self, at: usize, value: Value<'gc>) {
        self.entries[at].value = value;
    }

    /// The first entry at or after a position: its position, key and value.
    pub fn next(&self, from: usize) -> Option<(usize, Value<'gc>, Value<'gc>)> {
        let rest = self.entries.get(from..)?;
        let i = rest.iter().position(|e| !e.key.is_hole())?;
        Some((from + i, rest[i].key, rest[i].value))
    }

    /// Adds an entry whose key is not there.
    ///
    /// # Errors
    /// If memory is full.
    pub fn push(
        &mut self,
        mc: &'gc Mutation<'gc>,
        hash: u32,
        key: Value<'gc>,
        value: Value<'gc>,
    ) -> Result<(), OutOfMemory> {
        if self.entries.len() == self.buckets.len() {
            // With many holes it is rebuilt as large as it is.
            let size = if self.live * 4 <= self.entries.len() * 3 {
                self.buckets.len()
            } else {
                self.buckets.len() * 2
            };
            self.rebuild(mc, size.max(SMALLEST))?;
        }
        let bucket = hash as usize & (self.buckets.len() - 1);
        self.entries.push(Entry { key, value, hash, next: self.buckets[bucket] });
        self.buckets[bucket] = (self.entries.len() - 1) as u32;
        self.live += 1;
        Ok(())
    }

    /// Deletes the entry at a position.
    pub fn remove(&mut self, mc: &'gc Mutation<'gc>, at: usize) {
        self.entries[at].key = Value::hole();
        self.entries[at].value = Value::undefined();
        self.live -= 1;
        if self.live == 0 {
            self.clear(mc);
        } else if self.entries.len() > 4 * SMALLEST && self.live * 4 < self.entries.len() {
            // Where there is no room for the log, it stays as large as it is.
            let _ = self.rebuild(mc, (self.live * 2).next_power_of_two().max(SMALLEST));
        }
    }

    /// Deletes all entries.
    pub fn clear(&mut self, mc: &'gc Mutation<'gc>) {
        match self.end_generation(mc, None) {
            Ok(()) => {
                self.entries = Vec::new();
                self.buckets = Vec::new();
                self.charge = None;
            }
            // No room for the log: holes do as well.
            Err(OutOfMemory) => {
                for e in &mut self.entries {
                    (e.key, e.value) = (Value::hole(), Value::undefined());
                }
            }
        }
        self.live = 0;
    }

    /// The running generation, for an iterator.
    ///
    /// # Errors
    /// If memory is full.
    pub fn generation(&mut self, mc: &'gc Mutation<'gc>) -> Result<Gc<'gc, Generation<'gc>>, OutOfMemory> {
        match self.generation {
            Some(g) => Ok(g),
            None => Ok(*self.generation.insert(Generation::new(mc)?)),
        }
    }

    fn end_generation(
        &mut self,
        mc: &'gc Mutation<'gc>,
        removed: Option<Vec<u32>>,
    ) -> Result<(), OutOfMemory> {
        if let Some(old) = self.generation {
            let next = Generation::new(mc)?;
            *old.removed.borrow_mut() = removed;
            Gc::write(mc, old).project(|g| &g.next).set(Some(next));
            self.generation = Some(next);
        }
        Ok(())
    }

    /// Drops the holes and makes room for `size` entries, a power of two.
    fn rebuild(&mut self, mc: &'gc Mutation<'gc>, size: usize) -> Result<(), OutOfMemory> {
        if size > 1 << 30 {
            return Err(OutOfMemory);
        }
        // Charged before it grows.
        let charge = mc.external(size * (size_of::<Entry<'_>>() + 4))?;
        if self.live < self.entries.len() {
            let holes = |(i, e): (usize, &Entry<'gc>)| e.key.is_hole().then_some(i as u32);
            let removed = match self.generation {
                Some(_) => self.entries.iter().enumerate().filter_map(holes).collect(),
                None => Vec::new(),
            };
            self.end_generation(mc, Some(removed))?;
        }
        let mut entries: Vec<Entry<'gc>> = Vec::with_capacity(size);
        entries.extend(self.entries.iter().filter(|e| !e.key.is_hole()));
        let mut buckets = vec![NONE; size];
        for (i, e) in entries.iter_mut().enumerate() {
            let bucket = &mut buckets[e.hash as usize & (size - 1)];
            e.next = std::mem::replace(bucket, i as u32);
        }
        (self.entries, self.buckets, self.charge) = (entries, buckets, Some(charge));
        Ok(())
    }
}

/// What a Map or Set keeps.
#[derive(Debug, Default, Trace)]
pub struct MapData<'gc> {
    /// The table; a Set's values are undefined.
    pub table: RefLock<OrderedTable<'gc>>,
}

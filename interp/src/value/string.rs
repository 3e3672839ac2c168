//! Strings: flat Latin-1 or UTF-16 cells, ropes that are flattened when they are looked into, slices of
//! flat strings, and the engine's table of interned ones.
//!
//! A rope keeps its two halves; looking into it copies them into one flat cell without recursion and
//! makes the rope point to that cell alone.

use std::cell::Cell;

use gc::{Gc, Lock, Mutation, OutOfMemory, Tail, Trace, Weak};

use crate::syntax::atoms::Text;

/// The most code units of a string.
pub const MAX_LENGTH: usize = (1 << 29) - 24;

/// What stands before a string's units.
#[derive(Debug, Trace)]
pub struct StrHead<'gc> {
    /// Number of code units.
    len: u32,
    /// Hash of the units; 0 if not computed yet.
    hash: Cell<u32>,
    flags: Cell<u8>,
    /// Where a slice begins in the string it is a part of, in units.
    #[trace(skip)]
    offset: u32,
    /// A rope's left half, the flat string of a flattened rope, or the string (no slice) a slice is a part of.
    left: Lock<Option<Str<'gc>>>,
    /// A rope's right half.
    right: Lock<Option<Str<'gc>>>,
}

/// Units are bytes (else UTF-16).
const LATIN1: u8 = 1;
/// No units of its own: see `left` and `right`.
const ROPE: u8 = 2;
/// Stands in the table of interned strings.
const INTERNED: u8 = 4;
/// A part of another string: flat, but without units of its own.
const SLICE: u8 = 8;

/// Slices have at least so many units; shorter parts are copied.
const SHORTEST_SLICE: usize = 48;
/// A slice keeps at most so many times its own length alive.
const KEPT: usize = 32;

/// A string's cell.
pub type StrCell<'gc> = Tail<StrHead<'gc>, u8>;

/// A string.
#[derive(Clone, Copy, Debug, Trace)]
#[repr(transparent)]
pub struct Str<'gc>(Gc<'gc, StrCell<'gc>>);

/// The units of a flat string.
#[derive(Clone, Copy, Debug)]
pub enum Units<'a> {
    /// Bytes, each a code unit below 256.
    Latin1(&'a [u8]),
    /// UTF-16.
    Utf16(&'a [u16]),
}

impl<'a> Units<'a> {
    /// The number of units.
    #[inline]
    pub fn len(self) -> usize {
        match self {
            Units::Latin1(b) => b.len(),
            Units::Utf16(u) => u.len(),
        }
    }
    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }
    /// The unit at `i`.
    ///
    /// # Panics
    /// If `i` is out of range.
    #[inline]
    pub fn at(self, i: usize) -> u16 {
        match self {
            Units::Latin1(b) => u16::from(b[i]),
            Units::Utf16(u) => u[i],
        }
    }
    /// The code point at `i` and its length in units (an unpaired surrogate counts by itself).
    pub fn code_point(self, i: usize) -> (u32, usize) {
        let first = self.at(i);
        if (0xd800..0xdc00).contains(&first) && i + 1 < self.len() {
            let second = self.at(i + 1);
            if (0xdc00..0xe000).contains(&second) {
                return (0x10000 + (u32::from(first - 0xd800) << 10) + u32::from(second - 0xdc00), 2);
            }
        }
        (u32::from(first), 1)
    }
    /// The units one after another.
    pub fn iter(self) -> impl DoubleEndedIterator<Item = u16> + ExactSizeIterator + 'a {
        (0..self.len()).map(move |i| self.at(i))
    }
    /// A part of them.
    ///
    /// # Panics
    /// If the range is out of bounds.
    pub fn slice(self, from: usize, to: usize) -> Units<'a> {
        match self {
            Units::Latin1(b) => Units::Latin1(&b[from..to]),
            Units::Utf16(u) => Units::Utf16(&u[from..to]),
        }
    }
    /// Where `needle` begins at or after `from`.
    pub fn find(self, needle: Units<'_>, from: usize) -> Option<usize> {
        let (n, m) = (self.len(), needle.len());
        if m == 0 {
            return (from <= n).then_some(from);
        }
        if m > n {
            return None;
        }
        if let (Units::Latin1(h), Units::Latin1(s)) = (self, needle) {
            if from > n {
                return None;
            }
            return memchr::memmem::find(&h[from..], s).map(|i| i + from);
        }
        (from..=n - m).find(|&i| (0..m).all(|j| self.at(i + j) == needle.at(j)))
    }
    /// The same units.
    pub fn equals(self, other: Units<'_>) -> bool {
        match (self, other) {
            (Units::Latin1(a), Units::Latin1(b)) => a == b,
            (Units::Utf16(a), Units::Utf16(b)) => a == b,
            _ => self.len() == other.len() && self.iter().eq(other.iter()),
        }
    }
    /// The order of the units.
    pub fn compare(self, other: Units<'_>) -> std::cmp::Ordering {
        match (self, other) {
            (Units::Latin1(a), Units::Latin1(b)) => a.cmp(b),
            _ => self.iter().cmp(other.iter()),
        }
    }
    /// Lossy UTF-8: unpaired surrogates become U+FFFD.
    pub fn to_utf8(self) -> String {
        match self {
            Units::Latin1(b) => b.iter().map(|&b| char::from(b)).collect(),
            Units::Utf16(u) => String::from_utf16_lossy(u),
        }
    }
    /// As a text without an engine.
    pub fn to_text(self) -> Text {
        match self {
            Units::Latin1(b) => Text::from_latin1(b),
            Units::Utf16(u) => Text::from_units(u),
        }
    }
    fn hash(self) -> u32 {
        let mut h = 0x811c_9dc5_u32;
        for u in self.iter() {
            h = (h ^ u32::from(u)).wrapping_mul(0x0100_0193);
        }
        h ^= h >> 15;
        h.max(1)
    }
}

impl<'gc> Str<'gc> {
    pub(crate) fn gc(self) -> Gc<'gc, StrCell<'gc>> {
        self.0
    }
    pub(crate) fn from_gc(gc: Gc<'gc, StrCell<'gc>>) -> Str<'gc> {
        Str(gc)
    }

    fn head(len: usize, flags: u8) -> StrHead<'gc> {
        StrHead {
            len: len as u32,
            hash: Cell::new(0),
            flags: Cell::new(flags),
            offset: 0,
            left: Lock::new(None),
            right: Lock::new(None),
        }
    }

    /// From Latin-1 bytes.
    ///
    /// # Errors
    /// If the heap is full, or the string too long.
    pub fn latin1(mc: &'gc Mutation<'gc>, bytes: &[u8]) -> Result<Str<'gc>, OutOfMemory> {
        if bytes.len() > MAX_LENGTH {
            return Err(OutOfMemory);
        }
        Ok(Str(mc.alloc_tail_copy(Str::head(bytes.len(), LATIN1), bytes)?))
    }

    /// From UTF-16 units; held as bytes if they fit.
    ///
    /// # Errors
    /// If the heap is full, or the string too long.
    pub fn utf16(mc: &'gc Mutation<'gc>, units: &[u16]) -> Result<Str<'gc>, OutOfMemory> {
        if units.len() > MAX_LENGTH {
            return Err(OutOfMemory);
        }
        if units.iter().all(|&u| u < 256) {
            return Ok(Str(mc.alloc_tail(Str::head(units.len(), LATIN1), units.len(), |i| units[i] as u8)?));
        }
        Ok(Str(mc.alloc_tail_copy(Str::head(units.len(), 0), bytemuck::cast_slice(units))?))
    }

    /// From units.
    ///
    /// # Errors
    /// If the heap is full, or the string too long.
    pub fn units_of(mc: &'gc Mutation<'gc>, units: Units<'_>) -> Result<Str<'gc>, OutOfMemory> {
        match units {
            Units::Latin1(b) => Str::latin1(mc, b),
            Units::Utf16(u) => Str::utf16(mc, u),
        }
    }

    /// From UTF-8.
    ///
    /// # Errors
    /// If the heap is full, or the string too long.
    pub fn utf8(mc: &'gc Mutation<'gc>, text: &str) -> Result<Str<'gc>, OutOfMemory> {
        if text.is_ascii() {
            Str::latin1(mc, text.as_bytes())
        } else {
            Str::utf16(mc, &text.encode_utf16().collect::<Vec<_>>())
        }
    }

    /// From a text.
    ///
    /// # Errors
    /// If the heap is full.
    pub fn text(mc: &'gc Mutation<'gc>, text: &Text) -> Result<Str<'gc>, OutOfMemory> {
        Str::units_of(mc, text_units(text))
    }

    /// The number of code units.
    #[inline(always)]
    pub fn len(self) -> usize {
        self.0.len as usize
    }

    /// Whether it has no units.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// Whether it stands in the table of interned strings.
    #[inline(always)]
    pub fn is_interned(self) -> bool {
        self.0.flags.get() & INTERNED != 0
    }

    /// Whether all units are known to be below 256.
    #[inline(always)]
    pub fn is_latin1(self) -> bool {
        self.0.flags.get() & LATIN1 != 0
    }

    /// `left + right`, as a rope unless it is short.
    ///
    /// # Errors
    /// If the heap is full, or the string would be too long.
    pub fn concat(mc: &'gc Mutation<'gc>, left: Str<'gc>, right: Str<'gc>) -> Result<Str<'gc>, OutOfMemory> {
        let (l, r) = (left.len(), right.len());
        if l == 0 {
            return Ok(right);
        }
        if r == 0 {
            return Ok(left);
        }
        let len = l + r;
        if len > MAX_LENGTH {
            return Err(OutOfMemory);
        }
        let latin1 = left.is_latin1() && right.is_latin1();
        if len <= 24 && latin1 && (left.0.flags.get() | right.0.flags.get()) & (ROPE | SLICE) == 0 {
            let mut bytes = [0; 24];
            bytes[..l].copy_from_slice(left.0.tail());
            bytes[l..len].copy_from_slice(right.0.tail());
            return Ok(Str(mc.alloc_tail_copy(Str::head(len, LATIN1), &bytes[..len])?));
        }
        let head = StrHead {
            len: len as u32,
            hash: Cell::new(0),
            flags: Cell::new(ROPE | if latin1 { LATIN1 } else { 0 }),
            offset: 0,
            left: Lock::new(Some(left)),
            right: Lock::new(Some(right)),
        };
        Ok(Str(mc.alloc_tail_copy(head, &[])?))
    }

    /// The string as a flat one.
    ///
    /// # Errors
    /// If the heap is full.
    #[inline]
    pub fn flat(self, mc: &'gc Mutation<'gc>) -> Result<Str<'gc>, OutOfMemory> {
        if self.0.flags.get() & ROPE == 0 { Ok(self) } else { self.flatten(mc) }
    }

    fn flatten(self, mc: &'gc Mutation<'gc>) -> Result<Str<'gc>, OutOfMemory> {
        if self.0.right.get().is_none()
            && let Some(flat) = self.0.left.get()
        {
            return Ok(flat);
        }
        // A rope's length costs its maker nothing: what it takes to flatten it is charged before it is taken.
        let bytes = self.len() * if self.is_latin1() { 1 } else { 2 };
        let _charge = mc.external(bytes)?;
        let flat = if self.is_latin1() {
            let mut out: Vec<u8> = Vec::new();
            out.try_reserve_exact(self.len()).map_err(|_| OutOfMemory)?;
            self.leaves(|s| match s.flat_units() {
                Units::Latin1(b) => out.extend_from_slice(b),
                Units::Utf16(u) => out.extend(u.iter().map(|&u| u as u8)),
            });
            Str(mc.alloc_tail_copy(Str::head(out.len(), LATIN1), &out)?)
        } else {
            let mut out: Vec<u16> = Vec::new();
            out.try_reserve_exact(self.len()).map_err(|_| OutOfMemory)?;
            self.leaves(|s| match s.flat_units() {
                Units::Latin1(b) => out.extend(b.iter().map(|&b| u16::from(b))),
                Units::Utf16(u) => out.extend_from_slice(u),
            });
            Str(mc.alloc_tail_copy(Str::head(out.len(), 0), bytemuck::cast_slice(&out))?)
        };
        let write = Gc::write(mc, self.0).project(|c: &StrCell<'gc>| -> &StrHead<'gc> { c });
        write.project(|h| &h.left).set(Some(flat));
        write.project(|h| &h.right).set(None);
        Ok(flat)
    }

    /// Visits the flat parts from left to right, without recursion.
    fn leaves(self, mut visit: impl FnMut(Str<'gc>)) {
        let mut stack = vec![self];
        while let Some(s) = stack.pop() {
            if s.0.flags.get() & ROPE == 0 {
                visit(s);
                continue;
            }
            if let Some(r) = s.0.right.get() {
                stack.push(r);
            }
            if let Some(l) = s.0.left.get() {
                stack.push(l);
            }
        }
    }

    /// The units.
    ///
    /// # Errors
    /// If it must be flattened and the heap is full.
    #[inline]
    pub fn units(self, mc: &'gc Mutation<'gc>) -> Result<Units<'gc>, OutOfMemory> {
        Ok(self.flat(mc)?.flat_units())
    }

    /// The units of a string that is known to be flat (interned strings are).
    #[inline]
    pub fn flat_units(self) -> Units<'gc> {
        debug_assert!(self.0.flags.get() & ROPE == 0);
        let bytes = if self.0.flags.get() & SLICE == 0 { self.0.tail() } else { self.slice_bytes() };
        if self.is_latin1() { Units::Latin1(bytes) } else { Units::Utf16(bytemuck::cast_slice(bytes)) }
    }

    /// The bytes of a slice.
    fn slice_bytes(self) -> &'gc [u8] {
        let whole = self.0.left.get().expect("a slice is a part of a string");
        let width = if self.is_latin1() { 1 } else { 2 };
        let from = self.0.offset as usize * width;
        &whole.0.tail()[from..from + self.len() * width]
    }

    /// The units from `from` to `to` as a string: a slice that shares them, unless it would be short, or would keep much
    /// more alive than it shows. A rope is flattened first.
    ///
    /// # Errors
    /// If the heap is full.
    pub fn part(self, mc: &'gc Mutation<'gc>, from: usize, to: usize) -> Result<Str<'gc>, OutOfMemory> {
        let flat = self.flat(mc)?;
        let len = to - from;
        let (whole, offset) = match flat.0.left.get() {
            Some(whole) if flat.0.flags.get() & SLICE != 0 => (whole, flat.0.offset as usize),
            _ => (flat, 0),
        };
        if len < SHORTEST_SLICE || whole.len() / KEPT > len {
            return Str::units_of(mc, flat.flat_units().slice(from, to));
        }
        let head = StrHead {
            len: len as u32,
            hash: Cell::new(0),
            flags: Cell::new(SLICE | whole.0.flags.get() & LATIN1),
            offset: (offset + from) as u32,
            left: Lock::new(Some(whole)),
            right: Lock::new(None),
        };
        Ok(Str(mc.alloc_tail_copy(head, &[])?))
    }

    /// Lossy UTF-8, for messages and the host.
    pub fn to_utf8(self) -> String {
        let mut units: Vec<u16> = Vec::with_capacity(self.len());
        self.leaves(|s| units.extend(s.flat_units().iter()));
        String::from_utf16_lossy(&units)
    }

    /// A hash of the units, kept with the string. A rope is flattened first.
    ///
    /// # Errors
    /// If it must be flattened and the heap is full.
    pub fn hash(self, mc: &'gc Mutation<'gc>) -> Result<u32, OutOfMemory> {
        match self.0.hash.get() {
            0 => {
                let hash = self.units(mc)?.hash();
                self.0.hash.set(hash);
                Ok(hash)
            }
            known => Ok(known),
        }
    }

    /// The same units. Ropes are flattened first.
    ///
    /// # Errors
    /// If one must be flattened and the heap is full.
    pub fn equals(self, other: Str<'gc>, mc: &'gc Mutation<'gc>) -> Result<bool, OutOfMemory> {
        if self.0.ptr_eq(other.0) {
            return Ok(true);
        }
        if self.len() != other.len() || self.is_interned() && other.is_interned() {
            return Ok(false);
        }
        Ok(self.units(mc)?.equals(other.units(mc)?))
    }
}

/// The units of a text.
pub fn text_units(text: &Text) -> Units<'_> {
    match text {
        Text::Latin1(b) => Units::Latin1(b),
        Text::Utf16(u) => Units::Utf16(u),
    }
}

/// The interned strings of an engine, held weakly: names nobody uses are forgotten.
#[derive(Default, Trace)]
pub struct Interner<'gc> {
    /// Open addressing, a power of two; empty and cleared entries end no search before `holes` are
    /// counted out by a rebuild after each collection.
    table: Vec<Weak<'gc, StrCell<'gc>>>,
    #[trace(skip)]
    hashes: Vec<u32>,
    #[trace(skip)]
    used: usize,
}

impl std::fmt::Debug for Interner<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Interner").field("used", &self.used).finish()
    }
}

impl<'gc> Interner<'gc> {
    /// The interned string of these units.
    ///
    /// # Errors
    /// If the heap is full.
    pub fn intern(&mut self, mc: &'gc Mutation<'gc>, units: Units<'_>) -> Result<Str<'gc>, OutOfMemory> {
        let hash = units.hash();
        if let Some(s) = self.find(mc, hash, units) {
            return Ok(s);
        }
        let s = Str::units_of(mc, units)?;
        self.add(s, hash);
        Ok(s)
    }

    /// The interned string equal to `s`, which becomes it if there is none.
    ///
    /// # Errors
    /// If the heap is full.
    pub fn intern_str(&mut self, mc: &'gc Mutation<'gc>, s: Str<'gc>) -> Result<Str<'gc>, OutOfMemory> {
        if s.is_interned() {
            return Ok(s);
        }
        let s = s.flat(mc)?;
        if s.is_interned() {
            return Ok(s);
        }
        let units = s.flat_units();
        let hash = match s.0.hash.get() {
            0 => units.hash(),
            h => h,
        };
        s.0.hash.set(hash);
        if let Some(known) = self.find(mc, hash, units) {
            return Ok(known);
        }
        // An interned string stands for itself: it keeps no longer one alive.
        let s = if s.0.flags.get() & SLICE != 0 { Str::units_of(mc, units)? } else { s };
        self.add(s, hash);
        Ok(s)
    }

    fn find(&self, mc: &Mutation<'gc>, hash: u32, units: Units<'_>) -> Option<Str<'gc>> {
        if self.table.is_empty() {
            return None;
        }
        let mask = self.table.len() - 1;
        let mut i = hash as usize & mask;
        while self.hashes[i] != 0 {
            if self.hashes[i] == hash
                && let Some(s) = self.table[i].get(mc).map(Str)
                && s.flat_units().equals(units)
            {
                return Some(s);
            }
            i = (i + 1) & mask;
        }
        None
    }

    fn add(&mut self, s: Str<'gc>, hash: u32) {
        if (self.used + 1) * 4 > self.table.len() * 3 {
            self.rebuild((self.table.len() * 2).max(64));
        }
        s.0.flags.set(s.0.flags.get() | INTERNED);
        s.0.hash.set(hash);
        self.place(Weak::new(s.0), hash);
        self.used += 1;
    }

    fn place(&mut self, weak: Weak<'gc, StrCell<'gc>>, hash: u32) {
        let mask = self.table.len() - 1;
        let mut i = hash as usize & mask;
        while self.hashes[i] != 0 {
            i = (i + 1) & mask;
        }
        self.table[i] = weak;
        self.hashes[i] = hash;
    }

    fn rebuild(&mut self, size: usize) {
        let table = std::mem::replace(&mut self.table, (0..size).map(|_| Weak::empty()).collect());
        let hashes = std::mem::replace(&mut self.hashes, vec![0; size]);
        self.used = 0;
        for (weak, hash) in table.into_iter().zip(hashes) {
            if hash != 0 && !weak.is_cleared() {
                self.place(weak, hash);
                self.used += 1;
            }
        }
    }

    /// After a collection: forgets the names that died.
    pub fn prune(&mut self) {
        if self.table.iter().zip(&self.hashes).any(|(w, h)| *h != 0 && w.is_cleared()) {
            let mut size = self.table.len();
            let live = self.table.iter().filter(|w| !w.is_cleared()).count();
            while size > 64 && live * 4 < size {
                size /= 2;
            }
            self.rebuild(size);
        }
    }
}

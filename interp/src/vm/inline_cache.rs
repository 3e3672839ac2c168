//! Inline caches: what a place in the code saw last, and how to get there at once.
//!
//! ```text
//! empty -> one way (monomorphic) -> up to four (polymorphic) -> megamorphic: also the engine's own table is asked
//! ```
//! They belong to an engine, not to the code, and hold shapes and holders weakly. The slow path adds ways, the newest
//! first, where the dispatch loop looks. What goes through prototypes is good only while the engine's prototype epoch
//! stands still (every change of a prototype's properties moves it).

use std::cell::UnsafeCell;

use gc::{Branded, Gc, Mutation, Trace, Tracer, Weak};

use crate::object::data::Accessor;
use crate::object::function::CodeRt;
use crate::object::shape::{Shape, ShapeGc};
use crate::object::{Object, ObjectCell};
use crate::value::{PropertyKey, Value};

/// How a cached property is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum IcKind {
    /// Not at all: nothing is cached.
    Empty,
    /// An own data property in an inline slot.
    OwnInline,
    /// An own data property in the slots cell.
    OwnOutline,
    /// A data property of a prototype.
    Proto,
    /// An accessor: of the object itself, or of `holder`.
    Accessor,
    /// A data property of the prototypes of strings: no shape.
    StringProto,
    /// The same of numbers.
    NumberProto,
    /// Assignment adds a property in an inline slot.
    AddInline,
    /// Assignment adds a property in the slots cell.
    AddOutline,
    /// A global lexical binding: `holder` is its cell object.
    Lexical,
}

/// One way to a property.
#[derive(Clone, Debug)]
pub struct Ic<'gc> {
    pub(crate) shape: Weak<'gc, Shape<'gc>>,
    pub(crate) holder: Weak<'gc, ObjectCell<'gc>>,
    pub(crate) target: Weak<'gc, Shape<'gc>>,
    pub(crate) slot: u32,
    pub(crate) epoch: u32,
    pub(crate) kind: IcKind,
    /// Older ways of the same place.
    pub(crate) more: Option<Box<More<'gc>>>,
}

/// The older ways of a place.
#[derive(Clone, Debug, Default)]
pub struct More<'gc> {
    ways: Vec<Ic<'gc>>,
    megamorphic: bool,
}

/// The most ways of a place, besides the newest.
const MORE_WAYS: usize = 3;

impl Default for Ic<'_> {
    fn default() -> Self {
        Ic {
            shape: Weak::empty(),
            holder: Weak::empty(),
            target: Weak::empty(),
            slot: 0,
            epoch: 0,
            kind: IcKind::Empty,
            more: None,
        }
    }
}

/// What a cached way leads to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Reached<'gc> {
    /// A value.
    Value(Value<'gc>),
    /// An accessor pair.
    Accessor(Gc<'gc, Accessor<'gc>>),
}

/// What an assignment came to.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Assigned<'gc> {
    /// It is done.
    Done,
    /// Memory is full.
    Full,
    /// A setter is to be called.
    Setter(Value<'gc>),
}

impl<'gc> Ic<'gc> {
    /// The way for a shape.
    #[inline(always)]
    pub(crate) fn way(&self, mc: &Mutation<'gc>, shape: ShapeGc<'gc>) -> Option<&Ic<'gc>> {
        let here = |ic: &&Ic<'gc>| ic.shape.get(mc).is_some_and(|s| s.ptr_eq(shape));
        if here(&self) {
            return Some(self);
        }
        self.more.as_ref()?.ways.iter().find(here)
    }

    /// The way for a shape, moved to where the loop looks first: what a place saw now it sees again, mostly.
    #[inline(always)]
    pub(crate) fn promote(&mut self, mc: &Mutation<'gc>, shape: ShapeGc<'gc>) -> Option<&Ic<'gc>> {
        if !self.shape.get(mc).is_some_and(|s| s.ptr_eq(shape)) {
            self.promote_older(mc, shape)?;
        }
        Some(self)
    }

    fn promote_older(&mut self, mc: &Mutation<'gc>, shape: ShapeGc<'gc>) -> Option<()> {
        let mut more = self.more.take()?;
        let found = more.ways.iter().position(|ic| ic.shape.get(mc).is_some_and(|s| s.ptr_eq(shape)));
        if let Some(i) = found {
            std::mem::swap(self, &mut more.ways[i]);
        }
        self.more = Some(more);
        found.map(|_| ())
    }

    /// Whether the engine's table is asked as well.
    pub(crate) fn is_megamorphic(&self) -> bool {
        self.more.as_ref().is_some_and(|m| m.megamorphic)
    }

    /// Follows the way for a value, if there is a good one.
    #[inline]
    pub(crate) fn read(&self, mc: &Mutation<'gc>, v: Value<'gc>, epoch: u32) -> Option<Reached<'gc>> {
        let Some(o) = v.as_object() else {
            let fits = match self.kind {
                IcKind::StringProto => v.is_string(),
                IcKind::NumberProto => v.is_number(),
                _ => false,
            };
            if !fits || self.epoch != epoch {
                return None;
            }
            let holder = Object::from_gc(self.holder.get(mc)?);
            return Some(Reached::Value(holder.slot(self.slot)));
        };
        let way = self.way(mc, o.shape())?;
        match way.kind {
            IcKind::OwnInline | IcKind::OwnOutline => Some(Reached::Value(o.slot(way.slot))),
            IcKind::Proto if way.epoch == epoch => {
                Some(Reached::Value(Object::from_gc(way.holder.get(mc)?).slot(way.slot)))
            }
            IcKind::Accessor => way.accessor(mc, o, epoch).map(Reached::Accessor),
            _ => None,
        }
    }

    fn accessor(&self, mc: &Mutation<'gc>, o: Object<'gc>, epoch: u32) -> Option<Gc<'gc, Accessor<'gc>>> {
        let holder = match self.holder.get(mc) {
            Some(h) if self.epoch == epoch => Object::from_gc(h),
            Some(_) => return None,
            None => o,
        };
        holder.slot(self.slot).as_cell()?.downcast()
    }

    /// Assigns by the way for an object, if there is a good one.
    pub(crate) fn write(
        &self,
        mc: &'gc Mutation<'gc>,
        o: Object<'gc>,
        v: Value<'gc>,
        epoch: u32,
    ) -> Option<Assigned<'gc>> {
        let way = self.way(mc, o.shape())?;
        match way.kind {
            IcKind::OwnInline | IcKind::OwnOutline => o.set_slot(mc, way.slot, v),
            IcKind::AddInline | IcKind::AddOutline if way.epoch == epoch => {
                let target = way.target.get(mc)?;
                if o.put_slot(mc, way.slot, v).is_err() {
                    return Some(Assigned::Full);
                }
                o.set_shape(mc, target);
            }
            IcKind::Accessor => {
                let set = way.accessor(mc, o, epoch)?.set;
                return (!set.is_undefined()).then_some(Assigned::Setter(set));
            }
            _ => return None,
        }
        Some(Assigned::Done)
    }

    /// Puts a way of the engine's table first.
    fn borrow(&mut self, way: Ic<'gc>) {
        *self = Ic { more: self.more.take(), ..way };
    }

    /// Takes a new way in: it is looked at first.
    fn learn(&mut self, mc: &Mutation<'gc>, mut new: Ic<'gc>) {
        let same = |ic: &Ic<'gc>| match (ic.shape.get(mc), new.shape.get(mc)) {
            (Some(a), Some(b)) => a.ptr_eq(b),
            (None, _) => true,
            _ => false,
        };
        let mut more = self.more.take();
        if !same(self) {
            let mut old = std::mem::take(self);
            old.more = None;
            let m = more.get_or_insert_default();
            m.ways.retain(|ic| !ic.shape.is_cleared());
            match m.ways.iter().position(same) {
                Some(i) => m.ways[i] = old,
                None if m.ways.len() < MORE_WAYS => m.ways.push(old),
                None => {
                    m.megamorphic = true;
                    m.ways.remove(0);
                    m.ways.push(old);
                }
            }
        }
        new.more = more;
        *self = new;
    }

    fn trace_one(&self, tracer: &mut Tracer<'_>) {
        if self.kind != IcKind::Empty {
            self.shape.trace(tracer);
            self.holder.trace(tracer);
            self.target.trace(tracer);
        }
    }
}

/// The places of the engine's table.
const TABLE: usize = 512;

/// The engine's table for megamorphic places: direct-mapped by shape and key, for data properties only.
///
/// Its keys are addresses: it is emptied whenever the collector may have freed something.
#[derive(Debug, Default, Trace)]
pub(crate) struct Megamorphic<'gc> {
    entries: Vec<Entry<'gc>>,
}

#[derive(Clone, Debug, Default, Trace)]
struct Entry<'gc> {
    #[trace(skip)]
    shape: usize,
    #[trace(skip)]
    key: usize,
    /// Nothing: an own property.
    holder: Weak<'gc, ObjectCell<'gc>>,
    #[trace(skip)]
    slot: u32,
    #[trace(skip)]
    epoch: u32,
}

impl<'gc> Megamorphic<'gc> {
    fn at(shape: ShapeGc<'gc>, key: PropertyKey<'gc>) -> (usize, usize, usize) {
        let (shape, key) = (shape.as_ptr().addr(), key.address());
        let mixed = (shape >> 4).wrapping_mul(31) ^ (key >> 4);
        (shape, key, (mixed ^ mixed >> 9) % TABLE)
    }

    /// The way to a property that was looked up before.
    #[inline]
    pub(crate) fn find(
        &self,
        mc: &Mutation<'gc>,
        o: Object<'gc>,
        key: PropertyKey<'gc>,
        epoch: u32,
    ) -> Option<Ic<'gc>> {
        let (shape, address, at) = Megamorphic::at(o.shape(), key);
        let e = self.entries.get(at)?;
        if e.shape != shape || e.key != address || e.epoch != epoch {
            return None;
        }
        let kind = match e.holder.get(mc) {
            Some(_) => IcKind::Proto,
            None if e.slot < o.shape().inline => IcKind::OwnInline,
            None => IcKind::OwnOutline,
        };
        let (shape, holder) = (Weak::new(o.shape()), e.holder.clone());
        Some(Ic { shape, holder, slot: e.slot, epoch, kind, ..Ic::default() })
    }

    /// Remembers where a data property is.
    pub(crate) fn learn(&mut self, shape: ShapeGc<'gc>, key: PropertyKey<'gc>, way: &Ic<'gc>) {
        if !matches!(way.kind, IcKind::OwnInline | IcKind::OwnOutline | IcKind::Proto) {
            return;
        }
        if self.entries.is_empty() {
            self.entries.resize(TABLE, Entry::default());
        }
        let (shape, key, at) = Megamorphic::at(shape, key);
        self.entries[at] = Entry { shape, key, holder: way.holder.clone(), slot: way.slot, epoch: way.epoch };
    }

    /// Forgets everything: addresses may be another's now.
    pub(crate) fn clear(&mut self) {
        self.entries.clear();
    }
}

/// The inline caches of a function.
// INVARIANT: nobody holds a reference into a cache across a call that may use the table.
#[derive(Debug)]
pub struct IcTable<'gc>(Box<[UnsafeCell<Ic<'gc>>]>);

impl<'gc> IcTable<'gc> {
    /// Empty caches.
    pub(crate) fn new(n: usize) -> IcTable<'gc> {
        IcTable((0..n).map(|_| UnsafeCell::default()).collect())
    }
    /// The first one, for the dispatch loop.
    pub(crate) fn first(&self) -> *mut Ic<'gc> {
        UnsafeCell::raw_get(self.0.as_ptr())
    }

    /// Whether it is one of these.
    fn has(&self, ic: *mut Ic<'gc>) -> bool {
        self.0.as_ptr_range().contains(&ic.cast_const().cast())
    }
}

// SAFETY: 1. every `Weak` is visited in place. 2. there are some. 3. no drop glue looks at them.
// 4. the identity is the type's own. 5. ways come in by `to_change` only, which runs the barrier of the
// cell that the table is part of; that ways of a cache change places reaches nothing new.
unsafe impl Trace for IcTable<'_> {
    type Static = IcTable<'static>;

    fn trace(&self, tracer: &mut Tracer<'_>) {
        for ic in &self.0 {
            // SAFETY: the invariant: no mutation is active while the collector runs.
            let ic = unsafe { &*ic.get() };
            ic.trace_one(tracer);
            for way in ic.more.iter().flat_map(|m| &m.ways) {
                way.trace_one(tracer);
            }
        }
    }
}

// SAFETY: 1. its only brand is `'gc`.
unsafe impl<'gc> Branded<'gc> for IcTable<'gc> {}

/// Adds a way to a cache of that code; a null one is none.
#[inline]
pub(crate) fn learn<'gc>(ic: *mut Ic<'gc>, mc: &Mutation<'gc>, code: Gc<'gc, CodeRt<'gc>>, new: Ic<'gc>) {
    if let Some(ic) = to_change(ic, mc, code) {
        ic.learn(mc, new);
    }
}

/// Puts a way of the engine's table first in a cache of that code.
#[inline]
pub(crate) fn borrow<'gc>(ic: *mut Ic<'gc>, mc: &Mutation<'gc>, code: Gc<'gc, CodeRt<'gc>>, way: Ic<'gc>) {
    if let Some(ic) = to_change(ic, mc, code) {
        ic.borrow(way);
    }
}

/// A cache that will reach something else: its cell is told before.
#[inline]
fn to_change<'a, 'gc>(
    ic: *mut Ic<'gc>,
    mc: &Mutation<'gc>,
    code: Gc<'gc, CodeRt<'gc>>,
) -> Option<&'a mut Ic<'gc>> {
    if ic.is_null() {
        return None;
    }
    debug_assert!(code.ics.has(ic), "a cache of other code");
    mc.barrier(code.erase());
    // SAFETY: the pointer is a cache of the running code (the dispatch loop passes no other),
    // and the table's invariant: nobody else holds a reference into it now.
    Some(unsafe { &mut *ic })
}

/// What a cache knows, if there is one.
#[inline]
pub(crate) fn known<'a, 'gc>(ic: *mut Ic<'gc>) -> Option<&'a Ic<'gc>> {
    // SAFETY: as in `to_change`; the callers use the reference up before anything else runs.
    unsafe { ic.as_ref() }
}

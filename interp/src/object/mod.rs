//! Objects: the cell, its slots and elements, and what the classes keep beside them.
//!
//! An object is one cell with a few inline slots; more slots, and elements (values at array
//! indices), are cells of their own that grow by being replaced. Elements are dense and may have
//! holes; anything else at an index (attributes, accessors, far-away indices) is kept by the shape
//! in dictionary mode under an index key (`SLOW_INDEX`).

use std::cell::Cell;

use gc::{Gc, Lock, Mutation, OutOfMemory, Tail, Trace};

use crate::value::Value;

pub mod buffer;
pub mod data;
pub mod descriptor;
pub mod environment;
pub mod exotic;
pub mod function;
pub mod ordered_table;
pub mod ordinary;
pub(crate) mod set;
pub mod shape;
pub mod typed_array;
pub mod waiters;

use data::ObjectData;
use shape::ShapeGc;

/// What stands before the inline slots.
#[derive(Debug, Trace)]
pub struct ObjectHead<'gc> {
    /// The length of an array.
    pub(crate) length: Cell<u32>,
    pub(crate) flags: Cell<u32>,
    shape: Lock<ShapeGc<'gc>>,
    slots: Lock<Option<Gc<'gc, Slots<'gc>>>>,
    elements: Lock<Option<Gc<'gc, Slots<'gc>>>>,
    data: Lock<ObjectData<'gc>>,
}

/// Slots or elements in a cell of their own.
pub type Slots<'gc> = Tail<(), Lock<Value<'gc>>>;

/// An object's cell.
pub type ObjectCell<'gc> = Tail<ObjectHead<'gc>, Lock<Value<'gc>>>;

/// An object.
#[derive(Clone, Copy, Debug, Trace)]
#[repr(transparent)]
pub struct Object<'gc>(Gc<'gc, ObjectCell<'gc>>);

/// What sort of object, in the low byte of the flags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
#[allow(missing_docs)]
#[expect(dead_code, reason = "the classes of built-ins that are still to come have their numbers")]
pub enum Class {
    Object,
    Array,
    Function,
    Error,
    Boolean,
    Number,
    String,
    Symbol,
    BigInt,
    Date,
    RegExp,
    Arguments,
    Map,
    Set,
    WeakMap,
    WeakSet,
    WeakRef,
    Promise,
    Generator,
    AsyncGenerator,
    ForIn,
    ArrayIterator,
    StringIterator,
    MapIterator,
    SetIterator,
    RegExpStringIterator,
    WrapIterator,
    Proxy,
    ArrayBuffer,
    TypedArray,
    DataView,
    Namespace,
    Global,
    Host,
    FinalizationRegistry,
    Test262,
    ModuleSource,
    RawJson,
    ShadowRealm,
}

/// Not extensible.
pub const FROZEN: u32 = 1 << 8;
/// Has [[Call]].
pub const CALLABLE: u32 = 1 << 9;
/// Has [[Construct]].
pub const CONSTRUCTOR: u32 = 1 << 10;
/// Is or was a prototype: changes of its properties invalidate inline caches.
pub const IS_PROTO: u32 = 1 << 11;
/// Some index is kept by the shape.
pub const SLOW_INDEX: u32 = 1 << 12;
/// Has internal methods of its own (proxies, typed arrays, …).
pub const EXOTIC: u32 = 1 << 13;
/// An array whose `length` is read-only.
pub const FIXED_LENGTH: u32 = 1 << 14;
/// A function whose `length`, `name` and `prototype` were not made yet.
pub const LAZY: u32 = 1 << 15;
/// `IsHTMLDDA`: typeof says undefined.
pub const HTMLDDA: u32 = 1 << 16;
/// A proxy over an array counts as one.
pub const CLASS_CONSTRUCTOR: u32 = 1 << 17;

impl<'gc> Object<'gc> {
    /// A new object.
    ///
    /// # Errors
    /// If the heap is full.
    pub fn new(
        mc: &'gc Mutation<'gc>,
        shape: ShapeGc<'gc>,
        class: Class,
        flags: u32,
        data: ObjectData<'gc>,
    ) -> Result<Object<'gc>, OutOfMemory> {
        let head = ObjectHead {
            length: Cell::new(0),
            flags: Cell::new(class as u32 | flags),
            shape: Lock::new(shape),
            slots: Lock::new(None),
            elements: Lock::new(None),
            data: Lock::new(data),
        };
        Ok(Object(mc.alloc_tail(head, shape.inline as usize, |_| Lock::new(Value::undefined()))?))
    }

    /// A new plain object of a shape all of whose properties have inline slots, with their values.
    ///
    /// # Errors
    /// If the heap is full.
    pub(crate) fn with_slots(
        mc: &'gc Mutation<'gc>,
        shape: ShapeGc<'gc>,
        values: &[Value<'gc>],
    ) -> Result<Object<'gc>, OutOfMemory> {
        let head = ObjectHead {
            length: Cell::new(0),
            flags: Cell::new(Class::Object as u32),
            shape: Lock::new(shape),
            slots: Lock::new(None),
            elements: Lock::new(None),
            data: Lock::new(ObjectData::None),
        };
        let value = |i| Lock::new(values.get(i).copied().unwrap_or(Value::undefined()));
        Ok(Object(mc.alloc_tail(head, shape.inline as usize, value)?))
    }

    pub(crate) fn from_gc(gc: Gc<'gc, ObjectCell<'gc>>) -> Object<'gc> {
        Object(gc)
    }
    #[inline(always)]
    pub(crate) fn gc(self) -> Gc<'gc, ObjectCell<'gc>> {
        self.0
    }
    /// The same object.
    #[inline(always)]
    pub fn is(self, other: Object<'gc>) -> bool {
        self.0.ptr_eq(other.0)
    }
    /// The shape.
    #[inline(always)]
    pub fn shape(self) -> ShapeGc<'gc> {
        self.0.shape.get()
    }
    #[inline(always)]
    fn write(self, mc: &Mutation<'gc>) -> &'gc gc::Write<ObjectHead<'gc>> {
        Gc::write(mc, self.0).project(|c: &ObjectCell<'gc>| -> &ObjectHead<'gc> { c })
    }
    /// Changes the shape.
    #[inline]
    pub fn set_shape(self, mc: &Mutation<'gc>, shape: ShapeGc<'gc>) {
        self.write(mc).project(|h| &h.shape).set(shape);
    }
    /// The flags.
    #[inline(always)]
    pub fn flags(self) -> u32 {
        self.0.flags.get()
    }
    /// Sets flags.
    pub fn set_flags(self, flags: u32) {
        self.0.flags.set(self.flags() | flags);
    }
    /// Clears flags.
    pub fn clear_flags(self, flags: u32) {
        self.0.flags.set(self.flags() & !flags);
    }
    /// Whether one of the flags is set.
    #[inline(always)]
    pub fn has(self, flags: u32) -> bool {
        self.flags() & flags != 0
    }
    /// Whether it is of a class.
    #[inline(always)]
    pub fn is_class(self, class: Class) -> bool {
        self.flags() & 0xff == class as u32
    }
    /// Whether it is an array (not a proxy of one).
    #[inline(always)]
    pub fn is_array(self) -> bool {
        self.is_class(Class::Array)
    }
    /// Whether it can be called.
    #[inline(always)]
    pub fn is_callable(self) -> bool {
        self.has(CALLABLE)
    }
    /// Whether it can be constructed.
    pub fn is_constructor(self) -> bool {
        self.has(CONSTRUCTOR)
    }
    /// What the class keeps.
    #[inline(always)]
    pub fn data(self) -> ObjectData<'gc> {
        self.0.data.get()
    }
    /// Changes what the class keeps.
    pub fn set_data(self, mc: &Mutation<'gc>, data: ObjectData<'gc>) {
        self.write(mc).project(|h| &h.data).set(data);
    }
    /// The prototype of an ordinary object.
    #[inline(always)]
    pub fn proto(self) -> Option<Object<'gc>> {
        self.shape().proto
    }
    /// The length of an array.
    #[inline(always)]
    pub fn array_length(self) -> u32 {
        self.0.length.get()
    }
    /// Sets the length of an array; elements beyond are the caller's to clear.
    #[inline(always)]
    pub fn set_array_length(self, n: u32) {
        self.0.length.set(n);
    }

    /// A slot's value.
    #[inline(always)]
    pub fn slot(self, i: u32) -> Value<'gc> {
        let tail = self.0.tail();
        match tail.get(i as usize) {
            Some(v) => v.get(),
            None => match self.0.slots.get() {
                Some(s) => s.tail()[i as usize - tail.len()].get(),
                None => Value::undefined(),
            },
        }
    }

    /// Sets a slot that is there.
    #[inline(always)]
    pub fn set_slot(self, mc: &Mutation<'gc>, i: u32, value: Value<'gc>) {
        let inline = self.0.len();
        if (i as usize) < inline {
            Gc::write_tail(mc, self.0).get(i as usize).expect("in range").set(value);
        } else if let Some(s) = self.0.slots.get() {
            Gc::write_tail(mc, s).get(i as usize - inline).expect("shapes count slots").set(value);
        }
    }

    /// Gives the slot `i`, which may be one beyond those there are, a value.
    ///
    /// # Errors
    /// If the heap is full.
    #[inline]
    pub fn put_slot(self, mc: &'gc Mutation<'gc>, i: u32, value: Value<'gc>) -> Result<(), OutOfMemory> {
        let inline = self.0.len();
        if i as usize >= inline {
            let at = i as usize - inline;
            let have = self.0.slots.get().map_or(0, |s| s.len());
            if at >= have {
                let size = (at + 1).max(have * 2).max(4);
                let old = self.0.slots.get();
                let new = mc.alloc_tail((), size, |i| match old {
                    Some(s) if i < have => Lock::new(s.tail()[i].get()),
                    _ => Lock::new(Value::undefined()),
                })?;
                self.write(mc).project(|h| &h.slots).set(Some(new));
            }
        }
        self.set_slot(mc, i, value);
        Ok(())
    }

    /// The elements: values at indices, holes where there is none.
    #[inline(always)]
    pub fn elements(self) -> &'gc [Lock<Value<'gc>>] {
        match self.0.elements.get() {
            Some(e) => e.tail(),
            None => &[],
        }
    }

    /// The element at `i`, if it is a dense one.
    #[inline(always)]
    pub fn element(self, i: u32) -> Option<Value<'gc>> {
        match self.elements().get(i as usize) {
            Some(v) if !v.get().is_hole() => Some(v.get()),
            _ => None,
        }
    }

    /// Sets a dense element within the capacity.
    #[inline(always)]
    pub fn set_element(self, mc: &Mutation<'gc>, i: u32, value: Value<'gc>) {
        if let Some(e) = self.0.elements.get()
            && let Some(v) = Gc::write_tail(mc, e).get(i as usize)
        {
            v.set(value);
        }
    }

    /// Makes room for at least `n` dense elements.
    ///
    /// # Errors
    /// If the heap is full.
    pub fn reserve_elements(self, mc: &'gc Mutation<'gc>, n: usize) -> Result<(), OutOfMemory> {
        let old = self.elements();
        if n <= old.len() {
            return Ok(());
        }
        let size = n.max(old.len() + old.len() / 2).max(4);
        let new = mc.alloc_tail((), size, |i| match old.get(i) {
            Some(v) => Lock::new(v.get()),
            None => Lock::new(Value::hole()),
        })?;
        self.write(mc).project(|h| &h.elements).set(Some(new));
        Ok(())
    }

    /// Replaces the elements.
    pub fn set_elements(self, mc: &Mutation<'gc>, elements: Option<Gc<'gc, Slots<'gc>>>) {
        self.write(mc).project(|h| &h.elements).set(elements);
    }
}

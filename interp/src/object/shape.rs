//! Shapes (hidden classes): which properties an object has, where, with which attributes.
//!
//! A shared shape is a node of a tree: its parent's properties and one more. Transitions are held
//! weakly. An object whose properties are deleted, changed in kind, or too many gets a *dictionary*
//! shape of its own. The prototype is part of the shape. A shape that an inline cache has seen never
//! changes its meaning: a dictionary that loses or changes a property becomes another cell.

use std::collections::HashMap;

use gc::{Gc, Lock, Mutation, RefLock, Trace, Weak};

use super::Object;
use crate::value::key::{AddressHash, PropertyKey};

/// Writable.
pub const WRITABLE: u8 = 1;
/// Enumerable.
pub const ENUMERABLE: u8 = 2;
/// Configurable.
pub const CONFIGURABLE: u8 = 4;
/// The slot holds an accessor pair.
pub const ACCESSOR: u8 = 8;
/// What an assignment creates.
pub const DEFAULT: u8 = WRITABLE | ENUMERABLE | CONFIGURABLE;
/// What built-in methods have.
pub const HIDDEN: u8 = WRITABLE | CONFIGURABLE;

/// The most properties of a shared shape.
const MAX_SHARED: u32 = 512;
/// The most transitions of a shape.
const MAX_TRANSITIONS: usize = 256;
/// Up to this many properties are searched along the parents.
const LINEAR: u32 = 6;

/// Where a property is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The slot's number.
    pub slot: u32,
    /// The attributes.
    pub attrs: u8,
}

/// The properties of a shape by key.
#[derive(Debug, Default, Trace)]
pub struct PropTable<'gc> {
    entries: Vec<Entry<'gc>>,
    #[trace(skip)]
    index: HashMap<usize, u32, AddressHash>,
    #[trace(skip)]
    live: u32,
}

#[derive(Clone, Copy, Debug, Trace)]
struct Entry<'gc> {
    key: Option<PropertyKey<'gc>>,
    #[trace(skip)]
    slot: u32,
    #[trace(skip)]
    attrs: u8,
}

impl<'gc> PropTable<'gc> {
    fn find(&self, key: PropertyKey<'gc>) -> Option<usize> {
        self.index.get(&key.address()).map(|&i| i as usize)
    }
    fn push(&mut self, key: PropertyKey<'gc>, slot: u32, attrs: u8) {
        self.index.insert(key.address(), self.entries.len() as u32);
        self.entries.push(Entry { key: Some(key), slot, attrs });
        self.live += 1;
    }
}

/// A transition to a child shape.
#[derive(Debug, Trace)]
struct Transition<'gc> {
    key: PropertyKey<'gc>,
    #[trace(skip)]
    attrs: u8,
    to: Weak<'gc, Shape<'gc>>,
}

/// A shape.
#[derive(Debug, Trace)]
pub struct Shape<'gc> {
    /// The prototype of objects of this shape.
    pub proto: Option<Object<'gc>>,
    parent: Option<Gc<'gc, Shape<'gc>>>,
    key: Option<PropertyKey<'gc>>,
    #[trace(skip)]
    attrs: u8,
    /// Number of inline slots of objects of this shape.
    #[trace(skip)]
    pub inline: u32,
    /// Number of slots in use.
    #[trace(skip)]
    count: std::cell::Cell<u32>,
    /// Belongs to one object.
    #[trace(skip)]
    pub dictionary: bool,
    table: RefLock<Option<Box<PropTable<'gc>>>>,
    transitions: RefLock<Vec<Transition<'gc>>>,
    /// The same properties with another prototype, last asked for.
    _reserved: Lock<Option<Gc<'gc, Shape<'gc>>>>,
}

/// A shape's cell.
pub type ShapeGc<'gc> = Gc<'gc, Shape<'gc>>;

impl<'gc> Shape<'gc> {
    /// A shape without properties.
    pub fn root(mc: &'gc Mutation<'gc>, proto: Option<Object<'gc>>, inline: u32) -> ShapeGc<'gc> {
        Shape::make(mc, proto, inline, None, None, 0, 0, false, None)
    }

    #[allow(clippy::too_many_arguments)]
    fn make(
        mc: &'gc Mutation<'gc>,
        proto: Option<Object<'gc>>,
        inline: u32,
        parent: Option<ShapeGc<'gc>>,
        key: Option<PropertyKey<'gc>>,
        attrs: u8,
        count: u32,
        dictionary: bool,
        table: Option<Box<PropTable<'gc>>>,
    ) -> ShapeGc<'gc> {
        mc.alloc(Shape {
            proto,
            parent,
            key,
            attrs,
            inline,
            count: std::cell::Cell::new(count),
            dictionary,
            table: RefLock::new(table),
            transitions: RefLock::new(Vec::new()),
            _reserved: Lock::new(None),
        })
    }

    /// The number of slots in use.
    pub fn count(&self) -> u32 {
        self.count.get()
    }

    /// Where the property is.
    pub fn lookup(this: ShapeGc<'gc>, mc: &'gc Mutation<'gc>, key: PropertyKey<'gc>) -> Option<Place> {
        if this.table.borrow().is_none() {
            if this.count.get() <= LINEAR {
                let mut shape = this;
                while let Some(k) = shape.key {
                    if k == key {
                        return Some(Place { slot: shape.count.get() - 1, attrs: shape.attrs });
                    }
                    shape = shape.parent?;
                }
                return None;
            }
            let table = Shape::collect_table(this);
            *Gc::write(mc, this).project(|s| &s.table).borrow_mut() = Some(Box::new(table));
        }
        let table = this.table.borrow();
        let table = table.as_ref()?;
        let entry = &table.entries[table.find(key)?];
        Some(Place { slot: entry.slot, attrs: entry.attrs })
    }

    fn collect_table(this: ShapeGc<'gc>) -> PropTable<'gc> {
        let mut chain = Vec::with_capacity(this.count.get() as usize);
        let mut shape = this;
        let mut base = None;
        while let Some(key) = shape.key {
            if let (false, Some(table)) = (shape.ptr_eq_to(this), shape.table.borrow().as_ref()) {
                base = Some((table.entries.clone(), table.live));
                break;
            }
            chain.push((key, shape.count.get() - 1, shape.attrs));
            match shape.parent {
                Some(p) => shape = p,
                None => break,
            }
        }
        let mut table = PropTable::default();
        if let Some((entries, _)) = base {
            for e in entries {
                if let Some(key) = e.key {
                    table.push(key, e.slot, e.attrs);
                }
            }
        }
        for (key, slot, attrs) in chain.into_iter().rev() {
            table.push(key, slot, attrs);
        }
        table
    }

    fn ptr_eq_to(&self, other: ShapeGc<'gc>) -> bool {
        std::ptr::eq(self, other.as_ref())
    }

    /// The shape with one property more; its slot is the last.
    pub fn add(this: ShapeGc<'gc>, mc: &'gc Mutation<'gc>, key: PropertyKey<'gc>, attrs: u8) -> ShapeGc<'gc> {
        if this.dictionary {
            let slot = this.count.get();
            this.count.set(slot + 1);
            if let Some(table) = Gc::write(mc, this).project(|s| &s.table).borrow_mut().as_mut() {
                table.push(key, slot, attrs);
            }
            return this;
        }
        {
            let transitions = this.transitions.borrow();
            for t in transitions.iter() {
                if t.key == key
                    && t.attrs == attrs
                    && let Some(to) = t.to.get(mc)
                {
                    return to;
                }
            }
            if this.count.get() >= MAX_SHARED || transitions.len() >= MAX_TRANSITIONS {
                drop(transitions);
                let own = Shape::to_dictionary(this, mc);
                return Shape::add(own, mc, key, attrs);
            }
        }
        let count = this.count.get();
        let mut table = None;
        if count >= LINEAR {
            // The newest shape of a growing object owns the table.
            table = Gc::write(mc, this).project(|s| &s.table).borrow_mut().take();
            if let Some(table) = table.as_mut() {
                table.push(key, count, attrs);
            }
        }
        let child =
            Shape::make(mc, this.proto, this.inline, Some(this), Some(key), attrs, count + 1, false, table);
        let mut transitions = Gc::write(mc, this).project(|s| &s.transitions).borrow_mut();
        transitions.retain(|t| !t.to.is_cleared());
        transitions.push(Transition { key, attrs, to: Weak::new(child) });
        child
    }

    /// A dictionary of the same properties.
    pub fn to_dictionary(this: ShapeGc<'gc>, mc: &'gc Mutation<'gc>) -> ShapeGc<'gc> {
        Shape::with_proto_dictionary(this, mc, this.proto)
    }

    fn with_proto_dictionary(
        this: ShapeGc<'gc>,
        mc: &'gc Mutation<'gc>,
        proto: Option<Object<'gc>>,
    ) -> ShapeGc<'gc> {
        let table = match this.table.borrow().as_ref() {
            Some(t) if this.dictionary => {
                let mut table = PropTable::default();
                for e in &t.entries {
                    if let Some(key) = e.key {
                        table.push(key, e.slot, e.attrs);
                    }
                }
                table
            }
            _ => Shape::collect_table(this),
        };
        Shape::make(mc, proto, this.inline, None, None, 0, this.count.get(), true, Some(Box::new(table)))
    }

    /// The same properties with another prototype.
    pub fn with_proto(
        this: ShapeGc<'gc>,
        mc: &'gc Mutation<'gc>,
        proto: Option<Object<'gc>>,
        root: ShapeGc<'gc>,
    ) -> ShapeGc<'gc> {
        if this.dictionary {
            return Shape::with_proto_dictionary(this, mc, proto);
        }
        let table = Shape::collect_table(this);
        let mut shape = root;
        for e in table.entries {
            if let Some(key) = e.key {
                shape = Shape::add(shape, mc, key, e.attrs);
            }
        }
        shape
    }

    /// A dictionary without the property.
    pub fn remove(this: ShapeGc<'gc>, mc: &'gc Mutation<'gc>, key: PropertyKey<'gc>) -> ShapeGc<'gc> {
        let own = Shape::to_dictionary(this, mc);
        if let Some(table) = Gc::write(mc, own).project(|s| &s.table).borrow_mut().as_mut()
            && let Some(i) = table.index.remove(&key.address())
        {
            table.entries[i as usize].key = None;
            table.live -= 1;
        }
        own
    }

    /// A dictionary in which the property has other attributes.
    pub fn change(
        this: ShapeGc<'gc>,
        mc: &'gc Mutation<'gc>,
        key: PropertyKey<'gc>,
        attrs: u8,
    ) -> ShapeGc<'gc> {
        let own = Shape::to_dictionary(this, mc);
        if let Some(table) = Gc::write(mc, own).project(|s| &s.table).borrow_mut().as_mut()
            && let Some(i) = table.find(key)
        {
            table.entries[i].attrs = attrs;
        }
        own
    }

    /// All properties in order of their creation.
    pub fn entries(this: ShapeGc<'gc>) -> Vec<(PropertyKey<'gc>, Place)> {
        let of = |t: &PropTable<'gc>| {
            t.entries
                .iter()
                .filter_map(|e| e.key.map(|k| (k, Place { slot: e.slot, attrs: e.attrs })))
                .collect::<Vec<_>>()
        };
        if let Some(table) = this.table.borrow().as_ref() {
            return of(table);
        }
        of(&Shape::collect_table(this))
    }
}

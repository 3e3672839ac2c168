//! What the classes keep beside properties.

use std::cell::Cell;

use gc::{Gc, GcAny, Lock, Trace};

use super::Object;
use super::environment::Env;
use super::function::{BoundData, Closure, NativeData};
use super::ordered_table::MapData;
use super::typed_array::ViewGc;
use crate::value::{Str, Value};

/// What an object keeps by its class.
#[derive(Clone, Copy, Debug, Trace)]
#[allow(missing_docs)]
pub enum ObjectData<'gc> {
    None,
    Closure(Gc<'gc, Closure<'gc>>),
    Native(Gc<'gc, NativeData<'gc>>),
    Bound(Gc<'gc, BoundData<'gc>>),
    /// A wrapper's value, a date's time, a proxy function's mark.
    Primitive(Value<'gc>),
    Arguments(Gc<'gc, MappedArguments<'gc>>),
    Map(Gc<'gc, MapData<'gc>>),
    Iterator(Gc<'gc, IteratorData<'gc>>),
    Proxy(Gc<'gc, ProxyData<'gc>>),
    /// A typed array's or a DataView's.
    View(ViewGc<'gc>),
    /// Any other cell, by its type.
    Any(GcAny<'gc>),
}

/// Parameters an `arguments` object shares with its function.
#[derive(Debug, Trace)]
pub struct MappedArguments<'gc> {
    /// The environment that holds the parameters.
    pub env: Env<'gc>,
    /// For each argument the slot it is mapped to.
    #[trace(skip)]
    pub slots: Vec<Cell<Option<u32>>>,
}

/// A proxy: both `None` once it is revoked.
#[derive(Debug, Trace)]
pub struct ProxyData<'gc> {
    /// The target.
    pub target: Lock<Option<Object<'gc>>>,
    /// The handler.
    pub handler: Lock<Option<Object<'gc>>>,
}

/// State of an array, string, map or set iterator.
#[derive(Debug, Trace)]
pub struct IteratorData<'gc> {
    /// What is iterated; undefined when it is done.
    pub target: Lock<Value<'gc>>,
    /// The next position.
    pub index: Cell<usize>,
    /// 0 keys, 1 values, 2 entries.
    pub kind: Cell<u8>,
    /// Of helpers: more values.
    pub extra: Lock<Value<'gc>>,
}

/// State of a `for-in`.
#[derive(Debug, Trace)]
pub struct ForInData<'gc> {
    /// The object.
    pub object: Option<Object<'gc>>,
    /// Its keys and those of its prototypes.
    pub keys: Vec<Value<'gc>>,
    /// The next one.
    pub index: Cell<usize>,
}

/// A value pair of an accessor property.
#[derive(Debug, Trace)]
pub struct Accessor<'gc> {
    /// The getter or undefined.
    pub get: Value<'gc>,
    /// The setter or undefined.
    pub set: Value<'gc>,
}

/// What an error object remembers of where it was made.
#[derive(Debug, Trace)]
pub struct ErrorData<'gc> {
    /// The stack as text.
    pub stack: Str<'gc>,
    /// Source name, line and column of the innermost frame.
    #[trace(skip)]
    pub location: Option<crate::error::Location>,
}

//! Property descriptors (6.2.6).
#![forbid(unsafe_code)]

use super::shape::{CONFIGURABLE, ENUMERABLE, WRITABLE};
use crate::value::Value;

/// A property descriptor; absent fields are `None`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Descriptor<'gc> {
    /// [[Value]]
    pub value: Option<Value<'gc>>,
    /// [[Writable]]
    pub writable: Option<bool>,
    /// [[Get]]
    pub get: Option<Value<'gc>>,
    /// [[Set]]
    pub set: Option<Value<'gc>>,
    /// [[Enumerable]]
    pub enumerable: Option<bool>,
    /// [[Configurable]]
    pub configurable: Option<bool>,
}

impl<'gc> Descriptor<'gc> {
    /// A data property with all its fields.
    pub fn data(value: Value<'gc>, attrs: u8) -> Descriptor<'gc> {
        Descriptor {
            value: Some(value),
            writable: Some(attrs & WRITABLE != 0),
            enumerable: Some(attrs & ENUMERABLE != 0),
            configurable: Some(attrs & CONFIGURABLE != 0),
            ..Descriptor::default()
        }
    }
    /// An accessor property with all its fields.
    pub fn accessor(get: Value<'gc>, set: Value<'gc>, attrs: u8) -> Descriptor<'gc> {
        Descriptor {
            get: Some(get),
            set: Some(set),
            enumerable: Some(attrs & ENUMERABLE != 0),
            configurable: Some(attrs & CONFIGURABLE != 0),
            ..Descriptor::default()
        }
    }
    /// Has [[Get]] or [[Set]].
    pub fn is_accessor(&self) -> bool {
        self.get.is_some() || self.set.is_some()
    }
    /// Has [[Value]] or [[Writable]].
    pub fn is_data(&self) -> bool {
        self.value.is_some() || self.writable.is_some()
    }
    /// The attributes, absent ones false.
    pub fn attrs(&self) -> u8 {
        let bit = |b: Option<bool>, flag| if b == Some(true) { flag } else { 0 };
        bit(self.writable, WRITABLE) | bit(self.enumerable, ENUMERABLE) | bit(self.configurable, CONFIGURABLE)
    }
}

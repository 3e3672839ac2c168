//! Property keys: interned strings, symbols, array indices.

use std::hash::{Hash, Hasher};

use gc::Trace;

use super::repr::Value;
use super::string::Str;
use super::symbol::{Symbol, SymbolSort};

/// A property key. Strings are interned, so that keys are compared by address; the strings of
/// numbers from 0 to 2^32 - 2 are always `Index`.
#[derive(Clone, Copy, Debug, Trace)]
pub enum PropertyKey<'gc> {
    /// An interned string that is no array index.
    Name(Str<'gc>),
    /// A symbol or private name.
    Symbol(Symbol<'gc>),
    /// An array index.
    Index(u32),
}

impl<'gc> PropertyKey<'gc> {
    /// The key as a value: a string (indices give a number) or symbol.
    pub fn to_value(self) -> Value<'gc> {
        match self {
            PropertyKey::Name(s) => Value::string(s),
            PropertyKey::Symbol(s) => Value::symbol(s),
            PropertyKey::Index(i) => Value::number(f64::from(i)),
        }
    }

    /// Whether it is a private name.
    pub fn is_private(self) -> bool {
        matches!(self, PropertyKey::Symbol(s) if s.sort == SymbolSort::Private)
    }

    /// Whether it is a symbol (private names too).
    pub fn is_symbol(self) -> bool {
        matches!(self, PropertyKey::Symbol(_))
    }

    pub(crate) fn address(self) -> usize {
        match self {
            PropertyKey::Name(s) => s.gc().as_ptr().addr(),
            PropertyKey::Symbol(s) => s.as_ptr().addr(),
            PropertyKey::Index(i) => (i as usize) << 4 | 1,
        }
    }
}

impl PartialEq for PropertyKey<'_> {
    #[inline(always)]
    fn eq(&self, other: &Self) -> bool {
        self.address() == other.address()
    }
}

impl Eq for PropertyKey<'_> {}

impl Hash for PropertyKey<'_> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_usize(self.address());
    }
}

/// A hasher for addresses: cells do not move, and one multiplication spreads them.
#[derive(Clone, Copy, Debug, Default)]
pub struct AddressHasher(u64);

impl Hasher for AddressHasher {
    fn finish(&self) -> u64 {
        self.0
    }
    fn write(&mut self, bytes: &[u8]) {
        for &b in bytes {
            self.0 = (self.0.rotate_left(5) ^ u64::from(b)).wrapping_mul(0x517c_c1b7_2722_0a95);
        }
    }
    fn write_usize(&mut self, n: usize) {
        let x = (n as u64).rotate_right(4).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = x ^ x >> 32;
    }
}

/// Builds [`AddressHasher`]s.
pub type AddressHash = std::hash::BuildHasherDefault<AddressHasher>;

//! The 8 bytes of a value: a NaN box that favours pointers, held in a pointer-typed field.
//!
//! ```text
//! object      0000:pppppppppppp 0000      a pointer to the cell (aligned to 16)
//! string      0000:pppppppppppp 0001
//! symbol      0000:pppppppppppp 0011
//! bigint      0000:pppppppppppp 0100
//! internal    0000:pppppppppppp 0101      cells scripts never see (accessors, environments)
//! null        0002                        other immediates have the low nibble 2
//! undefined   0012    false 0022    true 0032    hole 0042
//! double      the bits of the double + 2^49: the upper 15 bits are never all zero or all one
//! int32       fffe:0000:iiiiiiii
//! ```
//! No value is zero, so `Option<Value>` has 8 bytes. The field is a pointer, never an integer cast
//! to one, so that the provenance of cells is kept (Miri, strict provenance).

use std::marker::PhantomData;
use std::ptr::NonNull;

use gc::{Branded, Gc, GcAny, Trace, Tracer};

use super::bigint::BigIntCell;
use super::string::{Str, StrCell};
use super::symbol::{Symbol, SymbolCell};
use crate::object::{Object, ObjectCell};

/// A value of the language (or an internal mark), as `Copy` as an integer.
// INVARIANT: the bits are one of the forms above; a pointer form holds what `Gc::as_ptr` gave for a
// cell of the type its tag says, of the engine of the brand.
#[derive(Clone, Copy)]
#[repr(transparent)]
pub struct Value<'gc>(NonNull<()>, PhantomData<Gc<'gc, ()>>);

/// The upper bits of an int32; any of them set means a number.
pub const NUMBER_TAG: u64 = 0xfffe << 48;
/// What is added to the bits of a double.
const DOUBLE_OFFSET: u64 = 1 << 49;
/// Bits that are clear in objects.
const NOT_OBJECT: u64 = NUMBER_TAG | 0xf;
const TAG_STRING: usize = 1;
const TAG_SYMBOL: usize = 3;
const TAG_BIGINT: usize = 4;
const TAG_CELL: usize = 5;
const NULL: u64 = 0x02;
const UNDEFINED: u64 = 0x12;
const FALSE: u64 = 0x22;
const TRUE: u64 = 0x32;
const HOLE: u64 = 0x42;

/// A value by its kind.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub enum Kind<'gc> {
    Undefined,
    Null,
    Bool(bool),
    Int(i32),
    Double(f64),
    String(Str<'gc>),
    Symbol(Symbol<'gc>),
    BigInt(Gc<'gc, BigIntCell>),
    Object(Object<'gc>),
    /// The hole or an internal cell.
    Internal,
}

impl<'gc> Value<'gc> {
    #[inline(always)]
    fn from_bits(bits: u64) -> Value<'gc> {
        // SAFETY: immediates and numbers are never zero.
        unsafe { Value(NonNull::new_unchecked(std::ptr::without_provenance_mut(bits as usize)), PhantomData) }
    }

    #[inline(always)]
    fn tagged(at: *const (), tag: usize) -> Value<'gc> {
        let p = at.cast_mut().map_addr(|a| a | tag);
        // SAFETY: cells are not at zero.
        unsafe { Value(NonNull::new_unchecked(p), PhantomData) }
    }

    /// The bits, for comparisons and dispatch.
    #[inline(always)]
    pub fn bits(self) -> u64 {
        self.0.as_ptr().addr() as u64
    }

    /// `undefined`
    #[inline(always)]
    pub fn undefined() -> Value<'gc> {
        Value::from_bits(UNDEFINED)
    }
    /// `null`
    #[inline(always)]
    pub fn null() -> Value<'gc> {
        Value::from_bits(NULL)
    }
    /// The hole.
    #[inline(always)]
    pub fn hole() -> Value<'gc> {
        Value::from_bits(HOLE)
    }
    /// A boolean.
    #[inline(always)]
    pub fn bool(b: bool) -> Value<'gc> {
        Value::from_bits(FALSE | u64::from(b) << 4)
    }
    /// An int32.
    #[inline(always)]
    pub fn int(i: i32) -> Value<'gc> {
        Value::from_bits(NUMBER_TAG | u64::from(i as u32))
    }
    /// A double as it is, not made an int32 even if it could be.
    #[inline(always)]
    pub fn double(d: f64) -> Value<'gc> {
        let bits = if d.is_nan() { 0x7ff8 << 48 } else { d.to_bits() };
        Value::from_bits(bits.wrapping_add(DOUBLE_OFFSET))
    }
    /// A number, as an int32 if it is one.
    #[inline(always)]
    pub fn number(d: f64) -> Value<'gc> {
        let i = d as i32;
        if f64::from(i).to_bits() == d.to_bits() { Value::int(i) } else { Value::double(d) }
    }
    /// An object.
    #[inline(always)]
    pub fn object(o: Object<'gc>) -> Value<'gc> {
        Value::tagged(o.gc().as_ptr(), 0)
    }
    /// A string.
    #[inline(always)]
    pub fn string(s: Str<'gc>) -> Value<'gc> {
        Value::tagged(s.gc().as_ptr(), TAG_STRING)
    }
    /// A symbol.
    #[inline(always)]
    pub fn symbol(s: Symbol<'gc>) -> Value<'gc> {
        Value::tagged(s.as_ptr(), TAG_SYMBOL)
    }
    /// A BigInt.
    #[inline(always)]
    pub fn bigint(b: Gc<'gc, BigIntCell>) -> Value<'gc> {
        Value::tagged(b.as_ptr(), TAG_BIGINT)
    }
    /// An internal cell.
    #[inline(always)]
    pub fn cell(c: GcAny<'gc>) -> Value<'gc> {
        Value::tagged(c.as_ptr(), TAG_CELL)
    }

    /// Whether it is an int32.
    #[inline(always)]
    pub fn is_int(self) -> bool {
        self.bits() >= NUMBER_TAG
    }
    /// Whether it is a number.
    #[inline(always)]
    pub fn is_number(self) -> bool {
        self.bits() & NUMBER_TAG != 0
    }
    /// Whether it is a number that is held as a double.
    #[inline(always)]
    pub fn is_double(self) -> bool {
        self.is_number() && !self.is_int()
    }
    /// Whether it is an object.
    #[inline(always)]
    pub fn is_object(self) -> bool {
        self.bits() & NOT_OBJECT == 0
    }
    /// Whether it is a string.
    #[inline(always)]
    pub fn is_string(self) -> bool {
        self.bits() & NOT_OBJECT == TAG_STRING as u64
    }
    /// Whether it is a symbol.
    #[inline(always)]
    pub fn is_symbol(self) -> bool {
        self.bits() & NOT_OBJECT == TAG_SYMBOL as u64
    }
    /// Whether it is a BigInt.
    #[inline(always)]
    pub fn is_bigint(self) -> bool {
        self.bits() & NOT_OBJECT == TAG_BIGINT as u64
    }
    /// Whether it is `undefined`.
    #[inline(always)]
    pub fn is_undefined(self) -> bool {
        self.bits() == UNDEFINED
    }
    /// Whether it is `null`.
    #[inline(always)]
    pub fn is_null(self) -> bool {
        self.bits() == NULL
    }
    /// Whether it is `undefined` or `null`.
    #[inline(always)]
    pub fn is_nullish(self) -> bool {
        self.bits() & !0x10 == NULL
    }
    /// Whether it is `true` or `false`.
    #[inline(always)]
    pub fn is_bool(self) -> bool {
        self.bits() & !0x10 == FALSE
    }
    /// Whether it is the hole.
    #[inline(always)]
    pub fn is_hole(self) -> bool {
        self.bits() == HOLE
    }
    /// Whether it is `true`.
    #[inline(always)]
    pub fn is_true(self) -> bool {
        self.bits() == TRUE
    }

    /// The int32 of a value that is one.
    #[inline(always)]
    pub fn int_unchecked(self) -> i32 {
        debug_assert!(self.is_int());
        self.bits() as i32
    }
    /// The double of a value that is held as one.
    #[inline(always)]
    pub fn double_unchecked(self) -> f64 {
        debug_assert!(self.is_double());
        f64::from_bits(self.bits().wrapping_sub(DOUBLE_OFFSET))
    }
    /// The int32, if it is one.
    #[inline(always)]
    pub fn as_int(self) -> Option<i32> {
        self.is_int().then(|| self.bits() as i32)
    }
    /// The number, if it is one.
    #[inline(always)]
    pub fn as_number(self) -> Option<f64> {
        if self.is_int() {
            Some(f64::from(self.bits() as i32))
        } else if self.is_number() {
            Some(self.double_unchecked())
        } else {
            None
        }
    }
    /// The boolean, if it is one.
    #[inline(always)]
    pub fn as_bool(self) -> Option<bool> {
        self.is_bool().then(|| self.bits() == TRUE)
    }
    /// The object, if it is one.
    #[inline(always)]
    pub fn as_object(self) -> Option<Object<'gc>> {
        // SAFETY: the invariant: the tag says what the cell is.
        self.is_object().then(|| unsafe { Object::from_gc(Gc::<ObjectCell<'gc>>::from_ptr(self.0.as_ptr())) })
    }
    /// The string, if it is one.
    #[inline(always)]
    pub fn as_string(self) -> Option<Str<'gc>> {
        // SAFETY: the invariant: the tag says what the cell is.
        self.is_string().then(|| unsafe { Str::from_gc(Gc::<StrCell<'gc>>::from_ptr(self.untagged())) })
    }
    /// The symbol, if it is one.
    #[inline(always)]
    pub fn as_symbol(self) -> Option<Symbol<'gc>> {
        // SAFETY: the invariant: the tag says what the cell is.
        self.is_symbol().then(|| unsafe { Gc::<SymbolCell<'gc>>::from_ptr(self.untagged()) })
    }
    /// The BigInt, if it is one.
    #[inline(always)]
    pub fn as_bigint(self) -> Option<Gc<'gc, BigIntCell>> {
        // SAFETY: the invariant: the tag says what the cell is.
        self.is_bigint().then(|| unsafe { Gc::<BigIntCell>::from_ptr(self.untagged()) })
    }
    /// The internal cell, if it is one.
    #[inline(always)]
    pub fn as_cell(self) -> Option<GcAny<'gc>> {
        // SAFETY: the invariant: the tag says it is a cell.
        (self.bits() & NOT_OBJECT == TAG_CELL as u64).then(|| unsafe { GcAny::from_ptr(self.untagged()) })
    }

    #[inline(always)]
    fn untagged(self) -> *const () {
        self.0.as_ptr().cast_const().map_addr(|a| a & !0xf)
    }

    /// The value by its kind.
    #[inline]
    pub fn kind(self) -> Kind<'gc> {
        if let Some(i) = self.as_int() {
            return Kind::Int(i);
        }
        if self.is_number() {
            return Kind::Double(self.double_unchecked());
        }
        if let Some(o) = self.as_object() {
            return Kind::Object(o);
        }
        if let Some(s) = self.as_string() {
            return Kind::String(s);
        }
        match self.bits() {
            UNDEFINED => return Kind::Undefined,
            NULL => return Kind::Null,
            TRUE => return Kind::Bool(true),
            FALSE => return Kind::Bool(false),
            _ => {}
        }
        if let Some(s) = self.as_symbol() {
            return Kind::Symbol(s);
        }
        if let Some(b) = self.as_bigint() {
            return Kind::BigInt(b);
        }
        Kind::Internal
    }
}

impl std::fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.kind() {
            Kind::Int(i) => write!(f, "{i}"),
            Kind::Double(d) => write!(f, "{d}"),
            Kind::Bool(b) => write!(f, "{b}"),
            _ => write!(f, "Value({:#x})", self.bits()),
        }
    }
}

impl PartialEq for Value<'_> {
    /// The same bits: identity, not any equality of the language.
    #[inline(always)]
    fn eq(&self, other: &Self) -> bool {
        self.bits() == other.bits()
    }
}

// SAFETY: 1. the one pointer is visited. 2. it may hold one. 3. no drop glue. 4. the identity is the
// type's own. 5. it is `Copy` without interior mutability.
unsafe impl Trace for Value<'_> {
    type Static = Value<'static>;

    #[inline(always)]
    fn trace(&self, tracer: &mut Tracer<'_>) {
        let bits = self.bits();
        if bits & NUMBER_TAG == 0 && bits & 0xf != 2 {
            // SAFETY: the invariant: neither number nor immediate, so a tagged pointer to a cell.
            tracer.visit(unsafe { GcAny::from_ptr(self.untagged()) });
        }
    }
}

// SAFETY: 1. its only brand is `'gc`.
unsafe impl<'gc> Branded<'gc> for Value<'gc> {}

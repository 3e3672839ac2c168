//! TypedArray exotic objects (10.4.5): views of a buffer as elements of one kind.

use gc::Trace;

use super::buffer::BufferGc;
use super::data::ObjectData;
use super::descriptor::Descriptor;
use super::ordinary::Prop;
use super::shape::DEFAULT;
use super::{Class, Object};
use crate::value::{PropertyKey, Value, number};
use crate::vm::realm::Intrinsic;
use crate::vm::{JsResult, Vm};

/// The kinds of elements (table 71).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum ElementKind {
    Int8,
    Uint8,
    Uint8Clamped,
    Int16,
    Uint16,
    Int32,
    Uint32,
    BigInt64,
    BigUint64,
    Float16,
    Float32,
    Float64,
}

use ElementKind as K;

/// All of them, with the names of their constructors.
pub const KINDS: [(ElementKind, &str, Intrinsic, Intrinsic); 12] = [
    (K::Int8, "Int8Array", Intrinsic::Int8Array, Intrinsic::Int8ArrayPrototype),
    (K::Uint8, "Uint8Array", Intrinsic::Uint8Array, Intrinsic::Uint8ArrayPrototype),
    (
        K::Uint8Clamped,
        "Uint8ClampedArray",
        Intrinsic::Uint8ClampedArray,
        Intrinsic::Uint8ClampedArrayPrototype,
    ),
    (K::Int16, "Int16Array", Intrinsic::Int16Array, Intrinsic::Int16ArrayPrototype),
    (K::Uint16, "Uint16Array", Intrinsic::Uint16Array, Intrinsic::Uint16ArrayPrototype),
    (K::Int32, "Int32Array", Intrinsic::Int32Array, Intrinsic::Int32ArrayPrototype),
    (K::Uint32, "Uint32Array", Intrinsic::Uint32Array, Intrinsic::Uint32ArrayPrototype),
    (K::BigInt64, "BigInt64Array", Intrinsic::BigInt64Array, Intrinsic::BigInt64ArrayPrototype),
    (K::BigUint64, "BigUint64Array", Intrinsic::BigUint64Array, Intrinsic::BigUint64ArrayPrototype),
    (K::Float16, "Float16Array", Intrinsic::Float16Array, Intrinsic::Float16ArrayPrototype),
    (K::Float32, "Float32Array", Intrinsic::Float32Array, Intrinsic::Float32ArrayPrototype),
    (K::Float64, "Float64Array", Intrinsic::Float64Array, Intrinsic::Float64ArrayPrototype),
];

impl ElementKind {
    /// Bytes of an element.
    #[inline]
    pub fn size(self) -> usize {
        match self {
            K::Int8 | K::Uint8 | K::Uint8Clamped => 1,
            K::Int16 | K::Uint16 | K::Float16 => 2,
            K::Int32 | K::Uint32 | K::Float32 => 4,
            K::BigInt64 | K::BigUint64 | K::Float64 => 8,
        }
    }

    /// Whether elements are BigInts.
    pub fn is_bigint(self) -> bool {
        matches!(self, K::BigInt64 | K::BigUint64)
    }

    /// RawBytesToNumeric
    ///
    /// # Errors
    /// If memory is full.
    #[inline]
    pub fn to_value<'gc>(self, vm: &mut Vm<'gc>, raw: u64) -> JsResult<Value<'gc>> {
        Ok(match self {
            K::Int8 => Value::int(i32::from(raw as i8)),
            K::Uint8 | K::Uint8Clamped => Value::int(i32::from(raw as u8)),
            K::Int16 => Value::int(i32::from(raw as i16)),
            K::Uint16 => Value::int(i32::from(raw as u16)),
            K::Int32 => Value::int(raw as i32),
            K::Uint32 => Value::number(f64::from(raw as u32)),
            K::Float16 => Value::number(half::f16::from_bits(raw as u16).to_f64()),
            K::Float32 => Value::number(f64::from(f32::from_bits(raw as u32))),
            K::Float64 => Value::number(f64::from_bits(raw)),
            K::BigInt64 => vm.bigint((raw as i64).into())?,
            K::BigUint64 => vm.bigint(raw.into())?,
        })
    }

    /// The bytes of a number.
    #[inline]
    pub fn of_number(self, n: f64) -> u64 {
        match self {
            K::Uint8Clamped => u64::from(n.round_ties_even() as u8),
            K::Float16 => u64::from(half::f16::from_f64(number::round_f16(n)).to_bits()),
            K::Float32 => u64::from((n as f32).to_bits()),
            K::Float64 => n.to_bits(),
            _ => number::to_int32(n) as u32 as u64,
        }
    }

    /// ToNumber or ToBigInt, and NumericToRawBytes.
    ///
    /// # Errors
    /// What the conversion throws.
    #[inline]
    pub fn to_raw<'gc>(self, vm: &mut Vm<'gc>, v: Value<'gc>) -> JsResult<u64> {
        if self.is_bigint() {
            let b = vm.to_bigint(v)?;
            let low = b.iter_u64_digits().next().unwrap_or(0);
            return Ok(if b.sign() == num_bigint::Sign::Minus { low.wrapping_neg() } else { low });
        }
        let n = vm.to_number(v)?;
        Ok(self.of_number(n))
    }

    /// Its constructor and prototype.
    pub fn intrinsics(self) -> (Intrinsic, Intrinsic) {
        let row = KINDS[self as usize];
        (row.2, row.3)
    }

    /// The name of its constructor.
    pub fn name(self) -> &'static str {
        KINDS[self as usize].1
    }
}

/// What a typed array, or a DataView, keeps.
#[derive(Debug, Trace)]
pub struct ViewData<'gc> {
    /// The buffer.
    pub object: Object<'gc>,
    /// Its bytes.
    pub buffer: BufferGc<'gc>,
    /// The kind of elements; of a DataView bytes.
    #[trace(skip)]
    pub kind: ElementKind,
    /// Where it begins.
    #[trace(skip)]
    pub offset: usize,
    /// Elements; none if the length follows the buffer's.
    #[trace(skip)]
    pub fixed: Option<usize>,
}

/// A view's cell.
pub type ViewGc<'gc> = gc::Gc<'gc, ViewData<'gc>>;

impl ViewData<'_> {
    /// The elements there are now; none if the view is out of bounds or the buffer detached.
    #[inline]
    pub fn length(&self) -> Option<usize> {
        let bytes = self.buffer.with(super::buffer::Block::len)?;
        match self.fixed {
            Some(n) => (self.offset + n * self.kind.size() <= bytes).then_some(n),
            None => Some(bytes.checked_sub(self.offset)? / self.kind.size()),
        }
    }

    /// The bytes of an element that is there.
    #[inline]
    pub fn raw(&self, i: usize) -> u64 {
        let size = self.kind.size();
        self.buffer.with(|b| b.load(self.offset + i * size, size)).unwrap_or(0)
    }

    /// Sets an element that is there.
    #[inline]
    pub fn set_raw(&self, i: usize, raw: u64) {
        let size = self.kind.size();
        self.buffer.with(|b| b.store(self.offset + i * size, size, raw));
    }
}

impl ViewData<'_> {
    /// The element at `i`; a hole if there is none, or if it is a BigInt, whose making may fail.
    #[inline]
    pub fn number<'v>(&self, i: i32) -> Value<'v> {
        let block = self.buffer.borrow();
        let Some(block) = block.as_deref() else { return Value::hole() };
        let (size, kind) = (self.kind.size(), self.kind);
        let at = self.offset + i as u32 as usize * size;
        // A fixed length may be out of bounds of a buffer that has shrunk.
        if i < 0
            || at + size > block.len()
            || self.fixed.is_some_and(|n| i as usize >= n || !self.fits(n, block))
        {
            return Value::hole();
        }
        // An element lies within a word: it is aligned to its size.
        let raw = block.word(at / 8) >> (at % 8 * 8);
        match kind {
            K::Int8 => Value::int(i32::from(raw as i8)),
            K::Uint8 | K::Uint8Clamped => Value::int(i32::from(raw as u8)),
            K::Int16 => Value::int(i32::from(raw as i16)),
            K::Uint16 => Value::int(i32::from(raw as u16)),
            K::Int32 => Value::int(raw as i32),
            K::Uint32 => Value::number(f64::from(raw as u32)),
            K::Float32 => Value::number(f64::from(f32::from_bits(raw as u32))),
            K::Float64 => Value::number(f64::from_bits(raw)),
            K::Float16 | K::BigInt64 | K::BigUint64 => Value::hole(),
        }
    }

    /// Sets the element at `i` to a number; false if there is none, if it is a BigInt, or cannot be changed.
    #[inline]
    pub fn set_number(&self, i: i32, v: Value<'_>) -> bool {
        let block = self.buffer.borrow();
        let Some(block) = block.as_deref() else { return false };
        let (size, kind) = (self.kind.size(), self.kind);
        let at = self.offset + i as u32 as usize * size;
        if i < 0
            || at + size > block.len()
            || self.fixed.is_some_and(|n| i as usize >= n || !self.fits(n, block))
            || self.buffer.immutable.get()
        {
            return false;
        }
        let raw = match kind {
            K::Float64 | K::Float32 => match v.as_number() {
                Some(n) if kind == K::Float64 => n.to_bits(),
                Some(n) => u64::from((n as f32).to_bits()),
                None => return false,
            },
            K::Uint8Clamped | K::Float16 | K::BigInt64 | K::BigUint64 => return false,
            _ => match (v.as_int(), v.as_number()) {
                (Some(n), _) => n as u32 as u64,
                (None, Some(n)) => u64::from(number::to_int32(n) as u32),
                (None, None) => return false,
            },
        };
        block.store_within(at, size, raw);
        true
    }

    /// Whether `n` elements are within the block.
    #[inline]
    fn fits(&self, n: usize, block: &super::buffer::Block) -> bool {
        self.offset + n * self.kind.size() <= block.len()
    }

    /// Changes an element that is there in one step; gives what it was.
    pub fn update(&self, i: usize, f: impl Fn(u64) -> u64) -> u64 {
        let size = self.kind.size();
        self.buffer.with(|b| b.update(self.offset + i * size, size, f)).unwrap_or(0)
    }
}

/// The data of a typed array.
#[inline]
pub fn view<'gc>(o: Object<'gc>) -> Option<ViewGc<'gc>> {
    match o.data() {
        ObjectData::View(view) if o.is_class(Class::TypedArray) => Some(view),
        _ => None,
    }
}

/// What a key means to a typed array.
enum Index {
    /// Nothing special.
    Other,
    /// An element, if there is one of that index, or where none can be.
    At(Option<usize>),
}

/// CanonicalNumericIndexString.
fn any_index<'gc>(vm: &mut Vm<'gc>, key: PropertyKey<'gc>) -> JsResult<Index> {
    Ok(match key {
        PropertyKey::Index(i) => {
            let i = i as usize;
            Index::At(Some(i))
        }
        PropertyKey::Name(name) => {
            let units = name.flat_units();
            let first = if units.is_empty() { 0 } else { units.at(0) };
            if !matches!(first, 0x30..=0x39 | 0x2d | 0x49 | 0x4e) {
                return Ok(Index::Other);
            }
            let text = name.to_utf8();
            if text == "-0" {
                return Ok(Index::At(None));
            }
            let n = vm.to_number(Value::string(name))?;
            if number::to_text(n) != text {
                return Ok(Index::Other);
            }
            let valid = n >= 0.0 && n.trunc() == n && n < usize::MAX as f64;
            Index::At(valid.then_some(n as usize))
        }
        PropertyKey::Symbol(_) => Index::Other,
    })
}

/// CanonicalNumericIndexString, IsValidIntegerIndex.
fn index<'gc>(vm: &mut Vm<'gc>, view: ViewGc<'gc>, key: PropertyKey<'gc>) -> JsResult<Index> {
    Ok(match any_index(vm, key)? {
        Index::At(i) => Index::At(i.filter(|&i| view.length().is_some_and(|n| i < n))),
        Index::Other => Index::Other,
    })
}

/// TypedArrayGetElement of a valid index.
#[inline]
pub fn element<'gc>(vm: &mut Vm<'gc>, view: ViewGc<'gc>, i: usize) -> JsResult<Value<'gc>> {
    view.kind.to_value(vm, view.raw(i))
}

/// TypedArraySetElement
pub fn set_element<'gc>(
    vm: &mut Vm<'gc>,
    view: ViewGc<'gc>,
    i: Option<usize>,
    v: Value<'gc>,
) -> JsResult<()> {
    let raw = view.kind.to_raw(vm, v)?;
    // The conversion may have changed the buffer.
    if let Some(i) = i.filter(|&i| view.length().is_some_and(|n| i < n))
        && !view.buffer.immutable.get()
    {
        view.set_raw(i, raw);
    }
    Ok(())
}

fn attributes(view: ViewGc<'_>) -> u8 {
    if view.buffer.immutable.get() { super::shape::ENUMERABLE } else { DEFAULT }
}

/// [[GetOwnProperty]] (10.4.5.1): `None` where the ordinary method applies.
pub(crate) fn get_own<'gc>(
    vm: &mut Vm<'gc>,
    o: Object<'gc>,
    key: PropertyKey<'gc>,
) -> JsResult<Option<Option<Prop<'gc>>>> {
    let view = view(o).expect("a typed array has its view");
    Ok(match index(vm, view, key)? {
        Index::Other => None,
        Index::At(None) => Some(None),
        Index::At(Some(i)) => {
            let value = element(vm, view, i)?;
            Some(Some(Prop { value, attrs: attributes(view) }))
        }
    })
}

/// [[HasProperty]] (10.4.5.2)
pub(crate) fn has<'gc>(vm: &mut Vm<'gc>, o: Object<'gc>, key: PropertyKey<'gc>) -> JsResult<Option<bool>> {
    let view = view(o).expect("a typed array has its view");
    Ok(match index(vm, view, key)? {
        Index::Other => None,
        Index::At(i) => Some(i.is_some()),
    })
}

/// [[DefineOwnProperty]] (10.4.5.3)
pub(crate) fn define<'gc>(
    vm: &mut Vm<'gc>,
    o: Object<'gc>,
    key: PropertyKey<'gc>,
    desc: &Descriptor<'gc>,
) -> JsResult<Option<bool>> {
    let view = view(o).expect("a typed array has its view");
    let i = match index(vm, view, key)? {
        Index::Other => return Ok(None),
        Index::At(None) => return Ok(Some(false)),
        Index::At(Some(i)) => i,
    };
    if view.buffer.immutable.get() {
        let now = element(vm, view, i)?;
        let refused = desc.configurable == Some(true)
            || desc.enumerable == Some(false)
            || desc.is_accessor()
            || desc.writable == Some(true)
            || desc.value.is_some_and(|v| !vm.same_value(v, now));
        return Ok(Some(!refused));
    }
    if desc.configurable == Some(false)
        || desc.enumerable == Some(false)
        || desc.is_accessor()
        || desc.writable == Some(false)
    {
        return Ok(Some(false));
    }
    if let Some(v) = desc.value {
        set_element(vm, view, Some(i), v)?;
    }
    Ok(Some(true))
}

/// [[Get]] (10.4.5.4)
pub(crate) fn get<'gc>(
    vm: &mut Vm<'gc>,
    o: Object<'gc>,
    key: PropertyKey<'gc>,
) -> JsResult<Option<Value<'gc>>> {
    let view = view(o).expect("a typed array has its view");
    Ok(match index(vm, view, key)? {
        Index::Other => None,
        Index::At(None) => Some(Value::undefined()),
        Index::At(Some(i)) => Some(element(vm, view, i)?),
    })
}

/// [[Set]] (10.4.5.5)
pub(crate) fn set<'gc>(
    vm: &mut Vm<'gc>,
    o: Object<'gc>,
    key: PropertyKey<'gc>,
    value: Value<'gc>,
    receiver: Value<'gc>,
) -> JsResult<Option<bool>> {
    let view = view(o).expect("a typed array has its view");
    let Index::At(i) = any_index(vm, key)? else { return Ok(None) };
    if receiver == Value::object(o) {
        if view.buffer.immutable.get() {
            return Ok(Some(false));
        }
        set_element(vm, view, i, value)?;
        return Ok(Some(true));
    }
    // Where no element can be, nothing is set and nobody is asked.
    Ok(match i {
        Some(i) if view.length().is_some_and(|n| i < n) => None,
        _ => Some(true),
    })
}

/// [[Delete]] (10.4.5.6)
pub(crate) fn delete<'gc>(vm: &mut Vm<'gc>, o: Object<'gc>, key: PropertyKey<'gc>) -> JsResult<Option<bool>> {
    let view = view(o).expect("a typed array has its view");
    Ok(match index(vm, view, key)? {
        Index::Other => None,
        Index::At(i) => Some(i.is_none()),
    })
}

/// [[OwnPropertyKeys]] (10.4.5.7)
pub(crate) fn own_keys<'gc>(vm: &mut Vm<'gc>, o: Object<'gc>) -> JsResult<Vec<PropertyKey<'gc>>> {
    let n = view(o).and_then(|v| v.length()).unwrap_or(0);
    vm.charge(n / 8)?;
    let mut keys: Vec<_> = (0..n as u32).map(PropertyKey::Index).collect();
    keys.extend(o.own_keys_ordinary(vm)?);
    Ok(keys)
}

//! ArrayBuffer objects (25.1).
#![forbid(unsafe_code)]

use super::promise::species_constructor;
use super::{Row, constructor, getters, methods, prototype, species, tag, wrong_receiver};
use crate::object::buffer::{BufferData, BufferGc, buffer_data};
use crate::object::data::ObjectData;
use crate::object::{Class, Object};
use crate::value::Value;
use crate::vm::realm::Intrinsic;
use crate::vm::{Args, JsResult, Vm};

const STATIC: &[Row] = &[("isView", 1, is_view)];
const PROTOTYPE: &[Row] = &[
    ("resize", 1, resize),
    ("slice", 2, slice),
    ("sliceToImmutable", 2, slice_to_immutable),
    ("transfer", 0, transfer),
    ("transferToFixedLength", 0, transfer_to_fixed),
    ("transferToImmutable", 0, transfer_to_immutable),
];

pub(crate) fn init(vm: &mut Vm<'_>) -> JsResult<()> {
    let which = Intrinsic::ArrayBufferPrototype;
    let p = prototype(vm, which, Intrinsic::ObjectPrototype, Class::Object, ObjectData::None)?;
    let c = constructor(vm, Intrinsic::ArrayBuffer, "ArrayBuffer", 1, construct, p)?;
    methods(vm, c, STATIC)?;
    species(vm, c)?;
    getters(
        vm,
        p,
        &[
            ("byteLength", byte_length),
            ("detached", detached),
            ("immutable", immutable),
            ("maxByteLength", max_byte_length),
            ("resizable", resizable),
        ],
    )?;
    methods(vm, p, PROTOTYPE)?;
    tag(vm, p, "ArrayBuffer")
}

/// RequireInternalSlot, and that it is not shared.
fn this<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>, what: &str) -> JsResult<BufferGc<'gc>> {
    match args.this().as_object().and_then(buffer_data) {
        Some(b) if !b.is_shared() => Ok(b),
        _ => wrong_receiver(vm, what, args.this()),
    }
}

fn must_be_there(vm: &mut Vm<'_>, b: BufferGc<'_>) -> JsResult<()> {
    if b.is_detached() { Err(vm.type_error("the ArrayBuffer is detached")) } else { Ok(()) }
}

fn must_be_mutable(vm: &mut Vm<'_>, b: BufferGc<'_>) -> JsResult<()> {
    if b.immutable.get() { Err(vm.type_error("the ArrayBuffer is immutable")) } else { Ok(()) }
}

/// GetArrayBufferMaxByteLengthOption
pub(super) fn max_option<'gc>(vm: &mut Vm<'gc>, options: Value<'gc>) -> JsResult<Option<u64>> {
    let Some(o) = options.as_object() else { return Ok(None) };
    let key = vm.key("maxByteLength")?;
    let v = o.get(vm, key, options)?;
    if v.is_undefined() { Ok(None) } else { vm.to_index(v).map(Some) }
}

/// 25.1.4.1 ArrayBuffer ( length [ , options ] )
fn construct<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let Some(t) = args.new_target().as_object() else {
        return Err(vm.type_error("constructor ArrayBuffer requires 'new'"));
    };
    let len = vm.to_index(args.get(0))?;
    let max = max_option(vm, args.get(1))?;
    if max.is_some_and(|m| len > m) {
        return Err(vm.range_error("the length is beyond maxByteLength"));
    }
    let proto = vm.prototype_from(t, Intrinsic::ArrayBufferPrototype)?;
    allocate(vm, proto, len, max).map(Value::object)
}

/// AllocateArrayBuffer
pub(crate) fn allocate<'gc>(
    vm: &mut Vm<'gc>,
    proto: Object<'gc>,
    len: u64,
    max: Option<u64>,
) -> JsResult<Object<'gc>> {
    let (block, charge) = vm.new_block(len, max, false)?;
    let data = vm.buffer_of(block, charge)?;
    let shape = vm.root_shape(Some(proto), 0);
    Ok(Object::new(vm.mc, shape, Class::ArrayBuffer, 0, data)?)
}

/// A buffer of the realm's own.
pub(crate) fn new_buffer<'gc>(vm: &mut Vm<'gc>, len: u64) -> JsResult<Object<'gc>> {
    let proto = vm.intrinsic(Intrinsic::ArrayBufferPrototype)?;
    allocate(vm, proto, len, None)
}

/// 25.1.5.1 ArrayBuffer.isView ( arg )
fn is_view<'gc>(_: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let view = |o: Object<'gc>| o.is_class(Class::TypedArray) || o.is_class(Class::DataView);
    Ok(Value::bool(args.get(0).as_object().is_some_and(view)))
}

/// 25.1.6.1 get ArrayBuffer.prototype.byteLength
fn byte_length<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let b = this(vm, args, "ArrayBuffer.prototype.byteLength")?;
    Ok(Value::number(b.len() as f64))
}

/// 25.1.6.3 get ArrayBuffer.prototype.detached
fn detached<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let b = this(vm, args, "ArrayBuffer.prototype.detached")?;
    Ok(Value::bool(b.is_detached()))
}

/// get ArrayBuffer.prototype.immutable
fn immutable<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let b = this(vm, args, "ArrayBuffer.prototype.immutable")?;
    Ok(Value::bool(b.immutable.get()))
}

/// 25.1.6.4 get ArrayBuffer.prototype.maxByteLength
fn max_byte_length<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let b = this(vm, args, "ArrayBuffer.prototype.maxByteLength")?;
    Ok(Value::number(b.with(|b| b.max.unwrap_or(b.len())).unwrap_or(0) as f64))
}

/// 25.1.6.5 get ArrayBuffer.prototype.resizable
fn resizable<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let b = this(vm, args, "ArrayBuffer.prototype.resizable")?;
    Ok(Value::bool(b.is_resizable()))
}

/// 25.1.6.6 ArrayBuffer.prototype.resize ( newLength )
fn resize<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let b = this(vm, args, "ArrayBuffer.prototype.resize")?;
    if !b.is_detached() && !b.is_resizable() {
        return Err(vm.type_error("the ArrayBuffer is not resizable"));
    }
    let len = vm.to_index(args.get(0))?;
    must_be_there(vm, b)?;
    if b.with(|b| len > b.max.unwrap_or(0) as u64) == Some(true) {
        return Err(vm.range_error("the length is beyond maxByteLength"));
    }
    vm.charge((b.len() as u64).saturating_sub(len) as usize / 16)?;
    b.with(|b| b.resize(len as usize));
    Ok(Value::undefined())
}

/// First and length of a slice.
fn range<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>, len: u64) -> JsResult<(u64, u64)> {
    let first = vm.relative_index(args.get(0), len, 0)?;
    let last = vm.relative_index(args.get(1), len, len)?;
    Ok((first, last.saturating_sub(first)))
}

/// 25.1.6.7 ArrayBuffer.prototype.slice ( start, end )
fn slice<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let b = this(vm, args, "ArrayBuffer.prototype.slice")?;
    must_be_there(vm, b)?;
    let (first, n) = range(vm, args, b.len() as u64)?;
    let default = Value::object(vm.intrinsic(Intrinsic::ArrayBuffer)?);
    let o = args.this().as_object().expect("checked above");
    let c = species_constructor(vm, o, default)?.as_object().expect("a constructor is an object");
    let made = vm.construct(c, &[Value::number(n as f64)], c)?;
    let new = match made.as_object().and_then(buffer_data) {
        Some(new) if !new.is_shared() => new,
        _ => return Err(vm.type_error("species gave no ArrayBuffer")),
    };
    must_be_there(vm, new)?;
    must_be_mutable(vm, new)?;
    if new.ptr_eq(b) || (new.len() as u64) < n {
        return Err(vm.type_error("species gave the same ArrayBuffer, or one that is too short"));
    }
    must_be_there(vm, b)?;
    let n = n.min((b.len() as u64).saturating_sub(first)) as usize;
    copy(vm, new, b, first as usize, n)?;
    Ok(made)
}

fn copy(vm: &mut Vm<'_>, to: BufferGc<'_>, from: BufferGc<'_>, at: usize, n: usize) -> JsResult<()> {
    vm.charge(n / 16)?;
    if let (Some(to), Some(from)) = (to.block(), from.block()) {
        to.copy(0, &from, at, n);
    }
    Ok(())
}

/// ArrayBuffer.prototype.sliceToImmutable ( start, end )
fn slice_to_immutable<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let b = this(vm, args, "ArrayBuffer.prototype.sliceToImmutable")?;
    must_be_there(vm, b)?;
    let (first, n) = range(vm, args, b.len() as u64)?;
    must_be_there(vm, b)?;
    if first + n > b.len() as u64 {
        return Err(vm.range_error("the ArrayBuffer became too short"));
    }
    let o = new_buffer(vm, n)?;
    let new = buffer_data(o).expect("just made");
    copy(vm, new, b, first as usize, n as usize)?;
    new.immutable.set(true);
    Ok(Value::object(o))
}

/// ArrayBufferCopyAndDetach (25.1.3.3)
fn moved<'gc>(
    vm: &mut Vm<'gc>,
    args: Args<'gc>,
    what: &str,
    fixed: bool,
    immutable: bool,
) -> JsResult<Value<'gc>> {
    let b = this(vm, args, what)?;
    let len = if args.get(0).is_undefined() { b.len() as u64 } else { vm.to_index(args.get(0))? };
    must_be_there(vm, b)?;
    must_be_mutable(vm, b)?;
    let max = if fixed { None } else { b.with(|b| b.max).flatten().map(|m| m as u64) };
    if max.is_some_and(|m| len > m) {
        return Err(vm.range_error("the length is beyond maxByteLength"));
    }
    let proto = vm.intrinsic(Intrinsic::ArrayBufferPrototype)?;
    let o = allocate(vm, proto, len, max)?;
    let new = buffer_data(o).expect("just made");
    let n = (len as usize).min(b.len());
    copy(vm, new, b, 0, n)?;
    new.immutable.set(immutable);
    BufferData::detach(b, vm);
    Ok(Value::object(o))
}

/// 25.1.6.8 ArrayBuffer.prototype.transfer ( [ newLength ] )
fn transfer<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    moved(vm, args, "ArrayBuffer.prototype.transfer", false, false)
}

/// 25.1.6.9 ArrayBuffer.prototype.transferToFixedLength ( [ newLength ] )
fn transfer_to_fixed<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    moved(vm, args, "ArrayBuffer.prototype.transferToFixedLength", true, false)
}

/// ArrayBuffer.prototype.transferToImmutable ( [ newLength ] )
fn transfer_to_immutable<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    moved(vm, args, "ArrayBuffer.prototype.transferToImmutable", true, true)
}

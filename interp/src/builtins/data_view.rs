//! DataView objects (25.3): numbers at any offset, in either order of bytes.
#![forbid(unsafe_code)]

use super::{construct_with, constructor, getters, native_slots, new_native, prototype, tag, wrong_receiver};
use crate::object::Class;
use crate::object::buffer::buffer_data;
use crate::object::data::ObjectData;
use crate::object::function::NativeCode;
use crate::object::shape::HIDDEN;
use crate::object::typed_array::{ElementKind, ViewData, ViewGc};
use crate::value::{PropertyKey, Value};
use crate::vm::realm::Intrinsic;
use crate::vm::{Args, JsResult, Vm};

use ElementKind as K;

/// What can be read and written, in the specification's order.
const ACCESS: [(ElementKind, &str, &str); 11] = [
    (K::BigInt64, "getBigInt64", "setBigInt64"),
    (K::BigUint64, "getBigUint64", "setBigUint64"),
    (K::Float16, "getFloat16", "setFloat16"),
    (K::Float32, "getFloat32", "setFloat32"),
    (K::Float64, "getFloat64", "setFloat64"),
    (K::Int8, "getInt8", "setInt8"),
    (K::Int16, "getInt16", "setInt16"),
    (K::Int32, "getInt32", "setInt32"),
    (K::Uint8, "getUint8", "setUint8"),
    (K::Uint16, "getUint16", "setUint16"),
    (K::Uint32, "getUint32", "setUint32"),
];

pub(crate) fn init(vm: &mut Vm<'_>) -> JsResult<()> {
    let which = Intrinsic::DataViewPrototype;
    let p = prototype(vm, which, Intrinsic::ObjectPrototype, Class::Object, ObjectData::None)?;
    constructor(vm, Intrinsic::DataView, "DataView", 1, construct, p)?;
    getters(vm, p, &[("buffer", buffer), ("byteLength", byte_length), ("byteOffset", byte_offset)])?;
    for (i, (_, get_name, set_name)) in ACCESS.into_iter().enumerate() {
        let slots = [Value::int(i as i32)];
        let key = PropertyKey::Name(vm.intern(get_name)?);
        let f = new_native(vm, NativeCode::Leaf(get), 1, key, "", &slots, false)?;
        p.define_own(vm, key, Value::object(f), HIDDEN)?;
        let key = PropertyKey::Name(vm.intern(set_name)?);
        let f = new_native(vm, NativeCode::Leaf(set), 2, key, "", &slots, false)?;
        p.define_own(vm, key, Value::object(f), HIDDEN)?;
    }
    tag(vm, p, "DataView")
}

fn this<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>, what: &str) -> JsResult<ViewGc<'gc>> {
    let found =
        args.this().as_object().filter(|o| o.is_class(Class::DataView)).and_then(|o| match o.data() {
            ObjectData::View(view) => Some(view),
            _ => None,
        });
    match found {
        Some(v) => Ok(v),
        None => wrong_receiver(vm, what, args.this()),
    }
}

fn present<'gc>(vm: &mut Vm<'gc>, v: ViewGc<'gc>) -> JsResult<usize> {
    match v.length() {
        Some(n) => Ok(n),
        None => Err(vm.type_error("the DataView is out of bounds or detached")),
    }
}

/// 25.3.2.1 DataView ( buffer [ , byteOffset [ , byteLength ] ] )
fn construct<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    if args.new_target().is_undefined() {
        return Err(vm.type_error("constructor DataView requires 'new'"));
    }
    let Some((object, buffer)) = args.get(0).as_object().and_then(|o| buffer_data(o).map(|b| (o, b))) else {
        return Err(vm.type_error("the first argument of DataView must be an ArrayBuffer"));
    };
    let offset = vm.to_index(args.get(1))?;
    let check = |vm: &mut Vm<'gc>, given: Option<u64>| -> JsResult<Option<usize>> {
        if buffer.is_detached() {
            return Err(vm.type_error("the ArrayBuffer is detached"));
        }
        let bytes = buffer.len() as u64;
        if offset > bytes {
            return Err(vm.range_error("the offset is beyond the buffer"));
        }
        match given {
            None if buffer.is_resizable() => Ok(None),
            None => Ok(Some((bytes - offset) as usize)),
            Some(n) if n <= bytes - offset => Ok(Some(n as usize)),
            Some(_) => Err(vm.range_error("the DataView would be longer than its buffer")),
        }
    };
    if buffer.is_detached() {
        return Err(vm.type_error("the ArrayBuffer is detached"));
    }
    if offset > buffer.len() as u64 {
        return Err(vm.range_error("the offset is beyond the buffer"));
    }
    let given = if args.get(2).is_undefined() { None } else { Some(vm.to_index(args.get(2))?) };
    let fixed = check(vm, given)?;
    let kind = K::Uint8;
    let data = vm.mc.try_alloc(ViewData { object, buffer, kind, offset: offset as usize, fixed })?;
    let data = ObjectData::View(data);
    let o = construct_with(vm, args, Intrinsic::DataViewPrototype, Class::DataView, 0, data)?;
    // Getting the prototype may have changed the buffer.
    check(vm, given.or(fixed.map(|n| n as u64)))?;
    Ok(Value::object(o))
}

/// 25.3.4.1 get DataView.prototype.buffer
fn buffer<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    Ok(Value::object(this(vm, args, "get DataView.prototype.buffer")?.object))
}

/// 25.3.4.2 get DataView.prototype.byteLength
fn byte_length<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let v = this(vm, args, "get DataView.prototype.byteLength")?;
    Ok(Value::number(present(vm, v)? as f64))
}

/// 25.3.4.3 get DataView.prototype.byteOffset
fn byte_offset<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let v = this(vm, args, "get DataView.prototype.byteOffset")?;
    present(vm, v)?;
    Ok(Value::number(v.offset as f64))
}

fn access(args: Args<'_>) -> (ElementKind, &'static str, &'static str) {
    ACCESS[native_slots(args.callee())[0].get().as_int().unwrap_or(0) as usize]
}

fn swapped(raw: u64, size: usize, little: bool) -> u64 {
    if little { raw } else { raw.swap_bytes() >> (64 - 8 * size) }
}

/// The place of an access.
fn place<'gc>(vm: &mut Vm<'gc>, v: ViewGc<'gc>, index: u64, size: usize) -> JsResult<usize> {
    let n = present(vm, v)? as u64;
    match index.checked_add(size as u64) {
        Some(end) if end <= n => Ok(v.offset + index as usize),
        _ => Err(vm.range_error("the offset is outside of the DataView")),
    }
}

/// 25.3.1.5 GetViewValue ( view, requestIndex, isLittleEndian, type )
fn get<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let (kind, name, _) = access(args);
    let v = this(vm, args, name)?;
    let index = vm.to_index(args.get(0))?;
    let little = vm.to_boolean(args.get(1));
    let at = place(vm, v, index, kind.size())?;
    let raw = v.buffer.with(|b| b.load(at, kind.size())).unwrap_or(0);
    kind.to_value(vm, swapped(raw, kind.size(), little))
}

/// 25.3.1.6 SetViewValue ( view, requestIndex, isLittleEndian, type, value )
fn set<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let (kind, _, name) = access(args);
    let v = this(vm, args, name)?;
    if v.buffer.immutable.get() {
        return Err(vm.type_error("the ArrayBuffer is immutable"));
    }
    let index = vm.to_index(args.get(0))?;
    let raw = kind.to_raw(vm, args.get(1))?;
    let little = vm.to_boolean(args.get(2));
    let at = place(vm, v, index, kind.size())?;
    let mask = u64::MAX >> (64 - 8 * kind.size());
    v.buffer.with(|b| b.store(at, kind.size(), swapped(raw & mask, kind.size(), little)));
    Ok(Value::undefined())
}

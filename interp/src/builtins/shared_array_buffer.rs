//! SharedArrayBuffer objects (25.2).
#![forbid(unsafe_code)]

use super::array_buffer::max_option;
use super::promise::species_constructor;
use super::{Row, constructor, getters, methods, prototype, species, tag, wrong_receiver};
use crate::object::buffer::{BufferGc, buffer_data};
use crate::object::data::ObjectData;
use crate::object::{Class, Object};
use crate::value::Value;
use crate::vm::realm::Intrinsic;
use crate::vm::{Args, JsResult, Vm};

const PROTOTYPE: &[Row] = &[("grow", 1, grow), ("slice", 2, slice)];

pub(crate) fn init(vm: &mut Vm<'_>) -> JsResult<()> {
    let which = Intrinsic::SharedArrayBufferPrototype;
    let p = prototype(vm, which, Intrinsic::ObjectPrototype, Class::Object, ObjectData::None)?;
    let c = constructor(vm, Intrinsic::SharedArrayBuffer, "SharedArrayBuffer", 1, construct, p)?;
    species(vm, c)?;
    let rows: [(&'static str, crate::object::function::NativeFn); 3] =
        [("byteLength", byte_length), ("growable", growable), ("maxByteLength", max_byte_length)];
    getters(vm, p, &rows)?;
    methods(vm, p, PROTOTYPE)?;
    tag(vm, p, "SharedArrayBuffer")
}

fn this<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>, what: &str) -> JsResult<BufferGc<'gc>> {
    match args.this().as_object().and_then(buffer_data) {
        Some(b) if b.is_shared() => Ok(b),
        _ => wrong_receiver(vm, what, args.this()),
    }
}

/// 25.2.3.1 SharedArrayBuffer ( length [ , options ] )
fn construct<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let Some(t) = args.new_target().as_object() else {
        return Err(vm.type_error("constructor SharedArrayBuffer requires 'new'"));
    };
    let len = vm.to_index(args.get(0))?;
    let max = max_option(vm, args.get(1))?;
    if max.is_some_and(|m| len > m) {
        return Err(vm.range_error("the length is beyond maxByteLength"));
    }
    let proto = vm.prototype_from(t, Intrinsic::SharedArrayBufferPrototype)?;
    let (block, charge) = vm.new_block(len, max, true)?;
    let data = vm.buffer_of(block, charge)?;
    let shape = vm.root_shape(Some(proto), 0);
    Ok(Value::object(Object::new(vm.mc, shape, Class::ArrayBuffer, 0, data)?))
}

/// 25.2.5.1 get SharedArrayBuffer.prototype.byteLength
fn byte_length<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let b = this(vm, args, "SharedArrayBuffer.prototype.byteLength")?;
    Ok(Value::number(b.len() as f64))
}

/// 25.2.5.3 SharedArrayBuffer.prototype.grow ( newLength )
fn grow<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let b = this(vm, args, "SharedArrayBuffer.prototype.grow")?;
    if !b.is_resizable() {
        return Err(vm.type_error("the SharedArrayBuffer is not growable"));
    }
    let len = vm.to_index(args.get(0))?;
    let fits = b.with(|b| len <= b.max.unwrap_or(0) as u64 && b.resize(len as usize)) == Some(true);
    if fits {
        Ok(Value::undefined())
    } else {
        Err(vm.range_error("a SharedArrayBuffer can only grow, up to maxByteLength"))
    }
}

/// 25.2.5.4 get SharedArrayBuffer.prototype.growable
fn growable<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let b = this(vm, args, "SharedArrayBuffer.prototype.growable")?;
    Ok(Value::bool(b.is_resizable()))
}

/// 25.2.5.5 get SharedArrayBuffer.prototype.maxByteLength
fn max_byte_length<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let b = this(vm, args, "SharedArrayBuffer.prototype.maxByteLength")?;
    Ok(Value::number(b.with(|b| b.max.unwrap_or(b.len())).unwrap_or(0) as f64))
}

/// 25.2.5.6 SharedArrayBuffer.prototype.slice ( start, end )
fn slice<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let b = this(vm, args, "SharedArrayBuffer.prototype.slice")?;
    let len = b.len() as u64;
    let first = vm.relative_index(args.get(0), len, 0)?;
    let last = vm.relative_index(args.get(1), len, len)?;
    let n = last.saturating_sub(first);
    let default = Value::object(vm.intrinsic(Intrinsic::SharedArrayBuffer)?);
    let o = args.this().as_object().expect("checked above");
    let c = species_constructor(vm, o, default)?.as_object().expect("a constructor is an object");
    let made = vm.construct(c, &[Value::number(n as f64)], c)?;
    let new = match made.as_object().and_then(buffer_data) {
        Some(new) if new.is_shared() => new,
        _ => return Err(vm.type_error("species gave no SharedArrayBuffer")),
    };
    let (Some(to), Some(from)) = (new.block(), b.block()) else { return Ok(made) };
    if std::sync::Arc::ptr_eq(&to, &from) || (to.len() as u64) < n {
        return Err(vm.type_error("species gave the same SharedArrayBuffer, or one that is too short"));
    }
    vm.charge(n as usize / 16)?;
    to.copy(0, &from, first as usize, n as usize);
    Ok(made)
}

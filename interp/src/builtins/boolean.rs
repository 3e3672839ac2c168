//! Boolean objects (20.3).
#![forbid(unsafe_code)]

use super::{Row, methods};
use crate::object::Class;
use crate::object::data::ObjectData;
use crate::value::Value;
use crate::vm::realm::Intrinsic;
use crate::vm::{Args, JsResult, Vm};

const PROTOTYPE: &[Row] = &[("toString", 0, to_string), ("valueOf", 0, value_of)];

pub(crate) fn init(vm: &mut Vm<'_>) -> JsResult<()> {
    let data = ObjectData::Primitive(Value::bool(false));
    let proto =
        super::prototype(vm, Intrinsic::BooleanPrototype, Intrinsic::ObjectPrototype, Class::Boolean, data)?;
    super::constructor(vm, Intrinsic::Boolean, "Boolean", 1, boolean, proto)?;
    methods(vm, proto, PROTOTYPE)
}

/// 20.3.1.1 Boolean ( value )
fn boolean<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let b = Value::bool(vm.to_boolean(args.get(0)));
    if args.new_target().is_undefined() {
        return Ok(b);
    }
    let data = ObjectData::Primitive(b);
    super::construct_with(vm, args, Intrinsic::BooleanPrototype, Class::Boolean, 0, data).map(Value::object)
}

/// 20.3.3.3.1 ThisBooleanValue ( value )
fn this_boolean<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>, name: &str) -> JsResult<bool> {
    let this = args.this();
    let held = match this.as_object().filter(|o| o.is_class(Class::Boolean)).map(|o| o.data()) {
        Some(ObjectData::Primitive(v)) => v,
        _ => this,
    };
    match held.as_bool() {
        Some(b) => Ok(b),
        None => super::wrong_receiver(vm, name, this),
    }
}

/// 20.3.3.2 Boolean.prototype.toString ( )
fn to_string<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    let b = this_boolean(vm, args, "Boolean.prototype.toString")?;
    let n = vm.names();
    Ok(if b { n.true_ } else { n.false_ }.to_value())
}

/// 20.3.3.3 Boolean.prototype.valueOf ( )
fn value_of<'gc>(vm: &mut Vm<'gc>, args: Args<'gc>) -> JsResult<Value<'gc>> {
    this_boolean(vm, args, "Boolean.prototype.valueOf").map(Value::bool)
}
